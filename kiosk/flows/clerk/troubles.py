"""What a counter's runtime and hub may say went wrong, as problems with a text and no citizen."""

from __future__ import annotations

from typing import Final

from kiosk.flows.console.troubles import CONSOLE_TROUBLES
from kiosk.flows.failures import FAILURES
from kiosk.flows.phrases import Phrase, phrase
from sync.model.errors import Problem

TROUBLES: Final = {
    problem.code: problem
    for problem in (
        Problem("registration.not-here"),
        Problem("registration.gone"),
        Problem("registration.strong"),
        Problem("registration.exists"),
        Problem("registration.other-person"),
        Problem("registration.not-identified"),
        Problem("case.other-code"),
        Problem("case.other-office"),
        Problem("case.malformed"),
        Problem("mirror.closed"),
        Problem("mirror.damaged"),
        Problem("mirror.disk"),
        Problem("mirror.no-memory"),
        Problem("letter.gone"),
        Problem("letter.outstanding"),
        Problem("inquiry.offline"),
        Problem("inquiry.hub-away"),
        Problem("inquiry.no-answer"),
        Problem("inquiry.abandoned"),
        Problem("inquiry.too-many"),
        Problem("inquiry.busy"),
        Problem("inquiry.unproven"),
        Problem("inquiry.stale"),
        Problem("inquiry.malformed"),
        Problem("inquiry.foreign"),
        Problem("inquiry.unreadable"),
        Problem("inquiry.other-question"),
        Problem("inquiry.repeated"),
        Problem("inquiry.unknown-kind"),
        Problem("station.no-counter"),
        Problem("operator.unknown"),
        Problem("operator.expired"),
        Problem("operator.no-right"),
        Problem("operator.other-office"),
        Problem("operator.outside-competence"),
        Problem("operator.office"),
        Problem("operator.signature"),
        Problem("operator.card-away"),
        Problem("operator.other-clerk"),
        Problem("operator.shift-over"),
        Problem("username.none"),
        Problem("credential.overtaken"),
        Problem("credential.state-moved"),
        Problem("edit.overtaken"),
        Problem("edit.nothing"),
        Problem("edit.part-value"),
        Problem("edit.part-twice"),
        Problem("letter.refused"),
        Problem("letter.code-withdrawn"),
        Problem("dispute.other-office"),
        Problem("closing.not-open"),
        Problem("closing.not-kept"),
        Problem("closing.nothing-to-correct"),
        Problem("outbox.number-unknown"),
        Problem("ticket.expired"),
        Problem("texts.changed"),
        Problem("conclusion.other-kind"),
        Problem("conclusion.not-represented"),
        Problem("duplicate.person"),
        Problem("duplicate.document"),
        Problem("duplicate.name-and-birth"),
        Problem("transition.rejected"),
        Problem("transition.strong-unchecked"),
        Problem("transition.already-activated"),
        Problem("transition.not-activated"),
        Problem("transition.already-strong"),
        Problem("transition.not-strong"),
        Problem("transition.not-checked"),
        Problem("transition.nothing-running"),
        Problem("transition.revocation-running"),
        Problem("transition.no-delegate"),
        Problem("delegation.other-delegate"),
        Problem("account.request-not-archived"),
        Problem("secrets.pin"),
        Problem("secrets.digest"),
        Problem("secrets.mailed-code"),
        Problem("card.exists"),
        Problem("card.no-codes"),
        Problem("card.none"),
        Problem("card.not-registered"),
        Problem("card.other"),
        Problem("card.other-comune"),
        Problem("daily.no-card"),
        Problem("daily.over"),
        Problem("daily.own"),
        Problem("officer.last"),
        Problem("officer.no-password"),
        Problem("officer.not-one"),
        Problem("user.blocked"),
        Problem("user.census"),
        Problem("user.changed"),
        Problem("user.email-new"),
        Problem("user.exists"),
        Problem("user.last-als"),
        Problem("user.self"),
        Problem("user.unknown"),
    )
}
"""By their codes; the texts are `problem.<code>`."""

REMEDIES: Final = frozenset(
    f"remedy.{name}"
    for name in (
        *("call-assistance", "other-letters-stand", "look-and-book-again", "look-and-edit-again"),
        *("register-anew", "go-on-with-that-one", "compare-registrations"),
        "make-a-new-code",
    )
)
"""What the hub tells a clerk to do about an act that it refused."""


def trouble_phrase(code: str) -> Phrase:
    """What a code means, for the clerk; a code of a newer program is told as it stands."""
    if code in FAILURES:
        return phrase(f"failure.{code}.clerk")
    known = code in TROUBLES or code in CONSOLE_TROUBLES
    return phrase(f"problem.{code}") if known else phrase("clerk.trouble", code=code)


def remedy_phrases(code: str) -> tuple[Phrase, ...]:
    """What to do about a code of a device or of the station; problems say it themselves."""
    return (phrase(f"failure.{code}.remedy"),) if code in FAILURES else ()


def remedy_of(remedy: str) -> tuple[Phrase, ...]:
    """What the hub says is to be done, where this program knows it."""
    return (phrase(remedy),) if remedy in REMEDIES else ()
