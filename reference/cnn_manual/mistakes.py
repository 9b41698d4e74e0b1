"""What students get wrong in `cnn_manual`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Mistake, replace

FILE = "cnn_manual.py"

OUTPUTS = "outputs = torch.relu(outputs + self._bias)"
PRODUCT = "outputs += under @ self._kernel[i, j]"
EXTENTS = "rows, columns = ((extent - size) // stride + 1 for extent in inputs.shape[1:3])"
MASKED = "gradient = outputs_gradient * (outputs > 0)"
BIAS = "bias_gradient = gradient.sum(dim=(0, 1, 2))"
KERNEL = 'kernel_gradient[i, j] = torch.einsum("nhwc,nhwf->cf", inputs[:, down, across], gradient)'
INPUTS = "inputs_gradient[:, down, across] += gradient @ self._kernel[i, j].T"
PLACES = "down, across = slice(i, i + stride * rows, stride), slice(j, j + stride * columns, stride)"
RETURNED = "return inputs_gradient, [self._kernel, self._bias], [kernel_gradient, bias_gradient]"
END = f"            {INPUTS}\n"

FORWARD = ("forward_values", "forward_stride", "forward_rectangle", "forward_small")
GRADIENTS = ("gradients_stride", "gradients_borders", "gradients_small")
BOTH = ("kernel_gradient", "inputs_gradient", *GRADIENTS)
TOGETHER = ("several_layers", "one_epoch")
SPREAD_LINES = """\
        wide = torch.zeros(len(gradient), rows * stride, columns * stride, self._filters)
        wide[:, ::stride, ::stride] = gradient
        wide = torch.nn.functional.pad(wide, (0, 0, size - 1, size - 1, size - 1, size - 1))
        if wide.shape[1] != inputs.shape[1] + size - 1:
            wide = wide[:, : 1 - stride, : 1 - stride]
        for i, j in itertools.product(range(size), repeat=2):
            under = wide[:, i : wide.shape[1] - size + 1 + i, j : wide.shape[2] - size + 1 + j]
            inputs_gradient += under @ self._kernel[size - 1 - i, size - 1 - j].T
"""

MISTAKES = (
    Mistake(
        name="no-relu-forward",
        says="forward returns the convolution without ReLU",
        hint="which is the smallest number that your outputs may hold?",
        patch=(replace(FILE, OUTPUTS, "outputs = outputs + self._bias"),),
        fails=(*FORWARD, "several_layers"),
        teaches="""
The layer of this assignment is a convolution **and** the activation behind it: `outputs = max(0, convolution +
bias)`. An output of -0.7 shows that ReLU is missing. In `backward` the same outputs tell where ReLU let something
pass, so that without it there the mask `outputs > 0` is of something else.
""",
    ),
    Mistake(
        name="no-bias",
        says="forward adds no bias",
        hint="what comes out for an image of zeros?",
        patch=(replace(FILE, OUTPUTS, "outputs = torch.relu(outputs)"),),
        fails=(*FORWARD, "several_layers"),
        teaches="""
Each filter has one number of its own that is added at every place: of an image of zeros ReLU of the bias is left.
Since the bias begins at zero the fault stays unseen in the first step of training, and in every comparison with fresh
layers.
""",
    ),
    Mistake(
        name="bias-after-relu",
        says="forward adds the bias behind ReLU",
        hint="can an output of yours be negative?",
        patch=(replace(FILE, OUTPUTS, "outputs = torch.relu(outputs) + self._bias"),),
        fails=(*FORWARD, *TOGETHER),
        teaches="""
The bias moves the threshold at which ReLU begins to pass something; behind ReLU it only moves what has passed. With a
convolution of -1 and a bias of 2 the output is `relu(-1 + 2) = 1`, and not `relu(-1) + 2 = 2`.
""",
    ),
    Mistake(
        name="bias-in-every-product",
        says="forward adds the bias inside the sum over the window, once for each of its values",
        hint="for a kernel of 3 x 3 and one channel: how often does an output hold the bias?",
        patch=(replace(FILE, OUTPUTS, "outputs = torch.relu(outputs + size * size * inputs.shape[3] * self._bias)"),),
        other_patches=((replace(FILE, OUTPUTS, "outputs = torch.relu(outputs + size * size * self._bias)"),),),
        fails=(*FORWARD, *TOGETHER),
        teaches="""
