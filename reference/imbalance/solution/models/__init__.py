"""The models, for `from models import resnet32`. Provided."""

from __future__ import annotations

from .resnet import ResNet, resnet32

__all__ = ["ResNet", "resnet32"]
