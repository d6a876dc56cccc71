"""A TPM of this folder's tests, fresh for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.errors import DeviceTrouble
from hw.ports import KeyStore
from tests.emulated.tpm import SoftTpm


@pytest.fixture
def tpm(tmp_path: Path) -> Iterator[SoftTpm]:
    with SoftTpm(tmp_path / "tpm") as running:
        yield running


def is_signed(spki: bytes, message: bytes, signature: bytes | DeviceTrouble) -> bool:
    """Whether the library of others says that this is the key's signature."""
    assert isinstance(signature, bytes)
    assert len(signature) == 64
    key = serialization.load_der_public_key(spki)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def opened(store: KeyStore | DeviceTrouble) -> KeyStore:
    """The key store, where it is one."""
    assert not isinstance(store, DeviceTrouble), store
    return store


def code_of(outcome: object) -> str:
    """The failure code of an outcome that must be trouble."""
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code
