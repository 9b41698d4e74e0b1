"""When a known mistake is named, and what silences it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_course import DRIVERS, MISTAKES, TWICE, build

from grader.authoring import Mistake
from grader.course.discovery import read_assignment
from grader.diagnosis.effects import agreement, effect
from grader.diagnosis.known_mistakes import HashedCase, KnownMistakes
from grader.diagnosis.mistakes_file import read_mistakes
from grader.diagnosis.patched import patched
from grader.diagnosis.probe import Probe
from grader.errors import CourseError
from grader.model.observation import FailureReport, Frame, Observation, Value
from grader.model.status import Status
from grader.sandbox.protocol import Message
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings, call_bytes
from grader.subjects.student import Call

RIGHT = {"dx": np.array([1.0, 2.0]), "dw": np.array([3.0, 4.0])}
MISTAKEN = {**RIGHT, "dw": np.array([6.0, 8.0])}


def message(value: Value, kind: str = "value") -> Message:
    return Message(kind, 0, value)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (MISTAKEN, True),
        (RIGHT, False),
        ({**MISTAKEN, "dx": np.array([0.0, 0.0])}, False),  # what the mistake leaves right is wrong
        ({**MISTAKEN, "dw": np.array([6.0, 8.1])}, False),
        ({**MISTAKEN, "dw": np.array([[6.0, 8.0]])}, False),
        ({"dx": RIGHT["dx"]}, False),
        (None, False),
    ],
)
def test_an_observation_agrees_where_the_mistake_changes_something(given: Value, verdict: bool) -> None:
    assert agreement(Observation(value=given), effect(message(MISTAKEN), message(RIGHT))) is verdict


def test_where_the_mistake_changes_nothing_an_observation_says_nothing() -> None:
    assert agreement(Observation(value=MISTAKEN), effect(message(RIGHT), message(RIGHT))) is None


def test_an_observation_agrees_with_a_mistake_that_leaves_something_out() -> None:
    """A formula without one of its terms had no name: all terms that were there were right."""
    without = effect(message({"dx": RIGHT["dx"]}), message(RIGHT))
    assert agreement(Observation(value={"dx": RIGHT["dx"]}), without, is_wrong=True) is True
    assert agreement(Observation(value=RIGHT), without) is False


def test_a_mistake_that_raises_agrees_with_the_same_exception_only() -> None:
    mistaken = message("ValueError: shapes (2,) and (3,) not aligned", "failure")
    same = FailureReport(status=Status.RAISED, exception="ValueError", text="shapes (2,) and (3,) not aligned")
    other = FailureReport(status=Status.RAISED, exception="ValueError", text="shapes (2,) and (4,) not aligned")
    assert agreement(Observation(failure=same), effect(mistaken, message(RIGHT))) is True
    assert agreement(Observation(failure=other), effect(mistaken, message(RIGHT))) is None
    assert agreement(Observation(value=RIGHT), effect(mistaken, message(RIGHT))) is False


@pytest.mark.parametrize(
    ("mistaken", "given", "verdict"),
    [
        (
            "ValueError: matmul: operand 1 has a mismatch in its core dimension 0 (size 12 is different from 32)",
            "shapes (3,32) and (12,4) not aligned: 32 (dim 1) != 12 (dim 0)",
            True,
        ),
        (
            "ValueError: shapes (3,32) and (12,4) not aligned: 32 (dim 1) != 12 (dim 0)",
            "shapes (3,32) and (16,4) not aligned: 32 (dim 1) != 16 (dim 0)",
            None,
        ),
        (
            "ValueError: mat1 and mat2 shapes cannot be multiplied (2x5408 and 21632x10)",
            "mat1 and mat2 shapes cannot be multiplied (2x5408 and 8192x10)",
            True,
        ),
        (
            "ValueError: mat1 and mat2 shapes cannot be multiplied (2x5408 and 21632x10)",
            "mat1 and mat2 shapes cannot be multiplied (2x32 and 21632x10)",
            None,
        ),
    ],
)
def test_an_exception_agrees_however_the_product_is_written(mistaken: str, given: str, verdict: bool | None) -> None:
    """np.dot and @ say in other words that the same two shapes do not fit."""
    report = FailureReport(status=Status.RAISED, exception="ValueError", text=given)
    assert agreement(Observation(failure=report), effect(message(mistaken, "failure"), message(RIGHT))) is verdict


@pytest.mark.parametrize(("function", "verdict"), [("backward", True), ("forward", None)])
def test_an_exception_agrees_in_the_same_function_and_on_any_axis(function: str, verdict: bool | None) -> None:
    text = "index 3 is out of bounds for axis {} with size 3"
    mistaken = message([f"IndexError: {text.format(3)}", "conv.py", "backward"], "failure")
    frames = (Frame("net.py", 3, "backward"), Frame("conv.py", 9, function))
    report = FailureReport(status=Status.RAISED, exception="IndexError", text=text.format(1), frames=frames)
    assert agreement(Observation(failure=report), effect(mistaken, message(RIGHT))) is verdict


def test_a_call_that_the_mistake_leaves_alone_must_not_be_wrong() -> None:
    untouched = effect(message(RIGHT), message(RIGHT))
    assert agreement(Observation(value=MISTAKEN), untouched, is_wrong=True) is False
    assert agreement(Observation(failure=FailureReport(status=Status.RAISED)), untouched) is False


def test_what_a_driver_puts_into_words_contradicts_a_mistake_of_which_it_says_nothing() -> None:
    untouched = effect(message({"odd": "", "ratio": 1.0}), message({"odd": "", "ratio": 1.0}))
    assert agreement(Observation(value={"odd": "no tensor", "ratio": 2.0}), untouched) is False
    assert agreement(Observation(value={"odd": "", "ratio": 2.0}), untouched) is None
    assert agreement(Observation(value={"odd": "", "ratio": "words for a number"}), untouched) is None
    numbers = effect(message(RIGHT), message(RIGHT))
    assert agreement(Observation(value=dict.fromkeys(RIGHT, "words for numbers")), numbers) is None


def pair_of(folder: Path, mistakes: str, is_possible: Callable[[Mistake], bool] = lambda _mistake: True) -> set[str]:
    """Name the two mistakes that together give variances of one sample less, and twice as large."""
    course = read_assignment(build(folder, mistakes=mistakes))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    cases = []
    for x in X:
        value: Value = {"v": 2 * x.var(axis=0) * 4 / 3}
        call = Call("variance", {"x": x}, call_bytes("variance", {"x": x}), Observation(value=value))
        cases.append(HashedCase.of(Case(name="", status=Status.FAILED, calls=(call,))))
    known = KnownMistakes(course, recordings)
    assert known.agreeing("variance", cases, reference) == {}
    found = known.agreeing_pairs("variance", cases, reference, is_possible=is_possible)
    assert {*found.values()} <= {len(X)}
    return {mistake.name for mistake in frozenset.intersection(*found)}


def test_two_mistakes_at_once_are_both_named(tmp_path: Path) -> None:
    """An update that did nothing was told that it left the biases out: one leaf alone was compared."""
    assert pair_of(tmp_path, MISTAKES + DOUBLED) == {"divided-by-one-less", "doubled"}


def test_two_mistakes_at_once_are_named_whichever_way_they_are_written(tmp_path: Path) -> None:
    second = 'other_patches=((replace("stats.py", "return ((x", "return 2 * ((x"),),),'
    otherwise = DOUBLED.replace("return 2 *", "return 3 *").replace("fails=", f"{second} fails=")
    assert pair_of(tmp_path, MISTAKES + otherwise) == {"divided-by-one-less", "doubled"}


def test_of_several_pairs_the_one_is_named_that_no_other_check_speaks_against(tmp_path: Path) -> None:
    """A skip on the first element of both blocks had no name: one that is added everywhere gives the same there."""
    several = MISTAKES + DOUBLED + DOUBLED.replace("doubled", "doubled-everywhere")
    assert pair_of(tmp_path / "all", several) == {"divided-by-one-less"}
    found = pair_of(tmp_path / "possible", several, lambda mistake: mistake.name != "doubled-everywhere")
    assert found == {"divided-by-one-less", "doubled"}


def test_two_mistakes_at_once_are_named_where_one_of_the_cases_raises(tmp_path: Path) -> None:
    """dw averaged and dx flat had no name: the pooling layer before that Linear raised in the first case."""
    strict = DOUBLED.replace("return 2 * ((x - x", "assert len(x) != 3\\n    return 2 * ((x - x")
    course = read_assignment(build(tmp_path, mistakes=MISTAKES + strict))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    known = KnownMistakes(course, recordings)
    report = FailureReport(
        status=Status.RAISED, exception="AssertionError", text="", frames=(Frame("stats.py", 6, "variance"),)
    )
    given = {3: Observation(failure=report)} | {4: Observation(value={"v": 2 * X[0].var(axis=0) * 4 / 3})}
    cases = []
    for x in (X[0][:3], X[0]):
        call = Call("variance", {"x": x}, call_bytes("variance", {"x": x}), given[len(x)])
        cases.append(HashedCase.of(Case(name="", status=Status.FAILED, calls=(call,))))
    (found,) = known.agreeing_pairs("variance", cases, reference).items()
    assert ({mistake.name for mistake in found[0]}, found[1]) == ({"divided-by-one-less", "doubled"}, 2)


DOUBLED = """
MISTAKES += (
    Mistake(
        name="doubled",
        says="the variance is twice as large",
        hint="by what is the sum multiplied?",
        patch=(replace("stats.py", "return ((x - x", "return 2 * ((x - x"),),
        fails=("variance",),
        teaches="Nothing.",
    ),
)
"""


CONVENTION = """
from grader.authoring import Convention

