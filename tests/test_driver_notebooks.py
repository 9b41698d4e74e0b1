"""What drivers see of a notebook that is attached."""

from __future__ import annotations

import json

import pytest

from grader.drivers.notebooks import MAX_CELLS, MAX_TEXT, cell_outputs
from grader.errors import UnreadableError


def notebook(*cells: object, **more: object) -> bytes:
    return json.dumps({"nbformat": 4, "cells": cells, **more}).encode()


def code(source: object, *outputs: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": outputs}


def test_a_cell_has_its_source_its_texts_and_its_pictures() -> None:
    stream = {"output_type": "stream", "text": ["epoch 1\n", "epoch 2\n"]}
    result = {"output_type": "execute_result", "data": {"text/plain": "0.5"}}
    plot = {"output_type": "display_data", "data": {"image/png": "iVBO", "text/plain": ["<Figure>"]}}
    found = cell_outputs(
        notebook({"cell_type": "markdown", "source": "# A"}, code(["a = 1\n", "a"], stream, result, plot))
    )
    assert found == [{"source": "a = 1\na", "text": "epoch 1\nepoch 2\n\n0.5\n<Figure>", "pictures": 1}]


def test_version_3_keeps_cells_in_worksheets() -> None:
    cell = {
        "cell_type": "code",
        "input": "train()",
        "outputs": [{"output_type": "display_data", "png": "iVBO", "text": "x"}],
    }
    data = json.dumps({"nbformat": 3, "worksheets": [{"cells": [cell]}, 7]}).encode()
    assert cell_outputs(data) == [{"source": "train()", "text": "x", "pictures": 1}]


def test_of_what_a_cell_printed_the_end_is_kept() -> None:
    found = cell_outputs(notebook(code("", {"text": "a" * MAX_TEXT + "the end"})))
    assert len(found[0]["text"]) == MAX_TEXT
    assert found[0]["text"].endswith("the end")


def test_cells_are_bounded_in_number() -> None:
    assert len(cell_outputs(notebook(*[code("")] * (MAX_CELLS + 1)))) == MAX_CELLS


@pytest.mark.parametrize(
    "odd", [code(None, 3, None), code({"a": 1}, {"text": {"a": 1}, "data": 3}), code([1, "a"], {"text": [2]})]
)
def test_odd_cells_are_read_as_far_as_they_go(odd: object) -> None:
    assert [(cell["text"], cell["pictures"]) for cell in cell_outputs(notebook(3, odd))] == [("", 0)]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"hello", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"{}", "has no cells"),
        (b"[]", "has no cells"),
        (b"\xff", "is no JSON"),
    ],
)
def test_what_is_no_notebook_is_told(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{why}$"):
        cell_outputs(data)
