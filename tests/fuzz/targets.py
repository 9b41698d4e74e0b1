"""What is fuzzed: each target takes bytes and ends in an answer or in an error of its own, never in another."""

from __future__ import annotations

import functools
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from tiny_course import RUBRIC, SCALE, build

from grader.course.assignment import CourseAssignment
from grader.course.discovery import read_assignment
from grader.errors import CourseError, MachineError, ProtocolError, SubmissionError
from grader.sandbox import protocol
from grader.sandbox.host.frame_reader import FrameReader
from grader.submissions.read import read_submission

FOLDER: Final = Path(tempfile.mkdtemp(prefix="grade-fuzz-"))
TREES: Final = (None, 1.5, "text", [1, [2, {"a": np.arange(6.0).reshape(2, 3)}]], {"x": np.ones(3, np.int64), "y": ()})


def read_frame(data: bytes) -> None:
    """Read what a worker might write: whole frames, halves, and several in a row."""
    inbox = FrameReader()
    try:
        for start in range(0, len(data), 37):
            inbox.feed(data[start : start + 37])
            while inbox.next_message() is not None:
                pass
    except (ProtocolError, MachineError):
        return


def read_frame_text(data: bytes) -> None:
    """Read a frame whose announced lengths are right, so that mutations reach what lies behind them."""
    header, _, payload = data.partition(b"\0")
    try:
        protocol.decode(protocol.PREFIX.pack(protocol.MAGIC, len(header), len(payload)) + header + payload)
    except ProtocolError:
        return


def read_handed_in(name: str, data: bytes) -> None:
    """Read a submission that is one file of this name."""
    path = FOLDER / name
    path.write_bytes(data)
    try:
        told = read_submission(path, _course().assignment, _course().provided).notes
    except SubmissionError as error:
        told = (str(error),)
    assert all(sentence.isprintable() for sentence in told), "a sentence holds what a terminal would obey"


def read_rubric(data: bytes) -> None:
    """Read an `assignment.toml`."""
    folder = _course().folder
    (folder / "assignment.toml").write_bytes(data)
    try:
        read_assignment(folder)
    except CourseError as error:
        problems = error.problems
    else:
        return
    assert problems, "a rubric is refused without a reason"


@functools.cache
def _course() -> CourseAssignment:
    return read_assignment(build(FOLDER))


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Pack files without compression, so that mutations reach their text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def _notebooks() -> list[bytes]:
    cells = '{"cell_type": "code", "source": ["import math\\n", "%matplotlib inline\\n", "def f(x):\\n    return x"], '
    code = cells + '"outputs": [], "execution_count": null, "metadata": {}}'
    four = f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{code}]}}'
    three = '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", '
    three += '"input": "x = 1", "outputs": [], "language": "python", "collapsed": false, "metadata": {}}]}]}'
    return [four.encode(), three.encode()]


def _archives() -> list[bytes]:
    return [zip_of({"scale.py": SCALE.encode()}), zip_of({"a/scale.py": b"x", "a/stats.py": b"", "__MACOSX/._a": b""})]


def _tars() -> list[bytes]:
    found = []
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
            info = tarfile.TarInfo(f"{'folder/' * 20}scale.py")
            info.size = len(SCALE)
            archive.addfile(info, io.BytesIO(SCALE.encode()))
        found.append(buffer.getvalue()[:4096])
    return found


def _text_of(frame: bytes) -> bytes:
    _, header, _ = protocol.PREFIX.unpack_from(frame)
    start = protocol.PREFIX.size
    return frame[start : start + header] + b"\0" + frame[start + header :]


TARGETS: Final[Mapping[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]]] = MappingProxyType(
    {
        "wire": (read_frame, lambda: [protocol.encode("value", 1, tree) for tree in TREES]),
        "wire-text": (read_frame_text, lambda: [_text_of(protocol.encode("value", 1, tree)) for tree in TREES]),
        "zip": (functools.partial(read_handed_in, "handed.zip"), _archives),
        "tar": (functools.partial(read_handed_in, "handed.tar"), _tars),
        "notebook": (functools.partial(read_handed_in, "handed.ipynb"), _notebooks),
        "source": (functools.partial(read_handed_in, "scale.py"), lambda: [SCALE.encode()]),
        "rubric": (read_rubric, lambda: [RUBRIC.encode()]),
    }
)
"""By name: the target, and what it starts from."""
