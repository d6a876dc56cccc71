"""Every event of the audit trail's catalogue is written by some program (R-000-18)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

import kiosk
import sync
from hw.paper import Certainty
from kiosk.flows.events import Printed
from kiosk.flows.out_of_service import StationStanding, StationStandingTold
from kiosk.flows.printed_document import PrintedDocument
from kiosk.runtime.auditing import Auditing
from sync.model.audit import AuditEvent

SOURCES = "\n".join(
    file.read_text("utf-8")
    for package in (kiosk, sync)
    for file in Path(package.__path__[0]).rglob("*.py")
)


@pytest.mark.rule("R-000-18")
@pytest.mark.parametrize("event", list(AuditEvent))
def test_every_event_of_the_catalogue_has_a_writer(event: AuditEvent) -> None:
    assert f"AuditEvent.{event.name}" in SOURCES


class _Noting(Auditing):
    def __init__(self) -> None:
        self.lines: list[tuple[AuditEvent, tuple[str, ...]]] = []

    def note(self, event: AuditEvent, *words: str, subject: str = "") -> None:
        assert not subject
        self.lines.append((event, words))


@pytest.mark.rule("R-000-18")
def test_a_paper_and_a_stations_standing_leave_their_lines() -> None:
    auditing = _Noting()
    document = PrintedDocument.INSTALLATION_REPORT
    auditing.hear(Printed(UUID(int=1), document, next(iter(Certainty))))
    auditing.hear(StationStandingTold(StationStanding.BLOCKED))
    assert auditing.lines == [
        (AuditEvent.PRINTED, (document.value,)),
        (AuditEvent.STANDING, ("blocked",)),
    ]
