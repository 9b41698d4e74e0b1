"""Put results and their gradebook into one file, also while a run writes, and lay them out again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Final

from grader.errors import OutputError, UsageError
from grader.gradebook.book import DATABASE, database_file, existing_database
from grader.intake.unpack import STAGING, staging

MARK: Final = "grade-backup-v1"  # the archive's comment
BESIDE_DATABASE: Final = ("-wal", "-shm", "-journal")


def write_backup(out: Path, target: Path, place: str = "") -> int:
    """Write what a folder of results holds, and the gradebook at `place`, into a zip; return how many files that is.

    The gradebook comes first, as it is at one moment: reports that are written meanwhile are newer, and a run that goes
    on from the backup writes them again.

    Raises:
        UsageError: there are no results, or the target is there.
        GradebookError: `place` is neither a path nor a server.
        OutputError: it cannot be written.
    """
    database = _file(place, out)
    existing_database(place, out)
    if target.exists():
        raise UsageError(f"{target} is there already, expected the name of a new file")
    try:
        with staging(target.absolute().parent) as folder:  # what a killed one left goes with the next
            copy, beside = folder / DATABASE, folder / target.name
            _copy_database(database, copy)
            count = 1
            with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                archive.comment = MARK.encode("ascii")
                archive.write(copy, DATABASE)
                for path in _files(out, database):
                    try:
                        archive.write(path, path.relative_to(out).as_posix())
                    except FileNotFoundError:  # replaced or taken away by a run since it was listed
                        continue
                    count += 1
            beside.chmod(0o600)  # it holds what the gradebook holds
            beside.replace(target)
    except OSError as error:
        raise OutputError(f"{target} cannot be written: {error.strerror}") from None
    return count


def restore_backup(source: Path, out: Path, place: str = "") -> int:
    """Lay out a backup in a folder that holds no results, its gradebook at `place`; return how many files that is.

    Raises:
        UsageError: it is no backup, or a damaged one, or the folder holds results, or there is a gradebook.
        GradebookError: `place` is neither a path nor a server.
        OutputError: the folder cannot be written.
    """
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty: name a new folder with --out, or move it away")
    database = _file(place, out)
    if database.exists():
        raise UsageError(f"{database} is there already: name another --gradebook, or move it away")
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{source} cannot be read: {error}") from None
    with archive:
        names = archive.namelist()
        if archive.comment != MARK.encode("ascii") or DATABASE not in names:
            raise UsageError(f"{source} is no backup that grade backup wrote")
        if any(PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts for name in names):
            raise UsageError(f"{source} has names that lead out of its folder, expected what grade backup wrote")
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            with staging(out.absolute().parent) as folder:
                folder.chmod(0o700)
                _lay_out(archive, folder, source)
                if out.exists():
                    out.rmdir()
                folder.rename(out)
            if database != out.absolute() / DATABASE:
                database.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(out / DATABASE, database)
        except OSError as error:
            raise OutputError(f"{out} cannot be written: {error.strerror}") from None
    return len(names)


def _file(place: str, out: Path) -> Path:
    """Return the file of a gradebook.

    Raises:
        UsageError: it is on a server.
    """
    file = database_file(place, out)
    if file is None:
        raise UsageError("a gradebook on a server is kept and laid out there, as with pg_dump and pg_restore")
    return file


def _lay_out(archive: zipfile.ZipFile, folder: Path, source: Path) -> None:
    """Unpack a backup and look into its gradebook.

    Raises:
        UsageError: what it holds is damaged.
    """
    try:
        archive.extractall(folder)  # the names were looked at; every file's checksum is checked
    except zipfile.BadZipFile as error:
        raise UsageError(f"{source} is damaged: {error}") from None
    (folder / DATABASE).chmod(0o600)
    if problems := database_problems(folder / DATABASE):
        raise UsageError(f"{source} holds a damaged gradebook: {problems[0]}")


def database_problems(database: Path) -> list[str]:
    """Say what SQLite finds wrong in a gradebook; nothing where it is whole."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
            lost = [
                f"{row[0]} refers to a row of {row[2]} that is gone"
                for row in connection.execute("PRAGMA foreign_key_check")
            ]
    except sqlite3.Error as error:
        return [str(error)]
    return [line for line in found if line != "ok"] + lost[:5]


def _copy_database(database: Path, copy: Path) -> None:
    """Copy a gradebook as it is at one moment, whoever writes to it."""
    try:
        with closing(sqlite3.connect(database, timeout=30)) as connection, closing(sqlite3.connect(copy)) as target:
            connection.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    except sqlite3.Error as error:
        raise UsageError(f"{database} cannot be copied: {error}") from None
    if problems := database_problems(copy):
        raise UsageError(f"{database} is damaged, so nothing is backed up: {problems[0]}")


def _files(out: Path, database: Path) -> Iterator[Path]:
    """List what lies in results beside the gradebook, without what runs keep for themselves."""
    names = (file.absolute() for file in (database, out / DATABASE))
    databases = {file.with_name(f"{file.name}{end}") for file in names for end in ("", *BESIDE_DATABASE)}
    for top, folders, files in os.walk(out):
        folders[:] = sorted(name for name in folders if not name.startswith(STAGING))
        for name in sorted(files):
            path = Path(top) / name
            if (
                path.absolute() not in databases
                and not name.startswith(".")
                and path.is_file()
                and not path.is_symlink()
            ):
                yield path
