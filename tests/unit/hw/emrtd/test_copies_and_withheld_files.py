"""Copies that borrow or hide keys, and files that somebody on the way keeps back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    CardAccessNumber,
    DocumentReading,
    DocumentRequest,
    Finding,
    HolderClaim,
    MrzKey,
    Property,
)
from hw.errors import DeviceTrouble
from hw.ports import CardSlot
from tests.emulated.cards.bad_documents import (
    cloned_passport,
    signing_retired,
    stripped,
    with_document,
)
from tests.emulated.cards.card_faults import (
    LASTING,
    Exchange,
    FaultyChannel,
    FaultyChip,
    FaultySlot,
    Loss,
    nth,
    protected,
    status,
    steps,
)
from tests.emulated.cards.document import Manners
from tests.emulated.cards.document_files import BORN_ABROAD
from tests.emulated.cards.emrtd_apdu import WRONG_DATA, Refused
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_protocols import ChipKey, Mapping, PaceOffer, security_infos
from tests.emulated.cards.identity_documents import (
    active_key,
    bac_only,
    cam_card,
    can_key,
    chip_key,
    cie,
    ecdh_card,
    italian_pki,
    passport_with_aa,
    zone_key,
)
from tests.emulated.cards.virtual_reader import Chip
from tests.emulated.documents.certification import Entity
from tests.emulated.documents.pki import DocumentPki, sign_cms

TODAY = date(2026, 11, 22)
CLAIM = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101")
NAMESAKE = HolderClaim("RSSMRA80A01F205X", "Rossi", "Mario", "19800101")
TIMES = DocumentTimes(wait=2.0, whole=8.0, silence=1.0)
CARD_SECURITY = "0.4.0.127.0.7.3.2.1"
GENERIC = PaceOffer(Suite.AES_128, 12)
MAPPING = PaceOffer(Suite.AES_128, 12, Mapping.CHIP_AUTHENTICATION)
NOT_FOUND = b"\x6a\x82"


class Swapped:
    """A slot on which another card may lie at each stay; the last one stays."""

    def __init__(self, *stays: tuple[Chip, Loss]) -> None:
        self.name = "a"
        self.channels: list[FaultyChannel] = []
        self._stays = list(stays)

    def connect(self) -> FaultyChannel:
        chip, loss = self._stays.pop(0) if len(self._stays) > 1 else self._stays[0]
        chip.reset()
        self.channels.append(FaultyChannel(chip, loss))
        return self.channels[-1]


def read(
    slot: CardSlot,
    key: CardAccessNumber | MrzKey,
    *,
    claim: HolderClaim = CLAIM,
    also: Sequence[bytes] = (),
    lists: Sequence[bytes] = (),
) -> DocumentReading:
    reader = AnySlotDocumentReader(lambda: (slot,), TIMES)
    certificates = (*italian_pki().certificates, *also)
    reader.trust(TrustAnchors(certificates=certificates, revocation_lists=tuple(lists), version=1))
    outcome = reader.read(DocumentRequest(key, TODAY, claim, with_face=False), lambda _: None)
    assert isinstance(outcome, DocumentReading), outcome
    return outcome


def of(reading: DocumentReading, what: Property) -> tuple[Finding, tuple[str, ...]]:
    judgement = reading.verdict.of(what)
    return judgement.finding, judgement.reasons


def not_cloned(reading: DocumentReading) -> tuple[Finding, tuple[str, ...]]:
    return of(reading, Property.NOT_CLONED)


def asks_for(number: int) -> Callable[[bytes], bool]:
    """Whether a command asks for the first bytes of a data group, within a session."""
    return lambda command: protected(command) and command[1] == 0xB0 and command[2] == 0x80 | number


def offering(chip: EmrtdChip, offer: PaceOffer, **changes: object) -> EmrtdChip:
    """A copy that opens by another PACE than the document does."""
    return with_document(chip, offers=(offer,), card_access=security_infos(offer.info()), **changes)


def card_security(key: ChipKey, signer: Entity) -> bytes:
    return sign_cms(
        security_infos(MAPPING.info(), key.public_info()), signer, content_type=CARD_SECURITY
    )


def home_made(key: ChipKey) -> bytes:
    """EF.CardSecurity of a state that does not exist."""
    return card_security(key, DocumentPki.make("XX", number=55).signer("rsa2048", "pss"))


# --- a key that is another card's


@pytest.fixture(scope="module")
def forger() -> EmrtdChip:
    """The forger's own card, true, whose key stands in EF.CardSecurity alone."""
    return cam_card(person=BORN_ABROAD, number="CA99999ZZ", chip_keys=())


