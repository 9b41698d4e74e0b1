"""What students get wrong in `theory`: each misconception is a small patch of the reference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from grader.authoring import Mistake, Replacement, replace

THEORY = "theory.py"
REVIEW = "review.md"

MATRIX = ("matrix_plain", "matrix_padding", "matrix_stride", "matrix_border", "matrix_rectangle")
# Whether a unit is on is looked up in W and b as they are so far: where these are wrong, masks are too.
RUNNING = replace(THEORY, "active = h > 0", "active = W @ x0 + b > 0")
PIECES = ("affine_meets", "affine_slope", "affine_deep", "affine_kink")

CORNERS = (0, 2, 6, 8)  # the pixel that each output sees


def table(weights: Sequence[str], pixels: Sequence[int] = CORNERS) -> tuple[Replacement, ...]:
    """Give the answer to the first problem with other weights, or at other pixels."""
    rows = [["0"] * 9 for _ in CORNERS]
    for row, weight, pixel in zip(rows, weights, pixels, strict=True):
        row[pixel] = weight
    return answer(rows)


def answer(rows: list[list[str]]) -> tuple[Replacement, ...]:
    """Give another answer to the first problem."""
    return (replace(THEORY, '= [["0"] * 9 for _ in range(4)]\n', f"= {rows!r}\n    return table\n"),)


def windows(image: int, starts: Sequence[int]) -> list[list[str]]:
    """Write down the matrix of windows that start at these rows and columns of a square image, padding and all."""
    rows = []
    for top, left in product(starts, starts):
        seen = {(top + i, left + j): f"w({i},{j})" for i, j in product(range(3), range(3))}
        rows.append([seen.get(pixel, "0") for pixel in product(range(image), range(image))])
    return rows


def without_border(rows: list[list[str]]) -> list[list[str]]:
    """Leave out the columns of the padding, two on each side of the 3 x 3 image."""
    image = [row in {2, 3, 4} and column in {2, 3, 4} for row, column in product(range(7), range(7))]
    return [[entry for entry, is_pixel in zip(row, image, strict=True) if is_pixel] for row in rows]


def pieces(answers: str) -> tuple[Replacement, ...]:
    """Give another answer to the second problem."""
    return (replace(THEORY, "return {2: (6.0, 3.0), -1: (1.5, 3.0), 1: (6.0, 3.0)}", f"return {answers}"),)


MISTAKES = (
    Mistake(
        name="kernel-flipped",
        says="the kernel is turned by 180 degrees before it meets the image",
        hint="which pixel of its window does w(0,0) multiply: the first or the last?",
        patch=(replace(THEORY, "= w[i, j]", "= w[rows - 1 - i, columns - 1 - j]"),),
        fails=MATRIX,
        teaches="""
In mathematics a convolution turns the kernel by 180 degrees. The layer of a network does not, and the handout says so:
output (r, c) is the sum of `w(i,j) * X(r * stride + i, c * stride + j)`, where both indices grow together.

For the image `[1, 2]` and the kernel `[w(0,0), w(0,1)]` the matrix is `[w(0,0), w(0,1)]`, not `[w(0,1), w(0,0)]`.
""",
    ),
    Mistake(
        name="kernel-rows-for-columns",
        says="rows and columns of the kernel are exchanged: w(i,j) stands where w(j,i) belongs",
        hint="does w(0,2) look at a pixel to the right of its window's first one, or below it?",
        patch=(
            replace(
                THEORY,
                "A[y * across + x, row * width + column] = w[i, j]",
                "A[y * across + x, row * width + column] = w[min(j, rows - 1), min(i, columns - 1)]",
            ),
        ),
        fails=MATRIX,
        teaches="""
`w(i,j)` is the weight in row i and column j, as `X(i,j)` is the pixel in row i and column j. Inside a window the row of
the kernel goes with the row of the image.

In the handout's case the window at the top right meets the pixel at its bottom left: row 2, column 0 of the kernel,
which is `w(2,0)`. With the two exchanged it would be `w(0,2)`.
""",
    ),
    Mistake(
        name="column-major",
        says="image and output are flattened column by column, where the handout goes row by row",
        hint="in X = (x00, x01, x02, x10, ...), which index runs first?",
        patch=(
            replace(
                THEORY,
                "A[y * across + x, row * width + column] = w[i, j]",
                "A[x * down + y, column * height + row] = w[i, j]",
            ),
        ),
        fails=MATRIX,
        teaches="""
Row-major order writes the first row, then the second: pixel (r, c) of an image with `width` columns is entry
`r * width + c`. Column-major order, that of Fortran and MATLAB, writes column after column: `c * height + r`.

For a 2 x 2 image row-major is `x00, x01, x10, x11` and column-major `x00, x10, x01, x11`. numpy's `flatten()` is
row-major unless it is told otherwise.
""",
    ),
    Mistake(
        name="matrix-transposed",
        says="A is transposed: it has a row for each pixel and a column for each output",
        hint="in Y = A X, which of the two lengths of A belongs to Y?",
        patch=(replace(THEORY, "    return A\n    # end solution", "    return A.T\n    # end solution"),),
        fails=MATRIX,
        teaches="""
