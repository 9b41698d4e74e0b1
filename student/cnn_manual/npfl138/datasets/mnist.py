"""MNIST where its files are here, and scikit-learn's smaller digits where they are not. Provided.

The four files of MNIST, as they are distributed, packed or not, lie in `data/mnist` or in the folder that the
environment variable MNIST names.
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from npfl138.datasets import digits

FOLDER = Path("data", "mnist")
FILES = {"train": "train", "test": "t10k"}
IMAGES, LABELS = 0x803, 0x801  # what the files begin with
BORDER, SCALE = 2, 3  # an 8 x 8 digit becomes 28 x 28 pixels
SIZES = {"train": 1200, "dev": 297, "test": 300}


class MNIST:
    """Images of digits, uint8, shape (1, 28, 28), and their classes, in three parts."""

    H, W, C, LABELS = 28, 28, 1, 10

    class Dataset:
        """One part, of which batches are taken."""

        def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
            self._data = {
                "images": torch.from_numpy(np.array(images)).reshape(-1, MNIST.C, MNIST.H, MNIST.W),
                "labels": torch.from_numpy(np.array(labels, np.int64)),
            }

        @property
        def data(self) -> dict[str, torch.Tensor]:
            """All images and labels."""
            return self._data

        def __len__(self) -> int:
            return len(self._data["labels"])

        def __getitem__(self, index: int) -> dict[str, Any]:
            return {name: values[index] for name, values in self._data.items()}

        def batches(self, size: int, shuffle: bool = False) -> Iterator[dict[str, torch.Tensor]]:  # noqa: FBT001, FBT002  # the course's signature
            """Go through the part once; the last batch may be smaller."""
            order = torch.randperm(len(self)) if shuffle else torch.arange(len(self))
            for chosen in torch.split(order, size):
                yield {name: values[chosen] for name, values in self._data.items()}

    def __init__(self, sizes: Mapping[str, int] | None = None) -> None:
        """Read the parts, the first so many images of each.

        Raises:
            SystemExit: a file is missing or damaged; the sentence says which.
        """
        wanted = sizes or {}
        try:
            parts = read(folder())
        except (ValueError, OSError, EOFError, zlib.error) as error:
            raise SystemExit(f"MNIST: {error}") from None
        for name, (images, labels) in parts.items():
            count = wanted.get(name, len(images))
            setattr(self, name, self.Dataset(images[:count], labels[:count]))

    train: Dataset
    dev: Dataset
    test: Dataset


def folder() -> Path:
    """Return where MNIST's files would lie."""
    return Path(os.environ.get("MNIST", FOLDER))


def read(place: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return images, shape (N, 28, 28), and classes of the three parts.

    Raises:
        ValueError: a file is not what its name says.
    """
    if not any(place.glob("*-ubyte*")):
        images, labels = digits.load()
        scaled = np.kron(images * (255 // digits.WHITE), np.ones((SCALE, SCALE), np.uint8))
        whole = np.pad(scaled, ((0, 0), (BORDER, BORDER), (BORDER, BORDER)))
        return _split(whole, labels, SIZES)
    pairs = {
        part: (_idx(place, f"{name}-images-idx3"), _idx(place, f"{name}-labels-idx1")) for part, name in FILES.items()
    }
    images, labels = pairs["train"]
    return {"train": (images[:-5000], labels[:-5000]), "dev": (images[-5000:], labels[-5000:]), "test": pairs["test"]}


def _split(
    images: np.ndarray, labels: np.ndarray, sizes: Mapping[str, int]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    ends = np.cumsum([*sizes.values()])[:-1]
    return dict(zip(sizes, zip(np.split(images, ends), np.split(labels, ends), strict=True), strict=True))


def _idx(place: Path, stem: str) -> np.ndarray:
    """Read one file: a magic number, the sizes of its dimensions, and a byte for each number."""
    path = next(iter(sorted(place.glob(f"{stem}-ubyte*"))), place / f"{stem}-ubyte")
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    magic = LABELS if "labels" in stem else IMAGES
    dimensions = magic & 0xFF
    if len(data) < 4 + 4 * dimensions or struct.unpack_from(">I", data)[0] != magic:
        raise ValueError(f"{path}: expected a file that begins with {magic:#x}")
    sizes = struct.unpack_from(f">{dimensions}I", data, 4)
    numbers = np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions)
    if len(numbers) != np.prod(sizes):
        raise ValueError(f"{path}: {len(numbers)} bytes, expected {np.prod(sizes)} for {' x '.join(map(str, sizes))}")
    return numbers.reshape(sizes)