@pytest.mark.parametrize("make", [cie, ecdh_card, bac_only])
@pytest.mark.parametrize("more", range(7))
@pytest.mark.rule("R-001-2")
def test_a_copy_does_not_live_on_the_key_of_another_card(
    forger: EmrtdChip, make: Callable[[], EmrtdChip], more: int
) -> None:
    """The forger's card for the mapping, torn away wherever; then the copy."""
    key = can_key(forger)
    alone = Swapped((forger, LASTING))
    read(alone, key)
    opened = next(n for n, each in enumerate(alone.channels[0].commands) if protected(each))
    copy = offering(
        stripped(make(), 14),
        GENERIC,
        can=forger.document.can,
        chip_keys=(),
        mapping_key=None,
        card_security=forger.document.card_security,
    )
    slot = Swapped((forger, Loss(at=opened + more)), (copy, LASTING))
    reader = AnySlotDocumentReader(lambda: (slot,), TIMES)
    reader.trust(TrustAnchors(certificates=tuple(italian_pki().certificates), version=1))
    outcome = reader.read(DocumentRequest(key, TODAY, CLAIM, with_face=False), lambda _: None)
    if isinstance(outcome, DeviceTrouble):
        assert outcome.code == "document.changed"
    else:
        assert not_cloned(outcome)[0] is not Finding.PROVEN


def test_a_true_card_with_the_mapping_may_be_torn_away_anywhere() -> None:
    chip = cam_card(chip_keys=(), manners=Manners(extended=False))
    slot = FaultySlot("a", chip)
    read(slot, can_key(chip))
    for number in range(1, len(slot.channels[0].commands)):
        reading = read(FaultySlot("a", chip, Loss(at=number)), can_key(chip))
        assert not_cloned(reading) == (Finding.PROVEN, ("not-cloned.chip-mapping",)), number
        assert reading.verdict.sound


# --- a key that nobody, or another state, has signed


@pytest.mark.parametrize("revoked", [False, True])
def test_another_states_card_security_proves_nothing(*, revoked: bool) -> None:
    france = DocumentPki.make("FR", number=3)
    signer = france.new_signer("rsa2048", scheme="pss")
    numbers = (signer.parsed.serial_number,) if revoked else ()
    own = chip_key(Suite.AES_128, 12, 4712)
    copy = offering(
        bac_only(),
        MAPPING,
        can="123456",
        mapping_key=own,
        card_security=card_security(own, signer),
    )
    reading = read(
        Swapped((copy, LASTING)),
        can_key(copy),
        also=france.certificates,
        lists=[france.revocation_list(*numbers)],
    )
    assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-unsigned",))
    assert not reading.verdict.sound


def test_a_revoked_signers_card_security_proves_nothing() -> None:
    """One of the document's own state."""
    signer = italian_pki().new_signer("rsa2048", scheme="pss", number=41)
    own = chip_key(Suite.AES_128, 12, 4712)
    copy = offering(
        bac_only(),
        MAPPING,
        can="123456",
        mapping_key=own,
        card_security=card_security(own, signer),
    )
    lists = [italian_pki().revocation_list(signer.parsed.serial_number)]
    reading = read(Swapped((copy, LASTING)), can_key(copy), lists=lists)
    assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-unsigned",))


# --- a copy that hides what would refute it


@pytest.mark.parametrize("signed", [False, True])
def test_offering_the_mapping_does_not_excuse_a_withheld_key(*, signed: bool) -> None:
    own = chip_key(Suite.AES_128, 12, 4711)
    copy = offering(
        stripped(cie(), 14),
        MAPPING,
        chip_keys=(),
        mapping_key=own,
        card_security=home_made(own) if signed else None,
        ias=None,
    )
    reading = read(Swapped((copy, LASTING)), can_key(copy))
    assert not_cloned(reading) == (Finding.REFUTED, ("not-cloned.key-withheld",))


@pytest.mark.parametrize("signed", [False, True])
def test_offering_the_mapping_does_not_excuse_from_active_authentication(*, signed: bool) -> None:
    own = chip_key(Suite.AES_128, 12, 4711)
    copy = offering(
        cloned_passport(),
        MAPPING,
        mapping_key=own,
        card_security=home_made(own) if signed else None,
        active_key=None,
    )
    reading = read(Swapped((copy, LASTING)), zone_key(copy))
    assert not_cloned(reading) == (Finding.REFUTED, ("not-cloned.key-failed",))


