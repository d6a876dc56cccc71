"""Basic Access Control and the session after it, against ICAO 9303-11 appendix D byte by byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.chain import card_link
from hw.apdu.command import Command, Response, read_binary
from hw.apdu.secure_messaging import SecureMessaging, SessionCipher
from hw.cards.emrtd import bac
from hw.document_readings import MrzKey
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.apdu.script import Script

KEY = MrzKey("L898902C", "690806", "940623")
"""Of the zone `I<UTOERIKSSON<<ANNA<MARIA<<<... / L898902C<3UTO6908061F9406236<...` (D.1)."""
CHALLENGE = "4608F91988702212"
TOKEN = "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A7"
ANSWER = "46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D7449"
REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")


def dice() -> Callable[[int], bytes]:
    """RND.IFD and K.IFD of D.3."""
    rolls = iter(("781723860C06C226", "0B795240CB7049B01C19B33E32804F0B"))

    def roll(size: int) -> bytes:
        value = bytes.fromhex(next(rolls))
        assert len(value) == size
        return value

    return roll


def opened(script: Script) -> SessionCipher:
    cipher = bac.authenticate(card_link(script), KEY, dice())
    assert not isinstance(cipher, DeviceTrouble)
    return cipher


def test_authentication_and_reading_of_appendix_d() -> None:
    script = Script(
        [
            CHALLENGE + "9000",
            ANSWER + "9000",
            "990290008E08FA855A5D4C50A8ED9000",
            "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
            "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000",
        ]
    )
    session = SecureMessaging(card_link(script), opened(script))
    assert session.exchange(Command(0xA4, 0x02, 0x0C, b"\x01\x1e")) == Response(b"", 0x9000)
    first = session.exchange(read_binary(0, 4))
    second = session.exchange(read_binary(4, 18))
    assert isinstance(first, Response)
    assert isinstance(second, Response)
    assert (first.data + second.data).hex().upper() == (
        "60145F0104303130365F36063034303030305C026175"
    )
    assert script.commands == [
        "0084000008",
        f"0082000028{TOKEN}28",
        "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
        "0CB000000D9701048E08ED6705417E96BA5500",
        "0CB000040D9701128E082EA28A70F3C7B53500",
    ]


@pytest.mark.parametrize("status", ["6300", "63C2", "6982", "6988", "6A80"])
def test_a_wrong_key_is_told_apart_from_a_lost_card(status: str) -> None:
    refused = bac.authenticate(card_link(Script([CHALLENGE + "9000", status])), KEY, dice())
    assert isinstance(refused, DeviceTrouble)
    assert (refused.code, refused.kind) == ("document.wrong-key", TroubleKind.REFUSED)
    lost = bac.authenticate(card_link(Script([CHALLENGE + "9000", REMOVED])), KEY, dice())
    assert lost == REMOVED


def test_a_card_lost_at_the_challenge_is_lost() -> None:
    assert bac.authenticate(card_link(Script([REMOVED])), KEY, dice()) == REMOVED


@pytest.mark.parametrize("status", ["6D00", "6982", "6985"])
def test_a_chip_without_bac_says_so(status: str) -> None:
    refused = bac.authenticate(card_link(Script([status])), KEY, dice())
    assert isinstance(refused, DeviceTrouble)
    assert refused.code == "document.access-refused"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (["11229000"], "challenge-size"),
        ([CHALLENGE + "9000", "6F00"], "NO_DIAGNOSIS 6F00"),
        ([CHALLENGE + "9000", "9000"], "token-size"),
        ([CHALLENGE + "9000", ANSWER[:-2] + "009000"], "token-checksum"),
        ([CHALLENGE + "9000", "00" + ANSWER[2:] + "9000"], "token-checksum"),
    ],
)
def test_a_chip_that_breaks_the_protocol_is_named(answers: list[str], reason: str) -> None:
    trouble = bac.authenticate(card_link(Script(answers)), KEY, dice())
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "card.protocol"
    assert ("reason", reason) in trouble.details


def test_an_answer_for_another_challenge_is_refused() -> None:
    other = "4608F91988702213"
    trouble = bac.authenticate(card_link(Script([other + "9000", ANSWER + "9000"])), KEY, dice())
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "token-nonces") in trouble.details


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_of_a_chip_raise(first: bytes, second: bytes) -> None:
    script = Script([first.hex(), *[second.hex()] * 400])
    result = bac.authenticate(card_link(script), KEY)
    assert isinstance(result, DeviceTrouble)
