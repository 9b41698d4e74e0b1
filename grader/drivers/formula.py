"""A formula in Python, LaTeX or plain text as a tree: `k^2*NF`, `k**2 NF`, `9NF`, `$k^{2}N_{F}$`, `(k-1)//2`.

Nothing is evaluated here, and nothing of Python's: the text is cut into tokens of a closed list, and its length and
depth are bounded.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

from grader.errors import ExpressionError
from grader.model.expression import ExpressionProblem

MAX_CHARACTERS: Final = 600
MAX_TOKENS: Final = 200
MAX_DEPTH: Final = 30  # of brackets, signs and powers within each other
MAX_DIGITS: Final = 12

Names: TypeAlias = Mapping[str, Sequence[str]]
"""Each symbol of a formula, with every way to write it; case and underscores make no difference."""

_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_TWINS: Final = str.maketrans({
    **dict.fromkeys("−–—", "-"), **dict.fromkeys("·⋅×\u2217•∙", "*"), "÷": "/", "\u2215": "/",
    "⌊": " floor(", "⌋": ")", "⌈": " ceil(", "⌉": ")", "≠": "!=", "≤": "<=", "≥": ">=",
})  # fmt: skip
_LATEX: Final = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"\\(?:text|mathrm|mathit|mathbf|mathsf|mathtt|textit|textrm|textbf|operatorname)\s*\{([\w\s]*)\}", r"\1"),
        (r"\\math(?:bin|rel|op)\s*\{([^{}]*)\}", r"\1"),
        (r"\\%", "%"),
        (r"\\(?:left|right|big|Big|displaystyle|limits|quad|qquad)(?![A-Za-z])|\\[,;:! ()\[\]]|[$~`]", " "),
        (r"\\(?:cdot|times|ast)(?![A-Za-z])", "*"),
        (r"\\div(?![A-Za-z])", "/"),
        (r"\\p?b?mod(?![A-Za-z])", " mod "),
        (r"\\lfloor", " floor("),
        (r"\\lceil", " ceil("),
        (r"\\r(?:floor|ceil)", ")"),
        (r"\\[dt]?frac(?![A-Za-z])", " frac "),
        (r"\\neq?(?![A-Za-z])", "!="),
        (r"\bmath\.|\bnp\.|\btorch\.", ""),
        (r"(?s)^(.*?),?\s+rounded\s+down\s*$", r"floor(\1)"),
        (r"\b(floor|ceil)(?:ing)?\s+of\s+(.+)$", r"\1(\2)"),
        (r"\(\s*mod\s+([^()]+)\)", r" mod (\1)"),
        (r"\bmod\s*\(([^(),]+),([^(),]+)\)", r"((\1) mod (\2))"),
        (r"\bpow\s*\(([^(),]+),([^(),]+)\)", r"((\1)^(\2))"),
        (r"^\s*(\w+)\s*&\s*1\s*$", r"\1 mod 2"),
        (r"\)\s*>>\s*1\s*$", ") // 2"),
        (r"([A-Za-z])_\{\s*([A-Za-z]+)\s*\}", r"\1\2"),
        (r"(?<=\d),(?=\d{3}(?!\d))", ""),
        (r"\*\*", "^"),
    )
)
_ENVIRONMENT: Final = re.compile(r"\\(?:begin|end)\s*\{(?:align|aligned|equation|gathered|split)\*?\}")
_PARITY: Final = r"(?:(?P<{0}>\w+) (?:is )?(?P<{1}>odd|even)|(?P<{2}>odd|even) (?P<{3}>\w+))"
_FIRST: Final = _PARITY.format("a", "b", "c", "d")
_SECOND: Final = r"(?:\w+ )?(?:is )?(?P<e>odd|even)(?: \w+)?"
_WHERE: Final = r" ?,? ?(?:if|for|when|where) "
_CASES: Final = tuple(
    re.compile(pattern, re.DOTALL | re.IGNORECASE)
    for pattern in (
        rf"^(?P<one>.+?){_WHERE}{_FIRST} ?[,;.]? ?(?:and |else |otherwise )?(?P<other>.+?){_WHERE}{_SECOND} ?$",
        rf"^(?P<one>.+?){_WHERE}{_FIRST} ?[,;]? ?(?:and |else |otherwise )(?P<other>.+?)(?: ?,? ?otherwise)? ?$",
        rf"^if {_FIRST} ?[,:]? ?(?:then )?(?P<one>.+?) ?[,;:]? ?\b(?:else|otherwise)\b[,:]? ?(?P<other>.+)$",
        rf"^(?:for |if )?{_FIRST} ?: ?(?P<one>.+?) ?[,;] ?(?:and )?(?:for |if )?{_SECOND} ?: ?(?P<other>.+)$",
        rf"^\\begin\{{cases\}}(?P<one>.+?),? ?& ?(?:if|for)? ?{_FIRST} ?,? ?\\\\ ?"  # noqa: ISC004  # one pattern
        rf"(?P<other>.+?),? ?& ?(?:if|for)? ?{_SECOND} ?\\end\{{cases\}} ?$",
    )
)
"""How a rule for odd and even is said, in a text with single spaces.

