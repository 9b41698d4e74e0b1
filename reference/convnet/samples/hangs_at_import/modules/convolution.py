import numpy as np


class Conv2D:
    """
    Convolution as a sum of k*k shifted 1x1 convolutions, channels last inside because matmul likes that.
    """

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.cache = None
        np.random.seed(1024)
        self.weight = np.random.randn(out_channels, in_channels, kernel_size, kernel_size) * 1e-3
        self.bias = np.zeros(out_channels)
        self.dx, self.dw, self.db = None, None, None

    def _shifts(self, oh, ow):
        for i in range(self.kernel_size):
            for j in range(self.kernel_size):
                yield i, j, slice(i, i + (oh - 1) * self.stride + 1, self.stride), slice(j, j + (ow - 1) * self.stride + 1, self.stride)

    def forward(self, x):
        p = self.padding
        xt = np.pad(x.transpose(0, 2, 3, 1), ((0, 0), (p, p), (p, p), (0, 0)))
        oh = (xt.shape[1] - self.kernel_size) // self.stride + 1
        ow = (xt.shape[2] - self.kernel_size) // self.stride + 1
        out = np.tile(self.bias, (len(x), oh, ow, 1))
        for i, j, a, b in self._shifts(oh, ow):
            out += xt[:, a, b] @ self.weight[:, :, i, j].T
        self.cache = xt
        return out.transpose(0, 3, 1, 2)

    def backward(self, dout):
        xt = self.cache
        g = dout.transpose(0, 2, 3, 1)
        dxt = np.zeros_like(xt)
        self.dw = np.zeros_like(self.weight)
        for i, j, a, b in self._shifts(g.shape[1], g.shape[2]):
            self.dw[:, :, i, j] = np.tensordot(g, xt[:, a, b], axes=([0, 1, 2], [0, 1, 2]))
            dxt[:, a, b] += g @ self.weight[:, :, i, j]
        self.db = g.reshape(-1, self.out_channels).sum(axis=0)
        p = self.padding
        dx = dxt.transpose(0, 3, 1, 2)
        self.dx = dx if p == 0 else dx[:, :, p:-p, p:-p]
