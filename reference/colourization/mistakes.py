"""What students get wrong in `colourization`: each misconception is a small patch of the reference."""

from __future__ import annotations

import re

from grader.authoring import Convention, Mistake, Replacement, replace

MODELS = "models.py"
ANSWERS = "answers.toml"
WRITE_UP = "a2-writeup.md"

# The same lines stand in several networks: a patch takes the lines around it along.
POOL_FIRST = """            nn.Conv2d(num_in_channels, num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
"""
POOL_SECOND = """            nn.Conv2d(num_filters, 2 * num_filters, kernel, padding=padding),
            nn.MaxPool2d(2),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up = nn.Sequential(
            nn.Conv2d(2 * num_filters, num_filters, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
"""
POOL_FOURTH = """            nn.Conv2d(num_filters, num_colours, kernel, padding=padding),
            nn.Upsample(scale_factor=2),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
"""
POOL_LAST = "        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=padding)\n"
TRANSPOSE_SECOND = """            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up"""
TRANSPOSE_FOURTH = """\
            nn.ConvTranspose2d(num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
"""
TRANSPOSE_LAST = "        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=1)\n"
UNET_FOURTH = """\
            nn.ConvTranspose2d(2 * num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
"""
UNET_LAST = "        self.last = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=1)\n"
UNET_FORWARD = """        whole = self.fourth(torch.cat([again_half, half], dim=1))
        scores: torch.Tensor = self.last(torch.cat([whole, x], dim=1))
"""
POOL = POOL_FIRST + POOL_SECOND + POOL_FOURTH + POOL_LAST
TRANSPOSE = """\
        self.down = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
            nn.ConvTranspose2d(num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=1)
"""
UNET = """\
        self.first = nn.Sequential(
            nn.Conv2d(num_in_channels, num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.second = nn.Sequential(
            nn.Conv2d(num_filters, 2 * num_filters, kernel, stride=2, padding=1),
            nn.BatchNorm2d(2 * num_filters),
            nn.ReLU(),
        )
        self.third = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_filters, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.fourth = nn.Sequential(
            nn.ConvTranspose2d(2 * num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours + num_in_channels, num_colours, kernel, padding=1)
"""
LAST = r"(self\.last = )(.*)\n"
ARGUMENTS = "num_colours: int, num_in_channels: int"
SIGNATURE = f"""
    def __init__(self, kernel: int, num_filters: int, {ARGUMENTS}) -> None:
"""
HEADS = (
    '        num_in_channels: NIC.\n    """\n',
    '"""Go down by strided and up by transposed convolutions, as in figure 1b. Arguments as above."""\n',
    '"""The network above with two skip connections, as in figure 1c. Arguments as above."""\n',
)
OF_POOL = ("pool_parameters", "pool_scores")
OF_TRANSPOSE = ("transpose_parameters", "transpose_scores")
OF_UNET = ("unet_parameters", "unet_scores")


def once(text: str, old: str, new: str) -> str:
    """Replace a text that stands there once."""
    assert text.count(old) == 1, old  # a fault of this file
    return text.replace(old, new)


def throughout(layers: str, old: str, new: str) -> tuple[Replacement, ...]:
    """Replace what a regular expression finds wherever it stands in the layers of a network."""
    changed, count = re.subn(old, new, layers)
    assert count, old  # a fault of this file
    return (replace(MODELS, layers, changed),)


def without_norm(layers: str, *features: str) -> tuple[tuple[Replacement, ...], ...]:
    """Leave out the batch norm of one group, once for each group: those of so many features."""
    found = []
    for count in features:
        norms = [match.span() for match in re.finditer(rf" +nn\.BatchNorm2d\({re.escape(count)}\),\n", layers)]
        assert norms, count  # a fault of this file
        found += [(replace(MODELS, layers, layers[:start] + layers[end:]),) for start, end in norms]
    return tuple(found)


def in_every_group(order: str) -> tuple[Replacement, ...]:
    """Put the layers of all four groups of PoolUpsampleNet into an order; what it does not name is left out."""

    def group(inputs: str, outputs: str, resize: str) -> str:
        layers = {
            "conv": f"nn.Conv2d({inputs}, {outputs}, kernel, padding=padding)",
            "norm": f"nn.BatchNorm2d({outputs})",
            "relu": "nn.ReLU()",
            "resize": resize,
        }
        return "".join(f"            {layers[name]},\n" for name in order.split())

    down, up = "nn.MaxPool2d(2)", "nn.Upsample(scale_factor=2)"
    between = "        )\n        self.up = nn.Sequential(\n"
    return (
        replace(MODELS, POOL_FIRST, group("num_in_channels", "num_filters", down)),
        replace(
            MODELS,
            POOL_SECOND,
            group("num_filters", "2 * num_filters", down) + between + group("2 * num_filters", "num_filters", up),
        ),
        replace(MODELS, POOL_FOURTH, group("num_filters", "num_colours", up) + "        )\n"),
    )


ORDER = tuple(
    replace(MODELS, head + SIGNATURE, head + SIGNATURE.replace(ARGUMENTS, "num_in_channels: int, num_colours: int"))
    for head in HEADS
)
LAST_OF_UNET_LEFT_OUT = (
    *throughout(UNET, LAST, r"\1nn.Identity()\n"),
    replace(MODELS, "self.last(torch.cat([whole, x], dim=1))", "whole"),
)


