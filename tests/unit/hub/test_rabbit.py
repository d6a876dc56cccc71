"""What a RabbitMQ cluster is told of stations, and what of it again."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from sync.hub.broker import ReloadError, rabbit
from sync.hub.broker.rabbit import NodePlan
from sync.wire import topics

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
    assert not may(data, other, "read", f"sportello.1.down.{other}.ack")
    limits = {str(user["name"]): user["limits"] for user in data["users"]}
    assert limits[other] == {"max-connections": 0}, "it is not let in"
    assert limits[one] != limits[other]
    assert may(data, "hub-w1", "read", f"sportello.1.up.{one}.op")
    assert may(data, "hub-w1", "write", f"sportello.1.down.{one}.ack")
    queue = str(named(data, "permissions", one)["configure"])
    assert re.search(queue, f"mqtt-subscription-{topics.client_id(one)}qos1")
    assert not re.search(queue, f"mqtt-subscription-{topics.client_id(other)}qos1")
    assert not re.search(queue, f"mqtt-subscription-{one}qos1"), "anybody could name it"
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
    plan = NodePlan(pem, pem, pem, nodes=nodes, among="10.0.0.1")
    path = rabbit.write_configuration(plan, tmp_path)
    text = path.read_text("utf-8")
    assert "cluster_formation.classic_config.nodes.2 = rabbit@10.0.0.2" in text
    assert "$" not in text
    assert "tlsv1.3" in text
    assert "tcp = none" in text
    assert "distribution.listener.interface = 10.0.0.1" in text
    environment = (tmp_path / rabbit.ENVIRONMENT).read_text("utf-8")
    assert "ERL_EPMD_ADDRESS=10.0.0.1\n" in environment
    assert "inet_dist_use_interface {10,0,0,1}'" in environment
    assert "NODENAME" not in environment, "its name is among the nodes"


def test_nodes_of_a_cluster_do_not_speak_on_loopback_nor_by_name(tmp_path: Path) -> None:
    pem = tmp_path / "x.pem"
    for among in ("127.0.0.1", "n1.example", ""):
        plan = NodePlan(pem, pem, pem, nodes=("rabbit@10.0.0.1",), among=among)
        with pytest.raises(ValueError, match=r"[Aa]ddress|octets"):
            rabbit.write_configuration(plan, tmp_path)


def test_figures_are_shown_only_where_asked_for_and_on_loopback(tmp_path: Path) -> None:
    pem = tmp_path / "x.pem"
    for port in (0, 15692):
        path = rabbit.write_configuration(NodePlan(pem, pem, pem, metrics_port=port), tmp_path)
        plugins = (tmp_path / rabbit.PLUGINS).read_text("utf-8")
        assert ("rabbitmq_prometheus" in plugins) is bool(port)
        assert ("prometheus.tcp.ip = 127.0.0.1" in path.read_text("utf-8")) is bool(port)
    environment = (tmp_path / rabbit.ENVIRONMENT).read_text("utf-8")
    assert "NODENAME=rabbit@127.0.0.1\n" in environment, "a node that is alone"


def test_a_full_queue_refuses_and_drops_nothing_that_waits() -> None:
    bounds = rabbit.definitions(["hub"], STATIONS)["policies"]
    assert {"bounds.hub", "bounds.stations"} == {one["name"] for one in bounds}
    for one in bounds:
        said = one["definition"]
        assert isinstance(said, dict)
        assert said["overflow"] == "reject-publish"
        assert said["max-length"] > 0 < said["max-length-bytes"]


def test_a_blocked_station_and_new_bounds_are_told(tmp_path: Path) -> None:
    rabbit.publish(tmp_path, ["hub"], STATIONS, (), tells=False)
    told = json.loads((tmp_path / rabbit.DEFINITIONS).read_bytes())
    told["policies"] = []
    (tmp_path / rabbit.DEFINITIONS).write_text(json.dumps(told), encoding="utf-8")
    rabbit.publish(tmp_path, ["hub"], STATIONS, (), command=COPY)
    seen = json.loads((tmp_path / f"{rabbit.CHANGES}.seen").read_bytes())
    assert len(seen["policies"]) == 2
    rabbit.publish(tmp_path, ["hub"], STATIONS, STATIONS[:1], command=COPY)
    seen = json.loads((tmp_path / f"{rabbit.CHANGES}.seen").read_bytes())
    assert [one["name"] for one in seen["users"]] == list(STATIONS[:1])
    assert not seen["policies"], "what was altered by hand holds"


def test_many_are_told_in_slices_and_what_was_told_stays_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is silenced goes first; a slice that fails is told again, the ones before it are not."""
    monkeypatch.setattr(rabbit, "SLICE", 2)
    stations = [f"058091-PC-{n:04}" for n in range(1, 8)]
    heard: list[list[str]] = []

    def reload(folder: Path, _command: list[str]) -> None:
        users = json.loads((folder / rabbit.CHANGES).read_bytes())["users"]
        if len(heard) == 2:
            heard.append([])
            raise ReloadError
        heard.append([one["name"] for one in users])

    monkeypatch.setattr(rabbit, "reload", reload)
    with pytest.raises(ReloadError):
        rabbit.publish(tmp_path, ["hub"], stations, stations[6:])
    assert heard == [["hub", stations[6]], stations[:2], []]
    rabbit.publish(tmp_path, ["hub"], stations, stations[6:])
    assert heard[3:] == [stations[2:4], stations[4:6]]
    told = json.loads((tmp_path / rabbit.DEFINITIONS).read_bytes())
    assert told == rabbit.definitions(["hub"], stations, stations[6:])
    rabbit.publish(tmp_path, ["hub"], stations, stations[6:])
    assert len(heard) == 5
