"""Passive authentication against a test country, with openssl as the judge where it can be one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, x509

from hw.cards.emrtd import passive_auth
from hw.cards.emrtd.passive_auth import PassiveResult
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.document_readings import Finding
from tests.emulated.documents.certification import AUTHORITY, Entity, Form, certify, name
from tests.emulated.documents.pki import DocumentPki, sign_cms
from tests.unit.hw.emrtd import openssl_judge

TODAY = date(2026, 11, 22)
FILES = {1: b"zone", 2: b"face" * 5000, 11: b"details"}
ITALY = DocumentPki.make("IT")
IMPOSTOR = DocumentPki.make("IT", number=1)
FRANCE = DocumentPki.make("FR", kind="p256")


def believing(*countries: DocumentPki, **more: Any) -> TrustAnchors:
    listed = tuple(each for country in countries for each in country.certificates)
    return TrustAnchors(**{"certificates": listed, "version": 1, **more})


ANCHORS = believing(ITALY, FRANCE, revocation_lists=(ITALY.revocation_list(5, 7),))


def verified(sod: bytes, anchors: TrustAnchors = ANCHORS, **files: bytes) -> PassiveResult:
    read = FILES | {int(key[2:]): data for key, data in files.items()}
    return passive_auth.verify(sod, read, anchors, TODAY)


def refuted(result: PassiveResult, *reasons: str) -> bool:
    return (result.genuine.finding, result.genuine.reasons) == (Finding.REFUTED, reasons)


def unknown(result: PassiveResult, *reasons: str) -> bool:
    assert result.unaltered.finding is not Finding.PROVEN
    assert not result.proven
    return (result.genuine.finding, result.genuine.reasons) == (Finding.NOT_PROVABLE, reasons)


# --- what holds


@pytest.mark.rule("R-001-2")
@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        ("rsa2048", "pss"),
        ("rsa3072", "pkcs1"),
        ("p256", "ecdsa"),
        ("bp384", "ecdsa"),
        ("p521", "ecdsa"),
    ],
)
@pytest.mark.parametrize(
    ("signature", "signer"),
    [("pss", "rsa2048"), ("pkcs1", "rsa2048"), ("ecdsa", "p256"), ("ecdsa", "bp256")],
)
@pytest.mark.parametrize("version", [0, 1])
def test_a_genuine_document_is_proven_and_openssl_agrees(
    kind: str, scheme: str, signature: str, signer: str, version: int, tmp_path: Path
) -> None:
    country = DocumentPki.make("IT", kind=kind, scheme=scheme)
    sod = country.sign_sod(FILES, signature=signature, kind=signer, version=version)
    anchors = believing(country, revocation_lists=(country.revocation_list(7),))
    result = passive_auth.verify(sod, FILES, anchors, TODAY)
    assert (result.genuine.finding, result.genuine.reasons) == (Finding.PROVEN, ("genuine.chain",))
    assert result.unaltered.reasons == ("unaltered.hashes",)
    assert result.not_revoked.reasons == ("not-revoked.list-clear",)
    assert result.listed == result.read == result.matching == result.proven == set(FILES)
    assert openssl_judge.believes(sod, country.certificates, tmp_path)


@pytest.mark.parametrize("kind", ["p224", "p256", "p384", "bp256", "bp384", "bp512"])
def test_keys_may_write_out_their_curve(kind: str, tmp_path: Path) -> None:
    country = DocumentPki.make("DE", kind=kind, explicit=True)
    signer = country.new_signer(kind, explicit=True)
    sod = country.sign_sod(FILES, signer=signer)
    assert passive_auth.verify(sod, FILES, believing(country), TODAY).genuine.reasons == (
        "genuine.chain",
    )
    # openssl refuses such a key in a chain, but not the signature made with it.
    assert openssl_judge.signature_holds(sod, tmp_path)


def test_facts_are_technical() -> None:
    facts = dict(verified(ITALY.sign_sod(FILES)).facts)
    assert facts["security object"] == "version 0, sha256"
    assert facts["signature"] == "RSASSA-PSS sha256"
    assert facts["signer valid"] == "2020-01-01 to 2045-01-01"
    assert facts["links"] == "0"


def test_signer_named_by_key_or_country_in_small_letters() -> None:
    small = DocumentPki.make("it")
    sod = small.sign_sod(FILES, by_key_identifier=True)
    result = passive_auth.verify(sod, FILES, believing(small), TODAY)
    assert result.genuine.reasons == ("genuine.chain",)
    assert result.signer is not None
    assert result.signer.country == "IT"


# --- whom we believe


def test_without_a_trust_list_nothing_is_proven_or_refuted() -> None:
    result = verified(ITALY.sign_sod(FILES), EMPTY)
    assert unknown(result, "genuine.no-trust-list")
    assert result.unaltered.reasons == ("unaltered.signer-unproven",)
    assert result.not_revoked.reasons == ("not-revoked.signer-unproven",)


def test_a_country_that_is_not_listed() -> None:
    assert unknown(verified(FRANCE.sign_sod(FILES), believing(ITALY)), "genuine.country-unknown")


def test_a_country_signer_that_is_not_listed(tmp_path: Path) -> None:
    sod = IMPOSTOR.sign_sod(FILES)
    assert unknown(verified(sod), "genuine.issuer-unknown")
    assert not openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def test_a_signer_that_claims_a_known_country_signer_is_forged(tmp_path: Path) -> None:
    """The impostor writes our country signer's key identifier into its certificates."""
    pretending = replace(IMPOSTOR.csca, certificate=ITALY.csca.certificate)
    signer = certify(name("IT", "Test Document Signer"), "rsa2048", Form(), issuer=pretending)
    sod = IMPOSTOR.sign_sod(FILES, signer=signer)
    assert refuted(verified(sod), "genuine.signer-forged")
    assert not openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def test_a_signer_of_another_country() -> None:
    signer = ITALY.new_signer(country="FR")
    assert refuted(verified(ITALY.sign_sod(FILES, signer=signer)), "genuine.country-differs")


