"""Identity documents over the real pcscd: read, judged, torn away, put back, mixed up."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from hw.document_readings import (
    CardAccessNumber,
    Coaching,
    DocumentReading,
    Finding,
    Property,
    ReadingStage,
)
from hw.errors import DeviceTrouble
from tests.contract.cards.conftest import Bench
from tests.contract.cards.documents import (
    TIMES,
    DocumentBench,
    fact,
    findings,
    key_of,
    later,
)
from tests.emulated.cards.bad_documents import BAD
from tests.emulated.cards.card_faults import EVERY, FaultyChip, nth, reads, wrong_code
from tests.emulated.cards.document import Manners
from tests.emulated.cards.document_files import BORN_ABROAD
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import READY, bac_only, cie, ecdh_card, zone_key
from tests.emulated.cards.ts_cns import bank_card, blank_card, ts_cns
from tests.emulated.cards.virtual_reader import Faults

PROTOCOLS = {
    "cie": "PACE DH-GM 3DES",
    "cie 8 byte nonce": "PACE DH-GM 3DES",
    "ecdh": "PACE ECDH-GM AES-128",
    "cam": "PACE ECDH-CAM AES-128",
    "bac only": "BAC",
    "passport with aa": "PACE ECDH-GM AES-128",
}
PROOFS = {
    "cie": "not-cloned.chip-authentication",
    "cie 8 byte nonce": "not-cloned.chip-authentication",
    "ecdh": "not-cloned.chip-authentication",
    "cam": "not-cloned.chip-mapping",
    "bac only": "not-cloned.no-key",
    "passport with aa": "not-cloned.active-authentication",
}
REFUTED = {
    "altered DG2": Property.UNALTERED,
    "altered DG11": Property.UNALTERED,
    "another person's DG11": Property.HOLDER,
    "another person's SOD": Property.UNALTERED,
    "bad signature": Property.GENUINE,
    "altered hash in the SOD": Property.GENUINE,
    "expired signer": Property.GENUINE,
    "revoked signer": Property.NOT_REVOKED,
    "cloned chip": Property.NOT_CLONED,
    "cloned chip, AES": Property.NOT_CLONED,
    "cloned chip, mapping": Property.NOT_CLONED,
    "cloned passport": Property.NOT_CLONED,
    "cloned passport, ECDSA": Property.NOT_CLONED,
    "stripped of DG14": Property.NOT_CLONED,
    "expired": Property.IN_DATE,
}


@pytest.fixture
def documents(bench: Bench) -> Iterator[DocumentBench]:
    made = DocumentBench(bench.pcscd.readers)
    yield made
    made.clear()
    made.rig.close()


@pytest.mark.parametrize("name", READY)
@pytest.mark.rule("R-001-2")
def test_every_kind_of_document_is_read_and_judged(documents: DocumentBench, name: str) -> None:
    chip = READY[name]()
    documents.readers[0].insert(chip)
    reading = documents.reading(key_of(chip))
    assert reading.protocol == PROTOCOLS[name]
    assert reading.losses == 0
    found = findings(reading)
    cloned = found.pop(Property.NOT_CLONED)
    assert set(found.values()) == {Finding.PROVEN}
    assert (cloned is Finding.PROVEN) == (name != "bac only") == reading.verdict.sound
    assert reading.verdict.of(Property.NOT_CLONED).reasons == (PROOFS[name],)
    assert (reading.holder.surname, reading.holder.name) == ("ROSSI", "MARIO")
    assert reading.holder.codice_fiscale == "RSSMRA80A01H501U"
    assert reading.face is not None
    assert len(reading.face.rgb) == reading.face.width * reading.face.height * 3


@pytest.mark.parametrize("name", REFUTED)
def test_what_is_wrong_with_a_document_is_found(documents: DocumentBench, name: str) -> None:
    chip = BAD[name]()
    documents.readers[0].insert(chip)
    reading = documents.reading(key_of(chip))
    assert findings(reading)[REFUTED[name]] is Finding.REFUTED
    assert not reading.verdict.sound


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("foreign signer", "genuine.issuer-unknown"),
        ("SHA-1 SOD", "genuine.sha1"),
        ("empty SOD", "genuine.malformed"),
        ("cut SOD", "document.damaged"),
        ("garbage SOD", "document.damaged"),
        ("altered DG1", "document.damaged"),
    ],
)
def test_what_cannot_be_proven_is_told(documents: DocumentBench, name: str, told: str) -> None:
    chip = BAD[name]()
    documents.readers[0].insert(chip)
    outcome = documents.read(key_of(chip), with_face=False)
    if isinstance(outcome, DeviceTrouble):
        assert outcome.code == told
    else:
        genuine = outcome.verdict.of(Property.GENUINE)
        assert (genuine.finding, genuine.reasons) == (Finding.NOT_PROVABLE, (told,))
        assert outcome.verdict.of(Property.HOLDER).finding is Finding.NOT_PROVABLE


@pytest.mark.parametrize("spoil", EVERY)
def test_every_spoilt_answer_ends_in_time(documents: DocumentBench, spoil: str) -> None:
    """Once within the files; what spoils one answer only costs one more contact."""
    chip = cie()
    documents.readers[0].insert(FaultyChip(chip, EVERY[spoil](nth(3, reads))))
    if spoil == "nothing":  # the driver is lost by that, until the card is lifted
        later(2.0, lambda: documents.readers[0].insert(chip))
    began = time.monotonic()
    outcome = documents.read(key_of(chip), with_face=False)
    assert time.monotonic() - began < 8.0
    if isinstance(outcome, DocumentReading):
        assert outcome.verdict.sound
    else:
        assert outcome.code in {"card.protocol", "document.changed"}
        assert spoil.startswith("endless")


def test_a_face_that_is_not_proven_is_not_decoded(documents: DocumentBench) -> None:
    chip = BAD["foreign signer"]()
    documents.readers[0].insert(chip)
    reading = documents.reading(key_of(chip))
    assert reading.face is None
    assert ("face", "not-proven") in reading.facts


@pytest.mark.parametrize(
    "manners",
    [Manners(), Manners(extended=False), Manners(short_identifiers=False, extended=False)],
    ids=["extended", "short", "by SELECT"],
)
@pytest.mark.parametrize("make", [cie, ecdh_card, bac_only])
def test_files_come_in_the_fewest_exchanges(
    documents: DocumentBench, make: type[EmrtdChip], manners: Manners
) -> None:
    """DG1, DG11, SOD and DG2 against the fewest exchanges that the card's limits allow."""
    chip = make(manners=manners)  # type: ignore[call-arg]  # a maker of ready cards
    documents.readers[0].insert(chip)
    reading = documents.reading(key_of(chip) if chip.document.can else zone_key(chip))
    files = chip.document.files()
    sizes = [len(files[identifier]) for identifier in (0x101, 0x10B, 0x11D, 0x102)]
    most = 231 if "3DES" in reading.protocol or reading.protocol == "BAC" else 223
    most = most if not manners.extended else 60_000
    selects = 0 if manners.short_identifiers else len(sizes)
    fewest = selects + sum(math.ceil(size / most) for size in sizes)
    assert fact(reading, "files: exchanges") <= 1.1 * fewest + (
        0 if manners.short_identifiers else 1
    )
    assert fact(reading, "files: bytes") <= 1.2 * sum(sizes) + 60 * fewest


