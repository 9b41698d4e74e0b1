"""`grade batch --cluster` on a real scheduler and real workers, and what `executors.dask` does when they fail.

The real workers are processes of this machine that keep their courses in a folder of the test's.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import distributed
import pytest
from classes import (
    BROKEN,
    NOT_ALL,
    USAGE,
    WHOLE,
    Grade,
    a_class,
    commands,
    ended,
    in_this_process,
    started,
)
from dask import config as dask_config
from tiny_course import RUBRIC, build

from grader.batch.executors import dask as dask_module
from grader.batch.executors import dask_connection, dask_worker
from grader.batch.executors.dask import MOST_RETURNS, DaskExecutor
from grader.batch.executors.dask_connection import connect
from grader.batch.executors.dask_worker import SharedCourse, WorkerInfo, WorkerReply
from grader.batch.jobs import NotGraded, RunConfig
from grader.course.assignment import CourseAssignment
from grader.course.fingerprint import versions
from grader.course.installation import install_command
from grader.errors import ClusterError, DroppedError, MachineError
from grader.model.assignment import Runtime
from grader.results.visibility import View
from grader.sandbox.layers.doctor import examine
from grader.sandbox.layers.requirements import REQUIRABLE

SECONDS = 90
SCORES = (10, 9.2, 0, 9)  # of the kinds of submissions that `a_class` mixes


def until(is_so: Callable[[], object]) -> None:
    """Wait for something that is about to happen."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@dataclass
class Farm:
    """A scheduler that gives up on a job at the second death, and its workers."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, program: Sequence[str] = ("-m", "dask")) -> subprocess.Popen[bytes]:
        """Start a part of Dask as an operator does."""
        environment = {
            **os.environ, "TMPDIR": str(self.folder), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "false",
        }  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *program, *arguments], env=environment, cwd=self.folder, stdout=log, stderr=log
            )

    def open(self) -> None:
        """Start the scheduler on a port that the system chooses."""
        file = self.folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
        )
        until(lambda: file.is_file() and file.read_text().rstrip().endswith("}"))
        self.address = str(json.loads(file.read_text())["address"])

    def join(self, count: int, program: Sequence[str] = ("-m", "dask")) -> None:
        """Have as many workers at work."""
        self.processes = [process for process in self.processes if process.poll() is None]
        for process in self.processes[count:]:
            process.kill()
            process.wait()
        del self.processes[count:]
        more = ("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.processes += [self.start(*more, program=program) for _ in range(count - len(self.processes))]
        with distributed.Client(self.address, set_as_default=False) as client:
            until(lambda: len(client.nthreads()) == count)

    def close(self) -> None:
        """End everything."""
        for process in [*self.processes, *filter(None, [self.scheduler])]:
            process.kill()
            process.wait()

    def courses(self) -> list[Path]:
        """List the courses that the workers keep."""
        return sorted(self.folder.glob(f"grade-{os.geteuid()}/*"))


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    opened = Farm(tmp_path_factory.mktemp("farm"))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def grade(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], course: Path) -> Grade:
    return commands(monkeypatch, capsys, course)


def results(course: Path, out: str = "results") -> dict[str, Any]:
    files = sorted((course / out / "tiny/results").glob("*.json"))
    return {file.stem: json.loads(file.read_text()) for file in files}


def scores(course: Path) -> list[float]:
    return [document["score"] for document in results(course).values()]


def kept(course: Path) -> int:
    """Count the results in the gradebook, which is there when the first is."""
    file = course / "results/gradebook.sqlite"
    if not file.is_file():
        return 0
    with closing(sqlite3.connect(file, timeout=30)) as database:
        try:
            found = database.execute("SELECT count(*), count(DISTINCT key) FROM results").fetchone()
        except sqlite3.OperationalError:  # the tables are not there yet
            return 0
    assert found[0] == found[1], "a result is doubled"
    return int(found[0])


def test_a_cluster_finds_what_this_machine_finds_and_keeps_the_course_to_itself(
    farm: Farm, grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.join(2)
    a_class(course / "handed", 4)
    assert grade("batch", "tiny", "handed", "--cluster", farm.address).code == WHOLE
    (kept_course,) = [
        folder for folder in farm.courses() if (folder / "reference/tiny/assignment.toml").read_text() == RUBRIC
    ]
    assert stat.S_IMODE(kept_course.parent.stat().st_mode) == stat.S_IMODE(kept_course.stat().st_mode) == 0o700
    assert {path.name for path in (kept_course / "reference/tiny").iterdir()} >= {"assignment.toml", "solution"}
    assert not list(kept_course.rglob("samples"))
    with in_this_process(monkeypatch):
        assert grade("batch", "tiny", "handed", "--out", "here").code == WHOLE
    remote, local = results(course), results(course, "here")
    assert scores(course) == list(SCORES)
    assert {name: verdicts(document) for name, document in remote.items()} == {
        name: verdicts(document) for name, document in local.items()
    }


def verdicts(document: dict[str, Any]) -> object:
    """Give all of a result that does not differ from one run to the next."""
    checks = [
        (check["name"], check["status"], check["points"], check["message"], check["reasons"], check["mistakes"])
        for check in document["checks"]
    ]
    assert checks
    return document["score"], document["notes"], document["rules"], document["provenance"]["tests"], checks


def test_a_worker_that_is_killed_and_one_that_joins_change_nothing(farm: Farm, course: Path) -> None:
    farm.join(2)
    a_class(course / "handed", 8)
    process = started("batch", "tiny", "handed", "--cluster", farm.address, at=course)
    until(lambda: kept(course) or process.poll() is not None)
    farm.processes[0].kill()
    farm.processes[0].wait()
    farm.join(2)
    assert ended(process, SECONDS).code == WHOLE
    assert kept(course) == 8
    assert scores(course) == list(SCORES) * 2


def test_ctrl_c_ends_the_run_and_not_the_cluster(farm: Farm, course: Path) -> None:
    farm.join(2)
    a_class(course / "handed", 400)  # more than are done until the signal arrives, and in hand then
    process = started("batch", "tiny", "handed", "--cluster", farm.address, at=course)
    until(lambda: kept(course) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    ran = ended(process, SECONDS)
    assert ran.code == NOT_ALL
    assert re.search(r"stopped with \d+ of 400 left; what is done is kept; go on with: grade batch tiny", ran.err)
    assert 1 <= kept(course) < 400
    assert [worker.poll() for worker in farm.processes] == [None, None]


END_OF_WORKER = """
import os, pathlib, signal
pid = os.getpid()
while b"dask" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
    pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
