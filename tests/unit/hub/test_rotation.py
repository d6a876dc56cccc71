"""New keys of a hub in use, from the command line that people use."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sync.hub import __main__ as program
from sync.hub import settings, setup
from sync.hub.rotation import TRUST_LIST
from sync.hub.store import chains, lists
from sync.hub.store.database import Store
from sync.model.rosters import Roster
from sync.wire import envelope, sealing, trust
from sync.wire import roster as roster_wire
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.trust import HubTrust, TrustTrouble
from tests.unit.hub.stations import Station, preregistration
from tests.workbench.pki import Table, to_toml

TABLES: Table = {
    "broker": {"host": "broker.example", "port": 8883},
    "smtp": {"host": "mail.example", "port": 25, "sender": "Sportello <a@hub.example>"},
    "web": {"port": 8080, "base_url": "https://hub.example/"},
}
NOW = time.time_ns() // 1_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return _root(tmp_path, "root.key")


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    made = tmp_path / "hub"
    made.mkdir()
    (made / "hub.toml").write_text(to_toml(TABLES))
    assert run("init", "--hub-dir", made, "--root-key", root) == 0
    return made


@pytest.fixture
def first_root(root: Path) -> VerifyingKey:
    """What a station was given on its first day."""
    return SoftwareSigner.from_pem(root.read_bytes()).verifying_key


def run(*words: str | Path) -> int:
    return program.main([str(word) for word in words])


def rotate(folder: Path, *words: str | Path) -> int:
    return run("rotate", *words, "--hub-dir", folder)


def listed(folder: Path, known: VerifyingKey) -> HubTrust:
    found = trust.load((folder / "trust" / "hub.cose").read_bytes(), known)
    assert isinstance(found, HubTrust)
    return found


def keys(folder: Path) -> setup.HubKeys:
    return setup.load_keys(settings.load(folder))


def station(folder: Path, *, holds: int, heard_at: int = NOW) -> Station:
    """A station of that hub, which has told that it holds that version of the list."""
    made = Station("kiosk-0001", 17, keys(folder).unsealing[0].sealing_key)
    store = Store.open(folder / "registry.db")
    with store.transaction():
        chains.enrol(store, made.name, made.code, made.signer.verifying_key.spki, NOW)
        chains.acknowledge(store, made.name, heard_at)
        lists.told(store, made.name, TRUST_LIST, holds, NOW)
    store.close()
    return made


def _root(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(SoftwareSigner.generate().to_pem())
    return path


def test_a_new_signing_key_is_listed_then_used_then_alone(
    folder: Path, root: Path, first_root: VerifyingKey
) -> None:
    before = keys(folder).signing.key_id
    assert rotate(folder, "signing", "begin", "--root-key", root) == 0
    (_, coming) = (key.key_id for key in listed(folder, first_root).signing)
    assert keys(folder).signing.key_id == before  # listed, not used
    station(folder, holds=2)
    assert rotate(folder, "signing", "switch") == 0
    assert keys(folder).signing.key_id == coming
    assert {key.key_id for key in keys(folder).listed} == {before, coming}
    assert rotate(folder, "signing", "end", "--root-key", root) == 0
    assert [key.key_id for key in listed(folder, first_root).signing] == [coming]
    assert not (folder / "keys" / setup.SIGNING_BEFORE).exists()


def test_no_switch_before_the_stations_have_the_list(
    folder: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = keys(folder).signing.key_id
    station(folder, holds=1)
    assert rotate(folder, "signing", "switch") == 2  # nothing was begun
    assert rotate(folder, "signing", "begin", "--root-key", root) == 0
    capsys.readouterr()
    assert rotate(folder, "signing", "switch") == 2
    assert "kiosk-0001" in capsys.readouterr().err
    assert keys(folder).signing.key_id == before
    assert rotate(folder, "status") == 0
    assert "kiosk-0001: version 1" in capsys.readouterr().out
    assert rotate(folder, "signing", "switch", "--anyway") == 0
    assert keys(folder).signing.key_id != before


def test_a_station_that_was_silent_for_months_is_not_waited_for(folder: Path, root: Path) -> None:
    station(folder, holds=1, heard_at=NOW - 91 * 24 * 3_600_000)
    assert rotate(folder, "signing", "begin", "--root-key", root) == 0
    assert rotate(folder, "signing", "switch") == 0


def test_the_old_key_stays_while_a_list_is_signed_by_it(
    folder: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = keys(folder).signing
    assert rotate(folder, "signing", "begin", "--root-key", root) == 0
    assert rotate(folder, "signing", "begin", "--root-key", root) == 2
    assert rotate(folder, "signing", "switch") == 0
    roster = folder / "trust" / "roster.cose"
    by_the_new = roster.read_bytes()
    roster.write_bytes(roster_wire.sign(Roster(1, NOW, ()), old))
    assert rotate(folder, "signing", "end", "--root-key", root) == 2
    assert "roster.cose is still signed by the old key" in capsys.readouterr().err
    assert (folder / "keys" / setup.SIGNING_BEFORE).exists()
    roster.write_bytes(by_the_new)  # switching had signed it by the new one
    assert rotate(folder, "signing", "end", "--root-key", root) == 0


def test_steps_out_of_turn_or_with_another_root_change_nothing(
    folder: Path, root: Path, tmp_path: Path, first_root: VerifyingKey
) -> None:
    other = _root(tmp_path, "other.key")
    version = listed(folder, first_root).version
    assert rotate(folder, "signing", "end", "--root-key", root) == 2
    assert rotate(folder, "signing", "begin") == 2  # without a root
    started(folder)
    assert rotate(folder, "sealing", "begin") == 0
    assert rotate(folder, "sealing", "switch", "--root-key", other) == 2
    assert listed(folder, first_root).version == version


def started(folder: Path) -> None:
    """What a hub does first."""
    setup.tell_in_use(settings.load(folder), keys(folder))


def renew(folder: Path, root: Path, name: str) -> None:
    assert rotate(folder, name, "begin") == 0
    started(folder)
    assert rotate(folder, name, "switch", "--root-key", root) == 0


def test_what_was_sealed_before_is_opened_after(
    folder: Path, root: Path, first_root: VerifyingKey
) -> None:
    old = keys(folder).unsealing[0]
    sealed = sealing.seal(b"recorded before", old.sealing_key, b"info")
    renew(folder, root, "sealing")
    renew(folder, root, "letters")
    now = keys(folder)
    assert listed(folder, first_root).sealing_key.key_id == now.unsealing[0].key_id != old.key_id
    assert listed(folder, first_root).letter_key.key_id == now.letters[0].key_id
    opened = [sealing.unseal(sealed, key, b"info") for key in now.unsealing]
    assert opened == [None, b"recorded before"]
    assert len(now.letters) == 2


def test_no_key_is_listed_before_the_hub_that_serves_can_open_by_it(
    folder: Path, root: Path, first_root: VerifyingKey, capsys: pytest.CaptureFixture[str]
) -> None:
    started(folder)
    before = listed(folder, first_root)
    assert rotate(folder, "sealing", "switch", "--root-key", root) == 2  # nothing was begun
    assert rotate(folder, "sealing", "begin") == 0
    assert rotate(folder, "sealing", "begin") == 2
    capsys.readouterr()
    assert rotate(folder, "sealing", "switch", "--root-key", root) == 2
    assert "restart it first" in capsys.readouterr().err
    assert listed(folder, first_root).sealing_key.key_id == before.sealing_key.key_id
    # From its next start on it opens by the coming key, listed or not.
    coming = UnsealingKey.from_pem((folder / "keys" / "unsealing-next.pem").read_bytes())
    assert coming.key_id in {key.key_id for key in keys(folder).unsealing}
    started(folder)
    assert rotate(folder, "sealing", "switch", "--root-key", root) == 0
    assert listed(folder, first_root).sealing_key.key_id == coming.key_id
    assert not (folder / "keys" / "unsealing-next.pem").exists()


def test_older_keys_are_destroyed_when_nothing_needs_them(folder: Path, root: Path) -> None:
    assert rotate(folder, "sealing", "destroy") == 2  # there is none
    # Silent for months: its journal may hold what was sealed to the old key.
    made = station(folder, holds=1, heard_at=NOW - 200 * 24 * 3_600_000)
    entry = made.record(preregistration(1))
    store = Store.open(folder / "registry.db")
    with store.transaction():
        chains.add(store, made.name, [envelope.parse(entry.data)], NOW)
    store.close()
    renew(folder, root, "sealing")
    old = next((folder / "keys").glob("unsealing-*.pem"))
    secret = UnsealingKey.from_pem(old.read_bytes()).to_pem()
    assert rotate(folder, "sealing", "destroy") == 2  # the station lacks the list
    assert rotate(folder, "sealing", "destroy", "--anyway") == 2  # and an entry waits
    store = Store.open(folder / "registry.db")
    with store.transaction():
        store.run("UPDATE station SET decided_seq = head_seq")
        lists.told(store, made.name, TRUST_LIST, 2, NOW)
        store.run(
            "INSERT INTO decision (station, seq, outcome, decided_at) VALUES (?, 1, 'missing', 1)",
            made.name,
        )
    assert rotate(folder, "sealing", "destroy") == 2  # one that is missing may be sealed to it
    with store.transaction():
        store.run("UPDATE decision SET outcome = 'accepted' WHERE station = ?", made.name)
    store.close()
    assert rotate(folder, "sealing", "destroy") == 0
    assert len(keys(folder).unsealing) == 1
    assert not any(secret in one.read_bytes() for one in folder.rglob("*") if one.is_file())


def test_a_new_root_reaches_whoever_knows_the_first_alone(
    folder: Path, root: Path, tmp_path: Path, first_root: VerifyingKey
) -> None:
    second, third = _root(tmp_path, "second.key"), _root(tmp_path, "third.key")
    assert rotate(folder, "root", "--root-key", root, "--next-root-key", second) == 0
    # The old one signs no more.
    assert rotate(folder, "signing", "begin", "--root-key", root) == 2
    assert rotate(folder, "root", "--root-key", root, "--next-root-key", third) == 2
    assert rotate(folder, "root", "--root-key", second, "--next-root-key", second) == 2
    assert rotate(folder, "root", "--root-key", second, "--next-root-key", third) == 0
    found = listed(folder, first_root)
    assert found.root is not None
    assert found.root.key_id == SoftwareSigner.from_pem(third.read_bytes()).key_id
    stranger = SoftwareSigner.generate().verifying_key
    data = (folder / "trust" / "hub.cose").read_bytes()
    assert trust.load(data, stranger) == TrustTrouble("trust.foreign")
    assert rotate(folder, "signing", "begin", "--root-key", third) == 0
