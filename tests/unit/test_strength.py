"""What is easily guessed, and what thieves have already."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sync.hub import settings, web
from sync.hub.home.__main__ import main
from sync.hub.settings import SettingsError
from sync.model.passwords import LEAST_SCORE
from sync.strength import BreachedPasswords, strength, write_breached
from tests.workbench.pki import Table, to_toml

STOLEN = [f"password number {n}" for n in range(50)]


@pytest.mark.rule("R-003-51")
@pytest.mark.parametrize(
    "weak", ["", "123456789012", "password1234", "qwertyuiop12", "aaaaaaaaaaaaaa"]
)
def test_what_thieves_try_first_is_not_strong(weak: str) -> None:
    assert strength(weak) < LEAST_SCORE


@pytest.mark.rule("R-003-51")
def test_words_that_have_nothing_to_do_with_each_other_are_strong() -> None:
    assert strength("nuvola martello ottobre lanterna") == 4


def test_own_words_weaken() -> None:
    assert strength("bonaventura", ("bonaventura",)) < strength("bonaventura")


def test_a_very_long_password_takes_no_longer() -> None:
    assert strength("xK9 " * 5000) < LEAST_SCORE


def test_stolen_passwords_are_found(tmp_path: Path) -> None:
    lines = [f"{hashlib.sha1(one.encode()).hexdigest().upper()}:7\n" for one in STOLEN]  # noqa: S324
    path = tmp_path / "stolen.bin"
    assert write_breached(path, [*lines, "\n"]) == len(STOLEN)
    stolen = BreachedPasswords(path)
    assert all(stolen.has(one) for one in STOLEN)
    assert not stolen.has("nuvola martello ottobre lanterna")


def test_an_empty_list_has_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stolen.bin"
    write_breached(path, [])
    assert not BreachedPasswords(path).has("anything")


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stolen.bin"
    path.write_bytes(b"nine byte")
    with pytest.raises(ValueError, match="is not a list"):
        BreachedPasswords(path)
    with pytest.raises(ValueError, match="not a SHA-1"):
        write_breached(path, ["abcd"])
    with pytest.raises(FileNotFoundError):
        BreachedPasswords(tmp_path / "missing")


def test_the_list_is_made_by_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "source.txt", tmp_path / "stolen.bin"
    source.write_text(f"{hashlib.sha1(b'stolen').hexdigest()}:9\n")  # noqa: S324
    assert main([str(source), str(target)]) == 0
    assert "1 passwords" in capsys.readouterr().out
    assert BreachedPasswords(target).has("stolen")
    source.write_text("no hash\n")
    assert main([str(source), str(target)]) == 2
    assert BreachedPasswords(target).has("stolen")


def test_settings_name_the_list(tmp_path: Path) -> None:
    tables: Table = {
        "broker": {"host": "localhost", "port": 1},
        "smtp": {"host": "localhost", "port": 1, "sender": "a@hub.example"},
        "web": {"port": 1, "base_url": "https://hub.example", "breached_passwords": "stolen.bin"},
    }
    (tmp_path / "hub.toml").write_text(to_toml(tables), encoding="utf-8")
    loaded = settings.load(tmp_path)
    with pytest.raises(SettingsError, match="breached_passwords"):
        web.breached_passwords(loaded)
    write_breached(tmp_path / "stolen.bin", [hashlib.sha1(b"stolen").hexdigest()])  # noqa: S324
    found = web.breached_passwords(loaded)
    assert found is not None
    assert found.has("stolen")
