"""Proof of a TS-CNS: its PIN, then a signature over a challenge, by the key of its certificate.

The data files of a health card can be copied by anybody; the private key cannot. The card's own
count of tries is read before anything else, over our own commands, since modules do not tell it
(OpenSC 0.23 calls every CNS locked). No PIN is presented to a card that does not tell its count or
has one try left, nor to another card than the one that told it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from hw.apdu.chain import Link, card_link
from hw.apdu.command import Command, select_file
from hw.apdu.status import StatusWord, tries_left
from hw.apdu.tlv import Malformed
from hw.cards import card_keys
from hw.cards.card_keys import CardKey, subject_text
from hw.cards.emrtd import card_certificates, holder, trust_anchors, verdict
from hw.cards.emrtd.card_certificates import CNS_POLICY
from hw.cards.emrtd.certificates import Certificate
from hw.cards.emrtd.signatures import RsaKey
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    DocumentHolder,
    Finding,
    HealthCardProof,
    HolderClaim,
    PinTries,
)
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.door import Token, TokenDoor
from hw.ports import CardChannel

CHALLENGE_SIZE: Final = 32
_SHORTEST_PIN, _LONGEST_PIN = 5, 8
_MF, _DF1, _PERSONAL_DATA = 0x3F00, 0x1100, 0x1102
_VERIFY: Final = 0x20
_REFERENCES: Final = (0x10, 0x90)
"""The PIN's reference, plain and with the bit that makes some cards look in parent directories."""
_NO_SUCH_REFERENCE: Final = frozenset(
    {
        StatusWord.DATA_NOT_FOUND,
        StatusWord.INCORRECT_P1_P2,
        StatusWord.WRONG_P1_P2,
        StatusWord.INCORRECT_DATA,
    }
)
_BLOCKED: Final = frozenset({StatusWord.METHOD_BLOCKED, StatusWord.DATA_NOT_USABLE})
_UNTOLD: Final = PinTries(left=None, last=False, blocked=False)
_CODICE_FISCALE: Final = re.compile(
    r"[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]"
)
_SEVERAL: Final = DeviceTrouble(TroubleKind.REFUSED, "token.several")
_OTHER_PERSON: Final = DeviceTrouble(TroubleKind.REFUSED, "token.other-person")
_TRIES_UNTOLD: Final = DeviceTrouble(TroubleKind.REFUSED, "token.tries-untold")
_PURPOSE: Final = b"Sportello health card\x00"
"""Before the challenge: no text that anybody else would want signed begins so."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the card lies that was asked for its tries.

    Attributes:
        reader: PC/SC name of its reader.
        occupied: names of all readers with a card, this one too.
        left: tells why the card there may not be the one that was asked; None where it is. Called
            right before the PIN is presented.
    """

    reader: str
    occupied: tuple[str, ...]
    left: Callable[[], DeviceTrouble | None]


def read_pin_tries(channel: CardChannel) -> PinTries | DeviceTrouble:
    """Ask the card in `channel` how many tries of its PIN are left; none is spent.

    VERIFY without data (ISO/IEC 7816-4 clause 11.5.6).

    Returns:
        The tries, `left` None where the card does not tell. Or trouble: `card.not-health-card`,
        and whatever the channel gives.
    """
    link = card_link(channel)
    for identifier in (_MF, _DF1, _PERSONAL_DATA):
        response = link.exchange(select_file(identifier))
        if isinstance(response, DeviceTrouble):
            return response
        if response.status != StatusWord.OK and response.status >> 8 not in {0x62, 0x63}:
            return DeviceTrouble(TroubleKind.REFUSED, "card.not-health-card")
    back = link.exchange(select_file(_MF))
    return back if isinstance(back, DeviceTrouble) else _ask_tries(link)


def _ask_tries(link: Link) -> PinTries | DeviceTrouble:
    for reference in _REFERENCES:
        response = link.exchange(Command(_VERIFY, 0x00, reference))
        if isinstance(response, DeviceTrouble):
            return response
        status = response.status
        left = tries_left(status)
        if left is not None:
            return PinTries(left=left, last=left == 1, blocked=left == 0)
        if status in _BLOCKED:
            return PinTries(left=0, last=False, blocked=True)
        if status not in _NO_SUCH_REFERENCE:
            break
    return _UNTOLD


