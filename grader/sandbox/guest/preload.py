"""What a worker finds imported, and where Python lies for those that may read files.

An import costs seconds and a fork milliseconds, so what an assignment allows is imported once, before its workers are
made; a worker without files could not import it later.
"""

from __future__ import annotations

import importlib
import inspect
import io
import linecache
import os
import pkgutil
import re
import sys
import sysconfig
import warnings
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import IO, Any, Final

from grader import drivers
from grader.drivers import former_names
from grader.sandbox.guest.late_modules import load, put_off, waiting
from grader.sandbox.guest.other_versions import give_names_of_other_versions
from grader.sandbox.guest.parts import (
    FOLDERS_LEFT_OUT,
    LEFT_OUT,
    ON_FIRST_USE,
    UNSUITED,
    built_on,
    folders_of,
    installed_folders,
)

FOR_TESTS: Final = re.compile("^_(?:xx|test|ctypes_test|tkinter|curses)")
TESTING: Final = re.compile("(?:^|_)tests?(?:_|$)|tk")  # of packages: what tests them, and windows
# Packages import these on first use, which a worker without files could not.
LAZY_PARTS: Final = {
    "matplotlib": ("backends.backend_agg", "font_manager", "pyplot"),
    "numpy": (
        *("char", "ctypeslib", "dtypes", "exceptions", "fft", "lib.format", "lib.mixins", "lib.scimath"),
        *("lib.stride_tricks", "linalg", "ma", "ma.extras", "ma.mrecords", "matlib", "polynomial", "random", "rec"),
        *("strings", "testing", "typing"),
    ),
    "pypdf": ("_codecs._codecs", "_codecs.core_font_metrics", "_configuration", "_text_extraction", "filters", "xmp"),
    "torch": (
        *("fft", "func", "nn.utils.prune", "optim", "profiler._cupti_monitor", "special", "utils._device"),
        *("utils.checkpoint", "utils.data", "utils.data._utils.fetch", "utils.data._utils.worker"),
        "utils.serialization",
    ),
}
# What drivers call beside the student's code, imported for them while there are files to import from.
FOR_DRIVERS: Final = frozenset(f"grader.drivers.{module.name}" for module in pkgutil.iter_modules(drivers.__path__))
NEEDING_TORCH: Final = frozenset(
    {"grader.drivers.checkpoints", "grader.drivers.torch_calls", "grader.drivers.torch_layers"}
)
# Shared libraries, fonts and what they are found by.
SYSTEM_PATHS: Final = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime"),
    *("/usr/share/fonts", "/usr/share/zoneinfo", "/proc/cpuinfo", "/proc/meminfo"),
)


def import_allowed(modules: Sequence[str]) -> dict[str, str]:
    """Import what the assignment allows, with its lazy parts, but put the late ones off; return the versions."""
    parts = [f"{name}.{part}" for name in modules for part in LAZY_PARTS.get(name, ())]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*modules, *sorted(FOR_DRIVERS if "torch" in modules else FOR_DRIVERS - NEEDING_TORCH)):
            importlib.import_module(name)
        former_names.install(former_names.OF_DRIVERS)
        _import_what_is_there([*parts, *shared_libraries(modules)])
        give_names_of_other_versions(sys.modules)
    put_off(modules)
    return {name: str(getattr(sys.modules[name], "__version__", "")) for name in modules}


