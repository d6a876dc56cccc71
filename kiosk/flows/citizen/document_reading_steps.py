"""The transitions of reading a contactless document; its states are in `document_reading`.

The key is dropped as soon as it cannot be needed again: it stays while the card is read, and
after a failure of the contact, so that nobody types it twice for a card that slipped.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final, assert_never

from kiosk.flows import events, identity_document, pages
from kiosk.flows.citizen.asking import go_on
from kiosk.flows.citizen.document_reading import (
    CAN_DIGITS,
    Checking,
    DocumentFailed,
    DocumentReadingState,
    Errand,
    KeyEntries,
    KeyField,
    Prefilling,
    ReadingDocument,
    TypeCan,
    TypeMrz,
    WrongKey,
)
from kiosk.flows.citizen.identity_check import ChooseCard, IdentityCheckState, VerdictPage
from kiosk.flows.citizen.preregistration import InsertCard, Origin, PreregistrationState, Review
from kiosk.flows.document_check import (
    CardAccessNumber,
    DocumentKey,
    DocumentReading,
    Headline,
    MrzKey,
)
from kiosk.flows.effects import AbandonReading, Effect, ForgetDocument, ReadDocument, WatchCard
from kiosk.flows.entries import DateEntry, DatePart, DatePrecision, TextEntry
from kiosk.flows.events import Event
from kiosk.flows.health_card import without_card
from kiosk.flows.office import Surroundings
from sync.model import dates, documents
from sync.model.documents import DocumentKind
from sync.model.errors import Problem

Move = tuple[DocumentReadingState | IdentityCheckState | PreregistrationState, tuple[Effect, ...]]

WRONG_KEY: Final = "document.wrong-key"
"""The chip does not open with what was typed."""

_ABANDONED: Final = ".abandoned"
"""How the code of a reading ends that somebody went away from; it answers nobody."""

_SAME_KEY: Final = (
    *("card.", "document.contact-lost", "document.too-slow"),
    *("document.proof-failed", "document.changed"),
)
"""How the codes begin after which the same key is tried again: it was not the key's fault."""

_BY_ZONE: Final = frozenset(
    {
        "document.zone-needed",
        "document.access-refused",
        "document.key-suspended",
        "document.key-blocked",
    }
)
"""After these the CAN is no use on this chip, and its machine readable zone may be."""

_LONGEST_NUMBER: Final = 20
_LATE_SECONDS: Final = 2
_LONGEST_WAIT_SECONDS: Final = 600
_VALID_AT_MOST_YEARS: Final = 50


