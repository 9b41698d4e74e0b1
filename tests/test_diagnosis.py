"""Why a check failed: how much evidence names a mistake, and what is said where none is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_course import MISTAKES, STATS, build

from grader.authoring.compare import differences
from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.diagnosis.diagnose import Diagnosis, diagnoses
from grader.diagnosis.known_mistakes import KnownMistakes
from grader.model.observation import FailureReport, Frame, Observation
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings, call_bytes
from grader.subjects.student import Call

X = [np.random.default_rng(seed).normal(size=(4, 3)) for seed in range(4)]


@pytest.fixture
def reference(tiny: CourseAssignment) -> CourseSubject:
    return CourseSubject(tiny.solution, tiny.reference_digest, tiny.drivers, ("numpy",), Recordings())


def failed(reference: CourseSubject, stats: str, driver: str, xs: list[np.ndarray]) -> list[Case]:
    """Make the cases of a student's code as the judge does, without the sandbox."""
    cases = []
    with Program({"stats.py": stats}).running() as program:
        function = program.load(f"stats:{driver}")
        for x in xs:
            identity = call_bytes(driver, {"x": x})
            value = {"v" if driver == "variance" else "C": function(x)}  # type: ignore[operator]  # a function
            call = Call(driver, {"x": x}, identity, Observation(value=value))
            found = differences(value, reference.message(driver, identity).body)
            status = Status.FAILED if found else Status.PASSED
            cases.append(Case(name="", status=status, calls=(call,), differences=found))
    return cases


LESS = STATS.replace("** 2).mean(axis=0)", "** 2).sum(axis=0) / (len(x) - 1)").replace("/ len(x)", "/ (len(x) - 1)")


def diagnosed(
    tiny: CourseAssignment, reference: CourseSubject, outcomes: dict[str, list[Case]]
) -> dict[str, Diagnosis]:
    return diagnoses(outcomes, KnownMistakes(tiny, Recordings()), reference)


def test_one_case_alone_names_nothing(tiny: CourseAssignment, reference: CourseSubject) -> None:
    outcomes = {"variance": failed(reference, LESS, "variance", X[:1])}
    assert diagnosed(tiny, reference, outcomes)["variance"].mistakes == ()


def test_two_cases_name_the_mistake_and_leave_no_room_for_reasons(
    tiny: CourseAssignment, reference: CourseSubject
) -> None:
    found = diagnosed(tiny, reference, {"variance": failed(reference, LESS, "variance", X[:2])})["variance"]
    assert [mistake.name for mistake in found.mistakes] == ["divided-by-one-less"]
    assert found.reasons == ()
    assert found.picture is not None


def test_of_two_mistakes_that_explain_a_check_together_both_are_told(tmp_path: Path) -> None:
    """The map of the first layer, its signs left out, was told the signs alone: they explained other checks as well."""
    course = read_assignment(build(tmp_path, mistakes=TWO_MISTAKES))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    both = LESS.replace("return ((x", "return 2 * ((x")
    outcomes = {name: failed(reference, both, name, X[:2]) for name in ("variance", "covariance")}
    found = diagnoses(outcomes, KnownMistakes(course, recordings), reference)
    told = {name: [mistake.name for mistake in one.mistakes] for name, one in found.items()}
    assert told == {"variance": ["divided-by-one-less", "doubled"], "covariance": ["divided-by-one-less"]}


