"""The losses, for `from losses import FocalLoss, reweight`. Provided."""

from __future__ import annotations

from .focal_loss import FocalLoss, reweight

__all__ = ["FocalLoss", "reweight"]