@pytest.mark.parametrize("name", READY)
def test_torn_away_at_every_command_and_put_back(documents: DocumentBench, name: str) -> None:
    """Nothing is typed again, and the end is the same."""
    manners = Manners(extended=False) if name == "cie" else Manners()
    number = 0
    while True:
        chip = READY[name](manners=manners)
        documents.told.clear()
        documents.stay(chip, Faults(pulled_at=number))
        reading = documents.reading(key_of(chip), with_face=False)
        assert reading.verdict.sound == (name != "bac only"), f"command {number}"
        documents.clear()
        if reading.losses == 0:
            break  # it was not pulled any more: that was the last command
        assert reading.losses == 1
        assert any(step.lost for step in documents.told)
        number += 1
    assert number > 9


def test_torn_away_within_answers(documents: DocumentBench) -> None:
    """Half an answer is not taken for one, wherever it is cut."""
    chip = cie(manners=Manners(extended=False))
    for cut in (1, 24, 30, 300, 900, 1300, 2000, 3500, 9000, 15000):
        documents.stay(chip, Faults(pulled_after=cut))
        reading = documents.reading(key_of(chip))
        assert reading.verdict.sound, f"{cut} bytes"
        assert reading.losses == 1
        documents.clear()


def test_what_was_read_is_not_read_again(documents: DocumentBench) -> None:
    chip = cie(manners=Manners(extended=False))
    documents.readers[0].insert(chip)
    whole = fact(documents.reading(key_of(chip)), "all: exchanges")
    torn = cie(manners=Manners(extended=False))
    documents.stay(torn, Faults(pulled_at=whole - 10))
    reading = documents.reading(key_of(torn))
    assert reading.losses == 1
    # Opening again, EF.DG1 to know it by, and the first part of the file that was torn.
    assert fact(reading, "all: exchanges") <= whole + 20


