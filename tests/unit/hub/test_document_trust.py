"""The hub's command that signs the list of believed country signers, as an administrator runs it."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sync.hub import __main__ as program
from sync.hub.settings import load as load_settings
from sync.hub.setup import load_keys
from sync.wire import document_trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust, TrustTrouble
from tests.emulated.documents.certification import Form
from tests.emulated.documents.pki import MASTER_LIST_SIGNER, DocumentPki
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import to_toml

ITALY = DocumentPki.make("IT")
FRANCE = DocumentPki.make("FR", kind="p256")
FRESH, LINK = ITALY.link()


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "hub.toml").write_text(to_toml(TABLES))
    root = tmp_path / "root.key"
    root.write_bytes(SoftwareSigner.generate().to_pem())
    assert program.main(["init", "--hub-dir", str(folder), "--root-key", str(root)]) == 0
    return folder


class Bench:
    """The files of one import, and the command over them."""

    def __init__(self, hub: Path, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.out = folder / "documents.cose"
        self.write("csca.der", ITALY.csca.certificate)
        self.write("list.ml", master_list())

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run(self, *options: str | Path) -> int:
        words = [
            *("document-trust", "--hub-dir", self.hub, "--master-list", self.folder / "list.ml"),
            *("--list-signer", self.folder / "csca.der", "--out", self.out, *options),
        ]
        return program.main([str(word) for word in words])

    def made(self) -> DocumentTrust | TrustTrouble:
        keys = load_keys(load_settings(self.hub))
        hub = HubTrust(1, 0, (keys.signing.verifying_key,), (keys.unsealing[0].sealing_key,))
        return document_trust.load(self.out.read_bytes(), hub)


@pytest.fixture
def bench(hub: Path, tmp_path: Path) -> Bench:
    return Bench(hub, tmp_path)


def master_list(signed_at: str = "2026-05-28", **how: Any) -> bytes:
    return ITALY.master_list(FRANCE.certificates, signed_at=signed_at, **how)


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
    bench.write("list.ml", country.master_list(signer=signer))
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


def test_each_list_counts_on(bench: Bench) -> None:
    assert bench.run() == 0
    assert bench.run() == 0
    made = bench.made()
    assert isinstance(made, DocumentTrust)
    assert made.version == 2


def test_an_older_master_list_is_refused(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run() == 0
    before = bench.out.read_bytes()
    bench.write("list.ml", master_list("2026-05-27"))
    assert bench.run() == 2
    assert "older than the one" in capsys.readouterr().err
    assert bench.out.read_bytes() == before


@pytest.mark.parametrize("files", [[], ["old.crl"]])
def test_a_revocation_list_is_not_taken_back(
    bench: Bench, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write("new.crl", ITALY.revocation_list(4, starts="2026-03-01"))
    bench.write("old.crl", ITALY.revocation_list(starts="2026-02-01"))
    assert bench.run("--crl", bench.folder / "new.crl") == 0
    options = [word for name in files for word in ("--crl", bench.folder / name)]
    assert bench.run(*options) == 2
    assert "revocation list of" in capsys.readouterr().err


def test_another_hubs_list_is_not_written_over(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.out.write_bytes(document_trust.sign(DocumentTrust(9, 0), SoftwareSigner.generate()))
    assert bench.run() == 2
    assert "document-trust.foreign" in capsys.readouterr().err


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
        ("list.ml", FRANCE.master_list(), "not certified by"),
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
    bench.write("list.ml", written_out.master_list(signer=signer))
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
