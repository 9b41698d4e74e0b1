"""Inside a container: compare the list of what is in it, CycloneDX, with what there is: `listed.py LIST`."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

STATUS = Path("/var/lib/dpkg/status")


def listed(document: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Map each package of a kind, as addresses of packages name it, to its version."""
    rows = [row for row in document["components"] if row["purl"].startswith(f"pkg:{kind}/")]
    return {row["name"].lower(): row["version"] for row in rows}


def in_debian(status: str) -> dict[str, str]:
    """Map each package that Debian's package manager knows to its version."""
    return dict(re.findall(r"^Package: (\S+)$.*?^Version: (\S+)$", status, re.MULTILINE | re.DOTALL))


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """Say which packages are listed and not there, there and not listed, or there in another version."""
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            yield f"{name} is listed as {found.get(name, 'missing')}, expected {expected.get(name, 'missing')}"


def main() -> None:
    """Compare, and say how many there are."""
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    there = {
        "pypi": {entry.metadata["Name"].lower(): entry.version for entry in metadata.distributions()},
        "deb": in_debian(STATUS.read_text(encoding="utf-8")),
    }
    problems = []
    for kind, expected in there.items():
        found = listed(document, kind)
        problems += list(differences(expected, found))
        sys.stdout.write(f"figure: {len(expected)} packages of kind {kind}, {len(found)} of them listed\n")
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    raise SystemExit(1 if problems else 0)


if __name__ == "__main__":
    main()