def test_a_bad_contact_is_coached_and_ends_well(documents: DocumentBench) -> None:
    chip = cie()
    pulls = iter((9, 9, 5, None))

    def again() -> None:
        reader = documents.readers[0]
        for pull in pulls:
            reader.insert(chip, Faults(pulled_at=pull))
            while reader.occupied and pull is not None:
                time.sleep(0.01)

    hand = later(0.0, again)
    reading = documents.reading(key_of(chip), with_face=False)
    hand.join(5)
    assert reading.verdict.sound
    assert reading.losses == 3
    advice = [step.coaching for step in documents.told if step.lost and step.coaching]
    assert advice[0] is Coaching.HOLD_STILL
    assert advice[-1] is Coaching.LAY_FLAT
    assert documents.told[-1].coaching is None


def test_steps_only_go_forward(documents: DocumentBench) -> None:
    chip = cie(manners=Manners(extended=False))
    documents.readers[0].insert(chip)
    documents.reading(key_of(chip))
    stages = [step.stage for step in documents.told]
    order = list(ReadingStage)
    assert [order.index(stage) for stage in stages] == sorted(order.index(s) for s in stages)
    assert set(stages) == set(ReadingStage)
    bars = [step for step in documents.told if step.stage is ReadingStage.READING and step.total]
    assert len(bars) > 60
    assert all(one.done <= one.total for one in bars)
    shares = [one.done / one.total for one in bars]
    assert all(later_one >= one - 0.005 for one, later_one in pairwise(shares))
    assert shares[-1] == 1.0


def test_a_wrong_number_is_told_and_the_right_one_opens(documents: DocumentBench) -> None:
    chip = cie(manners=Manners(delays=(0.0, 0.3)))
    documents.readers[0].insert(chip)
    outcome = documents.read(CardAccessNumber("654321"))
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "document.wrong-key"
    assert int(dict(outcome.details)["wait-seconds"]) >= 1
    assert "654321" not in str(outcome)
    assert documents.reading(key_of(chip)).verdict.sound


def test_another_card_put_back_is_told(documents: DocumentBench) -> None:
    """By its number, by its files, and where it is no document at all."""
    other_number = cie(can="999999", person=BORN_ABROAD, number="CA00001BB")
    other_holder = cie(person=BORN_ABROAD, number="CA00001BB")
    for other in (other_number, other_holder, ts_cns(), bank_card()):
        chip = cie(manners=Manners(extended=False))
        documents.stay(chip, Faults(pulled_at=30), then=other)
        assert documents.code(key_of(chip)) == "document.changed"
        documents.clear()


def test_other_cards_are_told_quickly(documents: DocumentBench) -> None:
    for chip, code in (
        (ts_cns(), "document.not-identity-document"),
        (bank_card(), "document.unknown-card"),
        (blank_card(), "document.unknown-card"),
    ):
        documents.readers[0].insert(chip)
        time.sleep(0.2)
        began = time.monotonic()
        assert documents.code(CardAccessNumber("123456")) == code
        assert time.monotonic() - began < 1.5
        documents.readers[0].remove()
        time.sleep(0.2)


def test_the_document_counts_whatever_lies_on_the_other_reader(documents: DocumentBench) -> None:
    first, second = documents.readers
    for other in (ts_cns(), bank_card(), cie(can="999999")):
        for here, there in ((first, second), (second, first)):
            chip = cie()
            here.insert(chip)
            there.insert(other)
            time.sleep(1.0)
            reading = documents.reading(key_of(chip), with_face=False)
            assert reading.verdict.sound
            here.remove()
            there.remove()
            time.sleep(0.5)


def test_it_may_be_put_back_on_the_other_reader(documents: DocumentBench) -> None:
    first, second = documents.readers
    chip = cie(manners=Manners(extended=False))
    first.insert(chip, Faults(pulled_at=40))
    later(1.0, lambda: second.insert(chip))
    reading = documents.reading(key_of(chip))
    assert reading.verdict.sound
    assert reading.losses == 1


def test_it_is_waited_for(documents: DocumentBench) -> None:
    chip = cie()
    later(1.0, lambda: documents.readers[1].insert(chip))
    assert documents.reading(key_of(chip), with_face=False).verdict.sound
    assert documents.told[0].stage is ReadingStage.WAITING
    assert not documents.told[0].lost


def test_the_wait_for_it_ends(documents: DocumentBench) -> None:
    began = time.monotonic()
    assert documents.code(CardAccessNumber("123456")) == "card.absent"
    assert TIMES.wait <= time.monotonic() - began < TIMES.wait + 1.0


