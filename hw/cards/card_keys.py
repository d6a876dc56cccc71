"""Keys on cards behind a PKCS#11 module: found by their certificates, used, and checked.

Whatever a card signs has to be checked with the public key of its certificate: a certificate alone
can be copied to another card, and a card may be swapped between two calls.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import certificates, curves, signatures
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.signatures import LEAST_RSA_BITS, Family, RsaKey, SignatureMethod
from hw.document_readings import PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.door import Token, TokenDoor
from hw.pkcs11.wire import Signing

_LONGEST_NAME: Final = 128
_RSA: Final = SignatureMethod(Family.PKCS1, "sha256", "sha256", 0)
_ECDSA: Final = SignatureMethod(Family.ECDSA, "sha256", "sha256", 0)


@dataclass(frozen=True, slots=True)
class CardKey:
    """A private key on a card, known by its certificate.

    Attributes:
        token: the card.
        identifier: what the module calls the key (CKA_ID).
        certificate: whose subject holds the key; nothing of it is believed yet.
        algorithm: `RS256` or `ES256` (RFC 7518 clause 3.1); empty for a key that is not used here.
    """

    token: Token
    identifier: bytes
    certificate: Certificate

    @property
    def algorithm(self) -> str:
        """`RS256`, `ES256`, or empty for a key of a kind that is not used here."""
        key = self.certificate.key
        if isinstance(key, RsaKey):
            return "RS256"
        return "ES256" if key.curve == curves.P_256 else ""


def keys_on(door: TokenDoor, tokens: Iterable[Token]) -> tuple[CardKey, ...] | DeviceTrouble:
    """The signing keys that cards show without a PIN, of those tokens that the module knows.

    A certificate that cannot be taken apart, or that is not for signing, is passed over; so is a
    card that goes meanwhile. Trouble is only what ends the whole search (`token.crashed`, ...).
    """
    found: list[CardKey] = []
    for token in tokens:
        if not token.known:
            continue
        listed = door.certificates(token)
        if isinstance(listed, DeviceTrouble):
            if listed.kind is TroubleKind.PROTOCOL or listed.code == "token.abandoned":
                return listed
            continue
        for each in listed:
            try:
                certificate = certificates.parse(each.der)
            except Malformed:
                continue
            if certificate.may("digital_signature") and not certificate.authority:
                found.append(CardKey(token, each.key, certificate))
    return tuple(found)


def beyond(door: TokenDoor, key: CardKey) -> DeviceTrouble | None:
    """Why the module cannot sign with this key, known before a PIN is presented; None if it may.

    OpenSC takes the keys of some newer cards for shorter ones, and fails after the PIN.
    """
    if not key.algorithm:
        return _unsupported("kind of key")
    if not isinstance(key.certificate.key, RsaKey):
        return None
    most = door.rsa_bits(key.token)
    if isinstance(most, DeviceTrouble):
        return most
    # Some modules give bytes here: what is less than any key says nothing.
    if LEAST_RSA_BITS <= most < key.certificate.key.modulus.bit_length():
        return _unsupported("key too long")
    return None


def sign(door: TokenDoor, key: CardKey, message: bytes) -> bytes | DeviceTrouble:
    """The card's signature over `message`, once its PIN was presented.

    Returns:
        RS256: as long as the modulus; ES256: r and s, 32 bytes each. It is not checked: ask
        `is_signed`. Or trouble: `token.unsupported-card` for a key of another kind, and what
        `TokenDoor.sign` gives.
    """
    if not key.algorithm:
        return _unsupported("kind of key")
    way = Signing.RSA_SHA256 if key.algorithm == "RS256" else Signing.ECDSA_SHA256
    return door.sign(key.token, key.identifier, way, message)


def is_signed(certificate: Certificate, message: bytes, signature: bytes) -> bool:
    """Whether `signature`, as `sign` gives it, is that of the certificate's key over `message`."""
    if isinstance(certificate.key, RsaKey):
        return signatures.verify(certificate.key, _RSA, message, signature)
    size = certificate.key.curve.size
    if len(signature) != 2 * size:
        return False
    r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
    return signatures.verify(certificate.key, _ECDSA, message, encode_dss_signature(r, s))


def subject_text(certificate: Certificate, kind: str) -> str:
    """The first part of that kind of the subject's name, fit for a screen; empty where absent.

    Nobody need have issued the certificate: control and format characters (which also turn the
    direction of writing) are left out, and what is longer than a name is cut.
    """
    text = next((text for name, text in certificate.fields if name == kind), "")
    shown = "".join(each for each in text if not unicodedata.category(each).startswith("C"))
    return shown.strip()[:_LONGEST_NAME]


def may_lie_in(token: Token, readers: Iterable[str]) -> tuple[str, ...]:
    """The readers, by their PC/SC names, in which the card may lie by the name of its slot.

    A slot's name has room for 64 bytes only: the beginning of a reader's name. So there may be more
    than one; none where the module names its slots otherwise, or not at all.
    """
    # A letter that was cut in its middle is no letter.
    begins = token.reader.rstrip("\ufffd")
    return tuple(name for name in readers if begins and name.startswith(begins))


def not_to_be_tried(tries: PinTries) -> DeviceTrouble | None:
    """Why no PIN may be presented; None where one may. The last try is never spent by us."""
    if tries.blocked:
        return DeviceTrouble(TroubleKind.REFUSED, "token.pin-blocked")
    if tries.last:
        return DeviceTrouble(TroubleKind.REFUSED, "token.pin-last-try")
    return None


def with_tries_left(refused: DeviceTrouble, before: PinTries) -> DeviceTrouble:
    """A wrong PIN with the tries that are left of those `before` it, where that is known."""
    if refused.code != "token.pin-wrong" or before.left is None:
        return refused
    details = (*refused.details, ("left", str(before.left - 1)))
    return DeviceTrouble(refused.kind, refused.code, details)


def _unsupported(reason: str) -> DeviceTrouble:
    details = (("reason", reason),)
    return DeviceTrouble(TroubleKind.REFUSED, "token.unsupported-card", details)
