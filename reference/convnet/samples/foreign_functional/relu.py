import numpy as np


class ReLU:
    forward_of = staticmethod(lambda x: np.where(x > 0, x, 0.0))
    backward_of = staticmethod(lambda x, dout: np.where(x > 0, dout, 0.0))

    def forward(self, x):
        self.saved_for_backward = x
        return self.forward_of(x)

    def backward(self, dout):
        self.dx = self.backward_of(self.saved_for_backward, dout)
