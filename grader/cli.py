"""The command `grade`: find the command that is meant, and turn errors into sentences and exit codes."""

from __future__ import annotations

import ast
import errno
import gc
import importlib
import io
import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Final, NoReturn, cast

# Read when numpy is first imported. Between the small products of hidden tests a second thread of OpenBLAS waits
# busily: in cifar that took as long again as the judge. Processes of a batch have one thread as well.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import typer
from typer.core import TyperCommand, TyperGroup

from grader.commands.arguments import warn
from grader.commands.words import Command
from grader.course.installation import DISTRIBUTION
from grader.errors import ExitCode, GradeError, JudgingError

RICH: Final = "rich"  # the markup of help texts
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "Your work": ("run", "watch", "list", "instructions", "hint", "repro", "report", "explain", "pack"),
    "The class": ("collect", "batch", "regrade", "diff", "review", "class", "statistics", "leaderboard", "similar",
                  "mistake"),
    "Decisions": ("override", "extend", "decide", "decisions", "requests", "totals"),
    "Other systems": ("export", "feedback", "gradescope", "ci"),
    "Assignments": ("start", "new", "import", "stubs", "handout", "lint"),
    "Results": ("backup", "restore", "forget"),
    "The machine": ("record", "doctor", "demo"),
})  # fmt: skip
"""By panel of `grade --help`: each command, a function of its name in a module of its name in `grader.commands`."""
PYTHON_NAMES: Final[Mapping[str, str]] = MappingProxyType({
    "list": "list_assignments", "class": "class_page", "import": "import_course",
})  # fmt: skip
"""Of commands that are called as something that Python has a use for."""

NO_ROOM_OR_PERMISSION: Final = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.EROFS)
"""What a folder or a disk may say to any command at any file."""


def said_of(name: str) -> str:
    """Return the docstring of a command's function, read from its source: to import all takes more than a second."""
    source = files("grader.commands").joinpath(f"{name}.py").read_text(encoding="utf-8")
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return next(filter(None, map(ast.get_docstring, functions)), "")


class Commands(TyperGroup):
    """Loads a command when it is asked for: what a class needs takes half a second, which a student need not wait."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  # typer's own
        super().__init__(**attributes)
        self._panels = {name: panel for panel, names in COMMANDS.items() for name in names}
        self._is_listing = False
        self.commands = cast("Any", dict.fromkeys(self._panels))  # the names, from which the nearest is suggested

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401  # typer's own
        """Write the list of all commands, of which none is loaded for that."""
        self._is_listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401  # typer's own
        """List all, in the order of the table."""
        return list(self._panels)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401  # typer's own
        """Load one; None where there is none of that name. In a list it is a name and what its source says of it."""
        panel = self._panels.get(cmd_name)
        if panel is None:
            return None
        name = PYTHON_NAMES.get(cmd_name, cmd_name)
        if self._is_listing:
            return TyperCommand(cmd_name, help=said_of(name), rich_help_panel=panel, rich_markup_mode=RICH)
        alone = typer.Typer(add_completion=False, rich_markup_mode=RICH)
        gc.disable()  # what imports make stays: to look for garbage among it takes a tenth of their time
        try:
            loaded = importlib.import_module(f"grader.commands.{name}")
        finally:
            gc.enable()
        alone.command(cmd_name, cls=Command, rich_help_panel=panel)(getattr(loaded, name))
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=Commands, no_args_is_help=True, rich_markup_mode=RICH, pretty_exceptions_enable=False,
    help="Grade deep-learning assignments: your code runs in a sandbox, the tests outside it.",
    epilog="Start with [bold]grade list[/bold], then [bold]grade run ASSIGNMENT[/bold].",
)  # fmt: skip


def tell_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it with the flag
    """Print the version and end, if that is what was asked for."""
    if asked:
        sys.stdout.write(f"grade {metadata.version(DISTRIBUTION)}\n")
        raise typer.Exit


@app.callback()
def before_any_command(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that belong to no command."""


@contextmanager
def exit_on_errors() -> Iterator[None]:
    """Turn every error that has an owner into one sentence and its exit code."""
    try:
        yield
    except GradeError as error:
        if isinstance(error, JudgingError):  # a bug of ours: where it is, for us
            traceback.print_exception(error.__cause__)
        for line in f"{error.prefix}{error}".splitlines():
            warn(line)
        if error.resumable:
            again = error.go_on or shlex.join(["grade", *sys.argv[1:]])
            warn(f"what was graded before is kept; once that is mended, go on with: {again}")
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader of our output has gone: no traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(ExitCode.NOT_ALL_PASSED) from None
    except OSError as error:
        if error.errno not in NO_ROOM_OR_PERMISSION:
            raise  # a bug of ours: where it is, for us
        warn(f"{error.filename or 'a file'} cannot be read or written: {error.strerror}")
        raise SystemExit(ExitCode.BROKEN) from None


def main() -> NoReturn:
    """Run the command."""
    for stream in (sys.stdout, sys.stderr):  # a terminal without our signs shows others instead of a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    with exit_on_errors():
        app(prog_name="grade")
    raise SystemExit(0)


if __name__ == "__main__":
    main()
