"""Name a known mistake when, and only when, the student's values are the mistaken ones.

Each mistake is a patch of the reference, or several where it can be written in ways that show differently. Its
observations are computed, and recorded, like the reference's own. A mistake explains a check when every case that
failed is explained by it: wherever the mistake changes what a call gives, the submission gave all of that, what the
mistake leaves right included, or raised the same exception in the same function. Where no mistake does, each is tried
in the other right ways to write the reference, and then two at once. One contradiction silences a mistake; nothing is
ever guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from grader.authoring import Convention, Mistake, Rewriting
from grader.authoring.compare import equal
from grader.course.assignment import CourseAssignment
from grader.diagnosis.effects import Effect, agreement, changed_paths, effect
from grader.diagnosis.mistakes_file import read_conventions, read_mistakes
from grader.model.observation import Value
from grader.model.status import Status
from grader.model.values import Path, leaf_at
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject, printed_to_stderr
from grader.subjects.recordings import Recordings, key_of
from grader.subjects.student import Call

MOST_EFFECTS: Final = 1 << 16  # that are remembered: beyond the number that any assignment's own calls have
MOST_PAIRS: Final = 48  # of mistakes that are run for one check: each costs some milliseconds until it is recorded
MOST_IN_CONVENTIONS: Final = 96  # mistakes in another convention that are run for one check: likewise
Together = tuple[Mistake | Convention, ...]
"""One mistake, two that are made at once, or one in another right way to write the reference."""


@dataclass(frozen=True, slots=True)
class HashedCall:
    """A call, the hash of what was asked, and whether its answer is known to be wrong."""

    call: Call
    digest: bytes
    is_wrong: bool

    def right(self, reference: CourseSubject) -> Value:
        """Return what the reference answers to the call."""
        return reference.message(self.call.driver, self.call.identity).body


@dataclass(frozen=True, slots=True)
class HashedCase:
    """A case with its calls."""

    has_failed: bool
    calls: tuple[HashedCall, ...]
    is_unwritten: bool = False

    @classmethod
    def of(cls, case: Case) -> HashedCase:
        """Hash the calls of a case."""
        wrong = {id(call) for difference in case.differences if (call := case.exact_source(difference)) is not None}
        return cls(
            case.status is not Status.PASSED,
            tuple(HashedCall(call, key_of(b"call", call.identity), id(call) in wrong) for call in case.calls),
            case.status is Status.UNWRITTEN,
        )


@dataclass(frozen=True, slots=True)
class _Trace:
    """What a mistake does to some calls, by number of the call and path: what it changes, and what was given otherwise.

    `changed` are the places at which its value is not the right one; at those in `unlike` the submission gave neither.
    """

    changed: frozenset[tuple[int, Path]]
    unlike: frozenset[tuple[int, Path]]

    def may_stand_beside(self, other: _Trace, wrong: frozenset[tuple[int, Path]]) -> bool:
        """Return whether two mistakes reach all that is wrong, and what one of them alone changes is as it makes it."""
        return wrong <= self.changed | other.changed and self.unlike <= other.changed and other.unlike <= self.changed


class KnownMistakes:
    """The mistakes of one assignment, ready to be compared with.

    Most calls are the same for everybody: what a mistake does to them is found once, and remembered.
    """

    def __init__(self, course: CourseAssignment, recordings: Recordings) -> None:
        self.mistakes = read_mistakes(course) if course.has_reference else ()
        self.conventions = read_conventions(course) if course.has_reference else ()
        self._course = course
        self._recordings = recordings
        self._subjects: dict[str, CourseSubject | None] = {}
        self._effects: dict[tuple[str, bytes], Effect] = {}
        self._variants = {mistake.name: tuple(mistake.variants()) for mistake in self.mistakes}
        self._by_check: dict[str, list[Mistake]] = {}
        for mistake in self.mistakes:
            for check in mistake.fails:
                self._by_check.setdefault(check, []).append(mistake)

    def agreeing(self, check: str, cases: Sequence[HashedCase], reference: CourseSubject) -> dict[Mistake, int]:
        """Find the mistakes that explain a failed check, with the number of its cases that they explain.

        One that explains only some of the places that another explains is left out.
        """
        found: dict[Mistake, int] = {}
        written: dict[Mistake, Together] = {}
        tried = 0
        for convention in ((), *((one,) for one in self.conventions)):
            for mistake, variant in self._written(check):
                if mistake in found or (convention and self._subject((variant, *convention)) is None):
                    continue
                tried += len(convention)
                if tried > MOST_IN_CONVENTIONS:
                    break
                if count := self._agreeing_cases((variant, *convention), cases, reference):
                    found[mistake], written[mistake] = count, (variant, *convention)
            if found:
                break
        if len(found) < 2:
            return found
        reach = {mistake: self._reach(written[mistake], cases, reference) for mistake in found}
        return {
            mistake: count
            for mistake, count in found.items()
            if not any(reach[mistake] < reach[other] for other in found)
        }

    def subject(self, mistake: Mistake) -> CourseSubject:
        """Return the reference with one mistake in it."""
        subject = self._subject((mistake,))
        assert subject is not None  # noqa: S101  # each fits the reference: it was checked when they were read
        return subject

    def _subject(self, together: Together) -> CourseSubject | None:
        """Return the reference with mistakes in it; None where they do not go together."""
        name = _name(together)
        if name not in self._subjects:
            try:
                tree, attached = patched(self._course, *together)
            except PatchError:
                self._subjects[name] = None
            else:
                self._subjects[name] = CourseSubject.of(self._course, self._recordings, tree, attached)
        return self._subjects[name]

    def agreeing_pairs(
        self,
        check: str,
        cases: Sequence[HashedCase],
        reference: CourseSubject,
        elsewhere: Collection[Mistake] = (),
        passed: Container[bytes] = frozenset(),
        is_possible: Callable[[Mistake], bool] = lambda _mistake: True,
    ) -> dict[frozenset[Mistake], int]:
        """Find every two mistakes that together explain a failed check, with the number of its cases that they explain.

        One of them may be of those that are found `elsewhere`, and change values that this check does not look at. What
        is answered to calls that were `passed`, by their hashes, is right, also where the reference answers otherwise.
        Of several pairs those count whose mistakes are both possible by what other checks say.
        """
        failed = next((case.calls for case in cases if case.has_failed), ())
        if not failed or any(hashed.call.observation.failure is not None for hashed in failed):
            return {}
        wrong = frozenset(
            (number, path)
            for number, hashed in enumerate(failed)
            if hashed.digest not in passed
            for path in changed_paths(hashed.call.observation.value, hashed.right(reference))
        )
        failing = self._failing(check)
        kinds = (*failing, *(one for one in self.mistakes if one in elsewhere and one not in failing))
        written = {variant: mistake for mistake in kinds for variant in self._variants[mistake.name]}
        traces = {
            variant: trace for variant in written if (trace := self._trace(variant, failed, reference)) is not None
        }
        found: dict[frozenset[Mistake], int] = {}
        tried = 0
        # The likeliest first: where they reach other places, each gives alone what the submission gave there.
        fewest_unlike = sorted(
            traces.items(), key=lambda item: (len(item[1].unlike), written[item[0]] not in elsewhere)
        )
        for pair in sorted(
            combinations(fewest_unlike, 2),
            key=lambda pair: (
                sum(len(trace.unlike) for _, trace in pair),
                sum(written[variant] not in elsewhere for variant, _ in pair),
            ),
        ):
            together, (one, other) = tuple(variant for variant, _ in pair), (trace for _, trace in pair)
            names = frozenset(written[variant] for variant in together)
            if len(names) < 2 or names in found or not one.may_stand_beside(other, wrong):
                continue
            if self._subject(together) is None:
                continue
            tried += 1
            if tried > MOST_PAIRS:
                break
            if count := self._agreeing_cases(together, cases, reference):
                found[names] = count
        if len(found) > 1:
            found = {names: count for names, count in found.items() if all(map(is_possible, names))}
        return found

    def is_refuted(self, mistake: Mistake, checks: Iterable[Sequence[HashedCase]], reference: CourseSubject) -> bool:
        """Return whether some check has a right value where a mistake, however it is written, makes it wrong."""
        hashed = [hashed for cases in checks for case in cases for hashed in case.calls]
        variants = self._variants[mistake.name]
        return all(any(self._refutes(one, variant, reference) for one in hashed) for variant in variants)

    def is_of_other_values(self, mistake: Mistake, cases: Sequence[HashedCase], reference: CourseSubject) -> bool:
        """Return whether just what a mistake changes in a failed check is wrong there, and not as it makes it.

        Then no other fault can stand beside it that would make the difference. Of several places in an answer one that
        is as the mistake makes it is enough: the others may hold what is drawn at random.
        """
        failed = [case for case in cases if case.has_failed]
        calls = [hashed for case in failed for hashed in case.calls]
        if not calls or any(hashed.call.observation.failure is not None for hashed in calls):
            return False
        given = [hashed.call.observation.value for hashed in calls]
        wrong = [[*changed_paths(value, hashed.right(reference))] for value, hashed in zip(given, calls, strict=True)]
        for variant in self._variants[mistake.name]:
            effects = [self._effect((variant,), hashed, reference) for hashed in calls]
            if all({*effect.changed} == {*paths} for effect, paths in zip(effects, wrong, strict=True)) and any(
                paths and not any(equal(leaf_at(value, path), leaf_at(effect.value, path)) for path in paths)
                for value, effect, paths in zip(given, effects, wrong, strict=True)
            ):
                return True
        return False

    def _refutes(self, hashed: HashedCall, mistake: Mistake, reference: CourseSubject) -> bool:
        if hashed.call.observation.failure is not None:
            return False
        changed = self._effect((mistake,), hashed, reference).changed
        if not changed:
            return False
        given, right = hashed.call.observation.value, hashed.right(reference)
        return any(equal(leaf_at(given, path), leaf_at(right, path)) for path in changed)

    def _failing(self, check: str) -> Sequence[Mistake]:
        return self._by_check.get(check, ())

    def _trace(self, mistake: Mistake, calls: Sequence[HashedCall], reference: CourseSubject) -> _Trace | None:
        """Compare what a mistake does to calls with what was given; None where it raises in one of them."""
        changed, unlike = set(), set()
        for number, hashed in enumerate(calls):
            effect = self._effect((mistake,), hashed, reference)
            if effect.raises is not None:
                return None
            given = hashed.call.observation.value
            for path in effect.changed:
                changed.add((number, path))
                if not equal(leaf_at(given, path), leaf_at(effect.value, path)):
                    unlike.add((number, path))
        return _Trace(frozenset(changed), frozenset(unlike))

    def _written(self, check: str) -> Iterator[tuple[Mistake, Mistake]]:
        """List the mistakes that fail a check, each with every way to write it."""
        return ((mistake, variant) for mistake in self._failing(check) for variant in self._variants[mistake.name])

    def _reach(
        self, together: Together, cases: Sequence[HashedCase], reference: CourseSubject
    ) -> frozenset[tuple[int, Path]]:
        """List the places at which a mistake changes what the calls of a check give, by call and path."""
        return frozenset(
            (number, path)
            for number, hashed in enumerate(hashed for case in cases for hashed in case.calls)
            for path in self._effect(together, hashed, reference).changed
        )

    def _agreeing_cases(self, together: Together, cases: Sequence[HashedCase], reference: CourseSubject) -> int:
        """Count the cases that mistakes explain; 0 when one contradicts them."""
        count = 0
        for case in cases:
            if case.is_unwritten:
                continue  # what is missing says nothing of what is there
            explains = False
            for hashed in case.calls:
                effect = self._effect(together, hashed, reference)
                agrees = agreement(hashed.call.observation, effect, is_wrong=hashed.is_wrong)
                if agrees is False:
                    return 0
                explains |= agrees is True
            if case.has_failed and not explains:
                return 0
            count += explains
        return count

    def _effect(self, together: Together, hashed: HashedCall, reference: CourseSubject) -> Effect:
        """Return what mistakes do to a call, computed where it is not remembered."""
        call, key = hashed.call, (_name(together), hashed.digest)
        known = self._effects.get(key)
        if known is not None:
            return known
        subject = self._subject(together)
        assert subject is not None  # noqa: S101  # who asks has seen that they go together
        found = effect(subject.message(call.driver, call.identity), reference.message(call.driver, call.identity))
        if len(self._effects) >= MOST_EFFECTS:
            self._effects.clear()
        self._effects[key] = found
        return found


def _name(together: Together) -> str:
    return together[0].name if len(together) == 1 else " ".join(mistake.name for mistake in together)


class PatchError(Exception):
    """A mistake does not fit the tree that another has changed."""


def patched(course: CourseAssignment, *mistakes: Mistake | Convention) -> tuple[dict[str, str], dict[str, bytes]]:
    """Apply mistakes to the reference: to its sources and to what is attached to them.

    Raises:
        PatchError: what one of them replaces is not there once, since another has replaced it.
    """
    tree, attached = dict(course.solution), dict(course.attached)
    for piece in (piece for mistake in mistakes for piece in mistake.patch):
        if isinstance(piece, Rewriting):
            with printed_to_stderr():
                attached[piece.file] = piece.change(attached[piece.file].decode()).encode()
        elif piece.file in attached:
            attached[piece.file] = attached[piece.file].replace(piece.old.encode(), piece.new.encode())
        elif tree[piece.file].count(piece.old) != 1:
            raise PatchError(piece.old)
        else:
            tree[piece.file] = tree[piece.file].replace(piece.old, piece.new)
    return tree, attached
