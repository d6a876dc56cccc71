from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.wire import canonical, cose, envelope, sealing
from sync.wire.canonical import Malformed
from sync.wire.cose import Signed
from sync.wire.envelope import (
    ClockQuality,
    ClockReading,
    Envelope,
    Position,
    Priority,
    genesis,
    open_body,
    parse,
    verify,
)
from sync.wire.signer import Protection, lower_s
from tests.unit.wire.material import CLOCK, OURS, STATION, THEIRS, chain, flipped, label, sealed
from tests.unit.wire.test_canonical import VALUES
from tests.unit.wire.test_signer import twin

KEY = OURS.station.verifying_key
KEY_ID = OURS.station.key_id


@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=4), st.integers(1, 2**63 - 1))
@settings(max_examples=50)
def test_what_was_sealed_comes_out_at_the_hub(body: dict[str, object], seq: int) -> None:
    made = sealed(seq, prev=bytes(32), body=body)
    read = parse(made.data)
    assert read == made
    assert verify(read, KEY)
    assert open_body(read, OURS.unsealing) == body


def test_header_is_readable_without_a_key() -> None:
    clock = ClockReading(1, 2, bytes(range(16)), ClockQuality.IMPOSSIBLE)
    made = envelope.compose(
        Position(STATION, 7, bytes(32)),
        label(9, priority=Priority.URGENT, clock=clock),
        {"a": 1},
        signer=OURS.station,
        sealing_key=OURS.unsealing.sealing_key,
    )
    header = parse(made.data).header
    assert header.station == STATION
    assert header.seq == 7
    assert header.prev == bytes(32)
    assert header.operation_id == UUID(int=9)
    assert (header.kind, header.kind_version) == ("preregistration", 1)
    assert header.priority is Priority.URGENT
    assert header.clock == clock
    assert header.body_size == len(canonical.encode({"a": 1}))
    assert header.protection is Protection.SOFTWARE
    assert header.sealing_key_id == OURS.unsealing.key_id
    assert header.operator is None


def test_exact_bytes_are_hashed() -> None:
    made = sealed()
    assert made.hash == hashlib.sha256(made.data).digest() == parse(made.data).hash


def test_it_is_a_cose_sign1_that_others_can_check() -> None:
    """Tag 18 and the Sig_structure of RFC 9052, built here by hand."""
    made = sealed()
    tag = cbor2.loads(made.data)
    assert tag.tag == 18
    protected, unprotected, payload, signature = tag.value
    assert unprotected == {}
    assert cbor2.loads(protected)[1] == -7
    assert cbor2.loads(protected)[4] == OURS.station.key_id
    assert KEY.verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)
    # The labels that are put together without sorting are in their canonical order.
    assert canonical.encode(canonical.decode(protected)) == protected
    assert canonical.encode([protected, {}, payload, signature]) == made.data[1:]


def test_every_flipped_byte_is_refused() -> None:
    made = sealed()
    for changed in flipped(made.data):
        try:
            read = parse(changed)
        except Malformed:
            continue
        assert not verify(read, KEY)
        assert read.hash != made.hash


def test_twin_signature_is_refused() -> None:
    """Whoever carries an envelope cannot give it another hash that also verifies."""
    made = sealed()
    data = made.data[:-64] + twin(made.signature)
    assert not verify(parse(data), KEY)


def test_another_key_does_not_verify_it() -> None:
    assert not verify(sealed(), THEIRS.station.verifying_key)
    assert not verify(sealed(keys=THEIRS), KEY)


def test_a_key_does_not_vouch_under_another_name() -> None:
    made = sealed()
    headers = dict(made.signed.headers) | {cose.KEY_ID: THEIRS.station.key_id}
    protected = canonical.encode(headers)
    claimed = Envelope(
        replace(made.signed, protected=protected, headers=headers), made.hash, made.header
    )
    assert not verify(claimed, KEY)


def test_only_the_right_hub_opens_it() -> None:
    assert open_body(sealed(), THEIRS.unsealing) is None


