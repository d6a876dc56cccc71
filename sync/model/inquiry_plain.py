"""Inquiries and replies as plain values, each with the name of its kind beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, assert_never

from sync.model import changes_plain, counter_plain, plain
from sync.model import console_views_plain as console
from sync.model.console_views import (
    CertificateAsked,
    CertificateTold,
    ConsoleInquiry,
    ConsoleReply,
    DayPass,
    DaySignIn,
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    RenewalAsked,
    Renewed,
    SignedListPart,
    SignedListSince,
    StationsAsked,
    StationsTold,
    UsersAsked,
    UsersTold,
)
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.model.home_plain import TICKET_BYTES
from sync.model.inquiry import Changes as ChangesReply
from sync.model.inquiry import (
    ChangesSince,
    CodesShown,
    Denied,
    Done,
    Inquiry,
    LeaseAsked,
    LeaseGranted,
    LeaseHeld,
    LeaseReturned,
    NotFound,
    PersonFound,
    PersonLookUp,
    RefusedAsked,
    RefusedTold,
    RegisterName,
    Reply,
    Standing,
    StandingAsked,
    StandingKind,
    Ticket,
    UsernameAsked,
    UsernameProposed,
    UsernameTold,
)
from sync.model.plain_reader import PlainReader
from sync.model.registration_plain import from_part


def inquiry_to_plain(inquiry: Inquiry) -> tuple[str, dict[str, Any]]:
    """The name of the inquiry's kind, and its members as str, int, bytes and None."""
    match inquiry:
        case ChangesSince():
            return "changes_since", {
                "position": inquiry.position,
                "most": inquiry.most,
                "epoch": inquiry.epoch,
            }
        case PersonLookUp():
            return "person_look_up", {
                "codice_fiscale": inquiry.codice_fiscale,
                "comune": inquiry.comune,
            }
        case StandingAsked():
            return "standing", {"codice_fiscale": inquiry.codice_fiscale}
        case LeaseAsked():
            return "lease", {"registration_number": inquiry.registration_number}
        case LeaseReturned():
            return "lease_returned", {"registration_number": inquiry.registration_number}
        case UsernameAsked():
            return "username", {
                "codice_fiscale": inquiry.codice_fiscale,
                "registration_number": inquiry.registration_number,
            }
        case RefusedAsked():
            return "refused", {"seq": inquiry.seq, "operation_id": inquiry.operation_id}
        case CodesShown():
            return "codes", {
                "codice_fiscale": inquiry.codice_fiscale,
                "code": inquiry.code,
                "pin": inquiry.pin,
            }
        case UsernameProposed():
            return "username_proposed", {"ticket": inquiry.ticket, "username": inquiry.username}
        case _:
            return _from_console_inquiry(inquiry)


def _from_console_inquiry(
    inquiry: ConsoleInquiry | DaySignIn | SignedListSince | RenewalAsked,
) -> tuple[str, dict[str, Any]]:
    match inquiry:
        case StationsAsked():
            return "stations", console.from_page(inquiry)
        case UsersAsked():
            return "users", console.from_page(inquiry)
        case EnrolmentCodeAsked():
            return "enrolment_code", console.from_named(inquiry)
        case CertificateAsked():
            return "certificate", console.from_named(inquiry)
        case DaySignIn():
            return "day_sign_in", {
                "codice_fiscale": inquiry.codice_fiscale,
                "password": inquiry.password,
                "key": inquiry.key,
            }
        case SignedListSince():
            return "signed_list_since", console.from_list_since(inquiry)
        case RenewalAsked():
            return "renewal", {"request": inquiry.request}
        case _:
            assert_never(inquiry)


def inquiry_from_plain(kind: str, value: object) -> Inquiry | Problem:
    """Read `inquiry_to_plain` back; `inquiry.unknown-kind` or `operation.malformed`."""
    reads = _INQUIRIES.get(kind)
    if reads is None:
        return Problem("inquiry.unknown-kind")
    reader = PlainReader(value)
    inquiry = reads(reader)
    reader.finish()
    return reader.problem or inquiry


