"""The TS-CNS with its PIN: judged by OpenSC and openssl, then proven by the rig over OpenSC."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hw.cards import card_keys
from hw.cards.card_keys import CardKey
from hw.cards.emrtd.trust_anchors import EMPTY, TrustAnchors
from hw.document_readings import (
    Finding,
    HealthCardProof,
    HolderClaim,
    PinTries,
    Property,
)
from hw.errors import DeviceTrouble
from hw.pkcs11.door import Token, TokenDoor
from hw.readings import HealthCardReading
from hw.rig import OPENSC
from tests.contract.cards.conftest import Bench
from tests.emulated.cards.cns_certificates import CNS_POLICY, CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import (
    ATHENA_2014,
    ATHENA_2021,
    IDEMIA_2021,
    MOST_TRIES,
    PIN,
    ST_2021,
    SUPPORTED,
    UNSUPPORTED,
    CnsChip,
    Generation,
    with_query,
)
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import bank_card, ts_cns
from tests.emulated.cards.virtual_reader import Faults

pytestmark = pytest.mark.skipif(
    not Path(OPENSC).is_file() or shutil.which("pkcs11-tool") is None,
    reason="no OpenSC on this machine (Debian: opensc, opensc-pkcs11)",
)


def opensc_version() -> tuple[int, ...]:
    """Version of OpenSC here; (0,) where it cannot be told."""
    if shutil.which("opensc-tool") is None:
        return (0,)
    told = subprocess.run(["opensc-tool", "--info"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)\.(\d+)", told.stdout)
    return tuple(int(part) for part in found.groups()) if found else (0,)


LACKED = tuple(each for each in UNSUPPORTED if each != IDEMIA_2021 or opensc_version() < (0, 24))
TODAY = datetime.now(UTC).date()
WRONG = "87654321"
HOLDER = Holder()
CLAIM = HolderClaim(codice_fiscale=HOLDER.codice_fiscale, surname="Rossi", name="Mario")
ISSUER = CnsIssuer.make()
SERIAL = 4711


def chip(generation: Generation = ATHENA_2021, **certificate: object) -> CnsChip:
    """A card of `ISSUER`, or of the `issuer` given."""
    key = rsa_key(generation.key_bits)
    issuer = certificate.pop("issuer", ISSUER)
    assert isinstance(issuer, CnsIssuer)
    der = issuer.card_certificate(key.public_key(), serial=SERIAL, **certificate)  # type: ignore[arg-type]
    return CnsChip(generation, key, der)


def anchors(*, revoked: tuple[int, ...] = (), listed: bool = True) -> TrustAnchors:
    lists = (ISSUER.revocation_list(*revoked),) if listed else ()
    return TrustAnchors(
        health_card_issuers=(ISSUER.der,), revocation_lists=lists, version=1, issued=TODAY
    )


def prove(
    bench: Bench, pin: str = PIN, claim: HolderClaim | None = CLAIM, today: date = TODAY
) -> HealthCardProof | DeviceTrouble:
    return bench.rig.prove_health_card(pin, claim, today)


def proven(bench: Bench, **more: object) -> HealthCardProof:
    proof = prove(bench, **more)  # type: ignore[arg-type]
    assert isinstance(proof, HealthCardProof), proof
    return proof


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble), outcome
    return outcome.code


def run(bench: Bench, *command: str, succeeds: bool = True) -> str:
    result = subprocess.run(
        command,
        env={**os.environ, **bench.pcscd.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode == 0) == succeeds, result.stdout + result.stderr
    return result.stdout + result.stderr


# --- the foreign judges of the emulated card


@pytest.mark.parametrize("generation", SUPPORTED, ids=lambda each: each.name)
def test_opensc_signs_in_and_signs_and_openssl_verifies(
    bench: Bench, tmp_path: Path, generation: Generation
) -> None:
    card = chip(generation)
    bench.insert(card)
    (tmp_path / "challenge").write_bytes(b"challenge")
    (tmp_path / "card.der").write_bytes(card.certificate)
    files = {name: str(tmp_path / name) for name in ("challenge", "card.der", "key", "signature")}
    dump = run(bench, "pkcs15-tool", "--dump", "--reader", "0")
    assert "Private RSA Key [CNS0]" in dump
    assert "X.509 Certificate [CNS0]" in dump
    assert "PIN CNS0" in dump
    run(
        bench,
        *("pkcs11-tool", "--module", OPENSC, "--login", "--pin", PIN, "--id", "01"),
        *("--sign", "--mechanism", "SHA256-RSA-PKCS"),
        *("--input-file", files["challenge"], "--output-file", files["signature"]),
    )
    run(
        bench,
        *f"openssl x509 -inform DER -in {files['card.der']} -pubkey -noout -out".split(),
        files["key"],
    )
    verified = run(
        bench,
        *("openssl", "dgst", "-sha256", "-verify", files["key"]),
        *("-signature", files["signature"], files["challenge"]),
    )
    assert "Verified OK" in verified


def test_opensc_counts_wrong_pins_down_to_a_blocked_card(bench: Bench) -> None:
    card = chip()
    bench.insert(card)
    for left in (2, 1, 0):
        told = run(
            bench,
            *("pkcs11-tool", "--module", OPENSC, "--login", "--pin", WRONG, "-O"),
            succeeds=False,
        )
        assert "CKR_PIN_INCORRECT" in told or "CKR_PIN_LOCKED" in told
        assert card.tries == left
    told = run(
        bench, *("pkcs11-tool", "--module", OPENSC, "--login", "--pin", PIN, "-O"), succeeds=False
    )
    assert "CKR_PIN_LOCKED" in told


# --- the tries, asked of the card


@pytest.mark.parametrize("tries", [3, 2, 1, 0])
@pytest.mark.parametrize("generation", [ATHENA_2014, ST_2021], ids=lambda each: each.name)
def test_the_card_tells_its_tries_and_none_is_spent(
    bench: Bench, generation: Generation, tries: int
) -> None:
    card = chip(generation)
    card.tries = tries
    bench.insert(card)
    for _ in range(2):
        told = bench.rig.health_card_pin_tries()
        assert told == PinTries(left=tries, last=tries == 1, blocked=tries == 0)
    assert card.tries == tries


def presented(card: CnsChip) -> list[bytes]:
    """Commands that carried a PIN, right or wrong."""
    return [each for each in card.seen if each[1] == 0x20 and len(each) > 5]


@pytest.mark.parametrize("pin", [PIN, WRONG], ids=["right", "wrong"])
@pytest.mark.parametrize("status", ["6700", "6D00", "9000", "6F00"])
def test_a_card_that_does_not_tell_its_tries_is_not_tried(
    bench: Bench, status: str, pin: str
) -> None:
    """Whatever the module says; see test_cns_slots for one that says nothing."""
    card = chip(with_query(ATHENA_2021, bytes.fromhex(status)))
    bench.insert(card)
    tries = bench.rig.health_card_pin_tries()
    assert tries == PinTries(left=None, last=False, blocked=False)
    assert code(prove(bench, pin)) == "token.tries-untold"
    assert presented(card) == []
    assert card.tries == MOST_TRIES


# --- whose PIN it is


@pytest.mark.parametrize("slow", ["first", "second"])
def test_of_two_health_cards_none_gets_a_pin(bench: Bench, slow: str) -> None:
    """Which of them answers first does not matter."""
    cards = {"first": chip(), "second": chip()}

    def wait(_: int) -> None:
        time.sleep(0.1)

    for name, reader in (("first", bench.first), ("second", bench.second)):
        faults = Faults(at_command=wait) if name == slow else Faults()
        bench.insert(cards[name], faults, reader=reader)
    assert code(bench.rig.health_card_pin_tries()) == "token.several"
    assert code(prove(bench, WRONG)) == "token.several"
    assert [presented(card) for card in cards.values()] == [[], []]


def test_a_mute_card_in_the_other_reader_delays_a_proof_and_no_more(bench: Bench) -> None:
    bench.insert(chip(), Faults(mute_from=0), reader=bench.second)
    bench.insert(chip())
    releasing = threading.Timer(12, bench.second.remove)
    releasing.start()
    began = time.monotonic()
    proven(bench)
    assert time.monotonic() - began < 10
    releasing.cancel()
    bench.second.remove()


def test_a_card_that_was_put_in_after_the_count_gets_no_pin(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: the module has shown the other card's certificate, of the same person."""
    asked, other = chip(), chip()
    other.tries = 1
    bench.insert(asked)
    real = card_keys.beyond

    def swap(door: TokenDoor, key: CardKey) -> DeviceTrouble | None:
        bench.remove()
        bench.insert(other)
        return real(door, key)

    def find(door: TokenDoor, tokens: Iterable[Token]) -> tuple[CardKey, ...] | DeviceTrouble:
        bench.remove()
        bench.insert(other)
        return found(door, tuple(tokens))

    found = card_keys.keys_on
    with monkeypatch.context() as patch:
        patch.setattr(card_keys, "keys_on", find)
        outcomes = [code(prove(bench, WRONG))]
    bench.remove()
    bench.insert(asked)
    with monkeypatch.context() as patch:
        patch.setattr(card_keys, "beyond", swap)
        outcomes.append(code(prove(bench, WRONG)))
    assert set(outcomes) <= {"token.removed", "token.unsupported-card", "token.absent"}, outcomes
    assert presented(asked) + presented(other) == []
    assert (asked.tries, other.tries) == (MOST_TRIES, 1)


