"""What a hub looks after from time to time, whoever asks or sends: what has ended, what is overdue."""

from __future__ import annotations

from typing import Final

from sync.hub.store import alarms, backups, chains, users
from sync.hub.store.database import Store

PERIOD_SECONDS: Final = 3600.0
BACKUP_OLD: Final = "backup.old"
"""Alarm: much was decided that no backup elsewhere holds."""
HUB: Final = "hub"
"""In the place of a station's name in alarms of the hub's own."""

_DAY: Final = 24 * 60 * 60 * 1000
_OLD: Final = 7 * _DAY


def look(store: Store, now: int) -> bool:
    """One round, in the writer's thread.

    Daily passwords that have ended go (R-004-34), though nobody signs in any more. Where something
    decided is in no backup elsewhere, and none was made for seven days, that is told once a day.

    Args:
        store: the registry.
        now: milliseconds since 1970.

    Returns:
        Whether the alarm of an old backup was raised.

    Raises:
        StoreError: the registry cannot be used.
    """
    is_old = _backup_is_old(store, now)
    with store.transaction():
        users.forget_passwords(store, now)
        if is_old:
            alarms.raise_alarm(store, HUB, BACKUP_OLD, now)
    return is_old


def _backup_is_old(store: Store, now: int) -> bool:
    if all(one.decided_seq <= one.secured_seq for one in chains.stations(store)):
        return False
    since = backups.last_away(store) or chains.began_at(store)
    told = max((one.last_at for one in alarms.alarms(store) if one.code == BACKUP_OLD), default=0)
    return now - since >= _OLD and now - told >= _DAY
