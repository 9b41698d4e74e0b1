"""Record what the reference answers to smaller cases: a hand-out, which has no reference, shows examples by that."""

from __future__ import annotations

from grader.judging.ascent import FIRST_POINTS, Ascent, Space, has_smaller_cases, space_of
from grader.judging.collection import HiddenTests
from grader.judging.hidden_arrays import count_numbers
from grader.judging.small_numbers import ATTEMPTS, SmallNumbers
from grader.judging.smaller_cases import Point
from grader.model.observation import Value
from grader.subjects.student import Driver, Subject


class _Noted:
    """The reference in the place of a submission, with the inputs that it was given."""

    def __init__(self, reference: Subject) -> None:
        self._reference = reference
        self.inputs: list[dict[str, Value]] = []

    def __call__(self, driver: Driver, *positional: object, **inputs: Value) -> Value:
        self.inputs.append(inputs)
        return self._reference(driver, *positional, **inputs)


def record_smaller_cases(tests: HiddenTests, check: str, reference: Subject, seed: int) -> None:
    """Ask the reference for those smaller cases of a check that are tried first, as the search for an example does."""
    items = tests.cases[check]
    for item in items:
        if not has_smaller_cases(tests, item):
            continue
        noted = _Noted(reference)
        tests.run(item, noted, reference, seed)
        space = space_of(tests, item, items, noted.inputs, reference)
        if space is not None:
            _record(tests, space, reference)


def _record(tests: HiddenTests, space: Space, reference: Subject) -> None:
    ascent = Ascent([space])
    for _, point in ascent.points(FIRST_POINTS):
        numbers = _answered(tests, space, point, reference)
        if ascent.has_smaller_than(numbers):
            ascent.put_back(space, point, numbers)
        else:
            ascent.go_on(space, point, numbers)


def _answered(tests: HiddenTests, space: Space, point: Point, reference: Subject) -> int:
    """Have the reference answer each way to fill a smaller case; return how many numbers the first has."""
    counts: list[int] = []
    for attempt in range(ATTEMPTS):
        for jittered in (False, True):
            generator = SmallNumbers(attempt, jittered=jittered, extents=space.smaller.extents(point))
            noted = _Noted(reference)
            _run(tests, space, point, generator, noted, reference)
            counts.append(max([generator.numbers, *map(count_numbers, noted.inputs)]))
    return counts[0]


def _run(
    tests: HiddenTests, space: Space, point: Point, generator: SmallNumbers, noted: Subject, reference: Subject
) -> None:
    try:
        parameters = space.smaller.parameters(point)
    except Exception:  # noqa: BLE001  # a class of the course refuses such numbers: nothing is asked
        return
    tests.run_smaller(space.item, parameters, generator, noted, reference)
