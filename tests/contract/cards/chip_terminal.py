"""The other end of a session with an emulated chip, whose keys both know."""

from __future__ import annotations

from dataclasses import replace

from tests.emulated.cards.card_faults import (
    FaultyChip,
)
from tests.emulated.cards.emrtd_apdu import objects, tlv
from tests.emulated.cards.emrtd_chip import EMRTD_NAME, EmrtdChip
from tests.emulated.cards.emrtd_crypto import SessionKeys, Suite, pad
from tests.emulated.cards.virtual_reader import Chip

SELECT = b"\x00\xa4\x04\x0c\x07" + EMRTD_NAME


class Terminal:
    """The other end of a session whose keys both know."""

    def __init__(self, chip: Chip, suite: Suite = Suite.AES_128) -> None:
        self.chip = chip
        self.keys = SessionKeys.of(suite, b"agreed")
        inner = chip.chip if isinstance(chip, FaultyChip) else chip
        assert isinstance(inner, EmrtdChip)
        inner.reset()
        inner.access.session = replace(self.keys)

    def send(self, header: str, data: bytes = b"", expected: int | None = None) -> bytes:
        """The raw answer to a protected command; extended where it must be."""
        self.keys.counter += 1
        masked = bytes([0x0C]) + bytes.fromhex(header)[1:]
        carried = tlv(0x87, b"\x01" + self.keys.hide(data)) if data else b""
        if bytes.fromhex(header)[1] & 1 and data:
            carried = tlv(0x85, self.keys.hide(data))
        if expected is not None:
            size = 1 if expected <= 256 else 2
            carried += tlv(0x97, (expected % (1 << 8 * size)).to_bytes(size, "big"))
        block = self.keys.suite.block
        code = self.keys.seal(pad(masked, block) + (pad(carried, block) if carried else b""))
        body = carried + tlv(0x8E, code)
        long = len(body) > 255 or (expected or 0) > 256
        size_field = len(body).to_bytes(3 if long else 1, "big")
        return self.chip.answer(masked + size_field + body + (b"\x00\x00" if long else b"\x00"))

    def plain(
        self, header: str, data: bytes = b"", expected: int | None = None
    ) -> tuple[bytes, str]:
        """Data and status of the answer, its code verified."""
        answer = self.send(header, data, expected)
        self.keys.counter += 1
        found = {tag: (value, whole) for tag, value, whole in objects(answer[:-2])}
        covered = b"".join(whole for tag, (_, whole) in found.items() if tag != 0x8E)
        assert self.keys.seal(pad(covered, self.keys.suite.block)) == found[0x8E][0]
        assert found[0x99][0] == answer[-2:]
        hidden = found[0x87][0][1:] if 0x87 in found else found.get(0x85, (b"", b""))[0]
        return (self.keys.reveal(hidden) if hidden else b""), answer[-2:].hex()

    def opened(self) -> Terminal:
        """With the application selected."""
        assert self.plain("00A4040C", EMRTD_NAME) == (b"", "9000")
        return self
