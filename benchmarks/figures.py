"""Write what was measured into README and docs: tables and a plot, from the JSON files in `benchmarks/results`.

    .venv/bin/python benchmarks/figures.py [--write]

The files are those that `--json` of beside_peers.py, cost.py, limit.py and growth.py writes. Without --write the tables
are printed. What stands between `<!-- NAME: written by benchmarks/figures.py -->` and `<!-- end of NAME -->` is written
anew; a test compares it with the files.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = Path(__file__).parent / "results"
PLOT: Final = ROOT / "docs" / "images" / "peers.svg"
MIB: Final = 2**20

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the plot: what is measured, and which kind of thing it is."""

    key: str
    label: str
    kind: str


BARS: Final = (
    Bar("fork", "its driver calls in one fork, nothing else", "floor"),
    Bar("grade batch", "grade batch, one more of a class", "ours"),
    Bar("import torch", "import torch, nothing else", "floor"),
    Bar("grade run", "grade run, started for it", "ours"),
    Bar("pytest", "pytest", "other"),
    Bar("gradescope-utils", "gradescope-utils", "other"),
    Bar("otter", "Otter-Grader", "other"),
    Bar("nbgrader", "nbgrader", "other"),
    Bar("pytest-prairielearn-grader", "pytest-prairielearn-grader", "other"),
)


def medians(document: Document) -> dict[str, float]:
    """Return the median processor seconds of each way of grading."""
    return {way: statistics.median(values) for way, values in document["cpu_seconds"].items()}


def figure(value: float) -> str:
    """Format a number in two digits that count, or whole from ten on."""
    if value >= 10:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:#.2g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Format a table of Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


# -------------------------------------------------------------------------------------------- what stands in pages


def peers(document: Document) -> str:
    """Show the plot, with all that it says in its text."""
    shown = medians(document)
    ours, fork = shown["grade batch"], shown["fork"]
    others = [bar for bar in BARS if bar.kind == "other" and bar.key in shown]
    told = ", ".join(f"{bar.label} {figure(shown[bar.key] / ours)}" for bar in others)
    versions = ", ".join(
        f"{name} {version}" for found in document["versions"].values() for name, version in found.items()
    )
    return (
        f"![Bars: what is told below](docs/images/{PLOT.name})\n\n"
        f"Times what `grade batch` takes: {told}. That is {figure(ours)} s, {figure(ours / fork)} times the floor: the "
        f"same driver calls in one fork of a process that has torch loaded. `grade run` started for a single "
        f"submission takes {figure(shown['grade run'])} s, a bare `import torch` {figure(shown['import torch'])} s. "
        f"Medians of {document['rounds']} rounds in turns; Python {document['python']}, torch {document['torch']}, "
        f"{versions}."
    )


def cost(document: Document) -> str:
    """Compare what one submission to convnet costs."""
    shown = medians(document)
    ours, heavy = shown["ours"], shown["ours, with torch"]
    names = {
        "pytest, cold": ("the same tests in a cold pytest process", ours),
        "gradescope-utils": ("the same tests by gradescope-utils", ours),
        "pytest, cold, with torch": ("cold pytest that imports torch, beside `grade` with torch loaded", heavy),
        "gradescope-utils, with torch": ("gradescope-utils that imports torch, likewise", heavy),
    }
    rows = [("`grade`: isolated, judged, scored, HTML and JSON written", f"1 ({figure(ours)} s)")]
    rows += [(told, figure(shown[way] / beside)) for way, (told, beside) in names.items()]
    head = (f"one correct {document['assignment']} submission, {document['checks']} checks", "CPU, times ours")
    return table(head, rows)


def floors(document: Document) -> str:
    """Compare each assignment with the floors under it."""
    rows = [
        (
            f"`{name}`", str(row["calls"]), *(f"{1000 * row[key]:.1f}" for key in ("warm", "fork", "grade")),
            f"{row['grade'] / row['fork']:.1f}",
        )
        for name, row in document["assignments"].items()
    ]  # fmt: skip
    head = ("assignment", "driver calls", "one warm interpreter, ms", "one fork, ms", "`grade`, ms", "times the fork")
    return table(head, rows)


