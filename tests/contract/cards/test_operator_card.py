"""The operator's card over SoftHSM2, with RSA and EC keys, and over OpenSC with an emulated card."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.cards.insertions import CountInsertions
from hw.cards.operator_card import TokenOperatorCard, TriesByReader
from hw.document_readings import PinTries
from hw.errors import DeviceTrouble
from hw.pkcs11.door import TokenDoor
from hw.ports import OperatorCard
from hw.readings import CardInserted, OperatorIdentity, OperatorSignature
from hw.rig import OPENSC
from tests.contract.cards.conftest import Bench
from tests.emulated import faulty_module
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, MOST_TRIES, ST_2021, CnsChip
from tests.emulated.cards.cns_chip import PIN as CARD_PIN
from tests.emulated.cards.ts_cns import ts_cns
from tests.emulated.cards.virtual_reader import Faults
from tests.emulated.faulty_module import Call, fault, flags, named
from tests.emulated.soft_token import PIN, PrivateKey, SoftTokens

TODAY = datetime.now(UTC).date()
HEADER = b"\x84\x6aSignature1" + bytes(200)
OFFICE = CnsIssuer.make("Comune Inventato - CA Operatori", number=20)
SERIAL = 815
EC_KEY = ec.generate_private_key(ec.SECP256R1())
NAME = "Anna Operatrice"
COUNT_LOW, FINAL_TRY, LOCKED = 0x10000, 0x20000, 0x40000
opensc = pytest.mark.skipif(
    not Path(OPENSC).is_file(), reason="no OpenSC on this machine (Debian: opensc-pkcs11)"
)


def anchors(*revoked: int, listed: bool = True) -> TrustAnchors:
    return TrustAnchors(
        operator_issuers=(OFFICE.der,),
        revocation_lists=(OFFICE.revocation_list(*revoked),) if listed else (),
        version=1,
    )


class Desk:
    """A store of soft tokens and an operator's card over it.

    SoftHSM2 tells nothing of tries, so the module before it has to: it says that some are left.
    """

    def __init__(self, tokens: SoftTokens, module: Path) -> None:
        self.tokens = tokens
        self.module = module
        self.anchors = anchors()
        self.today = TODAY
        self.made: list[TokenOperatorCard] = []

    def put(self, label: str, key: PrivateKey, issuer: CnsIssuer = OFFICE, **more: object) -> None:
        self.tokens.add(label)
        more.setdefault("common_name", NAME)
        more.setdefault("serial", SERIAL)
        more.setdefault("policy", None)
        certificate = issuer.card_certificate(key.public_key(), **more)  # type: ignore[arg-type]
        self.tokens.put(label, key, certificate)

    def card(
        self,
        environment: dict[str, str] | None = None,
        *,
        module: Path | None = None,
        seconds: float = 20.0,
        random: Callable[[int], bytes] = os.urandom,
        told_by_cards: TriesByReader = lambda _: {},
        insertions: CountInsertions = dict,
    ) -> TokenOperatorCard:
        surroundings = {**self.tokens.environment, **flags(COUNT_LOW), **(environment or {})}
        made = TokenOperatorCard(
            TokenDoor(module or self.module, seconds=seconds, environment=surroundings),
            lambda: self.anchors,
            lambda: self.today,
            told_by_cards=told_by_cards,
            insertions=insertions,
            random=random,
        )
        self.made.append(made)
        return made


@pytest.fixture
def desk(tmp_path: Path, faulty: Path) -> Iterator[Desk]:
    made = Desk(SoftTokens.make(tmp_path / "store"), faulty)
    yield made
    for card in made.made:
        card.sign_out()


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faulty_module.build(tmp_path_factory.mktemp("faulty"))


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code


def signed_in(card: OperatorCard, pin: str = PIN) -> OperatorIdentity:
    identity = card.sign_in(pin)
    assert isinstance(identity, OperatorIdentity), identity
    return identity


def check(signature: OperatorSignature, message: bytes, certificate: bytes) -> None:
    """Verify as whoever gets the header would, from the certificate alone."""
    found = x509.load_der_x509_certificate(certificate)
    assert signature.certificate == found.fingerprint(hashes.SHA256())
    public = found.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        assert signature.algorithm == "RS256"
        public.verify(signature.signature, message, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert isinstance(public, ec.EllipticCurvePublicKey)
        assert signature.algorithm == "ES256"
        r, s = (int.from_bytes(signature.signature[at : at + 32], "big") for at in (0, 32))
        public.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("key", [rsa_key(2048, 21), EC_KEY], ids=["RSA", "EC"])
def test_an_operator_signs_in_and_signs_headers(desk: Desk, key: PrivateKey) -> None:
    desk.put("operator", key)
    card = desk.card()
    assert code(card.sign_header(HEADER)) == "token.not-signed-in"
    identity = signed_in(card)
    assert card.signed_in
    assert identity.name == NAME
    assert identity.revocation_checked
    assert identity.expires_on > TODAY
    for header in (HEADER, b"\x84 another"):
        signature = card.sign_header(header)
        assert isinstance(signature, OperatorSignature)
        check(signature, header, identity.certificate)
    assert NAME not in repr(identity) + repr(signature)
    card.sign_out()
    assert code(card.sign_header(HEADER)) == "token.not-signed-in"


def test_the_challenge_is_new_each_time(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return os.urandom(size)

    card = desk.card(random=random)
    signed_in(card)
    signed_in(card)
    assert asked == [32, 32]


def test_without_a_card_that_is_told(desk: Desk) -> None:
    card = desk.card()
    assert code(card.sign_in(PIN)) in {"token.absent", "token.unsupported-card"}
    assert code(card.sign_header(HEADER)) == "token.not-signed-in"


def test_a_wrong_pin_is_told_and_signs_out(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card()
    signed_in(card)
    assert code(card.sign_in("000000")) == "token.pin-wrong"
    assert not card.signed_in
    assert code(card.sign_header(HEADER)) == "token.not-signed-in"


@pytest.mark.parametrize(
    ("value", "expected", "tries"),
    [
        (0, "token.tries-untold", PinTries(left=None, last=False, blocked=False)),
        (FINAL_TRY, "token.pin-last-try", PinTries(left=1, last=True, blocked=False)),
        (LOCKED, "token.pin-blocked", PinTries(left=0, last=False, blocked=True)),
    ],
)
def test_the_last_try_is_never_spent_nor_one_that_nobody_tells(
    desk: Desk, tmp_path: Path, value: int, expected: str, tries: PinTries
) -> None:
    desk.put("operator", EC_KEY)
    trace = tmp_path / "logins"
    card = desk.card({**flags(value), "FAULTY_TRACE": str(trace)})
    assert card.pin_tries() == tries
    assert code(card.sign_in(PIN)) == expected
    assert not trace.exists()


def test_only_the_office_decides_who_is_an_operator(desk: Desk) -> None:
    desk.put("stranger", EC_KEY, CnsIssuer.make("Altri - CA", number=22))
    card = desk.card()
    outcome = card.sign_in(PIN)
    assert code(outcome) == "token.untrusted"
    desk.anchors = EMPTY
    assert code(card.sign_in(PIN)) == "token.untrusted"


def test_a_citizens_issuer_makes_no_operators(desk: Desk) -> None:
    citizens = CnsIssuer.make()
    desk.put("citizen", EC_KEY, citizens)
    desk.anchors = TrustAnchors(health_card_issuers=(citizens.der,))
    assert code(desk.card().sign_in(PIN)) == "token.untrusted"


def test_among_several_cards_the_operators_is_found(desk: Desk) -> None:
    desk.put("stranger", rsa_key(2048, 23), CnsIssuer.make("Altri - CA", number=22))
    desk.put("operator", EC_KEY)
    identity = signed_in(desk.card())
    assert identity.name == NAME


def test_two_operators_cards_are_too_many(desk: Desk) -> None:
    desk.put("one", EC_KEY)
    desk.put("two", rsa_key(2048, 21))
    assert code(desk.card().sign_in(PIN)) == "token.several"


@pytest.mark.parametrize(
    ("today", "revoked", "expected"),
    [
        (TODAY + timedelta(days=2000), (), "token.expired"),
        (TODAY - timedelta(days=40), (), "token.expired"),
        (TODAY, (SERIAL,), "token.revoked"),
    ],
)
def test_a_certificate_that_does_not_hold_is_refused_before_the_pin(
    desk: Desk, tmp_path: Path, today: date, revoked: tuple[int, ...], expected: str
) -> None:
    desk.put("operator", EC_KEY)
    desk.today, desk.anchors = today, anchors(*revoked)
    trace = tmp_path / "logins"
    card = desk.card({"FAULTY_TRACE": str(trace)})
    assert code(card.sign_in(PIN)) == expected
    assert not trace.exists()


def test_without_a_revocation_list_that_is_said(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    desk.anchors = anchors(listed=False)
    assert not signed_in(desk.card()).revocation_checked


def test_a_certificate_that_expires_during_the_shift_signs_no_more(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card()
    signed_in(card)
    desk.today = TODAY + timedelta(days=2000)
    assert code(card.sign_header(HEADER)) == "token.expired"
    assert not card.signed_in


def test_a_copied_certificate_does_not_sign_in(desk: Desk) -> None:
    desk.tokens.add("copy")
    other = ec.generate_private_key(ec.SECP256R1())
    certificate = OFFICE.card_certificate(EC_KEY.public_key(), serial=SERIAL, common_name=NAME)
    desk.tokens.put("copy", other, certificate)
    card = desk.card()
    assert code(card.sign_in(PIN)) == "token.not-genuine"
    assert not card.signed_in


def test_a_token_that_is_taken_away_signs_out(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card()
    signed_in(card)
    desk.tokens.remove()
    assert code(card.sign_header(HEADER)) in {"token.removed", "token.no-key"}
    assert not card.signed_in


@pytest.mark.parametrize("deed", ["crash", "hang"])
def test_a_module_that_fails_at_a_signature_signs_out(desk: Desk, deed: str) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card(fault(Call.SIGN, deed), seconds=3)
    expected = {"crash": "token.crashed", "hang": "token.timeout"}[deed]
    assert code(card.sign_in(PIN)) == expected
    assert not card.signed_in


def test_a_sign_in_can_be_abandoned(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card(fault(Call.LOGIN, "hang"))
    outcomes: list[object] = []
    caller = threading.Thread(target=lambda: outcomes.append(card.sign_in(PIN)))
    caller.start()
    time.sleep(0.7)
    began = time.monotonic()
    card.abandon()
    caller.join()
    assert time.monotonic() - began < 3
    assert [code(outcome) for outcome in outcomes] == ["token.abandoned"]


# --- whose tries are whose

LONG = "Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F Contact Reader] (55041832) 0"
"""Longer than the name of a slot, which ends with `[uTrust 4701 F Conta`."""
SOME = PinTries(left=3, last=False, blocked=False)
ONE = PinTries(left=1, last=True, blocked=False)
NONE = PinTries(left=0, last=False, blocked=True)
UNTOLD = PinTries(left=None, last=False, blocked=False)


class Readers:
    """What the cards in the readers of PC/SC tell, and which of them were asked."""

    def __init__(self, told: dict[str, PinTries], *others: str) -> None:
        self.told = told
        self.asked: list[str] = []
        self.counts = dict.fromkeys((*told, *others), 1)
        self.swapped = ""

    def tries(self, reader: str) -> dict[str, PinTries]:
        self.asked.append(reader)
        if self.swapped:
            self.counts[self.swapped] += 2
        return {name: tries for name, tries in self.told.items() if reader in {"", name}}

    def insertions(self) -> dict[str, int]:
        return dict(self.counts)


def card_in(desk: Desk, slot: str, readers: Readers, value: int, trace: Path) -> TokenOperatorCard:
    """The operator's card in a slot of that name; the module's flags are `value`."""
    desk.put("operator", EC_KEY)
    name = slot.encode().ljust(64)[:64]
    environment = {**named(name), **flags(value), "FAULTY_TRACE": str(trace)}
    return desk.card(environment, told_by_cards=readers.tries, insertions=readers.insertions)


@pytest.mark.parametrize("value", [0, LOCKED], ids=["nothing", "locked"])
@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        (SOME, None),
        (ONE, "token.pin-last-try"),
        (NONE, "token.pin-blocked"),
    ],
)
def test_a_card_in_a_reader_with_a_long_name_counts_its_tries_itself(
    desk: Desk, tmp_path: Path, value: int, tries: PinTries, expected: str | None
) -> None:
    readers, trace = Readers({LONG: tries, "Other 1": NONE}), tmp_path / "logins"
    card = card_in(desk, LONG, readers, value, trace)
    outcome = card.sign_in(PIN)
    assert (outcome.code if isinstance(outcome, DeviceTrouble) else None) == expected
    assert trace.exists() == (expected is None)
    card.sign_out()
    assert readers.asked == (["", LONG] if expected is None else [""]), "that one is powered down"


@pytest.mark.parametrize(
    ("told", "value", "expected"),
    [
        ({"Reader A": ONE}, COUNT_LOW, "token.pin-last-try"),
        ({"Reader A": SOME, "Reader B": NONE}, COUNT_LOW, "token.pin-blocked"),
        ({"Reader A": SOME}, 0, "token.tries-untold"),
        ({"Reader A": SOME}, COUNT_LOW, None),
        ({"Reader A": SOME}, FINAL_TRY, "token.pin-last-try"),
        ({}, 0, "token.tries-untold"),
    ],
)
def test_a_slot_named_otherwise_may_be_that_of_any_card(
    desk: Desk,
    tmp_path: Path,
    told: dict[str, PinTries],
    value: int,
    expected: str | None,
) -> None:
    readers, trace = Readers(told), tmp_path / "logins"
    card = card_in(desk, "Vendor slot 1", readers, value, trace)
    outcome = card.sign_in(PIN)
    assert (outcome.code if isinstance(outcome, DeviceTrouble) else None) == expected
    assert trace.exists() == (expected is None)
    card.sign_out()
    assert readers.asked == (["", ""] if expected is None else [""]), "all are powered down"


def test_of_two_readers_of_one_name_neither_counts_for_the_other(
    desk: Desk, tmp_path: Path
) -> None:
    """The operator's card tells nothing; beside it lies another with tries left."""
    readers, trace = Readers({LONG + "0": SOME}, LONG + "1"), tmp_path / "logins"
    card = card_in(desk, LONG, readers, 0, trace)
    assert code(card.sign_in(PIN)) == "token.tries-untold"
    assert not trace.exists()


