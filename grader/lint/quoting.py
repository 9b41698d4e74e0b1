"""Where hidden checks quote answers: what students are told of those is the course's own words alone."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Iterator

from grader.authoring import NotWritten
from grader.authoring.compare import Mismatch
from grader.course.assignment import CourseAssignment
from grader.model.assignment import Check
from grader.subjects.course_sentences import CourseSentences


def unwritten_sentences(course: CourseAssignment) -> Iterator[str]:
    """Find assertions of hidden checks whose sentence is not written where they stand, such as `assert ok, got["why"]`.

    Functions that are no test may be called by hidden ones, and are looked at too.
    """
    public = {f"test_{check.name}" for check in course.assignment.checks if check.public}
    for file, source in course.checks.items():
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef) and function.name not in public:
                for node in ast.walk(function):
                    if isinstance(node, ast.Assert) and node.msg is not None and not _is_written(node.msg):
                        yield (
                            f"{file}, line {node.lineno}: {ast.unparse(node.msg)} is an answer's own text; students are"
                            " told it as far as it is a sentence of the course's sources, and else the check's sentence"
                        )


def quoted_answer(check: Check, error: BaseException | None, sentences: CourseSentences) -> str | None:
    """Tell where a hidden check quotes more of an answer than a student is told; None where it does not."""
    if check.public or not isinstance(error, AssertionError) or isinstance(error, Mismatch | NotWritten):
        return None
    sentence = str(error).partition("\n")[0]
    told = sentences.told(sentence)
    if not sentence or told == sentence:
        return None
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/checks/" in frame.filename]
    where = (
        f"checks/{frames[-1].filename.rpartition('/checks/')[2]}, line {frames[-1].lineno}" if frames else check.name
    )
    return f"{where}: students are told {told or check.description!r} in place of {sentence[:200]!r}"


def _is_written(message: ast.expr) -> bool:
    match message:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return _is_written(one) and _is_written(other)
    return False
