"""The untrusted side: execute a submission from memory and answer driver calls, in a confined fork.

Everything here shares a process with the student's code, so nothing of it is believed: its replies are data.
"""

from __future__ import annotations

import faulthandler
import functools
import os
import random
import re
import sys
import tempfile
import time
from contextlib import nullcontext, redirect_stderr, redirect_stdout, suppress
from importlib.machinery import BuiltinImporter, FrozenImporter
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NoReturn, cast

import numpy as np

from grader.drivers.recorded_operations import OperationRecorder
from grader.errors import BarredError, BrokenFileError, MissingError, UnsendableError
from grader.model.observation import BrokenFile, Value
from grader.model.status import Status
from grader.sandbox import protocol
from grader.sandbox.guest.absent_packages import AbsentPackages
from grader.sandbox.guest.barred import refuse_calls
from grader.sandbox.guest.devices import lacks_gpu, on_the_processor
from grader.sandbox.guest.driver_modules import DriverModules
from grader.sandbox.guest.late_modules import LateFinder
from grader.sandbox.guest.makers import Makers
from grader.sandbox.guest.notebook_modules import StandInFinder
from grader.sandbox.guest.parts import OnDisk, parts_of
from grader.sandbox.guest.program import Program
from grader.sandbox.guest.returns import Returns
from grader.sandbox.guest.variables import variables_at
from grader.sandbox.guest.workspace import clear, lay_out
from grader.sandbox.protocol import DRIVERS

REQUESTS: Final = 3
REPLIES: Final = 4
READY_SIGNAL: Final = 5
CHUNK: Final = 1 << 20
READ_BYTES: Final = 1 << 16  # the room for more would be taken from the system, and given back, at every read
WAITING_BYTES: Final = 1 << 15  # of replies that nobody looks for before the ready signal: half of what a pipe holds
MAX_FRAMES: Final = 8
RECURSION_LIMIT: Final = sys.getrecursionlimit()
MAX_REASON: Final = 300  # characters of why a submission cannot be loaded
MOST_SECONDS_AGAIN: Final = 1.0  # that a call may have taken which is made again to see what was returned

# What torch says of an operation that it has not for a type or a device: nobody's code is unwritten then.
OF_AN_OPERATION: Final = re.compile(r"\bnot implemented for '|\baten::")


@functools.cache
def taken_names() -> frozenset[str]:
    """List the top-level names that no file of a submission may claim.

    A fork server asks before it forks: to look through all that torch imports takes a fork as long as to start.
    """
    return sys.stdlib_module_names | {name.partition(".")[0] for name in sys.modules}


