"""Pages of the site that are generated: the start from README.md, one for each command, one of the rubric's keys.

MkDocs calls the functions named `on_…` as it builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import Enum
from fractions import Fraction
from html import unescape
from inspect import cleandoc
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files
from rich.text import Text

from grader.cli import COMMANDS, app
from grader.model import assignment as rubric
from grader.model.affects import Affects
from grader.reporting.formulas import mathml

FORMULA = re.compile(r"\\\((.*?)\\\)(?=</span>)|\\\[(.*?)\\\](?=</div>)", re.DOTALL)
"""A formula as the extension of Markdown leaves it: LaTeX between round brackets, or square ones for a block."""
INLINE = re.compile(r"(?<!<span></span>)<code>([^<]*)</code>")
OPTION = re.compile(r"(?<![\w-])--?[\w-]+")
"""Code in a line, and options in it, which a browser would break behind a hyphen."""
WORKER = "assets/javascripts/iframe-worker.js"
STYLES = "assets/stylesheets/styles.css"
README = Path(__file__).resolve().parents[2] / "README.md"
TABLES = {
    "": rubric.Assignment,
    "[[parts]]": rubric.Part,
    "[checks.NAME]": rubric.Check,
    "[[by_hand]]": rubric.ManualRow,
    "[[definition]]": rubric.Definition,
    "[runtime]": rubric.Runtime,
    "[rules] on what is printed": rubric.OutputRule,
    "[rules] on operations": rubric.OperationsRule,
    "[stub]": rubric.Stub,
    "[late]": rubric.LatePolicy,
    "[variants]": rubric.Variants,
}
KEYS = {
    (rubric.Assignment, "seed"): "hidden.seed",
    (rubric.Assignment, "isolation"): "isolation.require",
    (rubric.Check, "description"): "says",
    (rubric.ManualRow, "description"): "says",
    (rubric.OutputRule, "forbidden"): "output",
    (rubric.OutputRule, "consequence"): "output_consequence",
    (rubric.OutputRule, "points"): "output_points",
    (rubric.OperationsRule, "costs"): "forbid_costs",
    (rubric.OperationsRule, "share"): "forbid_share",
    (rubric.LatePolicy, "deduct"): "deduct` or `deduct_percent",
    (rubric.LatePolicy, "cap"): "cap` or `cap_percent",
    (rubric.LatePolicy, "periods"): "for",
}
"""Keys that are called otherwise than the field that they are for."""
BY_FOLDER = {(rubric.Assignment, "name"), (rubric.Check, "name")}
"""Fields that no key says: the folder's name, that of the table."""
COSTS = {
    Affects.VERDICT: "submissions run again",
    Affects.SCORE: "results are scored again, nothing runs",
    Affects.FINAL_GRADE: "final grades are weighed again, nothing runs",
    Affects.DISPLAY: "nothing is graded again",
}


@event_priority(-100)  # after the plugin that asks for it
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the pages of the commands to what is navigated, and take what would be fetched from the site itself.

    That is a stand-in for workers, without which there is no search in pages that come from a disk.
    """
    config.extra["polyfills"] = [WORKER]
    config.extra_css = [*config.extra_css, STYLES]
    pages = [{panel: [{f"grade {name}": f"commands/{name}.md"} for name in names]} for panel, names in COMMANDS.items()]
    config.nav = [*(config.nav or []), {"Commands": pages}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those that are written."""
    texts = {"index.md": start(), "rubric.md": rubric_page()}
    texts |= {f"commands/{name}.md": command_page(name) for names in COMMANDS.values() for name in names}
    texts |= {path: Path(__file__).with_name(Path(path).name).read_text(encoding="utf-8") for path in (WORKER, STYLES)}
    for path, text in texts.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_content(html: str, **_page: object) -> str:
    """Write formulas as MathML: nothing is fetched, and no script draws them. Options stay whole."""
    html = INLINE.sub(lambda found: OPTION.sub(r'<span class="option">\g<0></span>', found[0]), html)
    return FORMULA.sub(lambda found: mathml(unescape(found[1] or found[2]), is_block=found[2] is not None), html)


