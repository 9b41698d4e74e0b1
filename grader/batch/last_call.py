"""Remember what a batch was told, so that `grade batch ASSIGNMENT --resume` goes on with the same."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from grader.batch.output_folder import OutputFolder
from grader.errors import UsageError

LAST_CALL: Final = "batch.json"
SCHEMA: Final = "grade/batch-call/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCall:
    """What `grade batch` was told of a class: absolute paths, and the options that decide who gets which grade."""

    submissions: tuple[str, ...]
    roster: str = ""
    submitted_at: tuple[str, ...] = ()
    several: str = ""
    seed: int | None = None
    view: str = ""
    groups: str = ""


def remember(folder: OutputFolder, call: BatchCall) -> None:
    """Write down a call beside the results that it leads to.

    Raises:
        OutputError: it cannot be written.
    """
    folder.write_beside(LAST_CALL, json.dumps({"schema": SCHEMA, **asdict(call)}, indent=2) + "\n")


def last_call(folder: OutputFolder) -> BatchCall:
    """Read the last call of a batch.

    Raises:
        UsageError: there was none, or what was written down cannot be read.
    """
    place = folder.folder / LAST_CALL
    try:
        document = json.loads(place.read_text(encoding="utf-8"))
        if document.pop("schema") != SCHEMA:
            raise UsageError(f"{place} was written by another version of grade: name the submissions again")
        call = BatchCall(**document)
    except FileNotFoundError:
        raise UsageError(f"there is no batch to go on with in {folder.folder}: name the submissions") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{place} cannot be read ({error}): name the submissions again") from None
    gone = next((path for path in call.submissions if not Path(path).exists()), None)
    if gone is not None:
        raise UsageError(f"{gone} is not there any more: name the submissions again")
    return call
