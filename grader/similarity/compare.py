"""Find what two submissions have in common, by fingerprints of their tokens (winnowing, as copydetect does it).

Names, comments, strings' contents and spaces make no difference. What the course handed out is nobody's, and so is what
many of the class have: a common way to write a loop is no copy. Pure.

Source: Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from statistics import median
from typing import Final

import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import filter_code, get_token_coverage, winnow

TOKENS: Final = 25
"""So many characters of tokens in a row are the least that is noticed: about three short lines."""

WINDOW: Final = 6
COMMON_SHARE: Final = 0.1
FEW: Final = 8
"""What so many have, and a tenth of the class, is common: fewer may have it from one another."""


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


@dataclass(frozen=True, slots=True)
class Likeness:
    """A class compared: the most similar pairs, and what is usual among all pairs that were compared."""

    submissions: int
    pairs: tuple[Pair, ...]
    compared: int
    usual: float


class _Fingerprint(CodeFingerprint):  # type: ignore[misc]  # copydetect has no types
    """Fingerprints that are the same in every process: copydetect's own rest on Python's hash of a text."""

    def __init__(self, who: str, files: Mapping[str, str]) -> None:
        self.who = who
        self.files = {path: text for path, text in sorted(files.items()) if path.endswith(".py")}
        code = _joined(self.files)
        self.filename, self.raw_code, self.k = "all.py", code, TOKENS
        self.filtered_code, self.offsets = filter_code(code, self.filename, "python")
        data = self.filtered_code.encode("utf-8", "backslashreplace")
        grams = [zlib.crc32(data[start : start + TOKENS]) for start in range(len(data) - TOKENS + 1)]
        chosen, places = winnow(np.array(grams), WINDOW, remove_duplicates=False) if grams else ((), ())
        self.hash_idx: dict[int, list[int]] = {}
        for number, place in zip(chosen, places, strict=True):
            self.hash_idx.setdefault(int(number), []).append(int(place))
        self.leave_out(set())

    def leave_out(self, numbers: set[int]) -> None:
        """Forget fingerprints that tell nothing."""
        self.hash_idx = {number: places for number, places in self.hash_idx.items() if number not in numbers}
        self.hashes = set(self.hash_idx)
        self.token_coverage = get_token_coverage(self.hash_idx, self.k, len(self.filtered_code) + self.k)


def compare(
    submissions: Mapping[str, Mapping[str, str]],
    handed_out: Iterable[Mapping[str, str]],
    *,
    least: float,
    most_pairs: int,
) -> Likeness:
    """Compare every submission, by student and path, with every other.

    `handed_out` is what the course gave to everybody, stubs among it; `least` the share from which a pair is listed.
    """
    prints = [_Fingerprint(who, files) for who, files in submissions.items()]
    everybodys = {number for tree in handed_out for number in _Fingerprint("", tree).hashes}
    everybodys |= _common([one.hashes for one in prints])
    for one in prints:
        one.leave_out(everybodys)
    sizes = [max(1, len(one.hashes)) for one in prints]
    shares = {(a, b): count / min(sizes[a], sizes[b]) for (a, b), count in _shared(prints).items()}
    compared = len(prints) * (len(prints) - 1) // 2
    usual = median([*shares.values(), *[0.0] * (compared - len(shares))]) if compared else 0.0
    likely = sorted(shares, key=shares.__getitem__, reverse=True)
    pairs = [_pair(prints[a], prints[b]) for a, b in likely[: 4 * most_pairs]]
    listed = sorted((pair for pair in pairs if pair.share >= least), key=lambda pair: pair.share, reverse=True)
    return Likeness(len(prints), tuple(listed[:most_pairs]), compared, usual)


def _joined(code: Mapping[str, str]) -> str:
    return "".join(f"{text}\n" for text in code.values())


def _common(all_hashes: Sequence[set[int]]) -> set[int]:
    """Find what many of the class have."""
    counts = Counter(number for hashes in all_hashes for number in hashes)
    return {number for number, count in counts.items() if count >= max(FEW, len(all_hashes) * COMMON_SHARE)}


def _shared(prints: Sequence[_Fingerprint]) -> Counter[tuple[int, int]]:
    """Count the fingerprints that two have in common, looking only where there is one."""
    owners: defaultdict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(prints):
        for number in one.hashes:
            owners[number].append(place)
    return Counter(pair for places in owners.values() for pair in combinations(places, 2))


def _pair(left: _Fingerprint, right: _Fingerprint) -> Pair:
    if left.files == right.files:
        return Pair(_whole(left), _whole(right), are_equal=True)
    _, shares, slices = compare_files(left, right)
    return Pair(_side(left, shares[0], slices[0]), _side(right, shares[1], slices[1]))


def _whole(one: _Fingerprint) -> Side:
    return Side(one.who, 1.0, {path: _lines(text, range(text.count("\n") + 1)) for path, text in one.files.items()})


def _side(one: _Fingerprint, share: float, slices: Sequence[Sequence[int]]) -> Side:
    text = _joined(one.files)
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    shared: set[int] = set()
    for first, last in zip(*slices, strict=True) if len(slices) else ():
        ends = max(int(first), int(last) - 1)
        shared |= set(range(bisect_right(starts, int(first)) - 1, bisect_right(starts, ends)))
    files, begin = {}, 0
    for path, source in one.files.items():
        length = len(f"{source}\n".splitlines())
        files[path] = _lines(source, {number - begin for number in shared})
        begin += length
    return Side(one.who, min(1.0, float(share)), files)


def _lines(text: str, shared: Iterable[int]) -> tuple[Line, ...]:
    marked = set(shared)
    rows = text.splitlines()
    return tuple(Line(number, row, number - 1 in marked and bool(row.strip())) for number, row in enumerate(rows, 1))
