"""The reference of `convnet` against a second source, and the files that the assignment provides."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit

from grader.authoring import central_difference
from grader.sandbox.guest.program import Program

FOLDER = Path(__file__).parents[1] / "reference" / "convnet"
SOLUTION = FOLDER / "solution"
CRITERION = {"type": "SoftmaxCrossEntropy"}
# Both sides sum the same products in another order: measured error at most 7.2e-15 over 30 seeds.
CLOSE: dict[str, float] = {"rtol": 1e-11, "atol": 1e-12}
# Central differences of a loss below 10, step 1e-5 in float64: measured error at most 1.1e-9 over 50 seeds.
CLOSE_TO_DIFFERENCE: dict[str, float] = {"rtol": 1e-7, "atol": 1e-8}

CONVOLUTIONS = {
    "3 x 3 filters, padding 1": ((2, 3, 5, 5), 4, 3, 1, 1),
    "no padding": ((2, 2, 5, 5), 3, 3, 1, 0),
    "stride 2, windows fit": ((2, 2, 5, 5), 3, 3, 2, 0),
    "stride 2, a border is left over": ((2, 2, 6, 6), 3, 3, 2, 0),
    "stride past the filter leaves gaps": ((2, 2, 8, 8), 2, 2, 3, 0),
    "a rectangle": ((2, 2, 4, 7), 3, 3, 2, 1),
    "1 x 1 filter": ((3, 2, 3, 3), 2, 1, 1, 0),
    "one sample, one channel, one filter": ((1, 1, 4, 4), 1, 3, 1, 2),
}
POOLINGS = {
    "side by side": ((2, 3, 4, 4), 2, 2),
    "overlapping": ((2, 2, 5, 5), 3, 1),
    "overlapping at stride 2": ((2, 2, 7, 7), 3, 2),
    "with gaps": ((2, 2, 8, 8), 2, 3),
    "a border is left over": ((2, 2, 5, 6), 2, 2),
    "a rectangle": ((1, 1, 4, 9), 3, 2),
}


def read_tree() -> dict[str, str]:
    return {path.relative_to(SOLUTION).as_posix(): path.read_text() for path in SOLUTION.rglob("*.py")}


@pytest.fixture
def solution() -> Iterator[Program]:
    with Program(read_tree()).running() as program:
        yield program


@pytest.mark.parametrize("star", ["from . import *", "from modules import *"])
def test_the_file_of_a_network_may_import_all_layers_at_once(star: str) -> None:
    source = f"{star}\n\n\nclass ConvNet:\n    layers = Conv2D, ReLU, MaxPooling, Linear, SoftmaxCrossEntropy\n"
    with Program({**read_tree(), "modules/conv_classifier.py": source}).running() as program:
        assert len(getattr(program.load("modules:ConvNet"), "layers", ())) == 5


@pytest.fixture
def load(solution: Program) -> Callable[[str], Any]:
    return solution.load


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(20261121)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, requires_grad=True)


@pytest.mark.parametrize(("images", "filters", "kernel", "stride", "padding"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolution_and_its_gradients_are_those_of_torch(
    load: Callable[[str], Any],
    draw: np.random.Generator,
    images: tuple[int, ...],
    filters: int,
    kernel: int,
    stride: int,
    padding: int,
) -> None:
    layer = load("modules.convolution:Conv2D")(images[1], filters, kernel, stride, padding)
    layer.weight, layer.bias = draw.normal(size=layer.weight.shape), draw.normal(size=filters)
    x = draw.normal(size=images)
    theirs = [tensor(array) for array in (x, layer.weight, layer.bias)]
    expected = F.conv2d(*theirs, stride=stride, padding=padding)
    dout = draw.normal(size=expected.shape)
    expected.backward(torch.tensor(dout))

    out = layer.forward(x)
    layer.backward(dout)

    np.testing.assert_allclose(out, expected.detach().numpy(), **CLOSE)
    for got, wanted in zip((layer.dx, layer.dw, layer.db), theirs, strict=True):
        np.testing.assert_allclose(got, wanted.grad, **CLOSE)


@pytest.mark.parametrize(("images", "kernel", "stride"), POOLINGS.values(), ids=POOLINGS)
def test_pooling_and_its_gradient_are_those_of_torch(
    load: Callable[[str], Any], draw: np.random.Generator, images: tuple[int, ...], kernel: int, stride: int
) -> None:
    layer = load("modules.max_pool:MaxPooling")(kernel, stride)
    x = draw.normal(size=images)
    theirs = tensor(x)
    expected = F.max_pool2d(theirs, kernel, stride)
    dout = draw.normal(size=expected.shape)
    expected.backward(torch.tensor(dout))

    out = layer.forward(x)
    layer.backward(dout)

    np.testing.assert_array_equal(out, expected.detach().numpy())
    np.testing.assert_allclose(layer.dx, theirs.grad, **CLOSE)


def test_relu_and_its_gradient_are_those_of_torch(load: Callable[[str], Any], draw: np.random.Generator) -> None:
    layer = load("modules.relu:ReLU")()
    x, dout = draw.normal(size=(2, 2, 3, 4, 5))
    theirs = tensor(x)
    expected = F.relu(theirs)
    expected.backward(torch.tensor(dout))

    out = layer.forward(x)
    layer.backward(dout)

    np.testing.assert_array_equal(out, expected.detach().numpy())
    np.testing.assert_array_equal(layer.dx, theirs.grad)


@pytest.mark.parametrize("shape", [(3, 12), (2, 3, 2, 2)], ids=str)
def test_linear_and_its_gradients_are_those_of_torch(
    load: Callable[[str], Any], draw: np.random.Generator, shape: tuple[int, ...]
) -> None:
    layer = load("modules.linear:Linear")(12, 4)
    layer.weight, layer.bias = draw.normal(size=(12, 4)), draw.normal(size=4)
    x, dout = draw.normal(size=shape), draw.normal(size=(shape[0], 4))
    theirs = [tensor(array) for array in (x, layer.weight, layer.bias)]
    expected = theirs[0].flatten(1) @ theirs[1] + theirs[2]
    expected.backward(torch.tensor(dout))

    out = layer.forward(x)
    layer.backward(dout)

    np.testing.assert_allclose(out, expected.detach().numpy(), **CLOSE)
    for got, wanted in zip((layer.dx, layer.dw, layer.db), theirs, strict=True):
        np.testing.assert_allclose(got, wanted.grad, **CLOSE)


@pytest.mark.parametrize("scale", [1.0, 1000.0], ids=["usual scores", "scores whose exp overflows"])
def test_softmax_cross_entropy_and_its_gradient_are_those_of_torch(
    load: Callable[[str], Any], draw: np.random.Generator, scale: float
) -> None:
    criterion = load("modules.softmax_ce:SoftmaxCrossEntropy")()
    x, y = scale * draw.normal(size=(4, 5)), draw.integers(0, 5, 4)
    theirs = tensor(x)
    expected = F.cross_entropy(theirs, torch.tensor(y))
    expected.backward()

    probabilities, loss = criterion.forward(x, y)
    criterion.backward()

    np.testing.assert_allclose(probabilities, F.softmax(theirs, dim=1).detach().numpy(), **CLOSE)
    np.testing.assert_allclose(loss, expected.item(), **CLOSE)
    np.testing.assert_allclose(criterion.dx, theirs.grad, **CLOSE)


def small_network(load: Callable[[str], Any], draw: np.random.Generator) -> Any:  # noqa: ANN401  # the solution's ConvNet
    network = load("modules.conv_classifier:ConvNet")(
        [
            {"type": "Conv2D", "in_channels": 2, "out_channels": 3, "kernel_size": 3, "stride": 1, "padding": 1},
            {"type": "ReLU"},
            {"type": "MaxPooling", "kernel_size": 2, "stride": 2},
            {"type": "Linear", "in_dim": 12, "out_dim": 4},
        ],
        CRITERION,
    )
    for layer in (network.modules[0], network.modules[3]):
        layer.weight, layer.bias = draw.normal(size=layer.weight.shape), draw.normal(size=layer.bias.shape)
    return network


@pytest.mark.parametrize("parameter", ["weight", "bias"])
@pytest.mark.parametrize("index", [0, 3], ids=["Conv2D", "Linear"])
def test_gradients_of_a_network_are_the_slopes_of_its_loss(
    load: Callable[[str], Any], draw: np.random.Generator, index: int, parameter: str
) -> None:
    network = small_network(load, draw)
    x, y = draw.normal(size=(3, 2, 4, 4)), draw.integers(0, 4, 3)
    layer = network.modules[index]
    network.forward(x, y)
    network.backward()
    gradient = layer.dw if parameter == "weight" else layer.db

    def loss_at(value: np.ndarray) -> float:
        setattr(layer, parameter, value)
        return float(network.forward(x, y)[1])

    slopes = central_difference(loss_at, getattr(layer, parameter))
    np.testing.assert_allclose(gradient, slopes, **CLOSE_TO_DIFFERENCE)


def test_the_gradient_by_a_networks_input_is_the_slope_of_its_loss(
    load: Callable[[str], Any], draw: np.random.Generator
) -> None:
    network = small_network(load, draw)
    x, y = draw.normal(size=(3, 2, 4, 4)), draw.integers(0, 4, 3)
    network.forward(x, y)
    network.backward()
    gradient = network.modules[0].dx
    slopes = central_difference(lambda moved: float(network.forward(moved, y)[1]), x)
    np.testing.assert_allclose(gradient, slopes, **CLOSE_TO_DIFFERENCE)


@pytest.mark.parametrize("layer", ["modules.convolution:Conv2D", "modules.linear:Linear"])
def test_first_weights_are_drawn_with_the_seed_of_the_handout(load: Callable[[str], Any], layer: str) -> None:
    built = load(layer)(2, 3)
    np.random.seed(1024)  # noqa: NPY002  # the contract
    np.testing.assert_array_equal(built.weight, 1e-3 * np.random.randn(*built.weight.shape))  # noqa: NPY002  # see above
    np.testing.assert_array_equal(built.bias, np.zeros(3))


def test_an_unknown_criterion_is_a_value_error(load: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match="'Hinge'"):
        load("modules.conv_classifier:ConvNet")([{"type": "ReLU"}], {"type": "Hinge"})


def stand_in(draw: np.random.Generator, *shapes: tuple[int, ...]) -> SimpleNamespace:
    layers = [SimpleNamespace(weight=draw.normal(size=shape), bias=draw.normal(size=shape[-1:])) for shape in shapes]
    return SimpleNamespace(modules=[layers[0], SimpleNamespace(), *layers[1:]])


@pytest.mark.parametrize("reg", [0.0, 0.1], ids=["free weights", "weights pulled to zero"])
def test_steps_at_a_constant_rate_are_those_of_torch(
    load: Callable[[str], Any], draw: np.random.Generator, reg: float
) -> None:
    model = stand_in(draw, (3, 2), (2, 4))
    layers = [layer for layer in model.modules if hasattr(layer, "weight")]
    weights, biases = [tensor(layer.weight) for layer in layers], [tensor(layer.bias) for layer in layers]
    theirs = torch.optim.SGD(
        [{"params": weights, "weight_decay": reg}, {"params": biases, "weight_decay": 0.0}], lr=0.1, momentum=0.8
    )
    ours = load("optimizer.sgd:SGD")(model, learning_rate=0.1, reg=reg, momentum=0.8)
    for _ in range(4):
        for layer, weight, bias in zip(layers, weights, biases, strict=True):
            layer.dw, layer.db = draw.normal(size=layer.weight.shape), draw.normal(size=layer.bias.shape)
            weight.grad, bias.grad = torch.tensor(layer.dw), torch.tensor(layer.db)
        ours.update(model)
        theirs.step()
    for layer, weight, bias in zip(layers, weights, biases, strict=True):
        np.testing.assert_allclose(layer.weight, weight.detach(), **CLOSE)
        np.testing.assert_allclose(layer.bias, bias.detach(), **CLOSE)


def test_a_gradient_keeps_the_learning_rate_of_its_own_step(load: Callable[[str], Any]) -> None:
    layer = SimpleNamespace(weight=np.zeros(1), bias=np.zeros(1))
    optimizer = load("optimizer.sgd:SGD")(SimpleNamespace(modules=[layer]), 0.1, reg=0.0, momentum=0.5)
    for rate in (0.1, 0.01):
        optimizer.learning_rate = rate
        layer.dw, layer.db = np.ones(1), np.ones(1)
        optimizer.update(SimpleNamespace(modules=[layer]))
    first, second = -0.1, 0.5 * -0.1 - 0.01
    np.testing.assert_allclose(layer.weight, first + second, **CLOSE)
    np.testing.assert_allclose(layer.bias, first + second, **CLOSE)


def test_regularization_adds_to_the_gradient_of_weights_alone(
    load: Callable[[str], Any], draw: np.random.Generator
) -> None:
    model = stand_in(draw, (2, 2))
    layer = model.modules[0]
    layer.dw, layer.db = np.ones((2, 2)), np.ones(2)
    load("optimizer._base_optimizer:_BaseOptimizer")(model, reg=0.5).apply_regularization(model)
    np.testing.assert_array_equal(layer.dw, 1 + 0.5 * layer.weight)
    np.testing.assert_array_equal(layer.db, np.ones(2))


def test_the_tracker_of_older_editions_starts_at_zero_for_every_layer(
    load: Callable[[str], Any], draw: np.random.Generator
) -> None:
    optimizer = load("optimizer._base_optimizer:_BaseOptimizer")(stand_in(draw, (2, 2), (2, 2)))
    assert optimizer.grad_tracker == {index: {"dw": 0, "db": 0} for index in range(3)}


def test_an_optimizer_without_an_update_says_so(load: Callable[[str], Any], draw: np.random.Generator) -> None:
    model = stand_in(draw, (2, 2))
    with pytest.raises(NotImplementedError, match="_BaseOptimizer has no update"):
        load("optimizer._base_optimizer:_BaseOptimizer")(model).update(model)


class Recorder:
    """A model and its optimizer in one, which note what the trainer asks of them."""

    def __init__(self) -> None:
        self.learning_rate = 1.0
        self.batches: list[int] = []
        self.rates: list[float] = []

    def forward(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:  # noqa: N803  # the contract's name
        self.batches.append(len(X))
        return np.eye(2)[np.zeros(len(y), int)], 0.25

    def backward(self) -> None:
        pass

    def update(self, model: object) -> None:
        assert model is self
        self.rates.append(self.learning_rate)


def train(load: Callable[[str], Any], recorder: Recorder, **settings: object) -> tuple[list[float], list[float]]:
    images, labels = np.zeros((6, 1, 2, 2)), np.array([0, 0, 0, 0, 1, 1])
    history: tuple[list[float], list[float]] = load("trainer:ClassifierTrainer")().train(
        images, labels, recorder, optimizer=recorder, **settings
    )
    return history


def test_the_learning_rate_decays_after_each_epoch(load: Callable[[str], Any]) -> None:
    recorder = Recorder()
    train(load, recorder, learning_rate_decay=0.5, num_epochs=3, batch_size=3)
    assert recorder.rates == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]


def test_training_gives_the_loss_of_each_step_and_the_accuracy_of_each_epoch(load: Callable[[str], Any]) -> None:
    losses, accuracies = train(load, Recorder(), num_epochs=3, batch_size=2)
    assert losses == [0.25] * 9
    assert accuracies == pytest.approx([4 / 6] * 3)


def test_accuracy_is_measured_as_often_as_asked_for(load: Callable[[str], Any]) -> None:
    _, accuracies = train(load, Recorder(), num_epochs=2, batch_size=2, acc_frequency=2)
    assert len(accuracies) == len({2, 4, 6} | {3, 6})


def test_without_sampling_each_step_sees_all_images(load: Callable[[str], Any]) -> None:
    recorder = Recorder()
    train(load, recorder, num_epochs=2, batch_size=2, sample_batches=False)
    assert recorder.batches == [6, 6, 6, 6]
    assert len(recorder.rates) == 2


def test_training_without_an_optimizer_is_a_value_error(load: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match="optimizer is None"):
        load("trainer:ClassifierTrainer")().train(np.zeros((1, 1)), np.zeros(1, int), Recorder())


@pytest.mark.parametrize(("verbose", "lines"), [(False, 0), (True, 2)], ids=["silent", "verbose"])
def test_training_prints_a_line_per_epoch_if_asked_for(
    load: Callable[[str], Any], capsys: pytest.CaptureFixture[str], verbose: bool, lines: int
) -> None:
    train(load, Recorder(), num_epochs=2, batch_size=2, verbose=verbose)
    assert len(capsys.readouterr().out.splitlines()) == lines


def test_a_package_gives_all_that_it_names(load: Callable[[str], Any]) -> None:
    given: dict[str, object] = {}
    exec("from modules import *\nfrom optimizer import *", given)  # noqa: S102  # a star is an import of modules only
    layers = {"Conv2D", "ConvNet", "Linear", "MaxPooling", "ReLU", "SoftmaxCrossEntropy"}
    assert {name for name in given if not name.startswith("__")} == layers | {"SGD"}


def test_a_package_has_no_other_names(load: Callable[[str], Any]) -> None:
    with pytest.raises(ImportError, match="Conv3D"):
        exec("from modules import Conv3D", {})  # noqa: S102  # the import is what is tested


def test_a_file_that_does_not_parse_costs_only_whoever_imports_it() -> None:
    with Program({**read_tree(), "modules/relu.py": "class ReLU:\n\tpass\n    x = 1\n"}).running() as program:
        assert program.load("modules:Conv2D") is program.load("modules.convolution:Conv2D")
        with pytest.raises(SyntaxError):
            program.load("modules:ReLU")


def checks_of_training(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    file = FOLDER / "checks" / "test_training.py"
    module = ModuleType("convnet_training")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # where a dataclass looks for its annotations
    exec(compile(file.read_text(), str(file), "exec", dont_inherit=True), vars(module))  # noqa: S102  # ours, and leaves no cache
    return module


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("network", ["CONVOLUTIONAL", "LINEAR"])
def test_the_reference_learns_the_images_of_the_training_check_by_heart(
    solution: Program, monkeypatch: pytest.MonkeyPatch, seed: int, network: str
) -> None:
    with Program({"drivers.py": (FOLDER / "drivers.py").read_text()}).running() as drivers:
        checks = checks_of_training(monkeypatch)
        inputs = checks.images_and_network(np.random.default_rng(seed), getattr(checks, network))
        history = drivers.load("drivers:training")(solution, **inputs)  # type: ignore[operator]  # it is a function
    assert history["accuracies"][-1] == 1.0
    assert history["losses"][-2:].mean() < 0.6 * np.log(checks.CLASSES)  # what guessing gives


class Harmful:
    """What unpickles by calling a function."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("exit 1",)


