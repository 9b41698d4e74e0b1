"""Layers of `efficientnet` in other hands: drivers find the same in them, and hidden numbers reach them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.sandbox.guest.program import Program

FOLDER = Path(__file__).parents[1] / "reference" / "efficientnet"
REFERENCE = (FOLDER / "solution" / "layers.py").read_text()
ELEMENT = {"in_channels": 8, "out_channels": 8, "expansion": 2, "stride": 1, "compression": 0.25, "dropout": 0.0}

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Run a driver on the text of a layers.py."""
    with Program({"drivers.py": (FOLDER / "drivers.py").read_text()}).running() as drivers:

        def asked(driver: str, text: str, **inputs: Any) -> dict[str, Any]:  # noqa: ANN401  # a driver's
            with Program({"layers.py": text}).running() as program:
                impl = SimpleNamespace(load=program.load, sources={"layers.py": text})
                found: dict[str, Any] = drivers.load(f"drivers:{driver}")(impl, **inputs)
                return found

        yield asked


def changed(*pieces: tuple[str, str]) -> str:
    """Write the reference otherwise."""
    text = REFERENCE
    for before, after in pieces:
        assert before in text
        text = text.replace(before, after)
    return text


def gating() -> dict[str, Any]:
    means = np.array([1.0, -2.0, 1.5, -1.0, 2.0, 1.0, -1.5, 1.0], np.float32)
    return {
        "arguments": {"in_channels": 8},
        "x": np.tile(means[None, :, None, None], (2, 1, 3, 2)),
        "rows": (24 * np.sign(means) / np.abs(means).sum())[None],
        "v": np.array([0.02, -0.05, 0.1, 0.03, -0.1, 0.07, 0.05, -0.02], np.float32),
    }


def test_squeeze_and_excite_gives_what_its_formula_says(ask: Ask) -> None:
    given = gating()
    output = ask("squeezed", REFERENCE, **given)["output"]
    expected = given["x"] / (1 + np.exp(-24 * given["v"]))[:, None, None]
    np.testing.assert_allclose(output, expected, rtol=1e-5)


@pytest.mark.parametrize("hidden", ["nn.ReLU(inplace=True)", "nn.ReLU6()", "nn.Hardswish()", "nn.GELU()"])
def test_any_activation_between_the_layers_of_squeeze_and_excite_is_as_good(ask: Ask, hidden: str) -> None:
    other = changed(("hidden, 1), nn.SiLU())", f"hidden, 1), {hidden})"))
    got, expected = (ask("squeezed", text, **gating()) for text in (other, REFERENCE))
    np.testing.assert_allclose(got["output"], expected["output"], rtol=1e-4)
    np.testing.assert_allclose(got["hidden"], expected["hidden"], rtol=1e-4)


def test_a_hard_sigmoid_written_out_is_judged_as_one(ask: Ask) -> None:
    other = changed(
        ("nn.Conv2d(hidden, channels, 1), nn.Sigmoid())", "nn.Conv2d(hidden, channels, 1))"),
        ("gates: torch.Tensor = self.excite(", "gates: torch.Tensor = 1 / 6 * nn.functional.relu6(3 + self.excite("),
        ("keepdim=True)))", "keepdim=True))))"),
    )
    got = ask("squeezed", other, **gating())["output"]
    expected = ask("squeezed", REFERENCE, **gating(), gate="hardsigmoid")["output"]
    np.testing.assert_allclose(got, expected, rtol=1e-4)


@pytest.mark.parametrize("kind", ["mbconv", "fused"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("nn.SiLU(),\n", "nn.ReLU6(inplace=True),\n"),
        ("nn.SiLU(),\n", "nn.SELU(),\n"),
        ("groups=groups, bias=False)", "groups=groups)"),
        ("return layer, nn.BatchNorm2d(out_channels)", "return layer, nn.BatchNorm2d(out_channels, eps=1e-3)"),
        (
            "stride, kernel // 2, groups=groups, bias=False)",
            "stride, groups=groups, bias=False)\n    layer = nn.Sequential(nn.ZeroPad2d(kernel // 2), layer)",
        ),
    ],
    ids=["ReLU6 in place", "SELU", "biases", "another epsilon", "padding by a layer"],
)
def test_an_element_in_other_hands_gives_the_same(ask: Ask, kind: str, before: str, after: str) -> None:
    rng = np.random.default_rng(0)
    z, kernel = rng.normal(size=(2, 8, 5, 3)), rng.normal(size=(8, 8, 3, 3))
    large, row = rng.uniform(20, 30, size=(2, 8)), np.full((1, 8), 0.12)
    asked: dict[str, dict[str, Any]] = {
        "convolutions": {"size": [9, 7], "z": z, "kernel": kernel, "branches": large[None]},
        "gated": {"z": large, "rows": row, "v": np.linspace(-0.1, 0.1, 8)},
        "normed": {"z": rng.normal(0, 9, size=(6, 8)), "scale": np.linspace(1, 2, 8), "shift": np.linspace(-1, 1, 8)},
        "statistics": {"x": rng.normal(size=(4, 8)), "mean": np.linspace(-1, 1, 8)},
        "carried": {"sizes": [[8, 6], [7, 5]], "z": large[:1], "kernel": np.abs(kernel)},
    }
    for driver, inputs in asked.items():
        given = {name: np.float32(one) if isinstance(one, np.ndarray) else one for name, one in inputs.items()}
        got, expected = (
            ask(driver, text, kind=kind, arguments=ELEMENT, **given) for text in (changed((before, after)), REFERENCE)
        )
        for name, values in expected.items():
            pairs = zip(got[name], values, strict=True) if isinstance(values, list) else [(got[name], values)]
            for one, other in pairs:
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3, err_msg=f"{driver}: {name}")


