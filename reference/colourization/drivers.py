"""How to call an implementation of `colourization`. Not secret: the worker gets this file, students may read it.

A network is judged by what it computes. Its parameters are taken in the order in which a forward pass first uses them,
whatever their names and however the layers are grouped, and get the numbers that a hidden test sends.
"""

from __future__ import annotations

import builtins
import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import nn

from grader.drivers.absent_modules import CONVENIENCES, absent_modules
from grader.drivers.answers import Answers, is_empty, read_answers
from grader.drivers.checkpoints import read_checkpoint
from grader.drivers.expressions import formula_text, symbols, terms, value_at
from grader.drivers.implementation import Implementation, Tree
from grader.drivers.imports import MissingError
from grader.drivers.notebooks import cell_outputs
from grader.drivers.statuses import Status
from grader.drivers.torch_calls import OPERATIONS, Recorder
from grader.drivers.writeups import read_write_up, words_under
from grader.errors import ExpressionError, RowError, UnreadableError, WriteUpError
from grader.model.expression import ExpressionProblem

torch.set_num_threads(1)  # in a worker it is so; the reference gets its figures on one thread as well

WAYS = {"PoolUpsampleNet": (), "ConvTransposeNet": (), "UNet": ("Unet", "UNET", "U_Net")}
ARGUMENTS = ("kernel", "num_filters", "num_colours", "num_in_channels")
# What the course's notebook sets before it makes a network, and code may look at.
ARGS = {"gpu": False, "cuda": False, "checkpoint": "", "learn_rate": 0.001, "batch_size": 100, "epochs": 25, "seed": 0}
MAX_PARAMETERS = 200
SHOWN, SHOWN_SEED = 4, 8  # pictures that trained networks colour; those of train.py are drawn under another seed
MAX_CALLS = 24  # of layers that are shown; the figures have 9

ANSWERS = "answers.toml"
OPERATION_NAMES = frozenset(OPERATIONS.values())
FORMULA = {
    "k": ("kernel", "kernel_size", "ksize"),
    "NIC": ("num_in_channels", "n_in_channels", "in_channels"),
    "NF": ("num_filters", "n_filters", "filters"),
    "NC": ("num_colours", "num_colors", "n_colours", "n_colors", "colours", "colors"),
    "H": ("height",),
    "W": ("width",),
}
BY_KERNEL = {
    "k": ("x", "n", "kernel", "kernel_size", "kernelsize", "ksize"),
    "p": ("pad", "padding"),
}
SIDE = 32  # pixels
# Beside one number, what a factor is said with: "x 4", "4 times as many", "grows by a factor of 4", "4-fold".
FACTOR_WORD = re.compile(
    r"x|times|fold|factor|of|by|as?|many|much|more|larger|bigger|all|is|are|it|they|the|number|also|still|would|will|be"
    r"|weights?|outputs?|connections?|parameters?|(?:increase|grow|scale|become)s?|increased|multipl(?:y|ies|ied)"
)
NO_FACTOR = re.compile(r"[^a-z\d×*\s.-]|-\s*\d|\d\.\d|\d{4}")
IN_WORDS = {
    "1": r"unchanged|same|constant|identical|equal|no change|no effect"
    r"|(?:(?:is|are|does|do|will) )?not (?:change|changed|affected|affect)|(?:stays?|remains?) "
    r"(?:the same|unchanged|constant)",
    "2": r"doubled|doubles?|twice|two",
    "4": r"quadrupled?|quadruples|fourfold|four",
}
ROWS = {"kernel 4": "kernel_4", "kernel 5": "kernel_5", "any kernel": "any_kernel"}
KERNELS = (3, 4, 5, 6, 7)  # that a rule for any kernel is asked for
HEADINGS = {
    f"part {letter}": rf"(?:part|section|problem)\s*{letter}(?:\s*\(?\d+\s*(?:pts?|points?)\.?\)?)?" for letter in "abc"
}


def parameters(impl: Implementation, model: str, settings: list[int]) -> Tree:
    """Give the shapes of a network's parameters, in its own order.

    Raises:
        NotImplementedError: there is no parameter and no layer, as in code that is not written.
    """
    network = _network(impl, model, settings)
    shapes = [list(tensor.shape) for tensor in nn.Module.parameters(network)]
    if not shapes and not any(True for _ in nn.Module.children(network)):
        raise NotImplementedError(f"{model} has no layers")
    return {"shapes": sorted(shapes[:MAX_PARAMETERS])}


