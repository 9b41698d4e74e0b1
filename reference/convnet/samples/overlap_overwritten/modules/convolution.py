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
        k = self.kernel_size
        xpad = np.pad(x, [(0,0), (0,0), (self.padding,)*2, (self.padding,)*2])
        Ho = (H + 2*self.padding - k) // self.stride + 1
        Wo = (W + 2*self.padding - k) // self.stride + 1
        out = np.zeros((N, self.out_channels, Ho, Wo))
        for r in range(Ho):
            for c in range(Wo):
                top, left = r*self.stride, c*self.stride
                region = xpad[:, None, :, top:top+k, left:left+k]          # N,1,C,k,k
                out[:, :, r, c] = (region * self.weight[None]).sum(axis=(2, 3, 4)) + self.bias
        self.cache = (x, xpad)
        return out

    def backward(self, dout):
        x, xpad = self.cache
        N, C, H, W = x.shape
        k = self.kernel_size
        dxpad = np.zeros(xpad.shape)
        dw = np.zeros(self.weight.shape)
        for r in range(dout.shape[2]):
            for c in range(dout.shape[3]):
                top, left = r*self.stride, c*self.stride
                g = dout[:, :, r, c][:, :, None, None, None]               # N,F,1,1,1
                dw += (g * xpad[:, None, :, top:top+k, left:left+k]).sum(axis=0)
                dxpad[:, :, top:top+k, left:left+k] = (g * self.weight[None]).sum(axis=1)
        self.dx = dxpad[:, :, self.padding:self.padding+H, self.padding:self.padding+W]
        self.dw = dw
        self.db = np.sum(dout, axis=(0, 2, 3))
