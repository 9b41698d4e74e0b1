"""Stand-ins for modules that are not here: importing them is no fault, and what is used of them says its name."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import FrameType, MappingProxyType, ModuleType
from typing import Any, Final, NoReturn, Self

CONVENIENCES: Final = (
    *("torchvision", "torchaudio", "torch.utils.tensorboard", "tensorboard", "tensorboardX", "wandb", "torchsummary"),
    *("torchinfo", "matplotlib", "seaborn", "pandas", "scipy", "sklearn", "skimage", "cv2", "PIL", "tqdm", "IPython"),
)
"""What students import at the top of files that work without it: plots, bars, logs, images, summaries."""

# What takes a value out of a stand-in or compares it, apart from calls and indices.
USES: Final = (
    *("__iter__", "__next__", "__len__", "__contains__", "__bool__", "__enter__", "__float__", "__int__", "__index__"),
    *("__lt__", "__le__", "__gt__", "__ge__", "__neg__", "__await__"),
    *(f"__{side}{name}__" for name in ("add", "sub", "mul", "truediv", "matmul", "pow") for side in ("", "r")),
)


class AbsentName:
    """Something of a module that is not here: it can be named, passed on and derived from, and raises when used.

    While a module is being executed nothing needs a value yet: what its top level calls is a stand-in again, so that
    `plt.style.use("ggplot")` or `transforms.Compose([...])` costs only who uses what it gives.
    """

    def __init__(self, name: str) -> None:
        self._absent_name = name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever is asked for
        return attribute(self._absent_name, name)

    def __call__(self, *_arguments: object, **_named: object) -> Any:  # noqa: ANN401  # see above
        """Give a stand-in to a module that is being executed; raise for anyone else."""
        return _used(self, inspect.currentframe())

    def __getitem__(self, _key: object) -> Any:  # noqa: ANN401  # see above
        return _used(self, inspect.currentframe())

    def __setitem__(self, _key: object, _value: object) -> None:
        """Set nothing: what is set here matters to nobody."""

    def __or__(self, _other: object) -> Self:
        """Stand in a union of types."""
        return self

    __ror__ = __or__

    def __instancecheck__(self, _value: object) -> bool:
        """Nothing is an instance of a class that is not here."""
        return False

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        """Let a class derive from it that cannot be made an instance of."""
        name = self._absent_name
        return (type(name.rpartition(".")[2], (), {"__new__": lambda *_arguments, **_named: _refuse(name)}),)

    def __repr__(self) -> str:
        return f"<{self._absent_name}, which is not available here>"


def _used(absent: AbsentName, frame: FrameType | None) -> AbsentName:
    """Return the stand-in itself to the body of a module or class, whose code is not that of a function."""
    caller = frame.f_back if frame is not None else None
    if caller is None or caller.f_code.co_flags & inspect.CO_OPTIMIZED:
        _refuse(vars(absent)["_absent_name"])
    return absent


def _use(self: AbsentName, *_arguments: object) -> NoReturn:
    _refuse(self._absent_name)


for _name in USES:
    setattr(AbsentName, _name, _use)


class AbsentModule(ModuleType):
    """A module that is not here: whatever it is asked for is there, and raises when it is used."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a class, a function or a bar
        return attribute(self.__name__, name)

    def __call__(self, *_arguments: object, **_named: object) -> NoReturn:
        """Raise: the name stood for a function."""
        _refuse(self.__name__)


class _BarKind(type):
    def __getattr__(cls, name: str) -> Callable[..., None]:
        return _do_nothing


class ProgressBar(metaclass=_BarKind):
    """Iterate over what it is given, as a progress bar does; everything else that bars do, does nothing."""

    def __init__(self, iterable: Iterable[Any] | None = None, *_arguments: object, **_named: object) -> None:
        self.iterable = () if iterable is None else iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)  # type: ignore[arg-type]  # as of a bar: what has no length raises

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return _do_nothing

    @staticmethod
    def write(*words: object, **_named: object) -> None:
        """Print."""
        print(*words)  # noqa: T201  # it is what the student asks for


def _counting(*arguments: int, **_named: object) -> ProgressBar:
    return ProgressBar(range(*arguments))


