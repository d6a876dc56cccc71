"""What proves the master password of a Security Officer (R-001-7), for one card alone.

The password itself never travels: the station proves it under the act that activates a card, and
the hub compares. It is made by the hub (`make`), with some 99 bits; so no slow digest is needed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from sync.model.daily_password import ALPHABET
from sync.wire import canonical

PROOF_BYTES: Final = 32
KEY_BYTES: Final = 32
GROUPS: Final = 5
GROUP: Final = 4

_KEY: Final = b"sportello master password 1"
_PURPOSE: Final = "sportello card activation 1"


def make(below: Callable[[int], int]) -> bytearray:
    """A new master password, 20 characters, to be wiped.

    Args:
        below: a random whole number from 0 to below its argument.
    """
    letters = ALPHABET.encode()
    return bytearray(letters[below(len(letters))] for _ in range(GROUPS * GROUP))


def shown(password: bytes | bytearray) -> str:
    """As it stands in the letter: groups of four with spaces between."""
    text = bytes(password).decode("ascii")
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def parse(text: str) -> bytearray | None:
    """What was typed, without spaces and dashes, in capitals; None where it cannot be one."""
    plain = "".join(text.split()).replace("-", "").upper()
    if len(plain) != GROUPS * GROUP or not set(plain) <= set(ALPHABET):
        return None
    return bytearray(plain, "ascii")


def key_of(password: bytes | bytearray) -> bytes:
    """What the hub keeps in the place of the password, 32 bytes."""
    return hmac.digest(bytes(password), _KEY, "sha256")


def prove(key: bytes, comune: str, codice_fiscale: str, serial: str) -> bytes:
    """The proof for the activation of one card, 32 bytes.

    Args:
        key: `key_of` the password.
        comune: ISTAT code.
        codice_fiscale: of the card's holder.
        serial: of the card.
    """
    message = canonical.encode([_PURPOSE, comune, codice_fiscale, serial])
    return hmac.digest(key, message, "sha256")


def is_proof(proof: bytes, key: bytes, comune: str, codice_fiscale: str, serial: str) -> bool:
    """Whether the proof was made with that key for that card; in constant time."""
    return hmac.compare_digest(proof, prove(key, comune, codice_fiscale, serial))
