"""Train on the images of a folder, with a bar for every epoch, and write predictions and a plot. Provided.

Ctrl-C ends the training early, and predicts by what was learned until then.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from backbone import Backbone, pretrained
from pets_dataset import CLASSES, HEIGHT, WIDTH, Batches, Pets
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tfrecord import RecordError
from torch import nn
from torch.nn import functional

HERE: Final = Path(__file__).parent
SEED: Final = 42

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Predict = Callable[[nn.Module, Iterable[tuple[torch.Tensor, Any]]], np.ndarray | torch.Tensor]


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What the command line asks for."""

    data: Path
    out: Path
    epochs: int
    batch_size: int
    learning_rate: float


def classify(
    model: Callable[[Backbone], nn.Module],
    make_optimizer: Callable[[nn.Module, float], torch.optim.Optimizer],
    predict: Predict,
) -> None:
    """Train a classifier and write `pets_classification.txt`."""
    arguments = _arguments("Name the breeds of cats and dogs.")
    with _told():
        network = model(_backbone(arguments))
        optimizer = make_optimizer(network, arguments.learning_rate)
    if not isinstance(optimizer, torch.optim.Optimizer):
        sys.exit(f"make_optimizer returned {type(optimizer).__name__}, expected an optimizer of torch.optim")

    def accuracy(predicted: np.ndarray, gold: np.ndarray) -> float:
        return float(np.mean(predicted == gold))

    def show(_dev: Pets, predicted: np.ndarray, gold: np.ndarray) -> None:
        draw_confusion(predicted, gold, arguments.out / "label_confusion.png")

    with _told():
        labels = _fit(arguments, network, optimizer, "label", functional.cross_entropy, predict, accuracy, show)
        write_labels(arguments.out / "pets_classification.txt", labels)


def segment(
    model: Callable[[Backbone], nn.Module],
    predict: Predict,
    mean_iou: Callable[[np.ndarray, np.ndarray], float],
    run_lengths: Callable[[np.ndarray], Sequence[int]],
) -> None:
    """Train a segmenter and write `pets_segmentation.txt`."""
    arguments = _arguments("Find the pixels of cats and dogs.")
    with _told():
        network = model(_backbone(arguments))
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(trained, arguments.learning_rate)

    def iou(predicted: np.ndarray, gold: np.ndarray) -> float:
        return float(mean_iou(predicted, gold.squeeze(1)))

    def show(dev: Pets, predicted: np.ndarray, gold: np.ndarray) -> None:
        ious = np.array([iou(predicted[[number]], gold[[number]]) for number in range(len(gold))])
        draw_masks(dev, predicted, ious, arguments.out / "mask_examples.png")

    loss = functional.binary_cross_entropy_with_logits
    with _told():
        masks = _fit(arguments, network, optimizer, "mask", loss, predict, iou, show)
        write_masks(arguments.out / "pets_segmentation.txt", masks, run_lengths)


@contextmanager
def _told() -> Iterator[None]:
    """End with a sentence where a place of the template is not written, or Ctrl-C came before there was anything."""
    try:
        yield
    except NotImplementedError as gap:  # of the template
        sys.exit(f"not written yet: {gap}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing was written")


def write_labels(file: Path, labels: np.ndarray) -> None:
    """Write one label a line."""
    file.write_text("".join(f"{int(label)}\n" for label in labels), encoding="ascii")
    _tell(f"{len(labels)} labels are in {file}")


def write_masks(file: Path, masks: np.ndarray, run_lengths: Callable[[np.ndarray], Sequence[int]]) -> None:
    """Write the run lengths of one mask a line."""
    lines = (" ".join(str(int(length)) for length in run_lengths(mask)) for mask in masks)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
    _tell(f"{len(masks)} masks are in {file}")


def _fit(
    arguments: Arguments,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    target: str,
    loss: Loss,
    predict: Predict,
    metric: Callable[[np.ndarray, np.ndarray], float],
    show: Callable[[Pets, np.ndarray, np.ndarray], None],
) -> np.ndarray:
    """Train, validate after each epoch, plot how it went, show the dev images, and predict the test part."""
    train, dev, test = (_part(arguments.data / f"{name}.tfrecord") for name in ("train", "dev", "test"))
    learning = Batches(train, target, arguments.batch_size, seed=SEED)
    checking = Batches(dev, target, arguments.batch_size)
    gold = np.stack([np.asarray(dev[number][target]) for number in range(len(dev))])
    losses, scores = [], []
    predicted = gold[:0]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        try:
            for epoch in range(1, arguments.epochs + 1):
                task = progress.add_task(f"epoch {epoch}", total=len(learning))
                losses.append(_learn(network, optimizer, learning, loss, partial(progress.advance, task)) / len(train))
                predicted = _predicted(predict, network, checking)
                scores.append(metric(predicted, gold))
                progress.update(task, description=f"epoch {epoch}: loss {losses[-1]:.3f}, dev {scores[-1]:.3f}")
        except KeyboardInterrupt:
            if not scores:
                raise
            losses = losses[: len(scores)]
            _tell(f"stopped after epoch {len(scores)}")
    plot(losses, scores, arguments.out / f"{target}.png")
    show(dev, predicted, gold)
    return _predicted(predict, network, Batches(test, target, arguments.batch_size))


