"""Name a known mistake when, and only when, the student's values are the mistaken ones.

Each mistake is a patch of the reference, or several where it can be written in ways that show differently. Its
observations are computed, and recorded, like the reference's own. A mistake explains a check when every case that
failed is explained by it: wherever the mistake changes what a call gives, the submission gave all of that, what the
mistake leaves right included, or raised the same exception in the same function. Where no mistake does, two at once
are tried. One contradiction silences a mistake; nothing is ever guessed. Where a submission follows another of the
assignment's conventions than the reference, its mistakes are looked for in that one; where no answer says which one
it follows, in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from grader.authoring import Convention, Mistake
from grader.authoring.compare import equal
from grader.course.assignment import CourseAssignment
from grader.diagnosis.effects import Effect, agreement, changed_paths, effect
from grader.diagnosis.mistakes_file import read_known
from grader.diagnosis.patched import PatchError, patched
from grader.model.observation import Value
from grader.model.status import Status
from grader.model.values import Path, leaf_at
from grader.subjects.case import Case
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings, key_of
from grader.subjects.student import Call

MOST_EFFECTS: Final = 1 << 16  # that are remembered: beyond the number that any assignment's own calls have
MOST_PAIRS: Final = 48  # of mistakes that are run for one check: each costs some milliseconds until it is recorded
MOST_IN_CONVENTIONS: Final = 96  # mistakes in other conventions that are run for one check: likewise
Together = tuple[Mistake, ...]
"""One mistake, or two that are made at once."""


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

    @property
    def raised(self) -> bool:
        """Whether a call of it gave no value."""
        return any(hashed.call.observation.failure is not None for hashed in self.calls)

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
    `in_conventions` are the same mistakes made in what is right as well.
    """

    def __init__(
        self,
        course: CourseAssignment,
        recordings: Recordings,
        within: tuple[Convention, Sequence[Mistake]] | None = None,
    ) -> None:
        self.convention = within[0] if within else None
        mistakes: Sequence[Mistake] = within[1] if within else ()
        conventions: Sequence[Convention] = ()
        if within is None and course.has_reference:
            mistakes, conventions = read_known(course)
        also = self.convention.also_fails if self.convention is not None else {}
        self.mistakes = tuple(replace(one, fails=(*one.fails, *also.get(one.name, ()))) for one in mistakes)
        self.in_conventions = tuple(KnownMistakes(course, recordings, (one, mistakes)) for one in conventions)
        self._course = course
        self._recordings = recordings
        self._subjects: dict[str, CourseSubject | None] = {}
        self._effects: dict[tuple[str, bytes], Effect] = {}
        self._variants = {mistake.name: tuple(mistake.variants()) for mistake in self.mistakes}
        self._by_check: dict[str, list[Mistake]] = {}
        for mistake in self.mistakes:
            for check in mistake.fails:
                self._by_check.setdefault(check, []).append(mistake)

    def agreeing_in_any(
        self, check: str, cases: Sequence[HashedCase], reference: CourseSubject, others: Iterable[KnownMistakes]
    ) -> dict[Mistake, int]:
        """Find the mistakes that explain a failed check; where none does, try them in other conventions."""
        found, left = self.agreeing(check, cases, reference), MOST_IN_CONVENTIONS
        own = {mistake.name: mistake for mistake in self._failing(check)}
        for known in others:
            left -= sum(len(self._variants[name]) for name in own)
            if found or left < 0:
                break
            named = {mistake.name: count for mistake, count in known.agreeing(check, cases, known.right).items()}
            found = {own[name]: count for name, count in named.items() if name in own}
        return found

    def agreeing(self, check: str, cases: Sequence[HashedCase], reference: CourseSubject) -> dict[Mistake, int]:
        """Find the mistakes that explain a failed check, with the number of its cases that they explain.

        One that explains only some of the places that another explains is left out.
        """
        found: dict[Mistake, int] = {}
        written: dict[Mistake, Mistake] = {}
        for mistake in self._failing(check):
            for variant in self._variants[mistake.name]:
                if count := self._agreeing_cases((variant,), cases, reference):
                    found[mistake], written[mistake] = count, variant
                    break
        if len(found) < 2:
            return found
        reach = {mistake: self._reach(written[mistake], cases, reference) for mistake in found}
        return {
            mistake: count
            for mistake, count in found.items()
            if not any(reach[mistake] < reach[other] for other in found)
        }

    def as_answered(
        self, cases: Iterable[HashedCase], reference: CourseSubject
    ) -> tuple[KnownMistakes, CourseSubject, tuple[KnownMistakes, ...]]:
        """Return the mistakes of the convention that answers follow, what is right there, and which else it may be.

        That is the one whose answers it gave most often where they are not the reference's, if oftener than those.
        Where there is none, it may follow each that no answer speaks against.
        """
        calls = {hashed.digest: hashed for case in cases for hashed in case.calls}.values()
        votes = [sum(known.vote(hashed, reference) for hashed in calls) for known in self.in_conventions]
        if max(votes, default=0) > 0:
            known = self.in_conventions[votes.index(max(votes))]
            return known, known.right, ()
        return self, reference, tuple(one for one, vote in zip(self.in_conventions, votes, strict=True) if vote == 0)

    @property
    def right(self) -> CourseSubject:
        """Return the reference as this convention has it."""
        subject = self._subject(())
        assert subject is not None  # noqa: S101  # nothing but the convention is in it
        return subject

    def vote(self, hashed: HashedCall, reference: CourseSubject) -> int:
        """Return 1 where an answer is this convention's and not the reference's, -1 the other way round, else 0."""
        if hashed.call.observation.failure is not None:
            return 0
        found = self._effect((), hashed, reference)
        if found.raises is not None or not found.changed:
            return 0
        given = hashed.call.observation.value
        return int(equal(given, found.value)) - int(equal(given, hashed.right(reference)))

    def subject(self, mistake: Mistake) -> CourseSubject:
        """Return the reference with one mistake in it."""
        subject = self._subject((mistake,))
        assert subject is not None  # noqa: S101  # each fits the reference: it was checked when they were read
        return subject

    def subjects_that_fail(self, check: str) -> Iterator[CourseSubject]:
        """List the mistakes that fail a check, each in every way to write it, as far as it goes with the convention."""
        for mistake in self._failing(check):
            for variant in self._variants[mistake.name]:
                subject = self._subject((variant,))
                if subject is not None:
                    yield subject

    def _subject(self, together: Together) -> CourseSubject | None:
        """Return the reference with mistakes in it; None where they do not go together."""
        name = _name(together)
        if name not in self._subjects:
            try:
                tree, attached = patched(self._course, *together, convention=self.convention)
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
        failed = next((case.calls for case in cases if case.has_failed and not case.raised), ())
        if not failed:
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

    def is_of_another_exception(
        self,
        mistake: Mistake,
        explained: Iterable[Sequence[HashedCase]],
        others: Iterable[Sequence[HashedCase]],
        reference: CourseSubject,
    ) -> bool:
        """Return whether the line that raised what a mistake does raised in other checks what it does not.

        A size may be the expected one by chance, while the index that is too large is another.
        """
        lines = {line for cases in explained for _, line in _raised(cases)}
        elsewhere = [hashed for cases in others for hashed, line in _raised(cases) if line in lines]
        return bool(elsewhere) and not any(
            all(
                agreement(hashed.call.observation, self._effect((variant,), hashed, reference)) is True
                for hashed in elsewhere
            )
            for variant in self._variants[mistake.name]
        )

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

    def _reach(
        self, mistake: Mistake, cases: Sequence[HashedCase], reference: CourseSubject
    ) -> frozenset[tuple[int, Path]]:
        """List the places at which a mistake changes what the calls of a check give, by call and path."""
        return frozenset(
            (number, path)
            for number, hashed in enumerate(hashed for case in cases for hashed in case.calls)
            for path in self._effect((mistake,), hashed, reference).changed
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


def _raised(cases: Iterable[HashedCase]) -> Iterator[tuple[HashedCall, tuple[str, int]]]:
    """List the calls that ended in an exception, with the deepest line of the submission, by file and number."""
    for hashed in (hashed for case in cases for hashed in case.calls):
        failure = hashed.call.observation.failure
        if failure is not None and failure.frames:
            yield hashed, (failure.frames[-1].file, failure.frames[-1].line)


def _name(together: Together) -> str:
    return together[0].name if len(together) == 1 else " ".join(mistake.name for mistake in together)  # "" for none
