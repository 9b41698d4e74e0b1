"""Remember what a batch was told, so that `grade batch ASSIGNMENT --resume` goes on with the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from grader.batch.output_folder import OutputFolder
from grader.errors import UsageError
from grader.intake.roster import read_roster

LAST_CALL: Final = "batch.json"
MOST_EARLIER: Final = 20  # downloads
UTC: Final = "UTC"  # of times in the roster, which sections are not
SCHEMA: Final = "grade/batch-call/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCall:
    """What `grade batch` was told of a class: absolute paths, and the options that decide who gets which grade.

    `earlier` are the downloads of the batches before, the latest first: reports go back under the names in them.
    """

    submissions: tuple[str, ...]
    roster: str = ""
    submitted_at: tuple[str, ...] = ()
    several: str = ""
    seed: int | None = None
    view: str = ""
    groups: str = ""
    earlier: tuple[str, ...] = ()
    examples: bool = False


def remember(folder: OutputFolder, call: BatchCall) -> None:
    """Write down a call beside the results that it leads to.

    Raises:
        OutputError: it cannot be written.
    """
    before: tuple[str, ...] = ()
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):  # none, or another version's
        document = json.loads((folder.folder / LAST_CALL).read_text(encoding="utf-8"))
        before = (*document["submissions"], *document.get("earlier", ()))
    earlier = [path for path in dict.fromkeys(before) if path not in call.submissions][:MOST_EARLIER]
    document = {"schema": SCHEMA, **asdict(replace(call, earlier=tuple(earlier)))}
    folder.write_beside(LAST_CALL, json.dumps(document, indent=2) + "\n")


def last_sections(folder: OutputFolder) -> Mapping[str, str]:
    """Read the sections of the last batch's roster by the student's identifier; nothing where it is not there."""
    try:
        document = json.loads((folder.folder / LAST_CALL).read_text(encoding="utf-8"))
        rosters = [document["roster"], *(path for path in document["submissions"] if path.lower().endswith(".csv"))]
        path = next(Path(text) for text in rosters if text and Path(text).is_file())
        rows = read_roster(path, UTC).rows
    except (OSError, ValueError, TypeError, KeyError, StopIteration, UsageError):  # another version's, or moved
        return {}
    return {identifier: row.section for identifier, row in rows.items() if row.section}


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