def test_a_card_that_does_not_tell_is_not_tried_where_the_module_does_not(
    desk: Desk, tmp_path: Path
) -> None:
    readers, trace = Readers({"Reader A": UNTOLD}), tmp_path / "logins"
    card = card_in(desk, "Reader A", readers, 0, trace)
    assert card.pin_tries() == UNTOLD
    assert code(card.sign_in("000000")) == "token.tries-untold"
    assert not trace.exists()


@pytest.mark.parametrize("slot", ["Reader A", "Vendor slot 1"])
def test_a_card_that_was_put_in_meanwhile_gets_no_pin(
    desk: Desk, tmp_path: Path, slot: str
) -> None:
    readers, trace = Readers({"Reader A": SOME}), tmp_path / "logins"
    readers.swapped = "Reader A"
    card = card_in(desk, slot, readers, COUNT_LOW, trace)
    assert code(card.sign_in(PIN)) == "token.removed"
    assert not trace.exists()


# --- over OpenSC, with the emulated card in a real reader


def operators_chip(tries: int = MOST_TRIES) -> CnsChip:
    key = rsa_key(2048, 21)
    certificate = OFFICE.card_certificate(key.public_key(), serial=SERIAL, common_name=NAME)
    return CnsChip(ST_2021, key, certificate, tries=tries)


