"""Sessions of the security console to draw: one for each page, and those that strain one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from kiosk.flows.clerk import signing_in
from kiosk.flows.clerk.desk import Desk, Operator
from kiosk.flows.clerk.signing_in import SigningInState
from kiosk.flows.clerk.states import Menu, Work
from kiosk.flows.console import outcomes, stations, users
from kiosk.flows.console.fields import FieldId, Form
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import Area, UserTask
from kiosk.flows.console.views import ActName, SentAct, SentState, StationsView, UsersView
from kiosk.flows.office import Network
from kiosk.flows.question import YES
from kiosk.flows.state import Session
from kiosk.flows.station_facts import ListHeld, SignedList, StationFacts
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import (
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    StationReason,
    UserReason,
)
from sync.model.console_views import CardRecord, EnrolmentCodeTold, StationRecord, UserRecord
from sync.model.errors import Problem
from sync.model.rosters import Right
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserState, UserType
from tests.screens.clerk_sessions import at_desk

_I = FieldId
_C = CertificateState
_TOLD = datetime(2026, 5, 4, 7, 39, tzinfo=UTC)
_NOW = int(_TOLD.timestamp() * 1000)
_DAY = 86_400_000
COMUNE = "058091"

ALP = Desk(
    Operator(
        "Verdi Paola",
        "Comune di Esempio",
        frozenset({Right.STATIONS, Right.DEVICES}),
        comune=COMUNE,
        profiles=frozenset({Profile.ALP}),
        thumbprint=bytes(32),
    )
)
SCO = Desk(
    Operator(
        "Gialli Anna Maria",
        "Comune di Esempio",
        frozenset({Right.REGISTER, Right.OFFICER}),
        comune=COMUNE,
        profiles=frozenset({Profile.IDENTITY_CARD}),
        thumbprint=bytes(32),
        codice_fiscale="GLLNMR70A41H501Z",
    )
)
ALS = Desk(
    Operator(
        "Neri Ugo",
        "Comune di Esempio",
        frozenset({Right.USERS}),
        comune=COMUNE,
        profiles=frozenset({Profile.ALS}),
        thumbprint=bytes(32),
    )
)


def station(number: int, state: CertificateState = _C.ACTIVE, **other: object) -> StationRecord:
    """A line of the Register."""
    record = StationRecord(
        name=f"{COMUNE}-PC-{number:04}",
        label=f"Sportello {number}",
        kind=CertificateKind.STATION,
        state=state,
        expires=date(2027, 3, 1),
        serial="5A3F 0C71 99D2 E40B",
        protection="tpm",
        place="Anagrafe, stanza 2",
        last_seen=_NOW - 90_000,
    )
    return replace(record, **other)  # type: ignore[arg-type]  # fields of the record


_ASKED = station(
    7,
    _C.REQUESTED,
    label="Ufficio di Via Roma",
    check_code="A7KQ-9XMP",
    request=bytes(32),
    expires=None,
    serial="",
    protection="",
    place="",
    last_seen=0,
)
_WAITS = replace(_ASKED, name=f"{COMUNE}-PC-0008", label="", check_code="", request=b"")
RECORDS = (
    station(1),
    station(2, expires=date(2026, 5, 20), label="Totem ingresso"),
    station(3, _C.BLOCKED, place=""),
    station(4, _C.REVOKED, label="Vecchio sportello, rotto"),
    station(5, _C.REVOKING, label="Portatile rubato"),
    station(6, _C.ISSUED, last_seen=0),
    _ASKED,
    _WAITS,
    replace(
        station(9),
        name=f"{COMUNE}-CO-9999",
        kind=CertificateKind.SERVER,
        label="Server dei servizi",
        protection="token",
    ),
)
STATIONS = stations.StationList(StationsView(RECORDS, _TOLD))


def user(
    surname: str = "Rossi",
    name: str = "Maria",
    code: str = "RSSMRA80A41H501Y",
    card: CardRecord | None = None,
    **other: object,
) -> UserRecord:
    """A user of the comune."""
    record = UserRecord(
        codice_fiscale=code,
        surname=surname,
        name=name,
        email="maria.rossi@posta.example",
        pec="",
        user_type=UserType.OPERATOR,
        environments=frozenset({Environment.PRODUCTION}),
        profiles=frozenset({Profile.ENROLMENT, Profile.MUTATION, Profile.UTILITIES}),
        state=UserState.ACTIVE,
        card=card,
        digest=bytes(32),
    )
    return replace(record, **other)  # type: ignore[arg-type]  # fields of the record


_HELD = CardRecord(CardState.ACTIVE, "7430 0010 0123 4567", codes_sent=1)
OFFICER = user(
    "Gialli",
    "Anna Maria",
    "GLLNMR70A41H501Z",
    _HELD,
    user_type=UserType.SECURITY_OFFICER,
    profiles=frozenset({Profile.IDENTITY_CARD}),
)
MARIA = user(card=_HELD, comuni=2, pec="maria.rossi@pec.example")
USERS_TOLD = (
    user(
        "Bianchi", "Giovanni Battista", "BNCGNN75A01H501Q", replace(_HELD, state=CardState.BLOCKED)
    ),
    user(
        "De Angelis",
        "Luca",
        "DNGLCU82A01H501K",
        CardRecord(CardState.REQUESTED, due=date(2026, 5, 15)),
        profiles=frozenset(Profile) - {Profile.APL},
    ),
    user("Esposito", "Carla", "SPSCRL66A41F839P", replace(_HELD, state=CardState.HANDED_OVER)),
    OFFICER,
    MARIA,
    user("Verdi", "Paolo", "VRDPLA90A01H501T", None, state=UserState.BLOCKED),
    user("Zanetti", "Ugo", "ZNTGUO55A01H501M", replace(_HELD, state=CardState.DISABLED)),
)
USERS = users.UserList(Area.USERS, UsersView(USERS_TOLD, _TOLD))
TOKEN = "SPE1:" + "%69 VD92EX0BBQ31*W7L/P5-KDA.G8$2M" * 24
TOLD = EnrolmentCodeTold(TOKEN, "ABCD-EFGH-JKMN-PQRS", _NOW + 4 * 3_600_000)
SENT = (
    SentAct(UUID(int=40), ActName.REGISTER_STATION, "Sportello 9", _TOLD),
    SentAct(
        UUID(int=41),
        ActName.BLOCK_STATION,
        f"{COMUNE}-PC-0003",
        _TOLD,
        SentState.REFUSED,
        "certificate.forbidden",
    ),
    SentAct(UUID(int=42), ActName.NOTE, f"{COMUNE}-PC-0001", _TOLD, SentState.ACCEPTED),
)


def _sheet(form: Form, *texts: tuple[FieldId, str], **other: object) -> Sheet:
    sheet = Sheet(form)
    for one, text in texts:
        sheet = sheet.with_text(one, text)
    return replace(sheet, **other)  # type: ignore[arg-type]  # fields of the sheet


_NEW = (
    (_I.CODICE_FISCALE, "RSSMRA80A41H501Y"),
    (_I.SURNAME, "Rossi"),
    (_I.NAME, "Maria"),
    (_I.EMAIL, "maria.rossi@posta.example"),
    (_I.USER_TYPE, UserType.OPERATOR.value),
    (_I.CARD, YES),
    (_I.ENVIRONMENTS, Environment.PRODUCTION.value),
    (_I.PROFILES, f"{Profile.ENROLMENT.value} {Profile.MUTATION.value}"),
)
_KNOWN = frozenset({_I.CODICE_FISCALE, _I.SURNAME, _I.NAME})
_INSERT = users.InsertForm(USERS, _sheet(Form.INSERT_USER, *_NEW, locked=_KNOWN), found=True)
_WRONG = replace(
    _INSERT,
    found=False,
    sheet=replace(
        _INSERT.sheet.with_text(_I.EMAIL, "maria.rossi@pec.example"),
        locked=frozenset({_I.CODICE_FISCALE}),
        problems=((_I.EMAIL, Problem("email.certified", rule="R-004-28")),),
    ),
)
_KINDS = (CertificateKind.STATION.name.lower(), CertificateKind.SERVER.name.lower())
_REGISTER = stations.RegisterStation(
    STATIONS,
    _sheet(
        Form.REGISTER_STATION,
        (_I.LABEL, "Sportello 9"),
        (_I.KIND, _KINDS[0]),
        offered=((_I.KIND, _KINDS),),
    ),
)


def _page(record: StationRecord) -> stations.StationPage:
    return stations.StationPage(STATIONS, record)


def _change(
    record: StationRecord, task: StationTask, *reasons: StationReason
) -> stations.StationChange:
    offered = tuple(one.value for one in reasons)
    texts = ((_I.STATION_REASON, offered[-1]),) if offered else ()
    sheet = _sheet(Form.STATION_CHANGE, *texts, offered=((_I.STATION_REASON, offered),))
    return stations.StationChange(_page(record), task, sheet)


def _of_stations() -> dict[str, ConsoleState]:
    asked, active = _page(_ASKED), _page(RECORDS[0])
    block = (StationReason.ORDER, StationReason.SUSPICION, StationReason.STOLEN)
    cancel = _change(RECORDS[2], StationTask.CANCEL, *StationReason)
    old = StationsView(RECORDS[:3], _TOLD, code="inquiry.offline")
    looked = STATIONS.filters.with_text(_I.STATION, "via").with_text(_I.STATION_STATE, "revoked")
    empty = Sheet(Form.REGISTER_STATION).with_text(_I.LABEL, "Sportello #9")
    return {
        "stations": STATIONS,
        "stations-asking": stations.StationList(StationsView(waiting=True)),
        "stations-never-told": stations.StationList(StationsView(code="inquiry.offline")),
        "stations-old": stations.StationList(old),
        "stations-none": stations.StationList(StationsView((), _TOLD)),
        "stations-no-match": replace(STATIONS, filters=looked),
        "register": _REGISTER,
        "register-wrong": replace(
            _REGISTER,
            sheet=replace(empty, problems=((_I.LABEL, Problem("station.label", field="label")),)),
        ),
        "register-confirm": stations.RegisterConfirm(_REGISTER),
        "station-requested": _page(_WAITS),
        "station-to-approve": asked,
        "station-issued": _page(RECORDS[5]),
        "station-active": active,
        "station-blocked": _page(RECORDS[2]),
        "station-revoking": _page(RECORDS[4]),
        "station-revoked": _page(RECORDS[3]),
        "station-server": _page(RECORDS[8]),
        "approve": stations.ApproveConfirm(asked),
        "approve-compared": stations.ApproveConfirm(asked, compared=True),
        "asking-code": stations.AskingCode(_page(_WAITS)),
        "asking-code-failed": stations.AskingCode(_page(_WAITS), "inquiry.offline"),
        "code": stations.CodeShown(_page(_WAITS), TOLD, 118),
        "code-saving": stations.CodeShown(_page(_WAITS), TOLD, 110, saving=True),
        "code-saved": stations.CodeShown(_page(_WAITS), TOLD, 109, file="sportello-token.bin"),
        "code-not-saved": stations.CodeShown(_page(_WAITS), TOLD, 109, code="download.no-medium"),
        "block": _change(RECORDS[0], StationTask.BLOCK, *block),
        "unblock": _change(RECORDS[2], StationTask.UNBLOCK),
        "new-token": _change(_WAITS, StationTask.NEW_TOKEN),
        "cancel": cancel,
        "cancel-confirm": stations.CancelConfirm(cancel),
        "cancel-understood": stations.CancelConfirm(cancel, understood=True),
        "note": stations.NoteForm(
            active, _sheet(Form.STATION_NOTE, (_I.PLACE, "Anagrafe, stanza 2"))
        ),
        "downloading": stations.Downloading(STATIONS, tuple(one.name for one in RECORDS[:3])),
        "downloaded": stations.Downloaded(STATIONS, "certificati-058091-20260504.zip", 3),
        "downloaded-nothing": stations.Downloaded(STATIONS, "", 0, "download.no-medium"),
    }


def _action(record: UserRecord, task: UserTask, *reasons: UserReason) -> users.ActionConfirm:
    offered = tuple(one.value for one in reasons)
    texts = ((_I.USER_REASON, offered[0]),) if offered else ()
    sheet = _sheet(Form.USER_ACTION, *texts, offered=((_I.USER_REASON, offered),))
    return users.ActionConfirm(users.UserPage(USERS, record), task, sheet)


def _of_users() -> dict[str, ConsoleState]:
    maria = users.UserPage(USERS, MARIA)
    cards = replace(USERS, area=Area.FIND_CARD)
    register = replace(USERS, area=Area.REGISTER_CARD)
    officers = users.UserPage(replace(USERS, area=Area.OFFICERS), OFFICER)
    received = replace(officers, record=replace(OFFICER, master_received=True))
    change = users.ChangeForm(
        maria,
        _sheet(
            Form.CHANGE_USER,
            (_I.EMAIL, "m.rossi@comune.example"),
            (_I.PEC, MARIA.pec),
            (_I.ENVIRONMENTS, Environment.PRODUCTION.value),
            (_I.PROFILES, f"{Profile.ENROLMENT.value} {Profile.SUPERVISOR.value}"),
        ),
    )
    moved = (UserReason.MOVED, UserReason.RETIRED, UserReason.ORDER)
    gone = (UserReason.THEFT, UserReason.LOSS, UserReason.BROKEN, UserReason.EXPIRED)
    return {
        "cards": users.CardMenu(),
        "users": USERS,
        "users-find-card": cards,
        "users-register-card": register,
        "users-asking": users.UserList(Area.USERS, UsersView(waiting=True)),
        "users-none": users.UserList(Area.USERS, UsersView((), _TOLD)),
        "insert-start": users.InsertStart(USERS),
        "insert-looking": users.InsertStart(
            USERS, _sheet(Form.LOOK_UP, (_I.CODICE_FISCALE, "RSSMRA80A41H501Y")), looking=True
        ),
        "insert": _INSERT,
        "insert-wrong": _WRONG,
        "insert-confirm": users.InsertConfirm(_INSERT),
        "user": maria,
        "user-no-card": users.UserPage(USERS, USERS_TOLD[5]),
        "user-all-profiles": users.UserPage(USERS, USERS_TOLD[1]),
        "user-to-register": users.UserPage(register, USERS_TOLD[2]),
        "user-find-card": users.UserPage(cards, MARIA),
        "user-officer": officers,
        "user-officer-received": received,
        "change": change,
        "change-confirm": users.ChangeConfirm(change),
        "delete": _action(MARIA, UserTask.DELETE, *moved),
        "delete-last": _action(replace(MARIA, comuni=1), UserTask.DELETE, *moved),
        "replace-card": _action(MARIA, UserTask.REPLACE_CARD, *gone),
        "block-user": _action(
            MARIA, UserTask.BLOCK, UserReason.ORDER, UserReason.FORGOTTEN, *gone[:2]
        ),
        "register-card": _action(USERS_TOLD[2], UserTask.REGISTER_CARD),
        "daily": users.DailyConfirm(maria),
        "daily-forgotten": users.DailyConfirm(maria, forgotten=True),
        "daily-shown": users.DailyShown(maria, "K7QPX4", 58),
        "officer-received": users.OfficerConfirm(officers, UserTask.MASTER_RECEIVED),
        "officer-activate": users.OfficerConfirm(received, UserTask.ACTIVATE_CARD),
        "officer-revocation": users.OfficerConfirm(
            received, UserTask.ASK_REVOCATION, _sheet(Form.OFFICER, (_I.SERIAL, "74300010"))
        ),
    }


def _outcomes() -> dict[str, ConsoleState]:
    approve = stations.ApproveConfirm(_page(_ASKED), compared=True)
    wanted = EnrolmentApproval(COMUNE, _ASKED.name, bytes(32))
    received = users.OfficerConfirm(
        users.UserPage(replace(USERS, area=Area.OFFICERS), OFFICER), UserTask.MASTER_RECEIVED
    )
    act = OfficerAct(COMUNE, OFFICER.codice_fiscale, OfficerAction.MASTER_RECEIVED)
    return {
        "recording": outcomes.Recording(approve, wanted, UUID(int=40)),
        "not-recorded": outcomes.NotRecorded(received, act, UUID(int=40), "store.full"),
        "sent": outcomes.Sent(STATIONS, UUID(int=40), ActName.REGISTER_STATION),
        "sent-refused": outcomes.Sent(STATIONS, UUID(int=41), ActName.BLOCK_STATION),
        "sent-accepted": outcomes.Sent(STATIONS, UUID(int=42), ActName.NOTE),
        "sent-list": outcomes.SentList(STATIONS),
    }


def console_activities() -> Mapping[str, ConsoleState]:
    """An activity for each picture, by its name."""
    return {**_of_stations(), **_of_users(), **_outcomes()}


def at_console(activity: Work, desk: Desk, *, language: str = "it") -> Session:
    """A session of an administrator."""
    return replace(at_desk(activity, language=language), desk=desk)


def console_sessions(language: str = "it") -> dict[str, Session]:
    """A session for each picture, by its name; and the menus and sign-ins that lead there."""
    of_users = frozenset(_of_users())
    drawn = {
        name: at_console(activity, ALS if name in of_users else ALP, language=language)
        for name, activity in console_activities().items()
    }
    for name, one in drawn.items():
        if name.startswith("sent") or name == "stations":
            drawn[name] = replace(one, desk=replace(ALP, sent=SENT))
        if name in {"stations-old", "stations-never-told", "asking-code-failed"}:
            drawn[name] = replace(one, network=Network.OFFLINE)
        if "officer" in name:
            drawn[name] = replace(one, desk=SCO)
    drawn["menu-sco"] = at_console(Menu(), SCO, language=language)
    drawn["cards-sco"] = at_console(users.CardMenu(), SCO, language=language)
    soon = StationFacts(
        date(2026, 5, 20), lists=(ListHeld(SignedList.ROSTER, 3, date(2026, 4, 20)),)
    )
    drawn["menu-warned"] = replace(drawn["menu-sco"], facts=soon)
    drawn["menu-alp"] = at_console(Menu(), ALP, language=language)
    drawn["menu-als"] = at_console(Menu(), ALS, language=language)
    daily = replace(ALS, day_seconds=30_000, day=date(2026, 5, 4))
    drawn["menu-daily"] = at_console(Menu(), daily, language=language)
    before: dict[str, SigningInState] = {
        "sign-in-held-off": signing_in.SignIn("token.pin-wrong", wait_seconds=45),
        "day-sign-in": signing_in.DaySignIn(),
        "day-sign-in-wrong": signing_in.DaySignIn("day.refused"),
        "day-sign-in-person": signing_in.DaySignIn("daily.wrong", person_seconds=240),
        "day-sign-in-held-off": signing_in.DaySignIn("day.refused", wait_seconds=240),
        "sign-in-midnight": signing_in.SignIn("operator.midnight"),
    }
    for name, state in before.items():
        drawn[name] = replace(at_desk(state, language=language), desk=None)
    # Who came by a daily password has no card with them.
    drawn["sign-in-midnight"] = replace(drawn["sign-in-midnight"], operator_card=False)
    return drawn
