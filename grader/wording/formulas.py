"""Formulas in LaTeX within a text of the course: found between dollars, and put into plain characters. Pure."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

DOLLAR: Final = "$"
_NOTHING_BINDS: Final = 1  # characters that need no brackets around them
_FRACTION: Final = re.compile(r"\\[cdt]frac(?![A-Za-z])")
_PLAIN_FRACTION: Final = r"\\frac"
_RELATION: Final = re.compile(r" ?([×·≤≥≠≈∈→←∝≡±∘⊙]) ?")
_BEFORE_MARK: Final = re.compile(r" +([_^,;)])")
_AFTER_MARK: Final = re.compile(r"([_^][^\W\d_])(?=[^\W_])")
_BEFORE_NAME: Final = re.compile(r"([∂∇]) ")
_AFTER_NAME: Final = re.compile(r"\b([a-z]{2,}) (\()")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text: words, or the LaTeX of a formula, which stands alone on a line where it `is_block`."""

    text: str
    is_formula: bool = False
    is_block: bool = False


def pieces(text: str) -> tuple[Piece, ...]:
    """Cut a text at its formulas, `$x$` and `$$x$$`: what costs $5 or $10 is none, nor is what follows a backslash."""
    if text.count(DOLLAR) <= 1:
        return (Piece(text),)
    (line,) = _parser().parseInline(text)
    kinds = {"math_inline": (True, False), "math_inline_double": (True, True)}
    return tuple(Piece(token.content or "\n", *kinds.get(token.type, (False, False))) for token in line.children or ())


def with_plain_formulas(text: str) -> str:
    """Write the formulas of a text in characters that a terminal has."""
    return "".join(plain_formula(piece.text) if piece.is_formula else piece.text for piece in pieces(text))


def plain_formula(latex: str) -> str:
    """Write a formula in one line: x_i, (a + b)/(2c), √(x^2 + 1); as it is where it cannot be read."""
    to_text = _to_text()
    try:
        said: str = to_text.latex_to_text(f"${_FRACTION.sub(_PLAIN_FRACTION, latex)}$")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # what is wrong LaTeX to the library
        return latex
    lines = [" ".join(line.split()) for line in said.split("\n")]
    one = "; ".join(filter(None, lines))
    one = _BEFORE_NAME.sub(r"\1", _AFTER_MARK.sub(r"\1 ", _RELATION.sub(r" \1 ", one)))
    return _AFTER_NAME.sub(r"\1\2", _BEFORE_MARK.sub(r"\1", one)).strip() or latex


@cache
def _parser() -> MarkdownIt:
    """Make a parser that knows formulas and nothing else."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # few texts have a formula
    from mdit_py_plugins.dollarmath import dollarmath_plugin  # noqa: PLC0415  # as above

    return MarkdownIt("zero").use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)


@cache
def _to_text() -> Any:  # noqa: ANN401  # the library has no types
    """Make what writes LaTeX as text, with brackets where a line of text needs them and two dimensions do not."""
    from pylatexenc import latex2text  # noqa: PLC0415  # few texts have a formula

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # it logs what it raises as well

    class Bracketed(latex2text.LatexNodes2Text):  # type: ignore[misc]  # the library has no types
        """Keep together what stands above or below, and names of functions apart."""

        def group_node_to_text(self, node: Any) -> str:  # noqa: ANN401  # the library's
            """Write a group: `i=1` below a sum is (i=1)."""
            said: str = super().group_node_to_text(node)
            before = node.parsing_state.s[: node.pos].rstrip()
            return _bracketed(said) if node.parsing_state.in_math_mode and before.endswith(("^", "_")) else said

        def macro_node_to_text(self, node: Any) -> str:  # noqa: ANN401  # the library's
            """Write a macro: log and max are words."""
            said: str = super().macro_node_to_text(node)
            return f" {said} " if said == node.macroname and node.parsing_state.in_math_mode else said

    def fraction(node: Any, l2tobj: Any) -> str:  # noqa: ANN401  # the library's
        above, below = (l2tobj.nodelist_to_text([part]) for part in node.nodeargd.argnlist)
        return f"{_bracketed(above)}/{_bracketed(below)} "

    def root(node: Any, l2tobj: Any) -> str:  # noqa: ANN401  # the library's
        degree, of = node.nodeargd.argnlist
        said = l2tobj.nodelist_to_text([of]).strip()
        return f"√({said})" if degree is None else f"({said})^(1/{l2tobj.nodelist_to_text([degree]).strip()})"

    def unknown(node: Any) -> str:  # noqa: ANN401  # the library's
        return f"\\{node.macroname}"

    database = latex2text.get_default_latex_context_db()
    macros = [("frac", fraction), ("sqrt", root), ("|", "‖"), ("operatorname", ""), ("left", ""), ("right", "")]
    specifications = [latex2text.MacroTextSpec(name, simplify_repl=text) for name, text in macros]
    database.add_context_category("formulas", macros=specifications, prepend=True)
    database.set_unknown_macro_spec(latex2text.MacroTextSpec("", simplify_repl=unknown))
    return Bracketed(latex_context=database, math_mode="text")


def _bracketed(said: str) -> str:
    """Put brackets around what is more than one name, number or bracketed text."""
    words = said.strip()
    return words if len(words) <= _NOTHING_BINDS or words.isdigit() or _is_bracketed(words) else f"({words})"


def _is_bracketed(words: str) -> bool:
    """Return whether the bracket that opens a text is closed by its end."""
    depth = 0
    for place, character in enumerate(words):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return words[0] == "(" and place == len(words) - 1
    return False
