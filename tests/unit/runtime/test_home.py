from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from kiosk.flows.events import ActNotRecorded, ActRecorded, Event
from kiosk.flows.home_effects import (
    Conclude,
    ForgetSecrets,
    KeepSecret,
    ProposeUsername,
    SecretField,
    ShowCodes,
)
from kiosk.flows.home_events import (
    CodesAccepted,
    CodesDenied,
    CodesUnchecked,
    Conclusive,
    OutcomeTold,
    SecretKept,
    UsernameDenied,
    UsernameFree,
    UsernameUnchecked,
)
from kiosk.runtime.home import Home
from kiosk.runtime.records import Records
from sync.edge.clock import uuid7
from sync.edge.inquiries import Trouble
from sync.edge.store import Store
from sync.model import operation
from sync.model.credential import OperationKind
from sync.model.home import Conclusion, HomeStep
from sync.model.inquiry import CodesShown, Denied, Done, Ticket, UsernameProposed
from sync.strength import BreachedPasswords, write_breached
from sync.wire import envelope, secret_digest
from sync.wire.receipt import Accepted, Refused
from tests.unit.edge.stations import Station, make_station
from tests.unit.runtime.test_mirroring import Hub

SESSION = UUID(int=5)
CODE, PIN, CF = "ABCDEFGHJKMN", "31415926", "RSSMRA80A01H501U"
OWN = frozenset({"rossi", "010180"})
TICKET = Ticket(b"t" * 32, OperationKind.RESET, (HomeStep.REGULATION,), 90_000, "ma•••i", OWN)
PASSWORD = "torre-verde 48 lucciola"


class Kiosk:
    """`Home` over a hub that answers from a list and a real journal."""

    def __init__(self, folder: Path) -> None:
        self.station: Station = make_station(folder)
        self.hub = Hub()
        self.told: list[Event] = []
        self.records = Records(
            self.station.profile,
            self.station.signer,
            office="Comune",
            post=self.told.append,
            recorded=lambda: None,
        )
        self.home = Home(self.hub, self.records, self.told.append, lambda: 30_000, patience=0.1)

    def keep(self, which: SecretField, text: str, about: tuple[str, ...] = ()) -> SecretKept:
        self.home.keep(KeepSecret(SESSION, which, text, about))
        kept = self.told[-1]
        assert isinstance(kept, SecretKept)
        return kept

    def show(self, reply: object, *, with_pin: bool = True) -> Event:
        self.hub.replies = [reply]  # type: ignore[list-item]
        self.home.show_codes(ShowCodes(SESSION, CF, with_pin=with_pin))
        return self.told[-1]

    def with_ticket(self) -> None:
        self.keep(SecretField.CODE, CODE)
        self.keep(SecretField.PIN, PIN)
        assert isinstance(self.show(TICKET), CodesAccepted)

    def choose(self) -> None:
        self.keep(SecretField.PASSWORD, PASSWORD)
        self.keep(SecretField.ANSWER, "Una bicicletta rossa!")

    def recorded(self) -> Conclusion:
        store = self.records.store()
        assert isinstance(store, Store)
        entries = store.entries(1, most=9)
        assert isinstance(entries, list)
        read = envelope.parse(entries[-1].envelope)
        plain = envelope.open_body(read, self.station.hub.unsealing)
        found = operation.from_plain(read.header.kind, 1, plain)
        assert isinstance(found, Conclusion)
        return found


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Kiosk]:
    made = Kiosk(tmp_path / "station")
    yield made
    made.home.end_session()
    made.records.close()


def conclusion(**changes: object) -> Conclude:
    fields: dict[str, object] = {
        "session_id": SESSION,
        "operation_id": uuid7(1_800_000_000_000),
        "kind": OperationKind.RESET,
        "accepted": ("regulation:2026-1",),
        "username": "nuovo.utente",
        "question": "Che cosa avevi da piccolo?",
        "language": "it",
        "for_another": False,
    }
    return Conclude(**(fields | changes))  # type: ignore[arg-type]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_codes_go_to_the_hub_and_are_wiped_for_a_ticket(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    assert kiosk.hub.asked == [CodesShown(CF, CODE, PIN)]
    assert kiosk.hub.operators == [None]
    told = kiosk.told[-1]
    assert isinstance(told, CodesAccepted)
    assert (told.kind, told.steps, told.seconds) == (TICKET.kind, TICKET.steps, 60)
    kiosk.show(Denied("codes.wrong"))
    assert kiosk.hub.asked[-1] == CodesShown(CF, "", "")


