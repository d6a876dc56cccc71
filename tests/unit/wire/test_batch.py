from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire import batch, canonical
from sync.wire.batch import Absent, Item, Stored, leading, pack, read, seq_of, unpack
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from tests.unit.wire.material import chain, flipped, sealed

CHAIN = chain(12)


@given(st.integers(0, 12), st.integers(0, 12), st.sets(st.integers(1, 12)), st.integers(0, 2**40))
@settings(max_examples=60)
def test_entries_come_out_as_they_went_in(
    first: int, last: int, absent: set[int], known: int
) -> None:
    items: list[Item] = [
        Absent(one.header.seq, one.hash) if one.header.seq in absent else one
        for one in CHAIN[first:last]
    ]
    packed = pack(items, known=known)
    assert read(packed).known == known
    assert list(unpack(packed)) == items


def test_a_stored_entry_is_sent_as_it_is() -> None:
    stored = [Stored(one.header.seq, one.data) for one in CHAIN]
    assert pack(stored) == pack(CHAIN)
    assert unpack(pack(stored)) == tuple(CHAIN)


def test_a_question_is_a_batch_without_entries() -> None:
    assert read(pack([])) == batch.Batch(0, ())
    assert len(pack([])) < 10


def test_entries_are_consecutive() -> None:
    for wrong in ([CHAIN[0], CHAIN[2]], [CHAIN[1], CHAIN[0]], [CHAIN[0]] * 2):
        with pytest.raises(ValueError, match="batch"):
            pack(wrong)
        with pytest.raises(Malformed, match="order"):
            unpack(canonical.encode([1, [one.data for one in wrong]]))


def test_number_of_entries_is_bounded() -> None:
    hashes = [Absent(seq, bytes(32)) for seq in range(1, batch.MOST_ITEMS + 2)]
    assert len(unpack(pack(hashes[:-1]))) == batch.MOST_ITEMS
    with pytest.raises(ValueError, match="batch"):
        pack(hashes)
    with pytest.raises(Malformed, match="size"):
        unpack(canonical.encode([1, [[one.seq, one.hash] for one in hashes]]))


@given(st.lists(st.integers(1, 30_000), max_size=60), st.integers(1, 60))
def test_a_message_takes_what_fits_and_always_something(sizes: list[int], most: int) -> None:
    items = [Stored(seq, bytes(size)) for seq, size in enumerate(sizes, 1)]
    taken = leading(items, most=most)
    assert list(taken) == items[: len(taken)]
    assert len(taken) <= most
    if len(taken) <= batch.MOST_ITEMS and len(taken) > 1:
        assert len(canonical.encode([1, [one.data for one in taken], 2**62])) <= batch.FULL_BYTES
    assert bool(taken) == bool(items)
    if len(taken) < min(len(items), most):
        more = [*taken, items[len(taken)]]
        assert sum(len(one.data) + 5 for one in more) + 100 > batch.FULL_BYTES


def test_the_largest_entry_fits_alone() -> None:
    largest = sealed(body={"a": random.Random(1).randbytes(65_530)})  # does not compress
    packed = pack(leading([largest, CHAIN[1]]))
    assert unpack(packed) == (largest,)
    assert len(packed) <= batch.MOST_BATCH_BYTES
    # The broker's own limit, message_size_limit of mosquitto.conf.
    assert batch.MOST_BATCH_BYTES < 98304


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        canonical.encode([]),
        canonical.encode([1]),
        canonical.encode([2, []]),
        canonical.encode([1, [], 0]),  # a second encoding of the same
        canonical.encode([1, [], -1]),
        canonical.encode([1, [], 1, 1]),
        canonical.encode([1, {}]),
        canonical.encode([1, [[0, bytes(32)]]]),
        canonical.encode([1, [[1, bytes(31)]]]),
        canonical.encode([1, [[1]]]),
        canonical.encode([1, [b"no envelope"]]),
        canonical.encode([1, ["no envelope"]]),
        canonical.encode({1: []}),
        bytes(batch.MOST_BATCH_BYTES + 1),
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(data)


def test_every_flipped_byte_is_refused_or_breaks_the_chain() -> None:
    packed = pack(CHAIN[:2])
    original = unpack(packed)
    for changed in flipped(packed):
        try:
            items = unpack(changed)
        except Malformed:
            continue
        assert items != original
        assert any(
            isinstance(item, Envelope) and item.hash not in {CHAIN[0].hash, CHAIN[1].hash}
            for item in items
        )


def test_place_of_an_item() -> None:
    assert seq_of(CHAIN[3]) == seq_of(Absent(4, b"")) == seq_of(Stored(4, b"")) == 4


def test_a_question_says_where_the_chain_ends() -> None:
    end = Absent(7, bytes(range(32)))
    found = read(pack([], known=3, end=end))
    assert (found.known, found.items, found.end) == (3, (), end)
    assert read(pack([], end=end)).known == 0
    with pytest.raises(ValueError, match="not a batch"):
        pack([Absent(8, bytes(32))], end=end)
    for wrong in ([2, 3, 0, bytes(32)], [2, 3, 7, bytes(31)], [2, -1, 7, bytes(32)], [2, 3, 7]):
        with pytest.raises(Malformed):
            read(canonical.encode(wrong))