def test_a_card_that_left_and_came_back_is_counted_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell that it is the same one."""
    card = chip()
    bench.insert(card)
    real = card_keys.beyond

    def pull(door: TokenDoor, key: CardKey) -> DeviceTrouble | None:
        refused = real(door, key)
        bench.remove()
        bench.insert(card)
        return refused

    monkeypatch.setattr(card_keys, "beyond", pull)
    assert code(prove(bench)) == "token.removed"
    assert presented(card) == []
    monkeypatch.undo()
    proven(bench)


def test_a_card_of_another_person_than_was_read_gets_no_pin(bench: Bench) -> None:
    card = chip()
    bench.insert(card)
    other = HolderClaim(codice_fiscale="BNCNNA80A41H501Z")
    assert code(prove(bench, claim=other)) == "token.other-person"
    assert presented(card) == []
    proven(bench, claim=HolderClaim(codice_fiscale=HOLDER.codice_fiscale.lower()))


def test_no_card_and_another_card_are_told(bench: Bench) -> None:
    assert code(bench.rig.health_card_pin_tries()) == "card.absent"
    assert code(prove(bench)) == "card.absent"
    bench.insert(bank_card())
    assert code(bench.rig.health_card_pin_tries()) == "card.not-health-card"
    assert code(prove(bench)) == "card.not-health-card"


# --- the proof


@pytest.mark.rule("R-001-2")
@pytest.mark.parametrize("generation", SUPPORTED, ids=lambda each: each.name)
def test_a_card_proves_itself(bench: Bench, generation: Generation) -> None:
    card = chip(generation)
    bench.insert(card)
    bench.rig.trust_documents(anchors())
    began = time.monotonic()
    proof = proven(bench)
    print(f"{generation.name}: proven in {time.monotonic() - began:.2f} s")
    assert {each.property: each.finding for each in proof.verdict.judgements} == dict.fromkeys(
        Property, Finding.PROVEN
    )
    assert proof.verdict.sound
    assert (proof.codice_fiscale, proof.surname, proof.name) == (
        HOLDER.codice_fiscale,
        "ROSSI",
        "MARIO",
    )
    assert card.signatures == 1
    assert card.tries == MOST_TRIES
    assert "ROSSI" not in repr(proof)
    assert HOLDER.codice_fiscale not in str(proof.facts)


def test_afterwards_the_card_is_as_before_the_pin(bench: Bench) -> None:
    card = chip()
    bench.insert(card)
    proven(bench)
    assert not card._verified
    assert isinstance(bench.read(), HealthCardReading), "nobody holds the card"


def test_the_card_in_another_reader_is_left_alone(bench: Bench) -> None:
    """Only we ask it whether it is a health card; OpenSC would look for a dozen applications."""
    bench.insert(bank_card(), reader=bench.second)
    bench.insert(chip())
    proven(bench)
    assert {each[:2] for each in bench.second.commands} == {b"\x00\xa4"}
    assert len(bench.second.commands) <= 6


def test_two_proofs_have_two_challenges(bench: Bench) -> None:
    card = chip()
    bench.insert(card)
    for _ in range(2):
        proven(bench)
    blocks = {each for each in card.seen if len(each) > 100 and each[1] == 0x2A}
    assert card.signatures == 2
    assert len(blocks) >= 2


@pytest.mark.parametrize("tries", [3, 2])
def test_a_wrong_pin_spends_one_try_and_says_how_many_are_left(bench: Bench, tries: int) -> None:
    card = chip()
    card.tries = tries
    bench.insert(card)
    outcome = prove(bench, WRONG)
    assert code(outcome) == "token.pin-wrong"
    assert isinstance(outcome, DeviceTrouble)
    assert dict(outcome.details)["left"] == str(tries - 1)
    assert card.tries == tries - 1
    assert card.signatures == 0


def test_the_last_try_is_never_spent(bench: Bench) -> None:
    card = chip()
    bench.insert(card)
    codes = [code(prove(bench, WRONG)) for _ in range(5)]
    assert codes == ["token.pin-wrong"] * 2 + ["token.pin-last-try"] * 3
    assert code(prove(bench, PIN)) == "token.pin-last-try", "not even with the right PIN"
    assert card.tries == 1


def test_a_blocked_card_is_told(bench: Bench) -> None:
    card = chip()
    card.tries = 0
    bench.insert(card)
    assert code(prove(bench)) == "token.pin-blocked"


@pytest.mark.parametrize("pin", ["", "1234", "123456789", "12345a", "١٢٣٤٥", "12 45"])
def test_what_cannot_be_a_pin_is_not_tried(bench: Bench, pin: str) -> None:
    card = chip()
    bench.insert(card)
    assert code(prove(bench, pin)) == "token.pin-form"
    assert card.tries == MOST_TRIES


def test_a_short_pin_is_padded(bench: Bench) -> None:
    card = chip()
    card.pin = "54321"
    bench.insert(card)
    proven(bench, pin="54321")


# --- cards that lie


def findings(proof: HealthCardProof, what: Property) -> tuple[Finding, tuple[str, ...]]:
    judgement = proof.verdict.of(what)
    return judgement.finding, judgement.reasons


def test_a_copied_certificate_is_a_clone(bench: Bench) -> None:
    """The files of another card on one's own chip: its PIN is known, its key is not the one."""
    copied = chip()
    card = CnsChip(ATHENA_2021, rsa_key(2048, 77), copied.certificate)
    bench.insert(card)
    bench.rig.trust_documents(anchors())
    proof = proven(bench)
    assert findings(proof, Property.NOT_CLONED) == (
        Finding.REFUTED,
        ("not-cloned.challenge-failed",),
    )
    assert not proof.verdict.sound


