"""Images of cell nuclei in three classes: from a folder, or made up here. Provided.

    images = Nuclei(Path("data"), "train")

A folder holds one folder for each part, and in it one for each class: data/train/tumor/*.png. Pillow reads them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

CLASSES = ("tumor", "stromal", "TIL")
SIZE = 90
ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
PARTS = {"train": (300, 1), "val": (90, 2)}  # how many images are made up, from which seed

# Of a nucleus in the middle of a made-up image, by class: its mean radius in pixels, how much longer than wide it
# is, and how dark. Tumor nuclei are large and pale, stromal ones long and thin, lymphocytes small, round and dark.
LOOKS = ((24.0, 1.3, 0.45), (15.0, 2.6, 0.6), (12.0, 1.0, 0.8))
TISSUE, STAIN = np.array([0.93, 0.75, 0.87]), np.array([0.75, 0.85, 0.45])


class Nuclei(Dataset[tuple[torch.Tensor, int]]):
    """The images of a part, each with the number of its class, for a `DataLoader`.

    Args:
        root: The folder with the parts; where it has none of this part's images, made-up ones stand in for them.
        part: "train" or "val".
        largest: Of each class at most so many images are taken.

    Raises:
        ValueError: an image is not 90 x 90 pixels large, or cannot be read.
    """

    def __init__(self, root: Path, part: str, largest: int | None = None) -> None:
        files = [(file, label) for label, name in enumerate(CLASSES) for file in listed(root / part / name)[:largest]]
        if files:
            self.images = np.stack([read_image(file) for file, _ in files])
            self.labels, self.origin = np.array([label for _, label in files]), str(root / part)
        else:
            count, seed = PARTS[part]
            self.images, self.labels = made_up(min(count, len(CLASSES) * (largest or count)), seed)
            self.origin = f"made up: {root / part} holds no images"

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return torch.from_numpy(self.images[index].astype(np.float32) / 127.5 - 1), int(self.labels[index])


def listed(folder: Path) -> list[Path]:
    """List the images of a folder by name; of a folder that is not there, none."""
    return sorted(file for file in folder.glob("*") if file.suffix.casefold() in ENDINGS)


def read_image(file: Path) -> np.ndarray:
    """Read an image as bytes, shape (3, 90, 90).

    Raises:
        ValueError: it has another size, or is no image.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415  # only folders need it

    try:
        with Image.open(file) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{file} cannot be read as an image") from error
    if pixels.shape != (SIZE, SIZE, 3):
        raise ValueError(f"{file} is {pixels.shape[1]} x {pixels.shape[0]} pixels large, expected {SIZE} x {SIZE}")
    return np.moveaxis(pixels, -1, 0)


def made_up(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of nuclei, of each class as many.

    Returns:
        Images, shape (count, 3, 90, 90), bytes; and labels, shape (count,), integers in [0, 3).
    """
    draw = np.random.default_rng(seed)
    labels = draw.permutation(np.arange(count) % len(CLASSES))
    images = np.stack([drawn(draw, int(label)) for label in labels]) if count else np.zeros((0, 3, SIZE, SIZE))
    return (255 * images).clip(0, 255).astype(np.uint8), labels


def drawn(draw: np.random.Generator, label: int) -> np.ndarray:
    """Draw tissue, a nucleus of the class in the middle, and parts of others at the edge, shape (3, 90, 90)."""
    image = TISSUE[:, None, None] * (1 + 0.05 * smooth(draw, 9)) + draw.normal(0, 0.03, (3, SIZE, SIZE))
    around = [(int(draw.integers(len(CLASSES))), *draw.choice([-38.0, 38.0], 2)) for _ in range(2)]
    for kind, y, x in ((label, *draw.normal(0, 3, 2)), *around):
        radius, length, darkness = LOOKS[kind]
        size, form = radius * draw.uniform(0.85, 1.15), length * draw.uniform(0.9, 1.1)
        mask = ellipse(y, x, size, form, draw.uniform(0, math.pi))
        darkness *= draw.uniform(0.85, 1.15)
        image *= 1 - darkness * mask * (1 + 0.3 * smooth(draw, 15)) * STAIN[:, None, None]
    return image


def ellipse(y: float, x: float, radius: float, length: float, angle: float) -> np.ndarray:
    """Draw a soft ellipse around a point, counted from the middle; 1 inside and 0 outside, shape (90, 90)."""
    rows, columns = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    rows, columns = rows - y, columns - x
    along = rows * math.cos(angle) + columns * math.sin(angle)
    across = columns * math.cos(angle) - rows * math.sin(angle)
    distance = np.hypot(along / math.sqrt(length), across * math.sqrt(length)) / radius
    return np.asarray(1 / (1 + np.exp((distance - 1) * 12)))


def smooth(draw: np.random.Generator, cells: int) -> np.ndarray:
    """Draw noise that is the same over squares, shape (90, 90)."""
    side = SIZE // cells
    return draw.normal(size=(cells, cells)).repeat(side, axis=0).repeat(side, axis=1)[:SIZE, :SIZE]
