"""A registration by its parts, and what must be completed before anything is booked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from sync.model import registration_plain
from sync.model.contacts import Contacts
from sync.model.credential import Credential, OperationKind, State
from sync.model.errors import Problem
from sync.model.preregistration import Preregistration
from sync.model.registration import Part
from sync.model.registration_parts import (
    digest,
    fits,
    missing,
    part_problems,
    registration_of,
    value,
    with_part,
)
from tests.unit.model.counter_examples import LEAST_REGISTRATION, NOON, NUMBER, REGISTRATION, booked
from tests.unit.model.examples import (
    ABROAD,
    CARD,
    COMPLETE,
    DELEGATION,
    DOMICILE,
    HOME,
    MARIO,
    MARTA,
    PASSPORT,
    TODAY,
    preregistrations,
    put,
)

VALUES: dict[Part, Any] = {
    Part.PERSON: MARTA,
    Part.RESIDENCE: ABROAD,
    Part.DOMICILE: DOMICILE,
    Part.CONTACTS: Contacts("altro@example.org"),
    Part.DOCUMENT: PASSPORT,
    Part.NOTE: "Torna",
}


@given(preregistrations)
def test_a_preregistration_begins_a_registration(form: Preregistration) -> None:
    made = registration_of(form, number=NUMBER, registered_at=NOON)
    assert (made.person, made.residence, made.domicile) == (
        form.person,
        form.residence,
        form.domicile,
    )
    assert (made.contacts, made.document, made.community) == (
        form.contacts,
        form.document,
        form.community,
    )
    assert made.credential == Credential()
    assert (made.note, made.other_note, made.data_at) == ("", form.note or "", 0)
    plain = registration_plain.to_plain(made)
    assert registration_plain.from_plain(plain) == made
    assert missing(made, today=TODAY) == ()


@pytest.mark.rule("R-003-32")
@pytest.mark.parametrize("part", Part)
def test_each_part_is_taken_and_put(part: Part) -> None:
    """All but the community (R-003-32) can be edited, and each part by itself."""
    changed = with_part(REGISTRATION, part, VALUES[part])
    assert value(changed, part) == VALUES[part]
    others = set(Part) - {part}
    assert all(value(changed, other) == value(REGISTRATION, other) for other in others)
    assert changed.community is REGISTRATION.community


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("other", Part)
def test_a_part_takes_values_of_its_own_kind(part: Part, other: Part) -> None:
    both = {part, other}
    same = part is other or both == {Part.RESIDENCE, Part.DOMICILE}
    if part is Part.DOMICILE and other is Part.RESIDENCE:
        same = False  # abroad
    assert fits(part, VALUES[other]) == same
    if same:
        with_part(REGISTRATION, part, VALUES[other])
    else:
        with pytest.raises(TypeError):
            with_part(REGISTRATION, part, VALUES[other])
        found = part_problems(part, VALUES[other], MARIO, today=TODAY)
        assert [problem.code for problem in found] == ["edit.part-value"]


@pytest.mark.parametrize("part", Part)
def test_only_a_domicile_and_a_note_are_taken_out(part: Part) -> None:
    optional = part in {Part.DOMICILE, Part.NOTE}
    assert fits(part, None) == optional
    found = [problem.code for problem in part_problems(part, None, MARIO, today=TODAY)]
    assert found == ([] if optional else ["edit.part-value"])
    if optional:
        assert value(with_part(REGISTRATION, part, None), part) is None


def test_a_part_is_judged_by_the_rules_of_the_form() -> None:
    wrong = replace(HOME, comune="XXXX")
    assert [p.field for p in part_problems(Part.RESIDENCE, wrong, MARIO, today=TODAY)] == ["comune"]
    assert [p.field for p in part_problems(Part.DOMICILE, wrong, MARIO, today=TODAY)] == ["comune"]
    for part in Part:
        assert part_problems(part, VALUES[part], None, today=TODAY) == ()
    assert part_problems(Part.NOTE, "x\x00", MARIO, today=TODAY)


def test_digests_tell_every_value_from_every_other() -> None:
    values = [None, *VALUES.values(), HOME, CARD, MARIO, COMPLETE.contacts, DELEGATION, "Torna "]
    assert len({digest(one) for one in values}) == len(values)
    assert digest("") == digest(None)
    assert digest(replace(HOME)) == digest(HOME)
    assert len(digest(None)) == 32


def test_a_digest_is_the_same_in_every_version() -> None:
    """It travels in operations: whoever changes it refuses edits that are on their way."""
    assert digest(None).hex() == DIGEST_OF_NOTHING
    assert digest(HOME).hex() == DIGEST_OF_HOME


DIGEST_OF_NOTHING = "054e592d1ba0c9f9dbf670a1746ea998724aa624437f39673433d0ba4cea7945"
DIGEST_OF_HOME = "ac26d53fc31225ca67c5068864a5d59871289b077c3509a38df05a3bea864073"


@pytest.mark.rule("R-003-20")
@pytest.mark.rule("R-003-48")
@pytest.mark.rule("C-003-9")
def test_mandatory_data_that_are_missing_are_listed() -> None:
    bare = replace(
        LEAST_REGISTRATION,
        person=replace(MARIO, name=None, surname=None),
        residence=None,
        document=None,
        contacts=Contacts(""),
    )
    found = missing(bare, today=TODAY)
    assert [(problem.code, problem.field) for problem in found] == [
        ("person.nameless", "person.surname"),
        ("residence.missing", "residence"),
        ("document.missing", "document"),
        ("email.empty", "contacts.email"),
    ]
    assert missing(LEAST_REGISTRATION, today=TODAY) == ()


def test_a_residence_in_part_is_listed_by_its_fields() -> None:
    partly = replace(
        LEAST_REGISTRATION, residence=replace(HOME, street="", number="", cap=None, comune="")
    )
    assert [problem.field for problem in missing(partly, today=TODAY)] == [
        "residence.street",
        "residence.number",
        "residence.comune",
        "residence.cap",
    ]


def test_other_faults_of_old_data_keep_nobody_waiting() -> None:
    ceased = replace(HOME, comune="XXXX", street="x" * 300)
    assert missing(replace(LEAST_REGISTRATION, residence=ceased), today=TODAY) == ()


@pytest.mark.rule("R-003-29")
@pytest.mark.parametrize("strong", [False, True])
def test_the_issuer_of_the_document_is_completed_first(strong: bool) -> None:  # noqa: FBT001
    online = replace(
        LEAST_REGISTRATION,
        document=replace(CARD, issuer=""),
        credential=Credential(State.ATTIVATO, strong=strong),
    )
    found = missing(online, today=TODAY)
    assert [(problem.code, problem.field, problem.rule) for problem in found] == [
        ("text.empty", "document.issuer", "R-003-64" if strong else "R-003-29")
    ]


@pytest.mark.rule("R-003-30")
@pytest.mark.rule("R-003-31")
@pytest.mark.rule("C-003-8")
def test_an_address_must_be_there_and_of_use() -> None:
    none = replace(LEAST_REGISTRATION, contacts=Contacts(""))
    assert [(p.code, p.rule) for p in missing(none, today=TODAY)] == [("email.empty", "R-003-30")]
    cec_pac = replace(LEAST_REGISTRATION, contacts=Contacts("m@postacertificata.gov.it"))
    assert [(p.code, p.rule) for p in missing(cec_pac, today=TODAY)] == [
        ("email.cec-pac", "R-003-31")
    ]
    other = replace(LEAST_REGISTRATION, contacts=Contacts("m@example.org", landline="x"))
    assert missing(other, today=TODAY) == ()


def test_everything_of_a_registration_reads_back() -> None:
    whole = replace(
        REGISTRATION,
        credential=Credential(
            State.ATTIVATO,
            strong=True,
            has_pin=True,
            checked_at=1,
            checked_by="x",
            activated_at=2,
            promoted_at=3,
            last=booked(
                OperationKind.RESET,
                delegation=DELEGATION,
                renewal="a",
                renewed_at=4,
                code_renewals=1,
            ),
        ),
        username="ma•••••i",
        email_confirmed=True,
        letters_printed=2,
        letter_printed_at=5,
        data_at=6,
    )
    plain = registration_plain.to_plain(whole)
    assert registration_plain.from_plain(plain) == whole
    imported = replace(
        whole,
        residence=None,
        document=None,
        domicile=None,
        credential=replace(whole.credential, last=booked(OperationKind.REVOCA, valid_until=None)),
    )
    assert registration_plain.from_plain(registration_plain.to_plain(imported)) == imported
    for path, wrong in (
        ("registered_at", -1),
        ("credential.last.booked_at", 1 << 63),
        ("credential.last.valid_until", "2027-01"),
        ("credential.state", "sospeso"),
        ("letters_printed", True),
        ("residence", 7),
    ):
        read = registration_plain.from_plain(put(plain, path, wrong))
        assert isinstance(read, Problem)
        assert read.field.startswith(path)
