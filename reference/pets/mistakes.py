"""What students get wrong in `pets`: each misconception is a small patch of the reference."""

from __future__ import annotations

import numpy as np

from grader.authoring import Mistake, replace, rewrite

CLASSIFICATION = "pets_classification.py"
SEGMENTATION = "pets_segmentation.py"
LABELS = "pets_classification.txt"
MASKS = "pets_segmentation.txt"

SCALED = "images.float() / 255"
NORMALISED = (
    "(images.float() / 255 - torch.tensor([0.485, 0.456, 0.406])[:, None, None])"
    " / torch.tensor([0.229, 0.224, 0.225])[:, None, None]"
)
TRAINED = "for parameter in model.parameters() if parameter.requires_grad"
FROZEN = "backbone.requires_grad_(requires_grad=False)"
LABELS_KEPT = "[model(images).argmax(dim=1) for images, _ in batches]"
MASKS_KEPT = "[model(images).squeeze(1) >= 0 for images, _ in batches]"
UP = "self.head(functional.interpolate(x, size=images.shape[2:]))"
SHARES = "np.divide(both, either, out=np.ones(len(both)), where=either > 0).mean()"
RUNS = "np.diff(np.concatenate([[0], changes, [flat.size - 1]])).tolist()"
IOU = ("iou", "iou_empty", "iou_threshold")
IN_LABELS = ("predict_labels", "predict_labels_in_use")
IN_MASKS = ("predict_masks", "predict_masks_in_use")


def counted_from_one(text: str) -> str:
    """Give the labels from 1 to 34."""
    return "".join(f"{int(line) + 1}\n" for line in text.splitlines())


def shifted(text: str) -> str:
    """Give each image the label of the next."""
    first, *others = text.splitlines()
    return "".join(f"{line}\n" for line in (*others, first))


def inside_out(text: str) -> str:
    """Begin each line with the ones."""
    return "".join(f"{line[2:] if line.startswith('0 ') else f'0 {line}'}\n" for line in text.splitlines())


def by_columns(text: str) -> str:
    """Go through the pixels of each mask column by column."""
    lines = []
    for line in text.splitlines():
        lengths = [int(word) for word in line.split()]
        flat = np.repeat(np.arange(len(lengths)) % 2, lengths).reshape(224, 224).T.ravel()
        ends = np.flatnonzero(np.diff(flat, prepend=0))
        lines.append(" ".join(map(str, np.diff(np.concatenate([[0], ends, [flat.size]])))))
    return "".join(f"{line}\n" for line in lines)


