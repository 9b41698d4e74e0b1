"""What is said of None where Python names neither the variable nor the method that was to set it."""

from __future__ import annotations

import pytest
from tiny_course import SCALE

from grader.judging.grading import Grader
from grader.submissions.read import Submission
from grader.wording.none_values import left_out_note, none_note

LAYER = """class Layer:
    def __init__(self):
        self.cache = None
        self.kept = {}

    def forward(self, x):
        columns = self.columns(x)
        return columns.shape

    def columns(self, x):
        pass

    def backward(self, dout):
        for row in range(3):
            one, padded = 1, self.cache
            total = padded[0] * dout
            mask = self.kept["mask"]
            scaled = one * dout
        return self.left

def apply(x):
    weight = made(x)
    return weight @ x
"""


@pytest.mark.parametrize(
    ("exception", "line", "variables", "said"),
    [
        ("TypeError", "total =", {"padded": "None", "self.cache": "None"}, "forward left no cache: self.cache is None"),
        ("TypeError", "total =", {"dout": "None", "self.cache": "None"}, "dout is None"),
        ("AttributeError", "return columns", {"columns": "None"}, "columns is None, which self.columns returned"),
        ("TypeError", "return weight", {"weight": "None"}, "weight is None, which made returned"),
        ("TypeError", "scaled =", {"padded": "None", "self.cache": "None"}, ""),
        ("KeyError", "mask =", {"self.kept": "a dict of 0"}, "forward left nothing in kept: self.kept is empty"),
        ("KeyError", "mask =", {"self.kept": "a dict of 2"}, ""),
    ],
)
def test_what_is_none_at_the_line_is_named_by_what_set_it(
    exception: str, line: str, variables: dict[str, str], said: str
) -> None:
    number = next(n for n, text in enumerate(LAYER.split("\n"), start=1) if line in text)
    text = "'mask'" if exception == "KeyError" else "'NoneType' object is not subscriptable"
    assert none_note(exception, text, LAYER, number, variables) == said


def test_forward_is_not_blamed_for_what_backward_takes_back_itself() -> None:
    layer = LAYER.replace("        return self.left", "        self.cache = None\n        return self.left")
    number = layer[: layer.index("total =")].count("\n") + 1
    held = {"padded": "None", "self.cache": "None"}
    assert none_note("TypeError", "'NoneType' object is not subscriptable", layer, number, held) == "self.cache is None"


def test_an_attribute_that_forward_never_set_is_what_it_left_out() -> None:
    number = LAYER[: LAYER.index("self.left")].count("\n") + 1
    assert left_out_note("'Layer' object has no attribute 'left'", LAYER, number) == "forward left no left: "
    assert left_out_note("'Other' object has no attribute 'left'", LAYER, number) == ""


def test_no_text_that_does_not_parse_or_line_outside_of_functions_is_spoken_of() -> None:
    assert none_note("TypeError", "NoneType", "def f(:", 1, {"x": "None"}) == ""
    assert none_note("TypeError", "NoneType", "x = None\nx[0]\n", 2, {"x": "None"}) == ""


def test_a_hidden_check_tells_what_was_none_in_our_words_and_a_public_one_the_lines_around(tiny_grader: Grader) -> None:
    scale = SCALE.replace("    return", "    kept = None\n    rows = len(x)\n    kept[0] = rows\n    return", 1)
    stats = "def variance(x):\n    kept = None\n    return kept[0]\n\n\ndef covariance(x):\n    return x.T @ x\n"
    found = {
        verdict.check: verdict
        for verdict in tiny_grader.observe(
            Submission("a test's", {"scale.py": scale, "stats.py": stats}, (), (), {}, "")
        ).verdicts
    }
    hidden, public = found["variance"], found["standardized"]
    assert hidden.message == "TypeError in variance at stats.py line 3: kept is None"
    assert (hidden.quoted[0].before, hidden.quoted[0].after) == ((), ())
    assert "kept is None" in public.message
    assert public.quoted[0].source == "    kept[0] = rows"
    assert public.quoted[0].before[-2:] == ("    kept = None", "    rows = len(x)")
    assert public.quoted[0].after[0].startswith("    return")
