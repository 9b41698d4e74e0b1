"""Formulas of a course's texts: plain characters in a terminal, MathML in a page, and no markup of anybody's."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from classes import Grade
from rich.console import Console
from tiny_course import RUBRIC, build

from grader.authoring import Mistake
from grader.desk.explained import explained
from grader.reporting.formulas import Document, Sentence, mathml, page_of, with_mathml
from grader.wording.formulas import Piece, pieces, plain_formula, with_plain_formulas


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\frac{\partial L}{\partial x}", "(∂L)/(∂x)"),
        (r"\tfrac{1+x}{2y}", "(1+x)/(2y)"),
        (r"\frac{1}{N}\sum_{i=1}^{N} W_{ij} x_j", "1/N ∑_(i=1)^N W_(ij) x_j"),
        (r"\sum_{n=1}^N\delta_n", "∑_(n=1)^N δ_n"),
        (r"e^{-x}", "e^(-x)"),
        (r"\sqrt{x^2+1}", "√(x^2+1)"),
        (r"\sqrt[3]{x}", "(x)^(1/3)"),
        (r"\lambda\|w\|^2", "λ‖w‖^2"),
        (r"\mathbb{R}^{N\times D}", "ℝ^(N × D)"),
        (r"\operatorname{softmax}(z)_i", "softmax(z)_i"),
        (r"(1-p_t)^\gamma \log(p_t)", "(1-p_t)^γ log(p_t)"),
        (r"\left(\frac{a}{b}\right)", "(a/b)"),
        (r"\begin{aligned} a &= b \\ c &= d\end{aligned}", "a = b; c = d"),
        (r"\newthing{x}+1", r"\newthingx+1"),
        (r"\frac{", r"\frac{"),
    ],
)
def test_a_formula_in_one_line_means_what_it_meant_in_two_dimensions(latex: str, plain: str) -> None:
    assert plain_formula(latex) == plain


def test_what_costs_dollars_is_no_formula() -> None:
    assert pieces("it costs $5 or $10, not \\$x\\$") == (Piece("it costs $5 or $10, not \\$x\\$"),)
    assert pieces("of $x_i$") == (Piece("of "), Piece("x_i", is_formula=True))
    assert with_plain_formulas("a $\\alpha$\nb $$\\beta$$") == "a α\nb β"


@pytest.mark.parametrize("latex", [r"x < 3 \text{<script>alert(1)</script>}", r"\text{&#x3C;script&#x3E;}", "<script>"])
def test_a_formula_brings_no_markup_of_its_own(latex: str) -> None:
    assert "<script" not in mathml(latex)


@pytest.mark.parametrize("latex", [r"\href{javascript:alert(1)}{x}", r"\style{color: red}{x}", r"\class{a}{x}"])
def test_a_formula_is_no_link_and_has_no_style(latex: str) -> None:
    written = mathml(latex)
    assert not any(name in written for name in ("href", "style=", "class="))


def test_a_formula_in_a_page_is_mathml_and_what_is_none_is_code() -> None:
    assert with_mathml("<b> $x_i$").startswith("&lt;b&gt; <math xmlns=")
    assert "<msub><mi>x</mi><mi>i</mi></msub>" in with_mathml("$x_i$")
    assert mathml(r"\frac{") == r"<code>\frac{</code>"


def shown(what: object, encoding: str = "utf-8") -> str:
    screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    Console(file=screen, width=60).print(what)
    screen.seek(0)
    return screen.read()


def test_a_terminal_without_greek_letters_shows_latex() -> None:
    assert shown(Sentence("the rate $\\eta$")) == "the rate η\n"
    assert shown(Sentence("the rate $\\eta$"), "ascii") == "the rate $\\eta$\n"
    assert "$\\eta$" in shown(Document("the rate $\\eta$"), "ascii")


def test_a_mistake_is_taught_with_its_formulas() -> None:
    mistake = Mistake(
        name="no-mean", says="$\\bar x$", hint="`$x$`?", patch=(), fails=(), teaches="It is\n\n$$\n\\frac{a}{n}\n$$"
    )
    told = shown(explained(mistake))
    assert "a/n" in told
    assert "$x$?" in told


def test_instructions_are_a_page_without_markup_of_their_own() -> None:
    page = page_of(
        "# A\n\n$\\frac{a}{b}$ <script>\n\n$$\nx\n$$\n\n![f](f.svg)\n[x](javascript:a)", {"f.svg": b"<svg/>"}
    )
    assert "<mfrac>" in page
    assert 'display="block"' in page
    assert "<script>" not in page
    assert 'src="data:image/svg+xml;base64,PHN2Zy8+"' in page
    assert 'href="javascript' not in page


def test_a_report_a_hint_and_instructions_show_the_formulas_of_a_course(
    grade: Grade, course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = RUBRIC.replace("the variance is the mean", "the variance $\\\\sigma^2$ is the mean")
    build(course, rubric=says.replace("by how many do you divide?", "by $N$ or by $\\\\frac{N}{2}$?"))
    (course / "student" / "tiny" / "README.md").write_text("# Task\n\nGive $\\sigma_{ij}$.\n", encoding="utf-8")
    assert "Give σ_(ij)." in grade("instructions", "tiny").out
    assert "by N or by N/2?" in grade("hint", "tiny", "variance").out
    opened: list[Path] = []
    monkeypatch.setattr("grader.commands.instructions.show_in_browser", opened.append)
    grade("instructions", "tiny", "--open")
    assert "<msub>" in opened[0].read_text(encoding="utf-8")
    ran = grade("run", "tiny", "--only", "variance", "-s", str(course / "reference" / "tiny" / "solution"))
    assert "the variance σ^2 is the mean" in ran.out
    report = (course / ".grade" / "reports" / "tiny.partial.html").read_text(encoding="utf-8")
    assert "<msup><mi>σ</mi><mn>2</mn></msup>" in report
    (course / "student" / "tiny" / "README.md").unlink()
    (course / "reference" / "tiny" / "instructions.md").unlink()
    refused = grade("instructions", "tiny")
    assert (refused.code, "tiny has no instructions" in refused.err) == (2, True)
