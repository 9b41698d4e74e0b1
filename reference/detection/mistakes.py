"""What students get wrong in `detection`: each misconception is a small patch of the reference."""

from __future__ import annotations

from grader.authoring import Mistake, replace

FILE = "detection.py"
FREEZE = "        parameter.requires_grad = not any(beginning in name for beginning in freeze)\n"
ANY = "not any(beginning in name for beginning in freeze)"
TARGET = "    target = torch.full_like(ps[:, 5:], cn)\n"
RIGHT = "    target[torch.arange(len(tcls)), tcls] = cp\n"
CRITERION = "    criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([pos_weight]))\n"
LOSS = "    loss: torch.Tensor = criterion(ps[:, 5:], target)\n"
ADD = "            total = total + classification_loss("
SMOOTHED = "1 - smoothing / 2, smoothing / 2, hyp"

MISTAKES = (
    Mistake(
        name="freezes-the-others",
        says="freeze_layers freezes what is not listed, and lets what is listed learn",
        hint="what is requires_grad of a frozen parameter?",
        patch=(replace(FILE, ANY, ANY.removeprefix("not ")),),
        fails=("freeze_listed", "freeze_numbers", "freeze_others"),
        teaches="""
`requires_grad` says that a parameter learns: it is to be False for those whose name begins with a listed beginning,
and True for the others. After freezing, list what learns once: `[name for name, p in model.named_parameters() if
p.requires_grad]`.
""",
    ),
    Mistake(
        name="nothing-frozen",
        says="freeze_layers freezes none of the listed layers",
        hint="for which of the names is your condition true, and which line sets requires_grad of a parameter there?",
        patch=(replace(FILE, ANY, "name not in freeze"),),
        fails=("freeze_listed", "freeze_numbers", "freeze_others"),
        teaches="""
Three ways lead here. The list has beginnings such as `model.0.`, and the names are `model.0.conv.weight`: no name is an
element of the list, so ask whether any beginning fits, `any(name.startswith(beginning) for beginning in freeze)`.
`module.requires_grad = False` gives a module a new attribute and its parameters nothing: it is
`module.requires_grad_(False)`. And `parameter.grad = None` forgets one gradient; the next step brings another.
""",
    ),
    Mistake(
        name="first-layer-only",
        says="freeze_layers freezes the first of the listed layers alone",
        hint="for how many elements of the list do you look?",
        patch=(replace(FILE, ANY, "not any(beginning in name for beginning in freeze[:1])"),),
        fails=("freeze_listed",),
        teaches="""
A parameter is frozen if any of the beginnings fits its name. A loop over the beginnings that sets requires_grad in
each round lets the last one decide, and a `break` or `return` in the wrong place the first one.
""",
    ),
    Mistake(
        name="last-layer-decides",
        says="of the listed layers freeze_layers freezes the last one alone: each round overwrites the one before",
        hint="what does the second round of your loop do to what the first one froze?",
        patch=(
            replace(
                FILE,
                FREEZE,
                "        for beginning in freeze:\n            parameter.requires_grad = beginning not in name\n",
            ),
        ),
        fails=("freeze_listed",),
        teaches="""
In a loop over beginnings `parameter.requires_grad = beginning not in name` is right for one beginning; for the next
one it is set anew, and model.0. learns again because its name does not begin with model.1. Let all learn first, then
freeze those that fit; or ask `any(...)`.
""",
    ),
    Mistake(
        name="weights-only",
        says="freeze_layers freezes weights and lets biases learn",
        hint="which parameters besides its weight has model.0.bn?",
        patch=(replace(FILE, ANY, f'{ANY} or name.endswith("bias")'),),
        fails=("freeze_listed",),
        teaches="""
A frozen layer keeps all of its parameters: weights and biases of its convolution and of its batch norm. A bias that
goes on learning changes what the layers after it are shown.
""",
    ),
    Mistake(
        name="dot-forgotten",
        says="freeze_layers compares without the last dot, so that model.1. freezes model.10. and model.11., too",
        hint="does model.10.conv.weight begin with model.1?",
        patch=(replace(FILE, "beginning in name", 'beginning.rstrip(".") in name'),),
        fails=("freeze_numbers",),
        teaches="""
`model.1` is the beginning of `model.1.conv.weight` and of `model.10.conv.weight`. The dot at the end of `model.1.`
keeps the layers apart: do not strip it, and do not compare numbers as texts.
""",
    ),
    Mistake(
        name="others-left-as-they-were",
        says="freeze_layers freezes what is listed and leaves the others as they were, frozen ones included",
        hint="who lets a layer learn again that was frozen before?",
        patch=(
            replace(
                FILE,
                FREEZE,
                FREEZE.replace("parameter.requires_grad = not any", "if any").replace(
                    "in freeze)", "in freeze):\n            parameter.requires_grad = False"
                ),
            ),
        ),
        fails=("freeze_others",),
        teaches="""
Whoever fine-tunes twice freezes ten layers first and fewer the second time. The course's notebook therefore lets every
parameter learn before it freezes any: `parameter.requires_grad = True`, in the same loop.
""",
    ),
    Mistake(
        name="every-column-compared",
        says="classification_loss compares all columns of the predictions, boxes and objectness among them",
        hint="which column of ps holds the logit of class 0?",
        patch=(
            replace(FILE, TARGET, TARGET.replace("ps[:, 5:]", "ps")),
            replace(FILE, RIGHT, RIGHT.replace("tcls]", "tcls + 5]")),
            replace(FILE, LOSS, LOSS.replace("ps[:, 5:]", "ps")),
        ),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
A row of predictions is x, y, width, height, objectness, and then one logit for each class: the classes are `ps[:,
5:]`. The other columns have losses of their own.
""",
    ),
    Mistake(
        name="objectness-among-classes",
        says="classification_loss takes the classes from column 4 on, where objectness stands",
        hint="how many numbers stand before the first class in a row?",
        patch=(
            replace(FILE, TARGET, TARGET.replace("5:", "4:-1")),
            replace(FILE, LOSS, LOSS.replace("5:", "4:-1")),
        ),
        other_patches=(
            (replace(FILE, TARGET, TARGET.replace("5:", "4:")), replace(FILE, LOSS, LOSS.replace("5:", "4:"))),
        ),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
Columns 0 to 3 are the box and column 4 says whether there is one. The classes begin at 5: `ps[:, 5:]`.
""",
    ),
    Mistake(
        name="softmax-for-sigmoid",
        says="classification_loss is a cross entropy over classes, where each class is decided by itself",
        hint="may a box be of two classes at once in this loss?",
        patch=(replace(FILE, LOSS, "    loss = nn.functional.cross_entropy(ps[:, 5:], target)\n"),),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
Binary cross entropy asks of each class by itself whether the box is of it, by a sigmoid. The cross entropy of a
softmax lets the classes compete. For logits 0, 0 and the right class 0 both give `ln 2 = 0.693`, for 0, 0, 0 the one
gives 0.693 and the other `ln 3 = 1.099`.
""",
    ),
    Mistake(
        name="sigmoid-twice",
        says="classification_loss applies a sigmoid to what goes into BCEWithLogitsLoss, which applies its own",
        hint="what does WithLogits mean?",
        patch=(replace(FILE, LOSS, LOSS.replace("ps[:, 5:]", "ps[:, 5:].sigmoid()")),),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
`BCEWithLogitsLoss` takes logits and applies the sigmoid itself, in a way that does not overflow. Given probabilities,
it takes 0.5 for a logit and can never be nearer to 0 than `ln(1 + exp(-1)) = 0.313` for what is there.
""",
    ),
    Mistake(
        name="sum-for-mean",
        says="classification_loss adds up over boxes and classes, where the mean is asked for",
        hint="what does your loss do when every box stands there twice?",
        patch=(
            replace(FILE, CRITERION, CRITERION.replace("BCEWithLogitsLoss(", 'BCEWithLogitsLoss(reduction="sum", ')),
        ),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
The mean over all n times classes numbers keeps the loss of one size, however many boxes a batch has; that is the
default of `BCEWithLogitsLoss`. A sum grows with the boxes, and pictures with many of them decide where the network
goes.
""",
    ),
    Mistake(
        name="classes-added-up",
        says="classification_loss adds up the classes and averages over the boxes alone",
        hint="over how many numbers does the mean of BCEWithLogitsLoss go?",
        patch=(replace(FILE, LOSS, "    loss = criterion(ps[:, 5:], target) * target.shape[1]\n"),),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
The mean goes over all entries, boxes times classes. Divided by the boxes alone the loss is larger by the number of
classes.
""",
    ),
    Mistake(
        name="every-row-marked",
        says="classification_loss puts cp into the column of each class in every row, where each row has its own class",
        hint="what do target[:, [0, 2]] and target[[0, 1], [0, 2]] select?",
        patch=(replace(FILE, RIGHT, "    target[:, tcls] = cp\n"),),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
`target[:, tcls]` selects whole columns: every box is then of every class that occurs. Two lists of the same length
select one place for each box: `target[range(n), tcls] = cp`.
""",
    ),
    Mistake(
        name="classes-from-one",
        says="classification_loss counts the classes from 1: each box is taken for the class before",
        hint="which class has the number 0?",
        patch=(replace(FILE, RIGHT, RIGHT.replace("tcls]", "tcls - 1]")),),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
Classes are numbered from 0, as the columns behind objectness are: class 0 stands in `ps[:, 5]`. With `tcls - 1` class
0 becomes -1, which Python takes for the last column, so that no error tells.
""",
    ),
    Mistake(
        name="cp-and-cn-swapped",
        says="classification_loss fills the target with cp and puts cn where the right classes are",
        hint="how many ones has the target of one box without smoothing?",
        patch=(
            replace(FILE, TARGET, TARGET.replace("cn)", "cp)")),
            replace(FILE, RIGHT, RIGHT.replace("cp\n", "cn\n")),
        ),
        fails=(
            "loss_value",
            "loss_smoothing",
            "loss_positive_weight",
            "loss_gradient",
        ),
        teaches="""
p is for positive: cp, near 1, stands where the right class is; cn, near 0, everywhere else. Swapped, the network
learns to say of every box what it is not.
""",
    ),
    Mistake(
        name="others-zero",
        says="classification_loss fills the target with 0, where cn is asked for",
        hint="what is cn for if nothing takes it?",
        patch=(replace(FILE, TARGET, "    target = torch.zeros_like(ps[:, 5:])\n"),),
        fails=("loss_smoothing",),
        teaches="""
Smoothing moves both ends a little: with epsilon = 0.2 the target of the right class is 0.9 and that of each other 0.1.
Without smoothing cn is 0, and nobody notices.
""",
    ),
    Mistake(
        name="right-one",
        says="classification_loss puts 1 where the right classes are, where cp is asked for",
        hint="what is cp for if nothing takes it?",
        patch=(replace(FILE, RIGHT, RIGHT.replace("= cp", "= 1.0")),),
        fails=("loss_smoothing",),
        teaches="""
Smoothing moves both ends a little: with epsilon = 0.2 the target of the right class is 0.9 and that of each other 0.1.
Without smoothing cp is 1, and nobody notices.
""",
    ),
    Mistake(
        name="targets-not-smoothed",
        says="the targets of classification_loss are 1 and 0, where cp and cn are asked for",
        hint="which of your lines speak of cp and of cn?",
        patch=(
            replace(FILE, TARGET, "    target = torch.zeros_like(ps[:, 5:])\n"),
            replace(FILE, RIGHT, RIGHT.replace("= cp", "= 1.0")),
        ),
        fails=("loss_smoothing",),
        teaches="""
Smoothing moves both ends a little: with epsilon = 0.2 the target of the right class is cp = 0.9 and that of each other
cn = 0.1. Without smoothing they are 1 and 0, and nobody notices. `one_hot` gives 1 and 0 as well.
""",
    ),
    Mistake(
        name="weight-not-used",
        says="classification_loss does not use pos_weight",
        hint="which of your lines speaks of pos_weight?",
        patch=(replace(FILE, CRITERION, "    criterion = nn.BCEWithLogitsLoss()\n"),),
        fails=("loss_positive_weight",),
        teaches="""
Of many classes most are not there, and what is there weighs little. `BCEWithLogitsLoss(pos_weight=w)` multiplies the
term `-t log(p)` by w and leaves `-(1 - t) log(1 - p)`.
""",
    ),
    Mistake(
        name="weight-on-everything",
        says="classification_loss multiplies the whole loss by pos_weight",
        hint="what would a weight change that multiplies both terms alike?",
        patch=(
            replace(FILE, CRITERION, "    criterion = nn.BCEWithLogitsLoss()\n"),
            replace(FILE, LOSS, "    loss = pos_weight * criterion(ps[:, 5:], target)\n"),
        ),
        fails=("loss_positive_weight",),
        teaches="""
A factor before the whole loss is a learning rate in disguise. `pos_weight` multiplies one of its two terms, that of
what is there, and so moves the balance between missed and false classes.
""",
    ),
    Mistake(
        name="weight-on-what-is-not-there",
        says="classification_loss multiplies the term of what is not there by pos_weight",
        hint="which of the two terms of the loss is left where a target is 1?",
        patch=(
            replace(
                FILE,
                LOSS,
                "    there, not_there = (nn.functional.softplus(sign * ps[:, 5:]) for sign in (-1, 1))\n"
                "    loss = (target * there + pos_weight * (1 - target) * not_there).mean()\n",
            ),
        ),
        fails=("loss_positive_weight",),
        teaches="""
`pos` is for positive: `pos_weight` multiplies `-t log(p)`, the term that is left where the target is 1. On the other
term a weight above 1 does the opposite, and the network misses more of what is there.
""",
    ),
    Mistake(
        name="weight-by-target",
        says="classification_loss weights a whole entry of the loss by its target, the term of the opposite too",
        hint="with a target of 0.9, which share of an entry does pos_weight multiply?",
        patch=(
            replace(
                FILE,
                CRITERION,
                "    criterion = nn.BCEWithLogitsLoss(weight=1 + (pos_weight - 1) * target)\n",
            ),
        ),
        fails=("loss_layers", "loss_empty"),
        teaches="""
`weight` multiplies both terms of an entry, `pos_weight` only `-t log(p)`. Where targets are 1 and 0 that is the same;
with smoothed ones each entry has both terms.
""",
    ),
    Mistake(
        name="loss-made-a-number",
        says="classification_loss is cut off from the predictions: no gradient comes back",
        hint="what does a float, or a detached tensor, know of how it was computed?",
        patch=(replace(FILE, "    return loss\n", "    return loss.detach()\n"),),
        fails=("loss_gradient",),
        teaches="""
`.item()`, `.detach()`, `float(...)` and `torch.tensor(loss)` give a number that has forgotten where it comes from. The
printed loss is right, and the classes never learn.
""",
    ),
    Mistake(
        name="layers-averaged",
        says="class_loss averages over the detection layers, where the sum is asked for",
        hint="what does += do, and what would divide?",
        patch=(replace(FILE, "    return total\n", "    return total / max(1, len(list(layers)))\n"),),
        other_patches=(
            (
                replace(
                    FILE, "    return total\n", "    return total / max(1, sum(len(tcls) > 0 for _, tcls in layers))\n"
                ),
            ),
        ),
        fails=("loss_layers", "loss_empty"),
        teaches="""
Each detection layer adds its mean: `lcls += ...`. Divided by the number of layers the loss is a third of what
the other losses are balanced with.
""",
    ),
    Mistake(
        name="last-layer-alone",
        says="class_loss gives the loss of the last detection layer alone: = where += is asked for",
        hint="what is left of the first layer after the second round of your loop?",
        patch=(replace(FILE, ADD, ADD.replace("total + ", "")),),
        fails=("loss_layers", "loss_empty"),
        teaches="""
`lcls = loss` forgets the layers before; `lcls += loss` adds. Large boxes are then learnt and small ones are not, or
the other way round.
""",
    ),
    Mistake(
        name="first-layer-alone",
        says="class_loss gives the loss of the first detection layer that has boxes, and looks at no other",
        hint="how often does your loop come to its return?",
        patch=(replace(FILE, 'hyp["cls_pw"])\n', 'hyp["cls_pw"])\n            return total\n'),),
        fails=("loss_layers", "loss_empty"),
        teaches="""
A `return` that is indented as the body of a loop ends it in its first round. It belongs behind the loop, as far left
as the `for`.
""",
    ),
    Mistake(
        name="smoothing-shared-out",
        says="class_loss shares epsilon out among the classes, as for a softmax, where each class is decided by itself",
        hint="with epsilon = 0.2 and three classes: what are cp and cn?",
        patch=(
            replace(
                FILE,
                SMOOTHED,
                "1 - smoothing + smoothing / (ps.shape[1] - 5), smoothing / (ps.shape[1] - 5), hyp",
            ),
        ),
        fails=("loss_layers", "loss_empty"),
        teaches="""
Smoothing for a softmax gives each of K classes epsilon / K. Here each class is a decision of its own with two
outcomes, so K is 2: `cp = 1 - epsilon / 2` and `cn = epsilon / 2`, however many classes there are.
""",
    ),
    Mistake(
        name="smoothing-not-halved",
        says="class_loss smooths by all of epsilon, where each end moves by half of it",
        hint="with epsilon = 0.2: what do cp and cn differ by?",
        patch=(replace(FILE, SMOOTHED, "1 - smoothing, smoothing, hyp"),),
        fails=("loss_layers", "loss_empty"),
        teaches="""
For two outcomes, smoothing by epsilon mixes the target with one half: `(1 - epsilon) t + epsilon / 2`. So
`cp = 1 - epsilon / 2` and `cn = epsilon / 2`.
""",
    ),
    Mistake(
        name="class-weight-forgotten",
        says="class_loss leaves hyp's cls_pw out",
        hint="which entries of hyp does your code read?",
        patch=(replace(FILE, 'hyp["cls_pw"])', "1.0)"),),
        fails=("loss_layers", "loss_empty"),
        teaches="""
`hyp["cls_pw"]` is the pos_weight of the class loss. It is 1 in most files of hyperparameters, so that a run does not
tell.
""",
    ),
    Mistake(
        name="multiplied-by-the-caller-too",
        says="class_loss multiplies by hyp's cls, which the caller does as well",
        hint="who multiplies by hyp['cls'] after your function has returned?",
        patch=(replace(FILE, "    return total\n", '    return total * hyp["cls"]\n'),),
        fails=("loss_layers", "loss_empty"),
        teaches="""
The caller balances the three losses, `hyp["box"] * box + hyp["obj"] * there + hyp["cls"] * classes`. Multiplied in
both places the classes count for a quarter where they should count for a half.
""",
    ),
    Mistake(
        name="empty-layer-not-left-out",
        says="class_loss adds the mean of a layer without boxes, which is no number",
        hint="what is the mean of an empty tensor?",
        patch=(replace(FILE, "len(tcls) > 0 and ps.shape[1] > 6", "ps.shape[1] > 6"),),
        fails=("loss_empty",),
        teaches="""
In a picture of small boxes the layer for large ones has none, and the mean of no numbers is nan. One nan makes the
whole loss nan, and after the next step every parameter. Ask first: `if n:`.
""",
    ),
    Mistake(
        name="one-class-judged",
        says="class_loss judges classes where there is one only",
        hint="what can a detector of a single class get wrong about classes?",
        patch=(replace(FILE, "len(tcls) > 0 and ps.shape[1] > 6", "len(tcls) > 0"),),
        fails=("loss_empty",),
        teaches="""
With one class every box is of it, and objectness says whether there is a box: there is nothing left to decide. The
loss is 0 then: `if classes > 1:`.
""",
    ),
)
