"""The reference of `layers` against torch's own, which styles its drivers take, and what they say of bad input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from grader.course.discovery import Course
from grader.errors import MissingError
from grader.sandbox.guest.program import Program

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "reference" / "layers"
COURSE = Course(ROOT).load("layers")
LAYERS = COURSE.solution["layers.py"]
SAMPLES = FOLDER / "samples"

Load = Callable[[str], Any]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def checks() -> Iterator[Program]:
    """Execute drivers and hidden tests, as a judge that trusts everybody."""
    threads = torch.get_num_threads()
    sources = {path.name: path.read_text() for path in (FOLDER / "drivers.py", *(FOLDER / "checks").glob("*.py"))}
    with Program(sources).running() as program:
        yield program
    torch.set_num_threads(threads)


@pytest.fixture
def ask(checks: Program) -> Ask:
    """Run a driver on a module, or on several by name."""

    def run(driver: str, source: str | dict[str, str] = LAYERS, **inputs: object) -> dict[str, Any]:
        sources = {"layers.py": source} if isinstance(source, str) else source
        with Program(sources).running() as program:
            return dict(checks.load(f"drivers:{driver}")(program, **inputs))

    return run


@pytest.fixture
def load() -> Iterator[Load]:
    with Program(dict(COURSE.solution)).running() as program:
        yield program.load


@pytest.fixture
def rng() -> np.random.Generator:
    torch.manual_seed(20261129)
    return np.random.default_rng(20261129)


def test_all_marks_are_the_handouts_two_points_under_its_late_policy() -> None:
    """The boundaries of the policy are tested with `explain`, the other half of the handout."""
    assignment = COURSE.assignment
    assert sum(check.points for check in assignment.checks) + sum(row.points for row in assignment.by_hand) == 2
    assert assignment.late == Course(ROOT).load("explain").assignment.late


def drawn(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def network(checks: Program, rng: np.random.Generator, images: int, form: str) -> dict[str, Any]:
    """Draw the inputs of a driver that scores images."""
    numbers = checks.load("test_networks:numbers")(rng, images)
    return dict(checks.load("test_networks:chosen")(numbers, form))


@pytest.mark.usefixtures("rng")
def test_the_linear_layer_takes_the_state_of_torchs_and_computes_and_learns_alike(load: Load) -> None:
    theirs = nn.Linear(8, 16)
    own = load("layers:MyLinear")(8, 16)
    own.load_state_dict(theirs.state_dict())
    for x in (torch.rand(4, 8), torch.rand(1, 8), torch.rand(8, 4).T):
        torch.testing.assert_close(own(x), theirs(x))
        own(x).square().sum().backward()
        theirs(x).square().sum().backward()
    torch.testing.assert_close(own.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(own.bias.grad, theirs.bias.grad)


@pytest.mark.usefixtures("rng")
@pytest.mark.parametrize("size", [1, 2, 3, 5], ids="kernel {}".format)
def test_the_convolution_takes_the_state_of_torchs_and_computes_alike(load: Load, size: int) -> None:
    """Every combination of what `nn.Conv2d` takes; batches of one, and images whose axes were swapped in memory."""
    for stride, padding, dilation, groups, bias in itertools.product((1, 2, 3), (0, 2), (1, 2), (1, 2), (True, False)):
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups, "bias": bias}
        theirs, own = nn.Conv2d(4, 6, size, **options), load("layers:MyConv2d")(4, 6, size, **options)
        own.load_state_dict(theirs.state_dict())
        for x in (torch.rand(2, 4, 9, 12), torch.rand(1, 10, 9, 4).permute(0, 3, 1, 2)):
            torch.testing.assert_close(own(x), theirs(x), msg=lambda text, options=options: f"{options}: {text}")


@pytest.mark.usefixtures("rng")
def test_the_convolution_gives_torchs_gradients(load: Load) -> None:
    theirs, own = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2), load("layers:MyConv2d")(4, 6, 3, 2, 1, 1, 2)
    own.load_state_dict(theirs.state_dict())
    gradients = []
    for layer in (theirs, own):
        x = torch.linspace(-1, 1, 2 * 4 * 7 * 8).reshape(2, 4, 7, 8).requires_grad_()
        layer(x).square().sum().backward()
        gradients.append([x.grad, layer.weight.grad, layer.bias.grad])
    for got, expected in zip(gradients[1], gradients[0], strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("rng")
@pytest.mark.parametrize("padding", [0, 2], ids="padding {}".format)
def test_the_network_of_own_layers_gives_the_scores_of_torchs_for_twenty_images(padding: int) -> None:
    with Program({"layers.py": at_the_border(padding)}).running() as program:
        theirs, own = program.load("layers:Net")(), program.load("layers:MyNet")()
    own.load_state_dict(theirs.state_dict())
    images = torch.rand(20, 3, 32, 32)
    assert sum(tensor.numel() for tensor in own.parameters()) == {0: 64058, 2: 143930}[padding]
    assert (theirs(images) - own(images)).abs().mean() <= 1e-6


def test_a_kernel_larger_than_the_image_is_refused_in_a_sentence(load: Load) -> None:
    layer = load("layers:MyConv2d")(1, 1, 3, dilation=2)
    assert layer(torch.zeros(1, 1, 5, 5)).shape == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=r"^the kernel covers 5 x 5 pixels, expected at most \[4, 7\], the image$"):
        layer(torch.zeros(1, 1, 4, 7))


def test_an_image_of_another_size_is_refused_by_both_networks(load: Load) -> None:
    for name in ("Net", "MyNet"):
        with pytest.raises(RuntimeError, match="mat1 and mat2"):
            load(f"layers:{name}")()(torch.zeros(2, 3, 28, 28))


def test_the_expected_values_are_those_of_torchs_modules(ask: Ask, checks: Program, rng: np.random.Generator) -> None:
    x, weight, bias = drawn(rng, 2, 4, 7, 8), drawn(rng, 6, 2, 3, 3), drawn(rng, 6)
    layer = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
    layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    options = {"stride": 2, "padding": 1, "groups": 2}
    expected = ask("torch_convolution", weight=weight, bias=bias, x=x, options=options)["y"]
    torch.testing.assert_close(layer(torch.from_numpy(x)).detach(), expected, rtol=1e-4, atol=1e-5)
    for form, padding in (("valid", 0), ("same", 2)):
        given = network(checks, rng, 2, form)
        with Program({"layers.py": at_the_border(padding)}).running() as program:
            net = program.load("layers:Net")()
            for tensor, array in zip(net.parameters(), given["tensors"], strict=True):
                tensor.data.copy_(torch.from_numpy(array))
            scores = net(torch.from_numpy(given["images"])).detach()
        torch.testing.assert_close(scores, ask("torch_scores", **given)["scores"], rtol=1e-4, atol=1e-5)


def convolution(constructor: str, forward: str, name: str = "Convolve") -> str:
    """Write a module with a convolution that has a weight and a bias."""
    return f"""