def test_leaving_the_mapping_out_does_not_make_it_a_card_without_a_key() -> None:
    """EF.DG14, which is signed, tells of the mapping; what EF.CardAccess offers nobody signs."""
    copy = offering(cam_card(chip_keys=()), GENERIC, mapping_key=None)
    reading = read(Swapped((copy, LASTING)), can_key(copy))
    assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-untested",))


def test_a_key_of_an_unknown_kind_is_not_no_key() -> None:
    chip = passport_with_aa()
    content = bytearray(chip.document.data_groups[15])
    content[content.index(bytes.fromhex("2a864886f70d010101")) + 8] = 9  # another algorithm
    unknown = passport_with_aa(groups={15: bytes(content)})
    reading = read(Swapped((unknown, LASTING)), zone_key(unknown))
    assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-untested",))


# --- status words that nobody vouches for


@pytest.mark.parametrize("number", [11, 12, 14])
@pytest.mark.parametrize("make", [cie, ecdh_card])
def test_one_status_word_in_the_clear_hides_no_file(
    make: Callable[[], EmrtdChip], number: int
) -> None:
    chip = make()
    honest = read(Swapped((chip, LASTING)), can_key(chip))
    spoilt = FaultyChip(chip, status(NOT_FOUND, nth(0, asks_for(number))))
    reading = read(Swapped((spoilt, LASTING)), can_key(chip))
    assert reading.verdict == honest.verdict
    assert reading.verdict.sound


def test_a_key_file_that_is_denied_in_the_clear_accuses_nobody() -> None:
    chip = cie()
    spoilt = FaultyChip(chip, status(NOT_FOUND, asks_for(14)))
    reading = read(Swapped((spoilt, LASTING)), can_key(chip))
    assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-untested",))
    told = dict(reading.facts)["EF.DG14 not given"]
    assert told == "FILE_NOT_FOUND 6A82, without protection"


def test_another_codice_fiscale_is_not_proven_without_its_file() -> None:
    """Hidden on the way, or by a copy; by a chip that was not asked for it, or that has none."""
    chip = cie()
    spoilt = FaultyChip(chip, status(NOT_FOUND, asks_for(11)))
    hidden = read(Swapped((spoilt, LASTING)), can_key(chip), claim=NAMESAKE)
    copy = stripped(bac_only(), 11)
    withheld = read(Swapped((copy, LASTING)), zone_key(copy), claim=NAMESAKE)
    for reading in (hidden, withheld):
        assert of(reading, Property.HOLDER) == (
            Finding.NOT_PROVABLE,
            ("holder.details-withheld",),
        )
        assert "EF.DG11 not given" in dict(reading.facts)
    without = cie(groups={11: None})
    reading = read(Swapped((without, LASTING)), can_key(without))
    assert of(reading, Property.HOLDER)[0] is Finding.PROVEN
    refuted = read(Swapped((chip, LASTING)), can_key(chip), claim=NAMESAKE)
    assert of(refuted, Property.HOLDER) == (Finding.REFUTED, ("holder.codice-fiscale",))


def test_a_day_of_issue_that_is_withheld_does_not_speak_for_its_signer() -> None:
    """The signer's time was over when it was issued, by a file that is signed."""
    signed = signing_retired()
    late = cie(signing=signed, issued="20260101")
    reading = read(Swapped((late, LASTING)), can_key(late))
    outside = ("genuine.signed-outside-validity",)
    assert of(reading, Property.GENUINE) == (Finding.REFUTED, outside)
    copy = stripped(late, 12)
    reading = read(Swapped((copy, LASTING)), can_key(copy))
    withheld = ("genuine.issue-date-withheld",)
    assert of(reading, Property.GENUINE) == (Finding.NOT_PROVABLE, withheld)
    assert dict(reading.facts)["EF.DG12 not given"] == "FILE_NOT_FOUND 6A82"
    never = cie(signing=signed, groups={12: None})
    assert read(Swapped((never, LASTING)), can_key(never)).verdict.sound
    recent = stripped(cie(), 12)  # signed with a key that is still good: no day is too late
    assert read(Swapped((recent, LASTING)), can_key(recent)).verdict.sound


def test_what_is_denied_in_the_clear_does_not_end_the_reading() -> None:
    """Chips that end the session with each refusal, and have no EF.COM and no EF.DG12."""
    chip = cie(manners=Manners(bare_errors=True))
    without = stripped(chip, 12)
    hidden = FaultyChip(without, status(NOT_FOUND, asks_for(0x1E)))
    reading = read(Swapped((hidden, LASTING)), can_key(without))
    assert reading.verdict.sound
    assert set(dict(reading.facts)) >= {"EF.DG12 not given"}


# --- chips that do as they like


