"""Read the times that platforms write into names, tables and files, and those that students' own files state.

What a platform wrote counts. What lies in a submission, commits included, is its author's statement: it is shown, and
charges or excuses nobody.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from contextlib import suppress
from email.utils import parsedate_to_datetime, parsedate_tz
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from grader.errors import MomentError
from grader.rules.late import moment

TIMESTAMP: Final = "timestamp.txt"  # nbgrader's, beside the files of a submission that it collected
COMMITS: Final = Path(".git") / "logs" / "HEAD"
MAX_BYTES: Final = 1 << 20  # of a log of commits; a time takes forty
# A day and a clock as Moodle and Brightspace write them, without weekday and full stops, the month in English.
FORMS: Final = (
    "%d %B %Y, %I:%M %p", "%d %B %Y, %H:%M", "%d %B %Y %I:%M %p", "%d %B %Y %H:%M", "%d %b %Y %I:%M %p",
    "%d %b %Y %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%y %H:%M", "%d.%m.%y %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %I:%M %p",
    "%Y/%m/%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p",
    "%B %d %Y %I:%M %p", "%B %d %Y %H:%M", "%b %d %Y %I:%M %p", "%b %d %Y %H:%M",
)  # fmt: skip
# English, German, French, Spanish, Italian, Dutch, Portuguese, Polish, Czech, Swedish, Danish, Norwegian, Finnish,
# Turkish, Hungarian, Russian, Ukrainian, as they stand in a date; in a stamp each may be cut short.
MONTHS: Final = {
    "January": (
        "january januar jänner janvier enero gennaio januari janeiro "
        "stycznia leden ledna tammikuuta ocak január января січня"
    ),
    "February": (
        "february februar février febrero febbraio februari fevereiro "
        "lutego únor února helmikuuta şubat február февраля лютого"
    ),
    "March": ("march märz mars marzo maart março marca březen března marts maaliskuuta mart március марта березня"),
    "April": "april avril abril aprile kwietnia duben dubna huhtikuuta nisan április апреля квітня",
    "May": "may mai mayo maggio mei maio maja květen května maj toukokuuta may\u0131s május мая травня",
    "June": "june juni juin junio giugno junho czerwca červen června kesäkuuta haziran június июня червня",
    "July": "july juli juillet julio luglio julho lipca červenec července heinäkuuta temmuz július июля липня",
    "August": ("august août agosto augustus sierpnia srpen srpna augusti elokuuta ağustos augusztus августа серпня"),
    "September": (
        "september septembre septiembre settembre setembro września září syyskuuta eylül szeptember сентября вересня"
    ),
    "October": (
        "october oktober octobre octubre ottobre outubro października říjen října lokakuuta ekim október октября жовтня"
    ),
    "November": (
        "november novembre noviembre novembro listopada listopad listopadu marraskuuta kas\u0131m ноября листопада"
    ),
    "December": (
        "december dezember décembre diciembre dicembre dezembro grudnia "
        "prosinec prosince desember joulukuuta aral\u0131k декабря грудня"
    ),
}
LEAST_LETTERS: Final = 3  # of a month that is cut short
YEAR: Final = 2026  # any: whether summer time is kept is asked of both halves
_UNIVERSAL: Final = re.compile(r" (?:UTC|GMT|Z)$")
_BEFORE_OFFSET: Final = re.compile(r" (?=[+-][0-9]{2}:?[0-9]{2}$)")
_WEEKDAY: Final = re.compile(r"\A[^\W\d_]+(?:-[^\W\d_]+)?\.?(?:, | (?=[0-9]{1,2} [^\W\d_]))")
_SLASHED: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}),? (.+)")
_ABBREVIATED: Final = re.compile(r"(?P<time>.+) (?P<zone>[A-Z]{3,5})")
_ABOUT: Final = re.compile(r"(?<= 1)(?:er|º|°)(?= )| Uhr$|(?<=[0-9])h(?=[0-9]{2}$)")  # 1er avril, 22:52 Uhr
_DOTTED: Final = re.compile(r"(?<=[0-9]{4}, )([0-9]{1,2})\.([0-9]{2})\Z")  # 29. listopadu 2026, 22.14
_OF: Final = re.compile(r" de (?=[^\W_])")  # 16 de abril de 2026
_CLOCK: Final = re.compile(
    r"(?<=[0-9]{4} )([0-9]{1,2})([0-9]{2})(?=$| ?[AP]M$)"
)  # Brightspace's 1030 AM: a name has no colon
_NBGRADER: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9:.]{8,15})(?: ([\w/+:-]{1,40}))?")
_COMMIT: Final = re.compile(rb"> ([0-9]{9,11}) [+-][0-9]{4}\t[^\n]*\n?\Z")


def _marks(text: str) -> tuple[str, bool]:
    """Return what a time, or a form of times, has besides words and numbers, and whether a half of the day ends it."""
    return "".join(char for char in text if char in ".,:/-"), text.upper().endswith(("AM", "PM", "%P"))


# `strptime` compiles a form anew once it was asked for five others, so it is asked for those alone that may fit.
_FORMS_BY_MARKS: Final = {
    marks: tuple(form for form in FORMS if _marks(form) == marks) for marks in dict.fromkeys(map(_marks, FORMS))
}


def stamp(text: str, time_zone: str) -> dt.datetime:
    """Read a time as a platform or a mail writes it, or as ISO 8601; give it as UTC.

    Raises:
        MomentError: it is none, or may be two: in 4/5/2026 22:52 nothing tells the day from the month.
    """
    text = _DOTTED.sub(r"\1:\2", _ABOUT.sub("", f" {text.strip()}").strip())
    abbreviated = _ABBREVIATED.fullmatch(text)
    if abbreviated is not None and (offset := _offset(abbreviated["zone"], time_zone)):
        text = f"{abbreviated['time']}{offset}"
    if (slashed := _SLASHED.fullmatch(text)) is not None:
        text = _year_first(text, *slashed.groups())
    plain = _OF.sub(" ", _WEEKDAY.sub("", text.strip(), count=1)).replace(". ", " ")
    plain = " ".join(map(_english, plain.split()))
    for candidate in dict.fromkeys((plain, _CLOCK.sub(r"\1:\2", plain.replace(",", "")))):
        for form in _FORMS_BY_MARKS.get(_marks(candidate), ()):
            try:
                return moment(dt.datetime.strptime(candidate, form).isoformat(), time_zone)  # noqa: DTZ007  # the zone follows
            except ValueError:
                continue
    with suppress(ValueError):
        mailed = parsedate_to_datetime(text)
        if mailed.tzinfo is not None:
            return mailed.astimezone(dt.UTC)
    return moment(_BEFORE_OFFSET.sub("", _UNIVERSAL.sub("+00:00", text.strip())), time_zone)


def _year_first(text: str, first: str, second: str, year: str, clock: str) -> str:
    """Write a date with slashes as 2026/04/16, where it tells the day from the month; else leave it as it is."""
    if max(int(first), int(second)) <= 12 and int(first) != int(second):
        return text
    month, day = (second, first) if int(first) > 12 else (first, second)
    return f"{year}/{month}/{day} {clock.upper()}"


def _offset(name: str, time_zone: str) -> str:
    """Return what an abbreviation of a zone stands for, as `+02:00`: the course's own zone, else what it is in mails.

    Empty where nobody knows it. CST is China's in a course there.
    """
    own = (dt.datetime(YEAR, month, 1, tzinfo=ZoneInfo(time_zone)) for month in (1, 7))
    found = next((read.utcoffset() for read in own if read.tzname() == name), None)
    if found is None:
        mailed = parsedate_tz(f"Thu, 1 Jan {YEAR} 00:00:00 {name}")
        found = dt.timedelta(seconds=mailed[9]) if mailed is not None and mailed[9] else None
    return "" if found is None else f"{dt.datetime(YEAR, 1, 1, tzinfo=dt.timezone(found)):%z}"


def _english(word: str) -> str:
    """Write a month in English, with the comma after it; any other word as it is."""
    letters = word.rstrip(".,").casefold()
    if len(letters) < LEAST_LETTERS or not letters.isalpha():
        return word
    found = [month for month, names in MONTHS.items() if letters in names.split()] or [
        month for month, names in MONTHS.items() if any(name.startswith(letters) for name in names.split())
    ]
    return f"{found[0]}{',' if word.endswith(',') else ''}" if len(found) == 1 else word


def stamp_or_none(text: str, time_zone: str) -> dt.datetime | None:
    """Read a time as a platform writes it; None where it is none."""
    try:
        return stamp(text, time_zone)
    except MomentError:
        return None


def collected_at(folder: Path, time_zone: str) -> dt.datetime | None:
    """Read when nbgrader collected what a folder holds; None where it does not say."""
    text = _read(folder / TIMESTAMP).decode("utf-8", "replace").strip()
    match = _NBGRADER.fullmatch(text)
    if match is None:
        return None
    zone = _offset(match[3] or "", time_zone) or match[3] or time_zone
    try:
        if zone[0] in "+-":
            return moment(f"{match[1]}T{match[2]}{zone}", time_zone)
        ZoneInfo(zone)
        return moment(f"{match[1]}T{match[2]}", zone)
    except (MomentError, KeyError, ValueError, OSError):  # no zone of that name
        return None


def stated_time(folder: Path, time_zone: str) -> str:
    """Say what time a submission states of itself; empty where it states none."""
    if not folder.is_dir():
        return ""
    found = [(TIMESTAMP, collected_at(folder, time_zone))]
    commit = None if (folder / ".git").is_symlink() else _COMMIT.search(_read(folder / COMMITS))
    if commit is not None:
        found.append(("its last commit", dt.datetime.fromtimestamp(int(commit[1]), dt.UTC)))
    told = [f"{what} says {when.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M:%S}" for what, when in found if when]
    return f"stated by the student and not counted: {', '.join(told)}" if told else ""


def _read(file: Path) -> bytes:
    """Read the end of a small file, following no link; nothing where there is none."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(descriptor, "rb") as opened:
        try:
            opened.seek(max(0, os.fstat(descriptor).st_size - MAX_BYTES))
            return opened.read(MAX_BYTES)
        except OSError:  # a folder or a pipe
            return b""
