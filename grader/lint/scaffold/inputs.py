"""Find inputs that a reference works on, by trying what its parameters may be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.authoring import function, layer, methods, module, value
from grader.course.check_rows import ready_drivers
from grader.lint.scaffold.solution import Asked, Form, Parameter
from grader.model.assignment import Runtime
from grader.model.observation import Value
from grader.model.values import leaves
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver

SIZES: Final = ((3, 4), (5, 2))
"""Rows and columns of the two cases."""
SIZES_OF_METHODS: Final = ((12, 4), (15, 2))
"""The same where methods are called: what a classifier predicts for three rows is guessed."""
SEEDS: Final = (11, 12)
MOST_TRIES: Final = 300
SECONDS: Final = 2.0  # of a call
EXPRESSIONS: Final[Mapping[str, str]] = {
    "matrix": "rng.normal(size=(rows, columns))",
    "vector": "rng.normal(size=columns)",
    "column": "rng.normal(size=rows)",
    "square": "rng.normal(size=(columns, columns))",
    "weights": "rng.normal(size=(columns, rows))",
    "labels": "rng.integers(columns, size=rows)",
    "images": "rng.normal(size=(rows, columns, 6, 5))",
    "positive": "rng.uniform(0.1, 1, size=(rows, columns))",
    "number": "float(rng.uniform(0.2, 0.8))",
    "count": "columns",
    "two": "2",
    "place": "int(rng.integers(rows // 2))",
    "arrays": "[rng.normal(size=(rows, columns)), rng.normal(size=columns)]",
    "sequence": 'rng.normal(size=(2, rows, columns)).astype("float32")',
    "single": 'rng.normal(size=(rows, columns)).astype("float32")',
    "pictures": 'rng.normal(size=(2, columns, 6, 6)).astype("float32")',
    "tokens": "rng.integers(columns, size=(2, rows))",
}
"""What may be given for a parameter, by kind, as the test would write it."""
COUNTS: Final = (
    "n",
    "k",
    "size",
    "count",
    "num",
    "dim",
    "features",
    "channels",
    "in_",
    "out_",
    "width",
    "heads",
    "classes",
)
NUMBERS: Final = ("alpha", "beta", "eps", "lr", "rate", "momentum", "p", "gamma", "temperature", "threshold", "scale")
TWOS: Final = ("head", "k", "neighbo", "group", "depth", "degree", "power", "layers")
PLACES: Final = ("i", "idx", "item", "place", "position")
ARRAYS: Final = ("params", "parameters", "grads", "gradients", "arrays")
TENSORS: Final = ("sequence", "single", "pictures", "tokens")
LABELS: Final = ("label", "labels", "target", "targets", "classes", "y", "index", "indices")


class Tree:
    """A solution or a mutant of it, asked in the sandbox: inputs that are tried out may be anything to it.

    A server of workers has to be ready, and whoever makes a tree closes it.
    """

    def __init__(self, server: Server, asked: Asked, module: str, runtime: Runtime, sources: Mapping[str, str]) -> None:
        self._asked = asked
        driver, made = driver_of(asked, module)
        self._driver = driver_name(driver)
        self._session = Session(server, sources, ready_drivers({"checks/test.py": made}), runtime)

    def close(self) -> None:
        """End its worker."""
        self._session.close()

    def answer(self, given: Mapping[str, str], size: tuple[int, int], seed: int) -> Value:
        """Return what it gives for inputs, as it arrives in the judge; None where it gives nothing in time.

        Args:
            given: An expression for each parameter.
            size: The rows and columns that they are made of.
            seed: Of the generator that they draw from.
        """
        names = {"rng": np.random.default_rng(seed), "rows": size[0], "columns": size[1]}
        values: dict[str, Any] = {
            name: eval(text, dict(names))  # noqa: S307  # one of EXPRESSIONS
            for name, text in given.items()
        }
        asked = self._asked
        match asked.form:
            case Form.FUNCTION | Form.VALUE:
                return self._called(values, seed)
            case Form.METHODS:
                init = {one.name: values[_made_with(one)] for one in asked.parameters}
                calls = [[one.name, *(values[each.name] for each in one.parameters)] for one in asked.methods]
                return self._called({"init": init, "calls": calls}, seed)
        made = {one.name: values.pop(_made_with(one)) for one in asked.parameters}
        found = self._called({**values, "init": made}, seed)
        grads = found.get("grads") if asked.form is Form.MODULE and isinstance(found, dict) else None
        if isinstance(grads, dict):
            state = {
                name: np.random.default_rng(seed).normal(size=np.asarray(grad).shape).astype("float32")
                for name, grad in grads.items()
            }
            found = self._called({**values, "init": made, "state": state}, seed)
        if asked.has_backward and isinstance(found, dict) and is_numbers(found):
            dout = np.random.default_rng(seed).normal(size=np.asarray(found["y"]).shape)
            found = self._called({**values, "init": made, "dout": dout}, seed)
        return found

    def _called(self, values: Mapping[str, Any], seed: int) -> Value:
        observation = self._session.observe(call_bytes(self._driver, dict(values)), SECONDS, seed)
        return None if observation.failure is not None else observation.value


def driver_of(asked: Asked, file: str) -> tuple[Driver, str]:
    """Make the ready driver of what is asked; return it, and how a test makes it."""
    target = f"{file}:{asked.name}"
    match asked.form:
        case Form.FUNCTION:
            return function(target), f'function("{target}")'
        case Form.MODULE:
            return module(target, grads=True), f'module("{target}", grads=True)'
        case Form.METHODS:
            return methods(target), f'methods("{target}")'
        case Form.VALUE:
            return value(target), f'value("{target}")'
    if not asked.grads:
        return layer(target), f'layer("{target}")'
    return layer(target, grads=asked.grads), f'layer("{target}", grads={json_tuple(asked.grads)})'


def sizes_of(asked: Asked) -> tuple[tuple[int, int], ...]:
    """Return rows and columns of the two cases of what is asked."""
    return SIZES_OF_METHODS if asked.form is Form.METHODS else SIZES


def json_tuple(names: Sequence[str]) -> str:
    """Write a tuple of names as Python is written here."""
    return f"({', '.join(map(json.dumps, names))}{',' * (len(names) == 1)})"


def inputs_of(asked: Asked, tree: Tree) -> dict[str, str] | None:
    """Return an expression for each parameter with which a tree gives numbers that depend on them; else None.

    What a class is made with stands under its name behind a dot, and what a layer's or module's `forward` takes among
    them. Parameters of one name are given alike.
    """
    if asked.form is Form.VALUE:  # it depends on nothing, and must be the same each time
        one, other = (tree.answer({}, SIZES[0], seed) for seed in SEEDS)
        return {} if is_numbers(one) and is_numbers(other) and same(one, other) else None
    given = _to_be_given(asked)
    first, second = sizes_of(asked)
    for tried in itertools.islice(_by_likelihood([*given.values()]), MOST_TRIES):
        chosen = {name: EXPRESSIONS[kind] for name, kind in zip(given, tried, strict=True)}
        answers = [tree.answer(chosen, first, SEEDS[0])]
        if is_numbers(answers[0]):
            answers += [tree.answer(chosen, size, seed) for size, seed in ((first, 12), (second, 11), (second, 12))]
            if all(map(is_numbers, answers)) and not same(answers[0], answers[1]) and not same(answers[2], answers[3]):
                return chosen
    return None


def _to_be_given(asked: Asked) -> dict[str, list[str]]:
    """List the kinds that each parameter may be of, the likeliest first."""
    if asked.form is Form.FUNCTION:
        return {one.name: _likely(one, is_input=True) for one in asked.parameters}
    made = {
        _made_with(one): _likely(one, is_input=False, is_stored=asked.form is Form.METHODS) for one in asked.parameters
    }
    if asked.form is Form.LAYER:
        return {**made, "x": _likely(Parameter(name="x"), is_input=True)}
    every = [one for method in asked.methods for one in method.parameters]
    if asked.form is Form.MODULE:
        return {**made, **{one.name: [*TENSORS] for one in every}}
    return {**made, **{one.name: _likely(one, is_input=True) for one in every}}


def _made_with(parameter: Parameter) -> str:
    """Return the key of what a class is made with: no method has a parameter of that name."""
    return f".{parameter.name}"


def is_numbers(value: Value) -> bool:
    """Return whether a value has numbers, all of them finite."""
    found = _numbers(value) if value is not None else []
    return bool(found) and all(leaf.dtype.kind in "fciub" and leaf.size and np.isfinite(leaf).all() for leaf in found)


def same(left: Value, right: Value, rtol: float = 1e-3) -> bool:
    """Return whether two values have the same numbers, but for errors of this size."""
    pairs = itertools.zip_longest(_numbers(left), _numbers(right))
    return all(
        a is not None and b is not None and a.shape == b.shape and np.allclose(a, b, rtol=rtol, atol=rtol / 10)
        for a, b in pairs
    )


def _numbers(value: Value) -> list[np.ndarray]:
    return [np.asarray(leaf) for _, leaf in leaves(value)]


def _likely(parameter: Parameter, *, is_input: bool, is_stored: bool = False) -> list[str]:
    """List the kinds of a parameter, the likeliest first; a class may store arrays that it is made with."""
    name, annotation = parameter.name.lower(), parameter.annotation
    is_whole = "int" in annotation.split("|")[0] and "ndarray" not in annotation
    if annotation == "float":
        return ["number"]
    every = ["matrix", "vector", "images", "weights", "square", "column", "labels", "positive", "number", "count"]
    every += ["two", "place", "arrays"]
    if is_whole or (not is_input and not is_stored):
        every = ["count", "two", "place"] if is_whole else ["count", "number", "matrix", "vector", "two"]
    first = {"labels": LABELS, "number": NUMBERS, "count": COUNTS, "place": PLACES, "arrays": ARRAYS}
    front = [
        kind for kind, names in first.items() if name in names or (kind == "count" and name.startswith(names[6:9]))
    ]
    front = ["two"] * any(name == one or one in name for one in TWOS if len(one) > 1 or name == one) + front
    front += (
        ["weights"] if name in {"w", "weight", "weights"} else ["column", "vector"] if name in {"b", "bias"} else []
    )
    if is_whole:
        front = [kind for kind in front if kind in every]
    return [*dict.fromkeys([*front, *every])]


def _by_likelihood(kinds: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """List combinations of kinds, those whose places in the lists are lowest together first."""
    places = itertools.product(*(range(len(one)) for one in kinds))
    for chosen in sorted(places, key=lambda combination: (sum(combination), combination)):
        yield tuple(one[place] for one, place in zip(kinds, chosen, strict=True))
