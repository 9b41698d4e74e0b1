"""The reference of `pets` against second sources, its provided files, and what its files of predictions are told."""

from __future__ import annotations

import io
import shutil
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
from sklearn.metrics import jaccard_score

from grader.authoring.figures import MOST_IMAGE_BYTES
from grader.course.discovery import Course
from grader.judging.grading import Grader
from grader.model.status import Status
from grader.sandbox.guest.program import Program
from grader.subjects.recordings import Recordings

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference" / "pets"
SOLUTION = FOLDER / "solution"
STUB = ROOT / "student" / "pets" / "pets_classification.py"
LABELS, MASKS = "pets_classification.txt", "pets_segmentation.txt"
DRIVERS = FOLDER / "drivers.py"
PLOTS = {
    "pets_classification": {"label.png", "label_confusion.png"},
    "pets_segmentation": {"mask.png", "mask_examples.png"},
}
CORRECT = FOLDER / "samples" / "correct"

Load = Callable[[str], Any]


@pytest.fixture
def load() -> Iterator[Load]:
    with Program({path.name: path.read_text() for path in SOLUTION.glob("*.py")}).running() as program:
        yield program.load


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261124)


def test_iou_is_that_of_scikit_learn_averaged_over_images(load: Load, rng: np.random.Generator) -> None:
    predicted, gold = rng.random((2, 5, 6, 7)) < np.linspace(0.2, 0.9, 5)[:, None, None]
    expected = np.mean([jaccard_score(g.ravel(), p.ravel()) for g, p in zip(gold, predicted, strict=True)])
    assert load("pets_segmentation:mean_iou")(predicted, gold) == pytest.approx(expected, rel=1e-12)


def test_run_lengths_of_small_masks_are_those_counted_by_hand(load: Load) -> None:
    encode = load("pets_segmentation:run_lengths")
    assert encode(np.array([[0, 1, 1], [1, 0, 0]], bool)) == [1, 3, 2]
    assert encode(np.ones((2, 3), bool)) == [0, 6]
    assert encode(np.zeros((2, 3), bool)) == [6]


@pytest.mark.parametrize("name", ["pets_classification:Classifier", "pets_segmentation:Segmenter"])
def test_gradients_reach_every_parameter_that_is_trained(load: Load, name: str) -> None:
    model = load(name)(load("backbone:Backbone")())
    model(torch.randint(0, 256, (2, 3, 32, 48), dtype=torch.uint8)).square().sum().backward()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert trained
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in trained)


def test_weights_of_the_backbone_are_read_from_a_file(load: Load, tmp_path: Path) -> None:
    backbone = load("backbone:Backbone")()
    torch.save(backbone.state_dict(), tmp_path / "backbone.pt")
    read = load("backbone:pretrained")(tmp_path / "backbone.pt").state_dict()
    assert all(torch.equal(tensor, read[name]) for name, tensor in backbone.state_dict().items())


def test_the_checksum_of_a_record_is_that_of_its_specification(load: Load) -> None:
    """RFC 3720, appendix B.4: 32 bytes of zeros have the CRC-32C 8a9136aa."""
    crc = 0x8A9136AA
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert load("tfrecord:checksum")(bytes(32)) == masked


def test_an_example_that_tensorflow_writes_is_read(load: Load) -> None:
    """An Example of the label 300 and an image of two bytes; lists of numbers are packed or not."""
    image = b"\n\x0f\n\x05image\x12\x06\n\x04\n\x02ab"
    for numbers in (b"\x1a\x04\n\x02\xac\x02", b"\x1a\x03\x08\xac\x02"):
        value = b"\n\x05label\x12" + bytes([len(numbers)]) + numbers
        entries = image + b"\n" + bytes([len(value)]) + value
        assert load("tfrecord:features")(b"\n" + bytes([len(entries)]) + entries) == {"image": b"ab", "label": 300}


def test_made_up_images_are_read_as_they_were_drawn(load: Load, tmp_path: Path) -> None:
    part = load("standin:draw")(3, 1)
    load("tfrecord:write")(tmp_path / "dev.tfrecord", load("standin:records")(part, 2, is_test=False))
    read = load("pets_dataset:Pets")(tmp_path / "dev.tfrecord")
    assert [read[number]["label"] for number in range(len(read))] == part.labels.tolist()
    np.testing.assert_array_equal(read[2]["mask"][0] > 0, load("standin:mask")(part, 2))
    drawn = load("standin:image")(part, 2, 2).transpose(2, 0, 1).astype(float)
    assert read[2]["image"].dtype == np.uint8
    assert np.abs(read[2]["image"] - drawn).mean() < 20  # JPEG loses noise


