"""Train the network of the course and draw what explain.py says of it: python show.py --help. Provided."""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import torch
from explain import feature_maps, grad_cam, pick_examples
from provided.cifar10 import Cifar
from provided.figures import draw_cams, draw_maps
from provided.network import Network
from torch import nn
from torch.utils.data import DataLoader, Subset

HERE = Path(__file__).parent
FIGURES, WEIGHTS = Path("figures"), Path("network.pth")


def main() -> None:
    """Train, or take the weights of last time; then draw both figures."""
    options = parsed()
    torch.manual_seed(options.seed)
    try:
        testing = Cifar(HERE / "data", train=False)
        images = None if WEIGHTS.is_file() and not options.again else Cifar(HERE / "data")
    except (OSError, pickle.UnpicklingError) as error:
        sys.exit(f"data: {error}")
    model = Network()
    if images is None:
        try:
            model.load_state_dict(torch.load(WEIGHTS, weights_only=True))
        except (pickle.UnpicklingError, RuntimeError, EOFError, TypeError):
            sys.exit(f"{WEIGHTS} does not hold the weights of the network: train again with --again")
    else:
        train(model, Subset(images, range(min(options.images, len(images)))), options.epochs)
        torch.save(model.state_dict(), WEIGHTS)
    tell(f"{len(testing)} test images: {testing.origin}")
    try:
        import matplotlib.pyplot as plt  # noqa: PLC0415  # only figures need it
    except ImportError:
        sys.exit("figures need matplotlib: pip install matplotlib")
    shown = torch.stack([testing[index][0] for index in range(3)])
    draw_maps(plt, shown, feature_maps(model, shown), FIGURES / "maps.png")
    examples = []
    try:
        picked = pick_examples(model, testing, options.n)
    except ValueError as error:
        sys.exit(f"pick_examples: {error}")
    for index in [index for kind in picked for index in kind]:
        image, label = testing[index]
        with torch.no_grad():
            predicted = int(model(image[None]).argmax())
        examples.append((image, grad_cam(model, image, predicted), f"{predicted} (is {label})"))
    draw_cams(plt, examples, FIGURES / "cams.png")
    tell(f"drawn: {FIGURES / 'maps.png'}, {FIGURES / 'cams.png'}")


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Draw feature maps and Grad-CAM of a network trained on CIFAR-10.")
    parser.add_argument("--epochs", type=count, default=10, help="of training (10)")
    parser.add_argument("--images", type=count, default=50000, help="to train with, at most (50000)")
    parser.add_argument("--n", type=count, default=10, help="examples classified rightly, and as many wrongly (10)")
    parser.add_argument("--again", action="store_true", help="train even if network.pth is there")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def count(text: str) -> int:
    """Read a number of at least 1.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}, expected a whole number of at least 1")
    return int(text)


def train(model: nn.Module, images: Subset[tuple[torch.Tensor, int]], epochs: int) -> None:
    """Train with Adam on the cross entropy, and tell the loss after each epoch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        total = 0.0
        for batch, labels in DataLoader(images, batch_size=64, shuffle=True):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(batch), labels)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        tell(f"epoch {epoch + 1} of {epochs}: loss {total / len(images):.3f}")


def tell(text: str) -> None:
    """Print a line about how it goes."""
    print(text, file=sys.stderr)  # noqa: T201  # the program's output


if __name__ == "__main__":
    main()
