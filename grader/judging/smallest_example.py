"""Find the smallest inputs on which the answer to a check is wrong: its hidden test is run with smaller cases.

A case counts only if the reference passes the test there, and shows something only if the submission fails it as it
failed the check: at the same output, or with the same exception at the same place. Inputs are drawn anew from a seed
that everybody knows, and none that holds an array of a hidden case is shown. The submission is asked in a worker that
has seen no hidden inputs, so that its answer can hold none and may be told in full.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain
from typing import Final

import numpy as np
import pytest

from grader.authoring.compare import Mismatch, differences
from grader.judging.alike import is_alike
from grader.judging.ascent import FIRST_POINTS, MOST_NUMBERS, Ascent, Space, has_smaller_cases, space_of
from grader.judging.collection import HiddenTests
from grader.judging.deadline import DeadlineError, processor_deadline
from grader.judging.found_example import FoundExample
from grader.judging.hidden_arrays import HiddenArrays, arrays_in, count_numbers, empty_in, whole_numbers
from grader.judging.small_numbers import ATTEMPTS, MORE_ATTEMPTS, SmallNumbers
from grader.judging.smaller_cases import Point
from grader.judging.smaller_trial import Asked, Shown, Trial
from grader.model.assignment import Check
from grader.model.observation import Value
from grader.model.status import Status
from grader.model.values import leaves
from grader.sandbox.host.session import Session
from grader.subjects.case import Case
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Call, Driver, StudentFailure, StudentSubject, Subject

CHECK_SECONDS: Final = 0.5  # of processor time, the judge's and the worker's together, for one check
SUBMISSION_SECONDS: Final = 2.0  # for all checks of a submission
FIRST_SHARE: Final = 0.25  # of that, for the smallest cases, before those that failed are made smaller
DOWN_SHARE: Final = 0.75  # until these are as small as they can be: what was found is tried once more
UP_SHARE: Final = 0.8  # until none is sought: what decides it is
MATTERS_SHARE: Final = 0.87  # until what decides it is no longer sought: what was found is tried anew
MOST_POINTS: Final = 400  # cases that are tried for a check, so that a slower machine finds the same
MOST_CASES: Final = 4  # of a check whose smaller ones are tried
SOUGHT: Final = frozenset({Status.FAILED, Status.RAISED})


class _ExhaustedError(BaseException):
    """The time for a check is used up, or its worker is gone."""


class ExampleSearch:
    """Look for examples of the checks that a submission fails.

    `reference` answers smaller cases and `judged` those that were judged, which it may remember. `original` runs a case
    with the inputs that were judged, on what is given for the student.
    """

    def __init__(
        self,
        tests: HiddenTests,
        reference: Subject,
        judged: Subject,
        session: Session,
        original: Callable[[Check, pytest.Function, Subject, Subject], BaseException | None],
    ) -> None:
        self._tests = tests
        self._reference = reference
        self._judged = judged
        self._session = session
        self._original = original

    def found(self, outcomes: Iterable[tuple[Check, Sequence[Case]]]) -> dict[str, FoundExample]:
        """Return an example for each check that has one, within the time for all of them.

        Raises:
            OverBudgetError: that took more of the judge than a submission may take.
        """
        examples: dict[str, FoundExample] = {}
        left = SUBMISSION_SECONDS
        for check, cases in outcomes:
            if left <= 0 or not _is_sought(cases):
                continue
            search = _CheckSearch(
                self._tests, self._reference, self._judged, self._session, self._original, check,
                min(CHECK_SECONDS, left),
            )  # fmt: skip
            example = search.smallest(cases)
            if example is not None:
                examples[check.name] = example
            left -= search.spent()
        return examples


def _is_sought(cases: Sequence[Case]) -> bool:
    """Return whether a check failed by what it answers, and nothing else is open or to be written in it."""
    wrong = {case.status for case in cases} - {Status.PASSED}
    return bool(wrong) and wrong <= SOUGHT and not any(one.secret for case in cases for one in case.differences)


class _CheckSearch:
    """The search for one check, from the fewest numbers up."""

    def __init__(
        self,
        tests: HiddenTests,
        reference: Subject,
        judged: Subject,
        session: Session,
        original: Callable[[Check, pytest.Function, Subject, Subject], BaseException | None],
        check: Check,
        seconds: float,
    ) -> None:
        self._tests = tests
        self._reference = reference
        self._judged = judged
        self._session = session
        self._original = original
        self._check = check
        self._seconds = seconds
        self._limit = UP_SHARE * seconds  # less than all, while something is left to be done after it
        self._began = time.process_time()
        self._workers_before = session.cpu_seconds
        self._hidden = HiddenArrays()
        self._tried: set[tuple[bytes, ...]] = set()
        self._failed: dict[pytest.Function, Case] = {}

    def spent(self) -> float:
        """Return the processor seconds that were used so far, those of workers among them."""
        return time.process_time() - self._began + self._session.cpu_seconds - self._workers_before

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """End what is computed meanwhile once the time is used up.

        Raises:
            _ExhaustedError: it is, or was already.
        """
        left = self._limit - self.spent()
        if left <= 0:
            raise _ExhaustedError
        try:
            with processor_deadline(left):
                yield
        except DeadlineError as error:
            raise _ExhaustedError from error

    def _timely_reference(self, driver: Driver, *positional: object, **inputs: Value) -> Value:
        """Ask the reference, as long as there is time. Elsewhere a test may be asking a worker, and goes on."""
        with self._in_time():
            return self._reference(driver, *positional, **inputs)

    def smallest(self, cases: Sequence[Case]) -> FoundExample | None:
        """Return the example with the fewest numbers that was found in time."""
        items = self._tests.cases[self._check.name]
        failed = [(item, case) for item, case in zip(items, cases, strict=True) if case.status in SOUGHT]
        try:
            found = (self._space(item, case, items) for item, case in failed[:MOST_CASES])
            spaces = [*{space.smaller.form(): space for space in found if space is not None}.values()]
            return self._smallest_in(spaces)
        except _ExhaustedError:
            return None

    def _space(self, item: pytest.Function, case: Case, siblings: Sequence[pytest.Function]) -> Space | None:
        if not has_smaller_cases(self._tests, item):
            return None
        for call in case.calls:
            self._hidden.add_inputs(call.inputs)

        def reference(driver: Driver, *positional: object, **inputs: Value) -> Value:
            value = self._judged(driver, *positional, **inputs)
            self._hidden.add_expected(value)
            return value

        with self._in_time():
            self._original(self._check, item, reference, reference)
        self._failed[item] = case
        with self._in_time():
            return space_of(self._tests, item, siblings, [call.inputs for call in case.calls], self._reference)

    def _smallest_in(self, spaces: Sequence[Space]) -> FoundExample | None:
        """Go up from the smallest cases; where soon nothing shows, go down from those that failed, and up again."""
        ascent = Ascent(spaces)
        for space, point in ascent.points(FIRST_POINTS):
            if (shown := self._visited(ascent, space, point)) is not None:
                return self._confirmed(shown)
            if self.spent() > FIRST_SHARE * self._seconds:
                break
        fallen = [one for space in spaces if (one := self._descended(space)) is not None]
        lowest = min(fallen, key=lambda one: one.found.numbers, default=None)
        ascent.bound = MOST_NUMBERS if lowest is None else lowest.found.numbers - 1
        try:
            for space, point in ascent.points(MOST_POINTS if lowest is None else FIRST_POINTS):
                if (shown := self._visited(ascent, space, point)) is not None:
                    return self._confirmed(shown)
        except _ExhaustedError:
            if lowest is None:
                raise
        return None if lowest is None else self._confirmed(lowest)

    def _visited(self, ascent: Ascent, space: Space, point: Point) -> Shown | None:
        """Return what a case shows; where that is nothing, the ascent goes on from there."""
        trials = self._trials(space, point)
        first = next(trials)
        if ascent.has_smaller_than(first.numbers):
            ascent.put_back(space, point, first.numbers)
            return None
        shown = self._first_shown(space, point, chain((first,), trials)) if first.numbers <= MOST_NUMBERS else None
        if shown is None:
            ascent.go_on(space, point, first.numbers)
        return shown

    def _first_shown(self, space: Space, point: Point, trials: Iterable[Trial]) -> Shown | None:
        for trial in trials:
            if trial.is_right and self._may_be_shown(space, trial):
                found = self._shown_by(space, trial)
                if found is not None and self._is_wrong_nearby(space, trial):
                    return Shown(space, point, trial, found)
        return None

    def _descended(self, space: Space) -> Shown | None:
        """Make one number after the other as small as it may be for the submission to stay wrong."""
        self._tried.clear()
        shown: list[Shown] = []
        self._limit = DOWN_SHARE * self._seconds
        try:
            starts = (self._shown_at(space, point, range(ATTEMPTS)) for point in space.smaller.starts())
            shown += filter(None, [next(filter(None, starts), None)])
            while shown and self._lower(space, shown):
                continue
        except _ExhaustedError:
            if not shown:
                raise
        finally:
            self._limit = UP_SHARE * self._seconds
        while shown:
            one = shown.pop()
            if one.found.numbers > MOST_NUMBERS:
                return None
            if self._is_wrong_nearby(space, one.trial):
                return one
        return None

    def _lower(self, space: Space, shown: list[Shown]) -> bool:
        """Make each number of the last case less as far as something shows; add what does, return whether any did."""
        count = len(shown)
        for place in range(len(shown[-1].point)):
            attempts = dict.fromkeys((shown[-1].trial.attempt, 0))
            lower = [*space.smaller.lowered(shown[-1].point)][place]
            shown += filter(None, [next(filter(None, (self._shown_at(space, one, attempts) for one in lower)), None)])
        return len(shown) > count

    def _shown_at(self, space: Space, point: Point, attempts: Iterable[int]) -> Shown | None:
        """Return what a case shows in one of these attempts, whether or not numbers nearby show it too."""
        for attempt in attempts:
            trial = self._trial(space, point, attempt)
            if not trial.calls:
                return None
            found = self._shown_by(space, trial) if trial.is_right and self._may_be_shown(space, trial) else None
            if found is not None:
                return Shown(space, point, trial, found)
        return None

    def _trials(self, space: Space, point: Point, attempts: int = ATTEMPTS) -> Iterator[Trial]:
        """List the ways to fill a smaller case; one alone where the reference cannot be called there."""
        for attempt in range(attempts):
            trial = self._trial(space, point, attempt)
            yield trial
            if not trial.calls:
                return

    def _trial(self, space: Space, point: Point, attempt: int) -> Trial:
        calls: list[Asked] = []

        def student(driver: Driver, *positional: object, **inputs: Value) -> Value:
            value = self._reference(driver, *positional, **inputs)
            name = driver_name(driver, positional)
            calls.append(Asked(driver=name, inputs=inputs, identity=call_bytes(name, inputs), expected=value))
            return self._reference(driver, *positional, **inputs)  # a test may take apart what it gets

        extents = space.smaller.extents(point)
        generator = SmallNumbers(attempt, extents=extents)
        ended: BaseException | None
        try:
            parameters = space.smaller.parameters(point)
        except Exception as error:  # noqa: BLE001  # a class of the course refuses such numbers
            parameters, ended = {}, error
        else:
            with self._in_time():
                ended = self._tests.run_smaller(space.item, parameters, generator, student, self._reference)
        return Trial(
            parameters=parameters, extents=extents, attempt=attempt,
            calls=tuple(calls) if ended is None or isinstance(ended, AssertionError) else (),
            is_right=ended is None and bool(calls) and generator.arrays > 0 and self._tells(calls),
            numbers=max([generator.numbers, *(count_numbers(call.inputs) for call in calls)]),
        )  # fmt: skip

    def _tells(self, calls: Sequence[Asked]) -> bool:
        """Return whether what is right has numbers, unless it has none in a case that was judged."""
        return self._hidden.expects_empty or all(
            leaf.size for call in calls for _, leaf in leaves(call.expected) if isinstance(leaf, np.ndarray)
        )

    def _may_be_shown(self, space: Space, trial: Trial) -> bool:
        """Return whether a case holds arrays, and sizes that fit each other.

        None of the arrays may be a hidden one, or empty where it was not in the case that was judged.
        """
        arrays = [array for call in trial.calls for array in arrays_in(call.inputs)]
        empty = {way for call in trial.calls for way in empty_in(call.inputs)}
        if not arrays or not empty <= self._hidden.empty or self._hidden.has_inputs(arrays):
            return False
        replaced = {extent for extent in space.drawn if trial.extents.get(extent, extent) != extent}
        return not any(number in replaced for call in trial.calls for number in whole_numbers(call.inputs))

    def _run(self, space: Space, trial: Trial, *, jittered: bool = False) -> tuple[BaseException | None, list[Call]]:
        """Run the test of a smaller case on the submission."""
        left = self._limit - self.spent()
        if left <= 0:
            raise _ExhaustedError
        student = StudentSubject(self._session, seconds=min(self._check.seconds, max(left, 0.1)), public=True)
        generator = SmallNumbers(trial.attempt, jittered=jittered, extents=trial.extents)
        error = self._tests.run_smaller(space.item, trial.parameters, generator, student, self._timely_reference)
        if isinstance(error, _ExhaustedError):
            raise error
        if isinstance(error, StudentFailure) and error.failure.status not in {Status.RAISED, Status.FAILED}:
            raise _ExhaustedError
        return error, student.calls

    def _shown_by(self, space: Space, trial: Trial) -> FoundExample | None:
        """Ask the submission for a smaller case; return what it shows, None where it is right or fails otherwise."""
        identity = tuple(call.identity for call in trial.calls)
        if identity in self._tried:
            return None
        self._tried.add(identity)
        error, calls = self._run(space, trial)
        if error is None or not is_alike(error, self._failed[space.item]):
            return None
        for call in reversed(calls):
            asked = next((one for one in trial.calls if one.identity == call.identity), None)
            if asked is None:
                continue
            failure = call.observation.failure
            found = () if failure is not None else differences(call.observation.value, asked.expected)
            if isinstance(error, Mismatch):
                names = {one.name for one in error.differences}
                found = tuple(one for one in found if one.name in names) or found
            if (found or failure is not None) and not self._hidden.has_expected(
                one.expected for one in found if one.expected is not None
            ):
                told = error.failure if isinstance(error, StudentFailure) else None
                return FoundExample(
                    driver=asked.driver, inputs=asked.inputs, expected=asked.expected, differences=found, failure=told,
                    numbers=count_numbers(asked.inputs),
                )  # fmt: skip
        return None

    def _is_wrong_nearby(self, space: Space, trial: Trial) -> bool:
        """Return whether the submission fails with numbers close to these as well, where no two sums are equal."""
        error, _ = self._run(space, trial, jittered=True)
        return error is not None and is_alike(error, self._failed[space.item])

    def _confirmed(self, shown: Shown) -> FoundExample | None:
        """Try an example anew in a worker that was asked nothing before, and what decides it in another.

        A submission may count its calls, or tell the search from a check: what it does then is not what a student sees.
        """
        space, found, less = shown.space, shown.found, None
        self._limit = MATTERS_SHARE * self._seconds
        with suppress(_ExhaustedError):
            less = self._contrast(shown)
        self._limit = self._seconds
        self._session.close()
        error, _ = self._run(space, shown.trial)
        if error is None or not is_alike(error, self._failed[space.item]):
            return None
        if less is None:
            return found
        self._session.close()
        trial, there, here = less
        with suppress(_ExhaustedError):
            if self._run(space, trial)[0] is None:
                return replace(found, matters=f"right {there}, wrong {here}")
        return found

    def _contrast(self, shown: Shown) -> tuple[Trial, str, str] | None:
        """Return a case that is right and less in one number, and what that number is there and here."""
        space = shown.space
        for less, there, here in space.smaller.simpler(shown.point):
            trials = [trial for trial in self._trials(space, less, ATTEMPTS + MORE_ATTEMPTS) if trial.is_right]
            if trials and all(self._run(space, trial)[0] is None for trial in trials):
                return trials[0], there, here
        return None
