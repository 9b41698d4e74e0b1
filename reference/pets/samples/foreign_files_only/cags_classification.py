#!/usr/bin/env python3
import npfl138
import timm
import torch
import torchmetrics

from npfl138.datasets.cags import CAGS

npfl138.require_version("2425.6")


class Model(npfl138.TrainableModule):
    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone
        self.head = torch.nn.Linear(backbone.num_features, CAGS.LABELS)

    def forward(self, images):
        return self.head(self.backbone(images))


if __name__ == "__main__":
    model = Model(timm.create_model("tf_efficientnetv2_b0.in1k", pretrained=True, num_classes=0))
