"""What a mistake does to one call, and whether a submission's answer is that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grader.authoring.compare import equal
from grader.diagnosis.probe import Probe
from grader.model.observation import Observation, Value
from grader.model.values import Path, leaf_at, leaves
from grader.sandbox import protocol
from grader.subjects.course import failure_of

_AXIS: Final = re.compile(r"\b(axis|dimension) \d+")
_SHAPES: Final = re.compile(r"(?<=broadcast together with shapes ).*", re.DOTALL)
_DOT: Final = re.compile(r"shapes \(.*\) not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)")
_MATMUL: Final = re.compile(r"matmul: .* core dimension.*\(size (\d+) is different from (\d+)\)")
_LAYER: Final = re.compile(r"(?<=shapes cannot be multiplied )\((\d+x\d+) and \d+x(\d+)\)")
_SIZES: Final = re.compile(r"(?<=size of tensor )a \((\d+)\) must match the size of tensor b \((\d+)\)")
_NONE: Final = re.compile(r"(TypeError|AttributeError): .*NoneType.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Effect:
    """What mistakes do to one driver call.

    `raises` is the exception that ends it and `place` the file and function of it, None where it gives a value;
    `value` is that value, `changed` are the places at which it is not the right one, and `probe` is looked at first.
    `lacks` tells whether the right value has places that this one has not.
    """

    raises: str | None
    place: tuple[str, str] = ("", "")
    value: Value = None
    changed: tuple[Path, ...] = ()
    probe: Probe | None = None
    lacks: bool = False


def effect(mistaken: protocol.Message, right: protocol.Message) -> Effect:
    """Compare what a mistaken tree answers with the right answer."""
    if mistaken.kind != "value":
        sentence, place = failure_of(mistaken)
        return Effect(sentence, place)
    changed = tuple(changed_paths(mistaken.body, right.body))
    probes = (Probe.of(path, leaf_at(mistaken.body, path), leaf_at(right.body, path)) for path in changed)
    lacks = not {path for path, _ in leaves(right.body)} <= {path for path, _ in leaves(mistaken.body)}
    return Effect(None, value=mistaken.body, changed=changed, probe=next(filter(None, probes), None), lacks=lacks)


def changed_paths(value: Value, right: Value) -> Iterator[Path]:
    """List where a value is not the right one."""
    for path, leaf in leaves(value):
        expected = leaf_at(right, path)
        if not equal(leaf, expected) or type(leaf) is not type(expected):
            yield path


def agreement(observation: Observation, effect: Effect, *, is_wrong: bool = False) -> bool | None:
    """Compare one observation with what a mistake does there.

    Args:
        observation: What the submission gave.
        effect: What the mistake does to the same call.
        is_wrong: Whether the hidden test found the value wrong.

    Returns:
        True when the mistake changes something here and the whole observation is the mistaken one; False when it is
        not; None when the mistake changes nothing here and nothing is wrong, or makes both raise, but differently.
    """
    failure = observation.failure
    if effect.raises is not None:
        if failure is None:
            return False
        is_there = not any(effect.place) or effect.place in {(frame.file, frame.function) for frame in failure.frames}
        is_same = is_there and _wording(f"{failure.exception}: {failure.text}") == _wording(effect.raises)
        return True if is_same else None
    if failure is not None:
        return False
    if not effect.changed and not effect.lacks:
        return False if is_wrong or _tells_of_more(observation.value, effect.value) else None
    if effect.probe is not None and effect.probe.is_missed_by(observation.value):
        return False
    return equal(observation.value, effect.value)


def _tells_of_more(value: Value, mistaken: Value) -> bool:
    """Return whether a driver puts into words what is wrong with an answer, and has none for the mistake's."""
    said = (path for path, leaf in leaves(value) if isinstance(leaf, str) and leaf)
    return any(isinstance(other := leaf_at(mistaken, path), str) and not other for path in said)


def _wording(exception: str) -> str:
    """Leave out what another way to write the same line changes.

    That is the axis of an index, the order of two factors, and what is tried with None; which of numpy's products it
    is; and for how many inputs a layer of torch was made, where others arrive.
    """
    plain = _NONE.sub("NoneType", _AXIS.sub(r"\1", exception))
    plain = _SIZES.sub(lambda sizes: " and ".join(sorted(sizes.groups())), plain)
    plain = _LAYER.sub(r"(\1 and \2)", _MATMUL.sub(r"product of \2 and \1", _DOT.sub(r"product of \1 and \2", plain)))
    return _SHAPES.sub(lambda shapes: " ".join(sorted(shapes[0].split())), plain)
