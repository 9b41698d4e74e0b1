"""What students get wrong in `imbalance`: each misconception is a small patch of the reference.

The reference computes both accepted forms, and shares what they have in common. So a patch is mostly one for both;
where it is of one form alone, its sentence says of which.
"""

from __future__ import annotations

from grader.authoring import Mistake, replace

FILE = "losses/focal_loss.py"
INVERSES = "[1 / (1 - beta**count) if count else 0.0 for count in cls_num_list]"
SCALE = "scale = len(inverses) / sum(inverses)"
FACTOR = "factor = torch.exp(self.gamma * log_rest)"
MEAN, WEIGHTED_MEAN = "return losses.mean()", "return (weights * losses).sum() / total"
# The logarithm of a rounded probability: of all classes before the correct one is picked, of that one alone, and of all
# classes times a mask, where 0 times minus infinity is NaN.
LOG_SOFTMAX, LOG_SIGMOID = "log_p = F.log_softmax(input, dim=1)[is_correct]", "log_p, log_rest = F.logsigmoid(signed),"
ROUNDED = (
    replace(FILE, LOG_SOFTMAX, "log_p = torch.softmax(input, dim=1).log()[is_correct]"),
    replace(FILE, LOG_SIGMOID, "log_p, log_rest = torch.sigmoid(signed).log(),"),
)
PICKED = (
    replace(FILE, LOG_SOFTMAX, "log_p = torch.softmax(input, dim=1)[is_correct].log()"),
    replace(FILE, LOG_SIGMOID, "log_p, log_rest = torch.sigmoid(signed).log(),"),
)
MASKED = (
    replace(FILE, LOG_SOFTMAX + "[:, None]", "log_p = torch.softmax(input, dim=1).log() * is_correct"),
    replace(
        FILE,
        LOG_SIGMOID,
        "rounded = torch.sigmoid(input)\n"
        "            log_p, log_rest = is_correct * rounded.log() + ~is_correct * (1 - rounded).log(),",
    ),
)


def one_by_one(times: str) -> str:
    """Write the lines that scale each weight by itself, so that it becomes a number, NaN where it was infinite."""
    return f"scale = {times}\n    inverses = [inverse / inverse for inverse in inverses]"


ALIKE = (
    replace(FILE, INVERSES, "(1 / (1 - beta ** torch.tensor(cls_num_list, dtype=torch.float64))).tolist()"),
    replace(FILE, SCALE, one_by_one("len(inverses)")),
)

