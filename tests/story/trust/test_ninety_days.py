"""A counter that was switched off for ninety days comes back, and everything has changed meanwhile.

The hub's key for signatures twice, its key for what is sealed to it, the trust root; the operators, the
texts, the settings, the table of comuni. Its certificate is about to end. Nobody goes there: it is
switched on, and some seconds later it is up to date, and what it had recorded is decided.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.flows.station_facts import SignedList, StationFacts, StationFactsTold
from kiosk.runtime.corrections import Corrections
from kiosk.strings.catalogue import Catalogue
from sync.hub import rosters, setup
from sync.hub.settings import load as load_hub
from sync.hub.store.database import Store as Registry
from sync.model import places
from sync.model.certificates import CertificateState
from sync.model.place_rows import PlacesUpdate
from sync.model.rosters import Roster
from sync.model.station_settings import SettingValue
from sync.wire import cose, station_list
from sync.wire import roster as roster_wire
from sync.wire import trust as trust_wire
from sync.wire.receipt import Accepted
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import Broker, CuttableNetwork, HubProcess, LinkProcess, wait_until
from tests.story.trust.test_trust import APPROVAL, days_left
from tests.story.trust.town import SECONDS, Town, Window, new_device
from tests.unit.hub.counters import CardOfOne
from tests.workbench.administrators import COMUNE

pytestmark = pytest.mark.timeout(180)

NAME = f"{COMUNE}-PC-0001"
PEOPLE = 120
DAYS = 90
PATIENCE = 60.0


@dataclass
class Settled:
    """What corrections have reached at the station's window."""

    catalogue: Catalogue = field(
        default_factory=lambda: Catalogue.load("it", on_missing=lambda _: None)
    )
    steered: Mapping[str, SettingValue] = field(default_factory=dict)

    def corrections(self) -> Corrections:
        return Corrections(NAME, (self.catalogue,), self._steer)

    def says(self, title: str) -> bool:
        """Whether the first page's title is that."""
        return self.catalogue.text("welcome.title") == title

    def _steer(self, values: Mapping[str, SettingValue]) -> None:
        self.steered = values


