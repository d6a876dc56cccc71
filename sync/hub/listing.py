"""The registry as tables for a terminal: for the staff of the hub, and for the demonstration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sync.hub.confirmation import grouped
from sync.hub.store.acts import Identified, Reported
from sync.hub.store.alarms import Alarm
from sync.hub.store.registrations import Held
from sync.model.identification import Way

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

_IDENTIFIED_HEADINGS = (
    *("received", "station", "seq", "codice fiscale", "surname", "name", "born"),
    *("way", "document", "verdict", "proven", "fingers", "templates"),
)
_REPORTED_HEADINGS = (
    *("received", "station", "seq", "made on", "office", "role", "software"),
    *("ready", "not ready"),
)

_TO_BE_CONFIRMED = f"{Way.OPERATOR.value}, to be confirmed at the counter"


def table(registrations: Sequence[Held]) -> str:
    """One line a registration, in order of arrival, under a line of headings.

    The state is the pair of R-003-13, `registrato 0/N`, and the operation in progress.
    """
    count = len(registrations)
    lines = _lines([_HEADINGS, *(_row(registration) for registration in registrations)])
    return "\n".join([*lines, f"{count} registration{'' if count == 1 else 's'}"])


def identification_table(identified: Sequence[Identified]) -> str:
    """One line an identification, in order of arrival; of fingers which and how good, no template.

    `templates` says whether the hub still holds them, sealed: `none` where none was ever sent. By
    `operator` nothing is proven but what the document's line says: somebody at the counter is to
    look at person and document.
    """
    lines = _lines([_IDENTIFIED_HEADINGS, *(_identified_row(one) for one in identified)])
    count = len(identified)
    return "\n".join([*lines, f"{count} identification{'' if count == 1 else 's'}"])


def readiness_table(reported: Sequence[Reported]) -> str:
    """One line a readiness report, in order of arrival, with the devices that were not ready."""
    lines = _lines([_REPORTED_HEADINGS, *(_reported_row(one) for one in reported)])
    count = len(reported)
    return "\n".join([*lines, f"{count} report{'' if count == 1 else 's'}"])


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


def _row(held: Held) -> tuple[str, ...]:
    credential, person = held.registration.credential, held.registration.person
    word = credential.state.value
    state = f"{word} {_STATE_CODES[word]}/{'Y' if credential.strong else 'N'}"
    if credential.running is not None:
        state = f"{state} ({credential.running.kind.value})"
    return (
        grouped(held.number),
        state,
        held.codice_fiscale,
        person.surname or "-",
        person.name or "-",
        "no" if held.email_confirmed_at is None else "yes",
        held.station or "-",
        "-" if held.seq is None else str(held.seq),
        _time(held.received_at),
    )


def _identified_row(one: Identified) -> tuple[str, ...]:
    fingers = json.loads(one.fingers)
    taken = any(excuse is None for *_, excuse in fingers)
    if not taken:
        templates = "none"
    else:
        templates = "held" if one.shed_at is None else f"gone {_time(one.shed_at)}"
    return (
        _time(one.received_at),
        one.station,
        str(one.seq),
        one.codice_fiscale,
        one.surname or "-",
        one.name or "-",
        one.birth_date,
        _TO_BE_CONFIRMED if one.way == Way.OPERATOR.value else one.way,
        one.document,
        one.headline,
        ", ".join(json.loads(one.proven)) or "-",
        ", ".join(
            f"{hand} {finger} {excuse or quality}" for hand, finger, quality, excuse in fingers
        )
        or "-",
        templates,
    )


def _reported_row(one: Reported) -> tuple[str, ...]:
    lacking = [
        " ".join(
            word
            for word in (
                device["kind"],
                device["state"],
                "" if device["passed"] else "failed" if device["tested"] else "untested",
                device["last_code"] or "",
            )
            if word
        )
        for device in json.loads(one.devices)
        if device["state"] != "not-fitted"
        and not (device["passed"] and device["state"] == "working")
    ]
    return (
        _time(one.received_at),
        one.station,
        str(one.seq),
        one.made_on,
        one.office,
        one.role,
        one.software,
        "yes" if one.ready else "no",
        ", ".join(lacking) or "-",
    )
