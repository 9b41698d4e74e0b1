"""Pictures with discs, squares and triangles, and where they are. Provided."""

from __future__ import annotations

import numpy as np
import torch
from detector import SIDE

SMALLEST, LARGEST = 8, 28  # width and height in pixels
MOST = 3  # in a picture


def pictures(count: int, seed: int) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
    """Draw pictures, shape (N, 3, 64, 64), from 0 to 1, and of each the boxes and their classes."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0.2, 0.5, (count, 3, 1, 1)) + rng.normal(0, 0.05, (count, 3, SIDE, SIDE))
    targets = []
    for image in images:
        boxes, classes = [], []
        for _ in range(rng.integers(1, MOST + 1)):
            size, kind = int(rng.integers(SMALLEST, LARGEST + 1)), int(rng.integers(3))
            x, y = rng.integers(size // 2 + 1, SIDE - size // 2, 2)
            image[:, _inside(kind, x, y, size)] = rng.uniform(0.6, 1.0, (3, 1))
            boxes.append([x, y, size, size])
            classes.append(kind)
        targets.append((torch.tensor(boxes, dtype=torch.float32), torch.tensor(classes)))
    return torch.from_numpy(images.clip(0, 1).astype(np.float32)), targets


def _inside(kind: int, x: int, y: int, size: int) -> np.ndarray:
    """Mark the pixels of a disc, a square or a triangle around a point."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    across, down = np.abs(columns - x) * 2, (rows - y) * 2
    if kind == 0:
        return np.asarray(across**2 + down**2 <= size**2)
    square = (across <= size) & (np.abs(down) <= size)
    return np.asarray(square if kind == 1 else square & (2 * across <= down + size))