@opensc
def test_a_card_in_a_reader_signs_in_and_signs(bench: Bench, tmp_path: Path) -> None:
    chip = operators_chip()
    bench.insert(chip)
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    assert card.pin_tries() == PinTries(left=3, last=False, blocked=False)
    began = time.monotonic()
    identity = signed_in(card, CARD_PIN)
    middle = time.monotonic()
    signature = card.sign_header(HEADER)
    print(f"signed in {middle - began:.2f} s, header {time.monotonic() - middle:.3f} s")
    assert isinstance(signature, OperatorSignature)
    check(signature, HEADER, identity.certificate)
    openssl = shutil.which("openssl")
    if openssl is not None:
        (tmp_path / "header").write_bytes(HEADER)
        (tmp_path / "signature").write_bytes(signature.signature)
        (tmp_path / "card.der").write_bytes(identity.certificate)
        extract = "openssl x509 -inform DER -in card.der -pubkey -noout -out key"
        verify = "openssl dgst -sha256 -verify key -signature signature header"
        for command in (extract, verify):
            judged = subprocess.run(
                command.split(), cwd=tmp_path, capture_output=True, text=True, check=True
            )
        assert "Verified OK" in judged.stdout
    assert chip.signatures == 2
    assert chip._verified
    card.sign_out()
    assert not chip._verified


