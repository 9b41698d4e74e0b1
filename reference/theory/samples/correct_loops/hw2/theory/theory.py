# theory answers, plain python


def conv_matrix(w, height, width, stride, padding):
    kh = len(w)
    kw = len(w[0])
    A = []
    top = -padding
    while top + kh <= height + padding:
        left = -padding
        while left + kw <= width + padding:
            row = [0.0] * (height * width)
            for i in range(kh):
                for j in range(kw):
                    r = top + i
                    c = left + j
                    if r < 0 or c < 0 or r >= height or c >= width:
                        continue
                    row[r * width + c] += float(w[i][j])
            A.append(row)
            left += stride
        top += stride
    return A


def conv_matrix_answer():
    return [
        ["w22", 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, "w20", 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, "w02", 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, "w00"],
    ]


def local_affine(params, x0):
    n = len(x0)
    # rows of the affine map so far: coefficients of x, then the constant
    rows = [[1.0 if i == j else 0.0 for j in range(n)] + [0.0] for i in range(n)]
    last = len(params) - 1
    for k in range(len(params)):
        W, b = params[k]
        new = []
        for u in range(len(b)):
            row = [sum(W[u][v] * rows[v][j] for v in range(len(rows))) for j in range(n + 1)]
            row[n] += b[u]
            value = sum(row[j] * x0[j] for j in range(n)) + row[n]
            if k != last and value <= 0:
                row = [0.0] * (n + 1)
            new.append(row)
        rows = new
    return [row[:n] for row in rows], [row[n] for row in rows]


def local_affine_answer():
    return [(6, 3), (1.5, 3), (6, 3)]
