"""Documents on readers that cannot carry what they should, as several in the field cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import DocumentReading, DocumentRequest
from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import can_key, cie, ecdh_card, italian_pki

FAILED = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
"""What `hw.pcsc` makes of a transmission that failed while the card lies where it lay."""


class NarrowChannel(DirectChannel):
    """A reader's way to a chip, with lengths that it does not carry."""

    def __init__(self, chip: EmrtdChip, longest: int, longest_answer: int) -> None:
        super().__init__(chip)
        self._longest = longest
        self._longest_answer = longest_answer

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        self.commands.append(command)
        if len(command) > self._longest:
            return FAILED
        answer = self.chip.answer(command)
        return answer if len(answer) <= self._longest_answer else FAILED


class NarrowSlot:
    """Implements `CardSlot`."""

    def __init__(self, name: str, connect: Callable[[], NarrowChannel]) -> None:
        self.name = name
        self.channels: list[NarrowChannel] = []
        self._connect = connect

    def connect(self) -> NarrowChannel:
        self.channels.append(self._connect())
        return self.channels[-1]


def read(
    chip: EmrtdChip, name: str, *, longest: int, longest_answer: int
) -> tuple[DocumentReading, list[NarrowChannel]]:
    def connect() -> NarrowChannel:
        chip.reset()
        return NarrowChannel(chip, longest, longest_answer)

    slot = NarrowSlot(name, connect)
    reader = AnySlotDocumentReader(lambda: [slot], DocumentTimes(5.0, 40.0, 10.0))
    reader.trust(TrustAnchors(certificates=italian_pki().certificates, version=1))
    reading = reader.read(DocumentRequest(can_key(chip), date(2026, 11, 22)), lambda _: None)
    assert isinstance(reading, DocumentReading)
    return reading, slot.channels


@pytest.mark.parametrize("make", [cie, ecdh_card])
@pytest.mark.parametrize(
    ("longest", "longest_answer"),
    [
        pytest.param(70000, 2050, id="answers up to 2 kB"),
        pytest.param(70000, 262, id="short answers"),
        pytest.param(261, 258, id="the format, but not its lengths"),
    ],
)
def test_a_narrow_reader_costs_time_and_nothing_else(
    make: Callable[[], EmrtdChip], longest: int, longest_answer: int
) -> None:
    reading, channels = read(
        make(), "A reader of no name", longest=longest, longest_answer=longest_answer
    )
    assert reading.verdict.sound
    assert len(channels) <= 8


@pytest.mark.parametrize("make", [cie, ecdh_card])
def test_a_reader_with_a_profile_costs_no_try(make: Callable[[], EmrtdChip]) -> None:
    reading, channels = read(
        make(), "ACS ACR122U PICC Interface 00 00", longest=261, longest_answer=258
    )
    assert reading.verdict.sound
    assert len(channels) == 1
    assert all(command[:2] != b"\x00\xb0" or command[2] != 0x81 for command in channels[0].commands)
