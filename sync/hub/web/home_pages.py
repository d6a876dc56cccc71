"""The pages of the procedures at home: codes, then one step a page (R-003-19, 38, 51, 74).

Each form carries the ticket and the name of its step, so the browser's own "back" and pressing
twice do no harm: a step is taken as often as it is sent, and the next one that is open is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from sync.hub.home.checking import BusyError, Looked
from sync.hub.home.pace import Origin, Pace
from sync.hub.home.procedures import Procedures, Proceeding
from sync.hub.log_events import Event, log
from sync.hub.store.database import Store
from sync.hub.web import steps
from sync.hub.web.forms import Draft, Drafts, FormError, read_form, ticket_of, ticket_text
from sync.hub.web.rendering import Renderer, language_of
from sync.hub.writer import Writer
from sync.model import codice_fiscale
from sync.model.codes import parse_code, parse_pin
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import Conclusion, HomeStep
from sync.model.inquiry import CodesShown, Denied, Ticket
from sync.strength import BreachedPasswords
from sync.texts.acceptance import to_accept
from sync.wire.receipt import Accepted, Refused

_WRITE_SECONDS: Final = 10.0
_DIGESTS: Final = Pace(10, 10, 60, None)
"""Passwords and answers that one ticket has digested."""

_CHOICE_AGAIN: Final = ("username.taken", "username.old")


@dataclass(frozen=True, slots=True)
class Around:
    """What these pages need of the hub.

    Attributes:
        procedures: what may be done.
        renderer: makes pages.
        open_reader, writer, clock: as in `sync.hub.web.Site`.
        origin: where a request comes from.
        posted: told when there is a letter to send.
        breached: list of stolen passwords, None where there is none.
        authority: whose texts are accepted.
    """

    procedures: Procedures
    renderer: Renderer
    open_reader: Callable[[], Store]
    writer: Writer
    clock: Callable[[], int]
    origin: Callable[[Request], Origin]
    posted: Callable[[], None]
    breached: BreachedPasswords | None
    authority: str


class HomePages:
    """One address for who has a code and a PIN, one for who has a code of revocation."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._drafts = Drafts()

    def ask(self, request: Request) -> Response:
        """The page for the codes."""
        return self._codes(request, {"lang": language_of(request)}, {})

    async def take(self, request: Request) -> Response:
        """Whatever a form of these pages sends."""
        try:
            form = await read_form(request)
        except FormError:
            form = {}
        return await run_in_threadpool(self._take, request, form)

    def _take(self, request: Request, form: Mapping[str, str]) -> Response:
        if "ticket" not in form:
            if form.get("do") in {"show", "hide"} or not form:
                return self._codes(request, form, {})
            return self._judge_codes(request, form)
        return self._step(request, form)

    # --- the codes

    def _codes(
        self,
        request: Request,
        form: Mapping[str, str],
        problems: Mapping[str, str],
        status: int = 200,
    ) -> Response:
        shown = form.get("do") == "show"
        # What is secret is written back only where the person asked to see it.
        keeps = form.get("do") in {"show", "hide"}
        return self._around.renderer.page(
            request,
            "home/codes.html",
            _language(request, form),
            status,
            title=self._say(request, form, f"web.codes.{_service(request)}.title"),
            action=_service(request),
            with_pin=_with_pin(request),
            codice_fiscale=form.get("codice-fiscale", ""),
            code=form.get("code", ""),
            pin=form.get("pin", "") if keeps else "",
            shown=shown,
            problems=problems,
        )

    def _judge_codes(self, request: Request, form: Mapping[str, str]) -> Response:
        person = codice_fiscale.parse(form.get("codice-fiscale", ""))
        problems = {}
        if isinstance(person, Problem):
            typed = form.get("codice-fiscale", "").strip()
            problems["codice-fiscale"] = f"codice-fiscale.{'wrong' if typed else 'empty'}"
        code, pin = parse_code(form.get("code", "")), parse_pin(form.get("pin", ""))
        if isinstance(code, Problem):
            problems["code"] = code.code
        if _with_pin(request) and isinstance(pin, Problem):
            problems["pin"] = pin.code
        if problems or isinstance(person, Problem):
            said = {
                name: self._say(request, form, f"home.problem.{key}")
                for name, key in problems.items()
            }
            return self._codes(request, form, said, 422)
        shown = CodesShown(
            codice_fiscale=person.text,
            code=form.get("code", ""),
            pin=form.get("pin", "") if _with_pin(request) else None,
        )
        answer = self._check(shown, self._around.origin(request))
        if isinstance(answer, Denied):
            log(Event.CODES_DENIED, code=answer.code)
            return self._codes(request, form, {"": self._denial(request, form, answer)}, 403)
        fields = {"ticket": ticket_text(answer.ticket), "lang": form.get("lang", "")}
        return self._step(request, {**fields, "do": "look"})

    def _check(self, shown: CodesShown, origin: Origin) -> Ticket | Denied:
        around = self._around
        reader = around.open_reader()
        try:
            looked = around.procedures.look(reader, shown, origin, around.clock())
        finally:
            reader.close()
        if isinstance(looked, Denied):
            return looked
        found: Looked = looked

        def settle(store: Store) -> Ticket | Denied:
            with store.transaction():
                return around.procedures.settle(store, found, around.clock())

        return around.writer.submit(settle).result(_WRITE_SECONDS)

    def _denial(self, request: Request, form: Mapping[str, str], denied: Denied) -> str:
        texts = self._around.renderer.texts(_language(request, form))
        return denial(texts.text, denied)

    # --- the steps

    def _step(self, request: Request, form: Mapping[str, str]) -> Response:
        around, ticket = self._around, ticket_of(form["ticket"])
        now = around.clock()
        reader = around.open_reader()
        try:
            proceeding = around.procedures.proceeding(reader, ticket, now)
        finally:
            reader.close()
        draft = self._drafts.of(ticket, now, lambda: _draft(proceeding))
        if draft is None:
            return self._over(request, form)
        if draft.concluded:
            return self._done(request, form, draft)
        if proceeding is None:
            self._drafts.drop(ticket)
            return self._over(request, form)
        step = next((one for one in draft.steps if one.value == form.get("step")), None)
        match form.get("do"):
            case "leave":
                self._drafts.drop(ticket)
                return self._left(request, form)
            case "back" if step is not None:
                draft.back_from(step)
            case "next" if step is not None:
                visit = steps.Visit(draft, proceeding, ticket, form)
                t = around.renderer.texts(_language(request, form)).text
                place = partial(self._place, draft, now)
                proposes = self._proposes(ticket)
                problems = steps.take(visit, step, t, around.breached, proposes, place)
                if problems or draft.next is None:
                    return self._end(request, visit, step, problems)
            case "show" | "hide" | "look" if step is not None:
                draft.done -= set(draft.steps[draft.steps.index(step) :])
        return self._show(request, steps.Visit(draft, proceeding, ticket, form), {})

    def _end(
        self, request: Request, visit: steps.Visit, step: HomeStep, problems: Mapping[str, str]
    ) -> Response:
        """After the last step, or on a page with something to correct."""
        if not problems:
            outcome = self._conclude(request, visit)
            if isinstance(outcome, Accepted):
                return self._done(request, visit.form, visit.draft)
            if outcome.code not in _CHOICE_AGAIN:
                return self._over(request, visit.form, outcome.code)
            visit.draft.done -= set(visit.draft.steps[visit.draft.steps.index(HomeStep.USERNAME) :])
            return self._show(request, visit, {"username": outcome.code}, 409)
        visit.draft.done -= set(visit.draft.steps[visit.draft.steps.index(step) :])
        return self._show(request, visit, problems, 422)

    @contextmanager
    def _place(self, draft: Draft, now: int) -> Iterator[None]:
        """A place for digesting, at the pace of a person who changes their mind.

        Raises:
            BusyError: there is none now.
        """
        if now < draft.wait_until:
            raise BusyError
        draft.digested += 1
        draft.wait_until = now + _DIGESTS.wait(draft.digested) * 1000
        with self._around.procedures.place():
            yield

    def _proposes(self, ticket: bytes) -> steps.Proposes:
        around = self._around

        def propose(username: str) -> Denied | None:
            def ask(store: Store) -> Denied | None:
                with store.transaction():
                    answer = around.procedures.propose_username(
                        store, steps.proposed(ticket, username), around.clock()
                    )
                return answer if isinstance(answer, Denied) else None

            return around.writer.submit(ask).result(_WRITE_SECONDS)

        return propose

    def _conclude(self, request: Request, visit: steps.Visit) -> Accepted | Refused:
        around, draft = self._around, visit.draft
        conclusion = Conclusion(
            ticket=visit.ticket,
            kind=draft.kind,
            accepted=to_accept(draft.kind),
            chosen=steps.chosen(draft),
            language=_language(request, visit.form),
            for_another=draft.for_another,
        )

        def enter(store: Store) -> Accepted | Refused:
            if draft.concluded:  # pressed twice
                return Accepted()
            with store.transaction():
                outcome = around.procedures.conclude(store, conclusion, around.clock())
            draft.concluded = isinstance(outcome, Accepted)
            return outcome if isinstance(outcome, Refused) else Accepted()

        outcome = around.writer.submit(enter).result(_WRITE_SECONDS)
        if isinstance(outcome, Accepted):
            log(Event.PROCEDURE_CONCLUDED, kind=draft.kind.value)
            around.posted()
        return outcome

    def _show(
        self,
        request: Request,
        visit: steps.Visit,
        problems: Mapping[str, str],
        status: int = 200,
    ) -> Response:
        language = _language(request, visit.form)
        step = visit.draft.next or visit.draft.steps[-1]
        renderer = self._around.renderer
        t = renderer.texts(language).text
        template, values = steps.values(visit, step, t, language, self._around.authority)
        count = len(visit.draft.steps)
        number = visit.draft.steps.index(step) + 1
        return renderer.page(
            request,
            template,
            language,
            status,
            title=t(f"home.step.{step.value}.title"),
            kind=visit.draft.kind.value,
            action=_service(request),
            number=number,
            count=count,
            button=steps.button(t, visit.draft.kind, step, last=number == count),
            grave=visit.draft.kind is OperationKind.REVOCA and number == count,
            form={"ticket": ticket_text(visit.ticket), "step": step.value},
            problems={name: steps.problem_text(t, code) for name, code in problems.items()},
            **values,
        )

    # --- how it ends

    def _done(self, request: Request, form: Mapping[str, str], draft: Draft) -> Response:
        t = self._around.renderer.texts(_language(request, form)).text
        kind = draft.kind
        said = [t(f"home.done.{kind.value}.body")]
        if draft.username:
            said.append(t("web.done.username", username=draft.username))
        said.append(t("home.done.letter"))
        if kind is not OperationKind.REVOCA:
            said.append(t("home.done.keep"))
        said.append(t("web.done.close"))
        return self._said(request, form, t(f"home.done.{kind.value}.title"), said, tone="good")

    def _left(self, request: Request, form: Mapping[str, str]) -> Response:
        t = self._around.renderer.texts(_language(request, form)).text
        return self._said(request, form, t("web.left.title"), [t("home.refused.body")])

    def _over(
        self, request: Request, form: Mapping[str, str], code: str = "ticket.expired"
    ) -> Response:
        t = self._around.renderer.texts(_language(request, form)).text
        texts = self._around.renderer.texts(_language(request, form))
        known = texts.has(f"home.denied.{code}")
        title = "web.over.title" if code == "ticket.expired" else "web.unable.title"
        body = t(f"home.denied.{code}" if known else "home.denied.credential.state-moved")
        return self._said(request, form, t(title), [body], status=410)

    def _said(
        self,
        request: Request,
        form: Mapping[str, str],
        title: str,
        paragraphs: list[str],
        *,
        tone: str = "plain",
        status: int = 200,
    ) -> Response:
        language = _language(request, form)
        t = self._around.renderer.texts(language).text
        links = [] if tone == "good" else [(t("web.again"), _service(request))]
        return self._around.renderer.page(
            request,
            "home/said.html",
            language,
            status,
            title=title,
            paragraphs=paragraphs,
            tone=tone,
            links=[*links, (t("web.to-service"), "./")],
        )

    def _say(self, request: Request, form: Mapping[str, str], key: str) -> str:
        return self._around.renderer.texts(_language(request, form)).text(key)


def denial(t: Callable[..., str], denied: Denied) -> str:
    """Why not now, and what to do; where there is a wait, how long."""
    minutes = max(1, math.ceil(denied.wait_seconds / 60))
    if denied.wait_seconds and denied.code == "codes.wrong":
        wrong, wait = t("home.denied.codes.wrong"), t("home.denied.codes.wait", n=minutes)
        return f"{wrong} {wait}"
    return t(f"home.denied.{denied.code}", n=minutes)


def _draft(proceeding: Proceeding | None) -> Draft | None:
    if proceeding is None:
        return None
    return Draft(proceeding.kind, proceeding.steps, proceeding.valid_until)


def _service(request: Request) -> str:
    return request.url.path.rpartition("/")[2]


def _with_pin(request: Request) -> bool:
    return _service(request) == "activate"


def _language(request: Request, form: Mapping[str, str]) -> str:
    return language_of(request, form.get("lang"))
