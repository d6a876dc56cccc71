"""The configuration of RabbitMQ as the broker: nodes of a cluster, and who may speak where.

Stations speak MQTT 3.1.1 with it, the hub's processes AMQP 0-9-1. What Mosquitto says in an access
list are users and permissions here: definitions that every node holds, so that no node asks the hub
whether a station may come in, and the hub may be away.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import IPv4Address
from pathlib import Path
from string import Template
from typing import Final

from sync.hub.broker import reload, replace
from sync.wire.topics import is_station_name

CONFIGURATION: Final = "rabbitmq.conf"
ENVIRONMENT: Final = "rabbitmq-env.conf"
PLUGINS: Final = "enabled_plugins"
DEFINITIONS: Final = "definitions.json"
"""Of every user: for a cluster that is made anew."""
CHANGES: Final = "changes.json"
"""Of those alone about whom the brokers do not know yet: 20,000 users take minutes to import."""
COMMAND: Final = ("rabbitmqctl", "import_definitions")
QUEUES: Final = "hub-{}"
"""The queue of a channel, `hub-op` and so on; of the hub's processes alone."""

SLICE: Final = 1_000
"""Users that are told in one file: some 7 s of two busy cores."""

LOOPBACK: Final = "127.0.0.1"
_EXCHANGE: Final = "amq.topic"
_VHOST: Final = "/"
_PREFIX: Final = r"sportello\.1"
_SPEAKS: Final = rf"^{_PREFIX}\.(up\.{{username}}\.(op|ask|part|relay|health)|state\.{{username}})$"
_HEARS: Final = rf"^{_PREFIX}\.(down\.{{username}}\..+|signed\..+|state\.hub)$"
_NOTHING: Final = "^$"
_OWN_QUEUE: Final = "mqtt-subscription-{}[.][0-9a-f]{{32}}qos[01]"
_MOST_CONNECTIONS: Final = 8
"""Of one station: it needs one, and the halves of some that broke are not noticed at once."""
_BOUNDS: Final = (
    ("bounds.hub", "^hub-", 100_000, 1 << 30),
    ("bounds.stations", "^mqtt-subscription-", 2_000, 16 << 20),
)
"""Of queues: policy (no station's name has a dot), which of them, most messages, most bytes. What is
too much is refused; what waits is never dropped."""
_OF_NOBODY: Final = ("vhosts", "policies")
_NO_PASSWORD: Final = ""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What a node needs to be told.

    Attributes:
        ca: PEM file of the authorities whose certificates are believed.
        certificate, key: PEM files of the node.
        nodes: Erlang names of all nodes, `rabbit@10.0.0.1`; empty for a node that is alone.
        address: to listen at, with TLS.
        port: of MQTT over TLS, for stations.
        amqp_port: of AMQP over TLS, for the hub's processes.
        among: IPv4 address at which nodes and `rabbitmqctl` speak to one another, without TLS: in a
            network of the nodes' own.
        metrics_port: of figures for Prometheus, on loopback, without TLS; 0 for none.
    """

    ca: Path
    certificate: Path
    key: Path
    nodes: Sequence[str] = ()
    address: str = "0.0.0.0"  # noqa: S104  stations are on other machines; TLS guards the door
    port: int = 8883
    amqp_port: int = 5671
    among: str = LOOPBACK
    metrics_port: int = 0


def write_configuration(plan: NodePlan, into: Path) -> Path:
    """Writes `rabbitmq.conf`, `rabbitmq-env.conf` and `enabled_plugins` into a folder.

    Args:
        plan: what the node needs to be told.
        into: the folder, made if need be.

    Returns:
        The path of `rabbitmq.conf`, for `RABBITMQ_CONFIG_FILE`.

    Raises:
        ValueError: `among` is no IPv4 address, or a cluster would speak on loopback.
        OSError: the folder cannot be written.
    """
    among = IPv4Address(plan.among)
    if plan.nodes and among.is_loopback:
        raise ValueError("a cluster needs an address among its nodes")
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
        among=among,
        metrics=(
            f"prometheus.tcp.ip = {LOOPBACK}\nprometheus.tcp.port = {plan.metrics_port}"
            if plan.metrics_port
            else ""
        ),
        nodes="\n".join(nodes) if plan.nodes else "",
    )
    path = into / CONFIGURATION
    replace(path, text.encode())
    replace(into / ENVIRONMENT, _environment(plan, among).encode())
    plugins = ["rabbitmq_mqtt", "rabbitmq_auth_mechanism_ssl"]
    if plan.metrics_port:
        plugins.append("rabbitmq_prometheus")
    replace(into / PLUGINS, f"[{','.join(plugins)}].\n".encode())
    return path


def _environment(plan: NodePlan, among: IPv4Address) -> str:
    """What Erlang's port mapper and `rabbitmqctl` read: they know nothing of `rabbitmq.conf`."""
    numbers = str(among).replace(".", ",")
    lines = [
        f"export ERL_EPMD_ADDRESS={among}",
        f"CTL_ERL_ARGS='-kernel inet_dist_use_interface {{{numbers}}}'",
    ]
    if not plan.nodes:
        lines += ["USE_LONGNAME=true", f"NODENAME=rabbit@{among}"]
    return "\n".join(lines) + "\n"