def test_after_a_denial_one_of_them_is_typed_anew(kiosk: Kiosk) -> None:
    kiosk.keep(SecretField.CODE, CODE)
    kiosk.keep(SecretField.PIN, "00000000")
    assert kiosk.show(Denied("codes.wrong", "", 8)) == CodesDenied(SESSION, "codes.wrong", 8)
    kiosk.keep(SecretField.PIN, PIN)
    kiosk.show(TICKET)
    assert kiosk.hub.asked[-1] == CodesShown(CF, CODE, PIN)


def test_a_revocations_code_stands_alone(kiosk: Kiosk) -> None:
    kiosk.keep(SecretField.CODE, CODE)
    kiosk.keep(SecretField.PIN, PIN)
    kiosk.show(TICKET, with_pin=False)
    assert kiosk.hub.asked == [CodesShown(CF, CODE, None)]


def test_without_a_network_it_is_said(kiosk: Kiosk) -> None:
    unchecked = kiosk.show(Trouble("inquiry.offline"))
    assert unchecked == CodesUnchecked(SESSION, "inquiry.offline")
    kiosk.home.propose_username(ProposeUsername(SESSION, "nuovo.utente"))
    assert kiosk.told[-1] == UsernameUnchecked(SESSION, "nuovo.utente", "ticket.gone")


def test_a_username_is_asked_for_with_the_ticket(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    for reply, told in (
        (Done(), UsernameFree(SESSION, "nuovo.utente")),
        (Denied("username.taken"), UsernameDenied(SESSION, "nuovo.utente", "username.taken")),
        (
            Trouble("inquiry.no-answer"),
            UsernameUnchecked(SESSION, "nuovo.utente", "inquiry.no-answer"),
        ),
    ):
        kiosk.hub.replies = [reply]
        kiosk.home.propose_username(ProposeUsername(SESSION, "nuovo.utente"))
        assert kiosk.told[-1] == told
        assert kiosk.hub.asked[-1] == UsernameProposed(TICKET.ticket, "nuovo.utente")


@pytest.mark.rule("R-003-51")
def test_a_password_is_weighed_and_compared_here(kiosk: Kiosk) -> None:
    assert kiosk.keep(SecretField.PASSWORD, "password1234").strength in {0, 1}
    weak = kiosk.keep(SecretField.PASSWORD, "nuovo.utente1", ("nuovo.utente", CF))
    strong = kiosk.keep(SecretField.PASSWORD, PASSWORD, ("nuovo.utente", CF))
    assert weak.strength is not None
    assert strong.strength == 4
    assert weak.strength < strong.strength
    assert kiosk.keep(SecretField.PASSWORD_AGAIN, PASSWORD[:-1]).same is False
    again = kiosk.keep(SecretField.PASSWORD_AGAIN, PASSWORD)
    assert (again.same, again.strength, again.length) == (True, None, len(PASSWORD))
    kiosk.keep(SecretField.PASSWORD, "")
    assert kiosk.keep(SecretField.PASSWORD_AGAIN, "").same is False


@pytest.mark.rule("R-003-38")
def test_a_conclusion_is_recorded_with_digests_and_the_ticket(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    kiosk.choose()
    asked = conclusion()
    kiosk.home.conclude(asked)
    told = next(one for one in kiosk.told if isinstance(one, ActRecorded))
    assert told.operation_id == asked.operation_id
    made = kiosk.recorded()
    assert (made.ticket, made.kind, made.accepted) == (
        TICKET.ticket,
        OperationKind.RESET,
        ("regulation:2026-1",),
    )
    assert made.chosen is not None
    assert made.chosen.username == "nuovo.utente"
    assert secret_digest.verify(made.chosen.password, PASSWORD.encode())
    assert secret_digest.verify(made.chosen.answer, b"una bicicletta rossa")
    # Asked again, it is told again; what was typed is gone by now.
    kiosk.home.conclude(asked)
    assert isinstance(kiosk.told[-1], ActRecorded | OutcomeTold)
    assert not any(isinstance(one, ActNotRecorded) for one in kiosk.told)


def test_where_username_and_password_stay_nothing_is_chosen(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    kiosk.home.conclude(conclusion(username=None, question="", for_another=True))
    made = kiosk.recorded()
    assert made.chosen is None
    assert made.for_another


def test_without_ticket_or_password_nothing_is_recorded(kiosk: Kiosk) -> None:
    asked = conclusion()
    kiosk.home.conclude(asked)
    assert kiosk.told[-1] == ActNotRecorded(SESSION, asked.operation_id, "ticket.gone")
    kiosk.with_ticket()
    kiosk.home.conclude(asked)
    assert kiosk.told[-1] == ActNotRecorded(SESSION, asked.operation_id, "ticket.gone")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Accepted(), (Conclusive.ACCEPTED, "")),
        (Refused("ticket.expired"), (Conclusive.REFUSED, "ticket.expired")),
    ],
)
def test_the_outcome_is_told_as_it_is(
    kiosk: Kiosk,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Accepted | Refused,
    expected: tuple[Conclusive, str],
) -> None:
    found: list[object] = [None]
    monkeypatch.setattr(kiosk.records, "outcome", lambda _: found[0])
    kiosk.with_ticket()
    kiosk.home.conclude(conclusion(username=None))

    def outcomes() -> list[tuple[Conclusive, str]]:
        told = [one for one in kiosk.told if isinstance(one, OutcomeTold)]
        return [(one.outcome, one.code) for one in told]

    until(lambda: outcomes() == [(Conclusive.WAITING, "")])
    found[0] = outcome
    until(lambda: outcomes() == [(Conclusive.WAITING, ""), expected])


