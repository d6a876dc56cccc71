"""Certificates of cards that sign for a person, against issuers of the trust list."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hw.apdu.tlv import Malformed
from hw.cards.emrtd import card_certificates, trust_anchors
from hw.cards.emrtd.card_certificates import CNS_POLICY, CardCertificate, challenge_signed
from hw.cards.emrtd.signatures import Family, SignatureMethod
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import Finding
from tests.emulated.documents.certification import AUTHORITY, Form, certify, name, signature
from tests.emulated.documents.pki import DocumentPki

TODAY = date(2026, 11, 22)
REGION = DocumentPki.make("IT", number=50)
OTHER = DocumentPki.make("IT", number=51)
FORM = Form(policies=("1.2.3", CNS_POLICY), starts="2022-01-01", ends="2028-01-01")
CARD = REGION.new_signer("rsa2048", form=FORM)
SERIAL = CARD.parsed.serial_number


def verified(
    data: bytes,
    *lists: bytes,
    issuer: DocumentPki = REGION,
    policy: str = CNS_POLICY,
    issued: date = date(2026, 11, 1),
) -> CardCertificate:
    anchors = TrustAnchors(
        health_card_issuers=issuer.certificates,
        revocation_lists=lists,
        version=1,
        issued=issued,
    )
    index = trust_anchors.health_card_issuers(anchors)
    return card_certificates.verify(data, index, TODAY, policies=frozenset({policy}))


def test_a_card_of_a_listed_issuer() -> None:
    found = verified(CARD.certificate, REGION.revocation_list(5))
    assert found.genuine.reasons == ("genuine.card-certificate",)
    assert found.not_revoked.finding is Finding.PROVEN
    assert found.period == (date(2022, 1, 1), date(2028, 1, 1))
    assert repr(found) == "CardCertificate(proven)"


def test_with_a_wrong_date_no_list_is_known_to_be_current() -> None:
    tomorrow, after = date(2026, 11, 23), date(2026, 11, 24)
    clear, revoked = REGION.revocation_list(5), REGION.revocation_list(SERIAL)
    in_time = verified(CARD.certificate, clear, issued=tomorrow)
    assert in_time.not_revoked.finding is Finding.PROVEN
    found = verified(CARD.certificate, clear, issued=after)
    assert found.not_revoked.reasons == ("not-revoked.clock-behind",)
    found = verified(CARD.certificate, revoked, issued=after)
    assert found.not_revoked.finding is Finding.REFUTED


def test_its_key_signs_challenges() -> None:
    found = verified(CARD.certificate)
    method = SignatureMethod(Family.PKCS1, "sha256", "sha256", 0)
    made = signature(CARD.key, "pkcs1", "sha256", b"challenge")
    assert challenge_signed(found, method, b"challenge", made)
    assert not challenge_signed(found, method, b"another", made)


def test_an_issuer_is_believed_as_listed_even_below_a_root() -> None:
    below = certify(
        name("IT", "Regional Authority"), "rsa2048", AUTHORITY, issuer=OTHER.csca, number=60
    )
    card = certify(name("IT", "CARD"), "rsa1024", replace(FORM, serial=77), issuer=below, number=61)
    index = trust_anchors.health_card_issuers(
        TrustAnchors(health_card_issuers=(below.certificate,))
    )
    found = card_certificates.verify(card.certificate, index, TODAY)
    assert found.genuine.reasons == ("genuine.card-certificate",)


@pytest.mark.parametrize(
    ("form", "issuer", "finding", "reason"),
    [
        (FORM, OTHER, Finding.NOT_PROVABLE, "genuine.issuer-unknown"),
        (replace(FORM, policies=()), REGION, Finding.REFUTED, "genuine.card-policy"),
        (replace(FORM, policies=("1.2.3",)), REGION, Finding.REFUTED, "genuine.card-policy"),
        (replace(FORM, usage=("key_encipherment",)), REGION, Finding.REFUTED,
         "genuine.signer-unfit"),
        (replace(FORM, critical="1.2.3.4"), REGION, Finding.NOT_PROVABLE,
         "genuine.signer-restricted"),
        (replace(FORM, starts="2019-01-01"), REGION, Finding.REFUTED,
         "genuine.issued-outside-validity"),
    ],
)  # fmt: skip
def test_cards_that_are_not_proven(
    form: Form, issuer: DocumentPki, finding: Finding, reason: str
) -> None:
    card = REGION.new_signer("rsa2048", form=form)
    found = verified(card.certificate, issuer=issuer)
    assert (found.genuine.finding, found.genuine.reasons) == (finding, (reason,))


def test_a_revoked_card() -> None:
    found = verified(CARD.certificate, REGION.revocation_list(SERIAL))
    assert found.not_revoked.reasons == ("not-revoked.card-revoked",)


def test_country_signers_are_no_issuers_of_cards() -> None:
    anchors = TrustAnchors(certificates=REGION.certificates, version=1)
    index = trust_anchors.health_card_issuers(anchors)
    found = card_certificates.verify(CARD.certificate, index, TODAY)
    assert found.genuine.reasons == ("genuine.no-trust-list",)
    assert trust_anchors.operator_issuers(anchors).issuers == {}


@pytest.mark.parametrize("data", [b"", b"\x30\x00", CARD.certificate[:-1], bytes(40_000)])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(Malformed):
        verified(data)