def test_a_report_gets_a_small_image_of_the_test_part(load: Load, tmp_path: Path) -> None:
    part, file = load("standin:draw")(2, 1), tmp_path / "test.tfrecord"
    load("tfrecord:write")(file, load("standin:records")(part, 2, is_test=True))
    sources = {**{path.name: path.read_text() for path in SOLUTION.glob("*.py")}, "drivers.py": DRIVERS.read_text()}
    with Program(sources).running() as program:
        made = program.load("drivers:thumbnail")(program, file=str(file), written=0, number=1)["jpeg"].tobytes()
    assert len(made) < MOST_IMAGE_BYTES
    with Image.open(io.BytesIO(made), formats=("JPEG",)) as image:
        assert image.size == (112, 112)
        drawn = load("standin:image")(part, 1, 2)[::2, ::2].astype(float)
        assert np.abs(np.asarray(image) - drawn).mean() < 20  # JPEG and the mean of four pixels lose noise


def test_an_image_is_decoded_only_when_it_is_asked_for(load: Load, tmp_path: Path) -> None:
    example = load("tfrecord:example")
    load("tfrecord:write")(tmp_path / "dev.tfrecord", [example({"image": b"no picture"})])
    read = load("pets_dataset:Pets")(tmp_path / "dev.tfrecord")
    assert len(read) == 1
    with pytest.raises(OSError, match="cannot identify"):
        read[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"label,image\n", "record 0 of dev.tfrecord has no length, expected a TFRecord file"),
        (b"\x10" + bytes(7), "record 0 of dev.tfrecord has no length, expected a TFRecord file"),
        (None, "record 1 of dev.tfrecord is cut off"),
    ],
    ids=["text", "half a length", "half a record"],
)
def test_a_file_that_is_no_tfrecord_file_is_said_so(
    load: Load, tmp_path: Path, data: bytes | None, sentence: str
) -> None:
    file = tmp_path / "dev.tfrecord"
    load("tfrecord:write")(file, [b"one", b"two"])
    file.write_bytes(file.read_bytes()[:-5] if data is None else data)
    with pytest.raises(load("tfrecord:RecordError"), match=sentence):
        load("pets_dataset:Pets")(file)


def test_what_is_right_is_drawn_from_the_seed_of_the_rubric(load: Load) -> None:
    part = load("standin:draw")(612, 20261124)
    labels, masks = ((SOLUTION / name).read_text().splitlines() for name in (LABELS, MASKS))
    assert labels == [str(label) for label in part.labels]
    encode, mask = load("pets_segmentation:run_lengths"), load("standin:mask")
    for number in (0, 1, 305, 611):
        assert masks[number] == " ".join(map(str, encode(mask(part, number))))


@pytest.mark.timeout(300)
def test_data_is_installed_and_trained_on_and_predicted(tmp_path: Path) -> None:
    shutil.copytree(SOLUTION, tmp_path / "solution")
    shutil.copy(FOLDER / "install_data.py", tmp_path)
    run(tmp_path, "install_data.py", "--share", "0.005")
    gold = [(tmp_path / "solution" / name).read_text() for name in (LABELS, MASKS)]
    assert [len(text.splitlines()) for text in gold] == [3, 3]
    for name, written in (("pets_classification", LABELS), ("pets_segmentation", MASKS)):
        options = ("--data", "data", "--out", f"out-{name}", "--epochs", "1")
        told = run(tmp_path, f"solution/{name}.py", *options)
        assert "epoch 1: loss" in told
        assert {file.name for file in (tmp_path / f"out-{name}").glob("*.png")} == PLOTS[name]
        lines = (tmp_path / f"out-{name}" / written).read_text().splitlines()
        assert len(lines) == 3
        assert name != "pets_segmentation" or all(sum(map(int, line.split())) == 224 * 224 for line in lines)
    for option in ("--epochs", "--batch_size"):
        told = run(tmp_path, "solution/pets_segmentation.py", option, "0", ok=False)
        assert told.endswith(f"argument {option}: '0', expected a whole number of at least 1\n")
    shutil.copy(STUB, tmp_path / "solution")
    told = run(tmp_path, f"solution/{STUB.name}", "--data", "data", ok=False)
    assert told.startswith("not written yet: 1a: ")
    assert run(tmp_path, "install_data.py", "data", ok=False).startswith(
        "nothing was changed: test.tfrecord has images"
    )


