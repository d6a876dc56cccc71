"""Clocks and calendars are Italian wherever a machine believes to be."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from kiosk.flows import italian_time

_SUMMER = int(datetime(2026, 7, 1, 22, 30, tzinfo=UTC).timestamp() * 1000)
_WINTER = int(datetime(2026, 12, 31, 23, 30, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
def test_the_machine_s_time_zone_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert f"{italian_time.at(_SUMMER):%d/%m/%Y %H:%M}" == "02/07/2026 00:30"
        assert f"{italian_time.at(_WINTER):%d/%m/%Y %H:%M}" == "01/01/2027 00:30"
    finally:
        monkeypatch.undo()
        time.tzset()
