"""One submission in the sandbox: loaded, called, recovered after every death."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from grader.errors import FatalFileError, MachineError
from grader.failures import explain
from grader.importer import BrokenFile, precompiled
from grader.model import Failure, Observation, Origin, Profile, Runtime, Status, Value
from grader.sandbox.endings import NoAnswer
from grader.sandbox.facts import facts_of, is_out_of_memory, targets
from grader.sandbox.forkserver import ForkServer
from grader.sandbox.process import AHEAD_BYTES, Answered, Asked, WorkerProcess
from grader.sandbox.server import Process, Server, begin

DRIVERS: Final = "drivers.py"
LOAD_SECONDS: Final = 10.0
MOST_ORPHANS: Final = 3
ORDER_BYTES: Final = 256  # about what goes before each call
MAX_ANSWERS_BYTES: Final = 256 << 20  # of all answers of a submission, which the judge keeps to the end
LARGE_SHARE: Final = 1 / 16  # of a worker's memory; a text is copied several times before it is compiled
LEAST_SECONDS: Final = 0.1  # with less than that left of its budget a submission is not called again


class Foreseen(NamedTuple):
    """A call that will be asked for; see `Session.observe`."""

    call: bytes
    seconds: float
    seed: int
    public: bool


class Known(NamedTuple):
    """What came of a call that was foreseen, and the files that the worker was busy with."""

    answered: Answered
    notes: tuple[str, ...]


class Session:
    """A submission's workers, one after the other.

    A worker answers many calls; after any death, deadline or limit it is thrown away and the next call gets a new
    fork. A file that a worker died or hung on while importing it is not imported again. Sources that are as `provided`
    are the course's own: they are compiled here, once for all submissions. `origins` are those of notebooks' sources.
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
        origins: Mapping[str, Origin] | None = None,
    ) -> None:
        self.server = server
        self.sources = dict(sources)
        self.attached = dict(attached or {})
        self.origins = dict(origins or {})
        self.broken: dict[str, BrokenFile] = {}
        self.fatal: dict[str, NoAnswer] = {}
        self._drivers = drivers
        own = {path: text for path, text in (provided or {}).items() if self.sources.get(path) == text}
        self._compiled = compiled_blobs({**own, DRIVERS: drivers})
        self._runtime = runtime
        self._worker: Process | None = None
        self._left = runtime.submission_seconds
        self.forks = 0
        self._answers_bytes = 0
        self._is_too_large = False
        self._has_seen_hidden = False
        self._orphans = 0
        self._foreseen: dict[Foreseen, Known] = {}
        self._is_troubled = False
        # What a call leaves in its folder or running behind it is gone with its worker.
        in_files = runtime.profile is not Profile.MEMORY and isinstance(server, ForkServer)
        self._leaves_things = runtime.fork_per_call or in_files
        self.peak_bytes = 0  # of resident memory, of the worker that had the most; 0 while none has ended

    def observe(self, call: bytes, seconds: float, seed: int, *, public: bool = False) -> Observation:
        """Call one driver on the submission.

        Args:
            call: A frame with the driver's name and its keyword arguments, as `wire.encode` makes it.
            seconds: Processor seconds that it may take.
            seed: For Python's, numpy's and torch's global generators.
            public: Whether the student may see what the call prints and raises. A worker that has seen hidden inputs,
                and could keep them for such a call, is not asked.
        """
        known = self._foreseen.pop(Foreseen(call, seconds, seed, public), None)
        if known is not None:
            return self._observation(known.answered, known.notes, call)
        worker = self._worker_for(public=public)
        if worker is None:
            return Observation(failure=self._why_not_run())
        started = time.monotonic()
        reply, streams, used = worker.ask("call", self._order(seed), min(seconds, self._left), call)
        self._left -= max(used, (time.monotonic() - started) / 2)
        if worker.orphaned:
            self._forget_orphan()
            return self.observe(call, seconds, seed, public=public)
        if isinstance(reply, NoAnswer):
            self._bury(worker, reply)
        answered = Answered(reply, streams, used, worker.inbox.answer_bytes)
        observation = self._observation(answered, tuple(worker.inbox.notes), call)
        failed = observation.failure
        if self._leaves_things or (failed is not None and failed.status is Status.OUT_OF_MEMORY):
            self.close()
        return observation

    def foresee(self, calls: Sequence[Foreseen]) -> None:
        """Have calls answered that `observe` will be asked for, where nothing speaks against it.

        Nothing of what such a call is given may depend on what another one answers, or should: the worker is handed
        them all at once, and the submission could look. A submission that once dies among them, runs out of memory or
        out of time, or hides what it printed when, is asked call by call from then on.

        Args:
            calls: All of them public or none.
        """
        self._foreseen.clear()
        calls = fitting([*dict.fromkeys(calls)])
        if self._is_troubled or self._leaves_things or not isinstance(self.server, ForkServer) or len(calls) <= 1:
            return
        worker = self._worker_for(public=calls[0].public)
        if not isinstance(worker, WorkerProcess):
            return
        started = time.monotonic()
        asked = [Asked(self._order(one.seed), one.call, one.seconds) for one in calls]
        answers = worker.ask_ahead(asked, self._left, is_out_of_memory)
        self._left -= max(sum(one.cpu_seconds for one in answers), (time.monotonic() - started) / 2)
        if worker.orphaned:
            self._forget_orphan()
            return
        notes = tuple(worker.inbox.notes)
        for call, answered in zip(calls, answers, strict=False):  # there are fewer answers where there is trouble
            self._foreseen[call] = Known(answered, notes)
        last = answers[-1].reply if answers else None
        if isinstance(last, NoAnswer):
            self._bury(worker, last)
        elif len(answers) < len(calls) or (last is not None and is_out_of_memory(last)):
            self.close()
        self._is_troubled = self._worker is None

    def start(self) -> None:
        """Have a worker that has the submission loaded, before it is called.

        Raises:
            MachineError: none comes up here; a layer that only a worker puts in force may be refused.
        """
        self._ready_worker()

    def close(self) -> None:
        """End the current worker."""
        if self._worker is not None:
            self._worker.kill()
            self._note_peak(self._worker)
            self._worker = None

    def _forget_orphan(self) -> None:
        """Let a fresh fork server repeat what its predecessor died on: that is not the submission's fault."""
        self._worker = None
        self._orphans += 1
        if self._orphans > MOST_ORPHANS:
            raise MachineError(f"the fork server died {self._orphans} times under one submission")

    def _bury(self, worker: Process, reply: NoAnswer) -> None:
        """Forget a dead worker; remember the file whose import it did not survive.

        Names that are no file of the submission are dropped: later workers are told these, and must not be told more.
        """
        self._note_peak(worker)
        self._worker = None
        if worker.inbox.notes and worker.inbox.notes[-1] in self.sources:
            self.fatal[worker.inbox.notes[-1]] = reply

    def _note_peak(self, worker: Process) -> None:
        """Remember how much memory a worker that has ended had; only a fork server can tell."""
        if isinstance(worker, WorkerProcess) and worker.ending is not None:
            self.peak_bytes = max(self.peak_bytes, worker.ending.max_rss_kb << 10)

    def _order(self, seed: int) -> dict[str, object]:
        return {"seed": seed, "fatal": sorted(self.fatal)}

    def _worker_for(self, *, public: bool) -> Process | None:
        """Give a worker for a call that the student may see more of, or not."""
        if public and self._has_seen_hidden:
            self.close()
        worker = self._ready_worker()
        if worker is not None:
            self._has_seen_hidden |= not public
        return worker

    def _ready_worker(self) -> Process | None:
        """Give a worker that has the submission loaded, leaving out files that it dies on compiling.

        There is none once the submission's time is used up, of which compiling is a part, or when it does not fit into
        the memory of a worker.

        Raises:
            MachineError: workers end before they have read a submission of ordinary size.
        """
        for _ in range(len(self.sources) + 1 + MOST_ORPHANS):
            if self._left < LEAST_SECONDS or self._is_too_large:
                return None
            if self._worker is not None:
                return self._worker
            worker = begin(self.server)
            self.forks += 1
            self._has_seen_hidden = False
            reply, _, used = worker.ask("load", self._load_body(), min(LOAD_SECONDS, self._left))
            self._left -= used
            if not isinstance(reply, NoAnswer) and reply.kind == "loaded":
                self._note_broken(reply.body)
                self._worker = worker
                return worker
            if worker.orphaned:
                self._forget_orphan()
                continue
            what = reply.what if isinstance(reply, NoAnswer) else "gave no list of files"
            worker.kill()
            if not worker.inbox.notes:
                self._is_too_large = self._takes_much_room()
                break
            self.broken[worker.inbox.notes[-1]] = BrokenFile(f"the compiler {what} on this file")
        if self._is_too_large:
            return None
        raise MachineError("a worker ends before it has read the submission")

    def _takes_much_room(self) -> bool:
        """Whether it may be the submission's own size that ends a worker which reads it, and lays it out."""
        folder_mb = self._runtime.memory_mb if self._runtime.profile is Profile.MEMORY else self._runtime.scratch_mb
        size = sum(map(len, self.sources.values())) + sum(map(len, self.attached.values()))
        return size > (min(self._runtime.memory_mb, folder_mb) << 20) * LARGE_SHARE

    def _why_not_run(self) -> Failure:
        if self._is_too_large:
            return Failure(
                status=Status.OUT_OF_MEMORY, message="not run: the submission's files are too large to be read"
            )
        budget = self._runtime.submission_seconds
        return Failure(status=Status.TIMED_OUT, message=f"not run: the submission has used up its {budget:g} seconds")

    def _load_body(self) -> dict[str, object]:
        return {
            "sources": source_blobs(self.sources),
            "attached": {path: np.frombuffer(data, np.uint8) for path, data in self.attached.items()},
            "drivers": source_blobs({DRIVERS: self._drivers})[DRIVERS],
            "compiled": self._compiled,
            "broken": {path: broken.message for path, broken in self.broken.items()},
            "allowed": allowed_sentence(self._runtime),
            "lays_out": self._runtime.profile is not Profile.MEMORY,
            "reads_packages": self.server.reads_packages,
            "packages": [name.partition(".")[0] for name in self._runtime.modules],
        }

    def _note_broken(self, body: Value) -> None:
        """Take the list of files that do not compile; no line of the student's had run when it was made."""
        if not isinstance(body, dict):
            return
        for path, entry in body.items():
            match entry:
                case [str() as message, int() as line, int() as column] if path in self.sources:
                    self.broken.setdefault(path, BrokenFile(message, line, column))

    def _observation(self, answered: Answered, notes: tuple[str, ...], call: bytes) -> Observation:
        reply, streams, used = answered.reply, answered.streams, answered.cpu_seconds
        if not isinstance(reply, NoAnswer):
            self._answers_bytes += answered.size
        if self._answers_bytes > MAX_ANSWERS_BYTES:
            reply = NoAnswer(Status.FAILED, f"answers with more than {MAX_ANSWERS_BYTES >> 20} MiB in all its calls")
        printed, warned = streams.text(streams.out), streams.text(streams.err)
        if not isinstance(reply, NoAnswer) and reply.kind == "value":
            return Observation(value=reply.body, failure=None, printed=printed, warned=warned, cpu_seconds=used)
        facts = facts_of(reply, notes)
        if facts.exception == FatalFileError.__name__ and facts.text in self.fatal:
            facts = facts_of(self.fatal[facts.text], (facts.text,))
        asked = f"{self._drivers}\n{' '.join(targets(call))}"
        failure = explain(
            facts, self.sources, self.broken, allowed_sentence(self._runtime), asked, self._runtime.profile,
            self.origins,
        )  # fmt: skip
        return Observation(value=None, failure=failure, printed=printed, warned=warned, cpu_seconds=used)


def fitting(calls: Sequence[Foreseen]) -> list[Foreseen]:
    """Take as many calls from the first on as fit into a worker's pipe together."""
    sizes = accumulate(len(one.call) + ORDER_BYTES for one in calls)
    return [one for one, size in zip(calls, sizes, strict=True) if size <= AHEAD_BYTES]


def source_blobs(sources: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Turn source texts into arrays of bytes: long texts do not fit into a frame's header."""
    return {path: np.frombuffer(text.encode("utf-8", "backslashreplace"), np.uint8) for path, text in sources.items()}


def compiled_blobs(sources: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Compile the course's own files; one that does not compile is left to the worker, which says so."""
    blobs = {}
    for path, text in sources.items():
        if path.endswith(".py"):
            with suppress(SyntaxError, ValueError):
                blobs[path] = np.frombuffer(precompiled(path, text), np.uint8)
    return blobs


def allowed_sentence(runtime: Runtime) -> str:
    """Say what a submission may import."""
    modules = [name for name in runtime.modules if "." not in name]
    return f"this assignment may import the standard library and {' and '.join(modules)}"
