"""How a platform named each student in its download, which is how it wants what is given back to be named."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from grader.errors import UsageError
from grader.intake.export_forms import GRADESCOPE_METADATA
from grader.intake.file_names import CANVAS, Named, are_of_teams, canvas_name, moodle_name, told_apart
from grader.intake.gradescope_export import gradescope_metadata
from grader.intake.identify import Submitter, gradescope_owner
from grader.intake.roster import RosterFile
from grader.intake.unpack import zip_names

REPORT: Final = "report.html"


def canvas_names(download: Path, roster: RosterFile) -> dict[str, str]:
    """Return by student how Canvas takes a file back: under the numbers of user and file of one that was handed in.

    Source: canvas-lms app/models/assignment.rb, infer_comment_context_from_filename.

    Raises:
        UsageError: the download cannot be read.
    """
    entries = [(name, canvas_name(name)) for name in _entry_names(download)]
    numbered = {name: match for name, _ in entries if (match := CANVAS.fullmatch(name)) is not None}
    found = _of_students(((name, named) for name, named in entries if named and name in numbered), roster)
    return {
        student: f"{numbered[name]['name']}_{numbered[name]['user']}_{numbered[name]['file']}_{REPORT}"
        for student, name in found.items()
    }


def moodle_names(download: Path, roster: RosterFile) -> dict[str, str]:
    """Return by student how Moodle takes a feedback file back: in a folder of the participant's number.

    Source: Moodle mod/assign/feedback/file/importziplib.php, which takes the number for what stands between the first
    underscores.

    Raises:
        UsageError: the download cannot be read.
    """
    names = _entry_names(download)
    is_of_team = are_of_teams(names)
    entries = [(name, moodle_name(name, is_of_team=is_of_team)) for name in names]
    found = _of_students(((name, named) for name, named in entries if named), roster)
    numbers = {name: named.submitter for name, named in entries if named}
    return {
        student: f"{_without_mark(numbers[name].name)}_{dict(numbers[name].keys)['moodle']}"
        f"_assignsubmission_file_/{REPORT}"
        for student, name in found.items()
    }


def gradescope_names(download: Path, roster: RosterFile) -> dict[str, str]:
    """Return by student the folder of the last submission in Gradescope's export.

    Raises:
        UsageError: the download cannot be read, or has no metadata.
    """
    found: dict[str, str] = {}
    for folder, record in _metadata(download).items():
        submitters = record.get(":submitters")
        for row in submitters if isinstance(submitters, list) else []:
            owner = gradescope_owner(row) if isinstance(row, dict) else None
            if owner is not None:
                found[roster.roster.student(owner).identifier] = f"{PurePosixPath(folder).name}/{REPORT}"
    return found


def _of_students(entries: Iterable[tuple[str, Named]], roster: RosterFile) -> dict[str, str]:
    """Return by student the first name of an entry that is theirs, told apart as they are when they are graded."""
    grouped: dict[Submitter, list[tuple[Path, Named]]] = {}
    for name, named in entries:
        grouped.setdefault(named.submitter, []).append((Path(name), named))
    return {
        roster.roster.student(submitter).identifier: str(files[0][0])
        for submitter, files in told_apart(grouped).items()
    }


def _entry_names(download: Path) -> list[str]:
    """List the entries of a download at its top, in a zip below a folder that stands alone."""
    if download.is_dir():
        return sorted(entry.name for entry in download.iterdir())
    names = zip_names(download)
    if names is None:
        raise UsageError(f"{download} is no zip and no folder, expected the platform's download that was graded")
    tops = sorted({PurePosixPath(name).parts[0] for name in names})
    if len(tops) == 1 and canvas_name(tops[0]) is None and moodle_name(tops[0]) is None:
        tops = sorted({parts[1] for name in names if len(parts := PurePosixPath(name).parts) > 1})
    return tops


def _metadata(download: Path) -> Mapping[str, Mapping[str, object]]:
    if download.is_dir():
        return gradescope_metadata(download / GRADESCOPE_METADATA)
    nothing = f"{download} holds no {GRADESCOPE_METADATA}, expected Gradescope's export that was graded"
    if zip_names(download) is None:
        raise UsageError(nothing)
    with TemporaryDirectory(prefix="grade-feedback-") as folder, zipfile.ZipFile(download) as archive:
        names = [one for one in archive.namelist() if PurePosixPath(one.replace("\\", "/")).name == GRADESCOPE_METADATA]
        if not names:
            raise UsageError(nothing)
        file = Path(folder) / GRADESCOPE_METADATA
        file.write_bytes(archive.read(min(names, key=len)))
        return gradescope_metadata(file)


def _without_mark(name: str) -> str:
    return name.replace("_", "-").replace("/", "-")
