"""The daily password: set by the administrator, dead at midnight, of use for nothing but the day."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub import acting
from sync.hub.acting import Recorded
from sync.hub.console.card_certificates import codice_fiscale_of
from sync.hub.console.day_sign_in import MOST_WRONG, WAIT, WRONG, DaySignIns
from sync.hub.home.checking import Comparer
from sync.hub.store import operators, users
from sync.hub.store.letters import LetterKind
from sync.hub.store.operators import Source
from sync.model import daily_password
from sync.model.console import (
    DailyPasswordAct,
    OfficerAct,
    OfficerAction,
    UserAction,
    UserReason,
)
from sync.model.console_views import DayPass, DaySignIn
from sync.model.counter import OldAccountDeletion
from sync.model.daily_password import DailyPassword
from sync.model.errors import Problem
from sync.model.inquiry import Denied
from sync.model.rosters import Right
from sync.model.users import Profile, UserType
from sync.wire import mail_seal, secret_digest
from sync.wire.envelope import ClockQuality, ClockReading, Header, Operator, Priority
from sync.wire.signer import Protection, SoftwareSigner
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.town import Town, thumbprint
from tests.unit.hub.stations import HOUR, NOON, codice_fiscale

TODAY = date(2026, 11, 26)
MIDNIGHT = int(datetime(2026, 11, 26, 23, tzinfo=UTC).timestamp() * 1000)
HERE = "058091-PC-0001"
PASSWORD = daily_password.make(random.Random(2).randrange)


@cache
def digest() -> str:
    return secret_digest.digest(PASSWORD.whole.encode())


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


KEY = ec.generate_private_key(ec.SECP256R1())


def recorded(town: Town, operation_id: uuid.UUID) -> Recorded:
    header = Header(
        station=HERE,
        seq=1,
        prev=bytes(32),
        operation_id=operation_id,
        kind="daily_password",
        kind_version=1,
        priority=Priority.NORMAL,
        clock=ClockReading(town.now, 1, bytes(16), ClockQuality.SYNCHRONISED),
        body_size=100,
        protection=Protection.SOFTWARE,
        sealing_key_id=bytes(32),
        operator=None,
    )
    return Recorded(1, header, town.now, lambda _key: True)


def set_for(town: Town, person: int, **changes: Any) -> str:
    """Sets the password; the code of the problem, or empty."""
    operation_id = uuid.uuid4()
    sealed = mail_seal.seal_half(
        PASSWORD.second.encode(), town.letters_key.sealing_key, operation_id
    )
    act = DailyPasswordAct(ROME, codice_fiscale(person), digest(), sealed, TODAY)
    act = replace(act, **changes)
    with town.store.transaction():
        found = town.desk().set_password(
            act, town.user(person, act.comune), recorded(town, operation_id)
        )
    return "" if found is None else found.code


def sign_ins(town: Town) -> DaySignIns:
    return DaySignIns(
        Comparer(town.digests),
        town.digests,
        SoftwareSigner.generate(),
        "hub",
        town.console.offices,
    )


def sign_in(town: Town, person: int, **changes: Any) -> DayPass | Denied:
    station = changes.pop("station", HERE)
    asked = DaySignIn(codice_fiscale(person), PASSWORD.whole, spki(KEY))
    desk = sign_ins(town)
    compared = desk.compare(town.store, replace(asked, **changes), station, town.now)
    if isinstance(compared, Denied):
        return compared
    with town.store.transaction():
        return desk.settle(town.store, compared, town.now)


@pytest.mark.rule("R-004-34")
def test_password_signs_in_until_midnight_with_the_profiles_of_the_user(town: Town) -> None:
    town.employ(1, Profile.ENROLMENT)
    assert set_for(town, 1) == ""
    signed = sign_in(town, 1, password=f" {PASSWORD.first.lower()} - {PASSWORD.second}")
    assert isinstance(signed, DayPass)
    assert (signed.name, signed.until) == ("PERSONA PROVA", MIDNIGHT)
    assert signed.seconds == 11 * 3600
    print_ = thumbprint(signed.certificate)
    (line,) = operators.lines_at(town.store, print_, town.now)
    assert line.source is Source.DAY
    assert line.entry.rights == {Right.REGISTER}
    assert operators.at(town.store, print_, MIDNIGHT - 1) is not None
    assert operators.at(town.store, print_, MIDNIGHT) is None, "dead at midnight"
    assert operators.when_recorded(town.store, print_, MIDNIGHT, MIDNIGHT + HOUR) == []
    assert print_ not in {entry.thumbprint for entry in town.roster()}, "in no roster"


def test_certificate_of_the_day_names_who_it_is_of_and_ends(town: Town) -> None:
    made = sign_ins(town).certificate(codice_fiscale(1), spki(KEY), NOON, MIDNIGHT)
    read = x509.load_der_x509_certificate(made)
    assert codice_fiscale_of(made) == codice_fiscale(1)
    assert int(read.not_valid_after_utc.timestamp() * 1000) == MIDNIGHT
    assert read.public_key() == KEY.public_key()


@pytest.mark.rule("R-004-34")
def test_second_half_is_mailed_and_the_first_never(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    letter = town.due()[-1]
    assert (letter.kind, letter.recipient) == (LetterKind.DAILY_PASSWORD, "persona1@example.org")
    assert letter.mailed_code is not None
    assert letter.operation_id is not None
    opened = mail_seal.open_half(
        letter.mailed_code, town.letters_key, uuid.UUID(letter.operation_id)
    )
    assert opened is not None
    assert bytes(opened) == PASSWORD.second.encode()
    assert mail_seal.open_half(letter.mailed_code, town.letters_key, uuid.uuid4()) is None
    set_for(town, 1)
    kinds = [one.kind for one in town.due()]
    assert kinds.count(LetterKind.DAILY_PASSWORD) == 1, "an older half is taken back"


@pytest.mark.rule("R-004-34", "R-004-3")
def test_no_daily_password_opens_the_console(town: Town) -> None:
    town.employ(1, Profile.ALS, Profile.ENROLMENT)
    set_for(town, 1)
    signed = sign_in(town, 1)
    assert isinstance(signed, DayPass)
    (line,) = operators.lines_at(town.store, thumbprint(signed.certificate), town.now)
    assert line.entry.rights == {Right.REGISTER}


@pytest.mark.rule("R-004-34")
def test_password_needs_an_active_user_with_an_active_card(town: Town) -> None:
    town.insert(1, card=False)
    assert set_for(town, 1) == "daily.no-card"
    town.insert(2)
    assert set_for(town, 2) == "daily.no-card", "a card on its way was never forgotten"
    town.employ(3)
    town.act(3, UserAction.BLOCK)
    assert set_for(town, 3) == "user.blocked"


@pytest.mark.rule("R-004-34")
def test_password_is_of_the_day_on_which_it_was_set(town: Town) -> None:
    town.employ(1)
    assert set_for(town, 1, day=date(2026, 11, 27)) == "daily.day"
    assert set_for(town, 1) == ""
    town.now = MIDNIGHT
    assert set_for(town, 1) == "daily.day"
    found = sign_in(town, 1)
    assert isinstance(found, Denied)
    assert found.code == WRONG
    assert town.store.row("SELECT count(*) FROM daily_password") == (0,)


@pytest.mark.rule("R-004-31", "R-004-34", "R-004-36")
@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (UserAction.BLOCK, UserReason.ORDER),
        (UserAction.BLOCK, UserReason.THEFT),
        (UserAction.DELETE, UserReason.MOVED),
    ],
)
def test_key_of_the_day_ends_with_the_user_or_the_card(
    town: Town, what: UserAction, reason: UserReason
) -> None:
    town.employ(1)
    set_for(town, 1)
    signed = sign_in(town, 1)
    assert isinstance(signed, DayPass)
    town.now += HOUR
    assert town.act(1, what, reason=reason) == ""
    assert operators.at(town.store, thumbprint(signed.certificate), town.now) is None
    again = sign_in(town, 1)
    assert isinstance(again, Denied)
    assert again.code == WRONG


def test_wrong_tries_wait_and_say_the_same_of_everybody(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    wrong = DailyPassword("222222", "222222").whole
    for person in (1, 7):
        told = [sign_in(town, person, password=wrong) for _ in range(4)]
        codes = [(one.code, one.wait_seconds) for one in told if isinstance(one, Denied)]
        assert codes == [(WRONG, 0)] * 3 + [(WRONG, 60)]
        held = sign_in(town, person)
        assert isinstance(held, Denied)
        assert held.code == WAIT, "the right one too has to wait"
    set_for(town, 1)
    assert isinstance(sign_in(town, 1), DayPass), "a new password begins anew"


def test_password_is_spent_after_many_wrong_tries(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    (kept,) = users.passwords(town.store, codice_fiscale(1), town.now)
    with town.store.transaction():
        users.set_password(town.store, replace(kept, wrong=MOST_WRONG - 1))
    sign_in(town, 1, password="2" * 12)
    found = sign_in(town, 1)
    assert isinstance(found, Denied)
    (kept,) = users.passwords(town.store, codice_fiscale(1), town.now)
    assert kept.digest is None


def test_password_of_one_comune_opens_nothing_in_another(town: Town) -> None:
    town.employ(1)
    town.insert(1, comune=TURIN)
    set_for(town, 1)
    found = sign_in(town, 1, station="001272-PC-0001")
    assert isinstance(found, Denied)
    signed = sign_in(town, 1, station="kiosk-0001")
    assert isinstance(signed, DayPass), "a station of no comune takes what there is"


@pytest.mark.rule("R-004-31", "R-004-34")
def test_password_of_before_a_block_is_forgotten(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    assert town.act(1, UserAction.BLOCK) == ""
    assert town.act(1, UserAction.UNBLOCK) == ""
    assert isinstance(sign_in(town, 1), Denied)
    assert town.store.row("SELECT count(*) FROM daily_password") == (0,)


@pytest.mark.rule("R-004-34")
def test_expired_card_was_not_forgotten(town: Town) -> None:
    town.employ(1)
    last = date(2028, 12, 31)  # of the card's certificate
    town.now = daily_password.ends_at(last) - HOUR
    assert set_for(town, 1, day=last) == ""
    with town.store.transaction():  # as if the certificate ended before the password does
        users.set_password(
            town.store,
            replace(
                users.passwords(town.store, codice_fiscale(1), town.now)[0],
                until=town.now + 3 * HOUR,
            ),
        )
    town.now += 2 * HOUR
    assert isinstance(sign_in(town, 1), Denied)
    assert set_for(town, 1, day=date(2029, 1, 1)) == "daily.no-card"


@pytest.mark.rule("R-004-34")
def test_key_acts_at_the_station_that_asked_for_it_and_one_at_a_time(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    first = sign_in(town, 1)
    assert isinstance(first, DayPass)
    act = OldAccountDeletion(codice_fiscale(2), True, "Roma Capitale")  # noqa: FBT003  a plain value
    print_ = thumbprint(first.certificate)
    town.now += 1

    def problem(station: str) -> str:
        found = acting.judge(town.store, act, _signed(town, print_, station), None, town.now)
        return "" if found.problem is None else found.problem.code

    assert problem(HERE) == ""
    assert problem("058091-PC-0002") == "operator.unknown"
    second = sign_in(town, 1, station="058091-PC-0002")
    assert isinstance(second, DayPass)
    assert operators.at(town.store, print_, town.now + 1) is None, "one station at a time"


@pytest.mark.rule("R-004-3")
def test_key_of_the_day_does_no_act_of_the_console(town: Town) -> None:
    officer = town.employ(1, user_type=UserType.SECURITY_OFFICER)
    set_for(town, 1)
    signed = sign_in(town, 1)
    assert isinstance(signed, DayPass)
    act = OfficerAct(ROME, officer.codice_fiscale, OfficerAction.MASTER_RECEIVED)
    found = acting.judge_console(
        town.store, act, _signed(town, thumbprint(signed.certificate), HERE), town.now
    )
    assert found.problem == Problem("operator.no-right", rule="R-004-3")


def _signed(town: Town, print_: bytes, station: str) -> Recorded:
    """An act by the key with that thumbprint."""
    plain = recorded(town, uuid.uuid4())
    header = replace(plain.header, station=station, operator=Operator(print_, bytes(64)))
    return replace(plain, header=header)


def test_key_must_be_on_p256(town: Town) -> None:
    found = sign_in(town, 1, key=b"no key")
    assert isinstance(found, Denied)
    assert found.code == "daily.key"


def test_new_password_between_comparing_and_judging_counts(town: Town) -> None:
    town.employ(1)
    set_for(town, 1)
    desk = sign_ins(town)
    asked = DaySignIn(codice_fiscale(1), PASSWORD.whole, spki(KEY))
    compared = desk.compare(town.store, asked, HERE, town.now)
    assert not isinstance(compared, Denied)
    set_for(town, 1)
    with town.store.transaction():
        found = desk.settle(town.store, compared, town.now)
    assert isinstance(found, Denied)
