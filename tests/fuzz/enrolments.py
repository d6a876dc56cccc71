"""What devices that want to become stations send and are told, and certificates that they are given."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sync.model.errors import Problem
from sync.wire import (
    base45,
    canonical,
    cose,
    device_certificate,
    enrolment,
    enrolment_answer,
    enrolment_request,
    sealing,
)
from sync.wire.enrolment import Token
from sync.wire.enrolment_answer import Answer
from sync.wire.enrolment_request import SealedRequest
from sync.wire.signer import Signer
from tests.unit.wire import test_enrolment as true
from tests.unit.wire.material import OURS

_HASH: Final = bytes(32)
_NAME: Final = "058091-PC-0001"
_SIGNED: Final[tuple[tuple[str, Signer], ...]] = (
    (enrolment_answer.PURPOSE, OURS.hub),
    (enrolment_request.REQUEST_PURPOSE, true.DEVICE),
    (enrolment_request.RENEWAL_PURPOSE, true.DEVICE),
)


def enrolments(data: bytes) -> None:
    """Bytes as they come, or what a hub or a device signs and seals (by the first byte)."""
    which, rest = (data[0], data[1:]) if data else (0, b"")
    if which & 3:
        purpose, signer = _SIGNED[(which & 3) - 1]
        rest = cose.sign(purpose, rest, signer).data
    answer = enrolment_answer.load(rest, true.hub_trust(), _HASH)
    if isinstance(answer, Answer):
        enrolment_answer.sign(answer, OURS.hub)
    for purpose in (enrolment_request.REQUEST_PURPOSE, enrolment_request.RENEWAL_PURPOSE):
        found = enrolment_request.read(rest, purpose)
        if not isinstance(found, Problem) and found.is_proven_by(true.OTHER):
            raise AssertionError("a proof of another code")
    enrolment.read_question(rest)
    enrolment.read_offer(rest, true.PASSWORD)
    enrolment.read_token_file(rest)
    for text in (rest.decode("latin-1"), enrolment.PREFIX + base45.encode(rest)):
        enrolment.parse_password(text)
        token = enrolment.read_token(text)
        if isinstance(token, Token) and enrolment.read_token(token.to_text()) != token:
            _again(token)
    _sealed(rest)


def _again(token: Token) -> None:
    """Keys are told apart by their bytes, not by who they are."""
    read = enrolment.read_token(token.to_text())
    if not isinstance(read, Token) or read.root.spki != token.root.spki:
        raise AssertionError("what was read cannot be written")


def _sealed(data: bytes) -> None:
    found = enrolment_request.look(data)
    if isinstance(found, SealedRequest):
        enrolment_request.open_sealed(found, OURS.unsealing)
    key = OURS.unsealing.sealing_key
    inside = sealing.seal(data, key, b"sportello sealed request 1 ")
    made = canonical.encode([1, b"", key.key_id, inside])
    found = enrolment_request.look(made)
    if isinstance(found, SealedRequest):
        enrolment_request.open_sealed(found, OURS.unsealing)


def enrolments_seeds() -> Iterable[bytes]:
    """What both ends truly say."""
    answer = Answer(_HASH, 9, enrolment_answer.Stage.ISSUED, issued=true.issued())
    signed = enrolment_answer.sign(answer, OURS.hub)
    request = true.asked()
    yield b"\0" + signed
    yield b"\1" + cose.parse(signed, enrolment_answer.PURPOSE).payload
    yield b"\0" + request
    yield b"\2" + cose.parse(request, enrolment_request.REQUEST_PURPOSE).payload
    yield b"\0" + enrolment_request.seal(request, OURS.unsealing.sealing_key, true.PASSWORD)
    yield b"\0" + base45.decode(true.TOKEN.to_text().removeprefix(enrolment.PREFIX))
    yield b"\0" + enrolment.token_file(true.TOKEN.to_text(), true.TRUST_LIST)
    offer = enrolment.Offer(true.STATION, true.ROOT, true.TRUST_LIST)
    yield b"\0" + enrolment.make_offer(offer, true.PASSWORD)


def device_certificates(data: bytes) -> None:
    """Certificates and certification requests in DER or PEM."""
    device_certificate.read(data)
    device_certificate.spki_of(data, _NAME)
    device_certificate.is_issued_by(data, data)


def device_certificates_seeds() -> Iterable[bytes]:
    """A certification request; certificates are fuzzed from it and from nothing."""
    yield device_certificate.certification_request(_NAME, device_certificate.make_tls_key())
