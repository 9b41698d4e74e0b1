"""The examples of `docs/formats.md`, made by the code that they show. Run this file to write them into the page."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from example_results import CONV_BACKWARD, PARTS, PROVENANCE, check, scored

from grader.commands.platforms import Format, exported
from grader.exports import classroom50
from grader.exports.github import fenced
from grader.integrations.ci import classroom50_run
from grader.model import Result, RuleOutcome, Status, Visibility
from grader.results import as_text
from grader.views import View

PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
MARK = r"(<!-- example: (?P<name>[a-z0-9-]+) -->\n(?P<fence>`{3,})[a-z]*\n)"
EXAMPLE = re.compile(rf"{MARK}(.*?\n)??(?P=fence)\n", re.DOTALL)
RUNNER = {
    "CLASSROOM": "nn-2026", "ASSIGNMENT": "convnet", "USERNAME": "ada", "ASSIGNMENT_TYPE": "individual",
    "SUBMISSION_TAG": "submit/2026-11-21T22-40-07Z-a1b2c3d",
    "COMMIT_URL": "https://github.example/nn/convnet-ada/commit/a1b2c3d",
    "RELEASE_URL": "https://github.example/nn/convnet-ada/releases/tag/1",
    "REVIEW_URL": "https://github.example/nn/convnet-ada/compare/0...a1b2c3d",
}  # fmt: skip


def example_result() -> Result:
    """Give a result short enough to read in seven forms: one check of each visibility that matters, and a rule."""
    forward = check("conv_forward", "convolution", "6", "1", "Conv2D.forward sums every window.", Status.PASSED)
    backward = replace(
        CONV_BACKWARD, says="Conv2D.backward gives dw, db and dx.", picture=None, reasons=(), cases=(),
        mistakes=(replace(CONV_BACKWARD.mistakes[0], says="dx is cropped by one pixel whatever the padding"),),
    )  # fmt: skip
    secret = check(
        "conv_shapes", "convolution", "5", "0", "Any stride and kernel will do.", Status.RAISED,
        message="ValueError in modules/convolution.py, line 40", visibility=Visibility.AFTER_DUE_DATE,
    )  # fmt: skip
    rule = RuleOutcome("output", "the code prints 2 lines that the assignment does not ask for", Fraction(-1))
    bare = Result(
        "convnet", "A convolutional network", "ada.zip", Fraction(0), Fraction(0), PARTS[:1],
        (forward, backward, secret), (rule,), (), PROVENANCE, 0.05, 0.21,
    )  # fmt: skip
    return scored(bare)


def examples() -> dict[str, str]:
    """Make every example, by its name in the page."""
    result = example_result()
    made = {
        form.value: exported(result, form, View.STUDENT, classroom50.HUNDREDTHS, RUNNER)
        for form in Format
        if form is not Format.CLASSROOM50
    }
    run = classroom50_run(RUNNER, dt.datetime(2026, 11, 21, 22, 41, tzinfo=dt.UTC))
    made["classroom50"] = as_text(classroom50.result_json(result, run))
    made["fence"] = fenced("::error::forged by a submission", "8d1f0c9b7d6e4e0a8f8b8a8c1e6a0d7f")
    return {name: text.rstrip("\n") for name, text in made.items()}


def with_examples(page: str) -> str:
    """Put the examples where the page marks their places."""
    made = examples()
    return EXAMPLE.sub(lambda found: f"{found[1]}{made[found['name']]}\n{found['fence']}\n", page)


if __name__ == "__main__":
    PAGE.write_text(with_examples(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
