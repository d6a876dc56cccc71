"""What becomes of the acts of the console: recorded here, decided at the hub, told on the page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from kiosk.flows.console import acts
from kiosk.flows.console.events import SentTold
from kiosk.flows.console.views import ActName, SentAct, SentState
from kiosk.flows.events import Event
from sync.edge.trouble import StoreTrouble
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    RegisterNote,
    StationChange,
    StationRegistration,
)
from sync.model.console_views import UserRecord
from sync.wire.receipt import Outcome, Refused

LOOK_SECONDS: Final = 2.0
MOST: Final = 100
"""So many are told, the latest first."""


class SentActs:
    """The acts of one sign-in.

    Args:
        outcome: what the hub made of an operation; None where that is not known yet.
        post: takes `SentTold`.
        seconds: so often an act that waits is looked at.
    """

    def __init__(
        self,
        outcome: Callable[[UUID], Outcome | StoreTrouble | None],
        post: Callable[[Event], None],
        seconds: float = LOOK_SECONDS,
    ) -> None:
        self._outcome = outcome
        self._post = post
        self._seconds = seconds
        self._lock = threading.Lock()
        self._sent: tuple[SentAct, ...] = ()
        self._whose = b""
        self._mark = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def mark(self) -> int:
        """Names the sign-in of now; another one has another."""
        return self._mark

    def add(
        self,
        operation_id: UUID,
        act: ConsoleAct,
        when: datetime,
        users: Iterable[UserRecord],
        *,
        mark: int,
        thumbprint: bytes,
    ) -> None:
        """An act is durable; it is told as waiting until the hub has decided.

        Args:
            operation_id: its name.
            act: what was done.
            when: aware time of the record.
            users: whose names are known.
            mark: of the sign-in in which it was confirmed; after another `forget` it is not told.
            thumbprint: of the certificate of the card that signed it.
        """
        one = SentAct(operation_id, _name_of(act), _subject_of(act, users), when)
        with self._lock:
            if mark != self._mark:
                return
            self._whose = thumbprint
            others = (other for other in self._sent if other.operation_id != operation_id)
            self._sent = (one, *others)[:MOST]
            told = self._sent
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._run, name="sent-acts", daemon=True)
                self._thread.start()
        self._post(SentTold(told, thumbprint))
        self._wake.set()

    def forget(self) -> None:
        """The administrator has gone."""
        with self._lock:
            self._mark += 1
            self._sent, self._whose = (), b""

    def stop(self) -> None:
        """Look no more, for good."""
        self._stopping.set()
        self._wake.set()

    def look(self) -> None:
        """Tell what has been decided since."""
        with self._lock:
            before = self._sent
        decided = {
            one.operation_id: self._decided(one) for one in before if one.state is SentState.WAITING
        }
        with self._lock:
            after = tuple(decided.get(one.operation_id, one) for one in self._sent)
            changed, self._sent = after != self._sent, after
            whose = self._whose
        if changed:
            self._post(SentTold(after, whose))

    def _decided(self, one: SentAct) -> SentAct:
        outcome = self._outcome(one.operation_id)
        if outcome is None or isinstance(outcome, StoreTrouble):
            return one
        if isinstance(outcome, Refused):
            return replace(one, state=SentState.REFUSED, code=outcome.code)
        return replace(one, state=SentState.ACCEPTED)

    def _run(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                waiting = any(one.state is SentState.WAITING for one in self._sent)
            self._wake.wait(self._seconds if waiting else None)
            self._wake.clear()
            if not self._stopping.is_set():
                self.look()
                self._stopping.wait(self._seconds)


def _name_of(act: ConsoleAct) -> ActName:
    return ActName.DAILY_PASSWORD if isinstance(act, DailyPasswordAct) else acts.name_of(act)


def _subject_of(act: ConsoleAct, users: Iterable[UserRecord]) -> str:
    """What it is about, as the page knows it."""
    match act:
        case StationRegistration(label=label):
            return label
        case EnrolmentApproval() | StationChange() | RegisterNote():
            return act.station
        case _:
            code = act.codice_fiscale
            known = next((one for one in users if one.codice_fiscale == code), None)
            name = "" if known is None else f"{known.surname} {known.name}".strip()
            return (
                name or f"{getattr(act, 'surname', '')} {getattr(act, 'name', '')}".strip() or code
            )
