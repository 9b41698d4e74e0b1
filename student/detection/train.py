"""Train a detector, then fine-tune it with its first layers frozen: python train.py. Provided.

It leaves pictures/losses.txt, pictures/boxes.png with the boxes that are found in four pictures, and the detector
itself, pictures/detector.pth. Ctrl-C ends the training early, and leaves what was learned until then.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from detection import class_loss, freeze_layers
from detector import CLASSES, FEATURES, HEADS, Detector, Targets, detected, loss_of
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from shapes import pictures
from torch import nn

HERE = Path(__file__).parent
SEED = 7
HYP = {"box": 1.0, "obj": 20.0, "obj_pw": 1.0, "cls": 0.5, "cls_pw": 1.0, "label_smoothing": 0.1, "fl_gamma": 0.0}
BATCH = 20
SHOWN = 4


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description="Train a small detector on shapes, and fine-tune it.")
    for name, default, words in (
        ("epochs", 20, "how often the pictures are gone through before freezing"),
        ("more-epochs", 4, "how often they are with layers frozen"),
        ("freeze", FEATURES, f"how many layers are frozen then, from model.0 on; at most {HEADS[-1]}"),
        ("pictures", 300, "pictures to learn from"),
    ):
        parser.add_argument(f"--{name}", type=_count, default=default, metavar="N", help=f"{words} ({default})")
    parser.add_argument("--folder", type=Path, default=HERE / "pictures", help="where the results go (pictures)")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    if arguments.freeze > HEADS[-1]:
        parser.error(f"--freeze is {arguments.freeze}, expected at most {HEADS[-1]}: something has to learn")
    model = Detector()
    losses = fit(model, arguments)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    lines = (f"epoch {number} loss {loss:.4f}\n" for number, loss in enumerate(losses, start=1))
    (arguments.folder / "losses.txt").write_text("".join(lines), encoding="utf-8")
    torch.save(model.state_dict(), arguments.folder / "detector.pth")
    draw(model, arguments.folder / "boxes.png")
    sys.stderr.write(f"losses and boxes are in {arguments.folder}\n")


def fit(model: nn.Module, arguments: argparse.Namespace) -> list[float]:
    """Train and fine-tune a detector; return the mean loss of each epoch that was finished.

    Raises:
        KeyboardInterrupt: Ctrl-C in the first epoch; in a later one it only ends the training.
    """
    images, targets = pictures(arguments.pictures, SEED)
    rounds = max(1, arguments.pictures // BATCH)
    losses: list[float] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("training", total=arguments.epochs + arguments.more_epochs)
        try:
            for epoch in range(arguments.epochs + arguments.more_epochs):
                if epoch in {0, arguments.epochs}:
                    freeze_layers(model, [f"model.{number}." for number in range(arguments.freeze)] if epoch else [])
                    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=4e-3)
                losses.append(sum(step(model, optimizer, images, targets) for _ in range(rounds)) / rounds)
                progress.update(task, advance=1, description=f"epoch {epoch + 1}: loss {losses[-1]:.3f}")
        except KeyboardInterrupt:
            if not losses:
                raise
            sys.stderr.write(f"stopped after epoch {len(losses)}\n")
    return losses


def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, targets: Targets) -> float:
    """Take one step on a batch of pictures that are drawn at random; return its loss."""
    model.train()
    chosen = torch.randperm(len(images))[:BATCH]
    loss = loss_of(model(images[chosen]), [targets[int(number)] for number in chosen], class_loss, HYP)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    optimizer.step()
    return float(loss.detach())


def _count(text: str) -> int:
    """Read a number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def draw(model: nn.Module, file: Path) -> None:
    """Draw the boxes that are found in new pictures, if matplotlib is installed."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  # training works without it
        from matplotlib.patches import Rectangle  # noqa: PLC0415
    except ImportError:
        sys.stderr.write("no picture: matplotlib is not installed (pip install matplotlib)\n")
        return
    images, _targets = pictures(SHOWN, SEED + 1)
    model.eval()
    with torch.no_grad():
        found = detected(model(images))
    figure = Figure(figsize=(3 * SHOWN, 3.2), layout="constrained")
    for axes, image, boxes in zip(figure.subplots(1, SHOWN), images, found, strict=True):
        axes.imshow(image.permute(1, 2, 0).numpy())
        axes.set(xticks=[], yticks=[])
        for (x, y, width, height), kind in boxes:
            axes.add_patch(Rectangle((x - width / 2, y - height / 2), width, height, fill=False, edgecolor="white"))
            axes.text(x - width / 2, y - height / 2 - 1, CLASSES[kind], color="white", fontsize=8)
    figure.savefig(file)


if __name__ == "__main__":
    try:
        main()
    except NotImplementedError as gap:  # of the template
        sys.exit(f"not written yet: {gap}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing was written")
