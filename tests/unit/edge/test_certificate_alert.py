"""A broker that ends the handshake because of our certificate says so, and is understood."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.edge.link.pipe import EXPIRED, REVOKED, Down, Pipe, _Context
from tests.unit.edge.stations import NAME, make_station

NOW = datetime.now(tz=UTC)


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    """An authority with a broker, a station and a list of what it has revoked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._issue("authority", self.key, NOW + timedelta(days=9), ca=True)
        self.write("ca.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def write(self, file: str, data: bytes) -> Path:
        (self.folder / file).write_bytes(data)
        return self.folder / file

    def credential(self, common: str, ends: datetime) -> tuple[Path, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._issue(common, key, ends, ca=False)
        pem = made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return self.write(f"{common}.pem", pem), made

    def revoke(self, certificate: x509.Certificate | None) -> Path:
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(name("authority"))
            .last_update(NOW - timedelta(days=1))
            .next_update(NOW + timedelta(days=1))
        )
        if certificate is not None:
            one = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            made = made.add_revoked_certificate(one.revocation_date(NOW).build())
        crl = made.sign(self.key, hashes.SHA256())
        return self.write("crl.pem", crl.public_bytes(serialization.Encoding.PEM))

    def _issue(
        self, common: str, key: ec.EllipticCurvePrivateKey, ends: datetime, *, ca: bool
    ) -> x509.Certificate:
        made = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name("authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=9))
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        return made.sign(self.key, hashes.SHA256())


def alert(authority: Authority, station: Path, crl: Path) -> str:
    """What a station is told by a broker that looks at that list."""
    broker, _ = authority.credential("broker", NOW + timedelta(days=1))
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(broker)
    theirs.load_verify_locations(authority.folder / "ca.pem")
    theirs.load_verify_locations(crl)
    theirs.verify_mode = ssl.CERT_REQUIRED
    theirs.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    ours = _Context(ssl.PROTOCOL_TLS_CLIENT)
    ours.minimum_version = ssl.TLSVersion.TLSv1_3
    ours.check_hostname = False
    ours.load_verify_locations(authority.folder / "ca.pem")
    ours.load_cert_chain(station)
    here, there = socket.socketpair()

    def serve() -> None:
        try:
            with theirs.wrap_socket(there, server_side=True) as channel:
                channel.send(b"welcome")
        except ssl.SSLError:
            there.close()

    server = threading.Thread(target=serve)
    server.start()
    with here:
        channel = ours.wrap_socket(here)
        try:
            assert channel.recv(16) == b"welcome"
        except ssl.SSLError:
            pass
        finally:
            channel.close()
    server.join(5)
    return ours.alert


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_revoked_a_good_and_an_expired_certificate_are_told_apart(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    good, certificate = authority.credential("058091-PC-0001", NOW + timedelta(days=1))
    assert alert(authority, good, authority.revoke(None)) == ""
    assert alert(authority, good, authority.revoke(certificate)) == REVOKED
    old, _ = authority.credential("058091-PC-0002", NOW - timedelta(days=1))
    assert alert(authority, old, authority.revoke(None)) == EXPIRED


_REVOKED_IN_CLEAR = bytes.fromhex("15 0303 0002 022c")
"""RFC 8446, 5.1 and 6: a record with the fatal alert certificate_revoked, under no key."""


@pytest.mark.rule("R-004-16")
def test_an_alert_in_clear_closes_no_station(tmp_path: Path) -> None:
    """Anybody between station and broker can send one; only the broker's word counts."""
    authority = Authority(tmp_path)
    credential, _ = authority.credential(NAME, NOW + timedelta(days=1))
    door = socket.create_server(("127.0.0.1", 0))
    made = make_station(tmp_path / "station", port=door.getsockname()[1])
    for file in (made.profile.tls_certificate, made.profile.tls_key):
        file.write_bytes(credential.read_bytes())
    made.profile.tls_ca.write_bytes((tmp_path / "ca.pem").read_bytes())

    def between() -> None:
        channel, _ = door.accept()
        with channel:
            channel.recv(4096)
            channel.sendall(_REVOKED_IN_CLEAR)

    thread = threading.Thread(target=between)
    thread.start()
    pipe = Pipe(made.profile, is_clock_wrong=False, protocol_5=True, will=b"")
    assert pipe.open() == Down("link.tls")
    thread.join(5)
    pipe.close()
    door.close()


def test_an_alert_in_clear_behind_the_handshake_is_none(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    good, _ = authority.credential("058091-PC-0001", NOW + timedelta(days=1))
    broker, _ = authority.credential("broker", NOW + timedelta(days=1))
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(broker)
    theirs.num_tickets = 0
    ours = _Context(ssl.PROTOCOL_TLS_CLIENT)
    ours.minimum_version = ssl.TLSVersion.TLSv1_3
    ours.check_hostname = False
    ours.load_verify_locations(authority.folder / "ca.pem")
    ours.load_cert_chain(good)
    here, there = socket.socketpair()
    raw = there.dup()

    def serve() -> None:
        with theirs.wrap_socket(there, server_side=True):
            raw.sendall(_REVOKED_IN_CLEAR)
            raw.recv(1)

    server = threading.Thread(target=serve)
    server.start()
    with ours.wrap_socket(here) as channel, pytest.raises(ssl.SSLError):
        channel.recv(16)
    server.join(5)
    raw.close()
    assert ours.alert == ""
