"""Make what a class hands in for the course of `tiny_course`, and type commands as an instructor does."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_course import SAMPLE_FILES, SCALE, STATS, STUBS

from grader import cli
from grader.batch.work import release

COMMAND = [sys.executable, "-c", "from grader.cli import main; main()"]
WHOLE, NOT_ALL, USAGE, BROKEN = 0, 1, 2, 3

CORRECT = {"scale.py": SCALE, "stats.py": STATS}
STUB = dict(STUBS)
SHORT_ROWS = dict(zip(("scale.py", "stats.py"), SAMPLE_FILES["short-rows"], strict=True))
PRINTS = dict(zip(("scale.py", "stats.py"), SAMPLE_FILES["prints"], strict=True))


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Read what `--json` printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Grade = Callable[..., Ran]


def unlike(files: Mapping[str, str], number: int) -> dict[str, str]:
    """Give files that do the same and are not the same."""
    return {name: f"{text}\n# {number}\n" for name, text in files.items()}


def lay(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def contents(folder: Path) -> dict[str, str]:
    """Digest every file below a folder, by its path there."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """Pack files as students do."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def a_class(folder: Path, size: int) -> Path:
    """Write a folder of folders: mixed submissions, no two alike."""
    kinds = (CORRECT, SHORT_ROWS, STUB, PRINTS)
    for number in range(size):
        lay(folder / f"student{number:03}", unlike(kinds[number % len(kinds)], number))
    return folder


def started(*arguments: str | Path, at: Path, **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401  # Popen's
    """Start the command in a process of its own."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Ran:
    """Wait for a command that was started."""
    out, err = process.communicate(timeout=seconds)
    assert "Traceback" not in out + err
    return Ran(process.returncode, out, err)


class Here:
    """Does everything at once in this process: for tests of what is done with answers, not of how they come."""

    def submit(self, function: Callable[[Any], Any], argument: Any, /) -> Future[Any]:  # noqa: ANN401  # any call's
        future: Future[Any] = Future()
        future.set_result(function(argument))
        return future

    def window(self) -> int:
        return 1

    def drop(self) -> None:
        return

    def shutdown(self) -> None:
        return


@contextmanager
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let batches start no processes but the sandbox's."""
    monkeypatch.setattr("grader.batch.grade_class.local_executor", lambda *_: Here())
    yield
    release()


def commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at: Path) -> Grade:
    """Give a function that runs a command in this process, as `grade` would in a folder."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(at)

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["grade", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return Ran(int(ended.value.code or 0), printed.out, printed.err)

    return run
