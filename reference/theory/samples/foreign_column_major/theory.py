# MATLAB habit: images are flattened column by column
import numpy as np


def conv_matrix(w, height, width, stride, padding):
    kh, kw = w.shape
    oh, ow = (height + 2 * padding - kh) // stride + 1, (width + 2 * padding - kw) // stride + 1
    A = np.zeros((oh * ow, height * width))
    for r in range(oh):
        for c in range(ow):
            for i in range(kh):
                for j in range(kw):
                    y, x = r * stride + i - padding, c * stride + j - padding
                    if 0 <= y < height and 0 <= x < width:
                        A[c * oh + r, x * height + y] = w[i, j]
    return A


def conv_matrix_answer():
    A = [["0"] * 9 for _ in range(4)]
    A[0][0], A[1][2], A[2][6], A[3][8] = "w(2,2)", "w(0,2)", "w(2,0)", "w(0,0)"
    return A


def local_affine(params, x0):
    h, J = x0, np.eye(len(x0))
    for W, b in params[:-1]:
        z = W @ h + b
        J, h = (W @ J) * (z > 0)[:, None], z * (z > 0)
    W, b = params[-1]
    return W @ J, W @ h + b - W @ J @ x0


def local_affine_answer():
    return {n: [p.item() for p in local_affine(NET, np.array([float(n)]))] for n in (2, -1, 1)}


NET = [(np.array([[1.5], [0.5]]), np.array([0, 1])), (np.array([[1, 2], [2, 1]]), np.array([0, 1])), (np.ones((1, 2)), np.array([-1]))]
