"""Find checks that pass without right values: by answers made without thought, by words, parts or replays.

A driver runs beside the student's code, so what it answers is what the student likes. Its words, flags and counts are
the same for everybody and can be known; numbers that depend on hidden inputs cannot. Each answer here is one that
nobody computed, and a check that it passes can be had for nothing.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
import pytest

from grader.authoring import Inconclusive, equal
from grader.judging.judge import Judge
from grader.judging.plugin import IMPLEMENTATIONS, asks_us_for
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.model.values import leaves
from grader.subjects.driver_name import is_ready
from grader.subjects.student import Driver

OTHER_SEED: Final = 1
COLUMN: Final = 4096  # rows of the columns that are answered for arrays: two of them broadcast to 134 MB
MOST_JUDGE_BYTES: Final = 64 << 20
MOST_INPUT_BYTES: Final = 64 << 20
SCALE: Final = 1.01
COMMON_FACTOR: Final = "common factor"
CLOSED_FORM: Final = "closed form"
ON_PAPER: Final = "on paper"
FREE: Final = "no value is expected"
BAND: Final = "band"
COUNTED: Final = "counted beside the submission"
ON_WORD: Final = "on the driver's word"
PART: Final = "a part is enough"
"""What the docstring of a test says where a factor of all answers does not count, where the reference is not asked,
where the answer is the same for everybody because it was worked out on paper, where anybody's own may be any, where a
value has to lie in a band, where what is judged is a count that the worker made: evidence beside other checks, where
beside right values a driver tells what no value shows, such as a type, and where a part of the values is enough."""

Inputs: TypeAlias = Mapping[str, Value]
Fill: TypeAlias = Callable[[np.ndarray, Inputs], np.ndarray]
Answer: TypeAlias = Callable[[Value, Inputs], Value]


@dataclass(slots=True)
class Asked:
    """What the reference was asked in a case: as the student, answer by answer, and how often as itself.

    `is_by_drivers` is whether a driver of the course's own was asked: of a ready one every word and count is what the
    submission's code returned.
    """

    answers: list[Value] = field(default_factory=list)
    references: int = 0
    is_by_drivers: bool = False
    nbytes: int = 0  # of the arrays in the largest call


def is_failure(error: BaseException | None) -> bool:
    """Return whether a case failed: one that waits for a person did not."""
    return error is not None and not isinstance(error, Inconclusive)


def waits(judge: Judge, check: Check) -> bool:
    """Return whether a check has cases whose points wait for a person, even those of the reference."""
    errors = (judge.run_case_with(check, item, judge.reference) for item in judge.tests.cases[check.name])
    return any(isinstance(error, Inconclusive) for error in errors)


def thoughtless_problems(judge: Judge) -> Iterator[str]:
    """Find checks that are worth something and pass without right values."""
    for check in judge.checks:
        cases = judge.tests.cases[check.name]
        if not check.points or waits(judge, check):
            continue
        docstring = (cases[0].obj.__doc__ or "").lower()
        asked = [asked_in(judge, check, item) for item in cases]
        tries_tests = IMPLEMENTATIONS in asks_us_for(cases[0])
        if not any(one.references for one in asked) and CLOSED_FORM not in docstring and not tries_tests:
            yield f"{check.name} asks no reference: its docstring has to say which {CLOSED_FORM} it uses"
        if not any(one.answers for one in asked):
            continue  # no code of the submission answers
        if (largest := max(one.nbytes for one in asked)) > MOST_INPUT_BYTES:
            most = f"expected at most {MOST_INPUT_BYTES >> 20}: each grading sends as much"
            yield f"{check.name} asks with {largest >> 20} MiB of inputs in a call, {most}"
            continue  # dozens of answers would be made of them
        yield from passed_by(judge, check)
        if ON_PAPER in docstring or COUNTED in docstring or tries_tests:  # what tests report is words, in a pattern
            continue
        if any(one.is_by_drivers for one in asked):
            yield from passed_by_words(judge, check)
            if ON_WORD not in docstring:
                yield from sees_by_words(judge, check)
        if FREE not in docstring:
            yield from passed_by_replays(judge, check, asked)
            if BAND not in docstring and PART not in docstring:
                yield from passed_by_parts(judge, check, asked)
        if any(one.references for one in asked) and BAND not in docstring:
            yield from passed_when_scaled(judge, check, COMMON_FACTOR in docstring)


def asked_in(judge: Judge, check: Check, item: pytest.Function, seed: int | None = None) -> Asked:
    """Run a case on the reference and keep what it was asked."""
    asked = Asked()

    def student(driver: Driver, **inputs: Value) -> Value:
        asked.answers.append(judge.reference(driver, **inputs))
        asked.is_by_drivers |= not is_ready(driver)
        asked.nbytes = max(asked.nbytes, sum(getattr(leaf, "nbytes", 0) for _, leaf in leaves(dict(inputs))))
        return asked.answers[-1]

    def reference(driver: Driver, **inputs: Value) -> Value:
        asked.references += 1
        return judge.reference(driver, **inputs)

    judge.run_case_with(check, item, student, reference, seed=seed, files=judge.reference)
    return asked


def passes(judge: Judge, check: Check, answer: Answer) -> bool:
    """Return whether a check passes with answers that are made of the right ones."""

    def student(driver: Driver, **inputs: Value) -> Value:
        return answer(judge.reference(driver, **inputs), inputs)

    return all(
        judge.run_case_with(check, item, student, files=judge.reference) is None
        for item in judge.tests.cases[check.name]
    )


def passed_by(judge: Judge, check: Check) -> Iterator[str]:
    """Try answers in the form of the right one, with other numbers, and with text and truth left empty."""
    names = [name for name, fill in FILLS.items() if passes(judge, check, partial(replaced, fill=fill))]
    if passes(judge, check, lambda _right, _inputs: [0.0, 0.0]):
        names.append("a pair of zeros")
    if names:
        yield f"{check.name} is passed by answering {', '.join(names)}"


def passed_by_words(judge: Judge, check: Check) -> Iterator[str]:
    """Try right words, flags and counts beside numbers that nobody computed."""
    names = []
    for name, fill in FILLS.items():
        is_measured = fill is column  # the others have the shape of what is right
        if is_measured:
            tracemalloc.start()
        try:
            is_passed = passes(judge, check, partial(refilled, fill=fill))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        names += [name] if is_passed else []
        if is_measured and peak > MOST_JUDGE_BYTES:
            yield f"{check.name} computes with any shape: {name} cost the judge {peak >> 20} MiB, assert_shape first"
    if names:
        yield f"{check.name} follows from words and counts: it is passed by them, with {', '.join(names)} for numbers"


def sees_by_words(judge: Judge, check: Check) -> Iterator[str]:
    """Hand in the numbers of known mistakes with right words, flags and counts, which anybody can know."""
    for mistake in judge.mistakes.mistakes:
        if check.name not in mistake.fails:
            continue
        mistaken = judge.mistakes.subject(mistake)
        if not any(is_failure(judge.run_case_with(check, item, mistaken)) for item in judge.tests.cases[check.name]):
            continue

        def student(driver: Driver, /, **inputs: Value) -> Value:
            return reworded(mistaken(driver, **inputs), judge.reference(driver, **inputs))  # noqa: B023  # called here

        errors = (judge.run_case_with(check, item, student) for item in judge.tests.cases[check.name])
        if not any(map(is_failure, errors)):
            yield f"{check.name} sees {mistake.name} by a driver's words, flags and counts alone: hand back the values"


def passed_by_parts(judge: Judge, check: Check, asked: Sequence[Asked]) -> Iterator[str]:
    """Try answers of which a part is right, one entry of what a driver returns after the other."""
    keys = {key for one in asked for answer in one.answers if isinstance(answer, dict) for key in answer}
    for name, part in PARTS.items():
        for key in sorted(keys):
            others: list[Value] = []

            def answer(right: Value, _inputs: Inputs) -> Value:
                if not isinstance(right, dict) or key not in right:  # noqa: B023  # called here
                    return right
                given = right | {key: part(right[key])}  # noqa: B023  # called here
                others.extend([] if equal(given, right) else [given])  # noqa: B023  # called here
                return given

            if passes(judge, check, answer) and others and is_looked_at(judge, check, key):
                yield f"{check.name} is passed by {name} of {key}"


def is_looked_at(judge: Judge, check: Check, key: str) -> bool:
    """Return whether a check depends on the numbers of an entry: others may be for other checks."""

    def without(right: Value, inputs: Inputs) -> Value:
        if not isinstance(right, dict) or key not in right:
            return right
        return right | {key: replaced(right[key], inputs, lambda array, _: np.full_like(array, 77))}

    return not passes(judge, check, without)


def passed_by_replays(judge: Judge, check: Check, asked: Sequence[Asked]) -> Iterator[str]:
    """Try what pleased in the case before, and what pleases under another seed."""
    others = [*asked[-1:], *asked[:-1]]
    if len(asked) > 1 and all(is_passed_again(judge, check, place, others[place]) for place in range(len(asked))):
        yield f"{check.name} is passed by the answers of its other cases"
    if len(asked) == 1 and not check.public:
        item = judge.tests.cases[check.name][0]
        if is_passed_again(judge, check, 0, asked_in(judge, check, item, OTHER_SEED)):
            yield f"{check.name} is passed by the answers to another seed"


def is_passed_again(judge: Judge, check: Check, place: int, other: Asked) -> bool:
    """Return whether a case passes with the answers that another one was given."""
    number = count()

    def student(_driver: Driver, **_inputs: Value) -> Value:
        call = next(number)
        return other.answers[min(call, len(other.answers) - 1)] if other.answers else None

    item = judge.tests.cases[check.name][place]
    return judge.run_case_with(check, item, student, files=judge.reference) is None


def passed_when_scaled(judge: Judge, check: Check, is_factor_free: bool) -> Iterator[str]:  # noqa: FBT001  # what it says
    """Try the right numbers times 1.01; every second of them alone where a common factor does not count.

    Whole numbers and truths stay as they are, so that nothing was tried where there are no others.
    """
    tried: list[np.ndarray] = []

    def scaled(array: np.ndarray, _inputs: Inputs) -> np.ndarray:
        factors = np.full(array.size, SCALE)
        if is_factor_free and array.size > 1:
            factors[::2] = 1
        if array.dtype.kind in "fc":
            tried.append(array)
        return np.asarray(array * factors.reshape(array.shape), array.dtype)

    if passes(judge, check, partial(refilled, fill=scaled)) and tried:
        yield f"{check.name} is passed by the reference's answers times {SCALE}"


def replaced(value: Value, inputs: Inputs, fill: Fill) -> Value:
    """Replace every array and number of a tree; text becomes empty and truth false."""
    match value:
        case np.ndarray():
            return np.asarray(fill(value, inputs))
        case bool():
            return False
        case int() | float():
            return type(value)(fill(np.asarray(value), inputs).ravel()[0])
        case str():
            return ""
        case dict():
            return {key: replaced(item, inputs, fill) for key, item in value.items()}
        case list() | tuple():
            return [replaced(item, inputs, fill) for item in value]
    return value


def refilled(value: Value, inputs: Inputs, fill: Fill) -> Value:
    """Replace the arrays of a tree and its numbers that are not whole; words, flags and counts stay as they are."""
    match value:
        case np.ndarray() | np.generic() if value.dtype.kind in "fc" or value.ndim:
            return np.asarray(fill(np.asarray(value), inputs))
        case float():
            return float(fill(np.asarray(value), inputs).ravel()[0])
        case dict():
            return {key: refilled(item, inputs, fill) for key, item in value.items()}
        case list() | tuple():
            return [refilled(item, inputs, fill) for item in value]
    return value


def reworded(value: Value, right: Value) -> Value:
    """Take the words, flags and counts of the right answer, where both have one, and the numbers of another."""
    if is_number(value) or is_number(right):
        return value
    if isinstance(value, dict) and isinstance(right, dict) and value.keys() == right.keys():
        return {key: reworded(item, right[key]) for key, item in value.items()}
    if isinstance(value, list | tuple) and isinstance(right, list | tuple) and len(value) == len(right):
        return [reworded(item, other) for item, other in zip(value, right, strict=True)]
    return right if is_word(value) and is_word(right) else value


def is_number(value: Value) -> bool:
    """Return whether a value is an array or a number that is not whole."""
    return isinstance(value, np.ndarray | np.floating | float | complex)


def is_word(value: Value) -> bool:
    """Return whether a value is a text, a flag, a whole number or nothing."""
    return value is None or isinstance(value, str | bool | int | np.integer | np.bool_)


def emptied(value: Value) -> Value:
    """Leave nothing in lists; arrays stay as they are."""
    if isinstance(value, dict):
        return {key: emptied(item) for key, item in value.items()}
    return [] if isinstance(value, list | tuple) else value


def changed(value: Value, change: Callable[[np.ndarray], np.ndarray]) -> Value:
    """Change the arrays of a tree that hold more than one number that is not whole."""
    match value:
        case np.ndarray() if value.size > 1 and value.dtype.kind in "fc":
            return change(value)
        case dict():
            return {key: changed(item, change) for key, item in value.items()}
        case list() | tuple():
            return [changed(item, change) for item in value]
    return value


def half_right(array: np.ndarray) -> np.ndarray:
    """Keep the first half of an array's numbers and be far off in the others."""
    numbers = array.ravel().copy()
    numbers[(array.size + 1) // 2 :] *= 2
    numbers[(array.size + 1) // 2 :] += 1
    return numbers.reshape(array.shape)


def turned(array: np.ndarray) -> np.ndarray:
    """Give an array's numbers in the opposite order."""
    return array.ravel()[::-1].reshape(array.shape).copy()


PARTS: Final[Mapping[str, Callable[[Value], Value]]] = MappingProxyType(
    {
        "the first half of the numbers": lambda right: changed(right, half_right),
        "the right numbers in the opposite order": lambda right: changed(right, turned),
        "the first row of each array alone": lambda right: changed(right, lambda array: array[:1]),
        "empty lists": emptied,
    }
)
"""Answers of which a part is right, by the words for it."""


def numbers_of(inputs: Inputs) -> np.ndarray:
    """Lay out the numbers of all arrays that a driver is given, shape (N,), a single 0 where there are none."""
    arrays = [leaf for value in inputs.values() for _, leaf in leaves(value) if isinstance(leaf, np.ndarray)]
    plain = [array.astype(np.float64).ravel() for array in arrays if array.dtype.kind in "iufb" and array.size]
    return np.concatenate(plain) if plain else np.zeros(1)


def matching_input(array: np.ndarray, inputs: Inputs) -> np.ndarray:
    """Return the first input of the wanted shape, or zeros."""
    arrays = (leaf for value in inputs.values() for _, leaf in leaves(value) if isinstance(leaf, np.ndarray))
    return next((leaf for leaf in arrays if leaf.shape == array.shape), np.zeros_like(array))


def constant(value: Callable[[np.ndarray], float]) -> Fill:
    """Return what fills arrays with one number that is made of the inputs' numbers."""
    return lambda array, inputs: np.full_like(array, value(numbers_of(inputs)))


def squares(array: np.ndarray, inputs: Inputs) -> np.ndarray:
    """Answer as the sum of the inputs' squares does: its gradient where there is an input of that shape."""
    twice = matching_input(array, inputs)
    return np.asarray(2 * twice, array.dtype) if twice.any() else constant(lambda x: float((x**2).sum()))(array, inputs)


def column(array: np.ndarray, _inputs: Inputs) -> np.ndarray:
    """Answer a column of ones, which broadcasts against a row."""
    return np.ones((COLUMN, 1), array.dtype) if array.ndim else np.ones_like(array)


_generator: Final = np.random.default_rng(0)
FILLS: Final[Mapping[str, Fill]] = MappingProxyType(
    {
        "zeros": lambda array, _inputs: np.zeros_like(array),
        "ones": lambda array, _inputs: np.ones_like(array),
        "random values": lambda array, _inputs: _generator.normal(size=array.shape).astype(array.dtype),
        "an input": matching_input,
        "a number by itself": lambda array, _inputs: np.zeros((), array.dtype),
        "the mean of the inputs": constant(lambda x: float(x.mean())),
        "the sum of the inputs": constant(lambda x: float(x.sum())),
        "the input's own numbers": lambda array, inputs: np.resize(numbers_of(inputs), array.shape).astype(array.dtype),
        "the sum of squares and its gradient": squares,
        "columns of ones": column,
        "NaN": lambda array, _inputs: np.full_like(array, np.nan if array.dtype.kind in "fc" else 0),
    }
)
"""What stands in for numbers, by the words for it."""