@pytest.mark.parametrize(
    "form",
    [
        replace(AUTHORITY, authority=False, path_length=None),
        replace(AUTHORITY, authority=None, path_length=None),
        replace(AUTHORITY, usage=("crl_sign", "digital_signature")),
        replace(AUTHORITY, critical="1.2.3.4"),
    ],
)
def test_a_country_signer_that_may_not_certify(form: Form, tmp_path: Path) -> None:
    country = DocumentPki.make("IT", form=form)
    sod = country.sign_sod(FILES)
    assert unknown(verified(sod, believing(country)), "genuine.issuer-unfit")
    # openssl takes a self-signed certificate that says nothing of authority for a root.
    assert openssl_judge.believes(sod, country.certificates, tmp_path) == (form.authority is None)


@pytest.mark.parametrize("path_length", [0, None])
def test_no_authority_comes_in_between(path_length: int | None, tmp_path: Path) -> None:
    """A certificate that a card brings is never an issuer, whatever its issuer allows."""
    country = DocumentPki.make("IT", form=replace(AUTHORITY, path_length=path_length))
    between = certify(
        name("IT", "Between"), "rsa2048", replace(AUTHORITY, serial=9), issuer=country.csca,
        number=77,
    )  # fmt: skip
    signer = certify(name("IT", "Test Document Signer"), "rsa2048", Form(), issuer=between)
    sod = country.sign_sod(FILES, signer=signer, certificates=(between.certificate,))
    assert unknown(verified(sod, believing(country)), "genuine.issuer-unknown")
    assert openssl_judge.believes(sod, country.certificates, tmp_path) == (path_length is None)


def test_a_signer_with_a_weak_key() -> None:
    signer = ITALY.new_signer("rsa1024")
    assert unknown(verified(ITALY.sign_sod(FILES, signer=signer)), "genuine.key-too-weak")
    weak = DocumentPki.make("IT", kind="rsa1024")
    assert unknown(verified(weak.sign_sod(FILES), believing(weak)), "genuine.key-too-weak")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (Form(usage=("key_encipherment",)), "genuine.signer-unfit"),
        (Form(authority=True), "genuine.signer-unfit"),
    ],
)
def test_a_certificate_that_is_for_something_else(form: Form, reason: str) -> None:
    sod = ITALY.sign_sod(FILES, signer=ITALY.new_signer(form=form))
    assert refuted(verified(sod), reason)


@pytest.mark.parametrize(
    "usage",
    [
        "2.23.136.1.1.3",  # signers of master lists
        "2.23.136.1.1.14.2",  # of visible digital seals
        "1.3.6.1.5.5.7.3.1",  # servers
        "2.5.29.37.0",  # anything
    ],
)
def test_who_signs_something_else_signs_no_documents(usage: str) -> None:
    signer = ITALY.new_signer(form=Form(extended=(usage,)))
    assert unknown(verified(ITALY.sign_sod(FILES, signer=signer)), "genuine.signer-restricted")
    data = sign_cms(b"1\x030\x01\x00", signer, content_type=passive_auth.CARD_SECURITY)
    assert not_proven(data)


