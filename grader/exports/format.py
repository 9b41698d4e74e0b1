"""What a format declares about itself, and what it is handed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jinja2

from grader.exports.grades import Grades
from grader.exports.worksheets import Filled
from grader.visibility import VisibleResult, renderer

HUNDREDTHS = 100


class ExportError(Exception):
    """A result cannot be written in a format with what is at hand: the caller's move. The text is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportContext:
    """What a format may need beside the result.

    `templates` gives the environment that writes HTML, `environ` what the runner of a job has set. `written_at` is UTC
    as `2026-11-21T22:41:00Z`. `scale` is how many whole numbers make a point, where a format knows only those.
    """

    templates: Callable[[], jinja2.Environment]
    environ: Mapping[str, str]
    written_at: str
    scale: int = HUNDREDTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleFormat:
    """A form of one result. `description` says in one sentence who reads it; `suffix` ends the name of its file.

    Where the other system itself `hides` what a student may not see yet, it is given what an instructor sees.
    """

    description: str
    suffix: str
    render: Callable[[VisibleResult, ExportContext], str]
    hides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFormat:
    """A form of the grades of a class. `fill`, where there is one, puts them into a worksheet of the other system."""

    description: str
    suffix: str
    render: Callable[[Grades], str]
    fill: Callable[[Grades, str], Filled] | None = None


@renderer
def written(visible: VisibleResult, form: SingleFormat, context: ExportContext) -> str:
    """Write a result in one form.

    Raises:
        ExportError: the context does not hold what the form needs.
    """
    return form.render(visible, context)
