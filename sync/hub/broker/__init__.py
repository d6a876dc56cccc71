"""The configuration of the broker: what `python -m sync.hub broker-config` writes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """What a broker needs to be told.

    Attributes:
        ca: PEM file of the authority whose certificates are believed.
        certificate: PEM file of the broker's own certificate, its names are what stations dial.
        key: PEM file of the broker's private key.
        crl: PEM file of the authority's list of revoked certificates; must exist, may be empty
            of entries. Mosquitto reads it when it starts.
        port: TCP port of the one listener; 8883 is the registered port for MQTT over TLS.
        address: address to listen at.
        hub: name in the hub's certificate.
        user: the account that Mosquitto runs as when it is started by root.
    """

    ca: Path
    certificate: Path
    key: Path
    crl: Path
    port: int = 8883
    address: str = "0.0.0.0"  # noqa: S104  stations are on other machines; TLS guards the door
    hub: str = "hub"
    user: str = "mosquitto"


def write_configuration(plan: BrokerPlan, into: Path) -> Path:
    """Writes `mosquitto.conf` and `acl.conf` into the folder `into`, which is made if need be.

    Returns:
        The path of `mosquitto.conf`, for `mosquitto -c`.

    Raises:
        OSError: the folder cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    acl = into / "acl.conf"
    configuration = into / "mosquitto.conf"
    values = {
        "acl": acl.resolve(),
        "address": plan.address,
        "ca": plan.ca.resolve(),
        "certificate": plan.certificate.resolve(),
        "crl": plan.crl.resolve(),
        "hub": plan.hub,
        "key": plan.key.resolve(),
        "pid_file": (into / "mosquitto.pid").resolve(),
        "port": plan.port,
        "user": plan.user,
    }
    here = files(__name__)
    for path in (acl, configuration):
        text = Template(here.joinpath(path.name).read_text(encoding="utf-8"))
        path.write_text(text.substitute(values), encoding="utf-8")
    # Mosquitto says nothing of an access list that others may rewrite; the rights are set here.
    for path in (acl, configuration):
        path.chmod(0o644)
    return configuration
