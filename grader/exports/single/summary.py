"""A result as a Markdown summary, for people: of a step, a release or a merge request. Pure."""

from __future__ import annotations

from typing import Final

from grader.exports.format import SingleFormat
from grader.exports.markdown import markdown_environment, summary

FORMAT: Final = SingleFormat(
    description="A Markdown summary for people: of a step, a release or a merge request",
    suffix=".md",
    render=lambda seen, context: summary(seen, markdown_environment(context.templates())),
)
