"""Digests of PINs, codes, passwords and answers: Argon2id (RFC 9106), in PHC text.

A PIN of eight digits falls to whoever may try them all, however slow one try is made. So a digest
travels sealed only, and lies in the hub's database encrypted under a key that is not in it
(`protect`): whoever takes the database alone has nothing to try on.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidKey, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from sync.model.secret_digests import DIGEST_BYTES, MOST_LANES, SALT_BYTES, digest_problem
from sync.wire.turns import Turns

MEMORY_KIB: Final = 64 * 1024
PASSES: Final = 3
LANES: Final = MOST_LANES
"""Memory and passes are those of the second recommended option of RFC 9106, 4; the lanes are not:
the library draws those of all computations from one pool of threads, and with more than one lane
two computations at once wait for each other for ever (cryptography 50, OpenSSL 4.0; ADR 0133)."""

AT_ONCE: Final = 2
"""Computations at the same time in one process, in order of arrival: 64 MiB each."""

KEY_BYTES: Final = 32

_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"sportello digest 1 "

_TURNS: Final = Turns(AT_ONCE)


def digest(secret: bytes | bytearray) -> str:
    """The digest of a secret under a salt of its own.

    It takes 64 MiB and about 0.16 s (a second on a small board): never on a thread that draws.
    """
    maker = Argon2id(
        salt=os.urandom(SALT_BYTES),
        length=DIGEST_BYTES,
        iterations=PASSES,
        lanes=LANES,
        memory_cost=MEMORY_KIB,
    )
    # Any buffer is taken, whatever the stub says; a copy as bytes could not be wiped.
    with _TURNS.turn():
        return maker.derive_phc_encoded(secret)  # type: ignore[arg-type]


def verify(phc: str, secret: bytes | bytearray) -> bool:
    """Whether `phc` is a digest of `secret`; compared in constant time.

    A text that `digest_problem` refuses is a digest of nothing, and costs nothing.
    """
    if digest_problem(phc) is not None:
        return False
    try:
        with _TURNS.turn():
            Argon2id.verify_phc_encoded(secret, phc)  # type: ignore[arg-type]  # as above
    except InvalidKey:
        return False
    return True


def protect(phc: str, key: bytes, context: bytes = b"") -> bytes:
    """A digest as a database may hold it: AES-256-GCM under `key`, 32 bytes.

    Args:
        phc: the digest.
        key: kept outside the database.
        context: what it belongs to; the same is needed to read it back.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, phc.encode("ascii"), _PURPOSE + context)


def unprotect(kept: bytes, key: bytes, context: bytes = b"") -> str | None:
    """The inverse of `protect`; None for another key or context, or changed bytes."""
    if len(kept) < _NONCE_BYTES:
        return None
    try:
        phc = AESGCM(key).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], _PURPOSE + context)
    except InvalidTag:
        return None
    return phc.decode("ascii")
