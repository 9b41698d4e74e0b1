"""
SGD Optimizer.  (c) course staff
"""
from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        # initialize the velocity terms for each weight

    def update(self, model):
        self.apply_regularization(model)
        for idx, m in enumerate(model.modules):
            if hasattr(m, 'weight'):
                # TODO: update the weight and bias of the module
                ...
            if hasattr(m, 'bias'):
                pass
