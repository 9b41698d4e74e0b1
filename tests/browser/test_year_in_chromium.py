"""A course from the night of the deadline to the exam board, with every page that an instructor opens, in a browser."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

from chromium import barriers, in_a_browser
from classes import WHOLE, Grade, lay
from playwright.sync_api import Browser, Page, expect
from year_class import lay_class, mark_all, reviewing

pytestmark = in_a_browser
SIZE = 12


def seen(page: Page) -> str:
    """Give what a page shows, once nothing in it stands in the way of people who hear or type it."""
    assert barriers(page) == []
    return page.locator("body").inner_text()


def scores(grade: Grade) -> dict[str, str]:
    return {row["id"]: row["score"] for row in csv.DictReader(io.StringIO(grade("export", "tiny", "-f", "csv").out))}


def test_a_year_of_a_course_in_a_browser(browser: Browser, grade: Grade, course: Path) -> None:
    lay_class(course, SIZE)
    results = course / "results/tiny"
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    # The morning after: the page of the class, a student in it, their report.
    assert grade("batch", "tiny", "canvas.zip", "--roster", "roster.csv").code == WHOLE
    page.goto((results / "class.html").as_uri())
    assert "12 students: 11 graded, 1 nothing handed in." in seen(page)
    page.get_by_label("Name").fill("noether")
    expect(page.locator("#shown")).to_contain_text("2 of 12")
    page.locator("#roll a:visible").first.click()
    assert "Numbers in columns" in seen(page)
    assert "seed" not in page.content()
    page.goto((results / "class.html").as_uri())
    expect(page.get_by_role("heading", name=re.compile("3 students in unit_rows"))).to_be_visible()

    # An essay is marked beside what was handed in, and a wrong answer of three is named.
    with reviewing(course, "--as", "eve") as address:
        page.goto(address)
        expect(page.locator("#sheet")).to_contain_text("A deviation is how far")
        assert seen(page)
        for key in ("1", "3", "Enter", "2", "2", "Enter"):
            page.locator("body[data-ready]").wait_for()
            page.keyboard.press(key)
        expect(page.locator("#progress")).to_contain_text("1 of 11 marked")
        page.locator("body[data-ready]").wait_for()
        page.keyboard.press("g")
        expect(page.get_by_role("heading", level=1)).to_have_text("The same wrong answer")
        assert "(1 / 2 + 1.0 * length)" in seen(page)
        page.get_by_label("What they did").first.fill("a good half is added")  # letters that are keys elsewhere
        page.get_by_label("A question that leads on").first.fill("how long is a row of length 1?")
        page.get_by_label("A question that leads on").first.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Kept as same-answer-")
        assert "a good half is added" in seen(page)
    before = scores(grade)
    assert grade("regrade", "tiny").code == WHOLE
    told = [path for path in (results / "reports").glob("*.html") if "a good half is added" in path.read_text("utf-8")]
    assert len(told) == 3
    page.goto(told[0].as_uri())
    assert "a good half is added" in seen(page)
    assert scores(grade) == before

    # A mail, a note from a doctor, the last essays; then everything goes back, and the exam board gets its sheet.
    lay(course, {"decisions.csv": "student,points,excuse,why\n00007,9,,spoke about it\n00011,,yes,ill\n"})
    assert grade("decide", "decisions.csv", "-a", "tiny", "--keep").code == WHOLE
    mark_all(course)
    assert grade("regrade", "tiny").code == WHOLE
    after = scores(grade)
    assert (after["00007"], after["00011"]) == ("9", "")
    archive = Path(grade("feedback", "tiny", "--to", "canvas").out.strip())
    with zipfile.ZipFile(archive) as feedback:
        feedback.extractall(course / "feedback")
    reports = sorted((course / "feedback").iterdir())
    assert len(reports) == SIZE - 1
    page.goto(reports[0].as_uri())
    assert "of 16" in seen(page)
    assert grade("totals", "--html", "totals.html").code == WHOLE
    page.goto((course / "totals.html").as_uri())
    sheet = seen(page)
    assert "1 without a total" in sheet  # who is excused from all that there is
    assert [line.split()[-1] for line in sheet.splitlines() if line.startswith("00007")] == ["3"]
    assert complaints == []