def scores(impl: Implementation, model: str, settings: list[int], tensors: list[np.ndarray], x: np.ndarray) -> Tree:
    """Give a network these parameters in the order of their first use, and score pictures while it trains.

    Returns:
        `shapes`: of the parameters in the order of their first use; `scores`: the scores, shape (N, NC, H, W), or none
        where the parameters have other shapes than those that are given.
    """
    network = _network(impl, model, settings)
    network.train()
    given = torch.from_numpy(x)
    with torch.no_grad():
        seen = _recorded(network, given, model)
        used = list(seen.parameters)
        shapes = [list(tensor.shape) for tensor in used[:MAX_PARAMETERS]]
        if sorted(shapes) != sorted(list(tensor.shape) for tensor in tensors):
            return {"shapes": shapes, "scores": np.zeros(0, np.float32)}
        waiting = [torch.from_numpy(tensor) for tensor in tensors]
        for tensor in used:
            place = next(n for n, other in enumerate(waiting) if other.shape == tensor.shape)
            tensor.copy_(seen.turned(tensor, waiting.pop(place)))
        return {"shapes": shapes, "scores": _tensor(network(given), model)}


def forward(impl: Implementation, model: str, settings: list[int], numbers: np.ndarray, x: np.ndarray) -> Tree:
    """Fill a network's parameters in the order of their first use, and show what pictures become layer by layer.

    Returns:
        `shapes`: of the parameters in that order; `calls`: of each layer the `places` of its parameters in it, its
        `input` and `output`, both (N, C, H, W); `scores`: the scores, shape (N, NC, H, W).
    """
    network = _network(impl, model, settings)
    network.train()
    for layer in network.modules():
        if isinstance(layer, nn.Dropout | nn.Dropout2d):
            layer.eval()  # it has no parameters, and what it leaves out nobody can compute anew
    given = torch.from_numpy(x)
    with torch.no_grad():
        used = list(_recorded(network, given, model).parameters)[:MAX_PARAMETERS]
        place = 0
        for tensor in used:
            tensor.copy_(torch.from_numpy(np.resize(np.roll(numbers, -place), tensor.shape)))
            place += tensor.numel()
        recorder = Recorder(network, given, MAX_CALLS)
        with recorder:
            scores = _tensor(network(given), model)
    order = {id(tensor): place for place, tensor in enumerate(used)}
    calls = [
        {"places": [order[id(tensor)] for tensor in call.parameters], "input": call.given, "output": call.result}
        for call in recorder.layer_calls
        if all(id(tensor) in order for tensor in call.parameters)
    ]
    return {"shapes": [list(tensor.shape) for tensor in used], "calls": calls, "scores": scores}


def output_size(impl: Implementation, model: str, settings: list[int], x: np.ndarray) -> Tree:
    """Give the shape of the scores of pictures."""
    network = _network(impl, model, settings)
    with torch.no_grad():
        return {"shape": list(_tensor(network(torch.from_numpy(x)), model).shape)}


def layers(impl: Implementation, model: str, settings: list[int], x: np.ndarray) -> Tree:
    """List what a forward pass computes, in order: the operation and the shape of its result."""
    network = _network(impl, model, settings)
    with torch.no_grad():
        seen = _recorded(network, torch.from_numpy(x), model)
    return {"ran": [[name, *shape] for name, shape in seen.operations]}


def _recorded(network: nn.Module, x: torch.Tensor, model: str) -> Recorder:
    recorder = Recorder(network, x)
    with recorder:
        result = network(x)
    _tensor(result, model)
    return recorder


def symbols_of(impl: Implementation, quantity: str) -> Tree:
    """List the symbols of the answer for a quantity; none where it cannot be read."""
    try:
        return {"symbols": symbols(_formula(impl, f"counts.{quantity}"), FORMULA)}
    except ExpressionError:
        return {"symbols": []}


def count(impl: Implementation, quantity: str, kernel: int | None) -> Tree:
    """Expand the two answers for a quantity.

    Args:
        impl: Whose answers.
        quantity: `weights`, `outputs` or `connections`.
        kernel: A number to put in for k, or None.

    Returns:
        `plain` and `doubled`: coefficients by products of powers; the second is a factor alone where it is a multiple
        of the first. `problems`: by these names, a word for why an answer is no formula.
    """
    at = {"H": SIDE, "W": SIDE} | ({} if kernel is None else {"k": kernel})
    found: dict[str, dict[str, str]] = {}
    problems: dict[str, str] = {}
    for name, row in (("plain", f"counts.{quantity}"), ("doubled", f"doubled.{quantity}")):
        try:
            text = _formula(impl, row)
            found[name] = terms(_factor(text) if name == "doubled" else text, FORMULA, at)
        except ExpressionError as error:
            problems[name] = error.problem
    if len(found) == 2:
        found["doubled"] = _ratio(found["doubled"], found["plain"])
    return {**found, "problems": problems}


