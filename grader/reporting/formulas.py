"""Formulas of a course's text as a terminal and a page show them: plain characters, and MathML. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from grader.wording.formulas import pieces, plain_formula, with_plain_formulas
from grader.wording.text import one_line, printable

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

KEPT: Final = frozenset({
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle", "fence",
    "form", "height", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
    "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width",
    "xmlns",
})  # fmt: skip
"""Attributes of MathML that say how a formula looks: what is a link or a style is left out."""
_ENTITY: Final = re.compile(r"&#x?[0-9A-Fa-f]+;")


_FAULTS: Final = {
    "DoubleSubscriptsError": "has two indices in a row",
    "DoubleSuperscriptsError": "has two powers in a row",
    "ExtraLeftOrMissingRightError": r"has \left without \right",
    "MissingEndError": r"has \begin without \end",
    "MissingSuperScriptOrSubscriptError": "ends with _ or ^",
    "NoAvailableTokensError": "has a command without what belongs to it",
}
"""What the library's errors say, by their names."""


def mathml(latex: str, *, is_block: bool = False) -> Markup:
    """Write a formula as MathML; as code where it is no LaTeX."""
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415  # few texts have a formula

    try:
        element = convert_to_element(latex, display="block" if is_block else "inline")
    except Exception:  # noqa: BLE001  # the errors of the library have no common name, and others come up in it
        return Markup("<code>{}</code>").format(printable(latex))
    for part in element.iter():
        part.text = None if part.text is None else printable(_characters(part.text))
        part.attrib = {name: value for name, value in part.attrib.items() if name in KEPT}
    return Markup(ET.tostring(element, encoding="unicode"))  # noqa: S704  # whose texts it escapes


def formula_fault(latex: str) -> str:
    """Return what is wrong with a formula; nothing where it can be read."""
    from latex2mathml.converter import convert_to_element  # noqa: PLC0415  # few texts have a formula

    braces = re.sub(r"\\\\|\\[{}]", "", latex)
    if braces.count("{") != braces.count("}"):
        return "has a brace without its other one"
    try:
        element = convert_to_element(latex)
    except Exception as error:  # noqa: BLE001  # see `mathml`
        return _FAULTS.get(type(error).__name__, "cannot be read")
    unknown = next((part.text for part in element.iter() if (part.text or "").startswith("\\")), None)
    return f"has {unknown}, which is no command that is known" if unknown else ""


def _characters(text: str) -> str:
    """Put characters in place of the numbers by which the library writes them."""
    return _ENTITY.sub(lambda found: unescape(found[0]), text)


def with_mathml(text: str) -> Markup:
    """Write a text of the course as HTML, its formulas as MathML."""
    return Markup().join(
        mathml(piece.text, is_block=piece.is_block) if piece.is_formula else escape(printable(piece.text))
        for piece in pieces(text)
    )


def formulas_on(console: Console) -> Callable[[str], str]:
    """Return what writes formulas for a console: one that has few characters shows LaTeX as it is."""
    return one_line if console.options.ascii_only else lambda text: one_line(with_plain_formulas(text))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text of the course on a terminal."""

    text: str
    style: str = ""
    is_cut: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Write the formulas for what this console can show; what is cut stays on one line."""
        said = printable(self.text if options.ascii_only else with_plain_formulas(self.text))
        if self.is_cut:
            yield Text(one_line(said), style=self.style, no_wrap=True, overflow="ellipsis")
        else:
            yield Text(said, style=self.style)


@dataclass(frozen=True, slots=True)
class Document:
    """Markdown of the course on a terminal."""

    markdown: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Write the formulas for what this console can show."""
        from rich.markdown import Markdown  # noqa: PLC0415  # most commands need none

        shown = Markdown(self.markdown)
        shown.parsed = [*map(_plain if not options.ascii_only else _as_written, markdown_parser().parse(self.markdown))]
        yield shown


def page_of(markdown: str, images: Mapping[str, bytes]) -> Markup:
    """Write Markdown of the course as HTML, formulas as MathML and drawings in it; HTML in it is text."""
    parser = markdown_parser()
    tokens = parser.parse(markdown)
    for token in tokens:
        for child in token.children or ():
            source = str(child.attrGet("src") or "")
            if child.type == "image" and source in images:
                data = base64.b64encode(images[source]).decode("ascii")
                child.attrSet("src", f"data:image/svg+xml;base64,{data}")
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704  # which escapes what is no markup


def markdown_parser() -> MarkdownIt:
    """Make the parser of a course's Markdown, which knows tables and formulas."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  # most commands need none
    from mdit_py_plugins.dollarmath import dollarmath_plugin  # noqa: PLC0415  # as above

    def shown(latex: str, options: Mapping[str, Any]) -> str:
        return str(mathml(latex, is_block=bool(options["display_mode"])))

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True, renderer=shown)


def _plain(token: Token) -> Token:
    """Make words of the formulas in a token."""
    return _as_words(token, plain_formula)


def _as_written(token: Token) -> Token:
    return _as_words(token, lambda latex: f"${latex}$")


def _as_words(token: Token, say: Callable[[str], str]) -> Token:
    from markdown_it.token import Token  # noqa: PLC0415  # most commands need none

    if token.type.startswith("math_block"):
        return Token("code_block", "code", 0, content=f"{say(token.content.strip())}\n", block=True)
    children = token.children
    if children:
        token.children = [
            Token("text", "", 0, content=say(child.content)) if child.type.startswith("math_") else child
            for child in children
        ]
    return token
