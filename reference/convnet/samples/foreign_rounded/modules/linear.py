"""
Linear Module.
"""
import numpy as np

class Linear:
    def __init__(self, in_dim, out_dim):
        self.in_dim = in_dim
        self.out_dim = out_dim
        self.cache = None
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(in_dim, out_dim)
        self.bias = np.zeros(out_dim)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        self.cache = x
        out = np.zeros((x.shape[0], self.out_dim))
        for n in range(x.shape[0]):
            sample = x[n].flatten()
            for k in range(self.out_dim):
                s = 0.0
                for d in range(self.in_dim):
                    s += sample[d] * self.weight[d, k]
                out[n, k] = s + self.bias[k]
        return out

    def backward(self, dout):
        x = self.cache
        self.dx = np.zeros(x.shape)
        self.dw = np.zeros((self.in_dim, self.out_dim))
        self.db = np.zeros(self.out_dim)
        for n in range(x.shape[0]):
            sample = x[n].flatten()
            d_sample = np.zeros(self.in_dim)
            for k in range(self.out_dim):
                g = dout[n, k]
                self.db[k] += g
                for d in range(self.in_dim):
                    self.dw[d, k] += sample[d] * g
                    d_sample[d] += self.weight[d, k] * g
            self.dx[n] = d_sample.reshape(x[n].shape)
