"""The roster: taken whole from a CSV file or not at all, kept with its history, signed."""

from __future__ import annotations

import threading
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub import __main__ as program
from sync.hub import rosters, settings, setup
from sync.hub.setup import SetupError
from sync.hub.store import cards, operators
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.model.rosters import Right, Roster
from sync.model.smart_cards import CardState
from sync.wire import roster
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.hub.counters import CardOfOne
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import to_toml

HEADINGS = ",".join(rosters.COLUMNS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hub that is set up, and the certificates of two cards beside its roster."""
    hub = tmp_path / "hub"
    hub.mkdir()
    (hub / "hub.toml").write_text(to_toml(TABLES))
    root = SoftwareSigner.generate()
    setup.initialise(settings.load(hub), root)
    for name in ("ada", "bruno"):
        card = CardOfOne(ec.generate_private_key(ec.SECP256R1()))
        (tmp_path / f"{name}.der").write_bytes(card.certificate)
    return hub


def write(folder: Path, *lines: str) -> Path:
    path = folder.parent / "roster.csv"
    path.write_text("\n".join([HEADINGS, *lines]) + "\n", encoding="utf-8")
    return path


ADA = "ada.der,Ada Prova,Comune di Torino,register manage residence,L219 A326,2027-12-31"
BRUNO = "bruno.der,Bruno Prova,ASL di Esempio,register fse,,2026-12-31"


def load(folder: Path, path: Path) -> int:
    return program.main(["roster", "load", str(path), "--hub-dir", str(folder)])


def listed(folder: Path) -> Roster:
    loaded = settings.load(folder)
    keys = setup.load_keys(loaded)
    hub = HubTrust(1, 0, (keys.signing.verifying_key,), (keys.unsealing[0].sealing_key,))
    found = roster.load((loaded.trust_dir / rosters.FILE).read_bytes(), hub)
    assert isinstance(found, Roster)
    return found


def test_roster_is_put_in_force_and_signed_for_the_stations(folder: Path) -> None:
    assert load(folder, write(folder, ADA, BRUNO)) == 0
    signed = listed(folder)
    assert signed.version == 1
    by_name = {entry.name: entry for entry in signed.entries}
    ada = by_name["Ada Prova"]
    assert ada.rights == {Right.REGISTER, Right.MANAGE, Right.RESIDENCE}
    assert ada.comuni == ("A326", "L219")
    assert ada.until == date(2027, 12, 31)
    assert by_name["Bruno Prova"].comuni == ()
    store = Store.open_reader(settings.load(folder).registry_path)
    assert operators.at(store, ada.thumbprint, 1) is None
    (known,) = operators.when_recorded(store, ada.thumbprint, 1, 1 << 60)
    assert known.entry == ada
    assert known.certificate == (folder.parent / "ada.der").read_bytes()
    store.close()


def test_who_is_left_out_ends_and_versions_only_grow(folder: Path) -> None:
    load(folder, write(folder, ADA, BRUNO))
    before = listed(folder)
    load(folder, write(folder, BRUNO))
    after = listed(folder)
    assert (before.version, after.version) == (1, 2)
    assert [entry.name for entry in after.entries] == ["Bruno Prova"]
    assert program.main(["roster", "sign", "--hub-dir", str(folder)]) == 0
    assert listed(folder).version == 3
    store = Store.open(settings.load(folder).registry_path)
    ada = next(entry for entry in before.entries if entry.name == "Ada Prova")
    (ended,) = store.row("SELECT ended_at FROM operator WHERE thumbprint = ?", ada.thumbprint) or ()
    assert operators.at(store, ada.thumbprint, ended - 1) is not None, "what was done before counts"
    assert operators.at(store, ada.thumbprint, ended) is None
    assert operators.when_recorded(store, ada.thumbprint, 1, ended) == [], "by no clock"
    (last,) = operators.last(store, ada.thumbprint)
    assert last.entry == ada
    store.close()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (ADA.replace("ada.der", "nobody.der"), "nobody.der"),
        (ADA.replace("ada.der", "roster.csv"), "no certificate"),
        (ADA.replace("manage", "manag"), "rights"),
        (ADA.replace("L219", "ZZZZ"), "Belfiore"),
        (ADA.replace("2027-12-31", "31/12/2027"), "until"),
        (ADA.replace("Comune di Torino", ""), "office"),
        (f"{ADA},more", "entries"),
        (f"{ADA}\n{ADA}", "more than one line"),
    ],
)
def test_line_that_cannot_be_used_leaves_everything_as_it_was(
    folder: Path, line: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(folder, write(folder, BRUNO))
    assert load(folder, write(folder, line)) == 2
    assert word in capsys.readouterr().err
    assert [entry.name for entry in listed(folder).entries] == ["Bruno Prova"]


def test_card_of_the_console_stands_in_no_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = (folder.parent / "ada.der").read_bytes()
    store = Store.open(settings.load(folder).registry_path)
    with store.transaction():
        gone = Card(None, "058091", 0, None, CardState.DISABLED, "SN1", sha256(made).digest())
        cards.add(store, gone)
    store.close()
    assert load(folder, write(folder, BRUNO, ADA)) == 2
    assert "line 3: the console looks after this card" in capsys.readouterr().err
    assert load(folder, write(folder, BRUNO)) == 0


@pytest.mark.rule("R-004-24")
def test_two_that_sign_at_once_leave_the_last_version_in_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder, write(folder, ADA, BRUNO))
    loaded = settings.load(folder)
    began = threading.Event()

    def slow(path: Path, data: bytes, mode: int) -> None:
        if not began.is_set():
            began.set()
            second.join(0.5)  # the other one would be done by now, were it let in
        setup.replace_file(path, data, mode)

    def after() -> None:
        began.wait(5)
        rosters.sign(loaded)

    monkeypatch.setattr(rosters, "replace_file", slow)
    first = threading.Thread(target=lambda: rosters.sign(loaded))
    second = threading.Thread(target=after)
    second.start()  # it waits for the first
    first.start()
    first.join(10)
    second.join(10)
    store = Store.open(loaded.registry_path)
    data = (loaded.trust_dir / rosters.FILE).read_bytes()
    assert operators.version(store) == 3
    assert listed(folder).version == 3
    assert operators.is_signed(store, 3, sha256(data).digest())
    store.close()


@pytest.mark.rule("R-004-24")
def test_file_that_is_not_the_last_version_is_signed_anew(folder: Path) -> None:
    load(folder, write(folder, ADA, BRUNO))
    loaded = settings.load(folder)
    place, signer = loaded.trust_dir / rosters.FILE, setup.load_keys(loaded).signing
    old = place.read_bytes()
    load(folder, write(folder, BRUNO))
    store = Store.open(loaded.registry_path)
    assert not rosters.sign_due(loaded, store, signer)
    place.write_bytes(old)  # as a process leaves it that dies, or is overtaken, at the wrong time
    assert not operators.is_due(store)
    assert rosters.sign_due(loaded, store, signer)
    assert [entry.name for entry in listed(folder).entries] == ["Bruno Prova"]
    assert listed(folder).version == 3
    place.unlink()
    assert rosters.sign_due(loaded, store, signer)
    assert not rosters.sign_due(loaded, store, signer)
    # A backup of before was put back: the file is ahead of the registry.
    place.write_bytes(roster.sign(Roster(9, 0, ()), signer))
    assert rosters.sign_due(loaded, store, signer)
    assert listed(folder).version == 10, "stations have seen 9"
    store.close()


def test_other_headings_are_no_roster(folder: Path) -> None:
    path = folder.parent / "roster.csv"
    path.write_text("name,office\nAda,Torino\n")
    with pytest.raises(SetupError, match="first line"):
        rosters.read(path)


def test_roster_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(folder, write(folder, ADA, BRUNO))
    capsys.readouterr()
    assert program.main(["roster", "list", "--hub-dir", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ASL di Esempio  Bruno Prova  fse,register  all comuni  2026-12-31")
    assert lines[-1] == "2 operators"


def test_hub_has_keys_for_letters_and_for_digests(folder: Path) -> None:
    loaded = settings.load(folder)
    keys = setup.load_keys(loaded)
    assert len(keys.digests) == 32
    assert keys.digests.hex() not in repr(keys)
    for name in ("letters.pem", "digests.key"):
        assert (loaded.keys_dir / name).stat().st_mode & 0o777 == 0o600
    assert keys.letters[0].key_id != keys.unsealing[0].key_id


def test_assistance_works_from_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--by", "assistenza", "--hub-dir", str(folder)]
    mail = folder.parent / "mail.eml"
    mail.write_text("From: a@example.org\nTo: b@hub.example\n\nBuongiorno\n")
    assert program.main(["assist", "regenerate-code", str(mail), *words]) == 1
    person = ["--codice-fiscale", "RSSMRA80A01H501U", "--number", "AAA-AAA-AAA"]
    assert program.main(["assist", "revoke", *person, *words]) == 1
    assert capsys.readouterr().out.split() == ["assist.nobody", "assist.nobody"]
    assert program.main(["assist", "list", "--hub-dir", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in lines] == ["assist.regenerate-code", "assist.revoke"]
    assert all("assistenza" in line for line in lines)
