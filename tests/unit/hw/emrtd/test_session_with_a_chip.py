"""BAC and secure messaging with an emulated chip, which another hand wrote from the standards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hw.apdu.chain import EXTENDED, SHORT, LengthLimits, Link, card_link, probe_limits, secured
from hw.apdu.command import Command, Response, read_binary, read_far, read_short_file
from hw.apdu.secure_messaging import SecureMessaging, most_plain
from hw.apdu.status import StatusWord
from hw.apdu.tlv import only
from hw.cards.emrtd import bac
from hw.document_readings import MrzKey
from hw.errors import DeviceTrouble
from tests.emulated.cards.direct import REMOVED, DirectChannel
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import bac_only, zone_key

APPLICATION = Command(0xA4, 0x04, 0x0C, bytes.fromhex("A0000002471001"))
FACE = 2


def opened(
    chip: EmrtdChip, limits: LengthLimits = EXTENDED
) -> tuple[Link, SecureMessaging, DirectChannel]:
    channel = DirectChannel(chip)
    link = card_link(channel, limits)
    assert link.exchange(APPLICATION) == Response(b"", 0x9000)
    cipher = bac.authenticate(link, zone_key(chip))
    assert not isinstance(cipher, DeviceTrouble)
    session = SecureMessaging(link, cipher)
    return secured(session), session, channel


def whole_face(link: Link, chip: EmrtdChip, most: int) -> bytes:
    """EF.DG2 in parts of `most` bytes."""
    size = len(chip.document.data_groups[FACE])
    data = b""
    while len(data) < size:
        wish = min(most, size - len(data))
        asked = read_binary(len(data), wish) if data else read_short_file(FACE, 0, wish)
        answer = link.exchange(asked)
        assert isinstance(answer, Response)
        assert answer.status == StatusWord.OK
        assert len(answer.data) == wish
        data += answer.data
    return data


@pytest.mark.parametrize(
    ("manners", "limits", "most"),
    [
        pytest.param({}, EXTENDED, 60000, id="all at once"),
        pytest.param({}, EXTENDED, 4096, id="extended"),
        pytest.param({}, EXTENDED, 233, id="extended by a little"),
        pytest.param({"extended": False}, SHORT, 231, id="short, the most"),
        pytest.param({"extended": False}, SHORT, 100, id="short"),
        pytest.param({"extended": False, "response_chaining": True}, SHORT, 256, id="61xx beneath"),
        pytest.param({"response_chaining": True, "chunk": 255}, EXTENDED, 1000, id="61xx and long"),
    ],
)
def test_a_file_is_read_under_protection(
    manners: dict[str, Any], limits: LengthLimits, most: int
) -> None:
    chip = bac_only(manners=Manners(**manners))
    link, _, channel = opened(chip, limits)
    before = len(channel.commands)
    assert whole_face(link, chip, most) == chip.document.data_groups[FACE]
    if limits is SHORT and most == 231:
        size = len(chip.document.data_groups[FACE])
        assert len(channel.commands) - before == -(-size // 231)


def test_a_file_comes_in_one_exchange_where_the_chip_tells_that_it_can() -> None:
    chip = bac_only()
    limits = probe_limits(card_link(DirectChannel(chip)))
    assert isinstance(limits, LengthLimits)
    link, _, channel = opened(chip, limits)
    before = len(channel.commands)
    most = most_plain(limits.most_answer, 8)
    assert whole_face(link, chip, most) == chip.document.data_groups[FACE]
    assert len(channel.commands) == before + 1


def test_a_chip_without_extended_length_is_probed_as_such() -> None:
    chip = bac_only(manners=Manners(extended=False))
    assert probe_limits(card_link(DirectChannel(chip))) == SHORT


def test_odd_instructions_reach_beyond_the_offsets_of_the_even_ones() -> None:
    chip = bac_only()
    content = chip.document.data_groups[FACE]
    content += bytes(40000 - len(content))
    chip = EmrtdChip(
        replace(chip.document, data_groups={**chip.document.data_groups, FACE: content})
    )
    link, _, _ = opened(chip)
    assert isinstance(link.exchange(read_short_file(FACE, 0, 8)), Response)
    answer = link.exchange(read_far(0x8000, 104))
    assert isinstance(answer, Response)
    assert only(answer.data, 0x53) == content[0x8000 : 0x8000 + 100]


@pytest.mark.parametrize("too_much", ["6700", "6Cxx"])
def test_protected_refusals_of_a_length_keep_the_session(too_much: str) -> None:
    chip = bac_only(manners=Manners(extended=False, most_answer=100, too_much=too_much))
    link, session, _ = opened(chip, SHORT)
    answer = link.exchange(read_short_file(FACE, 0, 200))
    assert isinstance(answer, Response)
    assert answer.status == (StatusWord.WRONG_LENGTH if too_much == "6700" else StatusWord.OK)
    assert len(answer.data) == (0 if too_much == "6700" else 100)
    assert session.alive


def test_an_error_without_protection_ends_the_session() -> None:
    chip = bac_only(manners=Manners(bare_errors=True))
    link, session, _ = opened(chip)
    trouble = link.exchange(Command(0xA4, 0x02, 0x0C, b"\x01\x0f"))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "unprotected") in trouble.details
    assert not session.alive


def test_a_wrong_outer_status_ends_the_session() -> None:
    chip = bac_only(manners=Manners(outer_status=b"\x62\x82"))
    link, session, _ = opened(chip)
    trouble = link.exchange(read_short_file(1, 0, 8))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "two-status-words") in trouble.details
    assert not session.alive


def test_a_wrong_key_is_told_and_the_right_one_opens_afterwards() -> None:
    chip = bac_only()
    channel = DirectChannel(chip)
    link = card_link(channel)
    link.exchange(APPLICATION)
    trouble = bac.authenticate(link, MrzKey("YA9999999", "800101", "300101"))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.wrong-key"
    assert not isinstance(bac.authenticate(link, zone_key(chip)), DeviceTrouble)


def test_a_chip_pulled_at_any_command_is_removed_and_the_session_over() -> None:
    for at in range(2, 6):
        chip = bac_only()
        channel = DirectChannel(chip, pulled_at=at)
        link = card_link(channel)
        link.exchange(APPLICATION)
        cipher = bac.authenticate(link, zone_key(chip))
        if isinstance(cipher, DeviceTrouble):
            assert cipher == REMOVED
            continue
        session = SecureMessaging(link, cipher)
        answers = [session.exchange(read_short_file(1, 0, 8)) for _ in range(4)]
        assert REMOVED in answers
        assert not session.alive