class Worker:
    """One submission, loaded once and executed afresh for every call; `late` asks for what is not imported."""

    def __init__(self, late: LateFinder | None = None) -> None:
        self.program = Program({})
        self.drivers: DriverModules
        self.imported: set[str] = set()
        self.folder = Path.cwd()
        self.files: dict[str, str | bytes | memoryview] = {}
        self.tidies_up = False
        self.has_replied = False
        self.late = [] if late is None else [late]
        self.taken = taken_names().union(*(one.names for one in self.late))
        self.courses = frozenset({DRIVERS})
        self.absent = AbsentPackages(self.program)
        self.step = ""
        self.recorder: OperationRecorder | None = None

    def load_or_say_why(self, body: dict[str, Any]) -> tuple[str, object]:
        """Load the submission; return the kind and body of the reply, which says at what it failed where it did."""
        try:
            return "loaded", self.load(body)
        except Exception as error:  # noqa: BLE001  # whatever it is: a submission that cannot be loaded is told so
            text = error.strerror if isinstance(error, OSError) and error.strerror else text_of(error)
            return "refused", f"{self.step}: {type(error).__name__}: {text}"[:MAX_REASON]

    def load(self, body: dict[str, Any]) -> dict[str, Any]:
        """Compile the submission and the drivers, before any line of the student's runs."""
        broken = {path: BrokenFile(message) for path, message in body["broken"].items()}
        sources = {path: text.tobytes().decode() for path, text in body["sources"].items()}
        attached = {path: data.data for path, data in body["attached"].items()}
        self.step = "its files cannot be laid out"
        if body["lays_out"]:
            self.files, self.tidies_up = {**sources, **attached}, body["tidies_up"]
            lay_out(self.files, self.folder)
        self.step = "its modules cannot be compiled"
        code = {path: text for path, text in sources.items() if path.endswith(".py")}
        self.program = Program(code, self.note, self.taken, attached, body["notebooks"])
        compiled = {path: code.tobytes() for path, code in body["compiled"].items()}
        self.courses = frozenset({DRIVERS, *compiled})
        drivers = Program({DRIVERS: body["drivers"].tobytes().decode()})
        drivers.take_compiled({DRIVERS: compiled.pop(DRIVERS)} if DRIVERS in compiled else {})
        self.program.take_compiled(compiled)
        self.program.compile_all(broken)
        self.step = "the drivers cannot be imported"
        self.drivers = DriverModules(drivers)
        packages = body["packages"]
        parts = (
            OnDisk({*self.taken, *packages})
            if body["reads_packages"]
            else parts_of(tuple(packages), is_whole=not self.late)
        )
        stand_ins = [StandInFinder()] if body["notebooks"] else []
        self.absent = AbsentPackages(self.program, packages)
        if body["forbidden"]:
            self.recorder = OperationRecorder(body["forbidden"], sources, self.courses, DRIVERS)
        sys.meta_path[:] = [BuiltinImporter, FrozenImporter, *self.late, parts, *stand_ins, self.absent]
        return {path: [file.message, file.line, file.column] for path, file in self.program.broken.items()}

    def note(self, step: str, path: str) -> None:
        """Report which file is being compiled, or imported for the first time."""
        if path in self.imported or step == "attachment":
            return
        if step == "imported":
            self.imported.add(path)
        send(protocol.encode("note", 0, [step, path]))

    def call(self, body: dict[str, Any], call: protocol.Message) -> tuple[str, object]:
        """Run one driver; return the kind and body of the reply."""
        self.program.fatal = frozenset(body["fatal"])
        if body.get("asks_makers"):
            return "makers", self.makers(body["seed"], call)
        began = time.process_time()
        if body.get("barred"):
            refuse_calls(body["barred"])
        try:
            return "value", self.run_driver(body["seed"], call, self.recorder)
        except BarredError as error:
            return "barred", list(error.args)
        except BaseException as error:  # noqa: BLE001  # SystemExit and KeyboardInterrupt are answers here as well
            failure = describe(error, self.program)
            failure["variables"] = variables_at(error.__traceback__, self.program.sources)
            is_soon = time.process_time() - began < MOST_SECONDS_AGAIN
            if is_soon and failure["status"] == Status.RAISED and self.is_in_the_courses_code(error):
                failure["returned"] = self.returned_last(body["seed"], call)
            return "failure", failure
        finally:
            # From Python 3.12 on what a call left of these would be in force for all calls after it.
            sys.settrace(None)
            sys.setprofile(None)
            sys.setrecursionlimit(RECURSION_LIMIT)
            self.absent.forget()

    def run_driver(self, seed: int, call: protocol.Message, recorder: OperationRecorder | None = None) -> object:
        """Run the driver of a call on the submission, executed afresh; once more where it asks for a GPU."""
        try:
            return self.run_driver_here(seed, call, recorder)
        except (AssertionError, AttributeError, RuntimeError, TypeError) as error:
            if not lacks_gpu(error):
                raise
        if recorder is not None:
            recorder.taken()  # what was seen is seen again
        with on_the_processor():
            return self.run_driver_here(seed, call, recorder)

    def run_driver_here(self, seed: int, call: protocol.Message, recorder: OperationRecorder | None) -> object:
        """Run the driver of a call once, and record what is forbidden."""
        seed_generators(seed)
        self.tidy_up()
        driver = getattr(self.drivers.fresh(), call.kind)
        recording = nullcontext() if recorder is None else recorder.recording()
        with recording, self.program.running():
            return driver(self.program, **cast("dict[str, Any]", call.body))

    def seen(self) -> bytes:
        """Pack what was recorded in a call, as notes to go before its reply."""
        operations = [] if self.recorder is None else self.recorder.taken()
        rows = [*(["operation", *row] for row in operations), *(["lacking", *row] for row in self.program.lacking())]
        return b"".join(protocol.encode("note", 0, row) for row in rows)

    def is_in_the_courses_code(self, error: BaseException) -> bool:
        """Return whether a driver or a provided file could not work with what it was given."""
        deepest, traceback = "", error.__traceback__
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            deepest = file if file in self.courses or file in self.program.sources else deepest
            traceback = traceback.tb_next
        return deepest in self.courses

    def returned_last(self, seed: int, call: protocol.Message) -> list[object]:
        """Make a call again, and return what the course's code got back last: how many it had, where, and the kind."""
        returns = Returns(self.program.sources, self.courses)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), suppress(BaseException), returns.watched():
            self.run_driver(seed, call)
        return [len(returns.seen), *returns.seen[-1]] if returns.seen else []

    def makers(self, seed: int, call: protocol.Message) -> list[list[object]]:
        """Make a call again, and return who made each leaf of its value; nothing where it gives none."""
        makers = Makers(self.program.sources, self.courses)
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), suppress(BaseException):
            with makers.watched():
                value = cast("Value", self.run_driver(seed, call))  # looked through as far as it is one
            return makers.of(value)
        return []

    def tidy_up(self) -> None:
        """Stand in the folder, laid out for a call as it was handed in, whatever the call before it left there.

        A forked worker leaves the folder alone: who forked it looks whether it is as it was, and else takes another.
        """
        if self.files and self.has_replied:
            os.chdir(self.folder)
            if self.tidies_up:
                clear(self.folder)
                lay_out(self.files, self.folder)
        self.has_replied = True


