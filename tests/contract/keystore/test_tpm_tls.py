"""TLS with a key in the TPM, against a real Mosquitto; and keys in files under a password."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hw.keystore.transport import certification_request, create_transport_key
from tests.contract.keystore.conftest import code_of
from tests.emulated.tpm import ResourceManager, SoftTpm

NAME = "058091-PC-0001"


@dataclass(frozen=True)
class Authority:
    """Who signs the certificates of broker and station."""

    folder: Path
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, folder: Path) -> Authority:
        made = cls(folder, ec.generate_private_key(ec.SECP256R1()))
        made.issue("authority", made.key.public_key(), folder / "ca.pem", authority=True)
        return made

    def issue(
        self, name: str, key: ec.EllipticCurvePublicKey, path: Path, *, authority: bool = False
    ) -> None:
        now = datetime.now(UTC)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        certificate = (
            x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def answer(self, request: bytes, path: Path) -> None:
        """Issue what a request asks for, once its signature is right."""
        asked = x509.load_der_x509_csr(request)
        assert asked.is_signature_valid
        key = asked.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        self.issue(str(asked.subject.rfc4514_string()).removeprefix("CN="), key, path)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.make(tmp_path)


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[int]:
    """The port of a Mosquitto that wants a certificate and TLS 1.3; logs to broker.log."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority.issue("broker", key.public_key(), tmp_path / "broker.pem")
    (tmp_path / "broker.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (tmp_path / "broker.conf").write_text(
        f"listener {port} 127.0.0.1\ncafile {tmp_path}/ca.pem\ncertfile {tmp_path}/broker.pem\n"
        f"keyfile {tmp_path}/broker.key\nrequire_certificate true\ntls_version tlsv1.3\n"
        "use_identity_as_username true\nallow_anonymous false\nuser root\n",
        "ascii",
    )
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
    assert program is not None
    with (tmp_path / "broker.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", str(tmp_path / "broker.conf"), "-v"], stdout=log, stderr=log
        )
    try:
        for _try in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.02)
        yield port
    finally:
        process.kill()
        process.wait()


_LINK = """
import socket, ssl, sys
from pathlib import Path
from hw.errors import DeviceTrouble
from hw.keystore.tpm_tls import use_tpm_for_tls
from hw.keystore.transport import certification_request, create_transport_key
folder, tpm, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
key, certificate = folder / "station.key", folder / "station.pem"
if not certificate.exists():
    print(create_transport_key(key, tpm=tpm), flush=True)
    print(certification_request(key, "058091-PC-0001", tpm=tpm).hex(), flush=True)
    sys.stdin.readline()
assert use_tpm_for_tls(tpm) is None
assert use_tpm_for_tls(tpm) is None
for _ in range(2):
    try:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        context.load_cert_chain(str(certificate), str(key))
        with context.wrap_socket(
            socket.create_connection(("127.0.0.1", port), timeout=10), server_hostname="localhost"
        ) as pipe:
            pipe.sendall(bytes.fromhex("100d00044d5154540402003c000161"))
            print(pipe.version(), pipe.recv(4).hex(), flush=True)
    except (ssl.SSLError, OSError) as error:
        print("refused", flush=True)
"""
CONNACK = "20020000"


def link(folder: Path, manager: ResourceManager, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _LINK, str(folder), manager.tcti, str(port)],
        env=manager.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def enrolled(folder: Path, manager: ResourceManager, port: int, authority: Authority) -> str:
    """Make a key, have it certified, connect twice; gives what the link said of that."""
    first = link(folder, manager, port)
    assert first.stdout is not None
    assert first.stdin is not None
    assert first.stdout.readline() == "None\n"
    authority.answer(bytes.fromhex(first.stdout.readline()), folder / "station.pem")
    return first.communicate("go\n", timeout=30)[0]


def test_a_broker_takes_a_key_that_lies_in_the_tpm(
    tmp_path: Path, tpm: SoftTpm, broker: int, authority: Authority
) -> None:
    with ResourceManager(tmp_path, tpm) as manager:
        said = enrolled(tmp_path, manager, broker, authority)
        assert said == f"TLSv1.3 {CONNACK}\n" * 2
        # A program that starts with key and certificate at hand.
        again = link(tmp_path, manager, broker)
        assert again.communicate(timeout=30)[0] == said
    assert f"u'{NAME}'" in (tmp_path / "broker.log").read_text("utf-8")
    assert b"TSS2 PRIVATE KEY" in (tmp_path / "station.key").read_bytes()


@pytest.mark.rule("R-004-10")
def test_copied_certificate_and_key_file_connect_nowhere_else(
    tmp_path: Path, tpm: SoftTpm, broker: int, authority: Authority
) -> None:
    with ResourceManager(tmp_path, tpm) as manager:
        assert CONNACK in enrolled(tmp_path, manager, broker, authority)
    tpm.exchange()
    (tmp_path / "bus").unlink(missing_ok=True)
    with ResourceManager(tmp_path, tpm) as manager:
        thief = link(tmp_path, manager, broker)
        assert thief.communicate(timeout=30)[0] == "refused\n" * 2


def test_a_key_file_needs_its_password(tmp_path: Path, authority: Authority) -> None:
    path = tmp_path / "station.key"
    assert create_transport_key(path, password=b"of the vault") is None
    assert b"ENCRYPTED" in path.read_bytes()
    for wrong in (None, b"another"):
        assert code_of(certification_request(path, NAME, password=wrong)) == "key.damaged"
    request = certification_request(path, NAME, password=b"of the vault")
    assert isinstance(request, bytes)
    authority.answer(request, tmp_path / "station.pem")
    context = ssl.create_default_context()
    context.load_cert_chain(tmp_path / "station.pem", path, password=b"of the vault")
    assert code_of(create_transport_key(path)) == "key.exists"


def test_what_is_wrong_with_a_key_file_is_told(tmp_path: Path, tpm: SoftTpm) -> None:
    path = tmp_path / "station.key"
    assert code_of(certification_request(path, NAME)) == "key.absent"
    assert code_of(certification_request(tmp_path, NAME)) == "key.unreadable"
    path.write_bytes(b"nonsense")
    assert code_of(certification_request(path, NAME)) == "key.damaged"
    path.write_bytes(b"TSS2 PRIVATE KEY nonsense")
    assert code_of(certification_request(path, NAME)) == "key.device-absent"
    assert code_of(certification_request(path, NAME, tpm=tpm.tcti)) == "key.damaged"
    path.unlink()
    assert create_transport_key(path, tpm=tpm.tcti) is None
    assert code_of(create_transport_key(path, tpm=tpm.tcti)) == "key.exists"
    assert isinstance(certification_request(path, NAME, tpm=tpm.tcti), bytes)
    tpm.stop()
    assert code_of(certification_request(path, NAME, tpm=tpm.tcti)) == "key.device-absent"
    missing = create_transport_key(tmp_path / "other.key", tpm=tpm.tcti)
    assert code_of(missing) == "key.device-absent"
