"""The effects of a counter and of a citizen's procedure, each kind of work on a thread of its own.

A search never waits for the hub, a record never for a printer, and a key that is typed never for any
of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, assert_never
from uuid import UUID

from kiosk.flows import events
from kiosk.flows.clerk import effects as clerk
from kiosk.flows.clerk import events as clerk_events
from kiosk.flows.clerk.effects import ClerkEffect
from kiosk.flows.console import effects as ask
from kiosk.flows.console import events as tell
from kiosk.flows.console.effects import ConsoleEffect
from kiosk.flows.events import Event
from kiosk.flows.home_effects import (
    AbandonCodes,
    Conclude,
    ForgetSecrets,
    HomeEffect,
    KeepSecret,
    ProposeUsername,
    ShowCodes,
)
from kiosk.flows.home_events import CodesUnchecked, UsernameUnchecked
from kiosk.flows.outbox import effects as waits
from kiosk.flows.outbox import events as said
from kiosk.flows.outbox.effects import OutboxEffect
from kiosk.runtime.console import Console
from kiosk.runtime.counter import Counter
from kiosk.runtime.counter_papers import CounterPapers
from kiosk.runtime.home import Home
from kiosk.runtime.outbox import OutboxDesk
from kiosk.runtime.workers import FAULT, Worker

_SESSIONS_REMEMBERED: Final = 64

_OfMirror = clerk.SearchRegistrations | clerk.OpenRegistration | clerk.ReadCase | clerk.ListDisputes
_OfHub = (
    clerk.LookUpPerson
    | clerk.AskUsername
    | clerk.AbandonLookUp
    | clerk.AskLease
    | clerk.ReturnLease
)


class ClerkEffects:
    """Hands a clerk's effects to the counter.

    Args:
        counter: carries them out.
        papers: prints.
        console: carries out what administrators ask for.
        outbox: tells what was recorded here, and takes decisions on it.
        post: takes the events that answer.
        new_operation_id: a fresh one, of version 7.
    """

    def __init__(
        self,
        counter: Counter,
        papers: CounterPapers,
        console: Console,
        outbox: OutboxDesk,
        post: Callable[[Event], None],
        new_operation_id: Callable[[], UUID],
    ) -> None:
        self._counter = counter
        self._console = console
        self._outbox = outbox
        self._telling = Worker("outbox")
        self._lists = Worker("console-lists")
        self._papers = papers
        self._post = post
        self._new_operation_id = new_operation_id
        self._duty = Worker("duty")
        self._mirror = Worker("mirror-search")
        self._hub = Worker("hub")
        self._recording = Worker("counter-records")
        self._pages = Worker("counter-pages")
        self._ended: deque[UUID] = deque(maxlen=_SESSIONS_REMEMBERED)

    def perform(self, effect: ClerkEffect) -> None:
        """Start the effect; its outcome is posted."""
        counter = self._counter
        match effect:
            case _ if isinstance(effect, _OfMirror):
                self._of_mirror(effect)
            case _ if isinstance(effect, _OfHub):
                self._of_hub(effect)
            case clerk.SignIn(session_id):
                self._duty.do(
                    lambda: counter.duty.sign_in(effect),
                    lambda: self._post(clerk_events.SignInFailed(session_id, FAULT)),
                )
                self._duty.do(self._outbox.count)
            case clerk.SignOut():
                counter.leases.give_back()
                counter.abandon()
                self._console.forget()
                self._duty.do(counter.duty.sign_out)
            case clerk.RecordCounterAct(session_id, operation_id):
                self._recording.do(
                    lambda: counter.record(effect),
                    lambda: self._post(
                        clerk_events.CounterActNotRecorded(
                            session_id, operation_id, self._new_operation_id(), FAULT
                        )
                    ),
                )
            case clerk.LookAtLetterPrinter():
                self._pages.do(self._papers.look)
            case clerk.PrintCounterPaper(session_id, document):
                self._pages.do(
                    lambda: self._papers.print(effect, lambda: session_id not in self._ended),
                    lambda: self._post(events.PrintFailed(session_id, document, FAULT)),
                )
            case _ if isinstance(effect, ConsoleEffect | clerk.SignInByDay):
                self._of_console(effect)
            case _ if isinstance(effect, OutboxEffect):
                self._of_outbox(effect)
            case _:
                assert_never(effect)

    def _of_console(self, effect: ConsoleEffect | clerk.SignInByDay) -> None:
        """A list never waits for a download, a record for neither."""
        console = self._console
        match effect:
            case clerk.SignInByDay(session_id):
                self._duty.do(
                    lambda: self._counter.duty.sign_in_by_day(effect),
                    lambda: self._post(clerk_events.SignInFailed(session_id, FAULT)),
                )
            case ask.AskStations(session_id):
                self._lists.do(
                    lambda: console.ask_stations(effect),
                    lambda: self._post(tell.StationsListed(session_id, None, None, FAULT)),
                )
            case ask.AskUsers(session_id):
                self._lists.do(
                    lambda: console.ask_users(effect),
                    lambda: self._post(tell.UsersListed(session_id, None, None, FAULT)),
                )
            case ask.AskEnrolmentCode(session_id, station):
                self._hub.do(
                    lambda: console.ask_code(effect),
                    lambda: self._post(tell.EnrolmentCodeAnswered(session_id, station, code=FAULT)),
                )
            case ask.DownloadCertificates(session_id):
                self._hub.do(
                    lambda: console.download(effect),
                    lambda: self._post(tell.CertificatesSaved(session_id, "", 0, FAULT)),
                )
            case ask.SaveEnrolmentCode(session_id, station):
                self._hub.do(
                    lambda: console.save_code(effect),
                    lambda: self._post(tell.EnrolmentCodeSaved(session_id, station, "", FAULT)),
                )
            case ask.LookUpUser(session_id, code):
                self._hub.do(
                    lambda: console.look_up(effect),
                    lambda: self._post(tell.UserLookedUp(session_id, code)),
                )
            case ask.AbandonInquiry():
                console.abandon()
            case ask.RecordConsoleAct(session_id, operation_id):
                mark = console.sent.mark  # of who has confirmed it, and not of who is there later
                self._recording.do(
                    lambda: console.record(effect, mark),
                    lambda: self._post(
                        tell.ConsoleActNotRecorded(
                            session_id, operation_id, self._new_operation_id(), FAULT
                        )
                    ),
                )
            case _:
                assert_never(effect)

    def _of_outbox(self, effect: OutboxEffect) -> None:
        """The list waits for no hub; a decision is recorded in turn with what clerks do."""
        desk, post = self._outbox, self._post
        match effect:
            case waits.CountOutbox():
                self._telling.do(desk.count)
            case waits.TellOutbox(session_id):
                self._telling.do(
                    lambda: desk.tell(effect),
                    lambda: post(said.OutboxTold(session_id, None, FAULT)),
                )
            case waits.TellEntry(session_id):
                self._telling.do(
                    lambda: desk.tell_entry(effect),
                    lambda: post(said.EntryTold(session_id, None, FAULT)),
                )
            case waits.AskRefusedAct(session_id, seq):
                self._hub.do(
                    lambda: desk.ask_refused(effect),
                    lambda: post(said.RefusedActTold(session_id, seq, None, FAULT)),
                )
            case waits.CloseOutcome(session_id, seq):
                self._recording.do(
                    lambda: desk.close(effect),
                    lambda: post(said.OutcomeNotClosed(session_id, seq, FAULT)),
                )
            case _:
                assert_never(effect)

    def _of_mirror(self, effect: _OfMirror) -> None:
        counter, session_id = self._counter, effect.session_id
        match effect:
            case clerk.SearchRegistrations():
                self._mirror.do(
                    lambda: counter.search(effect),
                    lambda: self._post(clerk_events.SearchFailed(session_id, FAULT)),
                )
            case clerk.OpenRegistration():
                self._mirror.do(lambda: counter.open(effect), lambda: self._unopened(session_id))
            case clerk.ReadCase():
                self._mirror.do(
                    lambda: counter.read_case(effect), lambda: self._unopened(session_id)
                )
            case clerk.ListDisputes():
                self._mirror.do(
                    lambda: counter.list_disputes(effect),
                    lambda: self._post(clerk_events.DisputesListed(session_id, ())),
                )

    def _of_hub(self, effect: _OfHub) -> None:
        counter = self._counter
        match effect:
            case clerk.LookUpPerson(session_id, codice_fiscale):
                self._hub.do(
                    lambda: counter.look_up(effect),
                    lambda: self._post(
                        clerk_events.PersonLookedUp(
                            session_id, codice_fiscale, None, None, certain=False
                        )
                    ),
                )
            case clerk.AskUsername(session_id):
                self._hub.do(
                    lambda: counter.ask_username(effect),
                    lambda: self._post(clerk_events.UsernameAnswered(session_id, code=FAULT)),
                )
            case clerk.AbandonLookUp():
                counter.abandon()
            case clerk.AskLease(session_id, number):
                counter.leases.ask(session_id, number)
            case clerk.ReturnLease(number):
                counter.leases.give_back(number)

    def began(self) -> None:
        """A session began: its first page must know whether a card is in."""
        self._counter.duty.tell_card()

    def end(self, session_id: UUID) -> None:
        """The session is over: letters that are not at the printer are wiped, the clerk goes."""
        self._ended.append(session_id)
        self._counter.end_session()
        self._console.forget()
        self._duty.do(self._counter.duty.sign_out)

    def stop(self) -> None:
        """End all threads; a record that is under way is finished first."""
        self._counter.abandon()
        self._console.forget()
        self._console.sent.stop()
        self._pages.finish(dropping=True)
        lists = (self._lists, self._telling)
        workers = (self._recording, self._mirror, self._hub, *lists, self._duty)
        for worker in workers:
            worker.finish()
        for worker in workers:
            worker.wait(2.0)
        self._counter.duty.sign_out()
        self._counter.issuing.forget()

    def _unopened(self, session_id: UUID) -> None:
        self._post(clerk_events.RegistrationNotOpened(session_id, FAULT))


class HomeEffects:
    """Hands the effects of a citizen's procedure to `Home`.

    Args:
        home: carries them out.
        post: takes the events that answer.
    """

    def __init__(self, home: Home, post: Callable[[Event], None]) -> None:
        self._home = home
        self._post = post
        self._secrets = Worker("secrets")
        self._hub = Worker("home-hub")

    def perform(self, effect: HomeEffect) -> None:
        """Start the effect; its outcome is posted. Keys count in the order in which they came."""
        home = self._home
        match effect:
            case KeepSecret():
                self._secrets.do(lambda: home.keep(effect))
            case ForgetSecrets():
                self._secrets.do(lambda: home.forget(effect))
            case ShowCodes(session_id):
                self._secrets.do(
                    lambda: self._hub.do(
                        lambda: home.show_codes(effect),
                        lambda: self._post(CodesUnchecked(session_id, FAULT)),
                    )
                )
            case ProposeUsername(session_id, username):
                self._hub.do(
                    lambda: home.propose_username(effect),
                    lambda: self._post(UsernameUnchecked(session_id, username, FAULT)),
                )
            case AbandonCodes():
                home.abandon()
            case Conclude(session_id, operation_id):
                self._secrets.do(
                    lambda: home.conclude(effect),
                    lambda: self._post(events.ActNotRecorded(session_id, operation_id, FAULT)),
                )
            case _:
                assert_never(effect)

    def end(self) -> None:
        """The session is over: everything is wiped, behind the keys that came before."""
        self._home.abandon()
        self._secrets.do(self._home.end_session)

    def stop(self) -> None:
        """End all threads."""
        self._home.abandon()
        for worker in (self._secrets, self._hub):
            worker.finish()
        for worker in (self._secrets, self._hub):
            worker.wait(2.0)
        self._home.end_session()
