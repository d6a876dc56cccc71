"""Users of the console: people in one comune each, and what is kept beside them (R-004-28 to 36)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.hub.store import shedding
from sync.hub.store.database import ALL, Row, Store
from sync.model.users import Environment, Profile, UserState, UserType


@dataclass(frozen=True, slots=True, repr=False)
class User:
    """A person in one comune.

    Attributes:
        id: of this user; 0 for one that is not kept yet. Never given twice.
        comune: ISTAT code of the Ente.
        email: where letters go; pec: may be empty.
        inserted_at: milliseconds since 1970.
        email_changed_at: likewise, when the address became another one, or another comune's card
            came to be used with it; 0 for never.
    """

    comune: str
    codice_fiscale: str
    surname: str
    name: str
    email: str
    pec: str
    user_type: UserType
    environments: frozenset[Environment]
    profiles: frozenset[Profile]
    state: UserState = UserState.ACTIVE
    inserted_at: int = 0
    id: int = 0
    email_changed_at: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class DailyPassword:
    """What is kept of a daily password (R-004-34).

    Attributes:
        day: ISO date of the day in Italy for which it was set.
        digest: under the hub's key; None where it was used up by wrong tries.
        until: milliseconds since 1970, the midnight that ends the day.
        wrong: tries that failed.
    """

    user: int
    day: str
    digest: bytes | None = field(repr=False)
    until: int
    wrong: int = 0


_COLUMNS = (
    "comune, codice_fiscale, surname, name, email, pec, user_type, environments, profiles, state,"
    " inserted_at, id, email_changed_at"
)


def of(store: Store, comune: str, codice_fiscale: str) -> User | None:
    """The user of a comune, None where it has none with that codice fiscale."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM console_user WHERE comune = ? AND codice_fiscale = ?",  # noqa: S608  constant
        comune,
        codice_fiscale,
    )
    return None if row is None else _user(row)


def by_id(store: Store, user: int) -> User | None:
    """The user with that id, None where there is none any more."""
    row = store.row(f"SELECT {_COLUMNS} FROM console_user WHERE id = ?", user)  # noqa: S608  constant
    return None if row is None else _user(row)


def of_person(store: Store, codice_fiscale: str) -> list[User]:
    """A person in every comune that knows them, by comune."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM console_user WHERE codice_fiscale = ? ORDER BY comune",  # noqa: S608  constant
        codice_fiscale,
    )
    return [_user(row) for row in rows]


def of_comune(store: Store, comune: str, *, offset: int = 0, most: int = ALL) -> list[User]:
    """Users of a comune, by codice fiscale, from the `offset`-th on; `most` of them, or all."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM console_user WHERE comune = ? ORDER BY codice_fiscale"  # noqa: S608  constant
        " LIMIT ? OFFSET ?",
        comune,
        most,
        offset,
    )
    return [_user(row) for row in rows]


def comuni(store: Store) -> list[str]:
    """ISTAT codes of every comune that has users."""
    return [row[0] for row in store.rows("SELECT DISTINCT comune FROM console_user ORDER BY 1")]


def add(store: Store, user: User) -> int:
    """Keeps a new user. Within a transaction. Returns the id."""
    row = store.row(
        "INSERT INTO console_user (comune, codice_fiscale, surname, name, email, pec, user_type,"
        " environments, profiles, state, email_changed_at, inserted_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        user.comune,
        user.codice_fiscale,
        user.surname,
        user.name,
        *_changing(user),
        user.inserted_at,
    )
    return 0 if row is None else int(row[0])


def put(store: Store, user: User) -> None:
    """Keeps what may change of a user. Within a transaction."""
    store.run(
        "UPDATE console_user SET email = ?, pec = ?, user_type = ?, environments = ?, profiles = ?,"
        " state = ?, email_changed_at = ? WHERE id = ?",
        *_changing(user),
        user.id,
    )


def delete(store: Store, user: User) -> None:
    """Takes a user out, physically (R-004-32): row, password, letters; bodies of acts follow.

    Within a transaction. What was recorded by the user's card stays verifiable, see
    `operators.forget_user`.
    """
    entries = [
        (station, seq)
        for station, seq in store.rows(
            "SELECT station, seq FROM user_entry WHERE user = ?", user.id
        )
    ]
    store.run("DELETE FROM letter WHERE registration = ?", letter_subject(user.id))
    store.run("DELETE FROM user_entry WHERE user = ?", user.id)
    store.run("DELETE FROM console_user WHERE id = ?", user.id)
    shedding.note_at_once(store, entries)


def note_entry(store: Store, station: str, seq: int, user: int) -> None:
    """Notes that an entry holds a user's data. Within a transaction."""
    store.run(
        "INSERT INTO user_entry (station, seq, user) VALUES (?, ?, ?)"
        " ON CONFLICT (station, seq) DO UPDATE SET user = excluded.user",
        station,
        seq,
        user,
    )


def letter_subject(user: int) -> str:
    """What stands in the place of a registration number in letters to a user."""
    return f"user-{user}"


def set_password(store: Store, password: DailyPassword) -> None:
    """Keeps a daily password in the place of an earlier one. Within a transaction."""
    store.run(
        "INSERT INTO daily_password (user, day, digest, until, wrong) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (user) DO UPDATE SET day = excluded.day, digest = excluded.digest,"
        " until = excluded.until, wrong = excluded.wrong",
        password.user,
        password.day,
        password.digest,
        password.until,
        password.wrong,
    )


def passwords(store: Store, codice_fiscale: str, now: int) -> list[DailyPassword]:
    """The daily passwords of a person that live now: one for each comune at most."""
    rows = store.rows(
        "SELECT user, day, digest, until, wrong FROM daily_password"
        " JOIN console_user ON id = user WHERE codice_fiscale = ? AND until > ? ORDER BY user",
        codice_fiscale,
        now,
    )
    return [DailyPassword(*row) for row in rows]


def forget_passwords(store: Store, before: int) -> None:
    """Takes out daily passwords that have ended. Within a transaction."""
    store.run("DELETE FROM daily_password WHERE until <= ?", before)


def forget_password(store: Store, user: int) -> None:
    """Takes out a user's daily password. Within a transaction."""
    store.run("DELETE FROM daily_password WHERE user = ?", user)


def _changing(user: User) -> Sequence[str | int]:
    return (
        user.email,
        user.pec,
        user.user_type.value,
        json.dumps(sorted(one.value for one in user.environments)),
        json.dumps(sorted(one.value for one in user.profiles)),
        user.state.value,
        user.email_changed_at,
    )


def _user(row: Row) -> User:
    comune, codice_fiscale, surname, name, email, pec, kind, environments, profiles = row[:9]
    state, inserted_at, number, email_changed_at = row[9:]
    return User(
        comune,
        codice_fiscale,
        surname,
        name,
        email,
        pec,
        UserType(kind),
        frozenset(Environment(one) for one in json.loads(environments)),
        frozenset(Profile(one) for one in json.loads(profiles)),
        UserState(state),
        inserted_at,
        number,
        email_changed_at,
    )
