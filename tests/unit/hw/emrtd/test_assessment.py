"""Readings of whole documents that passive authentication alone, or the opening alone, lets pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.mrz import check_digit
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    CardAccessNumber,
    DocumentReading,
    DocumentRequest,
    Finding,
    HolderClaim,
    MrzKey,
    Property,
)
from tests.emulated.cards.bad_documents import revocation_list, signing_revoked, with_document
from tests.emulated.cards.direct import DirectSlot
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import bac_only, can_key, cie, italian_pki, zone_key
from tests.emulated.documents.certification import Form

TODAY = date(2026, 11, 22)
CLAIM = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101")
TIMES = DocumentTimes(wait=2.0, whole=6.0, silence=1.0)
ITALY = TrustAnchors(tuple(italian_pki().certificates), version=1, issued=date(2026, 11, 1))
LISTED = replace(ITALY, revocation_lists=(revocation_list(),))
UNKNOWN = Finding.NOT_PROVABLE


def read(
    chip: EmrtdChip,
    key: CardAccessNumber | MrzKey,
    anchors: TrustAnchors = ITALY,
    today: date = TODAY,
) -> DocumentReading:
    reader = AnySlotDocumentReader(lambda: (DirectSlot("a", chip),), TIMES)
    reader.trust(anchors)
    outcome = reader.read(DocumentRequest(key, today, CLAIM), lambda _: None)
    assert isinstance(outcome, DocumentReading)
    return outcome


def said(reading: DocumentReading, what: Property) -> tuple[Finding, tuple[str, ...]]:
    judgement = reading.verdict.of(what)
    return judgement.finding, judgement.reasons


def test_nothing_is_believed_that_a_revoked_signer_signed_and_no_face_is_shown() -> None:
    chip = cie(signing=signing_revoked())
    reading = read(chip, can_key(chip), LISTED)
    assert said(reading, Property.GENUINE) == (UNKNOWN, ("genuine.signer-revoked",))
    assert reading.verdict.of(Property.NOT_REVOKED).finding is Finding.REFUTED
    for what in (Property.UNALTERED, Property.NOT_CLONED, Property.IN_DATE, Property.HOLDER):
        assert reading.verdict.of(what).finding is UNKNOWN
    assert reading.face is None
    assert dict(reading.facts)["face"] == "not-proven"
    assert read(chip, can_key(chip)).face is not None  # whoever has no list cannot know


def test_a_signer_that_the_documents_state_does_not_answer_for_shows_no_face() -> None:
    """Passive authentication proves these files; the verdict does not, and the verdict counts."""
    signer = italian_pki().new_signer("rsa2048", form=Form(document_types=("P",)), number=31)
    chip = cie(signing={"signer": signer})
    reading = read(chip, can_key(chip))
    assert said(reading, Property.GENUINE) == (UNKNOWN, ("genuine.document-type",))
    assert reading.face is None


def test_a_date_of_expiry_that_was_typed_is_compared() -> None:
    """A chip that opens with another date than it tells is not the one that was typed from."""
    chip = bac_only()
    own = zone_key(chip)
    assert said(read(chip, own), Property.HOLDER) == (Finding.PROVEN, ("holder.equal",))
    opening = bytearray(chip.document.zone_information)
    opening[-7:] = f"390101{check_digit('390101')}".encode()
    other = with_document(chip, zone_information=bytes(opening))
    reading = read(other, replace(own, expiry_date="390101"))
    assert said(reading, Property.HOLDER) == (Finding.REFUTED, ("holder.expiry-date",))


@pytest.mark.parametrize(
    ("today", "issued"), [(date(2022, 6, 1), "20200115"), (date(2026, 11, 10), "20261120")]
)
def test_a_clock_that_was_set_back_makes_nothing_valid(today: date, issued: str) -> None:
    chip = cie(issued=issued, expires="20300101")
    reading = read(chip, can_key(chip), today=today)
    assert reading.verdict.of(Property.GENUINE).finding is Finding.PROVEN
    assert said(reading, Property.IN_DATE) == (UNKNOWN, ("in-date.clock-behind",))
    assert not reading.verdict.sound


def test_without_a_date_of_expiry_it_is_not_all_right() -> None:
    zone = cie().document.data_groups[1]
    at = zone.index(b"340101")
    chip = cie(groups={1: zone[:at] + b"<<<<<<" + zone[at + 6 :]})
    reading = read(chip, can_key(chip))
    assert said(reading, Property.IN_DATE) == (UNKNOWN, ("in-date.no-date",))
    assert reading.verdict.refuted == ()
    assert not reading.verdict.sound
