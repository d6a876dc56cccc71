"""What a station may send at any quality of service: it never ends the connection of all others."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from sync.hub import settings
from sync.hub.door import Channel, Delivery
from sync.hub.link import MOST_THROWN_AWAY, Link
from sync.hub.writer import start
from sync.wire import topics
from tests.contract.broker.conftest import Visit
from tests.emulated.services import Broker, wait_until
from tests.workbench.pki import Site

SECONDS = 20.0


class Hub:
    """The hub's link, and what it has heard; it answers each message as a hub does."""

    def __init__(self, site: Site) -> None:
        self.heard: list[tuple[Channel, bytes]] = []
        counting = dict.fromkeys((one for one in Channel if one.counts), self._answer)
        self.link = Link(
            settings.load(site.hub_dir), {Channel.ASKS: self._keep, **counting}, falls_back=False
        )
        self.thread = start("link", self.link.run)

    def _keep(self, delivery: Delivery) -> None:
        self.heard.append((delivery.channel, delivery.payload))

    def _answer(self, delivery: Delivery) -> None:
        self._keep(delivery)
        self.link.answer(delivery, b"answer")

    def stop(self) -> None:
        self.link.stop()
        self.thread.join(SECONDS)


@pytest.fixture
def hub(site: Site, broker: Broker) -> Iterator[Hub]:
    assert broker.port
    running = Hub(site)
    try:
        wait_until(lambda: running.link.listening, SECONDS, "the link")
        yield running
    finally:
        running.stop()


def test_what_asks_for_no_acknowledgement_is_thrown_away_where_one_counts(
    hub: Hub, visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    station = visit("kiosk-0001").listen(topics.acknowledgements("kiosk-0001"))
    with caplog.at_level(logging.INFO, logger="sportello.hub"):
        for channel in Channel:
            for _ in range(3):
                station.client.publish(f"sportello/1/up/kiosk-0001/{channel.word}", b"loose", 0)
        # The broker hands on in order: behind it a message that is acknowledged is taken.
        assert station.say(topics.operations("kiosk-0001"), b"claimed") == "Success"
        wait_until(lambda: bool(station.heard), SECONDS, "the answer")
        again = visit("kiosk-0002").listen(topics.acknowledgements("kiosk-0002"))
        assert again.say(topics.operations("kiosk-0002"), b"claimed") == "Success"
        wait_until(lambda: bool(again.heard), SECONDS, "the answer")
    assert [what for what in hub.heard if what[0].counts] == [(Channel.OPERATIONS, b"claimed")] * 2
    assert hub.heard.count((Channel.ASKS, b"loose")) == 3
    assert "link.down" not in " ".join(caplog.messages)
    told = [line for line in caplog.messages if line.startswith("link.unclaimed")]
    # At most twice as many, where a minute ends meanwhile.
    assert 0 < len(told) <= 2 * MOST_THROWN_AWAY < 9