`(window * kernel + bias).sum()` adds the bias to each of the k * k * C products, and so k * k * C times to the output:
it belongs behind the sum, `(window * kernel).sum() + bias`. While the bias is zero, as in fresh layers, nothing shows.
""",
    ),
    Mistake(
        name="kernel-turned",
        says="forward turns the kernel upside down, as in the convolution of mathematics",
        hint="which entry of the kernel does the upper left pixel of the image meet?",
        patch=(replace(FILE, PRODUCT, PRODUCT.replace("[i, j]", "[size - 1 - i, size - 1 - j]")),),
        fails=(*FORWARD, *TOGETHER),
        teaches="""
Networks compute a cross-correlation: the kernel lies on the image as it is, `kernel[0, 0]` on the upper left pixel of
each window. Turned by 180 degrees it would learn just as well, mirrored, so that accuracy never shows the difference;
the gradient by the kernel then has to be turned too.
""",
    ),
    Mistake(
        name="kernel-rows-for-columns",
        says="forward takes rows and columns of the kernel for each other",
        hint="which index of the kernel goes with the rows of the image?",
        patch=(replace(FILE, PRODUCT, PRODUCT.replace("[i, j]", "[j, i]")),),
        fails=(*FORWARD, *TOGETHER),
        teaches="""
`kernel[i, j]` belongs to the pixel i rows down and j columns to the right. Transposed, the layer learns mirrored
kernels in training, but a kernel that is given to it lies on the image in another way.
""",
    ),
    Mistake(
        name="division-after-the-sum",
        says="forward has (size - k + 1) // stride places, one too few wherever that leaves a remainder",
        hint="how many places has a kernel of 3 with stride 2 on 6 pixels?",
        patch=(
            replace(FILE, EXTENTS, EXTENTS.replace("(extent - size) // stride + 1", "(extent - size + 1) // stride")),
        ),
        fails=("forward_stride", "forward_rectangle", "forward_small", *TOGETHER),
        teaches="""
The places are 0, s, 2s, ... up to `H - k`: one at 0, and one more for each whole s. So the 1 is added after the
division, `(H - k) // s + 1`. With stride 1 both are the same.
""",
    ),
    Mistake(
        name="height-and-width-swapped",
        says="forward takes the number of rows for that of columns, and the other way round",
        hint="of images of 5 x 8, how many rows and how many columns have your outputs?",
        patch=(replace(FILE, EXTENTS, EXTENTS.replace("rows, columns", "columns, rows")),),
        fails=("forward_rectangle", "forward_small", "several_layers", "no_loops"),
        teaches="""
`inputs.shape` is (N, height, width, channels). Digits of 28 x 28 pixels hide which of the two was taken first; try an
image of 5 x 8.
""",
    ),
    Mistake(
        name="no-relu-at-all",
        says="ReLU is left out, in forward and in backward",
        hint="what does the layer apply to the convolution, and what becomes of the gradient there?",
        patch=(
            replace(FILE, OUTPUTS, "outputs = outputs + self._bias"),
            replace(FILE, MASKED, "gradient = outputs_gradient"),
        ),
        fails=(*FORWARD, "bias_gradient", *BOTH, *TOGETHER),
        teaches="""
The layer is a convolution and a ReLU. Forward ends with `torch.relu(z)`, and backward begins with
`outputs_gradient * (outputs > 0)`: what was cut off has no effect, and nothing comes back from there.
""",
    ),
    Mistake(
        name="last-place-left-out",
        says="forward has one place too few in each direction: the + 1 is missing",
        hint="at how many places does a kernel of 3 fit into 3 pixels?",
        patch=(replace(FILE, EXTENTS, EXTENTS.replace("+ 1 for", "+ (extent == size) for")),),
        fails=("forward_values", "forward_stride", "forward_rectangle", "forward_small", *TOGETHER, "no_loops"),
        teaches="""
A kernel of size k begins at 0, s, 2s, ... and the last beginning is at most `H - k`. These are `(H - k) // s + 1`
places: for H = 6, k = 3 and s = 1 they are 0, 1, 2, 3, four of them and not three.
""",
    ),
    Mistake(
        name="padded-size",
        says="forward has size // stride places, as if the image were padded",
        hint="does your kernel ever hang over the border?",
        patch=(
            replace(
                FILE,
                EXTENTS,
                EXTENTS.replace("(extent - size) // stride + 1", "extent // stride")
                + "\n        inputs = torch.nn.functional.pad(inputs, (0, 0, 0, size, 0, size))",
            ),
        ),
        fails=("forward_values", "forward_stride", "forward_rectangle", "forward_small", *TOGETHER, "no_loops"),
        teaches="""