def growth(document: Document) -> str:
    """Show what a student more costs in classes of several sizes."""
    rows = []
    for size in document["sizes"]:
        students = size["students"]
        of = "" if size.get("different", students) == students else f", {size['different']:,} different"
        rows.append((
            f"{students:,}{of}", f"{1000 * size['cpu'] / students:.0f}", f"{size['coordinator_bytes'] / MIB:.0f}",
            f"{size['judges_bytes'] / MIB:.0f}", f"{size['gradebook_bytes'] / students / 1024:.1f}",
            str(size["statements"]), f"{size['page_bytes'] / students / 1024:.2f}",
            *(
                f"{1000 * size[key] / students:.2f}"
                for key in ("read_seconds", "page_seconds", "again_seconds", "regrade_seconds", "export_seconds")
            ),
        ))  # fmt: skip
    head = (
        "students", "each, ms", "coordinator, MiB", "judges and workers, MiB", "gradebook, KiB each",
        "statements to read it", "class page, KiB each", "read, ms each", "page, ms each", "batch again, ms each",
        "regrade, ms each", "export, ms each",
    )  # fmt: skip
    return table(head, rows)


def cluster(document: Document) -> str:
    """Tell what two workers of a cluster are worth."""
    found = document["cluster"]
    return (
        f"Two workers of a Dask scheduler on one machine are {found['efficiency']:.2f} times as fast as two local "
        f"processes, median of {len(found['seconds'])} rounds of {found['submissions']} submissions in turns."
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What is written from which file into which page."""

    page: str
    file: str
    text: Callable[[Document], str]


WRITTEN: Final[Mapping[str, Written]] = {
    "peers": Written("README.md", "peers.json", peers),
    "cost": Written("README.md", "cost.json", cost),
    "floors": Written("README.md", "limit.json", floors),
    "growth": Written("docs/performance.md", "growth.json", growth),
    "cluster": Written("docs/performance.md", "cluster.json", cluster),
}


def measured(file: str) -> Document:
    """Read what was measured."""
    document: Document = json.loads((RESULTS / file).read_text(encoding="utf-8"))
    return document


def rewritten(text: str, name: str, told: str) -> str:
    """Put what was measured into a page.

    Raises:
        ValueError: the page has no place of this name.
    """
    mark = f"<!-- {name}: written by benchmarks/figures.py -->"
    place = re.compile(re.escape(mark) + ".*?" + re.escape(f"<!-- end of {name} -->"), re.DOTALL)
    if len(place.findall(text)) != 1:
        raise ValueError(f"{mark} and its end do not stand in the page once")
    lines = [mark, *([told] if told else []), f"<!-- end of {name} -->"]
    return place.sub(lambda _: "\n".join(lines), text)


# -------------------------------------------------------------------------------------------------------- the plot

TEMPLATE: Final = "plot.svg.j2"
WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 960, 330, 150, 74, 34, 20


def plot(document: Document) -> str:
    """Draw the processor time of each way of grading as bars, in SVG for light and dark pages."""
    shown = medians(document)
    bars = sorted((bar for bar in BARS if bar.key in shown), key=lambda bar: shown[bar.key])
    ours, longest = shown["grade batch"], max(shown[bar.key] for bar in bars)
    step = next(step for step in (0.5, 1, 2, 5, 10) if longest / step <= 10)
    scale = (WIDTH - LEFT - RIGHT) / longest
    bottom = TOP + ROW * len(bars)
    rows = []
    for place, bar in enumerate(bars):
        seconds = shown[bar.key]
        width = round(max(2.0, seconds * scale), 1)
        told = f"{figure(seconds)} s" + ("" if bar.key == "grade batch" else f" ({figure(seconds / ours)} ×)")
        row = {"label": bar.label, "kind": bar.kind, "y": TOP + ROW * place, "told": told}
        rows.append({**row, "width": width, "end": round(LEFT + width + 8, 1)})
    marks = [number * step for number in range(int(longest / step) + 1)]
    ticks = [{"x": round(LEFT + mark * scale, 1), "told": f"{mark:g} s"} for mark in marks]
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "peers"), autoescape=True, undefined=StrictUndefined
    )  # fmt: skip
    drawn = templates.get_template(TEMPLATE).render(
        rows=rows, ticks=ticks, width=WIDTH, height=bottom + 34, left=LEFT, top=TOP, bottom=bottom, bar=BAR,
        rounds=document["rounds"],
    )  # fmt: skip
    return f"{drawn}\n"


def main() -> None:
    """Print the tables, or write them where they stand."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="into README and docs, with the plot")
    options = parser.parse_args()
    for name, written in WRITTEN.items():
        if not (RESULTS / written.file).is_file():
            sys.stderr.write(f"{name}: not measured yet, expected {RESULTS / written.file}\n")
            continue
        told = written.text(measured(written.file))
        if options.write:
            page = ROOT / written.page
            page.write_text(rewritten(page.read_text(encoding="utf-8"), name, told), encoding="utf-8")
        else:
            print(f"{told}\n")
    if options.write and (RESULTS / "peers.json").is_file():
        PLOT.write_text(plot(measured("peers.json")), encoding="utf-8")


if __name__ == "__main__":
    main()
