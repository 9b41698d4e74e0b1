"""The reference of `colourization` against plain torch, which styles its drivers take, and what its answers may be."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  # torch's own habit
from torch import nn

from grader.authoring import NotWritten
from grader.course.discovery import Course
from grader.errors import MissingError
from grader.model.figure import PIXEL_LETTERS, Figure
from grader.sandbox.guest.program import Program

FOLDER = Path(__file__).parents[1] / "reference" / "colourization"
COURSE = Course(Path(__file__).parents[1]).load("colourization")
MODELS = COURSE.solution["models.py"]
ANSWERS = COURSE.attached["answers.toml"].decode()
NETWORKS = ("PoolUpsampleNet", "ConvTransposeNet", "UNet")
SETTINGS = ((3, 5, 7, 1), (3, 4, 6, 3))  # k, NF, NC, NIC
QUANTITIES = ("weights", "outputs", "connections")

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
    """Run a driver on what a student handed in; the reference stands in where they handed in nothing."""

    def run(
        driver: str, models: str = MODELS, attached: dict[str, bytes] | None = None, **inputs: object
    ) -> dict[str, Any]:
        given = dict(COURSE.attached) if attached is None else attached
        with Program({"models.py": models}, attached=given).running() as program:
            return dict(checks.load(f"drivers:{driver}")(program, **inputs))

    return run


@pytest.fixture
def load() -> Iterator[Callable[[str], Any]]:
    with Program(dict(COURSE.solution)).running() as program:
        yield program.load


def drawn(checks: Program, model: str, settings: Sequence[int]) -> dict[str, Any]:
    """Draw what `scores` is asked with."""
    case = checks.load("test_networks:Case")(*settings)
    rng = np.random.default_rng(20261129)
    tensors = checks.load("test_networks:numbers")(rng, model, case)
    return {
        "model": model,
        "settings": list(settings),
        "tensors": tensors,
        "x": checks.load("test_networks:pictures")(rng, case),
    }


def by_hand(model: str, tensors: Sequence[np.ndarray], x: np.ndarray) -> torch.Tensor:
    """Compute a network from torch's functions alone."""
    given = iter(torch.from_numpy(tensor) for tensor in tensors)
    picture = out = torch.from_numpy(x)
    kept: list[torch.Tensor] = []
    for group in range(4):
        weight, bias = next(given), next(given)
        if model == "PoolUpsampleNet":
            out = F.conv2d(out, weight, bias, padding=weight.shape[-1] // 2)
            out = F.max_pool2d(out, 2) if group < 2 else out.repeat_interleave(2, 2).repeat_interleave(2, 3)
        elif group < 2:
            out = F.conv2d(out, weight, bias, stride=2, padding=1)
        else:
            out = F.conv_transpose2d(out, weight, bias, stride=2, padding=1, output_padding=1)
        mean, variance = out.mean((0, 2, 3), keepdim=True), out.var((0, 2, 3), correction=0, keepdim=True)
        gain, shift = (next(given)[:, None, None] for _ in range(2))
        out = ((out - mean) / (variance + 1e-5).sqrt() * gain + shift).clamp(min=0)
        kept.append(out)
        if model == "UNet" and group > 1:
            out = torch.cat([out, kept[0] if group == 2 else picture], dim=1)
    return F.conv2d(out, next(given), next(given), padding="same")


@pytest.mark.parametrize(("model", "count"), [*zip(NETWORKS, (9480, 9480, 11424), strict=True)])
def test_the_figures_of_the_contract_are_those_of_the_reference(ask: Ask, model: str, count: int) -> None:
    shapes = ask("parameters", model=model, settings=[3, 8, 24, 1])["shapes"]
    assert sum(int(np.prod(shape)) for shape in shapes) == count


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("model", NETWORKS)
def test_the_reference_computes_what_torch_computes(
    ask: Ask, checks: Program, model: str, settings: tuple[int, ...]
) -> None:
    inputs = drawn(checks, model, settings)
    expected = by_hand(model, inputs["tensors"], inputs["x"])
    # The same sums in float32, in another order: off by 3e-6 at most over 20 seeds.
    np.testing.assert_allclose(ask("scores", **inputs)["scores"], expected, rtol=1e-4, atol=1e-4)


def sizes(network: nn.Module, side: int) -> dict[str, int]:
    """Count weights, outputs and connections of the convolutions of a network, by what runs."""
    found = dict.fromkeys(QUANTITIES, 0)

    def note(layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        weight = layer.get_parameter("weight")
        found["weights"] += weight.numel()
        found["outputs"] += output[0].numel()
        found["connections"] += weight.numel() * output.shape[2] * output.shape[3]

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(note)
    network(torch.zeros(2, SETTINGS[1][3], side, side))
    return found


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_the_answers_are_what_the_reference_has(ask: Ask, load: Callable[[str], Any], quantity: str) -> None:
    kernel, filters, colours, channels = SETTINGS[1]
    counted = [sizes(load("models:PoolUpsampleNet")(*SETTINGS[1]), side)[quantity] for side in (32, 64)]
    answers = ask("count", quantity=quantity, kernel=None)
    values = {"k": kernel, "NF": filters, "NC": colours, "NIC": channels}
    total = sum(
        int(factor)
        * np.prod([values[part.partition("^")[0]] ** int(part.partition("^")[2] or 1) for part in product.split("*")])
        for product, factor in answers["plain"].items()
    )
    assert [total, total * int(answers["doubled"]["1"])] == counted


@pytest.mark.parametrize("kernel", [3, 4, 5, 6, 7])
def test_the_paddings_keep_the_sizes_in_torch(ask: Ask, kernel: int) -> None:
    answers = ask("padding", kernel="any kernel")
    padding, more = (int(answers[name][kernel - 3]) for name in ("padding", "output_padding"))
    x = torch.zeros(1, 1, 16, 24)
    half = F.conv2d(x, torch.zeros(1, 1, kernel, kernel), stride=2, padding=padding)
    assert half.shape == (1, 1, 8, 12)
    whole = F.conv_transpose2d(half, torch.zeros(1, 1, kernel, kernel), stride=2, padding=padding, output_padding=more)
    assert whole.shape == x.shape
    if kernel in {4, 5}:
        own = ask("padding", kernel=f"kernel {kernel}")
        assert (own["padding"], own["output_padding"]) == ([padding], [more])


INNER, OUTER = "torch.cat([again_half, half], dim=1)", "torch.cat([whole, x], dim=1)"
JOINS = {
    "inner turned": {INNER: "torch.cat([half, again_half], dim=1)"},
    "outer turned": {OUTER: "torch.cat((x, whole), 1)"},
    "both turned": {INNER: "torch.cat(dim=1, tensors=[half, again_half])", OUTER: "torch.hstack([x, whole])"},
    "without relu's module": {
        "half = self.first(x)": "half = F.relu(self.first(x))",
        "import torch\n": "import torch\nimport torch.nn.functional as F\n",
    },
}


def replaced(changes: dict[str, str]) -> str:
    source = MODELS
    for old, new in changes.items():
        assert source.count(old) == 1
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("changes", JOINS.values(), ids=JOINS)
def test_a_skip_may_be_joined_in_any_order(ask: Ask, checks: Program, changes: dict[str, str]) -> None:
    inputs = drawn(checks, "UNet", SETTINGS[1])
    expected = ask("scores", **inputs)["scores"]
    np.testing.assert_allclose(ask("scores", replaced(changes), **inputs)["scores"], expected, rtol=1e-4, atol=1e-4)


HARD_JOINS = {
    "computed anew": {INNER: "torch.cat([again_half, self.first(x)], dim=1)"},
    "computed anew and turned": {INNER: "torch.cat([self.first(x), again_half], dim=1)"},
    "put together by hand": {OUTER: "torch.stack([*x.unbind(1), *whole.unbind(1)], dim=1)"},
    "both": {
        INNER: "torch.cat([self.first(x), again_half], dim=1)",
        OUTER: "torch.stack([*x.unbind(1), *whole.unbind(1)], dim=1)",
    },
}


@pytest.mark.parametrize("changes", HARD_JOINS.values(), ids=HARD_JOINS)
def test_an_order_that_nobody_sees_is_tried(ask: Ask, checks: Program, changes: dict[str, str]) -> None:
    compared(ask, checks, replaced(changes), "UNet")


def compared(ask: Ask, checks: Program, models: str, model: str) -> None:
    """Run the hidden test of a network on a student's models."""

    def subject(source: str) -> Callable[..., Any]:
        return lambda driver, **inputs: plain(ask(driver.__name__, source, **inputs))

    rng = np.random.default_rng(1)
    checks.load("test_networks:compare_scores")(
        subject(models), subject(MODELS), rng, model, checks.load("test_networks:CASES")[1]
    )


def plain(value: Any) -> Any:  # noqa: ANN401  # a tree
    """Make arrays of tensors, as the frames of a worker do."""
    match value:
        case torch.Tensor():
            return value.numpy()
        case dict():
            return {name: plain(item) for name, item in value.items()}
        case list():
            return [plain(item) for item in value]
    return value


def test_what_ran_explains_scores_that_are_wrong(ask: Ask, checks: Program) -> None:
    wrong = replaced(
        {INNER: "torch.cat([again_half, again_half], dim=1)", "self.second(half)": "self.second(half * 1).tanh()"}
    )
    with pytest.raises(AssertionError, match="; the layers that ran are those of the figure"):
        compared(ask, checks, wrong, "UNet")
    with pytest.raises(AssertionError, match=r"; layer 12 that ran is conv2d .*, the figure has relu \(3, 6, 16, 4\)"):
        compared(
            ask,
            checks,
            MODELS.replace(
                "            nn.BatchNorm2d(num_colours),\n            nn.ReLU(),\n",
                "            nn.BatchNorm2d(num_colours),\n",
            ),
            "ConvTransposeNet",
        )


LAST = "self.last = nn.Conv2d(num_colours, num_colours, kernel, padding=padding)"
STYLES = {
    "args where nothing defines them": MODELS.replace(
        LAST, LAST.replace("kernel, padding=padding", "args.kernel, padding=args['kernel'] // 2")
    ),
    "args that the notebook defines": "from types import SimpleNamespace\nargs = SimpleNamespace(kernel=9)\n"
    + MODELS.partition("\n")[2]
    .replace("from __future__ import annotations\n", "")
    .replace(LAST, LAST.replace("kernel", "args.kernel")),
    "layers that take their size from what they are shown": MODELS.replace(
        "nn.Conv2d(num_in_channels, ", "nn.LazyConv2d("
    ).replace("nn.BatchNorm2d(2 * num_filters)", "nn.LazyBatchNorm2d()"),
    "a dilation": MODELS.replace("num_in_channels: int)", "num_in_channels: int, dilation: int)", 1),
}


@pytest.mark.parametrize("models", STYLES.values(), ids=STYLES)
def test_globals_and_arguments_of_the_courses_notebook_are_there(ask: Ask, checks: Program, models: str) -> None:
    assert models != MODELS
    compared(ask, checks, models, "PoolUpsampleNet")


def shown_parameters(checks: Program, ask: Ask, subject: Callable[..., Any], model: str) -> None:
    """Run the hidden test of a network's parameters on whatever answers."""
    checks.load("test_networks:compare_parameters")(
        subject,
        lambda driver, **inputs: plain(ask(driver.__name__, **inputs)),
        np.random.default_rng(1),
        model,
        checks.load("test_networks:SIZES")[1],
    )


WRITTEN = {
    **{name: ("UNet", replaced(changes)) for name, changes in (JOINS | HARD_JOINS).items()},
    **{name: ("PoolUpsampleNet", models) for name, models in STYLES.items()},
    "the course's own convolution": ("PoolUpsampleNet", (FOLDER / "samples/foreign_own_layers/models.py").read_text()),
    "functions in place of layers": ("UNet", (FOLDER / "samples/correct_modules/a2/models.py").read_text()),
    "ReLU before batch norm, and dropout": (
        "ConvTransposeNet",
        MODELS.replace(
            "            nn.BatchNorm2d(num_colours),\n            nn.ReLU(),\n",
            "            nn.ReLU(),\n            nn.Dropout(0.3),\n            nn.BatchNorm2d(num_colours),\n",
        ),
    ),
    "ReLU of another kind, blended pixels": (
        "PoolUpsampleNet",
        MODELS.replace("nn.ReLU()", "nn.ELU()").replace("factor=2)", "factor=2, mode='bilinear')"),
    ),
}


@pytest.mark.parametrize(("model", "models"), WRITTEN.values(), ids=WRITTEN)
def test_the_layers_of_a_network_are_followed_however_they_are_written(
    checks: Program, ask: Ask, model: str, models: str
) -> None:
    asked = []

    def student(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        asked.append(driver.__name__)
        return dict(plain(ask(driver.__name__, models, **inputs)))

    shown_parameters(checks, ask, student, model)
    assert asked == ["parameters", "forward"]  # nobody had to look at the scores


def test_a_convolution_of_ones_own_is_shown_by_the_scores(checks: Program, ask: Ask) -> None:
    own = """

class Own(nn.Conv2d):
    def forward(self, x):
        patches = nn.functional.unfold(x, self.kernel_size, padding=self.padding)
        flat = torch.einsum("ok,nkp->nop", self.weight.flatten(1), patches) + self.bias[None, :, None]
        return flat.unflatten(2, x.shape[2:])


class PoolUpsampleNet"""
    models = MODELS.replace("\n\nclass PoolUpsampleNet", own, 1).replace(
        "padding=padding", "padding=(padding, padding)"
    )
    models = models.replace("nn.Conv2d(num_filters, num_colours,", "Own(num_filters, num_colours,", 1)

    def student(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        return dict(plain(ask(driver.__name__, models, **inputs)))

    shown_parameters(checks, ask, student, "PoolUpsampleNet")


@pytest.mark.parametrize("model", NETWORKS)
def test_the_right_shapes_alone_are_worth_nothing(checks: Program, ask: Ask, model: str) -> None:
    """A worker with a patched driver counts what it likes: so it once had the points of every check of parameters."""

    def student(driver: Callable[..., Any], **inputs: Any) -> dict[str, Any]:  # noqa: ANN401  # of any driver
        answer = plain(ask(driver.__name__, **inputs))
        return answer | ({"calls": [], "scores": 0 * answer["scores"]} if "scores" in answer else {})

    with pytest.raises(AssertionError, match="has the parameters of the figure, but does not use them as its layers"):
        shown_parameters(checks, ask, student, model)


@pytest.mark.parametrize("name", ["Unet", "UNET", "U_Net"])
def test_the_last_network_may_be_written_in_several_ways(ask: Ask, checks: Program, name: str) -> None:
    compared(ask, checks, MODELS.replace("class UNet", f"class {name}"), "UNet")


def test_a_network_that_is_not_there_is_asked_for_by_its_name(ask: Ask) -> None:
    with pytest.raises(MissingError, match="UNet"):
        ask("parameters", MODELS.replace("class UNet", "class Other"), model="UNet", settings=[3, 8, 24, 1])


@pytest.mark.parametrize(("returned", "error"), [("None", NotImplementedError), ("[x]", TypeError)])
def test_scores_that_are_no_tensor_are_told(ask: Ask, checks: Program, returned: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(
            "scores",
            replaced({"self.fourth(" + INNER + ")": f"{returned}\n        return whole"}),
            **drawn(checks, "UNet", SETTINGS[0]),
        )


def judged(checks: Program, ask: Ask, answers: str, quantity: str, row: str) -> list[str]:
    """Run the hidden test of an answer; return its notes."""
    notes: list[str] = []
    mine = {"answers.toml": answers.encode()}
    checks.load("test_answers:compare")(
        lambda driver, **inputs: ask(driver.__name__, "", mine, **inputs),
        lambda driver, **inputs: ask(driver.__name__, **inputs),
        notes.append,
        quantity,
        row,
    )
    return notes


def rows(quantity: str, plain: str, doubled: str) -> str:
    return f"[counts]\n{quantity} = '{plain}'\n[doubled]\n{quantity} = '{doubled}'\n"


CONVOLUTIONS = "9(1024 NIC NF + 640 NF^2 + 256 NF NC + 1024 NC^2)"
ACCEPTED = [
    ("weights", "9(NIC NF + 4NF^2 + NF NC + NC^2)", "weights: counted without biases, for k = 3"),
    ("weights", "k^2(NIC NF + 4NF^2 + NF NC + NC^2) + 4NF + 2NC", "weights: counted with biases"),
    ("outputs", "1600NF + 1280NC", "outputs: outputs of convolutions only counted"),
    ("outputs", "2240NF + 2304NC", "outputs: outputs of convolutions, pooling and upsampling counted"),
    ("outputs", "2880NF + 3328NC", "outputs: outputs of convolutions, pooling, upsampling and ReLU counted"),
    ("outputs", "3520NF + 4352NC", "outputs: outputs of every layer counted"),
    ("connections", CONVOLUTIONS, "connections: connections of convolutions only counted, without biases, for k = 3"),
    (
        "connections",
        f"{CONVOLUTIONS} + 1600NF + 1280NC",
        "connections: connections of convolutions only counted, with biases, for k = 3",
    ),
    (
        "connections",
        f"{CONVOLUTIONS} + 1792NF + 1024NC",
        "connections: connections of convolutions, pooling and upsampling counted, without biases, for k = 3",
    ),
    (
        "connections",
        f"{CONVOLUTIONS} + 2432NF + 2048NC",
        "connections: connections of convolutions, pooling, upsampling and ReLU counted, without biases, for k = 3",
    ),
]


@pytest.mark.parametrize(("quantity", "answer", "note"), ACCEPTED)
def test_every_convention_is_accepted_and_named(
    checks: Program, ask: Ask, quantity: str, answer: str, note: str
) -> None:
    assert judged(checks, ask, rows(quantity, answer, "4"), quantity, "plain") == [note]


@pytest.mark.parametrize(
    "doubled",
    [
        "4",
        "x4",
        "4x",
        "× 4",
        "4 times",
        "4 times as many",
        "grows by a factor of 4",
        "4-fold",
        "*4",
        "multiplied by 4.",
        "quadruple",
        "quadrupled",
        "four times as many",
        "they quadruple",
        r"$\times 4$",
        "(x4)",
        "increased four times",
        "4(2240NF + 2304NC)",
        "8960NF+9216NC",
        "6400NF+5120NC",
    ],
)
def test_growth_is_a_factor_or_a_formula(checks: Program, ask: Ask, doubled: str) -> None:
    judged(checks, ask, rows("outputs", "2240NF + 2304NC", doubled), "outputs", "doubled")


@pytest.mark.parametrize(
    "doubled",
    [
        "1",
        "unchanged",
        "The same.",
        "weights stay the same",
        "not affected",
        "remains unchanged",
        "identical",
        "9(NIC NF + 4NF^2 + NF NC + NC^2)",
        "k^2 (NIC NF + 4NF^2 + NF NC + NC^2)",
    ],
)
def test_weights_that_do_not_grow_may_be_said_in_words(checks: Program, ask: Ask, doubled: str) -> None:
    judged(checks, ask, rows("weights", "9(NIC NF + 4NF^2 + NF NC + NC^2)", doubled), "weights", "doubled")


@pytest.mark.parametrize(
    ("quantity", "row", "plain", "doubled", "sentence"),
    [
        ("outputs", "plain", "1600NF + 256NC", "4", "the coefficient of NC is another; nearest is: outputs of conv"),
        ("outputs", "plain", "1600NF + 1280NC + NIC", "4", "1 product should not be there"),
        ("outputs", "doubled", "1600NF + 1280NC", "2", "outputs for 64 x 64 grow by 2, expected to grow by 4"),
        ("outputs", "doubled", "1600NF + 1280NC", "2(1600NF + 1280NC)", "grow by 2, expected to grow by 4"),
        ("outputs", "doubled", "1600NF + 1280NC", "-4", "are another formula, expected to grow by 4"),
        ("outputs", "doubled", "1600NF + 1280NC", "4.5", "are another formula, expected to grow by 4"),
        ("outputs", "doubled", "1600NF + 1280NC", "NF", "are another formula, expected to grow by 4"),
        ("outputs", "doubled", "1600NF + 1280NC", "99999999999", "are another formula, expected to grow by 4"),
        (
            "weights",
            "plain",
            "3k(NIC NF + 4NF^2 + NF NC + NC^2)",
            "1",
            " and of others is another and 4 products should",
        ),
        ("weights", "plain", "k^2(NIC NF + 4NF^2 + NF NC)", "1", "the coefficient of NC NC is another; nearest is"),
        ("weights", "plain", "__import__('os')", "1", "weights for 32 x 32 has a character that no formula has"),
        ("weights", "plain", "9**9**9", "1", "weights for 32 x 32 has a number, power or nesting that is too large"),
        ("weights", "plain", "9(NF", "1", "weights for 32 x 32 has brackets that do not match"),
        ("weights", "plain", "9 NF NQ", "1", "has a symbol, word or unit that is not among k, NIC, NF and NC"),
        ("weights", "plain", "9 NF weights", "1", "has a symbol, word or unit that is not among k, NIC, NF and NC"),
    ],
)
def test_a_wrong_answer_has_one_sentence_and_nothing_of_it_is_repeated(
    checks: Program, ask: Ask, quantity: str, row: str, plain: str, doubled: str, sentence: str
) -> None:
    answers = rows(quantity, plain.replace("'", '"'), doubled)
    with pytest.raises(AssertionError) as error:
        judged(checks, ask, answers, quantity, row)
    assert sentence in str(error.value)
    assert "import" not in str(error.value)


def test_an_empty_row_is_unwritten(checks: Program, ask: Ask) -> None:
    with pytest.raises(NotWritten, match=r"^the number of outputs for 64 x 64 is left empty$"):
        judged(checks, ask, rows("outputs", "1600NF + 1280NC", ""), "outputs", "doubled")


def test_answers_in_the_code_count_before_those_on_paper(ask: Ask) -> None:
    mine = "ANSWERS = {'counts': {'weights': '7 NF', 'outputs': ''}}\n"
    assert ask("count", mine, quantity="weights", kernel=None)["plain"] == {"NF": "7"}
    assert ask("count", mine, quantity="outputs", kernel=None)["plain"] == {"NC": "1280", "NF": "1600"}
    assert ask("count", "def broken(:\n", quantity="outputs", kernel=None)["plain"] == {"NC": "1280", "NF": "1600"}


@pytest.mark.parametrize(
    ("any_kernel", "sentence"),
    [
        ('padding = "k // 2"\noutput_padding = "k % 2"', "padding for a kernel of 4 is 2, expected 1"),
        (
            'padding = "(k-1)//2 + 1"\noutput_padding = "2 + k % 2"',
            "PyTorch refuses an output padding of the stride or",
        ),
        ('padding = "(k-1)/2"\noutput_padding = "k % 2"', "padding for a kernel of 4 is 1.5, expected 1"),
        ('padding = 2\noutput_padding = "k//k*10^8"', "output_padding for a kernel of 3 is a large number, expected 1"),
        ('padding = "(k-1)//2"', "output_padding for any kernel is left empty"),
    ],
)
def test_a_wrong_padding_is_told(checks: Program, ask: Ask, any_kernel: str, sentence: str) -> None:
    mine = {"answers.toml": f"[padding.any_kernel]\n{any_kernel}\n".encode()}
    with pytest.raises(AssertionError, match=sentence):
        checks.load("test_answers:test_padding_answer")(
            lambda driver, **inputs: ask(driver.__name__, "", mine, **inputs),
            lambda driver, **inputs: ask(driver.__name__, **inputs),
            "any kernel",
        )


def pdf(*, pages: int, locked_with: str = "") -> bytes:
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    if locked_with:
        writer.encrypt(locked_with, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("write_up", "problem"),
    [
        (pdf(pages=1, locked_with="a word"), "is locked with a password"),
        (pdf(pages=1), "has no text layer: its pages are pictures"),
        (pdf(pages=0), "has no text"),
        (b"%PDF-1.4 cut off", "cannot be read as a PDF (PdfStreamError)"),
        (b'{"cells": [], "nbformat": 4}', "is a notebook: are the two files mixed up?"),
        (b"\xff\x00", "is neither UTF-8 text nor a PDF"),
    ],
    ids=["locked", "scanned", "no pages", "cut off", "a notebook", "bytes"],
)
def test_a_write_up_that_cannot_be_read_has_one_sentence(ask: Ask, write_up: bytes, problem: str) -> None:
    assert ask("sections", attached={"a2-writeup.pdf": write_up})["problem"] == problem


@pytest.mark.parametrize(
    "heading", ["Part A", "PART A:", "## Part A: Pooling", "Part A (2 pts)", "Part A: Pooling and Upsampling (2 pts)"]
)
def test_the_handouts_headings_are_found(ask: Ask, heading: str) -> None:
    assert ask("sections", attached={"a2-writeup.md": f"{heading}\n\nthree words here\n".encode()})["words"] == {
        "part a": 3
    }


def test_the_longest_training_of_a_network_counts(checks: Program) -> None:
    line = "Epoch [{0}/25], Val Loss: 1.{0}, Val Acc: {0}.5%, Time(s): 3\n".format
    cells = [
        {"source": "net = UNet(3)", "text": "".join(map(line, range(1, 4))), "pictures": 2},
        {"source": "train(net)", "text": line(7), "pictures": 1},
        {"source": "net = ConvTransposeNet(3)", "text": "", "pictures": 0},
        {"source": "train(net)", "text": "".join(map(line, range(5, 7))), "pictures": 4},
    ]
    shown = checks.load("test_evidence:shown")
    assert shown(cells, "UNet") == (3, 2, ("1.3", "3.5"))
    assert shown(cells, "ConvTransposeNet") == (2, 4, ("1.6", "6.5"))
    assert shown(cells, "PoolUpsampleNet") == (0, 0, ("", ""))


@pytest.mark.parametrize(
    "notebook", [b"no JSON", b"[" * 100_000, b"{}", b"[]"], ids=["text", "too deep", "no cells", "a list"]
)
def test_a_notebook_that_cannot_be_read_is_a_problem(ask: Ask, notebook: bytes) -> None:
    found = ask("training", attached={"a2-code.ipynb": notebook})
    assert found["cells"] == []
    assert found["problems"][0] in {"the notebook is no JSON", "the notebook has no cells"}


def trained(models: str, colours: object = None) -> bytes:
    """Save a network as train.py does, without having trained it."""
    with Program({"models.py": models}).running() as program:
        weights = program.load("models:UNet")(3, 4, 24, 1).state_dict()
    file = io.BytesIO()
    torch.save(weights | ({} if colours is None else {"colours": colours}), file)
    return file.getvalue()


COLOURS = torch.linspace(0, 255, 72).reshape(24, 3)


def test_a_network_that_was_handed_in_colours_pictures(ask: Ask, checks: Program, load: Callable[[str], Any]) -> None:
    pictures = load("data.horses:pictures")(4, 8)
    grey = load("data.horses:grey")(pictures)
    attached = {"training/unet.pth": trained(MODELS, COLOURS)}

    def student(driver: Callable[..., Any], **inputs: object) -> dict[str, Any]:
        return dict(plain(ask(driver.__name__, MODELS, attached, **inputs)))

    shown: list[Figure] = []
    checks.load("test_evidence:show_coloured")(
        student,
        lambda _driver: {"pictures": pictures, "grey": grey},
        pytest.fail,
        shown.append,
        "UNet",
    )
    assert [figure.title for figure in shown] == ["Pictures that your UNet colours"]
    assert [panel.label for panel in shown[0].images] == [f"picture {number}" for number in (1, 2, 3, 4)]
    chosen = ask("coloured", MODELS, attached, model="UNet", grey=grey)["chosen"].numpy()
    colour = "#" + "".join(f"{round(part):02x}" for part in COLOURS[chosen[0, 3, 5]].tolist())
    image = shown[0].images[0]
    assert image.colours[PIXEL_LETTERS.index(image.rows[3][32 + 5])] == colour


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PK", "objects"),
        (trained(MODELS, COLOURS)[:-500], "damaged"),
        (trained(MODELS), "no-colours"),
        (trained(MODELS.replace("self.last", "self.end"), COLOURS), "another-network"),
        (trained(MODELS, COLOURS[:20]), "another-network"),
    ],
    ids=["text", "cut off", "no colours", "other names", "other colours"],
)
def test_a_network_that_cannot_be_used_has_one_word(ask: Ask, checks: Program, data: bytes, problem: str) -> None:
    grey = np.zeros((4, 1, 32, 32), np.float32)
    found = ask("coloured", MODELS, {"training/unet.pth": data}, model="UNet", grey=grey)
    assert (found["problem"], len(found["colours"])) == (problem, 0)
    assert problem in checks.load("test_evidence:PROBLEMS")


def test_ctrl_c_keeps_the_epochs_that_are_done(
    load: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ended in a traceback, and what was learned was lost."""
    fit = load("train:fit")
    validated = iter([(1.0, 0.5)])

    def validate(*_arguments: object) -> tuple[float, float]:
        found = next(validated, None)
        if found is None:
            raise KeyboardInterrupt
        return found

    monkeypatch.setitem(fit.__globals__, "validate", validate)
    part = torch.utils.data.TensorDataset(torch.zeros(2, 1, 4, 4), torch.zeros(2, 4, 4, dtype=torch.long))
    history = fit(torch.nn.Conv2d(1, 24, 1), part, part, 5, 2)
    assert [row[1:] for row in history] == [(1.0, 0.5)]
    assert "stopped after epoch 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda x: (x, x), "forward of Made returned tuple, expected a tensor of shape (2, 24, 4, 4)"),
        (lambda _x: None, "forward of Made returned NoneType, expected a tensor of shape (2, 24, 4, 4)"),
        (lambda x: x, "forward of Made returned (2, 1, 4, 4), expected a tensor of shape (2, 24, 4, 4)"),
    ],
    ids=["a pair", "nothing", "another shape"],
)
def test_what_a_network_returns_in_place_of_scores_is_told(
    load: Callable[[str], Any], made: Callable[[torch.Tensor], object], told: str
) -> None:
    class Made(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> object:
            return made(x)

    with pytest.raises(SystemExit) as ended:
        load("train:scores_of")(Made(), torch.zeros(2, 1, 4, 4))
    assert ended.value.code == told


def test_training_leaves_lines_and_pictures(
    load: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--epochs", "2", "--pictures", "12", "--filters", "2", "--batch-size", "6", "--folder", str(tmp_path)]
    train = load("train:main")  # which leaves the name of the file alone in sys.argv
    monkeypatch.setattr("sys.argv", ["train.py", "UNet", *options])
    train()
    assert "Epoch 2, Loss:" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"unet.txt", "unet.pth", "unet_curve.png", "unet_pictures.png"}
    assert [line[:9] for line in (tmp_path / "unet.txt").read_text().splitlines()] == ["Epoch 1, ", "Epoch 2, "]


def test_every_pixel_gets_the_nearest_colour(load: Callable[[str], Any]) -> None:
    images = load("data.horses:pictures")(3, seed=1)
    colours = load("data.horses:colours_of")(images, seed=1, rounds=2)
    labels = load("data.horses:labels")(images, colours)
    pixel = images[1, :, 4, 9].astype(float)
    assert colours.shape == (24, 3)
    assert labels[1, 4, 9] == ((colours - pixel) ** 2).sum(axis=1).argmin()
    assert load("data.horses:coloured")(labels, colours)[1, 4, 9].tolist() == colours[labels[1, 4, 9]].round().tolist()
