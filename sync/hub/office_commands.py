"""Commands for the roster of operators and for the assistance."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sync.hub import list_making, posting, rosters, settings, setup
from sync.hub.assistance import Desk
from sync.hub.setup import SetupError
from sync.hub.store import opening, operators, readings


def add_to(commands: Any) -> None:
    """Adds `roster` and `assist` to the commands of the hub."""
    roster = commands.add_parser("roster", help="who may act at counters")
    acts = roster.add_subparsers(required=True, metavar="ACT")
    load = acts.add_parser("load", help="put a CSV file in force, and sign it for the stations")
    load.add_argument("csv", type=Path, help=f"{','.join(rosters.COLUMNS)}")
    load.set_defaults(run=_load)
    sign = acts.add_parser("sign", help="sign the roster in force once more")
    sign.set_defaults(run=_sign)
    show = acts.add_parser("list", help="print the roster in force")
    show.set_defaults(run=_list)

    assist = commands.add_parser("assist", help="what is done without a counter; each act is kept")
    kinds = assist.add_subparsers(required=True, metavar="ACT")
    regenerate = kinds.add_parser(
        "regenerate-code", help="answer an e-mail that asks for a new activation code"
    )
    regenerate.add_argument("mail", type=Path, help="the message as it came, .eml; - for input")
    regenerate.set_defaults(run=_regenerate)
    revoke = kinds.add_parser(
        "revoke", help="delete who asked for it by registered letter, which is archived"
    )
    revoke.add_argument("--codice-fiscale", required=True)
    revoke.add_argument("--number", required=True, help="registration number")
    revoke.set_defaults(run=_revoke)
    told = kinds.add_parser("list", help="print what was told or done without a counter, by whom")
    told.set_defaults(run=_readings)
    for act in (regenerate, revoke):
        act.add_argument("--by", required=True, help="who acts, for the record")
    for command in (load, sign, show, regenerate, revoke, told):
        command.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _load(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    list_making.adopt_places_in(loaded.trust_dir)
    changed = rosters.load(loaded, options.csv)
    _say(f"{changed} changed")
    return 0


def _sign(options: argparse.Namespace) -> int:
    rosters.sign(settings.load(options.hub_dir))
    return 0


def _list(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        _say(rosters.table(operators.in_force(store)))
    finally:
        store.close()
    return 0


def _regenerate(options: argparse.Namespace) -> int:
    mail = sys.stdin.buffer.read() if str(options.mail) == "-" else options.mail.read_bytes()
    return _assist(options, lambda desk: desk.regenerate_code(mail))


def _revoke(options: argparse.Namespace) -> int:
    code = options.codice_fiscale.strip().upper()
    number = options.number.replace("-", "").replace(" ", "").upper()
    return _assist(options, lambda desk: desk.revoke(code, number))


def _readings(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        for one in readings.readings(store):
            at = datetime.fromtimestamp(one.at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            words = (at, one.act, one.outcome, one.number or "-", one.by, one.station or "-")
            _say("  ".join(words))
    finally:
        store.close()
    return 0


def _assist(options: argparse.Namespace, act: Callable[[Desk], str]) -> int:
    """Does one act of the assistance and prints how it ended; 1 where nothing was done."""
    loaded = settings.load(options.hub_dir)
    keys = setup.load_keys(loaded)
    if not options.by.strip().isprintable() or not 0 < len(options.by.strip()) <= 100:
        raise SetupError("--by must name who acts")
    store = opening.open_store(loaded)
    try:
        desk = Desk(
            store,
            keys.digests,
            keys.letters[0].sealing_key,
            posting.message_ids(loaded.smtp.sender_domain),
            options.by.strip(),
            time.time_ns() // 1_000_000,
        )
        outcome = act(desk)
    finally:
        store.close()
    _say(outcome)
    return 0 if outcome == "done" else 1


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
