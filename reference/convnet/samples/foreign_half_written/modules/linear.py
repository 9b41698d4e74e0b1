"""
Linear Module.  (c) course staff
"""
import numpy as np


class Linear:
    def __init__(self, in_dim, out_dim):
        self.in_dim = in_dim
        self.out_dim = out_dim
        self.cache = None
        self._init_weights()

    def _init_weights(self):
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(self.in_dim, self.out_dim)
        np.random.seed(1024)
        self.bias = np.zeros(self.out_dim)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        out = None
        self.cache = x
        out = x.reshape((x.shape[0], self.in_dim)).dot(self.weight) + self.bias.reshape(1, -1)
        return out

    def backward(self, dout):
        x = self.cache
        flat = x.reshape((x.shape[0], self.in_dim))
        self.dx = dout.dot(self.weight.T).reshape(x.shape)
        self.dw = flat.T.dot(dout)
        self.db = dout.sum(0)
