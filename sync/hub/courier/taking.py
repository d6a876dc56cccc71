"""From parcels to the stations' chains and back: the same door as for what the broker brings.

A parcel is opened, its station's signature checked, and its messages go to `Ingest.take` one by one,
in the order of the chain. What came by the broker too is found there already. When everything is
decided, or after a while, each station's newest parcel is answered.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sync.hub import ingest
from sync.hub.ingest import Ingest, Ingested
from sync.hub.list_delivery import SignedList
from sync.hub.log_events import Event, log, where
from sync.hub.store import chains, operators
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire import batch, courier, list_versions, medium, receipt
from sync.wire.batch import Batch
from sync.wire.canonical import Malformed
from sync.wire.courier import CarriedAnswer, Parcel
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import VerifyingKey

UNKNOWN_STATION: Final = "station.unknown"
SIGNATURE: Final = "courier.signature"
SIZE: Final = "courier.size"
"""Larger than any parcel, or no plain file."""
FAILED: Final = "ingest.failed"
GAP: Final = ingest.GAP
WAITING: Final = (FAILED, GAP)
"""Not taken, though nothing is wrong with the parcel: it is tried again with the next medium."""
DECIDE_SECONDS: Final = 60.0
"""So long an answer waits for decisions; a later parcel brings what is decided later."""

_LOOK_SECONDS: Final = 0.2


Took = Callable[[Store, str, Ingested], object]
"""Called in the writer's thread when a message of a station was taken."""


@dataclass(frozen=True, slots=True)
class StationReport:
    """What became of one station's parcels.

    Attributes:
        stored: entries that were not held before.
        up_to: where its chain ends now.
        decided: up to where it is decided.
        trouble: why not all was stored; empty where it was.
    """

    stored: int = 0
    up_to: int = 0
    decided: int = 0
    trouble: str = ""


@dataclass(slots=True)
class Report:
    """What became of the parcels of one medium.

    Attributes:
        taken: file names of what was opened, believed, and is held whole.
        stations: by name.
        refused: file name and code of what was not.
        answers: file name and bytes, for the way back.
    """

    taken: list[str] = field(default_factory=list)
    stations: dict[str, StationReport] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict, repr=False)

    def waits(self, file: str, code: str) -> None:
        """A parcel that was believed, and not taken whole."""
        self.taken.remove(file)
        self.refused[file] = code


@dataclass(frozen=True, slots=True)
class _Found:
    """A believed parcel, without what is in it: media may hold more than fits into memory."""

    path: Path
    parcel: Parcel
    first: int


@dataclass(frozen=True, slots=True)
class Sources:
    """What the taking works with.

    Attributes:
        open_reader: opens the registry for reading.
        writer: the thread that writes to it.
        ingest: takes messages.
        took: told of each message that was taken.
        unsealing: every key that stations may have sealed to.
        signed_list: gives the signed lists.
        decide_seconds: as `DECIDE_SECONDS`.
    """

    open_reader: Callable[[], Store]
    writer: Writer
    ingest: Ingest
    took: Took
    unsealing: Sequence[UnsealingKey]
    signed_list: SignedList
    decide_seconds: float = DECIDE_SECONDS


