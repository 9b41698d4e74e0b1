"""Put into words for a student how their code failed.

An exception's own text may carry hidden inputs (`raise ValueError(x.tolist())`), so it is repeated only when it is a
phrase that Python, numpy or torch itself says, with nothing in its gaps but a few sizes and words that are known.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from grader.errors import MissingError
from grader.model.assignment import Profile, Runtime
from grader.model.observation import BrokenFile, Failure, FailureReport, Frame
from grader.model.result import QuotedLine
from grader.model.status import Status
from grader.model.submission import SourceMap

MAX_NUMBERS: Final = 16
MAX_DIGITS: Final = 5
MAX_WORDS: Final = 16
MAX_PHRASE: Final = 400  # characters of a phrase
MAX_QUOTED_LINES: Final = 3
WORD: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)

_NAME: Final = r"[A-Za-z_]\w*"
_SIZES: Final = r"(?:\d+|newaxis)"
_SHAPE: Final = rf"\((?:{_SIZES}(?:,{_SIZES})*,?)?\)"
_OPERATORS: Final = "+|-|*|/|//|%|@|&|^|<<|>>|+=|-=|*=|/=|//=|%=|@=|&=|^=|<<=|>>=|**=|** or pow()|divmod()"
_SIGNATURES: Final = "(n?,k),(k,m?)->(n?,m?)|(n),(n)->()|(m,n),(n)->(m)|(m,m),(m,n)->(m,n)"

# What may stand in a gap of a phrase. Words are captured: each must be known.
_GAPS: Final = {
    "number": r"-?\d+",
    "shape": _SHAPE,
    "shapes": rf"{_SHAPE}(?:(?: |->){_SHAPE})* ?",
    "matrix": r"\d+x\d+",
    "sizes": r"\[-?\d+(?:, -?\d+)*\]",
    "name": f"({_NAME})",
    "dotted": rf"({_NAME}(?:\.{_NAME})*)",
    "function": rf"((?:{_NAME}|<lambda>)(?:\.(?:{_NAME}|<locals>|<lambda>))*)",
    "names": f"('{_NAME}'(?:(?:, | and |, and )'{_NAME}')*)",
    "path": rf"({_NAME}(?:/{_NAME})*)",
    "attachment": r"([\w./-]+)",
    "place": rf"(the value|{_NAME})(?:\[\d+\])*",
    "s": "s?",
    "operator": re.escape(_OPERATORS).replace(r"\|", "|") + r"|\|=?",
    "comparison": "[<>]=?",
    "signature": re.escape(_SIGNATURES).replace(r"\|", "|"),
}

_PYTHON: Final = """
list index out of range
list assignment index out of range
tuple index out of range
string index out of range
range object index out of range
deque index out of range
pop index out of range
pop from empty list
pop from an empty deque
list indices must be integers or slices, not {dotted}
tuple indices must be integers or slices, not {dotted}
string indices must be integers, not '{dotted}'
slice indices must be integers or None or have an __index__ method
division by zero
integer division or modulo by zero
integer modulo by zero
float division by zero
float floor division by zero
float modulo
math domain error
math range error
maximum recursion depth exceeded
maximum recursion depth exceeded in comparison
maximum recursion depth exceeded while calling a Python object
'{dotted}' object is not subscriptable
'{dotted}' object is not iterable
'{dotted}' object is not callable
'{dotted}' object is not an iterator
'{dotted}' object cannot be interpreted as an integer
'{dotted}' object does not support item assignment
'{dotted}' object has no attribute '{name}'
type object '{dotted}' has no attribute '{name}'
module '{dotted}' has no attribute '{name}'
object of type '{dotted}' has no len()
argument of type '{dotted}' is not iterable
unhashable type: '{dotted}'
unsupported operand type(s) for {operator}: '{dotted}' and '{dotted}'
bad operand type for unary {operator}: '{dotted}'
bad operand type for abs(): '{dotted}'
'{comparison}' not supported between instances of '{dotted}' and '{dotted}'
can't multiply sequence by non-int of type '{dotted}'
can only concatenate list (not "{dotted}") to list
can only concatenate tuple (not "{dotted}") to tuple
can only concatenate str (not "{dotted}") to str
cannot unpack non-iterable {dotted} object
not enough values to unpack (expected {number}, got {number})
too many values to unpack (expected {number})
name '{name}' is not defined
cannot access local variable '{name}' where it is not associated with a value
cannot access free variable '{name}' where it is not associated with a value in enclosing scope
{function}() got an unexpected keyword argument '{name}'
{function}() got multiple values for argument '{name}'
{function}() takes no arguments
{function}() takes {number} positional argument{s} but {number} was given
{function}() takes {number} positional argument{s} but {number} were given
{function}() takes from {number} to {number} positional arguments but {number} were given
{function}() missing {number} required positional argument{s}: {names}
{function}() missing {number} required keyword-only argument{s}: {names}
'{name}'
"""
_NUMPY: Final = """
operands could not be broadcast together with shapes {shapes}
operands could not be broadcast together with remapped shapes [original->remapped]: {shapes}
operands could not be broadcast together with remapped shapes [original->remapped]: {shapes} and requested shape {shape}
shape mismatch: indexing arrays could not be broadcast together with shapes {shapes}
non-broadcastable output operand with shape {shape} doesn't match the broadcast shape {shape}
could not broadcast input array from shape {shape} into shape {shape}
cannot reshape array of size {number} into shape {shape}
shapes {shape} and {shape} not aligned: {number} (dim {number}) != {number} (dim {number})
shape-mismatch for sum
{name}: Input operand {number} has a mismatch in its core dimension {number}, with gufunc signature {signature} (size \
{number} is different from {number})
{name}: Input operand {number} does not have enough dimensions (has {number}, gufunc core with signature {signature} \
requires {number})
index {number} is out of bounds for axis {number} with size {number}
axis {number} is out of bounds for array of dimension {number}
{name}: axis {number} is out of bounds for array of dimension {number}
too many indices for array: array is {number}-dimensional, but {number} were indexed
invalid index to scalar variable.
only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices
arrays used as indices must be of integer (or boolean) type
boolean index did not match indexed array along axis {number}; size of axis is {number} but size of corresponding \
boolean axis is {number}
all the input array dimensions except for the concatenation axis must match exactly, but along dimension {number}, \
the array at index {number} has size {number} and the array at index {number} has size {number}
all the input arrays must have same number of dimensions, but the array at index {number} has {number} dimension(s) \
and the array at index {number} has {number} dimension(s)
all input arrays must have the same shape
need at least one array to concatenate
axes don't match array
cannot select an axis to squeeze out which has size not equal to one
array split does not result in an equal division
negative dimensions are not allowed
only integer scalar arrays can be converted to a scalar index
only 0-dimensional arrays can be converted to Python scalars
setting an array element with a sequence.
setting an array element with a sequence. The requested array has an inhomogeneous shape after {number} dimensions. \
The detected shape was {shape} + inhomogeneous part.
The truth value of an array with more than one element is ambiguous. Use a.any() or a.all()
zero-size array to reduction operation {name} which has no identity
attempt to get {name} of an empty sequence
Cannot cast ufunc '{name}' output from dtype('{name}') to dtype('{name}') with casting rule 'same_kind'
Last 2 dimensions of the array must be square
Singular matrix
"""
_TORCH: Final = """
mat1 and mat2 shapes cannot be multiplied ({matrix} and {matrix})
The size of tensor a ({number}) must match the size of tensor b ({number}) at non-singleton dimension {number}
shape '{sizes}' is invalid for input of size {number}
index {number} is out of bounds for dimension {number} with size {number}
Dimension out of range (expected to be in range of {sizes}, but got {number})
too many indices for tensor of dimension {number}
Sizes of tensors must match except in dimension {number}. Expected size {number} but got size {number} for tensor \
number {number} in the list.
stack expects each tensor to be equal size, but got {sizes} at entry {number} and {sizes} at entry {number}
Given groups={number}, weight of size {sizes}, expected input{sizes} to have {number} channels, but got {number} \
channels instead
element {number} of tensors does not require grad and does not have a grad_fn
a leaf Variable that requires grad is being used in an in-place operation.
Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.
Boolean value of Tensor with more than one value is ambiguous
"""
PHRASES: Final = tuple(line for line in (_PYTHON + _NUMPY + _TORCH).splitlines() if line)

# What `protocol.encode` says of a value that it cannot send.
COMPLAINTS: Final = (
    "{place} is of type {name}, expected numbers or arrays",
    "{place} has a key of type {name}, expected text",
    "{place} is an array of dtype {name}, expected numbers",
    "{place} is a {dotted} tensor of layout {dotted}, expected a dense one",
    "{place} is an integer of more than {number} bits",
    "{place} has more than {number} dimensions",
    "the value is nested more than {number} levels deep",
    "the value has more than {number} numbers, texts and arrays",
    "the value has more than {number} MiB",
    "the value has more than {number} MiB of structure",
)

OUT_OF_REACH: Final = {
    Profile.MEMORY: "a file, a process or the network is used",
    Profile.FILES: "a file outside the working folder, a process or the network is used",
    Profile.PROCESSES: "a file outside the working folder, a program or the network is used",
}
# What `MissingError` says.
MISSING: Final = (
    "{path}.py is missing from the submission",
    "{path}.py defines no {name}",
    "{attachment} was not handed in",
)


def _compiled(phrase: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", phrase)
    gaps = [f"(?:{_GAPS[name]})" for name in pieces[1::2]] + [""]
    return re.compile("".join(re.escape(text) + gap for text, gap in zip(pieces[::2], gaps, strict=True)), re.ASCII)


_PHRASES: Final = tuple(map(_compiled, PHRASES))
_COMPLAINTS: Final = tuple(map(_compiled, COMPLAINTS))
_MISSING: Final = tuple(map(_compiled, MISSING))
_IMPORTS: Final = tuple(map(_compiled, (
    "{dotted} is not available here", "{path}.py is not in the submission",
    "cannot import name '{name}' from '{dotted}'",
    "cannot import name '{name}' from partially initialized module '{dotted}'",
)))  # fmt: skip
_UNNAMED: Final = frozenset({"<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})

_KNOWN_WORDS: Final = frozenset(dir(builtins)) | {
    name for name, value in vars(np).items()
    if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic | np.ndarray))
} | {
    "and", "NoneType", "builtin_function_or_method", "function", "generator", "method", "module", "lambda", "locals",
    "numpy", "linalg", "argmax", "argmin", "axis1", "axis2", "source", "destination",
    "torch", "Tensor", "strided", "sparse_coo", "bfloat16", "impl", "the", "value",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotable:
    """What a message about a failed call may repeat.

    `sources` are the submission's files, `broken` those of them that do not compile, `source_maps` say for modules that
    were handed in as notebooks where their lines stand. `known` are other texts whose words are no secret: the drivers,
    and names that the call mentioned. `runtime` says what the worker could reach.
    """

    sources: Mapping[str, str]
    broken: Mapping[str, BrokenFile] = field(default_factory=dict)
    source_maps: Mapping[str, SourceMap] = field(default_factory=dict)
    known: str = ""
    runtime: Runtime = field(default_factory=Runtime)

    @property
    def texts(self) -> Mapping[str, str]:
        """All texts whose words may be repeated."""
        return {**self.sources, "known": self.known}


def names_in(call: bytes) -> str:
    """List what a call's inputs name as `package.module:Name` or `folder/file.ending`: a student may be told of it."""
    names = rb'"([\w.]{1,100}:\w{1,100}|[\w./-]{1,100}\.\w{1,10})"'
    return " ".join(found.decode("ascii") for found in re.findall(names, call))


