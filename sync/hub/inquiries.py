"""Answers what stations ask and are told at once (`sync.model.inquiry`).

A question counts for nothing: it may be lost, refused for its pace, or asked again. So it waits for
nobody: the threads here look things up beside the writer, and what must be written (leases, tries,
tickets, who read what) goes through the writer like everything else. Registers of other houses may
be slow, so who waits for them has threads apart.

Whoever holds a station's key knows operators' thumbprints, which stand in every envelope. So a
question about the registry brings a statement that the operator's card signed for that station a
short while ago, and only stations that the hub's settings name as counters are told anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeVar, assert_never
from zoneinfo import ZoneInfo

from sync.hub import changes, list_delivery, refused_acts
from sync.hub.changes import Scopes
from sync.hub.console import asked as console_asked
from sync.hub.console.day_sign_in import DaySignIns
from sync.hub.device_ca import office as device_office
from sync.hub.device_ca import telling
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.epoch import Naming
from sync.hub.home.pace import Origin
from sync.hub.home.procedures import Procedures
from sync.hub.list_delivery import SignedList
from sync.hub.log_events import Event, log, where
from sync.hub.registers import PopulationRegisters
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.store import (
    chains,
    leases,
    list_lines,
    lists,
    operators,
    people,
    readings,
    registrations,
    secrets,
)
from sync.hub.store.alarms import raise_alarm
from sync.hub.store.database import Store
from sync.hub.store.operators import KnownOperator
from sync.hub.store.readings import Reading
from sync.hub.turns import Pace, Places, to_next_minute
from sync.hub.writer import Writer
from sync.model import rosters, transitions
from sync.model.console_views import (
    CertificateAsked,
    ConsoleInquiry,
    DaySignIn,
    EnrolmentCodeAsked,
    RenewalAsked,
    Renewed,
    SignedListSince,
    StationsAsked,
    StationsTold,
    UsersAsked,
    UsersTold,
)
from sync.model.credential import OperationKind, State
from sync.model.errors import Problem
from sync.model.inquiry import (
    Changes,
    ChangesSince,
    CodesShown,
    Denied,
    Done,
    Inquiry,
    LeaseAsked,
    LeaseReturned,
    PersonFound,
    PersonLookUp,
    RefusedAsked,
    RegisterName,
    Reply,
    Standing,
    StandingAsked,
    StandingKind,
    UsernameAsked,
    UsernameProposed,
    UsernameTold,
)
from sync.model.rosters import OperatorEntry, Right
from sync.wire import enrolment_request, inquiry
from sync.wire.canonical import Malformed
from sync.wire.inquiry import Fresh, InquiryTrouble, Question
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import Signer, VerifyingKey

NO_COUNTER: Final = "station.no-counter"
UNPROVEN: Final = "inquiry.unproven"
TOO_MANY: Final = "inquiry.too-many"
BUSY: Final = "inquiry.busy"

MOST_REPLY_BYTES: Final = 90_000
"""What the broker passes on, with room for its own words."""

PER_MINUTE: Final = 120
"""Questions of one station, beside those that fill its mirror."""

CHANGES_PER_MINUTE: Final = 600
"""Questions for changes, and for parts of lists: a mirror that is filled asks as fast as it is
answered."""

PEOPLE_PER_MINUTE: Final = 20
"""Of these, questions about persons of each kind: more than a clerk can type."""

MOST_WAITING_OF_ONE: Final = 8
"""Questions of one station that wait, whoever else asks."""

MOST_LOOK_UPS_OF_ONE: Final = 2

LIST_AHEAD: Final = "list.ahead"
"""Alarm: a station holds a list newer than the hub's own: it takes none of these. Was the hub put back?"""

ENTRY_SKIPPED: Final = "changes.entry-skipped"
"""Alarm: an entry of the feed that no message can carry; counters do not know of it."""

