"""A whole site for development and tests: authorities, a broker, a hub and its stations.

`python -m tests.workbench.pki --into DIR --stations kiosk-0001 ...` writes every key, certificate
and setting into a folder outside the repository. Called twice it makes two sites that have
nothing in common, which is what the tests of "signed by somebody else" need.
"""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from sync.hub import settings, setup
from sync.hub.broker import BrokerPlan, write_configuration
from sync.wire import document_trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from tests.workbench.authority import (
    Authority,
    Credential,
    private_pem,
    public_pem,
    write_private,
)

REPOSITORY = Path(__file__).resolve().parents[2]
HOSTS = ("localhost", "127.0.0.1", "::1")
HUB_NAME = "hub"
FIRST_CODE = 17

Table = Mapping[str, Mapping[str, str | int | bool | Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the services of a site listen, all on loopback.

    `stations` is what the stations dial: the broker itself, or a relay in front of it.
    """

    broker: int
    stations: int
    smtp: int
    web: int

    @classmethod
    def free(cls, *, relay: bool = False) -> Ports:
        """Ports that nobody listens at now; with `relay`, one of their own for the stations."""
        broker, stations, smtp, web = free_ports(4)
        return cls(broker, stations if relay else broker, smtp, web)


@dataclass(frozen=True, slots=True)
class Site:
    """A site on disk.

    Attributes:
        folder: everything is below it.
        ports: where the services listen.
        stations: station folders by station name.
    """

    folder: Path
    ports: Ports
    stations: Mapping[str, Path]

    @property
    def authority_dir(self) -> Path:
        return self.folder / "authority"

    @property
    def broker_dir(self) -> Path:
        return self.folder / "broker"

    @property
    def hub_dir(self) -> Path:
        return self.folder / "hub"

    def transport_authority(self) -> Authority:
        """Issues the TLS certificates."""
        return Authority.load(self.authority_dir, "transport")

    def signing_authority(self) -> Authority:
        """Issues the certificates of the stations' signing keys."""
        return Authority.load(self.authority_dir, "signing")

    def issue_client(self, name: str, into: Path) -> Path:
        """A further TLS client: `ca.pem`, `<name>.pem`, `<name>.key` in `into`."""
        authority = self.transport_authority()
        return _write_client(authority, authority.issue_client(name), into, name)

    def revoke(self, station: str) -> None:
        """Puts the station's TLS certificate on the broker's list; counts from its restart."""
        certificate = x509.load_pem_x509_certificate(
            (self.stations[station] / "tls" / "station.pem").read_bytes()
        )
        authority = self.transport_authority()
        authority.revoke(certificate)
        authority.save(self.authority_dir)
        (self.broker_dir / "crl.pem").write_bytes(authority.crl_pem)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens at at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def make_site(
    into: Path,
    stations: Sequence[str] = ("kiosk-0001",),
    *,
    ports: Ports | None = None,
    overrides: Table | None = None,
    documents: DocumentTrust | None = None,
    hub: Table | None = None,
    workers: Sequence[str] = (),
) -> Site:
    """Makes a site in the folder `into`.

    Args:
        into: is made; must not be inside the repository, must not exist with files in it.
        stations: their names; their codes count up from 17.
        ports: free ones where not given.
        overrides: entries of `station.toml` that differ from the usual ones, by table.
        documents: whose signatures on documents count; without it the stations have no such list.
        hub: entries of `hub.toml` that differ from the usual ones, by table.
        workers: names of workers of the hub, each with its certificate.

    Raises:
        ValueError: `into` is inside the repository or not empty.
    """
    into = into.resolve()
    if into.is_relative_to(REPOSITORY):
        raise ValueError("keys are not made inside the repository: choose a folder elsewhere")
    if into.exists() and any(into.iterdir()):
        raise ValueError(f"{into} is not empty")
    site = Site(
        folder=into,
        ports=ports or Ports.free(),
        stations={name: into / "stations" / name for name in stations},
    )
    into.mkdir(parents=True, exist_ok=True)
    into.chmod(0o700)
    site.authority_dir.mkdir()
    transport = Authority.create("transport")
    signing = Authority.create("signing")
    for authority in (transport, signing):
        authority.save(site.authority_dir)
    root = ec.generate_private_key(ec.SECP256R1())
    write_private(site.authority_dir / "root.key", private_pem(root))
    (site.authority_dir / "root.pem").write_bytes(public_pem(root))
    _make_broker(site, transport, workers)
    _make_hub(site, transport, SoftwareSigner(root), hub or {}, workers)
    if documents is not None:
        sign_documents(site, documents)
    site_key = secrets.token_bytes(32)
    for code, name in enumerate(stations, FIRST_CODE):
        _make_station(site, transport, signing, name, code, overrides or {})
        write_private(site.stations[name] / "key" / "site.key", site_key)
    return site


def _make_broker(site: Site, authority: Authority, workers: Sequence[str]) -> None:
    folder = site.broker_dir
    folder.mkdir()
    (folder / "ca.pem").write_bytes(authority.certificate_pem)
    (folder / "crl.pem").write_bytes(authority.crl_pem)
    authority.issue_server("broker", HOSTS).write(folder / "broker.pem", folder / "broker.key")
    plan = BrokerPlan(
        ca=folder / "ca.pem",
        certificate=folder / "broker.pem",
        key=folder / "broker.key",
        crl=folder / "crl.pem",
        port=site.ports.broker,
        address="127.0.0.1",
        hub=HUB_NAME,
        user="root",
        workers=tuple(workers),
    )
    write_configuration(plan, folder)


def _make_hub(
    site: Site, authority: Authority, root: SoftwareSigner, overrides: Table, workers: Sequence[str]
) -> None:
    tables: Table = {
        "hub": {"name": HUB_NAME, "authority": "Sportello di Esempio"},
        "broker": {"host": "localhost", "port": site.ports.broker, "workers": list(workers)},
        "smtp": {
            "host": "127.0.0.1",
            "port": site.ports.smtp,
            "sender": "Sportello di Esempio <sportello@hub.example>",
            "starttls": False,
        },
        "web": {
            "host": "127.0.0.1",
            "port": site.ports.web,
            "base_url": f"http://127.0.0.1:{site.ports.web}",
        },
    }
    site.hub_dir.mkdir()
    (site.hub_dir / "hub.toml").write_text(to_toml(_merged(tables, overrides)), encoding="utf-8")
    _write_client(authority, authority.issue_client(HUB_NAME), site.hub_dir / "tls", "hub")
    for name in workers:
        _write_client(authority, authority.issue_client(name), site.hub_dir / "tls", name)
    setup.initialise(settings.load(site.hub_dir), root)


def sign_documents(site: Site, documents: DocumentTrust) -> Path:
    """Signs a list of document issuers with the hub's key; the file that stations take."""
    keys = setup.load_keys(settings.load(site.hub_dir))
    signed = site.hub_dir / "trust" / "documents.cose"
    signed.write_bytes(document_trust.sign(documents, keys.signing))
    return signed


def _make_station(
    site: Site, transport: Authority, signing: Authority, name: str, code: int, overrides: Table
) -> None:
    folder = site.stations[name]
    _write_client(transport, transport.issue_client(name), folder / "tls", "station")
    (folder / "key").mkdir()
    signing.issue_signing(name).write(
        folder / "key" / "certificate.pem", folder / "key" / "signing.pem"
    )
    setup.enrol(settings.load(site.hub_dir), folder / "key" / "certificate.pem", name, code)
    shutil.copytree(site.hub_dir / "trust", folder / "trust")
    (folder / "store").mkdir()
    tables: Table = {
        "station": {
            "name": name,
            "code": code,
            "site": "001272",
            "comune": "L219",
            "office": "Comune di Esempio",
            "community": "sistemapiemonte",
            "languages": ["it", "en"],
            "counter_address": "Piazza del Municipio 1, piano terra",
            "counter_hours": "dal lunedì al venerdì, 8:30-12:30",
            "privacy_notice": "2026-1",
        },
        "broker": {"host": "localhost", "port": site.ports.stations},
        "devices": {"slip_printer": "", "page_printer": ""},
        "session": {"idle_seconds": 90, "warning_seconds": 20},
        "store": {"path": "store"},
    }
    (folder / "station.toml").write_text(to_toml(_merged(tables, overrides)), encoding="utf-8")


def _merged(tables: Table, overrides: Table) -> Table:
    return {
        table: {**tables.get(table, {}), **overrides.get(table, {})}
        for table in {**tables, **overrides}
    }


def _write_client(authority: Authority, credential: Credential, into: Path, name: str) -> Path:
    into.mkdir(parents=True, exist_ok=True)
    (into / "ca.pem").write_bytes(authority.certificate_pem)
    credential.write(into / f"{name}.pem", into / f"{name}.key")
    return into


def to_toml(tables: Table) -> str:
    """TOML of flat tables; a JSON string, number, boolean or list of strings is one of TOML too."""
    lines = []
    for table, entries in tables.items():
        lines.append(f"[{table}]")
        lines += [
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()
        ]
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.workbench.pki")
    parser.add_argument("--into", type=Path, required=True, help="folder outside the repository")
    parser.add_argument("--stations", nargs="+", default=["kiosk-0001"], metavar="NAME")
    arguments = parser.parse_args()
    try:
        site = make_site(arguments.into, arguments.stations)
    except ValueError as refusal:
        parser.error(str(refusal))
    print(f"broker   mosquitto -c {site.broker_dir / 'mosquitto.conf'}")
    print(f"hub      python -m sync.hub serve --hub-dir {site.hub_dir}")
    for folder in site.stations.values():
        print(f"station  python -m kiosk.link --station-dir {folder}")


if __name__ == "__main__":
    main()
