"""What was handed in, before anything of it is believed: names with their readers, and one budget for all reads."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Final, TypeAlias

from grader.errors import SubmissionError, TooLargeError, UnreadableError, UnreadableSubmissionError

MIB: Final = 2**20
MAX_TOTAL_BYTES: Final = 64 * MIB
MAX_ARCHIVE_BYTES: Final = 8 * MIB  # of one that lies beside other files
MAX_SHOWN: Final = 120  # characters of a name in a sentence
PIECE: Final = 64 * 1024

# What tools leave behind beside hidden files (AppleDouble `._name`, .git, .venv, .ipynb_checkpoints).
MACOS_FOLDER: Final = "__MACOSX"
NEVER_READ: Final = frozenset({MACOS_FOLDER, "__pycache__", "node_modules", "site-packages", "venv"})

FORK: Final = "._"
IS_FORK: Final = (
    "is what macOS keeps beside a file and not the file itself, expected the file: compress its folder again"
)
ICLOUD: Final = ".icloud"
NOT_DOWNLOADED: Final = "is a placeholder of iCloud and not the file itself, expected the file: download it first"

_SPECIAL: Final = {stat.S_IFLNK: "a symbolic link", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}

Reader: TypeAlias = Callable[[int], bytes]
"""Gives the contents of one entry, or raises UnreadableError when they exceed so many bytes."""

Entry: TypeAlias = "Reader | str"
"""How an entry is read, or why it is never opened."""

Row: TypeAlias = tuple[tuple[str, ...], Entry]
"""One entry as it is met, with the parts of its path."""


class SubmissionForm(StrEnum):
    """In which form a submission came."""

    FOLDER = "folder"
    ZIP = "zip"
    TAR = "tar"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Handed:
    """The files that were handed in, by relative posix path; several entries where a path occurs several times.

    `looks_like` says what a single file is that is neither code nor an archive that can be read. `unpacked` opens the
    bytes of an archive among the files, on the same budget.
    """

    label: str
    kind: SubmissionForm
    entries: Mapping[str, tuple[Entry, ...]]
    looks_like: str = ""
    unpacked: Callable[[bytes], Handed] | None = None

    @property
    def barred(self) -> dict[str, str]:
        """Return why some are never opened, links and devices above all."""
        return {path: entry for path, entries in self.entries.items() for entry in entries if isinstance(entry, str)}

    def read(self, path: str, max_bytes: int) -> bytes:
        """Return the contents of one file.

        Raises:
            SubmissionError: the path occurs several times, or more was read by now than is allowed.
            UnreadableError: this file cannot be read, or is larger than `max_bytes`.
        """
        entry, *others = self.entries[path]
        if others:
            raise SubmissionError(
                f"submission {self.label} holds {visible(path)} {len(others) + 1} times, expected once: "
                "tools differ in which one they unpack"
            )
        if isinstance(entry, str):
            raise UnreadableError(entry)
        try:
            return entry(max_bytes)
        except OSError as error:
            raise UnreadableError(f"cannot be read: {reason(error)}") from error

    def inside(self, path: str) -> Handed:
        """Open an archive among the files.

        Raises:
            SubmissionError: it is damaged, encrypted or none, or holds what no archive of a submission may.
            UnreadableError: it cannot be read, or is larger than is opened.
        """
        if self.unpacked is None:
            raise UnreadableError("is not opened")
        return self.unpacked(self.read(path, MAX_ARCHIVE_BYTES))


@dataclass(slots=True)
class Budget:
    """How many bytes may still be read from one submission, whatever becomes of them."""

    label: str
    left: int = MAX_TOTAL_BYTES


def collected(rows: Iterable[Row], kind: SubmissionForm, label: str, looks_like: str = "") -> Handed:
    """Collect rows, leaving out hidden files and caches, but not what stands in the place of a file."""
    entries: dict[str, tuple[Entry, ...]] = {}
    forks: dict[str, tuple[Entry, ...]] = {}
    for parts, entry in rows:
        *folders, name = parts or ("",)
        if name.startswith(FORK):
            shown = [one for one in folders if one != MACOS_FOLDER]
            if not any(map(is_never_read, shown)):
                forks["/".join((*shown, name.removeprefix(FORK)))] = (IS_FORK,)
            continue
        is_placeholder = is_in_place_of_a_file(name)
        own = name[1:].removesuffix(ICLOUD) if is_placeholder else name
        if own and not any(map(is_never_read, (*folders, own))):
            path = "/".join((*folders, own))
            entries[path] = (*entries.get(path, ()), NOT_DOWNLOADED if is_placeholder else entry)
    return Handed(label, kind, entries or forks, looks_like)


def is_in_place_of_a_file(name: str) -> bool:
    """Return whether a hidden file tells that another one belongs where it is."""
    return name.startswith(FORK) or (name.startswith(".") and name.endswith(ICLOUD))


def is_never_read(name: str) -> bool:
    """Return the files and folders that tools leave behind."""
    return name.startswith(".") or name in NEVER_READ


def contents(file: IO[bytes], max_bytes: int, budget: Budget) -> bytes:
    """Read a file to its end in pieces, however large it says it is.

    Raises:
        SubmissionError: the budget is used up.
        UnreadableError: the file is larger than `max_bytes`.
    """
    pieces: list[bytes] = []
    left = max_bytes
    while piece := file.read(PIECE):
        budget.left -= len(piece)
        left -= len(piece)
        if budget.left < 0:
            raise too_much(budget.label)
        if left < 0:
            raise too_large(max_bytes)
        pieces.append(piece)
    return b"".join(pieces)


def too_large(max_bytes: int) -> TooLargeError:
    """Return that one file is larger than is read."""
    return TooLargeError(f"is too large, expected at most {max_bytes // MIB} MiB")


def too_much(label: str) -> UnreadableSubmissionError:
    """Return that everything together is more than is read."""
    return UnreadableSubmissionError(
        f"submission {label} amounts to more than {MAX_TOTAL_BYTES // MIB} MiB, "
        f"expected at most {MAX_TOTAL_BYTES // MIB} MiB: hand in the code without data and checkpoints"
    )


def kind_words(mode: int) -> str:
    """Name what is neither a file nor a folder."""
    return _SPECIAL.get(stat.S_IFMT(mode), "a device")


def reason(error: Exception) -> str:
    """Return the operating system's words for an error, without the path."""
    return error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)


def visible(text: str, max_characters: int = MAX_SHOWN) -> str:
    """Write out control, bidirectional and undecodable characters, and cut what is too long for a sentence."""
    if len(text) > max_characters:
        text = text[: max_characters - 1] + "…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def listed(names: Iterable[str], most: int = 5) -> str:
    """Join names for a sentence, the first few of them: `a.py, b.py and 3 more`."""
    shown = [visible(name) for name in names]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else "nothing"
