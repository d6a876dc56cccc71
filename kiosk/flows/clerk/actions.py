"""What may be begun on a registration, and why not (R-003-11, 13; C-003-13, 14)."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.events import CaseAction
from sync.model import transitions
from sync.model.credential import Function
from sync.model.errors import Problem
from sync.model.rosters import Right
from sync.model.searching import Row

FUNCTION_OF: Final = {
    CaseAction.DETAIL: Function.RICERCA,
    CaseAction.EDIT: Function.MODIFICA,
    CaseAction.BOOK: Function.PRENOTA,
    CaseAction.RENEW_CODE: Function.RIGENERA_CODICE,
    CaseAction.CHANGE_DELEGATION: Function.MODIFICA_DELEGA,
}


def of_row(row: Row, desk: Desk) -> tuple[CaseAction, ...]:
    """The actions of a row of the search (R-003-53), in the order of the page."""
    if not desk.may(Right.MANAGE):
        return (CaseAction.DETAIL,)
    return tuple(action for action, one in FUNCTION_OF.items() if one in row.functions)


def offered(case: CaseFile, desk: Desk | None) -> tuple[CaseAction, ...]:
    """The buttons of a detail: what the table gives, also where it makes no sense right now.

    Those answer a touch with the reason (`trouble`), so that nobody looks for them in vain.
    """
    if desk is None or not desk.may(Right.MANAGE):
        return ()
    credential = case.registration.credential
    row = transitions.TABLE[credential.state, credential.strong]
    given = [
        action
        for action, one in FUNCTION_OF.items()
        if one in row.functions and action is not CaseAction.DETAIL
    ]
    if case.registration.username:
        given.append(CaseAction.TELL_USERNAME)
    return tuple(given)


def trouble(case: CaseFile, action: CaseAction, desk: Desk | None) -> Problem | None:
    """Why an action cannot be begun; None where it can."""
    right = Right.RESIDENCE if action is CaseAction.CHANGE_RESIDENCE else Right.MANAGE
    if desk is None or not desk.may(right):
        return Problem("operator.no-right", rule="R-003-55")
    credential = case.registration.credential
    if action is CaseAction.TELL_USERNAME and not case.registration.username:
        return Problem("username.none", rule="R-003-62")
    function = FUNCTION_OF.get(action)
    return None if function is None else transitions.why_not(credential, function)
