"""How to call an implementation of `pets`. Not secret: the worker gets this file, students may read it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.nn.modules.dropout import _DropoutNd

from grader.drivers.absent_modules import CONVENIENCES, absent_modules
from grader.drivers.implementation import Implementation, Tree
from grader.drivers.predictions import read_labels, read_masks

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

CHANNELS = (8, 9, 12, 16)
BATCH = 16
ATTEMPTS = ((0.1, 15), (0.02, 15), (0.1, 60))  # learning rate and epochs: small heads and plain descent need more
LEARNED = 0.9  # of the images that it is trained on, which no attempt after this one is needed for
STEPS, MOST_STEPS = 30, 150  # of a segmenter: a decoder of the deepest features alone needs more
CLASSIFICATION, SEGMENTATION = "pets_classification", "pets_segmentation"
NAMES = {CLASSIFICATION: "cags_classification", SEGMENTATION: "cags_segmentation"}  # the dataset's first name


def classifier_scores(impl: Implementation, images: np.ndarray, classes: int, seed: int) -> Tree:
    """Score images; hand back what does not depend on the head that was chosen.

    Returns:
        `seen`, what the backbone was given; `finite`, shape (N, K), which scores are finite; which of them are shares
        that sum to 1: for each image those of its classes, `of_classes`, and for each class `of_images`; `bounded`,
        shape (N, K), which are from 0 to 1 where all numbers of the head are a thousand times as large; `at_ends`,
        likewise, which are -1 or 1 then, as those of a tanh;
        `is_wide`, whether it was a backbone of the usual width, since the classifier takes no other; and `features`,
        the deepest ones that this backbone gives.
    """
    return _of_some_width(impl, lambda channels: _classifier_scores(impl, images, classes, seed, channels))


def _classifier_scores(
    impl: Implementation, images: np.ndarray, classes: int, seed: int, channels: tuple[int, ...]
) -> Tree:
    backbone = _backbone(impl, seed, channels)
    seen = _given(backbone)
    model = _built(impl, f"{CLASSIFICATION}:Classifier", backbone, classes).eval()
    seen.clear()  # of images that make lazy layers in the constructor
    scores = _tensor(model(torch.from_numpy(images)), "forward of Classifier")
    return {
        "seen": seen[:1],
        "finite": scores.isfinite(),
        "of_classes": _are_shares(scores, axis=-1),
        "of_images": _are_shares(scores, axis=0),
        **_of_a_large_head(model, backbone, images),
        "features": _deepest(backbone, images),
    }


def _of_a_large_head(model: nn.Module, backbone: nn.Module, images: np.ndarray) -> Tree:
    """Return which scores are from 0 to 1 however large the head's numbers, where any is above 0, and which -1 or 1.

    Cosines of features and weights are neither: they have another sign or stay within.
    """
    theirs = _of_backbone(model, backbone)
    own = [parameter for parameter in model.parameters() if id(parameter) not in theirs]
    before = [parameter.detach().clone() for parameter in own]
    with torch.no_grad():
        for parameter in own:
            parameter.mul_(1000)
        scores = _tensor(model(torch.from_numpy(images)), "forward of Classifier")
        for parameter, then in zip(own, before, strict=True):
            parameter.copy_(then)
    return {
        "bounded": (scores >= 0) & (scores <= 1) & (scores > 0).any(),
        "at_ends": torch.isclose(scores.abs(), torch.ones_like(scores), rtol=0, atol=0.01) & (scores < 0).any(),
    }


def _of_backbone(model: nn.Module, backbone: nn.Module) -> set[int]:
    """List the parameters of a backbone, and of copies of it in a model, by identity."""
    return {
        id(parameter)
        for part in (backbone, *model.modules())
        if isinstance(part, type(backbone))
        for parameter in part.parameters()
    }


def moved_by_training(impl: Implementation, images: np.ndarray, labels: np.ndarray, seed: int) -> Tree:
    """Train a classifier for some steps.

    Returns:
        `moved`, shape (2,): whether a parameter of the backbone moves, and whether any other does. And what may keep
        the others from it: whether any of them takes gradients at all, `is_open`, the optimizer holds any, `is_held`,
        and scores have gradients, `is_connected`.
    """
    return _of_some_width(impl, lambda channels: _moved_by_training(impl, images, labels, seed, channels))


def _moved_by_training(
    impl: Implementation, images: np.ndarray, labels: np.ndarray, seed: int, channels: tuple[int, ...]
) -> Tree:
    backbone = _backbone(impl, seed, channels)
    model = _built(impl, f"{CLASSIFICATION}:Classifier", backbone, int(labels.max()) + 1)
    optimizer = _optimizer(impl, model, ATTEMPTS[0][0])
    of_backbone = _of_backbone(model, backbone)
    model.train()
    parameters: list[nn.Parameter] = []
    before: list[torch.Tensor] = []
    own = [parameter for parameter in model.parameters() if id(parameter) not in of_backbone]
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    told = {
        "is_open": any(parameter.requires_grad for parameter in own),
        "is_held": any(id(parameter) in held for parameter in own),
        "is_connected": True,
    }
    for batch, targets in _batches(images, labels):
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(batch), targets)
        if not loss.requires_grad:
            return {"moved": np.array([False, False]), **told, "is_connected": False}
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        if not parameters:  # lazy layers have theirs now
            parameters = [*model.parameters()]
            before = [parameter.detach().clone() for parameter in parameters]
        optimizer.step()
    moves = [not torch.equal(now.detach(), then) for now, then in zip(parameters, before, strict=True)]
    pairs = [*zip(parameters, moves, strict=True)]
    heads = any(has_moved for parameter, has_moved in pairs if id(parameter) not in of_backbone)
    theirs = any(has_moved for parameter, has_moved in pairs if id(parameter) in of_backbone)
    return {"moved": np.array([theirs, heads]), **told}


def transfer(impl: Implementation, images: np.ndarray, labels: np.ndarray, unseen: np.ndarray, seed: int) -> Tree:
    """Train a classifier as its optimizer says, and classify images that it has not seen.

    What has not learned the images that it is given is trained anew, at another rate or longer.

    Returns:
        `predicted`, `parameters` and `statistics` of the backbone afterwards, and `is_wide` as in `classifier_scores`.
    """
    return _of_some_width(impl, lambda channels: _transfer(impl, images, labels, unseen, seed, channels))


def transfer_at_usual_width(
    impl: Implementation, images: np.ndarray, labels: np.ndarray, unseen: np.ndarray, seed: int
) -> Tree:
    """Do the same with a backbone of the usual width."""
    return _transfer(impl, images, labels, unseen, seed, _usual_channels(impl))


def _transfer(
    impl: Implementation,
    images: np.ndarray,
    labels: np.ndarray,
    unseen: np.ndarray,
    seed: int,
    channels: tuple[int, ...],
) -> Tree:
    for rate, epochs in ATTEMPTS:
        backbone = _backbone(impl, seed, channels)
        _count(backbone, images)
        model = _built(impl, f"{CLASSIFICATION}:Classifier", backbone, int(labels.max()) + 1)
        optimizer = _optimizer(impl, model, rate)
        for _ in range(epochs):
            model.train()
            for batch, targets in _batches(images, labels):
                optimizer.zero_grad()
                functional.cross_entropy(model(batch), targets).backward()  # type: ignore[no-untyped-call]  # torch's
                optimizer.step()
        model.eval()
        with torch.no_grad():
            known, predicted = (
                _tensor(model(torch.from_numpy(some)), "forward of Classifier").argmax(dim=1)
                for some in (images, unseen)
            )
        if float(np.mean(known.numpy() == labels)) >= LEARNED:
            break
    floating = [buffer for buffer in backbone.buffers() if buffer.is_floating_point()]
    return {
        "predicted": predicted,
        "parameters": torch.cat([parameter.detach().flatten() for parameter in backbone.parameters()]),
        "statistics": torch.cat([buffer.flatten() for buffer in floating]),
    }


def segmenter_scores(impl: Implementation, images: np.ndarray, seed: int) -> Tree:
    """Score the pixels of images; hand back `seen`, `finite`, `is_wide` and `features`, as for a classifier."""
    return _of_some_width(impl, lambda channels: _segmenter_scores(impl, images, seed, channels))


def _segmenter_scores(impl: Implementation, images: np.ndarray, seed: int, channels: tuple[int, ...]) -> Tree:
    backbone = _backbone(impl, seed, channels)
    seen = _given(backbone)
    model = _built(impl, f"{SEGMENTATION}:Segmenter", backbone).eval()
    seen.clear()  # of images that make lazy layers in the constructor
    scores = _tensor(model(torch.from_numpy(images)), "forward of Segmenter")
    return {"seen": seen[:1], "finite": scores.isfinite(), "features": _deepest(backbone, images)}


def segmenter_learns(
    impl: Implementation, images: np.ndarray, masks: np.ndarray, unseen: np.ndarray, seed: int
) -> Tree:
    """Train a segmenter as it stands, and find the animals on images that it has not seen.

    Scores of another size are made as large as the masks, a missing channel is added, and of several one is made: what
    they cost otherwise is no matter of learning.

    Returns:
        `masks`, true for scores from 0 on, and `kind` of scores that are never below 0, else nothing.
    """

    def learned(channels: tuple[int, ...]) -> Tree:
        return _learned_masks(impl, images, masks, unseen, _backbone(impl, seed, channels))

    return _of_some_width(impl, learned)


def _learned_masks(
    impl: Implementation, images: np.ndarray, masks: np.ndarray, unseen: np.ndarray, backbone: nn.Module
) -> Tree:
    model = _built(impl, f"{SEGMENTATION}:Segmenter", backbone)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.01)
    given, gold = torch.from_numpy(images), torch.from_numpy(masks)
    model.train()
    is_ever_negative = False
    for step in range(MOST_STEPS):
        optimizer.zero_grad()
        scores = _as_large(model(given), gold)
        if step >= STEPS and float(((scores.detach() >= 0) == (gold > 0)).float().mean()) >= LEARNED:
            break
        is_ever_negative = is_ever_negative or bool((scores < 0).any())
        if step >= 2 * STEPS and not is_ever_negative:
            break  # these are no logits, and do not become any
        functional.binary_cross_entropy_with_logits(scores, gold).backward()  # type: ignore[no-untyped-call]  # torch's
        optimizer.step()
    for layer in model.modules():  # the others as in training: running statistics need longer than these few steps
        if isinstance(layer, _DropoutNd):
            layer.eval()
    with torch.no_grad():
        scores = _tensor(model(torch.from_numpy(unseen)), "forward of Segmenter")
        scores = _as_large(scores, torch.from_numpy(unseen)[:, :1])
    if bool((scores < 0).any()):
        kind = ""
    else:  # a sigmoid's are never 0, and a ReLU's are where it cuts off
        kind = "numbers from 0 to 1" if bool(((scores > 0) & (scores <= 1)).all()) else "no score below 0"
    return {"masks": scores >= 0, "kind": kind}


class Pixels(nn.Module):
    """A network of one layer for each pixel, with layers that act differently in training and in use."""

    def __init__(self, weight: np.ndarray, *, is_mean: bool) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(weight.shape[1])
        self.drop = nn.Dropout(0.5)
        self.layer = nn.Conv2d(weight.shape[1], weight.shape[0], 1, bias=False)
        self.is_mean = is_mean
        with torch.no_grad():
            self.layer.weight.copy_(torch.from_numpy(weight)[:, :, None, None])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Give scores of pixels, shape (N, K, H, W), or of images, shape (N, K)."""
        scores: torch.Tensor = self.layer(self.drop(self.norm(images.float() / 255)))
        return scores.mean(dim=(2, 3)) if self.is_mean else scores


