"""Every format as a function of result and view, with the schema of those that are JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from grader.exports import classroom50, github, gradescope, markus, prairielearn
from grader.exports.junit import junit_xml
from grader.exports.markdown import markdown_environment, summary
from grader.model import Result
from grader.reporting.html import template_environment
from grader.results import as_text
from grader.views import View

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"
MARKDOWN = markdown_environment(template_environment())
RUN = classroom50.Run(
    "cs-principles", "convnet", "ada", "submit/2026-11-21T22-40-07Z-a1b2c3d", "https://host.example/commit/a1b2c3d",
    "https://host.example/releases/1", "https://host.example/compare/1", "2026-11-21T22:40:07Z", "2026-11-21T22:41:00Z",
)  # fmt: skip
NEWER_RUN = replace(RUN, assignment_type="individual")

Writer = Callable[[Result, View], str]

JSON_FORMATS: dict[str, tuple[str, Writer]] = {
    "gradescope": ("gradescope.schema.json", lambda result, view: as_text(gradescope.results_json(result))),
    "classroom50": (
        "classroom50.schema.json",
        lambda result, view: as_text(classroom50.result_json(result, RUN, 100, view)),
    ),
    "classroom50-newer": (
        "classroom50.schema.json",
        lambda result, view: as_text(classroom50.result_json(result, NEWER_RUN, 1, view)),
    ),
    "prairielearn": (
        "prairielearn.schema.json",
        lambda result, view: as_text(prairielearn.results_json(result, view)),
    ),
}
FORMATS: dict[str, Writer] = {
    **{name: writer for name, (_, writer) in JSON_FORMATS.items()},
    "markus": markus.lines,
    "junit": junit_xml,
    "summary": lambda result, view: summary(result, view, MARKDOWN),
    "github": lambda result, view: "\n".join(github.annotation_lines(result, view)),
}


def schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))
