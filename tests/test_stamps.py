"""`grader.intake.stamps`: times as platforms write them, and those that a submission states of itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from classes import lay

from grader.errors import MomentError
from grader.intake.stamps import collected_at, stamp, stated_time

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Monday, 5 February 2024, 10:30 PM", "2024-02-05T21:30:00+00:00"),
        ("Montag, 5. Februar 2024, 22:30", "2024-02-05T21:30:00+00:00"),
        ("Freitag, 15. März 2024, 08:05", "2024-03-15T07:05:00+00:00"),
        ("Feb 5, 2024 1030 PM", "2024-02-05T21:30:00+00:00"),
        ("February 5, 2024 105 AM", "2024-02-05T00:05:00+00:00"),
        ("5 February, 2024 2230", "2024-02-05T21:30:00+00:00"),
        ("2024-02-05T22:30", "2024-02-05T21:30:00+00:00"),
        ("2024-02-05T22:30Z", "2024-02-05T22:30:00+00:00"),
    ],
)
def test_a_time_is_read_as_platforms_write_it(text: str, read: str) -> None:
    assert stamp(text, BERLIN).isoformat() == read


@pytest.mark.parametrize("text", ["soon", "Feb 31, 2024 1030 PM", "5 February 2024", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    with pytest.raises(MomentError):
        stamp(text, BERLIN)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-02-05 22:30:00.948203 UTC", "2024-02-05T22:30:00.948203+00:00"),
        ("2024-02-05 22:30:00 Europe/Berlin\n", "2024-02-05T21:30:00+00:00"),
        ("2024-02-05 22:30:00", "2024-02-05T21:30:00+00:00"),
        ("2024-02-05 22:30:00 +02:00", "2024-02-05T20:30:00+00:00"),
        ("2024-02-05 22:30:00.948203 PST", "2024-02-06T06:30:00.948203+00:00"),
        ("2024-02-05 22:30:00 CET", "2024-02-05T21:30:00+00:00"),
        ("2024-02-05 22:30:00 XYZT", None),
        ("2024-02-05 22:30:00 Nowhere/Land", None),
        ("../../etc/passwd", None),
        ("9999-99-99 99:99:99 UTC", None),
    ],
)
def test_the_time_that_nbgrader_writes_beside_a_submission_is_read(tmp_path: Path, text: str, read: str | None) -> None:
    lay(tmp_path, {"timestamp.txt": text})
    found = collected_at(tmp_path, BERLIN)
    assert (None if found is None else found.isoformat()) == read


def test_what_a_submission_states_of_itself_is_told_as_that(tmp_path: Path) -> None:
    lay(tmp_path, {"timestamp.txt": "2024-02-05 22:30:00 UTC", "relu.py": ""})
    lay(
        tmp_path / ".git/logs",
        {"HEAD": "0 1 Ada <a@b> 1700000000 +0100\tcommit: a\n1 2 Ada <a@b> 1707000000 +0100\tx\n"},
    )
    assert stated_time(tmp_path, BERLIN) == (
        "stated by the student and not counted: timestamp.txt says 2024-02-05 23:30:00, "
        "its last commit says 2024-02-03 23:40:00"
    )
    assert stated_time(tmp_path / "relu.py", BERLIN) == ""


def test_a_time_behind_a_link_is_not_read(tmp_path: Path) -> None:
    lay(tmp_path / "other", {"timestamp.txt": "2024-02-05 22:30:00 UTC"})
    lay(tmp_path / "other/.git/logs", {"HEAD": "0 1 Ada <a@b> 1700000000 +0100\tcommit: a\n"})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/timestamp.txt").symlink_to(tmp_path / "other/timestamp.txt")
    (tmp_path / "mine/.git").symlink_to(tmp_path / "other/.git")
    assert stated_time(tmp_path / "mine", BERLIN) == ""


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-20 21:00:05 UTC", "2026-11-20T21:00:05+00:00"),
        ("2026-11-20 21:00:05.123 -0700", "2026-11-21T04:00:05.123000+00:00"),
        ("20.11.2026 21:05", "2026-11-20T19:05:00+00:00"),
        ("20.11.2026, 21:05:06", "2026-11-20T19:05:06+00:00"),
        ("Freitag, 16. Jänner 2026, 21:00", "2026-01-16T19:00:00+00:00"),
        ("Friday, November 20, 2026, 9:00 PM", "2026-11-20T19:00:00+00:00"),
        ("11/20/2026 9:05 PM", "2026-11-20T19:05:00+00:00"),
        ("20/11/2026 21:05:06", "2026-11-20T19:05:06+00:00"),
        ("20.11.26 21:05", "2026-11-20T19:05:00+00:00"),
        ("2026/11/20 21:05", "2026-11-20T19:05:00+00:00"),
        ("Do., 16. Apr. 2026, 22:52 Uhr", "2026-04-16T19:52:00+00:00"),
        ("neděle, 29. listopadu 2026, 22.14", "2026-11-29T20:14:00+00:00"),
        ("16 czerwca 2026, 22:52", "2026-06-16T19:52:00+00:00"),
        ("16 июля 2026, 22:52", "2026-07-16T19:52:00+00:00"),
        ("mercredi 1er avril 2026, 22:52", "2026-04-01T19:52:00+00:00"),
        ("Thu, 16 Apr 2026 22:52:10 +0200", "2026-04-16T20:52:10+00:00"),
        ("2026-04-16 22:52:10 PDT", "2026-04-17T05:52:10+00:00"),
        ("2026-10-25 03:30:00 EET", "2026-10-25T01:30:00+00:00"),  # the second half past three of that night
        ("2026-10-25 03:30:00 EEST", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25 03:30", "2026-10-25T00:30:00+00:00"),  # nothing tells: the one that is not later
    ],
)
def test_a_time_is_read_as_other_platforms_and_spreadsheets_write_it(text: str, utc: str) -> None:
    assert stamp(text, "Europe/Bucharest").isoformat() == utc


def test_a_day_that_may_be_a_month_is_not_guessed() -> None:
    with pytest.raises(MomentError):
        stamp("11/10/2026 9:05 PM", "Europe/Bucharest")
