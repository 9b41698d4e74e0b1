"""The reference of `imbalance` against a second source, its provided files, and which submissions its checks accept."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
import yaml

from grader.authoring import Mistake
from grader.course.discovery import Course
from grader.diagnosis.patched import patched
from grader.judging.grading import Grader, grade_submission
from grader.lint.lint import as_submission
from grader.model.result import Result
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.subjects.recordings import Recordings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference" / "imbalance"
SOLUTION = FOLDER / "solution"
LOSS = "losses/focal_loss.py"
FORMS, AVERAGES = ("softmax", "sigmoid"), ("plain", "weighted")
# Both sides compute the same in float64 in another order: measured error at most 1.4e-15 over 50 seeds.
CLOSE: dict[str, float] = {"rtol": 1e-11, "atol": 1e-12}

Load = Callable[[str], Any]


def read_tree() -> dict[str, str]:
    return {path.relative_to(SOLUTION).as_posix(): path.read_text() for path in SOLUTION.rglob("*.py")}


@pytest.fixture
def load() -> Iterator[Load]:
    with Program(read_tree()).running() as program:
        yield program.load


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(20261121)


def batch(draw: np.random.Generator, images: int = 5, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(draw.normal(0, 2, (images, classes))), torch.tensor(draw.integers(0, classes, images))


def focal_loss(
    load: Load, form: str, average: str = "plain", weight: torch.Tensor | None = None, gamma: float = 0.0
) -> Any:  # noqa: ANN401  # the solution's FocalLoss
    criterion = load("losses.focal_loss:FocalLoss")(weight, gamma)
    criterion.accepted_form, criterion.accepted_average = form, average
    return criterion


def test_the_weights_of_the_example_are_those_of_the_handout(load: Load) -> None:
    weights = load("losses.focal_loss:reweight")([645, 387, 232, 139])
    np.testing.assert_allclose(weights, [0.4043, 0.6652, 1.1011, 1.8294], atol=5e-5)


@pytest.mark.parametrize("beta", [0.5, 0.99, 0.9999])
def test_weights_are_the_inverse_sums_of_the_powers_of_beta(load: Load, beta: float) -> None:
    counts = [1, 7, 50, 300]
    inverse = np.array([1 / sum(beta**power for power in range(count)) for count in counts])
    weights = load("losses.focal_loss:reweight")(counts, beta=beta)
    np.testing.assert_allclose(weights, inverse / inverse.mean(), rtol=1e-6)


def test_beta_0_weighs_all_classes_alike(load: Load) -> None:
    assert load("losses.focal_loss:reweight")([5, 1, 9], beta=0.0).tolist() == [1, 1, 1]


def test_a_class_without_images_weighs_nothing_and_the_others_sum_to_the_number_of_classes(load: Load) -> None:
    weights = load("losses.focal_loss:reweight")([5, 0, 9])
    assert weights[1] == 0
    assert float(weights.sum()) == pytest.approx(3)


@pytest.mark.parametrize("average", AVERAGES)
def test_softmax_with_gamma_0_is_the_cross_entropy_of_torch(
    load: Load, draw: np.random.Generator, average: str
) -> None:
    logits, targets = batch(draw)
    weight = torch.tensor(draw.uniform(0.1, 3, 4))
    total = weight[targets].sum() if average == "weighted" else len(targets)
    weighted = F.cross_entropy(logits, targets, weight=weight, reduction="sum") / total
    plain = F.cross_entropy(logits, targets)
    np.testing.assert_allclose(focal_loss(load, "softmax", average, weight)(logits, targets), weighted, **CLOSE)
    np.testing.assert_allclose(focal_loss(load, "softmax", average)(logits, targets), plain, **CLOSE)


@pytest.mark.parametrize("average", AVERAGES)
def test_sigmoid_with_gamma_0_is_the_binary_cross_entropy_of_torch(
    load: Load, draw: np.random.Generator, average: str
) -> None:
    logits, targets = batch(draw)
    weight = torch.tensor(draw.uniform(0.1, 3, 4))
    total = weight[targets].sum() if average == "weighted" else len(targets)
    labels, rows = F.one_hot(targets, 4).double(), weight[targets][:, None]
    weighted = F.binary_cross_entropy_with_logits(logits, labels, weight=rows, reduction="sum") / total
    plain = F.binary_cross_entropy_with_logits(logits, labels, reduction="sum") / len(targets)
    np.testing.assert_allclose(focal_loss(load, "sigmoid", average, weight)(logits, targets), weighted, **CLOSE)
    np.testing.assert_allclose(focal_loss(load, "sigmoid", average)(logits, targets), plain, **CLOSE)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("form", FORMS)
def test_the_loss_is_the_formula_term_by_term(load: Load, draw: np.random.Generator, form: str, gamma: float) -> None:
    logits, targets = batch(draw)
    weight = torch.tensor(draw.uniform(0.1, 3, 4))
    expected = 0.0
    for scores, correct in zip(logits.tolist(), targets.tolist(), strict=True):
        if form == "softmax":
            terms = [np.exp(scores[correct]) / np.exp(scores).sum()]
        else:
            terms = [1 / (1 + np.exp(-z if place == correct else z)) for place, z in enumerate(scores)]
        expected += float(weight[correct]) * sum(-((1 - p) ** gamma) * np.log(p) for p in terms) / len(logits)
    np.testing.assert_allclose(focal_loss(load, form, "plain", weight, gamma)(logits, targets), expected, **CLOSE)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_is_the_slope_of_the_loss(
    load: Load, draw: np.random.Generator, form: str, average: str, gamma: float
) -> None:
    logits, targets = batch(draw, images=3)
    criterion = focal_loss(load, form, average, torch.tensor(draw.uniform(0.1, 3, 4)), gamma)
    assert torch.autograd.gradcheck(lambda scores: criterion(scores, targets), logits.requires_grad_())


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "wrong"])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("form", FORMS)
def test_loss_and_gradient_are_finite_for_scores_of_a_thousand(
    load: Load, form: str, gamma: float, is_right: bool
) -> None:
    logits = torch.tensor([[1000.0, -1000.0, -1000.0]], requires_grad=True)
    loss = focal_loss(load, form, gamma=gamma)(logits, torch.tensor([0 if is_right else 1]))
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0 if is_right else 2000)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_a_negative_gamma_is_a_value_error(load: Load) -> None:
    with pytest.raises(ValueError, match="gamma is -1, expected at least 0"):
        load("losses.focal_loss:FocalLoss")(gamma=-1)


def test_the_network_has_as_many_parameters_as_resnet_32(load: Load) -> None:
    network = load("models:resnet32")()
    assert sum(parameter.numel() for parameter in network.parameters()) == 464154
    assert sum(isinstance(module, torch.nn.Conv2d | torch.nn.Linear) for module in network.modules()) == 32


def test_gradients_reach_every_parameter_of_the_network(load: Load) -> None:
    torch.manual_seed(0)
    network = load("models:resnet32")(num_classes=7)
    scores = network(torch.randn(2, 3, 32, 32))
    scores.square().sum().backward()
    assert scores.shape == (2, 7)
    assert [name for name, one in network.named_parameters() if one.grad is None or not one.grad.any()] == []


def test_the_path_beside_a_wider_block_takes_every_second_pixel_between_channels_of_zeros(load: Load) -> None:
    block = load("models.resnet:Block")(2, 4, stride=2).eval()
    torch.nn.init.zeros_(block.conv2.weight)  # nothing but the path is left
    x = torch.rand(1, 2, 6, 6)
    out = block(x)
    assert torch.equal(out[:, 1:3], x[:, :, ::2, ::2])
    assert not out[:, [0, 3]].any()


def test_classes_shrink_exponentially_to_a_hundredth(load: Load, tmp_path: Path) -> None:
    images = load("data.imbalance_cifar:IMBALANCECIFAR10")(tmp_path)
    counts = [int(5000 * 0.01 ** (i / 9)) for i in range(10)]
    assert images.get_cls_num_list() == counts
    assert counts == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    assert "is not in" in images.origin


def test_half_of_the_classes_can_be_small_alike(load: Load, tmp_path: Path) -> None:
    images = load("data.imbalance_cifar:IMBALANCECIFAR10")(tmp_path, "step", 0.1, largest=20)
    assert images.get_cls_num_list() == [20] * 5 + [2] * 5


def test_the_test_images_are_balanced_and_others_than_those_for_training(load: Load, tmp_path: Path) -> None:
    kind = load("data.imbalance_cifar:IMBALANCECIFAR10")
    testing, training = (kind(tmp_path, "none", train=train, largest=3) for train in (False, True))
    assert testing.get_cls_num_list() == training.get_cls_num_list() == [3] * 10
    assert not np.array_equal(testing.data, training.data)


def test_an_image_is_a_normalised_tensor_with_its_class(load: Load, tmp_path: Path) -> None:
    images = load("data.imbalance_cifar:IMBALANCECIFAR10")(
        tmp_path, "none", largest=2, transform=lambda image: image + 1
    )
    image, target = images[3]
    assert (image.shape, image.dtype, target) == ((3, 32, 32), torch.float32, 1)
    red = (images.data[3, 0, 0, 0] / 255 - 0.4914) / 0.2470 + 1
    assert float(image[0, 0, 0]) == pytest.approx(red, abs=1e-5)


def test_an_unknown_imbalance_is_a_value_error(load: Load, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="imb_type is 'linear', expected one of exp, step, none"):
        load("data.imbalance_cifar:IMBALANCECIFAR10")(tmp_path, "linear")


def written_batches(folder: Path, draw: np.random.Generator, per_class: int) -> None:
    folder = folder / "cifar-10-batches-py"
    folder.mkdir()
    for number in range(1, 6):
        labels = [int(label) for label in draw.permutation(np.repeat(np.arange(10), per_class))]
        content = {b"data": draw.integers(0, 256, (len(labels), 3072), np.uint8), b"labels": labels}
        (folder / f"data_batch_{number}").write_bytes(pickle.dumps(content, protocol=4))


def test_cifar10_is_cut_down_where_it_is_there(load: Load, draw: np.random.Generator, tmp_path: Path) -> None:
    written_batches(tmp_path, draw, per_class=2)
    kind = load("data.imbalance_cifar:IMBALANCECIFAR10")
    first, again, other = (kind(tmp_path, imb_factor=0.1, rand_number=seed, largest=10) for seed in (0, 0, 1))
    assert first.get_cls_num_list() == [int(10 * 0.1 ** (i / 9)) for i in range(10)]
    assert first.origin.startswith("CIFAR-10 in ")
    assert np.array_equal(first.data, again.data)
    assert not np.array_equal(first.data, other.data)


class Harmful:
    """What unpickles by calling a function."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("exit 1",)


