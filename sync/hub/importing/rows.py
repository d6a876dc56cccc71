"""A row of an office's registrations as a registration, or all that is wrong with the row.

Every state of the table may come, those that are never made any more too (R-003-13, C-003-3 and 4);
"Ristampa" is another word for the regeneration of the PIN (C-003-6). What an older service may lack
(e-mail, residence, document, who issued it) may be missing: nothing is booked before it is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sync.hub.importing import values
from sync.hub.importing.values import RowReader
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, State
from sync.model.form_rules import LANGUAGES
from sync.model.names import parse_line, parse_note
from sync.model.passwords import username_problems
from sync.model.preregistration import Community
from sync.model.registration import Registration

NEEDED: Final = frozenset(
    {"codice_fiscale", "birth_date", "sex", "community", "registered_on", "state", "strong"}
)
"""Without these data there is no registration."""

_ROME: Final = ZoneInfo("Europe/Rome")
_YES_NO: Final[Mapping[str, bool]] = {"y": True, "n": False, "s": True, "1": True, "0": False}
_STATES: Final[Mapping[str, State]] = {state.value: state for state in State} | {
    "attivo": State.ATTIVATO  # C-003-5
}
_KINDS: Final[Mapping[str, OperationKind]] = {kind.value: kind for kind in OperationKind} | {
    "riscontro": OperationKind.RISCONTRO_FORTE,
    "promozione": OperationKind.PROMOZIONE,
    "rigenera pin": OperationKind.RIGENERA_PIN,
    "rigenerazione pin": OperationKind.RIGENERA_PIN,
    "ristampa": OperationKind.RIGENERA_PIN,
}
_STATUSES: Final[Mapping[str, OperationStatus]] = {
    status.value.lower(): status for status in OperationStatus
}
_LONGEST_OFFICE: Final = 100


@dataclass(frozen=True, slots=True, repr=False)
class ImportedRow:
    """What a row says.

    Attributes:
        registration: under no number yet; its username is empty.
        number: the number that it had, empty for none.
        username: the whole of it, empty for none.
        running: its operation was in progress: its letters are of another service and count no
            more, so it is taken as discarded.
    """

    registration: Registration
    number: str
    username: str
    running: bool


def read(row: RowReader) -> ImportedRow | None:
    """The row, or None where `row.problems` tells why not."""
    person = values.person(row)
    community = row.needed(
        "community", row.choice("community", {one.value: one for one in Community})
    )
    registered_on = row.needed("registered_on", row.day("registered_on"))
    credential = _credential(row)
    residence, home = values.residence(row), values.domicile(row)
    contacts, document = values.contacts(row), values.document(row)
    language = row.choice("language", {one: one for one in LANGUAGES}) or LANGUAGES[0]
    username = _username(row)
    note = row.parsed("note", parse_note) or ""
    other_note = row.parsed("other_note", parse_note) or ""
    printed = _count(row, "letters_printed")
    letter_printed_at = _at(row.day("letter_printed_on"))
    confirmed = bool(row.choice("email_confirmed", _YES_NO)) and bool(contacts.email)
    if row.problems or person is None or community is None or registered_on is None:
        return None
    if credential is None:
        return None
    last = credential.last
    return ImportedRow(
        Registration(
            number="",
            community=community,
            language=language,
            registered_at=_midnight(registered_on),
            person=person,
            residence=residence,
            domicile=home,
            contacts=contacts,
            document=document,
            credential=credential,
            note=note,
            other_note=other_note,
            email_confirmed=confirmed,
            letters_printed=printed,
            letter_printed_at=letter_printed_at,
        ),
        number=row.text("number").upper(),
        username=username,
        running=last is not None and _was_running(row),
    )


def _credential(row: RowReader) -> Credential | None:
    state = row.needed("state", row.choice("state", _STATES))
    strong = row.needed("strong", row.choice("strong", _YES_NO))
    checked_on, activated_on = row.day("checked_on"), row.day("activated_on")
    promoted_on = row.day("promoted_on")
    last = _last(row)
    if state is None or strong is None:
        return None
    if state is not State.ATTIVATO and (activated_on or promoted_on):
        row.fail("activated_on", "registration.not-active")
    return Credential(
        state=state,
        strong=strong,
        has_pin=bool(row.choice("has_pin", _YES_NO)),
        checked_at=_at(checked_on),
        checked_by=_line(row, "checked_by"),
        activated_at=_at(activated_on),
        promoted_at=_at(promoted_on),
        last=last,
    )


def _last(row: RowReader) -> Booked | None:
    """The last operation; one in progress comes as discarded."""
    kind = row.choice("operation_kind", _KINDS)
    if kind is None:
        return None
    status = row.needed("operation_status", row.choice("operation_status", _STATUSES))
    booked_on = row.needed("operation_on", row.day("operation_on"))
    if status is None or booked_on is None:
        return None
    return Booked(
        operation_id="",
        kind=kind,
        status=OperationStatus.DISCARDED if status is OperationStatus.ACTIVE else status,
        booked_at=_midnight(booked_on),
        office=_line(row, "operation_office"),
        station="",
        valid_until=None,
        delegation=None,
    )


def _was_running(row: RowReader) -> bool:
    return row.text("operation_status").lower() == OperationStatus.ACTIVE.value.lower()


def _username(row: RowReader) -> str:
    """A username of the older service: kept as it is, so it is judged by little."""
    text = row.text("username")
    if text and any(problem.code == "username.characters" for problem in username_problems(text)):
        row.fail("username", "username.characters")
    return text


def _line(row: RowReader, name: str) -> str:
    found = row.parsed(name, lambda text: parse_line(text, longest=_LONGEST_OFFICE, what="issuer"))
    return found or ""


def _count(row: RowReader, name: str) -> int:
    text = row.text(name)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        row.fail(name, "number.form")
        return 0
    return int(text)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=_ROME).timestamp() * 1000)


def _at(day: date | None) -> int | None:
    return None if day is None else _midnight(day)
