"""Train a detector, then fine-tune it with its first layers frozen: python train.py. Provided.

It leaves pictures/losses.txt, pictures/boxes.png with the boxes that are found in four pictures, and the detector
itself, pictures/detector.pth.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from detection import class_loss, freeze_layers
from detector import CLASSES, Detector, Targets, detected, loss_of
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from shapes import pictures
from torch import nn

HERE = Path(__file__).parent
SEED = 7
HYP = {"box": 1.0, "obj": 20.0, "cls": 0.5, "cls_pw": 1.0, "label_smoothing": 0.1}
BATCH = 20
SHOWN = 4


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description="Train a small detector on shapes, and fine-tune it.")
    for name, default, words in (
        ("epochs", 20, "how often the pictures are gone through before freezing"),
        ("more-epochs", 4, "how often they are with layers frozen"),
        ("freeze", 10, "how many layers are frozen then, from model.0 on"),
        ("pictures", 300, "pictures to learn from"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help=f"{words} ({default})")
    parser.add_argument("--folder", type=Path, default=HERE / "pictures", help="where the results go (pictures)")
    arguments = parser.parse_args()
    torch.manual_seed(SEED)
    images, targets = pictures(arguments.pictures, SEED)
    model, rounds = Detector(), max(1, arguments.pictures // BATCH)
    losses: list[float] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("training", total=arguments.epochs + arguments.more_epochs)
        for epoch in range(arguments.epochs + arguments.more_epochs):
            if epoch in {0, arguments.epochs}:
                freeze_layers(model, [f"model.{number}." for number in range(arguments.freeze)] if epoch else [])
                optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=4e-3)
            losses.append(sum(step(model, optimizer, images, targets) for _ in range(rounds)) / rounds)
            progress.update(task, advance=1, description=f"epoch {epoch + 1}: loss {losses[-1]:.3f}")
    arguments.folder.mkdir(exist_ok=True)
    lines = (f"epoch {number} loss {loss:.4f}\n" for number, loss in enumerate(losses, start=1))
    (arguments.folder / "losses.txt").write_text("".join(lines), encoding="utf-8")
    torch.save(model.state_dict(), arguments.folder / "detector.pth")
    draw(model, arguments.folder / "boxes.png")
    sys.stderr.write(f"losses and boxes are in {arguments.folder}\n")


def step(model: nn.Module, optimizer: torch.optim.Optimizer, images: torch.Tensor, targets: Targets) -> float:
    """Take one step on a batch of pictures that are drawn at random; return its loss."""
    model.train()
    chosen = torch.randperm(len(images))[:BATCH]
    loss = loss_of(model(images[chosen]), [targets[int(number)] for number in chosen], class_loss, HYP)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    optimizer.step()
    return float(loss.detach())


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
    main()
