"""The registry: who has registered, under which number, and whose address is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """A registration as the registry holds it.

    Attributes:
        number: the registration number, nine characters.
        state, strong: the pair of R-003-13, `registrato` and `N` for a preregistration.
        email_confirmed_at: when the link of R-003-33 was used, or None.
        operation: the whole of it, JSON of its kind, version and plain form.
        superseded_by: number of the newer registration of the same person, or None.
    """

    number: str
    codice_fiscale: str
    community: str
    language: str
    surname: str | None
    name: str | None
    email: str
    operation: str
    station: str
    seq: int
    received_at: int
    state: str = "registrato"
    strong: str = "N"
    email_confirmed_at: int | None = None
    superseded_by: str | None = None


_COLUMNS = (
    "number, codice_fiscale, community, language, surname, name, email, operation, station, seq,"
    " received_at, state, strong, email_confirmed_at, superseded_by"
)


def of_people(store: Store, codes: Sequence[str]) -> dict[str, Registration]:
    """The registrations in force by codice fiscale: at most one a person (R-003-9)."""
    rows = store.rows_among(
        f"SELECT {_COLUMNS} FROM registration WHERE superseded_by IS NULL AND codice_fiscale IN",  # noqa: S608  constant
        codes,
    )
    found = (Registration(*row) for row in rows)
    return {registration.codice_fiscale: registration for registration in found}


def by_number(store: Store, number: str) -> Registration | None:
    """The registration of that number, in force or not."""
    row = store.row(f"SELECT {_COLUMNS} FROM registration WHERE number = ?", number)  # noqa: S608  constant
    return None if row is None else Registration(*row)


def registrations(store: Store) -> list[Registration]:
    """The whole registry, in order of arrival."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM registration ORDER BY received_at, station, seq"  # noqa: S608  constant
    )
    return [Registration(*row) for row in rows]


def add(store: Store, entered: Sequence[Registration]) -> None:
    """New registrations. Within a transaction."""
    store.run_many(
        "INSERT INTO registration (number, codice_fiscale, community, language, surname, name,"
        " email, operation, station, seq, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.number,
                one.codice_fiscale,
                one.community,
                one.language,
                one.surname,
                one.name,
                one.email,
                one.operation,
                one.station,
                one.seq,
                one.received_at,
            )
            for one in entered
        ],
    )


def supersede(store: Store, older: str, newer: str) -> None:
    """Puts `newer`, which is added in the same transaction, in the place of `older`."""
    store.run("UPDATE registration SET superseded_by = ? WHERE number = ?", newer, older)


def confirm_email(store: Store, number: str, now: int) -> None:
    """Keeps that the address was confirmed."""
    store.run(
        "UPDATE registration SET email_confirmed_at = ?"
        " WHERE number = ? AND email_confirmed_at IS NULL",
        now,
        number,
    )
