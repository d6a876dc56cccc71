"""What a clerk's pages ask for: the mirror, the hub, the journal with the operator's signature.

Searching and opening are from the mirror alone, so they work without a network. The hub is asked
for what only it knows, for seconds at most, and every page goes on without its answer. What is done
is recorded first, signed by the operator's card; the mirror shows it at once; then, and only then,
its letters can be printed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from kiosk import log_events
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as told
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.wanted import Wanted, WantedBooking, WantedCode
from kiosk.flows.events import Event
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.duty import Duty, OnDuty
from kiosk.runtime.issuing import Issuing, Letters, act_of
from kiosk.runtime.leases import Leases
from kiosk.runtime.mirroring import Mirroring
from kiosk.runtime.records import Records
from sync.edge.inquiries import Inquiries, Trouble, Wait
from sync.edge.journal import Recorded, RecordedAct
from sync.edge.mirror import CLOSED, Held, Mirror, MirrorTrouble
from sync.edge.mirror.shelf import Shelf
from sync.edge.trouble import StoreTrouble
from sync.model import operation, reconciliation
from sync.model.audit import AuditEvent
from sync.model.counter import (
    CounterAct,
    CounterRegistration,
    OfAnAct,
    OldAccountDeletion,
)
from sync.model.errors import Problem
from sync.model.inquiry import (
    Denied,
    NotFound,
    PersonFound,
    PersonLookUp,
    Standing,
    StandingAsked,
    StandingKind,
    UsernameAsked,
    UsernameTold,
)
from sync.model.reconciliation import Stamp
from sync.model.registration import Registration
from sync.model.searching import Filters
from sync.wire import case
from sync.wire.envelope import Unsigned
from sync.wire.sealing import SealingKey

NOT_HERE: Final = "registration.not-here"
_ANY_NUMBER: Final = "-"
_LOOK_UP_SECONDS: Final = 6.0
_USERNAME_SECONDS: Final = 10.0


class Counter:
    """Carries out clerks' effects. Each method blocks; call each kind on a thread of its own.

    Args:
        duty: who is signed in.
        shelf: has the open mirror.
        mirroring: is poked when something was recorded.
        inquiries: asks the hub.
        records: the journal.
        issuing: makes and holds PIN and codes.
        leases: who edits what.
        places: what it knows of its place.
    """

    def __init__(
        self,
        duty: Duty,
        shelf: Shelf,
        mirroring: Mirroring,
        inquiries: Inquiries,
        records: Records,
        issuing: Issuing,
        leases: Leases,
        places: Places,
    ) -> None:
        self.duty = duty
        self.issuing = issuing
        self.leases = leases
        self._auditing = places.auditing
        self._shelf = shelf
        self._mirroring = mirroring
        self._inquiries = inquiries
        self._records = records
        self._station = places.station
        self._office_keys = places.office_keys
        self._letter_key = places.letter_key
        self._post = places.post
        self._now_ms = places.now_ms
        self._from_paper = ""
        self._wait = Wait()

    # --- from the mirror

    def search(self, effect: asked.SearchRegistrations) -> None:
        """Posts `SearchFinished` or `SearchFailed` (R-003-52)."""
        mirror = self._mirror()
        found = (
            mirror
            if isinstance(mirror, MirrorTrouble)
            else mirror.search(effect.filters, effect.page)
        )
        if isinstance(found, MirrorTrouble):
            self._noticed(found)
            self._post(told.SearchFailed(effect.session_id, found.code))
            return
        refusal = self._auditing.before_showing(
            AuditEvent.SEARCHED, str(found.total), subject=_looked_for(effect.filters)
        )
        if refusal:
            self._post(told.SearchFailed(effect.session_id, refusal))
        else:
            self._post(told.SearchFinished(effect.session_id, found))

    def open(self, effect: asked.OpenRegistration) -> None:
        """Posts `RegistrationOpened` or `RegistrationNotOpened`."""
        mirror = self._mirror()
        found: Held | MirrorTrouble | None
        if isinstance(mirror, MirrorTrouble):
            found = mirror
        elif effect.number is not None:
            found = mirror.by_number(effect.number)
        else:
            found = mirror.by_codice_fiscale(effect.codice_fiscale or "")
        self._opened(effect.session_id, found)

    def read_case(self, effect: asked.ReadCase) -> None:
        """The mirror's registration where it is as new as the paper's, else the paper's own."""
        found = case.read_case(effect.text, self._office_keys)
        if isinstance(found, case.CaseTrouble):
            self._post(told.RegistrationNotOpened(effect.session_id, found.code))
            return
        mirror = self._mirror()
        held = (
            None
            if isinstance(mirror, MirrorTrouble)
            else mirror.by_number(found.registration.number)
        )
        if isinstance(held, Held) and not _newer(found.registration, held.registration):
            self._opened(effect.session_id, held)
            return
        refusal = self._auditing.before_showing(
            AuditEvent.OPENED, "case", subject=found.registration.number
        )
        if refusal:
            self._post(told.RegistrationNotOpened(effect.session_id, refusal))
            return
        self._from_paper = found.registration.number
        paper = CaseFile(found.registration, from_paper=True)
        self._post(told.RegistrationOpened(effect.session_id, paper))

    def list_disputes(self, effect: asked.ListDisputes) -> None:
        """Posts `DisputesListed`: none where the mirror cannot be read."""
        mirror = self._mirror()
        found = mirror if isinstance(mirror, MirrorTrouble) else mirror.disputes()
        if isinstance(found, MirrorTrouble):
            self._noticed(found)
            found = ()
        if found and self._auditing.before_showing(AuditEvent.DISPUTES_LISTED, str(len(found))):
            found = ()
        self._post(told.DisputesListed(effect.session_id, found))

    # --- from the hub

    def look_up(self, effect: asked.LookUpPerson) -> None:
        """Posts `PersonLookedUp`: mirror and hub, or the mirror alone (R-003-43 to 46)."""
        code, wait = effect.codice_fiscale, self._expect()
        here = self._standing_here(code)
        on_duty = self.duty.on_duty
        standing: Standing | None = None
        found: PersonFound | NotFound | None = None
        if on_duty is not None:
            answers: dict[str, object] = {}

            def look() -> None:
                answers["found"] = self._inquiries.ask(
                    PersonLookUp(code, effect.comune),
                    operator=on_duty.presence,
                    seconds=_LOOK_UP_SECONDS,
                    wait=wait,
                )

            beside = threading.Thread(target=look, name="look-up", daemon=True)
            beside.start()
            reply = self._inquiries.ask(
                StandingAsked(code),
                operator=on_duty.presence,
                seconds=_LOOK_UP_SECONDS,
                wait=wait,
            )
            beside.join(_LOOK_UP_SECONDS + 1)
            standing = reply if isinstance(reply, Standing) else None
            person = answers.get("found")
            found = person if isinstance(person, PersonFound | NotFound) else None
        if wait.is_over():
            return
        word = {PersonFound: "found", NotFound: "not-found"}.get(type(found), "unanswered")
        if self._auditing.before_showing(AuditEvent.LOOKED_UP, word, subject=code):
            found = None
        certain = standing is not None
        if standing is None or (standing.kind is StandingKind.UNKNOWN and here is not None):
            # What this station did the hub may not know yet.
            standing = here if standing is None or _is_known(here) else standing
        self._post(told.PersonLookedUp(effect.session_id, code, standing, found, certain))

    def ask_username(self, effect: asked.AskUsername) -> None:
        """Posts `UsernameAnswered` (R-003-62); the hub keeps who asked."""
        wait = self._expect()
        on_duty = self.duty.on_duty
        if on_duty is None:
            answer = told.UsernameAnswered(effect.session_id, code="operator.card-away")
        else:
            reply = self._inquiries.ask(
                UsernameAsked(effect.codice_fiscale, effect.number),
                operator=on_duty.presence,
                seconds=_USERNAME_SECONDS,
                wait=wait,
            )
            match reply:
                case UsernameTold(username):
                    answer = told.UsernameAnswered(effect.session_id, username)
                case Trouble(code) | Denied(code):
                    answer = told.UsernameAnswered(effect.session_id, code=code)
                case _:
                    answer = told.UsernameAnswered(effect.session_id, code="inquiry.malformed")
        if wait.is_over():
            return
        refusal = self._auditing.before_showing(
            AuditEvent.USERNAME_ASKED, answer.code or "told", subject=effect.codice_fiscale
        )
        if refusal:
            answer = told.UsernameAnswered(effect.session_id, code=refusal)
        self._post(answer)

    def abandon(self) -> None:
        """Nobody waits for the hub any more. Returns at once."""
        self._inquiries.abandon(self._wait)

    # --- what is done

    def record(self, effect: asked.RecordCounterAct) -> None:
        """Posts `CounterActRecorded` or `CounterActNotRecorded`. Blocks for disk and card."""
        outcome = self._record(effect.operation_id, effect.wanted)
        following = self._records.new_operation_id()
        if isinstance(outcome, str):
            self._auditing.note(AuditEvent.NOT_RECORDED, outcome)
            log_events.write(log_events.EFFECT_FAILED, code=outcome)
            self._post(
                told.CounterActNotRecorded(
                    effect.session_id, effect.operation_id, following, outcome
                )
            )
            return
        recorded_at, registration = outcome
        self._post(
            told.CounterActRecorded(
                effect.session_id, effect.operation_id, following, recorded_at, registration
            )
        )

    def in_hand(self, operation_id: UUID) -> None:
        """The letters of an act are all printed."""
        mirror = self._shelf.mirror
        trouble = None if mirror is None else mirror.letters_printed(operation_id.hex)
        if trouble is not None:
            self._noticed(trouble)
        self._mirroring.poke()

    def end_session(self) -> None:
        """Wipe what was held for the session, and give leases back. Returns at once."""
        self._auditing.note(AuditEvent.SIGNED_OUT)
        self._auditing.turn_page()
        self.abandon()
        self.issuing.forget()
        self.leases.give_back()

    # --- its own

    def _record(
        self, operation_id: UUID, wanted: Wanted
    ) -> tuple[datetime, Registration | None] | str:
        on_duty = self.duty.on_duty
        signer = self.duty.signer()
        if on_duty is None:
            return "operator.card-away"
        if isinstance(signer, Unsigned):
            return card_code(signer)
        key = self._letter_key()
        if isinstance(key, str):
            return key
        fresh = self.issuing.of(operation_id) is None
        letters = self.issuing.prepare(operation_id, wanted, key)
        if letters is None and isinstance(wanted, WantedCode):
            return "transition.no-operation"
        act = act_of(wanted, letters, on_duty.entry.office)
        code = self._judged(operation_id, act)
        if code:
            self.issuing.forget()
            return code
        if letters is not None and self.issuing.of(operation_id) is not letters:
            return "operator.card-away"  # the session is over, and with it what was made
        numbered: CounterAct = act
        done: Recorded | RecordedAct | StoreTrouble | Unsigned
        if isinstance(act, CounterRegistration):
            done = self._records.register(
                operation_id, lambda number: replace(act, registration_number=number), signer
            )
            if isinstance(done, Recorded):
                numbered = replace(act, registration_number=done.registration_number)
        else:
            done = self._records.act(operation_id, act, signer)
        if isinstance(done, StoreTrouble | Unsigned):
            return card_code(done)
        if done.again and fresh and letters is not None:
            # An earlier run of the program recorded it with secrets that are gone.
            log_events.write(log_events.SECRETS_VOID)
            self.issuing.forget()
        elif letters is not None:
            letters.made_at = done.recorded_at
        self._auditing.note(AuditEvent.RECORDED, operation.kind_of(act), str(done.seq))
        registration = self._shown(wanted, numbered, operation_id, done.recorded_at)
        return done.recorded_at, registration

    def _judged(self, operation_id: UUID, act: CounterAct) -> str:
        """Why an act does not stand on what the mirror holds now; empty where it does.

        The page may be minutes old: the hub would refuse it, and its letters would be void.
        """
        if self._records.has(operation_id):
            return ""  # it is told again
        mirror = self._mirror()
        if isinstance(mirror, MirrorTrouble) or isinstance(act, OfAnAct):
            return self.duty.may_not(act, None)
        before: Held | MirrorTrouble | None
        if isinstance(act, CounterRegistration):
            act = replace(act, registration_number=_ANY_NUMBER)
            before = mirror.by_codice_fiscale(act.person.codice_fiscale)
        elif isinstance(act, OldAccountDeletion):
            before = mirror.by_codice_fiscale(act.codice_fiscale)
        else:
            number = act.subject.registration_number
            if number == self._from_paper:
                return self.duty.may_not(act, None)  # the paper knows more than the mirror
            before = mirror.by_number(number)
        if isinstance(before, MirrorTrouble):
            return self.duty.may_not(act, None)
        now = None if before is None else before.registration
        when = Stamp(operation_id.hex, self._now_ms(), self._station)
        outcome = reconciliation.apply(now, act, when)
        if isinstance(outcome, Problem):
            return outcome.code
        return self.duty.may_not(act, None if now is None else now.residence)

    def _shown(
        self, wanted: Wanted, act: CounterAct, operation_id: UUID, recorded_at: datetime
    ) -> Registration | None:
        """The registration as this station holds it now; the mirror gets the act first."""
        when = Stamp(operation_id.hex, round(recorded_at.timestamp() * 1000), self._station)
        mirror = self._mirror()
        if not isinstance(mirror, MirrorTrouble):
            trouble = mirror.note(act, when)
            held: Held | MirrorTrouble | None = trouble
            if trouble is not None:
                self._noticed(trouble)
            elif isinstance(act, CounterRegistration):
                held = mirror.by_codice_fiscale(act.person.codice_fiscale)
            elif hasattr(act, "subject"):
                held = mirror.by_number(act.subject.registration_number)
            self._mirroring.poke()
            if isinstance(held, Held) and operation_id.hex in _last_ids(held.registration):
                return held.registration
            if isinstance(held, Held) and not isinstance(wanted, WantedBooking | WantedCode):
                return held.registration
        # A mirror that does not have it (a case from paper): as the clerk saw it, and the act.
        before = wanted.registration if isinstance(wanted, WantedBooking | WantedCode) else None
        after = reconciliation.apply(before, act, when)
        return after if isinstance(after, Registration) else before

    def _mirror(self) -> Mirror | MirrorTrouble:
        mirror = self._shelf.mirror
        return mirror if mirror is not None and self.duty.on_duty else MirrorTrouble(CLOSED)

    def _noticed(self, trouble: MirrorTrouble) -> None:
        log_events.write(log_events.MIRROR, code=trouble.code)
        self._mirroring.poke()

    def _opened(self, session_id: UUID, found: Held | MirrorTrouble | None) -> None:
        if isinstance(found, Held):
            number = found.registration.number
            refusal = self._auditing.before_showing(AuditEvent.OPENED, "found", subject=number)
            if refusal:
                self._post(told.RegistrationNotOpened(session_id, refusal))
                return
            if number == self._from_paper:
                self._from_paper = ""
            file = CaseFile(found.registration, found.aliases, found.waiting, found.disputes)
            self._post(told.RegistrationOpened(session_id, file))
            return
        code = NOT_HERE if found is None else found.code
        if found is not None:
            self._noticed(found)
        self._post(told.RegistrationNotOpened(session_id, code))

    def _standing_here(self, codice_fiscale: str) -> Standing | None:
        """What the mirror says; None where it never had everything, and has not this one."""
        mirror = self._mirror()
        if isinstance(mirror, MirrorTrouble):
            return None
        held = mirror.by_codice_fiscale(codice_fiscale)
        if isinstance(held, Held):
            registration = held.registration
            strong = registration.credential.strong
            kind = StandingKind.STRONG if strong else StandingKind.WEAK
            return Standing(kind, registration.number)
        position = mirror.position()
        if isinstance(position, MirrorTrouble) or position.told_at is None:
            return None
        return Standing(StandingKind.UNKNOWN)

    def _expect(self) -> Wait:
        self._inquiries.abandon(self._wait)
        self._wait = Wait()
        return self._wait


