"""Why a file of a form that programs read does not parse, told before it is handed in."""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

import yaml

from grader.errors import UnreadableError
from grader.model.unmerged import MARKS, unmerged
from grader.submissions.source_text import source_text


def parse_fault(path: str, data: bytes) -> str:
    """Describe why a file does not parse, as a sentence that begins with its path; empty where nothing is known."""
    parse = _PARSERS.get(PurePosixPath(path).suffix.casefold())
    if parse is None:
        return ""
    try:
        text = source_text(data, is_python=path.casefold().endswith(".py")).text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes and comparisons in what is only parsed
            parse(text)
    except UnreadableError as error:
        return f"{path} {error}"
    except SyntaxError as error:
        merge = unmerged(text) if (error.text or "").startswith(MARKS) else ""
        return f"{path}:{error.lineno or 1} does not parse: {merge or error.msg}"
    except json.JSONDecodeError as error:
        return f"{path}:{error.lineno} does not parse: {error.msg}"
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return f"{path}{f':{mark.line + 1}' if mark else ''} does not parse: {error.problem or error.context}"
    except (ValueError, RecursionError, MemoryError, yaml.YAMLError) as error:
        return f"{path} does not parse: {str(error) or type(error).__name__}"
    return ""


_PARSERS: Final[dict[str, Callable[[str], object]]] = {
    ".py": ast.parse,
    ".ipynb": json.loads,
    ".json": json.loads,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}