MISTAKES = (
    Mistake(
        name="weights-not-a-tensor",
        says="reweight returns an array of numpy, not a tensor",
        hint="what does torch say to `array[tensor_of_classes]`, and where is `array.to(device)`?",
        patch=(
            replace(
                FILE,
                "return torch.tensor([scale * inverse for inverse in inverses])",
                "return torch.tensor([scale * inverse for inverse in inverses]).numpy()",
            ),
        ),
        fails=("reweight_tensor",),
        teaches="""
The loss picks the weights of a batch by `weight[target]` and lives on the device of the model, so it needs a
tensor. Compute in numpy if you like, and end with `torch.tensor(weights, dtype=torch.float32)`: an array of numpy
holds float64, and float64 weights would turn a float32 loss into another dtype, or be refused.
""",
    ),
    Mistake(
        name="weights-a-list",
        says="reweight returns a list, not a tensor",
        hint="what does Python say to `weights[tensor_of_classes]`, and where is `weights.to(device)`?",
        patch=(
            replace(
                FILE,
                "return torch.tensor([scale * inverse for inverse in inverses])",
                "return [scale * inverse for inverse in inverses]",
            ),
        ),
        fails=("reweight_tensor",),
        teaches="""
The loss picks the weights of a batch by `weight[target]` and lives on the device of the model, so it needs a
tensor: end with `torch.tensor(weights)`.
""",
    ),
    Mistake(
        name="power-of-the-difference",
        says="the effective number is computed with (1 - beta)**n, where it is 1 - beta**n",
        hint="which is raised to the power n: beta, or 1 - beta?",
        patch=(
            replace(FILE, INVERSES, "(1 / (1 - beta) ** torch.tensor(cls_num_list, dtype=torch.float64)).tolist()"),
        ),
        other_patches=((replace(FILE, INVERSES, "[(1 - beta) / (1 - beta) ** count for count in cls_num_list]"),),),
        fails=(
            "reweight_tensor",
            "reweight_ratio",
            "reweight_beta",
            "reweight_normalised",
            "reweight_empty_class",
        ),
        teaches="""
The effective number is `(1 - beta**n) / (1 - beta)`: n images overlap, and `beta**n` is what they leave unseen.
`(1 - beta)**n` is 0 after a handful of images, and its inverse infinite.
""",
    ),
    Mistake(
        name="power-of-the-counts",
        says="the effective number is computed with n**beta, where it is 1 - beta**n",
        hint="what is torch.pow(a, b): a to the power b, or the other way round?",
        patch=(replace(FILE, INVERSES, "(1 / (1 - torch.tensor(cls_num_list).pow(beta))).tolist()"),),
        fails=("reweight_ratio", "reweight_beta"),
        teaches="""
The base is beta, the exponent the number of images: `beta**n`, `np.power(beta, n)`, `torch.pow(beta, n)`. With
beta = 0.9999 the other way round, `n**beta`, is nearly n itself: the weights are then nearly those of 1/n.
""",
    ),
    Mistake(
        name="weights-all-alike",
        says="reweight gives all classes the same weight, whatever their sizes are",
        hint="does a sum of yours run over all weights, or over one, and what is a number divided by itself?",
        patch=ALIKE,
        other_patches=tuple((ALIKE[0], replace(FILE, SCALE, one_by_one(times))) for times in ("1", "10")),
        fails=("reweight_tensor", "reweight_ratio", "reweight_beta", "reweight_normalised", "reweight_empty_class"),
        teaches="""
Inside the loop over the classes there is only the weight of one class, and `weight / np.sum(weight)` is 1. Collect the
weights of all classes first, and scale them after the loop.
""",
    ),
    Mistake(
        name="beta-from-the-counts",
        says="beta is computed from the number of images, (N - 1) / N, and not the one that is given",
        hint="what does reweight return for another beta?",
        patch=(
            replace(
                FILE,
                INVERSES,
                INVERSES.replace("beta", "(1 - 1 / sum(cls_num_list)) "),
            ),
        ),
        fails=("reweight_ratio", "reweight_beta"),
        teaches="""
In the paper N stands for the volume of all that could be seen, of which nobody knows the size; beta = (N - 1) / N is a
number to be tried out, and comes in as an argument.
""",
    ),
    Mistake(
        name="inverse-frequency",
        says="the weights are the inverse class sizes 1/n, not those of the effective numbers",
        hint="what does beta do in your formula, and what are its weights for beta = 0?",
        patch=(replace(FILE, "1 / (1 - beta**count) if count", "1 / count if count"),),
        fails=("reweight_ratio", "reweight_beta"),
        teaches="""
By 1/n a class of 5000 images weighs a hundredth of one of 50. But images of one class overlap: the 5000th shows
little that was not seen before. The effective number (1 - beta**n) / (1 - beta) counts that: it grows like n at
first and never beyond 1 / (1 - beta).

With beta = 0.9999, 5000 images count as 3935 and 50 as 49.9, so the weights differ by a factor of 79, and not of
100.
""",
    ),
    Mistake(
        name="effective-number-itself",
        says="the weights are the effective numbers themselves, where their inverses are asked for",
        hint="which class should weigh more: the one of 5000 images or the one of 50?",
        patch=(replace(FILE, "1 / (1 - beta**count) if count", "(1 - beta**count) if count"),),
        fails=("reweight_ratio",),
        teaches="""
The effective number says how much there is of a class. A class of which there is little has to weigh much, so its
weight is the inverse, (1 - beta) / (1 - beta**n).

For [645, 387, 232, 139] the weights have to rise: [0.4043, 0.6652, 1.1011, 1.8294].
""",
    ),
    Mistake(
        name="beta-written-in",
        says="reweight uses 0.9999 whatever beta it is given",
        hint="where in the body of reweight does the name beta occur?",
        patch=(replace(FILE, "1 / (1 - beta**count) if count", "1 / (1 - 0.9999**count) if count"),),
        fails=("reweight_beta",),
        teaches="""
0.9999 is the default of the argument. Experiments give others, and a number written into the body would make them
all the same experiment.

`reweight([10, 1], beta=0.0)` is `[1, 1]`.
""",
    ),
    Mistake(
        name="weights-not-normalised",
        says="the weights are (1 - beta) / (1 - beta**n) as they are: they do not sum to the number of classes",
        hint="by which factor does your learning rate have to grow if all weights are a thousandth?",
        patch=(replace(FILE, SCALE, "scale = 1 - beta"),),
        fails=("reweight_normalised",),
        teaches="""
Their proportion is right, their size is not: with beta = 0.9999 they lie between 0.0001 and 1, so the loss shrinks
by orders of magnitude, and with it every step of the training. Multiplied by C / sum(weights), the average class
weighs 1.

(1 - beta) / (1 - beta**n) for [645, 387, 232, 139] and beta = 0.9999 is [0.0016, 0.0026, 0.0044, 0.0072], which
sums to 0.0158; times 4 / 0.0158 it is [0.4043, 0.6652, 1.1011, 1.8294].
""",
    ),
    Mistake(
        name="weights-sum-to-one",
        says="the weights sum to 1, where they should sum to the number of classes",
        hint="what should a class of average size weigh?",
        patch=(replace(FILE, SCALE, "scale = 1 / sum(inverses)"),),
        fails=("reweight_normalised",),
        teaches="""
Weights are no probabilities. Where all classes have the same size, nothing should change: each weighs 1, and they
sum to the number of classes.

For four classes of 100 images each, reweight returns [1, 1, 1, 1], not [0.25, 0.25, 0.25, 0.25].
""",
    ),
    Mistake(
        name="weights-divided-by-the-largest",
        says="the weights are divided by the largest one, where they should sum to the number of classes",
        hint="what does reweight return for four classes of one size, and for those of the example?",
        patch=(replace(FILE, SCALE, "scale = 1 / max(inverses)"),),
        fails=("reweight_normalised",),
        teaches="""
Divided by the largest, the rarest class weighs 1 and all others less: the loss shrinks. Multiplied by C / sum(weights),
the average class weighs 1.
""",
    ),
    Mistake(
        name="weights-sum-to-the-images",
        says="the weights sum to the number of images, where they should sum to the number of classes",
        hint="what does `sum(cls_num_list)` count, and what `len(cls_num_list)`?",
        patch=(replace(FILE, SCALE, "scale = sum(cls_num_list) / sum(inverses)"),),
        fails=("reweight_normalised",),
        teaches="""
C is how many classes there are, `len(cls_num_list)`; `sum(cls_num_list)` is how many images.
""",
    ),
    Mistake(
        name="weights-sum-to-ten",
        says="the weights sum to 10 whatever number of classes there is",
        hint="what does reweight return for the four classes of the example?",
        patch=(replace(FILE, SCALE, "scale = 10 / sum(inverses)"),),
        fails=("reweight_normalised",),
        teaches="""
CIFAR-10 has ten classes, other data have not. `len(cls_num_list)` knows the number.
""",
    ),
    Mistake(
        name="empty-class-infinite",
        says="a class without images gets a weight of 1/0: Python refuses that, others make the weights 0 or NaN",
        hint="what is 1 - beta**0, and what is infinity divided by infinity?",
        patch=(
            replace(FILE, INVERSES, "(1 / (1 - beta ** torch.tensor(cls_num_list, dtype=torch.float64))).tolist()"),
        ),
        other_patches=(
            (
                replace(
                    FILE,
                    "inverses = " + INVERSES,
                    "inverses = []\n    for count in cls_num_list:\n        inverses.append(1 / (1 - beta**count))",
                ),
            ),
            (
                replace(FILE, INVERSES, "(1 / (1 - beta ** torch.tensor(cls_num_list, dtype=torch.float64))).tolist()"),
                replace(FILE, SCALE, f"{SCALE} if all(cls_num_list) else 1 - beta"),
            ),
        ),
        fails=("reweight_empty_class",),
        teaches="""
beta**0 is 1, so an empty class has the effective number 0, and its inverse is infinite. Scaled by the sum of all
weights, which is infinite too, the other classes get 0 and this one NaN. No image will ever ask for the weight of
an empty class, so any finite number does: 0, or that of a class of one image.

`np.where(n > 0, ..., 0)` after the division is enough, or `np.maximum(n, 1)` before it.
""",
    ),
    Mistake(
        name="sum-for-mean",
        says="the losses of the images are summed, where their mean is asked for",
        hint="what happens to the size of your steps when the batch becomes twice as large?",
        patch=(
            replace(FILE, MEAN, "return losses.sum()"),
            replace(FILE, WEIGHTED_MEAN, "return (weights * losses).sum()"),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
`F.cross_entropy` averages over the batch, and learning rates are chosen for that. A sum over 128 images makes steps
128 times as large.

Two images with losses 1 and 3 have the loss 2, not 4.
""",
    ),
    Mistake(
        name="sum-over-classes",
        says="the sum of the losses is divided by the C classes, where it should be divided by the N images",
        hint="by which of the two axes of input do you divide?",
        patch=(
            replace(FILE, MEAN, "return losses.sum() / input.shape[1]"),
            replace(FILE, WEIGHTED_MEAN, "return (weights * losses).sum() / input.shape[1]"),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
`input` has shape `(N, C)`: N images, C classes. The mean over the batch divides by N, `input.shape[0]`; the sum over an
image's classes is divided by nothing.

Two images with losses 1 and 3 and ten classes have the loss 2, not 0.4.
""",
    ),
    Mistake(
        name="mean-over-classes",
        says="the sum of the losses is divided by N * C, where it should be divided by the N images alone",
        hint="over how many entries does mean() run on an array of shape (N, C)?",
        patch=(
            replace(
                FILE, "losses = -(factor * log_p).sum(dim=1)", "losses = -(factor * log_p).sum(dim=1) / input.shape[1]"
            ),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
`mean()` over an array of shape (N, C) divides by N * C: in the softmax form by ten times too much, as nine of ten
entries are 0 behind a one-hot mask; in the sigmoid form the C terms of an image belong together and are summed, as
in the paper. (`F.binary_cross_entropy_with_logits` takes the mean over all entries unless it is told
`reduction="none"`.)

One image with the terms [0.1, 0.2, 0.6] has the loss 0.9, not 0.3.
""",
    ),
    Mistake(
        name="alpha-written-in",
        says="the loss is multiplied by 0.25, the alpha of other papers",
        hint="what is your loss for gamma 0 and no weights, and what is F.cross_entropy?",
        patch=(replace(FILE, "losses = -(factor * log_p).sum(dim=1)", "losses = -0.25 * (factor * log_p).sum(dim=1)"),),
        fails=("focal_cross_entropy",),
        teaches="""
The focal loss of detectors has an alpha for yes and no, often 0.25. Here the class weights stand in its place: with
gamma 0 and no weights the loss is the cross entropy itself.
""",
    ),
    Mistake(
        name="losses-not-averaged",
        says="FocalLoss returns the losses of the images one by one, not their mean",
        hint="which method of a tensor makes one number of many?",
        patch=(
            replace(FILE, MEAN, "return losses"),
            replace(FILE, WEIGHTED_MEAN, "return len(target) * (weights * losses) / total"),
        ),
        fails=("focal_tensor",),
        teaches="""
`backward()` needs one number. The losses of the images, a tensor of shape (N,), are averaged at the end: `loss.mean()`.
""",
    ),
    Mistake(
        name="loss-in-a-row-of-one",
        says="FocalLoss returns a tensor of shape (1,), which holds the mean, not a number by itself",
        hint="which shape has torch.ones(4, 1).mean(dim=0)?",
        patch=(
            replace(FILE, MEAN, "return losses.mean().reshape(1)"),
            replace(FILE, WEIGHTED_MEAN, "return ((weights * losses).sum() / total).reshape(1)"),
        ),
        fails=("focal_tensor",),
        teaches="""
`mean(dim=0)` of shape (N, 1) leaves the second axis: (1,). `mean()` without an axis gives a tensor of no dimensions,
like `F.cross_entropy`.
""",
    ),
    Mistake(
        name="softmax-over-the-batch",
        says="softmax runs over the images of the batch, where it should run over the classes",
        hint="which of the two axes of input are the classes, and what do the probabilities of one image add up to?",
        patch=(
            replace(FILE, "log_p = F.log_softmax(input, dim=1)", "log_p = F.log_softmax(input, dim=0)"),
            replace(
                FILE,
                "log_rest = others.logsumexp(dim=1, keepdim=True) - input.logsumexp(dim=1, keepdim=True)",
                "log_rest = (1 - log_p.exp()).clamp(min=1e-8).log()",
            ),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
`input` has shape `(N, C)`, and the probabilities of one image add up to 1 over its classes: `dim=1`. Over `dim=0` they
would be shared out among the images, and a batch of one image would always be certain.
""",
    ),
    Mistake(
        name="scores-squashed-twice",
        says="softmax or sigmoid is applied to the scores before a function that applies it again",
        hint="what does F.cross_entropy do with its input before it takes the logarithm?",
        patch=(
            replace(
                FILE,
                "is_correct = F.one_hot(",
                "input = torch.softmax(input, dim=1) if is_softmax else torch.sigmoid(input)\n"
                "        is_correct = F.one_hot(",
            ),
        ),
        other_patches=(
            (
                replace(
                    FILE,
                    "losses = -(factor * log_p).sum(dim=1)",
                    """\
if is_softmax:
            log_p = F.log_softmax(torch.softmax(input, dim=1), dim=1)[is_correct][:, None]
        else:
            log_p = F.logsigmoid(torch.where(is_correct, input.sigmoid(), -input.sigmoid()))
        losses = -(factor * log_p).sum(dim=1)""",
                ),
            ),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
`F.cross_entropy`, `F.log_softmax` and everything `..._with_logits` expect scores as the network gives them. Given
probabilities, which lie between 0 and 1, they see scores that are nearly equal: no prediction can become certain,
the loss never falls below 1.46 for ten classes, and gradients nearly vanish.

The scores [10, 0] have the cross entropy 0.00005 for the first class; squashed first, it is 0.3133.
""",
    ),
    Mistake(
        name="rows-by-the-class",
        says="FocalLoss.forward looks scores up with input[target]: that is a whole row for each class, not one score",
        hint="which axis does the first index count along, and what is its length?",
        patch=(
            replace(FILE, LOG_SOFTMAX + "[:, None]", "log_p = F.log_softmax(input, dim=1)[target]"),
            replace(FILE, LOG_SIGMOID, "log_p, log_rest = F.logsigmoid(signed)[target],"),
        ),
        fails=(
            "focal_cross_entropy",
            "focal_weighted",
            "focal_confident",
            "focal_gammas",
            "focal_batch",
            "focal_class_balanced",
            "focal_classes",
            "focal_tensor",
            "focal_gradient",
            "focal_extreme",
            "focal_extreme_gamma",
        ),
        teaches="""
The first axis counts images. `input[target]` takes row 4 for class 4, whichever image it belongs to, and fails where
there are fewer images than that. One score for each image is `input.gather(1, target[:, None])`, or
`input[torch.arange(len(target)), target]`.
""",
    ),
    Mistake(
        name="other-classes-left-out",
        says="the sigmoid form has the term of the correct class alone: the terms of the other classes are left out",
        hint="what does your loss say to scores of 10 for every class at once?",
        patch=(
            replace(
                FILE,
                "log_p, log_rest = F.logsigmoid(signed), F.logsigmoid(-signed)",
                "log_p, log_rest = F.logsigmoid(signed) * is_correct, F.logsigmoid(-signed)",
            ),
        ),
        fails=("focal_cross_entropy",),
        teaches="""
With softmax the other classes are in the denominator, so that one logarithm is enough. A sigmoid sees one score
alone: that the other classes are wrong has to be said by terms of their own, -log(1 - sigmoid(z)). Without them a
network that answers yes to everything has the loss 0.

For the scores [10, 10] and the first class the loss is 0.00005 + 10.00005, not 0.00005.
""",
    ),
    Mistake(
        name="minus-missing",
        says="the loss is negative: the minus before the logarithm is missing",
        hint="which sign has log(0.9), and which way does training go?",
        patch=(replace(FILE, "losses = -(factor * log_p)", "losses = (factor * log_p)"),),
        fails=("focal_cross_entropy",),
        teaches="""
log(p) is negative, as p is at most 1. Training makes the loss smaller: without the minus it makes log(p) smaller,
and the network learns to be wrong.
""",
    ),
    Mistake(
        name="logarithm-missing",
        says="the loss is made of p itself, where the logarithm of p is asked for",
        hint="what does F.nll_loss expect as its input: probabilities or their logarithms?",
        patch=(replace(FILE, "losses = -(factor * log_p)", "losses = -(factor * log_p.exp())"),),
        fails=("focal_cross_entropy",),
        teaches="""
The cross entropy of an image is -log(p). Without the logarithm an image that is wrong with certainty costs 1 at most,
and its gradient is 0: nothing is learned from it. `F.nll_loss` takes logarithms, as `F.log_softmax` gives them.

For p = 0.01 the loss is 4.6, and -p is -0.01.
""",
    ),
    Mistake(
        name="weight-ignored",
        says="the weights of the classes have no effect on the loss",
        hint="where in forward does self.weight occur?",
        patch=(replace(FILE, "if self.weight is None:", "if True:"),),
        fails=("focal_weighted",),
        teaches="""
The weight that a class got from reweight multiplies the loss of each of its images: `weight[target]` has shape
(N,), one number for each image.

Two images with losses 1 and 2, of classes that weigh 0.5 and 3, have the sum 0.5 * 1 + 3 * 2 = 6.5, divided by 2 or
by 3.5.
""",
    ),
    Mistake(
        name="weight-applied-twice",
        says="the weight of the class is multiplied in twice",
        hint="has F.cross_entropy multiplied by the weight already?",
        patch=(
            replace(
                FILE, "weights = self.weight.to(losses)[target]", "weights = self.weight.to(losses)[target].square()"
            ),
        ),
        fails=("focal_weighted",),
        teaches="""
`F.cross_entropy(input, target, weight=weight, reduction="none")` has the weights in it. Multiplied by
`weight[target]` once more, a class that weighs 3 counts nine times.
""",
    ),
    Mistake(
        name="average-weight",
        says="every image counts by the mean of all weights, not by the weight of its class",
        hint="what is the weight of an image of class 3?",
        patch=(
            replace(
                FILE,
                "weights = self.weight.to(losses)[target]",
                "weights = self.weight.to(losses).mean() * torch.ones_like(losses)",
            ),
            replace(FILE, "total = weights.sum() if divides_by_weights else len(target)", "total = len(target)"),
        ),
        fails=("focal_weighted",),
        teaches="""
`weight[target]` has shape (N,), one number for each image. A mean over the classes is one number for all of them, and
tells rare classes no longer from common ones.
""",
    ),
    Mistake(
        name="weights-broadcast",
        says="weights of shape (N, 1) are multiplied by losses of shape (N,): every weight meets every image's loss",
        hint="which shape has torch.ones(3, 1) * torch.ones(3)?",
        patch=(
            replace(
                FILE,
                WEIGHTED_MEAN,
                "return (weights[:, None] * losses).mean()",
            ),
        ),
        fails=("focal_weighted",),
        teaches="""
Shapes (N, 1) and (N,) broadcast to (N, N): N² products, of each weight with each loss. Their mean is the mean weight
times the mean loss, so no image counts by its own class. Pick the weights as `weight[target]`, of shape (N,), like the
losses.
""",
    ),
    Mistake(
        name="weight-on-the-probability",
        says="the weight multiplies p before the logarithm is taken, where it should multiply the loss",
        hint="what does log(w * p) add to log(p), and does that depend on the image?",
        patch=(
            replace(
                FILE,
                FACTOR,
                """\
factor = torch.exp(self.gamma * log_rest)
        if self.weight is not None and (self.weight != 1).any():
            log_p = log_p + self.weight.to(input)[target][:, None].log()
            factor = (1 - torch.exp(log_p)) ** self.gamma""",
            ),
            replace(FILE, WEIGHTED_MEAN, "return losses.sum() / len(target)"),
        ),
        fails=("focal_weighted", "focal_class_balanced"),
        teaches="""
`log(w * p)` is `log(w) + log(p)`: the weight is added to the loss as a number that has no gradient, and `1 - w * p` is
no probability. A mask of the correct classes may hold ones; the weights belong in front of the logarithm.
""",
    ),
    Mistake(
        name="divided-by-all-weights",
        says="the weighted losses are divided by the sum of all classes' weights, not by N or the images' weights",
        hint="how many images has the batch, and how many classes has `weight`?",
        patch=(
            replace(
                FILE,
                "total = weights.sum() if divides_by_weights else len(target)",
                "total = self.weight.sum()",
            ),
        ),
        fails=("focal_weighted",),
        teaches="""
A weighted mean divides by the weights that were used, `weight[target].sum()`, or simply by N. `weight.sum()` is the
same for every batch: the loss then grows with the size of the batch.
""",
    ),
    Mistake(
        name="weight-of-the-term",
        says="the sigmoid form weighs each term by its own class's weight, not by that of the image's class",
        hint="which weight has the term of class 7 for an image of class 2?",
        patch=(
            replace(
                FILE,
                "log_p, log_rest = F.logsigmoid(signed), F.logsigmoid(-signed)",
                "log_p, log_rest = F.logsigmoid(signed), F.logsigmoid(-signed)\n"
                "            log_p = log_p if self.weight is None else log_p * self.weight",
            ),
            replace(
                FILE,
                "weights = self.weight.to(losses)[target]",
                "weights = self.weight.to(losses)[target] if is_softmax else torch.ones_like(losses)",
            ),
        ),
        fails=("focal_weighted",),
        teaches="""
All C terms of an image are multiplied by one number, the weight of the image's correct class: a rare image counts
more, with everything that is said about it. A weight of shape (C,) beside losses of shape (N, C) is broadcast along
the rows instead, so that each column has its own.

`weight[target][:, None] * terms` has the weight of the image in each row.
""",
    ),
    Mistake(
        name="gamma-ignored",
        says="gamma has no effect: the loss is the cross entropy for every gamma",
        hint="where in forward does self.gamma occur?",
        patch=(replace(FILE, FACTOR, "factor = torch.ones_like(log_p)"),),
        fails=(
            "focal_confident",
            "focal_gammas",
            "focal_batch",
            "focal_class_balanced",
            "focal_gradient",
            "focal_extreme_gamma",
        ),
        teaches="""
The cross entropy -log(p) is multiplied by (1 - p)**gamma. Without that factor an image predicted with p = 0.9
counts 0.105; with gamma = 2 it counts 0.00105, a hundredth.
""",
    ),
    Mistake(
        name="easy-examples-kept",
        says="the factor is p**gamma, where it should be (1 - p)**gamma: well predicted images count most",
        hint="which of p = 0.1 and p = 0.9 should the loss look at?",
        patch=(replace(FILE, FACTOR, "factor = torch.exp(self.gamma * log_p)"),),
        fails=("focal_confident",),
        teaches="""
Focal loss is there for hard examples, so the factor has to be small where p is large.

For gamma = 2, p = 0.9 has the factor 0.01 and p = 0.1 has 0.81; by p**gamma it would be the other way round.
""",
    ),
    Mistake(
        name="one-plus-the-probability",
        says="the factor is (1 + p)**gamma, where it should be (1 - p)**gamma",
        hint="should a well predicted image count more than others, or less?",
        patch=(replace(FILE, FACTOR, "factor = (1 + torch.exp(log_p)) ** self.gamma"),),
        fails=("focal_confident",),
        teaches="""
(1 - p)**gamma is near 0 where p is near 1. (1 + p)**gamma is largest there.
""",
    ),
    Mistake(
        name="power-of-the-probability-alone",
        says="the factor is 1 - p**gamma, where it should be (1 - p)**gamma",
        hint="what comes first in your formula: the difference or the power?",
        patch=(replace(FILE, FACTOR, "factor = 1 - torch.exp(self.gamma * log_p)"),),
        fails=("focal_gammas",),
        teaches="""
`1 - p ** gamma` is read as `1 - (p ** gamma)`: a power binds tighter than a difference. For gamma 0 it is 0 for every
image, and the loss with it; where it should be 1.

For p = 0.5 and gamma = 2 the factor is 0.5**2 = 0.25, and 1 - 0.5**2 = 0.75.
""",
    ),
    Mistake(
        name="gamma-multiplied",
        says="the factor is gamma * (1 - p), where gamma should be its exponent",
        hint="what is the factor for gamma = 0?",
        patch=(replace(FILE, FACTOR, "factor = self.gamma * torch.exp(log_rest)"),),
        fails=("focal_gammas",),
        teaches="""
For gamma = 0 the factor (1 - p)**0 is 1, and the loss is the cross entropy; gamma * (1 - p) is 0 there.
""",
    ),
    Mistake(
        name="logarithm-for-the-probability",
        says="the factor is (1 - log p)**gamma: the logarithm stands where the probability belongs",
        hint="does F.log_softmax return a probability?",
        patch=(replace(FILE, FACTOR, "factor = (1 - log_p) ** self.gamma"),),
        fails=("focal_confident",),
        teaches="""
`F.log_softmax` gives log p, a negative number: 1 - log p is above 1, and largest where p is small. Take
`torch.exp(log_p)` for p.
""",
    ),
    Mistake(
        name="loss-for-the-probability",
        says="the factor is (1 - loss)**gamma: the loss stands where the probability belongs",
        hint="how do you get p back from -log p?",
        patch=(replace(FILE, FACTOR, "factor = (1 + log_p) ** self.gamma"),),
        fails=("focal_confident",),
        teaches="""
The cross entropy is -log p; the probability is `torch.exp(-loss)`.
""",
    ),
    Mistake(
        name="gamma-made-whole",
        says="gamma is cut to a whole number",
        hint="what is int(0.5)?",
        patch=(replace(FILE, FACTOR, "factor = torch.exp(int(self.gamma) * log_rest)"),),
        fails=("focal_gammas",),
        teaches="""
gamma may be 0.5 or 1.5. `int(0.5)` is 0, and the loss the cross entropy.
""",
    ),
    Mistake(
        name="gamma-written-in",
        says="the exponent is a number that is written in, whatever gamma is, also where it is 0",
        hint="where in forward does self.gamma occur, and what is your loss for gamma 0?",
        patch=(replace(FILE, FACTOR, "factor = torch.exp(2 * log_rest)"),),
        other_patches=tuple(
            (replace(FILE, FACTOR, f"factor = torch.exp({exponent} * log_rest)"),)
            for exponent in (0.5, 1, 1.5, 2.5, 3, 4, 5)
        ),
        fails=("focal_gammas",),
        teaches="""
gamma is an argument: 0 makes the loss the cross entropy, and experiments compare several.
""",
    ),
    Mistake(
        name="gamma-always-two",
        says="the exponent is 2 for every gamma other than 0",
        hint="what is the factor for p = 0.75 and gamma = 0.5?",
        patch=(replace(FILE, FACTOR, "factor = torch.exp((2 if self.gamma else 0) * log_rest)"),),
        fails=("focal_gammas",),
        teaches="""
gamma = 2 is what most papers use, and what many examples have written in. Here it is an argument: 0.5, 1 and 2 are
compared.

For p = 0.75 the factor is 0.5 with gamma = 0.5, 0.25 with gamma = 1 and 0.0625 with gamma = 2.
""",
    ),
    Mistake(
        name="probability-of-the-batch",
        says="p is computed from the mean loss of the batch, so that all images share one factor",
        hint="what is left of an image that is predicted badly once losses have been averaged?",
        patch=(
            replace(
                FILE,
                FACTOR,
                """\
factor = torch.exp(self.gamma * log_rest)
        if is_softmax:
            factor = (1 - torch.exp(log_p.mean())).clamp(min=1e-6) ** self.gamma""",
            ),
        ),
        fails=("focal_batch",),
        teaches="""
`F.cross_entropy(input, target)` is one number, the mean, and exp(-mean) is the geometric mean of the probabilities:
nobody's p. The factor then no longer tells hard images from easy ones. Ask for `reduction="none"`, multiply, and
average at the end.

p = 0.99 and 0.01 with gamma = 2: each by its own factor the mean is (0.0001 * 0.01 + 0.98 * 4.6) / 2 = 2.26; by the
shared factor (1 - 0.0995)² = 0.81 it is 1.87.
""",
    ),
    Mistake(
        name="weight-inside-the-probability",
        says="p is computed from a loss that has been multiplied by the weights: it is no probability any more",
        hint="what is exp(-w * loss) for a weight of 3, and is it still what the network predicted?",
        patch=(
            replace(
                FILE,
                FACTOR,
                """\
if self.weight is None:
            factor = torch.exp(self.gamma * log_rest)
        else:
            p = torch.exp(self.weight[target][:, None] * log_p)
            factor = (1 - p).clamp(min=1e-6) ** self.gamma""",
            ),
        ),
        fails=("focal_class_balanced",),
        teaches="""
`ce = F.cross_entropy(input, target, weight=weight, reduction="none")` is -w * log(p), so `exp(-ce)` is p**w. For
rare classes, whose w is large, p**w is small: their images all look hard; for common ones all look easy. Compute p
from the loss without weights, and multiply by the weight afterwards.

p = 0.5 and w = 3 give exp(-w * 0.693) = 0.125 in the place of 0.5.
""",
    ),
    Mistake(
        name="ten-classes-in-the-loss",
        says="FocalLoss takes it for granted that there are ten classes",
        hint="what does F.one_hot(target, 10) do with class 11?",
        patch=(replace(FILE, "F.one_hot(target, input.shape[1])", "F.one_hot(target, 10)"),),
        other_patches=(
            (
                replace(
                    FILE,
                    "log_p = F.log_softmax(input, dim=1)[is_correct][:, None]",
                    """\
hot = torch.zeros(len(input), 10)
            hot[torch.arange(len(input)), target] = 1
            log_p = (F.log_softmax(input, dim=1) * hot).sum(dim=1, keepdim=True)""",
                ),
            ),
            *(
                (
                    replace(
                        FILE,
                        "is_correct = F.one_hot(target, input.shape[1]).bool()",
                        f"{cost}\n        is_correct = F.one_hot(target, input.shape[1]).bool()",
                    ),
                )
                for cost in (
                    "F.binary_cross_entropy_with_logits(input, F.one_hot(target, 10).float())",
                    "F.binary_cross_entropy(torch.softmax(input, dim=1), F.one_hot(target, 10).float())",
                )
            ),
        ),
        fails=("focal_classes",),
        teaches="""
The number of classes is the width of the scores, `input.shape[1]`. Left to itself, `F.one_hot(target)` takes the
largest class of the batch for the last one, which is wrong whenever the last class is not in it.
""",
    ),
    Mistake(
        name="classes-counted-in-the-batch",
        says="the number of classes is counted in the targets: a batch without the last class seems to have fewer",
        hint="what is F.one_hot(torch.tensor([0, 2])).shape for ten classes?",
        patch=(replace(FILE, "F.one_hot(target, input.shape[1])", "F.one_hot(target)"),),
        other_patches=(
            (
                replace(
                    FILE,
                    "is_correct = F.one_hot(target, input.shape[1]).bool()",
                    "hot = F.one_hot(target)\n        is_correct = F.one_hot(target, input.shape[1]).bool()",
                ),
                replace(
                    FILE,
                    "losses = -(factor * log_p).sum(dim=1)",
                    "losses = -(factor * log_p).sum(dim=1)\n"
                    "        if hot.shape[1] < input.shape[1]:\n"
                    "            log_p = hot * F.log_softmax(input, dim=1)\n"
                    "            losses = -((1 - torch.exp(log_p)) ** self.gamma * log_p).sum(dim=1)",
                ),
            ),
        ),
        fails=("focal_classes",),
        teaches="""
Without `num_classes`, `F.one_hot` makes as many columns as the largest target plus one. A batch that has no image of
the last class, as small batches of unbalanced data often are, then has too few. `F.one_hot(target, input.shape[1])` has
one for each score.
""",
    ),
    Mistake(
        name="loss-is-a-python-float",
        says="FocalLoss returns a Python float, which has no gradient",
        hint="what does item() keep of a tensor, and what does it forget?",
        patch=(
            replace(FILE, MEAN, f"{MEAN}.item()"),
            replace(FILE, WEIGHTED_MEAN, "return ((weights * losses).sum() / total).item()"),
        ),
        fails=("focal_tensor", "focal_gradient"),
        teaches="""
A tensor remembers which operations it came from, and `backward()` follows them back to the parameters. `item()`,
`float(...)` and everything computed by numpy keep the number and forget the rest: `loss.backward()` then has
nothing to call.
""",
    ),
    Mistake(
        name="probability-detached",
        says="the factor (1 - p)**gamma is taken for a constant when the loss is differentiated",
        hint="which of detach(), .data and torch.no_grad() stands between the scores and your p?",
        patch=(replace(FILE, FACTOR, "factor = torch.exp(self.gamma * log_rest.detach())"),),
        fails=("focal_gradient",),
        teaches="""
p depends on the scores, so the derivative of (1 - p)**gamma * -log(p) has two terms. Cut off from the graph, the
factor loses its own, and training follows the slope of another function than the one that it prints.

For p = 0.5 and gamma = 2 the derivative by p is -(1 - p)² / p + 2 (1 - p) log(p) = -0.5 - 0.693, and not -0.5.
""",
    ),
    Mistake(
        name="log-of-a-rounded-probability",
        says="the logarithm is taken of a probability that has been rounded to 0",
        hint="how large is softmax([0, 1000])[0] as a float32, and what is its logarithm?",
        patch=ROUNDED,
        other_patches=(
            (
                *ROUNDED,
                replace(FILE, FACTOR, "factor = (1 - torch.exp(log_p)) ** self.gamma"),
            ),
            PICKED,
            (*PICKED, replace(FILE, FACTOR, "factor = (1 - torch.exp(log_p)) ** self.gamma")),
            MASKED,
            (*MASKED, replace(FILE, FACTOR, "factor = (1 - torch.exp(log_p)) ** self.gamma")),
        ),
        fails=("focal_extreme", "focal_extreme_gamma"),
        teaches="""
exp(-1000) is stored as 0, and log(0) is minus infinity; one such image makes every weight of the network NaN.
`F.log_softmax`, `F.logsigmoid`, `F.cross_entropy` and `F.binary_cross_entropy_with_logits` never form that 0.

`torch.softmax(torch.tensor([0.0, 1000.0]), 0).log()[0]` is -inf, `F.log_softmax(...)[0]` is -1000.
""",
    ),
    Mistake(
        name="modulator-overflows",
        says="the sigmoid form's factor is exp(-gamma y z - gamma log(1 + exp(-z))): exp(-z) is infinite for z = -1000",
        hint="what is log(1 + exp(1000)) in float32, and what F.softplus(torch.tensor(1000.0))?",
        patch=(
            replace(
                FILE,
                FACTOR,
                """\
factor = torch.exp(self.gamma * log_rest)
        if not is_softmax:
            factor = torch.exp(-self.gamma * is_correct * input - self.gamma * torch.log(1 + torch.exp(-input)))
            if self.gamma == 0:
                factor = torch.ones_like(input)""",
            ),
        ),
        other_patches=(
            (
                replace(
                    FILE,
                    FACTOR,
                    """\
factor = torch.exp(self.gamma * log_rest)
        if not is_softmax:
            factor = torch.exp(-self.gamma * is_correct * input - self.gamma * torch.log(1 + torch.exp(-input)))""",
                ),
            ),
        ),
        fails=("focal_extreme", "focal_extreme_gamma"),
        teaches="""
`exp(-z)` does not fit into float32 below z = -88, and `log(1 + inf)` is infinite: the factor becomes 0 or NaN, and so
does the gradient. `F.softplus(-z)` is the same logarithm without the overflow, `-F.logsigmoid(z)` too.
""",
    ),
    Mistake(
        name="root-at-zero",
        says="where p is exactly 1, the slope of (1 - p)**gamma with gamma below 1 is infinite, and the gradient NaN",
        hint="what is the derivative of x**0.5 at x = 0?",
        patch=(replace(FILE, FACTOR, "factor = (1 - torch.exp(log_p)) ** self.gamma"),),
        other_patches=(
            (
                replace(
                    FILE,
                    FACTOR,
                    """\
factor = (1 - torch.exp(log_p)) ** self.gamma
        if is_softmax:
            factor = ((1 - torch.softmax(input, dim=1)) ** self.gamma)[is_correct][:, None]""",
                ),
            ),
            (
                replace(
                    FILE,
                    FACTOR,
                    """\
factor = (1 - torch.exp(log_p)) ** self.gamma
        if not is_softmax:
            rounded = torch.sigmoid(input)
            factor = torch.where(is_correct, 1 - rounded, rounded) ** self.gamma""",
                ),
            ),
        ),
        fails=("focal_extreme_gamma",),
        teaches="""
In float32 a p above 0.99999997 is stored as 1, so that 1 - p is 0. The slope of the square root there is infinite;
the chain rule multiplies it by 0, which gives NaN, and one well predicted image makes every weight of the network
NaN. Keep 1 - p above 0 with `clamp(min=1e-6)`, or compute the factor as exp(gamma * log(1 - p)) from a logarithm
that is accurate: `F.logsigmoid(-z)` is log(1 - sigmoid(z)).
""",
    ),
    Mistake(
        name="weights-made-whole",
        says="reweight turns the weights into whole numbers, so that most become 0",
        hint="of which dtype is the tensor that you return?",
        patch=(
            replace(
                FILE,
                "return torch.tensor([scale * inverse for inverse in inverses])",
                "return torch.tensor([scale * inverse for inverse in inverses]).long()",
            ),
        ),
        fails=("reweight_tensor", "reweight_ratio", "reweight_beta", "reweight_normalised", "reweight_empty_class"),
        teaches="""
Weights are fractions: `torch.tensor(weights)` of floats keeps them, `.long()` and `.int()` cut off everything after
the point.

0.28 and 0.97 both become 0, and classes without a weight are never learned.
""",
    ),
    Mistake(
        name="weights-by-place-in-the-batch",
        says="the first image of a batch gets the weight of the first class, whatever its own class is",
        hint="by what do you index the weights: by the class of an image, or by its place in the batch?",
        patch=(
            replace(
                FILE, "weights = self.weight.to(losses)[target]", "weights = self.weight.to(losses)[: len(target)]"
            ),
        ),
        fails=("focal_weighted", "focal_classes"),
        teaches="""
`weight[target]` takes for each image the weight of its class. `weight[:len(target)]`, or weights that are multiplied
by the
losses as they are, give the weight of class 0 to the first image.
""",
    ),
    Mistake(
        name="weights-shared-out-and-averaged",
        says="the images' weights are divided by their sum, and the losses by N as well",
        hint="with a weight of 1 for each class, is your loss the one without weights?",
        patch=(replace(FILE, WEIGHTED_MEAN, "return (weights / weights.sum() * losses).mean()"),),
        fails=("focal_weighted",),
        teaches="""
Divide once: `(weights * losses).sum() / weights.sum()`, or `(weights * losses).mean()`. With weights of 1 either is the
mean of the losses. Weights that sum to 1 already are to be summed, not averaged.
""",
    ),
    Mistake(
        name="sigmoid-in-the-factor",
        says="p in the factor is sigmoid(z), which is not the probability whose logarithm is taken",
        hint="of what is your logarithm: of softmax(z), or of 1 - sigmoid(z) for the other classes?",
        patch=(
            replace(
                FILE,
                FACTOR,
                "factor = torch.exp(self.gamma * F.logsigmoid(-(input[is_correct][:, None] if is_softmax else input)))",
            ),
        ),
        fails=("focal_confident",),
        teaches="""
(1 - p)**gamma and log(p) are about the same p. With `F.cross_entropy` that is the softmax probability of the correct
class; with `F.binary_cross_entropy_with_logits` it is sigmoid(z) for the correct class and 1 - sigmoid(z) for all
others. `torch.exp(-loss)`, term by term, is it in both.
""",
    ),
    Mistake(
        name="weights-through-a-softmax",
        says="reweight takes the softmax of the weights, which makes them nearly equal",
        hint="what is the softmax of 0.001 and 0.1?",
        patch=(
            replace(
                FILE,
                "return torch.tensor([scale * inverse for inverse in inverses])",
                "return torch.tensor([(1 - beta) * inverse for inverse in inverses]).softmax(dim=0) * len(inverses)",
            ),
        ),
        other_patches=(
            (
                replace(
                    FILE,
                    "return torch.tensor([scale * inverse for inverse in inverses])",
                    "return torch.tensor([(1 - beta) * inverse for inverse in inverses]).softmax(dim=0)",
                ),
            ),
        ),
        fails=("reweight_tensor", "reweight_ratio", "reweight_beta", "reweight_normalised", "reweight_empty_class"),
        teaches="""
A softmax makes any numbers sum to 1, and changes their proportion. Here it is to stay: multiply by C / sum(weights).
""",
    ),
    Mistake(
        name="shares-for-the-counts",
        says="beta is raised to the share that a class has of all images, not to the number of its images",
        hint="is n a number of images, and what is 0.9999 to the power 0.3?",
        patch=(
            replace(
                FILE,
                INVERSES,
                "[1 / (1 - beta ** (count / sum(cls_num_list))) if count else 0.0 for count in cls_num_list]",
            ),
        ),
        fails=("reweight_ratio", "reweight_beta", "reweight_normalised", "reweight_empty_class"),
        teaches="""
The effective number (1 - beta**n) / (1 - beta) is about n images, not about n / N: with a share in the exponent beta**n
is next to 1 for every class, and the weights are those of 1/n.
""",
    ),
    Mistake(
        name="inverse-square-root",
        says="the weights are the inverse square roots of the class sizes, not those of the effective numbers",
        hint="what does beta do in your formula, and what are its weights for beta = 0?",
        patch=(replace(FILE, "1 / (1 - beta**count) if count", "count**-0.5 if count"),),
        fails=("reweight_ratio", "reweight_beta"),
        teaches="""
1 / sqrt(n) is a remedy of its own, and a milder one. Asked are the inverses of the effective numbers,
(1 - beta) / (1 - beta**n), which beta takes from all alike (beta = 0) nearly to 1/n (beta close to 1).
""",
    ),
    Mistake(
        name="multiplied-for-the-power",
        says="the effective number is computed with beta * n, where it is 1 - beta**n",
        hint="with one * or two is a power written?",
        patch=(replace(FILE, "1 / (1 - beta**count) if count", "1 / (1 - beta * count) if count"),),
        fails=("reweight_ratio", "reweight_beta", "reweight_normalised", "reweight_empty_class"),
        teaches="""
`beta**n` is a power and lies between 0 and 1; `beta * n` is nearly n, and 1 - beta * n is negative.
""",
    ),
    Mistake(
        name="weights-divided-by-their-norm",
        says="the weights are divided by the root of their squares' sum, not scaled to sum to the number of classes",
        hint="what do your weights sum to for four classes of one size?",
        patch=(replace(FILE, SCALE, "scale = 1 / math.hypot(*inverses)"),),
        fails=("reweight_normalised",),
        teaches="""
`F.normalize` and `weights / weights.norm()` give a vector of length 1. Asked is a sum of C: multiply by
C / sum(weights).
""",
    ),
    Mistake(
        name="labels-not-one-hot",
        says="a binary cross entropy is given the labels as they are, not a row of 0s and a 1 for each image",
        hint="which shape have the scores, and which the labels?",
        patch=(
            replace(
                FILE,
                "is_correct = F.one_hot(",
                "F.binary_cross_entropy_with_logits(input, target.float())\n        is_correct = F.one_hot(",
            ),
        ),
        fails=(
            "focal_cross_entropy",
            "focal_weighted",
            "focal_confident",
            "focal_gammas",
            "focal_batch",
            "focal_class_balanced",
            "focal_classes",
            "focal_tensor",
            "focal_gradient",
            "focal_extreme",
            "focal_extreme_gamma",
        ),
        teaches="""
In the sigmoid form each class is a yes-or-no decision: `F.binary_cross_entropy_with_logits` compares every score with a
0 or a 1 of its own. `F.one_hot(target, input.shape[1]).float()` has them.
""",
    ),
)