def test_a_card_of_another_authority_is_not_proven(bench: Bench) -> None:
    bench.insert(chip(issuer=CnsIssuer.make("Chiunque - CA", number=9)))
    bench.rig.trust_documents(anchors())
    proof = proven(bench)
    assert findings(proof, Property.GENUINE)[0] is Finding.NOT_PROVABLE
    assert not proof.verdict.sound


def test_a_card_that_only_names_the_authority_is_not_proven(bench: Bench) -> None:
    bench.insert(chip(issuer=CnsIssuer.make(ISSUER.name, number=10)))
    bench.rig.trust_documents(anchors())
    assert not proven(bench).verdict.sound


def test_without_a_trust_list_nothing_is_proven_but_the_key(bench: Bench) -> None:
    bench.insert(chip())
    bench.rig.trust_documents(EMPTY)
    proof = proven(bench)
    assert findings(proof, Property.GENUINE) == (
        Finding.NOT_PROVABLE,
        ("genuine.no-trust-list",),
    )
    assert proof.verdict.refuted == ()


def test_a_revoked_card_is_refuted(bench: Bench) -> None:
    bench.insert(chip())
    bench.rig.trust_documents(anchors(revoked=(SERIAL,)))
    proof = proven(bench)
    assert findings(proof, Property.NOT_REVOKED) == (
        Finding.REFUTED,
        ("not-revoked.card-revoked",),
    )