def test_a_restriction_that_is_not_understood() -> None:
    sod = ITALY.sign_sod(FILES, signer=ITALY.new_signer(form=Form(critical="1.2.3.4")))
    assert unknown(verified(sod), "genuine.signer-restricted")


# --- link certificates


def test_a_link_makes_the_next_country_signer_believed() -> None:
    country = DocumentPki.make("IT", number=2)
    fresh, _ = country.link(common="Next Country Signer")
    later = country.succeeded_by(fresh)
    result = verified(later.sign_sod(FILES), believing(country))
    assert result.genuine.reasons == ("genuine.chain",)
    assert dict(result.facts)["links"] == "1"
    assert unknown(
        verified(later.sign_sod(FILES), TrustAnchors(certificates=(country.csca.certificate,))),
        "genuine.issuer-unknown",
    )


def test_links_follow_each_other_in_any_order() -> None:
    first = DocumentPki.make("IT", number=3)
    second = first.succeeded_by(first.link(common="Second", kind="p256")[0])
    third = second.succeeded_by(second.link(common="Third", kind="rsa2048", number=2)[0])
    listed = (*second.certificates[1:], *first.certificates)
    for order in (listed, listed[::-1]):
        result = verified(third.sign_sod(FILES), TrustAnchors(certificates=order))
        assert dict(result.facts)["links"] == "2"
        assert result.genuine.finding is Finding.PROVEN


@pytest.mark.parametrize("order", [1, -1])
def test_a_key_that_is_listed_by_link_and_by_its_own_certificate(order: int) -> None:
    country = DocumentPki.make("IT", number=4)
    short = replace(AUTHORITY, starts="2020-01-01", ends="2022-01-01")
    fresh, _ = country.link(common="Next", number=6, form=short)
    own = certify(
        name("IT", "Next"), fresh.kind, replace(AUTHORITY, serial=8), issuer=fresh,
        number=1000 + 4 + 600,
    )  # fmt: skip
    later = country.succeeded_by(own)
    sod = later.sign_sod(FILES, signer=later.new_signer(form=Form(starts="2023-01-01")))
    listed = (*country.certificates, own.certificate)
    assert verified(sod, TrustAnchors(certificates=listed[::order])).genuine.reasons == (
        "genuine.chain",
    )


def test_a_link_by_somebody_else_links_nothing() -> None:
    fresh, link = IMPOSTOR.link(common="Next Country Signer", number=4)
    sod = IMPOSTOR.succeeded_by(fresh).sign_sod(FILES)
    anchors = TrustAnchors(certificates=(*ITALY.certificates, link.certificate))
    assert unknown(verified(sod, anchors), "genuine.issuer-unknown")


def test_a_link_into_another_country_links_nothing() -> None:
    country = DocumentPki.make("IT", number=5)
    fresh, _ = country.link(common="Next", country="FR", number=5)
    sod = DocumentPki(fresh, "FR", 99).sign_sod(FILES)
    assert unknown(verified(sod, believing(country)), "genuine.country-unknown")


def test_a_link_made_after_the_country_signers_end_links_nothing() -> None:
    country = DocumentPki.make("IT", number=6, form=replace(AUTHORITY, ends="2022-01-01"))
    fresh, _ = country.link(common="Next", number=6, form=replace(AUTHORITY, starts="2023-01-01"))
    sod = country.succeeded_by(fresh).sign_sod(FILES)
    assert unknown(verified(sod, believing(country)), "genuine.issuer-unknown")


def test_a_revoked_link_links_nothing() -> None:
    country = DocumentPki.make("IT", number=8)
    fresh, link = country.link(common="Next", number=8)
    sod = country.succeeded_by(fresh).sign_sod(FILES)
    lists = (country.revocation_list(link.parsed.serial_number),)
    assert unknown(
        verified(sod, believing(country, revocation_lists=lists)), "genuine.issuer-unknown"
    )


def test_a_country_signer_that_links_back_to_itself_is_no_trouble() -> None:
    country = DocumentPki.make("IT", number=9)
    for number in range(10, 14):
        country.link(common=f"Next {number}", number=number)
    assert verified(country.sign_sod(FILES), believing(country)).genuine.finding is Finding.PROVEN


# --- the signature


def altered_digest(attributes: list[Any]) -> None:
    attributes[1]["values"] = [bytes(32)]


def other_type(attributes: list[Any]) -> None:
    attributes[0]["values"] = ["2.23.136.1.1.2"]


