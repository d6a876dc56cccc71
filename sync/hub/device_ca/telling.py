"""What the console is told of stations (R-004-12, 14, 15)."""

from __future__ import annotations

from typing import Final

from sync.hub.device_ca import devices
from sync.hub.device_ca.devices import Device
from sync.hub.device_ca.office import Office, moment
from sync.hub.store.database import Store
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console_views import (
    CertificateTold,
    EnrolmentCodeTold,
    StationRecord,
    StationsTold,
)
from sync.model.inquiry import Denied
from sync.wire import device_certificate, enrolment

PAGE: Final = 100
"""Records of one reply: some 300 bytes each."""


def records(store: Store, comune: str, offset: int) -> StationsTold:
    """Stations of a comune, servers too, by name from the `offset`-th on."""
    found = devices.of_comune(store, comune, offset, PAGE + 1)
    return StationsTold(tuple(_record(store, one) for one in found[:PAGE]), more=len(found) > PAGE)


def code(
    office: Office, store: Store, comune: str, station: str, now: int
) -> EnrolmentCodeTold | Denied:
    """The one-time code of a station that waits for its device.

    Returns:
        It; or `station.unknown`, `certificate.server` (servers have none), `enrolment.used` (a device
        has asked), `enrolment.expired`.

    Raises:
        SetupError: the trust root cannot be read.
    """
    device = _of(store, comune, station)
    if device is None:
        return Denied("station.unknown")
    if device.kind is CertificateKind.SERVER:
        return Denied("certificate.server")
    if device.state is not CertificateState.REQUESTED or device.request is not None:
        return Denied("enrolment.used")
    if device.token_until <= now:
        return Denied("enrolment.expired")
    token = office.token(device)
    return EnrolmentCodeTold(token.to_text(), enrolment.shown(token.password), token.until)


def certificate(
    office: Office, store: Store, comune: str, station: str
) -> CertificateTold | Denied:
    """A station's certificate with its authority's, in PEM (SCARICA).

    Returns:
        It; or `station.unknown`, `certificate.none` where none was issued yet.
    """
    device = _of(store, comune, station)
    if device is None:
        return Denied("station.unknown")
    held = devices.certificates(store, station)
    if not held:
        return Denied("certificate.none")
    issuer = tuple(one.der for one in office.authorities if one.generation == held[0].generation)
    return CertificateTold(station, device_certificate.to_pem((held[0].der, *issuer)))


def _of(store: Store, comune: str, station: str) -> Device | None:
    device = devices.by_name(store, station)
    return device if device is not None and device.comune == comune else None


def _record(store: Store, device: Device) -> StationRecord:
    held = devices.certificates(store, device.name)
    waits = device.state is CertificateState.REQUESTED and device.approved is None
    return StationRecord(
        name=device.name,
        label=device.label,
        kind=device.kind,
        state=device.state,
        check_code=enrolment.shown(device.check_code) if waits else "",
        request=(device.request or b"") if waits else b"",
        expires=moment(held[0].ends_at).date() if held else None,
        serial=held[0].serial if held else "",
        protection=device.protection,
        place=device.place,
        last_seen=device.last_seen,
    )