class Found(torch.nn.Module):
    """Scores images with what it is given."""

    def __init__(self, scores: object) -> None:
        super().__init__()
        self.scores = scores

    def forward(self, _images: torch.Tensor) -> object:
        return self.scores


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        ((1, 2), "forward of Found returned tuple, expected a tensor of shape (2, 34)"),
        (torch.zeros(2, 3), "forward of Found returned (2, 3), expected a tensor of shape (2, 34)"),
    ],
    ids=["a pair", "another shape"],
)
def test_what_a_network_returns_in_place_of_scores_is_told(load: Load, scores: object, told: str) -> None:
    learn = load("training:_learn")
    with pytest.raises(SystemExit) as ended:
        learn(Found(scores), None, [(torch.zeros(2, 3, 16, 16), torch.zeros(2).long())], None, None)
    assert ended.value.code == told


@pytest.mark.parametrize("found", [[3, 4], torch.tensor([3, 4]), np.array([3, 4]), [torch.tensor(3), torch.tensor(4)]])
def test_predictions_are_taken_as_array_tensor_or_list(load: Load, found: object) -> None:
    batches = SimpleNamespace(part=[0, 1], target="label")
    predicted = load("training:_predicted")
    assert predicted(lambda *_given: found, None, batches).tolist() == [3, 4]
    with pytest.raises(SystemExit) as ended:
        predicted(lambda *_given: np.zeros((2, 34)), None, batches)
    assert ended.value.code == "predict returned shape (2, 34), expected (2,)"


BACKBONE = (SOLUTION / "backbone.py").read_text()
ENDED = """
import torch
from torch import nn
from torch.nn import functional

class Classifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(backbone.channels[-1], classes)

    def forward(self, images):
        x = self.backbone(images.float() / 255)[-1].mean(dim=(2, 3))
        return {}
"""
HEADS = {
    "tanh": ENDED.format("self.head(x).tanh()"),
    "cosines": ENDED.format("functional.cosine_similarity(x[:, None], self.head.weight, dim=2)"),
    "cut off at 30": ENDED.format("30 * torch.tanh(self.head(x) / 30)"),
    "sized by a trial run": """
import torch
from torch import nn

class Classifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        with torch.no_grad():
            width = backbone(torch.rand(2, 3, 32, 32))[-1].shape[1]
        self.head = nn.Linear(width, classes)

    def forward(self, images):
        return self.head(self.backbone(images.float() / 255)[-1].mean(dim=(2, 3)))
""",
    "slow": """
import torch
from torch import nn

class Classifier(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone, self.steps = backbone, 0
        self.head = nn.Parameter(torch.ones(classes))

    def forward(self, images):
        self.steps += self.training
        colours = self.head.abs() * images.float().mean(dim=(2, 3))
        return colours if self.steps > 40 else -colours

class Still:  # an optimizer of torch's takes seconds to be imported
    def zero_grad(self):
        pass

    def step(self):
        pass

def make_optimizer(model, learning_rate):
    return Still()
""",
}


@pytest.fixture
def ask() -> Iterator[Load]:
    """Run a driver on a head."""
    threads = torch.get_num_threads()
    with Program({"drivers.py": DRIVERS.read_text()}).running() as program:

        def run_on(driver: str, head: str, **inputs: object) -> Any:  # noqa: ANN401  # a tree
            sources = {"pets_classification.py": HEADS[head], "backbone.py": BACKBONE}
            with Program(sources).running() as submission:
                return program.load(f"drivers:{driver}")(submission, **inputs)

        yield run_on
    torch.set_num_threads(threads)


