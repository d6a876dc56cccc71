"""The checks of a sign-in: the station, the card's holder, failed tries, the password of the day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from hw.readings import OperatorIdentity
from kiosk.flows.clerk.effects import SignIn, SignInByDay
from kiosk.flows.clerk.events import HoldOffTold, SignedIn, SignInFailed
from kiosk.flows.events import Event
from kiosk.runtime.daily import DayOpened, DayRefused, DaySigner
from kiosk.runtime.duty import Checks, Duty, codice_fiscale_of
from kiosk.runtime.hold_off import HoldOff
from kiosk.runtime.mirroring import Mirroring
from sync.edge.mirror.shelf import Shelf
from sync.model.console import UserChange
from sync.model.rosters import OperatorEntry, Right, Roster, holder_digest
from sync.model.users import Environment, Profile
from sync.wire.envelope import Unsigned
from tests.unit.runtime.test_duty import ANNA, CERTIFICATE, Card, trouble
from tests.unit.runtime.test_mirroring import Hub

TODAY = date(2026, 11, 23)
SESSION = UUID(int=3)
CODE = "RSSMRA80A01H501U"
SALT = b"s" * 32
COMUNE = "058091"


def entry(code: str = CODE, *rights: Right, comune: str = COMUNE) -> OperatorEntry:
    held = frozenset(rights or {Right.REGISTER})
    return OperatorEntry(
        ANNA, "Anna", "Comune", held, (), TODAY, comune=comune, holder=holder_digest(SALT, code)
    )


class AnnasCard(Card):
    def sign_in(self, pin: str) -> OperatorIdentity:
        self.pins.append(pin)
        self.signed_in = True
        named = f"{CODE}/7420000000000001.abc="
        return OperatorIdentity(named, f"TINIT-{CODE}", CERTIFICATE, TODAY, revocation_checked=True)


class Desk:
    def __init__(self, folder: Path) -> None:
        self.card: Card = AnnasCard()
        self.told: list[Event] = []
        self.roster = Roster(1, 0, (entry(),), SALT)
        self.standing = ""
        self.shelf = Shelf(folder / "mirror", folder / "memory")
        self.mirroring = Mirroring(
            self.shelf, Hub(), lambda _: None, lambda _: None, lambda: 0, round_seconds=0.05
        )
        self.day: DayOpened | DayRefused = DayRefused("inquiry.offline")
        self.seconds = 0.0
        hold_off = HoldOff(folder / "hold-off.json", clock=lambda: self.seconds, boot=lambda: "a")
        self.duty = self._duty(hold_off)

    def _duty(self, hold_off: HoldOff) -> Duty:
        return Duty(
            self.card,
            lambda: self.roster,
            self.shelf,
            self.mirroring,
            post=self.told.append,
            today=lambda: TODAY,
            station=f"{COMUNE}-PC-0001",
            checks=Checks(hold_off, lambda: self.standing, lambda _code, _typed: self.day),
        )

    def sign_in(self) -> Event:
        typed = bytearray(b"12345678")
        self.duty.sign_in(SignIn(SESSION, typed))
        assert not any(typed)
        return self.told[-1]

    def by_day(self) -> Event:
        typed = bytearray(b"ABCDEFGHJKLM")
        self.duty.sign_in_by_day(SignInByDay(SESSION, CODE, typed))
        assert not any(typed)
        return self.told[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.duty.sign_out()
    made.shelf.close()


def day(seconds: int = 60) -> DayOpened:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = DaySigner(key, b"day", seconds * 1000, seconds, wall_ms=lambda: 0, clock=lambda: 0.0)
    return DayOpened(signer, "Anna")


@pytest.mark.rule("R-004-6")
def test_the_stations_certificate_is_the_first_check(desk: Desk) -> None:
    desk.standing = "station.blocked"
    assert desk.sign_in() == SignInFailed(SESSION, "station.blocked")
    assert desk.card.pins == []
    assert desk.by_day() == SignInFailed(SESSION, "station.blocked")


@pytest.mark.rule("R-004-6")
def test_the_codice_fiscale_on_the_card_is_the_second_check(desk: Desk) -> None:
    assert isinstance(desk.sign_in(), SignedIn)
    desk.duty.sign_out()
    desk.roster = Roster(2, 0, (entry("VRDLGU75C15F205O"),), SALT)
    assert desk.sign_in() == SignInFailed(SESSION, "operator.other-holder")
    assert desk.duty.on_duty is None
    assert not desk.card.signed_in


@pytest.mark.rule("R-004-6")
def test_a_card_of_another_comune_opens_nothing_here(desk: Desk) -> None:
    desk.roster = Roster(2, 0, (entry(comune="001272"),), SALT)
    assert desk.sign_in() == SignInFailed(SESSION, "operator.unknown")


@pytest.mark.parametrize(
    ("identifier", "name", "code"),
    [
        (f"TINIT-{CODE}", "Anna", CODE),
        ("-", f"{CODE}/7420.abc", CODE),
        (f"X{CODE}", "Anna", ""),
        ("Anna", "Anna", ""),
    ],
)
def test_the_codice_fiscale_of_a_card(identifier: str, name: str, code: str) -> None:
    read = OperatorIdentity(name, identifier, CERTIFICATE, TODAY, revocation_checked=True)
    assert codice_fiscale_of(read) == code


def test_failed_tries_hold_the_station_off_whatever_card_comes(desk: Desk) -> None:
    desk.roster = Roster(2, 0, (), SALT)
    waits = [desk.sign_in() for _ in range(3)]
    assert waits[-1] == SignInFailed(SESSION, "operator.unknown", wait_seconds=30)
    tried = len(desk.card.pins)
    assert desk.sign_in() == SignInFailed(SESSION, "sign-in.wait", wait_seconds=30)
    assert len(desk.card.pins) == tried
    desk.duty.tell_card()
    assert desk.told[-1] == HoldOffTold(30)
    desk.seconds, desk.roster = 30.0, Roster(3, 0, (entry(),), SALT)
    assert isinstance(desk.sign_in(), SignedIn)


def test_a_card_that_is_missing_is_no_try(desk: Desk) -> None:
    desk.card = Card()
    desk.card.refuses = trouble("token.absent")
    desk.duty._card = desk.card
    for _ in range(5):
        assert desk.sign_in() == SignInFailed(SESSION, "token.absent")


@pytest.mark.rule("R-004-2")
def test_an_administrator_alone_gets_no_copy_of_the_registry(desk: Desk) -> None:
    desk.roster = Roster(2, 0, (entry(CODE, Right.USERS),), SALT)
    signed = desk.sign_in()
    assert isinstance(signed, SignedIn)
    assert signed.operator.comune == COMUNE
    assert desk.shelf.mirror is None


@pytest.mark.rule("R-004-34")
@pytest.mark.rule("R-004-3")
def test_a_day_keeps_the_profiles_but_for_the_console(desk: Desk) -> None:
    desk.day = day()
    desk.roster = Roster(2, 0, (entry(CODE, Right.REGISTER, Right.USERS),), SALT)
    signed = desk.by_day()
    assert isinstance(signed, SignedIn)
    assert signed.operator.rights == {Right.REGISTER}
    assert signed.day_seconds == 60
    assert signed.operator.thumbprint == hashlib.sha256(b"day").digest()
    assert desk.shelf.mirror is not None
    signer = desk.duty.signer()
    assert not isinstance(signer, Unsigned)
    assert isinstance(signer.sign(b"header"), bytes)
    desk.duty.sign_out()
    assert desk.duty.on_duty is None
    assert isinstance(signer.sign(b"header"), Unsigned)


@pytest.mark.rule("R-004-34")
def test_a_wrong_password_of_the_day_counts_and_a_network_that_is_away_does_not(
    desk: Desk,
) -> None:
    for _ in range(4):
        assert desk.by_day() == SignInFailed(SESSION, "inquiry.offline")
    desk.day = DayRefused("daily.wrong", 60, tried=True)
    failed = SignInFailed(SESSION, "daily.wrong", wait_seconds=0, person_seconds=60)
    assert desk.by_day() == failed
    assert desk.by_day() == failed
    assert desk.by_day() == replace(failed, wait_seconds=30)


@pytest.mark.rule("R-004-34")
def test_one_persons_wait_for_an_hour_keeps_nobody_from_card_and_pin(desk: Desk) -> None:
    desk.day = DayRefused("daily.wait", 3600)
    for _ in range(5):
        assert desk.by_day() == SignInFailed(SESSION, "daily.wait", person_seconds=3600)
    assert isinstance(desk.sign_in(), SignedIn)


@pytest.mark.rule("R-004-34")
def test_a_day_follows_the_newest_roster_though_its_salt_is_another(desk: Desk) -> None:
    desk.day = day()
    assert isinstance(desk.by_day(), SignedIn)
    found = desk.duty.on_duty
    assert found is not None
    salt = b"t" * 32
    line = replace(entry(CODE, Right.MANAGE), holder=holder_digest(salt, CODE))
    desk.roster = Roster(2, 0, (line,), salt)
    now = desk.duty.entry_now(found)
    assert isinstance(now, OperatorEntry)
    assert now.rights == {Right.MANAGE}
    desk.roster = Roster(3, 0, (), salt)
    assert desk.duty.entry_now(found) is None
    assert CODE not in repr(found)


@pytest.mark.rule("R-004-7")
def test_nobody_gives_themselves_profiles_or_a_daily_password(desk: Desk) -> None:
    held = replace(entry(CODE, Right.USERS), profiles=frozenset({Profile.ALS}))
    desk.roster = Roster(2, 0, (held,), SALT)
    signed = desk.sign_in()
    assert isinstance(signed, SignedIn)
    assert signed.operator.codice_fiscale == CODE
    both = frozenset({Profile.ALS, Profile.MUTATION})
    mine = UserChange(
        COMUNE, CODE, bytes(32), "a@example.org", "", frozenset({Environment.PRODUCTION}), both
    )
    assert desk.duty.console_may_not(mine) == "operator.no-right"
    assert desk.duty.console_may_not(replace(mine, codice_fiscale="VRDLGU75C15F205O")) == ""
    assert desk.duty.console_may_not(replace(mine, profiles=held.profiles)) == ""


def test_a_day_of_somebody_whom_the_roster_does_not_know_is_let_go(desk: Desk) -> None:
    desk.day = day()
    desk.roster = replace(desk.roster, entries=())
    assert desk.by_day() == SignInFailed(SESSION, "operator.unknown")
    assert desk.duty.on_duty is None
