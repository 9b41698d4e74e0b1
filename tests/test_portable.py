"""Students grade their own code on macOS and Windows too: nothing that only Linux has may be needed for `grade run`.

Another platform is stood in for: its name is told, and what it lacks of the standard library is not there. Packages,
which look at the name as they are imported, are imported before.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import build

STAND_IN = """
import importlib, os, signal, sys, sysconfig

platform, *arguments = sys.argv[1:]
for name in ("alembic.config", "asyncio.subprocess", "jinja2", "multiprocessing", "nbformat", "numpy", "pydantic",
             "pytest", "rich.console", "rich.progress", "sqlalchemy", "ssl", "subprocess", "typer", "yaml", "zoneinfo"):
    importlib.import_module(name)
sysconfig.get_config_vars()
lacks = {"win32": {"fcntl", "grp", "pwd", "resource", "termios"}, "darwin": set()}[platform]

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name in lacks:
            raise ImportError(f"{platform} has no {name}")

for name in lacks:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Lacking())
for name in ("memfd_create", "pidfd_open", "sched_getaffinity"):
    delattr(os, name)
if platform == "win32":
    for module, names in {os: ("fork", "geteuid", "getuid"), signal: ("SIGALRM", "SIGPROF", "setitimer")}.items():
        for name in names:
            delattr(module, name)
sys.platform, sys.argv = platform, ["grade", *arguments]
importlib.import_module("grader.cli").main()
"""


def ran(platform: str, *arguments: str, at: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", STAND_IN, platform, *arguments]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_ones_own_code_is_graded_elsewhere_and_the_difference_is_said(tmp_path: Path, platform: str) -> None:
    """On Windows the command could not be started; on both the budget of the judge read a file that is not there."""
    build(tmp_path)
    graded = ran(platform, "run", "tiny", "--submission", "reference/tiny/samples/correct", at=tmp_path)
    assert (graded.returncode, "Traceback" in graded.stderr) == (0, False), graded.stderr
    assert "Not isolated: the code ran with all that its user may do." in graded.stdout


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_strangers_code_is_refused_elsewhere_in_one_sentence(tmp_path: Path, platform: str) -> None:
    build(tmp_path)
    refused = ran(platform, "batch", "tiny", "reference/tiny/samples/correct", "--out", "results", at=tmp_path)
    assert refused.returncode == 3
    assert refused.stderr.startswith(f"this machine cannot grade: {platform} cannot isolate submissions: grade them on")
    assert refused.stderr.count("\n") == 1