import torch
import torch.nn.functional as F
from torch import nn

class {name}(nn.Module):
    def __init__(self, {constructor}):
        super().__init__()
        {"kernel_size = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)"}
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels))
        self.__dict__.update(k=kernel_size[0], args=locals())

    def convolve(self, x, stride=1):
        windows = x.unfold(2, self.k, stride).unfold(3, self.k, stride)
        return torch.einsum("schwnm,dcnm->sdhw", windows, self.weight) + self.bias[:, None, None]

    def forward(self, x):
        {forward}
"""


KEEPS_SIZE = "r = self.k // 2; return self.convolve(F.pad(x, (r, r, r, r)))"
STYLES = {
    "three arguments": convolution("in_channels, out_channels, kernel_size", "return self.convolve(x)"),
    "keeps the size": convolution("in_channels, out_channels, kernel_size", KEEPS_SIZE),
    "asks for all": convolution(
        "in_channels, out_channels, kernel_size, stride, padding, device",
        "p, s = self.args['padding'], self.args['stride']; return self.convolve(F.pad(x, (p, p, p, p)), s)",
    ),
    "kernel first": convolution("kernel_size, in_channels, out_channels", "return self.convolve(x)", "Kernel2d"),
    "padding in words": convolution(
        "in_channels, out_channels, kernel_size, padding='valid'", "return self.convolve(x)"
    ),
    "derived from torch's": """
import torch
from torch import nn

class MyConv2d(nn.Conv2d):
    def forward(self, x):
        windows = x.unfold(2, self.kernel_size[0], 1).unfold(3, self.kernel_size[1], 1)
        return torch.einsum("schwnm,dcnm->sdhw", windows, self.weight) + self.bias[:, None, None]
