"""Identity documents that are wrong in themselves: altered, badly signed, cloned, stripped.

chip = altered(cie(), 11)                    # one letter of DG11 is another than was signed
chip = cie(signing=signing_revoked())         # with revocation_list() the signer is revoked
chip = BAD["cloned chip"]()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.emulated.cards.document_files import (
    BORN_ABROAD,
    common_file,
    mrz_file,
    personal_details_file,
)
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_protocols import PaceOffer, security_infos
from tests.emulated.cards.identity_documents import (
    Blueprint,
    active_key,
    cam_card,
    chip_key,
    cie,
    early_cie,
    ecdh_card,
    foreign_pki,
    italian_pki,
    passport_with_aa,
    services_key,
)
from tests.emulated.documents.certification import Entity, Form


def with_document(chip: EmrtdChip, **changes: Any) -> EmrtdChip:
    """A chip like another, with fields of its `Document` changed after signing."""
    return EmrtdChip(replace(chip.document, **changes), chip.manners)


def with_group(chip: EmrtdChip, number: int, content: bytes | None) -> EmrtdChip:
    """A chip like another, with a data group put in its place after signing; None takes it away."""
    groups = {n: old for n, old in chip.document.data_groups.items() if n != number}
    if content is not None:
        groups[number] = content
    return with_document(chip, data_groups=dict(sorted(groups.items())))


def altered(chip: EmrtdChip, number: int = 1, at: int = -4) -> EmrtdChip:
    """One letter of a data group is another than was signed; its lengths still fit."""
    content = bytearray(chip.document.data_groups[number])
    content[at] ^= 0x01
    return with_group(chip, number, bytes(content))


def with_security_object(chip: EmrtdChip, change: Callable[[bytes], bytes]) -> EmrtdChip:
    """EF.SOD changed."""
    return with_document(chip, security_object=change(chip.document.security_object))


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


# --- signers


def _signer(form: Form, number: int) -> Entity:
    return italian_pki().new_signer("rsa2048", scheme="pss", form=form, number=number)


@cache
def expired_signer() -> Entity:
    """A signer whose certificate had ended before it signed (2024)."""
    return _signer(Form(starts="2020-01-01", ends="2022-01-01"), 1)


@cache
def retired_signer() -> Entity:
    """A signer whose certificate was good when it signed and has ended since: all is well."""
    return _signer(Form(starts="2020-01-01", ends="2025-06-01"), 2)


@cache
def revoked_signer() -> Entity:
    """A signer on the list that `revocation_list` gives."""
    return _signer(Form(), 3)


def signing_expired() -> dict[str, Any]:
    """For `Blueprint.signing`: signed after the signer's certificate had ended."""
    return {"signer": expired_signer(), "signed_at": "2024-01-15"}


def signing_retired() -> dict[str, Any]:
    """For `Blueprint.signing`: signed while the signer's certificate, ended by now, was good."""
    return {"signer": retired_signer(), "signed_at": "2024-01-15"}


def signing_revoked() -> dict[str, Any]:
    """For `Blueprint.signing`: signed by the revoked signer."""
    return {"signer": revoked_signer()}


def revocation_list(**how: Any) -> bytes:
    """A current CRL of the country with the revoked signer on it; `how` as in the PKI."""
    return italian_pki().revocation_list(revoked_signer().parsed.serial_number, **how)


# --- clones


def cloned() -> EmrtdChip:
    """A copy of a CIE: every file is the true one, the key of Chip Authentication is not."""
    return _with_clone_key(cie())


def cloned_aes() -> EmrtdChip:
    """The same of a card whose Chip Authentication opens a session with AES."""
    return _with_clone_key(ecdh_card())


def _with_clone_key(chip: EmrtdChip) -> EmrtdChip:
    true = chip.document.chip_keys[0]
    other = chip_key(true.suite, true.parameter, 99, explicit=true.explicit)
    return with_document(chip, chip_keys=(replace(other, published=true.public),))


