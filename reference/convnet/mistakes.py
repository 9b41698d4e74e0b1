"""What students get wrong in `convnet`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Mistake, Replacement, replace

CONVOLUTION = "modules/convolution.py"
POOLING = "modules/max_pool.py"
RELU = "modules/relu.py"
LINEAR = "modules/linear.py"
NETWORK = "modules/conv_classifier.py"
OPTIMIZER = "optimizer/sgd.py"

CONV_BACKWARD_LOOP = """\
        for i in range(k):
            for j in range(k):
                window = np.s_[:, :, i : i + s * out_height : s, j : j + s * out_width : s]
                dw[:, :, i, j] = np.einsum("nohw,nchw->oc", dout, padded[window])
                dpadded[window] += np.einsum("nohw,oc->nchw", dout, self.weight[:, :, i, j])
"""
CONV_FORWARD_SUMS = """\
        for i in range(k):
            for j in range(k):
                # Pixel (i, j) of every window at once: the windows start a stride apart.
                seen = padded[:, :, i : i + s * out_height : s, j : j + s * out_width : s]
                out += np.einsum("nchw,oc->nohw", seen, self.weight[:, :, i, j])
"""
POOL_BACKWARD_GRADIENT = """\
        n, c, row, column = np.indices(dout.shape)
        dx = np.zeros(shape, dout.dtype)
        # One pixel may be the maximum of several windows; dx[...] += dout would count only one of them.
        np.add.at(dx, (n, c, row * s + winner // k, column * s + winner % k), dout)
"""
POOL_FORWARD_VALUES = """\
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))[:, :, ::s, ::s]
        values = windows.reshape(*windows.shape[:4], k * k)
"""


def conv_forward_loops(
    rows: str, columns: str, row: str = "r * s", column: str = "c * s", at: str = "r, c", size: str = "k"
) -> tuple[str, ...]:
    """Write the sums of Conv2D.forward as loops over windows, with as many loops outside of these as people write."""
    window = f"{row} : {row} + {size}, {column} : {column} + {size}"
    one = f"""        for sample, f in np.ndindex(n, self.out_channels):
            for r in {rows}:
                for c in {columns}:
                    out[sample, f, {at}] = (padded[sample, :, {window}] * self.weight[f]).sum()
"""
    for_each_channel = f"""        for sample, f in np.ndindex(n, self.out_channels):
            for r in {rows}:
                for c in {columns}:
                    for channel in range(x.shape[1]):
                        out[sample, f, {at}] += (padded[sample, channel, {window}] * self.weight[f, channel]).sum()
"""
    samples_at_once = f"""        for f in range(self.out_channels):
            for r in {rows}:
                for c in {columns}:
                    out[:, f, {at}] = (padded[:, :, {window}] * self.weight[f]).sum(axis=(1, 2, 3))
"""
    filters_at_once = f"""        for sample in range(n):
            for r in {rows}:
                for c in {columns}:
                    out[sample, :, {at}] = (padded[sample, :, {window}] * self.weight).sum(axis=(1, 2, 3))
"""
    all_at_once = f"""        for r in {rows}:
            for c in {columns}:
                out[:, :, {at}] = np.einsum("ncij,ocij->no", padded[:, :, {window}], self.weight)
"""
    return one, for_each_channel, samples_at_once, filters_at_once, all_at_once


def conv_forward_written(*loops: str, also: tuple[Replacement, ...] = ()) -> tuple[tuple[Replacement, ...], ...]:
    """Write Conv2D.forward with each of some loops."""
    return tuple((replace(CONVOLUTION, CONV_FORWARD_SUMS, loop), *also) for loop in loops)


def conv_sized(height: str, width: str) -> tuple[tuple[Replacement, ...], ...]:
    """Give the output of Conv2D.forward another size, with windows that are cut out in several ways."""
    by_index = CONV_FORWARD_SUMS.replace(
        "padded[:, :, i : i + s * out_height : s, j : j + s * out_width : s]",
        "padded[:, :, (i + s * np.arange(out_height))[:, None], j + s * np.arange(out_width)]",
    )
    return conv_forward_written(
        *conv_forward_loops("range(out_height)", "range(out_width)"),
        by_index,
        also=(
            replace(CONVOLUTION, "out_height = (height + 2 * p - k) // s + 1", f"out_height = {height}"),
            replace(CONVOLUTION, "out_width = (width + 2 * p - k) // s + 1", f"out_width = {width}"),
        ),
    )


def conv_with_empty_places(height: str, width: str, *, is_bias_everywhere: bool = False) -> tuple[Replacement, ...]:
    """Give the output of Conv2D.forward a size that is too large, of which only the windows that fit are filled.

    The bias is added to these, or to all places.
    """
    return (
        replace(
            CONVOLUTION, "n, self.out_channels, out_height, out_width)", f"n, self.out_channels, {height}, {width})"
        ),
        replace(
            CONVOLUTION, CONV_FORWARD_SUMS, CONV_FORWARD_SUMS.replace("out +=", "out[:, :, :out_height, :out_width] +=")
        ),
        replace(
            CONVOLUTION,
            "return out + self.bias[:, None, None]",
            "out[:, :, :out_height, :out_width] += self.bias[:, None, None]\n        return out",
        ),
    )[: 2 if is_bias_everywhere else 3]


def conv_dx_by_correlation(body: str) -> tuple[Replacement, ...]:
    """Compute dx of Conv2D from dout padded by the padding of forward and the turned filter."""
    return (
        replace(
            CONVOLUTION,
            "        self.dx = dpadded[:, :, p : height - p, p : width - p]\n",
            """\
        spread = np.pad(dout, ((0, 0), (0, 0), (p, p), (p, p)))
        turned = self.weight[:, :, ::-1, ::-1]
"""
            + body,
        ),
    )


def conv_backward_ended(samples: str, filters: str, rows: str, biases: str = "dout") -> tuple[Replacement, ...]:
    """End the loops of Conv2D.backward early: what they had not come to sends nothing back."""
    return (
        replace(
            CONVOLUTION,
            CONV_BACKWARD_LOOP,
            f"""\
        whole, dout = dout, np.zeros_like(dout)
        dout[{samples}, {filters}, {rows}] = whole[{samples}, {filters}, {rows}]
"""
            + CONV_BACKWARD_LOOP,
        ),
        replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", f"self.db = {biases}.sum(axis=(0, 2, 3))"),
    )


def conv_backward_loops(seen: str = "padded", room: str = "dpadded") -> tuple[str, ...]:
    """Write dw and dx of Conv2D.backward as loops over windows, with as many loops outside of these as people write."""
    window = "r * s : r * s + k, c * s : c * s + k"
    many = "[:, None, None, None]"
    one = f"""        for sample, f, r, c in np.ndindex(dout.shape):
            dw[f] += {seen}[sample, :, {window}] * dout[sample, f, r, c]
            {room}[sample, :, {window}] += self.weight[f] * dout[sample, f, r, c]
"""
    samples_at_once = f"""        for f, r, c in np.ndindex(dout.shape[1:]):
            dw[f] += ({seen}[:, :, {window}] * dout[:, f, r, c]{many}).sum(axis=0)
            {room}[:, :, {window}] += self.weight[f] * dout[:, f, r, c]{many}
"""
    filters_at_once = f"""        for sample, r, c in np.ndindex(dout.shape[0], *dout.shape[2:]):
            dw += {seen}[sample, :, {window}] * dout[sample, :, r, c]{many}
            {room}[sample, :, {window}] += (self.weight * dout[sample, :, r, c]{many}).sum(axis=0)
"""
    return one, samples_at_once, filters_at_once


def conv_backward_of_the_image(*, sees: bool) -> tuple[tuple[Replacement, ...], ...]:
    """Use the image without its padding in Conv2D.backward: as what windows see, or as the room for dx."""
    image = "        image = padded[:, :, p : padded.shape[2] - p, p : padded.shape[3] - p]\n"
    if sees:
        return tuple(
            (replace(CONVOLUTION, CONV_BACKWARD_LOOP, image + loop),) for loop in conv_backward_loops(seen="image")
        )
    room = image + "        room = np.zeros_like(image)\n"
    kept = replace(CONVOLUTION, "dpadded[:, :, p : height - p, p : width - p]", "room")
    return tuple(
        (replace(CONVOLUTION, CONV_BACKWARD_LOOP, room + loop), kept) for loop in conv_backward_loops(room="room")
    )


def conv_kept_in_part(*parts: str) -> tuple[tuple[Replacement, ...], ...]:
    """Leave Conv2D.forward early: what its loops had not come to stays 0, without a bias."""
    ends = "        whole, out = out + self.bias[:, None, None], np.zeros_like(out)\n"
    return tuple(
        (
            replace(
                CONVOLUTION,
                "        return out + self.bias[:, None, None]\n",
                f"{ends}        out[{part}] = whole[{part}]\n        return out\n",
            ),
        )
        for part in parts
    )


def pool_backward_loops(rows: str = "out_height", columns: str = "out_width") -> str:
    """Write MaxPooling.backward as loops over windows."""
    return f"""\
        dx = np.zeros(shape, dout.dtype)
        n, c = np.indices(shape[:2])
        for i in range({rows}):
            for j in range({columns}):
                row, column = i * s + winner[:, :, i, j] // k, j * s + winner[:, :, i, j] % k
                dx[n, c, row, column] += dout[:, :, i, j]