def write_definitions(
    into: Path, hub: Iterable[str], stations: Iterable[str], silenced: Collection[str] = ()
) -> Path:
    """Writes `definitions.json`, for `rabbitmqctl import_definitions`.

    Args:
        into: folder of the broker's files.
        hub: names in the certificates of the hub and its workers.
        stations: every station.
        silenced: stations that are blocked or revoked: they are not let in.

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
    what could not be told is told the next time. Of many users some `SLICE` are told at once, those
    who are silenced first: some seconds each, and what was told stays told.

    Args:
        into: folder of the broker's files.
        hub: names in the certificates of the hub and its workers.
        stations: every station.
        silenced: stations that are blocked or revoked: they are not let in.
        command: imports the file that is put behind its words; empty: `rabbitmqctl` of this machine.
        tells: whether there is a cluster that runs.

    Raises:
        ReloadError: the cluster could not be told.
        ValueError: a name that is no station's.
        OSError: the folder cannot be written.
    """
    hub = tuple(hub)
    wanted, told = definitions(hub, stations, silenced), _told(into / DEFINITIONS)
    changed = _changed(wanted, told)
    for part in _slices(changed, {*hub, *silenced}) if tells else ():
        replace(into / CHANGES, json.dumps(part, indent=1).encode())
        reload(into, [*(command or COMMAND), str((into / CHANGES).resolve())])
        told = _with(told, part)
        replace(into / DEFINITIONS, json.dumps(told).encode())
    if told != wanted:
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
    """What of `wanted` is about users of whom something else was told; empty where all is known."""
    known = {json.dumps(one, sort_keys=True) for part in told.values() for one in part}
    news = {
        one.get("user", one.get("name"))
        for part in wanted.values()
        for one in part
        if json.dumps(one, sort_keys=True) not in known
    }
    if not news:
        return {}
    return {
        name: [one for one in part if name == "vhosts" or one.get("user", one.get("name")) in news]
        for name, part in wanted.items()
    }


def _slices(
    changed: dict[str, list[dict[str, object]]], first: Collection[str]
) -> Iterator[dict[str, list[dict[str, object]]]]:
    """The same, some users at a time."""
    names = sorted(
        (str(one["name"]) for one in changed.get("users", [])),
        key=lambda name: (name not in first, name),
    )
    for begin in range(0, len(names), SLICE) if names else range(1 if changed else 0):
        among = set(names[begin : begin + SLICE])
        yield {
            part: [one for one in ones if part in _OF_NOBODY or _whose(one) in among]
            for part, ones in changed.items()
        }


def _with(
    told: dict[str, list[dict[str, object]]], part: dict[str, list[dict[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    """What stands there once `part` was imported too."""
    found = {}
    for name, ones in part.items():
        anew = {_whose(one) for one in ones}
        found[name] = [one for one in told.get(name, []) if _whose(one) not in anew] + ones
    return found


def _whose(one: dict[str, object]) -> object:
    return one.get("user", one.get("name"))


def definitions(
    hub: Iterable[str], stations: Iterable[str], silenced: Collection[str] = ()
) -> dict[str, list[dict[str, object]]]:
    """Users, permissions and bounds, as RabbitMQ's definitions.

    Raises:
        ValueError: a name that is no station's.
    """
    users: list[dict[str, object]] = []
    permissions: list[dict[str, object]] = []
    topics: list[dict[str, object]] = []

    def add(name: str, queue: str, *, write: str, read: str, most: int = -1) -> None:
        if not is_station_name(name):
            raise ValueError("not a station's name")
        users.append(
            {
                "name": name,
                "password_hash": _NO_PASSWORD,
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
                # Said of everybody: what is imported takes no limit away that it does not name.
                "limits": {"max-connections": most},
            }
        )
        where = {"user": name, "vhost": _VHOST}
        ways = f"^({queue}|{_EXCHANGE.replace('.', '[.]')})$"
        permissions.append({**where, "configure": f"^{queue}$", "write": ways, "read": ways})
        topics.append({**where, "exchange": _EXCHANGE, "write": write, "read": read})

    for name in sorted(set(hub)):
        own = f"(hub-.*|{_OWN_QUEUE.format(name)})"
        add(name, own, write=rf"^{_PREFIX}\.(down|signed)\..+$", read=rf"^{_PREFIX}\.up\..+$")
    for name in sorted(set(stations)):
        silent = name in silenced
        add(
            name,
            _OWN_QUEUE.format(name),
            # A connection that is open already says nothing more: its next word ends it.
            write=_NOTHING if silent else _SPEAKS,
            read=_NOTHING if silent else _HEARS,
            most=0 if silent else _MOST_CONNECTIONS,
        )
    return {
        "users": users,
        "vhosts": [{"name": _VHOST}],
        "permissions": permissions,
        "topic_permissions": topics,
        "policies": [
            {
                "vhost": _VHOST,
                "name": name,
                "pattern": pattern,
                "apply-to": "queues",
                "priority": 0,
                "definition": {
                    "max-length": messages,
                    "max-length-bytes": size,
                    "overflow": "reject-publish",
                },
            }
            for name, pattern, messages, size in _BOUNDS
        ],
    }
