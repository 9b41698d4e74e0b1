"""Tell what stands around a student's login in the names of repositories that were cloned or downloaded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from grader.intake.identify import shared_start

BRANCHES: Final = ("-main", "-master")  # at the end of what GitHub packs as a zip


def around_login(names: Sequence[str], assignment: str, *, are_clones: bool) -> tuple[str, str]:
    """Return what stands before and after the login in all names; nothing where they are no repositories'.

    GitHub Classroom names a repository slug-login, Classroom 50 classroom-slug-login; the slug is the assignment's
    name, or what repositories of several students have in common.
    """
    branch = next((end for end in BRANCHES if names and all(name.endswith(end) for name in names)), "")
    prefix = f"{assignment}-"
    if names and all(name.startswith(prefix) for name in names):
        return prefix, branch
    return (shared_start(names, "-"), branch) if len(names) > 1 and (are_clones or branch) else ("", "")
