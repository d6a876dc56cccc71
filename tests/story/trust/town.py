"""A hub with its own authority, its broker, and the programs of the stations that come of it."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from kiosk import settings as kiosk_settings
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.flows.office import Network
from kiosk.flows.out_of_service import StationStandingTold
from kiosk.runtime.duty import Presence
from kiosk.runtime.network import NetworkWatch
from kiosk.runtime.records import Records
from kiosk.runtime.signed_lists import Correction
from kiosk.runtime.signing import StationSigner
from kiosk.runtime.station_care import Cared, StationCare
from kiosk.station_keys import open_keys, vault_of
from sync.edge import station
from sync.edge.clock import StationClock
from sync.edge.enrolment import DeviceKeys
from sync.edge.inquiries import Inquiries
from sync.edge.journal import RecordedAct
from sync.edge.standing import StandingBook, StationStanding
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import TLS_KEY
from sync.edge.wakeup import Role, WakeUp
from sync.hub import settings, setup
from sync.hub.__main__ import main
from sync.hub.device_ca import authority, devices
from sync.hub.store.database import Store as Registry
from sync.model.certificates import CertificateState
from sync.model.inquiry import Inquiry, Reply
from sync.model.operation import Act
from sync.wire import device_certificate, station_list
from sync.wire.receipt import Outcome
from sync.wire.signer import SoftwareSigner
from sync.wire.station_list import StationList
from sync.wire.trust import HubTrust
from tests.emulated.cards.cns_certificates import rsa_key
from tests.emulated.services import wait_until
from tests.unit.hub.stations import preregistration
from tests.workbench.administrators import Administrator
from tests.workbench.pki import HUB_NAME, REPOSITORY, Ports, Site, to_toml

SECONDS = 15.0


@dataclass(frozen=True)
class AdministratorsCard:
    """An administrator's card, whose PIN was typed."""

    who: Administrator

    @property
    def thumbprint(self) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(self.who.certificate)
        return digest.finalize()

    def sign(self, message: bytes) -> bytes:
        return rsa_key(2048, self.who.card).sign(message, padding.PKCS1v15(), hashes.SHA256())


