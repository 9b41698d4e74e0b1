import numpy as np


def im2col_indices(shape, k, stride):
    """Row/col index arrays so that x[:, :, i, j] has shape (N, C, k*k, out_h*out_w)."""
    _, _, H, W = shape
    out_h = (H - k) // stride + 1
    out_w = (W - k) // stride + 1
    i0 = np.repeat(np.arange(k), k)
    j0 = np.tile(np.arange(k), k)
    i1 = stride * np.repeat(np.arange(out_h), out_w)
    j1 = stride * np.tile(np.arange(out_w), out_h)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    return i, j, out_h, out_w


class Conv2D:
    '''
    im2col convolution. everything is one big matmul.
    '''

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
        N = x.shape[0]
        pad = self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
        i, j, out_h, out_w = im2col_indices(xp.shape, self.kernel_size, self.stride)
        # (N, C, k*k, L) -> (N, C*k*k, L)
        cols = xp[:, :, i, j].reshape(N, -1, out_h * out_w)
        W = self.weight.reshape(self.out_channels, -1)
        out = np.matmul(W, cols) + self.bias.reshape(1, -1, 1)

        self.cache = (x.shape, xp.shape, cols, i, j)
        return out.reshape(N, self.out_channels, out_h, out_w)

    def backward(self, dout):
        x_shape, xp_shape, cols, i, j = self.cache
        N, _, H, W = x_shape
        k = self.kernel_size
        dout = dout.reshape(N, self.out_channels, -1)

        self.db = dout.sum(axis=(0, 2))
        self.dw = np.einsum('nfl,ndl->fd', dout, cols).reshape(self.weight.shape)

        dcols = np.matmul(self.weight.reshape(self.out_channels, -1).T, dout)
        dxp = np.zeros(xp_shape)
        # add.at because the same pixel shows up in several columns
        np.add.at(dxp, (slice(None), slice(None), i, j), dcols.reshape(N, self.in_channels, k * k, -1))
        pad = self.padding
        self.dx = dxp[:, :, pad:pad + H, pad:pad + W]
