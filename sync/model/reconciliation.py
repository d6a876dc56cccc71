"""What becomes of a clerk's act on a registration, computed alike at the hub and at every station.

Two stations without a network may act on one person. Whoever comes second by the rules below, not
by the network, is replaced or refused, in whatever order the two arrive:

- Bookings that did not know of each other are in the order of (time, operation id). A person's
  later visit replaces the earlier one (R-003-22), if the state table allows it on the state that
  really is.
- Who saw an operation comes after it, whatever the clocks say.
- An edit holds for the parts as the clerk saw them. Another's change of the same part is never
  written over; different parts go together.
- One codice fiscale is one registration (R-003-9), under the number of the earlier one by (time,
  number).

The functions are pure. The hub applies them to its registry, a mirror to its copy and to what the
station has recorded since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, assert_never

from sync.model import form_rules, transitions
from sync.model.codes import VALID_DAYS
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    IssuedSecrets,
    OldAccountDeletion,
    OutcomeClosing,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import (
    Basis,
    Booked,
    Credential,
    Function,
    OperationKind,
    OperationStatus,
    State,
)
from sync.model.errors import Problem
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest, missing, value, with_part

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_TIME: Final = 1 << 47
"""Milliseconds up to the year 6429: what a station's clock says may be anything."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which act it is, and when it counts as done.

    Attributes:
        operation_id: 32 hexadecimal digits.
        booked_at: the station's clock at recording, or the hub's at arrival where that was
            earlier (`effective_time`); milliseconds since 1970.
        station: where it was recorded.
        arrived_at: the hub's clock at arrival; None at the station.
    """

    operation_id: str
    booked_at: int
    station: str
    arrived_at: int | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no registration, and none is needed: what the act was about is deleted."""


def effective_time(recorded_at: int, *, arrived_at: int | None = None, seen_at: int = 0) -> int:
    """When an act counts as done, milliseconds since 1970.

    Args:
        recorded_at: the station's clock at recording.
        arrived_at: the hub's clock when the act came; a station's clock that is ahead gains
            nothing. None at the station itself.
        seen_at: when the latest thing that the clerk saw counts as done (`Basis.seen_at`), 0 for
            none: who saw it comes after it. `apply` reckons with it by itself.
    """
    after = max(recorded_at, seen_at + 1) if seen_at else recorded_at
    return after if arrived_at is None else min(after, arrived_at)


def judge_booking(now: Credential, act: Booking, when: Stamp) -> Credential | Problem:
    """The credential with the booking in progress, or why it does not stand.

    A booking that is already the last one changes nothing.

    Returns:
        The credential, or `credential.overtaken` (a later visit stands), `credential.state-moved`
        (the state that the clerk saw is no more, and the new one forbids it), or the reason of the
        state table (`transitions.forbidden`).
    """
    last = now.last
    if last is not None and last.operation_id == when.operation_id:
        return now
    booked_at = _counts_at(act.basis, when)
    if last is not None and last.operation_id in {act.basis.last, act.basis.running}:
        booked_at = max(booked_at, last.booked_at + 1)
    elif last is not None and (booked_at, when.operation_id) < (last.booked_at, last.operation_id):
        return Problem("credential.overtaken", rule="R-003-22")
    booked = Booked(
        operation_id=when.operation_id,
        kind=act.kind,
        status=OperationStatus.ACTIVE,
        booked_at=booked_at,
        office=act.office,
        station=when.station,
        valid_until=_last_day(act.secrets, booked_at),
        delegation=act.delegation,
    )
    return _moved_or(now, act.basis, transitions.book(now, booked))


def judge_renewal(now: Credential, act: CodeRegeneration, when: Stamp) -> Credential | Problem:
    """The credential whose operation in progress has the act's code, or why it does not stand.

    Of two regenerations that did not know of each other the later one's code stands.

    Returns:
        The credential, or `credential.overtaken` (another operation, or a later code),
        `credential.state-moved`, or the reason of `transitions.renew_code`.
    """
    running = now.running
    renewed_at = _counts_at(act.basis, when)
    if running is not None:
        if running.renewal == when.operation_id:
            return now
        if act.basis.running != running.operation_id:
            return Problem("credential.overtaken", rule="R-003-22")
        if running.renewal and running.renewal == act.basis.renewal:
            renewed_at = max(renewed_at, running.renewed_at + 1)
        elif running.renewal and (renewed_at, when.operation_id) < (
            running.renewed_at,
            running.renewal,
        ):
            return Problem("credential.overtaken", rule="R-003-56")
    renewed = transitions.renew_code(
        now,
        renewal=when.operation_id,
        renewed_at=renewed_at,
        valid_until=_last_day(act.secrets, renewed_at),
    )
    return _moved_or(now, act.basis, renewed)


