"""A known mistake as it is taught in a terminal."""

from __future__ import annotations

from rich.markdown import Markdown

from grader.authoring import Mistake


def explained(mistake: Mistake) -> Markdown:
    """Render what a mistake does, with its example and its question."""
    question = f"**Ask yourself:** {mistake.hint}"
    return Markdown(f"# {mistake.name}\n\n{mistake.says}\n\n{mistake.teaches}\n\n{question}")
