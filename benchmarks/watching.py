"""What it costs to watch a network's layers: forward passes of colourization's networks, plain and recorded.

    .venv/bin/python benchmarks/watching.py [--rounds 50]

Processor time; the least of the rounds counts, since a busy machine only adds to it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from grader.course.discovery import Course
from grader.drivers.torch_calls import Recorder

COURSE = Course(Path(__file__).parent.parent)
SETTINGS = (3, 8, 24, 1)


def least(call: Callable[[], object], rounds: int) -> float:
    """Return the least processor time of a call, in seconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return min(times)


def watched(rounds: int) -> None:
    """Print what a forward pass of each network costs, as it is and with its layers recorded."""
    torch.set_num_threads(1)
    sys.path.insert(0, str(COURSE.load("colourization").folder / "solution"))
    import models  # noqa: PLC0415  # the reference, found by the line above

    x = torch.rand(8, SETTINGS[3], 32, 32)

    def recorded(network: torch.nn.Module) -> None:
        with Recorder(network, x):
            network(x)

    for name in ("PoolUpsampleNet", "ConvTransposeNet", "UNet"):
        network = getattr(models, name)(*SETTINGS)
        with torch.no_grad():
            recorded(network)  # the first time reads what torch reads once
            plain, with_record = (
                least(partial(call, one), rounds) for call, one in ((network, x), (recorded, network))
            )
        print(f"{name:32} {1e3 * plain:7.2f} ms  recorded {with_record / plain:5.2f} times that")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=50)
    watched(options.parse_args().rounds)


if __name__ == "__main__":
    main()
