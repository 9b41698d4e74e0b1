import torch.nn as nn

from layers import fused_mbconv_block, mbconv_block


class CellNet(nn.Module):
    def __init__(self, num_classes=3):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            fused_mbconv_block(2, 16, 24),
            mbconv_block(2, 24, 48),
            mbconv_block(2, 48, 64),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, num_classes))

    def forward(self, x):
        return self.net(x)
