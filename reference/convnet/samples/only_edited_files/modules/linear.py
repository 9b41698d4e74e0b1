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
        return x.reshape(len(x), -1).dot(self.weight) + self.bias

    def backward(self, dout):
        x = self.cache
        self.dx = dout.dot(self.weight.T).reshape(x.shape)
        self.dw = x.reshape(len(x), -1).T.dot(dout)
        self.db = np.ones(len(x)).dot(dout)
