from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from kiosk.flows.clerk.wanted import Wanted, WantedBooking, WantedCode, WantedRegistration
from kiosk.runtime import issuing
from kiosk.runtime.issuing import Issuing, Letters, act_of
from sync.model import codes
from sync.model.counter import Booking, CodeRegeneration, CounterRegistration, RecordEdit
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, basis_of
from sync.model.registration import Registration
from sync.wire import mail_seal, secret_digest
from sync.wire.sealing import UnsealingKey
from tests.unit.edge.mirror.material import edit, new_registration, registration
from tests.unit.model.examples import HOME

TODAY = date(2026, 11, 23)
ONE, OTHER = UUID(int=1), UUID(int=2)
HUB = UnsealingKey.generate()


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Issuing:
    # What Argon2id makes is shown in tests of its own; here only what is digested counts.
    monkeypatch.setattr(secret_digest, "digest", lambda secret: f"digest of {secret.decode()}")
    return Issuing(lambda: TODAY, random.Random(7).randrange)


def letters(found: Letters | None) -> Letters:
    assert found is not None
    return found


def booking(
    kind: OperationKind = OperationKind.RISCONTRO_FORTE, seen: Registration | None = None
) -> WantedBooking:
    seen = seen or registration()
    return WantedBooking(seen, kind, basis_of(seen.credential), None, identified=True)


def wanted_registration() -> WantedRegistration:
    made = new_registration(1)
    fields = WantedRegistration.__dataclass_fields__
    return WantedRegistration(**{name: getattr(made, name) for name in fields})


@pytest.mark.rule("R-003-1")
@pytest.mark.rule("R-003-25")
@pytest.mark.rule("R-003-26")
@pytest.mark.parametrize("wanted", [booking(), wanted_registration()])
def test_a_booking_gets_a_pin_and_a_code_and_the_mailbox_the_code_alone(
    maker: Issuing, wanted: Wanted
) -> None:
    made = letters(maker.prepare(ONE, wanted, HUB.sealing_key))
    assert made.pin is not None
    assert codes.parse_pin(made.pin.decode()) == made.pin.decode()
    assert codes.parse_code(made.code.decode()) == made.code.decode()
    assert made.issued.pin == f"digest of {made.pin.decode()}"
    assert made.issued.code == f"digest of {made.code.decode()}"
    assert (made.issued.valid_until - TODAY).days == codes.VALID_DAYS
    assert made.issued.mailed_code is not None
    assert mail_seal.open_code(made.issued.mailed_code, HUB, ONE) == made.code
    assert made.pin not in made.issued.mailed_code


@pytest.mark.rule("R-003-57")
def test_without_an_email_the_code_is_only_printed(maker: Issuing) -> None:
    seen = registration()
    seen = replace(seen, contacts=replace(seen.contacts, email=""))
    assert (
        letters(maker.prepare(ONE, booking(seen=seen), HUB.sealing_key)).issued.mailed_code is None
    )


@pytest.mark.rule("C-003-10")
@pytest.mark.rule("C-003-11")
def test_a_revocation_has_a_code_and_no_pin(maker: Issuing) -> None:
    made = letters(maker.prepare(ONE, booking(OperationKind.REVOCA), HUB.sealing_key))
    assert (made.pin, made.issued.pin) == (None, None)
    assert made.operation is OperationKind.REVOCA


@pytest.mark.rule("R-003-56")
def test_a_new_code_leaves_the_pin_alone(maker: Issuing) -> None:
    last = Booked(
        "a" * 32,
        OperationKind.RESET,
        OperationStatus.ACTIVE,
        1,
        "Comune",
        "counter-1",
        TODAY,
        None,
    )
    seen = replace(registration(), credential=Credential(last=last))
    wanted = WantedCode(seen, basis_of(seen.credential), identified=True)
    made = letters(maker.prepare(ONE, wanted, HUB.sealing_key))
    assert (made.pin, made.renewed, made.operation) == (None, True, OperationKind.RESET)
    act = act_of(wanted, made, "Comune")
    assert isinstance(act, CodeRegeneration)
    assert act.secrets.pin is None


def test_asked_again_for_the_same_operation_it_is_the_same(maker: Issuing) -> None:
    first = maker.prepare(ONE, booking(), HUB.sealing_key)
    assert maker.prepare(ONE, booking(), HUB.sealing_key) is first
    assert maker.of(ONE) is first
    assert maker.of(OTHER) is None


def test_the_next_operation_wipes_the_last_ones_secrets(maker: Issuing) -> None:
    first = letters(maker.prepare(ONE, booking(), HUB.sealing_key))
    second = letters(maker.prepare(OTHER, booking(), HUB.sealing_key))
    assert first.pin is not None
    assert not any(first.pin)
    assert not any(first.code)
    assert maker.of(ONE) is None
    maker.forget()
    assert second.pin is not None
    assert not any(second.pin)
    assert not any(second.code)


def test_an_edit_has_no_secrets_and_is_of_the_operators_office(maker: Issuing) -> None:
    wanted = edit(registration(), HOME)
    assert maker.prepare(ONE, wanted, HUB.sealing_key) is None
    act = act_of(wanted, None, "Comune di Prova")
    assert isinstance(act, RecordEdit)
    assert act.office == "Comune di Prova"


@pytest.mark.rule("R-003-63")
def test_acts_are_of_the_operators_office(maker: Issuing) -> None:
    for wanted, kind in ((booking(), Booking), (wanted_registration(), CounterRegistration)):
        made = maker.prepare(ONE, wanted, HUB.sealing_key)
        act = act_of(wanted, made, "Ente")
        assert isinstance(act, kind)
        assert act.office == "Ente"
    with pytest.raises(ValueError, match="secrets"):
        act_of(booking(), None, "Ente")


def test_what_is_held_is_in_no_repr(maker: Issuing) -> None:
    made = letters(maker.prepare(ONE, booking(), HUB.sealing_key))
    assert made.pin is not None
    assert made.pin.decode() not in repr(made)
    assert issuing.Letters.__repr__ is object.__repr__


def test_forgetting_waits_for_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    digesting, go_on = threading.Event(), threading.Event()

    def slow(secret: bytearray) -> str:
        digesting.set()
        assert go_on.wait(10)
        return f"digest of {secret.decode()}"

    monkeypatch.setattr(secret_digest, "digest", slow)
    maker = Issuing(lambda: TODAY, random.Random(7).randrange)
    made: list[Letters | None] = []
    thread = threading.Thread(
        target=lambda: made.append(maker.prepare(ONE, booking(), HUB.sealing_key))
    )
    thread.start()
    assert digesting.wait(10)
    assert maker.of(ONE) is None
    maker.forget()
    go_on.set()
    thread.join(10)
    assert maker.of(ONE) is None, "its session was over before it was made"
    assert not any(letters(made[0]).code)


def test_letters_are_in_hand_when_all_that_need_paper_are_printed(maker: Issuing) -> None:
    made = letters(maker.prepare(ONE, booking(), HUB.sealing_key))
    assert made.issued.mailed_code is not None
    assert not made.in_hand
    made = replace(made, pin_printed=True)
    assert made.in_hand, "the code is mailed"
    unmailed = replace(made, issued=replace(made.issued, mailed_code=None))
    assert not unmailed.in_hand
    assert replace(unmailed, code_printed=True).in_hand
