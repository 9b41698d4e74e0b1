"""Hostile answers to each check of each bundled course earn nothing, and cost the judge little.

A worker sends any numbers, texts, lists and dicts it likes, in any shape; hidden tests, messages and diagnoses are
given them as they come.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from grader.diagnosis import known_mistakes
from grader.errors import UnsendableError
from grader.judging.budget import Budget
from grader.judging.judge import Judge
from grader.lint.thoughtless import FREE
from grader.model.assignment import Check
from grader.model.observation import Observation, Value
from grader.model.result import Verdict
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.host.session import Session
from grader.subjects.course_sentences import MOST_CHARACTERS

SMALL: Final = Budget(seconds=5.0, last_seconds=600.0, max_bytes=512 << 20)
PAIRS: Final = 3  # of mistakes: what more of them compute does not depend on what was answered
MOST_NUMBERS: Final = 1 << 22  # of one array here: 64 MB of complex numbers
SHAPES: Final[dict[str, Callable[[tuple[int, ...]], tuple[int, ...]]]] = {
    "as expected": lambda shape: shape,
    "turned": lambda shape: shape[::-1],
    "with an axis more": lambda shape: (*shape, 1),
    "with an axis in front": lambda shape: (1, *shape),
    "flat": lambda shape: (int(np.prod(shape)),),
    "doubled": lambda shape: tuple(2 * extent for extent in shape),
    "a number by itself": lambda _shape: (),
    "nothing": lambda _shape: (0,),
    "nothing, of many columns": lambda _shape: (0, 99_999),
    "a column": lambda _shape: (20_000, 1),
    "a row": lambda _shape: (1, 20_000),
    "sixteen axes": lambda _shape: (1,) * 16,
    "large": lambda _shape: (1 << 11, 1 << 11),
}
DTYPES: Final = ("float16", "float32", "float64", "complex64", "complex128", "int8", "int64", "uint64", "bool")
FILLS: Final = (0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e308, 5e-324, 65504.0, 2.0**63)
PLAIN: Final[tuple[Value, ...]] = (
    None, True, -1, 1 << 62, float("nan"), "", "a tensor", "x" * 60_000, "\u202e=1+1\n\x1b[2J<b>", [], {},
    [0.0] * 9_000, [["w"] * 9] * 900, ["w" * 60_000] * 60, {str(number): 0 for number in range(9_000)},
    {"": {"": [[[[[[{}]]]]]]}}, [np.zeros(1)] * 6_000, {"$": "float64 1099511627776"}, {"()": [{"()": []}] * 900},
    dict.fromkeys(("__class__", "__dict__", "shape", "items", "\udcff", "\x1b[2J"), 0.0),
    [np.zeros((0, 3)), np.zeros(())],
)  # fmt: skip


@dataclass(frozen=True)
class Disguise:
    """What stands in for each array and number: an array of this form in this container, or plain data."""

    shape: str
    dtype: str
    fill: float
    container: str
    plain: Value
    is_plain: bool

    def of(self, leaf: Value) -> Value:
        if self.is_plain:
            return self.plain
        shape = SHAPES[self.shape](np.shape(leaf) if isinstance(leaf, np.ndarray) else ())
        with np.errstate(all="ignore"):
            array = np.full(shape if np.prod(shape) <= MOST_NUMBERS else (), self.fill).astype(self.dtype)
        match self.container:
            case "a list":
                return array.ravel()[:9_000].tolist()
            case "a dict":
                return {"": array}
            case "a pair":
                return [array, array]
        return array


DISGUISES: Final = st.builds(
    Disguise,
    st.sampled_from(sorted(SHAPES)),
    st.sampled_from(DTYPES),
    st.sampled_from(FILLS),
    st.sampled_from(("none", "none", "a list", "a dict", "a pair")),
    st.sampled_from(PLAIN),
    st.booleans(),
)


def disguised(value: Value, disguise: Disguise) -> Value:
    """Replace every leaf of an answer, words and flags too, and keep the form around them."""
    match value:
        case dict() if value:
            return {key: disguised(item, disguise) for key, item in value.items()}
        case list() | tuple() if value:
            return [disguised(item, disguise) for item in value]
    return disguise.of(value)


class Disguised(Session):
    """A submission that answers every call as the reference does, disguised; no code of anybody's runs."""

    def __init__(self, judge: Judge, disguise: Disguise | None) -> None:
        self.judge, self.disguise, self.questions = judge, disguise, 0
        self.drivers, self.runtime = judge.course.drivers, judge.course.assignment.runtime
        self.sources, self.broken, self.unreadable, self.source_maps, self.asked = {}, {}, {}, {}, {}
        self.provided, self.missing = frozenset(), frozenset()
        self.server: Any = None  # a reference that passes its own checks is asked in no worker

    def prefetch(self, calls: object) -> None:
        """Answer call by call."""

    def without_code(self, provided: object) -> Session:
        return Disguised(self.judge, None)

    def observe(self, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        driver = protocol.decode(call).kind
        right = self.judge.reference.message(driver, call).body
        if self.disguise is None:
            return Observation(value=right)
        self.questions += 1
        try:
            sent = protocol.encode("value", 0, disguised(right, self.disguise))
        except UnsendableError:
            sent = protocol.encode("value", 0, None)
        return Observation(value=protocol.decode(sent).body)


def alone(check: Check) -> Check:
    return replace(check, needs=())


def verdicts(judge: Judge, disguise: Disguise) -> list[tuple[Check, Verdict, bool]]:
    """Judge every check by itself; the last says whether the submission was asked for anything."""
    found = []
    for check in map(alone, judge.checks):
        session = Disguised(judge, disguise)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Budget, "of", classmethod(lambda _cls, _runtime: SMALL))
            patch.setattr(Judge, "checks", (check,))
            patch.setattr(known_mistakes, "MOST_PAIRS", PAIRS)
            (verdict,) = judge.judge(session).verdicts
        found.append((check, verdict, session.questions > 0))
    return found


def is_free(judge: Judge, check: Check) -> bool:
    """Return whether any value is right, or nothing is earned."""
    return not check.points or FREE in (judge.tests.cases[check.name][0].obj.__doc__ or "").lower()


EXAMPLES: Final = {"theory": 3, "convnet": 2}  # of other courses one: their references take long
FACTOR: Final = 10 if os.environ.get("GRADE_HOSTILE") == "all" else 1


@pytest.mark.timeout(300 * FACTOR)
def test_a_hostile_answer_earns_nothing_and_stays_within_the_judges_budget(bundled: Judge) -> None:
    judge, name = bundled, bundled.course.name

    @seed(zlib.crc32(name.encode()))  # another disguise for each course
    @settings(
        max_examples=FACTOR * EXAMPLES.get(name, 1), database=None, deadline=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    @given(disguise=DISGUISES)
    def earns_nothing(disguise: Disguise) -> None:
        for check, verdict, was_asked in verdicts(judge, disguise):
            assert verdict.status is not Status.VOID, (check.name, verdict.message, verdict.detail[-2000:])
            assert len(verdict.message) <= 2 * MOST_CHARACTERS, check.name
            if was_asked and not is_free(judge, check):
                assert verdict.status is not Status.PASSED, check.name

    earns_nothing()
