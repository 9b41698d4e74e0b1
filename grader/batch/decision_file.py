"""Read decisions from a CSV, say what they would change, and keep them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from grader.course.discovery import Course
from grader.errors import UsageError, WorksheetError
from grader.exports.column_names import alnum_key
from grader.exports.delimited import decoded, rows_of
from grader.gradebook.book import Gradebook
from grader.gradebook.manual_decisions import TAKEN_BACK, checked_extension, checked_points
from grader.gradebook.records import ManualDecisions, Student
from grader.intake.identify import Roster, name_keys, normalize, plain_owner, without_zeros
from grader.intake.roster import RosterFile
from grader.model.assignment import Assignment
from grader.wording.text import one_line, points_text

COLUMNS: Final = ("student", "section", "assignment", "check", "points", "extension", "deadline", "excuse", "why", "by")
EXCUSED: Final = "excused"
YES: Final = frozenset({"yes", "y", "x", "1", "true", "ja", "excused", "ex", "entschuldigt"})
NO: Final = frozenset({TAKEN_BACK, "no", "n", "0", "false", "nein"})
MOST_PROBLEMS: Final = 20
MOST_READ: Final = 200  # problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision of a file: `points` of a check or of all where `check` is empty, an extension, or an excuse.

    An extension is as it is kept; it is None, and so is `is_excused`, where the decision is another.
    `before` and `after` say what is in force now and would be. `row` is the file's.
    """

    row: int
    student: Student
    number: int
    assignment: str
    check: str = ""
    points: Fraction | None = None
    extension: str | None = None
    is_excused: bool | None = None
    before: str
    after: str
    who: str
    why: str

    @property
    def about(self) -> str:
        """Return what it decides about."""
        if self.is_excused is not None:
            return "whether it counts"
        return self.check or ("score" if self.extension is None else "deadline")

    @property
    def is_new(self) -> bool:
        """Return whether it changes anything."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDefaults:
    """What holds where a row does not say it: of which assignment, decided by whom, and why."""

    assignment: str = ""
    who: str
    why: str = ""
    anyway: bool = False


@dataclass(slots=True)
class _Class:
    """Whom rows can be about, and what is in force."""

    course: Course
    book: Gradebook
    people: Mapping[str, int]
    known: Roster
    sections: Mapping[str, Sequence[Student]]
    roster: Roster
    _decided: dict[str, Mapping[int, ManualDecisions]] = field(default_factory=dict)
    _assignments: dict[str, Assignment] = field(default_factory=dict)

    def assignment(self, name: str) -> Assignment:
        """Return an assignment of the course; read once."""
        if name not in self._assignments:
            self._assignments[name] = self.course.load(name).assignment
        return self._assignments[name]

    def decided(self, assignment: str) -> Mapping[int, ManualDecisions]:
        """Return what is in force about an assignment, by student; looked up once."""
        if assignment not in self._decided:
            self._decided[assignment] = self.book.decisions.by_hand(assignment)
        return self._decided[assignment]


def read_decision_file(
    path: Path, course: Course, book: Gradebook, roster: RosterFile, defaults: DecisionDefaults
) -> list[Decision]:
    """Read a file of decisions, one or more in a row; of a section's row one for each of its students.

    Raises:
        UsageError: it cannot be read, or rows of it cannot be followed; all of them are told, and none is to be kept.
    """
    try:
        table, _ = rows_of(decoded(path.read_bytes()))
    except WorksheetError as error:
        raise UsageError(f"{path} {error}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    start = next((place for place, row in enumerate(table) if any(map(str.strip, row))), None)
    if start is None:
        raise UsageError(f"{path} is empty, expected a row of column names and a row for each decision")
    header = [alnum_key(cell) for cell in table[start]]
    if unknown := [cell for cell, key in zip(table[start], header, strict=True) if key and key not in COLUMNS]:
        raise UsageError(f"{path} has the column {one_line(unknown[0])}, expected {', '.join(COLUMNS)}")
    people = {student.identifier: number for number, student in book.runs.people().items()}
    place = _Class(course, book, people, _known(book), _sections(roster), roster.roster)
    found: list[Decision] = []
    problems: list[str] = []
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        row = {key: cell.strip() for key, cell in zip(header, cells, strict=False) if key}
        if not any(row.values()):
            continue
        try:
            found += _decisions(row, number, place, defaults)
        except UsageError as error:  # a student or an assignment that is not there too
            problems.append(f"row {number}: {error}")
            if len(problems) == MOST_READ:  # another file than was meant: each row is looked for among all students
                problems.insert(0, f"nothing was read after row {number}: {MOST_READ} rows cannot be followed")
                break
    _refuse_twice(found, problems)
    if problems:
        more = [f"{len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise UsageError("\n".join(f"{path}, {problem}" for problem in (*problems[:MOST_PROBLEMS], *more)))
    return found


def keep(decisions: Sequence[Decision], book: Gradebook) -> int:
    """Keep what is new of these decisions, and say how many that were; to keep them again changes nothing."""
    new = [decision for decision in decisions if decision.is_new]
    for one in new:
        if one.is_excused is not None:
            book.decisions.excuse(one.number, one.assignment, one.who, one.why, is_excused=one.is_excused)
        elif one.extension is None:
            book.decisions.override(one.number, one.assignment, one.check, one.points, one.who, one.why)
        else:
            book.decisions.extend(one.number, one.assignment, one.extension, one.who, one.why)
    return len(new)


def _decisions(row: Mapping[str, str], number: int, place: _Class, defaults: DecisionDefaults) -> Iterator[Decision]:
    name = row.get("assignment") or defaults.assignment
    if not name:
        raise UsageError("does not say of which assignment: give a column assignment, or --assignment")
    assignment = place.assignment(name)
    why = row.get("why") or defaults.why
    if not why:
        raise UsageError("does not say why: the reason stays in the gradebook")
    points, length = row.get("points", ""), row.get("extension", "")
    if length and row.get("deadline"):
        raise UsageError("has an extension and a deadline, expected one of them")
    length = length or row.get("deadline", "")
    excuse = _excuse(row.get("excuse", ""))
    if not points and not length and excuse is None:
        raise UsageError("decides nothing: points, extension, deadline and excuse are empty")
    if row.get("check") and not points:
        raise UsageError(f"names the check {row['check']!r} and no points")
    who = row.get("by") or defaults.who
    for student in _students(row, place):
        person = place.people[student.identifier]
        by_hand = place.decided(assignment.name).get(person, ManualDecisions())
        if points:
            check = row.get("check", "")
            given = checked_points(assignment, check, points, anyway=defaults.anyway)
            before = next((one.points for one in by_hand.overrides if one.check == check), None)
            yield Decision(
                row=number, student=student, number=person, assignment=name, check=check, points=given,
                before=_points_text(before), after=_points_text(given), who=who, why=why,
            )  # fmt: skip
        if excuse is not None:
            yield Decision(
                row=number, student=student, number=person, assignment=name, is_excused=excuse,
                before=EXCUSED if by_hand.is_excused else TAKEN_BACK, after=EXCUSED if excuse else TAKEN_BACK,
                who=who, why=why,
            )  # fmt: skip
        if length:
            kept = checked_extension(assignment, length, anyway=defaults.anyway)
            now = "" if by_hand.extension is None else by_hand.extension.as_written
            yield Decision(
                row=number, student=student, number=person, assignment=name, extension=kept,
                before=now or TAKEN_BACK, after=kept or TAKEN_BACK, who=who, why=why,
            )  # fmt: skip


def _excuse(text: str) -> bool | None:
    """Read whether somebody is excused; None where a row does not say it."""
    word = text.casefold()
    if word and word not in YES | NO:
        raise UsageError(f"has the excuse {text!r}, expected yes, or {TAKEN_BACK} to take it back")
    return word in YES if word else None


def _points_text(points: Fraction | None) -> str:
    return TAKEN_BACK if points is None else points_text(points)


def _students(row: Mapping[str, str], place: _Class) -> Sequence[Student]:
    """Return whom a row is about: one student, or those of a section as the roster says."""
    name, section = row.get("student", ""), row.get("section", "")
    if bool(name) == bool(section):
        raise UsageError("names a student and a section, expected one of them" if name else "does not say about whom")
    if section:
        found = place.sections.get(normalize(section), ())
        if not found:
            known = ", ".join(sorted(place.sections)) or "none: name a roster with a column section with --roster"
            raise UsageError(f"names the section {section!r}; the roster's sections: {known}")
        return [student for student in found if student.identifier in place.people]
    if name in place.people:
        return [Student(name)]
    student = place.known.find(plain_owner(name)) or place.roster.find(plain_owner(name))
    if student is not None and student.identifier not in place.people:
        student = None
    if student is None:
        place.book.runs.student(name)  # raises, and offers the nearest
        return []
    return [student]


def _known(book: Gradebook) -> Roster:
    """Return the students of a gradebook by all names that they may be given under."""
    known = Roster()
    for student in book.runs.people().values():
        own = normalize(student.identifier)
        keys = [("id", own), ("number", without_zeros(own)), ("email", normalize(student.email))]
        known.add(student, (*keys, *name_keys(student.name)))
    return known


def _sections(roster: RosterFile) -> Mapping[str, Sequence[Student]]:
    found: dict[str, list[Student]] = {}
    for row in roster.rows.values():
        if row.section:
            found.setdefault(normalize(row.section), []).append(row.student)
    return found


def _refuse_twice(found: Sequence[Decision], problems: list[str]) -> None:
    """Tell of decisions about one thing in several rows: which of them is meant, nothing tells."""
    rows: dict[tuple[object, ...], int] = {}
    for one in found:
        key = (one.number, one.assignment, one.about)
        if rows.setdefault(key, one.row) != one.row:
            what = one.about if one.check or one.is_excused is not None else f"the {one.about}"
            said = f"decides about {what} of {one_line(one.student.identifier)} again, as row {rows[key]} does"
            problems.append(f"row {one.row}: {said}")
