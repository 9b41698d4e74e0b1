"""What each layer of the sandbox adds to the time of one submission: fork, confine, load, one call, end.

    .venv/bin/python benchmarks/layers.py [--rounds 150]

A fork server for each layer alone, for none and for all, in turns, so that a busy machine troubles all alike. What a
layer adds is the median of the differences to the run without any in the same round.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest import mock

import numpy as np

from grader.model import Runtime
from grader.sandbox.guest import zygote
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.sandbox.layers.apply import confine
from grader.sandbox.layers.plan import Plan
from grader.subjects.recordings import call_bytes

ZYGOTE: Final = "zygote"
DRIVERS: Final = "def call(impl, x):\n    return impl.load('student:product')(x)\n"
SOURCES: Final = {"student.py": "def product(x):\n    return x @ x\n"}
CALL: Final = call_bytes("call", {"x": np.ones((32, 32))})
WARM_UP: Final = 5
EVERY: Final = "all"

Cost = tuple[float, float]
"""Milliseconds on the clock, and of a processor."""

# The names are those of layers. Landlock and the filter ask for no_new_privs.
VARIANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "none": (),
    "descriptors closed, new session, parent death": ("threads", "session", "descriptors", "parent-death"),
    "resource limits": ("rlimits",),
    "another user, no capabilities": ("capabilities", "uid"),
    "Landlock": ("no_new_privs", "landlock"),
    "seccomp": ("no_new_privs", "seccomp"),
    EVERY: (EVERY,),
}


def become_zygote(layers: Sequence[str]) -> None:
    """Be a fork server whose workers are confined by these layers alone."""

    def confine_by(plan: Plan, keep: int, scratch: str | None = None) -> None:
        chosen = tuple(step for step in plan.steps if step[1] in layers or EVERY in layers)
        confine(replace(plan, steps=chosen), keep, scratch)

    with mock.patch.object(zygote, "confine", confine_by):
        zygote.main()


@contextmanager
def server_with(layers: Sequence[str]) -> Iterator[ForkServer]:
    """Start a fork server whose workers are confined by these layers alone."""
    launch = subprocess.Popen

    def start(command: list[str], **rest: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401  # what Popen takes
        own = [sys.executable, "-B", "-W", "ignore", __file__, ZYGOTE, command[-1], *layers]
        return launch(own, **rest)

    server = ForkServer(Runtime(modules=("numpy",)))
    with mock.patch("grader.sandbox.host.fork_server.subprocess.Popen", start):
        server.start()
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def cost(server: ForkServer) -> Cost:
    """Time one submission from fork to end, and what its worker used of a processor."""
    began = time.perf_counter()
    session = Session(server, SOURCES, DRIVERS, server.runtime)
    observation = session.observe(CALL, 5.0, 1)
    worker = session._worker  # noqa: SLF001  # how it ends is asked for nowhere else
    session.close()
    wall = time.perf_counter() - began
    if observation.failure is not None or worker is None:
        raise SystemExit(f"the call failed: {observation.failure}")
    return wall * 1000, worker.cpu_seconds() * 1000


def measured(rounds: int) -> dict[str, list[Cost]]:
    """Measure every variant in every round."""
    with ExitStack() as stack:
        servers = {name: stack.enter_context(server_with(layers)) for name, layers in VARIANTS.items()}
        for _ in range(WARM_UP):
            for server in servers.values():
                cost(server)
        costs: dict[str, list[Cost]] = {name: [] for name in servers}
        for _ in range(rounds):
            for name, server in servers.items():
                costs[name].append(cost(server))
    return costs


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == [ZYGOTE]:
        descriptor, layers = sys.argv[2], sys.argv[3:]
        sys.argv = [sys.argv[0], descriptor]
        become_zygote(layers)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=150)
    costs = measured(parser.parse_args().rounds)
    print("| layer | ms | added | processor, ms | added |")
    print("|---|---|---|---|---|")
    for name, values in costs.items():
        print(f"| {name} | {' | '.join(column(values, costs['none'], axis) for axis in (0, 1))} |")


def column(values: Sequence[Cost], bare: Sequence[Cost], axis: int) -> str:
    """Write one median and what it adds to the bare one."""
    median = statistics.median(value[axis] for value in values)
    added = statistics.median(here[axis] - there[axis] for here, there in zip(values, bare, strict=True))
    return f"{median:.1f} | {f'{added:+.1f}' if values is not bare else ''}"


if __name__ == "__main__":
    main()
