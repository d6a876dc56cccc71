"""The console's desk as a hub's settings and keys make it."""

from __future__ import annotations

from sync.hub import posting
from sync.hub.console.desk import Console
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys


def console_of(settings: HubSettings, keys: HubKeys) -> Console:
    """What the desk needs of a hub."""
    return Console(
        offices=settings.offices,
        letter_key=keys.letters[0].sealing_key,
        digests=keys.digests,
        message_id=posting.message_ids(settings.smtp.sender_domain),
    )
