"""The registry as a table, and what may stand in the log."""

from __future__ import annotations

import logging
import re

import pytest

from sync.hub import listing, log_events
from sync.hub.log_events import Event
from sync.hub.store import alarms, registrations
from tests.unit.hub.stations import Bench, Station, codice_fiscale, preregistration


def test_table_shows_each_registration(bench: Bench, station: Station) -> None:
    station.record(preregistration(1))
    station.record(preregistration(2))
    station.record(preregistration(1))
    bench.send(station, 1, 3)
    with bench.store.transaction():
        number = registrations.registrations(bench.store)[0].number
        registrations.confirm_email(bench.store, number, bench.now)
    lines = listing.table(registrations.registrations(bench.store)).splitlines()
    assert lines[0].split("  ")[0] == "number"
    assert all(word in lines[2] for word in ("registrato 0/N", codice_fiscale(2), "yes", "Rossi"))
    assert all(word in lines[3] for word in (codice_fiscale(1), "kiosk-0001", "2026-11-26"))
    assert lines[-1] == "2 registrations"


def test_alarms_are_listed(bench: Bench, station: Station) -> None:
    assert listing.alarm_table(alarms.alarms(bench.store)) == "no alarm"
    for _ in range(3):
        bench.take(station, b"rubbish")
    lines = listing.alarm_table(alarms.alarms(bench.store)).splitlines()
    assert lines[2].split() == [
        *("kiosk-0001", "batch.malformed", "-", "3"),
        *("2026-11-26", "12:00:01", "UTC", "2026-11-26", "12:00:03", "UTC", "cbor.malformed"),
    ]


def test_event_takes_its_own_fields_alone() -> None:
    with pytest.raises(ValueError, match="no such field"):
        log_events.log(Event.LINK_UP, surname="Rossi")


def test_events_are_told_apart_and_explained() -> None:
    assert len({event.code for event in Event}) == len(Event)
    assert all(event.meaning.endswith(".") for event in Event)


@pytest.mark.parametrize("event", Event)
def test_no_event_has_room_for_personal_data(event: Event) -> None:
    allowed = {
        *("station", "code", "seq", "up_to", "stored", "refused", "milliseconds", "size"),
        *(
            "letter",
            "kind",
            "seconds",
            "error",
            "where",
            "thread",
            "reason",
            "version",
            "shed",
            "silenced",
            *("worker", "answered", "normal", "bulk", "waiting", "stations", "trouble"),
        ),
    }
    assert set(event.fields) <= allowed


def test_line_is_code_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="sportello.hub"):
        log_events.log(Event.LINK_OVERSIZED, station="kiosk-0001", size=5)
    assert caplog.messages == ["link.oversized station=kiosk-0001 size=5"]


def test_place_of_an_error_is_file_and_line() -> None:
    with pytest.raises(ValueError, match="personal") as caught:
        int("personal data in a message")
    assert re.fullmatch(r"test_listing\.py:\d+", log_events.where(caught.value))
    assert log_events.where(ValueError()) == "nowhere"
