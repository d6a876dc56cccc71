"""The hub's command that signs the list of believed country signers, as an administrator runs it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, cms

from sync.wire.document_trust import DocumentTrust
from tests.emulated.documents.certification import AUTHORITY, Entity, Form, certify, name, signature
from tests.emulated.documents.pki import MASTER_LIST_SIGNER, DocumentPki
from tests.unit.hub.trust_bench import FRANCE, ITALY, LINK, Bench, made_hub, master_list


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    return made_hub(tmp_path)


@pytest.fixture
def bench(hub: Path, tmp_path: Path) -> Bench:
    return Bench(hub, tmp_path)


def test_the_list_holds_what_was_chosen(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    revoked = bench.write("it.crl", ITALY.revocation_list(4, 5, 6))
    card = bench.write("cns.der", DocumentPki.make("IT", number=7).csca.certificate)
    operator = bench.write("operator.der", DocumentPki.make("IT", number=8).csca.certificate)
    files = ("--crl", revoked, "--health-card-ca", card, "--operator-ca", operator)
    assert bench.run("--country", "it", *files) == 0
    made = bench.made()
    assert isinstance(made, DocumentTrust)
    assert made.version == 1
    assert set(made.country_signers) == {ITALY.csca.certificate, LINK.certificate}
    assert made.revocation_lists == (revoked.read_bytes(),)
    assert made.health_card_issuers == (card.read_bytes(),)
    assert made.operator_issuers == (operator.read_bytes(),)
    assert made.listed == 1_779_926_400_000
    told = capsys.readouterr().out
    assert "IT: 2 country signers, 1 of them links, 0 expired" in told
    assert "3 certificates, until 2045-01-01" in told
    assert "FR" not in told


def test_the_lists_signer_may_be_named_by_its_key(bench: Bench) -> None:
    bench.write("list.ml", master_list(by_key_identifier=True))
    assert bench.run() == 0


def test_a_list_signed_with_pkcs1(bench: Bench) -> None:
    country = DocumentPki.make("IT", scheme="pkcs1")
    signer = country.new_signer(scheme="pkcs1", form=Form(extended=(MASTER_LIST_SIGNER,)))
    bench.write("csca.der", country.csca.certificate)
    bench.write("list.ml", country.master_list(signer=signer, signed_at="2026-05-28"))
    assert bench.run() == 0


def two_signers(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0].copy() for _ in range(2)]


def signed_as_something_else(attributes: list[Any]) -> None:
    attributes[0]["values"] = ["2.23.136.1.1.1"]


def attribute_twice(attributes: list[Any]) -> None:
    attributes.append(attributes[1])


def test_without_a_choice_every_country_is_taken(bench: Bench) -> None:
    assert bench.run() == 0
    made = bench.made()
    assert isinstance(made, DocumentTrust)
    assert len(made.country_signers) == 3


def test_pem_files_do_as_well(bench: Bench) -> None:
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER"],
        input=ITALY.csca.certificate, capture_output=True, check=True,
    ).stdout  # fmt: skip
    bench.write("csca.der", pem)
    assert bench.run() == 0


def test_a_country_that_is_not_listed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run("--country", "IT", "--country", "DE") == 2
    assert "DE" in capsys.readouterr().err


def test_sha1_is_allowed_by_name_only(bench: Bench) -> None:
    fingerprint = hashlib.sha256(ITALY.csca.certificate).hexdigest()
    assert bench.run("--allow-sha1", fingerprint) == 0
    made = bench.made()
    assert isinstance(made, DocumentTrust)
    assert made.policy.sha1_allowed == {bytes.fromhex(fingerprint)}
    assert bench.run("--allow-sha1", "00" * 32) == 2
    assert bench.run("--allow-sha1", "everything") == 2


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("list.ml", b"no master list", "not a master list"),
        ("list.ml", bytes(17 * 1024 * 1024), "larger than"),
        ("list.ml", master_list(change=two_signers), "exactly one"),
        ("list.ml", master_list(change_attributes=signed_as_something_else), "something else"),
        ("list.ml", master_list(change_attributes=attribute_twice), "attribute twice"),
        ("csca.der", b"-----BEGIN X-----\nAAA\n-----END X-----\n", "damaged PEM"),
        ("list.ml", master_list()[:-1], "not a master list"),
        ("list.ml", master_list(content_type="2.23.136.1.1.1"), "not a master list"),
        ("list.ml", master_list(attributes=False), "without signed attributes"),
        ("list.ml", master_list(with_signer=False), "without its signer"),
        ("list.ml", master_list("2019-01-01"), "not valid when"),
        ("list.ml", master_list(digest="sha1"), "signed with sha1"),
        ("list.ml", master_list(""), "when it was signed"),
        ("list.ml", master_list("2044-01-01"), "to come"),
        ("list.ml", FRANCE.master_list(signed_at="2026-05-28"), "not certified by"),
        ("list.ml", master_list(signer=ITALY.master_list_signer(Form())), "may not sign"),
        ("csca.der", DocumentPki.make("IT", number=5).csca.certificate, "not certified by"),
        ("csca.der", b"no certificate", "csca.der: not a certificate"),
    ],
)
def test_a_list_that_is_not_believed(
    bench: Bench, name: str, data: bytes, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write(name, data)
    assert bench.run() == 2
    assert complaint in capsys.readouterr().err
    assert not bench.out.exists()


def test_openssl_and_we_agree_on_every_altered_byte_tried(bench: Bench) -> None:
    good = master_list()
    pem = subprocess.run(
        ["openssl", "x509", "-inform", "DER"],
        input=ITALY.csca.certificate, capture_output=True, check=True,
    ).stdout  # fmt: skip
    authority = bench.write("csca.pem", pem)
    for at in range(60, len(good), len(good) // 24):
        bad = bytearray(good)
        bad[at] ^= 1
        for data in (good, bytes(bad)):
            bench.write("list.ml", data)
            bench.out.unlink(missing_ok=True)
            judged = subprocess.run(
                ["openssl", "cms", "-verify", "-inform", "DER", "-purpose", "any", "-CAfile",
                 authority, "-in", bench.folder / "list.ml"],
                capture_output=True, check=False,
            )  # fmt: skip
            ours = bench.run()
            # A byte of a certificate that only travels along changes nothing, for neither.
            assert (ours == 0) == (judged.returncode == 0)
            assert ours == 0 or data is not good


@pytest.mark.parametrize("kind", ["p256", "p384", "bp256", "bp384", "bp512", "p521", "p224"])
def test_country_signers_may_write_out_their_curve(bench: Bench, kind: str) -> None:
    written_out = DocumentPki.make("DE", kind=kind, explicit=True)
    bench.write("csca.der", written_out.csca.certificate)
    signer = written_out.master_list_signer(Form(extended=(MASTER_LIST_SIGNER,)))
    bench.write("list.ml", written_out.master_list(signer=signer, signed_at="2026-05-28"))
    assert bench.run() == 0


def test_a_file_that_is_not_there(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run("--crl", bench.folder / "none") == 2
    assert "none" in capsys.readouterr().err
    assert bench.run("--crl", bench.folder / "list.ml") == 2
    assert "not a revocation list" in capsys.readouterr().err
    assert bench.run("--health-card-ca", bench.folder / "list.ml") == 2
    assert "not a certificate" in capsys.readouterr().err
    signer = bench.write("signer.der", ITALY.new_signer().certificate)
    assert bench.run("--operator-ca", signer) == 2
    assert "not an authority" in capsys.readouterr().err


def weakly_signed(signer: Entity, method: str, digest: str) -> Callable[[Any], None]:
    """Keeps the digest over the list and signs with another hash."""

    def change(info: Any) -> None:
        info["signature_algorithm"] = algos.SignedDigestAlgorithm({"algorithm": method})
        attributes = cms.CMSAttributes(list(info["signed_attrs"])).dump()
        info["signature"] = signature(signer.key, "pkcs1", digest, attributes)

    return change


@pytest.mark.parametrize(
    ("method", "digest", "complaint"),
    [
        ("sha1_rsa", "sha1", "signed with sha1"),
        ("sha512_rsa", "sha512", "signed with sha512"),
        ("md5_rsa", "sha256", "signed with md5"),
    ],
)
def test_the_two_hashes_of_a_signature_must_be_one(
    bench: Bench, method: str, digest: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    country = DocumentPki.make("IT", scheme="pkcs1")
    signer = country.new_signer(scheme="pkcs1", form=Form(extended=(MASTER_LIST_SIGNER,)))
    bench.write("csca.der", country.csca.certificate)
    change = weakly_signed(signer, method, digest)
    signed = country.master_list(signer=signer, signed_at="2026-05-28", change_signer=change)
    bench.write("list.ml", signed)
    assert bench.run() == 2
    assert complaint in capsys.readouterr().err
    assert not bench.out.exists()


def test_the_list_signers_certificate_may_not_be_signed_with_sha1(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    country = DocumentPki.make("IT", scheme="pkcs1", digest="sha1")
    bench.write("csca.der", country.csca.certificate)
    bench.write("list.ml", country.master_list(signed_at="2026-05-28"))
    assert bench.run() == 2
    assert "signer's certificate is signed with sha1" in capsys.readouterr().err


def test_a_list_without_its_time_is_refused_at_once(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """A smaller one could follow it, and nobody could tell that it is older."""
    bench.write("list.ml", ITALY.master_list(FRANCE.certificates))
    assert bench.run() == 2
    assert "does not say when it was signed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("form", "complaint"),
    [
        (Form(authority=True, usage=("crl_sign",)), "may not certify"),
        (Form(authority=False, usage=None), "may not certify"),
        (Form(authority=True, usage=("key_cert_sign",), ends="2026-01-01"), "to 2026-01-01"),
        (Form(authority=True, usage=("key_cert_sign",), starts="2044-01-01"), "from 2044-01-01"),
        (Form(usage=None), ""),
        (AUTHORITY, ""),
    ],
)
def test_the_country_signer_of_the_list_must_be_one_and_in_date(
    bench: Bench, form: Form, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    country = DocumentPki.make("IT", form=form)
    bench.write("csca.der", country.csca.certificate)
    bench.write("list.ml", country.master_list(FRANCE.certificates, signed_at="2025-05-28"))
    assert bench.run("--country", "FR") == (2 if complaint else 0)
    told = capsys.readouterr().err
    assert complaint in told
    assert ("get the country signer" in told) == (" 20" in complaint)


def test_a_signer_that_another_certified_is_no_country_signer(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    below = certify(name("IT", "Below"), "rsa2048", Form(usage=None), issuer=ITALY.csca, number=77)
    bench.write("csca.der", below.certificate)
    assert bench.run() == 2
    assert "may not certify" in capsys.readouterr().err


@pytest.mark.parametrize("which", ["list.ml", "csca.der", "documents.cose", "it.crl"])
def test_a_pipe_and_a_disk_of_zeros_end_well(
    bench: Bench, which: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write("it.crl", ITALY.revocation_list())
    path = bench.folder / which
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    assert bench.run("--crl", bench.folder / "it.crl") == 2
    assert "not a regular file" in capsys.readouterr().err
    path.unlink()
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    assert bench.run("--crl", bench.folder / "it.crl") == 2
    assert "larger than any file" in capsys.readouterr().err


def test_a_list_that_no_kiosk_would_take_is_not_signed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run("--after-version", "-1") == 2
    assert bench.run("--after-version", str(10**30)) == 2
    lists = [
        bench.write(f"{number}.crl", ITALY.revocation_list(number=number)) for number in (1, 2)
    ]
    pem = b"".join(
        subprocess.run(
            ["openssl", "crl", "-inform", "DER", "-in", path], capture_output=True, check=True
        ).stdout
        for path in lists
    )
    bench.write("many.crl", pem * 2100)
    capsys.readouterr()
    assert bench.run("--crl", bench.folder / "many.crl") == 2
    assert "choose fewer" in capsys.readouterr().err
    assert not bench.out.exists()
    assert bench.last_version() == 0
