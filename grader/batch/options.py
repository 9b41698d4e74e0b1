"""What the commands about a class are told, and the opening of what they work on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from grader.batch.output_folder import OutputFolder
from grader.course.discovery import Course
from grader.errors import OutputError, UsageError
from grader.gradebook.book import Gradebook, database, existing_database, gradebook
from grader.results.visibility import View


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOptions:
    """Where a class is, and how it is graded.

    Without a `cluster` the cores of this machine do the work. `consent` are the words that turn isolation off.
    Where `examples` are asked for, the smallest inputs are looked for on which checks fail.
    """

    course: Course
    assignment: str
    out: Path
    gradebook: str = ""
    jobs: int | None = None
    memory_mb: int | None = None
    seed: int | None = None
    view: View = View.STUDENT
    again: bool = False
    cluster: str = ""
    consent: str | None = None
    examples: bool = False

    def __post_init__(self) -> None:
        if self.cluster and (self.jobs is not None or self.memory_mb is not None):
            raise UsageError("--jobs and --memory are about this machine: with --cluster the workers' own limits hold")


@contextmanager
def opened_class(
    options: ClassOptions, tell: Callable[[str], None], *, is_new: bool = False
) -> Iterator[tuple[OutputFolder, Gradebook]]:
    """Make sure that results can be written, and open the gradebook, which must be there unless it `is_new`."""
    folder = OutputFolder(options.out.absolute(), options.assignment)
    place = (database if is_new else existing_database)(options.gradebook, folder.out)
    try:
        folder.make()
    except OutputError as error:
        raise UsageError(str(error)) from None
    with gradebook(place, tell) as book:
        yield folder, book
