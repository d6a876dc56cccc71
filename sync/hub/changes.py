"""What a counter is told of the registry: the changes that its scope lets it see, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sync.hub.log_events import Event, log
from sync.hub.store import disputes, feed, registrations
from sync.hub.store.database import Store
from sync.hub.store.feed import Entry
from sync.hub.store.registrations import Held
from sync.model import changes_plain
from sync.model.addresses import ItalianAddress
from sync.model.inquiry import Change, Changes, Denied, EntryKind

MOST: Final = 200
"""Entries of one answer."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which registrations a counter is told of: by default all.

    Attributes:
        offices: whose acts; the office's own disputes too.
        comuni: Belfiore codes of residences.
    """

    offices: frozenset[str] = frozenset()
    comuni: frozenset[str] = frozenset()

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.offices and not self.comuni

    def has(self, held: Held) -> bool:
        """Whether a registration is in it: by residence, or by who checked or booked last."""
        if self.is_all:
            return True
        one = held.registration
        last = one.credential.last
        return (
            (isinstance(one.residence, ItalianAddress) and one.residence.comune in self.comuni)
            or one.credential.checked_by in self.offices
            or (last is not None and last.office in self.offices)
        )


@dataclass(frozen=True, slots=True)
class Scopes:
    """Which stations are counters, and what each is told.

    A station that is not named is told nothing: the certificate of a self-service kiosk in a
    hallway must not open the registry.

    Attributes:
        of_stations: by the station's name, or by the beginning of names where it ends in `*`; the
            longest that fits counts.
    """

    of_stations: Mapping[str, Scope] = field(default_factory=dict)

    def of(self, station: str) -> Scope | None:
        """The scope of a counter, None for any other station."""
        fitting = [
            name
            for name in self.of_stations
            if name == station or (name.endswith("*") and station.startswith(name[:-1]))
        ]
        best = max(fitting, key=lambda name: (len(name), name == station), default=None)
        return None if best is None else self.of_stations[best]


def since(store: Store, position: int, most: int, scope: Scope, station: str) -> Changes | Denied:
    """The changes after a position. Within a snapshot.

    Args:
        store: the registry.
        position: where the station's mirror stands, 0 for the beginning.
        most: so many entries of the feed are looked at, at the most.
        scope: of the station.
        station: its name: it is told of disputes about its own acts whatever the scope.

    Returns:
        The changes; or `changes.position` where the registry never was there: the station begins
        anew.
    """
    end = feed.end(store)
    if position > end:
        return Denied("changes.position")
    entries = feed.entries(store, position, min(max(most, 1), MOST))
    held = registrations.of_numbers(
        store, [entry.number for entry in entries if entry.kind == "registration"]
    )
    others = registrations.aliases_of(store, list(held), changes_plain.MOST_ALIASES)
    kept = disputes.of_acts(
        store, [entry.operation_id for entry in entries if entry.operation_id is not None]
    )
    told = []
    for entry in entries:
        if entry.operation_id is not None:
            about = kept[entry.operation_id]
            if scope.is_all or about.office in scope.offices or about.dispute.station == station:
                told.append(
                    Change(entry.position, EntryKind.DISPUTE, entry.number, dispute=about.dispute)
                )
        elif entry.kind == "gone":
            told.append(Change(entry.position, EntryKind.GONE, entry.number))
        else:
            change = _registration(entry, held[entry.number], others, scope)
            if position or change.kind is not EntryKind.GONE:  # who holds nothing forgets nothing
                told.append(change)
    reached = entries[-1].position if entries else end
    return Changes(_readable(told, station), reached, end, more=reached < end)


def _readable(told: Sequence[Change], station: str) -> tuple[Change, ...]:
    """What the station will be able to read; for the rest somebody must look at the registry."""
    fitting = tuple(change for change in told if changes_plain.fits(change))
    if len(fitting) < len(told):
        log(Event.CHANGE_UNFIT, station=station)
    return fitting


def _registration(
    entry: Entry, held: Held, others: Mapping[str, tuple[str, ...]], scope: Scope
) -> Change:
    """What is told of a registration: all; or where it is out of scope that it is gone.

    It may have been in scope before, by residence or by office, once or twice ago: the mirror
    knows, and forgets what it has.
    """
    if scope.has(held):
        return Change(
            entry.position,
            EntryKind.REGISTRATION,
            entry.number,
            held.registration,
            others.get(entry.number, ()),
        )
    return Change(entry.position, EntryKind.GONE, entry.number)
