"""The types of what hidden tests ask pytest for: `student` and `reference`, and `note`.

The third fixture is `rng`, a `numpy.random.Generator`, seeded from the course's seed, the check and the case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Subject = Callable[..., Any]
"""`subject(driver, **inputs)` runs a driver and returns what it returned: numbers, texts, arrays, lists, dicts."""

Note = Callable[[str], None]
"""`note(sentence)` adds a sentence to the line of a check that is passed."""
