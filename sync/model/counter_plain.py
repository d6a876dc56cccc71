"""What clerks do as plain values: what stands in an envelope's body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, assert_never

from sync.model import plain
from sync.model.counter import (
    Booking,
    ClosingReason,
    CodeRegeneration,
    CounterAct,
    CounterRegistration,
    DelegationChange,
    DisputeSettlement,
    IssuedSecrets,
    OldAccountDeletion,
    OutcomeClosing,
    PartChange,
    RecordEdit,
    ResidenceChange,
    Subject,
)
from sync.model.credential import OperationKind
from sync.model.credential_plain import from_basis, to_basis
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.plain_reader import PlainReader
from sync.model.preregistration import Community, DataSource
from sync.model.registration import Part
from sync.model.registration_parts import DIGEST_BYTES
from sync.model.registration_plain import from_part, to_part

REGISTRATION: Final = "registration"
BOOKING: Final = "booking"
CODE_REGENERATION: Final = "code_regeneration"
RECORD_EDIT: Final = "record_edit"
RESIDENCE_CHANGE: Final = "residence_change"
DELEGATION_CHANGE: Final = "delegation_change"
ACCOUNT_DELETION: Final = "account_deletion"
DISPUTE_SETTLEMENT: Final = "dispute_settlement"
OUTCOME_CLOSING: Final = "outcome_closing"


def kind_of(act: CounterAct) -> str:
    """The name of an act's kind, as it stands in the header of an envelope."""
    match act:
        case CounterRegistration():
            return REGISTRATION
        case Booking():
            return BOOKING
        case CodeRegeneration():
            return CODE_REGENERATION
        case RecordEdit():
            return RECORD_EDIT
        case ResidenceChange():
            return RESIDENCE_CHANGE
        case DelegationChange():
            return DELEGATION_CHANGE
        case OldAccountDeletion():
            return ACCOUNT_DELETION
        case DisputeSettlement():
            return DISPUTE_SETTLEMENT
        case OutcomeClosing():
            return OUTCOME_CLOSING
        case _:
            assert_never(act)


def to_plain(act: CounterAct) -> dict[str, Any]:
    """The act as str, int, bytes, bool, None, list and dict, in the version `operation.VERSION`."""
    match act:
        case CounterRegistration():
            return _from_registration(act)
        case Booking():
            return {
                "subject": _from_subject(act.subject),
                "kind": act.kind.value,
                "basis": from_basis(act.basis),
                "delegation": _from_delegation(act.delegation),
                "identified": act.identified,
                "secrets": _from_secrets(act.secrets),
                "office": act.office,
            }
        case CodeRegeneration():
            return {
                "subject": _from_subject(act.subject),
                "basis": from_basis(act.basis),
                "identified": act.identified,
                "secrets": _from_secrets(act.secrets),
                "office": act.office,
            }
        case RecordEdit():
            return {
                "subject": _from_subject(act.subject),
                "changes": [_from_change(change) for change in act.changes],
                "office": act.office,
            }
        case ResidenceChange():
            return {
                "subject": _from_subject(act.subject),
                "change": _from_change(act.change),
                "office": act.office,
            }
        case DelegationChange():
            return {
                "subject": _from_subject(act.subject),
                "booking": act.booking,
                "seen": act.seen,
                "delegation": plain.from_delegation(act.delegation),
                "office": act.office,
            }
        case OldAccountDeletion():
            return {
                "codice_fiscale": act.codice_fiscale,
                "request_archived": act.request_archived,
                "office": act.office,
            }
        case DisputeSettlement():
            return {"operation_id": act.operation_id, "code": act.code, "office": act.office}
        case OutcomeClosing():
            return {
                "seq": act.seq,
                "operation_id": act.operation_id,
                "kind": act.kind,
                "code": act.code,
                "reason": act.reason.value,
                "done_again": act.done_again,
                "office": act.office,
            }
        case _:
            assert_never(act)


