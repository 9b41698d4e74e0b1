"""The reference of `explain` against closed forms, what it says of bad input, and the assignment's provided files."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.course.discovery import Course
from grader.rules.late import decide
from grader.sandbox.guest.program import Program

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference" / "explain"
SOLUTION = FOLDER / "solution"

Load = Callable[[str], Any]


@pytest.fixture
def load() -> Iterator[Load]:
    sources = {path.relative_to(SOLUTION).as_posix(): path.read_text() for path in SOLUTION.rglob("*.py")}
    with Program(sources).running() as program:
        yield program.load


@pytest.fixture
def seeded() -> None:
    torch.manual_seed(20261130)


def network() -> nn.Sequential:
    """Make a network in double precision whose gradients differ from place to place."""
    head = (nn.Flatten(), nn.Linear(5 * 3 * 4, 6), nn.Tanh(), nn.Linear(6, 3))
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 1), *head).double()


@pytest.mark.usefixtures("seeded")
def test_grad_cam_weighs_channels_by_central_differences_of_the_score(load: Load) -> None:
    model, image, step = network(), torch.randn(3, 8, 10, dtype=torch.float64), 1e-6
    activations = model[:4](image[None]).detach()
    heat = torch.zeros(3, 4, dtype=torch.float64)
    for channel in range(5):
        shift = torch.zeros_like(activations)
        shift[0, channel] = step
        slope = (model[4:](activations + shift) - model[4:](activations - shift))[0, 2] / (2 * step)
        heat += slope.detach() / 12 * activations[0, channel]
    wanted = F.interpolate(F.relu(heat)[None, None], size=(8, 10), mode="bilinear", align_corners=False)[0, 0]
    got = load("explain:grad_cam")(model, image, 2)
    torch.testing.assert_close(got, wanted / wanted.max(), rtol=1e-7, atol=1e-9)


def test_grad_cam_of_a_network_of_means_is_the_channel_that_the_class_looks_at(load: Load) -> None:
    class Means(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 1, bias=False)
            self.conv.weight.data = torch.eye(2)[:, :, None, None]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x).mean(dim=(2, 3))

    image = torch.tensor([[[0.0, 1.0], [2.0, 4.0]], [[3.0, 0.0], [0.0, 0.0]]])
    got = [load("explain:grad_cam")(Means(), image, target).tolist() for target in (0, 1)]
    assert got == [[[0, 0.25], [0.5, 1]], [[1, 0], [0, 0]]]


@pytest.mark.usefixtures("seeded")
def test_feature_maps_are_the_layers_outputs_scaled_by_their_extremes(load: Load) -> None:
    model, images = network(), torch.randn(2, 3, 8, 10, dtype=torch.float64)
    maps = load("explain:feature_maps")(model, images)
    for (name, got), end in zip(maps.items(), (1, 3, 4), strict=True):
        output = model[:end](images).detach().numpy()[:, :5]
        low, high = output.min(axis=(2, 3), keepdims=True), output.max(axis=(2, 3), keepdims=True)
        np.testing.assert_allclose(got, (output - low) / (high - low), err_msg=name, rtol=1e-12)


@pytest.mark.usefixtures("seeded")
def test_examples_are_those_that_the_network_classifies_rightly_and_wrongly(load: Load) -> None:
    model, images = network().eval(), torch.randn(40, 3, 8, 10, dtype=torch.float64)
    predicted = model(images).argmax(dim=1)
    labels = (predicted + torch.arange(40) % 2) % 3
    right, wrong = load("explain:pick_examples")(model, list(zip(images, labels, strict=True)), 7)
    assert (right, wrong) == (list(range(0, 14, 2)), list(range(1, 15, 2)))


def test_too_few_examples_are_counted_in_the_exception(load: Load) -> None:
    data = [(torch.zeros(3, 8, 10, dtype=torch.float64), 0)] * 4
    sentence = r"[04] images are classified rightly and [04] wrongly, expected 2 of either kind"
    with pytest.raises(ValueError, match=sentence):
        load("explain:pick_examples")(network(), data, 2)


def with_nan() -> nn.Module:
    model = network()
    nn.init.constant_(model[0].weight, float("nan"))  # type: ignore[arg-type]  # torch types attributes loosely
    return model


@pytest.mark.parametrize(
    ("model", "size", "target", "sentence"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(240, 3)).double(), (8, 10), 0, "the network has no convolutional layer"),
        (network(), (9, 14), 0, r"the network cannot take images of shape \(3, 9, 14\)"),
        (network(), (8, 10), 3, "target_class is 3, expected a class from 0 to 2"),
        (network(), (8, 10), -1, "target_class is -1, expected a class from 0 to 2"),
        (with_nan(), (8, 10), 0, "scores are NaN or infinite"),
    ],
    ids=["no convolution", "wrong size", "class too large", "class below 0", "NaN weights"],
)
def test_bad_input_to_grad_cam_is_one_sentence(
    load: Load, model: nn.Module, size: tuple[int, int], target: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        load("explain:grad_cam")(model, torch.zeros(3, *size, dtype=torch.float64), target)
    assert "\n" not in str(caught.value)


def test_a_batch_where_one_image_is_expected_is_told_by_its_shape(load: Load) -> None:
    with pytest.raises(ValueError, match=r"images have shape \(1, 1, 3, 8, 10\), expected \(N, C, H, W\)"):
        load("explain:grad_cam")(network(), torch.zeros(1, 3, 8, 10, dtype=torch.float64), 0)


def test_a_constant_image_gives_maps_without_nan(load: Load) -> None:
    heat = load("explain:grad_cam")(network(), torch.ones(3, 8, 10, dtype=torch.float64), 1)
    maps = load("explain:feature_maps")(network(), torch.zeros(1, 3, 8, 10, dtype=torch.float64))
    assert all(bool(one.isfinite().all()) for one in (heat, *maps.values()))


def test_one_image_is_explained_by_a_network_that_trains_with_batch_statistics(load: Load) -> None:
    layers = (nn.Conv2d(1, 3, 3), nn.Flatten(), nn.Linear(12, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model = nn.Sequential(*layers).train()
    model[3].eval()  # a part that is frozen stays so
    image = torch.arange(16.0).reshape(1, 4, 4)
    first, second = (load("explain:grad_cam")(model, image, 1) for _ in range(2))
    modes = [part.training for part in model]
    assert torch.equal(first, second)
    assert modes == [True, True, True, False, True]


def test_a_network_that_writes_into_its_input_leaves_the_image_alone(load: Load) -> None:
    class Writing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 2, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x.mul_(0.5).add_(1)
            return self.conv(x).mean(dim=(2, 3))

    image = torch.rand(3, 89, 91)
    before = image.clone()
    assert load("explain:grad_cam")(Writing(), image, 0).shape == (89, 91)
    load("explain:feature_maps")(Writing(), image[None])
    assert torch.equal(image, before)


def test_a_network_that_prints_is_explained_like_one_that_does_not(
    load: Load, capsys: pytest.CaptureFixture[str]
) -> None:
    class Printing(nn.Module):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text, self.network = text, network()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            sys.stdout.write(self.text)
            return self.network(x)

    models, image = [Printing("scoring"), Printing("")], torch.ones(3, 8, 10, dtype=torch.float64).cumsum(2)
    models[1].load_state_dict(models[0].state_dict())
    maps = [load("explain:grad_cam")(model, image, 1) for model in models]
    maps += [next(iter(load("explain:feature_maps")(model, image[None]).values())) for model in models]
    assert torch.equal(maps[0], maps[1])
    assert torch.equal(maps[2], maps[3])
    assert capsys.readouterr().out == "scoringscoring"


@pytest.mark.parametrize("size", [(8, 11), (89, 91)], ids=str)
def test_images_of_odd_size_have_maps_of_theirs(load: Load, size: tuple[int, int]) -> None:
    layers = (nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.AdaptiveMaxPool2d(1))
    model, image = nn.Sequential(*layers, nn.Flatten(), nn.Linear(6, 3)), torch.rand(3, *size)
    height, width = size[0] // 2, size[1] // 2
    shapes = [tuple(one.shape[2:]) for one in load("explain:feature_maps")(model, image[None]).values()]
    assert load("explain:grad_cam")(model, image, 2).shape == size
    assert shapes == [size, (height, width), (height - 2, width - 2)]


def test_frozen_parameters_and_disabled_gradients_are_no_hindrance(load: Load) -> None:
    model, image = network().requires_grad_(requires_grad=False), torch.ones(3, 8, 10, dtype=torch.float64)
    with torch.no_grad():
        assert load("explain:grad_cam")(model, image, 1).shape == (8, 10)


def test_an_overlay_is_the_image_where_nothing_is_marked_and_red_where_all_is(load: Load) -> None:
    image = torch.stack([torch.tensor([[0.0, 2.0]])] * 3)
    colours = load("provided.figures:overlay")(image, torch.tensor([[0.0, 5.0]]), opacity=1.0)
    torch.testing.assert_close(colours, torch.tensor([[[0.0, 0.0, 0.0], [1.0, 0.1, 0.1]]]))


def test_a_map_of_another_size_is_not_laid_over_an_image(load: Load) -> None:
    with pytest.raises(ValueError, match=r"the map has shape \(2, 2\), expected that of the image, \(1, 2\)"):
        load("provided.figures:overlay")(torch.zeros(3, 1, 2), torch.zeros(2, 2))


def test_the_network_is_the_handouts(load: Load) -> None:
    model = load("provided.network:Network")()
    assert sum(parameter.numel() for parameter in model.parameters()) == 64058


def test_show_draws_both_figures(tmp_path: Path) -> None:
    environment = os.environ | {"MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)}
    command = [sys.executable, str(SOLUTION / "show.py"), "--epochs", "1", "--n", "2", "--images", "64"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all((tmp_path / "figures" / name).stat().st_size > 1000 for name in ("maps.png", "cams.png"))


MICROSECOND = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("days", "left"),
    [(0, "2"), (1, "1.75"), (2, "1.5"), (3, "1.25"), (4, "1")],
    ids="{} days".format,
)
def test_lateness_costs_what_the_handout_says_up_to_the_second_of_every_boundary(days: int, left: str) -> None:
    course = Course(ROOT).load("explain").assignment
    policy, whole = course.late, Fraction(2)
    assert policy is not None
    boundary = dt.datetime(2024, 4, 16, 23, 59, tzinfo=ZoneInfo("Europe/Bucharest")) + dt.timedelta(days=days)
    after = Fraction(left) - Fraction(1, 4) if days < 4 else Fraction(1)
    assert decide(policy, boundary).left_of(whole) == Fraction(left)
    assert decide(policy, boundary + MICROSECOND).left_of(whole) == after


def test_after_four_days_at_most_one_point_is_left_and_no_more_than_was_earned() -> None:
    policy = Course(ROOT).load("explain").assignment.late
    assert policy is not None
    late = decide(policy, dt.datetime(2024, 5, 30, tzinfo=dt.UTC))
    assert [late.left_of(Fraction(score)) for score in ("2", "1.8", "1", "0.85", "0")] == [
        *map(Fraction, ("1", "1", "1", "0.85", "0"))
    ]


def test_all_points_are_those_of_the_handout() -> None:
    assignment = Course(ROOT).load("explain").assignment
    assert assignment.max_score + sum(row.points for row in assignment.by_hand) == 2


@pytest.mark.usefixtures("seeded")
def test_what_stands_in_for_captum_gives_the_map_with_its_sign(load: Load) -> None:
    model, image = network(), torch.randn(3, 8, 10, dtype=torch.float64)
    with Program({"drivers.py": (FOLDER / "drivers.py").read_text()}).running() as program:
        signed = program.load("drivers:LayerGradCam")(model, model[3]).attribute(image[None], target=2)
        output = program.load("drivers:LayerActivation")(model, model[3]).attribute(image[None])
        nearest = program.load("drivers:LayerGradCam").interpolate(signed, (6, 8))
    enlarged = F.interpolate(F.relu(signed), size=(8, 10), mode="bilinear", align_corners=False)[0, 0]
    torch.testing.assert_close(load("explain:grad_cam")(model, image, 2), enlarged / enlarged.max())
    assert torch.equal(output, model[:4](image[None]))
    assert torch.equal(nearest[:, :, ::2, ::2], signed)
    assert bool((signed < 0).any())


@pytest.mark.filterwarnings("ignore")  # of captum's own
@pytest.mark.usefixtures("seeded")
def test_what_stands_in_for_captum_gives_what_captum_gives() -> None:
    captum = pytest.importorskip("captum.attr", reason="captum is not installed: pip install '.[explain]'")
    model, image = network(), torch.randn(3, 8, 10, dtype=torch.float64)
    with Program({"drivers.py": (FOLDER / "drivers.py").read_text()}).running() as program:
        for name, named in (("LayerGradCam", {"target": 2}), ("LayerActivation", {})):
            ours, theirs = (
                kind(model, model[3]).attribute(image[None], **named)
                for kind in (program.load(f"drivers:{name}"), getattr(captum, name))
            )
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
        enlarge = (program.load("drivers:LayerAttribution").interpolate, captum.LayerAttribution.interpolate)
        assert torch.equal(*(one(ours, (16, 20), interpolate_mode="bilinear") for one in enlarge))
