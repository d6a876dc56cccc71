"""What Mosquitto lets stations do under the hub's own certificates and lists."""

from __future__ import annotations

import ssl
import time

import pytest

from sync.hub.device_ca import authority, devices, issuing, publishing
from sync.hub.device_ca.office import Office, moment
from sync.model.console import StationAction
from sync.wire import device_certificate, topics
from tests.contract.broker.test_handshake import refused
from tests.contract.trust.conftest import Home, Visit
from tests.emulated.mqtt import client_context
from tests.emulated.services import Broker, wait_until
from tests.unit.hub.devices import DAY

QUIET = 0.4
REFUSED = "Not authorized"


def is_refused(home: Home, broker: Broker, name: str) -> bool:
    return refused(broker, client_context(home.credential(name), home.ca))


def spki(name: str, key: bytes) -> bytes:
    asked = device_certificate.certification_request(name, key)
    found = device_certificate.spki_of(asked, name)
    assert found is not None
    return found


@pytest.mark.rule("R-004-8")
def test_a_station_speaks_and_hears_under_its_own_name(home: Home, visit: Visit) -> None:
    name = home.station()
    hub = visit("hub").listen(topics.OPERATIONS_SHARED)
    station = visit(name).listen(topics.acknowledgements(name))
    assert station.say(topics.operations(name), b"batch") == "Success"
    wait_until(lambda: hub.heard == [(f"sportello/1/up/{name}/op", b"batch")], 5, "the batch")
    hub.say(topics.acknowledgements(name), b"ack")
    wait_until(lambda: len(station.heard) == 1, 5, "the acknowledgement")


def test_a_station_neither_reads_nor_writes_anothers_topics(home: Home, visit: Visit) -> None:
    own, other = home.station(), home.station()
    hub = visit("hub").listen("sportello/1/up/#").listen("sportello/1/state/#")
    nosy = visit(own)
    for topic in (f"sportello/1/down/{other}/#", f"sportello/1/up/{other}/#", "sportello/#", "#"):
        nosy.listen(topic)
    victim = visit(other)
    assert victim.say(topics.operations(other), b"private") == "Success"
    hub.say(topics.acknowledgements(other), b"for the other")
    wait_until(lambda: len(hub.heard) == 1, 5, "the victim's batch")
    time.sleep(QUIET)
    assert nosy.heard == []
    for topic in (topics.operations(other), topics.asks(other), topics.state(other)):
        assert visit(own).say(topic, b"forged") == REFUSED
    assert visit(own).say(topics.acknowledgements(other), b"forged") == REFUSED
    assert visit(own).say(topics.LIST_VERSIONS, b"forged") == REFUSED
    time.sleep(QUIET)
    assert [payload for _, payload in hub.heard] == [b"private"]


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_blocked_station_is_silenced_within_a_second(
    home: Home, broker: Broker, visit: Visit
) -> None:
    name, other = home.station(), home.station()
    home.active(name)
    hub = visit("hub").listen(topics.OPERATIONS_SHARED)
    station = visit(name).listen(topics.acknowledgements(name)).listen(topics.LIST_VERSIONS)
    beside = visit(other)
    home.change(name, StationAction.BLOCK)
    told = time.monotonic()
    wait_until(lambda: station.say(topics.operations(name)) == REFUSED, 1, "to be silenced")
    assert time.monotonic() - told < 1
    assert station.say(topics.asks(name)) == REFUSED
    assert station.say(topics.state(name)) == REFUSED
    # It still hears why, and nobody else is hurt.
    hub.say(topics.acknowledgements(name), b"why")
    wait_until(lambda: (topics.acknowledgements(name), b"why") in station.heard, 2, "the reason")
    heard = len(hub.heard)
    assert beside.say(topics.operations(other)) == "Success"
    wait_until(lambda: len(hub.heard) == heard + 1, 2, "the other one's batch")
    assert beside.disconnections == 0
    assert is_refused(home, broker, name)
    home.change(name, StationAction.UNBLOCK)
    wait_until(lambda: not is_refused(home, broker, name), 2, "to be let in again")
    assert visit(name).say(topics.operations(name)) == "Success"


@pytest.mark.rule("R-004-15")
def test_a_revoked_station_does_not_come_in_again(home: Home, broker: Broker, visit: Visit) -> None:
    name, other = home.station(), home.station()
    live = visit(name)
    home.change(name, StationAction.CANCEL)
    wait_until(lambda: live.say(topics.operations(name)) == REFUSED, 1, "to be silenced")
    assert is_refused(home, broker, name)
    assert not is_refused(home, broker, other)
    broker.stop()
    broker.start()
    assert is_refused(home, broker, name)
    assert not is_refused(home, broker, other)


