"""A damaged store is set aside, never deleted, and made anew from what can still be read of it.

Entries are taken out of the pages (`salvage`), everything else as far as SQLite still reads it.
What cannot be rebuilt stays as a place in the chain without content, told by its number. Nothing
is recorded in the new store until the hub has said where it holds the chain (`store.rebuilt`,
`sync.edge.store.holding`): so what follows continues that chain, and no place of it is given twice.

The new store is made beside the old one and takes its place by one renaming; a power cut at any
moment leaves the old one, or the new one, and the next start goes on from there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from sync.edge import trouble
from sync.edge.clock import StationClock
from sync.edge.space import Space
from sync.edge.store import holding, salvage
from sync.edge.store.connection import Connection
from sync.edge.store.holding import UNKNOWN_HASH, insert_lost
from sync.edge.store.marks import Mark, Marks
from sync.edge.store.placing import FILE_NAME, READY, alone_in, finish, is_open, sync, want_mending
from sync.edge.store.rows import LOST
from sync.edge.store.salvage import FoundEntry, FoundKey
from sync.edge.store.segments import Segments, unwrap
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model.registration_number import COUNTERS
from sync.wire import envelope
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from sync.wire.hybrid_time import to_number

SPARE_NUMBERS: Final = 100_000
"""Registration numbers that are passed over where no mark tells which ones were issued."""

_WORK: Final = "rebuilding"
_ASIDE: Final = "set-aside-"
_LARGEST_GAP: Final = 4096
# Made by salvaging, by the new store itself, or worth nothing after a restart.
_NOT_COPIED: Final = frozenset(
    {"journal", "segment", "station", "link", "question", "reply", "standing"}
)


def _now() -> int:
    return StationClock().now_ms()


def rebuild(
    folder: Path,
    station: str,
    *,
    space: Space,
    vault: Vault | None,
    now: Callable[[], int] = _now,
) -> StoreTrouble | None:
    """Sets the damaged store of `folder` aside and makes it anew.

    Args:
        folder: of the store.
        station: the station's name.
        space: of its disk.
        vault: opens the keys of its entries.
        now: milliseconds since 1970, to be told.

    Returns:
        None where it is done; `store.damaged` where somebody has it open, there is no space for a
        second store, or the disk does not do it; `store.sealed` where `vault` opens none of the
        keys that are found: everything is as it was.
    """
    try:
        with alone_in(folder):
            if is_open(folder):
                want_mending(folder, wanted=True)
                return StoreTrouble(trouble.DAMAGED)
            if _is_sealed(folder, station, vault):
                return StoreTrouble(trouble.SEALED)
            return _rebuilt(folder, station, space, vault, now())
    except (OSError, sqlite3.Error):
        return StoreTrouble(trouble.DAMAGED)


def _rebuilt(
    folder: Path, station: str, space: Space, vault: Vault | None, now: int
) -> StoreTrouble | None:
    size = sum(file.stat().st_size for file in _files(folder))
    if space.free() < size and not (space.drop_ballast() and space.free() >= size):
        return StoreTrouble(trouble.DAMAGED)
    mark = Marks(folder, station).read()
    aside = _set_aside(folder)
    work = folder / _WORK
    _clear(work)
    connection = Connection.open(work, Space(work, floor=0, ballast=0))
    if isinstance(connection, StoreTrouble):
        return connection
    try:
        found = connection.write(
            lambda raw: _fill(raw, Segments(connection, station, vault), station, aside, mark, now)
        )
    finally:
        connection.close()
    if isinstance(found, StoreTrouble):
        return found
    sync(work / FILE_NAME)
    (work / FILE_NAME).replace(folder / READY)
    _clear(work)
    finish(folder)
    return None


def _is_sealed(folder: Path, station: str, vault: Vault | None) -> bool:
    """Whether entries lie under keys that are there, and the vault opens none of them.

    Where no key of theirs is found any more, no other vault would open them either.
    """
    if not (folder / FILE_NAME).exists():
        return False
    sealed: set[int] = set()
    keys: set[int] = set()
    for found in salvage.rows(folder):
        if isinstance(found, FoundEntry):
            if found.segment is not None and found.envelope:
                sealed.add(found.segment)
        elif vault is not None and unwrap(vault, station, found.number, found.key) is not None:
            return False
        else:
            keys.add(found.number)
    return bool(sealed) if vault is None else bool(sealed & keys)


# --- setting aside


def _files(folder: Path) -> list[Path]:
    names = (FILE_NAME, f"{FILE_NAME}-wal")
    return [folder / name for name in names if (folder / name).exists()]


def _set_aside(folder: Path) -> Path:
    """A folder that holds the damaged files too, under their names; the same one if made before."""
    number = 1 + max(
        (int(one.name[len(_ASIDE) :]) for one in folder.glob(f"{_ASIDE}[0-9]*")), default=0
    )
    database = folder / FILE_NAME
    last = folder / f"{_ASIDE}{number - 1}"
    with suppress(OSError):
        if (last / FILE_NAME).samefile(database):
            number -= 1
    aside = folder / f"{_ASIDE}{number}"
    aside.mkdir(mode=0o700, exist_ok=True)
    if not database.exists():
        (aside / FILE_NAME).touch(mode=0o600)
    for file in _files(folder):
        with suppress(FileExistsError):
            (aside / file.name).hardlink_to(file)
    sync(aside)
    sync(folder)
    return aside


def _clear(work: Path) -> None:
    """Removes an attempt that was not finished."""
    if work.is_dir():
        for file in work.iterdir():
            file.unlink()
        work.rmdir()


# --- filling the new one


def _fill(
    raw: sqlite3.Connection,
    segments: Segments,
    station: str,
    aside: Path,
    mark: Mark,
    now: int,
) -> None:
    """All that is known, in one transaction."""
    raw.execute("CREATE TEMP TABLE taken (seq INTEGER PRIMARY KEY, rank INTEGER)")
    with _without_triggers(raw):
        _copy_tables(raw, aside)
        _take_keys(raw, segments, aside)
        _take_entries(raw, segments, station, aside)
        _cut_off_strays(raw)
        _join_chain(raw, segments, station)
        _drop_spare_keys(raw)
        _note(raw, aside, mark, now)


@contextmanager
def _without_triggers(raw: sqlite3.Connection) -> Iterator[None]:
    """They guard what is recorded; here it is being put in its place."""
    found = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in found:
        raw.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in found:
        raw.execute(statement)


def _copy_tables(raw: sqlite3.Connection, aside: Path) -> None:
    """The tables that SQLite still reads, each as far as it does."""
    names = [
        name
        for (name,) in raw.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> '_sqlite_migrations'"
        )
        if name not in _NOT_COPIED
    ]
    try:
        old = sqlite3.connect(f"{(aside / FILE_NAME).resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error:
        return
    with closing(old):
        for name in names:
            with suppress(sqlite3.Error):
                _copy_table(raw, old, name)
        _copy_standing(raw, old)


def _copy_table(raw: sqlite3.Connection, old: sqlite3.Connection, name: str) -> None:
    there = {row[1] for row in old.execute(f'PRAGMA table_info("{name}")')}
    columns = [row[1] for row in raw.execute(f'PRAGMA table_info("{name}")') if row[1] in there]
    if not columns:
        return
    listed = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join("?" * len(columns))
    rows = old.execute(f'SELECT {listed} FROM "{name}"')  # noqa: S608 - names of our own schema
    while True:
        try:
            row = rows.fetchone()
        except sqlite3.Error:
            return
        if row is None:
            return
        raw.execute(f'INSERT OR REPLACE INTO "{name}" ({listed}) VALUES ({places})', row)  # noqa: S608 - likewise


def _copy_standing(raw: sqlite3.Connection, old: sqlite3.Connection) -> None:
    """Which trust list was taken, and the newest word of the hub; its trouble is judged anew."""
    with suppress(sqlite3.Error, TypeError):
        hub_time, version = old.execute("SELECT hub_time, trust_version FROM standing").fetchone()
        raw.execute("UPDATE standing SET hub_time = ?, trust_version = ?", (hub_time, version))


def _take_keys(raw: sqlite3.Connection, segments: Segments, aside: Path) -> None:
    for found in salvage.rows(aside):
        if isinstance(found, FoundKey) and segments.opens(found.number, found.key):
            raw.execute(
                "INSERT OR IGNORE INTO segment (id, first, key) VALUES (?, ?, ?)",
                (found.number, found.first, found.key),
            )


def _take_entries(raw: sqlite3.Connection, segments: Segments, station: str, aside: Path) -> None:
    """Of each place the best that was found: emptied, since then it is safe, whole, or broken."""
    for found in salvage.rows(aside):
        if not isinstance(found, FoundEntry):
            continue
        whole = _whole(raw, segments, station, found)
        rank = 3 if not found.envelope else 2 if whole is not None else 1
        row = raw.execute("SELECT rank FROM temp.taken WHERE seq = ?", (found.seq,)).fetchone()
        if row is not None and row[0] >= rank:
            continue
        hybrid = None if whole is None else whole.header.hybrid
        last = found.others[-1] if found.others else None
        number = to_number(hybrid) if hybrid is not None else last if type(last) is int else None
        data = found.envelope if rank > 1 else b""
        raw.execute("DELETE FROM journal WHERE seq = ?", (found.seq,))
        try:
            raw.execute(
                "INSERT INTO journal (seq, operation_id, kind, counter, recorded_at, hash,"
                " hybrid, envelope, segment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    found.seq,
                    found.operation_id,
                    found.kind if rank > 1 else LOST,
                    found.counter,
                    found.recorded_at,
                    found.hash,
                    number,
                    data,
                    found.segment if data else None,
                ),
            )
        except sqlite3.IntegrityError:
            continue  # an operation that lies at two places: the first one counts
        raw.execute("INSERT OR REPLACE INTO temp.taken VALUES (?, ?)", (found.seq, rank))


def _whole(
    raw: sqlite3.Connection, segments: Segments, station: str, found: FoundEntry
) -> Envelope | None:
    """The envelope, where it hashes to its hash and says that it belongs there."""
    data = segments.unseal(raw, found.seq, found.hash, found.segment, found.envelope)
    if hashlib.sha256(data).digest() != found.hash:
        return None
    try:
        made = envelope.parse(data)
    except Malformed:
        return None
    return made if (made.header.station, made.header.seq) == (station, found.seq) else None


def _cut_off_strays(raw: sqlite3.Connection) -> None:
    """What claims a place far behind everything that is proven is no entry."""
    (proven,) = raw.execute(
        "SELECT max((SELECT coalesce(max(seq), 0) FROM temp.taken WHERE rank = 2),"
        " (SELECT up_to FROM watermark), (SELECT count(*) FROM journal))"
    ).fetchone()
    raw.execute("DELETE FROM journal WHERE seq > ?", (proven + _LARGEST_GAP,))


def _join_chain(raw: sqlite3.Connection, segments: Segments, station: str) -> None:
    """Gives lost entries their places, and each entry the hash that the one behind it names."""
    (last,) = raw.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    named: bytes | None = None
    for seq in range(last, 0, -1):
        row = raw.execute(
            "SELECT hash, envelope, segment, kind FROM journal WHERE seq = ?", (seq,)
        ).fetchone()
        if row is None:
            _insert_lost(raw, station, seq, named or UNKNOWN_HASH)
            named = None
            continue
        digest, data, segment, kind = row
        if named is not None and named != digest:
            # Of two histories the one that goes on is the journal's.
            raw.execute("DELETE FROM journal WHERE seq = ?", (seq,))
            _insert_lost(raw, station, seq, named)
            named = None
            continue
        if kind == LOST:
            raw.execute("INSERT OR IGNORE INTO lost (seq) VALUES (?)", (seq,))
        named = _prev(segments.unseal(raw, seq, digest, segment, data))
    # What stands between two entries has issued no number that the later one does not count.
    raw.execute(
        "UPDATE journal SET counter = coalesce((SELECT max(counter) FROM journal AS before"
        " WHERE before.seq < journal.seq AND before.kind <> ?), 0) WHERE kind = ?",
        (LOST, LOST),
    )
    (highest,) = raw.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
    raw.execute(
        "UPDATE watermark SET emptied = min(emptied, ?1), secured = min(secured, ?1),"
        " decided = min(decided, ?1), up_to = min(up_to, ?1)",
        (highest,),
    )


def _prev(data: bytes) -> bytes | None:
    """What the envelope names as the hash before it."""
    try:
        return envelope.parse(data).header.prev if data else None
    except Malformed:
        return None


def _insert_lost(raw: sqlite3.Connection, station: str, seq: int, digest: bytes) -> None:
    insert_lost(raw, station, seq, digest, counter=0, recorded_at=0)


def _drop_spare_keys(raw: sqlite3.Connection) -> None:
    """Keys that no entry needs: some of them were destroyed, and must not come back."""
    raw.execute(
        "DELETE FROM segment WHERE id NOT IN (SELECT segment FROM journal"
        " WHERE segment NOT NULL AND envelope <> x''"
        " UNION SELECT segment FROM part WHERE segment NOT NULL AND data <> x'')"
    )


def _note(raw: sqlite3.Connection, aside: Path, mark: Mark, now: int) -> None:
    counter, lost = raw.execute(
        "SELECT (SELECT coalesce(max(counter), 0) FROM journal), (SELECT count(*) FROM lost)"
    ).fetchone()
    spare = max(counter, mark.counter)
    if not mark.is_sure:
        spare += lost + SPARE_NUMBERS
    spare = min(spare, COUNTERS - 1)
    raw.execute(
        "INSERT INTO rebuilt (aside, at, counter) VALUES (?, ?, ?)", (aside.name, now, spare)
    )
    holding.begin(raw, mark.handed if mark.is_sure else None)
    raw.execute(
        "UPDATE standing SET trouble = ?, hub_time = max(hub_time,"
        " (SELECT hub_time FROM watermark), (SELECT hub_time FROM heard))",
        (trouble.REBUILT,),
    )
