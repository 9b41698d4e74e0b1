"""What students get wrong in `efficientnet`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Mistake, Replacement, replace

LAYERS, MODEL = "layers.py", "model.py"
HIDDEN = "hidden = max(1, int(channels * compression))"
EXCITE = "nn.Conv2d(hidden, channels, 1), nn.Sigmoid())"
GATES = "self.excite(self.squeeze(x.mean(dim=(2, 3), keepdim=True)))"
GATED = "return gates * x"
EXPANSION = "*convolution(in_channels, expanded, 1),"
FUSED_EXPANDED = """expanded = in_channels * expansion
        self.branch = nn.Sequential(
            *convolution(in_channels, expanded, 3"""
EXPANDED = f"expanded = in_channels * expansion\n        self.branch = nn.Sequential(\n            {EXPANSION}"
ACTIVATED = "            nn.SiLU(),\n"
GATING = "            SqueezeExcite(expanded, compression),\n"
PROJECTION = "            *convolution(expanded, out_channels, 1),\n"
DROPOUT = "            nn.Dropout(dropout),\n"
DEPTHWISE = "*convolution(expanded, expanded, 3, stride=stride, groups=expanded),\n"
FULL = "*convolution(in_channels, expanded, 3, stride=stride),\n"
# What the two elements have in common is told apart by what stands before it or after it.
REST = ACTIVATED + GATING + PROJECTION + DROPOUT
MB, FUSED = DEPTHWISE + REST, FULL + REST
SUM = "return x + branch if self.adds_input else branch\n        # end solution\n\n\n"
MB_SUM, FUSED_SUM = f"{SUM}class FusedMBConv", f"{SUM}def convolution"
CONVOLUTION = "nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False)"
WITH_NORM = "return layer, nn.BatchNorm2d(out_channels)"
FIRST = "first = MBConv(in_channels, out_channels, expansion, stride, compression, dropout, skip=False)"
OTHERS = "others = (MBConv(out_channels, out_channels, expansion, 1, compression, dropout) for _ in range(repeats - 1))"
FUSED_FIRST = "first = FusedMBConv(in_channels, out_channels, expansion, stride, compression, dropout, skip=False)"
FUSED_OTHERS = (
    "others = (FusedMBConv(out_channels, out_channels, expansion, 1, compression, dropout) for _ in range(repeats - 1))"
)
BLOCKS = "fused_mbconv_block(2, 16, 24), mbconv_block(2, 24, 48), mbconv_block(2, 48, 64)"
SCORES = "self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))"


def ways(mb: tuple[Replacement, ...], fused: tuple[Replacement, ...]) -> tuple[tuple[Replacement, ...], ...]:
    """Make a change in both elements, in MBConv alone, and in FusedMBConv alone."""
    return mb + fused, mb, fused


def branches(old: str, new: str) -> tuple[tuple[Replacement, ...], ...]:
    """Replace what stands in the branches of both elements."""
    return ways(*((replace(LAYERS, text, text.replace(old, new)),) for text in (MB, FUSED)))


def sums(old: str, new: str) -> tuple[tuple[Replacement, ...], ...]:
    """Replace what stands where the branches of both elements are added."""
    return ways(*((replace(LAYERS, text, text.replace(old, new)),) for text in (MB_SUM, FUSED_SUM)))


DROPPED_AFTERWARDS = tuple(
    (*branch, *total)
    for branch, total in zip(
        branches(DROPOUT, f"        )\n        self.after = nn.Sequential(\n{DROPOUT}"),
        sums("x + branch if self.adds_input else branch", "self.after(x + branch if self.adds_input else branch)"),
        strict=True,
    )
)
ALWAYS_DROPPED = sums(
    "return x + branch if",
    "branch = torch.nn.functional.dropout(branch, self.branch[-1].p)\n        return x + branch if",
)
NOT_RESCALED = sums(
    "return x + branch if",
    "branch = branch * (1 - self.branch[-1].p) if self.training else branch\n        return x + branch if",
)
WRITTEN_IN = branches("Dropout(dropout)", "Dropout(0.1)")
BRANCH_TWICE = sums("x + branch if self.adds_input", "branch + branch if self.adds_input")[0]
ALWAYS_INSTEAD = tuple(
    (*branch, *total)
    for branch, total in zip(
        branches(DROPOUT, '            *(setattr(self, "rate", dropout) or ()),\n'),
        sums(
            "return x + branch if",
            "branch = torch.nn.functional.dropout(branch, self.rate)\n        return x + branch if",
        ),
        strict=True,
    )
)
ACTIVATED_AFTERWARDS = tuple(
    patch
    for activation, count in {"SiLU": 3, "ReLU": 1, "ReLU6": 1, "Hardswish": 1}.items()
    for patch in branches(PROJECTION, f"{PROJECTION}            nn.{activation}(),\n")[:count]
)
STEM = "nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.SiLU()"
NO_ACTIVATION = (
    *branches(ACTIVATED + GATING, GATING),
    (replace(LAYERS, f"{EXPANSION}\n{ACTIVATED}", f"{EXPANSION}\n"),),
)
NO_LAST_NORM = branches(PROJECTION, "            nn.Conv2d(expanded, out_channels, 1),\n")

BARE_EXPANSION = "nn.Conv2d(in_channels, expanded, 1, bias=False),"
NO_FIRST_NORM = ways(
    (replace(LAYERS, EXPANSION, BARE_EXPANSION),),
    (replace(LAYERS, FULL, "nn.Conv2d(in_channels, expanded, 3, stride=stride, padding=1, bias=False),\n"),),
)

MISTAKES = (
    Mistake(
        name="gates-alone",
        says="SqueezeExcite returns the gates, not the input multiplied by them",
        hint="what is done with x after the sigmoid?",
        patch=(replace(LAYERS, GATED, "return gates.expand_as(x)"),),
        fails=("se_gate",),
        teaches="""
The branch says how much of each channel is let through. The layer's answer is `x * gates`; the gates alone hold
nothing of the image.
""",
    ),
    Mistake(
        name="gates-alone-at-one-place",
        says="SqueezeExcite returns the gates alone, of shape (N, C, 1, 1): the image is lost",
        hint="which shape has what your SqueezeExcite returns?",
        patch=(replace(LAYERS, GATED, "return gates"),),
        fails=(
            *("se_gate", "se_squeeze", "se_range", "fused_convolution", "projection", "squeezes"),
            *("sizes", "compressions", "skips", "dropouts", "gradients", "block_repeats", "block_stride"),
            *("block_channels", "block_first", "block_others", "cellnet_structure"),
        ),
        teaches="""
The branch says how much of each channel is let through. The layer's answer is `x * gates`, of the shape of x; the
gates alone have one place, and what comes after them sees nothing of the image.
""",
    ),
    Mistake(
        name="squeeze-without-activation",
        says="nothing stands between the two layers of SqueezeExcite, which are one linear map then",
        hint="what do two linear layers compute together, if nothing stands between them?",
        patch=(replace(LAYERS, "hidden, 1), nn.SiLU())", "hidden, 1))"),),
        fails=("se_range",),
        teaches="""
`V (U m)` is `(V U) m`: without an activation the two layers can do no more than a single one. ReLU or SiLU comes after
the first, the sigmoid after the second.
""",
    ),
    Mistake(
        name="gates-by-softmax",
        says="the gates are a softmax over the channels, so that they add up to 1, where each has a sigmoid of its own",
        hint="may two channels be let through as they are?",
        patch=(replace(LAYERS, EXCITE, EXCITE.replace("nn.Sigmoid()", "nn.Softmax(dim=1)")),),
        fails=("se_gate", "se_squeeze", "se_range", "se_gradient", "squeezes"),
        teaches="""
A softmax lets channels compete: of 32 each gets a 32nd on average, and with every layer less is left. A sigmoid gives
each channel a gate of its own between 0 and 1.
""",
    ),
    Mistake(
        name="gates-added",
        says="SqueezeExcite adds the gates to the input, where it should multiply",
        hint="what becomes of a channel whose gate is 0?",
        patch=(replace(LAYERS, GATED, "return gates + x"),),
        fails=("se_gate",),
        teaches="""
A gate of 0 closes a channel and a gate of 1 leaves it as it is: that is a product, `x * gates`. A sum moves all
values up.
""",
    ),
    Mistake(
        name="gated-values-added-to-the-input",
        says="SqueezeExcite adds the gated values to the input, where they should stand for it",
        hint="what becomes of a channel whose gate is 0?",
        patch=(replace(LAYERS, GATED, "return x + gates * x"),),
        other_patches=(
            (
                replace(LAYERS, GATED, "return x + gates * x"),
                replace(LAYERS, EXCITE, EXCITE.replace("Sigmoid", "Hardsigmoid")),
            ),
        ),
        fails=("se_gate",),
        teaches="""
A gate of 0 closes a channel: `x * gates`. With the input beside it nothing is ever closed.
""",
    ),
    Mistake(
        name="gates-by-tanh",
        says="the gates are between -1 and 1, where a sigmoid keeps them between 0 and 1",
        hint="which values has the function at the end of your branch?",
        patch=(replace(LAYERS, EXCITE, EXCITE.replace("Sigmoid", "Tanh")),),
        fails=("se_gate", "se_squeeze", "se_range", "se_gradient", "squeezes"),
        teaches="""
A gate of -1 turns a channel's sign around. `nn.Sigmoid()` gives numbers from 0 to 1.
""",
    ),
    Mistake(
        name="gates-without-squeeze",
        says="the gates are worked out place by place, without the mean over all places",
        hint="which shape has what enters your first layer?",
        patch=(replace(LAYERS, GATES, "self.excite(self.squeeze(x))"),),
        fails=(
            "se_squeeze",
            "fused_convolution",
            "squeezes",
            "norms",
            "compressions",
            "block_channels",
            "cellnet_structure",
        ),
        teaches="""
Squeeze means one number for each channel, its mean over all places: `x.mean(dim=(2, 3), keepdim=True)`, shape (N,
C, 1, 1). Without it each place has gates of its own.
""",
    ),
    Mistake(
        name="squeeze-by-the-maximum",
        says="the squeeze takes the maximum of a channel, where its mean is asked for",
        hint="what does your pooling do with the other places?",
        patch=(replace(LAYERS, GATES, "self.excite(self.squeeze(x.amax(dim=(2, 3), keepdim=True)))"),),
        fails=("se_squeeze",),
        teaches="""
`AdaptiveAvgPool2d(1)` or `mean(dim=(2, 3))` takes all places into account, a maximum a single one.
""",
    ),
    Mistake(
        name="squeeze-over-the-batch",
        says="the squeeze averages over the images of the batch too",
        hint="does an image get other gates beside other images?",
        patch=(replace(LAYERS, GATES, "self.excite(self.squeeze(x.mean(dim=(0, 2, 3), keepdim=True)))"),),
        fails=("se_squeeze",),
        teaches="""
`x.mean(dim=(0, 2, 3))` mixes images: the answer for one depends on its neighbours. The axis of the images stays,
`dim=(2, 3)`.
""",
    ),
    Mistake(
        name="relu-before-the-sigmoid",
        says="a ReLU stands before the sigmoid, so that no gate is under one half",
        hint="what is sigmoid(0), and what can be smaller after a ReLU?",
        patch=(replace(LAYERS, EXCITE, EXCITE.replace("nn.Sigmoid", "nn.ReLU(), nn.Sigmoid")),),
        fails=("se_range",),
        teaches="""
After a ReLU there is nothing below 0, and sigmoid(0) is 0.5: no channel can be closed. The ReLU or SiLU belongs
between the two layers, not after the second.
""",
    ),
    Mistake(
        name="compression-ignored",
        says="the layer between has a sixteenth of the channels, whatever the compression is",
        hint="where does compression occur in your constructor?",
        patch=(replace(LAYERS, HIDDEN, "hidden = max(1, channels // 16)"),),
        fails=("se_width", "compressions"),
        teaches="""
16 comes from another network. Here it is `int(channels * compression)`, a quarter by default.
""",
    ),
    Mistake(
        name="compression-as-a-divisor",
        says="the channels are divided by the compression, where they are multiplied by it",
        hint="is your layer between narrower than the input?",
        patch=(replace(LAYERS, HIDDEN, "hidden = max(1, int(channels / compression))"),),
        fails=("se_width", "compressions"),
        teaches="""
With s = 0.25, 32 channels become 32 * 0.25 = 8 units. Other texts have a reduction of 4 and divide.
""",
    ),
    Mistake(
        name="gates-detached",
        says="the gates are detached, so that squeeze and excite learns nothing",
        hint="which gradient have the parameters of the branch after backward()?",
        patch=(replace(LAYERS, GATED, "return gates.detach() * x"),),
        fails=("se_gradient", "gradients", "cellnet_gradient"),
        teaches="""
`detach()` and `torch.no_grad()` cut the branch off: its parameters stay as they were drawn.
""",
    ),
    Mistake(
        name="expansion-written-in",
        says="MBConv expands to four times the channels, whatever expansion is",
        hint="where does expansion occur in your constructor?",
        patch=(replace(LAYERS, EXPANDED, EXPANDED.replace("* expansion", "* 4")),),
        fails=("mb_expansion", "squeezes", "compressions", "block_channels"),
        teaches="""
4 is the default. `in_channels * expansion` is right for any.
""",
    ),
    Mistake(
        name="fused-expansion-written-in",
        says="FusedMBConv expands to four times the channels, whatever expansion is",
        hint="where does expansion occur in your constructor?",
        patch=(replace(LAYERS, FUSED_EXPANDED, FUSED_EXPANDED.replace("* expansion", "* 4")),),
        fails=("fused_convolution", "squeezes", "compressions", "block_channels"),
        teaches="""
4 is the default. `in_channels * expansion` is right for any.
""",
    ),
    Mistake(
        name="no-expansion",
        says="MBConv has no expansion: the depthwise convolution works on the channels of the input",
        hint="what does e do in your layer?",
        patch=(
            replace(LAYERS, EXPANSION, "nn.Identity(),"),
            replace(
                LAYERS,
                MB,
                MB.replace(
                    "expanded, expanded, 3, stride=stride, groups=expanded",
                    "in_channels, in_channels, 3, stride=stride, groups=in_channels",
                ).replace("(expanded", "(in_channels"),
            ),
        ),
        fails=("mb_expansion", "squeezes", "block_channels", "cellnet_structure"),
        teaches="""
An inverted bottleneck is wide in the middle: 1 x 1 to e * C channels, depthwise on all of them, and 1 x 1 back.
""",
    ),
    Mistake(
        name="not-depthwise",
        says="the 3 x 3 convolution of MBConv is a full one, without groups",
        hint="how many weights has your 3 x 3 convolution for 96 channels?",
        patch=(replace(LAYERS, DEPTHWISE, DEPTHWISE.replace(", groups=expanded", "")),),
        fails=("mb_depthwise",),
        teaches="""
`groups=channels` convolves each channel by itself: 9 weights a channel. A full convolution of 96 channels has 96 *
96 * 9.
""",
    ),
    Mistake(
        name="groups-of-the-input",
        says="the 3 x 3 convolution of MBConv has one group for each channel of the input, which is expanded by then",
        hint="how many channels enter your 3 x 3 convolution, and how many groups has it?",
        patch=(replace(LAYERS, DEPTHWISE, DEPTHWISE.replace("groups=expanded", "groups=in_channels")),),
        fails=("mb_depthwise",),
        teaches="""
After the expansion there are e * C channels. With `groups=C` each group has e of them, and they are mixed; one channel
by itself needs `groups=e * C`.
""",
    ),
    Mistake(
        name="kernel-of-five",
        says="the depthwise convolution has a kernel of 5 x 5, where 3 x 3 is asked for",
        hint="which size has your kernel?",
        patch=(replace(LAYERS, DEPTHWISE, DEPTHWISE.replace(" 3,", " 5,")),),
        fails=("mb_depthwise",),
        teaches="""
EfficientNet (the first one) has both sizes; the handout's MBConv has 3 x 3.
""",
    ),
    Mistake(
        name="stride-in-the-expansion",
        says="the stride is that of the expansion, where it belongs to the depthwise convolution",
        hint="which of your convolutions has the stride?",
        patch=(
            replace(LAYERS, EXPANSION, "*convolution(in_channels, expanded, 1, stride=stride),"),
            replace(LAYERS, DEPTHWISE, DEPTHWISE.replace(" stride=stride,", "")),
        ),
        fails=("mb_expansion", "mb_depthwise", "block_stride", "cellnet_structure"),
        teaches="""
A 1 x 1 convolution with stride 2 never looks at three of four places. The 3 x 3 one sees all of them.
""",
    ),
    Mistake(
        name="stride-ignored",
        says="the stride is 2, whatever it is said to be",
        hint="where does stride occur in your constructor?",
        patch=(replace(LAYERS, CONVOLUTION, CONVOLUTION.replace("stride, kernel", "1 if kernel == 1 else 2, kernel")),),
        fails=(
            "mb_depthwise",
            "fused_convolution",
            "compressions",
            "sizes",
            "skips",
            "dropouts",
            "block_repeats",
            "block_stride",
            "block_channels",
            "block_first",
            "block_others",
            "cellnet_scores",
            "cellnet_structure",
            "cellnet_gradient",
        ),
        teaches="""
2 is the default. All elements of a block but the first have stride 1.
""",
    ),
    Mistake(
        name="fused-as-separable",
        says="FusedMBConv has a depthwise 3 x 3 convolution after a 1 x 1 one, as MBConv has",
        hint="which two layers are to be replaced by one?",
        patch=(replace(LAYERS, FUSED, FUSED.replace(FULL, f"{EXPANSION} nn.SiLU(), {DEPTHWISE}")),),
        fails=("fused_convolution", "block_channels", "cellnet_structure"),
        teaches="""
Fused means that expansion and depthwise convolution become one full 3 x 3 convolution from C to e * C channels.
""",
    ),
    Mistake(
        name="fused-after-an-expansion",
        says="FusedMBConv has a 1 x 1 convolution before its full 3 x 3 one",
        hint="from how many channels does your 3 x 3 convolution go to how many?",
        patch=(
            replace(
                LAYERS,
                FUSED,
                FUSED.replace(FULL, f"{EXPANSION} nn.SiLU(), *convolution(expanded, expanded, 3, stride=stride),\n"),
            ),
        ),
        fails=("fused_convolution", "block_channels", "cellnet_structure"),
        teaches="""
Fused means that expansion and depthwise convolution become one full 3 x 3 convolution from C to e * C channels.
""",
    ),
    Mistake(
        name="fused-with-groups",
        says="the 3 x 3 convolution of FusedMBConv has groups, where it is a full one",
        hint="how many input channels does one of its filters see?",
        patch=(replace(LAYERS, FULL, FULL.replace("stride=stride", "stride=stride, groups=in_channels")),),
        fails=("fused_convolution",),
        teaches="""
The fused convolution mixes channels and places at once: `groups=1`.
""",
    ),
    Mistake(
        name="activation-after-the-projection",
        says="an activation comes after the projection",
        hint="can your output be negative?",
        patch=ACTIVATED_AFTERWARDS[0],
        other_patches=ACTIVATED_AFTERWARDS[1:],
        fails=("projection",),
        teaches="""
The bottleneck is linear: an activation in the narrow layer throws away what cannot be restored. After the last
batch norm comes dropout, and then the sum.
""",
    ),
    Mistake(
        name="projection-of-three",
        says="the projection has a kernel of 3 x 3, where 1 x 1 is asked for",
        hint="which size has your last kernel?",
        patch=(replace(LAYERS, MB, MB.replace("out_channels, 1", "out_channels, 3")),),
        fails=("projection", "block_repeats", "block_stride", "block_channels", "cellnet_structure"),
        teaches="""
The projection only mixes channels: 1 x 1, from e * C to D.
""",
    ),
    Mistake(
        name="fused-without-squeeze",
        says="FusedMBConv has no squeeze and excite; otherwise it is to be the same as MBConv",
        hint="what does the handout say after the full convolution?",
        patch=(replace(LAYERS, FUSED, FUSED.replace(GATING, "")),),
        fails=("squeezes", "compressions"),
        teaches="""
Most published Fused-MBConvs have none. The handout's replaces the separable convolution by a full one, but is
otherwise the same: from 32 to 32 channels 41280 parameters are too few.
""",
    ),
    Mistake(
        name="mb-without-squeeze",
        says="MBConv has no squeeze and excite",
        hint="what comes after the depthwise convolution?",
        patch=(replace(LAYERS, MB, MB.replace(GATING, "")),),
        fails=("squeezes", "compressions"),
        teaches="""
After the depthwise convolution the expanded channels are gated, before they are projected.
""",
    ),
    Mistake(
        name="squeeze-after-the-projection",
        says="squeeze and excite comes after the projection",
        hint="on how many channels does your squeeze and excite work?",
        patch=(
            replace(
                LAYERS,
                MB,
                MB.replace(GATING, "").replace(
                    DROPOUT, "            SqueezeExcite(out_channels, compression),\n" + DROPOUT
                ),
            ),
        ),
        other_patches=branches(
            GATING + PROJECTION, f"{PROJECTION}            SqueezeExcite(out_channels, compression),\n"
        )[:1],
        fails=("squeezes", "compressions", "gradients", "cellnet_gradient"),
        teaches="""
The gates belong to the expanded channels: depthwise convolution, squeeze and excite, projection.
""",
    ),
    Mistake(
        name="norm-forgotten",
        says="the convolutions have no batch norm",
        hint="what comes after each convolution of the figure?",
        patch=(replace(LAYERS, WITH_NORM, "return layer, nn.Identity()"),),
        fails=("norms", "batch_statistics"),
        teaches="""
The figure has BN after each convolution: three in MBConv, two in Fused-MBConv.
""",
    ),
    Mistake(
        name="norm-missing-after-the-projection",
        says="the projection has no batch norm",
        hint="how many batch norms has an element of the figure?",
        patch=NO_LAST_NORM[0],
        other_patches=NO_LAST_NORM[1:],
        fails=("norms",),
        teaches="""
Only the activation is left out after the projection: `convolution(expanded, out_channels, 1)` has its batch norm.
""",
    ),
    Mistake(
        name="norm-missing-after-the-first-convolution",
        says="the first convolution has no batch norm",
        hint="how many batch norms has an element of the figure?",
        patch=NO_FIRST_NORM[0],
        other_patches=NO_FIRST_NORM[1:],
        fails=("norms", "batch_statistics"),
        teaches="""
The figure has BN after each convolution: three in MBConv, two in Fused-MBConv.
""",
    ),
    Mistake(
        name="activation-missing",
        says="an activation is missing between a convolution and the next",
        hint="which layers of the figure are followed by an activation, and which of yours?",
        patch=NO_ACTIVATION[0],
        other_patches=NO_ACTIVATION[1:],
        fails=("activations",),
        teaches="""
Two convolutions without an activation between them are one linear map. The first two of MBConv and the first of
Fused-MBConv have one, after their batch norm; the projection has none.
""",
    ),
    Mistake(
        name="stem-without-activation",
        says="no activation comes after the first convolution of CellNet",
        hint="what comes after the first convolution in the figure?",
        patch=(replace(MODEL, STEM, STEM.removesuffix(", nn.SiLU()")),),
        fails=("activations",),
        teaches="""
The stem is a convolution, a batch norm and an activation.
""",
    ),
    Mistake(
        name="stem-without-norm",
        says="no batch norm comes after the first convolution of CellNet",
        hint="what comes after the first convolution in the figure?",
        patch=(replace(MODEL, STEM, STEM.replace(" nn.BatchNorm2d(16),", "")),),
        fails=("norms",),
        teaches="""
The stem is a convolution, a batch norm and an activation.
""",
    ),
    Mistake(
        name="norm-before-the-convolution",
        says="the batch norm comes before its convolution",
        hint="which of the two sees the other's output?",
        patch=(replace(LAYERS, WITH_NORM, "return nn.BatchNorm2d(in_channels), layer"),),
        fails=("norms",),
        teaches="""
Convolution, batch norm, activation: the norm scales what the convolution gives.
""",
    ),
    Mistake(
        name="compression-not-passed-on",
        says="MBConv does not hand its compression on to squeeze and excite",
        hint="what happens to the argument compression in your constructor?",
        patch=(replace(LAYERS, MB, MB.replace("(expanded, compression)", "(expanded)")),),
        fails=("compressions",),
        teaches="""
`SqueezeExcite(expanded)` takes the default. `SqueezeExcite(expanded, compression)` takes yours.
""",
    ),
    Mistake(
        name="fused-compression-not-passed-on",
        says="FusedMBConv does not hand its compression on to squeeze and excite",
        hint="what happens to the argument compression in your constructor?",
        patch=(replace(LAYERS, FUSED, FUSED.replace("(expanded, compression)", "(expanded)")),),
        fails=("compressions",),
        teaches="""
`SqueezeExcite(expanded)` takes the default. `SqueezeExcite(expanded, compression)` takes yours.
""",
    ),
    Mistake(
        name="no-padding",
        says="the convolutions have no padding, so that height and width shrink",
        hint="how large is a 9 x 9 image after a 3 x 3 convolution?",
        patch=(replace(LAYERS, CONVOLUTION, CONVOLUTION.replace("kernel // 2", "0")),),
        fails=(
            "compressions",
            "sizes",
            "skips",
            "dropouts",
            "block_repeats",
            "block_stride",
            "block_channels",
            "block_first",
            "block_others",
            "cellnet_scores",
            "cellnet_structure",
            "cellnet_gradient",
        ),
        teaches="""
Same padding for all convolutions: `padding=1` for a kernel of 3 x 3.
""",
    ),
    Mistake(
        name="skip-missing",
        says="MBConv never adds its input",
        hint="where does your forward use its argument after the branch?",
        patch=(replace(LAYERS, MB_SUM, MB_SUM.replace("x + branch if self.adds_input else branch", "branch")),),
        fails=("skips", "block_others"),
        teaches="""
`return x + self.branch(x)` where skip is True, stride 1, and the channels are the same.
""",
    ),
    Mistake(
        name="fused-skip-missing",
        says="FusedMBConv never adds its input",
        hint="where does your forward use its argument after the branch?",
        patch=(replace(LAYERS, FUSED_SUM, FUSED_SUM.replace("x + branch if self.adds_input else branch", "branch")),),
        fails=("skips", "block_others"),
        teaches="""
`return x + self.branch(x)` where skip is True, stride 1, and the channels are the same.
""",
    ),
    Mistake(
        name="skip-whenever-it-fits",
        says="MBConv adds its input wherever it fits, also with skip=False",
        hint="where does skip occur in your class?",
        patch=(replace(LAYERS, MB_SUM, MB_SUM.replace("self.adds_input", "x.shape == branch.shape")),),
        fails=("skips", "block_first"),
        teaches="""
The first element of a block has no skip, also where stride and channels would allow one. Ask for skip as well.
""",
    ),
    Mistake(
        name="fused-skip-whenever-it-fits",
        says="FusedMBConv adds its input wherever it fits, also with skip=False",
        hint="where does skip occur in your class?",
        patch=(replace(LAYERS, FUSED_SUM, FUSED_SUM.replace("self.adds_input", "x.shape == branch.shape")),),
        fails=("skips", "block_first"),
        teaches="""
The first element of a block has no skip, also where stride and channels would allow one. Ask for skip as well.
""",
    ),
    Mistake(
        name="branch-added-to-itself",
        says="the branch is added to itself: the name of the input was given to what the layers made of it",
        hint="which tensor is x in the line that adds?",
        patch=BRANCH_TWICE,
        fails=("skips", "dropouts", "block_others"),
        teaches="""
After `x = self.conv(x)` the input has no name any more, and `x + x` doubles the branch. Keep it first:
`out = self.conv(x)`, then `out + x`.
""",
    ),
    Mistake(
        name="activation-after-the-sum",
        says="the sum of input and branch passes a ReLU, so that negative values are lost",
        hint="what is left of an input of -1?",
        patch=(replace(LAYERS, MB_SUM, MB_SUM.replace("x + branch if", "torch.relu(x + branch) if")),),
        fails=("skips",),
        teaches="""
The skip hands the input on as it is. A ReLU after the sum belongs to ResNet.
""",
    ),
    Mistake(
        name="dropout-missing",
        says="MBConv has no dropout",
        hint="what does the argument dropout do?",
        patch=(replace(LAYERS, MB, MB.replace(DROPOUT, "")),),
        fails=("dropouts",),
        teaches="""
`nn.Dropout(dropout)` stands after the projection's batch norm, before the sum.
""",
    ),
    Mistake(
        name="fused-dropout-missing",
        says="FusedMBConv has no dropout",
        hint="what does the argument dropout do?",
        patch=(replace(LAYERS, FUSED, FUSED.replace(DROPOUT, "")),),
        fails=("dropouts",),
        teaches="""
`nn.Dropout(dropout)` stands after the projection's batch norm, before the sum.
""",
    ),
    Mistake(
        name="dropout-always",
        says="dropout acts in evaluation too",
        hint="how does F.dropout know whether the network is training?",
        patch=ALWAYS_DROPPED[0],
        other_patches=(*ALWAYS_DROPPED[1:], ALWAYS_INSTEAD[0]),
        fails=("dropouts",),
        teaches="""
`F.dropout(x, p)` has training=True by default. Pass `training=self.training`, or use `nn.Dropout`.
""",
    ),
    Mistake(
        name="dropout-rate-written-in",
        says="the rate of dropout is 0.1, whatever it is said to be",
        hint="where does dropout occur in your constructor?",
        patch=WRITTEN_IN[0],
        other_patches=WRITTEN_IN[1:],
        fails=("dropouts",),
        teaches="""
0.1 is the default. `nn.Dropout(dropout)` takes any rate.
""",
    ),
    Mistake(
        name="dropout-after-the-sum",
        says="the sum of input and branch is dropped, where only the branch should be",
        hint="what is left of the input where a branch is dropped?",
        patch=DROPPED_AFTERWARDS[0],
        other_patches=DROPPED_AFTERWARDS[1:],
        fails=("dropouts",),
        teaches="""
Dropout stands before the sum: `return x + self.dropout(branch)`. The skip hands the input on as it is, in training too.
""",
    ),
    Mistake(
        name="dropout-not-rescaled",
        says="what dropout leaves is not divided by the rate at which it stays",
        hint="what is the mean of a value that is dropped half of the time?",
        patch=NOT_RESCALED[0],
        other_patches=NOT_RESCALED[1:],
        fails=("dropouts",),
        teaches="""
In evaluation nothing is dropped, so that training has to make up for it: `x * mask / (1 - dropout)`, as `nn.Dropout`
does.
""",
    ),
    Mistake(
        name="layer-never-used",
        says="MBConv makes a layer that its forward never uses",
        hint="which of your layers does forward not mention?",
        patch=(
            replace(
                LAYERS,
                MB,
                MB + "        )\n        self.shortcut = nn.Sequential(nn.Conv2d(in_channels, out_channels, 1)",
            ),
        ),
        fails=("gradients", "cellnet_gradient"),
        teaches="""
A layer that is made and not used has parameters without gradient: they are saved, counted, and never learn.
""",
    ),
    Mistake(
        name="norm-without-statistics",
        says="the batch norms keep no statistics: evaluation takes those of the batch",
        hint="what does track_running_stats=False mean?",
        patch=(
            replace(
                LAYERS, WITH_NORM, WITH_NORM.replace("(out_channels)", "(out_channels, track_running_stats=False)")
            ),
        ),
        fails=("batch_statistics",),
        teaches="""
In evaluation a batch norm takes the means that it has learned, so that an image gets the same answer in any batch.
That needs running statistics.
""",
    ),
    Mistake(
        name="one-element-too-many",
        says="mbconv_block makes the first element and as many others as it is told",
        hint="how many elements are there for repeats = 1?",
        patch=(replace(LAYERS, OTHERS, OTHERS.replace("repeats - 1", "repeats")),),
        fails=("block_repeats", "block_stride", "block_channels", "cellnet_structure"),
        teaches="""
The first element counts: `range(repeats - 1)` for the others.
""",
    ),
    Mistake(
        name="fused-one-element-too-many",
        says="fused_mbconv_block makes the first element and as many others as it is told",
        hint="how many elements are there for repeats = 1?",
        patch=(replace(LAYERS, FUSED_OTHERS, FUSED_OTHERS.replace("repeats - 1", "repeats")),),
        fails=("block_repeats", "block_stride", "block_channels", "cellnet_structure"),
        teaches="""
The first element counts: `range(repeats - 1)` for the others.
""",
    ),
    Mistake(
        name="stride-in-every-element",
        says="all elements of mbconv_block have the stride",
        hint="how large is an image after three elements with stride 2?",
        patch=(replace(LAYERS, OTHERS, OTHERS.replace("expansion, 1,", "expansion, stride,")),),
        fails=("block_stride", "block_others", "cellnet_structure"),
        teaches="""
Only the first element has the stride; otherwise height and width shrink to nothing, and no skip fits.
""",
    ),
    Mistake(
        name="fused-stride-in-every-element",
        says="all elements of fused_mbconv_block have the stride",
        hint="how large is an image after three elements with stride 2?",
        patch=(replace(LAYERS, FUSED_OTHERS, FUSED_OTHERS.replace("expansion, 1,", "expansion, stride,")),),
        fails=("block_stride", "block_others", "cellnet_structure"),
        teaches="""
Only the first element has the stride; otherwise height and width shrink to nothing, and no skip fits.
""",
    ),
    Mistake(
        name="channels-changed-at-the-end",
        says="the last element of mbconv_block changes the number of channels, where the first one should",
        hint="with how many channels does your second element begin?",
        patch=(
            replace(LAYERS, FIRST, FIRST.replace("in_channels, out_channels", "in_channels, in_channels")),
            replace(
                LAYERS,
                OTHERS,
                OTHERS.replace(
                    "(MBConv(out_channels, out_channels",
                    "(MBConv(in_channels, out_channels if _ == repeats - 2 else in_channels",
                ),
            ),
        ),
        fails=("block_channels", "block_others", "cellnet_structure"),
        teaches="""
Each element but the first adds its input, and for that its channels must be the same in and out. So the first one
changes them.
""",
    ),
    Mistake(
        name="compression-not-passed-to-elements",
        says="a block makes its elements with the default compression",
        hint="which arguments of the block reach its elements?",
        patch=ways(
            (
                replace(LAYERS, FIRST, FIRST.replace("compression", "0.25")),
                replace(LAYERS, OTHERS, OTHERS.replace("compression", "0.25")),
            ),
            (
                replace(LAYERS, FUSED_FIRST, FUSED_FIRST.replace("compression", "0.25")),
                replace(LAYERS, FUSED_OTHERS, FUSED_OTHERS.replace("compression", "0.25")),
            ),
        )[0],
        fails=("compressions",),
        teaches="""
The element parameters belong to all elements: hand them on.
""",
    ),
    Mistake(
        name="expansion-not-passed-on",
        says="mbconv_block makes its elements with the default expansion",
        hint="which arguments of the block reach its elements?",
        patch=(
            replace(LAYERS, OTHERS, OTHERS.replace("expansion, 1", "4, 1")),
            replace(LAYERS, FIRST, FIRST.replace("expansion", "4")),
        ),
        fails=("block_channels", "compressions"),
        teaches="""
The element parameters belong to all elements: hand them on.
""",
    ),
    Mistake(
        name="one-element-repeated",
        says="the elements of a block after the first are one and the same, with the same weights",
        hint="how many elements does [MBConv(...)] * 3 make?",
        patch=(
            replace(
                LAYERS,
                OTHERS,
                OTHERS.replace("(MBConv", "[MBConv").replace(" for _ in range(repeats - 1))", "] * (repeats - 1)"),
            ),
            replace(
                LAYERS,
                FUSED_OTHERS,
                FUSED_OTHERS.replace("(FusedMBConv", "[FusedMBConv").replace(
                    " for _ in range(repeats - 1))", "] * (repeats - 1)"
                ),
            ),
        ),
        fails=("block_repeats",),
        teaches="""
`[layer] * 3` is three times the same object. A list comprehension makes three: `[MBConv(...) for _ in range(3)]`.
""",
    ),
    Mistake(
        name="first-with-skip",
        says="the first element of mbconv_block has a skip where one fits",
        hint="what do you hand to the first element that you do not hand to the others?",
        patch=(replace(LAYERS, FIRST, FIRST.replace(", skip=False", "")),),
        fails=("block_first",),
        teaches="""
The handout removes the skip of the first element, whether it would fit or not: `skip=False`.
""",
    ),
    Mistake(
        name="fused-first-with-skip",
        says="the first element of fused_mbconv_block has a skip where one fits",
        hint="what do you hand to the first element that you do not hand to the others?",
        patch=(replace(LAYERS, FUSED_FIRST, FUSED_FIRST.replace(", skip=False", "")),),
        fails=("block_first",),
        teaches="""
The handout removes the skip of the first element, whether it would fit or not: `skip=False`.
""",
    ),
    Mistake(
        name="others-without-skip",
        says="no element of mbconv_block has a skip",
        hint="from which of the elements is the skip removed?",
        patch=(replace(LAYERS, OTHERS, OTHERS.replace("dropout) for", "dropout, skip=False) for")),),
        fails=("block_others",),
        teaches="""
Only the first element loses its skip.
""",
    ),
    Mistake(
        name="fused-others-without-skip",
        says="no element of fused_mbconv_block has a skip",
        hint="from which of the elements is the skip removed?",
        patch=(replace(LAYERS, FUSED_OTHERS, FUSED_OTHERS.replace("dropout) for", "dropout, skip=False) for")),),
        fails=("block_others",),
        teaches="""
Only the first element loses its skip.
""",
    ),
    Mistake(
        name="probabilities",
        says="CellNet ends with a softmax, which the loss applies itself",
        hint="what does CrossEntropyLoss do with what it is given?",
        patch=(replace(MODEL, SCORES, f"{SCORES}.softmax(dim=1)"),),
        fails=("cellnet_scores",),
        teaches="""
`nn.CrossEntropyLoss` takes logits. With a softmax before it the gradients become small, and the loss does not fall
below 0.55 for three classes.
""",
    ),
    Mistake(
        name="three-classes-written-in",
        says="CellNet has three scores, whatever num_classes is",
        hint="where does num_classes occur in your constructor?",
        patch=(replace(MODEL, "nn.Linear(64, num_classes)", "nn.Linear(64, 3)"),),
        fails=("cellnet_scores",),
        teaches="""
3 is the default. `nn.Linear(64, num_classes)`.
""",
    ),
    Mistake(
        name="blocks-in-another-order",
        says="the Fused-MBConv block of CellNet is not the first of its blocks",
        hint="which block does the table in the instructions have after the first convolution?",
        patch=(
            replace(MODEL, BLOCKS, "mbconv_block(2, 16, 24), fused_mbconv_block(2, 24, 48), mbconv_block(2, 48, 64)"),
        ),
        fails=("cellnet_structure",),
        teaches="""
EfficientNetV2 has its Fused-MBConv blocks first, where images are large and channels few: there a full convolution
is the faster one.
""",
    ),
    Mistake(
        name="features-flattened",
        says="CellNet takes no mean over all places: what it flattens has a size that only images of 90 x 90 have",
        hint="how many numbers enter your last layer for an image of 60 x 60?",
        patch=(
            replace(MODEL, "nn.Linear(64, num_classes)", "nn.Linear(64 * 12 * 12, num_classes)"),
            replace(MODEL, ".mean(dim=(2, 3)))", ".flatten(1))"),
        ),
        fails=("cellnet_scores", "cellnet_structure", "cellnet_gradient"),
        teaches="""
The mean over all places leaves 64 numbers whatever the image's size, and what it sees may stand anywhere. Flattened,
12 x 12 places have weights of their own.
""",
    ),
    Mistake(
        name="all-blocks-fused",
        says="CellNet has Fused-MBConv blocks alone",
        hint="which of the figure's blocks are fused?",
        patch=(replace(MODEL, BLOCKS, BLOCKS.replace(" mbconv_block", " fused_mbconv_block")),),
        fails=("cellnet_structure",),
        teaches="""
Fused-MBConv pays where there are few channels, in the first block; the others are MBConv.
""",
    ),
    Mistake(
        name="blocks-detached",
        says="the blocks of CellNet are detached: only the last layer learns",
        hint="which gradient has the first convolution after backward()?",
        patch=(replace(MODEL, SCORES, "self.head(self.blocks(self.stem(x)).detach().mean(dim=(2, 3)))"),),
        fails=("cellnet_gradient",),
        teaches="""
`detach()`, `.data` and `torch.no_grad()` cut off all that comes before.
""",
    ),
)
