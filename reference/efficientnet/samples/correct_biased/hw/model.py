from torch import nn

import layers


class CellNet(nn.Sequential):
    def __init__(self, num_classes=3):
        super().__init__(
            *layers.cbn(3, 16, 3), nn.SiLU(),
            layers.fused_mbconv_block(2, 16, 24), layers.mbconv_block(2, 24, 48), layers.mbconv_block(2, 48, 64),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, num_classes))
