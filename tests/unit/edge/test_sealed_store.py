"""Envelopes at rest: sealed by the station's vault, destroyed when the hub has them safe."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.link.dispatch import Entries
from sync.edge.link.packing import Message, pack
from sync.edge.space import Space
from sync.edge.store import FILE_NAME, Store, destroying
from sync.edge.store.segments import MOST_ENTRIES, Segments
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.wire.batch import Absent, unpack
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Missing, Outcome, Refused
from tests.unit.edge.stations import Station, preregistration

OURS = Vault(bytes(range(32)))
THEIRS = Vault(bytes(32))
MOST = 10_000


@dataclass(frozen=True)
class Sealed:
    station: Station

    def try_store(self, vault: Vault | None = OURS) -> Store | StoreTrouble:
        profile = self.station.profile
        return Store.open(
            profile.store,
            station=profile.name,
            code=profile.code,
            space=Space(profile.store, floor=0, ballast=1 << 16),
            vault=vault,
        )

    def store(self, vault: Vault | None = OURS) -> Store:
        found = self.try_store(vault)
        assert isinstance(found, Store), found
        return found

    def record(self, store: Store, count: int = 1) -> list[Recorded]:
        journal = self.station.journal(store)
        done = [
            journal.record(uuid7(time.time_ns() // 1_000_000), preregistration)
            for _ in range(count)
        ]
        assert all(isinstance(one, Recorded) for one in done), done
        return [one for one in done if isinstance(one, Recorded)]

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.station.profile.store / FILE_NAME)) as raw:
            return raw.execute(statement).fetchall()

    def keys(self) -> dict[int, bytes]:
        """The sealed keys that the store holds, by number."""
        return dict(self.rows("SELECT id, key FROM segment"))  # type: ignore[arg-type]

    def files(self) -> bytes:
        """Every byte that lies in the store's folder."""
        folder = self.station.profile.store
        return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


@pytest.fixture
def sealed(station: Station) -> Sealed:
    return Sealed(station)


@pytest.fixture
def store(sealed: Sealed) -> Iterator[Store]:
    opened = sealed.store()
    yield opened
    opened.close()


def envelopes(store: Store) -> list[bytes]:
    found = store.entries(1, most=MOST)
    assert not isinstance(found, StoreTrouble)
    return [entry.envelope for entry in found]


def secure(
    store: Store,
    up_to: int,
    outcomes: dict[int, Outcome] | None = None,
    *,
    secured: int | None = None,
    hub_time: int = 1000,
) -> None:
    refusal = store.acknowledge(
        up_to,
        up_to,
        outcomes or {},
        data=b"signed",
        hub_time=hub_time,
        sent_at=5,
        received_at=6,
        secured=up_to if secured is None else secured,
    )
    assert refusal is None
    while True:
        more = store.destroy_secured()
        assert isinstance(more, bool), more
        if not more:
            return


# --- sealing


def test_envelopes_lie_sealed_and_are_read_as_they_were(sealed: Sealed, store: Store) -> None:
    done = sealed.record(store, 3)
    read = envelopes(store)
    assert [hashlib.sha256(one).digest() for one in read] == [one.hash for one in done]
    for one in read:
        assert one not in sealed.files()
        assert one[:64] not in sealed.files()
    other = sealed.store()  # the link
    assert envelopes(other) == read
    assert other.to_send(1, most=9) == [
        (one.seq, one.hash, data) for one, data in zip(done, read, strict=True)
    ]
    other.close()
    again = store.find(done[1].operation_id)
    assert again is not None
    assert not isinstance(again, StoreTrouble)
    assert again.envelope == read[1]


def test_another_key_store_opens_nothing_and_loses_nothing(sealed: Sealed, store: Store) -> None:
    sealed.record(store, 2)
    read = envelopes(store)
    store.close()
    for other in (THEIRS, None):
        assert sealed.try_store(other) == StoreTrouble("store.sealed")
    with closing(sealed.store()) as again:
        assert envelopes(again) == read


def test_a_key_serves_for_few_entries_and_no_longer_than_a_day(
    sealed: Sealed, store: Store
) -> None:
    sealed.record(store, MOST_ENTRIES + 1)
    assert sealed.rows("SELECT segment, count(*) FROM journal GROUP BY segment") == [
        (1, MOST_ENTRIES),
        (2, 1),
    ]
    now = [0.0]
    segments = Segments(store._connection, store.station, OURS, monotonic=lambda: now[0])

    def number() -> object:
        found = segments.seal(99, bytes(32), b"envelope")
        assert not isinstance(found, StoreTrouble)
        return found[0]

    first = number()
    now[0] = 86_399.0
    assert number() == first
    now[0] = 86_400.0
    assert number() != first


