"""A counter's runtime against the real hub: sign in, find, book, print, and what the hub makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import (
    AskLease,
    LookUpPerson,
    OpenRegistration,
    PrintCounterPaper,
    RecordCounterAct,
    SearchRegistrations,
    SignIn,
    SignOut,
)
from kiosk.flows.clerk.events import (
    CounterActNotRecorded,
    CounterActRecorded,
    LeaseTold,
    MirrorTold,
    OperatorCardTold,
    PersonLookedUp,
    RegistrationOpened,
    SearchFinished,
    SignInFailed,
)
from kiosk.flows.clerk.wanted import WantedBooking, WantedRegistration
from kiosk.flows.events import Printed, PrintFailed
from kiosk.flows.home_effects import (
    Conclude,
    KeepSecret,
    ProposeUsername,
    SecretField,
    ShowCodes,
)
from kiosk.flows.home_events import (
    CodesAccepted,
    CodesDenied,
    Conclusive,
    OutcomeTold,
    SecretKept,
    UsernameFree,
)
from kiosk.flows.printed_document import PrintedDocument
from sync.edge.clock import StationClock, uuid7
from sync.model.credential import OperationKind, basis_of
from sync.model.inquiry import LeaseGranted, StandingKind
from sync.model.preregistration import DataSource
from sync.model.registration import Registration
from sync.model.searching import Filters
from sync.texts.acceptance import TextName, accepted_as
from sync.wire.receipt import Accepted
from tests.emulated.services import wait_until
from tests.story.counter.desk import PATIENCE, Counter, Town
from tests.unit.model.examples import CARD, HOME, MARTA
from tests.workbench.counter import ANNA, OPERATOR_PIN, Clerk
from tests.workbench.population import Population

PEOPLE = [
    each
    for each in Population(80).registrations()
    if each.credential.running is None
    and each.contacts.email
    and each.document is not None
    and each.document.issuer
    and each.residence is not None
]

TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with Town(["counter-1"], PEOPLE) as made:
        yield made


@pytest.fixture(scope="module")
def counter(town: Town) -> Iterator[Counter]:
    made = Counter(town, "counter-1")
    made.await_connection()
    yield made
    made.close()


@pytest.fixture(autouse=True, scope="module")
def signed_in(counter: Counter) -> None:
    signed = counter.sign_in()
    assert signed.operator.name == ANNA.name
    assert signed.operator.office == ANNA.office
    counter.await_event(
        MirrorTold,
        lambda one: one.standing.registrations == len(PEOPLE) and one.standing.missing == 0,
    )


def fresh_id() -> UUID:
    return uuid7(StationClock().now_ms())


def booked(seen: Registration, kind: OperationKind) -> WantedBooking:
    return WantedBooking(seen, kind, basis_of(seen.credential), None, identified=True)


def a_person(state_with: OperationKind, *, skip: int = 0) -> Registration:
    """Somebody for whom this may be booked."""
    from sync.model.transitions import bookable  # noqa: PLC0415 - read where it is used

    return [each for each in PEOPLE if state_with in bookable(each.credential)][skip]


def opened(counter: Counter, number: str) -> Registration:
    found = counter.ask(OpenRegistration(counter.session, number), RegistrationOpened)
    return found.case.registration


@pytest.mark.rule("R-003-52")
def test_the_mirror_is_searched(counter: Counter) -> None:
    somebody = PEOPLE[3]
    filters = Filters(codice_fiscale=somebody.person.codice_fiscale[2:9])
    found = counter.ask(SearchRegistrations(counter.session, filters), SearchFinished)
    assert somebody.number in [row.number for row in found.found.rows]
    assert opened(counter, somebody.number) == somebody


@pytest.mark.rule("R-003-26")
def test_a_booking_is_recorded_printed_and_accepted(counter: Counter, town: Town) -> None:
    somebody = a_person(OperationKind.RISCONTRO_FORTE)
    operation_id = fresh_id()
    wanted = booked(somebody, OperationKind.RISCONTRO_FORTE)
    done = counter.ask(RecordCounterAct(counter.session, operation_id, wanted), CounterActRecorded)
    assert done.operation_id == operation_id
    assert done.registration is not None
    running = done.registration.credential.running
    assert running is not None
    assert running.operation_id == operation_id.hex
    content = CounterContent("it", TODAY, operation_id, done.registration)
    before = len(town.printer.papers)
    for document in (
        PrintedDocument.PIN_LETTER,
        PrintedDocument.ACTIVATION_LETTER,
        PrintedDocument.CASE_SUMMARY,
    ):
        asked = PrintCounterPaper(counter.session, document, content)
        assert counter.ask(asked, Printed).document is document
    papers = town.printer.papers[before:]
    assert len(papers) == 3
    assert all(paper.startswith(b"%PDF") for paper in papers)
    wait_until(
        lambda: counter.records.outcome(operation_id) == Accepted(), PATIENCE, "the decision"
    )
    counter.await_event(MirrorTold, lambda one: one.standing.waiting == 0)
    assert opened(counter, somebody.number).credential.running is not None
    wait_until(
        lambda: any(
            somebody.contacts.email in str(message["To"]) for message in town.mail.messages()
        ),
        PATIENCE,
        "the code by e-mail (R-003-25)",
    )


def test_letters_are_gone_with_the_session(counter: Counter) -> None:
    somebody = a_person(OperationKind.REVOCA, skip=5)
    operation_id = fresh_id()
    done = counter.ask(
        RecordCounterAct(counter.session, operation_id, booked(somebody, OperationKind.REVOCA)),
        CounterActRecorded,
    )
    content = CounterContent("it", TODAY, operation_id, done.registration)
    paper = PrintCounterPaper(counter.session, PrintedDocument.REVOCATION_LETTER, content)
    assert counter.ask(paper, Printed).document is PrintedDocument.REVOCATION_LETTER
    pin = replace(paper, document=PrintedDocument.PIN_LETTER)
    assert counter.ask(pin, PrintFailed).code == "letter.gone"
    counter.station.effects._counter.end_session()
    assert counter.ask(paper, PrintFailed).code == "letter.gone"


def test_a_registration_takes_a_number_and_is_found_at_once(counter: Counter) -> None:
    wanted = WantedRegistration(
        community=PEOPLE[0].community,
        language="it",
        privacy_notice="2026-1",
        source=DataSource.TYPED,
        register="",
        person=MARTA,
        residence=HOME,
        domicile=None,
        contacts=replace(PEOPLE[0].contacts, email="marta@example.org"),
        document=CARD,
        delegation=None,
        note=None,
        identified=True,
    )
    operation_id = fresh_id()
    done = counter.ask(RecordCounterAct(counter.session, operation_id, wanted), CounterActRecorded)
    assert done.registration is not None
    assert done.registration.person == MARTA
    again = counter.ask(RecordCounterAct(counter.session, operation_id, wanted), CounterActRecorded)
    assert again.registration is not None
    assert again.registration.number == done.registration.number
    looked = counter.ask(
        LookUpPerson(counter.session, MARTA.codice_fiscale, "L219"), PersonLookedUp
    )
    assert looked.standing is not None
    assert looked.standing.kind is not StandingKind.UNKNOWN
    wait_until(
        lambda: counter.records.outcome(operation_id) == Accepted(), PATIENCE, "the decision"
    )


@pytest.mark.rule("R-003-19")
def test_the_citizen_concludes_with_what_was_printed(counter: Counter) -> None:
    somebody = a_person(OperationKind.RISCONTRO_FORTE, skip=1)
    operation_id = fresh_id()
    wanted = booked(somebody, OperationKind.RISCONTRO_FORTE)
    counter.ask(RecordCounterAct(counter.session, operation_id, wanted), CounterActRecorded)
    wait_until(
        lambda: counter.records.outcome(operation_id) == Accepted(), PATIENCE, "the decision"
    )
    held = counter.station.effects._counter.issuing.of(operation_id)
    assert held is not None
    assert held.pin is not None
    code, pin = held.code.decode(), held.pin.decode()

    citizen = UUID(int=2)
    about = (somebody.person.codice_fiscale,)
    for which, text in ((SecretField.CODE, code), (SecretField.PIN, pin[::-1])):
        assert counter.ask(KeepSecret(citizen, which, text), SecretKept).length == len(text)
    show = ShowCodes(citizen, somebody.person.codice_fiscale, with_pin=True)
    denied = counter.ask(show, CodesDenied)
    if denied.wait_seconds:
        time.sleep(denied.wait_seconds + 0.5)
    counter.ask(KeepSecret(citizen, SecretField.PIN, pin), SecretKept)
    accepted = counter.ask(show, CodesAccepted)
    assert accepted.kind is OperationKind.RISCONTRO_FORTE
    assert accepted.seconds > 60
    free = counter.ask(ProposeUsername(citizen, "nuovo.utente"), UsernameFree)
    assert free.username == "nuovo.utente"
    password = "torre-verde 48 lucciola"
    kept = counter.ask(KeepSecret(citizen, SecretField.PASSWORD, password, about), SecretKept)
    assert kept.strength == 4
    again = counter.ask(KeepSecret(citizen, SecretField.PASSWORD_AGAIN, password), SecretKept)
    assert again.same
    counter.ask(KeepSecret(citizen, SecretField.ANSWER, "Una bicicletta rossa"), SecretKept)
    conclude = Conclude(
        session_id=citizen,
        operation_id=fresh_id(),
        kind=accepted.kind,
        accepted=(accepted_as(TextName.REGULATION), accepted_as(TextName.PRIVACY)),
        username="nuovo.utente",
        question="Che cosa avevi da piccolo?",
        language="it",
        for_another=False,
    )
    told = counter.ask(conclude, OutcomeTold, 30)
    assert (told.outcome, told.code) == (Conclusive.ACCEPTED, "")


def test_a_lease_is_granted(counter: Counter) -> None:
    told = counter.ask(AskLease(counter.session, PEOPLE[7].number), LeaseTold)
    assert isinstance(told.lease, LeaseGranted)


def test_without_the_network_everything_goes_on_and_the_hub_has_it_later(
    counter: Counter, town: Town
) -> None:
    town.network.cut()
    try:
        wait_until(lambda: not counter.connected(), 90, "the link to notice")
        somebody = a_person(OperationKind.RISCONTRO_FORTE, skip=2)
        looked = counter.ask(
            LookUpPerson(counter.session, somebody.person.codice_fiscale), PersonLookedUp, 3
        )
        assert not looked.certain
        assert looked.standing is not None
        operation_id = fresh_id()
        done = counter.ask(
            RecordCounterAct(
                counter.session, operation_id, booked(somebody, OperationKind.RISCONTRO_FORTE)
            ),
            CounterActRecorded,
        )
        content = CounterContent("en", TODAY, operation_id, done.registration)
        paper = PrintCounterPaper(counter.session, PrintedDocument.PIN_LETTER, content)
        counter.ask(paper, Printed)
        case = counter.ask(
            OpenRegistration(counter.session, somebody.number), RegistrationOpened
        ).case
        assert case.waiting == ("booking",)
    finally:
        town.network.restore()
    wait_until(lambda: counter.records.outcome(operation_id) == Accepted(), 60, "the decision")


def test_the_card_is_the_operator(counter: Counter) -> None:
    since = len(counter.told)
    counter.reader.remove()
    counter.await_event(OperatorCardTold, lambda one: not one.present, since=since)
    somebody = a_person(OperationKind.RISCONTRO_FORTE, skip=3)
    wanted = booked(somebody, OperationKind.RISCONTRO_FORTE)
    failed = counter.ask(
        RecordCounterAct(counter.session, fresh_id(), wanted), CounterActNotRecorded
    )
    assert failed.code == "operator.card-away"
    again = counter.sign_in()
    assert again.mirror.registrations > len(PEOPLE) - 3
    counter.perform(SignOut())
    wait_until(lambda: not counter.rig.operator_card().signed_in, PATIENCE, "signing out")


def test_a_card_that_is_not_in_the_roster_signs_nobody_in(counter: Counter) -> None:
    since = len(counter.told)
    counter.reader.remove()
    counter.await_event(OperatorCardTold, lambda one: not one.present, since=since)
    stranger = Clerk("Carla Sconosciuta", 62)
    counter.reader.insert(stranger.chip())
    counter.await_event(OperatorCardTold, lambda one: one.present, since=since + 1)
    failed = counter.ask(
        SignIn(uuid4(), bytearray(OPERATOR_PIN.encode())), SignInFailed, seconds=40
    )
    assert failed.code == "operator.unknown"
