"""Search, detail and booking over 200,000 registrations: the mirror against bare SQLite.

The peer is the same SQLite without a key, with the same index and the same table of groups of three
letters, asked with the statement that fits best, and it hands out bare rows. What the mirror does
beside that is encryption, folding, choosing the way, the rows' functions by state, and a transaction
around each question; a booking is judged by the transition rules, put on top and durable, against a
bare durable update of the row.

`python -m tests.benchmarks.search` prints a line for each; `search-answer` is the slowest twentieth
of all searches against the 100 ms that a clerk may wait.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlite

from sync.edge.mirror import KEY_BYTES, Mirror, MirrorTrouble
from sync.hub.store import records
from sync.model.counter import Booking, IssuedSecrets, Subject
from sync.model.credential import OperationKind, State, basis_of
from sync.model.inquiry import Change, Changes, EntryKind
from sync.model.reconciliation import Stamp
from sync.model.registration import Registration
from sync.model.searching import Filters, Strength, comune_of, fold
from tests.workbench.population import Population

PEOPLE = 200_000
BLOCK = 2000
TURNS = 12
LIMIT_MS = 100.0
SEARCH_LIMIT = 5.0
DETAIL_LIMIT = 6.0
BOOKING_LIMIT = 6.0
_NOW = 1_795_000_000_000

Question = tuple[str, Filters, str, tuple[object, ...]]


def questions(some: Registration) -> list[Question]:
    """What clerks ask: a name, the filters, and the bare statement's condition and values."""
    person, home = some.person, comune_of(some)
    surname, name = fold(person.surname or ""), fold(person.name or "")
    code = fold(person.codice_fiscale)
    few = "id IN (SELECT rowid FROM words WHERE words MATCH ?)"
    return [
        ("code", Filters(codice_fiscale=person.codice_fiscale), "codice_fiscale = ?", (code,)),
        (
            "part of a code",
            Filters(codice_fiscale=code[:6]),
            f"{few} AND instr(codice_fiscale, ?)",
            (f'codice_fiscale : "{code[:6]}"', code[:6]),
        ),
        (
            "surname and name",
            Filters(surname=surname, name=name[:4]),
            f"{few} AND instr(surname, ?) AND instr(name, ?)",
            (f'surname : "{surname}" AND name : "{name[:4]}"', surname, name[:4]),
        ),
        ("part of a surname", Filters(surname=surname[1:4]), "instr(surname, ?)", (surname[1:4],)),
        ("one letter", Filters(surname="z"), "instr(surname, ?)", ("z",)),
        ("a rare pair", Filters(surname="xq"), "instr(surname, ?)", ("xq",)),
        ("comune", Filters(comune=home), "comune = ?", (home,)),
        (
            "state and strength",
            Filters(state=State.ATTIVATO, strength=Strength.STRONG),
            "state = ? AND strong = ?",
            ("attivato", 1),
        ),
        (
            "a day",
            Filters(registered_from=date(2019, 5, 6), registered_to=date(2019, 5, 6)),
            "registered_at >= ? AND registered_at < ?",
            (1557093600000, 1557180000000),
        ),
        (
            "comune, state, name",
            Filters(comune=home, state=State.RISCONTRATO, name=name[:3]),
            "comune = ? AND state = ? AND instr(name, ?)",
            (home, "riscontrato", name[:3]),
        ),
    ]


def blocks(people: Iterator[Registration]) -> Iterator[list[Registration]]:
    """The people, `BLOCK` at a time."""
    while block := list(islice(people, BLOCK)):
        yield block


def fill(mirror: Mirror, bare: sqlite.Connection, count: int) -> tuple[list[Registration], float]:
    """Both with the same people; some of them, and the seconds that the mirror took."""
    some: list[Registration] = []
    spent, position = 0.0, 0
    for block in blocks(Population(count).registrations()):
        some += block[::100]
        entries = tuple(
            Change(position + at, EntryKind.REGISTRATION, one.number, one)
            for at, one in enumerate(block, 1)
        )
        position += len(block)
        before = time.perf_counter()
        trouble = mirror.take(Changes(entries, position, count, more=position < count), now=_NOW)
        spent += time.perf_counter() - before
        if trouble is not None:
            raise OSError(trouble.code)
        _fill_bare(bare, position - len(block), block)
    bare.execute("ANALYZE")
    return some, spent


