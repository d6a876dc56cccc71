"""What the console's pages ask for: the hub's lists, one-time codes, certificates, the journal.

What the hub tells of users and stations stays in memory until the administrator leaves; without a
network the last answer is told with its time. Acts are recorded first; what becomes of them is told
as soon as the hub has decided.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from kiosk import log_events
from kiosk.flows.console import effects as asked
from kiosk.flows.console import events as told
from kiosk.flows.console.wanted import ConsoleWanted, WantedActivation, WantedDailyPassword
from kiosk.flows.events import Event
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.counter import card_code
from kiosk.runtime.downloads import Certificates, Written
from kiosk.runtime.duty import Duty
from kiosk.runtime.records import Records
from kiosk.runtime.sent_acts import SentActs
from sync.edge.inquiries import Inquiries, Trouble, Wait
from sync.edge.journal import RecordedAct
from sync.model import daily_password, operation
from sync.model.audit import AuditEvent
from sync.model.console import ConsoleAct, DailyPasswordAct, OfficerAct, OfficerAction
from sync.model.console_views import (
    CertificateAsked,
    CertificateTold,
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    StationRecord,
    StationsAsked,
    StationsTold,
    UserRecord,
    UsersAsked,
    UsersTold,
)
from sync.model.inquiry import Denied, Inquiry, NotFound, PersonFound, PersonLookUp
from sync.wire import mail_seal, officer_proof, secret_digest
from sync.wire.envelope import Unsigned
from sync.wire.sealing import SealingKey

CARD_AWAY: Final = "operator.card-away"
NO_TRUST_LIST: Final = "trust.absent"
_ANSWER_SECONDS: Final = 10.0
_MOST_PAGES: Final = 200
_ALL: Final = -1


@dataclass(slots=True)
class _Held:
    """What the hub told last, of one comune."""

    comune: str = ""
    stations: tuple[StationRecord, ...] | None = None
    stations_at: datetime | None = None
    users: tuple[UserRecord, ...] | None = field(default=None, repr=False)
    users_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleMeans:
    """What the console works with.

    Attributes:
        letter_key: the hub's key for letters, or the code of why there is none.
        certificates: writes what is downloaded.
        trust_list: the signed list of the hub's keys, as this station holds it; None without one.
        post: takes the events.
        now: aware time of the station.
        today: civil date of the station.
    """

    inquiries: Inquiries
    records: Records
    auditing: Auditing
    letter_key: Callable[[], SealingKey | str]
    certificates: Certificates
    trust_list: Callable[[], bytes | None]
    post: Callable[[Event], None]
    now: Callable[[], datetime]
    today: Callable[[], date]


class Console:
    """Carries out the console's effects. Each method blocks; call it on a thread of its own.

    Args:
        duty: who is signed in.
        means: what it works with.
        sent: tells what becomes of acts.
        below: gives a random whole number from 0 to below its argument.
    """

    def __init__(
        self,
        duty: Duty,
        means: ConsoleMeans,
        sent: SentActs,
        below: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self.sent = sent
        self._duty = duty
        self._means = means
        self._post = means.post
        self._below = below
        self._held = _Held()
        self._wait = Wait()
        self._made: tuple[UUID, DailyPasswordAct, str] | None = None

    # --- what the hub tells

    def ask_stations(self, effect: asked.AskStations) -> None:
        """Posts `StationsListed`: what was told last, then what the hub says now (R-004-14)."""
        held, session_id = self._of_comune(), effect.session_id
        self._post(told.StationsListed(session_id, held.stations, held.stations_at, asking=True))
        found: list[StationRecord] = []

        def take(reply: object) -> int | None:
            if not isinstance(reply, StationsTold):
                return None
            found.extend(reply.records)
            return len(found) if reply.more else _ALL

        code = self._pages(lambda offset: StationsAsked(held.comune, offset), take)
        if not code:
            held.stations, held.stations_at = tuple(found), self._means.now()
            self._means.auditing.note(AuditEvent.CONSOLE_LISTED, "stations")
        self._post(told.StationsListed(session_id, held.stations, held.stations_at, code or None))

    def ask_users(self, effect: asked.AskUsers) -> None:
        """Posts `UsersListed`, likewise (R-004-33); who looks is kept first."""
        held, session_id = self._of_comune(), effect.session_id
        refusal = self._means.auditing.before_showing(AuditEvent.CONSOLE_LISTED, "users")
        if refusal:
            self._post(told.UsersListed(session_id, None, None, refusal))
            return
        self._post(told.UsersListed(session_id, held.users, held.users_at, asking=True))
        found: list[UserRecord] = []

        def take(reply: object) -> int | None:
            if not isinstance(reply, UsersTold):
                return None
            found.extend(reply.records)
            return len(found) if reply.more else _ALL

        code = self._pages(lambda offset: UsersAsked(held.comune, offset), take)
        if not code:
            held.users, held.users_at = tuple(found), self._means.now()
        self._post(told.UsersListed(session_id, held.users, held.users_at, code or None))

    def ask_code(self, effect: asked.AskEnrolmentCode) -> None:
        """Posts `EnrolmentCodeAnswered`."""
        held, station = self._of_comune(), effect.station
        reply = self._ask(EnrolmentCodeAsked(held.comune, station))
        answer = told.EnrolmentCodeAnswered(effect.session_id, station, code=_code_of(reply))
        if isinstance(reply, EnrolmentCodeTold):
            answer = told.EnrolmentCodeAnswered(effect.session_id, station, reply)
        self._post(answer)

    def look_up(self, effect: asked.LookUpUser) -> None:
        """Posts `UserLookedUp`: what the registers say (R-004-28)."""
        code = effect.codice_fiscale
        refusal = self._means.auditing.before_showing(AuditEvent.LOOKED_UP, "console", subject=code)
        reply = None if refusal else self._ask(PersonLookUp(code, ""))
        found = reply if isinstance(reply, PersonFound | NotFound) else None
        self._post(told.UserLookedUp(effect.session_id, code, found))

    def download(self, effect: asked.DownloadCertificates) -> None:
        """Posts `CertificatesSaved` (R-004-14): what came is written though not all of it did."""
        held, wait = self._of_comune(), self._wait
        found: list[CertificateTold] = []
        trouble = self._means.certificates.trouble()
        for name in () if trouble else effect.names:
            reply = self._ask(CertificateAsked(held.comune, name))
            if isinstance(reply, CertificateTold) and reply.station == name:
                found.append(reply)
            else:
                trouble = _code_of(reply)
            if wait.is_over():
                return
        file = ""
        if found:
            written = self._means.certificates.write(held.comune, found, self._means.now())
            file, trouble = (written.file, trouble) if not written.code else ("", written.code)
        count = len(found) if file else 0
        self._post(told.CertificatesSaved(effect.session_id, file, count, trouble or None))

    def save_code(self, effect: asked.SaveEnrolmentCode) -> None:
        """Posts `EnrolmentCodeSaved` (R-004-14): the file that the device's enrolment reads."""
        trust_list = self._means.trust_list()
        written = Written(code=NO_TRUST_LIST)
        if trust_list is not None:
            written = self._means.certificates.write_token(effect.token, trust_list)
        session_id, station = effect.session_id, effect.station
        self._post(told.EnrolmentCodeSaved(session_id, station, written.file, written.code or None))

    def abandon(self) -> None:
        """Nobody waits for the hub any more. Returns at once."""
        wait, self._wait = self._wait, Wait()
        self._means.inquiries.abandon(wait)

    def forget(self) -> None:
        """The administrator has gone: nothing that the hub told is kept."""
        self.abandon()
        self._held = _Held()
        self._made = None
        self.sent.forget()

    # --- what is done

    def record(self, effect: asked.RecordConsoleAct, mark: int) -> None:
        """Posts `ConsoleActRecorded` or `ConsoleActNotRecorded`. Blocks for disk and card.

        Args:
            effect: what is wanted.
            mark: `SentActs.mark` when it was: whoever signs in later neither signs nor sees it.
        """
        operation_id, records = effect.operation_id, self._means.records
        try:
            act = self._act_of(operation_id, effect.wanted, effect.master)
        finally:
            if effect.master is not None:
                effect.master[:] = bytes(len(effect.master))
        code = act if isinstance(act, str) else self._record(operation_id, act, mark)
        following = records.new_operation_id()
        if mark != self.sent.mark:
            self._made = None  # nobody is there to whom the half could be shown
        if code:
            log_events.write(log_events.EFFECT_FAILED, code=code)
            self._means.auditing.note(AuditEvent.NOT_RECORDED, code)
            failed = told.ConsoleActNotRecorded(effect.session_id, operation_id, following, code)
            self._post(failed)
            return
        first = ""
        if self._made is not None and self._made[0] == operation_id:
            first, self._made = self._made[2], None
        self._post(told.ConsoleActRecorded(effect.session_id, operation_id, following, first))

    def _record(self, operation_id: UUID, act: ConsoleAct, mark: int) -> str:
        """Empty once the act is durable, else the code of why it is not."""
        records = self._means.records
        refusal = "" if records.has(operation_id) else self._duty.console_may_not(act)
        if refusal:
            return refusal
        signer = self._duty.signer()
        if isinstance(signer, Unsigned):
            return card_code(signer)
        if mark != self.sent.mark:
            return CARD_AWAY  # the card that lies there now is not of who has confirmed it
        done = records.act(operation_id, act, signer)
        if not isinstance(done, RecordedAct):
            return card_code(done)
        self._means.auditing.note(AuditEvent.RECORDED, operation.kind_of(act), str(done.seq))
        self.sent.add(
            operation_id,
            act,
            done.recorded_at,
            self._held.users or (),
            mark=mark,
            thumbprint=signer.thumbprint,
        )
        return ""

    def _act_of(
        self, operation_id: UUID, wanted: ConsoleWanted, master: bytearray | None
    ) -> ConsoleAct | str:
        """The act with the secrets that it needs; or the code of why they cannot be made."""
        match wanted:
            case WantedDailyPassword():
                return self._daily(operation_id, wanted)
            case WantedActivation(comune, code, serial):
                typed = officer_proof.parse((master or b"").decode("ascii", "replace"))
                if typed is None:
                    return "officer.master"
                proof = officer_proof.prove(officer_proof.key_of(typed), comune, code, serial)
                typed[:] = bytes(len(typed))
                return OfficerAct(comune, code, OfficerAction.ACTIVATE_CARD, serial, proof)
            case _:
                return wanted

    def _daily(self, operation_id: UUID, wanted: WantedDailyPassword) -> DailyPasswordAct | str:
        """A daily password (R-004-34): its digest travels, its second half is sealed for the mail."""
        if self._made is not None and self._made[0] == operation_id:
            return self._made[1]
        if self._means.records.has(operation_id):
            return "daily.told-before"
        key = self._means.letter_key()
        if isinstance(key, str):
            return key
        made = daily_password.make(self._below)
        whole = bytearray(made.whole, "ascii")
        act = DailyPasswordAct(
            wanted.comune,
            wanted.codice_fiscale,
            secret_digest.digest(whole),
            mail_seal.seal_half(made.second.encode("ascii"), key, operation_id),
            self._means.today(),
        )
        whole[:] = bytes(len(whole))
        self._made = (operation_id, act, made.first)
        return act

    # --- its own

    def _of_comune(self) -> _Held:
        """What is held of the administrator's comune; of another one nothing is told."""
        on_duty = self._duty.on_duty
        comune = "" if on_duty is None else on_duty.entry.comune
        if comune != self._held.comune:
            self._held = _Held(comune)
        return self._held

    def _ask(self, inquiry: Inquiry) -> object:
        on_duty = self._duty.on_duty
        if on_duty is None:
            return Trouble(CARD_AWAY)
        return self._means.inquiries.ask(
            inquiry, operator=on_duty.presence, seconds=_ANSWER_SECONDS, wait=self._wait
        )

    def _pages(
        self, asked_from: Callable[[int], Inquiry], take: Callable[[object], int | None]
    ) -> str:
        """All records, part by part; empty, or the code of why not.

        Args:
            asked_from: the question from a place on.
            take: keeps the records of a reply; tells how many it has, negative where that is all,
                None where the reply is none.
        """
        offset = 0
        for _ in range(_MOST_PAGES):
            reply = self._ask(asked_from(offset))
            taken = take(reply)
            if taken is None:
                return _code_of(reply)
            if taken <= offset:
                return ""
            offset = taken
        return "inquiry.malformed"


def _code_of(reply: object) -> str:
    """Why there is no answer."""
    return reply.code if isinstance(reply, Trouble | Denied) else "inquiry.malformed"
