"""Which revocation lists a hub puts into the list that kiosks take, and which it refuses."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.emulated.documents.certification import Form
from tests.emulated.documents.pki import DocumentPki
from tests.unit.hub.trust_bench import FRANCE, FRESH, ITALY, Bench, made_hub

TRUE = ITALY.revocation_list(4, 5, starts="2026-02-01")
OTHER = DocumentPki.make("IT", number=44)
"""Unrelated, of the same name."""
ITALYS_NAME = "Common Name: Test Country Signer, Organization: Test, Country: IT"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(made_hub(tmp_path), tmp_path)


def with_crl(bench: Bench, *lists: bytes, also: tuple[str | Path, ...] = ()) -> int:
    words: list[str | Path] = list(also)
    for number, data in enumerate(lists):
        words += ["--crl", bench.write(f"{number}.crl", data)]
    return bench.run(*words)


def bit_flipped() -> bytes:
    data = bytearray(ITALY.revocation_list(starts="2026-03-02"))
    data[-3] ^= 1
    return bytes(data)


def altered_outside() -> bytes:
    """Another tag in the parameters beside the signature, which nobody signed."""
    data = bytearray(ITALY.revocation_list(starts="2026-03-02"))
    at = data.rindex(b"\x05\x00\xa2\x03")
    data[at] = 0x04
    return bytes(data)


def other_critical(listed: Any) -> None:
    listed["crl_extensions"].append(
        {
            "extn_id": "issuing_distribution_point",
            "critical": True,
            "extn_value": {"only_contains_ca_certs": True},
        }
    )


def delta(listed: Any) -> None:
    listed["crl_extensions"].append(
        {"extn_id": "delta_crl_indicator", "critical": True, "extn_value": 1}
    )


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (OTHER.revocation_list(starts="2026-03-01"), "forged or damaged"),
        (bit_flipped(), "forged or damaged"),
        (altered_outside(), "altered outside"),
        (ITALY.revocation_list(starts="2044-01-01"), "to come"),
        (ITALY.revocation_list(starts="2026-03-01", change=delta), "changes only"),
        (DocumentPki.make("DE").revocation_list(), "nobody of that name was chosen"),
        (bytes(4 * 1024 * 1024 + 1), "larger than a kiosk takes"),
    ],
)
def test_only_what_its_issuer_signed_counts(
    bench: Bench, data: bytes, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it does not lock the true one out."""
    assert with_crl(bench, TRUE) == 0
    before = bench.out.read_bytes()
    assert with_crl(bench, data) == 2
    assert complaint in capsys.readouterr().err
    assert with_crl(bench, TRUE, data) == 2
    assert bench.out.read_bytes() == before
    assert with_crl(bench, TRUE) == 0
    assert bench.made().revocation_lists == (TRUE,)


def test_a_country_signer_that_a_link_vouches_for_signs_lists(bench: Bench) -> None:
    assert with_crl(bench, ITALY.revocation_list(by=FRESH)) == 0


def test_authorities_of_cards_sign_their_own(bench: Bench) -> None:
    data = OTHER.revocation_list(starts="2026-03-01")
    card = bench.write("card.der", OTHER.csca.certificate)
    for option in ("--health-card-ca", "--operator-ca"):
        assert with_crl(bench, data, also=(option, card)) == 0
    assert with_crl(bench, data) == 2


def test_an_authority_that_may_not_sign_lists(bench: Bench) -> None:
    form = Form(authority=True, usage=("key_cert_sign",))
    country = DocumentPki.make("GR", form=form)
    bench.write("list.ml", ITALY.master_list(country.certificates, signed_at="2026-05-28"))
    assert with_crl(bench, country.revocation_list()) == 2


