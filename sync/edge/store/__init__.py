"""The store of a station: its journal, and what the hub said about it.

One SQLite file, opened by the window and by the link. Nothing in it is personal data in clear:
bodies are sealed to the hub, and the rest is numbers, hashes and times. Envelopes lie sealed once
more, by the station's vault, under keys that are destroyed when the hub has their entries safe.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sync.edge import trouble
from sync.edge.hybrid_clock import NEVER, Heard
from sync.edge.space import Space
from sync.edge.store import checking, holding, rebuilding, said
from sync.edge.store.carried import Carried
from sync.edge.store.closings import Closings
from sync.edge.store.connection import Connection, Done, refused
from sync.edge.store.destroying import Destroying
from sync.edge.store.lists import TakenLists
from sync.edge.store.marks import Marks
from sync.edge.store.parts import PartsKept, Row
from sync.edge.store.placing import FILE_NAME, is_mending_wanted, want_mending
from sync.edge.store.questions import Questions
from sync.edge.store.rows import (
    LOST,
    Acknowledged,
    Head,
    JournalEntry,
    LinkRow,
    Rebuilt,
    Standing,
    Verdict,
)
from sync.edge.store.said import Said
from sync.edge.store.segments import Segments
from sync.edge.store.trail import TrailLines
from sync.edge.store.urgent import Waiting
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.wire import envelope, hybrid_time
from sync.wire.receipt import Missing, Outcome, Refused

__all__ = [
    "FILE_NAME",
    "Acknowledged",
    "Head",
    "JournalEntry",
    "LinkRow",
    "Rebuilt",
    "Standing",
    "Store",
    "Verdict",
]

_ENTRY: Final = "seq, operation_id, kind, counter, recorded_at, hash, hybrid, envelope, segment"
_INSERT: Final = f"INSERT INTO journal ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - a constant


class Store:
    """The store of one station. What goes wrong is returned as a `StoreTrouble`.

    Attributes:
        station: the station's name.
        lists: which versions of signed lists were taken.
        questions: what is asked of the hub and replied, on its way.
        carried: what left on a removable medium.
        trail: lines of the audit trail.
        closings: what persons decided on operations that do not stand.
        waiting: how urgent it is what waits to be sent.
        parts: what travels apart from its operation.
    """

    def __init__(self, connection: Connection, station: str, vault: Vault | None = None) -> None:
        self._connection = connection
        self._segments = Segments(connection, station, vault)
        self._destroying = Destroying(connection)
        self._genesis = envelope.genesis(station)
        self._marks = Marks(connection.folder, station)
        self._seen_head: Head | None = None
        self.station = station
        self.lists = TakenLists(connection)
        self.questions = Questions(connection)
        self.carried = Carried(connection, self.hand_out)
        self.trail = TrailLines(connection, station)
        self.closings = Closings(connection)
        self.waiting = Waiting(connection)
        self.parts = PartsKept(connection, self._segments, self._destroying.look_again)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        station: str,
        code: int,
        space: Space | None = None,
        vault: Vault | None = None,
    ) -> Store | StoreTrouble:
        """Opens the store in `folder`, made new where there is none.

        Args:
            folder: holds the file, its side files and the ballast, nothing else.
            station: the station's name.
            code: its part in registration numbers.
            space: where the usual floor and ballast do not fit.
            vault: seals envelopes; None at a station without key store, whose envelopes lie as they
                are. A store with sealed envelopes opens with its own vault only (`store.sealed`).
        """
        space = space or Space(folder)
        store = cls._open(folder, station, code, space, vault)
        if store == StoreTrouble(trouble.DAMAGED):
            mended = rebuilding.rebuild(folder, station, space=space, vault=vault)
            if mended is None:
                store = cls._open(folder, station, code, space, vault)
            elif mended == StoreTrouble(trouble.SEALED):
                store = mended
        if isinstance(store, Store):
            want_mending(folder, wanted=False)
            space.lay_ballast()
        return store

    @classmethod
    def _open(
        cls, folder: Path, station: str, code: int, space: Space, vault: Vault | None
    ) -> Store | StoreTrouble:
        connection = Connection.open(folder, space)
        if connection == StoreTrouble(trouble.FULL) and space.drop_ballast():
            connection = Connection.open(folder, space)
        if isinstance(connection, StoreTrouble):
            return connection
        store = cls(connection, station, vault)
        refusal = (
            store._check(code)
            or store._segments.check()
            or checking.at_start(connection, store._segments)
        )
        if refusal is None:
            store._begin_marks()
            return store
        connection.close()
        return refusal

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._connection.folder

    @property
    def is_damaged(self) -> bool:
        """Whether it is to be opened again to be mended: a page was found broken, here or elsewhere."""
        return self._connection.is_damaged or is_mending_wanted(self.folder)

    def close(self) -> None:
        """Closes it; what is recorded stays."""
        self._connection.close()

    # --- the journal

    def append(
        self, operation_id: UUID, fill: Callable[[Head], JournalEntry | StoreTrouble]
    ) -> JournalEntry | StoreTrouble:
        """The entry of `operation_id`: the one recorded before, else the one `fill` makes.

        When this returns an entry, it is on the disk. `fill` gets the head that its entry
        follows. Where the head has moved meanwhile it is called again with the new one; what it
        made before is nowhere.
        """
        may_go_below = False
        while True:
            space = self._connection.space
            if not may_go_below and space.is_low():
                may_go_below = space.spend_reserve()
                if not may_go_below:
                    return self.find(operation_id) or StoreTrouble(trouble.FULL)
            head = self._seen_head or self._whole_head()
            if isinstance(head, StoreTrouble):
                return head
            entry = fill(head)
            if isinstance(entry, StoreTrouble):
                return self.find(operation_id) or entry
            # One statement is one transaction: envelope, head and counter, or nothing. Whether
            # the head is still the one that was seen is what the primary key says: an entry is
            # never changed, so a place that is free still follows the head before it.
            done = self._insert(entry)
            if done is Done.YES:
                self._seen_head = Head(
                    entry.seq, entry.hash, entry.counter, entry.hybrid or head.hybrid
                )
                return entry
            if isinstance(done, StoreTrouble):
                return done
            self._seen_head = None
            found = self.find(operation_id)
            if found is not None:
                return found
            if done is Done.REFUSED:
                standing = self.standing()
                if isinstance(standing, StoreTrouble):
                    return standing
                if standing.trouble is not None:
                    return StoreTrouble(standing.trouble)

    def ready(self) -> StoreTrouble | None:
        """Whether the next person's record will find its space, which is taken from now on.

        Returns:
            None, `store.full`, or the trouble that holds the store.
        """
        if not self._connection.space.lay_reserve():
            return StoreTrouble(trouble.FULL)
        standing = self.standing()
        if isinstance(standing, StoreTrouble):
            return standing
        return None if standing.trouble is None else StoreTrouble(standing.trouble)

    def head(self) -> Head | StoreTrouble:
        """The end of the journal."""
        return self._connection.read(self._head)

    def find(self, operation_id: UUID) -> JournalEntry | StoreTrouble | None:
        """The entry of an operation, or None."""
        return self._connection.read(lambda raw: self._find(raw, operation_id))

    def entries(self, first: int, *, most: int) -> list[JournalEntry] | StoreTrouble:
        """Up to `most` entries from `first` on, in order."""
        return self._connection.read(
            lambda raw: [
                self._entry(raw, row)
                for row in raw.execute(
                    f"SELECT {_ENTRY} FROM journal WHERE seq >= ? ORDER BY seq LIMIT ?",  # noqa: S608 - a constant
                    (first, most),
                ).fetchall()
            ]
        )

    def to_send(self, first: int, *, most: int) -> list[tuple[int, bytes, bytes]] | StoreTrouble:
        """As `entries`, of each only the place, the hash and the envelope: all that is sent."""
        return self._connection.read(
            lambda raw: [
                (seq, digest, self._segments.unseal(raw, seq, digest, segment, data))
                for seq, digest, data, segment in raw.execute(
                    "SELECT seq, hash, envelope, segment FROM journal"
                    " WHERE seq >= ? ORDER BY seq LIMIT ?",
                    (first, most),
                ).fetchall()
            ]
        )

    def entry_of_number(self, counter: int) -> JournalEntry | StoreTrouble | None:
        """The entry that issued the station's `counter`-th registration number, or None."""
        return self._connection.read(lambda raw: self._entry_of_number(raw, counter))

    # --- what the hub said

    def standing(self) -> Standing | StoreTrouble:
        """What the hub's acknowledgements say of this store."""

        def work(raw: sqlite3.Connection) -> Standing:
            watermark, decided, hub_time = raw.execute(
                "SELECT up_to, decided, hub_time FROM watermark"
            ).fetchone()
            against, against_time = raw.execute("SELECT trouble, hub_time FROM standing").fetchone()
            return Standing(watermark, decided, max(hub_time, against_time), against)

        return self._connection.read(work)

    def hash_at(self, seq: int) -> bytes | StoreTrouble | None:
        """The hash that the chain has at `seq`; None beyond its head."""
        if seq == 0:
            return self._genesis
        return self._connection.read(lambda raw: said.hash_at(raw, seq))

    def operation_ids(self, first: int, last: int) -> dict[int, UUID] | StoreTrouble:
        """The operations at the places `first` to `last` that are known."""
        return self._connection.read(
            lambda raw: {
                seq: UUID(bytes=operation_id)
                for seq, operation_id in raw.execute(
                    "SELECT seq, operation_id FROM journal WHERE seq BETWEEN ? AND ? AND kind <> ?",
                    (first, last, LOST),
                )
            }
        )

    def acknowledge(  # noqa: PLR0913 - all that an acknowledgement says, kept in one transaction
        self,
        up_to: int,
        decided: int,
        outcomes: Mapping[int, Outcome],
        *,
        data: bytes,
        hub_time: int,
        sent_at: int | None,
        received_at: int,
        secured: int = 0,
        heard: Heard = NEVER,
        is_live: bool = False,
    ) -> StoreTrouble | None:
        """Keeps what a verified acknowledgement said; clears a trouble that it disproves.

        Args:
            up_to: where the watermark goes; it never goes back.
            decided: up to where outcomes are known with it; likewise.
            outcomes: of the entries that `data` answers, by place. An acknowledgement older than
                the newest one that was kept says nothing new of what is decided.
            data: the signed acknowledgement.
            hub_time: milliseconds since 1970, by the hub's clock.
            sent_at: likewise by the station's, when the entries were sent; None if not known.
            received_at: likewise, when the acknowledgement came.
            secured: up to where the hub has all in a backup; never goes back, and counts only as
                far as outcomes are known.
            heard: the newest hub time, and the station's clocks when it came.
            is_live: it came over the network after this store asked: nothing else ends
                `store.rebuilt`.
        """
        word = Said(
            up_to, decided, outcomes, data, hub_time, sent_at, received_at, secured, heard, is_live
        )
        if is_live:
            word = replace(word, is_vouched=holding.is_vouched(self.folder))
        found = self._connection.write_on_ballast(lambda raw: said.keep(raw, word))
        if isinstance(found, StoreTrouble):
            return found
        if found:
            self._go_on()
        return None

    def hand_out(self, last: int) -> StoreTrouble | None:
        """Marks that entries up to `last` are about to leave the station, on whatever way.

        Returns:
            The disk's trouble; that they left is not marked then, nor that they did not.
        """
        try:
            self._marks.hand_out(last)
        except OSError as error:
            return refused(error)
        return None

    def heard(self) -> Heard | StoreTrouble:
        """When the hub was heard last, for the hybrid clock."""
        return self._connection.read(said.heard_last)

    def destroy_secured(self) -> bool | StoreTrouble:
        """Destroys some of the keys and envelopes of what is secured; whether there is more to do.

        Entries stay, by number and hash: the chain still verifies, and goes on.
        """
        found = self._destroying.step()
        self._segments.forget()
        return found

    def hold(self, code: str, *, hub_time: int) -> StoreTrouble | None:
        """Stops recording: a verified acknowledgement of `hub_time` contradicts this store."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "UPDATE standing SET trouble = ?, hub_time = ? WHERE hub_time <= ?",
                (code, hub_time, hub_time),
            )

        found = self._connection.write_on_ballast(work)
        return found if isinstance(found, StoreTrouble) else None

    def verdicts(self) -> dict[int, Verdict] | StoreTrouble:
        """Entries that the hub answered with something else than accepted, by place."""
        return self._connection.read(
            lambda raw: {
                seq: Missing() if outcome == "missing" else Refused(code, rule, remedy)
                for seq, outcome, code, rule, remedy in raw.execute(
                    "SELECT seq, outcome, code, rule, remedy FROM verdict ORDER BY seq"
                )
            }
        )

    def acknowledged(self, seq: int) -> Acknowledged | StoreTrouble | None:
        """When the entry was sent and acknowledged; None where it was not."""

        def work(raw: sqlite3.Connection) -> Acknowledged | None:
            row = raw.execute(
                "SELECT sent_at, received_at FROM acknowledgement"
                " WHERE up_to >= ? ORDER BY up_to LIMIT 1",
                (seq,),
            ).fetchone()
            return None if row is None else Acknowledged(*row)

        return self._connection.read(work)

    def trust_version(self) -> int | StoreTrouble:
        """The newest version of the hub's keys that was taken; 0 for none."""
        return self._connection.read(
            lambda raw: int(raw.execute("SELECT trust_version FROM standing").fetchone()[0])
        )

    def take_trust_version(self, version: int) -> StoreTrouble | None:
        """Remembers that a list of hub keys of this version was taken."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "UPDATE standing SET trust_version = ? WHERE trust_version < ?", (version, version)
            )

        found = self._connection.write_on_ballast(work)
        return found if isinstance(found, StoreTrouble) else None

    # --- after damage

    def look_further(self, after: int) -> int | StoreTrouble:
        """Reads some entries behind `after` to see whether they can be; the last, 0 at the end."""
        return checking.piece(self._connection, self._segments, after)

    def rebuilt(self) -> Rebuilt | StoreTrouble | None:
        """What is known of the last time that the store was made anew; None for never."""
        return self._connection.read(said.rebuilt)

    def adopt(self, up_to: int, digest: bytes, *, at: int) -> StoreTrouble | None:
        """Goes on behind the hub's chain: the hub holds entries that the damage took from here.

        Only after the store was made anew; otherwise nothing is changed.

        Args:
            up_to: the last entry that the hub holds.
            digest: its hash, in a verified acknowledgement.
            at: milliseconds since 1970, by the station's clock.
        """

        def work(raw: sqlite3.Connection) -> None:
            holding.adopt(raw, self.station, up_to, digest, at)

        found = self._connection.write_on_ballast(work)
        self._seen_head = None
        return found if isinstance(found, StoreTrouble) else None

    # --- what the link does

    def note_link(self, row: LinkRow) -> StoreTrouble | None:
        """Notes what the link is doing; may be lost with the power."""
        return self._connection.note(lambda raw: said.note_link(raw, row))

    def link(self) -> LinkRow | StoreTrouble:
        """What the link noted last."""
        return self._connection.read(said.noted_link)

    # --- its own

    def _begin_marks(self) -> None:
        """Of a store that is held the marks stay as they are: they hold it."""

        def look() -> tuple[int, int] | None:
            head = self.head()
            return None if isinstance(head, StoreTrouble) else (head.counter, head.seq)

        if self._connection.read(holding.is_held) is False:
            with suppress(OSError):  # the next record tries again, and is refused
                self._marks.begin(look)

    def _go_on(self) -> None:
        """The hub's word covers what may have left."""
        rebuilt = self.rebuilt()
        if isinstance(rebuilt, Rebuilt):
            holding.put_word_aside(self.folder, rebuilt.aside)
        self._begin_marks()

    def _head(self, raw: sqlite3.Connection) -> Head:
        row = raw.execute(
            "SELECT seq, hash, max(counter, (SELECT coalesce(max(counter), 0) FROM rebuilt)),"
            " hybrid FROM journal ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        if row is None:
            (spare,) = raw.execute("SELECT coalesce(max(counter), 0) FROM rebuilt").fetchone()
            return Head(0, self._genesis, spare)
        seq, digest, counter, hybrid = row
        return Head(seq, digest, counter, hybrid_time.from_number(hybrid or 0))

    def _whole_head(self) -> Head | StoreTrouble:
        """The head, if its entry is what was recorded: what follows builds on its hash."""
        head = self.head()
        if isinstance(head, StoreTrouble) or head.seq == 0:
            return head
        last = self.entries(head.seq, most=1)
        if isinstance(last, StoreTrouble):
            return last
        if not last[0].envelope:
            return head  # destroyed: the hub has it safe under this hash
        is_whole = hashlib.sha256(last[0].envelope).digest() == head.hash
        return head if is_whole else StoreTrouble(trouble.DAMAGED)

    def _insert(self, entry: JournalEntry) -> Done | StoreTrouble:
        """One row; under another key where the link destroyed the one in hand meanwhile."""
        try:
            self._marks.issue(entry.counter, entry.seq)
        except OSError as error:
            return refused(error)
        done: Done | StoreTrouble = Done.REFUSED
        for _ in range(2):
            sealed = self._segments.seal(entry.seq, entry.hash, entry.envelope)
            if isinstance(sealed, StoreTrouble):
                return sealed
            segment, data = sealed
            row = _INSERT, (*_columns(entry), data, segment)
            beside = self._beside(entry)
            if isinstance(beside, StoreTrouble):
                return beside
            if beside:
                done = self._connection.insert_all([row, *beside])
            else:
                done = self._connection.insert(*row)
            if done is not Done.REFUSED or not self._segments.let_go(segment):
                break
        return done

    def _beside(self, entry: JournalEntry) -> list[Row] | StoreTrouble:
        """What is kept with a new entry in one transaction."""
        rows = self.parts.rows(entry.seq, entry.parts)
        if isinstance(rows, StoreTrouble) or not entry.is_urgent:
            return rows
        return [*rows, ("INSERT INTO urgent (seq) VALUES (?)", (entry.seq,))]

    def _entry(self, raw: sqlite3.Connection, row: tuple[Any, ...]) -> JournalEntry:
        seq, operation_id, kind, counter, recorded_at, digest, hybrid, data, segment = row
        data = self._segments.unseal(raw, seq, digest, segment, data)
        moment = None if hybrid is None else hybrid_time.from_number(hybrid)
        return JournalEntry(
            seq, UUID(bytes=operation_id), kind, counter, recorded_at, digest, data, moment
        )

    def _find(self, raw: sqlite3.Connection, operation_id: UUID) -> JournalEntry | None:
        row = raw.execute(
            f"SELECT {_ENTRY} FROM journal WHERE operation_id = ?",  # noqa: S608 - a constant
            (operation_id.bytes,),
        ).fetchone()
        return None if row is None else self._entry(raw, row)

    def _entry_of_number(self, raw: sqlite3.Connection, counter: int) -> JournalEntry | None:
        place = said.place_of_number(raw, counter)
        row = raw.execute(f"SELECT {_ENTRY} FROM journal WHERE seq = ?", (place,)).fetchone()  # noqa: S608 - a constant
        entry = None if row is None else self._entry(raw, row)
        return entry if entry is not None and entry.counter == counter else None

    def _check(self, code: int) -> StoreTrouble | None:
        """Whether it is this station's, made so where it is new."""

        def work(raw: sqlite3.Connection) -> StoreTrouble | None:
            raw.execute(
                "INSERT INTO station (id, name, code) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
                (self.station, code),
            )
            owner = raw.execute("SELECT name, code FROM station").fetchone()
            if owner != (self.station, code):
                return StoreTrouble(trouble.FOREIGN)
            return None

        return self._connection.write_on_ballast(work)


def _columns(entry: JournalEntry) -> tuple[object, ...]:
    return (
        entry.seq,
        entry.operation_id.bytes,
        entry.kind,
        entry.counter,
        entry.recorded_at,
        entry.hash,
        None if entry.hybrid is None else hybrid_time.to_number(entry.hybrid),
    )
