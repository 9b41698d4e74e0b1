"""Who may speak to the app: a browser that was given the token, on this machine, from a page of ours.

Loopback keeps other machines out. The token keeps out the other users of this one. The check of `Host` keeps out pages
whose name was made to lead here; `SameSite`, `Origin` and a token in each form keep out forms of other pages.
"""

from __future__ import annotations

import hmac
import secrets
import socket
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
HOSTS: Final = (LOOPBACK, "localhost")
METHODS: Final = ("GET", "HEAD", "POST")
MOST_PATH: Final = 200  # characters: a number of thousands of digits in it is an error of Python's, not a page
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SANDBOXED: Final = "sandbox; frame-ancestors 'self'"
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all, browsers hide the origin of our own forms too
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


def listening(port: int) -> socket.socket:
    """Open the port, or any free one for 0.

    Raises:
        UsageError: it is in use, or may not be opened.
    """
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
        opened.listen()
    except OSError as error:
        opened.close()
        why = (error.strerror or str(error)).lower()
        raise UsageError(f"port {port} cannot be opened: {why}; leave --port out to take a free one") from None
    return opened


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a browser must know: the token of the address, and the one of forms."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class Guard:
    """Lets in what may come in, and sends every answer out with the headers that keep it in its place."""

    def __init__(self, app: ASGIApp, port: int, known: Secrets) -> None:
        self._app = app
        self._hosts = frozenset(f"{host}:{port}" for host in HOSTS)
        self._cookie = f"grade_review_{port}"  # browsers keep cookies by host alone
        self._secrets = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the app answer."""
        if scope["type"] != "http":
            return
        request = Request(scope)
        answer = self._refusal(request) or self._entrance(request) or self._app

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                more = ((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
                message["headers"] = [*message["headers"], *(pair for pair in more if pair[0] not in there)]
            await send(message)

        await answer(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        """Return why a request is not answered, whoever sends it."""
        host = request.headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("this is not the host that was asked for", 421)
        if len(request.url.path) > MOST_PATH:
            return PlainTextResponse("there is no page of so long an address", 414)
        if request.method not in METHODS:
            return PlainTextResponse("there is nothing to be done that way", 405, {"Allow": ", ".join(METHODS)})
        origin = request.headers.get("origin", f"http://{host}")
        site = request.headers.get("sec-fetch-site", "same-origin")
        if request.method == "POST" and (origin != f"http://{host}" or site not in ("same-origin", "none")):
            return PlainTextResponse("this form is not from a page of ours", 403)
        return None

    def _entrance(self, request: Request) -> Response | None:
        """Take the token of the address for a cookie, and let nobody in who has neither."""
        given = parse_qs(request.scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if request.url.path == "/" and request.method == "GET" and self._is_token(given):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self._secrets.token, path="/", httponly=True, samesite="strict")
            return answer
        if self._is_token(request.cookies.get(self._cookie, "")):
            return None
        return PlainTextResponse("open the address that grade review printed: it carries the key to this page", 403)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self._secrets.token.encode())
