"""Run a function in a confined child, started by one of several users. For the tests of the sandbox."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from grader.model.assignment import Profile
from grader.sandbox.layers import capabilities, child, landlock, libc, namespaces
from grader.sandbox.layers.apply import confine
from grader.sandbox.layers.layer import Limits, Request
from grader.sandbox.layers.plan import Plan, prepare
from grader.sandbox.layers.uid import become

MIB = 1 << 20
WORKER_UID = 61_001
PERSON_UIDS = 20_000, 40_000  # the first, and how many
KEPT = 3  # the answer, and what pytest has for standard output and errors
WE = "root" if os.geteuid() == 0 else "person"
SOME = Limits(memory_bytes=256 * MIB, cpu_seconds=20, file_bytes=MIB, scratch_bytes=4 * MIB, scratch_files=64)


def be_a_person() -> None:
    """Go on as an ordinary user who was never root and runs nothing else, as a limit on tasks counts all of it."""
    if os.geteuid() == 0:
        first, count = PERSON_UIDS
        become(first + os.getpid() % count)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)  # the change of user takes it, and /proc/self with it


def start_as(who: str) -> None:
    """Go on as "root", as a "powerless root" like that of a container without capabilities, or as a "person"."""
    if who == "person":
        be_a_person()
    elif who == "root":
        os.setgroups([4, 24])  # to be left behind
    elif who == "powerless root":
        capabilities.drop_bounding_capabilities(capabilities.capability_count())
        capabilities.drop_capabilities()


def planned(
    profile: Profile, limits: Limits = SOME, *, readable: tuple[str, ...] = (), scratch: bool = False,
    scratch_root: str = "",
) -> Plan:  # fmt: skip
    """Prepare as a fork server does; where workers may fork, as the keeper of the next one."""
    entered = namespaces.enter() if profile is Profile.PROCESSES or scratch_root else ()
    plan = prepare(
        Request(
            profile=profile,
            limits=limits,
            uid=WORKER_UID,
            readable=readable,
            scratch=scratch,
            entered=entered,
            scratch_root=scratch_root,
        )
    )
    if plan.is_enclosed:
        namespaces.enclose()
    return plan


def needs(profile: Profile, started_as: str) -> None:
    """Skip the test where this user is not given what the profile cannot do without."""

    def why_not() -> str:
        start_as(started_as)
        namespaces.enter()
        return namespaces.why_not_enclosed()

    if profile is not Profile.MEMORY and not landlock.supported_abi():
        pytest.skip("this kernel offers no Landlock")
    if profile is Profile.PROCESSES and (reason := child.in_child(why_not).answer):
        pytest.skip(f"{started_as} is given no process namespace: {reason}")


def confined(
    act: Callable[[], object],
    *,
    started_as: str = WE,
    profile: Profile = Profile.MEMORY,
    limits: Limits = SOME,
    readable: tuple[str, ...] = (),
    scratch: str | None = None,
    scratch_root: str = "",
    seconds: float = 20.0,
) -> tuple[Any, int]:
    """Give what `act` returns in a confined process, by way of JSON, and that process's exit code.

    Where it raises, what it raised comes back as text, with exit code 1.
    """

    def worker(plan: Plan) -> str:
        confine(plan, KEPT, scratch)
        return json.dumps(act())

    def fork_server() -> str:
        start_as(started_as)
        plan = planned(profile, limits, readable=readable, scratch=scratch is not None, scratch_root=scratch_root)
        ending = child.in_child(lambda: worker(plan), seconds)
        return json.dumps([ending.answer, ending.exit_code])

    outer = child.in_child(fork_server, seconds + 5)
    assert outer.exit_code == 0, outer
    said, code = json.loads(outer.answer)
    return (json.loads(said) if code == 0 else said), code


def errors_of(attempts: dict[str, Callable[[], object]]) -> dict[str, str]:
    """Try everything, and give the name of the exception that each attempt ended in, or what it returned."""
    outcomes = {}
    for name, attempt in attempts.items():
        try:
            outcomes[name] = f"returned {attempt()!r}"
        except BaseException as error:  # noqa: BLE001  # whichever it is, the test wants its name
            outcomes[name] = type(error).__name__
    return outcomes


def errors_beyond_the_memory_budget(started_as: str) -> dict[str, str]:
    """Give what becomes of three ways to ask for a little more than the budget."""
    too_many = SOME.memory_bytes + 32 * MIB
    attempts: dict[str, Callable[[], object]] = {
        "bytes": lambda: len(bytearray(too_many)),
        "numpy": lambda: np.zeros(too_many, np.uint8).size,
        "list": lambda: len([0] * too_many),
    }
    outcomes, _ = confined(lambda: errors_of(attempts), started_as=started_as)
    return dict(outcomes)
