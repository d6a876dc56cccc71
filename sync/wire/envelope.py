"""An operation on its way: a header that anyone may read, a body that only the hub can read.

The envelope is a COSE_Sign1 by the station's key. Its protected header carries the header
(`sync.wire.envelope_header`) under one private label; its payload is the body, compressed and sealed, bound to the hash of the protected header. Its hash
is taken over its exact bytes, signature included, and is what the next envelope's `prev` holds.

What a clerk does is signed by the clerk's card as well: over the header and the hash of the body.
Sixteen random bytes before such a body keep its hash, and so the signature that anyone may see,
from being compared with guesses at what the body says.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol
from uuid import UUID

from sync.wire import canonical, cose, envelope_header, sealing
from sync.wire.canonical import Malformed
from sync.wire.envelope_header import (
    FORMAT,
    HASH_BYTES,
    MOST_PART_BYTES,
    MOST_PARTS,
    ClockQuality,
    ClockReading,
    Header,
    Operator,
    PartRef,
    Priority,
)
from sync.wire.hybrid_time import HybridTime
from sync.wire.operator_key import OperatorKey
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Signer, VerifyingKey

__all__ = [
    "FORMAT",
    "HASH_BYTES",
    "MOST_ENVELOPE_BYTES",
    "MOST_PARTS",
    "MOST_PART_BYTES",
    "OPERATOR_PURPOSE",
    "PURPOSE",
    "SALT_BYTES",
    "ClockQuality",
    "ClockReading",
    "Envelope",
    "Header",
    "Label",
    "Operator",
    "OperatorSigner",
    "PartRef",
    "Position",
    "Priority",
    "Unsigned",
    "compose",
    "compose_signed",
    "genesis",
    "is_signed_by",
    "open_body",
    "operator_message",
    "parse",
    "read_protected",
    "verify",
]

MOST_ENVELOPE_BYTES: Final = sealing.MOST_PLAIN_BYTES + 4096
PURPOSE: Final = "application/sportello-operation+cose"
OPERATOR_PURPOSE: Final = "application/sportello-operator"
"""Stands first in what a card signs, so that the signature can pass for nothing else."""
SALT_BYTES: Final = 16

_HEADER: Final = -70001  # a private label, RFC 9052 3.1: below -65536


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The operator's card did not sign; `code` says why (`token.removed`)."""

    code: str


class OperatorSigner(Protocol):
    """The card of the operator who acts."""

    @property
    def thumbprint(self) -> bytes:
        """SHA-256 of its certificate in DER."""

    def sign(self, message: bytes) -> bytes | Unsigned:
        """The card's signature over SHA-256 of `message`; may take a second."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a station's chain.

    Attributes:
        seq: 1 for the first operation.
        prev: hash of the envelope before, `genesis(station)` for the first.
    """

    station: str
    seq: int
    prev: bytes


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on the outside about the operation inside.

    Attributes:
        hybrid: the station's hybrid logical clock; None where none is kept, and then there are no
            parts and the envelope is of format 1.
        parts: what travels apart; at most `MOST_PARTS`.
    """

    operation_id: UUID
    kind: str
    kind_version: int
    clock: ClockReading
    priority: Priority = Priority.NORMAL
    hybrid: HybridTime | None = None
    parts: tuple[PartRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A well-formed envelope; only `verify` says whether its station made it.

    Attributes:
        hash: SHA-256 of `data`.
    """

    signed: cose.Signed
    hash: bytes
    header: Header

    @property
    def data(self) -> bytes:
        """The exact bytes, which are stored and sent and never encoded again."""
        return self.signed.data

    @property
    def key_id(self) -> bytes:
        """The signing key that the envelope names."""
        return self.signed.key_id

    @property
    def sealed(self) -> bytes:
        """The body as only the hub can read it."""
        return self.signed.payload

    @property
    def signature(self) -> bytes:
        """The station's, 64 bytes."""
        return self.signed.signature


def genesis(station: str) -> bytes:
    """What stands as `prev` in a station's first envelope.

    It differs from station to station, so that no chain can be passed off as another's.
    """
    return hashlib.sha256(b"sportello chain 1 " + station.encode()).digest()


def compose(
    position: Position, label: Label, body: object, *, signer: Signer, sealing_key: SealingKey
) -> Envelope:
    """The envelope of an operation, signed and sealed.

    `body` is what `canonical.encode` takes, up to `sealing.MOST_PLAIN_BYTES` encoded.

    Raises:
        ValueError: a field of the header is out of range, or the body is too large.
    """
    plain = canonical.encode(body)
    header = _header(position, label, len(plain), signer, sealing_key)
    return _sealed(header, plain, signer, sealing_key)


