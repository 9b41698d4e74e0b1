from ._base_optimizer import _BaseOptimizer
import numpy as np


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum

    def update(self, model):
        '''
        Update model weights based on gradients
        '''
        self.apply_regularization(model)

        for idx, m in enumerate(model.modules):
            if hasattr(m, 'weight'):
                v = np.zeros_like(m.weight)
                v = self.momentum * v - self.learning_rate * m.dw
                m.weight += v
            if hasattr(m, 'bias'):
                v = np.zeros_like(m.bias)
                v = self.momentum * v - self.learning_rate * m.db
                m.bias += v
