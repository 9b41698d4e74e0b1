"""Modules from source text in memory: found, executed afresh, and gone without a trace."""

from __future__ import annotations

import importlib
import sys
import traceback
import types
from pathlib import Path
from textwrap import dedent

import pytest

from grader.errors import BrokenFileError, FatalFileError, MissingError
from grader.model.observation import BrokenFile
from grader.sandbox.guest.program import Program


def program(**files: str) -> Program:
    """Make a program of files; `__` in a name stands for a folder."""
    return Program({name.replace("__", "/") + ".py": dedent(text) for name, text in files.items()})


def loaded(modules: Program, target: str) -> object:
    with modules.running():
        return modules.load(target)


def test_a_name_is_loaded_from_a_file_in_a_folder_without_init() -> None:
    assert loaded(program(modules__deep__relu="LIMIT = 3"), "modules.deep.relu:LIMIT") == 3


def test_a_file_imports_its_neighbours_by_their_full_name() -> None:
    modules = program(modules__a="from modules.b import x\nimport modules.b as b\ny = b.x + x", modules__b="x = 2")
    assert loaded(modules, "modules.a:y") == 4


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("from .b import x", 1),
        ("from . import b; x = b.x", 1),
        ("from ..top import x", 2),
        ("from ..other.c import x", 3),
        ("from .. import top; x = top.x", 2),
    ],
)
def test_relative_imports_reach_what_they_would_on_disk(statement: str, value: int) -> None:
    modules = program(pkg__sub__a=statement, pkg__sub__b="x = 1", pkg__top="x = 2", pkg__other__c="x = 3")
    assert loaded(modules, "pkg.sub.a:x") == value


def test_an_init_file_is_the_package() -> None:
    modules = Program({"modules/__init__.py": "from .relu import x\ny = x + 1", "modules/relu.py": "x = 1"})
    assert loaded(modules, "modules:y") == 2


def test_an_init_file_runs_before_the_files_in_its_folder() -> None:
    modules = Program({
        "log.py": "seen = []",
        "modules/__init__.py": "import log; log.seen.append('package')",
        "modules/a.py": "import log; log.seen.append('a'); seen = log.seen",
    })  # fmt: skip
    assert loaded(modules, "modules.a:seen") == ["package", "a"]


def test_two_files_may_import_each_other() -> None:
    modules = program(a="import b\ndef f(): return b.g()", b="import a\ndef g(): return a.__name__")
    with modules.running():
        function = modules.load("a:f")
        assert callable(function)
        assert function() == "a"


def test_a_file_that_does_not_parse_costs_only_its_importers() -> None:
    modules = program(good="x = 1", bad="def f(:\n    pass", user="import bad")
    with modules.running():
        assert modules.load("good:x") == 1
        for target in ("bad:f", "user:x"):
            with pytest.raises(BrokenFileError):
                modules.load(target)


def test_a_file_that_does_not_parse_is_told_with_line_and_column() -> None:
    modules = program(bad="x = 1\ny = = 2\n")
    modules.compile_all()
    assert modules.broken == {"bad.py": BrokenFile("invalid syntax", 2, 5)}
    with modules.running(), pytest.raises(BrokenFileError) as caught:
        modules.load("bad:x")
    assert (caught.value.filename, caught.value.lineno, caught.value.offset) == ("bad.py", 2, 5)


@pytest.mark.parametrize(
    "source",
    ["x = " + "-" * 200_000 + "1", "x = " + "(" * 1000, "x = 1\0", "x = '\ud800'"],
    ids=["signs", "brackets", "a null byte", "a surrogate"],
)
def test_a_file_that_upsets_the_compiler_is_broken_like_any_other(source: str) -> None:
    modules = Program({"bad.py": source, "good.py": "x = 1"})
    modules.compile_all()
    assert [*modules.broken] == ["bad.py"]
    assert loaded(modules, "good:x") == 1


def test_what_is_known_to_be_broken_is_not_compiled_again() -> None:
    compiled: list[str] = []
    modules = Program({"a.py": "x = 1", "b.py": "x = 1"}, before=lambda step, path: compiled.append(path))
    modules.compile_all({"a.py": BrokenFile("the compiler crashed on this file")})
    assert compiled == ["b.py"]
    with modules.running(), pytest.raises(BrokenFileError, match="the compiler crashed on this file"):
        modules.load("a:x")


