"""How a station itself is: said over MQTT now and then, for whoever looks after the stations.

It is a hint and decides nothing: only its own station may publish it (the broker sees to that), but
it is not signed. It holds figures and codes, and nothing about any person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sync.wire import canonical
from sync.wire.canonical import Malformed
from sync.wire.envelope import ClockQuality

MOST_HEALTH_BYTES: Final = 4096
MOST_CODES: Final = 32
LIST_NAMES: Final = re.compile(r"[a-z]{1,16}")

_VERSION: Final = 1
_FIELDS: Final = 14
_CODE: Final = re.compile(r"[a-z][a-z0-9.-]{0,47}")
_SOFTWARE: Final = re.compile(r"[0-9A-Za-z.+-]{1,32}")
_MOST_LISTS: Final = 16
_PER_CENT: Final = 100


@dataclass(frozen=True, slots=True)
class Health:
    """A station's own account of itself.

    Attributes:
        made_at: milliseconds since 1970 by the station's clock, which may be wrong.
        up_seconds: since the machine was started.
        software: version of the program.
        clock: how far the station's clock may be believed.
        head, accepted, decided: up to where the journal goes, the hub holds it, and has decided it.
        oldest_seconds: for how long the oldest entry that the hub does not hold has waited.
        to_decide: entries that wait for a person's decision at the station.
        free_mb, size_mb: of the file system that holds the journal, in 2**20 bytes.
        worn_percent: how much of the life of the storage is used up; None where it does not tell.
        certificate_ends: when the TLS certificate ends, milliseconds since 1970; 0: not known.
        lists: version of each signed list held, by its name.
        codes: what is wrong now, as failure codes, at most `MOST_CODES`.
    """

    made_at: int
    up_seconds: int
    software: str
    clock: ClockQuality
    head: int
    accepted: int
    decided: int
    oldest_seconds: int
    to_decide: int
    free_mb: int
    size_mb: int
    worn_percent: int | None
    certificate_ends: int
    lists: tuple[tuple[str, int], ...] = ()
    codes: tuple[str, ...] = ()


def encode(health: Health) -> bytes:
    """The payload of `topics.health`.

    Raises:
        ValueError: a field is not what `decode` takes.
    """
    data = canonical.encode(
        [
            _VERSION,
            [health.made_at, health.up_seconds],
            health.software,
            health.clock.value,
            health.head,
            health.accepted,
            health.decided,
            health.oldest_seconds,
            health.to_decide,
            [health.free_mb, health.size_mb],
            health.worn_percent,
            health.certificate_ends,
            [[name, version] for name, version in health.lists],
            list(health.codes),
        ]
    )
    try:
        decode(data)
    except Malformed as error:
        raise ValueError("a field of the health report is out of range") from error
    return data


def decode(data: bytes) -> Health:
    """The inverse of `encode`. Raises `Malformed`."""
    fields = canonical.items(canonical.decode(data, limit=MOST_HEALTH_BYTES), exactly=_FIELDS)
    if fields[0] != _VERSION:
        raise Malformed("health.version")
    made_at, up_seconds = canonical.items(fields[1], exactly=2)
    free, size = canonical.items(fields[9], exactly=2)
    worn = fields[10]
    return Health(
        made_at=canonical.natural(made_at),
        up_seconds=canonical.natural(up_seconds),
        software=_like(_SOFTWARE, fields[2]),
        clock=_clock(fields[3]),
        head=canonical.natural(fields[4]),
        accepted=canonical.natural(fields[5]),
        decided=canonical.natural(fields[6]),
        oldest_seconds=canonical.natural(fields[7]),
        to_decide=canonical.natural(fields[8]),
        free_mb=canonical.natural(free),
        size_mb=canonical.natural(size),
        worn_percent=None if worn is None else canonical.natural(worn, most=_PER_CENT),
        certificate_ends=canonical.natural(fields[11]),
        lists=_lists(fields[12]),
        codes=_codes(fields[13]),
    )


def is_code(text: str) -> bool:
    """Whether `text` is written like a failure code."""
    return _CODE.fullmatch(text) is not None


def _clock(value: object) -> ClockQuality:
    try:
        return ClockQuality(canonical.text(value, longest=32))
    except ValueError as error:
        raise Malformed("health.shape") from error


def _lists(plain: object) -> tuple[tuple[str, int], ...]:
    listed = canonical.items(plain)
    if len(listed) > _MOST_LISTS:
        raise Malformed("health.shape")
    found = []
    for one in listed:
        name, version = canonical.items(one, exactly=2)
        found.append((_like(LIST_NAMES, name), canonical.natural(version)))
    if len(dict(found)) != len(found):
        raise Malformed("health.shape")
    return tuple(found)


def _codes(plain: object) -> tuple[str, ...]:
    listed = canonical.items(plain)
    if len(listed) > MOST_CODES:
        raise Malformed("health.shape")
    return tuple(_like(_CODE, one) for one in listed)


def _like(pattern: re.Pattern[str], value: object) -> str:
    text = canonical.text(value, longest=48)
    if not pattern.fullmatch(text):
        raise Malformed("health.shape")
    return text
