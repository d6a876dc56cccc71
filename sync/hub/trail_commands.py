"""Commands of a terminal for the audit trail: export, read, verify; and the line each command gets."""

from __future__ import annotations

import argparse
import getpass
import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sync.hub import settings, setup, trail
from sync.hub.setup import SetupError
from sync.hub.store import opening
from sync.hub.store.database import StoreError
from sync.wire import trust
from sync.wire.canonical import Malformed
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import VerifyingKey
from sync.wire.trust import HubTrust

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no other name for it

_ROME = ZoneInfo("Europe/Rome")
_WITHOUT_TRAIL = {"store.missing", "store.newer", "store.foreign", "store.moved"}
_BY_THEMSELVES = {"work": "store.older", "registry.move": "store.ambiguous"}
"""A worker waits until the hub has brought the registry up to date; a move notes what it has done."""


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the commands to `python -m sync.hub`."""
    audit = commands.add_parser("audit", help="the audit trail: export, read, verify")
    steps = audit.add_subparsers(required=True, metavar="WHAT")
    exported = steps.add_parser("export", help="write a signed export, sealed to the auditor")
    exported.add_argument("--out", type=Path, required=True, help="new file")
    exported.add_argument("--from", dest="since", type=_day, help="first day, 2026-11-23")
    exported.add_argument("--to", dest="until", type=_day, help="last day")
    exported.set_defaults(run=_export, told="audit.export")
    verified = steps.add_parser("verify", help="check that no line is missing or was changed")
    verified.set_defaults(run=_verify, told="audit.verify")
    for one in (exported, verified):
        one.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
    read = steps.add_parser("read", help="print an export; on the auditor's own machine")
    read.add_argument("export", type=Path)
    read.add_argument("--trust-list", type=Path, required=True, help="the hub's hub.cose")
    read.add_argument("--root", type=Path, required=True, help="the trust root, root.pem")
    read.add_argument("--auditor-key", type=Path, help="private half, from `recovery-key`")
    read.set_defaults(run=_read)


def tell(options: argparse.Namespace, command: str) -> None:
    """Keeps that a command was given, before it does anything.

    A hub that is not made yet, or whose registry a newer program wrote, has no trail to keep it in. An
    older registry is brought up to date for it, as the command itself would.

    Raises:
        SettingsError: the hub's settings cannot be used.
        StoreError: it cannot be kept, so the command is not carried out.
    """
    folder = getattr(options, "hub_dir", None)
    if folder is None or not (folder / "keys" / setup.SIGNING).exists():
        return  # `init` was never run
    loaded = settings.load(folder)
    name = getattr(options, "told", command)
    try:
        opening.open_reader(loaded).close()  # makes none where there is none
    except StoreError as error:
        if error.code in _WITHOUT_TRAIL or _BY_THEMSELVES.get(name) == error.code:
            return
        if error.code != "store.older":
            raise
    store = opening.open_store(loaded)
    try:
        trail.note_command(loaded, store, name, account(), time.time_ns() // 1_000_000)
    finally:
        store.close()


def account() -> str:
    """The account of this machine that gave the command, through sudo too."""
    with suppress(KeyError, OSError):
        return os.environ.get("SUDO_USER") or getpass.getuser()
    return str(os.getuid())


def _export(options: argparse.Namespace) -> int:
    now = time.time_ns() // 1_000_000
    since = 0 if options.since is None else _milliseconds(options.since)
    until = now + 1 if options.until is None else _milliseconds(options.until + timedelta(days=1))
    if options.out.exists():
        raise SetupError(f"{options.out} is there already")
    loaded = settings.load(options.hub_dir)
    data = trail.export(loaded, since=since, until=until, now=now)
    setup.replace_file(options.out, data, 0o644)
    print(f"{options.out}: {len(data)} bytes")
    return 0


def _verify(options: argparse.Namespace) -> int:
    wrong = trail.verify(settings.load(options.hub_dir))
    for station, number in wrong:
        print(f"{station}: what stands before line {number} is missing, or was changed")
    print(f"{len(wrong)} place{'' if len(wrong) == 1 else 's'}")
    return 1 if wrong else 0


def _read(options: argparse.Namespace) -> int:
    try:
        root = VerifyingKey.from_pem(options.root.read_bytes())
        key = options.auditor_key
        auditor = None if key is None else UnsealingKey.from_pem(key.read_bytes())
    except Malformed as error:
        raise SetupError(f"a key cannot be used: {error.code}") from error
    hub = trust.load(options.trust_list.read_bytes(), root)
    if not isinstance(hub, HubTrust):
        raise SetupError(f"{options.trust_list}: {hub.code}")
    print(trail.table(trail.read(options.export.read_bytes(), hub, auditor)))
    return 0


def _day(text: str) -> datetime:
    """The beginning of a day in Italy."""
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=_ROME)


def _milliseconds(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() * 1000)