def seed_generators(seed: int) -> None:
    """Seed Python's, numpy's and torch's global generators: a fork inherits their states."""
    random.seed(seed)
    np.random.seed(seed % (1 << 32))  # noqa: NPY002  # the generator that submissions use
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.manual_seed(seed)  # torch.manual_seed looks for GPUs, a hundred times dearer


def describe(error: BaseException, program: Program) -> dict[str, object]:
    """Reduce an exception to plain data: status, class name, text and the frames in the submission."""
    frames = frames_of(error.__traceback__, program)
    name, text = type(error).__name__[:80], text_of(error)
    if isinstance(error, BrokenFileError):
        frames.append([error.filename, error.lineno, ""])
        text = str(error.msg)
    if type(error) is NameError and (why := program.why_missing(error)):
        text = f"{text}: {why}"
    return {"status": status_of(error).value, "exception": name, "text": text, "frames": frames}


def status_of(error: BaseException) -> Status:
    """Return the status that an exception stands for."""
    match error:
        case NotImplementedError() if OF_AN_OPERATION.search(text_of(error)):
            return Status.RAISED
        case NotImplementedError() | MissingError():
            return Status.UNWRITTEN
        case MemoryError():
            return Status.OUT_OF_MEMORY
        case RuntimeError() if "DefaultCPUAllocator" in text_of(error):
            return Status.OUT_OF_MEMORY
    return Status.RAISED


def text_of(error: BaseException) -> str:
    """Return the exception's own text, or nothing if producing it fails."""
    try:
        return str(error)[: protocol.MAX_TEXT]
    except BaseException:  # noqa: BLE001  # the student's __str__ may raise anything
        return ""


