"""Every format of one result as the registry has it, and what it must be like."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lxml.etree
from any_results import as_read
from jsonschema import Draft202012Validator

from grader.exports import registry
from grader.exports.format import ExportContext
from grader.exports.markdown import markdown_environment
from grader.exports.single import classroom50
from grader.model.result import Result
from grader.reporting.html import template_environment
from grader.results.visibility import View

SCHEMAS = Path(__file__).parents[1] / "docs" / "schemas"
MARKDOWN = markdown_environment(template_environment())
RUNNER = {
    "CLASSROOM": "nn-2026", "ASSIGNMENT": "convnet", "USERNAME": "ada", "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/2026-11-21T22-40-07Z-a1b2c3d",
    "COMMIT_URL": "https://github.example/nn/convnet-ada/commit/a1b2c3d",
    "RELEASE_URL": "https://github.example/nn/convnet-ada/releases/tag/1",
    "REVIEW_URL": "https://github.example/nn/convnet-ada/compare/0...a1b2c3d",
}  # fmt: skip
CONTEXT = ExportContext(templates=template_environment, environ=RUNNER, written_at="2026-11-21T22:41:00Z")
NEWER_RUN = classroom50.run_of(RUNNER, CONTEXT.written_at)
RUN = classroom50.run_of({**RUNNER, "ASSIGNMENT_TYPE": ""}, CONTEXT.written_at)
FORMATS = registry.single_names()


def written(form: str, result: Result, view: View = View.STUDENT) -> str:
    return registry.exported(result, form, view, CONTEXT)


def values_in(form: str, text: str) -> list[Any]:
    """Read the JSON values of what a format wrote; none where it is no JSON."""
    kinds = {".json": [text], ".jsonl": text.splitlines()}
    return [as_read(part) for part in kinds.get(registry.single_format(form).suffix, [])]


def check_form(form: str, text: str) -> None:
    """Fail where a text is not what its suffix promises, or does not fit the schema that its format has."""
    values, schema_file = values_in(form, text), SCHEMAS / f"{form}.schema.json"
    if schema_file.exists():
        assert values or not text
        for value in values:
            validator(schema_file.name).validate(value)
    if registry.single_format(form).suffix == ".xml":
        document = lxml.etree.fromstring(text.encode())
        if (SCHEMAS / f"{form}.xsd").exists():
            lxml.etree.XMLSchema(lxml.etree.parse(SCHEMAS / f"{form}.xsd")).assertValid(document)


def schema(name: str) -> dict[str, Any]:
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))
