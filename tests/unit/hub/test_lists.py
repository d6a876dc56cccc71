"""Lists of corrections at the hub: made by hand, kept, told, signed anew; differences of long ones."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub import __main__ as program
from sync.hub import list_making, settings, setup
from sync.hub.list_delivery import PART_BYTES, SignedLists, note_lines
from sync.hub.settings import HubSettings
from sync.hub.store import list_lines, made_lists, opening
from sync.hub.store.database import Store
from sync.model import places
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.place_rows import PlacesUpdate
from sync.wire import list_delta, list_versions, settings_list, texts_list, trust
from sync.wire.settings_list import SettingsList
from sync.wire.signer import SoftwareSigner
from sync.wire.texts_list import TextsList
from sync.wire.trust import HubTrust
from tests.unit.hub.counters import Office
from tests.unit.hub.test_list_delivery import Roll, signed
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import REPOSITORY, to_toml

HEAD = "belfiore\tistat\tname\tother_name\tprovince\tactive_from\tactive_to\tcaps\talso"
ROW = "M999\t099999\tBorgo Nuovo\t\tTO\t2026-01-01\t\t10199\t"


class HubFolder:
    """A hub that is set up, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = SoftwareSigner.generate()
        folder.mkdir()
        (folder / "hub.toml").write_text(to_toml(TABLES))
        setup.initialise(self.settings, self.root)

    @property
    def settings(self) -> HubSettings:
        return settings.load(self.folder)

    @property
    def trust(self) -> HubTrust:
        data = (self.folder / "trust" / "hub.cose").read_bytes()
        found = trust.load(data, self.root.verifying_key)
        assert isinstance(found, HubTrust)
        return found

    def run(self, *words: str) -> int:
        return program.main(["lists", *words, "--hub-dir", str(self.folder)])

    def write(self, name: str, text: str) -> str:
        path = self.folder.parent / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    @contextlib.contextmanager
    def registry(self) -> Iterator[Store]:
        with contextlib.closing(opening.open_store(self.settings)) as store:
            yield store


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubFolder]:
    yield HubFolder(tmp_path / "hub")
    places.adopt(PlacesUpdate())


@pytest.fixture
def roll(counters: Office, registry_path: Path) -> Iterator[Roll]:
    """A hub with the file of a signed roster."""
    made = Roll(counters, registry_path)
    yield made
    made.inquiries.stop()
    made.writer.stop()
    made.thread.join(5)


def test_settings_are_signed_shown_and_signed_anew(
    hub: HubFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    file = hub.write(
        "settings.toml",
        '["*"]\n"session.idle_seconds" = 120\n["058091-*".station]\ncounter_hours = "8-12"\n',
    )
    assert hub.run("set", "settings", file) == 0
    assert capsys.readouterr().out == "settings: version 1\n"
    found = settings_list.load((hub.folder / "trust/settings.cose").read_bytes(), hub.trust)
    assert isinstance(found, SettingsList)
    assert [dict(rule.values) for rule in found.rules] == [
        {"session.idle_seconds": 120},
        {"station.counter_hours": "8-12"},
    ]
    assert hub.run("show", "settings") == 0
    shown = capsys.readouterr().out
    again = hub.write("again.toml", shown)
    assert hub.run("set", "settings", again) == 0
    assert SignedLists(hub.settings.trust_dir).versions()["settings"] == 2
    with hub.registry() as store:
        assert made_lists.version(store, "settings") == 2
    setup.replace_file(hub.folder / "keys" / setup.SIGNING, SoftwareSigner.generate().to_pem())
    capsys.readouterr()
    assert hub.run("sign") == 0
    assert capsys.readouterr().out == "signed again: settings\n"
    newest = (hub.folder / "trust/settings.cose").read_bytes()
    assert settings_list.own(newest).rules == found.rules
    assert settings_list.own(newest).version == 3
    assert hub.run("show") == 0
    assert "settings: version 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('["*"]\n"session.idle_seconds" = 1\n', "out of bounds"),
        ('["*"]\n"devices.camera" = "http://x"\n', "nothing that a hub steers"),
        ('["*"]\n"session.idle_seconds" = 1.5\n', "a whole number"),
        ('"*" = 3\n', "a table is needed"),
        ('["058091 *"]\n', "a station's name"),
        ("[[", "not TOML"),
    ],
)
def test_what_no_station_would_take_is_not_signed(
    hub: HubFolder, capsys: pytest.CaptureFixture[str], text: str, word: str
) -> None:
    assert hub.run("set", "settings", hub.write("wrong.toml", text)) == 2
    assert word in capsys.readouterr().err
    assert not (hub.folder / "trust/settings.cose").exists()
    assert hub.run("set", "settings", str(hub.folder / "nothing")) == 2


