"""What a worker of a cluster does and keeps: the course, unpacked once, and processes that grade with it.

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
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from grader.batch.executors.local import LocalExecutor
from grader.batch.executors.memory import SHARE_OF_MACHINE, machine_bytes, processes_within
from grader.batch.executors.protocol import load_for_workers
from grader.batch.jobs import Job, NotGraded, ReferenceCheck, RunConfig
from grader.course.fingerprint import versions
from grader.errors import MachineError, ProcessDiedError
from grader.model.assignment import Runtime

KEPT_SECONDS: Final = 30 * 24 * 3600  # a course that nothing was graded with for so long is removed
PRIVATE: Final = 0o700
MOST_SECONDS: Final = 1.0  # after which no further call is begun: one submission may take longer than all before


@dataclass(frozen=True, slots=True)
class SharedCourse:
    """What jobs are graded with: the hash of the course's bundle, and the config as it is on the coordinator."""

    digest: str
    config: RunConfig
    runtime: Runtime


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """Who a worker is: its host, and the versions that verdicts may depend on."""

    host: str
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class WorkerReply:
    """What became of calls on a worker: the answers to the first of them, and the seconds that these took.

    The next one ended in `error` where there is one; the others were not begun. The course may have been cleared away
    there since the worker was examined.
    """

    worker: str
    answers: tuple[Any, ...] = ()
    seconds: float = 0.0
    error: Exception | None = None
    has_course: bool = True


def info(modules: tuple[str, ...]) -> WorkerInfo:
    """Return who is here."""
    return WorkerInfo(socket.gethostname(), versions(modules))


def has_course(digest: str) -> bool:
    """Return whether this machine has a course unpacked."""
    return (_courses() / digest).is_dir()


def unpack(digest: str, bundle: bytes) -> None:
    """Unpack a course where only this user can read it. Two workers of one machine may try that at once.

    Raises:
        MachineError: it cannot be kept here, or what arrived is not what was sent.
    """
    if hashlib.sha256(bundle).hexdigest() != digest:
        raise MachineError("the course arrived damaged")
    courses = _courses()
    _remove_old(courses)
    try:
        part = Path(tempfile.mkdtemp(prefix="part-", dir=courses))
        with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
            archive.extractall(part)
        try:
            part.rename(courses / digest)
        except OSError:
            shutil.rmtree(part)
            if not (courses / digest).is_dir():
                raise
    except OSError as error:
        raise MachineError(f"the course cannot be unpacked into {courses}: {error.strerror}") from None


def make_ready(course: SharedCourse) -> NotGraded | None:
    """Make one process ready to grade; return why it cannot be."""
    from grader.batch import work  # noqa: PLC0415  # takes half a second, and only where the work is done

    try:
        refusal: NotGraded | None = _submit(course, work.make_ready, _config_here(course)).result()
    except ProcessDiedError as error:
        return NotGraded(str(error))
    return refusal


def answer(course: SharedCourse, calls: Sequence[tuple[Callable[[Any], Any], Any]]) -> WorkerReply:
    """Have calls answered by one of this machine's processes, as many as there is time for but one at least.

    What is not begun may be done elsewhere meanwhile. Jobs are told where the course is here.
    """
    worker = _worker().address
    answers: list[Any] = []
    began = time.monotonic()
    for function, given in calls:
        if answers and time.monotonic() - began > MOST_SECONDS:
            break
        try:
            if not answers and not has_course(course.digest):
                return WorkerReply(worker, has_course=False)
            found = _submit(course, function, _given_here(course, given)).result()
        except MachineError as error:
            found = NotGraded(str(error), is_final=True)
        except ProcessDiedError as error:
            found = NotGraded(str(error))
        except Exception as error:  # noqa: BLE001  # it belongs to whoever waits for the answer
            return WorkerReply(worker, tuple(answers), time.monotonic() - began, error)
        if isinstance(found, NotGraded) and not found.is_course:
            found = replace(found, message=f"{found.message} (on {socket.gethostname()})")
        answers.append(found)
        if is_of_machine(found):
            break
    return WorkerReply(worker, tuple(answers), time.monotonic() - began)


def is_of_machine(answer: object) -> bool:
    """Return whether a worker, and no other, is what prevents an answer."""
    return isinstance(answer, NotGraded) and answer.is_final and not answer.is_course


def end(*, is_dropped: bool) -> None:
    """Let the processes end once they have answered, or at once with what they have in hand; do not wait for it."""
    with _lock:
        if _open:
            executor = _open.pop()
            if is_dropped:
                executor.drop()
            threading.Thread(target=executor.shutdown, daemon=True).start()


_lock: Final = threading.Lock()
_open: Final[list[LocalExecutor]] = []  # at most one: a worker has as many processes as it has threads


def _submit(course: SharedCourse, function: Callable[[Any], Any], argument: Any) -> Future[Any]:  # noqa: ANN401  # any call's
    with _lock:
        if not _open:
            worker = _worker()
            max_bytes = worker.memory_manager.memory_limit or int(machine_bytes() * SHARE_OF_MACHINE)
            count = min(worker.state.nthreads, processes_within(max_bytes, course.runtime))
            make_ready = partial(load_for_workers, _config_here(course))
            _open.append(LocalExecutor(count, max_bytes, course.runtime.modules, make_ready))
        return _open[0].submit(function, argument)


def _worker() -> Any:  # noqa: ANN401  # Dask gives its own class, which is there only where Dask is
    from distributed import get_worker  # noqa: PLC0415  # an optional dependency

    return get_worker()


def _given_here(course: SharedCourse, given: Any) -> Any:  # noqa: ANN401  # any call's
    """Return what a call is given, with the place that the course has here."""
    if isinstance(given, RunConfig):
        return _config_here(course)
    return replace(given, config=_config_here(course)) if isinstance(given, Job | ReferenceCheck) else given


def _config_here(course: SharedCourse) -> RunConfig:
    folder = _courses() / course.digest
    with suppress(OSError):
        os.utime(folder)  # in use: see KEPT_SECONDS
    return replace(course.config, folder=folder / "reference" / course.config.folder.name)


def _courses() -> Path:
    """Return the folder that holds courses. Its name can be guessed, so that somebody else may have made it first.

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


def _remove_old(courses: Path) -> None:
    before = time.time() - KEPT_SECONDS
    for folder in courses.iterdir():
        with suppress(OSError):  # another worker may be at it
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