def padding(impl: Implementation, kernel: str) -> Tree:
    """Evaluate the answers on padding for a kernel.

    Returns:
        `padding` and `output_padding`: a number for each kernel that is asked about, none where it has none.
        `problems`: by these names, a word for why an answer is no number.
    """
    sizes = {"kernel 4": (4,), "kernel 5": (5,)}.get(kernel, KERNELS)
    found: dict[str, list[float]] = {"padding": [], "output_padding": []}
    problems: dict[str, str] = {}
    for name in found:
        try:
            text = _formula(impl, f"padding.{ROWS[kernel]}.{name}")
            found[name] = [value_at(text, BY_KERNEL, _known(size, found["padding"], n)) for n, size in enumerate(sizes)]
        except ExpressionError as error:
            problems[name] = error.problem
    return {**found, "problems": problems}


def training(impl: Implementation) -> Tree:
    """Give what is stored of the training: of each cell of a notebook, or of each text that train.py wrote.

    Returns:
        `cells`: of each its source, the texts beneath it, and how many pictures. `problems`: what could not be read.
    """
    cells, problems = [], []
    for path in impl.attachments("*.ipynb"):
        try:
            cells += cell_outputs(impl.attachment(path))
        except UnreadableError as error:
            problems.append(f"the notebook {error}")
    for path in impl.attachments("training/*.txt"):
        pictures = len(impl.attachments(f"{path.removesuffix('.txt')}*.png"))
        cells.append({"source": path, "text": impl.attachment(path).decode("utf-8", "replace"), "pictures": pictures})
    if not cells and not problems:
        impl.attachment("a2-code.ipynb")  # which raises: it was not handed in
    return {"cells": cells, "problems": problems}


def examples(impl: Implementation) -> Tree:
    """Draw pictures to colour, `pictures`, shape (4, 3, 32, 32), bytes, and make them `grey`, (4, 1, 32, 32)."""
    pictures = impl.load("data.horses:pictures")(SHOWN, SHOWN_SEED)
    return {"pictures": pictures, "grey": impl.load("data.horses:grey")(pictures)}


def coloured(impl: Implementation, model: str, grey: np.ndarray) -> Tree:
    """Colour grey pictures with the trained network that was handed in, as train.py saves it.

    Returns:
        `chosen`: the number of a colour for each pixel, shape (N, H, W), and `colours`, (NC, 3), from 0 to 255; both
        empty where there is none. `problem`: a word for why one that is there cannot be used.
    """
    path = f"training/{model.lower()}.pth"
    none = {"chosen": np.zeros((0, 0, 0), np.int64), "colours": np.zeros((0, 3)), "problem": ""}
    if not impl.attachments(path):
        return none
    checkpoint = read_checkpoint(impl.attachment(path))
    weights = dict(checkpoint.weights)
    colours = weights.pop("colours", None)
    first = next((tensor for tensor in weights.values() if tensor.dim() == 4 and tensor.shape[1] == 1), None)
    if checkpoint.problem or colours is None or first is None:
        return none | {"problem": checkpoint.problem or ("no-colours" if colours is None else "another-network")}
    network = _network(impl, model, [first.shape[-1], first.shape[0], len(colours), 1])
    try:
        network.load_state_dict(weights)
    except RuntimeError:
        return none | {"problem": "another-network"}
    network.eval()
    with torch.no_grad():
        chosen = _tensor(network(torch.from_numpy(grey)), model).argmax(dim=1)
    return {"chosen": chosen, "colours": colours, "problem": ""}


def sections(impl: Implementation) -> Tree:
    """Count the words under each heading of the write-up, a text or a PDF; a part without a heading is left out."""
    path = next((path for path in impl.attachments("*") if path.lower().startswith("a2-writeup.")), "a2-writeup.pdf")
    data = impl.attachment(path)
    if data.lstrip()[:1] == b"{" and b'"cells"' in data:
        return {"words": {}, "pages": 0, "problem": "is a notebook: are the two files mixed up?"}
    try:
        write_up = read_write_up(data)
    except WriteUpError as error:
        return {"words": {}, "pages": 0, "problem": str(error)}
    return {"words": words_under(write_up.text, HEADINGS), "pages": write_up.pages, "problem": ""}


