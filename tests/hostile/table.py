"""Write what the corpus states into `docs/security.md`, between two markers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .corpus import FAMILIES, Attack, corpus
from .jail import ROOT

PAGE: Final = ROOT / "docs" / "security.md"
START: Final = "<!-- attacks: written by `python -m tests.hostile table` -->"
END: Final = "<!-- end of attacks -->"


def table() -> str:
    """Write the attacks of every family with how they end and why, as Markdown."""
    attacks = corpus(every_machine=True)
    return "\n".join(_lines(attacks)) + "\n"


def current() -> str:
    """Give the page as it should be."""
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(START)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{PAGE.name} has no lines {START} and {END}")
    return f"{before}{START}\n{table()}{END}{after}"


def outdated() -> bool:
    """Tell whether the page differs from the corpus."""
    return current() != PAGE.read_text(encoding="utf-8")


def write() -> None:
    """Bring the page up to date."""
    PAGE.write_text(current(), encoding="utf-8")


def _lines(attacks: tuple[Attack, ...]) -> Iterator[str]:
    for family, says in FAMILIES.items():
        own = [attack for attack in attacks if attack.family == family]
        yield ""
        yield f"### {family.capitalize()}: {says[0].lower()}{says[1:]} ({len(own)})"
        yield ""
        yield "| attack | what it tries | ends as | why it earns no more |"
        yield "|---|---|---|---|"
        for attack in own:
            endings = ", ".join(f"`{ending}`" for ending in sorted(attack.endings))
            reason = f"**open**: {attack.open}" if attack.open else attack.outcome
            yield f"| {attack.name} | {_cell(attack.tries)} | {endings} | {_cell(reason)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
