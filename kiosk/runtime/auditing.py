"""Keeps the audit trail while the program runs, and puts its pages into the journal.

Every transition gets a line, written within a second. What shows a person's data waits for its line
(`before_showing`): where that cannot be kept, the data is not shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from kiosk import log_events
from kiosk.flows.events import Event, Printed
from kiosk.flows.out_of_service import StationStandingTold
from kiosk.runtime.records import Records
from sync.edge.clock import StationClock
from sync.edge.journal import RecordedAct
from sync.edge.trail import Trail
from sync.edge.trouble import StoreTrouble
from sync.model.audit import AuditEvent, is_word

_QUIET_SECONDS: Final = 1.0
_MOST_PAGES: Final = 50


class Auditing:
    """The audit trail of this program. May be used from any thread.

    Args:
        records: the journal, and the store that the trail lies in.
        clock: the station's.
        actor: thumbprint of the operator who is signed in; empty for nobody.
    """

    def __init__(
        self,
        records: Records,
        clock: StationClock,
        actor: Callable[[], bytes] = lambda: b"",
    ) -> None:
        self._records = records
        self._trail = Trail(records.store, records.auditor, clock)
        self.actor = actor
        self._told = ""
        self._wake = threading.Event()
        self._turn = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="auditing", daemon=True)

    def start(self, *words: str) -> None:
        """Begin to write; `words` as the catalogue has them for `station.started`."""
        self.note(AuditEvent.STARTED, *words)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left. Lines that stand in no page do so at the next start."""
        self.note(AuditEvent.STOPPED)
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self._trail.flush()

    def note(self, event: AuditEvent, *words: str, subject: str = "") -> None:
        """Keep a line soon. Never blocks.

        A word that may not stand openly is kept as `unfit`: the line is not lost for it.
        """
        fit = (word if is_word(word) else "unfit" for word in words)
        self._trail.note(event, *fit, actor=self.actor(), subject=subject)

    def before_showing(self, event: AuditEvent, *words: str, subject: str = "") -> str:
        """Keep a line about a person's data; blocks for the disk.

        Returns:
            Empty when it is kept; else the code of why nothing may be shown.
        """
        refusal = self._trail.keep(event, *words, actor=self.actor(), subject=subject)
        return "" if refusal is None else refusal.code

    def hear(self, event: Event) -> None:
        """Keep a line of what devices and hub told, where the catalogue has one. Never blocks."""
        match event:
            case Printed(document=document):
                self.note(AuditEvent.PRINTED, document.value)
            case StationStandingTold(standing):
                self.note(AuditEvent.STANDING, standing.value)
            case _:
                pass

    def turn_page(self) -> None:
        """Somebody has gone: what was written about them goes into the journal soon."""
        self._turn.set()
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(_QUIET_SECONDS)
            self._wake.clear()
            try:
                self._step()
            except Exception as fault:  # noqa: BLE001  # the trail goes on, whatever one page had
                log_events.write(
                    log_events.EFFECT_BROKEN, worker="auditing", kind=type(fault).__name__
                )

    def _step(self) -> None:
        refusal = self._trail.flush()
        code = "" if refusal is None else refusal.code
        if code != self._told:
            self._told = code
            log_events.write(log_events.AUDIT, code=code or "ok")
        if refusal is None and (self._turn.is_set() or self._trail.is_due()):
            self._turn.clear()
            self._record_pages()

    def _record_pages(self) -> None:
        for _ in range(_MOST_PAGES):
            found = self._trail.page()
            if not isinstance(found, tuple):
                return
            operation_id, page = found
            done = self._records.act(operation_id, page)
            if not isinstance(done, RecordedAct):
                return  # it is the same page the next time
            if isinstance(self._trail.recorded(page), StoreTrouble):
                return
