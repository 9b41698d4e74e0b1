"""The reference of `efficientnet` against counts and closed forms, its nuclei and training, and what drivers find."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from grader.course.discovery import Course
from grader.course.student_files import student_files
from grader.judging.grading import Grader, grade_submission
from grader.lint.lint import as_submission
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.subjects.recordings import Recordings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference" / "efficientnet"
SOLUTION = FOLDER / "solution"
FIGURE = "cellnet.svg"

Load = Callable[[str], Any]


@pytest.fixture
def load() -> Iterator[Load]:
    sources = {path.relative_to(SOLUTION).as_posix(): path.read_text() for path in SOLUTION.rglob("*.py")}
    with Program(sources).running() as program:
        yield program.load


@pytest.fixture
def drivers() -> Iterator[Load]:
    with Program({"drivers.py": (FOLDER / "drivers.py").read_text()}).running() as program:
        yield program.load


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_gates_are_those_of_the_formula(load: Load) -> None:
    layer, x = load("layers:SqueezeExcite")(8, 0.5), torch.randn(2, 8, 3, 4)
    first, second = layer.squeeze[0], layer.excite[0]
    means = x.mean(dim=(2, 3))
    hidden = nn.functional.silu(means @ first.weight[:, :, 0, 0].T + first.bias)
    gates = torch.sigmoid(hidden @ second.weight[:, :, 0, 0].T + second.bias)
    torch.testing.assert_close(layer(x), x * gates[:, :, None, None])


@pytest.mark.parametrize(("channels", "compression", "units"), [(32, 0.25, 8), (2, 0.25, 1), (6, 1.0, 6)])
def test_the_layer_between_has_at_least_one_unit(load: Load, channels: int, compression: float, units: int) -> None:
    assert load("layers:SqueezeExcite")(channels, compression).squeeze[0].out_channels == units


def test_parameters_are_as_many_as_the_layers_have(load: Load) -> None:
    wide, units = 128, 32
    gating = 2 * wide * units + units + wide
    expansion, depthwise, projection = 32 * wide + 2 * wide, 9 * wide + 2 * wide, wide * 32 + 2 * 32
    assert count(load("layers:MBConv")(32, 32)) == expansion + depthwise + gating + projection
    fused = load("layers:FusedMBConv")(32, 32)
    assert count(fused) == 9 * 32 * wide + 2 * wide + gating + projection
    assert count(fused) - gating == 41280


@pytest.mark.parametrize("kind", ["MBConv", "FusedMBConv"])
def test_sizes_are_halved_and_rounded_up(load: Load, kind: str) -> None:
    layer, x = load(f"layers:{kind}")(2, 2).eval(), torch.zeros(1, 2, 90, 91)
    sizes = []
    for _ in range(3):
        x = layer(x)
        sizes.append(tuple(x.shape[2:]))
    assert sizes == [(45, 46), (23, 23), (12, 12)]


@pytest.mark.parametrize("kind", ["MBConv", "FusedMBConv"])
def test_a_skip_is_there_only_where_it_fits_and_is_asked_for(load: Load, kind: str) -> None:
    make = load(f"layers:{kind}")
    layers = [make(4, 4, stride=1), make(4, 4, stride=2), make(4, 6, stride=1), make(4, 4, stride=1, skip=False)]
    assert [layer.adds_input for layer in layers] == [True, False, False, False]


@pytest.mark.parametrize("batch", [1, 3])
def test_cellnet_scores_any_batch_in_either_mode(load: Load, batch: int) -> None:
    model = load("model:CellNet")(5)
    for training in (True, False):
        assert model.train(training)(torch.zeros(batch, 3, 89, 91)).shape == (batch, 5)


def test_made_up_nuclei_are_bytes_of_three_classes_as_many_of_each(load: Load) -> None:
    images, labels = load("provided.nuclei:made_up")(12, 3)
    again, _ = load("provided.nuclei:made_up")(12, 3)
    assert (images.shape, images.dtype) == ((12, 3, 90, 90), np.uint8)
    assert np.bincount(labels).tolist() == [4, 4, 4]
    assert np.array_equal(images, again)


def test_nuclei_are_read_from_the_folders_of_their_classes(load: Load, tmp_path: Path) -> None:
    for label, name in enumerate(("tumor", "stromal", "TIL")):
        (tmp_path / "val" / name).mkdir(parents=True)
        Image.new("RGB", (90, 90), (255, 0, 85 * label)).save(tmp_path / "val" / name / "a.png")
    images = load("provided.nuclei:Nuclei")(tmp_path, "val")
    assert [label for _, label in (images[number] for number in range(3))] == [0, 1, 2]
    torch.testing.assert_close(images[1][0][:, 0, 0], torch.tensor([1.0, -1.0, 85 / 127.5 - 1]))
    assert images.origin == str(tmp_path / "val")


def test_a_nucleus_of_another_size_is_named(load: Load, tmp_path: Path) -> None:
    Image.new("RGB", (91, 90)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is 91 x 90 pixels large, expected 90 x 90"):
        load("provided.nuclei:read_image")(tmp_path / "a.png")


def test_a_file_that_is_no_image_is_named(load: Load, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ValueError, match=r"a\.png cannot be read as an image"):
        load("provided.nuclei:read_image")(tmp_path / "a.png")


def test_training_leaves_curves_confusion_matrix_and_summary(tmp_path: Path) -> None:
    environment = os.environ | {"MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)}
    command = [sys.executable, str(SOLUTION / "train.py"), "--epochs", "1", "--largest", "2", "--batch-size", "3"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / "figures" / name).stat().st_size > 1000 for name in ("losses.png", "confusion.png"))
    assert "Conv2d" in (tmp_path / "summary.txt").read_text()


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--batch-size", "0", "argument --batch-size: '0', expected a whole number of at least 1"),
        ("--largest", "-1", "argument --largest: '-1', expected a whole number of at least 1"),
        ("--learning-rate", "nan", "argument --learning-rate: 'nan', expected a number above 0"),
        ("--learning-rate", "fast", "argument --learning-rate: 'fast', expected a number above 0"),
    ],
)
def test_an_option_of_the_training_is_refused_in_a_sentence(
    load: Load, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, text: str, told: str
) -> None:
    parsed = load("train:parsed")
    monkeypatch.setattr("sys.argv", ["train.py", option, text])
    with pytest.raises(SystemExit):
        parsed()
    assert capsys.readouterr().err.endswith(f"{told}\n")


def test_ctrl_c_keeps_the_epochs_that_are_done(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended in a traceback, without curves."""
    main, losses, drawn = load("train:main"), iter([1.5]), []

    def train(*_arguments: object) -> float:
        loss = next(losses, None)
        if loss is None:
            raise KeyboardInterrupt
        return loss

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["train.py", "--largest", "1"])
    monkeypatch.setitem(main.__globals__, "train", train)
    monkeypatch.setitem(main.__globals__, "draw", lambda epochs, _confusion: drawn.append(len(epochs)))
    main()
    assert drawn == [1]
    assert "stopped after epoch 1" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):
        main()


