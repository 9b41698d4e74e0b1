"""Put into words for a student how their code failed.

An exception's own text may carry hidden inputs (`raise ValueError(x.tolist())`), so it is repeated only when it is a
phrase that Python, numpy or torch itself says, with nothing in its gaps but a few sizes and words that are known.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np

from grader.errors import BrokenFileError, MissingError
from grader.model.assignment import Profile, Runtime
from grader.model.observation import BrokenFile, Failure, FailureReport, Frame
from grader.model.result import QuotedLine
from grader.model.status import Status
from grader.model.submission import SourceMap
from grader.wording import notebooks
from grader.wording.definitions import definition_note
from grader.wording.none_values import left_out_note, none_note
from grader.wording.phrases import (
    COMPLAINTS,
    HARMLESS,
    IMPORTS,
    KINDS_RETURNED,
    LACKING,
    MOST_DIGITS,
    OF_A_SIGNATURE,
    OF_TORCH,
    SAYING_WHAT_IS_MISSING,
    pattern,
)
from grader.wording.versions import version_note

MISSING: Final = "is missing from the submission"
MAX_NUMBERS: Final = 16
MAX_WORDS: Final = 16
MAX_PHRASE: Final = 400  # characters of a phrase
MAX_QUOTED_LINES: Final = 3
NEAR: Final = 3  # lines around the one that raised, whose variables are told first
MOST_VARIABLES: Final = 12
_ABSOLUTE: Final = re.compile(r"No such file or directory: '/")
_NO_MODULE: Final = re.compile(
    r"(?P<path>\S+)\.py is not in the submission|No module named '(?P<module>[\w.]+)'.*"
    r"|(?P<name>[\w.]+) is not available here"
)
_DEFINITION: Final = re.compile(r"\b(?:def|class) (\w+)")
WORD: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)

OUT_OF_REACH: Final = {
    Profile.MEMORY: "a file, a process or the network is used",
    Profile.FILES: "a file outside the working folder, a process or the network is used",
    Profile.PROCESSES: "a file outside the working folder, a program or the network is used",
}

_UNNAMED: Final = frozenset({"<module>", "<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})

_KNOWN_WORDS: Final = frozenset(dir(builtins)) | {
    name for name, value in vars(np).items()
    if isinstance(value, np.ufunc) or (isinstance(value, type) and issubclass(value, np.generic | np.ndarray))
} | {
    "and", "NoneType", "builtin_function_or_method", "function", "generator", "method", "module", "lambda", "locals",
    "numpy", "linalg", "argmax", "argmin", "axis1", "axis2", "source", "destination",
    "torch", "Tensor", "strided", "sparse_coo", "bfloat16", "impl", "the", "value",
}  # fmt: skip


_KNOWN_EXCEPTIONS: Final = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
) | {"AxisError", "LinAlgError", "OutOfMemoryError"}


OLDEST_PYTHON: Final = (3, 11)  # that is promised


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotable:
    """What a message about a failed call may repeat.

    `sources` are the submission's files, `provided` those of them that are the course's, `broken` those that do not
    compile, `source_maps` say for modules that were handed in as notebooks where their lines stand. `known` are other
    texts whose words are no secret: the drivers, and names that the call mentioned. `runtime` says what the worker
    could reach. Of a call whose inputs are not public an exception is named only if it is one of Python's or numpy's.
    `unreadable` says of files that were handed in and are not among the sources why; `missing` were not handed in.
    `asked` are the signatures that the assignment asks for, by `file:dotted.name`. `python` is the version that ran.
    """

    sources: Mapping[str, str]
    broken: Mapping[str, BrokenFile] = field(default_factory=dict)
    source_maps: Mapping[str, SourceMap] = field(default_factory=dict)
    provided: Collection[str] = ()
    known: str = ""
    runtime: Runtime = field(default_factory=Runtime)
    is_public: bool = True
    unreadable: Mapping[str, str] = field(default_factory=dict)
    missing: Collection[str] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    python: tuple[int, ...] = OLDEST_PYTHON

    @property
    def texts(self) -> Mapping[str, str]:
        """All texts whose words may be repeated."""
        return {**self.sources, "known": self.known}


def names_in(call: bytes) -> str:
    """List what a call's inputs name as `package.module:Name` or `folder/file.ending`: a student may be told of it."""
    names = rb'"([\w.]{1,100}:\w{1,100}|[\w./-]{1,100}\.\w{1,10})"'
    return " ".join(found.decode("ascii") for found in re.findall(names, call))


