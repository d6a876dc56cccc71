"""What a device sends to become a station, and a station to stay one: request and renewal.

A request is signed by the new signing key, holds what the TLS certificate is made of, and proves
that the device knows its one-time password. A renewal is the same of a station that has its keys:
signed by the key that the hub knows, without a password. Both are sealed to the hub.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from sync.model.check_letters import LETTERS
from sync.model.errors import Problem
from sync.wire import canonical, cose, enrolment, sealing
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import Protection, Signer, VerifyingKey

REQUEST_PURPOSE: Final = "application/sportello-enrolment-request+cose"
RENEWAL_PURPOSE: Final = "application/sportello-renewal+cose"
MOST_BYTES: Final = 16 * 1024
"""Of a sealed request."""
MOST_CERTIFICATION_REQUEST: Final = 4 * 1024
HASH_BYTES: Final = 32

_FORMAT: Final = 1
_MOST_SIGNED: Final = 8 * 1024
_PROTECTIONS: Final = {one.value: one for one in Protection}
_SEALED: Final = b"sportello sealed request 1 "
_NO_LOCATOR: Final = b""

# The check code is read from two screens: eight letters, 39 bits. Who wants another request with
# the same code has to do this much for every try (some 40 ms and 16 MB, RFC 7914).
_CHECK_LETTERS: Final = 8
_SCRYPT_COST: Final = 1 << 14
_SCRYPT_BLOCK: Final = 8


@dataclass(frozen=True, slots=True)
class Request:
    """What a device asks for; its own signature has been checked.

    Attributes:
        station: the name that it was offered, or has.
        signing: its signing key, which signed this.
        protection: what keeps that key from being copied, as the device says.
        certification_request: PKCS #10 (RFC 2986) in DER of the TLS key; not checked here.
        made_at: milliseconds since 1970 by the device's clock.
        proof: that it knows the password; empty in a renewal.
        data: the exact signed bytes.
    """

    station: str
    signing: VerifyingKey
    protection: Protection
    certification_request: bytes = field(repr=False)
    made_at: int
    proof: bytes = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def hash(self) -> bytes:
        """Names the request: SHA-256 of `data`, 32 bytes (`EnrolmentApproval.request`)."""
        return hash_of(self.data)

    @property
    def is_renewal(self) -> bool:
        """Whether it comes from a station that is known."""
        return not self.proof

    def is_proven_by(self, password: str) -> bool:
        """Whether who made it knows the password. Takes the same time either way."""
        about = canonical.encode(
            _fields(
                self.station,
                self.signing,
                self.protection,
                self.certification_request,
                self.made_at,
            )
        )
        return hmac.compare_digest(self.proof, enrolment.proof(password, about))


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request that nobody has opened yet.

    Attributes:
        locator: which registration it belongs to; empty in a renewal.
        key_id: which of the hub's keys opens it.
        sealed: the rest.
    """

    locator: bytes
    key_id: bytes
    sealed: bytes = field(repr=False)


def hash_of(data: bytes) -> bytes:
    """The hash that names a signed request."""
    return hashlib.sha256(data).digest()


def check_code(request: bytes) -> str:
    """The check code of a request's hash: eight letters; `enrolment.shown` puts them in two groups.

    Slow on purpose: keep it, rather than make it again and again.

    Raises:
        ValueError: not 32 bytes.
    """
    if len(request) != HASH_BYTES:
        raise ValueError("a hash has 32 bytes")
    digest = hashlib.scrypt(
        request,
        salt=b"sportello check code 1",
        n=_SCRYPT_COST,
        r=_SCRYPT_BLOCK,
        p=1,
        dklen=HASH_BYTES,
    )
    rest, letters = int.from_bytes(digest), []
    for _ in range(_CHECK_LETTERS):
        rest, value = divmod(rest, len(LETTERS))
        letters.append(LETTERS[value])
    return "".join(letters)


