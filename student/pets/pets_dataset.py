"""Cats and dogs of 34 breeds with masks, read from TFRecord files as they are asked for. Provided."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import tfrecord
import torch

CLASSES: Final = 34
HEIGHT: Final = 224
WIDTH: Final = 224
SIZES: Final = {"train": 2142, "dev": 306, "test": 612}
HALF: Final = 128  # of 255: from here on a pixel of a mask belongs to the animal


class Pets:
    """One part of the dataset. Opening it finds the records; an image is decoded when it is asked for.

    A sample has `image`, uint8 of shape (3, H, W); `label`, a whole number, and `mask`, float32 of shape (1, H, W) with
    0 and 1, or None in the part whose labels and masks are to be predicted.
    """

    def __init__(self, file: Path | str) -> None:
        self.file = Path(file)
        self.places = tfrecord.places(self.file)

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, number: int) -> dict[str, np.ndarray | int | None]:
        place, length = self.places[number]
        with self.file.open("rb") as stream:
            stream.seek(place)
            values = tfrecord.features(stream.read(length))
        image, label, mask = values.get("image"), values.get("label"), values.get("mask")
        if not isinstance(image, bytes):
            raise tfrecord.RecordError(f"record {number} of {self.file.name} has no image")
        return {
            "image": np.ascontiguousarray(decoded(image, "RGB").transpose(2, 0, 1)),
            "label": label if isinstance(label, int) else None,
            "mask": (decoded(mask, "L") >= HALF).astype(np.float32)[None] if isinstance(mask, bytes) else None,
        }


def decoded(data: bytes, mode: str) -> np.ndarray:
    """Decode a JPEG or PNG; return uint8 of shape (H, W, 3) for the mode RGB, (H, W) for L."""
    from PIL import Image  # noqa: PLC0415  # only who reads images needs it

    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
        return np.asarray(image.convert(mode))


class Batches:
    """Goes through a part in batches: pairs of images, uint8 of shape (N, 3, H, W), and what belongs to them.

    That is labels, int64 of shape (N,), for `label`; masks, float32 of shape (N, 1, H, W), for `mask`; None for either
    in a part without. The last batch may be smaller. With `seed` samples come in another order each time.
    """

    def __init__(self, part: Pets, target: str, size: int = 32, seed: int | None = None) -> None:
        self.part, self.target, self.size = part, target, size
        self.rng = None if seed is None else np.random.default_rng(seed)

    def __len__(self) -> int:
        return (len(self.part) + self.size - 1) // self.size

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor | None]]:
        order = np.arange(len(self.part)) if self.rng is None else self.rng.permutation(len(self.part))
        for start in range(0, len(order), self.size):
            samples = [self.part[int(number)] for number in order[start : start + self.size]]
            images = torch.from_numpy(np.stack([np.asarray(sample["image"]) for sample in samples]))
            known = [np.asarray(sample[self.target]) for sample in samples if sample[self.target] is not None]
            yield images, torch.from_numpy(np.stack(known)) if len(known) == len(samples) else None
