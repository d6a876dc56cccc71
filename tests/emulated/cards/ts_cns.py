"""A TS-CNS: the health card with the citizen's services chip. And cards that are not one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from tests.emulated.cards.certificate import make_certificate
from tests.emulated.cards.file_chip import FileChip, Reads
from tests.emulated.cards.holder import Holder

CONTACT_ATR = bytes.fromhex("3BFF1800FF8131FE55006B02090200010101434E531031809F")
"""Historical bytes with "CNS" at offset 9, which OpenSC looks for."""
CONTACTLESS_ATR = bytes.fromhex("3B80800101")
"""The same card over NFC: no historical bytes at all."""
CARD_ID = b"6030012345678901"
PERSONAL_DATA = "3F0011001102"
EF_SIZE = 400
"""Bytes that cards set aside for EF_DatiPersonali; the rest behind the record is padding."""


@cache
def _certificate() -> bytes:
    return make_certificate("RSSMRA80A01H501U/6030012345678901.invented")


def ts_cns(
    holder: Holder | None = None,
    *,
    record: bytes | None = None,
    atr: bytes = CONTACT_ATR,
    reads: Reads | None = None,
    card_id: bytes | None = CARD_ID,
    overrides: Callable[[bytes], bytes | None] | None = None,
) -> FileChip:
    """A health card.

    Args:
        holder: whose data it carries.
        record: content of EF_DatiPersonali in place of the holder's, taken as it is.
        atr: answer to reset.
        reads: how the chip answers READ BINARY.
        card_id: content of EF_IDCarta; None for a card without that file.
        overrides: answers in place of the chip's own.
    """
    own = (holder or Holder()).record()
    files = {
        "3F002F02": bytes.fromhex("5A0A80380000000000000001"),
        "3F0010001002": bytes(16),
        "3F0010001003": card_id,
        "3F0011001101": _certificate(),
        PERSONAL_DATA: own.ljust(EF_SIZE, b"\x00") if record is None else record,
        "3F0012001201": bytes(16),
        "3F0012001202": bytes(16),
        "3F0012001203": bytes(16),
    }
    present = {path: content for path, content in files.items() if content is not None}
    return FileChip(atr, present, reads=reads or Reads(), overrides=overrides)


def identity_card() -> FileChip:
    """A contactless CIE 3.0: an MF without CNS files, an IAS and a travel document application.

    Its ATR is that of a TS-CNS over NFC, so nobody can tell them apart by it.
    """
    return FileChip(
        CONTACTLESS_ATR,
        {"3F000001": b"\x00" * 12, "3F001001": b"012345678901", "3F00011C": b"\x31\x00"},
        {
            bytes.fromhex("A0000000308000000009816001"): "3F00",
            bytes.fromhex("A0000002471001"): "3F00",
        },
    )


def bank_card() -> FileChip:
    """A payment card: the directory of payment systems, nothing of ISO/IEC 7816-4's tree."""

    def refuse(command: bytes) -> bytes | None:
        return b"\x6a\x81" if command[1] == 0xA4 and command[2] != 0x04 else None

    return FileChip(
        bytes.fromhex("3B65000020640160"),
        {"3F000001": b"\x70\x00"},
        {b"1PAY.SYS.DDF01": "3F00"},
        overrides=refuse,
    )


def blank_card() -> FileChip:
    """A memory-like card with the shortest lawful ATR, which refuses every command."""
    return FileChip(bytes.fromhex("3B00"), {"3F000001": b""}, overrides=lambda _: b"\x6d\x00")
