"""From the census to a signed roster, by the commands of the hub."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub import __main__ as program
from sync.hub import rosters, settings, setup
from sync.hub.console import production
from sync.hub.console.production import DELIVERED
from sync.hub.settings import SettingsError
from sync.hub.setup import SetupError
from sync.hub.store import cards, operators
from sync.hub.store.database import Store
from sync.model.rosters import Right, Roster
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile
from sync.wire import mail_seal, roster
from sync.wire.mail_seal import CardCodes
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.hub.console.people import ROME
from tests.unit.hub.console.test_census_and_officers import line, write
from tests.unit.hub.console.town import certificate
from tests.unit.hub.stations import NOON, codice_fiscale
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import to_toml

OFFICES = f'\n[offices]\n{ROME} = "Roma Capitale"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hub that is set up."""
    hub = tmp_path / "hub"
    hub.mkdir()
    (hub / "hub.toml").write_text(to_toml(TABLES) + OFFICES)
    setup.initialise(settings.load(hub), SoftwareSigner.generate())
    return hub


def run(folder: Path, *words: str) -> int:
    return program.main([*words, "--hub-dir", str(folder)])


def listed(folder: Path) -> Roster:
    loaded = settings.load(folder)
    keys = setup.load_keys(loaded)
    hub = HubTrust(1, 0, (keys.signing.verifying_key,), (keys.unsealing[0].sealing_key,))
    found = roster.load((loaded.trust_dir / rosters.FILE).read_bytes(), hub)
    assert isinstance(found, Roster)
    return found


def deliver(folder: Path, request: str, person: int, serial: str) -> int:
    """The producer's file with one card in it."""
    place = folder.parent
    keys = setup.load_keys(settings.load(folder))
    codes = CardCodes("4321", "87654", "p4ss")
    sealed = mail_seal.seal_card_codes(codes, keys.letters[0].sealing_key, serial)
    made = certificate(ec.generate_private_key(ec.SECP256R1()), person)
    (place / "card.der").write_bytes(made)
    (place / "codes.bin").write_bytes(sealed)
    row = f"{request},{codice_fiscale(person)},{serial},card.der,codes.bin"
    path = place / "delivered.csv"
    path.write_text(f"{','.join(DELIVERED)}\n{row}\n")
    return run(folder, "cards", "delivered", str(path))


@pytest.mark.rule("R-004-1", "R-004-6", "R-004-22", "R-004-23")
def test_first_card_of_a_comune_comes_into_the_signed_roster(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "census", "load", str(write(tmp_path, line(1, "asc")))) == 0
    assert capsys.readouterr().out == "1 changed\n"
    assert run(folder, "census", "check") == 1
    assert f"{ROME}: no ASC with an active card" in capsys.readouterr().out
    assert run(folder, "cards", "requests") == 0
    request = capsys.readouterr().out.splitlines()[1].split(",")
    assert request[1:3] == [ROME, codice_fiscale(1)]
    assert deliver(folder, request[0], 1, "SN1") == 0
    assert capsys.readouterr().out == "1 cards are at the Prefetture\n"
    assert not (settings.load(folder).trust_dir / rosters.FILE).exists()
    assert run(folder, "cards", "handed-over", "--serial", "SN1") == 0
    signed = listed(folder)
    (entry,) = signed.entries
    assert (entry.office, entry.comune, entry.name) == ("Roma Capitale", ROME, "PERSONA PROVA")
    assert entry.rights == {Right.APPOINT, Right.STATIONS, Right.DEVICES}
    assert entry.profiles == {Profile.ASC}
    assert signed.names_holder(entry, codice_fiscale(1))
    assert not signed.names_holder(entry, codice_fiscale(2)), "the card must bear the holder's code"
    assert run(folder, "users", "list", "--comune", ROME) == 0
    assert "SN1 attiva" in capsys.readouterr().out
    assert run(folder, "officers", "requests") == 0
    assert run(folder, "officers", "told", "7") == 2


