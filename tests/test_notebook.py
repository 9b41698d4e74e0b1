"""A notebook's cells and what they showed; and what is refused, in one sentence and before it costs anything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebooks import code, document, notebook, notebook_3, printed, shown, text

from grader.errors import UnreadableError
from grader.model.submission import StoredOutput
from grader.submissions.notebook import (
    MAX_CELLS,
    MAX_CODE_CHARACTERS,
    MAX_DEPTH,
    MAX_OUTPUT_CHARACTERS,
    CodeCell,
    Notebook,
    read_notebook,
)


def read(data: bytes) -> Notebook:
    return read_notebook(data, "answers.ipynb")


def refusal(data: bytes) -> str:
    with pytest.raises(UnreadableError) as error:
        read(data)
    assert str(error.value).isprintable()
    return str(error.value)


# ---------------------------------------------------------------------------------------------------------- cells


def test_cells_are_numbered_from_the_top_with_those_of_text() -> None:
    found = read(notebook(text("# Title"), "x = 1", text("more"), "y = 2"))
    assert found.cells == (CodeCell(2, "x = 1"), CodeCell(4, "y = 2"))
    assert (found.outputs, found.remarks) == ((), ())


def test_a_source_is_a_text_or_a_list_of_lines() -> None:
    found = read(notebook(code(["x = 1\r\n", "y = 2"]), code("x = 1\ny = 2", id="d")))
    assert [cell.text for cell in found.cells] == ["x = 1\ny = 2"] * 2


@pytest.mark.parametrize("minor", range(6))
def test_every_minor_version_of_4_is_read(minor: int) -> None:
    cell = code("x = 1")
    del cell["id"]
    found = read(json.dumps(document([cell if minor < 5 else code("x = 1")], nbformat_minor=minor)).encode())
    assert (found.cells, found.remarks) == ((CodeCell(1, "x = 1"),), ())


def test_version_3_is_upgraded_with_its_outputs() -> None:
    found = read(notebook_3("x = 1\ny = 2", "print(3)"))
    assert found.cells == (CodeCell(1, "x = 1\ny = 2"), CodeCell(2, "print(3)"))
    assert found.outputs[0] == StoredOutput(file="answers.ipynb", cell=1, text="3")
    assert found.remarks == ()


def test_a_version_to_come_is_read_as_far_as_it_is_understood() -> None:
    later = document([{**code("x = 1"), "mood": "good"}, {"cell_type": "hologram", "id": "b", "metadata": {}}])
    found = read(json.dumps({**later, "nbformat_minor": 9, "more": 1}).encode())
    assert found.cells == (CodeCell(1, "x = 1"),)


@pytest.mark.parametrize("broken", [3, {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}, None])
def test_a_cell_that_is_none_costs_itself(broken: object) -> None:
    found = read(json.dumps(document([code("x = 1"), broken, code("y = 2")])).encode())
    assert [cell.number for cell in found.cells] == [1, 3]
    assert found.remarks[-1] == "has one cell that is none, left out: cell 2"
    assert found.remarks[0].startswith("breaks the format of notebooks 4.5")


@pytest.mark.parametrize("metadata", [{"a": float("nan")}, {"kernelspec": 3}, [], None, "x"])
def test_odd_metadata_cost_nothing(metadata: object) -> None:
    assert read(notebook("x = 1", metadata=metadata)).cells == (CodeCell(1, "x = 1"),)


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}, "R"),
        ({"language_info": {"name": "julia", "file_extension": ".jl"}}, "julia"),
    ],
)
def test_a_notebook_in_another_language_is_refused(metadata: dict[str, Any], language: str) -> None:
    assert refusal(notebook("x <- 1", metadata=metadata)) == f"is a notebook in {language}, expected Python"


@pytest.mark.parametrize("name", ["python", "Python", "ipython3", "python3.11"])
def test_python_goes_by_several_names(name: str) -> None:
    assert read(notebook("x = 1", metadata={"language_info": {"name": name, "file_extension": ".py"}})).cells


# ------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hello", "is not JSON (line 1)"),
        (b"%PDF-1.7 and more", "is a PDF, expected a notebook as Jupyter saves it: are two files mixed up?"),
        (b'{"nbformat": 4,\n "cells": [', "is not JSON (line 2, where it stops in the middle)"),
        (notebook("x = 1")[:90], "is not JSON (line 1, where it stops in the middle)"),
        (notebook("x = 1") + b"\n" + notebook("x = 1"), "is not JSON (line 2), expected"),
        (notebook("x = 1") + b"\0" * 9, "is not JSON (line 1), expected"),
        (
            b'{\n<<<<<<< HEAD\n "cells": [],\n=======\n "cells": [1],\n>>>>>>> b\n "nbformat": 4}',
            "is not JSON (line 2 begins with <<<<<<<, which git writes where a merge is not finished",
        ),
        (b'{\r\n "cells": [],\r\n>>>>>>> b\r\n "nbformat": 4}', "is not JSON (line 3 begins with >>>>>>>"),
        (
            b"# %%\nimport numpy as np\n\n# %%\ndef f(x):\n    return x\n",
            "is a module of Python under a notebook's name",
        ),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"[]", "is JSON but no notebook: it is no object"),
        (b"{}", 'is JSON but no notebook: it says no "nbformat"'),
        (b'{"nbformat": "four"}', 'is JSON but no notebook: it says no "nbformat"'),
        (b'{"nbformat": true}', 'is JSON but no notebook: it says no "nbformat"'),
        (b'{"nbformat": 2, "worksheets": []}', "is a notebook of version 2, expected 4"),
        (b'{"nbformat": 5}', "is a notebook of version 5, expected 4"),
        (b'{"nbformat": 123456789}', "is a notebook of version beyond 1000"),
        (b'{"nbformat": 4, "nbformat_minor": 5}', "has no list of cells"),
        (b'{"nbformat": 4, "nbformat_minor": 5, "cells": {}}', "has no list of cells"),
        (b'{"nbformat": 3, "nbformat_minor": 0}', "cannot be brought from version 3 to 4.5"),
        (b'{"nbformat": 3, "worksheets": [{"cells": [{}]}]}', "cannot be brought from version 3 to 4.5"),
        (b'{"nbformat": 4, "a": 1, "a": 2}', 'holds the key "a" twice in one object'),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a git-lfs pointer"),
        (b"[" * 100_000, "is nested more than 100 levels deep"),
        (b'{"a":' * 100_000, "is nested more than 100 levels deep"),
        (b"[" + b"[]," * 600_000, "holds more than 500000 strings and lists"),
        (b"[" + b"1," * 5_000_000, "holds more than 4000000 commas"),
        (b'"' + b'\\"' * 3_000_000, "is not JSON"),
        (b'{"nbformat": ' + b"4" * 10_000 + b"}", "is not JSON"),
    ],
    ids=range(31),
)
def test_what_is_no_notebook_is_told_why(data: bytes, why: str) -> None:
    assert why in refusal(data)


def test_the_deepest_that_is_read_is_read() -> None:
    deep: object = 1
    for _ in range(MAX_DEPTH - 3):
        deep = [deep]
    assert read(notebook("x = 1", metadata={"a": deep})).cells
    assert "levels deep" in refusal(notebook("x = 1", metadata={"a": [[deep]]}))


def test_brackets_in_strings_are_no_nesting() -> None:
    assert read(notebook(f"x = '{'[' * 1000}\\\"{'{' * 1000}'")).cells


def test_code_and_cells_are_bounded() -> None:
    assert "KiB of code" in refusal(notebook("#" * MAX_CODE_CHARACTERS, "#"))
    assert f"has {MAX_CELLS + 1} cells" in refusal(notebook(*[text("")] * (MAX_CELLS + 1)))


# -------------------------------------------------------------------------------------------------------- outputs


def outputs(*given: dict[str, Any]) -> tuple[StoredOutput, ...]:
    return read(notebook(code("x = 1", *given))).outputs


def test_what_a_cell_printed_is_kept_as_text() -> None:
    words = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": ["0.25"]}}
    error = {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": ["\x1b[31m"]}
    assert outputs(printed(["loss: 0.5\n", "acc: 41\n"]), words, error) == (
        StoredOutput(file="answers.ipynb", cell=1, text="loss: 0.5\nacc: 41\n0.25\nValueError: x"),
    )


def test_pictures_are_counted_and_html_is_not_kept() -> None:
    figure = shown(image__png="AAAA", text__plain="<Figure size 640x480 with 1 Axes>")
    assert outputs(figure, figure, shown(text__html="<script>"), shown(image__svg_xml="<svg/>")) == (
        StoredOutput(file="answers.ipynb", cell=1, text="", pictures=3),
    )


def test_a_cell_that_shows_nothing_is_not_listed() -> None:
    assert outputs(shown(text__html="<b>"), printed("")) == ()


def test_of_long_output_head_and_tail_are_kept() -> None:
    """A training log ends in the accuracy that is asked for."""
    half = MAX_OUTPUT_CHARACTERS // 2
    (output,) = outputs(printed("h" * half + "x" * 7 + "t" * half))
    assert output.text == f"{'h' * half} … (7 more characters) … {'t' * half}"


@pytest.mark.parametrize("version", ["4", 4.0, "4.5", " 4 "])
@pytest.mark.parametrize("minor", [None, "5", 4.0, 2])
def test_a_version_is_read_however_tools_have_written_it(version: object, minor: object) -> None:
    data = json.dumps(document([text("x = 1")], nbformat=version, nbformat_minor=minor)).encode()
    assert [cell.text for cell in read_notebook(data, "a.ipynb").texts] == ["x = 1"]


def test_cells_of_text_are_kept_beside_those_of_code() -> None:
    found = read_notebook(notebook(code("x = 1"), text("def f(): pass")), "a.ipynb")
    assert [(cell.number, cell.text) for cell in found.texts] == [(2, "def f(): pass")]


# ----------------------------------------------------------------------------------------------------------- fuzz

LEAVES = st.none() | st.booleans() | st.integers(-5, 9) | st.floats() | st.text(max_size=8)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["cells", "worksheets", "metadata", "cell_type", "source", "input", "outputs", "data", "text", "ename", "level"]
)
SHAPED = st.recursive(
    LEAVES | st.sampled_from(["code", "markdown", "heading", "pyout", "display_data", "text/plain", "image/png"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=10,
)


def ends_in_an_answer(data: bytes) -> None:
    try:
        told = read(data).remarks
    except UnreadableError as error:
        told = (str(error),)
    assert all(sentence.isprintable() for sentence in told)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_an_answer(data: bytes) -> None:
    ends_in_an_answer(data)


@given(
    st.sampled_from([3, 4]),
    st.integers(-2, 9),
    st.dictionaries(KEYS, SHAPED, max_size=2),
    st.lists(SHAPED, max_size=3),
    ANY,
)
def test_any_json_in_the_form_of_a_notebook_ends_in_an_answer(
    version: int, minor: int, parts: dict[str, Any], cells: list[object], metadata: object
) -> None:
    whole = {"metadata": metadata, "cells": cells, "worksheets": [{"cells": cells}], **parts}
    ends_in_an_answer(json.dumps({**whole, "nbformat": version, "nbformat_minor": minor}).encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_a_notebook_in_another_encoding_of_unicode_is_read(encoding: str) -> None:
    assert read(notebook("x = 'é'").decode().encode(encoding)).cells == (CodeCell(1, "x = 'é'"),)


def test_headings_and_lists_of_lines_of_version_3_are_read() -> None:
    """A heading, saved as a list of lines like all texts, made the whole notebook unreadable."""
    heading = {"cell_type": "heading", "level": 1, "source": ["Part ", "1"], "metadata": {}}
    cell = {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python", "outputs": [], "metadata": {}}
    sheets = [{"cells": [heading, cell]}]
    held = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": sheets}
    assert read(json.dumps(held).encode()).cells == (CodeCell(2, "x = 1\ny = 2"),)


def test_a_notebook_of_which_no_cell_can_be_read_is_refused() -> None:
    held = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [1, {"cell_type": "code", "source": 5}]}
    assert refusal(json.dumps(held).encode()).startswith("has 2 cells and none of code that can be read, expected")