def predicted_labels(impl: Implementation, batches: list[np.ndarray], weight: np.ndarray, *, training: bool) -> Tree:
    """Predict labels of batches by a network that is given."""
    found = _load(impl, f"{CLASSIFICATION}:predict")(Pixels(weight, is_mean=True).train(training), _pairs(batches))
    return {"labels": _array(found, "predict")}


def predicted_masks(impl: Implementation, batches: list[np.ndarray], weight: np.ndarray, *, training: bool) -> Tree:
    """Predict masks of batches by a network that is given."""
    found = _load(impl, f"{SEGMENTATION}:predict")(Pixels(weight, is_mean=False).train(training), _pairs(batches))
    return {"masks": _array(found, "predict").astype(np.float32)}  # of any kind that can be compared with 0 and 1


def iou(impl: Implementation, predicted: np.ndarray, gold: np.ndarray) -> Tree:
    """Compare masks."""
    found = _load(impl, f"{SEGMENTATION}:mean_iou")(predicted, gold)
    if found is None:
        raise NotImplementedError("mean_iou returned None")
    return {"iou": float(found)}


def runs(impl: Implementation, mask: np.ndarray) -> Tree:
    """Encode a mask as lengths of runs."""
    return {"runs": _array(_load(impl, f"{SEGMENTATION}:run_lengths")(mask), "run_lengths")}


