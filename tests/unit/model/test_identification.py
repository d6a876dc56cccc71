"""Identifications: what may be recorded, and that only what is needed of a finger travels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw import finger_readings
from sync.model import identification, operation
from sync.model.dates import PartialDate
from sync.model.errors import Problem
from sync.model.identification import (
    MOST_TEMPLATE_BYTES,
    DocumentSeen,
    Excuse,
    Finger,
    FingerEntry,
    Hand,
    Identification,
    SeenKind,
    Way,
)
from sync.wire import canonical, sealing
from tests.unit.model.examples import IDENTIFIED, LEFT, RIGHT, TODAY, identifications


def codes(act: Identification) -> list[tuple[str, str]]:
    return [(found.code, found.field) for found in identification.problems(act, today=TODAY)]


def read(plain: object) -> operation.Operation | Problem:
    return operation.from_plain(operation.IDENTIFICATION, operation.VERSION, plain)


def test_one_finger_of_each_hand_identifies() -> None:
    assert codes(IDENTIFIED) == []


@pytest.mark.rule("R-001-2")
@pytest.mark.parametrize(
    "fingers",
    [(), (LEFT,), (RIGHT,), (LEFT, LEFT), (LEFT, RIGHT, replace(RIGHT, finger=Finger.THUMB))],
)
def test_two_fingers_are_one_of_each_hand(fingers: tuple[FingerEntry, ...]) -> None:
    assert codes(replace(IDENTIFIED, fingers=fingers)) == [("identification.hands", "fingers")]


@pytest.mark.rule("R-001-2")
@pytest.mark.parametrize("excuse", list(Excuse))
def test_a_hand_may_be_excused_and_not_both(excuse: Excuse) -> None:
    left = FingerEntry(Hand.LEFT, Finger.INDEX, excused=excuse)
    right = FingerEntry(Hand.RIGHT, Finger.INDEX, excused=excuse)
    assert codes(replace(IDENTIFIED, fingers=(left, RIGHT))) == []
    both = replace(IDENTIFIED, fingers=(left, right))
    assert codes(both) == [("identification.no-template", "fingers")]
    assert codes(replace(both, way=Way.OPERATOR)) == []


@pytest.mark.parametrize("way", [Way.OPERATOR, Way.CARD_PIN])
def test_no_template_travels_that_is_not_what_identifies(way: Way) -> None:
    card = DocumentSeen(SeenKind.HEALTH_CARD, "unproven", ("genuine", "not-cloned"))
    other = replace(IDENTIFIED, way=way, document=card)
    assert codes(other) == [("identification.fingers-unneeded", "fingers")]
    assert codes(replace(other, fingers=())) == []


@pytest.mark.parametrize(
    "entry",
    [
        replace(LEFT, template=None),
        replace(LEFT, template=b""),
        replace(LEFT, template=bytes(MOST_TEMPLATE_BYTES + 1)),
        replace(LEFT, format=None),
        replace(LEFT, format="fp3 "),
        replace(LEFT, format="raw.jpeg"),
        replace(LEFT, template=b"x"),
        replace(LEFT, template=b"FP3"),
        replace(LEFT, format=""),
        replace(LEFT, quality=None),
        replace(LEFT, quality=101),
        replace(LEFT, excused=Excuse.MISSING),
        FingerEntry(Hand.LEFT, Finger.RING, excused=Excuse.BANDAGED, quality=3),
        FingerEntry(Hand.LEFT, Finger.RING, excused=Excuse.BANDAGED, format="libfprint.fp3"),
        FingerEntry(Hand.LEFT, Finger.RING),
    ],
)
def test_an_entry_is_a_whole_template_or_an_excuse(entry: FingerEntry) -> None:
    assert ("identification.finger", "fingers.0") in codes(
        replace(IDENTIFIED, fingers=(entry, RIGHT))
    )


@pytest.mark.parametrize("headline", ["expired", "other-holder", "wrong"])
def test_a_document_against_which_something_speaks_identifies_nobody(headline: str) -> None:
    seen = replace(IDENTIFIED.document, headline=headline)
    assert codes(replace(IDENTIFIED, document=seen)) == [
        ("identification.document-refuted", "document.headline")
    ]


@pytest.mark.parametrize(
    "seen",
    [
        DocumentSeen(SeenKind.PASSPORT, "fine", ()),
        DocumentSeen(SeenKind.PASSPORT, "sound", ("genuine", "genuine")),
        DocumentSeen(SeenKind.PASSPORT, "sound", ("unaltered", "genuine")),
        DocumentSeen(SeenKind.PASSPORT, "sound", ("pretty",)),
    ],
)
def test_only_words_of_a_verdict_are_taken(seen: DocumentSeen) -> None:
    found = codes(replace(IDENTIFIED, document=seen))
    assert found == [("identification.document-unknown", "document")]


def test_a_pin_proves_the_health_card_whose_chip_signed() -> None:
    act = replace(IDENTIFIED, way=Way.CARD_PIN, fingers=())
    wrong = [("identification.pin-unproven", "way")]
    assert codes(act) == wrong  # an identity card
    health = DocumentSeen(SeenKind.HEALTH_CARD, "unproven", ())
    assert codes(replace(act, document=health)) == wrong
    # Anybody can make a card that signs: its issuer must be known.
    assert codes(replace(act, document=replace(health, proven=("not-cloned",)))) == wrong
    assert codes(replace(act, document=replace(health, proven=("genuine",)))) == wrong
    proven = replace(health, proven=("genuine", "not-cloned"))
    assert codes(replace(act, document=proven)) == []


def test_a_health_card_whose_chip_proved_nothing_is_shown_to_nobody() -> None:
    act = replace(IDENTIFIED, way=Way.OPERATOR, fingers=())
    file_alone = DocumentSeen(SeenKind.HEALTH_CARD, "unproven", ())
    wrong = [("identification.pin-unproven", "document.proven")]
    assert codes(replace(act, document=file_alone)) == wrong
    assert codes(replace(act, document=replace(file_alone, proven=("not-cloned",)))) == []
    # Whatever else is proven of an identity card: the operator looks at it.
    assert codes(replace(act, document=DocumentSeen(SeenKind.PASSPORT, "unproven", ()))) == []


@pytest.mark.parametrize(
    ("headline", "proven"),
    [
        ("sound", ()),
        ("sound", ("genuine", "unaltered", "not-cloned")),
        ("unproven", ("genuine", "unaltered", "not-cloned", "in-date")),
    ],
)
def test_a_verdict_in_one_word_says_what_was_proven(headline: str, proven: tuple[str, ...]) -> None:
    seen = DocumentSeen(SeenKind.PASSPORT, headline, proven)
    found = codes(replace(IDENTIFIED, document=seen))
    assert found == [("identification.headline", "document.headline")]


HERS: Final = "MRTMRA83T56A269B"
"""Of a woman: born on the sixteenth."""
OMOCODIC: Final = "RSSMRAULALMH501F"
"""With letters for the digits of the year and the day."""
PROVISIONAL: Final = "12345670017"
_CARD: Final = DocumentSeen(SeenKind.HEALTH_CARD, "unproven", ("genuine", "not-cloned"))


@pytest.mark.parametrize(
    ("code", "born", "agrees"),
    [
        ("RSSMRA80A01H501U", PartialDate(1980, 1, 1), True),
        ("RSSMRA80A01H501U", PartialDate(1980, 1), True),
        ("RSSMRA80A01H501U", PartialDate(1980), True),
        ("RSSMRA80A01H501U", PartialDate(1999, 1, 1), False),
        ("RSSMRA80A01H501U", PartialDate(1980, 1, 2), False),
        ("RSSMRA80A01H501U", PartialDate(1980, 2), False),
        (HERS, PartialDate(1983, 12, 16), True),
        (HERS, PartialDate(1983, 12, 15), False),
    ],
)
def test_the_birth_date_of_a_health_card_is_that_of_the_codice_fiscale(
    code: str, born: PartialDate, *, agrees: bool
) -> None:
    """Its certificate has no date, and its data file can be written by anybody."""
    act = replace(
        IDENTIFIED, codice_fiscale=code, birth_date=born, document=_CARD, way=Way.CARD_PIN
    )
    wrong = [("codice-fiscale.not-of-date", "birth_date")]
    assert codes(replace(act, fingers=())) == ([] if agrees else wrong)


def test_a_date_that_the_codice_fiscale_does_not_have_needs_an_issuers_signature() -> None:
    other = replace(IDENTIFIED, birth_date=PartialDate(1981, 1, 1))
    wrong = [("codice-fiscale.not-of-date", "birth_date")]
    assert codes(other) == []  # the Agenzia errs too
    unsigned = DocumentSeen(SeenKind.PASSPORT, "unproven", ("unaltered", "not-cloned"))
    assert codes(replace(other, document=unsigned)) == wrong
    assert codes(replace(IDENTIFIED, document=unsigned)) == []
    provisional = replace(IDENTIFIED, codice_fiscale=PROVISIONAL, document=unsigned)
    assert codes(provisional) == []
    assert codes(replace(provisional, document=_CARD)) == wrong


def test_omocodia_hides_no_date() -> None:
    act = replace(IDENTIFIED, codice_fiscale=OMOCODIC, document=_CARD)
    assert codes(act) == []
    assert codes(replace(act, birth_date=PartialDate(1980, 1, 2))) != []


@pytest.mark.rule("R-001-2")
def test_one_template_is_not_two_fingers() -> None:
    twice = replace(RIGHT, template=LEFT.template)
    assert codes(replace(IDENTIFIED, fingers=(LEFT, twice))) == [
        ("identification.same-finger", "fingers")
    ]


def test_the_holder_is_checked_as_in_every_form() -> None:
    tomorrow = TODAY + timedelta(days=2)
    ahead = PartialDate(tomorrow.year, tomorrow.month, tomorrow.day)
    assert codes(replace(IDENTIFIED, codice_fiscale="RSSMRA80A01H501X")) == [
        ("codice-fiscale.check-character", "codice_fiscale")
    ]
    assert codes(replace(IDENTIFIED, codice_fiscale="rssmra80a01h501u")) == [
        ("operation.not-canonical", "codice_fiscale")
    ]
    assert codes(replace(IDENTIFIED, surname=None, name=None)) == [("person.nameless", "surname")]
    assert codes(replace(IDENTIFIED, surname=" Rossi")) == [("operation.not-canonical", "surname")]
    assert codes(replace(IDENTIFIED, name="R2")) == [("name.digits", "name")]
    assert codes(replace(IDENTIFIED, birth_date=ahead)) == [("date.future", "birth_date")]


def test_nothing_of_a_person_is_in_a_representation() -> None:
    assert repr(IDENTIFIED) == "Identification(...)"
    assert repr(LEFT) == "FingerEntry(...)"


def test_hands_and_fingers_are_those_of_the_devices() -> None:
    for ours, theirs in ((Hand, finger_readings.Hand), (Finger, finger_readings.Finger)):
        assert [one.value for one in ours] == [one.value for one in theirs]


@given(identifications)
def test_whatever_is_right_comes_back_as_it_was(act: Identification) -> None:
    assert codes(act) == []
    plain = canonical.decode(canonical.encode(operation.to_plain(act)))
    assert read(plain) == act


def test_two_largest_templates_fit_into_one_body() -> None:
    large = tuple(
        replace(one, template=b"FP3" + one.hand.value.encode() + rest)
        for one in (LEFT, RIGHT)
        for rest in [bytes(MOST_TEMPLATE_BYTES - 3 - len(one.hand.value))]
    )
    act = replace(IDENTIFIED, surname="É" * 60, name="É" * 60, fingers=large)
    assert codes(act) == []
    assert len(canonical.encode(operation.to_plain(act))) < sealing.MOST_PLAIN_BYTES


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fingers", None),
        ("fingers", {}),
        ("fingers", ["left"]),
        ("fingers", [{}] * 33),
        ("fingers.0.template", "text"),
        ("fingers.0.quality", -1),
        ("fingers.0.quality", True),
        ("fingers.0.excused", "tired"),
        ("fingers.1.hand", "both"),
        ("fingers.0.extra", 1),
        ("document.proven", ["genuine", 1]),
        ("document.kind", "library-card"),
        ("way", "face"),
        ("birth_date", "1980-02-30"),
    ],
)
def test_a_wrong_member_is_told_by_its_place(path: str, value: object) -> None:
    plain = operation.to_plain(IDENTIFIED)
    *owners, key = path.split(".")
    part: object = plain
    for step in owners:
        part = part[int(step)] if isinstance(part, list) else part[step]  # type: ignore[index] # a plain tree
    assert isinstance(part, dict)
    part[key] = value
    found = read(plain)
    assert isinstance(found, Problem)
    assert (found.code, found.field) == ("operation.malformed", path)


@given(st.recursive(st.none() | st.integers() | st.binary(max_size=4), st.lists))
def test_any_value_is_an_operation_or_a_problem(value: object) -> None:
    assert isinstance(read(value), Problem)
