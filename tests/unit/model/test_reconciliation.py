"""Two stations and one person: who stands, who is refused, and that nothing is written over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from sync.model import reconciliation, transitions
from sync.model.contacts import Contacts
from sync.model.counter import (
    Booking,
    CodeRegeneration,
    DelegationChange,
    PartChange,
    ResidenceChange,
    Subject,
)
from sync.model.credential import (
    Basis,
    Credential,
    OperationKind,
    OperationStatus,
    State,
    basis_of,
)
from sync.model.dates import PartialDate
from sync.model.delegation import DelegationKind
from sync.model.errors import Problem
from sync.model.reconciliation import (
    Gone,
    Stamp,
    apply,
    effective_time,
    judge_booking,
    judge_edit,
    judge_renewal,
    merge_registrations,
    other_number,
    overtaken,
)
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest
from tests.unit.model.counter_examples import (
    CODE_ONLY,
    DELETION,
    EX_NOVO,
    NOON,
    NUMBER,
    OFFICE,
    OTHER_NUMBER,
    OTHER_OFFICE,
    REGISTRATION,
    SUBJECT,
    THIRD_NUMBER,
    UNTIL,
    WITH_PIN,
    booked,
    booking,
    edit,
    operation_id,
    stamp,
)
from tests.unit.model.examples import ABROAD, DELEGATION, HOME, MARIO, MARTA, PASSPORT

FORTE, REVOCA = OperationKind.RISCONTRO_FORTE, OperationKind.REVOCA
PROMO, RESET, PIN = (
    OperationKind.PROMOZIONE,
    OperationKind.RESET,
    OperationKind.RIGENERA_PIN,
)
WEAK = Credential(State.ATTIVATO, strong=False)
STRONG = Credential(State.ATTIVATO, strong=True)


def code(judged: object) -> str:
    assert isinstance(judged, Problem)
    return judged.code


def held(judged: object) -> Registration:
    assert isinstance(judged, Registration)
    return judged


def running(judged: object) -> str:
    credential = judged.credential if isinstance(judged, Registration) else judged
    assert isinstance(credential, Credential)
    return "" if credential.running is None else credential.running.operation_id


def book(
    now: Credential, kind: OperationKind, seen: Credential | Basis, number: int, at: int
) -> Credential | Problem:
    return judge_booking(now, booking(kind, seen), stamp(number, at))


def sure(judged: Credential | Problem) -> Credential:
    assert isinstance(judged, Credential)
    return judged


@pytest.mark.rule("R-003-22")
def test_the_later_visit_stands_in_whatever_order_two_bookings_arrive() -> None:
    early, late = (RESET, 1, NOON), (PROMO, 2, NOON + 1)
    first = sure(book(WEAK, early[0], WEAK, *early[1:]))
    assert running(book(first, late[0], WEAK, *late[1:])) == operation_id(2)
    first = sure(book(WEAK, late[0], WEAK, *late[1:]))
    refused = book(first, early[0], WEAK, *early[1:])
    assert code(refused) == "credential.overtaken"


def test_at_one_moment_the_operation_id_decides() -> None:
    one = sure(book(WEAK, RESET, WEAK, 1, NOON))
    assert running(book(one, RESET, WEAK, 2, NOON)) == operation_id(2)
    two = sure(book(WEAK, RESET, WEAK, 2, NOON))
    assert code(book(two, RESET, WEAK, 1, NOON)) == "credential.overtaken"


def test_who_saw_a_booking_comes_after_it_whatever_the_clocks_say() -> None:
    first = sure(book(WEAK, RESET, WEAK, 9, NOON))
    second = sure(book(first, PROMO, first, 1, NOON - 3_600_000))
    assert running(second) == operation_id(1)
    assert second.last is not None
    assert second.last.booked_at == NOON + 1
    between = book(second, RESET, WEAK, 5, NOON - 1)
    assert code(between) == "credential.overtaken"


def test_a_booking_that_stands_is_the_same_when_it_comes_again() -> None:
    first = sure(book(WEAK, RESET, WEAK, 1, NOON))
    assert book(first, RESET, WEAK, 1, NOON) == first
    done = sure(transitions.conclude(first, RESET, NOON + 2) or WEAK)
    assert book(done, RESET, WEAK, 1, NOON) == done


@pytest.mark.parametrize("status", [OperationStatus.SUCCEEDED, OperationStatus.DISCARDED])
def test_a_later_visit_that_is_over_still_overtakes(status: OperationStatus) -> None:
    """The person went home with later letters, and used them or gave them up."""
    later = replace(STRONG, last=booked(PIN, 9, NOON + 9, status=status))
    assert code(book(later, RESET, STRONG, 1, NOON)) == "credential.overtaken"
    assert running(book(later, RESET, later, 1, NOON)) == operation_id(1)


def test_what_the_clerk_saw_is_no_more() -> None:
    """Activated at home meanwhile, with letters of an earlier visit."""
    activated = replace(STRONG, last=booked(FORTE, 1, NOON - 9, status=OperationStatus.SUCCEEDED))
    seen = replace(activated, state=State.RISCONTRATO, strong=False)
    assert code(book(activated, FORTE, seen, 2, NOON)) == "credential.state-moved"
    assert running(book(activated, RESET, seen, 2, NOON)) == operation_id(2)


def test_what_a_clerk_could_see_to_be_forbidden_keeps_its_own_reason() -> None:
    assert code(book(STRONG, PROMO, STRONG, 1, NOON)) == "transition.already-strong"


def test_time_is_what_the_station_says_but_never_ahead_of_the_hub() -> None:
    assert effective_time(NOON) == NOON
    assert effective_time(NOON, arrived_at=NOON + 5) == NOON
    assert effective_time(NOON + 9, arrived_at=NOON + 5) == NOON + 5
    assert effective_time(NOON, arrived_at=NOON + 9, seen_at=NOON + 6) == NOON + 7
    assert effective_time(NOON, arrived_at=NOON + 5, seen_at=NOON + 6) == NOON + 5
    assert effective_time(NOON, seen_at=NOON - 6) == NOON


def test_a_clock_that_is_ahead_gains_nothing_and_holds_nobody_up() -> None:
    """An hour ahead: both its bookings count when they came, and who comes later stands."""
    ahead = NOON + 3_600_000
    at_the_desk = sure(judge_booking(WEAK, booking(RESET, WEAK), stamp(8, ahead)))
    second = booking(PROMO, at_the_desk)
    assert second.basis.seen_at == ahead
    first = sure(judge_booking(WEAK, booking(RESET, WEAK), Stamp(operation_id(8), NOON, "a", NOON)))
    both = sure(judge_booking(first, second, Stamp(operation_id(9), NOON, "a", NOON)))
    assert running(both) == operation_id(9)
    later = Stamp(operation_id(1), NOON + 5, "b", NOON + 6)
    assert running(judge_booking(both, booking(RESET, WEAK), later)) == operation_id(1)


def test_no_code_is_good_for_longer_than_sixty_days() -> None:
    act = replace(booking(RESET, WEAK), secrets=replace(WITH_PIN, valid_until=date(2099, 1, 1)))
    judged = sure(judge_booking(WEAK, act, stamp()))
    assert judged.last is not None
    assert judged.last.valid_until is not None
    assert judged.last.valid_until < date(2027, 2, 1)
    assert sure(judge_booking(WEAK, booking(RESET, WEAK), stamp())).last is not None
    assert judge_booking(WEAK, act, stamp(1, (1 << 63) - 1)) != WEAK


# --- codes made anew


def renewal(seen: Credential) -> CodeRegeneration:
    return CodeRegeneration(SUBJECT, basis_of(seen), True, CODE_ONLY, OFFICE)  # noqa: FBT003


@pytest.mark.rule("R-003-56")
def test_of_two_new_codes_the_later_one_stands() -> None:
    before = sure(book(WEAK, RESET, WEAK, 1, NOON))
    early, late = stamp(8, NOON + 1), stamp(7, NOON + 2)
    act = renewal(before)
    first = sure(judge_renewal(before, act, early))
    both = sure(judge_renewal(first, act, late))
    assert both.last is not None
    assert (both.last.renewal, both.last.code_renewals) == (operation_id(7), 2)
    first = sure(judge_renewal(before, act, late))
    assert code(judge_renewal(first, act, early)) == "credential.overtaken"
    assert judge_renewal(first, act, late) == first
    seen = sure(judge_renewal(first, renewal(first), early)).last
    assert seen is not None
    assert (seen.renewal, seen.renewed_at) == (operation_id(8), NOON + 3)


def test_a_new_code_is_for_the_operation_that_was_seen() -> None:
    before = sure(book(WEAK, RESET, WEAK, 1, NOON))
    act = renewal(before)
    replaced = sure(book(before, PROMO, before, 2, NOON + 1))
    assert code(judge_renewal(replaced, act, stamp(3, NOON + 2))) == "credential.overtaken"
    done = sure(transitions.conclude(before, RESET, NOON + 1) or WEAK)
    assert code(judge_renewal(done, act, stamp(3, NOON + 2))) == "credential.state-moved"
    seen = replace(WEAK, last=booked(REVOCA))
    judged = judge_renewal(seen, renewal(seen), stamp(3))
    assert code(judged) == "transition.revocation-running"


# --- edits


@pytest.mark.rule("R-003-32")
def test_changes_of_different_parts_go_together() -> None:
    one = edit(REGISTRATION, (Part.RESIDENCE, ABROAD))
    two = edit(REGISTRATION, (Part.DOCUMENT, PASSPORT), (Part.NOTE, "Nuova"))
    expected = replace(REGISTRATION, residence=ABROAD, document=PASSPORT, note="Nuova")
    for first, second in ((one, two), (two, one)):
        after = held(judge_edit(REGISTRATION, first.changes))
        assert judge_edit(after, second.changes) == expected


def test_anothers_change_of_the_same_part_is_never_written_over() -> None:
    one = edit(REGISTRATION, (Part.RESIDENCE, ABROAD))
    other = edit(
        REGISTRATION,
        (Part.DOCUMENT, PASSPORT),
        (Part.RESIDENCE, replace(HOME, number="99")),
    )
    after = held(judge_edit(REGISTRATION, one.changes))
    refused = judge_edit(after, other.changes)
    assert code(refused) == "edit.overtaken"
    assert isinstance(refused, Problem)
    assert refused.details == ()


def test_an_edit_that_is_done_already_needs_nothing() -> None:
    act = edit(REGISTRATION, (Part.RESIDENCE, ABROAD), (Part.NOTE, "Nuova"))
    after = held(apply(REGISTRATION, act, stamp()))
    assert apply(after, act, stamp(2, NOON + 1)) == after
    assert after.data_at == NOON


def test_another_address_is_not_confirmed_yet() -> None:
    confirmed = replace(REGISTRATION, email_confirmed=True)
    same = edit(confirmed, (Part.CONTACTS, replace(confirmed.contacts, mobile=None)))
    assert held(judge_edit(confirmed, same.changes)).email_confirmed
    other = edit(confirmed, (Part.CONTACTS, Contacts("altro@example.org")))
    assert not held(judge_edit(confirmed, other.changes)).email_confirmed


@pytest.mark.rule("C-003-2")
def test_a_rejected_registration_is_not_edited() -> None:
    rejected = replace(REGISTRATION, credential=Credential(State.RESPINTO))
    act = edit(rejected, (Part.NOTE, "Nuova"))
    assert code(apply(rejected, act, stamp())) == "transition.rejected"


def test_a_change_of_residence_is_an_edit_of_one_part() -> None:
    change = PartChange(Part.RESIDENCE, digest(REGISTRATION.residence), ABROAD)
    act = ResidenceChange(SUBJECT, change, OFFICE)
    assert held(apply(REGISTRATION, act, stamp())).residence == ABROAD
    moved = replace(REGISTRATION, residence=replace(HOME, number="99"))
    assert code(apply(moved, act, stamp())) == "edit.overtaken"


def test_a_delegate_is_changed_as_it_was_seen() -> None:
    last = booked(RESET, 1, delegation=DELEGATION)
    now = replace(REGISTRATION, credential=replace(WEAK, last=last))
    new = replace(DELEGATION, phone=None)
    act = DelegationChange(SUBJECT, operation_id(1), digest(DELEGATION), new, OFFICE)
    after = held(apply(now, act, stamp(2)))
    assert after.credential.running == replace(last, delegation=new)
    assert apply(after, act, stamp(2)) == after
    third = replace(act, delegation=replace(DELEGATION, email=None))
    assert code(apply(after, third, stamp(3))) == "edit.overtaken"
    gone = replace(now, credential=replace(WEAK, last=booked(RESET, 4, delegation=DELEGATION)))
    assert code(apply(gone, act, stamp(2))) == "credential.overtaken"


# --- registrations


@pytest.mark.rule("R-003-9")
def test_one_person_stays_one_registration_under_the_earlier_number() -> None:
    act = EX_NOVO
    after = held(apply(REGISTRATION, act, stamp()))
    assert after.number == NUMBER
    assert other_number(REGISTRATION, OTHER_NUMBER, after) == OTHER_NUMBER
    assert (after.document, after.note) == (act.document, act.note)
    assert after.other_note == REGISTRATION.other_note
    assert running(after) == operation_id(1)
    assert not overtaken(after, operation_id(1))
    assert apply(after, act, stamp()) == after


@pytest.mark.rule("R-003-9")
def test_three_stations_register_one_person_in_any_order() -> None:
    acts = (
        (replace(EX_NOVO, registration_number=NUMBER, note=None, office=OFFICE), stamp(1, NOON)),
        (
            replace(EX_NOVO, registration_number=OTHER_NUMBER, note=None, document=PASSPORT),
            stamp(2, NOON + 2, "to-0002"),
        ),
        (
            replace(EX_NOVO, registration_number=THIRD_NUMBER, note=None, residence=ABROAD),
            stamp(3, NOON + 1, "to-0003"),
        ),
    )
    ends = set()
    for order in permutations(acts):
        now: Registration | None = None
        numbers = set()
        for act, when in order:
            now = held(apply(now, act, when))
            numbers.add(act.registration_number)
        assert now is not None
        ends.add((now.number, running(now), digest(now.residence), digest(now.document)))
        assert overtaken(now, operation_id(1))
        assert now.registered_at == NOON
        assert now.data_at == NOON + 2
    assert ends == {(NUMBER, operation_id(2), digest(HOME), digest(PASSPORT))}


def test_a_clerks_later_correction_outlives_an_earlier_registration_that_comes_late() -> None:
    corrected = held(apply(REGISTRATION, edit(REGISTRATION, (Part.RESIDENCE, ABROAD)), stamp(5)))
    after = held(apply(corrected, EX_NOVO, stamp(1, NOON - 1)))
    assert after.residence == ABROAD
    assert running(after) == operation_id(1)


@pytest.mark.rule("R-003-44")
def test_strong_credentials_are_not_registered_anew() -> None:
    now = replace(REGISTRATION, credential=STRONG)
    refused = merge_registrations(now, EX_NOVO, OTHER_NUMBER, stamp())
    assert code(refused) == "registration.strong"
    assert isinstance(refused, Problem)
    assert refused.rule == "R-003-44"
    odd = replace(REGISTRATION, credential=Credential(State.REGISTRATO, strong=True))
    assert code(apply(odd, EX_NOVO, stamp())) == "registration.strong"


@pytest.mark.rule("R-003-45")
def test_weak_credentials_in_use_are_promoted_not_registered_anew() -> None:
    now = replace(REGISTRATION, credential=WEAK)
    assert code(apply(now, EX_NOVO, stamp())) == "registration.exists"


@pytest.mark.rule("C-003-2")
@pytest.mark.rule("C-003-4")
@pytest.mark.parametrize(
    ("state", "strong"),
    [(State.RESPINTO, False), (State.RESPINTO, True), (State.RISCONTRATO, True)],
)
def test_states_of_the_older_service_are_left_by_registering_anew(
    state: State,
    strong: bool,  # noqa: FBT001
) -> None:
    now = replace(REGISTRATION, credential=Credential(state, strong))
    after = held(apply(now, EX_NOVO, stamp()))
    assert after.credential.state is State.RISCONTRATO
    assert running(after) == operation_id(1)


def test_a_first_registration_is_as_the_clerk_made_it() -> None:
    made = held(apply(None, EX_NOVO, stamp()))
    assert made == Registration(
        number=OTHER_NUMBER,
        community=EX_NOVO.community,
        language="it",
        registered_at=NOON,
        person=MARIO,
        residence=EX_NOVO.residence,
        domicile=None,
        contacts=EX_NOVO.contacts,
        document=PASSPORT,
        credential=Credential(
            State.RISCONTRATO,
            has_pin=True,
            checked_at=NOON,
            checked_by=OFFICE,
            last=booked(FORTE, delegation=DELEGATION),
        ),
        note="Ha portato la copia",
        data_at=NOON,
    )
    without = apply(None, replace(EX_NOVO, registration_number=None), stamp())
    assert code(without) == "registration-number.empty"
    stranger = apply(REGISTRATION, replace(EX_NOVO, person=MARTA), stamp())
    assert code(stranger) == "registration.other-person"


# --- subjects, data that are missing


def test_what_is_revoked_meanwhile_is_gone() -> None:
    for act in (
        booking(FORTE, Credential()),
        renewal(WEAK),
        edit(REGISTRATION, (Part.NOTE, None)),
    ):
        assert code(apply(None, act, stamp())) == "registration.gone"


def test_an_act_is_for_the_person_it_names() -> None:
    stranger = Subject(MARTA.codice_fiscale, NUMBER)
    act = replace(booking(FORTE, Credential()), subject=stranger)
    assert code(apply(REGISTRATION, act, stamp())) == "registration.other-person"


@pytest.mark.rule("R-003-46")
def test_an_account_of_the_older_service_leaves_a_registration_alone() -> None:
    assert apply(None, DELETION, stamp()) == Gone()
    assert apply(REGISTRATION, DELETION, stamp()) is REGISTRATION


@pytest.mark.rule("R-003-20")
@pytest.mark.rule("R-003-30")
def test_nothing_is_booked_while_mandatory_data_are_missing() -> None:
    act = booking(FORTE, REGISTRATION.credential)
    lacking = replace(REGISTRATION, contacts=Contacts(""))
    refused = apply(lacking, act, stamp())
    assert code(refused) == "email.empty"
    mended = edit(lacking, (Part.CONTACTS, REGISTRATION.contacts))
    after = held(apply(lacking, mended, stamp(2)))
    assert running(apply(after, act, stamp(3))) == operation_id(3)


@pytest.mark.rule("R-003-69")
@pytest.mark.rule("R-003-71")
def test_nobody_under_age_is_represented_by_a_declaration() -> None:
    child = replace(
        REGISTRATION, person=replace(MARIO, birth_date=PartialDate(2015, 1, 1)), document=PASSPORT
    )
    act = booking(FORTE, child.credential, delegation=DELEGATION)
    assert running(apply(child, act, stamp())) == operation_id(1)
    declared = replace(DELEGATION, kind=DelegationKind.DICHIARAZIONE_SOSTITUTIVA)
    refused = apply(child, replace(act, delegation=declared), stamp())
    assert code(refused) == "delegation.represented-minor"
    after = held(apply(REGISTRATION, replace(act, delegation=declared), stamp()))
    assert after.credential.running is not None
    assert after.credential.running.delegation == declared


@pytest.mark.rule("R-003-63")
def test_a_booking_records_its_office_and_station() -> None:
    act = booking(FORTE, REGISTRATION.credential, office=OTHER_OFFICE)
    last = held(apply(REGISTRATION, act, stamp(station="to-0002"))).credential.last
    assert last is not None
    assert (last.office, last.station, last.valid_until) == (OTHER_OFFICE, "to-0002", UNTIL)


def test_a_stamp_holds_no_person() -> None:
    assert "RSSMRA" not in repr((Stamp("a", 1, "b"), booking(FORTE, WEAK), EX_NOVO, SUBJECT))
    assert isinstance(booking(FORTE, WEAK), Booking)
    assert reconciliation.__doc__