def judge_edit(now: Registration, changes: Sequence[PartChange]) -> Registration | Problem:
    """The registration with all the changes, or `edit.overtaken` and none of them.

    A part that is as it was seen is changed. One that is already as it shall be needs nothing.
    """
    edited = now
    for change in changes:
        current = digest(value(now, change.part))
        if current == digest(change.value):
            continue
        if current != change.seen:
            return Problem("edit.overtaken", rule="R-003-32")
        edited = with_part(edited, change.part, change.value)
    return edited


def merge_registrations(
    now: Registration, act: CounterRegistration, number: str, when: Stamp
) -> Registration | Problem:
    """One registration out of the one that is and one made at a counter that did not know of it.

    It has the number, time and community of the earlier by (time, number); the other number leads
    to it (`other_number`). The data and letters of the later booking stand. Where that is not the
    act's, `overtaken` tells: the hub enters what this returns and refuses the act.

    Returns:
        The registration, or `registration.strong` (R-003-44), `registration.exists` (R-003-45: its
        weak credentials are in use, promozione or reset is the way).
    """
    credential = now.credential
    if credential.last is not None and credential.last.operation_id == when.operation_id:
        return now
    base = Credential() if credential.state is State.RESPINTO else credential
    problem = transitions.forbidden(base, OperationKind.RISCONTRO_FORTE)
    if problem is not None:
        if base.strong:
            return Problem("registration.strong", rule="R-003-44")
        return Problem("registration.exists", rule="R-003-45")
    first = min((now.registered_at, now.number), (when.booked_at, number))
    merged = replace(
        now,
        registered_at=first[0],
        number=first[1],
        community=now.community if first[1] == now.number else act.community,
    )
    last = credential.last
    mine = (when.booked_at, when.operation_id)
    late = last is not None and mine < (last.booked_at, last.operation_id)
    if (when.booked_at, _data(act)) > (now.data_at, _data(now)):
        merged = _with_data_of(merged, act, when)
    if late:
        return merged
    booked = transitions.book(base, _booked_of(act, when))
    return booked if isinstance(booked, Problem) else replace(merged, credential=booked)


def overtaken(registration: Registration, operation_id: str) -> bool:
    """Whether another booking than this one stands after `apply`: its letters are void."""
    last = registration.credential.last
    return last is None or last.operation_id != operation_id


def other_number(before: Registration, act_number: str, after: Registration) -> str:
    """The number that leads to a merged registration from now on; empty where there is none."""
    others = {before.number, act_number} - {after.number}
    return min(others, default="")


def apply(
    registration: Registration | None, operation: CounterAct, when: Stamp
) -> Registration | Gone | Problem:
    """What the act makes of the registration.

    Applied again, an act that stands changes nothing.

    Args:
        registration: the person's, found by the act's number or an alias of it, else by codice
            fiscale; None where there is none.
        operation: what was done. A `CounterRegistration` has its number.
        when: which act, and when.

    Returns:
        The registration as it is then; `Gone` where an old account is deleted and the registry
        never held its person; or a `Problem`: `registration.gone` (revoked meanwhile),
        `registration.other-person`, `registration-number.empty`, and those of the functions above.
    """
    match operation:
        case CounterRegistration():
            return _register(registration, operation, when)
        case OldAccountDeletion() | DisputeSettlement() | OutcomeClosing():
            return Gone() if registration is None else registration
        case _:
            problem = _subject_problem(registration, operation.subject)
            if problem is not None or registration is None:
                return problem or Problem("registration.gone")
            return _act_on(registration, operation, when)


def _act_on(
    now: Registration,
    act: Booking | CodeRegeneration | RecordEdit | ResidenceChange | DelegationChange,
    when: Stamp,
) -> Registration | Problem:
    match act:
        case Booking():
            problem = _booking_problem(now, act, when)
            judged = problem or judge_booking(now.credential, act, when)
        case CodeRegeneration():
            judged = judge_renewal(now.credential, act, when)
        case DelegationChange():
            judged = _judge_delegation(now.credential, act)
        case RecordEdit():
            return _edit(now, act.changes, when)
        case ResidenceChange():
            return _edit(now, (act.change,), when)
        case _:
            assert_never(act)
    return judged if isinstance(judged, Problem) else replace(now, credential=judged)


