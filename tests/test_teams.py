"""`grader.intake.teams`: who handed in together, and what a class of groups comes to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from classes import CORRECT, SHORT_ROWS, WHOLE, Grade, lay, packed

from grader.errors import UsageError
from grader.intake.identify import plain_owner
from grader.intake.roster import RosterFile, read_roster
from grader.intake.teams import Teams, read_teams, teams_of


def members(teams: Teams, name: str) -> set[str]:
    """Say whose a submission of that name is."""
    owner = plain_owner(name)
    return {student.identifier for student in teams.who(owner, RosterFile().roster.student(owner))}


@pytest.mark.parametrize(
    "text",
    [
        "group,student\nTeam 7,ada\nTeam 7,bob\nsolo,eve\n",
        "sep=;\nGruppe;Mitglieder\nTeam 7;ada, bob\nsolo;eve\n",
        "name,canvas_user_id,user_id,login_id,group_name\nx,1,ada,a,Team 7\ny,2,bob,b,Team 7\nz,3,eve,e,solo\n",
        '\n"Group","Members"\n"Team 7","ada|bob"\n"solo","eve"\n',
    ],
)
def test_a_submission_of_a_member_or_of_the_group_is_everybodys(tmp_path: Path, text: str) -> None:
    lay(tmp_path, {"groups.csv": text})
    teams = read_teams(tmp_path / "groups.csv", RosterFile())
    assert members(teams, "bob") == members(teams, "team_7") == {"ada", "bob"}
    assert members(teams, "eve") == {"eve"}
    assert members(teams, "zoe") == {"zoe"}


def test_a_column_of_the_roster_makes_teams_and_students_are_the_rosters(tmp_path: Path) -> None:
    lay(tmp_path, {"roster.csv": "id,name,team\n001,Ada L,A\n002,Bob H,A\n003,Eve,\n"})
    roster = read_roster(tmp_path / "roster.csv", "UTC")
    lay(tmp_path, {"groups.csv": "group,student\nB,Ada L\nB,3\n"})
    assert [sorted(teams_of(roster).of), sorted(read_teams(tmp_path / "groups.csv", roster).of)] == [
        ["001", "002"], ["001", "003"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("group,student\nA,ada\nB,ada\n", "row 3 puts 001 into a second group"),
        ("group,student\nA,zoe\n", "row 2 names zoe, who is not on the roster"),
        ("group,student\n,ada\n", "row 2 does not say which group"),
        ("student\nada\n", "has the columns student, expected group and student"),
        ("", "has the columns none, expected group and student"),
    ],
)
def test_groups_that_cannot_be_followed_are_told(tmp_path: Path, text: str, sentence: str) -> None:
    lay(tmp_path, {"groups.csv": text, "roster.csv": "id,login\n001,ada\n"})
    with pytest.raises(UsageError, match=sentence):
        read_teams(tmp_path / "groups.csv", read_roster(tmp_path / "roster.csv", "UTC"))


def test_a_group_is_graded_once_and_each_member_has_a_report_and_points_of_their_own(
    grade: Grade, course: Path
) -> None:
    lay(course / "handed", {"Team 7.zip": packed(SHORT_ROWS), "eve.zip": packed(CORRECT)})
    lay(course, {"groups.csv": "group;members\nTeam 7;ada, bob\nB;eve, zoe\n"})
    ran = grade("batch", "tiny", "handed", "--groups", "groups.csv", "--json")
    assert (ran.code, ran.document["graded_now"], ran.document["outcomes"]) == (WHOLE, 2, {"graded": 4})
    grade("override", "tiny", "bob", "2", "--why", "did nothing")
    rows = grade("export", "tiny", "-f", "jsonl").out.splitlines()
    assert {row["student"]: row["score"] for row in map(json.loads, rows)} == {
        "ada": 9.2,
        "bob": 2,
        "eve": 10,
        "zoe": 10,
    }
    assert "bob" in (course / "results/tiny/reports/bob.html").read_text(encoding="utf-8")
    grade("similar", "tiny")
    groups = json.loads((course / "results/tiny/similar.json").read_text(encoding="utf-8"))["groups"]
    assert {one["student"] for group in groups for one in group["students"]} <= {"ada", "eve"}
    assert grade("batch", "tiny", "--resume", "--json").document["outcomes"] == {"graded": 4}
