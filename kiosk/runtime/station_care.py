"""What a station does for itself, whoever is in front of it: its standing, its lists, its certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kiosk.flows.events import Event
from kiosk.flows.out_of_service import StationStanding
from kiosk.flows.station_facts import SignedList, StationFacts, StationFactsTold
from kiosk.runtime.list_fetching import ListWatch
from kiosk.runtime.renewing import Renewing
from kiosk.runtime.rosters import RosterBelief
from kiosk.runtime.signed_lists import Correction, ListShelf
from kiosk.runtime.standing import StandingWatch
from kiosk.runtime.storage_care import StorageCare
from sync.edge.enrolment import DeviceKeys, at_least_now
from sync.edge.inquiries import Inquiries, Wait
from sync.edge.link.hints import FILE_NAME
from sync.edge.renewal import Renewal
from sync.edge.standing import StandingBook
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault


@dataclass(frozen=True, slots=True)
class Cared:
    """What the care works with.

    Attributes:
        keys: the station's.
        now_ms: milliseconds since 1970.
        address: of the hub's pages; empty where it is not known.
        holds_roster: whether operators work here.
        vault: seals the roster.
        adopt: puts settings, texts and places of the hub in force; returns how many do not fit.
    """

    profile: StationProfile
    store: Callable[[], Store | StoreTrouble]
    inquiries: Inquiries
    keys: DeviceKeys
    now_ms: Callable[[], int]
    post: Callable[[Event], None]
    address: str = ""
    holds_roster: bool = False
    vault: Vault | None = None
    adopt: Callable[[Correction], int] = lambda _: 0


class StationCare:
    """Standing, signed lists and renewal of one station."""

    def __init__(self, cared: Cared) -> None:
        self._cared = cared
        profile = cared.profile
        book = StandingBook(profile.store, profile.name)
        self._standing = StandingWatch(book, cared.post)
        roster = RosterBelief(profile, cared.store, cared.vault) if cared.holds_roster else None
        take = None if roster is None else roster.take
        self._shelf = ListShelf(profile, cared.store, book, take, cared.vault, cared.adopt)
        renewal = Renewal(profile, cared.keys, cared.now_ms)
        self._renewing = Renewing(renewal, cared.inquiries, cared.address)
        self._watch = ListWatch(self._shelf, cared.inquiries, self._round)
        self._hint = profile.store / FILE_NAME
        self._hinted: tuple[int, int] | None = None
        self._told: StationFacts | None = None
        self._storage = StorageCare(cared.store, self._tell)

    @property
    def shelf(self) -> ListShelf:
        """The signed lists, for whoever else brings some."""
        return self._shelf

    def standing(self) -> StationStanding:
        """How the station stands, for the first page."""
        return self._standing.now()

    def refusal(self) -> str:
        """Why nothing may be recorded now; empty for no reason."""
        return self._standing.refusal()

    def start(self) -> None:
        """Begin; what lies here is told of at once."""
        self._shelf.look()
        # Before the first page; places take longer and follow on the thread of the lists.
        self._shelf.adopt_held(SignedList.SETTINGS, SignedList.TEXTS)
        self._tell()
        self._watch.start()
        self._storage.start()

    def look(self) -> None:
        """Called about every second: standing and hint are files that are only looked at."""
        if self._standing.look():
            self._watch.begin_anew()
        try:
            found = self._hint.stat()
        except OSError:
            return
        stamp = found.st_mtime_ns, found.st_ino
        if stamp != self._hinted:
            self._hinted = stamp
            self._watch.poke()

    def poke(self) -> None:
        """The network came back."""
        self._watch.poke()

    def stop(self) -> None:
        """End."""
        self._watch.stop()
        self._storage.stop()

    def _round(self, wait: Wait) -> None:
        self._renewing.look(wait)
        self._standing.look()
        self._tell()

    def _tell(self) -> None:
        now: datetime = at_least_now(self._cared.now_ms())
        facts = StationFacts(
            expires=self._renewing.expires(),
            protection=self._cared.keys.signer.protection.value,
            lists=self._shelf.facts(now),
            renewal=self._renewing.code,
            storage=self._storage.facts,
        )
        if facts != self._told:
            self._told = facts
            self._cared.post(StationFactsTold(facts))
