"""What acts on users lead to: every action on every state of user and card."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from sync.hub.console import consequences, working_days
from sync.hub.console.consequences import Consequence
from sync.model.console import UserAction, UserReason
from sync.model.errors import Problem
from sync.model.smart_cards import CardState
from sync.model.users import Profile, UserState
from tests.unit.hub.console.people import ROME, TURIN, action, card, change, user

_C: Final = CardState
_WITH_SERIAL: Final = tuple(one for one in UserAction if one in consequences.ON_THE_CARD)


def led_to(
    what: UserAction,
    state: CardState | None,
    *,
    blocked: bool = False,
    comuni: int = 1,
    reason: UserReason = UserReason.ORDER,
    held: dict[str, str] | None = None,
) -> Consequence | str:
    """The consequence, or the code of the problem."""
    of = user(1, state=UserState.BLOCKED if blocked else UserState.ACTIVE)
    has = None if state is None else card(1, state, **(held or {}))
    serial = has.serial or "" if has is not None and what in _WITH_SERIAL else ""
    act = action(1, what, reason=reason, serial=serial, reported=True)
    found = consequences.of_action(act, of, has, comuni=comuni)
    return found.code if isinstance(found, Problem) else found


@pytest.mark.rule("R-004-23", "R-004-24", "C-004-6")
@pytest.mark.parametrize("state", [None, *CardState])
def test_new_card_and_replacement_exclude_each_other(state: CardState | None) -> None:
    new = led_to(UserAction.NEW_CARD, state)
    other = led_to(UserAction.REPLACE_CARD, state)
    if state in {None, _C.DISABLED}:
        assert new == Consequence(new_card=True)
        assert other in {"card.none", "card.forbidden"}
    elif state in {_C.ACTIVE, _C.BLOCKED}:
        assert new == "card.exists"
        assert other == Consequence(card=_C.DISABLED, new_card=True)
    else:  # on its way: there is nothing to replace yet
        assert (new, other) == ("card.exists", "card.forbidden")


@pytest.mark.rule("R-004-21", "R-004-22")
@pytest.mark.parametrize("state", [None, *CardState])
def test_only_a_card_that_the_prefettura_handed_over_is_registered(state: CardState | None) -> None:
    found = led_to(UserAction.REGISTER_CARD, state)
    if state is _C.HANDED_OVER:
        assert found == Consequence(card=_C.ACTIVE, mail_codes=True)
    else:
        assert found == ("card.none" if state is None else "card.forbidden")


@pytest.mark.rule("R-004-1", "R-004-21")
@pytest.mark.parametrize("state", CardState)
def test_only_a_card_at_the_prefettura_is_collected(state: CardState) -> None:
    found = led_to(UserAction.HAND_OVER_CARD, state)
    assert found == (
        Consequence(card=_C.HANDED_OVER) if state is _C.AT_PREFETTURA else "card.forbidden"
    )


@pytest.mark.rule("R-004-26")
@pytest.mark.parametrize("state", CardState)
def test_codes_are_mailed_again_only_after_registration(state: CardState) -> None:
    found = led_to(UserAction.SEND_CODES, state)
    assert found == (Consequence(mail_codes=True) if state is _C.ACTIVE else "card.not-registered")


@pytest.mark.rule("R-004-20")
@pytest.mark.parametrize("what", _WITH_SERIAL)
def test_card_must_be_the_one_that_is_named(what: UserAction) -> None:
    found = consequences.of_action(
        action(1, what, serial="SN999999"), user(1), card(1, _C.HANDED_OVER), comuni=1
    )
    assert isinstance(found, Problem)
    assert found.code == "card.other"


@pytest.mark.rule("R-004-20")
@pytest.mark.parametrize("what", _WITH_SERIAL)
def test_no_other_comune_gets_a_card_or_codes_that_open_this_one(what: UserAction) -> None:
    elsewhere = card(1, _C.HANDED_OVER, comune=TURIN)
    act = action(1, what, serial=elsewhere.serial)
    found = consequences.of_action(act, user(1), elsewhere, comuni=2)
    assert isinstance(found, Problem)
    assert found.code == "card.other-comune"


@pytest.mark.rule("R-004-31", "C-004-5")
def test_block_is_of_user_and_card_and_can_be_taken_back() -> None:
    assert led_to(UserAction.BLOCK, _C.ACTIVE) == Consequence(UserState.BLOCKED, _C.BLOCKED)
    assert led_to(UserAction.BLOCK, _C.ACTIVE, blocked=True) == "user.forbidden"
    assert led_to(UserAction.BLOCK, None) == Consequence(UserState.BLOCKED)
    ours = {"blocked_by": ROME, "reason": UserReason.ORDER.value}
    assert led_to(UserAction.UNBLOCK, _C.BLOCKED, blocked=True, held=ours) == Consequence(
        UserState.ACTIVE, _C.ACTIVE
    )
    assert led_to(UserAction.UNBLOCK, _C.ACTIVE) == "user.forbidden"


@pytest.mark.rule("R-004-31", "R-004-32")
def test_block_in_one_of_several_comuni_leaves_the_card_to_the_others() -> None:
    assert led_to(UserAction.BLOCK, _C.ACTIVE, comuni=2) == Consequence(UserState.BLOCKED)
    theirs = {"blocked_by": TURIN}
    assert led_to(UserAction.UNBLOCK, _C.BLOCKED, held=theirs) == "user.forbidden"
    assert led_to(UserAction.UNBLOCK, _C.BLOCKED, blocked=True, held=theirs) == Consequence(
        UserState.ACTIVE
    )


@pytest.mark.rule("R-004-36", "C-004-8")
@pytest.mark.parametrize("reason", [UserReason.THEFT, UserReason.LOSS])
@pytest.mark.parametrize("comuni", [1, 2])
def test_stolen_card_is_blocked_for_all_comuni(reason: UserReason, comuni: int) -> None:
    assert led_to(UserAction.BLOCK, _C.ACTIVE, reason=reason, comuni=comuni) == Consequence(
        card=_C.BLOCKED
    )
    assert led_to(UserAction.BLOCK, _C.BLOCKED, reason=reason) == Consequence(card=_C.BLOCKED)
    assert led_to(UserAction.BLOCK, None, reason=reason) == "card.none"
    assert led_to(UserAction.BLOCK, _C.DISABLED, reason=reason) == "card.forbidden"
    assert led_to(UserAction.REPLACE_CARD, _C.BLOCKED) == Consequence(
        card=_C.DISABLED, new_card=True
    )


@pytest.mark.rule("R-004-36")
def test_stolen_card_does_not_come_back_with_its_user() -> None:
    taken = {"blocked_by": ROME, "reason": UserReason.THEFT.value}
    assert led_to(UserAction.UNBLOCK, _C.BLOCKED, blocked=True, held=taken) == Consequence(
        UserState.ACTIVE
    )
    assert led_to(UserAction.UNBLOCK, _C.BLOCKED, held=taken) == Consequence(card=_C.ACTIVE)


@pytest.mark.rule("R-004-32", "R-004-35")
@pytest.mark.parametrize("state", [None, *CardState])
@pytest.mark.parametrize("blocked", [False, True])
def test_deletion_disables_the_card_in_the_last_comune_alone(
    state: CardState | None, *, blocked: bool
) -> None:
    ends = state not in {None, _C.DISABLED}
    assert led_to(UserAction.DELETE, state, blocked=blocked) == Consequence(
        UserState.DELETED, _C.DISABLED if ends else None
    )
    assert led_to(UserAction.DELETE, state, blocked=blocked, comuni=2) == Consequence(
        UserState.DELETED
    )


def lock_out(person: int, what: UserAction, others: list[int], by: int | None) -> str:
    """The code; persons up to 9 are administrators of security, 10 to 19 of the census."""
    people = {
        number: user(number, Profile.ALS if number < 10 else Profile.ASC) for number in range(20)
    }
    found = consequences.lock_out(
        people[person],
        action(person, what),
        [people[other] for other in others],
        by=None if by is None else people[by],
    )
    return "" if found is None else found.code


@pytest.mark.rule("R-004-7")
def test_last_administrator_of_security_stays_unless_the_mayor_acts() -> None:
    for what in (UserAction.BLOCK, UserAction.DELETE):
        assert lock_out(1, what, [], by=1) == "user.last-als"
        assert lock_out(1, what, [11], by=1) == "user.last-als"
        assert lock_out(1, what, [2], by=2) == ""
        assert lock_out(1, what, [11], by=11) == ""
    assert lock_out(1, UserAction.REPLACE_CARD, [], by=1) == "", "stolen cards go at once"


@pytest.mark.rule("R-004-1")
def test_who_the_census_names_is_not_removed_by_the_administrator_of_security() -> None:
    for what in (UserAction.BLOCK, UserAction.UNBLOCK, UserAction.DELETE):
        assert lock_out(11, what, [1], by=1) == "user.census"
        assert lock_out(11, what, [1], by=12) == ""
    stolen = action(11, UserAction.BLOCK, reason=UserReason.THEFT)
    assert consequences.lock_out(user(11, Profile.ASC), stolen, [], by=user(1, Profile.ALS)) is None
    mayor = user(11, Profile.ASC)
    changed = change(mayor, Profile.ENROLMENT)
    found = consequences.lock_out(mayor, changed, [], by=user(1, Profile.ALS))
    assert found is not None
    assert found.code == "user.census"


@pytest.mark.rule("R-004-7")
def test_nobody_gives_themselves_more() -> None:
    administrator = user(1, Profile.ALS)
    found = consequences.lock_out(
        administrator,
        change(administrator, Profile.ALS, Profile.PRIVILEGED),
        [user(2, Profile.ALS)],
        by=administrator,
    )
    assert found is not None
    assert found.code == "user.self"
    same = change(administrator, Profile.ALS, email="other@example.org")
    assert consequences.lock_out(administrator, same, [], by=administrator) is None
    fewer = change(administrator, Profile.ENROLMENT)
    found = consequences.lock_out(user(1, Profile.ALS, Profile.ENROLMENT), fewer, [], by=None)
    assert found is not None
    assert found.code == "user.last-als"


@pytest.mark.rule("R-004-34")
def test_daily_password_is_for_an_active_card_that_was_forgotten() -> None:
    by = user(1, Profile.ALS)
    assert consequences.password_problem(user(2), card(2), by=by) is None
    for state in set(CardState) - {CardState.ACTIVE}:
        found = consequences.password_problem(user(2), card(2, state), by=by)
        assert found is not None
        assert found.code == "daily.no-card"
    for of, has, code in (
        (user(2), None, "daily.no-card"),
        (user(2, state=UserState.BLOCKED), card(2), "user.blocked"),
        (by, card(1), "daily.own"),
    ):
        found = consequences.password_problem(of, has, by=by)
        assert found is not None
        assert found.code == code


@pytest.mark.rule("R-004-23", "R-004-24")
def test_ten_working_days_leave_out_weekends_and_holidays() -> None:
    # 2026: Tuesday 8 December is the Immaculate Conception.
    assert working_days.after(date(2026, 11, 26), 10) == date(2026, 12, 11)
    # Easter Monday, 25 April (a Saturday) and 1 May.
    assert working_days.after(date(2026, 4, 3), 10) == date(2026, 4, 20)
    assert working_days.after(date(2026, 4, 30), 1) == date(2026, 5, 4)
    # 4 October, a holiday again from 2026 on (law 151/2025): a Monday in 2027.
    assert working_days.after(date(2027, 10, 1), 1) == date(2027, 10, 5)
    assert working_days.after(date(2026, 12, 24), 1) == date(2026, 12, 28)