def test_a_pickle_that_calls_something_is_refused(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "data_batch_1"
    file.write_bytes(pickle.dumps({b"data": Harmful()}))
    with pytest.raises(pickle.UnpicklingError, match="expected arrays and plain containers only"):
        load("data.cifar10:read_batch")(file)


def test_an_experiment_leaves_its_configuration_and_its_figures(tmp_path: Path) -> None:
    home = tmp_path / "imbalance"
    shutil.copytree(SOLUTION, home, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "matplotlib.py").write_text("raise ImportError")
    settings = ["--name", "first", "--loss", "Focal", "--gamma", "0.5", "--reweight", "--largest", "8", "--epochs", "1"]
    done = subprocess.run(
        [sys.executable, "train.py", *settings, "--batch-size", "16"],
        cwd=home,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    config = yaml.safe_load((home / "configs" / "first.yaml").read_text())
    assert config["loss"] == {"loss_type": "Focal", "gamma": 0.5}
    assert config["data"] == {"imbalance": "exp", "imb_factor": 0.01, "largest": 8, "reweight": True, "beta": 0.9999}
    header, epoch = (home / "curves" / "first.csv").read_text().splitlines()
    assert header.startswith("epoch,loss,accuracy,class 0,")
    assert len(epoch.split(",")) == 13
    assert "no plot: matplotlib is not installed" in done.stdout
    assert not (home / "curves" / "first.png").exists()


def test_the_curve_is_drawn_where_matplotlib_is_installed(load: Load, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    epochs = [load("train:Epoch")(loss, (0.5, 0.25)) for loss in (2.0, 1.0)]
    assert load("train:plot")(epochs, tmp_path / "curve.png") == [tmp_path / "curve.png"]
    assert (tmp_path / "curve.png").stat().st_size > 1000


PER_IMAGE = {
    LOSS: """
import torch
import torch.nn.functional as F

def reweight(cls_num_list, beta=0.9999):
    weights = torch.tensor([(1 - beta) / (1 - beta**n) if n else 0.0 for n in cls_num_list])
    return weights / weights.sum() * len(cls_num_list)

class FocalLoss(torch.nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        if "FORM" == "softmax":
            log_p = F.log_softmax(input, 1).gather(1, target[:, None])
        else:
            log_p = F.logsigmoid(input * (2 * F.one_hot(target, input.shape[1]) - 1))
        each = -((1 - log_p.exp()).clamp(min=1e-8) ** self.gamma * log_p).sum(1)
        if self.weight is not None:
            each = each * self.weight[target]
        return each.mean()
"""
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(Course(ROOT).load("imbalance"), recordings=Recordings()) as ready:
        yield ready


def graded(
    grader: Grader, sources: dict[str, str], *changes: tuple[str, str], only: Collection[str] | None = None
) -> Result:
    for old, new in changes:
        assert sources[LOSS].count(old) == 1
        sources = {**sources, LOSS: sources[LOSS].replace(old, new)}
    return grade_submission(grader, as_submission(grader.course, "a test's", sources), only=only)


def following(form: str, average: str) -> list[tuple[str, str]]:
    """Turn the reference, which has all conventions, into a submission, which has one."""
    return [
        ('getattr(self, "accepted_form", "softmax")', repr(form)),
        ('getattr(self, "accepted_average", "plain")', repr(average)),
    ]


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_convention_earns_everything_and_is_told(grader: Grader, form: str, average: str) -> None:
    result = graded(grader, grader.course.solution, *following(form, average))
    said = {check.name: check.message for check in result.checks}
    assert result.score == result.max_score
    assert said["focal_cross_entropy"].startswith(f"{form} form recognised: ")
    assert said["focal_weighted"].startswith(
        {"plain": "mean recognised", "weighted": "weighted mean recognised"}[average]
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_loss_for_each_image_costs_one_check(grader: Grader, form: str) -> None:
    """A softmax loss whose last line lacked its mean lost 58 points, and was told about a sigmoid loss."""
    end = "return each.mean()"
    result = graded(grader, PER_IMAGE, ("FORM", form), (end, "return each"))
    lost = {check.name for check in result.checks if check.status is not Status.PASSED}
    assert lost == {"focal_tensor"}


def test_weights_in_single_precision_and_a_clamped_probability_cost_nothing(grader: Grader) -> None:
    result = graded(
        grader,
        grader.course.solution,
        *following("softmax", "plain"),
        (
            "[1 / (1 - beta**count) if count else 0.0 for count in cls_num_list]",
            "(1 / (1 - torch.pow(torch.tensor(beta), torch.tensor(cls_num_list).float().clamp(min=1)))).tolist()",
        ),
        ("F.log_softmax(input, dim=1)[is_correct]", "F.softmax(input, dim=1).clamp(1e-7, 1 - 1e-7).log()[is_correct]"),
    )
    assert [check.message for check in result.checks if check.status is not Status.PASSED] == []


# What the two forms do not share. Elsewhere one patch of the reference has to name the mistake in both.
OF_THE_SIGMOID = {"other-classes-left-out", "weight-of-the-term", "modulator-overflows"}
OF_THE_SOFTMAX = {"probability-of-the-batch", "softmax-over-the-batch"}


@pytest.mark.parametrize(("form", "average"), [("softmax", "weighted"), ("sigmoid", "plain")])
def test_a_mistake_is_named_whichever_convention_it_was_made_in(grader: Grader, form: str, average: str) -> None:
    def told(mistake: Mistake) -> set[str]:
        only = mistake.fails if form == "softmax" else None  # lint says of that form what all other checks tell
        result = graded(grader, patched(grader.course, mistake)[0], *following(form, average), only=only)
        return {named.name for check in result.checks for named in check.mistakes}

    other = OF_THE_SIGMOID if form == "softmax" else OF_THE_SOFTMAX
    made = [mistake for mistake in grader.judge.mistakes.mistakes if mistake.fails[0].startswith("focal")]
    named = {mistake.name: told(mistake) for mistake in made}
    assert named == {name: set() if name in other else {name} for name in named}


PICKED = """
import torch
import torch.nn.functional as F

def reweight(cls_num_list, beta=0.9999):
    return [(1 - beta) / (1 - beta**n) for n in cls_num_list]

class FocalLoss(torch.nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        p = F.softmax(input, dim=1)[range(len(target)), target]
        return -(self.weight[target] * (1 - p) ** self.gamma * torch.log(p)).sum()
"""


def test_faults_beside_each_other_are_named_where_the_loss_cannot_do_without_weights(grader: Grader) -> None:
    """Whether weights are needed stood among the losses, so that no known loss was found in them."""
    result = graded(grader, {LOSS: PICKED})
    named = {check.name: {mistake.name for mistake in check.mistakes} for check in result.checks if check.mistakes}
    assert named == {
        "reweight_tensor": {"weights-a-list"},
        "reweight_normalised": {"weights-not-normalised"},
        "reweight_empty_class": {"empty-class-infinite"},
        "focal_cross_entropy": {"sum-for-mean"},
        "focal_extreme": {"log-of-a-rounded-probability"},
        "focal_extreme_gamma": {"log-of-a-rounded-probability"},
    }


ONE_HOT = """
import torch
import torch.nn.functional as F

class FocalLoss(torch.nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        log_p = (F.one_hot(target) * F.log_softmax(input, dim=1)).sum(dim=1)
        weight = 1.0 if self.weight is None else self.weight[target]
        return -(weight * (1 - log_p.exp()).clamp(min=1e-6) ** self.gamma * log_p).mean()
"""


def test_who_counts_the_classes_in_the_batch_loses_one_check_of_the_loss(grader: Grader) -> None:
    """Images without the last class stood in eleven checks, and all of them raised."""
    result = graded(grader, {LOSS: ONE_HOT})
    lost = [check for check in result.checks if check.name.startswith("focal") and check.status is not Status.PASSED]
    told = [(check.name, [mistake.name for mistake in check.mistakes]) for check in lost]
    assert told == [("focal_classes", ["classes-counted-in-the-batch"])]


def test_a_formula_of_ones_own_is_told_by_no_mistake(grader: Grader) -> None:
    result = graded(
        grader,
        grader.course.solution,
        *following("softmax", "plain"),
        ("torch.exp(self.gamma * log_rest)", "1 / (1 + self.gamma)"),
    )
    assert result.score < result.max_score
    assert [named.name for check in result.checks for named in check.mistakes] == []


# Conventions that are as right as the reference's, each a file that says only what differs.
CONVENTIONS = {
    "weights of the constructor by position": (
        "cls_weights=None, g=0.0",
        "self.weight, self.gamma = cls_weights, g",
        "",
    ),
    "weights that have to be there": ("weight, gamma", "self.weight, self.gamma = weight, gamma", ""),
    "gamma first": ("gamma=0.0, weight=None", "self.weight, self.gamma = weight, gamma", ""),
    "weights as a list": (
        "weight=None, gamma=0.0",
        "self.weight, self.gamma = torch.tensor([*weight.copy()]), gamma",
        "",
    ),
    "weights with each batch": ("gamma=0.0", "self.gamma = gamma", ", weight"),
    "named arguments of any name": (
        "**named",
        "self.weight, self.gamma = named.get('weight'), named.get('gamma', 0.0)",
        "",
    ),
}
IN_A_CONVENTION = """
import cv2
import torchvision
import torch
import torch.nn.functional as F
from tqdm import tqdm


def reweight(cls_num_list, beta=0.9999):
    counts = torch.tensor(cls_num_list, dtype=torch.float64).clamp(min=1)
    return ((1 - beta) / (1 - beta**counts) / ((1 - beta) / (1 - beta**counts)).mean()).float()


class FocalLoss(torch.nn.Module):
    def __init__(self, {parameters}):
        super().__init__()
        {body}

    def forward(self, input, target{with_batch}):
        {own}
        log_p = F.log_softmax(input, dim=1).gather(1, target[:, None])[:, 0]
        rest = (-torch.expm1(log_p)).clamp(min=1e-7)
        return (weight[target] * rest**self.gamma * -log_p).mean(){end}
"""


def in_a_convention(convention: str, end: str = "") -> dict[str, str]:
    parameters, body, with_batch = CONVENTIONS[convention]
    own = "" if with_batch else "weight = torch.ones(input.shape[1]) if self.weight is None else self.weight"
    if "have to" in convention:
        own = "weight = self.weight"
    text = IN_A_CONVENTION.format(parameters=parameters, body=body, with_batch=with_batch, own=own, end=end)
    return {LOSS: text}


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_every_way_to_hand_over_weights_and_gamma_earns_everything(grader: Grader, convention: str) -> None:
    result = graded(grader, in_a_convention(convention))
    assert [check.message for check in result.checks if check.status is not Status.PASSED] == []


@pytest.mark.parametrize(
    ("end", "lost"),
    [
        (".view(1)", {"focal_tensor"}),
        (".view(1, 1)", {"focal_tensor"}),
        (".item()", {"focal_tensor", "focal_gradient"}),
        (".detach().numpy()", {"focal_tensor", "focal_gradient"}),
    ],
)
def test_a_loss_of_another_kind_costs_what_cannot_be_done_with_it(grader: Grader, end: str, lost: set[str]) -> None:
    """A loss of shape (1,), right otherwise, cost 46 points in nine checks."""
    result = graded(grader, in_a_convention("weights that have to be there", end))
    assert {check.name for check in result.checks if check.status is not Status.PASSED} == lost


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("; return None", "FocalLoss returns None, expected a tensor of one number"),
        (".repeat(2)", "FocalLoss returns a tensor of another size, expected a tensor of one number"),
        (".tolist", "FocalLoss returns something else, expected a tensor of one number"),
    ],
)
def test_what_is_no_number_is_told_in_words_of_ours(grader: Grader, end: str, said: str) -> None:
    sources = in_a_convention("gamma first", end)
    if "None" in end:
        sources = {LOSS: sources[LOSS].replace("return (weight", "(weight")}
    result = graded(grader, sources)
    about_values = [one for one in result.checks if one.name.startswith("focal") and one.name != "focal_tensor"]
    assert [one.message for one in about_values if said not in one.message] == []


# What each mistake gets wrong, by the checks that say so: no other check takes points for it. Several stand where
# several sentences of the rubric are untrue of it: all that is said about gamma is, of a loss that knows none.
CHARGED = {
    "weights-not-a-tensor": ["reweight_tensor"],
    "weights-a-list": ["reweight_tensor"],
    "effective-number-itself": ["reweight_ratio"],
    "inverse-frequency": ["reweight_ratio", "reweight_beta"],  # which beta has no place in
    "beta-from-the-counts": ["reweight_ratio", "reweight_beta"],
    "beta-written-in": ["reweight_beta"],
    "weights-not-normalised": ["reweight_normalised"],
    "weights-sum-to-one": ["reweight_normalised"],
    "weights-divided-by-the-largest": ["reweight_normalised"],
    "empty-class-infinite": ["reweight_empty_class"],
    "sum-for-mean": ["focal_cross_entropy"],
    "mean-over-classes": ["focal_cross_entropy"],
    "alpha-written-in": ["focal_cross_entropy"],
    "minus-missing": ["focal_cross_entropy"],
    "logarithm-missing": ["focal_cross_entropy"],
    "softmax-over-the-batch": ["focal_cross_entropy"],
    "scores-squashed-twice": ["focal_cross_entropy"],
    "other-classes-left-out": ["focal_cross_entropy"],
    "weight-ignored": ["focal_weighted"],
    "weight-applied-twice": ["focal_weighted"],
    "average-weight": ["focal_weighted"],
    "weight-of-the-term": ["focal_weighted"],
    "gamma-ignored": [
        "focal_confident",
        "focal_gammas",
        "focal_batch",
        "focal_class_balanced",
        "focal_gradient",
        "focal_extreme_gamma",
    ],
    "easy-examples-kept": ["focal_confident"],
    "one-plus-the-probability": ["focal_confident"],
    "logarithm-for-the-probability": ["focal_confident"],
    "sigmoid-in-the-factor": ["focal_confident"],
    "loss-for-the-probability": ["focal_confident"],
    "gamma-written-in": ["focal_gammas"],
    "gamma-always-two": ["focal_gammas"],
    "gamma-made-whole": ["focal_gammas"],
    "gamma-multiplied": ["focal_gammas"],
    "power-of-the-probability-alone": ["focal_gammas"],
    "probability-of-the-batch": ["focal_batch"],
    "weight-inside-the-probability": ["focal_class_balanced"],
    "ten-classes-in-the-loss": ["focal_classes"],
    "losses-not-averaged": ["focal_tensor"],
    "loss-is-a-python-float": ["focal_tensor", "focal_gradient"],
    "probability-detached": ["focal_gradient"],
    "log-of-a-rounded-probability": ["focal_extreme", "focal_extreme_gamma"],
    "root-at-zero": ["focal_extreme_gamma"],
}


def test_each_mistake_costs_the_points_of_what_it_gets_wrong_and_no_others(grader: Grader) -> None:
    """Linting proves that `fails` is the whole list, under four seeds."""
    fails = {mistake.name: list(mistake.fails) for mistake in grader.judge.mistakes.mistakes}
    assert {name: fails[name] for name in CHARGED} == CHARGED


# Written as others write it than the mistakes are, and in two styles: what it costs in all, of 80 points.
LOST = {
    "an exponent written in": ("self.gamma = gamma", "self.gamma = 3", 5),
    "an exponent of a half": ("self.gamma = gamma", "self.gamma = 0.5", 5),
    "softmax over the batch": ("dim=1", "dim=0", 10),
    "gamma as a factor": ("(1 - p) ** self.gamma", "(1 - p) * self.gamma", 5),
    "a power of p": ("(1 - p) ** self.gamma", "p ** self.gamma", 6),
    "no minus": ("* -log_p", "* log_p", 10),
    "no logarithm": ("* -log_p", "* -p", 10),
    "a sum": (").mean()", ").sum()", 10),
    "a sigmoid in the factor": ("p = log_p.exp()", "p = torch.sigmoid(input.gather(1, target[:, None])[:, 0])", 6),
    "weights shared out, and averaged": ("self.weight[target]", "self.weight[target] / self.weight[target].sum()", 6),
}
WRITTEN = """
import torch
import torch.nn.functional as F
from torch import nn


class FocalLoss(nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight = weight
        self.gamma = gamma

    def forward(self, input, target):
        log_p = F.log_softmax(input, dim=1).gather(1, target[:, None])[:, 0]
        p = log_p.exp().clamp(max=1 - 1e-6)
        weight = 1 if self.weight is None else self.weight[target]
        return (weight * (1 - p) ** self.gamma * -log_p).mean()
"""


@pytest.mark.parametrize(("old", "new", "points"), LOST.values(), ids=LOST)
def test_a_fault_of_the_loss_is_charged_by_one_check(grader: Grader, old: str, new: str, points: int) -> None:
    """A gamma that is written in, softmax over the batch, or a sigmoid in the factor cost 58 of 80 points.

    Weights that are divided by their sum cost none, although the loss was smaller by the size of the batch.
    """
    weights = grader.course.solution[LOSS].split("class FocalLoss")[0]
    source = weights + WRITTEN.partition("from torch import nn\n")[2]
    result = graded(grader, {LOSS: source}, (old, new))
    assert 80 - result.score == points, [check.name for check in result.checks if not check.points]


SMOOTH = {
    "squares": "(input ** 2).sum()",
    "a mean": "input.mean() + 0 * target.sum()",
    "a logarithm of sums": "input.logsumexp(dim=1).mean()",
    "powers by gamma": "(input.exp() ** (1 + self.gamma)).mean()",
    "one column": "input[:, 0].sigmoid().sum()",
}


@pytest.mark.parametrize("formula", SMOOTH.values(), ids=SMOOTH)
def test_a_smooth_function_that_is_no_loss_earns_nothing(grader: Grader, formula: str) -> None:
    """The gradient was compared with the slopes of the very same function, and finite numbers were finite."""
    source = (
        "import torch\n\n\ndef reweight(cls_num_list, beta=0.9999):\n    raise NotImplementedError\n\n\n"
        "class FocalLoss(torch.nn.Module):\n    def __init__(self, weight=None, gamma=0.0):\n"
        "        super().__init__()\n        self.gamma = gamma\n\n"
        f"    def forward(self, input, target):\n        return {formula}\n"
    )
    result = graded(grader, {LOSS: source})
    assert {check.name: float(check.points) for check in result.checks if check.points} == {}


def test_what_a_patched_driver_answers_earns_nothing(grader: Grader) -> None:
    source = """
import sys

import numpy as np

frame = sys._getframe()
while frame and "class_weights" not in frame.f_globals:
    frame = frame.f_back
if frame:
    ones = lambda impl, counts, beta: {"kind": "a tensor", "weights": np.ones(len(counts), np.float32)}
    frame.f_globals.update(class_weights=ones, weight_row=ones, weight_shares=ones)


def reweight(cls_num_list, beta=0.9999):
    raise NotImplementedError


class FocalLoss:
    def __init__(self, weight=None, gamma=0.0):
        raise NotImplementedError
"""
    assert graded(grader, {LOSS: source}).score == 0


TWO_BESIDE = """
import torch
import torch.nn.functional as F

def reweight(cls_num_list, beta=0.9999):
    weights = (1 - beta) / (1 - torch.tensor(cls_num_list).pow(beta))
    return weights / weights.sum()

class FocalLoss(torch.nn.Module):
    def __init__(self, weight=None, gamma=0.0):
        super().__init__()
        self.weight, self.gamma = weight, gamma

    def forward(self, input, target):
        is_class = F.one_hot(target, input.shape[1]).float()
        p = torch.sigmoid(input)
        factor = ((1 - p) * is_class + p * (1 - is_class)) ** self.gamma
        losses = factor * F.binary_cross_entropy_with_logits(input, is_class, reduction="none")
        return losses.mean()
"""


def test_a_fault_is_named_where_another_that_is_known_elsewhere_changes_the_same_values(grader: Grader) -> None:
    """Weights that summed to one were so while the counts were taken to a power, which another check is about."""
    result = graded(grader, {LOSS: TWO_BESIDE})
    named = {check.name: {mistake.name for mistake in check.mistakes} for check in result.checks}
    assert named["reweight_normalised"] == {"weights-sum-to-one"}
    assert named["focal_extreme_gamma"] == {"root-at-zero"}