def test_texts_are_checked_by_the_catalogue_of_the_stations(
    hub: HubFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = ("--catalogue", str(REPOSITORY / "kiosk" / "strings"))
    good = '["welcome.title"]\nit = "Benvenute e benvenuti"\nen = "Welcome, all"\n'
    assert hub.run("set", "texts", hub.write("texts.toml", good), *catalogue) == 0
    found = texts_list.load((hub.folder / "trust/texts.cose").read_bytes(), hub.trust)
    assert isinstance(found, TextsList)
    assert found.texts[0].forms("it") == ("Benvenute e benvenuti",)
    for wrong in (
        '["no.such-key"]\nit = "a"\nen = "b"\n',
        '["welcome.title"]\nit = "{n}"\nen = "{n}"\n',
        '["welcome.title"]\nit = ["a", "b"]\nen = ["a", "b"]\n',
        '["welcome.title"]\nit = "a"\n',
        '["welcome.title"]\nit = 3\nen = 3\n',
    ):
        assert hub.run("set", "texts", hub.write("wrong.toml", wrong), *catalogue) == 2
    capsys.readouterr()
    assert hub.run("show", "texts") == 0
    assert json.dumps("Benvenute e benvenuti") in capsys.readouterr().out


def test_the_hub_judges_by_the_places_that_its_stations_have(hub: HubFolder) -> None:
    comuni = hub.write("comuni.tsv", f"{HEAD}\n{ROW}\n")
    assert hub.run("set", "places", "--comuni", comuni) == 0
    assert places.comune("M999") is None
    with hub.registry() as store:
        known = list_making.adopt_places(store)
        assert known == 1
        assert places.comune("M999") is not None
        assert hub.run("set", "places") == 0
        assert list_making.adopt_places(store, known) == 2
    assert places.comune("M999") is None
    for wrong in (f"{ROW}\n", f"{HEAD}\nX\n", ""):
        assert hub.run("set", "places", "--comuni", hub.write("wrong.tsv", wrong)) == 2


def test_another_machine_puts_in_place_what_one_has_signed(hub: HubFolder) -> None:
    file = hub.write("settings.toml", '["*"]\n"session.idle_seconds" = 120\n')
    hub.run("set", "settings", file)
    path = hub.folder / "trust" / "settings.cose"
    made = path.read_bytes()
    path.unlink()
    with hub.registry() as store:
        list_making.put_in_place(hub.settings, store)
    assert path.read_bytes() == made


def test_a_version_is_given_once_even_after_the_registry_was_put_back(hub: HubFolder) -> None:
    signer = setup.load_keys(hub.settings).signing
    ahead = settings_list.sign(SettingsList(7, 1, ()), signer)
    (hub.folder / "trust" / "settings.cose").write_bytes(ahead)
    hub.run("set", "settings", hub.write("settings.toml", '["*"]\n"session.idle_seconds" = 60\n'))
    assert SignedLists(hub.settings.trust_dir).versions()["settings"] == 8


def test_what_was_signed_is_kept(hub: HubFolder) -> None:
    hub.run("set", "settings", hub.write("settings.toml", '["*"]\n"session.idle_seconds" = 60\n'))
    with hub.registry() as store:
        for statement in (
            "DELETE FROM made_list",
            "UPDATE made_list SET at = 1",
        ):
            with pytest.raises(Exception, match="what stations were told"), store.transaction():
                store.run(statement)


def noted(counters: Office, data: bytes) -> None:
    version = list_versions.version_of("roster", data)
    assert version is not None
    store = counters.bench.store
    with store.transaction():
        note_lines(store, "roster", version, data, 1)


def test_a_station_with_a_known_version_is_told_the_difference(
    roll: Roll, counters: Office
) -> None:
    old = signed(counters, 3)
    noted(counters, old)
    roll.file = signed(counters, 4, people=1_805)
    assert len(roll.file) > 2 * PART_BYTES
    told = roll.ask(counters.here, SignedListSince("roster", 3, delta=True), operator=None)
    assert isinstance(told, SignedListPart)
    assert (told.base, told.of) == (3, len(told.data))
    assert told.of * 50 < len(roll.file)
    assert list_delta.apply(old, told.data, most=1 << 22) == roll.file
    # Who does not ask for it, or holds what nobody knows any more, gets the whole.
    for asked in (
        SignedListSince("roster", 3),
        SignedListSince("roster", 2, delta=True),
        SignedListSince("roster", 0, delta=True),
    ):
        whole = roll.ask(counters.here, asked, operator=None)
        assert isinstance(whole, SignedListPart)
        assert (whole.base, whole.of) == (0, len(roll.file))


def test_a_difference_that_saves_nothing_is_not_told(roll: Roll, counters: Office) -> None:
    noted(counters, signed(counters, 3, people=1))
    roll.file = signed(counters, 4, people=90)
    told = roll.ask(counters.here, SignedListSince("roster", 3, delta=True), operator=None)
    assert isinstance(told, SignedListPart)
    assert told.base == 0


def test_lines_of_the_last_versions_are_kept_and_no_more(counters: Office) -> None:
    store = counters.bench.store
    for version in range(1, list_lines.KEPT + 4):
        with store.transaction():
            list_lines.note(store, "places", version, bytes(32), b"x" * 16, version)
    assert list_lines.digests(store, "places", 3) is None
    assert list_lines.digests(store, "places", 4) is not None
    with store.transaction():
        list_lines.note(store, "places", 9, b"y" * 32, b"z" * 16, 1)
    assert list_lines.digests(store, "places", 9) == b"z" * 16
    assert list_lines.is_noted(store, "places", 9, b"y" * 32)
