"""Lines of a report as links: to the file without any set-up, to an editor by choice, and to nothing outside."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from classes import Grade
from tiny_course import SCALE

from grader.model.result import QuotedLine
from grader.reporting.places import Links, addresses_in, has_hyperlinks

LINE = QuotedLine(file="modules/my file.py", line=44, source="x", function="", column=0)


@pytest.mark.parametrize(
    ("links", "address"),
    [
        (Links.FILE, "file:///home/ann/modules/my%20file.py#44"),
        (Links.VSCODE, "vscode://file/home/ann/modules/my%20file.py:44"),
    ],
)
def test_a_line_has_the_address_that_was_chosen(links: Links, address: str) -> None:
    give = addresses_in(Path("/home/ann"), links)
    assert give is not None
    assert give(LINE) == address
    assert give(replace(LINE, file="a.ipynb", cell=3)).endswith("/home/ann/a.ipynb")  # the cell has no line there


@pytest.mark.parametrize("file", ["/etc/passwd", "../other.py", "a/../../b.py"])
def test_what_lies_outside_the_folder_has_no_address(file: str) -> None:
    give = addresses_in(Path("/home/ann"), Links.FILE)
    assert give is not None
    assert give(replace(LINE, file=file)) == ""


def test_an_archive_has_no_addresses_and_who_wants_none_gets_none() -> None:
    assert addresses_in(None, Links.FILE) is None
    assert addresses_in(Path("/home/ann"), Links.NONE) is None


@pytest.mark.parametrize(
    ("environment", "has_them"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "1"}, True),
        ({"TERM": "screen"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "vt220"}, False),
        ({"TERM": "xterm", "INSIDE_EMACS": "29"}, False),
        ({"TERM": "linux", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "0"}, False),
        ({}, False),
    ],
)
def test_a_terminal_that_knows_no_links_gets_none(environment: dict[str, str], has_them: bool) -> None:
    assert has_hyperlinks(environment) is has_them


def test_a_report_links_the_line_that_raised(grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scale = course / "student" / "tiny" / "scale.py"
    scale.write_text(SCALE.replace("return (x - x.mean(axis=0))", "return (x - y)"), encoding="utf-8")
    report = course / ".grade" / "reports" / "tiny.partial.html"
    grade("run", "tiny", "--only", "standardized")
    assert f'<a href="{scale.as_uri()}#' in report.read_text(encoding="utf-8")
    monkeypatch.setenv("GRADE_LINKS", "vscode")
    grade("run", "tiny", "--only", "standardized")
    assert '<a href="vscode://file/' in report.read_text(encoding="utf-8")
    grade("run", "tiny", "--only", "standardized", "--links", "none")
    assert "<figcaption><code>scale.py</code>" in report.read_text(encoding="utf-8")