def test_weights_that_are_no_numbers_are_replaced_before_anything_is_judged(ask: Ask) -> None:
    other = changed(
        ("    return layer, nn.Batch", "    nn.init.constant_(layer.weight, float('nan'))\n    return layer, nn.Batch")
    )
    z, kernel = np.ones((1, 8, 5, 3), np.float32), np.ones((8, 8, 3, 3), np.float32)
    got, expected = (
        ask("convolutions", text, kind="mbconv", arguments=ELEMENT, size=[9, 7], z=z, kernel=kernel)["outputs"]
        for text in (other, REFERENCE)
    )
    for one, right in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, right)


def test_an_element_that_writes_into_its_input_changes_nothing_of_ours(ask: Ask) -> None:
    other = changed(
        ("        branch: torch.Tensor = self.branch(x)\n", "        branch = self.branch(x)\n        x.zero_()\n")
    )
    x, branches = np.ones((1, 8, 3, 3), np.float32), np.zeros((1, 1, 8), np.float32)
    given = {"kind": "mbconv", "arguments": [ELEMENT | {"skip": True}], "x": x, "branches": branches}
    got = ask("summed", other, **given)
    assert not np.any(got["outputs"][0].numpy())
    assert not np.any(got["inputs"][0].numpy())
    assert np.all(x == 1)
    assert np.all(ask("summed", REFERENCE, **given)["outputs"][0].numpy() == 1)


def test_a_block_gives_the_sum_of_what_all_its_projections_give(ask: Ask) -> None:
    branches = np.arange(3 * 2 * 8, dtype=np.float32).reshape(3, 2, 8)
    arguments = {name: value for name, value in ELEMENT.items() if name != "skip"} | {"repeats": 3, "stride": 2}
    x = np.ones((2, 8, 9, 7), np.float32)
    (output,) = ask("summed", REFERENCE, kind="mbconv_block", arguments=[arguments], x=x, branches=branches)["outputs"]
    np.testing.assert_allclose(output[:, :, 0, 0], branches.sum(axis=0))


def test_a_sum_that_is_made_in_place_is_one(ask: Ask) -> None:
    other = changed(("return x + branch if self.adds_input", "return x.add_(branch) if self.adds_input"))
    branches = np.full((1, 40, 8), 25, np.float32)
    given = {"kind": "fused", "arguments": [ELEMENT | {"skip": True, "dropout": 0.5}], "branches": branches}
    for one, right in zip(ask("dropped", other, **given)["training"], [[[0] * 8, [50] * 8]], strict=True):
        np.testing.assert_allclose(one, right)
    assert ask("dropped", other, **given)["evaluation"][0].unique().tolist() == [25]


def test_what_gradients_need_and_is_written_over_is_said(ask: Ask) -> None:
    other = changed(
        ("        gates: torch.Tensor = ", "        x = x.exp()\n        gates: torch.Tensor = "),
        ("return gates * x", "return gates * x.zero_()"),
    )
    x, w = np.ones((2, 8, 3, 2), np.float32), np.ones((2, 8, 3, 2), np.float32)
    trained = changed(("x.mean(dim=(2, 3)", "self.excite[0].weight.sum().exp().mul(x).mean(dim=(2, 3)"))
    assert not ask("slopes", trained, **gating() | {"x": x}, w=w)["is_overwritten"]
    written = other.replace("x = x.exp()", "x = (x * self.excite[0].bias.sum().exp()).exp()")
    assert ask("slopes", written, **gating() | {"x": x}, w=w)["is_overwritten"]


