import numpy as np

class MaxPooling:
    def __init__(self, kernel_size, stride):
        self.kernel_size = kernel_size
        self.stride = stride
        self.cache = None
        self.dx = None

    def forward(self, x):
        N, C, H, W = x.shape
        Ho = (H - self.kernel_size) // self.stride + 1
        Wo = (W - self.kernel_size) // self.stride + 1
        out = np.zeros((N, C, Ho, Wo))
        where = {}
        for n in range(N):
            for ch in range(C):
                for r in range(Ho):
                    for c in range(Wo):
                        top, left = r*self.stride, c*self.stride
                        win = x[n, ch, top:top+self.kernel_size, left:left+self.kernel_size]
                        out[n, ch, r, c] = np.max(win)
                        a, b = np.unravel_index(np.argmax(win), win.shape)
                        where[n, ch, r, c] = (n, ch, top + a, left + b)
        self.cache = (x.shape, where)
        return out

    def backward(self, dout):
        shape, where = self.cache
        self.dx = np.zeros(shape)
        for idx, target in where.items():
            self.dx[target] = dout[idx]
