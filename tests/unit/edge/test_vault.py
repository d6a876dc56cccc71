from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.edge import vault
from sync.edge.vault import SEALED_ELSEWHERE, Vault, VaultTrouble, open_vault

SECRET = bytes(range(32))
OURS = Vault(SECRET)
THEIRS = Vault(bytes(32))
NAMES = b"Fabiani Ottavia FBNTTV80A41F205X " * 40


@dataclass(frozen=True)
class Pulled:
    code: str = "token.removed"


def test_the_key_store_is_asked_once() -> None:
    asked: list[str] = []

    def derive(purpose: str) -> bytes:
        asked.append(purpose)
        return SECRET

    opened = open_vault(derive)
    assert isinstance(opened, Vault)
    assert opened.key(vault.JOURNAL) == OURS.key(vault.JOURNAL)
    assert opened.password(vault.TLS_KEY) == OURS.key(vault.TLS_KEY).hex().encode()
    assert asked == [vault.PURPOSE]


def test_a_key_store_that_gives_nothing_is_told() -> None:
    assert open_vault(lambda _: Pulled()) == VaultTrouble("token.removed")
    with pytest.raises(ValueError, match="32 bytes"):
        open_vault(lambda _: b"short")


def test_nothing_of_it_is_shown() -> None:
    assert SECRET.hex() not in repr(OURS)
    assert str(SECRET) not in repr(OURS)


def test_another_station_purpose_or_place_opens_nothing() -> None:
    sealed = OURS.seal(vault.ROSTER, NAMES, b"here")
    assert OURS.open(vault.ROSTER, sealed, b"here") == NAMES
    assert OURS.open(vault.ROSTER, sealed, b"there") == SEALED_ELSEWHERE
    assert OURS.open(vault.DRAFT, sealed, b"here") == SEALED_ELSEWHERE
    assert THEIRS.open(vault.ROSTER, sealed, b"here") == SEALED_ELSEWHERE


def test_a_file_is_sealed_and_only_read_here(tmp_path: Path) -> None:
    path = tmp_path / "roster.cose"
    assert OURS.read(path, vault.ROSTER) is None
    assert OURS.write(path, vault.ROSTER, NAMES) is None
    assert b"Fabiani" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert OURS.read(path, vault.ROSTER) == NAMES
    assert THEIRS.read(path, vault.ROSTER) == SEALED_ELSEWHERE
    other = path.rename(tmp_path / "stations.cose")
    assert OURS.read(other, vault.ROSTER) == SEALED_ELSEWHERE


def test_a_file_in_clear_is_read_and_then_sealed(tmp_path: Path) -> None:
    path = tmp_path / "roster.cose"
    path.write_bytes(NAMES)
    assert OURS.read(path, vault.ROSTER) == NAMES
    with path.open("rb") as held:  # as its blocks stay on the disk
        assert OURS.write(path, vault.ROSTER, NAMES) is None
        assert held.read() == bytes(len(NAMES))
    assert OURS.read(path, vault.ROSTER) == NAMES
    assert [file.name for file in tmp_path.iterdir()] == ["roster.cose"]


def test_a_file_in_clear_is_sealed_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "roster.cose"
    assert OURS.seal_file(path, vault.ROSTER) is None
    path.write_bytes(NAMES)
    assert OURS.seal_file(path, vault.ROSTER) is None
    sealed = path.read_bytes()
    assert b"Fabiani" not in sealed
    assert OURS.seal_file(path, vault.ROSTER) is None
    assert path.read_bytes() == sealed
    assert OURS.read(path, vault.ROSTER) == NAMES


def test_what_a_power_cut_left_in_clear_goes_with_the_next_file(tmp_path: Path) -> None:
    path, left = tmp_path / "roster.cose", tmp_path / "roster.cose.old"
    left.write_bytes(NAMES)
    with left.open("rb") as held:
        assert OURS.write(path, vault.ROSTER, b"new") is None
        assert held.read() == bytes(len(NAMES))
    assert not left.exists()


def test_a_disk_that_refuses_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "roster.cose"
    assert OURS.write(path, vault.ROSTER, NAMES) is None
    (tmp_path / "roster.cose.new").mkdir()
    assert OURS.write(path, vault.ROSTER, b"other") == VaultTrouble("vault.unwritable")
    assert OURS.read(path, vault.ROSTER) == NAMES


def test_what_is_no_file_is_none_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert OURS.read(tmp_path / "pipe", vault.ROSTER) is None
    (tmp_path / "loop").symlink_to("loop")
    assert OURS.read(tmp_path / "loop", vault.ROSTER) == VaultTrouble("vault.unreadable")


def test_no_more_is_read_than_wanted(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(bytes(100))
    assert OURS.read(path, vault.ROSTER, most=50) == bytes(51)
    OURS.write(path, vault.ROSTER, bytes(50))
    assert OURS.read(path, vault.ROSTER, most=50) == bytes(50)
    OURS.write(path, vault.ROSTER, bytes(100))
    assert OURS.read(path, vault.ROSTER, most=50) == SEALED_ELSEWHERE


def test_a_key_of_two_needs_both() -> None:
    card = bytes(range(32, 64))
    both = OURS.joined(vault.MIRROR, card)
    assert both == OURS.joined(vault.MIRROR, card)
    others = {THEIRS.joined(vault.MIRROR, card), OURS.joined(vault.MIRROR, bytes(32))}
    assert both not in others | {card, OURS.key(vault.MIRROR), OURS.joined(vault.DRAFT, card)}