def bare_store(path: Path) -> sqlite.Connection:
    """SQLite without a key: the mirror's index and its groups of letters."""
    raw = sqlite.connect(str(path), isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("PRAGMA cache_size = -65536")
    raw.execute(
        "CREATE TABLE face (id INTEGER PRIMARY KEY, number TEXT UNIQUE, surname TEXT, name TEXT,"
        " codice_fiscale TEXT, community TEXT, state TEXT, strong INTEGER, comune TEXT,"
        " registered_at INTEGER)"
    )
    raw.execute("CREATE TABLE body (id INTEGER PRIMARY KEY, plain TEXT)")
    raw.execute(
        "CREATE INDEX face_in_order ON face (surname, name, number, codice_fiscale, community,"
        " state, strong, comune, registered_at)"
    )
    raw.execute("CREATE INDEX face_of_code ON face (codice_fiscale)")
    raw.execute(
        "CREATE VIRTUAL TABLE words USING fts5 (codice_fiscale, surname, name, content = '',"
        " contentless_delete = 1, tokenize = 'trigram case_sensitive 1')"
    )
    return raw


def _fill_bare(raw: sqlite.Connection, before: int, block: Sequence[Registration]) -> None:
    rows = [
        (
            before + at,
            one.number,
            fold(one.person.surname or ""),
            fold(one.person.name or ""),
            fold(one.person.codice_fiscale),
            one.community.value,
            one.credential.state.value,
            int(one.credential.strong),
            comune_of(one),
            one.registered_at,
        )
        for at, one in enumerate(block, 1)
    ]
    raw.execute("BEGIN")
    raw.executemany("INSERT INTO face VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    raw.executemany(
        "INSERT INTO body VALUES (?, ?)",
        [(row[0], records.to_text(one)) for row, one in zip(rows, block, strict=True)],
    )
    raw.executemany(
        "INSERT INTO words (rowid, codice_fiscale, surname, name) VALUES (?, ?, ?, ?)",
        [(row[0], row[4], row[2], row[3]) for row in rows],
    )
    raw.execute("COMMIT")


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    before = time.perf_counter()
    work()
    return (time.perf_counter() - before) * 1000


def searches(
    mirror: Mirror, bare: sqlite.Connection, some: Sequence[Registration]
) -> tuple[list[float], list[float]]:
    """Milliseconds of every search, ours and bare, in turns; prints a line for each kind."""
    ours: list[float] = []
    ratios: list[float] = []
    spent: dict[str, list[tuple[float, float]]] = {}
    for turn in range(TURNS):
        for kind, filters, condition, values in questions(some[turn * 7 % len(some)]):
            statement = (
                f"SELECT id, number, surname, name, codice_fiscale, comune FROM face"  # noqa: S608  constants
                f" WHERE {condition} ORDER BY surname, name, number LIMIT 1001"
            )

            def theirs(statement: str = statement, values: tuple[object, ...] = values) -> None:
                bare.execute(statement, values).fetchall()[:50]

            def search(filters: Filters = filters) -> None:
                if isinstance(mirror.search(filters), MirrorTrouble):
                    raise OSError("the mirror cannot be searched")

            pair = (timed(search), timed(theirs))
            spent.setdefault(kind, []).append(pair)
            ours.append(pair[0])
    for kind, pairs in spent.items():
        mine = statistics.median(one for one, _ in pairs)
        peer = statistics.median(other for _, other in pairs)
        ratios.append(mine / peer)
        print(f"search: {kind}: {mine:.1f} ms; bare SQLite {peer:.1f} ms ({mine / peer:.2f})")
    return ours, ratios


def details(mirror: Mirror, bare: sqlite.Connection, some: Sequence[Registration]) -> float:
    """How much longer a whole registration takes than its parsed JSON."""

    def theirs_of(number: str) -> None:
        row = bare.execute(
            "SELECT plain FROM body JOIN face USING (id) WHERE number = ?", (number,)
        ).fetchone()
        json.loads(row[0])

    pairs = [
        (timed(partial(mirror.by_number, one.number)), timed(partial(theirs_of, one.number)))
        for one in some[:300]
    ]
    mine = statistics.median(one for one, _ in pairs)
    theirs = statistics.median(other for _, other in pairs)
    print(f"detail: {mine:.3f} ms; bare SQLite {theirs:.3f} ms")
    return mine / theirs


def bookings(mirror: Mirror, bare: sqlite.Connection, some: Sequence[Registration]) -> float:
    """How much longer a booking takes, judged and durable, than a bare durable update."""
    pairs = []
    bookable = [one for one in some if one.credential.state is State.REGISTRATO][:100]
    for at, one in enumerate(bookable):
        stamp = Stamp(f"{at:032x}", _NOW + at, "kiosk-0001")
        act = Booking(
            Subject(one.person.codice_fiscale, one.number),
            OperationKind.RISCONTRO_FORTE,
            basis_of(one.credential),
            None,
            identified=True,
            secrets=IssuedSecrets("pin", "code", None, date(2027, 1, 20)),
            office="Comune di Esempio",
        )

        def booked(act: Booking = act, stamp: Stamp = stamp) -> None:
            trouble = mirror.note(act, stamp)
            if trouble is not None:
                raise OSError(trouble.code)

        def updated(number: str = one.number) -> None:
            bare.execute("BEGIN IMMEDIATE")
            bare.execute("UPDATE face SET state = 'riscontrato' WHERE number = ?", (number,))
            bare.execute(
                "UPDATE body SET plain = ? WHERE id = (SELECT id FROM face WHERE number = ?)",
                ("{}", number),
            )
            bare.execute("COMMIT")

        pairs.append((timed(booked), timed(updated)))
    mine = statistics.median(one for one, _ in pairs)
    theirs = statistics.median(other for _, other in pairs)
    print(f"booking: {mine:.2f} ms; bare SQLite {theirs:.2f} ms")
    return mine / theirs


def main(people: int = PEOPLE) -> int:
    """Fills both, asks both; 1 where a limit is not held."""
    with tempfile.TemporaryDirectory(prefix="sportello-bench-") as folder:
        mirror = Mirror.open(Path(folder) / "mirror.db", bytes(range(KEY_BYTES)))
        if isinstance(mirror, MirrorTrouble):
            raise OSError(mirror.code)
        with closing(mirror), closing(bare_store(Path(folder) / "bare.db")) as bare:
            some, seconds = fill(mirror, bare, people)
            size = (Path(folder) / "mirror.db").stat().st_size / 1e6
            print(
                f"search: {people} registrations taken into the mirror in {seconds:.0f} s,"
                f" {size:.0f} MB"
            )
            ours, ratios = searches(mirror, bare, some)
            detail = details(mirror, bare, some)
            booking = bookings(mirror, bare, some)
    slowest = statistics.quantiles(ours, n=20)[-1]
    print(f"search: median {statistics.median(ours):.1f} ms, slowest twentieth {slowest:.1f} ms")
    figures = (
        ("search-answer", slowest / LIMIT_MS, 1.0),
        ("search", statistics.median(ratios), SEARCH_LIMIT),
        ("detail", detail, DETAIL_LIMIT),
        ("booking", booking, BOOKING_LIMIT),
    )
    for name, ratio, limit in figures:
        held = ratio <= limit
        print(f"BENCH {name} ratio={ratio:.2f} limit={limit} {'ok' if held else 'short'}")
    return 0 if all(ratio <= limit for _, ratio, limit in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
