"""A device whose keys are to live in its TPM makes them once, and asks with them as with any."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.enrolling import make_or_open_keys
from kiosk.runtime.signing import StationSigner
from sync.edge.enrolment import DeviceKeys
from sync.wire import device_certificate
from sync.wire.signer import NotSignedError, Protection
from tests.emulated.tpm import SoftTpm
from tests.workbench.pki import to_toml

NAME = "058091-PC-0001"


def keys_of(folder: Path) -> DeviceKeys:
    found = make_or_open_keys(folder)
    assert isinstance(found, DeviceKeys), found
    assert isinstance(found.signer, StationSigner)
    # There is no resource manager here: one connection at a time.
    found.signer._keys.close()
    return found


@pytest.mark.rule("R-004-10")
def test_keys_of_a_device_are_made_once_and_in_its_tpm(tmp_path: Path, tpm: SoftTpm) -> None:
    folder, tls_key = tmp_path / "device", tmp_path / "device" / "tls" / "station.key"
    folder.mkdir()
    table = {"key": {"store": "tpm", "tls": "tpm", "tpm": tpm.tcti}}
    (folder / "station.toml").write_text(to_toml(table), "utf-8")
    first = keys_of(folder)
    assert first.signer.protection is Protection.TPM
    asked = first.certification_request(tls_key, NAME)
    spki = device_certificate.spki_of(asked, NAME)
    assert spki is not None
    assert spki != first.spki
    tpm.restart()  # the power went
    again = keys_of(folder)
    assert again.spki == first.spki
    assert again.tls_password == first.tls_password
    renewed = again.certification_request(tls_key, NAME)
    assert device_certificate.spki_of(renewed, NAME) == spki
    assert b"TSS2 PRIVATE KEY" in tls_key.read_bytes()
    tpm.stop()
    with pytest.raises(NotSignedError, match=r"key\.device-absent"):
        again.certification_request(tls_key, NAME)
    assert make_or_open_keys(folder) == "key.device-absent"
    tpm.start()
    tpm.exchange()
    assert make_or_open_keys(folder) == "key.foreign-tpm"
