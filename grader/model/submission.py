"""Where the text of a submission comes from, and what a notebook shows by its author's account. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SourceMap:
    """Where the lines of a module come from that was handed in as a notebook.

    `cells` are the number of each of its cells, from 1, and how many lines of the module are that cell's; 0 is none.
    `is_file` tells of a module that a cell writes as a file; else it is the code of all cells. `left_out` are names
    that are defined in what is not executed, and a clause that says why.
    """

    file: str
    cells: tuple[tuple[int, int], ...]
    is_file: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)

    def locate(self, line: int) -> tuple[int, int]:
        """Return the cell of a line of the module, and which line of the cell it is."""
        for cell, lines in self.cells:
            if line <= lines:
                return cell, line
            line -= lines
        return 0, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOutput:
    """What a cell of a notebook shows by its author's account; nobody saw it come about."""

    file: str
    cell: int
    text: str
    pictures: int = 0