CONVENTIONS = (
    Convention(
        name="in-pairs",
        changes=(replace("stats.py", "return ((x", "return 2 * ((x"),),
        also_fails={"divided-by-one-less": ("covariance",)},
    ),
)
"""


@pytest.mark.parametrize(
    ("factor", "names"), [(2, {"divided-by-one-less"}), (1, set())], ids=["its own", "reference's"]
)
def test_a_mistake_is_named_in_the_convention_that_right_answers_follow(
    tmp_path: Path, factor: int, names: set[str]
) -> None:
    """Networks that pad had no name for any fault: each mistake was written into one that does not."""
    course = read_assignment(build(tmp_path, mistakes=MISTAKES + CONVENTION))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    cases = []
    for x, status, wrong in zip(X, (Status.PASSED, Status.FAILED, Status.FAILED), (1, 4 / 3, 4 / 3), strict=True):
        value: Value = {"v": (factor if wrong == 1 else 2) * x.var(axis=0) * wrong}
        call = Call("variance", {"x": x}, call_bytes("variance", {"x": x}), Observation(value=value))
        cases.append(HashedCase.of(Case(name="", status=status, calls=(call,))))
    plain = KnownMistakes(course, recordings)
    _, *failed = cases
    assert plain.agreeing("variance", failed, reference) == {}
    known, right, others = plain.as_answered(cases, reference)
    assert others == ()
    assert {mistake.name for mistake in known.agreeing_in_any("variance", failed, right, others)} == names
    assert (known is plain) is (right is reference) is (not names)
    fails = {mistake.name: mistake.fails for mistake in known.mistakes}
    assert fails["divided-by-one-less"] == (("variance", "covariance") if names else ("variance",))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("return ((x", "return [[x", "in-pairs: the text to replace does not occur in stats.py: 'return [[x'"),
        (
            '{"divided-by',
            '{"divides-by',
            "in-pairs: also_fails names no mistake: 'divides-by-one-less'; the nearest is",
        ),
        ('("covariance",)', '("covarianze",)', "in-pairs: also_fails names no check: 'covarianze'; the nearest is"),
        ("    Convention(", "    3, Convention(", "CONVENTIONS: it holds int, expected a tuple of Convention"),
    ],
)
def test_conventions_that_do_not_fit_the_course_are_told(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    course = read_assignment(build(tmp_path, mistakes=MISTAKES + CONVENTION.replace(old, new, 1)))
    with pytest.raises(CourseError) as broken:
        read_mistakes(course)
    assert sentence in str(broken.value)


REWRITTEN = """
from grader.authoring import Mistake, rewrite

