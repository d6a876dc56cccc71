"""Before a clerk works: card and PIN, or the daily password; the card that is pulled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.flows.clerk.desk import Operator

if TYPE_CHECKING:
    from kiosk.flows.clerk.states import Work


@dataclass(frozen=True, slots=True)
class SignIn:
    """The first page of a counter: put the card in, type the PIN.

    `SignInAsked(pin)` while a card lies in a reader (`Session.operator_card`),
    `MenuChosen(DEVICES)` at a counter, `DailyChosen` for who forgot their card.

    Attributes:
        code: why the last try failed, or why nobody is signed in any more.
        tries_left: of the card's PIN, after a wrong one.
        wait_seconds: so long nobody can sign in here after failed tries; counts down.
    """

    code: str | None = None
    tries_left: int | None = None
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class DaySignIn:
    """Sign-in by daily password (R-004-34): `DaySignInAsked`, `Back` to `SignIn`.

    The screen keeps codice fiscale and password itself and emits them once, as with a PIN.

    Attributes:
        code, wait_seconds: as in `SignIn`.
        person_seconds: so long the hub wants the person who has tried to wait; counts down. It
            keeps nobody else from the page, nor from card and PIN.
    """

    code: str | None = None
    wait_seconds: int = 0
    person_seconds: int = 0


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The card signs, or the hub checks the daily password; the mirror is opened. Nothing to touch.

    Attributes:
        by_day: by daily password.
    """

    by_day: bool = False


@dataclass(frozen=True, slots=True)
class CardPulled:
    """The card was pulled in the middle of work: signed out; the page is kept and not shown.

    The same operator's `SignInAsked(pin)` comes back to it; `StopAsked` or time ends it. Letters
    that wait to be printed are kept with it.

    Attributes:
        kept: the page to come back to.
        operator: whose it is.
        code, tries_left, wait_seconds: as in `SignIn`.
    """

    kept: Work
    operator: Operator
    code: str | None = None
    tries_left: int | None = None
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class SigningInAgain:
    """As `SigningIn`, after `CardPulled`."""

    kept: Work
    operator: Operator


SigningInState = SignIn | DaySignIn | SigningIn | CardPulled | SigningInAgain
