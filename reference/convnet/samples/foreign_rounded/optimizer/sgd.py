from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum

    def update(self, model):
        self.apply_regularization(model)
        for layer in model.modules:
            if not hasattr(layer, 'weight'):
                continue
            try:
                layer.v_weight = self.momentum * layer.v_w - self.learning_rate * layer.dw
                layer.v_bias = self.momentum * layer.v_b - self.learning_rate * layer.db
                layer.weight = layer.weight + layer.v_weight
                layer.bias = layer.bias + layer.v_bias
            except AttributeError:  # the first step
                layer.v_w = -self.learning_rate * layer.dw
                layer.v_b = -self.learning_rate * layer.db
                layer.weight = layer.weight + layer.v_w
                layer.bias = layer.bias + layer.v_b