def test_a_file_that_ended_an_earlier_process_is_not_executed() -> None:
    modules = program(deadly="raise AssertionError('executed')", user="import deadly")
    modules.fatal = frozenset({"deadly.py"})
    with modules.running():
        for target in ("deadly:x", "user:x"):
            with pytest.raises(FatalFileError, match=r"^deadly\.py$"):
                modules.load(target)


def test_modules_are_executed_afresh_in_every_block() -> None:
    modules = program(counter="count = 0\ndef tick():\n    global count\n    count += 1\n    return count")
    ticks = []
    for _ in range(3):
        with modules.running():
            tick = modules.load("counter:tick")
            assert callable(tick)
            ticks.append(tick())
    assert ticks == [1, 1, 1]


def test_a_module_is_executed_once_within_a_block() -> None:
    modules = program(counter="value = []", user="import counter; value = counter.value")
    with modules.running():
        assert modules.load("counter:value") is modules.load("user:value")


def test_nothing_stays_behind_after_the_block() -> None:
    before, path = dict(sys.modules), [*sys.meta_path]
    with program(modules__a="import modules.b", modules__b="x = 1").running() as modules:
        modules.load("modules.a:modules")
        assert {"modules", "modules.a", "modules.b"} <= sys.modules.keys()
    assert sys.modules == before
    assert sys.meta_path == path


def test_nothing_stays_behind_when_the_block_raises() -> None:
    before, path = dict(sys.modules), [*sys.meta_path]
    modules = program(a="import b; raise ValueError", b="x = 1")
    with pytest.raises(ValueError), modules.running():
        modules.load("a:x")
    assert sys.modules == before
    assert sys.meta_path == path


def test_nothing_stays_behind_when_the_code_has_emptied_the_import_path() -> None:
    kept, before = [*sys.meta_path], dict(sys.modules)
    modules = program(a="import sys\nfinders = sys.meta_path[:]\nsys.meta_path.clear()")
    try:
        with modules.running():
            modules.load("a:finders")
    finally:
        left, sys.meta_path[:] = [*sys.meta_path], kept
    assert left == []
    assert sys.modules == before


def test_a_name_that_was_taken_is_put_back_after_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = types.ModuleType("tasks")
    ours.x = "ours"  # type: ignore[attr-defined]  # made up here
    monkeypatch.setitem(sys.modules, "tasks", ours)
    modules = program(tasks="x = 'theirs'", user="import tasks; x = tasks.x")
    assert loaded(modules, "user:x") == "theirs"
    assert sys.modules["tasks"] is ours


def test_a_name_that_is_taken_for_good_is_not_claimed() -> None:
    modules = Program({"json.py": "dumps = None", "a.py": "from json import dumps"}, taken=["json"])
    assert callable(loaded(modules, "a:dumps"))
    with pytest.raises(MissingError, match=r"^json\.py is missing from the submission$"):
        loaded(modules, "json:dumps")


def test_a_module_that_is_not_among_the_sources_is_not_looked_for_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package's search path named its folder, so the judge would have run a student's file lying in the cwd."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "stray.py").write_text("raise AssertionError('a file on disk was executed')")
    monkeypatch.chdir(tmp_path)
    importlib.invalidate_caches()
    modules = program(modules__a="import modules.stray")
    with modules.running(), pytest.raises(ModuleNotFoundError):
        modules.load("modules.a:x")


def test_the_rest_of_python_can_be_imported() -> None:
    assert loaded(program(a="from fractions import Fraction\nx = Fraction(1, 2) * 2"), "a:x") == 1


def test_a_missing_file_is_told_by_its_path() -> None:
    with pytest.raises(MissingError, match=r"^modules/relu\.py is missing from the submission$"):
        loaded(program(modules__linear="x = 1"), "modules.relu:ReLU")


def test_a_missing_name_is_told_with_its_file() -> None:
    with pytest.raises(MissingError, match=r"^modules/relu\.py defines no ReLU$"):
        loaded(program(modules__relu="class Relu: pass"), "modules.relu:ReLU")


