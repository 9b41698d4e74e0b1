"""Another user: where the grader is started as root, workers run as a user that owns nothing."""

from __future__ import annotations

import os
from typing import Final

from grader.sandbox.layers import child
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage

NAME: Final = "uid"


def become(uid: int) -> None:
    """Become a user, and be in its group alone."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def attainable(uid: int | None) -> int | None:
    """Return the user if this process may become it, else None: it may be no root, or a root without powers."""
    return uid if uid is not None and child.can(lambda: become(uid)) else None


def plan(request: Request) -> Planned | None:
    """Let each worker become the user."""
    user = request.uid
    return None if user is None else Planned(label=NAME, steps={Stage.USER: lambda _: become(user)})


def probe(uid: int) -> tuple[bool, str]:
    """Become the user, and try to become root again."""
    own = os.geteuid()
    if own != 0:
        return False, f"the grader runs as user {own}, and so do workers; only root can give them a user of their own"

    def act() -> str:
        become(uid)
        try:
            os.setuid(0)
        except PermissionError:
            return "refused"
        return "granted"

    found = child.in_child(act)
    if found.exit_code != 0:
        return False, f"workers cannot become user {uid}: {found.answer}"
    return found.answer == "refused", f"workers become user {uid}, and the way back is {found.answer}"


LAYER: Final = Layer(
    name=NAME,
    plan=plan,
    probe=probe,
    advice="start it as root, in a container as the container's root, so that workers become a user of their own",
)
