"""Reading a contactless document: its number, contact lost, wrong numbers, and stopping."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest

from kiosk.flows import drafts
from kiosk.flows import events as ev
from kiosk.flows.citizen.document_reading import (
    DocumentFailed,
    ReadingDocument,
    TypeCan,
    TypeMrz,
    WrongKey,
)
from kiosk.flows.document_check import (
    CardAccessNumber,
    Coaching,
    HolderClaim,
    MrzKey,
    ReadingProgress,
    ReadingStage,
)
from kiosk.flows.effects import (
    AbandonReading,
    Effect,
    EndSession,
    ForgetDocument,
    ReadDocument,
    StopWatchingCard,
    WatchCard,
)
from kiosk.flows.entries import DateEntry, DatePart, DatePrecision
from kiosk.flows.session import Session
from kiosk.flows.wording import wording
from tests.flows.documents import (
    CAN,
    CHECK,
    FORM_TO_CAN,
    FORM_TO_READING,
    MRZ,
    TO_CAN,
    TO_READING,
    progress,
    reading,
)
from tests.flows.walking import (
    PERSON_TYPED,
    SESSION,
    START,
    TODAY,
    FlowStep,
    after,
    choose,
    effects_of,
    fresh,
    walk,
    write,
    write_date,
)

D = "identity-document."
READ = ReadDocument(SESSION, CardAccessNumber(CAN))
DROPPED = (AbandonReading(), ForgetDocument())
LOST = ReadingProgress(ReadingStage.READING, 900, 20_000, lost=True)


def failed(code: str, *details: tuple[str, str]) -> ev.Event:
    return ev.DocumentReadFailed(SESSION, code, details)


def at_can() -> Session:
    return after(fresh(), *TO_CAN)


def at_reading() -> Session:
    return after(fresh(), *TO_READING)


# --- the number


def test_the_number_opens_the_reading() -> None:
    walk(
        at_can(),
        FlowStep(ev.TextChanged(CAN[:3]), f"{D}type-can"),
        FlowStep(write(CAN), f"{D}waiting", (READ,)),
        FlowStep(progress(ReadingStage.OPENING), f"{D}opening"),
        FlowStep(progress(ReadingStage.READING, done=5, total=100), f"{D}reading"),
        FlowStep(progress(ReadingStage.CHECKING), f"{D}checking"),
        FlowStep(ev.DocumentRead(SESSION, reading()), "identity-check.verdict", (WatchCard(),)),
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (write(""), "can.empty"),
        (write("12345"), "can.length"),
        ([ev.TextChanged("1234567")], "can.length"),
        ([ev.TextChanged("12a")], "can.characters"),
    ],
)
def test_what_is_no_number_of_a_card_is_told(typed: Sequence[ev.Event], code: str) -> None:
    state = after(at_can(), *typed).activity
    assert isinstance(state, TypeCan)
    assert state.problem is not None
    assert state.problem.code == code


def test_a_key_too_many_keeps_what_was_typed() -> None:
    state = after(at_can(), ev.TextChanged("123456"), ev.TextChanged("1234567")).activity
    assert isinstance(state, TypeCan)
    assert state.entry.text == "123456"


def test_who_cannot_find_the_number_types_what_is_printed() -> None:
    walk(
        at_can(),
        FlowStep(ev.Refused(), f"{D}type-mrz.document-number"),
        FlowStep(write("ca 12345-aa"), f"{D}type-mrz.birth-date"),
        FlowStep(write_date("1", "1", "1980"), f"{D}type-mrz.expiry-date"),
        FlowStep(
            write_date("1", "1", "2030"),
            f"{D}waiting",
            (ReadDocument(SESSION, MrzKey("CA12345AA", "800101", "300101")),),
        ),
    )


def test_fields_of_the_fallback_key_keep_what_was_typed_on_the_way_back() -> None:
    at_expiry = after(at_can(), *MRZ[:-1])
    walk(
        at_expiry,
        FlowStep(ev.Back(), f"{D}type-mrz.birth-date"),
        FlowStep(ev.Back(), f"{D}type-mrz.document-number"),
        FlowStep(ev.TextDone(), f"{D}type-mrz.birth-date"),
        FlowStep(ev.TextDone(), f"{D}type-mrz.expiry-date"),
        FlowStep((ev.Back(), ev.Back(), ev.Back()), f"{D}type-can"),
        FlowStep(ev.Back(), "identity-check.choose-card", (ForgetDocument(),)),
    )


def test_a_birth_date_without_its_day_is_typed_as_the_zone_has_it() -> None:
    at_birth = after(at_can(), ev.Refused(), *write("CA12345AA"))
    year = after(at_birth, ev.DatePrecisionChosen(DatePrecision.YEAR), *write("1980"))
    (effect,) = effects_of(after(year, *write_date("1", "1", "2030")[:-1]), ev.TextDone())
    assert effect == ReadDocument(SESSION, MrzKey("CA12345AA", "80<<<<", "300101"))
    assert after(year, ev.DatePrecisionChosen(DatePrecision.YEAR)) == year


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (write(""), "document-number.empty"),
        ([ev.TextChanged("x" * 30)], "document-number.too-long"),
        ((*write("CA12345AA"), *write_date("31", "2", "1980")), "date.not-in-calendar"),
        ((*write("CA12345AA"), *write_date("1", "", "1980")), "date.month-missing"),
        ((*write("CA12345AA"), *write_date("1", "1", "2080")), "date.future"),
        ((*write("CA12345AA"), *write_date("1", "1", "1980"), ev.TextDone()), "date.empty"),
    ],
)
def test_a_field_of_the_fallback_key_says_what_is_wrong(
    typed: Sequence[ev.Event], code: str
) -> None:
    state = after(at_can(), ev.Refused(), *typed).activity
    assert isinstance(state, TypeMrz)
    assert state.problem is not None
    assert state.problem.code == code


def test_the_field_that_is_touched_has_the_focus() -> None:
    at_birth = after(at_can(), ev.Refused(), *write("CA12345AA"))
    state = after(at_birth, ev.DatePartFocused(DatePart.YEAR), ev.TextChanged("1980")).activity
    assert isinstance(state, TypeMrz)
    assert state.entry == DateEntry(year="1980", focus=DatePart.YEAR)
    on_number = after(at_can(), ev.Refused())
    assert after(on_number, ev.DatePartFocused(DatePart.YEAR)) == on_number


# --- on the reader


def test_a_lost_card_is_waited_for_and_nothing_is_typed_again() -> None:
    walk(
        at_reading(),
        FlowStep(progress(ReadingStage.READING, done=900, total=20_000), f"{D}reading"),
        FlowStep(ev.DocumentProgress(SESSION, LOST), f"{D}lost"),
        FlowStep(progress(ReadingStage.OPENING), f"{D}opening"),
        FlowStep(progress(ReadingStage.READING, done=900, total=20_000), f"{D}reading"),
        FlowStep(ev.DocumentRead(SESSION, reading()), "identity-check.verdict", (WatchCard(),)),
    )


@pytest.mark.parametrize("coaching", list(Coaching))
def test_the_page_says_what_would_help_the_contact(coaching: Coaching) -> None:
    told = ReadingProgress(ReadingStage.READING, 1, 2, coaching)
    said = wording(after(at_reading(), ev.DocumentProgress(SESSION, told)))
    assert [line.key for line in said.body] == [f"coaching.{coaching.value}"]


def test_percent_is_of_real_bytes() -> None:
    shown = [
        ReadingProgress(ReadingStage.READING, *pair).percent
        for pair in [(0, 0), (0, 10), (5, 10), (10, 10), (20, 10), (-1, 10)]
    ]
    assert shown == [0, 0, 50, 100, 100, 0]


@pytest.mark.parametrize(
    "code",
    [
        "card.removed",
        "card.absent",
        "card.secure-messaging",
        "document.contact-lost",
        "document.too-slow",
        "document.changed",
    ],
)
def test_after_a_failure_of_the_contact_the_number_is_not_asked_for_again(code: str) -> None:
    broken = after(at_reading(), failed(code))
    assert "identity-document.failed.kept" in [line.key for line in wording(broken).body]
    walk(broken, FlowStep(ev.Continued(), f"{D}waiting", (READ,)))
    by_zone = after(at_can(), *MRZ, failed(code))
    again = after(by_zone, ev.Continued()).activity
    assert isinstance(again, ReadingDocument)
    assert again.key == MrzKey("CA12345AA", "800101", "300101")


@pytest.mark.parametrize("code", ["document.unknown-card", "reader.absent", "document.damaged"])
def test_after_other_failures_the_number_is_gone(code: str) -> None:
    walk(
        at_reading(),
        FlowStep(failed(code), f"{D}failed", (ForgetDocument(),)),
        FlowStep(ev.Continued(), f"{D}type-can"),
    )
    assert CAN not in str(_hidden(after(at_reading(), failed(code))))


@pytest.mark.parametrize(
    "code",
    ["document.zone-needed", "document.key-suspended", "document.key-blocked"],
)
def test_a_chip_that_takes_no_can_is_opened_by_what_is_printed(code: str) -> None:
    walk(
        at_reading(),
        FlowStep(failed(code), f"{D}failed", (ForgetDocument(),)),
        FlowStep(ev.Continued(), f"{D}type-mrz.document-number"),
    )
    buttons = [action.label.key for action in wording(after(at_reading(), failed(code))).actions]
    assert buttons[-1] == "identity-document.failed.by-zone"
    by_zone = after(at_can(), *MRZ, failed(code), ev.Continued())
    assert isinstance(by_zone.activity, TypeCan)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("card.removed", "identity-document.failed.contact"),
        ("card.absent", "identity-document.failed.absent"),
        ("reader.absent", "identity-document.failed.reader"),
        ("document.damaged", "failure.document.damaged.citizen"),
        ("document.access-refused", "identity-document.failed.digits-refused"),
    ],
)
def test_a_reader_on_which_cards_lie_speaks_of_no_slot(code: str, key: str) -> None:
    assert wording(after(at_reading(), failed(code))).body[0].key == key


def test_a_card_that_opens_by_nothing_that_is_printed_is_for_a_clerk() -> None:
    refused = after(at_can(), *MRZ, failed("document.access-refused"))
    assert wording(refused).body[0].key == "failure.document.access-refused.citizen"


def _hidden(session: Session) -> object:
    activity = session.activity
    return activity.key if isinstance(activity, ReadingDocument | DocumentFailed) else None


@pytest.mark.parametrize(
    ("event", "screen", "more"),
    [(ev.Back(), f"{D}type-can", ()), (ev.Refused(), "identity-check.choose-card", ())],
)
@pytest.mark.parametrize("stage", list(ReadingStage))
def test_a_reading_stops_at_any_moment(
    stage: ReadingStage, event: ev.Event, screen: str, more: tuple[Effect, ...]
) -> None:
    stopped = walk(after(at_reading(), progress(stage)), FlowStep(event, screen, (*DROPPED, *more)))
    late = after(stopped, ev.DocumentRead(SESSION, reading()), failed("card.removed"))
    assert late == stopped
    assert CAN not in str(_secrets(stopped))


def _secrets(session: Session) -> tuple[object, ...]:
    activity = session.activity
    return (activity.entry.text,) if isinstance(activity, TypeCan) else ()


def test_a_form_that_stops_reading_goes_back_to_its_card() -> None:
    walk(
        after(fresh(), *FORM_TO_READING),
        FlowStep(ev.Refused(), "preregistration.insert-card", (*DROPPED, WatchCard())),
    )


def test_what_was_abandoned_answers_nobody() -> None:
    assert after(at_reading(), failed("card.abandoned")) == at_reading()


@pytest.mark.parametrize(
    "event",
    [
        ev.DocumentRead(UUID(int=9), reading()),
        ev.DocumentReadFailed(UUID(int=9), "card.removed"),
        ev.DocumentProgress(UUID(int=9), LOST),
        ev.CardRemoved(),
        ev.ReaderFailed("reader.absent"),
        ev.Continued(),
    ],
)
def test_what_is_not_of_this_reading_changes_nothing(event: ev.Event) -> None:
    assert after(at_reading(), event).activity == at_reading().activity


def test_a_card_that_answers_keeps_the_session_and_one_that_is_away_does_not() -> None:
    waiting = after(at_reading(), ev.TimePassed(60, TODAY))
    assert after(waiting, progress(ReadingStage.READING, done=1, total=9)).idle.seconds == 0
    assert after(waiting, ev.DocumentProgress(SESSION, LOST)).idle.seconds == 60
    assert after(waiting, progress(ReadingStage.WAITING)).idle.seconds == 60
    elsewhere = after(at_can(), ev.TimePassed(60, TODAY))
    assert after(elsewhere, progress(ReadingStage.READING)).idle.seconds == 60


def test_who_leaves_while_the_card_is_read_leaves_nothing() -> None:
    walk(
        at_reading(),
        FlowStep(ev.StopAsked(), f"{D}waiting+stop"),
        FlowStep(progress(ReadingStage.READING, done=1, total=9), f"{D}reading+stop"),
        FlowStep(ev.StopConfirmed(), "ended", (StopWatchingCard(), EndSession(SESSION))),
    )


# --- a wrong number


def test_a_wrong_number_is_asked_for_again() -> None:
    wrong = after(at_reading(), failed("document.wrong-key", ("tries", "4")))
    walk(
        wrong,
        FlowStep(ev.Continued(), f"{D}type-can"),
        FlowStep(
            write("837163"), f"{D}waiting", (ReadDocument(SESSION, CardAccessNumber("837163")),)
        ),
    )
    assert isinstance(wrong.activity, WrongKey)
    assert wrong.activity.tries == 4
    state = after(wrong, ev.Continued()).activity
    assert isinstance(state, TypeCan)
    assert state.entry.text == ""


def test_wrong_printed_data_are_there_to_be_looked_at() -> None:
    wrong = after(at_can(), *MRZ, failed("document.wrong-key"))
    state = after(wrong, ev.Continued()).activity
    assert isinstance(state, TypeMrz)
    assert state.entries.document_number.text == "ca12345aa"
    walk(wrong, FlowStep(ev.Refused(), f"{D}type-can"))


@pytest.mark.parametrize(
    "details", [("wait-seconds", "5"), ("milliseconds", "5400")], ids=["told", "measured"]
)
def test_a_chip_that_delays_is_waited_for(details: tuple[str, str]) -> None:
    wrong = after(at_reading(), failed("document.wrong-key", details))
    assert isinstance(wrong.activity, WrongKey)
    assert wrong.activity.wait_seconds == 5
    assert wording(wrong).actions == ()
    assert after(wrong, ev.Continued(), ev.Refused()).activity == wrong.activity
    later = after(wrong, ev.TimePassed(3, TODAY))
    assert isinstance(later.activity, WrongKey)
    assert later.activity.wait_seconds == 2
    walk(later, FlowStep((ev.TimePassed(3, TODAY), ev.Continued()), f"{D}type-can"))
    walk(wrong, FlowStep(ev.Back(), "identity-check.choose-card", (ForgetDocument(),)))


@pytest.mark.parametrize("told", ["", "x", "-1", "9" * 12, "\u0663"])
def test_a_delay_that_is_no_number_is_none(told: str) -> None:
    wrong = after(at_reading(), failed("document.wrong-key", ("wait-seconds", told))).activity
    assert isinstance(wrong, WrongKey)
    assert wrong.wait_seconds == 0


# --- for a form


def test_typed_data_are_what_the_document_is_compared_with() -> None:
    typed = after(fresh(), *START, *PERSON_TYPED, *[ev.Back()] * 6)
    session = after(typed, choose("identity-card"))
    claim = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101")
    (effect,) = effects_of(after(session, ev.TextChanged(CAN)), ev.TextDone())
    assert effect == ReadDocument(SESSION, CardAccessNumber(CAN), claim, with_face=False)


def test_where_nothing_was_typed_nothing_is_compared_and_no_face_is_read() -> None:
    (effect,) = effects_of(after(fresh(), *FORM_TO_CAN, ev.TextChanged(CAN)), ev.TextDone())
    assert effect == ReadDocument(SESSION, CardAccessNumber(CAN), None, with_face=False)


def test_a_form_goes_on_without_a_document_that_cannot_be_read() -> None:
    walk(
        after(fresh(), *FORM_TO_READING, failed("document.damaged")),
        FlowStep(ev.Refused(), "preregistration.asking.codice-fiscale", (ForgetDocument(),)),
    )


# --- drafts


@pytest.mark.parametrize("happened", [CHECK, TO_CAN, (*TO_CAN, *MRZ), TO_READING])
def test_nothing_of_a_check_is_kept(happened: tuple[ev.Event, ...]) -> None:
    assert drafts.draft_of(after(fresh(), *happened)) is None


def test_of_a_document_for_a_form_only_the_form_is_kept() -> None:
    typed = after(fresh(), *START, *PERSON_TYPED, *[ev.Back()] * 6)
    reads = after(typed, choose("identity-card"), *write(CAN))
    draft = drafts.draft_of(reads)
    assert draft is not None
    assert draft["screen"] == "insert-card"
    assert CAN not in str(draft)
