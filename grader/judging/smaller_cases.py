"""The smaller cases of a hidden test: every number in its parameters, from the least that it may be up to its own."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any, Final, Protocol

import pytest

from grader.authoring.examples import example_rule
from grader.wording.text import counted

Point = tuple[int, ...]
Place = tuple[str | int, ...]
"""The keys, fields and indices that lead from the parameters to a number; a list's own place stands for its length."""
Parameters = Mapping[str, Any]
MOST_LISTED: Final = 200  # smaller cases that an author lists of one case
SMALL: Final = 4  # values from the least up, of numbers that have to fit each other: groups and what they divide
START_AT: Final = (2, 3)
MOST_NUMBERS: Final = 12  # in the parameters of a case, beyond which those that are equal are one number


class Kind(StrEnum):
    """What a number in the parameters of a case is."""

    OPTION = "option"
    EXTENT = "extent"  # of a shape
    LENGTH = "length"  # of a list
    DEFAULT = "default"  # none: whether a field has its default, 0, or what it has in the case, 1
    DRAWN = "drawn"  # an extent that the test itself asks its generator for


class SmallerCases(Protocol):
    """Cases to try: some to begin with, and those that come after each."""

    def first(self) -> Iterator[Point]:
        """List the cases to begin with."""

    def after(self, point: Point) -> Iterator[Point]:
        """List what comes after a case that shows nothing."""

    def starts(self) -> Iterator[Point]:
        """List cases to go down from, the smallest first; the last is the one that failed."""

    def lowered(self, point: Point) -> Iterator[Iterable[Point]]:
        """List for each number of a case those in which it is less, the smallest first."""

    def form(self) -> object:
        """Return what is equal for cases of one test that have the same smaller ones."""

    def parameters(self, point: Point) -> Parameters:
        """Return the parameters of a case; who made them may raise."""

    def extents(self, point: Point) -> Mapping[int, int]:
        """Return what stands in for extents that the test asks its generator for."""

    def simpler(self, point: Point) -> Iterator[tuple[Point, str, str]]:
        """List cases that are smaller in one number alone, with what it is there, `at stride 1`, and here."""


def smaller_cases_of(
    item: pytest.Function, siblings: Sequence[pytest.Function], drawn: Iterable[int] = ()
) -> SmallerCases | None:
    """Return the smaller cases of a test; None where its author wants no example.

    Args:
        item: The case that failed.
        siblings: All cases of the test.
        drawn: Extents that it asks its generator for whatever its parameters are, and tells the student by no number
            of their own.
    """
    given = parameters_of(item)
    rule = example_rule(item.function)
    if rule.reason:
        return None
    if rule.smaller is not None:
        return Listed([{**given, **one} for one in islice(rule.smaller(**given), MOST_LISTED)])
    listed = [name for name, value in given.items() if callable(getattr(value, "smaller", None))]
    if listed:
        name = listed[0]
        return Listed([{**given, name: one} for one in islice(given[name].smaller(), MOST_LISTED)])
    return Shrinking.of(given, [parameters_of(other) for other in siblings], drawn)


def parameters_of(item: pytest.Function) -> dict[str, Any]:
    """Return the parameters of a case by name: those that it was parametrised with, and arguments with a default."""
    given = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    defaults = {
        name: one.default
        for name, one in inspect.signature(item.function).parameters.items()
        if one.default is not one.empty
    }
    return defaults | given


