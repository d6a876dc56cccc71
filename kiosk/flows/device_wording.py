"""What the pages of fingers, codes and the identification say, as catalogue keys."""

from __future__ import annotations

from typing import assert_never

from hw.finger_readings import Finger, FingerPosition, FingerProgress, FingerTemplate, Hand
from kiosk.flows import identification_rows
from kiosk.flows.citizen import identification as act
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.identification_steps import empty_hands, ways
from kiosk.flows.events import Continued, OptionChosen, Refused
from kiosk.flows.page_texts import Action, Wording, action, failure_phrase, pair
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.state import Session, activity_name
from kiosk.flows.steps import fingerprint, scanning
from kiosk.flows.steps.fingerprint import ExcusedHand, FingerprintState
from kiosk.flows.steps.fingerprint_steps import hands_to_retake
from kiosk.flows.steps.scanning import ScanningState
from sync.model.identification import Excuse, Identification, Way

State = FingerprintState | ScanningState | IdentificationState

FINGERS_ON_OFFER = (Finger.INDEX, Finger.MIDDLE, Finger.THUMB, Finger.RING, Finger.LITTLE)
"""In the order of a choice: the index gives the best picture (ISO/IEC 19794-4, annex)."""

_GOOD = 60
_FAIR = 35
"""Least quality of a finger that is called good, and fair."""


def wording(session: Session, activity: State) -> Wording:
    """What the page says."""
    name = activity_name(activity)
    if isinstance(activity, FingerprintState):
        title, body = _finger_title(activity, name), _finger_body(activity, name)
        actions = _finger_actions(activity, name)
    elif isinstance(activity, ScanningState):
        title, body = phrase(f"{name}.title"), _scan_body(activity, name)
        actions = _scan_actions(activity, name)
    else:
        title, body = _act_title(activity, name), _act_body(session, activity, name)
        actions = _act_actions(session, activity, name)
    return Wording(title=title, body=body, actions=actions, help=(phrase(f"{name}.help"),))


def finger_phrase(position: FingerPosition) -> Phrase:
    """A finger by its name, `l'indice destro`."""
    return phrase(f"finger.{position.hand.value}.{position.finger.value}")


# --- fingers


def _finger_title(activity: FingerprintState, name: str) -> Phrase:
    match activity:
        case (
            fingerprint.TakingFinger(position=position)
            | fingerprint.ComparingFinger(template=FingerTemplate(position=position))
        ):
            return phrase(f"{name}.title", finger=finger_phrase(position))
        case fingerprint.ChooseExcuse(hand=hand):
            return phrase(f"{name}.title", hand=phrase(f"hand.{hand.value}"))
        case _:
            return phrase(f"{name}.title")


def _finger_body(activity: FingerprintState, name: str) -> tuple[Phrase, ...]:
    match activity:
        case fingerprint.Notice():
            return tuple(phrase(f"{name}.{part}") for part in ("body", "kept", "choice"))
        case fingerprint.TakingFinger(progress=progress):
            return (*_advice(progress, name), _count(progress))
        case fingerprint.ComparingFinger(progress=progress):
            return _advice(progress, name)
        case fingerprint.FingerFailed(code=code, away=away):
            waits = (phrase(f"{name}.waits"),) if away else ()
            return (failure_phrase(code), *waits)
        case fingerprint.Review():
            return review_lines(activity)
        case _:
            return (phrase(f"{name}.body"),)


def _advice(progress: FingerProgress, name: str) -> tuple[Phrase, ...]:
    """What was wrong with the last picture, then what to do now: one thing at a time."""
    if progress.advice is None:
        return (phrase(f"{name}.body"),)
    return (phrase(f"finger-advice.{progress.advice.value}"),)


def _count(progress: FingerProgress) -> Phrase:
    return phrase("fingerprint.count", taken=progress.taken, wanted=progress.wanted)


def review_lines(review: fingerprint.Review) -> tuple[Phrase, ...]:
    """A line for each hand, and how the trial went."""
    said = [_hand_line(one) for one in review.fingers.done]
    if review.same is not None:
        said.append(phrase(f"fingerprint.review.{'same' if review.same else 'not-same'}"))
    return tuple(said)


def _hand_line(one: FingerTemplate | ExcusedHand) -> Phrase:
    match one:
        case ExcusedHand(hand, excuse):
            why = phrase(f"excuse.{excuse.value}")
            return phrase("fingerprint.review.excused", hand=phrase(f"hand.{hand.value}"), why=why)
        case FingerTemplate(position=position, quality=quality):
            grade = "good" if quality >= _GOOD else "fair" if quality >= _FAIR else "poor"
            how = phrase(f"finger-quality.{grade}")
            return phrase("fingerprint.review.taken", finger=finger_phrase(position), how=how)