""",
    "pairs but for the padding": convolution(
        "in_channels, out_channels, kernel_size, stride, padding",
        "p, (s, _) = self.args['padding'], self.args['stride']; return self.convolve(F.pad(x, (p, p, p, p)), s)",
    ).replace("if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)", "[:2]"),
    "a pair alone": convolution(
        "in_channels, out_channels, kernel_size", "return self.convolve(x)", "HandmadeConv2d"
    ).replace("if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)", "[:2]"),
}


@pytest.mark.parametrize("options", [{}, {"padding": 1}, {"stride": 2}, {"dilation": 2}, {"groups": 2}], ids=str)
@pytest.mark.parametrize("style", STYLES)
def test_what_a_constructor_does_not_take_is_made_up_for(
    ask: Ask, rng: np.random.Generator, style: str, options: dict[str, int]
) -> None:
    source = STYLES[style]
    form = ask("border", source)["form"]
    assert form == ("same" if style == "keeps the size" else "valid")
    bias = drawn(rng, 0 if options.get("padding") else 6)
    channels = 4 // options.get("groups", 1)
    inputs = {"weight": drawn(rng, 6, channels, 3, 3), "bias": bias, "x": drawn(rng, 2, 4, 7, 9), "options": options}
    got = ask("convolution_outputs", source, form=form, **inputs)["y"]
    torch.testing.assert_close(got, ask("torch_convolution", form=form, **inputs)["y"], rtol=1e-4, atol=1e-4)


def test_parameters_of_other_names_and_shapes_do_not_load_and_their_values_are_judged(
    ask: Ask, rng: np.random.Generator
) -> None:
    own = LAYERS.replace("self.weight", "self.W")
    weight, bias, x = drawn(rng, 3, 5), drawn(rng, 3), drawn(rng, 4, 5)
    says = (
        r"^the layer cannot load the state of nn.Linear: its parameters are W \(3, 5\) and bias \(3,\), expected weight"
    )
    with pytest.raises(ValueError, match=says):
        ask("linear_loaded", own, weight=weight, bias=bias, x=x)
    got = ask("linear_outputs", own, weight=weight, bias=bias, x=x)["y"]
    np.testing.assert_allclose(got, x @ weight.T + bias, rtol=1e-4, atol=1e-5)


def test_a_layer_that_writes_into_its_input_shows_what_it_wrote(ask: Ask, rng: np.random.Generator) -> None:
    writing = LAYERS.replace("return x @ self.weight.T + self.bias", "return x.mul_(2) @ self.weight.T / 2 + self.bias")
    inputs = {"weight": drawn(rng, 3, 5), "bias": drawn(rng, 3), "x": drawn(rng, 4, 5)}
    got = ask("linear_outputs", writing, **inputs)
    torch.testing.assert_close(got["y"], ask("linear_outputs", **inputs)["y"])
    np.testing.assert_allclose(got["x"], 2 * inputs["x"])


def test_a_layer_that_returns_nothing_is_not_written_and_one_that_returns_an_array_is_told(
    ask: Ask, rng: np.random.Generator
) -> None:
    inputs = {"weight": drawn(rng, 3, 5), "bias": drawn(rng, 3), "x": drawn(rng, 4, 5)}
    line = "return x @ self.weight.T + self.bias"
    with pytest.raises(NotImplementedError, match="forward of MyLinear returned nothing"):
        ask("linear_outputs", LAYERS.replace(line, "return None"), **inputs)
    with pytest.raises(TypeError, match="forward of MyLinear returned ndarray, expected a tensor"):
        ask("linear_outputs", LAYERS.replace(line, "return x.numpy()"), **inputs)


def test_where_there_is_no_layer_and_no_network_it_is_said(ask: Ask, checks: Program, rng: np.random.Generator) -> None:
    with pytest.raises(MissingError, match="the submission defines no convolution of its own"):
        ask("convolution_outputs", "x = 1", weight=drawn(rng, 2, 1, 3, 3), bias=drawn(rng, 2), x=drawn(rng, 1, 1, 3, 3),
            options={})  # fmt: skip
    given = network(checks, rng, 1, "valid")
    with pytest.raises(MissingError, match="the submission defines no network of layers of its own"):
        ask("own_scores", "x = 1", **given)
    with pytest.raises(MissingError, match="the submission defines no network of the layers of torch"):
        ask("standard_scores", "x = 1", **given)


NETWORKS = """
from torch import nn

