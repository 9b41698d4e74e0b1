"""Results of any shape, drawn by hypothesis: every status, any points, and text that a submission could hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from example_results import PROVENANCE, changed
from hypothesis import strategies as st

from grader.model.assignment import Check, Visibility
from grader.model.figure import Box, Figure, ImagePanel, MaskPanel
from grader.model.measure import Better, Measurement, Rank
from grader.model.result import (
    CaseVerdict,
    CheckResult,
    NamedMistake,
    PartScore,
    Picture,
    QuotedLine,
    Result,
    RuleOutcome,
    Verdict,
)
from grader.model.status import Status
from grader.results.visibility import SHOWN, View

# Signs that some format reads as its own, beside all of Unicode with its controls and lone surrogates.
SIGNS = ["::", "%", "%0A", "\n", "\r", "|", "`", "```", "~~~", "<b>", "&amp;", "]]>", "@user", "#1", "\x1b[31m", "\x00"]
PIECES = st.sampled_from(SIGNS) | st.text(st.characters(exclude_categories=[]), max_size=4)
TEXTS = st.lists(PIECES, max_size=3).map("".join)
NAMES = st.sampled_from(["conv_forward", "conv_backward", "pool", "relu", "sgd"])
SHARES = st.builds(lambda part, whole: Fraction(min(part, whole), whole), st.integers(0, 9), st.integers(1, 9))
POINTS = st.builds(Fraction, st.integers(0, 60), st.sampled_from([1, 2, 3, 7]))


def pictures() -> st.SearchStrategy[Picture]:
    rows = st.lists(TEXTS, max_size=3).map(tuple)
    tables = st.lists(rows, max_size=2).map(tuple)
    cells = st.lists(st.lists(st.none() | st.floats(0, 1), max_size=3).map(tuple), max_size=3).map(tuple)
    maps = st.lists(cells, max_size=2).map(tuple)
    return st.builds(
        Picture,
        title=TEXTS,
        caption=TEXTS,
        cells=cells,
        labels=rows,
        got=tables,
        expected=tables,
        columns=rows,
        maps=maps,
    )


def quoted_lines() -> st.SearchStrategy[QuotedLine]:
    return st.builds(
        QuotedLine,
        file=TEXTS,
        line=st.integers(0, 10_000),
        function=TEXTS,
        source=TEXTS,
        column=st.integers(0, 9),
        cell=st.integers(0, 3),
    )


def measurements() -> st.SearchStrategy[Measurement]:
    places = st.integers(1, 90)
    ranks = st.builds(Rank, place=places, of=places, tied=places, points=POINTS, max_points=POINTS)
    return st.builds(
        Measurement,
        name=TEXTS,
        value=st.floats(-1e12, 1e12),
        unit=TEXTS,
        better=st.sampled_from(Better),
        decimals=st.integers(0, 12),
        says=TEXTS,
        standing=TEXTS,
        rank=st.none() | ranks,
    )


def figures() -> st.SearchStrategy[Figure]:
    counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=2).map(tuple)
    runs = st.integers(0, 6).map(lambda first: (first, 6 - first))
    image = st.sampled_from(["", "/9j/"])
    panels = st.builds(MaskPanel, label=TEXTS, height=st.just(2), width=st.just(3), runs=runs, image=image)
    sides = st.floats(0, 64)
    boxes = st.builds(Box, left=sides, top=sides, width=sides, height=sides, label=TEXTS)
    images = st.builds(
        ImagePanel,
        label=TEXTS,
        colours=st.lists(st.sampled_from(("#000000", "#a0b1c2")), max_size=2).map(tuple),
        rows=st.lists(st.text("AB", max_size=3), max_size=2).map(tuple),
        boxes=st.lists(boxes, max_size=1).map(tuple),
    )
    shown, drawn = (st.lists(each, min_size=1, max_size=3).map(tuple) for each in (panels, images))
    return (
        st.builds(Figure, title=TEXTS, caption=TEXTS, counts=counts)
        | st.builds(Figure, title=TEXTS, caption=TEXTS, panels=shown)
        | st.builds(Figure, title=TEXTS, caption=TEXTS, images=drawn)
        | st.builds(Figure, title=TEXTS, caption=TEXTS, lines=st.lists(TEXTS, min_size=1, max_size=3).map(tuple))
    )


@st.composite
def checks(draw: st.DrawFn, name: str, part: str) -> CheckResult:
    most = draw(POINTS)
    status = draw(st.sampled_from(Status))
    share = Fraction(1) if status is Status.PASSED else draw(SHARES)
    cases = st.builds(CaseVerdict, TEXTS, st.sampled_from(Status), TEXTS)
    check = Check(
        name=name,
        part=part,
        points=most,
        description=draw(TEXTS),
        hint=draw(TEXTS),
        visibility=draw(st.sampled_from(Visibility)),
        public=draw(st.booleans()),
    )
    measurement = draw(st.none() | measurements())
    verdict = Verdict(
        check=name,
        status=status,
        share=share if most else Fraction(status is Status.PASSED),
        message=draw(TEXTS),
        reasons=draw(st.lists(TEXTS, max_size=2).map(tuple)),
        mistakes=draw(st.lists(st.builds(NamedMistake, NAMES, TEXTS, TEXTS), max_size=1).map(tuple)),
        picture=draw(st.none() | pictures()),
        quoted=draw(st.lists(quoted_lines(), max_size=2).map(tuple)),
        cases=draw(st.lists(cases, max_size=2).map(tuple)),
        detail=draw(TEXTS),
        cpu_seconds=draw(st.floats(0, 1000)),
        measured=None if measurement is None else measurement.value,
        figures=draw(st.lists(figures(), max_size=2).map(tuple)),
    )
    return CheckResult(check=check, verdict=verdict, points=most * share, measurement=measurement)


@st.composite
def any_results(draw: st.DrawFn) -> Result:
    """Draw a result whose score is the sum of its checks and rules, and never below zero."""
    titles = draw(st.lists(TEXTS, max_size=2))
    parts = [
        PartScore(name=f"part{place}", title=title, points=Fraction(0), max_points=Fraction(0))
        for place, title in enumerate(titles)
    ]
    names = draw(st.lists(NAMES, unique=True, max_size=3)) if parts else []
    rows = tuple(draw(checks(name, draw(st.sampled_from([part.name for part in parts])))) for name in names)
    earned = sum((row.points for row in rows), Fraction(0))
    taken = earned * draw(SHARES)
    rules = draw(st.sampled_from([(), (RuleOutcome("output", draw(TEXTS), -taken),)]))
    summed = tuple(
        replace(
            part,
            points=sum((row.points for row in rows if row.part == part.name), Fraction(0)),
            max_points=sum((row.max_points for row in rows if row.part == part.name), Fraction(0)),
        )
        for part in parts
    )
    score = earned + sum((rule.points for rule in rules), Fraction(0))
    most = sum((row.max_points for row in rows), Fraction(0))
    return Result(
        assignment="convnet",
        title=draw(TEXTS),
        submission=draw(TEXTS),
        score=score,
        max_score=most,
        parts=summed,
        checks=rows,
        rules=rules,
        notes=draw(st.lists(TEXTS, max_size=2).map(tuple)),
        provenance=PROVENANCE,
        cpu_seconds=draw(st.floats(0, 1000)),
        seconds=draw(st.floats(0, 1000)),
    )


def hidden_under(result: Result, view: View, word: str) -> Result:
    """Put a word into every text of the checks that a view leaves out."""
    quoted = QuotedLine(file=word, line=1, function=word, source=word)
    picture = Picture(title=word, caption=word, cells=(), labels=(word,), got=((word,),), expected=((word,),))
    panel = MaskPanel(label=word, height=1, width=1, runs=(1,), image=word)
    box = Box(left=0.0, top=0.0, width=1.0, height=1.0, label=word)
    image = ImagePanel(label=word, colours=(), rows=(), boxes=(box,))
    figures = (
        Figure(title=word, caption=word, panels=(panel,)),
        Figure(title=word, caption=word, images=(image,)),
        Figure(title=word, caption=word, lines=(word,)),
    )
    checks = tuple(
        check
        if check.visibility in SHOWN[view]
        else changed(
            check, name=f"{word}{place}", description=word, message=word, hint=word, detail=word, reasons=(word,),
            mistakes=(NamedMistake(word, word, word),), picture=picture, quoted=(quoted,),
            cases=(CaseVerdict(word, Status.FAILED, word),), measured=0.5, figures=figures,
            measurement=Measurement(name=word, value=0.5, unit=word, says=word, standing=word),
        )
        for place, check in enumerate(result.checks)
    )  # fmt: skip
    return replace(result, checks=checks)


def texts_in(document: Any) -> Iterator[str]:  # noqa: ANN401  # JSON of any depth
    """List every text of a JSON document, keys excepted."""
    match document:
        case str():
            yield document
        case dict():
            for value in document.values():
                yield from texts_in(value)
        case list():
            for value in document:
                yield from texts_in(value)


def as_read(text: str) -> Any:  # noqa: ANN401  # JSON of any depth
    """Read JSON as strictly as its standard has it: no NaN, no infinity."""

    def refused(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refused)
