"""The generator of an example's inputs: whole numbers from 1 up, in place of those that a hidden test draws."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

ATTEMPTS: Final = 3
"""Ways to fill the arrays of one case, the plainest first."""
MORE_ATTEMPTS: Final = 5
"""Further ways, with signs by chance: what is said to be right has to be so in these as well."""
UNIT_SCALES: Final = (0.2, 5.0)  # spreads for which numbers are whole; beyond them they are of the spread's magnitude
JITTER: Final = 0.01  # share of a number by which its neighbour is off
_GOLDEN: Final = (5**0.5 - 1) / 2  # multiples of it repeat no fractional part

Size = Any
"""What numpy takes for a size: nothing, an extent or several."""


class SmallNumbers(np.random.Generator):
    """Draw small numbers that differ from each other, never zero: ties and kinks would have several right answers.

    Normal draws are whole, uniform ones within [0, 1) are halves, quarters and eighths; what else is drawn is random
    under a seed of its own. The numbers of the first attempt are positive and begin with 1 in each array.

    Args:
        attempt: Which way to fill arrays, from 0.
        jittered: Whether each number is replaced by one close to it.
        extents: What stands in for an extent that is asked for.
    """

    def __init__(self, attempt: int = 0, *, jittered: bool = False, extents: Mapping[int, int] | None = None) -> None:
        super().__init__(np.random.PCG64(attempt))
        self._attempt = attempt
        self._jittered = jittered
        self._extents = extents or {}
        self.arrays = 0  # that were drawn, single numbers among them
        self.numbers = 0  # in them
        self.asked: set[int] = set()  # extents that were asked for

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Size = None) -> Any:  # noqa: ANN401  # numpy's own
        """Draw whole numbers around a mean."""
        if not (np.ndim(loc) == np.ndim(scale) == 0):
            return super().normal(loc, scale, self._size(size))
        return self._shaped(loc + _unit(float(scale)) * self._whole(size), size)

    def standard_normal(self, size: Size = None, dtype: Any = np.float64, out: Any = None) -> Any:  # noqa: ANN401  # numpy's own
        """Draw whole numbers."""
        if out is not None:
            return super().standard_normal(dtype=dtype, out=out)
        return self._shaped(self._whole(size), size, dtype)

    def random(self, size: Size = None, dtype: Any = np.float64, out: Any = None) -> Any:  # noqa: ANN401  # numpy's own
        """Draw halves, quarters and eighths."""
        if out is not None:
            return super().random(dtype=dtype, out=out)
        return self._shaped(self._parts(size), size, dtype)

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Size = None) -> Any:  # noqa: ANN401  # numpy's own
        """Draw whole numbers where enough of them lie between the bounds, else parts of the way between these."""
        if not (np.ndim(low) == np.ndim(high) == 0):
            return super().uniform(low, high, self._size(size))
        whole = self._whole(size)
        if whole.min(initial=1.0) < low or whole.max(initial=1.0) >= high:
            whole = low + (high - low) * self._parts(size, is_counted=False)
        return self._shaped(whole, size)

    def integers(self, low: Any, high: Any = None, size: Size = None, **others: Any) -> Any:  # type: ignore[override]  # noqa: ANN401  # numpy's own
        """Draw integers at random, as many as stand in for those asked for."""
        return super().integers(low, high, self._size(size), **others)

    def permutation(self, x: Any, axis: int = 0) -> Any:  # noqa: ANN401  # numpy's own
        """Permute an array, or as many integers as stand in for those asked for."""
        return super().permutation(self._size(x) if isinstance(x, int) else x, axis)

    def _whole(self, size: Size) -> npt.NDArray[np.float64]:
        """Count from 1; from the second attempt on from another number in each array, with signs.

        These alternate from number to number and from array to array, so that a single number has either.
        """
        count = self._count(size)
        numbers = np.arange(1, count + 1, dtype=np.float64)
        if self._attempt:
            signs = (np.arange(count) + self.arrays + self._attempt) % 2
            if self._attempt >= ATTEMPTS:
                signs = super().integers(0, 2, count)
            numbers = super().permutation((numbers + self.arrays) * (1 - 2 * signs))
        return self._moved(numbers)

    def _parts(self, size: Size, *, is_counted: bool = True) -> npt.NDArray[np.float64]:
        """List 1/2, 1/4, 3/4, 1/8 and so on, each exact in binary: van der Corput's sequence in base 2."""
        count = self._count(size) if is_counted else _product(self._size(size))
        begin = 1 + self._attempt * self.arrays
        return self._moved(np.array([_reversed_bits(number) for number in range(begin, begin + count)]))

    def _moved(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if not self._jittered:
            return numbers
        places = np.arange(1, numbers.size + 1) + self.arrays
        return numbers * (1 - JITTER * (places * _GOLDEN % 1))

    def _count(self, size: Size) -> int:
        count = _product(self._size(size))
        self.arrays, self.numbers = self.arrays + 1, self.numbers + count
        return count

    def _size(self, size: Size) -> Size:
        if size is None:
            return None
        extents = [int(extent) for extent in np.atleast_1d(size)]
        self.asked.update(extents)
        stood_in = tuple(self._extents.get(extent, extent) for extent in extents)
        return stood_in if np.ndim(size) else stood_in[0]

    def _shaped(self, numbers: npt.NDArray[np.float64], size: Size, dtype: Any = np.float64) -> Any:  # noqa: ANN401  # numpy's own
        return float(numbers[0]) if size is None else numbers.astype(dtype).reshape(self._size(size))


def _product(size: Size) -> int:
    return 1 if size is None else math.prod(np.atleast_1d(size).tolist())


def _unit(scale: float) -> float:
    """Return the step of numbers of a spread: 1 where that is near 1, else a power of ten."""
    if UNIT_SCALES[0] <= scale <= UNIT_SCALES[1] or scale <= 0:
        return 1.0
    return float(10.0 ** math.floor(math.log10(scale)))


def _reversed_bits(number: int) -> float:
    value, weight = 0.0, 0.5
    while number:
        value += weight * (number & 1)
        number, weight = number >> 1, weight / 2
    return value
