"""The zip that Gradescope builds an autograder from: an assignment of the course, the harness as a wheel, two scripts.

It is made from what runs here, so that a grade there is made with the versions that were tried here; the same course
and harness give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import jinja2
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from grader.course.assignment import CourseAssignment
from grader.course.installation import DISTRIBUTION
from grader.course.reproducible_zip import EXECUTABLE, PRIVATE, READABLE, course_files, zipped
from grader.errors import UsageError
from grader.reporting.html import template_environment

PACKAGE: Final = "grader"
RUN, SETUP, REQUIREMENTS, CONSTRAINTS = "run_autograder", "setup.sh", "requirements.txt", "constraints.txt"
COURSE: Final = "course"
ROSTER: Final = "roster.csv"
TEMPLATES: Final = {RUN: "run_autograder.j2", SETUP: "setup.sh.j2"}
SPARE_SECONDS: Final = 30  # of Gradescope's time limit, to write the file in


@dataclass(frozen=True, slots=True)
class Terms:
    """What a bundle's scripts are to do: Gradescope's time limit, options of the grading, one more package index.

    `roster` is a CSV by which variants were handed out, empty where there are none.
    """

    minutes: int = 10
    options: tuple[str, ...] = ()
    package_index: str = ""
    roster: bytes = b""


def bundle(course: CourseAssignment, terms: Terms, environment: jinja2.Environment) -> bytes:
    """Write the zip of an assignment; its samples stay here."""
    scripts = environment.overlay(autoescape=False)  # what they are given is quoted for the shell
    wheel_name, wheel_bytes = wheel()
    needed = requirements(course.assignment.runtime.modules)
    facts = {
        "assignment": shlex.quote(course.name),
        "options": shlex.join(terms.options),
        "roster": ROSTER if terms.roster else "",
        "package_index": shlex.quote(terms.package_index) if terms.package_index else "",
        "seconds": terms.minutes * 60 - SPARE_SECONDS,
        "wheel": wheel_name,
    }
    files: dict[str, tuple[bytes, int]] = {
        name: (f"{scripts.get_template(template).render(facts)}\n".encode(), EXECUTABLE)
        for name, template in TEMPLATES.items()
    }
    files[REQUIREMENTS] = ("".join(f"{line}\n" for line in needed).encode(), READABLE)
    files[CONSTRAINTS] = ("".join(f"{line}\n" for line in pins(needed)).encode(), READABLE)
    files[wheel_name] = (wheel_bytes, READABLE)
    files |= {f"{COURSE}/reference/{path}": (data, PRIVATE) for path, data in course_files(course).items()}
    if terms.roster:
        files[ROSTER] = (terms.roster, PRIVATE)
    return zipped(files)


def write_bundle(course: CourseAssignment, file: Path, terms: Terms) -> None:
    """Write the zip to a file.

    Raises:
        UsageError: it cannot be written.
    """
    data = bundle(course, terms, template_environment())
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None


def requirements(modules: Iterable[str]) -> tuple[str, ...]:
    """List what an assignment's grading needs besides the harness; torch only where the assignment allows it."""
    allowed = {module.split(".")[0] for module in modules}
    needed = {name: spec for name, spec in _required(DISTRIBUTION).items() if name != "torch" or name in allowed}
    distributions = metadata.packages_distributions()
    for module in sorted(allowed):
        for name in distributions.get(module, ()):
            needed.setdefault(canonicalize_name(name), name)
    return tuple(needed[name] for name in sorted(needed))


def pins(needed: Iterable[str]) -> tuple[str, ...]:
    """List the versions that are installed here of these packages and of all that they need in turn."""
    versions: dict[str, str] = {}
    names = [canonicalize_name(Requirement(spec).name) for spec in needed]
    while names:
        name = names.pop()
        with suppress(metadata.PackageNotFoundError):  # an optional part of another system
            if name not in versions:
                # A local label, as in 2.13.0+cpu, names a build of one index and is found nowhere else.
                versions[name] = metadata.version(name).split("+")[0]
                names.extend(_required(name))
    return tuple(f"{name}=={versions[name]}" for name in sorted(versions))


def _required(name: str) -> dict[NormalizedName, str]:
    """Map what a package needs here, extras aside, to how it says so."""
    specs = [Requirement(spec) for spec in metadata.requires(name) or ()]
    return {
        canonicalize_name(spec.name): f"{spec.name}{spec.specifier}"
        for spec in specs
        if spec.marker is None or spec.marker.evaluate({"extra": ""})
    }


def wheel() -> tuple[str, bytes]:
    """Pack the harness as it runs here into a wheel, whether it was installed or stands in a checkout.

    Source: the binary distribution format of the Python Packaging User Guide, version 1.0.
    """
    distribution = metadata.distribution(DISTRIBUTION)
    version = distribution.version
    stem = f"{DISTRIBUTION.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    files = harness_files()
    header, *_description = (distribution.read_text("METADATA") or "").split("\n\n", 1)
    files[f"{info}/METADATA"] = f"{header}\n".encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: grade\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/entry_points.txt"] = (distribution.read_text("entry_points.txt") or "").encode()
    record = f"{info}/RECORD"
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}"
        for path, data in sorted(files.items())
    ]
    files[record] = "".join(f"{row}\n" for row in (*rows, f"{record},,")).encode()
    name = f"{stem}-py3-none-any.whl"
    return name, zipped({path: (data, READABLE) for path, data in files.items()})


def harness_files() -> dict[str, bytes]:
    """Read the harness's own modules and its templates, by their path in a wheel."""
    package = Path(__file__).parents[1]
    sources = sorted(path for path in package.rglob("*") if path.suffix == ".py" or path.name == "py.typed")
    files = {f"{PACKAGE}/{path.relative_to(package).as_posix()}": path.read_bytes() for path in sources}
    for folder in (package / "templates", package.parent / "templates"):
        found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        if found:
            names = {path: path.relative_to(folder).as_posix() for path in found}
            return files | {f"{PACKAGE}/templates/{names[path]}": path.read_bytes() for path in found}
    raise FileNotFoundError("the harness's templates are not beside it")