@pytest.mark.parametrize("change", [altered_digest, other_type])
def test_signed_attributes_of_another_content(change: Any, tmp_path: Path) -> None:
    """Openssl does not compare the content types; RFC 5652 clause 11.1 asks for it."""
    sod = ITALY.sign_sod(FILES, change_attributes=change)
    result = verified(sod)
    assert refuted(result, "genuine.content-altered")
    assert result.unaltered.reasons == ("unaltered.list-altered",)
    assert openssl_judge.believes(sod, ITALY.certificates, tmp_path) == (change is other_type)


def other_content(signed: Any) -> None:
    content = bytearray(bytes(signed["encap_content_info"]["content"]))
    content[-1] ^= 1
    signed["encap_content_info"] = cms.EncapsulatedContentInfo(
        {"content_type": "2.23.136.1.1.1", "content": bytes(content)}
    )


def test_a_list_changed_after_it_was_signed(tmp_path: Path) -> None:
    sod = ITALY.sign_sod(FILES, change=other_content)
    assert refuted(verified(sod), "genuine.content-altered")
    assert not openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def wrong_signature(info: Any) -> None:
    info["signature"] = bytes(255) + b"\x01"


def test_a_signature_that_is_none(tmp_path: Path) -> None:
    sod = ITALY.sign_sod(FILES, change_signer=wrong_signature)
    result = verified(sod)
    assert refuted(result, "genuine.signature-wrong")
    assert result.unaltered.reasons == ("unaltered.list-altered",)
    assert not openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def test_a_signature_by_another_key_in_the_signers_name() -> None:
    genuine = ITALY.signer("rsa2048", "pss")
    thief = Entity(genuine.certificate, IMPOSTOR.csca.key, "rsa2048", "pss")
    assert refuted(verified(ITALY.sign_sod(FILES, signer=thief)), "genuine.signature-wrong")


@pytest.mark.parametrize("salt", [0, 20, 64])
def test_the_salt_has_the_length_that_is_said(salt: int, tmp_path: Path) -> None:
    sod = ITALY.sign_sod(FILES, salt=salt)
    assert verified(sod).genuine.finding is Finding.PROVEN
    assert openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def salt_claimed(info: Any) -> None:
    info["signature_algorithm"]["parameters"]["salt_length"] = 33


def test_another_salt_than_said(tmp_path: Path) -> None:
    sod = ITALY.sign_sod(FILES, change_signer=salt_claimed)
    assert refuted(verified(sod), "genuine.signature-wrong")
    assert not openssl_judge.believes(sod, ITALY.certificates, tmp_path)


@pytest.mark.parametrize(
    ("signature", "algorithm"),
    [("pkcs1", "rsassa_pkcs1v15"), ("ecdsa", "ecdsa"), ("ecdsa", "1.2.840.10045.2.1")],
)
@pytest.mark.parametrize("digest", ["sha256", "sha384"])
def test_the_method_may_name_the_kind_of_key_only(
    signature: str, algorithm: str, digest: str, tmp_path: Path
) -> None:
    """The hash is then the signer's digestAlgorithm (RFC 3370 clause 3.2)."""

    def change(info: Any) -> None:
        info["signature_algorithm"] = {"algorithm": algorithm}

    sod = ITALY.sign_sod(FILES, signature=signature, digest=digest, change_signer=change)
    assert verified(sod).genuine.reasons == ("genuine.chain",)
    if algorithm == "rsassa_pkcs1v15":
        assert openssl_judge.believes(sod, ITALY.certificates, tmp_path)


def other_mask(info: Any) -> None:
    info["signature_algorithm"]["parameters"]["mask_gen_algorithm"] = {"algorithm": "1.2.3.4"}


def other_trailer(info: Any) -> None:
    info["signature_algorithm"]["parameters"]["trailer_field"] = 2


@pytest.mark.parametrize("change", [other_mask, other_trailer])
def test_parameters_of_pss_that_are_not_known(change: Any) -> None:
    sod = ITALY.sign_sod(FILES, change_signer=change)
    assert verified(sod).genuine.finding is Finding.NOT_PROVABLE


def test_without_its_signers_certificate_it_is_not_provable() -> None:
    assert unknown(verified(ITALY.sign_sod(FILES, with_signer=False)), "genuine.signer-missing")


def unknown_method(info: Any) -> None:
    info["signature_algorithm"] = {"algorithm": "ed25519"}


def md5(info: Any) -> None:
    info["signature_algorithm"] = {"algorithm": "md5_rsa"}


@pytest.mark.parametrize("change", [unknown_method, md5])
def test_methods_that_are_not_known(change: Any) -> None:
    sod = ITALY.sign_sod(FILES, change_signer=change)
    assert unknown(verified(sod), "genuine.algorithm-unsupported")


