"""The roster of operators as the hub signs it and stations take it.

Like the other lists it cannot be put back to an older version: an operator who lost their right
would come back with it. A station that has no newer one goes on with the one it has; the hub judges
every act again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from sync.model.rosters import HOLDER_BYTES, SALT_BYTES, OperatorEntry, Right, Roster
from sync.model.users import Profile
from sync.wire import canonical, cose
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust, TrustTrouble

FORMAT_WITHOUT_PROFILES: Final = 1
"""As it was before a roster told comune, profiles and holders; still read."""

FORMAT: Final = 2
PURPOSE: Final = "application/sportello-roster+cose"
MOST_BYTES: Final = 4 * 1024 * 1024
MOST_ENTRIES: Final = 20_000

_THUMBPRINT_BYTES: Final = 32
_LONGEST_NAME: Final = 200
_LONGEST_OFFICE: Final = 120
_MOST_COMUNI: Final = 10_000
_COMUNE: Final = re.compile(r"[0-9]{6}")
_RIGHTS: Final = {right.value: right for right in Right}
_PROFILES: Final = {profile.value: profile for profile in Profile}


def sign(roster: Roster, hub: Signer) -> bytes:
    """The roster as signed by the hub.

    Raises:
        ValueError: it is larger than `load` takes, a card stands in it twice for one comune, or
            it names holders without a salt.
    """
    if not _each_once(roster):
        raise ValueError("a card is of one operator and one office")
    if not _salted(roster):
        raise ValueError("holders are named under a salt")
    payload = canonical.encode(
        [
            FORMAT,
            roster.version,
            roster.issued,
            roster.salt,
            [
                [
                    entry.thumbprint,
                    entry.name,
                    entry.office,
                    sorted(right.value for right in entry.rights),
                    list(entry.comuni),
                    entry.until.isoformat(),
                    entry.comune,
                    sorted(profile.value for profile in entry.profiles),
                    entry.holder,
                ]
                for entry in roster.entries
            ],
        ]
    )
    data = cose.sign(PURPOSE, payload, hub).data
    if len(data) > MOST_BYTES or len(roster.entries) > MOST_ENTRIES:
        raise ValueError("the roster is too large for a station")
    return data


def load(data: bytes, hub: HubTrust, *, at_least: int = 0) -> Roster | TrustTrouble:
    """The roster in `data`, if a signing key of the hub signed it.

    Args:
        data: as `sign` made it.
        hub: the hub's keys.
        at_least: version of the roster taken last.

    Returns:
        The roster, or trouble: `roster.malformed`, `roster.foreign` (not signed by this hub),
        `roster.rolled-back` (older than `at_least`).
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return TrustTrouble("roster.foreign")
        roster = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return TrustTrouble("roster.malformed")
    if roster.version < at_least:
        return TrustTrouble("roster.rolled-back")
    return roster


def salt_of(data: bytes) -> bytes:
    """The salt of a roster of the hub's own, not verified; empty where it has none, or is none."""
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        return _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES)).salt
    except Malformed:
        return b""


def _from_plain(plain: object) -> Roster:
    form, *rest = canonical.items(plain) or [None]
    if type(form) is not int or {FORMAT_WITHOUT_PROFILES: 3, FORMAT: 4}.get(form) != len(rest):
        raise Malformed("roster.shape")
    version, issued, *salts, listed = rest
    entries = canonical.items(listed)
    if len(entries) > MOST_ENTRIES:
        raise Malformed("roster.shape")
    roster = Roster(
        canonical.natural(version),
        canonical.natural(issued),
        tuple(_entry_from_plain(entry, form) for entry in entries),
        salt=_octets_or_none(salts[0], SALT_BYTES) if salts else b"",
    )
    if not _each_once(roster) or not _salted(roster):
        raise Malformed("roster.shape")
    return roster


def _entry_from_plain(plain: object, form: int) -> OperatorEntry:
    """An entry of a format: the newer one has three members more."""
    members = canonical.items(plain, exactly=9 if form == FORMAT else 6)
    thumbprint, name, office, rights, comuni, until = members[:6]
    places = canonical.items(comuni)
    if len(places) > _MOST_COMUNI:
        raise Malformed("roster.shape")
    try:
        last_day = date.fromisoformat(canonical.text(until, longest=10))
    except ValueError:
        raise Malformed("roster.shape") from None
    entry = OperatorEntry(
        thumbprint=canonical.octets(thumbprint, exactly=_THUMBPRINT_BYTES),
        name=canonical.text(name, longest=_LONGEST_NAME),
        office=canonical.text(office, longest=_LONGEST_OFFICE),
        rights=_rights(rights),
        comuni=tuple(canonical.text(place, longest=4) for place in places),
        until=last_day,
    )
    if form != FORMAT:
        return entry
    comune, profiles, holder = members[6:]
    if canonical.text(comune, longest=6) and not _COMUNE.fullmatch(comune):
        raise Malformed("roster.shape")
    return replace(
        entry,
        comune=comune,
        profiles=_profiles(profiles),
        holder=_octets_or_none(holder, HOLDER_BYTES),
    )


def _each_once(roster: Roster) -> bool:
    """Whether no card stands twice for one comune."""
    return len({(entry.thumbprint, entry.comune) for entry in roster.entries}) == len(
        roster.entries
    )


def _salted(roster: Roster) -> bool:
    return bool(roster.salt) or not any(entry.holder for entry in roster.entries)


def _octets_or_none(plain: object, exactly: int) -> bytes:
    """So many bytes, or none at all."""
    found = canonical.octets(plain)
    return canonical.octets(found, exactly=exactly) if found else b""


def _rights(plain: object) -> frozenset[Right]:
    """Rights that this program does not know are no rights here."""
    names = [canonical.text(name, longest=40) for name in canonical.items(plain)]
    return frozenset(_RIGHTS[name] for name in names if name in _RIGHTS)


def _profiles(plain: object) -> frozenset[Profile]:
    """Likewise: a profile that is not known gives nothing."""
    names = [canonical.text(name, longest=40) for name in canonical.items(plain)]
    return frozenset(_PROFILES[name] for name in names if name in _PROFILES)
