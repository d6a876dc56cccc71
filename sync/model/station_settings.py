"""What a hub may steer at its stations, within which bounds, and at which of them.

Names and bounds are those of a station's own `station.toml`, which says what counts where the hub says
nothing. What opens a door is not among them: no device, no key, no address to which a station talks on
its own, no name under which it signs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

MOST_RULES: Final = 5_000
MOST_ADDRESSES: Final = 32
LONGEST_TEXT: Final = 400

SettingValue = str | int | tuple[str, ...]

_WHO: Final = re.compile(r"\*|[A-Za-z0-9](?:[A-Za-z0-9-]{0,31})\*?")


@dataclass(frozen=True, slots=True)
class Whole:
    """A number from `smallest` to `largest`."""

    smallest: int
    largest: int

    def takes(self, value: object) -> bool:
        """Whether `value` may be set."""
        return type(value) is int and self.smallest <= value <= self.largest


@dataclass(frozen=True, slots=True)
class Lines:
    """A text of several lines, up to `LONGEST_TEXT` characters; empty for none."""

    def takes(self, value: object) -> bool:
        """Whether `value` may be set."""
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            return False
        return not value or value.replace("\n", "").isprintable()


@dataclass(frozen=True, slots=True)
class Address:
    """An `https` or `http` address; empty for none."""

    def takes(self, value: object) -> bool:
        """Whether `value` may be set."""
        return isinstance(value, str) and (not value or _is_address(value))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Up to `MOST_ADDRESSES` addresses."""

    def takes(self, value: object) -> bool:
        """Whether `value` may be set."""
        return (
            isinstance(value, tuple)
            and len(value) <= MOST_ADDRESSES
            and all(isinstance(one, str) and _is_address(one) for one in value)
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def takes(self, value: object) -> bool:
        """Whether `value` may be set."""
        return isinstance(value, str) and value in self.words


Bounds = Whole | Lines | Address | Addresses | Choice

STEERED: Final[Mapping[str, Bounds]] = {
    "station.counter_address": Lines(),
    "station.counter_hours": Lines(),
    "station.home_pages": Address(),
    "session.idle_seconds": Whole(15, 1800),
    "session.warning_seconds": Whole(5, 1795),
    "counter.idle_seconds": Whole(60, 4 * 3600),
    "counter.shift_seconds": Whole(600, 24 * 3600),
    "counter.kept_seconds": Whole(15, 3600),
    "counter.fse_address": Address(),
    "counter.letter_window": Choice(("right", "left")),
    "counter.revocation_address": Lines(),
    "installation.endpoints": Addresses(),
}
"""Everything that may be steered, by its place in `station.toml`."""


@dataclass(frozen=True, slots=True)
class SettingsRule:
    """What some stations are told.

    Attributes:
        stations: a station's name, the beginning of names with `*` behind (`058091-*`: the stations of
            a comune), or `*` for all.
        values: by names of `STEERED`; of names that this program does not know too.
    """

    stations: str
    values: Mapping[str, SettingValue]

    def is_for(self, station: str) -> bool:
        """Whether it speaks of that station."""
        if self.stations.endswith("*"):
            return station.startswith(self.stations[:-1])
        return station == self.stations


@dataclass(frozen=True, slots=True)
class Steering:
    """What one station is told.

    Attributes:
        values: of `STEERED`, each within its bounds.
        unfit: names that this program does not know, or whose value is out of bounds here.
    """

    values: Mapping[str, SettingValue]
    unfit: tuple[str, ...] = ()


def steering(rules: Sequence[SettingsRule], station: str) -> Steering:
    """What the rules say of a station: a whole name before a longer beginning before a shorter one."""
    told: dict[str, SettingValue] = {}
    for rule in sorted(rules, key=_precision):
        if rule.is_for(station):
            told.update(rule.values)
    good = {name: value for name, value in told.items() if _takes(name, value)}
    return Steering(good, tuple(sorted(told.keys() - good.keys())))


def faults(rules: Sequence[SettingsRule]) -> tuple[str, ...]:
    """What keeps a hub from signing such rules, one line each; empty: nothing."""
    return (*shape_faults(rules), *(line for rule in rules for line in _value_faults(rule)))


def shape_faults(rules: Sequence[SettingsRule]) -> tuple[str, ...]:
    """What keeps a station from taking them at all: values that it does not know are not among it."""
    if len(rules) > MOST_RULES:
        return (f"more than {MOST_RULES} rules",)
    who = [rule.stations for rule in rules]
    if len(set(who)) != len(who):
        return ("the same stations stand in two rules",)
    return tuple(
        f"rule {place}: a station's name, a beginning with * behind, or *"
        for place, rule in enumerate(rules, start=1)
        if not _WHO.fullmatch(rule.stations)
    )


def _value_faults(rule: SettingsRule) -> Iterator[str]:
    for name, value in rule.values.items():
        if name not in STEERED:
            yield f"{rule.stations}: {name[:60]!r} is nothing that a hub steers"
        elif not _takes(name, value):
            yield f"{rule.stations}: {name}: out of bounds ({STEERED[name]})"


def _takes(name: str, value: SettingValue) -> bool:
    bounds = STEERED.get(name)
    return bounds is not None and bounds.takes(value)


def _precision(rule: SettingsRule) -> tuple[bool, int]:
    return not rule.stations.endswith("*"), len(rule.stations)


def _is_address(text: str) -> bool:
    if len(text) > LONGEST_TEXT or not text.isprintable() or any(sign.isspace() for sign in text):
        return False
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
