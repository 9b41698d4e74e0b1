"""Modules that notebooks use to show things, and that are not here: whatever they are asked for does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import FunctionType, ModuleType
from typing import Any, Final, Self

from grader.drivers.absent_modules import AbsentFinder, attribute

SHOWING: Final = frozenset({
    "IPython", "PIL", "google", "ipywidgets", "matplotlib", "plotly", "pylab", "seaborn", "tensorboardX", "tqdm",
    "wandb",
})  # fmt: skip


class StandIn:
    """Whatever is asked of it is a stand-in again. It parts into two, as what `plt.subplots()` returns does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # a class, a function or a figure
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self._name}.{name}")

    def __call__(self, *arguments: object, **_named: object) -> Any:  # noqa: ANN401  # see above
        """Do nothing; of a function or class that it decorates, as `@interact(x=3)` does, nothing is lost."""
        if len(arguments) == 1 and isinstance(arguments[0], FunctionType | type):
            return arguments[0]
        return StandIn(f"{self._name}()")

    def __getitem__(self, _index: object) -> Self:
        return self

    def __setitem__(self, _index: object, _value: object) -> None:
        pass

    def __iter__(self) -> Iterator[Self]:
        return iter((self, self))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __repr__(self) -> str:
        return f"<{self._name}, which is not here>"


class StandInModule(ModuleType):
    """A module in which every name is there."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # see above
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "tqdm":
            return attribute(self.__name__, name)
        return StandIn(f"{self.__name__}.{name}")


class StandInFinder(AbsentFinder):
    """Finds them for submissions with a notebook; it stands last but one on `sys.meta_path`."""

    def __init__(self) -> None:
        super().__init__(SHOWING)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Make the module (the import system's protocol)."""
        return StandInModule(spec.name)