@pytest.mark.parametrize("data", [b"\x77\x00", b"\x77\x02\x30\x00", b"\x00", b"\xff" * 40])
def test_a_file_that_is_no_security_object(data: bytes) -> None:
    result = verified(data)
    assert unknown(result, "genuine.malformed")
    assert result.unaltered.reasons == ("unaltered.nothing-signed",)


def test_a_document_without_one() -> None:
    assert unknown(verified(b""), "genuine.no-security-object")


# --- SHA-1


@pytest.mark.parametrize("where", ["files", "certificate"])
def test_sha1_counts_only_where_the_trust_list_says_so(where: str) -> None:
    digest = "sha1" if where == "certificate" else "sha256"
    country = DocumentPki.make("IT", scheme="pkcs1", digest=digest, number=20)
    digest = "sha1" if where == "files" else "sha256"
    sod = country.sign_sod(FILES, signature="pkcs1", digest=digest)
    assert unknown(verified(sod, believing(country)), "genuine.sha1")
    fingerprint = x509.Certificate.load(country.csca.certificate).sha256
    allowed = believing(country, sha1_allowed=frozenset({fingerprint}))
    assert verified(sod, allowed).genuine.reasons == ("genuine.chain",)
    other = believing(country, sha1_allowed=frozenset({bytes(32)}))
    assert unknown(verified(sod, other), "genuine.sha1")


def test_a_country_signers_own_sha1_signature_does_not_matter() -> None:
    """The list says that it is believed, not its signature over itself."""
    country = DocumentPki.make("IT", scheme="pkcs1", digest="sha1", number=21)
    modern = replace(country.csca, digest="sha256")
    sod = DocumentPki(modern, "IT", 21).sign_sod(FILES)
    assert verified(sod, believing(country)).genuine.reasons == ("genuine.chain",)


def test_a_link_made_with_sha1() -> None:
    country = DocumentPki.make("IT", scheme="pkcs1", digest="sha1", number=22)
    fresh, _ = country.link(common="Next", scheme="pkcs1", number=22)
    sod = country.succeeded_by(fresh).sign_sod(FILES)
    assert unknown(verified(sod, believing(country)), "genuine.issuer-unknown")
    fingerprint = x509.Certificate.load(country.csca.certificate).sha256
    allowed = believing(country, sha1_allowed=frozenset({fingerprint}))
    assert verified(sod, allowed).genuine.reasons == ("genuine.chain",)


# --- the files


def test_a_file_that_differs_is_refuted_and_named_by_its_number() -> None:
    result = verified(ITALY.sign_sod(FILES), dg1=b"another zone")
    assert result.genuine.finding is Finding.PROVEN
    assert (result.unaltered.finding, result.unaltered.reasons) == (
        Finding.REFUTED,
        ("unaltered.file-altered",),
    )
    assert result.matching == result.proven == {2, 11}


def test_a_file_that_nobody_signed() -> None:
    result = verified(ITALY.sign_sod(FILES), dg14=b"a key of one's own")
    assert (result.unaltered.finding, result.unaltered.reasons) == (
        Finding.NOT_PROVABLE,
        ("unaltered.file-unsigned",),
    )
    assert 14 not in result.proven


def test_listed_files_need_not_all_be_read() -> None:
    result = passive_auth.verify(ITALY.sign_sod(FILES), {1: FILES[1]}, ANCHORS, TODAY)
    assert result.unaltered.finding is Finding.PROVEN
    assert result.listed == {1, 2, 11}
    assert result.read == {1}


def test_nothing_read_is_nothing_proven() -> None:
    result = passive_auth.verify(ITALY.sign_sod(FILES), {}, ANCHORS, TODAY)
    assert result.unaltered.reasons == ("unaltered.nothing-signed",)


def test_a_file_altered_under_an_unknown_signer_is_refuted_all_the_same() -> None:
    result = verified(IMPOSTOR.sign_sod(FILES), dg1=b"another zone")
    assert result.unaltered.finding is Finding.REFUTED


# --- when it was signed


DETAILS = b"\x6c\x0f\x5c\x02\x5f\x26\x5f\x26\x08%b"


def signed_by(form: Form, *, signed_at: str = "", issued_on: str = "") -> PassiveResult:
    files = dict(FILES)
    if issued_on:
        files[12] = DETAILS % issued_on.encode()
    sod = ITALY.sign_sod(files, signer=ITALY.new_signer(form=form), signed_at=signed_at)
    return passive_auth.verify(sod, files, ANCHORS, TODAY)


EXPIRED = Form(starts="2021-01-01", ends="2024-01-01")


