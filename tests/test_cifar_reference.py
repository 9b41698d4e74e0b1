"""The reference of `cifar` against plain torch, the files that the assignment provides, and its hostile inputs."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import re
import shutil
import struct
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from grader.course.discovery import Course
from grader.drivers.absent_modules import AbsentModule
from grader.drivers.imports import MissingError
from grader.judging.grading import Grader, grade_submission
from grader.lint.lint import as_submission
from grader.model.result import Verdict
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.subjects.recordings import Recordings

FOLDER = Path(__file__).parents[1] / "reference" / "cifar"
SOLUTION = FOLDER / "solution"
SAMPLES = FOLDER / "samples"


def tree(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.py")}


def attached(folder: Path) -> dict[str, bytes]:
    paths = (*folder.glob("configs/*"), *folder.glob("checkpoints/*"))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def solution() -> Iterator[Program]:
    threads = torch.get_num_threads()
    with Program(tree(SOLUTION), attached=attached(SOLUTION)).running() as program:
        yield program
    torch.set_num_threads(threads)


@pytest.fixture
def load(solution: Program) -> Callable[[str], Any]:
    return solution.load


@pytest.fixture
def drivers() -> ModuleType:
    module = ModuleType("drivers")
    threads = torch.get_num_threads()
    exec(compile((FOLDER / "drivers.py").read_text(), "drivers.py", "exec"), module.__dict__)  # noqa: S102  # as a worker does
    torch.set_num_threads(threads)
    return module


@pytest.fixture
def batches() -> DataLoader[Any]:
    torch.manual_seed(5)
    return DataLoader(TensorDataset(torch.randn(11, 3, 4, 4), torch.arange(11) % 10), batch_size=4)


def linear() -> nn.Module:
    torch.manual_seed(6)
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 10))


def handed_in(sample: str, changed: dict[str, bytes] | None = None) -> Program:
    """Make a submission of a sample, laid over what the course provides."""
    folder = next((SAMPLES / sample).rglob("main.py")).parent
    given = {path: text for path, text in tree(SOLUTION).items() if not path.startswith(("main", "models/"))}
    init = {"models/__init__.py": (SOLUTION / "models/__init__.py").read_text()}
    return Program({**tree(folder), **given, **init}, attached=attached(folder) | (changed or {}))


def test_training_takes_the_steps_of_plain_torch(load: Callable[[str], Any], batches: DataLoader[Any]) -> None:
    ours, theirs = linear(), linear()
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    load("main:train")(0, batches, ours, optimizer, nn.CrossEntropyLoss())

    velocity = [torch.zeros_like(parameter) for parameter in theirs.parameters()]
    for images, labels in batches:
        loss = -theirs(images).log_softmax(dim=1)[range(len(labels)), labels].mean()
        gradients = torch.autograd.grad(loss, list(theirs.parameters()))
        for number, (parameter, gradient) in enumerate(zip(theirs.parameters(), gradients, strict=True)):
            velocity[number] = 0.9 * velocity[number] + gradient + 0.01 * parameter.detach()
            parameter.data -= 0.1 * velocity[number]
    for got, wanted in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(got, wanted)


def test_validation_counts_what_a_loop_counts_and_leaves_no_gradient(
    load: Callable[[str], Any], batches: DataLoader[Any]
) -> None:
    model = linear()
    accuracy, confusion = load("main:validate")(0, batches, model, nn.CrossEntropyLoss())
    pairs = [(int(t), int(p)) for x, y in batches for t, p in zip(y, model(x).argmax(1), strict=True)]
    wanted = np.zeros((10, 10))
    for true, predicted in pairs:
        wanted[true, predicted] += 1
    assert confusion.tolist() == wanted.tolist()
    assert accuracy == pytest.approx(sum(t == p for t, p in pairs) / 11)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_the_two_layer_network_is_two_products_and_a_sigmoid(load: Callable[[str], Any]) -> None:
    network = load("models.twolayer:TwoLayerNet")(12, 5, 3)
    w1, b1, w2, b2 = (parameter.detach() for parameter in network.parameters())
    x = torch.randn(2, 3, 2, 2)
    wanted = (1 / (1 + torch.exp(-(x.reshape(2, 12) @ w1.T + b1)))) @ w2.T + b2
    torch.testing.assert_close(network(x), wanted)
    torch.testing.assert_close(network(x.reshape(2, 12)), wanted)


def test_the_convolutional_network_is_windows_relu_maxima_and_a_product(load: Callable[[str], Any]) -> None:
    network = load("models.cnn:VanillaCNN")()
    w1, b1, w2, b2 = (parameter.detach() for parameter in network.parameters())
    x = torch.randn(2, 3, 32, 32)
    windows = x.unfold(2, 7, 1).unfold(3, 7, 1)  # (N, C, 26, 26, 7, 7)
    maps = torch.einsum("nchwij,fcij->nfhw", windows, w1) + b1[:, None, None]
    seen = maps.clamp(min=0).reshape(2, 32, 13, 2, 13, 2).amax(dim=(3, 5))
    torch.testing.assert_close(network(x), seen.reshape(2, -1) @ w2.T + b2, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("home", "arguments", "count"),
    [("models.twolayer:TwoLayerNet", (3072, 256, 10), 789258), ("models.cnn:VanillaCNN", (), 58826)],
)
def test_the_networks_have_the_parameters_of_the_contract(
    load: Callable[[str], Any], home: str, arguments: tuple[int, ...], count: int
) -> None:
    assert sum(parameter.numel() for parameter in load(home)(*arguments).parameters()) == count


def test_the_two_networks_separate_on_made_up_images(solution: Program, drivers: ModuleType) -> None:
    images, labels = solution.load("data.cifar10:made_up")(600, seed=12)
    x = solution.load("data.cifar10:as_tensor")(images)
    right = {}
    for model, arguments in (("TwoLayerNet", [3072, 256, 10]), ("VanillaCNN", []), ("MyModel", [])):
        network = solution.load(drivers.HOMES[model])(*arguments).eval()
        weights = drivers.read_checkpoint(solution.attachment(f"checkpoints/{model.lower()}.pth")).weights
        network.load_state_dict(weights)
        right[model] = float(np.mean(network(x).argmax(dim=1).numpy() == labels))
    assert 0.25 < right["TwoLayerNet"] < 0.45
    assert right["VanillaCNN"] > 0.5
    assert right["MyModel"] > 0.6


def test_another_seed_of_the_world_gives_other_images_of_the_same_labels(load: Callable[[str], Any]) -> None:
    (first, labels), (other, others) = (load("data.cifar10:made_up")(20, 1, world) for world in (10, 11))
    assert labels.tolist() == others.tolist()
    assert not np.array_equal(first, other)


def test_the_rubric_says_the_shares_that_the_checks_ask_for() -> None:
    least = re.search(r"^LEAST = (\{.*\})$", (FOLDER / "checks" / "test_checkpoints.py").read_text(), re.MULTILINE)
    rubric = tomllib.loads((FOLDER / "assignment.toml").read_text())["checks"]
    instructions = (FOLDER / "instructions.md").read_text()
    assert least is not None
    for model, share in yaml.safe_load(least[1]).items():
        row = next(row for name, row in rubric.items() if name.startswith("checkpoint") and model in row["says"])
        assert f"right on {share} of" in row["says"]
        assert f"{share} by {model}" in instructions


@pytest.mark.parametrize("encoding", ["bytes", "latin1"])
def test_made_up_batches_read_like_the_published_ones(
    load: Callable[[str], Any], tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "data_batch_1"
    images, labels = load("data.cifar10:made_up")(20, seed=1)
    file.write_bytes(load("data.cifar10:batch_bytes")(images, labels, file.name))
    with file.open("rb") as stream:
        content = pickle.load(stream, encoding=encoding)  # noqa: S301  # written above
    data, label = (b"data", b"labels") if encoding == "bytes" else ("data", "labels")
    assert content[data].shape == (20, 3072)
    assert (content[data].reshape(images.shape) == images).all()
    assert content[label] == labels.tolist()


def test_images_of_a_folder_win_over_made_up_ones(load: Callable[[str], Any], tmp_path: Path) -> None:
    read, origins = load("data.cifar10:load"), []
    origins.append(read(tmp_path, "test")[2])
    load("data.cifar10:write_made_up")(tmp_path)
    images, labels, origin = read(tmp_path, "test")
    assert (len(images), len(labels), origin) == (500, 500, str(tmp_path / "cifar-10-batches-py"))
    assert origins[0].startswith("made up")


class Command:
    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("exit 7",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps({b"data": Command()}), "the file names posix.system, expected arrays"),
        (pickle.dumps([1, 2]), "is no batch of CIFAR-10"),
        (pickle.dumps({b"data": 1})[:-4], "batch"),
        (b"", "is no batch of CIFAR-10"),
    ],
    ids=["a command", "a list", "cut off", "empty"],
)
def test_a_batch_that_is_none_is_refused_in_a_sentence(
    load: Callable[[str], Any], tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "data_batch_1"
    file.write_bytes(content)
    with pytest.raises(pickle.UnpicklingError, match=said):
        load("data.cifar10:read_batch")(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Train: {batch_size: 128, lr: 0.1, epochs: 1}", "Train.lr is no known key, expected one of"),
        ("Train: {learning_rat: 0.1}", "Train.learning_rat is no known key, expected learning_rate"),
        ("Train: {learning_rate: 1e-3}", "Train.learning_rate is the text '1e-3', expected a number above 0"),
        ("Train: {batch_size: true}", "Train.batch_size is True, expected a whole number from 1"),
        ("Tran: {}", "Tran is no known group, expected Train"),
        ("Train: 3", "Train is 3, expected the keys"),
        ("network: {model: [1]}", "network.model is a list of 1, expected one of TwoLayerNet"),
        ("!!python/object/apply:os.system ['exit 7']", "line 1 asks for an object by a tag, expected plain values"),
        ("a: [1", "line 1 is not YAML"),
        ("", "the file holds empty"),
        ("[" * 100_000, "expected at most"),
        ("[" * 6_000, "is not YAML"),
    ],
)
def test_a_fault_in_a_configuration_is_named(load: Callable[[str], Any], text: str, said: str) -> None:
    error = load("settings:SettingsError")
    with pytest.raises(error) as caught:
        load("settings:read")(text)
    assert any(said in problem for problem in caught.value.problems), caught.value.problems


def test_what_a_configuration_leaves_out_is_filled_in(load: Callable[[str], Any]) -> None:
    train = "{batch_size: 8, learning_rate: 1, epochs: 2, gamma: 1, description: short}"
    text = f"{{Train: {train}, network: {{model: MyModel}}, loss: {{loss_type: CE}}}}"
    settings = load("settings:read")(text)
    assert (settings["Train"]["momentum"], settings["network"]["save_best"]) == (0.0, True)


def test_keys_of_a_students_own_main_are_no_fault_but_slips_are(load: Callable[[str], Any]) -> None:
    """A configuration with `optimizer: Adam` lost its points, whoever reads it."""
    train = "{batch_size: 8, learning_rate: 1, epochs: 2, optimizer: Adam%s}"
    groups = "network: {model: MyModel, dropout: 0.3}, augment: {flip: true}, loss: {loss_type: CE}"
    text = f"{{Train: {train}, {groups}}}"
    assert load("settings:read")(text % "", with_own_keys=True)["Train"]["optimizer"] == "Adam"
    with pytest.raises(load("settings:SettingsError"), match=r"^Train.Momentun is no known key, expected momentum$"):
        load("settings:read")(text % ", Momentun: 0.9", with_own_keys=True)


def saved(value: object) -> bytes:
    file = io.BytesIO()
    torch.save(value, file)
    return file.getvalue()


def claiming(size: int) -> bytes:
    """Save one weight and write another size into the archive's directory."""
    data = bytearray(saved({"weight": torch.zeros(4)}))
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"data/0"))
    struct.pack_into("<I", data, place + 24, size)
    return bytes(data)


