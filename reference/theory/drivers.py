"""How to call an implementation of `theory`. Not secret: the worker gets this file, students may read it.

The answers to the handout's two problems come from `theory.py` where it gives any, and else from `answers.toml`. A row
that holds no answer is handed back as a problem, a status and a sentence, so that it costs itself and no other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.drivers.answers import Answers, collected, described, is_empty, number, read_answers
from grader.drivers.implementation import Implementation, Tree
from grader.drivers.imports import MissingError
from grader.drivers.statuses import Status
from grader.drivers.writeups import read_write_up, words_under
from grader.errors import RowError, WriteUpError

Layers = list[Any]
Rows = Mapping[str, tuple[str, Callable[[], object]]]

ANSWERS = "answers.toml"
TABLES = {2: "at_2", -1: "at_minus_1", 1: "at_1"}  # of answers.toml, by the point that they are about
NETWORK = (([[1.5], [0.5]], [0.0, 1.0]), ([[1.0, 2.0], [2.0, 1.0]], [0.0, 1.0]), ([[1.0, 1.0]], [-1.0]))
OUTPUTS, PIXELS = 4, 9  # rows and columns of the matrix that the handout asks for
UNREADABLE = "?"  # stands in that matrix where a row gave nothing to show
MAX_ROWS = 64
MAX_ENTRY = 24  # characters
HEADINGS = {"review": r"(?:paper\s+)?review", "question 1": r"q(?:uestion)?\s*1", "question 2": r"q(?:uestion)?\s*2"}

# w(0,2), w02, W[0][2], w_0_2, $w_{0,2}$: one weight, as people write it, once blanks are gone and letters are small.
WEIGHT = re.compile(r"(?:\$|\\\()?w[_^]?[\[({]*(\d)[,;_\]\[]*(\d)[\])}]*(?:\$|\\\))?")
SEPARATOR = re.compile(r"\s*&\s*|\s*[,;]\s*(?![^(\[{]*[)\]}])|(?<![,(])\s+(?![^(\[{]*[)\]}])")  # none within brackets
POINT = re.compile(r"(?:x_?0?=)?([+-]?\d+)(?:\.0*)?")  # 2, "2", "x0 = 2": a point as the key of an answer


def conv_matrix(impl: Implementation, w: np.ndarray, height: int, width: int, stride: int, padding: int) -> Tree:
    """Ask for the matrix of a convolution."""
    return {"A": _in_double(np.asarray(impl.load("theory:conv_matrix")(w, height, width, stride, padding)))}


def _in_double(values: np.ndarray) -> np.ndarray:
    """Bring single precision into double: what a matrix holds is compared, in tolerances that have room for either."""
    return values.astype(np.float64) if values.dtype == np.float32 else values


def local_affine(impl: Implementation, params: Layers, x0: np.ndarray) -> Tree:
    """Ask for the affine piece around a point. Where an axis of W has length 1, it may be left out."""
    given = impl.load("theory:local_affine")([(weight, bias) for weight, bias in params], x0)
    W, b = given if (pair := _named_pair(given)) is None else pair
    W, b = _in_double(np.asarray(W)), _in_double(np.asarray(b))
    shape = (len(params[-1][1]), len(x0))
    if W.ndim < len(shape) and W.size == math.prod(shape):
        W = W.reshape(shape)
    return {"W": W, "b": b.reshape(-1) if b.size == shape[0] else b}


def affine_and_its_arguments(impl: Implementation, params: Layers, x0: np.ndarray) -> Tree:
    """Ask for the affine piece around a point, and hand back also what was given, as it is afterwards."""
    return {**local_affine(impl, params, x0), "params": params, "x0": x0}


def matrix_answer(impl: Implementation) -> Tree:
    """Read A of the first problem as texts, and why some of its rows hold no answer."""
    own, why_not = _own(impl, "conv_matrix_answer")
    if why_not is None:
        return _table(_rows_of(own))
    answers = _answers(impl)
    rows = _rows(answers, {f"row {row}": f"conv_matrix.row_{row}" for row in range(OUTPUTS)})
    if answers is None or (_is_blank(answers, rows) and not _is_unwritten(why_not)):
        raise why_not
    return _table(rows)


def affine_answer(impl: Implementation, x0: int) -> Tree:
    """Read W and b of the second problem at one point, and why either holds no answer.

    Who writes the general function has answered with it, unless there is an answer of its own.
    """
    own, why_not = _own(impl, "local_affine_answer")
    if why_not is None:
        return _numbers(_pair("local_affine_answer()", x0, lambda: _at_point(own, x0)))
    answers = _answers(impl)
    rows = _rows(answers, {symbol: f"local_affine.{TABLES[x0]}.{symbol}" for symbol in "Wb"})
    if answers is None or _is_blank(answers, rows):
        network = [(np.array(W), np.array(b)) for W, b in NETWORK]
        general, unwritten = _own(impl, "local_affine", network, np.array([float(x0)]))
        if unwritten is None:
            return _numbers(_pair("local_affine()", x0, lambda: general))
        if answers is None or not _is_unwritten(why_not):
            raise why_not
    return _numbers(rows)


def review_words(impl: Implementation) -> Tree:
    """Count the words of each part of the paper review, a text or a PDF; a part without a heading is left out."""
    path = next((path for path in impl.attachments("*") if path.lower().startswith("review.")), "review.pdf")
    try:
        write_up = read_write_up(impl.attachment(path))
    except WriteUpError as error:
        return {"file": path, "pages": 0, "words": {}, "problem": str(error)}
    return {"file": path, "pages": write_up.pages, "words": words_under(write_up.text, HEADINGS), "problem": ""}


def _own(impl: Implementation, name: str, *arguments: object) -> tuple[Any, Exception | None]:
    """Give what a function of theory.py returns, or why it gives no answer; what the function raises goes on.

    Who returns None has not answered, as the templates of some editions do.
    """
    try:
        function = impl.load(f"theory:{name}")
    except Exception as error:  # noqa: BLE001  # a file that cannot be imported may raise anything
        return None, error
    try:
        answer = function(*arguments)
    except NotImplementedError as error:
        return None, error
    return answer, NotImplementedError(f"{name} returns None") if answer is None else None


def _is_unwritten(why_not: Exception) -> bool:
    return isinstance(why_not, NotImplementedError | MissingError)


def _answers(impl: Implementation) -> Answers | None:
    return read_answers(impl.attachment(ANSWERS)) if ANSWERS in impl.attachments(ANSWERS) else None


def _rows(answers: Answers | None, names: Mapping[str, str]) -> Rows:
    """Find rows of answers.toml by what they are asked for."""
    found = Answers() if answers is None else answers
    return {asked: (f"{ANSWERS}: {name}", lambda name=name: found.value(name)) for asked, name in names.items()}


def _is_blank(answers: Answers, rows: Rows) -> bool:
    return answers.is_blank(name.removeprefix(f"{ANSWERS}: ") for name, _ in rows.values())


def _rows_of(own: object) -> Rows:
    """List the rows of what conv_matrix_answer returned."""
    table = own.tolist() if isinstance(own, np.ndarray) else own
    if isinstance(table, dict) and set(table) == set(range(len(table))):
        table = [table[row] for row in sorted(table)]
    if not isinstance(table, list | tuple):
        raise TypeError(f"conv_matrix_answer returns {described(table)}, expected a list of rows")
    return {f"row {n}": (f"conv_matrix_answer()[{n}]", lambda row=row: row) for n, row in enumerate(table[:MAX_ROWS])}


def _pair(source: str, x0: int, given: Callable[[], Any]) -> Rows:
    """Take W and b out of a pair."""

    def item(place: int) -> object:
        pair = given()
        pair = pair.tolist() if isinstance(pair, np.ndarray) else _named_pair(pair) or pair
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise RowError(Status.FAILED, f"is not there: the answer is {described(pair)}, expected a pair (W, b)")
        return pair[place]

    return {symbol: (f"{source}: {symbol} at x0 = {x0}", lambda n=n: item(n)) for n, symbol in enumerate("Wb")}


def _named_pair(given: object) -> tuple[object, object] | None:
    """Take W and b out of a dict that has both; None where it is none."""
    named = {str(name).lower(): value for name, value in given.items()} if isinstance(given, dict) else {}
    return (named["w"], named["b"]) if named.keys() == {"w", "b"} else None


def _at_point(own: object, x0: int) -> object:
    """Find a point's pair in what local_affine_answer returned: a dict, triples (point, W, b), or pairs in order."""
    if isinstance(own, dict):
        points = {POINT.fullmatch(re.sub(r"\s", "", str(key)).lower().replace("−", "-")): key for key in own}
        return next((own[key] for point, key in points.items() if point and int(point[1]) == x0), None)
    if isinstance(own, np.ndarray):
        own = own.tolist()
    if isinstance(own, list | tuple) and len(own) == len(TABLES):
        if all(isinstance(row, list | tuple) and len(row) == 1 + len("Wb") for row in own):
            return _at_point({row[0]: row[1:] for row in own}, x0)
        return own[list(TABLES).index(x0)]
    raise RowError(Status.FAILED, f"is not there: the function returns {described(own)}, expected a dict by point")


