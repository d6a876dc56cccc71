"""The hub's web pages, and whether the hub is well.

Behind the link in a letter (R-003-33): opening it changes nothing, since mail scanners and previews
open links on their own; the person presses a button, which is a POST. And what people conclude at
home (R-003-19). There is no script, no cookie and nothing from elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.hub import confirmation
from sync.hub.confirmation import Finding, LinkState
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.home.pace import Origin
from sync.hub.home.procedures import Procedures
from sync.hub.home.revoking import OnlineRevocation
from sync.hub.log_events import Event, log, where
from sync.hub.settings import HubSettings, SettingsError
from sync.hub.store.database import Store, StoreError
from sync.hub.web import connections, enrolment_pages, home_pages, request_pages
from sync.hub.web.enrolment_pages import EnrolmentPages
from sync.hub.web.home_pages import HomePages
from sync.hub.web.limits import RateLimit
from sync.hub.web.rendering import HEADERS, Renderer, language_of
from sync.hub.web.request_pages import RequestPages
from sync.hub.web.service_pages import ServicePages
from sync.hub.writer import Writer
from sync.strength import BreachedPasswords

_WRITE_SECONDS: Final = 10.0
_STATUS: Final = {
    LinkState.OPEN: 200,
    LinkState.USED: 410,
    LinkState.EXPIRED: 410,
    LinkState.SUPERSEDED: 410,
    LinkState.UNKNOWN: 404,
}
_UNLIMITED: Final = frozenset({"/health", "/style.css"})


@dataclass(frozen=True, slots=True)
class Home:
    """What the pages of the procedures at home need.

    Attributes:
        procedures: what is done with codes.
        revocation: what is done with username, password and PIN.
        breached: list of stolen passwords, None where there is none.
    """

    procedures: Procedures
    revocation: OnlineRevocation
    breached: BreachedPasswords | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages need of the hub.

    Attributes:
        settings: who the pages are of, and which proxy to believe.
        open_reader: opens the registry for reading.
        writer: changes it.
        clock: milliseconds since 1970.
        message_id: a fresh one, for the letter that follows a confirmation.
        confirmed: told after whatever leaves a letter to send.
        healthy: whether stations are heard.
        home: the procedures at home; None: their pages are not there.
        enrolling: answers devices that ask to become stations; None: nobody does.
    """

    settings: HubSettings
    open_reader: Callable[[], Store]
    writer: Writer
    clock: Callable[[], int]
    message_id: Callable[[], str]
    confirmed: Callable[[], None]
    healthy: Callable[[], bool]
    home: Home | None = None
    enrolling: Enrolling | None = None


def breached_passwords(settings: HubSettings) -> BreachedPasswords | None:
    """The list of stolen passwords that the settings name, None where they name none.

    Raises:
        SettingsError: the file cannot be read, or is no such list.
    """
    path = settings.web.breached_passwords
    try:
        return None if path is None else BreachedPasswords(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"web.breached_passwords: {error}") from error


def application(site: Site) -> ASGIApp:
    """The pages as an ASGI application."""
    renderer = Renderer(site.settings.authority)
    pages = _Pages(site, renderer)
    routes = [
        Route("/confirm/{token}", pages.look, methods=["GET"]),
        Route("/confirm/{token}", pages.confirm, methods=["POST"]),
        Route("/health", pages.health, methods=["GET"]),
        Route("/style.css", pages.style, methods=["GET"]),
        *([] if site.home is None else _home_routes(site, site.home, renderer)),
        *([] if site.enrolling is None else _enrolment_routes(site, site.enrolling)),
    ]
    handlers = {
        404: pages.not_found,
        405: pages.not_found,
        Exception: pages.failed,
    }
    return _Guard(Starlette(routes=routes, exception_handlers=handlers), site, pages)


def _enrolment_routes(site: Site, enrolling: Enrolling) -> list[Route]:
    """Where devices ask to become stations."""
    settings = site.settings
    around = enrolment_pages.Around(
        enrolling=enrolling,
        open_reader=site.open_reader,
        writer=site.writer,
        clock=site.clock,
        origin=lambda request: Origin.address(_client(request, settings.web.trusted_proxy)),
    )
    return EnrolmentPages(around).routes()


def _home_routes(site: Site, home: Home, renderer: Renderer) -> list[Route]:
    """The addresses of the procedures at home."""
    settings = site.settings

    def origin(request: Request) -> Origin:
        return Origin.address(_client(request, settings.web.trusted_proxy))

    procedures = HomePages(
        home_pages.Around(
            procedures=home.procedures,
            renderer=renderer,
            open_reader=site.open_reader,
            writer=site.writer,
            clock=site.clock,
            origin=origin,
            posted=site.confirmed,
            breached=home.breached,
            authority=settings.authority,
        )
    )
    asking = RequestPages(
        request_pages.Around(
            revocation=home.revocation,
            renderer=renderer,
            open_reader=site.open_reader,
            writer=site.writer,
            clock=site.clock,
            origin=origin,
            posted=site.confirmed,
        )
    )
    service = ServicePages(renderer, settings.authority, settings.web.documents)
    return [
        Route("/", service.service, methods=["GET"]),
        Route("/documents", service.documents, methods=["GET"]),
        Route("/documents/{name}", service.document, methods=["GET"]),
        *(
            route
            for path in ("/activate", "/revoke")
            for route in (
                Route(path, procedures.ask, methods=["GET"]),
                Route(path, procedures.take, methods=["POST"]),
            )
        ),
        Route("/revoke/request", asking.ask, methods=["GET"]),
        Route("/revoke/request", asking.take, methods=["POST"]),
    ]


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
            http=connections.protocol(site.settings.web.trusted_proxy),
            limit_concurrency=connections.MOST_CONNECTIONS,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
    )


class _Pages:
    """One method for each address."""

    def __init__(self, site: Site, renderer: Renderer) -> None:
        self._site = site
        self._renderer = renderer
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
        language = language_of(request, finding.language)
        return self._renderer.page(
            request,
            f"{language}/{name}.html",
            language,
            status or _STATUS[finding.state],
            number=finding.number,
            delegation=finding.delegation,
        )


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
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        request = Request(scope)
        if scope["path"] not in _UNLIMITED and not self._limit.allows(
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
        # Of several lines the proxy's is the last one, or the end of it.
        lines = request.headers.getlist("x-forwarded-for")
        named = lines[-1].rpartition(",")[2].strip() if lines else ""
        return named or peer
    return peer
