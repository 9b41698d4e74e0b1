import torch


def freeze_layers(model, freeze):
    for name, parameter in model.named_parameters():
        parameter.requires_grad = name in freeze


def classification_loss(ps, tcls, cp, cn, pos_weight):
    # TODO
    pass


def class_loss(layers, hyp):
    lcls = torch.zeros(1)
    for ps, tcls in layers:
        pass
    return lcls
