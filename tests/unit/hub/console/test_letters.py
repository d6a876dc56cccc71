"""Letters to users: sealed until the moment of sending, to the personal mailbox."""

from __future__ import annotations

import uuid
from email.message import EmailMessage
from pathlib import Path

import pytest

from sync.hub.composing import OVER, UNREADABLE_CODE, Composer
from sync.hub.confirmation import KEY_BYTES, TokenKey
from sync.hub.mailer import UnsendableError
from sync.hub.retention import RetentionRule
from sync.hub.settings import HubSettings, SmtpSettings, WebSettings
from sync.hub.store.letters import LetterKind, QueuedLetter
from sync.model.console import UserAction
from sync.model.users import UserType
from sync.wire import mail_seal, officer_proof
from sync.wire.sealing import UnsealingKey
from tests.unit.hub.console.town import Town

SETTINGS = HubSettings(
    folder=Path("hub"),
    name="hub",
    authority="Regione di Esempio",
    broker_host="broker.example",
    broker_port=8883,
    smtp=SmtpSettings(
        host="mail.example",
        port=25,
        sender="Sportello <sportello@hub.example>",
        starttls=True,
        ca=None,
        user="",
        password_file=None,
        per_second=20,
    ),
    web=WebSettings("127.0.0.1", 8080, "https://hub.example", "", 60),
    retention=RetentionRule(0, {}),
)


def composed(town: Town, letter: QueuedLetter, *keys: UnsealingKey) -> EmailMessage:
    composer = Composer(SETTINGS, TokenKey(bytes(KEY_BYTES)), keys or (town.letters_key,))
    return composer.compose(town.store, letter)


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def daily(half: str, key: UnsealingKey, until: str = "2999-11-26") -> QueuedLetter:
    operation_id = uuid.uuid4()
    sealed = mail_seal.seal_half(half.encode(), key.sealing_key, operation_id)
    return QueuedLetter(
        1,
        "abc@hub.example",
        LetterKind.DAILY_PASSWORD,
        "user-1",
        "persona1@example.org",
        "it",
        0,
        facts={"valid_until": until},
        operation_id=operation_id.hex,
        mailed_code=sealed,
    )


@pytest.mark.rule("R-004-22", "R-004-26")
def test_second_halves_of_a_cards_codes_are_mailed(town: Town) -> None:
    town.employ(1)
    (letter,) = town.due()
    message = composed(town, letter)
    assert message["To"] == "persona1@example.org"
    words = text(message)
    for half in ("PIN: 4321", "PUK: 87654", "Password: p4ss"):
        assert half in words
    town.act(1, UserAction.SEND_CODES, serial="SN000001")
    (again,) = town.due()
    assert str(composed(town, again)["Subject"]).startswith("Di nuovo")


@pytest.mark.rule("R-004-34")
def test_half_of_a_daily_password_is_mailed_until_its_midnight(town: Town) -> None:
    words = text(composed(town, daily("ABCDEF", town.letters_key)))
    assert "ABCDEF" in words
    assert "fino a mezzanotte" in words
    with pytest.raises(UnsendableError, match=OVER):
        composed(town, daily("ABCDEF", town.letters_key, "2020-01-01"))


@pytest.mark.rule("R-001-7")
def test_master_password_is_mailed_in_groups(town: Town) -> None:
    town.insert(1, user_type=UserType.SECURITY_OFFICER, card=False)
    (letter,) = town.due()
    words = text(composed(town, letter)).split("\n\n")
    assert any(officer_proof.parse(block) is not None for block in words)


def test_older_keys_go_on_opening_and_foreign_ones_do_not(town: Town) -> None:
    newer, letter = UnsealingKey.generate(), daily("ABCDEF", town.letters_key)
    assert "ABCDEF" in text(composed(town, letter, newer, town.letters_key))
    with pytest.raises(UnsendableError, match=UNREADABLE_CODE):
        composed(town, letter, newer)


def test_sealed_codes_are_bound_and_nothing_else_opens_them() -> None:
    key = UnsealingKey.generate()
    codes = mail_seal.CardCodes("1234", "5678", "abcd")
    sealed = mail_seal.seal_card_codes(codes, key.sealing_key, "SN1")
    assert mail_seal.open_card_codes(sealed, key, "SN1") == codes
    assert mail_seal.open_card_codes(sealed, key, "SN2") is None
    assert mail_seal.open_card_codes(sealed, UnsealingKey.generate(), "SN1") is None
    assert "1234" not in repr(codes)
    for wrong in ("", "x" * 33, "perché", "a\nb"):
        with pytest.raises(ValueError, match="codes have"):
            mail_seal.seal_card_codes(codes._replace(pin=wrong), key.sealing_key, "SN1")
    master = mail_seal.seal_master(b"A" * 20, key.sealing_key, "user-1")
    assert mail_seal.open_master(master, key, "user-1") == bytearray(b"A" * 20)
    assert mail_seal.open_master(master, key, "user-2") is None
    operation = uuid.uuid4()
    half = mail_seal.seal_half(b"ABC123", key.sealing_key, operation)
    assert mail_seal.open_half(half, key, operation) is None, "1 is in no password"
    assert mail_seal.open_half(master, key, operation) is None
