"""What holds for all layers of isolation, whichever they are, and the wall between the two sides of the sandbox."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from confinement import SOME

from grader.model.assignment import Profile
from grader.sandbox.layers import doctor, plan
from grader.sandbox.layers.layer import Layer, Planned, Request, Stage
from grader.sandbox.layers.registry import LAYERS

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="layers are made of Linux's")


@on_linux
def test_at_each_stage_one_layer_acts_and_in_the_order_of_the_stages() -> None:
    stages = [stage for stage, _, _ in plan.prepare(Request(profile=Profile.MEMORY, limits=SOME)).steps]
    assert stages == sorted(stages)
    assert [stage for stage, count in Counter(stages).items() if count > 1] == []
    assert {*Stage} - {*stages} <= {Stage.USER, Stage.LANDLOCK}  # not every user and kernel has these


def test_no_two_layers_have_one_name_and_each_can_be_tried_or_put_in_force() -> None:
    assert len({layer.name for layer in LAYERS}) == len(LAYERS)
    assert [layer.name for layer in LAYERS if not layer.steps and layer.plan is None and layer.probe is None] == []


@on_linux
def test_a_file_in_the_package_is_a_layer_by_being_there(tmp_path: Path) -> None:
    (tmp_path / "watched.py").write_text(
        "from grader.sandbox.layers.layer import Layer\n"
        "LAYER = Layer(name='watched', probe=lambda _: (True, 'it is'))\n"
    )
    code = f"""
import grader.sandbox.layers
grader.sandbox.layers.__path__.append({str(tmp_path)!r})
from grader.sandbox.layers.doctor import examine
print([result.detail for result in examine() if result.name == "watched"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['it is']\n"


@on_linux
def test_a_layer_of_its_own_file_is_planned_recorded_and_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    steps = {Stage.SESSION: lambda worker: done.append(worker.keep)}
    extra = Layer(name="extra", plan=lambda _: Planned(label="extra:1", steps=steps), probe=lambda _: (True, "it is"))
    for module in (plan, doctor):
        monkeypatch.setattr(module, "LAYERS", (extra,))
    planned = plan.prepare(Request(profile=Profile.MEMORY, limits=SOME))
    assert planned.labels == ("extra:1",)
    assert [(stage, name) for stage, name, _ in planned.steps] == [(Stage.SESSION, "extra")]
    assert doctor.examine() == (doctor.ProbeResult("extra", True, "it is"),)


@on_linux
def test_a_layer_that_is_not_in_force_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LAYERS", (Layer(name="absent", plan=lambda _: None),))
    assert plan.prepare(Request(profile=Profile.MEMORY, limits=SOME)).labels == ()


@on_linux
def test_required_layers_are_examined_first() -> None:
    names = [result.name for result in doctor.examine()]
    assert {*names[: len(doctor.REQUIRED)]} == {*doctor.REQUIRED}


def imported_by(module: str) -> set[str]:
    """List what an interpreter that runs a module has imported of ours."""
    code = f"import sys, {module}; print(*[name for name in sys.modules if name.startswith('grader.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@on_linux
@pytest.mark.parametrize("module", ["zygote", "spawned_worker"])
def test_beside_a_students_code_nothing_of_the_judges_side_is_imported(module: str) -> None:
    found = imported_by(f"grader.sandbox.guest.{module}")
    shared = ("grader.sandbox", "grader.model", "grader.errors", "grader.drivers")
    assert "grader.sandbox.guest.worker" in found
    assert not {name for name in found if not name.startswith(shared) or name.startswith("grader.sandbox.host")}


def test_the_judges_side_imports_nothing_of_the_workers() -> None:
    found = imported_by("grader.sandbox.host.session")
    assert "grader.sandbox.host.spawn_server" in found
    assert not {name for name in found if ".guest" in name}
