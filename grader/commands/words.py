"""A command of `grade` that says which option a word belongs to, where it takes no such word."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from typer import BadParameter
from typer.core import TyperCommand

from grader.errors import UsageError

PLACES: Final = ("--submission", "--from", "--results", "--out")
"""Options that a folder or file was meant for, of several that a command has the first."""
CHECKS: Final = "--only"
PARSER_ERROR: Final = cast("type[Exception]", BadParameter.__base__)  # each version of typer keeps it elsewhere
NEGATIVE: Final = re.compile(r"-[0-9.,]")
"""Begins a number below zero, which the parser takes for an option."""
EXPECTED: Final = "Input should be "
"""Begins what pydantic, which reads numbers for typer, says of one."""


class Command(TyperCommand):
    """Takes the arguments and options of its function; what is left over ends in a sentence with a command to type."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer's own
        """Parse the words behind the command.

        Raises:
            UsageError: words are left over, or a path stands where an assignment's name is expected.
        """
        ctx.allow_extra_args = True  # they are looked at below
        given = list(args)
        left = self._parsed(ctx, args)
        if ctx.resilient_parsing:
            return left
        named = ctx.params.get("assignment")
        if isinstance(named, str) and is_path(named):
            behind = [word for word in left if not is_path(word)]
            raise UsageError(self._misplaced(named, behind[:1] or ["ASSIGNMENT"], without(given, [named, *left])))
        if left:
            raise UsageError(self._left_over(left, without(given, left)))
        return left

    def _parsed(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # typer's own
        """Parse words, numbers below zero among them.

        Raises:
            UsageError: an option is no number of those that it takes.
        """
        given = list(args)
        try:
            try:
                return list(super().parse_args(ctx, args))
            except PARSER_ERROR as error:
                if not NEGATIVE.match(getattr(error, "option_name", "")):
                    raise
                ctx.ignore_unknown_options = True
                return list(super().parse_args(ctx, given))
        except BadParameter as error:
            expected = error.message.partition(EXPECTED)[2].partition(",")[0]
            if not expected or error.param is None:
                raise
            if expected.startswith(("greater", "less")):
                expected = f"a number {expected}"
            option = error.param.opts[0]
            raise UsageError(f"{option} is {_value_of(error.param.opts, given)}, expected {expected}") from None

    def _misplaced(self, path: str, names: Sequence[str], rest: Sequence[str]) -> str:
        said = f"{path} is a path, expected the name of an assignment"
        option = self._option(rest, PLACES)
        if option is None:
            return f"{said} as `grade list` shows it"
        return f"{said}; type: {shlex.join(['grade', self.name or '', *names, *rest, option, path])}"

    def _left_over(self, left: Sequence[str], rest: Sequence[str]) -> str:
        arguments = [
            (getattr(one, "metavar", None) or str(one.name).upper()).strip("[].")
            for one in self.params
            if one.param_type_name == "argument"
        ]
        said = f"grade {self.name} takes {' '.join(arguments) or 'options only'}, got {shlex.join(left)} as well"
        paths = [word for word in left if is_path(word)]
        option = self._option(rest, PLACES if paths else (CHECKS,))
        if option is None:
            return f"{said}; see: grade {self.name} --help"
        meant = shlex.join(["grade", self.name or "", *rest, option, (paths or left)[0]])
        return f"{said}; {'a path' if paths else 'a check'} is named by {option}: {meant}"

    def _option(self, given: Sequence[str], wanted: Sequence[str]) -> str | None:
        """Return the first of these options that the command has and that was not given."""
        options = [one.opts for one in self.params if one.param_type_name == "option"]
        free = [opts for opts in options if not any(word.partition("=")[0] in opts for word in given)]
        return next((option for option in wanted if any(option in opts for opts in free)), None)


def _value_of(names: Sequence[str], words: Sequence[str]) -> str:
    """Return what stands behind an option."""
    for place, word in enumerate(words):
        name, is_joined, value = word.partition("=")
        if name in names:
            return repr(value if is_joined else words[place + 1])
    return "another"


def is_path(word: str) -> bool:
    """Return whether a word says where something lies, rather than what it is called."""
    return os.sep in word or "/" in word or word in {".", ".."} or (bool(Path(word).suffix) and Path(word).exists())


def without(words: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return words without the last occurrence of each of those."""
    rest = list(words)[::-1]
    for word in taken:
        if word in rest:
            rest.remove(word)
    return rest[::-1]