def _table(rows: Rows) -> Tree:
    """Read rows of entries; where their lengths differ, those of a wrong length are problems."""
    read, problems = collected(rows, _entries)
    if len({len(entries) for entries in read.values()}) > 1:
        for asked in [asked for asked, entries in read.items() if len(entries) != PIXELS]:
            count = len(read.pop(asked))
            problems[asked] = [Status.FAILED.value, f"{rows[asked][0]} has {count} entries, expected {PIXELS}"]
    width = max(map(len, read.values()), default=PIXELS)
    return {"A": [read.get(asked, [UNREADABLE] * width) for asked in rows], "problems": problems}


def _entries(row: Any) -> list[str]:  # noqa: ANN401  # theirs
    if isinstance(row, np.ndarray):
        row = row.tolist()
    if is_empty(row):
        raise RowError(Status.UNWRITTEN, "is empty")
    if isinstance(row, str) and len(entries := SEPARATOR.split(row.strip(" \t[]\\"))) == PIXELS:
        row = entries
    if not isinstance(row, list | tuple):
        raise RowError(Status.FAILED, f"is {described(row)}, expected a list of {PIXELS} entries")
    return [_entry(item) for item in row]


def _entry(item: object) -> str:
    """Write an entry in the one form that is compared; what is neither 0 nor a weight stays as it is."""
    item = item.item() if isinstance(item, np.generic) else item
    text = str(item) if isinstance(item, str | int | float) else described(item)
    plain = re.sub(r"\s", "", text).lower()
    weight = WEIGHT.fullmatch(plain)
    if weight:
        return f"w({weight[1]},{weight[2]})"
    return "0" if plain in {"", "0", "0.0", "0.", ".0", "-0.0"} else text.strip()[:MAX_ENTRY]


def _numbers(rows: Rows) -> Tree:
    read, problems = collected(rows, number)
    return {"W": read.get("W"), "b": read.get("b"), "problems": problems}
