"""Codes open a procedure, its conclusion changes the registry, and the person is written to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub.home.pace import Origin
from sync.hub.home.procedures import LATE_MILLISECONDS, TICKET_MILLISECONDS
from sync.hub.store import registrations, secrets
from sync.hub.store.letters import LetterKind
from sync.model.credential import OperationKind, OperationStatus, State
from sync.model.home import HomeStep
from sync.model.inquiry import Denied, Done, Ticket, UsernameProposed
from sync.model.passwords import own_words
from sync.wire import secret_digest
from sync.wire.receipt import Accepted, Refused
from tests.unit.hub_home.people import (
    CODE,
    HERE,
    KEY,
    KIOSK,
    OTHER_CODE,
    PASSWORD,
    PIN,
    Registry,
    chosen,
    digest,
)
from tests.unit.model.counter_examples import NUMBER, OTHER_NUMBER
from tests.unit.model.examples import DELEGATION, MARIO

KINDS = [kind for kind in OperationKind if kind is not OperationKind.REVOCA]
DAY = 24 * 60 * 60 * 1000


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-28")
@pytest.mark.parametrize("kind", KINDS)
def test_codes_open_the_procedure_and_its_conclusion_is_entered(
    registry: Registry, kind: OperationKind
) -> None:
    registry.book(kind, username="vecchio.nome" if kind is OperationKind.RESET else "")
    ticket = registry.ticket()
    assert ticket.kind is kind
    assert registry.conclude(ticket) == Accepted()
    person = registry.person()
    assert person is not None
    assert (person.credential.state, person.credential.strong) == (State.ATTIVATO, True)
    assert person.credential.last is not None
    assert person.credential.last.status is OperationStatus.SUCCEEDED
    assert registry.letters() == [LetterKind.CONCLUDED]


@pytest.mark.rule("R-003-38")
def test_activation_sets_username_password_and_question(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket()
    assert ticket.steps == (
        *(HomeStep.REGULATION, HomeStep.PRIVACY, HomeStep.SIGN),
        *(HomeStep.USERNAME, HomeStep.PASSWORD, HomeStep.SECRET_QUESTION),
    )
    # The kiosk holds a password against it (R-003-51); of contacts it learns nothing.
    assert ticket.own == own_words(MARIO)
    registry.conclude(ticket)
    person = registry.person()
    assert person is not None
    login = secrets.login(registry.store, NUMBER)
    assert login is not None
    assert login.username == "mario.rossi80"
    assert login.password is not None
    bound = secrets.of_login(person.person.codice_fiscale, "password")
    assert secret_digest.unprotect(login.password, KEY, bound) == chosen().password
    assert secret_digest.unprotect(login.password, KEY) is None
    assert login.pin is not None
    assert person.username.startswith("ma")
    assert "rossi" not in person.username


@pytest.mark.rule("R-003-19")
def test_a_new_pin_counts_only_when_it_was_accepted(registry: Registry) -> None:
    registry.book(OperationKind.RIGENERA_PIN, username="mario.rossi80")
    before = secrets.login(registry.store, NUMBER)
    ticket = registry.ticket()
    assert secrets.login(registry.store, NUMBER) == before
    assert ticket.own == frozenset()
    registry.conclude(ticket)
    after = secrets.login(registry.store, NUMBER)
    assert before is not None
    assert after is not None
    assert after.pin != before.pin
    assert (after.username, after.password) == (before.username, before.password)


@pytest.mark.rule("R-003-19")
def test_promotion_keeps_username_and_password(registry: Registry) -> None:
    registry.book(OperationKind.PROMOZIONE, username="mario.rossi80")
    before = secrets.login(registry.store, NUMBER)
    registry.conclude(registry.ticket())
    after = secrets.login(registry.store, NUMBER)
    assert before is not None
    assert after is not None
    assert (after.username, after.password) == (before.username, before.password)
    person = registry.person()
    assert person is not None
    assert person.credential.promoted_at == registry.now


@pytest.mark.rule("R-003-19")
def test_reset_wants_another_username(registry: Registry) -> None:
    registry.book(OperationKind.RESET, username="mario.rossi80")
    ticket = registry.ticket()
    assert ticket.old_username == "ma•••••i"
    refused = registry.conclude(ticket, chosen=chosen("mario.rossi80"))
    assert isinstance(refused, Refused)
    assert refused.code == "username.old"
    assert registry.conclude(ticket, chosen=chosen("mario.nuovo")) == Accepted()


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-28")
def test_revocation_needs_its_code_alone_and_deletes_the_person(registry: Registry) -> None:
    registry.book(OperationKind.REVOCA, username="mario.rossi80")
    ticket = registry.ticket(pin=None)
    assert registry.conclude(ticket) == Accepted()
    assert registry.person() is None
    assert secrets.username_owner(registry.store, "mario.rossi80") is None
    (letter,) = registry.due()
    assert (letter.kind, letter.recipient) == (LetterKind.REVOKED, "persona@example.org")


@pytest.mark.rule("R-003-1")
@pytest.mark.parametrize(
    ("code", "pin"),
    [(OTHER_CODE, PIN), (CODE, "11335577"), (CODE, None), (PIN, CODE), ("", ""), ("à", "PIN")],
)
def test_a_third_of_the_codes_opens_nothing(registry: Registry, code: str, pin: str | None) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    denied = registry.show(code, pin)
    assert isinstance(denied, Denied)
    assert denied.code == "codes.wrong"


def test_a_code_of_revocation_opens_nothing_with_a_pin(registry: Registry) -> None:
    registry.book(OperationKind.REVOCA)
    assert isinstance(registry.show(CODE, PIN), Denied)
    assert isinstance(registry.show(CODE, None), Ticket)


def test_codes_are_good_through_their_last_day(registry: Registry) -> None:
    person = registry.book(OperationKind.RISCONTRO_FORTE)
    running = person.credential.running
    assert running is not None
    assert running.valid_until is not None
    registry.now = (running.valid_until - date(1970, 1, 1)).days * DAY + DAY - 1
    assert isinstance(registry.show(), Ticket)
    registry.now += 1
    expired = registry.show()
    assert isinstance(expired, Denied)
    assert expired.code == "codes.expired"


def test_a_ticket_is_good_once_and_for_its_time(registry: Registry) -> None:
    registry.book(OperationKind.PROMOZIONE)
    first, second = registry.ticket(), registry.ticket()
    assert registry.conclude(first) == Refused("ticket.expired", "R-003-38", "remedy.begin-again")
    registry.now += TICKET_MILLISECONDS + 1
    late = registry.conclude(second)
    assert isinstance(late, Refused)
    third = registry.ticket()
    assert registry.conclude(third) == Accepted()
    again = registry.conclude(third)
    assert isinstance(again, Refused)
    assert registry.letters() == [LetterKind.CONCLUDED]


def test_what_was_recorded_in_time_may_arrive_late(registry: Registry) -> None:
    """A kiosk may lose its network between the ticket and the hub."""
    registry.book(OperationKind.PROMOZIONE)
    ticket = registry.ticket()
    recorded_at = registry.now + 60_000
    registry.now += 3 * DAY
    assert registry.conclude(ticket, recorded_at=recorded_at) == Accepted()


@pytest.mark.parametrize("late", [LATE_MILLISECONDS + 1, 90 * 24 * 3600 * 1000])
def test_what_arrives_too_late_is_refused_whenever_it_was_recorded(
    registry: Registry, late: int
) -> None:
    """A station's clock says what the station likes."""
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket(at=KIOSK)
    recorded_at = registry.now + 60_000
    registry.now = ticket.valid_until + late
    outcome = registry.conclude(ticket, recorded_at=recorded_at, station="kiosk-0001")
    assert isinstance(outcome, Refused)
    assert outcome.code == "ticket.expired"


