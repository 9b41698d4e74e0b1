"""CIFAR-10 from its published files, or images made up here that stand in for it. Provided."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

SHAPE = (3, 32, 32)
CLASSES = 10
BATCHES = "cifar-10-batches-py"

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


def load(folder: Path, count: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Give the first images of CIFAR-10 if its batches are in the folder, else made-up ones.

    Returns:
        Images, shape (count, 3, 32, 32), float64, the mean image taken away; labels, shape (count,), integers in
        [0, 10); and where they are from, in words.
    """
    batch = folder / BATCHES / "data_batch_1"
    if batch.is_file():
        images, labels = read_batch(batch)
        origin = f"CIFAR-10, {batch}"
    else:
        images, labels = made_up(count, seed=0)
        origin = f"made-up images: {batch} is not there, data/get_data.py fetches it"
    pixels = images[:count].astype(np.float64)
    return pixels - pixels.mean(axis=0), labels[:count], origin


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


def made_up(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of ten classes: each a smooth pattern of its own, under noise.

    Returns:
        Images, shape (count, 3, 32, 32), bytes; and labels, shape (count,), integers in [0, 10).
    """
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, CLASSES, count)
    patterns = draw.normal(0, 35, (CLASSES, 3, 4, 4)).repeat(8, axis=2).repeat(8, axis=3)
    images = 128 + patterns[labels] + draw.normal(0, 45, (count, *SHAPE))
    return images.clip(0, 255).astype(np.uint8), labels
