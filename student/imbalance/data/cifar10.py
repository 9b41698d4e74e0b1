"""CIFAR-10 from its published files, or images made up here that stand in for it. Provided."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

CLASSES = 10
SHAPE = (3, 32, 32)
BATCHES = "cifar-10-batches-py"
TRAINING_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILES = ("test_batch",)
PER_CLASS = {True: 5000, False: 1000}  # of CIFAR-10 for training, and for testing

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


def is_there(folder: Path, *, train: bool) -> bool:
    """Tell whether the Python edition of CIFAR-10 is in a folder."""
    return all((folder / BATCHES / name).is_file() for name in _files(train=train))


def read(folder: Path, *, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """Read CIFAR-10.

    Returns:
        Images, shape (N, 3, 32, 32), bytes; and labels, shape (N,), integers in [0, 10).

    Raises:
        pickle.UnpicklingError: a file holds something other than arrays and plain containers.
    """
    parts = [read_batch(folder / BATCHES / name) for name in _files(train=train)]
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


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


def made_up(counts: Sequence[int], *, train: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw images class after class: each class has a few smooth patterns of its own, under noise.

    Neighbouring classes share a pattern, so that one that is rarely seen is taken for its neighbour.

    Args:
        counts: How many images of each class to draw.
        train: Images to train with; otherwise others, for testing.

    Returns:
        Images, shape (N, 3, 32, 32), bytes; and labels, shape (N,), integers.
    """
    patterns = np.random.default_rng(0).normal(0, 22, (len(counts) + 1, 3, 4, 4)).repeat(8, axis=2).repeat(8, axis=3)
    draw = np.random.default_rng(1 if train else 2)
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.empty((len(labels), *SHAPE), np.uint8)
    for place, label in enumerate(labels):
        own, shared = draw.uniform(0.4, 1.0, 2)
        picture = own * patterns[label] + shared * patterns[label + 1]
        images[place] = (128 + picture + draw.normal(0, 45, SHAPE)).clip(0, 255)
    return images, labels


def _files(*, train: bool) -> tuple[str, ...]:
    return TRAINING_FILES if train else TEST_FILES
