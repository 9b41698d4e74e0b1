"""Name a known mistake when, and only when, the student's values are the mistaken ones.

Each mistake is a patch of the reference. Its observations are computed, and recorded, like the reference's own. A
mistake explains a check when the submission gave the mistaken values wherever the mistake changes anything. One
contradiction silences it; nothing is ever guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from grader import wire
from grader.authoring import Mistake, Replacement
from grader.catalog import CourseAssignment, CourseError, Problem, shown
from grader.compare import equal
from grader.importer import Program
from grader.model import Observation, Value
from grader.recordings import Recordings
from grader.subject import Call, TrustedSubject

FILE: Final = "mistakes.py"


class KnownMistakes:
    """The mistakes of one assignment, ready to be compared with."""

    def __init__(self, course: CourseAssignment, recordings: Recordings) -> None:
        self.mistakes = read_mistakes(course) if course.has_reference else ()
        self._course = course
        self._recordings = recordings
        self._subjects: dict[str, TrustedSubject] = {}

    def agreeing(self, check: str, cases: Sequence[Sequence[Call]], reference: TrustedSubject) -> dict[Mistake, int]:
        """Find the mistakes that explain a failed check, with the number of its cases that they explain.

        One that explains only some of the places that another explains is left out.

        Args:
            check: The check that failed.
            cases: The driver calls of each of its cases.
            reference: The reference, for the right values on the same inputs.
        """
        counts = {
            mistake: self._agreeing_cases(mistake, cases, reference)
            for mistake in self.mistakes
            if check in mistake.fails
        }
        found = {mistake: count for mistake, count in counts.items() if count}
        if len(found) < 2:
            return found
        reach = {mistake: self._reach(mistake, cases, reference) for mistake in found}
        return {
            mistake: count
            for mistake, count in found.items()
            if not any(reach[mistake] < reach[other] for other in found)
        }

    def _reach(
        self, mistake: Mistake, cases: Sequence[Sequence[Call]], reference: TrustedSubject
    ) -> frozenset[tuple[int, Path]]:
        """List the places at which a mistake changes what the calls of a check give, by call and path."""
        subject = self.subject(mistake)
        return frozenset(
            (number, path)
            for number, call in enumerate(call for calls in cases for call in calls)
            for path, _ in changes(
                subject.message(call.driver, call.inputs, call.identity),
                reference.message(call.driver, call.inputs, call.identity),
            )
        )

    def subject(self, mistake: Mistake) -> TrustedSubject:
        """Give the reference with one mistake in it."""
        if mistake.name not in self._subjects:
            tree, attached = patched(self._course, mistake)
            self._subjects[mistake.name] = TrustedSubject(
                tree, self._course.tree_digest(tree, attached), self._course.drivers,
                self._course.assignment.runtime.modules, self._recordings, self._course.workspace, attached,
            )  # fmt: skip
        return self._subjects[mistake.name]

    def _agreeing_cases(self, mistake: Mistake, cases: Sequence[Sequence[Call]], reference: TrustedSubject) -> int:
        """Count the cases that a mistake explains; 0 when one contradicts it."""
        subject, count = self.subject(mistake), 0
        for calls in cases:
            verdicts = [
                agreement(
                    call.observation,
                    subject.message(call.driver, call.inputs, call.identity),
                    reference.message(call.driver, call.inputs, call.identity),
                )
                for call in calls
            ]
            if False in verdicts:
                return 0
            count += True in verdicts
        return count


def agreement(observation: Observation, mistaken: wire.Message, right: wire.Message) -> bool | None:
    """Compare one observation with a mistaken one.

    Returns:
        True when the mistake changes something here and the student's values changed alike; False when they did not;
        None when the mistake changes nothing here, or makes both raise, but in other places of other code.
    """
    if mistaken.kind != "value":
        failure = observation.failure
        if failure is None:
            return False
        return True if f"{failure.exception}: {failure.text}" == mistaken.body else None
    changed = changes(mistaken, right)
    if not changed:
        return None
    if observation.failure is not None:
        return False
    return all(equal(leaf_at(observation.value, path), leaf) for path, leaf in changed)


Path = tuple[str | int, ...]


def changes(mistaken: wire.Message, right: wire.Message) -> list[tuple[Path, Value]]:
    """List what a mistake changes in one answer: the way to each array or scalar, and its mistaken value."""
    if mistaken.kind != "value":
        return []
    return [
        (path, leaf)
        for path, leaf in leaves(mistaken.body)
        if not equal(leaf, (expected := leaf_at(right.body, path))) or type(leaf) is not type(expected)
    ]


def leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """List the arrays and scalars of a tree with the way to each."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def leaf_at(value: Value, path: Path) -> Value:
    """Follow a path into a tree; None when it ends before."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def patched(course: CourseAssignment, mistake: Mistake) -> tuple[dict[str, str], dict[str, bytes]]:
    """Apply a mistake to the reference: to its sources and to what is attached to them."""
    tree, attached = dict(course.solution), dict(course.attached)
    for piece in mistake.patch:
        if piece.file in attached:
            attached[piece.file] = attached[piece.file].replace(piece.old.encode(), piece.new.encode())
        else:
            tree[piece.file] = tree[piece.file].replace(piece.old, piece.new)
    return tree, attached


def _occurrences(piece: Replacement, course: CourseAssignment) -> int:
    if piece.file in course.attached:
        return course.attached[piece.file].count(piece.old.encode())
    return course.solution.get(piece.file, "").count(piece.old)


def read_mistakes(course: CourseAssignment) -> tuple[Mistake, ...]:
    """Execute the assignment's `mistakes.py` and check what it says.

    Raises:
        CourseError: with every entry that does not fit the reference or the rubric.
    """
    file = course.folder / FILE
    if not file.is_file():
        return ()
    with Program({FILE: file.read_text(encoding="utf-8")}).running() as program:
        try:
            mistakes = program.load("mistakes:MISTAKES")
        except Exception as error:
            raise CourseError((Problem(shown(file), "", f"cannot be executed: {error}"),)) from error
    if not isinstance(mistakes, tuple) or not all(isinstance(mistake, Mistake) for mistake in mistakes):
        raise CourseError((Problem(shown(file), "MISTAKES", "is no tuple of Mistake"),))
    problems = [problem for mistake in mistakes for problem in _problems(mistake, course, shown(file))]
    names = [mistake.name for mistake in mistakes]
    problems += [Problem(shown(file), name, "is named twice") for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise CourseError(tuple(problems))
    return mistakes


def _problems(mistake: Mistake, course: CourseAssignment, file: str) -> Iterator[Problem]:
    checks = {check.name for check in course.assignment.checks}
    for name in mistake.fails:
        if name not in checks:
            yield Problem(file, mistake.name, f"fails names no check: {name!r}")
    for field in ("says", "hint", "teaches"):
        if not getattr(mistake, field).strip():
            yield Problem(file, mistake.name, f"{field} is empty")
    for piece in mistake.patch:
        count = _occurrences(piece, course)
        if count != 1:
            yield Problem(
                file, mistake.name, f"the text to replace occurs {count} times in {piece.file}, expected once"
            )
