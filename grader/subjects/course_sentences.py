"""Which sentences of hidden tests and drivers may be told: those that are the course's own words.

A sentence such as `f"the loss is {loss}"` is the course's as far as it is written in its source. What fills its gaps
came from an answer, and may be hidden inputs written out. So a gap may hold one short number, a shape or a few words
that the course uses, or another sentence of the course; anything else in it is left out.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from grader.authoring import hidden_tests, layer_traces
from grader.authoring import predictions as judged_predictions
from grader.course.assignment import CourseAssignment
from grader.drivers import answers, writeups
from grader.wording import expressions, measures, predictions, student_tests
from grader.wording.phrases import MOST_AXES, MOST_DIGITS

LEFT_OUT: Final = "…"
MOST_CHARACTERS: Final = 500
MOST_GAPS: Final = 8
MOST_NUMBERS: Final = 8  # of a sentence
MOST_NUMERAL: Final = 12  # characters of a number, zeros in front included
MOST_WORDS: Final = 6  # in the gaps of a sentence
MOST_STEPS: Final = 2_000  # in which a sentence is matched with a template
MOST_NESTED: Final = 3
LEAST_LETTERS: Final = 6  # of a template that may be told although something is left out of it

_WORD: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?%?", re.ASCII)
_COUNTED: Final = re.compile(r"(\d+) ([a-z]+)", re.ASCII)
_SIZE: Final = rf"\d{{1,{MOST_DIGITS}}}"
_SHAPE: Final = re.compile(rf"\((?:{_SIZE}(?:, ?{_SIZE}){{0,{MOST_AXES - 1}}},?)?\)", re.ASCII)
_WORDS: Final = re.compile(r"['\"]?[A-Za-z_]\w*(?:(?:, | and |[ /.:-])[A-Za-z_]\w*){0,5}['\"]?", re.ASCII)
_EVERYWHERE: Final = frozenset(dir(builtins)) | {"nan", "inf"}


class Template(NamedTuple):
    """A sentence in a source: what is written around its gaps."""

    pieces: tuple[str, ...]

    letters: int
    """How many letters are the course's."""

    is_worded: bool
    """Whether there is more than gaps and blanks."""

    @classmethod
    def of(cls, pieces: tuple[str, ...]) -> Template:
        """Make a template of the parts around gaps."""
        text = "".join(pieces)
        return cls(pieces, sum(map(str.isalpha, text)), bool(text.strip()))


@dataclass(slots=True)
class _Spent:
    """What the gaps of one sentence hold so far."""

    numbers: int = 0
    words: int = 0
    steps: int = 0

    @property
    def is_too_much(self) -> bool:
        return self.numbers > MOST_NUMBERS or self.words > MOST_WORDS or self.steps > MOST_STEPS


