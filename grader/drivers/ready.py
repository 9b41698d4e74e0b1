"""Ready drivers: how most assignments call a function, a layer, a module of PyTorch or a step of training.

A hidden test makes one of its target, `relu = function("relu:relu")`, and asks by it as by a function of `drivers.py`.
The worker makes the same of what stands in the test's text, so that target and options are written out there.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any, Final

from grader.drivers.implementation import Implementation, Tree
from grader.drivers.student_tests import answered, reported

READY: Final = ("function", "layer", "methods", "module", "student_tests", "training", "value")
"""The names of the functions of this file that make a driver."""
Ready = Callable[..., Tree]
MOST_ITEMS: Final = 100_000  # of a generator, which may have no end


def function(target: str, *, tensors: bool = False, changed: bool = False) -> Ready:
    """Make a driver that calls a function.

    Args:
        target: `package.module:name`.
        tensors: Whether arrays are given as tensors of PyTorch.
        changed: Whether the arguments come back as well, as the call left them: for what works in place.

    Returns:
        A driver whose inputs are the arguments, in the order in which they are given and by whatever names. What comes
        back is under the name of the function; several values are a list there, and so is what a generator gives. With
        `changed` the arrays, lists and dicts among the arguments are under their names in `changed`.
    """

    def call(impl: Implementation, **inputs: Any) -> Tree:  # noqa: ANN401  # what the test gives
        given = {name: _as_tensor(one) for name, one in inputs.items()} if tensors else inputs
        found: Tree = {last_name(target): plain(impl.load(target)(*given.values()))}
        if changed:
            found["changed"] = {
                name: plain(one)
                for name, one in given.items()
                if isinstance(one, list | dict) or getattr(one, "shape", None)
            }
        return found

    options = {name: is_set for name, is_set in (("tensors", tensors), ("changed", changed)) if is_set}
    return _named(call, "function", target, options)


def layer(target: str, *, forward: str = "forward", backward: str = "backward", grads: Sequence[str] = ()) -> Ready:
    """Make a driver that calls a layer forwards, and backwards where it is given a gradient.

    Args:
        target: `package.module:Class`.
        forward: The method that takes `x`.
        backward: The method that takes `dout`, the gradient of the loss by what `forward` returned.
        grads: Attributes that hold gradients of parameters afterwards.

    Returns:
        A driver with the inputs `x`, `dout`, `init`, what the class is made with, and `state`, attributes that are set
        before. What comes back is `y`, with `dout` also `dx`, and the gradients by their names.
    """

    def call(
        impl: Implementation,
        x: Any,  # noqa: ANN401  # an array
        dout: Any = None,  # noqa: ANN401  # an array
        init: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
    ) -> Tree:
        made = impl.load(target)(**(init or {}))
        for name, value in (state or {}).items():
            setattr(made, name, value)
        found: Tree = {"y": getattr(made, forward)(x)}
        if dout is not None:
            found["dx"] = getattr(made, backward)(dout)
            found |= {name: getattr(made, name) for name in grads}
        return found

    options = {"forward": forward, "backward": backward, "grads": [*grads]}
    return _named(call, "layer", target, options)


def methods(target: str) -> Ready:
    """Make a driver that makes an object and calls its methods, one after the other.

    Args:
        target: `package.module:Class`.

    Returns:
        A driver with the inputs `init`, what the class is made with, and `calls`, a list for each call: the method's
        name and its arguments; the name of a property or attribute alone reads it. What comes back is `values`, what
        the calls returned, but for None and the object itself, and `changed`, arrays that it was given and that it
        wrote into, by method and place.
    """

    def call(
        impl: Implementation,
        calls: Sequence[Sequence[Any]],
        init: Mapping[str, Any] | None = None,
    ) -> Tree:
        given = {f"init {name}": value for name, value in (init or {}).items()}
        given |= {
            f"{number} {name} {place}": value
            for number, (name, *arguments) in enumerate(calls)
            for place, value in enumerate(arguments)
        }
        arrays = {name: array for name, value in given.items() for name, array in _arrays(name, value)}
        before = {name: array.copy() for name, array in arrays.items()}
        made = impl.load(target)(**(init or {}))
        returned = [_called(getattr(made, name), arguments) for name, *arguments in calls]
        changed = {name: array for name, array in arrays.items() if array.tobytes() != before[name].tobytes()}
        values = [plain(one) for one in returned if one is not None and one is not made]
        return {"values": values, "changed": changed}

    return _named(call, "methods", target, {})


def module(target: str, *, training: bool = False, grads: bool = False) -> Ready:
    """Make a driver that calls a module of PyTorch.

    Args:
        target: `package.module:Class`.
        training: Whether it is called as in training; otherwise as in evaluation.
        grads: Whether the gradients of the sum of what it gives come back as well.

    Returns:
        A driver with the inputs `init`, what the class is made with, `state`, arrays by the names of `state_dict`, and
        the arguments of the call by any other names, in their order. What comes back is `y`, and under `grads` the
        gradient of each parameter by its name, zeros where none came to it. The sum is that of all tensors of `y`.
    """

    def call(
        impl: Implementation,
        init: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        **inputs: Any,  # noqa: ANN401  # what the test gives
    ) -> Tree:
        made = _with_state(impl.load(target)(**(init or {})), state or {})
        made.train(training)
        y = plain(made(*map(_as_tensor, inputs.values())))
        found: Tree = {"y": y}
        if grads:
            differentiable = [one for one in _tensors(y) if one.requires_grad]
            if differentiable:
                sum(one.sum() for one in differentiable).backward()
            found["grads"] = _gradients(made)
        return found

    return _named(call, "module", target, {"training": training, "grads": grads})


def student_tests(target: str, *, of: Sequence[str]) -> Ready:
    """Make a driver that runs a student's file of tests, or answers for an implementation that they are run on.

    Args:
        target: The module with the tests, such as `test_relu`.
        of: What they test, each `package.module:name`, a function or a class.

    Returns:
        A driver for the fixture `implementations`, whose inputs and answers are its own.

    Raises:
        ValueError: either names no such thing.
    """
    if not re.fullmatch(r"[\w.]+", target) or target.endswith(".py"):
        raise ValueError(f"student_tests({target!r}) names no module, expected one such as 'test_relu'")
    if isinstance(of, str) or not of or not all(re.fullmatch(r"[\w.]+:\w+", one) for one in of):
        raise ValueError(f"student_tests(of={of!r}) names nothing to test, expected a tuple such as ('relu:relu',)")

    def call(
        impl: Implementation,
        known: Sequence[Sequence[Any]] = (),
        calls: Sequence[Sequence[Any]] | None = None,
    ) -> Tree:
        return reported(impl, target, of, known) if calls is None else answered(impl, calls)

    call.of = tuple(of)  # type: ignore[attr-defined]  # for the judge, which asks for nothing else
    return _named(call, "student_tests", target, {"of": [*of]})


def training(target: str, *, model: str) -> Ready:
    """Make a driver that has a function train a module of PyTorch.

    Args:
        target: The function, `package.module:name`, whose first argument is the module.
        model: The module's class, `package.module:Class`.

    Returns:
        A driver with the inputs `init` and `state` of `module`, and the further arguments of the function by any other
        names, in their order. What comes back is `result`, what the function returned, and `state`, each parameter and
        buffer by its name.
    """

    def call(
        impl: Implementation,
        init: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        **inputs: Any,  # noqa: ANN401  # what the test gives
    ) -> Tree:
        made = _with_state(impl.load(model)(**(init or {})), state or {})
        result = impl.load(target)(made, *map(_as_tensor, inputs.values()))
        return {"result": result, "state": {name: value.detach() for name, value in made.state_dict().items()}}

    return _named(call, "training", target, {"model": model})


def value(target: str) -> Ready:
    """Make a driver that reads what a module or a notebook computes.

    Args:
        target: `package.module:name`.

    Returns:
        A driver without inputs. What comes back is under the name.
    """

    def call(impl: Implementation) -> Tree:
        return {last_name(target): impl.load(target)}

    return _named(call, "value", target, {})


def plain(value: Any) -> Any:  # noqa: ANN401  # what code of a submission or of the course returned
    """Return a value in the form in which it can be sent, where that has one; anything else stays as it is.

    A generator or another iterator becomes a list, a set a sorted list, a dataclass a dict of its fields, and a dict
    with other keys than texts a list of pairs, sorted by how the keys are written.
    """
    match value:
        case str() | bytes() | int() | float() | None:
            return value
        case list() | tuple():
            return [plain(item) for item in value]
        case dict():
            if all(isinstance(key, str) for key in value):
                return {key: plain(item) for key, item in value.items()}
            return [[plain(key), plain(value[key])] for key in sorted(value, key=repr)]
        case set() | frozenset():
            return [plain(item) for item in sorted(value, key=repr)]
        case Iterator():
            return [plain(item) for item in islice(value, MOST_ITEMS)]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value


def last_name(target: str) -> str:
    """Return the name behind the last colon or dot of a target."""
    return re.split(r"[:.]", target)[-1]


def ready_name(kind: str, target: str, options: Mapping[str, object]) -> str:
    """Return the name of a ready driver, by which the worker has it too: the same for the same target and options."""
    spelt = re.sub(r"\W", "_", target)
    return f"{kind}_{spelt}_{zlib.crc32(repr((target, sorted(options.items()))).encode()):08x}"


def _named(call: Ready, kind: str, target: str, options: Mapping[str, object]) -> Ready:
    call.__name__ = call.__qualname__ = ready_name(kind, target, options)
    call.shown = f'{kind}("{target}")'  # type: ignore[attr-defined]  # for messages, see `shown_driver`
    return call


def _with_state(made: Any, state: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a module of PyTorch
    """Set those parameters and buffers of a module that a state has; the names have to be the module's."""
    if state:
        made.load_state_dict({**made.state_dict(), **{name: _as_tensor(value) for name, value in state.items()}})
    return made


def _as_tensor(value: Any) -> Any:  # noqa: ANN401  # an array becomes a tensor, what else there is stays
    import numpy as np  # noqa: PLC0415  # with torch, which an assignment of numpy alone does not have
    import torch  # noqa: PLC0415  # see above

    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value


def _called(attribute: Any, arguments: Sequence[Any]) -> Any:  # noqa: ANN401  # of any object
    """Return what a method returns for arguments, or an attribute that is no method."""
    return attribute(*arguments) if arguments or callable(attribute) else attribute


def _tensors(value: Any) -> Iterator[Any]:  # noqa: ANN401  # of PyTorch, in a tree
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item)
    elif hasattr(value, "requires_grad"):
        yield value


def _arrays(name: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # arrays, and whatever else
    """List the arrays of an argument, or of a list or dict that it is, by name."""
    if isinstance(value, list | dict):
        for place, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _arrays(f"{name} {place}", item)
    elif hasattr(value, "tobytes") and hasattr(value, "copy"):
        yield name, value


def _gradients(made: Any) -> Tree:  # noqa: ANN401  # a module of PyTorch
    import torch  # noqa: PLC0415  # as above

    return {
        name: torch.zeros_like(value) if value.grad is None else value.grad for name, value in made.named_parameters()
    }
