"""What targets are made of: inputs in parts, true documents, cards that read off an input."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Final

from hw.apdu.command import Command, Response
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import HolderClaim
from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards import identity_documents as cards
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.emrtd_chip import EmrtdChip

TODAY: Final = date(2026, 11, 22)
CLAIM: Final = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101", "CA00000AA")
_REMOVED: Final = DeviceTrouble(TroubleKind.REMOVED, "card.removed")


class Script:
    """A card that gives the answers of the input, one a command, and is then gone.

    Each answer stands behind its length of two bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        """The next answer."""
        del command
        if len(self._rest) < 2:
            return _REMOVED
        end = 2 + int.from_bytes(self._rest[:2], "big")
        answer, self._rest = self._rest[2:end], self._rest[end:]
        return answer

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """The same as a link."""
        del command
        answer = self.transmit(b"")
        if isinstance(answer, DeviceTrouble):
            return answer
        return Response.from_bytes(answer) or _REMOVED

    def loss(self) -> DeviceTrouble | None:
        """Still there while answers are left."""
        return None if self._rest else _REMOVED

    def close(self) -> None:
        """Nothing to let go."""


def script(answers: Iterable[bytes]) -> bytes:
    """Answers as an input."""
    return b"".join(len(answer).to_bytes(2, "big") + answer for answer in answers)


def parts(data: bytes, most: int = 64) -> list[bytes]:
    """What `script` made one of; the last one may be shorter than it says."""
    found: list[bytes] = []
    while len(data) > 2 and len(found) < most:
        end = 2 + int.from_bytes(data[:2], "big")
        found.append(data[2:end])
        data = data[end:]
    return found


class Recorder(DirectChannel):
    """A channel that keeps the answers of a true card."""

    def __init__(self, chip: EmrtdChip) -> None:
        super().__init__(chip)
        self.answers: list[bytes] = []

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        answer = super().transmit(command)
        if isinstance(answer, bytes):
            self.answers.append(answer)
        return answer

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """The same as a link."""
        answer = self.transmit(command.to_bytes())
        if isinstance(answer, DeviceTrouble):
            return answer
        return Response.from_bytes(answer) or _REMOVED


@cache
def documents() -> tuple[EmrtdChip, ...]:
    """True cards of every kind."""
    return (
        *(cards.cie(), cards.cie_8_byte_nonce(), cards.ecdh_card()),
        *(cards.cam_card(), cards.bac_only(), cards.passport_with_aa()),
    )


@cache
def anchors() -> TrustAnchors:
    """A trust list that knows the true cards' country."""
    pki = cards.italian_pki()
    return TrustAnchors(certificates=pki.certificates, revocation_lists=(pki.revocation_list(),))
