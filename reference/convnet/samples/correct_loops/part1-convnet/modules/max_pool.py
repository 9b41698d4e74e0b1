"""
2d Max Pooling Module.
"""
import numpy as np

class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        N, C, H, W = x.shape
        H_out = (H - self.kernel_size) // self.stride + 1
        W_out = (W - self.kernel_size) // self.stride + 1
        out = np.zeros((N, C, H_out, W_out))
        for n in range(N):
            for c in range(C):
                for i in range(H_out):
                    for j in range(W_out):
                        best = -float('inf')
                        for a in range(self.kernel_size):
                            for b in range(self.kernel_size):
                                value = x[n, c, i*self.stride + a, j*self.stride + b]
                                if value > best:
                                    best = value
                        out[n, c, i, j] = best
        self.cache = (x, out)
        return out

    def backward(self, dout):
        x, out = self.cache
        N, C, H_out, W_out = dout.shape
        self.dx = np.zeros(x.shape)
        for n in range(N):
            for c in range(C):
                for i in range(H_out):
                    for j in range(W_out):
                        for a in range(self.kernel_size):
                            for b in range(self.kernel_size):
                                r = i*self.stride + a
                                q = j*self.stride + b
                                # every pixel that equals the max gets the gradient
                                if x[n, c, r, q] == out[n, c, i, j]:
                                    self.dx[n, c, r, q] += dout[n, c, i, j]
