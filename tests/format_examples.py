"""The examples of `docs/formats.md`, made by the code that they show. Run this file to write them into the page."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from example_results import CONV_BACKWARD, PARTS, PROVENANCE, changed, check, scored
from export_formats import FORMATS, written

from grader.exports import registry
from grader.exports.single.github import fenced
from grader.model.assignment import Visibility
from grader.model.result import Result, RuleOutcome
from grader.model.status import Status

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
MARK = r"(<!-- example: (?P<name>[a-z0-9-]+) -->\n(?P<fence>`{3,})[a-z]*\n)"
EXAMPLE = re.compile(rf"{MARK}(.*?\n)??(?P=fence)\n", re.DOTALL)


def example_result() -> Result:
    """Give a result short enough to read in seven forms: one check of each visibility that matters, and a rule."""
    forward = check("conv_forward", "convolution", "6", "1", "Conv2D.forward sums every window.", Status.PASSED)
    backward = changed(
        CONV_BACKWARD, description="Conv2D.backward gives dw, db and dx.", picture=None, reasons=(), cases=(),
        mistakes=(replace(CONV_BACKWARD.mistakes[0], description="dx is cropped by one pixel whatever the padding"),),
    )  # fmt: skip
    secret = check(
        "conv_shapes", "convolution", "5", "0", "Any stride and kernel will do.", Status.RAISED,
        message="ValueError in modules/convolution.py, line 40", visibility=Visibility.AFTER_DUE_DATE,
    )  # fmt: skip
    rule = RuleOutcome("output", "the code prints 2 lines that the assignment does not ask for", Fraction(-1))
    bare = Result(
        assignment="convnet",
        title="A convolutional network",
        submission="ada.zip",
        score=Fraction(0),
        max_score=Fraction(0),
        parts=PARTS[:1],
        checks=(forward, backward, secret),
        rules=(rule,),
        notes=(),
        provenance=PROVENANCE,
        cpu_seconds=0.05,
        seconds=0.21,
    )
    return scored(bare)


def examples() -> dict[str, str]:
    """Make every example, by its name in the page."""
    result = example_result()
    made = {name: written(name, result) for name in FORMATS}
    made["fence"] = fenced("::error::forged by a submission", "8d1f0c9b7d6e4e0a8f8b8a8c1e6a0d7f")
    return {name: text.rstrip("\n") for name, text in made.items()}


def with_examples(page: str) -> str:
    """Put the examples where the page marks their places, and at its end a section for each format that has none."""
    made = examples()
    for name in FORMATS:
        if f"<!-- example: {name} -->" not in page:
            said = registry.single_format(name).description
            page += f"\n## {name}\n\nThe format `{name}`. {said}.\n\n<!-- example: {name} -->\n````text\n````\n"
    for name in registry.class_names():
        if f"| `{name}` |" not in page:
            said = registry.class_format(name).description
            page += f"\n| `--format` | what is written |\n|---|---|\n| `{name}` | {said}. |\n"
    return EXAMPLE.sub(lambda found: f"{found[1]}{made[found['name']]}\n{found['fence']}\n", page)


if __name__ == "__main__":
    PAGE.write_text(with_examples(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
