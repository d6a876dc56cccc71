"""Answers what stations ask and are told at once (`sync.model.inquiry`).

A question counts for nothing: it may be lost, refused for its pace, or asked again. So it waits for
nobody: the threads here look things up beside the writer, and what must be written (leases, tries,
tickets, who read a username) goes through the writer like everything else.

Whoever holds a station's key and knows an operator's thumbprint, which stands in every envelope,
could ask in the operator's name. So only stations that the hub's settings name as counters are told
of the registry.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar, assert_never
from zoneinfo import ZoneInfo

from sync.hub import changes, roster_delivery
from sync.hub.changes import Scopes
from sync.hub.home.pace import Origin
from sync.hub.home.procedures import Procedures
from sync.hub.log_events import Event, log, where
from sync.hub.registers import PopulationRegisters
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.store import chains, leases, operators, people, readings, registrations, secrets
from sync.hub.store.database import Store
from sync.hub.store.readings import Reading
from sync.hub.writer import Writer
from sync.model import rosters, transitions
from sync.model.credential import OperationKind, State
from sync.model.inquiry import (
    Changes,
    ChangesSince,
    CodesShown,
    Denied,
    Done,
    LeaseAsked,
    LeaseReturned,
    PersonLookUp,
    Reply,
    RosterSince,
    Standing,
    StandingAsked,
    StandingKind,
    UsernameAsked,
    UsernameProposed,
    UsernameTold,
)
from sync.wire import inquiry
from sync.wire.inquiry import Fresh, InquiryTrouble, Question
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import Signer, VerifyingKey

NO_COUNTER: Final = "station.no-counter"
TOO_MANY: Final = "inquiry.too-many"
BUSY: Final = "inquiry.busy"

MOST_REPLY_BYTES: Final = 90_000
"""What the broker passes on, with room for its own words."""

PER_MINUTE: Final = 120
"""Questions of one station: a mirror that is filled asks as fast as it is answered, and waits."""

_AT_ONCE: Final = 3
_MOST_WAITING: Final = 60
_WRITE_SECONDS: Final = 10.0
_ROME: Final = ZoneInfo("Europe/Rome")
_T = TypeVar("_T")


@dataclass(slots=True)
class _Pace:
    """How many questions of one station were taken in this minute."""

    minute: int
    count: int


@dataclass(frozen=True, slots=True)
class Sources:
    """What answers are taken from.

    Attributes:
        open_reader: opens the registry for reading.
        writer: changes it.
        home: the procedures at home.
        registers: the population registers.
        scopes: which stations are counters.
        clock: milliseconds since 1970.
        signed_roster: the file that the hub signed last, None where there is none.
    """

    open_reader: Callable[[], Store]
    writer: Writer
    home: Procedures
    registers: PopulationRegisters
    scopes: Scopes
    clock: Callable[[], int]
    signed_roster: Callable[[], bytes | None] = lambda: None


class Inquiries:
    """Takes questions and sends replies, in threads of its own."""

    def __init__(
        self,
        sources: Sources,
        unsealing: Sequence[UnsealingKey],
        signer: Signer,
        send: Callable[[str, bytes], None],
    ) -> None:
        """Set it up.

        Args:
            sources: what answers are taken from.
            unsealing: every key that stations may have sealed to.
            signer: the hub's.
            send: sends a reply to a station; from any thread.
        """
        self._sources = sources
        self._unsealing: Mapping[bytes, UnsealingKey] = {key.key_id: key for key in unsealing}
        self._signer = signer
        self._send = send
        self._fresh = Fresh()
        self._paces: dict[str, _Pace] = {}
        self._waiting = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inquiries")

    def receive(self, station: str, data: bytes) -> None:
        """Takes a question that came in the name of a station. Does not block."""
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                return  # the station asks again
            self._waiting += 1
        try:
            self._threads.submit(self._work, station, data)
        except RuntimeError:  # the hub is stopping
            return

    def stop(self) -> None:
        """Takes no more questions."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _work(self, station: str, data: bytes) -> None:
        try:
            reply = self.answer(station, data)
            if reply is not None:
                self._send(station, reply)
        except Exception as error:  # noqa: BLE001  one question must not stop the others
            log(
                Event.INQUIRY_FAILED,
                station=station,
                error=type(error).__name__,
                where=where(error),
            )
        finally:
            with self._lock:
                self._waiting -= 1

    def answer(self, station: str, data: bytes) -> bytes | None:
        """The reply to a question, or None where it is not to be answered at all.

        Not answered is what is no question of that station, or was answered before.

        Raises:
            StoreError: the registry cannot be used.
        """
        outside = inquiry.look(data)
        if isinstance(outside, InquiryTrouble) or outside.station != station:
            return None
        key = self._unsealing.get(outside.sealing_key_id)
        if key is None:
            return None
        reader = self._sources.open_reader()
        try:
            question = inquiry.open_question(data, lambda name: _key(reader, name), key)
            if isinstance(question, InquiryTrouble):
                log(Event.INQUIRY_TROUBLE, station=station, code=question.code)
                return None
            trouble = self._trouble(question)
            if trouble is not None and trouble.code == "inquiry.repeated":
                return None
            if trouble is not None:
                return self._sealed(question, Denied(trouble.code, CALL_ASSISTANCE))
            if not self._paced(station):
                return self._sealed(question, Denied(TOO_MANY, wait_seconds=_to_next_minute()))
            return self._sealed(question, self._reply(reader, question))
        finally:
            reader.close()

    def _trouble(self, question: Question) -> InquiryTrouble | None:
        with self._lock:
            return self._fresh.trouble(question, self._sources.clock())

    def _paced(self, station: str) -> bool:
        minute = int(time.monotonic() // 60)
        with self._lock:
            pace = self._paces.setdefault(station, _Pace(minute, 0))
            if pace.minute != minute:
                pace.minute, pace.count = minute, 0
            pace.count += 1
            return pace.count <= PER_MINUTE

    def _sealed(self, question: Question, reply: Reply) -> bytes:
        """The reply as it is sent; changes that are too many for a message are told in part."""
        now = self._sources.clock()
        while True:
            try:
                data = inquiry.answer(reply, question, self._signer, answered_at=now)
            except ValueError:
                data = b""
            if data and len(data) <= MOST_REPLY_BYTES:
                return data
            if not isinstance(reply, Changes) or len(reply.entries) < 2:
                raise ValueError("a reply that no message can carry")
            entries = reply.entries[: len(reply.entries) // 2]
            reply = Changes(entries, entries[-1].position, reply.of, more=True)

    def _reply(self, reader: Store, question: Question) -> Reply:
        asked, now = question.inquiry, self._sources.clock()
        if rosters.rights_for_inquiry(asked):
            if self._sources.scopes.of(question.station) is None:
                return Denied(NO_COUNTER, CALL_ASSISTANCE)
            print_ = question.operator
            known = None if print_ is None else operators.at(reader, print_, now)
            today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(_ROME).date()
            problem = rosters.inquiry_problem(
                None if known is None else known.entry, asked, on=today
            )
            if problem is not None:
                return Denied(problem.code, CALL_ASSISTANCE)
        return self._told(reader, question, question.operator or b"", now)

    def _told(self, reader: Store, question: Question, operator: bytes, now: int) -> Reply:
        asked, station = question.inquiry, question.station
        match asked:
            case ChangesSince() | RosterSince():
                return self._fed(reader, asked, station)
            case PersonLookUp():
                return self._sources.registers.look_up(asked.codice_fiscale, asked.comune)
            case StandingAsked():
                return standing(reader, asked.codice_fiscale)
            case LeaseAsked():
                number = asked.registration_number
                return self._written(
                    lambda store: leases.take(store, number, operator, station, now)
                )
            case LeaseReturned():
                number = asked.registration_number
                self._written(lambda store: leases.give_back(store, number, operator))
                return Done()
            case UsernameAsked():
                return self._written(
                    lambda store: tell_username(store, asked, operator, station, now)
                )
            case CodesShown():
                looked = self._sources.home.look(reader, asked, Origin.station(station), now)
                if isinstance(looked, Denied):
                    return looked
                return self._written(lambda store: self._sources.home.settle(store, looked, now))
            case UsernameProposed():
                return self._written(
                    lambda store: self._sources.home.propose_username(store, asked, now)
                )
            case _:
                assert_never(asked)

    def _fed(self, reader: Store, asked: ChangesSince | RosterSince, station: str) -> Reply:
        """What only counters are told, whoever of theirs asks."""
        scope = self._sources.scopes.of(station)
        if scope is None:
            return Denied(NO_COUNTER, CALL_ASSISTANCE)
        if isinstance(asked, RosterSince):
            return roster_delivery.since(reader, asked, self._sources.signed_roster)
        with reader.snapshot():
            return changes.since(reader, asked.position, asked.most, scope, station)

    def _written(self, work: Callable[[Store], _T]) -> _T:
        def within(store: Store) -> _T:
            with store.transaction():
                return work(store)

        return self._sources.writer.submit(within).result(_WRITE_SECONDS)


def standing(reader: Store, codice_fiscale: str) -> Standing:
    """What the registry knows of a person who wants to be registered anew (R-003-44 to 46)."""
    held = registrations.of_person(reader, codice_fiscale)
    if held is None:
        old = people.has_old_account(reader, codice_fiscale)
        return Standing(StandingKind.OLD_CREDENTIALS if old else StandingKind.UNKNOWN)
    credential = held.registration.credential
    if credential.state is State.RESPINTO:
        return Standing(StandingKind.UNKNOWN)
    checked = OperationKind.RISCONTRO_FORTE not in transitions.bookable(credential)
    if credential.strong and checked:
        return Standing(StandingKind.STRONG, held.number)
    return Standing(StandingKind.WEAK, held.number)


def tell_username(
    store: Store, asked: UsernameAsked, operator: bytes, station: str, now: int
) -> UsernameTold | Denied:
    """The username, and that it was told: to whom, whose, when (R-003-62). Within a transaction.

    Returns:
        The username; `registration.gone`; or `username.none` where the person has none here.
    """
    held = registrations.by_number(store, asked.registration_number)
    if held is None or held.codice_fiscale != asked.codice_fiscale:
        outcome, number = "registration.gone", ""
    else:
        login = secrets.login(store, held.number)
        number = held.number
        if login is not None and login.username is not None:
            readings.note(store, Reading(now, "username", operator.hex(), station, number, "told"))
            return UsernameTold(login.username)
        outcome = "username.none"
    readings.note(store, Reading(now, "username", operator.hex(), station, number, outcome))
    return Denied(outcome)


def _key(reader: Store, name: str) -> VerifyingKey | None:
    station = chains.station(reader, name)
    return None if station is None else VerifyingKey.from_spki(station.spki)


def _to_next_minute() -> int:
    return 60 - int(time.monotonic() % 60)