def explain(report: FailureReport, quotable: Quotable) -> Failure:
    """Return a failed call as a failure with a message that is safe to show."""
    frames = tuple(_named(frame, quotable.sources) for frame in report.frames if _exists(frame, quotable.sources))
    message = _message(report, frames, quotable)
    return Failure(status=report.status, message=message, exception=report.exception, text=report.text, frames=frames)


def quoted_lines(frames: tuple[Frame, ...], quotable: Quotable) -> tuple[QuotedLine, ...]:
    """Quote the student's own lines that a failure led through, deepest first."""
    quoted = []
    for frame in reversed(frames[-MAX_QUOTED_LINES:]):
        lines = quotable.sources[frame.file].split("\n")  # as Python counts them: a form feed ends no line
        if 0 < frame.line <= len(lines):
            source = lines[frame.line - 1].rstrip()
            broken, source_map = quotable.broken.get(frame.file), quotable.source_maps.get(frame.file)
            column = broken.column if broken is not None else 0
            file = frame.file if source_map is None else source_map.file
            cell, line = (0, frame.line) if source_map is None else source_map.locate(frame.line)
            quoted.append(
                QuotedLine(file=file, line=line, function=frame.function, source=source, column=column, cell=cell)
            )
    return tuple(quoted)


def broken_sentence(path: str, quotable: Quotable) -> str:
    """Return why a file does not compile."""
    broken = quotable.broken[path]
    return f"{location(path, broken.line, quotable.source_maps)} cannot be read as Python: {broken.message}"


