"""A student at the desk, from the stub to full points, on pseudo-terminals: watch with every key, and what is told."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_course import SCALE, STATS

WIDTHS = (40, 80, 200)
STYLES = re.compile(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]")
PATIENCE = 120.0  # on a busy machine; a quiet one needs a hundredth
MISTAKE = SCALE.replace("x.std(axis=0)", "x.std()")
RAISES = STATS.replace("** 2).mean(axis=0)", "** 2).mean(axis=nil)")
READY = "q quit"  # the end of what watch prints of a grading
PLAIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}


class Terminal:
    """A command on a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], at: Path, width: int, environment: dict[str, str]) -> None:
        self._master, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grader.cli", *arguments], cwd=at, stdin=theirs, stdout=theirs, stderr=theirs,
            env={**inherited, "TERM": "xterm-256color", **environment}, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.raw = ""

    @property
    def seen(self) -> str:
        return STYLES.sub("", self.raw).replace("\r\n", "\n")

    def wait_for(self, *words: str) -> str:
        """Read until these words stand there in this order, wherever lines are broken; return all, and forget it."""
        wanted = re.compile(".*".join(map(re.escape, words)))
        deadline = time.monotonic() + PATIENCE
        while not wanted.search(" ".join(self.seen.split())) and time.monotonic() < deadline:
            self._read()
        assert wanted.search(" ".join(self.seen.split())), self.seen
        came, self.raw = self.seen, ""
        return came

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def to_the_end(self) -> str:
        while self._read() or self.process.poll() is None:
            pass
        return self.seen

    def _read(self) -> bool:
        try:
            ready = select.select([self._master], [], [], 0.2)[0]
            came = os.read(self._master, 1 << 16) if ready else b""
        except OSError:  # its other end is closed
            return False
        self.raw += came.decode("utf-8", "replace")
        return bool(came)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def student(course: Path) -> Path:
    return course / "student" / "tiny"


@pytest.fixture
def environment(course: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give an environment whose browser writes down what it was asked to open."""
    folder = tmp_path_factory.mktemp("desk")
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {shlex.quote(str(folder / "opened"))}\n', encoding="utf-8")
    browser.chmod(0o700)
    return {"XDG_RUNTIME_DIR": str(folder), "BROWSER": f"{browser} %s"}


@pytest.fixture(params=[(40, PLAIN), (200, {})], ids=["40 ascii", "200"])  # test_watch.py has one between them
def watched(request: pytest.FixtureRequest, student: Path, environment: dict[str, str]) -> Iterator[Terminal]:
    width, more = request.param
    terminal = Terminal(["watch"], student, width, {**environment, **more})
    yield terminal
    terminal.close()


def test_watch_leads_from_the_stub_to_full_points(
    watched: Terminal, student: Path, environment: dict[str, str]
) -> None:
    watched.wait_for("not written yet at scale.py line ", READY)
    (student / "scale.py").write_text(MISTAKE, encoding="utf-8")
    watched.wait_for("scale.py saved", "1 of 4 checks passed", READY)
    watched.press("h")
    watched.wait_for("hint: along which axis does a column lie?")
    watched.press("e")
    watched.wait_for("how many deviations does an array of 3 columns have?")
    (student / "scale.py").write_text(SCALE, encoding="utf-8")
    watched.wait_for("2 of 4 checks passed", READY)
    (student / "stats.py").write_text(RAISES, encoding="utf-8")
    watched.wait_for("name 'nil' is not defined", "2 of 4 checks passed", READY)
    watched.press("f")
    watched.wait_for("0 of 2 checks passed", READY)  # those that failed, alone
    (student / "stats.py").write_text(STATS, encoding="utf-8")
    watched.wait_for("2 of 2 checks passed", READY)
    watched.press("a")
    watched.wait_for("4 of 4 checks passed, 10 of 10 points", READY)
    watched.press("h")
    watched.wait_for("every check that is shown passed")
    watched.press("o")
    opened = Path(environment["XDG_RUNTIME_DIR"]) / "opened"
    deadline = time.monotonic() + PATIENCE
    while not opened.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert opened.read_text(encoding="utf-8").strip().endswith("/.grade/reports/tiny.html")
    watched.press("q")
    assert watched.process.wait(PATIENCE) == 0


def screen_of(arguments: list[str], at: Path, width: int, environment: dict[str, str]) -> str:
    """Return what a command leaves on a terminal, escape sequences and all."""
    terminal = Terminal(arguments, at, width, environment)
    terminal.to_the_end()
    terminal.close()
    return terminal.raw


@pytest.mark.parametrize("width", WIDTHS)
def test_the_last_line_is_the_command_to_type_next(width: int, student: Path, environment: dict[str, str]) -> None:
    (student / "scale.py").write_text(MISTAKE, encoding="utf-8")
    raw = screen_of(["run"], student, width, environment | (PLAIN if width == WIDTHS[0] else {}))
    lines = STYLES.sub("", raw).replace("\r\n", "\n").rstrip().splitlines()
    assert lines[-1] == "grade hint tiny standardized"
    assert all(len(line) <= width for line in lines[-12:-1])
    if width == WIDTHS[0]:
        assert raw.isascii()
        assert "\x1b[3" not in raw  # NO_COLOR: no text has a colour
        assert "hint: " in screen_of(shlex.split(lines[-1])[1:], student, width, environment)


def test_the_command_that_is_told_at_full_points_makes_the_zip(student: Path, environment: dict[str, str]) -> None:
    for name, text in {"scale.py": SCALE, "stats.py": STATS}.items():
        (student / name).write_text(text, encoding="utf-8")
    raw = screen_of(["run"], student, WIDTHS[0], environment)
    *_, last = STYLES.sub("", raw).rstrip().splitlines()
    assert last == "grade pack tiny"
    assert "sha256 of the zip" in screen_of(shlex.split(last)[1:], student, WIDTHS[0], environment)
    assert (student / "tiny.zip").is_file()
