"""What every screen has: language, help, reading aloud, leaving, time, and the wipe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from kiosk.flows import drafts
from kiosk.flows import events as ev
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.document_reading import Prefilling
from kiosk.flows.citizen.identity_check import CLERK, PROVE, ClerkPage, VerdictPage
from kiosk.flows.citizen.preregistration import Done, Recording
from kiosk.flows.document_check import Headline, ReadingProgress, ReadingStage
from kiosk.flows.effects import (
    EndSession,
    ReadCard,
    Record,
    Silence,
    Speak,
    StopWatchingCard,
    WatchCard,
)
from kiosk.flows.events import Event
from kiosk.flows.office import Network
from kiosk.flows.phrases import phrase
from kiosk.flows.session import IdleState, Session, begin, screen_name, step
from kiosk.flows.speech import spoken
from kiosk.flows.welcome import Ended, EndReason
from tests.flows.documents import (
    CAN,
    CHECK,
    FORGED,
    FORM_TO_READING,
    PIN,
    TO_CAN,
    TO_INSERT,
    TO_READING,
    at_file,
    at_pin,
    at_proof,
    at_verdict,
    reading,
)
from tests.flows.walking import (
    OFFICE,
    OPERATION,
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
)

TOMORROW = date(2026, 11, 23)
WIPED = (StopWatchingCard(), EndSession(SESSION))


LOST = ev.DocumentProgress(SESSION, ReadingProgress(ReadingStage.READING, 9, 99, lost=True))


def passed(seconds: int) -> Event:
    return ev.TimePassed(seconds, TODAY)


STATES: dict[str, Callable[[], Session]] = {
    "membership": lambda: after(fresh(), *START[:1]),
    "privacy": lambda: after(fresh(), *START[:2]),
    "insert": lambda: after(fresh(), *START),
    "reading": lambda: after(fresh(), *START, ev.CardInserted()),
    "review": at_review,
    "asking": lambda: after(at_review(), ev.Continued()),
    "email": lambda: after(at_summary(), ev.EditAsked(QuestionId.EMAIL), ev.TextDone()),
    "summary": at_summary,
    "recording": lambda: after(at_summary(), ev.Continued()),
    "failed": lambda: after(at_summary(), ev.Continued(), ev.RecordFailed(OPERATION, "store.full")),
    "done": at_done,
    "status": lambda: after(fresh(), ev.ServiceChosen(ev.Service.REGISTRATION_STATUS)),
    "check": lambda: after(fresh(), *CHECK[:1]),
    "choose-card": lambda: after(fresh(), *CHECK),
    "type-can": lambda: after(fresh(), *TO_CAN),
    "type-mrz": lambda: after(fresh(), *TO_CAN, ev.Refused()),
    "document": lambda: after(fresh(), *TO_READING),
    "document-lost": lambda: after(fresh(), *TO_READING, LOST),
    "document-for-a-form": lambda: after(fresh(), *FORM_TO_READING),
    "wrong-key": lambda: after(
        fresh(), *TO_READING, ev.DocumentReadFailed(SESSION, "document.wrong-key")
    ),
    "document-failed": lambda: after(
        fresh(), *TO_READING, ev.DocumentReadFailed(SESSION, "card.removed")
    ),
    "verdict": at_verdict,
    "verdict-for-a-form": lambda: after(
        fresh(), *FORM_TO_READING, ev.DocumentRead(SESSION, reading(judged=FORGED))
    ),
    "clerk": lambda: after(at_verdict(), choose(CLERK)),
    "insert-health-card": lambda: after(fresh(), *TO_INSERT),
    "reading-health-card": lambda: after(fresh(), *TO_INSERT, ev.CardInserted()),
    "health-card-failed": lambda: after(
        fresh(), *TO_INSERT, ev.CardInserted(), ev.CardReadFailed(SESSION, "card.removed")
    ),
    "file": at_file,
    "tries": lambda: after(at_file(), choose(PROVE)),
    "pin": lambda: after(at_pin(), ev.TextChanged(PIN)),
    "proving": lambda: after(at_pin(), *write(PIN)),
    "pin-refused": lambda: after(
        at_pin(), *write(PIN), ev.HealthCardProofFailed(SESSION, "token.pin-blocked")
    ),
    "proof": at_proof,
}
LEFT_AT_ONCE = (Done, VerdictPage)
"""What ends without a question: nothing is lost by it."""
every_state = pytest.mark.parametrize("session", [make() for make in STATES.values()], ids=STATES)


# --- what is on every screen


@every_state
def test_language_size_and_contrast_change_in_place(session: Session) -> None:
    changed = after(session, ev.LanguageChosen("en"), ev.TextSizeToggled(), ev.ContrastToggled())
    assert changed.activity == session.activity
    assert (changed.language, changed.large_text, changed.high_contrast) == ("en", True, True)
    assert after(changed, ev.LanguageChosen("xx")).language == "en"


@every_state
def test_help_opens_and_closes_over_everything(session: Session) -> None:
    name = screen_name(session)
    walk(session, FlowStep(ev.HelpOpened(), f"{name}+help"), FlowStep(ev.HelpClosed(), name))
    walk(session, FlowStep(ev.HelpOpened(), f"{name}+help"), FlowStep(ev.Back(), name))


@every_state
def test_under_the_help_no_touch_counts(session: Session) -> None:
    helped = after(session, ev.HelpOpened())
    assert after(helped, ev.Continued(), choose("no"), ev.TextChanged("x")) == helped


@every_state
def test_leaving_is_asked_for_then_wipes(session: Session) -> None:
    activity = session.activity
    waits = isinstance(activity, VerdictPage) and isinstance(activity.errand, Prefilling)
    if isinstance(activity, LEFT_AT_ONCE) and not waits:
        walk(session, FlowStep(ev.StopAsked(), "ended", WIPED))
        return
    if isinstance(session.activity, Recording):  # what is confirmed ends in a second, one way
        assert after(session, ev.StopAsked()) == session
        return
    name = screen_name(session)
    walk(
        session,
        FlowStep(ev.StopAsked(), f"{name}+stop"),
        FlowStep(ev.StopCancelled(), name),
        FlowStep(ev.StopAsked(), f"{name}+stop"),
        FlowStep(ev.Back(), name),
        FlowStep(ev.StopAsked(), f"{name}+stop"),
        FlowStep(ev.StopConfirmed(), "ended", WIPED),
    )


@every_state
def test_what_was_not_asked_cannot_be_confirmed(session: Session) -> None:
    assert after(session, ev.StopConfirmed(), ev.StopCancelled(), ev.ResumeChosen()) == session


def test_the_network_is_shown_and_counts_as_no_touch() -> None:
    session = after(at_review(), passed(30), ev.NetworkChanged(Network.ONLINE))
    assert session.network is Network.ONLINE
    assert session.idle.seconds == 30


def test_results_count_under_an_overlay_and_touches_do_not() -> None:
    asked = after(fresh(), *START, ev.CardInserted(), ev.StopAsked())
    walk(
        asked,
        FlowStep(ev.CardRead(SESSION, ROSSI), "preregistration.review+stop"),
        FlowStep(ev.Continued(), "preregistration.review+stop"),
        FlowStep(ev.StopCancelled(), "preregistration.review"),
    )


def test_a_record_that_comes_after_all_is_not_said_to_be_erased() -> None:
    failed = after(STATES["failed"](), ev.StopAsked())
    late = after(failed, ev.Recorded(receipt_for(recorded_by(at_summary()))))
    assert after(late, ev.StopConfirmed()).activity == Ended(EndReason.FINISHED, card_left=True)


# --- time


def _more_time(session: Session) -> int:
    """Seconds for the clerk to come to a card with which something is wrong, and to read."""
    match session.activity:
        case VerdictPage(headline=Headline.WRONG) | ClerkPage():
            return 90
        case _:
            return 0


@every_state
def test_a_session_without_a_touch_is_warned_then_wiped(session: Session) -> None:
    name = screen_name(session)
    walk(
        session,
        FlowStep(passed(_more_time(session) + 69), name),
        FlowStep(passed(1), f"{name}+idle", (Speak(SESSION, (phrase("idle.spoken"),)),)),
        FlowStep(passed(19), f"{name}+idle"),
        FlowStep(passed(1), "ended", WIPED),
    )
    ended, _effects = step(session, passed(100_000))
    assert ended.activity == Ended(EndReason.TIMED_OUT, card_left=session.card_present)


@every_state
def test_a_touch_takes_the_warning_away(session: Session) -> None:
    gone = _more_time(session) + 75
    warned = after(session, passed(gone))
    assert warned.idle == IdleState(gone, 15)
    assert after(warned, ev.ScreenTouched()).idle == IdleState()
    assert screen_name(after(warned, ev.ScreenTouched(), passed(69))) == screen_name(session)


def test_time_never_runs_backwards() -> None:
    assert after(at_review(), passed(10), passed(-1000)).idle.seconds == 10


def test_nobody_is_warned_on_the_welcome_page_and_what_was_chosen_there_is_undone() -> None:
    chosen = after(fresh(), ev.LanguageChosen("en"), ev.ContrastToggled(), ev.HelpOpened())
    assert after(chosen, passed(80)).idle == IdleState(80)
    assert after(chosen, passed(90)) == fresh()
    assert after(fresh(), passed(1000)) == fresh()


def test_the_day_follows_the_clock() -> None:
    assert after(fresh(), ev.TimePassed(1, TOMORROW)).today == TOMORROW


# --- reading aloud


@every_state
def test_the_screen_is_read_aloud_until_it_is_told_to_stop(session: Session) -> None:
    speaking, effects = step(session, ev.SpeechAsked())
    assert effects == (Speak(SESSION, spoken(session)),)
    assert speaking.speaking
    quiet, effects = step(speaking, ev.SpeechAsked())
    assert (quiet.speaking, effects) == (False, (Silence(),))


def test_reading_ends_with_its_page_and_with_its_language() -> None:
    speaking = after(at_review(), ev.SpeechAsked())
    walk(speaking, FlowStep(ev.Continued(), "preregistration.asking.residence-cap", (Silence(),)))
    assert effects_of(speaking, ev.LanguageChosen("en")) == (Silence(),)
    assert effects_of(speaking, ev.ScreenTouched()) == ()


def test_who_listens_is_not_wiped_while_listening_but_not_for_ever() -> None:
    speaking = after(at_review(), ev.SpeechAsked(), passed(200))
    assert not speaking.idle.warning
    assert after(speaking, ev.SpeechEnded(SESSION)).idle == IdleState()
    walk(speaking, FlowStep(passed(70), "ended", (Silence(), *WIPED)))


def test_speech_that_fails_is_told_in_one_line_until_the_next_touch() -> None:
    speaking = after(at_review(), ev.SpeechAsked())
    silent = after(speaking, ev.SpeechFailed(SESSION, "speaker.absent"))
    assert (silent.speaking, silent.notice) == (False, "speaker.absent")
    assert after(silent, ev.ScreenTouched()).notice is None
    assert after(speaking, ev.SpeechFailed(UUID(int=9), "speaker.absent")) == speaking


def test_the_number_is_spelled() -> None:
    done = at_done()
    assert any("Alfa" in str(part.values) or "due" in str(part.values) for part in spoken(done))


def test_the_end_of_the_warning_is_not_taken_for_the_end_of_the_page() -> None:
    warned = after(at_review(), passed(75))
    assert after(warned, ev.SpeechEnded(SESSION)).idle == IdleState(75, 15)


# --- the wipe


@every_state
def test_after_the_end_nothing_of_the_person_is_left(session: Session) -> None:
    ended = after(session, ev.LanguageChosen("en"), ev.TextSizeToggled(), passed(1000))
    assert isinstance(ended.activity, Ended)
    assert drafts.draft_of(ended) is None
    assert after(ended, ev.Continued(), ev.CardRead(SESSION, ROSSI), ev.HelpOpened()) == ended
    started = after(ended, ev.Started(UUID(int=7), UUID(int=8), TOMORROW))
    assert started == begin(
        session_id=UUID(int=7), operation_id=UUID(int=8), today=TOMORROW, office=OFFICE
    )


def test_a_session_under_way_does_not_begin_anew() -> None:
    session = at_review()
    assert after(session, ev.Started(UUID(int=7), UUID(int=8), TODAY)) == session


def test_what_belongs_to_an_ended_session_means_nothing_to_the_next() -> None:
    receipt = receipt_for(recorded_by(at_summary()))
    ended = after(at_summary(), ev.Continued(), passed(90))
    begun = after(ended, ev.Started(UUID(int=7), UUID(int=8), TODAY))
    assert after(begun, ev.Recorded(receipt), ev.CardRead(SESSION, ROSSI)) == begun
    reading = after(begun, *START, ev.CardInserted())
    assert after(reading, ev.CardRead(SESSION, ROSSI)) == reading


def test_a_forgotten_card_is_mentioned_at_the_end() -> None:
    assert after(at_done(), ev.Continued()).activity == Ended(EndReason.FINISHED, card_left=True)
    taken = after(at_done(), ev.CardRemoved(), ev.Continued())
    assert taken.activity == Ended(EndReason.FINISHED, card_left=False)


def test_no_repr_of_a_session_shows_a_person() -> None:
    for make in STATES.values():
        text = repr(make())
        for secret in ("ROSSI", "RSSMRA", "mario", "GARIBALDI", "10122", "CA12345AA", CAN, PIN):
            assert secret not in text


# --- after a crash


def crash(session: Session) -> Session:
    """The session that the next start of the program begins with."""
    draft = drafts.draft_of(session)
    assert draft is not None
    return after(fresh(), ev.DraftRestored(draft))


@pytest.mark.parametrize(
    ("name", "back_at"),
    [
        ("review", "review"),
        ("asking", "asking.residence-cap"),
        ("email", "check-email"),
        ("summary", "summary"),
        ("failed", "summary"),
    ],
)
def test_a_form_survives_a_crash_behind_a_question(name: str, back_at: str) -> None:
    session = STATES[name]()
    restored = crash(session)
    assert screen_name(restored) == f"preregistration.{back_at}+resumed"
    walk(restored, FlowStep(ev.ResumeChosen(), f"preregistration.{back_at}", (WatchCard(),)))
    walk(restored, FlowStep(ev.StopConfirmed(), "ended", WIPED))
    walk(restored, FlowStep(passed(90), "ended", WIPED))
    assert restored.activity.form == session.activity.form  # type: ignore[union-attr]


def test_under_the_question_nothing_moves() -> None:
    restored = crash(at_summary())
    assert (
        after(restored, ev.Continued(), ev.Back(), ev.StopCancelled(), ev.StopAsked()) == restored
    )
    assert after(restored, ev.CardInserted()) == replace(restored, card_present=True)


def test_no_card_is_read_before_the_person_says_whose_form_it_is() -> None:
    restored = crash(after(at_review(), ev.Back()))
    assert screen_name(restored) == "preregistration.insert-card+resumed"
    assert effects_of(restored, ev.CardInserted()) == ()
    resumed = after(restored, ev.ResumeChosen())
    assert effects_of(resumed, ev.CardInserted()) == (ReadCard(SESSION),)


def test_what_was_confirmed_before_the_crash_is_recorded_at_once_and_only_once() -> None:
    confirmed = after(at_summary(), ev.Continued())
    draft = drafts.draft_of(confirmed)
    assert draft is not None
    restored, effects = step(fresh(), ev.DraftRestored(draft))
    assert effects == (Record(OPERATION, recorded_by(at_summary())),)
    receipt = receipt_for(recorded_by(at_summary()), again=True)
    walk(
        restored,
        FlowStep(ev.Recorded(receipt), "preregistration.done+resumed"),
        FlowStep(ev.ResumeChosen(), "preregistration.done"),
    )
    assert effects_of(restored, ev.ResumeChosen()) == effects


def test_a_receipt_comes_back_after_a_crash() -> None:
    restored = crash(at_done())
    assert screen_name(restored) == "preregistration.recording+resumed"


def test_what_stood_in_the_field_comes_back() -> None:
    session = after(at_review(), ev.Continued(), ev.TextChanged("101"))
    assert crash(session).activity.entry.text == "101"  # type: ignore[union-attr]


def test_a_draft_that_cannot_be_read_changes_nothing() -> None:
    draft = drafts.draft_of(at_summary())
    assert draft is not None
    for broken in (
        {},
        {**draft, "shape": drafts.SHAPE + 1},
        {**draft, "operation": b"short"},
        {**draft, "language": "xx"},
        {**draft, "screen": "elsewhere"},
        {**draft, "form": {**draft["form"], "answers": [["no-such-question", "x", None]]}},  # type: ignore[dict-item]
        {**draft, "form": {**draft["form"], "refused": [["surname", 3]]}},  # type: ignore[dict-item]
        {**draft, "form": {**draft["form"], "asked": "surname"}},  # type: ignore[dict-item]
    ):
        assert after(fresh(), ev.DraftRestored(broken)) == fresh()


def test_a_draft_is_not_put_into_a_session_under_way() -> None:
    draft = drafts.draft_of(at_summary())
    assert draft is not None
    session = after(fresh(), *START)
    assert after(session, ev.DraftRestored(draft)) == session


def test_where_nothing_was_answered_there_is_nothing_to_keep() -> None:
    assert drafts.draft_of(fresh()) is None
    assert drafts.draft_of(after(fresh(), *START)) is None
    number = after(fresh(), ev.ServiceChosen(ev.Service.REGISTRATION_STATUS), *write("2345"))
    assert drafts.draft_of(number) is None