def test_everything_is_wiped_with_the_session(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    kiosk.choose()
    kept = [*kiosk.home._kept.values(), kiosk.home._ticket]
    assert all(kept)
    kiosk.home.end_session()
    assert not any(any(one) for one in kept if one is not None)
    assert kiosk.home._ticket is None


def test_one_field_is_forgotten_and_the_ticket_stays(kiosk: Kiosk) -> None:
    kiosk.with_ticket()
    kiosk.choose()
    kiosk.home.forget(ForgetSecrets((SecretField.ANSWER,), ticket=False))
    assert set(kiosk.home._kept) == {SecretField.PASSWORD}
    assert kiosk.home._ticket is not None


@pytest.mark.rule("R-003-51")
def test_a_password_is_held_against_the_words_that_came_with_the_ticket(kiosk: Kiosk) -> None:
    text = "Torre Rossi 48 lucciola"
    assert not kiosk.keep(SecretField.PASSWORD, text).own_data
    kiosk.with_ticket()
    assert kiosk.keep(SecretField.PASSWORD, text).own_data
    assert kiosk.keep(SecretField.PASSWORD, "torre-verde 01-01-80 lucciola").own_data
    assert not kiosk.keep(SecretField.PASSWORD, PASSWORD).own_data
    kiosk.home.forget(ForgetSecrets((), ticket=True))
    assert not kiosk.keep(SecretField.PASSWORD, text).own_data


@pytest.mark.rule("R-003-38")
def test_an_answer_that_stands_in_the_password_is_told(kiosk: Kiosk) -> None:
    kiosk.keep(SecretField.PASSWORD, PASSWORD)
    assert kiosk.keep(SecretField.ANSWER, "Lucciola").same is True
    assert kiosk.keep(SecretField.ANSWER, "Torre verde").same is True
    assert kiosk.keep(SecretField.ANSWER, "Una bicicletta rossa!").same is False
    assert kiosk.keep(SecretField.CODE, CODE).same is None


@pytest.mark.rule("R-003-51")
def test_a_stolen_password_is_told_where_there_is_a_list(kiosk: Kiosk, tmp_path: Path) -> None:
    path = tmp_path / "stolen.bin"
    write_breached(path, [hashlib.sha1(PASSWORD.encode(), usedforsecurity=False).hexdigest()])
    home = Home(
        kiosk.hub,
        kiosk.records,
        kiosk.told.append,
        lambda: 0,
        breached=BreachedPasswords(path),
    )
    for text, stolen in ((PASSWORD, True), ("un'altra che nessuno ha", False)):
        home.keep(KeepSecret(SESSION, SecretField.PASSWORD, text))
        kept = kiosk.told[-1]
        assert isinstance(kept, SecretKept)
        assert kept.breached is stolen
    path.unlink()
    home.keep(KeepSecret(SESSION, SecretField.PASSWORD, PASSWORD))
    kept = kiosk.told[-1]
    assert isinstance(kept, SecretKept)
    assert not kept.breached


def test_a_session_that_ends_does_not_wait_for_digests(
    kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk.with_ticket()
    kiosk.choose()
    begun, gate, digested = threading.Event(), threading.Event(), []
    really = secret_digest.digest

    def slow(secret: bytearray) -> str:
        begun.set()
        assert gate.wait(5)
        digested.append(secret)
        return really(secret)

    monkeypatch.setattr(secret_digest, "digest", slow)
    effect = conclusion()
    working = threading.Thread(target=kiosk.home.conclude, args=(effect,))
    working.start()
    assert begun.wait(5)
    ending = threading.Thread(target=kiosk.home.end_session)
    ending.start()
    ending.join(1)
    waited = ending.is_alive()
    gate.set()
    working.join(10)
    ending.join(10)
    assert not waited
    # The person had signed: it is recorded whole, and no copy of a secret is left.
    assert kiosk.recorded().chosen is not None
    assert len(digested) == 2
    assert not any(any(secret) for secret in digested)
