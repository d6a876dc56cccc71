"""What clerks' acts do to the registry: who may, what the rules say, what stands, who is told.

What becomes of an act on a registration is computed by `sync.model.reconciliation`, which the
stations' mirrors use too. Here is added what only the hub knows: whether the operator might act and
signed it, who else is registered, which number a person keeps, and what has to be told to whom. An
act that does not stand is refused, stands as a dispute in the feed of its office, and where papers
were handed out the person is written to: nothing is overwritten in silence, and nobody is left with
a letter that the registry denies without knowing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sync.hub import acting, duplicates, posting, remedies
from sync.hub.acting import Recorded
from sync.hub.duplicates import Verdict
from sync.hub.posting import MessageId
from sync.hub.refusals import Refusals, subject_of
from sync.hub.store import (
    alarms,
    chains,
    closings,
    letters,
    people,
    registrations,
    renewals,
    secrets,
    shedding,
)
from sync.hub.store.closings import Closing
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.hub.store.registrations import Held
from sync.model import operation, reconciliation
from sync.model.counter import (
    Booking,
    ClosingReason,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DisputeSettlement,
    OldAccountDeletion,
    OutcomeClosing,
)
from sync.model.credential import Booked, OperationKind
from sync.model.errors import Problem
from sync.model.reconciliation import Gone, Stamp
from sync.model.registration import Registration
from sync.wire.receipt import Accepted, Missing, Outcome, Refused

_WRITTEN_OVER = "operation.repeated"

NOT_OPEN = "closing.not-open"
"""Nothing is to be decided: the operation stands, or is another than the one that is named."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an entry; its operation and kind, empty where the hub has not the entry."""

    outcome: Outcome
    operation_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decides on clerks' acts, each at once. Within the transaction of a sitting.

    Attributes:
        protect: puts a digest under the hub's key, bound to its place (`store.secrets`).
        message_id: makes names of letters.
        now: milliseconds since 1970.
        told: what became of the entries of this sitting, which the registry does not have yet.
    """

    store: Store
    protect: Callable[[str, bytes], bytes]
    message_id: MessageId
    now: int
    told: Mapping[int, Told] = field(default_factory=dict)

    @property
    def _refusals(self) -> Refusals:
        return Refusals(self.store, self.message_id, self.now)

    def enter(self, act: CounterAct, recorded: Recorded) -> Outcome:
        """Decides on one act. A `CounterRegistration` has a number that it may have."""
        before = self._find(act)
        refused = self._turned_away(act, recorded, before)
        if refused is not None:
            return refused
        if isinstance(act, DisputeSettlement):
            return self._settle(act, recorded)
        if isinstance(act, OutcomeClosing):
            return self._close(act, recorded)
        now_held = None if before is None else before.registration
        after = reconciliation.apply(now_held, act, _stamp(recorded))
        if isinstance(act, OldAccountDeletion):
            people.forget_old_account(self.store, act.codice_fiscale)
            self._forget_body(act, recorded)
            return Accepted()
        if isinstance(after, Gone):
            return Accepted()
        if isinstance(after, Registration) and _is_another(now_held, after):
            # The codice fiscale is the person (R-003-9): who has another one is registered anew.
            after = Problem("registration.other-person", rule="R-003-9")
        if isinstance(after, Problem):
            self._keep_number(act, before)
            return self._refuse(act, recorded, before, after, remedies.of(after))
        return self._accept(act, recorded, before, after)

    def _turned_away(
        self, act: CounterAct, recorded: Recorded, before: Held | None
    ) -> Refused | None:
        """Refuses what its own rules, its operation id or its operator forbid.

        What no card of an operator signed is told to no office: a station's key alone must not fill
        the pages of clerks.
        """
        found = operation.problems(act, today=acting.day(self.now))
        residence = None if before is None else before.registration.residence
        by = acting.judge(self.store, act, recorded, residence, self.now)
        trouble = by.problem
        if registrations.has_operation(self.store, recorded.operation_id):
            # Of the hub's own making, or read from the feed: it would write over somebody's codes.
            trouble, by = Problem(_WRITTEN_OVER), acting.Acting("", by.problem)
        if trouble is not None:
            alarms.raise_alarm(
                self.store, recorded.station, trouble.code, self.now, seq=recorded.seq
            )
        if found:
            trouble, remedy = found[0], remedies.CORRECT_AND_REPEAT
        else:
            remedy = remedies.CALL_ASSISTANCE
        if trouble is None:
            return None
        return self._refuse(act, recorded, before, trouble, remedy, office=by.office)

    def _find(self, act: CounterAct) -> Held | None:
        """Whose registration it is: by number, every number, then by codice fiscale."""
        codice_fiscale, number = subject_of(act)
        held = registrations.by_number(self.store, number) if number else None
        return held or registrations.of_person(self.store, codice_fiscale)

    def _accept(
        self, act: CounterAct, recorded: Recorded, before: Held | None, after: Registration
    ) -> Outcome:
        double = duplicates.find(self.store, after, act)
        if double is not None and double.verdict is Verdict.REFUSE:
            return self._refuse(
                act,
                recorded,
                before,
                Problem(double.code),
                remedies.COMPARE,
                other_number=double.number,
            )
        lost = None if before is None else _lost(act, before.registration, after)
        withdrawn = self._keep(act, recorded, before, after)
        if isinstance(act, CounterRegistration | Booking) and reconciliation.overtaken(
            after, recorded.operation_id
        ):
            # Its data may stand where they are newer; its letters do not.
            problem = Problem("credential.overtaken", rule="R-003-22")
            held = registrations.by_number(self.store, after.number)
            return self._refuse(act, recorded, held, problem, remedies.OTHER_LETTERS_STAND)
        self._issue(act, recorded, after)
        self._refusals.set_right(act, _stamp(recorded), after)
        if withdrawn and not isinstance(act, CounterRegistration | Booking | CodeRegeneration):
            self._refusals.code_withdrawn(act, _stamp(recorded), after)
        if lost is not None:
            self._refusals.tell_loser(lost, after, act.office)
        if double is not None:
            self._refusals.doubt(
                act,
                _stamp(recorded),
                registrations.by_number(self.store, after.number),
                Problem(double.code),
                remedies.COMPARE,
                office=act.office,
                other_number=double.number,
            )
        return Accepted()

    def _settle(self, act: DisputeSettlement, recorded: Recorded) -> Outcome:
        """An operator says that a dispute of the office is set right."""
        problem = self._refusals.settle(act, act.office)
        if problem is not None:
            return self._refuse(act, recorded, None, problem, remedies.CALL_ASSISTANCE)
        return Accepted()

    def _close(self, act: OutcomeClosing, recorded: Recorded) -> Outcome:
        """A person says what becomes of an operation of this station that does not stand."""
        problem = self._not_to_close(act, recorded)
        if problem is not None:
            return self._refuse(act, recorded, None, problem, remedies.CALL_ASSISTANCE)
        operator = recorded.header.operator
        closings.keep(
            self.store,
            Closing(
                recorded.station,
                act.seq,
                recorded.seq,
                act.operation_id,
                act.kind,
                act.code,
                act.reason.value,
                act.done_again,
                act.office,
                b"" if operator is None else operator.thumbprint,
                recorded.at,
            ),
        )
        # What stands open for the office about it is done with; another office's is its own matter.
        self._refusals.settle(act, act.office)
        return Accepted()

    def _not_to_close(self, act: OutcomeClosing, recorded: Recorded) -> Problem | None:
        """Why nothing is there to be decided: only what was refused, or never came, is open.

        The kind says who may decide, so it must be the entry's own.
        """
        told = self.told.get(act.seq) or self._told_before(recorded.station, act.seq)
        match None if told is None or act.seq >= recorded.seq else told.outcome:
            case Missing():
                stands = act.reason is not ClosingReason.LOST
            case Refused() if told is not None:
                stands = (told.operation_id, told.kind) != (act.operation_id, act.kind)
            case _:
                stands = True
        return Problem(NOT_OPEN) if stands else None

    def _told_before(self, station: str, seq: int) -> Told | None:
        """What became of an entry that was decided earlier."""
        for answer in chains.answers(self.store, station, seq, seq):
            named = "" if answer.operation_id is None else answer.operation_id.hex
            return Told(answer.outcome, named, closings.kind_of_entry(self.store, station, seq))
        return None

    def _keep(
        self, act: CounterAct, recorded: Recorded, before: Held | None, after: Registration
    ) -> bool:
        """The registration as it is now, under its number; every other number leads to it.

        Returns:
            Whether a code that waited for the mail server was withdrawn.
        """
        if before is None:
            notice = act.privacy_notice if isinstance(act, CounterRegistration) else ""
            held = Held(
                after,
                received_at=self.now,
                station=recorded.station,
                seq=recorded.seq,
                privacy_notice=notice,
            )
            registrations.add(self.store, [held])
            return False
        if after.number != before.number:
            registrations.renumber(self.store, before.number, after.number)
        _, number = subject_of(act)
        if isinstance(act, CounterRegistration) and number not in {after.number, before.number}:
            registrations.add_alias(self.store, number, after.number)
        operator = recorded.header.operator
        registrations.put(
            self.store, after, operator=None if operator is None else operator.thumbprint
        )
        if before.email == after.contacts.email:
            return False
        # The former address is told of every change, and no code follows to the new one unseen.
        posting.post(
            self.store,
            LetterKind.ADDRESS_CHANGED,
            replace(after, contacts=before.registration.contacts),
            self.now,
            self.message_id,
            facts={"office": act.office, "done_at": str(recorded.at)},
        )
        return letters.withdraw_codes(self.store, after.number, self.now)

    def _keep_number(self, act: CounterAct, before: Held | None) -> None:
        """The number on a paper that does not stand still finds the person."""
        if isinstance(act, CounterRegistration) and before is not None:
            number = act.registration_number or ""
            same_person = before.codice_fiscale == act.person.codice_fiscale
            if same_person and number and number != before.number:
                registrations.add_alias(self.store, number, before.number)
                registrations.put(self.store, before.registration)

    def _issue(self, act: CounterAct, recorded: Recorded, after: Registration) -> None:
        """Keeps the digests, and queues the letter with the code (R-003-25, 57; C-003-10)."""
        running = after.credential.running
        if not isinstance(act, CounterRegistration | Booking | CodeRegeneration):
            return
        if running is None:
            return
        if isinstance(act, CodeRegeneration):
            renewals.note(
                self.store, recorded.operation_id, after.number, act.office, recorded.station
            )
        given, booked = act.secrets, running.operation_id
        pin = given.pin and self.protect(given.pin, secrets.of_operation(booked, "pin"))
        code = self.protect(given.code, secrets.of_operation(booked, "code"))
        secrets.keep(self.store, booked, code=code, pin=pin or None)
        letters.withdraw_codes(self.store, after.number, self.now)
        if given.mailed_code is None:
            return
        revokes = running.kind is OperationKind.REVOCA
        posting.post(
            self.store,
            LetterKind.REVOCATION_CODE if revokes else LetterKind.ACTIVATION_CODE,
            after,
            self.now,
            self.message_id,
            facts={
                "operation": running.kind.value,
                "renewed": "yes" if isinstance(act, CodeRegeneration) else "",
                "valid_until": (running.valid_until or given.valid_until).isoformat(),
            },
            code=(recorded.operation_id, given.mailed_code),
        )

    def _refuse(
        self,
        act: CounterAct,
        recorded: Recorded,
        before: Held | None,
        problem: Problem,
        remedy: str,
        *,
        office: str | None = None,
        other_number: str = "",
    ) -> Refused:
        """Refuses it, and tells whom it concerns.

        `office` is of the operator who signed it, by default the act's own; empty for nobody's
        signature: a forgery is told to no office and to no person.
        """
        told = act.office if office is None else office
        if not told:
            self._forget_body(act, recorded)
            return Refused(problem.code, problem.rule, remedy)
        return self._refusals.refuse(
            act, _stamp(recorded), before, problem, remedy, office=told, other_number=other_number
        )

    def _forget_body(self, act: CounterAct, recorded: Recorded) -> None:
        """Lets the body of an act go whose person is not registered.

        Nobody could have it taken out later.
        """
        if registrations.of_person(self.store, codice_fiscale_of(act)) is None:
            shedding.note_at_once(self.store, [(recorded.station, recorded.seq)])
            people.forget_entry(self.store, recorded.station, recorded.seq)


def codice_fiscale_of(act: CounterAct) -> str:
    """Whose data an act holds."""
    return subject_of(act)[0]


def _stamp(recorded: Recorded) -> Stamp:
    return Stamp(recorded.operation_id, recorded.at, recorded.station, recorded.arrived_at)


def _is_another(before: Registration | None, after: Registration) -> bool:
    return before is not None and before.person.codice_fiscale != after.person.codice_fiscale


def _lost(act: CounterAct, before: Registration, after: Registration) -> Booked | None:
    """An operation in progress that the act has replaced without knowing of it."""
    was, stands = before.credential.running, after.credential.last
    if was is None or stands is None:
        return None
    if was.operation_id == stands.operation_id:
        unseen = isinstance(act, CodeRegeneration) and was.renewal != act.basis.renewal
        return was if unseen and was.renewal not in {"", stands.renewal} else None
    if isinstance(act, Booking) and was.operation_id in {act.basis.running, act.basis.last}:
        return None
    return was
