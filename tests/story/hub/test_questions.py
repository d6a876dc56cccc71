"""A question over the real broker: it arrives, and its reply comes to who asked alone."""

from __future__ import annotations

import time

from sync.model.inquiry import ChangesSince, CodesShown, Denied, Inquiry, Reply
from sync.wire import inquiry, topics
from sync.wire.inquiry import InquiryTrouble
from tests.emulated.services import HubProcess
from tests.story.hub.conftest import WireStation
from tests.unit.hub.stations import codice_fiscale


def reply_to(station: WireStation, asked: Inquiry) -> Reply:
    name = station.station.name
    question = inquiry.ask(
        asked,
        name,
        None,
        station.station.signer,
        station.trust.sealing_key,
        asked_at=time.time_ns() // 1_000_000,
    )
    visitor = station.connect()
    visitor.listen(topics.replies(name))
    visitor.heard.clear()
    visitor.client.publish(topics.asks(name), question.data, qos=1)
    deadline = time.monotonic() + 10
    while not visitor.heard:
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
    topic, data = visitor.heard.pop(0)
    assert topic == topics.replies(name)
    told = inquiry.open_answer(data, question, station.trust)
    assert not isinstance(told, InquiryTrouble)
    return told


def test_kiosk_asks_for_a_citizen_and_nothing_else(hub: HubProcess, station: WireStation) -> None:
    assert hub.running
    codes = reply_to(station, CodesShown(codice_fiscale(1), "NASDURZVSPY8", "48205917"))
    assert isinstance(codes, Denied)
    assert codes.code == "codes.wrong"
    registry = reply_to(station, ChangesSince(0))
    assert isinstance(registry, Denied)
    assert registry.code == "station.no-counter"
