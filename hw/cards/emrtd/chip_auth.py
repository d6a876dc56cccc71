"""Chip Authentication: the chip shows that it knows the private key of a signed public key.

ICAO 9303-11 clause 6.2, TR-03110-1 clause 3.4 (version 1). The proof is the new session itself: an
answer under its keys comes from the chip that has the key. So nothing is proven before a protected
command has been answered, nor before the hash of EF.DG14 is proven.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from hw.apdu.command import Command
from hw.apdu.link import Link
from hw.apdu.secure_messaging import SessionCipher
from hw.apdu.status import StatusWord, name_of
from hw.apdu.tlv import Malformed
from hw.cards.emrtd.agreement_commands import (
    CHIP_AUTHENTICATION,
    KEY_AGREEMENT,
    PRIVATE_KEY,
    PROTOCOL,
    dynamic_data,
    general_authenticate,
    set_template,
)
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.curves import RandomBytes
from hw.cards.emrtd.groups import AnyGroup, Element, Group, encoded
from hw.cards.emrtd.security_infos import (
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    KeyAgreement,
    SecurityInfos,
)
from hw.errors import DeviceTrouble, TroubleKind

REFUSED: Final = "document.chip-proof-refused"
"""The chip refused, under protection."""
_VERSION: Final = 1
_MOST_DRAWS: Final = 16
_EPHEMERAL_KEY: Final = 0x80
_EPHEMERAL_KEY_IN_TEMPLATE: Final = 0x91
_SMALL_ANSWER: Final = 128
_SUITES: Final = (Suite.AES_256, Suite.AES_192, Suite.AES_128, Suite.TRIPLE_DES)
_PROTOCOLS_3DES: Final = {
    KeyAgreement.DH: bytes.fromhex("04007F00070202030101"),
    KeyAgreement.ECDH: bytes.fromhex("04007F00070202030201"),
}
_UNKNOWN_COMMAND: Final = frozenset(
    {
        StatusWord.FUNCTION_NOT_SUPPORTED,
        StatusWord.INCORRECT_P1_P2,
        StatusWord.WRONG_P1_P2,
        StatusWord.WRONG_INSTRUCTION,
        StatusWord.CONDITIONS_NOT_SATISFIED,
        StatusWord.INCORRECT_DATA,
        StatusWord.DATA_NOT_FOUND,
    }
)
"""How chips answer MSE:Set KAT that know the other form only."""


@dataclass(frozen=True, slots=True, repr=False)
class ChipSession:
    """The session after Chip Authentication, not proven until an answer has come under it.

    Attributes:
        cipher: its keys, the counter at zero.
        info: how it was done.
    """

    cipher: SessionCipher
    info: ChipAuthenticationInfo

    def __repr__(self) -> str:
        return f"ChipSession({self.info.name})"


def choose(
    infos: SecurityInfos,
) -> tuple[tuple[ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo], ...]:
    """The ways of doing Chip Authentication that can be gone here, each with its key, best first.

    ECDH before DH, longer keys before shorter. A key without an info means 3DES: chips of the first
    generation have no infos (TR-03110-1 annex A.1.1.2). Left out are groups that are not
    standardized and infos whose key is not there or not the only one.
    """
    infos_of_chip = infos.chip_authentication or tuple(
        ChipAuthenticationInfo(
            _PROTOCOLS_3DES[key.agreement], key.agreement, Suite.TRIPLE_DES, _VERSION, key.key_id
        )
        for key in infos.chip_keys
    )
    found = [
        (info, key)
        for info in infos_of_chip
        if info.version == _VERSION and (key := _key_of(info, infos.chip_keys)) is not None
    ]
    return tuple(sorted(found, key=lambda pair: _rank(pair[0])))


def _key_of(
    info: ChipAuthenticationInfo, keys: tuple[ChipAuthenticationPublicKeyInfo, ...]
) -> ChipAuthenticationPublicKeyInfo | None:
    """The key that an info means, None where it is not clear or its group not standardized."""
    meant = [key for key in keys if key.agreement is info.agreement]
    if info.key_id is not None and len(meant) > 1:
        meant = [key for key in meant if key.key_id == info.key_id]
    return meant[0] if len(meant) == 1 and meant[0].group is not None else None


def _rank(info: ChipAuthenticationInfo) -> tuple[bool, int]:
    return info.agreement is not KeyAgreement.ECDH, _SUITES.index(info.suite)


def at_once(infos: SecurityInfos) -> bool:
    """Whether `authenticate` begins with MSE:Set KAT, which chips may not know."""
    ways = choose(infos)
    return bool(ways) and ways[0][0].suite is Suite.TRIPLE_DES


def authenticate(
    link: Link,
    infos: SecurityInfos,
    random: RandomBytes = secrets.token_bytes,
    *,
    in_two: bool = False,
) -> ChipSession | DeviceTrouble | None:
    """Agree on new keys with the chip's static key.

    Args:
        link: secure messaging of the session so far.
        infos: those of EF.DG14, whose hash proves the key.
        random: source of randomness.
        in_two: leave MSE:Set KAT out: the chip is known to end the session at it.

    Returns:
        The new session; the old one's keys count no more. None where the chip offers nothing that
        can be done here. Or trouble: `document.chip-proof-refused` where the chip refuses, the old
        session still alive; `document.chip-proof-broken` where its key is no element of its group
        or it breaks the protocol; or what the link gives.
    """
    ways = choose(infos)
    if not ways:
        return None
    info, key = ways[0]
    group: AnyGroup | None = key.group
    if group is None:
        return None
    try:
        return _agree(link, info, key, group, random, in_two=in_two)
    except Malformed as malformed:
        details = (("protocol", info.name), ("reason", malformed.reason))
        return DeviceTrouble(TroubleKind.PROTOCOL, "document.chip-proof-broken", details)


def _agree(
    link: Link,
    info: ChipAuthenticationInfo,
    key: ChipAuthenticationPublicKeyInfo,
    group: AnyGroup,
    random: RandomBytes,
    *,
    in_two: bool,
) -> ChipSession | DeviceTrouble:
    """Both forms of the command (clause 6.2.4); chips with 3DES may know the first one only.

    Raises:
        Malformed: the chip's key is not in its group, or an answer is not what it must be.
    """
    chip_key = group.decode(key.value)
    own, shared = _agreed(info, group, chip_key, random)
    reference = () if key.key_id is None else ((PRIVATE_KEY, encoded(key.key_id) or b"\x00"),)
    refused: DeviceTrouble | None = None
    if info.suite is Suite.TRIPLE_DES and not in_two:
        command = set_template(KEY_AGREEMENT, (_EPHEMERAL_KEY_IN_TEMPLATE, own), *reference)
        status = _status(link, command)
        if isinstance(status, DeviceTrouble):
            return status
        refused = None if status == StatusWord.OK else _refused(info, status)
        if refused is not None and status not in _UNKNOWN_COMMAND:
            return refused
    if info.suite is not Suite.TRIPLE_DES or in_two or refused is not None:
        refused = _agree_in_two(link, info, own, reference)
    if refused is not None:
        return refused
    return ChipSession(info.suite.session(shared), info)


def _agreed(
    info: ChipAuthenticationInfo, group: Group[Element], chip_key: Element, random: RandomBytes
) -> tuple[bytes, bytes]:
    """A new public key, encoded, and the secret that it shares with the chip's key.

    A DH secret that begins with a zero byte is not used: chips differ in whether they keep it (see
    `pace`), and here the terminal knows before it asks.

    Raises:
        Malformed: the keys are the same, again and again: it is no random key of a chip.
    """
    for _ in range(_MOST_DRAWS):
        secret, public = group.key_pair(group.base, random)
        shared = group.shared(secret, chip_key)
        if chip_key != public and (shared[0] or info.agreement is KeyAgreement.ECDH):
            return group.encode(public), shared
    raise Malformed("same-keys")


def _agree_in_two(
    link: Link,
    info: ChipAuthenticationInfo,
    own: bytes,
    reference: tuple[tuple[int, bytes], ...],
) -> DeviceTrouble | None:
    """MSE:Set AT and GENERAL AUTHENTICATE (clause 6.2.4.2).

    Raises:
        Malformed: the answer is no template.
    """
    status = _status(link, set_template(CHIP_AUTHENTICATION, (PROTOCOL, info.oid), *reference))
    if isinstance(status, DeviceTrouble):
        return status
    if status != StatusWord.OK:
        return _refused(info, status)
    command = general_authenticate((_EPHEMERAL_KEY, own), last=True, expected=_SMALL_ANSWER)
    response = link.exchange(command)
    if isinstance(response, DeviceTrouble):
        return response
    if response.status != StatusWord.OK:
        return _refused(info, response.status)
    dynamic_data(response.data)
    return None


def _status(link: Link, command: Command) -> int | DeviceTrouble:
    response = link.exchange(command)
    return response if isinstance(response, DeviceTrouble) else response.status


def _refused(info: ChipAuthenticationInfo, status: int) -> DeviceTrouble:
    details = (("protocol", info.name), ("status", name_of(status)))
    return DeviceTrouble(TroubleKind.REFUSED, REFUSED, details)
