"""Names that a library lacks and a submission imports: told by what stands in its own file, whatever a worker says."""

from __future__ import annotations

import pytest

from grader.judging.facts import lacking
from grader.model.observation import LackingName, Observation
from grader.sandbox.host.frame_reader import MAX_LACKING, FrameReader
from grader.sandbox.protocol import encode
from grader.subjects.student import Call
from grader.wording.failures import Quotable
from grader.wording.lacking_names import lacking_names

SOURCE = "import os\nfrom numpy.core.getlimits import (\n    finfo,\n    _KINDS,\n)\nfrom .relu import missing\n"


def told(line: int, name: str, file: str = "a.py", *, is_asked_for: bool = True) -> LackingName:
    return LackingName(file=file, line=line, name=name, is_asked_for=is_asked_for)


def sentence(*names: LackingName, provided: tuple[str, ...] = ()) -> str:
    return lacking_names(names, Quotable(sources={"a.py": SOURCE, "b.py": "f("}, provided=provided))


def call(*names: LackingName) -> Call:
    return Call("driver", {}, b"", Observation(value=1, lacking=names))


def test_an_import_that_fails_for_a_name_is_told_as_python_does_and_that_it_costs_nothing() -> None:
    assert sentence(told(2, "_KINDS"), told(2, "_KINDS")) == (
        "a.py line 2: cannot import name '_KINDS' from 'numpy.core.getlimits', which costs nothing as long as nothing "
        "uses it"
    )


@pytest.mark.parametrize(
    "name",
    [
        told(2, "full marks"), told(2, "\x1b[2J"), told(1, "_KINDS"), told(6, "missing"), told(1, "os"),
        told(2, "_KINDS", "../secret.py"), told(1, "f", "b.py"),
    ],
)  # fmt: skip
def test_nothing_is_told_of_an_import_that_does_not_stand_in_the_file(name: LackingName) -> None:
    assert sentence(name) == ""


def test_nothing_is_told_of_a_file_of_the_courses() -> None:
    assert sentence(told(2, "_KINDS"), provided=("a.py",)) == ""


def test_of_many_names_a_few_are_told_and_the_others_counted() -> None:
    source = "".join(f"from os import _no{number}\n" for number in range(9))
    names = [told(number + 1, f"_no{number}") for number in range(9)]
    said = lacking_names(names, Quotable(sources={"a.py": source}))
    assert said.count("cannot import name") == 3
    assert said.endswith("6 more imports like it")


def test_a_name_is_put_down_to_the_checks_that_ask_for_its_file_else_to_the_first_that_came_by_it() -> None:
    layer, tool = told(1, "x"), told(2, "y", "tool.py", is_asked_for=False)
    by_another = told(1, "x", is_asked_for=False)
    calls = {"network": (call(by_another, tool),), "layer": (call(layer, tool), call(layer)), "none": (call(),)}
    assert lacking(calls, ["none", "network", "layer"]) == {"network": (tool,), "layer": (by_another,)}


def test_names_come_with_the_reply_of_their_call_and_no_more_than_fit() -> None:
    reader = FrameReader()
    note = encode("note", 0, ["lacking", "a.py", 3, "x", True])
    reader.feed(note * (MAX_LACKING + 1) + encode("value", 1, 5) + encode("value", 2, 5))
    assert reader.next_reply(1) is not None
    assert reader.lacking == (told(3, "x"),) * MAX_LACKING
    assert reader.next_reply(2) is not None
    assert reader.lacking == ()
