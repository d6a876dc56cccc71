"""Commands for the census, cards, users and Security Officers."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from sync.hub import rosters, settings, setup
from sync.hub.acting import day
from sync.hub.console import census, production
from sync.hub.console.fitting import console_of
from sync.hub.setup import SetupError
from sync.hub.store import cards, officers, opening, users


def add_to(commands: Any) -> None:
    """Adds `census`, `cards`, `users` and `officers` to the commands of the hub."""
    found = [*_census(commands), *_cards(commands), *_lists(commands)]
    for command in found:
        command.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _census(commands: Any) -> list[argparse.ArgumentParser]:
    group = commands.add_parser("census", help="who stands above a comune's administrators")
    acts = group.add_subparsers(required=True, metavar="ACT")
    load = acts.add_parser("load", help="put the census of the comuni in a CSV file in force")
    load.add_argument("csv", type=Path, help=",".join(census.COLUMNS))
    load.set_defaults(run=_load_census)
    check = acts.add_parser("check", help="print what comuni lack; 1 where one lacks something")
    check.set_defaults(run=_check_census)
    return [load, check]


def _cards(commands: Any) -> list[argparse.ArgumentParser]:
    group = commands.add_parser("cards", help="operators' smart cards on their way")
    acts = group.add_subparsers(required=True, metavar="ACT")
    asked = acts.add_parser("requests", help="print, as CSV, the cards that are to be made")
    asked.set_defaults(run=_requests)
    delivered = acts.add_parser("delivered", help="take in the cards that lie at the Prefetture")
    delivered.add_argument("csv", type=Path, help=",".join(production.DELIVERED))
    delivered.set_defaults(run=_delivered)
    handed = acts.add_parser(
        "handed-over", help="the Prefettura gave a card to who is in the census"
    )
    handed.add_argument("--serial", required=True)
    handed.set_defaults(run=_handed_over)
    return [asked, delivered, handed]


def _lists(commands: Any) -> list[argparse.ArgumentParser]:
    group = commands.add_parser("users", help="users of the console")
    acts = group.add_subparsers(required=True, metavar="ACT")
    listed = acts.add_parser("list", help="print a comune's users, with states of user and card")
    listed.add_argument("--comune", required=True, help="ISTAT code")
    listed.set_defaults(run=_list_users)
    group = commands.add_parser("officers", help="what Security Officers ask of the ministry")
    acts = group.add_subparsers(required=True, metavar="ACT")
    asked = acts.add_parser("requests", help="print what the assistance is to be asked")
    asked.add_argument("--all", action="store_true", help="what it was asked before, too")
    asked.set_defaults(run=_officer_requests)
    told = acts.add_parser("told", help="the assistance was asked")
    told.add_argument("request", type=int)
    told.set_defaults(run=_officer_told)
    return [listed, asked, told]


def _load_census(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    keys = setup.load_keys(loaded)
    named = census.read(options.csv, day(_now()))
    store = opening.open_store(loaded)
    try:
        changed = census.load(store, console_of(loaded, keys), named, _now())
        rosters.sign_due(loaded, store, keys.signing)
    finally:
        store.close()
    _say(f"{changed} changed")
    return 0


def _check_census(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        lines = census.check(store, _now())
    finally:
        store.close()
    for line in lines:
        _say(line)
    return 1 if lines else 0


def _requests(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        sys.stdout.write(production.requests(store))
    finally:
        store.close()
    return 0


def _delivered(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    keys = setup.load_keys(loaded)
    delivered = production.read(options.csv)
    store = opening.open_store(loaded)
    try:
        void = production.deliver(store, delivered, _now())
        rosters.sign_due(loaded, store, keys.signing)
    finally:
        store.close()
    _say(f"{len(delivered) - len(void)} cards are at the Prefetture")
    for serial in void:
        _say(f"{serial}: its user was deleted; destroy the card")
    return 0


def _handed_over(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    keys = setup.load_keys(loaded)
    store = opening.open_store(loaded)
    try:
        production.hand_over_census(store, console_of(loaded, keys), options.serial, _now())
        rosters.sign_due(loaded, store, keys.signing)
    finally:
        store.close()
    return 0


def _list_users(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        for user in users.of_comune(store, options.comune):
            card = cards.of_person(store, user.codice_fiscale)
            words = (
                user.codice_fiscale,
                f"{user.surname} {user.name}",
                user.state.value,
                ",".join(sorted(profile.value for profile in user.profiles)) or "-",
                "no card" if card is None else f"{card.serial or '-'} {card.state.value}",
            )
            _say("  ".join(words))
    finally:
        store.close()
    return 0


def _officer_requests(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        for one in officers.requests(store, waiting=not options.all):
            asked_on = day(one.asked_at).isoformat()
            words = (str(one.id), asked_on, one.kind, one.comune, one.serial or "-", one.person)
            _say("  ".join(words))
    finally:
        store.close()
    return 0


def _officer_told(options: argparse.Namespace) -> int:
    store = opening.open_store(settings.load(options.hub_dir))
    try:
        with store.transaction():
            if not officers.told(store, options.request, _now()):
                raise SetupError(f"no request {options.request} waits")
    finally:
        store.close()
    return 0


def _now() -> int:
    return time.time_ns() // 1_000_000


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