def _looked_for(filters: Filters) -> str:
    """What was asked for, each part with its name; what was not asked is left out."""
    given = {
        "codice_fiscale": filters.codice_fiscale,
        "surname": filters.surname,
        "name": filters.name,
        "number": filters.number,
        "province": filters.province,
        "comune": filters.comune,
    }
    return " ".join(f"{name}={value}" for name, value in given.items() if value) or "all"


class Places:
    """What a counter knows of its place.

    Args:
        station: the station's name.
        office_keys: the office's key and older ones, for cases on paper.
        letter_key: the hub's key for letters, or the code of why there is none.
        post: takes the events.
        auditing: keeps who read what; what it cannot keep is not shown.
        now_ms: milliseconds since 1970 by the station's clock.
    """

    def __init__(
        self,
        station: str,
        office_keys: tuple[bytes, ...],
        letter_key: Callable[[], SealingKey | str],
        post: Callable[[Event], None],
        auditing: Auditing,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.now_ms = now_ms
        self.station = station
        self.office_keys = office_keys
        self.letter_key = letter_key
        self.post = post
        self.auditing = auditing


def _newer(paper: Registration, held: Registration) -> bool:
    """Whether a paper knows of something later than the mirror does."""
    return _latest(paper) > _latest(held)


def _latest(registration: Registration) -> int:
    last = registration.credential.last
    booked = 0 if last is None else max(last.booked_at, last.renewed_at)
    return max(booked, registration.data_at)


def _last_ids(registration: Registration) -> tuple[str, ...]:
    last = registration.credential.last
    return () if last is None else (last.operation_id, last.renewal)


def _is_known(standing: Standing | None) -> bool:
    return standing is not None and standing.kind is not StandingKind.UNKNOWN


def card_code(trouble: StoreTrouble | Unsigned) -> str:
    """A card that is not there any more is told as what the clerk can do something about."""
    away = {"token.removed", "token.not-signed-in", "token.absent"}
    return "operator.card-away" if trouble.code in away else trouble.code


__all__ = ["Counter", "Letters", "OnDuty", "Places"]
