"""Find inputs that a reference works on, by trying what its parameters may be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from grader.authoring import function, layer, methods, module, value
from grader.course.check_rows import read_tests, ready_drivers
from grader.lint.scaffold.kinds import EXPRESSIONS, WORDS, likely_kinds
from grader.lint.scaffold.solution import Asked, Form, Parameter
from grader.model.assignment import Runtime
from grader.model.observation import Value
from grader.model.status import Status
from grader.model.values import leaves
from grader.sandbox.host.server import Server
from grader.sandbox.host.session import Session
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes
from grader.subjects.student import Driver

SIZES: Final = ((3, 4), (5, 2))
"""Rows and columns of the two cases."""
SIZES_OF_WORDS: Final = ((12, 4), (15, 2))
"""The same where classes are predicted and words given: for three rows they are guessed."""
TIMES: Final = 8
"""How often a case asks for a single word, count or truth, which is guessed as well."""
ROUNDS: Final = 3
"""How often the methods of an object are called where one round shows nothing."""
FEW_WORDS: Final = 2
"""Of an answer: more of them are not guessed."""
SEEDS: Final = (11, 12)
MOST_TRIES: Final = 600
FEW: Final = 2
"""Combinations that are this far from the likeliest are tried before parameters that are all alike."""
CHANCES: Final = 5
"""Seeds under which an answer is one of the inputs where that is no chance."""
SECONDS: Final = 2.0  # of a call
MOST_WAITS: Final = 3
"""Calls that may take longer, as of a function that opens the file of that number, before no other input is tried."""


class Tree:
    """A solution or a mutant of it, asked in the sandbox: inputs that are tried out may be anything to it.

    A server of workers has to be ready, and whoever makes a tree closes it.
    """

    def __init__(self, server: Server, asked: Asked, module: str, runtime: Runtime, sources: Mapping[str, str]) -> None:
        self._asked = asked
        driver, made = driver_of(asked, module)
        self._driver = driver_name(driver)
        self._session = Session(server, sources, ready_drivers(read_tests({"checks/test.py": made})), runtime)
        self._waits = 0

    @property
    def is_hopeless(self) -> bool:
        """Return whether so many calls took too long that the next ones will as well."""
        return self._waits >= MOST_WAITS

    def close(self) -> None:
        """End its worker."""
        self._session.close()

    def answer(self, given: Mapping[str, str], size: tuple[int, int], seed: int, times: int = 1) -> Value:
        """Return what it gives for inputs, as it arrives in the judge; None where it gives nothing in time.

        Args:
            given: An expression for each parameter.
            size: The rows and columns that they are made of.
            seed: Of the generator that they draw from.
            times: How often they are drawn and it is asked, of more than once in a list.
        """
        names = names_for(size, seed)
        rounds: list[dict[str, Any]] = [
            {name: eval(text, dict(names)) for name, text in given.items()}  # noqa: S307  # one of EXPRESSIONS
            for _ in range(times)
        ]
        if self._asked.form is Form.METHODS:
            return self._after_calls(rounds, seed)
        found = [self._answered(values, seed) for values in rounds]
        if any(one is None for one in found):
            return None
        return found if times > 1 else found[0]

    def _answered(self, values: dict[str, Any], seed: int) -> Value:
        asked = self._asked
        if asked.form in {Form.FUNCTION, Form.VALUE}:
            found = self._called(values, seed)
            return found["changed"] if asked.changed and isinstance(found, dict) else found
        made = {one.name: values.pop(_made_with(one)) for one in asked.parameters}
        found = self._called({**values, "init": made}, seed)
        grads = found.get("grads") if asked.form is Form.MODULE and isinstance(found, dict) else None
        if isinstance(grads, dict):
            state = {
                name: np.random.default_rng(seed).normal(size=np.asarray(grad).shape).astype("float32")
                for name, grad in grads.items()
            }
            found = self._called({**values, "init": made, "state": state}, seed)
        if asked.has_backward and isinstance(found, dict) and is_answer(found):
            dout = np.random.default_rng(seed).normal(size=np.asarray(found["y"]).shape)
            found = self._called({**values, "init": made, "dout": dout}, seed)
        return found

    def _after_calls(self, rounds: Sequence[Mapping[str, Any]], seed: int) -> Value:
        """Return what an object gives whose methods are called in their order, in each round with other values."""
        init = {one.name: rounds[0][_made_with(one)] for one in self._asked.parameters}
        calls = [
            [one.name, *(values[each.name] for each in one.parameters)]
            for values in rounds
            for one in self._asked.methods
        ]
        return self._called({"init": init, "calls": calls}, seed)

    def _called(self, values: Mapping[str, Any], seed: int) -> Value:
        observation = self._session.observe(call_bytes(self._driver, dict(values)), SECONDS, seed)
        if observation.failure is None:
            return observation.value
        self._waits += observation.failure.status is Status.TIMED_OUT
        return None


def driver_of(asked: Asked, file: str) -> tuple[Driver, str]:
    """Make the ready driver of what is asked; return it, and how a test makes it."""
    target = f"{file}:{asked.name}"
    match asked.form:
        case Form.FUNCTION:
            made = function(target, tensors=asked.tensors, changed=asked.changed)
            return made, f'function("{target}"{", tensors=True" * asked.tensors}{", changed=True" * asked.changed})'
        case Form.MODULE:
            return module(target, grads=True), f'module("{target}", grads=True)'
        case Form.METHODS:
            return methods(target), f'methods("{target}")'
        case Form.VALUE:
            return value(target), f'value("{target}")'
    if not asked.grads:
        return layer(target), f'layer("{target}")'
    return layer(target, grads=asked.grads), f'layer("{target}", grads={json_tuple(asked.grads)})'


def json_tuple(names: Sequence[str]) -> str:
    """Write a tuple of names as Python is written here."""
    return f"({', '.join(map(json.dumps, names))}{',' * (len(names) == 1)})"


def inputs_of(asked: Asked, tree: Tree) -> tuple[Asked, dict[str, str]] | None:
    """Return an expression for each parameter with which a tree gives what depends on them, and how it is asked.

    What a class is made with stands under its name behind a dot, and what a layer's or module's `forward` takes among
    them. Parameters of one name are given alike. Parameters with a default are given where nothing is found otherwise.
    """
    if asked.form is Form.VALUE:  # it depends on nothing, and must be the same each time
        one, other = (tree.answer({}, SIZES[0], seed) for seed in SEEDS)
        return (asked, {}) if is_answer(one) and is_answer(other) and same(one, other) else None
    for optional in ((), asked.optional) if asked.optional else ((),):
        given = _to_be_given(replace(asked, parameters=(*asked.parameters, *optional)))
        for tried in itertools.islice(_by_likelihood([*given.values()]), MOST_TRIES):
            if tree.is_hopeless:
                return None
            chosen = {name: EXPRESSIONS[kind] for name, kind in zip(given, tried, strict=True)}
            for rounds in (1, ROUNDS) if asked.form is Form.METHODS else (1,):
                found = _asked_so(asked, tree, chosen, rounds)
                if found is not None:
                    return found, chosen
    return None


def _asked_so(asked: Asked, tree: Tree, chosen: Mapping[str, str], times: int) -> Asked | None:
    """Return how something is asked with inputs; None where it does not answer, or the same whatever it is given."""
    sizes = SIZES_OF_WORDS if asked.form is Form.METHODS else SIZES
    first = tree.answer(chosen, sizes[0], SEEDS[0], times)
    if not is_answer(first) or (not asked.changed and is_given_back(tree, chosen, sizes[0])):
        return None
    if are_words(first):
        sizes, times = SIZES_OF_WORDS, TIMES if sum(leaf.size for leaf in _leaves(first)) <= FEW_WORDS else times
    answers = [[tree.answer(chosen, size, seed, times) for seed in SEEDS] for size in sizes]
    if not all(is_answer(one) and not same(one, other) and is_answer(other) for one, other in answers):
        return None
    return replace(asked, sizes=sizes, times=times)


def names_for(size: tuple[int, int], seed: int) -> dict[str, Any]:
    """Return the names that expressions use, by what they stand for."""
    return {"rng": np.random.default_rng(seed), "rows": size[0], "columns": size[1], "WORDS": WORDS}


def is_given_back(tree: Tree, chosen: Mapping[str, str], size: tuple[int, int]) -> bool:
    """Return whether a tree answers one of the inputs as it was, under several seeds: one number may be by chance."""
    for seed in range(SEEDS[0], SEEDS[0] + CHANCES):
        given = [eval(text, names_for(size, seed)) for text in chosen.values()]  # noqa: S307  # one of EXPRESSIONS
        answer = tree.answer(chosen, size, seed)
        if not any(is_answer(one) and same(answer, one) for one in given):
            return False
    return True


def _to_be_given(asked: Asked) -> dict[str, list[str]]:
    """List the kinds that each parameter may be of, the likeliest first."""
    if asked.form is Form.FUNCTION:
        return {one.name: likely_kinds(one, is_input=True, is_tensor=asked.tensors) for one in asked.parameters}
    made = {
        _made_with(one): likely_kinds(one, is_input=False, is_stored=asked.form is Form.METHODS)
        for one in asked.parameters
    }
    if asked.form is Form.LAYER:
        return {**made, "x": likely_kinds(Parameter(name="x"), is_input=True)}
    every = [one for method in asked.methods for one in method.parameters]
    is_tensor = asked.form is Form.MODULE
    return {**made, **{one.name: likely_kinds(one, is_input=True, is_tensor=is_tensor) for one in every}}


def _made_with(parameter: Parameter) -> str:
    """Return the key of what a class is made with: no method has a parameter of that name."""
    return f".{parameter.name}"


def is_answer(value: Value) -> bool:
    """Return whether a value has numbers or texts, all numbers finite."""
    found = _leaves(value) if value is not None else []
    return bool(found) and all(
        leaf.size and (leaf.dtype.kind == "U" or (leaf.dtype.kind in "fciub" and np.isfinite(leaf).all()))
        for leaf in found
    )


def are_words(value: Value) -> bool:
    """Return whether a value has texts, whole numbers and truths alone."""
    return all(leaf.dtype.kind in "iubU" for leaf in _leaves(value))


def same(left: Value, right: Value, rtol: float = 1e-3) -> bool:
    """Return whether two values have the same texts and numbers, but for errors of this size."""
    return all(
        a is not None and b is not None and a.shape == b.shape and _alike(a, b, rtol)
        for a, b in itertools.zip_longest(_leaves(left), _leaves(right))
    )


def _alike(left: np.ndarray, right: np.ndarray, rtol: float) -> bool:
    if "U" in {left.dtype.kind, right.dtype.kind}:
        return left.dtype.kind == right.dtype.kind and bool((left == right).all())
    return np.allclose(left, right, rtol=rtol, atol=rtol / 10)


def _leaves(value: Value) -> list[np.ndarray]:
    """List the arrays, numbers and texts of a tree; a None among them is none."""
    return [np.asarray(leaf) for _, leaf in leaves(value) if leaf is not None]


def _by_likelihood(kinds: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """List combinations of kinds, those whose places in the lists are lowest together first, and soon those of one."""
    lengths = [len(one) for one in kinds]
    for total in range(sum(lengths) - len(lengths) + 1):
        for chosen in _places(lengths, total):
            yield tuple(one[place] for one, place in zip(kinds, chosen, strict=True))
        if total == FEW and len(kinds) > 1:
            yield from ((kind,) * len(kinds) for kind in kinds[0] if all(kind in one for one in kinds))


def _places(lengths: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
    """List the places in lists of some lengths that sum up to a total."""
    if not lengths:
        yield from [()] if total == 0 else []
        return
    for place in range(min(total, lengths[0] - 1) + 1):
        yield from ((place, *others) for others in _places(lengths[1:], total - place))