def import_late(modules: Sequence[str]) -> None:
    """Import what was put off, and what is then there to import ahead."""
    for module in waiting():
        load(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _import_what_is_there(shared_libraries(modules))


def import_standard_library() -> None:
    """Import the standard library's harmless part."""
    unwanted = UNSUITED | ON_FIRST_USE
    wanted = [name for name in sys.stdlib_module_names if not name.startswith("_") and name not in unwanted]
    built = Path(sysconfig.get_paths()["stdlib"], "lib-dynload")  # shared libraries cannot be loaded from memory
    wanted += [name for path in built.glob("_*") if not FOR_TESTS.search(name := path.name.partition(".")[0])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _import_what_is_there(sorted(set(wanted)))


def keep_time_zones() -> None:
    """Read the time zones into memory, for workers that may read no files."""
    common: Any = importlib.import_module("zoneinfo._common")
    root = next(filter(os.path.isdir, zoneinfo.TZPATH), "")
    zones: dict[str, bytes] = {}
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if name[0].isupper()]  # not "posix" and "right", which are all of them again
        zones |= {os.path.relpath(path, root): Path(path).read_bytes() for path in (f"{folder}/{n}" for n in names)}
    load_tzdata = common.load_tzdata

    def load(key: str) -> IO[bytes]:
        return io.BytesIO(zones[key]) if key in zones else load_tzdata(key)

    common.load_tzdata = load


def shared_libraries(modules: Sequence[str]) -> list[str]:
    """List the shared libraries in these packages and in those that they are built on, each after what it is in.

    They cannot be loaded from memory, and what is imported on first use, as most of scipy and scikit-learn, may
    consist of them.
    """
    found: dict[str, None] = {}
    for top in built_on(modules):
        for name in (name for folder in folders_of(top) for name in _libraries_in(folder, top)):
            if name not in sys.modules:
                found |= dict.fromkeys((name.rpartition(".")[0], name))
    return list(found)


def _libraries_in(folder: str, package: str) -> Iterator[str]:
    """List the shared libraries in a package and those below it; a folder without `__init__.py` is none."""
    if package in LEFT_OUT or not Path(folder, "__init__.py").is_file():
        return
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        stem, dot, kind = entry.name.partition(".")
        name = f"{package}.{stem}"
        if entry.is_dir() and entry.name not in FOLDERS_LEFT_OUT:
            yield from _libraries_in(entry.path, name)
        elif dot + kind in EXTENSION_SUFFIXES and not TESTING.search(stem) and name not in LEFT_OUT:
            yield name


def _import_what_is_there(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            # Other platforms' parts and parts that this version of a package lacks: nothing can need them.
            sys.stderr.write(f"not imported: {name} ({error})\n")


def warm() -> None:
    """Run one small product and convolution on one thread: libraries pick their kernels now, alike for all workers."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.dot(numpy.ones((8, 8)), numpy.ones((8, 8)))
        numpy.einsum("ij,jk->ik", numpy.ones((4, 4)), numpy.ones((4, 4)), optimize=True)
        numpy.random.default_rng(0).normal(size=3)
    if "sklearn" in sys.modules:  # which looks once in /proc for the libraries whose threads it limits
        parallel: Any = importlib.import_module("sklearn.utils.parallel")
        parallel._get_threadpool_controller()  # noqa: SLF001  # there is no other way to have it look
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_num_threads(1)
    image, kernel = torch.zeros(1, 3, 8, 8, requires_grad=True), torch.zeros(4, 3, 3, 3, requires_grad=True)
    torch.nn.functional.conv2d(image, kernel).sum().backward()
    torch.mm(torch.zeros(8, 8), torch.zeros(8, 8))


def keep_to_one_core(*, loaders_may_fork: bool = False) -> None:
    """Let torch ask for no threads, processes or compiler, which a worker does not have."""
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_num_threads = torch.set_num_interop_threads = lambda _count: None  # a worker has one core
    run_uncompiled(torch)
    if not loaders_may_fork:
        keep_to_one_process()


def run_uncompiled(torch: Any) -> None:  # noqa: ANN401  # a module that is patched
    """Run what is to be compiled as it is: a worker has no compiler and no file of torch's; the values are the same."""
    for_torch = torch.jit.script

    def compile(model: Any = None, **_options: object) -> Any:  # noqa: A001, ANN401  # torch's own name and types
        """Give the model back, or what does so with the function that it decorates."""
        return model if model is not None else lambda function: function

    def script(model: Any = None, **options: object) -> Any:  # noqa: ANN401  # see above
        """Do as much, but for torch's own functions, of which forward-mode derivatives need the graph."""
        is_its_own = str(getattr(model, "__module__", "")).startswith("torch._decomp.")
        return for_torch(model, **options) if is_its_own else compile(model)

    torch.compile, torch.jit.script = compile, script
    for module in ("torch._decomp.decompositions", "enum"):
        keep_source(module)


def keep_source(module: str) -> None:
    """Keep the lines of a module that looks at its own source, for workers that may read no files."""
    path = getattr(sys.modules.get(module), "__file__", None)
    if path is not None:
        source = Path(path).read_text(encoding="utf-8")
        linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)


def keep_to_one_process() -> None:
    """Let torch's data loaders load in the worker itself, which may not fork."""
    loader = importlib.import_module("torch.utils.data").DataLoader
    original = loader.__init__
    signature = inspect.signature(original)
    single = {
        "num_workers": 0, "prefetch_factor": None, "persistent_workers": False, "multiprocessing_context": None,
        "timeout": 0,
    }  # fmt: skip

    def init(self: object, *args: object, **kwargs: object) -> None:
        bound = signature.bind(self, *args, **kwargs)
        bound.arguments.update({name: value for name, value in single.items() if name in bound.arguments})
        original(*bound.args, **bound.kwargs)

    loader.__init__ = init


class PipeEnd:
    """One end of a pipe, with what an event loop asks of the socket by which it is woken."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def fileno(self) -> int:
        """Return the descriptor."""
        return self.descriptor

    def recv(self, most: int) -> bytes:
        """Read what is there."""
        return os.read(self.descriptor, most)

    def send(self, data: bytes) -> int:
        """Write."""
        return os.write(self.descriptor, data)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.descriptor)


def wake_by_pipes() -> None:
    """Let event loops of asyncio be woken by a pipe: a worker may have no sockets."""
    events: Any = importlib.import_module("asyncio.selector_events")

    def make_self_pipe(loop: Any) -> None:  # noqa: ANN401  # asyncio's own event loop
        """Make a loop's pipe, as asyncio makes its pair of sockets."""
        loop._ssock, loop._csock = map(PipeEnd, os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))  # noqa: SLF001  # see above
        loop._internal_fds += 1  # noqa: SLF001  # see above
        loop._add_reader(loop._ssock.fileno(), loop._read_from_self)  # noqa: SLF001  # see above

    events.BaseSelectorEventLoop._make_self_pipe = make_self_pipe  # noqa: SLF001  # asyncio has no setting for it


