"""Pictures of horses on meadows, made up here, and the colours that stand for theirs. Provided.

They stand in for the horses of CIFAR-10: small, noisy, and with colours that a grey picture tells in part.
"""

from __future__ import annotations

import numpy as np

SIDE = 32
COLOURS = 24
SKIES = ((120, 170, 230), (190, 200, 215), (235, 170, 120))
MEADOWS = ((70, 130, 50), (140, 150, 60), (170, 150, 100))
COATS = ((105, 60, 30), (60, 40, 30), (225, 220, 210), (165, 110, 60))
GREY = (0.299, 0.587, 0.114)  # of red, green and blue, as television weighs them (ITU-R BT.601)


def pictures(count: int, seed: int) -> np.ndarray:
    """Draw pictures, shape (N, 3, 32, 32), bytes."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    found = np.empty((count, SIDE, SIDE, 3))
    for picture in found:
        horizon = rng.integers(9, 16)
        picture[:horizon] = _one_of(rng, SKIES) + np.linspace(0, 25, horizon)[:, None, None]
        picture[horizon:] = _one_of(rng, MEADOWS) - np.linspace(0, 30, SIDE - horizon)[:, None, None]
        picture[_horse(rng, rows, columns)] = _one_of(rng, COATS)
    found += rng.normal(0, 9, (count, SIDE, SIDE, 1)) + rng.normal(0, 3, found.shape)
    return np.clip(found, 0, 255).astype(np.uint8).transpose(0, 3, 1, 2).copy()


def _one_of(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...]) -> np.ndarray:
    return np.asarray(np.array(colours[rng.integers(len(colours))], float) + rng.normal(0, 12, 3))


def _horse(rng: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Mark the pixels of a body, four legs, a neck and a head that look to either side."""
    row, column = rng.uniform(15, 18), rng.uniform(13, 19)
    side = rng.choice([-1, 1])
    body = ((rows - row) / 4) ** 2 + ((columns - column) / 8) ** 2 < 1
    legs = (rows > row) & (rows < row + 11) & np.isin(np.abs(np.round(columns - column)), (4, 6))
    along = side * (columns - column)
    neck = (np.abs(rows - row + along - 3) < 3) & (along > 5) & (along < 10)
    head = (np.abs(rows - row + 6) < 2) & (along > 8) & (along < 13)
    return np.asarray(body | legs | neck | head)


def colours_of(images: np.ndarray, seed: int, rounds: int = 12) -> np.ndarray:
    """Choose the colours that stand for all others, by k-means (Lloyd, 1982).

    Args:
        images: Shape (N, 3, H, W), bytes.
        seed: Of the pixels that are begun with.
        rounds: How often the colours move to the middle of theirs.

    Returns:
        Colours, shape (24, 3), red, green and blue from 0 to 255.
    """
    rng = np.random.default_rng(seed)
    pixels = images.transpose(0, 2, 3, 1).reshape(-1, 3).astype(np.float64)
    pixels = pixels[rng.choice(len(pixels), min(len(pixels), 20_000), replace=False)]
    centres = pixels[rng.choice(len(pixels), COLOURS, replace=False)]
    for _ in range(rounds):
        nearest = _distances(pixels, centres).argmin(axis=1)
        for number in range(COLOURS):
            if (nearest == number).any():
                centres[number] = pixels[nearest == number].mean(axis=0)
    return centres


def labels(images: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Give each pixel the number of the colour that is nearest to it, shape (N, H, W)."""
    return np.stack([_distances(image.reshape(3, -1).T, colours).argmin(axis=1) for image in images]).reshape(
        len(images), *images.shape[2:]
    )


def grey(images: np.ndarray) -> np.ndarray:
    """Make pictures grey, shape (N, 1, H, W), float32 from 0 to 1."""
    weighted = images.astype(np.float32) * np.array(GREY, np.float32)[:, None, None]
    return np.asarray(weighted.sum(axis=1, keepdims=True) / 255, np.float32)


def coloured(chosen: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Paint the colours whose numbers are given, shape (N, H, W, 3), bytes."""
    return np.asarray(colours[chosen].round(), np.uint8)


def _distances(pixels: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return squared distances, shape (pixels, centres), but for what does not depend on the centre."""
    return np.asarray((centres**2).sum(axis=1) - 2 * pixels.astype(np.float64) @ centres.T)
