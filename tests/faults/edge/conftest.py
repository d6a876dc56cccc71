"""A site with a real broker, a station's journal, and its link as a process or in a thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.edge import station
from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Recorded
from sync.edge.link.loop import Link
from sync.edge.link.status import LinkStatus, read_link_status
from sync.edge.outbox import Outbox, OutboxEntry, OutboxState
from sync.edge.station import StationProfile
from sync.edge.store import Standing, Store
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role, WakeUp
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import Broker, wait_until
from tests.faults.edge.scripted_hub import ScriptedHub
from tests.unit.edge.stations import preregistration
from tests.workbench.pki import Ports, Site, make_site

NAME = "kiosk-0001"
SECONDS = 20.0


@dataclass
class Kiosk:
    """The window's half of a station."""

    profile: StationProfile
    store: Store
    journal: Journal
    outbox: Outbox
    wake: WakeUp
    recorded: list[Recorded]

    @classmethod
    def open(cls, folder: Path) -> Kiosk:
        profile = station.load(folder)
        store = Store.open(profile.store, station=profile.name, code=profile.code)
        trust = profile.hub_trust()
        assert isinstance(store, Store)
        assert isinstance(trust, HubTrust)
        signer = SoftwareSigner.from_pem((folder / "key" / "signing.pem").read_bytes())
        journal = Journal(store, profile, signer=signer, sealing_key=trust.sealing_key)
        wake = WakeUp(profile.store, Role.WINDOW)
        return cls(profile, store, journal, Outbox(store), wake, [])

    def close(self) -> None:
        self.wake.close()
        self.store.close()

    def record(self, count: int = 1) -> list[Recorded]:
        done: list[Recorded] = []
        for _ in range(count):
            one = self.try_record()
            assert isinstance(one, Recorded), one
            done.append(one)
        self.recorded += done
        self.wake.ring(Role.LINK)
        return done

    def try_record(self) -> Recorded | StoreTrouble:
        return self.journal.record(uuid7(1_790_000_000_000), preregistration)

    def status(self) -> LinkStatus:
        found = read_link_status(self.store)
        assert isinstance(found, LinkStatus)
        return found

    def standing(self) -> Standing:
        found = self.store.standing()
        assert isinstance(found, Standing)
        return found

    def entries(self) -> list[OutboxEntry]:
        found = self.outbox.entries()
        assert isinstance(found, tuple)
        return list(found)

    def states(self) -> list[OutboxState]:
        return [entry.state for entry in self.entries()]

    def wait_for(self, *states: OutboxState, seconds: float = SECONDS) -> None:
        wait_until(lambda: self.states() == list(states), seconds, f"{states}")

    def wait_accepted(self, seconds: float = SECONDS) -> None:
        """Until everything is acknowledged and decided."""
        wait_until(lambda: self.standing().decided == len(self.recorded), seconds, "all is decided")

    def wait_code(self, code: str, seconds: float = SECONDS) -> None:
        wait_until(lambda: self.status().code == code, seconds, f"the link says {code}")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of its own: stores and chains begin anew."""
    return make_site(
        tmp_path / "site",
        [NAME],
        ports=Ports.free(relay=True),
        overrides={"broker": {"longest_retry": 1}},
    )


@pytest.fixture
def direct_site(tmp_path: Path) -> Site:
    """As `site`, without a relay between the station and the broker."""
    return make_site(tmp_path / "site", [NAME], overrides={"broker": {"longest_retry": 1}})


@pytest.fixture
def broker(direct_site: Site) -> Iterator[Broker]:
    with Broker(direct_site) as running:
        yield running


@pytest.fixture
def hub(direct_site: Site, broker: Broker) -> Iterator[ScriptedHub]:
    assert broker.running
    with ScriptedHub(direct_site, NAME) as running:
        yield running


@pytest.fixture
def kiosk(direct_site: Site) -> Iterator[Kiosk]:
    opened = Kiosk.open(direct_site.stations[NAME])
    yield opened
    opened.close()


@contextmanager
def running_link(kiosk: Kiosk, *, answer_seconds: float = 0.4) -> Iterator[Link]:
    """The link in a thread of this process, quick to lose patience."""
    store = Store.open(kiosk.profile.store, station=kiosk.profile.name, code=kiosk.profile.code)
    assert isinstance(store, Store)
    ended = threading.Event()
    with WakeUp(kiosk.profile.store, Role.LINK) as wake:
        link = Link(kiosk.profile, store, wake, draw=lambda: 0.5, answer_seconds=answer_seconds)
        thread = threading.Thread(target=link.run, args=(ended.is_set,))
        thread.start()
        try:
            yield link
        finally:
            ended.set()
            kiosk.wake.ring(Role.LINK)
            thread.join(10)
            store.close()
    assert not thread.is_alive()


@pytest.fixture
def link(kiosk: Kiosk, hub: ScriptedHub) -> Iterator[Link]:
    """A link that talks to the scripted hub."""
    assert hub.up_to == 0
    with running_link(kiosk) as running:
        yield running


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Callable[[str], list[str]]:
    """Lines of the link's log that begin with an event's code."""
    caplog.set_level(logging.INFO, logger="sportello.link")

    def lines(code: str) -> list[str]:
        return [
            record.getMessage()
            for record in caplog.records
            if record.getMessage().split(" ")[0] == code
        ]

    return lines
