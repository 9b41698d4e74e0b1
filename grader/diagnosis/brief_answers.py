"""Write the wrong answers to a check in brief: a few numbers of each array that tell it from others."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from grader.authoring.compare import named_arrays
from grader.model.answer import AnswerPlace
from grader.model.observation import Value
from grader.model.status import Status
from grader.subjects.case import Case

MOST_PLACES: Final = 12  # of a check: they stand in every result
MOST_VALUES: Final = 1 << 16  # of an array; of a larger one some, at equal distances
DIGITS: Final = 9
LARGEST: Final = 1e15  # that a result holds
# Fractional parts of square roots: no two values of an array get weights that go together.
_STEPS: Final = tuple(np.sqrt(prime) % 1 for prime in (2, 3, 5))

Vector = npt.NDArray[np.float64]


def brief_answer(cases: Sequence[Case]) -> tuple[AnswerPlace, ...]:
    """Return the wrong answers to a check in brief; nothing where a case failed otherwise than by its values.

    Arrays that agree to within rounding agree in these numbers: their length, and their products with fixed vectors.
    """
    wrong = [case for case in cases if case.status is not Status.PASSED]
    if any(case.status is not Status.FAILED or case.failure is not None or not case.calls for case in wrong):
        return ()
    places: list[AnswerPlace] = []
    for case in wrong:
        for call in case.calls:
            inputs = hashlib.sha256(call.identity).hexdigest()[:8]
            for path, numbers in _numbers(call.observation.value):
                places.append(AnswerPlace(f"{call.driver} | {case.name} | {path} | {inputs}", numbers))
                if len(places) == MOST_PLACES:
                    return tuple(places)
    return tuple(places)


def _numbers(value: Value) -> Iterator[tuple[str, tuple[float, ...]]]:
    for name, array in named_arrays(value):
        if array.dtype.kind not in "biufc":
            continue
        flat = np.ascontiguousarray(array).reshape(-1)[:: max(1, -(-array.size // MOST_VALUES))]
        parts = np.concatenate([flat.real, flat.imag]) if flat.dtype.kind == "c" else flat
        values = parts.astype(np.float64)
        is_finite = np.isfinite(values)
        # What is smaller than any normal number is memory that nobody filled, and another in each process.
        values = np.where(is_finite & (np.abs(values) >= np.finfo(np.float64).tiny), values, 0.0)
        with np.errstate(all="ignore"):  # of numbers near the largest nothing but their agreement is wanted
            products = [float(values @ weights) for weights in _weights(values.size)]
            numbers = (float(np.linalg.norm(values)), float((~is_finite).sum()), *products)
        shape = "x".join(map(str, array.shape)) or "scalar"
        yield f"{name} {shape}", tuple(_short(number) for number in numbers)


@lru_cache(maxsize=256)
def _weights(size: int) -> tuple[Vector, ...]:
    places = np.arange(1, size + 1, dtype=np.float64)
    return tuple(np.cos(2 * np.pi * step * places) for step in _STEPS)


def _short(number: float) -> float:
    return float(f"{max(-LARGEST, min(LARGEST, number)):.{DIGITS}g}")
