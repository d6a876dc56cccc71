"""Two fingers, one of each hand, with another way on every page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hw.device_health import DeviceKind, DeviceState
from hw.finger_readings import (
    Finger,
    FingerAdvice,
    FingerComparison,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    Hand,
)
from kiosk.flows import drafts
from kiosk.flows import events as ev
from kiosk.flows.citizen import identification
from kiosk.flows.effects import (
    AbandonFinger,
    CompareFinger,
    ForgetFingers,
    StopWatchingDevices,
    TakeFinger,
    WatchDevices,
)
from kiosk.flows.session import Session, screen_name, step
from kiosk.flows.steps import fingerprint
from kiosk.flows.wording import wording
from sync.model.identification import Excuse
from tests.flows.devices import (
    EQUIPPED,
    LEFT_INDEX,
    RIGHT_INDEX,
    TO_LEFT,
    TO_REVIEW,
    TO_RIGHT,
    TO_TAKING,
    TO_WAYS,
    at_review,
    at_taking,
    kinds,
    taken,
    template,
    told,
)
from tests.flows.walking import SESSION, TODAY, FlowStep, after, choose, effects_of, fresh, walk

WAYS = "identification.choose-way"


def progressed(phase: FingerPhase, advice: FingerAdvice | None = None) -> ev.Event:
    return ev.FingerProgressed(SESSION, FingerProgress(phase, 1, 3, advice))


@pytest.mark.rule("R-001-2")
def test_one_finger_of_each_hand_is_taken_and_none_of_them_twice() -> None:
    session = walk(
        after(fresh(EQUIPPED), *TO_WAYS),
        FlowStep(choose("fingerprints"), "fingerprint.notice"),
        FlowStep(ev.Continued(), "fingerprint.choose-finger.right"),
        FlowStep(
            choose("index"),
            "fingerprint.taking.preparing",
            (TakeFinger(SESSION, RIGHT_INDEX),),
        ),
        FlowStep(progressed(FingerPhase.PLACE), "fingerprint.taking.place"),
        FlowStep(taken(RIGHT_INDEX), "fingerprint.choose-finger.left"),
        FlowStep(
            choose("thumb"),
            "fingerprint.taking.preparing",
            (TakeFinger(SESSION, FingerPosition(Hand.LEFT, Finger.THUMB), (template(),)),),
        ),
        FlowStep(taken(FingerPosition(Hand.LEFT, Finger.THUMB)), "fingerprint.review"),
        FlowStep(ev.Continued(), "identification.confirm"),
    )
    assert isinstance(session.activity, identification.Confirm)
    assert len(session.activity.fingers.templates) == 2


@pytest.mark.parametrize("excuse", list(Excuse))
def test_a_hand_may_be_excused(excuse: Excuse) -> None:
    session = walk(
        after(fresh(EQUIPPED), *TO_RIGHT),
        FlowStep(choose(fingerprint.NO_FINGER), "fingerprint.choose-excuse"),
        FlowStep(choose(excuse.value), "fingerprint.choose-finger.left"),
        FlowStep([choose("index"), taken(LEFT_INDEX)], "fingerprint.review", (TakeFinger,)),
    )
    assert isinstance(session.activity, fingerprint.Review)
    assert session.activity.fingers.of(Hand.RIGHT) == fingerprint.ExcusedHand(Hand.RIGHT, excuse)


def test_without_any_finger_there_are_other_ways_and_no_fingers_among_them() -> None:
    session = walk(
        after(fresh(EQUIPPED), *TO_RIGHT, choose("no-finger"), choose("missing")),
        FlowStep(choose("no-finger"), "fingerprint.choose-excuse"),
        FlowStep(choose("bandaged"), WAYS, (ForgetFingers,)),
    )
    offered = [action.event for action in wording(session).actions]
    assert offered == [choose("card-pin"), choose("operator")]
    confirmed = after(session, choose("operator"))
    assert isinstance(confirmed.activity, identification.Confirm)
    assert len(confirmed.activity.fingers.done) == 2


PAGES = {
    "notice": (*TO_WAYS, choose("fingerprints")),
    "choice": TO_RIGHT,
    "excuse": (*TO_RIGHT, choose("no-finger")),
    "taking": TO_TAKING,
    "failed": (*TO_TAKING, ev.FingerFailed(SESSION, "fingerprint.no-finger")),
    "left": TO_LEFT,
    "review": TO_REVIEW,
    "comparing": (*TO_REVIEW, choose("compare")),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_fingers_offers_another_way_and_forgets_what_was_taken(page: str) -> None:
    session = after(fresh(EQUIPPED), *PAGES[page])
    assert ev.Refused() in [action.event for action in wording(session).actions]
    left, effects = step(session, ev.Refused())
    assert screen_name(left) == WAYS
    assert isinstance(left.activity, identification.ChooseWay)
    assert left.activity.fingers.templates == ()
    if page != "notice":
        assert ForgetFingers in kinds(effects)


@pytest.mark.parametrize("page", PAGES)
def test_no_draft_is_kept_and_no_template_is_shown(page: str) -> None:
    session = after(fresh(EQUIPPED), *PAGES[page])
    assert drafts.draft_of(session) is None
    assert "minutiae" not in repr(session)


@pytest.mark.parametrize("phase", list(FingerPhase))
@pytest.mark.parametrize("advice", [None, *FingerAdvice])
def test_the_page_follows_the_sensor(phase: FingerPhase, advice: FingerAdvice | None) -> None:
    session = after(at_taking(), progressed(phase, advice))
    assert screen_name(session) == f"fingerprint.taking.{phase.value}"
    first = wording(session).body[0].key
    assert first == (
        f"fingerprint.taking.{phase.value}.body"
        if advice is None
        else f"finger-advice.{advice.value}"
    )


def test_a_sensor_that_is_pulled_is_waited_for_where_the_taking_stands() -> None:
    session = after(at_taking(), progressed(FingerPhase.RECOVERING))
    assert screen_name(session) == "fingerprint.taking.recovering"
    back = after(session, progressed(FingerPhase.PLACE), taken(RIGHT_INDEX))
    assert screen_name(back) == "fingerprint.choose-finger.left"


def test_a_sensor_that_stays_away_fails_and_goes_on_by_itself_when_it_is_back() -> None:
    sensor = DeviceKind.FINGERPRINT
    walk(
        at_taking(),
        FlowStep(
            ev.FingerFailed(SESSION, "fingerprint.removed"), "fingerprint.failed", (WatchDevices(),)
        ),
        FlowStep(told(sensor, DeviceState.AWAY, "fingerprint.removed"), "fingerprint.failed"),
        FlowStep(told(DeviceKind.CAMERA), "fingerprint.failed"),
        FlowStep(told(sensor, DeviceState.MENDING, "fingerprint.removed"), "fingerprint.failed"),
        FlowStep(
            told(sensor),
            "fingerprint.taking.preparing",
            (StopWatchingDevices(), TakeFinger(SESSION, RIGHT_INDEX)),
        ),
    )


def test_a_sensor_that_was_never_away_is_tried_again_by_a_touch_alone() -> None:
    failed = after(at_taking(), ev.FingerFailed(SESSION, "fingerprint.no-finger"))
    assert step(failed, told(DeviceKind.FINGERPRINT)) == (failed, ())
    assert kinds(effects_of(failed, ev.Continued())) == [StopWatchingDevices, TakeFinger]


def test_the_answer_of_a_taking_that_was_left_changes_nothing() -> None:
    choosing = after(at_taking(), choose("other-finger"))
    assert after(choosing, taken(RIGHT_INDEX)) == choosing
    other = after(choosing, choose("middle"))
    assert after(other, taken(RIGHT_INDEX)) == other
    assert after(other, ev.FingerFailed(SESSION, "fingerprint.abandoned")) == other


def test_leaving_the_sensor_abandons_it() -> None:
    for touch in (choose("other-finger"), choose("no-finger"), ev.Back()):
        assert kinds(effects_of(at_taking(), touch)) == [AbandonFinger]


def test_a_template_that_cannot_be_recorded_is_a_failure() -> None:
    for changes in (
        {"data": b"FP3" + b"x" * 25_000},
        {"data": b"x" * 250},
        {"data": b""},
        {"format": "raw.jpeg"},
        {"quality": 101},
    ):
        wrong = replace(template(), **changes)
        session = after(at_taking(), ev.FingerTaken(SESSION, wrong))
        assert isinstance(session.activity, fingerprint.FingerFailed)
        assert session.activity.code == "fingerprint.template-unusable"


def test_the_template_of_one_hand_is_not_that_of_the_other() -> None:
    right = template()
    left = replace(right, position=FingerPosition(Hand.LEFT, Finger.INDEX))
    session = after(fresh(EQUIPPED), *TO_LEFT, choose("index"), ev.FingerTaken(SESSION, left))
    assert isinstance(session.activity, fingerprint.FingerFailed)


def test_a_finger_can_be_tried_and_a_hand_taken_again() -> None:
    session = walk(
        at_review(),
        FlowStep(
            choose("compare"),
            "fingerprint.comparing.preparing",
            (CompareFinger(SESSION, template()),),
        ),
        FlowStep(
            ev.FingerCompared(SESSION, FingerComparison(same=True, milliseconds=9)),
            "fingerprint.review",
        ),
        FlowStep(choose("retake-right"), "fingerprint.choose-finger.right"),
        FlowStep(ev.Back(), "fingerprint.review"),
        FlowStep(choose("retake-left"), "fingerprint.choose-finger.left"),
    )
    again = after(session, choose("ring"), taken(FingerPosition(Hand.LEFT, Finger.RING)))
    assert isinstance(again.activity, fingerprint.Review)
    fingers = [one.position.finger for one in again.activity.fingers.templates]
    assert fingers == [Finger.INDEX, Finger.RING]


NOT_SAME = (
    choose("compare"),
    ev.FingerCompared(SESSION, FingerComparison(same=False, milliseconds=9)),
)


def test_a_finger_that_did_not_match_is_not_confirmed() -> None:
    session = after(at_review(), *NOT_SAME)
    assert [action.event for action in wording(session).actions] == [
        choose("retake-right"),
        ev.Refused(),
        choose("compare"),
    ]
    assert after(session, ev.Continued()) == session
    assert after(session, choose("retake-left")) == session
    assert screen_name(after(session, ev.Refused())) == "identification.choose-way"
    matched = after(
        session,
        choose("compare"),
        ev.FingerCompared(SESSION, FingerComparison(same=True, milliseconds=9)),
        ev.Continued(),
    )
    assert screen_name(matched) == "identification.confirm"


@pytest.mark.parametrize(
    "around",
    [
        (choose("compare"), ev.Back()),
        (choose("compare"), ev.FingerFailed(SESSION, "fingerprint.unclear"), ev.Back()),
        (
            choose("compare"),
            ev.FingerFailed(SESSION, "fingerprint.unclear"),
            ev.Continued(),
            ev.Back(),
        ),
    ],
)
def test_no_way_around_leads_on_with_it(around: tuple[ev.Event, ...]) -> None:
    session = after(at_review(), *NOT_SAME, *around)
    assert screen_name(session) == "fingerprint.review"
    assert after(session, ev.Continued()) == session


@pytest.mark.parametrize("touch", [choose("retake-right"), ev.Back()])
def test_a_hand_that_is_taken_again_after_that_forgets_the_finger(touch: ev.Event) -> None:
    session = after(at_review(), *NOT_SAME, touch)
    assert isinstance(session.activity, fingerprint.ChooseFinger)
    assert session.activity.hand is Hand.RIGHT
    assert session.activity.fingers.of(Hand.RIGHT) is None
    assert session.activity.fingers.of(Hand.LEFT) is not None
    assert screen_name(after(session, ev.Back())) == "fingerprint.choose-finger.left"


def test_back_leads_out_page_by_page() -> None:
    session = at_review()
    names = []
    while screen_name(session) != WAYS:
        session = after(session, ev.Back())
        names.append(screen_name(session))
    assert names == [
        "fingerprint.choose-finger.left",
        "fingerprint.choose-finger.right",
        "fingerprint.notice",
        WAYS,
    ]


def test_a_finger_on_the_glass_is_somebody_there() -> None:
    session = after(at_taking(), ev.TimePassed(60, TODAY))
    assert after(session, progressed(FingerPhase.PLACE)).idle.seconds == 60
    assert after(session, progressed(FingerPhase.TAKING)).idle.seconds == 0


def test_what_a_sensor_answers_counts_under_help_and_under_the_question_to_leave() -> None:
    for opened in (ev.HelpOpened(), ev.StopAsked()):
        session = after(at_taking(), opened, taken(RIGHT_INDEX))
        assert isinstance(session.activity, fingerprint.ChooseFinger)


def _of_another(session: Session) -> Session:
    return after(session, ev.FingerTaken(fresh().operation_id, template()))


def test_another_sessions_finger_is_nobodys() -> None:
    assert _of_another(at_taking()) == at_taking()
