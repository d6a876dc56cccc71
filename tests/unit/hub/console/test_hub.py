"""The hub's process: an act of the console comes in, and the roster that follows is signed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub import rosters, settings, setup
from sync.hub.app import Hub
from sync.hub.console.fitting import console_of
from sync.hub.door import Delivery
from sync.hub.intake import now
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.hub.writer import start
from sync.model.console import UserAction, UserActionAct
from sync.model.rosters import Roster
from sync.model.users import Profile, UserState
from sync.wire import roster
from sync.wire.trust import HubTrust
from tests.unit.hub.console.people import ROME
from tests.unit.hub.console.test_deciding import CardOf
from tests.unit.hub.console.town import Town
from tests.unit.hub.counters import Desk
from tests.unit.hub.stations import Bench, Station, codice_fiscale
from tests.workbench.pki import Site, make_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def hub(site: Site) -> Iterator[Hub]:
    loaded = settings.load(site.hub_dir)
    made = Hub(loaded, setup.load_keys(loaded))
    yield made
    made._door.close()
    made.intake.link.stop()
    made.intake.link.run()  # which ends at once and leaves nothing open


@pytest.mark.rule("R-004-24", "R-004-31")
def test_blocked_user_is_out_of_the_signed_roster_at_once(site: Site, hub: Hub) -> None:
    loaded, keys = settings.load(site.hub_dir), hub._keys
    store = Store.open(loaded.registry_path)
    bench = Bench(store)
    town = Town(store, now(), keys.letters[0])
    town.console = console_of(loaded, keys)
    for person, profile in ((1, Profile.ALS), (2, Profile.ENROLMENT)):
        town.employ(person, profile)
    station = Station("058091-pc-one", 99, keys.unsealing[0].sealing_key)
    with store.transaction():
        chains.enrol(store, station.name, 99, station.signer.verifying_key.spki, now())
    rosters.sign_due(loaded, store, keys.signing)
    trust = HubTrust(1, 0, (keys.signing.verifying_key,), (keys.unsealing[0].sealing_key,))

    def listed() -> set[str]:
        found = roster.load((loaded.trust_dir / rosters.FILE).read_bytes(), trust)
        assert isinstance(found, Roster)
        return {
            codice_fiscale(person)
            for person in (1, 2)
            for entry in found.entries
            if found.names_holder(entry, codice_fiscale(person))
        }

    assert listed() == {codice_fiscale(1), codice_fiscale(2)}
    held = town.card(1)
    card = CardOf(town.keys[held.serial or ""], made=held.certificate or b"")
    bench.now = now()
    Desk(bench, station, "Comune di Roma", card).record(
        UserActionAct(ROME, codice_fiscale(2), UserAction.BLOCK)
    )
    thread = start("writer", hub.intake.writer.run)
    hub.intake.receive(Delivery(station.name, station.message(1, 1), 1, 1))
    deadline = time.monotonic() + 10
    while listed() != {codice_fiscale(1)} and time.monotonic() < deadline:
        time.sleep(0.02)
    hub.intake.writer.stop()
    thread.join(5)
    assert listed() == {codice_fiscale(1)}
    assert town.user(2).state is UserState.BLOCKED
    store.close()
