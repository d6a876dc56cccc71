"""Fetches the hub's signed lists, and keeps on looking for newer ones.

Asked for when the network comes, when the hub's hint says that something is newer, and every quarter
of an hour. A long list comes as the difference to the one that is here; what comes out of that is
believed like one that came whole, for the hub's signature over it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kiosk import log_events
from kiosk.flows.station_facts import SignedList
from kiosk.runtime.signed_lists import ListShelf
from sync.edge.inquiries import Inquiries, Wait
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Done
from sync.wire import list_delta, list_versions
from sync.wire.canonical import Malformed

ASK_SECONDS: Final = 900.0
SOON_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 20.0
_MOST_QUESTIONS: Final = 400


@dataclass(frozen=True, slots=True)
class Told:
    """What the hub told: a list, or the difference to version `base` of it."""

    base: int = 0
    data: bytes = field(default=b"", repr=False)


class ListFetch:
    """Asks the hub for newer lists, as the difference to the one that is here where the hub has that.

    Args:
        shelf: takes them.
        inquiries: asks the hub.
    """

    def __init__(self, shelf: ListShelf, inquiries: Inquiries) -> None:
        self._shelf = shelf
        self._inquiries = inquiries
        self._whole: set[SignedList] = set()

    def fetch(self, name: SignedList, wait: Wait) -> bool:
        """Ask for a newer list, in parts, and put it in place. Blocks for the hub.

        Returns:
            Whether the hub answered; without that it is worth asking again soon.
        """
        base = None if name in self._whole else self._shelf.data(name)
        held = self._shelf.held(name)
        if not held or base is None:
            return self._take(name, held, None, wait)
        answered = self._take(name, held, base, wait)
        if not answered and not wait.is_over():
            # A hub of before does not know the question; and a difference may fit nothing here.
            self._whole.add(name)
        return answered

    def _take(self, name: SignedList, held: int, base: bytes | None, wait: Wait) -> bool:
        told = self._told(name, held, base is not None, wait)
        if not isinstance(told, Told):
            return told
        data = told.data
        if told.base:
            if base is None or told.base != held:
                return False
            most = list_versions.MOST_LIST_BYTES[name.value]
            try:
                data = list_delta.apply(base, data, most=most)
            except Malformed as error:
                log_events.write(log_events.SIGNED_LIST, list=name.value, code=error.code)
                return self._take(name, held, None, wait)
        self._shelf.take(name, data)
        self._whole.discard(name)
        return True

    def _told(self, name: SignedList, held: int, delta: bool, wait: Wait) -> Told | bool:  # noqa: FBT001  of a question
        """What the hub has; whether it answered, where that is nothing that could be taken."""
        told, version = Told(), 0
        most = list_versions.MOST_LIST_BYTES[name.value]
        for _ in range(_MOST_QUESTIONS):
            asked = SignedListSince(name.value, held, len(told.data), delta)
            reply = self._inquiries.ask(asked, seconds=_ANSWER_SECONDS, wait=wait)
            if isinstance(reply, Done):
                return True
            if not isinstance(reply, SignedListPart) or reply.name != name.value:
                return False
            if (reply.offset, reply.version, reply.base) != (len(told.data), version, told.base):
                again = bool(reply.offset)
                told, version = Told(base=reply.base), reply.version
                if again:
                    continue  # another one was signed meanwhile
            told = Told(told.base, told.data + reply.data)
            if not reply.data or len(told.data) > most:
                return False
            if len(told.data) >= reply.of:
                return told
        return False


class ListWatch:
    """Fetches the lists on a thread of its own.

    Args:
        shelf: takes them.
        inquiries: asks the hub.
        taken: called after each round, on that thread; may wait, but not on `wait` once it is over.
        seconds: between two rounds.
    """

    def __init__(
        self,
        shelf: ListShelf,
        inquiries: Inquiries,
        taken: Callable[[Wait], None],
        *,
        seconds: float = ASK_SECONDS,
    ) -> None:
        self._shelf = shelf
        self._inquiries = inquiries
        self._fetch = ListFetch(shelf, inquiries)
        self._taken = taken
        self._seconds = seconds
        self._wait = Wait()
        self._ended = threading.Event()
        self._poked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signed-lists", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poke(self) -> None:
        """The network came, or the hub's hint says that something is newer."""
        self._poked.set()

    def begin_anew(self) -> None:
        """What was asked while the station was silenced is lost: ask again, now."""
        self._poked.set()
        self._inquiries.abandon(self._wait)

    def stop(self) -> None:
        """End; what is being asked is abandoned."""
        self._ended.set()
        self.begin_anew()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        self._shelf.adopt_held(SignedList.PLACES)
        while True:
            self._poked.clear()
            wait = self._wait = Wait()
            if self._ended.is_set():
                return
            answered = all(self._fetch.fetch(name, wait) for name in self._shelf.wanted)
            if wait.is_over():
                continue
            self._taken(wait)
            self._poked.wait(self._seconds if answered else min(SOON_SECONDS, self._seconds))