def test_a_body_cannot_be_moved_under_another_header() -> None:
    first, second = sealed(1), sealed(2, prev=bytes(32))
    moved = Envelope(replace(second.signed, payload=first.sealed), second.hash, second.header)
    assert open_body(first, OURS.unsealing) is not None
    assert open_body(moved, OURS.unsealing) is None


def test_a_body_of_another_size_than_labelled_is_not_opened() -> None:
    made = sealed()
    assert (
        open_body(
            replace(made, header=replace(made.header, body_size=made.header.body_size + 1)),
            OURS.unsealing,
        )
        is None
    )


def test_a_body_that_is_not_canonical_is_not_opened() -> None:
    plain = b"\x18\x01"  # 1, in two bytes

    def seal(protected: bytes) -> bytes:
        return sealing.seal(plain, OURS.unsealing.sealing_key, hashlib.sha256(protected).digest())

    made = sealed()
    signed = cose.sign(envelope.PURPOSE, seal, OURS.station, extra={-70001: [1]})
    header = replace(made.header, body_size=len(plain))
    assert open_body(Envelope(signed, made.hash, header), OURS.unsealing) is None


def test_chains_differ_from_station_to_station() -> None:
    """So no chain can be passed off as another's, not even its first entry."""
    assert genesis("kiosk-0001") != genesis("kiosk-0002")
    ours, theirs = chain(2), chain(2, station="kiosk-0002")
    assert ours[0].header.prev == genesis("kiosk-0001")
    assert ours[1].header.prev == ours[0].hash
    assert theirs[0].header.prev != ours[0].header.prev


@pytest.mark.parametrize(
    "position",
    [
        Position("Kiosk", 1, bytes(32)),
        Position("a/b", 1, bytes(32)),
        Position(STATION, 0, bytes(32)),
        Position(STATION, -1, bytes(32)),
        Position(STATION, 2**63, bytes(32)),
        Position(STATION, 1, bytes(31)),
    ],
)
def test_a_position_that_nobody_would_take_is_not_composed(position: Position) -> None:
    with pytest.raises(ValueError, match="out of range"):
        envelope.compose(
            position, label(1), {}, signer=OURS.station, sealing_key=OURS.unsealing.sealing_key
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ""},
        {"kind": "Pre"},
        {"kind": "x" * 41},
        {"kind_version": -1},
        {"kind_version": 2**16},
        {"clock": replace(CLOCK, wall=-1)},
        {"clock": replace(CLOCK, monotonic=2**63)},
        {"clock": replace(CLOCK, boot_id=b"")},
    ],
)
def test_a_label_that_nobody_would_take_is_not_composed(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        envelope.compose(
            Position(STATION, 1, bytes(32)),
            label(1, **changes),
            {},
            signer=OURS.station,
            sealing_key=OURS.unsealing.sealing_key,
        )


def test_a_body_too_large_is_not_composed() -> None:
    largest = {"a": "x" * (sealing.MOST_PLAIN_BYTES - 6)}
    assert parse(sealed(body=largest).data).header.body_size == sealing.MOST_PLAIN_BYTES
    with pytest.raises(ValueError, match="out of range"):
        sealed(body={"a": largest["a"] + "x"})


def signed_with(
    fields: object, *, purpose: str = envelope.PURPOSE, label_of: int = -70001
) -> bytes:
    return cose.sign(purpose, b"payload", OURS.station, extra={label_of: fields}).data


def with_headers(headers: Sequence[tuple[object, object]]) -> bytes:
    """Signed over headers that no honest program would write, in the order given."""
    protected = cbor2.dumps(dict(headers))
    message = cbor2.dumps(["Signature1", protected, b"", b"payload"])
    signature = lower_s(OURS.station.sign(message))
    return b"\xd2" + cbor2.dumps([protected, {}, b"payload", signature])


def good_fields() -> list[object]:
    headers = canonical.decode(sealed().signed.protected)
    fields: list[object] = headers[-70001]
    return fields


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, 2),
        (0, True),
        (1, "no such Name"),
        (1, 5),
        (2, 0),
        (2, -1),
        (2, True),
        (2, "1"),
        (3, bytes(31)),
        (4, bytes(15)),
        (5, "X"),
        (6, -1),
        (6, 2**16),
        (7, 9),
        (7, True),
        (8, [1, 2, bytes(16)]),
        (8, [1, 2, bytes(16), "unheard of"]),
        (8, [-1, 2, bytes(16), "synchronised"]),
        (9, sealing.MOST_PLAIN_BYTES + 1),
        (10, "paper"),
        (11, bytes(31)),
        (12, [bytes(32)]),
        (12, [bytes(32), bytes(63)]),
        (12, False),
    ],
)
def test_headers_of_another_shape_are_refused(place: int, value: object) -> None:
    fields = good_fields()
    assert parse(signed_with(fields)).header == sealed().header
    fields[place] = value
    with pytest.raises(Malformed):
        parse(signed_with(fields))


