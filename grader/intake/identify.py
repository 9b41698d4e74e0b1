"""Whose submission it is, as far as file names and metadata tell, and who is on the roster. Reads nothing."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from grader.gradebook.records import Student
from grader.wording.text import storable

Key: TypeAlias = tuple[str, str]
"""A kind of name and the name, folded: `("email", "ada@uni.example")`."""

# content_zipper.rb of Canvas: sortable name, LATE, user and attachment, each joined by an underscore.
CANVAS: Final = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<user>[0-9]+)_(?P<file>[0-9]+)_(?P<rest>.+)", re.DOTALL)
CANVAS_TEST: Final = "studenttest"  # whom Canvas makes up for a course's teachers
CANVAS_ANONYMOUS: Final = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_(?P<file>[0-9]+)_(?P<rest>.+)", re.DOTALL
)
CANVAS_TEXT: Final = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<user>[0-9]+)_(?P<rest>(?:text|link)\.html)")
# mod/assign of Moodle: full name, number of the participant, plugin type and name, then the file where no folders are.
MOODLE: Final = re.compile(
    r"(?P<name>.+)_(?P<user>[0-9]+)_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<rest>.*))?", re.DOTALL
)
# Brightspace: numbers of user and folder, full name, the time, then the file where no folders are.
BRIGHTSPACE_TIME: Final = r"(?:[A-Z][a-z]+ [0-9]{1,2}|[0-9]{1,2} [A-Z][a-z]+),? [0-9]{4} [0-9]{3,4}(?: ?[AP]M)?"
BRIGHTSPACE: Final = re.compile(
    rf"(?P<user>[0-9]+)-[0-9]+ - (?P<name>.+?) - (?P<time>{BRIGHTSPACE_TIME})(?: - (?P<rest>.+))?", re.DOTALL
)
BRIGHTSPACE_MARK: Final = re.compile(rf" - {BRIGHTSPACE_TIME}(?= - |$)")
# Blackboard: assignment, user name, the time, then the file; without one it is Blackboard's own page about them.
BLACKBOARD: Final = re.compile(
    r"(?P<title>.+)_(?P<user>[^_]+)_attempt_(?P<time>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<rest>.+)|\.txt)", re.DOTALL
)
BLACKBOARD_MARK: Final = re.compile(r"_attempt_[0-9]{4}(?:-[0-9]{2}){5}(?=_|\.txt$)")
# Google Classroom: full name, then the file.
GOOGLE: Final = re.compile(r"(?P<name>\S.*?) - (?P<rest>\S.*)", re.DOTALL)
MOODLE_MARK: Final = re.compile(r"_[0-9]+_assignsubmission_")
AGAIN: Final = re.compile(r"(?P<stem>.+)-[0-9]+(?P<suffix>\.[^.]+)")  # how Canvas renames a file handed in again
MAX_TEXT: Final = 255  # characters of a name, an address or a number in metadata
MAX_NUMBER: Final = 10**30
NUMBERED: Final = frozenset({"brightspace", "canvas", "moodle"})  # kinds of numbers that no student chooses
PACKED: Final = (".tar.gz", ".tar.bz2", ".tar.xz")


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who handed something in: a name to file it under where no roster knows better, and what a roster may know."""

    identifier: str
    name: str = ""
    email: str = ""
    keys: tuple[Key, ...] = ()

    @property
    def account(self) -> Key | None:
        """Return the number that a platform gave; a name, which students may change, is no account."""
        return next((key for key in self.keys if key[0] in NUMBERED), None)


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of an exported file tells: the owner, the student's own file name, and what was noted on it.

    `submitted` is the time as it stands there.
    """

    submitter: Submitter
    file: str
    late: bool = False
    is_file: bool = True
    submitted: str = ""


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
        return None

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


def alnum_key(text: str) -> str:
    """Fold a name for comparing: letters and digits alone, as exports keep of it."""
    return "".join(char for char in normalize(text) if char.isalnum())


def name_keys(name: str) -> list[Key]:
    """Return the ways in which a person's name is written in one word: as it stands, and with the last name first."""
    last, comma, first = name.partition(",")
    words = name.split()
    # Jane van Doe is also Doe Jane van and van Doe Jane: where a last name begins, nobody can tell.
    last_first = [" ".join((*words[cut:], *words[:cut])) for cut in range(1, len(words))]
    orders = [f"{last} {first}", f"{first} {last}"] if comma else [name, *last_first]
    return [("name", alnum_key(order)) for order in orders if alnum_key(order)]


def plain_owner(file_name: str, prefix: str = "") -> Submitter:
    """Read a folder, archive or notebook that is named as its student is: by number, login, address or name.

    `prefix` is what stands before all names, as GitHub Classroom puts the assignment there.
    """
    name = stem(file_name).removeprefix(prefix)
    login = normalize(name)
    kinds = ("id", "login", "email", "github", "mailbox")
    number = without_zeros(login)
    keys = (*((kind, login) for kind in kinds), *([("number", number)] if number else []))
    return Submitter(name, keys=(*keys, *name_keys(name.replace("_", " "))))


