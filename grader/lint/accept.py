"""Write down what lint found where it only has to be stated: what mistakes fail, what samples score, what survives.

Nothing is concluded here: a person looks the changes through, since a check that misses a mistake is stated as well.
"""

from __future__ import annotations

import ast
import difflib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.course.assignment import MISTAKES
from grader.course.samples import FILE, FOLDER, read_samples, unlisted_samples
from grader.judging.grading import Grader, grade_submission
from grader.judging.judge import Judge
from grader.lint.lint import Findings, failing_checks
from grader.lint.mutants import Mutant
from grader.lint.mutation_score import ARGUED
from grader.lint.reach import Reach
from grader.lint.variants import stated_otherwise
from grader.model.result import Result
from grader.submissions.read import read_submission


def accepted(
    grader: Grader, seeds: tuple[int, ...], survivors: Iterable[Mutant] = ()
) -> tuple[dict[Path, str], list[str]]:
    """Return the files that would state what was found, and sentences about what cannot be stated.

    Args:
        grader: Grades the assignment, whose reference passes.
        seeds: Those that mistakes are tried under, besides the assignment's own.
        survivors: Mutants that no check sees.
    """
    folder = grader.course.folder
    left: list[str] = []
    texts = {folder / MISTAKES: with_fails(grader.course.mistakes, grader.judge, seeds, left)}
    samples = folder / FOLDER / FILE
    texts[samples] = with_samples(text_of(samples), grader)
    argued = folder / ARGUED
    texts[argued] = text_of(argued) + "".join(map(survivor_row, survivors))
    texts |= stated_otherwise(grader.course)
    return {path: text for path, text in texts.items() if text != text_of(path)}, left


def text_of(path: Path) -> str:
    """Read a file, empty where there is none."""
    return path.read_text(encoding="utf-8-sig") if path.is_file() else ""


def diff_of(path: Path, text: str, name: str) -> str:
    """Format how a file would change."""
    lines = difflib.unified_diff(text_of(path).splitlines(), text.splitlines(), name, name, lineterm="", n=2)
    return "\n".join(lines)


def with_fails(text: str, judge: Judge, seeds: tuple[int, ...], left: list[str]) -> str:
    """Return `mistakes.py` with what each mistake fails; one that fails others under another seed stays as it is."""
    reach = Reach(judge)
    found: dict[str, tuple[str, ...]] = {}
    for mistake in judge.mistakes.mistakes:
        ways = {
            failing_checks(judge, way, seed, reach, Findings())
            for seed in dict.fromkeys((judge.seed, *seeds))
            for way in (mistake.variants() if seed == judge.seed else (mistake,))
        }
        if len(ways) == 1:
            found[mistake.name] = ways.pop()
        else:
            fails = "; ".join(", ".join(way) or "nothing" for way in sorted(ways))
            left.append(f"the mistake {mistake.name} fails now one thing and now another: {fails}")
    lines = text.splitlines(keepends=True)
    written = [*_fails_in(text)]
    left += [
        f"the mistake {one.name} fails {', '.join(found[one.name]) or 'nothing'}, and {MISTAKES} does not write its "
        "fails=(...) out beside its name: state it there"
        for one in judge.mistakes.mistakes
        if one.name in found and found[one.name] != one.fails and one.name not in {name for _, name in written}
    ]
    for node, name in reversed(written):
        if name in found and ast.literal_eval(node) != found[name]:
            row = lines[node.lineno - 1 : node.end_lineno]
            before = row[0].encode()[: node.col_offset].decode()
            after = row[-1].encode()[node.end_col_offset :].decode()
            names = ", ".join(map(json.dumps, found[name]))
            lines[node.lineno - 1 : node.end_lineno] = [f"{before}({names}{',' * (len(found[name]) == 1)}){after}"]
    return "".join(lines)


def _fails_in(text: str) -> Iterator[tuple[ast.Tuple, str]]:
    """List what mistakes say that they fail, where it and their name are written out, in the order of the text."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            name, fails = given.get("name"), given.get("fails")
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and isinstance(fails, ast.Tuple):
                yield fails, name.value


def with_samples(text: str, grader: Grader) -> str:
    """Return `samples.toml` with what each sample gets; one that it does not list is added, and says its name."""
    for name in unlisted_samples(grader.course):
        text = f"{text.rstrip()}\n\n[{_key(name)}]\nscore = 0\nsays = {json.dumps(_says(name))}\n".lstrip()
        result = _graded(grader, grader.course.folder / FOLDER / name)
        text = _stated(text, name, result, ())
    for sample in read_samples(grader.course):
        result = _graded(grader, sample.path)
        if sample.disagreements(result):
            text = _stated(text, sample.name, result, tuple(sample.statuses))
    return text


def _says(name: str) -> str:
    """Return what a sample says of itself until somebody writes it: the words of its name."""
    return " ".join(re.split(r"[_\W]+", name)).strip() or name


def _graded(grader: Grader, path: Path) -> Result:
    return grade_submission(grader, read_submission(path, grader.course.assignment, grader.course.provided))


def _stated(text: str, name: str, result: Result, checks: tuple[str, ...]) -> str:
    """State score, mistakes and the statuses of these checks in a sample's table."""
    told = dict.fromkeys(mistake.name for row in result.checks for mistake in row.mistakes)
    text = _with_value(text, name, "score", f"{float(result.score):g}")
    if told or re.search(r"^mistakes *=", _table(text, name)[0], re.MULTILINE):
        text = _with_value(text, name, "mistakes", json.dumps([*told]))
    if checks:
        rows = {row.name: row.status for row in result.checks}
        stated = ", ".join(f'{one} = "{rows[one]}"' for one in checks)
        text = _with_value(text, name, "statuses", f"{{ {stated} }}")
    return text


def _with_value(text: str, name: str, key: str, value: str) -> str:
    table, start = _table(text, name)
    line = re.compile(rf"^{key} *= *(\[[^\]]*\]|{{[^}}]*}}|[^#\n]*?)(?= *(#|$))", re.MULTILINE)
    changed = line.sub(lambda _found: f"{key} = {value}", table, count=1)
    if not line.search(table):
        body = table.rstrip("\n")
        changed = f"{body}\n{key} = {value}{table[len(body) :] or chr(10)}"
    return text[:start] + changed + text[start + len(table) :]


def _table(text: str, name: str) -> tuple[str, int]:
    """Return a table of a TOML file with its header, and where it begins."""
    found = re.search(rf"^\[{re.escape(_key(name))}\][^\n]*\n(?:(?!\[)[^\n]*\n?)*", text, re.MULTILINE)
    if found is None:
        found = re.search(rf"^\[[\"']{re.escape(name)}[\"']\][^\n]*\n(?:(?!\[)[^\n]*\n?)*", text, re.MULTILINE)
    return (found[0], found.start()) if found is not None else ("", len(text))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)


def survivor_row(mutant: Mutant) -> str:
    """Format a mutant that no check sees as a table of `survivors.toml`, its reason still to be found."""
    diff = mutant.diff.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'\n[[survivors]]\nfile = {json.dumps(mutant.file)}\ndiff = """\n{diff}\n"""\nreason = ""\n'