def frames_of(traceback: TracebackType | None, program: Program) -> list[list[object]]:
    """List the deepest frames that lie in the submission, outermost first."""
    frames: list[list[object]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename in program.sources:
            frames.append([code.co_filename, traceback.tb_lineno or 0, code.co_name])
        traceback = traceback.tb_next
    return frames[-MAX_FRAMES:]


class RequestReader:
    """What the judge has written, cut into frames; several may come at once."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def receive(self) -> protocol.Message:
        """Return the next frame; end the process when the judge has closed the pipe."""
        self._read_until(protocol.PREFIX.size)
        length = protocol.frame_length(self._bytes)
        self._read_until(length)
        with memoryview(self._bytes) as view:
            message = protocol.decode(view[:length])
        del self._bytes[:length]
        return message

    def _read_until(self, length: int) -> None:
        while len(self._bytes) < length:
            chunk = os.read(REQUESTS, READ_BYTES)
            if not chunk:
                os._exit(0)
            self._bytes += chunk


class ReplyWriter:
    """What goes back. Of calls in a batch the judge is signalled when there is something to read, not each time."""

    def __init__(self) -> None:
        self._waiting = 0

    def write(self, frame: bytes, number: int, behind: int | None) -> None:
        """Send a reply; `behind` calls of a batch are to follow, None where each is waited for."""
        flush()
        if behind is None:
            send(frame)
            return
        for stream in (1, 2):
            with suppress(OSError):  # the student may have closed it: then what is printed is not told apart
                os.write(stream, protocol.mark(number))
        if self._waiting + len(frame) > WAITING_BYTES:
            self._signal()
        send(frame)
        self._waiting += len(frame)
        if behind == 0:
            self._signal()

    def _signal(self) -> None:
        with suppress(OSError):  # the student may have closed it: the judge looks by itself, a little later
            os.write(READY_SIGNAL, b".")
        self._waiting = 0


def send(frame: bytes) -> None:
    """Write a whole frame to the replies."""
    view = memoryview(frame)
    while view:
        view = view[os.write(REPLIES, view[:CHUNK]) :]


def packed_reply(kind: str, number: int, body: object) -> bytes:
    """Pack a reply, turning a value that cannot be sent into a failure."""
    try:
        return protocol.encode(kind, number, body)
    except UnsendableError as error:
        failure = {"status": Status.FAILED.value, "exception": "", "text": str(error), "frames": []}
    except BaseException as error:  # noqa: BLE001  # a hostile value may raise anything while it is taken apart
        status = Status.OUT_OF_MEMORY if isinstance(error, MemoryError) else Status.RAISED
        failure = {"status": status.value, "exception": type(error).__name__[:80], "text": "", "frames": []}
    return protocol.encode("failure", number, failure)


def flush() -> None:
    """Push what the student printed into the pipes before the reply, so that it belongs to this call."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException as error:  # noqa: BLE001  # the student may have closed or replaced the stream
            os.write(2, f"the stream could not be flushed: {type(error).__name__}\n".encode())


def write_stack_to(descriptor: int) -> None:
    """Have Python's own C code write where the code is when the judge signals, whatever Python is busy with then."""
    if protocol.STACK_SIGNAL is not None:
        faulthandler.register(protocol.STACK_SIGNAL, file=descriptor, all_threads=False)


def serve(late: LateFinder | None = None) -> NoReturn:
    """Serve requests until the judge closes the pipe."""
    if late is not None:
        late.install()
    worker, requests, replies = Worker(late), RequestReader(), ReplyWriter()
    while True:
        message = requests.receive()
        body = cast("dict[str, Any]", message.body)
        is_load = message.kind == "load"
        kind, result = worker.load_or_say_why(body) if is_load else worker.call(body, requests.receive())
        reply = worker.seen() + packed_reply(kind, message.id, result)
        replies.write(reply, message.id, body.get("behind"))


def live_in(folder: str) -> None:
    """Use a folder as home and for temporary files."""
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR"), folder))
    tempfile.tempdir = None  # it was found before, elsewhere


def open_streams() -> None:
    """Open for the student fresh, line-buffered standard streams on the worker's own pipes."""
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # lives as long as the process
    sys.stdout = open(1, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