`Y = A X` has one number per output on its left, so A has one row per output, and one column per number of X. Its
transpose goes the other way: it takes something of the output's size and makes something of the image's. That is the
transposed convolution, and also what sends gradients back.

For 4 outputs and 9 pixels A is 4 x 9.
""",
    ),
    Mistake(
        name="stride-ignored",
        says="windows start one pixel apart where they should start stride pixels apart",
        hint="where does the second window start when the stride is 4?",
        patch=(
            replace(THEORY, "row, column = y * stride + i - padding, x * stride", "row, column = y + i - padding, x"),
        ),
        fails=("matrix_stride", "matrix_border", "matrix_rectangle"),
        teaches="""
Stride enters twice: in how many windows there are, and in where they start. The window of output (r, c) starts at row
`r * stride` and column `c * stride` of the padded image.

With stride 4 on a 7 x 7 padded image there are 2 x 2 windows, and they start at rows and columns 0 and 4.
""",
    ),
    Mistake(
        name="padding-not-shifted",
        says="windows start at the image's own corner, although there is padding before it",
        hint="with padding 2, which row of the image is the third row of the padded one?",
        patch=(
            replace(
                THEORY,
                "row, column = y * stride + i - padding, x * stride + j - padding",
                "row, column = y * stride + i, x * stride + j",
            ),
        ),
        other_patches=(
            (replace(THEORY, "y * stride + i - padding,", "y * stride + i,"),),
            (replace(THEORY, ", x * stride + j - padding", ", x * stride + j"),),
        ),
        fails=("matrix_padding", "matrix_stride", "matrix_rectangle"),
        teaches="""
The padded image has `padding` rows of zeros above the image and as many columns to its left. Row r of the padded image
is row `r - padding` of the image; rows before 0 and after the last are zeros, and have no column in A.

With padding 1 the first window of a 3 x 3 kernel meets the image's first pixel with its middle weight `w(1,1)`.
""",
    ),
    Mistake(
        name="padding-columns-left-in",
        says="A has columns for the zeros of the padding too: it is the matrix of the padded image",
        hint="how many numbers has X: those of the image, or those of the image with its border of zeros?",
        patch=(
            replace(
                THEORY,
                "    A = np.zeros((down * across, height * width))\n",
                "    height, width = height + 2 * padding, width + 2 * padding\n"
                "    A = np.zeros((down * across, height * width))\n",
            ),
            replace(
                THEORY,
                "row, column = y * stride + i - padding, x * stride + j - padding",
                "row, column = y * stride + i, x * stride + j",
            ),
        ),
        fails=("matrix_padding", "matrix_stride", "matrix_rectangle"),
        teaches="""
X is the image, so A has one column for each of its pixels. What a window sees of the border is 0 whatever X is: it adds
nothing, and needs no column. For the padded image the same convolution has a wider matrix, from which the columns of
the border have to be struck out.

For a 3 x 3 image A has 9 columns, whatever the padding; with padding 2 left in it would have 49.
""",
    ),
    Mistake(
        name="padding-wraps-around",
        says="a window that reaches over the left or upper edge takes weights to the other side of the image",
        hint="what does A[0, -1] mean in numpy, and was that pixel seen?",
        patch=(
            replace(
                THEORY,
                "        if 0 <= row < height and 0 <= column < width:\n"
                "            A[y * across + x, row * width + column] = w[i, j]\n",
                "        if row * width + column < height * width:\n"
                "            A[y * across + x, row * width + column] = w[i, j]\n",
            ),
        ),
        other_patches=(
            (replace(THEORY, "if 0 <= row < height and 0 <= column < width:", "if row < height and column < width:"),),
        ),
        fails=("matrix_padding", "matrix_stride", "matrix_rectangle"),
        teaches="""
Column -1 of row 1 is no pixel, but `1 * width - 1` is the number of one: the last of row 0. A negative number is one
too, counted from the end. So both coordinates have to be compared with the image, before they are joined to a number.

For a 2 x 2 image and padding 1 the pixel at row 1, column -1 has the number 1, which is that of row 0, column 1.
""",
    ),
    Mistake(
        name="windows-past-the-edge",
        says="a window that does not fit on the image any more gets rows in A: the size is rounded up instead of down",
        hint="do you divide with // or round up, and what lies under the last window?",
        patch=(
            replace(
                THEORY,
                "down = (height + 2 * padding - rows) // stride + 1",
                "down = -(-(height + 2 * padding - rows) // stride) + 1",
            ),
            replace(
                THEORY,
                "across = (width + 2 * padding - columns) // stride + 1",
                "across = -(-(width + 2 * padding - columns) // stride) + 1",
            ),
        ),
        fails=("matrix_border",),
        teaches="""
