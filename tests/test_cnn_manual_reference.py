"""The reference of `cnn_manual` against torch and autograd, and the files that the assignment provides."""

from __future__ import annotations

import gzip
import itertools
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from grader.sandbox.guest.program import Program

FOLDER = Path(__file__).parents[1] / "reference" / "cnn_manual"
SOLUTION = FOLDER / "solution"
EDITION = FOLDER / "samples" / "foreign_edition" / "hw5"

Load = Callable[[str], Any]


@pytest.fixture
def load() -> Iterator[Load]:
    threads, has_gradients = torch.get_num_threads(), torch.is_grad_enabled()
    tree = {path.relative_to(SOLUTION).as_posix(): path.read_text() for path in SOLUTION.rglob("*.py")}
    with Program(tree).running() as program:
        yield program.load
    torch.set_num_threads(threads)
    torch.set_grad_enabled(has_gradients)


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run cnn_manual.py of a folder with the files that the course provides."""
    path = os.pathsep.join((str(folder), str(SOLUTION)))
    return subprocess.run(
        [sys.executable, "-W", "error", str(folder / "cnn_manual.py"), *arguments], check=False, capture_output=True,
        text=True, timeout=100, cwd=folder, env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("size", [(6, 6), (5, 8), (9, 7)], ids=str)
@pytest.mark.parametrize(("kernel_size", "stride"), [*itertools.product((1, 2, 3, 5), (1, 2, 3))])
def test_the_layer_and_its_gradients_agree_with_torch(
    load: Load, size: tuple[int, int], kernel_size: int, stride: int
) -> None:
    generator = torch.Generator().manual_seed(kernel_size)
    layer = load("cnn_manual:Convolution")(4, kernel_size, stride, [*size, 2])
    layer._bias = torch.randn(4, generator=generator)  # the course's name
    images = torch.randn(3, *size, 2, generator=generator, requires_grad=True)
    kernel, bias = layer._kernel.requires_grad_(), layer._bias.requires_grad_()  # see above
    outputs = torch.nn.functional.conv2d(images.movedim(-1, 1), kernel.permute(3, 2, 0, 1), bias, stride)
    outputs = torch.relu(outputs).movedim(1, -1)
    gradient = torch.randn(outputs.shape, generator=generator)
    expected = torch.autograd.grad(outputs, (images, kernel, bias), gradient)
    with torch.no_grad():
        got = layer.forward(images)
        inputs_gradient, variables, gradients = layer.backward(images, got, gradient)
    torch.testing.assert_close(got, outputs.detach())
    torch.testing.assert_close((inputs_gradient, *gradients), expected)
    assert [one is own for one, own in zip(variables, (kernel, bias), strict=True)] == [True, True]


def test_verify_prints_a_row_for_outputs_and_each_gradient_of_each_layer() -> None:
    ended = run(SOLUTION, "--epochs", "1", "--verify", "--cnn", "3-3-3,4-2-2")
    head, *rows = ended.stdout.splitlines()[1:]
    assert head.split("  ")[0] == "layer"
    assert [" ".join(row.split()[:4]).removesuffix(" 0.0e+00") for row in rows if "gradient" in row] == [
        f"{layer} gradient of {what}" for layer in (1, 2) for what in ("bias", "kernel", "inputs")
    ]
    assert len(rows) == 8
    assert "differs" not in ended.stdout
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("got", "expected", "row"),
    [
        ([[1.0, 2.0]], [[1.0, 2.5]], (0.5, "[0, 1]", "2", "2.5")),
        ([[1.0]], [[1.0, 2.5]], (float("inf"), "the shape", "(1, 1)", "(1, 2)")),
        ([float("nan"), 9.0], [1.0, 2.0], (float("inf"), "[0]", "nan", "1")),
    ],
)
def test_the_largest_difference_is_told_with_its_place(
    load: Load, got: list[Any], expected: list[Any], row: tuple[Any, ...]
) -> None:
    found = load("comparison:compared")(1, "outputs", torch.tensor(got), torch.tensor(expected))
    assert (found.difference, found.place, found.got, found.expected) == row


def test_a_value_that_differs_is_marked(load: Load) -> None:
    comparison = load("comparison:Comparison")()
    kernel, images = torch.ones(1, 1, 1, 1), torch.ones(1, 2, 2, 1)
    comparison.forward("layer", 1, kernel, torch.zeros(1), images, images + 1)
    assert "1.0e+00  differs" in comparison.table()


@pytest.mark.parametrize(
    ("cnn", "said"),
    [
        ("5-29-1", "layer 1 is '5-29-1': its kernel is larger than its inputs of 28 x 28, expected at most 28"),
        ("5-3-2,5-14-1", "layer 2 is '5-14-1': its kernel is larger than its inputs of 13 x 13, expected at most 13"),
        ("5-3-0", "layer 1 is '5-3-0', expected numbers of at least 1 (filters-kernel_size-stride, such as 5-3-2)"),
        ("5-0-1", "layer 1 is '5-0-1', expected numbers of at least 1 (filters-kernel_size-stride, such as 5-3-2)"),
        ("5-3", "layer 1 is '5-3', expected filters-kernel_size-stride, such as 5-3-2"),
        ("5-3-1,", "layer 2 is '', expected filters-kernel_size-stride, such as 5-3-2"),
        ("5-3--1", "layer 1 is '5-3--1', expected filters-kernel_size-stride, such as 5-3-2"),
        ("5-3-1.5", "layer 1 is '5-3-1.5', expected filters-kernel_size-stride, such as 5-3-2"),
    ],
)
def test_a_layer_that_cannot_be_is_told_in_one_sentence(load: Load, cnn: str, said: str) -> None:
    with pytest.raises(SystemExit) as ended:
        load("network:parsed")(cnn, 28, 28, 1)
    assert ended.value.code == f"--cnn: {said}"


@pytest.mark.parametrize(
    ("option", "text", "least"),
    [("--batch_size", "0", 1), ("--batch_size", "-3", 1), ("--epochs", "0", 1), ("--epochs", "1.5", 1),
     ("--threads", "-2", 0)],
)  # fmt: skip
def test_a_number_that_cannot_be_is_told_in_one_sentence(
    load: Load, capsys: pytest.CaptureFixture[str], option: str, text: str, least: int
) -> None:
    """A batch of no images was a traceback of torch's."""
    with pytest.raises(SystemExit):
        load("cnn_manual:parser").parse_args([f"{option}={text}"])
    said = f"argument {option}: {text!r}, expected a whole number of at least {least}"
    assert capsys.readouterr().err.splitlines()[-1].endswith(said)


