"""What a message names to install is what the extra needs, and nothing that a stranger may have published."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader.course.installation import DISTRIBUTION, install_command

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]


def test_the_distribution_has_the_name_that_pyproject_gives_it() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    assert metadata.version(DISTRIBUTION) == PROJECT["version"]


@pytest.mark.parametrize("extra", ["cluster", "postgresql", "review"])
def test_the_packages_of_an_extra_are_named(extra: str) -> None:
    for line in PROJECT["optional-dependencies"][extra]:
        assert Requirement(line).name in install_command(extra)
    assert "grade" not in install_command(extra)


def test_from_unpacked_sources_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_name: str) -> list[str]:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "requires", nothing)
    assert install_command("review") == "pip install '.[review]'"
