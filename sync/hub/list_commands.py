"""Commands for the signed lists: what they say, and what this hub corrects at its stations."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.hub import list_making, list_sources, settings
from sync.hub.list_delivery import SignedLists
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError
from sync.hub.store import lists, made_lists, opening
from sync.wire import list_versions

_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


def add_to(commands: Any) -> None:
    """Adds `lists` to the commands of the hub."""
    parser = commands.add_parser("lists", help="signed lists: settings, texts, places")
    acts = parser.add_subparsers(required=True, metavar="ACT")

    replace = acts.add_parser("set", help="sign a list in the place of the one before")
    kinds = replace.add_subparsers(required=True, metavar="LIST")
    steered = kinds.add_parser("settings", help="what stations are told, a TOML file")
    steered.add_argument("file", type=Path, help="a table for each group of stations")
    steered.set_defaults(run=_set_settings)
    texts = kinds.add_parser("texts", help="corrections of texts, a TOML file")
    texts.add_argument("file", type=Path, help="a table for each key, with it and en")
    texts.add_argument(
        "--catalogue", type=Path, help="folder with the stations' it.po and en.po, to check by"
    )
    texts.set_defaults(run=_set_texts)
    places = kinds.add_parser("places", help="corrections of comuni and states, TSV files")
    for name in ("comuni", "states", "provinces"):
        places.add_argument(f"--{name}", type=Path, help="columns as in sync/model/places_data")
    places.set_defaults(run=_set_places)

    show = acts.add_parser("show", help="print every list and who has it, or what one says")
    show.add_argument("name", nargs="?", choices=list_making.NAMES)
    show.set_defaults(run=_show)
    sign = acts.add_parser("sign", help="sign settings, texts and places once more: the key is new")
    sign.set_defaults(run=_sign)
    for command in (steered, texts, places, show, sign):
        command.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _set_settings(options: argparse.Namespace) -> int:
    rules = list_sources.read_settings(options.file)
    return _made(options, list_versions.SETTINGS, rules)


def _set_texts(options: argparse.Namespace) -> int:
    texts = list_sources.read_texts(options.file, options.catalogue)
    return _made(options, list_versions.TEXTS, texts)


def _set_places(options: argparse.Namespace) -> int:
    update = list_sources.read_places(options.comuni, options.states, options.provinces)
    return _made(options, list_versions.PLACES, update)


def _made(options: argparse.Namespace, name: str, content: list_sources.Content) -> int:
    version = list_making.make(settings.load(options.hub_dir), name, content)
    _say(f"{name}: version {version}")
    return 0


def _sign(options: argparse.Namespace) -> int:
    renewed = list_making.renew(settings.load(options.hub_dir))
    _say(f"signed again: {', '.join(renewed) or 'none'}")
    return 0


def _show(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    if options.name is None:
        return _show_all(loaded)
    store = opening.open_reader(loaded)
    try:
        last = made_lists.last(store, options.name)
    finally:
        store.close()
    if last is None:
        raise SetupError(f"{options.name}: none was made")
    _say(f"# {options.name}, version {last.version}, {_day(last.at)}")
    _say(list_sources.written(list_sources.unsigned(options.name, last.data)))
    return 0


def _show_all(loaded: HubSettings) -> int:
    """One line a list: version, size, and how many stations have it, an older one, or none."""
    signed, now = SignedLists(loaded.trust_dir), time.time_ns() // 1_000_000
    store = opening.open_reader(loaded)
    try:
        for name in list_versions.NAMES:
            found = signed.read(name)
            if found is None:
                _say(f"{name}: none")
                continue
            holdings = lists.holdings(store, name)
            version = found[0]
            have = sum(one.version >= version for one in holdings)
            behind = sum(0 < one.version < version for one in holdings)
            late = max(
                (now - one.told_at for one in holdings if 0 < one.version < version), default=0
            )
            words = (
                f"{name}: version {version}, {len(found[1])} bytes; stations: {have} have it",
                f"{behind} an older one, {len(holdings) - have - behind} none",
            )
            silent = f"; the longest silence: {late // _DAY_MILLISECONDS} days" if late else ""
            _say(", ".join(words) + silent)
    finally:
        store.close()
    return 0


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
