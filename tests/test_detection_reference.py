"""The reference of `detection` against closed forms, and the detector that the assignment provides."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.course.discovery import Course
from grader.model.figure import Figure
from grader.sandbox.guest.program import Program

COURSE = Course(Path(__file__).parents[1]).load("detection")
HYP = {"cls": 0.5, "cls_pw": 1.7, "label_smoothing": 0.2}

Load = Callable[[str], Any]


@pytest.fixture
def load() -> Iterator[Load]:
    with Program(dict(COURSE.solution)).running() as program:
        yield program.load


def test_the_loss_is_the_one_of_the_instructions(load: Load) -> None:
    rng = np.random.default_rng(1)
    ps, tcls, cp, cn, weight = rng.normal(0, 2, (4, 8)).astype(np.float32), [2, 0, 1, 2], 0.9, 0.1, 2.5
    terms = []
    for row, right in zip(ps, tcls, strict=True):
        for column, z in enumerate(row[5:]):
            t, s = (cp if column == right else cn), 1 / (1 + math.exp(-z))
            terms.append(-(weight * t * math.log(s) + (1 - t) * math.log(1 - s)))
    loss = load("detection:classification_loss")(torch.from_numpy(ps), torch.tensor(tcls), cp, cn, weight)
    assert float(loss) == pytest.approx(sum(terms) / len(terms), rel=1e-5)


def test_layers_are_added_up_and_empty_ones_left_out(load: Load) -> None:
    torch.manual_seed(1)
    layers = [(torch.randn(n, 8), torch.arange(n) % 3) for n in (4, 0, 2)]
    single = [float(load("detection:classification_loss")(*layers[n], 0.9, 0.1, 1.7)) for n in (0, 2)]
    assert float(load("detection:class_loss")(layers, HYP)) == pytest.approx(sum(single), rel=1e-5)
    assert float(load("detection:class_loss")([(torch.randn(3, 6), torch.zeros(3).long())], HYP)) == 0


def test_the_provided_detector_is_frozen_layer_by_layer(load: Load) -> None:
    model = load("detector:Detector")()
    load("detection:freeze_layers")(model, ["model.1.", "model.0."])
    frozen = {name.split(".")[1] for name, parameter in model.named_parameters() if not parameter.requires_grad}
    assert frozen == {"0", "1"}
    assert {"10", "11"} < {name.split(".")[1] for name, _ in model.named_parameters()}


@pytest.fixture(scope="module")
def checks() -> Iterator[Program]:
    """Execute drivers and hidden tests, as a judge that trusts everybody."""
    threads, folder = torch.get_num_threads(), COURSE.folder
    sources = {path.name: path.read_text() for path in (folder / "drivers.py", *folder.glob("checks/*.py"))}
    with Program(sources).running() as program:
        yield program
    torch.set_num_threads(threads)


NO_WEIGHT = ("pos_weight=torch.tensor([pos_weight])", "")
CASES = {
    "of the loss of one layer": ([NO_WEIGHT], False),
    "of the sum": ([("    return total\n", "    return total / 2\n")], True),
    "of both": ([NO_WEIGHT, ("len(tcls) > 0 and", "")], True),
    "of what the sum hands on": ([NO_WEIGHT, ("1 - smoothing / 2", "1 - smoothing")], True),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_of_the_loss_of_one_layer_costs_the_sum_of_layers_nothing(checks: Program, name: str) -> None:
    """Whoever forgot pos_weight lost the points of three checks."""
    changes, is_charged = CASES[name]
    wrong = COURSE.solution["detection.py"]
    for old, new in changes:
        assert old in wrong
        wrong = wrong.replace(old, new)

    def subject(source: str) -> Callable[..., dict[str, np.ndarray]]:
        def ask(driver: Callable[..., Any], **inputs: object) -> dict[str, np.ndarray]:
            with Program({"detection.py": source}).running() as program:
                given = checks.load(f"drivers:{driver.__name__}")(program, **inputs)
                return {key: np.asarray(value) for key, value in given.items()}

        return ask

    drawn, notes = checks.load("test_classes:layer"), list[str]()
    rng = np.random.default_rng(3)
    layers = [[*drawn(rng, boxes, 3).values()] for boxes in (4, 0, 2)]
    given = (subject(wrong), subject(COURSE.solution["detection.py"]), layers, HYP, notes.append)
    if is_charged:
        with pytest.raises(AssertionError):
            checks.load("test_classes:compare_sum")(*given)
    else:
        checks.load("test_classes:compare_sum")(*given)
        assert notes == ["compared with other losses in the place of classification_loss, which is wrong by itself"]


def stepped(checks: Program, **inputs: object) -> dict[str, np.ndarray]:
    """Take the step of the reference; give the parameters after it."""
    with Program(dict(COURSE.solution)).running() as program:
        after = checks.load("drivers:step")(program, **inputs)["after"]
    return {name: tensor.numpy() for name, tensor in after.items()}


def test_every_parameter_moves_far_unless_it_is_frozen(checks: Program) -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        before = {
            name: rng.normal(0.5, 0.5, shape).astype("f") for name, shape in checks.load("drivers:shapes")().items()
        }
        given = {name: rng.normal(0.3, 1, (4, 2, 3, 5)).astype("f") for name in ("x", "target")}
        after = stepped(checks, freeze=["model.1."], frozen=["model.5.bn.bias"], weights=before, **given)
        moved = {name for name in before if np.abs(after[name] - before[name]).max() > 0.01}
        assert {name for name in before if name not in moved} == {name for name in before if ".1." in name}
        assert all(np.array_equal(after[name], before[name]) for name in before if name not in moved)


FORGED: dict[str, Callable[[str, np.ndarray], np.ndarray]] = {
    "as they came": lambda _name, value: value,
    "moved a little where not listed": lambda name, value: value if name.startswith("model.0.") else value - 0.01,
    "zeros where not listed": lambda name, value: value if name.startswith("model.0.") else 0 * value,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_parameters_that_nobody_trained_are_worth_nothing(
    checks: Program, forged: Callable[[str, np.ndarray], np.ndarray]
) -> None:
    """A worker with a patched driver flags what it likes: so it once had the points of every check of freezing."""

    def student(_driver: object, *, weights: dict[str, np.ndarray], **_inputs: object) -> dict[str, Any]:
        return {"after": {name: forged(name, value) for name, value in weights.items()}}

    def reference(_driver: object, **inputs: object) -> dict[str, Any]:
        return {"after": stepped(checks, **inputs)}

    for of_listed in (True, False):
        with pytest.raises(AssertionError, match=r"learns?, expected|is not where a step leads|to learn \("):
            checks.load("test_freezing:compare")(
                student, reference, np.random.default_rng(1), ["model.0."], [], of_listed=of_listed
            )


def test_a_perfect_prediction_is_found_as_a_box(load: Load) -> None:
    predictions = [torch.full((1, 3, 64 // stride, 64 // stride, 8), -9.0) for stride in load("detector:STRIDES")]
    # Layer of stride 8, anchor 12 x 12, cell (2, 5): raw zeros are the middle of the cell and the anchor itself.
    predictions[0][0, 1, 2, 5] = torch.tensor([0.0, 0.0, 0.0, 0.0, 9.0, -1.0, 2.0, 0.0])
    assert load("detector:detected")(predictions) == [[([44.0, 20.0, 12.0, 12.0], 1)]]


def test_boxes_belong_to_the_anchors_that_they_resemble(load: Load) -> None:
    model = load("detector:Detector")()
    targets = [(torch.tensor([[20.0, 36.0, 10.0, 10.0]]), torch.tensor([2]))]
    small, large = load("detector:matched")(model(torch.zeros(1, 3, 64, 64)), targets)
    assert [len(small.tcls), len(large.tcls)] == [3, 0]
    assert small.is_there.nonzero().tolist() == [[0, 0, 4, 2], [0, 1, 4, 2], [0, 2, 4, 2]]
    assert small.tcls.tolist() == [2, 2, 2]
    assert small.right[0].tolist() == [20.0, 36.0, 10.0, 10.0]


def test_overlap_is_intersection_over_union(load: Load) -> None:
    boxes = torch.tensor([[4.0, 4.0, 4.0, 4.0], [4.0, 4.0, 4.0, 4.0], [4.0, 4.0, 4.0, 4.0]])
    others = torch.tensor([[4.0, 4.0, 4.0, 4.0], [6.0, 4.0, 4.0, 4.0], [20.0, 4.0, 4.0, 4.0]])
    assert load("detector:overlap")(boxes, others).tolist() == pytest.approx([1, 1 / 3, 0])


def test_the_losses_reach_every_layer_of_the_detector(load: Load) -> None:
    torch.manual_seed(1)
    model = load("detector:Detector")()
    images, targets = load("shapes:pictures")(6, seed=3)
    hyp = {"box": 1.0, "obj": 1.0, "cls": 1.0, "cls_pw": 1.0, "label_smoothing": 0.1}
    load("detector:loss_of")(model(images), targets, load("detection:class_loss"), hyp).backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_shapes_lie_in_their_boxes(load: Load) -> None:
    images, targets = load("shapes:pictures")(5, seed=3)
    assert images.shape == (5, 3, 64, 64)
    for boxes, classes in targets:
        assert len(boxes) == len(classes) >= 1
        assert (boxes[:, :2] - boxes[:, 2:] / 2 >= 0).all()
        assert (boxes[:, :2] + boxes[:, 2:] / 2 <= 64).all()


def saved(load: Load, **changed: torch.Tensor) -> bytes:
    torch.manual_seed(1)
    file = io.BytesIO()
    torch.save(load("detector:Detector")().state_dict() | changed, file)
    return file.getvalue()


def boxes_found(checks: Program, load: Load, data: bytes | None) -> dict[str, Any]:
    pictures = load("shapes:pictures")(2, 9)[0].numpy()
    attached = {} if data is None else {"pictures/detector.pth": data}
    with Program(dict(COURSE.provided), attached=attached).running() as program:
        return dict(checks.load("drivers:boxes")(program, pictures=pictures))


def test_a_detector_that_was_handed_in_shows_its_boxes(checks: Program, load: Load) -> None:
    sure = torch.zeros(24)
    sure[4::8] = 3.0  # objectness, of three anchors
    found = boxes_found(checks, load, saved(load, **{"model.10.bias": sure}))
    assert found["problem"] == ""
    assert [rows.shape for rows in found["found"]] == [(8, 5), (8, 5)]
    assert set(found["found"][0][:, 4]) <= {0, 1, 2}


def test_the_report_shows_pictures_in_grey_with_the_boxes_found(checks: Program) -> None:
    pictures = np.zeros((2, 3, 64, 64), np.float32)
    answered = {"found": [np.array([[4, 8, 20, 10, 1.0]]), np.zeros((0, 5))], "problem": ""}
    shown: list[Figure] = []
    checks.load("test_classes:show_boxes")(
        lambda _driver, **_: answered, lambda _driver: {"pictures": pictures}, pytest.fail, shown.append
    )
    assert [[box.label for box in panel.boxes] for panel in shown[0].images] == [["square"], []]
    assert {panel.colours for panel in shown[0].images} == {("#000000",)}


@pytest.mark.parametrize(("cut", "problem"), [(100, "damaged"), (0, "another-network"), (None, "")])
def test_a_detector_that_cannot_be_used_has_one_word(
    checks: Program, load: Load, cut: int | None, problem: str
) -> None:
    data = None if cut is None else saved(load, more=torch.zeros(1))[: -cut or None]
    assert boxes_found(checks, load, data) == {"found": [], "problem": problem}


def test_ctrl_c_keeps_the_epochs_that_are_done(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended in a traceback, and what was learned was lost."""
    train = load("train:main")
    monkeypatch.setattr("sys.argv", ["train.py", "--epochs", "9", "--pictures", "20", "--folder", str(tmp_path / "a")])
    losses = iter([2.5, 1.5])

    def step(*_arguments: object) -> float:
        loss = next(losses, None)
        if loss is None:
            raise KeyboardInterrupt
        return loss

    monkeypatch.setitem(train.__globals__, "step", step)
    train()
    assert (tmp_path / "a" / "losses.txt").read_text() == "epoch 1 loss 2.5000\nepoch 2 loss 1.5000\n"
    assert "stopped after epoch 2" in capsys.readouterr().err
    with pytest.raises(KeyboardInterrupt):  # in the first epoch: there is nothing to keep
        train()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--epochs", "0"), "argument --epochs: '0', expected a whole number of at least 1"),
        (("--pictures", "-3"), "argument --pictures: '-3', expected a whole number of at least 1"),
        (("--freeze", "12"), "--freeze is 12, expected at most 11: something has to learn"),
    ],
)
def test_training_is_refused_in_a_sentence(
    load: Load, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], told: str
) -> None:
    train = load("train:main")
    monkeypatch.setattr("sys.argv", ["train.py", *options])
    with pytest.raises(SystemExit):
        train()
    assert capsys.readouterr().err.endswith(f"{told}\n")


def test_training_leaves_losses_and_boxes(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--epochs", "1", "--more-epochs", "1", "--pictures", "20", "--folder", str(tmp_path / "out")]
    train = load("train:main")  # which leaves the name of the file alone in sys.argv
    monkeypatch.setattr("sys.argv", ["train.py", *options])
    train()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"losses.txt", "boxes.png", "detector.pth"}
    assert len((tmp_path / "out" / "losses.txt").read_text().splitlines()) == 2
