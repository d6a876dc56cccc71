"""Users of weight, addresses and Security Officers: no way round the rules that keep them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.hub.console import records
from sync.hub.store import cards, officers, users
from sync.hub.store.letters import LetterKind
from sync.hub.store.officers import OfficerRequest
from sync.hub.store.users import User
from sync.model.console import OfficerAction, UserAction, UserChange, UserReason
from sync.model.errors import Problem
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserType
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.test_census_and_officers import line, load, officer_act
from tests.unit.hub.console.test_day_sign_in import set_for
from tests.unit.hub.console.test_letters import composed, text
from tests.unit.hub.console.town import Town
from tests.unit.hub.stations import HOUR, codice_fiscale

MAYOR, SECURITY, OTHER = 1, 2, 3
DAY = 24 * HOUR
ELSEWHERE = frozenset({Environment.BEFORE_TAKEOVER})


def change(town: Town, by: User | None, person: int, **changes: Any) -> str:
    """Modifica of a user of Rome; the code of the problem, or empty."""
    user = town.user(person)
    act = UserChange(
        ROME,
        user.codice_fiscale,
        records.of_user(town.store, user).digest,
        user.email,
        user.pec,
        user.environments,
        user.profiles,
    )
    with town.store.transaction():
        found = town.desk(by).change(replace(act, **changes), user)
    return "" if found is None else found.code


@pytest.fixture
def by(town: Town) -> User:
    """The administrator of security of a town with a Mayor."""
    town.employ(MAYOR, Profile.ASC)
    return town.employ(SECURITY, Profile.ALS)


def replace_card(town: Town, by: User, person: int) -> str:
    serial = town.card(person).serial
    return town.act(person, UserAction.REPLACE_CARD, by=by, reason=UserReason.BROKEN, serial=serial)


@pytest.mark.rule("R-004-1", "R-004-7")
def test_other_environment_takes_nobody_of_weight_away(town: Town, by: User) -> None:
    assert change(town, by, MAYOR, environments=ELSEWHERE) == "user.census"
    assert change(town, by, SECURITY, environments=ELSEWHERE) == "user.last-als"
    assert town.in_roster(MAYOR) is not None
    assert town.in_roster(SECURITY) is not None


@pytest.mark.rule("R-004-1", "R-004-7", "R-004-24")
def test_replaced_card_takes_nobody_of_weight_away(town: Town, by: User) -> None:
    assert replace_card(town, by, MAYOR) == "user.census"
    assert replace_card(town, by, SECURITY) == "user.last-als"
    assert replace_card(town, town.user(MAYOR), SECURITY) == "", "the Mayor may"


@pytest.mark.rule("R-004-1")
def test_only_the_census_names_and_removes_a_mayor(town: Town, by: User, tmp_path: Path) -> None:
    town.employ(OTHER)
    mayor = frozenset({Profile.ASC})
    assert change(town, by, OTHER, profiles=mayor) == "user.census"
    with town.store.transaction():
        found = town.desk(by).insert(town.insertion(9, Profile.ASC))
    assert isinstance(found, Problem)
    assert found.code == "user.census"
    assert change(town, town.user(MAYOR), OTHER, profiles=mayor) == ""
    for who in (by, town.user(OTHER)):
        assert town.act(MAYOR, UserAction.DELETE, by=who) == "user.census"
    load(town, tmp_path, line(OTHER, "asc"))
    assert Profile.ASC not in town.user(MAYOR).profiles
    assert town.act(MAYOR, UserAction.DELETE, by=by) == ""


@pytest.mark.rule("R-004-7")
def test_administrator_without_an_active_card_counts_for_nobody(town: Town, by: User) -> None:
    town.insert(OTHER, Profile.ALS)
    assert town.act(SECURITY, UserAction.DELETE, by=by) == "user.last-als"
    town.give_card(OTHER)
    assert town.act(SECURITY, UserAction.DELETE, by=by) == ""


@pytest.mark.rule("R-004-28", "R-004-34")
def test_new_address_is_told_to_the_old_one_and_gets_nothing_for_a_day(
    town: Town, by: User
) -> None:
    town.employ(OTHER)
    serial = town.card(OTHER).serial
    before = {letter.id for letter in town.due()}
    assert change(town, by, OTHER, email="first@example.org") == ""
    assert change(town, by, OTHER, email="second@example.org") == ""
    told = [one for one in town.due() if one.id not in before]
    assert [one.kind for one in told] == [LetterKind.USER_ADDRESS] * 2
    assert [one.recipient for one in told] == ["persona3@example.org", "first@example.org"]
    words = text(composed(town, told[0]))
    assert "Roma Capitale" in words
    assert "second@example.org" not in words
    assert set_for(town, OTHER) == "user.email-new"
    assert town.act(OTHER, UserAction.SEND_CODES, serial=serial) == "user.email-new"
    town.now += DAY
    assert town.act(OTHER, UserAction.SEND_CODES, serial=serial) == ""


@pytest.mark.rule("R-004-22", "R-004-28")
def test_card_is_not_registered_to_an_address_of_today(town: Town, by: User) -> None:
    town.insert(OTHER)
    assert change(town, by, OTHER, email="new@example.org") == ""
    with pytest.raises(AssertionError):
        town.give_card(OTHER)
    assert town.card(OTHER).state is CardState.HANDED_OVER
    serial = town.card(OTHER).serial
    assert town.act(OTHER, UserAction.REGISTER_CARD, serial=serial) == "user.email-new"


@pytest.mark.rule("R-004-28", "R-004-34")
def test_deleting_and_inserting_anew_is_no_way_to_a_new_address(town: Town) -> None:
    town.employ(OTHER)
    town.insert(OTHER, comune=TURIN)
    assert town.act(OTHER, UserAction.DELETE) == ""
    town.insert(OTHER, email="new@example.org")
    assert town.in_roster(OTHER) is not None
    assert set_for(town, OTHER) == "user.email-new"


@pytest.mark.rule("R-004-1", "R-004-28")
def test_census_alone_changes_the_address_of_whoever_it_names(
    town: Town, by: User, tmp_path: Path
) -> None:
    for who in (by, town.user(MAYOR)):
        assert change(town, who, MAYOR, email="other@example.org") == "user.census"
    assert load(town, tmp_path, line(MAYOR, "asc")) == 1
    assert town.user(MAYOR).email == "p1@example.org"
    assert town.due()[-1].recipient == "persona1@example.org"
    assert load(town, tmp_path, line(MAYOR, "asc")) == 0


@pytest.mark.rule("R-004-1", "R-004-23")
def test_census_asks_for_a_card_for_whoever_has_none(town: Town, tmp_path: Path) -> None:
    town.insert(OTHER, card=False)
    assert load(town, tmp_path, line(OTHER, "asc")) == 1
    assert town.card(OTHER).state is CardState.REQUESTED
    load(town, tmp_path, line(OTHER, "asc"))
    assert len(cards.in_state(town.store, CardState.REQUESTED)) == 1


@pytest.mark.rule("R-001-7")
def test_control_of_cards_is_not_switched_off_with_the_officer(town: Town) -> None:
    town.employ(1, user_type=UserType.SECURITY_OFFICER)
    officer_act(town, 1, OfficerAction.MASTER_RECEIVED)
    town.now += HOUR
    town.employ(2, Profile.PRIVILEGED)
    entry = town.in_roster(2)
    assert entry is not None
    assert entry.rights == frozenset()
    assert town.act(1, UserAction.DELETE) == "officer.last"
    town.insert(3, user_type=UserType.SECURITY_OFFICER)
    assert town.act(1, UserAction.DELETE) == "officer.last", "the other has no password yet"
    officer_act(town, 3, OfficerAction.MASTER_RECEIVED)
    assert town.act(1, UserAction.DELETE) == ""
    with town.store.transaction():
        users.delete(town.store, town.user(3))  # by whatever way
    assert officers.received_since(town.store, ROME) == town.now - HOUR
    assert change(town, None, 2, email="x@example.org") == ""
    entry = town.in_roster(2)
    assert entry is not None
    assert entry.rights == frozenset()


def test_request_to_the_ministry_shows_nobody() -> None:
    one = OfficerRequest(7, "richiesta-revoca-sco", ROME, "SN1", 0, None, codice_fiscale(1))
    assert repr(one) == "OfficerRequest(id=7)"


def test_letter_about_a_card_names_the_card_and_nobody(town: Town) -> None:
    town.employ(1, Profile.ALS)
    town.employ(5, surname="ZZUNICO")
    town.insert(5, comune=TURIN)
    for what, word, reason in (
        (UserAction.BLOCK, "bloccata", UserReason.THEFT),
        (UserAction.UNBLOCK, "sbloccata", UserReason.ORDER),
        (UserAction.REPLACE_CARD, "sostituita", UserReason.BROKEN),
    ):
        serial = town.card(5).serial or ""
        named = serial if what is UserAction.REPLACE_CARD else ""
        assert town.act(5, what, reason=reason, serial=named) == ""
        message = composed(town, town.due()[-1])
        assert str(message["Subject"]) == f"La smart card {serial} è stata {word}"
        assert "ZZUNICO" not in text(message)
        assert codice_fiscale(5) not in text(message)
