"""Name a known mistake when, and only when, the student's values are the mistaken ones.

Each mistake is a patch of the reference. Its observations are computed, and recorded, like the reference's own. A
mistake explains a check when the submission gave the mistaken values wherever the mistake changes anything. One
contradiction silences it; nothing is ever guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.authoring import Mistake
from grader.authoring.compare import equal
from grader.course.assignment import MISTAKES, CourseAssignment
from grader.course.validation import path_in_course
from grader.drivers import former_names
from grader.errors import CourseError, Problem
from grader.model.observation import Observation, Value
from grader.sandbox import protocol
from grader.sandbox.guest.program import Program
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings, key_of
from grader.subjects.student import Call
from grader.subjects.values import Path, leaf_at, leaves

_Hashed = tuple[Call, bytes]
MOST_EFFECTS: Final = 1 << 14  # that are remembered: beyond the number that any assignment's own calls have


@dataclass(frozen=True, slots=True)
class Effect:
    """What a mistake does to one driver call.

    `raises` is the exception that ends it, None where it gives a value; `changed` are the places at which that value
    is not the right one, each with what is there.
    """

    raises: str | None
    changed: tuple[tuple[Path, Value], ...] = ()


class KnownMistakes:
    """The mistakes of one assignment, ready to be compared with.

    Most calls are the same for everybody: what a mistake does to them is found once, and remembered.
    """

    def __init__(self, course: CourseAssignment, recordings: Recordings) -> None:
        self.mistakes = read_mistakes(course) if course.has_reference else ()
        self._course = course
        self._recordings = recordings
        self._subjects: dict[str, CourseSubject] = {}
        self._effects: dict[tuple[str, bytes], Effect] = {}

    def agreeing(self, check: str, cases: Sequence[Sequence[Call]], reference: CourseSubject) -> dict[Mistake, int]:
        """Find the mistakes that explain a failed check, with the number of its cases that they explain.

        One that explains only some of the places that another explains is left out.
        """
        hashed = [[(call, key_of(b"call", call.identity)) for call in calls] for calls in cases]
        found = {
            mistake: count
            for mistake in self.mistakes
            if check in mistake.fails and (count := self._agreeing_cases(mistake, hashed, reference))
        }
        if len(found) < 2:
            return found
        reach = {mistake: self._reach(mistake, hashed, reference) for mistake in found}
        return {
            mistake: count
            for mistake, count in found.items()
            if not any(reach[mistake] < reach[other] for other in found)
        }

    def subject(self, mistake: Mistake) -> CourseSubject:
        """Return the reference with one mistake in it."""
        if mistake.name not in self._subjects:
            tree, attached = patched(self._course, mistake)
            self._subjects[mistake.name] = CourseSubject.of(self._course, self._recordings, tree, attached)
        return self._subjects[mistake.name]

    def _reach(
        self, mistake: Mistake, cases: Sequence[Sequence[_Hashed]], reference: CourseSubject
    ) -> frozenset[tuple[int, Path]]:
        """List the places at which a mistake changes what the calls of a check give, by call and path."""
        return frozenset(
            (number, path)
            for number, hashed in enumerate(hashed for calls in cases for hashed in calls)
            for path, _ in self._effect(mistake, hashed, reference).changed
        )

    def _agreeing_cases(self, mistake: Mistake, cases: Sequence[Sequence[_Hashed]], reference: CourseSubject) -> int:
        """Count the cases that a mistake explains; 0 when one contradicts it."""
        count = 0
        for calls in cases:
            explains = False
            for hashed in calls:
                agrees = agreement(hashed[0].observation, self._effect(mistake, hashed, reference))
                if agrees is False:
                    return 0
                explains |= agrees is True
            count += explains
        return count

    def _effect(self, mistake: Mistake, hashed: _Hashed, reference: CourseSubject) -> Effect:
        """Return what a mistake does to a call, computed where it is not remembered."""
        call, digest = hashed
        known = self._effects.get((mistake.name, digest))
        if known is not None:
            return known
        mistaken = self.subject(mistake).message(call.driver, call.identity)
        found = effect(mistaken, reference.message(call.driver, call.identity))
        if len(self._effects) >= MOST_EFFECTS:
            self._effects.clear()
        self._effects[mistake.name, digest] = found
        return found


def effect(mistaken: protocol.Message, right: protocol.Message) -> Effect:
    """Compare what a mistaken tree answers with the right answer."""
    if mistaken.kind != "value":
        return Effect(str(mistaken.body))
    changed = (
        (path, leaf)
        for path, leaf in leaves(mistaken.body)
        if not equal(leaf, (expected := leaf_at(right.body, path))) or type(leaf) is not type(expected)
    )
    return Effect(None, tuple(changed))


def agreement(observation: Observation, effect: Effect) -> bool | None:
    """Compare one observation with what a mistake does there.

    Returns:
        True when the mistake changes something here and the student's values changed alike; False when they did not;
        None when the mistake changes nothing here, or makes both raise, but in other places of other code.
    """
    failure = observation.failure
    if effect.raises is not None:
        if failure is None:
            return False
        return True if f"{failure.exception}: {failure.text}" == effect.raises else None
    if not effect.changed:
        return None
    if failure is not None:
        return False
    return all(equal(leaf_at(observation.value, path), leaf) for path, leaf in effect.changed)


def patched(course: CourseAssignment, mistake: Mistake) -> tuple[dict[str, str], dict[str, bytes]]:
    """Apply a mistake to the reference: to its sources and to what is attached to them."""
    tree, attached = dict(course.solution), dict(course.attached)
    for piece in mistake.patch:
        if piece.file in attached:
            attached[piece.file] = attached[piece.file].replace(piece.old.encode(), piece.new.encode())
        else:
            tree[piece.file] = tree[piece.file].replace(piece.old, piece.new)
    return tree, attached


def read_mistakes(course: CourseAssignment) -> tuple[Mistake, ...]:
    """Execute the assignment's `mistakes.py` and check what it says.

    Raises:
        CourseError: with every entry that does not fit the reference or the rubric.
    """
    file = path_in_course(course.folder / MISTAKES)
    if not course.mistakes:
        return ()
    former_names.install(former_names.former_imports([course.mistakes]))
    with Program({MISTAKES: course.mistakes}).running() as program:
        try:
            mistakes = program.load("mistakes:MISTAKES")
        except Exception as error:
            raise CourseError((Problem(file, "", f"cannot be executed: {error}"),)) from error
    if not isinstance(mistakes, tuple) or not all(isinstance(mistake, Mistake) for mistake in mistakes):
        raise CourseError((Problem(file, "MISTAKES", "is no tuple of Mistake"),))
    problems = [problem for mistake in mistakes for problem in _problems(mistake, course, file)]
    names = [mistake.name for mistake in mistakes]
    problems += [Problem(file, name, "is named twice") for name in sorted(set(names)) if names.count(name) > 1]
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
        attached, text = course.attached.get(piece.file), course.solution.get(piece.file, "")
        count = text.count(piece.old) if attached is None else attached.count(piece.old.encode())
        if count != 1:
            yield Problem(
                file, mistake.name, f"the text to replace occurs {count} times in {piece.file}, expected once"
            )
