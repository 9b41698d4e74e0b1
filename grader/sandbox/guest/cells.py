"""Find out what each statement of a notebook binds, reads and may change, by its syntax: nothing is executed here."""

from __future__ import annotations
import __future__

import ast
import re
import warnings
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Final

from grader.sandbox.guest.global_names import global_names

_SETTERS: Final = frozenset({"setattr", "delattr"})
_BINDING_ANYTHING: Final = frozenset({"exec", "globals", "locals"})
_OF_TEXT: Final = frozenset({"exec", "eval"})
# Types that were imported for annotations alone may be missing; a cell may await, as in Jupyter.
_FLAGS: Final = __future__.annotations.compiler_flag | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_RELATIVE: Final = re.compile(r"\bfrom\s*\.")
_MOST_ROUNDS: Final = 20  # functions that call functions that change something, one in the other
MALFORMED: Final = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that stands in a cell by itself, and the global names that it has to do with.

    `reads` are those that it or a function in it looks up, `uses` those that are looked up as it is executed. `changes`
    are those whose value it may change without binding them, `effects` those that its functions may change when they
    are called, and `settings` modules that are called for their effect alone, as in `np.random.seed(1)`.
    """

    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]
    uses: frozenset[str]
    changes: set[str] = field(default_factory=set)
    effects: set[str] = field(default_factory=set)
    settings: frozenset[str] = frozenset()
    binds_anything: bool = False


class Cells:
    """The statements of a notebook in the order of its cells, and which of them a name needs.

    Args:
        source: The notebook as one text.
        modules: The names of the modules that the submission consists of.
        itself: Those of them that the notebook stands in for: what they define is there already.

    Attributes:
        rebound: The names that several statements bind.

    Raises:
        SyntaxError: the text cannot be read at all.
    """

    def __init__(self, source: str, modules: Collection[str] = (), itself: Collection[str] = ()) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings: the student's business
            tree = ast.parse(source)
            if _RELATIVE.search(source):
                _resolve_imports(tree, modules)
            nodes = list(_by_import(tree.body, modules, itself))
            bound = [frozenset(_bound(node)) for node in nodes]
            binding = defaultdict[str, list[ast.stmt]](list)
            for node, names in zip(nodes, bound, strict=True):
                for name in names:
                    binding[name].append(node)
            imported = {name for name, by in binding.items() if all(map(is_import, by))}
            self.statements = [_statement(node, names, imported) for node, names in zip(nodes, bound, strict=True)]
        self.rebound = frozenset(name for name, by in binding.items() if len(by) > 1)
        self._cheap = imported | {name for name, by in binding.items() if all(map(_is_plain, by))}
        self._spread_effects()
        self._about = defaultdict[str, list[int]](list)
        self._settings = defaultdict[str, list[int]](list)
        for number, statement in enumerate(self.statements):
            for name in statement.binds | (statement.changes & binding.keys()):
                self._about[name].append(number)
            for name in statement.settings:
                self._settings[name].append(number)
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
                fresh = {number for number in self._settings_of(wanted) if number not in taken}
                taken |= fresh
                todo += (one for number in fresh for one in self.statements[number].reads - wanted)
        return taken

    def _settings_of(self, wanted: Collection[str]) -> Iterator[int]:
        """List the settings of modules that need nothing costly."""
        for name in wanted:
            for number in self._settings.get(name, ()):
                if all(read in wanted or read in self._cheap for read in self.statements[number].reads):
                    yield number

    def _spread_effects(self) -> None:
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
        for statement in self.statements:
            statement.changes.update(*(effects[name] for name in statement.uses if name in effects))


def compiled(node: ast.stmt, path: str) -> CodeType:
    """Compile one statement by itself.

    Raises:
        SyntaxError: it is none where it stands, as a `break` outside of a loop.
    """
    module = ast.Module([node], [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # see above
        code: CodeType = compile(module, path, "exec", _FLAGS, dont_inherit=True)
    return code


def _statement(node: ast.stmt, binds: frozenset[str], imported: Collection[str]) -> Statement:
    try:
        code = compile(ast.Module([node], []), "", "exec", _FLAGS, dont_inherit=True)
    except MALFORMED:
        return Statement(node=node, binds=binds, reads=frozenset(), uses=frozenset())
    executed = list(_executed(node))
    looked_up, rebound = global_names(code)
    reads = frozenset(_unassigned([node], set()) & looked_up) | set(_read_by_text(executed))
    effects = rebound
    if any(isinstance(const, CodeType) for const in code.co_consts):
        effects |= set(_changed(ast.walk(node), imported)) & reads
    call = node.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    return Statement(
        node=node,
        binds=binds,
        reads=reads,
        uses=frozenset(_loaded(executed)),
        changes={
            *_changed(executed, imported),
            *(_handed(call, imported) if call else ()),
            *(name for decorator in _decorating(node) for name in _handed(decorator, imported)),
        },
        effects=effects,
        settings=frozenset({_root(call.func)} & set(imported)) if call else frozenset(),
        binds_anything=any(_binds_anything(part) for part in executed),
    )


def _binds_anything(part: ast.AST) -> bool:
    match part:
        case ast.alias(name="*"):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _BINDING_ANYTHING
    return False


def _read_by_text(executed: Iterable[ast.AST]) -> Iterator[str]:
    """List the names in texts that are executed: `exec("def f(): return np.ones(3)")` needs `np`."""
    for part in executed:
        match part:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in _OF_TEXT:
                try:
                    yield from _loaded(ast.walk(ast.parse(text)))
                except MALFORMED:
                    continue  # it will say so when it is executed


def _decorating(node: ast.stmt) -> Iterator[ast.Call]:
    """List the calls that make a definition's decorators, as in `@method_of(Net)`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from (decorator for decorator in node.decorator_list if isinstance(decorator, ast.Call))