MISTAKES = (
    Mistake(
        name="upper-case",
        says="the file shouts",
        hint="which key is held down?",
        patch=(rewrite("{file}", str.upper),),
        fails=("variance",),
        teaches="Nothing.",
    ),
)
"""


def test_a_mistake_rewrites_a_whole_attached_file_whatever_it_holds(tmp_path: Path) -> None:
    """What is right for a test set is exchanged by each course, so that no text of it can be named."""
    course = read_assignment(build(tmp_path, mistakes=REWRITTEN.format(file="labels.txt")))
    course = dataclasses.replace(course, attached={"labels.txt": b"a\na\n"})
    (mistake,) = read_mistakes(course)
    assert patched(course, mistake)[1] == {"labels.txt": b"A\nA\n"}


def test_a_failure_disagrees_with_mistaken_values() -> None:
    failure = FailureReport(status=Status.RAISED, exception="ValueError")
    assert agreement(Observation(failure=failure), effect(message(MISTAKEN), message(RIGHT))) is False


def agreeing(folder: Path, cases: list[list[np.ndarray]], scale: float, mistakes: str = MISTAKES) -> dict[str, int]:
    """Count the cases that explain a student whose variance is off by a factor."""
    course = read_assignment(build(folder, mistakes=mistakes))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    made = []
    for arrays in cases:
        calls = []
        for x in arrays:
            value: Value = {"v": x.var(axis=0) * len(x) / (len(x) - 1) * scale}
            calls.append(Call("variance", {"x": x}, call_bytes("variance", {"x": x}), Observation(value=value)))
        made.append(HashedCase.of(Case(name="", status=Status.FAILED, calls=tuple(calls))))
    known, right, others = KnownMistakes(course, recordings).as_answered(made, reference)
    counts = known.agreeing_in_any("variance", made, right, others)
    return {mistake.name: count for mistake, count in counts.items()}


X = [np.random.default_rng(seed).normal(size=(4, 3)) for seed in range(3)]


def test_cases_that_agree_are_counted(tmp_path: Path) -> None:
    assert agreeing(tmp_path, [[X[0]], [X[1]]], 1) == {"divided-by-one-less": 2}


def test_two_calls_of_one_case_are_one_case(tmp_path: Path) -> None:
    assert agreeing(tmp_path, [[X[0], X[1]]], 1) == {"divided-by-one-less": 1}


def test_a_mistake_in_another_right_convention_has_its_name(tmp_path: Path) -> None:
    """A map with its sign, which is right too, was told no mistake: each was sought in the reference's way alone."""
    cases = [[X[0]], [X[1]]]
    assert agreeing(tmp_path / "none", cases, 2) == {}
    assert agreeing(tmp_path / "one", cases, 2, MISTAKES + TWICE) == {"divided-by-one-less": 2}
    untold = MISTAKES + TWICE.replace("return 2", "return 3")
    assert agreeing(tmp_path / "another", cases, 2, untold) == {}