def make_request(
    *,
    password: str,
    station: str,
    signer: Signer,
    signing_key: VerifyingKey,
    certification_request: bytes,
    made_at: int,
) -> bytes:
    """The signed request, to be kept: a device that was switched off goes on with the same.

    Args:
        password: of the token.
        station: the name in the token or the offer.
        signer: the new signing key.
        signing_key: its public half.
        certification_request: PKCS #10 in DER of the TLS key, its common name the station's.
        made_at: milliseconds since 1970.
    """
    fields = _fields(station, signing_key, signer.protection, certification_request, made_at)
    mark = enrolment.proof(password, canonical.encode(fields))
    return cose.sign(REQUEST_PURPOSE, canonical.encode([*fields, mark]), signer).data


def make_renewal(
    *,
    station: str,
    signer: Signer,
    signing_key: VerifyingKey,
    certification_request: bytes,
    made_at: int,
) -> bytes:
    """The signed renewal of a station's certificate, for `RenewalAsked` or to be sealed.

    As `make_request`; the TLS key may be the same or a new one.
    """
    fields = _fields(station, signing_key, signer.protection, certification_request, made_at)
    return cose.sign(RENEWAL_PURPOSE, canonical.encode([*fields, b""]), signer).data


def seal(data: bytes, key: SealingKey, password: str = "") -> bytes:
    """A signed request or renewal as it is posted, or written to a stick.

    Args:
        data: as `make_request` or `make_renewal`.
        key: `HubTrust.sealing_key`.
        password: of the token; empty for a renewal.
    """
    where = enrolment.locator(password) if password else _NO_LOCATOR
    return canonical.encode([_FORMAT, where, key.key_id, sealing.seal(data, key, _SEALED + where)])


def look(message: bytes) -> SealedRequest | Problem:
    """The outside of what `seal` made, or `enrolment.request-damaged`."""
    try:
        plain = canonical.decode(message, limit=MOST_BYTES)
        form, where, key_id, sealed = canonical.items(plain, exactly=4)
        enrolment.expect(form == _FORMAT)
        enrolment.expect(len(canonical.octets(where)) in {0, enrolment.LOCATOR_BYTES})
        return SealedRequest(
            where, canonical.octets(key_id, exactly=HASH_BYTES), canonical.octets(sealed)
        )
    except Malformed:
        return Problem("enrolment.request-damaged")


def open_sealed(found: SealedRequest, key: UnsealingKey) -> Request | Problem:
    """The request inside, or `enrolment.request-damaged`. A renewal has no locator, and no other."""
    data = sealing.unseal(found.sealed, key, _SEALED + found.locator, limit=_MOST_SIGNED)
    if data is None:
        return Problem("enrolment.request-damaged")
    return read(data, RENEWAL_PURPOSE if not found.locator else REQUEST_PURPOSE)


def read(data: bytes, purpose: str) -> Request | Problem:
    """A signed request whose signature is that of the key in it; `enrolment.request-damaged`.

    That the key of a renewal is the station's is for the caller to know.
    """
    try:
        signed = cose.parse(data, purpose, limit=_MOST_SIGNED)
        plain = canonical.decode(signed.payload, limit=_MOST_SIGNED)
        form, station, spki, protection, asked, made_at, mark = canonical.items(plain, exactly=7)
        wanted = enrolment.PROOF_BYTES if purpose == REQUEST_PURPOSE else 0
        enrolment.expect(form == _FORMAT)
        enrolment.expect(len(canonical.octets(asked)) <= MOST_CERTIFICATION_REQUEST)
        request = Request(
            enrolment.station_name(station),
            VerifyingKey.from_spki(canonical.octets(spki)),
            _protection(protection),
            asked,
            canonical.natural(made_at),
            canonical.octets(mark, exactly=wanted),
            data,
        )
    except Malformed:
        return Problem("enrolment.request-damaged")
    key = request.signing
    if signed.key_id != key.key_id or not cose.verify(signed, key):
        return Problem("enrolment.request-damaged")
    return request


def _protection(value: object) -> Protection:
    found = _PROTECTIONS.get(canonical.text(value, longest=20))
    if found is None:
        raise Malformed("enrolment.shape")
    return found


def _fields(
    station: str,
    signing: VerifyingKey,
    protection: Protection,
    certification_request: bytes,
    made_at: int,
) -> list[object]:
    return [_FORMAT, station, signing.spki, protection.value, certification_request, made_at]
