"""What is kept of an envelope whose body may not be kept.

The protected header with everything that anyone may read, the station's signature, and SHA-256 of
what was signed (the Sig_structure of RFC 9052 4.4, which holds the sealed body). ES256 signs that
hash, so the signature can still be checked. The envelope's own hash, and with it the chain, stands
beside the remnant wherever it is kept.

That the hash was taken over this header is the word of whoever made the remnant, after checking the
whole envelope: nothing but the body itself can show it again. The station's journal has it, sealed,
and its bytes have the envelope's hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from sync.wire import canonical, cose, envelope
from sync.wire.canonical import Malformed
from sync.wire.envelope import HASH_BYTES, Envelope, Header
from sync.wire.signer import SIGNATURE_BYTES, VerifyingKey

FORMAT: Final = "sportello-remnant-1"
MOST_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Remnant:
    """An envelope without its body; only `verify` says whether its station made it.

    Attributes:
        header: what was written on the outside.
        key_id: the signing key that the envelope names.
        signature: the station's, 64 bytes.
        signed_hash: SHA-256 of what was signed.
        body_bytes: how long the sealed body was.
    """

    header: Header
    key_id: bytes
    signature: bytes
    signed_hash: bytes
    body_bytes: int


def leave(whole: Envelope) -> bytes:
    """What remains of `whole` without its body. Its signature is the caller's to verify first."""
    signed = whole.signed
    return canonical.encode(
        [
            FORMAT,
            signed.protected,
            signed.signature,
            hashlib.sha256(cose.to_be_signed(signed)).digest(),
            len(signed.payload),
        ]
    )


def parse(data: bytes) -> Remnant:
    """`data`, as `leave` gave it, taken apart; nothing is verified.

    Raises:
        Malformed: `remnant.shape`, or a code of `canonical`, `cose` or `envelope`.
    """
    fields = canonical.items(canonical.decode(data, limit=MOST_BYTES))
    if len(fields) != 5 or fields[0] != FORMAT:
        raise Malformed("remnant.shape")
    header, key_id = envelope.read_protected(canonical.octets(fields[1]))
    return Remnant(
        header,
        key_id,
        canonical.octets(fields[2], exactly=SIGNATURE_BYTES),
        canonical.octets(fields[3], exactly=HASH_BYTES),
        canonical.natural(fields[4]),
    )


def verify(remnant: Remnant, key: VerifyingKey) -> bool:
    """Whether `key` signed what the remnant is left of."""
    return remnant.key_id == key.key_id and key.verify_hash(remnant.signed_hash, remnant.signature)
