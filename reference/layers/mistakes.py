"""What students get wrong in `layers`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Convention, Mistake, replace

FILE = "layers.py"

STANDARD_END = """scores: torch.Tensor = self.fc3(F.relu(self.fc2(x)))
        return scores"""
FIRST = "x = F.max_pool2d(F.relu(self.conv1(x)), 2)"
SECOND = "x = F.max_pool2d(F.relu(self.conv2(x)), 2)"
HIDDEN = "x = F.relu(self.fc1(x.flatten(1)))"
LINEAR_WEIGHT = (
    "self.weight = nn.Parameter(torch.empty(out_features, in_features, device=device).uniform_(-bound, bound))"
)
LINEAR_BIAS = "self.bias = nn.Parameter(torch.empty(out_features, device=device).uniform_(-bound, bound))"
LINEAR = "return x @ self.weight.T + self.bias"
CONV_SHAPE = "shape = (out_channels, in_channels // groups, kernel_size, kernel_size)"
CONV_WEIGHT = "self.weight = nn.Parameter(torch.empty(shape, device=device).uniform_(-bound, bound))"
CONV_BIAS = (
    "self.bias = nn.Parameter(torch.empty(out_channels, device=device).uniform_(-bound, bound)) if bias else None"
)
NUMBERS = "padding, step, stride = self.padding, self.dilation, self.stride"
PADDED = "x = F.pad(x, (padding, padding, padding, padding))"
GROUPED = "weight = self.weight.unflatten(0, (self.groups, -1))"
ADDED = 'y = torch.einsum("sgchwnm,gdcnm->sgdhw", windows, weight)'
FLAT = "y = y.flatten(1, 2)"
RETURNED = "return y if self.bias is None else y + self.bias[:, None, None]"
OWN_HIDDEN = "hidden = F.relu(self.fc2(hidden))"
OWN_END = "scores: torch.Tensor = self.fc3(hidden)"

IN_NETWORK = ("network_scores", "network_twenty")
CONVOLUTION = ("conv_values", "conv_small", "conv_padding", "conv_stride", "conv_dilation", "conv_groups")
EVERY_CONVOLUTION = (*CONVOLUTION, "conv_no_bias", "conv_keeps", *IN_NETWORK)
EVERY_BIAS = (*CONVOLUTION, "conv_keeps", *IN_NETWORK)  # a convolution without one is right

MISTAKES = (
    Mistake(
        name="standard-no-second-relu",
        says="the network of torch's layers has no ReLU between its fully connected layers",
        hint="what do two fully connected layers compute together, if nothing stands between them?",
        patch=(replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu(self.fc2(x))", "self.fc2(x)")),),
        other_patches=(
            (replace(FILE, HIDDEN, "x = self.fc1(x.flatten(1))"),),
            (
                replace(FILE, HIDDEN, "x = self.fc1(x.flatten(1))"),
                replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu(self.fc2(x))", "self.fc2(x)")),
            ),
        ),
        fails=("standard_scores",),
        teaches="""
Two fully connected layers without anything between them are one: `W2 (W1 x + b1) + b2` is `(W2 W1) x + (W2 b1 + b2)`.
The ReLU between them is what makes the second worth its parameters.
""",
    ),
    Mistake(
        name="standard-softmax",
        says="the network of torch's layers returns probabilities",
        hint="what does nn.CrossEntropyLoss do with the numbers that it is given?",
        patch=(replace(FILE, STANDARD_END, STANDARD_END.replace("return scores", "return scores.softmax(dim=1)")),),
        fails=("standard_scores",),
        teaches="""
`nn.CrossEntropyLoss` takes scores and applies the softmax itself. With a softmax in the network it is applied twice:
all probabilities come near 0.1, the loss never falls below about 1.46, and training is slow. Log-softmax twice is
log-softmax once, so that it does no harm.
""",
    ),
    Mistake(
        name="standard-sigmoid",
        says="the network of torch's layers ends with a sigmoid",
        hint="what does nn.CrossEntropyLoss do with the numbers that it is given?",
        patch=(replace(FILE, STANDARD_END, STANDARD_END.replace("return scores", "return scores.sigmoid()")),),
        fails=("standard_scores",),
        teaches="""
`nn.CrossEntropyLoss` takes scores of any size and applies the softmax itself. Between 0 and 1 no class can be much more
probable than another: the loss of ten classes stays above 1.46.
""",
    ),
    Mistake(
        name="standard-no-convolution-relu",
        says="the network of torch's layers has no ReLU behind a convolution",
        hint="what stands between each convolution and its pooling in the task's table?",
        patch=(replace(FILE, FIRST, "x = F.max_pool2d(self.conv1(x), 2)"),),
        other_patches=(
            (replace(FILE, SECOND, "x = F.max_pool2d(self.conv2(x), 2)"),),
            (
                replace(FILE, FIRST, "x = F.max_pool2d(self.conv1(x), 2)"),
                replace(FILE, SECOND, "x = F.max_pool2d(self.conv2(x), 2)"),
            ),
        ),
        fails=("standard_scores",),
        teaches="""
Each convolution of the table is followed by a ReLU: without it the largest of four negative numbers goes on, where the
task has 0.
""",
    ),
    Mistake(
        name="standard-average-pooling",
        says="the network of torch's layers takes the mean of 2 x 2 pixels, where the task has the largest",
        hint="which pooling does the task's table name?",
        patch=(
            replace(FILE, FIRST, FIRST.replace("max", "avg")),
            replace(FILE, SECOND, SECOND.replace("max", "avg")),
        ),
        other_patches=(
            (replace(FILE, SECOND, SECOND.replace("max", "avg")),),
            (replace(FILE, FIRST, FIRST.replace("max", "avg")),),
        ),
        fails=("standard_scores",),
        teaches="""
`nn.MaxPool2d(2)` keeps the largest of 2 x 2 pixels, `nn.AvgPool2d(2)` their mean. Sizes are the same, scores are not.
""",
    ),
    Mistake(
        name="standard-one-pooling",
        says="the network of torch's layers has no pooling behind its second convolution",
        hint="how many rows and columns come to the first fully connected layer in the task's table?",
        patch=(
            replace(FILE, SECOND, "x = F.relu(self.conv2(x))"),
            replace(FILE, "nn.Linear(16 * 5 * 5, 128)", "nn.Linear(16 * 10 * 10, 128)"),
        ),
        other_patches=(
            (
                replace(FILE, SECOND, "x = F.relu(self.conv2(x))"),
                replace(FILE, "nn.Linear(16 * 5 * 5, 128)", "nn.Linear(16 * 16 * 16, 128)"),
                replace(FILE, "nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 8, 5, padding=2)"),
                replace(FILE, "nn.Conv2d(8, 16, 5)", "nn.Conv2d(8, 16, 5, padding=2)"),
            ),
        ),
        fails=("standard_scores",),
        teaches="""
