"""The hub with the product's own journal, link and outbox at the other end."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sync.edge import station
from sync.edge.journal import Journal, Position, Recorded, RecordedAct
from sync.edge.outbox import Outbox, OutboxState
from sync.edge.store import Store as EdgeStore
from sync.edge.wakeup import Role, WakeUp
from sync.hub.store import acts, alarms, registrations, shedding
from sync.hub.store.database import Store
from sync.model import registration_number
from sync.model.operation import Act
from sync.model.preregistration import Preregistration
from sync.wire import envelope
from sync.wire.receipt import Refused
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import Broker, HubProcess, LinkProcess, MailServer, wait_until
from tests.unit.hub.stations import identification, preregistration, template
from tests.unit.model.examples import READY
from tests.workbench.pki import Site

NAME = "kiosk-0001"


@dataclass
class Kiosk:
    """A journal as the window writes it, and what its outbox says."""

    store: EdgeStore
    journal: Journal
    outbox: Outbox
    wake: WakeUp

    def record(self, person: int, **changes: str) -> str:
        """Records a registration; its number."""

        def compose(position: Position) -> Preregistration:
            number = registration_number.issue(17, position.counter).text
            return replace(preregistration(person, **changes), registration_number=number)

        done = self.journal.record(uuid.uuid4(), compose)
        assert isinstance(done, Recorded)
        self.wake.ring(Role.LINK)
        return done.registration_number

    def act(self, act: Act) -> None:
        """Records what has no number."""
        assert isinstance(self.journal.record_act(uuid.uuid4(), act), RecordedAct)
        self.wake.ring(Role.LINK)

    def envelope(self, seq: int) -> bytes:
        """The bytes of an entry, as the station keeps them."""
        found = self.store.entries(seq, most=1)
        assert isinstance(found, list)
        return found[0].envelope

    def states(self) -> list[OutboxState]:
        entries = self.outbox.entries()
        assert isinstance(entries, tuple)
        return [entry.state for entry in entries]

    def wait_for(self, *expected: OutboxState, seconds: float = 60) -> None:
        wait_until(lambda: self.states() == list(expected), seconds, f"{expected[-5:]}")


@pytest.fixture
def kiosk(site: Site) -> Iterator[Kiosk]:
    profile = station.load(site.stations[NAME])
    trust = profile.hub_trust()
    assert isinstance(trust, HubTrust)
    store = EdgeStore.open(profile.store, station=NAME, code=profile.code)
    assert isinstance(store, EdgeStore)
    key = (profile.folder / "key" / "signing.pem").read_bytes()
    journal = Journal(
        store, profile, signer=SoftwareSigner.from_pem(key), sealing_key=trust.sealing_key
    )
    with WakeUp(profile.store, Role.WINDOW) as wake:
        yield Kiosk(store, journal, Outbox(store), wake)
    store.close()


def test_operations_arrive_and_outcomes_come_back(
    site: Site, hub: HubProcess, mail: MailServer, kiosk: Kiosk
) -> None:
    assert hub.running
    with LinkProcess(site, NAME):
        numbers = [kiosk.record(person) for person in (1, 2)]
        kiosk.record(3, email="ufficio@postacertificata.gov.it")
        kiosk.wait_for(OutboxState.ACCEPTED, OutboxState.ACCEPTED, OutboxState.REFUSED)
    store = Store.open_reader(site.hub_dir / "registry.db")
    assert [one.number for one in registrations.registrations(store)] == numbers
    store.close()
    assert len(mail.wait_for(2)) == 2
    refused = kiosk.outbox.needing_a_person()
    assert isinstance(refused, tuple)
    assert refused[0].outcome == Refused("email.cec-pac", "R-003-31", "remedy.correct-and-repeat")


def test_a_finger_is_decided_and_gone_while_nobody_looks(
    site: Site, hub: HubProcess, kiosk: Kiosk
) -> None:
    """Kinds in one chain, over the wire; afterwards no file of either end has a template."""
    registry = site.hub_dir / "registry.db"
    marks = [template(1, hand)[at : at + 24] for hand in ("left", "right") for at in (0, 1500)]
    with LinkProcess(site, NAME):
        kiosk.record(1)
        kiosk.act(identification(1))
        kiosk.act(READY)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 3)
        sealed = envelope.parse(kiosk.envelope(2)).sealed
        marks += [sealed[at : at + 24] for at in range(0, len(sealed) - 24, 512)]
        wait_until(lambda: is_gone(registry), 30, "the body's end")
        wait_until(lambda: not shedding_waits(registry), 10, "the log's end")
        hub.kill()
        assert not standing(site.hub_dir, marks)
        assert not standing(site.stations[NAME], marks[:4])
        hub.start()
        kiosk.act(identification(2))
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 4)
    store = Store.open_reader(registry)
    assert [one.seq for one in acts.identifications(store)] == [2, 4]
    assert [one.ready for one in acts.reports(store)] == [True]
    assert alarms.alarms(store) == []
    store.close()


def is_gone(registry: Path) -> bool:
    store = Store.open_reader(registry)
    found = acts.identifications(store)
    store.close()
    return all(one.shed_at is not None for one in found)


def shedding_waits(registry: Path) -> bool:
    store = Store.open_reader(registry)
    found = shedding.overwritten(store)
    store.close()
    return found is not None


def standing(folder: Path, marks: list[bytes]) -> list[str]:
    """Names of the files below a folder that have one of `marks`."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(mark in path.read_bytes() for mark in marks)]


def test_everything_is_killed_all_the_time(
    site: Site, broker: Broker, hub: HubProcess, kiosk: Kiosk
) -> None:
    """Hub, broker and link die by chance while a journal grows and drains."""
    chance = random.Random(11)
    with LinkProcess(site, NAME) as link:
        person = identified = 0
        for _ in range(8):
            for _ in range(chance.randrange(5, 25)):
                person += 1
                kiosk.record(person)
                if chance.random() < 0.15:
                    identified += 1
                    kiosk.act(identification(person))
            time.sleep(chance.uniform(0, 0.3))
            victim = chance.choice([hub, broker, link])
            victim.kill()
            time.sleep(chance.uniform(0, 0.2))
            victim.start()
        kiosk.wait_for(*[OutboxState.ACCEPTED] * (person + identified), seconds=120)
    store = Store.open_reader(site.hub_dir / "registry.db")
    entered = registrations.registrations(store)
    assert len({one.codice_fiscale for one in entered}) == len(entered) == person
    assert len(acts.identifications(store)) == identified > 0
    assert alarms.alarms(store) == []
    store.close()