@dataclass
class Scene:
    """A town with one counter, which is enrolled; nothing of the counter runs."""

    town: Town
    hub: HubProcess
    folder: Path
    unsent: UUID | None = None

    def write(self, name: str, text: str) -> str:
        path = self.town.site.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def operators(self, *people: int) -> None:
        """Put a roster of so many people in force."""
        lines = [",".join(rosters.COLUMNS)]
        for one in people:
            card = self.town.site.folder / f"{one}.der"
            if not card.exists():
                card.write_bytes(CardOfOne(ec.generate_private_key(ec.SECP256R1())).certificate)
            lines.append(f"{card.name},Operatore {one},Comune di Torino,register,L219,2030-12-31")
        self.town.hub_command("roster", "load", self.write("roster.csv", "\n".join(lines) + "\n"))

    def correct(self, title: str, seconds: int, comune: str) -> None:
        """Texts, settings and places, a new version of each."""
        texts = f'["welcome.title"]\nit = {json.dumps(title)}\nen = {json.dumps(title)}\n'
        steered = f'["*"]\n"session.idle_seconds" = {seconds}\n'
        row = f"M999\t099999\t{comune}\t\tTO\t2026-01-01\t\t10199\t"
        head = "belfiore\tistat\tname\tother_name\tprovince\tactive_from\tactive_to\tcaps\talso"
        set_ = ("lists", "set")
        self.town.hub_command(
            *(*set_, "texts", self.write("texts.toml", texts)), *("--catalogue", "kiosk/strings")
        )
        self.town.hub_command(*set_, "settings", self.write("settings.toml", steered))
        comuni = self.write("comuni.tsv", f"{head}\n{row}\n")
        self.town.hub_command(*set_, "places", "--comuni", comuni)

    def rotate(self, *words: str) -> None:
        root = self.write("root.pem", self.town.root.to_pem().decode())
        self.town.hub_command("rotate", *words, "--root-key", root)

    def restart(self) -> None:
        self.hub.stop()
        self.hub.start()
        wait_until(self.hub.linked, SECONDS, "the hub's link")

    def change_keys(self) -> None:
        """The key for signatures: listed, used, alone."""
        self.rotate("signing", "begin")
        self.restart()
        self.rotate("signing", "switch")
        self.restart()
        wait_until(self._is_signed_anew, SECONDS, "the list of stations, by the new key")
        self.rotate("signing", "end")

    def _is_signed_anew(self) -> bool:
        loaded = load_hub(self.town.site.hub_dir)
        data = (loaded.trust_dir / "stations.cose").read_bytes()
        signed = cose.parse(data, station_list.PURPOSE, limit=len(data))
        return signed.key_id == setup.load_keys(loaded).signing.key_id

    def forget(self) -> None:
        """So long was the station silent."""
        with (
            contextlib.closing(
                Registry.open(load_hub(self.town.site.hub_dir).registry_path)
            ) as store,
            store.transaction(),
        ):
            then = (time.time_ns() // 1_000_000) - (DAYS + 1) * 24 * 3_600_000
            store.run("UPDATE station SET acknowledged_at = ?", then)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    town = Town.make(tmp_path_factory.mktemp("ninety") / "site")
    with ExitStack() as open_:
        open_.enter_context(Broker(town.site))
        open_.enter_context(CuttableNetwork(town.site))
        hub = open_.enter_context(HubProcess(town.site))
        wait_until(hub.linked, SECONDS, "the hub's link")
        folder = new_device(town.site.folder / "stations" / NAME)
        made = Scene(town, hub, folder)
        made.operators(*range(PEOPLE))
        made.correct("Buongiorno", 100, "Borgo Vecchio")
        town.command("register", "--comune", COMUNE)
        code = town.command("token", NAME).splitlines()[0]
        status, said = town.enrol(folder, code, address=hub.web_url)
        assert status == APPROVAL, said
        town.command("approve", NAME, "--check-code", said[0].split()[1])
        assert town.enrol(folder)[0] == 0
        town.folders[NAME] = folder
        yield made
    places.adopt(PlacesUpdate())


def roster_of(window: Window, hub: HubTrust) -> Roster:
    data = window.care._shelf.data(SignedList.ROSTER)
    assert data is not None
    found = roster_wire.load(data, hub)
    assert isinstance(found, Roster)
    return found


def test_corrections_count_while_the_station_runs_with_nobody_near_it(scene: Scene) -> None:
    _works(scene)


def _works(scene: Scene) -> UUID:
    """The counter works, hears of news, and is switched off with an entry that nobody sent."""
    settled = Settled()
    adopt = settled.corrections().adopt
    with (
        LinkProcess(scene.town.site, NAME) as link,
        Window(scene.folder, counter=True, adopt=adopt) as window,
    ):
        window.wait_online()
        wait_until(lambda: settled.says("Buongiorno"), PATIENCE, "texts")
        wait_until(lambda: _is_called("Borgo Vecchio"), PATIENCE, "places")
        assert settled.steered == {"session.idle_seconds": 100}
        wait_until(window.profile.roster_list.exists, PATIENCE, "the roster")
        scene.correct("Buon pomeriggio", 110, "Borgo Medio")
        scene.operators(*range(1, PEOPLE))
        wait_until(lambda: settled.says("Buon pomeriggio"), PATIENCE, "news of texts")
        wait_until(lambda: _is_called("Borgo Medio"), PATIENCE, "of places")
        hub = window.profile.hub_trust()
        assert isinstance(hub, HubTrust)
        wait_until(
            lambda: len(roster_of(window, hub).entries) == PEOPLE - 1, PATIENCE, "of operators"
        )
        first = window.register(1)
        assert not isinstance(first, str)
        assert window.outcome(first) == Accepted()
        link.stop()
        last = window.register(2)  # nobody sends it any more
        assert not isinstance(last, str)
        scene.unsent = last
        return last


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_station_that_was_off_for_ninety_days_catches_up_by_itself(scene: Scene) -> None:
    last = scene.unsent or _works(scene)
    _ninety_days(scene)
    later = Settled()
    with (
        LinkProcess(scene.town.site, NAME),
        Window(scene.folder, counter=True, adopt=later.corrections().adopt) as window,
    ):
        # From the first page on it says what it had been told.
        assert later.says("Buon pomeriggio")
        # The first answer was signed by a key that it did not know yet; it asks again.
        wait_until(lambda: window.records.outcome(last) == Accepted(), PATIENCE, "the decision")
        wait_until(lambda: later.says("Buonasera"), PATIENCE, "texts")
        wait_until(lambda: _is_called("Borgo Nuovo"), PATIENCE, "places")
        wait_until(lambda: days_left(scene.folder) > 390, PATIENCE, "the renewal")
        assert later.steered == {"session.idle_seconds": 60}
        hub = window.profile.hub_trust()
        assert isinstance(hub, HubTrust)
        assert [key.key_id for key in hub.signing] == [_signing_key(scene)]
        roster = roster_of(window, hub)
        assert {entry.name for entry in roster.entries} == {
            f"Operatore {one}" for one in (*range(3, PEOPLE), 500)
        }
        # What the old key had signed was foreign until the new lists were there.
        wait_until(lambda: _all_well(window), PATIENCE, f"no trouble: {_facts(window).lists}")
        after = window.register(3)
        assert not isinstance(after, str)
        assert window.outcome(after) == Accepted()
        assert scene.town.state(NAME) is CertificateState.ACTIVE
    # A station says what it holds when it asks: of the other lists at its next round.
    shown = scene.town.hub_command("lists", "show").splitlines()
    assert shown[0].startswith("trust: version 7")
    assert "1 have it" in shown[0]


def _ninety_days(scene: Scene) -> None:
    scene.forget()
    scene.change_keys()
    scene.operators(*range(3, PEOPLE))
    scene.correct("Buonanotte", 90, "Borgo Altro")
    scene.rotate("sealing", "begin")
    scene.restart()
    scene.rotate("sealing", "switch")
    scene.change_keys()
    successor = SoftwareSigner.generate()
    coming = scene.write("next-root.pem", successor.to_pem().decode())
    scene.rotate("root", "--next-root-key", coming)
    scene.town.root = successor
    scene.operators(*range(3, PEOPLE), 500)
    scene.correct("Buonasera", 60, "Borgo Nuovo")
    scene.town.certify(scene.folder, age_days=390, days=396)


def _signing_key(scene: Scene) -> bytes:
    data = (load_hub(scene.town.site.hub_dir).trust_dir / "hub.cose").read_bytes()
    found = trust_wire.load(data, scene.town.root.verifying_key)
    assert isinstance(found, HubTrust)
    return found.signing[0].key_id


def _is_called(name: str) -> bool:
    found = places.comune("M999")
    return found is not None and found.name == name


def _all_well(window: Window) -> bool:
    """Whether every list is there and believed; nobody made one of documents here."""
    lists = [one for one in _facts(window).lists if one.name is not SignedList.DOCUMENTS]
    return len(lists) == len(SignedList) - 1 and all(one.version and not one.code for one in lists)


def _facts(window: Window) -> StationFacts:
    last = [one for _, one in window.told if isinstance(one, StationFactsTold)]
    return last[-1].facts
