import numpy as np


class MaxPooling:
    '''
    Max Pooling of input
    '''

    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        N, C, H, W = x.shape
        k, s = self.kernel_size, self.stride
        H_out = int(np.floor((H - k) / s)) + 1
        W_out = int(np.floor((W - k) / s)) + 1

        sn, sc, sh, sw = x.strides
        patches = np.lib.stride_tricks.as_strided(
            x, shape=(N, C, H_out, W_out, k, k), strides=(sn, sc, sh * s, sw * s, sh, sw))
        out = patches.max(axis=(4, 5))

        self.cache = (x, H_out, W_out)
        return out

    def backward(self, dout):
        x, H_out, W_out = self.cache
        k, s = self.kernel_size, self.stride
        N, C = x.shape[:2]
        self.dx = np.zeros_like(x)
        nn, cc = np.indices((N, C))
        for r in range(H_out):
            for c in range(W_out):
                patch = x[:, :, r * s:r * s + k, c * s:c * s + k].reshape(N, C, -1)
                rr, qq = np.unravel_index(np.argmax(patch, axis=2), (k, k))
                self.dx[nn, cc, r * s + rr, c * s + qq] += dout[:, :, r, c]