CHECKPOINTS = {
    "a command": (saved({"weight": Command()}), "objects"),
    "a whole network": (saved(nn.Linear(2, 2)), "objects"),
    "a list": (saved([torch.zeros(2)]), "no-state-dict"),
    "numbers": (saved({"epoch": 3}), "no-state-dict"),
    "tensors of whole numbers": (saved({"weight": torch.arange(3)}), "other-network"),
    "too many tensors": (saved({str(n): torch.zeros(1) for n in range(99)}), "other-network"),
    "more weights than any": (saved({"weight": torch.zeros(1).expand(3 << 20)}), "other-network"),
    "cut off": ((SOLUTION / "checkpoints" / "vanillacnn.pth").read_bytes()[:50_000], "damaged"),
    "empty": (b"", "damaged"),
    "text": (b"version https://git-lfs.github.com/spec/v1\n", "objects"),
    "3 GiB": (claiming(3 << 30), "too-large"),
}


@pytest.mark.parametrize(("data", "problem"), CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_checkpoint_that_is_none_is_told_by_a_word(
    solution: Program, drivers: ModuleType, data: bytes, problem: str
) -> None:
    program = Program(tree(SOLUTION), attached={"checkpoints/vanillacnn.pth": data})
    with program.running():
        found = drivers.weights(program, "VanillaCNN")
    assert (found["problem"], found["tensors"]) == (problem, [])


def test_a_checkpoint_of_another_network_is_told_by_a_word(drivers: ModuleType) -> None:
    data = saved(nn.Linear(2, 2).state_dict())
    with Program(tree(SOLUTION), attached={"checkpoints/mymodel.pth": data}).running() as program:
        found = drivers.predictions(program, "MyModel", np.zeros((1, 3, 32, 32), np.uint8))
    assert found["problem"] == "other-network"


def test_a_packed_checkpoint_holds_what_torch_would_save() -> None:
    data = (SOLUTION / "checkpoints" / "twolayernet.pth").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        whole = sum(entry.file_size for entry in archive.infolist())
    weights = torch.load(io.BytesIO(data), weights_only=True)
    assert sum(tensor.numel() for tensor in weights.values()) == 789258
    assert whole > 10 * len(data)


@pytest.mark.parametrize(("sample", "edition"), [("correct", "main.py"), ("correct_solver", "solver.py")])
def test_either_edition_takes_the_reference_step(
    solution: Program, drivers: ModuleType, sample: str, edition: str
) -> None:
    draw = np.random.default_rng(1)
    inputs: dict[str, Any] = {
        "images": draw.normal(size=(5, 3, 4, 4)).astype(np.float32), "labels": draw.integers(0, 10, 5),
        "weight": draw.normal(size=(10, 48)).astype(np.float32), "batch_size": 2, "momentum": 0.9,
        "class_weights": None,
    }  # fmt: skip
    wanted = drivers.training(solution, **inputs)
    program = handed_in(sample)
    with program.running():
        got = drivers.training(program, **inputs)
    assert drivers.edition(program)["file"] == edition
    torch.testing.assert_close(got["parameters"], wanted["parameters"])
    assert not [name for name, module in sys.modules.items() if isinstance(module, AbsentModule)]


def test_a_submission_without_configurations_is_told_which_file_is_missing(drivers: ModuleType) -> None:
    with Program(tree(SOLUTION)).running() as program, pytest.raises(MissingError, match="was not handed in"):
        drivers.configuration(program, "MyModel")


OWN = """
from torch import nn
from torchvision import models
from .resnet import resnet32


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = {network}
"""
COURSES_RESNET = (
    "from torch import nn\n\n\nclass ResNet(nn.Linear):\n    pass\n\n\ndef resnet32():\n    return ResNet(2, 2)\n"
)


@pytest.mark.parametrize(
    ("network", "ready"),
    [
        ("nn.Linear(2, 2)", []),
        ("models.resnet18()", ["torchvision.models.resnet18"]),
        ("models.ResNet(models.resnet.BasicBlock, [2, 2])", ["torchvision.models.ResNet"]),
        ("__import__('torch').hub.load('a', 'b')", ["torch.hub.load"]),
        ("resnet32()", ["models.resnet.ResNet"]),
    ],
)
def test_a_ready_network_is_one_that_is_there_when_it_runs(drivers: ModuleType, network: str, ready: list[str]) -> None:
    """Importing torchvision.models and using nothing of it cost the points of a network of one's own."""
    sources = {"models/my_model.py": OWN.format(network=network), "models/resnet.py": COURSES_RESNET}
    with Program(sources).running() as program:
        assert drivers.own_start(program, [1, 2])["ready"] == ready
    assert not isinstance(torch.hub, AbsentModule)


def test_layers_that_take_their_size_from_the_first_image_are_counted_with_it(drivers: ModuleType) -> None:
    source = (
        "from torch import nn\n\n\ndef TwoLayerNet(*sizes):\n    return nn.Sequential(nn.Flatten(), nn.LazyLinear(5))\n"
    )
    with Program({"models/twolayer.py": source}).running() as program:
        found = drivers.size(program, "TwoLayerNet", [20, 5, 5], [], np.zeros((1, 5, 2, 2), np.float32))
    assert found["parameters"] == found["in_state_dict"] == [[5, 20], [5]]


def test_numbers_that_a_file_draws_as_it_is_executed_are_no_first_weights(drivers: ModuleType) -> None:
    """A network that was tried out at the end of its file was said to draw from elsewhere than the generators."""
    sources = {"models/my_model.py": OWN.format(network="nn.Linear(2, 2)") + "\n\nMyModel()\n"}
    with Program({**tree(FOLDER / "solution"), **sources}).running() as program:
        first, _, again = drivers.own_start(program, [1, 2, 1])["starts"]
    assert torch.equal(first["values"], again["values"])


def test_a_name_that_only_another_editions_data_has_costs_training_nothing(drivers: ModuleType) -> None:
    main = "from data import IMBALANCECIFAR100, Cifar\n\n\ndef train(*arguments):\n    pass\n"
    given = {
        "images": np.zeros((2, 3, 4, 4), np.float32),
        "labels": np.zeros(2, int),
        "weight": np.ones((10, 48), np.float32),
    }
    with Program({**tree(FOLDER / "solution"), "main.py": main}).running() as program:
        found = drivers.training(program, **given, batch_size=2, momentum=0.0, class_weights=None)
    assert found["parameters"]["weight"].tolist() == given["weight"].tolist()


@pytest.mark.parametrize("course", ["cifar", "imbalance"])
@pytest.mark.parametrize("package", ["data", "losses", "models"])
def test_every_name_that_an_edition_imports_from_the_courses_packages_resolves(
    drivers: ModuleType, package: str, course: str
) -> None:
    names = {
        "data": ["Cifar", "IMBALANCECIFAR10", "Imbalanced_CIFAR10"],
        "losses": ["FocalLoss", "reweight"],
        "models": ["MyModel", "TwoLayerNet", "VanillaCNN", "resnet32"] if course == "cifar" else ["resnet32"],
    }[package]
    provided = tree(FOLDER.parent / course / "solution")
    with Program(provided).running(), drivers.absent_modules(drivers.ABSENT, provided):
        module = importlib.import_module(package)
        assert [name for name in names if not hasattr(module, name)] == []


def test_the_datasets_of_the_editions_hold_images_with_their_labels(load: Callable[[str], Any], tmp_path: Path) -> None:
    whole, rare, tested = (
        load("data.cifar10:Cifar")(tmp_path),
        load("data.imbalance_cifar:IMBALANCECIFAR10")(tmp_path, imb_factor=0.1, transform=torch.abs),
        load("data.imbalance_cifar:IMBALANCECIFAR10")(tmp_path, train=False),
    )
    assert (len(whole), len(tested)) == (2000, 500)
    assert rare.get_cls_num_list() == [int(200 * 0.1 ** (label / 9)) for label in range(10)]
    image, label = whole[3]
    assert (image.shape, image.dtype, label) == ((3, 32, 32), torch.float32, int(whole.targets[3]))
    assert float(rare[0][0].min()) >= 0


@pytest.mark.parametrize("losses", ["class FocalLoss(\n", "raise OSError\n", "FocalLoss = 1\n"])
def test_losses_of_another_section_cost_training_nothing(drivers: ModuleType, losses: str) -> None:
    main = "from losses import FocalLoss, reweight\n\n\ndef train(*arguments):\n    pass\n"
    given = {
        "images": np.zeros((2, 3, 4, 4), np.float32),
        "labels": np.zeros(2, int),
        "weight": np.ones((10, 48), np.float32),
    }
    with Program({"main.py": main, "losses/__init__.py": losses}).running() as program:
        found = drivers.training(program, **given, batch_size=2, momentum=0.0, class_weights=None)
    assert found["parameters"]["weight"].tolist() == given["weight"].tolist()


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ("return None", NotImplementedError, "validate returned None"),
        ("return None, None", NotImplementedError, "validate returned None"),
        ("return 'half'", TypeError, "validate returned str, expected two results"),
        ("return 0.5, 1, 2", TypeError, "validate returned tuple, expected two results"),
    ],
)
def test_validating_without_two_results_is_told_in_words_of_ours(
    drivers: ModuleType, body: str, error: type[Exception], said: str
) -> None:
    given = {
        "images": np.zeros((2, 3, 4, 4), np.float32),
        "labels": np.zeros(2, int),
        "weight": np.ones((10, 48), np.float32),
    }
    program = Program({"main.py": f"def validate(*arguments):\n    {body}\n"})
    with program.running(), pytest.raises(error, match=said):
        drivers.validation(program, **given, batch_size=2)


