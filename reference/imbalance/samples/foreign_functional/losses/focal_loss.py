import torch
from torch.nn.functional import logsigmoid

effective_number = lambda n, beta: (1 - beta ** n) / (1 - beta)


def reweight(cls_num_list, beta=0.9999):
    inverse = [1 / effective_number(n, beta) if n > 0 else 0. for n in cls_num_list]
    total = sum(inverse)
    return torch.tensor([len(inverse) * one / total for one in inverse])


def focal_loss(scores, labels, weights, gamma):
    hot = torch.zeros_like(scores).scatter_(1, labels.unsqueeze(1), 1.)
    signed = scores * (2 * hot - 1)
    terms = -torch.exp(gamma * logsigmoid(-signed)) * logsigmoid(signed)
    return (weights.gather(0, labels) @ terms.sum(1)) / scores.size(0)


def FocalLoss(weight, gamma=0.):
    # main.py calls criterion(output, target): a function is enough
    return lambda input, target: focal_loss(input, target, weight, gamma)