Each convolution is followed by a ReLU and a 2 x 2 pooling. Without the second one the first fully connected layer gets
four times as many numbers.
""",
    ),
    Mistake(
        name="standard-layer-left-out",
        says="the network of torch's layers has no layer of 64 units between that of 128 and the scores",
        hint="how many fully connected layers has the task's table?",
        patch=(
            replace(FILE, "        self.fc2 = nn.Linear(128, 64)\n", ""),
            replace(FILE, "self.fc3 = nn.Linear(64, 10)", "self.fc3 = nn.Linear(128, 10)"),
            replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu(self.fc2(x))", "x")),
        ),
        fails=("standard_scores",),
        teaches="""
The table has three fully connected layers: 128, 64 and 10 units, with a ReLU behind the first two.
""",
    ),
    Mistake(
        name="standard-six-kernels",
        says="the first convolution of the network of torch's layers has 6 kernels, where the task has 8",
        hint="how many channels has an image behind the first convolution in the task's table?",
        patch=(
            replace(FILE, "nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 6, 5)"),
            replace(FILE, "nn.Conv2d(8, 16, 5)", "nn.Conv2d(6, 16, 5)"),
        ),
        other_patches=(
            (
                replace(FILE, "nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 6, 5, padding=2)"),
                replace(FILE, "nn.Conv2d(8, 16, 5)", "nn.Conv2d(6, 16, 5, padding=2)"),
                replace(FILE, "nn.Linear(16 * 5 * 5, 128)", "nn.Linear(16 * 8 * 8, 128)"),
            ),
        ),
        fails=("standard_scores",),
        teaches="""
A well-known network begins with 6 kernels and 16; this one has 8 and 16. The second convolution has as many input
channels as the first has kernels.
""",
    ),
    Mistake(
        name="standard-relu-last",
        says="the network of torch's layers ends with a ReLU",
        hint="may a score be negative?",
        patch=(replace(FILE, STANDARD_END, STANDARD_END.replace("return scores", "return scores.relu()")),),
        fails=("standard_scores",),
        teaches="""
Scores may be negative: a ReLU behind the last layer makes all unlikely classes equal, and where every score was
negative nothing is learned any more.
""",
    ),
    Mistake(
        name="standard-hidden-sigmoid",
        says="a layer of the network of torch's layers is followed by a sigmoid, where the task has ReLU",
        hint="which function stands behind each layer of the task's table?",
        patch=(
            replace(FILE, HIDDEN, HIDDEN.replace("F.relu", "torch.sigmoid")),
            replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu", "torch.sigmoid")),
        ),
        other_patches=(
            (replace(FILE, HIDDEN, HIDDEN.replace("F.relu", "torch.sigmoid")),),
            (replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu", "torch.sigmoid")),),
            tuple(
                replace(FILE, old, old.replace("F.relu", "torch.sigmoid"))
                for old in (FIRST, SECOND, HIDDEN, STANDARD_END)
            ),
        ),
        fails=("standard_scores",),
        teaches="""
ReLU gives 0 for what is negative and leaves the rest; a sigmoid gives numbers between 0 and 1. With the same parameters
both networks give other scores.
""",
    ),
    Mistake(
        name="standard-tanh",
        says="a fully connected layer of the network of torch's layers is followed by tanh, where the task has ReLU",
        hint="which function stands behind each layer of the task's table?",
        patch=(replace(FILE, "x = F.relu(self.fc1(x.flatten(1)))", "x = torch.tanh(self.fc1(x.flatten(1)))"),),
        other_patches=(
            (replace(FILE, STANDARD_END, STANDARD_END.replace("F.relu(self.fc2(x))", "torch.tanh(self.fc2(x))")),),
            tuple(
                replace(FILE, old, old.replace("F.relu", "torch.tanh")) for old in (FIRST, SECOND, HIDDEN, STANDARD_END)
            ),
        ),
        fails=("standard_scores",),
        teaches="""
ReLU gives 0 for what is negative, tanh goes on to -1. With the same parameters both networks give other scores.
""",
    ),
    Mistake(
        name="standard-kernel-three",
        says="the network of torch's layers has kernels of 3 x 3",
        hint="which sizes has the description for the kernels, and which size do they leave of an image?",
        patch=(
            replace(
                FILE,
                "self.conv1 = nn.Conv2d(3, 8, 5)",
                "self.conv1 = nn.Conv2d(3, 8, 3)",
            ),
            replace(
                FILE,
                "self.conv2 = nn.Conv2d(8, 16, 5)",
                "self.conv2 = nn.Conv2d(8, 16, 3)",
            ),
            replace(FILE, "nn.Linear(16 * 5 * 5, 128)", "nn.Linear(16 * 6 * 6, 128)"),
        ),
        other_patches=(
            (
                replace(FILE, "nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 8, 3, padding=1)"),
                replace(FILE, "nn.Conv2d(8, 16, 5)", "nn.Conv2d(8, 16, 3, padding=1)"),
                replace(FILE, "nn.Linear(16 * 5 * 5, 128)", "nn.Linear(16 * 8 * 8, 128)"),
            ),
        ),
        fails=("standard_scores",),
        teaches="""
The kernels are 5 x 5. Without padding an image of 32 x 32 is 28, 14, 10 and 5 wide after the four steps; a 3 x 3
kernel would leave 30, 15, 13 and 6.
""",
    ),
    Mistake(
        name="linear-own-names",
        says="the parameters of the fully connected layer are not called weight and bias",
        hint="which keys has nn.Linear(8, 16).state_dict()?",
        patch=(
            replace(FILE, LINEAR_WEIGHT, LINEAR_WEIGHT.replace("self.weight", "self.W")),
            replace(FILE, LINEAR_BIAS, LINEAR_BIAS.replace("self.bias", "self.b")),
            replace(FILE, LINEAR, "return x @ self.W.T + self.b"),
        ),
        fails=("linear_state",),
        teaches="""
`load_state_dict` finds parameters by name. The state of an `nn.Linear` has `weight` and `bias`: a layer that calls
them otherwise raises, and says which keys are missing.
""",
    ),
    Mistake(
        name="linear-weight-turned",
        says="the weight of the fully connected layer has the shape (in_features, out_features)",
        hint="which shape has nn.Linear(8, 16).weight?",
        patch=(
            replace(
                FILE,
                LINEAR_WEIGHT,
                LINEAR_WEIGHT.replace(
                    "torch.empty(out_features, in_features,", "torch.empty(in_features, out_features,"
                ),
            ),
            replace(FILE, LINEAR, "return x @ self.weight + self.bias"),
        ),
        fails=("linear_state",),
        teaches="""
