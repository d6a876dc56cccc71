"""What administrators do in the console as plain values: what stands in an envelope's body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar, assert_never

from sync.model.certificates import CertificateKind
from sync.model.console import (
    ConsoleAct,
    DailyPasswordAct,
    EnrolmentApproval,
    OfficerAct,
    OfficerAction,
    RegisterNote,
    StationAction,
    StationChange,
    StationReason,
    StationRegistration,
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
    UserReason,
)
from sync.model.errors import Problem
from sync.model.plain_reader import PlainReader
from sync.model.users import Environment, Profile, UserType

STATION_REGISTRATION: Final = "station_registration"
ENROLMENT_APPROVAL: Final = "enrolment_approval"
STATION_CHANGE: Final = "station_change"
REGISTER_NOTE: Final = "register_note"
USER_INSERTION: Final = "user_insertion"
USER_CHANGE: Final = "user_change"
USER_ACTION: Final = "user_action"
DAILY_PASSWORD: Final = "daily_password"  # noqa: S105  the name of a kind
OFFICER_ACT: Final = "officer_act"

HASH_BYTES: Final = 32
"""Of a request, of a record as it was seen, and of the proof of a master password."""

_Choice = TypeVar("_Choice", bound=Enum)


def kind_of(act: ConsoleAct) -> str:
    """The name of an act's kind, as it stands in the header of an envelope."""
    return _KINDS[type(act)]


def to_plain(act: ConsoleAct) -> dict[str, Any]:
    """The act as str, int, bytes, bool, None, list and dict, in the version `operation.VERSION`."""
    match act:
        case StationRegistration():
            return {"comune": act.comune, "label": act.label, "kind": act.kind.value}
        case EnrolmentApproval():
            return {"comune": act.comune, "station": act.station, "request": act.request}
        case StationChange():
            return {
                "comune": act.comune,
                "station": act.station,
                "action": act.action.value,
                "reason": act.reason.value,
            }
        case RegisterNote():
            return {"comune": act.comune, "station": act.station, "place": act.place}
        case UserInsertion():
            return _from_insertion(act)
        case UserChange():
            return _from_change(act)
        case UserActionAct():
            return {
                "comune": act.comune,
                "codice_fiscale": act.codice_fiscale,
                "action": act.action.value,
                "reason": act.reason.value,
                "serial": act.serial,
                "reported": act.reported,
            }
        case DailyPasswordAct():
            return {
                "comune": act.comune,
                "codice_fiscale": act.codice_fiscale,
                "digest": act.digest,
                "mailed_half": act.mailed_half,
                "day": act.day.isoformat(),
                "reason": act.reason.value,
            }
        case OfficerAct():
            return {
                "comune": act.comune,
                "codice_fiscale": act.codice_fiscale,
                "action": act.action.value,
                "serial": act.serial,
                "proof": act.proof,
            }
        case _:
            assert_never(act)