def start() -> str:
    """Give README.md with its links as seen from the folder of the documentation; what is outside is named alone."""
    text = re.sub(r"\]\(docs/", "](", README.read_text(encoding="utf-8"))
    return re.sub(r"(?<!!)\[([^\]]+)\]\((?:benchmarks|grader|reference)/[^)]*\)", r"\1", text)


def on_page_markdown(markdown: str, **_page: object) -> str:
    """Let links to README.md lead to the start, which is made of it."""
    return re.sub(r"\]\(\.\./README\.md", "](index.md", markdown)


def command_page(name: str) -> str:
    """Describe a command as its `--help` does."""
    group = typer.main.get_command(app)
    context = typer.Context(group, info_name="grade")
    command = group.get_command(context, name)  # type: ignore[attr-defined]  # it is a group
    usage = command.get_usage(typer.Context(command, info_name=name, parent=context)).removeprefix("Usage: ")
    lines = [f"# grade {name}", "", _plain(command.help), "", "```", " ".join(usage.split()), "```", ""]
    rows = [row for parameter in command.params if (row := _parameter_row(parameter))]
    if rows:
        lines += ["| argument or option | what it says | default |", "|---|---|---|", *rows]
    return "\n".join([*lines, ""])


def _parameter_row(parameter: Any) -> str:  # noqa: ANN401  # of typer's own copy of click
    if parameter.param_type_name == "argument":
        names = [parameter.metavar or parameter.name.upper()]
    else:
        names = [*parameter.opts, *parameter.secondary_opts]
    default = parameter.default if isinstance(parameter.default, str | int | float | Path) else ""
    shown = "" if isinstance(default, bool) or default == "" else f"`{getattr(default, 'value', default)}`"
    says = _plain(getattr(parameter, "help", "") or "")
    kind = parameter.type_descriptor.annotation
    if isinstance(kind, type) and issubclass(kind, Enum) and not all(one.value in says for one in kind):
        says = f"{says} One of {', '.join(f'`{one.value}`' for one in kind)}."
    return f"| {', '.join(f'`{name}`' for name in names)} | {says} | {shown} |"


def _plain(text: str | None) -> str:
    """Take the markup of the terminal out of a help text."""
    return Text.from_markup(text or "").plain.replace("|", "\\|").strip()


def rubric_page() -> str:
    """List the keys of a rubric's tables: type, default, and what a change of one costs those who are graded."""
    lines = ["# Keys of assignment.toml", "", "What is made of them is told [to authors](authors.md).", ""]
    for title, table in TABLES.items():
        lines += [f"## {f'`{title}`' if title else 'At the top'}", "", *cleandoc(table.__doc__ or "").splitlines(), ""]
        lines += ["| key | type | default | when it is changed |", "|---|---|---|---|", *_rows(table), ""]
    return "\n".join(lines)


def _rows(table: type) -> Iterator[str]:
    hints = get_type_hints(table, include_extras=True)
    for each in fields(table):
        hint = hints[each.name]
        affects = next((mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Affects)), None)
        if affects is not None and (table, each.name) not in BY_FOLDER:
            key = KEYS.get((table, each.name), each.name)
            yield f"| `{key}` | {_type_text(get_args(hint)[0])} | {_default(each)} | {COSTS[affects]} |"


def _type_text(hint: Any) -> str:  # noqa: ANN401  # any annotation
    if get_origin(hint) is Annotated:
        return _type_text(get_args(hint)[0])
    if get_origin(hint) is tuple:
        inner = _type_text(get_args(hint)[0])
        return f"list of {'lists of ' if inner.startswith('list of ') else ''}{inner.removeprefix('list of ')}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(f'`"{member.value}"`' for member in hint)
    names = {str: "text", int: "whole number", float: "number", Fraction: "number", bool: "true or false"}
    return " or ".join(names.get(one, str(one)) for one in get_args(hint) or (hint,) if one is not type(None))


def _default(each: Field[Any]) -> str:
    if each.default is MISSING:
        return "must be there" if each.default_factory is MISSING else ""
    match each.default:
        case None | () | "":
            return ""
        case Enum(value=value):
            return f'`"{value}"`'
        case bool() as answer:
            return f"`{str(answer).lower()}`"
        case tuple() as values:
            return f"`{list(values)}`"
        case value:
            return f"`{value}`"