os.kill(pid, signal.SIGKILL)
"""
"""Ends the worker that a process belongs to, whatever forked the process for it."""


def test_what_workers_die_over_is_given_up_and_others_wait_for_a_new_one(farm: Farm, tiny: CourseAssignment) -> None:
    """A job that ends every worker must end no run, and cost no other job its answer."""
    farm.join(2)
    told: list[str] = []
    grading = tuple(versions(tiny.assignment.runtime.modules).items())
    opened = connect(farm.address, tiny, RunConfig(tiny.folder, "", None, View.STUDENT, grading), told.append)
    try:
        deadly = opened.submit(exec, END_OF_WORKER)
        answer = deadly.result(SECONDS)
        assert isinstance(answer, NotGraded)
        assert not answer.is_final
        assert re.fullmatch(
            r"the cluster could not grade it: the workers died over it one after another, the last was tcp://\S+",
            answer.message,
        )
        waiting = opened.submit(abs, -3)
        until(lambda: told)
        assert told == [f"no worker is at {farm.address}: waiting for one"]
        farm.join(1)
        assert waiting.result(SECONDS) == 3
    finally:
        opened.shutdown()


def test_another_version_here_than_on_a_worker_is_refused_by_naming_both(
    farm: Farm, grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm.join(1)
    a_class(course / "handed", 2)
    here = versions(("numpy",))
    monkeypatch.setattr("grader.course.fingerprint.versions", lambda _: {**here, "numpy": "0.1", "python": "3.9.1"})
    ran = grade("batch", "tiny", "handed", "--cluster", farm.address)
    assert ran.code == BROKEN
    assert re.search(
        rf"^the cluster cannot grade: worker tcp://\S+ on \S+ has numpy {re.escape(here['numpy'])} and python "
        rf"{re.escape(here['python'])}, expected numpy 0.1 and python 3.9.1 as here$",
        ran.err,
        re.MULTILINE,
    )
    assert kept(course) == 0


def test_a_worker_without_the_isolation_that_the_course_asks_for_is_refused(
    farm: Farm, grade: Grade, course: Path
) -> None:
    in_force = {layer.name for layer in examine() if layer.in_force}
    lacking = [name for name in REQUIRABLE if name not in in_force]
    if not lacking:
        pytest.skip("this machine has every layer that a course can ask for")
    farm.join(1)
    build(course, rubric=f'{RUBRIC}\n[isolation]\nrequire = ["{lacking[0]}"]\n')
    a_class(course / "handed", 2)
    ran = grade("batch", "tiny", "handed", "--cluster", farm.address)
    assert ran.code == BROKEN
    assert re.search(
        rf"^the cluster cannot grade: worker \S+ on \S+: the course asks for the layer {lacking[0]}, which is not in",
        ran.err,
        re.MULTILINE,
    )
    assert kept(course) == 0


DASK_WITHOUT_SECCOMP = """
import errno, os, runpy, struct
from grader.sandbox.layers import no_new_privs, seccomp

