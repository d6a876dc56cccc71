"""The hub's signed lists at this station: fetched, verified, put in place, and how old they are.

Asked for when the network comes, when the hub's hint says that something is newer, and every quarter
of an hour. Each list is believed for the hub's signature, whoever brought it, and none that is
older than the one taken last, across restarts too. The list of stations says too whether this one
is blocked or revoked. A kiosk for citizens has no use for the names of operators: it takes no roster.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from kiosk import log_events
from kiosk.flows.station_facts import ListHeld, SignedList
from sync.edge import authorities
from sync.edge.inquiries import Inquiries, Wait
from sync.edge.replacing import replace_file
from sync.edge.standing import StandingBook, StationStanding
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model import rosters
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Done
from sync.wire import document_trust, list_versions, station_list, trust
from sync.wire.roster import load as load_roster
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust, TrustTrouble

ASK_SECONDS: Final = 900.0
SOON_SECONDS: Final = 60.0
_ANSWER_SECONDS: Final = 20.0
_MOST_QUESTIONS: Final = 400


@dataclass(frozen=True, slots=True)
class Bounds:
    """By what lists are judged: the hub's keys, and the versions taken last."""

    hub: HubTrust
    versions: Mapping[SignedList, int]


class ListShelf:
    """The signed lists in the station's folder.

    Args:
        profile: the station.
        store: the station's store, or why it cannot be used now.
        standing: hears what the list of stations says of this one.
        take_roster: puts a roster in place (`RosterBelief.take`); None where none is wanted.
        vault: opens the roster.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        standing: StandingBook,
        take_roster: Callable[[bytes], str] | None = None,
        vault: Vault | None = None,
    ) -> None:
        self._profile = profile
        self._store = store
        self._standing = standing
        self._take_roster = take_roster
        self._vault = vault
        self._codes: dict[SignedList, str] = {}

    @property
    def wanted(self) -> tuple[SignedList, ...]:
        """The lists that this station holds, those first by which the others are believed."""
        return tuple(
            one
            for one in SignedList
            if one is not SignedList.ROSTER or self._take_roster is not None
        )

    def path(self, name: SignedList) -> Path:
        """Where a list lies."""
        return {
            SignedList.TRUST: self._profile.trust_list,
            SignedList.STATIONS: self._profile.trust_list.with_name("stations.cose"),
            SignedList.ROSTER: self._profile.roster_list,
            SignedList.DOCUMENTS: self._profile.document_list,
        }[name]

    def bounds(self) -> Bounds | str:
        """What lists are judged by now, or the code of what stands against judging any."""
        store = self._store()
        if isinstance(store, StoreTrouble):
            return store.code
        at_least = store.trust_version()
        if isinstance(at_least, StoreTrouble):
            return at_least.code
        versions = {SignedList.TRUST: at_least}
        for name in SignedList:
            if name is SignedList.TRUST:
                continue
            version = store.lists.version(name.value)
            if isinstance(version, StoreTrouble):
                return version.code
            versions[name] = version
        try:
            hub = self._profile.hub_trust(at_least=at_least)
        except ProfileError:
            return "trust.absent"
        return hub.code if isinstance(hub, TrustTrouble) else Bounds(hub, versions)

    def held(self, name: SignedList) -> int:
        """Version of a list that is here and believed; 0 for none."""
        found = self._version_and_time(name)
        return 0 if isinstance(found, str) else found[0]

    def take(self, name: SignedList, data: bytes) -> str:
        """Put a list in place; empty, or the code of why it is not taken. Never raises."""
        code = self._take(name, data)
        self._codes[name] = code
        if code:
            log_events.write(log_events.SIGNED_LIST, list=name.value, code=code)
        else:
            log_events.write(log_events.SIGNED_LIST, list=name.value, version=self.held(name))
        return code

    def look(self) -> None:
        """Hear from the list of stations that is here how this one stands: it makes nothing better."""
        bounds = self.bounds()
        data = self._data(SignedList.STATIONS)
        if isinstance(bounds, str) or data is None:
            return
        at_least = bounds.versions[SignedList.STATIONS]
        found = station_list.load(data, bounds.hub, at_least=at_least)
        if isinstance(found, StationList):
            self._hear(found, is_news=False)

    def facts(self, now: datetime) -> tuple[ListHeld, ...]:
        """Every list with its version and age, by the station's clock."""
        return tuple(self._fact(name, now) for name in self.wanted)

    def _take(self, name: SignedList, data: bytes) -> str:
        if name is SignedList.TRUST:
            return self._take_trust(data)
        bounds, store = self.bounds(), self._store()
        if isinstance(bounds, str):
            return bounds
        if isinstance(store, StoreTrouble):
            return store.code
        if name is SignedList.ROSTER:
            return "" if self._take_roster is None else self._take_roster(data)
        found = self._judged(name, data, bounds)
        if isinstance(found, TrustTrouble):
            return found.code
        # First the version: a list that was taken and not remembered could be rolled back. One that
        # is remembered and not here is asked for again.
        trouble = store.lists.take(name.value, found.version)
        if trouble is not None:
            return trouble.code
        try:
            replace_file(self.path(name), data)
        except OSError:
            return _ABSENT[name]
        if isinstance(found, StationList):
            self._hear(found, is_news=found.version > bounds.versions[name])
        return ""

    def _take_trust(self, data: bytes) -> str:
        """Judged by the root and what was taken last, not by the list that is here or is not.

        First the file: with a version that no file has the station would believe no answer of the
        hub any more, that with the list neither. A file whose version is not kept yet is believed,
        and kept by whoever reads it next (`Belief`).
        """
        name, store = SignedList.TRUST, self._store()
        if isinstance(store, StoreTrouble):
            return store.code
        at_least = store.trust_version()
        if isinstance(at_least, StoreTrouble):
            return at_least.code
        try:
            here = self._profile.hub_trust()
            if isinstance(here, HubTrust):
                at_least = max(at_least, here.version)
            found = trust.load(data, self._profile.root_key(), at_least=at_least)
        except ProfileError:
            return _ABSENT[name]
        if isinstance(found, TrustTrouble):
            return found.code
        try:
            replace_file(self.path(name), data)
        except OSError:
            return _ABSENT[name]
        trouble = store.take_trust_version(found.version)
        self._profile.adopt_root(found)
        return "" if trouble is None else trouble.code

    def _judged(
        self, name: SignedList, data: bytes, bounds: Bounds
    ) -> HubTrust | StationList | document_trust.DocumentTrust | TrustTrouble:
        at_least = bounds.versions[name]
        match name:
            case SignedList.TRUST:
                return trust.load(data, self._profile.root_key(), at_least=at_least)
            case SignedList.STATIONS:
                return station_list.load(data, bounds.hub, at_least=at_least)
            case _:
                return document_trust.load(data, bounds.hub, at_least=at_least)

    def _hear(self, stations: StationList, *, is_news: bool) -> None:
        name = self._profile.name
        if name in stations.revoked:
            standing = StationStanding.REVOKED
        elif name in stations.blocked:
            standing = StationStanding.BLOCKED
        else:
            standing = StationStanding.GOOD
        try:
            self._standing.hear(standing, stations.issued, is_news=is_news)
            authorities.adopt(self._profile.tls_ca, stations.authorities)
        except OSError:
            log_events.write(log_events.SIGNED_LIST, code="store.unavailable")

    def _data(self, name: SignedList) -> bytes | None:
        path = self.path(name)
        try:
            if name is SignedList.ROSTER and self._vault is not None:
                found = self._vault.read(path, "roster")
                return found if isinstance(found, bytes) else None
            return path.read_bytes()
        except OSError:
            return None

    def _version_and_time(self, name: SignedList) -> tuple[int, int] | str:
        bounds, data = self.bounds(), self._data(name)
        if isinstance(bounds, str):
            return bounds
        if data is None:
            return ""
        if name is SignedList.ROSTER:
            roster = load_roster(data, bounds.hub, at_least=bounds.versions[name])
            return (
                roster.code if isinstance(roster, TrustTrouble) else (roster.version, roster.issued)
            )
        found = self._judged(name, data, bounds)
        return found.code if isinstance(found, TrustTrouble) else (found.version, found.issued)

    def _fact(self, name: SignedList, now: datetime) -> ListHeld:
        found = self._version_and_time(name)
        if isinstance(found, str):
            return ListHeld(name, code=self._codes.get(name) or found)
        version, issued = found
        return ListHeld(name, version, signed_on(issued, now), self._codes.get(name, ""))


