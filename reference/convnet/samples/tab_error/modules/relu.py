import numpy as np


class ReLU:
    def __init__(self):
        self.cache = None
        self.dx = None

    def forward(self, x):
        self.cache = x
	out = np.maximum(0, x)
        return out

    def backward(self, dout):
        self.dx = dout * (self.cache > 0)