@dataclass(frozen=True)
class CourseSentences:
    """The sentences and words of a course's sources; each text of `sources` is a module of Python."""

    sources: tuple[str, ...]
    names: str = ""

    @classmethod
    def of(cls, course: CourseAssignment) -> CourseSentences:
        """Collect what the tests and drivers of a course say, and the modules whose words they use."""
        modules = (
            answers,
            writeups,
            hidden_tests,
            layer_traces,
            judged_predictions,
            expressions,
            measures,
            predictions,
            student_tests,
        )
        ours = (inspect.getsource(module) for module in modules)
        rubric = course.assignment
        names = " ".join(f"{check.name} {check.description}" for check in rubric.checks)
        return cls((*course.checks.values(), course.drivers, *ours), f"{names} {' '.join(rubric.files)}")

    def told(self, sentence: str) -> str:
        """Return a sentence as far as it may be told; nothing where none of its words is the course's."""
        if len(sentence) > MOST_CHARACTERS:
            return ""
        fitting = [template for template in self._alike(sentence) if _fits_around(template, sentence)]
        for template in fitting:
            if self._filled(template, sentence, MOST_NESTED, _Spent()):
                return sentence
        return self._longest(fitting, sentence, MOST_NESTED, _Spent())[0]

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """List the sentences, those with most words of their own first."""
        found = {template.pieces: template for text in self.sources for template in templates_of(text)}
        return tuple(sorted(found.values(), key=lambda template: -template.letters))

    @cached_property
    def _ends(self) -> tuple[frozenset[str], frozenset[str]]:
        """The first and the last characters of the sentences, none for a gap."""
        firsts = {template.pieces[0][:1] for template in self.templates}
        lasts = {template.pieces[-1][-1:] for template in self.templates}
        return frozenset(firsts), frozenset(lasts)

    @cached_property
    def _by_ends(self) -> dict[tuple[str, str], list[Template]]:
        """The sentences by first and last character, each list made when it is first asked for."""
        return {}

    def _alike(self, text: str) -> list[Template]:
        """List the sentences that begin and end as a text does, or with a gap, in the order of `templates`."""
        firsts, lasts = self._ends
        first, last = text[:1] if text[:1] in firsts else "", text[-1:] if text[-1:] in lasts else ""
        if (first, last) not in self._by_ends:
            self._by_ends[first, last] = [
                template
                for template in self.templates
                if template.pieces[0][:1] in ("", first) and template.pieces[-1][-1:] in ("", last)
            ]
        return self._by_ends[first, last]

    @cached_property
    def whole(self) -> frozenset[tuple[str, ...]]:
        """The sentences without gaps, which are found without a search."""
        return frozenset(template.pieces for template in self.templates if len(template.pieces) == 1)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that the course uses anywhere, and those of Python itself."""
        texts = (*self.sources, self.names)
        return frozenset(word for text in texts for word in _WORD.findall(text)) | _EVERYWHERE

    def _filled(self, template: Template, sentence: str, nested: int, spent: _Spent) -> bool:
        """Return whether a sentence is a template whose gaps hold nothing but what may be told."""
        return self._rest_fits(template.pieces, sentence, nested, spent, is_first=True)

    def _rest_fits(
        self, pieces: tuple[str, ...], text: str, nested: int, spent: _Spent, *, is_first: bool = False
    ) -> bool:
        """Match what is left of a sentence with what is left of a template: a gap comes before each piece but one."""
        spent.steps += 1
        piece, *rest = pieces
        if is_first:
            return text.startswith(piece) and (
                self._rest_fits(tuple(rest), text[len(piece) :], nested, spent) if rest else text == piece
            )
        places = _occurrences(text, piece, is_last=not rest)
        for place in places:
            if spent.steps > MOST_STEPS:
                return False
            before = _Spent(spent.numbers, spent.words)
            if self._may_fill(text[:place], nested, spent):
                after = text[place + len(piece) :]
                if not rest or self._rest_fits(tuple(rest), after, nested, spent):
                    return not spent.is_too_much
            spent.numbers, spent.words = before.numbers, before.words
        return False

    def _may_fill(self, gap: str, nested: int, spent: _Spent) -> bool:
        """Return whether what fills a gap is short and no text of an answer, and count it."""
        spent.steps += 1
        if not gap or _SHAPE.fullmatch(gap):
            spent.numbers += gap.count(",")
            return True
        if _NUMBER.fullmatch(gap):
            spent.numbers += 1
            return len(gap) <= MOST_NUMERAL and sum(map(str.isdigit, gap.lstrip("-+0."))) <= MOST_DIGITS
        if nested and (gap,) in self.whole:
            return True
        if _WORDS.fullmatch(gap):
            words = _WORD.findall(gap)
            if self.words.issuperset(words):
                spent.words += len(words)
                return True
        if (number := _COUNTED.fullmatch(gap)) and number[2] in self.words:
            spent.words += 1
            return self._may_fill(number[1], 0, spent)
        if not nested:
            return False
        return any(
            template.is_worded and _fits_around(template, gap) and self._filled(template, gap, nested - 1, spent)
            for template in self._alike(gap)
        )

    def _shortened(self, template: Template, sentence: str, nested: int, spent: _Spent) -> tuple[str, int]:
        """Leave out what fills gaps and may not be told; return also how many letters are the course's.

        Each piece is taken where what comes before it may be told, and else at the first place that fits.
        """
        first, *rest = template.pieces
        told, letters, text = [first], template.letters, sentence[len(first) :]
        for number, piece in enumerate(rest):
            places = _occurrences(text, piece, is_last=number == len(rest) - 1)
            if not places:
                return "", 0
            fitting = next((place for place in places if self._fills(text[:place], nested, spent)), None)
            gap = text[: places[0] if fitting is None else fitting]
            if fitting is None:
                inner, more = self._shortened_gap(gap, nested, spent)
                told.append(inner)
                letters += more
            else:
                told.append(gap)
            told.append(piece)
            text = text[len(gap) + len(piece) :]
        return "".join(told), letters

    def _fills(self, gap: str, nested: int, spent: _Spent) -> bool:
        """Return whether what fills a gap may be told, and count it only then."""
        tried = _Spent(spent.numbers, spent.words, spent.steps)
        may = self._may_fill(gap, nested, tried) and not tried.is_too_much
        spent.steps = tried.steps
        if may:
            spent.numbers, spent.words = tried.numbers, tried.words
        return may

    def _shortened_gap(self, gap: str, nested: int, spent: _Spent) -> tuple[str, int]:
        """Return what is left of a gap that is a sentence of the course around something else."""
        fitting = [template for template in self._alike(gap) if nested and _fits_around(template, gap)]
        told, letters = self._longest(fitting, gap, nested - 1, spent)
        return (told, letters) if told else (LEFT_OUT, 0)

    def _longest(self, fitting: Iterable[Template], sentence: str, nested: int, spent: _Spent) -> tuple[str, int]:
        """Return what the template leaves that leaves most of a sentence, nothing where none leaves enough."""
        best, most, used = "", 0, spent
        for template in fitting:
            tried = _Spent(spent.numbers, spent.words, spent.steps)
            told, letters = self._shortened(template, sentence, nested, tried)
            spent.steps = tried.steps
            if spent.steps > MOST_STEPS:
                break
            if letters >= LEAST_LETTERS and len(told.replace(LEFT_OUT, "")) > len(best.replace(LEFT_OUT, "")):
                best, most, used = told, letters, tried
        spent.numbers, spent.words = used.numbers, used.words
        return best, most


def templates_of(source: str) -> Iterator[Template]:
    """List the texts of a module that may be sentences, docstrings and single words among them."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in node.values)
            template = Template.of(_pieces(node.values))
            if len(template.pieces) <= MOST_GAPS + 1 and any(template.pieces):
                yield template
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield from [Template.of((node.value,))] if node.value.strip() else []


def _pieces(values: Iterable[ast.expr]) -> tuple[str, ...]:
    """Return the written parts around the gaps of an f-string: one more than it has gaps."""
    pieces = [""]
    for value in values:
        if isinstance(value, ast.Constant):
            pieces[-1] += str(value.value)
        else:
            pieces.append("")
    return tuple(pieces)


def _fits_around(template: Template, sentence: str) -> bool:
    """Return at little cost whether a sentence can be of a template: it begins, ends and reads on as that does."""
    first, last = template.pieces[0], template.pieces[-1]
    if len(template.pieces) == 1:
        return sentence == first
    if not (sentence.startswith(first) and sentence.endswith(last)):
        return False
    place = len(first)
    for piece in template.pieces[1:]:
        place = sentence.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return True


def _occurrences(text: str, piece: str, *, is_last: bool) -> list[int]:
    """List where a piece stands, which is at the end if it is the last one."""
    if is_last:
        return [len(text) - len(piece)] if text.endswith(piece) else []
    if not piece:
        return list(range(len(text) + 1))
    return [match.start() for match in re.finditer(re.escape(piece), text)]
