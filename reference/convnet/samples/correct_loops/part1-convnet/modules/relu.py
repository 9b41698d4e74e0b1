"""
ReLU Module.
"""
import numpy as np

class ReLU:
    def __init__(self):
        self.cache = None
        self.dx = None

    def forward(self, x):
        self.cache = x
        flat = [v if v > 0 else 0.0 for v in x.ravel()]
        return np.array(flat).reshape(x.shape)

    def backward(self, dout):
        x = self.cache
        # subgradient at 0: I take 1
        flat = [g if v >= 0 else 0.0 for v, g in zip(x.ravel(), dout.ravel())]
        self.dx = np.array(flat).reshape(x.shape)
