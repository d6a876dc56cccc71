"""Documents: what is abandoned ends, whenever that happens; what is told arrives unchanged."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from datetime import date
from enum import Enum
from uuid import UUID, uuid4

import pytest

from hw import document_readings as device
from hw.errors import DeviceTrouble, TroubleKind
from kiosk.flows import document_check as flow
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.runtime import turns
from kiosk.runtime.identity import Documents

TODAY = date(2026, 11, 22)
PATIENCE = 5.0
ABANDONED = DeviceTrouble(TroubleKind.REFUSED, "card.abandoned")
CAN = flow.CardAccessNumber("123456")
CLAIM = flow.HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101", "CA00000AA")
VERDICT = device.Verdict(
    tuple(
        device.Judgement(one, device.Finding.PROVEN, (f"{one.value}.shown",))
        for one in device.Property
    )
)
HOLDER = device.DocumentHolder(
    document_code="C",
    issuing_state="ITA",
    document_number="CA00000AA",
    surname="ROSSI",
    name="MARIO",
    names_cut=False,
    names_transliterated=True,
    nationality="ITA",
    sex="M",
    birth_date="19800101",
    expires_on=date(2031, 1, 1),
    codice_fiscale="RSSMRA80A01H501U",
    birth_place="ROMA",
    birth_province="RM",
    address=("VIA ROMA 1", "TORINO"),
    issued_on=date(2021, 1, 2),
    issuing_authority="COMUNE DI TORINO",
    century_guessed=True,
)
READING = device.DocumentReading(
    HOLDER, VERDICT, device.FacePicture(1, 1, b"abc"), "PACE", 2, (("exchanges", "40"),)
)


class Desk:
    """A desk whose answers are set; a reading waits until it is abandoned, where it is told to."""

    def __init__(self) -> None:
        self.waits = False
        self.deaf = 0
        self.begun = threading.Event()
        self.over = threading.Event()
        self.requests: list[device.DocumentRequest] = []
        self.pins: list[str] = []
        self.claims: list[device.HolderClaim | None] = []
        self.proof: device.HealthCardProof | DeviceTrouble = ABANDONED
        self.tries: device.PinTries | DeviceTrouble = device.PinTries(2, last=False, blocked=False)

    def read_document(
        self, request: device.DocumentRequest, told: device.ProgressListener
    ) -> device.DocumentReading | DeviceTrouble:
        self.requests.append(request)
        self.begun.set()
        if self.waits:
            return ABANDONED if self.over.wait(PATIENCE) else READING
        told(device.ReadingProgress(device.ReadingStage.READING, 10, 100, device.Coaching.LAY_FLAT))
        return READING

    def health_card_pin_tries(self) -> device.PinTries | DeviceTrouble:
        return self.tries

    def prove_health_card(
        self, pin: str, claim: device.HolderClaim | None, today: date
    ) -> device.HealthCardProof | DeviceTrouble:
        assert today == TODAY
        self.pins.append(pin)
        self.claims.append(claim)
        return self.proof

    def abandon_documents(self) -> None:
        """Does not hear the first `deaf` times, as when a reading is just about to begin."""
        if self.deaf:
            self.deaf -= 1
        elif self.begun.is_set():
            self.over.set()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def documents(desk: Desk, told: list[Event]) -> Iterator[Documents]:
    made = Documents(desk, told.append, lambda: TODAY)
    yield made
    made.stop()


def ask(session_id: UUID) -> effects.ReadDocument:
    return effects.ReadDocument(session_id, CAN, CLAIM, with_face=False)


def plain(value: object) -> object:
    """A value as texts and tuples, whatever module its classes are of."""
    if dataclasses.is_dataclass(value):
        return tuple(
            (each.name, plain(getattr(value, each.name))) for each in dataclasses.fields(value)
        )
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    return value


def test_request_steps_and_reading_arrive_as_they_are(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    session_id = uuid4()
    documents.read(documents.expect(), ask(session_id))
    assert plain(desk.requests[0].key) == plain(CAN)
    assert plain(desk.requests[0].claim) == plain(CLAIM)
    assert (desk.requests[0].today, desk.requests[0].with_face) == (TODAY, False)
    step, done = told
    assert isinstance(step, events.DocumentProgress)
    assert step.session_id == session_id
    assert step.progress.percent == 10
    assert step.progress.coaching is flow.Coaching.LAY_FLAT
    assert isinstance(done, events.DocumentRead)
    assert plain(done.reading) == plain(READING)


@pytest.mark.parametrize(
    "name", ["ReadingStage", "Coaching", "Property", "Finding"], ids=lambda name: name
)
def test_the_flows_know_every_word_of_the_devices(name: str) -> None:
    theirs = [one.value for one in getattr(device, name)]
    assert [one.value for one in getattr(flow, name)] == theirs


def test_what_was_abandoned_in_the_queue_never_begins(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    turn = documents.expect()
    documents.abandon()
    documents.read(turn, ask(uuid4()))
    assert not desk.requests
    assert not told


def test_a_request_that_follows_an_abandoned_one_is_the_one_that_is_done(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    """Both are of one session: digits, back, other digits, while the first reading still ends."""
    session_id = uuid4()
    first = documents.expect()
    documents.abandon()
    second = documents.expect()
    documents.read(first, ask(session_id))
    other = effects.ReadDocument(session_id, flow.CardAccessNumber("654321"))
    documents.read(second, other)
    assert [plain(request.key) for request in desk.requests] == [plain(other.key)]
    assert isinstance(told[-1], events.DocumentRead)


def test_an_abandoned_reading_ends_and_says_nothing_whenever_the_desk_hears_of_it(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    desk.waits, desk.deaf = True, 2
    turn = documents.expect()
    reading = threading.Thread(target=lambda: documents.read(turn, ask(uuid4())))
    reading.start()
    assert desk.begun.wait(PATIENCE)
    documents.abandon()
    reading.join(PATIENCE)
    assert not reading.is_alive()
    assert desk.over.is_set()
    assert told == []


def test_the_next_reading_is_not_ended_by_the_abandoning_of_the_last(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    """The abandoned one is still ending when the next one is asked for."""
    desk.waits, desk.deaf = True, 3
    first = documents.expect()
    reading = threading.Thread(target=lambda: documents.read(first, ask(uuid4())))
    reading.start()
    assert desk.begun.wait(PATIENCE)
    documents.abandon()
    second = documents.expect()
    reading.join(PATIENCE)
    desk.over.clear()
    desk.waits = False
    documents.read(second, ask(uuid4()))
    assert not desk.over.wait(4 * turns._INSIST_SECONDS)
    assert isinstance(told[-1], events.DocumentRead)


def test_after_a_wrong_pin_the_tries_are_told_too(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    desk.proof = DeviceTrouble(TroubleKind.REFUSED, "token.pin-wrong")
    session_id = uuid4()
    documents.prove(documents.expect(), effects.ProveHealthCard(session_id, "12345", CLAIM))
    left = flow.PinTries(2, last=False, blocked=False)
    assert told == [events.HealthCardProofFailed(session_id, "token.pin-wrong", left)]
    assert desk.pins == ["12345"]
    assert plain(desk.claims[0]) == plain(CLAIM)


def test_tries_and_proof_arrive_as_they_are(
    documents: Documents, desk: Desk, told: list[Event]
) -> None:
    proof = device.HealthCardProof(
        "RSSMRA80A01H501U", "ROSSI", "MARIO", date(2028, 3, 14), VERDICT, (("key", "RSA-2048"),)
    )
    desk.proof = proof
    session_id = uuid4()
    documents.ask_tries(documents.expect(), session_id)
    documents.prove(documents.expect(), effects.ProveHealthCard(session_id, "12345"))
    tries, proven = told
    assert isinstance(tries, events.PinTriesTold)
    assert plain(tries.tries) == plain(desk.tries)
    assert isinstance(proven, events.HealthCardProven)
    assert plain(proven.proof) == plain(proof)
