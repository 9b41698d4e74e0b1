"""Write the files of a new assignment from what was read of its solution and tried out."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Final

from grader.lint.scaffold.inputs import driver_of
from grader.lint.scaffold.kinds import WORDS
from grader.lint.scaffold.mistakes import Change
from grader.lint.scaffold.solution import Asked, Form

HINT: Final = "For which small input can you work {} out by hand?"
HINT_OF_VALUES: Final = "What do you expect of each before you compute it?"
VALUES: Final = "computed_values"
"""The check of what cells compute."""
RESERVED: Final = frozenset({
    *("student", "reference", "files", "rng", "note", "measure", "figure", "request"),
    *("rows", "columns", "given", "answers", "one", "WORDS"),
    *("pytest", "check", "assert_matches", *map(str, Form), "init", "calls", "computed"),
})  # fmt: skip
"""Names that a test uses for something else."""


def rubric(title: str, file: str, modules: Sequence[str], seed: int, notebook: str = "") -> str:
    """Format `assignment.toml`; `notebook` is the one that stands for the file."""
    runtime = "" if tuple(modules) == ("numpy",) else f"\n[runtime]\nmodules = {json.dumps([*modules])}\n"
    stub = f'\n[stub]\nform = "notebook"\nnotebook = {json.dumps(notebook)}\n' if notebook else ""
    head = f'title = {json.dumps(title)}\nsource = "The handout"\nfiles = [{json.dumps(file)}]\n'
    return f"{head}{runtime}{stub}\n[hidden]\nseed = {seed}\n"


def tests(found: Sequence[tuple[Asked, Mapping[str, str]]], module: str) -> str:
    """Format the hidden tests: a check for each function or class, two cases each."""
    kinds = sorted({asked.form.value for asked, _ in found})
    drivers = "".join(f"{_variable(asked)} = {driver_of(asked, module)[1]}\n" for asked, _ in found)
    if any("WORDS" in text for _, given in found for text in given.values()):
        drivers += f"WORDS = {json.dumps([*WORDS])}\n"
    head = f"import pytest\nfrom grader.authoring import assert_matches, check, {', '.join(kinds)}\n\n{drivers}"
    values = [asked for asked, _ in found if asked.form is Form.VALUE]
    return (
        head
        + "".join(_test(asked, given, module) for asked, given in found if asked.form is not Form.VALUE)
        + (_test_of_values(values, module) if values else "")
    )


def _test_of_values(values: Sequence[Asked], module: str) -> str:
    """Write one check for what the cells compute, a case for each: a mistake has to show in two cases to be named."""
    computed, names = ", ".join(map(_variable, values)), json.dumps([one.name for one in values])
    points = f"points={2 * len(values)}, part={_quoted(module.rpartition('.')[2])}"
    lines = [
        f"@check({points}, hint={json.dumps(HINT_OF_VALUES)}, partial=True)",
        f'@pytest.mark.parametrize("computed", [{computed}], ids={names})',
        f"def test_{VALUES}(student, reference, computed):",
        '    """The cells compute what they should, which can be worked out on paper."""',
        "    assert_matches(student(computed), reference(computed))",
    ]
    body = "\n".join(lines)
    return f"\n\n{body}\n"


def _test(asked: Asked, given: Mapping[str, str], module: str) -> str:
    name = _variable(asked)
    shown = ast.unparse(ast.parse(repr(list(asked.sizes))))
    raw = "r" * ("\\" in asked.says)
    lines = [
        f"@check(points=2, part={_quoted(module.rpartition('.')[2])}, hint={_quoted(HINT.format(asked.name))})",
        f'@pytest.mark.parametrize(("rows", "columns"), {shown})',
        f"def test_{asked.check}(student, reference, rng, rows, columns):",
        f'    {raw}"""{asked.says}"""',
        *(f"    {line}" for line in _given(asked, given, name)),
        *(f"    {line}" for line in _compared(asked, name)),
    ]
    body = "\n".join(lines)
    return f"\n\n{body}\n"


def _compared(asked: Asked, name: str) -> list[str]:
    """Write what asks both for the inputs, once or several times, and compares the answers."""
    of = '["changed"]' if asked.changed else ""
    if asked.times == 1 or asked.form is Form.METHODS:
        return [f"assert_matches(student({name}, **given){of}, reference({name}, **given){of})"]
    return [
        f"answers = [student({name}, **one){of} for one in given]",
        f"assert_matches(answers, [reference({name}, **one){of} for one in given])",
    ]


def _given(asked: Asked, given: Mapping[str, str], name: str) -> list[str]:
    """Write what binds `given`, the inputs of a driver."""
    init = _table([(one.name, given[f".{one.name}"]) for one in asked.parameters if f".{one.name}" in given])
    called = [(one.name, given[one.name]) for method in asked.methods for one in method.parameters]
    match asked.form:
        case Form.FUNCTION if asked.times > 1:
            return [f"given = [{_table([*given.items()])} for _ in range({asked.times})]"]
        case Form.FUNCTION:
            return [f"given = {_table([*given.items()])}"]
        case Form.METHODS:
            calls = ", ".join(
                f"[{', '.join([json.dumps(one.name), *(given[each.name] for each in one.parameters)])}]"
                for one in asked.methods
            )
            if asked.times > 1:
                calls = f"call for _ in range({asked.times}) for call in [{calls}]"
            return [f'given = {{"init": {init}}}', f'given["calls"] = [{calls}]']
        case Form.MODULE:
            grads = f'reference({name}, **given)["grads"].items()'
            state = f'{{name: rng.normal(size=grad.shape).astype("float32") for name, grad in {grads}}}'
            return [f"given = {_table([*called, ('init', init)])}", f'given["state"] = {state}']
    lines = [f'given = {{"x": {given["x"]}, "init": {init}}}']
    if asked.has_backward:
        lines.append(f'given["dout"] = rng.normal(size=reference({name}, **given)["y"].shape)')
    return lines


def _table(rows: Sequence[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{json.dumps(key)}: {text}' for key, text in rows)}}}"


def _variable(asked: Asked) -> str:
    return f"{asked.check}_call" if asked.check in RESERVED else asked.check


def mistakes(changes: Sequence[Change], file: str) -> str:
    """Format `mistakes.py`: a mistake for each check, which a person makes those that students make."""
    values = [change for change in changes if change.asked.form is Form.VALUE]
    rows = "".join(
        f"    Mistake(\n        name={json.dumps(f'{change.asked.check}-changed')},\n"
        f"        says={json.dumps(f'{change.asked.name} computes `{_line(change.new)}`', ensure_ascii=False)},\n"
        f"        hint={_quoted(HINT.format(change.asked.name))},\n"
        f"        patch=(replace({json.dumps(file)}, {change.old!r}, {change.new!r}),),\n"
        f"        fails=({json.dumps(change.asked.check)},),\n"
        f"        teaches={json.dumps(f'The solution computes `{_line(change.old)}`.', ensure_ascii=False)},\n    ),\n"
        for change in changes
        if change.asked.form is not Form.VALUE
    )
    rows += _mistake_of_values(values, file) if values else ""
    return f'"""What students get wrong."""\n\nfrom grader.authoring import Mistake, replace\n\nMISTAKES = (\n{rows})\n'


def _mistake_of_values(changes: Sequence[Change], file: str) -> str:
    """Write one mistake that changes each of the values that cells compute."""
    patches = "".join(
        f"            replace({json.dumps(file)}, {change.old!r}, {change.new!r}),\n" for change in changes
    )
    first = changes[0]
    return (
        f'    Mistake(\n        name="values-changed",\n'
        f"        says={json.dumps(f'a cell has `{_line(first.new)}`', ensure_ascii=False)},\n"
        f"        hint={json.dumps(HINT_OF_VALUES)},\n        patch=(\n{patches}        ),\n"
        f'        fails=("{VALUES}",),\n'
        f"        teaches={json.dumps(f'The solution computes `{_line(first.old)}`.', ensure_ascii=False)},\n    ),\n"
    )


def samples(points: int) -> str:
    """Format `samples.toml`: the solution, the same in other layout, and what is handed out."""
    return (
        f'[solution]\nscore = {points}\nsays = "the solution"\n\n'
        f'[layout]\nscore = {points}\nsays = "the solution in another layout, without comments"\n\n'
        '[handout]\nscore = 0\nsays = "nothing is written yet"\n'
    )


def instructions(title: str, found: Sequence[Asked], file: str) -> str:
    """Format `instructions.md`."""
    rows = "".join(f"- `{asked.name}`: {asked.says}\n" for asked in found)
    return (
        f"# {title}\n\nWrite in `{file}`:\n\n{rows}\nEach place is marked `TODO`. `grade run` says how far you are.\n"
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _line(text: str) -> str:
    return " ".join(text.split())
