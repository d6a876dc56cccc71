"""What an administrator's act on a user leads to, for the user and for the card: pure.

A person has one card over all comuni (R-004-20). So a comune that blocks or deletes one of several
users of a person leaves the card to the others (R-004-32), while a card that was stolen or lost is
blocked for all of them (R-004-36). What is done to the card itself is done by the comune that asked
for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, assert_never

from sync.hub.store.cards import Card
from sync.hub.store.users import User
from sync.model import smart_cards, users
from sync.model.console import UserAction, UserActionAct, UserChange, UserReason
from sync.model.errors import Problem
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


def of_action(
    act: UserActionAct, user: User, card: Card | None, *, comuni: int
) -> Consequence | Problem:
    """What an act on a user leads to, or why it may not be done.

    Args:
        act: what is done.
        user: in the comune of the act.
        card: the person's, the last where all are disabled.
        comuni: how many know the person.

    Returns:
        The consequence, or `user.forbidden`, `user.blocked`, `card.forbidden`, `card.none`,
        `card.exists`, `card.other`, `card.other-comune`, `card.not-registered`.
    """
    trouble = _wrong_card(act, card)
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
            return _on_card(act, card)
        case _:
            assert_never(act.action)


def wants_card(card: Card | None) -> bool:
    """Whether a person has no card and waits for none (R-004-20, 23)."""
    return card is None or card.state is CardState.DISABLED


def lock_out(
    user: User, act: UserActionAct | UserChange, others: Collection[User], *, by: User | None
) -> Problem | None:
    """Why an administrator may not touch a user of weight, None where they may.

    Whoever the census names (R-004-1) is not for the administrator of security to remove, who has
    their office from them; nobody gives themselves profiles; and an administrator of security does
    not take away the comune's last one, themselves or another: nobody would be left to give rights.

    Args:
        user: in the comune of the act.
        act: what is done.
        others: every other user of the comune.
        by: who does it, as a user of that comune; None where the hub knows them by a CSV roster.

    Returns:
        `user.census`, `user.self` or `user.last-als`.
    """
    of_census = by is not None and bool(by.profiles & CENSUS)
    itself = by is not None and by.codice_fiscale == user.codice_fiscale
    if isinstance(act, UserChange):
        if itself and act.profiles - user.profiles:
            return Problem("user.self", field="profiles", rule="R-004-7")
        lasting = act.profiles >= user.profiles & CENSUS - {Profile.APL}
        removes_als = Profile.ALS not in act.profiles
    else:
        if act.action not in {UserAction.BLOCK, UserAction.UNBLOCK, UserAction.DELETE}:
            return None
        if act.action is UserAction.BLOCK and act.reason in _GONE:
            return None  # of the card alone, and at once
        lasting = False
        removes_als = act.action is not UserAction.UNBLOCK
    if user.profiles & CENSUS and not of_census and not lasting:
        return Problem("user.census", rule="R-004-1")
    if not removes_als or of_census or not _is_als(user):
        return None
    return None if any(_is_als(one) for one in others) else Problem("user.last-als", rule="R-004-7")


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


def _is_als(user: User) -> bool:
    return user.state is UserState.ACTIVE and Profile.ALS in user.profiles


def _wrong_card(act: UserActionAct, card: Card | None) -> Problem | None:
    if act.action not in ON_THE_CARD:
        return None
    if card is None:
        return Problem("card.none", rule="R-004-24")
    if act.serial != (card.serial or ""):
        return Problem("card.other", field="serial", rule="R-004-20")
    # Its Prefettura and its mailbox are those of the comune that asked for it. Another one that
    # knows the person must not get a card, or codes, that open that comune too.
    if card.comune != act.comune:
        return Problem("card.other-comune", field="serial", rule="R-004-21")
    return None


def _block(act: UserActionAct, user: User, card: Card | None, comuni: int) -> Consequence | Problem:
    if act.reason in _GONE:
        if card is None:
            return Problem("card.none", rule="R-004-36")
        if act.serial and act.serial != card.serial:
            return Problem("card.other", field="serial", rule="R-004-20")
        if card.state is CardState.BLOCKED:  # by an order before: it is blocked as stolen now
            return Consequence(card=CardState.BLOCKED)
        after = smart_cards.advance(card.state, CardEvent.BLOCK)
        return after if isinstance(after, Problem) else Consequence(card=after)
    state = users.advance(user.state, UserEvent.BLOCK)
    if isinstance(state, Problem):
        return state
    alone = card is not None and card.state is CardState.ACTIVE and comuni == 1
    return Consequence(user=state, card=CardState.BLOCKED if alone else None)


def _unblock(act: UserActionAct, user: User, card: Card | None) -> Consequence | Problem:
    """A card that was taken comes back by itself alone, when it was found."""
    ours = card is not None and card.state is CardState.BLOCKED and card.blocked_by == act.comune
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
    ends = comuni == 1 and card is not None and card.state is not CardState.DISABLED
    return Consequence(user=state, card=CardState.DISABLED if ends else None)


def _new_card(user: User, card: Card | None) -> Consequence | Problem:
    if not wants_card(card):
        return Problem("card.exists", rule="R-004-23")
    if user.state is not UserState.ACTIVE:
        return Problem("user.blocked", rule="R-004-23")
    return Consequence(new_card=True)


def _on_card(act: UserActionAct, card: Card | None) -> Consequence | Problem:
    if card is None:
        return Problem("card.none", rule="R-004-24")
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
