"""What a student is told of a check that is not public: no value that could be handed in, and no text of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.authoring import assert_formula, assert_matches
from grader.authoring.compare import Mismatch
from grader.authoring.tolerances import Tolerance
from grader.course.discovery import Course
from grader.diagnosis.picture import picture
from grader.diagnosis.reasons import reasons
from grader.judging.judge import Judge
from grader.model.assignment import Check
from grader.model.expression import ExpressionProblem
from grader.model.observation import FailureReport, Value
from grader.model.status import Status
from grader.sandbox.host.failure_reports import MAX_NAME, MAX_PLACES, failure_report
from grader.sandbox.protocol import Message
from grader.subjects.case import Case, ended_case
from grader.subjects.course_sentences import LEFT_OUT, CourseSentences
from grader.subjects.hidden_differences import CANDIDATES, told_expected, told_mismatch
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver
from grader.wording.failures import Quotable, explain, is_harmless

BUNDLED = Path(__file__).parents[1]
HIDDEN = Check(name="one", part="p", points=Fraction(1), description="all of it is right", hint="which?")
PUBLIC = Check(name="one", part="p", points=Fraction(1), description="all of it is right", hint="which?", public=True)
SOURCE = """
KINDS = ("a tensor", "an array")

def test_one(student):
    got = student(driver)
    assert got["n"], f"{got['kind']} is empty: it has {got['n']} values of shape {got['shape']}, expected {5}"
    assert not got["problems"], f"{'row 3'}: {got['problems'][0]}"
    assert got["loss"] > 0, f"the loss is {got['loss']:.3g}, expected more"
    assert got["loss"] > 0, f"made of {', '.join(got['names'])}, expected a network of your own"
"""
SENTENCES = CourseSentences((SOURCE,), HIDDEN.description)


def told(got: Value, expected: Value, secret: bool = False) -> str:
    with pytest.raises(Mismatch) as ended:
        assert_matches(got, expected, secret=secret)
    return told_mismatch(ended.value)


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (1.5, 1.2345678, "the result is 1.5, expected about 1.23"),
        (np.float32(1.5), np.float32(1.2345678), "the result is 1.5, expected about 1.2"),
        (1.233, 1.2345678, "the result is 1.233 and differs from the expected value after the third digit"),
        (1.2346, 1.2345678, "the result is 1.235 and differs from the expected value after the third digit"),
        (1.5, 0.0, "the result is 1.5, which is not the expected value"),
        (1.5, 0.5, "the result is 1.5, which is not the expected value"),
        (3, 5, "the result is 3, which is not the expected value"),
        (3, 789_258, "the result is 3, expected about 7.89e+05"),
        (True, False, "the result is True, which is not the expected value"),
        ("0.123456789", "right", "the result is not the expected text"),
        ([["a", "0.123456789"]], [["a", "b"]], "result[0, 1] is not the expected entry (1 of 2 entries differs)"),
        ({"a": 1, "k0.123456789": 2}, {"a": 1}, "the result has an entry that is not asked for"),
        (np.zeros((1,) * 9), np.zeros(3), "the result has another shape than expected, (3,)"),
        (np.zeros((0, 123_456)), np.zeros(3), "the result has another shape than expected, (3,)"),
        (np.zeros((2, 2)), np.zeros(3), "the result has shape (2, 2), expected (3,)"),
        (123_456_789_012, 5, "the result is 1.235e+11, which is not the expected value"),
    ],
)
def test_a_difference_is_told_without_what_would_be_right(got: Value, expected: Value, sentence: str) -> None:
    """Messages went on to as many digits as told two numbers apart: who handed them in got one more each time."""
    assert told(got, expected) == sentence


def test_names_that_a_submission_chose_are_not_among_those_that_are_wrong_too() -> None:
    assert "k0" not in told({"a": 1, "k0": 2}, {"a": 2})


@given(
    st.floats(1e-12, 1e12) | st.floats(-1e12, -1e-12),
    st.sampled_from([(1e-7, 1e-9), (1e-4, 1e-5), (1e-3, 0.0), (1e-2, 1e-3), (0.0, 1e-6)]),
)
def test_what_is_told_is_wrong_and_could_be_a_hundred_values(value: float, pair: tuple[float, float]) -> None:
    tolerance = Tolerance(*pair)
    text, digits = told_expected(value, tolerance)
    if not text:
        return
    limit = tolerance.atol + tolerance.rtol * abs(value)
    assert abs(float(text) - value) > limit
    step = 10.0 ** (np.floor(np.log10(abs(float(text)))) + 1 - digits)
    assert step >= CANDIDATES * 2 * limit * (1 - 1e-9)


def test_the_picture_of_a_hidden_check_has_no_values() -> None:
    rng = np.random.default_rng(1)
    expected = rng.normal(size=(4, 4))
    with pytest.raises(Mismatch) as ended:
        assert_matches({"A": expected * rng.normal(size=(4, 4))}, {"A": expected})
    shown = picture(ended.value.differences[0], is_public=False)
    assert shown is not None
    assert (shown.got, shown.expected) == ((), ())
    assert {cell for row in shown.cells for cell in row} == {1.0}


def test_the_reasons_of_a_hidden_check_are_as_coarse_as_its_values() -> None:
    expected = np.random.default_rng(1).normal(size=50).astype(np.float32)
    shift = np.float32(0.123456)
    public, hidden = (reasons(expected + shift, expected, name="z", is_public=is_public) for is_public in (True, False))
    assert "plus 0.1235 everywhere" in public[0]
    assert "0.1235" not in hidden[0]
    assert "plus" in hidden[0]


def test_a_factor_that_is_a_small_whole_number_is_told() -> None:
    expected = np.random.default_rng(1).normal(size=50).astype(np.float32)
    assert "times 2" in reasons(expected * 2, expected, name="z", is_public=False)[0]


@pytest.mark.parametrize(
    ("sentence", "seen"),
    [
        ("a tensor is empty: it has 0 values of shape (2, 3), expected 5", True),
        ("the loss is -0.123, expected more", True),
        ("the loss is nan, expected more", True),
        ("the loss is 0.123456789, expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("the loss is [0.1, 0.2], expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("the loss is 1, 2, 3, expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("the loss is seven nine four, expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("made of torchvision.resnet, expected a network of your own",
         f"made of {LEFT_OUT}, expected a network of your own"),
        ("the loss is got.123456789, expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("the loss is got-1-2-3-4-5-6, expected more", f"the loss is {LEFT_OUT}, expected more"),
        ("row 3: the loss is 0.123456789, expected more", f"row 3: the loss is {LEFT_OUT}, expected more"),
        ("0.123456789: the loss is 1, expected more", ""),
        ("0.123456789 0.23456789", ""),
        ("a tensor a tensor an array a tensor", ""),
        ("the loss is 1, expected more" + "x" * 10_000, ""),
    ],
)  # fmt: skip
def test_a_sentence_is_told_as_far_as_it_is_the_courses(sentence: str, seen: str | bool) -> None:
    """A driver's text went into the message of a hidden check whole, and with it every hidden input."""
    assert SENTENCES.told(sentence) == (sentence if seen is True else seen)


