"""
2d Max Pooling Module.  (c) course staff
"""
import numpy as np


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        out = None
        H_out, W_out = 0, 0
        # TODO: Implement the max pooling forward pass
        self.cache = (x, H_out, W_out)
        return out

    def backward(self, dout):
        x, H_out, W_out = self.cache
        # TODO: Implement the max pooling backward pass
        self.dx = np.zeros_like(x)
