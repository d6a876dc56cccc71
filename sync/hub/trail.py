"""The audit trail at the hub: pages of stations come in, the terminal's commands get their line.

What lines are about is sealed to the auditor's key, whose private half is not the hub's: whoever looks
after the machine reads what happened and not to whom, and whoever may read it gets a signed export,
which is worth nothing once it is changed (R-000-18).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sync.hub import setup
from sync.hub.device_ca import register
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import alarms, opening, trail
from sync.hub.store.database import Store
from sync.hub.store.trail import Vouched
from sync.model import audit
from sync.model.audit import AuditEvent, AuditLine, AuditPage, is_word
from sync.wire import audit_trail, envelope
from sync.wire.audit_trail import Export, ReadLine
from sync.wire.canonical import Malformed
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import VerifyingKey
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
        signer = setup.load_keys(settings).signing
        register.remember_keys(settings.keys_dir, [signer.verifying_key])
        signature = audit_trail.sign_page(settings.name, page, signer)
        trail.add(store, settings.name, page, None, signature)


def export(settings: HubSettings, *, since: int, until: int, now: int) -> bytes:
    """A signed export of a time.

    Raises:
        SetupError: it is too large.
        StoreError: the registry cannot be read.
    """
    store = opening.open_reader(settings)
    try:
        found = tuple(trail.pages(store, since=since, until=until))
    finally:
        store.close()
    try:
        return audit_trail.sign_export(Export(now, found), setup.load_keys(settings).signing)
    except ValueError as error:
        raise SetupError(str(error)) from error


def verify(settings: HubSettings) -> list[tuple[str, int]]:
    """Where the trail is not as it was: station, and number of the first line concerned.

    Pages must follow one another; a station's page must be what its signed entry holds, as long as
    that can be opened; the hub's own must be signed by a key of the hub's.

    Raises:
        StoreError: the registry cannot be read.
    """
    keys = register.known_keys(settings.keys_dir)
    unsealing = {key.key_id: key for key in setup.load_keys(settings).unsealing}
    wrong, pages, begun = set(), [], set()
    store = opening.open_reader(settings)
    try:
        for one in trail.vouched(store):
            pages.append((one.station, one.page))
            genesis = 1, audit_trail.genesis(one.station)
            if one.station not in begun and (one.page.first, one.page.before) != genesis:
                wrong.add((one.station, one.page.first))
            begun.add(one.station)
            last = audit_trail.hashes(one.page.first, one.page.before, one.page.lines)[-1]
            if last != one.hash or not _is_vouched(one, keys, unsealing):
                wrong.add((one.station, one.page.first))
    finally:
        store.close()
    return sorted(wrong | set(audit_trail.broken(pages)))


def _is_vouched(
    one: Vouched, keys: Mapping[bytes, VerifyingKey], unsealing: Mapping[bytes, UnsealingKey]
) -> bool:
    if one.seq is None:
        return audit_trail.is_page_signed(one.station, one.hash, one.signature, keys)
    if one.envelope is None:
        return True  # the entry's body is gone; its chain vouches for its hash alone
    try:
        entry = envelope.parse(one.envelope)
    except Malformed:
        return False
    key = unsealing.get(entry.header.sealing_key_id)
    plain = None if key is None else envelope.open_body(entry, key)
    return plain is None or plain == audit.to_plain(one.page)


def read(data: bytes, hub: HubTrust, auditor: UnsealingKey | None) -> list[ReadLine]:
    """The lines of an export, as the auditor reads them.

    Raises:
        SetupError: no trusted hub signed it, or its pages do not follow one another.
    """
    found = audit_trail.read_export(data, hub)
    if found is None:
        raise SetupError("this is no export of this hub, or it was changed")
    gaps = audit_trail.broken(found.pages)
    if gaps:
        told = ", ".join(f"{station} before line {number}" for station, number in gaps[:10])
        raise SetupError(f"pages do not follow one another: {told}")
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
