"""A parametrised case of a hidden test after it ran: what the judge knows and what the diagnosis starts from."""

from __future__ import annotations

from dataclasses import dataclass

from grader.compare import Difference
from grader.mistakes import leaves
from grader.model import Failure, Status
from grader.subject import Call


@dataclass(slots=True)
class Case:
    """How one case of a check ended, and the driver calls it made."""

    name: str
    status: Status
    message: str = ""
    detail: str = ""
    calls: tuple[Call, ...] = ()
    failure: Failure | None = None
    differences: tuple[Difference, ...] = ()
    remarks: tuple[str, ...] = ()

    def source(self, difference: Difference) -> Call | None:
        """Find the call that gave a wrong array; the last one where the test computed with it."""
        for call in self.calls:
            if any(leaf is difference.got for _, leaf in leaves(call.observation.value)):
                return call
        return self.calls[-1] if self.calls else None
