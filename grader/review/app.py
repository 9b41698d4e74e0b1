"""The app: a page for each student's write-up beside the rows it is judged by, and what their forms save."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from importlib.resources.abc import Traversable
from typing import Final
from urllib.parse import parse_qsl, quote

import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grader.errors import CourseError, FormTooLargeError, GradebookError, GradebookLostError, UsageError
from grader.review.access import SANDBOXED, Guard, Secrets
from grader.review.answer_desk import AnswerDesk
from grader.review.mark_form import typed
from grader.review.marking_session import MarkingSession
from grader.review.pages import answers_page, row_views, student_page, students_page, top
from grader.review.preview import PreviewKind

MAX_FORM_BYTES: Final = 2**20
NOT_OURS: Final = "this form is not from a page of ours: load the page again"
STATIC: Final = {
    "report.css": "text/css",
    "review/icon.svg": "image/svg+xml",
    "review/review.css": "text/css",
    "review/review.js": "text/javascript",
}


@dataclass(frozen=True, slots=True)
class App:
    """What the pages are made from."""

    session: MarkingSession
    environment: jinja2.Environment
    static: dict[str, str]
    secrets: Secrets
    start: int | None
    after: str
    desk: AnswerDesk | None = None

    def first(self, request: Request) -> Response:
        """Lead to the next write-up that is not marked, or say that all are."""
        if not self.session.assignment.by_hand:
            return RedirectResponse("/answers", 303)
        counts = self.session.rows_marked()
        if self.start is not None and not self.session.is_whole(counts[self.start]):
            return RedirectResponse(f"/student/{self.start}", 303)
        number = self.session.next_unmarked(counts, self.start)
        if number is not None:
            return RedirectResponse(f"/student/{number}", 303)
        return self._page("review/done.html.j2", {"top": top(self.session, counts), "after": self.after})

    def students(self, request: Request) -> Response:
        """List all students."""
        return self._page("review/students.html.j2", students_page(self.session))

    def student(self, request: Request) -> Response:
        """Show one student's write-up and rows."""
        number = request.path_params["number"]
        if self.session.student(number) is None:
            return self._unknown()
        place, saved = _whole(request.query_params.get("file", "")), _whole(request.query_params.get("saved", ""))
        views = row_views(self.session, number)
        page = student_page(
            self.session, number, place or 0, views, form_token=self.secrets.form,
            saved=saved if saved is not None and self.session.student(saved) is not None else None,
        )  # fmt: skip
        return self._page("review/student.html.j2", page)

    def save(self, request: Request, fields: dict[str, str]) -> Response:
        """Save what was typed, or show it again beside what stands in the way."""
        number = request.path_params["number"]
        if not self._is_ours(fields):
            return PlainTextResponse(NOT_OURS, 403)
        if self.session.student(number) is None:
            return self._unknown()
        entered = typed(fields, self.session.assignment.by_hand)
        found = self.session.save(number, entered)
        if found.errors or found.conflicts:
            views = row_views(self.session, number, entered, found)
            place = _whole(fields.get("file", "")) or 0
            page = student_page(self.session, number, place, views, form_token=self.secrets.form, saved=None)
            return self._page("review/student.html.j2", page, 422 if found.errors else 409)
        counts = self.session.rows_marked()
        onward = self.session.next_unmarked(counts, number) if self.session.is_whole(counts[number]) else number
        return RedirectResponse("/" if onward is None else f"/student/{onward}?saved={number}", 303)

    def answers(self, request: Request) -> Response:
        """Show which wrong answers several students gave, and what was named."""
        return self._answers(request.query_params.get("named", ""))

    def name_answer(self, request: Request, fields: dict[str, str]) -> Response:
        """Name a group, or take a name back, or show what was typed again beside what stands in the way."""
        if not self._is_ours(fields):
            return PlainTextResponse(NOT_OURS, 403)
        if self.desk is None:
            return self._unknown()
        try:
            if "take-back" in fields:
                self.desk.take_back(fields["take-back"])
                return RedirectResponse("/answers", 303)
            return RedirectResponse(f"/answers?named={quote(self.desk.name(fields, self.session.who))}", 303)
        except (UsageError, CourseError) as error:
            return self._answers("", fields, str(error))

    def _answers(self, named: str, fields: Mapping[str, str] | None = None, error: str = "") -> Response:
        if self.desk is None:
            return self._unknown()
        page = answers_page(self.session, self.desk.read(), form_token=self.secrets.form, after=self.after)
        typed_in = {"named": named, "entered": fields or {}, "error": error}
        return self._page("review/answers.html.j2", page | typed_in, 422 if error else 200)

    def _is_ours(self, fields: Mapping[str, str]) -> bool:
        return compare_digest(fields.get("form-token", "").encode("utf-8", "replace"), self.secrets.form.encode())

    def file(self, request: Request) -> Response:
        """Return a PDF to the browser's viewer, or any file to be saved; nothing of a submission is ever a page."""
        number = request.path_params["number"]
        opened = self.session.file(number, request.path_params["place"]) if self.session.student(number) else None
        if opened is None:
            return self._unknown()
        if opened.problem:
            return PlainTextResponse(f"this file {opened.problem}", 404)
        headers = {"Content-Security-Policy": SANDBOXED}
        is_pdf = opened.preview.kind is PreviewKind.PDF
        is_inline = is_pdf and "save" not in request.query_params
        name = "write-up.pdf" if is_pdf else "write-up"
        headers["Content-Disposition"] = f'{"inline" if is_inline else "attachment"}; filename="{name}"'
        media_type = "application/pdf" if is_inline else "application/octet-stream"
        return Response(opened.data, media_type=media_type, headers=headers)

    def asset(self, request: Request) -> Response:
        """Return a file of ours that pages ask for."""
        name = request.path_params["name"]
        if name not in self.static:
            return self._unknown()
        return Response(self.static[name], media_type=STATIC[name])

    def unreachable(self, error: Exception, path: str = "", fields: dict[str, str] | None = None) -> Response:
        """Return a page that says the gradebook cannot be used now; what was typed stays in it, to be sent again."""
        title = "The gradebook cannot be used" if fields is None else "Nothing was saved"
        page = {"title": title, "message": str(error), "path": path, "fields": fields}
        return self._page("review/problem.html.j2", page, 503)

    def _unknown(self) -> Response:
        title, message = "Not here", "The gradebook knows nothing by this address."
        return self._page("review/problem.html.j2", {"title": title, "message": message, "fields": None}, 404)

    def _page(self, template: str, values: Mapping[str, object], status: int = 200) -> Response:
        return HTMLResponse(self.environment.get_template(template).render(values), status)


