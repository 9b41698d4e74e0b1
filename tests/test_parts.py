"""Parts that are imported on first use: none of them may be missing in a worker that reads no files."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from grader.model.assignment import Runtime
from grader.model.observation import Value
from grader.sandbox.guest.parts import built_on, parts_of
from grader.sandbox.guest.preload import shared_libraries
from grader.sandbox.host.fork_server import ForkServer
from grader.sandbox.host.session import Session
from grader.subjects.recordings import call_bytes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers without files are made of Linux's layers")
DRIVERS = "def call(impl, target):\n    return impl.load(target)()\n"

USED = ("numpy.", *(f"torch.{part}." for part in ("autograd", "cuda", "func", "fx", "jit", "nn", "optim", "utils")))

# Ask every public attribute of a package and of the packages in it, and import every part by its name.
REACHED = """
import importlib, types, warnings
def f():
    warnings.simplefilter("ignore")
    failed, seen, waiting = [], set(), [importlib.import_module(PACKAGE)]
    def reach(what, act):
        try:
            return act()
        except (ImportError, OSError):
            failed.append(what)
        except (Exception, SystemExit):
            return None  # what is deprecated says so, and programs end
    while waiting:
        module = waiting.pop()
        seen.add(module.__name__)
        for name in [name for name in dir(module) if not name.startswith("_")]:
            value = reach(f"{module.__name__}.{name}", lambda: getattr(module, name))
            if isinstance(value, types.ModuleType) and value.__name__ not in seen:
                waiting += [value] if value.__name__.startswith(PACKAGE) else []
    for name in NAMES:
        reach(name, lambda: importlib.import_module(name))
    return failed
"""


@pytest.fixture(scope="module")
def torch_server() -> Iterator[ForkServer]:
    pytest.importorskip("torch")
    server = ForkServer(Runtime(modules=("numpy", "torch"), memory_mb=2048))
    yield server
    server.stop()


def value_of(server: ForkServer, source: str) -> Value:
    session = Session(server, {"a.py": source}, DRIVERS, server.runtime, {})
    try:
        seen = session.observe(call_bytes("call", {"target": "a:f"}), 300.0, 1)
    finally:
        session.close()
    assert seen.failure is None, seen.failure
    return seen.value


@pytest.mark.parametrize("package", ["numpy", "torch"])
def test_what_a_package_imports_on_first_use_is_there(package: str, torch_server: ForkServer) -> None:
    """`torch.load` of bytes and `nn.utils.prune` were not: whatever can be had where there are files can be had."""
    importlib.import_module(package)
    parts = [name for name in parts_of((package,)).parts if name.startswith(USED) and "._" not in name]
    names = [name for name in parts if not name.endswith((".gen_pyi", ".conftest"))]  # programs
    source = f"PACKAGE = {package!r}\nNAMES = {names!r}\n{REACHED}"
    with_files = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{source}\nimport json; print(json.dumps(f()))"],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    failed = value_of(torch_server, source)
    assert isinstance(failed, list)
    assert set(failed) - set(json.loads(with_files.stdout.splitlines()[-1])) == set()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python 3.12 has no distutils any more")
def test_what_the_standard_library_calls_deprecated_is_there_all_the_same(torch_server: ForkServer) -> None:
    """`from distutils.version import LooseVersion` stands above the checks of versions in many a student's file."""
    source = """
import warnings
warnings.simplefilter("ignore")
from distutils.version import LooseVersion
def f():
    return LooseVersion("1.13.1") < LooseVersion("2.0")
"""
    assert value_of(torch_server, source) is True


def test_shared_libraries_are_imported_ahead_after_what_they_are_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scikit-learn's and scipy's were not: they cannot be loaded from memory."""
    package = tmp_path / "quarry"
    for name in (
        "__init__.py",
        f"stone{EXTENSION_SUFFIXES[0]}",
        "sub/__init__.py",
        f"sub/_fast{EXTENSION_SUFFIXES[0]}",
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()
    for name in (
        f"_test_it{EXTENSION_SUFFIXES[0]}",
        f"tests/a{EXTENSION_SUFFIXES[0]}",
        f"lib/b{EXTENSION_SUFFIXES[0]}",
    ):
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "quarry", raising=False)
    importlib.import_module("quarry")
    theirs = [name for name in shared_libraries(["quarry"]) if name.startswith("quarry")]
    assert theirs == ["quarry", "quarry.stone", "quarry.sub", "quarry.sub._fast"]


def test_a_package_is_built_on_what_is_installed_and_never_on_the_harness() -> None:
    found = built_on(["yaml"])
    assert {"numpy", "yaml"} <= set(found)
    assert "grader" not in found


def test_what_only_prepares_for_files_does_nothing_where_there_are_none(torch_server: ForkServer) -> None:
    """A folder for checkpoints at the top of a module cost everything in it; to write into it is refused as before."""
    source = """
import logging, os
from pathlib import Path
os.makedirs("runs/checkpoints", exist_ok=True)
os.chdir(os.path.dirname(os.path.abspath(__file__)))
if not Path("data").exists():
    Path("data").mkdir(parents=True)
logging.basicConfig(filename="train.log", level=logging.INFO)
logging.info("begun")
def f():
    try:
        open("runs/a.txt", "w")
    except PermissionError:
        return Path("data").is_dir()
"""
    assert value_of(torch_server, source) is False


def test_forward_mode_derivatives_find_the_source_that_they_compile(torch_server: ForkServer) -> None:
    """`torch.func.hessian` compiles functions of torch itself, which nobody else may: nothing else is compiled."""
    source = """
import torch
from torch.func import hessian
def f():
    return hessian(lambda x: (x ** 3).sum())(torch.ones(2)).tolist()
"""
    assert value_of(torch_server, source) == [[6.0, 0.0], [0.0, 6.0]]
