"""What the steps of clerk pages share: opening a registration, leaving it, scanned codes."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from kiosk.flows import scanned
from kiosk.flows.clerk.effects import (
    ListDisputes,
    OpenRegistration,
    ReadCase,
    ReturnLease,
    SearchRegistrations,
)
from kiosk.flows.clerk.events import CaseAction, Check
from kiosk.flows.clerk.managing import (
    Behind,
    CaseDetail,
    DisputeList,
    FromMenu,
    LeaseStanding,
    Opened,
    Opening,
    Search,
)
from kiosk.flows.clerk.states import Menu, Work
from kiosk.flows.effects import Effect
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Paper, Papers
from kiosk.flows.printed_document import PrintedDocument
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument, shows_residence
from sync.model.identity import Person

WorkMove: TypeAlias = tuple[Work, tuple[Effect, ...]]


def open_number(
    number: str, behind: Behind, around: Surroundings, action: CaseAction = CaseAction.DETAIL
) -> WorkMove:
    """The registration of a number, and then `action`."""
    return Opening(behind, action), (OpenRegistration(around.session_id, number=number),)


def opened_by_code(text: str, behind: Behind, around: Surroundings) -> WorkMove | None:
    """The registration of a scanned receipt, case or codice fiscale; None where the text is none."""
    case = scanned.case_in(text)
    if case is not None:
        return Opening(behind), (ReadCase(around.session_id, case),)
    number = scanned.registration_number_in(text)
    if number is not None:
        return open_number(number, behind, around)
    code = scanned.codice_fiscale_in(text)
    if code is not None:
        return Opening(behind), (OpenRegistration(around.session_id, codice_fiscale=code),)
    return None


def returned(opened: Opened) -> tuple[Effect, ...]:
    """What gives the lease of a registration back."""
    if opened.lease is LeaseStanding.MINE:
        return (ReturnLease(opened.case.registration.number),)
    return ()


def to_detail(opened: Opened) -> WorkMove:
    """The detail of a registration that was under a clerk's hands."""
    return CaseDetail(replace(opened, lease=LeaseStanding.UNASKED)), returned(opened)


def to_behind(behind: Behind, around: Surroundings) -> WorkMove:
    """Where a registration was opened from, as it is now."""
    match behind:
        case Search(found=None):
            return behind, ()
        case Search(filters=filters, found=found):
            page = 0 if found is None else found.page
            again = SearchRegistrations(around.session_id, filters, page)
            return replace(behind, waiting=True, code=None), (again,)
        case DisputeList():
            return behind, (ListDisputes(around.session_id),)
        case FromMenu():
            return Menu(), ()


def checks_of(
    document: IdentityDocument | None, delegation: Delegation | None
) -> tuple[Check, ...]:
    """What a clerk states before something is given out (R-003-39 to 41, 68 to 70)."""
    checks: list[Check]
    if delegation is None:
        checks = [Check.IDENTITY_SEEN]
    else:
        checks = [Check.DELEGATE_IDENTIFIED, Check.DELEGATION_KEPT, Check.COPY_KEPT]
    if document is not None and not shows_residence(document.kind):
        checks.append(Check.RESIDENCE_PROVEN)
    return tuple(checks)


def toggled(checked: frozenset[Check], check: Check, checks: tuple[Check, ...]) -> frozenset[Check]:
    """The boxes after a touch on one."""
    return checked ^ {check} if check in checks else checked


def offered_papers(around: Surroundings, *documents: PrintedDocument) -> Papers:
    """Papers of a page, where the station has an A4 printer."""
    return tuple(Paper(one) for one in documents) if around.office.page_printer else ()


def says(person: Person) -> str:
    """Surname and name, as a header shows them."""
    return " ".join(part for part in (person.surname, person.name) if part)
