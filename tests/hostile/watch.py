"""See what an attack left behind: files, processes, and secrets in what came back."""

from __future__ import annotations

import functools
import os
import re
import site
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, TypeAlias
from xml.etree import ElementTree as ET

import numpy as np
from markdown_it import MarkdownIt

from .course import CANARY_FOLDER, CANARY_MARK, hidden_inputs
from .jail import WRITTEN

Stamp: TypeAlias = tuple[int, int, int, int]
"""Inode, mode, size and time of change."""

SETTLE_SECONDS: Final = 1.0
OWN_SCRATCH: Final = "grade-zygote-"  # a fork server makes a folder of its own whenever it starts
DIGITS: Final = 6  # of a number in a message; more than anybody writes by chance
MANY_DIGITS: Final = 9  # in a whole page, which holds numbers of other kinds as well
FORBIDDEN_TAGS: Final = frozenset(
    ["applet", "audio", "base", "embed", "form", "frame", "iframe", "img", "input", "injected", "link", "math",
     "object", "script", "source", "video"]
)  # fmt: skip
COMMANDS: Final = ("::", "##vso[", "##[")
"""What begins a line that a build server would obey."""

OWN_TAGS: Final = frozenset({"<details>", "</details>", "<summary>", "</summary>"})
OWN_ELEMENTS: Final = frozenset(
    {"testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped", "system-out"}
)

_MARKDOWN: Final = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_TAG: Final = re.compile(r"<[^>]*>?")
_MENTION: Final = re.compile(r"(?<![\w`])@\w+")
_HEXADECIMAL: Final = re.compile(r"\b[0-9a-f]{32,}\b")
_NUMBER: Final = re.compile(r"\d[\d._]*")
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def files() -> dict[str, Stamp]:
    """List what can show that a file was made, changed or taken away.

    In a jail with an overlay that is everything written since the start; elsewhere the places where programs write.
    """
    found: dict[str, Stamp] = {}
    if WRITTEN.is_dir():
        places, depth = [WRITTEN, Path("/dev/shm")], 99  # noqa: S108  # looked at, not written to
    else:
        places, depth = [CANARY_FOLDER, *_usual_places()], 2
    for place in places:
        for path in _below(place, depth):
            status = os.lstat(path)
            found[path] = (status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns)
    return {path: stamp for path, stamp in found.items() if f"/{OWN_SCRATCH}" not in path}


def _usual_places() -> list[Path]:
    return [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path.home(), *map(Path, site.getsitepackages())]  # noqa: S108  # looked at only


def _below(place: Path, depth: int) -> Iterator[str]:
    """List paths below a place; folders but for the time of their last change, which an overlay makes up."""
    try:
        entries = sorted(os.scandir(place), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            yield entry.path
        elif depth > 1:
            yield from _below(Path(entry.path), depth - 1)


def changed(before: Mapping[str, Stamp], after: Mapping[str, Stamp]) -> list[str]:
    """Name what differs between two listings."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def processes(known: Collection[int]) -> dict[int, str]:
    """List the processes of this jail but those that are known, with what they are called."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in known:
            continue
        try:
            found[int(entry.name)] = (entry / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue  # it has ended since
    return found


def left_processes(known: Collection[int], parents: Collection[int] = ()) -> list[str]:
    """Name the processes that are still there after a moment to end in, but for children of these parents."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while (found := _others(processes(known), parents)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return [f"{name} ({pid})" for pid, name in found.items()]


def _others(found: Mapping[int, str], parents: Collection[int]) -> dict[int, str]:
    return {pid: name for pid, name in found.items() if parents == () or _parent(pid) not in parents}


def _parent(pid: int) -> int:
    try:
        return int(
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
        )
    except OSError:
        return 0  # it has ended since


def canaries(value: object) -> bool:
    """Tell whether a value from the worker holds a secret of the judge, as text or as the bytes of an array."""
    match value:
        case str():
            return CANARY_MARK in value or CANARY_MARK[::-1] in value
        case np.ndarray():
            mark = CANARY_MARK.encode()
            with np.errstate(all="ignore"):
                small = value.real.astype(np.uint8, casting="unsafe") if value.dtype.kind != "U" else value
            return mark in value.tobytes() or mark in small.tobytes()
        case list() | tuple():
            return any(canaries(item) for item in value)
        case dict():
            return any(canaries(key) or canaries(item) for key, item in value.items())
    return False


def told_inputs(text: str, digits: int = DIGITS) -> list[str]:
    """List the numbers in a text that are hidden inputs, in digits or in the letters a to j for digits."""
    plain = _HEXADECIMAL.sub("", text)
    spelt = plain.translate(str.maketrans("abcdefghij", "0123456789"))
    runs = {_significant_run(run) for run in {*_NUMBER.findall(plain), *_NUMBER.findall(spelt)}}
    return sorted(run for run in runs if len(run) >= digits and _is_hidden_input(run))


@functools.cache
def _hidden_digits(count: int) -> frozenset[str]:
    """Give the first digits of each hidden input, both cut off and rounded."""
    sizes = [abs(number) for number in hidden_inputs()]
    cut = {_significant_run(f"{size:.17f}")[:count] for size in sizes}
    return frozenset(cut | {f"{size:.{count - 1}e}".partition("e")[0].replace(".", "") for size in sizes})


def _is_hidden_input(run: str) -> bool:
    return run[:MANY_DIGITS] in _hidden_digits(min(len(run), MANY_DIGITS))


def _significant_run(run: str) -> str:
    return run.replace(".", "").replace("_", "").lstrip("0")


class _Tags(HTMLParser):
    """Collect what a page could do to its reader."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN_TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            leads_out = name in ("href", "src", "action", "formaction") and not (value or "").startswith("#")
            if leads_out or name.startswith("on"):
                self.found.append(f"<{tag} {name}>")


def page_dangers(html: str) -> list[str]:
    """Name the elements and attributes of a page that a report never has."""
    tags = _Tags()
    tags.feed(html)
    return tags.found


def markdown_dangers(text: str) -> list[str]:
    """Name what a summary in Markdown has that is none of ours: markup, links, pictures, mentions outside of code."""
    found = []
    for block in _MARKDOWN.parse(text):
        for token in (block, *(block.children or ())):
            if token.type in ("html_block", "html_inline"):
                found += [tag for tag in _TAG.findall(token.content) if tag not in OWN_TAGS]
            elif token.type in ("link_open", "image"):
                found.append(f"{token.type} {dict(token.attrs)}")
            elif token.type == "text":
                found += _MENTION.findall(token.content)
    return found


def markup_dangers(xml: str) -> list[str]:
    """Tell whether a report in XML cannot be read, or has elements that JUnit does not have."""
    try:
        names = {element.tag for element in ET.fromstring(xml).iter()}  # noqa: S314  # our own report
    except ET.ParseError as error:
        return [f"what is no XML: {error}"]
    return sorted(names - OWN_ELEMENTS)


def screen_dangers(text: str) -> list[str]:
    """Name what a terminal or a build server would obey in the text of a result."""
    obeyed = [f"character {ord(char):#x}" for char in _OBEYED.findall(text)]
    commands = [line.strip() for line in text.splitlines() if line.strip().startswith(COMMANDS)]
    return [*obeyed, *(f"line {line!r:.40}" for line in commands)]


def joined(texts: Iterable[str]) -> str:
    """Put texts on lines of their own."""
    return "\n".join(texts)
