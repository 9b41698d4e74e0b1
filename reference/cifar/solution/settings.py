"""Read a configuration from YAML and say everything that is wrong in it. Provided."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

MODELS = ("TwoLayerNet", "VanillaCNN", "MyModel", "ResNet-32")
LOSSES = ("CE", "Focal")
MAX_BYTES = 1 << 16
MAX_QUOTED = 40


class SettingsError(Exception):
    """A configuration cannot be used; `problems` has a sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Kind:
    """What a key may hold: a test, the words for it, and what stands in for it; None where it must be there."""

    fits: Callable[[Any], bool]
    words: str
    default: Any = None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


COUNT = Kind(_is_count, "a whole number from 1")
GAMMA = Kind(lambda value: _is_number(value) and value >= 0, "a number from 0 such as 1.0", 1.0)
TEXT = Kind(lambda value: isinstance(value, str), "a text", "")
RATE = Kind(lambda value: _is_number(value) and value > 0, "a number above 0 such as 0.01")
KEYS: dict[str, dict[str, Kind]] = {
    "Train": {
        "batch_size": COUNT,
        "learning_rate": RATE,
        "reg": Kind(lambda value: _is_number(value) and value >= 0, "a number from 0 such as 0.0005", 0.0),
        "epochs": COUNT,
        "steps": Kind(lambda value: isinstance(value, list) and all(map(_is_count, value)), "epochs as [6, 8]", []),
        "warmup": Kind(lambda value: value == 0 or _is_count(value), "a number of epochs", 0),
        "momentum": Kind(lambda value: _is_number(value) and 0 <= value < 1, "a number from 0 to 1 such as 0.9", 0.0),
        "gamma": GAMMA,  # some editions write the loss's here
        "description": TEXT,
    },
    "network": {
        "model": Kind(lambda value: value in MODELS, f"one of {', '.join(MODELS)}"),
        "save_best": Kind(lambda value: isinstance(value, bool), "True or False", default=True),
        "description": TEXT,
    },
    "data": {
        "imbalance": Kind(lambda value: isinstance(value, str | bool), "regular or imbalance", "regular"),
        "beta": Kind(lambda value: _is_number(value) and 0 <= value < 1, "a number from 0 to 1 such as 0.9999", 0.9999),
        "reweight": Kind(lambda value: isinstance(value, bool), "True or False", default=False),
        "save_best": Kind(lambda value: isinstance(value, bool), "True or False", default=True),
        "description": TEXT,
    },
    "loss": {
        "loss_type": Kind(lambda value: value in LOSSES, "CE or Focal"),
        "gamma": GAMMA,
        "description": TEXT,
    },
}


def read(text: str, *, with_own_keys: bool = False) -> dict[str, dict[str, Any]]:
    """Read a configuration, with what it leaves out filled in.

    Args:
        text: The file.
        with_own_keys: Pass over groups and keys that are no slip of a known one: a `main.py` of your own may read them.

    Returns:
        The values by group and key, of every key of KEYS.

    Raises:
        SettingsError: with everything that is wrong.
    """
    content = parsed(text)
    problems = list(_problems(content, with_own_keys=with_own_keys))
    if problems:
        raise SettingsError(problems)
    return {
        group: {key: kind.default for key, kind in kinds.items()} | (content.get(group) or {})
        for group, kinds in KEYS.items()
    }


def parsed(text: str) -> dict[Any, Any]:
    """Parse YAML of plain values.

    Raises:
        SettingsError: it is none; tags that ask for Python objects are refused, and nothing is ever executed.
    """
    if len(text) > MAX_BYTES:
        raise SettingsError([f"the file has {len(text)} characters, expected at most {MAX_BYTES}"])
    try:
        content = yaml.safe_load(text)
    except yaml.constructor.ConstructorError as error:
        raise SettingsError([f"{_place(error)} asks for an object by a tag, expected plain values"]) from None
    except yaml.MarkedYAMLError as error:
        raise SettingsError([f"{_place(error)} is not YAML: {error.problem or error.context}"]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SettingsError([f"the file is not YAML ({type(error).__name__})"]) from None
    if not isinstance(content, dict):
        raise SettingsError([f"the file holds {_described(content)}, expected the groups {', '.join(KEYS)}"])
    return content


def _place(error: yaml.MarkedYAMLError) -> str:
    return "the file" if error.problem_mark is None else f"line {error.problem_mark.line + 1}"


def _problems(content: dict[Any, Any], *, with_own_keys: bool) -> Iterator[str]:
    for group, values in content.items():
        if group not in KEYS:
            if with_own_keys and not _near(group, KEYS):
                continue
            yield f"{_named(group)} is no known group, expected {_nearest(group, KEYS)}"
        elif not isinstance(values, dict | None):
            yield f"{group} is {_described(values)}, expected the keys {', '.join(KEYS[group])}"
        else:
            known = KEYS[group]
            unknown = [key for key in values or () if key not in known]
            unknown = [key for key in unknown if not with_own_keys or _near(key, known)]
            yield from (f"{group}.{_named(key)} is no known key, expected {_nearest(key, known)}" for key in unknown)
    for group, kinds in KEYS.items():
        values = content.get(group)
        if isinstance(values, dict | None):
            yield from _group_problems(group, values or {}, kinds)


def _group_problems(group: str, values: dict[Any, Any], kinds: dict[str, Kind]) -> Iterator[str]:
    for key, kind in kinds.items():
        if key in values and not kind.fits(values[key]):
            yield f"{group}.{key} is {_described(values[key])}, expected {kind.words}"
        if key not in values and kind.default is None:
            yield f"{group}.{key} is missing, expected {kind.words}"


def _near(key: object, known: dict[str, Any]) -> str | None:
    """Find the known key that this one may be a slip of."""
    names = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(str(key)[:MAX_QUOTED].casefold(), names, n=1)
    return names[found[0]] if found else None


def _nearest(key: object, known: dict[str, Any]) -> str:
    return _near(key, known) or f"one of {', '.join(known)}"


def _described(value: object) -> str:
    """Say what a value is; a number that YAML reads as text, such as 1e-3, is the slip that this is for."""
    match value:
        case None:
            return "empty"
        case str():
            return f"the text {_quoted(value)}"
        case bool() | int() | float():
            return _quoted(value)
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a group"
    return f"a {type(value).__name__}"


def _named(key: object) -> str:
    return key if isinstance(key, str) and key.isidentifier() and len(key) <= MAX_QUOTED else _quoted(key)


def _quoted(value: object) -> str:
    """Show a value of a file, however large."""
    try:
        text = repr(value) if isinstance(value, str | int | float) else type(value).__name__
    except ValueError:  # Python refuses to write integers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}..."