"Valid" padding means that there is none: the kernel stays inside the image, and the outputs are smaller than the
inputs. `H // s` places need `k - 1` more rows than the image has.
""",
    ),
    Mistake(
        name="stride-between-pixels",
        says="forward moves the kernel by 1, whatever the stride, and keeps as many places as the stride would have",
        hint="which pixel does the second output begin at when the stride is 2?",
        patch=(
            replace(
                FILE,
                "under = inputs[:, i : i + stride * rows : stride, j : j + stride * columns : stride]",
                "under = inputs[:, i : i + rows, j : j + columns]",
            ),
        ),
        fails=("forward_stride", "forward_rectangle", "forward_small", *TOGETHER),
        teaches="""
With a stride s output number `r` is computed from the rows from `s * r` on. A slice takes a third number for that: of
7 rows `inputs[:, 0:7:2]` takes 0, 2, 4 and 6.
""",
    ),
    Mistake(
        name="square-images",
        says="forward takes the height of the image for its width as well",
        hint="how often do you look at the shape, and at which of its entries?",
        patch=(
            replace(FILE, EXTENTS, "rows = columns = (inputs.shape[1] - size) // stride + 1"),
            replace(
                FILE,
                PRODUCT,
                PRODUCT.replace("under", "torch.nn.functional.pad(under, (0, 0, 0, columns))[:, :, :columns]"),
            ),
        ),
        fails=("forward_rectangle", "forward_small", "several_layers", "no_loops"),
        teaches="""
Height and width are two numbers, and digits of 28 x 28 pixels hide that they were taken for one. Try an image of 5 x
8.
""",
    ),
    Mistake(
        name="ones-squeezed",
        says="forward drops the axes that have the size 1",
        hint="which shape have your outputs for one single image?",
        patch=(replace(FILE, OUTPUTS, "outputs = torch.relu(outputs + self._bias).squeeze()"),),
        fails=("forward_small", "one_epoch"),
        teaches="""
`squeeze()` without an argument removes every axis of the size 1: not only the one that you had in mind, but also the
samples of a batch of one, and height and width where the kernel fits once. The last batch of an epoch may well be one
image. Name the axis, `squeeze(dim)`, or index it.
""",
    ),
    Mistake(
        name="relu-not-differentiated",
        says="backward lets the gradient through where ReLU did not",
        hint="how much does an output change that is 0 because the convolution is -3?",
        patch=(replace(FILE, MASKED, "gradient = outputs_gradient"),),
        fails=("bias_gradient", *BOTH, *TOGETHER),
        teaches="""
Where the convolution is negative the output is 0 and stays 0 when an input moves a little: its gradient is 0 there.
So the first step of `backward` is `outputs_gradient * (outputs > 0)`; everything after it uses that product.
""",
    ),
    Mistake(
        name="relu-of-the-gradient",
        says="backward applies ReLU to the gradient, instead of asking where the outputs are positive",
        hint="may a gradient be negative where the output is 2?",
        patch=(replace(FILE, MASKED, "gradient = torch.relu(outputs_gradient)"),),
        fails=("bias_gradient", *BOTH, *TOGETHER),
        teaches="""
ReLU's derivative is 1 where its **input** was positive and 0 elsewhere; the gradient is multiplied with that,
whatever its own sign. `relu(gradient)` throws away every negative gradient, so that the network can only move one
way.
""",
    ),
    Mistake(
        name="bias-gradient-averaged",
        says="the gradient by the bias is a mean over the batch",
        hint="is the gradient that comes in already one of a mean?",
        patch=(replace(FILE, BIAS, "bias_gradient = gradient.sum(dim=(1, 2)).mean(dim=0)"),),
        other_patches=((replace(FILE, BIAS, "bias_gradient = gradient.mean(dim=(0, 1, 2))"),),),
        fails=("bias_gradient", "several_layers"),
        teaches="""
