"""Registration ex-novo: whom, the three variants, the form, the confirmation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.card_data import CardData
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk import rows, sheet_steps
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.events import Check, MenuEntry
from kiosk.flows.clerk.fields import FIELDS, FieldId, Section, field_of
from kiosk.flows.clerk.letters import hindered
from kiosk.flows.clerk.registering import RegistrationConfirm
from kiosk.flows.clerk.sheet import FOREIGN, Mark, is_optional
from kiosk.flows.clerk.wanted import WantedRegistration
from kiosk.flows.effects import ReadCard
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.wording import wording
from sync.model.addresses import ForeignAddress
from sync.model.contacts import Contacts
from sync.model.counter import OldAccountDeletion
from sync.model.credential import OperationKind
from sync.model.inquiry import (
    NotFound,
    PersonFound,
    RegisterName,
    Standing,
    StandingKind,
)
from sync.model.preregistration import DataSource
from tests.flows.clerk.counter import (
    CODE,
    DELEGATE_FIELDS,
    DOCUMENT,
    HOME,
    NUMBER,
    PERSON,
    REST_OF_FORM,
    SESSION,
    Walk,
    at_form,
    booked,
    registered,
    signed_in,
)

FOUND = PersonFound(RegisterName.CIA, PERSON, HOME, Contacts("m@esempio.it"), DOCUMENT)


def at_start() -> Walk:
    return signed_in()(cl.MenuChosen(MenuEntry.REGISTRATION), ev.Continued())


def told(kind: StandingKind, number: str = "") -> Walk:
    walk = at_start().types(
        {
            FieldId.CODICE_FISCALE: CODE,
            FieldId.RESIDENCE_PROVINCE: "TO",
            FieldId.RESIDENCE_COMUNE: "L219",
        }
    )(ev.Continued())
    return walk(cl.PersonLookedUp(SESSION, CODE, Standing(kind, number), None, certain=True))


def confirmed(walk: Walk) -> WantedRegistration:
    walk(ev.Continued())
    assert isinstance(walk.activity, RegistrationConfirm), walk.activity.sheet.problems
    walk.checks()(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert isinstance(wanted, WantedRegistration)
    return wanted


@pytest.mark.rule("R-003-47")
def test_the_notice_comes_before_any_datum_and_refusal_leaves() -> None:
    walk = signed_in()(cl.MenuChosen(MenuEntry.REGISTRATION))
    assert walk.page == "clerk.notice"
    assert walk(ev.Refused()).page == "clerk.menu"


@pytest.mark.rule("R-003-42")
def test_codice_fiscale_then_provincia_then_comune() -> None:
    walk = at_start()
    assert [row.id for row in walk.activity.sheet.fields] == [
        FieldId.CODICE_FISCALE,
        FieldId.RESIDENCE_PROVINCE,
        FieldId.RESIDENCE_COMUNE,
    ]
    around = walk.session.surroundings
    walk(cl.FieldTyped(FieldId.RESIDENCE_PROVINCE, "TO"))
    comuni = sheet_steps.options(walk.activity.sheet, FieldId.RESIDENCE_COMUNE, around)
    assert "L219" in {one.value for one in comuni}
    assert "H501" not in {one.value for one in comuni}
    walk(cl.FieldTyped(FieldId.RESIDENCE_PROVINCE, FOREIGN))
    comuni = sheet_steps.options(walk.activity.sheet, FieldId.RESIDENCE_COMUNE, around)
    assert [one.value for one in comuni] == ["ESTERO"]
    assert walk.activity.sheet.text(FieldId.RESIDENCE_COMUNE) == "ESTERO"


@pytest.mark.rule("R-003-42")
def test_nothing_is_looked_up_before_all_three_are_there() -> None:
    walk = at_start()(ev.Continued())
    assert walk.page == "clerk.start"
    assert {one for one, _ in walk.activity.sheet.problems} == {
        FieldId.CODICE_FISCALE,
        FieldId.RESIDENCE_PROVINCE,
        FieldId.RESIDENCE_COMUNE,
    }
    assert not walk.asked_for(asked.LookUpPerson)


def test_a_health_card_fills_what_the_model_takes_of_it() -> None:
    walk = at_start()(ev.CardInserted())
    assert walk.last(ReadCard).session_id == SESSION
    card = CardData(CODE, "ROSSI", "MA1RIO", "01011980", "M")
    walk(ev.CardRead(SESSION, card))
    sheet = walk.activity.sheet
    assert sheet.text(FieldId.CODICE_FISCALE) == CODE
    assert sheet.text(FieldId.SURNAME) == "ROSSI"
    assert sheet.text(FieldId.NAME) == ""
    walk(cl.FieldTyped(FieldId.CODICE_FISCALE, "VRDLGU75C15F205O"))
    assert walk.activity.sheet.text(FieldId.SURNAME) == ""


@pytest.mark.rule("R-003-39")
def test_a_receipt_before_the_scanner_opens_its_preregistration() -> None:
    walk = at_start()(ev.BarcodeTyped(NUMBER))
    assert walk.page == "clerk.opening"
    assert walk.last(asked.OpenRegistration).number == NUMBER


@pytest.mark.rule("R-003-43")
def test_what_a_register_says_is_marked_and_may_be_changed() -> None:
    walk = at_form(FOUND)
    sheet = walk.activity.sheet
    assert sheet.mark(FieldId.SURNAME) is Mark.REGISTER
    assert sheet.text(FieldId.RESIDENCE_STREET) == "Via Garibaldi"
    walk(cl.FieldTyped(FieldId.SURNAME, "Rosso"))
    assert walk.activity.sheet.text(FieldId.SURNAME) == "Rosso"
    assert walk.activity.sheet.mark(FieldId.SURNAME) is None
    walk(cl.FieldTyped(FieldId.CODICE_FISCALE, "X"))
    assert walk.activity.sheet.text(FieldId.CODICE_FISCALE) == CODE
    wanted = confirmed(walk(cl.FieldTyped(FieldId.SURNAME, "Rossi")))
    assert wanted.register == "CIA"
    assert wanted.person == PERSON


@pytest.mark.rule("R-003-10")
@pytest.mark.parametrize("register", list(RegisterName))
def test_the_register_that_prefilled_is_recorded(register: RegisterName) -> None:
    assert confirmed(at_form(replace(FOUND, register=register))).register == register.value


@pytest.mark.rule("R-003-43")
def test_where_no_register_knows_the_person_the_form_is_empty() -> None:
    walk = at_form(NotFound())
    assert walk.activity.register is None
    assert walk.activity.sheet.text(FieldId.SURNAME) == ""
    assert confirmed(walk.types(REST_OF_FORM)).register == ""


@pytest.mark.rule("R-003-64")
def test_provincia_and_comune_stay_as_chosen_against_the_register() -> None:
    elsewhere = replace(FOUND, residence=replace(HOME, comune="H501", street="Via Roma"))
    sheet = at_form(elsewhere).activity.sheet
    assert sheet.text(FieldId.RESIDENCE_COMUNE) == "L219"
    assert sheet.text(FieldId.RESIDENCE_STREET) == ""
    doubt = sheet.doubt(FieldId.RESIDENCE_COMUNE)
    assert doubt is not None
    assert doubt.code == "residence.register-elsewhere"


def test_without_an_answer_the_clerk_goes_on_and_knows_it() -> None:
    walk = at_form(None, certain=False)
    assert walk.activity.unsure
    assert "clerk.registration-form.unsure" in {one.key for one in wording(walk.session).body}
    waiting = at_start().types(
        {
            FieldId.CODICE_FISCALE: CODE,
            FieldId.RESIDENCE_PROVINCE: "TO",
            FieldId.RESIDENCE_COMUNE: "L219",
        }
    )
    waiting(ev.Continued(), ev.Refused())
    assert waiting.page == "clerk.registration-form"
    assert waiting.asked_for(asked.AbandonLookUp)


# --- variants


@pytest.mark.rule("R-003-44")
def test_who_has_strong_credentials_is_not_registered_again() -> None:
    walk = told(StandingKind.STRONG, NUMBER)
    assert walk.page == "clerk.already-strong"
    assert walk(ev.Continued()).page == "clerk.opening"
    assert not walk.asked_for(asked.RecordCounterAct)


@pytest.mark.rule("R-003-45")
def test_who_is_registered_weakly_goes_on_with_that_registration() -> None:
    walk = told(StandingKind.WEAK, NUMBER)
    assert walk.page == "clerk.already-weak"
    walk(ev.Continued())
    assert walk.last(asked.OpenRegistration).number == NUMBER
    walk(cl.RegistrationOpened(SESSION, CaseFile(registered())))
    assert walk.page == "clerk.detail"


@pytest.mark.rule("R-003-46")
@pytest.mark.rule("R-003-83")
def test_old_credentials_end_by_a_request_that_is_archived() -> None:
    walk = told(StandingKind.OLD_CREDENTIALS)
    assert walk.page == "clerk.old-credentials"
    walk(ev.PrintAsked(PrintedDocument.REVOCATION_REQUEST))
    printed = walk.last(asked.PrintCounterPaper)
    assert printed.document is PrintedDocument.REVOCATION_REQUEST
    assert (printed.content.codice_fiscale, printed.content.person) == (CODE, None)
    assert walk(ev.Continued()).page == "clerk.old-credentials"
    walk(cl.CheckToggled(Check.REQUEST_ARCHIVED), ev.Continued())
    assert walk.page == "clerk.confirm-deletion"
    walk(ev.Continued())
    wanted = walk.last(asked.RecordCounterAct).wanted
    assert wanted == OldAccountDeletion(CODE, request_archived=True, office="Comune di Esempio")
    assert walk.records(None).page == "clerk.done"
    assert walk(ev.Continued()).page == "clerk.start"


# --- the form


@pytest.mark.rule("R-003-50")
def test_papers_of_the_form_are_filled_with_what_stands_well_in_it() -> None:
    walk = at_form()
    walk(ev.PrintAsked(PrintedDocument.DELEGATION_MODULE))
    content = walk.last(asked.PrintCounterPaper).content
    assert content.codice_fiscale == CODE
    assert (content.person, content.document, content.residence) == (None, None, None)
    walk(ev.Printed(SESSION, PrintedDocument.DELEGATION_MODULE, Certainty.PRINTED))
    walk.types(REST_OF_FORM)
    walk(ev.PrintAsked(PrintedDocument.SUBSTITUTIVE_DECLARATION))
    content = walk.last(asked.PrintCounterPaper).content
    assert (content.person, content.document, content.residence) == (PERSON, DOCUMENT, HOME)


@pytest.mark.rule("R-003-50")
def test_the_paper_regolamento_is_filled_though_the_station_holds_no_registration() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued())
    walk.checks()(ev.Continued()).records(None)
    walk(ev.PrintAsked(PrintedDocument.REGULATION))
    printed = walk.last(asked.PrintCounterPaper)
    assert printed.document is PrintedDocument.REGULATION
    content = printed.content
    assert (content.person, content.document, content.residence) == (PERSON, DOCUMENT, HOME)


@pytest.mark.rule("R-003-64")
def test_the_form_has_every_field_of_tabella_2() -> None:
    sheet = at_form().activity.sheet
    sections = [one.value for one in sheet.sections]
    assert sections == [
        *("person", "residence", "domicile", "contacts", "document", "delegation", "note"),
    ]
    whole = sheet.with_text(FieldId.DOMICILE, "yes").with_text(FieldId.DELEGATION, "yes")
    shown = {row.id for row in whole.fields}
    abroad = {FieldId.RESIDENCE_CITY, FieldId.RESIDENCE_NATION}
    every = {row.id for row in FIELDS if row.section is not Section.FILTERS}
    assert shown == every - abroad
    foreign = replace(whole).with_text(FieldId.RESIDENCE_PROVINCE, FOREIGN)
    assert {row.id for row in foreign.fields} == every - {FieldId.RESIDENCE_CAP}


@pytest.mark.rule("R-003-64")
@pytest.mark.rule("R-003-48")
def test_only_what_the_seed_calls_optional_may_stay_empty() -> None:
    sheet = at_form().activity.sheet.with_text(FieldId.DOMICILE, "yes")
    sheet = sheet.with_text(FieldId.DELEGATION, "yes")
    optional = {row.id for row in sheet.fields if is_optional(sheet, row)}
    assert optional == {
        *(FieldId.DOMICILE, FieldId.DOMICILE_CARE_OF, FieldId.DOMICILE_CAP),
        *(FieldId.MOBILE, FieldId.LANDLINE, FieldId.NOTE),
        *(FieldId.DELEGATE_EMAIL, FieldId.DELEGATE_PHONE),
    }
    walk = at_form()(ev.Continued())
    assert walk.page == "clerk.registration-form"
    assert walk.activity.confirmed
    assert FieldId.EMAIL in {one for one, _ in walk.activity.sheet.problems}
    assert FieldId.SEX not in {one for one, _ in walk.activity.sheet.problems}, "the code tells it"


def test_the_code_tells_sex_and_date_of_birth() -> None:
    sheet = at_form().activity.sheet
    assert sheet.text(FieldId.BIRTH_DATE) == "01/01/1980"
    assert sheet.text(FieldId.SEX) == "M"
    assert sheet.mark(FieldId.SEX) is Mark.CARD


@pytest.mark.rule("R-003-31")
def test_a_cec_pac_address_is_refused_where_it_stands() -> None:
    walk = at_form()(cl.FieldTyped(FieldId.EMAIL, "m@postacertificata.gov.it"))
    walk(cl.FieldLeft(FieldId.EMAIL))
    problem = walk.activity.sheet.problem(FieldId.EMAIL)
    assert problem is not None
    assert problem.code == "email.cec-pac"
    assert walk(cl.FieldTyped(FieldId.EMAIL, "m@esempio.it")).activity.sheet.problems == ()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01021980", "01/02/1980"),
        ("1/2/1980", "01/02/1980"),
        ("1980", "1980"),
        ("2.1980", "02/1980"),
    ],
)
def test_a_date_is_typed_as_one_likes(typed: str, kept: str) -> None:
    walk = at_form().types({FieldId.BIRTH_DATE: typed})
    assert walk.activity.sheet.text(FieldId.BIRTH_DATE) == kept


@pytest.mark.parametrize("typed", ["31/02/1980", "abc", "12/13/1980", "1/1/2999"])
def test_a_date_that_is_none_is_told(typed: str) -> None:
    walk = at_form().types({FieldId.DOCUMENT_ISSUED_ON: typed})
    assert walk.activity.sheet.problem(FieldId.DOCUMENT_ISSUED_ON) is not None
    assert walk.activity.sheet.text(FieldId.DOCUMENT_ISSUED_ON) == typed


def test_a_comune_with_one_cap_fills_it() -> None:
    walk = at_form()(cl.FieldTyped(FieldId.RESIDENCE_COMUNE, "A074"))
    assert walk.activity.sheet.text(FieldId.RESIDENCE_CAP) == "10011"


@pytest.mark.rule("R-003-42")
def test_a_residence_abroad_has_city_and_nation() -> None:
    walk = at_form().types(
        {
            **REST_OF_FORM,
            FieldId.RESIDENCE_PROVINCE: FOREIGN,
            FieldId.RESIDENCE_CITY: "Lyon",
            FieldId.RESIDENCE_NATION: "Z110",
        }
    )
    residence = confirmed(walk).residence
    assert isinstance(residence, ForeignAddress)
    assert (residence.city, residence.nation) == ("Lyon", "Z110")


@pytest.mark.rule("R-003-65")
def test_form_then_confirm_page_then_print_page() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued())
    assert walk.page == "clerk.registration-confirm"
    shown = {row.value for section in rows.sections(walk.session) for row in section.rows}
    assert any(dict(value.values).get("text") == "mario@esempio.it" for value in shown)
    assert walk(ev.Back()).page == "clerk.registration-form"
    walk(ev.Continued()).checks()(ev.Continued())
    assert walk.page == "clerk.recording"
    assert walk.records(registered(last=booked(OperationKind.RISCONTRO_FORTE))).page == (
        "clerk.letters"
    )


@pytest.mark.rule("R-003-41")
@pytest.mark.rule("R-003-39")
def test_nothing_is_recorded_before_the_clerk_states_the_check() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued())
    assert walk.activity.checks == (Check.IDENTITY_SEEN,)
    assert not walk(ev.Continued()).asked_for(asked.RecordCounterAct)
    assert walk.checks()(ev.Continued()).last(asked.RecordCounterAct).wanted.identified


@pytest.mark.rule("R-003-40")
def test_a_document_without_residence_needs_a_proof_of_it() -> None:
    walk = at_form().types({**REST_OF_FORM, FieldId.DOCUMENT_KIND: "passaporto"})
    walk.types({FieldId.DOCUMENT_NUMBER: "YA1234567"})(ev.Continued())
    assert Check.RESIDENCE_PROVEN in walk.activity.checks
    around = walk.session.surroundings
    kinds = sheet_steps.options(walk.activity.form.sheet, FieldId.DOCUMENT_KIND, around)
    assert [one.value for one in kinds] == [
        *("carta_identita", "passaporto", "patente_guida"),
        *("permesso_soggiorno", "patente_nautica"),
    ]


@pytest.mark.rule("R-003-70")
@pytest.mark.rule("R-003-75")
@pytest.mark.rule("R-003-85")
@pytest.mark.rule("C-003-18")
def test_with_a_delegation_its_papers_are_kept_and_no_others() -> None:
    walk = at_form().types({**REST_OF_FORM, **DELEGATE_FIELDS})(ev.Continued())
    assert set(walk.activity.checks) == {
        Check.DELEGATE_IDENTIFIED,
        Check.DELEGATION_KEPT,
        Check.COPY_KEPT,
    }
    in_person = at_form().types(REST_OF_FORM)(ev.Continued())
    assert set(in_person.activity.checks) == {Check.IDENTITY_SEEN}
    wanted = confirmed(walk(ev.Back()))
    assert wanted.delegation is not None
    assert wanted.delegation.delegate.surname == "Verdi"


def test_a_delegates_card_before_the_scanner_fills_the_delegates_code() -> None:
    walk = at_form()(cl.FieldTyped(FieldId.DELEGATION, "yes"))
    walk(ev.BarcodeTyped("VRDLGU75C15F205O"))
    sheet = walk.activity.sheet
    assert sheet.text(FieldId.DELEGATE_CODICE_FISCALE) == "VRDLGU75C15F205O"
    assert sheet.text(FieldId.CODICE_FISCALE) == CODE


def test_data_of_a_card_that_stand_unchanged_are_told_as_such() -> None:
    walk = at_start()(ev.CardRead(SESSION, CardData(CODE, "ROSSI", "MARIO", "01011980", "M")))
    walk.types({FieldId.RESIDENCE_PROVINCE: "TO", FieldId.RESIDENCE_COMUNE: "L219"})
    walk(ev.Continued())
    known = Standing(StandingKind.UNKNOWN)
    walk(cl.PersonLookedUp(SESSION, CODE, known, None, certain=True))
    rest = {one: text for one, text in REST_OF_FORM.items() if one.value not in {"surname", "name"}}
    assert confirmed(walk.types(rest)).source is DataSource.HEALTH_CARD


def test_leaving_the_form_asks_first() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Back())
    assert walk.page == "clerk.leaving"
    assert walk(ev.Back()).activity.sheet.text(FieldId.SURNAME) == "Rossi"
    assert walk(ev.Back(), ev.Continued()).page == "clerk.start"


def test_no_field_takes_more_than_it_holds() -> None:
    walk = at_form()(cl.FieldTyped(FieldId.RESIDENCE_CAP, "1" * 50))
    assert len(walk.activity.sheet.text(FieldId.RESIDENCE_CAP)) == 5
    assert field_of(FieldId.NOTE).longest == 500


def test_nothing_of_a_form_is_in_a_repr() -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued())
    told = repr(walk.session) + repr(walk.effects)
    assert "Rossi" not in told
    assert "esempio.it" not in told.replace("fse.example.it", "")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (FieldId.DOCUMENT_KIND, "tessera"),
        (FieldId.SEX, "x"),
        (FieldId.DELEGATION, "forse"),
        (FieldId.RESIDENCE_COMUNE, "H501"),
        (FieldId.RESIDENCE_COMUNE, "nowhere"),
        (FieldId.COMMUNITY, "altra"),
    ],
)
def test_a_menu_holds_its_own_values_only(field: FieldId, text: str) -> None:
    walk = at_form().types(REST_OF_FORM)
    before = walk.activity.sheet.text(field)
    assert walk(cl.FieldTyped(field, text)).activity.sheet.text(field) == before
    assert walk(ev.Continued()).page == "clerk.registration-confirm"


# --- the printer of the letters


@pytest.mark.rule("R-003-24")
@pytest.mark.parametrize("code", ["printer.not-for-secrets", "printer.unreachable"])
def test_nothing_is_recorded_whose_letters_cannot_be_printed(code: str) -> None:
    walk = at_form().types(REST_OF_FORM)(ev.Continued())
    assert walk.asked_for(asked.LookAtLetterPrinter) == [asked.LookAtLetterPrinter()]
    walk(cl.LetterPrinterTold(code)).checks()
    said = wording(walk.session).problem
    assert said is not None
    assert code in said.key
    walk(ev.Continued())
    assert walk.page == "clerk.registration-confirm"
    assert not walk.asked_for(asked.RecordCounterAct)
    assert len(walk.asked_for(asked.LookAtLetterPrinter)) == 2
    walk(cl.LetterPrinterTold(None), ev.Continued())
    assert wording(walk.session).problem is None
    assert walk.asked_for(asked.RecordCounterAct)


def test_an_act_without_letters_needs_no_printer() -> None:
    deletion = OldAccountDeletion(CODE, request_archived=True, office="Comune di Esempio")
    assert not hindered(deletion, "printer.unreachable")
