"""CIFAR-10 from its published files, or images made up here that stand in for it. Provided.

    images, labels, origin = load(Path("data"), "train")

The published files are pickles, which can do anything when they are read: here they are read by an unpickler that
knows arrays and plain containers and nothing else.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

SHAPE = (3, 32, 32)
CLASSES = 10
BATCHES = "cifar-10-batches-py"
FILES = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
MADE_UP = {"train": (2000, 1), "test": (500, 2)}  # how many images, from which seed

# What the made-up images are drawn with, in grey values: faint enough that a network has to learn something.
LAYOUT, TEXTURE, CLOUDS, NOISE = 4.4, 42.0, 25.0, 40.0
WORLD_SEED = 10
PATCH, COPIES = 10, 2


class Cifar(Dataset[tuple[torch.Tensor, int]]):
    """The images with their labels, for a `DataLoader`.

    Args:
        root: The folder that `cifar-10-batches-py` is in, or is not: then made-up images stand in for it.
        train: False gives the test images.
        transform: Is applied to each image, a tensor of shape (3, 32, 32).
    """

    def __init__(
        self,
        root: str | Path = "data",
        train: bool = True,  # noqa: FBT001, FBT002  # the course's published signature
        transform: Callable[[torch.Tensor], torch.Tensor] | None = None,
    ) -> None:
        self.data, self.targets, self.origin = load(Path(root), "train" if train else "test")
        self.transform = transform

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = as_tensor(self.data[index])
        return image if self.transform is None else self.transform(image), int(self.targets[index])


def load(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Give the images of a part, "train" or "test": those in the folder if there are any, else made-up ones.

    Args:
        folder: Where `cifar-10-batches-py` lies, or that folder itself.
        part: A key of FILES.

    Returns:
        Images, shape (N, 3, 32, 32), bytes; labels, shape (N,), integers in [0, 10); and where they are from, in words.

    Raises:
        pickle.UnpicklingError: a file holds something other than a batch of images.
    """
    place = folder if folder.name == BATCHES else folder / BATCHES
    files = [file for name in FILES[part] if (file := place / name).is_file()]
    if not files:
        count, seed = MADE_UP[part]
        return *made_up(count, seed), f"made up: {place} holds no {FILES[part][0]}"
    batches = [read_batch(file) for file in files]
    images, labels = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    return images, labels, str(place)


def as_tensor(images: np.ndarray) -> torch.Tensor:
    """Scale the bytes of images to numbers between -2 and 2, float32, as networks are shown them."""
    return (torch.from_numpy(images.astype(np.float32)) - 127.5) / 63.75


def made_up(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of ten classes, hard enough that networks differ in how well they tell them apart.

    Each class has faint colours that are always in the same place, which a linear layer sees, and a texture that
    stands somewhere else in every image, now bright and now dark, which on average over all places is nothing.

    Returns:
        Images, shape (count, 3, 32, 32), bytes; and labels, shape (count,), integers in [0, 10), of each class as many.
    """
    world, draw = np.random.default_rng(WORLD_SEED), np.random.default_rng(seed)
    textures = TEXTURE * enlarged(world.normal(size=(CLASSES, 3, 5, 5)), 2)
    layouts = LAYOUT * enlarged(world.normal(size=(CLASSES, 3, 4, 4)), 8)
    labels = draw.permutation(np.arange(count) % CLASSES)
    images = 127.5 + layouts[labels] + draw.normal(0, NOISE, (count, *SHAPE))
    images += enlarged(draw.normal(0, CLOUDS, (count, 3, 4, 4)), 8)
    for _ in range(COPIES):
        rows, columns = draw.integers(0, SHAPE[1] - PATCH + 1, (2, count))
        signs = draw.choice([-1.0, 1.0], count)
        for image, label, row, column, sign in zip(images, labels, rows, columns, signs, strict=True):
            image[:, row : row + PATCH, column : column + PATCH] += sign * textures[label]
    return images.clip(0, 255).astype(np.uint8), labels


def enlarged(images: np.ndarray, factor: int) -> np.ndarray:
    """Repeat every pixel `factor` times in both directions."""
    return images.repeat(factor, axis=-2).repeat(factor, axis=-1)


_RECONSTRUCT = np.zeros(0).__reduce__()[0]
_ALLOWED_IN_PICKLES = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _BatchUnpickler(pickle.Unpickler):
    """Read pickles of arrays and plain containers; a pickle that names anything else is refused."""

    def find_class(self, module_name: str, global_name: str) -> object:
        """Give what a pickle may name (the unpickler's protocol)."""
        try:
            return _ALLOWED_IN_PICKLES[module_name, global_name]
        except KeyError:
            raise pickle.UnpicklingError(
                f"the file names {module_name}.{global_name}, expected arrays and plain containers only"
            ) from None


def read_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read one file of the Python edition of CIFAR-10.

    Returns:
        Images, shape (N, 3, 32, 32), bytes; and labels, shape (N,), integers in [0, 10).

    Raises:
        pickle.UnpicklingError: the file holds something else.
    """
    try:
        with file.open("rb") as stream:
            content = _BatchUnpickler(stream, encoding="bytes").load()
        images, labels = np.asarray(content[b"data"]), np.asarray(content[b"labels"])
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"{file.name}: {error}") from None
    except (EOFError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise pickle.UnpicklingError(f"{file.name} is no batch of CIFAR-10 ({type(error).__name__})") from None
    if images.dtype != np.uint8 or images.ndim != 2 or images.shape[1] != np.prod(SHAPE):
        raise pickle.UnpicklingError(f"{file.name} has images of shape {images.shape}, expected bytes, (N, 3072)")
    if labels.dtype.kind != "i" or labels.shape != images.shape[:1] or not np.isin(labels, range(CLASSES)).all():
        raise pickle.UnpicklingError(f"{file.name} has no label from 0 to 9 for each of its {len(images)} images")
    return images.reshape(-1, *SHAPE), labels.astype(np.int64)
