"""The audit trail at the hub: pages of stations come in, the terminal's commands get their line.

What lines are about is sealed to the auditor's key, whose private half is not the hub's: whoever looks
after the machine reads what happened and not to whom, and whoever may read it gets a signed export,
which is worth nothing once it is changed (R-000-18).
"""

from __future__ import annotations

from typing import Final

from sync.hub import setup
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import alarms, trail
from sync.hub.store.database import Store
from sync.model.audit import AuditEvent, AuditLine, AuditPage, is_word
from sync.wire import audit_trail
from sync.wire.audit_trail import Export, ReadLine
from sync.wire.sealing import UnsealingKey
from sync.wire.trust import HubTrust

BROKEN: Final = "audit.broken"
"""Alarm: lines of a station's trail are missing, doubled or other than they were."""


def take(store: Store, station: str, page: AuditPage, seq: int, now: int) -> bool:
    """Keeps a page of a station. Within a transaction.

    A page that does not follow the one before is kept too: it may be all that is left.

    Returns:
        False where a page with the same first line is held, and this one is not kept.
    """
    before = trail.end(store, station)
    if (before.number + 1, before.hash) != (page.first, page.before):
        alarms.raise_alarm(store, station, BROKEN, now, seq=seq)
    if trail.has(store, station, page.first):
        return False
    trail.add(store, station, page, seq)
    return True


def note_command(settings: HubSettings, store: Store, command: str, account: str, now: int) -> None:
    """Keeps that somebody gave a command at the hub's terminal.

    Args:
        settings: of the hub.
        store: the registry.
        command: its name.
        account: of the machine, who gave it.
        now: milliseconds since 1970.

    Raises:
        StoreError: it cannot be kept.
    """
    words = tuple(word if is_word(word) else "unfit" for word in (command, account))
    line = AuditLine(now, AuditEvent.HUB_COMMAND, b"", words)
    with store.transaction():
        before = trail.end(store, settings.name)
        page = AuditPage(before.number + 1, before.hash, b"", (line,))
        trail.add(store, settings.name, page, None)


def export(settings: HubSettings, *, since: int, until: int, now: int) -> bytes:
    """A signed export of a time.

    Raises:
        SetupError: it is too large.
        StoreError: the registry cannot be read.
    """
    store = Store.open_reader(settings.registry_path)
    try:
        found = tuple(trail.pages(store, since=since, until=until))
    finally:
        store.close()
    try:
        return audit_trail.sign_export(Export(now, found), setup.load_keys(settings).signing)
    except ValueError as error:
        raise SetupError(str(error)) from error


def verify(settings: HubSettings) -> list[tuple[str, int]]:
    """Where a station's trail does not follow itself: station and number of the line.

    Raises:
        StoreError: the registry cannot be read.
    """
    store = Store.open_reader(settings.registry_path)
    try:
        found = trail.pages(store)
    finally:
        store.close()
    wrong = audit_trail.broken(found)
    begun = set()
    for station, page in found:
        if station not in begun and (page.first, page.before) != (
            1,
            audit_trail.genesis(station),
        ):
            wrong.append((station, page.first))
        begun.add(station)
    return sorted(wrong)


def read(data: bytes, hub: HubTrust, auditor: UnsealingKey | None) -> list[ReadLine]:
    """The lines of an export, as the auditor reads them.

    Raises:
        SetupError: no trusted hub signed it, or its pages do not follow one another.
    """
    found = audit_trail.read_export(data, hub)
    if found is None:
        raise SetupError("this is no export of this hub, or it was changed")
    lines = []
    for station, page in found.pages:
        lines += audit_trail.read_page(station, page, auditor)
    return lines


def table(lines: list[ReadLine]) -> str:
    """One line each, for a terminal; `sealed` stands for what the key does not open."""
    rows = [
        "\t".join(
            (
                str(one.line.at),
                one.station,
                str(one.number),
                one.line.event.value,
                one.line.actor.hex()[:16] or "-",
                " ".join(one.line.words) or "-",
                "sealed" if one.subject is None else one.subject or "-",
            )
        )
        for one in lines
    ]
    return "\n".join([*rows, f"{len(rows)} line{'' if len(rows) == 1 else 's'}"])
