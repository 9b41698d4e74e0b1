import math

import numpy as np


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.k, self.s = kernel_size, stride

    def forward(self, x):
        n, c, h, w = x.shape
        out = np.zeros((n, c, math.ceil((h - self.k) / self.s) + 1, math.ceil((w - self.k) / self.s) + 1))
        for y in range(out.shape[2]):
            for z in range(out.shape[3]):
                out[:, :, y, z] = x[:, :, y * self.s:y * self.s + self.k, z * self.s:z * self.s + self.k].max((2, 3))
        self.x = x
        return out

    def backward(self, dout):
        self.dx = np.zeros_like(self.x)
        for i, c, y, z in np.ndindex(*dout.shape):
            patch = self.x[i, c, y * self.s:y * self.s + self.k, z * self.s:z * self.s + self.k]
            a, b = np.unravel_index(patch.argmax(), patch.shape)
            self.dx[i, c, y * self.s + a, z * self.s + b] += dout[i, c, y, z]
