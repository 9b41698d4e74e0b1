"""Try something in a child of this process that ends at once. For probes and tests, not for submissions."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import RawIOBase
from typing import Final, NoReturn

PATIENCE_SECONDS: Final = 10.0  # for what a healthy kernel does within a millisecond, on a machine that is busy
ANSWER: Final = 0
"""The descriptor on which a child answers, in place of its standard input."""


@dataclass(frozen=True, slots=True)
class ChildExit:
    """How a child ended: what it answered, and its exit code or minus the signal that killed it."""

    answer: str
    exit_code: int


def in_child(act: Callable[[], str], seconds: float = 5.0) -> ChildExit:
    """Fork, run `act` in the child and return what it returns; the child is killed when its time is up.

    An exception ends the child with exit code 1 and is what it answers.
    """
    deadline = time.monotonic() + seconds
    answers, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _answer_and_exit(act, answer)
    os.close(answer)
    with os.fdopen(answers, "rb", buffering=0) as pipe:
        text = _read_until(pipe, deadline)
    while True:
        waited, status = os.waitpid(pid, os.WNOHANG)
        if waited:
            return ChildExit(text.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status))
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def can(act: Callable[[], object]) -> bool:
    """Return whether something works that is tried in a child."""
    return in_child(lambda: str(act())).exit_code == 0


def outcome_of_opening(path: str) -> str:
    """Return "refused" or "allowed"."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError:
        return "refused"
    return "allowed"


def _answer_and_exit(act: Callable[[], str], answer: int) -> NoReturn:
    code = 1
    try:
        os.dup2(answer, ANSWER)
        if answer != ANSWER:
            os.close(answer)  # or a grandchild would keep the parent waiting
        text = act()
        code = 0
    except BaseException as error:  # noqa: BLE001  # whatever it is, the child may not return into its parent's code
        text = f"{type(error).__name__}: {error}"
    try:
        os.write(ANSWER, text.encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _read_until(pipe: RawIOBase, deadline: float) -> bytes:
    text = b""
    while select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]:
        chunk = pipe.read(1 << 16)
        if not chunk:
            break
        text += chunk
    return text