@dataclass
class Town:
    """The hub's end of it.

    Attributes:
        folders: of the stations, which the site knows too.
        root: the trust root, which no hub has.
    """

    site: Site
    folders: dict[str, Path] = field(default_factory=dict)
    root: SoftwareSigner = field(default_factory=SoftwareSigner.generate)

    @classmethod
    def make(cls, folder: Path) -> Town:
        """A hub that has nothing but its own keys, and the broker's files that it wrote."""
        ports, folders = Ports.free(relay=True), dict[str, Path]()
        site = Site(folder, ports, folders)
        site.hub_dir.mkdir(parents=True)
        tables: dict[str, dict[str, str | int | bool]] = {
            "hub": {"name": HUB_NAME, "authority": "Sportello di Esempio"},
            "broker": {
                "host": "localhost",
                "port": ports.broker,
                "folder": "../broker",
                "station_port": ports.stations,
            },
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
            },
        }
        (site.hub_dir / settings.FILE).write_text(to_toml(tables), encoding="utf-8")
        town = cls(site, folders)
        setup.initialise(settings.load(site.hub_dir), town.root)
        town.command("broker", "--host", "localhost", "--host", "127.0.0.1",
                     "--port", str(ports.broker), "--address", "127.0.0.1", "--user", "root")  # fmt: skip
        return town

    def command(self, *words: str) -> str:
        """`python -m sync.hub stations ...`: what it prints."""
        return self.hub_command("stations", *words)

    def hub_command(self, *words: str) -> str:
        """`python -m sync.hub ...`: what it prints."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = main([*words, "--hub-dir", str(self.site.hub_dir)])
        assert code == 0, said.getvalue()
        return said.getvalue()

    def state(self, name: str) -> CertificateState:
        """As the registry has it."""
        with contextlib.closing(
            Registry.open_reader(settings.load(self.site.hub_dir).registry_path)
        ) as registry:
            found = devices.by_name(registry, name)
        assert found is not None
        return found.state

    def enrol(self, folder: Path, code: str = "", **words: str) -> tuple[int, list[str]]:
        """`python -m kiosk.enrol` once, without waiting for anybody: exit code and lines."""
        more = [part for word, value in words.items() for part in (f"--{word}", value)]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "kiosk.enrol", "--station-dir", str(folder)),
                *("--patience", "0", *more),
            ],
            input=code + "\n",
            capture_output=True,
            text=True,
            check=False,
            cwd=REPOSITORY,
        )
        return done.returncode, done.stdout.splitlines() + done.stderr.splitlines()

    def certify(self, folder: Path, *, age_days: int, days: int) -> None:
        """Gives a station another certificate for the key it has, as if made so long ago."""
        loaded = settings.load(self.site.hub_dir)
        profile = station.load(folder)
        keys = open_keys(folder)
        asked = device_certificate.certification_request(
            profile.name, profile.tls_key.read_bytes(), vault_of(keys).password(TLS_KEY) or None
        )
        spki = device_certificate.spki_of(asked, profile.name)
        assert spki is not None
        newest = authority.load(loaded.keys_dir)[0]
        began = datetime.now(UTC) - timedelta(days=age_days)
        made = newest.issue(profile.name, spki, began, days=days)
        profile.tls_certificate.write_bytes(device_certificate.to_pem((made,)))


def new_device(folder: Path) -> Path:
    """A device as its image brings it: settings of the network, and no name."""
    folder.mkdir(parents=True)
    (folder / "station.toml").write_text(
        "# the image's\n[broker]\nlongest_retry = 1\n", encoding="utf-8"
    )
    return folder


_ENDS = (events.Recorded, events.RecordFailed)


class Window:
    """What the window's process does for its station, without a screen.

    Attributes:
        told: what it would have shown, with the moment of each.
    """

    def __init__(
        self,
        folder: Path,
        *,
        counter: bool = False,
        pages: bool = True,
        adopt: Callable[[Correction], int] = lambda _: 0,
    ) -> None:
        """Compose it.

        Args:
            folder: the station's.
            counter: whether operators work there.
            pages: whether the hub's pages may be reached beside the broker.
            adopt: puts corrections in force.
        """
        address = kiosk_settings.load(folder).enrolment_address
        self.profile = station.load(folder)
        self.told: list[tuple[float, Event]] = []
        self._clock = StationClock()
        key = open_keys(folder)
        vault = vault_of(key)
        signer = StationSigner(key)
        self.profile.store.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.wake = WakeUp(self.profile.store, Role.WINDOW)
        self.records = Records(
            self.profile,
            signer,
            office="Comune di Esempio",
            post=self._post,
            recorded=self._ring,
            refusal=self._refusal,
            vault=vault,
        )
        self.inquiries = Inquiries(
            self.profile, self.records.store, signer, self._ring, self._clock
        )
        self.care = StationCare(
            Cared(
                self.profile,
                self.records.store,
                self.inquiries,
                DeviceKeys(signer, key.public_spki, vault.password(TLS_KEY)),
                self._clock.now_ms,
                self._post,
                address if pages else "",
                counter,
                vault,
                adopt,
            )
        )
        self._network = NetworkWatch(
            self._look, self.wake, lambda _: self.care.poke(), self.inquiries.look
        )

    def __enter__(self) -> Self:
        assert self.records.open() is None
        self.care.start()
        self._network.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._network.stop()
        self.care.stop()
        self.records.close()
        self.wake.close()

    def register(self, person: int) -> UUID | str:
        """A citizen confirms a preregistration: its name, or why nothing is recorded."""
        name = self.records.new_operation_id()
        self.records.record(effects.Record(name, preregistration(person)), "it")
        told = next(one for _, one in reversed(self.told) if isinstance(one, _ENDS))
        return told.code if isinstance(told, events.RecordFailed) else name

    def act(self, act: Act, card: AdministratorsCard) -> UUID:
        """An administrator confirms an act of the console: its name."""
        name = self.records.new_operation_id()
        done = self.records.act(name, act, card)
        assert isinstance(done, RecordedAct), done
        return name

    def outcome(self, name: UUID) -> Outcome:
        """What the hub made of it, as soon as it is known here."""
        wait_until(lambda: self.records.outcome(name) is not None, SECONDS, "the hub's decision")
        found = self.records.outcome(name)
        assert found is not None
        assert not isinstance(found, StoreTrouble)
        return found

    def ask(self, inquiry: Inquiry, card: AdministratorsCard) -> Reply:
        """Ask the hub as an administrator who is signed in."""
        found = self.inquiries.ask(inquiry, operator=Presence(card), seconds=SECONDS)
        assert isinstance(found, Reply), found
        return found

    def standing(self) -> StationStanding:
        """As the page would be."""
        return StandingBook(self.profile.store, self.profile.name).current()

    def wait_for(self, standing: StationStanding, seconds: float = SECONDS) -> float:
        """Until it was told to the flows; after how many seconds."""
        began = time.monotonic()

        def there() -> bool:
            last = [one for _, one in self.told if isinstance(one, StationStandingTold)]
            return bool(last) and last[-1].standing.value == standing.value

        wait_until(there, seconds, f"to be {standing.value}")
        return time.monotonic() - began

    def wait_online(self) -> None:
        """Until broker and hub answer."""
        wait_until(lambda: self._look() is Network.ONLINE, SECONDS, "the network")

    def stations(self) -> StationList:
        """The signed list of stations that lies here, believed."""
        hub = self.profile.hub_trust()
        assert isinstance(hub, HubTrust)
        file = self.profile.trust_list.with_name("stations.cose")
        found = station_list.load(file.read_bytes(), hub)
        assert isinstance(found, StationList)
        return found

    def _look(self) -> Network:
        self.care.look()
        status = self.records.link_status()
        if isinstance(status, StoreTrouble) or not status.connected:
            return Network.OFFLINE
        return Network.ONLINE if status.hub_present else Network.HUB_AWAY

    def _refusal(self) -> str:
        return self.care.refusal()

    def _post(self, event: Event) -> None:
        self.told.append((time.monotonic(), event))

    def _ring(self) -> None:
        self.wake.ring(Role.LINK)
