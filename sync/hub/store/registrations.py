"""The registry: one registration a person (R-003-9), under its number and all others that lead to it.

`put` is the one way to change a registration: it keeps the whole of it, the columns that are
searched, the history of its operations, and the place at which stations are told of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sync.hub.store import feed, records
from sync.hub.store.database import Row, Store, Value
from sync.model.addresses import ItalianAddress
from sync.model.credential import Booked, OperationStatus
from sync.model.delegation import Delegation
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """A registration as the registry holds it.

    Attributes:
        email_confirmed_at: when the link of R-003-33 was used, or None.
        delegation: the one that a preregistration announced: nobody has come with it yet.
        privacy_notice: version of the notice that was accepted with it.
        station, seq: the entry that it came with; None for an imported one.
        received_at: when the registry took it.
    """

    registration: Registration
    received_at: int
    station: str | None = None
    seq: int | None = None
    email_confirmed_at: int | None = None
    delegation: Delegation | None = None
    privacy_notice: str = ""

    @property
    def number(self) -> str:
        """The person's registration number."""
        return self.registration.number

    @property
    def codice_fiscale(self) -> str:
        """The person's."""
        return self.registration.person.codice_fiscale

    @property
    def email(self) -> str:
        """Where the hub writes to; empty for none."""
        return self.registration.contacts.email

    @property
    def language(self) -> str:
        """In which the hub writes."""
        return self.registration.language


_COLUMNS = (
    "record, received_at, registration.station, registration.seq, email_confirmed_at, delegation,"
    " privacy_notice"
)


def of_people(store: Store, codes: Sequence[str]) -> dict[str, Held]:
    """The registrations by codice fiscale."""
    rows = store.rows_among(
        f"SELECT {_COLUMNS} FROM registration WHERE codice_fiscale IN",  # noqa: S608  constant
        codes,
    )
    return {held.codice_fiscale: held for held in map(_held, rows)}


def of_person(store: Store, codice_fiscale: str) -> Held | None:
    """The registration of a person."""
    return of_people(store, [codice_fiscale]).get(codice_fiscale)


def of_numbers(store: Store, numbers: Sequence[str]) -> dict[str, Held]:
    """The registrations that are kept under these numbers; other numbers are not followed."""
    rows = store.rows_among(
        f"SELECT {_COLUMNS} FROM registration WHERE number IN",  # noqa: S608  constant
        numbers,
    )
    return {held.number: held for held in map(_held, rows)}


def aliases_of(store: Store, numbers: Sequence[str], most: int) -> dict[str, tuple[str, ...]]:
    """The `most` newest other numbers that lead to each of these registrations, if there are any.

    Whoever preregisters again and again adds one each time: any number of them find the person
    here, and stations are told of some.
    """
    found: dict[str, tuple[str, ...]] = {}
    for (number,) in store.rows_among(
        "SELECT DISTINCT registration FROM alias WHERE registration IN", numbers
    ):
        rows = store.rows(
            "SELECT number FROM alias WHERE registration = ? ORDER BY rowid DESC LIMIT ?",
            number,
            most,
        )
        found[number] = tuple(sorted(row[0] for row in rows))
    return found


def by_number(store: Store, number: str) -> Held | None:
    """The registration that is found under a number: its own, or one that leads to it."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM registration WHERE number ="  # noqa: S608  constant
        " coalesce((SELECT registration FROM alias WHERE number = ?), ?)",
        number,
        number,
    )
    return None if row is None else _held(row)


def registrations(store: Store) -> list[Held]:
    """The whole registry, in order of arrival."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM registration ORDER BY received_at, station, seq"  # noqa: S608  constant
    )
    return [_held(row) for row in rows]


def aliases(store: Store, number: str) -> tuple[str, ...]:
    """Every other number that leads to the registration of that number."""
    rows = store.rows("SELECT number FROM alias WHERE registration = ? ORDER BY number", number)
    return tuple(row[0] for row in rows)


def add(store: Store, entered: Sequence[Held]) -> None:
    """New registrations of people whom the registry does not hold yet. Within a transaction."""
    store.run_many(
        "INSERT INTO registration (surname, name, birth_date, document, comune, state, strong,"
        " email, registered_at, record, number, codice_fiscale, delegation, privacy_notice,"
        " station, seq, received_at, email_confirmed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *_searched(one.registration),
                one.number,
                one.codice_fiscale,
                records.delegation_text(one.delegation),
                one.privacy_notice,
                one.station,
                one.seq,
                one.received_at,
                one.email_confirmed_at,
            )
            for one in entered
        ],
    )
    for one in entered:
        last = one.registration.credential.last
        if last is not None:
            _put_operation(store, one.number, last, None)
    feed.registrations_added(store, [one.number for one in entered])


def put(store: Store, registration: Registration, *, operator: bytes | None = None) -> None:
    """Keeps a registration as it is now, in the place of what was. Within a transaction.

    Args:
        store: the registry.
        registration: under the number under which it is kept (`renumber` changes that one).
        operator: thumbprint of who booked its last operation, where that is new.
    """
    *searched, comune, state, strong, email, registered_at, record = _searched(registration)
    store.run(
        "UPDATE registration SET surname = ?, name = ?, birth_date = ?, document = ?,"
        " left_comune = '', comune = ?, state = ?, strong = ?, registered_at = ?, record = ?,"
        " email_confirmed_at = CASE WHEN email = ? THEN email_confirmed_at END, email = ?"
        " WHERE number = ?",
        *searched,
        comune,
        state,
        strong,
        registered_at,
        record,
        email,
        email,
        registration.number,
    )
    credential = registration.credential
    if credential.last is not None:
        _put_operation(store, registration.number, credential.last, operator)
    feed.registration_changed(store, registration.number)


