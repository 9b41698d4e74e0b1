import numpy as np


def conv_matrix(w, height, width, stride, padding):
    A = None
    # TODO
    return A


def conv_matrix_answer():
    pass


def local_affine(params, x0):
    W, b = None, None
    ##########
    # your code: any number of layers
    ##########
    for weight, bias in params[:-1]:
        z = weight @ x0 + bias if W is None else weight @ (W @ x0 + b) + bias
        gate = np.diag((z > 0) * 1.0)
        W, b = (gate @ weight, gate @ bias) if W is None else (gate @ weight @ W, gate @ (weight @ b + bias))
    weight, bias = params[-1]
    return (weight, bias) if W is None else (weight @ W, weight @ b + bias)


def local_affine_answer():
    return None
