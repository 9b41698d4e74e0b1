import numpy as np


class ReLU:
    '''
    An implementation of rectified linear units(ReLU)
    '''

    def __init__(self):
        self.cache = None
        self.dx = None

    def forward(self, x):
        mask = x > 0
        self.cache = mask
        return np.where(mask, x, 0.0)

    def backward(self, dout):
        self.dx = np.where(self.cache, dout, 0.0)