@given(st.text(max_size=600))
def test_whatever_fills_a_gap_no_long_number_and_no_unknown_word_is_told(text: str) -> None:
    shown = SENTENCES.told(f"the loss is {text}, expected more")
    inside = shown.removeprefix("the loss is ").removesuffix(", expected more")
    assert set(re.findall(r"[A-Za-z_]\w*", inside, re.ASCII)) <= SENTENCES.words
    assert max(map(len, re.findall(r"\d+", inside)), default=0) <= 5


def ended(error: BaseException | None, check: Check = HIDDEN, notes: tuple[str, ...] = ()) -> Case:
    return ended_case(check, "", error, notes=notes, sentences=SENTENCES, passes_on_the_reference=lambda: True)


@pytest.mark.parametrize("text", ["0.123456789 0.2", "row 0: 'secret'"])
def test_an_answers_own_text_gives_way_to_the_checks_sentence(text: str) -> None:
    case = ended(AssertionError(text))
    assert (case.status, case.message) == (Status.FAILED, HIDDEN.description)
    assert text in case.detail


@pytest.mark.parametrize("problem", [problem for problem in ExpressionProblem if problem != ExpressionProblem.EMPTY])
@pytest.mark.parametrize(
    ("name", "symbols"),
    [("the number of weights for 32 x 32", "k, NIC, NF and NC"), ("padding for kernel 4", "k and p")],
)
def test_why_an_answer_is_no_formula_is_told_whole(problem: ExpressionProblem, name: str, symbols: str) -> None:
    """Students once read "the number of weights for ... is ..." where a bracket was missing."""
    sentences = CourseSentences.of(Course(BUNDLED).load("colourization"))
    with pytest.raises(AssertionError) as ended:
        assert_formula(problem.value, name, symbols)
    assert sentences.told(str(ended.value)) == str(ended.value)


def test_a_public_check_tells_everything() -> None:
    assert ended(AssertionError("0.123456789"), PUBLIC).message == "0.123456789"
    assert ended(None, PUBLIC, ("0.123456789",)).notes == ("0.123456789",)


def test_notes_of_a_hidden_check_are_held_to_the_same() -> None:
    assert ended(None, notes=("0.123456789", "the loss is 1, expected more")).notes == ("the loss is 1, expected more",)


def test_an_exception_of_the_submissions_own_class_is_not_named_where_inputs_are_hidden() -> None:
    """A source may define ten thousand classes, and say by which of them it raises what it has seen."""
    sources = {"a.py": "class E1234(Exception): pass"}
    report = FailureReport(status=Status.RAISED, exception="E1234")
    hidden, public = (explain(report, Quotable(sources=sources, is_public=seen)).message for seen in (False, True))
    assert (hidden, public) == ("an exception", "E1234")
    known = replace(report, exception="ZeroDivisionError")
    assert explain(known, Quotable(sources=sources, is_public=False)).message == "ZeroDivisionError"


