"""A registry moves from its file to a server; a server's registry is backed up, put back, scrubbed."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from sync.hub import __main__ as hub
from sync.hub import backup, leading, registry_commands, settings
from sync.hub.epoch import ServerEpoch
from sync.hub.setup import SetupError
from sync.hub.store import backups, chains, copying, feed, opening, registrations, users
from sync.hub.store.connecting import Address
from sync.hub.store.database import IntegrityError, Store, StoreError
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.sqlite import SqliteStore
from sync.model.users import Environment, Profile, UserType
from sync.wire.sealing import UnsealingKey
from tests.emulated.postgres import PrivatePostgres
from tests.unit.hub.stations import NOON, Bench, identification
from tests.unit.hub.test_rotation import folder, root

__all__ = ["folder", "root"]  # fixtures

Keep = Callable[[Store], Store]
RECOVERY = UnsealingKey.generate()


def fill(store: Store) -> Bench:
    """Stations with operations, one registration under another number, one missing entry."""
    bench = Bench(store)
    for n in (1, 2):
        station = bench.enrolled(f"kiosk-000{n}", n)
        station.record_many(10 * n, 4)
        station.record(identification(10 * n))
        bench.send(station, 1, 5)
    while bench.ingest.decide(store) is not None:
        pass
    with store.transaction():
        numbers = [one.number for one in registrations.registrations(store)]
        for n in (3, 1, 2):
            registrations.add_alias(store, f"AAA{n}00AAA", numbers[0])
        user = users.User("058091", "X" * 16, "Neri", "Anna", "a@example.org", "", *USER)
        assert users.add(store, user) == 1
        made = users.by_id(store, 1)
        assert made is not None
        users.delete(store, made)
    return bench


USER: tuple[UserType, frozenset[Environment], frozenset[Profile]] = (
    next(iter(UserType)),
    frozenset({Environment.PRODUCTION}),
    frozenset(),
)


def name_server(folder: Path, address: Address) -> None:
    with (folder / settings.FILE).open("a") as toml:
        toml.write(f'\n[registry]\nurl = "{address.url}"\n')


def test_every_row_arrives_and_numbers_go_on(tmp_path: Path, address: Address, keep: Keep) -> None:
    file = SqliteStore.open(tmp_path / "registry.db")
    keep(file)
    bench = fill(file)
    target = PostgresStore.at(address)
    keep(target)
    with file.transaction():
        copied = copying.to_server(file, target)
    assert copied.rows["entry"] == copied.entries == 10
    assert copied.heads == {"kiosk-0001": 5, "kiosk-0002": 5}
    for question in (
        registrations.registrations,
        chains.stations,
        lambda store: feed.entries(store, 0, 100),
        lambda store: registrations.aliases_of(store, _numbers(store), 2),
    ):
        assert question(target) == question(file)
    # What is given is never given twice, and what is final is final there too.
    with target.transaction():
        assert users.add(target, _user()) == 2
        feed.gone(target, "ZZZ000ZZZ")
    assert feed.end(target) == feed.end(file) + 1
    with pytest.raises(IntegrityError), target.transaction():
        target.run("DELETE FROM entry")
    bench.restart(target)
    with pytest.raises(StoreError) as told, file.transaction():
        copying.to_server(file, target)
    assert told.value.code == "store.foreign"
    again = copying.to_file(target, tmp_path / "again.db")
    assert again.entries == 10


def _numbers(store: Store) -> list[str]:
    return [one.number for one in registrations.registrations(store)]


def _user() -> users.User:
    return users.User("058091", "Y" * 16, "Neri", "Anna", "a@example.org", "", *USER)


def test_a_chain_that_is_broken_does_not_move(tmp_path: Path, address: Address, keep: Keep) -> None:
    file = SqliteStore.open(tmp_path / "registry.db")
    keep(file)
    fill(file)
    with file.transaction():
        file.run("DROP TRIGGER entry_is_final")
        file.run("UPDATE entry SET envelope = x'00' WHERE station = 'kiosk-0001' AND seq = 3")
    target = PostgresStore.at(address)
    keep(target)
    with pytest.raises(StoreError, match="kiosk-0001 breaks at 3"), file.transaction():
        copying.to_server(file, target)
    assert chains.stations(target) == []


def test_the_command_moves_and_sets_the_file_aside(
    folder: Path, address: Address, keep: Keep, capsys: pytest.CaptureFixture[str]
) -> None:
    file = keep(SqliteStore.open(folder / "registry.db"))
    fill(file)
    assert hub.main(["registry", "move", "--hub-dir", str(folder)]) == 2
    assert "names no server" in capsys.readouterr().err
    name_server(folder, address)
    assert hub.main(["registry", "--hub-dir", str(folder)]) == 2
    assert "store.ambiguous" in capsys.readouterr().err
    assert file.claim(leading.CLAIM)  # as a hub that runs does
    with pytest.raises(SetupError, match="running"):
        registry_commands.move(settings.load(folder))
    file.close()
    assert hub.main(["registry", "move", "--hub-dir", str(folder)]) == 0
    assert "entries=10" in capsys.readouterr().out
    assert not list(folder.glob("registry.db"))
    assert opening.moved_path(settings.load(folder)).exists()
    assert hub.main(["registry", "--hub-dir", str(folder)]) == 0
    assert hub.main(["audit", "verify", "--hub-dir", str(folder)]) == 0
    assert hub.main(["registry", "rewrite", "--hub-dir", str(folder)]) == 0
    with closing(PostgresStore.at(address)) as store:
        before = ServerEpoch().name_at(store)
        assert hub.main(["registry", "new-epoch", "--hub-dir", str(folder)]) == 0
        after = ServerEpoch().name_at(store)
        assert len({before, after, ServerEpoch().name_at(store)}) == 2
    assert "tables written anew" in capsys.readouterr().out
    assert hub.main(["registry", "move", "--hub-dir", str(folder)]) == 2
    text = (folder / settings.FILE).read_text().rpartition("[registry]")[0]
    (folder / settings.FILE).write_text(text)
    assert hub.main(["registry", "--hub-dir", str(folder)]) == 2
    assert "store.moved" in capsys.readouterr().err


def test_a_backup_of_a_server_is_a_hub_again(
    folder: Path, address: Address, server: PrivatePostgres, tmp_path: Path
) -> None:
    with closing(SqliteStore.open(folder / "registry.db")) as file:
        fill(file)
    name_server(folder, address)
    loaded = settings.load(folder)
    registry_commands.move(loaded)
    made = backup.make(loaded, tmp_path, RECOVERY.sealing_key, NOON)
    assert made.entries == 10
    assert not made.is_away  # the server is on this machine, and does not say where its files are
    again = tmp_path / "again"
    backup.restore(made.path, RECOVERY, again, NOON + 1)
    with pytest.raises(StoreError, match="ambiguous"):
        opening.open_store(settings.load(again))
    toml = again / settings.FILE
    toml.write_text(toml.read_text().replace(address.url, server.fresh()))
    registry_commands.move(settings.load(again))
    with (
        closing(opening.open_reader(settings.load(again))) as store,
        closing(opening.open_reader(loaded)) as before,
    ):
        assert registrations.registrations(store) == registrations.registrations(before)
        assert backups.rebuilding(store) is not None


def test_what_was_deleted_is_in_none_of_the_servers_tables(server: PrivatePostgres) -> None:
    """Not in unused parts of pages either; the log is another matter (ADR 0190)."""
    address = Address(server.fresh())
    secret = random.Random(1).randbytes(8).hex().upper()
    with closing(PostgresStore.at(address)) as store:
        with store.transaction():
            number = users.add(
                store, users.User("058091", secret, "Neri", "Anna", "a@example.org", "", *USER)
            )
            users.add(store, _user())
        store.run("ANALYZE")
        _checkpoint(server)
        assert found(server, secret)
        with store.transaction():
            kept = users.by_id(store, number)
            assert kept is not None
            users.delete(store, kept)
        _checkpoint(server)
        assert found(server, secret)  # what a deletion leaves
        assert store.scrub()
        _checkpoint(server)
        assert not found(server, secret)
        assert not store.scrub()  # rests before the next time
        assert "console_user" in store.rewrite()


def _checkpoint(server: PrivatePostgres) -> None:
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute("CHECKPOINT")


def found(server: PrivatePostgres, secret: str) -> bool:
    return any(
        secret.encode() in path.read_bytes()
        for path in (server.folder / "data" / "base").rglob("*")
        if path.is_file()
    )


def test_a_row_that_is_lost_on_its_way_stops_the_move(
    tmp_path: Path, address: Address, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = SqliteStore.open(tmp_path / "registry.db")
    keep(file)
    fill(file)
    target = PostgresStore.at(address)
    keep(target)
    real = PostgresStore.fill

    def lossy(self: PostgresStore, table: str, columns: object, rows: object) -> None:
        listed = list(rows)  # type: ignore[call-overload]  # rows
        real(self, table, columns, iter(listed[1:] if table == "alias" else listed))  # type: ignore[arg-type]  # columns

    monkeypatch.setattr(PostgresStore, "fill", lossy)
    with pytest.raises(StoreError, match="alias is not the same"), file.transaction():
        copying.to_server(file, target)
