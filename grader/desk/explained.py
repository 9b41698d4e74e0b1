"""A known mistake as it is taught in a terminal."""

from __future__ import annotations

from grader.authoring import Mistake
from grader.reporting.formulas import Document


def explained(mistake: Mistake) -> Document:
    """Render what a mistake does, with its example and its question."""
    question = f"**Ask yourself:** {mistake.hint}"
    return Document(f"# {mistake.name}\n\n{mistake.says}\n\n{mistake.teaches}\n\n{question}")
