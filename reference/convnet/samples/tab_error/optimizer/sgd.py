"""
SGD Optimizer.
"""
from ._base_optimizer import _BaseOptimizer

class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum

    def update(self, model):
        for i in range(len(model.modules)):
            m = model.modules[i]
            if hasattr(m, 'weight'):
                # L2 by hand, not through apply_regularization
                dw = m.dw + self.reg * m.weight
                v = self.momentum * self.grad_tracker[i]['dw'] - self.learning_rate * dw
                self.grad_tracker[i]['dw'] = v
                m.weight = m.weight + v
            if hasattr(m, 'bias'):
                v = self.momentum * self.grad_tracker[i]['db'] - self.learning_rate * m.db
                self.grad_tracker[i]['db'] = v
                m.bias = m.bias + v
