import torch
from torch import nn
from tqdm import tqdm
from sklearn.metrics import confusion_matrix

from layers import ConvBNAct, make_fused_mbconv_block, make_mbconv_block


class CellNetwork(nn.Module):
    def __init__(self, n_classes: int = 3):
        super().__init__()
        self.stem = ConvBNAct(3, 16, k=3)
        self.b1 = make_fused_mbconv_block(inp=16, oup=24, n=2)
        self.b2 = make_mbconv_block(inp=24, oup=48, n=2)
        self.b3 = make_mbconv_block(inp=48, oup=64, n=2)
        self.fc = nn.Linear(64, n_classes)

    def forward(self, x):
        for f in (self.stem, self.b1, self.b2, self.b3):
            x = f(x)
        return self.fc(torch.flatten(nn.functional.adaptive_avg_pool2d(x, 1), 1))
