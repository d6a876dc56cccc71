"""What stations recorded without a registration number: identifications, readiness reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True, repr=False)
class Identified:
    """An identification as the registry holds it.

    Attributes:
        document: kind of the document that was seen.
        proven: JSON list of what was proven of it.
        fingers: JSON list of [hand, finger, quality, excuse]; no template is ever here.
        shed_at: when the sealed body was shed, None while the hub holds it.
    """

    station: str
    seq: int
    codice_fiscale: str
    surname: str | None
    name: str | None
    birth_date: str
    document: str
    headline: str
    proven: str
    way: str
    fingers: str
    received_at: int
    shed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A readiness report as the registry holds it.

    Attributes:
        ready: whether every device that is fitted was tested, passed, and worked.
        devices: JSON, as in the plain form of the report.
    """

    station: str
    seq: int
    office: str
    role: str
    software: str
    made_on: str
    ready: bool
    devices: str
    received_at: int


_IDENTIFIED = (
    "station, seq, codice_fiscale, surname, name, birth_date, document, headline, proven, way,"
    " fingers, identification.received_at"
)
_REPORTED = "station, seq, office, role, software, made_on, ready, devices, received_at"


def identifications(store: Store) -> list[Identified]:
    """Every identification, in order of arrival."""
    rows = store.rows(
        f"SELECT {_IDENTIFIED}, shed_at FROM identification JOIN entry USING (station, seq)"  # noqa: S608  constant
        " ORDER BY identification.received_at, station, seq"
    )
    return [Identified(*row) for row in rows]


def reports(store: Store) -> list[Reported]:
    """Every readiness report, in order of arrival."""
    rows = store.rows(
        f"SELECT {_REPORTED} FROM readiness_report ORDER BY received_at, station, seq"  # noqa: S608  constant
    )
    return [
        Reported(station, seq, office, role, software, made_on, bool(ready), devices, received_at)
        for station, seq, office, role, software, made_on, ready, devices, received_at in rows
    ]


def add_identifications(store: Store, entered: Sequence[Identified]) -> None:
    """New identifications. Within a transaction."""
    store.run_many(
        "INSERT INTO identification (station, seq, codice_fiscale, surname, name, birth_date,"
        " document, headline, proven, way, fingers, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.station,
                one.seq,
                one.codice_fiscale,
                one.surname,
                one.name,
                one.birth_date,
                one.document,
                one.headline,
                one.proven,
                one.way,
                one.fingers,
                one.received_at,
            )
            for one in entered
        ],
    )


def add_reports(store: Store, entered: Sequence[Reported]) -> None:
    """New readiness reports. Within a transaction."""
    store.run_many(
        "INSERT INTO readiness_report (station, seq, office, role, software, made_on, ready,"
        " devices, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.station,
                one.seq,
                one.office,
                one.role,
                one.software,
                one.made_on,
                int(one.ready),
                one.devices,
                one.received_at,
            )
            for one in entered
        ],
    )
