"""The generator (R-004-13): makes certificates of what administrators have approved."""

from __future__ import annotations

import hashlib
from typing import Final

from sync.hub.device_ca import devices
from sync.hub.device_ca.devices import Certificate, Device
from sync.hub.device_ca.office import HUB, Office, moment
from sync.hub.store import alarms, chains
from sync.hub.store.database import Store
from sync.model.certificates import CertificateEvent, CertificateKind, CertificateState
from sync.model.errors import Problem
from sync.wire import device_certificate, enrolment_request
from sync.wire.device_certificate import Facts

GRACE: Final = 7 * 24 * 3_600_000
"""So long a certificate stays good beside the one that renews it, in milliseconds: the station may
have lost power before it had it. After that each has exactly one (R-004-10)."""

NO_CODE: Final = "station.no-code"
"""Alarm: there are no parts of registration numbers left."""
NOT_ISSUED: Final = "station.not-issued"
"""Alarm: what was approved cannot be made into a certificate."""


def generate(office: Office, store: Store, now: int) -> list[str]:
    """Issues everything that is approved. Each in a transaction of its own.

    Returns:
        The names of the stations.

    Raises:
        StoreError: nothing more was issued.
    """
    made = []
    for device in devices.in_state(store, CertificateState.REQUESTED):
        if device.approved is None or device.approved != device.request:
            continue
        with store.transaction():
            if _issue(office, store, device, now):
                made.append(device.name)
    return made


def renew(
    office: Office, store: Store, device: Device, spki: bytes, request: bytes, now: int
) -> None:
    """A further TLS certificate; the ones before end in a week. Within a transaction."""
    made = _certify(office, store, device, spki, request, now)
    devices.replace_older(store, device.name, made.serial, now + GRACE)
    office.note(
        store,
        device.name,
        "renewed",
        device.state,
        by=device.name,
        now=now,
        details=_serials(made),
    )


def take_server_request(
    office: Office, store: Store, name: str, asked: bytes, now: int
) -> str | Problem:
    """Takes the certification request of a comune's server, which comes as a file (R-004-9).

    Opens a transaction. The administrator compares the check code and approves, as for a station.

    Args:
        office: keys and settings.
        store: the registry.
        name: `058091-CO-9999`.
        asked: PKCS #10 in DER.
        now: milliseconds since 1970.

    Returns:
        The check code; or `station.unknown`, `enrolment.used`, `enrolment.certification-request`.

    Raises:
        StoreError: nothing was taken.
    """
    with store.transaction():
        device = devices.by_name(store, name)
        if device is None or device.kind is not CertificateKind.SERVER:
            return Problem("station.unknown")
        if device.state is not CertificateState.REQUESTED or device.request is not None:
            return Problem("enrolment.used")
        if device_certificate.spki_of(asked, name) is None:
            return Problem("enrolment.certification-request")
        digest = enrolment_request.hash_of(asked)
        code = enrolment_request.check_code(digest)
        devices.take_request(store, name, digest, asked, code, "")
        office.note(
            store,
            name,
            "asked",
            device.state,
            by=name,
            now=now,
            details={"request": digest.hex()},
        )
    return code


def end_replaced(office: Office, store: Store, now: int) -> int:
    """Revokes what was renewed a week ago. Returns how many.

    Raises:
        StoreError: nothing was revoked.
    """
    old = devices.replaced(store, now)
    if not old:
        return 0
    with store.transaction():
        for one in old:
            devices.revoke(store, one.serial, now)
            device = devices.by_name(store, one.device)
            if device is not None:
                office.note(
                    store,
                    one.device,
                    "superseded",
                    device.state,
                    by=HUB,
                    now=now,
                    details={"serial": one.serial},
                )
    return len(old)


def _issue(office: Office, store: Store, device: Device, now: int) -> bool:
    """Certificates of one device, and the hub's knowledge of its key. Within a transaction."""
    spki = _tls_key(device)
    request = device.request
    if spki is None or request is None:
        alarms.raise_alarm(store, device.name, NOT_ISSUED, now)
        return False
    if device.kind is CertificateKind.STATION:
        signing = _signing_key(device)
        if signing is None or chains.station_with(store, -1, signing) is not None:
            alarms.raise_alarm(store, device.name, NOT_ISSUED, now)
            return False
        code = devices.give_code(store, device.name)
        if code is None:
            alarms.raise_alarm(store, device.name, NO_CODE, now)
            return False
        chains.enrol(store, device.name, code, signing, now)
        issued = office.authorities[0].issue_signing(device.name, signing, moment(now))
        made = [_keep(store, device, issued, devices.SIGNING, office, request, now)]
    else:
        made = []
    made.append(_certify(office, store, device, spki, request, now))
    office.move(
        store,
        device,
        CertificateEvent.GENERATE,
        by=HUB,
        now=now,
        details=_serials(*made),
    )
    if device.kind is CertificateKind.SERVER:
        # Nobody at the comune's server speaks to this hub: downloaded is installed.
        fresh = devices.by_name(store, device.name)
        if fresh is not None:
            office.move(store, fresh, CertificateEvent.INSTALL, by=HUB, now=now)
    return True


def _certify(
    office: Office, store: Store, device: Device, spki: bytes, request: bytes, now: int
) -> Certificate:
    der = office.authorities[0].issue(
        device.name, spki, moment(now), days=office.settings.devices.days
    )
    return _keep(store, device, der, devices.TLS, office, request, now)


def _keep(
    store: Store, device: Device, der: bytes, use: str, office: Office, request: bytes, now: int
) -> Certificate:
    facts = device_certificate.read(der)
    if not isinstance(facts, Facts):  # it was made a moment ago
        raise TypeError("a certificate of ours cannot be read")
    kept = Certificate(
        serial=facts.serial,
        device=device.name,
        use=use,
        generation=office.authorities[0].generation,
        der=der,
        request=request,
        issued_at=now,
        ends_at=int(facts.ends.timestamp() * 1000),
        replaced_at=None,
        revoked_at=None,
    )
    devices.add_certificate(store, kept)
    return kept


def _serials(*made: Certificate) -> dict[str, str]:
    """Serial numbers and digests, as the Register is checked against the table."""
    words = [f"{one.serial}:{hashlib.sha256(one.der).hexdigest()}" for one in made]
    return {"serials": " ".join(words)}


def _tls_key(device: Device) -> bytes | None:
    """The key that the device's kept request asks a certificate for."""
    if device.request_data is None:
        return None
    if device.kind is CertificateKind.SERVER:
        return device_certificate.spki_of(device.request_data, device.name)
    request = _request(device.request_data)
    if isinstance(request, Problem):
        return None
    return device_certificate.spki_of(request.certification_request, device.name)


def _signing_key(device: Device) -> bytes | None:
    request = _request(device.request_data or b"")
    return None if isinstance(request, Problem) else request.signing.spki


def _request(data: bytes) -> enrolment_request.Request | Problem:
    return enrolment_request.read(data, enrolment_request.REQUEST_PURPOSE)
