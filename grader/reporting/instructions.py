"""The instructions of an assignment as one HTML page that needs nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from grader.reporting.formulas import page_of


def render_instructions(title: str, markdown: str, images: Mapping[str, bytes], environment: jinja2.Environment) -> str:
    """Write the page of an assignment's instructions; `images` are the drawings in them by their names."""
    return environment.get_template("instructions.html.j2").render(title=title, text=page_of(markdown, images))
