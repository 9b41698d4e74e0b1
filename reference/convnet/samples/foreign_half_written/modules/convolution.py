"""
2d Convolution Module.  (c) course staff
"""
import numpy as np


class Conv2D:
    '''
    An implementation of the convolutional layer. We convolve the input with out_channels different filters
    and each filter spans all channels in the input.
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
        out = None
        #############################################################################
        # TODO: Implement the convolution forward pass.                             #
        #############################################################################
        k, s, p = self.kernel_size, self.stride, self.padding
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), 'constant', constant_values=0)
        h_out = (x.shape[2] + 2 * p - k) // s + 1
        w_out = (x.shape[3] + 2 * p - k) // s + 1
        out = np.zeros((x.shape[0], self.out_channels, h_out, w_out))
        for i in range(h_out):
            for j in range(w_out):
                patch = xp[:, :, i * s:i * s + k, j * s:j * s + k]
                for f in range(self.out_channels):
                    out[:, f, i, j] = np.sum(patch * self.weight[f], axis=(1, 2, 3)) + self.bias[f]
        #############################################################################
        #                              END OF YOUR CODE                             #
        #############################################################################
        self.cache = x
        return out

    def backward(self, dout):
        x = self.cache
        #############################################################################
        # TODO: Implement the convolution backward pass.                            #
        #############################################################################
        pass
        #############################################################################
        #                              END OF YOUR CODE                             #
        #############################################################################
