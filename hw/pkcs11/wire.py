"""The words between `TokenDoor` and its worker, as frames of byte fields (`hw.child.frames`).

The first field of a request is a `Verb`; the first field of an answer is `DONE` or a failure code.
"""

from __future__ import annotations

from enum import Enum, IntFlag
from typing import Final

LONGEST_REQUEST: Final = 0xF000
"""Most bytes of a request: fits a pipe's buffer of 64 kB."""
LONGEST_ANSWER: Final = 0x200000
DONE: Final = b"done"


class Verb(Enum):
    """What the worker can be asked. Its fields stand behind each."""

    TOKENS = b"tokens"
    """Nothing. Answer: slot, reader and `TokenState` of each slot with a card."""
    CERTIFICATES = b"certificates"
    """Slot. Answer: identifier and DER of each certificate."""
    RSA_BITS = b"rsa-bits"
    """Slot. Answer: four bytes, the longest RSA key with which the module signs there."""
    LOG_IN = b"log-in"
    """Slot, its reader as `TOKENS` told it, `HEED`, `WRITE` or nothing, PIN. Answer: nothing."""
    SIGN = b"sign"
    """Slot, identifier of the key, `Signing`, message. Answer: the signature."""
    FIND = b"find"
    """Label. Answer: as of `TOKENS`, of the tokens with that label."""
    PUBLIC_POINT = b"public-point"
    """Slot, identifier. Answer: the point of its P-256 key, 65 bytes (SEC 1, 2.3.3)."""
    HMAC = b"hmac"
    """Slot, identifier of the secret key, message. Answer: HMAC with SHA-256, 32 bytes."""
    MAKE_KEYS = b"make-keys"
    """Slot, identifier for a new P-256 key and a new secret key. Answer: nothing."""
    FINISH = b"finish"
    """Nothing. The worker lets the cards go and ends, without an answer."""


HEED: Final = b"heed"
"""At log-in: present no PIN unless the module says that tries are left, and not just one."""
WRITE: Final = b"write"
"""At log-in: keys will be made; the flags are not heeded."""


class TokenState(IntFlag):
    """What the module says of the card in a slot."""

    KNOWN = 1
    """The module can work with it."""
    PIN_SET = 2
    COUNT_LOW = 4
    """A wrong PIN was given since the last right one; the flag of a module that counts."""
    FINAL_TRY = 8
    LOCKED = 16


class Signing(Enum):
    """How to sign. The worker hashes; the card never sees the message."""

    RSA_SHA256 = b"rsa-sha256"
    """RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 clause 8.2)."""
    ECDSA_SHA256 = b"ecdsa-sha256"
    """ECDSA with SHA-256; the signature is r and s at equal length (PKCS #11 clause 6.3.1)."""
