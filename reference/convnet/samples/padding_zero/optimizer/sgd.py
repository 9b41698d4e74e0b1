import numpy as np

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum
        self.velocity = {}

    def update(self, model):
        self.apply_regularization(model)
        for idx, m in enumerate(model.modules):
            for name, grad in (("weight", "dw"), ("bias", "db")):
                if hasattr(m, name):
                    p = getattr(m, name)
                    v = self.velocity.get((idx, name), np.zeros_like(p))
                    v = self.momentum * v - self.learning_rate * getattr(m, grad)
                    self.velocity[idx, name] = v
                    setattr(m, name, p + v)
