"""Known misconceptions as patches of the reference."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Replacement:
    """A piece of a solution file and what a mistaken student has in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Rewriting:
    """An attached file of the reference and what a mistaken student makes of all of its text."""

    file: str
    change: Callable[[str], str]


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
        other_patches: Other ways to write the same mistake, which give other wrong values or end in another exception.
    """

    name: str
    says: str
    hint: str
    patch: tuple[Replacement | Rewriting, ...]
    fails: tuple[str, ...]
    teaches: str
    other_patches: tuple[tuple[Replacement | Rewriting, ...], ...] = ()

    def variants(self) -> Iterator[Mistake]:
        """List the mistake once for each way to write it, under names of their own, the first under its own."""
        yield self
        for number, patch in enumerate(self.other_patches, start=2):
            yield dataclasses.replace(self, name=f"{self.name} ({number})", patch=patch, other_patches=())


@dataclass(frozen=True, slots=True)
class Convention:
    """Another way that is right as well: what a submission of this kind has in the place of pieces of the reference.

    Mistakes are looked for in it where a submission's answers are its and not the reference's. A mistake's patch comes
    first, and what that has replaced stays so: no mistake is written twice.

    Args:
        name: What is otherwise, in a few words, unique in the assignment.
        changes: What to replace in the reference, each text wherever it stands.
        also_fails: By the names of mistakes, which checks they fail in this convention besides those in their `fails`.
    """

    name: str
    changes: tuple[Replacement, ...]
    also_fails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def replace(file: str, old: str, new: str) -> Replacement:
    """Replace a text that occurs exactly once in a solution file; in a convention it may stand several times."""
    return Replacement(file, old, new)


def rewrite(file: str, change: Callable[[str], str]) -> Rewriting:
    """Rewrite an attached file of text, such as one of predictions, whatever it holds."""
    return Rewriting(file, change)
