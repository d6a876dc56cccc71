"""The rules of a preregistration, as the form and the hub apply them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import registration_number
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind
from sync.model.errors import Problem
from sync.model.preregistration import Community, Preregistration, doubts, problems
from tests.unit.model.examples import (
    ABROAD,
    CARD,
    CODES,
    COMPLETE,
    DELEGATION,
    DOMICILE,
    HOME,
    LEAST,
    MARIO,
    MARTA,
    PASSPORT,
    TODAY,
    preregistrations,
)

TYPE_2 = DelegationKind.DICHIARAZIONE_SOSTITUTIVA


def told(form: Preregistration, today: date = TODAY) -> list[tuple[str, str, str | None]]:
    return [(problem.code, problem.field, problem.rule) for problem in problems(form, today=today)]


def doubted(form: Preregistration, today: date = TODAY) -> list[tuple[str, str]]:
    return [(problem.code, problem.field) for problem in doubts(form, today=today)]


@pytest.mark.parametrize("form", [COMPLETE, LEAST, replace(LEAST, residence=ABROAD)])
def test_right_forms_have_no_problem(form: Preregistration) -> None:
    assert told(form) == []


@given(preregistrations)
def test_any_right_form_has_no_problem(form: Preregistration) -> None:
    assert told(form) == []


@given(preregistrations, st.integers(0, 60))
def test_judgement_of_the_hub_is_that_of_the_form(form: Preregistration, days_later: int) -> None:
    """Whenever it comes in; also where the hub's clock is a day behind the station's."""
    assert (
        told(form, TODAY - timedelta(days=1))
        == told(form, TODAY + timedelta(days=days_later))
        == []
    )


@pytest.mark.rule("R-003-8")
def test_communities() -> None:
    assert {community.value for community in Community} == {
        "sistemapiemonte",
        "torinofacile",
        "torinofacile_light",
    }


@pytest.mark.rule("R-003-31")
def test_cec_pac_is_refused_where_it_stands() -> None:
    address = "mario@postacertificata.gov.it"
    form = replace(
        COMPLETE, contacts=Contacts(address), delegation=replace(DELEGATION, email=address)
    )
    assert told(form) == [
        ("email.cec-pac", "contacts.email", "R-003-31"),
        ("email.cec-pac", "delegation.email", "R-003-31"),
    ]


@pytest.mark.rule("R-003-47")
def test_privacy_notice_must_have_been_accepted() -> None:
    assert told(replace(LEAST, privacy_notice="")) == [
        ("privacy.not-accepted", "privacy_notice", "R-003-47")
    ]
    assert told(replace(LEAST, privacy_notice="x y")) == [
        ("privacy.version", "privacy_notice", "R-003-47")
    ]


def test_hub_writes_in_languages_that_it_has() -> None:
    assert told(replace(LEAST, language="xx")) == [("language.unknown", "language", None)]


def test_registration_number_may_be_missing_and_must_be_right() -> None:
    number = registration_number.issue(17, 4711)
    assert told(replace(LEAST, registration_number=number.text)) == []
    field = "registration_number"
    wrong = number.text[:-1] + ("2" if number.text[-1] != "2" else "3")
    assert told(replace(LEAST, registration_number=wrong)) == [
        ("registration-number.check-character", field, None)
    ]
    assert told(replace(LEAST, registration_number=number.grouped)) == [
        ("operation.not-canonical", field, None)
    ]


# --- residence (R-003-42)


@pytest.mark.rule("R-003-42")
def test_residence_abroad_has_city_and_nation_as_free_text() -> None:
    plain = ForeignAddress("Rua Augusta", "1", "S\u00e3o Paulo", "Brasile")
    assert told(replace(LEAST, residence=plain)) == []
    assert told(replace(LEAST, residence=replace(plain, nation="Z602"))) == []
    assert told(replace(LEAST, residence=replace(plain, nation="Z999"))) == [
        ("nation.unknown", "residence.nation", "R-003-42")
    ]
    assert told(replace(LEAST, residence=replace(plain, nation_text="Italia"))) == [
        ("nation.italy", "residence.nation_text", "R-003-42")
    ]


@pytest.mark.rule("R-003-42")
@pytest.mark.parametrize(
    ("comune", "code", "rule"),
    [
        ("", "comune.empty", "R-003-64"),
        ("A000", "comune.unknown", "R-003-42"),
        ("Z110", "comune.unknown", "R-003-42"),
        ("l219", "comune.unknown", "R-003-42"),
        ("\U0001f600", "comune.unknown", "R-003-42"),
        ("D620", "comune.ceased", "R-003-42"),  # Fiume, until 1947
    ],
)
def test_comune_comes_from_the_menu(comune: str, code: str, rule: str) -> None:
    form = replace(LEAST, residence=replace(HOME, comune=comune))
    assert told(form) == [(code, "residence.comune", rule)]


def test_comune_that_ceased_while_the_kiosk_was_offline_is_accepted() -> None:
    """Nanto became part of Castegnero Nanto on 21 February 2026; place data may be a year old."""
    form = replace(LEAST, residence=replace(HOME, comune="F838"))
    assert told(form, date(2027, 2, 20)) == []
    assert [code for code, _, _ in told(form, date(2028, 2, 20))] == ["comune.ceased"]


def test_cap_need_not_be_that_of_the_comune() -> None:
    assert told(replace(LEAST, residence=replace(HOME, cap="00000"))) == []
    assert told(replace(LEAST, residence=replace(HOME, cap=None))) == [
        ("cap.empty", "residence.cap", "R-003-64")
    ]


def test_care_of_is_for_a_domicile() -> None:
    assert told(replace(LEAST, residence=replace(HOME, care_of="Bianchi"))) == [
        ("residence.care-of", "residence.care_of", "R-003-64")
    ]


def test_domicile_needs_what_a_letter_needs() -> None:
    assert told(replace(LEAST, domicile=replace(DOMICILE, cap=None, care_of=None))) == []
    assert told(replace(LEAST, domicile=ItalianAddress("", "", "", "1"))) == [
        ("text.empty", "domicile.street", "R-003-64"),
        ("text.empty", "domicile.number", "R-003-64"),
        ("comune.empty", "domicile.comune", "R-003-64"),
        ("cap.length", "domicile.cap", None),
    ]


# --- person and document (R-003-40, 48)


@pytest.mark.rule("R-003-48")
def test_mandatory_data_are_told_when_empty() -> None:
    form = replace(
        LEAST,
        person=replace(MARIO, codice_fiscale="", surname="", name=""),
        residence=ItalianAddress("", "", "", ""),
        contacts=Contacts(""),
        document=replace(CARD, number="", issuer=""),
    )
    assert [(code, field) for code, field, _ in told(form)] == [
        ("name.empty", "person.name"),
        ("name.empty", "person.surname"),
        ("codice-fiscale.empty", "person.codice_fiscale"),
        ("text.empty", "residence.street"),
        ("text.empty", "residence.number"),
        ("comune.empty", "residence.comune"),
        ("cap.empty", "residence.cap"),
        ("email.empty", "contacts.email"),
        ("document-number.empty", "document.number"),
        ("text.empty", "document.issuer"),
    ]
    assert {rule for _, _, rule in told(form)} == {"R-003-64"}


@pytest.mark.rule("R-003-48")
def test_telephones_and_domicile_are_optional() -> None:
    assert (LEAST.contacts.mobile, LEAST.contacts.landline, LEAST.domicile) == (None, None, None)
    assert told(LEAST) == []


@pytest.mark.parametrize("born", [PartialDate(1980), PartialDate(1980, 1)])
def test_partial_birth_dates_are_legal(born: PartialDate) -> None:
    assert told(replace(LEAST, person=replace(MARIO, birth_date=born))) == []


@pytest.mark.rule("R-003-48")
def test_surname_or_name_may_be_missing_but_not_both() -> None:
    assert told(replace(LEAST, person=replace(MARIO, surname=None))) == []
    assert told(replace(LEAST, person=replace(MARIO, name=None))) == []
    assert told(replace(LEAST, person=replace(MARIO, name=None, surname=None))) == [
        ("person.nameless", "person.surname", "R-003-48")
    ]


@pytest.mark.parametrize(
    ("born", "code"),
    [
        (PartialDate(2026, 11, 24), "date.future"),
        (PartialDate(1890), "date.too-long-ago"),
        (PartialDate(1980, 2, 30), "date.not-in-calendar"),
        (PartialDate(1980, None, 1), "date.month-missing"),
    ],
)
def test_impossible_birth_dates(born: PartialDate, code: str) -> None:
    assert told(replace(LEAST, person=replace(MARIO, birth_date=born))) == [
        (code, "person.birth_date", None)
    ]


@pytest.mark.rule("R-003-40")
@pytest.mark.parametrize("kind", DocumentKind)
def test_each_accepted_document_is_accepted(kind: DocumentKind) -> None:
    assert told(replace(LEAST, document=replace(PASSPORT, kind=kind))) == []


@pytest.mark.parametrize(
    ("issued_on", "code"),
    [
        (date(1979, 12, 31), "document.issued-before-birth"),
        (TODAY + timedelta(days=2), "date.future"),
        (date(1890, 1, 1), "date.too-long-ago"),
    ],
)
def test_impossible_issue_dates(issued_on: date, code: str) -> None:
    form = replace(LEAST, document=replace(CARD, issued_on=issued_on))
    assert told(form) == [(code, "document.issued_on", None)]


def test_document_issued_tomorrow_is_a_matter_of_clocks() -> None:
    form = replace(LEAST, document=replace(CARD, issued_on=TODAY + timedelta(days=1)))
    assert told(form) == []


def test_document_of_the_year_of_birth_is_possible() -> None:
    form = replace(
        LEAST,
        person=replace(MARIO, birth_date=PartialDate(2020)),
        document=replace(CARD, issued_on=date(2020, 1, 1)),
    )
    assert told(form) == []


# --- delegation (R-003-35, 68, 69)


@pytest.mark.rule("R-003-68")
@pytest.mark.rule("R-003-69")
@pytest.mark.parametrize("kind", DelegationKind)
def test_both_kinds_of_delegation(kind: DelegationKind) -> None:
    assert told(replace(COMPLETE, delegation=replace(DELEGATION, kind=kind))) == []


@pytest.mark.rule("R-003-68")
def test_delegate_is_another_person() -> None:
    form = replace(COMPLETE, delegation=replace(DELEGATION, delegate=MARIO))
    assert told(form) == [
        ("delegation.same-person", "delegation.delegate.codice_fiscale", "R-003-68")
    ]


@pytest.mark.rule("R-003-69")
def test_second_kind_is_for_adults_only() -> None:
    minor = PartialDate(TODAY.year - 17, 6, 1)
    delegation = replace(DELEGATION, kind=TYPE_2, delegate=replace(MARTA, birth_date=minor))
    form = replace(COMPLETE, person=replace(MARIO, birth_date=minor), delegation=delegation)
    form = replace(form, document=replace(CARD, issued_on=date(2020, 1, 1)))
    assert told(form) == [
        ("delegation.represented-minor", "delegation.kind", "R-003-69"),
        ("delegation.delegate-minor", "delegation.delegate", "R-003-69"),
    ]
    assert (
        told(replace(form, delegation=replace(delegation, kind=DelegationKind.MODULO_DELEGA))) == []
    )


@pytest.mark.rule("R-003-69")
@pytest.mark.parametrize(
    ("born", "minor"),
    [
        (PartialDate(2008, 11, 22), False),
        (PartialDate(2008, 11, 23), False),  # eighteen tomorrow: a matter of clocks
        (PartialDate(2008, 11, 24), True),
        (PartialDate(2008), False),  # may be eighteen
        (PartialDate(2009), True),
    ],
)
def test_day_of_coming_of_age(born: PartialDate, *, minor: bool) -> None:
    form = replace(
        COMPLETE,
        person=replace(MARIO, birth_date=born),
        delegation=replace(DELEGATION, kind=TYPE_2),
    )
    expected = [("delegation.represented-minor", "delegation.kind", "R-003-69")]
    assert told(form) == (expected if minor else [])


def test_delegate_is_checked_as_the_citizen_is() -> None:
    delegation = replace(
        DELEGATION,
        delegate=replace(MARTA, codice_fiscale="X", name="4", birth_date=PartialDate(3000)),
        document=replace(PASSPORT, number="1", issuer="", issued_on=date(1900, 1, 1)),
        email="x",
        phone="1",
    )
    assert [(code, field) for code, field, _ in told(replace(COMPLETE, delegation=delegation))] == [
        ("name.digits", "delegation.delegate.name"),
        ("codice-fiscale.length", "delegation.delegate.codice_fiscale"),
        ("date.future", "delegation.delegate.birth_date"),
        ("document-number.too-short", "delegation.document.number"),
        ("text.empty", "delegation.document.issuer"),
        ("email.at-missing", "delegation.email"),
        ("phone.too-short", "delegation.phone"),
    ]


# --- what a station that is not ours could send


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(LEAST, person=replace(MARIO, surname=" Rossi")), "person.surname"),
        (replace(LEAST, person=replace(MARIO, name="Nicolo\u0300")), "person.name"),
        (
            replace(LEAST, person=replace(MARIO, codice_fiscale=CODES[0].lower())),
            "person.codice_fiscale",
        ),
        (replace(LEAST, contacts=Contacts("Mario@EXAMPLE.org")), "contacts.email"),
        (replace(LEAST, contacts=Contacts("a@example.org", "011 12345")), "contacts.landline"),
        (replace(LEAST, document=replace(CARD, number="ca00000aa")), "document.number"),
        (replace(LEAST, residence=replace(HOME, cap="10 121")), "residence.cap"),
        (replace(LEAST, note="x\r\ny"), "note"),
    ],
)
def test_text_that_no_validator_leaves_is_refused(form: Preregistration, field: str) -> None:
    assert told(form) == [("operation.not-canonical", field, None)]


# --- doubts: shown, never refused


def test_right_form_raises_no_doubt() -> None:
    assert doubted(COMPLETE) == doubted(LEAST) == []


def test_doubts_are_told_apart_and_do_not_refuse() -> None:
    form = replace(
        COMPLETE,
        person=replace(MARIO, surname="Bianchi"),
        document=replace(CARD, number="X12345", issued_on=date(2012, 1, 1)),
        delegation=replace(DELEGATION, delegate=replace(MARTA, name="Anna")),
    )
    assert told(form) == []
    assert doubted(form) == [
        ("codice-fiscale.not-of-surname", "person.codice_fiscale"),
        ("document.number-unusual", "document.number"),
        ("document.perhaps-expired", "document.issued_on"),
        ("codice-fiscale.not-of-name", "delegation.delegate.codice_fiscale"),
    ]


def test_no_doubt_about_a_code_that_is_wrong_in_itself() -> None:
    assert doubted(replace(LEAST, person=replace(MARIO, codice_fiscale="X"))) == []


# --- personal data stay out of exceptions and logs


@given(preregistrations)
def test_nothing_personal_shows_in_a_repr(form: Preregistration) -> None:
    shown = repr(form) + repr(form.person) + repr(form.contacts) + repr(form.document)
    shown += repr(form.residence) + repr(form.delegation)
    for text in (form.person.codice_fiscale, form.contacts.email, form.document.number):
        assert text not in shown


@given(st.text("\u00c0\u00c8\u00e97#@", min_size=4, max_size=30))
def test_nothing_personal_shows_in_a_problem(text: str) -> None:
    form = replace(LEAST, person=replace(MARIO, name=text), contacts=Contacts(text))
    for problem in problems(form, today=TODAY):
        assert isinstance(problem, Problem)
        assert text not in repr(problem)
