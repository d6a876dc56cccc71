"""Making a hub and enrolling stations, from the command line that people use."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sync.hub import __main__ as program
from sync.hub import settings, setup
from sync.hub.settings import SettingsError
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.wire import trust
from sync.wire.signer import SoftwareSigner, VerifyingKey
from sync.wire.trust import HubTrust
from tests.workbench.authority import Authority
from tests.workbench.pki import REPOSITORY, Table, make_site, to_toml

TABLES: Table = {
    "broker": {"host": "broker.example", "port": 8883},
    "smtp": {"host": "mail.example", "port": 25, "sender": "Sportello <a@hub.example>"},
    "web": {"port": 8080, "base_url": "https://hub.example/"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "hub"
    made.mkdir()
    (made / "hub.toml").write_text(to_toml(TABLES))
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root.key"
    path.write_bytes(SoftwareSigner.generate().to_pem())
    return path


def run(*words: str | Path) -> int:
    return program.main([str(word) for word in words])


def certificate(folder: Path, name: str) -> Path:
    path = folder / f"{name}.pem"
    path.write_bytes(Authority.create("signing").issue_signing(name).certificate_pem)
    return path


def listed(folder: Path) -> HubTrust:
    key = VerifyingKey.from_pem((folder / "trust" / "root.pem").read_bytes())
    found = trust.load((folder / "trust" / "hub.cose").read_bytes(), key)
    assert isinstance(found, HubTrust)
    return found


def test_init_makes_keys_registry_and_trust(folder: Path, root: Path) -> None:
    assert run("init", "--hub-dir", folder, "--root-key", root) == 0
    keys = setup.load_keys(settings.load(folder))
    made = listed(folder)
    assert made.version == 1
    assert [key.key_id for key in made.signing] == [keys.signing.key_id]
    assert made.sealing_key.key_id == keys.unsealing[0].key_id
    for key in (folder / "keys").iterdir():
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700
    secret = root.read_bytes()
    assert not any(secret in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_init_again_keeps_the_keys_and_counts_the_list_on(folder: Path, root: Path) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    before = listed(folder)
    assert run("init", "--hub-dir", folder, "--root-key", root) == 0
    after = listed(folder)
    assert after.version == before.version + 1
    assert after.signing[0].key_id == before.signing[0].key_id


def test_init_with_another_root_changes_nothing(
    folder: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    before = (folder / "trust" / "hub.cose").read_bytes()
    root.write_bytes(SoftwareSigner.generate().to_pem())
    assert run("init", "--hub-dir", folder, "--root-key", root) == 2
    assert "another trust root" in capsys.readouterr().err
    assert (folder / "trust" / "hub.cose").read_bytes() == before


def test_init_with_something_that_is_no_key(folder: Path, root: Path) -> None:
    root.write_text("not a key")
    assert run("init", "--hub-dir", folder, "--root-key", root) == 2


def test_station_is_enrolled_with_its_key(folder: Path, root: Path, tmp_path: Path) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    pem = certificate(tmp_path, "kiosk-0001")
    options = ("--station", "kiosk-0001", "--code", "17")
    assert run("enrol-station", "--hub-dir", folder, "--certificate", pem, *options) == 0
    store = Store.open_reader(folder / "registry.db")
    (station,) = chains.stations(store)
    store.close()
    assert (station.name, station.code, station.head_seq) == ("kiosk-0001", 17, 0)
    assert station.spki == VerifyingKey.from_certificate(pem.read_bytes()).spki


@pytest.mark.parametrize(
    ("name", "code", "complaint"),
    [
        ("kiosk-0001", 18, "enrolled already"),
        ("kiosk-0002", 17, "this code or this key"),
        ("Kiosk", 18, "a station's name"),
        ("kiosk/2", 18, "a station's name"),
        ("hub", 18, "a station's name"),
        ("kiosk-0002", 29791, "a station's code"),
        ("kiosk-0002", -1, "a station's code"),
    ],
)
def test_station_that_cannot_be_enrolled(
    folder: Path,
    root: Path,
    tmp_path: Path,
    name: str,
    code: int,
    complaint: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    loaded = settings.load(folder)
    setup.enrol(loaded, certificate(tmp_path, "kiosk-0001"), "kiosk-0001", 17)
    other = certificate(tmp_path, "other")
    assert (
        run(
            *("enrol-station", "--hub-dir", folder, "--certificate", other),
            *("--station", name, f"--code={code}"),
        )
        == 2
    )
    assert complaint in capsys.readouterr().err


def test_key_is_enrolled_once(folder: Path, root: Path, tmp_path: Path) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    loaded = settings.load(folder)
    same = certificate(tmp_path, "same")
    setup.enrol(loaded, same, "kiosk-0001", 17)
    with pytest.raises(setup.SetupError, match="kiosk-0001 has this"):
        setup.enrol(loaded, same, "kiosk-0002", 18)


@pytest.mark.parametrize("content", [None, b"not a certificate"])
def test_certificate_that_cannot_be_read(
    folder: Path, root: Path, tmp_path: Path, content: bytes | None
) -> None:
    run("init", "--hub-dir", folder, "--root-key", root)
    path = tmp_path / "certificate.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(setup.SetupError):
        setup.enrol(settings.load(folder), path, "kiosk-0001", 17)


@pytest.mark.parametrize("command", ["serve", "registry"])
def test_hub_that_was_not_made_says_what_to_do(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, "--hub-dir", folder) == 2
    assert "init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("table", "entry", "value"),
    [
        ("hub", "name", "Hub/1"),
        ("broker", "port", 0),
        ("broker", "port", "8883"),
        ("broker", "host", 5),
        ("smtp", "sender", "nobody"),
        ("smtp", "sender", "a@b\nBcc: c@d"),
        ("smtp", "per_second", 0),
        ("smtp", "starttls", "yes"),
        ("web", "base_url", "ftp://hub"),
        ("web", "base_url", "https://hub/?a=1"),
        ("web", "port", True),
    ],
)
def test_setting_that_cannot_be_used_is_named(
    folder: Path, table: str, entry: str, value: str | int
) -> None:
    tables = {**TABLES, table: {**TABLES.get(table, {}), entry: value}}
    (folder / "hub.toml").write_text(to_toml(tables))
    with pytest.raises(SettingsError, match=rf"{table}\.{entry}"):
        settings.load(folder)


def test_settings_that_are_missing_or_broken(folder: Path) -> None:
    (folder / "hub.toml").write_text("[")
    with pytest.raises(SettingsError, match="TOML"):
        settings.load(folder)
    (folder / "hub.toml").unlink()
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(folder)


def test_settings_have_safe_defaults(folder: Path) -> None:
    loaded = settings.load(folder)
    assert loaded.smtp.starttls
    assert loaded.web.host == "127.0.0.1"
    assert loaded.web.base_url == "https://hub.example"
    assert loaded.smtp.sender_domain == "hub.example"


def test_registry_of_nobody_is_an_empty_table(tmp_path: Path) -> None:
    """The command as people type it."""
    site = make_site(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-m", "sync.hub", "registry", "--hub-dir", str(site.hub_dir)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout.splitlines()[-1] == "0 registrations"


def test_broker_configuration_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"{name}.pem" for name in ("ca", "certificate", "key", "crl")}
    words = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert run("broker-config", "--into", tmp_path / "broker", *words, "--hub", "centre") == 0
    written = Path(capsys.readouterr().out.strip())
    text = written.read_text()
    assert "listener 8883 0.0.0.0" in text
    assert all(str(path) in text for path in files.values())
    assert "user centre" in (written.parent / "acl.conf").read_text()
    assert "$" not in text


def test_keys_are_not_made_inside_the_repository() -> None:
    with pytest.raises(ValueError, match="inside the repository"):
        make_site(REPOSITORY / "build" / "site")
    assert not (REPOSITORY / "build" / "site").exists()


def test_two_sites_have_nothing_in_common(tmp_path: Path) -> None:
    """What "signed by somebody else" means in every other test."""
    keys = [
        {path.read_bytes() for path in make_site(tmp_path / name).folder.rglob("*.key")}
        for name in ("one", "two")
    ]
    assert keys[0]
    assert not keys[0] & keys[1]
