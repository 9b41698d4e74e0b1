"""What a rubric says of a measure, and where a measured value stands in the class. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from grader.model.affects import Affects


class Better(StrEnum):
    """Which of two values is the better one."""

    HIGHER = "higher"
    LOWER = "lower"


class Ties(StrEnum):
    """What equal values get for the places that they take together."""

    BEST = "best"
    """Each gets what the best of these places gives."""

    MEAN = "mean"
    """Each gets the mean of what these places give."""


class Among(StrEnum):
    """Whose measures are ranked."""

    PASSED = "passed"
    """Of those who passed the check."""

    MEASURED = "measured"
    """Of all for whom there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Points for a value that is at least as good as `at`."""

    at: Annotated[Fraction, Affects.SCORE]
    points: Annotated[Fraction, Affects.SCORE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points in proportion: none at `none_at` and worse, all at `all_at` and better."""

    none_at: Annotated[Fraction, Affects.SCORE]
    all_at: Annotated[Fraction, Affects.SCORE]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRule:
    """What a place in the class gives besides the check's own points.

    Either `places` are the points of the first, the second and so on, and later ones get none; or the first gets
    `points`, the last `last`, and the others what lies between by their place, in multiples of `step` where there is
    one. A `bonus` lies beyond the highest score; otherwise the highest score grows by what the first place gives.
    """

    points: Annotated[Fraction, Affects.FINAL_GRADE] = Fraction(0)
    places: Annotated[tuple[Fraction, ...], Affects.FINAL_GRADE] = ()
    last: Annotated[Fraction, Affects.FINAL_GRADE] = Fraction(0)
    step: Annotated[Fraction, Affects.FINAL_GRADE] = Fraction(0)
    bonus: Annotated[bool, Affects.FINAL_GRADE] = False
    ties: Annotated[Ties, Affects.FINAL_GRADE] = Ties.BEST
    among: Annotated[Among, Affects.FINAL_GRADE] = Among.PASSED

    @property
    def most(self) -> Fraction:
        """Return what the first place gives."""
        return self.places[0] if self.places else self.points


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRule:
    """What a check measures, and how its points follow from the value.

    Values are compared as they are shown, rounded to `decimals`. Without `thresholds` and without a `line` whoever
    passes gets the check's points, whatever the value.
    """

    name: Annotated[str, Affects.SCORE]
    unit: Annotated[str, Affects.SCORE] = ""
    better: Annotated[Better, Affects.SCORE] = Better.HIGHER
    decimals: Annotated[int, Affects.SCORE] = 4
    thresholds: tuple[Threshold, ...] = ()
    line: Line | None = None
    rank: RankRule | None = None

    def shown(self, value: float) -> Fraction:
        """Return a value as it is shown and compared."""
        return rounded(value, self.decimals)

    def is_as_good(self, value: Fraction, other: Fraction) -> bool:
        """Return whether a value is at least as good as another."""
        return value >= other if self.better is Better.HIGHER else value <= other


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a value stands: its place among `of`, which `tied` values share, itself included."""

    value: Fraction
    place: int
    of: int
    tied: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A place in the class and what it gives."""

    place: int
    of: int
    tied: int
    points: Fraction
    max_points: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What a check measured.

    `says` is the sentence about the value, `standing` that about the place in the class, empty where nothing is to be
    said of one; `rank` is None where there is none.
    """

    name: str
    value: float
    unit: str = ""
    better: Better = Better.HIGHER
    decimals: int = 4
    says: str = ""
    standing: str = ""
    rank: Rank | None = None

    @property
    def shown(self) -> Fraction:
        """Return the value as it is shown and compared."""
        return rounded(self.value, self.decimals)


def rounded(value: float, decimals: int) -> Fraction:
    """Round a value to so many decimals, exactly."""
    return Fraction(f"{value:.{decimals}f}")
