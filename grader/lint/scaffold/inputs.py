"""Find inputs that a reference works on, by trying what its parameters may be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from grader.authoring import function, layer
from grader.course.check_rows import ready_drivers
from grader.lint.scaffold.solution import Asked, Parameter
from grader.model.assignment import Runtime
from grader.model.observation import Value
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver
from grader.subjects.values import leaves

SIZES: Final = ((3, 4), (5, 2))
"""Rows and columns of the two cases."""
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
        if self._asked.is_layer:
            values = {"x": values.pop("x"), "init": values}
        found = self._called(values, seed)
        if self._asked.has_backward and isinstance(found, dict) and is_numbers(found):
            values["dout"] = np.random.default_rng(seed).normal(size=np.asarray(found["y"]).shape)
            found = self._called(values, seed)
        return found

    def _called(self, values: Mapping[str, Any], seed: int) -> Value:
        observation = self._session.observe(call_bytes(self._driver, dict(values)), SECONDS, seed)
        return None if observation.failure is not None else observation.value


def driver_of(asked: Asked, module: str) -> tuple[Driver, str]:
    """Make the ready driver of what is asked; return it, and how a test makes it."""
    target = f"{module}:{asked.name}"
    if not asked.is_layer:
        return function(target), f'function("{target}")'
    if not asked.grads:
        return layer(target), f'layer("{target}")'
    return layer(target, grads=asked.grads), f'layer("{target}", grads={json_tuple(asked.grads)})'


def json_tuple(names: Sequence[str]) -> str:
    """Write a tuple of names as Python is written here."""
    return f"({', '.join(map(json.dumps, names))}{',' * (len(names) == 1)})"


def inputs_of(asked: Asked, tree: Tree) -> dict[str, str] | None:
    """Return an expression for each parameter with which a tree gives numbers that depend on them; else None.

    A layer's input `x` is among them.
    """
    parameters = (*asked.parameters, Parameter(name="x")) if asked.is_layer else asked.parameters
    kinds = [
        _likely(parameter, is_input=not asked.is_layer or number == len(asked.parameters))
        for number, parameter in enumerate(parameters)
    ]
    for tried in itertools.islice(_by_likelihood(kinds), MOST_TRIES):
        given = {parameter.name: EXPRESSIONS[kind] for parameter, kind in zip(parameters, tried, strict=True)}
        answers = [tree.answer(given, size, seed) for size in SIZES for seed in SEEDS]
        if all(map(is_numbers, answers)) and not same(answers[0], answers[1]) and not same(answers[2], answers[3]):
            return given
    return None


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


def _likely(parameter: Parameter, *, is_input: bool) -> list[str]:
    """List the kinds of a parameter, the likeliest first."""
    name, annotation = parameter.name.lower(), parameter.annotation
    if "int" in annotation.split("|")[0] and "ndarray" not in annotation:
        return ["count"]
    if annotation == "float":
        return ["number"]
    every = ["matrix", "vector", "images", "weights", "square", "column", "labels", "positive", "number", "count"]
    if not is_input:
        return ["count", "number", "matrix", "vector"]
    first = {"labels": LABELS, "number": NUMBERS, "count": COUNTS}
    front = [
        kind for kind, names in first.items() if name in names or (kind == "count" and name.startswith(names[6:9]))
    ]
    front += (
        ["weights"] if name in {"w", "weight", "weights"} else ["column", "vector"] if name in {"b", "bias"} else []
    )
    return [*front, *(kind for kind in every if kind not in front)]


def _by_likelihood(kinds: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """List combinations of kinds, those whose places in the lists are lowest together first."""
    places = itertools.product(*(range(len(one)) for one in kinds))
    for chosen in sorted(places, key=lambda combination: (sum(combination), combination)):
        yield tuple(one[place] for one, place in zip(kinds, chosen, strict=True))
