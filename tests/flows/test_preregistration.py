"""The preregistration, walked through as a person would."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Asking, CardFailed, Done, Review
from kiosk.flows.effects import (
    AbandonReading,
    EndSession,
    Print,
    PrintedDocument,
    ReadCard,
    Record,
    StopWatchingCard,
    WatchCard,
)
from kiosk.flows.entries import DatePrecision, SearchEntry, TextEntry
from kiosk.flows.papers import PrintState
from kiosk.flows.phrases import Phrase
from kiosk.flows.session import Overlay, Session, screen_name, step
from kiosk.flows.wording import wording
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.dates import PartialDate
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind
from sync.model.preregistration import DataSource, problems
from tests.flows.walking import (
    BERUTTI,
    CONTACTS,
    DELEGATE,
    DOCUMENT,
    OFFICE,
    OPERATION,
    PERSON_TYPED,
    REST,
    ROSSI,
    SESSION,
    START,
    TODAY,
    FlowStep,
    after,
    at_done,
    at_review,
    at_summary,
    choose,
    effects_of,
    fresh,
    receipt_for,
    recorded_by,
    walk,
    write,
    write_date,
)

P = "preregistration."
ASKING = f"{P}asking."
Q = QuestionId


def problem_code(session: Session) -> str | None:
    asking = session.activity
    assert isinstance(asking, Asking)
    return asking.problem.code if asking.problem else None


def keys(phrases: tuple[Phrase, ...]) -> list[str]:
    return [phrase.key for phrase in phrases]


@pytest.mark.rule("R-003-33", "R-003-48", "R-003-64", "R-003-65")
def test_with_a_card_only_what_is_missing_is_asked() -> None:
    done = walk(
        fresh(),
        FlowStep(ev.ServiceChosen(ev.Service.PREREGISTRATION), f"{P}ask-membership"),
        FlowStep(choose("no"), f"{P}privacy"),
        FlowStep(ev.Continued(), f"{P}insert-card", (WatchCard(),)),
        FlowStep(ev.CardInserted(), f"{P}reading-card", (ReadCard(SESSION),)),
        FlowStep(ev.CardRead(SESSION, BERUTTI), f"{P}review"),
        FlowStep(ev.Continued(), f"{ASKING}domicile"),
        FlowStep(choose("no"), f"{ASKING}email"),
        FlowStep(write("mario.rossi@example.it"), f"{P}check-email"),
        FlowStep(ev.Continued(), f"{ASKING}mobile"),
        FlowStep(choose("skip"), f"{ASKING}document-kind"),
        FlowStep(choose("carta_identita"), f"{ASKING}document-number"),
        FlowStep(write("ca 12345 aa"), f"{ASKING}document-issued-on"),
        FlowStep(write_date("1", "2", "2020"), f"{ASKING}document-issuer"),
        FlowStep(choose("Comune di Aglié"), f"{ASKING}document-issuer"),
        FlowStep(write("Comune di Agliè"), f"{ASKING}delegation"),
        FlowStep(choose("in-person"), f"{P}summary"),
        FlowStep(ev.Continued(), f"{P}recording", (Record,)),
    )
    operation = recorded_by(after(done, ev.RecordFailed(OPERATION, "store.busy")))
    assert problems(operation, today=TODAY) == ()
    assert operation.source is DataSource.HEALTH_CARD
    assert operation.registration_number is None
    assert operation.privacy_notice == OFFICE.privacy_notice
    assert operation.contacts.mobile is None


@pytest.mark.rule("R-003-64")
def test_without_a_card_everything_is_asked_in_the_order_of_the_form() -> None:
    session = walk(
        after(fresh(), *START),
        FlowStep(ev.Refused(), f"{ASKING}codice-fiscale"),
        FlowStep(write("rss mra 80a01 h501u"), f"{ASKING}surname"),
        FlowStep(write("Rossi"), f"{ASKING}name"),
        FlowStep(write("Mario"), f"{ASKING}birth-date"),
        FlowStep(write_date("1", "1", "1980"), f"{ASKING}sex"),
        FlowStep(choose("M"), f"{ASKING}residence-country"),
        FlowStep(choose("italy"), f"{ASKING}residence-comune"),
        FlowStep(ev.TextChanged("tori"), f"{ASKING}residence-comune"),
        FlowStep(choose("L219"), f"{ASKING}residence-street"),
        FlowStep(write("Via Garibaldi"), f"{ASKING}residence-number"),
        FlowStep(write("12/A"), f"{ASKING}residence-cap"),
        FlowStep(write("10122"), f"{ASKING}domicile"),
        FlowStep((choose("no"), *CONTACTS), f"{ASKING}document-kind"),
        FlowStep(DOCUMENT, f"{ASKING}delegation"),
        FlowStep(choose("in-person"), f"{P}summary"),
    )
    operation = recorded_by(session)
    assert operation.source is DataSource.TYPED
    assert operation.residence == ItalianAddress("Via Garibaldi", "12/A", "L219", "10122")
    assert problems(operation, today=TODAY) == ()


@pytest.mark.rule("R-003-34")
def test_a_member_is_told_the_steps_to_strong_credentials_and_nothing_is_asked() -> None:
    member = after(fresh(), ev.ServiceChosen(ev.Service.PREREGISTRATION), choose("yes"))
    assert keys(wording(member).body) == [
        f"{P}already-member.body",
        f"{P}already-member.online",
        f"{P}already-member.counter",
        f"{P}already-member.bring",
    ]
    walk(member, FlowStep(ev.Continued(), "ended", (StopWatchingCard(), EndSession(SESSION))))


@pytest.mark.rule("R-003-47", "R-003-35")
def test_the_notice_comes_before_any_datum_and_its_refusal_leaves() -> None:
    at_notice = after(fresh(), ev.ServiceChosen(ev.Service.PREREGISTRATION), choose("no"))
    assert screen_name(at_notice) == f"{P}privacy"
    walk(at_notice, FlowStep(ev.Refused(), "ended", (StopWatchingCard(), EndSession(SESSION))))


@pytest.mark.rule("R-003-42")
def test_a_resident_abroad_gives_city_and_nation_instead_of_a_comune() -> None:
    session = walk(
        after(fresh(), *START, *PERSON_TYPED),
        FlowStep(choose("abroad"), f"{ASKING}residence-nation"),
        FlowStep(ev.TextChanged("franc"), f"{ASKING}residence-nation"),
        FlowStep(choose("Z110"), f"{ASKING}residence-city"),
        FlowStep(write("Lyon"), f"{ASKING}residence-street"),
        FlowStep(write("Rue de la République"), f"{ASKING}residence-number"),
        FlowStep(write("3 bis"), f"{ASKING}domicile"),
        FlowStep(choose("no"), f"{ASKING}email"),
        FlowStep((*CONTACTS, *DOCUMENT[:-1]), f"{ASKING}document-issuer"),
        FlowStep(choose("Ministero dell'Interno"), f"{ASKING}delegation"),
        FlowStep(choose("in-person"), f"{P}summary"),
    )
    assert recorded_by(session).residence == ForeignAddress(
        "Rue de la République", "3 bis", "Lyon", "Francia", "Z110"
    )


def test_a_nation_that_is_in_no_list_is_taken_as_it_is_written() -> None:
    session = walk(
        after(fresh(), *START, *PERSON_TYPED, choose("abroad")),
        FlowStep(write("Nuova Zembla"), f"{ASKING}residence-city"),
    )
    assert session.activity.form.answers.text(Q.RESIDENCE_NATION) == "Nuova Zembla"  # type: ignore[union-attr]


@pytest.mark.rule("R-003-64")
def test_another_address_for_letters() -> None:
    session = walk(
        after(at_review(), ev.Continued(), *write("10122")),
        FlowStep(choose("yes"), f"{ASKING}domicile-comune"),
        FlowStep(write("agliè"), f"{ASKING}domicile-street"),
        FlowStep(write("Via Roma"), f"{ASKING}domicile-number"),
        FlowStep(write("3"), f"{ASKING}email"),
        FlowStep((*CONTACTS, *DOCUMENT, choose("in-person")), f"{P}summary"),
        FlowStep(ev.EditAsked(Q.DOMICILE_CARE_OF), f"{ASKING}domicile-care-of"),
        FlowStep(write("Bianchi"), f"{P}summary"),
    )
    domicile = recorded_by(session).domicile
    assert domicile == ItalianAddress("Via Roma", "3", "A074", domicile.cap, "Bianchi")  # type: ignore[union-attr]
    assert domicile.cap  # known: that town has one postal code  # type: ignore[union-attr]


@pytest.mark.rule("R-003-35", "R-003-68", "R-003-69")
@pytest.mark.parametrize("kind", list(DelegationKind))
def test_a_delegate_gives_every_datum_and_the_module_is_printed(kind: DelegationKind) -> None:
    module = {
        DelegationKind.MODULO_DELEGA: PrintedDocument.DELEGATION_MODULE,
        DelegationKind.DICHIARAZIONE_SOSTITUTIVA: PrintedDocument.SUBSTITUTIVE_DECLARATION,
    }[kind]
    session = walk(
        after(at_review(), ev.Continued(), *REST[:-1]),
        FlowStep(choose(kind.value), f"{ASKING}delegate-codice-fiscale"),
        FlowStep(DELEGATE, f"{P}summary"),
    )
    operation = recorded_by(session)
    assert operation.delegation is not None
    assert operation.delegation.kind is kind
    assert operation.delegation.document.kind is DocumentKind.PASSAPORTO
    assert problems(operation, today=TODAY) == ()
    receipt = receipt_for(operation)
    done = walk(
        after(session, ev.Continued()),
        FlowStep(
            ev.Recorded(receipt),
            f"{P}done",
            (
                Print(SESSION, PrintedDocument.RECEIPT_SLIP, receipt),
                Print(SESSION, module, receipt),
            ),
        ),
    )
    assert f"{P}done.counter.{kind.value}" in keys(wording(done).body)


@pytest.mark.rule("R-003-69")
def test_only_an_adult_can_be_represented_or_represent() -> None:
    session = after(
        at_review(replace(ROSSI, birth_date="01012015", codice_fiscale="RSSMRA15A01H501G")),
        ev.Continued(),
        *REST[:-1],
        choose("dichiarazione_sostitutiva"),
        *DELEGATE,
    )
    asked = after(session, ev.Continued())
    assert screen_name(asked) == f"{ASKING}delegation"
    assert problem_code(asked) == "delegation.represented-minor"


@pytest.mark.rule("R-003-40")
def test_the_accepted_documents_are_on_offer() -> None:
    session = after(at_review(), ev.Continued(), *write("10122"), choose("no"), *CONTACTS)
    asking = session.activity
    assert isinstance(asking, Asking)
    assert [option.value for option in asking.entry.options] == [  # type: ignore[union-attr]
        kind.value for kind in DocumentKind
    ]


@pytest.mark.rule("R-003-40")
@pytest.mark.parametrize(("kind", "asked"), [("carta_identita", False), ("passaporto", True)])
def test_who_has_no_residence_on_the_document_is_told_to_prove_it(kind: str, asked: bool) -> None:  # noqa: FBT001
    session = after(
        at_review(), ev.Continued(), *REST[:8], choose(kind), *write("YA1234567"),
        *write_date("1", "2", "2020"), *write("Questura"), choose("in-person"),
    )  # fmt: skip
    done = after(session, ev.Continued(), ev.Recorded(receipt_for(recorded_by(session))))
    assert (f"{P}done.residence" in keys(wording(done).body)) is asked


# --- the card


@pytest.mark.parametrize("code", ["card.removed", "card.not-health-card", "card.record-truncated"])
def test_a_card_that_fails_can_be_tried_again_or_left_out(code: str) -> None:
    failed = walk(
        after(fresh(), *START, ev.CardInserted()),
        FlowStep(ev.CardReadFailed(SESSION, code), f"{P}card-failed"),
    )
    assert isinstance(failed.activity, CardFailed)
    assert keys(wording(failed).body) == [f"failure.{code}.citizen"]
    walk(failed, FlowStep(ev.Refused(), f"{ASKING}codice-fiscale"))
    walk(failed, FlowStep(ev.CardInserted(), f"{P}reading-card", (ReadCard(SESSION),)))
    walk(
        failed,
        FlowStep(ev.Continued(), f"{P}insert-card", (WatchCard(),)),
        FlowStep(ev.CardInserted(), f"{P}reading-card", (ReadCard(SESSION),)),
        FlowStep(ev.CardRead(SESSION, ROSSI), f"{P}review"),
    )


def test_a_reader_that_is_missing_is_told_and_may_come_back() -> None:
    waiting = after(fresh(), *START, ev.ReaderFailed("reader.absent"))
    problem = wording(waiting).problem
    assert problem is not None
    assert problem.key == "failure.reader.absent.citizen"
    assert wording(after(waiting, ev.CardRemoved())).problem is None


def test_a_reader_that_fails_while_it_reads() -> None:
    walk(
        after(fresh(), *START, ev.CardInserted()),
        FlowStep(ev.ReaderFailed("reader.failed"), f"{P}card-failed", (AbandonReading(),)),
    )


def test_a_card_of_another_session_is_not_shown() -> None:
    walk(
        after(fresh(), *START, ev.CardInserted()),
        FlowStep(ev.CardRead(UUID(int=99), ROSSI), f"{P}reading-card"),
        FlowStep(ev.CardReadFailed(UUID(int=99), "card.removed"), f"{P}reading-card"),
    )


def test_who_goes_on_without_a_card_keeps_nothing_of_an_earlier_one() -> None:
    session = after(at_review(), ev.Back(), ev.Refused())
    assert screen_name(session) == f"{ASKING}codice-fiscale"
    assert session.activity.form.answers.entries == ()  # type: ignore[union-attr]


def test_the_address_from_the_card_is_corrected_on_the_review() -> None:
    session = walk(
        at_review(),
        FlowStep(ev.EditAsked(Q.RESIDENCE_STREET), f"{ASKING}residence-street"),
        FlowStep(write("Corso Francia"), f"{P}review"),
        FlowStep((ev.EditAsked(Q.RESIDENCE_NUMBER), ev.Back()), f"{P}review"),
        FlowStep((ev.Continued(), *REST), f"{P}summary"),
    )
    operation = recorded_by(session)
    assert operation.source is DataSource.HEALTH_CARD_CORRECTED
    assert operation.residence == ItalianAddress("Corso Francia", "12/A", "L219", "10122")


def test_what_the_card_says_wrong_is_shown_then_asked_with_its_reason() -> None:
    session = at_review(replace(ROSSI, codice_fiscale="RSSMRA80A01H501X", birth_date="31021980"))
    assert isinstance(session.activity, Review)
    asked = walk(session, FlowStep(ev.Continued(), f"{ASKING}codice-fiscale"))
    assert problem_code(asked) == "codice-fiscale.check-character"
    assert asked.activity.entry.text == "RSSMRA80A01H501X"  # type: ignore[union-attr]
    asked = walk(asked, FlowStep(write("RSSMRA80A01H501U"), f"{ASKING}birth-date"))
    assert problem_code(asked) == "date.not-in-calendar"


# --- typed data that contradict each other


def test_typed_data_that_do_not_fit_are_shown_once_and_may_stand() -> None:
    session = walk(
        after(fresh(), *START, ev.Refused(), *write("RSSMRA80A01H501U"), *write("Bianchi")),
        FlowStep(
            (*write("Mario"), *write_date("1", "1", "1980"), choose("M")),
            f"{P}review",
        ),
    )
    assert wording(session).title.key == f"{P}review.typed-title"
    walk(
        session,
        FlowStep(ev.EditAsked(Q.SURNAME), f"{ASKING}surname"),
        FlowStep(write("Rossi"), f"{P}review"),
        FlowStep(ev.Continued(), f"{ASKING}residence-country"),
    )
    walk(session, FlowStep(ev.Continued(), f"{ASKING}residence-country"))


def test_a_doubt_is_told_on_its_page_and_a_second_touch_lets_it_stand() -> None:
    session = after(at_review(), ev.Continued(), *REST[:8], choose("carta_identita"))
    doubtful = after(session, *write("12345"))
    assert problem_code(doubtful) == "document.number-unusual"
    walk(doubtful, FlowStep(ev.TextDone(), f"{ASKING}document-issued-on"))
    old = after(doubtful, ev.TextDone(), *write_date("1", "1", "2001"))
    assert problem_code(old) == "document.perhaps-expired"
    walk(old, FlowStep(ev.TextDone(), f"{ASKING}document-issuer"))


def test_doubts_about_a_delegate_are_shown_once_more_before_sending() -> None:
    session = after(
        at_review(), ev.Continued(), *REST[:-1], choose("modulo_delega"), *DELEGATE,
        ev.EditAsked(Q.DELEGATE_SURNAME), *write("Verdi"),
    )  # fmt: skip
    warned = walk(session, FlowStep(ev.Continued(), f"{P}summary"))
    assert keys(wording(warned).body) == [f"{P}summary.doubts"]
    walk(warned, FlowStep(ev.Continued(), f"{P}recording", (Record,)))


# --- going back


def test_back_walks_the_questions_that_were_asked() -> None:
    walk(
        after(at_review(), ev.Continued(), *write("10122"), choose("no")),
        FlowStep(ev.Back(), f"{ASKING}domicile"),
        FlowStep(ev.Back(), f"{ASKING}residence-cap"),
        FlowStep(ev.Back(), f"{P}review"),
        FlowStep(ev.Back(), f"{P}insert-card"),
        FlowStep(ev.Back(), f"{P}privacy"),
        FlowStep(ev.Back(), f"{P}ask-membership"),
        FlowStep(ev.Back(), f"{P}ask-membership+stop"),
        FlowStep(ev.StopCancelled(), f"{P}ask-membership"),
        FlowStep(choose("no"), f"{P}privacy"),
        FlowStep(ev.Continued(), f"{P}insert-card", (WatchCard(),)),
        FlowStep(ev.Refused(), f"{ASKING}codice-fiscale"),
    )


def test_what_was_answered_stays_when_one_goes_back() -> None:
    session = after(at_review(), ev.Continued(), *write("10122"), ev.Back())
    assert session.activity.entry.text == "10122"  # type: ignore[union-attr]
    walk(session, FlowStep(ev.TextDone(), f"{ASKING}domicile"))


def test_back_from_the_first_page_of_an_empty_form_leads_out() -> None:
    walk(
        after(fresh(), ev.ServiceChosen(ev.Service.PREREGISTRATION)),
        FlowStep(ev.Back(), "welcome"),
    )


def test_back_from_reading_does_not_wait_for_the_card() -> None:
    walk(
        after(fresh(), *START, ev.CardInserted()),
        FlowStep(ev.Back(), f"{P}insert-card", (AbandonReading(),)),
        FlowStep(ev.CardRead(SESSION, ROSSI), f"{P}insert-card"),
    )


def test_back_from_the_summary_opens_the_last_question() -> None:
    walk(
        at_summary(),
        FlowStep(ev.Back(), f"{ASKING}delegation"),
        FlowStep(choose("in-person"), f"{P}summary"),
    )


# --- the summary


def test_a_row_is_edited_and_leads_back_to_the_summary() -> None:
    session = walk(
        at_summary(),
        FlowStep(ev.EditAsked(Q.EMAIL), f"{ASKING}email"),
        FlowStep(write("mario@example.com"), f"{P}check-email"),
        FlowStep(ev.Refused(), f"{ASKING}email"),
        FlowStep(write("m.rossi@example.com"), f"{P}check-email"),
        FlowStep(ev.Continued(), f"{P}summary"),
        FlowStep(ev.EditAsked(Q.NOTE), f"{ASKING}note"),
        FlowStep(write("Ho bisogno di una sedia"), f"{P}summary"),
        FlowStep((ev.EditAsked(Q.LANDLINE), *write("011 5551234")), f"{P}summary"),
    )
    operation = recorded_by(session)
    assert operation.contacts.email == "m.rossi@example.com"
    assert operation.contacts.landline == "0115551234"
    assert operation.note == "Ho bisogno di una sedia"


def test_another_document_asks_its_details_again() -> None:
    walk(
        at_summary(),
        FlowStep(ev.EditAsked(Q.DOCUMENT_KIND), f"{ASKING}document-kind"),
        FlowStep(choose("passaporto"), f"{ASKING}document-number"),
        FlowStep(ev.Back(), f"{P}summary"),
        FlowStep(ev.Continued(), f"{ASKING}document-number"),
        FlowStep(write("YA1234567"), f"{ASKING}document-issued-on"),
    )


def test_what_the_rules_refuse_as_a_whole_opens_its_row_with_the_reason() -> None:
    session = after(at_summary(), ev.EditAsked(Q.DOCUMENT_ISSUED_ON), *write_date("1", "2", "1975"))
    session = after(session, ev.TextDone())
    refused = walk(session, FlowStep(ev.Continued(), f"{ASKING}document-issued-on"))
    assert problem_code(refused) == "document.issued-before-birth"


def test_a_date_of_birth_may_lack_its_day() -> None:
    session = after(fresh(), *START, *PERSON_TYPED[:-8])
    assert screen_name(session) == f"{ASKING}birth-date"
    session = after(
        session,
        ev.DatePrecisionChosen(DatePrecision.MONTH),
        ev.TextChanged("01"),
        ev.TextChanged("1980"),
        ev.TextDone(),
    )
    assert screen_name(session) == f"{ASKING}sex"
    assert session.activity.form.answers.text(Q.BIRTH_DATE) == PartialDate(1980, 1).text  # type: ignore[union-attr]


def test_who_has_no_surname_says_so_and_then_must_have_a_name() -> None:
    session = after(fresh(), *START, ev.Refused(), *write("RSSMRA80A01H501U"), choose("none"))
    assert screen_name(session) == f"{ASKING}name"
    walk(session, FlowStep(choose("none"), f"{ASKING}name"))
    walk(session, FlowStep(write("Mario"), f"{ASKING}birth-date"))


# --- bad input


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "codice-fiscale.empty"),
        ("RSSMRA80A01H501", "codice-fiscale.length"),
        ("RSSMRA80A01H501-", "codice-fiscale.length"),
        ("RSSMRA80A01H50!U", "codice-fiscale.characters"),
        ("1SSMRA80A01H501U", "codice-fiscale.layout"),
        ("RSSMRA80A01H501X", "codice-fiscale.check-character"),
        ("RSSMRA80A32H501C", "codice-fiscale.date"),
        ("12345678901", "codice-fiscale.provisional-check"),
    ],
)
def test_each_way_to_mistype_a_codice_fiscale_is_told_apart(typed: str, code: str) -> None:
    session = after(fresh(), *START, ev.Refused(), *write(typed))
    assert screen_name(session) == f"{ASKING}codice-fiscale"
    assert problem_code(session) == code
    assert problem_code(after(session, ev.TextChanged("R"))) is None


def test_what_is_pasted_ten_thousand_long_is_refused_and_what_stood_there_stays() -> None:
    session = after(fresh(), *START, ev.Refused(), ev.TextChanged("RSSMRA"))
    session = after(session, ev.TextChanged("X" * 10_000))
    assert problem_code(session) == "codice-fiscale.length"
    assert isinstance(session.activity, Asking)
    assert isinstance(session.activity.entry, TextEntry)
    assert session.activity.entry.text == "RSSMRA"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Ro\x07ssi", "name.control"),
        ("\u202eissoR", "name.invisible"),
        ("رossi", "name.direction"),
        ("Ro😀ssi", "name.characters"),
        ("R0ssi", "name.digits"),
        ("Росси", "name.script"),
    ],
)
def test_letters_that_no_register_takes_are_told_apart(typed: str, code: str) -> None:
    session = after(fresh(), *START, ev.Refused(), *write("RSSMRA80A01H501U"), *write(typed))
    assert problem_code(session) == code


@pytest.mark.rule("R-003-31")
def test_the_closed_mail_service_is_refused() -> None:
    session = after(at_summary(), ev.EditAsked(Q.EMAIL), *write("m@postacertificata.gov.it"))
    assert problem_code(session) == "email.cec-pac"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", "place.empty"), ("xyzq", "place.not-found"), ("san", "place.choose")],
)
def test_a_comune_has_to_be_chosen(typed: str, code: str) -> None:
    session = after(fresh(), *START, *PERSON_TYPED, choose("italy"), *write(typed))
    assert problem_code(session) == code


def test_before_anything_is_typed_the_comune_of_the_office_is_proposed() -> None:
    session = after(fresh(), *START, *PERSON_TYPED, choose("italy"))
    assert isinstance(session.activity, Asking)
    assert isinstance(session.activity.entry, SearchEntry)
    assert [option.value for option in session.activity.entry.options] == ["L219"]


def test_a_choice_that_is_not_on_the_page_changes_nothing() -> None:
    session = after(at_review(), ev.Continued(), *write("10122"))
    assert after(session, choose("italy")) == session
    assert after(session, ev.TextDone()) == session


def test_a_question_that_is_none_is_not_opened() -> None:
    session = at_summary()
    assert after(session, ev.EditAsked(Q.DELEGATE_NAME)) == session
    review = at_review()
    assert after(review, ev.EditAsked(Q.RESIDENCE_CITY)) == review


# --- the record


def test_a_record_that_fails_keeps_everything_and_is_tried_again() -> None:
    failed = walk(
        after(at_summary(), ev.Continued()),
        FlowStep(ev.RecordFailed(UUID(int=99), "store.full"), f"{P}recording"),
        FlowStep(ev.RecordFailed(OPERATION, "store.full"), f"{P}record-failed"),
    )
    assert keys(wording(failed).body) == ["failure.store.full.citizen", f"{P}record-failed.kept"]
    walk(failed, FlowStep(ev.Continued(), f"{P}recording", (Record,)))
    walk(
        failed,
        FlowStep(ev.Back(), f"{P}summary"),
        FlowStep(ev.Continued(), f"{P}recording", (Record,)),
    )


def test_a_receipt_of_another_operation_is_not_shown() -> None:
    session = after(at_summary(), ev.Continued())
    foreign = replace(receipt_for(recorded_by(at_summary())), operation_id=UUID(int=99))
    walk(session, FlowStep(ev.Recorded(foreign), f"{P}recording"))


def test_the_receipt_is_printed_once_by_itself_and_again_on_request() -> None:
    done = at_done()
    activity = done.activity
    assert isinstance(activity, Done)
    assert [(p.document, p.state) for p in activity.papers] == [
        (PrintedDocument.RECEIPT_SLIP, PrintState.PRINTING),
        (PrintedDocument.RECEIPT_PAGE, PrintState.OFFERED),
        (PrintedDocument.SUMMARY, PrintState.OFFERED),
    ]
    slip = PrintedDocument.RECEIPT_SLIP
    assert effects_of(done, ev.PrintAsked(slip)) == ()
    printed = after(done, ev.Printed(SESSION, slip, Certainty.PRINTED))
    assert printed.activity.papers[0].state is PrintState.PRINTED  # type: ignore[union-attr]
    reprint = Print(SESSION, slip, activity.receipt, again=True)
    assert effects_of(printed, ev.PrintAsked(slip)) == (reprint,)
    failed = after(done, ev.PrintFailed(SESSION, slip, "printer.unreachable"))
    assert failed.activity.papers[0].code == "printer.unreachable"  # type: ignore[union-attr]
    assert effects_of(failed, ev.PrintAsked(slip)) == (Print(SESSION, slip, activity.receipt),)
    walk(printed, FlowStep(ev.Continued(), "ended", (StopWatchingCard(), EndSession(SESSION))))


def test_without_a_slip_printer_the_page_is_printed_and_without_any_nothing() -> None:
    page = at_done(replace(OFFICE, slip_printer=False)).activity
    assert isinstance(page, Done)
    assert page.papers[0].document is PrintedDocument.RECEIPT_PAGE
    assert page.papers[0].state is PrintState.PRINTING
    bare = at_done(replace(OFFICE, slip_printer=False, page_printer=False)).activity
    assert isinstance(bare, Done)
    assert bare.papers == ()


def test_a_paper_that_is_not_on_offer_is_not_printed() -> None:
    done = at_done()
    assert effects_of(done, ev.PrintAsked(PrintedDocument.DELEGATION_MODULE)) == ()


def test_a_receipt_that_comes_again_after_a_crash_is_not_printed_by_itself() -> None:
    session = at_summary()
    receipt = receipt_for(recorded_by(session), again=True)
    walk(after(session, ev.Continued()), FlowStep(ev.Recorded(receipt), f"{P}done"))


def test_nothing_leads_back_from_the_receipt_and_leaving_asks_nothing() -> None:
    done = at_done()
    assert after(done, ev.Back()) == done
    ended, _effects = step(done, ev.StopAsked())
    assert ended.overlay is Overlay.NONE
    assert screen_name(ended) == "ended"


@pytest.mark.rule("R-003-33", "R-003-39")
def test_what_happens_next_is_told_with_the_number() -> None:
    said = keys(wording(at_done()).body)
    assert said == [
        f"{P}done.number",
        f"{P}done.waiting",
        f"{P}done.email",
        f"{P}done.counter.in-person",
        f"{P}done.where",
        f"{P}done.when",
        "card.take",
    ]
