"""What clerk pages show to be read: the detail (Allegato 7, R-003-66), confirm pages, what is missing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.flows import italian_time
from kiosk.flows.clerk import managing, outcomes, registering
from kiosk.flows.clerk.field_parsing import shown_date, shown_partial
from kiosk.flows.clerk.fields import FIELDS
from kiosk.flows.clerk.wanted import WantedBooking, WantedCode, WantedRegistration
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.state import Session
from sync.model import places, registration_number, registration_parts
from sync.model.addresses import FOREIGN_COMUNE, ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.counter import PartChange, PartValue
from sync.model.credential import Booked, Credential
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.registration import Part, Registration

HIDDEN: Final = "\u2022" * 12
"""Stands for a secret that exists (R-003-67)."""
_NOTHING: Final = "\u2014"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One datum to read.

    Attributes:
        label: its name.
        value: what it is.
        before: what it was, on a page that changes it; None elsewhere.
        problem: what is wrong with it, on the page that says what is missing.
    """

    label: Phrase
    value: Phrase
    before: Phrase | None = None
    problem: Phrase | None = None


@dataclass(frozen=True, slots=True)
class ReadSection:
    """Rows under one heading."""

    title: Phrase
    rows: tuple[ReadRow, ...] = field(repr=False)


def sections(session: Session) -> tuple[ReadSection, ...]:
    """What the page shows to be read; empty for a page that shows none."""
    activity = session.activity
    match activity:
        case managing.CaseDetail(opened):
            return detail(opened.case.registration)
        case registering.RegistrationConfirm(wanted=wanted):
            return _of_registration(wanted)
        case managing.BookingConfirm():
            return _of_booking(activity)
        case managing.CodeConfirm(opened):
            return (_who(opened.case.registration), _operation(opened.case.registration.credential))
        case managing.EditConfirm(form, changes):
            return _of_changes(form.opened.case.registration, changes)
        case managing.ResidenceConfirm(form, residence):
            return _of_residence(form.opened.case.registration, residence)
        case managing.DelegationConfirm(form, delegation):
            return (_who(form.opened.case.registration), _delegate(delegation))
        case _:
            return _of_short_page(activity)


def _of_short_page(activity: object) -> tuple[ReadSection, ...]:
    match activity:
        case managing.MissingData(opened, problems):
            return (_who(opened.case.registration), _missing(problems))
        case managing.UsernameConfirm(opened) | managing.HeldElsewhere(opened):
            return (_who(opened.case.registration),)
        case managing.ChooseOperation(opened) | managing.NotPossible(opened):
            return (_who(opened.case.registration), _operation(opened.case.registration.credential))
        case outcomes.Letters(recorded) | outcomes.ActDone(recorded):
            return _of_recorded(recorded)
        case _:
            return ()


# --- one registration


def detail(registration: Registration) -> tuple[ReadSection, ...]:
    """Allegato 7, secrets masked: an activation code is never told (R-003-67)."""
    shown = [_of_state(registration), _person(registration.person)]
    if registration.document is not None:
        shown.append(_document("document", registration.document))
    if registration.residence is not None:
        shown.append(_address("residence", registration.residence))
    if registration.domicile is not None:
        shown.append(_address("domicile", registration.domicile))
    shown += [_contacts(registration.contacts), _operation(registration.credential)]
    last = registration.credential.last
    if last is not None and last.delegation is not None:
        shown.append(_delegate(last.delegation))
    return (*shown, _notes(registration))


def _of_state(registration: Registration) -> ReadSection:
    """Dati di registrazione."""
    credential = registration.credential
    code = credential.running is not None
    return _section(
        "registration",
        ("number", literal(_grouped(registration.number))),
        ("community", phrase(f"option.community.{registration.community.value}")),
        ("registered-at", _day(registration.registered_at)),
        ("state", phrase(f"option.registration-state.{credential.state.value}")),
        ("has-pin", _yes_no(credential.has_pin)),
        ("checked-at", _day(credential.checked_at)),
        ("strong", _yes_no(credential.strong)),
        ("checked-by", literal(credential.checked_by or _NOTHING)),
        ("activation-code", literal(HIDDEN if code else _NOTHING)),
        ("username", literal(registration.username or _NOTHING)),
        ("letter-printed-at", _day(registration.letter_printed_at)),
        ("activated-at", _day(credential.activated_at)),
        ("letters-printed", literal(str(registration.letters_printed))),
        ("promoted-at", _day(credential.promoted_at)),
    )


