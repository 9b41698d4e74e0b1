"""A submission as the gradebook keeps it: what the student wrote, compressed, without what the course provides.

It is enough to grade again when the files that were handed in are gone.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from grader.model.submission import SourceMap, StoredOutput
from grader.submissions.read import Submission

FORM: Final = "grade/content/v1"


def dump(submission: Submission, provided: Mapping[str, str]) -> bytes:
    """Write a submission. Its label and notes are kept beside it: two students may hand in the same files."""
    own = {path: text for path, text in submission.sources.items() if provided.get(path) != text}
    document = {
        "form": FORM,
        "sources": own,
        "missing": list(submission.missing),
        "unreadable": submission.unreadable,
        "attachments": {path: base64.b64encode(data).decode() for path, data in submission.attachments.items()},
        "origins": {path: asdict(origin) for path, origin in submission.origins.items()},
        "stored_outputs": [asdict(output) for output in submission.stored_outputs],
    }
    # Checkpoints hardly shrink, however long it is tried.
    return zlib.compress(json.dumps(document).encode("ascii"), level=1 if submission.attachments else -1)


def load(
    content: bytes, label: str, notes: Sequence[str], digest: str, files: Sequence[str], provided: Mapping[str, str]
) -> Submission:
    """Read a submission back, laid over the files that the course provides and asks for today.

    `label`, `notes` and `digest` are those that were kept beside it.
    """
    document = json.loads(zlib.decompress(content))
    if document["form"] != FORM:
        raise ValueError(f"content is {document['form']!r}, expected {FORM!r}")
    written = {path: text for path, text in document["sources"].items() if path not in provided}
    held = {*written, *document["unreadable"]}
    missing = tuple(path for path in files if path not in held)
    fresh = [path for path in missing if path not in document["missing"]]
    asked = [f"{path} is asked for since this was handed in, and is not kept: grade the files again" for path in fresh]
    sources = dict(sorted({**provided, **written}.items()))
    attachments = {path: base64.b64decode(text) for path, text in document.get("attachments", {}).items()}
    origins = {
        path: SourceMap(**{**origin, "cells": tuple((cell, lines) for cell, lines in origin["cells"])})
        for path, origin in document.get("origins", {}).items()
        if path in written
    }
    outputs = tuple(StoredOutput(**output) for output in document.get("stored_outputs", ()))
    return Submission(
        label, sources, (*notes, *asked), missing, dict(document["unreadable"]), digest, attachments, origins, outputs
    )
