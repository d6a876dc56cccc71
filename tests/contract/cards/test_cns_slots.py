"""The health card behind modules that name their slots as they like and tell nothing of tries.

SoftHSM2 stands for the card; the module before it gives its slot any name and notes each log-in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hw.cards.cns_token import Place, prove_health_card
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.cards.insertions import MOVED, PatientCount, moved
from hw.document_readings import HealthCardProof, HolderClaim, PinTries
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.door import TokenDoor
from tests.emulated import faulty_module
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.holder import Holder
from tests.emulated.faulty_module import flags, named
from tests.emulated.soft_token import PIN, SoftTokens

ISSUER = CnsIssuer.make()
CODICE_FISCALE = Holder().codice_fiscale
ANCHORS = TrustAnchors(health_card_issuers=(ISSUER.der,), version=1)
WRONG = "000000"
LONG = "Identiv uTrust 4701 F Dual Interface Reader [uTrust 4701 F Contact Reader] (55041832) 0"
SOME = PinTries(left=3, last=False, blocked=False)
UNTOLD = PinTries(left=None, last=False, blocked=False)
COUNT_LOW, LOCKED = 0x10000, 0x40000
HANGS = DeviceTrouble(TroubleKind.ABSENT, "reader.service-absent")


class Counter:
    """One card behind a module."""

    def __init__(self, folder: Path, module: Path) -> None:
        self.module = module
        self.trace = folder / "logins"
        self.tokens = SoftTokens.make(folder / "store")
        self.put("card")

    def put(self, label: str) -> None:
        key = rsa_key(2048, 2)
        self.tokens.add(label)
        self.tokens.put(label, key, ISSUER.card_certificate(key.public_key()))

    def prove(
        self,
        *occupied: str,
        slot: bytes = b"Reader A",
        tries: PinTries = SOME,
        value: int = 0,
        pin: str = PIN,
        claim: HolderClaim | None = None,
        left: Callable[[], DeviceTrouble | None] = lambda: None,
    ) -> str:
        """Prove the card in the first of the readers; gives the code, or nothing if proven."""
        environment = {**self.tokens.environment, **flags(value), "FAULTY_TRACE": str(self.trace)}
        outcome = prove_health_card(
            TokenDoor(self.module, environment={**environment, **named(slot.ljust(64)[:64])}),
            pin,
            tries,
            claim,
            ANCHORS,
            datetime.now(UTC).date(),
            place=Place(occupied[0], occupied, left),
        )
        if isinstance(outcome, HealthCardProof):
            assert self.trace.read_text() == "x"
            return ""
        return outcome.code

    @property
    def asked(self) -> bool:
        """Whether a PIN was presented."""
        return self.trace.exists()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return faulty_module.build(tmp_path_factory.mktemp("faulty"))


@pytest.fixture
def counter(tmp_path: Path, faulty: Path) -> Counter:
    return Counter(tmp_path, faulty)


@pytest.mark.parametrize("value", [0, COUNT_LOW, LOCKED])
@pytest.mark.parametrize("pin", [PIN, WRONG], ids=["right", "wrong"])
def test_tries_that_the_card_does_not_tell_are_not_spent(
    counter: Counter, value: int, pin: str
) -> None:
    """Flags say nothing where all tries are left, and nothing where the module does not know."""
    assert counter.prove("Reader A", tries=UNTOLD, value=value, pin=pin) == "token.tries-untold"
    assert not counter.asked


@pytest.mark.parametrize("value", [0, LOCKED], ids=["nothing", "locked"])
def test_the_card_that_tells_is_believed(counter: Counter, value: int) -> None:
    assert counter.prove("Reader A", value=value) == ""


def test_a_reader_with_a_long_name_is_known_by_its_beginning(counter: Counter) -> None:
    assert counter.prove(LONG, "Other", slot=LONG.encode()) == ""


@pytest.mark.parametrize("slot", [b"Vendor slot 1", b"Reader B", b"\xff"])
def test_a_card_in_another_slot_gets_no_pin(counter: Counter, slot: bytes) -> None:
    assert counter.prove("Reader A", "Reader B", slot=slot) == "token.unsupported-card"
    assert not counter.asked


@pytest.mark.parametrize("slot", [LONG.encode(), b"Identiv"])
def test_a_slot_that_may_be_of_two_cards_gets_no_pin(counter: Counter, slot: bytes) -> None:
    assert counter.prove(LONG + "0", LONG + "1", slot=slot) == "token.several"
    assert not counter.asked


@pytest.mark.parametrize(
    "other",
    [
        HolderClaim(codice_fiscale="BNCNNA80A41H501Z"),
        HolderClaim(codice_fiscale="BNCNNA80A41H501Z", surname="Rossi", name="Mario"),
        HolderClaim(surname="Bianchi", name="Anna"),
    ],
)
def test_a_certificate_of_somebody_else_gets_no_pin(counter: Counter, other: HolderClaim) -> None:
    assert counter.prove("Reader A", claim=other) == "token.other-person"
    assert not counter.asked
    same = HolderClaim(codice_fiscale=f" {CODICE_FISCALE.lower()} ")
    assert counter.prove("Reader A", claim=same) == ""


def test_a_card_that_moved_gets_no_pin(counter: Counter) -> None:
    assert counter.prove("Reader A", left=lambda: MOVED) == "token.removed"
    assert not counter.asked


# --- the counts of pcscd


@pytest.mark.parametrize(
    ("now", "reader", "same"),
    [
        ({"A": 1, "B": 5}, "A", True),
        ({"A": 1}, "A", True),
        ({"A": 3, "B": 5}, "A", False),
        ({"B": 5}, "A", False),
        ({"A": 1, "B": 5, "C": 1}, "C", False),
        ({"A": 1, "B": 5}, "", True),
        ({"A": 1, "B": 7}, "", False),
        ({"A": 1}, "", False),
    ],
)
def test_the_same_count_means_the_same_card(
    now: dict[str, int], reader: str, *, same: bool
) -> None:
    assert moved({"A": 1, "B": 5}, now, reader) == (None if same else MOVED)


def test_readers_that_begin_alike_are_one_to_a_module() -> None:
    """A card that came into the second one may be the one that the module shows."""
    one, two = f"{LONG}0", f"{LONG}1"
    assert moved({one: 1}, {one: 1, two: 1}, one) is MOVED
    assert moved({one: 1, two: 3}, {one: 1}, one) is MOVED
    assert moved({one: 1, two: 3}, {one: 1, two: 3}, one) is None
    assert moved({one: 1}, {one: 1, "Reader B": 1}, one) is None


def test_a_service_that_cannot_be_asked_says_nothing_of_the_card() -> None:
    assert moved({"A": 1}, HANGS, "A") is HANGS


def test_a_service_that_hangs_is_not_waited_for() -> None:
    released = threading.Event()
    begun: list[int] = []

    def hang() -> dict[str, int]:
        begun.append(1)
        released.wait(20)
        return {"A": 1}

    count = PatientCount(hang, 0.2)
    began = time.monotonic()
    for _ in range(3):
        outcome = count()
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.code == "reader.service-absent"
    assert time.monotonic() - began < 5
    assert len(begun) == 1
    released.set()
    deadline = time.monotonic() + 5
    while count() != {"A": 1} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert count() == {"A": 1}
