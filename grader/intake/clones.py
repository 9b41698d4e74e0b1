"""Tell the student's login in the names of repositories that were cloned or downloaded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grader.intake.identify import shared_start

BRANCHES: Final = ("-main", "-master")  # at the end of what GitHub packs as a zip


def logins(names: Sequence[str], assignment: str, *, are_clones: bool) -> list[str]:
    """Return the names without what stands before and after the login in all of them; as they are where none does.

    GitHub Classroom names a repository slug-login, Classroom 50 classroom-slug-login; the slug is the assignment's
    name, or what repositories of several students have in common.
    """
    are_packed = bool(names) and all(name.endswith(BRANCHES) for name in names)
    bare = [name.removesuffix(BRANCHES[0]).removesuffix(BRANCHES[1]) for name in names] if are_packed else [*names]
    prefix = f"{assignment}-"
    if not (names and all(name.startswith(prefix) for name in names)):
        prefix = shared_start(bare, "-") if len(names) > 1 and (are_clones or are_packed) else ""
    return [name.removeprefix(prefix) for name in bare]
