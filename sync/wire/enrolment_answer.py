"""What the hub answers to a device's request, signed: wait, here is your certificate, or no."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from sync.model.errors import Problem
from sync.model.registration_number import STATIONS
from sync.wire import canonical, cose, enrolment, trust
from sync.wire.canonical import Malformed
from sync.wire.signer import Signer
from sync.wire.trust import HubTrust

PURPOSE: Final = "application/sportello-enrolment-answer+cose"
MOST_BYTES: Final = 128 * 1024
MOST_CERTIFICATE: Final = 8 * 1024
MOST_AUTHORITIES: Final = 8

_FORMAT: Final = 1
_HASH_BYTES: Final = 32
_LONGEST_CODE: Final = 60
_LONGEST_HOST: Final = 253
_MOST_WAIT: Final = 86_400


class Stage(Enum):
    """How far a request is."""

    APPROVAL = "approval"
    """The administrator has still to compare the check code."""
    GENERATOR = "generator"
    """It is approved; the certificate is made within five minutes (R-004-13)."""
    ISSUED = "issued"
    REFUSED = "refused"
    """For good; the station has to be registered anew, or asks for another one-time code."""


@dataclass(frozen=True, slots=True)
class Issued:
    """Everything that a device needs to be the station.

    Attributes:
        station: its name.
        code: its part of registration numbers.
        certificate: for TLS, DER; its public key is that of the certification request.
        signing_certificate: of its signing key, DER; opens no door.
        authorities: certificates in DER that the broker's comes from, the newest first.
        broker_host, broker_port: where the broker is.
        hub: the hub's name on the broker.
        address: of the hub's pages, where a renewal may be posted.
        trust_list: signed list of the hub's keys.
    """

    station: str
    code: int
    certificate: bytes = field(repr=False)
    signing_certificate: bytes = field(repr=False)
    authorities: tuple[bytes, ...] = field(repr=False)
    broker_host: str
    broker_port: int
    hub: str
    address: str
    trust_list: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request.

    Attributes:
        request: hash of the request, 32 bytes.
        at: milliseconds since 1970 by the hub's clock.
        stage: how far it is.
        wait_seconds: not to ask again before.
        code: why it was refused (`enrolment.used`, `enrolment.expired`, `station.protection`).
        issued: what was issued.
    """

    request: bytes
    at: int
    stage: Stage
    wait_seconds: int = 0
    code: str = ""
    issued: Issued | None = None


_STAGES: Final = {stage.value: stage for stage in Stage}


def sign(answer: Answer, hub: Signer) -> bytes:
    """The answer as signed by the hub.

    Raises:
        ValueError: an answer that `load` would not read.
    """
    issued = answer.issued
    plain = [
        _FORMAT,
        answer.request,
        answer.at,
        answer.stage.value,
        answer.wait_seconds,
        answer.code,
        None
        if issued is None
        else [
            issued.station,
            issued.code,
            issued.certificate,
            issued.signing_certificate,
            list(issued.authorities),
            issued.broker_host,
            issued.broker_port,
            issued.hub,
            issued.address,
            issued.trust_list,
        ],
    ]
    try:
        _from_plain(plain)
    except Malformed as malformed:
        raise ValueError("an answer that no device could read") from malformed
    return cose.sign(PURPOSE, canonical.encode(plain), hub).data


def load(data: bytes, hub: HubTrust, request: bytes) -> Answer | Problem:
    """The answer to one request, if a signing key of the hub signed it.

    Args:
        data: as `sign` made it.
        hub: the hub's keys.
        request: hash of the request.

    Returns:
        The answer; or `enrolment.answer-damaged`, `enrolment.answer-foreign` (not signed by this
        hub) or `enrolment.answer-other` (to another request).
    """
    try:
        signed = cose.parse(data, PURPOSE, limit=MOST_BYTES)
        key = hub.signing_key(signed.key_id)
        if key is None or not cose.verify(signed, key):
            return Problem("enrolment.answer-foreign")
        answer = _from_plain(canonical.decode(signed.payload, limit=MOST_BYTES))
    except Malformed:
        return Problem("enrolment.answer-damaged")
    return answer if answer.request == request else Problem("enrolment.answer-other")


def _from_plain(plain: object) -> Answer:
    form, request, at, stage, wait, code, issued = canonical.items(plain, exactly=7)
    found = _STAGES.get(canonical.text(stage, longest=20))
    if form != _FORMAT or found is None:
        raise Malformed("enrolment.shape")
    if (issued is None) == (found is Stage.ISSUED) or bool(code) != (found is Stage.REFUSED):
        raise Malformed("enrolment.shape")
    return Answer(
        canonical.octets(request, exactly=_HASH_BYTES),
        canonical.natural(at),
        found,
        canonical.natural(wait, most=_MOST_WAIT),
        canonical.text(code, longest=_LONGEST_CODE),
        None if issued is None else _issued(issued),
    )


def _issued(plain: object) -> Issued:
    items = canonical.items(plain, exactly=10)
    station, code, certificate, signing, authorities, host, port, hub, address, trust_list = items
    chain = canonical.items(authorities)
    if not 0 < len(chain) <= MOST_AUTHORITIES:
        raise Malformed("enrolment.shape")
    return Issued(
        station=enrolment.station_name(station),
        code=canonical.natural(code, most=STATIONS - 1),
        certificate=_certificate(certificate),
        signing_certificate=_certificate(signing),
        authorities=tuple(_certificate(one) for one in chain),
        broker_host=canonical.text(host, longest=_LONGEST_HOST),
        broker_port=canonical.natural(port, most=0xFFFF),
        hub=enrolment.station_name(hub),
        address=enrolment.web_address(address),
        trust_list=_at_most(trust_list, trust.MOST_BYTES),
    )


def _certificate(value: object) -> bytes:
    return _at_most(value, MOST_CERTIFICATE)


def _at_most(value: object, most: int) -> bytes:
    data = canonical.octets(value)
    if not 0 < len(data) <= most:
        raise Malformed("enrolment.shape")
    return data
