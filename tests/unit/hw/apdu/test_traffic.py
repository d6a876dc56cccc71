"""The log of exchanges: what was done and how long it took, never what was said."""

from __future__ import annotations

import logging

import pytest

from hw.apdu import traffic
from hw.apdu.chain import card_link
from hw.apdu.command import Command, read_binary
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.apdu.script import Script

PERSON = b"RSSMRA80A01H501U"


def test_nothing_is_logged_unless_it_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="hw.apdu.traffic")
    card_link(Script(["9000"])).exchange(read_binary(0, 256))
    assert not caplog.records


def test_each_exchange_is_a_line_without_data(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(traffic.TRAFFIC, logger="hw.apdu.traffic")
    link = card_link(Script(["6C10", PERSON.hex() + "9000", "63C2"]))
    link.exchange(read_binary(0, 256))
    link.exchange(Command(0x20, 0x00, 0x10, b"12345678"))
    lines = [record.getMessage().rsplit(" ", 2)[0] for record in caplog.records]
    assert lines == [
        "00 B0 00 00 lc=0 le=256 -> 0 bytes EXACT_LENGTH 6C10",
        "00 B0 00 00 lc=0 le=16 -> 16 bytes OK 9000",
        "00 20 00 10 lc=8 le=- -> 0 bytes TRIES_LEFT 63C2",
    ]
    assert {record.levelno for record in caplog.records} == {traffic.TRAFFIC}
    for secret in (PERSON.decode(), PERSON.hex(), "12345678", b"12345678".hex()):
        assert secret.lower() not in caplog.text.lower()


def test_milliseconds_and_troubles_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(traffic.TRAFFIC, logger="hw.apdu.traffic")
    times = iter((1.0, 1.0425))
    removed = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
    link = traffic.Traffic(card_link(Script([removed])), clock=lambda: next(times))
    assert link.exchange(read_binary(0, 4)) == removed
    assert "00 B0 00 00 lc=0 le=4 -> card.removed 42.5 ms" in caplog.messages
