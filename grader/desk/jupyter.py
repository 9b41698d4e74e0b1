"""What `grade` adds to IPython, in Jupyter as in a terminal: the magic `%grade`, and the report inline.

Runs in the student's kernel: it looks at what the kernel has and starts a process that grades it.
"""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, Final, NoReturn

from IPython.core.error import UsageError
from IPython.core.getipython import get_ipython
from IPython.display import display

from grader.desk.kernel import kernel_of

LINES_SHOWN: Final = 34  # of a report; its corner makes the frame larger
_last: dict[str, str] = {}
"""The assignment that each kernel graded last, by the name under which it is kept: there is one."""


class MagicArguments(ArgumentParser):
    """Arguments of a magic, which must not end the kernel where they are wrong."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments in a sentence."""
        raise UsageError(f"{message}; {' '.join(self.format_usage().split())}")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the magic alone, after its help."""
        raise UsageError(message or "")


def magic_arguments() -> MagicArguments:
    """Return what `%grade` takes."""
    parser = MagicArguments(prog="%grade", description="Grade what the kernel has, and show the report.")
    parser.add_argument("assignment", nargs="?", default="", help="as grade list names it; else the folder's")
    parser.add_argument("--only", metavar="CHECK", action="append", default=[], help="only this check")
    parser.add_argument("--failed", action="store_true", help="only the checks that did not pass last")
    parser.add_argument("--course", metavar="FOLDER", default="", help="the course; else the nearest one")
    return parser


def extend(shell: Any) -> None:  # noqa: ANN401  # IPython's, which has no types for it
    """Give a shell the magic `%grade`, and the name `grader` where it has none."""

    def grade(line: str) -> None:
        """Grade what the kernel has: %grade [ASSIGNMENT] [--only CHECK] [--failed] [--course FOLDER]."""
        given = magic_arguments().parse_args(line.split())
        show(shell, given.assignment, tuple(given.only), is_failed=given.failed, course=given.course)

    shell.register_magic_function(grade, "line", "grade")
    if "grader" not in shell.user_ns:
        shell.push({"grader": sys.modules["grader"]}, interactive=False)


def check(*names: str, assignment: str = "") -> None:
    """Grade checks of what the kernel has, by their names; without one all of them.

    Raises:
        UsageError: there is no kernel of IPython, or the names are not clear.
    """
    shell = get_ipython()
    if shell is None:
        raise UsageError("grader.check works in IPython and Jupyter; elsewhere type: grade run ASSIGNMENT --only CHECK")
    show(shell, assignment or _last.get("assignment", ""), names)


def show(
    shell: Any,  # noqa: ANN401  # IPython's
    assignment: str,
    checks: tuple[str, ...] = (),
    *,
    is_failed: bool = False,
    course: str = "",
) -> None:
    """Grade what a shell has, in a process of its own, and show the report.

    Raises:
        UsageError: it cannot be graded; the text says why.
    """
    is_terminal = sys.stdout.isatty()
    request = {
        **asdict(kernel_of(shell)),
        "assignment": assignment,
        "checks": [name for text in checks for name in text.split(",") if name],
        "is_failed": is_failed,
        "course": course,
        "folder": os.getcwd(),  # noqa: PTH109  # as text, which is sent
        "columns": shutil.get_terminal_size().columns if is_terminal else 100,
        "is_coloured": is_terminal and not os.environ.get("NO_COLOR"),
    }
    ended = subprocess.run(  # our own module, by this interpreter, without what lies in the working folder
        [sys.executable, "-P", "-m", "grader.desk.live_grading"],
        input=json.dumps(request), capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        last = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise UsageError(f"the process that grades ended with code {ended.returncode}: {last}") from None
    if "error" in answer:
        raise UsageError(answer["error"])
    _last["assignment"] = answer["assignment"]
    if is_terminal:
        sys.stdout.write(answer["text"])
        sys.stderr.write("".join(f"{line}\n" for line in answer["told"]))
        return
    bundle = {"text/plain": answer["text"], "text/html": framed(answer["html"])}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]  # IPython has no types for it


def framed(page: str) -> str:
    """Put a page into a frame of its own: its style stays in, and no script runs in it whatever it holds.

    What it links in itself is named by the frame's own address: a bare fragment would be one of the notebook's page.
    """
    page = page.replace('href="#', 'href="about:srcdoc#')
    return (
        f'<iframe title="Report of grade" sandbox="allow-popups" srcdoc="{html.escape(page)}" '
        f'style="width: 100%; height: {LINES_SHOWN}em; min-height: 12em; border: 1px solid #8886; '
        'border-radius: 4px; resize: vertical; overflow: auto"></iframe>'
    )
