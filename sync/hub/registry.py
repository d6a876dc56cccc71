"""What operations do to the registry: every rule again, and for a preregistration four ways to end.

A station in a hallway is not trusted: that a form was checked there counts for nothing here.
Identifications and readiness reports take no registration number; they are kept as they came,
without the templates of fingers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol, assert_never
from zoneinfo import ZoneInfo

from sync.hub import trail
from sync.hub.acting import Recorded
from sync.hub.acts import identified, reported
from sync.hub.confirmation import TokenKey, token_hash
from sync.hub.console.deciding import NOT_HERE, ConsoleDecisions
from sync.hub.counter import Decisions, Told, codice_fiscale_of
from sync.hub.posting import MessageId
from sync.hub.refusals import Refusals
from sync.hub.remedies import CALL_ASSISTANCE, CORRECT_AND_REPEAT
from sync.hub.store import acts, chains, letters, people, registrations, secrets, shedding
from sync.hub.store.acts import Identified, Reported
from sync.hub.store.chains import Station
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind, NewLetter
from sync.hub.store.registrations import Held
from sync.hub.store.secrets import IssuedTicket
from sync.model import operation, registration_number
from sync.model.audit import AuditPage
from sync.model.console import ConsoleAct, UserAct
from sync.model.counter import CounterAct, CounterRegistration, OfAnAct
from sync.model.credential import Credential
from sync.model.errors import Problem
from sync.model.home import Conclusion
from sync.model.identification import Identification
from sync.model.installation import InstallationReport
from sync.model.operation import Numbered, Operation
from sync.model.preregistration import Preregistration
from sync.model.readiness import ReadinessReport
from sync.model.reconciliation import Stamp
from sync.model.registration_parts import registration_of
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Outcome, Refused

STRONG_CREDENTIALS: Final = "remedy.strong-credentials"
"""The person is a member already: the steps for strong credentials (R-003-34)."""

_ROME: Final = ZoneInfo("Europe/Rome")
_REMINDER_MILLISECONDS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Opened:
    """An operation as it came out of its envelope, and the plain form that it was read from."""

    operation: Operation
    plain: Mapping[str, object]
    recorded: Recorded


class Conclude(Protocol):
    """Decides on the end of a procedure at home (`sync.hub.home.procedures`)."""

    def __call__(
        self,
        store: Store,
        conclusion: Conclusion,
        now: int,
        recorded_at: int | None = None,
        station: str = "",
    ) -> Outcome:
        """Within a transaction; `recorded_at` is the station's clock, never ahead of the hub's."""
        ...


@dataclass(frozen=True, slots=True)
class Registry:
    """The decisions. It keeps nothing: the store does.

    Attributes:
        tokens: makes the links of the letters.
        message_id: makes names of letters.
        protect: puts a digest of a PIN or a code under the hub's key, bound to its place.
        conclude: decides on the end of a procedure at home, within a transaction.
        console: decides on acts of the console; None where this hub has none.
    """

    tokens: TokenKey
    message_id: MessageId
    protect: Callable[[str, bytes], bytes]
    conclude: Conclude
    console: ConsoleDecisions | None = None

    def sitting(
        self, store: Store, station: Station, opened: Sequence[Opened], now: int
    ) -> Sitting:
        """Sits over operations of one station. Within the transaction that decides on them.

        `now` is when it sits.
        """
        return Sitting(self, store, station, opened, now)


class Sitting:
    """Decides on some operations of a station, in the station's order.

    What the registry knows of them is read at once, and what is decided is written at once, by
    `close`: a statement for each would cost more than all the rest.
    """

    def __init__(
        self,
        registry: Registry,
        store: Store,
        station: Station,
        opened: Sequence[Opened],
        now: int,
    ) -> None:
        self._registry = registry
        self._store = store
        self._station = station
        self._now = now
        self._today = datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(_ROME).date()
        entered = [one.operation for one in opened if isinstance(one.operation, Numbered)]
        self._used = chains.numbers_used(store, [one.registration_number or "" for one in entered])
        self._present = registrations.of_people(
            store, [one.person.codice_fiscale for one in entered]
        )
        self._registrations: list[Held] = []
        self._people: list[tuple[int, str]] = []
        self._letters: list[NewLetter] = []
        self._identified: list[Identified] = []
        self._reported: list[Reported] = []
        self._told: dict[int, Told] = {}

    def enter(self, opened: Opened, seq: int) -> tuple[Outcome, str | None]:
        """Decides on one operation, the `seq`-th of the station.

        Returns:
            The outcome, and the registration number where the operation used one up.
        """
        done = opened.operation
        if isinstance(done, ConsoleAct):
            return self._administer(done, opened.recorded, seq), None
        match done:
            case Preregistration() as entered:
                self._people.append((seq, entered.person.codice_fiscale))
                number = self._number(entered)
                if isinstance(number, Refused):
                    self._forget_body(entered.person.codice_fiscale, seq)
                    return number, None
                self._used.add(number)
                return self._decide(entered, number, seq), number
            case Identification() | ReadinessReport() as act:
                return self._keep(act, opened.plain, seq), None
            case Conclusion() as conclusion:
                return self._conclude(conclusion, opened.recorded, seq), None
            case AuditPage() as page:
                return self._audited(page, seq), None
            case InstallationReport() as report:
                # It is kept as it came, in the chain.
                found = operation.problems(report, today=self._today)
                if found:
                    return Refused(found[0].code, found[0].rule, CALL_ASSISTANCE), None
                return Accepted(), None
            case _ as act:
                return self._act(act, opened.recorded, seq)

    def _audited(self, page: AuditPage, seq: int) -> Outcome:
        found = operation.problems(page, today=self._today)
        if found:
            return Refused(found[0].code, found[0].rule, CALL_ASSISTANCE)
        if trail.take(self._store, self._station.name, page, seq, self._now):
            return Accepted()
        return Refused(trail.BROKEN, "R-000-18", CALL_ASSISTANCE)

    def tell(self, seq: int, item: Envelope | None, outcome: Outcome) -> None:
        """What became of an entry of this sitting: a later one may be a person's word on it."""
        header = None if item is None else item.header
        self._told[seq] = Told(
            outcome,
            "" if header is None else header.operation_id.hex,
            "" if header is None else header.kind,
        )

    def close(self) -> None:
        """Writes what was decided."""
        people.note(self._store, self._station.name, self._people)
        registrations.add(self._store, self._registrations)
        letters.queue(self._store, self._letters, self._now)
        acts.add_identifications(self._store, self._identified)
        acts.add_reports(self._store, self._reported)
        for written in (
            self._people,
            self._registrations,
            self._letters,
            self._identified,
            self._reported,
        ):
            written.clear()

    def _act(self, act: CounterAct, recorded: Recorded, seq: int) -> tuple[Outcome, str | None]:
        """Decides on what a clerk did, on the registry as it is by now."""
        if not isinstance(act, OfAnAct):
            self._people.append((seq, codice_fiscale_of(act)))
        self.close()
        number = None
        if isinstance(act, CounterRegistration):
            issued = self._number(act)
            if isinstance(issued, Refused):
                self._forget_body(act.person.codice_fiscale, seq)
                return issued, None
            number = issued
            self._used.add(number)
        decisions = Decisions(
            self._store,
            self._registry.protect,
            self._registry.message_id,
            self._now,
            self._told,
        )
        outcome = decisions.enter(act, recorded)
        self._look_again(codice_fiscale_of(act))
        return outcome, number

    def _administer(self, act: ConsoleAct, recorded: Recorded, seq: int) -> Outcome:
        """Decides on what an administrator did in the console."""
        self.close()
        if self._registry.console is None:
            shedding.note_at_once(self._store, [(self._station.name, seq)])
            return Refused(NOT_HERE, None, CALL_ASSISTANCE)
        return self._registry.console.enter(self._store, act, recorded, self._now)

    def _conclude(self, conclusion: Conclusion, recorded: Recorded, seq: int) -> Outcome:
        """Enters the end of a procedure at home: whose it is, its ticket says."""
        self.close()
        issued = secrets.ticket(self._store, hashlib.sha256(conclusion.ticket).digest())
        issued = secrets.ticket(self._store, hashlib.sha256(conclusion.ticket).digest())
        held = None if issued is None else registrations.by_number(self._store, issued.number)
        if held is None:
            # It holds what somebody chose, and nobody could have it taken out later.
            shedding.note_at_once(self._store, [(self._station.name, seq)])
        else:
            self._people.append((seq, held.codice_fiscale))
            self.close()
        found = operation.problems(conclusion, today=self._today)
        if found:
            refused = Refused(found[0].code, found[0].rule, CORRECT_AND_REPEAT)
            if held is not None and issued is not None:
                self._tell_end(issued, held, recorded, refused)
            return refused
        outcome = self._registry.conclude(
            self._store, conclusion, self._now, recorded.at, self._station.name
        )
        if held is not None:
            self._look_again(held.codice_fiscale)
        if held is not None and issued is not None:
            self._tell_end(issued, held, recorded, outcome)
        return outcome

    def _tell_end(
        self, issued: IssuedTicket, held: Held, recorded: Recorded, outcome: Outcome
    ) -> None:
        """Who has ended a procedure at a kiosk and gone is told where it does not stand.

        A ticket that was used before has ended its procedure: there is nothing to tell.
        """
        told = Refusals(self._store, self._registry.message_id, self._now)
        if isinstance(outcome, Accepted):
            told.concluded(held)
        elif isinstance(outcome, Refused) and issued.used_at is None:
            when = Stamp(recorded.operation_id, recorded.at, recorded.station, recorded.arrived_at)
            told.conclusion_refused(issued, held, when, outcome)

    def _forget_body(self, codice_fiscale: str, seq: int) -> None:
        """Lets a body go whose person is not registered: nobody could have it taken out later."""
        self.close()
        if registrations.of_person(self._store, codice_fiscale) is None:
            people.forget_entry(self._store, self._station.name, seq)
            shedding.note_at_once(self._store, [(self._station.name, seq)])

    def _look_again(self, codice_fiscale: str) -> None:
        held = registrations.of_person(self._store, codice_fiscale)
        if held is None:
            self._present.pop(codice_fiscale, None)
        else:
            self._present[codice_fiscale] = held

    def _number(self, entered: Numbered) -> str | Refused:
        """The number must be one that this station may issue, and must never have been used."""
        number = entered.registration_number or ""
        parsed = registration_number.parse(number)
        if isinstance(parsed, Problem):
            return Refused(parsed.code, parsed.rule, CALL_ASSISTANCE)
        if parsed.text != number:
            return Refused("operation.not-canonical", None, CALL_ASSISTANCE)
        if parsed.station != self._station.code:
            return Refused("registration-number.other-station", None, CALL_ASSISTANCE)
        if number in self._used:
            return Refused("registration-number.used", None, CALL_ASSISTANCE)
        return number

    def _keep(
        self, act: Identification | ReadinessReport, plain: Mapping[str, object], seq: int
    ) -> Outcome:
        """Enters what has no number, where its own rules allow it."""
        found = operation.problems(act, today=self._today)
        match act:
            case Identification():
                self._people.append((seq, act.codice_fiscale))
                if found:
                    return Refused(found[0].code, found[0].rule, CORRECT_AND_REPEAT)
                self._identified.append(identified(act, self._station.name, seq, self._now))
            case ReadinessReport():
                if found:
                    return Refused(found[0].code, found[0].rule, CALL_ASSISTANCE)
                self._reported.append(reported(act, plain, self._station.name, seq, self._now))
            case _:
                assert_never(act)
        return Accepted()

    def _decide(self, entered: Preregistration, number: str, seq: int) -> Outcome:
        found = operation.problems(entered, today=self._today)
        if found:
            return Refused(found[0].code, found[0].rule, CORRECT_AND_REPEAT)
        present = self._present.get(entered.person.codice_fiscale)
        if present is not None and is_member(present):
            self._remind(present)
            return Refused("registration.already-member", "R-003-34", STRONG_CREDENTIALS)
        self._add(entered, present, number, seq)
        return Accepted()

    def _add(self, entered: Preregistration, older: Held | None, number: str, seq: int) -> None:
        registration = Held(
            registration_of(entered, number=number, registered_at=self._now),
            received_at=self._now,
            station=self._station.name,
            seq=seq,
            delegation=entered.delegation,
            privacy_notice=entered.privacy_notice,
        )
        if older is None:
            self._registrations.append(registration)
        else:
            # The newer takes the older's place; links to the older are dead from here on.
            self.close()  # the older may have been entered in this very sitting
            letters.withdraw(self._store, older.number, self._now)
            registrations.replace_entered(self._store, older, registration)
        self._present[registration.codice_fiscale] = registration
        message_id = self._registry.message_id()
        self._letters.append(
            NewLetter(
                LetterKind.CONFIRM_ADDRESS,
                message_id,
                number,
                registration.email,
                registration.language,
                token_hash(self._registry.tokens.token(message_id)),
                registration.registration.community.value,
            )
        )

    def _remind(self, present: Held) -> None:
        """Writes to the address that the registry holds, never to the one just given.

        Who types somebody else's codice fiscale must not learn by mail that the person is a
        member; and the member must not be flooded: at most one letter a day.
        """
        self.close()  # the last reminder may be of this very sitting
        kind = LetterKind.ALREADY_REGISTERED
        last = letters.last_queued_at(self._store, present.number, kind)
        if last is not None and self._now < last + _REMINDER_MILLISECONDS:
            return
        self._letters.append(
            NewLetter(
                kind,
                self._registry.message_id(),
                present.number,
                present.email,
                present.language,
                community=present.registration.community.value,
            )
        )


def whose(store: Store, entered: Operation) -> str | None:
    """Codice fiscale of the person whose data an operation holds.

    Returns:
        Empty where it holds nobody's, None where nobody can say whose they are.
    """
    if isinstance(entered, ConsoleAct):
        # A user of the console may be a citizen too, and is deleted apart (`store.users`).
        return None if isinstance(entered, UserAct) else ""
    match entered:
        case Preregistration():
            return entered.person.codice_fiscale
        case Identification():
            return entered.codice_fiscale
        case ReadinessReport() | AuditPage() | InstallationReport():
            return ""
        case Conclusion():
            issued = secrets.ticket(store, hashlib.sha256(entered.ticket).digest())
            held = None if issued is None else registrations.by_number(store, issued.number)
            return None if held is None else held.codice_fiscale
        case _ as act:
            return codice_fiscale_of(act)


def is_member(held: Held) -> bool:
    """Whether somebody belongs to the community (R-003-34).

    Not who has only preregistered, and has neither opened the link nor been at a counter.
    """
    only_entered = held.privacy_notice != "" and held.registration.data_at == 0
    return (
        held.email_confirmed_at is not None
        or held.registration.credential != Credential()
        or not only_entered
    )