def test_the_summary_is_that_of_torchinfo_where_it_is_installed(monkeypatch: pytest.MonkeyPatch, load: Load) -> None:
    shown = SimpleNamespace(summary=lambda model, input_size, verbose: f"{type(model).__name__} {input_size} {verbose}")
    monkeypatch.setitem(sys.modules, "torchinfo", shown)
    model = load("model:CellNet")()
    assert load("train:summary")(model) == "CellNet (1, 3, 90, 90) 0\n"
    monkeypatch.setitem(sys.modules, "torchinfo", None)
    assert load("train:summary")(model).splitlines()[-1] == f"{count(model)} parameters"


def test_the_figure_is_handed_out_with_the_instructions() -> None:
    files = student_files(Course(ROOT).load("efficientnet"))
    assert f"({FIGURE})" in files["README.md"]
    assert files[FIGURE] == (FOLDER / FIGURE).read_text()


def test_arguments_are_found_by_what_their_names_mean(drivers: Load) -> None:
    def element(inp: int, oup: int, s: float, stride: int, e: int, d: float, use_res: bool) -> None: ...  # a student's

    given = {"in_channels": 1, "out_channels": 2, "expansion": 3, "stride": 4, "compression": 0.5, "dropout": 0.6}
    assert drivers("drivers:_placed")(element, {**given, "skip": True}) == (
        [],
        {"inp": 1, "oup": 2, "s": 0.5, "stride": 4, "e": 3, "d": 0.6, "use_res": True},
    )


def test_a_reduction_is_given_for_a_compression(drivers: Load) -> None:
    def squeeze(planes: int, reduction: int = 16) -> None: ...

    found = drivers("drivers:_placed")(squeeze, {"in_channels": 32, "compression": 0.25})
    assert found == ([], {"planes": 32, "reduction": 4})


def test_arguments_have_the_names_of_published_networks(drivers: Load) -> None:
    """A right MBConv with `noskip` and one with `s` for its stride lost up to 40 points."""

    def timms(in_chs: int, out_chs: int, kernel_size: int, exp_ratio: int, noskip: bool = False) -> None: ...
    def others(kernel: int, inplane: int, plane: int, se_rate: float, se: bool = True, *, norm_layer: type) -> None: ...
    def shortest(c_in: int, c_out: int, s: int = 2, e: int = 4, se: float = 0.25) -> None: ...
    def reduced(in_chs: int, rd_ratio: float = 0.25) -> None: ...

    given = {"in_channels": 1, "out_channels": 2, "expansion": 3, "stride": 4, "compression": 0.5, "skip": True}
    found = [drivers("drivers:_placed")(one, given)[1] for one in (timms, shortest, others)]
    assert found[0] == {"in_chs": 1, "out_chs": 2, "kernel_size": 3, "exp_ratio": 3, "noskip": False}
    assert found[2] == {"kernel": 3, "inplane": 1, "plane": 2, "norm_layer": nn.BatchNorm2d, "se_rate": 0.5}
    assert found[1] == {"c_in": 1, "c_out": 2, "s": 4, "e": 3, "se": 0.5}
    assert drivers("drivers:_placed")(reduced, {"in_channels": 8, "compression": 0.5})[1]["rd_ratio"] == 0.5


