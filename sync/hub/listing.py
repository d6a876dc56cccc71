"""The registry as a table for a terminal: for the staff of the hub, and for the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sync.hub.confirmation import grouped
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


def table(registrations: Sequence[Registration]) -> str:
    """One line a registration, in order of arrival, under a line of headings.

    The state is the pair of R-003-13, `registrato 0/N`; a registration that a newer one has
    replaced says so.
    """
    rows = [_HEADINGS, *(_row(registration) for registration in registrations)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    count = len(registrations)
    lines.append(f"{count} registration{'' if count == 1 else 's'}")
    return "\n".join(lines)


def _row(registration: Registration) -> tuple[str, ...]:
    state = f"{registration.state} {_STATE_CODES[registration.state]}/{registration.strong}"
    if registration.superseded_by is not None:
        state = f"replaced by {grouped(registration.superseded_by)}"
    received = datetime.fromtimestamp(registration.received_at / 1000, tz=UTC)
    return (
        grouped(registration.number),
        state,
        registration.codice_fiscale,
        registration.surname or "-",
        registration.name or "-",
        "no" if registration.email_confirmed_at is None else "yes",
        registration.station,
        str(registration.seq),
        received.strftime("%Y-%m-%d %H:%M:%S UTC"),
    )
