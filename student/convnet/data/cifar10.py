"""CIFAR-10 from its published files, or images made up here that stand in for it. Provided."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np

SHAPE = (3, 32, 32)
BATCHES = "cifar-10-batches-py"


ALLOWED_IN_PICKLES = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy._core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Read pickles of arrays and plain containers; a pickle that names anything else is refused."""

    def find_class(self, module_name: str, global_name: str) -> object:
        try:
            return ALLOWED_IN_PICKLES[module_name, global_name]
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
        Images, shape (N, 3, 32, 32), bytes; and labels, shape (N,), integers.

    Raises:
        pickle.UnpicklingError: the file holds something other than arrays and plain containers.
    """
    with file.open("rb") as stream:
        content = _ArrayUnpickler(stream, encoding="bytes").load()
    return np.asarray(content[b"data"], np.uint8).reshape(-1, *SHAPE), np.asarray(content[b"labels"], np.int64)


def made_up(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images of ten classes: each a smooth pattern of its own, under noise.

    Returns:
        Images, shape (count, 3, 32, 32), bytes; and labels, shape (count,), integers in [0, 10).
    """
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 10, count)
    patterns = draw.normal(0, 35, (10, 3, 4, 4)).repeat(8, axis=2).repeat(8, axis=3)
    images = 128 + patterns[labels] + draw.normal(0, 45, (count, *SHAPE))
    return images.clip(0, 255).astype(np.uint8), labels
