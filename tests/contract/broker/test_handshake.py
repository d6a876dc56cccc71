"""Who gets through the door at all."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from sync.wire import topics
from tests.contract.broker.conftest import Visit
from tests.emulated.mqtt import client_context
from tests.emulated.services import Broker
from tests.workbench.pki import Site, make_site

# MQTT 5, clean start, no client id.
CONNECT = bytes.fromhex("100d00044d5154540502003c000000")


def refused(broker: Broker, context: ssl.SSLContext) -> bool:
    """Whether the broker turns this client away.

    In TLS 1.3 the server's verdict arrives after the client's handshake is over, so a client
    that only connects may not notice: this one waits for the broker's word.
    """
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw:
        try:
            with context.wrap_socket(raw, server_hostname="localhost") as channel:
                channel.sendall(CONNECT)
                return channel.recv(4) == b""
        except (ssl.SSLError, ConnectionError):
            return True


@pytest.fixture
def ca(site: Site) -> Path:
    return site.broker_dir / "ca.pem"


def test_certificate_of_the_authority_is_let_in(site: Site, broker: Broker, ca: Path) -> None:
    assert not refused(broker, client_context((site.stations["kiosk-0001"] / "tls", "station"), ca))


def test_no_certificate_is_refused(broker: Broker, ca: Path) -> None:
    assert refused(broker, client_context(None, ca))


def test_certificate_of_a_foreign_authority_is_refused(
    broker: Broker, ca: Path, tmp_path: Path
) -> None:
    foreign = make_site(tmp_path / "foreign", ["kiosk-0001"])
    assert refused(broker, client_context((foreign.stations["kiosk-0001"] / "tls", "station"), ca))


def test_signing_certificate_opens_no_door(site: Site, broker: Broker, ca: Path) -> None:
    key = site.stations["kiosk-0001"] / "key"
    (key / "both.pem").write_bytes((key / "certificate.pem").read_bytes())
    (key / "both.key").write_bytes((key / "signing.pem").read_bytes())
    assert refused(broker, client_context((key, "both"), ca))


def test_certificate_of_the_broker_is_no_client(site: Site, broker: Broker, ca: Path) -> None:
    assert refused(broker, client_context((site.broker_dir, "broker"), ca))


def test_tls_1_2_is_refused(site: Site, broker: Broker, ca: Path) -> None:
    context = client_context((site.stations["kiosk-0001"] / "tls", "station"), ca)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert refused(broker, context)


def test_plain_text_is_refused(broker: Broker) -> None:
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as channel:
        channel.sendall(CONNECT)
        answer = b""
        try:
            answer = channel.recv(64)
        except ConnectionError:
            return
    # At most a TLS alert (record type 21), never a CONNACK (0x20).
    assert answer[:1] in {b"", b"\x15"}


def test_station_does_not_take_a_foreign_broker_for_its_own(
    site: Site, broker: Broker, tmp_path: Path
) -> None:
    foreign = make_site(tmp_path / "foreign", ["kiosk-0001"])
    context = client_context(
        (site.stations["kiosk-0001"] / "tls", "station"), foreign.broker_dir / "ca.pem"
    )
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(raw, server_hostname="localhost")


def test_revoked_certificate_is_refused_from_the_next_start(tmp_path: Path) -> None:
    site = make_site(tmp_path / "site", ["kiosk-0001", "kiosk-0002"])
    ca = site.broker_dir / "ca.pem"
    with Broker(site) as broker:
        revoked = (site.stations["kiosk-0001"] / "tls", "station")
        assert not refused(broker, client_context(revoked, ca))
        site.revoke("kiosk-0001")
        broker.stop()
        broker.start()
        assert refused(broker, client_context(revoked, ca))
        assert not refused(
            broker, client_context((site.stations["kiosk-0002"] / "tls", "station"), ca)
        )


def test_broker_keeps_nothing_on_its_disk(site: Site, broker: Broker, visit: Visit) -> None:
    before = {path.name for path in site.broker_dir.iterdir()}
    visit("kiosk-0001").say(topics.state("kiosk-0001"), b"secret", retain=True)
    broker.stop()
    left = {path.name for path in site.broker_dir.iterdir()} | {"mosquitto.pid"}
    assert left == before | {"mosquitto.pid"}
    assert b"secret" not in broker.log.read_bytes()
    broker.start()
