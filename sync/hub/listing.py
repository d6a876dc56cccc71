"""The registry as a table for a terminal: for the staff of the hub, and for the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sync.hub.confirmation import grouped
from sync.hub.store.alarms import Alarm
from sync.hub.store.registrations import Registration

_STATE_CODES = {"registrato": "0", "riscontrato": "1", "attivato": "2", "respinto": "-"}
_HEADINGS = (
    "number",
    "state",
    "codice fiscale",
    "surname",
    "name",
    "e-mail verified",
    "station",
    "seq",
    "received",
)

_ALARM_HEADINGS = ("station", "code", "seq", "times", "first", "last", "detail")


def table(registrations: Sequence[Registration]) -> str:
    """One line a registration, in order of arrival, under a line of headings.

    The state is the pair of R-003-13, `registrato 0/N`; a registration that a newer one has
    replaced says so.
    """
    count = len(registrations)
    lines = _lines([_HEADINGS, *(_row(registration) for registration in registrations)])
    return "\n".join([*lines, f"{count} registration{'' if count == 1 else 's'}"])


def alarm_table(alarms: Sequence[Alarm]) -> str:
    """One line an alarm, the latest first: what a person must look into."""
    if not alarms:
        return "no alarm"
    rows = [
        (
            alarm.station,
            alarm.code,
            "-" if alarm.seq is None else str(alarm.seq),
            str(alarm.times),
            _time(alarm.first_at),
            _time(alarm.last_at),
            alarm.detail,
        )
        for alarm in alarms
    ]
    return "\n".join(_lines([_ALARM_HEADINGS, *rows]))


def _lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell; a line under the first row."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _row(registration: Registration) -> tuple[str, ...]:
    state = f"{registration.state} {_STATE_CODES[registration.state]}/{registration.strong}"
    if registration.superseded_by is not None:
        state = f"replaced by {grouped(registration.superseded_by)}"
    return (
        grouped(registration.number),
        state,
        registration.codice_fiscale,
        registration.surname or "-",
        registration.name or "-",
        "no" if registration.email_confirmed_at is None else "yes",
        registration.station,
        str(registration.seq),
        _time(registration.received_at),
    )
