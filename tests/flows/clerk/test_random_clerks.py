"""Clerks who touch anything in any order: no page raises, each says texts that exist."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.card_data import CardData
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk import rows, sheet_steps
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import MirrorStanding
from kiosk.flows.clerk.events import CaseAction, Check, MenuEntry
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.states import NAMES
from kiosk.flows.events import Event
from kiosk.flows.phrases import Phrase
from kiosk.flows.session import screen_name
from kiosk.flows.speech import spoken
from kiosk.flows.wording import can_go_back, can_stop, wording
from sync.model.contacts import Contacts
from sync.model.credential import OperationKind, State
from sync.model.inquiry import (
    Dispute,
    LeaseGranted,
    LeaseHeld,
    PersonFound,
    RegisterName,
    Standing,
    StandingKind,
)
from sync.model.searching import Found
from tests.flows.clerk.counter import (
    CLERK,
    CODE,
    DELEGATE_FIELDS,
    DELEGATION,
    DOCUMENT,
    HOME,
    NUMBER,
    PERSON,
    REST_OF_FORM,
    SESSION,
    TODAY,
    Walk,
    booked,
    counter,
    registered,
)
from tests.flows.clerk.test_management import ROW
from tests.unit.strings.sources import entries

ITALIAN: Final = entries("it").keys()
CASES: Final = (
    registered(),
    registered(contacts=Contacts("")),
    registered(State.RISCONTRATO, booked(OperationKind.RISCONTRO_FORTE, DELEGATION)),
    replace(registered(State.ATTIVATO), username="m\u2022o"),
    registered(State.ATTIVATO, booked(OperationKind.REVOCA), strong=True),
    registered(State.RESPINTO, residence=None, document=None),
)
DISPUTE: Final = Dispute(
    "ab" * 16, NUMBER, "Rossi Mario", "booking", "edit.overtaken", "remedy.other", 1, "kiosk-0002"
)
TEXTS: Final = ("", "yes", "no", "TO", "L219", "EE", "x", "1/1/1980", CODE, "a@b.it", "Z110", "-")


def touches(dice: random.Random) -> Event:
    """Something that a clerk may do."""
    field = dice.choice(list(FieldId))
    choices: tuple[Event, ...] = (
        *([ev.Continued()] * 6),
        *([ev.Back()] * 2),
        ev.Refused(),
        ev.ScreenTouched(),
        ev.HelpOpened(),
        ev.HelpClosed(),
        ev.StopAsked(),
        ev.StopCancelled(),
        cl.SignInAsked(bytearray(b"1")),
        *([cl.MenuChosen(dice.choice(list(MenuEntry)))] * 3),
        cl.FieldTyped(field, dice.choice(TEXTS)),
        cl.FieldLeft(field),
        cl.Cleared(),
        cl.PageTurned(dice.randint(-1, 3)),
        cl.RowChosen(NUMBER, dice.choice(list(CaseAction)), dice.choice(["", "ab" * 16])),
        *([cl.CaseActionChosen(dice.choice(list(CaseAction)))] * 3),
        cl.OperationChosen(dice.choice(list(OperationKind))),
        *([cl.CheckToggled(dice.choice(list(Check)))] * 6),
        ev.BarcodeTyped(dice.choice((CODE, NUMBER, "SPORTELLO1:" + "A" * 300, "?"))),
        ev.CardInserted(),
        cl.OperatorCardTold(present=dice.random() < 0.95),
        ev.TimePassed(dice.randint(0, 9), TODAY),
        cl.MirrorTold(MirrorStanding(disputes=dice.randint(0, 2))),
    )
    return dice.choice(choices)


def answers(walk: Walk, dice: random.Random) -> Iterator[Event]:  # noqa: C901, PLR0912  # one line an effect
    """What the runtime may say to everything that was asked since."""
    case = CaseFile(dice.choice(CASES))
    for effect in walk.effects:
        match effect:
            case asked.SignIn():
                yield cl.SignedIn(SESSION, CLERK, MirrorStanding())
            case asked.SignInByDay():
                yield cl.SignedIn(SESSION, CLERK, MirrorStanding(), 3600)
            case asked.SearchRegistrations(page=page):
                yield cl.SearchFinished(
                    SESSION, Found((ROW,), 120, more_than_total=False, page=page)
                )
            case asked.OpenRegistration() | asked.ReadCase() if dice.random() < 0.9:
                yield cl.RegistrationOpened(SESSION, case)
            case asked.OpenRegistration() | asked.ReadCase():
                yield cl.RegistrationNotOpened(SESSION, "registration.gone")
            case asked.LookUpPerson(_, code):
                kind = dice.choice([*StandingKind, StandingKind.UNKNOWN, StandingKind.UNKNOWN])
                found = PersonFound(RegisterName.AURA, PERSON, HOME, None, DOCUMENT)
                certain = dice.random() < 0.8
                yield cl.PersonLookedUp(SESSION, code, Standing(kind, NUMBER), found, certain)
            case asked.AskLease(_, number):
                yield cl.LeaseTold(
                    SESSION, number, dice.choice((None, LeaseGranted(1), LeaseHeld("A", "B", 1)))
                )
            case asked.RecordCounterAct(_, operation_id) if dice.random() < 0.8:
                following = UUID(int=operation_id.int + 1)
                at = datetime(2026, 11, 23, tzinfo=UTC)
                yield cl.CounterActRecorded(
                    SESSION, operation_id, following, at, dice.choice(CASES)
                )
            case asked.RecordCounterAct(_, operation_id):
                following = UUID(int=operation_id.int + 1)
                yield cl.CounterActNotRecorded(SESSION, operation_id, following, "store.full")
            case asked.PrintCounterPaper(document=document) if dice.random() < 0.8:
                yield ev.Printed(SESSION, document, dice.choice(list(Certainty)))
                yield ev.PaperConfirmed(document, came=True)
            case asked.PrintCounterPaper(document=document):
                yield ev.PrintFailed(SESSION, document, "printer.jam")
            case asked.AskUsername():
                yield cl.UsernameAnswered(SESSION, dice.choice((None, "mario")), "inquiry.offline")
            case asked.ListDisputes():
                yield cl.DisputesListed(SESSION, (DISPUTE,))
            case _:
                if type(effect).__name__ == "ReadCard":
                    yield ev.CardRead(SESSION, CardData(CODE, "ROSSI", "MARIO", "01011980", "M"))
                if type(effect).__name__ == "EndSession":
                    yield ev.Started(SESSION, UUID(int=7), TODAY)
    walk.effects.clear()


def keys(phrase: Phrase) -> Iterator[str]:
    """The key of a phrase, and those of the phrases in it."""
    yield phrase.key
    for _, value in phrase.values:
        if isinstance(value, Phrase):
            yield from keys(value)


def said(walk: Walk) -> set[str]:
    """Every key that the page says, shows or offers."""
    session = walk.session
    page = wording(session)
    phrases = [page.title, *page.body, *page.help, *(one.label for one in page.actions)]
    phrases += [page.problem] if page.problem else []
    phrases += spoken(session)
    for section in rows.sections(session):
        phrases.append(section.title)
        for row in section.rows:
            phrases += [one for one in (row.label, row.value, row.before, row.problem) if one]
    sheet = getattr(session.activity, "sheet", None)
    if sheet is not None:
        for row in sheet.fields:
            phrases += [Phrase(row.label), Phrase(row.hint)]
            phrases.append(sheet_steps.option_label(sheet, row.id, session.surroundings))
            problem = sheet.problem(row.id)
            phrases += [Phrase(f"problem.{problem.code}")] if problem else []
    return {key for phrase in phrases for key in keys(phrase)}


def filled(walk: Walk, dice: random.Random) -> None:
    """Types all that a form wants, ticks all boxes, signs in, at times."""
    if screen_name(walk.session) == "clerk.day-sign-in" and dice.random() < 0.5:
        walk(cl.DaySignInAsked(CODE, bytearray(b"ABCDEFGHJKLM")))
        walk(cl.SignedIn(SESSION, CLERK, MirrorStanding(), dice.choice([60, 36_000])))
    if screen_name(walk.session) in {"clerk.sign-in", "clerk.card-pulled"} and dice.random() < 0.5:
        walk(cl.OperatorCardTold(present=True), cl.SignInAsked(bytearray(b"1")))
        walk(cl.SignedIn(SESSION, CLERK, MirrorStanding()))
    if hasattr(walk.activity, "checks") and dice.random() < 0.3:
        walk.checks()
    if hasattr(walk.activity, "kinds") and dice.random() < 0.5:
        walk(cl.OperationChosen(dice.choice(walk.activity.kinds)))
    if getattr(walk.activity, "sheet", None) is not None and dice.random() < 0.3:
        start = {
            FieldId.CODICE_FISCALE: CODE,
            FieldId.RESIDENCE_PROVINCE: "TO",
            FieldId.RESIDENCE_COMUNE: "L219",
        }
        more = DELEGATE_FIELDS if dice.random() < 0.3 else {}
        walk.types({**start, **REST_OF_FORM, **more})


@pytest.mark.parametrize("seeds", [range(6), range(6, 12), range(12, 18)])
def test_any_order_of_touches_is_taken_and_every_page_has_its_texts(seeds: range) -> None:
    seen: set[str] = set()
    for seed in seeds:
        dice = random.Random(seed)
        walk = counter()
        for _ in range(1000):
            filled(walk, dice)
            walk(touches(dice))
            if dice.random() < 0.9:
                for answer in list(answers(walk, dice)):
                    walk(answer)
                    seen.add(screen_name(walk.session))
            seen.add(screen_name(walk.session))
            assert said(walk) - ITALIAN == set(), screen_name(walk.session)
            assert can_go_back(walk.session) in {True, False}
            assert can_stop(walk.session) in {True, False}
    pages = {one.partition("+")[0] for one in seen}
    assert len(pages & set(NAMES.values())) >= 24, sorted(set(NAMES.values()) - pages)
