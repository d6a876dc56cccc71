"""`python -m kiosk.courier --station-dir DIR MOUNT`: answers from a removable medium, data to it.

For a station whose window does not run; beside one that does it does no harm.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kiosk import settings
from kiosk.runtime.courier import Carrying
from kiosk.runtime.memory import keep_to_ourselves
from kiosk.runtime.rosters import RosterBelief
from kiosk.runtime.signed_lists import ListShelf
from kiosk.runtime.signing import StationSigner
from kiosk.settings import SettingsError
from kiosk.station_keys import open_keys, vault_of
from sync.edge import station
from sync.edge.courier.carrying import Visit
from sync.edge.standing import StandingBook
from sync.edge.station import ProfileError
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble

UNUSABLE = 2


def main(arguments: list[str] | None = None) -> int:
    """One visit of a medium.

    Returns:
        0 where all was done, 1 where not, `UNUSABLE` where the station's folder cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m kiosk.courier", description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True, metavar="DIR")
    parser.add_argument("mount", type=Path, help="where the medium is mounted")
    parser.add_argument(
        "--plain-folder",
        action="store_true",
        help="MOUNT is a folder of this disk, and is carried on in another way",
    )
    options = parser.parse_args(arguments)
    keep_to_ourselves()
    try:
        visit = _visit(options.station_dir, options.mount, plain_folder=options.plain_folder)
    except (ProfileError, SettingsError) as error:
        sys.stderr.write(f"kiosk.courier: {error}\n")
        return UNUSABLE
    sys.stdout.write(
        f"COURIER code={visit.code or 'done'} on_medium={visit.on_medium} waiting={visit.waiting}"
        f" stored={visit.stored} settled={visit.settled} lists={len(visit.lists)}\n"
    )
    return 1 if visit.code else 0


def _visit(folder: Path, mount: Path, *, plain_folder: bool) -> Visit:
    """Raises `ProfileError`, `SettingsError`."""
    profile = station.load(folder)
    key = open_keys(folder, settings.load(folder).key)
    try:
        vault = vault_of(key)
        store = Store.open(profile.store, station=profile.name, code=profile.code, vault=vault)
        if isinstance(store, StoreTrouble):
            return Visit(code=store.code)
        try:
            # Who holds a roster wants the newer one; a kiosk for citizens holds none.
            holds = profile.roster_list.is_file()
            take = RosterBelief(profile, lambda: store, vault).take if holds else None
            book = StandingBook(profile.store, profile.name)
            shelf = ListShelf(profile, lambda: store, book, take, vault)
            signer = StationSigner(key)
            return Carrying(
                profile, lambda: store, signer, vault, shelf, mount, lambda _event: None
            ).visit(plain_folder=plain_folder)
        finally:
            store.close()
    finally:
        key.close()


if __name__ == "__main__":
    sys.exit(main())
