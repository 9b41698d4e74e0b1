"""What students get wrong in `convnet`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Mistake, replace

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
            "layers_again",
            "layers_keep_arguments",
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
        fails=("conv_forward_stride", "layers_again", "layers_keep_arguments"),
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
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_shapes",
            "net_backward",
            "layers_again",
            "layers_keep_arguments",
        ),
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
            "layers_again",
            "layers_keep_arguments",
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
            "layers_again",
            "layers_keep_arguments",
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
        fails=("conv_backward_stride", "conv_backward_border", "layers_again", "layers_keep_arguments"),
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
            "layers_again",
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
            "layers_again",
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
            "layers_again",
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
        says="dw of Conv2D is added to the dw of the call before, and never starts from zero again",
        hint="what is in dw when backward begins for the second time?",
        patch=(replace(CONVOLUTION, "self.dw = dw\n", "self.dw = dw if self.dw is None else self.dw + dw\n"),),
        fails=("layers_again", "training_overfits"),
        teaches="""
`self.dw += ...` inside the loops of backward is right only if `self.dw` is zero when the loops begin. Zeroed in the
constructor, it is zero for the first batch; from the second on it carries the gradients of all batches before, at
weights that are no longer there. Start every backward with `self.dw = np.zeros_like(self.weight)`.

Two batches with the gradients 1 and 2: the second backward should leave 2, not 3.
""",
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
        says="the first weights of Linear are not scaled down by 1e-3",
        hint="how large is a typical first weight, and how large should it be?",
        patch=(replace(LINEAR, "self.weight = 1e-3 * np.random.randn(in_dim", "self.weight = np.random.randn(in_dim"),),
        fails=("net_build", "net_criterion"),
        teaches="""
A sum of 8192 inputs times weights of size 1 is about 90 times as large as one input: softmax then is certain of some
class, mostly a wrong one, and the first loss is tens instead of `log(10) = 2.3`. Scaled by 1e-3 the first scores are
near zero and all classes about equally probable.
""",
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
`argmax` of a window gives one number that counts row by row: in a window of width k, flat index q stands in row
`q // k` and column `q % k`. `np.unravel_index(q, (k, k))` says the same.

In `[[1, 9], [3, 2]]` the maximum has the flat index 1: row 0, column 1. Swapped, the gradient would go to the 3.
""",
    ),
    Mistake(
        name="pool-overlap-overwritten",
        says="where one pixel is the maximum of several windows, dx of MaxPooling keeps the gradient of the last alone",
        hint="what does dx[r, c] hold after two windows have the same maximum: the sum, or what was written last?",
        patch=(
            replace(
                POOLING,
                "np.add.at(dx, (n, c, row * s + winner // k, column * s + winner % k), dout)",
                "dx[n, c, row * s + winner // k, column * s + winner % k] = dout",
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
        says="ReLU.forward lets a hundredth of negative values through: that is a leaky ReLU",
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
    ),
    Mistake(
        name="relu-mask-from-the-gradient",
        says="ReLU.backward looks at the sign of the incoming gradient instead of the sign of the input",
        hint="at which point is the derivative of ReLU taken: at x or at dout?",
        patch=(replace(RELU, "dout * (x > 0)", "dout * (dout > 0)"),),
        fails=("relu_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
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
        fails=("relu_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
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
        name="linear-dx-flat",
        says="dx of Linear has the shape of the flattened batch instead of the shape of the input",
        hint="which shape did x have before you flattened it, and who gets dx next?",
        patch=(replace(LINEAR, "(dout @ self.weight.T).reshape(x.shape)", "dout @ self.weight.T"),),
        fails=("linear_backward", "net_backward", "layers_again", "layers_keep_arguments", "training_overfits"),
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
        fails=("linear_backward", "net_backward", "layers_again", "training_overfits"),
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
        fails=("linear_backward", "net_backward", "layers_again", "training_overfits"),
        teaches="""
The loss is a mean over the batch, so a factor 1/N belongs into the gradient: once. `SoftmaxCrossEntropy.backward`
puts it in, and it reaches every layer through `dout`. A layer that divides again makes its steps N times too small.

Two samples with `x = [[3], [5]]` and `dout = [[1], [1]]` give `dw = [[8]]`, not `[[4]]`.
""",
    ),
    Mistake(
        name="linear-bias-gradient-averaged",
        says="db of Linear is the mean over the samples where it should be the sum",
        hint="is the bias added to one sample or to each, and do their gradients add up or average out?",
        patch=(replace(LINEAR, "dout.sum(axis=0)", "dout.mean(axis=0)"),),
        fails=("linear_backward", "net_backward", "layers_again", "training_overfits"),
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
        fails=(
            "conv_backward",
            "conv_backward_stride",
            "conv_backward_no_padding",
            "conv_backward_border",
            "conv_shapes",
            "layers_again",
            "layers_keep_arguments",
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
        fails=("pool_backward_overlap", "pool_border"),
        teaches="""
The number of windows depends on three sizes: `(H - kernel_size) // stride + 1`. `H // stride` is the same only while
windows lie side by side and nothing is left over.

4 rows, 3 x 3 windows, stride 1: 2 windows, not 4. 5 rows, 2 x 2 windows, stride 3: 2 windows, not 1.
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
        says="MaxPooling.forward makes room for W' rows and H' columns, in that order",
        hint="which of the two is x.shape[2], and which axis of the output does it belong to?",
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
        patch=(
            replace(
                CONVOLUTION,
                CONV_BACKWARD_LOOP,
                CONV_BACKWARD_LOOP.replace(
                    "        for i in",
                    "        seen, out_width = dout[:, :, :, :out_height], out_height\n        for i in",
                    1,
                ).replace("dout,", "seen,"),
            ),
        ),
        fails=("conv_shapes",),
        teaches="""
`range(out_height)` in both loops is right for square images only. Of an output of 2 rows and 5 columns the last three
columns then send nothing back: their pixels get no gradient, and dw lacks their part.
""",
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
        fails=("conv_backward_stride", "conv_backward_border", "layers_again", "layers_keep_arguments"),
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
)
