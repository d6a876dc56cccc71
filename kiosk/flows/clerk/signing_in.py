"""Before a clerk works: card and PIN; the card that is pulled."""

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
    `MenuChosen(DEVICES)` at any time.

    Attributes:
        code: why the last try failed.
        tries_left: of the card's PIN, after a wrong one.
    """

    code: str | None = None
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class SigningIn:
    """The card signs and the mirror is opened; nothing to touch."""


@dataclass(frozen=True, slots=True)
class CardPulled:
    """The card was pulled in the middle of work: signed out; the page is kept and not shown.

    The same operator's `SignInAsked(pin)` comes back to it; `StopAsked` or time ends it. Letters
    that wait to be printed are kept with it.

    Attributes:
        kept: the page to come back to.
        operator: whose it is.
        code, tries_left: as in `SignIn`.
    """

    kept: Work
    operator: Operator
    code: str | None = None
    tries_left: int | None = None


@dataclass(frozen=True, slots=True)
class SigningInAgain:
    """As `SigningIn`, after `CardPulled`."""

    kept: Work
    operator: Operator


SigningInState = SignIn | SigningIn | CardPulled | SigningInAgain