def steps(conv, linear):
    return (conv(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16, 5), nn.MaxPool2d(2), nn.ReLU(), nn.Flatten(),
            linear(400, 128), nn.ReLU(), linear(128, 64), nn.ReLU(), linear(64, 10))
"""
MADE = {
    "objects": "net = nn.Sequential(*steps(nn.Conv2d, nn.Linear))\nmine = nn.Sequential(*steps(MyConv2d, MyLinear))",
    "a function": "def make_net(conv, linear):\n    return nn.Sequential(*steps(conv, linear))",
    "a class that is told its layers": """
class Network(nn.Sequential):
    def __init__(self, conv_layer=nn.Conv2d, linear_layer=nn.Linear):
        super().__init__(*steps(conv_layer, linear_layer))
""",
    "a class with a flag": """
class Network(nn.Sequential):
    def __init__(self, num_classes, use_torch=True):
        super().__init__(*steps(*((nn.Conv2d, nn.Linear) if use_torch else (MyConv2d, MyLinear))))
""",
}


@pytest.mark.parametrize("made", MADE)
def test_networks_are_found_however_they_are_made(
    ask: Ask, checks: Program, rng: np.random.Generator, made: str
) -> None:
    layers = LAYERS[: LAYERS.index("class Net(")] + LAYERS[LAYERS.index("class MyLinear") : LAYERS.index("class MyNet")]
    source = layers + NETWORKS + MADE[made]
    given = network(checks, rng, 2, "valid")
    expected = ask("torch_scores", **given)["scores"]
    for driver in ("standard_scores", "own_scores"):
        torch.testing.assert_close(ask(driver, source, **given)["scores"], expected, rtol=1e-4, atol=1e-5)


BLOCK = """
from torch import nn