def labels_file(impl: Implementation, lines: int) -> Tree:
    """Read the predicted labels, where no code of the submission runs."""
    path, files = _predictions(impl, CLASSIFICATION)
    return {**read_labels(impl.attachment(path), lines), "files": files}


def masks_file(impl: Implementation, lines: int, pixels: int) -> Tree:
    """Read the predicted masks, where no code of the submission runs."""
    path, files = _predictions(impl, SEGMENTATION)
    return {**read_masks(impl.attachment(path), lines, pixels), "files": files}


def thumbnail(impl: Implementation, file: str, written: int, number: int) -> Tree:  # noqa: ARG001  # see below
    """Give an image of a part, small and as JPEG, for the report. Only the reference is asked.

    Args:
        impl: The reference.
        file: The part.
        written: When it was last changed, in nanoseconds; another file has other images.
        number: The image, from 0.
    """
    image = impl.load("pets_dataset:Pets")(file)[number]["image"]
    blocks = image.reshape(3, image.shape[1] // 2, 2, image.shape[2] // 2, 2)
    small = blocks.mean(axis=(2, 4)).astype(np.uint8).transpose(1, 2, 0)
    data = impl.load("standin:encoded")(small, "JPEG")
    return {"jpeg": np.frombuffer(data, np.uint8)}


def _predictions(impl: Implementation, name: str) -> tuple[str, int]:
    """Find a file of predictions and how many there are: that beside the code, else the last by name of the logs."""
    wanted = {f"{name}.txt", f"{NAMES[name]}.txt"}
    folders = ("logs/*/*/*.txt", "logs/*/*.txt", "logs/*.txt", "*.txt")
    places = [path for folder in folders for path in impl.attachments(folder) if PurePosixPath(path).name in wanted]
    beside = [path for path in places if "/" not in path]
    chosen = beside[-1:] or sorted(places)[-1:] or [f"{name}.txt"]
    return chosen[0], len(places)


def _of_some_width(impl: Implementation, use: Callable[[tuple[int, ...]], Tree]) -> Tree:
    """Use a small backbone, or, where that raises, one of the usual width, which some heads are made for alone."""
    try:
        return {**use(CHANNELS), "is_wide": False}
    except NotImplementedError:
        raise
    except RuntimeError as error:
        try:
            return {**use(_usual_channels(impl)), "is_wide": True}
        except Exception:  # noqa: BLE001  # theirs; then it is no matter of width, and the first says more
            raise error from None


def _deepest(backbone: nn.Module, images: np.ndarray) -> torch.Tensor:
    with torch.no_grad():
        features: list[torch.Tensor] = backbone.eval()(torch.from_numpy(images).float() / 255)
    return features[-1]


def _usual_channels(impl: Implementation) -> tuple[int, ...]:
    return tuple(impl.load("backbone:CHANNELS"))


def _as_large(scores: Any, masks: torch.Tensor) -> Any:  # noqa: ANN401  # theirs
    """Give scores the size of masks, shape (N, 1, H, W), where they are of fewer or more pixels or of several classes.

    Of several scores for a pixel the second against the first is what softmax would make its logit.
    """
    if not isinstance(scores, torch.Tensor) or scores.shape == masks.shape:
        return scores
    if scores.dim() == 3 and len(scores) == len(masks):
        scores = scores.unsqueeze(1)
    if scores.dim() == 4 and scores.shape[1] > 1:
        scores = scores[:, 1:2] - scores[:, :1]
    if scores.dim() == 4 and scores.shape[:2] == masks.shape[:2] and scores.numel():
        return functional.interpolate(scores, size=masks.shape[2:])
    return scores


def _backbone(impl: Implementation, seed: int, channels: tuple[int, ...]) -> nn.Module:
    """Make the course's backbone, small and with weights of a seed, such that features do not fade by stages."""
    torch.manual_seed(seed)
    backbone: nn.Module = impl.load("backbone:Backbone")(channels)
    for layer in backbone.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return backbone


def _given(backbone: nn.Module) -> list[torch.Tensor]:
    """List the images that a backbone is given from now on, whether it is called whole, stage by stage or as a copy."""
    seen: list[torch.Tensor] = []
    first = next(layer for layer in backbone.modules() if isinstance(layer, nn.Conv2d))
    first.register_forward_pre_hook(lambda _layer, given: seen.append(given[0].detach().clone()))
    return seen


def _count(backbone: nn.Module, images: np.ndarray) -> None:
    """Let batch normalisation count images, as that of a trained network has, so that features are of one size."""
    norms = [layer for layer in backbone.modules() if isinstance(layer, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0  # these images alone
    with torch.no_grad():
        backbone.train()(torch.from_numpy(images).float() / 255)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum


def _load(impl: Implementation, name: str) -> Any:  # noqa: ANN401  # theirs
    with absent_modules(CONVENIENCES, impl.sources):
        return impl.load(name)


def _built(impl: Implementation, name: str, backbone: nn.Module, *arguments: int) -> nn.Module:
    """Make a model; what a trial run in its constructor did to the backbone's statistics is undone."""
    before = {path: buffer.clone() for path, buffer in backbone.named_buffers()}
    with absent_modules(CONVENIENCES, impl.sources):
        model = impl.load(name)(backbone, *arguments)
    if not isinstance(model, nn.Module):
        raise TypeError(f"{name.partition(':')[2]} is no torch.nn.Module")
    for path, buffer in backbone.named_buffers():
        if path in before and buffer.shape == before[path].shape:
            buffer.copy_(before[path])
    return model


def _optimizer(impl: Implementation, model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """Make the optimizer of a classifier.

    Raises:
        NotImplementedError: there is none, as of code that is not written.
    """
    optimizer = _load(impl, f"{CLASSIFICATION}:make_optimizer")(model, rate)
    if optimizer is None:
        raise NotImplementedError("make_optimizer returned None")
    return optimizer  # type: ignore[no-any-return]  # theirs


def _batches(images: np.ndarray, labels: np.ndarray) -> list[tuple[torch.Tensor, ...]]:
    parts = [torch.from_numpy(array).split(BATCH) for array in (images, labels)]  # type: ignore[no-untyped-call]  # torch's
    return list(zip(*parts, strict=True))


def _are_shares(scores: torch.Tensor, axis: int) -> torch.Tensor:
    sums = scores.sum(dim=axis)
    return (scores >= 0).all(dim=axis) & torch.isclose(sums, torch.ones_like(sums), atol=1e-3)


def _pairs(batches: list[np.ndarray]) -> list[tuple[torch.Tensor, None]]:
    return [(torch.from_numpy(batch), None) for batch in batches]


def _tensor(value: Any, of: str) -> torch.Tensor:  # noqa: ANN401  # theirs
    """Check that scores are a tensor, and detach them.

    Raises:
        NotImplementedError: they are None, as of code that is not written.
        TypeError: they are something else.
    """
    if value is None:
        raise NotImplementedError(f"{of} returned None")
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{of} returned {type(value).__name__}, expected a tensor")
    return value.detach()


def _array(value: Any, of: str) -> np.ndarray:  # noqa: ANN401  # theirs
    """Return an array, a tensor or a list as an array.

    Raises:
        NotImplementedError: it is None, as of code that is not written.
        TypeError: it is a list of arrays that differ in size, such as one for each batch.
    """
    if value is None:
        raise NotImplementedError(f"{of} returned None")
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        shapes = {tuple(item.shape) for item in value if isinstance(item, torch.Tensor | np.ndarray)}
        if len(shapes) > 1:
            raise TypeError(f"{of} returned {len(value)} arrays of different size, expected one array")
    if isinstance(value, torch.Tensor):
        return value.detach().numpy()
    if isinstance(value, list | tuple) and value and all(isinstance(item, torch.Tensor) for item in value):
        return torch.stack(list(value)).detach().numpy()
    return np.asarray(value)