def _who(registration: Registration) -> ReadSection:
    """Enough to see that it is the right person."""
    person = registration.person
    return _section(
        "person",
        ("number", literal(_grouped(registration.number))),
        ("surname", literal(person.surname or _NOTHING)),
        ("name", literal(person.name or _NOTHING)),
        ("codice-fiscale", literal(person.codice_fiscale)),
        ("birth-date", literal(shown_partial(person.birth_date))),
    )


def _person(person: Person) -> ReadSection:
    return _section("person", *_person_rows(person))


def _person_rows(person: Person) -> tuple[tuple[str, Phrase], ...]:
    return (
        ("codice-fiscale", literal(person.codice_fiscale)),
        ("surname", literal(person.surname or _NOTHING)),
        ("name", literal(person.name or _NOTHING)),
        ("birth-date", literal(shown_partial(person.birth_date))),
        ("sex", phrase(f"option.sex.{person.sex.value}")),
    )


def _document(name: str, shown: IdentityDocument) -> ReadSection:
    return _section(name, *_document_rows(shown))


def _document_rows(shown: IdentityDocument) -> tuple[tuple[str, Phrase], ...]:
    return (
        ("document-kind", phrase(f"option.document-kind.{shown.kind.value}")),
        ("document-number", literal(shown.number)),
        ("document-issued-on", literal(shown_date(shown.issued_on))),
        ("document-issuer", literal(shown.issuer or _NOTHING)),
    )


def _address(name: str, where: Residence) -> ReadSection:
    return _section(name, *_address_rows(where))


def _address_rows(where: Residence) -> tuple[tuple[str, Phrase], ...]:
    """Città and Nazione in the place of Provincia and Comune for who lives abroad (R-003-66)."""
    street = (("street", literal(where.street)), ("house-number", literal(where.number)))
    match where:
        case ForeignAddress():
            return (
                *street,
                ("city", literal(where.city)),
                ("nation", literal(where.nation_text)),
            )
        case ItalianAddress():
            place = places.comune(where.comune)
            province = _NOTHING if place is None else place.province or _NOTHING
            care_of = (("care-of", literal(where.care_of)),) if where.care_of else ()
            return (
                *care_of,
                *street,
                ("cap", literal(where.cap or _NOTHING)),
                ("province", literal(province)),
                ("comune", literal(comune_name(where.comune))),
            )


def comune_name(belfiore: str) -> str:
    """A comune as people call it; as it stands where it is none."""
    if belfiore == FOREIGN_COMUNE:
        return belfiore
    place = places.comune(belfiore)
    return belfiore if place is None else place.name


def _contacts(reached: Contacts) -> ReadSection:
    return _section("contacts", *_contacts_rows(reached))


def _contacts_rows(reached: Contacts) -> tuple[tuple[str, Phrase], ...]:
    return (
        ("email", literal(reached.email or _NOTHING)),
        ("mobile", literal(reached.mobile or _NOTHING)),
        ("landline", literal(reached.landline or _NOTHING)),
    )


def _operation(credential: Credential) -> ReadSection:
    """Ultima operazione."""
    last = credential.last
    if last is None:
        return _section("operation", ("operation-kind", phrase("clerk.operation.none")))
    return _section("operation", *_booked_rows(last))


def _booked_rows(last: Booked) -> tuple[tuple[str, Phrase], ...]:
    valid = _NOTHING if last.valid_until is None else shown_date(last.valid_until)
    return (
        ("operation-kind", phrase(f"operation.{last.kind.value}")),
        ("booked-at", _day(last.booked_at)),
        ("booked-by", literal(last.office or _NOTHING)),
        ("operation-status", phrase(f"operation-status.{last.status.value}")),
        ("valid-until", literal(valid)),
    )


def _delegate(given: Delegation) -> ReadSection:
    who = given.delegate
    return _section(
        "delegation",
        ("delegation-kind", phrase(f"option.delegation-kind.{given.kind.value}")),
        ("surname", literal(who.surname or _NOTHING)),
        ("name", literal(who.name or _NOTHING)),
        ("codice-fiscale", literal(who.codice_fiscale)),
        *_document_rows(given.document),
        ("email", literal(given.email or _NOTHING)),
        ("phone", literal(given.phone or _NOTHING)),
    )


def _notes(registration: Registration) -> ReadSection:
    """Comunicazione."""
    return _section(
        "notes",
        ("note", literal(registration.note or _NOTHING)),
        ("other-note", literal(registration.other_note or _NOTHING)),
    )


# --- before something is recorded


def _of_registration(wanted: WantedRegistration) -> tuple[ReadSection, ...]:
    shown = [
        _person(wanted.person),
        _address("residence", wanted.residence),
        _contacts(wanted.contacts),
        _document("document", wanted.document),
    ]
    if wanted.domicile is not None:
        shown.insert(2, _address("domicile", wanted.domicile))
    if wanted.delegation is not None:
        shown.append(_delegate(wanted.delegation))
    if wanted.note:
        shown.append(_section("notes", ("note", literal(wanted.note))))
    return tuple(shown)


