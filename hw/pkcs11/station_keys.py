"""What the worker does with the keys of a station on a token: makes them there, and uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pkcs11
from pkcs11.constants import Attribute, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

if TYPE_CHECKING:
    from pkcs11.types import Session

_LABEL: Final = "sportello station"
_SECRET_BITS: Final = 256
_OCTET_STRING: Final = b"\x04\x41"
_POINT_BYTES: Final = 65


def public_point(session: Session, key: bytes) -> bytes:
    """The uncompressed point of the P-256 key; an empty text where it is of another kind."""
    found = session.get_key(object_class=ObjectClass.PUBLIC_KEY, id=key)
    if found.key_type is not pkcs11.KeyType.EC:
        return b""
    # CKA_EC_POINT is the point in an OCTET STRING (PKCS #11, 6.3.3); some modules leave that out.
    point = bytes(found[Attribute.EC_POINT]).removeprefix(_OCTET_STRING)
    return point if len(point) == _POINT_BYTES else b""


def hmac(session: Session, key: bytes, message: bytes) -> bytes:
    """HMAC with SHA-256 under the secret key."""
    found = session.get_key(object_class=ObjectClass.SECRET_KEY, id=key)
    return bytes(found.sign(message, mechanism=pkcs11.Mechanism.SHA256_HMAC))  # type: ignore[attr-defined]  # a secret key signs by HMAC


def make(session: Session, key: bytes) -> None:
    """Make a P-256 key that signs and a secret for HMAC, on the token, never to leave it.

    The pair comes last: where it is, both are. What an attempt before left half done goes.
    """
    for left in session.get_objects({Attribute.ID: key, Attribute.CLASS: ObjectClass.SECRET_KEY}):
        left.destroy()
    stays: dict[Attribute, object] = {
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.PRIVATE: True,
    }
    session.generate_key(
        pkcs11.KeyType.GENERIC_SECRET,
        _SECRET_BITS,
        id=key,
        label=_LABEL,
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        template=stays,
    )
    curve = session.create_domain_parameters(
        pkcs11.KeyType.EC,
        {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
        local=True,
    )
    curve.generate_keypair(
        id=key,
        label=_LABEL,
        store=True,
        capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
        private_template=stays,
    )
