"""What a document chip offers to a reader: object identifiers, security infos, keys of its own.

ICAO 9303-11 clauses 9.2 and 6.2.4.2, written in DER by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tests.emulated.cards.emrtd_apdu import tlv
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_groups import Curve, FiniteField, Group, standard_group

BSI = "0.4.0.127.0.7"
ACTIVE_AUTHENTICATION = "2.23.136.1.1.5"


def oid_value(dotted: str) -> bytes:
    """The content octets of an object identifier, X.690 clause 8.19."""
    arcs = [int(arc) for arc in dotted.split(".")]
    encoded = b""
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        part = bytes([arc & 0x7F])
        while arc := arc >> 7:
            part = bytes([0x80 | arc & 0x7F]) + part
        encoded += part
    return encoded


def der_integer(number: int) -> bytes:
    """A non-negative INTEGER."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE."""
    return tlv(0x30, b"".join(parts))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    return tlv(0x06, oid_value(dotted))


class Mapping(Enum):
    """Mapping of the nonce, by its arcs below id-PACE for finite fields and curves."""

    GENERIC = (1, 2)
    INTEGRATED = (3, 4)
    CHIP_AUTHENTICATION = (0, 6)


def on_curve(parameter: int) -> bool:
    """Whether a standardised parameter identifier names a curve."""
    return isinstance(standard_group(parameter), Curve)


@dataclass(frozen=True, slots=True)
class PaceOffer:
    """One PACEInfo.

    Attributes:
        suite: cipher.
        parameter: standardised domain parameters, 0 to 18.
        mapping: how the generator is made.
        version: 2 on every chip.
    """

    suite: Suite
    parameter: int
    mapping: Mapping = Mapping.GENERIC
    version: int = 2

    @property
    def oid(self) -> str:
        """id-PACE-..."""
        arc = self.mapping.value[on_curve(self.parameter)]
        return f"{BSI}.2.2.4.{arc}.{self.suite.value}"

    def info(self) -> bytes:
        """PACEInfo, clause 9.2.1."""
        return sequence(oid(self.oid), der_integer(self.version), der_integer(self.parameter))


CIE_OFFER = PaceOffer(Suite.TRIPLE_DES, 2)
"""id-PACE-DH-GM-3DES-CBC-CBC with the 2048-bit group, as traces of the CIE show."""


@dataclass(frozen=True, slots=True, repr=False)
class ChipKey:
    """A static key pair for Chip Authentication, or for the mapping of PACE-CAM.

    Attributes:
        suite: cipher of the session that it opens.
        parameter: standardised domain parameters.
        secret: the private key.
        key_id: its reference, where the chip has several.
        published: the public key that the document tells; the secret's own unless a clone lies.
        explicit: the domain parameters are written out in full, as most passports do.
        pkcs3: those of a finite field are written as PKCS#3 does, without the subgroup's order.
    """

    suite: Suite
    parameter: int
    secret: int
    key_id: int | None = None
    published: bytes | None = None
    explicit: bool = False
    pkcs3: bool = False

    @property
    def group(self) -> Group:
        """The group of the key."""
        return standard_group(self.parameter)

    @property
    def public(self) -> bytes:
        """What the document tells as the chip's public key."""
        return self.group.public(self.secret) if self.published is None else self.published

    @property
    def oid(self) -> str:
        """id-CA-..."""
        return f"{BSI}.2.2.3.{1 + on_curve(self.parameter)}.{self.suite.value}"

    def info(self) -> bytes:
        """ChipAuthenticationInfo, clause 9.2.5."""
        parts = [oid(self.oid), der_integer(1)]
        return sequence(*parts, *self._reference())

    def public_info(self) -> bytes:
        """ChipAuthenticationPublicKeyInfo, clause 9.2.6."""
        kind = oid(f"{BSI}.2.2.1.{1 + on_curve(self.parameter)}")
        return sequence(kind, self._subject_public_key(), *self._reference())

    def _reference(self) -> list[bytes]:
        return [] if self.key_id is None else [der_integer(self.key_id)]

    def _subject_public_key(self) -> bytes:
        """SubjectPublicKeyInfo: X9.42 or X9.62 in full, or the standardised parameters."""
        public = self.public
        if not on_curve(self.parameter):
            public = der_integer(int.from_bytes(public, "big"))
        bits = tlv(0x03, b"\x00" + public)
        if not self.explicit:
            named = sequence(oid(f"{BSI}.1.2"), der_integer(self.parameter))
            return sequence(named, bits)
        return sequence(explicit_algorithm(self.group, pkcs3=self.pkcs3), bits)


def explicit_algorithm(group: Group, *, pkcs3: bool = False) -> bytes:
    """AlgorithmIdentifier with every domain parameter: RFC 3279 2.3.3, PKCS#3, RFC 5480 2.1.1."""
    if isinstance(group, FiniteField) and pkcs3:
        numbers = sequence(der_integer(group.prime), der_integer(group.generator))
        return sequence(oid("1.2.840.113549.1.3.1"), numbers)
    if isinstance(group, FiniteField):
        numbers = sequence(*map(der_integer, (group.prime, group.generator, group.order)))
        return sequence(oid("1.2.840.10046.2.1"), numbers)
    field = sequence(oid("1.2.840.10045.1.1"), der_integer(group.prime))
    size = group.size
    coefficients = [tlv(0x04, part.to_bytes(size, "big")) for part in (group.a, group.b)]
    parameters = sequence(
        der_integer(1),
        field,
        sequence(*coefficients),
        tlv(0x04, group.encode(group.generator)),
        der_integer(group.order),
        der_integer(1),
    )
    return sequence(oid("1.2.840.10045.2.1"), parameters)


def security_infos(*infos: bytes) -> bytes:
    """SecurityInfos: a SET in DER order."""
    return tlv(0x31, b"".join(sorted(infos)))


def terminal_authentication_info() -> bytes:
    """TerminalAuthenticationInfo: fingerprints are closed to all but the state's terminals."""
    return sequence(oid(f"{BSI}.2.2.2"), der_integer(1))


def active_authentication_info(plain_signature_oid: str) -> bytes:
    """ActiveAuthenticationInfo for ECDSA, clause 9.2.4."""
    return sequence(oid(ACTIVE_AUTHENTICATION), der_integer(1), oid(plain_signature_oid))
