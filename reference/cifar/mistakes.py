"""What students get wrong in `cifar`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Convention, Mistake, replace

MAIN = "main.py"
TWO_LAYERS = "models/twolayer.py"
CNN = "models/cnn.py"
OWN = "models/my_model.py"
CONFIGURATION = "configs/config_mymodel.yaml"

ACCURACY = "float(confusion.trace() / confusion.sum())"
AT_THE_END = 'if __name__ == "__main__":\n'
IN_SHARES = f"""
validate_in_counts = validate


def in_shares(found):
    if isinstance(found, torch.Tensor) and found.ndim == 2:
        return found / found.sum(dim=1, keepdim=IS_OF_ROWS)
    return tuple(map(in_shares, found)) if isinstance(found, tuple) else found


def validate(*arguments):
    return in_shares(validate_in_counts(*arguments))


{AT_THE_END}"""
CONVENTIONS = (
    Convention("shares of rows", (replace(MAIN, AT_THE_END, IN_SHARES.replace("IS_OF_ROWS", "True")),)),
    # The course's own code divides so: each column by the sum of the row of that number.
    Convention("columns by the sums of rows", (replace(MAIN, AT_THE_END, IN_SHARES.replace("IS_OF_ROWS", "False")),)),
)
TWO_LAYERS_MADE = """        self.hidden = nn.Linear(input_dim, hidden_size)
        self.scores = nn.Linear(hidden_size, num_classes)
"""
TWO_LAYERS_USED = "self.scores(torch.sigmoid(self.hidden(x.flatten(start_dim=1))))"

WIDTHS = tuple(
    (
        replace(TWO_LAYERS, "nn.Linear(input_dim, hidden_size)", f"nn.Linear(input_dim, {width})"),
        replace(TWO_LAYERS, "nn.Linear(hidden_size, num_classes)", f"nn.Linear({width}, num_classes)"),
    )
    for width in (256, 100, 128, 512, 64)
)

MISTAKES = (
    Mistake(
        name="gradients-never-cleared",
        says="train never clears the gradients, so that each step also follows those of all batches before it",
        hint="after two calls of backward without zero_grad between them, what stands in parameter.grad?",
        patch=(replace(MAIN, "        optimizer.zero_grad()\n", ""),),
        fails=("train_epoch",),
        teaches="""
`loss.backward()` adds to `parameter.grad`; it does not replace what is there. That is meant so: a parameter that is
used twice in a network gets the sum of both gradients. But it also holds from one batch to the next, so somebody has
to clear the gradients once for each batch: `optimizer.zero_grad()`, anywhere after one `step()` and before the next
`backward()`. Clearing once before the loop is too seldom.