def explain(report: FailureReport, quotable: Quotable, expected: str = "") -> Failure:
    """Return a failed call as a failure with a message that is safe to show.

    `expected` is the kind of value that the reference gives back where the course's code failed.
    """
    files = quotable.sources.keys() & {frame.file for frame in report.frames}
    lines = {path: quotable.sources[path].count("\n") + 1 for path in files}
    exist = (frame for frame in report.frames if 0 <= frame.line <= lines.get(frame.file, -1))
    frames = _without_the_courses(tuple(_named(frame, quotable.sources) for frame in exist), quotable)
    if path := _missing_module(report, quotable.missing):  # there is no fault in the line that imports it
        said = f"{path} {MISSING}"
        return Failure(status=Status.UNWRITTEN, message=said, exception=report.exception, text=report.text)
    note = _none_note(report, frames, quotable)
    message = _message(report, frames, quotable, expected, note)
    text = notebooks.with_reason(report.text, quotable.source_maps.get(frames[-1].file) if frames else None)
    return Failure(
        status=report.status, message=message, exception=report.exception, text=text, frames=frames,
        variables=_told_variables(report, frames[-1], quotable) if quotable.is_public and frames else (),
        is_reworded=bool(note) and note in message, is_barred=report.is_barred,
    )  # fmt: skip


def _told_variables(report: FailureReport, frame: Frame, quotable: Quotable) -> tuple[tuple[str, str], ...]:
    """Return what variables held, those first that stand at the line or beside it, and not too many."""
    lines = quotable.sources[frame.file].split("\n")
    near = " ".join(lines[max(frame.line - 1 - NEAR, 0) : frame.line + NEAR])
    at = lines[frame.line - 1] if 0 < frame.line <= len(lines) else ""

    def far(row: tuple[str, str]) -> int:
        named = re.compile(rf"(?<![\w.]){re.escape(row[0])}\b")
        return 0 if named.search(at) else 1 if named.search(near) else 2

    return tuple(sorted(report.variables, key=far)[:MOST_VARIABLES])


def _none_note(report: FailureReport, frames: tuple[Frame, ...], quotable: Quotable) -> str:
    """Say in our words what was None, or empty, at the deepest line; that it is so is told of hidden inputs as well."""
    if report.status is not Status.RAISED or not frames or _is_raised_by_hand(frames, quotable):
        return ""
    source = quotable.sources[frames[-1].file]
    return none_note(report.exception, report.text, source, frames[-1].line, dict(report.variables))


def _missing_module(report: FailureReport, missing: Collection[str]) -> str:
    """Return the file of the assignment whose import found nothing; empty where another one, or nothing, is missing."""
    asked = _NO_MODULE.fullmatch(report.text) if report.exception == "ModuleNotFoundError" else None
    if asked is None:
        return ""
    steps = (asked["path"] or asked["module"] or asked["name"]).replace(".", "/").split("/")
    paths = ["/".join(steps[:count]) + ".py" for count in range(len(steps), 0, -1)]  # a name of it, or the module
    # Of files that lie side by side `relu` is modules/relu.py.
    named = [one for path in paths for one in missing if f"/{one}".endswith(f"/{path}")]
    return named[0] if len(set(named)) == 1 else ""


def quoted_lines(frames: tuple[Frame, ...], quotable: Quotable, *, context: int = 0) -> tuple[QuotedLine, ...]:
    """Quote the student's own lines that a failure led through, deepest first.

    So many lines of `context` stand around the deepest, on either side.
    """
    quoted: list[QuotedLine] = []
    for frame in reversed(frames[-MAX_QUOTED_LINES:]):
        lines = quotable.sources[frame.file].split("\n")  # as Python counts them: a form feed ends no line
        if 0 < frame.line <= len(lines):
            source = lines[frame.line - 1].rstrip()
            broken, source_map = quotable.broken.get(frame.file), quotable.source_maps.get(frame.file)
            column = broken.column if broken is not None else 0
            file = frame.file if source_map is None else source_map.file
            cell, line = (0, frame.line) if source_map is None else source_map.locate(frame.line)
            before, after = _around(lines, frame.line, 0 if quoted else context, source_map)
            one = QuotedLine(
                file=file, line=line, function=frame.function, source=source, column=column, cell=cell, before=before,
                after=after,
            )  # fmt: skip
            quoted.append(one)
    return tuple(quoted)


