"""How PACE makes a generator that only the two ends know (ICAO 9303-11 clause 4.4.3.3).

And the chip's own proof that comes with the third mapping: PACE with Chip Authentication Mapping
shows that the chip knows its static private key, without a further command.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from hw.apdu.secure_messaging import unpad
from hw.apdu.tlv import Malformed
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.curves import Curve
from hw.cards.emrtd.groups import AnyGroup, Element, Group
from hw.cards.emrtd.security_infos import (
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    SecurityInfos,
)

_SPARE_BITS: Final = 64
"""Bits beyond those of the prime, so that the remainder is uniform."""
_C0: Final = {
    16: bytes.fromhex("a668892a7c41e3ca739f40b057d85904"),
    32: bytes.fromhex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"),
}
_C1: Final = {
    16: bytes.fromhex("a4e136ac725f738b01c1f60217c188ad"),
    32: bytes.fromhex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"),
}
_ALL_ONES: Final = b"\xff" * 16


@dataclass(frozen=True, slots=True, repr=False)
class MappingEvidence:
    """What a chip gave in PACE with Chip Authentication Mapping, to be held against its key.

    Attributes:
        info: the PACEInfo under which it was given.
        mapping_key: the chip's public key of the mapping, encoded.
        data: Chip Authentication Data CA_IC, decrypted.
    """

    info: PaceInfo
    mapping_key: bytes
    data: int

    def __repr__(self) -> str:
        return f"MappingEvidence({self.info.name})"


def generic(group: Group[Element], nonce: bytes, secret: int, chip_key: Element) -> Element:
    """The generator s*G + H with H the shared element of the mapping keys (clause 4.4.3.3.1).

    Raises:
        Malformed: the result is neutral.
    """
    element = group.multiply(secret, chip_key)
    scalar = int.from_bytes(nonce, "big") % group.order
    return group.add(group.multiply(scalar, group.base), element) if scalar else element


def integrated(group: Group[Element], nonce: bytes, own_nonce: bytes, suite: Suite) -> Element:
    """The generator that the two nonces encode (clause 4.4.3.3.2).

    Args:
        group: the standardized group.
        nonce: s of the chip, as long as `nonce_size`.
        own_nonce: t of the terminal, as long as a key of `suite`.
        suite: cipher of the pseudo-random function.

    Raises:
        Malformed: a nonce of another length, or nonces that encode no generator.
    """
    if len(nonce) != nonce_size(suite):
        raise Malformed("nonce-size")
    number = pseudo_random(nonce, own_nonce, suite, group.p.bit_length())
    return group.mapped(int.from_bytes(number, "big"))


def nonce_size(suite: Suite) -> int:
    """Bytes of the chip's nonce in the integrated mapping: whole blocks, as long as a key."""
    return -(-suite.key_size // suite.block) * suite.block


def pseudo_random(nonce: bytes, own_nonce: bytes, suite: Suite, bits: int) -> bytes:
    """R(s,t) of clause 4.4.3.3.2: a cipher's chain, at least 64 bits longer than the prime."""
    first, second = _C0[len(nonce)], _C1[len(nonce)]
    blocks = -(-(bits + _SPARE_BITS) // (8 * len(nonce)))
    key = suite.encrypt(own_nonce, nonce)
    found = b""
    for _ in range(blocks):
        # Only AES-192 has keys shorter than the blocks of this chain.
        current = key[: suite.key_size]
        found += suite.encrypt(current, second)
        key = suite.encrypt(current, first)
    return found


def chip_authentication_data(
    info: PaceInfo, group: AnyGroup, key_enc: bytes, encrypted: bytes
) -> int:
    """CA_IC out of DO 8A (clauses 4.4.3.5.3 and 4.4.3.5.4).

    Raises:
        Malformed: not of its length, or no scalar of the group.
    """
    size = (group.order.bit_length() + 7) // 8
    block = info.suite.block
    if len(encrypted) != (size // block + 1) * block:
        raise Malformed("chip-authentication-data-size")
    vector = info.suite.encrypt(key_enc, _ALL_ONES[:block])
    data = unpad(info.suite.decrypt(key_enc, encrypted, vector), block)
    number = int.from_bytes(data, "big")
    if len(data) != size or not 1 <= number < group.order:
        raise Malformed("chip-authentication-data")
    return number


def mapping_public_key(
    infos: SecurityInfos, info: PaceInfo
) -> ChipAuthenticationPublicKeyInfo | None:
    """The static key that belongs to a PACEInfo with CAM: its key id is the parameter id (9.2.1).

    A single key of the right group counts without one. None where there is none.
    """
    fitting = [key for key in infos.chip_keys if key.group is info.group]
    named = [key for key in fitting if key.key_id == info.parameter]
    if named:
        return named[0]
    return fitting[0] if len(fitting) == 1 and fitting[0].key_id is None else None


def verify_mapping(
    evidence: MappingEvidence, chip_public_key: ChipAuthenticationPublicKeyInfo
) -> bool:
    """Whether the chip knows the private key of `chip_public_key` (clause 4.4.3.5.2).

    Counts for nothing until the file that holds the key (EF.CardSecurity) is proven to be signed.
    """
    group = evidence.info.group
    if not isinstance(group, Curve) or chip_public_key.group is not group:
        return False
    try:
        key = group.decode(chip_public_key.value)
    except Malformed:
        return False
    claimed = group.encode(group.multiply(evidence.data, key))
    return hmac.compare_digest(claimed, evidence.mapping_key)
