"""What is written into emulated documents, what is wrong with the bad ones, and faults on the way.

Keys of sessions are put into the chip: that they come about rightly is shown elsewhere.
"""

from __future__ import annotations

import pytest
from asn1crypto import cms

from hw.errors import DeviceTrouble
from tests.contract.cards.chip_terminal import SELECT, Terminal
from tests.emulated.cards.bad_documents import BAD, cloned
from tests.emulated.cards.card_faults import (
    EVERY,
    FaultyChip,
    FaultySlot,
    Loss,
    endless_more,
    nth,
    protected,
    reads,
    wrong_code,
    wrong_counter,
)
from tests.emulated.cards.document_files import (
    ACCENTED,
    BORN_ABROAD,
    LONG_NAMED,
    UMLAUTED,
    Person,
    zone_of,
)
from tests.emulated.cards.emrtd_apdu import object_of
from tests.emulated.cards.face_picture import JPEG, picture
from tests.emulated.cards.identity_documents import (
    bac_only,
    cie,
    ecdh_card,
    zone_key,
)


def test_people_in_the_zone() -> None:
    def names(person: Person) -> str:
        return zone_of(person, "CA00000AA", "20340101", state="ITA").lines[-1]

    assert names(BORN_ABROAD) == "TAHID<<SAID".ljust(30, "<")
    assert names(ACCENTED) == "DALO<<NICCOLO".ljust(30, "<")
    assert names(UMLAUTED) == "MUELLER<<JOERG".ljust(30, "<")
    assert names(LONG_NAMED) == "DELLA<VALLE<CASTELLANI<<MARIA<"


def test_the_zones_printed_in_the_standard() -> None:
    """ICAO 9303-11 appendix D (TD2), with an own number, and 9303-4's passport."""
    anna = Person("ERIKSSON", "ANNA MARIA", "19690806", "F", nationality="UTO")
    zone = zone_of(anna, "L898902C", "19940623", kind="TD2", code="I", state="UTO")
    assert zone.lines[1] == "L898902C<3UTO6908061F9406236<<<<<<<2"
    assert zone.information == b"L898902C<369080619406236"
    long = zone_of(
        Person("STEVENSON", "PETER JOHN", "19340712", "M", nationality="UTO"),
        "D23145890734", "19950712", kind="TD2", code="I", state="UTO",
    )  # fmt: skip
    assert long.lines[1] == "D23145890<UTO3407127M95071227349<<<8"
    assert long.information == b"D23145890734934071279507122"


def test_the_keys_as_a_person_types_them() -> None:
    key = zone_key(bac_only())
    assert (key.document_number, key.birth_date, key.expiry_date) == (
        "YA1234567",
        "800101",
        "340101",
    )


def test_the_face_is_in_its_file() -> None:
    chip = cie()
    assert picture() in chip.document.data_groups[2]
    assert picture()[4:8] == b"jP  "
    assert picture(JPEG)[:3] == b"\xff\xd8\xff"
    assert 10_000 < len(picture()) < 20_000


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_still_answers(name: str) -> None:
    chip = BAD[name]()
    terminal = Terminal(chip).opened()
    data, status = terminal.plain("00B09D00", expected=4)
    assert status in {"9000", "6282"}
    assert data == chip.document.security_object[:4]


def test_a_clone_tells_the_true_key_and_has_another() -> None:
    true, copy = cie().document, cloned().document
    assert copy.data_groups == true.data_groups
    assert copy.chip_keys[0].public == true.chip_keys[0].public
    assert copy.chip_keys[0].secret != true.chip_keys[0].secret


def test_the_security_object_is_a_cms_of_the_italian_signer() -> None:
    signed = cms.ContentInfo.load(object_of(cie().document.security_object, 0x77) or b"")
    assert signed["content"]["encap_content_info"]["content_type"].dotted == "2.23.136.1.1.1"


def test_spoilt_codes_and_counters() -> None:
    chip = FaultyChip(ecdh_card(), wrong_code(nth(1, protected)))
    terminal = Terminal(chip).opened()
    with pytest.raises(AssertionError):
        terminal.plain("00B08100", expected=4)
    terminal = Terminal(FaultyChip(ecdh_card(), wrong_counter(reads))).opened()
    with pytest.raises(AssertionError):
        terminal.plain("00B08100", expected=4)


def test_more_without_end() -> None:
    chip = FaultyChip(cie(), endless_more(2))
    assert chip.answer(SELECT) == b"\x90\x00"
    assert chip.answer(SELECT) == b"\x90\x00"
    assert chip.answer(bytes.fromhex("00B09C0000")) == b"\x61\x10"
    for _ in range(50):
        assert chip.answer(bytes.fromhex("00C0000010"))[-2:] == b"\x61\x10"


@pytest.mark.parametrize("name", EVERY)
def test_every_spoil_changes_its_answer_alone(name: str) -> None:
    sound, chip = ecdh_card(), FaultyChip(ecdh_card(), EVERY[name](2))
    theirs, ours = Terminal(sound), Terminal(chip)
    for terminal in (theirs, ours):
        terminal.opened()
        terminal.plain("00B09E00", expected=8)
    assert ours.send("00B08100", expected=20) != theirs.send("00B08100", expected=20)


def test_contact_is_lost_and_comes_back() -> None:
    slot = FaultySlot("Reader", cie(), Loss(at=2, away=2), Loss(after=10))
    first = slot.connect()
    assert not isinstance(first, DeviceTrouble)
    select = b"\x00\xa4\x02\x0c\x02\x01\x1c"
    assert [first.transmit(select) for _ in range(2)] == [b"\x90\x00"] * 2
    lost = first.transmit(select)
    assert isinstance(lost, DeviceTrouble)
    assert first.loss() == lost
    asked = [slot.connect() for _ in range(2)]
    assert [one.code for one in asked if isinstance(one, DeviceTrouble)] == ["card.absent"] * 2
    second = slot.connect()
    assert not isinstance(second, DeviceTrouble)
    assert second.transmit(select) == b"\x90\x00"
    assert isinstance(second.transmit(b"\x00\xb0\x00\x00\x10"), DeviceTrouble)
    assert isinstance(slot.connect(), DeviceTrouble)
    third = slot.connect()
    assert not isinstance(third, DeviceTrouble)
    third.transmit(select)
    assert third.transmit(b"\x00\xb0\x00\x00\x10")[-2:] == b"\x90\x00"  # type: ignore[index]
