"""`grader.drivers.executed_lines`: what a call executes, by lines and by operations of torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from grader.drivers.executed_lines import count_work

torch = pytest.importorskip("torch")

LOOPS = {
    "a for loop": "total = 0\nfor i in range(n):\n    total += i\nreturn total",
    "a while loop": "while n:\n    n -= 1\nreturn n",
    "a comprehension": "return [i * 2 for i in range(n)]",
    "a generator": "return sum(i * 2 for i in range(n))",
    "map of a lambda": "return list(map(lambda i: i * 2, range(n)))",
    "a function that calls itself": "return 0 if n == 0 else f(n - 1)",
}


def function(body: str) -> Callable[[int], object]:
    names: dict[str, Any] = {"torch": torch}
    source = "def f(n):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    exec(compile(source, "layer.py", "exec"), names)  # noqa: S102  # the code that is counted
    return names["f"]  # type: ignore[no-any-return]  # defined above


def work(body: str, n: int, files: tuple[str, ...] = ("layer.py",)) -> dict[str, int]:
    f = function(body)
    return count_work(lambda: f(n), files)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_executes_a_line_more_for_each_round(loop: str) -> None:
    more = work(LOOPS[loop], 30)["lines"] - work(LOOPS[loop], 10)["lines"]
    assert more >= 20


def test_a_loop_of_the_library_executes_an_operation_more_for_each_round() -> None:
    body = "return list(map(torch.neg, torch.ones(n, 2)))"
    assert work(body, 30)["operations"] - work(body, 10)["operations"] >= 20


def test_a_product_executes_the_same_at_any_size() -> None:
    body = "x = torch.ones(n, n)\nreturn x @ x"
    assert work(body, 30) == work(body, 10)


def test_lines_of_other_files_do_not_count() -> None:
    assert work(LOOPS["a for loop"], 10, ("other.py",))["lines"] == 0


def test_tracing_ends_with_the_call_even_if_it_raises() -> None:
    before = sys.gettrace()
    with pytest.raises(ZeroDivisionError):
        work("return n / 0", 1)
    assert sys.gettrace() is before