The loss is a mean over the batch, so that the gradient that arrives is divided by the batch's size already. Each
place at which the bias is added sends its part back, and these are added up.
""",
    ),
    Mistake(
        name="bias-gradient-of-the-batch",
        says="the gradient by the bias leaves out where in the image the bias was added: it has the first place alone",
        hint="at how many places of an image is one number of the bias added?",
        patch=(replace(FILE, BIAS, "bias_gradient = gradient[:, 0, 0].sum(dim=0)"),),
        fails=("bias_gradient", "several_layers"),
        teaches="""
One number of the bias is added in every image at every place, and its gradient is the sum over all of them: over the
axes of samples, rows and columns. What is left has one axis, that of the filters.
""",
    ),
    Mistake(
        name="bias-gradient-through-relu",
        says="the gradient by the bias is of all that comes in, also where ReLU let nothing pass",
        hint="which outputs stay 0 when the bias moves a little?",
        patch=(replace(FILE, BIAS, "bias_gradient = outputs_gradient.sum(dim=(0, 1, 2))"),),
        fails=("bias_gradient", "several_layers"),
        teaches="""
The bias is added in front of ReLU. Where the output is 0 it has no effect, and nothing comes back from there: the sum
is over `outputs_gradient * (outputs > 0)`, as for the kernel.
""",
    ),
    Mistake(
        name="kernel-gradient-through-relu",
        says="the gradient by the kernel is of all that comes in, also where ReLU let nothing pass",
        hint="how much does an output change that is 0, when the kernel moves a little?",
        patch=(replace(FILE, KERNEL, KERNEL.replace("gradient)", "outputs_gradient)")),),
        fails=("kernel_gradient", "gradients_stride", "gradients_borders", "gradients_small", *TOGETHER),
        teaches="""
Kernel and inputs act in front of ReLU. Where the output is 0 neither has an effect: both gradients begin with the same
product, `outputs_gradient * (outputs > 0)`.
""",
    ),
    Mistake(
        name="outputs-for-their-sign",
        says="backward multiplies the gradient with the outputs, instead of asking where they are positive",
        hint="how steep is ReLU at 3, and how steep at 0.1?",
        patch=(replace(FILE, MASKED, "gradient = outputs_gradient * outputs"),),
        fails=("bias_gradient", *BOTH, *TOGETHER),
        teaches="""
ReLU is as steep at 3 as at 0.1: its derivative is 1 wherever the output is positive. `outputs > 0` is that number, and
`outputs` is not.
""",
    ),
    Mistake(
        name="kernel-gradient-averaged",
        says="the gradient by the kernel is divided by the batch's size",
        hint="is the gradient that comes in already one of a mean?",
        patch=(replace(FILE, KERNEL, f"{KERNEL} / len(inputs)"),),
        fails=("kernel_gradient", "gradients_stride", "gradients_borders", "gradients_small", *TOGETHER),
        teaches="""
The loss is a mean over the batch, and the gradient that arrives is that of the mean: it holds the division already. A
second one makes every step as many times smaller as there are samples in a batch.
""",
    ),
    Mistake(
        name="both-gradients-averaged",
        says="the gradients by kernel and bias are divided by the batch's size",
        hint="is the gradient that comes in already one of a mean?",
        patch=(
            replace(FILE, KERNEL, f"{KERNEL} / len(inputs)"),
            replace(FILE, BIAS, "bias_gradient = gradient.sum(dim=(1, 2)).mean(dim=0)"),
        ),
        fails=(
            "bias_gradient",
            "kernel_gradient",
            "gradients_stride",
            "gradients_borders",
            "gradients_small",
            *TOGETHER,
        ),
        teaches="""
The loss is a mean over the batch, and the gradient that arrives is that of the mean: it holds the division already.
The gradients by the layer's variables are sums over samples, rows and columns.
""",
    ),
    Mistake(
        name="bias-gradient-keeps-axes",
        says="the gradient by the bias has the axes of samples, rows and columns as well, each of size 1",
        hint="which shape has the bias, and which its gradient?",
        patch=(replace(FILE, BIAS, "bias_gradient = gradient.sum(dim=(0, 1, 2), keepdim=True)"),),
        fails=("bias_gradient", "variables", *TOGETHER),
        teaches="""
`keepdim=True` leaves an axis of size 1 for each that is summed over: (1, 1, 1, F). The bias has the shape (F,), and
what is subtracted from it must have that too.
""",
    ),
    Mistake(
        name="kernel-gradient-turned",
        says="the gradient by the kernel is turned by 180 degrees",
        hint="which pixels did kernel[0, 0] meet in forward?",
        patch=(replace(FILE, KERNEL, KERNEL.replace("[i, j]", "[size - 1 - i, size - 1 - j]")),),
        fails=("kernel_gradient", "gradients_stride", "gradients_borders", "gradients_small", *TOGETHER),
        teaches="""
