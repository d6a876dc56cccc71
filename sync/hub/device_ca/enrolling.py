"""A device asks to become a station, a station to stay one (R-004-13, 14, 17, 19; C-004-1).

Whoever asks is nobody until the one-time code is proven: what does not fit is answered the same
whether the code is wrong or of no registration, and costs the hub the same. The code lets one
request in; another one under it says that somebody else has seen it, and raises an alarm.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sync.hub.device_ca import devices, issuing
from sync.hub.device_ca.devices import Device
from sync.hub.device_ca.office import BLOCKED, REVOKED, Office
from sync.hub.store import alarms, chains
from sync.hub.store.database import Store
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.errors import Problem
from sync.wire import device_certificate, enrolment, enrolment_answer, enrolment_request
from sync.wire.enrolment import Offer
from sync.wire.enrolment_answer import Answer, Issued, Stage
from sync.wire.enrolment_request import Request
from sync.wire.sealing import UnsealingKey

UNKNOWN: Final = "enrolment.unknown"
EXPIRED: Final = "enrolment.expired"
USED: Final = "enrolment.used"
UNUSABLE: Final = "enrolment.certification-request"
PROTECTION: Final = "station.protection"

WAIT_SECONDS: Final = 15
"""A device asks on so often while a person compares the codes."""

RENEWALS_A_DAY: Final = 4
_DAY: Final = 24 * 3_600_000
_LATER_SECONDS: Final = 3_600
_NOBODY: Final = enrolment.password_of(secrets.token_bytes(enrolment.SECRET_BYTES))


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Answers devices.

    Attributes:
        office: keys and settings.
        unsealing: the hub's keys by id.
        approved: told when there is something for the generator.
    """

    office: Office
    unsealing: Mapping[bytes, UnsealingKey]
    approved: Callable[[], None] = lambda: None

    def offer(self, reader: Store, question: bytes, now: int) -> bytes | None:
        """What the hub offers to who asks with the locator of a code; None: there is nothing.

        Raises:
            SetupError: the trust root cannot be read.
            OSError: the list of the hub's keys cannot.
        """
        where = enrolment.read_question(question)
        device = devices.by_locator(reader, where) if where is not None else None
        is_open = (
            device is not None
            and device.state is CertificateState.REQUESTED
            and device.token_until > now
        )
        password = self.office.password(device) if device is not None else _NOBODY
        name = device.name if device is not None else "nobody"
        offered = Offer(name, self.office.root(), self.office.trust_list())
        made = enrolment.make_offer(offered, password)
        return made if is_open else None

    def read(self, message: bytes) -> tuple[Request, bytes] | Problem:
        """The request or renewal in a message, and its locator; in any thread.

        Returns:
            Them, or `enrolment.request-damaged`, `enrolment.sealing-key`.
        """
        sealed = enrolment_request.look(message)
        if isinstance(sealed, Problem):
            return sealed
        key = self.unsealing.get(sealed.key_id)
        if key is None:
            return Problem("enrolment.sealing-key")
        request = enrolment_request.open_sealed(sealed, key)
        return request if isinstance(request, Problem) else (request, sealed.locator)

    def take(self, store: Store, request: Request, locator: bytes, now: int) -> bytes:
        """Takes a request or a renewal, and answers it, signed. Opens a transaction.

        Raises:
            StoreError: nothing was taken.
        """
        with store.transaction():
            if request.is_renewal:
                answer = self._renew(store, request, now)
            else:
                answer = self._enrol(store, request, locator, now)
        return enrolment_answer.sign(answer, self.office.signer)

    def _enrol(self, store: Store, request: Request, locator: bytes, now: int) -> Answer:
        device = devices.by_locator(store, locator)
        password = _NOBODY if device is None else self.office.password(device)
        if not request.is_proven_by(password) or device is None or request.station != device.name:
            return _refused(request, now, UNKNOWN)
        if device.request == request.hash:
            return self._stand(store, device, request, now)
        if device.request is not None or device.state is not CertificateState.REQUESTED:
            alarms.raise_alarm(store, device.name, USED, now)
            return _refused(request, now, USED)
        if device.token_until <= now:
            return _refused(request, now, EXPIRED)
        if device_certificate.spki_of(request.certification_request, device.name) is None:
            return _refused(request, now, UNUSABLE)
        if not self.office.protects_enough(device.name, request.protection):
            return _refused(request, now, PROTECTION)
        if chains.station_with(store, -1, request.signing.spki) is not None:
            return _refused(request, now, UNUSABLE)  # R-004-10: another station has this key
        # Once for each code: some 40 ms.
        check_code = enrolment_request.check_code(request.hash)
        devices.take_request(
            store, device.name, request.hash, request.data, check_code, request.protection.value
        )
        self.office.note(
            store,
            device.name,
            "asked",
            device.state,
            by=device.name,
            now=now,
            details={
                "request": request.hash.hex(),
                "protection": request.protection.value,
                "key": request.signing.key_id.hex(),
            },
        )
        return Answer(request.hash, now, Stage.APPROVAL, WAIT_SECONDS)

    def _stand(self, store: Store, device: Device, request: Request, now: int) -> Answer:
        """Where the device's own request stands."""
        match device.state:
            case CertificateState.REQUESTED if device.approved is None:
                return Answer(request.hash, now, Stage.APPROVAL, WAIT_SECONDS)
            case CertificateState.REQUESTED:
                self.approved()
                return Answer(request.hash, now, Stage.GENERATOR, WAIT_SECONDS)
            case CertificateState.REVOKING | CertificateState.REVOKED:
                return _refused(request, now, REVOKED)
            case _:
                return self._issued(store, device, request, now)

    def _renew(self, store: Store, request: Request, now: int) -> Answer:
        """A further certificate for a station that signs with the key that the hub knows."""
        device = devices.by_name(store, request.station)
        station = chains.station(store, request.station)
        known = station is not None and station.spki == request.signing.spki
        if device is None or not known or device.kind is not CertificateKind.STATION:
            return _refused(request, now, UNKNOWN)
        match device.state:
            case CertificateState.BLOCKED:
                return _refused(request, now, BLOCKED)
            case CertificateState.ISSUED | CertificateState.ACTIVE:
                pass
            case _:
                return _refused(request, now, REVOKED)
        held = devices.certificates(store, device.name)
        if all(one.request != request.hash for one in held):
            if request.made_at < max((one.issued_at for one in held), default=0) - _DAY:
                # Somebody held it back: the station has asked again since, and was answered.
                return _refused(request, now, EXPIRED)
            if sum(one.issued_at > now - _DAY for one in held) >= RENEWALS_A_DAY:
                return Answer(request.hash, now, Stage.GENERATOR, _LATER_SECONDS)
            spki = device_certificate.spki_of(request.certification_request, device.name)
            if spki is None:
                return _refused(request, now, UNUSABLE)
            if not self.office.protects_enough(device.name, request.protection):
                return _refused(request, now, PROTECTION)
            issuing.renew(self.office, store, device, spki, request.hash, now)
        return self._issued(store, device, request, now)

    def _issued(self, store: Store, device: Device, request: Request, now: int) -> Answer:
        """What was issued for that request, again as often as it is asked for."""
        held = devices.certificates(store, device.name)
        signing = devices.certificates(store, device.name, devices.SIGNING)
        made = next((one for one in held if one.request == request.hash), None)
        if made is None or not signing or device.code is None:
            return _refused(request, now, UNKNOWN)
        settings = self.office.settings
        issued = Issued(
            station=device.name,
            code=device.code,
            certificate=made.der,
            signing_certificate=signing[0].der,
            authorities=tuple(one.der for one in self.office.authorities),
            broker_host=settings.devices.station_host or settings.broker_host,
            broker_port=settings.devices.station_port or settings.broker_port,
            hub=settings.name,
            address=settings.web.base_url,
            trust_list=self.office.trust_list(),
        )
        return Answer(request.hash, now, Stage.ISSUED, issued=issued)


def _refused(request: Request, now: int, code: str) -> Answer:
    return Answer(request.hash, now, Stage.REFUSED, code=code)