def test_a_row_in_another_place_is_damaged(sealed: Sealed, store: Store) -> None:
    """Nothing in the file says which entry an envelope belongs to but what it is sealed with."""
    sealed.record(store, 2)
    store.close()
    with closing(sqlite3.connect(sealed.station.profile.store / FILE_NAME)) as raw:
        raw.execute("DROP TRIGGER journal_is_not_changed")
        raw.execute(
            "UPDATE journal SET envelope = (SELECT envelope FROM journal WHERE seq = 2)"
            " WHERE seq = 1"
        )
        raw.commit()
    with closing(sealed.store()) as again:
        found = again.to_send(1, most=2)
        assert not isinstance(found, StoreTrouble)
        assert [hashlib.sha256(data).digest() == digest for _, digest, data in found] == [
            False,
            True,
        ]


def test_an_older_store_goes_on_and_its_plain_envelopes_are_emptied(sealed: Sealed) -> None:
    with closing(sealed.store(None)) as older:
        sealed.record(older, 2)
        plain = envelopes(older)
    with closing(sealed.store()) as store:
        sealed.record(store, 2)
        assert envelopes(store)[:2] == plain
        secure(store, 4)
        assert envelopes(store) == [b""] * 4
    assert not any(one[:64] in sealed.files() for one in plain)