What is turned is the kernel on the way back to the **inputs**, where the gradient is convolved. The kernel's own
gradient is not: at `[i, j]` it adds up what `kernel[i, j]` was multiplied with in forward, times the gradient that
arrived there.
""",
    ),
    Mistake(
        name="kernel-not-transposed",
        says="the gradient by the inputs is made with the kernel turned upside down",
        hint="which entry of the kernel joins output [r, c] and input [r + i, c + j]?",
        patch=(replace(FILE, INPUTS, INPUTS.replace("[i, j].T", "[size - 1 - i, size - 1 - j].T")),),
        fails=("inputs_gradient", *GRADIENTS, "several_layers"),
        teaches="""
Input `[r + i, c + j]` got to output `[r, c]` through `kernel[i, j]`, and its gradient comes back through the same
number. Who writes this as a convolution of a padded gradient has to turn the kernel there; who adds up by places in
the kernel must not.
""",
    ),
    Mistake(
        name="windows-overwrite",
        says="in the gradient by the inputs the windows overwrite each other, where they should add up",
        hint="what happens to the first contribution when the second window comes to the same pixel?",
        patch=(replace(FILE, INPUTS, INPUTS.replace("+=", "=")),),
        other_patches=(
            (
                replace(FILE, PLACES, f"i, j = size - 1 - i, size - 1 - j\n            {PLACES}"),
                replace(FILE, INPUTS, INPUTS.replace("+=", "=")),
            ),
        ),
        fails=("inputs_gradient", "gradients_stride", "gradients_small", "several_layers"),
        teaches="""
A pixel lies under several windows and has a part in several outputs; its gradient is the sum of what they all send
back. With `=` the last one wins. Without overlaps, a stride as large as the kernel, the difference does not show.
""",
    ),
    Mistake(
        name="stride-forgotten-backward",
        says="backward moves the kernel by 1, whatever the stride is",
        hint="which inputs did the second output of a row come from?",
        patch=(replace(FILE, PLACES, "down, across = slice(i, i + rows), slice(j, j + columns)"),),
        fails=("gradients_stride", "gradients_borders", "several_layers"),
        teaches="""
On the way back a gradient goes to where its output came from: output `[r, c]` stood over the rows from `s * r` on.
Write to the same slice, with the same step, that forward has read from.
""",
    ),
    Mistake(
        name="stride-forgotten-for-the-inputs",
        says="the gradient by the inputs is spread with stride 1, whatever the stride is",
        hint="which row of the image does the second row of the outputs begin at?",
        patch=(replace(FILE, INPUTS, INPUTS.replace("[:, down, across]", "[:, i : i + rows, j : j + columns]")),),
        fails=("gradients_stride", "gradients_borders", "several_layers"),
        teaches="""
Output number `r` was computed from the rows from `s * r` on, and its gradient goes back to them. Who writes it as a
transposed convolution puts s - 1 zeros between neighbours first.
""",
    ),
    Mistake(
        name="border-not-reached-cut-off",
        says="the gradient by the inputs has only the rows and columns that a window reached",
        hint="how many rows does a kernel of 3 with stride 3 leave over in 8 rows?",
        patch=(
            replace(
                FILE,
                "        # end solution\n        if self._verify:\n            gradients =",
                "        reached = [stride * (extent - 1) + size for extent in (rows, columns)]\n"
                "        inputs_gradient = inputs_gradient[:, : reached[0], : reached[1]]\n"
                "        # end solution\n        if self._verify:\n            gradients =",
            ),
        ),
        fails=("gradients_borders", "several_layers"),
        teaches="""
Where `(H - k) % s` is not 0 the last rows lie under no window. They have no part in the outputs, and their gradient
is 0: but they are there, and the gradient has the inputs' shape. Begin with zeros of that shape,
`torch.zeros_like(inputs)`.
""",
    ),
    Mistake(
        name="spread-gradient-cut",
        says="the gradient that is spread out by the stride is cut by stride - 1, whatever a border of the image needs",
        hint="how many rows has the image, and how many your padded gradient less kernel_size - 1?",
        patch=(replace(FILE, END, SPREAD_LINES),),
        fails=("gradients_borders", "several_layers"),
        teaches="""
