"""A station comes back over a real broker: it waits for its turn, and parts follow operations."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sync.edge import station
from sync.edge.journal import Journal, Position, Recorded, RecordedAct
from sync.edge.link.status import TURN, LinkStatus, read_link_status
from sync.edge.store import Standing
from sync.edge.store import Store as EdgeStore
from sync.edge.wakeup import Role, WakeUp
from sync.hub import parts as hub_parts
from sync.hub import settings, setup
from sync.hub.door import Channel, Delivery
from sync.hub.link import Link
from sync.hub.store import parts as kept
from sync.hub.store.admission import windows
from sync.hub.store.database import Store
from sync.hub.writer import start
from sync.model import registration_number
from sync.model.console import StationAction, StationChange
from sync.model.preregistration import Preregistration
from sync.wire import admission, topics
from sync.wire.parts import PIECE_BYTES, Part
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.mqtt import Visitor
from tests.emulated.services import Broker, HubProcess, LinkProcess, wait_until
from tests.unit.hub.stations import preregistration
from tests.unit.model.examples import READY
from tests.workbench.pki import REPOSITORY, Site

NAME = "kiosk-0001"
URGENT = StationChange("058091", "058091-PC-0001", StationAction.BLOCK)


class Kiosk:
    """A journal as the window writes it."""

    def __init__(self, site: Site, wake: WakeUp) -> None:
        profile = station.load(site.stations[NAME])
        trust = profile.hub_trust()
        assert isinstance(trust, HubTrust)
        self.trust = trust
        store = EdgeStore.open(profile.store, station=NAME, code=profile.code)
        assert isinstance(store, EdgeStore)
        self.store = store
        signer = SoftwareSigner.from_pem((profile.folder / "key" / "signing.pem").read_bytes())
        self.journal = Journal(store, profile, signer=signer, sealing_key=trust.sealing_key)
        self.wake = wake

    def record(self, person: int) -> None:
        def compose(position: Position) -> Preregistration:
            number = registration_number.issue(17, position.counter).text
            return replace(preregistration(person), registration_number=number)

        assert isinstance(self.journal.record(uuid.uuid4(), compose), Recorded)

    def standing(self) -> Standing:
        found = self.store.standing()
        assert isinstance(found, Standing)
        return found

    def link(self) -> LinkStatus:
        found = read_link_status(self.store)
        assert isinstance(found, LinkStatus)
        return found


@pytest.fixture
def kiosk(site: Site) -> Iterator[Kiosk]:
    with WakeUp(station.load(site.stations[NAME]).store, Role.WINDOW) as wake:
        made = Kiosk(site, wake)
        yield made
        made.store.close()


def command(site: Site, *words: str) -> str:
    """What `python -m sync.hub` prints."""
    done = subprocess.run(
        [sys.executable, "-m", "sync.hub", *words, "--hub-dir", str(site.hub_dir)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    return done.stdout


def wait_for_windows(site: Site, kiosk: Kiosk, normal: int) -> None:
    """Until the broker has what the hub says."""
    tls = (site.stations[NAME] / "tls", "station")
    visitor = Visitor(site.ports.stations, tls, ca=site.broker_dir / "ca.pem").connect()
    try:
        visitor.listen(topics.ADMISSION)

        def is_said() -> bool:
            said = [admission.verify(data, kiosk.trust) for _, data in visitor.heard]
            return bool(said) and said[-1] is not None and said[-1].normal == normal

        wait_until(is_said, 60, "what the hub says of admission")
    finally:
        visitor.close()


def test_a_station_waits_for_its_turn_and_what_is_urgent_does_not(
    site: Site, broker: Broker, kiosk: Kiosk
) -> None:
    assert broker.running
    command(site, "admission", "set", "--normal", "3600")
    for person in range(1, 60):
        kiosk.record(person)
    with HubProcess(site) as hub:
        wait_until(hub.linked, 60, "the hub's link")
        wait_for_windows(site, kiosk, 3600)
        with LinkProcess(site, NAME):
            wait_until(lambda: kiosk.link().code == TURN, 60, "a turn to wait for")
            assert kiosk.link().next_try_at is not None
            assert kiosk.standing().watermark == 0
            shown = command(site, "admission", "show")
            assert "chosen by       a person" in shown
            assert "59 entries of 1 stations" in shown
            assert isinstance(kiosk.journal.record_act(uuid.uuid4(), URGENT), RecordedAct)
            kiosk.wake.ring(Role.LINK)
            wait_until(lambda: kiosk.standing().watermark == 60, 60, "all at the hub")
    command(site, "admission", "auto")
    store = Store.open_reader(site.hub_dir / "registry.db")
    assert windows(store)[:3] == (0, 0, 0)
    store.close()


def test_a_question_passes_batches_that_wait(site: Site, broker: Broker) -> None:
    assert broker.running
    held: list[Delivery] = []
    asked: list[Delivery] = []
    loaded = settings.load(site.hub_dir)
    link = Link(loaded, {Channel.ASKS: asked.append, Channel.OPERATIONS: held.append})
    thread = start("link", link.run)
    tls = (site.stations[NAME] / "tls", "station")
    visitor = Visitor(site.ports.stations, tls, ca=site.broker_dir / "ca.pem")
    try:
        wait_until(lambda: link.listening, 60, "the link")
        visitor.connect()
        for _ in range(loaded.most_open * 3):
            visitor.client.publish(topics.operations(NAME), b"a batch", qos=1)
        wait_until(lambda: len(held) == loaded.most_open, 60, "as many as may be open")
        visitor.client.publish(topics.asks(NAME), b"a question", qos=1)
        wait_until(lambda: len(asked) == 1, 30, "the question")
        assert len(held) == loaded.most_open, "nothing was answered meanwhile"
    finally:
        visitor.close()
        link.stop()
        thread.join(20)


def test_a_part_follows_its_operation(
    site: Site, hub: HubProcess, broker: Broker, kiosk: Kiosk
) -> None:
    assert hub.running
    assert broker.running
    scan = Part("document_copy", os.urandom(PIECE_BYTES * 3))
    with LinkProcess(site, NAME):
        done = kiosk.journal.record_act(uuid.uuid4(), READY, None, [scan])
        assert isinstance(done, RecordedAct)
        kiosk.record(1)
        kiosk.wake.ring(Role.LINK)
        wait_until(lambda: kiosk.store.parts.waiting() == (0, 0), 60, "the part at the hub")
        assert kiosk.standing().watermark == 2
    loaded = settings.load(site.hub_dir)
    keys = {key.key_id: key for key in setup.load_keys(loaded).unsealing}
    store = Store.open_reader(loaded.registry_path)
    (part,) = kept.of_entry(store, NAME, 1)
    assert hub_parts.opened(store, NAME, part.digest, keys) == scan.data
    store.close()
    into = site.hub_dir / "copies"
    into.mkdir()
    command(site, "parts", "copy", "--station", NAME, "--seq", "1", "--into", str(into))
    (copy,) = into.iterdir()
    assert copy.read_bytes() == scan.data
    assert copy.stat().st_mode & 0o777 == 0o600
