"""Basic Access Control, the older way into a chip, ICAO 9303-11 clause 4.3 and appendix D.

The fallback where PACE does not succeed. Its keys hold no more secret than three printed fields, so
whoever records the exchange can guess them later; PACE has not this fault.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from hw.apdu.command import Command
from hw.apdu.link import Link, broken
from hw.apdu.secure_messaging import SessionCipher
from hw.apdu.status import StatusWord, name_of, tries_left
from hw.cards.emrtd.ciphers import Suite, TripleDes, retail_mac
from hw.cards.emrtd.key_derivation import bac_seed, derive
from hw.document_readings import MrzKey
from hw.errors import DeviceTrouble, TroubleKind

_ENCRYPTION: Final = 1
_AUTHENTICATION: Final = 2
_NONCE_SIZE: Final = 8
_KEY_SIZE: Final = 16
_MAC_SIZE: Final = 8
_TOKEN_SIZE: Final = 2 * _NONCE_SIZE + _KEY_SIZE + _MAC_SIZE
_WRONG_KEY: Final = frozenset(
    {
        StatusWord.AUTHENTICATION_FAILED,
        StatusWord.SECURITY_STATUS_NOT_SATISFIED,
        StatusWord.PROTECTION_INCORRECT,
        StatusWord.INCORRECT_DATA,
    }
)
"""The standard asks for 6300; chips in the field also use the other words for a wrong key."""


def authenticate(
    link: Link, key: MrzKey, random: Callable[[int], bytes] = secrets.token_bytes
) -> SessionCipher | DeviceTrouble:
    """Open the chip with the three fields of the machine readable zone.

    Args:
        link: a chain without secure messaging; the travel document's application is selected.
        key: what is printed.
        random: gives that many random bytes: first the nonce of 8, then the key of 16.

    Returns:
        The session's cipher (3DES). Or trouble: `document.wrong-key` where the chip refuses the
        key, `document.access-refused` where it does not do BAC, `card.protocol` where it breaks
        the protocol or does not know the key itself, and what the link gives (`card.removed`, ...).
    """
    asking = Command(0x84, 0x00, 0x00, le=_NONCE_SIZE)
    challenge = link.exchange(asking)
    if isinstance(challenge, DeviceTrouble):
        return challenge
    if challenge.status != StatusWord.OK:
        return _refused("document.access-refused", challenge.status)
    if len(challenge.data) != _NONCE_SIZE:
        return broken(asking, "challenge-size")
    nonce, half = random(_NONCE_SIZE), random(_KEY_SIZE)
    seed = bac_seed(key)
    enc = derive(seed, _ENCRYPTION, Suite.TRIPLE_DES)
    mac = derive(seed, _AUTHENTICATION, Suite.TRIPLE_DES)
    token = Suite.TRIPLE_DES.encrypt(enc, nonce + challenge.data + half)
    telling = Command(0x82, 0x00, 0x00, token + retail_mac(mac, token), _TOKEN_SIZE)
    answer = link.exchange(telling)
    if isinstance(answer, DeviceTrouble):
        return answer
    if answer.status in _WRONG_KEY or tries_left(answer.status) is not None:
        return _refused("document.wrong-key", answer.status)
    if answer.status != StatusWord.OK:
        return broken(telling, name_of(answer.status))
    if len(answer.data) != _TOKEN_SIZE:
        return broken(telling, "token-size")
    token, checksum = answer.data[:-_MAC_SIZE], answer.data[-_MAC_SIZE:]
    if not hmac.compare_digest(retail_mac(mac, token), checksum):
        return broken(telling, "token-checksum")
    plain = Suite.TRIPLE_DES.decrypt(enc, token)
    if not hmac.compare_digest(plain[: 2 * _NONCE_SIZE], challenge.data + nonce):
        return broken(telling, "token-nonces")
    return _session(half, plain[2 * _NONCE_SIZE :], challenge.data[-4:] + nonce[-4:])


def _session(ours: bytes, theirs: bytes, ssc: bytes) -> TripleDes:
    """The cipher out of both key halves (clause 9.8.5 for the counter)."""
    seed = bytes(a ^ b for a, b in zip(ours, theirs, strict=True))
    enc = derive(seed, _ENCRYPTION, Suite.TRIPLE_DES)
    return TripleDes(enc, derive(seed, _AUTHENTICATION, Suite.TRIPLE_DES), ssc)


def _refused(code: str, status: int) -> DeviceTrouble:
    details = (("access", "BAC"), ("status", name_of(status)))
    return DeviceTrouble(TroubleKind.REFUSED, code, details)