The gradient by the inputs can be written as a convolution with the turned kernel: the gradient is spread out,
stride - 1 zeros between its places, and kernel_size - 1 zeros are put around it. How many rows that gives depends on
the places alone, and an image may have more, where `(H - k) % s` is not 0. Make the array of zeros as large as the
image asks for, `H + kernel_size - 1` rows, and write the gradient into it with the stride.
""",
    ),
    Mistake(
        name="ones-squeezed-backward",
        says="backward drops the axes of the gradient by the inputs that have the size 1",
        hint="which shape has the gradient by the inputs for images of one channel?",
        patch=(
            replace(
                FILE,
                "        # end solution\n        if self._verify:\n            gradients =",
                "        inputs_gradient = inputs_gradient.squeeze()\n"
                "        # end solution\n        if self._verify:\n            gradients =",
            ),
        ),
        fails=("gradients_small",),
        teaches="""
`squeeze()` without an argument removes every axis of the size 1, also that of the samples or of the channels. The
gradient by the inputs has exactly the shape of the inputs, and the layer below relies on it.
""",
    ),
    Mistake(
        name="variables-in-another-order",
        says="backward returns the bias before the kernel, and their gradients the other way round",
        hint="which gradient belongs to the first variable that you return?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("[self._kernel, self._bias]", "[self._bias, self._kernel]")),),
        fails=("variables", "one_epoch"),
        teaches="""
Whoever trains the layer goes through variables and gradients side by side: the first variable gets the first
gradient. The order is kernel, bias, in both lists.
""",
    ),
    Mistake(
        name="variables-copied",
        says="backward returns copies of kernel and bias, so that training changes nothing",
        hint="whose numbers change when somebody subtracts a gradient from what you return?",
        patch=(
            replace(
                FILE, RETURNED, RETURNED.replace("self._kernel, self._bias", "self._kernel.clone(), self._bias.clone()")
            ),
        ),
        fails=("variables", "one_epoch"),
        teaches="""
The optimizer changes what `backward` returns, in place. `clone()`, arithmetic, or a way through numpy give new
numbers, and the layer's own stay as they are: the loss falls a little, since the classifier behind the layers still
learns, and then no more.
""",
    ),
    Mistake(
        name="one-memory-for-all-layers",
        says="forward keeps its outputs in the class, where the next layer's replace them, and backward reads those",
        hint="whose outputs stand there when the first of two layers goes back?",
        patch=(
            replace(FILE, OUTPUTS, f"{OUTPUTS}\n        Convolution._last = outputs"),
            replace(FILE, MASKED, MASKED.replace("outputs > 0", "Convolution._last > 0")),
        ),
        fails=TOGETHER,
        teaches="""
What belongs to one layer stands in `self`. An attribute of the class, or a global name, is one for all layers: after
a forward pass through two of them it holds what the second one wrote. `backward` gets everything it needs as
arguments.
""",
    ),
    Mistake(
        name="gradients-kept",
        says="backward adds the gradient by the kernel to that of the batch before",
        hint="which numbers does your kernel gradient begin with in the second batch?",
        patch=(
            replace(
                FILE,
                "kernel_gradient = torch.zeros_like(self._kernel)",
                "self._sum = kernel_gradient = getattr(self, '_sum', torch.zeros_like(self._kernel))",
            ),
            replace(FILE, KERNEL, KERNEL.replace("] = torch", "] += torch")),
        ),
        fails=("one_epoch",),
        teaches="""
A gradient belongs to one batch. A tensor that is made in the constructor and added to in every `backward` holds the
sum of all batches so far; the steps become longer and longer.
""",
    ),
    Mistake(
        name="loop-over-rows",
        says="forward goes through the rows of the outputs in a loop of Python",
        hint="how many times does your loop go round for an image that is twice as high?",
        patch=(
            replace(
                FILE,
                f"            {PRODUCT}\n",
                "            for row in range(rows):\n"
                "                outputs[:, row] += under[:, row] @ self._kernel[i, j]\n",
            ),
        ),
        fails=("no_loops",),
        teaches="""
A product of matrices computes all pixels at once in compiled code; a loop of Python takes a microsecond for each
round before it computes anything. A loop over the nine places of a 3 x 3 kernel is fine, one over the 676 places of
its outputs is not. `a @ b` works on the last two axes, and takes all others along.
""",
    ),
)