_AT_ONCE: Final = 3
_LOOK_UPS_AT_ONCE: Final = 4
_MOST_WAITING: Final = 240
_MOST_LOOK_UPS: Final = 40
_ABOUT_PEOPLE: Final = (PersonLookUp, StandingAsked, UsernameAsked, RefusedAsked)
_WRITE_SECONDS: Final = 10.0
_DAY_MILLISECONDS: Final = 24 * 60 * 60 * 1000
_ROME: Final = ZoneInfo("Europe/Rome")
_T = TypeVar("_T")


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
        epoch: which registry it is.
        signed_list: the lists that the hub signed last.
        stations: where devices are registered, None where none are.
        day_sign_ins: signs people in by daily password; None where there is no console.
    """

    open_reader: Callable[[], Store]
    writer: Writer
    home: Procedures
    registers: PopulationRegisters
    scopes: Scopes
    clock: Callable[[], int]
    epoch: Naming
    signed_list: SignedList = lambda _: None
    stations: Enrolling | None = None
    day_sign_ins: DaySignIns | None = None


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
        self._pace = Pace()
        self._skipped: set[int] = set()
        self._lock = threading.Lock()
        self._places = Places(_MOST_WAITING, MOST_WAITING_OF_ONE)
        self._look_ups = Places(_MOST_LOOK_UPS, MOST_LOOK_UPS_OF_ONE)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="inquiries")
        self._beside = ThreadPoolExecutor(_LOOK_UPS_AT_ONCE, thread_name_prefix="look-ups")

    def receive(self, station: str, data: bytes) -> None:
        """Takes a question that came in the name of a station. Does not block."""
        # The broker vouches for the name: no station takes the places of another.
        if not self._places.take(station):
            return  # the station asks again
        try:
            self._threads.submit(self._work, station, data)
        except RuntimeError:  # the hub is stopping
            return

    def stop(self) -> None:
        """Takes no more questions."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._beside.shutdown(wait=False, cancel_futures=True)

    def _work(self, station: str, data: bytes) -> None:
        try:
            found = self._open(station, data)
            if isinstance(found, Question):
                if isinstance(found.inquiry, PersonLookUp):
                    self._hand_over(found)
                    return
                found = self._answered(found)
            if found is not None:
                self._send(station, found)
        except Exception as error:  # noqa: BLE001  one question must not stop the others
            _tell_failure(station, error)
        finally:
            self._places.give_back(station)

    def _hand_over(self, question: Question) -> None:
        """To the threads that may wait for a register; where they are taken the station is told."""
        station = question.station
        if not self._look_ups.take(station):
            self._send(station, self._sealed(question, Denied(BUSY)))
            return
        try:
            self._beside.submit(self._look_up, question)
        except RuntimeError:  # the hub is stopping
            return

    def _look_up(self, question: Question) -> None:
        try:
            self._send(question.station, self._answered(question))
        except Exception as error:  # noqa: BLE001  one question must not stop the others
            _tell_failure(question.station, error)
        finally:
            self._look_ups.give_back(question.station)

    def answer(self, station: str, data: bytes) -> bytes | None:
        """The reply to a question, or None where it is not to be answered at all.

        Not answered is what is no question of that station, or was answered before.

        Raises:
            StoreError: the registry cannot be used.
        """
        found = self._open(station, data)
        return self._answered(found) if isinstance(found, Question) else found

    def _open(self, station: str, data: bytes) -> Question | bytes | None:
        """The question in `data`, the reply of one that is not to be looked into, or None."""
        outside = inquiry.look(data)
        if isinstance(outside, InquiryTrouble) or outside.station != station:
            return None
        key = self._unsealing.get(outside.sealing_key_id)
        if key is None:
            return None
        reader = self._sources.open_reader()
        try:
            question = inquiry.open_question(data, lambda name: _key(reader, name), key)
        finally:
            reader.close()
        if isinstance(question, InquiryTrouble):
            log(Event.INQUIRY_TROUBLE, station=station, code=question.code)
            return None
        standing = self._standing(station)
        if standing is not None:
            return self._sealed(question, Denied(standing, CALL_ASSISTANCE))
        trouble = self._trouble(question)
        if trouble is not None and trouble.code == "inquiry.repeated":
            return None
        if trouble is not None:
            return self._sealed(question, Denied(trouble.code, CALL_ASSISTANCE))
        if not self._paced(question):
            return self._sealed(question, Denied(TOO_MANY, wait_seconds=to_next_minute()))
        self._note_seen(station)
        return question

    def _standing(self, station: str) -> str | None:
        """Why a station is told nothing, None where it is."""
        reader = self._sources.open_reader()
        try:
            return device_office.trouble(reader, station)
        finally:
            reader.close()

    def _note_seen(self, station: str) -> None:
        """Keeps that a registered station was heard; the first time makes it active."""
        stations, now = self._sources.stations, self._sources.clock()
        if stations is None:
            return
        reader = self._sources.open_reader()
        try:
            news = device_office.is_news(reader, station, now)
        finally:
            reader.close()
        if news:
            self._written(lambda store: device_office.seen(stations.office, store, station, now))

    def _answered(self, question: Question) -> bytes:
        reader = self._sources.open_reader()
        try:
            return self._sealed(question, self._reply(reader, question))
        finally:
            reader.close()

    def _trouble(self, question: Question) -> InquiryTrouble | None:
        with self._lock:
            return self._fresh.trouble(question, self._sources.clock())

    def _paced(self, question: Question) -> bool:
        kind = type(question.inquiry)
        if kind in {ChangesSince, SignedListSince}:
            return self._pace.allows((question.station, kind), CHANGES_PER_MINUTE)
        paced = self._pace.allows((question.station, None), PER_MINUTE)
        if not paced or kind not in _ABOUT_PEOPLE:
            return paced
        return self._pace.allows((question.station, kind), PEOPLE_PER_MINUTE)

    def _sealed(self, question: Question, reply: Reply) -> bytes:
        """The reply as it is sent; what is too much for a message is told in part.

        One that no message can carry is gone past, with an alarm: nothing else must wait for it.
        """
        now = self._sources.clock()
        while True:
            try:
                data = inquiry.answer(reply, question, self._signer, answered_at=now)
            except (ValueError, TypeError):
                data = b""
            if data and len(data) <= MOST_REPLY_BYTES:
                return data
            if isinstance(reply, StationsTold) and len(reply.records) > 1:
                reply = StationsTold(reply.records[: len(reply.records) // 2], more=True)
                continue
            if isinstance(reply, UsersTold) and len(reply.records) > 1:
                reply = UsersTold(reply.records[: len(reply.records) // 2], more=True)
                continue
            if not isinstance(reply, Changes) or not reply.entries:
                raise ValueError("a reply that no message can carry")
            entries = reply.entries[: _that_fit(len(reply.entries), len(data))]
            position = entries[-1].position if entries else reply.entries[0].position
            if not entries:
                self._skip(question.station, position)
            reply = replace(reply, entries=entries, position=position, more=position < reply.of)

    def _skip(self, station: str, position: int) -> None:
        """Raises the alarm about an entry, once while the hub runs: every counter comes by it."""
        with self._lock:
            if position in self._skipped:
                return
            self._skipped.add(position)
        now = self._sources.clock()
        log(Event.ALARM, station=station, code=ENTRY_SKIPPED, seq=position)
        self._written(
            lambda store: raise_alarm(
                store, station, ENTRY_SKIPPED, now, detail=f"position {position}"
            )
        )

    def _reply(self, reader: Store, question: Question) -> Reply:
        asked, now = question.inquiry, self._sources.clock()
        if not rosters.rights_for_inquiry(asked):
            return self._told(reader, question, None, now)
        print_ = question.operator
        lines = [] if print_ is None else operators.lines_at(reader, print_, now)
        lines = [one for one in lines if one.is_at(question.station)]
        today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(_ROME).date()
        # Of several comuni the one whose line allows it.
        judged = [(rosters.inquiry_problem(one.entry, asked, on=today), one) for one in lines]
        known = next((one for problem, one in judged if problem is None), None)
        if self._is_outside(question.station, asked, known):
            return Denied(NO_COUNTER, CALL_ASSISTANCE)
        if known is None:
            problem = judged[0][0] if judged else None
            code = "operator.unknown" if problem is None else problem.code
            return Denied(code, CALL_ASSISTANCE)
        if not _is_there(question, known, now):
            return Denied(UNPROVEN, CALL_ASSISTANCE)
        return self._told(reader, question, known.entry, now)

    def _is_outside(self, station: str, asked: Inquiry, known: KnownOperator | None) -> bool:
        """Whether a station is no counter, and asks what only counters are told.

        The console, and who is asked for in it (R-004-28), are any station's whose administrator is
        signed in.
        """
        if self._sources.scopes.of(station) is not None or isinstance(asked, ConsoleInquiry):
            return False
        inserts = known is not None and bool(known.entry.rights & {Right.USERS, Right.APPOINT})
        return not (inserts and isinstance(asked, PersonLookUp))

    def _told(  # noqa: PLR0911  one for each kind of question
        self, reader: Store, question: Question, entry: OperatorEntry | None, now: int
    ) -> Reply:
        asked, station = question.inquiry, question.station
        operator = b"" if entry is None else entry.thumbprint
        match asked:
            case ChangesSince():
                return self._fed(reader, asked, station)
            case SignedListSince():
                return self._list(reader, asked, station, now)
            case StationsAsked() | EnrolmentCodeAsked() | CertificateAsked() | RenewalAsked():
                return self._of_stations(reader, asked, station, now)
            case UsersAsked():
                reading = Reading(now, "users", operator.hex(), station, "", "told")
                self._written(lambda store: readings.note_once(store, reading))
                return console_asked.told(reader, asked)
            case DaySignIn():
                return self._sign_in(reader, asked, station, now)
            case PersonLookUp():
                found = self._sources.registers.look_up(
                    asked.codice_fiscale,
                    asked.comune,
                    operator.hex(),
                    without=_not_to_be_asked(entry, asked.comune),
                )
                told = found.register.value if isinstance(found, PersonFound) else "not-found"
                self._note(reader, question, operator, asked.codice_fiscale, told)
                return found
            case StandingAsked():
                known = standing(reader, asked.codice_fiscale)
                self._note(reader, question, operator, asked.codice_fiscale, known.kind.value)
                return known
            case LeaseAsked() | LeaseReturned():
                return self._lease(asked, operator, station, now)
            case UsernameAsked():
                return self._written(
                    lambda store: tell_username(store, asked, operator, station, now)
                )
            case RefusedAsked():
                return self._refused(reader, asked, entry, station, now)
            case CodesShown() | UsernameProposed():
                return self._at_home(reader, asked, station, now)
            case _:
                assert_never(asked)

    def _sign_in(self, reader: Store, asked: DaySignIn, station: str, now: int) -> Reply:
        """Signs somebody in by daily password (R-004-34)."""
        desk = self._sources.day_sign_ins
        if desk is None:
            return Denied("console.not-here", CALL_ASSISTANCE)
        compared = desk.compare(reader, asked, station, now)
        if isinstance(compared, Denied):
            return compared
        return self._written(lambda store: desk.settle(store, compared, self._sources.clock()))

    def _refused(
        self,
        reader: Store,
        asked: RefusedAsked,
        entry: OperatorEntry | None,
        station: str,
        now: int,
    ) -> Reply:
        """What a refused act held, for who corrects it; who was told is kept first."""
        if entry is None:
            return Denied("operator.unknown", CALL_ASSISTANCE)
        reply = refused_acts.told(reader, asked, station, entry, self._unsealing)
        self._written(lambda store: refused_acts.note(store, reply, entry.thumbprint, station, now))
        return reply

    def _lease(
        self, asked: LeaseAsked | LeaseReturned, operator: bytes, station: str, now: int
    ) -> Reply:
        number = asked.registration_number
        if isinstance(asked, LeaseAsked):
            return self._written(lambda store: leases.take(store, number, operator, station, now))
        self._written(lambda store: leases.give_back(store, number, operator))
        return Done()

    def _at_home(
        self, reader: Store, asked: CodesShown | UsernameProposed, station: str, now: int
    ) -> Reply:
        """What a citizen asks at a kiosk."""
        home = self._sources.home
        if isinstance(asked, UsernameProposed):
            return self._written(lambda store: home.propose_username(store, asked, now))
        looked = home.look(reader, asked, Origin.station(station), now)
        if isinstance(looked, Denied):
            return looked
        return self._written(lambda store: home.settle(store, looked, now))

    def _note(
        self, reader: Store, question: Question, operator: bytes, person: str, outcome: str
    ) -> None:
        """Keeps who asked about whom before the answer goes out: by number, never by name or code.

        What a register told is kept each time.
        """
        held = registrations.of_person(reader, person)
        number = "" if held is None else held.number
        looked_up = isinstance(question.inquiry, PersonLookUp)
        reading = Reading(
            self._sources.clock(),
            "look-up" if looked_up else "standing",
            operator.hex(),
            question.station,
            number,
            outcome,
        )
        note = readings.note if looked_up and outcome != "not-found" else readings.note_once
        self._written(lambda store: note(store, reading))

    def _of_stations(
        self,
        reader: Store,
        asked: StationsAsked | EnrolmentCodeAsked | CertificateAsked | RenewalAsked,
        station: str,
        now: int,
    ) -> Reply:
        """What the console is told of stations, and a station's further certificate."""
        here = self._sources.stations
        if here is None:
            return Denied("console.not-here", CALL_ASSISTANCE)
        match asked:
            case StationsAsked():
                return telling.records(reader, asked.comune, asked.offset)
            case EnrolmentCodeAsked():
                return telling.code(here.office, reader, asked.comune, asked.station, now)
            case CertificateAsked():
                return telling.certificate(here.office, reader, asked.comune, asked.station)
            case RenewalAsked():
                renewal = enrolment_request.read(asked.request, enrolment_request.RENEWAL_PURPOSE)
                if isinstance(renewal, Problem) or renewal.station != station:
                    return Denied("enrolment.request-damaged", CALL_ASSISTANCE)
                taken = self._sources.writer.submit(
                    lambda store: here.take(store, renewal, b"", now)
                )
                return Renewed(taken.result(_WRITE_SECONDS))
            case _:
                assert_never(asked)

    def _list(self, reader: Store, asked: SignedListSince, station: str, now: int) -> Reply:
        """A part of a signed list; what the station says that it holds is kept, once a day."""
        since = now - _DAY_MILLISECONDS
        known = lists.is_known(reader, station, asked.name, asked.version, since)
        if asked.name in list_delivery.FILES and not asked.offset and not known:
            held = self._sources.signed_list(asked.name)
            # The folder of this process may be behind what another one of the hub has signed.
            ours = max(0 if held is None else held[0], list_lines.newest(reader, asked.name))
            ahead = asked.version > ours

            def note(store: Store) -> None:
                lists.told(store, station, asked.name, asked.version, now)
                if ahead:
                    raise_alarm(store, station, LIST_AHEAD, now, detail=asked.name)

            self._written(note)
        return list_delivery.since(reader, asked, self._sources.signed_list)

    def _fed(self, reader: Store, asked: ChangesSince, station: str) -> Reply:
        """What only counters are told, whoever of theirs asks."""
        scope = self._sources.scopes.of(station)
        if scope is None:
            return Denied(NO_COUNTER, CALL_ASSISTANCE)
        name = self._sources.epoch.name_at(reader)
        if asked.epoch and asked.epoch != name:
            return Denied("changes.position")
        with reader.snapshot():
            told = changes.since(reader, asked.position, asked.most, scope, station)
        if isinstance(told, Changes):
            self._sources.epoch.told(told.position)
            told = replace(told, epoch=name)
        return told

    def _written(self, work: Callable[[Store], _T]) -> _T:
        def within(store: Store) -> _T:
            with store.transaction():
                return work(store)

        return self._sources.writer.submit(within).result(_WRITE_SECONDS)


def _is_there(question: Question, known: KnownOperator, now: int) -> bool:
    """Whether the operator's own card says that it is signed in at that station."""
    statement = question.statement
    try:
        key = known.key()
    except Malformed:
        return False
    return (
        statement is not None
        and statement.is_fresh(now)
        and statement.is_signed_by(key, question.station)
    )


def _that_fit(entries: int, size: int) -> int:
    """How many of the entries of a reply of `size` bytes are told in one message; 0 for no size."""
    if not size:
        return entries // 2
    return min(max(entries * MOST_REPLY_BYTES * 19 // (size * 20), 1), entries - 1)


def _tell_failure(station: str, error: Exception) -> None:
    log(Event.INQUIRY_FAILED, station=station, error=type(error).__name__, where=where(error))


def _not_to_be_asked(entry: OperatorEntry | None, comune: str) -> tuple[RegisterName, ...]:
    """CIA holds the people of single comuni: who has no competence for one does not read it."""
    outside = entry is None or (comune and not rosters.competent(entry, comune))
    return (RegisterName.CIA,) if outside else ()


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
    readings.note_once(store, Reading(now, "username", operator.hex(), station, number, outcome))
    return Denied(outcome)


def _key(reader: Store, name: str) -> VerifyingKey | None:
    station = chains.station(reader, name)
    return None if station is None else VerifyingKey.from_spki(station.spki)
