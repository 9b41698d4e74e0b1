"""
2d Convolution Module.
"""
import numpy as np

class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size=3, stride=1, padding=0):
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.cache = None
        np.random.seed(1024)
        self.weight = 1e-3 * np.random.randn(out_channels, in_channels, kernel_size, kernel_size)
        self.bias = np.zeros(out_channels)
        self.dx = None
        self.dw = None
        self.db = None

    def forward(self, x):
        N, C, H, W = x.shape
        K = self.kernel_size
        S = self.stride
        P = self.padding
        H_out = (H + 2*P - K) // S + 1
        W_out = (W + 2*P - K) // S + 1

        # pad by hand
        x_pad = np.zeros((N, C, H + 2*P, W + 2*P))
        for h in range(H):
            for w in range(W):
                x_pad[:, :, h+P, w+P] = x[:, :, h, w]

        out = np.zeros((N, self.out_channels, H_out, W_out))
        for n in range(N):
            for f in range(self.out_channels):
                for i in range(H_out):
                    for j in range(W_out):
                        total = self.bias[f]
                        window = x_pad[n, :, i*S:i*S+K, j*S:j*S+K]
                        total += np.sum(window * self.weight[f])
                        out[n, f, i, j] = total
        self.cache = x_pad
        return out

    def backward(self, dout):
        x_pad = self.cache
        K, S, P = self.kernel_size, self.stride, self.padding
        N, F, H_out, W_out = dout.shape
        dx_pad = np.zeros(x_pad.shape)
        self.dw = np.zeros(self.weight.shape)
        self.db = np.zeros(self.bias.shape)
        for n in range(N):
            for f in range(F):
                for i in range(H_out):
                    for j in range(W_out):
                        g = dout[n, f, i, j]
                        self.db[f] += g
                        self.dw[f] += g * x_pad[n, :, i*S:i*S+K, j*S:j*S+K]
                        dx_pad[n, :, i*S:i*S+K, j*S:j*S+K] += g * self.weight[f]
        # cut the padding off again. -P does not work for P = 0!!
        if P > 0:
            self.dx = dx_pad[:, :, P:-P, P:-P]
        else:
            self.dx = dx_pad
        return self.dx
