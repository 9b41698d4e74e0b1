"""The browser that the tests of a file share: starting one takes a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import chromium
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser, which ends with the file: its event loop would be in the way of tests elsewhere."""
    with chromium() as started:
        yield started
