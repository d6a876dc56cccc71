"""Which standardized group a chip's key or parameters lie in, and what the key is (ICAO 9303-11 9.1).

Explicit parameters are compared, never used: whatever differs from a standardized group in any
number has no group here. Comparing costs the same for parameters of any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hw.apdu.tlv import Malformed, Tlv, read, read_all
from hw.cards.emrtd import curves, groups
from hw.cards.emrtd.curves import Curve
from hw.cards.emrtd.groups import STANDARDIZED, ModularGroup

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31
_LONGEST_NUMBER: Final = 1025
_LONGEST_IDENTIFIER: Final = 32

STANDARDIZED_PARAMETERS: Final = bytes.fromhex("04007F00070102")
"""standardizedDomainParameters, 0.4.0.127.0.7.1.2 (clause 9.5.1)."""
EC_PUBLIC_KEY: Final = bytes.fromhex("2A8648CE3D0201")
"""id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 clause 2.1.1)."""
EC_DH: Final = bytes.fromhex("2B8104010C")
"""id-ecDH, 1.3.132.1.12 (RFC 5480 clause 2.1.2)."""
DH_PUBLIC_NUMBER: Final = bytes.fromhex("2A8648CE3E0201")
"""dhpublicnumber of ANSI X9.42, 1.2.840.10046.2.1."""
DH_KEY_AGREEMENT: Final = bytes.fromhex("2A864886F70D010301")
"""dhKeyAgreement of PKCS #3, 1.2.840.113549.1.3.1."""
RSA_ENCRYPTION: Final = bytes.fromhex("2A864886F70D010101")
"""rsaEncryption, 1.2.840.113549.1.1.1."""
_PRIME_FIELD: Final = bytes.fromhex("2A8648CE3D0101")

_NAMED_CURVES: Final[Mapping[bytes, Curve]] = MappingProxyType(
    {
        bytes.fromhex(identifier): curve
        for identifier, curve in (
            ("2A8648CE3D030101", curves.P_192),
            ("2B81040021", curves.P_224),
            ("2A8648CE3D030107", curves.P_256),
            ("2B81040022", curves.P_384),
            ("2B81040023", curves.P_521),
            ("2B2403030208010103", curves.BRAINPOOL_P192R1),
            ("2B2403030208010105", curves.BRAINPOOL_P224R1),
            ("2B2403030208010107", curves.BRAINPOOL_P256R1),
            ("2B2403030208010109", curves.BRAINPOOL_P320R1),
            ("2B240303020801010B", curves.BRAINPOOL_P384R1),
            ("2B240303020801010D", curves.BRAINPOOL_P512R1),
        )
    }
)
_CURVES_BY_PRIME: Final = MappingProxyType(
    {group.p: group for group in STANDARDIZED.values() if isinstance(group, Curve)}
)
_MODULAR_BY_PRIME: Final = MappingProxyType(
    {group.p: group for group in STANDARDIZED.values() if isinstance(group, ModularGroup)}
)


@dataclass(frozen=True, slots=True)
class SubjectPublicKey:
    """A public key in the form of X.509 (RFC 5280 clause 4.1.2.7), its group recognized.

    Attributes:
        algorithm: value of its object identifier.
        group: the group it lies in, None for RSA and for groups that are not standardized.
        value: the bits of the key; for DH groups the public value without its INTEGER.
    """

    algorithm: bytes
    group: Curve | ModularGroup | None
    value: bytes


def subject_public_key(data: bytes) -> SubjectPublicKey:
    """Read a SubjectPublicKeyInfo, whole.

    Raises:
        Malformed: the bytes are anything else.
    """
    element, end = read(data)
    if end != len(data):
        raise Malformed("der-bytes-after")
    algorithm, bits = members(element, 2, 2)
    identifier, _ = algorithm_identifier(algorithm)
    if bits.tag != BIT_STRING or bits.value[:1] != b"\x00":
        raise Malformed("key-bits")
    value = bits.value[1:]
    group = group_of(algorithm)
    if isinstance(group, ModularGroup):
        number, end = read(value)
        if end != len(value):
            raise Malformed("der-bytes-after")
        value = groups.encoded(integer(number))
    return SubjectPublicKey(identifier, group, value)