RETURNED = {
    "the accuracy alone": ("return accuracy", {"validate_confusion"}),
    "a list of one": ("return [accuracy]", {"validate_confusion"}),
    "a tensor of one number": ("return torch.tensor(accuracy)", {"validate_confusion"}),
    "the matrix alone": ("return confusion", {"validate_accuracy"}),
    "percent and nothing else": ("return 100 * accuracy", {"validate_accuracy", "validate_confusion"}),
    "the matrix first": ("return confusion, accuracy", {"validate_accuracy", "validate_confusion"}),
    "both": ("return accuracy, confusion", set()),
}


@pytest.mark.parametrize(("end", "lost"), RETURNED.values(), ids=RETURNED)
def test_what_validate_leaves_out_costs_its_own_check(grader: Grader, end: str, lost: set[str]) -> None:
    """The accuracy alone lost all three checks of validation."""
    old = "    return float(confusion.trace() / confusion.sum()), confusion\n"
    main = grader.course.solution["main.py"]
    assert main.count(old) == 1
    new = f"    accuracy = float(confusion.trace() / confusion.sum())\n    {end}\n"
    checks = {"validate_accuracy", "validate_confusion", "validate_keeps_model"}
    submission = as_submission(grader.course, "a test's", {**grader.course.solution, "main.py": main.replace(old, new)})
    verdicts = grader.observe(submission, only=checks).verdicts
    not_passed = {one.check: (one.status, one.message) for one in verdicts if one.status is not Status.PASSED}
    assert not_passed.keys() == lost, not_passed