def _learn(
    network: nn.Module, optimizer: torch.optim.Optimizer, batches: Batches, loss: Loss, advance: Callable[[], None]
) -> float:
    """Go through the images once, one step for each batch; return the loss of all images."""
    total = 0.0
    network.train()
    for images, targets in batches:
        if targets is None:
            sys.exit(f"{batches.part.file} has images without {batches.target}")
        scores = network(images)
        shape = (len(images), CLASSES) if targets.dim() == 1 else tuple(targets.shape)
        if not isinstance(scores, torch.Tensor) or scores.shape != shape:
            found = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
            sys.exit(f"forward of {type(network).__name__} returned {found}, expected a tensor of shape {shape}")
        optimizer.zero_grad()
        value = loss(scores, targets)
        value.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        total += float(value.detach()) * len(images)
        advance()
    return total


def _predicted(predict: Predict, network: nn.Module, batches: Batches) -> np.ndarray:
    """Predict for all batches: labels, shape (N,), or masks, shape (N, H, W); tensors and lists are taken as well."""
    found = predict(network, batches)
    predicted = found.detach().cpu().numpy() if isinstance(found, torch.Tensor) else np.asarray(found)
    expected = (len(batches.part),) if batches.target == "label" else (len(batches.part), HEIGHT, WIDTH)
    if predicted.shape != expected:
        sys.exit(f"predict returned shape {predicted.shape}, expected {expected}")
    return predicted


def plot(losses: list[float], scores: list[float], file: Path) -> None:
    """Draw loss and score over the training, if matplotlib is installed."""
    figure = _figure(9, 3.5)
    if figure is None:
        _tell("no plot: matplotlib is not installed (pip install matplotlib)")
        return
    loss_axes, score_axes = figure.subplots(1, 2)
    epochs = range(1, len(losses) + 1)
    loss_axes.plot(epochs, losses, marker="o")
    loss_axes.set(xlabel="epoch", ylabel="mean loss of the training images")
    score_axes.plot(epochs, scores, marker="o")
    score_axes.set(xlabel="epoch", ylabel="score on the dev images", ylim=(0, 1))
    figure.savefig(file)


def draw_confusion(predicted: np.ndarray, gold: np.ndarray, file: Path) -> None:
    """Draw how often each breed is taken for which, if matplotlib is installed."""
    figure = _figure(6, 5.5)
    if figure is None:
        return
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (gold, predicted), 1)
    axes = figure.subplots()
    figure.colorbar(axes.imshow(counts, cmap="Blues"), label="dev images")
    axes.set(xlabel="predicted breed", ylabel="true breed")
    figure.savefig(file)
    _tell(f"which breeds are taken for which: {file}")


def draw_masks(dev: Pets, predicted: np.ndarray, ious: np.ndarray, file: Path) -> None:
    """Draw the best, the median and the worst mask over their images, if matplotlib is installed."""
    figure = _figure(9, 3.5)
    if figure is None:
        return
    order = np.argsort(-ious, kind="stable")
    chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    for axes, (name, number) in zip(figure.subplots(1, 3), chosen.items(), strict=True):
        image = np.asarray(dev[int(number)]["image"]).transpose(1, 2, 0)
        axes.imshow(np.where(predicted[number][..., None], image, image // 3))
        axes.set(title=f"{name}: dev image {number}, IoU {ious[number]:.2f}", xticks=[], yticks=[])
    figure.savefig(file)
    _tell(f"the best, the median and the worst mask, the rest of each image darkened: {file}")


def _figure(width: float, height: float) -> Any:  # matplotlib's, which may not be here
    """Make an empty figure; None where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
    except ImportError:
        return None
    return Figure(figsize=(width, height), layout="constrained")


def _arguments(description: str) -> Arguments:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=HERE / "data", help="where train.tfrecord and others lie (data)")
    parser.add_argument("--out", type=Path, default=HERE, help="where predictions and plot go (beside the code)")
    parser.add_argument("--epochs", type=_count, default=5)
    parser.add_argument("--batch_size", type=_count, default=32)
    parser.add_argument("--learning_rate", type=float, default=1e-3)
    torch.manual_seed(SEED)
    arguments = Arguments(**vars(parser.parse_args()))
    arguments.out.mkdir(parents=True, exist_ok=True)
    return arguments


def _count(text: str) -> int:
    """Read a number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def _backbone(arguments: Arguments) -> Backbone:
    """Load the backbone's weights, or say where they were looked for."""
    file = arguments.data / "backbone.pt"
    try:
        return pretrained(file)
    except (OSError, RuntimeError) as error:
        sys.exit(f"{file}: no weights of the backbone: {error}")


def _part(file: Path) -> Pets:
    """Open a part of the dataset, or say what is wrong with its file."""
    try:
        return Pets(file)
    except (OSError, RecordError) as error:
        sys.exit(f"{file}: {error}")


def _tell(line: str) -> None:
    """Write one line for the person who trains."""
    sys.stderr.write(f"{line}\n")