def renumber(store: Store, older: str, newer: str) -> None:
    """Puts a registration under another number; the one it had leads to it. Within a transaction.

    Its letters and disputes go with it. `put` it afterwards.
    """
    store.run("DELETE FROM alias WHERE number = ?", newer)
    store.run("UPDATE registration SET number = ? WHERE number = ?", newer, older)
    store.run("UPDATE letter SET registration = ? WHERE registration = ?", newer, older)
    for (operation_id,) in store.rows("SELECT operation_id FROM dispute WHERE number = ?", older):
        store.run("UPDATE dispute SET number = ? WHERE operation_id = ?", newer, operation_id)
        feed.dispute_changed(store, operation_id, newer)
    add_alias(store, older, newer)
    feed.gone(store, older)


def has_operation(store: Store, operation_id: str) -> bool:
    """Whether an operation of that id is in anybody's history, whoever booked it."""
    return (
        store.row("SELECT 1 FROM credential_operation WHERE operation_id = ?", operation_id)
        is not None
    )


def add_alias(store: Store, number: str, registration: str) -> None:
    """Lets another number lead to a registration. Within a transaction."""
    store.run("DELETE FROM alias WHERE number = ?", number)  # so that it is the newest again
    store.run("INSERT INTO alias (number, registration) VALUES (?, ?)", number, registration)


def replace_entered(store: Store, older: Held, newer: Held) -> None:
    """Puts a newer preregistration in the place of an unconfirmed one. Within a transaction."""
    store.run("UPDATE registration SET number = ? WHERE number = ?", newer.number, older.number)
    store.run(
        "UPDATE registration SET delegation = ?, privacy_notice = ?, station = ?, seq = ?,"
        " received_at = ? WHERE number = ?",
        records.delegation_text(newer.delegation),
        newer.privacy_notice,
        newer.station,
        newer.seq,
        newer.received_at,
        newer.number,
    )
    add_alias(store, older.number, newer.number)
    feed.gone(store, older.number)
    put(store, newer.registration)


def confirm_email(store: Store, number: str, now: int) -> None:
    """Keeps that the address was confirmed. Within a transaction."""
    held = by_number(store, number)
    if held is None or held.email_confirmed_at is not None:
        return
    store.run("UPDATE registration SET email_confirmed_at = ? WHERE number = ?", now, held.number)
    put(store, replace(held.registration, email_confirmed=True))


def delete(store: Store, number: str) -> None:
    """Takes a registration out, with its operations, secrets and other numbers.

    Within a transaction.
    """
    for alias in aliases(store, number):
        feed.gone(store, alias)
    store.run("DELETE FROM registration WHERE number = ?", number)
    feed.gone(store, number)


def _searched(one: Registration) -> tuple[Value, ...]:
    """What is searched, then the whole: from `surname` to `record`."""
    residence, document, credential = one.residence, one.document, one.credential
    return (
        one.person.surname,
        one.person.name,
        one.person.birth_date.text,
        None if document is None else document.number,
        residence.comune if isinstance(residence, ItalianAddress) else "",
        credential.state.value,
        "Y" if credential.strong else "N",
        one.contacts.email,
        one.registered_at,
        records.to_text(one),
    )


def _put_operation(store: Store, number: str, last: Booked, operator: bytes | None) -> None:
    """The last operation into the history; whatever was active before it is discarded.

    Raises:
        ValueError: that operation is another person's; nobody's secrets are written over.
    """
    store.run(
        "UPDATE credential_operation SET status = 'D', pin = NULL, code = NULL"
        " WHERE number = ? AND status = 'A' AND operation_id <> ?",
        number,
        last.operation_id,
    )
    written = store.run(
        "INSERT INTO credential_operation (operation_id, number, kind, status, booked_at, office,"
        " station, valid_until, code_renewals, delegation, operator)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (operation_id) DO UPDATE SET"
        " status = excluded.status, valid_until = excluded.valid_until,"
        " code_renewals = excluded.code_renewals, delegation = excluded.delegation,"
        " pin = CASE excluded.status WHEN 'A' THEN credential_operation.pin END,"
        " code = CASE excluded.status WHEN 'A' THEN credential_operation.code END"
        " WHERE credential_operation.number = excluded.number",
        last.operation_id,
        number,
        last.kind.value,
        last.status.value,
        last.booked_at,
        last.office,
        last.station,
        None if last.valid_until is None else last.valid_until.isoformat(),
        last.code_renewals,
        records.delegation_text(last.delegation),
        operator,
    )
    if not written:
        raise ValueError("an operation of another registration")


def history(store: Store, number: str) -> list[tuple[str, OperationStatus]]:
    """Operation id and status of every operation of a registration, in order of booking."""
    return [
        (row[0], OperationStatus(row[1]))
        for row in store.rows(
            "SELECT operation_id, status FROM credential_operation WHERE number = ?"
            " ORDER BY booked_at, operation_id",
            number,
        )
    ]


def _held(row: Row) -> Held:
    record, received_at, station, seq, confirmed_at, delegation, notice = row
    return Held(
        registration=records.of_text(record),
        received_at=received_at,
        station=station,
        seq=seq,
        email_confirmed_at=confirmed_at,
        delegation=records.delegation_of(delegation),
        privacy_notice=notice,
    )
