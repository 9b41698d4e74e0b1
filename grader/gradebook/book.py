"""The gradebook: what was handed in, graded, decided by people, and handed on. Every method is one transaction."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from grader.errors import GradebookError, GradebookLostError, UsageError
from grader.gradebook.decisions import DecisionStore
from grader.gradebook.engine import SQLITE, Transactions, database_url, opened
from grader.gradebook.forget import ForgottenRows, forget_name, forget_student
from grader.gradebook.rankings import RankingStore
from grader.gradebook.requests import RequestStore
from grader.gradebook.results import ResultStore
from grader.gradebook.runs import RunStore
from grader.gradebook.schema import bring_up_to_date

DATABASE: Final = "gradebook.sqlite"


def database(place: str, out: Path) -> str:
    """Return where the gradebook is: as told, or in the folder of results."""
    return place or str(out / DATABASE)


def existing_database(place: str, out: Path) -> str:
    """Return where a gradebook is that must be there.

    Raises:
        UsageError: it is not.
        GradebookError: the place is neither a path nor a server.
    """
    file = database_file(place, out)
    if file is not None and not file.is_file():
        if place:
            raise UsageError(f"{place} is not there: name the gradebook that grade batch was given with --gradebook")
        raise UsageError(f"{out} holds no gradebook: name the folder that grade batch wrote with --out")
    return database(place, out)


def database_file(place: str, out: Path) -> Path | None:
    """Return the file that a gradebook is, whether it is there or not; None where it is on a server.

    Raises:
        GradebookError: the place is neither.
    """
    url = database_url(database(place, out))
    return Path(str(url.database)) if url.get_backend_name() == SQLITE else None


def current_user() -> str:
    """Return the name of the person who runs this, which stands beside what they decide."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in containers
        return f"user {os.getuid()}"


@contextmanager
def gradebook(place: str, tell: Callable[[str], None]) -> Iterator[Gradebook]:
    """Open a gradebook at a path or on a PostgreSQL server, made or brought up to date where need be.

    Raises:
        GradebookError: it cannot be used.
    """
    url = database_url(place)
    shown = url.render_as_string(hide_password=True) if url.get_backend_name() != SQLITE else str(url.database)
    engine = opened(url)
    transactions = Transactions(engine, tell)
    try:
        # A server that is not there is told at once. A new file may be locked for the moment in which another process
        # turns on its log, which SQLite does not wait for.
        patience = transactions.pauses
        transactions.pauses = patience[:4] if url.get_backend_name() == SQLITE else ()
        try:
            bring_up_to_date(transactions, shown)
        except GradebookLostError as error:
            raise GradebookError(f"{shown} cannot be opened: {error}") from None
        transactions.pauses = patience
        yield Gradebook(transactions, shown)
    finally:
        engine.dispose()


class Gradebook:
    """One course's gradebook: its students and runs, what was graded, and what people decided."""

    def __init__(self, transactions: Transactions, place: str) -> None:
        self.place = place
        self.runs = RunStore(transactions, place)
        self.results = ResultStore(transactions)
        self.decisions = DecisionStore(transactions)
        self.rankings = RankingStore(transactions)
        self.requests = RequestStore(transactions)
        self._transactions = transactions

    def forget(self, student: int) -> ForgottenRows:
        """Take everything about a student out but their name, which is the last to go."""
        return forget_student(self._transactions, student)

    def forget_name(self, student: int) -> None:
        """Take out who a student was, of whom only a number is left."""
        forget_name(self._transactions, student)
