"""`python -m sync.hub parts`: what has not come yet, and copies of what has."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any, Final

from sync.hub import parts, settings, setup
from sync.hub.parts import Unopened
from sync.hub.store import opening
from sync.hub.store import parts as kept
from sync.hub.store.database import Store

_HOUR: Final = 3_600_000


def add_to(commands: Any) -> None:
    """Adds the command to those of `python -m sync.hub`."""
    command = commands.add_parser("parts", help="parts that travel apart from their operations")
    ways = command.add_subparsers(required=True, metavar="WAY")
    missing = ways.add_parser(
        "missing", help="operations whose parts have not come, and since when"
    )
    missing.set_defaults(run=_missing)
    copy = ways.add_parser("copy", help="write the parts of one operation into a folder")
    copy.add_argument("--station", required=True, help="whose operation it is")
    copy.add_argument("--seq", type=int, required=True, help="its place in the station's chain")
    copy.add_argument("--into", type=Path, required=True, help="a folder that is there")
    copy.set_defaults(run=_copy)
    for way in (missing, copy):
        way.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _missing(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        late = kept.missing(store)
    finally:
        store.close()
    now = time.time_ns() // 1_000_000
    for one in late:
        hours = max(0, now - one.since) // _HOUR
        print(f"{one.station} {one.seq}: {one.parts} parts, {one.bytes} bytes, for {hours} hours")
    print(f"{len(late)} operation{'' if len(late) == 1 else 's'} with parts missing")
    return 0


def _copy(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    keys = {key.key_id: key for key in setup.load_keys(loaded).unsealing}
    store = opening.open_reader(loaded)
    try:
        return _write(store, options, keys)
    finally:
        store.close()


def _write(store: Store, options: argparse.Namespace, keys: parts.Keys) -> int:
    code = 0
    for part in kept.of_entry(store, options.station, options.seq):
        found = parts.opened(store, options.station, part.digest, keys)
        name = f"{part.kind}-{part.digest[:4].hex()}"
        if isinstance(found, Unopened):
            print(f"{name}: {found.code}")
            code = 2
            continue
        handle = os.open(options.into / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(found)
        print(f"{name}: {len(found)} bytes")
    return code
