"""COSE_Sign1 (RFC 9052 4.2), the shape of everything that is signed here.

Each purpose has its own `typ` (RFC 9596) in the protected header, so that a signature made for
one purpose can never be shown for another. The unprotected header is always empty: nothing in
these bytes can change without the signature failing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import cbor2

from sync.wire import canonical
from sync.wire.canonical import Malformed
from sync.wire.signer import SIGNATURE_BYTES, Signer, VerifyingKey, lower_s

ALGORITHM: Final = 1  # RFC 9052 3.1, label `alg`
KEY_ID: Final = 4  # RFC 9052 3.1, label `kid`
TYPE: Final = 16  # RFC 9596, label `typ`
ES256: Final = -7  # RFC 9053 2.1

_NOTHING: Final[Mapping[int, object]] = {}
_TAG: Final = b"\xd2"  # tag 18, COSE_Sign1
_BEGIN: Final = _TAG + b"\x84"  # and an array of four
_EMPTY_MAP: Final = b"\xa0"


@dataclass(frozen=True, slots=True)
class Signed:
    """A COSE_Sign1 that is well formed; its signature has not been checked.

    Attributes:
        data: the exact bytes.
        protected: the exact bytes of the protected header.
        headers: the protected header, decoded.
    """

    data: bytes
    protected: bytes
    headers: dict[Any, Any]
    payload: bytes
    signature: bytes

    @property
    def key_id(self) -> bytes:
        """The header's `kid`."""
        key_id: bytes = self.headers[KEY_ID]
        return key_id


def sign(
    purpose: str,
    payload: bytes | Callable[[bytes], bytes],
    signer: Signer,
    *,
    extra: Mapping[int, object] = _NOTHING,
    key_id: bytes | None = None,
) -> Signed:
    """COSE_Sign1 over `payload`, tagged.

    Args:
        purpose: the `typ`.
        payload: bytes, or what makes them from the bytes of the protected header.
        signer: the key.
        extra: one further label of the protected header, a negative one; its value holds no maps.
        key_id: in place of the signer's own `key_id`.
    """
    headers = {ALGORITHM: ES256, KEY_ID: key_id or signer.key_id, TYPE: purpose, **extra}
    # The labels are in their canonical order as they stand.
    protected = cbor2.dumps(headers)
    content = payload if isinstance(payload, bytes) else payload(protected)
    signature = lower_s(signer.sign(_to_be_signed(protected, content)))
    data = _TAG + cbor2.dumps([protected, {}, content, signature])
    return Signed(data, protected, headers, content, signature)


def parse(data: bytes, purpose: str, *, limit: int = canonical.MOST_BYTES) -> Signed:
    """`data` taken apart.

    Raises:
        Malformed: not exactly one canonical COSE_Sign1 of this purpose (`cose.size`, `cose.tag`,
            `cose.shape`, `cose.algorithm`, `cose.purpose` or a code of `canonical`). What the
            purpose's own label holds is the caller's to check, part by part.
    """
    if len(data) > limit:
        raise Malformed("cose.size")
    if data[:2] != _BEGIN:
        raise Malformed("cose.tag")
    protected, at = canonical.read_octets(data, 2)
    if data[at : at + 1] != _EMPTY_MAP:
        raise Malformed("cose.shape")
    payload, at = canonical.read_octets(data, at + 1)
    signature, at = canonical.read_octets(data, at)
    if at != len(data) or len(signature) != SIGNATURE_BYTES:
        raise Malformed("cose.shape")
    return Signed(data, protected, _headers(protected, purpose), payload, signature)


def _headers(protected: bytes, purpose: str) -> dict[Any, Any]:
    headers = canonical.decode_known(protected)
    if not isinstance(headers, dict):
        raise Malformed("cose.shape")
    labels = list(headers)
    # In canonical order: the positive ones, then at most one of the purpose's own.
    if labels[:3] != [ALGORITHM, KEY_ID, TYPE] or len(labels) > 4:
        raise Malformed("cose.shape")
    if any(type(label) is not int for label in labels):
        raise Malformed("cose.shape")
    if len(labels) == 4 and labels[3] >= 0:
        raise Malformed("cose.shape")
    if type(headers[ALGORITHM]) is not int or headers[ALGORITHM] != ES256:
        raise Malformed("cose.algorithm")
    if headers[TYPE] != purpose:
        raise Malformed("cose.purpose")
    if not isinstance(headers[KEY_ID], bytes):
        raise Malformed("cose.shape")
    return headers


def verify(signed: Signed, key: VerifyingKey) -> bool:
    """Whether `key` signed it."""
    return key.verify(to_be_signed(signed), signed.signature)


def to_be_signed(signed: Signed) -> bytes:
    """What the signature is over: the Sig_structure of RFC 9052 4.4."""
    return _to_be_signed(signed.protected, signed.payload)


def read_protected(protected: bytes, purpose: str) -> dict[Any, Any]:
    """The protected header of a COSE_Sign1 that is kept without its payload.

    Raises:
        Malformed: as `parse`.
    """
    return _headers(protected, purpose)


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 4.4, without external data."""
    return cbor2.dumps(["Signature1", protected, b"", payload])
