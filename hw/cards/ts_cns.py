"""Tessera sanitaria with the services chip (TS-CNS): what it tells without a PIN.

The card is known by the files it has, never by its answer to reset: over NFC a health card, an
identity card and many others answer with the same four bytes 3B 80 80 01 01.

Tree (CNS File System): MF 3F00, DF1 1100 with EF_DatiPersonali 1102, DF0 1000 with EF_IDCarta 1003.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from hw.apdu.chain import Link, card_link
from hw.apdu.command import LONGEST_ANSWER, Response, read_binary, select_file
from hw.apdu.status import StatusWord, name_of
from hw.cards.personal_data import decode_text, parse_record, record_size
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel
from hw.readings import HealthCardReading

_SizeOf: TypeAlias = Callable[[bytes], "int | DeviceTrouble | None"]
"""Size of a file by its first bytes; None where they are too few to tell."""
_PERSONAL_DATA: Final = (0x3F00, 0x1100, 0x1102)
_CARD_ID: Final = (0x3F00, 0x1000, 0x1003)
_CARD_ID_SIZE: Final = 16
_END_OF_FILE: Final = frozenset(
    {
        StatusWord.END_REACHED,
        StatusWord.WRONG_P1_P2,
        StatusWord.INCORRECT_P1_P2,
        StatusWord.RECORD_NOT_FOUND,
    }
)
_MEMORY_FAILS: Final = frozenset({StatusWord.DATA_MAY_BE_CORRUPTED, StatusWord.MEMORY_FAILURE})
_REFUSED: Final = frozenset(
    {StatusWord.SECURITY_STATUS_NOT_SATISFIED, StatusWord.CONDITIONS_NOT_SATISFIED}
)


def read_health_card(channel: CardChannel) -> HealthCardReading | DeviceTrouble:
    """Read the personal data record and the card's number from the card in `channel`.

    Returns:
        The reading. Or trouble: `card.not-health-card` where one of the files is not there;
        `card.record-refused` where the card wants a PIN for them; `card.record-unreadable` where
        its memory fails; a `card.record-…` of `parse_record`; `card.protocol` where the card
        breaks the standard; and whatever the channel gives (`card.removed`, ...).
    """
    link = card_link(channel)
    # The number first: it may be missing, and so a card that is pulled meanwhile would go unseen.
    # Of the record nothing may be missing.
    card_id = _read_card_id(link)
    if isinstance(card_id, DeviceTrouble):
        return card_id
    selected = _select(link, _PERSONAL_DATA)
    if isinstance(selected, DeviceTrouble):
        return selected
    if not selected:
        return DeviceTrouble(TroubleKind.REFUSED, "card.not-health-card")
    record = _read_file(link, record_size)
    if isinstance(record, Response):
        return _refusal(record)
    if isinstance(record, DeviceTrouble):
        return record
    return parse_record(record, card_id)


def _select(link: Link, path: tuple[int, ...]) -> bool | DeviceTrouble:
    """Walk down `path`; False where the card has no such file, in whatever words it says so."""
    for identifier in path:
        response = link.exchange(select_file(identifier))
        if isinstance(response, DeviceTrouble):
            return response
        if response.status != StatusWord.OK and not _is_warning(response.status):
            return False
    return True


def _read_file(link: Link, size_of: _SizeOf) -> bytes | Response | DeviceTrouble:
    """The bytes of the selected file: as many as `size_of` wants, or fewer where it ends.

    Returns:
        The bytes; the response where the card refuses; trouble where the channel gives it.
    """
    data = b""
    limit = LONGEST_ANSWER
    while True:
        size = size_of(data)
        if isinstance(size, DeviceTrouble) or (size is not None and len(data) >= size):
            return data  # of a bad header the parser tells
        wish = limit if size is None else min(limit, size - len(data))
        response = link.exchange(read_binary(len(data), wish))
        if isinstance(response, DeviceTrouble):
            return response
        status = response.status
        if status == StatusWord.WRONG_LENGTH and wish > 1:
            # Some cards do not take Le 00 for 256, and some refuse in these words to read over
            # the end of the file.
            limit = wish - 1 if wish == LONGEST_ANSWER else wish // 2
        elif status == StatusWord.OK and response.data:
            data += response.data
        elif status == StatusWord.OK or status in _END_OF_FILE:
            return data + response.data
        else:
            return response


def _refusal(response: Response) -> DeviceTrouble:
    """What a status word other than success says of the record."""
    status = response.status
    details = (("status", name_of(status)),)
    if status in _REFUSED:
        return DeviceTrouble(TroubleKind.REFUSED, "card.record-refused", details)
    if status in _MEMORY_FAILS or status >> 8 in {0x64, 0x6F}:
        return DeviceTrouble(TroubleKind.DAMAGED, "card.record-unreadable", details)
    return DeviceTrouble(TroubleKind.PROTOCOL, "card.protocol", details)


def _read_card_id(link: Link) -> str | DeviceTrouble:
    """EF_IDCarta as text; empty where the card does not give it, as nothing depends on it."""
    selected = _select(link, _CARD_ID)
    if isinstance(selected, DeviceTrouble):
        return selected
    data = _read_file(link, lambda _: _CARD_ID_SIZE) if selected else b""
    if isinstance(data, DeviceTrouble):
        return data
    text = decode_text(data[:_CARD_ID_SIZE]) if isinstance(data, bytes) else None
    return text if text is not None and text.isascii() else ""


def _is_warning(status: int) -> bool:
    """62xx and 63xx: the command was carried out, with a remark (table 6)."""
    return status >> 8 in {0x62, 0x63}
