"""That an operator is signed in at a station, signed by the operator's own card.

A question to the hub is signed by the station, and the thumbprint of an operator's certificate
stands in every envelope; so neither shows that the operator is there. This statement does: it names
one station and one moment, and the hub takes it for a short time. It stands inside the sealed
question, where nobody but the hub reads it. The card signs it without a new PIN while it is signed
in, and a message that is an array with a purpose of its own can pass for no other signature.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.wire import canonical
from sync.wire.canonical import Malformed
from sync.wire.envelope import OperatorSigner, Unsigned
from sync.wire.operator_key import LONGEST_SIGNATURE, SHORTEST_SIGNATURE, OperatorKey

PURPOSE: Final = "application/sportello-on-duty"

LIFE_MILLISECONDS: Final = 30 * 60 * 1000
"""For so long the hub takes it."""

AHEAD_MILLISECONDS: Final = 10 * 60 * 1000
"""How far a station's clock may be ahead of the hub's, as for questions."""

HASH_BYTES: Final = 32
NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class DutyStatement:
    """A statement as it stands in a question.

    Attributes:
        thumbprint: SHA-256 of the operator's certificate in DER.
        signed_at: milliseconds since 1970, by the hub's clock as far as the station knows it.
        nonce: 16 bytes by chance: no two are alike, and none can be asked for beforehand.
        signature: by the card, over what `message` gives.
    """

    thumbprint: bytes
    signed_at: int
    nonce: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    def is_fresh(self, now: int, life: int = LIFE_MILLISECONDS) -> bool:
        """Whether it is to be taken at `now`, milliseconds since 1970."""
        return -AHEAD_MILLISECONDS <= now - self.signed_at <= life

    def is_signed_by(self, operator: OperatorKey, station: str) -> bool:
        """Whether the card of that certificate signed it, for that station."""
        return self.thumbprint == operator.thumbprint and operator.verify(
            message(station, self.thumbprint, self.signed_at, self.nonce), self.signature
        )

    def to_plain(self) -> list[object]:
        """As it is encoded."""
        return [self.thumbprint, self.signed_at, self.nonce, self.signature]


def message(station: str, thumbprint: bytes, signed_at: int, nonce: bytes) -> bytes:
    """What the card signs."""
    return canonical.encode([PURPOSE, station, thumbprint, signed_at, nonce])


def make(
    station: str,
    card: OperatorSigner,
    *,
    signed_at: int,
    random: Callable[[int], bytes] = os.urandom,
) -> DutyStatement | Unsigned:
    """A new one, or why the card did not sign. Takes as long as a card does, up to a second."""
    thumbprint, nonce = card.thumbprint, random(NONCE_BYTES)
    signature = card.sign(message(station, thumbprint, signed_at, nonce))
    if isinstance(signature, Unsigned):
        return signature
    return DutyStatement(thumbprint, signed_at, nonce, signature)


def from_plain(plain: object) -> DutyStatement:
    """What `to_plain` gave; nothing is verified.

    Raises:
        Malformed: it is none.
    """
    thumbprint, signed_at, nonce, signature = canonical.items(plain, exactly=4)
    made = DutyStatement(
        canonical.octets(thumbprint, exactly=HASH_BYTES),
        canonical.natural(signed_at),
        canonical.octets(nonce, exactly=NONCE_BYTES),
        canonical.octets(signature),
    )
    if not SHORTEST_SIGNATURE <= len(made.signature) <= LONGEST_SIGNATURE:
        raise Malformed("duty.shape")
    return made