def compose_signed(
    position: Position,
    label: Label,
    body: object,
    *,
    signer: Signer,
    sealing_key: SealingKey,
    operator: OperatorSigner,
) -> Envelope | Unsigned:
    """As `compose`, signed by the operator's card too; or why the card did not sign.

    Raises:
        ValueError: as `compose`, or the card's signature is of no known length.
    """
    plain = os.urandom(SALT_BYTES) + canonical.encode(body)
    unsigned = _header(position, label, len(plain), signer, sealing_key)
    envelope_header.check(unsigned)  # before anybody waits for a card
    signature = operator.sign(operator_message(unsigned, operator.thumbprint, plain))
    if isinstance(signature, Unsigned):
        return signature
    header = replace(unsigned, operator=Operator(operator.thumbprint, signature))
    return _sealed(header, plain, signer, sealing_key)


def operator_message(header: Header, thumbprint: bytes, plain: bytes) -> bytes:
    """What an operator's card signs: purpose, header, certificate, and the hash of the body.

    Args:
        header: of the envelope; its `operator` does not count.
        thumbprint: SHA-256 of the operator's certificate in DER.
        plain: the body as it is sealed, salt included.
    """
    fields = envelope_header.to_plain(replace(header, operator=None))
    return canonical.encode([OPERATOR_PURPOSE, fields, thumbprint, hashlib.sha256(plain).digest()])


def _header(
    position: Position, label: Label, size: int, signer: Signer, sealing_key: SealingKey
) -> Header:
    return Header(
        station=position.station,
        seq=position.seq,
        prev=position.prev,
        operation_id=label.operation_id,
        kind=label.kind,
        kind_version=label.kind_version,
        priority=label.priority,
        clock=label.clock,
        body_size=size,
        protection=signer.protection,
        sealing_key_id=sealing_key.key_id,
        operator=None,
        hybrid=label.hybrid,
        parts=label.parts,
    )


def _sealed(header: Header, plain: bytes, signer: Signer, sealing_key: SealingKey) -> Envelope:
    envelope_header.check(header)
    signed = cose.sign(
        PURPOSE,
        lambda protected: sealing.seal(plain, sealing_key, _info(protected)),
        signer,
        extra={_HEADER: envelope_header.to_plain(header)},
    )
    return Envelope(signed, hashlib.sha256(signed.data).digest(), header)


def parse(data: bytes) -> Envelope:
    """`data` taken apart; nothing is verified.

    Raises:
        Malformed: `envelope.version` for a format that this program does not know, or a code of
            `cose.parse` or of `canonical`.
    """
    signed = cose.parse(data, PURPOSE, limit=MOST_ENVELOPE_BYTES)
    return Envelope(signed, hashlib.sha256(data).digest(), _header_of(signed.headers))


def read_protected(protected: bytes) -> tuple[Header, bytes]:
    """Header and key id of an envelope of which only the protected header is kept.

    Raises:
        Malformed: as `parse`.
    """
    headers = cose.read_protected(protected, PURPOSE)
    return _header_of(headers), headers[cose.KEY_ID]


def verify(envelope: Envelope, key: VerifyingKey) -> bool:
    """Whether `key` signed it. That `key` is the station's is the caller's to know."""
    return envelope.key_id == key.key_id and cose.verify(envelope.signed, key)


def open_body(envelope: Envelope, key: UnsealingKey) -> Any | None:
    """The body as plain values, or None where `key` does not open it or it is not as labelled."""
    plain = _plain(envelope, key)
    if plain is None:
        return None
    content = plain if envelope.header.operator is None else plain[SALT_BYTES:]
    try:
        return canonical.decode(content, limit=len(content))
    except Malformed:
        return None


def is_signed_by(envelope: Envelope, operator: OperatorKey, key: UnsealingKey) -> bool:
    """Whether this operator's card signed header and body.

    Args:
        envelope: as `parse` took it apart; that its station made it says `verify`.
        operator: the key of a certificate that is believed to be an operator's.
        key: opens the body.
    """
    claimed = envelope.header.operator
    if claimed is None or claimed.thumbprint != operator.thumbprint:
        return False
    plain = _plain(envelope, key)
    if plain is None:
        return False
    message = operator_message(envelope.header, claimed.thumbprint, plain)
    return operator.verify(message, claimed.signature)


def _plain(envelope: Envelope, key: UnsealingKey) -> bytes | None:
    """What was sealed, as long as the header says; or None."""
    size = envelope.header.body_size
    plain = sealing.unseal(envelope.sealed, key, _info(envelope.signed.protected), limit=size)
    return plain if plain is not None and len(plain) == size else None


def _header_of(headers: Mapping[Any, Any]) -> Header:
    """The header out of the labels of a protected header."""
    if _HEADER not in headers:
        raise Malformed("envelope.shape")
    header = envelope_header.from_plain(headers[_HEADER])
    canonical.octets(headers[cose.KEY_ID], exactly=HASH_BYTES)
    return header


def _info(protected: bytes) -> bytes:
    return hashlib.sha256(protected).digest()
