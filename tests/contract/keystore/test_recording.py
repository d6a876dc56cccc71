"""A token is pulled in the middle of recording: nothing is lost, nothing is told as done."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hw.keystore.opening import KeyStoreSettings, StoreKind, create_key_store
from kiosk.runtime.signing import StationSigner
from sync.edge import station
from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.trouble import StoreTrouble
from sync.model.preregistration import Preregistration
from sync.wire import envelope
from sync.wire.signer import NotSignedError, Protection, VerifyingKey
from tests.contract.keystore.conftest import opened
from tests.contract.keystore.test_token import pull, put_back
from tests.emulated.soft_token import MODULE, PIN, SoftTokens
from tests.unit.edge.stations import NAME, Station, make_station, preregistration

LABEL = "station 1"


def certified(folder: Path, spki: bytes) -> None:
    """Put a certificate for the key in the station's folder; who signs it is not looked at."""
    key = serialization.load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    issuer = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key, 1, now, now + timedelta(days=1)).sign(
        issuer, hashes.SHA256()
    )
    (folder / "key" / "certificate.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftTokens:
    made = SoftTokens.make(tmp_path / "soft")
    made.add(LABEL)
    monkeypatch.setenv("SOFTHSM2_CONF", made.environment["SOFTHSM2_CONF"])
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Station:
    return make_station(tmp_path / "station")


def test_a_token_pulled_in_the_middle_of_a_record(tokens: SoftTokens, folder: Station) -> None:
    home = folder.profile.folder
    pin_file = home / "key" / "token.pin"
    pin_file.touch(mode=0o600)
    pin_file.write_text(PIN, "ascii")
    keys = opened(
        create_key_store(
            KeyStoreSettings(
                home / "key", StoreKind.PKCS11, module=MODULE, token=LABEL, pin_file=pin_file
            )
        )
    )
    certified(home, keys.public_spki)
    signer = StationSigner(keys)
    assert signer.protection is Protection.TOKEN
    with_token = replace(folder, profile=station.load(home))
    store = with_token.store()
    try:
        journal = Journal(
            store,
            with_token.profile,
            signer=signer,
            sealing_key=with_token.hub.unsealing.sealing_key,
        )
        chosen = uuid7(time.time_ns() // 1_000_000)

        def composed_while_pulled(position: Position) -> Preregistration:
            pull(tokens)
            return preregistration(position)

        outcome = journal.record(chosen, composed_while_pulled)
        assert outcome == StoreTrouble("key.removed")
        assert store.find(chosen) is None
        with pytest.raises(NotSignedError, match=r"key\.removed"):
            signer.sign(b"message")
        put_back(tokens)
        done = journal.record(chosen, preregistration)
        assert isinstance(done, Recorded)
        assert (done.seq, done.again) == (1, False)
        assert done.proof.startswith("SPT1:")
        entries = store.entries(1, most=9)
        assert isinstance(entries, list)
        read = envelope.parse(entries[0].envelope)
        assert envelope.verify(read, VerifyingKey.from_spki(keys.public_spki))
        assert read.header.protection is Protection.TOKEN
    finally:
        store.close()
        keys.close()