def test_without_a_revocation_list_that_is_not_provable(bench: Bench) -> None:
    bench.insert(chip())
    bench.rig.trust_documents(anchors(listed=False))
    assert findings(proven(bench), Property.NOT_REVOKED)[0] is Finding.NOT_PROVABLE


def test_an_expired_certificate_is_refuted(bench: Bench) -> None:
    bench.insert(chip())
    bench.rig.trust_documents(anchors())
    proof = proven(bench, today=TODAY + timedelta(days=1600))
    assert findings(proof, Property.IN_DATE) == (Finding.REFUTED, ("in-date.expired",))


@pytest.mark.parametrize("policy", [None, "1.3.76.47.4"])
def test_a_certificate_for_something_else_is_refuted(bench: Bench, policy: str | None) -> None:
    assert policy != CNS_POLICY
    bench.insert(chip(policy=policy))
    bench.rig.trust_documents(anchors())
    assert findings(proven(bench), Property.GENUINE) == (
        Finding.REFUTED,
        ("genuine.card-policy",),
    )


@pytest.mark.parametrize(
    ("claim", "finding"),
    [
        (CLAIM, Finding.PROVEN),
        (HolderClaim(codice_fiscale=HOLDER.codice_fiscale, surname="Bianchi"), Finding.REFUTED),
        (None, Finding.NOT_PROVABLE),
    ],
)
def test_the_holder_is_compared(bench: Bench, claim: HolderClaim | None, finding: Finding) -> None:
    bench.insert(chip())
    bench.rig.trust_documents(anchors())
    assert findings(proven(bench, claim=claim), Property.HOLDER)[0] is finding


# --- what OpenSC 0.23 cannot do, and what happens at a counter


