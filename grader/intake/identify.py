"""Whose submission it is, as far as file names and metadata tell, and who is on the roster. Reads nothing."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from grader.exports.column_names import alnum_key
from grader.gradebook.records import Student
from grader.intake.letters import in_other_letters
from grader.submissions.copy_names import without_number, without_resubmission
from grader.wording.text import storable

Key: TypeAlias = tuple[str, str]
"""A kind of name and the name, folded: `("email", "ada@uni.example")`."""

LEAST_TELLING: Final = 4  # characters of a number or login in a longer name: a shorter one may count the exercise
MOST_WORDS: Final = 8
_PIECES: Final = re.compile(r"[\s_()\[\]{},;+]+")
_NUMBERED: Final = re.compile(r"-[0-9]{1,2}\Z")  # GitHub Classroom's, behind a name that is taken
_DIGIT: Final = re.compile(r"[0-9]")
_WORDS: Final = re.compile(r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*")
MAX_TEXT: Final = 255  # characters of a name, an address or a number in metadata
MAX_NUMBER: Final = 10**30
NUMBERED: Final = frozenset({"brightspace", "canvas", "moodle"})  # kinds of numbers that no student chooses
PACKED: Final = (".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who handed something in: a name to file it under where no roster knows better, and what a roster may know.

    `within` is what stands in a longer name, as in `HW1_12345_Ada Lovelace`: it counts where a part is one student's
    alone, and all other parts that the roster knows are that student's too.
    """

    identifier: str
    name: str = ""
    email: str = ""
    keys: tuple[Key, ...] = ()
    within: tuple[Key, ...] = ()

    @property
    def account(self) -> Key | None:
        """Return the number that a platform gave; a name, which students may change, is no account."""
        return next((key for key in self.keys if key[0] in NUMBERED), None)


@dataclass(slots=True)
class Roster:
    """The students of a course by every name that they are known under."""

    students: list[Student] = field(default_factory=list)
    _known: dict[Key, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, student: Student, keys: Iterable[Key]) -> None:
        """Put one student on it."""
        place = len(self.students)
        self.students.append(student)
        for key in keys:
            if key[1]:
                self._known[key].add(place)

    def find(self, submitter: Submitter) -> Student | None:
        """Find the one student who is known under a name of the owner; a name that two share tells nothing."""
        for key in submitter.keys:
            places = self._known.get(key, set())
            if len(places) == 1:
                return self.students[next(iter(places))]
        within = [self._known[key] for key in submitter.within if self._known.get(key)]
        named = set.intersection(*within) if any(len(places) == 1 for places in within) else set()
        named = named or self._in_other_letters(submitter)
        return self.students[next(iter(named))] if len(named) == 1 else None

    def _in_other_letters(self, submitter: Submitter) -> set[int]:
        """Find who is known under what a name was before a program unpacked it in the wrong letters."""
        names = in_other_letters(submitter.name or submitter.identifier.replace("_", " "))
        return {place for name in names for key in name_keys(name) for place in self._known.get(key, ())}

    def sharing(self, submitter: Submitter) -> tuple[Student, ...]:
        """Return the students who share the name of an owner that is known under nothing else."""
        places = next((self._known[key] for key in submitter.keys if len(self._known.get(key, ())) > 1), set())
        return tuple(self.students[place] for place in sorted(places)) if self.find(submitter) is None else ()

    def holds(self, key: Key) -> bool:
        """Return whether one student is known under a name."""
        return len(self._known.get(key, ())) == 1

    def student(self, submitter: Submitter) -> Student:
        """Return the student that an owner is, one who is not on the roster included."""
        name, email = storable(submitter.name), storable(submitter.email)
        return self.find(submitter) or Student(storable(submitter.identifier), name, email)