class Taking:
    """Takes the parcels of media, one medium after the other."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def take(self, files: Iterable[Path], until: Callable[[], bool] = lambda: False) -> Report:
        """Takes what is in these files; what is wrong with one of them does not stop the others.

        Args:
            files: parcels.
            until: ends it early; what was not taken is taken when it is called again.

        Returns:
            What became of them.

        Raises:
            StoreError: the registry failed; nothing more was taken, and nothing is answered.
            OSError: a file cannot be read.
        """
        report = Report()
        reader = self._sources.open_reader()
        try:
            found = self._believed(reader, files, report)
            for one in sorted(found, key=lambda one: (one.parcel.station, one.first)):
                if until():
                    return report
                self._take(one, report)
            newest = {
                one.parcel.station: one
                for one in sorted(found, key=lambda one: (one.parcel.made_at, one.first))
            }
            self._await_decisions(reader, newest, until)
            for name, one in newest.items():
                self._answer(reader, name, one.parcel, report)
        finally:
            reader.close()
        return report

    def _believed(self, reader: Store, files: Iterable[Path], report: Report) -> list[_Found]:
        found = []
        for path in files:
            opened = self._open(reader, path)
            if isinstance(opened, str):
                log(Event.PARCEL_REFUSED, code=opened)
                report.refused[path.name] = opened
                continue
            report.taken.append(path.name)
            first = _first_of(opened.messages)
            bare = Parcel(
                opened.parcel_id,
                opened.station,
                opened.made_at,
                opened.known,
                opened.lists,
                opened.answer_key,
            )
            found.append(_Found(path, bare, first))
        return found

    def _open(self, reader: Store, path: Path) -> Parcel | str:
        """The parcel in a file, or the code of why it is not believed."""
        data = medium.read_plain(path, most=courier.MOST_PARCEL_BYTES)
        if data is None:
            return SIZE
        try:
            opened = courier.open_parcel(data, self._sources.unsealing)
        except Malformed as error:
            return error.code
        station = chains.station(reader, opened.parcel.station)
        if station is None:
            return UNKNOWN_STATION
        if not opened.is_signed_by(VerifyingKey.from_spki(station.spki)):
            return SIGNATURE
        return opened.parcel

    def _take(self, found: _Found, report: Report) -> None:
        """All messages of one parcel, each in a turn of its own beside what the broker brings."""
        data = medium.read_plain(found.path, most=courier.MOST_PARCEL_BYTES)
        if data is None:
            raise FileNotFoundError
        opened = courier.open_parcel(data, self._sources.unsealing)
        name = found.parcel.station
        for data in opened.parcel.messages:
            message = ingest.read(data)
            if isinstance(message, Batch) and not message.items:
                continue  # where a chain ended when it was written says nothing today
            before = report.stations.get(name, StationReport())
            try:
                ingested = self._sources.writer.call(
                    lambda store, message=message: self._enter(store, name, message)  # type: ignore[misc]
                )
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  one parcel must not stop the others
                log(
                    Event.INGEST_FAILED,
                    station=name,
                    error=type(error).__name__,
                    where=where(error),
                )
                report.stations[name] = replace(before, trouble=FAILED)
                report.waits(found.path.name, FAILED)
                return  # nobody acknowledges it: the station keeps it, and brings it again
            report.stations[name] = StationReport(
                before.stored + ingested.stored,
                ingested.up_to,
                before.decided,
                ingested.trouble or before.trouble,
            )
            if ingested.trouble == GAP:
                report.waits(found.path.name, GAP)
                return  # what comes before it may be on another medium

    def _enter(self, store: Store, name: str, message: Batch | Malformed) -> Ingested:
        """In the writer's thread."""
        ingested = self._sources.ingest.take(store, name, message)
        self._sources.took(store, name, ingested)
        return ingested

    def _await_decisions(
        self, reader: Store, names: Iterable[str], until: Callable[[], bool]
    ) -> None:
        deadline = time.monotonic() + self._sources.decide_seconds
        for name in names:
            while time.monotonic() < deadline and not until():
                station = chains.station(reader, name)
                if station is None or station.decided_seq >= station.head_seq:
                    break
                time.sleep(_LOOK_SECONDS)

    # --- the way back

    def _answer(self, reader: Store, name: str, parcel: Parcel, report: Report) -> None:
        told = self._sources.writer.call(lambda store: self._acknowledgements(store, parcel))
        station = chains.station(reader, name)
        before = report.stations.get(name, StationReport())
        if station is not None:
            report.stations[name] = StationReport(
                before.stored, station.head_seq, station.decided_seq, before.trouble
            )
        answer = CarriedAnswer(name, told, self._newer_lists(reader, parcel.lists))
        sealed = courier.seal_answer(answer, parcel.parcel_id, parcel.answer_key)
        report.answers[f"{parcel.parcel_id.hex()}.answer"] = sealed
        log(Event.PARCELS_TAKEN, station=name, stored=before.stored, trouble=before.trouble or None)

    def _acknowledgements(self, store: Store, parcel: Parcel) -> tuple[bytes, ...]:
        """In the writer's thread: all that was decided since the station heard last, or why not."""
        name, known = parcel.station, parcel.known
        stopped = self._sources.ingest.silence(store, name)
        station = chains.station(store, name)
        if stopped is not None or station is None:
            return () if stopped is None else (stopped,)
        told = [self._sources.ingest.tell(store, name, min(known, station.head_seq) + 1)]
        while (known := known + receipt.MOST_ANSWERS) < station.decided_seq:
            told.append(self._sources.ingest.tell(store, name, known + 1))
        return tuple(told)

    def _newer_lists(self, reader: Store, held: Mapping[str, int]) -> dict[str, bytes]:
        """The lists that the station wants and holds older; none that is half published."""
        newer = {}
        for name in list_versions.NAMES:
            found = self._sources.signed_list(name)
            if name not in held or found is None or found[0] <= held[name]:
                continue
            version, data = found
            if name == list_versions.ROSTER:
                digest = hashlib.sha256(data).digest()
                if version != operators.version(reader) or not operators.is_signed(
                    reader, version, digest
                ):
                    continue
            newer[name] = data
        return newer


def _first_of(messages: Sequence[bytes]) -> int:
    """The place of the first entry; 0 where there is none."""
    if not messages:
        return 0
    message = ingest.read(messages[0])
    if isinstance(message, Malformed) or not message.items:
        return 0
    return batch.seq_of(message.items[0])