class ConvLayer(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size):
        super().__init__()
        self.layer = nn.Conv2d(in_channels, out_channels, kernel_size)

    def forward(self, x):
        return self.layer(x).relu()

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(
            ConvLayer(3, 8, 5), nn.MaxPool2d(2), ConvLayer(8, 16, 5), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(400, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
"""


def test_a_block_around_a_layer_of_torchs_is_taken_for_no_layer_of_ones_own(
    ask: Ask, checks: Program, rng: np.random.Generator
) -> None:
    """Nobody who used one in the network of task 1 is accused of handing in torch's convolution as his own."""
    given = network(checks, rng, 2, "valid")
    inputs = {"weight": drawn(rng, 2, 1, 3, 3), "bias": drawn(rng, 2), "x": drawn(rng, 1, 1, 5, 5), "options": {}}
    with pytest.raises(MissingError, match="the submission defines no convolution of its own"):
        ask("convolution_outputs", BLOCK, **inputs)
    own = LAYERS[LAYERS.index("class MyConv2d") : LAYERS.index("class MyNet")].replace("MyConv2d", "Convolution2D")
    both = f"import torch\nimport torch.nn.functional as F\nfrom torch import nn\n{own}{BLOCK}"
    torch.testing.assert_close(
        ask("convolution_outputs", both, **inputs)["y"], ask("torch_convolution", **inputs)["y"], rtol=1e-4, atol=1e-5
    )
    for source in (BLOCK, BLOCK + LAYERS[LAYERS.index("class MyLinear") : LAYERS.index("class MyConv2d")]):
        got = ask("standard_scores", f"import torch\n{source}", **given)["scores"]
        torch.testing.assert_close(got, ask("torch_scores", **given)["scores"], rtol=1e-4, atol=1e-5)


def test_a_network_that_takes_too_long_is_judged_by_fewer_images(
    ask: Ask, checks: Program, rng: np.random.Generator
) -> None:
    """The course's budget is 45 seconds for ten; without any time one image is scored all the same."""
    given = network(checks, rng, 10, "valid")
    slow = ask("own_scores_one_by_one", seconds=-1, **given)["scores"]
    assert [score.shape for score in slow] == [(1, 10)]
    notes: list[str] = []
    measured: list[float] = []

    def student(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        got = ask(driver.__name__, **inputs | ({"seconds": -1} if "seconds" in inputs else {}))
        return got | ({"scores": [score.numpy() for score in got["scores"]]} if "scores" in got else {})

    def reference(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        return {"scores": ask(driver.__name__, **inputs)["scores"].numpy()}

    checks.load("test_networks:test_network_twenty")(student, reference, rng, notes.append, measured.append, first=11)
    assert notes[0] == "1 of 10 images was compared: all of them take longer than 45 s"
    assert "the middle half of 1 run " in notes[1]
    assert [ratio > 0 for ratio in measured] == [True]


OTHERS = {
    "other widths": [("64", "84")],
    "tanh": [("F.relu", "torch.tanh")],
    "mean pooling": [("max_pool2d", "avg_pool2d")],
    "one pooling": [
        ("= F.max_pool2d(F.relu(self.conv2(", "= (lambda x, _: x)(F.relu(self.conv2("),
        ("(16 * 5 * 5, 128)", "(16 * 10 * 10, 128)"),
    ],
    "a layer less": [("self.fc2 =", "_ ="), ("self.fc2(", "("), ("(64, 10)", "(128, 10)")],
}
BY_NAME = {name: LAYERS[LAYERS.index(f"class {name}(") :].partition("\n\n\n")[0] for name in ("Net", "MyNet")}


def at_the_border(padding: int) -> str:
    """Write the networks of the solution with a padding of their convolutions, which keeps the size where it is 2."""
    text = LAYERS.replace("(3, 8, 5)", f"(3, 8, 5, padding={padding})")
    text = text.replace("(8, 16, 5)", f"(8, 16, 5, padding={padding})")
    return text.replace("16 * 5 * 5", "16 * 8 * 8") if padding else text


def with_norms(text: str) -> str:
    """Put batch normalisation behind a convolution and a fully connected layer of both networks."""
    made = "        self.norm, self.norm1 = nn.BatchNorm2d(8), nn.BatchNorm1d(128)\n        self.conv1 ="
    text = text.replace("        self.conv1 =", made).replace("self.conv1(x)", "self.norm(self.conv1(x))")
    text = text.replace("self.fc1(x.flatten(1))", "self.norm1(self.fc1(x.flatten(1)))")
    return text.replace("self.fc1(quarter.flatten(1))", "self.norm1(self.fc1(quarter.flatten(1)))")


def otherwise(name: str, *which: str) -> str:
    """Write some of the networks of the solution otherwise."""
    text = LAYERS
    for network_text in (BY_NAME[one] for one in which):
        other = network_text
        for old, new in OTHERS[name]:
            assert old in other
            other = other.replace(old, new)
        text = text.replace(network_text, other)
    return text


def asked_by(ask: Ask, source: str) -> Callable[..., dict[str, Any]]:
    """Answer as a submission does, with arrays for tensors."""

    def subject(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        got = ask(driver.__name__, source, **inputs)
        return got | ({"scores": np.asarray(got["scores"])} if "scores" in got else {})

    return subject


@pytest.mark.parametrize("name", OTHERS)
def test_own_layers_are_compared_with_the_network_of_torchs_that_a_submission_has(
    ask: Ask, checks: Program, rng: np.random.Generator, name: str
) -> None:
    """A network that was another than task 1's in both forms cost its points three times."""
    notes: list[str] = []
    reference = asked_by(ask, LAYERS)
    test, both = checks.load("test_networks:test_network_scores"), otherwise(name, "Net", "MyNet")
    test(asked_by(ask, both), reference, rng, notes.append, images=2)
    assert notes == ["compared with your network of torch's layers, which is another than that of task 1"]
    with pytest.raises(AssertionError):
        checks.load("test_networks:test_standard_scores")(asked_by(ask, both), reference, rng, images=2)
    with pytest.raises(AssertionError):
        test(asked_by(ask, otherwise(name, "MyNet")), reference, rng, notes.append, images=2)


@pytest.mark.parametrize("padding", [0, 2], ids="padding {}".format)
def test_batch_normalisation_costs_the_network_of_torchs_layers_alone(
    ask: Ask, checks: Program, rng: np.random.Generator, padding: int
) -> None:
    """It lost three checks: the network is not that of task 1, but own layers are as right as without it."""
    notes: list[str] = []
    text = with_norms(at_the_border(padding))
    assert text.count("self.norm(") == text.count("self.norm1(") == 2
    student, reference = asked_by(ask, text), asked_by(ask, LAYERS)
    checks.load("test_networks:test_network_scores")(student, reference, rng, notes.append, images=2)
    assert notes == ["compared without its batch normalisation, which the network of task 1 does not have"]
    with pytest.raises(AssertionError, match=r"parameters in 14 tensors, expected .* in 10"):
        checks.load("test_networks:test_standard_scores")(student, reference, rng, images=2)


def test_networks_that_agree_without_computing_are_not_taken_for_others(
    ask: Ask, checks: Program, rng: np.random.Generator
) -> None:
    nothing = otherwise("tanh", "Net", "MyNet").replace("return scores", "return 0 * scores")
    with pytest.raises(AssertionError):
        checks.load("test_networks:test_network_scores")(
            asked_by(ask, nothing), asked_by(ask, LAYERS), rng, list[str]().append, images=2
        )


@pytest.mark.parametrize(
    ("told", "is_chain"),
    [
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [120, 576], [120], [84, 120], [84], [10, 84], [10]], True),
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [120, 575], [120], [84, 120], [84], [10, 84], [10]], False),
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [120, 576], [120], [84, 120], [84], [9, 84], [9]], False),
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [120, 576], [120], [84, 121], [84], [10, 84], [10]], False),
        ([[1 << 20, 3, 3, 3], [8], [16, 8, 3, 3], [16], [120, 576], [120], [84, 120], [84], [10, 84], [10]], False),
        ([], False),
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [84, 16 * 13**2], [84], [10, 84], [10]], True),
        ([[8, 3, 3, 3], [8], [16, 8, 3, 3], [16], [10, 576], [10]], False),
    ],
    ids=[
        "a chain",
        "inputs that no image leaves",
        "nine classes",
        "a gap",
        "too large",
        "nothing",
        "a step less",
        "a layer",
    ],
)
def test_only_a_chain_of_two_and_some_layers_is_built_in_the_judge(
    checks: Program, told: list[list[int]], *, is_chain: bool
) -> None:
    found = checks.load("test_networks:in_order")(told[::-1])
    assert found == ([tuple(shape) for shape in told] if is_chain else None)


