"""A station's folder with its keys, and the keys of the hub that it trusts, made for one test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sync.edge import station
from sync.edge.clock import StationClock
from sync.edge.journal import Journal, Position
from sync.edge.space import Space
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community, DataSource, Preregistration
from sync.wire import trust
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.workbench.authority import Authority

NAME = "kiosk-0001"
CODE = 17


@dataclass(frozen=True, slots=True)
class HubKeys:
    """What only the hub and the holder of the trust root have."""

    signer: SoftwareSigner
    unsealing: UnsealingKey
    root: SoftwareSigner

    @classmethod
    def generate(cls) -> HubKeys:
        return cls(SoftwareSigner.generate(), UnsealingKey.generate(), SoftwareSigner.generate())

    def trust(self, version: int = 1) -> HubTrust:
        return HubTrust(
            version, 1_800_000_000_000, (self.signer.verifying_key,), (self.unsealing.sealing_key,)
        )


@dataclass(frozen=True, slots=True)
class Station:
    """A station's folder, opened as its programs would."""

    profile: StationProfile
    signer: SoftwareSigner
    hub: HubKeys

    def store(self, *, floor: int = 0, ballast: int = 1 << 16, vault: Vault | None = None) -> Store:
        found = self.try_store(floor=floor, ballast=ballast, vault=vault)
        assert isinstance(found, Store), found
        return found

    def try_store(
        self, *, floor: int = 0, ballast: int = 1 << 16, vault: Vault | None = None
    ) -> Store | StoreTrouble:
        return Store.open(
            self.profile.store,
            station=self.profile.name,
            code=self.profile.code,
            space=Space(self.profile.store, floor=floor, ballast=ballast),
            vault=vault,
        )

    def journal(self, store: Store, clock: StationClock | None = None) -> Journal:
        return Journal(
            store,
            self.profile,
            signer=self.signer,
            sealing_key=self.hub.unsealing.sealing_key,
            clock=clock,
        )


def make_station(
    folder: Path,
    hub: HubKeys | None = None,
    *,
    name: str = NAME,
    code: int = CODE,
    port: int = 1,
) -> Station:
    """Writes the folder of a station and opens it."""
    hub = hub or HubKeys.generate()
    for part in ("tls", "key", "trust"):
        (folder / part).mkdir(parents=True)
    credential = Authority.create("signing").issue_signing(name)
    credential.write(folder / "key" / "certificate.pem", folder / "key" / "signing.pem")
    (folder / "trust" / "root.pem").write_bytes(hub.root.verifying_key.to_pem())
    (folder / "trust" / "hub.cose").write_bytes(trust.sign(hub.trust(), hub.root))
    (folder / station.FILE_NAME).write_text(
        f"[station]\nname = {json.dumps(name)}\ncode = {code}\n"
        f'[broker]\nhost = "localhost"\nport = {port}\nlongest_retry = 2\n'
    )
    signer = SoftwareSigner.from_pem((folder / "key" / "signing.pem").read_bytes())
    return Station(station.load(folder), signer, hub)


def preregistration(position: Position, note: str | None = None) -> Preregistration:
    """What a person might have typed; nobody's data."""
    return Preregistration(
        registration_number=position.registration_number,
        community=Community.SISTEMA_PIEMONTE,
        language="it",
        privacy_notice="2026-1",
        source=DataSource.TYPED,
        person=Person("RSSMRA80A01L219M", "Rossi", "Mario", PartialDate(1980, 1, 1), Sex.MALE),
        residence=ItalianAddress("Via Garibaldi", "12", "L219", "10122"),
        domicile=None,
        contacts=Contacts("mario.rossi@example.org", mobile="+393331234567"),
        document=IdentityDocument(
            DocumentKind.CARTA_IDENTITA, "CA12345AA", date(2020, 5, 4), "Comune di Torino"
        ),
        delegation=None,
        note=note,
    )
