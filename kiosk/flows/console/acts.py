"""From what stands on a page to the act that is recorded, and the name by which it is told."""

from __future__ import annotations

from typing import Final, assert_never

from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.stations import (
    ApproveConfirm,
    NoteForm,
    RegisterStation,
    StationChange,
    StationTask,
)
from kiosk.flows.console.users import (
    ActionConfirm,
    ChangeForm,
    InsertForm,
    OfficerConfirm,
    UserTask,
)
from kiosk.flows.console.views import ActName
from kiosk.flows.console.wanted import ConsoleWanted, WantedActivation, WantedDailyPassword
from sync.model import console
from sync.model.certificates import CertificateKind
from sync.model.console import (
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    RegisterNote,
    StationAction,
    StationReason,
    StationRegistration,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
    UserReason,
)
from sync.model.console_plain import HASH_BYTES
from sync.model.users import ASSIGNABLE, Environment, Profile, UserType

_I = FieldId

_STATION_ACTIONS: Final = {
    StationTask.BLOCK: StationAction.BLOCK,
    StationTask.UNBLOCK: StationAction.UNBLOCK,
    StationTask.CANCEL: StationAction.CANCEL,
    StationTask.NEW_TOKEN: StationAction.NEW_TOKEN,
}
_USER_ACTIONS: Final = {
    UserTask.BLOCK: UserAction.BLOCK,
    UserTask.UNBLOCK: UserAction.UNBLOCK,
    UserTask.DELETE: UserAction.DELETE,
    UserTask.NEW_CARD: UserAction.NEW_CARD,
    UserTask.REPLACE_CARD: UserAction.REPLACE_CARD,
    UserTask.HAND_OVER_CARD: UserAction.HAND_OVER_CARD,
    UserTask.REGISTER_CARD: UserAction.REGISTER_CARD,
    UserTask.SEND_CODES: UserAction.SEND_CODES,
}
_OFFICER_ACTIONS: Final = {
    UserTask.MASTER_RECEIVED: OfficerAction.MASTER_RECEIVED,
    UserTask.ACTIVATE_CARD: OfficerAction.ACTIVATE_CARD,
    UserTask.ASK_REVOCATION: OfficerAction.ASK_REVOCATION,
    UserTask.ASK_EXTRA: OfficerAction.ASK_EXTRA,
}
_WITH_SERIAL: Final = frozenset(
    {
        *(UserTask.BLOCK, UserTask.REPLACE_CARD, UserTask.HAND_OVER_CARD),
        *(UserTask.REGISTER_CARD, UserTask.SEND_CODES),
    }
)

OFFICER_TASKS: Final = frozenset(_OFFICER_ACTIONS)
"""What is done about operators' cards (R-001-7, 28)."""


def registration(comune: str, form: RegisterStation) -> StationRegistration:
    """Registra Postazione."""
    kind = form.sheet.text(_I.KIND) or CertificateKind.STATION.name
    return StationRegistration(
        comune, form.sheet.text(_I.LABEL).strip(), CertificateKind[kind.upper()]
    )


def approval(comune: str, page: ApproveConfirm) -> EnrolmentApproval:
    """The request whose check code is on the page, and no other."""
    record = page.page.record
    return EnrolmentApproval(comune, record.name, record.request)


def station_change(comune: str, change: StationChange) -> console.StationChange:
    """Blocca, Sblocca, Cancella, a new code."""
    picked = change.sheet.text(_I.STATION_REASON)
    reason = StationReason(picked) if picked else StationReason.ORDER
    action = _STATION_ACTIONS[change.task]
    return console.StationChange(comune, change.page.record.name, action, reason)


def note(comune: str, form: NoteForm) -> RegisterNote:
    """Where the certificate lives."""
    return RegisterNote(comune, form.page.record.name, form.sheet.text(_I.PLACE).strip())


def insertion(comune: str, form: InsertForm) -> UserInsertion:
    """Inserisci utente."""
    sheet = form.sheet
    return UserInsertion(
        comune=comune,
        codice_fiscale=sheet.text(_I.CODICE_FISCALE),
        surname=sheet.text(_I.SURNAME).strip(),
        name=sheet.text(_I.NAME).strip(),
        email=sheet.text(_I.EMAIL).strip(),
        pec=sheet.text(_I.PEC).strip(),
        user_type=UserType(sheet.text(_I.USER_TYPE) or UserType.OPERATOR.value),
        environments=environments(sheet),
        profiles=profiles(sheet),
        card=sheet.is_ticked(_I.CARD),
    )


