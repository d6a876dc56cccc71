"""Several processes on one server: turns, deaths at every statement, lost connections, pauses."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from sync.hub.store import chains, connecting, registrations
from sync.hub.store.connecting import Address
from sync.hub.store.database import IntegrityError, Store, StoreError
from sync.hub.store.postgresql import PostgresStore
from sync.wire import batch, envelope
from sync.wire.batch import Absent
from tests.emulated.postgres import PrivatePostgres
from tests.emulated.registries import MEMORY
from tests.unit.hub.stations import Bench, Station

Keep = Callable[[Store], Store]


@contextmanager
def impatient(store: PostgresStore) -> Iterator[None]:
    """Whoever has to wait is told so."""
    store.define("SET lock_timeout = '150ms'")
    yield
    store.define("SET lock_timeout = 0")


def may_enter(store: PostgresStore, **asked: str) -> bool:
    with impatient(store):
        try:
            with store.transaction(**asked):
                return True
        except StoreError as error:
            if error.code != "store.busy":
                raise
            return False


def test_who_works_beside_whom(address: Address) -> None:
    with closing(PostgresStore.at(address)) as one, closing(PostgresStore.at(address)) as other:
        everything: dict[str, str] = {}
        a, b, decide_a, decide_b = {"of": "a"}, {"of": "b"}, {"deciding": "a"}, {"deciding": "b"}
        for held, beside, waits in (
            (a, (b, decide_b), (a, decide_a, everything)),
            (decide_a, (b,), (a, decide_a, decide_b, everything)),
            (everything, (), (a, b, decide_a, everything)),
        ):
            with one.transaction(**held):
                assert [may_enter(other, **asked) for asked in beside] == [True] * len(beside)
                assert [may_enter(other, **asked) for asked in waits] == [False] * len(waits)


def whole(store: Store, station: Station) -> None:
    """The chain is held entry for entry, each decided once, each person registered once."""
    (held,) = [one for one in chains.stations(store) if one.name == station.name]
    assert (held.head_seq, held.head_hash) == (len(station.chain), station.head)
    assert held.decided_seq == held.head_seq
    data = [data for _, data in chains.envelopes(store, station.name, 1, held.head_seq)]
    assert data == [one.data for one in station.chain]
    before = envelope.genesis(station.name)
    for one in station.chain:
        assert one.header.prev == before
        before = one.hash
    numbers = store.rows("SELECT number FROM decision WHERE station = ?", station.name)
    assert len(numbers) == len(station.chain)


def test_messages_of_stations_alternate_between_workers(address: Address) -> None:
    """Two workers get the same messages, over and over: everything is entered once, in order."""
    with closing(PostgresStore.at(address)) as first:
        bench = Bench(first)
        stations = [bench.enrolled(f"kiosk-000{n}", n) for n in range(1, 4)]
        for n, station in enumerate(stations):
            station.record_many(1 + 20 * n, 20)

        def work(offset: int) -> None:
            with closing(PostgresStore.at(address)) as mine:
                worker = Bench(mine)
                for name in ("unsealing", "signer", "tokens", "letters", "digests", "trust"):
                    setattr(worker, name, getattr(bench, name))
                worker.registry = bench.registry
                worker.restart(mine)
                for begin in range(1, 21, 4):
                    for station in stations[offset:] + stations[:offset]:
                        worker.take(station, station.message(begin, begin + 3))
                        worker.take(station, station.message(max(1, begin - 4), begin + 3))
                while worker.ingest.decide(mine) is not None:
                    pass

        with ThreadPoolExecutor(2) as workers:
            list(workers.map(work, (0, 1)))
        for station in stations:
            whole(first, station)
        assert len(registrations.registrations(first)) == 60


def test_processes_that_decide_share_what_waits(address: Address) -> None:
    """Each entry is decided by one of them, whoever opened it; and both find work."""
    with closing(PostgresStore.at(address)) as first:
        bench = Bench(first)
        stations = [bench.enrolled(f"kiosk-{n:04}", n) for n in range(12)]
        for n, station in enumerate(stations):
            station.record_many(1 + 8 * n, 8)
            bench.send(station, 1, 8)

        def work(_number: int) -> int:
            done = 0
            with closing(PostgresStore.at(address)) as mine:
                worker = Bench(mine)
                worker.unsealing, worker.registry = bench.unsealing, bench.registry
                worker.restart(mine)
                while chains.undecided(mine) is not None:
                    told = worker.ingest.decide(mine, 4)
                    done += 0 if told is None else told[0].last - told[0].first + 1
            return done

        with ThreadPoolExecutor(2) as workers:
            shares = list(workers.map(work, range(2)))
        assert sum(shares) == 96
        assert min(shares) > 0
        for station in stations:
            whole(first, station)


class Dying(BaseException):
    """The process is gone."""


class Mortal(PostgresStore):
    """Dies before its `last`-th statement, which is after the one before it."""

    last = 0
    count = 0

    def die_at(self, last: int) -> None:
        self.count, self.last = 0, last
        real: Any = self._connection.execute

        def execute(*args: Any, **options: Any) -> Any:
            return self._count(lambda: real(*args, **options))

        self._connection.execute = execute  # type: ignore[method-assign]

    def _count(self, run: Callable[[], Any]) -> Any:
        self.count += 1
        if self.count == self.last:
            self._connection.close()
            raise Dying
        return run()

    def _asked(self, question: str, values: Any) -> Any:
        return self._count(lambda: super(Mortal, self)._asked(question, values))

    def run_many(self, statement: str, rows: Any) -> None:
        self._count(lambda: super(Mortal, self).run_many(statement, rows))


def test_a_worker_may_die_at_any_statement(address: Address) -> None:
    """Its message comes again, to another worker; nothing is lost, nothing doubled."""
    with closing(PostgresStore.at(address)) as other:
        bench = Bench(other)
        died = 0
        for last in range(1, 200):
            station = bench.enrolled(f"kiosk-{last:04}", last)
            station.record_many(3 * last, 3)
            mortal = Mortal(address, is_reader=False)
            mortal.die_at(last)
            bench.restart(mortal)
            try:
                bench.take(station, station.message(1, 3))
            except Dying:
                died += 1
            finally:
                mortal.close()
            survived = mortal.count < last
            bench.restart(other)
            acknowledged = bench.send(station, 1, 3)
            assert (acknowledged.up_to, acknowledged.head) == (3, station.head)
            while bench.ingest.decide(other) is not None:
                pass
            whole(other, station)
            if survived:
                break
        assert died > 20
        assert len(registrations.registrations(other)) == 3 * (died + 1)


def test_a_worker_may_die_with_an_entry_that_comes_late(address: Address) -> None:
    """Once it is stored, another worker finds it; else it comes again."""
    with closing(PostgresStore.at(address)) as other:
        bench = Bench(other)
        died = found = 0
        for last in range(1, 200):
            bench.restart(other)
            station = bench.enrolled(f"kiosk-{last:04}", last)
            first, second, third = station.record_many(3 * last, 3)
            bench.take(station, batch.pack([first, Absent(2, second.hash), third]))
            bench.settle()
            assert chains.missing(other) == 1
            mortal = Mortal(address, is_reader=False)
            mortal.die_at(last)
            bench.restart(mortal)
            try:
                bench.take(station, batch.pack([second]))
            except Dying:
                died += 1
            finally:
                mortal.close()
            survived = mortal.count < last
            bench.restart(other)
            found += len(bench.settle())
            if chains.entries(other, station.name, 2, 2)[0].is_missing:
                bench.take(station, batch.pack([second]))
            whole(other, station)
            assert chains.missing(other) == 0
            if survived:
                break
        assert died > found > 5
        assert len(registrations.registrations(other)) == 3 * (died + 1)


def test_a_lost_connection_is_told_and_mended(address: Address, server: PrivatePostgres) -> None:
    with closing(PostgresStore.at(address)) as store:
        assert store.claim("duties")

        def lose() -> None:
            row = store.row("SELECT pg_backend_pid()")
            with psycopg.connect(server.admin_url(), autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", row)

        def enrol_two() -> None:
            with store.transaction():
                chains.enrol(store, "kiosk-0001", 17, b"key", 0)
                lose()
                chains.enrol(store, "kiosk-0002", 18, b"other", 0)

        with pytest.raises(StoreError) as told:
            enrol_two()
        assert told.value.code == "store.unreachable"
        with store.transaction():
            assert chains.stations(store) == []
            chains.enrol(store, "kiosk-0001", 17, b"key", 0)
        assert len(chains.stations(store)) == 1
        assert store.claim("duties")
        lose()
        with store.transaction():  # nothing had been begun: it goes on with a new connection
            assert len(chains.stations(store)) == 1


def test_who_stands_still_within_a_transaction_loses_the_turn(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "PATIENCE_SECONDS", 1)
    with closing(PostgresStore.at(address)) as stopped, closing(PostgresStore.at(address)) as other:
        entered = threading.Event()

        def wait() -> None:
            with other.transaction():
                entered.set()

        def stand_still() -> None:
            with stopped.transaction():
                chains.enrol(stopped, "kiosk-0001", 17, b"key", 0)
                waiting = threading.Thread(target=wait)
                waiting.start()
                assert entered.wait(30)
                waiting.join(30)
                chains.enrol(stopped, "kiosk-0002", 18, b"other", 0)

        with pytest.raises(StoreError) as told:
            stand_still()
        assert told.value.code == "store.unreachable"
        assert chains.stations(other) == []


def test_what_failed_and_was_passed_over_is_not_taken_for_kept(address: Address) -> None:
    with closing(PostgresStore.at(address)) as store:

        def pass_over() -> None:
            with store.transaction():
                chains.enrol(store, "kiosk-0001", 17, b"key", 0)
                with suppress(IntegrityError):
                    chains.enrol(store, "kiosk-0001", 17, b"key", 0)

        with pytest.raises(StoreError):
            pass_over()
        assert chains.stations(store) == []


def test_a_value_that_the_server_does_not_take_changes_nothing(address: Address) -> None:
    def write() -> None:
        with store.transaction():
            chains.enrol(store, "kiosk-0001", 17, b"key", 0)
            store.run("UPDATE station SET name = ?", "a text with a \0")

    with closing(PostgresStore.at(address)) as store:
        with pytest.raises(IntegrityError):
            write()
        assert chains.stations(store) == []
        with store.transaction():
            chains.enrol(store, "kiosk-0001", 17, b"key", 0)


def test_a_crash_of_the_server_keeps_what_was_committed() -> None:
    with PrivatePostgres(parent=MEMORY) as server:
        address = Address(server.fresh())
        with (
            closing(PostgresStore.at(address)) as store,
            closing(PostgresStore.reader_at(address)) as reader,
        ):
            bench = Bench(store)
            station = bench.enrolled("kiosk-0001", 17)
            station.record_many(1, 2)
            bench.send(station, 1, 2)
            server.kill()
            with pytest.raises(StoreError) as told:
                chains.stations(store)
            assert told.value.code == "store.unreachable"
            server.start()
            whole(store, station)
            whole(reader, station)


@pytest.mark.parametrize(
    ("setting", "said"), [("fsync", "store.unsafe"), ("full_page_writes", "store.unsafe")]
)
def test_a_server_that_does_not_keep_what_it_commits_is_not_used(
    setting: str, said: str, server: PrivatePostgres
) -> None:
    address = Address(server.fresh())
    change: LiteralString = "ALTER SYSTEM SET {} = off"
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        name = psycopg.sql.Identifier(setting)
        admin.execute(psycopg.sql.SQL(change).format(name))
        admin.execute("SELECT pg_reload_conf()")
        try:
            deadline = 200
            while deadline and admin.execute(
                "SELECT setting FROM pg_settings WHERE name = %s", (setting,)
            ).fetchone() != ("off",):
                deadline -= 1
                threading.Event().wait(0.05)
            with pytest.raises(StoreError) as told:
                PostgresStore.at(address)
        finally:
            admin.execute(psycopg.sql.SQL("ALTER SYSTEM RESET {}").format(name))
            admin.execute("SELECT pg_reload_conf()")
            while admin.execute(
                "SELECT setting FROM pg_settings WHERE name = %s", (setting,)
            ).fetchone() != ("on",):
                threading.Event().wait(0.05)
    assert told.value.code == said


def test_a_database_without_all_letters_is_not_used(server: PrivatePostgres) -> None:
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute(
            "CREATE DATABASE latin OWNER hub ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
        )
    with pytest.raises(StoreError, match="server_encoding") as told:
        PostgresStore.at(Address(server.url(database="latin")))
    assert told.value.code == "store.unsafe"


def test_commits_that_do_not_wait_for_the_disk_are_made_to(address: Address) -> None:
    loose = Address(address.url.replace("options=", "options=-csynchronous_commit%3Doff%20"))
    with closing(PostgresStore.at(loose)) as store:
        assert store.row("SHOW synchronous_commit") == ("on",)


def test_what_cannot_be_used_is_said(address: Address, server: PrivatePostgres, keep: Keep) -> None:
    def code(url: str, *, migrate: bool = True) -> str:
        with pytest.raises(StoreError) as told:
            PostgresStore.at(Address(url), migrate=migrate)
        return told.value.code

    assert code(address.url, migrate=False) == "store.missing"
    assert code(address.url.replace("search_path%3D", "search_path%3Dnot_")) == "store.missing"
    assert code(server.url(database="nothing")) == "store.unreachable"
    assert code(server.url().replace("hub@", "nobody@")) == "store.unreachable"
    assert code("postgresql://hub@127.0.0.1:1/hub?connect_timeout=2") == "store.unreachable"
    without = Address(address.url, Path("/nowhere/password"))
    with pytest.raises(StoreError, match=r"store\.refused"):
        PostgresStore.at(without)
    foreign = server.fresh()
    with psycopg.connect(foreign, autocommit=True) as other:
        other.execute("CREATE TABLE something (a INT)")
    assert code(foreign) == "store.foreign"
    store = keep(PostgresStore.at(address))
    with store.transaction():
        store.run("INSERT INTO migration (name, applied_at) VALUES ('m9999_of_the_future', 0)")
    assert code(address.url) == "store.newer"
    with store.transaction():
        store.run(
            "DELETE FROM migration WHERE name = 'm9999_of_the_future' OR name = 'm0011_comuni'"
        )
    assert code(address.url, migrate=False) == "store.older"


HOLDER = """
import sys
from sync.hub.leading import Leading, LostError
from sync.hub.store.connecting import Address
from sync.hub.store.postgresql import PostgresStore