@pytest.mark.parametrize("generation", LACKED, ids=lambda each: each.name)
@pytest.mark.parametrize("pin", [PIN, WRONG], ids=["right", "wrong"])
def test_a_generation_that_opensc_lacks_is_told_before_the_pin(
    bench: Bench, generation: Generation, pin: str
) -> None:
    """Debian 12's OpenSC 0.23 takes the IDEMIA's key for one of 1024 bits; 0.24 signs."""
    card = chip(generation)
    bench.insert(card)
    assert code(prove(bench, pin)) == "token.unsupported-card"
    assert card.tries == MOST_TRIES
    assert presented(card) == []
    assert isinstance(bench.read(), HealthCardReading)


@pytest.mark.parametrize("status", ["6984", "6A88", "6D00", "6F00"])
@pytest.mark.parametrize("instruction", [0x20, 0x22, 0x2A], ids=["VERIFY", "MSE", "PSO"])
def test_a_generation_that_wants_other_commands_is_told(
    bench: Bench, instruction: int, status: str
) -> None:
    """Whatever OpenSC sends such a card, the kiosk says that it cannot work with it here."""

    def refuse(command: bytes) -> bytes | None:
        asked = command[1] == instruction and len(command) > 4
        return bytes.fromhex(status) if asked else None

    card = chip()
    card.overrides = refuse
    bench.insert(card)
    assert code(prove(bench)) == "token.unsupported-card"
    assert isinstance(bench.read(), HealthCardReading)


def test_a_card_without_a_key_is_told(bench: Bench) -> None:
    """The card that only has data files: its self-signed certificate names a codice fiscale."""
    bench.insert(ts_cns(HOLDER))
    assert code(prove(bench)) in {"token.tries-untold", "token.unsupported-card"}


@pytest.mark.parametrize("command", ["verify", "sign"])
def test_the_card_may_be_pulled_in_the_middle(bench: Bench, command: str) -> None:
    instruction = {"verify": 0x20, "sign": 0x2A}[command]
    card = chip()
    pulled = threading.Event()

    def watch(_: int) -> None:
        last = bench.first.commands[-1]
        if last[1] == instruction and len(last) > 8:
            pulled.set()
            time.sleep(0.3)

    bench.insert(card, Faults(at_command=watch))

    def pull() -> None:
        pulled.wait(20)
        bench.first.remove()

    puller = threading.Thread(target=pull)
    puller.start()
    outcome = code(prove(bench))
    puller.join()
    assert outcome in {"token.removed", "token.failed"}
    bench.insert(card)
    proven(bench)


def test_a_proof_can_be_abandoned(bench: Bench) -> None:
    card = chip()
    reached = threading.Event()

    def hang(_: int) -> None:
        if bench.first.commands[-1][1] == 0x2A:
            reached.set()
            time.sleep(2)

    bench.insert(card, Faults(at_command=hang))
    outcomes: list[object] = []
    caller = threading.Thread(target=lambda: outcomes.append(prove(bench)))
    caller.start()
    assert reached.wait(20)
    began = time.monotonic()
    bench.rig.abandon_reading()
    caller.join()
    assert time.monotonic() - began < 1.5
    assert [code(outcome) for outcome in outcomes] == ["token.abandoned"]
    bench.remove()
    bench.insert(card)
    proven(bench)


def test_an_abandoned_rig_without_anything_under_way_proves_the_next_card(bench: Bench) -> None:
    bench.insert(chip())
    bench.rig.abandon_reading()
    proven(bench)


PLACES = tuple(Path(each) for each in ("/tmp", "/var/tmp", "/dev/shm", "/run", Path.home()))


def changed_since(began: float, trace: bytes) -> list[Path]:
    """Files that were written since, wherever a module might keep any, with these bytes."""
    found: list[Path] = []
    for place in PLACES:
        command = f"find {place} -xdev -type f -size -1024k -readable -newermt @{began:.3f}"
        listed = subprocess.run(command.split(), capture_output=True, text=True, check=False)
        for name in listed.stdout.splitlines():
            with contextlib.suppress(OSError):
                if trace in Path(name).read_bytes():
                    found.append(Path(name))
    return found


def test_nothing_of_the_card_is_left_on_the_disk(bench: Bench, tmp_path: Path) -> None:
    """OpenSC keeps files of cards below HOME, if it is let; others keep them where they like."""
    began = time.time() - 1
    card = chip()
    bench.insert(card)
    proven(bench)
    trace = card.certificate[-64:]
    assert changed_since(began, trace) == []
    kept = tmp_path / "kept"
    kept.write_bytes(card.certificate)
    assert changed_since(began, trace) == [kept], "what is there is found"
