"""Long answers and the services number through a real pcscd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hw.apdu.chain import SHORT, LengthLimits, card_link, probe_limits, secured
from hw.apdu.command import Command, Response, read_short_file
from hw.apdu.secure_messaging import SecureMessaging
from hw.cards import ias
from hw.cards.emrtd import bac
from hw.document_readings import Finding
from hw.errors import DeviceTrouble
from hw.pcsc import PcscChannel, occupied_slots
from tests.contract.cards.conftest import Bench
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import bac_only, cie, cie_8_byte_nonce, zone_key

APPLICATION = Command(0xA4, 0x04, 0x0C, bytes.fromhex("A0000002471001"))
FACE = 2


@pytest.fixture
def connect(bench: Bench) -> Iterator[Callable[[EmrtdChip], PcscChannel]]:
    """Puts a chip in and takes it for ourselves."""
    channels: list[PcscChannel] = []

    def put(chip: EmrtdChip) -> PcscChannel:
        bench.insert(chip)
        slots = occupied_slots()
        assert not isinstance(slots, DeviceTrouble)
        channel = slots[0].connect()
        assert isinstance(channel, PcscChannel)
        channels.append(channel)
        return channel

    yield put
    for channel in channels:
        channel.close()


@pytest.mark.parametrize("size", [256, 4000, 32000, 65000])
def test_an_answer_of_any_length_comes_whole(
    connect: Callable[[EmrtdChip], PcscChannel], size: int
) -> None:
    chip = bac_only()
    groups = {**chip.document.data_groups, FACE: bytes(range(256)) * (size // 256)}
    chip = EmrtdChip(replace(chip.document, data_groups=groups))
    channel = connect(chip)
    limits = probe_limits(card_link(channel))
    assert isinstance(limits, LengthLimits)
    assert limits.extended
    link = card_link(channel, limits)
    assert link.exchange(APPLICATION) == Response(b"", 0x9000)
    cipher = bac.authenticate(link, zone_key(chip))
    assert not isinstance(cipher, DeviceTrouble)
    answer = secured(SecureMessaging(link, cipher)).exchange(
        read_short_file(FACE, 0, len(groups[FACE]))
    )
    assert answer == Response(groups[FACE], 0x9000)


def test_a_chip_of_short_answers_is_known_as_such(
    connect: Callable[[EmrtdChip], PcscChannel],
) -> None:
    channel = connect(bac_only(manners=Manners(extended=False)))
    assert probe_limits(card_link(channel)) == SHORT


@pytest.mark.parametrize("make", [cie, cie_8_byte_nonce], ids=["by name", "master file first"])
def test_the_services_number_is_read_without_any_secret(
    connect: Callable[[EmrtdChip], PcscChannel], make: Callable[[], EmrtdChip]
) -> None:
    reading = ias.read_nis(card_link(connect(make()), SHORT), bytes(range(32)))
    assert isinstance(reading, ias.NisReading)
    assert reading.anti_clone is Finding.NOT_PROVABLE
    assert "nis.challenge" in reading.reasons
