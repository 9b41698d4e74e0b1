"""Images that stand in for cats and dogs: a striped animal of two ellipses before a blurred background. Provided.

A breed is the colour of its fur and the width and slope of its stripes. How breeds look is drawn from one seed, the
`world`; where animals stand from another, so that nobody who has training images can make the test images again.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import tfrecord
from pets_dataset import CLASSES, HEIGHT, WIDTH

COLUMNS, ROWS = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
COARSE: Final = 8  # blocks of a background in each direction


@dataclass(frozen=True, kw_only=True)
class Part:
    """Breeds and shapes of one part, from which images are drawn one by one."""

    labels: np.ndarray  # shape (N,), int64
    shapes: np.ndarray  # of the body, (N, 5): row, column, height, width in pixels, and angle in radians
    seed: int


def draw(count: int, seed: int) -> Part:
    """Draw breeds and shapes of so many animals."""
    rng = np.random.default_rng([seed, count])
    low, high = (80, 80, 30, 40, -0.6), (150, 150, 55, 75, 0.6)
    return Part(labels=rng.integers(0, CLASSES, count), shapes=rng.uniform(low, high, (count, 5)), seed=seed)


def mask(part: Part, number: int) -> np.ndarray:
    """Return where an animal is, shape (H, W), bool: an ellipse, and a head at its end."""
    row, column, height, width, angle = part.shapes[number]
    along = (COLUMNS - column) * np.cos(angle) + (ROWS - row) * np.sin(angle)
    across = (ROWS - row) * np.cos(angle) - (COLUMNS - column) * np.sin(angle)
    body = (along / width) ** 2 + (across / height) ** 2 <= 1
    head = (along - width) ** 2 + (across + height / 2) ** 2 <= (0.7 * height) ** 2
    return np.asarray(body | head)


def image(part: Part, number: int, world: int) -> np.ndarray:
    """Return an image, shape (H, W, 3), uint8."""
    rng = np.random.default_rng([part.seed, number])
    breeds = np.random.default_rng(world)
    colours = breeds.uniform(60, 230, (CLASSES, 2, 3))
    widths, slopes = breeds.uniform(4, 16, CLASSES), breeds.uniform(0, np.pi, CLASSES)
    breed = int(part.labels[number])
    waves = np.sin((COLUMNS * np.cos(slopes[breed]) + ROWS * np.sin(slopes[breed])) / widths[breed] + rng.uniform(0, 6))
    fur = np.where(waves[..., None] > 0, *colours[breed])
    blocks = rng.uniform(40, 200, (COARSE, COARSE, 3))
    background = np.kron(blocks, np.ones((HEIGHT // COARSE, WIDTH // COARSE, 1)))
    whole = np.where(mask(part, number)[..., None], fur, background) + rng.normal(0, 12, (HEIGHT, WIDTH, 3))
    return whole.clip(0, 255).astype(np.uint8)


def records(part: Part, world: int, *, is_test: bool) -> Iterator[bytes]:
    """Draw the records of a part; those of a test part have neither label nor mask."""
    for number, label in enumerate(part.labels):
        values: dict[str, tfrecord.Feature] = {"image": encoded(image(part, number, world), "JPEG")}
        if not is_test:
            values |= {"label": int(label), "mask": encoded(mask(part, number).astype(np.uint8) * 255, "PNG")}
        yield tfrecord.example(values)


def encoded(pixels: np.ndarray, form: str) -> bytes:
    """Encode an image as JPEG or PNG."""
    from PIL import Image  # noqa: PLC0415  # only who writes images needs it

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form)
    return stream.getvalue()