The number of windows in a direction is `(size + 2 * padding - kernel) // stride + 1`, rounded down: a window that would
reach past the edge is left out, and what only it would have seen has a column of zeros in A.

4 pixels, a kernel of 3 and stride 2 give one window and one pixel that is left over, not two windows.
""",
    ),
    Mistake(
        name="steps-of-height",
        says="the pixel below is looked for `height` columns further on in A, where it is `width` columns further on",
        hint="how many pixels lie between (0, 0) and (1, 0) in an image of 2 rows and 5 columns, read row by row?",
        patch=(
            replace(
                THEORY,
                "A[y * across + x, row * width + column]",
                "A[y * across + x, row * height + column - height * width]",
            ),
        ),
        other_patches=(
            (replace(THEORY, "A[y * across + x, row * width + column]", "A[y * across + x, row * height + column]"),),
        ),
        fails=("matrix_rectangle",),
        teaches="""
Read row by row, a whole row has been passed before the pixel below comes: pixel (r, c) has the number `r * width + c`.
On a square image height and width are the same number, so that the slip does not show there.

In an image of 2 rows and 5 columns pixel (1, 0) has the number 5, not 2.
""",
    ),
    Mistake(
        name="output-rows-by-height",
        says="the row of A that belongs to an output is counted with the number of outputs in a column, not in a row",
        hint="how many outputs lie between (0, 0) and (1, 0), read row by row?",
        patch=(replace(THEORY, "A[y * across + x,", "A[y * down + x,"),),
        other_patches=((replace(THEORY, "A[y * across + x,", "A[y * down + x - down * across,"),),),
        fails=("matrix_rectangle",),
        teaches="""
Outputs are flattened row by row, as pixels are: output (r, c) has the number `r * across + c`, where `across` is how
many outputs stand side by side. On square images the two numbers of outputs are the same.
""",
    ),
    Mistake(
        name="stride-in-one-direction",
        says="the stride counts in one direction alone: in the other, windows start one pixel apart",
        hint="where does the window of output (1, 1) start when the stride is 4?",
        patch=(replace(THEORY, "x * stride + j - padding", "x + j - padding"),),
        other_patches=((replace(THEORY, "y * stride + i - padding", "y + i - padding"),),),
        fails=("matrix_stride", "matrix_border", "matrix_rectangle"),
        teaches="""
The window of output (r, c) starts at row `r * stride` and column `c * stride` of the padded image: the stride
multiplies both.
""",
    ),
    Mistake(
        name="kernel-taken-for-square",
        says="the kernel is taken for square: one of its sides is used for both",
        hint="what does your code do with a kernel of one row and three columns?",
        patch=(replace(THEORY, "rows, columns = w.shape", "rows = columns = w.shape[0]"),),
        other_patches=((replace(THEORY, "rows, columns = w.shape", "rows = columns = w.shape[1]"),),),
        fails=("matrix_rectangle",),
        teaches="""
`w.shape` has two numbers, rows and columns, and each decides in its own direction how many windows fit.
""",
    ),
    Mistake(
        name="kernel-size-written-in",
        says="the kernel is taken for 3 x 3, as in the handout, whatever w is",
        hint="what does your code do with a kernel of two rows and two columns?",
        patch=(replace(THEORY, "rows, columns = w.shape", "rows, columns = 3, 3"),),
        fails=MATRIX,
        teaches="""
The handout's kernel has three rows and three columns; `w` may have any number: `rows, columns = w.shape`.
""",
    ),
    Mistake(
        name="outputs-taken-for-square",
        says="the number of outputs is worked out for one direction and used for both",
        hint="how many windows fit side by side in an image of 2 rows and 4 columns, and how many below each other?",
        patch=(replace(THEORY, "across = (width + 2 * padding - columns) // stride + 1", "across = down"),),
        other_patches=(
            (
                replace(
                    THEORY,
                    "down = (height + 2 * padding - rows) // stride + 1",
                    "down = (width + 2 * padding - columns) // stride + 1",
                ),
            ),
        ),
        fails=("matrix_rectangle",),
        teaches="""
Height and width each have a number of windows of their own. On a square image with a square kernel they are the same.
""",
    ),
    Mistake(
        name="padding-counted-once",
        says="the padding is added once to the image's size, although there is some on either side",
        hint="how many rows has a 3 x 3 image with padding 2?",
        patch=(
            replace(THEORY, "(height + 2 * padding - rows)", "(height + padding - rows)"),
            replace(THEORY, "(width + 2 * padding - columns)", "(width + padding - columns)"),
        ),
        fails=("matrix_padding", "matrix_stride", "matrix_rectangle"),
        teaches="""
