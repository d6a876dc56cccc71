"""`python -m kiosk --station-dir DIR`: a station's window and devices."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kiosk import device_app
from kiosk.app import run
from kiosk.enrolling import is_station
from kiosk.flows.office import StationRole


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m kiosk", description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True, help="the station's folder")
    parser.add_argument(
        "--station",
        choices=[role.value for role in StationRole],
        default=StationRole.CITIZEN.value,
        help="whose screens to show",
    )
    arguments = parser.parse_args()
    role = StationRole(arguments.station)
    if role is StationRole.INSTALLER and not is_station(arguments.station_dir):
        return device_app.run(arguments.station_dir)
    return run(arguments.station_dir, role)


if __name__ == "__main__":
    sys.exit(main())