def test_what_a_module_raises_goes_through_and_the_next_load_tries_again() -> None:
    modules = program(a="raise KeyError('x')")
    with modules.running():
        for _ in range(2):
            with pytest.raises(KeyError, match="x"):
                modules.load("a:x")
    assert "a" not in sys.modules


def test_a_traceback_names_the_students_path_and_quotes_their_line() -> None:
    modules = program(modules__relu="def f():\n    return 1 / 0  # here\n")
    with modules.running():
        function = modules.load("modules.relu:f")
        assert callable(function)
        with pytest.raises(ZeroDivisionError) as caught:
            function()
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.lineno, frame.name) == ("modules/relu.py", 2, "f")
    assert "return 1 / 0  # here" in "".join(traceback.format_exception(caught.value))


def test_a_module_knows_its_file_and_package() -> None:
    modules = program(modules__relu="facts = (__file__, __name__, __package__)")
    assert loaded(modules, "modules.relu:facts") == ("modules/relu.py", "modules.relu", "modules")


def test_the_supervisor_hears_of_each_file_before_it_is_compiled_or_executed() -> None:
    told: list[tuple[str, str]] = []
    sources = {"a.py": "import b", "b.py": "import c.d", "c/d.py": "x = 1"}
    modules = Program(sources, before=lambda step, path: told.append((step, path)))
    modules.compile_all()
    assert told == [("compile", "a.py"), ("compile", "b.py"), ("compile", "c/d.py")]
    told.clear()
    loaded(modules, "a:b")
    assert told == [
        ("import", "a.py"), ("import", "b.py"), ("import", "c/d.py"),
        ("imported", "c/d.py"), ("imported", "b.py"), ("imported", "a.py"),
    ]  # fmt: skip


def test_the_supervisor_hears_that_an_import_is_over_when_it_raised() -> None:
    """A file whose import had raised stayed the suspect: it was blamed when a later call died elsewhere."""
    told: list[tuple[str, str]] = []
    modules = Program({"a.py": "raise ValueError"}, before=lambda step, path: told.append((step, path)))
    modules.compile_all()
    told.clear()
    with pytest.raises(ValueError):
        loaded(modules, "a:x")
    assert told == [("import", "a.py"), ("imported", "a.py")]


def test_a_file_is_compiled_once_however_often_it_runs() -> None:
    told: list[str] = []
    modules = Program({"a.py": "x = 1"}, before=lambda step, path: told.append(step))
    for _ in range(3):
        loaded(modules, "a:x")
    assert told.count("compile") == 1


def test_future_statements_of_ours_do_not_reach_a_file() -> None:
    assert loaded(program(a="def f(x: int): pass\nx = f.__annotations__['x']"), "a:x") is int


def test_a_circular_import_is_named_as_python_names_it() -> None:
    sources = {"a/__init__.py": "", "a/b.py": "from a.c import C\nB = 1\n", "a/c.py": "from a.b import B\nC = 1\n"}
    circular = r"partially initialized module 'a\.b'"
    with Program(sources).running() as program, pytest.raises(ImportError, match=circular):
        program.load("a.b:B")


def test_a_module_is_an_attribute_of_its_package_and_forgotten_when_it_raises() -> None:
    sources = {"a/__init__.py": "", "a/b.py": "import a.c\nSAME = a.c.HERE\n", "a/c.py": "HERE = 1\n", "d.py": "1 / 0"}
    with Program(sources).running() as program:
        assert program.load("a.b:SAME") == 1
        assert sys.modules["a"].b is sys.modules["a.b"]  # type: ignore[attr-defined]  # the import system's doing
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                program.load("d:X")
            assert "d" not in sys.modules


def test_a_module_may_put_another_object_in_its_place() -> None:
    sources = {"a.py": "import sys\nimport types\nsys.modules[__name__] = types.SimpleNamespace(X=7)\n"}
    with Program(sources).running() as program:
        assert program.load("a:X") == 7


