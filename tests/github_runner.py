"""What GitHub's runner makes of a log and of the file for step outputs."""

from __future__ import annotations

import re


def executed(log: str) -> list[str]:
    """Read a log as GitHub's runner does: commands begin a line, and none counts until a stop is lifted."""
    found, stopped = [], ""
    for line in log.splitlines():
        text = line.strip()
        if stopped:
            stopped = "" if text == f"::{stopped}::" else stopped
        elif text.startswith("::stop-commands::"):
            stopped = text.removeprefix("::stop-commands::")
        elif re.match(r"::[a-z-]+( .*)?::", text):
            found.append(text)
    return found


def outputs_read(text: str) -> dict[str, str]:
    """Read outputs as GitHub's runner does."""
    lines, values = iter(text.splitlines()), {}
    for line in lines:
        if 0 <= line.find("=") < line.find("<<") or "<<" not in line:
            name, _, values_text = line.partition("=")
            values[name] = values_text
            continue
        name, _, delimiter = line.partition("<<")
        value = []
        for part in lines:
            if part == delimiter:
                break
            value.append(part)
        values[name] = "\n".join(value)
    return values