Padding p puts p rows above the image and p below it: the padded image has `height + 2 * p` rows.
""",
    ),
    Mistake(
        name="last-window-forgotten",
        says="the number of windows lacks its + 1: the last one in each direction is left out",
        hint="how many windows of 3 fit on 3 pixels?",
        patch=(
            replace(THEORY, "(height + 2 * padding - rows) // stride + 1", "(height + 2 * padding - rows) // stride"),
            replace(
                THEORY, "(width + 2 * padding - columns) // stride + 1", "(width + 2 * padding - columns) // stride"
            ),
        ),
        fails=MATRIX,
        teaches="""
`(size + 2 * padding - kernel) // stride` counts the steps between windows; there is one window more than steps.
""",
    ),
    Mistake(
        name="weights-counted-from-one",
        says="weights are named from w(1,1) on, where the handout counts from 0",
        hint="what is the name of the weight in the first row and column?",
        patch=table(["w(3,3)", "w(3,1)", "w(1,3)", "w(1,1)"]),
        fails=("matrix_answer",),
        teaches="""
The handout names the kernel's entries from `w(0,0)` to `w(2,2)`, rows and columns counted from 0. Counted from 1, every
name means another weight, and `w(3,3)` none.
""",
    ),
    Mistake(
        name="answer-kernel-flipped",
        says="in the table of the first problem the kernel is turned by 180 degrees before it meets the image",
        hint="which corner of the kernel lies on the image when its window begins two rows and columns before it?",
        patch=table(["w(0,0)", "w(0,2)", "w(2,0)", "w(2,2)"]),
        fails=("matrix_answer",),
        teaches="""
The window at the top left begins two rows above the image and two columns before it: only its last row and column reach
the image, and meet the pixel (0, 0) with `w(2,2)`. Turned by 180 degrees that would be `w(0,0)`.
""",
    ),
    Mistake(
        name="answer-rows-for-columns",
        says="the table of the first problem is read column by column: w(i,j) stands where w(j,i) belongs",
        hint="is the second output that to the right of the first, or that below it?",
        patch=table(["w(2,2)", "w(0,2)", "w(2,0)", "w(0,0)"]),
        fails=("matrix_answer",),
        teaches="""
Row by row, the second output is that at the top right. Its window begins two rows above the image and at column 2 of
it: it meets the pixel (0, 2) with the first weight of its last row, `w(2,0)`. Read column by column, pixels, outputs
and weights all change places, and `w(0,2)` comes to stand there.
""",
    ),
    Mistake(
        name="answer-rows-exchanged",
        says="in the table of the first problem the second and the third output are exchanged",
        hint="which output is the second, row by row: that at the top right or that at the bottom left?",
        patch=table(["w(2,2)", "w(0,2)", "w(2,0)", "w(0,0)"], (0, 6, 2, 8)),
        fails=("matrix_answer",),
        teaches="""
Y is flattened row by row, as X is: first the output at the top left, then that at the top right, then the two below.
The second row of A belongs to the output at the top right, which sees the pixel (0, 2).
""",
    ),
    Mistake(
        name="answer-padding-left-out",
        says="in the table of the first problem the image has no zeros around it: one window, which sees all of it",
        hint="how many windows of 3 x 3 fit on the image once it has two rows and columns of zeros on each side?",
        patch=answer(windows(3, (0,))),
        fails=("matrix_answer",),
        teaches="""
With padding 2 the 3 x 3 image becomes 7 x 7, and windows start at rows and columns 0 and 4: four outputs, so four rows
of A. Without padding one window alone would fit, and A would be one row with all nine weights.
""",
    ),
    Mistake(
        name="answer-stride-ignored",
        says="in the table of the first problem windows start one pixel apart where they should start four apart",
        hint="where does the second window start when the stride is 4?",
        patch=answer(without_border(windows(7, range(5)))),
        fails=("matrix_answer",),
        teaches="""
On the padded image, 7 x 7, there is room for 5 x 5 windows that start one pixel apart. With stride 4 they start at rows
and columns 0 and 4: there are four of them, and four rows of A.
""",
    ),
    Mistake(
        name="answer-padding-columns-left-in",
        says="the table of the first problem has columns for the zeros of the padding too",
        hint="how many numbers has X: those of the image, or those of the image with its border of zeros?",
        patch=answer(windows(7, (0, 4))),
        fails=("matrix_answer",),
        teaches="""
