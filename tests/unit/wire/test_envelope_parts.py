"""Format 2: the hybrid clock and the parts that travel apart."""

from __future__ import annotations

import pytest

from sync.wire import canonical, cose, envelope, sealing
from sync.wire.canonical import Malformed
from sync.wire.envelope import MOST_PART_BYTES, MOST_PARTS, Envelope, PartRef, Position, parse
from sync.wire.hybrid_time import MOST_COUNTER, HybridTime
from tests.unit.wire.material import OURS, STATION, label

NOW = HybridTime(1_800_000_000_000, 7)
SCAN = PartRef(bytes(32), 40_000, "identity_document")
FACE = PartRef(bytes(31) + b"\1", 1, "face")


def composed(**changes: object) -> Envelope:
    return envelope.compose(
        Position(STATION, 1, bytes(32)),
        label(1, **changes),
        {"a": 1},
        signer=OURS.station,
        sealing_key=OURS.unsealing.sealing_key,
    )


def test_clock_and_parts_are_read_without_a_key() -> None:
    made = composed(hybrid=NOW, parts=(SCAN, FACE))
    header = parse(made.data).header
    assert (header.hybrid, header.parts) == (NOW, (SCAN, FACE))
    assert envelope.verify(parse(made.data), OURS.station.verifying_key)
    assert envelope.open_body(made, OURS.unsealing) == {"a": 1}


def test_the_first_format_is_still_read() -> None:
    header = parse(composed().data).header
    assert (header.hybrid, header.parts) == (None, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"parts": (SCAN,)},
        {"hybrid": HybridTime(-1)},
        {"hybrid": HybridTime(1 << 63)},
        {"hybrid": HybridTime(1, MOST_COUNTER + 1)},
        {"hybrid": NOW, "parts": (SCAN, SCAN)},
        {"hybrid": NOW, "parts": (PartRef(bytes(31), 1, "scan"),)},
        {"hybrid": NOW, "parts": (PartRef(bytes(32), 0, "scan"),)},
        {"hybrid": NOW, "parts": (PartRef(bytes(32), MOST_PART_BYTES + 1, "scan"),)},
        {"hybrid": NOW, "parts": (PartRef(bytes(32), 1, "Scan"),)},
        {
            "hybrid": NOW,
            "parts": tuple(PartRef(bytes([n]) * 32, 1, "scan") for n in range(MOST_PARTS + 1)),
        },
    ],
)
def test_what_parse_would_refuse_is_not_composed(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        composed(**changes)


REF = [bytes(32), 40_000, "scan"]


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, 1),
        (0, 3),
        (0, True),
        (13, None),
        (13, [1]),
        (13, [-1, 0]),
        (13, [1, MOST_COUNTER + 1]),
        (14, None),
        (14, {}),
        (14, [REF, REF]),
        (14, [[bytes(31), 1, "scan"]]),
        (14, [[bytes(32), 0, "scan"]]),
        (14, [[bytes(32), MOST_PART_BYTES + 1, "scan"]]),
        (14, [[bytes(32), 1, "Scan"]]),
        (14, [[bytes(32), 1]]),
        (14, [[bytes([n]) * 32, 1, "scan"] for n in range(MOST_PARTS + 1)]),
    ],
)
def test_a_signed_header_of_another_shape_is_refused(at: int, value: object) -> None:
    plain = cose.parse(
        composed(hybrid=NOW).data, envelope.PURPOSE, limit=envelope.MOST_ENVELOPE_BYTES
    ).headers[-70001]
    plain[at] = value
    made = cose.sign(
        envelope.PURPOSE,
        lambda _: sealing.seal(canonical.encode({}), OURS.unsealing.sealing_key, bytes(32)),
        OURS.station,
        extra={-70001: plain},
    )
    with pytest.raises(Malformed):
        parse(made.data)