def share_by_value() -> None:
    """Let processes of a worker fork, and hand tensors to each other through pipes.

    Torch would share their memory by passing descriptors through sockets that have a path: with one of those a
    submission could talk to the services of its machine.
    """
    multiprocessing: Any = importlib.import_module("multiprocessing")
    multiprocessing.set_start_method("fork", force=True)
    torch: Any = sys.modules.get("torch")
    if torch is None:
        return
    importlib.import_module("torch.multiprocessing")
    reducers = importlib.import_module("multiprocessing.reduction").ForkingPickler._extra_reducers  # noqa: SLF001
    for kind in [kind for kind in reducers if kind.__module__.partition(".")[0] == "torch"]:
        del reducers[kind]


def readable_paths(modules: Sequence[str]) -> tuple[str, ...]:
    """List where the interpreter, installed packages and the libraries under them lie, and nothing else.

    Other entries of `sys.path`, such as the folder of a package that is being developed, may hold a course: of those
    only the packages that are asked for are listed.
    """
    installed = [*(sysconfig.get_path(name) for name in ("stdlib", "platstdlib")), *installed_folders()]
    found = [str(path) for path in map(Path, (*SYSTEM_PATHS, *installed)) if path.exists()]
    for name in modules:
        place = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None)
        if place is not None and not any(Path(place).is_relative_to(path) for path in found):
            file = Path(place)
            found.append(str(file.parent if file.name == "__init__.py" else file))
    return tuple(dict.fromkeys(os.path.realpath(path) for path in found))