@pytest.mark.parametrize("bare", [False, True])
def test_a_chip_with_one_form_of_chip_authentication_proves_itself(*, bare: bool) -> None:
    chip = cie(manners=Manners(bare_errors=bare, agrees_at_once=False))
    reading = read(Swapped((chip, LASTING)), can_key(chip))
    assert not_cloned(reading) == (Finding.PROVEN, ("not-cloned.chip-authentication",))
    assert reading.verdict.sound


@pytest.mark.parametrize("bare", [False, True])
def test_a_refusal_in_the_clear_does_not_spoil_the_first_form(*, bare: bool) -> None:
    """Somebody on the way sends it; the chip knows MSE:Set KAT alone."""
    chip = cie(manners=Manners(bare_errors=bare))
    chip.access._choose_chip_key = _unknown  # type: ignore[method-assign]  # the other form
    first = nth(0, lambda command: protected(command) and command[1] == 0x22)
    spoilt = FaultyChip(chip, status(b"\x6b\x00", first))
    reading = read(Swapped((spoilt, LASTING)), can_key(chip))
    assert not_cloned(reading) == (Finding.PROVEN, ("not-cloned.chip-authentication",))


@pytest.mark.parametrize("bare", [False, True])
def test_a_copy_is_found_in_either_form(*, bare: bool) -> None:
    chip = cie()
    true = chip.document.chip_keys[0]
    other = chip_key(true.suite, true.parameter, 99, explicit=true.explicit)
    manners = Manners(bare_errors=bare, agrees_at_once=False)
    copy = EmrtdChip(with_document(chip, chip_keys=(other,)).document, manners)
    reading = read(Swapped((copy, LASTING)), can_key(copy))
    assert not_cloned(reading) == (Finding.REFUTED, ("not-cloned.key-failed",))


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("active", [False, True])
def test_a_master_file_that_cannot_be_selected_costs_no_reading(
    *, active: bool, bare: bool
) -> None:
    """The key of the mapping stands there; what else the chip can prove still counts."""
    key = active_key("rsa", "sha256") if active else None
    manners = Manners(master_selectable=False, bare_errors=bare)
    chip = cam_card(chip_keys=(), manners=manners, active_key=key)
    reading = read(Swapped((chip, LASTING)), can_key(chip))
    if active:
        assert not_cloned(reading) == (Finding.PROVEN, ("not-cloned.active-authentication",))
    else:
        assert not_cloned(reading) == (Finding.NOT_PROVABLE, ("not-cloned.key-untested",))
    others = {each.finding for each in reading.verdict.judgements} - {Finding.NOT_PROVABLE}
    assert others == {Finding.PROVEN}


def test_another_chip_behind_chip_authentication_is_told() -> None:
    """EF.COM is not signed, but one chip does not tell two of them."""
    chip = cie()
    answer = chip.answer

    def other(command: bytes) -> bytes:
        said = answer(command)
        if "CA" in chip.access.authenticated:
            common = bytearray(chip.document.common)
            common[-1] ^= 1
            chip._application_files[0x11E] = bytes(common)
        return said

    chip.answer = other  # type: ignore[method-assign]  # a chip that changes its mind
    reader = AnySlotDocumentReader(lambda: (Swapped((chip, LASTING)),), TIMES)
    outcome = reader.read(DocumentRequest(can_key(chip), TODAY, with_face=False), lambda _: None)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "document.changed"


def _unknown(data: bytes, chosen: bytes) -> None:
    del data, chosen
    raise Refused(WRONG_DATA)


# --- noise where no checksum is


def spoilt_mapping_data(times: int) -> Callable[[Exchange], bytes]:
    """Turns a bit of DO 8A, which PACE-CAM gives outside its token, in so many runs."""
    left = [times]

    def spoil(exchange: Exchange) -> bytes:
        answer = exchange.answer
        found = answer.find(b"\x8a", 12)
        token = steps(exchange.command) and not protected(exchange.command)
        if not token or answer[2:3] != b"\x86" or found < 0 or not left[0]:
            return answer
        left[0] -= 1
        at = found + 2
        return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]

    return spoil


@pytest.mark.parametrize(
    ("times", "expected"),
    [(1, Finding.PROVEN), (9, Finding.REFUTED)],
    ids=["once", "always"],
)
def test_one_spoilt_byte_of_the_mapping_accuses_nobody(times: int, expected: Finding) -> None:
    chip = cam_card(chip_keys=())
    slot = FaultySlot("a", FaultyChip(chip, spoilt_mapping_data(times)))
    assert not_cloned(read(slot, can_key(chip)))[0] is expected