def test_the_shapes_of_several_layers_follow_from_each_other(load: Load) -> None:
    sizes = load("network:parsed")("5-3-2, 10-2-3", 9, 12, 1)
    assert [size.input_shape for size in sizes] == [(9, 12, 1), (4, 5, 5)]
    assert sizes[-1].output_shape == (1, 2, 10)


def test_an_edition_of_the_course_runs_with_the_files_provided() -> None:
    ended = run(EDITION, "--epochs", "1", "--cnn", "5-3-2", "--verify")
    assert ended.returncode == 0, ended.stderr
    accuracy = float(ended.stdout.splitlines()[-1].rpartition(" ")[2])
    assert accuracy > 50


def test_digits_stand_in_for_mnist(load: Load) -> None:
    parts = load("npfl138.datasets.mnist:MNIST")(sizes={"train": 100})
    batches = [*parts.train.batches(30)]
    assert [len(batch["labels"]) for batch in batches] == [30, 30, 30, 10]
    images = batches[0]["images"]
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (30, 1, 28, 28))
    assert (len(parts.train), len(parts.dev), len(parts.test)) == (100, 297, 300)
    assert sorted(set(parts.test.data["labels"].tolist())) == [*range(10)]
    shuffled = next(parts.train.batches(100, shuffle=True))["labels"]
    assert shuffled.sort().values.equal(parts.train.data["labels"].sort().values)


def idx(numbers: np.ndarray) -> bytes:
    return struct.pack(f">I{numbers.ndim}I", 0x800 | numbers.ndim, *numbers.shape) + numbers.tobytes()


def written(folder: Path, **others: bytes) -> Path:
    rng = np.random.default_rng(1)
    for name, count in (("train", 5010), ("t10k", 20)):
        images = rng.integers(0, 255, (count, 28, 28), np.uint8)
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images), 1))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx(np.arange(count, dtype=np.uint8) % 10))
    for name, data in others.items():
        (folder / name.replace("__", "-")).write_bytes(data)
    return folder


def test_mnists_own_files_are_read_packed_or_not(load: Load, tmp_path: Path) -> None:
    parts = load("npfl138.datasets.mnist:read")(written(tmp_path))
    assert {name: len(labels) for name, (_, labels) in parts.items()} == {"train": 10, "dev": 5000, "test": 20}
    assert parts["test"][0].shape == (20, 28, 28)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>", "expected a file that begins with 0x801"),
        (idx(np.zeros(3, np.uint8))[:-1], "2 bytes, expected 3 for 3"),
    ],
)
def test_a_file_that_is_not_mnists_is_named(load: Load, tmp_path: Path, data: bytes, said: str) -> None:
    folder = written(tmp_path, t10k__labels__idx1__ubyte=data)
    with pytest.raises(ValueError, match=said):
        load("npfl138.datasets.mnist:read")(folder)


def test_who_trains_on_a_damaged_file_is_told_in_one_sentence(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"<html>")
    monkeypatch.setenv("MNIST", str(tmp_path))
    with pytest.raises(SystemExit, match=r"^MNIST: .*train-images-idx3-ubyte: expected a file that begins with 0x803$"):
        load("npfl138.datasets.mnist:MNIST")()


def test_a_network_of_two_layers_learns_the_digits_in_a_few_epochs() -> None:
    ended = run(SOLUTION, "--epochs", "3", "--batch_size", "20", "--learning_rate", "0.2")
    assert float(ended.stdout.splitlines()[-1].split()[-2]) > 80, ended.stderr