@pytest.mark.parametrize("kind", ["p256", "bp256", "bp512", "rsa2048"])
@pytest.mark.parametrize("explicit", [False, True])
def test_lists_on_every_curve_that_a_hub_knows(bench: Bench, kind: str, *, explicit: bool) -> None:
    country = DocumentPki.make("GR", kind=kind, explicit=explicit and kind != "rsa2048")
    bench.write("list.ml", ITALY.master_list(country.certificates, signed_at="2026-05-28"))
    assert with_crl(bench, country.revocation_list(3)) == 0
    forged = DocumentPki.make("GR", kind=kind, number=2).revocation_list(starts="2026-03-01")
    assert with_crl(bench, forged) == 2


def test_sha1_counts_where_it_is_allowed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    country = DocumentPki.make("GR", scheme="pkcs1", digest="sha1")
    bench.write("list.ml", ITALY.master_list(country.certificates, signed_at="2026-05-28"))
    assert with_crl(bench, country.revocation_list(3)) == 2
    assert "signed with sha1" in capsys.readouterr().err
    fingerprint = hashlib.sha256(country.csca.certificate).hexdigest()
    allowed = ("--allow-sha1", fingerprint)
    assert with_crl(bench, country.revocation_list(3), also=allowed) == 0


def test_a_part_of_a_list_does_not_stand_for_the_whole(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    part = ITALY.revocation_list(9, starts="2026-04-01", change=other_critical)
    assert with_crl(bench, TRUE, part) == 0
    assert "a part only" in capsys.readouterr().out
    assert with_crl(bench, part) == 2
    assert with_crl(bench, TRUE) == 0


def test_lists_of_countries_that_are_chosen_no_more_are_not_missed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    new, old = (FRANCE.revocation_list(starts=day) for day in ("2026-03-01", "2026-02-01"))
    assert with_crl(bench, new) == 0
    assert with_crl(bench, also=("--country", "IT")) == 0
    assert with_crl(bench, new, also=("--country", "IT")) == 2
    assert "choose its country" in capsys.readouterr().err
    assert with_crl(bench, old) == 2
    assert "an older revocation list" in capsys.readouterr().err


def test_an_issuer_may_end_its_lists(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_crl(bench, TRUE) == 0
    assert with_crl(bench) == 2
    assert f'--without-crl "{ITALYS_NAME}"' in capsys.readouterr().err
    assert with_crl(bench, also=("--without-crl", ITALYS_NAME)) == 0
    assert with_crl(bench) == 2


EXOTIC = """
[ca]
default_ca = own
[own]
database = {folder}/index
default_md = sha256
default_crl_days = 3000
[req]
distinguished_name = name
prompt = no
x509_extensions = authority
[name]
C = GR
CN = Exotic
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
"""


def exotic(folder: Path) -> tuple[bytes, bytes]:
    """A country signer on a curve that `cryptography` does not know, and its list; by openssl."""
    folder.mkdir()
    (folder / "index").write_bytes(b"")
    (folder / "conf").write_text(EXOTIC.format(folder=folder))
    conf, key, certificate = ("-config", folder / "conf"), folder / "key", folder / "cert"
    crl = folder / "crl"
    for words in (
        ("ecparam", "-name", "brainpoolP320r1", "-genkey", "-noout", "-out", key),
        ("req", "-x509", "-new", "-key", key, "-days", "3000", "-out", certificate, *conf),
        ("ca", "-gencrl", "-keyfile", key, "-cert", certificate, "-out", crl, *conf),
    ):
        subprocess.run(["openssl", *words], check=True, capture_output=True)
    return tuple(
        subprocess.run(
            ["openssl", kind, "-outform", "DER", "-in", path], check=True, capture_output=True
        ).stdout
        for kind, path in (("x509", certificate), ("crl", crl))
    )  # type: ignore[return-value]  # two of them


def test_on_an_unknown_curve_it_travels_along_with_a_warning(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kiosk knows more curves. As nobody proved it, it is not missed the next time."""
    certificate, data = exotic(bench.folder / "exotic")
    bench.write("list.ml", ITALY.master_list((certificate,), signed_at="2026-05-28"))
    assert with_crl(bench, data) == 0
    assert "WARNING: not verified" in capsys.readouterr().out
    assert bench.made().revocation_lists == (data,)
    assert with_crl(bench) == 0
