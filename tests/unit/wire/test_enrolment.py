"""Token, offer, request and answer: what fits comes back, what is another's is refused."""

from __future__ import annotations

import pytest

from sync.model.errors import Problem
from sync.wire import canonical, cose, enrolment, enrolment_answer, enrolment_request, trust
from sync.wire.enrolment import Offer, Token
from sync.wire.enrolment_answer import Answer, Issued, Stage
from sync.wire.enrolment_request import Request, SealedRequest
from sync.wire.signer import Protection, SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.wire.material import OURS, THEIRS, Keys, flipped

PASSWORD = enrolment.password_of(bytes(range(32)))
OTHER = enrolment.password_of(bytes(range(1, 33)))
STATION = "kiosk-0001"
ADDRESS = "https://hub.example"
DEVICE = SoftwareSigner.generate()
CSR = b"a certification request"
ROOT = OURS.root.verifying_key


def hub_trust(keys: Keys = OURS) -> HubTrust:
    return HubTrust(1, 5, (keys.hub.verifying_key,), (keys.unsealing.sealing_key,))


TRUST_LIST = trust.sign(hub_trust(), OURS.root)
TOKEN = Token(STATION, PASSWORD, ADDRESS, ROOT, 1_800_000_000_000)


def asked(password: str = PASSWORD, signer: SoftwareSigner = DEVICE) -> bytes:
    return enrolment_request.make_request(
        password=password,
        station=STATION,
        signer=signer,
        signing_key=signer.verifying_key,
        certification_request=CSR,
        made_at=7,
    )


def opened(data: bytes, password: str = PASSWORD) -> Request | Problem:
    sealed = enrolment_request.seal(data, OURS.unsealing.sealing_key, password)
    found = enrolment_request.look(sealed)
    assert isinstance(found, SealedRequest)
    return enrolment_request.open_sealed(found, OURS.unsealing)


def issued() -> Issued:
    return Issued(
        STATION,
        17,
        b"tls",
        b"signing",
        (b"ca",),
        "broker.example",
        8883,
        "hub",
        ADDRESS,
        TRUST_LIST,
    )


# --- the password


def test_a_password_is_read_as_people_type_it() -> None:
    typed = enrolment.shown(PASSWORD).lower()
    assert len(PASSWORD) == enrolment.PASSWORD_LETTERS
    assert enrolment.parse_password(f" {typed} ") == PASSWORD


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "enrolment-code.empty"),
        (PASSWORD[:-1], "enrolment-code.length"),
        (PASSWORD + PASSWORD, "enrolment-code.length"),
        ("2" * 100, "enrolment-code.length"),
        ("O" + PASSWORD[1:], "enrolment-code.characters"),
        (PASSWORD[1] + PASSWORD[0] + PASSWORD[2:], "enrolment-code.check-letter"),
    ],
)
def test_what_is_typed_wrongly_is_told(typed: str, code: str) -> None:
    found = enrolment.parse_password(typed)
    assert isinstance(found, Problem)
    assert found.code == code


def test_a_locator_tells_registrations_apart() -> None:
    assert enrolment.locator(PASSWORD) != enrolment.locator(OTHER)
    assert enrolment.read_question(enrolment.make_question(PASSWORD)) == enrolment.locator(PASSWORD)
    assert enrolment.read_question(b"\x80") is None


# --- token


@pytest.mark.rule("R-004-14")
def test_a_token_fits_into_a_small_code_and_comes_back() -> None:
    text = TOKEN.to_text()
    assert len(text) <= 400
    found = enrolment.read_token(text)
    assert isinstance(found, Token)
    assert (found.station, found.password, found.address) == (STATION, PASSWORD, ADDRESS)
    assert (found.root.spki, found.until) == (ROOT.spki, TOKEN.until)
    assert PASSWORD not in repr(found)


def test_a_token_of_something_else_or_damaged_is_told() -> None:
    text = TOKEN.to_text()
    assert enrolment.read_token("SPT1:ABC") == Problem("enrolment.not-ours")
    assert enrolment.read_token(text[:-3]) == Problem("enrolment.token-damaged")
    assert enrolment.read_token(text + "A" * 900) == Problem("enrolment.token-damaged")


def test_an_address_that_is_none_makes_no_token() -> None:
    for address in ("ftp://hub.example", "https://hub.example/", "https://"):
        with pytest.raises(ValueError, match="no device"):
            Token(STATION, PASSWORD, address, ROOT, 1).to_text()


def test_a_file_holds_token_and_list() -> None:
    found = enrolment.read_token_file(enrolment.token_file(TOKEN.to_text(), TRUST_LIST))
    assert isinstance(found, tuple)
    assert found[0].station == STATION
    assert isinstance(trust.load(found[1], found[0].root), HubTrust)
    assert enrolment.read_token_file(b"") == Problem("enrolment.token-damaged")


# --- offer