def test_other_things_that_are_signed_are_no_envelopes() -> None:
    fields = good_fields()
    good = [(1, -7), (4, KEY_ID), (16, envelope.PURPOSE), (-70001, fields)]
    assert verify(parse(with_headers(good)), KEY)
    for data in (
        signed_with(fields, purpose="application/sportello-acknowledgement+cose"),
        signed_with(fields, label_of=-70002),
        signed_with([*fields, None]),
        signed_with(fields[:-1]),
        signed_with([]),
        signed_with({}),
        signed_with(fields)[1:],
        b"",
        b"\xd2",
        b"\xd2\x80",
        b"\xd2\x84",
        with_headers([(True, -7), (4, KEY_ID), (16, envelope.PURPOSE), (-70001, fields)]),
        with_headers([(1, -7), (16, envelope.PURPOSE), (4, KEY_ID), (-70001, fields)]),
        with_headers([(1, -7), (4, KEY_ID), (16, envelope.PURPOSE), (17, fields)]),
        with_headers([(1, -7), (4, KEY_ID), (16, envelope.PURPOSE), ("x", fields)]),
        with_headers([(1, -7), (4, KEY_ID), (16, envelope.PURPOSE)]),
        with_headers([(1, -7), (4, KEY_ID)]),
        with_headers([(1, -8), (4, KEY_ID), (16, envelope.PURPOSE), (-70001, fields)]),
        with_headers([(1, -7), (4, b""), (16, envelope.PURPOSE), (-70001, fields)]),
        with_headers([(1, -7), (4, "k"), (16, envelope.PURPOSE), (-70001, fields)]),
        with_headers([(1, -7), (4, KEY_ID), (16, envelope.PURPOSE), (-70001, fields), (-70002, 1)]),
        with_headers([(1, -7), (4, KEY_ID), (16, envelope.PURPOSE), (-70001, [*fields[:9], 1.0])]),
        cbor2.dumps(cbor2.CBORTag(18, [b"", {1: 2}, b"", bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {}, b"", bytes(63)])),
        cbor2.dumps(cbor2.CBORTag(18, [b"\x01", {}, b"", bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(18, [b"\xa0", {}, None, bytes(64)])),
        cbor2.dumps(cbor2.CBORTag(98, [b"\xa0", {}, b"", bytes(64)])),
    ):
        with pytest.raises(Malformed):
            parse(data)


def test_an_unprotected_header_is_refused() -> None:
    """Nothing in the bytes may change without the signature failing."""
    protected, _, payload, signature = cbor2.loads(sealed().data).value
    with pytest.raises(Malformed):
        parse(b"\xd2" + canonical.encode([protected, {99: 1}, payload, signature]))


def test_size_is_bounded() -> None:
    with pytest.raises(Malformed, match="size"):
        parse(b"\xd2" + bytes(envelope.MOST_ENVELOPE_BYTES + 1))


def test_kept_as_it_came() -> None:
    """The parsed value holds the very bytes, whatever is asked of it."""
    made = sealed()
    read = parse(made.data)
    assert isinstance(read.signed, Signed)
    assert (read.data, read.sealed, read.signature) == (made.data, made.sealed, made.signature)