X is the image, so A has nine columns. The zeros around it add nothing to any output, whatever X is: a table of 49
columns is the matrix of the padded image.
""",
    ),
    Mistake(
        name="bias-of-last-layer-alone",
        says="b is the last layer's bias alone: what earlier biases become on their way is left out",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = bias"),),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A layer maps `W x + b` to `W' (W x + b) + b'`, that is `(W' W) x + (W' b + b')`: the bias of a layer is multiplied by
all later weights, and by their masks.

With `b1 = 1`, a second layer `2 z + 3` and all units on, the bias of both together is 5, not 3.
""",
    ),
    Mistake(
        name="bias-of-last-layer-alone-in-masks-too",
        says="b, by which units are found to be on, is the last layer's bias alone: earlier biases are left out",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = bias"), RUNNING),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A layer maps `W x + b` to `W' (W x + b) + b'`, that is `(W' W) x + (W' b + b')`: the bias of a layer is multiplied by
all later weights, and by their masks.

With `b1 = 1`, a second layer `2 z + 3` and all units on, the bias of both together is 5, not 3.
""",
    ),
    Mistake(
        name="biases-added-up",
        says="b is the sum of masked biases, without the weights that later layers multiply them with",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = (b * active).sum() + bias"),),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A layer maps `W x + b` to `(W' W) x + (W' b + b')`. Biases add up only after each has been multiplied by all the weights
that come after it.

With `b1 = 1` and a second layer `2 z + 3` the bias of both together is `2 * 1 + 3 = 5`, not `1 + 3`.
""",
    ),
    Mistake(
        name="biases-added-up-in-masks-too",
        says="b, by which units are found to be on, is the sum of masked biases, without the weights after them",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = (b * active).sum() + bias"), RUNNING),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A layer maps `W x + b` to `(W' W) x + (W' b + b')`. Biases add up only after each has been multiplied by all the weights
that come after it.

With `b1 = 1` and a second layer `2 z + 3` the bias of both together is `2 * 1 + 3 = 5`, not `1 + 3`.
""",
    ),
    Mistake(
        name="bias-not-masked",
        says="the masks act on W alone: biases of units that are off stay in b",
        hint="what does a unit that is off pass on of its bias?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = weight @ b + bias"),),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A unit that is off passes on 0: neither its weights nor its bias reach the output. The mask belongs to both, as in
`W3 M2 (W2 M1 (W1 x + b1) + b2) + b3`.
""",
    ),
    Mistake(
        name="last-bias-left-out",
        says="b lacks the bias of the last layer",
        hint="what is added after the last matrix?",
        patch=(
            replace(
                THEORY, "    return W, b\n    # end solution", "    return W, b - params[-1][1]\n    # end solution"
            ),
        ),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
The last layer has a bias too, and no mask: it is added to whatever comes before.
""",
    ),
    Mistake(
        name="w-and-b-exchanged",
        says="local_affine gives b where W is expected, and W where b is",
        hint="in which order does the docstring name what comes back?",
        patch=(replace(THEORY, "    return W, b\n    # end solution", "    return b, W\n    # end solution"),),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
The pair is `(W, b)`: first the matrix, then what is added.
""",
    ),
    Mistake(
        name="mask-turned-around",
        says="the mask keeps the units that are off and strikes out those that are on",
        hint="which of max{0, 2} and max{0, -2} passes on something?",
        patch=(replace(THEORY, "active = h > 0", "active = h <= 0"),),
        other_patches=(
            (
                replace(THEORY, "active = h > 0", "active = h <= 0"),
                replace(THEORY, "h = weight @ (h * active) + bias", "h = weight @ np.maximum(h, 0) + bias"),
            ),
            (
                replace(THEORY, "active = h > 0", "active = h < 0"),
                replace(THEORY, "h = weight @ (h * active) + bias", "h = weight @ np.maximum(h, 0) + bias"),
            ),
        ),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
ReLU passes on what is positive: a unit is on where its value before the ReLU is above 0, and its row of the mask is 1.
""",
    ),
    Mistake(
        name="value-taken-for-b",
        says="b is h(x0): W x0 was not taken away from it",
        hint="what does W x0 + b come to if b is h(x0) already?",
        patch=(replace(THEORY, "    return W, b\n    # end solution", "    return W, W @ x0 + b\n    # end solution"),),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
`W x0 + b = h(x0)` says that b is what remains of `h(x0)` when `W x0` is taken away. It is the value of the affine piece
at 0, where the network itself may be on another piece, and not its value at `x0`.

With `h(2) = 15` and `W = 6` b is `15 - 12 = 3`.
""",
    ),
    Mistake(
        name="mask-missing-in-w",
        says="W is the product of all weights, as if every unit were on, and b was fitted to it",
        hint="if a unit is off at x0, what does a small step of x change in what it passes on?",
        patch=(
            replace(THEORY, "    (W, b), *others = params\n", "    (W, b), *others = params\n    product = W\n"),
            replace(
                THEORY,
                "        W = weight @ (W * active[:, None])\n",
                "        product = weight @ product\n        W = weight @ (W * active[:, None])\n",
            ),
            replace(
                THEORY,
                "    return W, b\n    # end solution",
                "    return product, W @ x0 + b - product @ x0\n    # end solution",
            ),
        ),
        fails=("affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A unit that is off passes on 0 around `x0`, whatever x does: its row of the weights counts as 0. So W is the product of
the weights with a mask of zeros and ones after each hidden layer. That `W x0 + b = h(x0)` can be met with any W says
nothing about W.

In the handout's network the first unit is off at `x0 = -1`: W is 1.5 there, and 6 only where all units are on.
""",
    ),
    Mistake(
        name="relu-ignored",
        says="the masks are left out: W and b are those of a network without ReLU",
        hint="which units are off at x0, and what do they add to W and b in your product?",
        patch=(replace(THEORY, "active = h > 0", "active = np.ones(len(b))"),),
        fails=(
            "affine_meets",
            "affine_slope",
            "affine_deep",
            "affine_kink",
            "affine_keeps_arguments",
        ),
        teaches="""
Without ReLU the whole network is one affine map. With it, that is so only around a point, and a unit that is off at the
point passes on 0: its weights and its bias drop out of the product.

At `x0 = -1` the handout's first unit is off. Crossing it out turns W from 6 into 1.5.
""",
    ),
    Mistake(
        name="mask-without-bias",
        says="whether a unit is on is decided by W x0 alone, without its bias",
        hint="is max(0, W x + b) positive where W x is, or where W x + b is?",
        patch=(replace(THEORY, "active = h > 0", "active = W @ x0 > 0"),),
        fails=(
            "affine_meets",
            "affine_slope",
            "affine_deep",
            "affine_kink",
            "affine_keeps_arguments",
        ),
        teaches="""
A unit is on where its input to the ReLU, `W x + b`, is positive. Leaving the bias out moves the kink to the origin.

The handout's second unit is `0.5 x + 1`: at `x0 = -1` it is 0.5, so it is on, although `0.5 x0` is negative.
""",
    ),
    Mistake(
        name="mask-of-the-layer-before",
        says="a layer is masked with the units of the layer before it",
        hint="of which layer's output is the mask that stands between its weights and the next?",
        patch=(
            replace(
                THEORY, "    (W, b), *others = params\n", "    (W, b), *others = params\n    active = np.ones(len(b))\n"
            ),
            replace(
                THEORY,
                "        active = h > 0\n"
                "        W = weight @ (W * active[:, None])\n"
                "        b = weight @ (b * active) + bias\n",
                "        on = h > 0\n"
                "        active = np.resize(active, len(b))\n"
                "        W = weight @ (W * active[:, None])\n"
                "        b = weight @ (b * active) + bias\n"
                "        active, h = on, h * on\n",
            ),
        ),
        fails=(
            "affine_meets",
            "affine_slope",
            "affine_deep",
            "affine_kink",
            "affine_keeps_arguments",
        ),
        teaches="""
Each hidden layer has a mask of its own, from its own values before the ReLU: it stands to the left of that layer's
weights, `W3 M2 W2 M1 W1`. One mask too early means that the first layer is never masked, and every other by a stranger.
""",
    ),
    Mistake(
        name="product-in-the-wrong-order",
        says="a later layer's weights are multiplied from the right, as if x went through the last layer first",
        hint="in W3 W2 W1 x, which matrix meets x first?",
        patch=(
            replace(
                THEORY,
                "        W = weight @ (W * active[:, None])\n",
                "        masked = W * active[:, None]\n"
                "        W = masked @ weight if weight.shape == W.shape else weight @ masked\n",
            ),
        ),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_keeps_arguments"),
        teaches="""
The layer that acts first stands next to x: the product is `W3 M2 W2 M1 W1`, and a new layer is multiplied from the
left. Matrices do not commute; where shapes do not fit there is an error, and where all are square there is a wrong
answer.

For `[[0, 1], [0, 0]]` and `[[0, 0], [1, 0]]` one order gives `[[1, 0], [0, 0]]` and the other `[[0, 0], [0, 1]]`.
""",
    ),
    Mistake(
        name="layers-multiplied-from-the-right",
        says="each layer is multiplied from the right, where it has to stand to the left of the layers before it",
        hint="in W3 W2 W1 x, which matrix meets x first?",
        patch=(replace(THEORY, "W = weight @ (W * active[:, None])", "W = (W * active[:, None]) @ weight"),),
        other_patches=((replace(THEORY, "W = weight @ (W * active[:, None])", "W = W @ weight"),),),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
The layer that acts first stands next to x: the product is `W3 M2 W2 M1 W1`, and a new layer is multiplied from the
left. The other way round the shapes of most layers do not fit, which is what matmul reports.
""",
    ),
    Mistake(
        name="mask-over-inputs",
        says="the mask strikes out columns of W, its inputs, where it should strike out rows, its units",
        hint="which row or column of W belongs to unit 0, and what makes `W * mask` of it?",
        patch=(
            replace(THEORY, "W = weight @ (W * active[:, None])", "W = weight @ (W * np.resize(active, W.shape[1]))"),
        ),
        fails=(
            "affine_meets",
            "affine_slope",
            "affine_deep",
            "affine_kink",
            "affine_keeps_arguments",
        ),
        teaches="""
Row u of W holds the weights of unit u, so that a unit which is off is a row of zeros. `W * mask` lines the mask up with
the last axis, which is that of the columns; `mask[:, None] * W` strikes out rows, as does `np.diag(mask) @ W`.
""",
    ),
    Mistake(
        name="relu-after-the-last-layer",
        says="the last layer is masked too, although no ReLU stands after it",
        hint="what is h(x) in the handout where the last sum is negative?",
        patch=(
            replace(
                THEORY,
                "    return W, b\n    # end solution",
                "    active = W @ x0 + b > 0\n    return W * active[:, None], b * active\n    # end solution",
            ),
        ),
        fails=("affine_meets", "affine_slope", "affine_deep", "affine_keeps_arguments"),
        teaches="""
`h(x) = W3 max{0, ...} + b3` may be negative: the max stands around the hidden layers alone. Masking the last layer
gives W = 0 and b = 0 wherever an output is below 0.
""",
    ),
    Mistake(
        name="three-layers-alone",
        says="the code is made for three layers, as in the handout, and leaves out what comes after",
        hint="what does your code do with params[3]?",
        patch=(replace(THEORY, "    for weight, bias in others:\n", "    for weight, bias in others[:2]:\n"),),
        fails=("affine_deep",),
        teaches="""
Each layer does the same to what the layers before it are together: it masks that, multiplies it from the left and adds
its bias. A loop over all layers says so once, for any number of them, a single one included.
""",
    ),
    Mistake(
        name="three-layers-unpacked",
        says="params is unpacked into exactly three layers, as in the handout",
        hint="what does your code do with two layers, or with five?",
        patch=(
            replace(
                THEORY,
                "    (W, b), *others = params\n",
                "    (W, b), second, third = params\n    others = second, third\n",
            ),
        ),
        fails=("affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
Each layer does the same to what the layers before it are together. A loop over all layers says so once, for any number
of them, a single one included.
""",
    ),
    Mistake(
        name="half-at-the-kink",
        says="a unit that is exactly 0 counts half, which is no piece of the function on either side",
        hint="is a unit half on anywhere beside the kink?",
        patch=(replace(THEORY, "active = h > 0", "active = np.heaviside(h, 0.5)"),),
        fails=("affine_kink",),
        teaches="""
On one side of a kink a unit is off, on the other it is on; the function agrees with the piece of either side right up
to the kink, and there with both. The mean of the two slopes, as `np.sign` or `np.heaviside(z, 0.5)` give it, belongs
to no piece: no neighbourhood has it.

`max(0, x)` at 0 may have the slope 0 or 1, but not 0.5.
""",
    ),
    Mistake(
        name="writes-into-the-network",
        says="the mask is multiplied into the given weights themselves, so that the network is another one afterwards",
        hint="does W *= mask make a new matrix?",
        patch=(
            replace(
                THEORY,
                "        W = weight @ (W * active[:, None])\n",
                "        W *= active[:, None]\n        W = weight @ W\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    THEORY,
                    "        W = weight @ (W * active[:, None])\n",
                    "        W *= active[:, None]\n        b *= active\n        W = weight @ W\n",
                ),
            ),
        ),
        fails=("affine_keeps_arguments",),
        teaches="""
`W = params[0][0]` is another name for the array in `params`, and `W *= mask` changes that array. The first answer is
right, and the second question about the same network is answered for another one. `W = W * mask` makes a new array.
""",
    ),
    Mistake(
        name="every-unit-taken-for-on",
        says="W and b of the handout are the same at all three points, as if every unit were on everywhere",
        hint="what are 1.5 x and 0.5 x + 1 at x0 = -1?",
        patch=pieces("{2: (6.0, 3.0), -1: (6.0, 3.0), 1: (6.0, 3.0)}"),
        fails=("affine_answer",),
        teaches="""
At 2 and at 1 all units are on, and W and b are the same. At -1 the first unit is `max(0, -1.5) = 0`: it is off, and its
weights drop out. Work out the values before each ReLU first, and cross out what is not positive.
""",
    ),
    Mistake(
        name="answer-value-for-b",
        says="the values for b in the second problem are those of h(x0): W x0 was not taken away",
        hint="what does W x0 + b come to if b is h(x0) already?",
        patch=pieces("{2: (6.0, 15.0), -1: (1.5, 1.5), 1: (6.0, 9.0)}"),
        fails=("affine_answer",),
        teaches="""
`W x0 + b = h(x0)` says that b is what remains of `h(x0)` when `W x0` is taken away. With `h(2) = 15` and `W = 6` b is
`15 - 12 = 3`.
""",
    ),
    Mistake(
        name="answer-last-bias-left-out",
        says="b3 is left out of every b in the second problem",
        hint="what is added after the last matrix?",
        patch=pieces("{2: (6.0, 4.0), -1: (1.5, 4.0), 1: (6.0, 4.0)}"),
        fails=("affine_answer",),
        teaches="""
The last layer has a bias too, `b3 = -1`, and no mask: it is added to whatever comes before, at every point.
""",
    ),
    Mistake(
        name="answer-last-bias-alone",
        says="b is b3 alone in the second problem: what the biases before it become on their way is left out",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=pieces("{2: (6.0, -1.0), -1: (1.5, -1.0), 1: (6.0, -1.0)}"),
        fails=("affine_answer",),
        teaches="""
`b1` is multiplied by the weights of both later layers, and `b2` by those of the last one; what becomes of them is part
of b, beside `b3`: `3 + 1 - 1 = 3`.
""",
    ),
    Mistake(
        name="answer-biases-added-up",
        says="b is the sum of all biases in the second problem, without the weights that come after each of them",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=pieces("{2: (6.0, 1.0), -1: (1.5, 1.0), 1: (6.0, 1.0)}"),
        fails=("affine_answer",),
        teaches="""
Biases add up only after each has been multiplied by all weights that come after it: the second entry of `b1` arrives as
`2 + 1 = 3`, the second of `b2` as 1, and `b3` as -1.
""",
    ),
    Mistake(
        name="answer-w-and-b-exchanged",
        says="W stands where b belongs in the second problem, and b where W belongs",
        hint="which of the two is multiplied by x0?",
        patch=pieces("{2: (3.0, 6.0), -1: (3.0, 1.5), 1: (3.0, 6.0)}"),
        fails=("affine_answer",),
        teaches="""
A pair is `(W, b)`: first the slope, then what is left. `6 * 2 + 3` is `h(2) = 15`; `3 * 2 + 6` is not.
""",
    ),
    Mistake(
        name="answer-mask-without-bias",
        says="at x0 = -1 both units of the first layer are taken for off, as if the second one had no bias",
        hint="what is 0.5 x + 1 at x0 = -1?",
        patch=pieces("{2: (6.0, 3.0), -1: (0.0, 0.0), 1: (6.0, 3.0)}"),
        fails=("affine_answer",),
        teaches="""
The second unit is `0.5 x + 1`: at `x0 = -1` it is 0.5, so it is on, although `0.5 x0` is negative. Its weights reach
the output: W is 1.5 there and not 0.
""",
    ),
    Mistake(
        name="review-too-long",
        says="a part of the review has more than 350 words",
        hint="which sentence of it would the reader not miss?",
        patch=(
            replace(
                REVIEW,
                "The paper asks what",
                "Before the paper itself, a word on what came before it, as far as it matters here. " * 25
                + "The paper asks what",
            ),
        ),
        fails=("review_words",),
        teaches="""
Each of the three parts, the review and the two answers, has 350 words at most. Words are counted as an office program
counts them: whatever stands between blanks and has a letter or a digit in it. Headings do not count.
""",
    ),
    Mistake(
        name="row-for-each-kernel-row",
        says="the number of the output is counted up in the wrong loop, so that rows of A run out",
        hint="how often does your counter of rows go up for one output?",
        patch=(
            replace(
                THEORY,
                "            A[y * across + x, row * width + column] = w[i, j]\n",
                "            A[(y * across + x) * rows + i, row * width + column] = w[i, j]\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    THEORY,
                    "            A[y * across + x, row * width + column] = w[i, j]\n",
                    "            A[((y * across + x) * rows + i) * columns + j, row * width + column] = w[i, j]\n",
                ),
            ),
        ),
        fails=("matrix_plain", "matrix_padding", "matrix_stride", "matrix_border", "matrix_rectangle"),
        teaches="""
A has one row for each output: a counter goes up once each window is done, after the loops over the kernel and not in
them.
""",
    ),
    Mistake(
        name="value-before-the-last-layer-for-b",
        says="b is what the last layer is given, not what remains of h(x0)",
        hint="which shape has b, and which the outputs of the last hidden layer?",
        patch=(
            replace(THEORY, "    (W, b), *others = params\n", "    (W, b), *others = params\n    before = x0\n"),
            replace(THEORY, "        active = h > 0\n", "        active = h > 0\n        before = h * active\n"),
            replace(THEORY, "    return W, b\n    # end solution", "    return W, before\n    # end solution"),
        ),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A variable that holds the activations while the layers go by is x0 at first and the last hidden layer's outputs at the
end.
b is another thing: what remains of `h(x0)` when `W x0` is taken away.
""",
    ),
    Mistake(
        name="biases-added-without-weights",
        says="b is the sum of the layers' biases as they are, which need not even have one shape",
        hint="a bias of the first layer passes through which matrices before it reaches the output?",
        patch=(replace(THEORY, "b = weight @ (b * active) + bias", "b = b * active + bias"),),
        other_patches=((replace(THEORY, "b = weight @ (b * active) + bias", "b = b + bias"),),),
        fails=("affine_meets", "affine_deep", "affine_kink", "affine_keeps_arguments"),
        teaches="""
A layer maps `W x + b` to `(W' W) x + (W' b + b')`: what is added up has been multiplied by all the weights after it.
""",
    ),
)