def _unassigned(body: Iterable[ast.stmt], known: set[str]) -> set[str]:
    """List the names that statements may look up before they bind them; add those that are bound then to `known`."""
    found: set[str] = set()
    for node in body:
        match node:
            case (
                ast.For(target=target, iter=start, body=inner, orelse=rest)
                | ast.AsyncFor(target=target, iter=start, body=inner, orelse=rest)
            ):
                found |= {*_loaded(ast.walk(start)), *_loaded(ast.walk(target))} - known
                found |= _unassigned(inner, known | _stored(target)) | _unassigned(rest, set(known))
            case ast.While(test=start, body=inner, orelse=rest):
                found |= set(_loaded(ast.walk(start))) - known
                found |= _unassigned(inner, set(known)) | _unassigned(rest, set(known))
            case ast.If(test=start, body=inner, orelse=rest):
                found |= set(_loaded(ast.walk(start))) - known
                if_true, if_false = set(known), set(known)
                found |= _unassigned(inner, if_true) | _unassigned(rest, if_false)
                known |= if_true & if_false
            case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
                for item in items:
                    found |= set(_loaded(ast.walk(item))) - known
                    known |= _stored(item)
                found |= _unassigned(inner, known)
            case ast.Try(body=inner, handlers=handlers, orelse=rest, finalbody=last):
                found |= _unassigned(inner, set(known))
                for handler in handlers:
                    found |= set(_loaded(ast.walk(handler.type) if handler.type else ())) - known
                    found |= _unassigned(handler.body, known | {handler.name or ""})
                found |= _unassigned(rest, set(known)) | _unassigned(last, set(known))
            case _:
                found |= set(_loaded(ast.walk(node))) - known
                if isinstance(node, ast.AugAssign):
                    found |= _stored(node.target) - known
                known |= set(_bound(node))
    return found


