"""`grade watch`: on a pseudo-terminal as a student uses it, and what it is made of."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from classes import Grade
from tiny_course import DRIVERS, SCALE, STATS

from grader.course.assignment import CourseAssignment
from grader.desk import watch_socket
from grader.desk.concerned import concerned
from grader.desk.watch import Watch
from grader.desk.watch_socket import Listener, ask, private_folder, socket_of
from grader.desk.watch_view import ended_lines
from grader.errors import MachineError
from grader.judging.verdicts import running_order
from grader.model.assignment import Visibility
from grader.model.progress import Ended
from grader.model.status import Status
from grader.subjects.recordings import call_bytes

STYLES = re.compile(r"\x1b\[[0-9;]*m")
PATIENCE = 120.0  # on a busy machine; a quiet one needs a hundredth


class Terminal:
    """A command on a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], at: Path, environment: dict[str, str]) -> None:
        self._master, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "grader.cli", *arguments], cwd=at, stdin=theirs, stdout=theirs, stderr=theirs,
            env={**os.environ, **environment}, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def wait_for(self, words: str) -> str:
        """Read until these words stand there; return what came up to now, and forget it."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.seen and time.monotonic() < deadline:
            if select.select([self._master], [], [], 0.2)[0]:
                self.seen += STYLES.sub("", os.read(self._master, 1 << 16).decode("utf-8", "replace"))
        assert words in self.seen, self.seen
        came, self.seen = self.seen, ""
        return came

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def sockets(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("run")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def watched(course: Path, sockets: Path) -> Iterator[Terminal]:
    environment = {"TERM": "xterm", "COLUMNS": "100", "XDG_RUNTIME_DIR": str(sockets)}
    terminal = Terminal(["watch"], course / "student" / "tiny", environment)
    yield terminal
    terminal.close()


def test_every_save_is_graded_and_keys_help_on(
    watched: Terminal, grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = course / "student" / "tiny"
    assert "not written yet" in watched.wait_for("0 of 4 checks passed")
    (folder / "scale.py").write_text(SCALE.replace("/ x.std(axis=0)", ""), encoding="utf-8")
    came = watched.wait_for("1 of 4 checks passed, 2 of 10 points")
    assert "scale.py saved" in came
    assert "FAIL    standardized" in came
    watched.press("h")
    watched.wait_for("hint: along which axis does a column lie?")
    (folder / "scale.py").write_text(SCALE, encoding="utf-8")
    assert "ok      standardized" in watched.wait_for("2 of 4 checks passed")
    (folder / "stats.py").write_text(STATS, encoding="utf-8")
    assert "no longer" not in watched.wait_for("4 of 4 checks passed, 10 of 10 points")

    def refused(*_given: object, **_named: object) -> None:
        raise AssertionError("a run started what the watch has ready")

    monkeypatch.setattr("grader.commands.run.Grader", refused)
    ran = grade("run", "tiny", "--only", "variance")
    assert (ran.code, "ok      variance" in ran.out) == (0, True)
    watched.press("q")
    assert watched.process.wait(PATIENCE) == 0


def test_a_watch_that_read_another_course_is_not_asked(
    sockets: Path, tiny: CourseAssignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(socket_of(tiny.folder, "tiny"), {}) == {}  # none is running
    with Listener(socket_of(tiny.folder, "tiny")) as listener:
        assert listener.fileno() > 0
        assert sockets in socket_of(tiny.folder, "tiny").parents
        monkeypatch.setattr(watch_socket, "ANSWER_SECONDS", 0.1)
        assert ask(socket_of(tiny.folder, "tiny"), {"submission": "."}) == {}  # it is busy for ever
    assert not socket_of(tiny.folder, "tiny").exists()


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750])
def test_a_folder_that_others_may_enter_holds_no_socket(sockets: Path, mode: int) -> None:
    folder = private_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(mode)
    with pytest.raises(MachineError, match="is no folder of this user alone"):
        private_folder()


def test_a_link_in_the_place_of_the_folder_is_not_followed(sockets: Path, tmp_path: Path) -> None:
    (sockets / f"grade-{os.getuid()}").symlink_to(tmp_path)
    with pytest.raises(MachineError, match="is no folder of this user alone"):
        private_folder()


def test_the_checks_of_a_file_are_those_that_name_what_it_defines() -> None:
    calls = {
        "standardized": [call_bytes("standardized", {"x": 1})],
        "variance": [call_bytes("variance", {"x": 1})],
        "any": [call_bytes("standardized", {"kind": "stats:variance"})],
    }
    assert concerned(calls, DRIVERS, {"stats.py": STATS}) == {"variance", "any"}
    assert concerned(calls, DRIVERS, {"scale.py": "def ("}) == {"standardized", "any"}
    assert concerned(calls, DRIVERS, {"notes.py": ""}) == frozenset()


def test_what_is_wanted_first_comes_with_what_it_needs(tiny: CourseAssignment) -> None:
    names = [check.name for check in running_order(tiny.assignment.checks, {"covariance"})]
    assert names[:2] == ["variance", "covariance"]
    assert sorted(names) == sorted(check.name for check in tiny.assignment.checks)


def test_a_pipe_among_the_files_is_not_waited_for(tiny: CourseAssignment, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "scale.py")
    (tmp_path / "stats.py").symlink_to("/dev/zero")
    graded: list[str] = []
    watch = Watch.__new__(Watch)  # no sandbox is needed to look what was saved
    watch._folder, watch._contents = tmp_path, {}
    watch.grade = graded.append  # type: ignore[method-assign,assignment]
    watch.saved(frozenset({"scale.py", "stats.py"}))
    assert graded == []


def test_checks_that_are_shown_later_are_not_printed(tiny: CourseAssignment) -> None:
    first, second, *_ = tiny.assignment.checks
    later = replace(first, visibility=Visibility.AFTER_DUE_DATE)
    ended = [Ended(later, Status.FAILED, "wrong"), Ended(second, Status.FAILED, "wrong")]
    assert [line.plain.split()[1] for line in ended_lines(ended, {})] == [second.name]