def test_nothing_is_recorded_before_its_ticket_was_issued(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket(at=KIOSK)
    before = registry.now - 1
    registry.now = ticket.valid_until + 1
    outcome = registry.conclude(ticket, recorded_at=before, station="kiosk-0001")
    assert isinstance(outcome, Refused)
    registry.now = ticket.valid_until  # a clock that is slow does no harm in time
    assert registry.conclude(ticket, recorded_at=before, station="kiosk-0001") == Accepted()


@pytest.mark.parametrize(
    ("at", "station"), [(KIOSK, "kiosk-0002"), (KIOSK, ""), (HERE, "kiosk-0001")]
)
def test_a_ticket_is_good_only_where_it_was_issued(
    registry: Registry, at: Origin, station: str
) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket(at=at)
    outcome = registry.conclude(ticket, station=station)
    assert isinstance(outcome, Refused)
    assert outcome.code == "ticket.expired"
    assert registry.conclude(ticket, station="kiosk-0001" if at is KIOSK else "") == Accepted()


@pytest.mark.rule("R-003-57", "R-003-58")
def test_a_new_code_voids_what_the_old_one_opened(registry: Registry) -> None:
    """Who had the old code must not go on with it for the rest of the half hour."""
    booked = registry.book(OperationKind.RISCONTRO_FORTE).credential.running
    assert booked is not None
    ticket = registry.ticket()
    with registry.store.transaction():
        registry.keep(OTHER_CODE, None, operation_id=booked.operation_id)
    assert registry.home.proceeding(registry.store, ticket.ticket, registry.now) is None
    for recorded_at in (None, registry.now, registry.now - 1, 0):
        outcome = registry.conclude(ticket, recorded_at=recorded_at)
        assert isinstance(outcome, Refused)
        assert outcome.code == "ticket.expired"
    known = secrets.ticket(registry.store, hashlib.sha256(ticket.ticket).digest())
    assert known is not None, "the person is told, and the body goes with the person"


@pytest.mark.rule("R-003-1")
def test_a_digest_in_anothers_place_opens_nothing(registry: Registry) -> None:
    """Who may write to the database, but has not its key, cannot lend a person their own code."""
    registry.book(OperationKind.RISCONTRO_FORTE)
    store = registry.store
    with store.transaction():
        foreign = [
            registry.comparer.protect(digest(secret), secrets.of_operation("f" * 32, column))
            for secret, column in ((OTHER_CODE, "code"), (PIN, "pin"))
        ]
        store.run("UPDATE credential_operation SET code = ?, pin = ?", *foreign)
    denied = registry.show(OTHER_CODE)
    assert isinstance(denied, Denied)
    assert denied.code == "codes.wrong"
    with store.transaction():
        store.run("UPDATE credential_operation SET pin = code")
    assert isinstance(registry.show(OTHER_CODE, OTHER_CODE), Denied)


def test_a_log_in_survives_a_new_number(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    registry.conclude(registry.ticket())
    with registry.store.transaction():
        registrations.renumber(registry.store, NUMBER, OTHER_NUMBER)
    typed = ("mario.rossi80", PASSWORD, PIN)
    asked = registry.online.look(registry.store, typed, HERE, registry.now)
    assert not isinstance(asked, Denied)
    assert (asked.looked.first, asked.looked.second) == (True, True)


def test_a_booking_that_replaced_the_operation_voids_the_ticket(registry: Registry) -> None:
    person = registry.book(OperationKind.PROMOZIONE)
    ticket = registry.ticket()
    last = person.credential.last
    assert last is not None
    with registry.store.transaction():
        registrations.put(
            registry.store,
            replace(
                person,
                credential=replace(
                    person.credential, last=replace(last, operation_id="f" * 32, booked_at=9)
                ),
            ),
        )
    refused = registry.conclude(ticket)
    assert isinstance(refused, Refused)
    assert refused.code == "credential.state-moved"


@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    "accepted",
    [("regulation:2026-1",), ("regulation:2025-9", "privacy:2026-1"), ()],
    ids=["one missing", "old version", "nothing"],
)
def test_nothing_is_concluded_without_every_text_in_force(
    registry: Registry, accepted: tuple[str, ...]
) -> None:
    registry.book(OperationKind.PROMOZIONE)
    refused = registry.conclude(registry.ticket(), accepted=accepted)
    assert isinstance(refused, Refused)
    assert refused.code in {"texts.changed", "conclusion.not-accepted"}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (OperationKind.RISCONTRO_FORTE, {"chosen": None}),
        (OperationKind.PROMOZIONE, {"chosen": chosen()}),
        (OperationKind.RISCONTRO_FORTE, {"chosen": replace(chosen(), password="clear text")}),
        (OperationKind.RISCONTRO_FORTE, {"chosen": replace(chosen(), username="Mario R")}),
        (OperationKind.PROMOZIONE, {"kind": OperationKind.REVOCA}),
        (OperationKind.PROMOZIONE, {"language": "xx"}),
    ],
)
def test_a_conclusion_that_is_not_of_its_procedure_is_refused(
    registry: Registry, kind: OperationKind, changes: dict[str, object]
) -> None:
    before = registry.book(kind)
    assert isinstance(registry.conclude(registry.ticket(), **changes), Refused)
    assert registry.person() == before


