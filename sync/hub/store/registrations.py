"""The registry: who has registered, under which number, and whose address is confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """A registration as the registry holds it.

    Attributes:
        number: the registration number, nine characters.
        state, strong: the pair of R-003-13, `registrato` and `N` for a preregistration.
        email_confirmed_at: when the link of R-003-33 was used, or None.
        operation: the whole preregistration, canonical CBOR of `operation.to_plain`.
        superseded_by: number of the newer registration of the same person, or None.
    """

    number: str
    codice_fiscale: str
    community: str
    language: str
    surname: str | None
    name: str | None
    email: str
    operation: bytes
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


def take_number(store: Store, number: str, station: str, seq: int) -> bool:
    """Marks a registration number as used; False where it was already."""
    return (
        store.run(
            "INSERT OR IGNORE INTO issued_number (number, station, seq) VALUES (?, ?, ?)",
            number,
            station,
            seq,
        )
        == 1
    )


def of_person(store: Store, codice_fiscale: str) -> Registration | None:
    """The person's registration in force: at most one (R-003-9)."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM registration WHERE codice_fiscale = ? AND superseded_by IS NULL",  # noqa: S608  constant
        codice_fiscale,
    )
    return None if row is None else Registration(*row)


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


def add(store: Store, registration: Registration) -> None:
    """A new registration. Within a transaction."""
    store.run(
        "INSERT INTO registration (number, codice_fiscale, community, language, surname, name,"
        " email, operation, station, seq, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        registration.number,
        registration.codice_fiscale,
        registration.community,
        registration.language,
        registration.surname,
        registration.name,
        registration.email,
        registration.operation,
        registration.station,
        registration.seq,
        registration.received_at,
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
