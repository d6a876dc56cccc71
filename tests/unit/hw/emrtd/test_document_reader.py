"""Documents on slots without a PC/SC service: every spoilt answer, contacts that fail, other cards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import date

import pytest

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.ciphers import Aes, TripleDes
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    CardAccessNumber,
    Coaching,
    DocumentReading,
    DocumentRequest,
    Finding,
    HolderClaim,
    MrzKey,
    Property,
    ReadingProgress,
)
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardSlot
from tests.emulated.cards.bad_documents import BAD, cloned_mapping
from tests.emulated.cards.card_faults import (
    EVERY,
    Exchange,
    FaultyChip,
    FaultySlot,
    Loss,
    Where,
    nth,
    protected,
    reads,
    steps,
)
from tests.emulated.cards.direct import DirectSlot
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import (
    READY,
    bac_only,
    cam_card,
    can_key,
    cie,
    ecdh_card,
    italian_pki,
    zone_key,
)
from tests.emulated.cards.ts_cns import bank_card, ts_cns

TODAY = date(2026, 11, 22)
CLAIM = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101")
TIMES = DocumentTimes(wait=2.0, whole=6.0, silence=1.0)
SPOILT: dict[str, Callable[[], Where]] = {
    "first": lambda: 0,
    "opening": lambda: lambda command: steps(command) and not protected(command),
    "within files": lambda: nth(3, reads),
    "every protected one": lambda: protected,
}

SOUND_HERE = {
    "altered DG2",  # the face is not read
    "unsigned DG11",  # what is not on the signed list is not read
    "revoked signer",  # no revocation list
    "cloned service number",
    "weakened access",
    "wrong check digit",
}


def read(
    *slots: CardSlot,
    key: CardAccessNumber | MrzKey,
    told: list[ReadingProgress] | None = None,
    times: DocumentTimes = TIMES,
    claim: HolderClaim | None = CLAIM,
) -> DocumentReading | DeviceTrouble:
    def find() -> Sequence[CardSlot]:
        return slots

    reader = AnySlotDocumentReader(find, times)
    reader.trust(TrustAnchors(certificates=tuple(italian_pki().certificates), version=1))
    request = DocumentRequest(key, TODAY, claim, with_face=False)
    steps_told = [] if told is None else told
    return reader.read(request, steps_told.append)


def key_of(chip: EmrtdChip) -> CardAccessNumber | MrzKey:
    return can_key(chip) if chip.document.can else zone_key(chip)


def code_of(outcome: DocumentReading | DeviceTrouble) -> str:
    assert isinstance(outcome, DeviceTrouble), "it was read"
    return outcome.code


@pytest.mark.parametrize("spoil", EVERY)
@pytest.mark.parametrize(
    ("name", "where"), [*(("cie", where) for where in SPOILT), ("ecdh", "within files")]
)
def test_every_spoilt_answer_ends_in_a_word(name: str, spoil: str, where: str) -> None:
    """Read after all, or a clear trouble; never a wrong finding, never late, nothing raised."""
    chip = READY[name]()
    slot = FaultySlot("a", FaultyChip(chip, EVERY[spoil](SPOILT[where]())))
    began = time.monotonic()
    outcome = read(slot, key=key_of(chip))
    assert time.monotonic() - began < 5.0
    if isinstance(outcome, DocumentReading):
        assert outcome.verdict.refuted == ()
        assert outcome.verdict.of(Property.UNALTERED).finding is Finding.PROVEN
    else:
        assert outcome.code.split(".")[0] in {"card", "document"}
        assert "RSSMRA" not in str(outcome)


@pytest.mark.parametrize("name", BAD)
def test_bad_documents_end_in_a_word(name: str) -> None:
    chip = BAD[name]()
    outcome = read(FaultySlot("a", chip), key=key_of(chip))
    if isinstance(outcome, DocumentReading) and name not in SOUND_HERE:
        clean = outcome.verdict.sound and outcome.verdict.of(Property.HOLDER).finding
        assert clean is not Finding.PROVEN


@pytest.mark.parametrize(
    "manners",
    [
        Manners(),
        Manners(extended=False),
        Manners(response_chaining=True),
        Manners(response_chaining=True, extended=False, chunk=100),
        Manners(most_answer=100),
        Manners(most_answer=223, too_much="6700"),
        Manners(most_answer=223, too_much="6Cxx"),
        Manners(exact=True),
        Manners(no_full_le=True, extended=False),
        Manners(short_identifiers=False),
        Manners(short_identifiers=False, select_p2=frozenset({0}), control_information=True),
        Manners(bare_errors=True),
        Manners(bare_errors=True, short_identifiers=False),
        Manners(warns=False),
        Manners(info_file=False, directory=False),
        Manners(application_p2=frozenset({0}), control_information=True),
    ],
)
@pytest.mark.parametrize("make", [cie, ecdh_card, bac_only])
def test_every_manner_of_a_chip_is_met(make: type[EmrtdChip], manners: Manners) -> None:
    chip = make(manners=manners)  # type: ignore[call-arg]  # a maker of ready cards
    outcome = read(DirectSlot("a", chip), key=key_of(chip))
    assert isinstance(outcome, DocumentReading), outcome
    assert outcome.verdict.refuted == ()
    assert outcome.verdict.of(Property.HOLDER).finding is Finding.PROVEN


def test_the_key_of_the_mapping_may_stand_in_card_security_alone() -> None:
    chip = cam_card(groups={14: None})
    outcome = read(DirectSlot("a", chip), key=key_of(chip))
    assert isinstance(outcome, DocumentReading)
    assert outcome.verdict.of(Property.NOT_CLONED).reasons == ("not-cloned.chip-mapping",)


def test_a_copy_with_another_mapping_key_is_found() -> None:
    chip = cloned_mapping()
    outcome = read(DirectSlot("a", chip), key=key_of(chip))
    assert isinstance(outcome, DocumentReading)
    assert outcome.verdict.of(Property.NOT_CLONED).finding is Finding.REFUTED


def test_a_weakened_access_is_a_fact() -> None:
    chip = BAD["weakened access"]()
    outcome = read(DirectSlot("a", chip), key=key_of(chip))
    assert isinstance(outcome, DocumentReading)
    assert "EF.CardAccess" in dict(outcome.facts)


def test_a_chip_that_starts_elsewhere_is_led_to_its_master_file() -> None:
    chip = cie()

    class Elsewhere:
        atr = chip.atr

        def reset(self) -> None:
            chip.reset()
            chip.answer(bytes.fromhex("00A4040C07A0000002471001"))

        def answer(self, command: bytes) -> bytes:
            return chip.answer(command)

    outcome = read(DirectSlot("a", Elsewhere()), key=key_of(chip))
    assert isinstance(outcome, DocumentReading), outcome
    assert outcome.protocol == "PACE DH-GM 3DES"


def test_only_the_zone_opens_an_old_passport() -> None:
    chip = bac_only()
    assert code_of(read(DirectSlot("a", chip), key=CardAccessNumber("123456"))) == (
        "document.zone-needed"
    )


def test_the_last_try_is_not_spent() -> None:
    chip = cie(manners=Manners(tries=3))
    slot = DirectSlot("a", chip)
    codes = [code_of(read(slot, key=CardAccessNumber("000000"))) for _ in range(4)]
    assert codes == ["document.wrong-key"] * 2 + ["document.key-suspended"] * 2


def test_the_zone_that_opens_must_be_that_of_the_document() -> None:
    """A chip that opens with the fields of another document is not that document."""
    chip = cie(offers=(), groups={1: cie(number="CA99999ZZ").document.data_groups[1]})
    outcome = read(DirectSlot("a", chip), key=zone_key(chip), claim=None)
    assert isinstance(outcome, DocumentReading)
    assert outcome.verdict.of(Property.HOLDER).reasons == ("holder.document-number",)


def test_a_card_that_never_answers_its_reset_is_told() -> None:
    silent = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
    began = time.monotonic()
    outcome = read(
        DirectSlot("a", silent),
        key=CardAccessNumber("123456"),
        times=DocumentTimes(wait=10.0, whole=10.0, silence=1.0),
    )
    assert code_of(outcome) == "card.unresponsive"
    assert 2.0 < time.monotonic() - began < 4.0


@pytest.mark.parametrize("answer", [b"", b"\x6f\x00"])
def test_lengths_that_were_promised_and_are_not_kept_are_given_up(answer: bytes) -> None:
    """In the third contact everything goes in short format."""

    def spoil(exchange: Exchange) -> bytes:
        extended = len(exchange.command) > 5 and exchange.command[4] == 0
        read_files = exchange.command[1] == 0xB0 and protected(exchange.command)
        return answer if extended and read_files else exchange.answer

    chip = cie()
    slot = FaultySlot("a", FaultyChip(chip, spoil))
    outcome = read(slot, key=key_of(chip))
    assert isinstance(outcome, DocumentReading), outcome
    assert outcome.verdict.refuted == ()
    assert len(slot.channels) == 3


def test_a_card_that_is_upside_down_does_not_keep_the_other_reader_waiting() -> None:
    chip = cie()
    silent = DirectSlot("a", DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive"))
    began = time.monotonic()
    assert isinstance(read(silent, DirectSlot("b", chip), key=key_of(chip)), DocumentReading)
    assert time.monotonic() - began < 1.5


def test_a_reader_that_is_busy_for_a_while_is_waited_for() -> None:
    chip = cie()
    slot = DirectSlot("a", chip)
    slot.chip = DeviceTrouble(TroubleKind.REFUSED, "reader.busy")
    threading.Timer(0.7, lambda: setattr(slot, "chip", chip)).start()
    assert isinstance(read(slot, key=key_of(chip)), DocumentReading)


@pytest.mark.parametrize("code", ["reader.absent", "reader.service-absent"])
def test_what_keeps_cards_from_being_looked_for_is_told(code: str) -> None:
    trouble = DeviceTrouble(TroubleKind.ABSENT, code)
    reader = AnySlotDocumentReader(lambda: trouble, TIMES)
    request = DocumentRequest(CardAccessNumber("123456"), TODAY)
    assert reader.read(request, lambda _: None) == trouble


def test_of_several_other_cards_the_likeliest_is_told() -> None:
    key = CardAccessNumber("123456")
    slots = (DirectSlot("a", bank_card()), DirectSlot("b", ts_cns()))
    assert code_of(read(*slots, key=key)) == "document.not-identity-document"
    slots = (DirectSlot("a", cie(can="654321")), DirectSlot("b", ts_cns()))
    assert code_of(read(*slots, key=key)) == "document.wrong-key"


def test_contact_that_never_holds_ends_with_its_losses() -> None:
    chip = cie()
    losses = [Loss(at=7, away=0)] * 200
    told: list[ReadingProgress] = []
    times = DocumentTimes(wait=2.0, whole=2.0, silence=1.0)
    outcome = read(FaultySlot("a", chip, *losses), key=key_of(chip), told=told, times=times)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "document.contact-lost"
    assert int(dict(outcome.details)["losses"]) > 4
    assert {Coaching.TURN_OVER, Coaching.TAKE_OUT_OF_WALLET} <= {step.coaching for step in told}


def test_contact_that_brings_a_little_each_time_ends_well() -> None:
    chip = cie(manners=Manners(extended=False))
    losses = [Loss(at=18 + more, away=0) for more in range(12)]
    outcome = read(FaultySlot("a", chip, *losses), key=key_of(chip))
    assert isinstance(outcome, DocumentReading)
    assert outcome.verdict.refuted == ()
    assert outcome.losses >= 3


def test_a_fault_of_ours_is_raised_where_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: bytes) -> bytes:
        raise ZeroDivisionError

    chip = cie()
    monkeypatch.setattr(chip, "answer", broken)  # stands for a bug below the reader
    with pytest.raises(ZeroDivisionError):
        read(DirectSlot("a", chip), key=key_of(chip))


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[TripleDes | Aes]:
    """Every session cipher that comes into being."""
    made: list[TripleDes | Aes] = []
    for kind in (TripleDes, Aes):
        monkeypatch.setattr(kind, "__init__", _noted(kind.__init__, made))
    return made


def _noted(begin: Callable[..., None], made: list[TripleDes | Aes]) -> Callable[..., None]:
    def noting(self: TripleDes | Aes, *arguments: bytes) -> None:
        made.append(self)
        begin(self, *arguments)

    return noting


def wiped(session: TripleDes | Aes) -> bool:
    return not any(session._enc) and not any(session._mac)


@pytest.mark.parametrize("number", [*range(3, 17), None])
@pytest.mark.parametrize("how", ["lost", "spoilt", "stopped", "mute"])
def test_every_key_is_wiped_on_every_path(
    sessions: list[TripleDes | Aes], number: int | None, how: str
) -> None:
    """Whatever ends the reading, and wherever: no session key outlives it."""
    chip = cie()
    reader: list[AnySlotDocumentReader] = []

    class Stopping:
        atr = chip.atr
        reset = staticmethod(chip.reset)

        def answer(self, command: bytes) -> bytes:
            if len(chip.seen) == number:
                reader[0].abandon()
            return chip.answer(command)

    slot: FaultySlot = {
        "lost": lambda: FaultySlot("a", chip, Loss(at=number)),
        "spoilt": lambda: FaultySlot("a", FaultyChip(chip, EVERY["wrong code"](number or 99))),
        "stopped": lambda: FaultySlot("a", Stopping()),
        "mute": lambda: FaultySlot("a", chip, Loss(mute_from=number)),
    }[how]()
    times = DocumentTimes(wait=1.0, whole=0.6 if how == "mute" else 4.0, silence=0.2)
    reader.append(AnySlotDocumentReader(lambda: [slot], times))
    outcome = reader[0].read(DocumentRequest(key_of(chip), TODAY, with_face=False), lambda _: None)
    if how == "mute":
        assert all(map(wiped, sessions)), "while the card still hangs"
    for channel in slot.channels:
        channel.closed.set()
    if number is None:
        assert isinstance(outcome, DocumentReading)
        assert len(sessions) == 2
    deadline = time.monotonic() + 1.0
    while not all(map(wiped, sessions)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert all(map(wiped, sessions))


def test_a_chip_that_is_slow_for_ever_is_told_in_time() -> None:
    chip = cie(manners=Manners(extended=False))
    slot = FaultySlot("a", chip, Loss(seconds=0.3))
    began = time.monotonic()
    times = DocumentTimes(wait=2.0, whole=1.5, silence=1.0)
    assert code_of(read(slot, key=key_of(chip), times=times)) == "document.too-slow"
    assert time.monotonic() - began < 3.0


def test_a_service_that_hangs_does_not_hold_who_stops() -> None:
    release = threading.Event()

    def hang() -> Sequence[CardSlot]:
        release.wait(10)
        return ()

    reader = AnySlotDocumentReader(hang, TIMES)
    threading.Timer(0.3, reader.abandon).start()
    began = time.monotonic()
    outcome = reader.read(DocumentRequest(CardAccessNumber("123456"), TODAY), lambda _: None)
    assert code_of(outcome) == "card.abandoned"
    assert time.monotonic() - began < 1.0
    release.set()


def test_cards_are_let_go() -> None:
    chip = cie()
    slot = FaultySlot("a", chip, Loss(at=9), Loss(at=12))
    assert isinstance(read(slot, key=key_of(chip)), DocumentReading)
    assert len(slot.channels) == 3
    assert all(channel.closed.is_set() for channel in slot.channels)


def test_nothing_of_a_person_is_in_facts_or_logs(caplog: pytest.LogCaptureFixture) -> None:
    chip = cie()
    with caplog.at_level(1):
        outcome = read(DirectSlot("a", chip), key=key_of(chip))
    assert isinstance(outcome, DocumentReading)
    shown = caplog.text + str(outcome.facts) + repr(outcome)
    assert "PACE DH-GM 3DES" in caplog.text
    for private in ("ROSSI", "MARIO", "RSSMRA", "123456", "CA00000AA", "800101", "TORINO"):
        assert private not in shown
