"""Whether an assignment is fit to grade with in several of its variants, and whether they differ at all."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from grader.course.assignment import VARIANTS, CourseAssignment
from grader.course.student_files import student_files
from grader.course.validation import path_in_course
from grader.course.variants import in_variant
from grader.errors import CourseError, StubError
from grader.judging.grading import Grader

TRIED: Final = 3
"""How many variants reference and mistakes are tried in, besides the first."""
COMPARED: Final = 20
"""Of how many variants the constants and the students' files are made."""


def stated_otherwise(course: CourseAssignment) -> dict[Path, str]:
    """Return the files of a solution whose constants are not those of the first variant, as they should be written."""
    if course.variant is None or course.notebook:
        return {}
    folder = course.folder / "solution"
    wanted = {folder / path: text.encode() for path, text in course.solution.items()}
    wanted |= {folder / path: data for path, data in course.attached.items()}
    return {
        file: data.decode()
        for file, data in wanted.items()
        if file.read_bytes().removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n") != data.replace(b"\r\n", b"\n")
    }


def variant_problems(grader: Grader, faults: Callable[[Grader], Iterable[str]]) -> Iterator[str]:
    """Find variants whose files cannot be made or whose reference or mistakes fail, and variants that are all the same.

    `faults` finds in one variant what else than in the first is not as it should be.
    """
    course, terms = grader.course, grader.course.assignment.variants
    if terms is None or course.variant is None:
        return
    for file in stated_otherwise(course):
        said = "states other constants than the first variant has, in which nobody named is graded"
        yield f"{path_in_course(file)} {said}: run `grade lint {course.name} --accept`"
    seen = set()
    for number in range(min(terms.count, COMPARED)):
        try:
            other = in_variant(course, number)
            files = student_files(other)
        except (CourseError, StubError) as error:
            yield f"variant {number}: {error}"
            return
        seen.add(str(sorted(files.items())))
        if number in range(1, TRIED + 1):
            yield from (f"variant {number}: {fault}" for fault in faults(grader.in_variant(number)))
    if len(seen) == 1 and not terms.inputs:
        said = f"expected inputs = true below [variants], or constants of {VARIANTS} in instructions.md or solution/"
        yield f"what students get is the same in all of the first {min(terms.count, COMPARED)} variants, {said}"