def test_a_shape_in_a_known_phrase_has_at_most_eight_axes() -> None:
    sizes = ",".join(["12345"] * 8)
    assert is_harmless(f"cannot reshape array of size 1 into shape ({sizes})", {})
    assert not is_harmless(f"cannot reshape array of size 1 into shape ({sizes},12345)", {})


def test_what_a_worker_tells_of_a_failure_is_cut() -> None:
    """4,900 places, each with a search through a file of a megabyte, took minutes of the judge's time."""
    rows: list[Value] = [["a.py", 1, "f" * 10_000]] * 4_900
    body: Value = {"status": "raised", "exception": "E" * 10_000, "text": "x" * 1_000_000, "frames": rows}
    report = failure_report(Message("failure", 0, body))
    assert len(report.frames) == MAX_PLACES
    assert max(len(frame.function) for frame in report.frames) == len(report.exception) == MAX_NAME
    assert len(report.text) == 1 << 16


# ------------------------------------------------------------------------------------ the bundled courses


Place = tuple[str | int, ...]


def zeros(value: Value) -> Value:
    """Answer in the form of the right answer, without anything of it but sizes."""
    match value:
        case dict():
            return {key: zeros(item) for key, item in value.items()}
        case list() | tuple():
            return [zeros(item) for item in value]
        case np.ndarray():
            return np.zeros_like(value)
    return None if value is None else type(value)()


def copied(answer: Value) -> Value:
    """Hand in a copy, as a worker does: what a test writes into it is lost."""
    match answer:
        case dict():
            return {key: copied(item) for key, item in answer.items()}
        case list():
            return [copied(item) for item in answer]
        case np.ndarray():
            return answer.copy()
    return answer


def places_of(answer: Value, path: Place = ()) -> Iterator[tuple[Place, Value]]:
    match answer:
        case dict():
            for key, item in answer.items():
                yield from places_of(item, (*path, key))
        case list():
            for number, item in enumerate(answer):
                yield from places_of(item, (*path, number))
        case _:
            yield path, answer


class Copier:
    """A submission that answers zeros at first, and afterwards whatever it was told.

    It is told more than a student is: of all wrong values at once, and what may not be told of a value it is given.
    """

    def __init__(self, reference: Callable[..., Value]) -> None:
        self._reference = reference
        self._answers: dict[bytes, Value] = {}
        self._given: dict[int, tuple[bytes, Place]] = {}
        self._kept: list[Value] = []
        self.copied = 0

    def __call__(self, driver: Driver, **inputs: Value) -> Value:
        call = call_bytes(driver.__name__, inputs)
        if call not in self._answers:
            self._answers[call] = zeros(self._reference(driver, **inputs))
        answer = copied(self._answers[call])
        self._kept.append(answer)  # so that no other array gets its address
        self._given |= {id(leaf): (call, path) for path, leaf in places_of(answer)}
        return answer

    def _of_shape(self, shape: tuple[int, ...]) -> tuple[bytes, Place] | None:
        """Find what was answered last in this shape, which a test has scaled or brought into another form."""
        for answer in self._kept[::-1]:
            for path, leaf in places_of(answer):
                if isinstance(leaf, np.ndarray) and leaf.shape == shape:
                    return self._given[id(leaf)][0], path
        return None

    def learn(self, error: BaseException) -> bool:
        """Take over what was told of the first difference; return whether there is anything new in it."""
        first = error.differences[0] if isinstance(error, Mismatch) else None
        if first is None or first.expected is None or first.wrong is None or first.secret:
            return False
        found = self._given.get(id(first.got))
        if found is None and first.expected.dtype.kind in "biufc":
            found = self._of_shape(first.expected.shape)
        if found is None:
            return False
        call, (*above, last) = found
        owner: Any = self._answers[call]
        for step in above:
            owner = owner[step]
        before: Any = copied(owner[last])
        for index in map(tuple, np.argwhere(first.wrong)):
            right = first.expected[index].item()
            text = "" if isinstance(right, str) else told_expected(right, first.tolerance)[0]
            self.copied += bool(text)
            if isinstance(owner[last], np.ndarray):
                owner[last][index] = float(text) if text else right
            else:
                owner[last] = type(owner[last])(float(text) if text else right)
        return not np.array_equal(before, owner[last])


TOLD_NOTHING = {"colourization"}  # whose hidden checks compare formulas, counts and words


def test_who_hands_in_a_hundred_times_what_was_told_earns_nothing(bundled: Judge) -> None:
    """With a digit more each time, or four digits of a float32, all hidden values could be copied."""
    judge, name = bundled, bundled.course.name
    student = Copier(judge.reference)
    by_copying = set()
    for check in judge.checks:
        before, errors = student.copied, []
        for item in () if check.public else judge.tests.cases[check.name]:
            for _ in range(100):
                error = judge.run_case_with(check, item, student)
                if error is None or not student.learn(error):
                    break
            errors.append(error)
        if student.copied > before:
            by_copying.add(check.name)
            assert any(errors), f"{check.name} is passed by what was told"
    assert bool(by_copying) is (name not in TOLD_NOTHING)
