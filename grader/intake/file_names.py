"""Read the names that learning platforms give to what they export: whose it is, the student's own name of it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from grader.exports.column_names import alnum_key
from grader.intake.identify import Submitter, keys_within, name_keys, normalize, shared_start
from grader.submissions.copy_names import original_name

# content_zipper.rb of Canvas: sortable name, LATE, user and attachment, each joined by an underscore.
CANVAS: Final = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<user>[0-9]+)_(?P<file>[0-9]+)_(?P<rest>.+)", re.DOTALL)
CANVAS_TEST: Final = "studenttest"  # whom Canvas makes up for a course's teachers
CANVAS_ANONYMOUS: Final = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[0-9A-Za-z]+)_(?P<file>[0-9]+)_(?P<rest>.+)", re.DOTALL
)
# quiz_submission_zipper.rb of Canvas: the name and the user's number in one, the question, the attachment. Canvas takes
# numbers between underscores out of the name, so that what follows an attachment's number is never read as one.
CANVAS_QUIZ: Final = re.compile(
    r"(?P<name>(?:(?!_[0-9]+_).)*?[^\W\d_])(?P<user>[0-9]+)_question_[0-9]+_(?P<file>[0-9]+)_(?P<rest>.+)", re.DOTALL
)
CANVAS_TEXT: Final = re.compile(r"(?P<name>.+?)_(?P<late>LATE_)?(?P<user>[0-9]+)_(?P<rest>(?:text|link)\.html)")
# mod/assign of Moodle: full name, number of the participant, plugin type and name, then the file where no folders are.
MOODLE: Final = re.compile(
    r"(?P<name>.+)_(?P<user>[0-9]+)_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<rest>.*))?", re.DOTALL
)
# Brightspace: numbers of user and folder, full name, the time, then the file where no folders are.
# The month in whichever language the course has, or in digits; a name has no colon, so that 10:30 is 1030 or 10.30.
_MONTH: Final = r"[^\W\d_]{3,10}\.?"
_DAY: Final = (
    rf"(?:{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}|[0-9]{{1,2}}\.?[ -](?:de )?{_MONTH},?[ -](?:de )?[0-9]{{4}}(?: \u0433\.?)?"
    rf"|[0-9]{{4}}\. {_MONTH} [0-9]{{1,2}}\.|[0-9]{{1,2}}[.-][0-9]{{1,2}}[.-][0-9]{{4}}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"
)
BRIGHTSPACE_TIME: Final = rf"{_DAY},? [0-9]{{1,2}}[.h]?[0-9]{{2}}(?: ?[AaPp]\.? ?[Mm]\.?| [ef]m)?"
BRIGHTSPACE: Final = re.compile(
    rf"(?P<user>[0-9]+)-[0-9]+ - (?P<name>.+?) - (?P<time>{BRIGHTSPACE_TIME})(?: - (?P<rest>.+))?", re.DOTALL
)
_HALF: Final = re.compile(r" ?(?:([ap])\.? ?m\.?|([ef])m)\Z", re.IGNORECASE)  # of the day: `em` and `fm` are Swedish
_CLOCK: Final = re.compile(r",? ([0-9]{1,2})[.h]?([0-9]{2})\Z")
# Days whose parts stand in another order, or between other signs, than stamps have them.
_DAYS: Final = (
    (re.compile(r"([0-9]{4})[-年]([0-9]{1,2})[-月]([0-9]{1,2})日?"), r"\1/\2/\3"),
    (re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})"), r"\1/\2/\3"),
    (re.compile(r"([0-9]{1,2})-([^\W\d_]+)\.?-([0-9]{4})"), r"\1 \2 \3"),
    (re.compile(r"([0-9]{4})\. ([^\W\d_]+) ([0-9]{1,2})\."), r"\3 \2 \1"),
    (re.compile(r"(.+) \u0433\.?"), r"\1"),
)
BRIGHTSPACE_MARK: Final = re.compile(rf" - {BRIGHTSPACE_TIME}(?= - |$)")
# Blackboard: assignment, user name, the time, then the file; without one it is Blackboard's own page about them.
BLACKBOARD: Final = re.compile(
    r"(?P<title>.+)_(?P<user>[^_]+)_attempt_(?P<time>[0-9]{4}(?:-[0-9]{2}){5})(?:_(?P<rest>.+)|\.txt)", re.DOTALL
)
BLACKBOARD_MARK: Final = re.compile(r"_attempt_[0-9]{4}(?:-[0-9]{2}){5}(?=_|\.txt$)")
# Google Classroom: full name, then the file.
GOOGLE_MARK: Final = " - "
GOOGLE: Final = re.compile(r"(?P<name>\S.*?) - (?P<rest>\S.*)", re.DOTALL)
MOODLE_MARK: Final = re.compile(r"_[0-9]+_assignsubmission_")


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


def canvas_name(file_name: str) -> Named | None:
    """Read the name that Canvas gives to a file of its export."""
    anonymous = CANVAS_ANONYMOUS.fullmatch(file_name)
    if anonymous is not None:
        submitter = Submitter(f"anon_{anonymous['user']}", keys=(("canvas", normalize(anonymous["user"])),))
        return Named(submitter, anonymous["rest"], anonymous["late"] is not None)
    match = CANVAS_QUIZ.fullmatch(file_name) or CANVAS.fullmatch(file_name) or CANVAS_TEXT.fullmatch(file_name)
    if match is None:
        return None
    name = match["name"]
    identifier = f"Test Student of Canvas ({match['user']})" if name == CANVAS_TEST else f"{name}_{match['user']}"
    submitter = Submitter(identifier, keys=(("canvas", match["user"]), ("name", alnum_key(match["name"]))))
    is_late = match.re is not CANVAS_QUIZ and match["late"] is not None
    return Named(submitter, match["rest"], is_late, match.re is not CANVAS_TEXT)


def are_of_teams(file_names: Iterable[str]) -> bool:
    """Return whether each name of Moodle's export may begin with a team's, as all do where teams handed in.

    Where one does not, the dash in another is that of a double name: Anna-Lena Gross is no Lena Gross.
    """
    matches = filter(None, map(MOODLE.fullmatch, file_names))
    return all("-" in match["name"].lstrip("-") for match in matches)


def moodle_name(file_name: str, *, is_of_team: bool = False) -> Named | None:
    """Read the name that Moodle gives to a folder or a file of its export."""
    match = MOODLE.fullmatch(file_name)
    if match is None or len(MOODLE_MARK.findall(file_name)) > 1:  # which of them Moodle wrote, the name cannot tell
        return None
    name = match["name"]
    keys = [("moodle", match["user"]), *name_keys(name)]
    group, dash, member = name.partition("-")
    if is_of_team and dash and group:  # a team's name stands before its member's, and either may hold a dash
        keys += name_keys(member)
    return Named(Submitter(name, name, keys=tuple(keys)), match["rest"] or "", is_file=match["plugin"] == "file")


def brightspace_name(file_name: str) -> Named | None:
    """Read the name that Brightspace gives to a folder or a file of its export."""
    match = BRIGHTSPACE.fullmatch(file_name)
    if match is None or len(BRIGHTSPACE_MARK.findall(file_name)) > 1:  # which of them Brightspace wrote is not told
        return None
    keys = (("brightspace", match["user"]), *name_keys(match["name"]))
    submitter = Submitter(match["name"], match["name"], keys=keys, within=keys_within(match["name"]))
    return Named(submitter, match["rest"] or "", submitted=_with_colon(match["time"]))


def _with_colon(text: str) -> str:
    """Write a time as it stands in a name, `20-nov-2026 10.30 p. m.`, as others have it: `20 nov 2026 10:30 PM`."""
    half = _HALF.search(text)
    clock = _CLOCK.search(text if half is None else text[: half.start()])
    if clock is None:
        return text
    day = text[: clock.start()]
    for pattern, written in _DAYS:
        day = pattern.sub(written, day) if pattern.fullmatch(day) else day
    letter = "" if half is None else f" {'A' if (half[1] or half[2]).lower() in 'af' else 'P'}M"
    return f"{day} {clock[1]}:{clock[2]}{letter}"


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


def google_name(file_name: str, known: Collection[str] = ()) -> Named | None:
    """Read the name that a file has in the folder of an assignment of Google Classroom.

    Where several hyphens stand in it, a name holds one or the file does: the longest name is taken where what follows
    is in `known`, the files of the assignment in small letters, and else the student may be found by any.
    """
    if GOOGLE.fullmatch(file_name) is None:
        return None
    parts = file_name.split(GOOGLE_MARK)
    cuts = [(GOOGLE_MARK.join(parts[:cut]), GOOGLE_MARK.join(parts[cut:])) for cut in range(1, len(parts))]
    name, rest = next((cut for cut in cuts if original_name(cut[1], known).casefold() in known), cuts[0])
    names = [name] if (name, rest) != cuts[0] or len(cuts) == 1 else [name for name, _ in cuts]
    keys = tuple(key for one in names for key in name_keys(one))
    return Named(Submitter(name, name, keys=keys), rest)


def told_apart(found: Mapping[Submitter, list[tuple[Path, Named]]]) -> dict[Submitter, list[tuple[Path, Named]]]:
    """Add the platform's number where two students have one name."""
    names = Counter(submitter.identifier for submitter in found)
    return {
        submitter
        if names[submitter.identifier] == 1
        else replace(submitter, identifier=f"{submitter.identifier} {submitter.keys[0][1]}"): of
        for submitter, of in found.items()
    }
