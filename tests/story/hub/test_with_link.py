"""The hub with the product's own journal, link and outbox at the other end."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from sync.edge import station
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.outbox import Outbox, OutboxState
from sync.edge.store import Store as EdgeStore
from sync.edge.wakeup import Role, WakeUp
from sync.hub.store import alarms, registrations
from sync.hub.store.database import Store
from sync.model import registration_number
from sync.model.preregistration import Preregistration
from sync.wire.receipt import Refused
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import Broker, HubProcess, LinkProcess, MailServer, wait_until
from tests.unit.hub.stations import preregistration
from tests.workbench.pki import Site

NAME = "kiosk-0001"


@dataclass
class Kiosk:
    """A journal as the window writes it, and what its outbox says."""

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
        yield Kiosk(journal, Outbox(store), wake)
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


def test_everything_is_killed_all_the_time(
    site: Site, broker: Broker, hub: HubProcess, kiosk: Kiosk
) -> None:
    """Hub, broker and link die by chance while a journal grows and drains."""
    chance = random.Random(11)
    with LinkProcess(site, NAME) as link:
        person = 0
        for _ in range(8):
            for _ in range(chance.randrange(5, 25)):
                person += 1
                kiosk.record(person)
            time.sleep(chance.uniform(0, 0.3))
            victim = chance.choice([hub, broker, link])
            victim.kill()
            time.sleep(chance.uniform(0, 0.2))
            victim.start()
        kiosk.wait_for(*[OutboxState.ACCEPTED] * person, seconds=120)
    store = Store.open_reader(site.hub_dir / "registry.db")
    entered = registrations.registrations(store)
    assert len({one.codice_fiscale for one in entered}) == len(entered) == person
    assert alarms.alarms(store) == []
    store.close()
