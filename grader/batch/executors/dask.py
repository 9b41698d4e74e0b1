"""An executor whose processes stand on other machines, reached through a Dask scheduler.

Workers are examined before they get a job: the same versions as here, the isolation that the course asks for, the
course itself. They may come and go. Jobs are given several at a time (see `chunks`). Those whose worker is gone are
given again, by Dask where another worker was in reach and from here where none was; a job that comes back too often is
answered with a refusal that blames the machines.
Nothing stays with the scheduler when this process ends, however it ends.

Two parts of Dask would do some of this, and were tried with distributed 2026.8.0. A `WorkerPlugin` stays with the
scheduler, the course in it, when the process that registered it is killed, and later workers are given it.
`Client.get_versions(check=True)` raises nothing but warns, with a table of all workers, and never of the one that came.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from grader.batch.executors import dask_worker
from grader.batch.executors.chunks import Call, CallQueue, Chunk
from grader.batch.executors.dask_worker import SharedCourse, WorkerInfo, WorkerReply, is_of_machine
from grader.batch.executors.protocol import CALLS_AT_ONCE
from grader.batch.jobs import NotGraded
from grader.errors import ClusterError, DroppedError, MachineError

LOOK_SECONDS: Final = 1.0  # how soon a worker that came or went is noticed
CLOSE_SECONDS: Final = 5.0
MOST_RETURNS: Final = 4  # of one job without an answer; Dask's own count of deaths is 3 unless configured otherwise
EXAMINED_AT_ONCE: Final = 64


class _GoneError(Exception):
    """A worker left while it was examined."""


@dataclass(slots=True, eq=False)
class _Worker:
    """A worker that is there. `problem` says why it must not grade: nothing where it may, None while it is examined."""

    threads: int
    problem: str | None = None


class DaskExecutor:
    """The workers of one scheduler, for one run."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401  # Dask's
        address: str,
        course: SharedCourse,
        bundle: bytes,
        tell: Callable[[str], None],
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._address = address
        self._tell = tell
        self._is_stopping = is_stopping
        self._client = client
        self._dask = client.get_executor(pure=False)
        self._course = course
        self._bundle = bundle
        self._expected = dict(course.config.versions)
        self._lock = threading.RLock()
        self._changed = threading.Event()
        self._workers: dict[str, _Worker] = {}  # by address
        self._calls: set[Call] = set()  # all that are not answered
        self._queue = CallQueue()  # those of them that no worker has
        self._chunks: set[Chunk] = set()  # the others
        self._hosts: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._examiners = ThreadPoolExecutor(EXAMINED_AT_ONCE)
        self._lost: ClusterError | None = None
        self._is_dropped = self._is_ended = self._is_waiting = self._has_begun = False
        self._monitor = threading.Thread(target=self._watch, daemon=True)

    def begin(self) -> None:
        """Wait for workers and examine those that come first.

        Raises:
            ClusterError: the scheduler is gone, or one of them must not grade.
        """
        self._monitor.start()
        while True:
            with self._lock:
                if self._lost is not None:
                    raise self._lost
                problems = [worker.problem for worker in self._workers.values()]
                if problems and None not in problems:
                    if refused := [problem for problem in problems if problem]:
                        raise ClusterError(f"{refused[0]}{_more(len(refused) - 1)}")
                    self._has_begun = True
                    return
            self._changed.wait(LOOK_SECONDS)

    def submit(self, function: Callable[[Any], Any], argument: Any, /) -> Future[Any]:  # noqa: ANN401  # any call's
        """Have a call answered by a worker."""
        call = Call(Future(), function, argument)
        call.future.set_running_or_notify_cancel()
        with self._lock:
            if self._lost is not None:
                raise self._lost
            self._calls.add(call)
            self._queue.put(call)
            self._give()
        return call.future

    def window(self) -> int:
        """Return how many calls keep the workers busy that are there now."""
        with self._lock:
            return self._queue.window(self._thread_count(self._fit()))

    def drop(self) -> None:
        """Take no answer any more. May be called by the handler of a signal: the rest is done by the monitor."""
        self._is_dropped = True
        self._changed.set()

    def shutdown(self) -> None:
        """Let the workers' processes end, after what is in hand unless that was dropped."""
        if self._monitor.is_alive():
            with self._lock:
                in_hand = [call.future for call in self._calls]
            wait_for(in_hand)
        self._is_ended = True
        self._changed.set()
        self._monitor.join()
        self._examiners.shutdown(wait=False, cancel_futures=True)
        if self._lost is None:
            self._end_processes()
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CLOSE_SECONDS)

    # --------------------------------------------------------------------------------------------------- calls

    def _fit(self) -> list[str]:
        return sorted(address for address, worker in self._workers.items() if worker.problem == "")

    def _thread_count(self, addresses: list[str]) -> int:
        return sum(self._workers[address].threads for address in addresses)

    def _give(self) -> None:
        """Hand calls to Dask for any worker that may grade, as many as keep these busy; the others stay here."""
        while fit := self._fit():
            threads = self._thread_count(fit)
            if len(self._chunks) >= CALLS_AT_ONCE * threads or not (calls := self._queue.take(threads)):
                return
            asked = tuple((call.function, call.argument) for call in calls)
            inner = self._dask.submit(dask_worker.answer, self._course, asked, workers=fit)
            chunk = Chunk(calls, frozenset(fit), inner)
            self._chunks.add(chunk)
            inner.add_done_callback(partial(self._answered, chunk))

    def _give_or_drop(self) -> None:
        """Give what no worker has; once the run is to stop, that is not in hand any more."""
        if not self._is_stopping():
            self._give()
            return
        for call in self._queue.clear():
            self._calls.discard(call)
            call.future.set_exception(DroppedError())

    def _answered(self, chunk: Chunk, inner: Future[Any]) -> None:
        """Pass answers on, and queue again what came back without one."""
        with self._lock:
            if chunk not in self._chunks:
                return  # its calls were queued again meanwhile
            self._chunks.remove(chunk)
            if inner.cancelled():  # Dask lost its scheduler, as the monitor will find
                self._returned(chunk.calls)
                return
            error = inner.exception()
            if error is None:
                self._read(chunk, inner.result())
            elif len(chunk.calls) > 1:  # any of them may be to blame
                self._returned(chunk.calls)
            elif type(error).__name__ == "KilledWorker":  # distributed.scheduler's, which is not imported before use
                how = f"the workers died over it one after another, the last was {_last_worker(error)}"
                self._give_up(chunk.calls[0], how)
            else:
                self._fail(chunk.calls[0], error)
            self._give_or_drop()

    def _read(self, chunk: Chunk, reply: WorkerReply) -> None:
        """Pass on what a worker answered; queue again what it did not begin, or could not finish."""
        self._queue.observe(len(reply.answers), reply.seconds)
        left = chunk.calls[len(reply.answers) :]
        is_unfinished = not reply.has_course or reply.error is not None
        self._queue.put_back(left[is_unfinished:])
        for call, answer in zip(chunk.calls, reply.answers, strict=False):
            if is_of_machine(answer):
                self._refuse(reply.worker, answer.message)
                self._returned([call])
            else:
                self._calls.discard(call)
                call.future.set_result(answer)
        if not reply.has_course:
            self._workers.pop(reply.worker, None)  # to be examined again
        if reply.error is not None and not isinstance(reply.error, DroppedError):
            self._fail(left[0], reply.error)
        elif is_unfinished:  # or another's run on the same workers was dropped
            self._returned(left[:1])

    def _returned(self, calls: Iterable[Call]) -> None:
        """Count that calls came back, and queue them again."""
        for call in calls:
            call.returns += 1
            if call.returns >= MOST_RETURNS:
                self._give_up(call, f"it came back {call.returns} times from workers that could not finish it")
        self._queue.put_back(call for call in calls if call in self._calls)
        self._changed.set()

    def _give_up(self, call: Call, how: str) -> None:
        self._calls.discard(call)
        call.future.set_result(NotGraded(f"the cluster could not grade it: {how}"))

    def _fail(self, call: Call, error: BaseException) -> None:
        self._calls.discard(call)
        call.future.set_exception(error)

    # ------------------------------------------------------------------------------------------------- workers

    def _watch(self) -> None:
        """See who is there, until the end."""
        while not self._is_ended:
            if self._is_dropped:
                self._end_calls(DroppedError())
            try:
                threads: Mapping[str, int] = self._client.nthreads()
            except (OSError, TimeoutError) as error:
                self._lose(f"the scheduler at {self._address} does not answer any more ({error_text(error)})")
                return
            self._changed.clear()
            with self._lock:
                stale = self._notice(threads)
            for inner in stale:
                inner.cancel()  # asks Dask's thread, which may be waiting for the lock
            self._changed.wait(LOOK_SECONDS)

    def _notice(self, threads: Mapping[str, int]) -> list[Future[Any]]:
        """Examine who came, and give again what is with nobody; return what Dask need not wait for any more."""
        for address in self._workers.keys() - threads.keys():
            del self._workers[address]
        for address, count in threads.items():
            if address not in self._workers:
                self._workers[address] = _Worker(count)
                self._examiners.submit(self._examine, address, self._workers[address])
            self._workers[address].threads = count
        stale = [chunk for chunk in self._chunks if chunk.workers.isdisjoint(threads)]
        for chunk in stale:  # Dask would wait for these workers to come back
            self._chunks.remove(chunk)
            self._returned(chunk.calls)
        self._give_or_drop()
        self._tell_if_nobody_is_left()
        return [chunk.inner for chunk in stale]

    def _tell_if_nobody_is_left(self) -> None:
        problems = [worker.problem for worker in self._workers.values()]
        if self._has_begun and problems and problems[0] and all(problems):
            self._lose(problems[0])
        if not problems and not self._is_waiting:
            self._tell(f"no worker is at {self._address}: waiting for one")
        self._is_waiting = not problems

    def _examine(self, address: str, worker: _Worker) -> None:
        """Find out whether a worker may grade."""
        problem: str | None = None
        try:
            problem = self._problem(address, worker)
        except _GoneError:
            pass
        except Exception as error:  # noqa: BLE001  # whatever a worker raises that is not one of ours
            problem = f"worker {address} cannot be asked to grade: {error_text(error)}"
        with self._lock:
            if self._workers.get(address) is worker:
                if problem is None:
                    del self._workers[address]  # to be examined again if it is still there
                elif problem:
                    self._refuse(address, problem)
                else:
                    worker.problem = problem
            self._changed.set()

    def _refuse(self, address: str, problem: str) -> None:
        sentence = problem if address in problem else f"worker {address}: {problem}"
        if address in self._workers:
            self._workers[address].problem = sentence
        if self._has_begun:
            self._tell(f"{sentence}: it is not used")

    def _problem(self, address: str, worker: _Worker) -> str:
        """Return why a worker must not grade; nothing where it may."""
        ask = partial(self._ask, address, worker)
        try:
            info: WorkerInfo = ask(dask_worker.info, self._course.runtime.modules)
        except ImportError as error:
            why = error_text(error)
            return f"worker {address} has no grade, or another version of it ({why}): install the same there"
        differing = sorted(
            name for name in info.versions.keys() | self._expected.keys()
            if info.versions.get(name) != self._expected.get(name)
        )  # fmt: skip
        if differing:
            there, here = _listed(differing, info.versions), _listed(differing, self._expected)
            return f"worker {address} on {info.host} has {there}, expected {here} as here"
        try:
            with self._hosts[info.host]:  # once per machine
                if not ask(dask_worker.has_course, self._course.digest):
                    ask(dask_worker.unpack, self._course.digest, self._bundle)
            refusal: NotGraded | None = ask(dask_worker.make_ready, self._course)
        except MachineError as error:
            return f"worker {address} on {info.host}: {error}"
        return "" if refusal is None else f"worker {address} on {info.host}: {refusal.message}"

    def _ask(self, address: str, worker: _Worker, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  # as asked
        """Have one worker answer.

        Raises:
            _GoneError: it is not there any more.
        """
        future: Future[Any] = self._dask.submit(function, *arguments, workers=[address])
        while not wait_for([future], LOOK_SECONDS).done:
            if self._workers.get(address) is not worker or self._is_ended or self._lost is not None:
                future.cancel()
                raise _GoneError
        if future.cancelled():
            raise _GoneError
        return future.result()

    # ------------------------------------------------------------------------------------------------- the end

    def _lose(self, sentence: str) -> None:
        with self._lock:
            self._lost = ClusterError(sentence)
            self._end_calls(self._lost)

    def _end_calls(self, error: Exception) -> None:
        """Answer all calls with an error. What Dask has of them it forgets when the client is closed."""
        with self._lock:
            self._chunks.clear()
            self._queue.clear()
            for call in self._calls:
                call.future.set_exception(error)
            self._calls.clear()

    def _end_processes(self) -> None:
        """Tell all workers at once, past what they have in hand; whoever does not hear it ends with its worker."""

        def run() -> None:
            with suppress(OSError, TimeoutError):
                self._client.run(dask_worker.end, is_dropped=self._is_dropped, workers=self._fit(), on_error="ignore")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(CLOSE_SECONDS)


def error_text(error: BaseException) -> str:
    """Return what an error says, on one line; its name where it says nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def _more(count: int) -> str:
    return f" (and {count} more worker{' is' if count == 1 else 's are'} not fit)" if count else ""


def _listed(names: list[str], versions: Mapping[str, str]) -> str:
    return " and ".join(f"{name} {versions[name]}" if name in versions else f"no {name}" for name in names)


def _last_worker(error: BaseException) -> str:
    return str(getattr(getattr(error, "last_worker", None), "address", "unknown"))
