"""libeac (OpenPACE) opens the emulated chips and reads them: a terminal that nobody here wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hw.errors import DeviceTrouble
from hw.pcsc import occupied_slots
from tests.contract.cards.conftest import Bench
from tests.contract.cards.libeac_terminal import CAN, MRZ, LibeacTerminal, Refusal, load
from tests.emulated.cards.document import EF_COM, Manners
from tests.emulated.cards.emrtd_chip import EMRTD_NAME, EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_pace import Numbers
from tests.emulated.cards.emrtd_protocols import oid_value
from tests.emulated.cards.identity_documents import (
    cam_card,
    cie,
    cie_8_byte_nonce,
    ecdh_card,
    passport_with_aa,
)

LIBRARY = load()
pytestmark = pytest.mark.skipif(LIBRARY is None, reason="no libeac here (Debian: libeac3)")


def opened(chip: EmrtdChip, kind: int, secret: bytes | None = None) -> LibeacTerminal:
    """A terminal that has run PACE with the chip's own password, or with `secret`."""
    terminal = LibeacTerminal(LIBRARY, chip.answer)
    document = chip.document
    own = document.can.encode() if kind == CAN else document.zone_information
    assert document.card_access is not None
    terminal.take(document.card_access)
    terminal.pace(oid_value(document.offers[0].oid), own if secret is None else secret, kind)
    return terminal


def read(terminal: LibeacTerminal, short: int, size: int) -> bytes:
    """A file by its short identifier, in short commands."""
    content = terminal.protected(bytes([0x00, 0xB0, 0x80 | short, 0x00]), b"", min(size, 0xDF))
    while len(content) < size:
        at = len(content)
        header = bytes([0x00, 0xB0, at >> 8, at & 0xFF])
        content += terminal.protected(header, b"", min(size - at, 0xDF))
    return content


WRITTEN = Manners(numbers=Numbers(short_publics=True, short_secret=True))
"""How the judge writes numbers: without leading zeros, the shared secret included."""
CARDS: dict[str, Callable[[], EmrtdChip]] = {
    "CIE": lambda: cie(manners=WRITTEN),
    "CIE, nonce of 8 bytes": lambda: cie_8_byte_nonce(manners=WRITTEN),
    "ECDH, AES-128, brainpoolP256r1": lambda: ecdh_card(Suite.AES_128, 13),
    "ECDH, AES-192, brainpoolP384r1": lambda: ecdh_card(Suite.AES_192, 16),
    "ECDH, AES-256, P-521": lambda: ecdh_card(Suite.AES_256, 18),
    "ECDH, 3DES, P-256": lambda: ecdh_card(Suite.TRIPLE_DES, 12),
    "ECDH, AES-128, brainpoolP320r1": lambda: ecdh_card(Suite.AES_128, 14),
    "DH, AES-128, 1024 bits": lambda: ecdh_card(Suite.AES_128, 0, manners=WRITTEN),
    "DH, AES-256, 2048 bits": lambda: ecdh_card(Suite.AES_256, 1, manners=WRITTEN),
}


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("kind", [CAN, MRZ], ids=["CAN", "MRZ"])
def test_libeac_opens_the_chip_and_reads_a_file(name: str, kind: int) -> None:
    chip = CARDS[name]()
    terminal = opened(chip, kind)
    assert terminal.agreed
    assert chip.access.authenticated == ["PACE"]
    terminal.protected(bytes.fromhex("00A4040C"), EMRTD_NAME, None)
    for short, number in ((1, 1), (14, 14), (11, 11)):
        content = chip.document.data_groups[number]
        assert read(terminal, short, len(content)) == content
    assert read(terminal, 0x1E, len(chip.document.common)) == chip.document.files()[EF_COM]


def test_leading_zeros_are_written_as_the_judge_writes_them() -> None:
    chip = ecdh_card(Suite.AES_128, 0, manners=replace(WRITTEN, zero_led_runs=1))
    assert opened(chip, CAN).agreed
    kept = ecdh_card(Suite.AES_128, 0, manners=Manners(zero_led_runs=1))
    with pytest.raises(Refusal, match="6300"):
        opened(kept, CAN)


def test_libeac_opens_a_passport_with_its_zone() -> None:
    chip = passport_with_aa()
    terminal = opened(chip, MRZ)
    terminal.protected(bytes.fromhex("00A4040C"), EMRTD_NAME, None)
    assert read(terminal, 1, 93) == chip.document.data_groups[1]


def test_libeac_reads_a_whole_face_from_the_italian_card() -> None:
    chip = cie(manners=WRITTEN)
    terminal = opened(chip, CAN)
    terminal.protected(bytes.fromhex("00A4040C"), EMRTD_NAME, None)
    face = chip.document.data_groups[2]
    assert read(terminal, 2, len(face)) == face


@pytest.mark.parametrize("make", [cie, ecdh_card])
def test_a_wrong_can_is_refused_at_the_token(make: Callable[..., EmrtdChip]) -> None:
    chip = make(manners=replace(WRITTEN, tries=3))
    with pytest.raises(Refusal, match="63c2"):
        opened(chip, CAN, b"654321")
    assert chip.access.session is None
    with pytest.raises(Refusal, match="63c2"):  # the next MSE:Set AT tells the tries left
        opened(chip, CAN)


def test_the_generic_mapping_of_a_chip_with_two_mappings() -> None:
    """The judge knows no chip authentication mapping; the one beside it must be as good."""
    chip = cam_card()
    generic = chip.document.offers[1]
    terminal = LibeacTerminal(LIBRARY, chip.answer)
    terminal.choose(generic.oid, generic.parameter)
    terminal.pace(
        oid_value(generic.oid), chip.document.can.encode(), CAN, parameter=generic.parameter
    )
    assert terminal.agreed


@pytest.mark.parametrize("make", [cie, ecdh_card])
def test_libeac_reads_the_chip_through_a_real_reader(
    bench: Bench, make: Callable[..., EmrtdChip]
) -> None:
    """The same over pcscd and vpcd: lengths, extended ones too, arrive as they were sent."""
    chip = make(manners=WRITTEN)
    bench.insert(chip)
    slots = occupied_slots()
    assert not isinstance(slots, DeviceTrouble)
    channel = slots[0].connect()
    assert not isinstance(channel, DeviceTrouble)

    def transmit(command: bytes) -> bytes:
        answer = channel.transmit(command)
        assert not isinstance(answer, DeviceTrouble)
        return answer

    terminal = LibeacTerminal(LIBRARY, transmit)
    assert chip.document.card_access is not None
    terminal.take(chip.document.card_access)
    terminal.pace(oid_value(chip.document.offers[0].oid), chip.document.can.encode(), CAN)
    terminal.protected(bytes.fromhex("00A4040C"), EMRTD_NAME, None)
    face = chip.document.data_groups[2]
    assert read(terminal, 2, len(face)) == face
    channel.close()
