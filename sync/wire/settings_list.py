"""What the hub steers at stations, as it signs it and they take it.

A value of a name that a station does not know, or out of its bounds, is kept out by `steering` and
told; the rest counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sync.model.station_settings import (
    LONGEST_TEXT,
    MOST_ADDRESSES,
    MOST_RULES,
    STEERED,
    SettingsRule,
    SettingValue,
    faults,
    shape_faults,
)
from sync.wire import canonical, issued_list
from sync.wire.canonical import Malformed
from sync.wire.issued_list import Issued
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

PURPOSE: Final = "application/sportello-settings+cose"
MOST_BYTES: Final = 1024 * 1024

_MOST_VALUES: Final = 4 * len(STEERED)  # of newer programs too
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class SettingsList:
    """The list.

    Attributes:
        version: 1 for the first, one more for each after.
        issued: milliseconds since 1970, by the hub's clock.
        rules: each of some stations.
    """

    version: int
    issued: int
    rules: tuple[SettingsRule, ...]


def sign(settings: SettingsList, hub: Signer) -> bytes:
    """The list as signed by the hub. Raises `ValueError` where a value is out of bounds."""
    wrong = faults(settings.rules)
    if wrong:
        raise ValueError("; ".join(wrong[:5]))
    content = [
        [
            rule.stations,
            {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in rule.values.items()
            },
        ]
        for rule in settings.rules
    ]
    issued = Issued(settings.version, settings.issued, content)
    return issued_list.sign(PURPOSE, issued, hub, most=MOST_BYTES)


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> SettingsList | TrustTrouble:
    """The list in `data`; what a station cannot use of it is still there. Troubles as `issued_list`."""
    return issued_list.load(PURPOSE, data, hub, _read, at_least=at_least, most=MOST_BYTES)


def own(data: bytes) -> SettingsList:
    """A list that the hub itself keeps, not verified again. Raises `Malformed`."""
    return _read(issued_list.own(PURPOSE, data, most=MOST_BYTES))


def _read(found: Issued) -> SettingsList:
    listed = canonical.items(found.content)
    if len(listed) > MOST_RULES:
        raise Malformed("signed-list.content")
    rules = tuple(_rule(one) for one in listed)
    if shape_faults(rules):
        raise Malformed("signed-list.content")
    return SettingsList(found.version, found.issued, rules)


def _rule(plain: Any) -> SettingsRule:
    stations, values = canonical.items(plain, exactly=2)
    if not isinstance(values, dict) or len(values) > _MOST_VALUES:
        raise Malformed("signed-list.shape")
    return SettingsRule(
        canonical.text(stations, longest=_LONGEST_NAME),
        {
            canonical.text(name, longest=_LONGEST_NAME): _value(value)
            for name, value in values.items()
        },
    )


def _value(plain: Any) -> SettingValue:
    if type(plain) is int:
        return plain
    if isinstance(plain, list):
        if len(plain) > MOST_ADDRESSES:
            raise Malformed("signed-list.shape")
        return tuple(canonical.text(one, longest=LONGEST_TEXT) for one in plain)
    return canonical.text(plain, longest=LONGEST_TEXT)