def _stored(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _by_import(body: Sequence[ast.stmt], modules: Collection[str], itself: Collection[str]) -> Iterator[ast.stmt]:
    """Part imports of several names, so that each fails alone; leave out those of what is in the same notebook."""
    defined = {name for node in body if not is_import(node) for name in _bound(node)}
    for node in body:
        match node:
            case ast.ImportFrom(module="__future__"):
                continue
            case ast.Import(names=aliases):
                wanted = [alias for alias in aliases if not _is_within(alias.name, itself)]
                yield from (ast.copy_location(ast.Import([alias]), node) for alias in wanted)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                package = "" if level else module or ""
                for alias in aliases:
                    if not _is_within(package, itself):
                        homes = [] if _is_within(f"{package}.{alias.name}", itself) else [module]
                    elif alias.name == "*":  # of the package that the notebook is a part of: what its other parts have
                        homes = [name for name in modules if name.startswith(f"{package}.") and name not in itself]
                    else:
                        is_there = alias.name in defined or _is_within(f"{package}.{alias.name}", itself)
                        homes = [] if is_there or package in itself else [module]
                    for home in homes:
                        yield ast.copy_location(ast.ImportFrom(home, [alias], level), node)
            case ast.If():
                _run_as_main(node)
                yield node
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                continue
            case _:
                yield node


def _is_within(module: str, itself: Collection[str]) -> bool:
    return any(f"{own}.".startswith(f"{module}.") for own in itself)


def _run_as_main(node: ast.If) -> None:
    """Let `if __name__ == "__main__"` hold, as it does in a notebook."""
    for part in ast.walk(node.test):
        match part:
            case ast.Compare(left=left, comparators=others):
                part.left, *part.comparators = (
                    ast.copy_location(ast.Constant("__main__"), one) if ast.unparse(one) == "__name__" else one
                    for one in (left, *others)
                )


def _resolve_imports(tree: ast.Module, modules: Collection[str]) -> None:
    """Turn relative imports into absolute ones: a notebook lies in no package, and its author meant one of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            meant = [name for name in modules if f".{name}".endswith(f".{node.module}")]
            if len(meant) == 1:
                node.module, node.level = meant[0], 0


def _executed(node: ast.AST) -> Iterator[ast.AST]:
    """List the parts that are evaluated as a statement is executed: the bodies of functions are not."""
    todo = [node]
    while todo:
        part = todo.pop()
        yield part
        match part:
            case (
                ast.FunctionDef(args=args, decorator_list=decorators)
                | ast.AsyncFunctionDef(args=args, decorator_list=decorators)
            ):
                todo += [*decorators, *args.defaults, *filter(None, args.kw_defaults)]
            case ast.Lambda(args=args):
                todo += [*args.defaults, *filter(None, args.kw_defaults)]
            case _:
                todo += ast.iter_child_nodes(part)


def _bound(node: ast.stmt) -> Iterator[str]:
    """List the global names that a statement binds or deletes."""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Lambda():
                pass
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.comprehension(iter=iterated, ifs=tests):
                todo += [iterated, *tests]
            case ast.ExceptHandler(name=name) | ast.MatchAs(name=name) | ast.MatchStar(name=name) if name:
                yield name
                todo += ast.iter_child_nodes(part)
            case ast.MatchMapping(rest=str() as name):
                yield name
                todo += ast.iter_child_nodes(part)
            case _:
                todo += ast.iter_child_nodes(part)


def _changed(parts: Iterable[ast.AST], imported: Collection[str]) -> Iterator[str]:
    """List the names whose value may be changed: by an assignment into it, a method, or a loop over it."""
    for part in parts:
        match part:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                yield _root(part)
            case ast.Call(func=ast.Attribute(value=value)) if (name := _root(value)) not in imported:
                yield name
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _SETTERS:
                yield _root(first)
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                yield from (name for name in _loaded(ast.walk(iterated)) if name not in imported)


def _handed(call: ast.Call, imported: Collection[str]) -> Iterator[str]:
    """List the names that are handed to a function whose result nobody takes: what else is it for?"""
    if isinstance(call.func, ast.Name) and call.func.id in {"print", "display"}:
        return
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    yield from (one.id for one in given if isinstance(one, ast.Name) and one.id not in imported)


def _root(node: ast.AST) -> str:
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def _loaded(parts: Iterable[ast.AST]) -> Iterator[str]:
    return (part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))


def _is_definition(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def is_import(node: ast.stmt) -> bool:
    """Return whether a statement imports."""
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_plain(node: ast.stmt) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return False
    return not any(isinstance(part, ast.Call) for part in ast.walk(node))
