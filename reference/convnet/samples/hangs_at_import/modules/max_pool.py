import numpy as np


class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        N, C, H, W = x.shape
        k, s = self.kernel_size, self.stride
        H_out, W_out = (H - k) // s + 1, (W - k) // s + 1
        out = np.zeros((N, C, H_out, W_out))
        for i in range(H_out):
            for j in range(W_out):
                out[:, :, i, j] = x[:, :, i*s:i*s+k, j*s:j*s+k].max(axis=(2, 3))
        self.cache = x
        return out

    def backward(self, dout):
        x = self.cache
        k, s = self.kernel_size, self.stride
        self.dx = np.zeros_like(x)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                w = x[:, :, i*s:i*s+k, j*s:j*s+k]
                m = (w == w.max(axis=(2, 3), keepdims=True))
                self.dx[:, :, i*s:i*s+k, j*s:j*s+k] += m * dout[:, :, i:i+1, j:j+1]


# quick test
pool = MaxPooling(2, 2)
error = 1.0
while error > 1e-12:
    x = np.random.randn(2, 2, 4, 4).astype(np.float32)
    out = pool.forward(x)
    pool.backward(np.ones_like(out))
    error = 1 - 0.9 * float(pool.dx.max())
