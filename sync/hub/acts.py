"""Identifications and readiness reports as the registry keeps them: without any template."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sync.hub.store.acts import Identified, Reported
from sync.model.identification import Identification
from sync.model.readiness import ReadinessReport


def identified(act: Identification, station: str, seq: int, now: int) -> Identified:
    """The row of the `seq`-th entry of `station`; of its fingers only which, how good, or why not."""
    return Identified(
        station=station,
        seq=seq,
        codice_fiscale=act.codice_fiscale,
        surname=act.surname,
        name=act.name,
        birth_date=act.birth_date.text,
        document=act.document.kind.value,
        headline=act.document.headline,
        proven=json.dumps(act.document.proven),
        way=act.way.value,
        fingers=json.dumps(
            [
                (
                    entry.hand.value,
                    entry.finger.value,
                    entry.quality,
                    None if entry.excused is None else entry.excused.value,
                )
                for entry in act.fingers
            ]
        ),
        received_at=now,
    )


def reported(
    report: ReadinessReport, plain: Mapping[str, object], station: str, seq: int, now: int
) -> Reported:
    """The row of the `seq`-th entry of `station`; `plain` is the report's plain form."""
    return Reported(
        station=station,
        seq=seq,
        office=report.office,
        role=report.role,
        software=report.software,
        made_on=report.made_on.isoformat(),
        ready=report.ready,
        devices=json.dumps(plain["devices"]),
        received_at=now,
    )
