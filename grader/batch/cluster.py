"""An executor whose processes stand on other machines, reached through a Dask scheduler.

Workers are examined before they get a job: the same versions as here, the isolation that the course asks for, the
course itself. They may come and go. A job whose worker is gone is given again, by Dask where another worker was in
reach and from here where none was; a job that comes back too often is answered with a refusal that blames the machines.
Nothing stays with the scheduler when this process ends, however it ends.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from grader.batch import station
from grader.batch.jobs import Refusal, Setting
from grader.batch.lanes import DroppedError
from grader.batch.station import About, Order, Served
from grader.catalog import CourseAssignment
from grader.commands.arguments import UsageError
from grader.platforms.bundle import PRIVATE, course_files, zipped
from grader.sandbox.host.exit_status import MachineError

Tell = Callable[[str], None]

CONNECT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 1.0  # how soon a worker that came or went is noticed
CLOSE_SECONDS: Final = 5.0
MOST_RETURNS: Final = 4  # of one job without an answer; Dask's own count of deaths is 3 unless configured otherwise
EXAMINED_AT_ONCE: Final = 64
ENCRYPTED: Final = ("tls", "wss")
TLS_SET_IN: Final = "they are named under `distributed.comm.tls` in Dask's configuration"
JOBS_PER_THREAD: Final = 2  # one at work and one waiting, so that no worker waits for us


class ClusterError(Exception):
    """The cluster cannot be used, or not any more: its operator's move. The text is one sentence."""


class _GoneError(Exception):
    """A worker left while it was examined."""


def connected(
    address: str,
    course: CourseAssignment,
    setting: Setting,
    tell: Tell,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Cluster:
    """Reach a cluster, wait for its first workers and examine all that are there.

    Args:
        address: Of the scheduler, such as `tcp://10.0.0.5:8786`.
        course: Travels to each machine as one bundle, without its samples.
        setting: What jobs will come with.
        tell: Hears of workers that come too late to be waited for, or are not used.
        is_stopping: Whether what no worker has in hand is to be dropped.

    Raises:
        UsageError: Dask is not installed, the address is none, or its certificates cannot be used.
        ClusterError: no scheduler answers, or a worker that is there must not grade.
    """
    try:
        import dask  # noqa: PLC0415  # an optional dependency, and most of a second to import
        import distributed  # noqa: PLC0415
    except ModuleNotFoundError:
        raise UsageError("--cluster needs the package distributed: pip install 'grader[cluster]'") from None
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it is told in sentences of ours
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"})  # a course with data is that large
    _check(address)
    try:
        client: Any = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]  # Dask's classes are half typed
    except OSError as error:
        raise ClusterError(
            f"no scheduler answers at {address} ({_words(error)}): is `dask scheduler` running there?"
        ) from None
    content = zipped({f"reference/{path}": (data, PRIVATE) for path, data in course_files(course).items()})
    order = Order(hashlib.sha256(content).hexdigest(), setting, course.assignment.runtime)
    cluster = Cluster(client, address, order, content, tell, is_stopping)
    try:
        cluster.begin()
    except BaseException:
        cluster.shutdown()
        raise
    return cluster


def _check(address: str) -> None:
    """Refuse what Dask's client would answer with a traceback, and with a wait of 20 seconds for its own end.

    Raises:
        UsageError: the address is none, or Dask is not configured for it.
    """
    from distributed.comm.addressing import get_address_host_port, parse_address  # noqa: PLC0415  # an optional dependency
    from distributed.security import Security  # noqa: PLC0415

    try:
        scheme, _ = parse_address(address)
        get_address_host_port(address)
    except ValueError as error:
        raise UsageError(f"--cluster is {address!r}, expected such as tcp://10.0.0.5:8786 ({_words(error)})") from None
    try:
        configured: Mapping[str, Any] = Security().get_connection_args("client")  # type: ignore[no-untyped-call]  # Dask's
    except OSError as error:
        raise UsageError(
            f"--cluster is {address}, but its certificates cannot be used ({_words(error)}): {TLS_SET_IN}"
        ) from None
    if scheme in ENCRYPTED and configured["ssl_context"] is None:
        raise UsageError(f"--cluster is {address}, but no certificates are configured: {TLS_SET_IN}")
    if scheme not in ENCRYPTED and configured["require_encryption"]:
        raise UsageError(f"--cluster is {address}, expected tls://, since Dask is configured to ask for encryption")


@dataclass(slots=True, eq=False)
class _Call:
    """A call and where it is: with Dask as `inner`, for one of `workers`, or here until a worker can take it."""

    future: Future[Any]
    function: Callable[[Any], Any]
    job: Any
    inner: Future[Any] | None = None
    workers: frozenset[str] = frozenset()
    returns: int = 0