@opensc
def test_citizens_cards_are_told_of_and_the_signed_in_operators_is_not(bench: Bench) -> None:
    bench.insert(operators_chip())
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    signed_in(card, CARD_PIN)
    since = len(bench.told)
    bench.rig.watch_cards(bench.listen)
    bench.await_ready(since=since)
    bench.insert(ts_cns(), reader=bench.second)
    assert bench.short()[since:] == ["ReaderReady", "CardInserted"]
    card.sign_out()
    since = len(bench.told)
    bench.rig.watch_cards(bench.listen)
    bench.await_event(lambda event: event == CardInserted(bench.first.name + " 00 00"), since=since)


@opensc
def test_the_cards_own_counter_counts(bench: Bench) -> None:
    chip = operators_chip()
    bench.insert(chip)
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    codes = [code(card.sign_in("000000")) for _ in range(4)]
    assert codes == ["token.pin-wrong"] * 2 + ["token.pin-last-try"] * 2
    assert chip.tries == 1
    assert card.pin_tries() == PinTries(left=1, last=True, blocked=False)


@opensc
def test_a_card_that_is_pulled_signs_no_more_until_the_next_sign_in(bench: Bench) -> None:
    bench.insert(operators_chip())
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    signed_in(card, CARD_PIN)
    bench.remove()
    assert code(card.sign_header(HEADER)) in {"token.removed", "token.not-signed-in"}
    assert not card.signed_in
    bench.insert(operators_chip())
    assert code(card.sign_header(HEADER)) == "token.not-signed-in"
    signed_in(card, CARD_PIN)
    assert isinstance(card.sign_header(HEADER), OperatorSignature)


