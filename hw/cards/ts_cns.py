"""Tessera sanitaria with the services chip (TS-CNS): what it tells without a PIN.

The card is known by the files it has, never by its answer to reset: over NFC a health card, an
identity card and many others answer with the same four bytes 3B 80 80 01 01.

Tree (CNS File System): MF 3F00, DF1 1100 with EF_DatiPersonali 1102, DF0 1000 with EF_IDCarta 1003.
"""

from __future__ import annotations

from typing import Final

from hw.apdu.chain import Link, card_link, protocol_trouble
from hw.apdu.command import LONGEST_ANSWER, Command, Response, read_binary, select_file
from hw.apdu.status import StatusWord, name_of
from hw.cards.personal_data import decode_text, parse_record, record_size
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel
from hw.readings import HealthCardReading

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
    selected = _select(link, _PERSONAL_DATA)
    if isinstance(selected, DeviceTrouble):
        return selected
    if not selected:
        return DeviceTrouble(TroubleKind.REFUSED, "card.not-health-card")
    record = _read_record(link)
    if isinstance(record, DeviceTrouble):
        return record
    card_id = _read_card_id(link)
    if isinstance(card_id, DeviceTrouble):
        return card_id
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


def _read_record(link: Link) -> bytes | DeviceTrouble:
    """The bytes of the selected record: as many as its header says, or fewer where it ends."""
    data = b""
    limit = LONGEST_ANSWER
    while True:
        size = record_size(data)
        if isinstance(size, DeviceTrouble) or (size is not None and len(data) >= size):
            return data
        wish = limit if size is None else min(limit, size - len(data))
        command = read_binary(len(data), wish)
        response = link.exchange(command)
        if isinstance(response, DeviceTrouble):
            return response
        if response.status == StatusWord.WRONG_LENGTH and wish > 1:
            # Some cards do not take Le 00 for 256, and some refuse in these words to read over
            # the end of the file.
            limit = wish - 1 if wish == LONGEST_ANSWER else wish // 2
            continue
        ended = _at_end(command, response)
        if isinstance(ended, DeviceTrouble):
            return ended
        data += response.data
        if ended:
            return data


def _at_end(command: Command, response: Response) -> bool | DeviceTrouble:
    """Whether the file has no more bytes behind this answer."""
    status = response.status
    if status == StatusWord.OK:
        return not response.data
    if status in _END_OF_FILE:
        return True
    if status in _REFUSED:
        details = (("status", name_of(status)),)
        return DeviceTrouble(TroubleKind.REFUSED, "card.record-refused", details)
    if status in _MEMORY_FAILS or status >> 8 in {0x64, 0x6F}:
        details = (("status", name_of(status)),)
        return DeviceTrouble(TroubleKind.DAMAGED, "card.record-unreadable", details)
    return protocol_trouble(command, "read-refused", status)


def _read_card_id(link: Link) -> str | DeviceTrouble:
    """EF_IDCarta as text; empty where the card does not give it, as nothing depends on it."""
    selected = _select(link, _CARD_ID)
    if isinstance(selected, DeviceTrouble):
        return selected
    if not selected:
        return ""
    response = link.exchange(read_binary(0, _CARD_ID_SIZE))
    if isinstance(response, DeviceTrouble):
        return response
    text = decode_text(response.data) if response.status == StatusWord.OK else None
    return text if text is not None and text.isascii() else ""


def _is_warning(status: int) -> bool:
    """62xx and 63xx: the command was carried out, with a remark (table 6)."""
    return status >> 8 in {0x62, 0x63}
