"""Write submissions that put an answer of their own in the place of what a driver gives, in the very call that runs.

Nothing keeps code from changing the process that it runs in: what it cannot do is know the right values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SOURCE: Final = """
import sys

import numpy as np

{answers}

frame = sys._getframe()
while frame is not None and frame.f_code.co_name != "run_driver":
    frame = frame.f_back
if frame is not None:
    call, names = frame.f_locals["call"], frame.f_globals
    packed = getattr(names["packed_reply"], "honest", names["packed_reply"])
    answer = ANSWERS.get(call.kind)

    def forged(kind, number, body):
        return packed(kind, number, body) if answer is None else packed("value", number, answer(**call.body))

    forged.honest = packed
    names["packed_reply"] = forged
raise NotImplementedError
"""


def write_forging(folder: Path, file: str, answers: str) -> Path:
    """Write a file that forges answers when it is imported; `answers` defines ANSWERS, functions by driver."""
    place = folder / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(_SOURCE.format(answers=answers.strip()), encoding="utf-8")
    return folder