def step(state: DocumentReadingState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case TypeCan():
            return _type_can(state, event, around)
        case TypeMrz():
            return _type_mrz(state, event, around)
        case ReadingDocument():
            return _reading(state, event, around)
        case WrongKey():
            return _wrong_key(state, event)
        case DocumentFailed():
            return _failed(state, event, around)
        case _:
            assert_never(state)


def waited(state: WrongKey, seconds: int) -> WrongKey:
    """The page of a wrong number, so many seconds later."""
    return replace(state, wait_seconds=max(0, state.wait_seconds - max(0, seconds)))


def leave(errand: Errand) -> Move:
    """Back to where the card is chosen."""
    match errand:
        case Checking():
            return ChooseCard(), (ForgetDocument(),)
        case Prefilling(form):
            return InsertCard(form), (ForgetDocument(), WatchCard())


def without_document(errand: Errand, around: Surroundings) -> Move:
    """On without the document: the form is typed, the check begins anew."""
    match errand:
        case Checking():
            return leave(errand)
        case Prefilling(form):
            return go_on(without_card(form), Origin.IN_ORDER, around), (ForgetDocument(),)


def prefilled(errand: Prefilling, reading: DocumentReading, around: Surroundings) -> Move:
    """The review of what the document says; face and chip are forgotten."""
    form = identity_document.fill(
        errand.form,
        reading.holder,
        expired=reading.verdict.expired,
        today=around.today,
    )
    return Review(form), (ForgetDocument(), WatchCard())


# --- the key


def _type_can(state: TypeCan, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text):
            return _can_typed(state, text), ()
        case events.TextDone() | events.Continued():
            digits = state.entry.text
            if len(digits) != CAN_DIGITS:
                return replace(state, problem=_CAN_LENGTH if digits else _CAN_EMPTY), ()
            return _read(state.errand, CardAccessNumber(digits), None, around)
        case events.Refused():
            return TypeMrz(state.errand), ()
        case events.Back():
            return leave(state.errand)
        case _:
            return state, ()


_CAN_DETAILS: Final = (("digits", str(CAN_DIGITS)),)
_CAN_EMPTY: Final = Problem("can.empty", details=_CAN_DETAILS)
_CAN_LENGTH: Final = Problem("can.length", details=_CAN_DETAILS)


def _can_typed(state: TypeCan, text: str) -> TypeCan:
    """Digits stay, and no more than there are on a card."""
    digits = "".join(text.split())
    if len(digits) > CAN_DIGITS:
        return replace(state, problem=_CAN_LENGTH)
    if digits and not (digits.isascii() and digits.isdigit()):
        return replace(state, problem=Problem("can.characters"))
    return replace(state, entry=TextEntry(digits), problem=None)


def _type_mrz(state: TypeMrz, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text):
            return _mrz_typed(state, text), ()
        case events.DatePartFocused(part):
            return _focused(state, part), ()
        case events.DatePrecisionChosen(precision):
            return _known_as(state, precision), ()
        case events.TextDone() | events.Continued():
            return _mrz_done(state, around)
        case events.Back():
            parts = list(KeyField)
            where = parts.index(state.part)
            if where == 0:
                return TypeCan(state.errand), ()
            return replace(state, part=parts[where - 1], problem=None), ()
        case _:
            return state, ()


def _mrz_typed(state: TypeMrz, text: str) -> TypeMrz:
    entry = state.entry
    match entry:
        case TextEntry() if len(text) > _LONGEST_NUMBER:
            details = (("longest", str(_LONGEST_NUMBER)),)
            return replace(state, problem=Problem("document-number.too-long", details=details))
        case TextEntry():
            return _with_entry(state, TextEntry(text))
        case DateEntry():
            return _with_entry(state, pages.type_into_date(entry, text))


def _focused(state: TypeMrz, part: DatePart) -> TypeMrz:
    entry = state.entry
    if not isinstance(entry, DateEntry) or part not in entry.parts:
        return state
    return _with_entry(state, replace(entry, focus=part))


def _known_as(state: TypeMrz, precision: DatePrecision) -> TypeMrz:
    """A date of birth may lack its day or month on the document itself."""
    entry = state.entry
    if not isinstance(entry, DateEntry) or state.part is not KeyField.BIRTH_DATE:
        return state
    return _with_entry(state, pages.with_precision(entry, precision))


def _with_entry(state: TypeMrz, entry: TextEntry | DateEntry) -> TypeMrz:
    entries = state.entries
    match entry:
        case TextEntry():
            entries = replace(entries, document_number=entry)
        case DateEntry() if state.part is KeyField.BIRTH_DATE:
            entries = replace(entries, birth_date=entry)
        case DateEntry():
            entries = replace(entries, expiry_date=entry)
    return replace(state, entries=entries, problem=None)


def _mrz_done(state: TypeMrz, around: Surroundings) -> Move:
    """The next field; after the last one, the reading."""
    problem = _checked(state.entries, state.part, around.today)
    if isinstance(problem, Problem):
        return replace(state, problem=problem), ()
    parts = list(KeyField)
    where = parts.index(state.part)
    if where + 1 < len(parts):
        return replace(state, part=parts[where + 1], problem=None), ()
    checked = {part: _checked(state.entries, part, around.today) for part in parts}
    for part, text in checked.items():
        if isinstance(text, Problem):
            return replace(state, part=part, problem=text), ()
    number, born, expires = (str(checked[part]) for part in parts)
    return _read(state.errand, MrzKey(number, born, expires), state.entries, around)


def _checked(entries: KeyEntries, part: KeyField, today: date) -> str | Problem:
    """A field as the machine readable zone has it."""
    match part:
        case KeyField.DOCUMENT_NUMBER:
            text = entries.document_number.text
            return documents.parse_document_number(DocumentKind.CARTA_IDENTITA, text)
        case KeyField.BIRTH_DATE:
            return _six_digits(entries.birth_date, today)
        case KeyField.EXPIRY_DATE:
            last = date(today.year + _VALID_AT_MOST_YEARS, 12, 31)
            return _six_digits(entries.expiry_date, last)


def _six_digits(entry: DateEntry, latest: date) -> str | Problem:
    """YYMMDD, `<<` for what is not known (ICAO 9303-4 clause 4.2.2)."""
    typed = {DatePart.DAY: entry.day, DatePart.MONTH: entry.month, DatePart.YEAR: entry.year}
    known = {part: typed[part] if part in entry.parts else "" for part in DatePart}
    if any(known.values()):
        for part in entry.parts:
            if not known[part].strip():
                return Problem(f"date.{part.value}-missing")
    found = dates.parse_partial(*(known[part] for part in DatePart), today=latest)
    if isinstance(found, Problem):
        return found
    parts = (found.year % 100, found.month, found.day)
    return "".join("<<" if part is None else f"{part:02}" for part in parts)


# --- the reading


def _read(
    errand: Errand, key: DocumentKey, entries: KeyEntries | None, around: Surroundings
) -> Move:
    match errand:
        case Checking():
            effect = ReadDocument(around.session_id, key)
        case Prefilling(form):
            claim = identity_document.claim_of(form)
            effect = ReadDocument(around.session_id, key, claim, with_face=False)
    return ReadingDocument(errand, key, entries), (effect,)


def _reading(state: ReadingDocument, event: Event, around: Surroundings) -> Move:
    match event:
        case events.DocumentProgress(session_id, progress) if session_id == around.session_id:
            return replace(state, progress=progress), ()
        case events.DocumentRead(session_id, reading) if session_id == around.session_id:
            return _read_to_the_end(state.errand, reading, around)
        case events.DocumentReadFailed(session_id, code) if session_id == around.session_id:
            if code.endswith(_ABANDONED):
                return state, ()
            return _not_read(state, event)
        case events.Refused():
            after, effects = leave(state.errand)
            return after, (AbandonReading(), *effects)
        case events.Back():
            return TypeCan(state.errand), (AbandonReading(), ForgetDocument())
        case _:
            return state, ()


def _read_to_the_end(errand: Errand, reading: DocumentReading, around: Surroundings) -> Move:
    """The verdict; a form shows it only where it speaks against the document.

    From here on the card is watched, so that nobody forgets it on the reader.
    """
    if isinstance(errand, Prefilling) and reading.verdict.headline not in {
        Headline.WRONG,
        Headline.OTHER_HOLDER,
    }:
        return prefilled(errand, reading, around)
    return VerdictPage(reading, errand), (WatchCard(),)


def _not_read(state: ReadingDocument, failed: events.DocumentReadFailed) -> Move:
    code = failed.code
    if code.startswith(WRONG_KEY):
        tries = _number(dict(failed.details).get("tries"))
        return WrongKey(state.errand, code, state.entries, _wait(failed.details), tries), ()
    if code.startswith(_SAME_KEY):
        return DocumentFailed(state.errand, code, state.key, state.entries), ()
    by_zone = code in _BY_ZONE and isinstance(state.key, CardAccessNumber)
    return DocumentFailed(state.errand, code, by_zone=by_zone), (ForgetDocument(),)


def _wait(details: tuple[tuple[str, str], ...]) -> int:
    """The seconds after which another number makes sense; 0 where the chip answers at once.

    A chip that has begun to answer late answers the next number no sooner: to send it at once
    would look as if the kiosk hung.
    """
    told = dict(details)
    seconds = _number(told.get("wait-seconds"))
    if seconds is None:
        seconds = (_number(told.get("milliseconds")) or 0) // 1000
        seconds = seconds if seconds >= _LATE_SECONDS else 0
    return min(seconds, _LONGEST_WAIT_SECONDS)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else None


def _wrong_key(state: WrongKey, event: Event) -> Move:
    match event:
        case events.Continued() if state.wait_seconds == 0:
            if state.entries is None:
                return TypeCan(state.errand), ()
            return TypeMrz(state.errand, entries=state.entries), ()
        case events.Refused() if state.wait_seconds == 0:
            return (TypeMrz if state.entries is None else TypeCan)(state.errand), ()
        case events.Back():
            return leave(state.errand)
        case _:
            return state, ()


def _failed(state: DocumentFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued() if state.key is not None:
            return _read(state.errand, state.key, state.entries, around)
        case events.Continued():
            return (TypeMrz if state.by_zone else TypeCan)(state.errand), ()
        case events.Refused():
            return without_document(state.errand, around)
        case events.Back():
            return leave(state.errand)
        case _:
            return state, ()
