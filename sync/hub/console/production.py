"""Cards on their way: what the producer is asked for, and what comes to the Prefettura (R-004-23).

The producer gets a line for each request, and brings a line for each card: its serial number, its
certificate, and the second halves of PIN, PUK and password, sealed to the hub's key for letters
(`sync.wire.mail_seal.seal_card_codes`). What the hub cannot read nobody can read here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sync.hub.acting import day
from sync.hub.console import card_certificates, csv_lines, derivation
from sync.hub.console.desk import Console, Desk
from sync.hub.setup import SetupError
from sync.hub.store import cards, operators, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.model import smart_cards
from sync.model.errors import Problem
from sync.model.smart_cards import CardEvent, CardState
from sync.model.users import CENSUS
from sync.wire.canonical import Malformed

REQUESTED: Final = (
    *("request", "comune", "codice_fiscale", "surname", "name", "requested", "due", "reason"),
)
DELIVERED: Final = ("request", "codice_fiscale", "serial", "certificate", "codes")

_SERIAL: Final = re.compile(r"[0-9A-Za-z]{1,32}")
_MOST_CODES: Final = 4096


@dataclass(frozen=True, slots=True, repr=False)
class Delivered:
    """A card as the producer brings it; `codes` may be empty."""

    request: int
    codice_fiscale: str
    serial: str
    certificate: bytes
    codes: bytes


def requests(store: Store) -> str:
    """Every card that is asked for and not made yet, as CSV for the producer."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(REQUESTED)
    for card in cards.in_state(store, CardState.REQUESTED):
        user = users.of(store, card.comune, card.codice_fiscale or "")
        if user is None:
            continue
        due = "" if card.due is None else card.due.isoformat()
        asked_on = day(card.requested_at).isoformat()
        lines.writerow(
            (
                *(card.id, card.comune, user.codice_fiscale, user.surname, user.name),
                *(asked_on, due, card.reason),
            )
        )
    return out.getvalue()


def read(path: Path) -> list[Delivered]:
    """The cards of a CSV file with the columns `DELIVERED`; files are relative to it.

    Raises:
        SetupError: the file or a line of it cannot be used; nothing was changed.
    """

    def line(row: dict[str, str]) -> Delivered:
        try:
            certificate = card_certificates.read((path.parent / row["certificate"]).read_bytes())
            codes = (path.parent / row["codes"]).read_bytes() if row["codes"] else b""
        except OSError as error:
            raise SetupError(f"{error.filename}: {error.strerror}") from error
        except Malformed:
            raise SetupError("certificate is none of an operator's card") from None
        if not row["request"].isdecimal() or not _SERIAL.fullmatch(row["serial"]):
            raise SetupError("request must be a number, serial 1 to 32 letters and digits")
        if len(codes) > _MOST_CODES:
            raise SetupError("codes are no sealed codes of a card")
        return Delivered(
            int(row["request"]), row["codice_fiscale"].upper(), row["serial"], certificate, codes
        )

    return csv_lines.read(path, DELIVERED, line)


def deliver(store: Store, delivered: list[Delivered], now: int | None = None) -> list[str]:
    """Takes cards in: they lie at the Prefettura now. A transaction of its own.

    A line of a CSV file for such a card ends: what the console blocks would go on by it.

    Args:
        store: the registry.
        delivered: the cards.
        now: milliseconds since 1970; None: by the clock.

    Returns:
        Serial numbers of cards whose user was deleted meanwhile: nobody gets them, destroy them.

    Raises:
        SetupError: one cannot be; nothing was changed. The text says which and why.
    """
    void, ended_at = [], time.time_ns() // 1_000_000 if now is None else now
    with store.transaction():
        for one in delivered:
            card = cards.by_id(store, one.request)
            if card is None:
                raise SetupError(f"request {one.request}: nobody asked for it")
            thumbprint = hashlib.sha256(one.certificate).digest()
            if (
                cards.by_serial(store, one.serial) is not None
                or cards.by_thumbprint(store, thumbprint) is not None
            ):
                raise SetupError(f"request {one.request}: the card is known already")
            if card.state is CardState.DISABLED and card.serial is None:
                cards.put(store, replace(card, serial=one.serial, thumbprint=thumbprint))
                void.append(one.serial)
                continue
            cards.put(store, _delivered(card, one, thumbprint))
            operators.end_of_file(store, thumbprint, ended_at)
    return void


def hand_over_census(store: Store, console: Console, serial: str, now: int) -> None:
    """The Prefettura has given a card to whoever the census names (R-004-1): it is active at once.

    Nobody in the comune could register the first card. A transaction of its own.

    Raises:
        SetupError: there is no such card, or its holder is not of the census; nothing was changed.
    """
    with store.transaction():
        card = cards.by_serial(store, serial)
        user = None if card is None else users.of(store, card.comune, card.codice_fiscale or "")
        if card is None or user is None:
            raise SetupError(f"no user has a card {serial}")
        if not user.profiles & CENSUS:
            raise SetupError("its holder is not of the census: the comune registers the card")
        for event in (CardEvent.HAND_OVER, CardEvent.REGISTER):
            state = smart_cards.advance(card.state, event)
            if isinstance(state, Problem):
                raise SetupError(f"the card is {card.state.value}")
            card = replace(card, state=state)
        card = replace(card, registered_at=now)
        cards.put(store, card)
        cards.adopt(store, card.id, user.comune, now)
        Desk(store, console, None, now).mail_codes(user, card)
        derivation.renew(store, console.offices, [user.codice_fiscale], now)


def _delivered(card: Card, one: Delivered, thumbprint: bytes) -> Card:
    """The card at the Prefettura. Raises `SetupError`."""
    state = smart_cards.advance(card.state, CardEvent.DELIVER)
    if isinstance(state, Problem):
        raise SetupError(f"request {one.request}: the card is {card.state.value}")
    if one.codice_fiscale != card.codice_fiscale:
        raise SetupError(f"request {one.request}: somebody else asked for it")
    # R-004-20: a card is its holder's by the codice fiscale on its certificate.
    if card_certificates.codice_fiscale_of(one.certificate) != card.codice_fiscale:
        raise SetupError(f"request {one.request}: the certificate names somebody else")
    return replace(
        card,
        state=state,
        serial=one.serial,
        thumbprint=thumbprint,
        certificate=one.certificate,
        codes=one.codes or None,
    )