def test_the_wait_for_it_to_come_back_ends(bench: Bench) -> None:
    times = type(TIMES)(wait=2.0, whole=3.0, silence=1.0)
    documents = DocumentBench(bench.pcscd.readers, times)
    chip = cie()
    documents.readers[0].insert(chip, Faults(pulled_at=12))
    began = time.monotonic()
    assert documents.code(key_of(chip)) == "document.contact-lost"
    assert time.monotonic() - began < 5.0
    documents.rig.close()


@pytest.mark.parametrize("number", [0, 4, 12])
def test_a_mute_card_is_told_in_time(bench: Bench, number: int) -> None:
    times = type(TIMES)(wait=5.0, whole=4.0, silence=1.0)
    documents = DocumentBench(bench.pcscd.readers, times)
    chip = cie()
    documents.readers[0].insert(chip, Faults(mute_from=number))
    began = time.monotonic()
    code = documents.code(key_of(chip))
    assert code in {"card.unresponsive", "document.contact-lost", "document.too-slow"}
    assert time.monotonic() - began < 7.0
    # It is lifted and laid down again: it is read as if nothing had been.
    documents.readers[0].insert(chip)
    assert documents.reading(key_of(chip), with_face=False).verdict.sound
    documents.rig.close()


def test_a_card_left_on_the_reader_is_powered_down_and_read_again(
    documents: DocumentBench,
) -> None:
    chip = cie()
    documents.readers[0].insert(chip)
    for _ in range(3):
        assert documents.reading(key_of(chip), with_face=False).verdict.sound
        deadline = time.monotonic() + 2.0
        while chip.access.session is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert chip.access.session is None, "the session outlived the reading"


@pytest.mark.parametrize("commands", [None, 0, 3, 8, 20])
def test_it_can_be_stopped_at_any_moment(documents: DocumentBench, commands: int | None) -> None:
    """While nothing lies there, and at some command of a slow card."""
    chip = cie(manners=Manners(extended=False))
    if commands is None:
        later(0.5, documents.rig.abandon_reading)
    else:
        wanted = commands

        def stop_at(number: int) -> None:
            if number == wanted:
                documents.rig.abandon_reading()

        documents.readers[0].insert(chip, Faults(at_command=stop_at, seconds=0.05))
    began = time.monotonic()
    assert documents.code(key_of(chip)) == "card.abandoned"
    assert time.monotonic() - began < 6.0
    told = len(documents.told)
    sent = len(documents.readers[0].commands)
    time.sleep(0.4)
    assert len(documents.told) == told
    assert len(documents.readers[0].commands) <= sent + 1


def test_a_stop_while_the_card_is_mute_returns_at_once(documents: DocumentBench) -> None:
    chip = cie()
    documents.readers[0].insert(chip, Faults(mute_from=9))
    later(1.0, documents.rig.abandon_reading)
    began = time.monotonic()
    assert documents.code(key_of(chip)) == "card.abandoned"
    assert time.monotonic() - began < 3.0


def test_noise_on_the_way_costs_one_more_contact(documents: DocumentBench) -> None:
    chip = cie()
    faulty = FaultyChip(chip, wrong_code(nth(3, reads)))
    documents.readers[0].insert(faulty)
    reading = documents.reading(key_of(chip), with_face=False)
    assert reading.verdict.sound
    assert reading.losses == 0


def test_a_health_card_is_read_after_a_document(documents: DocumentBench) -> None:
    chip = cie()
    documents.readers[0].insert(chip)
    assert isinstance(documents.read(key_of(chip)), DocumentReading)
    documents.readers[0].insert(ts_cns())
    time.sleep(0.3)
    assert not isinstance(documents.rig.read_health_card(), DeviceTrouble)


def test_a_reader_unplugged_meanwhile_is_waited_for(documents: DocumentBench) -> None:
    chip = cie(manners=Manners(extended=False))
    reader = documents.readers[0]
    reader.insert(chip, Faults(at_command=lambda number: reader.unplug() if number == 30 else None))
    later(2.0, reader.plug)
    reading = documents.reading(key_of(chip))
    assert reading.verdict.sound
    assert reading.losses >= 1


def test_a_service_that_restarts_meanwhile_is_waited_for(
    bench: Bench, documents: DocumentBench
) -> None:
    chip = cie(manners=Manners(extended=False))
    bench.first.insert(chip, Faults(seconds=0.03))
    later(1.0, bench.pcscd.kill)
    later(2.0, bench.pcscd.start)
    reading = documents.reading(key_of(chip))
    assert reading.verdict.sound
    assert reading.losses >= 1


def test_waiting_costs_next_to_nothing(bench: Bench) -> None:
    documents = DocumentBench(bench.pcscd.readers, type(TIMES)(wait=3.0))
    began = time.process_time()
    assert documents.code(CardAccessNumber("123456")) == "card.absent"
    assert time.process_time() - began < 0.5
    documents.rig.close()
