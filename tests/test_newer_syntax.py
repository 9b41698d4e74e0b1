"""Syntax of Pythons to come, and lines that are only wrong."""

from __future__ import annotations

import pytest

from grader.sandbox.guest.newer_syntax import newer_syntax


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("type Vector = list[float]", "a type statement needs Python 3.12, and this is 3.11"),
        ("def first[T](rows: list[T]) -> T:", "a type parameter needs Python 3.12, and this is 3.11"),
        ("    async def first[T](rows):", "a type parameter needs Python 3.12, and this is 3.11"),
        ("class Stack[T]:", "a type parameter needs Python 3.12, and this is 3.11"),
        ("class Stack[T = int]:", "the default of a type parameter needs Python 3.13, and this is 3.11"),
        ('print(f"{row["name"]}")', "a quote or backslash inside {...} needs Python 3.12, and this is 3.11"),
        ("print(f'{sep} {\"\\n\"}')", "a quote or backslash inside {...} needs Python 3.12, and this is 3.11"),
        ('said = f"{"a" + f\'{x.shape}\'}"', "a quote or backslash inside {...} needs Python 3.12, and this is 3.11"),
        ('said = f"it\'s {row["a"]}"', "a quote or backslash inside {...} needs Python 3.12, and this is 3.11"),
        ('said = f"{', "a line break inside {...} needs Python 3.12, and this is 3.11"),
        ('name = t"{row}"', "a template string needs Python 3.14, and this is 3.11"),
        (
            "except ValueError, TypeError:",
            "an except of several types without brackets needs Python 3.14, and this is 3.11",
        ),
        ("except ValueError, error:", ""),
        ("type = 3 +", ""),
        ("def first(rows)", ""),
        ("class Stack(Base[T])", ""),
        ('print "f(x)"', ""),
        ('print f"{x}" + f"{y}"', ""),
        ('said = f"{x"', ""),
        ('said = f"""{', ""),
        ("rows = [1, 2", ""),
    ],
)
def test_a_line_of_newer_syntax_names_its_version_and_others_none(line: str, said: str) -> None:
    assert newer_syntax(line, (3, 11)) == said


def test_what_this_python_reads_is_not_newer() -> None:
    assert newer_syntax("type Vector = list[float]", (3, 12)) == ""
