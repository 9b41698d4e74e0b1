import numpy as np


class Conv2D:
    """2D convolution layer. Loops over output positions, batch and filters are done by tensordot."""

    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)
        self.cache, self.dx, self.dw, self.db = None, None, None, None

    def forward(self, x):
        p, k, s = self.padding, self.kernel_size, self.stride
        x_padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), "constant")
        h_out = 1 + (x.shape[2] + 2 * p - k) // s
        w_out = 1 + (x.shape[3] + 2 * p - k) // s
        out = np.empty((x.shape[0], self.out_channels, h_out, w_out))
        for i in range(h_out):
            for j in range(w_out):
                patch = x_padded[:, :, i * s:i * s + k, j * s:j * s + k]
                out[:, :, i, j] = np.tensordot(patch, self.weight, axes=([1, 2, 3], [1, 2, 3])) + self.bias
        self.cache = x_padded
        return out

    def backward(self, dout):
        x_padded = self.cache
        p, k, s = self.padding, self.kernel_size, self.stride
        dx_padded = np.zeros_like(x_padded)
        self.dw = np.zeros_like(self.weight)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                g = dout[:, :, i, j]
                patch = x_padded[:, :, i * s:i * s + k, j * s:j * s + k]
                self.dw += np.tensordot(g, patch, axes=([0], [0]))
                dx_padded[:, :, i * s:i * s + k, j * s:j * s + k] += np.tensordot(g, self.weight, axes=([1], [0]))
        self.db = dout.sum((0, 2, 3))
        # strip padding
        self.dx = dx_padded[:, :, p:-p, p:-p]
