"""How many planted copies are found in a class, and how many pairs that share nothing are named.

    .venv/bin/python benchmarks/similarity.py [--seed 1] [--least 0.5] [--tree-sitter FOLDER]

The solutions of the bundled samples that were written apart, three or more of an assignment, are a class; each is taken
in all ways of `tests/planted_copies.py`. Told is how many of the pairs that share code, and of those that do not, have
--least or more in common, by the way in which code was taken; and how many copies stand above all pairs without any.
FOLDER holds tree_sitter and tree_sitter_python (`pip install --target`): winnowing over its tokens is then
compared with our own fingerprints.
"""

from __future__ import annotations

import argparse
import ast
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from grader.course.assignment import CourseAssignment
from grader.course.discovery import Course
from grader.course.student_files import student_sources
from grader.errors import SubmissionError
from grader.similarity.fingerprints import fingerprints
from grader.submissions.read import read_submission

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # where copies are planted
from planted_copies import Files, planted, roots  # noqa: E402  # found by the line above

NOT_APART = {("colourization", "foreign_files")}  # another layout of a sample beside it
LEAST_CHARACTERS = 800
TOKENS, WINDOW = 20, 6  # of those tried (8/4, 12/4, 16/5, 20/6) the one with the fewest pairs that share nothing
Numbers = Callable[[Files], set[int]]


def originals(course: CourseAssignment) -> list[Files]:
    """Read the solutions of an assignment's samples that were written apart."""
    found: list[Files] = []
    for place in sorted((course.folder / "samples").iterdir()):
        if place.name.startswith(("foreign", "correct")) and (course.name, place.name) not in NOT_APART:
            try:
                sources = read_submission(place, course.assignment, course.provided).sources
                own = {path: text for path, text in sources.items() if course.provided.get(path) != text}
                code = {path: text for path, text in own.items() if path.endswith(".py") and ast.parse(text)}
            except (SubmissionError, SyntaxError):
                continue
            if sum(map(len, code.values())) > LEAST_CHARACTERS:
                found.append(code)
    return found


def own_numbers(files: Files) -> set[int]:
    """Take the fingerprints that `grade similar` compares."""
    return set(fingerprints("", files).shapes)


def winnowed(folder: Path) -> Numbers:
    """Return what takes fingerprints by winnowing over the tokens of tree-sitter."""
    sys.path.insert(0, str(folder))
    import tree_sitter_python  # type: ignore[import-not-found]  # noqa: PLC0415  # only where it is asked for
    from tree_sitter import Language, Parser  # type: ignore[import-not-found]  # noqa: PLC0415

    parser = Parser(Language(tree_sitter_python.language()))
    kinds = {"identifier": "V", "integer": "N", "float": "N"}

    def tokens(text: str) -> list[str]:
        found, waiting = [], [parser.parse(text.encode()).root_node]
        while waiting:
            node = waiting.pop()
            if node.type == "string":
                found.append("S")
            elif node.child_count == 0 and node.type != "comment":
                found.append(kinds.get(node.type, node.type))
            else:
                is_text = node.type == "expression_statement" and node.children[0].type == "string"
                waiting += [] if is_text else reversed(node.children)
        return found

    def numbers(files: Files) -> set[int]:
        row = [token for _, text in sorted(files.items()) for token in tokens(text)]
        grams = [zlib.crc32(" ".join(row[at : at + TOKENS]).encode()) for at in range(len(row) - TOKENS + 1)]
        return {min(grams[at : at + WINDOW]) for at in range(max(0, len(grams) - WINDOW + 1))}

    return numbers


def shares(course: Course, numbers: Numbers, seed: int) -> list[tuple[float, str]]:
    """Return of each two the share of the one's code that is in the other's, and how it was taken, or nothing."""
    found: list[tuple[float, str]] = []
    for name in course.names():
        assignment = course.load(name)
        own = originals(assignment)
        if len(own) >= 3:
            found += _of_class(own, [student_sources(assignment), assignment.provided], numbers, seed)
    return found


def _of_class(
    own: Sequence[Files], handed_out: Sequence[Mapping[str, str]], numbers: Numbers, seed: int
) -> list[tuple[float, str]]:
    drawn = planted(own, seed)
    everybodys = {number for tree in handed_out for number in numbers(tree)}
    taken = {who: numbers(files) - everybodys for who, files in {**drawn.submissions, **drawn.earlier}.items()}
    found = []
    for left, of_left in taken.items():
        for right in drawn.submissions:
            kind = drawn.kinds.get(frozenset((left, right)), "")
            is_listed = left in drawn.earlier or left < right
            if is_listed and (kind or not roots(left, len(own)) & roots(right, len(own))):
                least = max(1, min(len(of_left), len(taken[right])))
                found.append((len(of_left & taken[right]) / least, kind))
    return found


def told(what: str, course: Course, numbers: Numbers, seed: int, least: float) -> None:
    """Measure one kind of fingerprints and print."""
    began = time.process_time()
    found = shares(course, numbers, seed)
    seconds = time.process_time() - began
    copies, others = [one for one in found if one[1]], [share for share, kind in found if not kind]
    most = max(others)
    print(f"{what}: {seconds:.1f} s")
    print(f"  found    {sum(share >= least for share, _ in copies)} of {len(copies)} copies at {least:.0%}")
    print(f"  false    {sum(share >= least for share in others)} of {len(others)} pairs that share nothing")
    print(f"  above all false ones ({most:.0%}): {sum(share > most for share, _ in copies)} copies")
    of, there = Counter(kind for share, kind in copies if share >= least), Counter(kind for _, kind in copies)
    print("  " + ", ".join(f"{kind} {of[kind]}/{count}" for kind, count in sorted(there.items())))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--least", type=float, default=0.5)
    options.add_argument("--tree-sitter", type=Path)
    chosen = options.parse_args()
    course = Course(ROOT)
    told("shapes of syntax trees", course, own_numbers, chosen.seed, chosen.least)
    if chosen.tree_sitter is not None:
        told("winnowing over tree-sitter's tokens", course, winnowed(chosen.tree_sitter), chosen.seed, chosen.least)


if __name__ == "__main__":
    main()
