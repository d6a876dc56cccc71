"""What acts on users lead to: every action on every state of user and card."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from sync.hub.console import consequences, working_days
from sync.hub.console.consequences import Consequence, Effect
from sync.hub.store.users import User
from sync.model.console import UserAction, UserActionAct, UserChange, UserReason
from sync.model.errors import Problem
from sync.model.rights import Right
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserState
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
    theirs = {"blocked_by": TURIN, "comune": TURIN}
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
    for first in ("furto", "smarrimento"):
        held = {"reason": first, "blocked_by": TURIN}
        again = led_to(UserAction.BLOCK, _C.BLOCKED, reason=reason, held=held)
        assert again == "card.forbidden", "it stays with who said it first"
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
    by_others = taken | {"blocked_by": TURIN}
    found = led_to(UserAction.UNBLOCK, _C.BLOCKED, held=by_others)
    assert found == Consequence(card=_C.ACTIVE), "who asked for the card may always say it is found"


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


@pytest.mark.rule("R-004-32", "R-004-36")
def test_stolen_card_goes_with_the_comune_that_asked_for_it() -> None:
    taken = {"blocked_by": ROME, "reason": UserReason.THEFT.value}
    gone = Consequence(UserState.DELETED, _C.DISABLED)
    assert led_to(UserAction.DELETE, _C.BLOCKED, comuni=2, held=taken) == gone
    held = taken | {"comune": TURIN}
    elsewhere = led_to(UserAction.DELETE, _C.BLOCKED, comuni=2, held=held)
    assert elsewhere == Consequence(UserState.DELETED)


ALL: Final = frozenset({Right.USERS, Right.APPOINT})


def lock_out(
    of: User,
    act: UserActionAct | UserChange,
    by: User | None,
    *,
    lost: frozenset[Right] = frozenset(),
    others: bool = False,
) -> str:
    """The code, where `of` may not be touched so."""
    found = consequences.lock_out(of, act, Effect(ALL, ALL - lost, others), by=by)
    return "" if found is None else found.code


SECURITY, MAYOR, DELEGATE = (
    user(number, one) for number, one in enumerate((Profile.ALS, Profile.ASC, Profile.APL), 1)
)


@pytest.mark.rule("R-004-7")
@pytest.mark.parametrize("what", UserAction)
def test_last_administrator_of_security_stays_unless_the_mayor_acts(what: UserAction) -> None:
    """By what they can do before and after, whatever is done."""
    of, lost, act = user(9, Profile.ALS), frozenset({Right.USERS}), action(9, what)
    assert lock_out(of, act, SECURITY, lost=lost) == "user.last-als"
    assert lock_out(of, act, None, lost=lost) == "user.last-als"
    assert lock_out(of, act, SECURITY, lost=lost, others=True) == ""
    assert lock_out(of, act, SECURITY) == ""
    assert lock_out(of, act, MAYOR, lost=lost) == ""
    elsewhere = change(of, Profile.ALS, environments=frozenset({Environment.BEFORE_TAKEOVER}))
    assert lock_out(of, elsewhere, SECURITY, lost=lost) == "user.last-als"


@pytest.mark.rule("R-004-1")
def test_who_the_census_names_is_not_removed_but_by_the_census() -> None:
    for what in (UserAction.BLOCK, UserAction.UNBLOCK, UserAction.DELETE):
        for of in (MAYOR, DELEGATE):
            assert lock_out(of, action(2, what), SECURITY) == "user.census"
    for by in (MAYOR, DELEGATE, user(8, Profile.ASC)):
        assert lock_out(MAYOR, action(2, UserAction.DELETE), by) == "user.census"
        assert lock_out(DELEGATE, action(3, UserAction.DELETE), by) == "user.census"
        assert lock_out(DELEGATE, action(3, UserAction.BLOCK), by) == ""
    assert lock_out(MAYOR, action(2, UserAction.BLOCK), DELEGATE) == "user.census"
    assert lock_out(MAYOR, action(2, UserAction.UNBLOCK), DELEGATE) == ""
    lost = frozenset({Right.APPOINT})
    replaced = action(2, UserAction.REPLACE_CARD, reason=UserReason.BROKEN)
    assert lock_out(MAYOR, replaced, SECURITY, lost=lost) == "user.census"
    assert lock_out(MAYOR, replaced, DELEGATE, lost=lost) == ""
    stolen = action(2, UserAction.BLOCK, reason=UserReason.THEFT)
    assert lock_out(MAYOR, stolen, SECURITY, lost=lost) == "", "at once, of the card alone"


@pytest.mark.rule("R-004-1", "R-004-28")
def test_change_leaves_role_address_and_console_of_the_census_alone() -> None:
    lost = frozenset({Right.APPOINT})
    elsewhere = change(MAYOR, Profile.ASC, environments=frozenset({Environment.BEFORE_TAKEOVER}))
    for by in (SECURITY, DELEGATE):
        assert lock_out(MAYOR, elsewhere, by, lost=lost) == "user.census"
        assert lock_out(MAYOR, change(MAYOR, Profile.ENROLMENT), by) == "user.census"
        assert lock_out(MAYOR, change(MAYOR, Profile.ASC, email="x@example.org"), by) == (
            "user.census"
        )
        assert lock_out(MAYOR, change(MAYOR, Profile.ASC, pec="x@pec.example"), by) == "user.census"
    assert lock_out(MAYOR, change(MAYOR, Profile.ASC, Profile.ENROLMENT), SECURITY) == ""
    one = user(7, Profile.ENROLMENT)
    assert lock_out(one, change(one, Profile.ASC), SECURITY) == "user.census"
    assert lock_out(one, change(one, Profile.ASC), None) == "user.census"
    assert lock_out(one, change(one, Profile.ASC), MAYOR) == ""


@pytest.mark.rule("R-004-7")
def test_nobody_gives_themselves_more() -> None:
    more = change(SECURITY, Profile.ALS, Profile.PRIVILEGED)
    assert lock_out(SECURITY, more, SECURITY, others=True) == "user.self"
    same = change(SECURITY, Profile.ALS, email="other@example.org")
    assert lock_out(SECURITY, same, SECURITY) == ""


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