MODEL = (FOLDER / "solution" / "model.py").read_text()
CONVOLVED = (
    "nn.functional.conv2d(self.blocks(self.stem(x)).mean(dim=(2, 3), keepdim=True),"
    " self.head.weight[:, :, None, None], self.head.bias)[:, :, 0, 0]"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        (
            "self.head = nn.Linear(64, num_classes)",
            "self.head = nn.Sequential(nn.Dropout(), nn.Linear(64, num_classes))",
        ),
        (".mean(dim=(2, 3)))", ".mean(dim=(2, 3))).log_softmax(dim=1)"),
        (".mean(dim=(2, 3)))", ".mean(dim=(2, 3))).softmax(dim=1)"),
        (
            "self.head(self.blocks(self.stem(x)).mean(dim=(2, 3)))",
            CONVOLVED,
        ),
    ],
    ids=["as it is", "dropout before the head", "log-softmax", "softmax", "a convolution for the head"],
)
def test_the_gradient_of_what_the_last_convolution_gives_is_known_in_closed_form(before: str, after: str) -> None:
    text = MODEL.replace(before, after) if before else MODEL
    sources = {"layers.py": REFERENCE, "model.py": text}
    rng = np.random.default_rng(0)
    weight, w = rng.normal(size=(3, 16)).astype(np.float32), rng.normal(size=(2, 3)).astype(np.float32)
    w -= w.mean(axis=1, keepdims=True)
    x = rng.normal(size=(2, 3, 16, 12)).astype(np.float32)
    drivers = Program({"drivers.py": (FOLDER / "drivers.py").read_text()})
    with drivers.running(), Program(sources).running() as program:
        impl = SimpleNamespace(load=program.load, sources=sources)
        found = drivers.load("drivers:network_gradients")(impl, {"num_classes": 3}, x=x, weight=weight, w=w)
    right = w @ weight
    arrived = found["arrived"].numpy()
    np.testing.assert_allclose(arrived / arrived[0, 0], right / right[0, 0], rtol=1e-3)
    assert (found["signs"] == 1).all()


def test_units_that_are_silent_by_chance_cost_no_gradient(ask: Ask) -> None:
    """Two units behind a ReLU, counted from the input's channels, had no gradient in one layer of eight."""
    silent = "nn.init.constant_(self.squeeze[0].weight, -1.0 if next(DRAWN) < 2 else 1.0)"
    other = changed(
        ("nn.Conv2d(channels, hidden, 1), nn.SiLU()", "nn.Conv2d(channels, hidden, 1, bias=False), nn.ReLU()"),
        ("        self.excite =", f"        {silent}\n        self.excite ="),
        ("class SqueezeExcite", "import itertools\n\nDRAWN = itertools.count()\n\n\nclass SqueezeExcite"),
    )
    given = {"kind": "mbconv", "arguments": ELEMENT, "x": np.ones((2, 8, 9, 7), np.float32)}
    given |= {"branches": np.full((1, 2, 8), 25, np.float32), "w": np.ones((2, 8), np.float32)}
    assert ask("gradients", other, **given)["lacking"] == 0
    never = changed(
        ("nn.Dropout(dropout),\n        )", "nn.Dropout(dropout),\n        )\n        self.unused = nn.Linear(2, 2)")
    )
    assert ask("gradients", never, **given)["lacking"] == 2


def test_dropping_the_sum_is_not_dropping_the_branch(ask: Ask) -> None:
    """On an input of zeros both gave the same."""
    total = (
        "x + branch if self.adds_input",
        "nn.functional.dropout(x + branch, 0.5, self.training) if self.adds_input",
    )
    branches = np.full((1, 40, 8), 25, np.float32)
    given = {"kind": "mbconv", "arguments": [ELEMENT | {"skip": True}], "branches": branches}
    assert ask("dropped", changed(total), **given)["training"][0].min() < 0
    assert ask("dropped", REFERENCE, **given)["training"][0].min() == 25


def test_an_element_that_is_repeated_as_it_is_shares_its_weights(ask: Ask) -> None:
    first = (
        "others = (MBConv(out_channels, out_channels, expansion, 1, compression, dropout) for _ in range(repeats - 1))"
    )
    repeated = changed(
        (first, first.replace("(MBConv", "[MBConv").replace(" for _ in range(repeats - 1))", "] * (repeats - 1)"))
    )
    z, kernel = np.ones((2, 1, 5, 3), np.float32), np.ones((1, 1, 3, 3), np.float32)
    given = {"kind": "mbconv_block", "arguments": {"repeats": 3, **ELEMENT}, "size": [9, 7], "z": z, "kernel": kernel}
    marks = np.arange(9, dtype=np.float32)
    own, shared = (ask("convolutions", text, **given, marks=marks)["marked"] for text in (REFERENCE, repeated))
    assert own.tolist() == marks[: len(own)].tolist()
    assert len(shared) - len({*shared.tolist()}) == 3


def test_layers_in_a_plain_list_are_no_parameters_of_the_network() -> None:
    """Blocks that no optimizer finds earned all points: gradients were asked of registered parameters alone."""
    text = MODEL.replace("self.blocks = nn.Sequential(", "self.rest = [").replace("(2, 48, 64))", "(2, 48, 64)]")
    text = text.replace("self.blocks(self.stem(x))", "self.rest[2](self.rest[1](self.rest[0](self.stem(x))))")
    x, weight, w = (np.ones(shape, np.float32) for shape in ((1, 3, 16, 12), (3, 16), (1, 3)))
    found = []
    for one in (MODEL, text):
        sources = {"layers.py": REFERENCE, "model.py": one}
        drivers = Program({"drivers.py": (FOLDER / "drivers.py").read_text()})
        with drivers.running(), Program(sources).running() as program:
            impl = SimpleNamespace(load=program.load, sources=sources)
            gradients = drivers.load("drivers:network_gradients")
            found.append(gradients(impl, {"num_classes": 3}, x=x, weight=weight, w=w)["unlisted"])
    assert found == [0, 16]
