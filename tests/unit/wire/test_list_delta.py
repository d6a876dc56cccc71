"""The difference of two signed lists: small, exact, and worthless on any other list."""

from __future__ import annotations

import hashlib
import random
from datetime import date

import pytest

from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import canonical, document_trust, list_delta, roster, station_list
from sync.wire.canonical import Malformed
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from sync.wire.station_list import StationList

SIGNER = SoftwareSigner.generate()
MOST = 4 * 1024 * 1024


def signed(version: int, people: list[int]) -> bytes:
    entries = tuple(
        OperatorEntry(
            hashlib.sha256(str(one).encode()).digest(),
            f"Operatore {one}",
            "Comune di Torino",
            frozenset({Right.REGISTER, Right.MANAGE}),
            (),
            date(2030, 12, 31),
        )
        for one in people
    )
    return roster.sign(Roster(version, version, entries), SIGNER)


def delta(old: bytes, new: bytes) -> bytes:
    return list_delta.make(list_delta.digests(list_delta.lines(old)), new)


def test_lines_joined_are_the_list() -> None:
    for data in (
        signed(1, list(range(50))),
        signed(1, []),
        station_list.sign(StationList(3, 4, (b"a",), (b"b" * 300,), ("a",), ("b",)), SIGNER),
    ):
        assert b"".join(list_delta.lines(data)) == data


def test_some_changes_in_a_long_list_are_some_hundred_bytes() -> None:
    people = list(range(2_000))
    old = signed(1, people)
    new = signed(2, [-1, *people[:700], *people[703:], 9_001, 9_002])
    difference = delta(old, new)
    assert list_delta.apply(old, difference, most=MOST) == new
    assert len(difference) * 100 < len(new)


def test_one_issuer_more_among_many_is_its_certificate() -> None:
    chance = random.Random(3)
    issuers = [chance.randbytes(1100) for _ in range(200)]
    first, second = (
        document_trust.sign(DocumentTrust(version, version, 0, tuple(sorted(known))), SIGNER)
        for version, known in ((1, issuers), (2, [*issuers, chance.randbytes(1100)]))
    )
    difference = delta(first, second)
    assert list_delta.apply(first, difference, most=MOST) == second
    assert len(difference) < 1_100 + 500


def test_any_two_lists_have_a_difference() -> None:
    chance = random.Random(7)
    lists = [
        signed(version, chance.sample(range(60), chance.randint(0, 50))) for version in range(12)
    ]
    for old in lists:
        for new in lists:
            assert list_delta.apply(old, delta(old, new), most=MOST) == new


def test_on_another_list_it_is_worth_nothing() -> None:
    old, new = signed(1, [1, 2, 3]), signed(2, [1, 2, 3, 4])
    difference = delta(old, new)
    with pytest.raises(Malformed):
        list_delta.apply(signed(1, [3, 2, 1]), difference, most=MOST)
    with pytest.raises(Malformed):
        list_delta.apply(b"no list at all", difference, most=MOST)


@pytest.mark.parametrize(
    "steps",
    [
        [[0, 99]],
        [[0, 0]],
        [[-1, 1]],
        [[0, 1, 2]],
        ["text"],
        [[0, 5]] * 60_000,
        [b"x" * 1024] * 4_200,
    ],
)
def test_a_hostile_difference_is_refused_before_it_grows(steps: list[object]) -> None:
    old = signed(1, [1, 2, 3])
    hostile = canonical.encode([1, bytes(32), steps])
    with pytest.raises(Malformed):
        list_delta.apply(old, hostile, most=1 << 20)


def test_a_damaged_difference_is_refused() -> None:
    old, new = signed(1, [1, 2, 3]), signed(2, [1, 2, 4])
    whole = delta(old, new)
    for cut in range(0, len(whole), 7):
        with pytest.raises(Malformed):
            list_delta.apply(old, whole[:cut], most=MOST)
    for place in range(0, len(whole), 5):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        with pytest.raises(Malformed):
            list_delta.apply(old, bytes(damaged), most=MOST)
