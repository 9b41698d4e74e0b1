import torch.nn as nn


def reweight(cls_num_list, beta=0.9999):
    return None


class FocalLoss(nn.Module):
    pass