_ABSENT: Final = {
    SignedList.TRUST: "trust.absent",
    SignedList.STATIONS: "station-list.absent",
    SignedList.ROSTER: "roster.absent",
    SignedList.DOCUMENTS: "document-trust.absent",
}


def signed_on(issued: int, now: datetime) -> date | None:
    """The day of a list; None where it lies ahead of the station's clock (`rosters.age_of`).

    Args:
        issued: milliseconds since 1970, by the hub's clock.
        now: by the station's.
    """
    age = rosters.age_of(issued, int(now.timestamp() * 1000))
    if age is None:
        return None
    try:
        return datetime.fromtimestamp(issued / 1000, tz=UTC).date()
    except (OverflowError, ValueError, OSError):
        return None


def fetch(shelf: ListShelf, name: SignedList, inquiries: Inquiries, wait: Wait) -> bool:
    """Ask the hub for a newer list, in parts, and put it in place. Blocks for the hub.

    Returns:
        Whether the hub answered; without that it is worth asking again soon.
    """
    held, data, version = shelf.held(name), b"", 0
    most = list_versions.MOST_LIST_BYTES[name.value]
    for _ in range(_MOST_QUESTIONS):
        asked = SignedListSince(name.value, held, len(data))
        reply = inquiries.ask(asked, seconds=_ANSWER_SECONDS, wait=wait)
        if isinstance(reply, Done):
            return True
        if not isinstance(reply, SignedListPart) or reply.name != name.value:
            return False
        if reply.offset != len(data) or reply.version != version:
            again = bool(reply.offset)
            data, version = b"", reply.version
            if again:
                continue  # another one was signed meanwhile
        data += reply.data
        if not reply.data or len(data) > most:
            return False
        if len(data) >= reply.of:
            shelf.take(name, data)
            return True
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
        while True:
            self._poked.clear()
            wait = self._wait = Wait()
            if self._ended.is_set():
                return
            answered = all(
                fetch(self._shelf, name, self._inquiries, wait) for name in self._shelf.wanted
            )
            if wait.is_over():
                continue
            self._taken(wait)
            self._poked.wait(self._seconds if answered else min(SOON_SECONDS, self._seconds))