def stem(file_name: str) -> str:
    """Return a file name without what says how it is packed."""
    for suffix in PACKED:
        if file_name.lower().endswith(suffix):
            return file_name[: -len(suffix)]
    head, dot, tail = file_name.rpartition(".")
    return head if dot and head and tail.isalnum() and len(tail) <= 5 else file_name


def canvas_name(file_name: str) -> Named | None:
    """Read the name that Canvas gives to a file of its export."""
    anonymous = CANVAS_ANONYMOUS.fullmatch(file_name)
    if anonymous is not None:
        submitter = Submitter(f"anon_{anonymous['user']}", keys=(("canvas", normalize(anonymous["user"])),))
        return Named(submitter, anonymous["rest"], anonymous["late"] is not None)
    match = CANVAS.fullmatch(file_name) or CANVAS_TEXT.fullmatch(file_name)
    if match is None:
        return None
    name = match["name"]
    identifier = f"Test Student of Canvas ({match['user']})" if name == CANVAS_TEST else f"{name}_{match['user']}"
    submitter = Submitter(identifier, keys=(("canvas", match["user"]), ("name", alnum_key(match["name"]))))
    return Named(submitter, match["rest"], match["late"] is not None, match.re is CANVAS)


def without_attempt(file_name: str, known: frozenset[str]) -> str:
    """Return the name of a file of the assignment that Canvas numbered: `linear-2.py` is `linear.py`."""
    match = AGAIN.fullmatch(file_name)
    original = "" if match is None else f"{match['stem']}{match['suffix']}"
    return original if original.casefold() in known and file_name.casefold() not in known else file_name


def moodle_name(file_name: str) -> Named | None:
    """Read the name that Moodle gives to a folder or a file of its export."""
    match = MOODLE.fullmatch(file_name)
    if match is None or len(MOODLE_MARK.findall(file_name)) > 1:  # which of them Moodle wrote, the name cannot tell
        return None
    name = match["name"]
    keys = [("moodle", match["user"]), *name_keys(name)]
    group, dash, member = name.partition("-")
    if dash and group:  # a team's name stands before its member's, and either may hold a dash
        keys += name_keys(member)
    return Named(Submitter(name, name, keys=tuple(keys)), match["rest"] or "", is_file=match["plugin"] == "file")


def brightspace_name(file_name: str) -> Named | None:
    """Read the name that Brightspace gives to a folder or a file of its export."""
    match = BRIGHTSPACE.fullmatch(file_name)
    if match is None or len(BRIGHTSPACE_MARK.findall(file_name)) > 1:  # which of them Brightspace wrote is not told
        return None
    keys = (("brightspace", match["user"]), *name_keys(match["name"]))
    return Named(Submitter(match["name"], match["name"], keys=keys), match["rest"] or "", submitted=match["time"])


def blackboard_name(file_name: str, title: str = "") -> Named | None:
    """Read the name that Blackboard gives to a file of its download.

    `title` is the assignment's as it begins all names: a user name may hold an underscore too.
    """
    match = BLACKBOARD.fullmatch(file_name)
    if match is None or len(BLACKBOARD_MARK.findall(file_name)) > 1:  # which of them Blackboard wrote is not told
        return None
    before = f"{match['title']}_{match['user']}"
    user = before.removeprefix(f"{title}_") if title else match["user"]
    kinds = ("login", "id", "mailbox", "email")
    submitter = Submitter(user, keys=tuple((kind, normalize(user)) for kind in kinds))
    day, clock = match["time"][:10], match["time"][11:].replace("-", ":")
    return Named(submitter, match["rest"] or "", is_file=match["rest"] is not None, submitted=f"{day}T{clock}")


def blackboard_title(file_names: Iterable[str]) -> str:
    """Return what begins the names of all files of a download of Blackboard: the assignment's title there."""
    matches = filter(None, map(BLACKBOARD.fullmatch, file_names))
    return shared_start([f"{match['title']}_" for match in matches], "_").removesuffix("_")


def shared_start(names: Sequence[str], mark: str) -> str:
    """Return what all names begin with, up to a mark and with it; nothing where they begin differently."""
    words = [name.split(mark)[:-1] for name in names]
    same = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))
    return "".join(f"{column[0]}{mark}" for column in same)


def google_name(file_name: str) -> Named | None:
    """Read the name that a file has in the folder of an assignment of Google Classroom."""
    match = GOOGLE.fullmatch(file_name)
    if match is None:
        return None
    return Named(Submitter(match["name"], match["name"], keys=tuple(name_keys(match["name"]))), match["rest"])


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
