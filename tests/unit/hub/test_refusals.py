"""Nobody is left with letters that do not count, and no office with a trouble that it cannot see."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub import refusals, remedies
from sync.hub.home.pace import Origin
from sync.hub.retention import NAMES_MILLISECONDS, Retention, RetentionRule, Step
from sync.hub.store import disputes, letters, registrations
from sync.hub.store.disputes import KeptDispute
from sync.hub.store.letters import LetterKind
from sync.model.counter import CounterAct, DisputeSettlement
from sync.model.credential import OperationKind
from sync.model.home import Conclusion
from sync.model.inquiry import CodesShown, Ticket
from sync.model.letter_number import letter_number
from sync.model.registration import Part
from sync.model.rosters import Right
from sync.texts.acceptance import to_accept
from sync.wire import secret_digest
from sync.wire.receipt import Accepted, Refused
from tests.unit.hub.counters import CardOfOne, Desk, Office
from tests.unit.hub.stations import HOUR, codice_fiscale

CODE = "NASDURZVSPY8"


class Tells:
    """A station that was told everything."""

    def told(self, _name: str) -> int:
        return 10**6

    def tell(self, *_: object) -> bytes:
        raise AssertionError


def shed(counters: Office) -> None:
    """Lets every body go that is due."""
    store, bench = counters.bench.store, counters.bench
    with store.transaction():
        store.run("UPDATE station SET checked_seq = head_seq")
    retention = Retention(RetentionRule(), Tells(), lambda: bench.now)
    for _ in range(10):
        if retention.step(store) == Step(None):
            break


def bodies(counters: Office, desk: Desk) -> list[bool]:
    """Of each entry of a counter, whether its body is there."""
    rows = counters.bench.store.rows(
        "SELECT shed_at FROM entry WHERE station = ? ORDER BY seq", desk.station.name
    )
    return [shed_at is None for (shed_at,) in rows]


def open_ones(counters: Office, office: str) -> list[KeptDispute]:
    return [one for one in counters.disputes() if one.office == office and not one.dispute.closed]


def refused_twin(counters: Office) -> None:
    """The same person under another codice fiscale, registered by the other office."""
    counters.here.register(1)
    first = counters.here.ex_novo(1)
    twin = counters.there.ex_novo(2)
    person = replace(first.person, codice_fiscale=twin.person.codice_fiscale)
    outcome = counters.there.do(replace(twin, person=person, document=first.document))
    assert isinstance(outcome, Refused)
    assert outcome.code == "duplicate.person"


@pytest.mark.rule("R-003-9", "R-003-60")
def test_refused_registration_names_its_person_and_the_other_number(counters: Office) -> None:
    refused_twin(counters)
    (kept,) = open_ones(counters, "ASL di Esempio")
    assert kept.dispute.person.startswith("Prova")
    assert kept.dispute.registration_number != ""
    assert kept.dispute.other_number == counters.held(1).number
    shed(counters)
    assert bodies(counters, counters.there) == [True], "what was typed is kept until it is mended"


@pytest.mark.rule("R-003-28")
def test_refused_registration_is_told_to_the_address_on_its_form(counters: Office) -> None:
    refused_twin(counters)
    (letter,) = [one for one in counters.due() if one.kind is LetterKind.OVERTAKEN]
    assert letter.recipient == "persona2@example.org"
    assert letter.facts["standing"] == "unregistered"
    void = counters.there.station.chain[-1].header.operation_id.hex
    assert letter.facts["letters"] == letter_number(void)
    store = counters.bench.store
    with store.transaction():
        letters.sent(store, letter.id, counters.bench.now)
    assert store.row("SELECT recipient FROM letter WHERE id = ?", letter.id) == ("",)


@pytest.mark.rule("R-003-60")
def test_name_of_a_refused_registration_goes_when_it_is_settled(counters: Office) -> None:
    refused_twin(counters)
    (kept,) = open_ones(counters, "ASL di Esempio")
    settle(counters.there, kept)
    after = disputes.of_acts(counters.bench.store, [kept.dispute.operation_id])
    assert after[kept.dispute.operation_id].dispute.closed
    assert after[kept.dispute.operation_id].dispute.person == ""
    shed(counters)
    assert bodies(counters, counters.there)[0] is False


@pytest.mark.rule("R-003-60")
def test_name_of_a_refused_registration_goes_after_a_term(counters: Office) -> None:
    refused_twin(counters)
    counters.bench.now += NAMES_MILLISECONDS + 1
    shed(counters)
    (kept,) = open_ones(counters, "ASL di Esempio")
    assert kept.dispute.person == ""
    assert kept.dispute.registration_number != ""
    assert bodies(counters, counters.there) == [False]


def test_who_is_registered_anew_is_no_trouble_any_more(counters: Office) -> None:
    refused_twin(counters)
    counters.bench.now += HOUR
    assert counters.there.register(2) == Accepted()
    assert open_ones(counters, "ASL di Esempio") == []


@pytest.mark.rule("R-003-55", "R-003-63")
@pytest.mark.parametrize(
    "changes", [{"rights": frozenset({Right.FSE})}, {"office": "Ente nuovo"}, None]
)
def test_person_is_written_to_though_the_operator_might_not_act(
    counters: Office, changes: dict[str, object] | None
) -> None:
    """Papers were handed out: the card signed, and the counter knew an older roster."""
    at = counters.bench.now
    counters.bench.now += HOUR
    still = [] if changes is None else [counters.here.known(**changes)]
    counters.employ(counters.there.known(), *still)
    counters.bench.now += HOUR
    outcome = counters.here.register(1, at=at + HOUR)
    assert isinstance(outcome, Refused)
    assert outcome.code.startswith("operator.")
    office = str((changes or {}).get("office", "Comune di Torino"))
    (kept,) = open_ones(counters, office)
    assert kept.dispute.code == outcome.code
    assert [one.recipient for one in counters.due()] == ["persona1@example.org"]


def test_nobody_is_written_to_for_a_forged_signature(counters: Office) -> None:
    stranger = CardOfOne(ec.generate_private_key(ec.SECP256R1()))
    outcome = counters.here.do(counters.here.ex_novo(1), card=stranger)
    assert isinstance(outcome, Refused)
    assert outcome.code == "operator.unknown"
    assert counters.due() == []
    assert counters.disputes() == []


def test_a_second_trouble_about_an_act_is_told_and_opens_it_again(counters: Office) -> None:
    counters.here.register(1)
    seen, at = counters.seen(1), counters.bench.now
    counters.bench.now += 3 * HOUR
    counters.here.book(seen, OperationKind.REVOCA, at=at + HOUR)
    lost = counters.held(1).registration.credential.last
    assert lost is not None
    counters.there.book(seen, OperationKind.REVOCA, at=at + 2 * HOUR)
    (kept,) = open_ones(counters, "Comune di Torino")
    settle(counters.here, kept)
    assert open_ones(counters, "Comune di Torino") == []
    store = counters.bench.store
    again = replace(kept.dispute, code="letter.refused", remedy=remedies.MAKE_A_NEW_CODE)
    with store.transaction():
        disputes.raise_dispute(store, again, kept.office, codice_fiscale(1), counters.bench.now)
    (opened,) = open_ones(counters, "Comune di Torino")
    assert (opened.dispute.code, opened.dispute.operation_id) == (
        "letter.refused",
        lost.operation_id,
    )


def settle(desk: Desk, kept: KeptDispute, **changes: str) -> None:
    act: CounterAct = DisputeSettlement(
        kept.dispute.operation_id, changes.get("code", kept.dispute.code), desk.office
    )
    desk.do(act)


def test_settlement_is_of_the_office_and_of_what_its_clerk_saw(counters: Office) -> None:
    refused_twin(counters)
    (kept,) = open_ones(counters, "ASL di Esempio")
    settle(counters.there, kept, code="credential.overtaken")
    assert open_ones(counters, "ASL di Esempio") == [kept], "another trouble than the one seen"
    act = DisputeSettlement(kept.dispute.operation_id, kept.dispute.code, "Comune di Torino")
    outcome = counters.here.do(act)
    assert isinstance(outcome, Refused)
    assert outcome.code == "dispute.other-office"
    assert open_ones(counters, "ASL di Esempio") == [kept]
    assert open_ones(counters, "Comune di Torino") == [], "a settlement is no trouble itself"


def test_settlement_needs_the_right(counters: Office) -> None:
    refused_twin(counters)
    (kept,) = open_ones(counters, "ASL di Esempio")
    known = counters.there.known(rights=frozenset({Right.REGISTER}))
    counters.employ(counters.here.known(), known)
    counters.bench.now += HOUR
    settle(counters.there, kept)
    assert open_ones(counters, "ASL di Esempio") == [kept]


def test_settlement_of_what_the_hub_does_not_know_is_accepted(counters: Office) -> None:
    act = DisputeSettlement(uuid.uuid4().hex, "letter.outstanding", "Comune di Torino")
    assert counters.here.do(act) == Accepted()


def test_a_note_sets_no_letters_right(counters: Office) -> None:
    counters.here.register(1)
    seen, at = counters.seen(1), counters.bench.now
    counters.bench.now += 3 * HOUR
    counters.here.book(seen, OperationKind.REVOCA, at=at + HOUR)
    counters.there.book(seen, OperationKind.REVOCA, at=at + 2 * HOUR)
    assert counters.here.do(counters.here.edit(counters.seen(1), Part.NOTE, "x")) == Accepted()
    assert len(open_ones(counters, "Comune di Torino")) == 1
    assert counters.here.book(counters.seen(1), OperationKind.RISCONTRO_FORTE) == Accepted()
    assert open_ones(counters, "Comune di Torino") == []


@pytest.mark.rule("R-003-56")
def test_code_that_is_replaced_unseen_is_told_to_both_sides(counters: Office) -> None:
    counters.here.register(1)
    seen, at = counters.seen(1), counters.bench.now
    counters.bench.now += 3 * HOUR
    lost, stands = uuid.uuid4(), uuid.uuid4()
    first = counters.there.renewal(seen, lost)
    assert counters.there.do(first, operation_id=lost, at=at + HOUR) == Accepted()
    second = counters.here.renewal(seen, stands)
    assert counters.here.do(second, operation_id=stands, at=at + 2 * HOUR) == Accepted()
    (kept,) = open_ones(counters, "ASL di Esempio")
    assert (kept.dispute.kind, kept.dispute.code) == ("code_regeneration", "credential.overtaken")
    assert kept.dispute.operation_id == lost.hex
    assert kept.dispute.by_office == "Comune di Torino"
    (letter,) = [one for one in counters.due() if one.kind is LetterKind.OVERTAKEN]
    assert letter.facts["office"] == "ASL di Esempio"
    assert letter.facts["letters"] == letter_number(lost.hex)
    assert letter_number(stands.hex) in letter.facts["standing_letters"]


def test_code_that_replaces_one_that_was_seen_is_no_trouble(counters: Office) -> None:
    counters.here.register(1)
    for desk in (counters.there, counters.here):
        counters.bench.now += HOUR
        renewal = uuid.uuid4()
        act = desk.renewal(counters.seen(1), renewal)
        assert desk.do(act, operation_id=renewal) == Accepted()
    assert counters.disputes() == []


@pytest.mark.rule("R-003-25")
@pytest.mark.parametrize("renewed", [False, True])
def test_code_that_can_never_be_mailed_is_told_to_its_office(
    counters: Office, *, renewed: bool
) -> None:
    counters.here.register(1)
    office = "Comune di Torino"
    if renewed:
        renewal = uuid.uuid4()
        counters.there.do(counters.there.renewal(counters.seen(1), renewal), operation_id=renewal)
        office = "ASL di Esempio"
    (letter,) = counters.due()
    store = counters.bench.store
    with store.transaction():
        refusals.mail_refused(store, letter, counters.bench.now)
    (kept,) = counters.disputes()
    assert (kept.office, kept.dispute.code) == (office, "letter.refused")
    assert kept.dispute.remedy == remedies.MAKE_A_NEW_CODE
    counters.bench.now += HOUR
    desk = counters.there if renewed else counters.here
    again = uuid.uuid4()
    desk.do(desk.renewal(counters.seen(1), again), operation_id=again)
    assert open_ones(counters, office) == []


def test_code_that_was_replaced_before_it_could_be_mailed_is_no_trouble(counters: Office) -> None:
    counters.here.register(1)
    (letter,) = counters.due()
    counters.bench.now += HOUR
    again = uuid.uuid4()
    counters.here.do(counters.here.renewal(counters.seen(1), again), operation_id=again)
    store = counters.bench.store
    with store.transaction():
        refusals.mail_refused(store, letter, counters.bench.now)
    assert counters.disputes() == []


def ended_late(counters: Office) -> tuple[Refused, Conclusion]:
    """A revocation that is ended at a kiosk after its ticket has expired."""
    bench, store = counters.bench, counters.bench.store
    counters.here.register(1)
    operation_id = uuid.uuid4()
    act = counters.here.booking(counters.seen(1), OperationKind.REVOCA, operation_id)
    known = replace(act.secrets, code=secret_digest.digest(CODE.encode()))
    counters.here.do(replace(act, secrets=known), operation_id=operation_id)
    kiosk = bench.enrolled("kiosk-0001", 17)
    shown = CodesShown(codice_fiscale(1), CODE, None)
    ticket = bench.home.check_codes(store, shown, Origin.station(kiosk.name), bench.now)
    assert isinstance(ticket, Ticket)
    accepted = to_accept(OperationKind.REVOCA)
    conclusion = Conclusion(ticket.ticket, OperationKind.REVOCA, accepted, None, "it")
    bench.now = ticket.valid_until + HOUR
    kiosk.record(conclusion, wall=bench.now)
    outcome = bench.send(kiosk, 1, 1).answers[0].outcome
    assert isinstance(outcome, Refused)
    return outcome, conclusion


@pytest.mark.rule("R-003-28", "R-003-38")
def test_end_at_a_kiosk_that_does_not_stand_is_told(counters: Office) -> None:
    outcome, _ = ended_late(counters)
    assert outcome.code == "ticket.expired"
    (letter,) = [one for one in counters.due() if one.kind is LetterKind.NOT_CONCLUDED]
    assert letter.recipient == "persona1@example.org"
    assert (letter.facts["standing"], letter.facts["operation"]) == ("again", "revoca")
    assert date.fromisoformat(letter.facts["valid_until"]) > date(2026, 1, 1)
    (kept,) = open_ones(counters, "Comune di Torino")
    assert (kept.dispute.kind, kept.dispute.code) == ("conclusion", "ticket.expired")
    assert kept.dispute.registration_number == counters.held(1).number
    assert counters.here.book(counters.seen(1), OperationKind.REVOCA) == Accepted()
    assert open_ones(counters, "Comune di Torino") == []


def test_registration_of_nobody_else_is_named_by_an_act(counters: Office) -> None:
    """An act under somebody else's number is told without their name."""
    counters.here.register(1)
    counters.here.register(2)
    seen = counters.seen(1)
    act = counters.there.edit(replace(seen, number=counters.held(2).number), Part.NOTE, "x")
    assert isinstance(counters.there.do(act), Refused)
    (kept,) = open_ones(counters, "ASL di Esempio")
    assert "Provac" not in kept.dispute.person
    assert registrations.of_person(counters.bench.store, codice_fiscale(2)) is not None
