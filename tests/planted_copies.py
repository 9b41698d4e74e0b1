"""A class with planted copies: what people do to code that they took, done to solutions that different people wrote."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import random
import tokenize
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

Files = Mapping[str, str]
CLIQUE: Final = 10
REMARKS: Final = ("see the lecture", "as in the notes", "this was the hard part", "checked by hand", "works")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A class: what each handed in, an earlier class apart, and which two share code, by how it was taken."""

    submissions: dict[str, Files] = field(default_factory=dict)
    earlier: dict[str, Files] = field(default_factory=dict)
    kinds: dict[frozenset[str], str] = field(default_factory=dict)


def renamed(files: Files, draw: random.Random) -> Files:
    """Give every name of one's own another: arguments and what is assigned to, in every function."""
    return {path: _renamed(text, draw) for path, text in files.items()}


def _renamed(text: str, draw: random.Random) -> str:
    tree = ast.parse(text)
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} - {"self"}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    words = ["first", "value", "temp", "helper", "data", "piece", "current", "result", "inner", "total", "left", "side"]
    own = sorted(given | stored)
    names = {name: f"{draw.choice(words)}_{number}" for number, name in enumerate(own)}
    return _with_tokens(text, lambda token: names.get(token.string) if token.type == tokenize.NAME else None)


def commented(files: Files, draw: random.Random) -> Files:
    """Take all comments and docstrings away, write others, and set lines apart otherwise."""
    return {path: _commented(text, draw) for path, text in files.items()}


def _commented(text: str, draw: random.Random) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    lines: list[str] = []
    for line in ast.unparse(tree).splitlines():
        if draw.random() < 0.25 and line.strip() and not line.rstrip().endswith((",", "(", "[")):
            lines += ["", f"{line[: len(line) - len(line.lstrip())]}# {draw.choice(REMARKS)}"]
        lines.append(line)
    return "\n".join(lines) + "\n"


def reordered(files: Files, draw: random.Random) -> Files:
    """Put functions and methods into another order."""
    found = {}
    for path, text in files.items():
        tree = ast.parse(text)
        for node in [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]:
            places = [place for place, one in enumerate(node.body) if isinstance(one, ast.FunctionDef)]
            moved = [node.body[place] for place in places]
            draw.shuffle(moved)
            for place, one in zip(places, moved, strict=True):
                node.body[place] = one
        found[path] = ast.unparse(tree) + "\n"
    return found


def merged(files: Files, others: Files, part: float, draw: random.Random) -> Files:
    """Take a part of the functions and methods of one into another's, under their names; what fits nowhere is added."""
    pieces = [(path, node) for path, text in files.items() for node in _functions(ast.parse(text))]
    size = sum(len(ast.unparse(node)) for _, node in pieces)
    draw.shuffle(pieces)
    taken: list[tuple[str, ast.FunctionDef]] = []
    for piece in pieces:
        if sum(len(ast.unparse(node)) for _, node in taken) < part * size:
            taken.append(piece)
    trees = {path: ast.parse(text) for path, text in others.items()}
    for path, node in taken:
        tree = trees.get(path) or next(iter(trees.values()))
        homes = [
            (home, place)
            for home in [tree, *(one for one in tree.body if isinstance(one, ast.ClassDef))]
            for place, one in enumerate(home.body)
            if isinstance(one, ast.FunctionDef) and one.name == node.name
        ]
        if homes:
            home, place = homes[0]
            home.body[place] = node
        else:
            tree.body.append(node)
    return {path: ast.unparse(tree) + "\n" for path, tree in trees.items()}


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    methods = [node for one in tree.body if isinstance(one, ast.ClassDef) for node in one.body]
    return [node for node in [*tree.body, *methods] if isinstance(node, ast.FunctionDef)]


def _with_tokens(text: str, changed: Callable[[tokenize.TokenInfo], str | None]) -> str:
    pieces: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        new = changed(token)
        is_word = new is not None and not keyword.iskeyword(token.string) and not hasattr(builtins, token.string)
        pieces.append((token.type, new if new is not None and is_word else token.string))
    return tokenize.untokenize(pieces)


def planted(originals: Sequence[Files], seed: int) -> Planted:
    """Plant every kind of copy of every original; the originals themselves and their copies are a class."""
    draw = random.Random(seed)  # noqa: S311  # a class, not secrets
    found = Planted()
    for number, files in enumerate(originals):
        found.submissions[f"own{number}"] = files
    size = len(originals)
    for number, files in enumerate(originals):
        other = originals[(number + 1) % size]
        third = originals[(number + 2) % size]
        copies: dict[str, Files] = {
            "renamed": renamed(files, draw),
            "comments": commented(files, draw),
            "reordered": reordered(files, draw),
            "renamed, reordered, comments": commented(reordered(renamed(files, draw), draw), draw),
        }
        for kind, copy in copies.items():
            _plant(found, f"{kind}{number}", copy, [(f"own{number}", kind)])
        half = merged(files, commented(other, draw), 0.5, draw)
        _plant(
            found, f"merged{number}", half,
            [(f"own{number}", "half of one"), (f"own{(number + 1) % size}", "half of the other")],
        )  # fmt: skip
        quarter = merged(renamed(files, draw), third, 0.25, draw)
        _plant(found, f"quarter{number}", quarter, [(f"own{number}", "a quarter")])
        found.kinds[frozenset((f"quarter{number}", f"own{(number + 2) % size}"))] = "the rest of it"
        found.earlier[f"last year: {number}"] = commented(renamed(files, draw), draw)
        found.kinds[frozenset((f"own{number}", f"last year: {number}"))] = "last year's"
    clique = [commented(renamed(originals[0], draw), draw) for _ in range(CLIQUE)]
    for number, files in enumerate(clique):
        found.submissions[f"clique{number}"] = files
    for pair in combinations(range(CLIQUE), 2):
        found.kinds[frozenset(f"clique{number}" for number in pair)] = "a clique of ten"
    return found


def _plant(found: Planted, who: str, files: Files, of: Iterable[tuple[str, str]]) -> None:
    found.submissions[who] = files
    for other, kind in of:
        found.kinds[frozenset((who, other))] = kind


def roots(who: str, size: int) -> set[int]:
    """Return whose code a planted submission is made of, by the number of the original."""
    number = int("".join(char for char in who if char.isdigit()))
    if who.startswith("clique"):
        return {0}
    if who.startswith("merged"):
        return {number, (number + 1) % size}
    return {number, (number + 2) % size} if who.startswith("quarter") else {number}
