"""What the commands about a class share: options, and the command to type next about the same results."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

RESULTS: Final = Path("results")  # where nothing else is said

OutFolder = Annotated[
    Path, typer.Option("--out", "-o", help="The folder of results: reports, results and gradebook.", file_okay=False)
]
GradebookPlace = Annotated[
    str,
    typer.Option("--gradebook", help="A path, or postgresql://user@host/name; by default gradebook.sqlite in --out."),
]
JobsOption = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Processes; by default one for each core.")]
MemoryOption = Annotated[
    int | None, typer.Option("--memory", min=256, metavar="MIB", help="What all processes may take together.")
]
ClusterOption = Annotated[
    str, typer.Option("--cluster", metavar="ADDRESS", help="Grade on the workers of a Dask scheduler: tcp://host:8786.")
]
GroupsOption = Annotated[
    Path | None, typer.Option("--groups", help="A CSV of who handed in together: group, and student or members.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Grade also what is unchanged.")]
ExamplesOption = Annotated[
    bool,
    typer.Option("--examples", help="Look for the smallest inputs on which a check fails: up to 2 s for a submission."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
StudentName = Annotated[str, typer.Argument(metavar="STUDENT", help="As the gradebook identifies them.")]
WhyOption = Annotated[str, typer.Option("--why", help="The reason; it stays in the gradebook.")]
ByOption = Annotated[str, typer.Option("--by", help="Who decides; by default you.")]


def next_command(command: str, first: str, out: Path, gradebook: str, *more: str) -> str:
    """Return what to type next about the same results."""
    words = ["grade", command, first, *more]
    words += ["--out", str(out)] if out != RESULTS else []
    words += ["--gradebook", gradebook] if gradebook else []
    return shlex.join(words)


AnywayOption = Annotated[bool, typer.Option("--anyway", help="Keep also what looks like a mistake.")]