`A for odd k, B for even k`, `if k is odd A else B`, `k odd: A, k even: B`.
"""
_REMARKS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\s+\((?=[^()]*(?:(?<![=!<>])=(?!=)|\b(?:with|without|no|not|excluding|including|where)\b))[^()]*\)\s*$",
        r"[,;]?\s+(?:for|where|with|when)\s+\w+\s*=\s*\d+\s*$",
        r"^(?!\s*lambda\b)(?!.*\b(?:odd|even)\b)\s*[a-z]+(?: [a-z]+)*\s*:\s*(?!=)",
    )
)
"""What is said beside a formula: `(without biases)` and `for k = 3` behind it, `weights:` before it."""
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<word>[^\W\d_][^\W\d]*)"
    r"|(?P<sign>//|==|!=|<=|>=|[-+*/%^()\[\]{}<>])|(?P<end>$)|(?P<other>.))",
    re.DOTALL,
)
_WORDS: Final = frozenset(
    {"mod", "modulo", "div", "floor", "ceil", "ceiling", "int", "trunc", "frac"}
    | {"if", "else", "otherwise", "is", "odd", "even"}
)
_SAME_SIGN: Final[Mapping[str, str]] = {
    "mod": "%", "modulo": "%", "div": "//", "ceiling": "ceil", "trunc": "int", "otherwise": "else",
}  # fmt: skip
_FUNCTIONS: Final = ("floor", "ceil", "int", "frac")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_COMPARISONS: Final = ("==", "!=", "<=", ">=", "<", ">")


class Token(NamedTuple):
    """A piece of a formula: its kind, `number`, `symbol`, `sign` or `end`, and how it is written."""

    kind: str
    text: str


class Tree(NamedTuple):
    """An operation and what it is applied to; a number or a symbol has `value` or `symbol`."""

    operation: str
    operands: tuple[Tree, ...] = ()
    value: Fraction = Fraction(0)
    symbol: str = ""


def parsed(text: str, names: Names) -> Tree:
    """Read a formula; where there are equals signs, what stands behind the last.

    Raises:
        ExpressionError: it is none, or beyond a bound.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(ExpressionProblem.LENGTH)
    plain = re.split(r"(?<![=!<>])=(?!=)", _plain(text))[-1].strip().rstrip(".;")
    if not plain.strip():
        raise ExpressionError(ExpressionProblem.EMPTY)
    tokens = tuple(_tokens(plain, names))
    if len(tokens) > MAX_TOKENS:
        raise ExpressionError(ExpressionProblem.LENGTH)
    return _Parser(tokens).whole()


def _plain(text: str) -> str:
    """Write what LaTeX and print write in a way of their own as one writes it on a keyboard."""
    raised = re.sub(
        f"[{_SUPERSCRIPTS}]+", lambda found: "^" + "".join(str(_SUPERSCRIPTS.index(digit)) for digit in found[0]), text
    )
    text = unicodedata.normalize("NFKC", raised.translate(_TWINS))
    text, environments = _ENVIRONMENT.subn(" ", text)
    if environments:
        text = re.sub(r"&|\\\\", " ", text)
    (words, by), *rest = _LATEX  # what is written as words is read before what only sets it
    text = _by_parity(words.sub(by, text))
    for pattern, by in rest:
        text = pattern.sub(by, text)
    for remark in _REMARKS:
        text = remark.sub("", text)
    return text


def _by_parity(text: str) -> str:
    """Write a rule for odd numbers and another for even ones as `A if k odd else B`."""
    plain = " ".join(text.split()).strip("$ ")
    for pattern in _CASES:
        found = pattern.match(plain)
        if found:
            named = found.groupdict()
            symbol, parity = named["a"] or named["d"], (named["b"] or named["c"]).lower()
            if (named.get("e") or "").lower() != parity:
                return f"({named['one']}) if {symbol} {parity} else ({named['other']})"
    return text


