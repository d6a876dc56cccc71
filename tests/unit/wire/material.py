"""Keys, envelopes and chains for tests; two unrelated sets of keys where one is not enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sync.wire import envelope
from sync.wire.envelope import (
    ClockQuality,
    ClockReading,
    Envelope,
    Label,
    Position,
)
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner

STATION = "kiosk-0001"
CLOCK = ClockReading(1_800_000_000_000, 123_456_789, bytes(16), ClockQuality.SYNCHRONISED)


@dataclass(frozen=True, slots=True)
class Keys:
    """A station's key and the keys of its hub."""

    station: SoftwareSigner
    hub: SoftwareSigner
    root: SoftwareSigner
    unsealing: UnsealingKey

    @classmethod
    def generate(cls) -> Keys:
        return cls(
            SoftwareSigner.generate(),
            SoftwareSigner.generate(),
            SoftwareSigner.generate(),
            UnsealingKey.generate(),
        )


OURS = Keys.generate()
THEIRS = Keys.generate()


def label(number: int, **changes: object) -> Label:
    fields: dict[str, object] = {
        "operation_id": UUID(int=number),
        "kind": "preregistration",
        "kind_version": 1,
        "clock": CLOCK,
    }
    return Label(**(fields | changes))  # type: ignore[arg-type]


def sealed(
    seq: int = 1,
    *,
    prev: bytes | None = None,
    station: str = STATION,
    body: object = None,
    keys: Keys = OURS,
) -> Envelope:
    return envelope.compose(
        Position(station, seq, envelope.genesis(station) if prev is None else prev),
        label(seq),
        {"note": f"operation {seq}"} if body is None else body,
        signer=keys.station,
        sealing_key=keys.unsealing.sealing_key,
    )


def chain(length: int, *, station: str = STATION, keys: Keys = OURS) -> list[Envelope]:
    made: list[Envelope] = []
    for seq in range(1, length + 1):
        prev = made[-1].hash if made else None
        made.append(sealed(seq, prev=prev, station=station, keys=keys))
    return made


def flipped(data: bytes) -> Iterator[bytes]:
    """`data` with one bit flipped, for every byte of it."""
    for place in range(len(data)):
        yield data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