@pytest.mark.parametrize(
    "said", [{"signed_at": "2022-05-05"}, {"issued_on": "20220505"}, {"issued_on": "20240301"}]
)
def test_a_signer_that_has_expired_since(said: dict[str, str]) -> None:
    result = signed_by(EXPIRED, **said)
    assert result.genuine.finding is Finding.PROVEN
    assert result.genuine.reasons == ("genuine.chain", "genuine.signer-expired-since")


@pytest.mark.parametrize(
    "said",
    [
        {"signed_at": "2024-06-01"},
        {"signed_at": "2020-06-01"},
        {"issued_on": "20240601"},
        {"issued_on": "20260601", "signed_at": "2022-05-05"},
    ],
)
def test_a_document_signed_when_its_signer_was_not_valid(said: dict[str, str]) -> None:
    assert refuted(signed_by(EXPIRED, **said), "genuine.signed-outside-validity")


@pytest.mark.parametrize("said", [{}, {"issued_on": "99999999"}, {"issued_on": "20220230"}])
def test_an_expired_signer_that_does_not_say_when_it_signed(said: dict[str, str]) -> None:
    assert unknown(signed_by(EXPIRED, **said), "genuine.signing-time-unknown")


def test_a_clock_that_was_set_back_makes_no_signer_young_again() -> None:
    sod = ITALY.sign_sod(FILES, signer=ITALY.new_signer(form=EXPIRED))
    back = date(2023, 6, 1)
    for issued, expected in (
        (date(2023, 6, 1), "genuine.chain"),
        (date(2026, 11, 1), "genuine.signing-time-unknown"),
    ):
        anchors = believing(ITALY, issued=issued)
        assert passive_auth.verify(sod, FILES, anchors, back).genuine.reasons == (expected,)


def test_a_date_of_issue_that_is_not_signed_says_nothing() -> None:
    files = {**FILES, 12: DETAILS % b"20220505"}
    sod = ITALY.sign_sod({**files, 12: b"other"}, signer=ITALY.new_signer(form=EXPIRED))
    result = passive_auth.verify(sod, files, ANCHORS, TODAY)
    assert unknown(result, "genuine.signing-time-unknown")


def test_a_key_may_end_before_its_certificate() -> None:
    form = Form(starts="2021-01-01", ends="2035-01-01", key_period=("2021-01-01", "2021-04-01"))
    assert signed_by(form).genuine.finding is Finding.PROVEN
    assert signed_by(form, signed_at="2021-03-31").genuine.reasons == ("genuine.chain",)
    assert signed_by(form, issued_on="20210601").genuine.finding is Finding.PROVEN
    for said in ({"signed_at": "2021-05-01"}, {"issued_on": "20211001"}):
        assert refuted(signed_by(form, **said), "genuine.signed-outside-validity")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (Form(starts="2027-01-01"), {}),
        (Form(), {"signed_at": "2026-12-24"}),
        (Form(starts="2020-01-01", key_period=("2027-01-01", "2027-04-01")), {}),
    ],
)
def test_what_lies_in_the_future_makes_the_clock_doubtful(form: Form, said: dict[str, str]) -> None:
    assert unknown(signed_by(form, **said), "genuine.not-yet-valid")


def test_a_certificate_without_end() -> None:
    sod = ITALY.sign_sod(FILES, signer=ITALY.new_signer(form=Form(ends="2049-12-31")))
    assert verified(sod).genuine.finding is Finding.PROVEN


def test_a_signer_certified_after_the_country_signers_end(tmp_path: Path) -> None:
    country = DocumentPki.make("IT", form=replace(AUTHORITY, ends="2022-01-01"), number=30)
    late = country.new_signer(form=Form(starts="2023-01-01"))
    sod = country.sign_sod(FILES, signer=late)
    assert refuted(verified(sod, believing(country)), "genuine.issued-outside-validity")
    early = country.new_signer(form=Form(starts="2021-06-01"))
    sod = country.sign_sod(FILES, signer=early)
    assert verified(sod, believing(country)).genuine.reasons == ("genuine.chain",)
    assert not openssl_judge.believes(sod, country.certificates, tmp_path)  # the shell model
    assert openssl_judge.believes(sod, country.certificates, tmp_path, day="2021-07-01")


def test_a_country_signers_key_may_end_before_its_certificate() -> None:
    form = replace(AUTHORITY, key_period=("2020-01-01", "2023-01-01"))
    country = DocumentPki.make("IT", form=form, number=31)
    for starts, reason in (
        ("2022-01-01", "genuine.chain"),
        ("2024-01-01", "genuine.issued-outside-validity"),
    ):
        signer = country.new_signer(form=Form(starts=starts))
        result = verified(country.sign_sod(FILES, signer=signer), believing(country))
        assert result.genuine.reasons == (reason,)