def third_not_halved(network: str, layers: str) -> tuple[Replacement, ...]:
    """Let the third group give as many channels as it gets, and the fourth take them."""
    third = (
        r"ConvTranspose2d\(2 \* num_filters, num_filters(.*\n.*)BatchNorm2d\(num_filters\)((?s:.*?)ConvTranspose2d\()"
    )
    inputs = r"2 \* num_filters" if network == "UNet" else "num_filters"
    more = "3 * num_filters" if network == "UNet" else "2 * num_filters"
    return throughout(
        layers,
        third + inputs,
        rf"ConvTranspose2d(2 * num_filters, 2 * num_filters\g<1>BatchNorm2d(2 * num_filters)\g<2>{more}",
    )


CONVENTIONS = (
    Convention(
        "the skipped part first",
        (replace(MODELS, "[again_half, half]", "[half, again_half]"), replace(MODELS, "[whole, x]", "[x, whole]")),
    ),
    Convention(
        "the skipped part first, the input last", (replace(MODELS, "[again_half, half]", "[half, again_half]"),)
    ),
    Convention("the skipped part last, the input first", (replace(MODELS, "[whole, x]", "[x, whole]"),)),
)


def of_network(network: str, layers: str, fails: tuple[str, str]) -> tuple[Mistake, ...]:
    """Make what is got wrong in the layers of part B and of part C in the same way."""
    short = network.removeprefix("Conv").removesuffix("Net").lower() if network != "UNet" else "unet"
    return (
        Mistake(
            name=f"{short}-one-grey-channel",
            says=f"{network} takes pictures of one channel, whatever num_in_channels says",
            hint="which number stands first in your first convolution?",
            patch=throughout(layers, r"nn\.Conv2d\(num_in_channels", "nn.Conv2d(1"),
            fails=fails,
            teaches="""
A grey picture has one channel, and so the network works as long as nobody asks for more. NIC is an argument for that
reason: with NIC = 3 the first convolution has `9 * 3 * NF` weights.
""",
        ),
        Mistake(
            name=f"{short}-filters-not-doubled",
            says=f"the second group of {network} has NF channels, where the figure has 2NF",
            hint="which shape does the figure give between the two halves of the network?",
            patch=throughout(
                layers,
                r"num_filters, 2 \* num_filters(.*\n.*)2 \* num_filters((?s:.*?)ConvTranspose2d\()2 \* num_filters",
                r"num_filters, num_filters\1num_filters\2num_filters",
            ),
            fails=fails,
            teaches="""
Half as wide and half as high, a tensor has a quarter of its numbers. Doubling the channels keeps half of them: the
second group goes from NF to 2NF, the third from 2NF back to NF.
""",
        ),
        Mistake(
            name=f"{short}-third-group-not-halved",
            says=f"the third group of {network} gives 2NF channels, where the figure has NF",
            hint="how many channels has the figure after the first transposed convolution?",
            patch=third_not_halved(network, layers),
            fails=fails,
            teaches="""
The way up mirrors the way down: 2NF channels in the middle, NF half as large as the picture. So the first transposed
convolution goes from 2NF to NF.
""",
        ),
        Mistake(
            name=f"{short}-no-last-convolution",
            says=f"{network} ends after the fourth group: the last convolution is missing",
            hint="what follows the last white space in the figure?",
            patch=throughout(layers, LAST, r"\1nn.Identity()\n") if network != "UNet" else LAST_OF_UNET_LEFT_OUT,
            fails=fails,
            teaches="""
Scores that come out of a ReLU are never negative. The last convolution mixes colours and pixels, and gives logits of
either sign: five layers in all, the last one without batch norm and ReLU.
""",
        ),
    )


