"""What the page of a class costs: written, opened from a file, sorted and filtered in Chromium.

    .venv/bin/python benchmarks/class_page.py [--students 2000] [--rounds 5]

Opening is from the start of the navigation to the second frame after the page has loaded; sorting and filtering from
the click or the key to the second frame after it. The best and the middle of all rounds are told: what is above the
best is other work of the machine. CPU is that of the page's own thread while it opened, best of all rounds, which other
work hardly touches.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from grader.reporting.class_page import render_class
from grader.reporting.html import template_environment

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the classes that the tests show, and their browser
from chromium import CHROMIUM, chromium
from example_classes import drawn_class

TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
CLICK = f"""async (selector) => {{
  const began = performance.now();
  document.querySelector(selector).click();
  return await {TWO_FRAMES} - began;
}}"""
TYPE = f"""async (text) => {{
  const began = performance.now();
  const find = document.getElementById("find");
  find.value = text;
  find.dispatchEvent(new Event("input"));
  return await {TWO_FRAMES} - began;
}}"""


def opened(page: Page, address: str) -> float:
    """Open the page; give the milliseconds until it is drawn, counted from the start of the navigation."""
    page.goto(address)
    return float(page.evaluate(TWO_FRAMES))


def told(what: str, milliseconds: list[float]) -> str:
    """Write one measurement as a line."""
    return f"{what:30} best {min(milliseconds):7.0f} ms  middle {statistics.median(milliseconds):7.0f} ms"


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    if CHROMIUM is None:
        sys.exit("no Chromium is on PATH, expected one to measure with")
    roll, environment = drawn_class(chosen.students), template_environment()
    began = time.process_time()
    html = render_class(roll, environment)
    print(
        f"{chosen.students} students, {len(html) / 1e6:.2f} MB, written in {time.process_time() - began:.2f} s of CPU"
    )
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "class.html"
        file.write_text(html, encoding="utf-8")
        figures: dict[str, list[float]] = {}
        for _ in range(chosen.rounds):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            devtools = page.context.new_cdp_session(page)
            devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
            figures.setdefault("open", []).append(opened(page, file.as_uri()))
            metrics = {row["name"]: row["value"] for row in devtools.send("Performance.getMetrics")["metrics"]}
            figures.setdefault("open, CPU", []).append(1000 * metrics["TaskDuration"])
            columns = page.locator("#roll thead button").count()
            for number in (1, 2, columns):
                name = page.locator("#roll thead button").nth(number - 1).inner_text().split("\n")[0]
                milliseconds = page.evaluate(CLICK, f"#roll thead th:nth-child({number}) button")
                figures.setdefault(f"sort by {name}", []).append(milliseconds)
            figures.setdefault("type a name", []).append(page.evaluate(TYPE, "noether"))
            figures.setdefault("show everybody again", []).append(page.evaluate(CLICK, "#all"))
            page.close()
    for what, milliseconds in figures.items():
        print(told(what, milliseconds))


if __name__ == "__main__":
    main()
