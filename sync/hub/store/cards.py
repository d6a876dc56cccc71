"""Operators' smart cards, from the request to the end (R-004-20 to 27)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from sync.hub.store.database import Row, Store
from sync.model.smart_cards import CardState


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """A card.

    Attributes:
        id: number of the request, as the producer is told it; 0 for a card that is not kept yet.
        codice_fiscale: whose; None where the person is deleted.
        comune: whose Prefettura it goes to, ISTAT code.
        serial: None until it is made.
        thumbprint: SHA-256 of the certificate, 32 bytes; certificate: in DER.
        codes: second halves of PIN, PUK and password, sealed to the key for letters.
        codes_sent: how often they were mailed.
        due: by when it comes to the Prefettura.
        registered_at: when the administrator did it (R-004-21), milliseconds since 1970.
        reason: of `UserReason`: why it was asked for, or why it is blocked.
        blocked_by: ISTAT code of the comune whose administrator blocked it, empty for none.
    """

    codice_fiscale: str | None
    comune: str
    requested_at: int
    due: date | None
    state: CardState = CardState.REQUESTED
    serial: str | None = None
    thumbprint: bytes | None = None
    certificate: bytes | None = None
    codes: bytes | None = field(default=None, repr=False)
    codes_sent: int = 0
    registered_at: int | None = None
    reason: str = ""
    blocked_by: str = ""
    id: int = 0


_COLUMNS = (
    "codice_fiscale, comune, requested_at, due, state, serial, thumbprint, certificate, codes,"
    " codes_sent, registered_at, reason, blocked_by, id"
)


def of_person(store: Store, codice_fiscale: str) -> Card | None:
    """The card that a person has or waits for; else the last that was disabled; else None."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM smart_card WHERE codice_fiscale = ?"  # noqa: S608  constant
        " ORDER BY state = 'disabilitata', id DESC LIMIT 1",
        codice_fiscale,
    )
    return None if row is None else _card(row)


def by_id(store: Store, card: int) -> Card | None:
    """The card of that request."""
    row = store.row(f"SELECT {_COLUMNS} FROM smart_card WHERE id = ?", card)  # noqa: S608  constant
    return None if row is None else _card(row)


def by_serial(store: Store, serial: str) -> Card | None:
    """The card with that serial number."""
    row = store.row(f"SELECT {_COLUMNS} FROM smart_card WHERE serial = ?", serial)  # noqa: S608  constant
    return None if row is None else _card(row)


def by_thumbprint(store: Store, thumbprint: bytes) -> Card | None:
    """The card with that certificate."""
    row = store.row(
        f"SELECT {_COLUMNS} FROM smart_card WHERE thumbprint = ?",  # noqa: S608  constant
        thumbprint,
    )
    return None if row is None else _card(row)


def in_state(store: Store, state: CardState) -> list[Card]:
    """Every card in a state, the oldest request first."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM smart_card WHERE state = ? ORDER BY id",  # noqa: S608  constant
        state.value,
    )
    return [_card(row) for row in rows]


def add(store: Store, card: Card) -> int:
    """Keeps a new card. Within a transaction. Returns the number of its request."""
    row = store.row(
        f"INSERT INTO smart_card ({_COLUMNS.removesuffix(', id')})"  # noqa: S608  constant
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        *_values(card),
    )
    return 0 if row is None else int(row[0])


def put(store: Store, card: Card) -> None:
    """Keeps a card as it is now; of a disabled one no codes. Within a transaction."""
    if card.state is CardState.DISABLED:
        card = replace(card, codes=None)
    store.run(
        "UPDATE smart_card SET codice_fiscale = ?, comune = ?, requested_at = ?, due = ?, state = ?,"
        " serial = ?, thumbprint = ?, certificate = ?, codes = ?, codes_sent = ?, registered_at = ?,"
        " reason = ?, blocked_by = ? WHERE id = ?",
        *_values(card),
        card.id,
    )


def activate(store: Store, card: int, comune: str, now: int) -> None:
    """A Security Officer of a comune has activated a card, for that comune. Within a transaction."""
    store.run(
        "INSERT INTO card_activation (card, comune, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        card,
        comune,
        now,
    )


def is_activated(store: Store, card: int, comune: str) -> bool:
    """Whether a Security Officer of a comune has activated a card."""
    row = store.row("SELECT 1 FROM card_activation WHERE card = ? AND comune = ?", card, comune)
    return row is not None


def adopt(store: Store, card: int, comune: str, now: int) -> None:
    """A comune lets a card open its counters and console. Within a transaction."""
    store.run(
        "INSERT INTO card_adoption (card, comune, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        card,
        comune,
        now,
    )


def is_adopted(store: Store, card: int, comune: str) -> bool:
    """Whether a comune lets a card open its counters and console."""
    row = store.row("SELECT 1 FROM card_adoption WHERE card = ? AND comune = ?", card, comune)
    return row is not None


def drop(store: Store, card: int, comune: str) -> None:
    """A comune does not know the card's holder any more. Within a transaction."""
    store.run("DELETE FROM card_adoption WHERE card = ? AND comune = ?", card, comune)


def forget_person(store: Store, codice_fiscale: str) -> None:
    """Keeps of the disabled cards of a deleted person no more than that they are disabled.

    Within a transaction.
    """
    store.run(
        "UPDATE smart_card SET codice_fiscale = NULL, certificate = NULL, codes = NULL,"
        " reason = '', blocked_by = '' WHERE codice_fiscale = ? AND state = 'disabilitata'",
        codice_fiscale,
    )


def _values(card: Card) -> tuple[str | int | bytes | None, ...]:
    return (
        card.codice_fiscale,
        card.comune,
        card.requested_at,
        None if card.due is None else card.due.isoformat(),
        card.state.value,
        card.serial,
        card.thumbprint,
        card.certificate,
        card.codes,
        card.codes_sent,
        card.registered_at,
        card.reason,
        card.blocked_by,
    )


def _card(row: Row) -> Card:
    codice_fiscale, comune, requested_at, due, state, *rest = row
    return Card(
        codice_fiscale,
        comune,
        requested_at,
        None if due is None else date.fromisoformat(due),
        CardState(state),
        *rest,
    )
