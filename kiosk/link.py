"""`python -m kiosk.link --station-dir DIR`: carries a station's journal to the hub and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hw.errors import DeviceTrouble
from hw.keystore.opening import open_key_store
from kiosk.runtime.memory import keep_to_ourselves
from kiosk.settings import SettingsError, load_key
from kiosk.station_keys import key_store_settings, prepare_tls
from sync.edge import station
from sync.edge.link import running
from sync.edge.log_events import Event, configure, log
from sync.edge.own_certificate import certificate_problem
from sync.edge.station import ProfileError
from sync.edge.vault import Vault, VaultTrouble, open_vault

UNUSABLE = 2


def main(arguments: list[str] | None = None) -> int:
    """Runs the link until it is killed.

    Returns:
        `UNUSABLE` where the station's folder cannot be used, 3 where another link serves it.
    """
    parser = argparse.ArgumentParser(prog="python -m kiosk.link", description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True, metavar="DIR")
    folder: Path = parser.parse_args(arguments).station_dir
    configure()
    keep_to_ourselves()
    try:
        profile = station.load(folder)
        profile.root_key()
        entry = load_key(folder)
        settings = key_store_settings(folder, entry)
    except (ProfileError, SettingsError) as error:
        log(Event.PROFILE, problem=str(error))
        return UNUSABLE
    wrong = certificate_problem(profile)
    if wrong is not None:
        log(Event.PROFILE, problem=f"tls/station.pem: {wrong.code}")
        return UNUSABLE

    def vault() -> Vault | str:
        # Opened anew at each try: a token may have come back, a TPM may have been busy.
        keys = open_key_store(settings)
        if isinstance(keys, DeviceTrouble):
            return keys.code
        try:
            found = open_vault(keys.derive)
        finally:
            keys.close()
        if isinstance(found, VaultTrouble):
            return found.code
        try:
            prepare_tls(entry)
        except SettingsError as error:
            log(Event.PROFILE, problem=str(error))
            return "key.module-absent"
        return found

    return running.run(profile, vault)


if __name__ == "__main__":
    sys.exit(main())