def test_a_network_that_returns_nothing_is_not_written(drivers: ModuleType) -> None:
    source = "from torch import nn\n\n\nclass MyModel(nn.Module):\n    def forward(self, x):\n        return None\n"
    with (
        Program({"models/my_model.py": source}).running() as program,
        pytest.raises(NotImplementedError, match="forward of MyModel returned None"),
    ):
        drivers.own_scores(program, np.zeros((1, 3, 32, 32), np.float32))


def test_training_writes_weights_and_a_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for path, text in tree(SOLUTION).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        few = text.replace("(2000, 1)", "(40, 1)").replace("(500, 2)", "(20, 2)")
        (tmp_path / path).write_text(few)
    (tmp_path / "two.yaml").write_text((SOLUTION / "configs" / "config_twolayer.yaml").read_text())
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "100"}
    command = [sys.executable, "main.py", "--config", "two.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "40 images: made up" in done.stderr
    assert torch.load(tmp_path / "checkpoints" / "twolayernet.pth", weights_only=True).keys() >= {"hidden.weight"}
    assert (tmp_path / "checkpoints" / "twolayernet.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "two.yaml").write_text("Train: {epochs: many}")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "two.yaml: Train.epochs is the text 'many', expected a whole number from 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_images_of_cifar_are_hidden_where_a_course_has_them(
    load: Callable[[str], Any], drivers: ModuleType, solution: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("data.cifar10:write_made_up")(tmp_path / "hidden")
    monkeypatch.chdir(tmp_path)
    known = {image.tobytes() for image in load("data.cifar10:load")(tmp_path / "hidden", "test")[0]}
    drawn = drivers.images_to_test(solution, seed=4, count=30)["images"]
    assert {image.tobytes() for image in drawn} < known


CIFAR = Path(__file__).parents[1]
UNUSED = """
import torch
from torch import nn


class MyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.never_used = nn.Parameter(torch.randn(40000))
        self.layer = nn.Linear(3072, 10)
        {line}

    def forward(self, x):
        return self.layer(x.flatten(1)) * torch.arange(1, 11)
"""


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(Course(CIFAR).load("cifar"), recordings=Recordings()) as ready:
        yield ready


def judged(grader: Grader, check: str, changed: dict[str, str | bytes]) -> Verdict:
    texts = {path: value for path, value in changed.items() if isinstance(value, str)}
    data = {path: value for path, value in changed.items() if isinstance(value, bytes)}
    course = grader.course
    submission = as_submission(course, "a test's", {**course.solution, **texts}, {**course.attached, **data})
    (found,) = grader.observe(submission, only={check}).verdicts
    return found


# What each mistake gets wrong, by the checks that say so: no other check takes points for it. Several stand where
# several sentences of the rubric are untrue of it: who takes no step takes none for one batch, for many, by any loss.
CHARGED = {
    "no-step": ["train_step", "train_epoch", "train_criterion"],
    "gradients-never-cleared": ["train_epoch"],
    "first-batch-only": ["train_epoch"],
    "one-step-for-all-batches": ["train_epoch"],
    "criterion-not-used": ["train_criterion"],
    "batches-weighed-alike": ["validate_accuracy"],
    "accuracy-in-percent": ["validate_accuracy"],
    "accuracy-by-the-batches": ["validate_accuracy"],
    "validate-accuracy-alone": ["validate_confusion"],
    "accuracy-is-a-count": ["validate_accuracy"],
    "confusion-transposed": ["validate_confusion"],
    "confusion-of-the-last-batch": ["validate_confusion"],
    "backward-in-validation": ["validate_keeps_model"],
    "twolayer-no-bias": ["twolayer_size", "twolayer_scores", "twolayer_flat"],
    "twolayer-relu": ["twolayer_scores", "twolayer_flat"],
    "twolayer-only-images": ["twolayer_flat"],
    "cnn-padded": ["cnn_size", "cnn_scores"],
    "cnn-no-relu": ["cnn_scores"],
    "my-model-probabilities": ["my_model_scores"],
    "my-model-loads-weights": ["my_model_start"],
    "my-model-renamed": ["checkpoint_my_model"],
    "config-number-as-text": ["configs"],
}


def test_each_mistake_costs_the_points_of_what_it_gets_wrong_and_no_others(grader: Grader) -> None:
    """Linting proves that `fails` is the whole list, under four seeds."""
    fails = {mistake.name: list(mistake.fails) for mistake in grader.judge.mistakes.mistakes}
    assert {name: fails[name] for name in CHARGED} == CHARGED


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("nn.init.constant_(self.layer.weight, 0.01)", Status.FAILED),
        ("self.layer.weight.data = torch.linspace(-1, 1, 30720).reshape(10, 3072)", Status.FAILED),
        ("nn.init.zeros_(self.layer.bias)", Status.PASSED),
        ("self.scale = nn.Parameter(torch.ones(1, 10, 1))", Status.PASSED),
        ("self.other = nn.Parameter(torch.zeros(10, 10))", Status.PASSED),
    ],
)
def test_every_parameter_of_ones_own_network_is_looked_at(grader: Grader, line: str, status: Status) -> None:
    """Of the largest parameter 32 numbers were looked at, so that one in no use was enough."""
    assert judged(grader, "my_model_start", {"models/my_model.py": UNUSED.format(line=line)}).status is status


def test_a_checkpoint_without_test_images_waits_for_a_person(grader: Grader) -> None:
    found = judged(grader, "checkpoint_cnn", {})
    assert (found.status, found.share) == (Status.BLOCKED, 0)
    assert "the checkpoint fits VanillaCNN; how often it is right was not judged" in found.message
    assert "these points wait for a person" in found.message


def test_names_of_layers_are_free_and_shapes_are_not(grader: Grader) -> None:
    weights = torch.load(io.BytesIO(grader.course.attached["checkpoints/twolayernet.pth"]), weights_only=True)
    renamed = {f"my.{name}": tensor for name, tensor in reversed(weights.items())}
    file = "checkpoints/twolayernet.pth"
    assert judged(grader, "checkpoint_twolayer", {file: saved(renamed)}).status is Status.BLOCKED
    found = judged(grader, "checkpoint_twolayer", {file: saved(dict(list(renamed.items())[:3]))})
    assert (found.status, "has other names or shapes" in found.message) == (Status.FAILED, True)
    odd = {name: tensor * float("nan") for name, tensor in renamed.items()}
    assert judged(grader, "checkpoint_twolayer", {file: saved(odd)}).status is Status.FAILED


def test_checkpoints_are_judged_where_the_course_has_test_images(tmp_path: Path) -> None:
    home = tmp_path / "reference" / "cifar"
    shutil.copytree(FOLDER, home, ignore=shutil.ignore_patterns("samples", "__pycache__"))
    with Program(tree(SOLUTION)).running() as program:
        images, labels = program.load("data.cifar10:made_up")(400, seed=5)
        place = home / "hidden" / "cifar-10-batches-py"
        place.mkdir(parents=True)
        (place / "test_batch").write_bytes(program.load("data.cifar10:batch_bytes")(images, labels, "test_batch"))
    untrained = nn.Sequential(nn.Linear(3072, 256), nn.Linear(256, 10)).state_dict()
    with Grader(Course(tmp_path).load("cifar"), recordings=Recordings()) as grader:
        names = ("checkpoint_twolayer", "checkpoint_cnn", "checkpoint_my_model")
        assert [judged(grader, name, {}).status for name in names] == [Status.PASSED] * 3
        found = judged(grader, names[0], {"checkpoints/twolayernet.pth": saved(untrained)})
    assert (found.status, "TwoLayerNet is right on" in found.message) == (Status.FAILED, True)


def test_configurations_are_read_where_no_code_of_the_submission_runs(grader: Grader) -> None:
    patch = "import settings\n\nsettings.read = lambda text: {'Train': {'learning_rate': 0.1}}\n"
    changed: dict[str, str | bytes] = {
        "main.py": patch, "models/my_model.py": patch, "configs/config_mymodel.yaml": b"Train: {epochs: many}",
    }  # fmt: skip
    assert judged(grader, "configs", changed).status is Status.FAILED


def test_made_up_images_are_of_a_world_that_is_written_down_nowhere(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "solution", tmp_path / "solution", ignore=shutil.ignore_patterns("__pycache__"))
    few = (tmp_path / "solution" / "data" / "cifar10.py").read_text().replace("(2000, 1)", "(40, 1)")
    (tmp_path / "solution" / "data" / "cifar10.py").write_text(few.replace("(500, 2)", "(20, 2)"))
    shutil.copy(FOLDER / "install_data.py", tmp_path)
    drawn = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "install_data.py"], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        drawn.append((tmp_path / "hidden" / "cifar-10-batches-py" / "test_batch").read_bytes())
    assert "80 made-up images" in done.stdout
    assert drawn[0] != drawn[1] != (tmp_path / "data" / "cifar-10-batches-py" / "test_batch").read_bytes()


