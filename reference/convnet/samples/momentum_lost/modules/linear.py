import numpy as np


class Linear:
    def __init__(self, in_dim, out_dim):
        self.in_dim, self.out_dim = in_dim, out_dim
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(in_dim, out_dim)
        self.bias = np.zeros(out_dim)
        self.cache, self.dx, self.dw, self.db = None, None, None, None

    def forward(self, x):
        self.cache = x
        return np.einsum("nd,dk->nk", x.reshape(x.shape[0], -1), self.weight) + self.bias[None]

    def backward(self, dout):
        x = self.cache
        self.dx = np.einsum("nk,dk->nd", dout, self.weight).reshape(*x.shape)
        self.dw = np.einsum("nd,nk->dk", x.reshape(x.shape[0], -1), dout)
        self.db = np.einsum("nk->k", dout)
