"""A hub with its own authority and a real Mosquitto that takes its word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.hub import settings, setup
from sync.hub.device_ca import commands, devices, serving
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.device_ca.office import Office
from sync.hub.setup import HubKeys
from sync.hub.store.database import Store
from sync.model.certificates import CertificateState
from sync.model.console import StationAction
from sync.wire import device_certificate
from sync.wire.receipt import Accepted
from sync.wire.signer import SoftwareSigner
from tests.emulated.mqtt import Visitor
from tests.emulated.services import Broker
from tests.unit.hub.devices import Agency
from tests.workbench.pki import HOSTS, HUB_NAME, Ports, Site, to_toml

Visit = Callable[[str], Visitor]


@dataclass
class Home:
    """The hub, its broker, and where stations keep what they were given."""

    site: Site
    agency: Agency

    @property
    def ca(self) -> Path:
        return self.site.broker_dir / "ca.pem"

    def station(self) -> str:
        """A further station; its certificate and key lie in a folder of its name."""
        name, device = self.agency.enrolled()
        answer = device.ask()
        assert answer.issued is not None
        self.keep(name, answer.issued.certificate, device.tls_key)
        return name

    def keep(self, name: str, certificate: bytes, key: bytes) -> Path:
        folder = self.site.folder / "stations" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "station.pem").write_bytes(device_certificate.to_pem((certificate,)))
        (folder / "station.key").write_bytes(key)
        return folder

    def credential(self, name: str) -> tuple[Path, str]:
        if name == HUB_NAME:
            return self.site.hub_dir / "tls", "hub"
        return self.site.folder / "stations" / name, "station"

    def visitor(self, name: str) -> Visitor:
        return Visitor(self.site.ports.broker, self.credential(name), ca=self.ca)

    def change(self, name: str, action: StationAction) -> None:
        """What an administrator does, and everything that follows from it."""
        assert self.agency.change(name, action) == Accepted()
        self.agency.publish()

    def active(self, name: str) -> None:
        """It was heard."""
        devices.set_state(self.agency.store, name, CertificateState.ACTIVE)


def make_home(folder: Path) -> Home:
    """A hub's folder with keys, authority and the broker's files."""
    ports = Ports.free()
    site = Site(folder, ports, {})
    site.hub_dir.mkdir(parents=True)
    tables = {
        "hub": {"name": HUB_NAME, "authority": "Sportello di Esempio"},
        "broker": {"host": "localhost", "port": ports.broker, "folder": "../broker"},
        "smtp": {
            "host": "127.0.0.1",
            "port": ports.smtp,
            "sender": "Sportello di Esempio <sportello@hub.example>",
            "starttls": False,
        },
        "web": {
            "host": "127.0.0.1",
            "port": ports.web,
            "base_url": f"http://127.0.0.1:{ports.web}",
            "calls_per_minute": 1000,
        },
    }
    (site.hub_dir / "hub.toml").write_text(to_toml(tables))  # type: ignore[arg-type]
    loaded = settings.load(site.hub_dir)
    root = SoftwareSigner.generate()
    setup.initialise(loaded, root)
    keys = setup.load_keys(loaded)
    agency = _agency(loaded.folder, keys, root, serving.office(loaded, keys, lambda: None))
    commands.make_broker_files(
        agency.office,
        agency.store,
        site.broker_dir,
        list(HOSTS),
        port=ports.broker,
        address="127.0.0.1",
        user="root",
        at=agency.now,
    )
    return Home(site, agency)


def _agency(folder: Path, keys: HubKeys, root: SoftwareSigner, office: Office) -> Agency:
    enrolling = Enrolling(office, {key.key_id: key for key in keys.unsealing})
    store = Store.open(office.settings.registry_path)
    return Agency(folder, store, office, enrolling, keys, root, commands.now())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    made = make_home(tmp_path_factory.mktemp("trust"))
    yield made
    made.agency.store.close()


@pytest.fixture(scope="module")
def broker(home: Home) -> Iterator[Broker]:
    with Broker(home.site) as running:
        yield running


@pytest.fixture
def visit(home: Home, broker: Broker) -> Iterator[Visit]:
    """`visit(name)` connects with that name's certificate."""
    assert broker.running
    visitors: list[Visitor] = []

    def connect(name: str) -> Visitor:
        visitors.append(home.visitor(name))
        return visitors[-1].connect()

    yield connect
    for visitor in visitors:
        visitor.close()
