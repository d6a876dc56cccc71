"""Whole readings against a chip that the input has made or spoilt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any, Final

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.document_readings import DocumentKey, DocumentReading, DocumentRequest, Property
from tests.emulated.cards import identity_documents as cards
from tests.emulated.cards.direct import DirectSlot
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.virtual_reader import Chip
from tests.fuzz.material import CLAIM, TODAY, Script, anchors, documents, script

_HASTE: Final = DocumentTimes(wait=0.2, whole=1.5, silence=0.5)
_PARTS: Final = ("common", "security_object", 1, 11, 12, 14, 15)
"""What of a document the input may replace, in its order."""


def _read_whole(chip: Chip, key: DocumentKey) -> None:
    reader = AnySlotDocumentReader(
        lambda: (DirectSlot("Contactless", chip),), _HASTE, Random(7).randbytes
    )
    reader.trust(anchors())
    request = DocumentRequest(key=key, today=TODAY, claim=CLAIM, with_face=False)
    outcome = reader.read(request, lambda _progress: None)
    if isinstance(outcome, DocumentReading) and outcome.verdict.of(Property.HOLDER) is None:
        raise AssertionError("a verdict without a property")


def contents(data: bytes) -> None:
    """A chip of the forger's own: every file says what the input says, under good protection."""
    true = cards.passport_with_aa().document
    answers = Script(data)
    groups = dict(true.data_groups)
    changes: dict[str, Any] = {}
    for part in _PARTS:
        content = answers.transmit(b"")
        if not isinstance(content, bytes) or not content:
            continue
        if isinstance(part, str):
            changes[part] = content
        else:
            groups[part] = content
    document = replace(true, data_groups=groups, offers=(), card_access=None, **changes)
    chip = EmrtdChip(document, random=Random(7).randbytes)
    _read_whole(chip, cards.zone_key(chip))


def contents_seeds() -> Iterable[bytes]:
    for chip in documents():
        document, groups = chip.document, chip.document.data_groups
        yield script(
            (
                *(document.common, document.security_object),
                *(groups.get(number, b"") for number in (1, 11, 12, 14, 15)),
            )
        )


class Spoiling:
    """A true chip whose answers the input spoils: at which command, from which byte, with what."""

    def __init__(self, chip: EmrtdChip, data: bytes) -> None:
        self.chip = chip
        self.commands = 0
        self._changes: dict[int, tuple[int, bytes]] = {}
        rest = data
        while len(rest) > 3:
            end = 3 + rest[2]
            self._changes[rest[0]] = (rest[1], rest[3:end])
            rest = rest[end:]

    @property
    def atr(self) -> bytes:
        """The chip's."""
        return self.chip.atr

    def reset(self) -> None:
        """The chip's."""
        self.chip.reset()

    def answer(self, command: bytes) -> bytes:
        """The chip's, spoilt."""
        number, self.commands = self.commands, self.commands + 1
        answer = self.chip.answer(command)
        at, put = self._changes.get(number, (0, b""))
        return answer[:at] + put + answer[at + len(put) :] if put else answer


def spoilt(data: bytes) -> None:
    chip = EmrtdChip(documents()[data[0] % 6 if data else 0].document, random=Random(7).randbytes)
    _read_whole(Spoiling(chip, data[1:]), cards.zone_key(chip))


def spoilt_seeds() -> Iterable[bytes]:
    for which in range(6):
        yield bytes([which])
        yield bytes([which, 4, 0, 2, 0x6A, 0x82])
        yield bytes([which, 9, 2, 3, 0xFF, 0xFF, 0xFF, 20, 0, 1, 0x00])
