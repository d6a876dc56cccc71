"""Signers, links and revocation lists where openssl and we must say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hw.cards.emrtd import certificates, chains, trust_anchors
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import Finding
from tests.emulated.documents.certification import Entity, Form
from tests.emulated.documents.pki import DocumentPki
from tests.unit.hw.emrtd import openssl_judge

TODAY = date(2026, 11, 22)
MOMENT = "1795305600"  # the same day, as seconds since 1970
ITALY = DocumentPki.make("IT", number=70)
IMPOSTOR = DocumentPki.make("IT", number=71)
GOOD, REVOKED = ITALY.new_signer(), ITALY.new_signer("p256")
SERIAL = REVOKED.parsed.serial_number


def openssl_says(
    signer: Entity, authorities: tuple[bytes, ...], folder: Path, *lists: bytes,
    links: tuple[bytes, ...] = (),
) -> bool:  # fmt: skip
    for file, content in (("authorities", authorities), ("links", links)):
        (folder / f"{file}.pem").write_text("".join(openssl_judge.pem(each) for each in content))
    (folder / "signer.pem").write_text(openssl_judge.pem(signer.certificate))
    words: list[str | Path] = ["verify", "-attime", MOMENT]
    words += ["-CAfile", folder / "authorities.pem"]
    if links:
        words += ["-untrusted", folder / "links.pem"]
    for number, data in enumerate(lists):
        (folder / f"{number}.crl").write_bytes(data)
        words += ["-crl_check", "-CRLfile", folder / f"{number}.crl"]
    return openssl_judge.run(*words, folder / "signer.pem")


def we_say(signer: Entity, listed: tuple[bytes, ...], *lists: bytes) -> bool:
    index = trust_anchors.country_signers(TrustAnchors(listed, lists))
    parsed = certificates.parse(signer.certificate)
    chain = chains.follow(parsed, index, TODAY, one_country=True)
    if not lists:
        return chain.finding is Finding.PROVEN
    revocation = chains.judge_revocation(parsed, chain, index, TODAY)
    return Finding.PROVEN is chain.finding is revocation.finding


@pytest.mark.parametrize("signer", [GOOD, REVOKED])
@pytest.mark.parametrize(
    ("lists", "believed"),
    [
        ((), {GOOD, REVOKED}),
        ((ITALY.revocation_list(5),), {GOOD, REVOKED}),
        ((ITALY.revocation_list(5, SERIAL, 9),), {GOOD}),
        ((ITALY.revocation_list(ends="2026-11-01"),), set()),
        ((ITALY.revocation_list(starts="2027-01-01"),), set()),
        ((IMPOSTOR.revocation_list(),), set()),
        ((ITALY.revocation_list()[:-8] + bytes(8),), set()),
    ],
)
def test_revocation_lists(
    signer: Entity, lists: tuple[bytes, ...], believed: set[Entity], tmp_path: Path
) -> None:
    ours = we_say(signer, ITALY.certificates, *lists)
    assert ours == openssl_says(signer, ITALY.certificates, tmp_path, *lists)
    assert ours == (signer in believed)


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "bp384"])
def test_a_link_under_the_same_name(kind: str, tmp_path: Path) -> None:
    """Self-issued, so that openssl does not count it against pathLenConstraint either."""
    country = DocumentPki.make("IT", number=72, kind=kind)
    fresh, link = country.link(number=72)
    later = country.succeeded_by(fresh).new_signer("p256", form=Form(serial=900))
    root = (country.csca.certificate,)
    assert we_say(later, country.certificates)
    assert openssl_says(later, root, tmp_path, links=(link.certificate,))
    assert not we_say(later, root)
    assert not openssl_says(later, root, tmp_path)


def test_a_link_by_an_impostor(tmp_path: Path) -> None:
    fresh, link = IMPOSTOR.link(number=73)
    later = IMPOSTOR.succeeded_by(fresh).new_signer(form=Form(serial=901))
    root = ITALY.certificates
    assert not we_say(later, (*root, link.certificate))
    assert not openssl_says(later, root, tmp_path, links=(link.certificate,))


@pytest.mark.parametrize(
    "options",
    [
        ("-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"),
        ("-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-sigopt",
         "rsa_pss_saltlen:20", "-sha512"),
        ("-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss", "-sha384"),
        ("-newkey", "rsa:3072", "-sha256"),
        ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP320r1", "-sha384"),
        ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:brainpoolP512r1", "-pkeyopt",
         "ec_param_enc:explicit", "-sha512"),
    ],
)  # fmt: skip
def test_certificates_that_openssl_made(options: tuple[str, ...], tmp_path: Path) -> None:
    made = tmp_path / "made.der"
    words = ("req", "-x509", "-nodes", "-subj", "/C=IT/CN=Country Signer", "-outform", "DER")
    files = ("-keyout", tmp_path / "made.key", "-out", made)
    assert openssl_judge.run(*words, *files, "-days", "3650", *options)
    found = certificates.parse(made.read_bytes())
    assert found.authority
    assert found.country == "IT"
    assert found.signed_by(found.key)
    index = trust_anchors.country_signers(TrustAnchors((made.read_bytes(),)))
    assert found.subject in index.issuers
