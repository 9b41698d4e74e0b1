import numpy as np


class Linear:
    '''
    A linear layer with weight W and bias b. Output is computed by y = Wx + b
    '''

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
        X = np.reshape(x, (x.shape[0], self.in_dim))
        self.cache = (X, x.shape)
        return np.dot(X, self.weight) + self.bias

    def backward(self, dout):
        X, original_shape = self.cache
        self.dw = np.dot(X.T, dout)
        self.db = np.sum(dout, axis=0)
        self.dx = np.dot(dout, self.weight.T).reshape(original_shape)
