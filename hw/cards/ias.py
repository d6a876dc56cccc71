"""The services number (NIS) of the Italian identity card, read without PIN or CAN, and its proof.

The IAS application keeps twelve digits that anybody with a reader can have, a key that signs a
challenge, and a security object over both. What is checked here is weak, and is said so: it shows
that the chip holds the key that was signed together with the number, and nothing that is printed on
the card, nor any person, is compared. The number stays the same for the card's life, so it is
personal data: it is hashed under a key of the site at once and never leaves this module.

Sources: the public SDKs for the NIS (italia/cie-nis-*-sdk) and the middleware of the CIE.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.apdu import tlv
from hw.apdu.command import LONGEST_ANSWER, Command, read_short_file
from hw.apdu.lengths import SHORT
from hw.apdu.link import Link, broken
from hw.apdu.secure_messaging import most_plain
from hw.apdu.status import StatusWord, name_of
from hw.cards.emrtd import passive_auth, sod
from hw.cards.emrtd.file_reading import FileReader, KeptFiles
from hw.cards.emrtd.lds import ElementaryFile
from hw.cards.emrtd.passive_auth import PassiveResult
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.document_readings import Finding
from hw.errors import DeviceTrouble, TroubleKind

IAS: Final = bytes.fromhex("A0000000308000000009816001")
"""Name of the IAS ECC application."""
CIE: Final = bytes.fromhex("A00000000039")
"""Name of the folder of the CIE in it."""
_SELECT: Final = 0xA4
_NUMBER_FILE: Final = 1
_NUMBER_SIZE: Final = 12
_KEY_FILE: Final = ElementaryFile("EF.ServicesKey", 0x1005, 0x05, 0x30, 2048)
_SECURITY_OBJECT: Final = ElementaryFile("EF.SOD (IAS)", 0x1006, 0x06, sod.TAG, 8192)
_NUMBER: Final = 0xA1
_KEY: Final = 0xA5
_LAST: Final = 0xFF
"""Numbers in the security object of the IAS application: A1 for EF 1001, A5 for EF 1005."""
_KEY_REFERENCE: Final = bytes.fromhex("800102840183")
_CHALLENGE_SIZE: Final = 8
"""As the public SDKs have it; whether chips sign longer ones is not known."""
_LEAST_SITE_KEY: Final = 16
_INTEGER: Final = 0x02
_RSA_BITS: Final = range(1024, 4097)
_MOST_EXPONENT: Final = 1 << 33

REASONS: Final = {
    "nis.weak": "anybody can read the number; nothing printed on the card was compared",
    "nis.challenge": "the chip signed a random number with the key that it shows",
    "nis.challenge-failed": "the chip could not sign with the key that it shows: a copy",
    "nis.challenge-refused": "the chip did not sign; nothing is known of it",
    "nis.altered": "number or key are not those that were signed",
    "nis.forged": "the signed list of number and key is not genuine",
    "nis.signer-unproven": "who signed number and key is not known here",
    "nis.no-security-object": "the chip gives no readable signed list of number and key",
    "nis.no-key": "the chip gives no key that could be used",
}
"""Each reason code with its meaning."""


@dataclass(frozen=True, slots=True, repr=False)
class NisReading:
    """A services number that was read, without the number.

    Attributes:
        hashed: HMAC-SHA-256 of the twelve digits under the key of the site, 32 bytes: the same
            for the same card at this site, useless at any other.
        anti_clone: whether the chip is the one to which the number was given; refuted where it is
            a copy. Proven only as far as `nis.weak` says.
        reasons: codes of `REASONS`.
    """

    hashed: bytes
    anti_clone: Finding
    reasons: tuple[str, ...]

    def __repr__(self) -> str:
        return f"NisReading({self.anti_clone.value}, {self.reasons})"


def read_nis(
    link: Link,
    site_key: bytes,
    random: Callable[[int], bytes] = secrets.token_bytes,
    *,
    trusted: tuple[TrustAnchors, date] = (EMPTY, date.min),
) -> NisReading | DeviceTrouble:
    """Read the services number of a CIE and check the chip that tells it.

    Args:
        link: a chain without secure messaging; what was selected before is not any more.
        site_key: secret of this site, at least 16 bytes.
        random: gives that many random bytes.
        trusted: whom the kiosk believes, and today; by default nobody.

    Returns:
        The reading. Or trouble: `document.no-nis` where the card has no such application,
        `card.protocol` where the number is none, and what the link gives.

    Raises:
        ValueError: a site key that is too short. That is a bug of the caller.
    """
    if len(site_key) < _LEAST_SITE_KEY:
        raise ValueError("site key shorter than 16 bytes")
    trouble = _enter(link)
    if trouble is not None:
        return trouble
    asking = read_short_file(_NUMBER_FILE, 0, _NUMBER_SIZE)
    answer = link.exchange(asking)
    if isinstance(answer, DeviceTrouble):
        return answer
    if answer.status != StatusWord.OK:
        return _no_nis(answer.status)
    if len(answer.data) != _NUMBER_SIZE or not answer.data.isdigit():
        return broken(asking, "nis-form")
    hashed = hmac.new(site_key, answer.data, hashlib.sha256).digest()
    judged = _judge(link, answer.data, random, trusted)
    if isinstance(judged, DeviceTrouble):
        return judged
    finding, reasons = judged
    return NisReading(hashed, finding, (*reasons, "nis.weak"))


def _enter(link: Link) -> DeviceTrouble | None:
    """Select the folder of the CIE: through its application's name, else from the master file.

    Chips of Gemalto and STM know the name; those of NXP want the master file first.
    """
    status = int(StatusWord.FILE_NOT_FOUND)
    for way in (Command(_SELECT, 0x04, 0x0C, IAS), Command(_SELECT, 0x00, 0x00)):
        for command in (way, Command(_SELECT, 0x04, 0x0C, CIE)):
            answer = link.exchange(command)
            if isinstance(answer, DeviceTrouble):
                return answer
            status = answer.status
            if status != StatusWord.OK:
                break
        else:
            return None
    return _no_nis(status)


def _judge(
    link: Link,
    number: bytes,
    random: Callable[[int], bytes],
    trusted: tuple[TrustAnchors, date],
) -> tuple[Finding, tuple[str, ...]] | DeviceTrouble:
    """What speaks for and against the chip; the files first, since signing moves the key."""
    files = FileReader(link, KeptFiles(), most_plain(SHORT.most_answer, 8))
    key_file = files.read(_KEY_FILE)
    if isinstance(key_file, DeviceTrouble) and not _is_damage(key_file):
        return key_file
    listed = files.read(_SECURITY_OBJECT)
    if isinstance(listed, DeviceTrouble) and not _is_damage(listed):
        return listed
    signed: str | DeviceTrouble = "nis.no-key"
    if isinstance(key_file, bytes):
        signed = _challenged(link, key_file, random)
    if isinstance(signed, DeviceTrouble):
        return signed
    against = "nis.no-security-object"
    if isinstance(listed, bytes) and isinstance(key_file, bytes):
        anchors, today = trusted
        groups = {_NUMBER: number, _KEY: key_file}
        against = _compared(passive_auth.verify(listed, groups, anchors, today, last=_LAST))
    refuted = {"nis.challenge-failed", "nis.altered", "nis.forged"} & {signed, against}
    if refuted:
        return Finding.REFUTED, tuple(reason for reason in (signed, against) if reason)
    if signed == "nis.challenge" and not against:
        return Finding.PROVEN, (signed,)
    return Finding.NOT_PROVABLE, tuple(reason for reason in (signed, against) if reason)


def _compared(result: PassiveResult) -> str:
    """What the signed list says against number and key; empty where it speaks for them."""
    if not result.listed:
        return "nis.no-security-object"
    if result.matching != result.read:
        return "nis.altered"
    match result.genuine.finding:
        case Finding.PROVEN:
            return ""
        case Finding.REFUTED:
            return "nis.forged"
        case Finding.NOT_PROVABLE:
            return "nis.signer-unproven"


def _challenged(link: Link, key_file: bytes, random: Callable[[int], bytes]) -> str | DeviceTrouble:
    """Whether the chip signs a challenge with the private half of the key in EF 1005.

    INTERNAL AUTHENTICATE gives the challenge itself in PKCS #1 v1.5 padding of block type 1.
    """
    try:
        modulus, exponent = _rsa_key(key_file)
    except tlv.Malformed:
        return "nis.no-key"
    answer = link.exchange(Command(0x22, 0x41, 0xA4, _KEY_REFERENCE))
    challenge = random(_CHALLENGE_SIZE)
    if not isinstance(answer, DeviceTrouble) and answer.status == StatusWord.OK:
        answer = link.exchange(Command(0x88, 0x00, 0x00, challenge, LONGEST_ANSWER))
    if isinstance(answer, DeviceTrouble):
        return answer
    if answer.status != StatusWord.OK:
        return "nis.challenge-refused"
    size = (modulus.bit_length() + 7) // 8
    signature = int.from_bytes(answer.data, "big")
    if len(answer.data) != size or signature >= modulus:
        return "nis.challenge-failed"
    block = pow(signature, exponent, modulus).to_bytes(size, "big")
    expected = b"\x00\x01" + b"\xff" * (size - 3 - len(challenge)) + b"\x00" + challenge
    return "nis.challenge" if hmac.compare_digest(block, expected) else "nis.challenge-failed"


def _rsa_key(key_file: bytes) -> tuple[int, int]:
    """Modulus and exponent of an RSAPublicKey (RFC 8017 appendix A.1.1), within bounds.

    Raises:
        Malformed: it is none, or one that no chip has.
    """
    parts = tlv.read_all(tlv.only(key_file, _KEY_FILE.tag))
    if len(parts) != 2 or any(part.tag != _INTEGER for part in parts):
        raise tlv.Malformed("rsa-key")
    modulus, exponent = (int.from_bytes(part.value, "big") for part in parts)
    if modulus.bit_length() not in _RSA_BITS or not modulus & 1:
        raise tlv.Malformed("rsa-modulus")
    if not 2 < exponent < _MOST_EXPONENT or not exponent & 1:
        raise tlv.Malformed("rsa-exponent")
    return modulus, exponent


def _is_damage(trouble: DeviceTrouble) -> bool:
    """Whether a file is only malformed, and the card still there."""
    return trouble.code == "document.damaged"


def _no_nis(status: int) -> DeviceTrouble:
    details = (("status", name_of(status)),)
    return DeviceTrouble(TroubleKind.REFUSED, "document.no-nis", details)