@opensc
def test_another_card_in_its_place_does_not_sign_for_it(bench: Bench) -> None:
    bench.insert(operators_chip())
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    signed_in(card, CARD_PIN)
    bench.remove()
    other = rsa_key(2048, 24)
    thief = CnsChip(ATHENA_2021, other, OFFICE.card_certificate(other.public_key()))
    bench.insert(thief)
    assert isinstance(card.sign_header(HEADER), DeviceTrouble)
    assert thief.signatures == 0
    presented = [each for each in thief.seen if each[1] == 0x20 and len(each) > 5]
    assert presented == [], "the module keeps no PIN for another card"
    assert not card.signed_in


@opensc
def test_a_citizen_at_the_other_reader_does_not_disturb_the_operator(bench: Bench) -> None:
    """The operator signs in, a citizen proves a health card, the operator signs."""
    citizens = CnsIssuer.make()
    key = rsa_key(2048)
    bench.insert(operators_chip())
    both = TrustAnchors(operator_issuers=(OFFICE.der,), health_card_issuers=(citizens.der,))
    bench.rig.trust_documents(both)
    card = bench.rig.operator_card()
    signed_in(card, CARD_PIN)
    citizen = CnsChip(ATHENA_2021, key, citizens.card_certificate(key.public_key()))
    bench.insert(citizen, reader=bench.second)
    proof = bench.rig.prove_health_card(CARD_PIN, None, TODAY)
    assert not isinstance(proof, DeviceTrouble), proof
    assert isinstance(card.sign_header(HEADER), OperatorSignature)


@opensc
def test_a_card_that_is_reset_behind_our_back_signs_no_more(bench: Bench) -> None:
    """The module must not keep the PIN to present it again."""
    chip = operators_chip()
    bench.insert(chip)
    bench.rig.trust_documents(anchors())
    card = bench.rig.operator_card()
    signed_in(card, CARD_PIN)
    chip.reset()
    seen = len(chip.seen)
    assert isinstance(card.sign_header(HEADER), DeviceTrouble)
    assert [each for each in chip.seen[seen:] if each[1] == 0x20 and len(each) > 5] == []
    assert not card.signed_in


@opensc
def test_a_mute_operators_card_is_told_in_time(bench: Bench) -> None:
    bench.insert(operators_chip(), Faults(mute_from=0))
    bench.rig.trust_documents(anchors())
    timer = threading.Timer(5.0, bench.remove)
    timer.start()
    began = time.monotonic()
    assert isinstance(bench.rig.operator_card().sign_in(CARD_PIN), DeviceTrouble)
    assert time.monotonic() - began < 25
    timer.join()


def test_one_card_gives_one_secret_for_a_purpose(desk: Desk) -> None:
    desk.put("operator", rsa_key(2048, 41))
    first = desk.card()
    assert code(first.derive("mirror")) == "token.not-signed-in"
    signed_in(first)
    secret = first.derive("mirror")
    assert isinstance(secret, bytes)
    assert len(secret) == 32
    assert first.derive("another") != secret
    first.sign_out()
    again = desk.card()
    signed_in(again)
    assert again.derive("mirror") == secret


def test_a_card_that_never_signs_alike_gives_no_secret_and_stays_signed_in(desk: Desk) -> None:
    desk.put("operator", EC_KEY)
    card = desk.card()
    signed_in(card)
    assert code(card.derive("mirror")) == "token.no-secret"
    assert card.signed_in
