"""The hub's signed lists at this station: verified, put in place, and how old they are.

`kiosk.runtime.list_fetching` brings them. Each list is believed for the hub's signature, whoever brought it, and none that is
older than the one taken last, across restarts too. The list of stations says too whether this one
is blocked or revoked. A kiosk for citizens has no use for the names of operators: it takes no roster.
Settings, texts and places are in force as soon as they are taken (`kiosk.runtime.corrections`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from kiosk import log_events
from kiosk.flows.station_facts import CORRECTIONS, ListHeld, SignedList
from sync.edge import authorities
from sync.edge.replacing import replace_file
from sync.edge.standing import StandingBook, StationStanding
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model import rosters
from sync.wire import (
    document_trust,
    places_list,
    settings_list,
    station_list,
    texts_list,
    trust,
)
from sync.wire.places_list import PlacesList
from sync.wire.roster import load as load_roster
from sync.wire.settings_list import SettingsList
from sync.wire.station_list import StationList
from sync.wire.texts_list import TextsList
from sync.wire.trust import HubTrust, TrustTrouble

UNFIT: Final = "signed-list.unfit"
"""A correction is in force, but for entries that this program cannot use."""

Correction = PlacesList | TextsList | SettingsList
_Found = HubTrust | StationList | document_trust.DocumentTrust | Correction


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
        adopt: puts a correction in force; returns how many of its entries do not fit.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        standing: StandingBook,
        take_roster: Callable[[bytes], str] | None = None,
        vault: Vault | None = None,
        adopt: Callable[[Correction], int] = lambda _: 0,
    ) -> None:
        self._adopt = adopt
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
        match name:
            case SignedList.TRUST:
                return self._profile.trust_list
            case SignedList.ROSTER:
                return self._profile.roster_list
            case SignedList.DOCUMENTS:
                return self._profile.document_list
            case _:
                return self._profile.trust_list.with_name(f"{name.value}.cose")

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
        self._codes.pop(name, None)
        code = self._take(name, data)
        if code:
            self._codes[name] = code
            log_events.write(log_events.SIGNED_LIST, list=name.value, code=code)
        else:
            log_events.write(log_events.SIGNED_LIST, list=name.value, version=self.held(name))
        return code

    def look(self) -> None:
        """Hear from the list of stations that is here how this one stands: it makes nothing better."""
        bounds = self.bounds()
        data = self.data(SignedList.STATIONS)
        if isinstance(bounds, str) or data is None:
            return
        at_least = bounds.versions[SignedList.STATIONS]
        found = station_list.load(data, bounds.hub, at_least=at_least)
        if isinstance(found, StationList):
            self._hear(found, is_news=False)

    def adopt_held(self, *names: SignedList) -> None:
        """Put the corrections that lie here in force, all or some: at the start."""
        bounds = self.bounds()
        for name in names or CORRECTIONS:
            data = self.data(name)
            if isinstance(bounds, str) or data is None:
                continue
            found = self._judged(name, data, bounds)
            if isinstance(found, Correction):
                self._in_force(name, found)

    def facts(self, now: datetime) -> tuple[ListHeld, ...]:
        """Every list with its version and age, by the station's clock.

        Of corrections those alone that are here, or that stand against being taken.
        """
        found = (self._fact(name, now) for name in self.wanted)
        return tuple(one for one in found if one.name not in CORRECTIONS or one.version or one.code)

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
        if isinstance(found, Correction):
            return self._take_correction(name, data, found, store)
        # First the version: a list that was taken and not remembered could be rolled back. One that
        # is remembered and not here is asked for again.
        trouble = store.lists.take(name.value, found.version)
        if trouble is not None:
            return trouble.code
        try:
            replace_file(self.path(name), data)
        except OSError:
            return _ABSENT_LISTS[name]
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
            return _ABSENT_LISTS[name]
        if isinstance(found, TrustTrouble):
            return found.code
        try:
            replace_file(self.path(name), data)
        except OSError:
            return _ABSENT_LISTS[name]
        trouble = store.take_trust_version(found.version)
        self._profile.adopt_root(found)
        return "" if trouble is None else trouble.code

    def _take_correction(
        self, name: SignedList, data: bytes, found: Correction, store: Store
    ) -> str:
        """First the file: cut before the version is kept, the next start finds the newer list."""
        try:
            replace_file(self.path(name), data)
        except OSError:
            return _ABSENT
        trouble = store.lists.take(name.value, found.version)
        if trouble is not None:
            return trouble.code
        self._in_force(name, found)
        return ""

    def _in_force(self, name: SignedList, found: Correction) -> None:
        if self._adopt(found):
            self._codes[name] = UNFIT

    def _judged(self, name: SignedList, data: bytes, bounds: Bounds) -> _Found | TrustTrouble:
        at_least = bounds.versions[name]
        match name:
            case SignedList.TRUST:
                return trust.load(data, self._profile.root_key(), at_least=at_least)
            case SignedList.STATIONS:
                return station_list.load(data, bounds.hub, at_least=at_least)
            case SignedList.SETTINGS:
                return settings_list.load(data, bounds.hub, at_least=at_least)
            case SignedList.TEXTS:
                return texts_list.load(data, bounds.hub, at_least=at_least)
            case SignedList.PLACES:
                return places_list.load(data, bounds.hub, at_least=at_least)
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

    def data(self, name: SignedList) -> bytes | None:
        """A list as it lies here, unread; None where there is none."""
        path = self.path(name)
        try:
            if name is SignedList.ROSTER and self._vault is not None:
                found = self._vault.read(path, "roster")
                return found if isinstance(found, bytes) else None
            return path.read_bytes()
        except OSError:
            return None

    def _version_and_time(self, name: SignedList) -> tuple[int, int] | str:
        bounds, data = self.bounds(), self.data(name)
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


_ABSENT: Final = "signed-list.absent"
"""It cannot be written."""

_ABSENT_LISTS: Final = {
    SignedList.TRUST: "trust.absent",
    SignedList.STATIONS: "station-list.absent",
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