def test_arguments_whose_names_say_nothing_are_given_in_the_assignments_order(drivers: Load) -> None:
    def block(a: int, b: int, z: int, stride: int = 2) -> None: ...

    found = drivers("drivers:_placed")(block, {"repeats": 2, "in_channels": 3, "out_channels": 5, "stride": 1})
    assert found == ([], {"a": 2, "b": 3, "z": 5, "stride": 1})


def test_arguments_of_any_name_are_given_as_the_element_or_the_assignment_calls_them(drivers: Load) -> None:
    """An element with **kwargs was made with its defaults, and a block's stride went to its element's expansion."""

    def element(cin: int, cout: int, **config: float) -> None: ...

    def block(n: int, cin: int, cout: int, *rest: float, **config: float) -> None: ...

    def other(cin: int, cout: int, stride: int = 2, t: int = 4) -> None: ...

    given = {"in_channels": 3, "out_channels": 5, "expansion": 6, "stride": 1}
    placed = drivers("drivers:_placed")
    assert placed(element, given) == ([], {"cin": 3, "cout": 5, "expansion": 6, "stride": 1})
    found = placed(block, {"repeats": 2, **given}, other)
    assert found == ([], {"n": 2, "cin": 3, "cout": 5, "t": 6, "stride": 1})


GATES = "self.excite(self.squeeze(x.mean(dim=(2, 3), keepdim=True)))"
FIRST, SECOND = ("self.squeeze[0].weight.flatten(1)", "self.excite[0].weight.flatten(1)")
ONE_BY_ONE = (  # the weights from the left, image by image
    f"torch.sigmoid({SECOND} @ nn.functional.silu({FIRST} @ x.mean(dim=(2, 3))[:, :, None] +"
    " self.squeeze[0].bias[:, None]) + self.excite[0].bias[:, None])[:, :, :, None]"
)
TOGETHER = (
    f"torch.sigmoid({SECOND} @ nn.functional.silu({FIRST} @ x.mean(dim=(2, 3)).T +"
    " self.squeeze[0].bias[:, None]) + self.excite[0].bias[:, None]).T[:, :, None, None]"
)
WRITTEN_OUT = (
    "torch.sigmoid((nn.functional.silu((x.mean(dim=(2, 3))[:, None] * self.squeeze[0].weight.flatten(1)).sum(-1) +"
    " self.squeeze[0].bias)[:, None] * self.excite[0].weight.flatten(1)).sum(-1) +"
    " self.excite[0].bias)[..., None, None]"
)
STYLES = {
    "products and sums": (GATES, WRITTEN_OUT),
    "weights from the left": (GATES, TOGETHER),
    "weights from the left, image by image": (GATES, ONE_BY_ONE),
    **{name: ("nn.SiLU()", f"nn.{name}()") for name in ("ReLU6", "ELU", "LeakyReLU", "PReLU", "Softplus")},
    "steep": ("nn.SiLU()", "nn.LeakyReLU(0.6)"),
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(Course(ROOT).load("efficientnet"), recordings=Recordings()) as opened:
        yield opened


@pytest.mark.parametrize("style", STYLES)
def test_a_product_and_an_activation_may_be_any(grader: Grader, style: str) -> None:
    """ReLU6 was told that nothing stands between the layers, PReLU that it has no gradient, products two units.

    So was a leaky ReLU that is steep; Softplus, which makes something of 0, was told of a wrong value.
    """
    course, (old, new) = grader.course, STYLES[style]
    tree = {**course.solution, "layers.py": course.solution["layers.py"].replace(old, new)}
    assert tree != course.solution
    only = (
        "se_gate", "se_range", "se_width", "se_gradient", "squeezes", "compressions", "activations", "cellnet_gradient"
    )  # fmt: skip
    found = grade_submission(grader, as_submission(course, style, tree), only=only)
    failed = {row.name: row.message for row in found.checks if row.name in only and row.status is not Status.PASSED}
    assert failed == {}


def test_an_activation_that_cuts_off_on_both_sides_is_one(grader: Grader) -> None:
    """What stands between convolutions is the student's choice; in squeeze and excite it is a ReLU or a SiLU."""
    course = grader.course
    before, elements = course.solution["layers.py"].split("class MBConv")
    text = f"{before}class MBConv{elements.replace('nn.SiLU()', 'nn.Tanh()')}"
    assert text.count("nn.Tanh()") == 3
    found = grade_submission(grader, as_submission(course, "tanh", {**course.solution, "layers.py": text}))
    assert {row.name: row.message for row in found.checks if row.status is not Status.PASSED} == {}