def _around(
    lines: Sequence[str], line: int, count: int, source_map: SourceMap | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return up to so many lines before a line and after it, of its own cell; blank ones at either end are left out."""

    def same(number: int) -> bool:
        return source_map is None or source_map.locate(number)[0] == source_map.locate(line)[0]

    before = [lines[number - 1].rstrip() for number in range(max(line - count, 1), line) if same(number)]
    after = [
        lines[number - 1].rstrip()
        for number in range(line + 1, line + 1 + count)
        if number <= len(lines) and same(number)
    ]
    while before and not before[0]:
        before.pop(0)
    while after and not after[-1]:
        after.pop()
    return tuple(before), tuple(after)


def broken_sentence(path: str, quotable: Quotable) -> str:
    """Return why a file does not compile."""
    broken = quotable.broken[path]
    return f"{location(path, broken.line, quotable.source_maps)} cannot be read as Python: {broken.message}"


def location(path: str, line: int, source_maps: Mapping[str, SourceMap]) -> str:
    """Name a line as its author sees it: `theory.py line 8`, or `answers.ipynb cell 12, line 3`; line 0 is none."""
    source_map = source_maps.get(path)
    if source_map is None:
        return f"{path} line {line}" if line else path
    cell, line = source_map.locate(line) if line else (0, 0)
    return f"{source_map.file} cell {cell}, line {line}" if cell else source_map.file


def _without_the_courses(frames: tuple[Frame, ...], quotable: Quotable) -> tuple[Frame, ...]:
    """Leave out lines of provided files: nobody is to look for a fault there."""
    return tuple(frame for frame in frames if frame.file not in quotable.provided)


def _message(
    report: FailureReport, frames: tuple[Frame, ...], quotable: Quotable, expected: str, none_said: str
) -> str:
    maps = quotable.source_maps
    where = f" at {location(frames[-1].file, frames[-1].line, maps)}" if frames else ""
    for frame in frames:
        if frame.file in quotable.broken and (frame is frames[-1] or not frame.line):
            return broken_sentence(frame.file, quotable)
    if not report.ran:
        return f"not run: {report.cause}"
    if report.cause:
        imported = [frame.file for frame in frames if not frame.line]
        importing = f" while importing {location(imported[-1], 0, maps)}" if imported else ""
        if importing or not frames:
            return f"the code {report.cause}{importing}"
        return f"the code {report.cause}; it was{where} when its time was up"
    match report.status:
        case Status.UNWRITTEN:
            return _missing(report, quotable) or f"not written yet{where}"
        case Status.OUT_OF_MEMORY:
            return f"more memory is asked for than there is{where}"
        case Status.FAILED:
            known = _fits(report.text, COMPLAINTS, quotable.texts)
            return f"what the code returned cannot be graded: {report.text if known else 'expected numbers or arrays'}"
    match report.exception:
        case "ModuleNotFoundError":
            what = report.text if _fits(report.text, IMPORTS, quotable.texts) else "an import is not available"
            modules = " and ".join(name for name in quotable.runtime.modules if "." not in name)
            if note := version_note(what, quotable.python):
                return f"{what}{where}: {note}"
            return f"{what}{where}: this assignment may import the standard library and {modules}"
        case "PermissionError" | "FileNotFoundError" if _is_outside(report):
            return f"{OUT_OF_REACH[quotable.runtime.profile]}{where}: none of them is available here"
        case "SystemExit":
            return f"the code ends the program{where} (SystemExit)"
    texts = quotable.texts
    is_of_the_course = report.returned is not None or any(frame.file in quotable.provided for frame in report.frames)
    if not frames and is_of_the_course and not _fits(report.text, OF_A_SIGNATURE, texts):
        return _unusable(report, quotable, expected)
    if report.exception == BrokenFileError.__name__:  # a statement of a notebook: of files it was known before
        why = f": {report.text}" if is_harmless(report.text, texts) else ""
        return f"{where.removeprefix(' at ') or 'a line'} cannot be read as Python{why}"
    is_named = report.exception in _KNOWN_EXCEPTIONS or (
        quotable.is_public and WORD.fullmatch(report.exception) and _is_known(report.exception, texts)
    )
    name = report.exception if is_named else "an exception"
    inside = f" in {frames[-1].function}" if frames and WORD.fullmatch(frames[-1].function) else ""
    said, phrases = report.text, HARMLESS
    if report.exception == "ImportError":
        said, phrases = report.text.partition(" (")[0], IMPORTS
    if note := version_note(said, quotable.python):
        return f"{name}{inside}{where}: {note}"
    if none_said:
        return f"{name}{inside}{where}: {none_said}"
    if not _fits(said, phrases, texts) or _is_raised_by_hand(frames, quotable):
        return f"{name}{inside}{where}"
    file = frames[-1].file if frames else ""
    own = {path: source for path, source in quotable.sources.items() if path not in quotable.provided}
    note = definition_note(said, own, quotable.asked, file, lambda path, line: location(path, line, maps))
    left = left_out_note(said, quotable.sources[file], frames[-1].line) if file else ""
    return f"{name}{inside}{where}: {left}{notebooks.with_reason(said, maps.get(file))}{note}"


def _unusable(report: FailureReport, quotable: Quotable, expected: str) -> str:
    """Word that the course's code could not work with what it got, in its words and not in those of an exception."""
    texts, returned = quotable.texts, report.returned
    own = f"def {returned.function}" if returned is not None else ""
    if returned is not None and _is_own(own, quotable) and _fits(returned.kind, KINDS_RETURNED, texts):
        if expected and returned.kind != expected:
            return f"{returned.function} returned {returned.kind}, expected {expected}"
        is_nothing = returned.kind == expected == "None"  # as of an optimizer's step: something before it is at fault
        subject = "what the code made" if is_nothing else f"what {returned.function} returned"
    else:
        subject = "what the code made"
    lacking = LACKING.fullmatch(report.text)
    if lacking is not None and _is_own(f"class {lacking[1]}", quotable) and _is_known(lacking[2], texts):
        return f"{lacking[1]} has no attribute {lacking[2]}, expected one"
    why = f": {report.text}" if _fits(report.text, OF_TORCH, texts) else ""
    return f"{subject} is not what is asked for{why}"


def _is_own(definition: str, quotable: Quotable) -> bool:
    """Return whether a function or class is defined in the submission."""
    sources = (text for file, text in quotable.sources.items() if file not in quotable.provided)
    return any(re.search(rf"\b{re.escape(definition)}\b", text) for text in sources)


def _is_raised_by_hand(frames: tuple[Frame, ...], quotable: Quotable) -> bool:
    """Return whether the deepest line is a `raise` of the student's: its words are theirs, whatever their form."""
    lines = quoted_lines(frames[-1:], quotable)
    return bool(lines) and lines[0].source.lstrip().startswith("raise")


def is_harmless(text: str, sources: Mapping[str, str]) -> bool:
    """Return whether an exception's text is a known phrase and can carry nothing of the inputs but sizes.

    The words of `sources` are no secret: those of the submission and of the drivers.
    """
    return _fits(text, HARMLESS, sources)


def _fits(text: str, phrases: tuple[str, ...], sources: Mapping[str, str]) -> bool:
    """Return whether a text is one of the phrases, with few and short numbers and known words in its gaps."""
    if len(text) > MAX_PHRASE:
        return False
    found = next((match for phrase in phrases if (match := pattern(phrase).fullmatch(text))), None)
    if found is None:
        return False
    numbers = re.findall(r"\d+", text)
    words = {word for group in found.groups() for word in WORD.findall(group)}
    if len(numbers) > MAX_NUMBERS or max(map(len, numbers), default=0) > MOST_DIGITS or len(words) > MAX_WORDS:
        return False
    return all(_is_known(word, sources) for word in words)


def _is_known(word: str, sources: Mapping[str, str]) -> bool:
    return word in _KNOWN_WORDS or any(
        word in text and re.search(rf"\b{re.escape(word)}\b", text) for text in sources.values()
    )


def _is_outside(report: FailureReport) -> bool:
    """Return whether something out of reach was asked for: of what lies outside, many workers find nothing at all."""
    return report.exception == "PermissionError" or re.search(_ABSOLUTE, report.text) is not None


def _missing(report: FailureReport, quotable: Quotable) -> str:
    """Repeat which file or name is missing; nothing when nothing is."""
    if report.exception != MissingError.__name__:
        return ""
    if _fits(report.text, SAYING_WHAT_IS_MISSING, quotable.texts):
        path, _, rest = report.text.partition(" ")
        if path in quotable.unreadable:
            return f"{path} {quotable.unreadable[path]}"
        maps = quotable.source_maps
        return f"{location(path, 0, maps)} {notebooks.with_reason(rest, maps.get(path))}"
    return "a file or a name that the assignment asks for is missing"


def _named(frame: Frame, sources: Mapping[str, str]) -> Frame:
    """Keep the name of a frame's function only if its file has one of that name."""
    is_own = frame.function in _defined(sources[frame.file])
    return frame if is_own or frame.function in _UNNAMED else replace(frame, function="")


@lru_cache(maxsize=16)
def _defined(source: str) -> frozenset[str]:
    """List the names that a file may define by `def` or `class`: a file is read once for all places in it."""
    return frozenset(_DEFINITION.findall(source))