def review_app(
    session: MarkingSession, environment: jinja2.Environment, templates: Traversable, port: int, secrets: Secrets,
    *, start: int | None = None, after: str = "", desk: AnswerDesk | None = None,
) -> ASGIApp:  # fmt: skip
    """Make the app.

    `templates` holds style sheets and the script too. `start` is the student to begin with, `after` the command to type
    once everything is marked, `desk` where wrong answers are named.
    """
    static = {name: templates.joinpath(name).read_text(encoding="utf-8") for name in STATIC}
    app = App(session, environment, static, secrets, start, after, desk)

    def posted(keep: Callable[[Request, dict[str, str]], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                fields = await _fields(request)
            except FormTooLargeError:
                return PlainTextResponse("this form is larger than any of ours", 413)
            except ClientDisconnect:
                return Response(status_code=400)
            try:
                return await run_in_threadpool(keep, request, fields)
            except (GradebookError, GradebookLostError) as error:
                return app.unreachable(error, request.url.path, fields)

        return answer

    routes = [
        Route("/", app.first, methods=["GET"]),
        Route("/students", app.students, methods=["GET"]),
        Route("/student/{number:int}", app.student, methods=["GET"]),
        Route("/student/{number:int}", posted(app.save), methods=["POST"]),
        Route("/answers", app.answers, methods=["GET"]),
        Route("/answers", posted(app.name_answer), methods=["POST"]),
        Route("/student/{number:int}/file/{place:int}", app.file, methods=["GET"]),
        Route("/static/{name:path}", app.asset, methods=["GET"]),
    ]
    lost = dict.fromkeys((GradebookError, GradebookLostError), lambda _, error: app.unreachable(error))
    return Guard(Starlette(routes=routes, exception_handlers=lost), port, secrets)


async def _fields(request: Request) -> dict[str, str]:
    """Read a form of ours, as browsers send it; of a field that comes twice the last counts."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_FORM_BYTES:
            raise FormTooLargeError
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