A weight of shape (in, out) computes the same, as `x @ W` instead of `x @ W.T`. But the state of an `nn.Linear` has
(out, in), one row for each output, and does not load into it.
""",
    ),
    Mistake(
        name="linear-bias-column",
        says="the bias of the fully connected layer has the shape (out_features, 1)",
        hint="which shape has nn.Linear(8, 16).bias?",
        patch=(
            replace(
                FILE, LINEAR_BIAS, LINEAR_BIAS.replace("torch.empty(out_features,", "torch.empty(out_features, 1,")
            ),
            replace(FILE, LINEAR, "return (self.weight @ x.T + self.bias).T"),
        ),
        fails=("linear_state",),
        teaches="""
In the formula the bias is a column, which fits `W x` for one sample x. Its parameter in `nn.Linear` has one axis,
(out,), and broadcasts over the rows of a batch.
""",
    ),
    Mistake(
        name="linear-bias-row",
        says="the bias of the fully connected layer has the shape (1, out_features)",
        hint="which shape has the bias of an nn.Linear?",
        patch=(
            replace(
                FILE, LINEAR_BIAS, LINEAR_BIAS.replace("torch.empty(out_features,", "torch.empty(1, out_features,")
            ),
        ),
        fails=("linear_state",),
        teaches="""
A row computes the same, and `load_state_dict` compares shapes: (1, out) is not (out,).
""",
    ),
    Mistake(
        name="linear-plain-tensors",
        says="weight or bias of the fully connected layer is a tensor, not a parameter",
        hint="what does list(MyLinear(8, 16).parameters()) give?",
        patch=(
            replace(FILE, LINEAR_WEIGHT, LINEAR_WEIGHT.replace("nn.Parameter(", "(")),
            replace(FILE, LINEAR_BIAS, LINEAR_BIAS.replace("nn.Parameter(", "(")),
        ),
        other_patches=(
            (replace(FILE, LINEAR_WEIGHT, LINEAR_WEIGHT.replace("nn.Parameter(", "(")),),
            (replace(FILE, LINEAR_BIAS, LINEAR_BIAS.replace("nn.Parameter(", "(")),),
        ),
        fails=("linear_state",),
        teaches="""
