"""The sentences that say how a value differs in a check that is not public.

Whoever hands in again what they were told must earn nothing by it. So an expected value is told in so few digits that
a hundred values which read alike differ by more than the tolerance, and never where what is told is right itself; text
is not told at all. Of an answer a sentence holds one short number, or a shape.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from grader.authoring.array_forms import NUMERIC, Array
from grader.authoring.compare import Difference, DifferenceKind, Mismatch
from grader.authoring.tolerances import Tolerance
from grader.wording import messages
from grader.wording.messages import numeral, place_in_words
from grader.wording.phrases import MOST_DIGITS as MOST_SHORT_DIGITS
from grader.wording.phrases import are_short_sizes

MOST_DIGITS: Final = 3  # of an expected value
ANSWERS_DIGITS: Final = 4
CANDIDATES: Final = 100  # values that read alike and are each right where another is wrong
_HALF_A_STEP: Final = 0.5  # of integers: what the tolerance is of numbers
_ORDINALS: Final = {1: "first", 2: "second", 3: "third"}


def told_mismatch(error: Mismatch) -> str:
    """Format the first difference of a value, and name the outputs that differ besides."""
    first, *others = error.differences
    return told_difference(first) + messages.others_in_words([each.name for each in others if not each.is_unasked])


def told_difference(difference: Difference) -> str:
    """Format how one value, shape or entry differs, without what would be right."""
    name, got, expected = difference.name, difference.got, difference.expected
    match difference.kind:
        case DifferenceKind.STRUCTURE if difference.is_unasked:
            return "the result has an entry that is not asked for"
        case DifferenceKind.SHAPE if got is not None and expected is not None:
            if not are_short_sizes(got.shape):
                return f"{name} has another shape than expected, {expected.shape}"
        case DifferenceKind.DTYPE if got is not None and got.dtype.kind not in NUMERIC:
            return f"{name} is text, expected numbers"
        case DifferenceKind.VALUE | DifferenceKind.NAN:
            if got is None or expected is None:
                return f"{name} is not the expected text"
            return _told_value(difference, got, expected)
    return difference.message


def told_expected(value: Any, tolerance: Tolerance) -> tuple[str, int]:  # noqa: ANN401  # a number of any type
    """Write an expected number, which may be of any type, in as many digits as may be told, and say how many those are.

    Returns:
        Nothing and 0 where none may: what reads alike is within the tolerance, or all of it is not finite.
    """
    if np.iscomplexobj(value) or not math.isfinite(value) or not value:
        return "", 0
    limit = tolerance.atol + tolerance.rtol * abs(value) or _HALF_A_STEP
    for digits in range(MOST_DIGITS, 0, -1):
        text = numeral(float(value), digits)
        step = 10.0 ** (math.floor(math.log10(abs(float(text)))) + 1 - digits)
        if step >= 2 * CANDIDATES * limit and abs(float(text) - value) > limit:
            return text, digits
    return "", 0


def short_numeral(value: object) -> str:
    """Write a number of an answer in few digits, whatever its kind."""
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    if isinstance(plain, int) and abs(plain) >= 10**MOST_SHORT_DIGITS:
        return f"{float(plain):.{ANSWERS_DIGITS}g}" if abs(plain) < 1 << 64 else "a large integer"
    return numeral(value, ANSWERS_DIGITS)


def _told_value(difference: Difference, got: Array, expected: Array) -> str:
    name, index, count = difference.name, difference.place, difference.count
    extent = messages.extent(count, expected.size, "values") if expected.size > 1 else ""
    if difference.secret:
        return messages.place_differs(name, index, count, expected.size)
    if expected.dtype.kind not in NUMERIC:
        entries = messages.extent(count, expected.size, "entries")
        return f"{place_in_words(name, index)} is not the expected entry{entries}"
    for odd, word in ((np.isnan, "NaN"), (np.isinf, "infinite")):
        if difference.kind is DifferenceKind.NAN and got.size > 1 and odd(got).any() and not odd(expected).any():
            found = odd(got)
            first = tuple(int(i) for i in np.argwhere(found)[0])
            return messages.values_not_finite(name, word, int(found.sum()), got.size, first)
    here = short_numeral(got[index])
    told, digits = told_expected(expected[index].item(), difference.tolerance)
    subject = f"{place_in_words(name, index)} is {here}"
    if not told:
        return f"{subject}, which is not the expected value{extent}"
    if expected.dtype.kind in "fiu" and numeral(float(got[index].real), digits) == told:
        return f"{subject} and differs from the expected value after the {_ORDINALS[digits]} digit{extent}"
    return f"{subject}, expected about {told}{extent}"
