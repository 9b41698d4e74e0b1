"""Known misconceptions as patches of the reference."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece of a solution file and what a mistaken student has in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A known misconception: a small patch of the reference and the sentence that names it.

    Args:
        name: Kebab-case, unique in the assignment.
        says: One sentence for the student.
        hint: A question that leads to the mistake.
        patch: What to replace in the reference.
        fails: Every check that a submission with this mistake fails.
        teaches: Markdown with a minimal example, for `grade explain`.
    """

    name: str
    says: str
    hint: str
    patch: tuple[Replacement, ...]
    fails: tuple[str, ...]
    teaches: str


def replace(file: str, old: str, new: str) -> Replacement:
    """Replace a text that occurs exactly once in a solution file."""
    return Replacement(file, old, new)
