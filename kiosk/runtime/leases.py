"""Who edits what: asked of the hub, prolonged while the page is open, given back behind it.

A lease only spares two clerks the work of the one who comes second: an edit that another has
overtaken is refused whatever was leased. Without a network nobody is told, and everybody may edit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final
from uuid import UUID

from kiosk.flows.clerk.events import LeaseTold
from kiosk.flows.events import Event
from sync.edge.inquiries import Asker, Inquiries, Wait
from sync.model.inquiry import LeaseAsked, LeaseGranted, LeaseHeld, LeaseReturned

_ASK_SECONDS: Final = 5.0
_PROLONG_SECONDS: Final = 240.0


class Leases:
    """At most one lease, that of the page on show.

    Args:
        inquiries: asks the hub.
        operator: who is signed in; None for nobody.
        post: takes `LeaseTold`.
        prolong_seconds: after so long a granted one is asked for again.
    """

    def __init__(
        self,
        inquiries: Inquiries,
        operator: Callable[[], Asker | None],
        post: Callable[[Event], None],
        *,
        prolong_seconds: float = _PROLONG_SECONDS,
    ) -> None:
        self._inquiries = inquiries
        self._operator = operator
        self._post = post
        self._prolong_seconds = prolong_seconds
        self._lock = threading.Lock()
        self._number = ""
        self._wait = Wait()

    def ask(self, session_id: UUID, number: str) -> None:
        """Posts `LeaseTold`, and again where that changes. Returns at once."""
        with self._lock:
            self._inquiries.abandon(self._wait)
            before, self._number = self._number, number
            self._wait = wait = Wait()
        if before and before != number:
            self._return(before)
        threading.Thread(
            target=self._hold, args=(session_id, number, wait), name="lease", daemon=True
        ).start()

    def give_back(self, number: str = "") -> None:
        """That one is edited no more, or, without a number, whichever is. Returns at once."""
        with self._lock:
            if not self._number or number not in {"", self._number}:
                return
            held, self._number = self._number, ""
            self._inquiries.abandon(self._wait)
        self._return(held)

    def _hold(self, session_id: UUID, number: str, wait: Wait) -> None:
        before: LeaseGranted | LeaseHeld | None = None
        first = True
        while not wait.is_over():
            reply = self._inquiries.ask(
                LeaseAsked(number), operator=self._operator(), seconds=_ASK_SECONDS, wait=wait
            )
            lease = reply if isinstance(reply, LeaseGranted | LeaseHeld) else None
            if wait.is_over():
                return
            if first or type(lease) is not type(before):
                self._post(LeaseTold(session_id, number, lease))
            first, before = False, lease
            wait.pause(self._prolong_seconds)

    def _return(self, number: str) -> None:
        operator = self._operator()

        def work() -> None:
            self._inquiries.ask(LeaseReturned(number), operator=operator, seconds=_ASK_SECONDS)

        threading.Thread(target=work, name="lease-return", daemon=True).start()