MISTAKES = (
    Mistake(
        name="labels-from-one",
        says="the file counts the breeds from 1 to 34",
        hint="which is the smallest label of the training images, and which of your file?",
        patch=(rewrite(LABELS, counted_from_one),),
        fails=("labels_accuracy",),
        teaches="""
The 34 breeds have the labels 0 to 33, as `argmax` gives them. A file in which every label is one too large has an
accuracy near 1 / 34, as if nothing had been learnt.
""",
    ),
    Mistake(
        name="test-images-shuffled",
        says="the labels are those of the images, each moved by one line",
        hint="does the loader of the test images begin with the first image, and keep their order?",
        patch=(rewrite(LABELS, shifted),),
        fails=("labels_accuracy",),
        teaches="""
Line n of the file is compared with image n of the test part. A loader that shuffles, drops the first image or starts
anew in between gives right labels in wrong lines. On the dev images nothing shows, because there labels travel with
their images. So take the test part in its order, once, and count the lines.
""",
    ),
    Mistake(
        name="file-of-ones-first",
        says="each line of the masks begins with the ones, so that animal and background are exchanged",
        hint="what does a reader take the first number of a line for?",
        patch=(rewrite(MASKS, inside_out),),
        fails=("masks_iou",),
        teaches="""
A line alternates between zeros and ones and begins with zeros; where the first pixel is a one, the first number is 0.
Without that every mask is turned inside out, and its IoU is near 0.
""",
    ),
    Mistake(
        name="file-by-columns",
        says="the masks of the file are written column by column",
        hint="is the second number that you write the length of a horizontal run or of a vertical one?",
        patch=(rewrite(MASKS, by_columns),),
        fails=("masks_iou",),
        teaches="""
Pixels are counted row by row, as `mask.ravel()` has them. Column by column, `mask.T.ravel()`, the lengths still sum
to 50176, and the mask that is read is mirrored on its diagonal: an IoU near that of guessing.
""",
    ),
    Mistake(
        name="classifier-not-scaled",
        says="the classifier gives the backbone colours from 0 to 255",
        hint="which numbers was the backbone trained on?",
        patch=(replace(CLASSIFICATION, SCALED, "images.float()"),),
        fails=("classifier_scores",),
        teaches="""
Features of a trained network are good for inputs as it was trained on. This backbone takes colours from 0 to 1; with
255 times as much every layer works outside of what it knows. Nothing raises, and the accuracy is merely low.
""",
    ),
    Mistake(
        name="classifier-centred",
        says="the classifier gives the backbone colours from -1 to 1",
        hint="which numbers does backbone.py ask for?",
        patch=(replace(CLASSIFICATION, SCALED, "images.float() / 127.5 - 1"),),
        fails=("classifier_scores",),
        teaches="""
Some networks take colours from -1 to 1, some from 0 to 1, some subtract a mean of each channel. Which one it is
belongs to the weights. `backbone.py` says: from 0 to 1.
""",
    ),
    Mistake(
        name="classifier-scaled-twice",
        says="the classifier divides colours by 255 twice",
        hint="which is the largest number that arrives at the backbone?",
        patch=(replace(CLASSIFICATION, SCALED, "images.float() / 255 / 255"),),
        fails=("classifier_scores", "backbone_frozen"),
        teaches="""
Scale once: where the data are loaded, or in `forward`. Colours from 0 to 0.004 are a black image to the backbone.
""",
    ),
    Mistake(
        name="classifier-scaled-by-256",
        says="the classifier divides colours by 256 instead of 255",
        hint="which number becomes the largest byte, 255?",
        patch=(replace(CLASSIFICATION, SCALED, "images.float() / 256"),),
        fails=("classifier_scores",),
        teaches="""
A byte goes from 0 to 255, so white is 255 / 255 = 1. Divided by 256 it is 0.996: no harm to most networks, and not
what the backbone was trained on.
""",
    ),
    Mistake(
        name="classifier-normalised",
        says="the classifier subtracts the mean of ImageNet and divides by its deviation",
        hint="which numbers does backbone.py ask for?",
        patch=(replace(CLASSIFICATION, SCALED, NORMALISED),),
        fails=("classifier_scores",),
        teaches="""
Mean and deviation of each channel belong to networks that were trained with them, such as those of torchvision. This
backbone was trained on colours from 0 to 1.
""",
    ),
    Mistake(
        name="classifier-probabilities",
        says="the classifier applies softmax, which the loss applies again",
        hint="what does cross_entropy do with what it is given?",
        patch=(
            replace(
                CLASSIFICATION,
                "self.head(features[-1].mean(dim=(2, 3)))",
                "torch.softmax(self.head(features[-1].mean(dim=(2, 3))), dim=1)",
            ),
        ),
        fails=("classifier_scores",),
        teaches="""
`cross_entropy` expects logits and applies softmax itself. On probabilities, which lie between 0 and 1, a second
softmax is nearly flat: the loss cannot fall much and training is slow, though the largest score is still the right
one.
""",
    ),
    Mistake(
        name="classifier-sigmoid",
        says="the classifier applies a sigmoid to each score",
        hint="which numbers can your forward return, and what does cross_entropy do with them?",
        patch=(
            replace(
                CLASSIFICATION,
                "self.head(features[-1].mean(dim=(2, 3)))",
                "torch.sigmoid(self.head(features[-1].mean(dim=(2, 3))))",
            ),
        ),
        fails=("classifier_scores",),
        teaches="""
`cross_entropy` expects logits, which may be any numbers. From numbers between 0 and 1 its softmax makes nearly equal
shares, so that the loss cannot fall much. A sigmoid also answers another question: each class for itself, while a pet
is of one breed.
""",
    ),
    Mistake(
        name="classifier-gives-labels",
        says="forward of the classifier returns the best class, where the loss needs the scores of all",
        hint="what does cross_entropy compare with the right class, and where are labels asked for?",
        patch=(
            replace(
                CLASSIFICATION,
                "self.head(features[-1].mean(dim=(2, 3)))",
                "self.head(features[-1].mean(dim=(2, 3))).argmax(dim=1)",
            ),
        ),
        fails=("classifier_scores", "backbone_frozen"),
        teaches="""
`argmax` has no gradient, so nothing can be learned through it. forward returns one logit for each class, and `predict`
takes the largest.
""",
    ),
    Mistake(
        name="classifier-tanh",
        says="the classifier applies a tanh to each score",
        hint="how likely can a class become whose score is at most 1, where all others are at least -1?",
        patch=(
            replace(
                CLASSIFICATION,
                "self.head(features[-1].mean(dim=(2, 3)))",
                "torch.tanh(self.head(features[-1].mean(dim=(2, 3))))",
            ),
        ),
        fails=("classifier_scores",),
        teaches="""
Logits may be any numbers. Between -1 and 1 softmax gives the best of 34 breeds a share of 0.18 at most, so that the
loss stays high however sure the network is. The last layer has no activation.
""",
    ),
    Mistake(
        name="classifier-probabilities-over-images",
        says="the classifier applies softmax over the images of a batch",
        hint="along which axis do the numbers of your forward sum to 1?",
        patch=(
            replace(
                CLASSIFICATION,
                "self.head(features[-1].mean(dim=(2, 3)))",
                "torch.softmax(self.head(features[-1].mean(dim=(2, 3))), dim=0)",
            ),
        ),
        fails=("classifier_scores",),
        teaches="""
Scores have the shape (N, K). `softmax(scores, dim=0)` compares the images of the batch with each other. And the loss
applies softmax over the classes itself: return logits.
""",
    ),
    Mistake(
        name="classes-fixed",
        says="the head has 34 outputs, however many classes are asked for",
        hint="what does the constructor do with `classes`?",
        patch=(
            replace(
                CLASSIFICATION, "nn.Linear(backbone.channels[-1], classes)", "nn.Linear(backbone.channels[-1], CLASSES)"
            ),
        ),
        fails=("classifier_scores",),
        teaches="""
`Classifier(backbone, classes)` says how many scores it gives. With 34 written into it, other data cannot be
classified, and the argument is one that does nothing.
""",
    ),
    Mistake(
        name="classifier-width-fixed",
        says="the head is made for the widths of one backbone, where backbone.channels says how wide this one is",
        hint="which number of features does the head take, and who told it?",
        patch=(replace(CLASSIFICATION, "nn.Linear(backbone.channels[-1], classes)", "nn.Linear(96, classes)"),),
        fails=("classifier_scores",),
        teaches="""
A head with `nn.Linear(96, classes)` fits one backbone. `nn.Linear(backbone.channels[-1], classes)` fits each, also the
small one that checks use.
""",
    ),
    Mistake(
        name="head-frozen-too",
        says="every parameter of the classifier is frozen, those of the head too",
        hint="whose parameters does the loop go through that sets requires_grad?",
        patch=(
            replace(
                CLASSIFICATION,
                "    return torch.optim.Adam(trained",
                "    trained = [*model.requires_grad_(requires_grad=False).parameters()]\n"
                "    return torch.optim.Adam(trained",
            ),
        ),
        fails=("backbone_frozen",),
        teaches="""
Freeze `self.backbone.parameters()`, not `self.parameters()` or `model.parameters()`: whatever has
`requires_grad = False` gets no gradient, and no optimizer moves it.
""",
    ),
    Mistake(
        name="scored-without-gradients",
        says="the scores of the classifier have no gradients: its head is computed without them, too",
        hint="which lines stand under torch.no_grad() in forward?",
        patch=(replace(CLASSIFICATION, "        return logits\n", "        return logits.detach()\n"),),
        fails=("backbone_frozen",),
        teaches="""
Features of a frozen backbone may be computed under `torch.no_grad()`. The head has to stand behind that block: what is
computed inside of it, or detached, does not know which parameters it came from, and `backward` has nowhere to go.
""",
    ),
    Mistake(
        name="head-not-trained",
        says="the optimizer of the classifier holds the backbone and not the head",
        hint="which tensors has your optimizer in its param_groups?",
        patch=(replace(CLASSIFICATION, TRAINED, "for parameter in model.backbone.parameters()"),),
        fails=("backbone_frozen",),
        teaches="""
An optimizer moves the parameters that it was given, and only where they have gradients. The frozen backbone has none;
a new head that the optimizer does not know stays at its random start. The loss does not fall at all.
""",
    ),
    Mistake(
        name="backbone-not-frozen",
        says="training moves the backbone together with the head",
        hint="print a weight of the backbone before and after an epoch",
        patch=(
            replace(CLASSIFICATION, FROZEN, "backbone"),
            replace(CLASSIFICATION, "        self.backbone.eval()\n", ""),
        ),
        other_patches=((replace(CLASSIFICATION, FROZEN, "backbone"),),),
        fails=("backbone_frozen",),
        teaches="""
A new head gives random gradients at first, and at a rate that suits the head they destroy what the backbone has
learnt. So train the head alone: give the optimizer only its parameters, or switch `requires_grad` off for the
backbone's. Either is enough. Finetuning everything at a small rate may follow later, as a step of its own.
""",
    ),
    Mistake(
        name="labels-of-last-batch",
        says="predict returns the labels of the last batch only",
        hint="what does your loop do with the labels of the batch before?",
        patch=(replace(CLASSIFICATION, "torch.cat(labels).numpy()", "labels[-1].numpy()"),),
        fails=IN_LABELS,
        teaches="""
A variable that is set anew in every round holds the last round's value. Collect the labels of the batches in a list
and join them: `torch.cat(labels)`. 612 images in batches of 32 otherwise give a file of 4 lines.
""",
    ),
    Mistake(
        name="labels-by-batch",
        says="predict returns an array for each batch, where one of all images is asked for",
        hint="what does np.concatenate, or torch.cat, do with a list of arrays?",
        patch=(replace(CLASSIFICATION, "torch.cat(labels).numpy()", "[some.numpy() for some in labels]"),),
        fails=IN_LABELS,
        teaches="""
A list of the labels of batches of 4, 4 and 1 images has three entries; wanted is one array of nine.
`np.concatenate(labels)` puts them one behind the other.
""",
    ),
    Mistake(
        name="labels-counted-from-one",
        says="predict returns each class plus one",
        hint="which number has the first class?",
        patch=(replace(CLASSIFICATION, "torch.cat(labels).numpy()", "torch.cat(labels).numpy() + 1"),),
        fails=IN_LABELS,
        teaches="""
The breeds have the labels 0 to 33, which is what `argmax` gives.
""",
    ),
    Mistake(
        name="largest-score-for-class",
        says="predict returns the largest score instead of its class",
        hint="what is the difference between `max` and `argmax`?",
        patch=(replace(CLASSIFICATION, LABELS_KEPT, LABELS_KEPT.replace("argmax(dim=1)", "max(dim=1).values")),),
        other_patches=(
            (
                replace(
                    CLASSIFICATION,
                    LABELS_KEPT,
                    LABELS_KEPT.replace("argmax(dim=1)", "max(dim=1).values.to(torch.int64)"),
                ),
            ),
        ),
        fails=IN_LABELS,
        teaches="""
`scores.max(dim=1)` gives the largest scores and their places; the class is the place: `.indices`, or `argmax(dim=1)`.
""",
    ),
    Mistake(
        name="labels-stacked",
        says="predict stacks the labels of batches that differ in size",
        hint="how many images has the last batch?",
        patch=(replace(CLASSIFICATION, "torch.cat(labels).numpy()", "np.stack([some.numpy() for some in labels])"),),
        other_patches=(
            (replace(CLASSIFICATION, "torch.cat(labels).numpy()", "torch.stack(labels).numpy()"),),
            (replace(CLASSIFICATION, "torch.cat(labels).numpy()", "np.array([some.numpy() for some in labels])"),),
        ),
        fails=IN_LABELS,
        teaches="""
`stack` makes a new axis and needs equal shapes; the last batch is mostly smaller. `torch.cat` and `np.concatenate`
join along the axis that is there.
""",
    ),
    Mistake(
        name="labels-with-gradients",
        says="predict takes numpy arrays of scores that have gradients",
        hint="which line switches gradients off while you predict?",
        patch=(
            replace(
                CLASSIFICATION,
                "    with torch.no_grad():\n        labels = [model(images).argmax(dim=1) for",
                "    if True:\n        labels = [torch.from_numpy(model(images).numpy().argmax(axis=1)) for",
            ),
        ),
        fails=IN_LABELS,
        teaches="""
A tensor that was computed with parameters remembers how, for gradients. `numpy()` cannot: predict under
`torch.no_grad()`, or call `detach()` first.
""",
    ),
    Mistake(
        name="largest-over-images",
        says="predict takes the largest score over the images of a batch instead of over the classes",
        hint="which axis of (N, K) are the classes?",
        patch=(replace(CLASSIFICATION, LABELS_KEPT, LABELS_KEPT.replace("dim=1", "dim=0")),),
        fails=IN_LABELS,
        teaches="""
Scores have the shape (N, K), a row for each image. `argmax(dim=1)` goes along the row and gives N classes;
`argmax(dim=0)` gives K numbers of images.
""",
    ),
    Mistake(
        name="classified-in-training",
        says="predict of pets_classification.py leaves the model in training mode",
        hint="what does dropout do with half of the features while you predict?",
        patch=(replace(CLASSIFICATION, "    model.eval()\n", ""),),
        fails=("predict_labels_in_use",),
        teaches="""
In training mode dropout throws features away at random and batch normalisation uses the statistics of the batch, so
the label of an image depends on chance and on its neighbours. `model.eval()` before predicting ends that.
""",
    ),
    Mistake(
        name="segmenter-not-scaled",
        says="the segmenter gives the backbone colours from 0 to 255",
        hint="which numbers was the backbone trained on?",
        patch=(replace(SEGMENTATION, SCALED, "images.float()"),),
        fails=("segmenter_scores",),
        teaches="""
The backbone takes colours from 0 to 1; a batch of the dataset has whole numbers from 0 to 255. Divide by 255 first.
""",
    ),
    Mistake(
        name="segmenter-scaled-twice",
        says="the segmenter divides colours by 255 twice",
        hint="which is the largest number that arrives at the backbone?",
        patch=(replace(SEGMENTATION, SCALED, "images.float() / 255 / 255"),),
        fails=("segmenter_scores",),
        teaches="""
Scale once: where the data are loaded, or in `forward`. Colours from 0 to 0.004 are a black image to the backbone.
""",
    ),
    Mistake(
        name="segmenter-scaled-by-256",
        says="the segmenter divides colours by 256 instead of 255",
        hint="which number becomes the largest byte, 255?",
        patch=(replace(SEGMENTATION, SCALED, "images.float() / 256"),),
        fails=("segmenter_scores",),
        teaches="""
A byte goes from 0 to 255, so white is 255 / 255 = 1. Divided by 256 it is 0.996: no harm to most networks, and not
what the backbone was trained on.
""",
    ),
    Mistake(
        name="segmenter-normalised",
        says="the segmenter subtracts the mean of ImageNet and divides by its deviation",
        hint="which numbers does backbone.py ask for?",
        patch=(replace(SEGMENTATION, SCALED, NORMALISED),),
        fails=("segmenter_scores",),
        teaches="""
Mean and deviation of each channel belong to networks that were trained with them, such as those of torchvision. This
backbone was trained on colours from 0 to 1.
""",
    ),
    Mistake(
        name="segmenter-centred",
        says="the segmenter gives the backbone colours from -1 to 1",
        hint="which numbers does backbone.py ask for?",
        patch=(replace(SEGMENTATION, SCALED, "images.float() / 127.5 - 1"),),
        fails=("segmenter_scores",),
        teaches="""
Some networks take colours from -1 to 1, some from 0 to 1. Which one it is belongs to the weights: here from 0 to 1.
""",
    ),
    Mistake(
        name="mask-of-fixed-size",
        says="the segmenter gives masks of 224 x 224, whatever the size of the images",
        hint="which size have the scores for an image of 32 x 48?",
        patch=(replace(SEGMENTATION, "return logits", "return functional.interpolate(logits, size=(224, 224))"),),
        fails=("segmenter_scores",),
        teaches="""
`functional.interpolate(x, size=images.shape[2:])` goes back to the size of the image, whichever it is.
""",
    ),
    Mistake(
        name="mask-of-two-channels",
        says="the segmenter gives each pixel two scores instead of one",
        hint="how many numbers say whether a pixel is the animal's?",
        patch=(replace(SEGMENTATION, "nn.Conv2d(before, 1, 3", "nn.Conv2d(before, 2, 3"),),
        fails=("segmenter_scores",),
        teaches="""
With two classes one logit is enough: its sigmoid is the probability of the animal, and 1 minus that the other. Two
scores belong to softmax and cross-entropy over classes.
""",
    ),
    Mistake(
        name="mask-never-negative",
        says="the segmenter ends with a ReLU, so that no score says background",
        hint="which logit has the probability 0.1?",
        patch=(replace(SEGMENTATION, UP, f"torch.relu({UP})"),),
        fails=("segmenter_learns",),
        teaches="""
A probability below 0.5 has a negative logit. After a ReLU there is none: every pixel is the animal's.
""",
    ),
    Mistake(
        name="mask-half-size",
        says="the decoder ends at half the height and width of the image",
        hint="which stride have the first features of the backbone?",
        patch=(replace(SEGMENTATION, UP, "self.head(x)"),),
        fails=("segmenter_scores",),
        teaches="""
The first features of the backbone have stride 2 already: 112 x 112 for an image of 224 x 224. A decoder that ends
where the first skip connection joins is one step short of the image.
""",
    ),
    Mistake(
        name="mask-turned",
        says="the decoder exchanges height and width of the image",
        hint="in which order do images.shape and size= have height and width?",
        patch=(replace(SEGMENTATION, "size=images.shape[2:]", "size=images.shape[:1:-1]"),),
        fails=("segmenter_scores",),
        teaches="""
`images.shape` is (N, 3, H, W), and `interpolate(x, size=(H, W))` takes height first. On square images nothing shows.
""",
    ),
    Mistake(
        name="mask-without-channel",
        says="the segmenter drops the axis of the channel",
        hint="which shape have masks in a batch?",
        patch=(replace(SEGMENTATION, UP, f"{UP}.squeeze(1)"),),
        fails=("segmenter_scores",),
        teaches="""
Scores and masks have the shape (N, 1, H, W). A loss that compares (N, H, W) with (N, 1, H, W) broadcasts, or raises.
`predict` is the place to drop the axis.
""",
    ),
    Mistake(
        name="segmenter-width-fixed",
        says="the decoder is made for the widths of one backbone, where backbone.channels says how wide this one is",
        hint="which number of features do the layers of the decoder take, and who told them?",
        patch=(
            replace(SEGMENTATION, "before = backbone.channels[-1]", "before = 96"),
            replace(SEGMENTATION, "reversed(backbone.channels[:-1])", "(64, 32, 16)"),
        ),
        fails=("segmenter_scores",),
        teaches="""
A decoder that writes 96, 64, 32 and 16 out fits one backbone. With `backbone.channels` it fits each, also the small one
that checks use.
""",
    ),
    Mistake(
        name="mask-square",
        says="the decoder makes the mask as wide as the image is high",
        hint="which numbers of images.shape are height and width?",
        patch=(replace(SEGMENTATION, "size=images.shape[2:]", "size=2 * images.shape[2:3]"),),
        fails=("segmenter_scores",),
        teaches="""
Images here are square, so height in the place of width works until one is not. `images.shape[2:]` holds both.
""",
    ),
    Mistake(
        name="mask-probabilities",
        says="the segmenter applies the sigmoid, which the loss applies again",
        hint="what does binary_cross_entropy_with_logits do with what it is given, and can your score be negative?",
        patch=(replace(SEGMENTATION, UP, f"torch.sigmoid({UP})"),),
        fails=("segmenter_learns",),
        teaches="""
A loss "with logits" applies the sigmoid itself. Given numbers from 0 to 1 it sees probabilities from 0.5 to 0.73: no
pixel can be called background. Return the last layer's scores as they are.
""",
    ),
    Mistake(
        name="masks-of-last-batch",
        says="predict returns the masks of the last batch only",
        hint="what does your loop do with the masks of the batch before?",
        patch=(replace(SEGMENTATION, "torch.cat(masks).numpy()", "masks[-1].numpy()"),),
        fails=IN_MASKS,
        teaches="""
A variable that is set anew in every round holds the last round's value. Collect the masks of the batches in a list
and join them: `torch.cat(masks)`.
""",
    ),
    Mistake(
        name="masks-are-probabilities",
        says="predict returns probabilities instead of masks",
        hint="what is true from probability 0.5 on?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace(" >= 0", ".sigmoid()")),),
        fails=IN_MASKS,
        teaches="""
A mask says for each pixel yes or no: `probability >= 0.5`. Probabilities cannot be written as runs.
""",
    ),
    Mistake(
        name="masks-are-logits",
        says="predict returns logits instead of masks",
        hint="what is true from probability 0.5 on?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace(" >= 0", "")),),
        fails=IN_MASKS,
        teaches="""
A mask says for each pixel yes or no: `logit >= 0`, which is probability 0.5.
""",
    ),
    Mistake(
        name="masks-exchanged",
        says="predict returns the background for the animal",
        hint="what is true: the animal or the background?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace(">= 0", "< 0")),),
        fails=IN_MASKS,
        teaches="""
A pixel is true from probability 0.5 on. With `<` in the place of `>=` every mask is turned inside out.
""",
    ),
    Mistake(
        name="masks-with-channel",
        says="predict keeps the axis of the single channel",
        hint="which shape have your masks for five images?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace(".squeeze(1)", "")),),
        fails=IN_MASKS,
        teaches="""
The model gives (n, 1, H, W); masks have (n, H, W). `scores[:, 0]` or `scores.squeeze(1)` leaves the axis out; a
`squeeze()` without a number drops the batch as well where it holds one image.
""",
    ),
    Mistake(
        name="masks-squeezed",
        says="predict drops the axis of the batch where it holds one image",
        hint="what does `squeeze()` without a number do to the shape (1, 1, H, W)?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace("squeeze(1)", "squeeze()")),),
        fails=("predict_masks", "predict_masks_in_use"),
        teaches="""
`squeeze()` drops every axis of size 1, that of a batch of one image too. Name the axis: `squeeze(1)`.
""",
    ),
    Mistake(
        name="masks-stacked",
        says="predict stacks the masks of batches that differ in size",
        hint="how many images has the last batch?",
        patch=(replace(SEGMENTATION, "torch.cat(masks).numpy()", "np.stack([some.numpy() for some in masks])"),),
        other_patches=(
            (replace(SEGMENTATION, "torch.cat(masks).numpy()", "torch.stack(masks).numpy()"),),
            (replace(SEGMENTATION, "torch.cat(masks).numpy()", "np.array([some.numpy() for some in masks])"),),
        ),
        fails=IN_MASKS,
        teaches="""
`stack` makes a new axis and needs equal shapes; the last batch is mostly smaller. `torch.cat` and `np.concatenate`
join along the axis that is there.
""",
    ),
    Mistake(
        name="masks-with-gradients",
        says="predict takes numpy arrays of scores that have gradients",
        hint="which line switches gradients off while you predict?",
        patch=(
            replace(
                SEGMENTATION,
                "    with torch.no_grad():\n        masks = [model(images).squeeze(1) >= 0 for",
                "    if True:\n        masks = [torch.from_numpy(model(images).squeeze(1).numpy() >= 0) for",
            ),
        ),
        fails=IN_MASKS,
        teaches="""
A tensor that was computed with parameters remembers how, for gradients. `numpy()` cannot: predict under
`torch.no_grad()`, or call `detach()` first.
""",
    ),
    Mistake(
        name="half-of-a-logit",
        says="predict of pets_segmentation.py compares logits with 0.5",
        hint="which probability has the logit 0.5, and which the logit 0?",
        patch=(replace(SEGMENTATION, MASKS_KEPT, MASKS_KEPT.replace(">= 0", ">= 0.5")),),
        fails=IN_MASKS,
        teaches="""
The probability 0.5 belongs to the logit 0. A logit of 0.5 has the probability 0.62, so comparing logits with 0.5
makes all masks a little too small: the IoU is lower than it could be, and nothing looks wrong.
""",
    ),
    Mistake(
        name="segmented-in-training",
        says="predict of pets_segmentation.py leaves the model in training mode",
        hint="what does dropout do with half of the features while you predict?",
        patch=(replace(SEGMENTATION, "    model.eval()\n", ""),),
        fails=("predict_masks_in_use",),
        teaches="""
In training mode dropout throws features away at random and batch normalisation uses the statistics of the batch:
masks get holes, other ones each time. `model.eval()` before predicting ends that.
""",
    ),
    Mistake(
        name="iou-of-all-pixels",
        says="mean_iou counts the pixels of all images together",
        hint="how much does an image with a small animal count?",
        patch=(
            replace(
                SEGMENTATION,
                SHARES,
                "(both.sum() / either.sum() if either.sum() else 1.0)",
            ),
        ),
        fails=IOU,
        teaches="""
Asked for is the mean of the images' IoU. Adding up intersections and unions first lets large animals count more. An
IoU of 0.2 for a small animal of 100 pixels and of 0.9 for one of 10000 have the mean 0.55; all pixels together give
0.89.
""",
    ),
    Mistake(
        name="dice-for-iou",
        says="mean_iou computes the Dice coefficient",
        hint="what do you divide by: the union, or the sum of both areas?",
        patch=(
            replace(
                SEGMENTATION,
                SHARES,
                SHARES.replace("both, either,", "2 * both, either + both,"),
            ),
        ),
        fails=IOU,
        teaches="""
Dice is `2 * both / (ours + theirs)`, IoU is `both / either` with `either = ours + theirs - both`. Dice is the
larger of the two wherever the masks differ: 0.67 for an IoU of 0.5.
""",
    ),
    Mistake(
        name="union-is-both-areas",
        says="mean_iou divides by the sum of both areas",
        hint="how often does the sum of both areas count a pixel that is in both?",
        patch=(replace(SEGMENTATION, SHARES, SHARES.replace("both, either,", "both, either + both,")),),
        fails=IOU,
        teaches="""
Pixels that are in both masks are counted twice in the sum of the areas: `either = ours + theirs - both`. Without
that two equal masks have 0.5.
""",
    ),
    Mistake(
        name="iou-added-up",
        says="mean_iou adds up the IoU of the images",
        hint="between which numbers lies a mean of numbers from 0 to 1?",
        patch=(replace(SEGMENTATION, SHARES, SHARES.replace(".mean()", ".sum()")),),
        fails=IOU,
        teaches="""
Divide by the number of images: a mean of numbers from 0 to 1 is from 0 to 1.
""",
    ),
    Mistake(
        name="share-of-the-gold",
        says="mean_iou divides by the area of the true mask",
        hint="which value has a mask that covers the whole image?",
        patch=(replace(SEGMENTATION, "(ours | theirs).sum", "theirs.sum"),),
        fails=IOU,
        teaches="""
That is recall: a mask of the whole image has 1. The union also counts what was found wrongly.
""",
    ),
    Mistake(
        name="share-of-the-predicted",
        says="mean_iou divides by the area of the predicted mask",
        hint="which value has a mask of a single right pixel?",
        patch=(replace(SEGMENTATION, "(ours | theirs).sum", "ours.sum"),),
        fails=IOU,
        teaches="""
That is precision: a mask of a single right pixel has 1. The union also counts what was not found.
""",
    ),
    Mistake(
        name="right-pixels",
        says="mean_iou counts pixels that are right, those of the background too",
        hint="which value has an empty mask of a small animal?",
        patch=(replace(SEGMENTATION, SHARES, "(ours == theirs).mean()"),),
        fails=IOU,
        teaches="""
The share of right pixels is high for every small animal, found or not. Intersection over union leaves out the
background that both agree on.
""",
    ),
    Mistake(
        name="iou-smoothed",
        says="mean_iou adds 1 to intersection and union",
        hint="which value have two masks of ten pixels each that have none in common?",
        patch=(replace(SEGMENTATION, SHARES, "((both + 1) / (either + 1)).mean()"),),
        other_patches=((replace(SEGMENTATION, SHARES, "((both + 1e-3) / (either + 1e-3)).mean()"),),),
        fails=IOU,
        teaches="""
A small number in both decides 0 / 0 as 1. Adding 1 moves the others too: two masks of ten pixels that have none in
common get 1 / 21. Decide the empty union by itself.
""",
    ),
    Mistake(
        name="empty-union-nan",
        says="mean_iou divides 0 by 0 where both masks are empty",
        hint="there is no animal, and none was found: is that right or wrong?",
        patch=(replace(SEGMENTATION, SHARES, SHARES.replace("np.ones(len(both))", "np.full(len(both), np.nan)")),),
        fails=("iou_empty",),
        teaches="""
Where neither mask has a pixel, intersection and union are 0, and 0 / 0 is NaN, as is every mean with it. Both agree
completely: 1.
""",
    ),
    Mistake(
        name="empty-union-left-out",
        says="mean_iou leaves out images where both masks are empty",
        hint="there is no animal, and none was found: is that right or wrong?",
        patch=(replace(SEGMENTATION, SHARES, "(both[either > 0] / either[either > 0]).mean()"),),
        fails=("iou_empty",),
        teaches="""
Such an image was found right: it counts as 1. Left out, a model that finds animals where there are none has the
same mean.
""",
    ),
    Mistake(
        name="empty-union-zero",
        says="mean_iou counts an image as 0 where both masks are empty",
        hint="there is no animal, and none was found: is that right or wrong?",
        patch=(replace(SEGMENTATION, SHARES, SHARES.replace("np.ones", "np.zeros")),),
        fails=("iou_empty",),
        teaches="""
Where neither mask has a pixel, intersection and union are 0, and 0 / 0 has to be decided. Both agree completely: 1. A
small number added to both, or only to the union, gives 1 or 0 by accident.
""",
    ),
    Mistake(
        name="beyond-half",
        says="mean_iou takes pixels above 0.5 only, and leaves out those of exactly 0.5",
        hint="which side is a pixel of exactly 0.5 on?",
        patch=(replace(SEGMENTATION, ">= 0.5, np.asarray(gold) >= 0.5", "> 0.5, np.asarray(gold) > 0.5"),),
        fails=("iou_threshold",),
        teaches="""
The threshold belongs to the animal: at least 0.5. With masks of 0 and 1 both readings agree; with probabilities, or
after resizing a mask, a pixel may be exactly 0.5.
""",
    ),
    Mistake(
        name="any-above-zero",
        says="mean_iou takes every pixel above 0 for the animal",
        hint="is a pixel of probability 0.1 the animal?",
        patch=(replace(SEGMENTATION, ">= 0.5, np.asarray(gold) >= 0.5", "> 0, np.asarray(gold) > 0"),),
        fails=("iou_threshold",),
        teaches="""
`astype(bool)` makes true of everything that is not 0, and a probability is never 0. A pixel is in from 0.5 on.
""",
    ),
    Mistake(
        name="no-threshold",
        says="mean_iou multiplies probabilities instead of comparing masks",
        hint="what does `ours * theirs` count where both are 0.5?",
        patch=(
            replace(SEGMENTATION, ">= 0.5, np.asarray(gold) >= 0.5", "+ 0.0, np.asarray(gold) + 0.0"),
            replace(SEGMENTATION, "(ours & theirs)", "(ours * theirs)"),
            replace(SEGMENTATION, "(ours | theirs)", "(ours + theirs - ours * theirs)"),
        ),
        fails=("iou_threshold",),
        teaches="""
For masks of 0 and 1 a product counts what is in both. For numbers between it counts fractions; here a pixel is in
from 0.5 on.
""",
    ),
    Mistake(
        name="runs-by-columns",
        says="run_lengths goes through the mask column by column",
        hint="in which order does ravel give the pixels of a 2 x 3 mask?",
        patch=(replace(SEGMENTATION, "np.asarray(mask, bool).ravel()", "np.asarray(mask, bool).T.ravel()"),),
        fails=("run_lengths", "run_lengths_first"),
        teaches="""
Row by row: the first W pixels are the first row. Column by column the lengths have the right sum, and are read as
another mask.
""",
    ),
    Mistake(
        name="ones-first",
        says="run_lengths leaves out the 0 before a mask that begins with a one",
        hint="what does a reader take your first number for?",
        patch=(
            replace(
                SEGMENTATION, RUNS, "np.diff(np.concatenate([[0], changes[changes > 0], [flat.size - 1]])).tolist()"
            ),
        ),
        fails=("run_lengths_first",),
        teaches="""
The first number counts zeros. For `[1, 1, 0]` the lengths are `[0, 2, 1]`; `[2, 1]` is read as `[0, 0, 1]`.
""",
    ),
    Mistake(
        name="runs-of-ones-alone",
        says="run_lengths returns the runs of ones alone",
        hint="how does a reader learn how many zeros are between two runs?",
        patch=(replace(SEGMENTATION, RUNS, f"{RUNS}[1::2]"),),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
Zeros and ones take turns, and all lengths sum to H * W.
""",
    ),
    Mistake(
        name="runs-begin-each-row",
        says="run_lengths ends a run with every row",
        hint="does a run end where the next row begins?",
        patch=(
            replace(
                SEGMENTATION,
                "changes = np.flatnonzero(flat[1:] != flat[:-1])",
                "changes = np.flatnonzero(flat[1:] != flat[:-1])\n"
                "    padded = np.pad(np.asarray(mask, bool), ((0, 0), (1, 0)))\n"
                "    return [\n"
                "        int(n)\n"
                "        for row in padded\n"
                "        for n in np.diff(np.concatenate([[0], np.flatnonzero(row[1:] != row[:-1]), [row.size - 1]]))\n"
                "    ]",
            ),
        ),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
The pixels of a mask are one long row: a run goes on in the next row.
""",
    ),
    Mistake(
        name="first-pixel-not-counted",
        says="run_lengths counts the first run one pixel short",
        hint="do all lengths sum to H * W?",
        patch=(
            replace(
                SEGMENTATION,
                "np.concatenate([[False], np.asarray(mask, bool).ravel()])",
                "np.asarray(mask, bool).ravel()",
            ),
        ),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
Comparing each pixel with the one before says nothing of the first: put a zero before all of them, and the first
length counts zeros by itself.
""",
    ),
    Mistake(
        name="new-runs-begin-at-zero",
        says="run_lengths counts every run but the first one pixel short",
        hint="when the pixel changes, how long is the new run already?",
        patch=(
            replace(
                SEGMENTATION,
                RUNS,
                f"({RUNS.removesuffix('.tolist()')} - np.array([0] + [1] * len(changes))).tolist()",
            ),
        ),
        fails=("run_lengths", "run_lengths_first"),
        teaches="""
The pixel that ends a run is the first of the next: its count begins at 1.
""",
    ),
    Mistake(
        name="places-for-lengths",
        says="run_lengths returns where runs begin instead of how long they are",
        hint="what is the difference of two neighbouring places?",
        patch=(replace(SEGMENTATION, RUNS, "np.concatenate([[0], changes, [flat.size - 1]]).tolist()"),),
        other_patches=((replace(SEGMENTATION, RUNS, "changes.tolist()"),),),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
The length of a run is the place where the next one begins less its own: `np.diff`.
""",
    ),
    Mistake(
        name="pairs-of-place-and-length",
        says="run_lengths returns pairs of where ones begin and how many they are",
        hint="which numbers of the row count zeros?",
        patch=(
            replace(
                SEGMENTATION,
                "    return np.diff(",
                "    if changes.size % 2:\n        changes = np.append(changes, flat.size - 1)\n"
                "    return np.stack([changes[::2] + 1, changes[1::2] - changes[::2]], axis=1).ravel().tolist()\n"
                "    return np.diff(",
            ),
        ),
        other_patches=(
            (
                replace(
                    SEGMENTATION,
                    "    return np.diff(",
                    "    if changes.size % 2:\n        changes = np.append(changes, flat.size - 1)\n"
                    "    return np.stack([changes[::2], changes[1::2] - changes[::2]], axis=1).ravel().tolist()\n"
                    "    return np.diff(",
                ),
            ),
        ),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
Some competitions write a mask as place and length of each run of ones, places from 1. Here lengths alone are written,
of zeros and of ones in turn: `[[0, 1, 1], [1, 0, 0]]` is `1 3 2`, not `2 3`.
""",
    ),
    Mistake(
        name="last-run-lost",
        says="run_lengths leaves out the last run",
        hint="your loop writes a run down when the next one begins: who writes down the last one?",
        patch=(replace(SEGMENTATION, RUNS, "np.diff(np.concatenate([[0], changes])).tolist()"),),
        fails=("run_lengths", "run_lengths_first", "run_lengths_empty"),
        teaches="""
A run ends where the pixel changes or where the mask ends. The lengths of a line have to sum to H * W: add them up.
""",
    ),
    Mistake(
        name="no-runs-when-empty",
        says="run_lengths returns nothing for an empty mask",
        hint="how many zeros has a mask of 224 x 224 without an animal?",
        patch=(replace(SEGMENTATION, RUNS, f"{RUNS} if changes.size else []"),),
        fails=("run_lengths_empty",),
        teaches="""
A mask without an animal is one run of zeros: `50176`. An empty line is no mask, and the file cannot be read.
""",
    ),
)
