import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.cache = None
        self._init_weights()

    def _init_weights(self):
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(self.out_channels, self.in_channels, self.kernel_size, self.kernel_size)
        self.bias = np.zeros(self.out_channels)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        s, p, k = self.stride, self.padding, self.kernel_size
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        win = sliding_window_view(xp, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        out = np.einsum('ncyxij,fcij->nfyx', win, self.weight, optimize=True)
        self.cache = (x.shape, xp.shape, win)
        return out + self.bias.reshape(1, -1, 1, 1)

    def backward(self, dout):
        x_shape, xp_shape, win = self.cache
        s, p, k = self.stride, self.padding, self.kernel_size
        self.db = dout.sum(axis=3).sum(axis=2).sum(axis=0)
        self.dw = np.einsum('nfyx,ncyxij->fcij', dout, win, optimize=True)

        # transposed convolution: put (stride-1) zeros between the gradients, pad with k-1, use the flipped kernel
        n, f, hh, ww = dout.shape
        dilated = np.zeros((n, f, xp_shape[2] + k - 1, xp_shape[3] + k - 1))
        dilated[:, :, k - 1:k - 1 + (hh - 1) * s + 1:s, k - 1:k - 1 + (ww - 1) * s + 1:s] = dout
        dwin = sliding_window_view(dilated, (k, k), axis=(2, 3))
        dxp = np.einsum('nfyxij,fcij->ncyx', dwin, self.weight[:, :, ::-1, ::-1], optimize=True)
        self.dx = dxp[:, :, p:p + x_shape[2], p:p + x_shape[3]]