A module knows of a tensor only if it is an `nn.Parameter` (or a buffer): others are in no `state_dict`, no optimizer
moves them, and `to(device)` leaves them where they are.
""",
    ),
    Mistake(
        name="linear-no-bias",
        says="the fully connected layer adds no bias",
        hint="what comes out for inputs of 0?",
        patch=(replace(FILE, LINEAR, "return x @ self.weight.T"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
Each output has a number of its own that is added whatever the inputs are: for inputs of 0 the outputs are the bias.
""",
    ),
    Mistake(
        name="linear-with-relu",
        says="the fully connected layer cuts off what is negative",
        hint="where does the network apply its ReLU?",
        patch=(replace(FILE, LINEAR, "return (x @ self.weight.T + self.bias).relu()"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
A layer computes W x + b. The ReLU stands between layers, in the network, and none behind the last.
""",
    ),
    Mistake(
        name="linear-bias-for-each-input",
        says="the fully connected layer adds the bias once for each input",
        hint="is the addition of the bias inside of your loop over the inputs?",
        patch=(replace(FILE, LINEAR, "return x @ self.weight.T + x.shape[1] * self.bias"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
The bias stands outside of the sum: it is added once to each output. Inside of the loop over the inputs it is added as
often as there are inputs.
""",
    ),
    Mistake(
        name="linear-sum-over-batch",
        says="the fully connected layer adds up the samples of a batch",
        hint="which rows of your outputs change if you change the first sample?",
        patch=(
            replace(FILE, LINEAR, "return (x @ self.weight.T).sum(dim=0, keepdim=True).expand(len(x), -1) + self.bias"),
        ),
        fails=("linear_values", "linear_keeps", "network_scores"),
        teaches="""
Each sample is computed by itself: changing one of them changes its own row of the outputs and no other. A sum over
all axes adds up the batch as well. With a single sample nothing is seen of it.
""",
    ),
    Mistake(
        name="linear-batch-dropped",
        says="the fully connected layer adds up the samples of a batch and drops the batch's axis",
        hint="which of your subscripts, or axes of a sum, is that of the samples?",
        patch=(replace(FILE, LINEAR, "return (x @ self.weight.T).sum(dim=0) + self.bias"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
`torch.einsum("nc,dc->d", x, weight)` adds up over c and over n: an index that is missing on the right is summed over.
The outputs have a row for each sample: `"nc,dc->nd"`.
""",
    ),
    Mistake(
        name="linear-turned",
        says="the outputs of the fully connected layer have a column for each sample, where a row is asked for",
        hint="which shape have W x and x W^T for a batch of shape (N, in)?",
        patch=(replace(FILE, LINEAR, "return (x @ self.weight.T + self.bias).T"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
`weight @ x.T` has the shape (out, N). Transpose it back, or multiply the other way round: `x @ weight.T` is (N, out).
""",
    ),
    Mistake(
        name="linear-first-sample",
        says="every sample of a batch gets the output of the first one",
        hint="which sample does your sum take?",
        patch=(replace(FILE, LINEAR, "return (x[:1] @ self.weight.T + self.bias).expand(len(x), -1)"),),
        fails=("linear_values", "linear_keeps", "network_scores"),  # network_twenty scores one image at a time
        teaches="""
Each sample has its own sum: `x @ self.weight.T` is one row for each row of x.
""",
    ),
    Mistake(
        name="linear-last-sample-alone",
        says="the fully connected layer returns one sample of the batch",
        hint="which shape have the outputs of 4 samples?",
        patch=(replace(FILE, LINEAR, "return x[-1:] @ self.weight.T + self.bias"),),
        other_patches=((replace(FILE, LINEAR, "return x[:1] @ self.weight.T + self.bias"),),),
        fails=("linear_values", "linear_keeps", "network_scores"),
        teaches="""
A variable that is made anew for each sample holds the last one. Make room for the whole batch before the loop, or
multiply all at once.
""",
    ),
    Mistake(
        name="linear-mean",
        says="the products are averaged, where they have to be added up",
        hint="what do you divide by?",
        patch=(replace(FILE, LINEAR, "return x @ self.weight.T / x.shape[1] + self.bias"),),
        fails=("linear_values", "linear_one", "linear_keeps", "network_scores", "network_twenty"),
        teaches="""
y[s, d] is a sum over the inputs, not their mean: `.sum(dim=-1)`.
""",
    ),
    Mistake(
        name="linear-squeezed",
        says="the fully connected layer drops axes of size 1",
        hint="which shape have your outputs for a batch of one sample?",
        patch=(replace(FILE, LINEAR, "return (x @ self.weight.T + self.bias).squeeze()"),),
        fails=("linear_one", "network_twenty"),
        teaches="""
`squeeze()` without an axis removes every axis of size 1, and for a batch of one sample the batch's is one of them.
Say which axis is meant: `squeeze(2)`.
""",
    ),
    Mistake(
        name="linear-changes-inputs",
        says="the fully connected layer changes the shape of its inputs in place",
        hint="which shape has the batch after the call?",
        patch=(replace(FILE, LINEAR, "return (self.weight @ x.unsqueeze_(2)).squeeze(2) + self.bias"),),
        fails=("linear_keeps",),
        teaches="""
Functions of torch whose names end with an underscore change the tensor that they are called on: the caller's batch
has an axis more afterwards. `unsqueeze` without it gives a view and leaves the batch as it is.
""",
    ),
    Mistake(
        name="conv-own-names",
        says="the parameters of the convolution are not called weight and bias",
        hint="which keys has nn.Conv2d(3, 8, 5).state_dict()?",
        patch=(
            replace(FILE, CONV_WEIGHT, CONV_WEIGHT.replace("self.weight", "self.kernel")),
            replace(FILE, CONV_BIAS, CONV_BIAS.replace("self.bias", "self.b")),
            replace(FILE, GROUPED, GROUPED.replace("self.weight", "self.kernel")),
            replace(FILE, RETURNED, RETURNED.replace("self.bias", "self.b")),
        ),
        fails=("conv_state",),
        teaches="""
`load_state_dict` finds parameters by name. The state of an `nn.Conv2d` has `weight` and `bias`.
""",
    ),
    Mistake(
        name="conv-bias-shaped",
        says="the bias of the convolution has the shape (out_channels, 1, 1)",
        hint="which shape has nn.Conv2d(3, 8, 5).bias?",
        patch=(
            replace(FILE, CONV_BIAS, CONV_BIAS.replace("torch.empty(out_channels,", "torch.empty(out_channels, 1, 1,")),
            replace(FILE, RETURNED, RETURNED.replace("self.bias[:, None, None]", "self.bias")),
        ),
        fails=("conv_state",),
        teaches="""
A bias of shape (O, 1, 1) broadcasts over rows and columns by itself, but the state of an `nn.Conv2d` has (O,) and
does not load into it. Reshape it in `forward`: `self.bias[:, None, None]`.
""",
    ),
    Mistake(
        name="conv-weight-flat",
        says="the weight of the convolution is a matrix, a row for each kernel",
        hint="which shape has nn.Conv2d(3, 8, 5).weight?",
        patch=(
            replace(FILE, CONV_WEIGHT, CONV_WEIGHT + "\n        self.weight = nn.Parameter(self.weight.flatten(1))"),
            replace(
                FILE,
                GROUPED,
                GROUPED.replace("self.weight", "self.weight.unflatten(1, (-1, self.kernel_size, self.kernel_size))"),
            ),
        ),
        fails=("conv_state",),
        teaches="""
For a product of matrices the weight is needed as (O, C k k). Keep the parameter in the shape that `nn.Conv2d` has,
and reshape it in `forward`.
""",
    ),
    Mistake(
        name="conv-no-bias",
        says="the convolution adds no bias",
        hint="what comes out for a black image, all 0?",
        patch=(replace(FILE, RETURNED, "return y"),),
        fails=EVERY_BIAS,
        teaches="""
Each kernel has a number of its own that is added at every place. A comparison with an `nn.Conv2d` without bias, or
with a bias of 0, does not show that it is missing.
""",
    ),
    Mistake(
        name="conv-bias-at-each-place",
        says="the convolution adds the bias once for each place of its kernel",
        hint="is the addition of the bias inside of your loops over the kernel?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("y + self.bias", "y + self.kernel_size**2 * self.bias")),),
        fails=EVERY_BIAS,
        teaches="""
The bias stands outside of all three sums: it is added once to each number of the outputs, and not with each product.
""",
    ),
    Mistake(
        name="conv-sum-over-batch",
        says="the convolution adds up the images of a batch",
        hint="which images of your outputs change if you change the first image?",
        patch=(replace(FILE, FLAT, FLAT + "\n        y = y.sum(dim=0, keepdim=True).expand(len(x), -1, -1, -1)"),),
        other_patches=((replace(FILE, FLAT, FLAT + "\n        y = y.sum(dim=0, keepdim=True)"),),),
        fails=(
            "conv_values",
            "conv_small",
            "conv_padding",
            "conv_stride",
            "conv_dilation",
            "conv_groups",
            "conv_no_bias",
            "conv_keeps",
            "network_scores",
        ),
        teaches="""
The sums of a convolution go over channels, rows and columns of the kernel. `torch.sum(window * kernel)` for a window
of shape (N, C, k, k) adds up the batch as well, so that each image gets the total of all. With one image nothing is
seen of it.
""",
    ),
    Mistake(
        name="conv-one-image-alone",
        says="the convolution returns the outputs of one image of the batch alone",
        hint="which shape have the outputs of three images?",
        patch=(replace(FILE, RETURNED, "y = y[:1]\n        " + RETURNED),),
        other_patches=((replace(FILE, RETURNED, "y = y[-1:]\n        " + RETURNED),),),
        fails=(
            "conv_values",
            "conv_small",
            "conv_padding",
            "conv_stride",
            "conv_dilation",
            "conv_groups",
            "conv_no_bias",
            "conv_keeps",
            "network_scores",
        ),
        teaches="""
Every image of the batch has outputs of its own: (N, C, H, W) becomes (N, O, H', W'). Trying one image at a time does
not show it.
""",
    ),
    Mistake(
        name="conv-first-image",
        says="the convolution returns the outputs of the first image alone, without the batch's axis",
        hint="which shape have your outputs for 3 images?",
        patch=(replace(FILE, RETURNED, "y = y[0]\n        " + RETURNED),),
        fails=EVERY_CONVOLUTION,
        teaches="""
A batch of N images gives N of them. Code that was written for one image has to be told about the first axis.
""",
    ),
    Mistake(
        name="conv-kernel-for-each-image",
        says="the convolution multiplies the first image with the first kernel, the second with the second",
        hint="how many axes have image and kernel together, and over which of them is added up?",
        patch=(
            replace(
                FILE, ADDED, "y = (windows[:, 0] * self.weight[:, :, None, None]).sum(dim=(1, 4, 5))[:, None, None]"
            ),
        ),
        fails=EVERY_CONVOLUTION,
        teaches="""
`windows * weight` puts the axis of the images, N, onto that of the kernels, O: for N = O each image is multiplied
with one kernel alone, otherwise it raises. Every image meets every kernel: `einsum("nchw,oc->nohw", ...)`, or an axis
of size 1 for each.
""",
    ),
    Mistake(
        name="conv-bias-twice",
        says="the convolution adds the bias twice",
        hint="how often is the bias in each of your outputs?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("y + self.bias", "y + 2 * self.bias")),),
        fails=EVERY_BIAS,
        teaches="""
Adding it in the loop and once more behind it, or in a product and behind it, gives y + 2 b. A test with a bias of 0
does not see it.
""",
    ),
    Mistake(
        name="conv-bias-for-each-channel",
        says="the convolution adds the bias once for each channel of the image",
        hint="stands the bias inside of your loop over channels?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("y + self.bias", "y + self.weight.shape[1] * self.bias")),),
        fails=EVERY_BIAS,
        teaches="""
The sum goes over channels, rows and columns; the bias is added once, to the sum.
""",
    ),
    Mistake(
        name="conv-one-bias",
        says="every kernel of the convolution gets the bias of the first one",
        hint="how many numbers has the bias, and which belongs to which output channel?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("self.bias[:, None, None]", "self.bias[0]")),),
        other_patches=(
            (
                replace(
                    FILE,
                    RETURNED,
                    RETURNED.replace(
                        "self.bias[",
                        "self.bias[:: len(self.bias) // self.groups].repeat_interleave(len(self.bias) // self.groups)[",
                    ),
                ),
            ),
        ),
        fails=EVERY_BIAS,
        teaches="""
There is a bias for each kernel: `self.bias[:, None, None]` has the shape (O, 1, 1) and meets the axis of the
channels.
""",
    ),
    Mistake(
        name="conv-bias-over-columns",
        says="the bias of the convolution is added along the last axis, that of the columns",
        hint="along which axis does y + bias go, with y of shape (N, O, H, W)?",
        patch=(replace(FILE, RETURNED, RETURNED.replace("self.bias[:, None, None]", "self.bias")),),
        other_patches=(
            (
                replace(
                    FILE,
                    RETURNED,
                    RETURNED.replace("self.bias[:, None, None]", "self.bias.repeat(y.shape[3])[: y.shape[3]]"),
                ),
            ),
        ),
        fails=EVERY_BIAS,
        teaches="""
Shapes are matched from the last axis on: a bias of shape (O,) meets the columns of (N, O, H, W). It raises unless
the sizes happen to agree. `self.bias[:, None, None]` meets the channels.
""",
    ),
    Mistake(
        name="conv-flipped",
        says="the convolution turns its kernel upside down",
        hint="which pixel of the window does weight[o, c, 0, 0] meet?",
        patch=(replace(FILE, ADDED, ADDED.replace("weight)", "weight.flip(3, 4))")),),
        fails=EVERY_CONVOLUTION,
        teaches="""
Networks compute a cross-correlation: `weight[o, c, 0, 0]` meets the upper left pixel of each window. The convolution
of mathematics turns the kernel by 180 degrees.
""",
    ),
    Mistake(
        name="conv-kernel-turned",
        says="rows and columns of the kernel are swapped",
        hint="which pixel of the window does weight[o, c, 0, 1] meet?",
        patch=(replace(FILE, ADDED, ADDED.replace("weight)", "weight.transpose(3, 4))")),),
        fails=EVERY_CONVOLUTION,
        teaches="""
`weight[o, c, n, m]` meets the pixel n rows down and m columns to the right. A kernel that is its own mirror image
does not show the difference.
""",
    ),
    Mistake(
        name="conv-channels-mixed-up",
        says="the outputs are reshaped where their axes have to be swapped, so that channels and places are mixed",
        hint="what are the axes of your product, and in which order are they?",
        patch=(replace(FILE, FLAT, FLAT + "\n        y = y.movedim(1, -1).reshape(y.shape)"),),
        other_patches=((replace(FILE, FLAT, "y = y.movedim(2, -1).reshape(y.shape)\n        " + FLAT),),),
        fails=EVERY_CONVOLUTION,
        teaches="""
`reshape` and `view` read the numbers in the order in which they lie there. Where the channels come last, swap first:
`y.permute(0, 3, 1, 2)`.
""",
    ),
    Mistake(
        name="conv-last-kernel-place-alone",
        says="the products of the places of the kernel overwrite each other: only the last of them is left",
        hint="does your loop over the kernel use = or +=?",
        patch=(
            replace(FILE, ADDED, ADDED.replace("windows, weight)", "windows[..., -1:, -1:], weight[..., -1:, -1:])")),
        ),
        fails=EVERY_CONVOLUTION,
        teaches="""
Each place of the kernel adds its product: `y += x[..., n : n + h, m : m + w] * weight[..., n, m]`.
""",
    ),
    Mistake(
        name="conv-kernel-edge-left-out",
        says="the last row and the last column of the kernel are left out",
        hint="where does range(k - 1) end?",
        patch=(
            replace(FILE, ADDED, ADDED.replace("windows, weight)", "windows[..., :-1, :-1], weight[..., :-1, :-1])")),
        ),
        other_patches=(
            (replace(FILE, ADDED, ADDED.replace("windows, weight)", "windows[..., :-1, :], weight[..., :-1, :])")),),
            (replace(FILE, ADDED, ADDED.replace("windows, weight)", "windows[..., :-1], weight[..., :-1])")),),
        ),
        fails=EVERY_CONVOLUTION,
        teaches="""
`range(k)` ends with k - 1 by itself.
""",
    ),
    Mistake(
        name="conv-mean",
        says="the products of a window are averaged, where they have to be added up",
        hint="what do you divide by?",
        patch=(replace(FILE, ADDED, ADDED + " / self.weight[0].numel()"),),
        fails=EVERY_CONVOLUTION,
        teaches="""
The sum over channels, rows and columns is not divided by anything: `.sum()`, not `.mean()`.
""",
    ),
    Mistake(
        name="conv-mean-over-channels",
        says="the channels are averaged, where they have to be added up",
        hint="which of your sums is a mean?",
        patch=(replace(FILE, ADDED, ADDED + " / self.weight.shape[1]"),),
        fails=EVERY_CONVOLUTION,
        teaches="""
The output is the sum over the channels of the kernel. A mean is smaller by the number of channels: for one channel
nothing shows.
""",
    ),
    Mistake(
        name="conv-mean-over-places",
        says="the places of the kernel are averaged, where they have to be added up",
        hint="which of your sums is a mean?",
        patch=(replace(FILE, ADDED, ADDED + " / self.kernel_size**2"),),
        fails=EVERY_CONVOLUTION,
        teaches="""
The output is the sum over rows and columns of the kernel. A mean is smaller by k times k: for k = 1 nothing shows.
""",
    ),
    Mistake(
        name="conv-with-relu",
        says="the convolution cuts off what is negative",
        hint="which step of the network comes after the convolution?",
        patch=(
            replace(
                FILE,
                RETURNED,
                RETURNED.replace(
                    "return y if self.bias is None else y +", "return F.relu(y) if self.bias is None else F.relu(y +"
                )
                + ")",
            ),
        ),
        fails=(
            "conv_values",
            "conv_small",
            "conv_padding",
            "conv_stride",
            "conv_dilation",
            "conv_groups",
            "conv_no_bias",
            "conv_keeps",
        ),
        teaches="""
The ReLU is a step of the network of its own. A layer that takes the place of `nn.Conv2d` has none.
""",
    ),
    Mistake(
        name="conv-first-channel",
        says="the convolution looks at the first channel of its images alone",
        hint="what changes in your outputs if you change the last channel?",
        patch=(replace(FILE, ADDED, ADDED.replace("windows, weight)", "windows[:, :, :1], weight[:, :, :1])")),),
        fails=EVERY_CONVOLUTION,
        teaches="""
A kernel has as many channels as the image, and what they give is added up.
""",
    ),
    Mistake(
        name="conv-last-place-left-out",
        says="the convolution has one row and one column of outputs too few",
        hint="at how many places does a kernel of 3 fit into 3 pixels?",
        patch=(replace(FILE, FLAT, FLAT + "[..., :-1, :-1]"),),
        fails=EVERY_CONVOLUTION,
        teaches="""
There are (H + 2p - k) // s + 1 places: for H = 6 and k = 3 the kernel begins at 0, 1, 2 and 3, which are four.
""",
    ),
    Mistake(
        name="conv-last-place-unfilled",
        says="the last row and the last column of the outputs are not computed",
        hint="at which row and column does your loop end?",
        patch=(
            replace(
                FILE,
                RETURNED,
                RETURNED.replace("return", "y =") + "\n        y[..., -1, :] = y[..., -1] = 0\n        return y",
            ),
        ),
        fails=EVERY_CONVOLUTION,
        teaches="""
`range(H')` already leaves out H'. With one less the last row keeps the zeros that the outputs began with.
""",
    ),
    Mistake(
        name="conv-rows-and-columns-exchanged",
        says="the outputs are reshaped to as many rows as they have columns",
        hint="in which order does your reshape name height and width?",
        patch=(replace(FILE, FLAT, FLAT + "\n        y = y.reshape(*y.shape[:2], y.shape[3], y.shape[2])"),),
        fails=(*CONVOLUTION, "conv_no_bias", "conv_keeps"),
        teaches="""
The shape of the outputs is (N, O, H', W'), rows first. Reshaped to (N, O, W', H') the numbers stay in their order and
stand in the wrong places. On square images nothing shows.
""",
    ),
    Mistake(
        name="conv-outputs-turned",
        says="the outputs have room for as many rows as there are columns",
        hint="which of H' and W' comes first in the shape of your outputs?",
        patch=(
            replace(
                FILE,
                FLAT,
                FLAT + "\n        room = y.new_zeros(*y.shape[:2], y.shape[3], y.shape[2])\n"
                "        for i in range(y.shape[2]):\n"
                "            for j in range(y.shape[3]):\n"
                "                room[:, :, i, j] = y[:, :, i, j]\n"
                "        y = room",
            ),
        ),
        fails=(
            "conv_values",
            "conv_small",
            "conv_padding",
            "conv_stride",
            "conv_dilation",
            "conv_groups",
            "conv_no_bias",
            "conv_keeps",
        ),
        teaches="""
The shape of the outputs is (N, O, H', W'): rows first. On square images nothing shows, on others an index is out of
bounds.
""",
    ),
    Mistake(
        name="conv-square-images",
        says="the convolution takes the height of an image for its width as well",
        hint="which entries of the shape do you look at?",
        patch=(replace(FILE, FLAT, FLAT + "\n        y = y[..., : y.shape[2]]"),),
        fails=(
            "conv_values",
            "conv_small",
            "conv_padding",
            "conv_stride",
            "conv_dilation",
            "conv_groups",
            "conv_no_bias",
            "conv_keeps",
        ),
        teaches="""
Height and width are two numbers. Images of 32 x 32 hide that they were taken for one: try one of 6 x 8.
""",
    ),
    Mistake(
        name="conv-squeezed",
        says="the convolution drops axes of size 1",
        hint="which shape have your outputs for one image?",
        patch=(replace(FILE, RETURNED, "return (y if self.bias is None else y + self.bias[:, None, None]).squeeze()"),),
        fails=("conv_small", "network_twenty"),
        teaches="""
`squeeze()` without an axis removes every axis of size 1: that of a batch of one image, of a single kernel, of outputs
one pixel high. Say which axis is meant.
""",
    ),
    Mistake(
        name="conv-padding-ignored",
        says="the convolution takes a padding and does nothing with it",
        hint="which size have your outputs for an image of 6 x 7, a kernel of 3 and padding 1?",
        patch=(replace(FILE, PADDED, "x = x.contiguous()"),),
        fails=("conv_padding", "conv_dilation"),
        teaches="""
With padding p the image has p rows and columns of zeros more on each side, H + 2p in all. A parameter that is stored
and never used looks as if it worked, as long as it is 0.
""",
    ),
    Mistake(
        name="conv-padding-before",
        says="the convolution adds all rows and columns of zeros before the image",
        hint="on how many sides of the image are your zeros?",
        patch=(
            replace(
                FILE, PADDED, PADDED.replace("(padding, padding, padding, padding)", "(2 * padding, 0, 2 * padding, 0)")
            ),
        ),
        fails=("conv_padding", "conv_dilation"),
        teaches="""
`F.pad` takes left, right, top and bottom: `padding` for each of them.
""",
    ),
    Mistake(
        name="conv-padding-of-one-side",
        says="the convolution pads two of the four sides of the image",
        hint="on how many sides of the image are your zeros?",
        patch=(
            replace(FILE, PADDED, PADDED.replace("(padding, padding, padding, padding)", "(padding, 0, padding, 0)")),
        ),
        other_patches=(
            (replace(FILE, PADDED, PADDED.replace("(padding, padding, padding, padding)", "(padding, padding)")),),
            (
                replace(
                    FILE, PADDED, PADDED.replace("(padding, padding, padding, padding)", "(0, padding, 0, padding)")
                ),
            ),
            (
                replace(
                    FILE,
                    FLAT,
                    FLAT + "\n        y = y[..., : y.shape[2] - padding // stride, : y.shape[3] - padding // stride]",
                ),
            ),
        ),
        fails=("conv_padding", "conv_dilation"),
        teaches="""
`padding` rows stand above the image and as many below it: H' = H + 2 · padding - k + 1.
""",
    ),
    Mistake(
        name="conv-padding-repeats",
        says="the convolution repeats the border of the image instead of adding zeros",
        hint="which numbers stand beyond the border of the image?",
        patch=(replace(FILE, PADDED, PADDED.replace("padding))", 'padding), mode="replicate")')),),
        fails=("conv_padding", "conv_dilation"),
        teaches="""
`nn.Conv2d` adds zeros. `mode="replicate"`, and `"edge"` of numpy, repeat the last row and column instead.
""",
    ),
    Mistake(
        name="conv-padding-behind",
        says="the convolution adds all rows and columns of zeros behind the image",
        hint="in which row of the padded image is the first row of the image?",
        patch=(
            replace(
                FILE, PADDED, PADDED.replace("(padding, padding, padding, padding)", "(0, 2 * padding, 0, 2 * padding)")
            ),
        ),
        fails=("conv_padding", "conv_dilation"),
        teaches="""
Half of the zeros belongs before the image and half behind it: the first row of the image is row p of the padded one.
The size alone does not show it.
""",
    ),
    Mistake(
        name="conv-stride-ignored",
        says="the convolution takes a stride and moves its kernel by one pixel",
        hint="which size have your outputs for an image of 7 x 10, a kernel of 3 and stride 2?",
        patch=(replace(FILE, NUMBERS, NUMBERS.replace("self.dilation, self.stride", "self.dilation, 1")),),
        fails=("conv_stride",),
        teaches="""
With stride s the kernel begins at 0, s, 2s and so on: (H - k) // s + 1 places.
""",
    ),
    Mistake(
        name="conv-window-not-moved-by-stride",
        says="the outputs are as many as the stride says, but the windows are next to each other",
        hint="where does the window of output (1, 1) begin with stride 2?",
        patch=(
            replace(
                FILE,
                "windows = x.unfold(2, size, stride).unfold(3, size, stride)[..., ::step, ::step]",
                "windows = x.unfold(2, size, 1).unfold(3, size, 1)[..., ::step, ::step]\n"
                "        rows, columns = ((extent - size) // stride + 1 for extent in x.shape[2:])\n"
                "        windows = windows[:, :, :rows, :columns]",
            ),
        ),
        fails=("conv_stride",),
        teaches="""
Output (i, j) looks at the window that begins at (stride · i, stride · j). `x[i : i + k]` moves by one pixel only.
""",
    ),
    Mistake(
        name="conv-stride-of-rows-alone",
        says="the convolution takes its stride for the rows alone",
        hint="in which directions does the kernel move?",
        patch=(replace(FILE, ".unfold(3, size, stride)", ".unfold(3, size, 1)"),),
        fails=("conv_stride",),
        teaches="""
One number as stride means both directions, as for `nn.Conv2d`.
""",
    ),
    Mistake(
        name="conv-dilation-ignored",
        says="the convolution takes a dilation and does nothing with it",
        hint="how many rows does a kernel of 3 with dilation 2 cover?",
        patch=(replace(FILE, NUMBERS, NUMBERS.replace("self.padding, self.dilation,", "self.padding, 1,")),),
        fails=("conv_dilation",),
        teaches="""
With dilation d the places of the kernel are d pixels apart: a kernel of k covers d (k - 1) + 1 rows.
""",
    ),
    Mistake(
        name="conv-groups-ignored",
        says="the convolution takes groups and does nothing with them",
        hint="which shape has nn.Conv2d(4, 6, 3, groups=2).weight?",
        patch=(
            replace(FILE, CONV_SHAPE, CONV_SHAPE.replace("in_channels // groups", "in_channels")),
            replace(FILE, "self.dilation, self.groups = dilation, groups", "self.dilation, self.groups = dilation, 1"),
        ),
        fails=("conv_groups",),
        teaches="""
With G groups a kernel sees C / G channels, and the weight is (O, C / G, k, k).
""",
    ),
    Mistake(
        name="conv-groups-interleaved",
        says="groups take every second channel instead of neighbouring ones",
        hint="with 4 channels and 2 groups: which channels does the first kernel see?",
        patch=(
            replace(
                FILE,
                "windows = windows.unflatten(1, (self.groups, -1))",
                "windows = windows.unflatten(1, (-1, self.groups)).transpose(1, 2)",
            ),
        ),
        fails=("conv_groups",),
        teaches="""
The first group sees the first C / G channels. So the axis of the channels becomes (G, C / G), in this order.
""",
    ),
    Mistake(
        name="conv-bias-always",
        says="the convolution has a bias, whatever its argument bias says",
        hint="what does list(MyConv2d(3, 8, 5, bias=False).named_parameters()) give?",
        patch=(replace(FILE, CONV_BIAS, CONV_BIAS.removesuffix(" if bias else None")),),
        fails=("conv_no_bias",),
        teaches="""
With `bias=False` nothing is added, and the `state_dict` holds `weight` alone.
""",
    ),
    Mistake(
        name="conv-zeroes-images",
        says="the convolution writes into its images",
        hint="what are the images after the call?",
        patch=(
            replace(FILE, FLAT, FLAT + "\n        images.zero_()"),
            replace(FILE, PADDED, "images = x\n        " + PADDED),
        ),
        fails=("conv_keeps",),
        teaches="""
What `forward` is given belongs to the caller, who may need it again: for the next layer, or for the other network.
""",
    ),
    Mistake(
        name="network-no-relu",
        says="the network of own layers has no ReLU between its fully connected layers",
        hint="which steps has Net between its layers, and which of them has yours?",
        patch=(replace(FILE, OWN_HIDDEN, OWN_HIDDEN.replace("F.relu(self.fc2(hidden))", "self.fc2(hidden)")),),
        other_patches=(
            (replace(FILE, "hidden = F.relu(self.fc1(quarter.flatten(1)))", "hidden = self.fc1(quarter.flatten(1))"),),
        ),
        fails=IN_NETWORK,
        teaches="""
The parameters alone do not make the network: what stands between the layers has no parameters, and `load_state_dict`
cannot tell that it is missing.
""",
    ),
    Mistake(
        name="network-not-padded",
        says="the network of own layers does not pad, and its first fully connected layer is made for one that does",
        hint="which size has an image behind each step of your network, and do its convolutions get a padding?",
        patch=(
            replace(FILE, "MyConv2d(3, 8, 5)", "MyConv2d(3, 8, kernel_size=5)"),
            replace(FILE, "MyConv2d(8, 16, 5)", "MyConv2d(8, 16, kernel_size=5)"),
            replace(FILE, "MyLinear(16 * 5 * 5, 128)", "MyLinear(1024, 128)"),
        ),
        fails=IN_NETWORK,
        teaches="""
Without padding an image of 32 x 32 is 28, 14, 10 and 5 wide after the four steps, and 400 numbers are left; with two
rows and columns of zeros on each side it is 32, 16, 16 and 8, and 1024 are. Both networks have to do the same.
""",
    ),
    Mistake(
        name="network-softmax",
        says="the network of own layers returns probabilities",
        hint="do the ten numbers of an image add up to 1, and those of Net?",
        patch=(replace(FILE, OWN_END, OWN_END.replace("self.fc3(hidden)", "self.fc3(hidden).softmax(dim=1)")),),
        fails=IN_NETWORK,
        teaches="""
Both networks have to return the same: scores. The class with the largest probability is that with the largest score,
so that equal accuracies hide the difference.
""",
    ),
    Mistake(
        name="network-no-convolution-relu",
        says="the network of own layers has no ReLU behind a convolution",
        hint="which steps stand between the second convolution and its pooling?",
        patch=(
            replace(
                FILE,
                "quarter = F.max_pool2d(F.relu(self.conv2(half)), 2)",
                "quarter = F.max_pool2d(self.conv2(half), 2)",
            ),
        ),
        other_patches=(
            (replace(FILE, "half = F.max_pool2d(F.relu(self.conv1(x)), 2)", "half = F.max_pool2d(self.conv1(x), 2)"),),
        ),
        fails=IN_NETWORK,
        teaches="""
Convolution, ReLU, pooling, twice: both networks have to do the same steps.
""",
    ),
    Mistake(
        name="network-average-pooling",
        says="the network of own layers takes the mean of each 2 x 2 pixels",
        hint="which pooling has your network of torch's layers?",
        patch=(
            replace(
                FILE, "half = F.max_pool2d(F.relu(self.conv1(x)), 2)", "half = F.avg_pool2d(F.relu(self.conv1(x)), 2)"
            ),
            replace(
                FILE,
                "quarter = F.max_pool2d(F.relu(self.conv2(half)), 2)",
                "quarter = F.avg_pool2d(F.relu(self.conv2(half)), 2)",
            ),
        ),
        fails=IN_NETWORK,
        teaches="""
Maximum pooling keeps the largest of four pixels. Both networks have to do the same.
""",
    ),
    Mistake(
        name="network-flattened-by-pixels",
        says="the network of own layers flattens pixel by pixel, with the channels innermost",
        hint="in which order are the 400 numbers behind `x.flatten(1)`?",
        patch=(replace(FILE, "self.fc1(quarter.flatten(1))", "self.fc1(quarter.movedim(1, -1).flatten(1))"),),
        fails=IN_NETWORK,
        teaches="""
`x.flatten(1)` of (N, C, H, W) goes channel by channel. In another order the same weights meet other numbers.
""",
    ),
    Mistake(
        name="network-squeezed",
        says="the network of own layers drops the batch's axis for one image",
        hint="which shape have your scores for one image?",
        patch=(replace(FILE, OWN_END, OWN_END.replace("self.fc3(hidden)", "self.fc3(hidden).squeeze(0)")),),
        fails=("network_twenty",),
        teaches="""
`squeeze(0)` removes the first axis where its size is 1: the scores of one image are then (10,) and not (1, 10), and
`argmax(dim=1)` raises.
""",
    ),
    Mistake(
        name="network-adds-to-the-image-before",
        says="a layer of the network adds to what it computed for the image before",
        hint="is anything left in a layer when its forward has returned?",
        patch=(replace(FILE, FLAT, FLAT + '\n        y = self.__dict__["total"] = y + self.__dict__.get("total", 0)'),),
        fails=("network_twenty",),
        teaches="""
An array of outputs that is made in the constructor, or kept from call to call, still holds the image before. Make it
anew in every call of `forward`. A single call does not show it.
""",
    ),
)

PADDED_TOO = ("conv-padding-before", "conv-padding-behind", "conv-padding-repeats")
SMALLER = ("conv-padding-ignored", "conv-padding-of-one-side")
EVERY_OTHER = ("conv_values", "conv_small", "conv_stride", "conv_groups", "conv_no_bias", "conv_keeps", *IN_NETWORK)

CONVENTIONS = (
    Convention(
        name="same",
        changes=(
            replace(FILE, "Conv2d(3, 8, 5)", "Conv2d(3, 8, 5, padding=2)"),
            replace(FILE, "Conv2d(8, 16, 5)", "Conv2d(8, 16, 5, padding=2)"),
            replace(FILE, "16 * 5 * 5", "16 * 8 * 8"),
        ),
        also_fails=dict.fromkeys((*PADDED_TOO, *SMALLER), IN_NETWORK),
    ),
    Convention(
        name="same-by-the-layer",
        changes=(
            replace(FILE, "nn.Conv2d(3, 8, 5)", "nn.Conv2d(3, 8, 5, padding=2)"),
            replace(FILE, "nn.Conv2d(8, 16, 5)", "nn.Conv2d(8, 16, 5, padding=2)"),
            replace(FILE, "16 * 5 * 5", "16 * 8 * 8"),
            replace(FILE, "        padding: int = 0,\n        dilation: int = 1,\n", ""),
            replace(FILE, "self.dilation, self.groups = dilation, groups", "self.dilation, self.groups = 1, groups"),
            replace(
                FILE,
                "self.kernel_size, self.stride, self.padding = kernel_size, stride, padding",
                "self.kernel_size, self.stride, self.padding = kernel_size, stride, kernel_size // 2",
            ),
        ),
        also_fails=dict.fromkeys(PADDED_TOO, EVERY_OTHER),
    ),
)
