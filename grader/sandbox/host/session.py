"""One submission in the sandbox: loaded, called, recovered after every death."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from grader.errors import CourseError, FatalFileError, MachineError, Problem, UnsendableError
from grader.model.assignment import Profile, Runtime
from grader.model.observation import BrokenFile, FailureReport, Observation, Value
from grader.model.status import Status
from grader.model.submission import SourceMap
from grader.sandbox.host.driver_imports import unavailable_import
from grader.sandbox.host.exit_status import NoReply
from grader.sandbox.host.failure_reports import failure_report, is_out_of_memory
from grader.sandbox.host.prefetch import DriverCall, PrefetchedCalls, first_that_fit
from grader.sandbox.host.server import Server
from grader.sandbox.host.source_bytes import compiled, encoded
from grader.sandbox.host.traces import Traces
from grader.sandbox.host.worker_process import CallReply, WorkerProcess
from grader.sandbox.protocol import DRIVERS

LOAD_SECONDS: Final = 10.0
MAX_ORPHANS: Final = 3
MAX_REPLIES_BYTES: Final = 256 << 20  # of all replies of a submission, which the judge keeps to the end
LARGE_SHARE: Final = 1 / 16  # of a worker's memory; a text is copied several times before it is compiled
LEAST_SECONDS: Final = 0.1  # with less than that left of its budget a submission is not called again


class Session:
    """A submission's workers, one after the other.

    A worker answers many calls; after any death, deadline or limit it is thrown away and the next call gets a new
    fork. A file that a worker died or hung on while importing it is not imported again. Sources that are as `provided`
    are the course's own: they are compiled here, once for all submissions. `broken` are files that do not compile, as
    far as that was noticed, and those that were handed in and are `unreadable`. `source_maps` are those of notebooks'
    sources, for who words what the calls gave. Calls of `forbidden` operations, families or dotted names, are recorded.
    """

    def __init__(
        self,
        server: Server,
        sources: Mapping[str, str],
        drivers: str,
        runtime: Runtime,
        attached: Mapping[str, bytes] | None = None,
        *,
        provided: Mapping[str, str] | None = None,
        source_maps: Mapping[str, SourceMap] | None = None,
        unreadable: Mapping[str, str] | None = None,
        forbidden: Collection[str] = (),
        missing: Collection[str] = (),
        asked: Mapping[str, str] | None = None,
    ) -> None:
        self.server = server
        not_read = {path: why for path, why in (unreadable or {}).items() if path.endswith(".py")}
        self.sources = {**dict.fromkeys(not_read, ""), **sources}
        self.attached = dict(attached or {})
        self.source_maps = dict(source_maps or {})
        self.unreadable = dict(unreadable or {})
        self.missing = frozenset(missing)
        self.asked = dict(asked or {})
        self.broken = {path: BrokenFile(f"the file {why}") for path, why in not_read.items()}
        self.fatal: dict[str, NoReply] = {}
        self.drivers = drivers
        own = {path: text for path, text in (provided or {}).items() if self.sources.get(path) == text}
        self.provided = frozenset(own)
        self._compiled = compiled({**own, DRIVERS: drivers})
        self.runtime = runtime
        self._forbidden = [*forbidden]
        self._worker: WorkerProcess | None = None
        self._left = runtime.submission_seconds
        self._barred: dict[tuple[str, int], str] = {}
        self.forks = 0
        self._replies_bytes = 0
        self._not_loadable: FailureReport | None = None
        self._has_seen_hidden = False
        self._orphans = 0
        self._prefetched = PrefetchedCalls()
        self._is_troubled = False
        # What a call leaves in its folder or running behind it is gone with its worker.
        self._leaves_things = runtime.fork_per_call or (runtime.profile is not Profile.MEMORY and server.forks)
        self._is_looked_at = runtime.profile is Profile.FILES and server.forks and not runtime.fork_per_call
        self._untouched: Traces | None = None
        self._without_code: Session | None = None
        self.cpu_seconds = 0.0  # of workers, for loading and for calls that were observed one by one
        self.peak_bytes = 0  # of resident memory, of the worker that had the most; 0 while none has ended

    def observe(self, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        """Call one driver on the submission.

        Args:
            call: A frame with the driver's name and its keyword arguments, as `protocol.encode` makes it.
            seconds: Processor seconds that it may take.
            seed: For Python's, numpy's and torch's global generators.
            public: Whether the student may see what the call prints and raises. A worker that has seen hidden inputs,
                and could keep them for such a call, is not asked.
        """
        known = self._prefetched.take(DriverCall(call, seconds, seed, public))
        if known is not None:
            return self._observation(known.reply, known.notes)
        worker = self._worker_for(public=public)
        if worker is None:
            return Observation(failure=self._why_not_run())
        started = time.monotonic()
        reply = worker.ask("call", self._order(seed), min(seconds, self._left), call)
        if not worker.lacks_modules:
            self.cpu_seconds += reply.cpu_seconds
            self._left -= max(reply.cpu_seconds, (time.monotonic() - started) / 2)
        if self._is_to_be_repeated(worker):
            return self.observe(call, seconds, seed, public=public)
        if isinstance(reply.reply, NoReply):
            self._discard_worker(worker, reply.reply)
        observation = self._observation(reply, tuple(worker.reader.notes))
        failed = observation.failure
        if failed is not None and failed.status is Status.OUT_OF_MEMORY:
            self.close()
        self._end_if_it_left_things()
        return observation

    def bar(self, functions: Mapping[tuple[str, int], str]) -> None:
        """Call these functions no more: a call that would is not run, and says why.

        Args:
            functions: Reasons by file and first line, each to complete "not run: ".
        """
        self._barred = dict(functions)

    def makers(self, call: bytes, seconds: float, seed: int, *, public: bool = False) -> list[Value]:
        """Make a call again, and return for each leaf of its value who made it, by the worker's account.

        Returns:
            A row for each leaf: the file, the line of the definition and the name of a function, or nothing. Empty
            where the call gives no value in time.
        """
        worker = self._worker_for(public=public)
        if worker is None:
            return []
        order = self._order(seed) | {"asks_makers": True}
        came = worker.ask("call", order, min(seconds, self._left), call)
        if worker.lacks_modules and self._is_to_be_repeated(worker):
            return self.makers(call, seconds, seed, public=public)
        self._left -= came.cpu_seconds
        if isinstance(came.reply, NoReply):
            self._discard_worker(worker, came.reply)
            return []
        self._end_if_it_left_things()
        return came.reply.body if came.reply.kind == "makers" and isinstance(came.reply.body, list) else []

    def prefetch(self, calls: Sequence[DriverCall]) -> None:
        """Make calls that `observe` will be asked for, all of them public or none, where nothing speaks against it.

        Nothing of what such a call is given may depend on what another one answers, or should: the worker is handed
        them all at once, and the submission could look. A submission that once dies among them, runs out of memory or
        out of time, or hides what it printed when, is asked call by call from then on.
        """
        self._prefetched.clear()
        calls = first_that_fit(calls)
        if self._is_troubled or self._leaves_things or len(calls) <= 1:
            return
        worker = self._worker_for(public=calls[0].public)
        if worker is None:
            return
        started = time.monotonic()
        replies = self._prefetched.fetch(worker, calls, self._order, self._left)
        if worker.lacks_modules and self._is_to_be_repeated(worker):
            self.prefetch(calls)
            return
        self._left -= max(sum(one.cpu_seconds for one in replies), (time.monotonic() - started) / 2)
        if self._is_to_be_repeated(worker):
            return
        last = replies[-1].reply if replies else None
        if isinstance(last, NoReply):
            self._discard_worker(worker, last)
        elif len(replies) < len(calls) or (last is not None and is_out_of_memory(last)):
            self.close()
        self._is_troubled = self._worker is None

    def start(self) -> None:
        """Load the submission into a worker before it is called.

        Raises:
            MachineError: no worker starts here; a layer that only a worker puts in force may be refused.
        """
        self._loaded_worker()

    def without_code(self, provided: Mapping[str, str]) -> Session:
        """Return a session of what was handed in beside modules, and of no code but the course's own.

        Args:
            provided: What the course provides, by path.
        """
        if self._without_code is None:
            unreadable = {path: why for path, why in self.unreadable.items() if not path.endswith(".py")}
            self._without_code = Session(
                self.server, provided, self.drivers, self.runtime, self.attached, provided=provided,
                unreadable=unreadable,
            )  # fmt: skip
        return self._without_code

    def close(self) -> None:
        """End the current worker."""
        if self._worker is not None:
            self._worker.kill()
            self._note_peak(self._worker)
            self._worker = None
        if self._without_code is not None:
            self._without_code.close()
            self.peak_bytes = max(self.peak_bytes, self._without_code.peak_bytes)

    def _is_to_be_repeated(self, worker: WorkerProcess) -> bool:
        """Forget a worker that has ended, where that is not the submission's fault and a fresh one is to do the same.

        One that lacked modules is told apart from others once only: later workers have all of them.
        """
        if not worker.lacks_modules and not worker.is_orphaned:
            return False
        self._worker = None
        if worker.lacks_modules:
            self.server.import_late()
            return True
        self._orphans += 1
        if self._orphans > MAX_ORPHANS:
            raise MachineError(f"the fork server died {self._orphans} times under one submission")
        return True

    def _discard_worker(self, worker: WorkerProcess, reply: NoReply) -> None:
        """Forget a worker that has ended; remember the file whose import it did not survive.

        Names that are no file of the submission are dropped: later workers are told these, and must not be told more.
        """
        self._note_peak(worker)
        self._worker = None
        if worker.reader.notes and worker.reader.notes[-1] in self.sources:
            self.fatal[worker.reader.notes[-1]] = reply

    def _end_if_it_left_things(self) -> None:
        """End a worker that may have left something to the next call, unless one sees from outside that it has not."""
        if self._worker is None or not self._leaves_things:
            return
        if self._untouched is None or self._worker.traces() != self._untouched:
            self.close()

    def _note_peak(self, worker: WorkerProcess) -> None:
        """Remember how much memory a worker had that has ended."""
        self.peak_bytes = max(self.peak_bytes, worker.peak_bytes)

    def _order(self, seed: int) -> dict[str, object]:
        barred = {"barred": [[*place] for place in self._barred]} if self._barred else {}
        return {"seed": seed, "fatal": sorted(self.fatal), **barred}

    def _worker_for(self, *, public: bool) -> WorkerProcess | None:
        """Return a worker for a call that the student may see more of, or not."""
        if public and self._has_seen_hidden:
            self.close()
        worker = self._loaded_worker()
        if worker is not None:
            self._has_seen_hidden |= not public
        return worker

    def _loaded_worker(self) -> WorkerProcess | None:
        """Return a worker that has the submission loaded, leaving out files that it dies on compiling.

        There is none once the submission's time is used up, of which compiling is a part, or when it cannot be loaded.

        Raises:
            MachineError: a worker that is given nothing but the course's own files cannot load these either.
        """
        for _ in range(len(self.sources) + 2 + MAX_ORPHANS):
            if self._left < LEAST_SECONDS or self._not_loadable is not None:
                return None
            if self._worker is not None:
                return self._worker
            worker = self.server.start_worker()
            self.forks += 1
            self._has_seen_hidden = False
            try:
                loaded = worker.ask("load", self._load_body(self.sources, self.attached), min(LOAD_SECONDS, self._left))
            except UnsendableError as error:
                worker.kill()
                self._charge_load(Status.FAILED, str(error))
                return None
            reply = loaded.reply
            if worker.lacks_modules and self._is_to_be_repeated(worker):
                continue
            self._left -= loaded.cpu_seconds
            self.cpu_seconds += loaded.cpu_seconds
            if not isinstance(reply, NoReply) and reply.kind == "loaded":
                self._note_broken(reply.body)
                self._worker = worker
                self._untouched = worker.traces() if self._is_looked_at else None
                return worker
            if self._is_to_be_repeated(worker):
                continue
            worker.kill()
            if isinstance(reply, NoReply) and worker.reader.notes:
                self.broken[worker.reader.notes[-1]] = BrokenFile(f"the compiler {reply.cause} on this file")
            elif isinstance(reply, NoReply):
                self._charge_load(reply.status, f"the worker that read it {reply.cause}")
            else:
                self._charge_load(Status.FAILED, reply.body if isinstance(reply.body, str) else "no list of files came")
        return None

    def _charge_load(self, status: Status, cause: str) -> None:
        """Note that the submission cannot be loaded, and why, once a worker without it has come up.

        Raises:
            MachineError: none does.
        """
        own = {path: text for path, text in self.sources.items() if path in self.provided}
        worker = self.server.start_worker()
        self.forks += 1
        try:
            reply = worker.ask("load", self._load_body(own, {}), LOAD_SECONDS).reply
        finally:
            worker.kill()
        if worker.lacks_modules and self._is_to_be_repeated(worker):
            self._charge_load(status, cause)
            return
        if isinstance(reply, NoReply) or reply.kind != "loaded":
            if found := unavailable_import(self.drivers, self.runtime.modules):
                raise CourseError((Problem("drivers.py", *found),))
            raise MachineError("a worker ends before it has read the submission")
        if self._takes_much_room():
            status, cause = Status.OUT_OF_MEMORY, "its files are too large to be read"
        self._not_loadable = FailureReport(status=status, cause=f"the submission cannot be loaded: {cause}", ran=False)

    def _takes_much_room(self) -> bool:
        """Return whether it may be the submission's own size that ends a worker which reads it, and lays it out."""
        folder_mb = self.runtime.memory_mb if self.runtime.profile is Profile.MEMORY else self.runtime.scratch_mb
        size = sum(map(len, self.sources.values())) + sum(map(len, self.attached.values()))
        return size > (min(self.runtime.memory_mb, folder_mb) << 20) * LARGE_SHARE

    def _why_not_run(self) -> FailureReport:
        if self._not_loadable is not None:
            return self._not_loadable
        cause = f"the submission has used up its {self.runtime.submission_seconds:g} seconds"
        return FailureReport(status=Status.TIMED_OUT, cause=cause, ran=False)

    def _load_body(self, sources: Mapping[str, str], attached: Mapping[str, bytes]) -> dict[str, object]:
        return {
            "sources": {path: encoded(text) for path, text in sources.items()},
            "attached": {path: np.frombuffer(data, np.uint8) for path, data in attached.items()},
            "drivers": encoded(self.drivers),
            "compiled": self._compiled,
            "broken": {path: broken.message for path, broken in self.broken.items() if path in sources},
            "lays_out": self.runtime.profile is not Profile.MEMORY,
            "tidies_up": not self.server.forks,
            "reads_packages": not self.server.forks or self.runtime.profile is not Profile.MEMORY,
            "notebooks": [path for path in sources if path in self.source_maps and not self.source_maps[path].is_file],
            "packages": [name.partition(".")[0] for name in self.runtime.modules],
            "forbidden": self._forbidden,
        }

    def _note_broken(self, body: Value) -> None:
        """Take the list of files that do not compile; no line of the student's had run when it was made."""
        if not isinstance(body, dict):
            return
        for path, entry in body.items():
            match entry:
                case [str() as message, int() as line, int() as column] if path in self.sources:
                    self.broken.setdefault(path, BrokenFile(message, line, column))

    def _observation(self, came: CallReply, notes: tuple[str, ...]) -> Observation:
        reply, output, used = came.reply, came.output, came.cpu_seconds
        if not isinstance(reply, NoReply):
            self._replies_bytes += came.reply_bytes
        if self._replies_bytes > MAX_REPLIES_BYTES:
            reply = NoReply(Status.FAILED, f"answers with more than {MAX_REPLIES_BYTES >> 20} MiB in all its calls")
        printed, warned = output.text(output.out), output.text(output.err)
        if not isinstance(reply, NoReply) and reply.kind == "value":
            return Observation(
                value=reply.body, printed=printed, warned=warned, cpu_seconds=used, operations=came.operations,
                lacking=came.lacking,
            )  # fmt: skip
        if not isinstance(reply, NoReply) and reply.kind == "barred" and self._barred:
            told = [why for place, why in self._barred.items() if [*place] == reply.body] or [*self._barred.values()]
            report = FailureReport(status=Status.TIMED_OUT, cause=told[0], ran=False, is_barred=True)
            return Observation(failure=report, printed=printed, warned=warned, cpu_seconds=used)
        report = failure_report(reply, notes[-1] if notes else None, self.sources)
        if report.exception == FatalFileError.__name__ and report.text in self.fatal:
            report = failure_report(self.fatal[report.text], report.text, self.sources)
        return Observation(failure=report, printed=printed, warned=warned, cpu_seconds=used, operations=came.operations)
