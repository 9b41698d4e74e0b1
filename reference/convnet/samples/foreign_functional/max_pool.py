from itertools import product

import numpy as np


def windows(shape, k, s):
    """all windows as (output row, output column, slice of rows, slice of columns)"""
    h, w = shape[-2:]
    tops, lefts = range(0, h - k + 1, s), range(0, w - k + 1, s)
    for (i, top), (j, left) in product(enumerate(tops), enumerate(lefts)):
        yield i, j, slice(top, top + k), slice(left, left + k)


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.args = (kernel_size, stride)

    def forward(self, x):
        k, s = self.args
        self.x = x
        self.y = np.empty(x.shape[:2] + ((x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1))
        for i, j, rows, columns in windows(x.shape, k, s):
            self.y[..., i, j] = x[..., rows, columns].max(axis=(-2, -1))
        return self.y

    def backward(self, dout):
        self.dx = np.zeros_like(self.x)
        for i, j, rows, columns in windows(self.x.shape, *self.args):
            mask = self.x[..., rows, columns] == self.y[..., i, j, None, None]
            self.dx[..., rows, columns] += mask * dout[..., i, j, None, None]