def prove_health_card(
    door: TokenDoor,
    pin: str,
    tries: PinTries,
    claim: HolderClaim | None,
    anchors: TrustAnchors,
    today: date,
    *,
    place: Place,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> HealthCardProof | DeviceTrouble:
    """Present the PIN, have a challenge signed, judge the card; signs out on every way.

    Args:
        door: to the module; it is closed at the end.
        pin: five to eight digits.
        tries: what the card itself says, from `read_pin_tries`.
        claim: what the holder is compared with, None for nothing. A PIN is never presented to a
            card whose certificate has another codice fiscale; or, where none is claimed, names
            another person.
        anchors: whom the kiosk believes.
        today: the day against which the certificate is judged.
        place: where the card lies of which `tries` was read. No other card is used.
        random: source of the challenge.

    Returns:
        The proof, whose verdict may speak against the card. Or trouble. Before the PIN is presented:
        `token.pin-form`, `token.pin-blocked`, `token.pin-last-try`, `token.tries-untold`,
        `token.absent`, `token.several` (the slot may be that of two cards),
        `token.unsupported-card`, `token.other-person`, `token.removed`. At it: `token.pin-wrong` (with `left` where known)
        and others of `TokenDoor.log_in`. After it: those of `TokenDoor.sign`.
    """
    refused = _refuse_pin(pin, tries)
    if refused is not None:
        return refused
    challenge = _PURPOSE + random(CHALLENGE_SIZE)
    try:
        answered = _challenge(door, pin, tries, claim, place, challenge)
    finally:
        door.close()
    if isinstance(answered, DeviceTrouble):
        return answered
    key, signed = answered
    return _judge(key, claim, anchors, today, signed=signed)


def _judge(
    key: CardKey,
    claim: HolderClaim | None,
    anchors: TrustAnchors,
    today: date,
    *,
    signed: bool,
) -> HealthCardProof | DeviceTrouble:
    """What the certificate is worth, and what was proven of the card that has it."""
    try:
        found = card_certificates.verify(
            key.certificate.der,
            trust_anchors.health_card_issuers(anchors),
            today,
            policies=frozenset({CNS_POLICY}),
        )
    except Malformed as trouble:
        details = (("reason", trouble.reason),)
        return DeviceTrouble(TroubleKind.DAMAGED, "token.unsupported-card", details)
    who = _subject(found.certificate, found.period[1])
    comparison = holder.compare(who, claim)
    return HealthCardProof(
        codice_fiscale=who.codice_fiscale,
        surname=who.surname,
        name=who.name,
        expires_on=found.period[1],
        verdict=verdict.judge_challenge(
            found.genuine,
            found.not_revoked,
            found.period,
            comparison,
            today,
            signed=signed,
            clock_behind=trust_anchors.before(today, anchors.issued),
        ),
        facts=_facts(found.certificate, key.algorithm),
    )


def _subject(certificate: Certificate, expires_on: date) -> DocumentHolder:
    """The person that the certificate names, as far as it does."""
    return DocumentHolder(
        document_code="",
        issuing_state="ITA",
        document_number="",
        surname=subject_text(certificate, "surname"),
        name=subject_text(certificate, "given_name"),
        names_cut=False,
        names_transliterated=False,
        nationality="",
        sex="",
        birth_date="",
        expires_on=expires_on,
        codice_fiscale=codice_fiscale_of(certificate),
    )


def _facts(certificate: Certificate, algorithm: str) -> tuple[tuple[str, str], ...]:
    """Technical facts; nothing of the person, nor the card's own number."""
    key = certificate.key
    size = key.modulus.bit_length() if isinstance(key, RsaKey) else 8 * key.curve.size
    return (
        ("algorithm", algorithm),
        ("key-bits", str(size)),
        ("signed-with", str(certificate.method)),
        ("policy", CNS_POLICY if CNS_POLICY in certificate.policies else "another"),
    )


def _refuse_pin(pin: str, tries: PinTries) -> DeviceTrouble | None:
    """Why this PIN is not presented at all; None where it is."""
    digits = pin.isascii() and pin.isdigit()
    if not digits or not _SHORTEST_PIN <= len(pin) <= _LONGEST_PIN:
        return DeviceTrouble(TroubleKind.REFUSED, "token.pin-form")
    return card_keys.not_to_be_tried(tries)


def _challenge(
    door: TokenDoor,
    pin: str,
    tries: PinTries,
    claim: HolderClaim | None,
    place: Place,
    challenge: bytes,
) -> tuple[CardKey, bool] | DeviceTrouble:
    """The card's key, and whether the card signed the challenge with it."""
    key = _find(door, place)
    if isinstance(key, DeviceTrouble):
        return key
    refused = card_keys.beyond(door, key)
    if refused is None and tries.left is None:
        # The module's flags do not count: of a CNS, OpenSC 0.23 says what is not so.
        refused = _TRIES_UNTOLD
    refused = refused or _another_person(key.certificate, claim) or place.left()
    if refused is None:
        refused = door.log_in(key.token, pin, heed_flags=False)
    if refused is not None:
        return card_keys.with_tries_left(refused, tries)
    signature = card_keys.sign(door, key, challenge)
    if isinstance(signature, DeviceTrouble):
        return signature
    return key, card_keys.is_signed(key.certificate, challenge, signature)


def _another_person(certificate: Certificate, claim: HolderClaim | None) -> DeviceTrouble | None:
    """Why the certificate is not that of whose PIN was typed in; None where it may be."""
    if claim is None:
        return None
    if claim.codice_fiscale:
        # Names are spelt in many ways, and are the verdict's matter.
        claim = HolderClaim(codice_fiscale=claim.codice_fiscale)
    finding, _ = holder.compare(_subject(certificate, date.max), claim)
    return _OTHER_PERSON if finding is Finding.REFUTED else None


def _find(door: TokenDoor, place: Place) -> CardKey | DeviceTrouble:
    """The key of the health card: that whose certificate has the policy of a CNS.

    Where none has, the first whose subject is a person with a codice fiscale: the verdict says what
    is wrong with it.
    """
    tokens = door.tokens()
    if isinstance(tokens, DeviceTrouble):
        return tokens
    if not tokens:
        return DeviceTrouble(TroubleKind.ABSENT, "token.absent")
    here = _lying_at(place, tokens)
    if isinstance(here, DeviceTrouble):
        return here
    keys = card_keys.keys_on(door, here)
    if isinstance(keys, DeviceTrouble):
        return keys
    usable = [key for key in keys if key.algorithm and codice_fiscale_of(key.certificate)]
    usable.sort(key=lambda key: CNS_POLICY not in key.certificate.policies)
    if usable:
        return usable[0]
    return _unsupported("no certificate" if any(token.known for token in here) else "unknown card")


def _lying_at(place: Place, tokens: Sequence[Token]) -> Sequence[Token] | DeviceTrouble:
    """Of the module's tokens those in that reader, for certain, and no others.

    A module that names its slots otherwise than PC/SC its readers cannot be used: which of its
    tokens told its tries would be a guess.
    """
    here = []
    for token in tokens:
        readers = card_keys.may_lie_in(token, place.occupied)
        if place.reader in readers and len(readers) > 1:
            return _SEVERAL
        if place.reader in readers:
            here.append(token)
    return here or _unsupported("slot name")


def _unsupported(reason: str) -> DeviceTrouble:
    details = (("reason", reason),)
    return DeviceTrouble(TroubleKind.REFUSED, "token.unsupported-card", details)


def codice_fiscale_of(certificate: Certificate) -> str:
    """The codice fiscale of a certificate's subject; empty where it has none.

    The common name of a CNS is `<codice fiscale>/<card number>.<hash of the personal data>`; newer
    ones also have a serialNumber `TINIT-<codice fiscale>` (ETSI EN 319 412-1 clause 5.1.3).
    """
    for kind, text in certificate.fields:
        if kind == "common_name":
            candidate = text.partition("/")[0]
        elif kind == "serial_number":
            candidate = text.removeprefix("TINIT-").removeprefix("IT:")
        else:
            continue
        if _CODICE_FISCALE.fullmatch(candidate.strip().upper()):
            return candidate.strip().upper()
    return ""
