"""Find what two submissions have in common, by the fingerprints of their code.

What the course handed out is nobody's. What many of the class have is not left out, since one copy may have gone round:
those who share code are one group, and whoever took halves of two such groups stands in both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from grader.errors import CallLimitError
from grader.sandbox.host.limited_call import MIB, CallLimits
from grader.sandbox.host.limited_process import LimitedProcess
from grader.similarity.fingerprints import Fingerprints, fingerprints, lines_of
from grader.similarity.groups import grouped

LEAST_PART: Final = 0.1
"""What two have in common tells nothing below this part of what a submission of the class usually holds."""

CROWD: Final = 40
"""Fingerprints that so many have are counted by a product of matrices, the others pair by pair."""

COLUMNS: Final = 2048  # of one such product

MAX_CODE_BYTES: Final = MIB  # of one submission; what students write is a hundredth of it
COMPARING: Final = CallLimits(cpu_seconds=20, seconds=180.0, max_bytes=1024 * MIB)  # of one submission


Shares = npt.NDArray[np.floating]
"""Of each two the share of the first one's code that is in the second's."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a submission, and whether it is in what the two have in common."""

    number: int
    text: str
    is_shared: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of two submissions: the share of its own code that is in the other too, and its files with lines marked."""

    who: str
    share: float
    files: Mapping[str, tuple[Line, ...]]

    @property
    def shared_lines(self) -> int:
        """Count the lines that are marked."""
        return sum(line.is_shared for lines in self.files.values() for line in lines)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two submissions that have code in common. `are_equal`: they hold the same files."""

    left: Side
    right: Side
    are_equal: bool = False

    @property
    def share(self) -> float:
        """Return the larger of both shares: copied code stays copied beside other code."""
        return max(self.left.share, self.right.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Submissions that share code, each with another of them at least.

    `like` has for each of `members` the one that is most like it, and their share; `linked` counts the pairs of members
    that have enough in common to be listed, `closest` is the one shown side by side.
    """

    members: tuple[str, ...]
    like: Mapping[str, tuple[str, float]]
    linked: int
    are_equal: bool
    closest: Pair

    @property
    def possible(self) -> int:
        """Count the pairs of members."""
        return len(self.members) * (len(self.members) - 1) // 2


@dataclass(frozen=True, slots=True)
class Likeness:
    """A class compared: the groups with the most in common, and what is usual among all pairs that were compared.

    `more` counts the groups that are left out. `not_compared` says of submissions, by student, why they were not.
    """

    submissions: int
    groups: tuple[Group, ...]
    compared: int
    usual: float
    more: int = 0
    not_compared: Mapping[str, str] = field(default_factory=dict)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """List the two with the most in common of each group."""
        return tuple(group.closest for group in self.groups)


def _limited_fingerprints(who: str, files: Mapping[str, str]) -> Fingerprints:
    """Take fingerprints of a submission.

    Raises:
        CallLimitError: it holds too much code, or fingerprints of it take too much.
    """
    size = sum(len(text) for path, text in files.items() if path.endswith(".py"))
    if size > MAX_CODE_BYTES:
        raise CallLimitError(f"holds {size // MIB + 1} MiB of code, expected at most {MAX_CODE_BYTES // MIB}")
    return fingerprints(who, files)


def compare(
    submissions: Mapping[str, Mapping[str, str]],
    handed_out: Iterable[Mapping[str, str]],
    *,
    least: float,
    most_groups: int,
    earlier: Mapping[str, Mapping[str, str]] | None = None,
) -> Likeness:
    """Compare every submission, by student and path, with every other.

    `handed_out` is what the course gave to everybody, stubs among it; `least` the share from which two are linked.
    `earlier` are those of other classes, by a name that no student has: they are compared with the class alone.
    """
    not_compared: dict[str, str] = {}
    prints = []
    everyone = {**submissions, **(earlier or {})}

    def taken(who: str) -> Fingerprints:
        return _limited_fingerprints(who, everyone[who])

    with LimitedProcess(taken, COMPARING) as process:
        for who in everyone:
            try:
                prints.append(process.call(who))
            except CallLimitError as error:
                not_compared[who] = str(error)
    everybodys = {number for tree in handed_out for number in fingerprints("", tree).shapes}
    for one in prints:
        one.leave_out(everybodys)
    sizes = np.array([max(1, len(one.shapes)) for one in prints], dtype=np.int64)
    own_class = np.array([one.who in submissions for one in prints], dtype=np.bool_)
    pairs = np.triu(own_class[:, None] | own_class, 1)
    compared = int(pairs.sum())
    if not compared:
        return Likeness(len(submissions), (), 0, 0.0, 0, not_compared)
    common = _common(prints)
    np.fill_diagonal(common, 0)
    usual = float(np.median((common / np.minimum(sizes[:, None], sizes))[pairs]))
    common[common < LEAST_PART * np.median(sizes[own_class])] = 0
    common[~(pairs | pairs.T)] = 0
    own = common / sizes[:, None]
    found = [_group(places, prints, own, least) for places in grouped(_links(own, least))]
    found = sorted(found, key=lambda group: (group.closest.share, len(group.members)), reverse=True)
    more = max(0, len(found) - most_groups)
    return Likeness(len(submissions), tuple(found[:most_groups]), compared, usual, more, not_compared)


def _links(own: Shares, least: float) -> npt.NDArray[np.bool_]:
    """Return who is linked with whom, by the share of each one's own code that is in the other's.

    One that is much smaller is contained in many that share nothing else: it is linked with the one most like it alone.
    """
    larger, smaller = np.maximum(own, own.T), np.minimum(own, own.T)
    links = (larger >= least) & (smaller >= least / 2) & (larger > 0)
    for place in np.flatnonzero(~links.any(axis=1)):
        nearest = int(own[place].argmax())
        if own[place, nearest] >= least and own[place, nearest] > 0:
            links[place, nearest] = links[nearest, place] = True
    return links


def _common(prints: Sequence[Fingerprints]) -> Shares:
    """Count the fingerprints that each two have in common, as a square of whole numbers."""
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(prints):
        for number in one.shapes:
            owners[number].append(place)
    counts = Counter(pair for places in owners.values() if len(places) < CROWD for pair in combinations(places, 2))
    common = np.zeros((len(prints), len(prints)), dtype=np.float32)
    for (left, right), count in counts.items():
        common[left, right] = common[right, left] = count
    crowds = [places for places in owners.values() if len(places) >= CROWD]
    for start in range(0, len(crowds), COLUMNS):
        part = crowds[start : start + COLUMNS]
        has = np.zeros((len(prints), len(part)), dtype=np.float32)
        for column, places in enumerate(part):
            has[places, column] = 1
        common += has @ has.T
    return common


def _group(places: Sequence[int], prints: Sequence[Fingerprints], own: Shares, least: float) -> Group:
    inside = own[np.ix_(places, places)]
    first, second = divmod(int((inside + inside.T).argmax()), len(places))
    members = [prints[place] for place in places]
    like = {
        one.who: (members[int(row.argmax())].who, float(row.max())) for one, row in zip(members, inside, strict=True)
    }
    return Group(
        members=tuple(sorted(like, key=lambda who: -like[who][1])),
        like=like,
        linked=int((np.maximum(inside, inside.T)[np.triu_indices(len(places), 1)] >= least).sum()),
        are_equal=all(one.files == members[0].files for one in members),
        closest=_pair(members[first], members[second]),
    )


def _pair(left: Fingerprints, right: Fingerprints) -> Pair:
    if left.files == right.files:
        return Pair(_whole(left), _whole(right), are_equal=True)
    both = left.shapes.keys() & right.shapes.keys()
    return Pair(_side(left, both), _side(right, both))


def _whole(one: Fingerprints) -> Side:
    return Side(one.who, 1.0, {path: _lines(text, range(1, len(text) + 2)) for path, text in one.files.items()})


def _side(one: Fingerprints, both: AbstractSet[int]) -> Side:
    shared: defaultdict[str, set[int]] = defaultdict(set)
    for number in both:
        for path, first, last in one.shapes[number]:
            shared[path] |= set(range(first, last + 1))
    files = {path: _lines(text, shared[path]) for path, text in one.files.items()}
    return Side(one.who, len(both) / max(1, len(one.shapes)), files)


def _lines(text: str, shared: Iterable[int]) -> tuple[Line, ...]:
    marked = set(shared)
    rows = enumerate(lines_of(text), start=1)
    return tuple(Line(number, row, number in marked and bool(row.strip())) for number, row in rows)
