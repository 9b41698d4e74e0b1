"""What became of one attack, as it is told to whoever had it graded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

MOST_WAITING: Final = 4.0


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

    def note_time(self, most: float) -> None:
        """Note as a problem more than so many seconds, or more than that where processes wait for processors.

        Waiting stretches it by so much at most: what really stalls ends at no bound of its own.
        """
        waiting = min(MOST_WAITING, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)))
        if self.seconds > most * waiting:
            self.problems.append(f"took {self.seconds} s, expected at most {most}")
