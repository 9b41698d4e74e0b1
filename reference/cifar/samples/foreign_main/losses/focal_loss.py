class FocalLoss(
