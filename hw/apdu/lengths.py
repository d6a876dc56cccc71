"""How long commands and answers may be: what the reader and the card between them can take.

ISO/IEC 7816-4 lets a card tell (EF.ATR/INFO, clause 12.2), nothing tells of the reader but a try.
Wrong guesses cost a session, so the try is made before any key is agreed upon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hw.apdu import tlv
from hw.apdu.command import (
    LONGEST_ANSWER,
    LONGEST_DATA,
    LONGEST_EXTENDED_ANSWER,
    LONGEST_EXTENDED_DATA,
    Response,
    read_short_file,
)
from hw.apdu.link import Link
from hw.apdu.status import StatusWord
from hw.errors import DeviceTrouble, TroubleKind

_ATR_INFO: Final = 0x01
"""Short identifier of EF.ATR/INFO (2F01) in the master file (clause 11.4.3)."""
_CARD_ACCESS: Final = 0x1C
_EXTENDED_INFORMATION: Final = 0x7F66
_CARD_CAPABILITIES: Final = 0x47
_EXTENDED_SUPPORTED: Final = 0x40
_BUFFER_SIZES: Final = 0xE0
_INTEGER: Final = 0x02
_COMMAND_FRAME: Final = 4 + 3 + 2
"""Header, Lc and Le of a command in extended format: bytes of it that are not data."""
_STATUS_FRAME: Final = 2


@dataclass(frozen=True, slots=True)
class LengthLimits:
    """The longest command and answer that reader and card can exchange at once.

    Attributes:
        most_data: command data bytes, 1 to 65535.
        most_answer: answer data bytes, 1 to 65536; protected ones count as they travel.
    """

    most_data: int
    most_answer: int

    @property
    def extended(self) -> bool:
        """Whether the extended format is of any use."""
        return self.most_data > LONGEST_DATA or self.most_answer > LONGEST_ANSWER

    def meet(self, other: LengthLimits) -> LengthLimits:
        """What both can take."""
        return LengthLimits(
            min(self.most_data, other.most_data), min(self.most_answer, other.most_answer)
        )


SHORT: Final = LengthLimits(LONGEST_DATA, LONGEST_ANSWER)
"""What every card and reader can do."""
EXTENDED: Final = LengthLimits(LONGEST_EXTENDED_DATA, LONGEST_EXTENDED_ANSWER)
"""What the extended format can write."""


def probe_limits(
    link: Link, *, reader: LengthLimits | None = None, card: LengthLimits | None = None
) -> LengthLimits | DeviceTrouble:
    """What reader and card can do, asked of them only as far as it is not known.

    Args:
        link: a chain without limits, no secure messaging, the master file selected (as after a
            reset).
        reader: what the reader is known to take, None where it is not known.
        card: the same of the card.

    Returns:
        The limits. No exchange where both are known, or where one of them takes the short format
        only; else one, or two where the card has no EF.ATR/INFO or refuses the extended format.
        Trouble only where the card or reader is gone.
    """
    known = (reader or EXTENDED).meet(card or EXTENDED)
    if not known.extended or (reader is not None and card is not None):
        return known
    if card is not None:
        return _tried(link, known)
    # The first try asks for the file in which the card speaks of itself.
    answer = link.exchange(read_short_file(_ATR_INFO, 0, LONGEST_EXTENDED_ANSWER))
    if isinstance(answer, DeviceTrouble):
        return _without_extended(answer, known)
    if _speaks_extended(answer):
        told = limits_told(answer.data)
        return known if told is None else known.meet(told)
    if answer.status == StatusWord.WRONG_LENGTH:
        return SHORT.meet(known)
    return _tried(link, known)  # no such file here, or a card that says so of a length


def _tried(link: Link, known: LengthLimits) -> LengthLimits | DeviceTrouble:
    """`known`, if a file that all cards have can be read in extended format."""
    answer = link.exchange(read_short_file(_CARD_ACCESS, 0, LONGEST_EXTENDED_ANSWER))
    if isinstance(answer, DeviceTrouble):
        return _without_extended(answer, known)
    return known if _speaks_extended(answer) else SHORT.meet(known)


def _without_extended(trouble: DeviceTrouble, known: LengthLimits) -> LengthLimits | DeviceTrouble:
    """Readers refuse what they cannot take in many ways; one that lost the card is no refusal."""
    refused = trouble.kind in {TroubleKind.PROTOCOL, TroubleKind.DAMAGED}
    return SHORT.meet(known) if refused else trouble


def limits_told(atr_info: bytes) -> LengthLimits | None:
    """What the content of EF.ATR/INFO says of lengths; None where it says nothing.

    DO 7F66 (ISO/IEC 7816-4 clause 12.7.1) counts whole APDUs, and so does the DO E0 of IAS ECC
    cards, which has the sizes twice, the second time for secure messaging. The third byte of the
    card capabilities (DO 47) says whether the extended format is known at all.
    """
    try:
        objects = _objects(atr_info)
        sizes = objects.get(_EXTENDED_INFORMATION, objects.get(_BUFFER_SIZES))
        if sizes is not None:
            return _limits_of([each.value for each in tlv.read_all(sizes) if each.tag == _INTEGER])
    except tlv.Malformed:
        return None
    capabilities = objects.get(_CARD_CAPABILITIES, b"")
    if len(capabilities) >= 3:
        return EXTENDED if capabilities[2] & _EXTENDED_SUPPORTED else SHORT
    return None


def _speaks_extended(answer: Response) -> bool:
    """Whether a command in extended format was understood, whatever came of it."""
    return bool(answer.data) and (
        answer.status in {StatusWord.OK, StatusWord.END_REACHED} or answer.status >> 8 == 0x61
    )


def _objects(atr_info: bytes) -> dict[int, bytes]:
    """The data objects, without the category indicator before and the filler after them."""
    offset = 1 if atr_info[:1] in {b"\x00", b"\x80"} else 0
    objects: dict[int, bytes] = {}
    while offset < len(atr_info) and atr_info[offset] not in {0x00, 0xFF}:
        element, offset = tlv.read(atr_info, offset)
        objects[element.tag] = element.value
    return objects


def _limits_of(sizes: list[bytes]) -> LengthLimits | None:
    """Limits out of sizes of whole commands and answers; never less than the short format's."""
    if len(sizes) not in {2, 4} or not all(1 <= len(size) <= 4 for size in sizes):
        return None
    numbers = [int.from_bytes(size, "big") for size in sizes]
    if len(numbers) == 4:  # IAS ECC: command, protected command, answer, protected answer
        numbers = [min(numbers[:2]), min(numbers[2:])]
    data = max(LONGEST_DATA, numbers[0] - _COMMAND_FRAME)
    answer = max(LONGEST_ANSWER, numbers[1] - _STATUS_FRAME)
    return LengthLimits(data, answer).meet(EXTENDED)