def change(comune: str, form: ChangeForm) -> UserChange:
    """Modifica, on the record as it was seen."""
    sheet, record = form.sheet, form.page.record
    return UserChange(
        comune=comune,
        codice_fiscale=record.codice_fiscale,
        basis=record.digest,
        email=sheet.text(_I.EMAIL).strip(),
        pec=sheet.text(_I.PEC).strip(),
        environments=environments(sheet),
        # What is not on offer to this administrator stays as it is; the hub keeps by itself what
        # the census alone gives (R-004-1), and no act may name it (R-004-5).
        profiles=profiles(sheet) | ((record.profiles - _on_offer(sheet)) & ASSIGNABLE),
    )


def user_action(comune: str, page: ActionConfirm) -> UserActionAct:
    """What is done to a user or a card."""
    record, picked = page.page.record, page.sheet.text(_I.USER_REASON)
    card = record.card
    return UserActionAct(
        comune=comune,
        codice_fiscale=record.codice_fiscale,
        action=_USER_ACTIONS[page.task],
        reason=UserReason(picked) if picked else UserReason.ORDER,
        serial=card.serial if card is not None and page.task in _WITH_SERIAL else "",
        reported=page.sheet.is_ticked(_I.REPORTED),
    )


def officer_act(comune: str, page: OfficerConfirm) -> OfficerAct | WantedActivation:
    """What is done about an operator's card."""
    code, serial = page.page.record.codice_fiscale, page.sheet.text(_I.SERIAL).strip().upper()
    if page.task is UserTask.ACTIVATE_CARD:
        return WantedActivation(comune, code, serial)
    return OfficerAct(comune, code, _OFFICER_ACTIONS[page.task], serial)


def provable(wanted: OfficerAct | WantedActivation) -> OfficerAct:
    """The act with a proof of the right length, to be checked but for it."""
    if isinstance(wanted, OfficerAct):
        return wanted
    activate, nothing = OfficerAction.ACTIVATE_CARD, bytes(HASH_BYTES)
    return OfficerAct(wanted.comune, wanted.codice_fiscale, activate, wanted.serial, nothing)


def environments(sheet: Sheet) -> frozenset[Environment]:
    """The environments that are ticked."""
    return frozenset(Environment(value) for value in sheet.picked(_I.ENVIRONMENTS))


def profiles(sheet: Sheet) -> frozenset[Profile]:
    """The profiles that are ticked."""
    return frozenset(Profile(value) for value in sheet.picked(_I.PROFILES))


def _on_offer(sheet: Sheet) -> frozenset[Profile]:
    return frozenset(Profile(value) for value in sheet.options(_I.PROFILES))


_OF_STATION: Final = {
    StationAction.BLOCK: ActName.BLOCK_STATION,
    StationAction.UNBLOCK: ActName.UNBLOCK_STATION,
    StationAction.CANCEL: ActName.CANCEL_STATION,
    StationAction.NEW_TOKEN: ActName.NEW_TOKEN,
}
_OF_USER: Final = {
    UserAction.BLOCK: ActName.BLOCK_USER,
    UserAction.UNBLOCK: ActName.UNBLOCK_USER,
    UserAction.DELETE: ActName.DELETE_USER,
    UserAction.NEW_CARD: ActName.NEW_CARD,
    UserAction.REPLACE_CARD: ActName.REPLACE_CARD,
    UserAction.HAND_OVER_CARD: ActName.HAND_OVER_CARD,
    UserAction.REGISTER_CARD: ActName.REGISTER_CARD,
    UserAction.SEND_CODES: ActName.SEND_CODES,
}
_OF_OFFICER: Final = {
    OfficerAction.MASTER_RECEIVED: ActName.MASTER_RECEIVED,
    OfficerAction.ACTIVATE_CARD: ActName.ACTIVATE_CARD,
    OfficerAction.ASK_REVOCATION: ActName.ASK_REVOCATION,
    OfficerAction.ASK_EXTRA: ActName.ASK_EXTRA,
}


def name_of(wanted: ConsoleWanted) -> ActName:  # one line an act
    """The name by which an act is told."""
    match wanted:
        case StationRegistration():
            return ActName.REGISTER_STATION
        case EnrolmentApproval():
            return ActName.APPROVE
        case console.StationChange(action=action):
            return _OF_STATION[action]
        case RegisterNote():
            return ActName.NOTE
        case UserInsertion():
            return ActName.INSERT_USER
        case UserChange():
            return ActName.CHANGE_USER
        case UserActionAct(action=done):
            return _OF_USER[done]
        case OfficerAct(action=officers):
            return _OF_OFFICER[officers]
        case WantedDailyPassword():
            return ActName.DAILY_PASSWORD
        case WantedActivation():
            return ActName.ACTIVATE_CARD
        case _:
            assert_never(wanted)
