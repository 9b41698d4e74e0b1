import numpy as np
from numpy.lib.stride_tricks import as_strided

import matplotlib.pyplot as plt  # for looking at the filters


def output_size(size, kernel, stride, padding):
    return 1 + (size - kernel + 2 * padding) // stride


def pad2d(x, p):
    if p == 0:
        return x
    out = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * p, x.shape[3] + 2 * p), dtype=x.dtype)
    out[:, :, p:-p, p:-p] = x
    return out


def im2col(x, k, s):
    """(N, C, H, W) -> (N * oh * ow, C * k * k), without copying until the reshape"""
    n, c, h, w = x.shape
    oh, ow = output_size(h, k, s, 0), output_size(w, k, s, 0)
    sn, sc, sh, sw = x.strides
    view = as_strided(x, (n, oh, ow, c, k, k), (sn, sh * s, sw * s, sc, sh, sw), writeable=False)
    return view.reshape(n * oh * ow, c * k * k), oh, ow


def col2im(cols, shape, k, s, oh, ow):
    n, c, h, w = shape
    cols = cols.reshape(n, oh, ow, c, k, k)
    x = np.zeros(shape)
    for i in range(oh):
        for j in range(ow):
            x[:, :, i * s:i * s + k, j * s:j * s + k] += cols[:, i, j]
    return x


def conv2d(x, weight, bias, stride, padding):
    n = x.shape[0]
    f, _, k, _ = weight.shape
    xp = pad2d(x, padding)
    cols, oh, ow = im2col(xp, k, stride)
    out = cols @ weight.reshape(f, -1).T + bias
    return out.reshape(n, oh, ow, f).transpose(0, 3, 1, 2), dict(x=x, xp=xp, cols=cols, oh=oh, ow=ow)


def conv2d_grad(dout, cache, weight, stride, padding):
    f, _, k, _ = weight.shape
    h, w = cache['x'].shape[2:]
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, f)
    dcols = flat @ weight.reshape(f, -1)
    dxp = col2im(dcols, cache['xp'].shape, k, stride, cache['oh'], cache['ow'])
    return (dxp[:, :, padding:padding + h, padding:padding + w],
            (flat.T @ cache['cols']).reshape(weight.shape),
            flat.sum(axis=0))


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)
        self.hyper = stride, padding
        self.cache = {}

    def forward(self, x):
        out, self.cache = conv2d(x, self.weight, self.bias, *self.hyper)
        return out

    def backward(self, dout):
        self.dx, self.dw, self.db = conv2d_grad(dout, self.cache, self.weight, *self.hyper)
