"""The grades of a class put into a worksheet that another system gave out, to be taken back there. Pure.

Its own columns come back as they were.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from grader.errors import WorksheetError
from grader.exports.delimited import rows_of
from grader.exports.grades import Grade, Grades, table
from grader.wording.text import one_line

_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Filled:
    """A worksheet with grades in it. `absent` are students with a score whom it does not know, `empty` rows without.

    `refused` are rows that nobody can say whose they are, `left` those that the system does not let change, each with
    the reason; `remarks` are sentences about the rest.
    """

    text: str
    filled: int
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose row is whose: by the one column of identifiers that the class is known by, names where it tells nothing.

    What stands in another column is never taken for an identifier: one student's number there may be another's here.
    `known` are the students whom the column names in some row: no other row is theirs, whatever name is in it.
    """

    column: int | None = None
    name: int | None
    by_id: Mapping[str, tuple[Grade, ...]] = field(default_factory=dict)
    by_name: Mapping[str, tuple[Grade, ...]]
    known: frozenset[str] = frozenset()

    def of(self, row: Sequence[str]) -> Grade | str | None:
        """Return whose a row is, None where it is nobody's, and where nobody can tell the reason."""
        by_id = () if self.column is None else self.by_id.get(_folded(row[self.column]), ())
        by_name = () if self.name is None else self.by_name.get(_name_key(row[self.name]), ())
        if len(by_id) > 1:
            return f"its identifier is that of {_named(by_id)}"
        if by_id and by_name and by_id[0] not in by_name:
            return f"its identifier is that of {_named(by_id)}, its name that of {_named(by_name)}"
        if by_id:
            return by_id[0]
        others = [grade for grade in by_name if grade.identifier not in self.known]
        if len(others) > 1:
            return f"its name is that of {_named(others)}"
        return others[0] if others and len(by_name) == 1 else None


def fill(
    grades: Grades,
    worksheet: tuple[list[list[str]], str],
    is_student: Callable[[Sequence[str]], bool],
    ids: Sequence[int],
    name: int | None,
    put: Callable[[list[str], Grade], str],
    remarks: Sequence[str] = (),
) -> Filled:
    """Put the score of each student into the row of a worksheet that is theirs.

    `ids` are the columns to find students by, the surer first; one of them is chosen for the whole file, by
    which most students are found. `put` writes a grade, one without a score too, and gives why it may not be written,
    where that is so. `name` is that of the names, by which the others are found. Every row is made
    to reach to the last column.
    """
    (header, *rows), delimiter = worksheet
    for row in rows:
        pad(row, len(header) - 1)
    theirs = [row for row in rows if is_student(row)]
    owners = _owners(grades.rows, theirs, ids, name)
    shown = name if name is not None else 0
    seen: set[str] = set()
    filled = 0
    empty, refused, left = [], [], []
    whose = [(row, owners.of(row)) for row in theirs]
    claimed = Counter(owner.identifier for _, owner in whose if isinstance(owner, Grade))
    for row, owner in whose:
        if isinstance(owner, str):
            refused.append(f"{one_line(row[shown])} ({owner})")
        elif owner is not None and claimed[owner.identifier] > 1:
            refused.append(f"{one_line(row[shown])} (another row is of {one_line(owner.identifier)} too)")
        elif owner is not None and (why := put(row, owner)):
            left.append(f"{one_line(row[shown])} ({why})")
            seen.add(owner.identifier)
        elif owner is None or owner.score is None:
            empty.append(one_line(row[shown]))
        else:
            filled += 1
            seen.add(owner.identifier)
    absent = [one_line(row.identifier) for row in grades.rows if row.score is not None and row.identifier not in seen]
    return Filled(
        table(header, rows, delimiter), filled, tuple(absent), tuple(empty), tuple(refused), tuple(left), tuple(remarks)
    )


def _owners(grades: Sequence[Grade], rows: Sequence[Sequence[str]], columns: Sequence[int], name: int | None) -> Owners:
    """Choose the column, and what of the students it holds, by which most rows are somebody's."""
    by_name = _index(grades, [_name_key(grade.name) for grade in grades])
    best = Owners(name=name, by_name=by_name)
    kinds = [[_folded(grade.identifier) for grade in grades], [_folded(grade.email) for grade in grades]]
    for column in columns:
        for keys in kinds:
            by_id = _index(grades, keys)
            known = {grade.identifier for row in rows for grade in by_id.get(_folded(row[column]), ())}
            if len(known) > len(best.known):
                best = Owners(column=column, name=name, by_id=by_id, by_name=by_name, known=frozenset(known))
    return best


def _index(grades: Sequence[Grade], keys: Sequence[str]) -> Mapping[str, tuple[Grade, ...]]:
    found: dict[str, tuple[Grade, ...]] = {}
    for key, grade in zip(keys, grades, strict=True):
        if key:
            found[key] = (*found.get(key, ()), grade)
    return found


def _named(grades: Sequence[Grade]) -> str:
    return " and ".join(one_line(grade.identifier) for grade in grades)


def _name_key(name: str) -> str:
    return " ".join(sorted(_folded(name.replace(",", " ")).split()))


def _folded(text: str) -> str:
    return text.strip().casefold()


def read(text: str) -> tuple[list[list[str]], str]:
    """Read a worksheet, and what parts its columns.

    Raises:
        WorksheetError: it is none.
    """
    rows, delimiter = rows_of(text)
    while rows and not any(map(str.strip, rows[0])):  # spreadsheets leave empty lines at the top
        del rows[0]
    if not rows or not rows[0]:
        raise WorksheetError("is empty, expected the file that was exported for grading")
    return rows, delimiter


def pad(row: list[str], last: int) -> None:
    """Make a row at least so long."""
    row += [""] * (last + 1 - len(row))


def listed(titles: Sequence[str]) -> str:
    """Name columns in a sentence."""
    return ", ".join(one_line(title) for title in titles[:12])


def number_of(text: str) -> Fraction | None:
    """Read points as a worksheet writes them, with a point or a comma; None where it says none."""
    plain = text.strip().replace(",", ".")
    return Fraction(plain) if _NUMBER.fullmatch(plain) else None
