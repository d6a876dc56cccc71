"""`python -m sync.hub health`: what is wrong now, and how stations say they are."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sync.hub import settings
from sync.hub.store import health, opening
from sync.hub.store.health import Concern, Heard
from sync.wire.canonical import Malformed
from sync.wire.health import decode

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no other name for it

_CONCERNS = ("code", "station", "since", "detail")
_STATIONS = (
    *("station", "heard", "software", "clock", "waiting", "oldest", "to decide"),
    *("free MB", "worn", "certificate ends", "troubles"),
)


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the command to `python -m sync.hub`."""
    shown = commands.add_parser("health", help="print what is wrong now, and how stations are")
    shown.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")
    shown.set_defaults(run=_health)


def table(found: Sequence[Concern], heard: Sequence[Heard], now: int) -> str:
    """Two tables: what is wrong now, and the last report of each station.

    Args:
        found: what is wrong.
        heard: reports.
        now: milliseconds since 1970.
    """
    concerns = [(one.code, one.subject, _minutes(now - one.since), one.detail) for one in found]
    stations = [_station(one, now) for one in heard]
    count = f"{len(found)} concern{'' if len(found) == 1 else 's'}"
    first = _columns(_CONCERNS, concerns) if concerns else []
    second = _columns(_STATIONS, stations) if stations else ["no station has said how it is"]
    return "\n".join([*first, count, "", *second])


def _station(heard: Heard, now: int) -> tuple[str, ...]:
    ago = f"{_minutes(now - heard.heard_at)} ago"
    try:
        report = decode(heard.report)
    except Malformed as error:
        return (heard.station, ago, error.code, *[""] * (len(_STATIONS) - 3))
    ends = datetime.fromtimestamp(report.certificate_ends / 1000, tz=UTC)
    return (
        heard.station,
        ago,
        report.software,
        report.clock.value,
        str(max(0, report.head - report.accepted)),
        _minutes(report.oldest_seconds * 1000) if report.oldest_seconds else "-",
        str(report.to_decide),
        str(report.free_mb),
        "-" if report.worn_percent is None else f"{report.worn_percent} %",
        f"{ends:%Y-%m-%d}" if report.certificate_ends else "-",
        " ".join(report.codes) or "-",
    )


def _columns(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (headings, tuple("-" * width for width in widths), *rows)
    ]


def _minutes(milliseconds: int) -> str:
    minutes = max(0, milliseconds) // 60_000
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _health(options: argparse.Namespace) -> int:
    store = opening.open_reader(settings.load(options.hub_dir))
    try:
        with store.snapshot():
            found, heard = health.concerns(store), health.reports(store)
    finally:
        store.close()
    print(table(found, heard, time.time_ns() // 1_000_000))
    return 0
