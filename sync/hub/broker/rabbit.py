"""The configuration of RabbitMQ as the broker: nodes of a cluster, and who may speak where.

Stations speak MQTT 3.1.1 with it, the hub's processes AMQP 0-9-1. What Mosquitto says in an access
list are users and permissions here: definitions that every node holds, so that no node asks the hub
whether a station may come in, and the hub may be away.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from sync.hub.broker import reload, replace
from sync.wire.topics import is_station_name

CONFIGURATION: Final = "rabbitmq.conf"
PLUGINS: Final = "enabled_plugins"
DEFINITIONS: Final = "definitions.json"
"""Of every user: for a cluster that is made anew."""
CHANGES: Final = "changes.json"
"""Of those alone about whom the brokers do not know yet: 20,000 users take minutes to import."""
COMMAND: Final = ("rabbitmqctl", "import_definitions")
QUEUES: Final = "hub-{}"
"""The queue of a channel, `hub-op` and so on; of the hub's processes alone."""

_EXCHANGE: Final = "amq.topic"
_VHOST: Final = "/"
_PREFIX: Final = r"sportello\.1"
_SPEAKS: Final = rf"^{_PREFIX}\.(up\.{{username}}\.(op|ask|part|relay|health)|state\.{{username}})$"
_HEARS: Final = rf"^{_PREFIX}\.(down\.{{username}}\..+|signed\..+|state\.hub)$"
_NOTHING: Final = "^$"
_NO_PASSWORD: Final = ""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What a node needs to be told.

    Attributes:
        ca: PEM file of the authorities whose certificates are believed.
        certificate, key: PEM files of the node.
        nodes: Erlang names of all nodes, `rabbit@10.0.0.1`; empty for a node that is alone.
        address: to listen at.
        port: of MQTT over TLS, for stations.
        amqp_port: of AMQP over TLS, for the hub's processes.
    """

    ca: Path
    certificate: Path
    key: Path
    nodes: Sequence[str] = ()
    address: str = "0.0.0.0"  # noqa: S104  stations are on other machines; TLS guards the door
    port: int = 8883
    amqp_port: int = 5671


def write_configuration(plan: NodePlan, into: Path) -> Path:
    """Writes `rabbitmq.conf` and `enabled_plugins` into the folder `into`, made if need be.

    Returns:
        The path of `rabbitmq.conf`, for `RABBITMQ_CONFIG_FILE`.

    Raises:
        OSError: the folder cannot be written.
    """
    into.mkdir(parents=True, exist_ok=True)
    nodes = [
        "cluster_formation.peer_discovery_backend = classic_config",
        *(
            f"cluster_formation.classic_config.nodes.{place} = {name}"
            for place, name in enumerate(plan.nodes, 1)
        ),
    ]
    text = Template(files("sync.hub.broker").joinpath(CONFIGURATION).read_text("utf-8")).substitute(
        address=plan.address,
        port=plan.port,
        amqp_port=plan.amqp_port,
        ca=plan.ca.resolve(),
        certificate=plan.certificate.resolve(),
        key=plan.key.resolve(),
        nodes="\n".join(nodes) if plan.nodes else "",
    )
    path = into / CONFIGURATION
    replace(path, text.encode())
    replace(into / PLUGINS, b"[rabbitmq_mqtt,rabbitmq_auth_mechanism_ssl,rabbitmq_prometheus].\n")
    return path


def write_definitions(
    into: Path, hub: Iterable[str], stations: Iterable[str], silenced: Collection[str] = ()
) -> Path:
    """Writes `definitions.json`, for `rabbitmqctl import_definitions`.

    Args:
        into: folder of the broker's files.
        hub: names in the certificates of the hub and its workers.
        stations: every station.
        silenced: stations that may say nothing, though they may hear why.

    Returns:
        Its path.

    Raises:
        ValueError: a name that is no station's.
        OSError: the folder cannot be written.
    """
    path = into / DEFINITIONS
    replace(path, json.dumps(definitions(hub, stations, silenced), indent=1).encode())
    return path


def publish(
    into: Path,
    hub: Iterable[str],
    stations: Iterable[str],
    silenced: Collection[str],
    *,
    command: Sequence[str] = (),
    tells: bool = True,
) -> None:
    """Lets the cluster know of users that are new, and of stations that are silenced or not any more.

    What was told stands in `definitions.json`, which is replaced when the command has done it; so
    what could not be told is told the next time.

    Args:
        into: folder of the broker's files.
        hub: names in the certificates of the hub and its workers.
        stations: every station.
        silenced: stations that may say nothing, though they may hear why.
        command: imports the file that is put behind its words; empty: `rabbitmqctl` of this machine.
        tells: whether there is a cluster that runs.

    Raises:
        ReloadError: the cluster could not be told.
        ValueError: a name that is no station's.
        OSError: the folder cannot be written.
    """
    wanted = definitions(hub, stations, silenced)
    changed = _changed(wanted, _told(into / DEFINITIONS))
    if changed["users"] and tells:
        replace(into / CHANGES, json.dumps(changed, indent=1).encode())
        reload(into, [*(command or COMMAND), str((into / CHANGES).resolve())])
    replace(into / DEFINITIONS, json.dumps(wanted, indent=1).encode())


def _told(path: Path) -> dict[str, list[dict[str, object]]]:
    try:
        told: dict[str, list[dict[str, object]]] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told


def _changed(
    wanted: dict[str, list[dict[str, object]]], told: dict[str, list[dict[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    """What of `wanted` is about users of whom something else was told, or nothing."""
    known = {json.dumps(one, sort_keys=True) for part in told.values() for one in part}
    news = {
        one.get("user", one.get("name"))
        for part in wanted.values()
        for one in part
        if json.dumps(one, sort_keys=True) not in known
    }
    return {
        name: [one for one in part if name == "vhosts" or one.get("user", one.get("name")) in news]
        for name, part in wanted.items()
    }


def definitions(
    hub: Iterable[str], stations: Iterable[str], silenced: Collection[str] = ()
) -> dict[str, list[dict[str, object]]]:
    """Users and permissions, as RabbitMQ's definitions. Raises `ValueError` for a wrong name."""
    users: list[dict[str, object]] = []
    permissions: list[dict[str, object]] = []
    topics: list[dict[str, object]] = []

    def add(name: str, queue: str, *, write: str, read: str) -> None:
        if not is_station_name(name):
            raise ValueError("not a station's name")
        users.append(
            {
                "name": name,
                "password_hash": _NO_PASSWORD,
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
        )
        where = {"user": name, "vhost": _VHOST}
        ways = f"^({queue}|{_EXCHANGE.replace('.', '[.]')})$"
        permissions.append({**where, "configure": f"^{queue}$", "write": ways, "read": ways})
        topics.append({**where, "exchange": _EXCHANGE, "write": write, "read": read})

    for name in sorted(set(hub)):
        own = f"(hub-.*|mqtt-subscription-{name}.*)"
        add(name, own, write=rf"^{_PREFIX}\.(down|signed)\..+$", read=rf"^{_PREFIX}\.up\..+$")
    for name in sorted(set(stations)):
        silent = name in silenced
        own = f"mqtt-subscription-{name}qos[01]"
        add(name, own, write=_NOTHING if silent else _SPEAKS, read=_HEARS)
    return {
        "users": users,
        "vhosts": [{"name": _VHOST}],
        "permissions": permissions,
        "topic_permissions": topics,
    }
