from ._base_optimizer import _BaseOptimizer


class SGD(_BaseOptimizer):
    def __init__(self, model, learning_rate=1e-4, reg=1e-3, momentum=0.9):
        super().__init__(model, learning_rate, reg)
        self.momentum = momentum

        # one velocity per parameter
        self.v_w = [0.0] * len(model.modules)
        self.v_b = [0.0] * len(model.modules)

    def update(self, model):
        self.apply_regularization(model)

        for idx, m in enumerate(model.modules):
            if hasattr(m, 'weight'):
                self.v_w[idx] = self.momentum * self.v_w[idx] + self.learning_rate * m.dw
                m.weight -= self.v_w[idx]
            if hasattr(m, 'bias'):
                self.v_b[idx] = self.momentum * self.v_b[idx] + self.learning_rate * m.db
                m.bias -= self.v_b[idx]