COLUMN_BY_COLUMN = DRIVERS.replace(
    'return {"v": impl.load("stats:variance")(x)}', 'return {"v": impl.load("stats:variance")(x).tolist()}'
)
IN_THE_FIRST_COLUMN = """
MISTAKES += (
    Mistake(
        name="divided-by-one-less-in-the-first-column",
        says="the first column is divided by N - 1",
        hint="what is the mean of N numbers?",
        patch=(
            replace(
                "stats.py", "** 2).mean(axis=0)", "** 2).mean(axis=0) * ([len(x) / (len(x) - 1)] + [1] * len(x[0, 1:]))"
            ),
        ),
        fails=("variance",),
        teaches="Nothing that the other does not.",
    ),
)
"""


def test_a_mistake_that_explains_some_of_the_places_of_another_is_not_named_beside_it(tmp_path: Path) -> None:
    course = read_assignment(build(tmp_path, drivers=COLUMN_BY_COLUMN, mistakes=MISTAKES + IN_THE_FIRST_COLUMN))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    identity = call_bytes("variance", {"x": X[0]})
    named = []
    for factor in ([4 / 3, 4 / 3, 4 / 3], [4 / 3, 1, 1]):
        call = Call("variance", {"x": X[0]}, identity, Observation(value={"v": (X[0].var(axis=0) * factor).tolist()}))
        failed = HashedCase.of(Case(name="", status=Status.FAILED, calls=(call,)))
        found = KnownMistakes(course, recordings).agreeing("variance", [failed], reference)
        named.append([mistake.name for mistake in found])
    assert named == [["divided-by-one-less"], ["divided-by-one-less-in-the-first-column"]]


