"""A whole station whose keys are all in its TPM: window, link, broker and hub as they ship."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.hub import settings, setup
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.wire import envelope
from sync.wire.receipt import Accepted
from sync.wire.signer import Protection
from tests.emulated.services import Broker, HubProcess, LinkProcess, Service, wait_until
from tests.emulated.tpm import ResourceManager, SoftTpm
from tests.workbench.authority import Authority
from tests.workbench.pki import Site, make_site, to_toml

NAME, CODE = "058091-PC-0001", 44
_MAKE_KEYS = """
import sys
from pathlib import Path
from hw.keystore.opening import create_key_store
from hw.keystore.transport import certification_request, create_transport_key
from kiosk.settings import load_key
from kiosk.station_keys import key_store_settings, tpm_of_tls
folder = Path(sys.argv[1])
store = create_key_store(key_store_settings(folder))
tpm = tpm_of_tls(load_key(folder))
path = folder / "tls" / "station.key"
assert create_transport_key(path, tpm=tpm) is None
print(store.public_spki.hex())
print(certification_request(path, "058091-PC-0001", tpm=tpm).hex())
"""


class RecorderProcess(Service):
    """Records people, as the window's engine would."""

    def __init__(self, site: Site, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.faults.recorder", "--from", "0", "--pause", "0.2"]
        super().__init__(
            "recorder",
            [*command, "--station-dir", str(site.stations[NAME])],
            site.folder / "logs" / "recorder.log",
            environment,
        )

    def told(self) -> int:
        """How many people were told a number."""
        return self.log.read_text("utf-8").count("told ") if self.log.exists() else 0


def issue(authority: Authority, key: object, path: Path, *, client: bool) -> None:
    """A certificate for a key that somebody else has."""
    assert isinstance(key, ec.EllipticCurvePublicKey)
    credential = authority._credential
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(
            credential.certificate.subject,
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)]),
            key,
            x509.random_serial_number(),
            now - timedelta(hours=1),
            now + timedelta(days=1),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(credential.key.public_key()),
            critical=False,
        )
    )
    if client:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(usage, critical=False)
    made = builder.sign(credential.key, hashes.SHA256())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def site_with_a_tpm(folder: Path, manager: ResourceManager) -> Site:
    """A site whose one station has no key in any file, and whose hub wants it so."""
    site = make_site(folder, ["kiosk-0001"])
    home = folder / "stations" / NAME
    shutil.copytree(site.stations["kiosk-0001"], home)
    for left in ("key/signing.pem", "key/certificate.pem", "tls/station.pem", "tls/station.key"):
        (home / left).unlink()
    text = (home / "station.toml").read_text("utf-8")
    text = text.replace('"kiosk-0001"', f'"{NAME}"').replace("code = 17", f"code = {CODE}")
    key = {"key": {"store": "tpm", "tls": "tpm", "tpm": manager.tcti}}
    (home / "station.toml").write_text(text + to_toml(key), "utf-8")
    made = subprocess.run(
        [sys.executable, "-c", _MAKE_KEYS, str(home)],
        env=manager.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    signing = serialization.load_der_public_key(bytes.fromhex(made[0]))
    issue(site.signing_authority(), signing, home / "key" / "certificate.pem", client=False)
    asked = x509.load_der_x509_csr(bytes.fromhex(made[1]))
    transport = site.transport_authority()
    issue(transport, asked.public_key(), home / "tls" / "station.pem", client=True)
    with (site.hub_dir / "hub.toml").open("a", encoding="utf-8") as hub_toml:
        hub_toml.write('\n[policy]\nleast_protection = "tpm"\n')
    setup.enrol(settings.load(site.hub_dir), home / "key" / "certificate.pem", NAME, CODE)
    return replace(site, stations={NAME: home})


@pytest.mark.rule("R-004-10")
def test_operations_reach_a_hub_that_wants_keys_in_a_tpm(tmp_path: Path, tpm: SoftTpm) -> None:
    with ResourceManager(tmp_path, tpm) as manager:
        site = site_with_a_tpm(tmp_path / "site", manager)
        registry = settings.load(site.hub_dir).registry_path
        with (
            Broker(site),
            HubProcess(site) as hub,
            RecorderProcess(site, manager.environment) as recorder,
            LinkProcess(site, NAME, manager.environment) as link,
        ):
            wait_until(hub.linked, 20, "the hub's link")

            def decided() -> bool:
                store = Store.open(registry)
                try:
                    found = chains.station(store, NAME)
                    return found is not None and found.decided_seq >= 2
                finally:
                    store.close()

            try:
                wait_until(decided, 20, "operations at the hub")
            except TimeoutError as error:
                raise AssertionError(link.log_end() + recorder.log_end()) from error
            assert recorder.told() >= 2
        store = Store.open(registry)
        try:
            answers = chains.answers(store, NAME, 1, 2)
            assert [answer.outcome for answer in answers] == [Accepted(), Accepted()]
            for _seq, data in chains.envelopes(store, NAME, 1, 2):
                assert data is not None
                assert envelope.parse(data).header.protection is Protection.TPM
        finally:
            store.close()
    # Nothing in the station's folder is a private key that another computer could use.
    for path in site.stations[NAME].rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"BEGIN PRIVATE KEY" not in content
            assert b"BEGIN EC PRIVATE KEY" not in content
