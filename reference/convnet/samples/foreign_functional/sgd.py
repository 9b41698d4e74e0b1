from collections import defaultdict

from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.beta = momentum
        self.velocity = defaultdict(float)

    def update(self, model):
        self.apply_regularization(model)
        for i, layer in enumerate(model.modules):
            for parameter, gradient in (('weight', 'dw'), ('bias', 'db')):
                if hasattr(layer, parameter):
                    v = self.velocity[i, parameter] = (
                        self.beta * self.velocity[i, parameter] - self.learning_rate * getattr(layer, gradient))
                    setattr(layer, parameter, getattr(layer, parameter) + v)
