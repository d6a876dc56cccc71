from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hw.document_readings import PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.readings import CardInserted, CardRemoved, OperatorIdentity, OperatorSignature
from kiosk.flows.clerk.effects import SignIn
from kiosk.flows.clerk.events import OperatorCardTold, SignedIn, SignInFailed
from kiosk.flows.events import Event
from kiosk.runtime.duty import CardSigner, Duty
from kiosk.runtime.mirroring import Mirroring
from sync.edge.mirror.shelf import Shelf
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import duty_statement
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import Unsigned
from tests.unit.runtime.test_mirroring import Hub

TODAY = date(2026, 11, 23)
CERTIFICATE = b"certificate of Anna"
ANNA = hashlib.sha256(CERTIFICATE).digest()
SESSION = UUID(int=3)


def trouble(code: str, *details: tuple[str, str]) -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.REFUSED, code, details)


class Card:
    """What the rig gives for an operator's card."""

    def __init__(self) -> None:
        self.signed_in = False
        self.reader = "Reader 1"
        self.refuses: DeviceTrouble | None = None
        self.secret: bytes | DeviceTrouble = b"s" * 32
        self.pins: list[str] = []
        self.purposes: list[str] = []

    def pin_tries(self) -> PinTries | DeviceTrouble:
        raise AssertionError("nobody asks for tries here")

    def sign_in(self, pin: str) -> OperatorIdentity | DeviceTrouble:
        self.pins.append(pin)
        if self.refuses is not None:
            return self.refuses
        self.signed_in = True
        return OperatorIdentity("Anna", "Anna", CERTIFICATE, TODAY, revocation_checked=True)

    def sign_header(self, header: bytes) -> OperatorSignature | DeviceTrouble:
        if not self.signed_in:
            return trouble("token.not-signed-in")
        return OperatorSignature("RS256", b"signed " + header, ANNA)

    def derive(self, purpose: str) -> bytes | DeviceTrouble:
        self.purposes.append(purpose)
        return self.secret

    def sign_out(self) -> None:
        self.signed_in = False

    def abandon(self) -> None:
        self.sign_out()


class Counter:
    def __init__(self, folder: Path) -> None:
        self.card = Card()
        self.told: list[Event] = []
        self.roster: Roster | str = Roster(1, 0, (entry(),))
        self.shelf = Shelf(folder / "mirror", folder / "memory")
        self.mirroring = Mirroring(
            self.shelf, Hub(), lambda _: None, lambda _: None, lambda: 0, round_seconds=0.05
        )
        self.duty = Duty(
            self.card,
            lambda: self.roster,
            self.shelf,
            self.mirroring,
            post=self.told.append,
            today=lambda: TODAY,
            station="desk-0001",
        )

    def sign_in(self, pin: bytes = b"12345678") -> Event:
        typed = bytearray(pin)
        self.duty.sign_in(SignIn(SESSION, typed))
        assert not any(typed)
        return self.told[-1]


def entry(until: date = TODAY + timedelta(days=1)) -> OperatorEntry:
    rights = frozenset({Right.REGISTER, Right.MANAGE})
    return OperatorEntry(ANNA, "Anna Operatrice", "Comune", rights, ("L219",), until)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.duty.sign_out()
    made.shelf.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.rule("R-003-55")
@pytest.mark.rule("R-003-63")
def test_who_is_in_the_roster_is_signed_in_with_their_rights_and_office(counter: Counter) -> None:
    signed = counter.sign_in()
    assert isinstance(signed, SignedIn)
    assert signed.operator.name == "Anna Operatrice"
    assert signed.operator.office == "Comune"
    assert signed.operator.rights == {Right.REGISTER, Right.MANAGE}
    assert signed.operator.comuni == ("L219",)
    assert signed.operator.thumbprint == ANNA
    assert counter.card.pins == ["12345678"]
    assert counter.shelf.mirror is not None
    signer = counter.duty.signer()
    assert not isinstance(signer, Unsigned)
    assert signer.thumbprint == ANNA
    assert signer.sign(b"header") == b"signed header"


@pytest.mark.parametrize(
    ("roster", "code"),
    [
        (Roster(1, 0, ()), "operator.unknown"),
        (Roster(1, 0, (entry(TODAY - timedelta(days=1)),)), "operator.expired"),
        ("roster.absent", "roster.absent"),
    ],
)
def test_who_may_not_act_is_not_signed_in(
    counter: Counter, roster: Roster | str, code: str
) -> None:
    counter.roster = roster
    assert counter.sign_in() == SignInFailed(SESSION, code)
    assert not counter.card.signed_in
    assert counter.duty.on_duty is None
    assert counter.duty.signer() == Unsigned("operator.card-away")
    assert counter.shelf.mirror is None


def test_without_a_roster_no_pin_is_presented(counter: Counter) -> None:
    counter.roster = "roster.absent"
    counter.sign_in()
    assert counter.card.pins == []


def test_a_wrong_pin_is_told_with_the_tries_that_are_left(counter: Counter) -> None:
    counter.card.refuses = trouble("token.pin-wrong", ("left", "2"))
    assert counter.sign_in() == SignInFailed(SESSION, "token.pin-wrong", 2)


