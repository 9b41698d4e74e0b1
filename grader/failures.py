"""Tell a student how their code failed, in words of ours.

An exception's own text may carry hidden inputs (`raise ValueError(x.tolist())`), so it is repeated only when it has
the form of a message that Python or numpy itself gives, and every word and number in it is harmless.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grader.importer import BrokenFile
from grader.model import Failure, Place, QuotedLine, Status

MAX_NUMBERS: Final = 16
MAX_DIGITS: Final = 5
MAX_QUOTED_LINES: Final = 3
WORD: Final = re.compile(r"[A-Za-z_]\w*")

_SHAPE = r"\(?[\d, ()\-]*\)?"
_HARMLESS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"operands could not be broadcast together with (?:remapped )?shapes (?:\[original->remapped\]: )?{_SHAPE}",
        rf"(?:non-broadcastable output operand with shape|could not broadcast input array from shape) {_SHAPE}"
        rf" (?:doesn't match the broadcast shape|into shape) {_SHAPE}",
        rf"cannot reshape array of size \d+ into shape {_SHAPE}",
        rf"shapes {_SHAPE} and {_SHAPE} not aligned: \d+ \(dim \d+\) != \d+ \(dim \d+\)",
        r"matmul: Input operand \d has a mismatch in its core dimension \d, with gufunc signature [\w?(),\->]+ "
        r"\(size \d+ is different from \d+\)",
        r"index -?\d+ is out of bounds for (?:axis \d+ with )?size \d+",
        r"(?:axis|axis1|axis2|source|destination):? ?-?\d+ is out of bounds for array of dimension \d+",
        r"too many indices for array: array is \d+-dimensional, but \d+ were indexed",
        r"(?:all the input array dimensions except for the concatenation axis must match exactly, but along dimension "
        r"\d+, the array at index \d+ has size \d+ and the array at index \d+ has size \d+)",
        r"all input arrays must have the same shape",
        r"axes don't match array",
        r"(?:list|tuple|string|pop|deque) (?:assignment )?index out of range",
        r"pop from (?:an )?empty list",
        r"(?:float |integer )?division (?:or modulo )?by zero",
        r"maximum recursion depth exceeded.{0,60}",
        r"(?:only integer scalar arrays can be converted to a scalar index|only length-1 arrays can be converted to "
        r"Python scalars|only 0-dimensional arrays can be converted to Python scalars)",
        r"setting an array element with a sequence\..{0,120}",
        r"The truth value of an array with more than one element is ambiguous\. Use a\.any\(\) or a\.all\(\)",
        r"'(\w+)' object (?:is not subscriptable|is not iterable|is not callable|cannot be interpreted as an integer"
        r"|does not support item assignment)",
        r"'(\w+)' object has no attribute '(\w+)'(?:\. Did you mean: '\w+'\?)?",
        r"module '([\w.]+)' has no attribute '(\w+)'(?:\. Did you mean: '\w+'\?)?",
        r"(?:unsupported|bad) operand type(?:\(s\))? for .{1,5}: '(\w+)'(?: and '(\w+)')?",
        r"cannot unpack non-iterable (\w+) object",
        r"(?:not enough|too many) values to unpack \(expected \d+(?:, got \d+)?\)",
        r"name '(\w+)' is not defined",
        r"cannot access local variable '(\w+)' where it is not associated with a value",
        r"([\w.]+)\(\) (?:got an unexpected keyword argument '(\w+)'|takes \d+ positional arguments? but \d+ (?:was|were) "
        r"given|missing \d+ required positional arguments?: .{0,80}|takes no arguments)",
        r"slice indices must be integers or None or have an __index__ method",
        r"'(\w+)'",  # KeyError of a key that stands in the source
        r"zero-size array to reduction operation \w+ which has no identity",
        r"attempt to get argm(?:ax|in) of an empty sequence",
        r"Cannot cast ufunc '(\w+)' output from dtype\('\w+'\) to dtype\('\w+'\) with casting rule 'same_kind'",
        r"arrays used as indices must be of integer \(or boolean\) type",
        r"boolean index did not match indexed array along axis \d+; size of axis is \d+ but size of corresponding "
        r"boolean axis is \d+",
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x\d+ and \d+x\d+\)",
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",
        r"shape '\[[\d, \-]+\]' is invalid for input of size \d+",
    )
)
_KNOWN_WORDS: Final = frozenset(dir(builtins)) | {
    "NoneType", "ndarray", "numpy", "torch", "Tensor", "float64", "float32", "int64", "function", "method", "module",
    "builtin_function_or_method", "impl", "drivers",
}  # fmt: skip
_MISSING: Final = re.compile(r"[\w./\-]{1,120} (?:is missing from the submission|defines no \w{1,60})")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a failed call. Everything but `status` and `what` comes from the worker and is not believed."""

    status: Status
    what: str = ""
    exception: str = ""
    text: str = ""
    places: tuple[Place, ...] = ()


