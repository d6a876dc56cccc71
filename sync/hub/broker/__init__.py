"""The configuration of the broker: what `python -m sync.hub broker-config` writes."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from sync.wire.topics import is_station_name

ACCESS: Final = "acl.conf"
REVOCATIONS: Final = "crl.pem"
AUTHORITIES: Final = "ca.pem"
PID_FILE: Final = "mosquitto.pid"

_RELOAD_SECONDS: Final = 60


class ReloadError(OSError):
    """The broker could not be told to read its files anew; the text says why."""


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """What a broker needs to be told.

    Attributes:
        ca: PEM file of the authority whose certificates are believed.
        certificate: PEM file of the broker's own certificate, its names are what stations dial.
        key: PEM file of the broker's private key.
        crl: PEM file of the authority's list of revoked certificates; must exist, may be empty
            of entries. Mosquitto reads it when it starts and at SIGHUP.
        port: TCP port of the one listener; 8883 is the registered port for MQTT over TLS.
        address: address to listen at.
        hub: name in the hub's certificate.
        user: the account that Mosquitto runs as when it is started by root.
        workers: names in the certificates of further processes of the hub.
    """

    ca: Path
    certificate: Path
    key: Path
    crl: Path
    port: int = 8883
    address: str = "0.0.0.0"  # noqa: S104  stations are on other machines; TLS guards the door
    hub: str = "hub"
    user: str = "mosquitto"
    workers: tuple[str, ...] = ()


def write_configuration(plan: BrokerPlan, into: Path) -> Path:
    """Writes `mosquitto.conf` and `acl.conf` into the folder `into`, which is made if need be.

    Returns:
        The path of `mosquitto.conf`, for `mosquitto -c`.

    Raises:
        OSError: the folder cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    acl = write_access(into, plan.hub, workers=plan.workers)
    configuration = into / "mosquitto.conf"
    values = {
        "acl": acl.resolve(),
        "address": plan.address,
        "ca": plan.ca.resolve(),
        "certificate": plan.certificate.resolve(),
        "crl": plan.crl.resolve(),
        "hub": plan.hub,
        "key": plan.key.resolve(),
        "pid_file": (into / PID_FILE).resolve(),
        "port": plan.port,
        "user": plan.user,
    }
    replace(configuration, _template("mosquitto.conf").substitute(values).encode())
    return configuration


def write_access(
    into: Path, hub: str, silenced: Collection[str] = (), *, workers: Collection[str] = ()
) -> Path:
    """Writes `acl.conf`: who may speak where.

    Args:
        into: folder of the broker's files.
        hub: name in the hub's certificate.
        silenced: stations that may say nothing, though they may hear why. It counts for
            connections that are open too, from the next SIGHUP on.
        workers: names in the certificates of further processes of the hub.

    Returns:
        Its path.

    Raises:
        ValueError: a name that is no station's.
        OSError: the folder cannot be written.
    """
    if not all(is_station_name(name) for name in (*silenced, *workers)):
        raise ValueError("not a station's name")
    lines = [_template(ACCESS).substitute({"hub": hub})]
    if workers:
        lines.append("\n# Further processes of the hub. Whichever leads retains what is signed.\n")
    for name in sorted(workers):
        lines += [
            f"user {name}\n",
            "topic read sportello/1/up/#\n",
            "topic write sportello/1/down/#\n",
            "topic write sportello/1/signed/#\n",
            "topic read sportello/1/state/#\n",
        ]
    if silenced:
        lines.append("\n# Blocked or revoked. What is denied here no pattern grants.\n")
    for name in sorted(silenced):
        lines.append(f"user {name}\n")
        lines += [
            f"topic deny sportello/1/{place}\n" for place in (f"up/{name}/#", f"state/{name}")
        ]
    path = into / ACCESS
    replace(path, "".join(lines).encode())
    return path


def reload(into: Path, command: Sequence[str] = ()) -> None:
    """Lets the broker read its access list, authorities and revocation lists anew.

    Args:
        into: folder of the broker's files.
        command: what does it; empty: SIGHUP to the process in `mosquitto.pid`.

    Raises:
        ReloadError: it could not be told.
    """
    try:
        if command:
            subprocess.run(  # noqa: S603  the command of the hub's own settings
                command, check=True, timeout=_RELOAD_SECONDS, stdin=subprocess.DEVNULL
            )
        else:
            os.kill(int((into / PID_FILE).read_text("ascii")), signal.SIGHUP)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise ReloadError(type(error).__name__) from error


def replace(path: Path, content: bytes) -> None:
    """The whole new content or the whole old one, also for who reads it at this moment.

    Mosquitto says nothing of an access list that others may rewrite; the rights are set here.

    Raises:
        OSError: it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.chmod(0o644)
    fresh.replace(path)


def _template(name: str) -> Template:
    return Template(files(__name__).joinpath(name).read_text(encoding="utf-8"))