def _numbering(iterable: Iterable[Any], start: int = 0, *_arguments: object, **_named: object) -> Iterator[Any]:
    return enumerate(iterable, start)


def _side_by_side(*iterables: Iterable[Any], **_named: object) -> Iterator[Any]:
    return zip(*iterables, strict=False)


def _do_nothing(*_arguments: object, **_named: object) -> None:
    pass


BARS: Final = MappingProxyType(
    {
        **dict.fromkeys(("trange", "tnrange"), _counting),
        **dict.fromkeys(("tqdm", "tqdm_notebook", "tqdm_gui"), ProgressBar),
        "tenumerate": _numbering,
        "tzip": _side_by_side,
    }
)
"""What code takes from `tqdm`, which may draw nothing here and leaves the loops as they are."""


MOST_FOUND: Final = 32  # lists of modules that are remembered, some ten kilobytes each
_FOUND: Final[dict[tuple[frozenset[str], int], tuple[list[str], list[str]]]] = {}
"""By names, and by how many modules were imported: which those were, and which of them are at and below the names."""


def attribute(owner: str, name: str) -> object:
    """Return what stands for an attribute of something that is not here.

    Raises:
        AttributeError: Python itself asks, whether this is more than a module or an object.
    """
    if name.startswith("__") and name != "__version__":
        raise AttributeError(name)
    if is_below(owner, ["tqdm"]):
        return BARS[name] if name in BARS else AbsentModule(f"{owner}.{name}")
    return AbsentName(f"{owner}.{name}")


class AbsentFinder(MetaPathFinder, Loader):
    """Find absent modules at and below certain names."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find a module (the import system's protocol)."""
        if not is_below(fullname, self.names):
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module (the import system's protocol)."""
        return AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty (the import system's protocol)."""


@contextmanager
def absent_modules(names: Iterable[str], sources: Collection[str] = ()) -> Iterator[None]:
    """Let imports of absent modules, and of all below them, succeed inside the block, and forget them after it.

    The names come before everything else of theirs. A module that is among the implementation's own files, the paths in
    `sources`, is imported as ever.
    """
    finder = AbsentFinder(frozenset(name for name in names if not _is_among(name, sources)))
    displaced = {name: sys.modules.pop(name) for name in _loaded_below(finder.names)}
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]
        for name in _loaded_below(finder.names):
            del sys.modules[name]
        sys.modules.update(displaced)


def lend_names(package: str, sources: Collection[str]) -> None:
    """Let a package among the paths in `sources` have every name: one that it lacks, as editions differ, is a stand-in.

    Its modules are imported as ever.
    """
    if not _is_among(package, sources):
        return
    module = importlib.import_module(package)
    own = vars(module).get("__getattr__", lambda _name: None)

    def lent(name: str) -> object:
        try:
            found = own(name)
        except AttributeError:
            found = None
        if found is None and (name.startswith("__") or _is_among(f"{module.__name__}.{name}", sources)):
            raise AttributeError(name)  # by which Python knows that it has to look for a module of this name
        return attribute(module.__name__, name) if found is None else found

    vars(module)["__getattr__"] = lent


def is_below(name: str, others: Collection[str]) -> bool:
    """Return whether a dotted name is one of these or below one of them."""
    while name and name not in others:
        name = name.rpartition(".")[0]
    return bool(name)


def _loaded_below(names: Collection[str]) -> list[str]:
    """List the modules that are imported and are one of these or below one of them.

    With torch thousands are imported, and drivers ask at every call: where the same are as when it was asked with as
    many, what was found then is found again.
    """
    loaded = list(sys.modules)
    asked = frozenset(names), len(loaded)
    known, found = _FOUND.get(asked, ([], []))
    if known != loaded:
        beginnings = tuple(names)
        found = [name for name in loaded if name.startswith(beginnings) and is_below(name, names)]
        if len(_FOUND) >= MOST_FOUND:
            _FOUND.clear()
        _FOUND[asked] = loaded, found
    return found


def _is_among(name: str, paths: Iterable[str]) -> bool:
    folder = name.replace(".", "/")
    return any(path == f"{folder}.py" or path.startswith(f"{folder}/") for path in paths)


def _refuse(name: str) -> NoReturn:
    raise ModuleNotFoundError(f"{name} is not available here", name=name)
