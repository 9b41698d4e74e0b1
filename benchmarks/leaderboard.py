"""What the leaderboard of a class costs: written, opened from a file, and sorted by another measure in Chromium.

    .venv/bin/python benchmarks/leaderboard.py [--students 2000] [--rounds 5]

Measured as in class_page.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from class_page import CLICK, opened, told

from grader.reporting.html import template_environment
from grader.reporting.leaderboard import render_leaderboard

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))  # the class that the test shows
from chromium import CHROMIUM, chromium
from test_leaderboard_in_chromium import drawn


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    if CHROMIUM is None:
        sys.exit("no Chromium is on PATH, expected one to measure with")
    board, environment = drawn(chosen.students), template_environment()
    began = time.process_time()
    html = render_leaderboard(board, environment)
    print(
        f"{chosen.students} students, {len(html) / 1e6:.2f} MB, written in {time.process_time() - began:.2f} s of CPU"
    )
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "leaderboard.html"
        file.write_text(html, encoding="utf-8")
        figures: dict[str, list[float]] = {"open": [], "open, CPU": [], "sort by another measure": []}
        for _ in range(chosen.rounds):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            devtools = page.context.new_cdp_session(page)
            devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
            figures["open"].append(opened(page, file.as_uri()))
            metrics = {row["name"]: row["value"] for row in devtools.send("Performance.getMetrics")["metrics"]}
            figures["open, CPU"].append(1000 * metrics["TaskDuration"])
            figures["sort by another measure"].append(page.evaluate(CLICK, ".sorts li:last-child a"))
            page.close()
    for what, milliseconds in figures.items():
        print(told(what, milliseconds))


if __name__ == "__main__":
    main()