def _tokens(text: str, names: Names) -> Iterator[Token]:
    written = {_folded(name): symbol for symbol, ways in names.items() for name in (symbol, *ways)}
    for found in _TOKEN.finditer(text):
        if found["other"]:
            raise ExpressionError(ExpressionProblem.CHARACTER)
        if found["number"]:
            if len(found["number"]) > MAX_DIGITS:
                raise ExpressionError(ExpressionProblem.SIZE)
            yield Token("number", found["number"])
        elif found["word"]:
            yield from _words(_folded(found["word"]), written)
        elif found["sign"]:
            yield Token("sign", found["sign"])
    yield Token("end", "")


def _words(word: str, written: Mapping[str, str]) -> Iterator[Token]:
    """Cut letters into a word that means something, or into symbols one after another, the longest first.

    An x that is no symbol is a sign of multiplication.
    """
    if word in _WORDS and word not in written:
        yield Token("sign", _SAME_SIGN.get(word, word))
        return
    while word:
        if word[0] == "x" and "x" not in written:  # 3 x 3, 32x32xNF
            yield Token("sign", "*")
            word = word[1:]
            continue
        name = next((word[:end] for end in range(len(word), 0, -1) if word[:end] in written), None)
        if name is None:
            raise ExpressionError(ExpressionProblem.SYMBOL)
        yield Token("symbol", written[name])
        word = word.removeprefix(name)


def _folded(name: str) -> str:
    return name.replace("_", "").casefold()


class _Parser:
    """Goes through tokens once, from the loosest operation to the tightest."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.depth = 0

    def whole(self) -> Tree:
        tree = self.choice()
        if self.next.kind != "end":
            closes = self.next.text in _CLOSING.values()
            raise ExpressionError(ExpressionProblem.BRACKETS if closes else ExpressionProblem.ORDER)
        return tree

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> str:
        """Go past a sign if it is one of these, and return it."""
        token = self.next
        if token.kind != "sign" or token.text not in signs:
            return ""
        self.place += 1
        return token.text

    def choice(self) -> Tree:
        """Read `a if condition else b`, or less."""
        first = self.comparison()
        if not self.take("if"):
            return first
        condition = self.comparison()
        if not self.take("else"):
            raise ExpressionError(ExpressionProblem.ORDER)
        return Tree("if", (condition, first, self.choice()))

    def comparison(self) -> Tree:
        left = self.sum()
        sign = self.take(*_COMPARISONS)
        if sign:
            return Tree(sign, (left, self.sum()))
        is_named = self.take("is")
        parity = self.take("odd", "even")
        if is_named and not parity:
            raise ExpressionError(ExpressionProblem.ORDER)
        return Tree(parity, (left,)) if parity else left

    def sum(self) -> Tree:
        tree = self.product()
        while sign := self.take("+", "-"):
            tree = Tree(sign, (tree, self.product()))
        return tree

    def product(self) -> Tree:
        tree = self.signed()
        while True:
            if sign := self.take("*", "//", "/", "%"):
                tree = Tree(sign, (tree, self.signed()))
            elif self.next.kind == "number" and self.tokens[self.place - 1].text != "}":
                raise ExpressionError(ExpressionProblem.NUMBER_BEHIND)
            elif self.next.kind not in {"sign", "end"} or self.next.text in {*_CLOSING, *_FUNCTIONS}:
                tree = Tree("*", (tree, self.power()))
            else:
                return tree

    def signed(self) -> Tree:
        sign = self.take("+", "-")
        if not sign:
            return self.power()
        self.deeper()
        inner = self.signed()
        self.depth -= 1
        return Tree("negative", (inner,)) if sign == "-" else inner

    def power(self) -> Tree:
        base = self.atom()
        if not self.take("^"):
            return base
        self.deeper()
        exponent = self.signed()
        self.depth -= 1
        return Tree("^", (base, exponent))

    def atom(self) -> Tree:
        token = self.next
        if token.kind == "number":
            self.place += 1
            return Tree("number", value=Fraction(token.text))
        if token.kind == "symbol":
            self.place += 1
            return Tree("symbol", symbol=token.text)
        if self.take("frac"):
            return Tree("/", (self.group(), self.group()))
        if function := self.take("floor", "ceil", "int"):
            return Tree(function, (self.group(),))
        return self.group()

    def group(self) -> Tree:
        opening = self.take(*_CLOSING)
        if not opening:
            closes = self.next.text in _CLOSING.values()
            raise ExpressionError(ExpressionProblem.BRACKETS if closes else ExpressionProblem.ORDER)
        self.deeper()
        tree = self.choice()
        if not self.take(_CLOSING[opening]):
            at_end = self.next.kind == "end" or self.next.text in _CLOSING.values()
            raise ExpressionError(ExpressionProblem.BRACKETS if at_end else ExpressionProblem.ORDER)
        self.depth -= 1
        return tree

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(ExpressionProblem.SIZE)
