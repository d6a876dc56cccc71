"""What keeps a clerk's act from being recorded or accepted, whatever the registry holds.

A station applies these before it records and the hub at ingest. What depends on the registration as
it is, `sync.model.reconciliation` judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final, assert_never

from sync.model import codice_fiscale, form_rules, registration_number
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
from sync.model.errors import Problem
from sync.model.form_rules import at, checked, optional
from sync.model.identity import Person
from sync.model.inquiry import RegisterName
from sync.model.names import parse_line
from sync.model.registration import Part
from sync.model.registration_parts import part_problems
from sync.model.secret_digests import digest_problem
from sync.model.transitions import OPERATIONS, Gives

LONGEST_OFFICE: Final = 120
MOST_MAILED_BYTES: Final = 2048

_OPERATION_ID: Final = re.compile(r"[0-9a-f]{32}")
_CODE: Final = re.compile(r"[a-z0-9.-]{1,80}")
_KIND: Final = re.compile(r"[a-z_]{1,40}")
_REGISTERS: Final = frozenset({"", *(register.value for register in RegisterName)})


def problems(act: CounterAct, *, today: date) -> tuple[Problem, ...]:
    """Everything that is wrong with an act, in the order of its fields.

    Args:
        act: what was done.
        today: day of the form, or of ingest at the hub.
    """
    return (*_problems(act, today), *_office_problems(act.office))


def _problems(act: CounterAct, today: date) -> Iterator[Problem]:
    match act:
        case CounterRegistration():
            yield from _registration_problems(act, today)
        case Booking():
            yield from _booking_problems(act, today)
        case CodeRegeneration():
            yield from at("subject", _subject_problems(act.subject))
            yield from _identified_problems(identified=act.identified)
            yield from at("secrets", _secrets_problems(act.secrets, with_pin=False))
        case RecordEdit():
            yield from at("subject", _subject_problems(act.subject))
            yield from _edit_problems(act, today)
        case ResidenceChange():
            yield from at("subject", _subject_problems(act.subject))
            if act.change.part is not Part.RESIDENCE:
                yield Problem("edit.part-value", field="change.part", rule="R-003-61")
            yield from at("change", _change_problems(act.change, None, today))
        case DelegationChange():
            yield from _delegation_change_problems(act, today)
        case OldAccountDeletion():
            yield from _deletion_problems(act)
        case DisputeSettlement():
            yield from _settlement_problems(act)
        case OutcomeClosing():
            yield from _closing_problems(act)
        case _:
            assert_never(act)


def _registration_problems(act: CounterRegistration, today: date) -> Iterator[Problem]:
    yield from optional("registration_number", act.registration_number, registration_number.parse)
    yield from form_rules.session_problems(act.language, act.privacy_notice)
    if act.register not in _REGISTERS:
        yield Problem("registration.register", field="register", rule="R-003-43")
    yield from at("person", form_rules.person_problems(act.person, today))
    yield from at("residence", form_rules.residence_problems(act.residence, today))
    if act.domicile is not None:
        yield from at("domicile", form_rules.domicile_problems(act.domicile, today))
    yield from at("contacts", form_rules.contacts_problems(act.contacts))
    yield from at("document", form_rules.document_problems(act.document, act.person, today))
    if act.delegation is not None:
        yield from at(
            "delegation", form_rules.delegation_problems(act.person, act.delegation, today)
        )
    if act.note is not None:
        yield from at("note", form_rules.note_problems(act.note))
    yield from _identified_problems(identified=act.identified)
    yield from at("secrets", _secrets_problems(act.secrets, with_pin=True))


def _booking_problems(act: Booking, today: date) -> Iterator[Problem]:
    yield from at("subject", _subject_problems(act.subject))
    if act.delegation is not None:
        yield from at(
            "delegation",
            form_rules.delegate_problems(act.subject.codice_fiscale, act.delegation, today),
        )
    yield from _identified_problems(identified=act.identified)
    with_pin = Gives.NEW_PIN in OPERATIONS[act.kind].gives
    yield from at("secrets", _secrets_problems(act.secrets, with_pin=with_pin))


def _edit_problems(act: RecordEdit, today: date) -> Iterator[Problem]:
    parts = [change.part for change in act.changes]
    if not parts:
        yield Problem("edit.nothing", field="changes", rule="R-003-32")
    if len(set(parts)) != len(parts):
        yield Problem("edit.part-twice", field="changes")
    people = [change.value for change in act.changes if isinstance(change.value, Person)]
    holder = people[0] if people else None
    for place, change in enumerate(act.changes):
        yield from at(f"changes.{place}", _change_problems(change, holder, today))


def _change_problems(change: PartChange, holder: Person | None, today: date) -> Iterator[Problem]:
    yield from at("value", iter(part_problems(change.part, change.value, holder, today=today)))


def _delegation_change_problems(act: DelegationChange, today: date) -> Iterator[Problem]:
    yield from at("subject", _subject_problems(act.subject))
    if not _OPERATION_ID.fullmatch(act.booking):
        yield Problem("operation.not-canonical", field="booking")
    yield from at(
        "delegation",
        form_rules.delegate_problems(act.subject.codice_fiscale, act.delegation, today),
    )


def _deletion_problems(act: OldAccountDeletion) -> Iterator[Problem]:
    yield from checked("codice_fiscale", act.codice_fiscale, codice_fiscale.parse)
    if not act.request_archived:
        yield Problem("account.request-not-archived", field="request_archived", rule="R-003-46")


def _settlement_problems(act: DisputeSettlement) -> Iterator[Problem]:
    for field, text, form in (
        ("operation_id", act.operation_id, _OPERATION_ID),
        ("code", act.code, _CODE),
    ):
        if not form.fullmatch(text):
            yield Problem("operation.not-canonical", field=field)


def _closing_problems(act: OutcomeClosing) -> Iterator[Problem]:
    """What never came whole has no code; what was done again names the operation that was."""
    lost, again = act.reason is ClosingReason.LOST, act.reason is ClosingReason.DONE_AGAIN
    for field, right in (
        ("seq", act.seq >= 1),
        ("operation_id", _OPERATION_ID.fullmatch(act.operation_id)),
        ("kind", _KIND.fullmatch(act.kind)),
        ("code", _CODE.fullmatch(act.code) or (lost and not act.code)),
        ("done_again", _OPERATION_ID.fullmatch(act.done_again) if again else not act.done_again),
    ):
        if not right:
            yield Problem("operation.not-canonical", field=field)


def _subject_problems(subject: Subject) -> Iterator[Problem]:
    yield from checked("codice_fiscale", subject.codice_fiscale, codice_fiscale.parse)
    yield from checked(
        "registration_number", subject.registration_number, registration_number.parse
    )


def _identified_problems(*, identified: bool) -> Iterator[Problem]:
    if not identified:
        yield Problem("registration.not-identified", field="identified", rule="R-003-41")


def _secrets_problems(secrets: IssuedSecrets, *, with_pin: bool) -> Iterator[Problem]:
    """A PIN goes with what gives one, and with nothing else (R-003-19, C-003-11)."""
    if (secrets.pin is not None) != with_pin:
        yield Problem("secrets.pin", field="pin", rule="R-003-19")
    for field, text in (("pin", secrets.pin), ("code", secrets.code)):
        problem = None if text is None else digest_problem(text)
        if problem is not None:
            yield problem.at(field)
    mailed = secrets.mailed_code
    if mailed is not None and not 0 < len(mailed) <= MOST_MAILED_BYTES:
        yield Problem("secrets.mailed-code", field="mailed_code")


def _office_problems(office: str) -> Iterator[Problem]:
    if parse_line(office, longest=LONGEST_OFFICE, what="office") != office:
        yield Problem("operator.office", field="office", rule="R-003-63")
