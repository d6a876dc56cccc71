from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.wire import canonical
from sync.wire.canonical import Malformed, decode, encode

KEYS = st.one_of(st.text(max_size=30), st.integers(-(2**64), 2**64 - 1))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64 - 1),
    st.binary(max_size=300),
    st.text(max_size=300),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=20,
)


def code_of(data: bytes, limit: int = canonical.MOST_BYTES) -> str:
    with pytest.raises(Malformed) as caught:
        decode(data, limit=limit)
    assert str(caught.value) == caught.value.code
    return caught.value.code


@given(VALUES)
def test_value_comes_back(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.dictionaries(KEYS, LEAVES, max_size=8), st.randoms())
def test_order_of_a_map_does_not_matter(value: dict[Any, Any], random: Any) -> None:
    keys = list(value)
    random.shuffle(keys)
    assert encode({key: value[key] for key in keys}) == encode(value)


def test_what_was_seen_before_is_refused_all_the_same() -> None:
    """Orders of keys are remembered; True is 1 to a dict, and not to the protocol."""
    assert decode(encode({1: 0})) == {1: 0}
    assert decode(encode({"a": 0})) == {"a": 0}
    assert code_of(bytes.fromhex("a1f500")) == "cbor.not-canonical"
    with pytest.raises(TypeError):
        encode({True: 0})
    long = {"x" * 300: 1, "y" * 300: 2}
    assert decode(encode(long)) == long


@given(st.dictionaries(KEYS, LEAVES, min_size=2, max_size=8))
def test_keys_are_in_the_bytewise_order_of_their_encodings(value: dict[Any, Any]) -> None:
    """RFC 8949, 4.2.1; cbor2's own `canonical=True` follows the older length-first order."""
    read = cbor2.loads(encode(value))
    encoded = [cbor2.dumps(key) for key in read]
    assert encoded == sorted(encoded)


@given(st.binary(max_size=60))
def test_what_is_taken_is_the_one_encoding(data: bytes) -> None:
    try:
        value = decode(data)
    except Malformed:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    "text",
    [
        "1817",  # 23 in two bytes
        "190017",
        "1a00000017",
        "1b0000000000000017",
        "3800",  # -1 in two bytes
        "580141",  # one byte with its length in two
        "780161",
        "980101",
        "b8010102",
        "9f01ff",  # indefinite array
        "bf0102ff",
        "5f4101ff",
        "7f6161ff",
        "a2020201 01".replace(" ", ""),  # keys out of order
        "a201010102",  # twice the same key
        "a2616100616100",
        "a26162006161 00".replace(" ", ""),
        "f97e00",  # floats
        "f90000",
        "fa3f800000",
        "fb3ff0000000000000",
        "f7",  # undefined
        "e0",  # an unassigned simple value
        "f8ff",
        "a1f401",  # a boolean as key
        "a1f601",
        "a14101 01".replace(" ", ""),  # bytes as key
        "a18001",
        "c24101",  # tags: bignum
        "c074323031332d30332d32315432303a30343a30305a",
        "d8184101",
        "d9d9f700",
        "d81e820102",
        "d81c8100",
        "0000",  # two items
        "01ff",
        "",
        "18",
        "4261",
        "62ff",
        "61ff",  # not UTF-8
        "63eda080",  # a lone surrogate
    ],
)
def test_anything_but_the_one_encoding_is_refused(text: str) -> None:
    assert code_of(bytes.fromhex(text)) in {"cbor.malformed", "cbor.not-canonical"}


def test_no_tag_is_ever_interpreted() -> None:
    """Some tags compile a regular expression, or compute: refused before their decoder runs."""
    for tag in [*range(300), *range(1000, 1010), 28259, 43000, 55799, 2**32 - 1, 2**64 - 1]:
        for content in (1, "(" * 3000, [1, 2], b"x"):
            assert code_of(cbor2.dumps(cbor2.CBORTag(tag, content))) == "cbor.malformed"


@given(VALUES)
def test_known_values_are_read_the_same(value: Any) -> None:
    assert canonical.decode_known(encode(value)) == value


@given(st.binary(max_size=40))
def test_known_values_are_not_read_less_strictly(data: bytes) -> None:
    """But for the order of keys, floats, and what else a caller can see in the value."""
    try:
        value = canonical.decode_known(data)
    except Malformed:
        return
    assert cbor2.dumps(value) == data


@given(st.binary(max_size=70_000), st.binary(max_size=5), st.binary(max_size=5))
def test_a_byte_string_is_read_in_place(content: bytes, before: bytes, after: bytes) -> None:
    head = encode(content)
    data = before + head + after
    assert canonical.read_octets(data, len(before)) == (content, len(before) + len(head))


@given(st.binary(max_size=12), st.integers(0, 14))
def test_what_is_read_in_place_is_canonical(data: bytes, at: int) -> None:
    try:
        found, end = canonical.read_octets(data, at)
    except Malformed:
        return
    assert encode(found) == data[at:end]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01",
        "60",
        "5f41ff",
        "5c",
        "5801",
        "580141",
        "5900",
        "59001801",
        "5a00000100",
        "5b" + "0" * 14,
        "5bffffffffffffffff",
        "5a0000ffff" + "00" * 65535,
        "41",
    ],
)
def test_no_byte_string_there(text: str) -> None:
    with pytest.raises(Malformed):
        canonical.read_octets(bytes.fromhex(text), 0)


def test_depth_is_bounded() -> None:
    deep: Any = 0
    for _ in range(canonical.MOST_DEPTH):
        deep = [deep]
    assert decode(encode(deep)) == deep
    with pytest.raises(ValueError, match="deeply"):
        encode([deep])
    assert code_of(b"\x81" * 17 + b"\x00").startswith("cbor.")
    assert code_of(b"\x81" * 100_000 + b"\x00").startswith("cbor.")


def test_size_is_bounded_before_anything_is_read() -> None:
    assert code_of(b"\xff" * 11, limit=10) == "cbor.size"
    # Lengths that promise more than there is do not make room for it.
    assert code_of(bytes.fromhex("5bffffffffffffffff")) == "cbor.malformed"
    assert code_of(bytes.fromhex("9bffffffffffffffff")) == "cbor.malformed"
    assert code_of(bytes.fromhex("bbffffffffffffffff")) == "cbor.malformed"


@pytest.mark.parametrize(
    "value",
    [1.5, {1, 2}, object(), cbor2.CBORTag(1, 2), {b"x": 1}, {True: 1}, {None: 1}, {(1,): 1}],
)
def test_what_the_protocol_does_not_know_is_not_encoded(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("value", [2**64, -(2**64) - 1, "\ud800", {"\ud800": 1}])
def test_what_has_no_encoding_is_not_encoded(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - UnicodeEncodeError is one
        encode(value)


@pytest.mark.parametrize("value", [-1, True, None, "1", 2**63, 1.0])
def test_natural_is_strict(value: object) -> None:
    with pytest.raises(Malformed):
        canonical.natural(value)


def test_parts_are_strict() -> None:
    assert canonical.natural(5) == 5
    assert canonical.octets(b"ab", exactly=2) == b"ab"
    assert canonical.text("ab", longest=2) == "ab"
    assert canonical.items([1], exactly=1) == [1]
    for work in (
        lambda: canonical.octets("ab"),
        lambda: canonical.octets(b"ab", exactly=3),
        lambda: canonical.text(b"ab", longest=9),
        lambda: canonical.text("abc", longest=2),
        lambda: canonical.items({}, exactly=0),
        lambda: canonical.items([1], exactly=2),
    ):
        with pytest.raises(Malformed):
            work()