def _booking_problem(now: Registration, act: Booking, when: Stamp) -> Problem | None:
    """What the registration itself has against a booking (R-003-20, 69)."""
    on = _day(when.booked_at)
    if act.delegation is not None:
        found = next(form_rules.represented_problems(now.person, act.delegation, on), None)
        if found is not None:
            return found.at("delegation")
    return next(iter(missing(now, today=on)), None)


def _edit(now: Registration, changes: Sequence[PartChange], when: Stamp) -> Registration | Problem:
    problem = transitions.why_not(now.credential, Function.MODIFICA)
    edited = problem or judge_edit(now, changes)
    if isinstance(edited, Problem) or edited == now:
        return edited
    return replace(edited, data_at=max(now.data_at, when.booked_at))


def _judge_delegation(now: Credential, act: DelegationChange) -> Credential | Problem:
    """Compare-and-set of the delegate of one booking (R-003-71)."""
    running = now.running
    if running is None or running.operation_id != act.booking:
        return Problem("credential.overtaken", rule="R-003-71")
    current = digest(running.delegation)
    if current == digest(act.delegation):
        return now
    if current != act.seen:
        return Problem("edit.overtaken", rule="R-003-72")
    return transitions.change_delegation(now, act.delegation)


def _register(
    registration: Registration | None, act: CounterRegistration, when: Stamp
) -> Registration | Problem:
    number = act.registration_number
    if not number:
        return Problem("registration-number.empty", field="registration_number")
    if registration is not None:
        if registration.person.codice_fiscale != act.person.codice_fiscale:
            return Problem("registration.other-person", rule="R-003-9")
        return merge_registrations(registration, act, number, when)
    booked = transitions.book(Credential(), _booked_of(act, when))
    if isinstance(booked, Problem):
        return booked
    return Registration(
        number=number,
        community=act.community,
        language=act.language,
        registered_at=when.booked_at,
        person=act.person,
        residence=act.residence,
        domicile=act.domicile,
        contacts=act.contacts,
        document=act.document,
        credential=booked,
        note=act.note or "",
        data_at=when.booked_at,
    )


def _booked_of(act: CounterRegistration, when: Stamp) -> Booked:
    return Booked(
        operation_id=when.operation_id,
        kind=OperationKind.RISCONTRO_FORTE,
        status=OperationStatus.ACTIVE,
        booked_at=when.booked_at,
        office=act.office,
        station=when.station,
        valid_until=_last_day(act.secrets, when.booked_at),
        delegation=act.delegation,
    )


def _data(of: Registration | CounterRegistration) -> tuple[bytes, ...]:
    """Decides between data of the same millisecond, in any order of arrival alike."""
    parts = (of.person, of.residence, of.domicile, of.contacts, of.document, of.note)
    return tuple(digest(part) for part in parts)


def _with_data_of(now: Registration, act: CounterRegistration, when: Stamp) -> Registration:
    """What the later clerk saw before them stands; notes that are there are not lost."""
    registration = replace(
        with_part(now, Part.CONTACTS, act.contacts),
        language=act.language,
        person=act.person,
        residence=act.residence,
        domicile=act.domicile,
        document=act.document,
        data_at=when.booked_at,
    )
    return registration if act.note is None else replace(registration, note=act.note)


def _counts_at(seen: Basis, when: Stamp) -> int:
    """When an act on a basis counts as done."""
    return effective_time(when.booked_at, arrived_at=when.arrived_at, seen_at=seen.seen_at)


def _moved_or(now: Credential, seen: Basis, judged: Credential | Problem) -> Credential | Problem:
    """A refusal of the table, told as what it is where the clerk saw another state."""
    if isinstance(judged, Problem) and (now.state, now.strong) != (seen.state, seen.strong):
        return Problem("credential.state-moved", rule="R-003-13")
    return judged


def _last_day(secrets: IssuedSecrets, booked_at: int) -> date:
    """No code is good for longer than `VALID_DAYS` after it was made, whatever a station says."""
    return min(secrets.valid_until, _day(booked_at) + timedelta(days=VALID_DAYS + 1))


def _day(at: int) -> date:
    """The day in UTC; the one after is today in Italy at the most."""
    return (_EPOCH + timedelta(milliseconds=min(at, _MOST_TIME))).date()


def _subject_problem(registration: Registration | None, subject: Subject) -> Problem | None:
    if registration is None:
        return Problem("registration.gone", field="subject")
    if registration.person.codice_fiscale != subject.codice_fiscale:
        return Problem("registration.other-person", field="subject", rule="R-003-9")
    return None
