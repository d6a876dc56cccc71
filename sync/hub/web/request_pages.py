"""Asking for revocation online: one page, and the page that says where the code went (C-003-12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sync.hub.home.pace import Origin
from sync.hub.home.revoking import Asked, OnlineRevocation
from sync.hub.log_events import Event, log
from sync.hub.store.database import Store
from sync.hub.web.forms import FormError, read_form
from sync.hub.web.home_pages import denial
from sync.hub.web.rendering import Renderer, language_of
from sync.hub.writer import Writer
from sync.model.codes import parse_pin
from sync.model.errors import Problem
from sync.model.inquiry import Denied, Done

_WRITE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Around:
    """What this page needs of the hub; see `sync.hub.web.home_pages.Around`."""

    revocation: OnlineRevocation
    renderer: Renderer
    open_reader: Callable[[], Store]
    writer: Writer
    clock: Callable[[], int]
    origin: Callable[[Request], Origin]
    posted: Callable[[], None]


class RequestPages:
    """The address for who has username, password and PIN, and no code."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def ask(self, request: Request) -> Response:
        """The page for username, password and PIN."""
        return self._page(request, {"lang": language_of(request)}, {})

    async def take(self, request: Request) -> Response:
        """Whatever its form sends."""
        try:
            form = await read_form(request)
        except FormError:
            form = {}
        return await run_in_threadpool(self._take, request, form)

    def _take(self, request: Request, form: Mapping[str, str]) -> Response:
        if form.get("do") != "next":
            return self._page(request, form, {})
        language = language_of(request, form.get("lang"))
        t = self._around.renderer.texts(language).text
        problems = {
            name: t(f"home.problem.{name}.empty")
            for name in ("username", "password")
            if not form.get(name, "").strip()
        }
        pin = parse_pin(form.get("pin", ""))
        if isinstance(pin, Problem):
            problems["pin"] = t(f"home.problem.{pin.code}")
        if problems:
            return self._page(request, form, problems, 422)
        answer = self._book(form, self._around.origin(request))
        if isinstance(answer, Denied):
            log(Event.CODES_DENIED, code=answer.code)
            return self._page(request, form, {"": _why_not(t, answer)}, 403)
        self._around.posted()
        return self._around.renderer.page(
            request,
            "home/said.html",
            language,
            title=t("web.requested.title"),
            paragraphs=[t("web.requested.body"), t("web.requested.undo")],
            tone="good",
            links=[(t("web.service.revoke"), "../revoke"), (t("web.to-service"), "../")],
        )

    def _book(self, form: Mapping[str, str], origin: Origin) -> Done | Denied:
        around = self._around
        typed = (form.get("username", ""), form.get("password", ""), form.get("pin", ""))
        reader = around.open_reader()
        try:
            asked = around.revocation.look(reader, typed, origin, around.clock())
        finally:
            reader.close()
        if isinstance(asked, Denied):
            return asked
        found: Asked = asked

        def settle(store: Store) -> Done | Denied:
            with store.transaction():
                return around.revocation.settle(store, found, around.clock())

        return around.writer.submit(settle).result(_WRITE_SECONDS)

    def _page(
        self,
        request: Request,
        form: Mapping[str, str],
        problems: Mapping[str, str],
        status: int = 200,
    ) -> Response:
        language = language_of(request, form.get("lang"))
        keeps = form.get("do") in {"show", "hide"}
        return self._around.renderer.page(
            request,
            "home/request.html",
            language,
            status,
            title=self._around.renderer.texts(language).text("web.request.title"),
            action="request",
            username=form.get("username", ""),
            password=form.get("password", "") if keeps else "",
            pin=form.get("pin", "") if keeps else "",
            shown=form.get("do") == "show",
            problems=problems,
        )


def _why_not(t: Callable[..., str], denied: Denied) -> str:
    if denied.code == "revocation.unable":
        return t("web.request.unable")
    if denied.code == "codes.wrong":
        wait = Denied("codes.wait", wait_seconds=denied.wait_seconds)
        waits = f" {denial(t, wait)}" if denied.wait_seconds else ""
        return t("web.request.wrong") + waits
    return denial(t, denied)
