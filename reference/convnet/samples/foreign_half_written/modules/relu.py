"""
ReLU Module.  (c) course staff
"""
import numpy as np


class ReLU:
    def __init__(self):
        self.cache = None
        self.dx = None

    def forward(self, x):
        '''
        The forward pass of ReLU. Save necessary variables for backward
        '''
        out = np.maximum(0, x)
        self.cache = x
        return out

    def backward(self, dout):
        dx, x = None, self.cache
        # TODO: Implement the ReLU backward pass
        self.dx = dx