"""


CONV_THAT_DO_NOT_FIT = conv_forward_written(
    *conv_forward_loops("range(0, height + 2 * p, s)", "range(0, width + 2 * p, s)", "r", "c", "r // s, c // s")
)
CONV_OF_THE_UNPADDED_IMAGE = conv_forward_written(
    *conv_forward_loops("range(0, height, s)", "range(0, width, s)", "r", "c", "r // s, c // s")
)
CONV_WITHOUT_BRACKETS = (
    *conv_sized("height + 2 * p - k // s + 1", "width + 2 * p - k // s + 1"),
    *conv_sized("int(height - k + 2 * p / s + 1)", "int(width - k + 2 * p / s + 1)"),
)
CONV_TOO_LARGE = tuple(
    conv_with_empty_places(height, height.replace("height", "width"), is_bias_everywhere=is_everywhere)
    for height in (
        "int(height - k + 2 * p / s + 1)",
        "height + 2 * p - k // s + 1",
        "height + 2 * p - k + 1",
    )
    for is_everywhere in (False, True)
)
CONV_ROUNDED_UP = conv_sized("-(-(height + 2 * p - k) // s) + 1", "-(-(width + 2 * p - k) // s) + 1")
CONV_AS_MANY_COLUMNS = (
    *conv_forward_written(
        conv_forward_loops("range(out_height)", "range(out_height)")[0],
        also=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "out[..., :out_height] += self.bias[:, None, None]\n        return out",
            ),
        ),
    ),
    *conv_forward_written(conv_forward_loops("range(out_height)", "range(out_height)")[0]),
)
CONV_BACKWARD_SEEN = CONV_BACKWARD_LOOP.replace(
    "        for i in", "        seen, out_width = dout[:, :, :, :out_height], out_height\n        for i in", 1
).replace("dout,", "seen,")
CONV_BACKWARD_AS_MANY_COLUMNS = (
    (replace(CONVOLUTION, CONV_BACKWARD_LOOP, CONV_BACKWARD_SEEN),),
    (
        replace(CONVOLUTION, CONV_BACKWARD_LOOP, CONV_BACKWARD_SEEN),
        replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = seen.sum(axis=(0, 2, 3))"),
    ),
)
CONV_AS_MANY_COLUMNS_TWICE = tuple(
    (*forward, *backward) for forward in CONV_AS_MANY_COLUMNS for backward in CONV_BACKWARD_AS_MANY_COLUMNS
)
CONV_BY_THE_KERNEL = conv_forward_written(
    *conv_forward_loops("range(out_height)", "range(out_width)", "r * k", "c * k")
)
CONV_ONE_TOO_FEW = conv_sized("(height + 2 * p - k) // s", "(width + 2 * p - k) // s")
CONV_SIZE_WITHOUT_PADDING = conv_sized("(height - k) // s + 1", "(width - k) // s + 1")
CONV_PADDING_ONCE = conv_sized("(height + p - k) // s + 1", "(width + p - k) // s + 1")
CONV_TURNED = conv_forward_written(
    *conv_forward_loops("range(out_height)", "range(out_width)"),
    also=(
        replace(
            CONVOLUTION,
            "out = np.zeros((n, self.out_channels, out_height, out_width), x.dtype)",
            "out = np.zeros((n, self.out_channels, out_width, out_height), x.dtype)",
        ),
    ),
)

CONV_EVERY_AXIS = conv_forward_written(
    *conv_forward_loops("range(out_height)", "range(out_width)"),
    also=(replace(CONVOLUTION, "np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))", "np.pad(x, p)"),),
)
CONV_NOT_PADDED = tuple(
    (*patch, replace(CONVOLUTION, "self.cache = padded", "self.cache = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"))
    for patch in conv_forward_written(
        *conv_forward_loops("range(out_height)", "range(out_width)"),
        also=(replace(CONVOLUTION, "padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))", "padded = x"),),
    )
)
CONV_ROWS_FOR_COLUMNS = conv_forward_written(
    *conv_forward_loops("range(out_height)", "range(out_width)", at="c, r"),
)
CONV_CHANNELS_FOR_ROWS = tuple(
    (
        replace(CONVOLUTION, CONV_FORWARD_SUMS, loop.replace("r * s + k", "r * s + self.weight.shape[1]")),
        replace(
            CONVOLUTION,
            "out_height = (height + 2 * p - k) // s + 1",
            "out_height = (height + 2 * p - self.weight.shape[1]) // s + 1",
        ),
    )
    for loop in conv_forward_loops("range(out_height)", "range(out_width)")
)
CONV_ONE_CHANNEL = (
    (
        replace(
            CONVOLUTION,
            'np.einsum("nchw,oc->nohw", seen, self.weight[:, :, i, j])',
            'np.einsum("nchw,oc->nohw", seen[:, :1], self.weight[:, :1, i, j])',
        ),
    ),
    (
        replace(
            CONVOLUTION,
            'np.einsum("nchw,oc->nohw", seen, self.weight[:, :, i, j])',
            'np.einsum("nchw,o->nohw", seen, self.weight[:, 0, i, j])',
        ),
    ),
)
CONV_PADDED_OTHERWISE_TWICE = tuple(
    (replace(CONVOLUTION, "(0, 0), (p, p), (p, p)))", f'(0, 0), (p, p), (p, p)), mode="{mode}")'),)
    for mode in ("edge", "symmetric", "wrap")
)
CONV_PADDED_OTHERWISE = tuple(
    (*patch, replace(CONVOLUTION, "self.cache = padded", "self.cache = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"))
    for patch in CONV_PADDED_OTHERWISE_TWICE
)
CONV_FILTERS_REVERSED = conv_forward_written(
    *(
        loop.replace("self.weight[f])", "self.weight[f].T)").replace("self.weight)", "self.weight.T)")
        for loop in conv_forward_loops("range(out_height)", "range(out_width)")
        if "self.weight[f])" in loop or "self.weight)" in loop
    )
)
CONV_ALL_BIASES_AT_ONCE = tuple(
    (*patch, replace(CONVOLUTION, "return out + self.bias[:, None, None]", "return out"))
    for patch in conv_forward_written(
        *(
            loop.replace(".sum()\n", ".sum() + self.bias\n").replace(
                ".sum(axis=(1, 2, 3))\n", ".sum(axis=(1, 2, 3)) + self.bias\n"
            )
            for loop in conv_forward_loops("range(out_height)", "range(out_width)")[::2]
        )
    )
)
CONV_MATRIX_PRODUCT = conv_forward_written(
    *(
        loop.replace("] * self.weight", "] @ self.weight")
        for loop in conv_forward_loops("range(out_height)", "range(out_width)")
        if "] * self.weight" in loop
    )
)
CONV_SEES_THE_IMAGE = conv_backward_of_the_image(sees=True)
CONV_ROOM_OF_THE_IMAGE = conv_backward_of_the_image(sees=False)
CONV_ENDS_EARLY = conv_kept_in_part(":1", ":, :1", ":1, :1", ":, :, :1", ":1, :1, :1", ":1, :1, :1, :1")

POOL_KEEPS_THE_LARGEST = replace(
    POOLING, "        return largest", "        self.largest = largest\n        return largest"
)
POOL_ROUNDED_UP = """\
        rows, columns = (-(-(size - k) // s) + 1 for size in x.shape[2:])
"""
POOL_FLAT = """\
        dx = np.zeros(shape, dout.dtype)
        flat = dx.reshape(*shape[:2], -1)
        for n, c, row, column in np.ndindex(dout.shape):
            flat[n, c, winner[n, c, row, column]] += dout[n, c, row, column]
"""
POOL_READ_EACH = """\
        values = np.full((*x.shape[:2], rows, columns, k * k), -np.inf)
        for r in range(rows):
            for c in range(columns):
                for place in range(k * k):
                    values[:, :, r, c, place] = x[:, :, r * s + place // k, c * s + place % k]
"""
POOL_READ_IN_PART = """\
        values = np.full((*x.shape[:2], rows, columns, k * k), -np.inf)
        for r in range(rows):
            for c in range(columns):
                seen = x[:, :, r * s : r * s + k, c * s : c * s + k]
                seen.max(axis=(2, 3))  # raises where nothing of the window is left
                values[:, :, r, c].reshape(*x.shape[:2], k, k)[:, :, : seen.shape[2], : seen.shape[3]] = seen
"""

MISTAKES = (
    Mistake(
        name="kernel-flipped",
        says="the filter is turned by 180 degrees before it meets the image",
        hint="which pixel of its window does weight[o, c, 0, 0] multiply: the first or the last?",
        patch=(
            replace(CONVOLUTION, "seen, self.weight[:, :, i, j])", "seen, self.weight[:, :, k - 1 - i, k - 1 - j])"),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
In mathematics a convolution turns the filter by 180 degrees; in deep learning it does not (signal processing calls
that cross-correlation). Since the weights are learned, the turn would change nothing that a network can do, but it
changes every number. `scipy.signal.convolve2d` and `np.convolve` turn, `np.correlate` does not.

The image `[1, 2]` and the filter `[10, 1]` give `1 * 10 + 2 * 1 = 12`. With the filter turned it would be
`1 * 1 + 2 * 10 = 21`.
""",
    ),
    Mistake(
        name="conv-bias-missing",
        says="Conv2D.forward leaves the bias out",
        hint="what does a filter of zeros with a bias of 5 return?",
        patch=(replace(CONVOLUTION, "return out + self.bias[:, None, None]", "return out"),),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Each filter has one number that is added to every place of its map, whatever the image shows. While all biases are
zero, as at the start, nobody notices that they are left out; after the first update the network computes something
else than its gradients are for.

`bias` has shape `(F,)` and the maps `(N, F, H, W)`: numpy lines shapes up from the right, so the bias has to become
`(F, 1, 1)` first, as in `out + bias[:, None, None]`.
""",
    ),
    Mistake(
        name="conv-weight-of-the-constructor",
        says="Conv2D.forward uses the weights that the constructor drew, not those in the attribute weight",
        hint="if somebody sets layer.weight to zeros, does your forward return zeros and the bias?",
        patch=(
            replace(CONVOLUTION, "self.cache: Any = None", "self.first = self.weight\n        self.cache: Any = None"),
            replace(CONVOLUTION, "seen, self.weight[:, :, i, j])", "seen, self.first[:, :, i, j])"),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`layer.weight` is where everybody else finds the weights: the optimizer replaces them there after every step, a test
sets them there. A second name for the array of the constructor, or a reshaped copy made in it, does not follow when
`layer.weight` is set to another array.

With `layer.weight = np.zeros_like(layer.weight)` a forward has to return the bias everywhere.
""",
    ),
    Mistake(
        name="conv-dx-in-single-precision",
        says="dx of Conv2D is float32 where x is float64",
        hint="of which dtype is the array that you collect dx in?",
        patch=(
            replace(CONVOLUTION, "dpadded = np.zeros_like(padded)", "dpadded = np.zeros(padded.shape, np.float32)"),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
        ),
        teaches="""
float32 keeps about 7 decimal digits, float64 about 16. A gradient that is off in the eighth digit still trains a
network, but it cannot be compared with a central difference any more, and the layers before it lose the digits too.
`np.zeros_like(x)` takes over the dtype of `x`; `np.zeros(shape)` is float64; `dtype=np.float32` is what was written
in by hand.

`float(np.float32(0.1)) - 0.1` is `1.5e-09`, not 0.
""",
    ),
    Mistake(
        name="conv-windows-a-pixel-apart",
        says="the windows of Conv2D.forward start one pixel apart where they should start stride pixels apart",
        hint="in which row does the window of output row r start?",
        patch=(
            replace(
                CONVOLUTION,
                "seen = padded[:, :, i : i + s * out_height : s, j : j + s * out_width : s]",
                "seen = padded[:, :, i : i + out_height, j : j + out_width]",
            ),
        ),
        fails=("conv_forward_stride",),
        teaches="""
Stride enters twice: it sets how many windows there are, and where each of them starts. Output row `r` looks at the
rows from `r * stride` to `r * stride + kernel_size - 1` of the padded image.

With the row `[1, 2, 3, 4, 5]`, a filter `[1]` and stride 2 the output is `[1, 3, 5]`. With windows one pixel apart
it would be `[1, 2, 3]`: the right length, the wrong values.
""",
    ),
    Mistake(
        name="conv-windows-past-the-edge",
        says="Conv2D.forward counts windows that reach past the edge: its size is rounded up instead of down",
        hint="do you divide with // or round up, and what lies under the last window?",
        patch=(
            replace(
                CONVOLUTION,
                "out_height = (height + 2 * p - k) // s + 1",
                "out_height = -(-(height + 2 * p - k) // s) + 1",
            ),
            replace(
                CONVOLUTION, "out_width = (width + 2 * p - k) // s + 1", "out_width = -(-(width + 2 * p - k) // s) + 1"
            ),
            replace(CONVOLUTION, "(p, p), (p, p)))", "(p, p + s - 1), (p, p + s - 1)))"),
            replace(
                CONVOLUTION,
                "_, _, height, width = padded.shape",
                "height, width = padded.shape[2] - s + 1, padded.shape[3] - s + 1",
            ),
        ),
        fails=("conv_forward_stride",),
        teaches="""
A window counts only if all of it lies on the padded image, so the number of windows is
`(H + 2 * padding - kernel_size) // stride + 1`, rounded down; pixels that are left over at the right and the bottom
take part in nothing.

6 pixels, a kernel of 3 and a stride of 2: windows start at 0 and 2; one at 4 would need pixel 6, which does not
exist. So there are `(6 - 3) // 2 + 1 = 2` windows and not 3.
""",
    ),
    Mistake(
        name="conv-height-for-both",
        says="Conv2D takes the height of the image for its width as well",
        hint="what is the shape of the output for an image of 4 rows and 7 columns?",
        patch=(replace(CONVOLUTION, "out_width = (width + 2 * p - k)", "out_width = (height + 2 * p - k)"),),
        fails=("conv_shapes",),
        teaches="""
As long as every image is square, one size does for two. The axes of an NCHW array are sample, channel, row, column:
`x.shape[2]` is the height, `x.shape[3]` the width, and each gives its own number of windows.

An image of 4 x 7 pixels and a 3 x 3 filter without padding give a map of 2 x 5, not 2 x 2.
""",
    ),
    Mistake(
        name="conv-axes-of-length-one-dropped",
        says="Conv2D.forward drops the axes of length 1: the output of one sample or one filter has too few axes",
        hint="what does np.squeeze do to an array of shape (1, 3, 4, 4)?",
        patch=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "return np.squeeze(out + self.bias[:, None, None])",
            ),
        ),
        fails=("conv_shapes",),
        teaches="""
`np.squeeze` removes every axis of length 1, also those that are 1 by chance. The next layer then takes channels for
samples. Name the axis that is to go, `np.squeeze(a, axis=4)`, or index it away, `a[..., 0]`.

For a batch of one image, shape `(1, 3, 4, 4)`, `np.squeeze` gives `(3, 4, 4)`; for two images, `(2, 3, 4, 4)`, it
changes nothing. So the mistake shows only with the last batch of an epoch, or when a single image is classified.
""",
    ),
    Mistake(
        name="conv-overlap-overwritten",
        says="where windows overlap, dx of Conv2D holds what the last window left there instead of the sum",
        hint="a pixel under four windows gets four contributions: do you add them, or does the last one win?",
        patch=(
            replace(
                CONVOLUTION,
                """\
        for i in range(k):
            for j in range(k):
                window =""",
                """\
        for i in reversed(range(k)):  # a loop over windows ends with the first pixels of the last window
            for j in reversed(range(k)):
                window =""",
            ),
            replace(CONVOLUTION, "dpadded[window] += ", "dpadded[window] = "),
        ),
        fails=("conv_backward", "conv_backward_stride", "conv_backward_no_padding", "conv_shapes", "net_backward"),
        teaches="""
A pixel that several windows looked at had a part in several outputs, so its gradient is the sum over those outputs:
`dx[rows, columns] += weight * dout`, starting from zeros. With `=` in place of `+=` each window erases what the
windows before it had written.

The row `[a, b, c]` and the filter `[1, 10]` give `[a + 10 b, b + 10 c]`. For `dout = [1, 1]` the gradient by `b` is
`10 + 1 = 11`; overwritten it would be `1`.
""",
    ),
    Mistake(
        name="conv-filters-overwritten",
        says="dx of Conv2D holds only what the last filter of the last window left there",
        hint="through how many filters does one pixel reach the loss?",
        patch=(
            replace(
                CONVOLUTION,
                """\
        for i in range(k):
            for j in range(k):
                window =""",
                """\
        for i in reversed(range(k)):  # a loop over windows ends with the first pixels of the last window
            for j in reversed(range(k)):
                window =""",
            ),
            replace(
                CONVOLUTION,
                'dpadded[window] += np.einsum("nohw,oc->nchw", dout, self.weight[:, :, i, j])',
                'dpadded[window] = np.einsum("nohw,oc->nchw", dout[:, -1:], self.weight[-1:, :, i, j])',
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
        ),
        teaches="""
Every filter looks at every pixel of its windows. In a loop over samples, filters and windows the line that sets `dx`
runs once for each of them, and each run has to add its part:
`dx[n, :, rows, columns] += weight[f] * dout[n, f, r, c]`. With `=` only the last filter of the last window remains.

One pixel, two 1 x 1 filters with the weights 2 and 3, and `dout = [1, 1]`: `dx` is `2 + 3 = 5`, not `3`.
""",
    ),
    Mistake(
        name="conv-kernel-turned-in-backward",
        says="Conv2D.backward turns the filter by 180 degrees when it sends gradients back to the pixels",
        hint="by which weight was pixel (i, j) of a window multiplied in forward, and is it the same one here?",
        patch=(
            replace(
                CONVOLUTION,
                '"nohw,oc->nchw", dout, self.weight[:, :, i, j])',
                '"nohw,oc->nchw", dout, self.weight[:, :, k - 1 - i, k - 1 - j])',
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
        ),
        teaches="""
That backward is "a convolution with the turned filter" is true for a loop over the pixels of dx: there the turn
makes up for looking at the windows from the other side. A loop over windows needs no turn: the gradient goes back
over the same connection, with the same weight, `dx[r + i, c + j] += weight[i, j] * dout[r, c]`. Doing both turns it
once too often.

The row `[a, b]` and the filter `[1, 10]` give `a + 10 b`: the gradients are `[1, 10]`. Turned, they would be
`[10, 1]`.
""",
    ),
    Mistake(
        name="conv-stride-ignored-in-backward",
        says="Conv2D.backward starts its windows one pixel apart, whatever the stride",
        hint="which pixels did output (0, 1) look at in forward when the stride was 2?",
        patch=(
            replace(
                CONVOLUTION,
                "window = np.s_[:, :, i : i + s * out_height : s, j : j + s * out_width : s]",
                "window = np.s_[:, :, i : i + out_height, j : j + out_width]",
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
Backward has to send each gradient to the pixels that forward took the output from: output row `r` looked at the rows
from `r * stride` on. A test with stride 1 cannot tell whether the factor is there.

With the row `[1, 2, 3, 4]`, a filter `[1]` and stride 2 the outputs are pixels 0 and 2. For `dout = [5, 6]`, `dx` is
`[5, 0, 6, 0]`; without the stride it would be `[5, 6, 0, 0]`.
""",
    ),
    Mistake(
        name="empty-slice-at-padding-zero",
        says="with padding 0 the slice [0:-0] selects nothing, so dx of Conv2D comes out empty",
        hint="what does a[p:-p] select when p is 0?",
        patch=(replace(CONVOLUTION, "dpadded[:, :, p : height - p, p : width - p]", "dpadded[:, :, p:-p, p:-p]"),),
        fails=("conv_backward_no_padding",),
        teaches="""
`a[p:-p]` cuts p entries off either end, for every p but 0: `-0` is `0`, and `a[0:0]` is empty. Write the end as a
position, `a[p : len(a) - p]` or `a[p : p + height]`.

`[1, 2, 3][1:-1]` is `[2]`, and `[1, 2, 3][0:-0]` is `[]`.
""",
    ),
    Mistake(
        name="conv-dx-without-the-border",
        says="dx of Conv2D is only as large as its windows reach, and lacks the border that was left over",
        hint="from what do you compute the size of dx: from the shape of x or from the number of windows?",
        patch=(
            replace(
                CONVOLUTION,
                "dpadded = np.zeros_like(padded)",
                "reach = [s * (count - 1) + k for count in (out_height, out_width)]\n"
                "        dpadded = np.zeros((*padded.shape[:2], *reach), padded.dtype)",
            ),
        ),
        fails=("conv_backward_border",),
        teaches="""
`(H' - 1) * stride + kernel_size` is how far the windows reach. That is the height of the padded image only if the
division in `H' = (H + 2 * padding - kernel_size) // stride + 1` left no remainder. `dx` always has the shape of `x`;
pixels that no window saw have the gradient 0.

5 pixels, a kernel of 2 and a stride of 3: windows at 0 and 3 reach pixel 4. With 6 pixels they reach no further, and
`dx` still has 6 entries, the last of them 0.
""",
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "dpadded = np.zeros_like(padded)",
                    "reach = [s * (count - 1) + k for count in (out_height, out_width)]\n"
                    "        dpadded = np.zeros((*padded.shape[:2], *reach), padded.dtype)",
                ),
                replace(CONVOLUTION, "_, _, height, width = padded.shape", "_, _, height, width = dpadded.shape"),
            ),
        ),
    ),
    Mistake(
        name="conv-bias-gradient-averaged",
        says="db of Conv2D is the mean over samples and places where it should be the sum",
        hint="the bias is added at how many places, and do their gradients add up or average out?",
        patch=(replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))"),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
One bias is added at every place of every map of its filter. By the chain rule its gradient is the sum over all these
places. The mean over the batch is not the layer's business: the criterion has divided by the batch size already, and
that factor is in `dout`.

For a map of 2 x 2 whose `dout` is `[[1, 2], [3, 4]]`, `db` is 10, not 2.5.
""",
    ),
    Mistake(
        name="conv-bias-gradient-over-samples-only",
        says="db of Conv2D is summed over the samples, but not over rows and columns",
        hint="which shape has the bias, and which axes of dout must go to get there?",
        patch=(replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=0)"),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
A gradient has the shape of what it is the gradient of. `bias` has shape `(F,)` and `dout` `(N, F, H, W)`: the sum
runs over the axes 0, 2 and 3. For a linear layer, where `dout` is `(N, K)`, axis 0 alone was right.

`np.ones((2, 3, 4, 4)).sum(axis=0)` has shape `(3, 4, 4)`; with `axis=(0, 2, 3)` it is `[32, 32, 32]`.
""",
    ),
    Mistake(
        name="conv-weight-gradient-averaged",
        says="dw of Conv2D is divided by the number of samples, which the criterion has already done",
        hint="where in your network is the loss averaged over the batch, and how often may that happen?",
        patch=(replace(CONVOLUTION, "self.dw = dw\n", "self.dw = dw / len(dout)\n"),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The loss is a mean over the batch, so a factor 1/N belongs into the gradient: once. `SoftmaxCrossEntropy.backward`
puts it in, and it reaches every layer through `dout`. A layer that divides again makes its steps N times too small.

Two samples with `x = [3]` and `[5]` and `dout = [1]` and `[1]` give `dw = 3 * 1 + 5 * 1 = 8`, not 4.
""",
    ),
    Mistake(
        name="conv-gradients-pile-up",
        says="dw of Conv2D is added to that of the call before, and never starts from zero again",
        hint="what is in dw when backward begins for the second time?",
        patch=(replace(CONVOLUTION, "self.dw = dw\n", "self.dw = dw if self.dw is None else self.dw + dw\n"),),
        fails=("layers_again", "training_overfits"),
        teaches="""
`self.dw += ...` inside the loops of backward is right only if `self.dw` is zero when the loops begin. Zeroed in the
constructor, it is zero for the first batch; from the second on it carries the gradients of all batches before, at
weights that are no longer there. Start every backward with `self.dw = np.zeros_like(self.weight)`.

Two batches with the gradients 1 and 2: the second backward should leave 2, not 3.
""",
        other_patches=(
            (
                replace(CONVOLUTION, "self.dw = dw\n", "self.dw = dw if self.dw is None else self.dw + dw\n"),
                replace(
                    CONVOLUTION, "self.db = dout.sum(", "self.db = (self.db if self.db is not None else 0) + dout.sum("
                ),
            ),
        ),
    ),
    Mistake(
        name="conv-initial-weights-of-another-seed",
        says="Conv2D does not draw its first weights with the seed 1024",
        hint="which call has to come immediately before np.random.randn?",
        patch=(
            replace(
                CONVOLUTION,
                """\
        np.random.seed(1024)  # everybody's network starts at the same place
        self.weight = 1e-3 * np.random.randn(out_channels""",
                """\
        np.random.seed(0)
        self.weight = 1e-3 * np.random.randn(out_channels""",
            ),
        ),
        fails=("net_build",),
        teaches="""
`np.random.seed(1024)` right before `1e-3 * np.random.randn(...)` gives every layer of a shape the same first weights
on every machine, so that two implementations can be compared step by step. Anything drawn in between, or another
seed, gives other numbers.

After `np.random.seed(1024)`, `np.random.randn()` is 2.1244...; after `np.random.seed(0)` it is 1.7640...
""",
    ),
    Mistake(
        name="linear-initial-weights-unscaled",
        says="the first weights of Linear are not scaled by 1e-3",
        hint="how large is a typical first weight, and how large should it be?",
        patch=(replace(LINEAR, "self.weight = 1e-3 * np.random.randn(in_dim", "self.weight = np.random.randn(in_dim"),),
        fails=("net_build", "net_criterion"),
        teaches="""
A sum of 8192 inputs times weights of size 1 is about 90 times as large as one input: softmax then is certain of some
class, mostly a wrong one, and the first loss is tens instead of `log(10) = 2.3`. Scaled by 1e-3 the first scores are
near zero and all classes about equally probable.
""",
        other_patches=(
            (replace(LINEAR, "1e-3 * np.random.randn(in_dim", "1e-2 * np.random.randn(in_dim"),),
            (replace(LINEAR, "1e-3 * np.random.randn(in_dim", "1e-4 * np.random.randn(in_dim"),),
        ),
    ),
    Mistake(
        name="pool-mean",
        says="MaxPooling returns the mean of each window where it should return the maximum",
        hint="what is the result for a window that holds 1, 2, 3 and 10?",
        patch=(replace(POOLING, "values.max(axis=-1)", "values.mean(axis=-1)"),),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Average pooling and max pooling have the same shapes. Only the maximum is asked for here, and backward relies on it:
it gives the whole gradient to one pixel.

The window `[[1, 2], [3, 10]]` gives 10, not 4.
""",
    ),
    Mistake(
        name="pool-stride-from-kernel",
        says="MaxPooling.forward moves its windows by kernel_size where it should move them by stride",
        hint="where does the second window start when kernel_size is 3 and stride is 2?",
        patch=(replace(POOLING, "[:, :, ::s, ::s]", "[:, :, ::k, ::k]"),),
        fails=("pool_forward_windows", "pool_backward_overlap", "pool_border"),
        teaches="""
In most networks pooling windows stand side by side: kernel size and stride are equal, and mixing them up changes
nothing. They are different numbers: one says how large a window is, the other how far the next one is away.

The row `[1, 5, 2, 4, 3]` with windows of 3 and a stride of 2 gives `[5, 4]`; with a stride of 3 there is only one
window.
""",
    ),
    Mistake(
        name="pool-windows-past-the-edge",
        says="MaxPooling.forward counts windows that reach past the edge: its size is rounded up instead of down",
        hint="how many 2 x 2 windows with a stride of 2 fit on 5 pixels?",
        patch=(
            replace(
                POOLING,
                "sliding_window_view(x, (k, k)",
                "sliding_window_view(\n"
                "            np.pad(x, ((0, 0), (0, 0), (0, s - 1), (0, s - 1)), constant_values=-np.inf), (k, k)",
            ),
            replace(
                POOLING,
                "shape, winner = self.cache",
                "shape, winner = self.cache\n        winner = winner[:, :, : dout.shape[2], : dout.shape[3]]",
            ),
        ),
        fails=("pool_forward_windows", "pool_border"),
        teaches="""
A window counts only if all of it lies on the image: `(H - kernel_size) // stride + 1`, rounded down. Some libraries
offer the other choice as "ceil mode"; here pixels that are left over take part in nothing.

The row `[1, 2, 3, 4, 9]` with windows of 2 and a stride of 2 gives `[2, 4]`: the 9 is left over.
""",
        other_patches=(
            (replace(POOLING, POOL_FORWARD_VALUES, POOL_ROUNDED_UP + POOL_READ_EACH),),
            (
                replace(POOLING, POOL_FORWARD_VALUES, POOL_ROUNDED_UP + POOL_READ_IN_PART),
                replace(
                    POOLING,
                    POOL_BACKWARD_GRADIENT,
                    "        out_height, out_width = winner.shape[2:]\n" + pool_backward_loops(),
                ),
            ),
        ),
    ),
    Mistake(
        name="pool-height-for-both",
        says="MaxPooling takes the height of the image for its width as well",
        hint="what is the shape of the output for an image of 4 rows and 8 columns?",
        patch=(replace(POOLING, "return largest", "return largest[:, :, :, : largest.shape[2]]"),),
        fails=("pool_border",),
        teaches="""
As long as every image is square, one size does for two. The axes of an NCHW array are sample, channel, row, column:
`x.shape[2]` is the height, `x.shape[3]` the width, and each gives its own number of windows.

An image of 4 x 8 pixels and 2 x 2 windows side by side give 2 x 4 values, not 2 x 2.
""",
    ),
    Mistake(
        name="pool-gradient-to-the-whole-window",
        says="MaxPooling.backward gives the gradient to every pixel of a window instead of only to the maximum",
        hint="if a pixel that is not the maximum grows a little, does the output change?",
        patch=(
            replace(
                POOLING,
                "np.add.at(dx, (n, c, row * s + winner // k, column * s + winner % k), dout)",
                "for place in range(k * k):\n"
                "            np.add.at(dx, (n, c, row * s + place // k, column * s + place % k), dout)",
            ),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
The maximum of a window depends on one pixel alone, as long as the others stay smaller: the gradient by that pixel is
1, by the others 0. Spreading the gradient over the window belongs to average pooling.

For the window `[[1, 2], [3, 10]]` and `dout = 5`, `dx` is `[[0, 0], [0, 5]]`.
""",
    ),
    Mistake(
        name="pool-row-and-column-swapped",
        says="MaxPooling.backward takes the row of the maximum within its window for the column",
        hint="if the maximum of a 2 x 2 window has the flat index 1, in which row and which column does it stand?",
        patch=(
            replace(
                POOLING,
                "row * s + winner // k, column * s + winner % k",
                "row * s + winner % k, column * s + winner // k",
            ),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
`argmax` of a window gives one number that counts row by row: in a window of width k, flat index q stands in row
`q // k` and column `q % k`. `np.unravel_index(q, (k, k))` says the same.

In `[[1, 9], [3, 2]]` the maximum has the flat index 1: row 0, column 1. Swapped, the gradient would go to the 3.
""",
    ),
    Mistake(
        name="pool-gradient-not-shifted",
        says="MaxPooling.backward sends every window's gradient to the top left corner: where it starts is left out",
        hint="from which pixel are the coordinates that argmax gives in a window counted?",
        patch=(replace(POOLING, "row * s + winner // k, column * s + winner % k", "winner // k, winner % k"),),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
`np.argmax` of a window counts within it. The pixel of the image is `row * stride` further down and `column * stride`
further right.
""",
    ),
    Mistake(
        name="pool-overlap-overwritten",
        says="where one pixel is the maximum of several windows, dx of MaxPooling keeps the gradient of the last alone",
        hint="what does dx[r, c] hold after two windows have the same maximum: the sum, or what was written last?",
        patch=(
            replace(
                POOLING,
                "np.add.at(dx, (",  # the indices behind it may be those of another mistake
                "dx.__setitem__((",
            ),
        ),
        fails=("pool_backward_overlap",),
        teaches="""
Where windows overlap, one large pixel can be the maximum of several of them, and its gradient is the sum of theirs.
In a loop that is `dx[r, c] += dout[...]`. With arrays of indices `dx[rows, columns] += dout` is not enough: numpy
reads all places first and writes afterwards, so that a place that occurs twice is counted once. `np.add.at` adds
each time.

The row `[1, 9, 2]` with windows of 2 and stride 1 gives `[9, 9]`. For `dout = [3, 4]`, `dx` is `[0, 7, 0]`, not
`[0, 4, 0]`.
""",
    ),
    Mistake(
        name="pool-dx-without-the-border",
        says="dx of MaxPooling is only as large as its windows reach, and lacks the border that was left over",
        hint="from what do you compute the size of dx: from the shape of x or from the number of windows?",
        patch=(
            replace(
                POOLING,
                "dx = np.zeros(shape, dout.dtype)",
                "dx = np.zeros((*shape[:2], *(s * (count - 1) + k for count in dout.shape[2:])), dout.dtype)",
            ),
        ),
        fails=("pool_border",),
        teaches="""
`(H' - 1) * stride + kernel_size` is how far the windows reach, which is less than H where the last pixels did not
fill another window. `dx` always has the shape of `x`; pixels that no window saw have the gradient 0.

5 pixels and windows of 2 side by side: two windows reach 4 pixels, and `dx` has 5 entries, the last of them 0.
""",
    ),
    Mistake(
        name="pool-positions-of-the-first-batch",
        says="MaxPooling.backward uses where the maxima stood in the first batch that the layer ever saw",
        hint="when is the cache written: at every forward, or only when it is still empty?",
        patch=(
            replace(
                POOLING,
                "self.cache = x.shape, values.argmax(axis=-1)",
                "self.cache = self.cache or (x.shape, values.argmax(axis=-1))",
            ),
        ),
        fails=("layers_again", "training_overfits"),
        teaches="""
Backward belongs to the forward before it. Every forward has to replace the cache, not only fill it when it is empty,
and a cache that grows (`self.cache.append(...)`) must be read from its end.

First `[1, 9]`, then `[9, 1]`: for the second, `dx` is `[dout, 0]`; with the position of the first it would be
`[0, dout]`.
""",
    ),
    Mistake(
        name="relu-leaks",
        says="ReLU.forward lets a part of negative values through: that is a leaky ReLU",
        hint="what are ReLU(-2) and ReLU(3)?",
        patch=(replace(RELU, "np.maximum(x, 0)", "np.maximum(x, 0.01 * x)"),),
        fails=(
            "relu_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
ReLU is `max(0, x)`: everything below zero becomes exactly zero. The leaky variant `max(0.01 x, x)` is another
function with another derivative.

`[-2, 3]` becomes `[0, 3]`, not `[-0.02, 3]`.
""",
        other_patches=((replace(RELU, "np.maximum(x, 0)", "np.maximum(x, 0.1 * x)"),),),
    ),
    Mistake(
        name="relu-mask-from-the-gradient",
        says="ReLU.backward looks at the sign of the incoming gradient instead of the sign of the input",
        hint="at which point is the derivative of ReLU taken: at x or at dout?",
        patch=(replace(RELU, "dout * (x > 0)", "dout * (dout > 0)"),),
        fails=("relu_backward", "net_backward", "training_overfits"),
        teaches="""
The derivative of ReLU is 1 where the *input* was positive and 0 where it was negative. The incoming gradient is what
it is multiplied by; its own sign decides nothing, and negative gradients pass as well as positive ones.

For `x = [2, -2]` and `dout = [-1, 1]`, `dx` is `[-1, 0]`. With the mask from the gradient it would be `[0, 1]`.
""",
    ),
    Mistake(
        name="relu-gradient-everywhere",
        says="ReLU.backward lets the gradient through where the input was negative too",
        hint="if x is -2 and grows a little, does ReLU(x) change?",
        patch=(replace(RELU, "dout * (x > 0)", "dout.copy()"),),
        fails=("relu_backward", "net_backward", "training_overfits"),
        teaches="""
Left of zero ReLU is flat: its derivative is 0 and nothing goes back. This also happens with a mask from the *output*
that includes zero: `out >= 0` is true everywhere, since ReLU has made every negative value 0.

For `x = [2, -2]` and `dout = [1, 1]`, `dx` is `[1, 0]`, not `[1, 1]`.
""",
    ),
    Mistake(
        name="relu-writes-into-its-input",
        says="ReLU.forward writes its zeros into the array that it is given",
        hint="after out = x, are out and x two arrays or two names of one?",
        patch=(replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out = x\n        out[out < 0] = 0"),),
        fails=("layers_keep_arguments",),
        teaches="""
Assignment copies no array. After `out = x` and `out[out < 0] = 0` the caller's x has lost its negative values: if
the layer before keeps it for its own backward, or a test uses it again, both go wrong far from the cause.
`np.maximum(x, 0)` and `np.where(x > 0, x, 0)` make a new array; `x * (x > 0)` does too.
""",
    ),
    Mistake(
        name="relu-writes-into-the-gradient",
        says="ReLU.backward writes its zeros into the gradient that it is given",
        hint="after dx = dout, are dx and dout two arrays or two names of one?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout\n        self.dx[x <= 0] = 0"),),
        fails=("layers_keep_arguments",),
        teaches="""
Assignment copies no array. After `dx = dout` and `dx[x <= 0] = 0` the dx of the next layer has changed too, for it
is the same array. `dout * (x > 0)` and `np.where(x > 0, dout, 0)` make a new one, and so does `dout.copy()`.
""",
    ),
    Mistake(
        name="linear-bias-missing",
        says="Linear.forward leaves the bias out",
        hint="what does a layer with a weight of zeros and a bias of 5 return?",
        patch=(replace(LINEAR, "return rows @ self.weight + self.bias", "return rows @ self.weight"),),
        fails=(
            "linear_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A linear layer computes `x W + b`. While the bias is zero, as at the start, nobody notices that it is left out; after
the first update the network computes something else than its gradients are for.

For `x = [1, 2]`, a weight of zeros and the bias `[5]` the output is `[5]`, not `[0]`.
""",
    ),
    Mistake(
        name="linear-output-turned",
        says="Linear.forward multiplies the turned weight by the turned batch, and does not turn the product back",
        hint="which shape has W.T @ x.T, and which should the output have?",
        patch=(replace(LINEAR, "return rows @ self.weight + self.bias", "return self.weight.T @ rows.T + self.bias"),),
        fails=(
            "linear_forward",
            "linear_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Samples are rows: `x @ W` has a row for each. `W.T @ x.T` is the same product turned, with a column for each, so that
the bias is added along the wrong axis, or does not fit at all.

For 4 samples and 3 outputs `x @ W` has shape (4, 3), and `W.T @ x.T` has (3, 4).
""",
    ),
    Mistake(
        name="linear-dx-flat",
        says="dx of Linear has the shape of the flattened batch instead of the shape of the input",
        hint="which shape did x have before you flattened it, and who gets dx next?",
        patch=(replace(LINEAR, "(dout @ self.weight.T).reshape(x.shape)", "dout @ self.weight.T"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
A gradient has the shape of what it is the gradient of. If forward was given images of shape `(N, C, H, W)` and
flattened them, backward has to undo that: the pooling layer before it expects a `dout` of the shape that it
returned.

For x of shape `(2, 3, 4, 4)` the product `dout @ weight.T` has shape `(2, 48)`, and dx is that, reshaped to
`(2, 3, 4, 4)`.
""",
    ),
    Mistake(
        name="linear-weight-gradient-transposed",
        says="dw of Linear is transposed: it has the shape (out_dim, in_dim)",
        hint="which shape has the weight, and which product of x and dout has the same?",
        patch=(replace(LINEAR, "x.reshape(len(x), self.in_dim).T @ dout", "dout.T @ x.reshape(len(x), -1)"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
With `out = x W + b`, `x` of shape `(N, D)` and `dout` of shape `(N, K)`, the gradient by `W` is `x.T @ dout`, shape
`(D, K)` like `W` itself. `dout.T @ x` holds the same numbers with rows and columns exchanged. If D equals K, the
shapes do not give it away.

`x = [[1, 2]]` and `dout = [[3, 4]]` give `[[3, 4], [6, 8]]`; transposed it would be `[[3, 6], [4, 8]]`.
""",
    ),
    Mistake(
        name="linear-weight-gradient-averaged",
        says="dw of Linear is divided by the number of samples, which the criterion has already done",
        hint="where in your network is the loss averaged over the batch, and how often may that happen?",
        patch=(replace(LINEAR, "x.reshape(len(x), self.in_dim).T @ dout", "x.reshape(len(x), -1).T @ dout / len(x)"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The loss is a mean over the batch, so a factor 1/N belongs into the gradient: once. `SoftmaxCrossEntropy.backward`
puts it in, and it reaches every layer through `dout`. A layer that divides again makes its steps N times too small.

Two samples with `x = [[3], [5]]` and `dout = [[1], [1]]` give `dw = [[8]]`, not `[[4]]`.
""",
    ),
    Mistake(
        name="linear-bias-gradient-a-number",
        says="db of Linear is one number: the sum over samples and outputs",
        hint="which shape has the bias, and over which axis of dout is it used?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout.sum()"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
Each output has a bias of its own, which every sample uses: db has the shape of the bias, `dout.sum(axis=0)`.
""",
    ),
    Mistake(
        name="linear-weight-reshaped",
        says="Linear.backward reshapes the weight where it should transpose it",
        hint="which number stands at [0, 1] of np.arange(6).reshape(2, 3).T, and which at that of .reshape(3, 2)?",
        patch=(replace(LINEAR, "dout @ self.weight.T", "dout @ self.weight.reshape(self.weight.shape[::-1])"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
`reshape` keeps the order of the numbers and breaks it into rows of another length; `.T` exchanges rows and columns.
Both have the right shape, and one of them the right numbers.
""",
    ),
    Mistake(
        name="linear-bias-gradient-over-outputs",
        says="db of Linear is summed over the outputs: it has a number for each sample, not for each output",
        hint="how many biases has the layer, and along which axis of dout do they stand?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout.sum(axis=1)"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
dout has a row for each sample and a column for each output. A bias belongs to a column, and adds to every row of it:
its gradient is the sum down the column, `dout.sum(axis=0)`.

`dout = [[1, 2], [3, 4], [5, 6]]` gives `db = [9, 12]`, not `[3, 7, 11]`.
""",
    ),
    Mistake(
        name="linear-bias-gradient-averaged",
        says="db of Linear is the mean over the samples where it should be the sum",
        hint="is the bias added to one sample or to each, and do their gradients add up or average out?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout.mean(axis=0)"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The bias is added to every sample, so its gradient is the sum over the samples. The mean over the batch is not the
layer's business: the criterion has divided by the batch size already, and that factor is in `dout`.

Two samples with `dout = [[1], [3]]` give `db = [4]`, not `[2]`.
""",
    ),
    Mistake(
        name="linear-weight-remembered",
        says="Linear goes on using the weight of its first forward after the optimizer has changed it",
        hint="when do you read self.weight: at every forward, or once?",
        patch=(
            replace(
                LINEAR,
                "return rows @ self.weight + self.bias",
                'self.remembered = getattr(self, "remembered", self.weight)\n'
                "        return rows @ self.remembered + self.bias",
            ),
        ),
        fails=("training_overfits",),
        teaches="""
An optimizer may change the array in `self.weight` in place or put a new one there, as
`layer.weight = layer.weight + v` does. A layer that keeps its own reference, copy or reshaped version from an
earlier moment goes on computing with the old numbers: gradients look right, the loss hardly falls. Read
`self.weight` anew at every forward and backward.
""",
    ),
    Mistake(
        name="net-criterion-not-checked",
        says="ConvNet takes any name for a criterion",
        hint="what does your constructor do with a criterion that it has never heard of?",
        patch=(
            replace(
                NETWORK,
                """\
        if criterion["type"] != "SoftmaxCrossEntropy":
            raise ValueError(f"the criterion is {criterion['type']!r}, expected 'SoftmaxCrossEntropy'")
""",
                "",
            ),
        ),
        fails=("net_criterion",),
        teaches="""
A mistyped name should stop the program where it is written, with a message that says what was expected. A
constructor that goes on without a criterion, or with another one than was asked for, fails later, elsewhere, or
never, with a loss that nobody meant.

`ConvNet([...], {"type": "Hinge"})` has to raise a `ValueError`.
""",
    ),
    Mistake(
        name="net-softmax-twice",
        says="ConvNet.forward applies softmax to the scores, and the criterion applies it again",
        hint="does the criterion expect scores or probabilities?",
        patch=(
            replace(
                NETWORK,
                "probabilities, loss = self.criterion.forward(x, y)",
                "shifted = np.exp(x - x.max(axis=1, keepdims=True))\n"
                "        probabilities, loss = self.criterion.forward(shifted / shifted.sum(axis=1, keepdims=True), y)",
            ),
        ),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
`SoftmaxCrossEntropy` takes scores: any real numbers. Probabilities lie between 0 and 1, so that a second softmax
makes them nearly equal: with ten classes no sample can get a loss below 1.46, however sure the network is.

The scores `[10, 0]` are the probabilities `[1, 0]` after softmax; a second one makes them `[0.73, 0.27]`.
""",
    ),
    Mistake(
        name="net-every-layer-sees-the-images",
        says="ConvNet.forward gives every layer the images, where each should get what the one before it returned",
        hint="under which name do you keep what a layer returns, and which one do you hand to the next?",
        patch=(
            replace(NETWORK, "            x = layer.forward(x)\n", "            returned = layer.forward(x)\n"),
            replace(NETWORK, "self.criterion.forward(x, y)", "self.criterion.forward(returned, y)"),
        ),
        other_patches=(
            (
                replace(NETWORK, "            x = layer.forward(x)\n", "            returned = layer.forward(x)\n"),
                replace(NETWORK, "self.criterion.forward(x, y)", "self.criterion.forward(returned, y)"),
                replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.reshape(len(x), -1)"),
            ),
            (
                replace(
                    NETWORK,
                    "            x = layer.forward(x)\n        probabilities, loss = self.criterion.forward(x, y)\n",
                    """\
            returned.append(self.criterion.forward(layer.forward(x), y))
        probabilities, loss = (sum(of_each) / len(returned) for of_each in zip(*returned, strict=True))
""",
                ),
                replace(
                    NETWORK,
                    "        for layer in self.modules:\n",
                    "        returned = []\n        for layer in self.modules:\n",
                ),
                replace(NETWORK, "            gradient = layer.dx\n", ""),
            ),
        ),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
`out = layer.forward(x)` in a loop starts from `x` each time. Write `x = layer.forward(x)`: the next round then starts
from what this one returned.
""",
    ),
    Mistake(
        name="net-backward-in-forward-order",
        says="ConvNet.backward goes through the layers from the first to the last",
        hint="which layer needs the gradient of the criterion?",
        patch=(replace(NETWORK, "for layer in reversed(self.modules):", "for layer in self.modules:"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
The criterion's gradient is the gradient by the output of the *last* layer. Only once that layer has turned it into
the gradient by its own input can the layer before it go on: the chain rule is read from the end. In the wrong order
shapes mostly do not fit; where all layers have the same size, the numbers are wrong without a word.
""",
    ),
    Mistake(
        name="net-backward-starts-at-the-probabilities",
        says="ConvNet.backward starts from the probabilities instead of from the criterion's gradient",
        hint="which attribute does the criterion's backward set, and who reads it?",
        patch=(replace(NETWORK, "gradient = self.criterion.dx\n", "gradient = self.criterion.cache[0]\n"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
What goes back is not what came out. The last layer needs the derivative of the loss by its scores, which
`criterion.backward()` computes and leaves in `criterion.dx`: for probabilities p and the correct class y it is
`(p - onehot(y)) / N`. Without the labels in it, a gradient cannot know what was right.
""",
    ),
    Mistake(
        name="net-divides-by-the-batch-again",
        says="ConvNet.backward divides by the batch size, which the criterion has already done",
        hint="if you double the batch by repeating it, what happens to criterion.dx, and what to your gradient?",
        patch=(
            replace(
                NETWORK,
                "gradient = self.criterion.dx\n",
                "gradient = self.criterion.dx / len(self.criterion.dx)\n",
            ),
        ),
        fails=("net_backward", "training_overfits"),
        teaches="""
The loss is a mean over the batch, so a factor 1/N belongs into the gradient: once. It is in `criterion.dx` already.
Divided again, every gradient of the network is N times too small, and training N times slower.

For a batch of 2 and p = 0.8 at the correct class, `criterion.dx` there is `-0.2 / 2 = -0.1`, not `-0.05`.
""",
    ),
    Mistake(
        name="net-first-layer-left-out",
        says="ConvNet.backward stops before the first layer, which never gets a gradient",
        hint="which indices does range(len(modules) - 1, 0, -1) go through?",
        patch=(replace(NETWORK, "for layer in reversed(self.modules):", "for layer in reversed(self.modules[1:]):"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
`range(n - 1, 0, -1)` ends at 1: the end of a range is never reached. To come to 0 the end has to be -1, or better:
`for layer in reversed(layers)`. The first layer needs its backward although nobody reads its dx: its own dw and db
are what it learns from.
""",
    ),
    Mistake(
        name="sgd-uphill",
        says="SGD moves parameters along the gradient instead of against it",
        hint="if a gradient is positive, should the parameter grow or shrink for the loss to fall?",
        patch=(
            replace(OPTIMIZER, '"dw"] - self.learning_rate * layer.dw', '"dw"] + self.learning_rate * layer.dw'),
            replace(OPTIMIZER, '"db"] - self.learning_rate * layer.db', '"db"] + self.learning_rate * layer.db'),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
The gradient points to where the loss grows fastest. With `v = momentum * v - learning_rate * gradient` the step is
`w = w + v`; with the gradient added to v it is `w = w - v`. One minus sign, in one of the two places.

For `w = 1`, a gradient of 2 and a learning rate of 0.1 the new w is 0.8, not 1.2.
""",
    ),
    Mistake(
        name="sgd-weights-uphill",
        says="SGD moves weights along the gradient instead of against it, but biases correctly",
        hint="do the lines for weights and for biases differ in a sign?",
        patch=(replace(OPTIMIZER, "- self.learning_rate * layer.dw", "+ self.learning_rate * layer.dw"),),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
The gradient points where the loss grows. Both lines, for `weight` and for `bias`, take the step against it:
`velocity = momentum * velocity - learning_rate * gradient`.
""",
    ),
    Mistake(
        name="sgd-velocity-for-the-weight",
        says="SGD puts the velocity in the place of the weight, where it should be added to it",
        hint="where does the old weight occur in the line that makes the new one?",
        patch=(replace(OPTIMIZER, "layer.weight = layer.weight + velocity", "layer.weight = velocity"),),
        other_patches=(
            (
                replace(OPTIMIZER, "layer.weight = layer.weight + velocity", "layer.weight = velocity"),
                replace(OPTIMIZER, "layer.bias = layer.bias + velocity", "layer.bias = velocity"),
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
The velocity says how far a parameter moves, not where it is: `weight = weight + velocity`, or `weight += velocity`.
""",
    ),
    Mistake(
        name="sgd-learning-rate-written-in",
        says="SGD uses a learning rate of 0.0001 whatever it is given",
        hint="where in update does self.learning_rate occur?",
        patch=(
            replace(OPTIMIZER, "self.learning_rate * layer.dw", "1e-4 * layer.dw"),
            replace(OPTIMIZER, "self.learning_rate * layer.db", "1e-4 * layer.db"),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
0.0001 is the default of the argument. The trainer gives another one, and makes it smaller after each epoch:
`self.learning_rate` is what holds.
""",
    ),
    Mistake(
        name="sgd-bias-left-out",
        says="SGD updates weights, but no biases",
        hint="how many kinds of parameters has a layer, and how many lines of your loop change one?",
        patch=(replace(OPTIMIZER, '            layer.bias = layer.bias + velocity["db"]\n', ""),),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Every parameter that has a gradient takes part in the step: `weight` by `dw`, and `bias` by `db`, each with a
velocity of its own. Without the biases a network still learns, only less well, so that nothing breaks and nobody
notices.
""",
    ),
    Mistake(
        name="momentum-lost",
        says="SGD forgets its velocity from step to step: every step is plain gradient descent",
        hint="what does v hold at the beginning of the second step?",
        patch=(
            replace(OPTIMIZER, 'self.momentum * velocity["dw"] - self', "-self"),
            replace(OPTIMIZER, 'self.momentum * velocity["db"] - self', "-self"),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Momentum works only if v outlives the call: it belongs into an attribute of the optimizer, such as `grad_tracker`,
and must be written back after each step. A local `v = 0` at the beginning of `update` makes
`v = momentum * 0 - learning_rate * gradient`, every time.

Gradient 1 twice, learning rate 0.1, momentum 0.9: the steps are -0.1 and then `0.9 * -0.1 - 0.1 = -0.19`, not -0.1
again.
""",
    ),
    Mistake(
        name="momentum-of-the-last-gradient-only",
        says="SGD remembers the last gradient instead of the velocity, so that what came before it is lost",
        hint="what do you store at the end of a step: v, or learning_rate * gradient?",
        patch=(
            replace(
                OPTIMIZER,
                """\
            layer.weight = layer.weight + velocity["dw"]
            layer.bias = layer.bias + velocity["db"]
""",
                """\
            layer.weight = layer.weight + velocity["dw"]
            layer.bias = layer.bias + velocity["db"]
            velocity["dw"] = -self.learning_rate * layer.dw
            velocity["db"] = -self.learning_rate * layer.db
""",
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`v = momentum * v - learning_rate * gradient` refers to itself: each step contains all gradients so far, each weaker
by one more factor of momentum. Storing only the last gradient keeps one of them. The first two steps are the same
either way; from the third on they differ.

Gradient 1 three times, learning rate 0.1, momentum 0.9: the third step is `-(0.1 + 0.09 + 0.081) = -0.271`, not
-0.19.
""",
    ),
    Mistake(
        name="velocity-shared-by-layers",
        says="SGD has one velocity for all layers, so that each pushes the next",
        hint="under which key do you store the velocity of the second layer?",
        patch=(replace(OPTIMIZER, "self.grad_tracker[index]", 'vars(self).setdefault("v", {"dw": 0, "db": 0})'),),
        fails=("sgd_momentum", "training_overfits"),
        teaches="""
A velocity is as long-lived as the optimizer and belongs to one parameter. Kept in a single variable, the velocity of
the first layer is what the second one starts from; if the layers differ in shape, numpy complains, or broadcasts,
and if they are alike, nothing complains. Keep one per layer, by its index in `model.modules`.
""",
    ),
    Mistake(
        name="learning-rate-outside-the-velocity",
        says="SGD multiplies the whole velocity by the learning rate, so that a new rate acts on old gradients too",
        hint="a gradient of three steps ago: is it multiplied by the learning rate of then or of now?",
        patch=(
            replace(OPTIMIZER, '"dw"] - self.learning_rate * layer.dw', '"dw"] - layer.dw'),
            replace(OPTIMIZER, '"db"] - self.learning_rate * layer.db', '"db"] - layer.db'),
            replace(OPTIMIZER, 'weight + velocity["dw"]', 'weight + self.learning_rate * velocity["dw"]'),
            replace(OPTIMIZER, 'bias + velocity["db"]', 'bias + self.learning_rate * velocity["db"]'),
        ),
        fails=("sgd_rate",),
        teaches="""
`v = βv - ηg; w = w + v` and `v = βv - g; w = w + ηv` take the same steps while η stays the same. When η changes, and
this trainer lowers it after each epoch, they part: in the first, each gradient keeps the η of its own step. The
handout asks for the first.

Gradients 1 and 1, momentum 0.9, η = 0.1 and then 0.01: the second step is `0.9 * -0.1 - 0.01 = -0.1` in the first
form and `0.01 * -1.9 = -0.019` in the second.
""",
    ),
    Mistake(
        name="learning-rate-of-the-beginning",
        says="SGD goes on with the learning rate that it was built with, although it has been changed since",
        hint="which attribute does the trainer change after each epoch, and do you read that one?",
        patch=(
            replace(
                OPTIMIZER,
                "        self.momentum = momentum\n",
                "        self.momentum = momentum\n        self.first_rate = learning_rate\n",
            ),
            replace(OPTIMIZER, "- self.learning_rate * layer.dw", "- self.first_rate * layer.dw"),
            replace(OPTIMIZER, "- self.learning_rate * layer.db", "- self.first_rate * layer.db"),
        ),
        fails=("sgd_rate",),
        teaches="""
The trainer multiplies `optimizer.learning_rate` by a factor below 1 after each epoch. A copy made in the
constructor, under another name, does not follow. Read `self.learning_rate` at every update.
""",
    ),
    Mistake(
        name="net-scores-as-probabilities",
        says="ConvNet.forward returns the scores of the last layer in the place of the probabilities",
        hint="the criterion returns two things: what is the first of them?",
        patch=(replace(NETWORK, "return probabilities, loss", "return x, loss"),),
        fails=("net_forward",),
        teaches="""
The last layer gives a score for each class, of any sign and size. The criterion turns them into probabilities, which
are positive and sum to 1, and hands them back beside the loss: `probabilities, loss = criterion.forward(x, y)`. The
largest score and the largest probability stand in the same place, so that accuracies look right either way.

The scores `[0, 0]` are the probabilities `[0.5, 0.5]`.
""",
    ),
    Mistake(
        name="net-pair-as-loss",
        says="ConvNet.forward takes all that the criterion returns, probabilities and loss, for the loss",
        hint="how many values does the criterion's forward return, and into how many names do you put them?",
        patch=(
            replace(
                NETWORK,
                "probabilities, loss = self.criterion.forward(x, y)",
                "loss = self.criterion.forward(x, y)\n        probabilities = loss[0]",
            ),
        ),
        fails=("net_forward", "training_overfits"),
        teaches="""
A function that returns `a, b` returns one tuple of two items. `loss = criterion.forward(x, y)` binds the whole tuple;
`probabilities, loss = criterion.forward(x, y)` takes it apart.

After `pair = (1, 2)` the name holds `(1, 2)`; after `first, second = (1, 2)` the second holds `2`.
""",
    ),
    Mistake(
        name="conv-backward-over-the-image",
        says="Conv2D.backward loops over the rows and columns of the image where it should loop over those of dout",
        hint="how many rows has dout, and how many has x, for a 3 x 3 filter without padding?",
        patch=(
            replace(
                CONVOLUTION,
                CONV_BACKWARD_LOOP,
                """\
        for r in range(padded.shape[2] - 2 * p):
            for c in range(padded.shape[3] - 2 * p):
                gradient = dout[:, :, r, c]
                window = np.s_[:, :, r * s : r * s + k, c * s : c * s + k]
                dw += np.einsum("no,ncij->ocij", gradient, padded[window])
                dpadded[window] += np.einsum("no,ocij->ncij", gradient, self.weight)
""",
            ),
        ),
        other_patches=tuple(
            (
                replace(
                    CONVOLUTION,
                    CONV_BACKWARD_LOOP,
                    f"""\
        biases = np.zeros(self.out_channels)
        for r in range(padded.shape[2] - 2 * p):
            for c in range(padded.shape[3] - 2 * p):
                gradient = dout[:, :, r, c]
                window = np.s_[:, :, {row} : {row} + k, {column} : {column} + k]
                dw += np.einsum("no,ncij->ocij", gradient, padded[window])
                dpadded[window] += np.einsum("no,ocij->ncij", gradient, self.weight)
                biases += gradient.sum(axis=0)
""",
                ),
                replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = biases"),
            )
            for row, column in (("r * s", "c * s"), ("r", "c"))
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
        ),
        teaches="""
There is one gradient in dout for every window, and there are `(H + 2 * padding - kernel_size) // stride + 1` windows
from top to bottom, not H. Only where padding makes the output as large as the image do the two loops agree: with
fewer windows than rows the index leaves dout, with more the last windows send nothing back.

5 rows and a filter of 3 without padding: dout has 3 rows, and `dout[:, :, 3]` is out of bounds.
""",
    ),
    Mistake(
        name="pool-windows-that-do-not-fit",
        says="MaxPooling.forward starts a window at every stride-th pixel, also where it no longer fits into the image",
        hint="for 5 rows, 3 x 3 windows and stride 2: in which rows do your windows start, and which of them fit?",
        patch=(
            replace(
                POOLING,
                POOL_FORWARD_VALUES,
                """\
        rows, columns = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        values = np.zeros((*x.shape[:2], rows, columns, k * k))
        for r in range(0, x.shape[2], s):
            for c in range(0, x.shape[3], s):
                seen = x[:, :, r : r + k, c : c + k].reshape(*x.shape[:2], -1)
                values[:, :, r // s, c // s, : seen.shape[2]] = seen
""",
            ),
        ),
        fails=("pool_forward_windows", "pool_backward_overlap", "pool_border"),
        teaches="""
`range(0, H, stride)` lists every stride-th row, including those from which a whole window would reach past the last
one. The last window starts at `H - kernel_size` at the latest: `range(0, H - kernel_size + 1, stride)`.

5 rows, 2 x 2 windows, stride 2: windows start at 0 and 2. A third at 4 has one row only, and no place in the output.
""",
    ),
    Mistake(
        name="pool-size-without-the-kernel",
        says="MaxPooling takes H // stride windows, whatever the size of a window",
        hint="how many 3 x 3 windows fit into 4 rows when they move by one?",
        patch=(
            replace(
                POOLING,
                POOL_FORWARD_VALUES,
                """\
        rows, columns = x.shape[2] // s, x.shape[3] // s
        values = np.full((*x.shape[:2], rows, columns, k * k), -np.inf)
        for r in range(rows):
            for c in range(columns):
                seen = x[:, :, r * s : r * s + k, c * s : c * s + k]
                values[:, :, r, c].reshape(*x.shape[:2], k, k)[:, :, : seen.shape[2], : seen.shape[3]] = seen
""",
            ),
            replace(
                POOLING,
                POOL_BACKWARD_GRADIENT,
                """\
        dx = np.zeros(shape, dout.dtype)
        n, c = np.indices(shape[:2])
        for i in range(shape[2] // s):
            for j in range(shape[3] // s):
                row, column = i * s + winner[:, :, i, j] // k, j * s + winner[:, :, i, j] % k
                dx[n, c, row, column] += dout[:, :, i, j]
""",
            ),
        ),
        fails=("pool_forward_windows", "pool_backward_overlap", "pool_border"),
        teaches="""
The number of windows depends on three sizes: `(H - kernel_size) // stride + 1`. `H // stride` is the same only while
windows lie side by side and nothing is left over.

4 rows, 3 x 3 windows, stride 1: 2 windows, not 4. 5 rows, 2 x 2 windows, stride 3: 2 windows, not 1.
""",
        other_patches=(
            (
                replace(
                    POOLING,
                    POOL_FORWARD_VALUES,
                    "        rows, columns = x.shape[2] // s, x.shape[3] // s\n" + POOL_READ_EACH,
                ),
            ),
        ),
    ),
    Mistake(
        name="pool-output-without-the-kernel",
        says="MaxPooling makes room for H // stride windows, where (H - kernel_size) // stride + 1 fit",
        hint="how many 2 x 2 windows fit into 8 columns when they move by three?",
        patch=(
            replace(
                POOLING,
                POOL_FORWARD_VALUES,
                """\
        values = np.zeros((*x.shape[:2], x.shape[2] // s, x.shape[3] // s, k * k))
        for r in range((x.shape[2] - k) // s + 1):
            for c in range((x.shape[3] - k) // s + 1):
                values[:, :, r, c] = x[:, :, r * s : r * s + k, c * s : c * s + k].reshape(*x.shape[:2], k * k)
""",
            ),
            replace(
                POOLING,
                "        n, c, row, column = np.indices(dout.shape)",
                "        winner = winner[:, :, : dout.shape[2], : dout.shape[3]]\n"
                "        n, c, row, column = np.indices(dout.shape)",
            ),
        ),
        fails=(
            "pool_forward_windows",
            "pool_border",
        ),
        teaches="""
A window of k pixels that moves by s has `(H - k) // s + 1` places. `H // s` is the same number where k equals s and
nothing is left over, and else too large, so that zeros stay in the output, or too small for the last window.
""",
    ),
    Mistake(
        name="pool-kernel-of-two",
        says="MaxPooling takes windows of 2 x 2 pixels, whatever kernel_size is",
        hint="where in your code does kernel_size stand, and where a 2?",
        patch=(replace(POOLING, "self.kernel_size = kernel_size", "self.kernel_size = 2"),),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
Most networks pool over 2 x 2 pixels, and so does the one of this assignment. The layer is asked for any size all the
same: read it from `self.kernel_size`.

The largest of `[1, 2, 3]` in one window of 3 is 3; a window of 2 sees 2.
""",
    ),
    Mistake(
        name="pool-kernel-from-stride",
        says="MaxPooling takes windows as large as the stride, whatever kernel_size is",
        hint="which of the two numbers says how many pixels a window sees, and which how far it moves?",
        patch=(replace(POOLING, "self.kernel_size = kernel_size", "self.kernel_size = stride"),),
        fails=("pool_forward_windows", "pool_backward_overlap", "pool_border"),
        teaches="""
kernel_size says how many rows and columns a window has, stride how far apart windows start. They are often equal, and
then nothing shows. Where stride is smaller windows overlap, where it is larger pixels are left out.

`[1, 5, 2, 3]` with windows of 2 at stride 1 gives `[5, 5, 3]`; with windows of 1 it would give the row itself.
""",
    ),
    Mistake(
        name="pool-output-turned",
        says="MaxPooling.forward makes room for as many columns as there should be rows",
        hint="from which of x.shape[2] and x.shape[3] does the length of each axis of your output come?",
        patch=(
            replace(
                POOLING,
                POOL_FORWARD_VALUES,
                """\
        rows, columns = (x.shape[2] - k) // s + 1, (x.shape[3] - k) // s + 1
        values = np.zeros((*x.shape[:2], columns, rows, k * k))
        for r in range(rows):
            for c in range(columns):
                values[:, :, r, c] = x[:, :, r * s : r * s + k, c * s : c * s + k].reshape(*x.shape[:2], -1)
""",
            ),
        ),
        fails=("pool_border",),
        teaches="""
The axes of images are sample, channel, row, column, of the output as well: `np.zeros((N, C, H', W'))`. On square
images the order does not show; on others an index leaves the array.

`np.zeros((3, 2))[0, 2]` is out of bounds: 3 rows of 2 columns, not the other way round.
""",
    ),
    Mistake(
        name="conv-backward-as-many-columns-as-rows",
        says="Conv2D.backward visits as many columns of windows as there are rows",
        hint="which axis of dout does your inner loop run over, and which size bounds it?",
        patch=CONV_BACKWARD_AS_MANY_COLUMNS[0],
        fails=("conv_shapes",),
        teaches="""
`range(out_height)` in both loops is right for square images only. Of an output of 2 rows and 5 columns the last three
columns then send nothing back: their pixels get no gradient, and dw lacks their part.
""",
        other_patches=CONV_BACKWARD_AS_MANY_COLUMNS[1:],
    ),
    Mistake(
        name="conv-stride-on-the-offset",
        says="Conv2D.backward multiplies the place within the window by the stride instead of the place of the window",
        hint="which pixel is under weight (0, 1) of window (0, 2) at stride 2?",
        patch=(
            replace(
                CONVOLUTION,
                "window = np.s_[:, :, i : i + s * out_height : s, j : j + s * out_width : s]",
                "window = np.s_[:, :, i * s : i * s + out_height, j * s : j * s + out_width]",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout, self.weight[:, :, i, j])',
                    """room = dpadded[:, :, i * s : i * s + out_height, j * s : j * s + out_width]
                met = dout[:, :, : room.shape[2], : room.shape[3]]
                room += np.einsum("nohw,oc->nchw", met, self.weight[:, :, i, j])""",
                ),
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
Windows start a stride apart, and within a window pixels lie side by side: under weight `(i, j)` of window `(r, c)` is
pixel `(r * stride + i, c * stride + j)`. With `(r + i * stride, c + j * stride)` the windows move by one pixel and
have holes.

Window 2 at stride 2, weight 1: pixel `2 * 2 + 1 = 5`, not `2 + 1 * 2 = 4`.
""",
    ),
    Mistake(
        name="conv-one-pixel-cut-off",
        says="Conv2D.backward cuts one pixel off every side of dx, whatever the padding",
        hint="how many pixels did forward add on each side, and where is that number kept?",
        patch=(replace(CONVOLUTION, "dpadded[:, :, p : height - p, p : width - p]", "dpadded[:, :, 1:-1, 1:-1]"),),
        fails=("conv_backward_no_padding",),
        teaches="""
dx has the shape of x: what forward added around the image is cut off again, `padding` pixels on each side. `1:-1` is
that for a padding of 1 alone; without padding it cuts off the image's own border.
""",
    ),
    Mistake(
        name="conv-empty-slice-into-dx",
        says="Conv2D.backward cuts the padding off with [p:-p], which is empty for p = 0 and does not fit into dx",
        hint="what is a[0:-0]?",
        patch=(
            replace(
                CONVOLUTION,
                "        self.dx = dpadded[:, :, p : height - p, p : width - p]\n",
                """\
        self.dx = np.zeros((*padded.shape[:2], height - 2 * p, width - 2 * p))
        for sample in range(len(dout)):
            self.dx[sample] = dpadded[sample, :, p:-p, p:-p]
""",
            ),
        ),
        fails=("conv_backward_no_padding",),
        teaches="""
`-0` is 0, so `a[0:-0]` is `a[0:0]`: nothing. Count from the front, `a[p : len(a) - p]`, or leave the cut out where
there is no padding.
""",
    ),
    Mistake(
        name="conv-takes-the-step-itself",
        says="Conv2D.backward changes weight and bias itself, by subtracting their gradients",
        hint="whose work is it to change the weights, and with which learning rate?",
        patch=(
            replace(
                CONVOLUTION,
                "        self.db = dout.sum(axis=(0, 2, 3))\n",
                """\
        self.db = dout.sum(axis=(0, 2, 3))
        self.weight = self.weight - self.dw
        self.bias = self.bias - self.db
""",
            ),
        ),
        fails=("layers_again", "training_overfits"),
        teaches="""
backward only says in which direction the loss grows: it sets dw and db. The optimizer decides how far to go, with its
learning rate and its velocity. A layer that moves its weights too makes a second step, of rate 1.
""",
    ),
    Mistake(
        name="relu-writes-into-its-cache",
        says="ReLU.backward writes zeros into the cached input, which is the array that forward was given",
        hint="is self.cache a copy of x, or x itself?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * (x > 0)\n        x[x <= 0] = 0"),),
        fails=("layers_keep_arguments",),
        teaches="""
`self.cache = x` makes no copy: both names hold one array, which belongs to whoever called forward. What backward
writes into it changes the caller's batch, or what the layer before has kept. Compute a mask, `x > 0`, and multiply.
""",
    ),
    Mistake(
        name="velocity-of-the-last-layer-only",
        says="SGD stores the velocity after the loop over the layers, so that only the last layer has one",
        hint="how often does the line run that stores the velocity: once a layer, or once a step?",
        patch=(
            replace(OPTIMIZER, "velocity = self.grad_tracker[index]", "velocity = dict(self.grad_tracker[index])"),
            replace(
                OPTIMIZER,
                '            layer.bias = layer.bias + velocity["db"]\n',
                """\
            layer.bias = layer.bias + velocity["db"]
        self.grad_tracker[index] = velocity
""",
            ),
        ),
        fails=("sgd_momentum", "training_overfits"),
        teaches="""
What stands after a loop runs once, with what the loop's names held last. Each layer has a velocity of its own, so
each has to be stored inside the loop, under the layer's index. From the second step on the others would start at 0.
""",
    ),
    Mistake(
        name="conv-windows-that-do-not-fit",
        says="Conv2D.forward starts a window at every stride-th pixel, also where it no longer fits",
        hint="for 5 rows and 3 x 3 filters at stride 1: in which rows do your windows start, and which of them fit?",
        patch=CONV_THAT_DO_NOT_FIT[0],
        other_patches=CONV_THAT_DO_NOT_FIT[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`range(0, H, stride)` lists every stride-th row, including those from which a whole window would reach past the last
one. The last window starts at `H + 2 * padding - kernel_size` at the latest, which is what the number of windows in
the output says: loop over that, `for r in range(out_height)`, and let a window start at `r * stride`.

5 rows, 3 x 3 filters, no padding: windows start at 0, 1 and 2. One at 3 has two rows only.
""",
    ),
    Mistake(
        name="conv-windows-of-the-unpadded-image",
        says="Conv2D.forward starts a window at every stride-th pixel of the image as it was before padding",
        hint="for 4 rows, 2 x 2 filters and a padding of 1: how many windows fit from top to bottom?",
        patch=CONV_OF_THE_UNPADDED_IMAGE[0],
        other_patches=CONV_OF_THE_UNPADDED_IMAGE[1:],
        fails=("conv_forward", "conv_forward_stride", "conv_backward_no_padding", "conv_shapes"),
        teaches="""
There are `(H + 2 * padding - kernel_size) // stride + 1` windows from top to bottom. `range(0, H, stride)` starts as
many only where padding makes up for what the kernel takes, as for 3 x 3 filters and a padding of 1; elsewhere windows
are left out at the end, or start where none fits.
""",
    ),
    Mistake(
        name="conv-reads-past-the-edge",
        says="Conv2D.forward rounds the number of windows up, and reads past the edge of the padded image for the last",
        hint="do you divide with // or round up, and what lies under the last window?",
        patch=CONV_ROUNDED_UP[0],
        other_patches=CONV_ROUNDED_UP[1:],
        fails=("conv_forward_stride", "conv_backward_border"),
        teaches="""
A window counts only if all of it lies on the padded image: `(H + 2 * padding - kernel_size) // stride + 1`, rounded
down. `np.ceil` counts one more where pixels are left over, and its slice is shorter than the filter.

6 pixels, a kernel of 3 and a stride of 2: windows start at 0 and 2; one at 4 would need pixel 6, which does not
exist.
""",
    ),
    Mistake(
        name="conv-size-without-brackets",
        says="Conv2D.forward divides only a part of the size by the stride: brackets are missing around the rest",
        hint="in H + 2 * p - k // s + 1, what is divided by s?",
        patch=CONV_WITHOUT_BRACKETS[0],
        other_patches=CONV_WITHOUT_BRACKETS[1:],
        fails=("conv_forward_stride", "conv_backward_stride", "conv_backward_border"),
        teaches="""
Division binds more tightly than subtraction: `H + 2 * p - k // s + 1` is `H + 2 * p - (k // s) + 1`. What is divided
is the whole way that a window can move, `(H + 2 * p - k) // s + 1`. With stride 1 both are the same.

6 pixels, a kernel of 2, a stride of 2, no padding: `(6 - 2) // 2 + 1 = 3` windows; without brackets `6 - 2 // 2 + 1 =
6`.
""",
    ),
    Mistake(
        name="conv-output-larger-than-its-windows",
        says="Conv2D.forward makes its output larger than there are windows, so that the last rows and columns stay 0",
        hint="how many windows does your loop visit, and how many rows has the array that it fills?",
        patch=CONV_TOO_LARGE[0],
        other_patches=CONV_TOO_LARGE[1:],
        fails=("conv_forward_stride",),
        teaches="""
The output has a place for each window and no other: `(H + 2 * padding - kernel_size) // stride + 1` rows. Without the
brackets the stride divides only a part of it, and the rows that no window fills stay zeros.

6 pixels, a kernel of 2, a stride of 2, no padding: `(6 - 2) // 2 + 1 = 3` rows; `6 - 2 // 2 + 1` are 6.
""",
    ),
    Mistake(
        name="conv-height-and-width-swapped",
        says="Conv2D.forward takes the third axis of the images for the width and the fourth for the height",
        hint="in which order stand rows and columns in the shape (N, C, H, W)?",
        patch=(replace(CONVOLUTION, "n, _, height, width = x.shape", "n, _, width, height = x.shape"),),
        other_patches=tuple(
            (replace(CONVOLUTION, "n, _, height, width = x.shape", "n, _, width, height = x.shape"), *loops)
            for loops in conv_forward_written(*conv_forward_loops("range(out_height)", "range(out_width)"))
        ),
        fails=("conv_shapes",),
        teaches="""
Images are arrays of shape (N, C, H, W): rows, of which there are H, before columns. Square images hide that the two
names were swapped, since then H and W are one number.

For images of shape (2, 3, 4, 7) it is `n, c, height, width = 2, 3, 4, 7`.
""",
    ),
    Mistake(
        name="conv-forward-as-many-columns-as-rows",
        says="Conv2D.forward visits as many columns of windows as there are rows",
        hint="which axis of the output does your inner loop run over, and which size bounds it?",
        patch=CONV_AS_MANY_COLUMNS[0],
        other_patches=CONV_AS_MANY_COLUMNS[1:],
        fails=("conv_shapes",),
        teaches="""
`range(out_height)` in both loops is right for square images only. Of an output of 2 rows and 5 columns the last three
columns then stay as they were made: zeros. The inner loop runs over `range(out_width)`.
""",
    ),
    Mistake(
        name="conv-dx-by-correlation",
        says="dx of Conv2D is computed from dout padded as x was, where a border of kernel_size - 1 is needed",
        hint="how many zeros must stand around dout so that each pixel meets all weights that it met in forward?",
        patch=conv_dx_by_correlation("""\
        windows = np.lib.stride_tricks.sliding_window_view(spread, (k, k), axis=(2, 3))
        self.dx = np.einsum("nohwij,ocij->nchw", windows, turned)
"""),
        other_patches=(
            conv_dx_by_correlation("""\
        windows = np.lib.stride_tricks.sliding_window_view(spread, (k, k), axis=(2, 3))
        rows, columns = (out_height + 2 * p - k) // s + 1, (out_width + 2 * p - k) // s + 1
        self.dx = np.einsum("nohwij,ocij->nchw", windows[:, :, :rows, :columns], turned)
"""),
            conv_dx_by_correlation("""\
        self.dx = np.zeros((*padded.shape[:2], height - 2 * p, width - 2 * p))
        for r in range(spread.shape[2] - k + 1):
            for c in range(spread.shape[3] - k + 1):
                window = spread[:, :, r : r + k, c : c + k]
                self.dx[:, :, r, c] = np.einsum("noij,ocij->nc", window, turned)
"""),
            conv_dx_by_correlation("""\
        self.dx = np.zeros((*padded.shape[:2], height - 2 * p, width - 2 * p))
        for r in range(height - 2 * p):
            for c in range(width - 2 * p):
                window = spread[:, :, r : r + k, c : c + k]
                self.dx[:, :, r, c] = np.einsum("noij,ocij->nc", window, turned)
"""),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
        ),
        teaches="""
dx can be written as a convolution of dout with the turned filter, a "full" one: every pixel of x has to meet every
window that saw it, so that around dout there must be `kernel_size - 1` zeros, less the padding of forward. Where the
stride is larger than 1, `stride - 1` zeros stand between the entries of dout too. Padding dout by `padding` is the
same only where `padding == kernel_size - 1 - padding`, as for 3 x 3 filters and a padding of 1.
""",
    ),
    Mistake(
        name="conv-backward-ends-early",
        says="Conv2D.backward comes to the first row, filter or sample alone: all other windows send nothing back",
        hint="how deep is your return or break indented, and how often does the line above it run?",
        patch=conv_backward_ended(":", ":", ":1"),
        other_patches=(
            conv_backward_ended(":", ":", ":1", "whole"),
            conv_backward_ended(":1", ":1", ":1"),
            conv_backward_ended(":1", ":1", ":1", "whole"),
            conv_backward_ended(":1", ":1", ":"),
            conv_backward_ended(":1", ":1", ":", "whole"),
            conv_backward_ended(":1", ":", ":"),
            conv_backward_ended(":1", ":", ":", "whole"),
            conv_backward_ended(":", ":1", ":"),
            conv_backward_ended(":", ":1", ":", "whole"),
            conv_backward_ended(":1", ":", ":1"),
            conv_backward_ended(":1", ":", ":1", "whole"),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
`return` ends the whole function, `break` the loop that it stands in, at once. One level of indentation too deep, and
only the first row, filter or sample has its part in dx, dw and db; the rest stays 0. What is to be done after all
loops stands at the level of the first `for`.
""",
    ),
    Mistake(
        name="pool-backward-ends-early",
        says="MaxPooling.backward comes to the first window, row, channel or sample alone: no other sends anything",
        hint="how deep is your return or break indented, and how often does the line above it run?",
        patch=(replace(POOLING, "winner % k), dout)", "winner % k), dout * (row == 0))"),),
        other_patches=(
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (n + c + row == 0))"),),
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (n + row + column == 0))"),),
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (n + c + row + column == 0))"),),
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (n + c == 0))"),),
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (n == 0))"),),
            (replace(POOLING, "winner % k), dout)", "winner % k), dout * (c == 0))"),),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
`return` ends the whole function, `break` the loop that it stands in, at once. One level of indentation too deep, and
only the first window, row, channel or sample has its part in dx; the rest stays 0. What is to be done after all loops
stands at the level of the first `for`.
""",
    ),
    Mistake(
        name="velocity-under-two-names",
        says="SGD goes on from the velocity of the first step at all later ones: what they store is not what they read",
        hint="what do the second and the third step read, and is that what the step before them has stored?",
        patch=(
            replace(OPTIMIZER, "velocity = self.grad_tracker[index]", "velocity = dict(self.grad_tracker[index])"),
            replace(
                OPTIMIZER,
                '            layer.bias = layer.bias + velocity["db"]\n',
                """\
            layer.bias = layer.bias + velocity["db"]
            if isinstance(self.grad_tracker[index]["dw"], int):  # as it was before the first step
                self.grad_tracker[index] = velocity
""",
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
A velocity has to be stored where the next step looks for it. Where the first step alone, in a branch, an `except`
or a `setdefault`, writes what later steps read, all of them go on from the first velocity. The second step is right
by that, the third is not.
""",
    ),
    Mistake(
        name="sgd-learning-rate-left-out",
        says="SGD moves parameters by the whole gradient, without the learning rate",
        hint="how far does a parameter move in the first step when its gradient is 2 and the learning rate 0.1?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
                'velocity["dw"] = self.momentum * velocity["dw"] - layer.dw',
            ),
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.momentum * velocity["db"] - layer.db',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`v = momentum * v - learning_rate * gradient`: the gradient says where to, the learning rate how far. With a learning
rate of 0.0001 a step without it is ten thousand times too long.

For a gradient of 2 and a learning rate of 0.1 the first step is -0.2, not -2.
""",
    ),
    Mistake(
        name="sgd-gradient-damped",
        says="SGD multiplies the gradient by 1 - momentum, as for a running mean",
        hint="what is the first step for a gradient of 1, a learning rate of 0.1 and momentum 0.9?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
                'velocity["dw"] = self.momentum * velocity["dw"] - (1 - self.momentum) * self.learning_rate * layer.dw',
            ),
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.momentum * velocity["db"] - (1 - self.momentum) * self.learning_rate * layer.db',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Some optimizers keep a running mean, `v = momentum * v + (1 - momentum) * gradient`, as Adam does. Here the velocity
is `v = momentum * v - learning_rate * gradient`, so that the first step is that of plain gradient descent.

Gradient 1, learning rate 0.1, momentum 0.9: the first step is -0.1, not -0.01.
""",
    ),
    Mistake(
        name="sgd-looks-ahead",
        says="SGD looks a step ahead: it moves by momentum * v - learning_rate * gradient, with the new v",
        hint="by which quantity does w change in a step: by v, or by something computed from it?",
        patch=(
            replace(
                OPTIMIZER,
                'layer.weight = layer.weight + velocity["dw"]',
                'layer.weight = layer.weight + self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
            ),
            replace(
                OPTIMIZER,
                'layer.bias = layer.bias + velocity["db"]',
                'layer.bias = layer.bias + self.momentum * velocity["db"] - self.learning_rate * layer.db',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Nesterov's momentum looks one step ahead; the handout asks for the plain one, `v = momentum * v - learning_rate *
gradient` and then `w = w + v`.

Gradient 1, learning rate 0.1, momentum 0.9: the first step is -0.1, not `0.9 * -0.1 - 0.1 = -0.19`.
""",
    ),
    Mistake(
        name="momentum-written-in",
        says="SGD uses a momentum of 0.9 whatever it is given",
        hint="where in update does self.momentum occur?",
        patch=(replace(OPTIMIZER, "self.momentum = momentum", "self.momentum = 0.9"),),
        fails=("sgd_momentum", "sgd_rate"),
        teaches="""
0.9 is the value in use, and the default. The constructor is given one all the same: keep it in `self.momentum` and
read that.
""",
    ),
    Mistake(
        name="momentum-for-weights-alone",
        says="SGD keeps a velocity for weights, but moves biases by plain gradient descent",
        hint="how many velocities does a layer with a weight and a bias need?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = -self.learning_rate * layer.db',
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Every parameter has a velocity of its own, the bias too: `v = momentum * v - learning_rate * db`. At the first step,
where velocities are 0, nothing shows.
""",
    ),
    Mistake(
        name="momentum-of-the-gradient-itself",
        says="SGD remembers gradients without their learning rate: the second step is many times too long",
        hint="is v a step or a gradient, and which of the two does the next line expect?",
        patch=(
            replace(
                OPTIMIZER,
                '            layer.bias = layer.bias + velocity["db"]\n',
                """\
            layer.bias = layer.bias + velocity["db"]
            velocity["dw"], velocity["db"] = layer.dw, layer.db
""",
            ),
        ),
        other_patches=(
            (
                replace(
                    OPTIMIZER,
                    '            layer.bias = layer.bias + velocity["db"]\n',
                    """\
            layer.bias = layer.bias + velocity["db"]
            velocity["dw"], velocity["db"] = -layer.dw, -layer.db
""",
                ),
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`v = momentum * v - learning_rate * gradient`: v is a step, with the learning rate in it. Where the gradient is stored
in its place the next step begins with `momentum * gradient`, which is `1 / learning_rate` times too long, or goes
uphill.
""",
    ),
    Mistake(
        name="sgd-first-layer-alone",
        says="SGD updates the first layer that has a weight, and no other",
        hint="how deep is your return or break indented?",
        patch=(
            replace(
                OPTIMIZER,
                '            layer.bias = layer.bias + velocity["db"]\n',
                """\
            layer.bias = layer.bias + velocity["db"]
            break
""",
            ),
        ),
        fails=("sgd_momentum", "training_overfits"),
        teaches="""
`return` ends the whole function and `break` the loop that it stands in. Inside the loop over layers, after the first
layer with a weight, the others stay as they are.
""",
    ),
    Mistake(
        name="sgd-learning-rate-twice",
        says="SGD multiplies by the learning rate twice: in the velocity, and where it moves by it",
        hint="how many factors learning_rate are there between a gradient and the change of its parameter?",
        patch=(
            replace(
                OPTIMIZER,
                'layer.weight = layer.weight + velocity["dw"]',
                'layer.weight = layer.weight + self.learning_rate * velocity["dw"]',
            ),
            replace(
                OPTIMIZER,
                'layer.bias = layer.bias + velocity["db"]',
                'layer.bias = layer.bias + self.learning_rate * velocity["db"]',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`v = momentum * v - learning_rate * gradient` has the learning rate in it; then `w = w + v`. With another factor steps
are as long as the square of the learning rate says.

Gradient 1 and learning rate 0.1: the first step is -0.1, not -0.01.
""",
    ),
    Mistake(
        name="sgd-parameters-stay",
        says="SGD.update leaves every weight and bias as it was",
        hint="after w = layer.weight and w = w + v, what is layer.weight?",
        patch=(
            replace(OPTIMIZER, '            layer.weight = layer.weight + velocity["dw"]\n', ""),
            replace(OPTIMIZER, '            layer.bias = layer.bias + velocity["db"]\n', ""),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`w = layer.weight` and then `w = w + v` binds the local name w to a new array; the layer keeps its old one. Assign to
the attribute, `layer.weight = layer.weight + v`, or change the array in place, `layer.weight += v`.
""",
    ),
    Mistake(
        name="sgd-weights-stay",
        says="SGD updates biases, but no weights",
        hint="after w = layer.weight and w = w + v, what is layer.weight?",
        patch=(replace(OPTIMIZER, '            layer.weight = layer.weight + velocity["dw"]\n', ""),),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`w = layer.weight` and then `w = w + v` binds the local name w to a new array; the layer keeps its old one. Assign to
the attribute, `layer.weight = layer.weight + v`.
""",
    ),
    Mistake(
        name="conv-initial-weights-unscaled",
        says="the first weights of Conv2D are not scaled by 1e-3",
        hint="how large is a typical first weight, and how large should it be?",
        patch=(
            replace(
                CONVOLUTION,
                "self.weight = 1e-3 * np.random.randn(out_channels",
                "self.weight = np.random.randn(out_channels",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "self.weight = 1e-3 * np.random.randn(out_channels",
                    "self.weight = 1e-2 * np.random.randn(out_channels",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    "self.weight = 1e-3 * np.random.randn(out_channels",
                    "self.weight = 1e-4 * np.random.randn(out_channels",
                ),
            ),
        ),
        fails=("net_build",),
        teaches="""
Each output is a sum of `in_channels * kernel_size ** 2` products. Weights of size 1 make it large, softmax certain,
and the first loss tens instead of `log(10) = 2.3`. The handout scales them by 1e-3.
""",
    ),
    Mistake(
        name="conv-bias-gradient-of-the-last-place",
        says="db of Conv2D holds the gradient of one place alone: = where += is meant",
        hint="how often does the line that sets db run, and what is left of the runs before?",
        patch=(replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout[-1, :, -1, -1]"),),
        other_patches=(
            (replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout[-1].sum(axis=(1, 2))"),),
            (replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout[:, :, -1, -1].sum(axis=0)"),),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The bias is added at every place of every map of its filter: its gradient is the sum over all of them. In a loop that
is `db[f] += ...`, starting from zeros; with `=` the last one remains.
""",
    ),
    Mistake(
        name="conv-weight-gradient-of-the-last-sample",
        says="dw of Conv2D holds the part of the last sample or of the last window alone: = where += is meant",
        hint="through how many windows, of how many samples, does one weight reach the loss?",
        patch=(
            replace(
                CONVOLUTION,
                "self.dw = dw\n",
                """self.dw = dw
        last, seen = dout[-1:], padded[-1:]
        for i in range(k):
            for j in range(k):
                window = np.s_[:, :, i : i + s * out_height : s, j : j + s * out_width : s]
                self.dw[:, :, i, j] = np.einsum("nohw,nchw->oc", last, seen[window])
""",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "self.dw = dw\n",
                    """r, c = s * (out_height - 1), s * (out_width - 1)
        self.dw = dout[-1, :, -1, -1][:, None, None, None] * padded[-1, :, r : r + k, c : c + k]
""",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    "self.dw = dw\n",
                    """r, c = s * (out_height - 1), s * (out_width - 1)
        self.dw = np.einsum("no,ncij->ocij", dout[:, :, -1, -1], padded[:, :, r : r + k, c : c + k])
""",
                ),
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
A weight meets every window of every sample, so its gradient is the sum over all of them: `dw[f] += dout * window`,
starting from zeros. With `=` each run erases those before it.

Two windows with the pixels 3 and 5 and `dout = [1, 1]` give `dw = 8`, not 5.
""",
    ),
    Mistake(
        name="conv-dx-with-the-padding",
        says="dx of Conv2D is as large as the padded image: the padding is not cut off again",
        hint="which shape has x, and which the array that you collected dx in?",
        patch=(replace(CONVOLUTION, "self.dx = dpadded[:, :, p : height - p, p : width - p]", "self.dx = dpadded"),),
        fails=("conv_backward", "conv_backward_stride", "conv_backward_border", "conv_shapes", "net_backward"),
        teaches="""
Forward put `padding` rows and columns of zeros around the image; nobody asked for their gradients. dx has the shape
of x: `dx[:, :, p : height - p, p : width - p]` of the padded array, which for `p = 0` is all of it.
""",
    ),
    Mistake(
        name="conv-stride-ignored",
        says="Conv2D moves its windows by one pixel whatever the stride, forward and backward",
        hint="where in your code does self.stride occur, and what is in it?",
        patch=(replace(CONVOLUTION, "self.stride = stride", "self.stride = 1"),),
        fails=("conv_forward_stride", "conv_backward_stride", "conv_backward_border"),
        teaches="""
The stride says how far apart windows start, and so how many there are: `(H + 2 * padding - kernel_size) // stride +
1`.

5 pixels, a kernel of 3 and a stride of 2: two windows, not three.
""",
    ),
    Mistake(
        name="conv-stride-ignored-in-dw",
        says="dw of Conv2D is computed with windows one pixel apart, whatever the stride",
        hint="which pixels did output (0, 1) look at when the stride was 2, and are those in its part of dw?",
        patch=(
            replace(
                CONVOLUTION,
                '"nohw,nchw->oc", dout, padded[window])',
                '"nohw,nchw->oc", dout, padded[:, :, i : i + out_height, j : j + out_width])',
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
Output row r looked at the rows from `r * stride` on, for dx as for dw: `dw[f] += dout[n, f, r, c] * window`, with the
window that forward took.
""",
    ),
    Mistake(
        name="conv-padding-on-one-side",
        says="Conv2D.forward puts all its zeros at the right and below, none at the left and above",
        hint="at which row and column of the padded array does the image begin?",
        patch=(
            replace(CONVOLUTION, "(0, 0), (0, 0), (p, p), (p, p)", "(0, 0), (0, 0), (0, 2 * p), (0, 2 * p)"),
            replace(
                CONVOLUTION,
                "dpadded[:, :, p : height - p, p : width - p]",
                "dpadded[:, :, : height - 2 * p, : width - 2 * p]",
            ),
        ),
        other_patches=(
            (replace(CONVOLUTION, "(0, 0), (0, 0), (p, p), (p, p)", "(0, 0), (0, 0), (0, 2 * p), (0, 2 * p)"),),
        ),
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Padding surrounds the image: `padding` rows above and below, `padding` columns on either side. In an array of zeros
the image goes to `[:, :, p : p + H, p : p + W]`.
""",
    ),
    Mistake(
        name="conv-bias-for-each-channel",
        says="Conv2D.forward adds the bias once for each channel of the image",
        hint="how often does the line that adds the bias run for one output?",
        patch=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "return out + x.shape[1] * self.bias[:, None, None]",
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
One output is one sum over all channels, rows and columns of a window, and one bias. Added inside the loop over
channels it comes in as often as there are channels.

A window of zeros in 3 channels and a bias of 5 give 5, not 15.
""",
    ),
    Mistake(
        name="conv-channels-overwritten",
        says="Conv2D.forward keeps the sum of the last channel alone: = where += is meant",
        hint="how many channels does a filter look at, and do their sums add up or does the last one win?",
        patch=(
            replace(
                CONVOLUTION,
                'out += np.einsum("nchw,oc->nohw", seen, self.weight[:, :, i, j])',
                'out += np.einsum("nchw,oc->nohw", seen[:, -1:], self.weight[:, -1:, i, j])',
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A filter has a slice for each channel, and its output is the sum over all of them. In a loop over channels that is
`out[n, f, r, c] += ...`; with `=` the last channel erases the others. Images of one channel do not show it.
""",
    ),
    Mistake(
        name="conv-dx-not-kept",
        says="after Conv2D.backward there is no gradient in self.dx",
        hint="where does the layer before look for its dout?",
        patch=(replace(CONVOLUTION, "        self.dx = dpadded[:, :, p : height - p, p : width - p]\n", ""),),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "        self.dx = dpadded[:, :, p : height - p, p : width - p]\n",
                    """\
        self.dx = np.zeros((*padded.shape[:2], height - 2 * p, width - 2 * p))
""",
                ),
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
`backward` returns nothing that anybody reads: the network takes `layer.dx` and hands it to the layer before. A local
`dx`, or `self.d_x`, is not found there, and a dx of zeros stops everything before this layer from learning.
""",
    ),
    Mistake(
        name="linear-dx-not-kept",
        says="after Linear.backward there is no gradient in self.dx",
        hint="where does the layer before look for its dout?",
        patch=(replace(LINEAR, "        self.dx = (dout @ self.weight.T).reshape(x.shape)\n", ""),),
        other_patches=(
            (
                replace(
                    LINEAR,
                    "        self.dx = (dout @ self.weight.T).reshape(x.shape)\n",
                    "        self.dx = np.zeros(x.shape)\n",
                ),
            ),
        ),
        fails=("linear_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
        teaches="""
`backward` returns nothing that anybody reads: the network takes `layer.dx` and hands it to the layer before. A local
`dx`, or `self.d_x`, is not found there, and a dx of zeros stops everything before this layer from learning.
""",
    ),
    Mistake(
        name="relu-dx-not-kept",
        says="after ReLU.backward there is no gradient in self.dx",
        hint="where does the layer before look for its dout?",
        patch=(replace(RELU, "        self.dx = dout * (x > 0)\n", ""),),
        fails=("relu_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
        teaches="""
`backward` returns nothing that anybody reads: the network takes `layer.dx` and hands it to the layer before. A local
`dx`, or `self.d_x`, is not found there, and a dx of zeros stops everything before this layer from learning.
""",
    ),
    Mistake(
        name="pool-dx-not-kept",
        says="after MaxPooling.backward there is no gradient in self.dx",
        hint="where does the layer before look for its dout?",
        patch=(replace(POOLING, "        self.dx = dx\n", ""),),
        other_patches=((replace(POOLING, "        self.dx = dx\n", "        self.dx = np.zeros(shape)\n"),),),
        fails=(
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`backward` returns nothing that anybody reads: the network takes `layer.dx` and hands it to the layer before. A local
`dx`, or `self.d_x`, is not found there, and a dx of zeros stops everything before this layer from learning.
""",
    ),
    Mistake(
        name="conv-cache-of-the-first-batch",
        says="Conv2D.backward uses the input of the first batch that the layer ever saw",
        hint="when is the cache written: at every forward, or only when it is still empty?",
        patch=(
            replace(CONVOLUTION, "self.cache = padded", "self.cache = padded if self.cache is None else self.cache"),
        ),
        fails=("layers_again", "training_overfits"),
        teaches="""
Backward belongs to the forward before it. Every forward has to replace the cache, not only fill it when it is empty,
and a cache that grows (`self.cache.append(...)`) must be read from its end.
""",
    ),
    Mistake(
        name="linear-cache-of-the-first-batch",
        says="Linear.backward uses the input of the first batch that the layer ever saw",
        hint="when is the cache written: at every forward, or only when it is still empty?",
        patch=(replace(LINEAR, "self.cache = x", "self.cache = x if self.cache is None else self.cache"),),
        fails=("layers_again", "training_overfits"),
        teaches="""
Backward belongs to the forward before it. Every forward has to replace the cache, not only fill it when it is empty,
and a cache that grows (`self.cache.append(...)`) must be read from its end.
""",
    ),
    Mistake(
        name="relu-cache-of-the-first-batch",
        says="ReLU.backward uses the input of the first batch that the layer ever saw",
        hint="when is the cache written: at every forward, or only when it is still empty?",
        patch=(replace(RELU, "self.cache = x", "self.cache = x if self.cache is None else self.cache"),),
        fails=("layers_again", "training_overfits"),
        teaches="""
Backward belongs to the forward before it. Every forward has to replace the cache, not only fill it when it is empty,
and a cache that grows (`self.cache.append(...)`) must be read from its end.
""",
    ),
    Mistake(
        name="linear-gradients-pile-up",
        says="dw of Linear is added to the dw of the call before, and never starts from zero again",
        hint="what is in dw when backward begins for the second time?",
        patch=(
            replace(
                LINEAR,
                "self.dw = x.reshape(len(x), self.in_dim).T @ dout",
                "self.dw = x.reshape(len(x), self.in_dim).T @ dout + (0 if self.dw is None else self.dw)",
            ),
        ),
        other_patches=(
            (
                replace(
                    LINEAR,
                    "self.dw = x.reshape(len(x), self.in_dim).T @ dout",
                    "self.dw = x.reshape(len(x), self.in_dim).T @ dout + (0 if self.dw is None else self.dw)",
                ),
                replace(
                    LINEAR,
                    "self.db = dout.sum(axis=0)",
                    "self.db = dout.sum(axis=0) + (0 if self.db is None else self.db)",
                ),
            ),
        ),
        fails=("layers_again", "training_overfits"),
        teaches="""
`self.dw += ...` inside the loops of backward is right only if `self.dw` is zero when the loops begin. Zeroed in the
constructor, it is zero for the first batch; from the second on it carries the gradients of all batches before.

Two batches with the gradients 1 and 2: the second backward should leave 2, not 3.
""",
    ),
    Mistake(
        name="linear-bias-gradient-left-out",
        says="Linear.backward computes no db",
        hint="which three gradients does a layer with a weight and a bias have?",
        patch=(replace(LINEAR, "        self.db = dout.sum(axis=0)\n", ""),),
        other_patches=((replace(LINEAR, "self.db = dout.sum(axis=0)", "self.db = np.zeros(self.bias.shape)"),),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The bias is added to every output, so its gradient is `dout` itself, summed over the samples. Without db the bias
stays where it began.
""",
    ),
    Mistake(
        name="linear-bias-gradient-of-the-last-sample",
        says="db of Linear holds the gradient of the last sample alone: = where += is meant",
        hint="to how many samples is the bias added?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout[-1]"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The bias is added to every sample, so its gradient is the sum over them. In a loop that is `db += dout[n]`, starting
from zeros; with `=` the last sample remains.
""",
    ),
    Mistake(
        name="linear-bias-gradient-with-an-axis-too-many",
        says="db of Linear has the shape (1, out_dim)",
        hint="which shape has the bias, and what does keepdims keep?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)"),),
        fails=("linear_backward", "net_backward"),
        teaches="""
A gradient has the shape of what it is the gradient of: `(out_dim,)`. With `keepdims=True` the summed axis stays, with
the length 1; an update `bias + v` then makes the bias two-dimensional.
""",
    ),
    Mistake(
        name="linear-not-flattened",
        says="Linear.forward does not flatten its input: images cannot be multiplied by the weight",
        hint="which shape has x after a pooling layer, and which does weight expect?",
        patch=(replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x"),),
        other_patches=(
            (
                replace(
                    LINEAR,
                    """rows = x.reshape(len(x), self.in_dim)
        return rows @ self.weight + self.bias""",
                    "return np.dot(x, self.weight) + self.bias",
                ),
            ),
        ),
        fails=(
            "linear_forward",
            "linear_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
After a pooling layer x has shape `(N, C, H, W)`, and `weight` wants `(N, C * H * W)`: `x.reshape(len(x), -1)`.
backward gives dx the shape of x again.
""",
    ),
    Mistake(
        name="pool-starts-at-zero",
        says="MaxPooling.forward begins its search for the maximum at 0: windows of negative numbers give 0",
        hint="what is the largest of -3 and -1?",
        patch=(
            replace(
                POOLING,
                "largest: np.ndarray = values.max(axis=-1)",
                "largest: np.ndarray = np.maximum(values.max(axis=-1), 0)",
            ),
        ),
        fails=("pool_forward", "pool_forward_windows", "pool_border"),
        teaches="""
A search begins at the first value, or at `-np.inf`. Beginning at 0 hides the numbers below it; after a ReLU there are
none, which is why nothing shows in such a network.

The window `[-3, -1]` gives -1, not 0.
""",
    ),
    Mistake(
        name="pool-minimum",
        says="MaxPooling returns the smallest value of each window",
        hint="which of 1 and 10 should the result for a window that holds both be?",
        patch=(
            replace(POOLING, "values.argmax(axis=-1)", "values.argmin(axis=-1)"),
            replace(POOLING, "values.max(axis=-1)", "values.min(axis=-1)"),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Max pooling keeps what is largest. The window `[[1, 2], [3, 10]]` gives 10, not 1.
""",
    ),
    Mistake(
        name="pool-sum",
        says="MaxPooling returns the sum of each window",
        hint="what is the result for a window that holds 1, 2, 3 and 10?",
        patch=(replace(POOLING, "values.max(axis=-1)", "values.sum(axis=-1)"),),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Max pooling keeps the largest value of a window, not what they add up to. `[[1, 2], [3, 10]]` gives 10, not 16.
""",
    ),
    Mistake(
        name="pool-stride-ignored-in-backward",
        says="MaxPooling.backward starts its windows one pixel apart, whatever the stride",
        hint="which pixels did output (0, 1) look at in forward when the stride was 2?",
        patch=(
            replace(
                POOLING, "row * s + winner // k, column * s + winner % k", "row + winner // k, column + winner % k"
            ),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
Window (r, c) begins at pixel `(r * stride, c * stride)`, in backward as in forward. With `(r, c)` the gradients end
up in the upper left corner of the image.
""",
    ),
    Mistake(
        name="pool-mask-as-gradient",
        says="dx of MaxPooling is 1 at each maximum, whatever the gradient that came in",
        hint="what is the mask multiplied by?",
        patch=(replace(POOLING, "winner % k), dout)", "winner % k), np.ones_like(dout))"),),
        fails=(
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_backward",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Where the maximum stood says who gets the gradient; how much it is says dout. The window `[[1, 2], [3, 10]]` with
`dout = 5` gives `[[0, 0], [0, 5]]`.
""",
    ),
    Mistake(
        name="pool-gradient-times-the-maximum",
        says="dx of MaxPooling is the gradient times the largest pixel's value",
        hint="how much does the output grow when the largest pixel grows by 0.1: does that depend on its value?",
        patch=(
            replace(
                POOLING,
                POOL_BACKWARD_GRADIENT,
                "        largest = self.largest\n" + POOL_BACKWARD_GRADIENT.replace(", dout)", ", dout * largest)"),
            ),
            POOL_KEEPS_THE_LARGEST,
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    POOL_BACKWARD_GRADIENT,
                    """\
        dx = np.zeros(shape, dout.dtype)
        for r, c in np.ndindex(dout.shape[2:]):
            window = np.s_[:, :, r * s : r * s + k, c * s : c * s + k]
            dx[window] += (dout * self.largest)[:, :, r, c, None, None]
""",
                ),
                POOL_KEEPS_THE_LARGEST,
            ),
        ),
        fails=(
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The maximum is one of its pixels: the derivative by that pixel is 1, by the others 0, whatever their values are. For
the window `[[1, 2], [3, 10]]` and `dout = 5` dx is `[[0, 0], [0, 5]]`, not 50.
""",
    ),
    Mistake(
        name="relu-mask-as-gradient",
        says="dx of ReLU is 1 where the input was positive, whatever the gradient that came in",
        hint="what is the mask multiplied by?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = (x > 0).astype(x.dtype)"),),
        other_patches=(
            (replace(RELU, "self.dx = dout * (x > 0)", "self.dx = np.where(x > 0, 1, 0)"),),
            (replace(RELU, "self.dx = dout * (x > 0)", "self.dx = x > 0"),),
        ),
        fails=("relu_backward", "net_backward", "layers_keep_arguments", "training_overfits"),
        teaches="""
The derivative of ReLU is 1 or 0; by the chain rule it is multiplied by the gradient that comes in: `dout * (x > 0)`.
""",
    ),
    Mistake(
        name="relu-absolute-value",
        says="ReLU.forward returns the absolute value",
        hint="what are ReLU(-2) and ReLU(3)?",
        patch=(replace(RELU, "np.maximum(x, 0)", "np.abs(x)"),),
        fails=(
            "relu_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
ReLU replaces what is negative by 0; it does not turn the sign. `[-2, 3]` becomes `[0, 3]`, not `[2, 3]`.
""",
    ),
    Mistake(
        name="net-layer-not-imported",
        says="modules/conv_classifier.py builds a layer whose class it does not import",
        hint="which line of the file says where the class comes from?",
        patch=(replace(NETWORK, "from .convolution import Conv2D\n", ""),),
        other_patches=(
            (replace(NETWORK, "from .max_pool import MaxPooling\n", ""),),
            (replace(NETWORK, "from .linear import Linear\n", ""),),
            (replace(NETWORK, "from .relu import ReLU\n", ""),),
        ),
        fails=("net_build", "net_criterion", "net_forward", "net_backward", "training_overfits"),
        teaches="""
Each file knows only the names that it defines or imports itself: `from .linear import Linear` brings the class from
modules/linear.py. Without the line Python says `name 'Linear' is not defined` when the class is first used.
""",
    ),
    Mistake(
        name="net-last-layer-left-out",
        says="ConvNet.backward leaves out the last layer and hands the criterion's gradient to the one before",
        hint="which indices does range(len(modules) - 2, -1, -1) go through?",
        patch=(replace(NETWORK, "for layer in reversed(self.modules):", "for layer in reversed(self.modules[:-1]):"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
The last of n layers has the index n - 1: `range(n - 1, -1, -1)`, or better `for layer in reversed(layers)`. The
criterion's gradient is that of the last layer's output, and no other's.
""",
    ),
    Mistake(
        name="net-one-gradient-for-all",
        says="ConvNet.backward hands the criterion's gradient to every layer",
        hint="whose dx is the dout of the last layer but one?",
        patch=(replace(NETWORK, "            gradient = layer.dx\n", ""),),
        fails=("net_backward", "training_overfits"),
        teaches="""
Each layer turns the gradient by its output into the gradient by its input, which is what the layer before it needs:
`gradient = layer.dx` after each `layer.backward(gradient)`.
""",
    ),
    Mistake(
        name="net-loss-of-the-whole-batch",
        says="ConvNet.forward multiplies the criterion's mean loss by the size of the batch",
        hint="what does the criterion return: a sum or a mean?",
        patch=(replace(NETWORK, "return probabilities, loss", "return probabilities, loss * len(y)"),),
        fails=("net_forward", "training_overfits"),
        teaches="""
`SoftmaxCrossEntropy` returns the mean over the batch, and that is the network's loss.
""",
    ),
    Mistake(
        name="conv-stride-from-kernel",
        says="Conv2D.forward starts its windows kernel_size pixels apart where stride is asked for",
        hint="which of the two numbers says how large a window is, and which how far the next one is away?",
        patch=CONV_BY_THE_KERNEL[0],
        other_patches=CONV_BY_THE_KERNEL[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_no_padding",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Window (r, c) begins at pixel `(r * stride, c * stride)`. With `r * kernel_size` windows stand side by side, and the
last ones beyond the edge, but for the case that both are equal.

5 pixels, a kernel of 3, stride 1: windows start at 0, 1 and 2, not at 0, 3 and 6.
""",
    ),
    Mistake(
        name="conv-one-window-too-few",
        says="Conv2D.forward counts one window too few in each direction: the + 1 is missing",
        hint="how many 3 x 3 windows fit on 3 pixels?",
        patch=CONV_ONE_TOO_FEW[0],
        other_patches=CONV_ONE_TOO_FEW[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`(H + 2 * padding - kernel_size) // stride` is how often a window can move; before the first move there is a window
too.

3 pixels and a kernel of 3: no move, one window.
""",
    ),
    Mistake(
        name="conv-size-of-the-unpadded-image",
        says="Conv2D.forward counts the windows of the image without its padding",
        hint="to which size does padding bring an image of H rows?",
        patch=CONV_SIZE_WITHOUT_PADDING[0],
        other_patches=CONV_SIZE_WITHOUT_PADDING[1:],
        fails=(
            "conv_forward",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
With `padding` rows above and as many below, the image has `H + 2 * padding` rows, and windows move over all of them:
`(H + 2 * padding - kernel_size) // stride + 1`.

4 rows, padding 1 and a kernel of 3 give 4 windows, not 2.
""",
    ),
    Mistake(
        name="conv-padding-counted-once",
        says="Conv2D.forward counts the padding on one side alone where it computes its size",
        hint="on how many sides of a row does padding stand?",
        patch=CONV_PADDING_ONCE[0],
        other_patches=CONV_PADDING_ONCE[1:],
        fails=(
            "conv_forward",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Padding stands at both ends of every row and column: `(H + 2 * padding - kernel_size) // stride + 1`.

4 rows, padding 1 and a kernel of 3 give 4 windows, not 3.
""",
    ),
    Mistake(
        name="conv-output-turned",
        says="Conv2D.forward makes room for as many columns as there should be rows",
        hint="from which of x.shape[2] and x.shape[3] does the length of each axis of your output come?",
        patch=CONV_TURNED[0],
        other_patches=CONV_TURNED[1:],
        fails=("conv_shapes",),
        teaches="""
The axes of images are sample, channel, row, column, of the output as well: `np.zeros((N, F, H', W'))`. On square
images the order does not show; on others an index leaves the array.
""",
    ),
    Mistake(
        name="conv-size-not-whole",
        says="Conv2D.forward divides with / where it computes its size, which gives a float",
        hint="of which type is 4 / 2, and of which 4 // 2?",
        patch=(
            replace(
                CONVOLUTION, "out_height = (height + 2 * p - k) // s + 1", "out_height = (height + 2 * p - k) / s + 1"
            ),
            replace(CONVOLUTION, "out_width = (width + 2 * p - k) // s + 1", "out_width = (width + 2 * p - k) / s + 1"),
        ),
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`/` gives a float even where nothing is left over: `4 / 2` is `2.0`, and no array has 2.0 rows. `//` divides and
rounds down, which is what the size is defined by.
""",
    ),
    Mistake(
        name="conv-bias-gradient-divided",
        says="db of Conv2D is divided by the number of samples, which the criterion has already done",
        hint="where in your network is the loss averaged over the batch, and how often may that happen?",
        patch=(replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(0, 2, 3)) / len(dout)"),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The loss is a mean over the batch, so a factor 1/N belongs into the gradient: once. `SoftmaxCrossEntropy.backward`
puts it in, and it reaches every layer through `dout`.

Two samples, each with one place and `dout = 3`, give `db = 6`, not 3.
""",
    ),
    Mistake(
        name="conv-first-weights-all-zero",
        says="the first weights of Conv2D are zeros",
        hint="what does the gradient of one filter have to be like, if all filters are alike at the start?",
        patch=(replace(CONVOLUTION, "1e-3 * np.random.randn(out_channels", "0 * np.random.randn(out_channels"),),
        fails=("net_build",),
        teaches="""
Filters that begin alike get the same gradients and stay alike. The handout draws them: `np.random.seed(1024)` and
`1e-3 * np.random.randn(...)`.
""",
    ),
    Mistake(
        name="linear-first-weights-all-zero",
        says="the first weights of Linear are zeros",
        hint="from which numbers does everybody's network start?",
        patch=(replace(LINEAR, "1e-3 * np.random.randn(in_dim", "0 * np.random.randn(in_dim"),),
        fails=("net_build", "net_criterion"),
        teaches="""
The handout draws them: `np.random.seed(1024)` and `1e-3 * np.random.randn(...)`, so that everybody's network starts
at the same place.
""",
    ),
    Mistake(
        name="conv-first-weights-uniform",
        says="the first weights of Conv2D are drawn by rand, all between 0 and 1, where randn is asked for",
        hint="which signs have the numbers of np.random.rand, and which those of np.random.randn?",
        patch=(replace(CONVOLUTION, "1e-3 * np.random.randn(out_channels", "1e-3 * np.random.rand(out_channels"),),
        other_patches=((replace(CONVOLUTION, "1e-3 * np.random.randn(out_channels", "np.random.rand(out_channels"),),),
        fails=("net_build",),
        teaches="""
`rand` draws from 0 to 1, `randn` from the normal distribution around 0. With weights that are all positive every
filter is a blur.
""",
    ),
    Mistake(
        name="linear-first-weights-uniform",
        says="the first weights of Linear are drawn by rand, all between 0 and 1, where randn is asked for",
        hint="which signs have the numbers of np.random.rand, and which those of np.random.randn?",
        patch=(replace(LINEAR, "1e-3 * np.random.randn(in_dim", "1e-3 * np.random.rand(in_dim"),),
        other_patches=((replace(LINEAR, "1e-3 * np.random.randn(in_dim", "np.random.rand(in_dim"),),),
        fails=("net_build", "net_criterion"),
        teaches="""
`rand` draws from 0 to 1, `randn` from the normal distribution around 0.
""",
    ),
    Mistake(
        name="linear-images-alone",
        says="Linear.forward takes x for images, of four axes: a batch that is flat already raises",
        hint="which shape has x for the second of two linear layers?",
        patch=(
            replace(
                LINEAR,
                "        rows = x.reshape(len(x), self.in_dim)",
                """\
        samples, channels, height, width = x.shape
        rows = x.reshape(samples, channels * height * width)""",
            ),
        ),
        fails=(
            "linear_forward",
            "linear_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
`N, C, H, W = x.shape` holds for what comes from a pooling layer. Behind another linear layer x is `(N, D)`:
`x.reshape(len(x), -1)` is right for both.
""",
    ),
    Mistake(
        name="pool-size-by-the-kernel",
        says="MaxPooling takes H // kernel_size windows, whatever the stride",
        hint="how many 2 x 2 windows fit into 4 rows when they move by one?",
        patch=(
            replace(
                POOLING,
                POOL_FORWARD_VALUES,
                """\
        rows, columns = x.shape[2] // k, x.shape[3] // k
"""
                + POOL_READ_IN_PART,
            ),
            replace(
                POOLING,
                POOL_BACKWARD_GRADIENT,
                "        out_height, out_width = winner.shape[2:]\n" + pool_backward_loops(),
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    POOL_FORWARD_VALUES,
                    """\
        rows, columns = x.shape[2] // k, x.shape[3] // k
"""
                    + POOL_READ_EACH,
                ),
            ),
            (
                replace(
                    POOLING,
                    POOL_FORWARD_VALUES,
                    """\
        rows, columns = x.shape[2] // k, x.shape[3] // k
"""
                    + POOL_READ_IN_PART,
                ),
            ),
        ),
        fails=("pool_forward_windows", "pool_backward_overlap", "pool_border"),
        teaches="""
The number of windows depends on three sizes: `(H - kernel_size) // stride + 1`. `H // kernel_size` is the same only
while windows lie side by side.

4 rows, 2 x 2 windows, stride 1: 3 windows, not 2.
""",
    ),
    Mistake(
        name="pool-size-not-whole",
        says="MaxPooling.forward divides with / where it computes its size, which gives a float",
        hint="of which type is 4 / 2, and of which 4 // 2?",
        patch=(
            replace(
                POOLING,
                "        windows = np.lib.stride",
                """\
        np.zeros((*x.shape[:2], *((size - k) / s + 1 for size in x.shape[2:])))
        windows = np.lib.stride""",
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`/` gives a float even where nothing is left over: `4 / 2` is `2.0`, and no array has 2.0 rows. `//` divides and
rounds down, which is what the size is defined by.
""",
    ),
    Mistake(
        name="pool-two-by-two",
        says="MaxPooling takes windows of 2 x 2 pixels, two apart, whatever it is given",
        hint="where in your code do kernel_size and stride stand, and where a 2?",
        patch=(
            replace(POOLING, "self.kernel_size = kernel_size", "self.kernel_size = 2"),
            replace(POOLING, "self.stride = stride", "self.stride = 2"),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
The network of this assignment pools over 2 x 2 pixels. The layer is asked for any size all the same: read both from
`self.kernel_size` and `self.stride`.
""",
    ),
    Mistake(
        name="pool-gradient-shared-out",
        says="MaxPooling.backward shares the gradient out among all pixels of a window: that is average pooling",
        hint="if a pixel that is not the maximum grows a little, does the output change?",
        patch=(
            replace(
                POOLING,
                "np.add.at(dx, (n, c, row * s + winner // k, column * s + winner % k), dout)",
                """for place in range(k * k):
            np.add.at(dx, (n, c, row * s + place // k, column * s + place % k), dout / k**2)""",
            ),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
The maximum of a window depends on one pixel alone, as long as the others stay smaller: that one gets the whole
gradient.

For the window `[[1, 2], [3, 10]]` and `dout = 4`, `dx` is `[[0, 0], [0, 4]]`, not ones.
""",
    ),
    Mistake(
        name="pool-as-many-columns-as-rows",
        says="MaxPooling.forward visits as many columns of windows as there are rows",
        hint="which axis of the output does your inner loop run over, and which size bounds it?",
        patch=(
            replace(
                POOLING,
                "largest: np.ndarray = values.max(axis=-1)",
                """largest: np.ndarray = values.max(axis=-1)
        largest[..., largest.shape[2] :] = 0""",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    "largest: np.ndarray = values.max(axis=-1)",
                    """largest: np.ndarray = values.max(axis=-1)
        largest[..., largest.shape[2] :] = 0""",
                ),
                replace(POOLING, "winner % k), dout)", "winner % k), dout * (column < dout.shape[2]))"),
            ),
        ),
        fails=("pool_border",),
        teaches="""
`range(out_height)` in both loops is right for square images only. Of an output of 2 rows and 3 columns the last
column then stays as it was made: zeros.
""",
    ),
    Mistake(
        name="relu-output-as-gradient",
        says="dx of ReLU is the input where it was positive: the gradient that came in is not in it",
        hint="what is the mask multiplied by?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = x * (x > 0)"),),
        fails=("relu_backward", "net_backward", "layers_keep_arguments", "training_overfits"),
        teaches="""
The derivative of ReLU is 1 or 0; by the chain rule it is multiplied by the gradient that comes in: `dout * (x > 0)`,
not `x * (x > 0)`, which is the output once more.
""",
    ),
    Mistake(
        name="relu-mask-turned-around",
        says="ReLU.backward lets the gradient through where the input was negative, and only there",
        hint="if x is 3 and grows a little, does ReLU(x) change?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * (x < 0)"),),
        fails=("relu_backward", "net_backward", "training_overfits"),
        teaches="""
Right of zero ReLU is the input itself: derivative 1. Left of zero it is flat: derivative 0.

For `x = [2, -2]` and `dout = [1, 1]`, `dx` is `[1, 0]`, not `[0, 1]`.
""",
    ),
    Mistake(
        name="net-one-result-alone",
        says="ConvNet.forward returns the probabilities or the loss, where both are asked for",
        hint="how many values does whoever calls forward unpack?",
        patch=(replace(NETWORK, "return probabilities, loss", "return probabilities"),),
        other_patches=((replace(NETWORK, "return probabilities, loss", "return loss"),),),
        fails=("net_forward", "training_overfits"),
        teaches="""
`return probabilities, loss` gives a pair, which the trainer takes apart: `probabilities, loss = model.forward(x, y)`.
""",
    ),
    Mistake(
        name="net-loss-first",
        says="ConvNet.forward returns the loss before the probabilities",
        hint="in which order does the criterion return its two results?",
        patch=(replace(NETWORK, "return probabilities, loss", "return loss, probabilities"),),
        fails=("net_forward", "training_overfits"),
        teaches="""
The trainer takes the pair apart as `probabilities, loss = model.forward(x, y)`: probabilities come first.
""",
    ),
    Mistake(
        name="net-criterion-of-another-exception",
        says="ConvNet refuses an unknown criterion with another exception than a ValueError",
        hint="which exception does Python raise for int('x'), where the type is right and the value is not?",
        patch=(replace(NETWORK, 'raise ValueError(f"the', 'raise NotImplementedError(f"the'),),
        other_patches=(
            (replace(NETWORK, 'raise ValueError(f"the', 'raise TypeError(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise KeyError(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise Exception(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise NameError(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise AttributeError(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise RuntimeError(f"the'),),
            (replace(NETWORK, 'raise ValueError(f"the', 'raise AssertionError(f"the'),),
        ),
        fails=("net_criterion",),
        teaches="""
A ValueError says: of the right type, but of no value that is known here. Whoever builds networks from a file of
settings catches that one. `NotImplementedError` is for code that is still to be written, `KeyError` is what a dict
raises by itself.
""",
    ),
    Mistake(
        name="net-criterion-not-run-backward",
        says="ConvNet.backward gives the last layer no gradient: criterion.dx is not computed yet, or not read",
        hint="who sets criterion.dx, and when, and what does criterion.backward() return?",
        patch=(replace(NETWORK, "        self.criterion.backward()\n", ""),),
        fails=("net_backward", "training_overfits"),
        teaches="""
`criterion.backward()` computes the gradient of the loss by the scores and leaves it in `criterion.dx`; before that,
or at the batch before, there stands None, or the gradient of other images.
""",
    ),
    Mistake(
        name="net-returned-gradient",
        says="ConvNet.backward hands on what a layer's backward returns, which is nothing",
        hint="where does a layer's backward leave its gradient?",
        patch=(
            replace(
                NETWORK,
                """\
            layer.backward(gradient)
            gradient = layer.dx
""",
                "            gradient = layer.backward(gradient)\n",
            ),
        ),
        fails=("net_backward", "training_overfits"),
        teaches="""
`backward` returns nothing: it leaves the gradient by its input in `layer.dx`, where the network has to fetch it.
""",
    ),
    Mistake(
        name="sgd-momentum-times-the-gradient",
        says="SGD multiplies the gradient by momentum as well: v = momentum * (v - learning_rate * gradient)",
        hint="what is the first step for a gradient of 1, a learning rate of 0.1 and momentum 0.9?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
                'velocity["dw"] = self.momentum * (velocity["dw"] - self.learning_rate * layer.dw)',
            ),
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.momentum * (velocity["db"] - self.learning_rate * layer.db)',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
In `v = momentum * v - learning_rate * gradient` momentum is a factor of the old velocity alone.

Gradient 1, learning rate 0.1, momentum 0.9: the first step is -0.1, not -0.09.
""",
    ),
    Mistake(
        name="conv-as-many-columns-as-rows",
        says="Conv2D visits as many columns of windows as there are rows, forward and backward",
        hint="which axis of the output do your inner loops run over, and which size bounds them?",
        patch=CONV_AS_MANY_COLUMNS_TWICE[0],
        other_patches=CONV_AS_MANY_COLUMNS_TWICE[1:],
        fails=("conv_shapes",),
        teaches="""
`range(out_height)` in both loops is right for square images only. Of an output of 2 rows and 5 columns the last three
columns then stay zeros, and send nothing back.
""",
    ),
    Mistake(
        name="conv-padding-of-edge-pixels",
        says="Conv2D.forward surrounds the image with copies of its pixels, where zeros are asked for",
        hint="what does np.pad fill in with mode='constant', and what with your mode?",
        patch=CONV_PADDED_OTHERWISE[0],
        other_patches=CONV_PADDED_OTHERWISE[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.pad` fills in zeros where no mode is given, or with `mode="constant"`. `"edge"` repeats the outermost pixel,
`"reflect"` and `"symmetric"` mirror the image, `"wrap"` takes the other side.

The row `[5, 6]` padded by 1 is `[0, 5, 6, 0]`; with `"edge"` it would be `[5, 5, 6, 6]`.
""",
    ),
    Mistake(
        name="conv-padding-of-edge-pixels-both-ways",
        says="Conv2D, forward and backward, surrounds the image with copies of its pixels, where zeros are asked for",
        hint="what does np.pad fill in with mode='constant', and what with your mode?",
        patch=CONV_PADDED_OTHERWISE_TWICE[0],
        other_patches=CONV_PADDED_OTHERWISE_TWICE[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.pad` fills in zeros where no mode is given, or with `mode="constant"`. `"edge"` repeats the outermost pixel,
`"reflect"` and `"symmetric"` mirror the image, `"wrap"` takes the other side.

The row `[5, 6]` padded by 1 is `[0, 5, 6, 0]`; with `"edge"` it would be `[5, 5, 6, 6]`.
""",
    ),
    Mistake(
        name="conv-every-axis-padded",
        says="Conv2D.forward pads samples and channels too, where only rows and columns are to be padded",
        hint="which shape does np.pad(x, 1) give for x of shape (2, 3, 4, 4)?",
        patch=CONV_EVERY_AXIS[0],
        other_patches=CONV_EVERY_AXIS[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.pad(x, p)` pads every axis on both sides. For x of shape `(N, C, H, W)` it takes a pair for each axis:
`np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))`.

With p = 1 a batch of shape (2, 3, 4, 4) would become (4, 5, 6, 6): two samples and two channels of zeros more.
""",
    ),
    Mistake(
        name="conv-weight-gradient-of-the-unpadded-image",
        says="dw of Conv2D is computed from the image as it was before padding",
        hint="which array did the windows of forward look at, and which do those of backward?",
        patch=CONV_SEES_THE_IMAGE[0],
        other_patches=CONV_SEES_THE_IMAGE[1:],
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
What a filter saw is what its gradient is made of: windows of the padded image. In the image without its padding the
same place is another window, and the last ones do not fit.

The image `[5, 6]` padded by 1 is `[0, 5, 6, 0]`. The first window of two pixels is `[0, 5]`, not `[5, 6]`.
""",
    ),
    Mistake(
        name="conv-dx-in-room-of-the-image",
        says="dx of Conv2D is collected in an array of the shape of x, where windows need that of the padded image",
        hint="how large is the array that your windows of backward are added into, and how large the padded image?",
        patch=CONV_ROOM_OF_THE_IMAGE[0],
        other_patches=CONV_ROOM_OF_THE_IMAGE[1:],
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Windows lie on the padded image, so what they send back is collected in an array of its shape; then the padding is
cut off. In an array of the shape of x every window stands p rows and columns too far down and to the right.

For 4 pixels and padding 1 there are 6 places to collect in, of which the inner 4 are dx.
""",
    ),
    Mistake(
        name="conv-forward-ends-early",
        says="Conv2D.forward comes to the first sample, filter or row alone: everything else stays 0",
        hint="how far is the return of forward indented?",
        patch=CONV_ENDS_EARLY[0],
        other_patches=CONV_ENDS_EARLY[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A `return` that is indented as far as the body of a loop ends the function in the loop's first round.

`for n in range(N): ...; return out` has computed the first sample, and out is 0 for all others.
""",
    ),
    Mistake(
        name="conv-bias-gradient-a-number",
        says="db of Conv2D is one number: the sum over filters too",
        hint="how many biases are there, and how many numbers has your db?",
        patch=(replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum()"),),
        other_patches=((replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = float(dout.sum())"),),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
Every filter has a bias of its own, so db has a number for each: `dout.sum(axis=(0, 2, 3))`, shape `(F,)`. A sum over
all axes makes every bias move alike.

For two filters with gradients `[1, 2]` and `[10, 20]` db is `[3, 30]`, not 33.
""",
    ),
    Mistake(
        name="conv-bias-gradient-over-other-axes",
        says="db of Conv2D is summed over other axes than samples, rows and columns: its shape is not (F,)",
        hint="which axis of dout are the filters, and is it the one that is left after your sum?",
        patch=(replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(0, 1, 2))"),),
        other_patches=(
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(0, 1, 3))"),),
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(1, 2, 3))"),),
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(2, 3))"),),
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(0, 1))"),),
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(0, 2))"),),
            (replace(CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = dout.sum(axis=(0, 3))"),),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
dout has the shape `(N, F, H', W')`; the bias of a filter is added at every sample, row and column, so its gradient is
the sum over these three, axes 0, 2 and 3. What is left is axis 1, the filters.

`np.ones((2, 3, 4, 5)).sum(axis=(0, 2, 3))` is `[40, 40, 40]`.
""",
    ),
    Mistake(
        name="conv-integers",
        says="Conv2D.forward fills an array of integers: everything after the point is lost",
        hint="of which dtype is the array that you make for the output?",
        patch=(
            replace(
                CONVOLUTION,
                "        return out + self.bias[:, None, None]\n",
                "        return (out + self.bias[:, None, None]).astype(int)\n",
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.zeros(shape, dtype=int)` holds whole numbers, and numpy cuts off what does not fit without a word. Without a dtype
`np.zeros` makes float64.

`a = np.zeros(1, int); a[0] = 0.9` leaves 0 in `a`.
""",
    ),
    Mistake(
        name="conv-weight-gradient-not-kept",
        says="after Conv2D.backward there is no gradient in self.dw",
        hint="under which name does the optimizer look for the gradient of weight?",
        patch=(replace(CONVOLUTION, "        self.dw = dw\n", ""),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The optimizer reads `layer.dw` and `layer.db`. A gradient that is returned, or kept as `self.dW`, is computed for
nobody.

After `layer.backward(dout)`, `layer.dw` has the shape of `layer.weight`.
""",
    ),
    Mistake(
        name="conv-bias-gradient-left-out",
        says="Conv2D.backward computes no db",
        hint="what moves the biases, if not db?",
        patch=(replace(CONVOLUTION, "        self.db = dout.sum(axis=(0, 2, 3))\n", ""),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
A bias is added at every place of its map, so its gradient is the sum of all of dout that belongs to the map.

Without db the biases stay where they started, and an optimizer that reads `layer.db` finds None.
""",
    ),
    Mistake(
        name="conv-dx-averaged",
        says="dx of Conv2D is divided by the number of samples, which the criterion has already done",
        hint="does the gradient of one image depend on how many others are in the batch?",
        patch=(
            replace(
                CONVOLUTION,
                "dpadded[:, :, p : height - p, p : width - p]",
                "dpadded[:, :, p : height - p, p : width - p] / len(dout)",
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
        ),
        teaches="""
The criterion's gradient has the mean over the batch in it already. Layers only hand on what they are given: whoever
divides again makes every layer before it learn N times slower.
""",
    ),
    Mistake(
        name="conv-gradient-left-out-of-dw",
        says="dw of Conv2D sums up what the filter saw, without the gradient of what came of it",
        hint="what is dw where dout is 0 everywhere?",
        patch=(
            replace(
                CONVOLUTION,
                'dw[:, :, i, j] = np.einsum("nohw,nchw->oc", dout, padded[window])',
                'dw[:, :, i, j] = np.einsum("nohw,nchw->oc", np.ones_like(dout), padded[window])',
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
The chain rule: each window contributes what it saw times the gradient of its output. Where dout is 0, nothing is to
be learned, and dw is 0.
""",
    ),
    Mistake(
        name="conv-gradient-left-out-of-dx",
        says="dx of Conv2D sums up filters, without the gradient of what came of them",
        hint="what is dx where dout is 0 everywhere?",
        patch=(
            replace(
                CONVOLUTION,
                'np.einsum("nohw,oc->nchw", dout, self.weight[:, :, i, j])',
                'np.einsum("nohw,oc->nchw", np.ones_like(dout), self.weight[:, :, i, j])',
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
The chain rule: each output sends back its filter times the gradient of that output. Where dout is 0, dx is 0.
""",
    ),
    Mistake(
        name="conv-dx-times-the-stride",
        says="dx of Conv2D is multiplied by the stride",
        hint="how much does an output change when a pixel that it sees changes by 1: does the stride matter?",
        patch=(
            replace(
                CONVOLUTION,
                "dpadded[:, :, p : height - p, p : width - p]",
                "s * dpadded[:, :, p : height - p, p : width - p]",
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
The stride says where windows stand. How strongly a pixel acts on an output is the weight between them, for every
stride.
""",
    ),
    Mistake(
        name="conv-not-padded",
        says="Conv2D.forward counts the windows of the padded image, and cuts them out of the image as it was",
        hint="does the array that your windows come from have padding?",
        patch=CONV_NOT_PADDED[0],
        other_patches=CONV_NOT_PADDED[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
The size of the output belongs to the padded image, and so do the windows. Cut out of the image itself, each stands p
rows and columns too far down and to the right, and the last do not fit.

The image `[5, 6]` with padding 1 and a filter of 2 has the windows `[0, 5]`, `[5, 6]` and `[6, 0]`.
""",
    ),
    Mistake(
        name="conv-rows-for-columns",
        says="Conv2D.forward puts what belongs to row r and column c at row c and column r",
        hint="which index of out is the row, and which of your loops counts rows?",
        patch=CONV_ROWS_FOR_COLUMNS[0],
        other_patches=CONV_ROWS_FOR_COLUMNS[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Arrays of images have rows before columns: `out[n, f, row, column]`. With the two exchanged every map is mirrored at
its diagonal, and one that is not square does not fit.
""",
    ),
    Mistake(
        name="conv-kernel-axes-from-the-channels",
        says="Conv2D.forward takes the number of channels for the height of the filters: weight.shape is misread",
        hint="in which order does weight.shape name filters, channels, rows and columns?",
        patch=CONV_CHANNELS_FOR_ROWS[0],
        other_patches=CONV_CHANNELS_FOR_ROWS[1:],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
        ),
        teaches="""
`weight` has the shape `(out_channels, in_channels, kernel_size, kernel_size)`: `F, C, HH, WW = self.weight.shape`.

For 3 filters on 2 channels with kernels of 5 x 5 that is (3, 2, 5, 5): `F, HH, WW, C` would make the filters 2 rows
high.
""",
    ),
    Mistake(
        name="conv-one-channel-alone",
        says="Conv2D.forward looks at the first channel of the image alone",
        hint="how many of the channels does your window hold?",
        patch=CONV_ONE_CHANNEL[0],
        other_patches=CONV_ONE_CHANNEL[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A filter has a slice for each channel, `weight[f]` of shape `(C, k, k)`, and sees all of them at once: its output is
the sum over channels, rows and columns.
""",
    ),
    Mistake(
        name="conv-bias-along-the-columns",
        says="Conv2D.forward lines the biases up with the columns of the output, not with the filters",
        hint="with which axis of out does numpy line up an array of shape (F,)?",
        patch=(replace(CONVOLUTION, "return out + self.bias[:, None, None]", "return out + self.bias"),),
        other_patches=(
            (replace(CONVOLUTION, "return out + self.bias[:, None, None]", "out += self.bias\n        return out"),),
        ),
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
numpy lines shapes up from the right: `(F,)` meets the columns of `(N, F, H, W)`. As `self.bias[:, None, None]`, of
shape
`(F, 1, 1)`, it meets the filters.
""",
    ),
    Mistake(
        name="conv-kernel-transposed",
        says="Conv2D.forward multiplies with the filter mirrored at its diagonal: rows are taken for columns",
        hint="which pixel of its window does weight[o, c, 0, 1] multiply: the one on the right or the one below?",
        patch=(replace(CONVOLUTION, "seen, self.weight[:, :, i, j])", "seen, self.weight[:, :, j, i])"),),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`weight[o, c, row, column]` belongs to the pixel in that row and column of the window. `.T` or exchanged indices mirror
the filter.

The filter `[[1, 2], [3, 4]]` on the window `[[1, 0], [0, 0]]` gives 1, on `[[0, 1], [0, 0]]` 2, not 3.
""",
    ),
    Mistake(
        name="pool-maximum-over-the-channels",
        says="MaxPooling.forward takes one maximum over all channels",
        hint="how many channels has your window, and how many should it have?",
        patch=(
            replace(
                POOLING,
                "        largest: np.ndarray = values.max(axis=-1)\n",
                "        largest: np.ndarray = values.max(axis=-1)\n"
                "        largest = np.broadcast_to(largest.max(axis=1, keepdims=True), "
                "largest.shape).copy()\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    "        largest: np.ndarray = values.max(axis=-1)\n",
                    "        largest: np.ndarray = values.max(axis=-1)\n"
                    "        largest = np.broadcast_to(largest.max(axis=0, keepdims=True), "
                    "largest.shape).copy()\n",
                ),
            ),
            (
                replace(
                    POOLING,
                    "        largest: np.ndarray = values.max(axis=-1)\n",
                    "        largest: np.ndarray = values.max(axis=-1)\n"
                    "        largest = np.broadcast_to(largest.max(axis=(0, 1), keepdims=True), "
                    "largest.shape).copy()\n",
                ),
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Every channel of every sample is pooled by itself: a window is `x[n, c, rows, columns]`. `x[n, :, rows, columns].max()`
is the same number for all channels.
""",
    ),
    Mistake(
        name="pool-integers",
        says="MaxPooling.forward fills an array of integers: everything after the point is lost",
        hint="of which dtype is the array that you make for the output?",
        patch=(
            replace(
                POOLING,
                "        largest: np.ndarray = values.max(axis=-1)\n",
                "        largest: np.ndarray = values.max(axis=-1).astype(int)\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    "        largest: np.ndarray = values.max(axis=-1)\n",
                    "        largest: np.ndarray = values.max(axis=-1).astype(int).astype(x.dtype)\n",
                ),
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.zeros(shape, dtype=int)` holds whole numbers, and numpy cuts off what does not fit without a word.

`a = np.zeros(1, int); a[0] = 0.9` leaves 0 in `a`.
""",
    ),
    Mistake(
        name="pool-stride-from-kernel-in-backward",
        says="MaxPooling.backward moves its windows by kernel_size, where forward moves them by stride",
        hint="where did the window of output (1, 1) start in forward, and where does it in backward?",
        patch=(
            replace(
                POOLING,
                "np.add.at(dx, (n, c, row * s + winner // k, column * s + winner % k), dout)",
                "np.add.at(dx, (n, c, row * k + winner // k, column * k + winner % k), dout)",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    POOL_BACKWARD_GRADIENT,
                    pool_backward_loops("dout.shape[2]", "dout.shape[3]")
                    .replace("i * s", "i * k")
                    .replace("j * s", "j * k"),
                ),
            ),
        ),
        fails=("pool_backward_overlap", "pool_border"),
        teaches="""
Backward visits the windows of forward: output (r, c) stands for the one that starts at row `r * stride` and column
`c * stride`. Only where windows stand side by side is that `r * kernel_size`.
""",
    ),
    Mistake(
        name="pool-place-in-window-for-place-in-image",
        says="MaxPooling.backward takes the flat index of the maximum within its window for one within the image",
        hint="which shape does argmax number the places of: the window's or the image's?",
        patch=(replace(POOLING, POOL_BACKWARD_GRADIENT, POOL_FLAT),),
        other_patches=((replace(POOLING, POOL_BACKWARD_GRADIENT, POOL_FLAT.replace("] += dout", "] = dout")),),),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
`np.argmax(window)` counts through the k * k places of the window. `np.unravel_index(place, window.shape)` makes a row
and a column of it, to which the window's own start is added.

For 2 x 2 windows place 3 is row 1, column 1; in a row of 6 pixels index 3 is row 0, column 3.
""",
    ),
    Mistake(
        name="pool-forward-ends-early",
        says="MaxPooling.forward comes to the first sample, channel or row alone: everything else stays 0",
        hint="how far is the return of forward indented?",
        patch=(
            replace(
                POOLING,
                "        return largest\n",
                "        out = np.zeros_like(largest)\n        out[:1] = largest[:1]\n        return out\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    "        return largest\n",
                    "        out = np.zeros_like(largest)\n        out[:, :1] = largest[:, :1]\n        return out\n",
                ),
            ),
            (
                replace(
                    POOLING,
                    "        return largest\n",
                    "        out = np.zeros_like(largest)\n        out[:1, :1] = largest[:1, :1]\n        return out\n",
                ),
            ),
            (
                replace(
                    POOLING,
                    "        return largest\n",
                    "        out = np.zeros_like(largest)\n"
                    "        out[:, :, :1] = largest[:, :, :1]\n"
                    "        return out\n",
                ),
            ),
            (
                replace(
                    POOLING,
                    "        return largest\n",
                    "        out = np.zeros_like(largest)\n"
                    "        out[:1, :1, :1] = largest[:1, :1, :1]\n"
                    "        return out\n",
                ),
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A `return` that is indented as far as the body of a loop ends the function in the loop's first round.

`for n in range(N): ...; return out` has computed the first sample, and out is 0 for all others.
""",
    ),
    Mistake(
        name="pool-rows-for-columns",
        says="MaxPooling.forward puts what belongs to row r and column c at row c and column r",
        hint="which index of out is the row, and which of your loops counts rows?",
        patch=(
            replace(
                POOLING,
                "        return largest\n",
                "        out = np.zeros_like(largest)\n"
                "        for row, column in np.ndindex(largest.shape[2:]):\n"
                "            out[:, :, column, row] = largest[:, :, row, column]\n"
                "        return out\n",
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
Arrays of images have rows before columns: `out[n, c, row, column]`. With the two exchanged every map is mirrored at its
diagonal, and one that is not square does not fit.
""",
    ),
    Mistake(
        name="relu-minimum",
        says="ReLU.forward keeps what is negative and replaces the rest by zero",
        hint="what are ReLU(-2) and ReLU(3)?",
        patch=(replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out: np.ndarray = np.minimum(x, 0)"),),
        fails=(
            "relu_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
ReLU(x) = max(0, x): what is positive passes, everything else becomes 0. `np.minimum(x, 0)` and `x * (x < 0)` do the
opposite.
""",
    ),
    Mistake(
        name="relu-clipped-at-one",
        says="ReLU.forward lets nothing above 1 through",
        hint="what is ReLU(3)?",
        patch=(replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out: np.ndarray = np.clip(x, 0, 1)"),),
        fails=(
            "relu_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
ReLU has no upper end: ReLU(3) is 3. What is cut off at 1 has no gradient there, and layers after it cannot tell 2
from 20.
""",
    ),
    Mistake(
        name="relu-yes-or-no",
        says="ReLU.forward returns 1 where its input is positive, and not the input",
        hint="what is ReLU(3)?",
        patch=(replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out: np.ndarray = np.where(x > 0, 1.0, 0.0)"),),
        other_patches=(
            (replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out: np.ndarray = np.where(x > 0, 1, 0)"),),
            (replace(RELU, "out: np.ndarray = np.maximum(x, 0)", "out: np.ndarray = x > 0"),),
        ),
        fails=(
            "relu_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`x > 0` says where the input is positive; ReLU keeps the input there: `x * (x > 0)`, or `np.maximum(x, 0)`.
""",
    ),
    Mistake(
        name="relu-gradient-times-the-input",
        says="dx of ReLU is the gradient times the input, where the input was positive",
        hint="what is the slope of ReLU at 3: 1 or 3?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * np.maximum(x, 0)"),),
        fails=("relu_backward", "net_backward", "training_overfits"),
        teaches="""
The slope of ReLU is 1 wherever the input is positive, however large it is: dx is dout there.

For x = 3 and dout = 2, dx is 2, not 6.
""",
    ),
    Mistake(
        name="linear-flattened-in-another-order",
        says="Linear.forward flattens the batch in another order: numbers of samples or channels get mixed up",
        hint="of which sample is the second row of what you multiply by weight?",
        patch=(replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.reshape(self.in_dim, len(x)).T"),),
        other_patches=(
            (
                replace(
                    LINEAR, "rows = x.reshape(len(x), self.in_dim)", 'rows = x.reshape(len(x), self.in_dim, order="F")'
                ),
            ),
            (replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.T.reshape(len(x), self.in_dim)"),),
        ),
        fails=(
            "linear_forward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`x.reshape(len(x), -1)` keeps each sample together, row by row. `x.reshape(-1, len(x))` has the right number of
numbers in
other places: its transpose takes a bit of every sample into each row.

`[[1, 2], [3, 4], [5, 6]].reshape(2, 3).T` is `[[1, 4], [2, 5], [3, 6]]`.
""",
    ),
    Mistake(
        name="linear-weight-gradient-left-out",
        says="Linear.backward computes no dw",
        hint="under which name does the optimizer look for the gradient of weight?",
        patch=(replace(LINEAR, "        self.dw = x.reshape(len(x), self.in_dim).T @ dout\n", ""),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The optimizer reads `layer.dw` and `layer.db`. A gradient that is returned, or kept as `self.dW`, is computed for
nobody.
""",
    ),
    Mistake(
        name="linear-dx-averaged",
        says="dx of Linear is divided by the number of samples, which the criterion has already done",
        hint="does the gradient of one sample depend on how many others are in the batch?",
        patch=(
            replace(
                LINEAR,
                "self.dx = (dout @ self.weight.T).reshape(x.shape)",
                "self.dx = (dout @ self.weight.T).reshape(x.shape) / len(x)",
            ),
        ),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
The criterion's gradient has the mean over the batch in it already. Layers only hand on what they are given.
""",
    ),
    Mistake(
        name="linear-weight-not-transposed",
        says="Linear.backward multiplies by the weight as it is, where its transpose is needed",
        hint="dout has the shape (N, out_dim) and weight (in_dim, out_dim): which product has the shape (N, in_dim)?",
        patch=(
            replace(
                LINEAR,
                "self.dx = (dout @ self.weight.T).reshape(x.shape)",
                "self.dx = (dout @ self.weight).reshape(x.shape)",
            ),
        ),
        other_patches=(
            (
                replace(
                    LINEAR,
                    "self.dx = (dout @ self.weight.T).reshape(x.shape)",
                    "self.dx = dout.dot(self.weight).reshape(x.shape)",
                ),
            ),
        ),
        fails=("linear_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
        teaches="""
Forward takes `in_dim` numbers to `out_dim`; backward goes the other way: `dout @ weight.T`, shape `(N, in_dim)`.
""",
    ),
    Mistake(
        name="linear-weight-transposed-in-forward",
        says="Linear.forward multiplies by the transpose of weight",
        hint="x has the shape (N, in_dim) and weight (in_dim, out_dim): which product fits?",
        patch=(replace(LINEAR, "return rows @ self.weight + self.bias", "return rows @ self.weight.T + self.bias"),),
        other_patches=(
            (replace(LINEAR, "return rows @ self.weight + self.bias", "return rows.dot(self.weight.T) + self.bias"),),
        ),
        fails=(
            "linear_forward",
            "linear_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`weight` has the shape `(in_dim, out_dim)` here, so the product is `x @ weight`. `nn.Linear` of PyTorch keeps its weight
the other way round.
""",
    ),
    Mistake(
        name="net-classes-as-probabilities",
        says="ConvNet.forward returns the predicted classes in the place of the probabilities",
        hint="which shape have the probabilities of N images and K classes?",
        patch=(
            replace(
                NETWORK,
                "probabilities, loss = self.criterion.forward(x, y)",
                "probabilities, loss = self.criterion.forward(x, y)\n"
                "        probabilities = np.argmax(probabilities, axis=1)",
            ),
        ),
        fails=("net_forward", "training_overfits"),
        teaches="""
The first result is what the criterion returns, shape `(N, K)`. Who wants classes takes argmax of it; from classes
nobody
gets the probabilities back.
""",
    ),
    Mistake(
        name="net-last-layer-not-run",
        says="ConvNet.forward leaves out the last layer",
        hint="how many layers does your loop visit, and how many are there?",
        patch=(
            replace(
                NETWORK,
                "        for layer in self.modules:\n            x =",
                "        for layer in self.modules[:-1]:\n            x =",
            ),
        ),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
`self.modules[:-1]` and `range(len(self.modules) - 1)` end before the last layer, which makes the scores.
""",
    ),
    Mistake(
        name="net-layers-in-reverse",
        says="ConvNet runs its layers from the last to the first in forward",
        hint="which layer sees the images first?",
        patch=(
            replace(
                NETWORK,
                "        for layer in self.modules:\n            x =",
                "        for layer in reversed(self.modules):\n            x =",
            ),
        ),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
Forward goes through the layers in the order of the list; backward is what goes through them from the end.
""",
    ),
    Mistake(
        name="net-backward-starts-at-ones",
        says="ConvNet.backward starts from ones, or from the loss, instead of from the criterion's gradient",
        hint="where does the criterion keep its gradient after its own backward?",
        patch=(replace(NETWORK, "gradient = self.criterion.dx", "gradient = np.ones_like(self.criterion.dx)"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
`self.criterion.backward()` leaves in `self.criterion.dx` by how much the loss changes with each score. That is the dout
of the last layer.
""",
    ),
    Mistake(
        name="velocity-shared-by-weight-and-bias",
        says="SGD takes the velocity of the weight for that of the bias: both share one",
        hint="is what you multiply by momentum for the bias of the shape of the bias?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.momentum * velocity["dw"] - self.learning_rate * layer.db',
            ),
        ),
        other_patches=(
            (
                replace(
                    OPTIMIZER,
                    """\
            velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db
            layer.weight = layer.weight + velocity["dw"]
            layer.bias = layer.bias + velocity["db"]
""",
                    """\
            layer.weight = layer.weight + velocity["dw"]
            velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.db
            layer.bias = layer.bias + velocity["dw"]
""",
                ),
            ),
            (
                replace(
                    OPTIMIZER,
                    'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                    'velocity["db"] = self.momentum * velocity["dw"] - self.learning_rate * layer.db',
                ),
                replace(OPTIMIZER, 'layer.bias = layer.bias + velocity["db"]', 'layer.bias += velocity["db"]'),
            ),
            (
                replace(
                    OPTIMIZER,
                    'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                    'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * '
                    "layer.db\n"
                    '            velocity["db"] = velocity["dw"]',
                ),
            ),
            (
                replace(
                    OPTIMIZER,
                    'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                    'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * '
                    "layer.db\n"
                    '            velocity["db"] = velocity["dw"]',
                ),
                replace(OPTIMIZER, 'layer.bias = layer.bias + velocity["db"]', 'layer.bias += velocity["db"]'),
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Every parameter has a velocity of its own, of its own shape: one for `weight` and one for `bias` of each layer.
""",
    ),
    Mistake(
        name="bias-by-the-gradient-of-the-weight",
        says="SGD moves the bias by dw, the gradient of the weight",
        hint="by which gradient does the bias move?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.dw',
            ),
        ),
        other_patches=(
            (
                replace(
                    OPTIMIZER,
                    'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                    'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.dw',
                ),
                replace(OPTIMIZER, 'layer.bias = layer.bias + velocity["db"]', 'layer.bias += velocity["db"]'),
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`layer.dw` belongs to `layer.weight`, `layer.db` to `layer.bias`: a line that was copied for the bias has three names
to change.
""",
    ),
    Mistake(
        name="velocity-of-the-step-before",
        says="SGD moves by the velocity of the step before, and updates the velocity afterwards",
        hint="by what does the very first step move the parameters?",
        patch=(
            replace(
                OPTIMIZER,
                '            velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate '
                "* layer.dw\n"
                '            velocity["db"] = self.momentum * velocity["db"] - self.learning_rate '
                "* layer.db\n"
                '            layer.weight = layer.weight + velocity["dw"]\n'
                '            layer.bias = layer.bias + velocity["db"]\n',
                '            layer.weight = layer.weight + velocity["dw"]\n'
                '            layer.bias = layer.bias + velocity["db"]\n'
                '            velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate '
                "* layer.dw\n"
                '            velocity["db"] = self.momentum * velocity["db"] - self.learning_rate '
                "* layer.db\n",
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
First `v = momentum * v - learning_rate * gradient`, then `w = w + v`. The other way round the first step moves
nothing, and
each gradient acts one step late.
""",
    ),
    Mistake(
        name="velocity-without-momentum-factor",
        says="SGD adds up all steps without multiplying the velocity by momentum",
        hint="what is left of a gradient in the velocity after ten steps?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
                'velocity["dw"] = velocity["dw"] - self.learning_rate * layer.dw',
            ),
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = velocity["db"] - self.learning_rate * layer.db',
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
The factor momentum, below 1, makes the velocity forget: after t steps a gradient counts momentum**t. Without it every
gradient counts for ever, and the parameters overshoot.
""",
    ),
    Mistake(
        name="momentum-on-the-parameter",
        says="SGD multiplies the parameter by momentum, where the velocity is to be multiplied by it",
        hint="what does momentum multiply in your formula?",
        patch=(
            replace(
                OPTIMIZER,
                'layer.weight = layer.weight + velocity["dw"]',
                "layer.weight = self.momentum * layer.weight - self.learning_rate * layer.dw",
            ),
            replace(
                OPTIMIZER,
                'layer.bias = layer.bias + velocity["db"]',
                "layer.bias = self.momentum * layer.bias - self.learning_rate * layer.db",
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
The velocity is what is remembered: `v = momentum * v - learning_rate * gradient`; the parameter is moved by it,
`w = w + v`, and shrinks by nothing.
""",
    ),
    Mistake(
        name="conv-filters-reversed",
        says="Conv2D.forward multiplies windows by weight.T, of which all axes are in reverse order",
        hint="which shape has weight[f].T for a filter of shape (C, k, k)?",
        patch=CONV_FILTERS_REVERSED[0],
        other_patches=CONV_FILTERS_REVERSED[1:2],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`.T` turns the order of all axes around: `(C, k, k)` becomes `(k, k, C)`. A window has the shape of the filter as it
is, and
the two are multiplied number by number.
""",
    ),
    Mistake(
        name="conv-every-bias-at-once",
        says="Conv2D.forward adds the whole array of biases where the bias of one filter belongs",
        hint="which bias belongs to filter f?",
        patch=CONV_ALL_BIASES_AT_ONCE[0],
        fails=(
            "conv_forward",
            "conv_backward",
            "conv_forward_stride",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A place of a map is one number: `np.sum(window * self.weight[f]) + self.bias[f]`. With `self.bias` for `self.bias[f]` it
would be as many numbers as there are filters, which do not fit.
""",
    ),
    Mistake(
        name="conv-matrix-product",
        says="Conv2D.forward multiplies windows and filters as matrices, not number by number",
        hint="what is [[1, 2], [3, 4]] * [[1, 0], [0, 1]], and what is it with @?",
        patch=CONV_MATRIX_PRODUCT[0],
        other_patches=CONV_MATRIX_PRODUCT[1:],
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
A filter says for each pixel of the window how much it counts: `(window * filter).sum()`. `@` and `np.dot` multiply
rows by
columns, which is another sum.
""",
    ),
    Mistake(
        name="conv-bias-inside-the-sum",
        says="Conv2D.forward adds the bias to every product, before they are summed",
        hint="how often is the bias added for a 3 x 3 filter on two channels?",
        patch=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "return out + self.bias[:, None, None] * self.weight[0].size",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "return out + self.bias[:, None, None]",
                    "return out + self.bias[:, None, None] * k * k",
                ),
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.sum(window * weight + bias)` adds the bias once for each product, `np.sum(window * weight) + bias` once for each
window,
as it should be.
""",
    ),
    Mistake(
        name="conv-axes-in-another-order",
        says="the output of Conv2D.forward has its axes in another order than (N, F, H', W')",
        hint="which axis of your output are the filters?",
        patch=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "return (out + self.bias[:, None, None]).transpose(0, 2, 3, 1)",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "return out + self.bias[:, None, None]",
                    "return (out + self.bias[:, None, None]).transpose(1, 0, 2, 3)",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    "return out + self.bias[:, None, None]",
                    "return (out + self.bias[:, None, None]).transpose(1, 2, 3, 0)",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    "return out + self.bias[:, None, None]",
                    "return (out + self.bias[:, None, None]).transpose(2, 3, 0, 1)",
                ),
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
What `np.tensordot` and `np.einsum` give has its axes where the call puts them; `transpose` brings them to `(N, F, H',
W')`.
""",
    ),
    Mistake(
        name="conv-padded-twice",
        says="Conv2D.backward pads what forward has cached padded already",
        hint="is what forward keeps in the cache padded?",
        patch=(
            replace(
                CONVOLUTION,
                "        padded = self.cache\n",
                "        padded = np.pad(self.cache, ((0, 0), (0, 0), (self.padding,) * 2, (self.padding,) * 2))\n",
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
Either forward keeps x and backward pads it, or forward keeps the padded image and backward uses it as it is. Padded
twice
every window stands too far up and to the left.
""",
    ),
    Mistake(
        name="conv-dx-of-the-last-windows",
        says="dx of Conv2D has the last window of each row, or the last row, alone: a line stands outside its loop",
        hint="in which of your loops does the line stand that adds to dx?",
        patch=(
            replace(
                CONVOLUTION,
                'dpadded[window] += np.einsum("nohw,oc->nchw", dout,',
                'dpadded[window] += np.einsum("nohw,oc->nchw", dout * '
                "np.isin(np.indices(dout.shape)[3], [out_width - 1]),",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout,',
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout * '
                    "np.isin(np.indices(dout.shape)[2], [out_height - 1]),",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout,',
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout * '
                    "np.isin(np.indices(dout.shape)[1], [len(self.weight) - 1]),",
                ),
            ),
            (
                replace(
                    CONVOLUTION,
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout,',
                    'dpadded[window] += np.einsum("nohw,oc->nchw", dout * '
                    "np.isin(np.indices(dout.shape)[0], [len(dout) - 1]),",
                ),
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
        ),
        teaches="""
A line that is indented one level too little runs after the inner loop, with the indices that were its last.
""",
    ),
    Mistake(
        name="conv-bias-gradient-a-count",
        says="db of Conv2D counts places, where it should add up their gradients",
        hint="what is db where dout is 0 everywhere?",
        patch=(
            replace(
                CONVOLUTION, "self.db = dout.sum(axis=(0, 2, 3))", "self.db = np.ones_like(dout).sum(axis=(0, 2, 3))"
            ),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
A bias is added with factor 1, so each place contributes its gradient times 1: db is the sum of dout, not the number of
places.
""",
    ),
    Mistake(
        name="pool-place-for-maximum",
        says="MaxPooling.forward returns where the maximum stands, and not the maximum",
        hint="what does np.argmax([5, 9]) give, and what np.max([5, 9])?",
        patch=(
            replace(
                POOLING,
                "        largest: np.ndarray = values.max(axis=-1)\n",
                "        largest: np.ndarray = values.argmax(axis=-1)\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    POOLING,
                    "        largest: np.ndarray = values.max(axis=-1)\n",
                    "        largest: np.ndarray = values.argmax(axis=-1).astype(x.dtype)\n",
                ),
            ),
        ),
        fails=(
            "pool_forward",
            "pool_forward_windows",
            "pool_border",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`np.argmax` gives a place, which backward needs; `np.max` gives the value, which forward returns.
""",
    ),
    Mistake(
        name="pool-maximum-as-gradient",
        says="dx of MaxPooling holds the maxima themselves, where the gradient of each window belongs",
        hint="what is dx where dout is 0 everywhere?",
        patch=(
            replace(POOLING, POOL_BACKWARD_GRADIENT, POOL_BACKWARD_GRADIENT.replace("% k), dout)", "% k), largest)")),
            replace(
                POOLING,
                "self.cache = x.shape, values.argmax(axis=-1)",
                "self.cache = x.shape, values.argmax(axis=-1), values.max(axis=-1)",
            ),
            replace(POOLING, "shape, winner = self.cache", "shape, winner, largest = self.cache"),
        ),
        fails=(
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_backward",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
The pixel that was the maximum gets the window's gradient: `dx[...] += dout[n, c, i, j]`. What it was itself has done
its
part in forward.
""",
    ),
    Mistake(
        name="pool-dx-of-the-output",
        says="dx of MaxPooling has the shape of dout, where it needs that of x",
        hint="which shape has the input of the layer, and which shape has dout?",
        patch=(
            replace(
                POOLING,
                POOL_BACKWARD_GRADIENT,
                pool_backward_loops("dout.shape[2]", "dout.shape[3]").replace(
                    "np.zeros(shape, dout.dtype)", "np.zeros_like(dout)"
                ),
            ),
        ),
        fails=(
            "pool_backward",
            "pool_backward_overlap",
            "pool_border",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
dx belongs to x, pixel by pixel: it is collected in `np.zeros_like(x)`. dout has one number for each window.
""",
    ),
    Mistake(
        name="pool-gradient-to-the-minimum",
        says="MaxPooling.backward gives the gradient to the smallest value of each window",
        hint="which pixel of the window did forward return?",
        patch=(
            replace(
                POOLING, "self.cache = x.shape, values.argmax(axis=-1)", "self.cache = x.shape, values.argmin(axis=-1)"
            ),
        ),
        fails=("pool_backward", "pool_backward_overlap", "pool_border", "net_backward", "training_overfits"),
        teaches="""
The gradient goes to the pixel whose value was passed on: the largest one, `np.argmax`.
""",
    ),
    Mistake(
        name="relu-mask-of-another-threshold",
        says="ReLU.backward lets the gradient through from another value on than 0",
        hint="what is the slope of ReLU at 0.5?",
        patch=(replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * (x > 1)"),),
        other_patches=(
            (replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * (x > 0.5)"),),
            (replace(RELU, "self.dx = dout * (x > 0)", "self.dx = dout * (x > -1)"),),
        ),
        fails=("relu_backward", "net_backward", "training_overfits"),
        teaches="""
ReLU has slope 1 wherever its input is positive, also where it is small: the mask is `x > 0`.
""",
    ),
    Mistake(
        name="linear-dx-transposed",
        says="dx of Linear is the transposed product, brought into shape by reshape",
        hint="which shape has weight @ dout.T: (N, in_dim) or (in_dim, N)?",
        patch=(
            replace(
                LINEAR,
                "self.dx = (dout @ self.weight.T).reshape(x.shape)",
                "self.dx = (self.weight @ dout.T).reshape(x.shape)",
            ),
        ),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
`weight @ dout.T` has the shape `(in_dim, N)`. reshape leaves all numbers in order and makes rows of what were columns;
`dout @ weight.T` has the shape `(N, in_dim)` by itself.
""",
    ),
    Mistake(
        name="linear-dw-of-the-images",
        says="dw of Linear is computed from x as it came, which was not flattened",
        hint="which shape has x.T for x of shape (N, 3, 2, 2)?",
        patch=(replace(LINEAR, "self.dw = x.reshape(len(x), self.in_dim).T @ dout", "self.dw = np.dot(x.T, dout)"),),
        other_patches=(
            (replace(LINEAR, "self.dw = x.reshape(len(x), self.in_dim).T @ dout", "self.dw = x.T @ dout"),),
        ),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
Forward multiplied the flattened batch by weight, so dw is made of it too: `x.reshape(len(x), -1).T @ dout`.
""",
    ),
    Mistake(
        name="linear-bias-gradient-a-mean-number",
        says="db of Linear is one number: the mean over samples and outputs",
        hint="how many biases are there, and how many numbers has your db?",
        patch=(replace(LINEAR, "self.db = dout.sum(axis=0)", "self.db = np.mean(dout)"),),
        fails=("linear_backward", "net_backward", "training_overfits"),
        teaches="""
Every output has a bias of its own, so db has a number for each: `dout.sum(axis=0)`, shape `(out_dim,)`.
""",
    ),
    Mistake(
        name="linear-batch-flattened",
        says="Linear.forward flattens the whole batch into one row",
        hint="which shape has x.flatten() for x of shape (N, 3, 2, 2)?",
        patch=(replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.flatten()"),),
        other_patches=((replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.reshape(1, -1)"),),),
        fails=(
            "linear_forward",
            "linear_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`x.flatten()` puts all samples into one row. `x.reshape(len(x), -1)` makes a row of each.
""",
    ),
    Mistake(
        name="net-backward-uphill",
        says="ConvNet.backward starts from minus the criterion's gradient",
        hint="which of the two takes care of the sign: backward, or the optimizer?",
        patch=(replace(NETWORK, "gradient = self.criterion.dx", "gradient = -self.criterion.dx"),),
        fails=("net_backward", "training_overfits"),
        teaches="""
Gradients point uphill, as they are: it is the optimizer that subtracts them. With a minus here every step makes the
loss
larger.
""",
    ),
    Mistake(
        name="net-classes-to-the-criterion",
        says="ConvNet.forward gives the criterion predicted classes, where it takes scores",
        hint="which shape has x of SoftmaxCrossEntropy.forward(x, y)?",
        patch=(replace(NETWORK, "self.criterion.forward(x, y)", "self.criterion.forward(np.argmax(x, axis=1), y)"),),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
The criterion takes the scores of the last layer, shape `(N, K)`. From classes no loss can be computed that has a
gradient.
""",
    ),
    Mistake(
        name="net-criterion-of-the-images",
        says="ConvNet.forward gives the criterion the images, where it takes what the last layer returned",
        hint="what does x hold behind your loop over the layers, and what is handed to the criterion?",
        patch=(
            replace(
                NETWORK,
                "            x = layer.forward(x)\n",
                "            scores = layer.forward(x if layer is self.modules[0] else scores)\n",
            ),
        ),
        fails=("net_forward", "net_backward", "training_overfits"),
        teaches="""
Each layer's output is the next one's input, and the last one's is the criterion's: scores of shape (N, K). The images
are of shape (N, C, H, W) and have no column for each class.
""",
    ),
    Mistake(
        name="net-linear-the-wrong-way-round",
        says="ConvNet builds Linear with out_dim first and in_dim second",
        hint="in which order does Linear take its arguments?",
        patch=(
            replace(
                NETWORK,
                '            self.modules.append(kinds[definition["type"]](**arguments))\n',
                '            if definition["type"] == "Linear":\n'
                '                arguments = {"in_dim": arguments["out_dim"], "out_dim": '
                'arguments["in_dim"]}\n'
                '            self.modules.append(kinds[definition["type"]](**arguments))\n',
            ),
            replace(LINEAR, "rows = x.reshape(len(x), self.in_dim)", "rows = x.reshape(len(x), -1)"),
            replace(LINEAR, "x.reshape(len(x), self.in_dim).T", "x.reshape(len(x), -1).T"),
        ),
        fails=("net_build",),
        teaches="""
`Linear(in_dim, out_dim)`: by name, or in this order.
""",
    ),
    Mistake(
        name="learning-rate-on-the-velocity-kept",
        says="SGD multiplies the kept velocity by the learning rate in every step, so that the past is as good as lost",
        hint="what is your velocity multiplied by from one step to the next?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["dw"] = self.momentum * velocity["dw"] - self.learning_rate * layer.dw',
                'velocity["dw"] = self.learning_rate * (self.momentum * velocity["dw"] - layer.dw)',
            ),
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'velocity["db"] = self.learning_rate * (self.momentum * velocity["db"] - layer.db)',
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
`v = momentum * v - learning_rate * gradient`: the learning rate belongs to the gradient alone. With brackets around
both the
velocity shrinks by it each time.
""",
    ),
    Mistake(
        name="velocity-of-the-bias-under-the-weight",
        says="SGD stores the velocity of the bias under the name of the weight's",
        hint="under which name do you read the velocity that you have just stored?",
        patch=(
            replace(
                OPTIMIZER,
                'velocity["db"] = self.momentum * velocity["db"] - self.learning_rate * layer.db',
                'moved = self.momentum * velocity["db"] - self.learning_rate * layer.db',
            ),
            replace(
                OPTIMIZER,
                'layer.bias = layer.bias + velocity["db"]',
                'layer.bias = layer.bias + moved\n            velocity["dw"] = moved',
            ),
        ),
        fails=("sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
What one step stores the next one reads: both under the same name, and weight and bias under names of their own.
""",
    ),
    Mistake(
        name="conv-padding-left-out",
        says="Conv2D.forward does not pad the image, whatever the padding is",
        hint="where in forward is padding used, and how many windows has an image of 4 rows at padding 1?",
        patch=(
            replace(CONVOLUTION, "padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))", "padded = x"),
            replace(CONVOLUTION, "out_height = (height + 2 * p - k)", "out_height = (height - k)"),
            replace(CONVOLUTION, "out_width = (width + 2 * p - k)", "out_width = (width - k)"),
            replace(CONVOLUTION, "self.cache = padded", "self.cache = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))"),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`padding` rows and columns of zeros stand around the image before a filter looks at it: `np.pad(x, ((0, 0), (0, 0),
(p, p), (p, p)))`. They count in the size of the output, too: `(H + 2 * padding - kernel_size) // stride + 1`.

4 rows, padding 1 and a kernel of 3 give 4 windows, not 2.
""",
    ),
    Mistake(
        name="conv-output-reshaped",
        says="Conv2D.forward reshapes a matrix of results to (N, F, H', W') whose columns are not in that order",
        hint="which numbers lie beside each other in memory: those of one filter, or those of one place?",
        patch=(
            replace(
                CONVOLUTION,
                "return out + self.bias[:, None, None]",
                "return (out + self.bias[:, None, None]).transpose(0, 2, 3, 1).reshape(out.shape)",
            ),
        ),
        other_patches=(
            (
                replace(
                    CONVOLUTION,
                    "return out + self.bias[:, None, None]",
                    "return (out + self.bias[:, None, None]).transpose(1, 0, 2, 3).reshape(out.shape)",
                ),
            ),
        ),
        fails=(
            "conv_forward",
            "conv_forward_stride",
            "conv_shapes",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
`reshape` keeps the order of the numbers. A product of windows and filters has a row for each place and a column for
each filter: `reshape(N, H', W', F)` says what it is, and `transpose(0, 3, 1, 2)` then moves the filters to the front.

Two places and the filters a and b: `[[a1, b1], [a2, b2]]`. Reshaped to a row for each filter it still reads
`[a1, b1]`, `[a2, b2]`; asked are `[a1, a2]` and `[b1, b2]`.
""",
    ),
    Mistake(
        name="conv-weight-gradient-reshaped",
        says="Conv2D.backward reshapes dw where it should transpose it first",
        hint="does the matrix that you reshape have a row for each filter, or a column?",
        patch=(replace(CONVOLUTION, "self.dw = dw\n", "self.dw = dw.reshape(len(dw), -1).T.reshape(dw.shape)\n"),),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
`reshape` keeps the order of the numbers, `.T` does not. The product of windows, turned, and dout has a column for each
filter: it has to be transposed before it is reshaped to (F, C, k, k).
""",
    ),
    Mistake(
        name="conv-bias-gradient-with-an-axis-too-many",
        says="db of Conv2D has an axis too many",
        hint="which shape has the bias, and what does keepdims keep?",
        patch=(replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(0, 2, 3)).reshape(-1, 1)"),),
        other_patches=(
            (replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(0, 2, 3)).reshape(1, -1)"),),
            (replace(CONVOLUTION, "dout.sum(axis=(0, 2, 3))", "dout.sum(axis=(0, 2, 3), keepdims=True)"),),
        ),
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "net_backward",
            "training_overfits",
        ),
        teaches="""
A gradient has the shape of what it is the gradient of: `(out_channels,)`. An axis too many does not go away in the
update: `bias + v` then has it as well.
""",
    ),
    Mistake(
        name="relu-leaks-both-ways",
        says="ReLU lets a part of negative values through, and of their gradients: that is a leaky ReLU",
        hint="what are ReLU(-2) and the slope there?",
        patch=(
            replace(RELU, "np.maximum(x, 0)", "np.maximum(x, 0.01 * x)"),
            replace(RELU, "dout * (x > 0)", "np.where(x > 0, dout, 0.01 * dout)"),
        ),
        fails=(
            "relu_forward",
            "relu_backward",
            "net_forward",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
            "training_overfits",
        ),
        teaches="""
ReLU is `max(0, x)`: everything below zero becomes exactly zero, and so does its gradient. The leaky variant
`max(0.01 x, x)` is another function with another derivative.
""",
        other_patches=(
            (
                replace(RELU, "np.maximum(x, 0)", "np.maximum(x, 0.1 * x)"),
                replace(RELU, "dout * (x > 0)", "np.where(x > 0, dout, 0.1 * dout)"),
            ),
        ),
    ),
    Mistake(
        name="sgd-last-layer-left-out",
        says="SGD does not update the last layer",
        hint="which layers does model.modules[:-1] leave out, and range(len(modules) - 1)?",
        patch=(
            replace(
                OPTIMIZER,
                "for index, layer in enumerate(model.modules):",
                "for index, layer in enumerate(model.modules[:-1]):",
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "sgd_rate", "training_overfits"),
        teaches="""
Every layer that has a weight is updated, the last one above all: `range(len(modules))` and `enumerate(modules)` go
through all of them.
""",
    ),
    Mistake(
        name="sgd-ends-at-a-layer-without-weights",
        says="SGD stops at the first layer that has no weight, where it should go on with the next",
        hint="what is the difference between break, return and continue?",
        patch=(
            replace(
                OPTIMIZER,
                '            if not hasattr(layer, "weight"):\n                continue\n',
                '            if not hasattr(layer, "weight"):\n                break\n',
            ),
        ),
        fails=("sgd_step", "sgd_momentum", "training_overfits"),
        teaches="""
ReLU and MaxPooling have nothing to update. `continue` goes on with the next layer, `break` and `return` leave all
that come after them as they are.
""",
    ),
    Mistake(
        name="conv-dx-as-if-the-stride-were-one",
        says="dx of Conv2D is the full convolution of dout with the turned filter, which is right at stride 1 alone",
        hint="how far apart are the pixels at which two outputs beside each other begin to look?",
        patch=(
            replace(
                CONVOLUTION,
                "        self.dx = dpadded[:, :, p : height - p, p : width - p]\n",
                """\
        spread = np.pad(dout, ((0, 0), (0, 0), (k - 1, k - 1), (k - 1, k - 1)))
        windows = np.lib.stride_tricks.sliding_window_view(spread, (k, k), axis=(2, 3))
        full = np.einsum("nohwij,ocij->nchw", windows, self.weight[:, :, ::-1, ::-1])
        self.dx = full[:, :, p : height - p, p : width - p]
""",
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
At stride 1 dx is dout, padded by `kernel_size - 1`, convolved with the turned filter. At a larger stride outputs beside
each other look at pixels that are `stride` apart: `stride - 1` rows and columns of zeros have to be put between the
entries of dout first. Then dx has the size of x again, too.
""",
    ),
    Mistake(
        name="conv-dout-at-the-pixel",
        says="Conv2D.backward looks dout up at the pixel where a window begins, not at the number of the window",
        hint="at stride 2 and three windows in a row, which indices into dout does your loop use?",
        patch=(
            replace(
                CONVOLUTION,
                "        dw = np.zeros_like(self.weight)\n",
                """\
        dw = np.zeros_like(self.weight)
        dout = np.stack([[dout[:, :, r * s, c * s] for c in range(out_width)] for r in range(out_height)])
        dout = dout.transpose(2, 3, 0, 1)
""",
            ),
        ),
        fails=("conv_backward_stride", "conv_backward_border"),
        teaches="""
Window (r, c) begins at pixel `(r * stride, c * stride)` of the padded image, and its gradient is `dout[..., r, c]`: two
pairs of indices, the same at stride 1 alone.
""",
    ),
    Mistake(
        name="pool-maxima-a-pixel-apart",
        says="MaxPooling.backward looks for maxima in windows that start one pixel apart, whatever the stride",
        hint="which pixels did output (0, 1) look at in forward when the stride was 2?",
        patch=(
            replace(
                POOLING, "row * s + winner // k, column * s + winner % k", "row + winner // k, column + winner % k"
            ),
            replace(
                POOLING,
                "self.cache = x.shape, values.argmax(axis=-1)",
                """seen = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
        seen = seen[:, :, : values.shape[2], : values.shape[3]].reshape(values.shape)
        self.cache = x.shape, seen.argmax(axis=-1)""",
            ),
        ),
        fails=("pool_backward", "pool_border", "net_backward", "training_overfits"),
        teaches="""
Window (r, c) begins at pixel `(r * stride, c * stride)`, in backward as in forward. In windows that begin at `(r, c)`
other pixels are the largest, and the gradients end up in the upper left part of the image.
""",
    ),
)
