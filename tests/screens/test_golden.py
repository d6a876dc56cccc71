"""Each state in each language looks as it did when somebody last looked at it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hw.finger_readings import FingerAdvice
from tests.screens.conftest import Person
from tests.screens.device_sessions import device_activities
from tests.screens.procedure_sessions import procedure_activities
from tests.screens.sessions import sessions

ADVICE = FingerAdvice.MOISTEN_FINGER
"""The advice with the longest text; the others differ in their words alone."""
# One question for each kind of entry and keyboard; the others differ in their words alone.
QUESTIONS = {"surname", "residence-street", "email", "mobile", "document-kind", "delegation"}
# Others that differ from one with a picture in their words alone.
WORDS_ALONE = {
    "ended-stopped",
    "birth-date-year-only",
    "connecting",
    "hub-away",
    "found-waiting-hub",
    "found-waiting-retry",
    "found-in-flight",
    "found-quarantined",
    "looking-up",
    "look-up-failed",
    "recording",
    "email-typed",
    "check-reading-health-card",
    "check-asking-tries",
    "check-health-card-failed",
    "check-insert-health-card-no-reader",
    "check-pin-refused-again",
    "type-can-empty",
    "type-mrz-year",
    "type-mrz-expiry",
    "type-mrz-problem",
    "type-pin-untold",
    "document-failed-zone",
    "document-opening",
    "document-checking",
    "document-waiting-coached",
    "document-lost-coached",
    "verdict-form-wrong",
    "verdict-health-card-changed",
    "clerk-health-card",
    *(f"finger-{advice.value}" for advice in FingerAdvice if advice is not ADVICE),
    "finger-preparing",
    "finger-lift",
    "finger-comparing",
    "finger-failed-comparing",
    "finger-failed",
    "finger-review",
    "finger-review-not-same",
    "scan-failed",
    "scan-offered-status",
    "identify-empty-hands",
    "identify-confirm-operator",
    "identify-recording",
    "identify-record-failed",
    "identify-done-may-come",
    "identify-done-printing",
    "ready-device-not-fitted",
    "ready-recording",
    "ready-record-failed",
    "ready-report-good",
    "ready-done",
    "home-intro-revocation",
    "home-reading-card",
    "home-checking",
    "home-expired",
    "home-privacy",
    "home-new-pin",
    "home-revocation",
    "home-not-accepted",
    "home-sign-revocation",
    "home-checking-username",
    "home-username-unchecked",
    "home-own-question",
    "home-concluding",
    "home-recorded",
    "home-conclude-failed",
    "home-time-over",
    "home-password-problem",
    "home-repeat-problem",
    "home-done-promozione",
    "home-done-reset",
    "home-done-rigenera-pin",
    "home-done-revoca",
    "home-done-waiting-revocation",
    "ready-testing-card-reader",
    "ready-testing-slip-printer",
    "ready-testing-speaker",
    "ready-judging-slip-printer",
    "ready-judging-speaker",
}
PICTURES = [
    name
    for name in sessions()
    if name.removeprefix("question-") in QUESTIONS
    or not (name.startswith("question-") or name in WORDS_ALONE)
]
IN_ITALIAN_ALONE = {
    *device_activities(),
    *procedure_activities(),
    "scan-card",
    "scan-offered",
    "done-unseen",
} - {
    "finger-choose-right",
    "ready-list",
    "home-intro",
    "home-code",
    "home-password",
    "home-regulation",
}
"""Their English pages differ in their words alone."""
STRAINED = [
    "welcome",
    "privacy",
    "summary",
    "done",
    "question-email",
    "codice-fiscale-problem",
    "insert-card",
    "type-can",
    "document-lay-flat",
    "wrong-can-wait",
    "verdict-wrong",
    "clerk",
    "finger-choose-left",
    f"finger-{ADVICE.value}",
    "scan-card",
    "ready-list",
    "home-code",
    "home-password-weak",
    "home-regulation",
    "home-question",
    "home-wait",
]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        (name, language)
        for name in PICTURES
        for language in ("it", "en")
        if language == "it" or name not in IN_ITALIAN_ALONE
    ],
)
def test_state_looks_as_it_did(person: Person, name: str, language: str) -> None:
    person.shows(sessions(language)[name])
    person.looks_like(f"{name}.{language}")


@pytest.mark.parametrize("name", STRAINED)
def test_large_text_looks_as_it_did(person: Person, name: str) -> None:
    person.shows(replace(sessions("it")[name], large_text=True))
    person.looks_like(f"{name}.it.large")


@pytest.mark.parametrize("name", STRAINED)
def test_high_contrast_looks_as_it_did(person: Person, name: str) -> None:
    person.shows(replace(sessions("it")[name], high_contrast=True))
    person.looks_like(f"{name}.it.contrast")


@pytest.mark.parametrize("person", [(1024, 768), (1366, 768), (1920, 1080)], indirect=True)
@pytest.mark.parametrize("name", ["welcome", "question-email", "type-can"])
def test_other_windows_look_as_they_did(person: Person, name: str) -> None:
    person.shows(sessions("it")[name])
    width, height = person.window.router.root.size
    person.looks_like(f"{name}.it.{width:.0f}x{height:.0f}")
