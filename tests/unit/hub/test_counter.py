"""What clerks' acts do to the registry, and who is told."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

import pytest

from sync.hub.remedies import (
    CALL_ASSISTANCE,
    COMPARE,
    LOOK_AND_EDIT_AGAIN,
    OTHER_LETTERS_STAND,
    REGISTER_ANEW,
)
from sync.hub.store import alarms, chains, letters, registrations, secrets
from sync.hub.store.letters import LetterKind
from sync.model.counter import OldAccountDeletion
from sync.model.credential import OperationKind, OperationStatus, State
from sync.model.letter_number import letter_number
from sync.model.registration import Part
from sync.model.rosters import Right
from sync.wire import mail_seal, secret_digest
from sync.wire.receipt import Accepted, Refused
from tests.unit.hub.counters import UNTIL, Office
from tests.unit.hub.stations import HOUR, NOON, codice_fiscale, preregistration
from tests.unit.model.counter_examples import PHC
from tests.unit.model.examples import ABROAD, HOME


@pytest.mark.rule("R-003-9", "R-003-63")
def test_registration_at_a_counter_is_checked_and_has_an_operation_in_progress(
    counters: Office,
) -> None:
    assert counters.here.register(1) == Accepted()
    credential = counters.seen(1).credential
    assert (credential.state, credential.strong, credential.has_pin) == (
        State.RISCONTRATO,
        False,
        True,
    )
    assert credential.checked_by == "Comune di Torino"
    running = credential.running
    assert running is not None
    assert (running.kind, running.office, running.station) == (
        OperationKind.RISCONTRO_FORTE,
        "Comune di Torino",
        "desk-0001",
    )


@pytest.mark.rule("R-003-1", "R-003-25")
def test_activation_code_goes_by_mail_sealed_until_then(counters: Office) -> None:
    operation_id = uuid.uuid4()
    counters.here.register(1, operation_id=operation_id)
    (letter,) = counters.due()
    assert letter.kind is LetterKind.ACTIVATION_CODE
    assert letter.recipient == "persona1@example.org"
    assert letter.facts["valid_until"] == UNTIL.isoformat()
    assert letter.mailed_code is not None
    opened = mail_seal.open_code(letter.mailed_code, counters.bench.letters, operation_id)
    assert opened is not None
    assert mail_seal.open_code(letter.mailed_code, counters.bench.unsealing, operation_id) is None


@pytest.mark.rule("R-003-57", "C-003-8")
def test_without_an_address_the_code_is_only_printed(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    with counters.bench.store.transaction():
        letters.delete(counters.bench.store, seen.number)
        none = replace(seen, contacts=replace(seen.contacts, email=""))
        registrations.put(counters.bench.store, none)
    operation_id = uuid.uuid4()
    renewal = counters.here.renewal(none, operation_id)
    unmailed = replace(renewal, secrets=replace(renewal.secrets, mailed_code=None))
    assert counters.here.do(unmailed, operation_id=operation_id) == Accepted()
    assert counters.due() == []


@pytest.mark.rule("C-003-10")
def test_code_of_a_revocation_is_told_as_one(counters: Office) -> None:
    counters.here.register(1)
    assert counters.here.book(counters.seen(1), OperationKind.REVOCA) == Accepted()
    letter = counters.due()[-1]
    assert letter.kind is LetterKind.REVOCATION_CODE


@pytest.mark.rule("R-003-1")
def test_digests_are_kept_under_a_key_outside_the_registry(counters: Office) -> None:
    counters.here.register(1)
    kept = secrets.running(counters.bench.store, counters.held(1).number)
    assert kept is not None
    assert kept.pin is not None
    assert kept.code is not None
    assert PHC.encode() not in kept.pin
    pin, code = (secrets.of_operation(kept.operation_id, name) for name in ("pin", "code"))
    assert secret_digest.unprotect(kept.pin, counters.bench.digests, pin) == PHC
    assert secret_digest.unprotect(kept.pin, counters.bench.digests, code) is None
    assert secret_digest.unprotect(kept.code, bytes(32), code) is None


@pytest.mark.rule("R-003-22")
def test_later_booking_by_who_saw_the_earlier_replaces_it_quietly(counters: Office) -> None:
    counters.here.register(1)
    first = counters.seen(1)
    counters.bench.now += HOUR
    assert counters.there.book(first, OperationKind.REVOCA) == Accepted()
    last = counters.seen(1).credential.running
    assert last is not None
    assert last.kind is OperationKind.REVOCA
    history = registrations.history(counters.bench.store, first.number)
    assert [status for _, status in history] == [OperationStatus.DISCARDED, OperationStatus.ACTIVE]
    assert counters.disputes() == []
    assert [letter.kind for letter in counters.due()] == [LetterKind.REVOCATION_CODE]


def test_two_visits_that_did_not_know_of_each_other_end_alike_in_either_order(
    counters: Office,
) -> None:
    for person, first_to_arrive in ((1, "earlier"), (2, "later")):
        counters.here.register(person)
        seen = counters.seen(person)
        at = counters.bench.now
        counters.bench.now += 3 * HOUR
        early, late = uuid.uuid4(), uuid.uuid4()
        if first_to_arrive == "earlier":
            counters.here.book(seen, OperationKind.REVOCA, operation_id=early, at=at + HOUR)
            counters.there.book(seen, OperationKind.REVOCA, operation_id=late, at=at + 2 * HOUR)
        else:
            counters.there.book(seen, OperationKind.REVOCA, operation_id=late, at=at + 2 * HOUR)
            outcome = counters.here.book(
                seen, OperationKind.REVOCA, operation_id=early, at=at + HOUR
            )
            assert outcome == Refused("credential.overtaken", "R-003-22", OTHER_LETTERS_STAND)
        running = counters.seen(person).credential.running
        assert running is not None
        assert running.operation_id == late.hex
        dispute = counters.disputes()[-1]
        assert dispute.dispute.operation_id == early.hex
        assert (dispute.office, dispute.dispute.by_office) == ("Comune di Torino", "ASL di Esempio")
        assert dispute.dispute.code == "credential.overtaken"
        told = [one for one in counters.due() if one.kind is LetterKind.OVERTAKEN][-1]
        assert (told.facts["office"], told.facts["by_office"]) == (
            "Comune di Torino",
            "ASL di Esempio",
        )
        assert told.facts["letters"] == letter_number(early.hex)
        assert told.facts["standing_letters"] == letter_number(late.hex)


def test_clock_that_is_ahead_gains_nothing(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    counters.bench.now += HOUR
    counters.here.ahead = 1000 * HOUR
    counters.here.book(seen, OperationKind.REVOCA)
    counters.bench.now += HOUR
    assert counters.there.book(seen, OperationKind.REVOCA) == Accepted()
    last = counters.seen(1).credential.last
    assert last is not None
    assert last.office == "ASL di Esempio"


@pytest.mark.rule("R-003-9")
def test_person_registered_at_two_counters_is_one_under_the_earlier_number(
    counters: Office,
) -> None:
    at = counters.bench.now
    counters.bench.now += 2 * HOUR
    assert counters.there.register(1, at=at + HOUR) == Accepted()
    later = counters.held(1).number
    assert counters.here.register(1, at=at) == Refused(
        "credential.overtaken", "R-003-22", OTHER_LETTERS_STAND
    )
    held = counters.held(1)
    assert held.number != later
    assert held.registration.registered_at == at
    last = held.registration.credential.last
    assert last is not None
    assert last.office == "ASL di Esempio"
    again = registrations.by_number(counters.bench.store, later)
    assert again == held
    assert {letter.registration for letter in counters.due()} == {held.number}
    assert len(registrations.registrations(counters.bench.store)) == 1


@pytest.mark.rule("R-003-9", "R-003-45")
def test_preregistration_goes_on_at_the_counter(counters: Office) -> None:
    counters.here.station.record(preregistration(1))
    counters.here.send()
    number = counters.held(1).number
    counters.bench.now += HOUR
    assert counters.there.register(1) == Accepted()
    held = counters.held(1)
    assert held.number == number
    assert len(registrations.aliases(counters.bench.store, number)) == 1
    assert held.registration.credential.state is State.RISCONTRATO


@pytest.mark.rule("R-003-44")
def test_who_is_strong_is_not_registered_anew(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    with counters.bench.store.transaction():
        strong = replace(seen.credential, state=State.ATTIVATO, strong=True, last=None)
        registrations.put(counters.bench.store, replace(seen, credential=strong))
    act = counters.there.ex_novo(1)
    outcome = counters.there.do(act)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.rule) == ("registration.strong", "R-003-44")
    found = registrations.by_number(counters.bench.store, act.registration_number or "")
    assert found is not None, "the paper that does not stand still finds the person"
    assert found.number == seen.number
    assert counters.disputes()[-1].office == "ASL di Esempio"


@pytest.mark.rule("R-003-46")
def test_old_account_is_deleted_when_its_request_is_archived(counters: Office) -> None:
    with counters.bench.store.transaction():
        counters.bench.store.run(
            "INSERT INTO old_account (codice_fiscale, imported_at) VALUES (?, 0)", codice_fiscale(1)
        )
    act = OldAccountDeletion(codice_fiscale(1), request_archived=True, office="Comune di Torino")
    outcome = counters.here.do(replace(act, request_archived=False))
    assert isinstance(outcome, Refused)
    assert counters.bench.store.rows("SELECT 1 FROM old_account") != []
    assert counters.here.do(act) == Accepted()
    assert counters.bench.store.rows("SELECT 1 FROM old_account") == []


@pytest.mark.rule("R-003-56")
def test_new_code_keeps_the_pin(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    before = secrets.running(counters.bench.store, seen.number)
    operation_id = uuid.uuid4()
    renewal = counters.there.renewal(seen, operation_id)
    assert counters.there.do(renewal, operation_id=operation_id) == Accepted()
    after = secrets.running(counters.bench.store, seen.number)
    assert before is not None
    assert after is not None
    assert after.pin == before.pin
    assert after.code != before.code
    (letter,) = counters.due()
    assert letter.facts["renewed"] == "yes"
    assert letter.operation_id == operation_id.hex


def test_edits_of_different_parts_go_together_and_of_the_same_do_not(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    moved = replace(HOME, street="Via Nuova")
    assert counters.here.do(counters.here.edit(seen, Part.NOTE, "ha chiamato")) == Accepted()
    assert counters.there.do(counters.there.edit(seen, Part.RESIDENCE, moved)) == Accepted()
    other = replace(HOME, street="Via Altra")
    assert counters.here.do(counters.here.edit(seen, Part.RESIDENCE, other)) == Refused(
        "edit.overtaken", "R-003-32", LOOK_AND_EDIT_AGAIN
    )
    now = counters.seen(1)
    assert (now.residence, now.note) == (moved, "ha chiamato")
    (dispute,) = counters.disputes()
    assert (dispute.dispute.code, dispute.office) == ("edit.overtaken", "Comune di Torino")
    assert LetterKind.OVERTAKEN not in {letter.kind for letter in counters.due()}
    assert counters.here.do(counters.here.edit(now, Part.RESIDENCE, other)) == Accepted()
    assert counters.disputes()[0].dispute.closed, "the office has set it right"


@pytest.mark.rule("R-003-25", "R-003-56")
def test_code_that_waits_follows_to_no_other_address_and_the_former_is_told(
    counters: Office,
) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    mended = replace(seen.contacts, email="right@example.org")
    assert counters.here.do(counters.here.edit(seen, Part.CONTACTS, mended)) == Accepted()
    (letter,) = counters.due()
    assert (letter.kind, letter.recipient) == (LetterKind.ADDRESS_CHANGED, seen.contacts.email)
    assert letter.facts["office"] == "Comune di Torino"
    (told,) = counters.disputes()
    assert (told.dispute.code, told.dispute.remedy, told.office, told.dispute.closed) == (
        "letter.code-withdrawn",
        "remedy.make-a-new-code",
        "Comune di Torino",
        False,
    )
    note = counters.here.edit(counters.seen(1), Part.NOTE, "ha chiamato")
    assert counters.here.do(note) == Accepted()
    assert not counters.disputes()[0].dispute.closed, "a note makes no code"
    operation_id = uuid.uuid4()
    renewal = counters.here.renewal(counters.seen(1), operation_id)
    assert counters.here.do(renewal, operation_id=operation_id) == Accepted()
    assert counters.disputes()[0].dispute.closed
    sent = [one.recipient for one in counters.due() if one.kind is LetterKind.ACTIVATION_CODE]
    assert sent == ["right@example.org"]


@pytest.mark.rule("R-003-61")
def test_residence_is_changed_within_the_competence_alone(counters: Office) -> None:
    counters.employ(counters.here.known(comuni=("L219",)), counters.there.known())
    assert counters.there.register(1, residence=replace(HOME, comune="A326")) == Accepted()
    seen = counters.seen(1)
    outcome = counters.here.do(counters.here.move(seen, replace(HOME, comune="F205")))
    assert isinstance(outcome, Refused)
    assert outcome.code == "operator.outside-competence"
    assert isinstance(counters.here.do(counters.here.move(seen, ABROAD)), Refused)
    assert counters.here.do(counters.here.move(seen, HOME)) == Accepted()
    assert counters.seen(1).residence == HOME


@pytest.mark.rule("R-003-55", "R-003-63")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rights": frozenset({Right.MANAGE})}, "operator.no-right"),
        ({"office": "Comune di Altrove"}, "operator.other-office"),
        ({"until": date(2026, 11, 25)}, "operator.expired"),
    ],
)
def test_operator_needs_the_right_for_the_office(
    counters: Office, changes: dict[str, object], code: str
) -> None:
    counters.employ(counters.here.known(**changes))
    assert counters.here.register(1) == Refused(code, _rule(code), CALL_ASSISTANCE)
    assert registrations.registrations(counters.bench.store) == []
    assert [letter.kind for letter in counters.due()] == [LetterKind.OVERTAKEN], "papers are out"
    assert (code in {alarm.code for alarm in alarms.alarms(counters.bench.store)}) is True


def _rule(code: str) -> str | None:
    return {"operator.no-right": "R-003-55", "operator.other-office": "R-003-63"}.get(code)


def test_operator_whom_nobody_knows_or_whose_card_did_not_sign(counters: Office) -> None:
    counters.employ(counters.there.known())
    assert counters.here.register(1) == Refused("operator.unknown", None, CALL_ASSISTANCE)
    forged = replace(counters.here.known(), certificate=counters.there.card.certificate)
    counters.employ(forged)
    assert counters.here.register(1) == Refused("operator.signature", None, CALL_ASSISTANCE)
    counters.here.station.record(counters.here.ex_novo(2))
    assert counters.here.send() == Refused("operator.unknown", None, CALL_ASSISTANCE)


def test_what_an_operator_recorded_while_they_might_still_counts(counters: Office) -> None:
    act = counters.here.ex_novo(1)
    counters.here.record(act)
    counters.bench.now += 24 * HOUR
    counters.employ(counters.there.known())
    assert counters.here.send() == Accepted()
    assert counters.here.register(2) == Refused("operator.unknown", None, CALL_ASSISTANCE)


def test_act_about_somebody_deleted_meanwhile_is_refused_and_its_body_goes(
    counters: Office,
) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    with counters.bench.store.transaction():
        registrations.delete(counters.bench.store, seen.number)
    assert counters.there.book(seen, OperationKind.REVOCA) == Refused(
        "registration.gone", None, REGISTER_ANEW
    )
    dispute = counters.disputes()[-1].dispute
    assert (dispute.person, dispute.registration_number) == ("", seen.number)
    noted = counters.bench.store.rows("SELECT station, since FROM shedding")
    assert noted == [("desk-0002", 0)]


def test_a_second_answer_never_contradicts_the_first(counters: Office) -> None:
    counters.here.register(1)
    counters.there.book(counters.seen(1), OperationKind.REVOCA)
    first = chains.answers(counters.bench.store, "desk-0001", 1, 10)
    again = counters.bench.send(counters.here.station, 1, 1)
    assert again.answers[0].outcome == first[0].outcome == Accepted()


def test_same_document_under_another_code_is_told_and_same_person_is_refused(
    counters: Office,
) -> None:
    counters.here.register(1)
    first = counters.seen(1)
    twin = counters.there.ex_novo(2, document=first.document)
    assert counters.there.do(twin) == Accepted()
    dispute = counters.disputes()[-1]
    assert (dispute.dispute.code, dispute.dispute.remedy) == ("duplicate.document", COMPARE)
    assert dispute.office == "ASL di Esempio"
    same = replace(first.person, codice_fiscale=codice_fiscale(3))
    again = replace(counters.there.ex_novo(3, document=first.document), person=same)
    assert counters.there.do(again) == Refused("duplicate.person", None, COMPARE)
    assert len(registrations.registrations(counters.bench.store)) == 2


def test_bodies_of_acts_are_known_by_person(counters: Office) -> None:
    counters.here.register(1)
    counters.there.book(counters.seen(1), OperationKind.REVOCA)
    rows = counters.bench.store.rows(
        "SELECT station, seq, codice_fiscale FROM entry_person ORDER BY station"
    )
    assert rows == [("desk-0001", 1, codice_fiscale(1)), ("desk-0002", 1, codice_fiscale(1))]


def test_act_is_entered_by_the_time_of_its_station(counters: Office) -> None:
    counters.here.register(1, at=NOON - 5 * HOUR)
    running = counters.seen(1).credential.running
    assert running is not None
    assert running.booked_at == NOON - 5 * HOUR


@pytest.mark.rule("R-003-9")
def test_codice_fiscale_is_not_edited(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    other = replace(seen.person, codice_fiscale=codice_fiscale(2))
    outcome = counters.here.do(counters.here.edit(seen, Part.PERSON, other))
    assert isinstance(outcome, Refused)
    assert outcome.code == "registration.other-person"
    assert counters.seen(1) == seen


@pytest.mark.parametrize(
    "question",
    [
        "EXPLAIN QUERY PLAN SELECT number FROM registration WHERE document IS 'x'",
        (
            "EXPLAIN QUERY PLAN SELECT number FROM registration"
            " WHERE surname IS 'x' AND name IS 'x' AND birth_date IS 'x'"
        ),
    ],
)
def test_duplicates_are_looked_for_by_index(counters: Office, question: str) -> None:
    assert "USING INDEX" in counters.bench.store.rows(question)[0][3]
