"""A result for GitHub Actions: workflow commands, step outputs and the step summary. Pure.

Whatever a submission says is either escaped into the data of one command or printed between two lines that stop the
reading of commands, so that no student's line is taken for a command of ours.

Source: GitHub's documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import jinja2

from grader.exports.format import SingleFormat
from grader.exports.markdown import bounded_summary
from grader.exports.plain import passed_text, score_text, shortened
from grader.model.result import Item
from grader.model.status import Status
from grader.results.visibility import VisibleResult, renderer
from grader.wording.statuses import WORDS, outcome_text
from grader.wording.text import counted, one_line

MOST_OF_A_KIND = 10  # GitHub shows no more annotations of one kind from one step
SUMMARY_BYTES = 1024 * 1024 - 1  # one byte less than the size at which GitHub drops the summary of a step
MESSAGE_CHARACTERS = 500

KINDS: dict[Status, str] = {Status.UNWRITTEN: "warning", Status.BLOCKED: "", Status.VOID: "warning", Status.PASSED: ""}
"""The kind of annotation for a status, none where nothing is to be done; every other status is an error."""


def command(name: str, data: str, **properties: str) -> str:
    """Write one workflow command, each of its texts escaped so that it stays one line and one value."""
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{name}{' ' if listed else ''}{listed}::{_data(data)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


@renderer
def annotation_lines(seen: VisibleResult, folder: str = "") -> list[str]:
    """Annotate the lines that a student has to look at, and the score; at most ten of a kind.

    `folder` is where the submission lies in its repository, for the paths of its files; empty for the top.
    """
    commands = [command("notice", f"{score_text(seen)}; {passed_text(seen.checks)}", title=one_line(seen.title))]
    for kind in ("error", "warning"):
        commands += _of_kind(kind, [item for item in seen.items if KINDS.get(item.status, "error") == kind], folder)
    return commands


def _of_kind(kind: str, items: Sequence[Item], folder: str) -> list[str]:
    if len(items) <= MOST_OF_A_KIND:
        return [_annotation(kind, item, folder) for item in items]
    shown, rest = items[: MOST_OF_A_KIND - 1], items[MOST_OF_A_KIND - 1 :]
    named = shortened(", ".join(one_line(item.name) for item in rest), MESSAGE_CHARACTERS)
    more = command(kind, named, title=f"{counted(len(rest), 'more check')}")
    return [*(_annotation(kind, item, folder) for item in shown), more]


def _annotation(kind: str, item: Item, folder: str) -> str:
    place = {}
    if item.quoted:
        line = item.quoted[0]
        file = one_line(line.file)
        place = {"file": f"{folder.rstrip('/')}/{file}" if folder else file}
        place |= {} if line.cell else {"line": str(line.line)}  # of a notebook's own text, which nobody reads
        place |= {"col": str(line.column)} if line.column > 0 and not line.cell else {}
    message = shortened(one_line(outcome_text(item) or item.description), MESSAGE_CHARACTERS)
    return command(kind, message, **place, title=f"{one_line(item.name)}: {WORDS[item.status]}")


def fenced(text: str, token: str) -> str:
    """Put text between two lines that stop and resume the reading of workflow commands.

    The token is drawn at random for this run, so that no text can resume the reading.
    """
    return f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::\n"


def outputs(values: Mapping[str, str], token: str) -> str:
    """Write step outputs for the file that `GITHUB_OUTPUT` names.

    A value of one line is `name=value`, the form that the runner of Classroom 50 looks for; another one stands between
    two lines with a random token.
    """
    return "".join(
        f"{name}={value}\n" if len(value.splitlines()) == 1 else f"{name}<<{token}\n{value}\n{token}\n"
        for name, value in values.items()
    )


@renderer
def step_summary(seen: VisibleResult, environment: jinja2.Environment) -> str:
    """Write the Markdown summary of a step, under 1024 KiB."""
    return bounded_summary(seen, environment, SUMMARY_BYTES, "GitHub shows at most 1024 KiB")


FORMAT: Final = SingleFormat(
    description="Annotations and the score as workflow commands, for the log of a job of GitHub Actions",
    suffix=".txt",
    render=lambda seen, _: "".join(f"{line}\n" for line in annotation_lines(seen)),
)