def test_images_of_a_trial_run_in_the_constructor_are_not_those_that_are_scored(
    ask: Load, rng: np.random.Generator
) -> None:
    """Heads that learn their width from a forward in the constructor were told that they give the backbone noise."""
    images = rng.integers(0, 256, (3, 3, 32, 48)).astype(np.uint8)
    found = ask("classifier_scores", "sized by a trial run", images=images, classes=3, seed=1)
    assert torch.equal(found["seen"][0], torch.from_numpy(images).float() / 255)
    right = ask("classifier_scores", "slow", images=images, classes=3, seed=1)  # it has no such run
    assert torch.equal(found["features"], right["features"])


@pytest.mark.parametrize(("head", "is_at_ends"), [("tanh", True), ("cosines", False), ("cut off at 30", False)])
def test_a_tanh_is_told_from_other_heads_with_a_bound(
    ask: Load, rng: np.random.Generator, head: str, *, is_at_ends: bool
) -> None:
    images = rng.integers(0, 256, (3, 3, 32, 48)).astype(np.uint8)
    found = ask("classifier_scores", head, images=images, classes=5, seed=1)
    assert (found["at_ends"].float().mean() > 0.9) == is_at_ends


def test_of_two_scores_for_a_pixel_the_first_says_ground() -> None:
    """What was charged by its shape was charged again for what it learned."""
    masks = torch.zeros(1, 1, 2, 2)
    scores = torch.tensor([[[[1.0, 2], [3, 4]], [[5, 1], [1, 1]]]])
    with Program({"drivers.py": DRIVERS.read_text()}).running() as program:
        made = program.load("drivers:_as_large")(scores, masks)
    assert made.tolist() == [[[[4, -1], [-2, -3]]]]


def test_a_head_that_learns_slowly_is_trained_longer(ask: Load) -> None:
    labels = np.arange(6) % 3
    images = np.where(np.arange(3) == labels[:, None], 200, 20)[:, :, None, None].repeat(16, 2).repeat(16, 3)
    given = {"images": images.astype(np.uint8), "labels": labels, "unseen": images[::-1].astype(np.uint8), "seed": 1}
    assert ask("transfer", "slow", **given)["predicted"].tolist() == labels[::-1].tolist()


def run(folder: Path, *command: str, ok: bool = True) -> str:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == ok, done.stderr
    return done.stderr


def test_a_fault_in_a_file_of_predictions_is_one_sentence_and_costs_that_file_alone(tmp_path: Path) -> None:
    """Each kind of fault that a file can have, told with its line; the code keeps its points."""
    labels, masks = (SOLUTION / LABELS).read_text(), (SOLUTION / MASKS).read_text()
    whole = "lines, expected 612: line 61"
    faults = {
        "too short": (LABELS, labels.encode()[: labels[:-1].rfind("\n") + 1], whole),
        "a fraction": (LABELS, b"1.5\n" + labels.encode(), "line 1 of pets_classification.txt"),
        "a sum": (
            MASKS,
            b"50175\n" + masks.encode(),
            "line 1 of pets_segmentation.txt has run lengths that sum to 50175",
        ),
        "empty": (MASKS, masks.encode().replace(b"\n", b"\n\n", 1), "line 2 of pets_segmentation.txt"),
    }
    with Grader(Course(ROOT).load("pets"), recordings=Recordings()) as grader:
        for name, (file, data, sentence) in faults.items():
            folder = tmp_path / name.replace(" ", "-")
            folder.mkdir()
            (folder / LABELS).write_text(labels)
            (folder / MASKS).write_text(masks)
            (folder / file).write_bytes(data)
            rows = {row.name: row for row in grader.grade(folder).checks}
            bad, good = ("labels_accuracy", "masks_iou") if file == LABELS else ("masks_iou", "labels_accuracy")
            assert rows[bad].status is Status.FAILED, name
            assert sentence in rows[bad].message, (name, rows[bad].message)
            assert rows[good].status is Status.PASSED, name


def test_mean_iou_of_all_pixels_together_is_another_number_than_is_graded(load: Load, rng: np.random.Generator) -> None:
    gold = rng.random((6, 9, 9)) < np.linspace(0.05, 0.95, 6)[:, None, None]
    predicted = gold ^ (rng.random(gold.shape) < 0.2)
    together = (gold & predicted).sum() / (gold | predicted).sum()
    assert abs(load("pets_segmentation:mean_iou")(predicted, gold) - together) > 0.01
