"""Modules that a submission imports and does without."""

from __future__ import annotations

import importlib
import json
import sys

import pytest

from grader.drivers.absent_modules import AbsentModule, absent_modules


def test_an_absent_module_can_be_imported_inside_the_block_alone() -> None:
    with absent_modules(["no_such_plots"]):
        assert importlib.import_module("no_such_plots.pyplot").figure is not None
    assert [name for name in sys.modules if name.startswith("no_such_plots")] == []
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_plots")


def test_what_is_used_of_an_absent_module_raises_and_says_which_it_is() -> None:
    with absent_modules(["no_such_plots"]):
        module = importlib.import_module("no_such_plots")
        with pytest.raises(RuntimeError, match=r"no_such_plots\.Figure is not here"):
            module.Figure()
        with pytest.raises(RuntimeError, match=r"no_such_plots\.savefig is not here"):
            module.savefig("a.png")


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