def explain(facts: Facts, sources: Mapping[str, str], broken: Mapping[str, BrokenFile], allowed: str) -> Failure:
    """Turn the facts of a failed call into a failure with a message that is safe to show."""
    places = tuple(place for place in facts.places if _exists(place, sources))
    message = _message(facts, places, sources, broken, allowed)
    return Failure(facts.status, message, facts.exception, facts.text, places)


def quoted_lines(places: tuple[Place, ...], sources: Mapping[str, str]) -> tuple[QuotedLine, ...]:
    """Quote the student's own lines that a failure led through, deepest first."""
    quoted = []
    for place in reversed(places[-MAX_QUOTED_LINES:]):
        lines = sources[place.file].splitlines()
        if 0 < place.line <= len(lines):
            quoted.append(QuotedLine(place.file, place.line, place.function, lines[place.line - 1].rstrip()))
    return tuple(quoted)


def broken_sentence(path: str, broken: BrokenFile) -> str:
    """Say why a file does not compile."""
    where = f"{path} line {broken.line}" if broken.line else path
    return f"{where} cannot be read as Python: {broken.message}"


def _message(
    facts: Facts, places: tuple[Place, ...], sources: Mapping[str, str], broken: Mapping[str, BrokenFile], allowed: str
) -> str:
    where = f" at {places[-1].file} line {places[-1].line}" if places else ""
    for place in places:
        if place.file in broken and (place is places[-1] or not place.line):
            return broken_sentence(place.file, broken[place.file])
    if facts.what:
        importing = f" while importing {places[-1].file}" if places else ""
        return f"the code {facts.what}{importing}" if facts.status is not Status.TIMED_OUT else facts.what + importing
    match facts.status:
        case Status.UNWRITTEN:
            return facts.text if _MISSING.fullmatch(facts.text) else f"not written yet{where}"
        case Status.OUT_OF_MEMORY:
            return f"more memory is asked for than there is{where}"
        case Status.FAILED:
            return f"what the code returned cannot be graded: {_plain(facts.text)}"
    match facts.exception:
        case "ModuleNotFoundError":
            return f"an import is not available{where}: {allowed}"
        case "PermissionError":
            return f"a file, a process or the network is used{where}: none of them is available here"
        case "SystemExit":
            return f"the code ends the program{where} (SystemExit)"
    name = _exception_name(facts.exception, sources)
    inside = f" in {places[-1].function}" if places and _is_function(places[-1], sources) else ""
    said = f": {facts.text}" if is_harmless(facts.text, sources) else ""
    return f"{name}{inside}{where}{said}"


def is_harmless(text: str, sources: Mapping[str, str]) -> bool:
    """Whether an exception's text has a known form and can carry nothing of the inputs but sizes."""
    found = next((match for pattern in _HARMLESS if (match := pattern.fullmatch(text))), None)
    if found is None:
        return False
    numbers = re.findall(r"\d+", text)
    if len(numbers) > MAX_NUMBERS or any(len(number) > MAX_DIGITS for number in numbers):
        return False
    words = {word for group in found.groups() if group for word in WORD.findall(group)}
    return all(_is_known(word, sources) for word in words)


def _is_known(word: str, sources: Mapping[str, str]) -> bool:
    return word in _KNOWN_WORDS or any(re.search(rf"\b{re.escape(word)}\b", text) for text in sources.values())


def _exception_name(name: str, sources: Mapping[str, str]) -> str:
    return name if WORD.fullmatch(name) and _is_known(name, sources) else "an exception"


def _is_function(place: Place, sources: Mapping[str, str]) -> bool:
    return bool(WORD.fullmatch(place.function)) and f"def {place.function}" in sources[place.file]


def _exists(place: Place, sources: Mapping[str, str]) -> bool:
    return place.file in sources and 0 <= place.line <= sources[place.file].count("\n") + 1


def _plain(text: str) -> str:
    """Keep the part of a wire complaint that names places and types only."""
    return text if re.fullmatch(r"[\w\[\]. ,:()\-]{1,200}", text) else "expected numbers or arrays"