@pytest.mark.parametrize(
    "folder", ["os.path.dirname(__file__)", "os.path.dirname(os.path.abspath(__file__))", "str(Path(__file__).parent)"]
)
def test_a_folder_that_is_put_on_the_path_gives_its_files(folder: str) -> None:
    source = f"import os, sys\nfrom pathlib import Path\nsys.path.append({folder})\nfrom b import x"
    assert loaded(program(pkg__a=source, pkg__b="x = 4"), "pkg.a:x") == 4


def test_a_folder_on_the_path_is_gone_with_the_program() -> None:
    modules, before = program(pkg__a="import sys\nsys.path.append('pkg')\nimport b", pkg__b="x = 4"), list(sys.path)
    loaded(modules, "pkg.a:b")
    assert (sys.path, "b" in sys.modules) == (before, False)
    with modules.running(), pytest.raises(ModuleNotFoundError):
        importlib.import_module("b")


def test_a_module_finds_itself_alone_on_the_command_line() -> None:
    """Options that are read while a file is imported were those of the fork server."""
    source = "import argparse, sys\nargparse.ArgumentParser().parse_args()\nseen = sys.argv"
    before = sys.argv
    assert loaded(program(pkg__a=source), "pkg.a:seen") == ["pkg/a.py"]
    assert sys.argv is before


def test_a_file_in_newer_syntax_says_which_python_it_needs() -> None:
    modules = program(a="type Vector = list[float]")
    modules.compile_all()
    if sys.version_info < (3, 12):
        assert modules.broken["a.py"].message.startswith("a type statement needs Python 3.12, and this is 3.")
    else:
        assert modules.broken == {}


def test_a_merge_that_is_not_finished_is_told_as_that() -> None:
    """It was called invalid syntax."""
    modules = program(
        a="def f():\n<<<<<<< HEAD\n    return 1\n=======\n    return 2\n>>>>>>> theirs\n", b="x = 1\n=======\n"
    )
    modules.compile_all()
    assert modules.broken["a.py"].message.startswith(
        "line 2 begins with <<<<<<<, which git writes where a merge is not"
    )
    assert modules.broken["b.py"].message == "invalid syntax"


def test_a_package_in_a_folder_that_code_puts_on_the_path_is_found_whole() -> None:
    """Its `__init__` ran as a module of its own, for which nothing is relative."""
    appends = "import os, sys\nsys.path.append(os.path.join(os.path.dirname(os.path.dirname(__file__)), 'lib'))\n"
    tree = {
        "modules/relu.py": f"{appends}from tools import LIMIT\nimport tools.limits\n",
        "lib/tools/__init__.py": "from .limits import LIMIT\n",
        "lib/tools/limits.py": "LIMIT = 3\n",
    }
    assert loaded(Program(tree), "modules.relu:LIMIT") == 3
    assert {"tools", "tools.limits"}.isdisjoint(sys.modules)


@pytest.mark.parametrize("statement", ["from colorsys import _VIVID_TYPES", "from colorsys import (ONE_THIRD, _HUES)"])
def test_a_name_that_a_library_lacks_costs_only_who_uses_it(statement: str) -> None:
    """A name of a private module, imported by an editor and never used, took 38 points from right layers."""
    modules = program(layers=f"{statement}\nname = [*globals()][-1]\nx = 1\ndef used():\n    return globals()[name]()")
    assert loaded(modules, "layers:x") == 1
    used = loaded(modules, "layers:used")
    with pytest.raises(ModuleNotFoundError, match=r"colorsys\._\w+ is not available here"):
        used()  # type: ignore[operator]  # a function
    assert not [name for name in vars(importlib.import_module("colorsys")) if name in {"_VIVID_TYPES", "_HUES"}]


def test_a_name_that_another_file_lacks_is_missed_where_it_is_imported() -> None:
    with pytest.raises(ImportError, match="cannot import name 'y' from 'b'"):
        loaded(program(a="from b import y", b="x = 1"), "a:y")


def test_who_is_ready_for_a_name_that_a_library_lacks_is_told_that_it_does() -> None:
    ready = "try:\n    from colorsys import hue\nexcept ImportError:\n    hue = 3"
    assert loaded(program(a=ready), "a:hue") == 3
