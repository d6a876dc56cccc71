"""Parts as they travel: sealed to one operation, in pieces, with answers that only the hub signs."""

from __future__ import annotations

import hashlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import parts
from sync.wire.canonical import Malformed
from sync.wire.parts import PIECE_BYTES, Part, PartAnswer, Piece
from tests.unit.edge.stations import HubKeys

HUB = HubKeys.generate()
ONE, OTHER = UUID(int=1), UUID(int=2)
DIGEST = hashlib.sha256(b"part").digest()
ANSWER = PartAnswer("kiosk-0001", DIGEST, 4096, is_complete=True, is_secured=True)


def test_it_opens_for_its_own_operation_station_and_kind_alone() -> None:
    sealed = parts.seal(Part("scan", b"page"), "kiosk-0001", ONE, HUB.unsealing.sealing_key)
    assert sealed.ref.digest == hashlib.sha256(sealed.data).digest()
    assert sealed.ref.size == len(sealed.data)
    key = HUB.unsealing
    assert parts.unseal(sealed.data, "scan", "kiosk-0001", ONE, key) == b"page"
    for kind, station, operation in (
        ("page", "kiosk-0001", ONE),
        ("scan", "kiosk-0002", ONE),
        ("scan", "kiosk-0001", OTHER),
    ):
        assert parts.unseal(sealed.data, kind, station, operation, key) is None


@pytest.mark.parametrize("data", [b"", bytes(parts.MOST_PLAIN_BYTES + 1)])
def test_nothing_and_too_much_are_no_part(data: bytes) -> None:
    with pytest.raises(ValueError, match="too large"):
        parts.seal(Part("scan", data), "kiosk-0001", ONE, HUB.unsealing.sealing_key)


@given(offset=st.integers(0, 1 << 20), data=st.binary(max_size=500))
def test_a_piece_comes_back_as_it_was(offset: int, data: bytes) -> None:
    piece = Piece(DIGEST, offset, data)
    assert parts.read(parts.pack(piece)) == piece


@given(st.binary(max_size=300))
def test_noise_is_no_piece_and_no_answer(data: bytes) -> None:
    with pytest.raises(Malformed):
        parts.read(data)
    assert parts.verify(data, HUB.trust()) is None


def test_a_piece_is_not_longer_than_the_longest() -> None:
    assert parts.read(parts.pack(Piece(DIGEST, 0, bytes(PIECE_BYTES)))).offset == 0
    with pytest.raises(Malformed):
        parts.read(parts.pack(Piece(DIGEST, 0, bytes(PIECE_BYTES + 1))))


def test_only_the_hub_answers() -> None:
    assert parts.verify(parts.sign(ANSWER, HUB.signer), HUB.trust()) == ANSWER
    assert parts.verify(parts.sign(ANSWER, HubKeys.generate().signer), HUB.trust()) is None


def test_what_is_not_complete_is_in_no_backup() -> None:
    wrong = PartAnswer("kiosk-0001", DIGEST, 5, is_complete=False, is_secured=True)
    assert parts.verify(parts.sign(wrong, HUB.signer), HUB.trust()) is None
