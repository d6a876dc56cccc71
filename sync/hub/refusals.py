"""Who is told of what does not stand: the office in its list, the person in a letter.

Nobody is left with letters that the registry denies without knowing, and no office with a trouble
that names nobody. Somebody who was refused before they were registered is named in the dispute
alone, until it is closed (`sync.hub.store.disputes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.hub import posting, remedies
from sync.hub.posting import MessageId
from sync.hub.setting_right import CODE_WITHDRAWN, MAIL_REFUSED, parts_of, sets_right
from sync.hub.store import disputes, letters, people, registrations, renewals, shedding
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter, QueuedLetter
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import IssuedTicket
from sync.model import contacts, operation, registration_number
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DisputeSettlement,
    OfAnAct,
    OldAccountDeletion,
    OutcomeClosing,
)
from sync.model.credential import Booked
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.inquiry import Dispute
from sync.model.letter_number import letter_number
from sync.model.reconciliation import Stamp
from sync.model.registration import Part, Registration
from sync.wire.receipt import Refused

_LONGEST_NAME: Final = 200


def subject_of(act: CounterAct) -> tuple[str, str]:
    """Codice fiscale and registration number that an act names; empty where it names none."""
    match act:
        case CounterRegistration():
            return act.person.codice_fiscale, act.registration_number or ""
        case OldAccountDeletion():
            return act.codice_fiscale, ""
        case DisputeSettlement() | OutcomeClosing():
            return "", ""
        case _:
            return act.subject.codice_fiscale, act.subject.registration_number


@dataclass(frozen=True, slots=True)
class Refusals:
    """Tells. Within the transaction of a sitting.

    Attributes:
        message_id: makes names of letters.
        now: milliseconds since 1970.
    """

    store: Store
    message_id: MessageId
    now: int

    def refuse(
        self,
        act: CounterAct,
        when: Stamp,
        held: Held | None,
        problem: Problem,
        remedy: str,
        *,
        office: str,
        other_number: str = "",
    ) -> Refused:
        """Refuses an act: its office is told, and the person where papers were handed out.

        Args:
            act: signed by an operator of the roster.
            when: which act, and when it counts as done.
            held: the registration that the act is about, or that its number leads to.
            problem: why.
            remedy: what would mend it.
            office: of the operator.
            other_number: of another registration to compare with.
        """
        refusal = Refused(problem.code, problem.rule, remedy)
        if isinstance(act, OfAnAct):
            return refusal
        codice_fiscale, _ = subject_of(act)
        mine = held if held is not None and held.codice_fiscale == codice_fiscale else None
        self.doubt(act, when, mine, problem, remedy, office=office, other_number=other_number)
        if held is None and not isinstance(act, CounterRegistration):
            self._shed(when)  # the person is deleted, or never was here
        if not isinstance(act, CounterRegistration | Booking | CodeRegeneration):
            return refusal
        if mine is not None:
            self._write_refused(mine.registration, when, office, problem)
        elif isinstance(act, CounterRegistration):
            self._write_unregistered(act, when, office)
        return refusal

    def doubt(
        self,
        act: CounterAct,
        when: Stamp,
        held: Held | None,
        problem: Problem,
        remedy: str,
        *,
        office: str,
        other_number: str = "",
    ) -> None:
        """An act in the list of its office. `held`: the registration of the act's person."""
        codice_fiscale, number = subject_of(act)
        named, by_office = "", ""
        if held is not None:
            number, named = held.number, _name(held.registration.person)
            if problem.code == "credential.overtaken":
                by_office = self._standing_office(held.registration.credential.last)
        elif isinstance(act, CounterRegistration):
            named = _name(act.person)
        known = not isinstance(registration_number.parse(number), Problem)
        dispute = Dispute(
            operation_id=when.operation_id,
            registration_number=number if known else "",
            person=named[:_LONGEST_NAME],
            kind=operation.kind_of(act),
            code=problem.code,
            remedy=remedy,
            done_at=when.booked_at,
            station=when.station,
            by_office=by_office,
            other_number=other_number,
        )
        owner = codice_fiscale if named else ""
        disputes.raise_dispute(
            self.store, dispute, office, owner, self.now, [part.value for part in parts_of(act)]
        )

    def tell_loser(self, was: Booked, stands: Registration, by_office: str) -> None:
        """What was accepted is replaced by an act that did not know of it: both sides are told.

        Args:
            was: the operation in progress before.
            stands: the registration as it is now.
            by_office: whose act has replaced it.
        """
        now = stands.credential.last
        office, station = was.office, was.station
        lost, kind, done_at = was.operation_id, operation.BOOKING, was.booked_at
        if now is not None and now.operation_id == was.operation_id:
            lost, kind, done_at = was.renewal, operation.CODE_REGENERATION, was.renewed_at
            office, station = renewals.made_by(self.store, lost) or (office, station)
        dispute = Dispute(
            operation_id=lost,
            registration_number=stands.number,
            person=_name(stands.person),
            kind=kind,
            code="credential.overtaken",
            remedy=remedies.OTHER_LETTERS_STAND,
            done_at=done_at,
            station=station,
            by_office=by_office,
        )
        disputes.raise_dispute(self.store, dispute, office, stands.person.codice_fiscale, self.now)
        self._write(stands, office, done_at, lost, now, by_office)

    def code_withdrawn(self, act: CounterAct, when: Stamp, after: Registration) -> None:
        """A waiting code was withdrawn with its address: whoever changed that makes a new code."""
        if after.credential.running is None:
            return
        dispute = Dispute(
            operation_id=when.operation_id,
            registration_number=after.number,
            person=_name(after.person),
            kind=operation.kind_of(act),
            code=CODE_WITHDRAWN,
            remedy=remedies.MAKE_A_NEW_CODE,
            done_at=when.booked_at,
            station=when.station,
        )
        disputes.raise_dispute(
            self.store, dispute, act.office, after.person.codice_fiscale, self.now
        )

    def settle(self, act: OfAnAct, office: str) -> Problem | None:
        """Closes what an operator says is set right. What the hub does not know needs nothing.

        Returns:
            `dispute.other-office`: it is told to the counters again as it stands.
        """
        kept = disputes.of_acts(self.store, [act.operation_id]).get(act.operation_id)
        if kept is None or kept.dispute.code != act.code:
            return None
        if kept.office != office:
            disputes.told_again(self.store, kept)
            return Problem("dispute.other-office", rule="R-003-63")
        if not kept.dispute.closed:
            disputes.close(self.store, kept)
        return None

    def set_right(self, act: CounterAct, when: Stamp, after: Registration) -> None:
        """Closes what an accepted act sets right in its own office."""
        numbers = [after.number, *registrations.aliases(self.store, after.number)]
        disputes.close_where(
            self.store,
            numbers,
            after.person.codice_fiscale,
            act.office,
            lambda kept: (
                when.booked_at >= kept.dispute.done_at
                and sets_right(
                    act, kept.dispute.kind, kept.dispute.code, frozenset(map(Part, kept.parts))
                )
            ),
        )

    def conclusion_refused(
        self, issued: IssuedTicket, held: Held, when: Stamp, why: Refused
    ) -> None:
        """A procedure that somebody has ended at a kiosk, and that does not stand.

        Args:
            issued: the ticket that it carried, not used.
            held: whose it is.
            when: which conclusion, and when.
            why: the hub's answer.
        """
        last = held.registration.credential.last
        running = held.registration.credential.running
        again = running is not None and running.operation_id == issued.operation_id
        facts = {
            "operation": issued.kind.value,
            "done_at": str(when.booked_at),
            "standing": "again" if again else "moved",
        }
        if again and running is not None and running.valid_until is not None:
            facts["valid_until"] = running.valid_until.isoformat()
        posting.post(
            self.store,
            LetterKind.NOT_CONCLUDED,
            held.registration,
            self.now,
            self.message_id,
            facts=facts,
        )
        if last is None:
            return
        dispute = Dispute(
            operation_id=when.operation_id,
            registration_number=held.number,
            person=_name(held.registration.person),
            kind=operation.CONCLUSION,
            code=why.code,
            remedy=why.remedy,
            done_at=when.booked_at,
            station=when.station,
        )
        disputes.raise_dispute(self.store, dispute, last.office, held.codice_fiscale, self.now)

    def concluded(self, held: Held) -> None:
        """What was ended at last needs nothing any more, in whatever office."""
        last = held.registration.credential.last
        if last is not None:
            disputes.close_where(
                self.store,
                [held.number],
                held.codice_fiscale,
                last.office,
                lambda kept: kept.dispute.kind == operation.CONCLUSION,
            )

    def _standing_office(self, last: Booked | None) -> str:
        if last is None:
            return ""
        made = renewals.made_by(self.store, last.renewal) if last.renewal else None
        return last.office if made is None else made[0]

    def _write_refused(
        self, about: Registration, when: Stamp, office: str, problem: Problem
    ) -> None:
        last = about.credential.last if problem.code == "credential.overtaken" else None
        self._write(
            about, office, when.booked_at, when.operation_id, last, self._standing_office(last)
        )

    def _write(
        self,
        about: Registration,
        office: str,
        done_at: int,
        operation_id: str,
        stands: Booked | None,
        by_office: str,
    ) -> None:
        facts = _void(office, done_at, operation_id) | {"standing": "moved"}
        if stands is not None:
            facts |= {
                "standing": "booking",
                "by_office": by_office,
                "standing_at": str(max(stands.booked_at, stands.renewed_at)),
                "standing_letters": ", ".join(
                    letter_number(one) for one in (stands.operation_id, stands.renewal) if one
                ),
            }
        posting.post(
            self.store, LetterKind.OVERTAKEN, about, self.now, self.message_id, facts=facts
        )

    def _write_unregistered(self, act: CounterRegistration, when: Stamp, office: str) -> None:
        """To the address on the form: the registry holds none. It goes when the letter is done."""
        recipient = contacts.parse_email(act.contacts.email) if act.contacts.email else None
        if not isinstance(recipient, str):
            return
        letter = NewLetter(
            LetterKind.OVERTAKEN,
            self.message_id(),
            act.registration_number or "",
            recipient,
            act.language,
            community=act.community.value,
            facts=_void(office, when.booked_at, when.operation_id) | {"standing": "unregistered"},
            forget=True,
        )
        letters.queue(self.store, [letter], self.now)

    def _shed(self, when: Stamp) -> None:
        """Nobody is registered, so nobody can have it taken out later."""
        rows = self.store.rows(
            "SELECT station, seq FROM entry WHERE station = ? AND operation_id = ?",
            when.station,
            bytes.fromhex(when.operation_id),
        )
        shedding.note_at_once(self.store, [(station, seq) for station, seq in rows])
        for station, seq in rows:
            people.forget_entry(self.store, station, seq)


