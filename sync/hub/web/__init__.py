"""The pages behind the link in a letter (R-003-33), and whether the hub is well.

Opening a link changes nothing: mail scanners and previews open links on their own. The person
presses a button, which is a POST. There is no script, no cookie and nothing from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import uvicorn
from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hub import confirmation
from sync.hub.confirmation import Finding, LinkState
from sync.hub.log_events import Event, log, where
from sync.hub.settings import HubSettings
from sync.hub.store.database import Store, StoreError
from sync.hub.web.limits import RateLimit
from sync.hub.writer import Writer

LANGUAGES: Final = ("it", "en")

_WRITE_SECONDS: Final = 10.0
_STATUS: Final = {
    LinkState.OPEN: 200,
    LinkState.USED: 410,
    LinkState.EXPIRED: 410,
    LinkState.SUPERSEDED: 410,
    LinkState.UNKNOWN: 404,
}
_HEADERS: Final = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
            b" frame-ancestors 'none'"
        ),
    ),
    (b"referrer-policy", b"no-referrer"),  # the address of the page is the secret
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages need of the hub.

    Attributes:
        settings: who the pages are of, and which proxy to believe.
        open_reader: opens the registry for reading.
        writer: changes it.
        clock: milliseconds since 1970.
        message_id: a fresh one, for the letter that follows a confirmation.
        confirmed: told after a confirmation: there is a letter to send.
        healthy: whether stations are heard.
    """

    settings: HubSettings
    open_reader: Callable[[], Store]
    writer: Writer
    clock: Callable[[], int]
    message_id: Callable[[], str]
    confirmed: Callable[[], None]
    healthy: Callable[[], bool]


def application(site: Site) -> ASGIApp:
    """The pages as an ASGI application."""
    pages = _Pages(site)
    routes = [
        Route("/confirm/{token}", pages.look, methods=["GET"]),
        Route("/confirm/{token}", pages.confirm, methods=["POST"]),
        Route("/health", pages.health, methods=["GET"]),
        Route("/style.css", pages.style, methods=["GET"]),
    ]
    handlers = {404: pages.not_found, 405: pages.not_found, Exception: pages.failed}
    return _Guard(Starlette(routes=routes, exception_handlers=handlers), site, pages)


def server(site: Site) -> uvicorn.Server:
    """A server of the pages, to be run with a socket that listens.

    Its signals are uvicorn's: SIGTERM and SIGINT end it where it runs in the main thread.
    """
    return uvicorn.Server(
        uvicorn.Config(
            application(site),
            log_config=None,
            access_log=False,  # an address of a page is a secret
            server_header=False,
            proxy_headers=False,  # `_client` decides whom to believe
            lifespan="off",
            limit_concurrency=200,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
    )


class _Pages:
    """One method for each address."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._templates = Environment(
            loader=FunctionLoader(_template), autoescape=True, undefined=StrictUndefined
        )
        self._style = (files(__name__) / "templates" / "style.css").read_text(encoding="utf-8")

    def look(self, request: Request) -> Response:
        """What the link is good for, and a button where it is good."""
        site = self._site
        reader = site.open_reader()
        try:
            finding = confirmation.look(reader, request.path_params["token"], site.clock())
        finally:
            reader.close()
        name = "confirm" if finding.state is LinkState.OPEN else finding.state.value
        return self._page(request, name, finding)

    def confirm(self, request: Request) -> Response:
        """The button was pressed."""
        site = self._site
        token = request.path_params["token"]

        def use(store: Store) -> Finding:
            with store.transaction():
                return confirmation.use(store, token, site.clock(), site.message_id())

        finding = site.writer.submit(use).result(_WRITE_SECONDS)
        if finding.state is not LinkState.OPEN:
            return self._page(request, finding.state.value, finding)
        log(Event.ADDRESS_CONFIRMED)
        site.confirmed()
        return self._page(request, "confirmed", finding)

    def health(self, _: Request) -> Response:
        """200 where stations are heard, 503 where they are not: for a monitor."""
        healthy = self._site.healthy()
        return PlainTextResponse("ok\n" if healthy else "no link\n", 200 if healthy else 503)

    def style(self, _: Request) -> Response:
        """The one style sheet."""
        return Response(self._style, media_type="text/css")

    def not_found(self, request: Request, _: Exception) -> Response:
        """Whatever is not one of our addresses."""
        return self._page(request, LinkState.UNKNOWN.value, Finding(LinkState.UNKNOWN))

    def failed(self, request: Request, error: Exception) -> Response:
        """Nothing of the error is shown, or logged beyond its kind and place."""
        log(Event.WEB_FAILED, error=type(error).__name__, where=where(error))
        later = isinstance(error, (StoreError, FutureTimeoutError))
        return self.apology(request, 503 if later else 500)

    def apology(self, request: Request, status: int) -> Response:
        """Try again later: the fault is ours (500, 503) or the pace is too fast (429)."""
        name = "too-many" if status == 429 else "failure"
        return self._page(request, name, Finding(LinkState.UNKNOWN), status)

    def _page(
        self, request: Request, name: str, finding: Finding, status: int | None = None
    ) -> Response:
        language = _language(request, finding.language)
        other = next(one for one in LANGUAGES if one != language)
        text = self._templates.get_template(f"{language}/{name}.html").render(
            authority=self._site.settings.authority,
            language=language,
            other=other,
            number=finding.number,
            delegation=finding.delegation,
        )
        return HTMLResponse(text, status or _STATUS[finding.state])


class _Guard:
    """In front of every page: the headers, and the pace."""

    def __init__(self, inner: Starlette, site: Site, pages: _Pages) -> None:
        self._inner = inner
        self._proxy = site.settings.web.trusted_proxy
        self._limit = RateLimit(site.settings.web.calls_per_minute)
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        request = Request(scope)
        if scope["path"].startswith("/confirm/") and not self._limit.allows(
            _client(request, self._proxy), time.monotonic()
        ):
            log(Event.WEB_TOO_MANY)
            await self._pages.apology(request, 429)(scope, receive, send_guarded)
            return
        await self._inner(scope, receive, send_guarded)


def _client(request: Request, proxy: str) -> str:
    """Who asks: the peer, or whom a trusted proxy names last."""
    peer = request.client.host if request.client else ""
    if proxy and peer == proxy:
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named or peer
    return peer


def _language(request: Request, known: str | None) -> str:
    """The one asked for, else the person's, else the browser's first that there is."""
    for choice in (request.query_params.get("lang"), known):
        if choice in LANGUAGES:
            return choice
    for part in request.headers.get("accept-language", "").split(","):
        prefix = part.strip()[:2].lower()
        if prefix in LANGUAGES:
            return prefix
    return LANGUAGES[0]


def _template(name: str) -> str | None:
    path = files(__name__) / "templates" / name
    return path.read_text(encoding="utf-8") if path.is_file() else None
