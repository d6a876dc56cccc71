"""What the hub's settings say of devices: `[devices]` and what `[broker]` adds for them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.hub.device_ca.authority import STATION_DAYS

CRL_DAYS: Final = 30
TOKEN_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """How devices become stations, and where the broker reads who may not speak.

    Attributes:
        broker_folder: the folder of `mosquitto.conf`, in which the hub keeps `acl.conf`, `ca.pem`
            and `crl.pem`; None: somebody else does.
        reload: command that lets the broker read them anew; empty: the hub sends SIGHUP to the
            process in `mosquitto.pid`.
        station_host, station_port: where stations dial the broker; empty and 0 for where the hub
            does.
        days: how long a station's certificate is good.
        crl_days: how long a revocation list is good; past that the broker lets nobody in.
        token_hours: how long a one-time code is good.
    """

    broker_folder: Path | None = None
    reload: tuple[str, ...] = ()
    station_host: str = ""
    station_port: int = 0
    days: int = STATION_DAYS
    crl_days: int = CRL_DAYS
    token_hours: int = TOKEN_HOURS