def _network(impl: Implementation, model: str, settings: list[int]) -> nn.Module:
    """Build a network, with the `args` that the course's notebook sets."""
    torch.default_generator.manual_seed(0)
    with absent_modules(CONVENIENCES, impl.sources), _args(settings) as args:
        kind = _class(impl, model)
        for function in vars(kind).values():
            if inspect.isfunction(function):
                function.__globals__["args"] = args
        network = kind(*settings, **({"dilation": 1} if _asks_for(kind, "dilation") else {}))
    if not isinstance(network, nn.Module):
        raise TypeError(f"{model} is no nn.Module")
    if any(nn.parameter.is_lazy(tensor) for tensor in (*network.parameters(), *network.buffers())):
        with torch.no_grad():
            network(torch.zeros(2, settings[-1], 8, 8))  # such layers take their sizes from what they are first shown
    return network


def _class(impl: Implementation, model: str) -> Any:  # noqa: ANN401  # theirs
    """Find a network's class: in models.py, or in a file of its own, under one of the names that are in use.

    Raises:
        MissingError: there is none; it names the one that is asked for.
    """
    for name in (model, *WAYS[model]):
        defined = re.compile(rf"^class\s+{name}\b", re.MULTILINE)
        own = [path for path, text in sorted(impl.sources.items()) if path.endswith(".py") and defined.search(text)]
        for path in ("models.py", *own):
            try:
                return impl.load(f"{path.removesuffix('.py').replace('/', '.')}:{name}")
            except MissingError:
                continue
    return impl.load(f"models:{model}")


def _asks_for(kind: type, name: str) -> bool:
    asked = inspect.signature(kind).parameters.get(name)
    return asked is not None and asked.default is inspect.Parameter.empty


class Arguments(dict[str, Any]):
    """The course's notebook reads `args.kernel`, and some code `args["kernel"]`."""

    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


@contextmanager
def _args(settings: list[int]) -> Iterator[Arguments]:
    """Let code that reads `args`, where nothing defines it, find this network's arguments."""
    args = Arguments(ARGS | dict(zip(ARGUMENTS, settings, strict=True)))
    builtins.args = args  # type: ignore[attr-defined]  # found where a module has no name of its own
    try:
        yield args
    finally:
        del builtins.args  # type: ignore[attr-defined]  # see above


def _tensor(value: object, model: str) -> torch.Tensor:
    """Check that scores are a tensor.

    Raises:
        NotImplementedError: they are None, as of code that is not written.
        TypeError: they are something else.
    """
    if value is None:
        raise NotImplementedError(f"forward of {model} returned None")
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"forward of {model} returned {type(value).__name__}, expected a tensor")
    return value.detach()


def _formula(impl: Implementation, row: str) -> str:
    """Give an answer as a text: from ANSWERS in the code where it is there, else from answers.toml.

    Raises:
        ExpressionError: it is missing, empty, or neither text nor number.
    """
    own: Any = None
    try:
        own = impl.load("models:ANSWERS")
    except Exception:  # noqa: BLE001  # answers need no code that works
        own = None
    for key in row.split("."):
        own = own.get(key) if isinstance(own, dict) else None
    if not is_empty(own):
        return formula_text(own)
    answers = read_answers(impl.attachment(ANSWERS)) if impl.attachments(ANSWERS) else Answers()
    try:
        return formula_text(answers.value(row))
    except RowError as error:
        word = ExpressionProblem.EMPTY if error.status == Status.UNWRITTEN else ExpressionProblem.ROW
        raise ExpressionError(word) from None


def _factor(text: str) -> str:
    """Give the number that a factor is, in figures or words; another text as it is."""
    plain = text.casefold().replace("\\times", "x")
    plain = re.sub(r"\s+", " ", re.sub(r"[$()]", " ", plain)).strip(" .")
    if NO_FACTOR.search(plain):
        return text
    for number, ways in IN_WORDS.items():
        plain = re.sub(rf"\b(?:{ways})\b", number, plain)
    pieces = re.findall(r"[a-z]+|\d+", plain)
    numbers = [piece for piece in pieces if piece.isdigit()]
    is_factor = len(numbers) == 1 and all(map(FACTOR_WORD.fullmatch, set(pieces) - set(numbers)))
    return numbers[0] if is_factor else text


def _ratio(doubled: dict[str, str], plain: dict[str, str]) -> dict[str, str]:
    """Write an answer that is a multiple of another as the factor."""
    if doubled.keys() != plain.keys() or not plain:
        return doubled
    factors = {Fraction(factor) / Fraction(plain[product]) for product, factor in doubled.items()}
    return {"1": str(factors.pop())} if len(factors) == 1 else doubled


def _known(size: int, paddings: list[float], number: int) -> dict[str, int]:
    """Give what a formula may use: the kernel, and where there is one the padding that was answered for it."""
    padding_here = paddings[number] if number < len(paddings) else None
    is_whole = padding_here is not None and padding_here == int(padding_here)
    return {"k": size} | ({"p": int(padding_here)} if is_whole and padding_here is not None else {})