def mail_refused(store: Store, letter: QueuedLetter, now: int) -> None:
    """A code that cannot be mailed: the office prints a new one. Within a transaction.

    Nothing is told of a code that is replaced, or used, already.
    """
    held = registrations.by_number(store, letter.registration)
    running = None if held is None else held.registration.credential.running
    if held is None or running is None or letter.operation_id is None:
        return
    renewed = letter.operation_id == running.renewal
    if not renewed and (running.renewal or letter.operation_id != running.operation_id):
        return
    made = renewals.made_by(store, running.renewal) if renewed else None
    office, station = made or (running.office, running.station)
    dispute = Dispute(
        operation_id=letter.operation_id,
        registration_number=held.number,
        person=_name(held.registration.person),
        kind=operation.CODE_REGENERATION if renewed else operation.BOOKING,
        code=MAIL_REFUSED,
        remedy=remedies.MAKE_A_NEW_CODE,
        done_at=running.renewed_at if renewed else running.booked_at,
        station=station,
    )
    disputes.raise_dispute(store, dispute, office, held.codice_fiscale, now)


def _void(office: str, done_at: int, operation_id: str) -> dict[str, str]:
    return {
        "office": office,
        "done_at": str(done_at),
        "letters": letter_number(operation_id),
    }


def _name(person: Person) -> str:
    return " ".join(part for part in (person.surname, person.name) if part)
