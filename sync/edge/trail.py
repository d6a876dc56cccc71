"""Writing the audit trail of a station: nothing of a person is shown before its line is on the disk.

Lines of transitions are gathered and kept together every second; a line about a person's data is
kept at once, with all that waits, and whoever shows the data waits for it. Pages of lines become
operations of the journal (`AuditPage`), whose chain and signature then vouch for them.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final
from uuid import UUID

from sync.edge.clock import StationClock
from sync.edge.store import Store
from sync.edge.store.trail import ChainedLine, TrailHead
from sync.edge.trouble import StoreTrouble
from sync.model.audit import (
    LONGEST_SUBJECT,
    MOST_LINES,
    AuditEvent,
    AuditLine,
    AuditPage,
)
from sync.wire.audit_trail import PageSeal, hashes, line_hash
from sync.wire.sealing import SealingKey

PAGE_LINES: Final = 150
"""With so many lines a page is recorded."""
PAGE_MILLISECONDS: Final = 15 * 60 * 1000
"""As old may a line be that stands in no page."""
MOST_HELD: Final = 5000
"""Lines in memory while the store takes none; what is more is counted as lost."""


class Trail:
    """The audit trail of one station. May be used from several threads.

    Args:
        store: the station's store, or why it cannot be used now.
        auditor: the auditor's key, None where the hub has named none.
        clock: the station's.
    """

    def __init__(
        self,
        store: Callable[[], Store | StoreTrouble],
        auditor: Callable[[], SealingKey | None],
        clock: StationClock,
    ) -> None:
        self._store = store
        self._auditor = auditor
        self._clock = clock
        self._lock = threading.Lock()
        """Of who writes; may be held as long as the disk takes."""
        self._held_lock = threading.Lock()
        """Of the lines in memory; never held over anything that waits."""
        self._held: deque[tuple[AuditLine, str]] = deque()
        self._lost = 0
        self._seal: PageSeal | None = None
        self._seal_lines = 0

    def note(self, event: AuditEvent, *words: str, actor: bytes = b"", subject: str = "") -> None:
        """Keeps a line soon. Never blocks, never fails; `flush` writes it.

        Args:
            event: what happened.
            words: as the catalogue says; never a person's data.
            actor: thumbprint of the operator's certificate, or as much of it as there is.
            subject: what it is about, for the auditor alone.
        """
        line = AuditLine(self._clock.now_ms(), event, actor[:16], words)
        with self._held_lock:
            if len(self._held) >= MOST_HELD:
                self._lost += 1
                return
            self._held.append((line, _shortened(subject)))

    def keep(
        self, event: AuditEvent, *words: str, actor: bytes = b"", subject: str = ""
    ) -> StoreTrouble | None:
        """Keeps a line now; blocks for the disk.

        Returns:
            None when it is on the disk; else why it is not, and then nothing may be shown. The line
            is not forgotten: it is tried again with the others.
        """
        self.note(event, *words, actor=actor, subject=subject)
        return self.flush()

    def flush(self) -> StoreTrouble | None:
        """Writes what is held; blocks for the disk."""
        with self._lock:
            while taken := self._next():
                store = self._store()
                if isinstance(store, StoreTrouble):
                    return store
                refusal = self._write(store, taken)
                if refusal is not None:
                    return refusal
                with self._held_lock:
                    for _ in taken:
                        self._held.popleft()
        return None

    def _next(self) -> list[tuple[AuditLine, str]]:
        """The lines to write next; they stay until they are on the disk."""
        with self._held_lock:
            if self._lost and len(self._held) < MOST_HELD:
                lost = AuditLine(self._clock.now_ms(), AuditEvent.LOST, b"", (str(self._lost),))
                self._held.append((lost, ""))
                self._lost = 0
            return list(islice(self._held, MOST_LINES))

    def is_due(self) -> bool:
        """Whether a page is to be recorded now."""
        store = self._store()
        waiting = store if isinstance(store, StoreTrouble) else store.trail.waiting()
        if isinstance(waiting, StoreTrouble):
            return False
        count, oldest = waiting
        return count >= PAGE_LINES or (
            count > 0 and self._clock.now_ms() - oldest >= PAGE_MILLISECONDS
        )

    def page(self) -> tuple[UUID, AuditPage] | StoreTrouble | None:
        """The oldest page to record, with the id of its operation; None where there is none.

        Until `recorded` is called it is the same page under the same id: the journal knows it again.
        """
        refusal = self.flush()
        store = self._store()
        if refusal is not None or isinstance(store, StoreTrouble):
            return refusal or store  # type: ignore[return-value]  # one of them is trouble
        with self._lock:
            found = store.trail.close_page()
            self._seal = None
        if not isinstance(found, AuditPage):
            return found
        last = hashes(found.first, found.before, found.lines)[-1]
        return UUID(bytes=hashlib.sha256(b"audit page" + last).digest()[:16]), found

    def recorded(self, page: AuditPage) -> StoreTrouble | None:
        """The page is in the journal."""
        store = self._store()
        return store if isinstance(store, StoreTrouble) else store.trail.recorded(page)

    def _write(self, store: Store, taken: list[tuple[AuditLine, str]]) -> StoreTrouble | None:
        head = store.trail.head()
        if isinstance(head, StoreTrouble):
            return head
        refusal = store.trail.append(self._chained(head, taken))
        if refusal is not None:
            # What was sealed for these places must not be sealed again under the same key.
            self._seal = None
        return refusal

    def _chained(self, head: TrailHead, taken: list[tuple[AuditLine, str]]) -> list[ChainedLine]:
        number, before, chained = head.number, head.hash, []
        for line, subject in taken:
            number += 1
            seal = self._current_seal()
            whole = line
            if subject and seal is not None:
                sealed = seal.seal(subject, number, before)
                whole = AuditLine(line.at, line.event, line.actor, line.words, sealed)
            digest = line_hash(number, before, whole)
            key = b"" if seal is None else seal.wrapped
            chained.append(ChainedLine(number, before, digest, whole, key))
            before = digest
        return chained

    def _current_seal(self) -> PageSeal | None:
        """The seal of the page that is being written; a new one after as many lines as a page has."""
        auditor = self._auditor()
        if auditor is None:
            self._seal = None
            return None
        if self._seal is None or self._seal_lines >= MOST_LINES:
            self._seal, self._seal_lines = PageSeal(auditor), 0
        self._seal_lines += 1
        return self._seal


def _shortened(subject: str) -> str:
    """As much of it as a line has room for."""
    data = subject.encode()
    return (
        subject if len(data) <= LONGEST_SUBJECT else data[:LONGEST_SUBJECT].decode(errors="ignore")
    )
