"""What an administrator's act does to a station (R-004-13 to 18)."""

from __future__ import annotations

from typing import assert_never

from sync.hub.device_ca import devices
from sync.hub.device_ca.devices import Device
from sync.hub.device_ca.office import Office
from sync.hub.remedies import CALL_ASSISTANCE, LOOK_AND_BOOK_AGAIN
from sync.hub.store.database import Store
from sync.model import certificates
from sync.model.certificates import (
    MOST_STATIONS,
    CertificateEvent,
    CertificateKind,
    CertificateState,
)
from sync.model.console import (
    EnrolmentApproval,
    RegisterNote,
    StationAct,
    StationAction,
    StationChange,
    StationRegistration,
)
from sync.model.errors import Problem
from sync.wire import enrolment
from sync.wire.receipt import Accepted, Refused

_EVENTS = {
    StationAction.BLOCK: CertificateEvent.BLOCK,
    StationAction.UNBLOCK: CertificateEvent.UNBLOCK,
    StationAction.CANCEL: CertificateEvent.CANCEL,
}


def decide(office: Office, store: Store, act: StationAct, by: str, now: int) -> Accepted | Refused:
    """Does what the act says. Within the decision's transaction.

    That the administrator may do it, for that comune, was judged before.

    Args:
        office: keys and settings.
        store: the registry.
        act: what is to be done.
        by: thumbprint of the administrator's card and name of the station, for the Register.
        now: milliseconds since 1970.

    Returns:
        `Accepted`, or why not: `station.label`, `station.full`, `station.exists`,
        `station.unknown`, `certificate.forbidden`, `enrolment.other-request`,
        `enrolment.not-asked`.
    """
    if isinstance(act, StationRegistration):
        return _register(office, store, act, by, now)
    device = devices.by_name(store, act.station)
    if device is None or device.comune != act.comune:
        return Refused("station.unknown", None, LOOK_AND_BOOK_AGAIN)
    match act:
        case EnrolmentApproval():
            return _approve(office, store, device, act, by, now)
        case StationChange(action=StationAction.NEW_TOKEN):
            return _new_token(office, store, device, by, now)
        case StationChange():
            event = _EVENTS[act.action]
            details = {"reason": act.reason.value}
            moved = office.move(store, device, event, by=by, now=now, details=details)
            return _refused(moved) if isinstance(moved, Problem) else Accepted()
        case RegisterNote():
            devices.note_place(store, device.name, act.place)
            details = {"place": act.place}
            office.note(store, device.name, "place", device.state, by=by, now=now, details=details)
            return Accepted()
        case _:
            assert_never(act)


def _register(
    office: Office, store: Store, act: StationRegistration, by: str, now: int
) -> Accepted | Refused:
    """The hub gives the name (R-004-13); no number is given twice (R-004-10)."""
    problem = certificates.label_problem(act.label)
    if problem is not None:
        return _refused(problem)
    is_server = act.kind is CertificateKind.SERVER
    number = 1 if is_server else devices.next_number(store, act.comune)
    if number > MOST_STATIONS:
        return Refused("station.full", "R-004-8", CALL_ASSISTANCE)
    name = certificates.name_of(act.comune, act.kind, number)
    before = devices.by_name(store, name)
    if before is not None and before.state is not CertificateState.REVOKED:
        return Refused("station.exists", "R-004-9", LOOK_AND_BOOK_AGAIN)
    device = Device(
        name=name,
        comune=act.comune,
        kind=act.kind,
        number=number,
        label=act.label,
        place="" if before is None else before.place,
        state=CertificateState.REQUESTED,
        registered_at=now if before is None else before.registered_at,
        token=1 if before is None else before.token + 1,
        token_until=office.token_until(now),
        request=None,
        request_data=None,
        check_code="",
        approved=None,
        protection="",
        code=None,
        last_seen=0,
    )
    # A server brings its request to the hub as a file: no code opens anything for it.
    devices.add(store, device, None if is_server else enrolment.locator(office.password(device)))
    office.note(
        store,
        name,
        "registered",
        device.state,
        by=by,
        now=now,
        details={"label": act.label},
    )
    return Accepted()


def _approve(
    office: Office, store: Store, device: Device, act: EnrolmentApproval, by: str, now: int
) -> Accepted | Refused:
    """The administrator has compared the codes: that request, and no other (C-004-1)."""
    if device.state is not CertificateState.REQUESTED:
        return Refused("certificate.forbidden", "R-004-13", LOOK_AND_BOOK_AGAIN)
    if device.request is None:
        return Refused("enrolment.not-asked", "R-004-13", LOOK_AND_BOOK_AGAIN)
    if device.request != act.request:
        return Refused("enrolment.other-request", "R-004-13", LOOK_AND_BOOK_AGAIN)
    devices.approve(store, device.name, act.request)
    office.note(
        store,
        device.name,
        "approved",
        device.state,
        by=by,
        now=now,
        details={"request": act.request.hex()},
    )
    return Accepted()


def _new_token(
    office: Office, store: Store, device: Device, by: str, now: int
) -> Accepted | Refused:
    """Another one-time code, while nothing was issued; what the one before let in is forgotten."""
    if device.state is not CertificateState.REQUESTED or device.kind is CertificateKind.SERVER:
        return Refused("certificate.forbidden", "R-004-14", LOOK_AND_BOOK_AGAIN)
    token, until = device.token + 1, office.token_until(now)
    devices.set_token(store, device.name, token, until, None)
    fresh = devices.by_name(store, device.name)
    if fresh is None:  # it was there a moment ago, in this transaction
        raise LookupError("a device is gone")
    where = enrolment.locator(office.password(fresh))
    devices.set_token(store, device.name, token, until, where)
    office.note(store, device.name, "new-token", device.state, by=by, now=now)
    return Accepted()


def _refused(problem: Problem) -> Refused:
    return Refused(problem.code, problem.rule, LOOK_AND_BOOK_AGAIN)
