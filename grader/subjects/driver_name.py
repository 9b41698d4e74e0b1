"""The name of a driver, by which the submission's worker finds it, or why what a test calls is none."""

from __future__ import annotations

from grader.errors import DriverError


def driver_name(driver: object, positional: tuple[object, ...] = ()) -> str:
    """Return the name of a function of `drivers.py`.

    Args:
        driver: What a hidden test hands to `student` or `reference`.
        positional: What it hands over beside it without a name.

    Raises:
        DriverError: it is no such function, or an input has no name.
    """
    name = getattr(driver, "__name__", None)
    if not callable(driver) or not isinstance(name, str):
        raise DriverError(f"the driver is {driver!r:.60}, expected a function of drivers.py, not its name or value")
    qualified = str(getattr(driver, "__qualname__", name))
    if name == "<lambda>":
        raise DriverError("the driver is a lambda, expected a function of drivers.py, which is found by its name")
    if (qualified.startswith("test_") and qualified != name) or not name.isidentifier():
        raise DriverError(f"the driver {qualified} is defined within a test, expected a function of drivers.py")
    if positional:
        raise DriverError(f"an input of {shown_driver(driver)} has no name, expected inputs such as student(..., x=x)")
    return name


def shown_driver(driver: object) -> str:
    """Return what messages call a driver: a ready one by its kind and target, which its name only spells."""
    return str(getattr(driver, "shown", getattr(driver, "__name__", driver)))


def is_ready(driver: object) -> bool:
    """Return whether a driver is a ready one, which adds no words of its own to what is returned."""
    return hasattr(driver, "shown")
