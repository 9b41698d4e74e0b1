"""Modules that a submission imports and does without."""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType

import pytest

from grader.drivers.absent_modules import AbsentModule, absent_modules, lend_names


def test_an_absent_module_can_be_imported_inside_the_block_alone() -> None:
    with absent_modules(["no_such_plots"]):
        assert importlib.import_module("no_such_plots.pyplot").figure is not None
    assert [name for name in sys.modules if name.startswith("no_such_plots")] == []
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_plots")


def test_what_is_used_of_an_absent_module_raises_and_says_which_it_is() -> None:
    with absent_modules(["no_such_plots"]):
        module = importlib.import_module("no_such_plots")
        with pytest.raises(ModuleNotFoundError, match=r"no_such_plots\.Figure is not available here"):
            module.Figure()
        with pytest.raises(ModuleNotFoundError, match=r"no_such_plots\.savefig is not available here"):
            module.savefig("a.png")


@pytest.mark.parametrize(
    "use",
    [
        "len(p.a)", "list(p.a)", "p.a[0]", "p.a + 1", "2 * p.a", "p.a < 1", "float(p.a)", "bool(p.a)", "3 in p.a",
        "-p.a", "p.A()", "p()", "type('B', (p.A,), {})()",
    ],
)  # fmt: skip
def test_no_use_in_a_function_gives_a_value(use: str) -> None:
    with absent_modules(["no_such_plots"]):
        module = importlib.import_module("no_such_plots")
        derived = "type('B', (p.A,), {})()"
        scope: dict[str, object] = {"p": module}
        body = "class B(p.A): pass\nuse = lambda: B()" if use == derived else f"use = lambda: {use}"
        exec(body, scope)  # noqa: S102  # as a submission's module is executed
        with pytest.raises(ModuleNotFoundError, match="is not available here"):
            scope["use"]()  # type: ignore[operator]  # it is the lambda


def test_the_body_of_a_module_may_mention_what_it_does_not_use() -> None:
    source = """
import no_such_plots.pyplot as plt
from no_such_plots import transforms, Dataset
plt.style.use("ggplot")
plt.rcParams["figure.figsize"] = (3, 4)
to_tensor = transforms.Compose([transforms.ToTensor(), no_version := plt.__version__])
class Mine(Dataset):
    table: plt.Table | None = plt.Table[int]
    @plt.decorated
    def show(self, figure: plt.Figure) -> plt.Axes: ...
answer = isinstance(3, plt.Figure)
"""
    scope: dict[str, object] = {}
    with absent_modules(["no_such_plots"]):
        exec(source, scope)  # noqa: S102  # as a submission's module is executed
    assert scope["answer"] is False


def test_a_module_that_is_there_is_put_back_after_it_was_absent() -> None:
    with absent_modules(["json"]):
        assert isinstance(importlib.import_module("json"), AbsentModule)
    assert sys.modules["json"] is json


def test_a_module_that_the_submission_brings_is_its_own() -> None:
    with absent_modules(["losses", "no_such_plots"], {"losses/focal_loss.py": ""}):
        with pytest.raises(ModuleNotFoundError):  # as no finder of the test has the submission's files
            importlib.import_module("losses")
        importlib.import_module("no_such_plots")


def test_an_absent_progress_bar_iterates_over_what_it_is_given() -> None:
    with absent_modules(["tqdm"]):
        bar = importlib.import_module("tqdm.auto").tqdm([1, 2], desc="epoch")
        with bar as opened:
            opened.set_postfix(loss=1)
        assert (list(bar), len(bar)) == ([1, 2], 2)


def test_what_counts_beside_a_progress_bar_counts_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    with absent_modules(["tqdm"]):
        tqdm = importlib.import_module("tqdm")
        contrib = importlib.import_module("tqdm.contrib")
        tqdm.tqdm.write("half of it")
        tqdm.tqdm.pandas()
        assert list(tqdm.trange(1, 3)) == [1, 2]
        assert list(contrib.tenumerate("ab")) == [(0, "a"), (1, "b")]
        assert list(contrib.tzip("ab", "cd")) == [("a", "c"), ("b", "d")]
    assert capsys.readouterr().out == "half of it\n"


def test_a_package_lends_names_that_it_lacks_and_no_module_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("given")
    vars(package)["__getattr__"] = _only_cifar
    monkeypatch.setitem(sys.modules, "given", package)
    lend_names("given", ["given/own.py"])
    assert package.Cifar == 3
    with pytest.raises(ModuleNotFoundError, match=r"given\.Other is not available here"):
        package.Other()
    assert not hasattr(package, "own")
    assert not hasattr(package, "__path__")


def _only_cifar(name: str) -> int:
    if name != "Cifar":
        raise AttributeError(name)
    return 3