def group_of(algorithm: Tlv) -> Curve | ModularGroup | None:
    """The standardized group that an AlgorithmIdentifier names or spells out, None if none.

    Raises:
        Malformed: it is no AlgorithmIdentifier, or explicit parameters are not in their form.
    """
    identifier, parameters = algorithm_identifier(algorithm)
    if parameters is None:
        return None
    if identifier == STANDARDIZED_PARAMETERS:
        return STANDARDIZED.get(integer(parameters))
    if identifier in {EC_PUBLIC_KEY, EC_DH}:
        return curve_of(parameters)
    if identifier in {DH_PUBLIC_NUMBER, DH_KEY_AGREEMENT}:
        return _modular_group(parameters, with_order=identifier == DH_PUBLIC_NUMBER)
    return None


def curve_of(parameters: Tlv) -> Curve | None:
    """The standardized curve of an ECParameters, named or equal in every number; else None.

    Raises:
        Malformed: it is neither an object identifier nor a SpecifiedECDomain (SEC 1 appendix C.2)
            over a prime field.
    """
    if parameters.tag == OBJECT_IDENTIFIER:
        return _NAMED_CURVES.get(parameters.value)
    version, field, equation, base, order, *cofactor = members(parameters, 5, 7)
    field_type, prime = members(field, 2, 2)
    a, b = members(equation, 2, 3)[:2]
    if field_type != Tlv(OBJECT_IDENTIFIER, _PRIME_FIELD) or not 1 <= integer(version) <= 3:
        raise Malformed("curve-form")
    if {a.tag, b.tag, base.tag} != {OCTET_STRING}:
        raise Malformed("curve-form")
    curve = _CURVES_BY_PRIME.get(integer(prime))
    if curve is None:
        return None
    parity = bytes((2 + curve.base.y % 2,))
    equal = (
        int.from_bytes(a.value, "big") == curve.a
        and int.from_bytes(b.value, "big") == curve.b
        and base.value
        in {curve.encode(curve.base), parity + curve.base.x.to_bytes(curve.size, "big")}
        and integer(order) == curve.order
        and (not cofactor or cofactor[0].tag != INTEGER or integer(cofactor[0]) == 1)
    )
    return curve if equal else None


def _modular_group(parameters: Tlv, *, with_order: bool) -> ModularGroup | None:
    """The standardized group with the same prime, generator and, where it is told, order."""
    numbers = members(parameters, 2, 5)
    group = _MODULAR_BY_PRIME.get(integer(numbers[0]))
    if group is None or integer(numbers[1]) != group.base:
        return None
    if with_order and (len(numbers) < 3 or integer(numbers[2]) != group.order):
        return None
    return group


# --- the few forms of DER that these structures need


def algorithm_identifier(algorithm: Tlv) -> tuple[bytes, Tlv | None]:
    """Object identifier and parameters of an AlgorithmIdentifier (clause 9.1).

    Raises:
        Malformed: it is none.
    """
    identifier, *parameters = members(algorithm, 1, 2)
    return object_identifier(identifier), parameters[0] if parameters else None


def members(element: Tlv, least: int, most: int) -> tuple[Tlv, ...]:
    """The members of a SEQUENCE, whose number must lie between `least` and `most`.

    Raises:
        Malformed: it is none, or has others.
    """
    if element.tag != SEQUENCE:
        raise Malformed("der-not-sequence")
    found = read_all(element.value)
    if not least <= len(found) <= most:
        raise Malformed("der-members")
    return found


def integer(element: Tlv) -> int:
    """The value of an INTEGER that is not negative.

    Raises:
        Malformed: it is none, or has more than 8200 bits.
    """
    if element.tag != INTEGER or not 0 < len(element.value) <= _LONGEST_NUMBER:
        raise Malformed("der-integer")
    if element.value[0] & 0x80:
        raise Malformed("der-integer-negative")
    return int.from_bytes(element.value, "big")


def object_identifier(element: Tlv) -> bytes:
    """The value of an OBJECT IDENTIFIER.

    Raises:
        Malformed: it is none, or has more than 32 bytes.
    """
    value = element.value
    if element.tag != OBJECT_IDENTIFIER or not 0 < len(value) <= _LONGEST_IDENTIFIER:
        raise Malformed("der-object-identifier")
    if value[-1] & 0x80:
        raise Malformed("der-object-identifier")
    return value


def dotted(identifier: bytes) -> str:
    """An object identifier as numbers with dots, for the log and for reports on unknown cards."""
    arcs: list[int] = []
    arc = 0
    for byte in identifier:
        arc = arc << 7 | byte & 0x7F
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2) if arcs else 0
    head = [first, arcs[0] - 40 * first] if arcs else []
    return ".".join(str(number) for number in head + arcs[1:])
