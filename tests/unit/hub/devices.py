"""A hub's office for devices, and a device that asks it: right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from sync.hub import settings, setup
from sync.hub.device_ca import authority, deciding, devices, issuing, publishing, telling
from sync.hub.device_ca.devices import Device as HeldDevice
from sync.hub.device_ca.enrolling import Enrolling
from sync.hub.device_ca.office import Office
from sync.hub.setup import HubKeys
from sync.hub.store.database import Store
from sync.model.certificates import CertificateKind, CertificateState, name_of
from sync.model.console import (
    EnrolmentApproval,
    StationAction,
    StationChange,
    StationReason,
    StationRegistration,
)
from sync.model.console_views import EnrolmentCodeTold
from sync.model.errors import Problem
from sync.wire import device_certificate, enrolment, enrolment_answer, enrolment_request, trust
from sync.wire.enrolment import Offer, Token
from sync.wire.enrolment_answer import Answer
from sync.wire.receipt import Accepted, Refused
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust

NOW = 1_795_420_800_000  # 2026-11-23T08:00:00Z
HOUR = 3_600_000
DAY = 24 * HOUR
COMUNE = "058091"
FIRST = "058091-PC-0001"
BY = "aa@058091-PC-0009"

TOML = """\
[hub]
name = "hub"
authority = "Sportello di Esempio"
[broker]
host = "localhost"
port = 8883
folder = "../broker"
reload = ["true"]
[smtp]
host = "localhost"
port = 25
sender = "sportello@hub.example"
[web]
port = 8080
base_url = "http://hub.example"
"""


@dataclass
class Agency:
    """A hub that enrols, without its threads."""

    folder: Path
    store: Store
    office: Office
    enrolling: Enrolling
    keys: HubKeys
    root: SoftwareSigner
    now: int = NOW

    @classmethod
    def make(cls, folder: Path) -> Agency:
        hub_dir = folder / "hub"
        hub_dir.mkdir(parents=True)
        (folder / "broker").mkdir()
        (hub_dir / "hub.toml").write_text(TOML)
        loaded = settings.load(hub_dir)
        root = SoftwareSigner.generate()
        setup.initialise(loaded, root)
        keys = setup.load_keys(loaded)
        office = Office(loaded, keys.signing, keys.digests, authority.load(loaded.keys_dir))
        enrolling = Enrolling(office, {key.key_id: key for key in keys.unsealing})
        return cls(hub_dir, Store.open(loaded.registry_path), office, enrolling, keys, root)

    def act(self, act: object) -> Accepted | Refused:
        with self.store.transaction():
            return deciding.decide(self.office, self.store, act, BY, self.now)  # type: ignore[arg-type]

    def register(
        self, label: str = "Anagrafe", kind: CertificateKind = CertificateKind.STATION
    ) -> str:
        """Registra Postazione. Returns the name."""
        before = {one.name for one in devices.every(self.store)}
        assert self.act(StationRegistration(COMUNE, label, kind)) == Accepted()
        if kind is CertificateKind.SERVER:
            return name_of(COMUNE, kind, 1)
        (name,) = {one.name for one in devices.every(self.store)} - before
        return name

    def change(
        self, station: str, action: StationAction, reason: StationReason = StationReason.ORDER
    ) -> Accepted | Refused:
        return self.act(StationChange(COMUNE, station, action, reason))

    def approve(self, station: str) -> Accepted | Refused:
        held = self.held(station)
        return self.act(EnrolmentApproval(COMUNE, station, held.request or bytes(32)))

    def held(self, station: str) -> HeldDevice:
        found = devices.by_name(self.store, station)
        assert found is not None
        return found

    def state(self, station: str) -> CertificateState:
        return self.held(station).state

    def token(self, station: str) -> Token:
        told = telling.code(self.office, self.store, COMUNE, station, self.now)
        assert isinstance(told, EnrolmentCodeTold), told
        token = enrolment.read_token(told.token)
        assert isinstance(token, Token)
        assert enrolment.parse_password(told.password) == token.password
        return token

    def generate(self) -> list[str]:
        return issuing.generate(self.office, self.store, self.now)

    def publish(self) -> publishing.Published:
        return publishing.publish(self.office, self.store, self.now)

    def answer(self, message: bytes) -> bytes:
        read = self.enrolling.read(message)
        assert not isinstance(read, Problem), read
        return self.enrolling.take(self.store, *read, self.now)

    def enrolled(self) -> tuple[str, Device]:
        """A station that has its certificate."""
        name = self.register()
        device = Device.with_token(self, self.token(name))
        device.ask()
        assert self.approve(name) == Accepted()
        assert self.generate() == [name]
        return name, device


@dataclass
class Device:
    """What becomes a station: keys of its own, and what it was told."""

    agency: Agency
    station: str
    password: str
    hub: HubTrust
    signer: SoftwareSigner = field(default_factory=SoftwareSigner.generate)
    tls_key: bytes = field(default_factory=device_certificate.make_tls_key)
    request: bytes = b""

    @classmethod
    def with_token(cls, agency: Agency, token: Token) -> Device:
        """It has fetched the offer."""
        offer = agency.enrolling.offer(
            agency.store, enrolment.make_question(token.password), agency.now
        )
        assert offer is not None
        read = enrolment.read_offer(offer, token.password, token.root)
        assert isinstance(read, Offer)
        hub = trust.load(read.trust_list, read.root)
        assert isinstance(hub, HubTrust)
        return cls(agency, read.station, token.password, hub)

    def ask(self) -> Answer:
        """Asks, again and again the same."""
        if not self.request:
            self.request = enrolment_request.make_request(
                password=self.password,
                station=self.station,
                signer=self.signer,
                signing_key=self.signer.verifying_key,
                certification_request=device_certificate.certification_request(
                    self.station, self.tls_key
                ),
                made_at=self.agency.now,
            )
        return self.sent(self.request, self.password)

    def renew(self, signer: SoftwareSigner | None = None, station: str = "") -> Answer:
        """Asks for a further certificate, with a new TLS key."""
        signer = signer or self.signer
        station = station or self.station
        self.tls_key = device_certificate.make_tls_key()
        asked = device_certificate.certification_request(station, self.tls_key)
        self.request = enrolment_request.make_renewal(
            station=station,
            signer=signer,
            signing_key=signer.verifying_key,
            certification_request=asked,
            made_at=self.agency.now,
        )
        return self.sent(self.request, "")

    def sent(self, data: bytes, password: str) -> Answer:
        message = enrolment_request.seal(data, self.hub.sealing_key, password)
        answer = enrolment_answer.load(
            self.agency.answer(message), self.hub, enrolment_request.hash_of(data)
        )
        assert isinstance(answer, Answer), answer
        return answer

    def like(self) -> Device:
        """Another device with the same token."""
        return replace(
            self,
            signer=SoftwareSigner.generate(),
            tls_key=device_certificate.make_tls_key(),
            request=b"",
        )