@pytest.mark.rule("R-003-74")
def test_a_representative_concludes_for_the_represented_person(registry: Registry) -> None:
    registry.book(OperationKind.PROMOZIONE, delegation=DELEGATION)
    ticket = registry.ticket()
    proceeding = registry.home.proceeding(registry.store, ticket.ticket, registry.now)
    assert proceeding is not None
    assert proceeding.represented == (DELEGATION.kind.value == "dichiarazione_sostitutiva")
    assert registry.conclude(ticket, for_another=proceeding.represented) == Accepted()


@pytest.mark.rule("R-003-74")
def test_nobody_acts_for_another_without_a_declaration(registry: Registry) -> None:
    registry.book(OperationKind.PROMOZIONE)
    refused = registry.conclude(registry.ticket(), for_another=True)
    assert isinstance(refused, Refused)
    assert refused.code == "conclusion.not-represented"


def test_usernames_are_unique_whatever_their_case(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket()
    person = registry.person()
    assert person is not None
    with registry.store.transaction():
        registry.store.run(
            "INSERT INTO registration SELECT 'OTHER', 'OTHER', surname, name, birth_date, document,"
            " comune, left_comune, state, strong, email, email_confirmed_at, registered_at, record,"
            " delegation, privacy_notice, station, seq, received_at FROM registration"
        )
        registry.log_in_with("mario.rossi80", "OTHER")
        for name, code in (
            ("Mario.Rossi80", "username.taken"),
            ("mario", "username.length"),
            (person.person.codice_fiscale, "username.codice-fiscale"),
        ):
            denied = registry.home.propose_username(
                registry.store, UsernameProposed(ticket.ticket, name), registry.now
            )
            assert isinstance(denied, Denied)
            assert denied.code == code
        free = UsernameProposed(ticket.ticket, "mario.verdi")
        assert registry.home.propose_username(registry.store, free, registry.now) == Done()
    refused = registry.conclude(ticket)
    assert isinstance(refused, Refused)
    assert refused.code == "username.taken"
    assert registry.conclude(ticket, chosen=chosen("mario.verdi")) == Accepted()


def test_nobody_lists_usernames(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    ticket = registry.ticket()
    with registry.store.transaction():
        nobody = UsernameProposed(bytes(32), "mario.rossi80")
        denied = registry.home.propose_username(registry.store, nobody, registry.now)
        assert denied == Denied("ticket.expired", "remedy.begin-again")
        tries = [
            registry.home.propose_username(
                registry.store, UsernameProposed(ticket.ticket, f"m{n}"), registry.now
            )
            for n in range(15)
        ]
    assert isinstance(tries[-1], Denied)
    assert tries[-1].code == "codes.wait"


def test_nothing_of_codes_is_kept_in_clear(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    registry.show(CODE, "11335577", Origin.address("192.0.2.99"))
    registry.conclude(registry.ticket())
    path = registry.store.row("PRAGMA database_list")
    assert path is not None
    registry.store.scrub()
    content = Path(path[2]).read_bytes()
    for text in (CODE, PIN, "192.0.2.99", chosen().password, "micio"):
        assert text.encode() not in content