def test_roster_of_a_file_and_users_of_the_console_stand_side_by_side(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "census", "load", str(write(tmp_path, line(1, "asc"))))
    capsys.readouterr()
    deliver(folder, "1", 1, "SN1")
    run(folder, "cards", "handed-over", "--serial", "SN1")
    (tmp_path / "ada.der").write_bytes(certificate(ec.generate_private_key(ec.SECP256R1()), 2))
    path = tmp_path / "roster.csv"
    for text in ("ada.der,Ada Prova,ASL di Esempio,register,,2027-12-31\n", ""):
        path.write_text(",".join(rosters.COLUMNS) + "\n" + text)
        assert run(folder, "roster", "load", str(path)) == 0
        names = {entry.name for entry in listed(folder).entries}
        assert names == ({"Ada Prova", "PERSONA PROVA"} if text else {"PERSONA PROVA"})


@pytest.mark.rule("R-004-24")
def test_roster_stays_due_until_the_file_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = settings.load(folder)
    signer = setup.load_keys(loaded).signing
    store = Store.open(loaded.registry_path)
    try:
        assert not rosters.sign_due(loaded, store, signer)
        with store.transaction():
            operators.note_due(store, NOON)
        with monkeypatch.context() as full:
            full.setattr(rosters, "replace_file", _no_room)
            with pytest.raises(OSError, match="no room"):
                rosters.sign_due(loaded, store, signer)
        assert operators.is_due(store)
        gone = replace(loaded, folder=loaded.folder / "gone")
        with pytest.raises(OSError, match="trust"):
            rosters.sign_due(gone, store, signer)
        assert rosters.sign_due(loaded, store, signer)
        assert listed(folder).version == 2, "no version is used twice"
        assert not rosters.sign_due(loaded, store, signer)
        with store.transaction():
            mark = operators.note_due(store, NOON)
            operators.note_due(store, NOON)
            operators.note_signed(store, mark)
        assert operators.is_due(store), "what changed meanwhile is signed next"
    finally:
        store.close()


def _no_room(_path: Path, _data: bytes, _mode: int) -> None:
    raise OSError("no room")


def test_delivery_that_cannot_be_used_changes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, "census", "load", str(write(tmp_path, line(1, "asc"))))
    assert deliver(folder, "1", 2, "SN1") == 2
    assert "somebody else asked" in capsys.readouterr().err
    assert deliver(folder, "one", 1, "SN 1") == 2
    assert "line 2: request must be a number" in capsys.readouterr().err
    (tmp_path / "delivered.csv").write_text("request\n1\n")
    assert run(folder, "cards", "delivered", str(tmp_path / "delivered.csv")) == 2
    assert "first line must be" in capsys.readouterr().err
    store = Store.open_reader(settings.load(folder).registry_path)
    assert len(cards.in_state(store, CardState.REQUESTED)) == 1
    store.close()


@pytest.mark.rule("R-004-29")
@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("", True),
        ('[console]\nenvironment = "presubentro"\n', True),
        ('[console]\nenvironment = "prova"\n', False),
        ('[offices]\n5809 = "Roma"\n', False),
        ("[offices]\n058091 = 1\n", False),
    ],
)
def test_environment_and_offices_are_settings(
    tmp_path: Path,
    text: str,
    is_right: bool,  # noqa: FBT001
) -> None:
    (tmp_path / "hub.toml").write_text(f"{to_toml(TABLES)}\n{text}")
    if not is_right:
        with pytest.raises(SettingsError):
            settings.load(tmp_path)
        return
    offices = settings.load(tmp_path).offices
    other = Environment.BEFORE_TAKEOVER if text else Environment.PRODUCTION
    assert offices.environment is other
    assert offices.name(ROME) == "Comune di Roma"
    assert offices.name("999999") == "999999"


def test_wrong_files_are_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        production.read(tmp_path / "nothing.csv")
    assert run(folder, "census", "load", str(tmp_path / "nothing.csv")) == 2