ONE_LESS = 'replace("stats.py", "** 2).mean(axis=0)", "** 2).sum(axis=0) / (len(x) - 1)"),'
TWO_MISTAKES = (
    MISTAKES.replace(ONE_LESS, f'{ONE_LESS} replace("stats.py", "/ len(x)", "/ (len(x) - 1)"),').replace(
        'fails=("variance",)', 'fails=("variance", "covariance")'
    )
    + """
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
)


def test_of_several_pairs_the_one_is_told_that_explains_another_check_as_well(tmp_path: Path) -> None:
    """A skip that both elements add with skip=False had no name: in one check it is like one of the blocks alone."""
    twice = TWO_MISTAKES[TWO_MISTAKES.rindex("MISTAKES +=") :]
    everywhere = (
        twice.replace("doubled", "doubled-everywhere")
        .replace('((x - x"),)', '((x - x"), replace("stats.py", "return centred", "return 2 * centred"))')
        .replace('fails=("variance",)', 'fails=("variance", "covariance")')
    )
    course = read_assignment(build(tmp_path, mistakes=TWO_MISTAKES + everywhere))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)
    both = LESS.replace("return ((x", "return 2 * ((x").replace("return centred", "return 2 * centred")
    outcomes = {name: failed(reference, both, name, X[:2]) for name in ("variance", "covariance")}
    found = diagnoses(outcomes, KnownMistakes(course, recordings), reference)
    told = {name: [mistake.name for mistake in one.mistakes] for name, one in found.items()}
    assert list(told.values()) == [["divided-by-one-less", "doubled-everywhere"]] * 2


def test_a_factor_that_is_no_known_mistake_is_a_reason(tiny: CourseAssignment, reference: CourseSubject) -> None:
    found = diagnosed(
        tiny, reference, {"covariance": failed(reference, STATS.replace("/ len(x)", ""), "covariance", X)}
    )
    assert any("4" in reason for reason in found["covariance"].reasons), found
    assert found["covariance"].mistakes == ()


def test_checks_that_passed_or_are_void_or_unwritten_are_not_diagnosed(
    tiny: CourseAssignment, reference: CourseSubject
) -> None:
    outcomes = {
        "variance": failed(reference, STATS, "variance", X),
        "covariance": [Case(name="", status=Status.VOID)],
        "unit_rows": [Case(name="", status=Status.UNWRITTEN)],
    }
    assert diagnosed(tiny, reference, outcomes) == {}


def test_maps_are_drawn_of_a_check_whose_rubric_says_so(tiny: CourseAssignment, reference: CourseSubject) -> None:
    outcomes = {"covariance": failed(reference, LESS, "covariance", X[:1])}
    known, names = KnownMistakes(tiny, Recordings()), ["covariance"]
    shown = [diagnoses(outcomes, known, reference, public=names, maps=maps)["covariance"] for maps in (names, [])]
    assert [one.picture is not None and len(one.picture.maps) for one in shown] == [2, 0]


PAST_THE_END = """
MISTAKES += (
    Mistake(
        name="past-the-end",
        says="a row after the last is read",
        hint="which index has the last row?",
        patch=(
            replace("stats.py", "    return ((x - x", "    x[len(x)]\\n    return ((x - x"),
            replace("stats.py", "    centred = x", "    x[:, len(x)]\\n    centred = x"),
        ),
        fails=("variance", "covariance"),
        teaches="Nothing.",
    ),
)
"""


@pytest.mark.parametrize(("line", "named"), [(3, []), (9, ["past-the-end"])])
def test_a_line_that_raises_in_another_check_what_the_mistake_does_not_silences_it(
    tmp_path: Path, line: int, named: list[str]
) -> None:
    """An index of the batch that was one too large was told to start windows that no longer fit: one size was equal."""
    course = read_assignment(build(tmp_path, mistakes=MISTAKES + PAST_THE_END))
    recordings = Recordings()
    reference = CourseSubject(course.solution, course.reference_digest, course.drivers, ("numpy",), recordings)

    def raised(driver: str, line: int) -> list[Case]:
        report = FailureReport(
            status=Status.RAISED, exception="IndexError", text="index 4 is out of bounds for axis 0 with size 4",
            frames=(Frame("stats.py", 1, driver), Frame("stats.py", line, "last")),
        )  # fmt: skip
        return [
            Case(
                name="",
                status=Status.RAISED,
                calls=(Call(driver, {"x": x}, call_bytes(driver, {"x": x}), observation),),
            )
            for x in X
            for observation in [Observation(failure=report)]
        ]

    outcomes = {"variance": raised("variance", 3), "covariance": raised("covariance", line)}
    found = diagnoses(outcomes, KnownMistakes(course, recordings), reference)
    assert [mistake.name for mistake in found["variance"].mistakes] == named
