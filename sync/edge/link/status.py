"""What the link is doing, as the window may show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sync.edge import wakeup
from sync.edge.clock import moment
from sync.edge.store import LinkRow, Store
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role

UP: Final = "link.up"
CONNECTING: Final = "link.connecting"
HUB_AWAY: Final = "link.hub-away"
NO_ANSWER: Final = "link.no-answer"
TURN: Final = "link.turn"
"""After an outage stations come back one after the other, and this one's turn is not yet."""
NOT_ENROLLED: Final = "link.not-enrolled"
STOPPED: Final = "link.stopped"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """What the link is doing now.

    Attributes:
        running: whether its process is there.
        connected: whether it has a connection to the broker.
        hub_present: whether the hub answers it.
        since: since when this is so, by the station's clock.
        code: `link.up`, or why not: `link.stopped`, `link.connecting`, `link.no-network`,
            `link.tls`, `link.broker-certificate`, `link.refused`, `link.lost`, `link.hub-away`,
            `link.no-answer`, `link.turn`, `link.not-enrolled`, `link.certificate-revoked`,
            `link.certificate-expired`, or a code of the store, of the trust list or of the
            station's standing.
        heartbeat: when it last said so; once a minute at least.
        next_try_at: when it tries again, where it waits for that.
        in_flight: first and last entry that is on its way.
        sent_at: since when.
    """

    running: bool
    connected: bool
    hub_present: bool
    since: datetime
    code: str
    heartbeat: datetime
    next_try_at: datetime | None
    in_flight: tuple[int, int] | None
    sent_at: datetime | None


def read_link_status(store: Store) -> LinkStatus | StoreTrouble:
    """The state of the link of `store`; a link that died is seen to be gone at once."""
    row = store.link()
    if isinstance(row, StoreTrouble):
        return row
    if not wakeup.is_there(store.folder, Role.LINK):
        heartbeat = moment(row.heartbeat)
        return LinkStatus(
            running=False,
            connected=False,
            hub_present=False,
            since=heartbeat,
            code=STOPPED,
            heartbeat=heartbeat,
            next_try_at=None,
            in_flight=None,
            sent_at=None,
        )
    return _status(row)


def _status(row: LinkRow) -> LinkStatus:
    return LinkStatus(
        running=True,
        connected=row.connected,
        hub_present=row.hub_present,
        since=moment(row.since),
        code=row.code,
        heartbeat=moment(row.heartbeat),
        next_try_at=None if row.next_try_at is None else moment(row.next_try_at),
        in_flight=row.in_flight,
        sent_at=None if row.sent_at is None else moment(row.sent_at),
    )
