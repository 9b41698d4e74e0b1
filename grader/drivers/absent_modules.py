"""Modules that a submission imports and does without: training needs neither the progress bar nor the plot."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final, Self

CONVENIENCES: Final = (
    *("torchvision", "torchaudio", "torch.utils.tensorboard", "tensorboard", "tensorboardX", "wandb", "torchsummary"),
    *("torchinfo", "matplotlib", "seaborn", "pandas", "scipy", "sklearn", "skimage", "cv2", "PIL", "tqdm", "IPython"),
)
"""What students import at the top of files that work without it: plots, bars, logs, images, summaries."""


class AbsentModuleError(RuntimeError):
    """Something was used that an absent module stands for; `name` says what, with its module."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not here: it can be imported, but not used")
        self.name = name


class AbsentModule(ModuleType):
    """A module that is not here: whatever it is asked for is there, and raises when it is used."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a class, a function or a bar
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.startswith("tqdm"):
            return ProgressBar
        if name.islower():  # a module or a function: either way
            return importlib.import_module(f"{self.__name__}.{name}")
        return type(name, (), {"__init__": _raising(f"{self.__name__}.{name}")})

    def __call__(self, *_arguments: object, **_named: object) -> None:
        """Raise: the name stood for a function."""
        raise AbsentModuleError(self.__name__)


class ProgressBar:
    """Iterate over what it is given, as a progress bar does; everything else that bars do, does nothing."""

    def __init__(self, iterable: Sequence[Any] = (), *_arguments: object, **_named: object) -> None:
        self.iterable = iterable

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_named: None


class _Finder(MetaPathFinder, Loader):
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
    finder = _Finder(frozenset(name for name in names if not _is_among(name, sources)))
    displaced = {name: module for name, module in sys.modules.items() if is_below(name, finder.names)}
    for name in displaced:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]
        for name in [name for name in sys.modules if is_below(name, finder.names)]:
            del sys.modules[name]
        sys.modules.update(displaced)


def is_below(name: str, others: Collection[str]) -> bool:
    """Return whether a dotted name is one of these or below one of them."""
    while name and name not in others:
        name = name.rpartition(".")[0]
    return bool(name)


def _is_among(name: str, paths: Iterable[str]) -> bool:
    folder = name.replace(".", "/")
    return any(path == f"{folder}.py" or path.startswith(f"{folder}/") for path in paths)


def _raising(name: str) -> Callable[..., None]:
    def use(*_arguments: object, **_named: object) -> None:
        raise AbsentModuleError(name)

    return use
