"""Commands of a terminal for the registry as a whole: print it, move it, write it anew."""

from __future__ import annotations

import argparse
import os
import time
from contextlib import closing
from pathlib import Path

from sync.hub import epoch, leading, listing, settings, trail, trail_commands
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import copying, opening, registrations
from sync.hub.store.copying import Copied
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.sqlite import SqliteStore

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no other name for it


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the commands to `python -m sync.hub`."""
    registry = commands.add_parser("registry", help="print the registry as a table, or move it")
    registry.add_argument("--hub-dir", type=Path, help="the hub's folder")
    registry.set_defaults(run=_print)
    steps = registry.add_subparsers(metavar="WHAT")
    moved = steps.add_parser(
        "move", help="from the file in the hub's folder to the server that hub.toml names"
    )
    moved.add_argument("--hub-dir", type=Path, default=argparse.SUPPRESS, help="the hub's folder")
    moved.set_defaults(run=_move, told="registry.move")
    again = steps.add_parser(
        "rewrite", help="write a server's tables anew: what was deleted is in none; the hub waits"
    )
    again.add_argument("--hub-dir", type=Path, default=argparse.SUPPRESS, help="the hub's folder")
    again.set_defaults(run=_rewrite, told="registry.rewrite")
    epoch_ = steps.add_parser(
        "new-epoch", help="after a machine was put back to a snapshot: mirrors fill anew"
    )
    epoch_.add_argument("--hub-dir", type=Path, default=argparse.SUPPRESS, help="the hub's folder")
    epoch_.set_defaults(run=_new_epoch, told="registry.new-epoch")


def move(loaded: HubSettings) -> Copied:
    """Moves the registry in a file to the server that the settings name, and sets the file aside.

    Raises:
        SetupError: there is no such file, no server is named, or the hub is running.
        StoreError: one of the two cannot be used, or what arrived is not the same: the file is the
            registry still.
        OSError: the file cannot be set aside.
    """
    address, path = opening.address_of(loaded), loaded.registry_path
    if address is None:
        raise SetupError("hub.toml names no server: give registry.url first")
    if not path.exists():
        raise SetupError(f"{path} is missing: there is nothing to move")
    with (
        closing(SqliteStore.open(path)) as source,
        closing(PostgresStore.at(address)) as target,
    ):
        if not source.claim(leading.CLAIM):
            raise SetupError("the hub is running: stop it first")
        source.scrub()  # all of it into the one file
        with source.transaction():
            copied = copying.to_server(source, target)
            path.rename(opening.moved_path(loaded))
            folder = os.open(loaded.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    return copied


def _print(options: argparse.Namespace) -> int:
    with closing(opening.open_reader(_loaded(options))) as store:
        print(listing.table(registrations.registrations(store)))
    return 0


def _move(options: argparse.Namespace) -> int:
    loaded = _loaded(options)
    copied = move(loaded)
    with closing(opening.open_store(loaded)) as store:
        now = time.time_ns() // 1_000_000
        trail.note_command(loaded, store, options.told, trail_commands.account(), now)
    print(
        f"MOVED tables={len(copied.rows)} rows={sum(copied.rows.values())}"
        f" stations={len(copied.heads)} entries={copied.entries}"
    )
    print(f"Every row was compared. {opening.moved_path(loaded)} is not opened any more.")
    return 0


def _rewrite(options: argparse.Namespace) -> int:
    address = opening.address_of(_loaded(options))
    if address is None:
        raise SetupError("the registry is a file: what is deleted there is overwritten at once")
    with closing(PostgresStore.at(address, migrate=False)) as store:
        print(f"{len(store.rewrite())} tables written anew")
    return 0


def _new_epoch(options: argparse.Namespace) -> int:
    loaded = _loaded(options)
    with closing(opening.open_store(loaded)) as store:
        if not loaded.registry.url and not store.claim(leading.CLAIM):
            raise SetupError("the hub is running: stop it first")
        epoch.begin_another(loaded, store)
    print("The registry has another name: mirrors at counters fill anew.")
    return 0


def _loaded(options: argparse.Namespace) -> HubSettings:
    if options.hub_dir is None:
        raise SetupError("--hub-dir is missing")
    return settings.load(options.hub_dir)
