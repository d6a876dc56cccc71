"""The look-up of a registration number: states, texts, and no personal data."""

from __future__ import annotations

from uuid import UUID

import pytest

from kiosk.flows import events as ev
from kiosk.flows.citizen.registration_status import AskNumber
from kiosk.flows.effects import EndSession, LookUpStatus, StopWatchingCard
from kiosk.flows.events import Standing
from kiosk.flows.wording import wording
from tests.flows.walking import NUMBER, SESSION, FlowStep, after, fresh, walk, write

S = "registration-status."
TEXT = NUMBER.text
ASK = after(fresh(), ev.ServiceChosen(ev.Service.REGISTRATION_STATUS))
LOOKING = after(ASK, *write(NUMBER.grouped.lower()))


@pytest.mark.parametrize("standing", list(Standing))
def test_a_number_of_this_station_shows_where_it_stands(standing: Standing) -> None:
    found = walk(
        fresh(),
        FlowStep(ev.ServiceChosen(ev.Service.REGISTRATION_STATUS), f"{S}ask-number"),
        FlowStep(write(NUMBER.grouped), f"{S}looking-up", (LookUpStatus(SESSION, TEXT),)),
        FlowStep(ev.StatusFound(SESSION, TEXT, standing), f"{S}found"),
    )
    said = wording(found)
    assert said.title.key == f"standing.{standing.value}.title"
    assert said.body[0].values == (("number", NUMBER.grouped),)
    walk(found, FlowStep(ev.Back(), f"{S}ask-number"))
    walk(found, FlowStep(ev.Continued(), "ended", (StopWatchingCard(), EndSession(SESSION))))


def test_a_number_of_another_station() -> None:
    walk(LOOKING, FlowStep(ev.StatusUnknown(SESSION, TEXT), f"{S}not-found"))


def test_an_outbox_that_cannot_be_read_is_tried_again() -> None:
    walk(
        LOOKING,
        FlowStep(ev.StatusFailed(SESSION, TEXT, "store.busy"), f"{S}look-up-failed"),
        FlowStep(ev.Continued(), f"{S}looking-up", (LookUpStatus(SESSION, TEXT),)),
        FlowStep(ev.Back(), f"{S}ask-number"),
    )


@pytest.mark.parametrize(
    "event",
    [
        ev.StatusFound(UUID(int=9), TEXT, Standing.ACCEPTED),
        ev.StatusFound(SESSION, "999999999", Standing.ACCEPTED),
        ev.StatusUnknown(SESSION, "999999999"),
        ev.StatusFailed(UUID(int=9), TEXT, "store.busy"),
    ],
)
def test_the_answer_to_another_question_is_not_shown(event: ev.Event) -> None:
    assert after(LOOKING, event) == LOOKING


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "registration-number.empty"),
        (TEXT[:-1], "registration-number.length"),
        (TEXT[:-1] + ("2" if TEXT[-1] != "2" else "3"), "registration-number.check-character"),
        ("O" + TEXT[1:], "registration-number.characters"),
        ("SPT1:NOT-OURS", "registration-number.characters"),
    ],
)
def test_a_mistyped_number_is_told_apart(typed: str, code: str) -> None:
    asked = after(ASK, *write(typed))
    assert isinstance(asked.activity, AskNumber)
    assert asked.activity.problem is not None
    assert asked.activity.problem.code == code


def test_what_is_pasted_much_too_long_is_refused() -> None:
    asked = after(ASK, ev.TextChanged("ABC"), ev.TextChanged("A" * 10_000))
    assert isinstance(asked.activity, AskNumber)
    assert asked.activity.entry.text == "ABC"
    assert asked.activity.problem is not None


def test_back_leads_out() -> None:
    assert after(ASK, ev.TextChanged("ABC"), ev.Back()) == fresh()