def test_a_card_without_secret_works_from_memory(counter: Counter, tmp_path: Path) -> None:
    counter.card.secret = trouble("token.no-secret")
    assert isinstance(counter.sign_in(), SignedIn)
    assert counter.shelf.mirror is not None
    assert counter.shelf.mirror.path.parent == tmp_path / "memory"


def test_the_card_that_is_pulled_signs_its_operator_out(counter: Counter) -> None:
    counter.duty.told_of_card(CardInserted("Reader 1"))
    counter.duty.told_of_card(CardInserted("Reader 2"))
    assert counter.told == [OperatorCardTold(present=True)]
    counter.sign_in()
    # A citizen's health card comes and goes.
    counter.duty.told_of_card(CardRemoved("Reader 2"))
    assert counter.duty.on_duty is not None
    counter.duty.told_of_card(CardRemoved("Reader 1"))
    until(lambda: counter.duty.on_duty is None and not counter.card.signed_in)
    assert counter.told[-1] == OperatorCardTold(present=False)


def test_the_operators_card_is_missed_beside_another_card(counter: Counter) -> None:
    counter.duty.told_of_card(CardInserted("Reader 1"))
    counter.duty.told_of_card(CardInserted("Reader 2"))
    counter.sign_in()
    counter.duty.told_of_card(CardRemoved("Reader 1"))
    until(lambda: counter.duty.on_duty is None)
    away = [one for one in counter.told if isinstance(one, OperatorCardTold)]
    assert OperatorCardTold(present=False) in away


def test_a_signature_of_another_card_does_not_count(counter: Counter) -> None:
    counter.sign_in()
    signer = counter.duty.signer()
    assert isinstance(signer, CardSigner)
    signer.thumbprint = bytes(32)
    assert signer.sign(b"header") == Unsigned("token.removed")


def test_after_signing_out_nothing_goes_on(counter: Counter) -> None:
    counter.sign_in()
    counter.duty.sign_out()
    assert counter.duty.on_duty is None
    assert not [one for one in threading.enumerate() if one.name == "mirror"]


def test_a_cards_secret_is_this_stations_only(counter: Counter) -> None:
    counter.sign_in()
    assert counter.card.purposes == ["mirror desk-0001"]


def test_who_left_the_roster_keeps_no_key_of_the_mirror(counter: Counter, tmp_path: Path) -> None:
    gone, late, stays = b"g" * 32, b"l" * 32, b"s" * 32
    for thumbprint in (gone, late, stays):
        counter.shelf.open_for(thumbprint, thumbprint)
    before = {file.name for file in (tmp_path / "mirror").glob("*.key")}
    counter.roster = Roster(
        2,
        0,
        (
            entry(),
            replace(entry(), thumbprint=stays),
            replace(entry(TODAY - timedelta(days=1)), thumbprint=late),
        ),
    )
    counter.sign_in()
    after = {file.name for file in (tmp_path / "mirror").glob("*.key")}
    assert len(before) == 3
    assert len(after) == 1
    assert not before & after


def test_a_question_shows_that_the_operator_is_there(counter: Counter) -> None:
    counter.sign_in()
    on_duty = counter.duty.on_duty
    assert on_duty is not None
    counter.card.secret, minute = b"", 60_000
    now = 1_800_000_000_000
    first = on_duty.presence.statement("desk-0001", now)
    assert isinstance(first, DutyStatement)
    message = duty_statement.message("desk-0001", ANNA, now, first.nonce)
    assert (first.thumbprint, first.signed_at) == (ANNA, now)
    assert first.signature == b"signed " + message
    assert on_duty.presence.statement("desk-0001", now + 15 * minute) is first
    # A clock that is put back, and half a life: a new one.
    later = on_duty.presence.statement("desk-0001", now + 16 * minute)
    assert isinstance(later, DutyStatement)
    assert later.signed_at == now + 16 * minute
    assert on_duty.presence.statement("desk-0001", now) is not later
    # Pulled: a lease is still given back with the one that lives, and then nothing is said.
    counter.card.signed_in = False
    held = on_duty.presence.statement("desk-0001", now + 20 * minute)
    assert isinstance(held, DutyStatement)
    gone = on_duty.presence.statement("desk-0001", now + 60 * minute)
    assert gone == Unsigned("token.not-signed-in")


def test_a_medium_is_for_who_has_the_right_to_the_devices_now(counter: Counter) -> None:
    """By the newest roster, whatever the page still shows."""
    assert not counter.duty.may_carry()
    assert isinstance(counter.sign_in(), SignedIn)
    assert not counter.duty.may_carry()
    looks_after = replace(entry(), rights=frozenset({Right.DEVICES}))
    counter.roster = Roster(2, 0, (looks_after,))
    assert counter.duty.may_carry()
    counter.roster = Roster(3, 0, (replace(looks_after, until=TODAY - timedelta(days=1)),))
    assert not counter.duty.may_carry()
    for roster in (Roster(4, 0, ()), "roster.absent"):
        counter.roster = roster
        assert not counter.duty.may_carry()
    counter.roster = Roster(5, 0, (looks_after,))
    counter.card.sign_out()
    assert not counter.duty.may_carry()
