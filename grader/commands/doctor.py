"""`grade doctor`: what this machine's sandbox has."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from grader.commands.arguments import warn
from grader.errors import ExitCode
from grader.sandbox.layers.doctor import examine, required_missing
from grader.wording.text import one_line


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the layers as JSON.")] = False) -> None:
    """Try every layer of the sandbox and say what this machine has."""
    found = examine()
    missing = required_missing(found)
    if as_json:
        sys.stdout.write(json.dumps([asdict(layer) for layer in found], indent=2) + "\n")
    else:
        table = Table("layer", "", "what was seen", box=None, pad_edge=False)
        for layer in found:
            table.add_row(layer.name, "ok" if layer.in_force else "no", one_line(layer.detail))
        Console(highlight=False).print(table)
    if missing:
        warn(f"this machine cannot grade: {', '.join(layer.name for layer in missing)} is not in force")
        raise typer.Exit(ExitCode.BROKEN)
    warn("this machine can grade")
