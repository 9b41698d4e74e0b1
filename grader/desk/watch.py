"""Grade a submission whenever it is saved, and whenever `grade run` asks, with everything made ready before."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console, RenderableType

from grader.desk.changes import FileChanges
from grader.desk.concerned import concerned
from grader.desk.keys import key_from, single_keys
from grader.desk.watch_socket import Connection, Listener
from grader.desk.watch_view import KEYS, ended_lines, overview
from grader.errors import GradeError
from grader.judging.grading import Grader
from grader.model.progress import Progress
from grader.model.status import Status
from grader.results.codec import to_json
from grader.results.visibility import View, VisibleResult, visible_to
from grader.wording.statuses import fix_first
from grader.wording.text import one_line

LOOK_SECONDS = 0.5  # between two looks whether standard input has ended
MOST_BYTES = 1 << 23  # of a file that was saved: more than any module may have


class Watch:
    """A submission that is graded on every save.

    `keep` keeps a result with its report and returns where that is; `open_page` shows it in a browser; `hint` and
    `explain` return what is known about a check.
    """

    def __init__(
        self,
        grader: Grader,
        path: Path,
        console: Console,
        *,
        keep: Callable[[VisibleResult], Path | None],
        open_page: Callable[[Path | None], None],
        hint: Callable[[str, VisibleResult], Iterator[str]],
        explain: Callable[[str], RenderableType],
    ) -> None:
        self._grader = grader
        self._path = path
        self._console = console
        self._keep = keep
        self._open_page = open_page
        self._hint = hint
        self._explain = explain
        self._page: Path | None = None
        self._folder = path if path.is_dir() else path.parent
        self._contents: dict[str, bytes] = {}
        self.last: VisibleResult | None = None
        self._failing_alone = False
        self._is_over = False

    def run(self, listener: Listener | None = None) -> None:
        """Grade now and on every save until there is nobody to show it to, or `q` is pressed."""
        with ExitStack() as stack:
            changes = stack.enter_context(FileChanges(self._folder))
            keys = stack.enter_context(single_keys())
            selector = stack.enter_context(selectors.DefaultSelector())
            selector.register(changes, selectors.EVENT_READ, lambda: self.saved(changes.take()))
            if listener is not None:
                selector.register(listener, selectors.EVENT_READ, lambda: self._answer(listener.accept()))
            if keys is not None:
                selector.register(keys, selectors.EVENT_READ, lambda: self._press(key_from(keys)))
            self.grade()
            while not self._is_over:
                for ready, _ in selector.select(LOOK_SECONDS):
                    ready.data()

    def saved(self, changed: frozenset[str]) -> None:
        """Grade again after a save, the checks that it concerns first; nothing where they are as they were."""
        now = {path: self._content(path) for path in changed}
        new = {path: data for path, data in now.items() if data != self._contents.get(path, b"")}
        self._contents |= new
        if not new:
            return
        judge = self._grader.judge
        sources = {path: data.decode("utf-8", "replace") for path, data in new.items() if data and path.endswith(".py")}
        judge.first = concerned(judge.first_calls, self._grader.course.drivers, sources)
        self.grade(saved=", ".join(sorted(new)))

    def _content(self, path: str) -> bytes:
        """Read the start of a file of the submission; nothing where it is gone, as an editor's own soon is.

        Nothing either of what is no file, such as a pipe, which would be waited for.
        """
        try:
            if not (self._folder / path).is_file():
                return b""
            with (self._folder / path).open("rb") as file:
                return file.read(MOST_BYTES)
        except OSError:
            return b""

    def grade(self, saved: str = "") -> None:
        """Grade, and show each check as it ends."""
        judge = self._grader.judge
        before = {} if self.last is None else {check.name: check.status for check in self.last.checks}
        failing = frozenset(name for name, status in before.items() if status is not Status.PASSED)
        judge.first |= {name for name in [self._first()] if name is not None}
        judge.spares_time = True
        shown = 0

        def tell(progress: Progress) -> None:
            nonlocal shown
            for line in ended_lines(progress.ended[shown:], before):
                self._console.print(line)
            shown = len(progress.ended)

        judge.tell_progress = tell
        began = time.monotonic()
        if saved:
            self._console.print(f"\n{one_line(saved)} saved", style="bold", markup=False)
        try:
            result = self._grader.grade(self._path, only=failing if self._failing_alone and failing else None)
        except GradeError as error:
            self._console.print(f"{error.prefix}{error}", markup=False)
            return
        finally:
            judge.tell_progress, judge.first = None, frozenset()
        seen = visible_to(result, View.STUDENT)
        self._console.print(overview(seen, before, time.monotonic() - began))
        self._console.print(KEYS, style="dim")
        self.last = seen
        self._page = self._keep(seen)

    def _press(self, key: str) -> None:
        """Do what a key stands for."""
        first = self._first()
        match key:
            case "a" | "f":
                self._failing_alone = key == "f"
                self.grade()
            case "h" if first is not None and self.last is not None:
                for line in self._hint(first, self.last):
                    self._console.print(line, markup=False)
            case "e" if first is not None and self.last is not None:
                mistakes = [row.mistakes for row in self.last.checks if row.name == first]
                names = [mistake.name for known in mistakes for mistake in known]
                if not names:
                    self._console.print(f"no known mistake explains {first}; press h for its hint")
                for name in names:
                    self._console.print(self._explain(name))
            case "h" | "e":
                self._console.print("every check that is shown passed")
            case "o":
                self._open_page(self._page)
            case "q" | "" | "\x04":
                self._is_over = True

    def _first(self) -> str | None:
        """Return the check to work on next."""
        first = None if self.last is None else fix_first(self.last.checks)
        return None if first is None else first.name

    def _answer(self, connection: Connection) -> None:
        """Grade what a `grade run` asks for, where it means the same course."""
        with connection:
            request = connection.receive()
            course = self._grader.course
            if (request.get("tests"), request.get("reference")) != (course.tests_digest, course.reference_digest):
                connection.send({"refused": "the course has changed since"})
                return
            only = request.get("only")
            try:
                self._grader.judge.spares_time = True
                result = self._grader.grade(Path(str(request["submission"])), only=only)
            except GradeError as error:
                connection.send({"refused": str(error)})
                return
            connection.send({"result": to_json(visible_to(result, View.INSTRUCTOR))})
