"""The student as a subject: `student(driver, **inputs)` runs a driver on the submission, in the sandbox."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from grader.model.observation import Failure, Observation, Returned, Value
from grader.model.values import with_own_containers
from grader.sandbox.host.session import Session
from grader.subjects.driver_name import driver_name
from grader.subjects.recordings import call_bytes, seed_of
from grader.wording.failures import Quotable, explain, names_in

Driver = Callable[..., Value]
Subject = Callable[..., Value]
"""What a hidden test calls as `student` or `reference`: `subject(driver, **inputs)` returns plain values."""


class StudentFailure(Exception):  # noqa: N818  # not an error of ours: the way a case ends
    """The student's code gave no value."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def quotable_of(session: Session, call: bytes = b"", *, is_public: bool = True) -> Quotable:
    """Collect what a message about a failed call of a driver may repeat; `is_public` says whether its inputs are."""
    return Quotable(
        sources=session.sources,
        broken=session.broken,
        source_maps=session.source_maps,
        provided=session.provided,
        known=f"{session.drivers}\n{names_in(call)}",
        runtime=session.runtime,
        is_public=is_public,
        unreadable=session.unreadable,
        missing=session.missing,
        asked=session.asked,
        python=sys.version_info[:2],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One driver call of a case and what the student's code gave."""

    driver: str
    inputs: dict[str, Value]
    identity: bytes
    observation: Observation


@dataclass(slots=True, eq=False)
class StudentSubject:
    """Call drivers on the submission that a session holds, and record the calls of one case.

    Each call may take so many processor seconds; `public` says whether the student may see what it prints and raises.
    `expected_kind` tells what kind of value the reference gives where the course's code could not work with another,
    in a call of a driver.
    """

    session: Session
    seconds: float = field(default=5.0, kw_only=True)
    public: bool = field(default=False, kw_only=True)
    expected_kind: Callable[[Returned, str, bytes], str] | None = field(default=None, kw_only=True)
    calls: list[Call] = field(default_factory=list, init=False)

    def __call__(self, driver: Driver, *positional: object, **inputs: Value) -> Value:
        """Run a driver in the sandbox.

        Raises:
            DriverError: it is no driver, or an input has no name.
            StudentFailure: it gave no value.
        """
        name = driver_name(driver, positional)
        identity = call_bytes(name, inputs)
        observation = self.session.observe(identity, self.seconds, seed_of(identity), public=self.public)
        self.calls.append(Call(name, dict(inputs), identity, observation))
        failure = observation.failure
        if failure is not None:
            expected = ""
            if failure.returned is not None and self.expected_kind is not None:
                expected = self.expected_kind(failure.returned, name, identity)
            raise StudentFailure(explain(failure, quotable_of(self.session, identity, is_public=self.public), expected))
        return with_own_containers(observation.value)  # a test may pop; what was observed stays, for its diagnosis
