"""Commands of a terminal for the hub's own keys and copies: rotate, backup, restore, difference."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from sync.hub import backup, rotation, settings, setup
from sync.hub.setup import SetupError
from sync.hub.store import backups, opening
from sync.hub.store.backups import Rebuilt
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey
from sync.wire.signer import SoftwareSigner

_SEALING = {"sealing": setup.UNSEALING, "letters": setup.LETTERS}

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no other name for it


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the commands to `python -m sync.hub`."""
    rotate = commands.add_parser("rotate", help="put new keys in the place of the hub's own")
    steps = rotate.add_subparsers(required=True, metavar="WHAT")
    signing = steps.add_parser("signing", help="the key of acknowledgements and lists")
    signing.add_argument("step", choices=("begin", "switch", "end"))
    signing.set_defaults(run=_signing)
    for name in _SEALING:
        one = steps.add_parser(name, help=f"the key for {name}")
        one.add_argument("step", choices=("begin", "switch", "destroy"))
        one.set_defaults(run=_sealing, name=name)
    root = steps.add_parser("root", help="the trust root itself")
    root.add_argument("--next-root-key", type=Path, required=True, help="PEM, not kept")
    root.set_defaults(run=_root)
    shown = steps.add_parser("status", help="which keys are in use, which stations lack a list")
    shown.set_defaults(run=_status)
    for one in (signing, root, *(steps.choices[name] for name in _SEALING)):
        one.add_argument("--root-key", type=Path, help="trust root, PEM, not kept")
        one.add_argument("--anyway", action="store_true", help="although stations lack the list")
    for one in steps.choices.values():
        one.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")

    key = commands.add_parser("recovery-key", help="make the key that opens backups; keep it away")
    key.add_argument("--private", type=Path, required=True, help="new file, to be kept offline")
    key.add_argument("--public", type=Path, required=True, help="new file, for `backup`")
    key.set_defaults(run=_recovery_key)

    made = commands.add_parser("backup", help="make a copy of the hub, beside a hub that serves")
    made.add_argument("--into", type=Path, required=True, help="folder on another disk")
    made.add_argument("--recovery-key", type=Path, required=True, help="its public half")
    made.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
    made.set_defaults(run=_backup)

    put_back = commands.add_parser("restore", help="make a hub's folder of a backup")
    put_back.add_argument("--from", type=Path, required=True, dest="source", help="the backup")
    put_back.add_argument("--recovery-key", type=Path, required=True, help="its private half")
    put_back.add_argument("--hub-dir", type=Path, required=True, help="a new folder")
    put_back.set_defaults(run=_restore)

    difference = commands.add_parser("difference", help="print what came again after a restore")
    difference.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
    difference.set_defaults(run=_difference)


def difference_table(rebuilt: list[Rebuilt], began_at: int, backup_at: int) -> str:
    """One line a station, and one that a script can read.

    A station that was not heard since may hold operations that this registry lacks.
    """
    silent = [one for one in rebuilt if one.heard_at < began_at]
    lines = [
        f"registry of {_moment(backup_at)}, put back {_moment(began_at)}",
        *(
            f"{one.station}: held {one.before}, came since {one.again},"
            f" lost {one.missing}{', not heard yet' if one in silent else ''}"
            for one in rebuilt
        ),
        (
            "What people concluded on the hub's own pages after the backup is in no station's journal:"
            " they are asked again when they show their codes."
        ),
        (
            f"REBUILD stations={len(rebuilt)} again={sum(one.again for one in rebuilt)}"
            f" lost={sum(one.missing for one in rebuilt)} silent={len(silent)}"
        ),
    ]
    return "\n".join(lines)


def _signing(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    if options.step == "begin":
        print(rotation.begin_signing(loaded, _key(options.root_key)))
    elif options.step == "switch":
        print(rotation.switch_signing(loaded, _now(), anyway=options.anyway))
    else:
        print(rotation.end_signing(loaded, _key(options.root_key)))
    return 0


def _sealing(options: argparse.Namespace) -> int:
    loaded, name = settings.load(options.hub_dir), _SEALING[options.name]
    if options.step == "begin":
        print(rotation.begin_sealing(loaded, name))
    elif options.step == "switch":
        print(rotation.switch_sealing(loaded, _key(options.root_key), name))
    else:
        print(rotation.destroy_sealing(loaded, _now(), name, anyway=options.anyway))
    return 0


def _root(options: argparse.Namespace) -> int:
    loaded = settings.load(options.hub_dir)
    print(rotation.renew_root(loaded, _key(options.root_key), _key(options.next_root_key)))
    return 0


def _status(options: argparse.Namespace) -> int:
    print(rotation.status(settings.load(options.hub_dir), _now()))
    return 0


def _recovery_key(options: argparse.Namespace) -> int:
    for path in (options.private, options.public):
        if path.exists():
            raise SetupError(f"{path} is there already: keys are never written over")
    key = UnsealingKey.generate()
    setup.replace_file(options.private, key.to_pem())
    setup.replace_file(options.public, key.sealing_key.to_bytes(), 0o644)
    return 0


def _backup(options: argparse.Namespace) -> int:
    try:
        recovery = SealingKey(options.recovery_key.read_bytes())
    except Malformed as error:
        raise SetupError(f"{options.recovery_key}: {error.code}") from error
    made = backup.make(settings.load(options.hub_dir), options.into, recovery, _now())
    print(f"{made.path}: {made.size} bytes, {made.entries} entries of stations")
    if not made.is_away:
        print("It lies on the hub's own disk: stations go on keeping what it holds.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    try:
        recovery = UnsealingKey.from_pem(options.recovery_key.read_bytes())
    except Malformed as error:
        raise SetupError(f"{options.recovery_key}: {error.code}") from error
    made_at = backup.restore(options.source, recovery, options.hub_dir, _now())
    print(
        f"The registry is as of {_moment(made_at)}. Start the hub; `difference` tells what comes."
    )
    return 0


def _difference(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        moments = backups.rebuilding(store)
        if moments is None:
            raise SetupError("this registry was never put back")
        print(difference_table(backups.rebuilt(store), *moments))
    finally:
        store.close()
    return 0


def _key(path: Path | None) -> SoftwareSigner:
    """Raises `SetupError`."""
    if path is None:
        raise SetupError("this step needs the trust root: --root-key")
    try:
        return SoftwareSigner.from_pem(path.read_bytes())
    except Malformed as error:
        raise SetupError(f"{path}: {error.code}") from error


def _moment(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"


def _now() -> int:
    return time.time_ns() // 1_000_000
