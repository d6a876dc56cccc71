from __future__ import annotations

import zlib

import pytest
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire import sealing
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey, seal, unseal
from tests.unit.wire.material import OURS, THEIRS, flipped

KEY = OURS.unsealing


@given(st.binary(max_size=5000), st.binary(max_size=64))
@settings(max_examples=50)
def test_only_the_holder_of_the_key_reads_it(plain: bytes, info: bytes) -> None:
    sealed = seal(plain, KEY.sealing_key, info)
    assert unseal(sealed, KEY, info) == plain
    assert unseal(sealed, THEIRS.unsealing, info) is None
    assert unseal(sealed, KEY, info + b"x") is None


def test_every_changed_byte_is_noticed() -> None:
    sealed = seal(b"plain", KEY.sealing_key, b"info")
    assert all(unseal(changed, KEY, b"info") is None for changed in flipped(sealed))
    assert all(unseal(sealed[:length], KEY, b"info") is None for length in range(len(sealed)))
    assert unseal(sealed + b"x", KEY, b"info") is None


def test_no_two_are_alike() -> None:
    assert len({seal(b"plain", KEY.sealing_key, b"") for _ in range(50)}) == 50


def test_keys_prepared_ahead_are_used_once() -> None:
    key = SealingKey(KEY.sealing_key.to_bytes())
    key.prepare(3)
    key.prepare(2)
    wrapped = [key.take_body_key()[1] for _ in range(5)]
    assert len(set(wrapped)) == 5
    assert all(KEY.body_key(one) is not None for one in wrapped)


def test_size_is_known() -> None:
    sealed = seal(b"", KEY.sealing_key, b"")
    assert len(sealed) == sealing.OVERHEAD_BYTES + len(b"\x03\x00")  # deflate's empty block


def test_inflating_stops_at_the_limit() -> None:
    bomb = seal(bytes(50_000), KEY.sealing_key, b"")
    assert len(bomb) < 2000
    assert unseal(bomb, KEY, b"", limit=50_000) == bytes(50_000)
    assert unseal(bomb, KEY, b"", limit=49_999) is None


@pytest.mark.parametrize(
    "inside", [b"", b"nonsense", zlib.compress(b"with a zlib header"), b"\x03\x00trailing"]
)
def test_what_does_not_inflate_is_none(inside: bytes) -> None:
    body_key, wrapped = KEY.sealing_key.take_body_key()
    nonce = bytes(12)
    assert unseal(wrapped + nonce + body_key.encrypt(nonce, inside, b""), KEY, b"") is None


def test_a_wrapped_key_of_another_size_is_none() -> None:
    raw = KEY.sealing_key.to_bytes()
    public = MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:1184]),
        x25519.X25519PublicKey.from_public_bytes(raw[1184:]),
    )
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    assert KEY.body_key(suite.encrypt(bytes(16), public, info=b"sportello body key 1")) is None
    assert KEY.body_key(suite.encrypt(bytes(32), public, info=b"another purpose")) is None
    assert KEY.body_key(suite.encrypt(bytes(32), public, info=b"sportello body key 1")) is not None


def test_keys_come_back_from_their_bytes() -> None:
    again = UnsealingKey.from_pem(KEY.to_pem())
    assert again.key_id == KEY.key_id == SealingKey(KEY.sealing_key.to_bytes()).key_id
    assert unseal(seal(b"plain", again.sealing_key, b""), KEY, b"") == b"plain"
    assert "PRIVATE" not in repr(KEY)


def test_broken_keys_are_refused() -> None:
    data = KEY.sealing_key.to_bytes()
    for broken in (b"", data[:-1], data + b"x", b"\xff" * len(data)):
        with pytest.raises(Malformed):
            SealingKey(broken)
    pem = KEY.to_pem()
    end = pem.index(b"-----END") + len(b"-----END PRIVATE KEY-----\n")
    for broken in (b"", pem[:end], pem[end:] + pem[:end], pem[end:] * 2, b"nonsense"):
        with pytest.raises(Malformed):
            UnsealingKey.from_pem(broken)
