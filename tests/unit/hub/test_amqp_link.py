"""What the hub acknowledges to a RabbitMQ cluster."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.hub import settings
from sync.hub.amqp_link import AmqpLink
from sync.hub.door import Channel, Delivery
from sync.hub.link import MOST_THROWN_AWAY
from sync.wire import topics
from tests.workbench.pki import make_site

STATION = "kiosk-0001"


class Acknowledged:
    """A channel that keeps what is acknowledged on it."""

    def __init__(self) -> None:
        self.tags: list[int] = []

    def basic_ack(self, tag: int) -> None:
        self.tags.append(tag)

    def basic_publish(self, *_: object) -> None:
        """Nobody listens."""


@pytest.fixture
def heard() -> list[Delivery]:
    return []


@pytest.fixture
def link(tmp_path: Path, heard: list[Delivery]) -> Any:
    loaded = replace(
        settings.load(make_site(tmp_path / "site").hub_dir), broker_hosts=("localhost",)
    )
    return AmqpLink(loaded, dict.fromkeys(Channel, heard.append))


def test_only_what_is_open_is_acknowledged_and_once(link: Any, heard: list[Delivery]) -> None:
    """For any other tag the broker closes the channel, and with it every station's way."""
    link._take(Channel.OPERATIONS, 1, topics.operations(STATION), b"batch", None)
    link._take(Channel.ASKS, 2, topics.asks(STATION), b"question", None)
    for delivery in (*heard, *heard):
        link.answer(delivery, b"answer")
    channel = Acknowledged()
    link._send(channel)
    assert channel.tags == [1]


def test_what_is_too_large_is_told_of_now_and_then(
    link: Any, heard: list[Delivery], caplog: pytest.LogCaptureFixture
) -> None:
    much = bytes(Channel.OPERATIONS.most + 1)
    with caplog.at_level(logging.INFO, logger="sportello.hub"):
        for tag in range(20):
            link._take(Channel.OPERATIONS, tag, topics.operations(STATION), much, None)
    assert heard == []
    # At most twice as many, where a minute ends meanwhile.
    assert 0 < len(caplog.messages) <= 2 * MOST_THROWN_AWAY