machine = os.uname().machine
program = (
    (seccomp.LOAD, 0, 0, seccomp.NUMBER_OFFSET),
    (seccomp.JUMP_IF_EQUAL, 0, 1, seccomp.SYSTEM_CALL[machine]),
    (seccomp.RETURN, 0, 0, seccomp.RETURN_ERROR | errno.ENOSYS),
    (seccomp.RETURN, 0, 0, seccomp.RETURN_ALLOW),
)
no_new_privs.forbid_new_privileges()
seccomp.install_filter(b"".join(struct.pack("@HBBI", *instruction) for instruction in program), machine)
runpy.run_module("dask", run_name="__main__", alter_sys=True)
"""


def test_a_worker_where_no_submission_could_be_confined_is_refused_before_it_gets_one(
    farm: Farm, grade: Grade, course: Path
) -> None:
    """Its fork server came up all the same: it answered submission after submission with a failure, faster than the
    others graded them."""
    farm.join(1)
    farm.join(2, ("-c", DASK_WITHOUT_SECCOMP))
    a_class(course / "handed", 4)
    try:
        ran = grade("batch", "tiny", "handed", "--cluster", farm.address)
    finally:
        farm.join(1)
    assert ran.code == BROKEN
    assert re.search(r"^the cluster cannot grade: worker \S+ on \S+: setup failed: seccomp: ", ran.err, re.MULTILINE)
    assert kept(course) == 0


def test_a_scheduler_that_cannot_be_reached_is_one_sentence(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_connection, "CONNECT_SECONDS", 0.5)
    a_class(course / "handed", 1)
    ran = grade("batch", "tiny", "handed", "--cluster", "tcp://127.0.0.1:1")
    assert ran.code == BROKEN
    first = ran.err.splitlines()[0]
    assert first.startswith("the cluster cannot grade: no scheduler answers at tcp://127.0.0.1:1 (")
    assert first.endswith("): is `dask scheduler` running there?")


NO_ADDRESS = "expected such as tcp://10.0.0.5:8786"


@pytest.mark.parametrize(
    ("address", "configured", "said"),
    [
        ("10.0.0.5", {}, f"'10.0.0.5', {NO_ADDRESS} (missing port number in address '10.0.0.5')"),
        ("tcq://h:1", {}, f"'tcq://h:1', {NO_ADDRESS} (unknown address scheme 'tcq' "),
        ("tls://127.0.0.1:1", {}, "tls://127.0.0.1:1, but no certificates are configured: "),
        ("tls://127.0.0.1:1", {"tls.ca-file": "/no.pem", "tls.client.cert": "/no.pem"}, "tls://127.0.0.1:1, but its "),
        ("tcp://127.0.0.1:1", {"require-encryption": True}, "tcp://127.0.0.1:1, expected tls://, since Dask is "),
    ],
    ids=("without a port", "of no scheme", "without certificates", "with missing certificates", "not encrypted"),
)
def test_an_address_that_dask_cannot_use_is_told_before_it_is_tried(
    grade: Grade, course: Path, address: str, configured: dict[str, object], said: str
) -> None:
    """Dask's client ended these with tracebacks, and 20 seconds later with another one."""
    a_class(course / "handed", 1)
    with dask_config.set({f"distributed.comm.{name}": value for name, value in configured.items()}):
        ran = grade("batch", "tiny", "handed", "--cluster", address)
    assert ran.code == USAGE
    assert ran.err.startswith(f"--cluster is {said}")
    assert ran.err.count("\n") == 1


