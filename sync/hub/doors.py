"""Opens the hub's door to the broker that its settings name."""

from __future__ import annotations

from sync.hub.amqp_link import AmqpLink
from sync.hub.door import Door, Hearing
from sync.hub.link import Link
from sync.hub.settings import RABBITMQ, HubSettings


def open_door(settings: HubSettings, hearing: Hearing) -> Door:
    """The door, closed still: `run` opens it.

    Args:
        settings: which broker, and who this process is to it.
        hearing: what is done with the messages of each channel.
    """
    if settings.broker_kind == RABBITMQ:
        return AmqpLink(settings, hearing)
    return Link(settings, hearing, falls_back=not settings.worker)