# --- revocation


def revocation(*lists: bytes, signer: Entity | None = None) -> tuple[Finding, str]:
    sod = ITALY.sign_sod(FILES, signer=signer or SIGNER)
    result = verified(sod, believing(ITALY, revocation_lists=lists))
    return result.not_revoked.finding, result.not_revoked.reasons[0].removeprefix("not-revoked.")


SIGNER = ITALY.new_signer()
SERIAL = SIGNER.parsed.serial_number
CLEAR = ITALY.revocation_list(5, 7)
STALE = ITALY.revocation_list(5, 7, ends="2026-11-01")


def drop_end(listed: Any) -> None:
    del listed["next_update"]


def delta(listed: Any) -> None:
    listed["crl_extensions"].append(
        {"extn_id": "delta_crl_indicator", "critical": True, "extn_value": 1}
    )


@pytest.mark.parametrize(
    ("lists", "finding", "reason"),
    [
        ((CLEAR,), Finding.PROVEN, "list-clear"),
        ((STALE, CLEAR), Finding.PROVEN, "list-clear"),
        ((CLEAR, STALE), Finding.PROVEN, "list-clear"),
        ((), Finding.NOT_PROVABLE, "no-list"),
        ((STALE,), Finding.NOT_PROVABLE, "list-stale"),
        ((ITALY.revocation_list(starts="2027-01-01"),), Finding.NOT_PROVABLE, "list-stale"),
        ((ITALY.revocation_list(change=drop_end),), Finding.NOT_PROVABLE, "list-stale"),
        ((ITALY.revocation_list(change=delta),), Finding.NOT_PROVABLE, "list-unusable"),
        ((IMPOSTOR.revocation_list(SERIAL),), Finding.NOT_PROVABLE, "list-unusable"),
        ((FRANCE.revocation_list(SERIAL),), Finding.NOT_PROVABLE, "no-list"),
        ((CLEAR[:-1], b"no list"), Finding.NOT_PROVABLE, "no-list"),
        ((CLEAR[:-4] + bytes(4),), Finding.NOT_PROVABLE, "list-unusable"),
        ((ITALY.revocation_list(SERIAL),), Finding.REFUTED, "signer-revoked"),
        ((CLEAR, ITALY.revocation_list(SERIAL)), Finding.REFUTED, "signer-revoked"),
        ((ITALY.revocation_list(SERIAL, ends="2026-11-01"),), Finding.REFUTED, "signer-revoked"),
        ((ITALY.revocation_list(SERIAL, change=delta),), Finding.REFUTED, "signer-revoked"),
    ],
)
def test_what_revocation_lists_say(lists: tuple[bytes, ...], finding: Finding, reason: str) -> None:
    assert revocation(*lists) == (finding, reason)


@pytest.mark.parametrize("ends", ["2045-01-01", "2026-11-01"])
def test_what_a_revoked_signer_signed_is_not_proven(ends: str) -> None:
    listed = ITALY.revocation_list(SERIAL, ends=ends)
    anchors = believing(ITALY, revocation_lists=(listed,))
    result = verified(ITALY.sign_sod(FILES, signer=SIGNER), anchors)
    assert unknown(result, "genuine.signer-revoked")
    assert result.unaltered.reasons == ("unaltered.signer-unproven",)
    content = sign_cms(b"1\x030\x01\x00", SIGNER, content_type=passive_auth.CARD_SECURITY)
    found = passive_auth.verify_card_security(content, anchors, TODAY)
    assert found.genuine.reasons == ("genuine.signer-revoked",)
    other = passive_auth.verify_card_security(content, ANCHORS, TODAY)
    assert other.genuine.finding is Finding.PROVEN


def test_a_wrong_signature_stays_wrong_whether_its_signer_is_revoked_or_not() -> None:
    anchors = believing(ITALY, revocation_lists=(ITALY.revocation_list(SERIAL),))
    sod = ITALY.sign_sod(FILES, signer=SIGNER, change_signer=wrong_signature)
    assert refuted(verified(sod, anchors), "genuine.signature-wrong")


@pytest.mark.parametrize(
    ("listed", "issued_on", "behind"),
    [
        ("2026-11-22", "", False),
        ("2026-11-23", "", False),
        ("2026-11-24", "", True),
        ("2026-11-01", "20261123", False),
        ("2026-11-01", "20261124", True),
        ("2026-11-01", "20270101", True),
    ],
)
def test_a_day_before_one_that_has_been_is_wrong(
    listed: str, issued_on: str, *, behind: bool
) -> None:
    """The trust list was made, the document was issued: today cannot lie before that."""
    files = {**FILES, 12: DETAILS % issued_on.encode()} if issued_on else FILES
    anchors = believing(ITALY, revocation_lists=(CLEAR,), issued=date.fromisoformat(listed))
    result = passive_auth.verify(ITALY.sign_sod(files, signer=SIGNER), files, anchors, TODAY)
    assert result.genuine.finding is Finding.PROVEN
    assert result.clock_behind is behind
    expected = "clock-behind" if behind else "list-clear"
    assert result.not_revoked.reasons == (f"not-revoked.{expected}",)


