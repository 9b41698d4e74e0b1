"""Outside the jail: have attacks graded inside it, and sum up what became of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import jail
from .corpus import Attack

SECONDS_TO_START = 120.0
SECONDS_BESIDE = 2.0  # for the honest submission that is graded after each attack


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one attack, as told from inside. `problems` are sentences, none when all went as stated."""

    id: str
    ending: str
    message: str
    forged: float
    seconds: float
    overrun: float
    honest_changed: bool
    files: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """The sum over all attacks."""

    attacks: int = 0
    as_stated: int = 0
    known_open: int = 0
    forged: float = 0.0
    honest_changed: int = 0
    leaks: int = 0
    overrun: float = 0.0
    files: set[str] = field(default_factory=set)
    processes: set[str] = field(default_factory=set)

    def add(self, attack: Attack, fate: Fate) -> None:
        """Count one attack."""
        self.attacks += 1
        self.as_stated += not fate.problems
        self.known_open += bool(attack.open and fate.problems)
        self.forged += fate.forged
        self.honest_changed += fate.honest_changed
        self.leaks += bool(fate.leaks)
        self.overrun = max(self.overrun, fate.overrun)
        self.files |= set(fate.files)
        self.processes |= set(fate.processes)

    def __str__(self) -> str:
        return (
            f"{self.attacks} attacks: {self.forged:g} points forged, {self.honest_changed} honest scores changed, "
            f"{len(self.files)} files outside the scratch, {len(self.processes)} processes left, "
            f"{self.leaks} leaks, longest overrun past a deadline {self.overrun:.2f} s"
        )


def fates(
    attacks: Sequence[Attack], held: jail.Jail, *, quiet: bool = True, unconfined: bool = False
) -> Iterator[Fate]:
    """Have attacks graded in a jail and give what became of each, as it becomes known.

    Args:
        attacks: Which.
        held: The jail.
        quiet: Whether what the judge says on standard error is dropped.
        unconfined: Call the attacks' code without a sandbox, and give only those that then get through.

    Raises:
        jail.JailError: the judge did not come to the end.
    """
    seconds = SECONDS_TO_START + sum(attack.seconds + SECONDS_BESIDE for attack in attacks)
    flags = ["--unconfined"] if unconfined else []
    command = [sys.executable, "-m", "hostile.inside", *flags, *(attack.id for attack in attacks)]
    paths = f"{jail.ROOT / 'tests'}:{jail.ROOT}"
    for line in jail.lines(command, held, seconds=seconds, quiet=quiet, PYTHONPATH=paths):
        told = json.loads(line)
        lists: dict[str, Any] = {key: tuple(told.pop(key)) for key in ("files", "processes", "leaks", "problems")}
        yield Fate(**told, **lists)
