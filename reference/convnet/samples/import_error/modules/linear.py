import numpy as np

from layer_utils import flatten, init_weights


class Linear:
    '''
    A linear layer with weight W and bias b. Output is computed by y = Wx + b
    '''

    def __init__(self, in_dim, out_dim):
        self.in_dim = in_dim
        self.out_dim = out_dim
        self.cache = None
        self.weight, self.bias = init_weights(in_dim, out_dim)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        self.cache = x
        return flatten(x) @ self.weight + self.bias

    def backward(self, dout):
        x = self.cache
        self.dx = (dout @ self.weight.T).reshape(x.shape)
        self.dw = flatten(x).T @ dout
        self.db = np.sum(dout, axis=0)
