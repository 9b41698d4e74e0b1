"""Direct calls of plain hidden tests, past pytest's setting up and reporting."""

from __future__ import annotations

import functools
import signal
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import pytest_timeout

from grader.drivers.former_names import FIXTURES
from grader.judging import plugin
from grader.judging.plugin import CurrentCase, generator


def is_plain(item: pytest.Function) -> bool:
    """Return whether a test asks for our fixtures and its own parameters alone, and has no marks."""
    asked = item._fixtureinfo  # noqa: SLF001  # see the docstring of `collection`
    own = {"request", *(item.callspec.params if hasattr(item, "callspec") else ())}
    makers = [asked.name2fixturedefs[name][-1].func for name in item.fixturenames if name not in own]
    is_ours = all(make.__module__ == plugin.__name__ for make in makers)  # tmp_path and others are made by pytest
    marks = {mark.name for mark in item.iter_markers()} - {"parametrize"}
    return is_ours and not marks and item.cls is None and "request" not in asked.argnames


class DirectCall:
    """A plain test, called as the function that it is.

    That takes 11 µs of processor time beside what the test computes; pytest's own protocol takes 430 µs.
    """

    def __init__(self, item: pytest.Function, current: CurrentCase) -> None:
        self._item = item
        self._current = current
        self._function: Callable[..., object] = item.obj
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        asked = item._fixtureinfo.argnames  # noqa: SLF001  # see the docstring of `collection`
        self._arguments = {name: parameters[name] for name in asked if name in parameters}
        made: dict[str, Callable[[], object]] = {
            "student": lambda: current.student,
            "reference": lambda: current.reference,
            "files": lambda: current.files,
            "rng": self._rng,
            "note": lambda: current.note,
            plugin.VARIANT: lambda: MappingProxyType(dict(current.constants)),
            plugin.MEASURE: lambda: current.measure,
            plugin.FIGURE: lambda: current.show,
            plugin.IMPLEMENTATIONS: lambda: plugin.Tried(current),
        }
        made |= {former: made[present] for former, present in FIXTURES.items()}
        self._generators: dict[int, tuple[np.random.Generator, Any]] = {}
        self._made = {name: make for name, make in made.items() if name in asked and name not in parameters}

    def run(
        self, parameters: Mapping[str, object] | None = None, rng: np.random.Generator | None = None
    ) -> BaseException | None:
        """Run the test under pytest-timeout's guard; return the exception that ended it, if any.

        Args:
            parameters: What stands in for parameters of the case, arguments with a default among them.
            rng: What stands in for the case's generator.
        """
        disarm = self._armed()
        try:
            made = {name: make() for name, make in self._made.items()}
            if rng is not None and "rng" in made:
                made["rng"] = rng
            if self._function(**{**self._arguments, **(parameters or {})}, **made) is not None:
                return TypeError(f"{self._item.name} returns a value, expected none: what is meant is to be asserted")
        except BaseException as error:  # noqa: BLE001  # the judge decides what it means
            return error
        finally:
            disarm()
        return None

    def _armed(self) -> Callable[[], object]:
        """Set pytest-timeout's alarm, and return what takes it back.

        Where its handler is installed already only the clock is set: that takes a tenth of the time.
        """
        # Outside the main thread it takes a thread for an alarm, and so it does where there is no alarm.
        if threading.current_thread() is not threading.main_thread() or not plugin.HAS_ALARM:
            pytest_timeout.pytest_timeout_set_timer(self._item, plugin.GUARD)
            return functools.partial(pytest_timeout.pytest_timeout_cancel_timer, self._item)
        if self._current.is_alarm_installed:
            signal.setitimer(signal.ITIMER_REAL, plugin.GUARD.timeout)
        else:
            pytest_timeout.pytest_timeout_set_timer(self._item, plugin.GUARD)
            self._current.is_alarm_installed = True
        return functools.partial(signal.setitimer, signal.ITIMER_REAL, 0)

    def _rng(self) -> np.random.Generator:
        """Make the case's generator, or take back the one that was made for its seed to where it began."""
        seed = self._current.seed
        made, begin = self._generators.get(seed) or (None, {})
        if made is None or made.bit_generator.seed_seq.n_children_spawned:  # type: ignore[attr-defined]  # it has one
            made = generator(seed, self._item)
            self._generators[seed] = made, made.bit_generator.state
            return made
        made.bit_generator.state = begin
        return made
