"""Find out what each statement of a notebook binds, reads and may change, by its syntax: nothing is executed here."""

from __future__ import annotations
import __future__

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import CodeType
from typing import Final

from grader.model.python_tree import MALFORMED
from grader.sandbox.guest.cell_effects import (
    Altering,
    Statement,
    aliases,
    altered_arguments,
    altered_parameters,
    binds_anything,
    changed,
    decorated_by,
    decorating,
    executed_parts,
    handed,
    loaded,
    read_by_text,
    reads_anything,
    root_of,
    stored,
)
from grader.sandbox.guest.cell_imports import NamesIn, bound_by, by_import, is_import, resolve_imports, without_stars
from grader.sandbox.guest.cell_state import (
    called,
    changes_its_class,
    drawn_from,
    draws,
    full_names,
    hooks,
    seeds,
    set_modules,
    spread_gradients,
    spread_state,
    spread_views,
)
from grader.sandbox.guest.global_names import global_names

# Types that were imported for annotations alone may be missing; a cell may await, as in Jupyter.
_FLAGS: Final = __future__.annotations.compiler_flag | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
# Who looks at annotations: else types that were imported for them alone may be missing.
_OF_ANNOTATIONS: Final = re.compile(
    r"__annotations__|get_type_hints|\bsignature\(|singledispatch|\bfields\(|typechecked|beartype|validate_call|BaseModel"
)
_NAMED_BY_TEXTS: Final = re.compile(r"\b(?:eval|globals)\b|\b__name__\b")
_SUBCLASSES: Final = "__subclasses__"
_RELATIVE: Final = re.compile(r"\bfrom\s*\.")
_MOST_ROUNDS: Final = 20  # functions that call functions that change something, one in the other


