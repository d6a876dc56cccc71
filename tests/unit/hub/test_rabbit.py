"""What a RabbitMQ cluster is told of stations, and what of it again."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from sync.hub.broker import ReloadError, rabbit
from sync.hub.broker.rabbit import NodePlan

STATIONS = ("058091-PC-0001", "058091-PC-0002")
COPY = (sys.executable, "-c", "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[1] + '.seen')")
FAIL = (sys.executable, "-c", "raise SystemExit(1)")


def named(data: dict[str, list[dict[str, object]]], part: str, user: str) -> dict[str, object]:
    return next(one for one in data[part] if one.get("user") == user)


def may(data: dict[str, list[dict[str, object]]], user: str, way: str, key: str) -> bool:
    """As the broker judges: the pattern with the user's name put in."""
    pattern = str(named(data, "topic_permissions", user)[way]).replace("{username}", user)
    return re.search(pattern, key) is not None


def test_a_station_speaks_under_its_own_name_and_hears_what_is_meant_for_it() -> None:
    data = rabbit.definitions(["hub", "hub-w1"], STATIONS, [STATIONS[1]])
    one, other = STATIONS
    assert may(data, one, "write", f"sportello.1.up.{one}.op")
    assert may(data, one, "write", f"sportello.1.state.{one}")
    assert not may(data, one, "write", f"sportello.1.up.{other}.op")
    assert not may(data, one, "write", "sportello.1.signed.versions")
    assert may(data, one, "read", f"sportello.1.down.{one}.ack")
    assert may(data, one, "read", "sportello.1.signed.versions")
    assert not may(data, one, "read", f"sportello.1.down.{other}.ack")
    assert not may(data, other, "write", f"sportello.1.up.{other}.op"), "it is silenced"
    assert may(data, other, "read", f"sportello.1.down.{other}.ack"), "it hears why"
    assert may(data, "hub-w1", "read", f"sportello.1.up.{one}.op")
    assert may(data, "hub-w1", "write", f"sportello.1.down.{one}.ack")
    queue = str(named(data, "permissions", one)["configure"])
    assert re.search(queue, f"mqtt-subscription-{one}qos1")
    assert not re.search(queue, f"mqtt-subscription-{other}qos1")
    assert not re.search(queue, "hub-op")


@pytest.mark.parametrize("name", ["a.b", "a|b", ".*", ""])
def test_what_is_no_name_is_in_no_pattern(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        rabbit.definitions(["hub"], [name])


def test_only_what_is_new_is_told_and_what_failed_is_told_again(tmp_path: Path) -> None:
    def told() -> list[object]:
        seen = tmp_path / f"{rabbit.CHANGES}.seen"
        if not seen.exists():
            return []
        users = [one["name"] for one in json.loads(seen.read_bytes())["users"]]
        seen.unlink()
        return users

    def publish(stations: tuple[str, ...], silenced: tuple[str, ...], *command: str) -> None:
        rabbit.publish(tmp_path, ["hub"], stations, silenced, command=command)

    publish(STATIONS[:1], (), *COPY)
    assert told() == ["hub", STATIONS[0]]
    publish(STATIONS[:1], (), *COPY)
    assert told() == []
    with pytest.raises(ReloadError):
        publish(STATIONS, STATIONS[:1], *FAIL)
    publish(STATIONS, STATIONS[:1], *COPY)
    assert told() == list(STATIONS)
    publish(STATIONS, (), *COPY)
    assert told() == [STATIONS[0]]


def test_a_node_is_told_of_the_others(tmp_path: Path) -> None:
    pem = tmp_path / "x.pem"
    nodes = ("rabbit@10.0.0.1", "rabbit@10.0.0.2")
    path = rabbit.write_configuration(NodePlan(pem, pem, pem, nodes=nodes), tmp_path)
    text = path.read_text("utf-8")
    assert "cluster_formation.classic_config.nodes.2 = rabbit@10.0.0.2" in text
    assert "$" not in text
    assert "tlsv1.3" in text
    assert "tcp = none" in text
