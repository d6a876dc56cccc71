"""What is left of an envelope without its body: still its station's, and still its header."""

from __future__ import annotations

import hashlib

import pytest

from sync.wire import canonical, cose, envelope, remnant
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from tests.unit.wire.material import OURS, THEIRS, chain


@pytest.fixture(scope="module")
def whole() -> Envelope:
    return chain(1)[0]


def test_the_header_and_the_signature_outlive_the_body(whole: Envelope) -> None:
    left = remnant.parse(remnant.leave(whole))
    assert left.header == whole.header
    assert (left.key_id, left.signature) == (whole.key_id, whole.signature)
    assert left.signed_hash == hashlib.sha256(cose.to_be_signed(whole.signed)).digest()
    assert left.body_bytes == len(whole.sealed)
    assert remnant.verify(left, OURS.station.verifying_key)
    assert not remnant.verify(left, THEIRS.station.verifying_key)


def test_nothing_of_the_body_is_in_it(whole: Envelope) -> None:
    data = remnant.leave(whole)
    assert len(data) < remnant.MOST_BYTES
    sealed = whole.sealed
    assert not any(sealed[at : at + 8] in data for at in range(0, len(sealed) - 8, 8))


def test_every_flipped_bit_shows(whole: Envelope) -> None:
    """In the signed hash or the signature it fails; in the header it is another header."""
    data = remnant.leave(whole)
    before = remnant.parse(data)
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 1
        try:
            left = remnant.parse(bytes(flipped))
        except Malformed:
            continue
        assert left != before
        verified = remnant.verify(left, OURS.station.verifying_key)
        assert not verified or (left.header, left.body_bytes) != (before.header, before.body_bytes)


def test_it_is_no_envelope_and_an_envelope_is_no_remnant(whole: Envelope) -> None:
    with pytest.raises(Malformed):
        envelope.parse(remnant.leave(whole))
    with pytest.raises(Malformed):
        remnant.parse(whole.data)


@pytest.mark.parametrize("plain", [None, [], ["sportello-remnant-1"], [1, b"", b"", b"", 0]])
def test_what_is_no_remnant_is_refused(plain: object) -> None:
    with pytest.raises(Malformed):
        remnant.parse(canonical.encode(plain))


def test_a_hash_is_checked_with_its_length(whole: Envelope) -> None:
    key = OURS.station.verifying_key
    signed_hash = hashlib.sha256(cose.to_be_signed(whole.signed)).digest()
    assert key.verify_hash(signed_hash, whole.signature)
    assert not key.verify_hash(signed_hash[:31], whole.signature)
    assert not key.verify_hash(signed_hash, whole.signature[:63])
