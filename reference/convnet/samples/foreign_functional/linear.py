import numpy as np


def affine(x, w, b):
    return np.einsum('nd,dk->nk', x.reshape(x.shape[0], -1), w) + b


def affine_grad(x, w, dout):
    flat = x.reshape(x.shape[0], -1)
    return np.einsum('nk,dk->nd', dout, w).reshape(x.shape), np.einsum('nd,nk->dk', flat, dout), np.einsum('nk->k', dout)


class Linear:
    def __init__(self, in_dim, out_dim):
        np.random.seed(1024)
        self.weight, self.bias = 1e-3 * np.random.randn(in_dim, out_dim), np.zeros(out_dim)

    def forward(self, x):
        self.cache = (x,)
        return affine(x, self.weight, self.bias)

    def backward(self, dout):
        (x,) = self.cache
        self.dx, self.dw, self.db = affine_grad(x, self.weight, dout)