def cloned_mapping() -> EmrtdChip:
    """A copy of a card with PACE-CAM: its mapping data do not fit the key that it tells."""
    chip = cam_card()
    true = chip.document.mapping_key
    if true is None:
        raise ValueError("no mapping key")
    other = chip_key(true.suite, true.parameter, 99)
    copy = replace(other, published=true.public)
    return with_document(chip, mapping_key=copy, chip_keys=(copy,))


def cloned_passport(active: str = "rsa") -> EmrtdChip:
    """A copy of a passport: its Active Authentication signs with another key than DG15's."""
    chip = passport_with_aa(active)
    true = chip.document.active_key
    if true is None:
        raise ValueError("no active key")
    spki = true.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    other = active_key(active, true.digest, 99)
    return with_document(chip, active_key=replace(other, published=spki))


def stripped(chip: EmrtdChip, *numbers: int) -> EmrtdChip:
    """A copy that leaves out the files that would prove it: signed, but neither there nor told."""
    groups = {n: old for n, old in chip.document.data_groups.items() if n not in numbers}
    return with_document(chip, data_groups=groups, common=common_file(tuple(groups)))


def cloned_services() -> EmrtdChip:
    """A copy of a CIE's service number: the key of its internal authentication is another."""
    chip = cie()
    ias = chip.document.ias
    if ias is None:
        raise ValueError("no IAS application")
    copy = replace(ias, private=services_key(99), published=ias.public_key_file)
    return with_document(chip, ias=copy)


def weakened() -> EmrtdChip:
    """EF.CardAccess, which nobody signs, offers another variant than DG14 tells."""
    offers = (PaceOffer(Suite.TRIPLE_DES, 0),)
    access = security_infos(*(one.info() for one in offers))
    return with_document(cie(), offers=offers, card_access=access)


def _wrong_digits() -> EmrtdChip:
    """A zone whose check digits do not fit, signed as it is."""
    content = bytearray(mrz_file(Blueprint().zone))
    content[19] = ord("9") if content[19] != ord("9") else ord("8")
    return cie(groups={1: bytes(content)})


def _other_sod() -> bytes:
    return cie(person=BORN_ABROAD).document.security_object


BAD: dict[str, Callable[[], EmrtdChip]] = {
    "altered DG1": lambda: altered(cie(), 1),
    "altered DG2": lambda: altered(cie(), 2, 5000),
    "altered DG11": lambda: altered(cie(), 11),
    "altered DG14": lambda: altered(cie(), 14, -9),
    "another person's DG11": lambda: with_group(cie(), 11, personal_details_file(BORN_ABROAD)),
    "another person's SOD": lambda: with_security_object(cie(), lambda _: _other_sod()),
    "bad signature": lambda: with_security_object(cie(), lambda sod: _flipped(sod, -5)),
    "altered hash in the SOD": lambda: with_security_object(
        cie(), lambda sod: _flipped(sod, sod.index(b"\x02\x01\x01\x04\x20") + 9)
    ),
    "cut SOD": lambda: with_security_object(cie(), lambda sod: sod[: len(sod) // 2]),
    "garbage SOD": lambda: with_security_object(cie(), lambda sod: sod[:4] + bytes(range(256)) * 4),
    "empty SOD": lambda: with_security_object(cie(), lambda _: b"\x77\x00"),
    "expired signer": lambda: cie(signing=signing_expired()),
    "revoked signer": lambda: cie(signing=signing_revoked()),
    "foreign signer": lambda: cie(pki=foreign_pki()),
    "cloned chip": cloned,
    "cloned chip, AES": cloned_aes,
    "cloned chip, mapping": cloned_mapping,
    "cloned passport": cloned_passport,
    "cloned passport, ECDSA": lambda: cloned_passport("ecdsa"),
    "cloned service number": cloned_services,
    "stripped of DG14": lambda: stripped(cie(), 14),
    "unsigned DG11": lambda: cie(unlisted=frozenset({11})),
    "weakened access": weakened,
    "wrong check digit": _wrong_digits,
    "expired": lambda: cie(expires="20250101"),
    "SHA-1 SOD": early_cie,
}
"""Every bad document by what is wrong with it."""
