"""The reference with mistakes in it."""

from __future__ import annotations

from grader.authoring import Convention, Mistake, Rewriting
from grader.course.assignment import CourseAssignment
from grader.subjects.course import printed_to_stderr


class PatchError(Exception):
    """A mistake does not fit the tree that another has changed."""


def patched(
    course: CourseAssignment, *mistakes: Mistake, convention: Convention | None = None
) -> tuple[dict[str, str], dict[str, bytes]]:
    """Apply mistakes to the reference: to its sources and to what is attached to them; behind them a convention.

    Raises:
        PatchError: what one of them replaces is not there once, since another has replaced it.
    """
    tree, attached = dict(course.solution), dict(course.attached)
    for piece in (piece for mistake in mistakes for piece in mistake.patch):
        if isinstance(piece, Rewriting):
            with printed_to_stderr():
                attached[piece.file] = piece.change(attached[piece.file].decode()).encode()
        elif piece.file in attached:
            attached[piece.file] = attached[piece.file].replace(piece.old.encode(), piece.new.encode())
        elif tree[piece.file].count(piece.old) != 1:
            raise PatchError(piece.old)
        else:
            tree[piece.file] = tree[piece.file].replace(piece.old, piece.new)
    for piece in convention.changes if convention is not None else ():
        tree[piece.file] = tree[piece.file].replace(piece.old, piece.new)
    return tree, attached