MISTAKES = (
    *of_network("ConvTransposeNet", TRANSPOSE, OF_TRANSPOSE),
    *of_network("UNet", UNET, OF_UNET),
    Mistake(
        name="arguments-in-another-order",
        says="the networks take their arguments in another order: num_in_channels before num_colours",
        hint="in which order does the handout name the four arguments?",
        patch=ORDER,
        fails=("pool_parameters", "pool_scores", "pool_kernel", *OF_TRANSPOSE, *OF_UNET),
        teaches="""
Who makes the networks gives `(kernel, num_filters, num_colours, num_in_channels)`, without names. In another order
24 colours become 24 channels of a picture.
""",
    ),
    Mistake(
        name="pool-batch-norm-shared",
        says="two groups of PoolUpsampleNet have one and the same batch norm",
        hint="how often does your forward call each batch norm that you make?",
        patch=(replace(MODELS, POOL_LAST, f"{POOL_LAST}        self.up[2] = self.down[2]\n"),),
        other_patches=(
            (replace(MODELS, POOL_LAST, f"{POOL_LAST}        self.left, self.up[2] = self.up[2], self.down[2]\n"),),
        ),
        fails=OF_POOL,
        teaches="""
The first and the third group both have NF channels, and so one batch norm fits both without an error. But it gives
both the same mean and spread, and its running statistics are a mixture of two layers: each group needs its own.
""",
    ),
    Mistake(
        name="pool-some-smooth-upsampling",
        says="one of the two upsamplings of PoolUpsampleNet is bilinear, where nn.Upsample's default copies pixels",
        hint="which mode does nn.Upsample(scale_factor=2) have?",
        patch=(replace(MODELS, POOL_FOURTH, once(POOL_FOURTH, "scale_factor=2)", 'scale_factor=2, mode="bilinear")')),),
        other_patches=(
            (replace(MODELS, POOL_SECOND, once(POOL_SECOND, "scale_factor=2)", 'scale_factor=2, mode="bilinear")')),),
        ),
        fails=("pool_scores",),
        teaches="""
What the handout does not say is PyTorch's default, and the default of `nn.Upsample` is `nearest`: every pixel becomes
four of its value. `bilinear` blends neighbours.
""",
    ),
    Mistake(
        name="unet-joins-the-batch",
        says="torch.cat in UNet joins along the batch, where the channels are to be joined",
        hint="which axis does torch.cat take if you name none?",
        patch=(
            replace(MODELS, "[again_half, half], dim=1", "[again_half, half], dim=0"),
            replace(MODELS, "[whole, x], dim=1", "[whole, x], dim=0"),
        ),
        fails=OF_UNET,
        teaches="""
`torch.cat` joins along axis 0 unless it is told otherwise, and axis 0 is that of the samples: six pictures in place of
three. Channels are axis 1: `torch.cat([a, b], dim=1)`.
""",
    ),
    Mistake(
        name="unet-skips-the-convolution-alone",
        says="UNet skips what the first group has before its ReLU, where the figure skips the result of the group",
        hint="after which layer of the first group does your skip begin?",
        patch=(
            replace(
                MODELS,
                "        half = self.first(x)\n",
                "        raw = self.first[0](x)\n        half = self.first[1:](raw)\n",
            ),
            replace(MODELS, "[again_half, half]", "[again_half, raw]"),
        ),
        other_patches=(
            (
                replace(
                    MODELS,
                    "        half = self.first(x)\n",
                    "        raw = self.first[:2](x)\n        half = self.first[2](raw)\n",
                ),
                replace(MODELS, "[again_half, half]", "[again_half, raw]"),
            ),
        ),
        fails=("unet_scores",),
        teaches="""
A group is convolution, batch norm and ReLU, and what is skipped is what the group gives. Shapes and parameters are the
same before the batch norm, the numbers are not.
""",
    ),
    Mistake(
        name="answer-weights-without-the-last",
        says="the last convolution, from NC to NC, is not among the weights",
        hint="how many convolutions has figure 1a?",
        patch=(replace(ANSWERS, 'NF*NC + NC^2)"\noutputs', 'NF*NC)"\noutputs'),),
        fails=("weights_answer",),
        teaches="""
Five convolutions have weights: NIC to NF, NF to 2NF, 2NF to NF, NF to NC, and NC to NC. The last one adds `k^2 NC^2`.
""",
    ),
    Mistake(
        name="pool-one-grey-channel",
        says="PoolUpsampleNet takes pictures of one channel, whatever num_in_channels says",
        hint="which number stands first in your first convolution?",
        patch=(replace(MODELS, POOL_FIRST, once(POOL_FIRST, "num_in_channels,", "1,")),),
        fails=OF_POOL,
        teaches="""
A grey picture has one channel, and so the network works as long as nobody asks for more. NIC is an argument for that
reason: with NIC = 3 the first convolution has `9 * 3 * NF` weights, and one that was made for a single channel
raises.
""",
    ),
    Mistake(
        name="pool-filters-not-doubled",
        says="the second group of PoolUpsampleNet has NF channels, where the figure has 2NF",
        hint="which shape does the figure give after the second pooling?",
        patch=(replace(MODELS, POOL_SECOND, POOL_SECOND.replace("2 * num_filters", "num_filters")),),
        fails=OF_POOL,
        teaches="""
Half as wide and half as high, a tensor has a quarter of its numbers. Doubling the channels keeps half of them. The
second group goes from NF to 2NF, the third from 2NF back to NF: `2 * 9 * 2 NF^2` weights, where NF to NF would have
half.
""",
    ),
    Mistake(
        name="pool-no-last-convolution",
        says="PoolUpsampleNet ends after the fourth group: the convolution from NC to NC is missing",
        hint="what follows the last white space in figure 1a?",
        patch=(replace(MODELS, POOL_LAST, "        self.last = nn.Identity()\n"),),
        fails=OF_POOL,
        teaches="""
Scores that come out of a ReLU are never negative, and out of an upsampling they are alike in blocks of 2 x 2 pixels.
The last convolution, NC to NC, mixes colours and pixels and gives logits of either sign: `9 NC^2 + NC` parameters.
""",
    ),
    Mistake(
        name="pool-batch-norm-missing",
        says="a group of PoolUpsampleNet has no batch norm",
        hint="how many batch norms has the figure, and how many have you?",
        patch=(replace(MODELS, POOL_FOURTH, once(POOL_FOURTH, "            nn.BatchNorm2d(num_colours),\n", "")),),
        other_patches=(
            *without_norm(POOL_FIRST, "num_filters"),
            *without_norm(POOL_SECOND, "2 * num_filters", "num_filters"),
            in_every_group("conv resize relu"),
            in_every_group("conv relu resize"),
        ),
        fails=OF_POOL,
        teaches="""
Each of the four groups has a batch norm, of as many features as its convolution has outputs: twice as many parameters
as features, together `2 (NF + 2NF + NF + NC)`.
""",
    ),
    Mistake(
        name="pool-relu-before-batch-norm",
        says="in a group of PoolUpsampleNet ReLU stands before batch norm, where the figure has it after",
        hint="in which order do the four layers of a group stand in figure 1a?",
        patch=(
            replace(
                MODELS,
                POOL_FIRST,
                once(
                    POOL_FIRST,
                    "            nn.BatchNorm2d(num_filters),\n            nn.ReLU(),\n",
                    "            nn.ReLU(),\n            nn.BatchNorm2d(num_filters),\n",
                ),
            ),
        ),
        fails=("pool_scores",),
        teaches="""
Batch norm gives each channel a mean and a spread of its own; ReLU then cuts off about half. Turned around, ReLU
cuts off what the convolution happens to leave negative, and what goes on to the next layer has either sign. No
shape and no parameter tells the two apart, only the numbers do.
""",
    ),
    Mistake(
        name="pool-batch-norm-before-pooling",
        says="in a group of PoolUpsampleNet batch norm stands before max pooling, where the figure has it after",
        hint="over how many numbers is the mean of a channel taken, before and after pooling?",
        patch=(
            replace(
                MODELS,
                POOL_FIRST,
                once(
                    POOL_FIRST,
                    "            nn.MaxPool2d(2),\n            nn.BatchNorm2d(num_filters),\n",
                    "            nn.BatchNorm2d(num_filters),\n            nn.MaxPool2d(2),\n",
                ),
            ),
        ),
        other_patches=(in_every_group("conv norm relu resize"), in_every_group("conv norm resize relu")),
        fails=("pool_scores",),
        teaches="""
The largest of four numbers is larger than their mean, so the mean of a channel is another one after pooling, and
batch norm takes away another number. Where it multiplies by a negative number the largest becomes the smallest,
too. ReLU and max pooling may change places, batch norm and max pooling may not.
""",
    ),
    Mistake(
        name="pool-average-pooling",
        says="PoolUpsampleNet takes the mean of four numbers where figure 1a takes the largest",
        hint="which pooling layer keeps an edge as strong as it is?",
        patch=(
            replace(MODELS, POOL_FIRST, once(POOL_FIRST, "MaxPool2d", "AvgPool2d")),
            replace(MODELS, POOL_SECOND, once(POOL_SECOND, "MaxPool2d", "AvgPool2d")),
        ),
        fails=("pool_scores",),
        teaches="""
Max pooling keeps the strongest answer of a filter among four neighbours, average pooling their mean. Both halve the
picture and have no parameters, so that neither sizes nor counts tell them apart: the figure says max pooling.
""",
    ),
    Mistake(
        name="pool-smooth-upsampling",
        says="PoolUpsampleNet upsamples bilinearly, where nn.Upsample's default copies pixels",
        hint="which mode does nn.Upsample(scale_factor=2) have?",
        patch=tuple(
            replace(MODELS, group, once(group, "scale_factor=2)", 'scale_factor=2, mode="bilinear")'))
            for group in (POOL_SECOND, POOL_FOURTH)
        ),
        other_patches=(
            tuple(
                replace(MODELS, group, once(group, "=2)", '=2, mode="bilinear", align_corners=True)'))
                for group in (POOL_SECOND, POOL_FOURTH)
            ),
        ),
        fails=("pool_scores",),
        teaches="""
What the handout does not say is PyTorch's default, and the default of `nn.Upsample` is `nearest`: every pixel becomes
four of its value. `bilinear` blends neighbours.
""",
    ),
    Mistake(
        name="pool-ends-with-relu",
        says="PoolUpsampleNet has a ReLU after its last convolution",
        hint="can a score of yours be negative?",
        patch=(
            replace(
                MODELS, POOL_LAST, POOL_LAST.replace("nn.Conv2d(", "nn.Sequential(nn.Conv2d(")[:-1] + ", nn.ReLU())\n"
            ),
        ),
        fails=("pool_scores",),
        teaches="""
The last layer gives logits, of either sign; softmax, which the cross entropy applies, makes probabilities of them.
After a ReLU every colour that the network wants to rule out has the score 0, and no gradient.
""",
    ),
    Mistake(
        name="pool-padding-always-one",
        says="PoolUpsampleNet pads by 1 whatever the kernel is, which keeps the size for k = 3 alone",
        hint="how many pixels does a kernel of 5 lose at each border?",
        patch=(replace(MODELS, "        padding = kernel // 2\n", "        padding = 1\n"),),
        fails=("pool_kernel",),
        teaches="""
A kernel of k reaches `(k - 1) / 2` pixels beyond its middle: 1 for 3, 2 for 5, 3 for 7. The variable `padding` is
that number, and every convolution of part A takes it.
""",
    ),
    Mistake(
        name="transpose-kernel-of-one",
        says="the last convolution of ConvTransposeNet has a kernel of 1, where the figure has one of k",
        hint="which argument of the class is the side of every kernel?",
        patch=(replace(MODELS, TRANSPOSE_LAST, "        self.last = nn.Conv2d(num_colours, num_colours, 1)\n"),),
        fails=OF_TRANSPOSE,
        teaches="""
A 1 x 1 convolution mixes the colours of a pixel and sees none of its neighbours. All five layers of the figure have
the kernel k: the last one has `k^2 NC^2` weights.
""",
    ),
    Mistake(
        name="transpose-by-upsampling",
        says="the fourth group of ConvTransposeNet upsamples and convolves, where the figure transposes a convolution",
        hint="which layer of PyTorch goes from small to large with weights of its own?",
        patch=(
            replace(
                MODELS,
                TRANSPOSE_FOURTH,
                once(
                    TRANSPOSE_FOURTH,
                    "nn.ConvTranspose2d(num_filters, num_colours, kernel, stride=2, padding=1, output_padding=1)",
                    "nn.Upsample(scale_factor=2),\n            nn.Conv2d(num_filters, num_colours, kernel, padding=1)",
                ),
            ),
        ),
        fails=OF_TRANSPOSE,
        teaches="""
Both go up by a factor of 2 with the same number of weights. Upsampling copies each pixel into four and blurs them by
the convolution; a transposed convolution with stride 2 puts a kernel for each pixel, two pixels apart, and learns how
they overlap. Its weights have the shape (in, out, k, k), those of a convolution (out, in, k, k).
""",
    ),
    Mistake(
        name="transpose-relu-before-batch-norm",
        says="in a group of ConvTransposeNet ReLU stands before batch norm, where the figure has it after",
        hint="in which order do the three layers of a group stand in figure 1b?",
        patch=(
            replace(
                MODELS,
                TRANSPOSE_FOURTH,
                once(
                    TRANSPOSE_FOURTH,
                    "            nn.BatchNorm2d(num_colours),\n            nn.ReLU(),\n",
                    "            nn.ReLU(),\n            nn.BatchNorm2d(num_colours),\n",
                ),
            ),
        ),
        fails=("transpose_scores",),
        teaches="""
Batch norm first, ReLU second, in each of the four groups. In fresh layers and in
evaluation mode the order hardly shows; as soon as the layers are trained it does.
""",
    ),
    Mistake(
        name="transpose-stride-forgotten",
        says="the second convolution of ConvTransposeNet has no stride, so that the scores are too large",
        hint="how large is the smallest tensor of the figure?",
        patch=(replace(MODELS, TRANSPOSE_SECOND, once(TRANSPOSE_SECOND, "stride=2, padding=1", "padding=1")),),
        fails=("transpose_scores",),
        teaches="""
Two strides of 2 go down, two transposed ones go up again. With one missing, 32 pixels become 16, 16, 32 and 64, and
the loss cannot be computed: scores and labels have different sizes. Print the shape after every layer once.
""",
    ),
    Mistake(
        name="unet-filters-for-colours",
        says="the fourth group of UNet gives NF channels, where the figure has NC",
        hint="for which of your settings are NF and NC the same number?",
        patch=(
            replace(
                MODELS,
                UNET_FOURTH
                + """            nn.BatchNorm2d(num_colours),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_colours + num_in_channels,""",
                UNET_FOURTH.replace("num_colours", "num_filters")
                + """            nn.BatchNorm2d(num_filters),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(num_filters + num_in_channels,""",
            ),
        ),
        fails=OF_UNET,
        teaches="""
The network learns all the same, and with NF = 32 and NC = 24 it has even more channels than it should: its accuracy
may be the best of all. The figure has [NC, 32, 32] after the fourth group. Count parameters where NF, NC and NIC are
three different numbers.
""",
    ),
    Mistake(
        name="unet-without-skips",
        says="UNet joins nothing: it is ConvTransposeNet again",
        hint="where in your forward does a tensor go to two places?",
        patch=(
            replace(
                MODELS, UNET_FOURTH, UNET_FOURTH.replace("2 * num_filters, num_colours", "num_filters, num_colours")
            ),
            replace(MODELS, UNET_LAST, UNET_LAST.replace("num_colours + num_in_channels", "num_colours")),
            replace(
                MODELS,
                UNET_FORWARD,
                """        whole = self.fourth(again_half)
        scores: torch.Tensor = self.last(whole)
""",
            ),
        ),
        fails=OF_UNET,
        teaches="""
A skip hands on what an earlier layer gave, beside what the layers between make of it. `torch.cat([a, b], dim=1)`
joins two tensors channel by channel, and the next layer is made for the sum of their channels: 2NF instead of NF, NC
+ NIC instead of NC.
""",
    ),
    Mistake(
        name="unet-adds-instead-of-joining",
        says="UNet adds the first group's result to the third's, where the figure joins them",
        hint="how many channels come out of torch.cat, and how many out of +?",
        patch=(
            replace(
                MODELS, UNET_FOURTH, UNET_FOURTH.replace("2 * num_filters, num_colours", "num_filters, num_colours")
            ),
            replace(MODELS, "self.fourth(torch.cat([again_half, half], dim=1))", "self.fourth(again_half + half)"),
        ),
        fails=OF_UNET,
        teaches="""
Adding, as residual networks do, mixes the two before the next layer sees them; joining lets that layer weigh each by
itself. UNet joins: its fourth layer has `9 * 2NF * NC` weights.
""",
    ),
    Mistake(
        name="unet-input-not-skipped",
        says="UNet does not join the input to what goes into the last convolution",
        hint="the figure has NC + NIC channels before the last layer: whose are the NIC?",
        patch=(
            replace(MODELS, UNET_LAST, UNET_LAST.replace("num_colours + num_in_channels", "num_colours")),
            replace(MODELS, "self.last(torch.cat([whole, x], dim=1))", "self.last(whole)"),
        ),
        fails=OF_UNET,
        teaches="""
There are two skips: from the first group to the fourth, and from the input to the last convolution. The second is the
one that carries the sharp edges of the grey picture, pixel by pixel.
""",
    ),
    Mistake(
        name="unet-joins-with-itself",
        says="UNet joins the third group's result to itself, where the first group's is to be joined",
        hint="which two tensors of the figure have NF channels and half the width?",
        patch=(replace(MODELS, "torch.cat([again_half, half], dim=1)", "torch.cat([again_half, again_half], dim=1)"),),
        fails=("unet_scores",),
        teaches="""
All shapes and all parameters are right, and no error tells: 2NF channels are 2NF channels. But nothing of the first
group reaches the fourth, and that was the point of the skip.
""",
    ),
    Mistake(
        name="pool-no-bias",
        says="the convolutions of PoolUpsampleNet have no bias",
        hint="how many parameters has nn.Conv2d(8, 16, 3)?",
        patch=throughout(POOL, r"(nn\.Conv\w*\(.*)\)", r"\1, bias=False)"),
        other_patches=(throughout(POOL, r"(nn\.Conv\w*\(.*)\),", r"\1, bias=False),"),),
        fails=OF_POOL,
        teaches="""
`nn.Conv2d` has a bias for each output channel unless it is told otherwise; the figure counts them.
""",
    ),
    Mistake(
        name="pool-last-group-without-relu",
        says="the fourth group of PoolUpsampleNet has no ReLU",
        hint="which layers has each group of the figure?",
        patch=throughout(POOL, r"(nn\.BatchNorm2d\(num_colours\),\n) +nn\.ReLU\(\),\n", r"\1"),
        fails=("pool_scores",),
        teaches="""
All four groups end with a ReLU. Without one batch norm and the last convolution are one affine map.
""",
    ),
    Mistake(
        name="pool-no-relu",
        says="PoolUpsampleNet has no ReLU",
        hint="what do two convolutions compute together, if nothing stands between them?",
        patch=throughout(POOL, r" +nn\.ReLU\(\),\n", ""),
        fails=("pool_scores",),
        teaches="""
Without ReLU the network is a single linear map of its input, however many layers it has.
""",
    ),
    Mistake(
        name="pool-leaky-relu",
        says="PoolUpsampleNet has leaky ReLU where the figure has ReLU",
        hint="what does your activation give for -1?",
        patch=throughout(POOL, r"nn\.ReLU\(\)", "nn.LeakyReLU()"),
        other_patches=(throughout(POOL, r"nn\.ReLU\(\)", "nn.LeakyReLU(0.2)"),),
        fails=("pool_scores",),
        teaches="""
The figure says ReLU: 0 for everything that is negative. The leaky one lets a hundredth through, and
`nn.LeakyReLU(0.2)` a fifth.
""",
    ),
    Mistake(
        name="pool-softmax",
        says="PoolUpsampleNet ends with a softmax",
        hint="what does cross-entropy do with what it is given?",
        patch=throughout(POOL, LAST, r"\1nn.Sequential(\2, nn.Softmax(dim=1))\n"),
        fails=("pool_scores",),
        teaches="""
Cross-entropy expects logits and applies softmax itself. On probabilities a second one is nearly flat, and the loss
cannot fall.
""",
    ),
    Mistake(
        name="transpose-batch-norm-missing",
        says="a group of ConvTransposeNet, or each of them, has no batch norm",
        hint="which layers stand between convolution and ReLU in the figure?",
        patch=throughout(TRANSPOSE, r" +nn\.BatchNorm2d\(.*\n", ""),
        other_patches=without_norm(TRANSPOSE, "num_filters", "2 * num_filters", "num_colours"),
        fails=OF_TRANSPOSE,
        teaches="""
Every group of the figure has batch norm: it keeps what a layer gives of one size, so that training is quick.
""",
    ),
    Mistake(
        name="transpose-ends-with-relu",
        says="ConvTransposeNet has a ReLU after its last convolution",
        hint="can a score that is never negative say that a colour is unlikely?",
        patch=throughout(TRANSPOSE, LAST, r"\1nn.Sequential(\2, nn.ReLU())\n"),
        fails=("transpose_scores",),
        teaches="""
The last convolution gives logits, which cross-entropy takes as they are. A ReLU makes all unlikely colours equal.
""",
    ),
    Mistake(
        name="transpose-no-bias",
        says="the convolutions of ConvTransposeNet have no bias",
        hint="how many parameters has nn.Conv2d(8, 16, 3)?",
        patch=throughout(TRANSPOSE, r"(nn\.Conv\w*\(.*)\)", r"\1, bias=False)"),
        other_patches=(throughout(TRANSPOSE, r"(nn\.Conv\w*\(.*)\),", r"\1, bias=False),"),),
        fails=OF_TRANSPOSE,
        teaches="""
`nn.Conv2d` has a bias for each output channel unless it is told otherwise; the figure counts them.
""",
    ),
    Mistake(
        name="transpose-last-group-without-relu",
        says="the fourth group of ConvTransposeNet has no ReLU",
        hint="which layers has each group of the figure?",
        patch=throughout(TRANSPOSE, r"(nn\.BatchNorm2d\(num_colours\),\n) +nn\.ReLU\(\),\n", r"\1"),
        fails=("transpose_scores",),
        teaches="""
All four groups end with a ReLU. Without one batch norm and the last convolution are one affine map.
""",
    ),
    Mistake(
        name="transpose-no-relu",
        says="ConvTransposeNet has no ReLU",
        hint="what do two convolutions compute together, if nothing stands between them?",
        patch=throughout(TRANSPOSE, r" +nn\.ReLU\(\),\n", ""),
        fails=("transpose_scores",),
        teaches="""
Without ReLU the network is a single linear map of its input, however many layers it has.
""",
    ),
    Mistake(
        name="transpose-leaky-relu",
        says="ConvTransposeNet has leaky ReLU where the figure has ReLU",
        hint="what does your activation give for -1?",
        patch=throughout(TRANSPOSE, r"nn\.ReLU\(\)", "nn.LeakyReLU()"),
        other_patches=(throughout(TRANSPOSE, r"nn\.ReLU\(\)", "nn.LeakyReLU(0.2)"),),
        fails=("transpose_scores",),
        teaches="""
The figure says ReLU: 0 for everything that is negative. The leaky one lets a hundredth through, and
`nn.LeakyReLU(0.2)` a fifth.
""",
    ),
    Mistake(
        name="transpose-softmax",
        says="ConvTransposeNet ends with a softmax",
        hint="what does cross-entropy do with what it is given?",
        patch=throughout(TRANSPOSE, LAST, r"\1nn.Sequential(\2, nn.Softmax(dim=1))\n"),
        fails=("transpose_scores",),
        teaches="""
Cross-entropy expects logits and applies softmax itself. On probabilities a second one is nearly flat, and the loss
cannot fall.
""",
    ),
    Mistake(
        name="transpose-every-relu-before-batch-norm",
        says="in every group of ConvTransposeNet ReLU stands before batch norm, where the figure has it after",
        hint="in which order do the figure and the handout name the layers of a group?",
        patch=throughout(TRANSPOSE, r"( +nn\.BatchNorm2d\(.*\n)( +nn\.ReLU\(\),\n)", r"\2\1"),
        fails=("transpose_scores",),
        teaches="""
Batch norm makes mean 0, and the ReLU behind it cuts half off. The other way round nothing is cut off again.
""",
    ),
    Mistake(
        name="transpose-no-output-padding",
        says="the transposed convolutions of ConvTransposeNet have no output padding",
        hint="how large is what a transposed convolution makes of 8 x 8, by PyTorch's equation?",
        patch=throughout(TRANSPOSE, r", output_padding=1", ""),
        fails=("transpose_scores",),
        teaches="""
With stride 2 two sizes lead to one, 15 and 16 to 8, and the output padding says which of them to go back to.
""",
    ),
    Mistake(
        name="unet-batch-norm-missing",
        says="a group of UNet, or each of them, has no batch norm",
        hint="which layers stand between convolution and ReLU in the figure?",
        patch=throughout(UNET, r" +nn\.BatchNorm2d\(.*\n", ""),
        other_patches=without_norm(UNET, "num_filters", "2 * num_filters", "num_colours"),
        fails=OF_UNET,
        teaches="""
Every group of the figure has batch norm: it keeps what a layer gives of one size, so that training is quick.
""",
    ),
    Mistake(
        name="unet-ends-with-relu",
        says="UNet has a ReLU after its last convolution",
        hint="can a score that is never negative say that a colour is unlikely?",
        patch=throughout(UNET, LAST, r"\1nn.Sequential(\2, nn.ReLU())\n"),
        fails=("unet_scores",),
        teaches="""
The last convolution gives logits, which cross-entropy takes as they are. A ReLU makes all unlikely colours equal.
""",
    ),
    Mistake(
        name="unet-no-bias",
        says="the convolutions of UNet have no bias",
        hint="how many parameters has nn.Conv2d(8, 16, 3)?",
        patch=throughout(UNET, r"(nn\.Conv\w*\(.*)\)", r"\1, bias=False)"),
        other_patches=(throughout(UNET, r"(nn\.Conv\w*\(.*)\),", r"\1, bias=False),"),),
        fails=OF_UNET,
        teaches="""
`nn.Conv2d` has a bias for each output channel unless it is told otherwise; the figure counts them.
""",
    ),
    Mistake(
        name="unet-last-group-without-relu",
        says="the fourth group of UNet has no ReLU",
        hint="which layers has each group of the figure?",
        patch=throughout(UNET, r"(nn\.BatchNorm2d\(num_colours\),\n) +nn\.ReLU\(\),\n", r"\1"),
        fails=("unet_scores",),
        teaches="""
All four groups end with a ReLU. Without one batch norm and the last convolution are one affine map.
""",
    ),
    Mistake(
        name="unet-no-relu",
        says="UNet has no ReLU",
        hint="what do two convolutions compute together, if nothing stands between them?",
        patch=throughout(UNET, r" +nn\.ReLU\(\),\n", ""),
        fails=("unet_scores",),
        teaches="""
Without ReLU the network is a single linear map of its input, however many layers it has.
""",
    ),
    Mistake(
        name="unet-leaky-relu",
        says="UNet has leaky ReLU where the figure has ReLU",
        hint="what does your activation give for -1?",
        patch=throughout(UNET, r"nn\.ReLU\(\)", "nn.LeakyReLU()"),
        other_patches=(throughout(UNET, r"nn\.ReLU\(\)", "nn.LeakyReLU(0.2)"),),
        fails=("unet_scores",),
        teaches="""
The figure says ReLU: 0 for everything that is negative. The leaky one lets a hundredth through, and
`nn.LeakyReLU(0.2)` a fifth.
""",
    ),
    Mistake(
        name="unet-softmax",
        says="UNet ends with a softmax",
        hint="what does cross-entropy do with what it is given?",
        patch=throughout(UNET, LAST, r"\1nn.Sequential(\2, nn.Softmax(dim=1))\n"),
        fails=("unet_scores",),
        teaches="""
Cross-entropy expects logits and applies softmax itself. On probabilities a second one is nearly flat, and the loss
cannot fall.
""",
    ),
    Mistake(
        name="unet-every-relu-before-batch-norm",
        says="in every group of UNet ReLU stands before batch norm, where the figure has it after",
        hint="in which order do the figure and the handout name the layers of a group?",
        patch=throughout(UNET, r"( +nn\.BatchNorm2d\(.*\n)( +nn\.ReLU\(\),\n)", r"\2\1"),
        fails=("unet_scores",),
        teaches="""
Batch norm makes mean 0, and the ReLU behind it cuts half off. The other way round nothing is cut off again.
""",
    ),
    Mistake(
        name="unet-no-output-padding",
        says="the transposed convolutions of UNet have no output padding",
        hint="how large is what a transposed convolution makes of 8 x 8, by PyTorch's equation?",
        patch=throughout(UNET, r", output_padding=1", ""),
        fails=OF_UNET,
        teaches="""
With stride 2 two sizes lead to one, 15 and 16 to 8, and the output padding says which of them to go back to.
Without it the halves that are joined differ in size.
""",
    ),
    Mistake(
        name="pool-kernel-of-one",
        says="the last convolution of PoolUpsampleNet has a kernel of 1, where the figure has one of k",
        hint="which kernel has the last convolution of the figure?",
        patch=throughout(POOL, r"(self\.last = .*)kernel, padding=padding", r"\g<1>1"),
        fails=OF_POOL,
        teaches="""
A kernel of 1 looks at one pixel. The figure's last convolution looks at k x k, as the others.
""",
    ),
    Mistake(
        name="answer-counts-batch-norm",
        says="the parameters of batch norm are among the weights, which the handout leaves out",
        hint="what does the note at the end of A.3 ask for?",
        patch=(replace(ANSWERS, 'NF*NC + NC^2)"', 'NF*NC + NC^2) + 8*NF + 2*NC"'),),
        fails=("weights_answer",),
        teaches="""
Batch norm has two parameters for each channel, together `8NF + 2NC`. The handout asks to leave them out. Biases of
the convolutions, `4NF + 2NC`, you may count.
""",
    ),
    Mistake(
        name="answer-outputs-of-one-size",
        says="every layer's outputs are counted with 32 x 32 pixels, where the tensors between are smaller",
        hint="how wide are the tensors after the first and after the second pooling?",
        patch=(replace(ANSWERS, "1600*NF + 1280*NC", "4096*NF + 2048*NC"),),
        fails=("outputs_answer",),
        teaches="""
The first convolution works on 32 x 32 pixels, the second on 16 x 16 after pooling, the third on 8 x 8, the fourth on
16 x 16 again, the last on 32 x 32: `1024 NF + 256 * 2NF + 64 NF + 256 NC + 1024 NC`.
""",
    ),
    Mistake(
        name="answer-pooling-fully-connected",
        says="pooling is counted as if every channel were connected to every other",
        hint="to how many numbers of the tensor before is one output of a max pooling connected?",
        patch=(replace(ANSWERS, "256*NF*NC + 1024*NC^2)", "256*NF*NC + 1024*NC^2) + 4*256*NF^2 + 4*128*2*NF^2"),),
        fails=("connections_answer",),
        teaches="""
Max pooling by 2 works on each channel by itself: one output has four connections, and `256 NF` outputs have `1024
NF`. A factor NF^2 belongs to layers that have weights between channels.
""",
    ),
    Mistake(
        name="answer-weights-times-four",
        says="the weights are said to be four times as many for pictures twice as wide and high",
        hint="which number in a convolution's weights depends on the picture?",
        patch=(replace(ANSWERS, 'weights = "1"', 'weights = "4"'),),
        fails=("weights_answer",),
        teaches="""
A convolution applies the same weights at every place. A larger picture has more places, so more outputs and more
connections, four times as many; the weights stay as they are. That is why one network works on pictures of any size.
""",
    ),
    Mistake(
        name="answer-doubles-once",
        says="outputs and connections are said to double, where width and height double both",
        hint="how many pixels has a picture of 64 x 64, and how many one of 32 x 32?",
        patch=(
            replace(ANSWERS, 'outputs = "4"', 'outputs = "2"'),
            replace(ANSWERS, 'connections = "4"', 'connections = "2"'),
        ),
        fails=("outputs_answer", "connections_answer"),
        teaches="""
Each input dimension is doubled: twice as wide and twice as high is four times the pixels, in every tensor of the
network.
""",
    ),
    Mistake(
        name="answer-padding-unchanged",
        says="padding and output padding stay 1 for kernels of 4 and 5",
        hint="what does PyTorch's equation give for 8 pixels, a kernel of 4, stride 2 and both paddings 1?",
        patch=(
            replace(ANSWERS, "padding = 1\noutput_padding = 0", "padding = 1\noutput_padding = 1"),
            replace(ANSWERS, "padding = 2\noutput_padding = 1", "padding = 1\noutput_padding = 1"),
        ),
        fails=("padding_answer",),
        teaches="""
A transposed convolution with stride 2 turns n pixels into `2 (n - 1) - 2p + k + q`. For that to be 2n, `q = 2 + 2p -
k`: with k = 3 p = q = 1, with k = 4 p = 1 and q = 0, with k = 5 p = 2 and q = 1.
""",
    ),
    Mistake(
        name="answer-output-padding-too-large",
        says="the pair fits PyTorch's equation, but its output padding is as large as the stride, which is refused",
        hint="which output paddings does nn.ConvTranspose2d accept when the stride is 2?",
        patch=(
            replace(ANSWERS, "padding = 1\noutput_padding = 0", "padding = 2\noutput_padding = 2"),
            replace(ANSWERS, "padding = 2\noutput_padding = 1", "padding = 3\noutput_padding = 3"),
        ),
        fails=("padding_answer",),
        teaches="""
`q = 2 + 2p - k` has many solutions, and PyTorch takes those with q smaller than the stride: "output padding must be
smaller than either stride or dilation". The output padding says which of the sizes is meant that the same convolution
would turn into one; with stride 2 there are two of them.
""",
    ),
    Mistake(
        name="training-too-short",
        says="a network was trained for fewer than 25 epochs",
        hint="how often does the word epoch stand beneath the cell that trains?",
        patch=(replace("training/unet.txt", "Epoch 25, Loss: 1.5247, Val Loss: 1.4492, Val Acc: 46.3%\n", ""),),
        fails=("training_shown",),
        teaches="""
Parts B and C ask for at least 25 epochs with batches of 100 and a kernel of 3, so that curves can be compared. Losses
still fall by then.
""",
    ),
    Mistake(
        name="writeup-without-part-c",
        says="the write-up has no heading for part C",
        hint="does each part begin with a line of its own?",
        patch=(
            replace(WRITE_UP, "## Part C\n", "Now for the skips.\n"),
            replace(WRITE_UP, "## Part B\n", "Then strides.\n"),
        ),
        fails=("writeup_sections",),
        teaches="""
Whoever marks looks for parts A, B and C. A line that says `Part C` and nothing else, or goes on after a colon, is
found.
""",
    ),
)
