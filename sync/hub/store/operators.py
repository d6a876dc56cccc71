"""Who may act at counters, as every roster since the first had them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from sync.hub.store.database import Row, Store
from sync.model.rosters import OperatorEntry, Right
from sync.model.users import Profile
from sync.wire.operator_key import OperatorKey, spki_of


class Source(Enum):
    """Where an operator's line comes from."""

    CSV = "csv"
    """A file that the office's people keep (`sync.hub.rosters`)."""
    CONSOLE = "console"
    """A user of the console (`sync.hub.console.derivation`)."""
    DAY = "day"
    """The key of a daily password; it ends by itself, and stands in no roster (R-004-34)."""


@dataclass(frozen=True, slots=True, repr=False)
class KnownOperator:
    """An operator and the certificate of their card, in DER.

    Attributes:
        certificate: of a person who is deleted, the public key alone (SubjectPublicKeyInfo).
        source: where the line comes from.
        user: id of the console's user, None for an operator of a CSV file, or a deleted one.
        bare: whether `certificate` is a public key.
        station: where alone a key of the day may act; empty for every other line.
    """

    entry: OperatorEntry
    certificate: bytes
    source: Source = Source.CSV
    user: int | None = None
    bare: bool = False
    station: str = ""

    def is_at(self, station: str) -> bool:
        """Whether the line may act at a station."""
        return self.station in {"", station}

    def key(self) -> OperatorKey:
        """The key that checks what they signed. Raises `Malformed`."""
        if self.bare:
            return OperatorKey.from_spki(self.certificate, self.entry.thumbprint)
        return OperatorKey(self.certificate)


_COLUMNS = (
    "thumbprint, name, office, rights, comuni, until, certificate, comune, profiles, source, user,"
    " bare, station"
)


def at(store: Store, thumbprint: bytes, when: int) -> KnownOperator | None:
    """The operator as the roster had them at a time; of several lines the first by comune.

    Args:
        store: the registry.
        thumbprint: SHA-256 of the certificate.
        when: milliseconds since 1970.
    """
    return next(iter(lines_at(store, thumbprint, when)), None)


def lines_at(store: Store, thumbprint: bytes, when: int) -> list[KnownOperator]:
    """Every line of a card at a time, by comune: a card may act for several (R-004-32)."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM operator WHERE thumbprint = ?"  # noqa: S608  constant
        " AND since <= ? AND (ended_at IS NULL OR ended_at > ?) ORDER BY comune, since",
        thumbprint,
        when,
        when,
    )
    return _latest(rows)


def when_recorded(
    store: Store, thumbprint: bytes, recorded_at: int, arrived_at: int
) -> list[KnownOperator]:
    """The lines of a card for an act of some time ago.

    Those that were in force then. Where none was, those at arrival, if they began later: a
    station's clock may be behind, and a card is not given out before its holder is believed. A line
    that ended does not come back by a clock that says a time before it.

    Args:
        store: the registry.
        thumbprint: SHA-256 of the certificate.
        recorded_at: milliseconds since 1970.
        arrived_at: when the act came.
    """
    return lines_at(store, thumbprint, recorded_at) or lines_at(store, thumbprint, arrived_at)


def last(store: Store, thumbprint: bytes) -> list[KnownOperator]:
    """The operator's last line of each comune, in force or not."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM operator WHERE thumbprint = ?"  # noqa: S608  constant
        " ORDER BY comune, since",
        thumbprint,
    )
    return _latest(rows)


def _latest(rows: list[Row]) -> list[KnownOperator]:
    """The last line of each comune, of rows in the order of comune and time."""
    found: dict[str, KnownOperator] = {}
    for row in rows:
        known = _known(row)
        found[known.entry.comune] = known
    return list(found.values())


def in_force(store: Store, source: Source | None = None) -> list[KnownOperator]:
    """The roster of now, by office and name; of one source where it is given."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM operator WHERE ended_at IS NULL AND source = coalesce(?, source)"  # noqa: S608  constant
        " ORDER BY office, name, thumbprint",
        None if source is None else source.value,
    )
    return [_known(row) for row in rows]


def replace_all(store: Store, operators: Sequence[KnownOperator], now: int) -> int:
    """Puts other lines of the CSV file in the place of those of now. Within a transaction.

    A card that the console knows has no line of a file: what the console blocks would go on by it.

    Returns:
        How many entries are new, changed or gone.
    """
    known = [one for one in operators if not is_of_console(store, one.entry.thumbprint)]
    return _replace(store, in_force(store, Source.CSV), known, now)


def is_of_console(store: Store, thumbprint: bytes) -> bool:
    """Whether a card is one that the console asked for, in whatever state."""
    return store.row("SELECT 1 FROM smart_card WHERE thumbprint = ?", thumbprint) is not None


def end_of_file(store: Store, thumbprint: bytes, now: int) -> None:
    """Ends the CSV file's line of a card: the console knows it now. Within a transaction."""
    ended = store.run(
        "UPDATE operator SET ended_at = max(?, since + 1)"
        " WHERE thumbprint = ? AND source = 'csv' AND ended_at IS NULL",
        now,
        thumbprint,
    )
    if ended:
        note_due(store, now)


def replace_of_users(
    store: Store, users: Collection[int], operators: Sequence[KnownOperator], now: int
) -> int:
    """Puts other lines of some users in the place of those of now. Within a transaction.

    The keys of their daily passwords end where a line of theirs does: whoever goes on today signs
    in anew, with the rights of now.

    Args:
        store: the registry.
        users: ids of the users.
        operators: the lines that they have now, at most one of each user.
        now: milliseconds since 1970.

    Returns:
        How many lines are new, changed or gone.
    """
    before = [known for user in sorted(users) for known in _of_user(store, user)]
    changed = _replace(store, before, operators, now)
    for known in before:
        if known not in operators and known.user is not None:
            end_day_keys(store, known.user, now)
    return changed