def normalize(text: str) -> str:
    """Fold a login, an address or a number for comparing."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def without_zeros(text: str) -> str:
    """Return a number without the zeros before it, which spreadsheets take away; nothing for what is no number."""
    return text.lstrip("0") if text.isdecimal() else ""


def name_keys(name: str) -> list[Key]:
    """Return the ways in which a person's name is written in one word: as it stands, and with the last name first."""
    last, comma, first = name.partition(",")
    words = name.split()
    # Jane van Doe is also Doe Jane van and van Doe Jane: where a last name begins, nobody can tell.
    last_first = [" ".join((*words[cut:], *words[:cut])) for cut in range(1, len(words))]
    orders = [f"{last} {first}", f"{first} {last}"] if comma else [name, *last_first]
    written = " ".join(unicodedata.normalize("NFC", orders[-1] if comma else name).split())
    # As it is written comes first: two may differ by their capitals alone, or by ß and ss.
    return [("written", written), *(("name", alnum_key(order)) for order in orders if alnum_key(order))]


def plain_owner(name: str, *, repository: str = "") -> Submitter:
    """Read what is named as its student is: by number, login, address or name.

    `repository` is the whole name of a clone. Where the login begins in it, or the team's name, nothing tells for sure:
    it may after every hyphen. A number ends it where there was a repository of that name before.
    """
    login = normalize(name)
    kinds = ("id", "login", "email", "github", "mailbox")
    number = without_zeros(login)
    keys = [*((kind, login) for kind in kinds), *([("number", number)] if number else [])]
    once = without_number(name)
    if (first := normalize(once)) != login:  # downloaded once more: `ada (1).zip`
        keys += [(kind, first) for kind in kinds]
    again = normalize(without_resubmission(once))
    words = normalize(repository).split("-") if repository else []
    ends = ["-".join(words[start:]) for start in range(1, len(words))]
    ends += [head for end in ends if (head := _NUMBERED.sub("", end)) not in ("", end)]
    within = (*((kind, end) for end in ends for kind in ("github", "login")), *keys_within(name))
    keys += name_keys(name.replace("_", " "))
    if again != first:  # handed in once more: `ada_v2`, where that is nobody's own name
        keys += [(kind, again) for kind in kinds]
    return Submitter(name, keys=tuple(keys), within=within)


def keys_within(text: str) -> tuple[Key, ...]:
    """Return what may say whose a longer name is: numbers and logins with digits, addresses, and whole names in it.

    One word alone is none: it may be another's first name, or a word of the assignment.
    """
    pieces = [piece for piece in _PIECES.split(normalize(text)) if piece]
    telling = [piece for piece in pieces if "@" in piece or (len(piece) >= LEAST_TELLING and _DIGIT.search(piece))]
    keys = [(kind, piece) for piece in telling for kind in ("id", "login", "email", "github", "mailbox")]
    keys += [("number", number) for piece in telling if (number := without_zeros(piece))]
    words = _WORDS.findall(text)[:MOST_WORDS]
    runs = (words[start:stop] for start in range(len(words)) for stop in range(start + 2, len(words) + 1))
    return tuple(dict.fromkeys((*keys, *(key for run in runs for key in name_keys(" ".join(run))))))


def stem(file_name: str) -> str:
    """Return a file name without what says how it is packed."""
    for suffix in PACKED:
        if file_name.lower().endswith(suffix):
            return file_name[: -len(suffix)]
    head, dot, tail = file_name.rpartition(".")
    return head if dot and head and tail.isalnum() and len(tail) <= 5 else file_name


def shared_start(names: Sequence[str], mark: str) -> str:
    """Return what all names begin with, up to a mark and with it; nothing where they begin differently."""
    words = [name.split(mark)[:-1] for name in names]
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return "".join(f"{column[0]}{mark}" for column in same)


def plain_text(value: object) -> str:
    """Return a text or a whole number as it is written; nothing for whatever else metadata may hold in its place.

    A list of lists of aliases takes 300 bytes in YAML, and gigabytes once it is written out.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_NUMBER:
        return str(value)
    return value.strip()[:MAX_TEXT] if isinstance(value, str) else ""


def gradescope_owner(submitter: Mapping[str, object]) -> Submitter | None:
    """Read one submitter of Gradescope's metadata."""
    name, sid, email = (plain_text(submitter.get(f":{key}")) for key in ("name", "sid", "email"))
    identifier = sid or email or name
    if not identifier:
        return None
    keys = (("id", normalize(sid)), ("email", normalize(email)), *name_keys(name))
    return Submitter(identifier, name, email, tuple(key for key in keys if key[1]))
