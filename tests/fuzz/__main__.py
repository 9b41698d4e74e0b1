"""Fuzz every reader of strangers' bytes for a while: `python -m tests.fuzz [--seconds 600] [TARGET]...`.

Each target runs in a process of its own: more memory than allowed, an input that takes too long, or an error that is
not the reader's own ends it, and its input is kept.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
NAMES = ("wire", "wire-text", "zip", "tar", "notebook", "source", "rubric")
SECONDS_FOR_AN_INPUT = 10
MOST_MB = 1024
LONGEST = 1 << 16


def fuzz(name: str, seconds: int, kept: Path) -> int:
    """Run one target in this process; libFuzzer ends it."""
    import atheris  # noqa: PLC0415  # only whoever fuzzes has it

    sys.path.insert(0, str(HERE.parent))
    with atheris.instrument_imports(include=["grader"], enable_loader_override=False):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415  # what is imported here is what coverage is taken of
    target, seeds = TARGETS[name]
    corpus = Path(tempfile.mkdtemp(prefix="grade-corpus-"))
    for number, seed in enumerate(seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = [f"-max_total_time={seconds}", f"-timeout={SECONDS_FOR_AN_INPUT}", f"-rss_limit_mb={MOST_MB}"]
    atheris.Setup([name, *bounds, f"-max_len={LONGEST}", f"-artifact_prefix={kept}/{name}-", str(corpus)], target)
    atheris.Fuzz()
    return 0


def fuzz_all(names: list[str], seconds: int, kept: Path) -> int:
    """Run targets one after the other, share the time between them, and say what became of each."""
    table = Table("target", "inputs", "MiB at most", "became")
    failed = False
    for name in names:
        command = [sys.executable, "-m", "tests.fuzz", "--only", name, "--seconds", str(max(1, seconds // len(names)))]
        ran = subprocess.run(
            [*command, "--kept", str(kept)], cwd=HERE.parents[1], capture_output=True, text=True, check=False
        )
        inputs = re.findall(r"^#(\d+)", ran.stderr, re.MULTILINE)
        peak = re.findall(r"rss: (\d+)Mb", ran.stderr)
        ended = "no finding" if ran.returncode == 0 else f"a finding, kept in {kept}"
        table.add_row(name, inputs[-1] if inputs else "0", max(peak, key=int, default="?"), ended)
        if ran.returncode:
            failed = True
            sys.stderr.write(ran.stderr[-4000:])
    Console().print(table)
    return int(failed)


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--seconds", type=int, default=600, help="for all of them together")
    parser.add_argument(
        "--kept", type=Path, default=Path(".grade") / "fuzz", help="where inputs go that found something"
    )
    parser.add_argument("--only", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.targets) - set(NAMES)):
        parser.error(f"no target is called {unknown[0]}: there are {', '.join(NAMES)}")
    kept = arguments.kept.absolute()
    kept.mkdir(parents=True, exist_ok=True)
    if arguments.only:
        return fuzz(arguments.only, arguments.seconds, kept)
    return fuzz_all(arguments.targets or list(NAMES), arguments.seconds, kept)


if __name__ == "__main__":
    sys.exit(main())
