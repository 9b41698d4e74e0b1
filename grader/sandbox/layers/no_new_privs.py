"""No new privileges: no program that a worker starts has more than it. Filters and Landlock ask for it."""

from __future__ import annotations

from typing import Final

from grader.sandbox.layers import child, libc
from grader.sandbox.layers.layer import Layer, Stage


def forbid_new_privileges() -> None:
    """Forbid that an execve gives this process more than it has."""
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)


def probe(_uid: int) -> tuple[bool, str]:
    """Set the property and read it."""

    def act() -> str:
        forbid_new_privileges()
        return str(libc.prctl(libc.PR_GET_NO_NEW_PRIVS))

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"it cannot be set: {found.answer}"
    return found.answer == "1", f"it reads {found.answer} once set, expected 1"


LAYER: Final = Layer(
    name="no_new_privs",
    steps={Stage.NO_NEW_PRIVILEGES: lambda _: forbid_new_privileges()},
    probe=probe,
    is_required=True,
)
