"""A class of a whole course, handed in as Canvas gives it out, for a browser and for the pictures of the documentation.

`python tests/year_class.py` makes the pictures of docs/instructors.md anew.
"""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

from chromium import chromium
from classes import COMMAND, CORRECT, SHORT_ROWS, STUB, lay, packed, unlike
from PIL import Image
from playwright.sync_api import Page
from tiny_course import RUBRIC, SCALE, STATS, build

from grader.commands.class_options import RESULTS
from grader.gradebook.book import gradebook
from grader.gradebook.records import NewMark

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1100, 700
RUBRIC_OF_YEAR: Final = (
    RUBRIC
    + """
[late]
due = 2026-04-16T23:59:00
time_zone = "Europe/Bucharest"
per = "day"
deduct = 1

[[by_hand]]
name = "essay"
part = "stats"
title = "What is a deviation?"
points = 4
says = "the answer says what a deviation is, in own words"
writeup = "*.txt"

[[by_hand]]
name = "sketch"
part = "stats"
title = "Two clouds of points"
points = 2
says = "an example with much and one with little covariance"
writeup = "*.txt"
"""
)
COURSE: Final = (
    '[course]\ntitle = "Numbers, summer 2026"\n[course.weights]\ntiny = 1\n[course.grades]\n1 = 90\n3 = 50\n5 = 0\n'
)
GIVEN: Final = ("Ada", "Grace", "Emmy", "Sofia", "Ștefan", "Łukasz", "José", "Ngọc", "Zoë", "Mary", "Seán", "Özde")
FAMILY: Final = ("Lovelace", "Hopper", "Noether", "Groß", "de la Cruz", "Nguyễn", "O'Neil", "Müller-Lüdenscheidt")
ESSAY: Final = """\
{name}

A deviation is how far the numbers of a column lie from their mean, on average: each distance is squared, the squares
are averaged, and the root of that is taken, so that it has the unit of the numbers again.

Two columns vary together where both are above their means in the same rows. Heights and weights of people do. The last
digits of their telephone numbers do not.
"""
# One mistake in two ways of writing it; another; a third with the first half of the copies.
HALF: Final = {**CORRECT, "scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(length + 0.5)")}
HALF_TOO: Final = {**CORRECT, "scale.py": SCALE.replace("np.where(length == 0, 1, length)", "(1 / 2 + 1.0 * length)")}
TWICE: Final = {**CORRECT, "stats.py": STATS.replace("** 2).mean(axis=0)", "** 2).mean(axis=0) * 2")}
KINDS: Final = (CORRECT, HALF, SHORT_ROWS, CORRECT, TWICE, HALF_TOO, CORRECT, STUB, HALF, CORRECT, SHORT_ROWS)


def lay_class(course: Path, size: int) -> None:
    """Write course, roster and Canvas's download of a class; the last on the roster hands in nothing."""
    build(course, rubric=RUBRIC_OF_YEAR)
    names = [(GIVEN[n % len(GIVEN)], FAMILY[(n * 5 + n // 12) % len(FAMILY)]) for n in range(size)]
    roster = ["Student,ID,SIS User ID,SIS Login ID,Email,Section,Submitted at"]
    download: dict[str, str | bytes] = {}
    for number, (given, family) in enumerate(names):
        day = 17 if number % 9 == 5 else 16
        roster.append(
            f'"{family}, {given}",{100 + number},{number:05},u{number},u{number}@uni.example,'
            f"{'Monday' if number % 2 else 'Tuesday'},2026-04-{day} {8 + number % 12:02}:{number % 60:02}"
        )
        sortable = "".join(char for char in f"{family}{given}".casefold() if char.isalnum())
        files = unlike(KINDS[number % len(KINDS)], number) | {"answer.txt": ESSAY.format(name=f"{given} {family}")}
        if number < size - 1:
            download |= {
                f"{sortable}_{100 + number}_{9000 + 10 * number + place}_{name}": text
                for place, (name, text) in enumerate(files.items())
            }
    lay(course, {"roster.csv": "\n".join(roster) + "\n", "canvas.zip": packed(download), "course.toml": COURSE})


def mark_all(course: Path) -> None:
    """Mark every row of everybody that is not marked yet, as `grade review` keeps it."""
    with gradebook(str(course / RESULTS / "gradebook.sqlite"), print) as book:
        for one in book.results.submissions("tiny"):
            given = {mark.row for mark in book.decisions.marks("tiny", one.number)}
            marks = [
                NewMark(row, title, Fraction((one.number * 7) % (most + 1)), Fraction(most), "", follows=0)
                for row, title, most in (("essay", "What is a deviation?", 4), ("sketch", "Two clouds of points", 2))
                if row not in given
            ]
            assert book.decisions.mark(one.number, "tiny", marks, "dan")


@contextmanager
def reviewing(course: Path, *arguments: str) -> Iterator[str]:
    """Run `grade review` and give its address; it ends as by Ctrl-C."""
    process = subprocess.Popen(
        [*COMMAND, "review", "tiny", *arguments], cwd=course, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def draw(folder: Path) -> None:
    """Make the pictures of docs/instructors.md."""
    course = folder / "course"
    lay_class(course, 48)

    def typed(*words: str) -> None:
        subprocess.run([*COMMAND, *words], cwd=course, capture_output=True, check=True)

    typed("batch", "tiny", "canvas.zip", "--roster", "roster.csv")
    results = course / RESULTS.name / "tiny"
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto((results / "class.html").as_uri())
        _keep(page, "class-page")
        with reviewing(course, "--as", "eve") as address:
            page.goto(address)
            for keys in ("1 3 Enter", "2 2 Enter", "1 2 . 5 c"):
                for key in keys.split():
                    page.locator("body[data-ready]").wait_for()
                    page.keyboard.press(key)
            _keep(page, "review-page")
            page.set_viewport_size({"width": WIDTH, "height": HEIGHT + 250})
            page.goto(address.split("/?")[0] + "/answers")
            page.get_by_label("What they did").first.fill("a half is added to the length")
            page.get_by_label("A question that leads on").first.fill("how long is a row whose length is 1?")
            page.evaluate("window.scrollTo(0, 0)")
            _keep(page, "review-answers")
        mark_all(course)
        page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        typed("totals", "--html", "totals.html")
        page.goto((course / "totals.html").as_uri())
        _keep(page, "totals-page")


def _keep(page: Page, name: str) -> None:
    """Write what the window shows, in a form that is small for text and areas of one colour."""
    with Image.open(io.BytesIO(page.screenshot())) as image:
        image.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        draw(Path(place))
    sys.stdout.write(f"{IMAGES}\n")
