import numpy as np


class Conv2D:
    """convolution; the four loops are n, f, h, w as in the lecture"""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.cin, self.cout = in_channels, out_channels
        self.k, self.s, self.p = kernel_size, stride, padding
        np.random.seed(1024)
        self.weight = np.random.randn(self.cout, self.cin, self.k, self.k) * 1e-3
        self.bias = np.zeros(self.cout)
        self.cache = self.dx = self.dw = self.db = None

    def forward(self, x):
        n, c, h, w = x.shape
        xp = np.pad(x, ((0,), (0,), (self.p,), (self.p,)))
        ho = h + 2 * self.p - self.k // self.s + 1
        wo = w + 2 * self.p - self.k // self.s + 1
        out = np.zeros((n, self.cout, ho, wo))
        for i in range(n):
            for f in range(self.cout):
                for y in range(ho):
                    for z in range(wo):
                        patch = xp[i, :, y * self.s:y * self.s + self.k, z * self.s:z * self.s + self.k]
                        out[i, f, y, z] = np.sum(self.weight[f] * patch) + self.bias[f]
        self.cache = x, xp
        return out

    def backward(self, dout):
        x, xp = self.cache
        k, s, p = self.k, self.s, self.p
        dxp = np.zeros_like(xp)
        dw = np.zeros_like(self.weight)
        for i, f, y, z in np.ndindex(*dout.shape):
            rows, columns = slice(y * s, y * s + k), slice(z * s, z * s + k)
            dw[f] += xp[i, :, rows, columns] * dout[i, f, y, z]
            dxp[i, :, rows, columns] += self.weight[f] * dout[i, f, y, z]
        self.dx = dxp[:, :, p:p + x.shape[2], p:p + x.shape[3]]
        self.dw = dw
        self.db = np.einsum('nfhw->f', dout)