class Cluster(Executor):
    """The workers of one scheduler, for one run."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401  # Dask's
        address: str,
        order: Order,
        content: bytes,
        tell: Tell,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self.address = address
        self.tell = tell
        self._is_stopping = is_stopping
        self._client = client
        self._dask = client.get_executor(pure=False)
        self._order = order
        self._content = content
        self._expected = dict(order.setting.versions)
        self._lock = threading.RLock()
        self._changed = threading.Event()
        self._alive: dict[str, int] = {}  # threads by address
        self._examined: dict[str, str] = {}  # why a worker must not grade, by address; nothing where it may
        self._calls: set[_Call] = set()
        self._hosts: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._under_examination: set[str] = set()
        self._examiners = ThreadPoolExecutor(EXAMINED_AT_ONCE)
        self._lost: ClusterError | None = None
        self._dropped = self._is_ended = self._is_waiting = self._has_begun = False
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def begin(self) -> None:
        """Wait for workers and examine those that come first.

        Raises:
            ClusterError: the scheduler is gone, or one of them must not grade.
        """
        self._keeper.start()
        while True:
            with self._lock:
                if self._lost is not None:
                    raise self._lost
                refused = [why for address in self._alive if (why := self._examined.get(address))]
                is_settled = bool(self._alive) and self._examined.keys() >= self._alive.keys()
                if is_settled and not refused:
                    self._has_begun = True
                    return
            if is_settled:
                raise ClusterError(f"{refused[0]}{_more(len(refused) - 1)}")
            self._changed.wait(LOOK_SECONDS)

    def window(self) -> int:
        """Say how many jobs keep the workers busy that are there now."""
        with self._lock:
            return max(1, JOBS_PER_THREAD * sum(self._alive[address] for address in self._fit()))

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401  # its base's
        """Have a call with one argument answered by a worker."""
        if len(args) != 1 or kwargs:
            raise TypeError("a call to another machine takes one positional argument")
        call = _Call(Future(), fn, args[0])
        call.future.set_running_or_notify_cancel()
        with self._lock:
            if self._lost is not None:
                raise self._lost
            if self._is_ended:
                raise RuntimeError("this cluster was let go")
            self._calls.add(call)
            self._give(call)
        return call.future

    def drop(self) -> None:
        """Take no answer any more. May be called from the handler of a signal: the rest is done by the keeper."""
        self._dropped = True
        self._changed.set()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # its base's
        """Let the workers' processes end, after what is in hand unless that is to be cancelled."""
        if cancel_futures:
            self.drop()
        if wait and self._keeper.is_alive():
            with self._lock:
                in_hand = [call.future for call in self._calls]
            wait_for(in_hand)
        self._is_ended = True
        self._changed.set()
        if self._keeper.ident is not None:
            self._keeper.join()
        self._examiners.shutdown(wait=False, cancel_futures=True)
        if self._lost is None:
            self._tell_stations(station.drop if self._dropped else station.close)
        with suppress(OSError, TimeoutError):
            self._client.close(timeout=CLOSE_SECONDS)

    # --------------------------------------------------------------------------------------------------- calls

    def _fit(self) -> list[str]:
        return sorted(address for address in self._alive if self._examined.get(address) == "")

    def _give(self, call: _Call) -> None:
        """Hand a call to Dask for any worker that may grade; keep it where there is none."""
        fit = self._fit()
        if not fit:
            call.workers = frozenset()
            return
        call.workers = frozenset(fit)
        inner: Future[Any] = self._dask.submit(station.serve, self._order, call.function, call.job, workers=fit)
        call.inner = inner
        inner.add_done_callback(partial(self._answered, call))

    def _give_or_drop(self, call: _Call) -> None:
        """Give again what is with nobody; once the run is to stop, that is not in hand any more."""
        if self._is_stopping():
            self._calls.discard(call)
            call.future.set_exception(DroppedError())
        else:
            self._give(call)

    def _answered(self, call: _Call, inner: Future[Any]) -> None:
        """Pass an answer on, or note that the call came back without one."""
        with self._lock:
            if call.inner is not inner:
                return  # it was given again meanwhile
            call.inner = None
            if inner.cancelled():  # Dask lost its scheduler
                self._returned(call)
                return
            error = inner.exception()
            if error is None:
                served: Served = inner.result()
                if not served.has_course:
                    self._examined.pop(served.worker, None)
                    self._returned(call)
                elif _is_of_machine(served.answer):
                    self._refuse(served.worker, served.answer.message)
                    self._returned(call)
                else:
                    self._calls.discard(call)
                    call.future.set_result(served.answer)
            elif isinstance(error, DroppedError):  # another's run on the same workers was dropped
                self._returned(call)
            elif type(error).__name__ == "KilledWorker":  # distributed.scheduler's, which is not imported before use
                self._give_up(call, f"the workers died over it one after another, the last was {_last_worker(error)}")
            else:
                self._calls.discard(call)
                call.future.set_exception(error)

    def _returned(self, call: _Call) -> None:
        """Count that a call came back; the keeper gives it again."""
        call.returns += 1
        call.workers = frozenset()
        if call.returns >= MOST_RETURNS:
            self._give_up(call, f"it came back {call.returns} times from workers that could not finish it")
        self._changed.set()

    def _give_up(self, call: _Call, how: str) -> None:
        self._calls.discard(call)
        call.future.set_result(Refusal(f"the cluster could not grade it: {how}"))

    # ------------------------------------------------------------------------------------------------- workers

    def _keep(self) -> None:
        """See who is there, until the end."""
        while not self._is_ended:
            if self._dropped:
                self._end_calls(DroppedError())
            try:
                threads: Mapping[str, int] = self._client.nthreads()
            except (OSError, TimeoutError) as error:
                words = " ".join(str(error).split()) or type(error).__name__
                self._lose(f"the scheduler at {self.address} does not answer any more ({words})")
                return
            self._changed.clear()
            with self._lock:
                stale = self._notice(threads)
            for inner in stale:
                inner.cancel()  # asks Dask's thread, which may be waiting for the lock
            self._changed.wait(LOOK_SECONDS)

    def _notice(self, threads: Mapping[str, int]) -> list[Future[Any]]:
        """Examine who came, and give again what is with nobody; return what Dask need not wait for any more."""
        self._alive = dict(threads)
        for address in [address for address in self._examined if address not in threads]:
            del self._examined[address]
        for address in threads.keys() - self._examined.keys() - self._under_examination:
            self._under_examination.add(address)
            self._examiners.submit(self._examine, address)
        stale: list[Future[Any]] = []
        for call in list(self._calls):
            if call.inner is not None and call.workers.isdisjoint(threads):  # Dask would wait for these to come back
                stale.append(call.inner)
                call.inner = None
                self._returned(call)
            if call.inner is None and call in self._calls:
                self._give_or_drop(call)
        self._tell_if_nobody_is_left()
        return stale

    def _tell_if_nobody_is_left(self) -> None:
        refused = [why for address in self._alive if (why := self._examined.get(address))]
        if self._alive and len(refused) == len(self._alive) and self._has_begun:
            self._lose(refused[0])
        if not self._alive and not self._is_waiting:
            self.tell(f"no worker is at {self.address}: waiting for one")
        self._is_waiting = not self._alive

    def _examine(self, address: str) -> None:
        """Find out whether a worker may grade."""
        why: str | None
        try:
            why = self._problem(address)
        except _GoneError:
            why = None
        except Exception as error:  # noqa: BLE001  # whatever a worker raises that is not one of ours
            why = f"worker {address} cannot be asked to grade: {_words(error)}"
        with self._lock:
            self._under_examination.discard(address)
            if why is not None:
                self._refuse(address, why) if why else self._examined.update({address: ""})
            self._changed.set()

    def _refuse(self, address: str, why: str) -> None:
        sentence = why if address in why else f"worker {address}: {why}"
        self._examined[address] = sentence
        if self._has_begun:
            self.tell(f"{sentence}: it is not used")

    def _problem(self, address: str) -> str:
        """Say why a worker must not grade; nothing where it may."""
        modules = self._order.runtime.modules
        try:
            met: About = self._ask(address, station.about, modules)
        except ImportError as error:
            return f"worker {address} has no grade, or another version of it ({_words(error)}): install the same there"
        differing = sorted(
            name for name in met.versions.keys() | self._expected.keys()
            if met.versions.get(name) != self._expected.get(name)
        )  # fmt: skip
        if differing:
            there, here = _listed(differing, met.versions), _listed(differing, self._expected)
            return f"worker {address} on {met.host} has {there}, expected {here} as here"
        try:
            with self._hosts[met.host]:  # once per machine
                if not self._ask(address, station.has_course, self._order.bundle):
                    self._ask(address, station.unpack, self._order.bundle, self._content)
            refusal: Refusal | None = self._ask(address, station.ready, self._order)
        except MachineError as error:
            return f"worker {address} on {met.host}: {error}"
        return "" if refusal is None else f"worker {address} on {met.host}: {refusal.message}"

    def _ask(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  # as asked
        """Have one worker answer.

        Raises:
            _GoneError: it is not there any more.
        """
        future: Future[Any] = self._dask.submit(function, *arguments, workers=[address])
        while not wait_for([future], LOOK_SECONDS).done:
            if address not in self._alive or self._is_ended or self._lost is not None:
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
            for call in self._calls:
                call.inner = None
                call.future.set_exception(error)
            self._calls.clear()

    def _tell_stations(self, function: Callable[[], None]) -> None:
        """Tell all workers at once, past what they have in hand; whoever does not hear it ends with its worker."""

        def run() -> None:
            with suppress(OSError, TimeoutError):
                self._client.run(function, workers=self._fit(), on_error="ignore")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(CLOSE_SECONDS)


def _more(count: int) -> str:
    return f" (and {count} more worker{' is' if count == 1 else 's are'} not fit)" if count else ""


def _is_of_machine(answer: object) -> bool:
    """Tell whether a worker, and no other, is what prevents an answer."""
    return isinstance(answer, Refusal) and answer.is_final and not answer.is_course


def _listed(names: list[str], versions: Mapping[str, str]) -> str:
    return " and ".join(f"{name} {versions[name]}" if name in versions else f"no {name}" for name in names)


def _words(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _last_worker(error: BaseException) -> str:
    return str(getattr(getattr(error, "last_worker", None), "address", "unknown"))
