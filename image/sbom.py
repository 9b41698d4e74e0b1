"""Write what an image is made of, in CycloneDX: `sbom.py NAME DPKG_STATUS`.

Python's packages are those of the interpreter that runs this, Debian's those of the status file. Nothing in it depends
on the moment or the machine: the same image gives the same bytes.
"""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

Component = dict[str, object]
NAMED_LICENSE_CHARACTERS = 80  # more is the text of a license, put where its name belongs


def licenses(about: metadata.PackageMetadata) -> list[object]:
    """Give a package's license: an expression of SPDX where it has one, else what it calls its license."""
    headers: dict[str, str] = {key: about[key] for key in about}
    if "License-Expression" in headers:
        return [{"expression": headers["License-Expression"]}]
    classifiers = [line.rsplit(" :: ", 1)[1] for line in about.get_all("Classifier") or () if "License :: " in line]
    name = headers.get("License", "").strip()
    names = classifiers or ([name] if 0 < len(name) <= NAMED_LICENSE_CHARACTERS else [])
    return [{"license": {"name": each}} for each in names]


def python_packages(distributions: Iterable[metadata.Distribution]) -> Iterator[Component]:
    """Give the component of each package, by name."""
    for package in sorted(distributions, key=lambda each: each.metadata["Name"].lower()):
        # As the index writes names in addresses: PEP 503.
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"]).lower()
        component: Component = {
            "type": "library",
            "name": package.metadata["Name"],
            "version": package.version,
            "purl": f"pkg:pypi/{name}@{quote(package.version, safe='')}",
        }
        found = licenses(package.metadata)
        yield component | ({"licenses": found} if found else {})


def debian_packages(status: str) -> Iterator[Component]:
    """Give the component of each package that is installed, in the order of the file."""
    for paragraph in re.split(r"\n{2,}", status.strip()):
        about: Message = HeaderParser().parsestr(paragraph)
        if about["Status"] == "install ok installed":
            name, version, machine = about["Package"], about["Version"], about["Architecture"]
            address = f"pkg:deb/debian/{quote(name, safe='')}@{quote(version, safe='')}"
            yield {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"{address}?arch={machine}&distro=bookworm",
            }


def document(name: str, version: str, components: Iterable[Component]) -> dict[str, object]:
    """Write the list. Source: CycloneDX 1.5."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name, "version": version}},
        "components": [{"bom-ref": component["purl"], **component} for component in components],
    }


def main() -> None:
    """Print the list."""
    name, status = sys.argv[1], Path(sys.argv[2]).read_text(encoding="utf-8")
    components = (*python_packages(metadata.distributions()), *debian_packages(status))
    found = document(name, metadata.version("grade-harness"), components)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
