"""Read the metadata of Gradescope's export: plain texts, numbers and times, whatever else stands in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from grader.errors import UsageError
from grader.intake.identify import normalize, plain_text
from grader.submissions.members import MIB

MAX_METADATA_BYTES: Final = 256 * MIB


class _RubyLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C's where it was compiled
    """Reads what Ruby writes: plain data, its classes left aside."""


def _plain_data(loader: Any, _tag: str, node: yaml.Node) -> object:  # noqa: ANN401  # the base is chosen as it runs
    """Read a tagged node as what it is written as."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


def _refuse_merge(_loader: Any, node: yaml.MappingNode) -> None:  # noqa: ANN401  # the base is chosen as it runs
    """Refuse keys that stand for others' (`<<: *a`): each level of them may be ten times as large as the one before."""
    if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
        raise yaml.constructor.ConstructorError(None, None, "a mapping is merged with others", node.start_mark)


_RubyLoader.add_multi_constructor("!ruby/", _plain_data)
_RubyLoader.flatten_mapping = _refuse_merge


def gradescope_metadata(path: Path) -> dict[str, dict[str, object]]:
    """Read what is said of each submission, by its folder.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_METADATA_BYTES + 1)
        if len(text) > MAX_METADATA_BYTES:
            raise UsageError(f"{path} is too large, expected at most {MAX_METADATA_BYTES // MIB} MiB")
        document = yaml.load(text, Loader=_RubyLoader)  # noqa: S506  # a safe loader; see above
    except (yaml.YAMLError, OSError, RecursionError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    if not isinstance(document, dict):
        raise UsageError(f"{path} lists no submissions, expected one after the other by folder")
    return {
        name: record
        for key, record in document.items()
        if isinstance(record, dict)
        and (name := plain_text(key))
        and PurePosixPath(name).name == name
        and normalize(name) != ".."
    }


def ruby_time(value: object) -> dt.datetime | None:
    """Read a time as Ruby writes it: in UTC, or an object of which one field is."""
    if isinstance(value, dict):
        value = value.get("utc")
    if not isinstance(value, dt.datetime):
        return None
    return value.astimezone(dt.UTC) if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