def _finger_actions(activity: FingerprintState, name: str) -> tuple[Action, ...]:
    other_way = action("fingerprint.other-way", Refused())
    go_on = action(f"{name}.continue", Continued(), main=True)
    other_finger = action("fingerprint.other-finger", OptionChosen(fingerprint.OTHER_FINGER))
    none = action("fingerprint.no-finger", OptionChosen(fingerprint.NO_FINGER))
    match activity:
        case fingerprint.Notice():
            return other_way, go_on
        case fingerprint.ChooseFinger():
            fingers = (action(f"finger.{f.value}", OptionChosen(f.value)) for f in FINGERS_ON_OFFER)
            return (*fingers, none, other_way)
        case fingerprint.ChooseExcuse():
            excuses = (action(f"excuse.{e.value}.choice", OptionChosen(e.value)) for e in Excuse)
            return (*excuses, other_way)
        case fingerprint.TakingFinger():
            return other_finger, none, other_way
        case fingerprint.ComparingFinger():
            return (other_way,)
        case fingerprint.FingerFailed(comparing=None):
            return other_finger, none, other_way, go_on
        case fingerprint.FingerFailed():
            return other_way, go_on
        case fingerprint.Review():
            again = (_retake(hand) for hand in hands_to_retake(activity))
            failed = activity.same is False
            trial = action(f"{name}.try", OptionChosen(fingerprint.COMPARE), main=failed)
            return (*again, other_way, trial) if failed else (*again, trial, other_way, go_on)
        case _:
            assert_never(activity)


def _retake(hand: Hand) -> Action:
    key = f"fingerprint.review.retake-{hand.value}"
    return action(key, OptionChosen(f"{fingerprint.RETAKE}{hand.value}"))


# --- codes


def _scan_body(activity: ScanningState, name: str) -> tuple[Phrase, ...]:
    match activity:
        case scanning.ScanningCode():
            return phrase(f"{name}.body"), phrase("scanning.kept")
        case scanning.CodeNotScanned(code=code, away=away):
            waits = (phrase(f"{name}.waits"),) if away else ()
            return (failure_phrase(code), *waits)
        case _:
            assert_never(activity)


def _scan_actions(activity: ScanningState, name: str) -> tuple[Action, ...]:
    match activity:
        case scanning.ScanningCode():
            return (action("scanning.refuse", Refused()),)
        case scanning.CodeNotScanned():
            again = action(f"{name}.continue", Continued(), main=True)
            return action("scanning.refuse", Refused()), again
        case _:
            assert_never(activity)


# --- the identification


def _act_title(activity: IdentificationState, name: str) -> Phrase:
    match activity:
        case act.Done(receipt=receipt):
            return phrase(f"identification.done.title.{_way(receipt.act).value}")
        case _:
            return phrase(f"{name}.title")


def _way(recorded: object) -> Way:
    return recorded.way if isinstance(recorded, Identification) else Way.OPERATOR


def _act_body(session: Session, activity: IdentificationState, name: str) -> tuple[Phrase, ...]:
    office = session.office
    match activity:
        case act.Intro():
            said = (phrase(f"{name}.who", office=office.name), phrase(f"{name}.what"))
            return (phrase(f"{name}.body"), *said, phrase(f"{name}.how-long"))
        case act.ChooseWay() if empty_hands(activity):
            return phrase(f"{name}.empty-hands"), phrase(f"{name}.body")
        case act.Confirm(way=way):
            return phrase(f"{name}.body"), phrase(f"identification.confirm.{way.value}")
        case act.RecordFailed(code=code):
            return failure_phrase(code), phrase(f"{name}.kept")
        case act.Done(receipt=receipt):
            return _done_body(session, _way(receipt.act), name)
        case _:
            return (phrase(f"{name}.body"),)


def _done_body(session: Session, way: Way, name: str) -> tuple[Phrase, ...]:
    office = session.office
    said = [phrase(f"{name}.body"), phrase(f"identification.done.{way.value}")]
    if way is Way.OPERATOR and office.counter_address:
        said.append(phrase("preregistration.done.where", address=office.counter_address))
    if way is Way.OPERATOR and office.opening:
        said.append(phrase("preregistration.done.when", opening=office.opening))
    if session.card_present:
        said.append(phrase("card.take"))
    return tuple(said)


def _act_actions(session: Session, activity: IdentificationState, name: str) -> tuple[Action, ...]:
    match activity:
        case act.Intro() | act.RecordFailed() | act.Done():
            return (action(f"{name}.continue", Continued(), main=True),)
        case act.ChooseWay():
            offered = ways(activity, session.office)
            return tuple(action(f"way.{way.value}", OptionChosen(way.value)) for way in offered)
        case act.Confirm():
            return pair(name)
        case act.Recording():
            return ()
        case _:
            assert_never(activity)


def content(activity: State) -> tuple[Phrase, ...]:
    """What a page shows beside its texts, for "Ascolta"."""
    match activity:
        case act.Confirm():
            facts = identification_rows.rows(activity)
            return tuple(phrase("spoken.row", label=one.label, value=one.value) for one in facts)
        case _:
            return ()