Two batches with the gradients 1 and 2 and a rate of 0.1 move a weight by `-0.1` and then by `-0.2`. Without clearing
the second step is `-0.1 * (1 + 2) = -0.3`.
""",
    ),
    Mistake(
        name="no-step",
        says="train changes no parameter: step is not called, or only when the gradients are gone",
        hint="which call changes the parameters, and what does it find in parameter.grad at that moment?",
        patch=(replace(MAIN, "        optimizer.step()\n", ""),),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`backward()` computes gradients and nothing else; `optimizer.step()` moves the parameters along them. A loss that
stays where it is, near `ln 10 = 2.303` for ten classes, is the sign that no step is taken.

The same happens with `backward(); zero_grad(); step()`: the step finds no gradients any more. A right order is
`zero_grad(); backward(); step()`, and so is `backward(); step(); zero_grad()`.
""",
    ),
    Mistake(
        name="loss-made-a-number",
        says="train turns the loss into a Python float before it calls backward",
        hint="what does a float know of how it was computed?",
        patch=(replace(MAIN, "criterion(model(images), labels)", "criterion(model(images), labels).item()"),),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
The tensor that a criterion returns knows the operations it came from; that is what `backward()` walks back. `.item()`
and `float(loss)` give a plain number that has forgotten them. Call `backward()` on the tensor, and take `loss.item()`
only for what you add up or print. Adding up the tensors themselves works too, but it keeps the operations of every
batch in memory.
""",
    ),
    Mistake(
        name="first-batch-only",
        says="train stops after the first batch",
        hint="on which level of indentation does your loop end?",
        patch=(replace(MAIN, "        optimizer.step()\n", "        optimizer.step()\n        return\n"),),
        fails=("train_epoch",),
        teaches="""
A `return` or a `break` that is indented as far as the loop's body ends the loop in its first round. The network then
sees one batch of each epoch, a different one each time if the loader shuffles, so that it learns all the same, only
slowly: easily taken for a learning rate that is too small.
""",
    ),
    Mistake(
        name="one-step-for-all-batches",
        says="train takes one step after the last batch, where it should take one for each",
        hint="on which level of indentation is optimizer.step()?",
        patch=(
            replace(MAIN, "        optimizer.zero_grad()\n", ""),
            replace(MAIN, "        optimizer.step()\n", "    optimizer.step()\n"),
        ),
        other_patches=((replace(MAIN, "        optimizer.step()\n", "    optimizer.step()\n"),),),
        fails=("train_epoch",),
        teaches="""
Each batch gives a gradient and is followed by a step. A step behind the loop comes once in an epoch: along the sum of
all gradients, or along those of the last batch where they are cleared in between.
""",
    ),
    Mistake(
        name="criterion-not-used",
        says="train computes a cross-entropy of its own instead of calling the criterion",
        hint="whose loss is it that the configuration chooses: is it called anywhere?",
        patch=(
            replace(MAIN, "criterion(model(images), labels)", "nn.functional.cross_entropy(model(images), labels)"),
        ),
        fails=("train_criterion",),
        teaches="""
`train` is handed its criterion so that the loss can be exchanged without touching the loop: one that weighs classes,
or the focal loss of the next assignment. With a loss written into the loop the configuration seems to be read, and
changes nothing.
""",
    ),
    Mistake(
        name="batches-weighed-alike",
        says="validate averages the accuracies of the batches, though the last batch is smaller than the others",
        hint="with batches of 100 and a last one of 1: how much does that single sample count?",
        patch=(
            replace(MAIN, "    with torch.no_grad():\n", "    shares = []\n    with torch.no_grad():\n"),
            replace(
                MAIN,
                "argmax(dim=1)\n",
                "argmax(dim=1)\n            shares.append(float((predicted == labels).float().mean()))\n",
            ),
            replace(MAIN, ACCURACY, "sum(shares) / len(shares)"),
        ),
        fails=("validate_accuracy",),
        teaches="""
A mean of means is the mean only when all groups are of one size. With 7 samples of which 3 are right, and a last
batch of 2 that are both right, the accuracy is `5 / 9 = 0.556`, and the mean of `3 / 7` and `2 / 2` is 0.714. Count
what is right and divide once at the end, or weigh each batch by its size.
""",
    ),
    Mistake(
        name="accuracy-in-percent",
        says="validate returns the accuracy in percent",
        hint="how large is your result when every sample is right?",
        patch=(
            replace(
                MAIN, "float(confusion.trace() / confusion.sum())", "100 * float(confusion.trace() / confusion.sum())"
            ),
        ),
        fails=("validate_accuracy",),
        teaches="""
The share of samples that are right lies between 0 and 1. Percent are for people to read; whoever compares the result
with 0.3 takes 31 % for 31.
""",
    ),
    Mistake(
        name="accuracy-is-a-count",
        says="validate returns how many samples are classified correctly, where their share is asked for",
        hint="by what do you divide?",
        patch=(replace(MAIN, ACCURACY, "float(confusion.trace())"),),
        fails=("validate_accuracy",),
        teaches="""
14 of 26 samples are a share of `14 / 26 = 0.538`. A count alone does not say of how many.
""",
    ),
    Mistake(
        name="last-batch-counted-as-full",
        says="validate divides by the size of a batch times the number of batches, though the last one is smaller",
        hint="with 26 samples in batches of 7: by which number do you divide?",
        patch=(replace(MAIN, ACCURACY, "float(confusion.trace()) / (len(val_loader) * val_loader.batch_size)"),),
        fails=("validate_accuracy",),
        teaches="""
26 samples in batches of 7 are four batches, the last of 5. `len(loader) * batch_size` is 28: count `len(labels)` of
each batch, or ask for `len(loader.dataset)`.
""",
    ),
    Mistake(
        name="accuracy-of-the-last-batch",
        says="validate returns the accuracy of the last batch alone",
        hint="what happens to the count of right samples at the beginning of each batch?",
        patch=(
            replace(MAIN, "    with torch.no_grad():\n", "    shares = [0.0]\n    with torch.no_grad():\n"),
            replace(
                MAIN,
                "argmax(dim=1)\n",
                "argmax(dim=1)\n            shares.append(float((predicted == labels).float().mean()))\n",
            ),
            replace(MAIN, ACCURACY, "shares[-1]"),
        ),
        fails=("validate_accuracy",),
        teaches="""
What is to be added up over batches begins at 0 before the loop and grows by `+=` within it.
""",
    ),
    Mistake(
        name="confusion-of-the-last-batch",
        says="the confusion matrix holds the last batch alone",
        hint="what happens to the matrix at the beginning of each batch?",
        patch=(
            replace(MAIN, "argmax(dim=1)\n", "argmax(dim=1)\n            last = torch.zeros_like(confusion)\n"),
            replace(
                MAIN,
                "confusion[true, guess] += 1\n",
                "confusion[true, guess] += 1\n                last[true, guess] += 1\n",
            ),
            replace(MAIN, f"{ACCURACY}, confusion", f"{ACCURACY}, last"),
        ),
        fails=("validate_confusion",),
        teaches="""
The matrix is made of zeros once, before the loop, and each batch adds to it.
""",
    ),
    Mistake(
        name="confusion-of-ones",
        says="the confusion matrix says whether a class was taken for another, not how often: = where += is meant",
        hint="what is in the matrix after two cats were taken for dogs?",
        patch=(replace(MAIN, f"{ACCURACY}, confusion", f"{ACCURACY}, confusion.clamp(max=1)"),),
        fails=("validate_confusion",),
        teaches="""
`confusion[t, p] = 1` forgets what was there. Each sample adds one: `confusion[t, p] += 1`. With whole arrays of indices
`confusion[labels, predicted] += 1` adds one for each place, however often it occurs; `index_put_` with
`accumulate=True` and `torch.bincount` count.
""",
    ),
    Mistake(
        name="confusion-shares-of-all",
        says="the confusion matrix is divided by the number of samples, where counts or shares of rows are expected",
        hint="what do the numbers of one row add up to?",
        patch=(replace(MAIN, f"{ACCURACY}, confusion", f"{ACCURACY}, confusion / confusion.sum()"),),
        fails=("validate_confusion",),
        teaches="""
Of a row divided by its own sum the diagonal entry is the accuracy of that class. Divided by all samples it is smaller,
the more classes there are.
""",
    ),
    Mistake(
        name="confusion-shares-of-columns",
        says="columns of the confusion matrix are divided by their sums, where counts or shares of rows are expected",
        hint="along which axis do you add up?",
        patch=(replace(MAIN, f"{ACCURACY}, confusion", f"{ACCURACY}, confusion / confusion.sum(dim=0).clamp(min=1)"),),
        fails=("validate_confusion",),
        teaches="""
The sum of a row is how many samples its class has, that of a column how many were taken for its class. The accuracy of
a class is its diagonal entry by the sum of its row, `confusion.sum(dim=1, keepdim=True)`.
""",
    ),
    Mistake(
        name="argmax-over-the-batch",
        says="validate looks for the largest score along the samples, where it should look along the classes",
        hint="which shape has scores.argmax(dim=0), and which have the labels?",
        patch=(
            replace(MAIN, "argmax(dim=1)\n", "argmax(dim=0)\n            assert (predicted == labels) is not None\n"),
        ),
        fails=("validate_accuracy", "validate_confusion", "validate_keeps_model"),
        teaches="""
Scores have the shape (N, 10). `argmax(dim=1)` gives a class for each of the N samples, `argmax(dim=0)` a sample for
each of the 10 classes.
""",
    ),
    Mistake(
        name="confusion-transposed",
        says="the rows of the confusion matrix are the predicted classes, and its columns the true ones",
        hint="what do the numbers of one row add up to?",
        patch=(replace(MAIN, "confusion[true, guess]", "confusion[guess, true]"),),
        fails=("validate_confusion",),
        teaches="""
In row t and column p stands how many samples of class t were taken for class p, so each row adds up to the number of
samples of its class. Turned around, the accuracy of a class, its diagonal entry by the sum of its row, becomes
something else: the share of right ones among those that were taken for it.

One sample of class 2 that is taken for class 5 is a 1 in `confusion[2, 5]`.
""",
    ),
    Mistake(
        name="backward-in-validation",
        says="validate calls backward and leaves gradients of validation images in the model",
        hint="which batch's gradients does the next step of training find?",
        patch=(
            replace(MAIN, "    with torch.no_grad():\n", "    with torch.enable_grad():\n"),
            replace(
                MAIN,
                "argmax(dim=1)\n",
                "argmax(dim=1)\n            criterion(model(images), labels).backward()\n",
            ),
        ),
        fails=("validate_keeps_model",),
        teaches="""
Validation asks how good the model is; it must not make it better on the images that it is judged by. A `backward()`
that was copied over from `train` adds gradients of validation images to the parameters, and the next step follows
them if nobody clears them before. Inside `with torch.no_grad():` it would not even run, and scores are computed
faster.
""",
    ),
    Mistake(
        name="twolayer-no-bias",
        says="a layer of TwoLayerNet has no bias",
        hint="which number comes out of a layer whose input is all zeros?",
        patch=(
            replace(TWO_LAYERS, "nn.Linear(input_dim, hidden_size)", "nn.Linear(input_dim, hidden_size, bias=False)"),
        ),
        other_patches=(
            (
                replace(
                    TWO_LAYERS, "nn.Linear(hidden_size, num_classes)", "nn.Linear(hidden_size, num_classes, bias=False)"
                ),
            ),
            (
                replace(
                    TWO_LAYERS, "nn.Linear(input_dim, hidden_size)", "nn.Linear(input_dim, hidden_size, bias=False)"
                ),
                replace(
                    TWO_LAYERS, "nn.Linear(hidden_size, num_classes)", "nn.Linear(hidden_size, num_classes, bias=False)"
                ),
            ),
        ),
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
A fully connected layer is `W x + b`. From 3072 inputs to 256 outputs it has `3072 * 256 + 256 = 786688` numbers, from
256 to 10 another 2570, together 789258. 256 fewer are what the biases of the first layer would be.
""",
    ),
    Mistake(
        name="layers-in-a-plain-list",
        says="TwoLayerNet keeps its layers in a Python list, where PyTorch does not find their parameters",
        hint="what does list(model.parameters()) hold?",
        patch=(
            replace(
                TWO_LAYERS,
                TWO_LAYERS_MADE,
                "        self.layers = [nn.Linear(input_dim, hidden_size), nn.Linear(hidden_size, num_classes)]\n",
            ),
            replace(
                TWO_LAYERS, TWO_LAYERS_USED, "self.layers[1](torch.sigmoid(self.layers[0](x.flatten(start_dim=1))))"
            ),
        ),
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
`nn.Module` notices a layer when it becomes an attribute: `self.hidden = nn.Linear(...)`. What stands in a list or a
dict is not noticed: `model.parameters()` is empty, the optimizer has nothing to change, and a checkpoint holds
nothing. For a list there is `nn.ModuleList([...])`, for layers that follow each other `nn.Sequential(...)`.
""",
    ),
    Mistake(
        name="twolayer-probabilities",
        says="TwoLayerNet returns probabilities, where logits are expected",
        hint="who applies softmax when the criterion is CrossEntropyLoss?",
        patch=(replace(TWO_LAYERS, "        return scores\n", "        return scores.softmax(dim=1)\n"),),
        fails=("twolayer_scores", "twolayer_flat"),
        teaches="""
`CrossEntropyLoss` takes logits: it applies the logarithm of softmax itself, in a way that does not overflow. Given
probabilities, it applies softmax to numbers between 0 and 1, which makes them nearly equal: the loss of ten classes
cannot fall below `ln(1 + 9 / e) = 1.461`, and gradients are small. Which class is largest stays the same, so that
nobody sees it in the accuracy; training is only slower and ends worse.
""",
    ),
    Mistake(
        name="twolayer-relu",
        says="TwoLayerNet has a ReLU between its layers, where a sigmoid is asked for",
        hint="between which bounds do the outputs of your hidden layer lie?",
        patch=(replace(TWO_LAYERS, "torch.sigmoid(", "torch.relu("),),
        fails=("twolayer_scores", "twolayer_flat"),
        teaches="""
The two-layer network is the one of the assignment before, and that one has a sigmoid, `1 / (1 + exp(-x))`, with
values between 0 and 1. ReLU would often be the better choice in a network of your own; here the numbers have to be
comparable, and weights that were trained with one do not work with the other.
""",
    ),
    Mistake(
        name="twolayer-tanh",
        says="TwoLayerNet has a tanh between its layers, where a sigmoid is asked for",
        hint="between which bounds do the outputs of your hidden layer lie?",
        patch=(replace(TWO_LAYERS, "torch.sigmoid(", "torch.tanh("),),
        fails=("twolayer_scores", "twolayer_flat"),
        teaches="""
`tanh` lies between -1 and 1, a sigmoid between 0 and 1. Weights that were trained with one do not work with the other.
""",
    ),
    Mistake(
        name="twolayer-sigmoid-first",
        says="TwoLayerNet applies the sigmoid to the images, and nothing stands between its two layers",
        hint="in which order do the calls in forward come: layer, sigmoid, layer?",
        patch=(replace(TWO_LAYERS, TWO_LAYERS_USED, "self.scores(self.hidden(x.flatten(start_dim=1).sigmoid()))"),),
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
The sigmoid belongs between the two layers: it takes what the first one gives, and the second one takes what it gives.
""",
    ),
    Mistake(
        name="twolayer-not-flattened",
        says="TwoLayerNet does not flatten images before its first layer",
        hint="which axis does nn.Linear multiply, and how long is it for x of shape (N, 3, 32, 32)?",
        patch=(replace(TWO_LAYERS, "x.flatten(start_dim=1)", "x"),),
        fails=("twolayer_size", "twolayer_scores"),
        teaches="""
`nn.Linear(3072, 256)` multiplies the last axis, which for images is their width. `x.flatten(start_dim=1)` makes one row
of 3072 numbers of each.
""",
    ),
    Mistake(
        name="twolayer-flattens-the-batch",
        says="TwoLayerNet flattens the whole batch into one row",
        hint="which shape has torch.flatten(x) for x of shape (N, 3, 32, 32)?",
        patch=(replace(TWO_LAYERS, "x.flatten(start_dim=1)", "x.flatten()"),),
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
`torch.flatten(x)` joins all axes, that of the samples too. `torch.flatten(x, start_dim=1)` leaves the first one alone.
""",
    ),
    Mistake(
        name="twolayer-sizes-written-in",
        says="TwoLayerNet has 3072, 256 and 10 written in, whatever sizes it is given",
        hint="where do input_dim, hidden_size and num_classes occur in your constructor?",
        patch=(
            replace(TWO_LAYERS, "nn.Linear(input_dim, hidden_size)", "nn.Linear(3072, 256)"),
            replace(TWO_LAYERS, "nn.Linear(hidden_size, num_classes)", "nn.Linear(256, 10)"),
        ),
        other_patches=(
            (replace(TWO_LAYERS, "x.flatten(start_dim=1)", "x.view(-1, 3072)"),),
            (replace(TWO_LAYERS, "x.flatten(start_dim=1)", "x.reshape(-1, 3072)"),),
        ),
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
The three sizes are arguments: `nn.Linear(input_dim, hidden_size)` and `nn.Linear(hidden_size, num_classes)`.
""",
    ),
    Mistake(
        name="twolayer-hidden-size-written-in",
        says="the hidden layer of TwoLayerNet has a fixed number of units, whatever hidden_size is",
        hint="where in your constructor does hidden_size stand?",
        patch=WIDTHS[0],
        other_patches=WIDTHS[1:],
        fails=("twolayer_size", "twolayer_scores", "twolayer_flat"),
        teaches="""
The constructor is told how wide the network is to be. A number that is written in is right for the one width that you
tried: `TwoLayerNet(12, 5, 3)` has `12 * 5 + 5 + 5 * 3 + 3 = 83` parameters.
""",
    ),
    Mistake(
        name="twolayer-only-images",
        says="TwoLayerNet flattens four axes, which samples that are flat already do not have",
        hint="which of x.flatten(1) and x.flatten(1, 3) works for x of shape (N, D)?",
        patch=(replace(TWO_LAYERS, "x.flatten(start_dim=1)", "x.flatten(1, 3)"),),
        other_patches=(
            (
                replace(
                    TWO_LAYERS,
                    f"        scores: torch.Tensor = {TWO_LAYERS_USED}\n",
                    "        n, c, height, width = x.shape\n"
                    "        scores = self.scores(torch.sigmoid(self.hidden(x.reshape(n, c * height * width))))\n",
                ),
            ),
            (replace(TWO_LAYERS, "x.flatten(start_dim=1)", "torch.flatten(x, start_dim=-3, end_dim=-1)"),),
        ),
        fails=("twolayer_flat",),
        teaches="""
`x.flatten(start_dim=1)` and `x.reshape(len(x), -1)` keep the first axis and join all others, however many there are:
both leave a batch of shape (N, D) as it is. `x.flatten(1, 3)` and `n, c, h, w = x.shape` ask for exactly four axes.
""",
    ),
    Mistake(
        name="cnn-padded",
        says="the convolution of VanillaCNN pads its images",
        hint="which sizes have the maps after a 7 x 7 kernel, with padding 3 and with padding 0?",
        patch=(
            replace(CNN, "kernel_size=7)", "kernel_size=7, padding=3)"),
            replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(8192, 10)"),
        ),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
"Zero padding" can be heard in two ways: pad with zeros, or pad by zero pixels. Meant is the second: a 7 x 7 kernel
without padding makes maps of `32 - 7 + 1 = 26` pixels, pooling by 2 leaves 13, and `32 * 13 * 13 = 5408` numbers go
into the last layer. With padding 3 it would be `32 * 16 * 16 = 8192`, and 86666 parameters in place of 58826.
""",
    ),
    Mistake(
        name="cnn-another-kernel",
        says="the convolution of VanillaCNN has another kernel than 7 x 7",
        hint="which size of kernel does the assignment ask for?",
        patch=(
            replace(CNN, "kernel_size=7)", "kernel_size=5)"),
            replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(6272, 10)"),
        ),
        other_patches=(
            (
                replace(CNN, "kernel_size=7)", "kernel_size=3)"),
                replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(7200, 10)"),
            ),
        ),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
A 7 x 7 kernel without padding leaves `32 - 7 + 1 = 26` pixels, pooling 13, and `32 * 13 * 13 = 5408` numbers go into
the last layer: 58826 parameters altogether.
""",
    ),
    Mistake(
        name="cnn-sigmoid",
        says="VanillaCNN has a sigmoid behind its convolution, where a ReLU is asked for",
        hint="between which bounds do the outputs of your convolution lie?",
        patch=(replace(CNN, "torch.relu(", "torch.sigmoid("),),
        fails=("cnn_scores",),
        teaches="""
ReLU cuts off what is below 0 and leaves the rest as it is; a sigmoid squeezes everything between 0 and 1.
""",
    ),
    Mistake(
        name="cnn-probabilities",
        says="VanillaCNN returns probabilities, where logits are expected",
        hint="who applies softmax when the criterion is CrossEntropyLoss?",
        patch=(replace(CNN, "        return scores\n", "        return scores.softmax(dim=1)\n"),),
        fails=("cnn_scores",),
        teaches="""
`CrossEntropyLoss` takes logits and applies the logarithm of softmax itself. Softmax twice makes all classes nearly
equally likely: the loss cannot fall below 1.461 for ten classes, and gradients are small.

For the logits `[2, 0]` the loss of class 0 is 0.127; for their probabilities `[0.88, 0.12]`, taken for logits, it is
0.383.
""",
    ),
    Mistake(
        name="cnn-no-relu",
        says="VanillaCNN has no ReLU between convolution and pooling",
        hint="can a value below zero reach the last layer?",
        patch=(replace(CNN, "torch.relu(self.conv(x))", "self.conv(x)"),),
        fails=("cnn_scores",),
        teaches="""
The order is convolution, ReLU, max pooling, linear layer. ReLU and max pooling may change places without a
difference, since the largest of several numbers stays the largest, but neither replaces the other: pooling lets a
window in which all numbers are negative pass on a negative one.
""",
    ),
    Mistake(
        name="cnn-average-pooling",
        says="VanillaCNN takes the mean of each window, where the largest value is asked for",
        hint="what does your pooling make of a window that holds 0, 0, 0 and 4?",
        patch=(replace(CNN, "nn.MaxPool2d(2)", "nn.AvgPool2d(2)"),),
        fails=("cnn_scores",),
        teaches="""
Both halve an image and neither has parameters, so nothing but the values shows the difference. The largest value says
whether a pattern is anywhere in the window; the mean says how much of it there is. Weights that were trained with one
do not work with the other.
""",
    ),
    Mistake(
        name="my-model-probabilities",
        says="MyModel returns probabilities, where logits are expected",
        hint="who applies softmax when the criterion is CrossEntropyLoss?",
        patch=(replace(OWN, "        return scores\n", "        return scores.softmax(dim=1)\n"),),
        fails=("my_model_scores",),
        teaches="""
The criterion applies softmax itself, whichever network the scores come from. End with a linear layer (or any other
that gives numbers of all sizes and signs), and take `scores.argmax(dim=1)` for the class: softmax does not change
which one is largest.
""",
    ),
    Mistake(
        name="my-model-ready-network",
        says="MyModel is a ready network of torchvision",
        hint="which layers of it did you choose, and why those?",
        patch=(
            replace(OWN, "from torch import nn\n", "from torch import nn\nfrom torchvision.models import resnet18\n"),
            replace(
                OWN, "        self.scores = nn.Linear(32, 10)\n", "        self.scores = resnet18(num_classes=10)\n"
            ),
        ),
        fails=("my_model_scores", "my_model_start", "checkpoint_my_model"),
        teaches="""
The task is to design a network, and to say in the report why it is built so. Ideas of known networks are welcome:
residual connections, batch norm, small kernels one after the other. Importing one as it stands is not, with or
without its trained weights; the modules that hold them cannot be imported here either.
""",
    ),
    Mistake(
        name="my-model-loads-weights",
        says="the constructor of MyModel loads trained weights",
        hint="what would a second training of your network start from?",
        patch=(
            replace(
                OWN,
                "        self.scores = nn.Linear(32, 10)\n",
                "        self.scores = nn.Linear(32, 10)\n"
                '        self.load_state_dict(torch.load("checkpoints/mymodel.pth", weights_only=True))\n',
            ),
        ),
        fails=("my_model_start",),
        teaches="""
A constructor makes layers with fresh, random weights; whoever wants trained ones loads them into the model
afterwards, as the grader does with your checkpoint. A constructor that reads a file makes every training go on from
there, unseen, and fails wherever the file is not.
""",
    ),
    Mistake(
        name="my-model-renamed",
        says="the last layer of MyModel has another name than in its checkpoint",
        hint="did you change the class after its weights were saved?",
        patch=(
            replace(OWN, "self.scores = ", "self.head = "),
            replace(OWN, "self.scores(strongest", "self.head(strongest"),
        ),
        fails=("checkpoint_my_model",),
        teaches="""
Weights belong to the class that they were trained in, to its names and its shapes. After every change of the class,
train once more and hand in the new file. `model.load_state_dict(torch.load("checkpoints/mymodel.pth",
weights_only=True))` in a fresh session tells you in a second whether both fit.
""",
    ),
    Mistake(
        name="config-unknown-key",
        says="the configuration of MyModel has the key lr, where learning_rate is meant",
        hint="what becomes of a key that nobody looks for?",
        patch=(replace(CONFIGURATION, "learning_rate: ", "lr: "),),
        fails=("configs",),
        teaches="""
YAML takes any key. Whoever reads the configuration looks for those that it knows: a misspelt one is passed over, and
the value that was meant is missing or is some default. That is why keys are checked here, and the nearest known one
is named.
""",
    ),
    Mistake(
        name="config-number-as-text",
        says="the configuration writes a number as 5e-4, which YAML reads as text",
        hint="what does type(yaml.safe_load('5e-4')) say?",
        patch=(replace(CONFIGURATION, "reg: 0.0005", "reg: 5e-4"),),
        fails=("configs",),
        teaches="""
In the YAML that PyYAML reads, a number with an exponent needs a point and a sign: `5.0e-4` is a number, `5e-4` and
`5.0e4` are text. Python then fails far away from the file, where it multiplies with it, or compares it as text.
`0.0005` is read as it is meant by everybody.
""",
    ),
    Mistake(
        name="last-batch-left-out",
        says="train leaves out the last batch",
        hint="how often does your loop run for a loader of one batch?",
        patch=(replace(MAIN, "for images, labels in data_loader:", "for images, labels in list(data_loader)[:-1]:"),),
        fails=(
            "train_step",
            "train_epoch",
            "train_criterion",
        ),
        teaches="""
A loader of n batches gives n of them, the last one smaller where the images do not come out even: its images are part
of the epoch too.
""",
    ),
    Mistake(
        name="twolayer-second-sigmoid",
        says="TwoLayerNet ends in a second sigmoid, where its last layer gives the scores",
        hint="between which bounds do the scores of your network lie, and where should they?",
        patch=(replace(TWO_LAYERS, "        return scores\n", "        return torch.sigmoid(scores)\n"),),
        fails=(
            "twolayer_scores",
            "twolayer_flat",
        ),
        teaches="""
A sigmoid squeezes scores between 0 and 1; the softmax in the criterion then makes nearly equal probabilities of them.
The sigmoid stands between the two layers, once.
""",
    ),
    Mistake(
        name="twolayer-no-sigmoid",
        says="TwoLayerNet has nothing between its two layers, where a sigmoid is asked for",
        hint="what is a linear function of a linear function?",
        patch=(replace(TWO_LAYERS, "torch.sigmoid(", "("),),
        fails=(
            "twolayer_scores",
            "twolayer_flat",
        ),
        teaches="""
Two linear layers in a row are one linear layer, only with more numbers in it. What stands between them makes the
network more than that.
""",
    ),
    Mistake(
        name="twolayer-log-probabilities",
        says="TwoLayerNet returns log-probabilities, where logits are expected",
        hint="what does CrossEntropyLoss do with its input first?",
        patch=(replace(TWO_LAYERS, "        return scores\n", "        return scores.log_softmax(dim=1)\n"),),
        fails=(
            "twolayer_scores",
            "twolayer_flat",
        ),
        teaches="""
`nn.CrossEntropyLoss` applies log-softmax itself. Twice it changes nothing but the time that it takes, while scores of
the network are no longer what the checkpoint was asked for; `nn.NLLLoss` is what expects log-probabilities.
""",
    ),
    Mistake(
        name="cnn-log-probabilities",
        says="VanillaCNN returns log-probabilities, where logits are expected",
        hint="what does CrossEntropyLoss do with its input first?",
        patch=(replace(CNN, "        return scores\n", "        return scores.log_softmax(dim=1)\n"),),
        fails=("cnn_scores",),
        teaches="""
`nn.CrossEntropyLoss` applies log-softmax itself; `nn.NLLLoss` is what expects log-probabilities.
""",
    ),
    Mistake(
        name="cnn-relu-at-the-end",
        says="VanillaCNN applies ReLU to its scores: none is below zero",
        hint="may the score of a class be negative?",
        patch=(replace(CNN, "        return scores\n", "        return scores.relu()\n"),),
        fails=("cnn_scores",),
        teaches="""
Scores are of any sign. A ReLU behind the last layer makes 0 of every negative one, and no gradient comes back through
those: classes that the network is sure not to see cannot be told apart, or learned.
""",
    ),
    Mistake(
        name="step-taken-twice",
        says="train calls step twice for each batch",
        hint="how often does your code come by optimizer.step() in one round of the loop?",
        patch=(replace(MAIN, "        optimizer.step()\n", "        optimizer.step()\n        optimizer.step()\n"),),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`optimizer.step()` moves by the gradients that are there, each time it is called. Twice is a step of about twice the
learning rate, with momentum of more.
""",
    ),
    Mistake(
        name="scores-squashed-before-the-criterion",
        says="train applies softmax to the scores before it hands them to the criterion",
        hint="what does CrossEntropyLoss do with its input first?",
        patch=(replace(MAIN, "criterion(model(images), labels)", "criterion(model(images).softmax(dim=1), labels)"),),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`nn.CrossEntropyLoss` takes scores and applies softmax itself. Twice it makes all classes nearly equally probable.
""",
    ),
    Mistake(
        name="validate-accuracy-alone",
        says="validate returns the accuracy alone, without the confusion matrix",
        hint="how many results does the docstring of validate promise?",
        patch=(
            replace(
                MAIN,
                "return float(confusion.trace() / confusion.sum()), confusion",
                "return float(confusion.trace() / confusion.sum())",
            ),
        ),
        fails=("validate_confusion",),
        teaches="""
validate returns two results, the accuracy and the confusion matrix: `return accuracy, confusion`.
""",
    ),
    Mistake(
        name="accuracy-by-the-batches",
        says="validate divides the number of samples that are right by the number of batches",
        hint="how many are right of how many: what is counted below the line?",
        patch=(
            replace(
                MAIN,
                "return float(confusion.trace() / confusion.sum()), confusion",
                "return float(confusion.trace() / len(val_loader)), confusion",
            ),
        ),
        fails=("validate_accuracy",),
        teaches="""
`len(val_loader)` is how many batches there are. The share of samples that are right is their number by that of all
samples, which a loop adds up as `total += len(labels)`.
""",
    ),
    Mistake(
        name="right-ones-of-the-last-batch",
        says="validate divides what is right in the last batch by the number of all samples",
        hint="is what you count in the loop added up, or set anew by each batch?",
        patch=(
            replace(
                MAIN,
                "            predicted = model(images).argmax(dim=1)\n",
                "            predicted = model(images).argmax(dim=1)\n"
                "            right = (predicted == labels).sum()\n",
            ),
            replace(
                MAIN,
                "return float(confusion.trace() / confusion.sum()), confusion",
                "return float(right / confusion.sum()), confusion",
            ),
        ),
        fails=("validate_accuracy",),
        teaches="""
`right = ...` in a loop keeps the last batch alone; `right += ...` adds up all of them.
""",
    ),
    Mistake(
        name="classes-for-scores-in-the-criterion",
        says="train gives the criterion predicted classes, or other numbers that know nothing of the model",
        hint="what does argmax know of the numbers that it was chosen from?",
        patch=(
            replace(
                MAIN,
                "        loss = criterion(model(images), labels)\n",
                "        loss = criterion(model(images), labels).detach()\n",
            ),
        ),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`argmax` and `torch.max(...)[1]` give whole numbers, which have no gradient; so does whatever was computed under
`torch.no_grad()` or of `.detach()`. The criterion takes the scores themselves.
""",
    ),
    Mistake(
        name="criterion-arguments-exchanged",
        says="train gives the criterion the labels first and the scores second",
        hint="in which order does CrossEntropyLoss take scores and labels?",
        patch=(
            replace(
                MAIN,
                "        loss = criterion(model(images), labels)\n",
                "        loss = criterion(labels, model(images))\n",
            ),
        ),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
A criterion of torch is called as `criterion(input, target)`: what the model says comes first, what is true second.
""",
    ),
    Mistake(
        name="step-before-backward",
        says="train takes the step before backward: along the gradients of the batch before, or along none",
        hint="which gradients are there when step is called for the first time?",
        patch=(
            replace(
                MAIN,
                "        optimizer.zero_grad()\n"
                "        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped\n"
                "        optimizer.step()\n",
                "        optimizer.step()\n        optimizer.zero_grad()\n        loss.backward()\n",
            ),
        ),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`backward()` computes gradients, `step()` moves parameters along them. The other way round each batch moves them along
the
gradients of the one before, and the last batch teaches nothing.
""",
    ),
    Mistake(
        name="loss-divided-by-the-batch",
        says="train divides the loss by the batch size, or multiplies it, though the criterion takes the mean already",
        hint="is the loss of CrossEntropyLoss a sum or a mean?",
        patch=(
            replace(
                MAIN,
                "        loss = criterion(model(images), labels)\n",
                "        loss = criterion(model(images), labels) / len(labels)\n",
            ),
        ),
        other_patches=(
            (
                replace(
                    MAIN,
                    "        loss = criterion(model(images), labels)\n",
                    "        loss = criterion(model(images), labels) * len(labels)\n",
                ),
            ),
        ),
        fails=("train_step", "train_epoch", "train_criterion"),
        teaches="""
`nn.CrossEntropyLoss()` takes the mean over the batch. Dividing by the size once more makes every step as many times
shorter, multiplying by it as many times longer.
""",
    ),
    Mistake(
        name="cnn-last-layer-of-another-size",
        says="the last layer of VanillaCNN is made for another number of inputs than arrive",
        hint="how many numbers are left of a 32 x 32 image after the convolution and after pooling?",
        patch=(replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(21632, 10)"),),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
A kernel of 7 x 7 leaves 26 x 26 places of 32 x 32 pixels, pooling by 2 leaves 13 x 13: for 32 filters that is
32 * 13 * 13 = 5408 numbers.
""",
    ),
    Mistake(
        name="cnn-not-flattened",
        says="VanillaCNN does not flatten what it pooled before the last layer",
        hint="which axis does nn.Linear multiply, and how long is it after pooling?",
        patch=(replace(CNN, "seen.flatten(start_dim=1)", "seen"),),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
`nn.Linear(5408, 10)` multiplies the last axis, which after pooling has 13 columns. `x.flatten(start_dim=1)` makes one
row
of 5408 numbers of each image.
""",
    ),
    Mistake(
        name="cnn-flattens-the-batch",
        says="VanillaCNN flattens the whole batch into one row",
        hint="which shape has torch.flatten(x) for x of shape (N, 32, 13, 13)?",
        patch=(replace(CNN, "seen.flatten(start_dim=1)", "seen.flatten()"),),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
`torch.flatten(x)` and `x.view(-1)` put all samples into one row. `x.flatten(start_dim=1)` and `x.view(len(x), -1)`
leave
the axis of samples alone.
""",
    ),
    Mistake(
        name="cnn-no-pooling",
        says="VanillaCNN does not pool",
        hint="how many numbers reach the last layer, and how many should it be?",
        patch=(replace(CNN, "self.pool(torch.relu(self.conv(x)))", "torch.relu(self.conv(x))"),),
        other_patches=(
            (
                replace(CNN, "self.pool(torch.relu(self.conv(x)))", "torch.relu(self.conv(x))"),
                replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(21632, 10)"),
            ),
        ),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
Max pooling by 2 keeps the largest of each 2 x 2 places, and leaves a quarter of the numbers.
""",
    ),
    Mistake(
        name="cnn-no-bias",
        says="a layer of VanillaCNN has no bias",
        hint="how many parameters are asked for, and how many has your network?",
        patch=(replace(CNN, "nn.Conv2d(3, 32, kernel_size=7)", "nn.Conv2d(3, 32, kernel_size=7, bias=False)"),),
        other_patches=((replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(5408, 10, bias=False)"),),),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
`bias=False` leaves out a number for each filter or class. The network that is asked for has them.
""",
    ),
    Mistake(
        name="my-model-layers-that-do-not-fit",
        says="a layer of MyModel is made for another number of inputs than arrive",
        hint="which shape has x before the layer that complains: print it once",
        patch=(replace(OWN, "self.scores = nn.Linear(32, 10)", "self.scores = nn.Linear(64, 10)"),),
        fails=("my_model_scores", "checkpoint_my_model"),
        teaches="""
The first fully connected layer is made for channels * rows * columns numbers, as many as are left after the last
pooling.
Sending one image through by hand shows how many these are.
""",
    ),
    Mistake(
        name="my-model-classes",
        says="MyModel gives another number of scores than 10 for each image",
        hint="how many classes has CIFAR-10?",
        patch=(replace(OWN, "self.scores = nn.Linear(32, 10)", "self.scores = nn.Linear(32, 100)"),),
        other_patches=((replace(OWN, "self.scores = nn.Linear(32, 10)", "self.scores = nn.Linear(32, 1)"),),),
        fails=("my_model_scores", "checkpoint_my_model"),
        teaches="""
Each image gets a score for each of the 10 classes: the result has the shape (N, 10).
""",
    ),
    Mistake(
        name="validate-results-exchanged",
        says="validate returns the confusion matrix first and the accuracy second",
        hint="in which order does the docstring of validate promise its results?",
        patch=(
            replace(
                MAIN,
                "return float(confusion.trace() / confusion.sum()), confusion",
                "return confusion, float(confusion.trace() / confusion.sum())",
            ),
        ),
        fails=("validate_accuracy", "validate_confusion"),
        teaches="""
`return accuracy, confusion`: who calls validate takes the first result for the accuracy.
""",
    ),
    Mistake(
        name="cnn-pooling-of-another-stride",
        says="VanillaCNN pools windows that overlap, or of another size",
        hint="how large is a map of 26 x 26 after your pooling?",
        patch=(
            replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(2, stride=1)"),
            replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(20000, 10)"),
        ),
        other_patches=(
            (
                replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(3, stride=2)"),
                replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(4608, 10)"),
            ),
            (
                replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(3)"),
                replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(2048, 10)"),
            ),
            (
                replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(4)"),
                replace(CNN, "nn.Linear(5408, 10)", "nn.Linear(1152, 10)"),
            ),
            (replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(2, stride=1)"),),
            (replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(3, stride=2)"),),
            (replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(3)"),),
            (replace(CNN, "nn.MaxPool2d(2)", "nn.MaxPool2d(4)"),),
        ),
        fails=("cnn_size", "cnn_scores"),
        teaches="""
Max pooling by 2 takes windows of 2 x 2, two apart: 26 x 26 becomes 13 x 13.
""",
    ),
)