def written(file: Path, content: object) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pickle.dumps(content, protocol=4))
    return file


def test_a_batch_of_cifar10_is_read_as_images_and_labels(
    load: Callable[[str], Any], draw: np.random.Generator, tmp_path: Path
) -> None:
    pixels = draw.integers(0, 256, (4, 3072), np.uint8)
    file = written(tmp_path / "batch", {b"data": pixels, b"labels": [3, 1, 4, 1]})
    images, labels = load("data.cifar10:read_batch")(file)
    np.testing.assert_array_equal(images, pixels.reshape(4, 3, 32, 32))
    np.testing.assert_array_equal(labels, [3, 1, 4, 1])


def test_a_pickle_that_calls_something_is_refused(load: Callable[[str], Any], tmp_path: Path) -> None:
    with pytest.raises(pickle.UnpicklingError, match="expected arrays and plain containers only"):
        load("data.cifar10:read_batch")(written(tmp_path / "batch", {b"data": Harmful()}))


def test_images_are_made_up_where_cifar10_is_not_there(load: Callable[[str], Any], tmp_path: Path) -> None:
    images, labels, origin = load("data.cifar10:load")(tmp_path, 50)
    assert images.shape == (50, 3, 32, 32)
    assert images.dtype == np.float64
    np.testing.assert_allclose(images.mean(axis=0), 0, atol=1e-12)
    assert set(labels) == set(range(10))
    assert "is not there" in origin