def test_values_that_are_a_little_off_agree_with_nothing(tmp_path: Path) -> None:
    assert agreeing(tmp_path, [[X[0]], [X[1]], [X[2]]], 1 + 1e-6) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (MISTAKES.replace("x.std(axis=0)", "x.std(axis=1)"), "occurs 0 times in scale.py, expected once"),
        (MISTAKES.replace('"not-centred"', '"short-rows-kept"'), "short-rows-kept: is named twice"),
        (MISTAKES.replace('fails=("variance",)', 'fails=("varianze",)'), "fails names no check: 'varianze'"),
        (MISTAKES.replace('hint="what is the mean of N numbers?"', 'hint=" "'), "divided-by-one-less: hint is empty"),
        (REWRITTEN.format(file="scale.py"), "scale.py is no attached file of the reference"),
        ("MISTAKES = 3\n", "MISTAKES: is int, expected a tuple of Mistake, also where it is one: (x,) with a comma"),
        (MISTAKES.replace("MISTAKES = (", "MISTAKES = (3,"), "MISTAKES: entry 1 is int, expected Mistake"),
        (
            MISTAKES.replace('fails=("variance",)', 'fails=("variance")'),
            "divided-by-one-less: fails is 'variance', expected a tuple of texts, also where it is one: (x,)",
        ),
        (
            MISTAKES.replace('fails=("variance",)', "fails=(3,)"),
            "divided-by-one-less: fails holds int, expected a tuple",
        ),
        (
            MISTAKES.replace('"x.std()"),)', '"x.std()"))'),
            "one-deviation-for-all: patch is Replacement, expected a tuple of replace(...) and rewrite(...), also",
        ),
        (
            MISTAKES.replace('fails=("variance",)', 'fails=("variance",), other_patches=(replace("a.py", "b", "c"),)'),
            "divided-by-one-less: other_patches holds Replacement, expected a tuple of tuples",
        ),
        (MISTAKES.replace('hint="what is the mean of N numbers?"', "hint=None"), "hint is NoneType, expected a text"),
        ("1 / 0\n", "line 1: cannot be executed: ZeroDivisionError: division by zero"),
        (
            MISTAKES + TWICE.replace("),)\n", "))\n"),
            "CONVENTIONS: it is Convention, expected a tuple of Convention, also where it is one: (x,) with a comma",
        ),
        (MISTAKES + TWICE.replace("x - x", "x + x"), "twice: the text to replace does not occur in stats.py"),
        (MISTAKES + TWICE + "CONVENTIONS *= 2\n", "twice: is named twice"),
    ],
)
def test_mistakes_that_do_not_fit_the_course_are_told(tmp_path: Path, text: str, sentence: str) -> None:
    course = read_assignment(build(tmp_path, mistakes=text))
    with pytest.raises(CourseError) as broken:
        read_mistakes(course)
    assert sentence in str(broken.value)
    assert "mistakes.py" in str(broken.value)


def test_one_number_refuses_what_was_not_given_and_never_what_was() -> None:
    mistaken, right = np.array([1.0, 5.0, np.nan]), np.array([1.0, 2.0, 3.0])
    probe = Probe.of(("v",), mistaken, right)
    assert probe is not None
    assert probe.index == 1
    given: list[Value] = [{"v": mistaken}, {"v": mistaken * (1 + 1e-12)}, {"v": mistaken.astype(np.float32)}]
    given += [{"v": [1.0, 5.0]}, None]
    assert [probe.is_missed_by(one) for one in given] == [False] * 5  # the last two are for the whole comparison
    assert [probe.is_missed_by({"v": one}) for one in (right, mistaken + 1, np.full(3, np.nan))] == [True] * 3


@pytest.mark.parametrize(
    "mistaken", [np.array([2]), np.zeros((2, 1)), np.array([1.0]), np.array([np.inf]), "text", None]
)
def test_where_no_number_differs_by_any_none_is_chosen(mistaken: Value) -> None:
    assert Probe.of((), mistaken, np.array([1.0])) is None
