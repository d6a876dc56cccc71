"""Starts both ends on what a power cut left, lets them talk, and holds the promises against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sync.edge.outbox import Outbox, OutboxState
from sync.edge.trouble import StoreTrouble
from sync.hub.store import alarms, chains, registrations
from sync.hub.store.database import StoreError
from sync.wire import envelope
from tests.faults.power.ends import (
    HUB_PART,
    STATION,
    STATION_PART,
    HubEnd,
    NotStoredError,
    StationEnd,
    operation_id,
    talk,
)


@dataclass
class Said:
    """What was said before the cut.

    Attributes:
        people: number and hash by the index of the person.
        held: the hash up to which the hub said that it holds the chain, by place.
        decided: outcomes by place.
    """

    people: dict[int, tuple[str, str]] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    decided: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Sequence[str]) -> Said:
        said = cls()
        for line in told:
            word, place, *rest = line.split()
            match word:
                case "told":
                    said.people[int(place)] = (rest[0], rest[1])
                case "held":
                    said.held[int(place)] = rest[0]
                case _:
                    said.decided[int(place)] = rest[0]
        return said


def judge(folder: Path, told: Sequence[str]) -> list[str]:
    """What is broken in the site of `folder`, given what was told before the cut; empty if whole."""
    said = Said.of(told)
    try:
        station = StationEnd.open(folder / STATION_PART)
    except NotStoredError as error:
        return [f"the station does not start: {error}"]
    try:
        hub = HubEnd.open(folder / HUB_PART)
    except StoreError as error:
        station.close()
        return [f"the hub does not start: {error}"]
    try:
        return [
            *at_hub(hub, said),
            *_at_station(station, said),
            *_goes_on(station, hub, said),
        ]
    finally:
        station.close()
        hub.close()


def at_hub(hub: HubEnd, said: Said) -> list[str]:
    """Nothing is acknowledged that is not stored."""
    last = max(said.held, default=0)
    hashes = {one.seq: one.hash.hex() for one in chains.entries(hub.store, STATION, 1, last)}
    broken = [
        f"the hub acknowledged entry {seq} and does not hold it"
        for seq, digest in said.held.items()
        if seq and hashes.get(seq) != digest
    ]
    answers = chains.answers(hub.store, STATION, 1, max(said.decided, default=0))
    outcomes = {one.seq: type(one.outcome).__name__ for one in answers}
    return broken + [
        f"the hub told an outcome of entry {seq} and does not know it"
        for seq, outcome in said.decided.items()
        if outcomes.get(seq) != outcome
    ]


def _at_station(station: StationEnd, said: Said) -> list[str]:
    """Who was told a number is in the journal, and its chain is whole."""
    entries = station.store.entries(1, most=100_000)
    if isinstance(entries, StoreTrouble):
        return [f"the journal cannot be read: {entries.code}"]
    broken = []
    held = {entry.operation_id: entry.hash.hex() for entry in entries}
    for index, (number, digest) in said.people.items():
        found = held.get(operation_id(index))
        if found is None or digest not in {"?", found}:
            broken.append(f"person {index} was told {number}, and the journal does not hold it")
    before = envelope.genesis(STATION)
    for seq, entry in enumerate(entries, 1):
        if entry.seq != seq:
            return [*broken, f"the journal has a hole before entry {entry.seq}"]
        if entry.envelope and envelope.parse(entry.envelope).header.prev != before:
            broken.append(f"entry {seq} does not follow the one before it")
        before = entry.hash
    return broken


def _goes_on(station: StationEnd, hub: HubEnd, said: Said) -> list[str]:
    """Both go on as if nothing had been: what is repeated is not doubled, and all arrives."""
    broken = []
    try:
        last = max(said.people, default=0)
        numbers = {index: number for index, (number, _) in said.people.items()}
        for index in (last, last + 1, last + 2):
            if index == 0:
                continue
            numbers.setdefault(index, "?")
            done = station.record(index)
            if numbers[index] not in {"?", done.registration_number}:
                broken.append(f"person {index} was told {numbers[index]} and then another number")
            numbers[index] = done.registration_number
        talk(station, hub)
    except (NotStoredError, StoreError) as error:
        return [*broken, f"station and hub do not come together again: {error}"]
    return [*broken, *together(station, hub, set(numbers.values()) - {"?"})]


def together(station: StationEnd, hub: HubEnd, numbers: set[str]) -> list[str]:
    """When all is sent: the same chain at both ends, signed, every number once, nobody alarmed."""
    own = station.store.entries(1, most=100_000)
    outbox = Outbox(station.store).entries()
    if isinstance(own, StoreTrouble) or isinstance(outbox, StoreTrouble):
        return ["the journal cannot be read"]
    broken = [
        f"entry {entry.seq} is {entry.state.value}"
        for entry in outbox
        if entry.state is not OutboxState.ACCEPTED
    ]
    theirs = chains.envelopes(hub.store, STATION, 1, len(own) + 10)
    hashes = [one.hash for one in chains.entries(hub.store, STATION, 1, len(own) + 10)]
    if hashes != [entry.hash for entry in own]:
        broken.append("station and hub hold different chains")
    key = station.profile.signing_key()
    broken += [
        f"the hub holds entry {seq} without its signature"
        for seq, data in theirs
        if data is None or not envelope.verify(envelope.parse(data), key)
    ]
    held = [one.number for one in registrations.registrations(hub.store)]
    broken += [f"{number} was told and is not in the registry" for number in numbers - set(held)]
    if len(set(held)) != len(held) or len(held) != len(own):
        broken.append(f"the registry holds {len(held)} registrations of {len(own)} entries")
    return broken + [f"alarm {alarm.code}" for alarm in alarms.alarms(hub.store)]