def test_without_dask_it_is_said_how_to_install_it(grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    a_class(course / "handed", 1)
    ran = grade("batch", "tiny", "handed", "--cluster", "tcp://127.0.0.1:1")
    assert ran.code == USAGE
    assert ran.err == f"--cluster needs the package distributed: {install_command('cluster')}\n"


def test_limits_of_this_machine_are_not_taken_for_those_of_a_cluster(grade: Grade, course: Path) -> None:
    a_class(course / "handed", 1)
    ran = grade("batch", "tiny", "handed", "--cluster", "tcp://127.0.0.1:1", "--jobs", "2")
    assert ran.code == USAGE
    assert ran.err.startswith("--jobs and --memory are about this machine")


# ------------------------------------------------------------------------------------- workers that behave as told


class Dask:
    """Stands in for a client and its executor: workers answer at once, as the test says."""

    def __init__(self) -> None:
        self.threads = {"tcp://a": 1}
        self.has: dict[str, str] = {}  # version of numpy by address
        self.holding: set[str] = set()
        self.asked: list[tuple[str, ...]] = []  # for whom a job was
        self.given: list[list[Any]] = []  # what the calls that were given at once are about
        self.is_gone = False
        self.answer: Callable[[list[str]], Any] = lambda workers: WorkerReply(workers[0], (workers,))

    def get_executor(self, **_: object) -> Dask:
        return self

    def nthreads(self) -> dict[str, int]:
        if self.is_gone:
            raise OSError("connection refused")
        return dict(self.threads)

    def run(self, *_: object, **__: object) -> None:
        return

    def close(self, *_: object, **__: object) -> None:
        return

    def submit(self, function: Callable[..., Any], *arguments: Any, workers: list[str]) -> Future[Any]:  # noqa: ANN401
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            answer = self._answer(function, arguments, workers)
        except Exception as error:  # noqa: BLE001  # as Dask gives it back
            future.set_exception(error)
        else:
            if answer is not None or function in (dask_worker.make_ready, dask_worker.unpack):
                future.set_result(answer)
        return future

    def _answer(self, function: Callable[..., Any], arguments: Sequence[Any], workers: list[str]) -> object:
        if function is dask_worker.info:
            return WorkerInfo("host", {"numpy": self.has.get(workers[0], "2.0")})
        if function is dask_worker.has_course:
            return workers[0] in self.holding
        if function is dask_worker.unpack:
            self.holding.add(workers[0])
        if function is dask_worker.answer:
            self.asked.append(tuple(workers))
            self.given.append([argument for _, argument in arguments[1]])
            return self.answer(workers)
        return None


@pytest.fixture
def dask() -> Dask:
    return Dask()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def opened(dask: Dask, told: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[DaskExecutor]:
    monkeypatch.setattr(dask_module, "LOOK_SECONDS", 0.02)
    config = RunConfig(Path("tiny"), "", None, View.STUDENT, (("numpy", "2.0"),))
    made = DaskExecutor(dask, "tcp://s", SharedCourse("bundle", config, Runtime()), b"", told.append)
    made.begin()
    yield made
    made.drop()
    made.shutdown()


def test_a_newcomer_that_differs_is_told_and_gets_no_job(opened: DaskExecutor, dask: Dask, told: list[str]) -> None:
    dask.has["tcp://b"] = "1.0"
    dask.threads = {"tcp://a": 1, "tcp://b": 1}
    until(lambda: told)
    assert told == ["worker tcp://b on host has numpy 1.0, expected numpy 2.0 as here: it is not used"]
    assert opened.submit(abs, 1).result(SECONDS) == ["tcp://a"]
    assert opened.window() == 2


def test_a_newcomer_that_is_fit_widens_the_window(opened: DaskExecutor, dask: Dask) -> None:
    assert opened.window() == 2
    dask.threads = {"tcp://a": 1, "tcp://b": 4}
    until(lambda: opened.window() == 10)
    assert opened.submit(abs, 1).result(SECONDS) == ["tcp://a", "tcp://b"]


def test_a_worker_that_lost_the_course_gets_it_again_and_the_job_too(opened: DaskExecutor, dask: Dask) -> None:
    dask.answer = lambda workers: (
        WorkerReply(workers[0], ("done",)) if len(dask.asked) > 1 else WorkerReply(workers[0], has_course=False)
    )
    dask.holding.clear()
    assert opened.submit(abs, 1).result(SECONDS) == "done"
    assert dask.holding == {"tcp://a"}


def test_a_worker_whose_sandbox_fails_is_left_out_and_another_does_its_job(
    opened: DaskExecutor, dask: Dask, told: list[str]
) -> None:
    dask.threads = {"tcp://a": 1, "tcp://b": 1}
    until(lambda: opened.window() == 4)
    broken = NotGraded("the sandbox did not start", is_final=True)
    dask.answer = lambda workers: (
        WorkerReply("tcp://a", (broken,)) if "tcp://a" in workers else WorkerReply("tcp://b", ("done",))
    )
    assert opened.submit(abs, 1).result(SECONDS) == "done"
    assert told == ["worker tcp://a: the sandbox did not start: it is not used"]


def test_a_course_that_is_broken_is_the_same_on_every_worker(opened: DaskExecutor, dask: Dask) -> None:
    refusal = NotGraded("assignment.toml: is missing", is_final=True, is_course=True)
    dask.answer = lambda workers: WorkerReply(workers[0], (refusal,))
    assert opened.submit(abs, 1).result(SECONDS) == refusal


def test_where_no_worker_may_grade_any_more_the_run_ends_with_the_reason(opened: DaskExecutor, dask: Dask) -> None:
    dask.answer = lambda workers: WorkerReply("tcp://a", (NotGraded("its disk is full", is_final=True),))
    with pytest.raises(ClusterError, match="worker tcp://a: its disk is full"):
        opened.submit(abs, 1).result(SECONDS)


def test_a_job_that_comes_back_too_often_is_refused_and_blames_the_machines(opened: DaskExecutor, dask: Dask) -> None:
    dask.answer = lambda workers: WorkerReply(workers[0], has_course=False)
    answer = opened.submit(abs, 1).result(SECONDS)
    assert answer == NotGraded(
        f"the cluster could not grade it: it came back {MOST_RETURNS} times from workers that could not finish it"
    )


def test_a_job_that_is_with_nobody_any_more_is_given_to_who_comes(
    opened: DaskExecutor, dask: Dask, told: list[str]
) -> None:
    dask.answer = lambda _: None  # no answer, as from a worker that hangs or is gone
    future = opened.submit(abs, 1)
    until(lambda: dask.asked)
    dask.threads = {}
    until(lambda: told)
    assert told == ["no worker is at tcp://s: waiting for one"]
    dask.answer = lambda workers: WorkerReply(workers[0], ("done",))
    dask.threads = {"tcp://c": 1}
    assert future.result(SECONDS) == "done"
    assert dask.asked == [("tcp://a",), ("tcp://c",)]


def test_a_job_that_is_with_nobody_is_dropped_once_the_run_is_to_stop(
    dask: Dask, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_module, "LOOK_SECONDS", 0.02)
    config = RunConfig(Path("tiny"), "", None, View.STUDENT, (("numpy", "2.0"),))
    stopping = threading.Event()
    opened = DaskExecutor(dask, "tcp://s", SharedCourse("bundle", config, Runtime()), b"", told.append, stopping.is_set)
    opened.begin()
    dask.answer = lambda _: None
    future = opened.submit(abs, 1)
    stopping.set()
    time.sleep(0.2)
    assert not future.done()  # a worker has it
    dask.threads = {}
    with pytest.raises(DroppedError):
        future.result(SECONDS)
    opened.shutdown()


def test_when_the_scheduler_is_gone_every_job_hears_it(opened: DaskExecutor, dask: Dask) -> None:
    dask.answer = lambda _: None
    future = opened.submit(abs, 1)
    dask.is_gone = True
    with pytest.raises(ClusterError, match=r"the scheduler at tcp://s does not answer any more \(connection refused\)"):
        future.result(SECONDS)
    with pytest.raises(ClusterError, match="does not answer any more"):
        opened.submit(abs, 1)


def test_what_is_dropped_is_told_so(opened: DaskExecutor, dask: Dask) -> None:
    dask.answer = lambda _: None
    future = opened.submit(abs, 1)
    opened.drop()
    with pytest.raises(DroppedError):
        future.result(SECONDS)


def test_what_a_call_raises_belongs_to_who_asked(opened: DaskExecutor, dask: Dask) -> None:
    def fail(_: list[str]) -> WorkerReply:
        raise ZeroDivisionError

    dask.answer = fail
    with pytest.raises(ZeroDivisionError):
        opened.submit(abs, 1).result(SECONDS)


class Worker:
    """Answers chunks at the test's word, with what each call is about."""

    def __init__(self, opened: DaskExecutor, dask: Dask) -> None:
        self._dask = dask
        dask.answer = lambda workers: WorkerReply(workers[0], ("quick",), seconds=0.001)
        assert opened.submit(abs, 0).result(SECONDS) == "quick"  # so that chunks hold many calls from now on
        dask.answer = lambda _: None  # in hand until the worker is gone
        self.futures = [opened.submit(abs, number) for number in range(1, 100)]

    def lose_all(self, answer: Callable[[list[str]], Any]) -> None:
        """Lose what is in hand with the worker; the next one answers so."""
        self._dask.answer = answer
        self._dask.threads = {"tcp://b": 1}


def test_of_a_chunk_that_workers_die_over_one_call_is_given_up_and_all_others_are_answered(
    opened: DaskExecutor, dask: Dask
) -> None:
    class KilledWorker(Exception):  # noqa: N818  # Dask's name
        pass

    def answer(workers: list[str]) -> WorkerReply:
        if 42 in dask.given[-1]:
            raise KilledWorker
        return WorkerReply(workers[0], tuple(dask.given[-1]), seconds=0.001)

    worker = Worker(opened, dask)
    worker.lose_all(answer)
    answers = [future.result(SECONDS) for future in worker.futures]
    (given_up,) = [answer for answer in answers if isinstance(answer, NotGraded)]
    assert answers.index(given_up) == 41
    assert "the workers died over it" in given_up.message
    assert [answer for answer in answers if answer != given_up] == [*range(1, 42), *range(43, 100)]
    assert max(map(len, dask.given)) > 1


def test_what_a_worker_did_not_begin_is_given_again_and_nothing_twice(opened: DaskExecutor, dask: Dask) -> None:
    done: list[int] = []

    def answer(workers: list[str]) -> WorkerReply:
        done.append(dask.given[-1][0])
        return WorkerReply(workers[0], (dask.given[-1][0],), seconds=0.001)

    worker = Worker(opened, dask)
    worker.lose_all(answer)
    assert [future.result(SECONDS) for future in worker.futures] == list(range(1, 100))
    assert sorted(done) == list(range(1, 100))


def test_an_error_of_one_call_is_no_other_ones(opened: DaskExecutor, dask: Dask) -> None:
    def answer(workers: list[str]) -> WorkerReply:
        numbers = dask.given[-1]
        if 42 in numbers:
            before = tuple(numbers[: numbers.index(42)])
            return WorkerReply(workers[0], before, seconds=0.001, error=ZeroDivisionError())
        return WorkerReply(workers[0], tuple(numbers), seconds=0.001)

    worker = Worker(opened, dask)
    worker.lose_all(answer)
    with pytest.raises(ZeroDivisionError):
        worker.futures.pop(41).result(SECONDS)
    assert [future.result(SECONDS) for future in worker.futures] == [*range(1, 42), *range(43, 100)]


def test_several_workers_that_are_not_fit_are_counted(dask: Dask, told: list[str]) -> None:
    dask.threads = {"tcp://a": 1, "tcp://b": 1, "tcp://c": 1}
    dask.has = {"tcp://b": "1.0", "tcp://c": "1.0"}
    config = RunConfig(Path("tiny"), "", None, View.STUDENT, (("numpy", "2.0"),))
    made = DaskExecutor(dask, "tcp://s", SharedCourse("bundle", config, Runtime()), b"", told.append)
    try:
        with pytest.raises(ClusterError, match=r"has numpy 1.0, .* as here \(and 1 more worker is not fit\)"):
            made.begin()
    finally:
        made.shutdown()


# --------------------------------------------------------------------------------------------- chunks on a worker


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> SharedCourse:
    """Have calls answered in this process, as by a worker that has the course."""

    def answered(_: SharedCourse, function: Callable[[Any], Any], argument: Any) -> Future[Any]:  # noqa: ANN401
        future: Future[Any] = Future()
        try:
            future.set_result(function(argument))
        except ArithmeticError as error:
            future.set_exception(error)
        return future

    monkeypatch.setattr(dask_worker, "_worker", lambda: SimpleNamespace(address="tcp://a"))
    monkeypatch.setattr(dask_worker, "has_course", lambda _: True)
    monkeypatch.setattr(dask_worker, "_submit", answered)
    return SharedCourse("bundle", RunConfig(Path("tiny"), "", None, View.STUDENT, ()), Runtime())


def test_a_worker_begins_no_further_call_when_the_time_of_a_chunk_is_over(
    shared: SharedCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [(abs, -number) for number in range(3)]
    assert dask_worker.answer(shared, calls).answers == (0, 1, 2)
    monkeypatch.setattr(dask_worker, "MOST_SECONDS", -1.0)
    assert dask_worker.answer(shared, calls).answers == (0,)


def test_a_worker_ends_a_chunk_at_an_error_and_at_what_it_cannot_do(shared: SharedCourse) -> None:
    reply = dask_worker.answer(shared, [(abs, -1), (lambda number: 1 // number, 0), (abs, -2)])
    assert reply.answers == (1,)
    assert isinstance(reply.error, ZeroDivisionError)

    def fail(_: int) -> NotGraded:
        return NotGraded("its disk is full", is_final=True)

    reply = dask_worker.answer(shared, [(abs, -1), (fail, 0), (abs, -2)])
    assert reply.error is None
    assert reply.answers[0] == 1
    assert [answer.message for answer in reply.answers[1:]] == [f"its disk is full (on {socket.gethostname()})"]


# ------------------------------------------------------------------------------------------ the folder of courses


@pytest.fixture
def courses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path / f"grade-{os.geteuid()}"


EMPTY_ZIP = b"PK\x05\x06" + bytes(18)
EMPTY = hashlib.sha256(EMPTY_ZIP).hexdigest()


def test_a_course_that_is_unpacked_twice_at_once_is_there_once(courses: Path) -> None:
    assert not dask_worker.has_course(EMPTY)
    dask_worker.unpack(EMPTY, EMPTY_ZIP)
    dask_worker.unpack(EMPTY, EMPTY_ZIP)
    assert dask_worker.has_course(EMPTY)
    assert [path.name for path in courses.iterdir()] == [EMPTY]


def test_a_course_that_arrives_damaged_is_not_kept(courses: Path) -> None:
    with pytest.raises(MachineError, match="arrived damaged"):
        dask_worker.unpack("0" * 64, EMPTY_ZIP)
    assert not dask_worker.has_course("0" * 64)


def test_a_folder_that_others_can_open_is_not_trusted(courses: Path) -> None:
    courses.mkdir()
    courses.chmod(0o755)
    with pytest.raises(MachineError, match=r"expected a folder that only user \d+ can open"):
        dask_worker.unpack(EMPTY, EMPTY_ZIP)
    courses.rmdir()
    courses.symlink_to(courses.parent)
    with pytest.raises(MachineError, match="is not what it should be"):
        dask_worker.has_course(EMPTY)


def test_a_course_that_nothing_was_graded_with_for_long_is_removed(courses: Path) -> None:
    dask_worker.unpack(EMPTY, EMPTY_ZIP)
    old = courses / ("1" * 64)
    (old / "reference").mkdir(parents=True)
    os.utime(old, (0, 0))
    dask_worker.unpack(EMPTY, EMPTY_ZIP)
    assert [path.name for path in courses.iterdir()] == [EMPTY]