@dataclass(frozen=True, slots=True)
class Listed:
    """The cases that an author lists, one after the other."""

    cases: Sequence[Parameters]

    def first(self) -> Iterator[Point]:
        """Begin with the first."""
        yield from [(0,)] if self.cases else []

    def after(self, point: Point) -> Iterator[Point]:
        """Go on with the next one."""
        if point[0] + 1 < len(self.cases):
            yield (point[0] + 1,)

    def starts(self) -> Iterator[Point]:
        """List none: all of them are tried, from the first."""
        yield from ()

    def lowered(self, point: Point) -> Iterator[Iterable[Point]]:
        """List none, likewise."""
        del point
        yield from ()

    def form(self) -> object:
        """Return nothing but itself where an author lists cases that cannot be compared."""
        return repr(self.cases)

    def parameters(self, point: Point) -> Parameters:
        """Return those of the case."""
        return self.cases[point[0]]

    def extents(self, point: Point) -> Mapping[int, int]:
        """Leave all as they are: sizes are in the parameters that an author lists."""
        del point
        return {}

    def simpler(self, point: Point) -> Iterator[tuple[Point, str, str]]:
        """Compare with none: what differs between two that an author lists is not known to be one number."""
        del point
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number in the parameters that can be smaller, at all the places at which it stands."""

    places: tuple[Place, ...]
    least: int
    most: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Shrinking:
    """The cases between the smallest and the one that failed; a point holds a value for each of the numbers."""

    given: Parameters
    numbers: Sequence[Number]

    @classmethod
    def of(cls, given: Parameters, siblings: Iterable[Parameters] = (), drawn: Iterable[int] = ()) -> Shrinking:
        """Find the numbers in the parameters of a case that failed.

        An option may become 0 where it is 0 in another case, or by the default of its field. Extents that are drawn
        are among the numbers, but those that a parameter has as well.
        """
        zeros = _zero_by_default(given) | {way for other in siblings for way, value, _ in _numbers(other) if not value}
        found = [
            Number(places=(way,), least=int(kind is not Kind.OPTION or way not in zeros), most=value, kind=kind)
            for way, value, kind in _numbers(given)
        ]
        if len(found) > MOST_NUMBERS or _is_nested(given):
            found = _linked(found)
        own = {number.most for number in found if number.kind is not Kind.LENGTH}
        fixed = [extent for extent in sorted(drawn) if extent not in own]
        found += [Number(places=((extent,),), least=1, most=extent, kind=Kind.DRAWN) for extent in fixed]
        found += [Number(places=(way,), least=0, most=1, kind=Kind.DEFAULT) for way in _not_default(given)]
        return cls(given, [number for number in found if number.most > number.least])

    def first(self) -> Iterator[Point]:
        """Begin with the least of everything, and with that where options are as they were."""
        least = tuple(number.least for number in self.numbers)
        options = [place for place, number in enumerate(self.numbers) if number.kind is Kind.OPTION]
        kept = [self._with(least, {place: self.numbers[place].most}) for place in options]
        every = self._with(least, {place: self.numbers[place].most for place in options})
        yield from dict.fromkeys((least, *kept, every))

    def after(self, point: Point) -> Iterator[Point]:
        """Make one number larger by 1."""
        for place, number in enumerate(self.numbers):
            if point[place] < number.most:
                yield self._with(point, {place: point[place] + 1})

    def starts(self) -> Iterator[Point]:
        """Begin with 2 for each number that may be 2, then with 3: what goes wrong mostly does so there."""
        points = [tuple(max(one.least, min(one.most, bound)) for one in self.numbers) for bound in START_AT]
        yield from dict.fromkeys((*points, tuple(number.most for number in self.numbers)))

    def lowered(self, point: Point) -> Iterator[Iterable[Point]]:
        """Make each number less, from the least up; extents last, since options bound them."""
        kinds = [Kind.LENGTH, Kind.DEFAULT, Kind.OPTION, Kind.DRAWN, Kind.EXTENT]
        for place, number in sorted(enumerate(self.numbers), key=lambda one: kinds.index(one[1].kind)):
            small = range(number.least, min(number.least + SMALL, point[place]))
            values = dict.fromkeys((*small, *([point[place] - 1] if point[place] > number.least else [])))
            yield [self._with(point, {place: value}) for value in values]

    def form(self) -> object:
        """Return all but the numbers, and but a text that is the name of the case."""
        named = {str(value) for value in self.given.values()}
        return [(number.places, number.kind, number.least) for number in self.numbers].__repr__() + repr(
            [way for way in _texts(self.given) if way[-1] not in named]
        )

    def parameters(self, point: Point) -> Parameters:
        """Put the numbers of a point in the place of those of the case."""
        held = {
            (*way, Kind.DEFAULT) if number.kind is Kind.DEFAULT else way: value
            for number, value in zip(self.numbers, point, strict=True)
            for way in number.places
        }
        return {name: _rebuilt(value, (name,), held) for name, value in self.given.items()}

    def extents(self, point: Point) -> Mapping[int, int]:
        """Return the drawn ones of a point."""
        both = zip(self.numbers, point, strict=True)
        return {number.most: value for number, value in both if number.kind is Kind.DRAWN}

    def simpler(self, point: Point) -> Iterator[tuple[Point, str, str]]:
        """Make one number smaller by 1, options first."""
        kinds = [*Kind]
        for place, number in sorted(enumerate(self.numbers), key=lambda one: kinds.index(one[1].kind)):
            if point[place] > number.least and number.kind is not Kind.DRAWN:
                less = self._with(point, {place: point[place] - 1})
                yield less, self._said(less, place), self._said(point, place)

    def _with(self, point: Point, changes: Mapping[int, int]) -> Point:
        return tuple(changes.get(place, value) for place, value in enumerate(point))

    def _said(self, point: Point, place: int) -> str:
        number = self.numbers[place]
        way = number.places[0] if number.kind is not Kind.EXTENT else number.places[0][:-1]
        name = next(step for step in reversed(way) if isinstance(step, str)).replace("_", " ")
        if number.kind is Kind.LENGTH:
            return f"with {counted(point[place], 'item')} in {name}"
        return f"at {name} {_at(self.parameters(point), way)}"


def _numbers(value: Any, way: Place = (), kind: Kind = Kind.OPTION) -> Iterator[tuple[Place, int, Kind]]:  # noqa: ANN401  # any parameter
    """List the whole numbers in parameters, with the way to each and what it is."""
    if type(value) is int:
        yield way, value, kind
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from _numbers(held, (*way, str(key)))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.init:
                yield from _numbers(getattr(value, field.name), (*way, field.name))
    elif type(value) in {tuple, list}:
        is_shape = all(type(held) is int for held in value)
        if not is_shape and len(value) > 1:
            yield way, len(value), Kind.LENGTH
        for place, held in enumerate(value):
            yield from _numbers(held, (*way, place), Kind.EXTENT if is_shape else Kind.OPTION)


def _texts(value: Any, way: Place = ()) -> Iterator[Place]:  # noqa: ANN401  # any parameter
    """List the texts in parameters, each at the end of the way to it."""
    if isinstance(value, str):
        yield (*way, value)
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from _texts(held, (*way, str(key)))
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _texts(getattr(value, field.name), (*way, field.name))
    elif type(value) in {tuple, list}:
        for place, held in enumerate(value):
            yield from _texts(held, (*way, place))


def _zero_by_default(given: Parameters) -> set[Place]:
    return {
        (name, field.name)
        for name, value in given.items()
        if is_dataclass(value) and not isinstance(value, type)
        for field in fields(value)
        if field.default is not MISSING and type(field.default) is int and field.default == 0
    }


def _not_default(given: Parameters) -> list[Place]:
    """List fields of cases that have a default which is no whole number, and hold something else."""
    return [
        (name, field.name)
        for name, value in given.items()
        if is_dataclass(value) and not isinstance(value, type)
        for field in fields(value)
        if field.init and field.default is not MISSING and type(field.default) is not int
        and getattr(value, field.name) != field.default
    ]  # fmt: skip


def _is_nested(given: Parameters) -> bool:
    """Return whether a parameter holds several shapes, which have to fit each other; one left out by default does."""
    others = _not_default(given)
    for name, value in given.items():
        extents = [way for way, _, kind in _numbers(value, (name,)) if kind is Kind.EXTENT]
        if len({way[:-1] for way in extents if way[:2] not in others}) > 1:
            return True
    return False


def _linked(numbers: Sequence[Number]) -> list[Number]:
    """Make one of those numbers that are equal, but of lengths of lists."""
    by_value: dict[tuple[int, bool], list[Number]] = {}
    for number in numbers:
        if number.most > 1:
            by_value.setdefault((number.most, number.kind is Kind.LENGTH), []).append(number)
    return [number for number in numbers if number.most <= 1] + [
        Number(
            places=tuple(way for one in alike for way in one.places),
            least=max(one.least for one in alike),
            most=alike[0].most,
            kind=alike[0].kind,
        )
        for alike in by_value.values()
    ]


def _at(value: Any, way: Place) -> Any:  # noqa: ANN401  # any parameter
    for step in way:
        value = getattr(value, str(step)) if is_dataclass(value) else value[step]
    return value


def _rebuilt(value: Any, way: Place, held: Mapping[Place, int]) -> Any:  # noqa: ANN401  # any parameter
    if type(value) is int:
        return held.get(way, value)
    if isinstance(value, Mapping):
        return {key: _rebuilt(one, (*way, str(key)), held) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: _rebuilt(getattr(value, field.name), (*way, field.name), held)
            for field in fields(value)
            if field.init and held.get((*way, field.name, Kind.DEFAULT), 1)
        }
        dropped = [field for field in fields(value) if not held.get((*way, field.name, Kind.DEFAULT), 1)]
        changed |= {field.name: field.default for field in dropped}
        return replace(value, **changed)
    if type(value) in {tuple, list}:
        items = [_rebuilt(one, (*way, place), held) for place, one in enumerate(value)]
        return type(value)(items[: held.get(way, len(items))])
    return value
