"""One card, several comuni: none of them makes, brings back or takes away what opens another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.hub.console import production, records
from sync.hub.console.derivation import Offices
from sync.hub.store import cards, operators, users
from sync.hub.store.letters import LetterKind
from sync.hub.store.operators import KnownOperator, Source
from sync.model.console import UserAction, UserReason
from sync.model.rosters import Right, Roster
from sync.model.smart_cards import CardState
from sync.model.users import Profile
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.town import Town, certificate, thumbprint
from tests.unit.hub.stations import HOUR, codice_fiscale

MILAN = "015146"
THEFT = UserReason.THEFT


@pytest.mark.rule("R-004-36")
def test_stolen_card_does_not_come_back_through_another_comune(town: Town) -> None:
    town.employ(5)
    town.insert(5, comune=TURIN)
    assert town.act(5, UserAction.BLOCK, reason=THEFT) == ""
    again = town.act(5, UserAction.BLOCK, comune=TURIN, reason=UserReason.LOSS)
    assert again == "card.forbidden"
    assert town.act(5, UserAction.UNBLOCK, comune=TURIN) == "user.forbidden"
    assert (town.card(5).state, town.card(5).blocked_by) == (CardState.BLOCKED, ROME)
    assert town.roster() == []


@pytest.mark.rule("R-004-32", "R-004-36")
def test_stolen_card_does_not_come_back_through_an_heir(town: Town) -> None:
    town.employ(5)
    town.insert(5, comune=TURIN)
    serial = town.card(5).serial or ""
    assert town.act(5, UserAction.BLOCK, reason=THEFT) == ""
    assert town.act(5, UserAction.DELETE) == ""
    assert town.act(5, UserAction.UNBLOCK, comune=TURIN) == "user.forbidden"
    found = cards.by_serial(town.store, serial)
    assert found is not None
    assert found.state is CardState.DISABLED
    assert town.act(5, UserAction.NEW_CARD, comune=TURIN) == ""


@pytest.mark.rule("R-004-20")
def test_card_that_another_comune_asked_for_opens_when_this_one_registers_it(town: Town) -> None:
    town.insert(5, Profile.PRIVILEGED, card=False)
    town.insert(5, comune=TURIN, email="rogue@example.org")
    town.give_card(5)
    assert town.in_roster(5, TURIN) is not None
    assert town.in_roster(5) is None, "a card of Turin's making"
    shown = records.of_user(town.store, town.user(5)).card
    assert shown is not None
    assert shown.state is CardState.HANDED_OVER, "it waits to be registered here"
    mailed = len(town.due())
    assert town.act(5, UserAction.REGISTER_CARD, serial="SN999999") == "card.other"
    assert town.act(5, UserAction.REGISTER_CARD, serial=town.card(5).serial) == ""
    assert len(town.due()) == mailed, "codes are the other comune's business"
    entry = town.in_roster(5)
    assert entry is not None
    assert Right.MANAGE in entry.rights
    again = town.act(5, UserAction.REGISTER_CARD, serial=town.card(5).serial, comune=TURIN)
    assert again == "card.forbidden"


@pytest.mark.rule("R-004-20")
def test_card_on_its_way_is_registered_by_nobody_else(town: Town) -> None:
    town.insert(5)
    town.insert(5, comune=TURIN)
    production.deliver(town.store, [town.delivery(5)])
    serial = town.card(5).serial
    for what in (UserAction.HAND_OVER_CARD, UserAction.REGISTER_CARD):
        assert town.act(5, what, comune=TURIN, serial=serial) == "card.other-comune"


@pytest.mark.rule("R-004-20", "R-004-32")
def test_heir_makes_no_card_that_opens_other_comuni(town: Town) -> None:
    town.employ(5, Profile.PRIVILEGED)
    town.insert(5, Profile.PRIVILEGED, comune=MILAN)
    town.insert(5, comune=TURIN, email="rogue@example.org")
    assert town.in_roster(5, MILAN) is not None, "it was active when they were inserted"
    assert town.act(5, UserAction.DELETE) == ""
    card = town.card(5)
    assert (card.comune, card.codes) == (TURIN, None), "its codes go to no other mailbox"
    assert town.act(5, UserAction.SEND_CODES, comune=TURIN, serial=card.serial) == "card.no-codes"
    replaced = {"serial": card.serial, "reason": UserReason.BROKEN}
    assert town.act(5, UserAction.REPLACE_CARD, comune=TURIN, **replaced) == ""
    town.now += 25 * HOUR
    town.give_card(5)
    assert town.in_roster(5, TURIN) is not None
    assert town.in_roster(5, MILAN) is None


@pytest.mark.rule("R-004-32")
def test_heir_that_never_registered_the_card_is_not_opened_by_it(town: Town) -> None:
    town.insert(5)
    town.insert(5, Profile.PRIVILEGED, comune=TURIN)
    town.give_card(5)
    assert town.act(5, UserAction.DELETE) == ""
    assert town.card(5).comune == TURIN
    assert town.in_roster(5, TURIN) is None
    assert town.act(5, UserAction.REGISTER_CARD, comune=TURIN, serial=town.card(5).serial) == ""
    assert town.in_roster(5, TURIN) is not None


@pytest.mark.rule("R-004-31", "R-004-36")
def test_block_by_another_comune_is_told_and_taken_back_by_who_asked_for_the_card(
    town: Town,
) -> None:
    town.employ(1, Profile.ASC)
    town.employ(2, Profile.ALS)
    town.insert(3, Profile.ALS, comune=TURIN)
    town.insert(1, comune=TURIN, card=False)
    before = {letter.id for letter in town.due()}
    by = town.user(3, TURIN)
    assert town.act(1, UserAction.BLOCK, comune=TURIN, reason=THEFT, by=by) == ""
    assert town.in_roster(1) is None
    told = [one for one in town.due() if one.id not in before]
    assert {one.kind for one in told} == {LetterKind.USER_CARD}
    assert {one.recipient for one in told} == {"persona1@example.org", "persona2@example.org"}
    facts = told[0].facts
    assert (facts["operation"], facts["office"]) == ("blocked", "Comune di Torino")
    assert facts["card"] == town.card(1).serial
    assert town.act(1, UserAction.UNBLOCK, by=town.user(1)) == ""
    assert town.in_roster(1) is not None
    last = [one for one in town.due() if one.facts.get("operation") == "unblocked"]
    assert {one.recipient for one in last} == {"persona2@example.org", "persona3@example.org"}


def test_what_one_comune_does_to_its_own_card_is_told_to_nobody(town: Town) -> None:
    town.employ(2, Profile.ALS)
    town.employ(5)
    town.act(5, UserAction.BLOCK, reason=THEFT)
    assert LetterKind.USER_CARD not in {one.kind for one in town.due()}


def _by_file(known: KnownOperator) -> KnownOperator:
    entry = replace(known.entry, comune="", profiles=frozenset(), office="Ente di prima", comuni=())
    return KnownOperator(entry, known.certificate)


@pytest.mark.rule("R-004-31", "R-004-36")
def test_card_of_the_console_goes_by_no_line_of_a_file(town: Town) -> None:
    town.employ(1, Profile.PRIVILEGED)
    (known,) = operators.in_force(town.store)
    with town.store.transaction():
        assert operators.replace_all(town.store, [_by_file(known)], town.now) == 0
    assert town.act(1, UserAction.BLOCK) == ""
    assert town.roster() == []
    # A roster of before, as a station may have it: the comune's line went, the file's is there.
    elsewhere = replace(known.entry, comune=TURIN)
    roster = Roster(1, town.now, (_by_file(known).entry, elsewhere))
    assert roster.entry(known.entry.thumbprint, ROME) is None


@pytest.mark.rule("R-004-20")
def test_line_of_a_file_ends_when_the_console_comes_to_know_the_card(town: Town) -> None:
    town.insert(1)
    one = town.delivery(1)
    made = certificate(town.keys[one.serial], 1)
    town.employ(2)
    pattern = next(known for known in operators.in_force(town.store))
    entry = replace(_by_file(pattern).entry, thumbprint=thumbprint(made))
    with town.store.transaction():
        operators.replace_all(town.store, [KnownOperator(entry, made)], town.now)
    assert len(operators.in_force(town.store, Source.CSV)) == 1
    town.now += HOUR
    production.deliver(town.store, [replace(one, certificate=made)], town.now)
    assert operators.in_force(town.store, Source.CSV) == []
    assert operators.at(town.store, thumbprint(made), town.now - 1) is not None, "it was so then"
    assert operators.is_due(town.store)


def test_comuni_of_one_name_are_told_apart_by_province() -> None:
    offices = Offices()
    names = {offices.name(istat) for istat in ("001235", "022165")}
    assert names == {"Comune di Samone (TO)", "Comune di Samone (TN)"}
    assert offices.name(TURIN) == "Comune di Torino"


def test_deletion_ends_what_a_comune_let_a_card_open(town: Town) -> None:
    town.employ(5)
    town.insert(5, comune=TURIN)
    card = town.card(5)
    assert cards.is_adopted(town.store, card.id, TURIN)
    assert town.act(5, UserAction.DELETE, comune=TURIN) == ""
    assert not cards.is_adopted(town.store, card.id, TURIN)
    assert users.of(town.store, TURIN, codice_fiscale(5)) is None
