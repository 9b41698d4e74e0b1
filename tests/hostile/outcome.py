"""What became of one attack, as it is told to whoever had it graded."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Outcome:
    """What became of one attack. `problems` are sentences; there are none when all went as stated."""

    id: str
    ending: str = ""
    message: str = ""
    forged: float = 0.0
    seconds: float = 0.0
    overrun: float = 0.0
    honest_changed: bool = False
    files: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