def test_two_programs_that_record_at_once_share_the_chain(sealed: Sealed, store: Store) -> None:
    other = sealed.store()
    workers = [threading.Thread(target=sealed.record, args=(each, 30)) for each in (store, other)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = envelopes(other)
    rows = sealed.rows("SELECT hash FROM journal ORDER BY seq")
    assert [hashlib.sha256(one).digest() for one in found] == [digest for (digest,) in rows]
    assert len(found) == 60
    other.close()


# --- destroying


def test_keys_of_what_the_hub_has_safe_are_in_no_file(sealed: Sealed, store: Store) -> None:
    sealed.record(store, MOST_ENTRIES + 5)
    keys, read = sealed.keys(), envelopes(store)
    assert all(key in sealed.files() for key in keys.values())
    secure(store, MOST_ENTRIES + 2)
    assert keys[1] not in sealed.files()
    assert keys[2] in sealed.files()  # three entries behind still need it
    assert envelopes(store) == [b""] * MOST_ENTRIES + read[MOST_ENTRIES:]
    secure(store, MOST_ENTRIES + 5, hub_time=1001)
    assert sealed.keys() == {}
    assert not any(key in sealed.files() for key in keys.values())
    assert not any(envelopes(store))


def test_what_is_destroyed_is_known_by_its_hash(sealed: Sealed, store: Store) -> None:
    """The chain goes on over it, a repeated call is answered, and numbers do not come again."""
    done = sealed.record(store, 3)
    secure(store, 3)
    assert store.hash_at(2) == done[1].hash
    again = sealed.station.journal(store).record(done[1].operation_id, preregistration)
    assert again == replace(done[1], again=True)
    (after,) = sealed.record(store)
    assert (after.seq, after.registration_number in {one.registration_number for one in done}) == (
        4,
        False,
    )
    message = pack(Entries(1, 9), store, known=3)
    assert isinstance(message, Message)
    assert [type(item) for item in unpack(message.data)] == [Absent, Absent, Absent, Envelope]
    store.close()
    with closing(sealed.store()) as reopened:
        (last,) = sealed.record(reopened)
        assert last.seq == 5


def test_a_head_that_is_destroyed_is_gone_on_from(sealed: Sealed, store: Store) -> None:
    sealed.record(store, 2)
    secure(store, 2)
    store.close()
    with closing(sealed.store()) as reopened:
        assert sealed.record(reopened)[0].seq == 3


def test_nothing_goes_before_the_hub_has_it_safe(sealed: Sealed, store: Store) -> None:
    sealed.record(store, 3)
    read = envelopes(store)
    secure(store, 3, secured=0)
    assert envelopes(store) == read
    # Secured beyond what this station knows to be decided counts as far as that.
    assert (
        store.acknowledge(
            3, 3, {}, data=b"", hub_time=1001, sent_at=None, received_at=1, secured=99
        )
        is None
    )
    assert sealed.rows("SELECT secured FROM watermark") == [(3,)]


def test_what_the_hub_never_got_keeps_its_key(sealed: Sealed, store: Store) -> None:
    sealed.record(store, 3)
    read = envelopes(store)
    secure(store, 3, {1: Refused("email.pec"), 2: Missing()})
    assert envelopes(store)[1] == read[1]
    assert len(sealed.keys()) == 1


def test_an_entry_that_came_late_keeps_its_key_until_a_backup_holds_it(
    sealed: Sealed, store: Store
) -> None:
    """The backup that `secured` told of was made while the hub knew the entry by hash alone."""
    last = 2 * MOST_ENTRIES
    sealed.record(store, last + 3)
    first_key = sealed.keys()[1]
    secure(store, last, {5: Missing()}, hub_time=1000)
    secure(store, last, {5: Accepted()}, hub_time=1001)  # it has come: no backup since
    store.close()
    with closing(sealed.store()) as again:  # the link is started anew
        secure(again, last, hub_time=1002)
        assert envelopes(again)[4]
        # The next one that is told of may have been copied before it came.
        secure(again, last + 1, hub_time=1003)
        assert envelopes(again)[4]
        assert sealed.keys()[1] == first_key
        secure(again, last + 2, hub_time=1004)
        assert set(sealed.keys()) == {3}
        assert envelopes(again)[4] == b""
        assert first_key not in sealed.files()
        assert sealed.rows("SELECT count(*) FROM late") == [(0,)]


def test_a_late_entry_is_not_in_the_backup_that_the_same_answer_tells_of(
    sealed: Sealed, store: Store
) -> None:
    sealed.record(store, 6)
    secure(store, 3, {2: Missing()}, hub_time=1000)
    secure(store, 4, {2: Refused("email.pec")}, hub_time=1001)
    secure(store, 5, hub_time=1002)
    assert sealed.rows("SELECT seq, backups FROM late") == [(2, 1)]
    assert envelopes(store)[1]


def test_one_who_records_meanwhile_takes_another_key(sealed: Sealed, store: Store) -> None:
    """The link destroys the key that the window has in hand."""
    link = sealed.store()
    sealed.record(store, 2)
    secure(link, 2)
    (third,) = sealed.record(store)
    assert hashlib.sha256(envelopes(link)[2]).digest() == third.hash
    assert list(sealed.keys()) == [2]
    link.close()


def test_many_are_destroyed_in_pieces(
    sealed: Sealed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(destroying, "AT_ONCE", 4)
    sealed.record(store, 10)
    store.acknowledge(10, 10, {}, data=b"", hub_time=5, sent_at=None, received_at=1, secured=10)
    steps = 0
    while store.destroy_secured() is True:
        steps += 1
    assert steps == 2
    assert not any(envelopes(store))


def test_what_a_power_cut_interrupts_is_done_at_the_next_start(
    sealed: Sealed, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed.record(store, 3)
    keys = sealed.keys()
    store.acknowledge(3, 3, {}, data=b"", hub_time=5, sent_at=None, received_at=1, secured=3)
    monkeypatch.setattr(store._connection, "wipe_log", lambda: StoreTrouble("store.disk"))
    assert store.destroy_secured() == StoreTrouble("store.disk")
    assert any(key in sealed.files() for key in keys.values())  # in the log
    store.close()
    with closing(sealed.store()) as again:
        secure(again, 3, hub_time=6)
        assert not any(key in sealed.files() for key in keys.values())


def test_the_log_that_is_deleted_holds_no_key(sealed: Sealed, store: Store) -> None:
    """SQLite deletes it with the last program; its blocks stay on the disk."""
    sealed.record(store)
    (key,) = sealed.keys().values()
    log = sealed.station.profile.store / f"{FILE_NAME}-wal"
    with log.open("rb") as held:
        assert key in held.read()
        store.close()
        assert not log.exists()
        held.seek(0)
        assert not any(held.read())


def test_a_log_that_a_kill_left_is_brought_in_and_overwritten(sealed: Sealed, store: Store) -> None:
    sealed.record(store)
    (key,) = sealed.keys().values()
    folder = sealed.station.profile.store
    left = {file.name: file.read_bytes() for file in folder.iterdir() if "journal" in file.name}
    store.close()
    for name, data in left.items():
        (folder / name).write_bytes(data)
    with (folder / f"{FILE_NAME}-wal").open("rb") as held:
        assert key in held.read()
        with closing(sealed.store()) as again:
            held.seek(0)
            assert not any(held.read())
            assert len(envelopes(again)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET envelope = x''",  # not secured
        "UPDATE journal SET envelope = x'00'",
        "DELETE FROM segment",
        "UPDATE segment SET key = x'00'",
        "UPDATE watermark SET secured = 3",  # not decided
    ],
)
def test_nothing_is_destroyed_by_mistake(sealed: Sealed, store: Store, statement: str) -> None:
    sealed.record(store, 3)
    with pytest.raises(sqlite3.IntegrityError):
        store._connection._raw.execute(statement)


def test_what_is_destroyed_stays_what_it_was(sealed: Sealed, store: Store) -> None:
    sealed.record(store, 2)
    secure(store, 2)
    for statement in (
        "UPDATE journal SET envelope = x'00'",
        "UPDATE journal SET hash = zeroblob(32)",
        "UPDATE watermark SET secured = 1",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            store._connection._raw.execute(statement)