def _of_booking(page: managing.BookingConfirm) -> tuple[ReadSection, ...]:
    """What will be booked, and the operation in progress that it replaces (R-003-22)."""
    registration = page.form.opened.case.registration
    running = registration.credential.running
    rows = [("operation-kind", phrase(f"operation.{page.form.kind.value}"))]
    if running is not None:
        rows.append(("replaces", phrase(f"operation.{running.kind.value}")))
        rows.append(("replaced-at", _day(running.booked_at)))
    rows.append(("email", literal(registration.contacts.email or _NOTHING)))
    shown = [_who(registration), _section("booking", *rows)]
    if page.delegation is not None:
        shown.append(_delegate(page.delegation))
    return tuple(shown)


def _of_changes(
    registration: Registration, changes: tuple[PartChange, ...]
) -> tuple[ReadSection, ...]:
    """Each part that changes: rows that are other than they were, with both."""
    shown = [_who(registration)]
    for change in changes:
        old = _part_rows(registration_parts.value(registration, change.part))
        new = _part_rows(change.value)
        shown.append(_changed(_SECTION_OF[change.part], dict(old), dict(new)))
    return tuple(shown)


def _of_residence(registration: Registration, residence: Residence) -> tuple[ReadSection, ...]:
    old = () if registration.residence is None else _address_rows(registration.residence)
    return (
        _who(registration),
        _changed("residence", dict(old), dict(_address_rows(residence))),
    )


_SECTION_OF: Final = {
    Part.PERSON: "person",
    Part.RESIDENCE: "residence",
    Part.DOMICILE: "domicile",
    Part.CONTACTS: "contacts",
    Part.DOCUMENT: "document",
    Part.NOTE: "notes",
}


def _part_rows(value: PartValue) -> tuple[tuple[str, Phrase], ...]:
    match value:
        case None:
            return ()
        case str():
            return (("note", literal(value)),)
        case Person():
            return _person_rows(value)
        case ItalianAddress() | ForeignAddress():
            return _address_rows(value)
        case Contacts():
            return _contacts_rows(value)
        case IdentityDocument():
            return _document_rows(value)


def _changed(name: str, old: dict[str, Phrase], new: dict[str, Phrase]) -> ReadSection:
    """Only what differs, by the names of both."""
    names = dict.fromkeys((*old, *new))
    nothing = literal(_NOTHING)
    rows = tuple(
        ReadRow(_label(one), new.get(one, nothing), before=old.get(one, nothing))
        for one in names
        if old.get(one, nothing) != new.get(one, nothing)
    )
    return ReadSection(phrase(f"clerk.rows.{name}"), rows)


def _missing(problems: tuple[Problem, ...]) -> ReadSection:
    """What is missing, each by its name (R-003-20)."""
    labels = {row.path: row.label for row in FIELDS if row.path}
    rows = tuple(
        ReadRow(
            phrase(labels.get(problem.field, f"clerk.rows.{problem.field.partition('.')[0]}")),
            literal(_NOTHING),
            problem=Phrase(f"problem.{problem.code}", problem.details),
        )
        for problem in problems
    )
    return ReadSection(phrase("clerk.rows.missing"), rows)


# --- after


def _of_recorded(recorded: outcomes.Recorded) -> tuple[ReadSection, ...]:
    registration = recorded.registration
    shown = [] if registration is None else [_who(registration)]
    match recorded.wanted:
        case WantedRegistration() | WantedBooking() | WantedCode() if registration is not None:
            shown.append(_operation(registration.credential))
    return tuple(shown)


def _section(name: str, *rows: tuple[str, Phrase]) -> ReadSection:
    shown = tuple(ReadRow(_label(label), value) for label, value in rows)
    return ReadSection(phrase(f"clerk.rows.{name}"), shown)


def _label(name: str) -> Phrase:
    return phrase(f"clerk.row.{name}")


def _yes_no(what: bool) -> Phrase:  # noqa: FBT001  the datum itself
    return phrase("option.yes-no.yes" if what else "option.yes-no.no")


def _day(milliseconds: int | None) -> Phrase:
    """The day of a time on Italian calendars."""
    if milliseconds is None:
        return literal(_NOTHING)
    return literal(shown_date(italian_time.at(milliseconds).date()))


def _grouped(number: str) -> str:
    parsed = registration_number.parse(number)
    return number if isinstance(parsed, Problem) else parsed.grouped
