"""What a station thinks of a certificate that it is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub.device_ca import authority
from sync.hub.device_ca.authority import Authority
from sync.model.errors import Problem
from sync.wire import device_certificate
from sync.wire.device_certificate import Facts

NAME = "058091-PC-0001"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority.make(tmp_path_factory.mktemp("ours"), NOW)


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority.make(tmp_path_factory.mktemp("theirs"), NOW)


@pytest.fixture(scope="module")
def spki() -> bytes:
    asked = device_certificate.certification_request(NAME, device_certificate.make_tls_key())
    found = device_certificate.spki_of(asked, NAME)
    assert found is not None
    return found


def judged(
    certificate: bytes, spki: bytes, *authorities: Authority, at: datetime = NOW
) -> str | None:
    found = device_certificate.problem(
        certificate,
        name=NAME,
        spki=spki,
        authorities=tuple(one.der for one in authorities),
        at=at,
    )
    return None if found is None else found.code


def test_its_own_certificate_is_good(ours: Authority, theirs: Authority, spki: bytes) -> None:
    made = ours.issue(NAME, spki, NOW)
    assert judged(made, spki, theirs, ours) is None
    assert judged(device_certificate.to_pem((made,)), spki, ours) is None
    facts = device_certificate.read(made)
    assert isinstance(facts, Facts)
    assert (facts.name, facts.spki) == (NAME, spki)
    assert facts.ends == NOW + timedelta(days=authority.STATION_DAYS)


def test_a_certificate_of_another_authority_is_refused(
    ours: Authority, theirs: Authority, spki: bytes
) -> None:
    assert judged(theirs.issue(NAME, spki, NOW), spki, ours) == "certificate.foreign"
    # What a station's key has signed is no certificate either.
    station = ours.issue(NAME, spki, NOW)
    assert not device_certificate.is_issued_by(theirs.issue(NAME, spki, NOW), station)


@pytest.mark.rule("R-004-9")
def test_a_server_certificate_is_never_a_stations(ours: Authority, spki: bytes) -> None:
    made = ours.issue("058091-CO-9999", spki, NOW)
    assert judged(made, spki, ours) == "certificate.server"


def test_what_is_for_something_else_is_refused(ours: Authority, spki: bytes) -> None:
    for made in (
        ours.issue_signing(NAME, spki, NOW),
        ours.issue_server(NAME, spki, ["localhost"], NOW),
    ):
        assert judged(made, spki, ours) == "certificate.usage"


@pytest.mark.rule("R-004-10")
def test_another_name_or_another_key_is_refused(ours: Authority, spki: bytes) -> None:
    assert judged(ours.issue("058091-PC-0002", spki, NOW), spki, ours) == "certificate.name"
    other = device_certificate.spki_of(
        device_certificate.certification_request(NAME, device_certificate.make_tls_key()), NAME
    )
    assert other is not None
    assert judged(ours.issue(NAME, other, NOW), spki, ours) == "certificate.key"


def test_time_counts(ours: Authority, spki: bytes) -> None:
    made = ours.issue(NAME, spki, NOW, days=10)
    assert judged(made, spki, ours, at=NOW + timedelta(days=11)) == "certificate.expired"
    assert judged(made, spki, ours, at=NOW - timedelta(days=1)) == "certificate.early"


def test_bytes_that_are_no_certificate_are_told(ours: Authority, spki: bytes) -> None:
    for data in (b"", b"-----BEGIN CERTIFICATE-----\n", b"\x30\x03\x02\x01\x01"):
        assert device_certificate.read(data) == Problem("certificate.malformed")
        assert judged(data, spki, ours) == "certificate.malformed"


def test_a_certification_request_counts_for_its_name_and_key_alone() -> None:
    key = device_certificate.make_tls_key()
    asked = device_certificate.certification_request(NAME, key)
    assert device_certificate.spki_of(asked, "058091-PC-0002") is None
    assert device_certificate.spki_of(b"\x30\x00", NAME) is None
    versioned = bytearray(asked)
    versioned[versioned.index(b"\x02\x01\x00") + 2] = 33  # no version that there is
    assert device_certificate.spki_of(bytes(versioned), NAME) is None
    broken = bytearray(asked)
    broken[-1] ^= 1
    assert device_certificate.spki_of(bytes(broken), NAME) is None


def test_only_keys_on_p256_are_certified() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    asked = device_certificate.certification_request(NAME, pem)
    assert device_certificate.spki_of(asked, NAME) is None


def test_an_encrypted_key_needs_its_password() -> None:
    pem = device_certificate.make_tls_key(b"secret")
    assert b"ENCRYPTED" in pem
    assert device_certificate.certification_request(NAME, pem, b"secret")
    with pytest.raises(ValueError, match="password"):
        device_certificate.certification_request(NAME, pem, b"other")


def test_a_generation_is_read_again(tmp_path: Path) -> None:
    first = authority.make(tmp_path, NOW)
    second = authority.make(tmp_path, NOW)
    found = authority.load(tmp_path)
    assert [one.generation for one in found] == [2, 1]
    assert [one.der for one in found] == [second.der, first.der]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_a_key_file_that_is_not_usable_is_told(tmp_path: Path) -> None:
    made = authority.make(tmp_path, NOW)
    path = tmp_path / "device-ca-0001.pem"
    other = authority.make(tmp_path, NOW)
    path.write_bytes(path.read_bytes().replace(made.pem, other.pem))
    with pytest.raises(authority.AuthorityError, match="belong together"):
        authority.load(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(authority.AuthorityError, match="not a key"):
        authority.load(tmp_path)


def test_serial_numbers_are_by_chance(ours: Authority, spki: bytes) -> None:
    facts = [device_certificate.read(ours.issue(NAME, spki, NOW)) for _ in range(20)]
    serials = {one.serial for one in facts if isinstance(one, Facts)}
    assert len(serials) == 20
    assert min(len(one) for one in serials) > 30  # CA/B Forum 7.1: 64 bits at least; 159 here


def test_signatures_are_checked(ours: Authority, spki: bytes) -> None:
    made = bytearray(ours.issue(NAME, spki, NOW))
    made[-1] ^= 1
    assert judged(bytes(made), spki, ours) == "certificate.foreign"
