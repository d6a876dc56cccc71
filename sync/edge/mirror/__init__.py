"""The mirror: a counter's own copy of the registry, encrypted, the only thing that clerks search.

The hub's changes come in order and in pieces (`ChangesSince`); on them lie the station's own acts
that the hub has not decided, by the function with which the hub will judge them. Every page works
from it, so every page works without a network. It can always be fetched anew: nothing is in it
alone, and what is recorded is in the journal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlcipher3 import dbapi2 as sqlcipher

from sync.edge.mirror import beside, form, keeping, looking, schema, showing
from sync.edge.mirror.beside import Beside, Kept
from sync.edge.mirror.schema import KEY_BYTES, Unusable
from sync.edge.mirror.showing import Held
from sync.model import registration_number
from sync.model.counter import CounterAct, OfAnAct
from sync.model.errors import Problem
from sync.model.inquiry import Changes, ChangesSince, Dispute, EntryKind
from sync.model.reconciliation import Stamp
from sync.model.searching import (
    MOST_COUNTED,
    ROWS_OF_A_PAGE,
    Filters,
    Found,
)
from sync.wire.receipt import Accepted, Missing, Outcome, Refused

__all__ = [
    "CLOSED",
    "DAMAGED",
    "FULL",
    "KEY_BYTES",
    "Held",
    "Kept",
    "Mirror",
    "MirrorTrouble",
    "Own",
    "Position",
]

DAMAGED: Final = "mirror.damaged"
CLOSED: Final = "mirror.closed"
FULL: Final = "mirror.disk"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class MirrorTrouble:
    """Why the mirror cannot be used.

    Attributes:
        code: `mirror.damaged` (another key, another program's, or broken: it is fetched anew),
            `mirror.disk` (full, read-only or failing), `mirror.closed` (nobody is signed in).
    """

    code: str


@dataclass(frozen=True, slots=True)
class Own:
    """An act of this station that the mirror still shows on top.

    Attributes:
        operation_id: 32 hexadecimal digits.
        accepted: the hub accepted it, and its change has not come yet.
    """

    operation_id: str
    kind: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Position:
    """How far the mirror is.

    Attributes:
        position: of the last change taken.
        of: the hub's count when it last answered.
        told_at: when everything there was had been taken, milliseconds since 1970 by the station's
            clock; None where it never was.
        registrations: how many it holds.
        waiting: the station's acts that are not decided.
        disputes: open ones.
    """

    position: int
    of: int
    told_at: int | None
    registrations: int
    waiting: int
    disputes: int


class Mirror:
    """One open mirror. May be used from several threads; a search waits for no change."""

    def __init__(
        self,
        path: Path,
        reader: sqlcipher.Connection,
        writer: sqlcipher.Connection,
        acts: Beside,
    ) -> None:
        """See `open`."""
        self._beside = acts
        self.path = path
        self._reader = reader
        self._writer = writer
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._round = 0
        self._accepted_in: dict[str, int] = {}
        self._closed = False

    @classmethod
    def open(cls, path: Path, key: bytes) -> Mirror | MirrorTrouble:
        """The mirror at `path`, made where there is none.

        One that cannot be used with this key is set aside under another name, and a new one takes
        its place: it is fetched anew from the hub.

        Args:
            path: the file; its folder is made where it is missing.
            key: `KEY_BYTES` random bytes.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return MirrorTrouble(FULL)
        with suppress(Unusable):
            return cls._opened(path, key)
        try:
            set_aside(path)
            return cls._opened(path, key)
        except (Unusable, OSError):
            return MirrorTrouble(FULL)

    @classmethod
    def _opened(cls, path: Path, key: bytes) -> Mirror:
        writer = schema.connect(path, key)
        try:
            reader = schema.connect(path, key)
        except Unusable:
            writer.close()
            raise
        made = cls(path, reader, writer, Beside(path, key))
        made.put_back(made.kept())
        made.keep_all()
        return made

    def close(self) -> None:
        """Closes it; what is in it stays, encrypted."""
        self._closed = True
        with self._reading:
            self._reader.close()
        with self._writing:
            self._writer.close()
            self._beside.close()

    # --- what clerks look for

    def search(self, filters: Filters, page: int = 0) -> Found | MirrorTrouble:
        """One page of what matches all filters (R-003-52, 53)."""

        def work(raw: sqlcipher.Connection) -> Found:
            known: int | None = None
            if filters.number:
                number = registration_number.parse(filters.number)
                text = filters.number if isinstance(number, Problem) else number.text
                known = keeping.row_of_number(raw, text)
                if known is None:
                    return Found((), 0, more_than_total=False, page=page)
            found = looking.rows(raw, filters, known)
            total = min(len(found), MOST_COUNTED)
            shown = found[page * ROWS_OF_A_PAGE : min(total, (page + 1) * ROWS_OF_A_PAGE)]
            rows = tuple(showing.line(raw, each) for each in shown)
            return Found(rows, total, more_than_total=len(found) > MOST_COUNTED, page=page)

        return self._read(work)

    def by_number(self, number: str) -> Held | MirrorTrouble | None:
        """The registration that a number leads to, canonical; None where none does."""

        def work(raw: sqlcipher.Connection) -> Held | None:
            row = keeping.row_of_number(raw, number)
            return None if row is None else showing.held(raw, row)

        return self._read(work)

    def by_codice_fiscale(self, codice_fiscale: str) -> Held | MirrorTrouble | None:
        """The registration of a person; None where there is none."""

        def work(raw: sqlcipher.Connection) -> Held | None:
            row = keeping.row_of_code(raw, codice_fiscale)
            return None if row is None else showing.held(raw, row)

        return self._read(work)

    def disputes(self) -> tuple[Dispute, ...] | MirrorTrouble:
        """The open ones of the office, the latest first."""
        return self._read(
            lambda raw: tuple(
                form.dispute_from(row[0])
                for row in raw.execute(
                    "SELECT plain FROM dispute WHERE NOT closed ORDER BY done_at DESC, operation_id"
                )
            )
        )

    def position(self) -> Position | MirrorTrouble:
        """How far the mirror is."""

        def work(raw: sqlcipher.Connection) -> Position:
            position, of, told_at = raw.execute(
                "SELECT position, of, told_at FROM standing"
            ).fetchone()
            count, waiting, open_ones = raw.execute(
                "SELECT (SELECT count(*) FROM face),"
                " (SELECT count(*) FROM own WHERE NOT accepted),"
                " (SELECT count(*) FROM dispute WHERE NOT closed)"
            ).fetchone()
            return Position(position, of, told_at, count, waiting, open_ones)

        return self._read(work)

    # --- what the hub tells

    def question(self, most: int = 100) -> ChangesSince | MirrorTrouble:
        """What to ask next. Its answer goes to `take`; one question at a time."""

        def work(raw: sqlcipher.Connection) -> tuple[int, bytes]:
            position, epoch = raw.execute("SELECT position, epoch FROM standing").fetchone()
            return int(position), bytes(epoch)

        found = self._read(work)
        if isinstance(found, MirrorTrouble):
            return found
        self._round += 1
        position, epoch = found
        return ChangesSince(position, most, epoch)

    def take(self, changes: Changes, *, now: int) -> MirrorTrouble | None:
        """Takes the answer to the last `question`: all of it, or nothing.

        Where it is of another epoch, or the hub's count is behind the mirror's own, the registry is
        another one (restored from a copy): the mirror begins anew, and keeps what this station did.

        Args:
            changes: the answer.
            now: milliseconds since 1970.
        """
        asked_in = self._round
        told_of: list[str] = []

        def work(raw: sqlcipher.Connection) -> None:
            before, epoch = raw.execute("SELECT position, epoch FROM standing").fetchone()
            if changes.of < before or (epoch and changes.epoch != epoch):
                _forget(raw)
                return
            for entry in changes.entries:
                if entry.kind is EntryKind.REGISTRATION and entry.registration is not None:
                    keeping.told(raw, entry.registration, entry.aliases)
                elif entry.kind is EntryKind.GONE:
                    keeping.gone(raw, entry.number)
                elif entry.kind is EntryKind.DISPUTE and entry.dispute is not None:
                    keeping.dispute(raw, entry.dispute)
                    told_of.append(entry.dispute.operation_id)
            raw.execute(
                "UPDATE standing SET position = max(position, ?), of = ?, epoch = ?",
                (changes.position, changes.of, changes.epoch),
            )
            if not changes.more:
                raw.execute("UPDATE standing SET told_at = ?", (now,))
                done = [
                    operation_id
                    for (operation_id,) in raw.execute(
                        "SELECT operation_id FROM own WHERE accepted"
                    ).fetchall()
                    if self._accepted_in.get(operation_id, 0) < asked_in
                ]
                keeping.drop(raw, done)
                told_of.extend(done)

        trouble = self._write(work)
        if trouble is None and told_of:
            undecided = self.undecided()
            own = () if isinstance(undecided, MirrorTrouble) else undecided
            still = {each.operation_id for each in own}
            with self._writing:
                for operation_id in told_of:
                    if operation_id not in still and not self._closed:
                        self._beside.let_go(operation_id)
        return trouble

    def begin_anew(self) -> MirrorTrouble | None:
        """The hub's registry is another one: everything is asked again; own acts stay on top."""
        return self._write(_forget)

    # --- what this station did

    def note(self, act: CounterAct, when: Stamp) -> MirrorTrouble | None:
        """Puts an act on top that is recorded in the journal; again, nothing happens.

        Returns after it is on the disk.
        """

        def work(raw: sqlcipher.Connection) -> None:
            keeping.done(raw, act, when)

        with self._writing:
            if isinstance(act, OfAnAct) and not self._closed:
                self._beside.let_go(act.operation_id)
            elif not self._closed:
                self._beside.keep(act, when)
        return self._write(work, durable=True)

    def kept(self) -> tuple[Kept, ...]:
        """The station's acts that are not done with, as they are kept beside the mirror."""
        with self._writing:
            return () if self._closed else self._beside.kept()

    def keep_all(self) -> None:
        """Keeps beside what is on top, where it is not there: the mirror was copied alone."""

        def work(raw: sqlcipher.Connection) -> tuple[tuple[CounterAct, Stamp], ...]:
            return tuple(keeping.own_acts(raw))

        found = self._read(work)
        if not isinstance(found, MirrorTrouble):
            with self._writing:
                for act, when in found:
                    self._beside.keep(act, when)

    def put_back(self, kept: tuple[Kept, ...]) -> MirrorTrouble | None:
        """Puts on top what was kept beside this mirror or another, where it is not there."""
        trouble = None
        for each in kept:
            operation_id = each.when.operation_id
            trouble = trouble or self.note(each.act, each.when)
            if each.printed:
                trouble = trouble or self.letters_printed(operation_id)
            if each.refused is not None:
                trouble = trouble or self.decided(operation_id, each.refused)
        return trouble

    def letters_printed(self, operation_id: str) -> MirrorTrouble | None:
        """The letters of an act are printed: nobody need make new ones."""

        def work(raw: sqlcipher.Connection) -> None:
            keeping.letters_printed(raw, operation_id)
            self._beside.printed(operation_id)

        return self._write(work, durable=True)

    def undecided(self) -> tuple[Own, ...] | MirrorTrouble:
        """The station's acts on top, in order."""
        return self._read(
            lambda raw: tuple(
                Own(operation_id, kind, bool(accepted))
                for operation_id, kind, accepted in raw.execute(
                    "SELECT operation_id, kind, accepted FROM own ORDER BY seq"
                )
            )
        )

    def decided(self, operation_id: str, outcome: Outcome) -> MirrorTrouble | None:
        """What the hub made of an act.

        An accepted one stays on top until its change has come. A refused one is listed among the
        disputes at once, from the act as it was done here: the hub tells of most of them in a
        dispute of its own, which then stands instead, but not of all.
        """
        self._accepted_in[operation_id] = self._round

        def work(raw: sqlcipher.Connection) -> None:
            match outcome:
                case Accepted():
                    keeping.accepted(raw, operation_id)
                case Refused():
                    keeping.refused(raw, operation_id, outcome)
                    self._beside.refused(operation_id, outcome)
                case Missing():
                    pass

        return self._write(work)

    # --- its own

    def _read(self, work: Callable[[sqlcipher.Connection], _T]) -> _T | MirrorTrouble:
        with self._reading:
            if self._closed:
                return MirrorTrouble(CLOSED)
            try:
                self._reader.execute("BEGIN")
                try:
                    return work(self._reader)
                finally:
                    if self._reader.in_transaction:
                        self._reader.execute("COMMIT")
            except (*schema.BROKEN, form.Unreadable) as error:
                return _trouble(error)

    def _write(
        self, work: Callable[[sqlcipher.Connection], None], *, durable: bool = False
    ) -> MirrorTrouble | None:
        with self._writing:
            if self._closed:
                return MirrorTrouble(CLOSED)
            raw = self._writer
            try:
                raw.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                raw.execute("BEGIN IMMEDIATE")
                try:
                    work(raw)
                    raw.execute("COMMIT")
                except BaseException:
                    if raw.in_transaction:
                        raw.execute("ROLLBACK")
                    raise
            except (*schema.BROKEN, form.Unreadable) as error:
                return _trouble(error)
            return None


def set_aside(path: Path) -> None:
    """Gives a mirror that cannot be used another name, in place of what was set aside before."""
    for ending in ("", "-wal", "-shm"):
        file = path.with_name(path.name + ending)
        if file.exists():
            file.replace(path.with_name(f"{path.name}.aside{ending}"))


def kept_of(path: Path, key: bytes) -> tuple[Kept, ...]:
    """What is kept beside a mirror that is not open."""
    acts = Beside(path, key)
    try:
        return acts.kept()
    finally:
        acts.close()


def delete(path: Path) -> None:
    """Deletes a mirror that nobody has the key of any more."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    beside.delete(path)


def _forget(raw: sqlcipher.Connection) -> None:
    """Begin anew, with the station's own acts on nothing."""
    for table in ("face", "body", "alias"):
        raw.execute(f"DELETE FROM {table}")  # noqa: S608 - constants
    raw.execute("DELETE FROM dispute WHERE made = ?", (keeping.Made.HUB,))
    raw.execute("INSERT INTO words (words) VALUES ('delete-all')")
    raw.execute("UPDATE underneath SET plain = NULL")
    raw.execute("UPDATE standing SET position = 0, of = 0, told_at = NULL, epoch = x''")


def _trouble(error: Exception) -> MirrorTrouble:
    """A disk that fails is another thing than a file that is broken."""
    name = getattr(error, "sqlite_errorname", "")
    text = str(error)
    on_disk = name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")) or any(
        words in text for words in ("full", "readonly", "disk I/O")
    )
    return MirrorTrouble(FULL if on_disk else DAMAGED)