def reply_to_plain(reply: Reply) -> tuple[str, dict[str, Any]]:  # noqa: PLR0911  # one for each kind
    """The name of the reply's kind, and its members as plain values."""
    match reply:
        case ChangesReply():
            return "changes", changes_plain.to_plain(reply)
        case PersonFound():
            return "person", _from_person_found(reply)
        case NotFound():
            return "not_found", {"unasked": [register.value for register in reply.unasked]}
        case Standing():
            return "standing", {"kind": reply.kind.value, "number": reply.number}
        case LeaseGranted():
            return "lease_granted", {"until": reply.until}
        case LeaseHeld():
            return "lease_held", {"by": reply.by, "office": reply.office, "until": reply.until}
        case UsernameTold():
            return "username", {"username": reply.username}
        case RefusedTold():
            kind = counter_plain.kind_of(reply.act)
            return "refused", {"kind": kind, "act": counter_plain.to_plain(reply.act)}
        case Ticket():
            return "ticket", {
                "ticket": reply.ticket,
                "kind": reply.kind.value,
                "steps": [step.value for step in reply.steps],
                "valid_until": reply.valid_until,
                "old_username": reply.old_username,
                "own": sorted(reply.own),
            }
        case Denied():
            return "denied", {
                "code": reply.code,
                "remedy": reply.remedy,
                "wait_seconds": reply.wait_seconds,
            }
        case Done():
            return "done", {}
        case _:
            return _from_console_reply(reply)


def _from_console_reply(
    reply: ConsoleReply | SignedListPart | Renewed,
) -> tuple[str, dict[str, Any]]:
    match reply:
        case StationsTold():
            return "stations", console.from_records(reply)
        case UsersTold():
            return "users", console.from_records(reply)
        case EnrolmentCodeTold():
            return "enrolment_code", {
                "token": reply.token,
                "password": reply.password,
                "until": reply.until,
            }
        case CertificateTold():
            return "certificate", {"station": reply.station, "pem": reply.pem}
        case DayPass():
            return "day_pass", console.from_day_pass(reply)
        case SignedListPart():
            return "signed_list", console.from_list_part(reply)
        case Renewed():
            return "renewed", {"data": reply.data}
        case _:
            assert_never(reply)


def reply_from_plain(kind: str, value: object) -> Reply | Problem:
    """Read `reply_to_plain` back; `inquiry.unknown-kind` or `operation.malformed`."""
    reads = _REPLIES.get(kind)
    if reads is None:
        return Problem("inquiry.unknown-kind")
    reader = PlainReader(value)
    reply = reads(reader)
    reader.finish()
    return reader.problem or reply


def _from_person_found(found: PersonFound) -> dict[str, Any]:
    return {
        "register": found.register.value,
        "person": plain.from_person(found.person),
        "residence": from_part(found.residence),
        "contacts": from_part(found.contacts),
        "document": from_part(found.document),
    }


def _person_found(reader: PlainReader) -> PersonFound:
    residence = reader.part_or_none("residence")
    contacts = reader.part_or_none("contacts")
    document = reader.part_or_none("document")
    return PersonFound(
        register=reader.choice("register", RegisterName),
        person=plain.to_person(reader.part("person")),
        residence=None if residence is None else plain.to_address(residence),
        contacts=None if contacts is None else plain.to_contacts(contacts),
        document=None if document is None else plain.to_document(document),
    )


def _changes_since(reader: PlainReader) -> ChangesSince:
    return ChangesSince(
        position=reader.whole("position"),
        most=reader.whole("most"),
        epoch=reader.octets("epoch"),
    )


def _person_look_up(reader: PlainReader) -> PersonLookUp:
    return PersonLookUp(codice_fiscale=reader.text("codice_fiscale"), comune=reader.text("comune"))


def _standing_asked(reader: PlainReader) -> StandingAsked:
    return StandingAsked(codice_fiscale=reader.text("codice_fiscale"))


def _lease_asked(reader: PlainReader) -> LeaseAsked:
    return LeaseAsked(registration_number=reader.text("registration_number"))