store = PostgresStore.at(Address(sys.argv[1]), migrate=False, claim_seconds=3)

class Writer:
    def look(self, work):
        return work(store)

try:
    Leading(Writer(), lambda: print("leads", flush=True), lambda: None, may_wait=True).run()
except LostError:
    print("lost", flush=True)
finally:
    store.close()
"""


def test_a_leader_that_stands_still_is_followed_by_another(address: Address) -> None:
    """Stopped, or its machine dark: the server takes the claim back. When it wakes it notices."""
    with (
        closing(PostgresStore.at(address, claim_seconds=120)) as standby,
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, address.url], stdout=subprocess.PIPE, text=True
        ) as holder,
    ):
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "leads\n"
            assert not standby.claim("duties")
            holder.send_signal(signal.SIGSTOP)
            deadline = time.monotonic() + 30
            while not standby.claim("duties"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            holder.send_signal(signal.SIGCONT)
            assert holder.stdout.readline() == "lost\n"
            assert holder.wait(30) == 0
        finally:
            holder.kill()


def test_a_server_notices_soon_that_a_machine_is_gone(address: Address) -> None:
    with closing(PostgresStore.at(address)) as store:
        told = store.rows(
            "SELECT name FROM pg_settings WHERE name LIKE ? AND source = ? ORDER BY name",
            "tcp%",
            "session",
        )
        assert [name for (name,) in told] == [
            *("tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval"),
            "tcp_user_timeout",
        ]
