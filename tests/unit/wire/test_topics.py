from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.certificates import kind_of
from sync.wire import topics

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True).filter(
    lambda name: kind_of(name.upper()) is None
) | st.from_regex(r"[0-9]{6}-PC-[0-9]{4}", fullmatch=True)


@given(NAMES)
def test_the_station_is_found_in_its_topics(name: str) -> None:
    assert topics.is_station_name(name)
    assert topics.station_of(topics.operations(name)) == name
    assert topics.station_of(topics.state(name)) == name
    assert topics.station_of(topics.acknowledgements(name)) is None


@given(st.text(max_size=40))
def test_no_topic_holds_what_mqtt_would_read(name: str) -> None:
    if not topics.is_station_name(name):
        for make in (topics.operations, topics.acknowledgements, topics.state):
            with pytest.raises(ValueError, match="name"):
                make(name)
        return
    assert not set(name) & set("/+#$\x00 ")
    assert topics.operations(name).count("/") == 4


@pytest.mark.parametrize(
    "name", ["", "-", "-a", "a-", "A", "a_b", "a/b", "a+", "a#", "ä", "a\n", "a" * 33, "a b"]
)
def test_what_is_no_name(name: str) -> None:
    assert not topics.is_station_name(name)


@pytest.mark.rule("R-004-8")
@pytest.mark.parametrize("name", ["058091-PC-0001", "999999-PC-9999", "001272-PC-0000"])
def test_a_certificate_of_a_station_names_it(name: str) -> None:
    assert topics.is_station_name(name)
    assert topics.station_of(topics.operations(name)) == name


@pytest.mark.rule("R-004-8", "R-004-9")
@pytest.mark.parametrize(
    "name",
    [
        "058091-CO-9999",
        "058091-co-9999",
        "058091-Co-9999",
        "058091-pc-0001",
        "058091-Pc-0001",
        "58091-PC-0001",
        "058091-PC-001",
        "058091-PC-00011",
        "058091-PC-0001\n",
        "058091-CO-0000",
    ],
)
def test_a_servers_certificate_and_what_looks_like_one_name_no_station(name: str) -> None:
    assert not topics.is_station_name(name)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "sportello/1/up/kiosk-0001",
        "sportello/1/up/kiosk-0001/op/x",
        "sportello/1/up/KIOSK/op",
        "sportello/1/up/+/op",
        "sportello/2/up/kiosk-0001/op",
        "sportello/1/down/kiosk-0001/ack",
        "x/sportello/1/up/kiosk-0001/op",
    ],
)
def test_other_topics_name_no_station(topic: str) -> None:
    assert topics.station_of(topic) is None


def test_the_names_of_the_design() -> None:
    assert topics.operations("k") == "sportello/1/up/k/op"
    assert topics.acknowledgements("k") == "sportello/1/down/k/ack"
    assert topics.state("k") == "sportello/1/state/k"
    assert topics.OPERATIONS_SHARED == "$share/hub/sportello/1/up/+/op"
    assert topics.ADMISSION == "sportello/1/signed/admission"


@pytest.mark.parametrize(
    ("up", "down"), [(topics.parts, topics.part_answers), (topics.relayed, topics.relayed_answers)]
)
def test_a_station_publishes_upwards_alone(
    up: Callable[[str], str], down: Callable[[str], str]
) -> None:
    assert topics.station_of(up("k")) == "k"
    assert topics.station_of(topics.health("k")) == "k"
    assert topics.station_of(down("k")) is None
