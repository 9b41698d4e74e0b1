"""What in a submission's text looks as if it hid a forbidden call: remarks for a person, never a verdict. Pure.

Nothing is executed. A remark costs nothing, and students are not shown it: much of what it finds has an honest reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from grader.model.assignment import Assignment
from grader.model.operations import AUTOGRAD, FAMILIES
from grader.model.python_tree import python_tree
from grader.model.result import Evidence, RuleOutcome
from grader.rules.allowed_places import allowed_lines
from grader.rules.rule import Facts
from grader.wording.failures import location
from grader.wording.text import counted

NAME: Final = "intent"
MAX_REMARKS: Final = 8  # that are told; how many there are is told as well
EXECUTING: Final = frozenset({"eval", "exec", "compile", "__import__"})
TABLES: Final = frozenset({"globals", "locals", "vars"})
INNER: Final = {
    "torch": frozenset({"ops", "_C", "_VF", "jit", "library", "overrides"}),
    **dict.fromkeys(("numpy", "np"), frozenset({"_core", "core"})),
    "sys": frozenset({"modules", "_getframe", "settrace", "setprofile"}),
}
"""Parts of modules by which functions are reached past their names, or what watches them is."""
TORCH: Final = frozenset({"torch", "F", "nn", "functional"})
CALLED: Final = {
    "convolution": ("conv1d", "conv2d", "conv3d", "Conv1d", "Conv2d", "Conv3d", "conv_transpose2d", "ConvTranspose2d"),
    "unfolding": ("Unfold", "Fold"),
    "pooling": ("max_pool2d", "avg_pool2d", "MaxPool2d", "AvgPool2d", "adaptive_avg_pool2d"),
    AUTOGRAD: ("vjp", "jvp", "jacrev", "jacfwd"),  # a `backward` may well be a student's own
}
"""The names under which members of a family are mostly called."""


def terms(assignment: Assignment) -> str:
    """Return nothing: a remark costs nothing."""
    del assignment
    return ""


def find(assignment: Assignment, facts: Facts) -> Evidence | None:
    """Return how many places there are for a person to look at, and the first of them."""
    if not assignment.forbidden:
        return None
    submitted = facts.submitted
    allowed = allowed_lines(assignment.operations_rule.allow, submitted.sources)
    places = [
        f"{location(path, line, submitted.source_maps)} {said}"
        for path, source in submitted.sources.items()
        if path.endswith(".py") and path not in submitted.provided
        for line, said in remarks(source, assignment.forbidden)
        if line not in allowed.get(path, ())
    ]
    return {"count": len(places), "places": "; ".join(places[:MAX_REMARKS])} if places else None


def renewed(assignment: Assignment, evidence: Evidence) -> Evidence | None:
    """Return the evidence; None where nothing is forbidden any more."""
    return evidence if assignment.forbidden else None


def parsed(message: str) -> Evidence:
    """Return nothing: no outcome of version 1 is of this rule."""
    del message
    return {}


def outcome(evidence: Evidence, score: Fraction) -> RuleOutcome:  # noqa: ARG001  # what every rule is handed
    """Say where a person may want to look; nothing is lost by it."""
    count = int(evidence["count"])
    more = f" and {counted(count - MAX_REMARKS, 'other place')}" if count > MAX_REMARKS else ""
    return RuleOutcome(NAME, f"for a person to read, no verdict: {evidence['places']}{more}", Fraction(0), evidence)


def remarks(source: str, forbidden: Iterable[str]) -> list[tuple[int, str]]:
    """List lines of a file that a person may want to read, each once, and what stands there."""
    names = _names(forbidden)
    found: dict[int, str] = {}
    for node in ast.walk(python_tree(source)):
        for said in _said_of(node, names):
            found.setdefault(node.lineno, said)  # type: ignore[attr-defined]  # what is remarked on has a line
    return sorted(found.items())


def _said_of(node: ast.AST, names: frozenset[str]) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str() as name), *_]):
            if name in names:
                yield f"looks up {name} by a text"
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, _, *_]) if _root(owner) in TORCH:
            yield f"looks up a name of {_root(owner)} that it puts together"
        case ast.Call(func=ast.Name(id=name)) if name in EXECUTING:
            yield f"calls {name}"
        case ast.Call(func=ast.Attribute(attr="import_module")) | ast.Call(func=ast.Name(id="import_module")):
            yield "calls import_module"
        case ast.Subscript(value=ast.Call(func=ast.Name(id=name))) if name in TABLES:
            yield f"looks up a name in {name}()"
        case ast.Attribute(attr="__dict__", value=owner) if _root(owner) in TORCH:
            yield f"looks into the names of {_root(owner)}"
        case ast.Attribute(attr=name, value=ast.Name(id=home)) if name in INNER.get(home, ()):
            yield f"uses {home}.{name}"
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in names:
            yield f"calls something named {name}"
        case ast.ImportFrom(module=str() as module) if module.startswith(("torch._C", "torch.ops", "torch.jit")):
            yield f"imports from {module}"


def _names(forbidden: Iterable[str]) -> frozenset[str]:
    """Return the last parts of the names that are meant."""
    found: set[str] = set()
    for entry in forbidden:
        family = FAMILIES.get(entry)
        whole = (entry,) if family is None else family.functions
        found |= {name.rpartition(".")[2] for name in whole} | set(CALLED.get(entry, ()))
    return frozenset(found)


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
