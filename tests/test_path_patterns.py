"""Which paths a rubric's pattern stands for."""

from __future__ import annotations

import pytest

from grader.model.path_patterns import fits, pattern_fault


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("answers.toml", "answers.toml"),
        ("configs/a.yaml", "configs/*.yaml"),
        ("configs/a.yaml", "*/?.yaml"),
        ("report 2.pdf", "*.pdf"),
    ],
)
def test_a_path_fits_a_pattern_of_as_many_folders(path: str, pattern: str) -> None:
    assert fits(path, pattern)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("configs/deep/a.yaml", "configs/*.yaml"),
        ("a.yaml", "configs/*.yaml"),
        ("configs/a.yaml", "*.yaml"),
        ("Answers.toml", "answers.toml"),
        ("answersxtoml", "answers.toml"),
    ],
)
def test_a_star_matches_no_slash_and_a_dot_only_a_dot(path: str, pattern: str) -> None:
    assert not fits(path, pattern)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("/answers.toml", "below the submission"),
        ("../answers.toml", "below the submission"),
        ("configs//a.yaml", "below the submission"),
        ("configs\\a.yaml", "below the submission"),
        ("C:/a.yaml", "below the submission"),
        ("configs/", "below the submission"),
        ("configs/**/a.yaml", "one star at most"),
        (".ssh/id", "no hidden file"),
        ("models/*.py", "no Python"),
    ],
)
def test_what_is_no_pattern_is_told_why(pattern: str, why: str) -> None:
    assert why in pattern_fault(pattern)


@pytest.mark.parametrize("pattern", ["answers.toml", "configs/*.yaml", "checkpoints/*.pth", "review.pdf", "a.ipynb"])
def test_a_pattern_of_a_handout_has_no_fault(pattern: str) -> None:
    assert pattern_fault(pattern) == ""
