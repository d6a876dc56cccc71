"""A station without any network and a hub: two terminals and a stick between them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sync.edge import station
from sync.edge.clock import uuid7
from sync.edge.courier.carrying import Courier, Visit
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.outbox import Outbox, OutboxState
from sync.edge.store import Store as EdgeStore
from sync.edge.vault import Vault
from sync.hub.__main__ import main as hub_terminal
from sync.hub.store import alarms, registrations
from sync.hub.store.database import Store
from sync.model import registration_number
from sync.model.preregistration import Preregistration
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import HubProcess, LinkProcess, MailServer, wait_until
from tests.unit.hub.stations import preregistration
from tests.workbench.pki import REPOSITORY, Site
from tests.workbench.vaults import vault_at

NAME = "kiosk-0001"


class Desk:
    """A station's journal, and its terminal."""

    def __init__(self, site: Site, name: str = NAME) -> None:
        self.folder = site.stations[name]
        self.profile = station.load(self.folder)
        self.vault: Vault = vault_at(self.folder)

    def open(self) -> EdgeStore:
        store = EdgeStore.open(
            self.profile.store, station=self.profile.name, code=self.profile.code, vault=self.vault
        )
        assert isinstance(store, EdgeStore), store
        return store

    def record(self, *people: int, **changes: str) -> None:
        store = self.open()
        trust = self.profile.hub_trust()
        assert isinstance(trust, HubTrust)
        journal = Journal(store, self.profile, signer=self.signer, sealing_key=trust.sealing_key)

        def compose(person: int, position: Position) -> Preregistration:
            number = registration_number.issue(self.profile.code, position.counter).text
            return replace(preregistration(person, **changes), registration_number=number)

        for person in people:
            done = journal.record(uuid7(random.getrandbits(40)), partial(compose, person))
            assert isinstance(done, Recorded), done
        store.close()

    def visit(self, stick: Path) -> str:
        """As the station's terminal does it, a process of its own: the last line."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "kiosk.courier", "--plain-folder"),
                *("--station-dir", self.folder, stick),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=REPOSITORY,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()[-1]

    def carry(self, stick: Path) -> Visit:
        """The same in this process, which takes less time."""
        store, signer = self.open(), self.signer
        courier = Courier(self.profile, store, signer, vault=self.vault)
        visit = courier.visit(stick, plain_folder=True)
        store.close()
        return visit

    @property
    def signer(self) -> SoftwareSigner:
        return SoftwareSigner.from_pem((self.folder / "key" / "signing.pem").read_bytes())

    def states(self) -> list[OutboxState]:
        store = self.open()
        entries = Outbox(store).entries()
        store.close()
        assert isinstance(entries, tuple)
        return [one.state for one in entries]


def terminal(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """A command of the hub's terminal: its exit code, and the last line."""
    capsys.readouterr()
    code = hub_terminal(list(arguments))
    return code, capsys.readouterr().out.splitlines()[-1]


@pytest.fixture
def offline(site: Site, mail: MailServer) -> Iterator[HubProcess]:
    """A hub that no broker reaches."""
    assert mail.running
    with HubProcess(site) as running:
        yield running
        running.kill()


def courier(
    capsys: pytest.CaptureFixture[str], site: Site, step: str, stick: Path, wait: int = 60
) -> tuple[int, str]:
    return terminal(
        *(capsys, "courier", step, str(stick)),
        *("--hub-dir", str(site.hub_dir), "--wait", str(wait)),
    )


def test_a_stick_goes_out_and_comes_back(
    site: Site, offline: HubProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert offline.running
    stick = tmp_path / "stick"
    stick.mkdir()
    one, other = Desk(site), Desk(site, "kiosk-0002")
    one.record(1, 2)
    one.record(3, email="ufficio@postacertificata.gov.it")
    other.record(11)
    assert one.carry(stick) == Visit(on_medium=3, waiting=3)
    assert other.carry(stick) == Visit(on_medium=1, waiting=1)
    offline.kill()  # taken in while the hub is away, taken up when it is back
    assert courier(capsys, site, "take", stick, wait=0)[0] == 3
    offline.start()
    code, told = courier(capsys, site, "answers", stick)
    assert (code, told) == (0, "COURIER parcels=2 stations=2 stored=4 answers=2 refused=0")
    _, told = courier(capsys, site, "take", stick)
    assert told == "COURIER parcels=2 stations=2 stored=0 answers=2 refused=0"
    assert "waiting=0 stored=3 settled=3" in one.visit(stick)
    visit = other.carry(stick)
    assert (visit.code, visit.waiting, visit.stored, visit.settled) == ("", 0, 1, 1)
    assert one.states() == [OutboxState.ACCEPTED, OutboxState.ACCEPTED, OutboxState.REFUSED]
    reader = Store.open_reader(site.hub_dir / "registry.db")
    assert len(registrations.registrations(reader)) == 3
    assert alarms.alarms(reader) == []
    reader.close()


def test_the_network_is_back_before_the_stick(
    site: Site,
    hub: HubProcess,
    mail: MailServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What came by the broker meanwhile is found there, and the other way round."""
    assert hub.running
    assert mail.running
    desk, stick = Desk(site), tmp_path / "stick"
    stick.mkdir()
    desk.record(1, 2, 3)
    desk.carry(stick)
    with LinkProcess(site, NAME):
        desk.record(4)
        wait_until(lambda: desk.states() == [OutboxState.ACCEPTED] * 4, 60, "the broker's way")
        _, told = courier(capsys, site, "take", stick)
        assert told == "COURIER parcels=1 stations=1 stored=0 answers=1 refused=0"
        visit = desk.carry(stick)
        assert (visit.code, visit.waiting, visit.stored) == ("", 0, 0)
    reader = Store.open_reader(site.hub_dir / "registry.db")
    assert len(registrations.registrations(reader)) == 4
    assert alarms.alarms(reader) == []
    reader.close()
