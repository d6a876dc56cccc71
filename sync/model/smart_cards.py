"""Operators' smart cards: states and what may become of them (R-004-20 to 27)."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sync.model.errors import Problem

DELIVERY_WORKING_DAYS: Final = 10
"""From the request to the Prefettura (R-004-23)."""


class CardState(Enum):
    """A card's states; the names of the first two are ours (R-004-21)."""

    REQUESTED = "richiesta"
    AT_PREFETTURA = "in prefettura"
    HANDED_OVER = "consegnata dalla prefettura"
    ACTIVE = "attiva"
    BLOCKED = "bloccata"
    DISABLED = "disabilitata"


class CardEvent(Enum):
    """What moves a card from one state to another."""

    DELIVER = "deliver"
    """The producer has brought it to the Prefettura."""
    HAND_OVER = "hand-over"
    """The Mayor, or who has the Mayor's delegation, has collected it (R-004-1)."""
    REGISTER = "registra"
    BLOCK = "blocca"
    """The user was blocked (R-004-31), or the card was stolen or lost (R-004-36)."""
    UNBLOCK = "sblocca"
    REPLACE = "richiedi nuova card"
    """Another was asked for (R-004-24)."""
    DELETE_USER = "cancella"
    """The user was deleted and is known in no other comune (R-004-32)."""


_S = CardState
_E = CardEvent

TRANSITIONS: Final = {
    (_S.REQUESTED, _E.DELIVER): _S.AT_PREFETTURA,
    (_S.AT_PREFETTURA, _E.HAND_OVER): _S.HANDED_OVER,
    (_S.HANDED_OVER, _E.REGISTER): _S.ACTIVE,
    (_S.ACTIVE, _E.BLOCK): _S.BLOCKED,
    (_S.BLOCKED, _E.UNBLOCK): _S.ACTIVE,
    (_S.ACTIVE, _E.REPLACE): _S.DISABLED,
    (_S.BLOCKED, _E.REPLACE): _S.DISABLED,
    # Whoever is deleted while their card is still on its way never gets it.
    **{
        (state, _E.DELETE_USER): _S.DISABLED
        for state in (_S.REQUESTED, _S.AT_PREFETTURA, _S.HANDED_OVER, _S.ACTIVE, _S.BLOCKED)
    },
}
"""Everything that may happen; what is not here is forbidden. A disabled card stays so for ever."""


class CardCertificateState(Enum):
    """State of the certificate on a card, as its detail shows it (R-004-25)."""

    NOT_ISSUED = "non emesso"
    ISSUED = "emesso"
    SUSPENDED = "sospeso"
    REVOKED = "revocato"


def advance(state: CardState, event: CardEvent) -> CardState | Problem:
    """The state after an event, or `card.forbidden` where it may not happen."""
    found = TRANSITIONS.get((state, event))
    return Problem("card.forbidden", rule="R-004-21") if found is None else found


def certificate_state(state: CardState) -> CardCertificateState:
    """What the detail says of the certificate (R-004-25)."""
    match state:
        case CardState.REQUESTED:
            return CardCertificateState.NOT_ISSUED
        case CardState.BLOCKED:
            return CardCertificateState.SUSPENDED
        case CardState.DISABLED:
            return CardCertificateState.REVOKED
        case _:
            return CardCertificateState.ISSUED
