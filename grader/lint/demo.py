"""`grade demo`: grade every bundled sample, good, wrong and hostile, and compare with what is stated."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import jinja2
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from grader.course.assignment import CourseAssignment
from grader.course.samples import Sample, read_samples
from grader.judging.grading import Grader
from grader.model.result import Result
from grader.reporting.html import render_html
from grader.results.visibility import View, visible_to
from grader.wording.text import points_text

INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class GradedSample:
    """A sample with its result, where its report is, and how it differs from what is stated."""

    sample: Sample
    result: Result
    page: str
    disagreements: tuple[str, ...]


def demonstrate(
    assignments: Sequence[CourseAssignment], folder: Path, environment: jinja2.Environment, console: Console
) -> tuple[Table, int]:
    """Grade all samples and write a report for each; give the table of scores and the number of disagreements."""
    started, rows = time.monotonic(), []
    for loaded in assignments:
        name = loaded.name
        (folder / name).mkdir(parents=True, exist_ok=True)
        with Grader(loaded) as grader, Progress(console=console, transient=True) as progress:
            for sample in progress.track(read_samples(loaded), description=name):
                result = grader.grade(sample.path)
                page = f"{name}/{sample.name}.html"
                (folder / page).write_text(render_html(visible_to(result, View.STUDENT), environment), encoding="utf-8")
                rows.append(GradedSample(sample, result, page, sample.disagreements(result)))
            with suppress(OSError):  # a container that cannot write computes them again
                grader.judge.recordings.save()
    page = environment.get_template("samples.html.j2").render(rows=rows, seconds=time.monotonic() - started)
    (folder / INDEX).write_text(page, encoding="utf-8")
    table = Table("sample", "stated", "earned", "seconds", "", box=None, pad_edge=False)
    for row in rows:
        earned, stated = points_text(row.result.score), points_text(row.sample.score)
        agrees = "; ".join(row.disagreements) or row.sample.description
        table.add_row(
            f"{row.result.assignment}/{row.sample.name}", stated, earned, f"{row.result.seconds:.2f}",
            Text(f"DIFFERS: {agrees}" if row.disagreements else agrees),  # `[p:-p]` is no style of rich's
        )  # fmt: skip
    return table, sum(bool(row.disagreements) for row in rows)
