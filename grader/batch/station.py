"""What a machine of a cluster keeps: the course, unpacked once, and processes that grade with it.

Dask calls these functions in its workers. Grading itself happens in processes of their own, as it does without a
cluster: a worker goes on answering its scheduler, and survives what ends a grading process.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import socket
import stat
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from grader.batch.jobs import Job, Refusal, Setting
from grader.batch.keys import versions
from grader.batch.lanes import LaneDiedError, Lanes
from grader.batch.memory import SHARE_OF_MACHINE, lanes_within, machine_bytes
from grader.model import Runtime
from grader.sandbox.host.exit_status import MachineError

KEPT_SECONDS: Final = 30 * 24 * 3600  # a course that nothing was graded with for so long is removed
PRIVATE: Final = 0o700


@dataclass(frozen=True, slots=True)
class Order:
    """What jobs are graded with: the hash of the course's bundle, and the setting as it is on the coordinator."""

    bundle: str
    setting: Setting
    runtime: Runtime


@dataclass(frozen=True, slots=True)
class About:
    """Who a worker is: its host, and the versions that verdicts may depend on."""

    host: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """What became of a job on a worker. The course may have been cleared away there since the worker was examined."""

    worker: str
    answer: Any = None
    has_course: bool = True


def about(modules: tuple[str, ...]) -> About:
    """Say who is here."""
    return About(socket.gethostname(), versions(modules))


def has_course(bundle: str) -> bool:
    """Tell whether this machine has a course unpacked."""
    return (_shelf() / bundle).is_dir()


def unpack(bundle: str, content: bytes) -> None:
    """Unpack a course where only this user can read it. Two workers of one machine may try that at once.

    Raises:
        MachineError: it cannot be kept here, or what arrived is not what was sent.
    """
    if hashlib.sha256(content).hexdigest() != bundle:
        raise MachineError("the course arrived damaged")
    shelf = _shelf()
    _clear_old(shelf)
    try:
        part = Path(tempfile.mkdtemp(prefix="part-", dir=shelf))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(part)
        try:
            part.rename(shelf / bundle)
        except OSError:
            shutil.rmtree(part)
            if not (shelf / bundle).is_dir():
                raise
    except OSError as error:
        raise MachineError(f"the course cannot be unpacked into {shelf}: {error.strerror}") from None


def ready(order: Order) -> Refusal | None:
    """Make one process ready to grade; say why it cannot be."""
    from grader.batch.work import make_ready  # noqa: PLC0415  # takes half a second, and only where the work is done

    try:
        refusal: Refusal | None = _submitted(order, make_ready, _here(order)).result()
    except LaneDiedError as error:
        return Refusal(str(error))
    return refusal


def serve(order: Order, call: Callable[[Any], Any], job: Any) -> Served:  # noqa: ANN401  # any executor's freedom
    """Have a call answered by one of this machine's processes; jobs are told where the course is here."""
    worker = _worker().address
    try:
        if not has_course(order.bundle):
            return Served(worker, has_course=False)
        given = replace(job, setting=_here(order)) if isinstance(job, Job) else job
        answer = _submitted(order, call, given).result()
    except MachineError as error:
        answer = Refusal(str(error), is_final=True)
    except LaneDiedError as error:
        answer = Refusal(str(error))
    if isinstance(answer, Refusal) and not answer.is_course:
        answer = replace(answer, message=f"{answer.message} (on {socket.gethostname()})")
    return Served(worker, answer)


def close() -> None:
    """Let the processes end once they have answered."""
    with _lock:
        if _open:
            _open.pop().shutdown(wait=False)


def drop() -> None:
    """End the processes with what they have in hand."""
    with _lock:
        if _open:
            lanes = _open.pop()
            lanes.drop()
            lanes.shutdown(wait=False)


_lock: Final = threading.Lock()
_open: Final[list[Lanes]] = []  # at most one: a worker has as many processes as it has threads


def _submitted(order: Order, call: Callable[[Any], Any], given: Any) -> Future[Any]:  # noqa: ANN401  # see `serve`
    with _lock:
        if not _open:
            worker = _worker()
            max_bytes = worker.memory_manager.memory_limit or int(machine_bytes() * SHARE_OF_MACHINE)
            _open.append(Lanes(min(worker.state.nthreads, lanes_within(max_bytes, order.runtime)), max_bytes))
        return _open[0].submit(call, given)


def _worker() -> Any:  # noqa: ANN401  # Dask gives its own class, which is there only where Dask is
    from distributed import get_worker  # noqa: PLC0415  # an optional dependency

    return get_worker()


def _here(order: Order) -> Setting:
    folder = _shelf() / order.bundle
    with suppress(OSError):
        os.utime(folder)  # in use: see KEPT_SECONDS
    return replace(order.setting, folder=folder / "reference" / order.setting.folder.name)


def _shelf() -> Path:
    """Give the folder that holds courses. Its name can be guessed, so that somebody else may have made it first.

    Raises:
        MachineError: it is not this user's alone.
    """
    user = os.geteuid()
    folder = Path(tempfile.gettempdir()) / f"grade-{user}"
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=PRIVATE)
        seen = folder.lstat()
    except OSError as error:
        raise MachineError(f"{folder} cannot be made: {error.strerror}") from None
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != user or stat.S_IMODE(seen.st_mode) != PRIVATE:
        raise MachineError(f"{folder} is not what it should be: expected a folder that only user {user} can open")
    return folder


def _clear_old(shelf: Path) -> None:
    before = time.time() - KEPT_SECONDS
    for folder in shelf.iterdir():
        with suppress(OSError):  # another worker may be at it
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
