from __future__ import annotations

import pytest

from grader.model import NOT_ISOLATED
from grader.sandbox.layers.requirements import ADVICE, REQUIRABLE, unmet

IN_FORCE = ("seccomp:memory", "landlock:7", "rlimits")


def test_a_layer_in_force_meets_what_is_asked_for_whatever_its_version() -> None:
    assert unmet(("seccomp", "landlock"), IN_FORCE) == ()


def test_a_layer_that_is_not_in_force_is_named_with_how_to_get_it() -> None:
    assert unmet(("uid",), IN_FORCE) == (
        f"the course asks for the layer uid, which is not in force here: {ADVICE['uid']}",
    )


def test_every_missing_layer_is_told_once() -> None:
    sentences = unmet(("uid", "cgroup", "uid"), IN_FORCE)
    assert [sentence.split(",")[0].split()[-1] for sentence in sentences] == ["uid", "cgroup"]


@pytest.mark.parametrize("layer", REQUIRABLE)
def test_nothing_is_met_without_isolation(layer: str) -> None:
    assert len(unmet((layer,), (NOT_ISOLATED,))) == 1
