"""An example in the assignment's own words: calls as they are written in code, matrices as on a board."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from grader.wording.examples import equations, in_words, inputs_in_words, pair_in_words

ASKED = {
    "modules/convolution.py:Conv2D": "class()",
    "modules/relu.py:ReLU": "class()",
    "modules/relu.py:ReLU.forward": "(self, x)",
    "modules/relu.py:scaled": "(x)",
    "modules/convolution.py:Conv2D.__init__": "(self, channels: int, filters: int, kernel_size: int=3, stride: int=1)",
}
DRIVERS = 'def run(impl, x, options, *, form="valid"):\n    return impl\n'


def written(**inputs: Any) -> str:  # noqa: ANN401  # what a driver takes
    return equations(inputs_in_words(inputs, ASKED, DRIVERS, "run"))


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ([1, 2, 3, 1], "Conv2D(1, 2)"),
        ([1, 2, 1, 2], "Conv2D(1, 2, kernel_size=1, stride=2)"),
        ([1, 2, 3, 2], "Conv2D(1, 2, stride=2)"),
        ([1, 2, 3, 2, 9], "Conv2D(1, 2, 3, 2, 9)"),
    ],
)
def test_a_class_and_its_arguments_are_a_call(arguments: list[int], call: str) -> None:
    assert written(kind="Conv2D", arguments=arguments, x=np.ones((1, 1, 1, 2))) == f"{call}, x = [[1, 1]]"


def test_a_class_that_takes_nothing_is_a_call_and_a_function_is_none() -> None:
    assert written(kind="ReLU", arguments=[], x=np.ones(1)) == "ReLU(), x = [1]"
    assert written(kind="scaled", arguments=[], x=np.ones(1)) == "kind = 'scaled', x = [1]"


def test_what_the_drivers_call_by_a_word_of_their_own_is_the_call_that_a_student_writes() -> None:
    """The smallest example of a check on several layers said `kind = 'conv', arguments = ...`."""
    drivers = f'HOMES = {{"conv": ("layers", "Conv2D", r"conv.*"), "scale": ("layers", "scaled")}}\n{DRIVERS}'

    def said(**inputs: Any) -> str:  # noqa: ANN401  # what a driver takes
        return equations(inputs_in_words(inputs, ASKED, drivers, "run"))

    named = {"channels": 1, "filters": 2, "stride": 2}
    assert said(kind="conv", arguments=named, size=[9, 7]) == "Conv2D(1, 2, stride=2), size = [9, 7]"
    assert said(kind="conv", arguments=[named, {"channels": 3, "filters": 2}]) == "Conv2D(1, 2, stride=2), Conv2D(3, 2)"
    assert said(kind="scale", arguments={"x": 4}) == "scaled(4)"
    assert said(kind="pool", arguments=named).startswith("kind = 'pool'")
    assert said(kind="conv", size=[9, 7]) == "kind = 'conv', size = [9, 7]"


def test_a_dict_with_a_type_is_a_call_too_and_a_text_that_names_no_class_stays() -> None:
    layers = [{"type": "Conv2D", "channels": 1, "filters": 2, "stride": 2}, {"type": "ReLU"}]
    assert written(layers=layers, kind="Other", rates=[0.5]) == (
        "layers = [Conv2D(1, 2, stride=2), ReLU()], kind = 'Other', rates = [0.5]"
    )


def test_what_the_driver_takes_by_default_goes_without_saying() -> None:
    assert written(x=np.ones(1), options={}, form="valid") == "x = [1]"
    assert written(x=np.ones(1), options={"stride": 2}, form="same") == "x = [1], stride = 2, form = 'same'"


def test_axes_of_size_1_around_a_matrix_are_left_out_where_both_have_them() -> None:
    assert in_words(np.ones((2, 1, 1, 1))) == "[[1], [1]]"
    assert in_words(np.ones((2, 2, 1, 2))) == "[[[[1, 1]], [[1, 1]]], [[[1, 1]], [[1, 1]]]]"
    assert pair_in_words(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 1))) == ("[[1, 1]]", "[[1]]")
    assert pair_in_words(np.ones((1, 1)), np.ones((1, 1, 1, 1))) == ("[[1]]", "[[[[1]]]]")
