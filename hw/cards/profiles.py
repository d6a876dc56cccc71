"""Known manners of cards and readers, as data, and a report on a card that nobody knows.

`profiles.toml` says what is known and from where. A profile only spares questions; a card or reader
without one is asked, and a wrong line costs time, never a wrong result.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from hw.apdu import tlv
from hw.apdu.command import LONGEST_ANSWER, Command, Response, read_binary, select_file
from hw.apdu.lengths import LengthLimits
from hw.apdu.link import Link
from hw.apdu.status import StatusWord, name_of
from hw.errors import DeviceTrouble

APPLICATIONS: Final = {
    "eMRTD": "A0000002471001",
    "IAS": "A0000000308000000009816001",
    "IAS, CIE": "A00000000039",
    "PKCS#15": "A000000063504B43532D3135",
    "PIV": "A000000308000010000100",
    "driving licence": "A0000002480200",
    "vehicle registration": "A0000004564556522D3031",
    "payment": "325041592E5359532E4444463031",
    "NFC tag": "D2760000850101",
}
"""Applications by their names (AID), that tell what kind of card lies there."""
_SELECT: Final = 0xA4
_FILES: Final = {"health card data": (0x3F00, 0x1100, 0x1102), "CNS number": (0x3F00, 0x1000)}
_MASTER: Final = 0x3F00
_CARD_ACCESS: Final = 0x011C
_ATR_INFO: Final = 0x2F01
_LENGTHS_ONLY: Final = frozenset({0x43, 0x47, 0x7F66, 0xE0})
"""Objects of EF.ATR/INFO that say what the card can do; all others may tell which card it is."""
_IDENTIFIER: Final = 0x06
_MOST_IDENTIFIERS: Final = 16
_LONGEST_IDENTIFIER: Final = 24


@dataclass(frozen=True, slots=True)
class CardProfile:
    """What is known of a kind of card.

    Attributes:
        name: for the log and the clerk's page.
        applications: names of `APPLICATIONS` that it answers to.
        card_access: contents of EF.CardAccess by which it is known; empty: by any.
        limits: how long commands and answers may be; None where that has to be asked.
        wrong_key_seconds: pause before the next try after a wrong key, at least.
        source: where this is known from.
    """

    name: str
    applications: frozenset[str]
    card_access: tuple[bytes, ...]
    limits: LengthLimits | None
    wrong_key_seconds: float
    source: str

    def fits(self, card_access: bytes | None, applications: frozenset[str]) -> bool:
        """Whether a card with this content that answered to these names is of this kind."""
        known = not self.card_access or card_access in self.card_access
        return known and self.applications <= applications


@dataclass(frozen=True, slots=True)
class ReaderProfile:
    """What is known of a kind of reader.

    Attributes:
        names: parts of its PC/SC name, any of which makes it this one.
        limits: how long commands and answers may be; None where that has to be tried.
        source: where this is known from.
    """

    names: tuple[str, ...]
    limits: LengthLimits | None
    source: str

    def fits(self, name: str) -> bool:
        """Whether a reader of this PC/SC name is of this kind."""
        return any(part.casefold() in name.casefold() for part in self.names)


_UNKNOWN_READER: Final = ReaderProfile((), None, "")


def card_profile(
    card_access: bytes | None, applications: frozenset[str] = frozenset()
) -> CardProfile:
    """The profile of a card by what it answered.

    Args:
        card_access: content of EF.CardAccess, None where the card has none.
        applications: names of `APPLICATIONS` that it answered to, as far as they were asked.
    """
    return next(card for card in CARDS if card.fits(card_access, applications))


def reader_profile(name: str) -> ReaderProfile:
    """The profile of a reader by its PC/SC name; one without limits where it is not known."""
    return next((reader for reader in READERS if reader.fits(name)), _UNKNOWN_READER)


def unknown_card_report(link: Link) -> tuple[tuple[str, str], ...]:
    """What kind of card lies there, for those who will add it: names and values.

    Tells which applications and files answered and how, the object identifiers of EF.CardAccess,
    and what EF.ATR/INFO says of capabilities. Nothing of a person, and nothing that tells this card
    from the next of its kind: no serial, no content of any other file.

    Args:
        link: a chain without secure messaging. What was selected before is not any more.

    Returns:
        At most 20 pairs. Where the card is lost meanwhile, what was told before, and `ended`.
    """
    found: list[tuple[str, str]] = []
    ended: DeviceTrouble | None = None
    for name, steps in _questions():
        answer = _walk(link, steps)
        if isinstance(answer, DeviceTrouble):
            ended = answer
            break
        found.append((name, name_of(answer.status)))
    for name, identifier, told in (
        ("EF.CardAccess", _CARD_ACCESS, _identifiers),
        ("EF.ATR/INFO", _ATR_INFO, _capabilities),
    ):
        if ended is not None:
            break
        steps = (select_file(_MASTER), *_reading(identifier))
        answer = _walk(link, steps)
        if isinstance(answer, DeviceTrouble):
            ended = answer
        else:
            found.append((name, told(answer.data) if answer.data else name_of(answer.status)))
    if ended is not None:
        found.append(("ended", ended.code))
    return tuple(found)


def _questions() -> tuple[tuple[str, tuple[Command, ...]], ...]:
    """Each name with the commands whose last answer is told."""
    by_name = (
        (f"application {name}", (Command(_SELECT, 0x04, 0x0C, bytes.fromhex(identifier)),))
        for name, identifier in APPLICATIONS.items()
    )
    by_file = (
        (f"file {name}", tuple(select_file(identifier) for identifier in path))
        for name, path in _FILES.items()
    )
    return (*by_name, *by_file)


def _reading(identifier: int) -> tuple[Command, ...]:
    select = Command(_SELECT, 0x02, 0x0C, identifier.to_bytes(2, "big"))
    return select, read_binary(0, LONGEST_ANSWER)


def _walk(link: Link, steps: tuple[Command, ...]) -> Response | DeviceTrouble:
    """The answer to the last command; `card.protocol` counts as one without a diagnosis."""
    answer = Response(b"", StatusWord.NO_DIAGNOSIS)
    for command in steps:
        outcome = link.exchange(command)
        if isinstance(outcome, Response):
            answer = outcome
        elif outcome.code != "card.protocol":
            return outcome
    # A SELECT may give control information; only what was read is content.
    return answer if steps[-1].le is not None else Response(b"", answer.status)


def _identifiers(card_access: bytes) -> str:
    """The object identifiers of a SET OF SecurityInfo, in dots."""
    try:
        infos = tlv.read(card_access)[0].children()[:_MOST_IDENTIFIERS]
        found = [each.children()[0] for each in infos if each.constructed and each.value]
    except tlv.Malformed as malformed:
        return malformed.reason
    return " ".join(_dotted(each.value) for each in found if each.tag == _IDENTIFIER) or "none"


def _dotted(identifier: bytes) -> str:
    """An object identifier in dots (ITU-T X.690 clause 8.19); `?` where it is none."""
    if not identifier or identifier[-1] & 0x80 or len(identifier) > _LONGEST_IDENTIFIER:
        return "?"
    numbers: list[int] = []
    number = 0
    for byte in identifier:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(each) for each in (first, numbers[0] - 40 * first, *numbers[1:]))


def _capabilities(atr_info: bytes) -> str:
    """Capability objects in full, the lengths of all others."""
    told: list[str] = []
    offset = 1 if atr_info[:1] in {b"\x00", b"\x80"} else 0
    try:
        while offset < len(atr_info) and atr_info[offset] not in {0x00, 0xFF}:
            element, offset = tlv.read(atr_info, offset)
            value = element.value.hex().upper() if element.tag in _LENGTHS_ONLY else ""
            told.append(f"{element.tag:X}={value or f'({len(element.value)})'}")
    except tlv.Malformed as malformed:
        told.append(malformed.reason)
    return " ".join(told)[:200]


def _limits(row: dict[str, Any]) -> LengthLimits | None:
    if "most-data" not in row:
        return None
    return LengthLimits(row["most-data"], row["most-answer"])


def _load() -> tuple[tuple[CardProfile, ...], tuple[ReaderProfile, ...]]:
    text = resources.files(__package__).joinpath("profiles.toml").read_text("utf-8")
    rows = tomllib.loads(text)
    cards = tuple(
        CardProfile(
            name=row["name"],
            applications=frozenset(row["applications"]),
            card_access=tuple(bytes.fromhex(content) for content in row["card-access"]),
            limits=_limits(row),
            wrong_key_seconds=row["wrong-key-seconds"],
            source=row["source"],
        )
        for row in rows["card"]
    )
    readers = tuple(
        ReaderProfile(tuple(row["names"]), _limits(row), row["source"]) for row in rows["reader"]
    )
    return cards, readers


CARDS, READERS = _load()
"""All profiles, in the order in which they are looked through."""