def test_a_wrong_date_clears_nobody_who_is_revoked_and_hears_nobody_who_is_not_proven() -> None:
    late = date(2027, 1, 1)
    revoked = believing(ITALY, revocation_lists=(ITALY.revocation_list(SERIAL),), issued=late)
    result = verified(ITALY.sign_sod(FILES, signer=SIGNER), revoked)
    assert result.not_revoked.reasons == ("not-revoked.signer-revoked",)
    details = DETAILS % b"20270101"
    foreign = IMPOSTOR.sign_sod({**FILES, 12: details})
    assert not verified(foreign, dg12=details).clock_behind
    stale = believing(ITALY, revocation_lists=(STALE,), issued=late)
    result = verified(ITALY.sign_sod(FILES, signer=SIGNER), stale)
    assert result.not_revoked.reasons == ("not-revoked.clock-behind",)


def test_a_list_of_ten_thousand_is_quick_and_exact() -> None:
    serials = [number for number in range(3, 20_000, 2) if number != SERIAL]
    listed = ITALY.revocation_list(*serials)
    assert revocation(listed) == (Finding.PROVEN, "list-clear")
    assert revocation(ITALY.revocation_list(*serials, SERIAL))[0] is Finding.REFUTED


def test_a_list_by_the_next_country_signer_of_the_same_name_counts() -> None:
    country = DocumentPki.make("IT", number=40)
    fresh, _ = country.link(number=40)
    signer = country.new_signer()
    listed = country.revocation_list(signer.parsed.serial_number, by=fresh)
    sod = country.sign_sod(FILES, signer=signer)
    result = verified(sod, believing(country, revocation_lists=(listed,)))
    assert result.not_revoked.reasons == ("not-revoked.signer-revoked",)


def test_a_list_by_one_who_may_not_sign_lists() -> None:
    country = DocumentPki.make("IT", number=41, form=replace(AUTHORITY, usage=("key_cert_sign",)))
    anchors = believing(country, revocation_lists=(country.revocation_list(),))
    result = verified(country.sign_sod(FILES), anchors)
    assert result.genuine.finding is Finding.PROVEN
    assert result.not_revoked.reasons == ("not-revoked.list-unusable",)


def test_a_revoked_country_signer() -> None:
    country = DocumentPki.make("IT", number=42)
    own = country.csca.parsed.serial_number
    anchors = believing(country, revocation_lists=(country.revocation_list(own),))
    result = verified(country.sign_sod(FILES), anchors)
    assert refuted(result, "genuine.issuer-revoked")
    assert result.not_revoked.reasons == ("not-revoked.issuer-revoked",)


# --- EF.CardSecurity


def test_card_security_is_believed_as_documents_are() -> None:
    content = b"\x31\x03\x30\x01\x00"
    signer = ITALY.signer("p256")
    data = sign_cms(content, signer, content_type=passive_auth.CARD_SECURITY)
    found = passive_auth.verify_card_security(data, ANCHORS, TODAY)
    assert (found.genuine.reasons, found.content) == (("genuine.chain",), content)
    foreign = sign_cms(content, IMPOSTOR.signer("p256"), content_type=passive_auth.CARD_SECURITY)
    assert not_proven(foreign)
    assert not_proven(sign_cms(content, signer, content_type="2.23.136.1.1.1"))
    assert not_proven(b"")
    assert not_proven(data[:-1])


def not_proven(data: bytes) -> bool:
    found = passive_auth.verify_card_security(data, ANCHORS, TODAY)
    return found.genuine.finding is Finding.NOT_PROVABLE


# --- one bad entry does not spoil a trust list


def test_a_trust_list_with_entries_that_cannot_be_read() -> None:
    bad = (b"", b"no certificate", ITALY.csca.certificate[:-1])
    anchors = TrustAnchors(
        certificates=(*bad, *ITALY.certificates), revocation_lists=(b"\x30\x00", CLEAR), version=2
    )
    result = verified(ITALY.sign_sod(FILES), anchors)
    assert result.genuine.finding is Finding.PROVEN
    assert result.not_revoked.finding is Finding.PROVEN
