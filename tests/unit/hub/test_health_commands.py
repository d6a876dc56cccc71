"""What a terminal shows of concerns and stations."""

from __future__ import annotations

from dataclasses import replace

from sync.hub.health_commands import table
from sync.hub.store.health import Concern, Heard
from sync.wire.health import encode
from tests.unit.hub.stations import NOON
from tests.unit.wire.test_health import WELL

HOUR = 3_600_000


def test_concerns_and_stations_a_line_each() -> None:
    shown = table(
        [Concern("chain.gap", "kiosk-0002", "entries=1 days=3", NOON - 72 * HOUR)],
        [
            Heard("kiosk-0001", NOON - 3 * 60_000, encode(WELL)),
            Heard("kiosk-0002", NOON - 5 * HOUR, encode(replace(WELL, codes=(), worn_percent=7))),
            Heard("kiosk-0003", NOON, b"of a later version"),
        ],
        NOON,
    ).splitlines()
    assert shown[2] == "chain.gap  kiosk-0002  3 days  entries=1 days=3"
    assert shown[3] == "1 concern"
    assert shown[7].split() == [
        "kiosk-0001",
        "3",
        "min",
        "ago",
        "0.1.0",
        "synchronised",
        "2",
        "2",
        "min",
        "1",
        "9000",
        "-",
        "2027-01-15",
        "reader.absent",
        "printer.paper-out",
    ]
    assert "5 h ago" in shown[8]
    assert "7 %" in shown[8]
    assert "cbor." in shown[9]


def test_nothing_to_show_is_said() -> None:
    assert table([], [], NOON) == "0 concerns\n\nno station has said how it is"
