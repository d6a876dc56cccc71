"""What an administrator's act on a user leads to, for the user and for the card: pure.

A person has one card over all comuni (R-004-20). So a comune that blocks or deletes one of several
users of a person leaves the card to the others (R-004-32), while a card that was stolen or lost is
blocked for all of them (R-004-36). What is done to the card itself is done by the comune that asked
for it; another one that is to be opened by it registers it for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from sync.hub.store.cards import Card
from sync.hub.store.users import User
from sync.model import smart_cards, users
from sync.model.console import (
    UserAction,
    UserActionAct,
    UserChange,
    UserInsertion,
    UserReason,
)
from sync.model.errors import Problem
from sync.model.rights import Right
from sync.model.smart_cards import CardEvent, CardState
from sync.model.users import CENSUS, Profile, UserEvent, UserState

ON_THE_CARD: Final = frozenset(
    {
        UserAction.REPLACE_CARD,
        UserAction.HAND_OVER_CARD,
        UserAction.REGISTER_CARD,
        UserAction.SEND_CODES,
    }
)
"""Acts on a card that exists: they name it by its serial number."""

_GONE: Final = frozenset({UserReason.THEFT, UserReason.LOSS})
_TAKEN: Final = frozenset(reason.value for reason in _GONE)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What becomes of user and card.

    Attributes:
        user: the user's next state, `DELETED` to be taken out; None: stays.
        card: the card's next state; None: stays.
        new_card: another card is asked for.
        mail_codes: the second halves of PIN, PUK and password are mailed.
    """

    user: UserState | None = None
    card: CardState | None = None
    new_card: bool = False
    mail_codes: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What a user may open in the comune of an act today.

    Attributes:
        before: the act; after: it.
        others: whether another user of the comune can give rights today, with an active card.
    """

    before: frozenset[Right]
    after: frozenset[Right]
    others: bool


def of_action(
    act: UserActionAct, user: User, card: Card | None, *, comuni: int, adopted: bool = True
) -> Consequence | Problem:
    """What an act on a user leads to, or why it may not be done.

    Args:
        act: what is done.
        user: in the comune of the act.
        card: the person's, the last where all are disabled.
        comuni: how many know the person.
        adopted: whether the card opens the comune of the act already.

    Returns:
        The consequence, or `user.forbidden`, `user.blocked`, `card.forbidden`, `card.none`,
        `card.exists`, `card.other`, `card.other-comune`, `card.not-registered`.
    """
    trouble = _wrong_card(act, card, adopted=adopted)
    if trouble is not None:
        return trouble
    match act.action:
        case UserAction.BLOCK:
            return _block(act, user, card, comuni)
        case UserAction.UNBLOCK:
            return _unblock(act, user, card)
        case UserAction.DELETE:
            return _delete(user, card, comuni)
        case UserAction.NEW_CARD:
            return _new_card(user, card)
        case (
            UserAction.REPLACE_CARD
            | UserAction.HAND_OVER_CARD
            | UserAction.REGISTER_CARD
            | UserAction.SEND_CODES
        ):
            return _on_card(act, card, adopted=adopted)
        case _:
            assert_never(act.action)


def wants_card(card: Card | None) -> bool:
    """Whether a person has no card and waits for none (R-004-20, 23)."""
    return card is None or card.state is CardState.DISABLED


def insertion_problem(act: UserInsertion, by: User | None) -> Problem | None:
    """Why an administrator may not insert somebody, None where they may (R-004-1).

    Returns:
        `user.census`: who stands above the administrators is named by their like alone.
    """
    if Profile.ASC in act.profiles and not _is_of_census(by):
        return Problem("user.census", field="profiles", rule="R-004-1")
    return None


def lock_out(
    user: User, act: UserActionAct | UserChange, effect: Effect, *, by: User | None
) -> Problem | None:
    """Why an administrator may not touch a user of weight, None where they may.

    Whoever the census names (R-004-1) is the census's to remove and to give another address, and
    nobody else's; their like alone name another. Nobody gives themselves profiles. And an
    administrator of security neither closes the console for one of the census nor takes away the
    comune's last one who gives rights, themselves or another: what counts is what the cards open
    before and after, not how it is done.

    Args:
        user: in the comune of the act.
        act: what is done.
        effect: on what the user opens.
        by: who does it, as a user of that comune; None where the hub knows them by a CSV roster.

    Returns:
        `user.census`, `user.self` or `user.last-als`.
    """
    if isinstance(act, UserChange):
        problem = _change_problem(user, act, effect, by)
    elif act.action is UserAction.BLOCK and act.reason in _GONE:
        return None  # of the card alone, and at once: another is asked for, or it is found again
    else:
        problem = _removal_problem(user, act, by)
    if problem is not None or _is_of_census(by):
        return problem
    lost = effect.before - effect.after
    if Right.APPOINT in lost:
        return Problem("user.census", rule="R-004-1")
    if Right.USERS in lost and not effect.others:
        return Problem("user.last-als", rule="R-004-7")
    return None


def _change_problem(user: User, act: UserChange, effect: Effect, by: User | None) -> Problem | None:
    itself = by is not None and by.codice_fiscale == user.codice_fiscale
    if itself and act.profiles - user.profiles:
        return Problem("user.self", field="profiles", rule="R-004-7")
    # The delegate is the census's alone, and stays through every change of profiles.
    if Profile.ASC in act.profiles - user.profiles and not _is_of_census(by):
        return Problem("user.census", field="profiles", rule="R-004-1")
    if Profile.ASC in user.profiles - act.profiles:
        return Problem("user.census", field="profiles", rule="R-004-1")
    if not user.profiles & CENSUS:
        return None
    if (act.email, act.pec) != (user.email, user.pec):
        return Problem("user.census", field="email", rule="R-004-1")
    if Right.APPOINT in effect.before - effect.after:
        return Problem("user.census", field="environments", rule="R-004-1")
    return None


def _removal_problem(user: User, act: UserActionAct, by: User | None) -> Problem | None:
    if not user.profiles & CENSUS:
        return None
    match act.action:
        case UserAction.DELETE:
            allowed = False
        case UserAction.BLOCK if Profile.ASC in user.profiles:
            allowed = by is not None and Profile.ASC in by.profiles
        case UserAction.BLOCK | UserAction.UNBLOCK:
            allowed = _is_of_census(by)
        case _:
            allowed = True
    return None if allowed else Problem("user.census", rule="R-004-1")


def _is_of_census(by: User | None) -> bool:
    return by is not None and bool(by.profiles & CENSUS)


def password_problem(user: User, card: Card | None, *, by: User | None) -> Problem | None:
    """Why a user may not have a daily password (R-004-34): it stands for a card that was forgotten.

    Returns:
        `user.blocked`, `daily.no-card` (none, or one that opens nothing today) or
        `daily.own` (who signs with their card has not forgotten it).
    """
    if user.state is not UserState.ACTIVE:
        return Problem("user.blocked", rule="R-004-34")
    if card is None or card.state is not CardState.ACTIVE:
        return Problem("daily.no-card", rule="R-004-34")
    if by is not None and by.codice_fiscale == user.codice_fiscale:
        return Problem("daily.own", rule="R-004-34")
    return None


def _takes_over(act: UserActionAct, card: Card, *, adopted: bool) -> bool:
    """Whether a comune registers for itself a card that is active elsewhere (R-004-20, 21)."""
    registers = act.action is UserAction.REGISTER_CARD
    return registers and card.state is CardState.ACTIVE and not adopted


def _wrong_card(act: UserActionAct, card: Card | None, *, adopted: bool) -> Problem | None:
    if act.action not in ON_THE_CARD:
        return None
    if card is None:
        return Problem("card.none", rule="R-004-24")
    if act.serial != (card.serial or ""):
        return Problem("card.other", field="serial", rule="R-004-20")
    # Its Prefettura and its mailbox are those of the comune that asked for it. Another one that
    # knows the person must not get a card, or codes, that open that comune too.
    if card.comune != act.comune and not _takes_over(act, card, adopted=adopted):
        return Problem("card.other-comune", field="serial", rule="R-004-21")
    return None


def _block(act: UserActionAct, user: User, card: Card | None, comuni: int) -> Consequence | Problem:
    if act.reason in _GONE:
        if card is None:
            return Problem("card.none", rule="R-004-36")
        if act.serial and act.serial != card.serial:
            return Problem("card.other", field="serial", rule="R-004-20")
        if card.state is CardState.BLOCKED:
            # One that an order has blocked is blocked as stolen now. One that is so already stays
            # with who said it first: only they, or who asked for the card, may say it was found.
            if card.reason in _TAKEN:
                return Problem("card.forbidden", rule="R-004-36")
            return Consequence(card=CardState.BLOCKED)
        after = smart_cards.advance(card.state, CardEvent.BLOCK)
        return after if isinstance(after, Problem) else Consequence(card=after)
    state = users.advance(user.state, UserEvent.BLOCK)
    if isinstance(state, Problem):
        return state
    alone = card is not None and card.state is CardState.ACTIVE and comuni == 1
    return Consequence(user=state, card=CardState.BLOCKED if alone else None)


def _unblock(act: UserActionAct, user: User, card: Card | None) -> Consequence | Problem:
    """A card that was taken comes back by itself alone, when it was found.

    By who blocked it, or by the comune that asked for it, whoever blocked it.
    """
    ours = (
        card is not None
        and card.state is CardState.BLOCKED
        and act.comune in {card.blocked_by, card.comune}
    )
    taken = card is not None and card.reason in _TAKEN
    if user.state is UserState.BLOCKED:
        back = CardState.ACTIVE if ours and not taken else None
        return Consequence(user=UserState.ACTIVE, card=back)
    if ours:
        return Consequence(card=CardState.ACTIVE)
    return Problem("user.forbidden", rule="R-004-31")


def _delete(user: User, card: Card | None, comuni: int) -> Consequence | Problem:
    state = users.advance(user.state, UserEvent.DELETE)
    if isinstance(state, Problem):
        return state
    if card is None or card.state is CardState.DISABLED:
        return Consequence(user=state)
    # A stolen card goes with the comune that asked for it: no other one is to bring it back.
    stolen = card.state is CardState.BLOCKED and card.reason in _TAKEN
    ends = comuni == 1 or (stolen and card.comune == user.comune)
    return Consequence(user=state, card=CardState.DISABLED if ends else None)


def _new_card(user: User, card: Card | None) -> Consequence | Problem:
    if not wants_card(card):
        return Problem("card.exists", rule="R-004-23")
    if user.state is not UserState.ACTIVE:
        return Problem("user.blocked", rule="R-004-23")
    return Consequence(new_card=True)


def _on_card(act: UserActionAct, card: Card | None, *, adopted: bool) -> Consequence | Problem:
    if card is None:
        return Problem("card.none", rule="R-004-24")
    if _takes_over(act, card, adopted=adopted):
        return Consequence()
    if act.action is UserAction.SEND_CODES:
        if card.state is not CardState.ACTIVE:
            return Problem("card.not-registered", rule="R-004-26")
        return Consequence(mail_codes=True)
    events = {
        UserAction.REPLACE_CARD: CardEvent.REPLACE,
        UserAction.HAND_OVER_CARD: CardEvent.HAND_OVER,
        UserAction.REGISTER_CARD: CardEvent.REGISTER,
    }
    after = smart_cards.advance(card.state, events[act.action])
    if isinstance(after, Problem):
        return after
    return Consequence(
        card=after,
        new_card=act.action is UserAction.REPLACE_CARD,
        mail_codes=act.action is UserAction.REGISTER_CARD,
    )