def add_day_key(store: Store, known: KnownOperator, now: int, until: int) -> None:
    """Keeps the key of a daily password; it ends by itself. Within a transaction.

    Args:
        store: the registry.
        known: the line, `Source.DAY`.
        now: milliseconds since 1970.
        until: likewise, the midnight that ends the day.
    """
    _add(store, known, now)
    store.run(
        "UPDATE operator SET ended_at = ? WHERE thumbprint = ? AND ended_at IS NULL",
        until,
        known.entry.thumbprint,
    )


def end_day_keys(store: Store, user: int, now: int) -> None:
    """Ends the keys of a user's daily passwords at once. Within a transaction."""
    store.run(
        "UPDATE operator SET ended_at = max(?, since + 1)"
        " WHERE user = ? AND source = 'day' AND ended_at > ?",
        now,
        user,
        now,
    )


def forget_user(store: Store, user: int) -> None:
    """Keeps of a deleted user what checks their signatures and says what they might: no more.

    Within a transaction, when none of their lines is in force any more.
    """
    rows = store.rows("SELECT DISTINCT certificate FROM operator WHERE user = ? AND bare = 0", user)
    for (certificate,) in rows:
        store.run(
            "UPDATE operator SET name = '', certificate = ?, bare = 1, user = NULL"
            " WHERE user = ? AND certificate = ?",
            spki_of(certificate),
            user,
            certificate,
        )


def version(store: Store) -> int:
    """Of the last roster that was signed; 0 where there is none."""
    row = store.row("SELECT coalesce(max(version), 0) FROM roster_version")
    return 0 if row is None else row[0]


def is_signed(store: Store, number: int, hash_: bytes) -> bool:
    """Whether the roster with that SHA-256 is the one signed under that version."""
    row = store.row("SELECT hash FROM roster_version WHERE version = ?", number)
    return row is not None and bytes(row[0]) == hash_


def signed(store: Store, number: int, hash_: bytes, now: int) -> None:
    """Keeps that a roster of that version was signed, by its SHA-256. Within a transaction."""
    store.run(
        "INSERT INTO roster_version (version, hash, signed_at) VALUES (?, ?, ?)",
        number,
        hash_,
        now,
    )


def is_due(store: Store) -> bool:
    """Whether the roster has changed since it was signed."""
    return store.row("SELECT 1 FROM roster_due LIMIT 1") is not None


def note_due(store: Store, now: int) -> int:
    """Notes that the roster has changed. Within a transaction. Returns a mark for `note_signed`."""
    store.run("INSERT INTO roster_due (since) VALUES (?)", now)
    row = store.row("SELECT max(rowid) FROM roster_due")
    return 0 if row is None else int(row[0])


def note_signed(store: Store, mark: int) -> None:
    """Notes that the signed roster says what was in force at the mark. Within a transaction."""
    store.run("DELETE FROM roster_due WHERE rowid <= ?", mark)


def _of_user(store: Store, user: int) -> list[KnownOperator]:
    """The lines in force of a user of the console."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM operator"  # noqa: S608  constant
        " WHERE user = ? AND ended_at IS NULL AND source = 'console'",
        user,
    )
    return [_known(row) for row in rows]


def _replace(
    store: Store, before: Sequence[KnownOperator], after: Sequence[KnownOperator], now: int
) -> int:
    was = {_place(known): known for known in before}
    is_now = {_place(known): known for known in after}
    changed = [place for place in was.keys() | is_now.keys() if was.get(place) != is_now.get(place)]
    for place in sorted(changed):
        # A line that is replaced within the same millisecond leaves no entry of its own.
        store.run(
            "UPDATE operator SET ended_at = max(?, since + 1)"
            " WHERE thumbprint = ? AND comune = ? AND ended_at IS NULL",
            now,
            *place,
        )
        known = is_now.get(place)
        if known is not None:
            _add(store, known, now)
    return len(changed)


def _place(known: KnownOperator) -> tuple[bytes, str]:
    return known.entry.thumbprint, known.entry.comune


def _add(store: Store, known: KnownOperator, now: int) -> None:
    entry = known.entry
    row = store.row(
        "SELECT coalesce(max(ended_at), 0) FROM operator WHERE thumbprint = ? AND comune = ?",
        entry.thumbprint,
        entry.comune,
    )
    store.run(
        f"INSERT INTO operator (since, {_COLUMNS})"  # noqa: S608  constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        max(now, 0 if row is None else row[0]),
        entry.thumbprint,
        entry.name,
        entry.office,
        json.dumps(sorted(right.value for right in entry.rights)),
        json.dumps(list(entry.comuni)),
        entry.until.isoformat(),
        known.certificate,
        entry.comune,
        json.dumps(sorted(profile.value for profile in entry.profiles)),
        known.source.value,
        known.user,
        int(known.bare),
        known.station,
    )


def _known(row: Row) -> KnownOperator:
    thumbprint, name, office, rights, comuni, until, certificate, comune, profiles, *rest = row
    source, user, bare, station = rest
    return KnownOperator(
        OperatorEntry(
            thumbprint=thumbprint,
            name=name,
            office=office,
            rights=frozenset(Right(right) for right in json.loads(rights)),
            comuni=tuple(json.loads(comuni)),
            until=date.fromisoformat(until),
            comune=comune,
            profiles=frozenset(Profile(profile) for profile in json.loads(profiles)),
        ),
        certificate,
        Source(source),
        user,
        bool(bare),
        station,
    )
