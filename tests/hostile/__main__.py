"""Grade the corpus in its jail and print what became of it: `python -m tests.hostile`."""

from __future__ import annotations

import argparse
import os
import queue
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console
from rich.progress import Progress

from . import jail
from .corpus import BUNDLED, REAL, Attack, chosen, corpus
from .outside import Fate, Tally, fates
from .table import outdated, write

NOT_RUN = 3


def grade(*, quick: bool, word: str) -> int:
    """Grade the attacks whose id holds a word; return the exit code."""
    attacks = {attack.id: attack for attack in corpus() if word in attack.id and (attack.quick or not quick)}
    tally = Tally()
    console = Console(stderr=True)
    with jail.built() as held:
        console.print(held.says, highlight=False)
        if not held.holds:
            sys.stdout.write(f"{len(attacks)} attacks: not run\n")
            return NOT_RUN
        with Progress(console=console, transient=True) as progress:
            bar = progress.add_task("attacks", total=len(attacks))
            for fate in _side_by_side(list(attacks.values()), held):
                attack = attacks[fate.id]
                tally.add(attack, fate)
                progress.update(bar, advance=1, description=fate.id)
                if fate.problems:
                    sys.stdout.write(f"{'open' if attack.open else 'FAIL'}  {fate.id}: {'; '.join(fate.problems)}\n")
                elif attack.open:
                    sys.stdout.write(f"FAIL  {fate.id}: goes as stated, but says that this is open: {attack.open}\n")
        through = None
        if held.kind == "overlay" and os.geteuid() == 0 and not quick and not word:
            through = {fate.id for fate in fates(chosen(REAL), held, unconfined=True)}
    sys.stdout.write(f"{tally}\n")
    if through is not None:
        sys.stdout.write(f"control: {len(through)} of {len(REAL)} get through where only the jail confines them\n")
    if tally.known_open:
        sys.stdout.write(f"{tally.known_open} of them are known to be open\n")
    unexpected = tally.attacks - tally.as_stated - tally.known_open
    return int(unexpected > 0 or tally.attacks < len(attacks) or (through is not None and len(through) < len(REAL)))


def _side_by_side(attacks: list[Attack], held: jail.Jail) -> Iterator[Fate]:
    """Have attacks graded in two jails at once, those on bundled courses in one and the others in the other.

    In a container, which cannot be had twice, one follows the other.
    """
    parts = [[attack for attack in attacks if (attack.course in BUNDLED) is bundled] for bundled in (True, False)]
    if held.kind == "container":
        parts = [attacks]
    told: queue.SimpleQueue[Fate | None] = queue.SimpleQueue()

    def tell(part: list[Attack]) -> None:
        try:
            for fate in fates(part, held) if part else ():
                told.put(fate)
        finally:
            told.put(None)

    with ThreadPoolExecutor(len(parts)) as pool:
        running = [pool.submit(tell, part) for part in parts]
        for _ in parts:
            yield from iter(told.get, None)
        for one in running:
            one.result()  # raises what ended it


def main() -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("act", nargs="?", choices=["run", "table"], default="run", help="table writes docs/security.md")
    parser.add_argument("--quick", action="store_true", help="only what `make test` grades as well")
    parser.add_argument("--check", action="store_true", help="with table: only tell whether it is current")
    parser.add_argument("-k", dest="word", default="", help="only attacks whose family/name holds this word")
    arguments = parser.parse_args()
    if arguments.act == "run":
        raise SystemExit(grade(quick=arguments.quick, word=arguments.word))
    if arguments.check:
        raise SystemExit("docs/security.md: the table of attacks is not current" if outdated() else 0)
    write()


if __name__ == "__main__":
    main()