IN_PERCENT = """
import torch


def validate(epoch, val_loader, model, criterion):
    confusion, right, seen = torch.zeros(10, 10), 0.0, 0
    for data, target in val_loader:
        with torch.no_grad():
            guess = model(data).argmax(1)
        right, seen = right + (guess == target).float().sum(), seen + len(data)
        for t, p in zip(target, guess):
            confusion[t, p] += 1
    return 100 * right / seen, FORM
"""


@pytest.mark.parametrize(
    "form", ["confusion", "confusion / confusion.sum(1)", "confusion / confusion.sum(1, keepdim=True)"]
)
def test_a_fault_of_validation_is_named_whichever_form_the_matrix_has(grader: Grader, form: str) -> None:
    """The course's own code divides columns by the sums of rows, and nothing beside that was named."""
    files = {**grader.course.solution, "main.py": IN_PERCENT.replace("FORM", form)}
    result = grade_submission(grader, as_submission(grader.course, "one", files), only=("validate_accuracy",))
    assert {named.name for check in result.checks for named in check.mistakes} == {"accuracy-in-percent"}


def test_a_fault_of_the_step_is_named_in_the_edition_with_a_solver(grader: Grader) -> None:
    files = {**grader.course.solution, **tree(next((SAMPLES / "correct_solver").rglob("solver.py")).parent)}
    assert "self.model.zero_grad()\n" in files["solver.py"]
    files["solver.py"] = files["solver.py"].replace("self.model.zero_grad()\n", "pass\n")
    result = grade_submission(grader, as_submission(grader.course, "one", files), only=("train_epoch",))
    assert {named.name for check in result.checks for named in check.mistakes} == {"gradients-never-cleared"}
