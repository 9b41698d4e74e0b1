import numpy as np
from scipy.linalg import toeplitz  # tried it first, not needed


class Convolution:
    def __init__(self, w, stride, padding):
        self.w, self.stride, self.padding = np.asarray(w), stride, padding

    def indices(self, height, width):
        kh, kw = self.w.shape
        oh = 1 + (height + 2 * self.padding - kh) // self.stride
        ow = 1 + (width + 2 * self.padding - kw) // self.stride
        r, c, i, j = np.meshgrid(np.arange(oh), np.arange(ow), np.arange(kh), np.arange(kw), indexing='ij')
        y, x = r * self.stride + i - self.padding, c * self.stride + j - self.padding
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        return oh * ow, (r * ow + c)[inside], (y * width + x)[inside], self.w[i, j][inside]

    def matrix(self, height, width):
        outputs, rows, columns, values = self.indices(height, width)
        A = np.zeros((outputs, height * width))
        A[rows, columns] = values
        return np.asmatrix(A)


class Network:
    def __init__(self, params):
        self.layers = [(np.array(W, float), np.array(b, float)) for W, b in params]

    def homogeneous(self, x0):
        """[[W, b], [0, 1]] of every layer, without the rows that are off, multiplied together"""
        state = np.append(np.array(x0, float), 1.0)
        total = np.eye(len(state))
        for n, (W, b) in enumerate(self.layers):
            M = np.block([[W, b[:, None]], [np.zeros((1, W.shape[1])), np.ones((1, 1))]])
            if n < len(self.layers) - 1:
                M[M @ state < 0] = 0
            total, state = M @ total, M @ state
        return total[:-1]


def conv_matrix(w, height, width, stride, padding):
    return Convolution(w, stride, padding).matrix(height, width)


def conv_matrix_answer():
    letters = [["w_%d_%d" % (i, j) for j in range(3)] for i in range(3)]
    A = {r: ["0"] * 9 for r in range(4)}
    for row, pixel, (i, j) in zip(range(4), (0, 2, 6, 8), ((2, 2), (2, 0), (0, 2), (0, 0))):
        A[row][pixel] = letters[i][j]
    return A


def local_affine(params, x0):
    piece = Network(params).homogeneous(x0)
    return [piece[:, :-1], piece[:, -1:]]


def local_affine_answer():
    return np.array([[6, 3], [3 / 2, 3], [6, 3]])