def test_a_stolen_certificate_without_its_key_is_useless(
    home: Home, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> None:
    name = home.station()
    folder, _ = home.credential(name)
    stolen = (folder / "station.pem").read_bytes()
    thief = home.site.folder / "thief"
    thief.mkdir()
    (thief / "station.pem").write_bytes(stolen)
    key = device_certificate.make_tls_key()
    (thief / "station.key").write_bytes(key)
    with pytest.raises(ssl.SSLError):  # TLS has nothing to sign its handshake with
        client_context((thief, "station"), home.ca)
    # An authority of the thief's own, with the same names in it.
    foreign = authority.make(tmp_path_factory.mktemp("foreign"), moment(home.agency.now))
    made = foreign.issue(name, spki(name, key), moment(home.agency.now))
    forged = home.keep("forged", made, key)
    assert refused(broker, client_context((forged, "station"), home.ca))


@pytest.mark.rule("R-004-9")
def test_a_server_certificate_is_no_station_at_the_broker(home: Home, broker: Broker) -> None:
    name, key = "058091-CO-9999", device_certificate.make_tls_key()
    newest = home.agency.office.authorities[0]
    made = newest.issue(name, spki(name, key), moment(home.agency.now))
    folder = home.keep(name, made, key)
    assert refused(broker, client_context((folder, "station"), home.ca))


def test_the_certificate_of_a_signing_key_opens_no_door(home: Home, broker: Broker) -> None:
    name, key = home.station(), device_certificate.make_tls_key()
    newest = home.agency.office.authorities[0]
    made = newest.issue_signing(name, spki(name, key), moment(home.agency.now))
    folder = home.keep("signing", made, key)
    assert refused(broker, client_context((folder, "station"), home.ca))


@pytest.mark.rule("R-004-19")
def test_a_certificate_that_has_ended_opens_no_door(home: Home, broker: Broker) -> None:
    name, key = home.station(), device_certificate.make_tls_key()
    newest = home.agency.office.authorities[0]
    long_ago = moment(home.agency.now - 20 * DAY)
    folder = home.keep("ended", newest.issue(name, spki(name, key), long_ago, days=10), key)
    assert refused(broker, client_context((folder, "station"), home.ca))


@pytest.mark.rule("R-004-10")
def test_a_renewed_certificate_opens_and_the_one_before_stops(home: Home, broker: Broker) -> None:
    agency = home.agency
    name, device = agency.enrolled()
    first = device.ask().issued
    assert first is not None
    home.keep("before", first.certificate, device.tls_key)
    renewed = device.renew().issued
    assert renewed is not None
    home.keep(name, renewed.certificate, device.tls_key)
    assert not is_refused(home, broker, "before")
    assert not is_refused(home, broker, name)
    assert issuing.end_replaced(agency.office, agency.store, agency.now + 8 * DAY) == 1
    agency.publish()
    wait_until(lambda: is_refused(home, broker, "before"), 2, "the old one to be refused")
    assert not is_refused(home, broker, name)


def test_the_next_generation_of_the_authority_needs_no_new_start(
    home: Home, broker: Broker
) -> None:
    agency = home.agency
    before = home.station()
    authority.make(agency.office.settings.keys_dir, moment(agency.now))
    old = agency.office
    agency.office = Office(
        old.settings, old.signer, old.secret, authority.load(old.settings.keys_dir)
    )
    agency.enrolling = type(agency.enrolling)(agency.office, agency.enrolling.unsealing)
    agency.publish()
    name = home.station()
    assert devices.certificates(agency.store, name)[0].generation == 2
    wait_until(lambda: not is_refused(home, broker, name), 2, "the new generation to be let in")
    assert not is_refused(home, broker, before)
    home.change(before, StationAction.CANCEL)
    wait_until(lambda: is_refused(home, broker, before), 2, "one of the first to be refused")
    assert not is_refused(home, broker, name)


def test_lists_of_a_stranger_beside_the_hubs_own_are_kept(home: Home) -> None:
    other = home.site.broker_dir / "ca-other.pem"
    other.write_bytes(home.agency.office.authorities[0].pem)
    home.agency.publish()
    own = b"".join(one.pem for one in home.agency.office.authorities)
    assert home.ca.read_bytes() == own + other.read_bytes()
    other.unlink()
    home.agency.publish()
    assert publishing.signed(home.agency.office)