def from_plain(kind: str, value: object) -> ConsoleAct | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.

    Raises:
        KeyError: `kind` is not in `KINDS`.
    """
    reader = PlainReader(value)
    act = _READERS[kind](reader)
    reader.finish()
    return reader.problem or act


def from_set(members: frozenset[_Choice]) -> list[str]:
    """Members of an enumeration by their values, in order."""
    return sorted(str(member.value) for member in members)


def to_set(reader: PlainReader, key: str, kind: type[_Choice]) -> frozenset[_Choice]:
    """What `from_set` gave; any other order, or a member twice, is refused."""
    found = reader.choices(key, kind)
    made = frozenset(found)
    if [str(member.value) for member in found] != from_set(made):
        reader.refuse(key)
    return made


def _from_insertion(act: UserInsertion) -> dict[str, Any]:
    return {
        "comune": act.comune,
        "codice_fiscale": act.codice_fiscale,
        "surname": act.surname,
        "name": act.name,
        "email": act.email,
        "pec": act.pec,
        "user_type": act.user_type.value,
        "environments": from_set(act.environments),
        "profiles": from_set(act.profiles),
        "card": act.card,
    }


def _from_change(act: UserChange) -> dict[str, Any]:
    return {
        "comune": act.comune,
        "codice_fiscale": act.codice_fiscale,
        "basis": act.basis,
        "email": act.email,
        "pec": act.pec,
        "environments": from_set(act.environments),
        "profiles": from_set(act.profiles),
    }


def _station_registration(reader: PlainReader) -> StationRegistration:
    return StationRegistration(
        comune=reader.text("comune"),
        label=reader.text("label"),
        kind=reader.choice("kind", CertificateKind),
    )


def _enrolment_approval(reader: PlainReader) -> EnrolmentApproval:
    return EnrolmentApproval(
        comune=reader.text("comune"),
        station=reader.text("station"),
        request=reader.octets("request", exactly=HASH_BYTES),
    )


def _station_change(reader: PlainReader) -> StationChange:
    return StationChange(
        comune=reader.text("comune"),
        station=reader.text("station"),
        action=reader.choice("action", StationAction),
        reason=reader.choice("reason", StationReason),
    )


def _register_note(reader: PlainReader) -> RegisterNote:
    return RegisterNote(
        comune=reader.text("comune"), station=reader.text("station"), place=reader.text("place")
    )


def _user_insertion(reader: PlainReader) -> UserInsertion:
    return UserInsertion(
        comune=reader.text("comune"),
        codice_fiscale=reader.text("codice_fiscale"),
        surname=reader.text("surname"),
        name=reader.text("name"),
        email=reader.text("email"),
        pec=reader.text("pec"),
        user_type=reader.choice("user_type", UserType),
        environments=to_set(reader, "environments", Environment),
        profiles=to_set(reader, "profiles", Profile),
        card=reader.flag("card"),
    )


def _user_change(reader: PlainReader) -> UserChange:
    return UserChange(
        comune=reader.text("comune"),
        codice_fiscale=reader.text("codice_fiscale"),
        basis=reader.octets("basis", exactly=HASH_BYTES),
        email=reader.text("email"),
        pec=reader.text("pec"),
        environments=to_set(reader, "environments", Environment),
        profiles=to_set(reader, "profiles", Profile),
    )


def _user_action(reader: PlainReader) -> UserActionAct:
    return UserActionAct(
        comune=reader.text("comune"),
        codice_fiscale=reader.text("codice_fiscale"),
        action=reader.choice("action", UserAction),
        reason=reader.choice("reason", UserReason),
        serial=reader.text("serial"),
        reported=reader.flag("reported"),
    )


def _daily_password(reader: PlainReader) -> DailyPasswordAct:
    return DailyPasswordAct(
        comune=reader.text("comune"),
        codice_fiscale=reader.text("codice_fiscale"),
        digest=reader.text("digest"),
        mailed_half=reader.octets("mailed_half"),
        day=reader.day("day"),
        reason=reader.choice("reason", UserReason),
    )


def _officer_act(reader: PlainReader) -> OfficerAct:
    return OfficerAct(
        comune=reader.text("comune"),
        codice_fiscale=reader.text("codice_fiscale"),
        action=reader.choice("action", OfficerAction),
        serial=reader.text("serial"),
        proof=reader.octets("proof"),
    )


_KINDS: Final[Mapping[type[ConsoleAct], str]] = {
    StationRegistration: STATION_REGISTRATION,
    EnrolmentApproval: ENROLMENT_APPROVAL,
    StationChange: STATION_CHANGE,
    RegisterNote: REGISTER_NOTE,
    UserInsertion: USER_INSERTION,
    UserChange: USER_CHANGE,
    UserActionAct: USER_ACTION,
    DailyPasswordAct: DAILY_PASSWORD,
    OfficerAct: OFFICER_ACT,
}

_READERS: Final[Mapping[str, Callable[[PlainReader], ConsoleAct]]] = {
    STATION_REGISTRATION: _station_registration,
    ENROLMENT_APPROVAL: _enrolment_approval,
    STATION_CHANGE: _station_change,
    REGISTER_NOTE: _register_note,
    USER_INSERTION: _user_insertion,
    USER_CHANGE: _user_change,
    USER_ACTION: _user_action,
    DAILY_PASSWORD: _daily_password,
    OFFICER_ACT: _officer_act,
}

KINDS: Final = frozenset(_READERS)
"""Kinds of `ConsoleAct`: each carries the administrator who did it."""
