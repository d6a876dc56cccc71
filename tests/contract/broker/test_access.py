"""Who may speak and hear where: the name in the certificate decides, nothing else."""

from __future__ import annotations

import time

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from sync.wire import batch, topics
from tests.contract.broker.conftest import Visit
from tests.emulated.mqtt import Visitor
from tests.emulated.services import Broker, wait_until
from tests.workbench.pki import Site

QUIET = 0.4  # what has not arrived on loopback by then was not sent


def heard_nothing(visitor: Visitor) -> bool:
    time.sleep(QUIET)
    return not visitor.heard


def test_hub_hears_a_station_and_the_station_hears_the_hub(visit: Visit) -> None:
    hub = visit("hub").listen(topics.OPERATIONS_SHARED)
    station = visit("kiosk-0001").listen(topics.acknowledgements("kiosk-0001"))
    assert station.say(topics.operations("kiosk-0001"), b"batch") == "Success"
    wait_until(lambda: len(hub.heard) == 1, 5, "the batch")
    assert hub.heard == [("sportello/1/up/kiosk-0001/op", b"batch")]
    hub.say(topics.acknowledgements("kiosk-0001"), b"ack")
    wait_until(lambda: len(station.heard) == 1, 5, "the acknowledgement")
    assert station.heard == [("sportello/1/down/kiosk-0001/ack", b"ack")]


def test_absent_hub_is_told_to_the_station(visit: Visit) -> None:
    station = visit("kiosk-0001")
    assert station.say(topics.operations("kiosk-0001")) == "No matching subscribers"


@pytest.mark.parametrize(
    "topic",
    [
        "sportello/1/up/kiosk-0002/op",
        "sportello/1/up/kiosk-0001/other",
        "sportello/1/down/kiosk-0001/ack",
        "sportello/1/down/kiosk-0002/ack",
        "sportello/1/state/kiosk-0002",
        "sportello/1/state/hub",
        "sportello/1/signed/001272/trust",
        "sportello/1/desk/001272/any",
        "anything/else",
        "$SYS/broker/version",
    ],
)
def test_station_does_not_speak_out_of_its_place(visit: Visit, topic: str) -> None:
    hub = visit("hub").listen("sportello/#")
    station = visit("kiosk-0001")
    assert station.say(topic, b"forged") == "Not authorized"
    assert heard_nothing(hub)


def test_older_protocol_is_refused_in_silence_but_refused(visit: Visit) -> None:
    """MQTT 3.1.1 cannot say no: PUBACK comes all the same, and only the hub's word counts."""
    hub = visit("hub").listen("sportello/#")
    station = visit("kiosk-0001", protocol=MQTTProtocolVersion.MQTTv311)
    station.say("sportello/1/up/kiosk-0002/op", b"forged")
    assert heard_nothing(hub)
    station.say("sportello/1/up/kiosk-0001/op", b"own")
    wait_until(lambda: len(hub.heard) == 1, 5, "the station's own batch")


def test_station_does_not_hear_what_is_not_meant_for_it(visit: Visit) -> None:
    other = visit("kiosk-0002").listen("#")
    hub = visit("hub")
    hub.say("sportello/1/down/kiosk-0001/ack", b"for the other")
    visit("kiosk-0001").say("sportello/1/up/kiosk-0001/op", b"batch")
    assert heard_nothing(other)


def test_station_hears_what_is_signed_for_all(visit: Visit) -> None:
    hub = visit("hub")
    hub.say("sportello/1/signed/001272/trust", b"list", retain=True)
    station = visit("kiosk-0001").listen("sportello/1/signed/001272/#")
    wait_until(lambda: len(station.heard) == 1, 5, "the retained list")
    hub.say("sportello/1/signed/001272/trust", b"", retain=True)


def test_hub_does_not_speak_as_a_station(visit: Visit) -> None:
    listener = visit("kiosk-0001").listen("sportello/1/up/#")
    hub = visit("hub")
    assert hub.say("sportello/1/up/kiosk-0001/op") == "Not authorized"
    assert heard_nothing(listener)


def test_client_id_of_another_station_cannot_be_taken(visit: Visit) -> None:
    rightful = visit("kiosk-0001", client_id="kiosk-0001")
    thief = visit("kiosk-0002", client_id="kiosk-0001")
    time.sleep(QUIET)
    assert rightful.disconnections == 0
    assert thief.say("sportello/1/up/kiosk-0001/op") == "Not authorized"
    assert rightful.client.is_connected()


@pytest.mark.parametrize("name", ["+", "#", "kiosk-0001/op", "+/op"])
def test_name_with_a_wildcard_opens_nothing(
    site: Site, broker: Broker, visit: Visit, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No authority of ours issues such a name; the broker must not depend on that."""
    folder = tmp_path_factory.mktemp("odd")
    authority = site.transport_authority()
    authority.issue_client(name).write(folder / "odd.pem", folder / "odd.key")
    odd = Visitor(broker.port, (folder, "odd"), ca=site.broker_dir / "ca.pem")
    try:
        odd.connect().listen("#").listen("sportello/1/down/+/ack")
    except TimeoutError:
        return  # Mosquitto does not even let it in
    finally:
        visit("hub").say("sportello/1/down/kiosk-0001/ack", b"for kiosk-0001")
        time.sleep(QUIET)
        odd.close()
    assert odd.heard == []


def test_message_beyond_the_limit_hurts_only_its_sender(visit: Visit) -> None:
    hub = visit("hub").listen(topics.OPERATIONS_SHARED)
    loud = visit("kiosk-0002")
    loud.client.publish(topics.operations("kiosk-0002"), b"x" * 140_000, qos=1)
    station = visit("kiosk-0001")
    assert station.say(topics.operations("kiosk-0001"), b"x" * batch.MOST_BATCH_BYTES) == "Success"
    wait_until(lambda: len(hub.heard) == 1, 5, "the batch of the other station")
    assert hub.heard[0][0] == "sportello/1/up/kiosk-0001/op"
