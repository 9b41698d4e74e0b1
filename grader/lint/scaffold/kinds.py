"""What may be given for a parameter of a solution, as a test would write it, and what is likely for which one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grader.lint.scaffold.solution import Parameter

WORDS: Final = ("the", "cat", "sat", "on", "a", "mat", "and", "Dog", "ran", "away")
"""What texts are made of: a test has it under this name."""
EXPRESSIONS: Final[Mapping[str, str]] = {
    "matrix": "rng.normal(size=(rows, columns))",
    "vector": "rng.normal(size=columns)",
    "images": "rng.normal(size=(rows, columns, 6, 5))",
    "weights": "rng.normal(size=(columns, rows))",
    "square": "rng.normal(size=(columns, columns))",
    "column": "rng.normal(size=rows)",
    "labels": "rng.integers(columns, size=rows)",
    "positive": "rng.uniform(0.1, 1, size=(rows, columns))",
    "chances": "rng.uniform(0.1, 0.9, size=rows)",
    "binary": "rng.integers(2, size=rows)",
    "number": "float(rng.uniform(0.2, 0.8))",
    "count": "columns",
    "two": "2",
    "whole": "int(rng.integers(1, 12))",
    "place": "int(rng.integers(rows // 2))",
    "list": "rng.normal(size=2 * rows).round(3).tolist()",
    "wholes": "rng.integers(20, size=2 * rows).tolist()",
    "text": '" ".join(rng.choice(WORDS, size=rows))',
    "word": '"".join(rng.choice(list("abc"), size=rows))',
    "words": "[str(one) for one in rng.choice(WORDS, size=2 * rows)]",
    "texts": '[" ".join(rng.choice(WORDS, size=rows)) for _ in range(columns)]',
    "mask": "rng.random((rows, columns)) < 0.4",
    "image": 'rng.integers(256, size=(6, 5, 3)).astype("uint8")',
    "boxes": "rng.uniform(0, 2, size=(rows, 4)) + [0, 0, 3, 3]",
    "box": "rng.uniform(0, 2, size=4) + [0, 0, 3, 3]",
    "arrays": "[rng.normal(size=(rows, columns)), rng.normal(size=columns)]",
    "table": '{"w": rng.normal(size=(rows, columns)), "b": rng.normal(size=columns)}',
    "counts": '{"a": int(rng.integers(1, 9)), "b": int(rng.integers(1, 9)), "c": int(rng.integers(1, 9))}',
    "nested": "rng.integers(9, size=(rows, columns)).tolist()",
    "truth": "True",
    "sequence": 'rng.normal(size=(2, rows, columns)).astype("float32")',
    "single": 'rng.normal(size=(rows, columns)).astype("float32")',
    "pictures": 'rng.normal(size=(2, columns, 6, 6)).astype("float32")',
    "grey": 'rng.normal(size=(rows, 1, 8, 8)).astype("float32")',
    "colour": 'rng.normal(size=(2, 3, 16, 16)).astype("float32")',
    "tokens": "rng.integers(columns, size=(2, rows))",
    "line": 'rng.normal(size=columns).astype("float32")',
    "shares": 'rng.uniform(0.1, 0.9, size=(rows, columns)).astype("float32")',
    "classes": "rng.integers(columns, size=rows)",
}
"""What may be given, by kind; `rng`, `rows` and `columns` are what a test has."""
ARRAYS: Final = ("matrix", "vector", "images", "weights", "square", "column", "labels", "positive", "chances", "binary")
MORE_ARRAYS: Final = ("mask", "image", "boxes", "box")
NUMBERS: Final = ("number", "count", "two", "whole", "place")
WHOLES: Final = ("count", "two", "whole", "place")
TEXTS: Final = ("text", "word")
LISTS: Final = ("list", "wholes", "words", "texts", "arrays", "nested")
TABLES: Final = ("table", "counts")
TENSORS: Final = ("sequence", "single", "pictures", "tokens", "grey", "colour", "line", "shares", "classes")
INPUTS: Final = (*ARRAYS, *NUMBERS, *LISTS, *TEXTS, *TABLES, *MORE_ARRAYS, "truth")
ANNOTATED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("ndarray", (*ARRAYS, *MORE_ARRAYS)),
    ("ndarray[np.float64", ARRAYS),
    ("ArrayLike", (*ARRAYS, *LISTS)),
    ("Tensor", TENSORS),
    ("list[str]", ("words", "texts")),
    ("List[str]", ("words", "texts")),
    ("Sequence[str]", ("words", "texts")),
    ("Iterable[str]", ("words", "texts")),
    ("list[int]", ("wholes",)),
    ("List[int]", ("wholes",)),
    ("Sequence[int]", ("wholes",)),
    ("list[float]", ("list", "wholes")),
    ("list[list[", ("nested",)),
    ("List[List[", ("nested",)),
    ("list", ("list", "wholes", "words", "texts", "arrays", "nested")),
    ("List", ("list", "wholes", "words", "texts", "arrays", "nested")),
    ("Sequence", ("list", "wholes", "words", "texts", "arrays", "nested")),
    ("Iterable", ("list", "wholes", "words", "texts", "arrays", "nested")),
    ("dict", TABLES),
    ("Dict", TABLES),
    ("Mapping", TABLES),
    ("str", TEXTS),
    ("bool", ("truth",)),
    ("float", ("number",)),
    ("int", WHOLES),
)
"""What the annotation of a parameter begins with, once modules and options are taken off, and the kinds it allows."""
USED: Final[tuple[tuple[frozenset[str], tuple[str, ...]], ...]] = (
    (frozenset({"lower", "upper", "split", "strip", "isalpha", "startswith", "encode", "replace", "title"}), TEXTS),
    (frozenset({"items", "keys", "values", "get"}), TABLES),
    (frozenset({"append", "sort", "pop", "insert", "extend", "index", "reverse"}), LISTS),
    (
        frozenset({"shape", "ndim", "T", "mean", "sum", "ravel", "reshape", "dot", "astype", "max", "min", "var"}),
        ARRAYS,
    ),
)
"""Attributes that a function reads of a parameter, and the kinds that have them."""
NAMED: Final[Mapping[str, tuple[str, ...]]] = {
    "labels": ("label", "labels", "target", "targets", "classes", "y", "index", "indices", "assignments"),
    "binary": ("y_true", "y_pred", "true", "pred", "predictions", "actual", "predicted"),
    "chances": ("p", "q", "probs", "probabilities", "y_hat"),
    "number": ("alpha", "beta", "eps", "lr", "rate", "momentum", "p", "gamma", "temperature", "threshold", "scale"),
    "count": ("n", "k", "size", "count", "num", "dim", "features", "channels", "width", "heads", "classes"),
    "whole": ("n", "m", "num", "number", "i", "j", "steps"),
    "place": ("i", "idx", "item", "place", "position"),
    "arrays": ("params", "parameters", "grads", "gradients", "arrays"),
    "table": ("params", "parameters", "grads", "gradients", "weights"),
    "list": ("values", "numbers", "xs", "nums", "items", "data", "lst", "arr"),
    "words": ("tokens", "words", "vocab", "vocabulary"),
    "texts": ("texts", "sentences", "documents", "docs", "corpus", "lines"),
    "text": ("text", "sentence", "s", "string", "line", "document", "doc", "message"),
    "word": ("word", "s", "string", "source", "pattern", "sequence"),
    "weights": ("w", "weight", "weights"),
    "column": ("b", "bias"),
    "mask": ("mask", "masks"),
    "image": ("img", "image", "picture", "rgb", "pixels"),
    "boxes": ("boxes", "bboxes", "rois"),
    "box": ("box", "bbox", "box_a", "box_b", "box1", "box2"),
}
"""Parameters by their names, in lower case, and the kind that is likely."""
FILES: Final = ("path", "file", "filename", "fname")
"""Ends of names of what is opened: a number would be that of a pipe of the worker, which waits then."""
TWOS: Final = ("head", "neighbo", "group", "depth", "degree", "power", "layers")
STARTS: Final[Mapping[str, tuple[str, ...]]] = {"count": ("num", "dim", "features", "n_", "in_", "out_")}
MADE_WITH: Final = ("count", "number", "matrix", "vector", "two")
"""What a class is made with that is not annotated."""


def likely_kinds(
    parameter: Parameter, *, is_input: bool, is_stored: bool = False, is_tensor: bool = False
) -> list[str]:
    """List the kinds of a parameter, the likeliest first; a class may store arrays that it is made with."""
    annotated = _annotated(parameter.annotation)
    name = parameter.name.lower().strip("_")
    otherwise = (*TENSORS, *NUMBERS, *LISTS) if is_tensor else INPUTS if is_input or is_stored else MADE_WITH
    every = annotated or otherwise
    if name.endswith(FILES) and not annotated:
        every = tuple(kind for kind in every if kind not in NUMBERS)
    front = ["two"] * (name == "k" or any(one in name for one in TWOS))
    front += [kind for kind, starts in STARTS.items() if name.startswith(starts)]
    front += [kind for kind, names in NAMED.items() if name in names]
    used = [kinds for attributes, kinds in USED if attributes & parameter.uses]
    if is_tensor:
        front = [kind for kind in front if kind in NUMBERS]
    elif not annotated and used:
        front = [kind for kind in front if kind in used[0]]
        front += used[0]
    return [*dict.fromkeys([*(kind for kind in front if kind in every or not annotated), *every])]


def _annotated(annotation: str) -> tuple[str, ...]:
    """Return the kinds that an annotation allows: the longest row that it begins with counts."""
    text = annotation.strip("\"'").removeprefix("Optional[").removeprefix("typing.").removeprefix("Optional[")
    begin = text.partition("[")[0]
    text = begin.rpartition(".")[2] + text[len(begin) :]
    text = "ndarray" + text[len("NDArray") :] if text.startswith("NDArray") else text
    found = max((row for row in ANNOTATED if text.startswith(row[0])), key=lambda row: len(row[0]), default=None)
    return () if found is None else found[1]
