"""Which Pythons `make test-pythons` finds on a machine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pythons import interpreters

VERSION = sys.version_info[:2]
NAME = f"python{VERSION[0]}.{VERSION[1]}"


def test_of_the_programs_of_a_name_the_first_that_runs_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in of pyenv, which says that no version is chosen and ends, was taken for that version."""
    refusing = f"#!/bin/sh\necho '{NAME}: command not found' >&2\nexit 127\n"
    for folder in ("shims", "bin"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shims" / NAME).write_text(refusing, encoding="utf-8")
    (tmp_path / "shims" / NAME).chmod(0o755)
    (tmp_path / "bin" / NAME).symlink_to(sys.executable)
    (tmp_path / "bin/python3.10").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    assert interpreters() == {VERSION: tmp_path / "bin" / NAME}
