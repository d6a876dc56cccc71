"""`python -m sync.hub admission`: how fast stations may come back, looked at and chosen by hand."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.hub import settings
from sync.hub.store import admission as kept
from sync.hub.store import opening
from sync.hub.store.admission import Windows
from sync.hub.store.database import Store
from sync.wire.admission import LONGEST_WINDOW_SECONDS


def add_to(commands: Any) -> None:
    """Adds the command to those of `python -m sync.hub`."""
    admission = commands.add_parser(
        "admission", help="see or choose how fast stations come back after an outage"
    )
    ways = admission.add_subparsers(required=True, metavar="WAY")
    show = ways.add_parser("show", help="what is said now, and what the hub sees")
    show.set_defaults(run=_show)
    choose = ways.add_parser("set", help="choose the windows; the hub steers no more")
    for name, meaning in (
        ("normal", "what people wait for"),
        ("bulk", "what nobody waits for; twice the other where it is not given"),
    ):
        choose.add_argument(
            f"--{name}",
            type=_seconds,
            required=name == "normal",
            metavar="SECONDS",
            help=f"stations with {meaning} spread over so many seconds",
        )
    choose.set_defaults(run=_set)
    steered = ways.add_parser("auto", help="let the hub steer by its own load again")
    steered.set_defaults(run=_auto)
    for way in (show, choose, steered):
        way.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _seconds(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LONGEST_WINDOW_SECONDS:
        raise argparse.ArgumentTypeError(f"from 0 to {LONGEST_WINDOW_SECONDS}")
    return number


def _show(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        with store.snapshot():
            print("\n".join(_lines(store)))
    finally:
        store.close()
    return 0


def _lines(store: Store) -> list[str]:
    said = kept.windows(store)
    to_come, stations = kept.announced(store)
    waiting, undecided = kept.undecided(store)
    return [
        f"chosen by       {'a person' if said.is_set else 'the hub'}, {_when(said.at)}",
        "urgent          at once",
        f"normal          within {said.normal} s",
        f"bulk            within {said.bulk} s",
        f"still to come   {to_come} entries of {stations} stations",
        f"to be decided   {waiting} entries of {undecided} stations",
        *(
            f"process         {load.process}: {load.stored} entries in {load.over / 1000:.1f} s,"
            f" busy {load.busy / load.over:.0%}, waited {load.waited / 1000:.1f} s,"
            f" {_when(load.at)}"
            for load in kept.loads(store, 0)
        ),
    ]


def _when(at: int) -> str:
    if at == 0:
        return "never"
    return f"{datetime.fromtimestamp(at / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"


def _set(options: argparse.Namespace) -> int:
    bulk = min(options.normal * 2, LONGEST_WINDOW_SECONDS) if options.bulk is None else options.bulk
    return _say(options, is_set=1, normal=options.normal, bulk=bulk)


def _auto(options: argparse.Namespace) -> int:
    return _say(options, is_set=0, normal=0, bulk=0)


def _say(options: argparse.Namespace, *, is_set: int, normal: int, bulk: int) -> int:
    """Keeps it; a hub that serves says it within seconds."""
    store = opening.open_store(settings.load(options.hub_dir), migrate=False)
    try:
        with store.transaction():
            at = round(datetime.now(UTC).timestamp() * 1000)
            kept.say(store, Windows(is_set, normal, bulk, at))
    finally:
        store.close()
    return 0