def test_cifar10_is_used_where_it_is_there(
    load: Callable[[str], Any], draw: np.random.Generator, tmp_path: Path
) -> None:
    pixels = draw.integers(0, 256, (4, 3072), np.uint8)
    written(tmp_path / "cifar-10-batches-py" / "data_batch_1", {b"data": pixels, b"labels": [3, 1, 4, 1]})
    images, labels, origin = load("data.cifar10:load")(tmp_path, 2)
    assert images.shape == (2, 3, 32, 32)
    assert labels.tolist() == [3, 1]
    assert origin.startswith("CIFAR-10")


@pytest.mark.parametrize("has_matplotlib", [False, True], ids=["without matplotlib", "with matplotlib"])
def test_train_runs_as_a_script(tmp_path: Path, has_matplotlib: bool) -> None:
    home = tmp_path / "convnet"
    shutil.copytree(SOLUTION, home, ignore=shutil.ignore_patterns("__pycache__"))
    if has_matplotlib:
        pytest.importorskip("matplotlib")
    else:
        (home / "matplotlib.py").write_text("raise ImportError")
    done = subprocess.run(
        [sys.executable, "train.py", "--images", "10", "--epochs", "1"],
        cwd=home,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    first, epoch, last = done.stdout.splitlines()
    assert first.startswith("10 images: made-up images")
    assert epoch.startswith("epoch 1 of 1: loss ")
    assert last.startswith("the plot is in" if has_matplotlib else "no plot: matplotlib is not installed")
    assert (home / "train.png").exists() == has_matplotlib


def test_a_damaged_file_of_cifar10_is_told_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "convnet"
    shutil.copytree(SOLUTION, home, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "data" / "cifar-10-batches-py").mkdir()
    (home / "data" / "cifar-10-batches-py" / "data_batch_1").write_bytes(b"half a download")
    done = subprocess.run([sys.executable, "train.py"], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("data: data_batch_1")
    assert len(done.stderr.splitlines()) == 1