def _lease_returned(reader: PlainReader) -> LeaseReturned:
    return LeaseReturned(registration_number=reader.text("registration_number"))


def _username_asked(reader: PlainReader) -> UsernameAsked:
    return UsernameAsked(
        codice_fiscale=reader.text("codice_fiscale"),
        registration_number=reader.text("registration_number"),
    )


def _refused_asked(reader: PlainReader) -> RefusedAsked:
    return RefusedAsked(seq=reader.whole("seq"), operation_id=reader.text("operation_id"))


def _codes_shown(reader: PlainReader) -> CodesShown:
    return CodesShown(
        codice_fiscale=reader.text("codice_fiscale"),
        code=reader.text("code"),
        pin=reader.text_or_none("pin"),
    )


def _username_proposed(reader: PlainReader) -> UsernameProposed:
    return UsernameProposed(
        ticket=reader.octets("ticket", exactly=TICKET_BYTES), username=reader.text("username")
    )


def _not_found(reader: PlainReader) -> NotFound:
    return NotFound(reader.choices("unasked", RegisterName))


def _standing(reader: PlainReader) -> Standing:
    return Standing(kind=reader.choice("kind", StandingKind), number=reader.text("number"))


def _lease_granted(reader: PlainReader) -> LeaseGranted:
    return LeaseGranted(until=reader.whole("until"))


def _lease_held(reader: PlainReader) -> LeaseHeld:
    return LeaseHeld(
        by=reader.text("by"), office=reader.text("office"), until=reader.whole("until")
    )


def _username_told(reader: PlainReader) -> UsernameTold:
    return UsernameTold(username=reader.text("username"))


def _refused_told(reader: PlainReader) -> RefusedTold:
    kind, act = reader.text("kind"), reader.part("act")
    if kind not in counter_plain.KINDS:
        reader.refuse("kind")
        kind = counter_plain.ACCOUNT_DELETION
    return RefusedTold(counter_plain.read(kind, act))


def _ticket(reader: PlainReader) -> Ticket:
    return Ticket(
        ticket=reader.octets("ticket", exactly=TICKET_BYTES),
        kind=reader.choice("kind", OperationKind),
        steps=reader.choices("steps", HomeStep),
        valid_until=reader.whole("valid_until"),
        old_username=reader.text("old_username"),
        own=frozenset(reader.texts("own")),
    )


def _denied(reader: PlainReader) -> Denied:
    return Denied(
        code=reader.text("code"),
        remedy=reader.text("remedy"),
        wait_seconds=reader.whole("wait_seconds"),
    )


_INQUIRIES: Final[Mapping[str, Callable[[PlainReader], Inquiry]]] = {
    "changes_since": _changes_since,
    "person_look_up": _person_look_up,
    "standing": _standing_asked,
    "lease": _lease_asked,
    "lease_returned": _lease_returned,
    "username": _username_asked,
    "refused": _refused_asked,
    "codes": _codes_shown,
    "username_proposed": _username_proposed,
    "stations": console.stations_asked,
    "users": console.users_asked,
    "enrolment_code": console.enrolment_code_asked,
    "certificate": console.certificate_asked,
    "day_sign_in": console.day_sign_in,
    "signed_list_since": console.signed_list_since,
    "renewal": console.renewal_asked,
}

_REPLIES: Final[Mapping[str, Callable[[PlainReader], Reply]]] = {
    "changes": changes_plain.read,
    "person": _person_found,
    "not_found": _not_found,
    "standing": _standing,
    "lease_granted": _lease_granted,
    "lease_held": _lease_held,
    "username": _username_told,
    "refused": _refused_told,
    "ticket": _ticket,
    "denied": _denied,
    "done": lambda _: Done(),
    "stations": console.stations_told,
    "users": console.users_told,
    "enrolment_code": console.enrolment_code_told,
    "certificate": console.certificate_told,
    "day_pass": console.day_pass,
    "signed_list": console.signed_list_part,
    "renewed": console.renewed,
}