def location(path: str, line: int, source_maps: Mapping[str, SourceMap]) -> str:
    """Name a line as its author sees it: `theory.py line 8`, or `answers.ipynb cell 12, line 3`; line 0 is none."""
    source_map = source_maps.get(path)
    if source_map is None:
        return f"{path} line {line}" if line else path
    cell, line = source_map.locate(line)
    return f"{source_map.file} cell {cell}, line {line}" if cell else source_map.file


def importable_sentence(runtime: Runtime) -> str:
    """Return what a submission may import."""
    modules = [name for name in runtime.modules if "." not in name]
    return f"this assignment may import the standard library and {' and '.join(modules)}"


def _message(report: FailureReport, frames: tuple[Frame, ...], quotable: Quotable) -> str:
    maps = quotable.source_maps
    where = f" at {location(frames[-1].file, frames[-1].line, maps)}" if frames else ""
    for frame in frames:
        if frame.file in quotable.broken and (frame is frames[-1] or not frame.line):
            return broken_sentence(frame.file, quotable)
    if not report.ran:
        return f"not run: {report.cause}"
    if report.cause:
        importing = f" while importing {location(frames[-1].file, 0, maps)}" if frames else ""
        return f"the code {report.cause}{importing}"
    match report.status:
        case Status.UNWRITTEN:
            return _missing(report, quotable) or f"not written yet{where}"
        case Status.OUT_OF_MEMORY:
            return f"more memory is asked for than there is{where}"
        case Status.FAILED:
            return f"what the code returned cannot be graded: {_complaint(report.text, quotable.texts)}"
    match report.exception:
        case "ModuleNotFoundError":
            what = report.text if _fits(report.text, _IMPORTS, quotable.texts) else "an import is not available"
            return f"{what}{where}: {importable_sentence(quotable.runtime)}"
        case "PermissionError":
            return f"{OUT_OF_REACH[quotable.runtime.profile]}{where}: none of them is available here"
        case "SystemExit":
            return f"the code ends the program{where} (SystemExit)"
    texts = quotable.texts
    is_named = WORD.fullmatch(report.exception) and _is_known(report.exception, texts)
    name = report.exception if is_named else "an exception"
    inside = f" in {frames[-1].function}" if frames and WORD.fullmatch(frames[-1].function) else ""
    said, phrases = report.text, _PHRASES
    if report.exception == "ImportError":
        said, phrases = report.text.partition(" (")[0], _IMPORTS
    words = f": {said}" if _fits(said, phrases, texts) and not _is_raised_by_hand(frames, quotable) else ""
    return f"{name}{inside}{where}{words}"