class Cells:
    """The statements of a notebook in the order of its cells, and which of them a name needs.

    Args:
        source: The notebook as one text.
        modules: The names of the modules that the submission consists of.
        itself: Those of them that the notebook stands in for: what they define is there already.
        names_in: The names that `*` stands for, where a module is a notebook too; None for any other.

    Attributes:
        rebound: The names that several statements bind.
        quick: Those that definitions, imports, and assignments which call nothing but libraries, give their value.
        evaluates_annotations: Whether something of it looks at annotations, which else may name what is not here.

    Raises:
        SyntaxError: the text cannot be read at all.
    """

    def __init__(
        self,
        source: str,
        modules: Collection[str] = (),
        itself: Collection[str] = (),
        names_in: NamesIn = lambda _module: None,
    ) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings: the student's business
            tree = ast.parse(source)
            if _RELATIVE.search(source):
                resolve_imports(tree, modules)
            nodes = list(by_import(list(without_stars(tree.body, names_in)), modules, itself))
            bound = [frozenset(bound_by(node)) for node in nodes]
            binding = defaultdict[str, list[ast.stmt]](list)
            for node, names in zip(nodes, bound, strict=True):
                for name in names:
                    binding[name].append(node)
            imported = {name for name, by in binding.items() if all(map(is_import, by))}
            plain = {name for name, by in binding.items() if all(map(_is_plain, by))}
            defined = {name for name, by in binding.items() if all(map(_is_definition, by))}
            anything = imported | plain | defined
            walked = ast.walk(tree) if "global " in source else ()
            declared = {name for node in walked if isinstance(node, ast.Global) for name in node.names}
            names_texts = _NAMED_BY_TEXTS.search(source) is not None
            self.evaluates_annotations = bool(_OF_ANNOTATIONS.search(source))
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.evaluates_annotations else _FLAGS
            self.statements = [
                _statement(node, names, imported, anything if names_texts and reads_anything(node) else (), flags)
                for node, names in zip(nodes, bound, strict=True)
            ]
            if "type(self)" in source or "__class__" in source:
                for statement in self.statements:
                    if changes_its_class(statement.node):
                        statement.effects.update(statement.binds)
            if _SUBCLASSES in source:
                for statement in self.statements:
                    if isinstance(statement.node, ast.ClassDef):  # its bases list it
                        statement.changes.update(map(root_of, statement.node.bases))
        self.rebound = frozenset(name for name, by in binding.items() if len(by) > 1)
        setting = {name: roots for node in nodes if (roots := set_modules(node, imported)) for name in bound_by(node)}
        self._cheap = imported | plain | setting.keys()
        self.quick = anything | {
            name for name, by in binding.items() if all(_is_of_libraries(one, imported) for one in by)
        }
        self._spread_effects(has_hooks="hook(" in source)
        self._spread_to_aliases()
        spread_views(self.statements)
        spread_state(self.statements)
        if "backward(" in source or ".step(" in source:
            spread_gradients(self.statements)
        self._about = defaultdict[str, list[int]](list)
        self._settings = defaultdict[str, list[int]](list)
        self._drawing: dict[str, list[int]] = {}
        for number, statement in enumerate(self.statements):
            for name in statement.binds | (statement.changes & (binding.keys() | declared)):
                self._about[name].append(number)
            for name in {*statement.settings, *_set_by(statement.node, setting)}:
                self._settings[name].append(number)
        if "seed" in source and any(seeds(one.node) for one in self.statements):
            full = full_names(nodes)
            for number, statement in enumerate(self.statements):
                roots = _set_by(statement.node, setting)
                for package in {
                    *draws(executed_parts(statement.node), full),
                    *(full[one].split(".")[0] for one in roots),
                }:
                    self._drawing.setdefault(package, []).append(number)
        self._slices: dict[str, list[int]] = {}

    def needed(self, name: str) -> list[int]:
        """List the numbers of the statements that a name owes its value to, in the order of the cells."""
        if name not in self._slices:
            self._slices[name] = sorted(self._slice(name))
        return self._slices[name]

    def _slice(self, name: str) -> set[int]:
        wanted, todo = set[str](), [name]
        taken = {number for number, statement in enumerate(self.statements) if statement.binds_anything}
        todo += (one for number in taken for one in self.statements[number].reads)
        while todo:
            wanted.add(name := todo.pop())
            for number in self._about.get(name, ()):
                if number not in taken:
                    taken.add(number)
                    todo += self.statements[number].reads - wanted
            if not todo:
                fresh = {number for number in self._settings_of(wanted, taken) if number not in taken}
                taken |= fresh
                todo += (one for number in fresh for one in self.statements[number].reads - wanted)
        return taken

    def _settings_of(self, wanted: Collection[str], taken: Collection[int]) -> Iterator[int]:
        """List the settings of modules, and what draws from seeded generators before others do, if that is cheap."""

        def is_cheap(number: int) -> bool:
            return all(read in wanted or read in self._cheap for read in self.statements[number].reads)

        for name in wanted:
            yield from filter(is_cheap, self._settings.get(name, ()))
        for drawing in self._drawing.values():
            last = max((number for number in drawing if number in taken), default=0)
            yield from (number for number in drawing if number < last and is_cheap(number))

    def _spread_effects(self, *, has_hooks: bool) -> None:
        """Note for each statement what the functions that it uses may change."""
        definitions = [one for one in self.statements if one.effects or _is_definition(one.node)]
        effects = defaultdict[str, set[str]](set)
        for _ in range(_MOST_ROUNDS):
            before = sum(map(len, effects.values()))
            for one in definitions:
                one.effects.update(*(effects[name] for name in one.reads if name in effects))
                for name in one.binds if one.effects else ():
                    effects[name] |= one.effects
            if sum(map(len, effects.values())) == before:
                break
        altering = self._altering()
        classes = {
            name for one in definitions if isinstance(one.node, ast.ClassDef) for name in one.binds & effects.keys()
        }
        for statement in self.statements:
            if isinstance(statement.node, ast.Assign) and (made := called(statement.node.value)) in classes:
                for name in statement.binds:  # whose methods change what the class's change
                    effects[name] = effects[name] | effects[made]
            statement.changes.update(*(effects[name] for name in statement.uses if name in effects))
            for owner, names, changed_by_it in (
                hooks(statement.node) if has_hooks else ()
            ):  # from here on whoever calls it runs them
                effects[owner] = effects[owner].union(changed_by_it, *(effects[name] for name in names))
            if not altering.keys().isdisjoint(statement.uses):
                calls = (part for part in executed_parts(statement.node) if isinstance(part, ast.Call))
                statement.changes.update(name for call in calls for name in altered_arguments(call, altering))

    def _spread_to_aliases(self) -> None:
        """Note for each statement that changes a name which others it may change, as after `rows = seen = []`."""
        alike = defaultdict[str, set[str]](set)
        for names in (aliases(one.node) for one in self.statements):
            for name in names:
                alike[name] |= names
        for statement in self.statements if alike else ():
            statement.changes.update(*(alike[name] for name in [*statement.changes] if name in alike))

    def _altering(self) -> dict[str, Altering]:
        """Find the functions that assign into what they are given, as `def add(rows, row): rows.append(row)`."""
        found: dict[str, Altering] = {}
        for _ in range(_MOST_ROUNDS):
            before = dict(found)
            for one in self.statements:
                if isinstance(one.node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found[one.node.name] = altered_parameters(one.node, found)
            if found == before:
                break
        return found


def compiled(node: ast.stmt, path: str, *, evaluates_annotations: bool = False) -> CodeType:
    """Compile one statement by itself.

    Raises:
        SyntaxError: it is none where it stands, as a `break` outside of a loop.
    """
    module = ast.Module([node], [])
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if evaluates_annotations else _FLAGS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see above
        code: CodeType = compile(module, path, "exec", flags, dont_inherit=True)
    return code


def _statement(
    node: ast.stmt, binds: frozenset[str], imported: Collection[str], anything: Collection[str], flags: int
) -> Statement:
    try:
        code = compile(ast.Module([node], []), "", "exec", flags, dont_inherit=True)
    except MALFORMED:
        return Statement(node=node, binds=binds, reads=frozenset(), uses=frozenset())
    executed = list(executed_parts(node))
    looked_up, rebound = global_names(code)
    reads = frozenset(_unassigned([node], set()) & looked_up).union(read_by_text(executed), anything)
    effects = rebound
    if any(isinstance(const, CodeType) for const in code.co_consts):
        effects |= set(changed(ast.walk(node), imported)) & reads
    call = node.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return Statement(
        node=node,
        binds=binds,
        reads=reads,
        uses=frozenset(loaded(executed)),
        changes={
            *changed(executed, imported),
            *(handed(call, imported) if call else ()),
            *drawn_from(executed),
            *(name for name in decorated_by(node) if name not in imported),
            *(name for decorator in decorating(node) for name in handed(decorator, imported)),
        },
        effects=effects,
        settings=frozenset({root_of(call.func)} & set(imported)) if call else frozenset(),
        binds_anything=any(binds_anything(part) for part in executed),
    )


def _unassigned(body: Iterable[ast.stmt], known: set[str]) -> set[str]:
    """List the names that statements may look up before they bind them; add those that are bound then to `known`."""
    found: set[str] = set()
    for node in body:
        match node:
            case (
                ast.For(target=target, iter=start, body=inner, orelse=rest)
                | ast.AsyncFor(target=target, iter=start, body=inner, orelse=rest)
            ):
                found |= {*loaded(ast.walk(start)), *loaded(ast.walk(target))} - known
                found |= _unassigned(inner, known | stored(target)) | _unassigned(rest, set(known))
            case ast.While(test=start, body=inner, orelse=rest):
                found |= set(loaded(ast.walk(start))) - known
                found |= _unassigned(inner, set(known)) | _unassigned(rest, set(known))
            case ast.If(test=start, body=inner, orelse=rest):
                found |= set(loaded(ast.walk(start))) - known
                if_true, if_false = set(known), set(known)
                found |= _unassigned(inner, if_true) | _unassigned(rest, if_false)
                known |= if_true & if_false
            case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
                for item in items:
                    found |= set(loaded(ast.walk(item))) - known
                    known |= stored(item)
                found |= _unassigned(inner, known)
            case ast.Try(body=inner, handlers=handlers, orelse=rest, finalbody=last):
                found |= _unassigned(inner, set(known))
                for handler in handlers:
                    found |= set(loaded(ast.walk(handler.type) if handler.type else ())) - known
                    found |= _unassigned(handler.body, known | {handler.name or ""})
                found |= _unassigned(rest, set(known)) | _unassigned(last, set(known))
            case _:
                found |= set(loaded(ast.walk(node))) - known
                if isinstance(node, ast.AugAssign):
                    found |= stored(node.target) - known
                known |= set(bound_by(node))
    return found


def _set_by(node: ast.stmt, setting: Mapping[str, set[str]]) -> set[str]:
    """List the modules that a statement sets by a function of the notebook which does nothing else."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return setting.get(name, set())
    return set()


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def _is_plain(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    return not any(isinstance(part, ast.Call) for part in ast.walk(node))


def _is_of_libraries(node: ast.stmt, imported: Collection[str]) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    return all(root_of(part.func) in imported for part in ast.walk(node) if isinstance(part, ast.Call))