BUILDER = """
import torch.nn as nn

def build(conv=nn.Conv2d, linear=nn.Linear):
    return nn.Sequential(
        conv(3, 8, 5), nn.ReLU(), nn.MaxPool2d(2), conv(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        linear(400, 128), nn.ReLU(), linear(128, 64), nn.ReLU(), linear(64, 10))

net = build()
my_net = build(MyConv2d, MyLinear)
"""


@pytest.mark.parametrize("text", [BUILDER, BUILDER[: BUILDER.index("net = ")]], ids=["called", "only written"])
def test_a_function_of_any_name_that_makes_a_sequence_makes_a_network(
    ask: Ask, checks: Program, rng: np.random.Generator, text: str
) -> None:
    given = network(checks, rng, 2, "valid")
    layers = LAYERS[: LAYERS.index("class Net(")] + LAYERS[LAYERS.index("class MyLinear") : LAYERS.index("class MyNet")]
    for driver in ("standard_scores", "own_scores"):
        got = ask(driver, layers + text, **given)["scores"]
        torch.testing.assert_close(got, ask("torch_scores", **given)["scores"], rtol=1e-4, atol=1e-5)


def test_arguments_of_a_constructor_are_found_by_n_filters_and_n_in(ask: Ask, rng: np.random.Generator) -> None:
    conv = LAYERS[LAYERS.index("class MyConv2d") : LAYERS.index("class MyNet")]
    head = conv[conv.index("        in_channels: int,") : conv.index("        stride: int")]
    turned = conv.replace(head, "        kernel_size: int,\n        n_filters: int,\n        n_in: int,\n")
    turned = turned.replace("out_channels", "n_filters").replace("in_channels", "n_in")
    given = {"weight": drawn(rng, 4, 2, 3, 3), "bias": drawn(rng, 4), "x": drawn(rng, 2, 2, 5, 6)}
    expected = ask("torch_convolution", options={}, **given)["y"]
    got = ask("convolution_outputs", LAYERS.replace(conv, turned), options={}, **given)["y"]
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