def from_plain(kind: str, value: object) -> CounterAct | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.

    Raises:
        KeyError: `kind` is not in `KINDS`.
    """
    reader = PlainReader(value)
    act = read(kind, reader)
    return reader.problem or act


def read(kind: str, reader: PlainReader) -> CounterAct:
    """The act that stands where `reader` is; what is wrong with it is the reader's `problem`.

    Raises:
        KeyError: `kind` is not in `KINDS`.
    """
    act = _READERS[kind](reader)
    reader.finish()
    return act


def _from_registration(act: CounterRegistration) -> dict[str, Any]:
    return {
        "registration_number": act.registration_number,
        "community": act.community.value,
        "language": act.language,
        "privacy_notice": act.privacy_notice,
        "source": act.source.value,
        "register": act.register,
        "person": plain.from_person(act.person),
        "residence": plain.from_address(act.residence),
        "domicile": from_part(act.domicile),
        "contacts": plain.from_contacts(act.contacts),
        "document": plain.from_document(act.document),
        "delegation": _from_delegation(act.delegation),
        "note": act.note,
        "identified": act.identified,
        "secrets": _from_secrets(act.secrets),
        "office": act.office,
    }


def _from_subject(subject: Subject) -> dict[str, Any]:
    return {
        "codice_fiscale": subject.codice_fiscale,
        "registration_number": subject.registration_number,
    }


def _from_secrets(secrets: IssuedSecrets) -> dict[str, Any]:
    return {
        "pin": secrets.pin,
        "code": secrets.code,
        "mailed_code": secrets.mailed_code,
        "valid_until": secrets.valid_until.isoformat(),
    }


def _from_delegation(delegation: Delegation | None) -> dict[str, Any] | None:
    return None if delegation is None else plain.from_delegation(delegation)


def _from_change(change: PartChange) -> dict[str, Any]:
    return {
        "part": change.part.value,
        "seen": change.seen,
        "value": from_part(change.value),
    }


def _registration(reader: PlainReader) -> CounterRegistration:
    domicile = reader.part_or_none("domicile")
    return CounterRegistration(
        registration_number=reader.text_or_none("registration_number"),
        community=reader.choice("community", Community),
        language=reader.text("language"),
        privacy_notice=reader.text("privacy_notice"),
        source=reader.choice("source", DataSource),
        register=reader.text("register"),
        person=plain.to_person(reader.part("person")),
        residence=plain.to_address(reader.part("residence")),
        domicile=None if domicile is None else plain.to_italian_address(domicile),
        contacts=plain.to_contacts(reader.part("contacts")),
        document=plain.to_document(reader.part("document")),
        delegation=_delegation(reader),
        note=reader.text_or_none("note"),
        identified=reader.flag("identified"),
        secrets=_secrets(reader.part("secrets")),
        office=reader.text("office"),
    )


def _booking(reader: PlainReader) -> Booking:
    return Booking(
        subject=_subject(reader.part("subject")),
        kind=reader.choice("kind", OperationKind),
        basis=to_basis(reader.part("basis")),
        delegation=_delegation(reader),
        identified=reader.flag("identified"),
        secrets=_secrets(reader.part("secrets")),
        office=reader.text("office"),
    )


def _code_regeneration(reader: PlainReader) -> CodeRegeneration:
    return CodeRegeneration(
        subject=_subject(reader.part("subject")),
        basis=to_basis(reader.part("basis")),
        identified=reader.flag("identified"),
        secrets=_secrets(reader.part("secrets")),
        office=reader.text("office"),
    )


def _record_edit(reader: PlainReader) -> RecordEdit:
    return RecordEdit(
        subject=_subject(reader.part("subject")),
        changes=tuple(_change(part) for part in reader.parts("changes", most=len(Part))),
        office=reader.text("office"),
    )


def _residence_change(reader: PlainReader) -> ResidenceChange:
    return ResidenceChange(
        subject=_subject(reader.part("subject")),
        change=_change(reader.part("change")),
        office=reader.text("office"),
    )


def _delegation_change(reader: PlainReader) -> DelegationChange:
    return DelegationChange(
        subject=_subject(reader.part("subject")),
        booking=reader.text("booking"),
        seen=reader.octets("seen", exactly=DIGEST_BYTES),
        delegation=plain.to_delegation(reader.part("delegation")),
        office=reader.text("office"),
    )


def _account_deletion(reader: PlainReader) -> OldAccountDeletion:
    return OldAccountDeletion(
        codice_fiscale=reader.text("codice_fiscale"),
        request_archived=reader.flag("request_archived"),
        office=reader.text("office"),
    )


def _dispute_settlement(reader: PlainReader) -> DisputeSettlement:
    return DisputeSettlement(
        operation_id=reader.text("operation_id"),
        code=reader.text("code"),
        office=reader.text("office"),
    )


def _outcome_closing(reader: PlainReader) -> OutcomeClosing:
    return OutcomeClosing(
        seq=reader.whole("seq"),
        operation_id=reader.text("operation_id"),
        kind=reader.text("kind"),
        code=reader.text("code"),
        reason=reader.choice("reason", ClosingReason),
        done_again=reader.text("done_again"),
        office=reader.text("office"),
    )


def _subject(reader: PlainReader) -> Subject:
    subject = Subject(
        codice_fiscale=reader.text("codice_fiscale"),
        registration_number=reader.text("registration_number"),
    )
    reader.finish()
    return subject


def _secrets(reader: PlainReader) -> IssuedSecrets:
    secrets = IssuedSecrets(
        pin=reader.text_or_none("pin"),
        code=reader.text("code"),
        mailed_code=reader.octets_or_none("mailed_code"),
        valid_until=reader.day("valid_until"),
    )
    reader.finish()
    return secrets


def _delegation(reader: PlainReader) -> Delegation | None:
    delegation = reader.part_or_none("delegation")
    return None if delegation is None else plain.to_delegation(delegation)


def _change(reader: PlainReader) -> PartChange:
    part = reader.choice("part", Part)
    change = PartChange(
        part=part,
        seen=reader.octets("seen", exactly=DIGEST_BYTES),
        value=to_part(reader, "value", part),
    )
    reader.finish()
    return change


_READERS: Final[Mapping[str, Callable[[PlainReader], CounterAct]]] = {
    REGISTRATION: _registration,
    BOOKING: _booking,
    CODE_REGENERATION: _code_regeneration,
    RECORD_EDIT: _record_edit,
    RESIDENCE_CHANGE: _residence_change,
    DELEGATION_CHANGE: _delegation_change,
    ACCOUNT_DELETION: _account_deletion,
    DISPUTE_SETTLEMENT: _dispute_settlement,
    OUTCOME_CLOSING: _outcome_closing,
}

KINDS: Final = frozenset(_READERS)
"""The kinds of what a clerk does."""