def _is_raised_by_hand(frames: tuple[Frame, ...], quotable: Quotable) -> bool:
    """Return whether the deepest line is a `raise` of the student's: its words are theirs, whatever their form."""
    lines = quoted_lines(frames[-1:], quotable)
    return bool(lines) and lines[0].source.lstrip().startswith("raise")


def is_harmless(text: str, sources: Mapping[str, str]) -> bool:
    """Return whether an exception's text is a known phrase and can carry nothing of the inputs but sizes.

    Args:
        text: What the exception says of itself.
        sources: Texts whose words are no secret: the submission's own and the drivers.
    """
    return _fits(text, _PHRASES, sources)


def _fits(text: str, phrases: tuple[re.Pattern[str], ...], sources: Mapping[str, str]) -> bool:
    """Return whether a text is one of the phrases, with few and short numbers and known words in its gaps."""
    if len(text) > MAX_PHRASE:
        return False
    found = next((match for phrase in phrases if (match := phrase.fullmatch(text))), None)
    if found is None:
        return False
    numbers = re.findall(r"\d+", text)
    words = {word for group in found.groups() for word in WORD.findall(group)}
    if len(numbers) > MAX_NUMBERS or max(map(len, numbers), default=0) > MAX_DIGITS or len(words) > MAX_WORDS:
        return False
    return all(_is_known(word, sources) for word in words)


def _is_known(word: str, sources: Mapping[str, str]) -> bool:
    return word in _KNOWN_WORDS or any(re.search(rf"\b{re.escape(word)}\b", text) for text in sources.values())


def _complaint(text: str, sources: Mapping[str, str]) -> str:
    """Repeat a complaint of `protocol.encode` that names places and types only."""
    return text if _fits(text, _COMPLAINTS, sources) else "expected numbers or arrays"


def _missing(report: FailureReport, quotable: Quotable) -> str:
    """Repeat which file or name is missing; nothing when nothing is."""
    if report.exception != MissingError.__name__:
        return ""
    if _fits(report.text, _MISSING, quotable.texts):
        path, _, rest = report.text.partition(" ")
        return f"{location(path, 0, quotable.source_maps)} {rest}"
    return "a file or a name that the assignment asks for is missing"


def _named(frame: Frame, sources: Mapping[str, str]) -> Frame:
    """Keep the name of a frame's function only if its file has one of that name."""
    is_own = re.search(rf"\b(?:def|class) {re.escape(frame.function)}\b", sources[frame.file])
    return frame if is_own or frame.function in _UNNAMED else replace(frame, function="")


def _exists(frame: Frame, sources: Mapping[str, str]) -> bool:
    return frame.file in sources and 0 <= frame.line <= sources[frame.file].count("\n") + 1