def test_only_who_knows_the_password_can_make_an_offer() -> None:
    data = enrolment.make_offer(Offer(STATION, ROOT, TRUST_LIST), PASSWORD)
    found = enrolment.read_offer(data, PASSWORD, ROOT)
    assert isinstance(found, Offer)
    assert (found.station, found.root.spki) == (STATION, ROOT.spki)
    foreign = Problem("enrolment.offer-foreign")
    assert enrolment.read_offer(data, OTHER) == foreign
    assert enrolment.read_offer(data, PASSWORD, THEIRS.root.verifying_key) == foreign
    for changed in list(flipped(data))[::61]:
        assert isinstance(enrolment.read_offer(changed, PASSWORD), Problem)
    assert enrolment.read_offer(b"\x80", PASSWORD) == Problem("enrolment.offer-damaged")


# --- request


def test_a_request_is_proven_by_its_password_alone() -> None:
    data = asked()
    found = opened(data)
    assert isinstance(found, Request)
    assert found.is_proven_by(PASSWORD)
    assert not found.is_proven_by(OTHER)
    assert not found.is_renewal
    assert (found.station, found.signing.spki) == (STATION, DEVICE.verifying_key.spki)
    assert found.protection is Protection.SOFTWARE
    assert found.hash == enrolment_request.hash_of(data)


def test_another_key_cannot_take_a_request_over() -> None:
    plain = canonical.decode(cose.parse(asked(), enrolment_request.REQUEST_PURPOSE).payload)
    swapped = cose.sign(
        enrolment_request.REQUEST_PURPOSE, canonical.encode(plain), SoftwareSigner.generate()
    )
    assert opened(swapped.data) == Problem("enrolment.request-damaged")


def test_only_the_hub_opens_a_request() -> None:
    found = enrolment_request.look(
        enrolment_request.seal(asked(), THEIRS.unsealing.sealing_key, PASSWORD)
    )
    assert isinstance(found, SealedRequest)
    damaged = Problem("enrolment.request-damaged")
    assert enrolment_request.open_sealed(found, OURS.unsealing) == damaged
    assert enrolment_request.look(b"\xff") == damaged


def test_a_sealed_request_cannot_be_moved_to_another_registration() -> None:
    found = enrolment_request.look(
        enrolment_request.seal(asked(), OURS.unsealing.sealing_key, PASSWORD)
    )
    assert isinstance(found, SealedRequest)
    moved = SealedRequest(enrolment.locator(OTHER), found.key_id, found.sealed)
    assert isinstance(enrolment_request.open_sealed(moved, OURS.unsealing), Problem)


def test_a_renewal_is_no_request_and_the_other_way_round() -> None:
    renewal = enrolment_request.make_renewal(
        station=STATION,
        signer=DEVICE,
        signing_key=DEVICE.verifying_key,
        certification_request=CSR,
        made_at=7,
    )
    found = opened(renewal, "")
    assert isinstance(found, Request)
    assert found.is_renewal
    assert isinstance(opened(renewal), Problem)
    assert isinstance(opened(asked(), ""), Problem)


def test_check_codes_tell_requests_apart() -> None:
    code = enrolment_request.check_code(enrolment_request.hash_of(asked()))
    assert len(code) == 8
    assert code != enrolment_request.check_code(bytes(32))
    assert enrolment.shown(code) == f"{code[:4]}-{code[4:]}"
    with pytest.raises(ValueError, match="32 bytes"):
        enrolment_request.check_code(b"")


# --- answer


@pytest.mark.parametrize(
    "answer",
    [
        Answer(bytes(32), 9, Stage.APPROVAL, wait_seconds=5),
        Answer(bytes(32), 9, Stage.REFUSED, code="enrolment.used"),
        Answer(bytes(32), 9, Stage.ISSUED, issued=issued()),
    ],
)
def test_an_answer_comes_back(answer: Answer) -> None:
    data = enrolment_answer.sign(answer, OURS.hub)
    assert enrolment_answer.load(data, hub_trust(), bytes(32)) == answer
    assert enrolment_answer.load(data, hub_trust(THEIRS), bytes(32)) == Problem(
        "enrolment.answer-foreign"
    )
    assert enrolment_answer.load(data, hub_trust(), bytes(31) + b"1") == Problem(
        "enrolment.answer-other"
    )
    for changed in list(flipped(data))[::37]:
        assert isinstance(enrolment_answer.load(changed, hub_trust(), bytes(32)), Problem)


def test_an_answer_that_says_two_things_is_not_signed() -> None:
    for answer in (
        Answer(bytes(32), 9, Stage.ISSUED),
        Answer(bytes(32), 9, Stage.REFUSED),
        Answer(bytes(32), 9, Stage.APPROVAL, code="enrolment.used"),
        Answer(bytes(32), 9, Stage.APPROVAL, issued=issued()),
    ):
        with pytest.raises(ValueError, match="no device"):
            enrolment_answer.sign(answer, OURS.hub)
