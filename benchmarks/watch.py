"""How long after a save `grade watch` tells the first verdict, and all of them; and a `grade run` beside it.

A function of convnet is made wrong and right in turn; times are of what the command prints, from before the write.
Run it as `.venv/bin/python benchmarks/watch.py [--rounds 20]`, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "reference/convnet/solution"
FILE = Path("modules/relu.py")
RIGHT, WRONG = "np.maximum(x, 0)", "np.maximum(x, 1)"
VERDICTS = ("ok ", "FAIL ")
SECONDS_BETWEEN = 0.5


def wait_for(lines: IO[str], began: float, *, last: bool) -> float:
    """Read to the first verdict, or to the line that ends a run, and give the time since the save."""
    for line in lines:
        if ("checks passed" in line) if last else line.startswith(VERDICTS):
            return time.perf_counter() - began
    raise SystemExit("grade watch ended")


def measured(command: list[str], folder: Path, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Save so many times; give the times to the first verdict, to the last, and of a `grade run` after each."""
    first, whole, run = [], [], []
    file = folder / FILE
    source = file.read_text(encoding="utf-8")
    if RIGHT not in source:
        raise SystemExit(f"{SAMPLE / FILE} has no {RIGHT}")
    with subprocess.Popen(
        [*command, "watch", "convnet", "-s", str(folder)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True,
    ) as watch:  # fmt: skip
        if watch.stdout is None:
            raise SystemExit("grade watch has no output")
        wait_for(watch.stdout, 0.0, last=True)
        for count in range(rounds):
            time.sleep(SECONDS_BETWEEN)
            began = time.perf_counter()
            file.write_text(source.replace(RIGHT, WRONG) if count % 2 == 0 else source, encoding="utf-8")
            first.append(wait_for(watch.stdout, began, last=False))
            whole.append(wait_for(watch.stdout, began, last=True))
            time.sleep(SECONDS_BETWEEN)
            began = time.perf_counter()
            subprocess.run(
                [*command, "run", "convnet", "-s", str(folder)], cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            run.append(time.perf_counter() - began)
        watch.terminate()
    return first, whole, run


def main() -> None:
    """Print the medians, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "convnet"
        shutil.copytree(SAMPLE, folder)
        times = measured([sys.executable, "-m", "grader.cli"], folder, rounds)
    for name, values in zip(("first verdict", "all verdicts", "grade run beside it"), times, strict=True):
        middle, most = statistics.median(values), max(values)
        sys.stdout.write(f"{name:<20} {middle * 1000:6.0f} ms (median of {len(values)}; at most {most * 1000:.0f})\n")


if __name__ == "__main__":
    main()
