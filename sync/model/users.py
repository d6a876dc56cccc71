"""Users of a comune's stations: profiles, administrators, states (R-004-1 to 7, 28 to 36)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

from sync.model.errors import Problem
from sync.model.rights import Right


class Profile(Enum):
    """The sixteen profiles that can be given (R-004-5), and the two of the census (R-004-1)."""

    ALP = "alp"
    """Amministratore Locale delle Postazioni."""
    ALS = "als"
    """Amministratore Locale della Sicurezza."""
    PRIVILEGED = "operatore-privilegiato"
    CONSULTATION = "consultazione"
    EXTRACTION = "estrazione"
    CERTIFICATION = "certificazione"
    CANCELLATION = "cancellazione"
    MUTATION = "mutazione"
    ENROLMENT = "iscrizione"
    TAKEOVER = "subentro"
    ANNULMENT = "annullamento"
    SUPERVISOR = "supervisore"
    IDENTITY_CARD = "carta-identita"
    UTILITIES = "servizi-utilita"
    ADMINISTRATION = "servizi-amministrazione"
    ASC = "asc"
    """Sindaco o Commissario."""
    APL = "apl"
    """Amministratore di Primo Livello: the Mayor's delegate; appointed in the census alone."""


ASSIGNABLE: Final = frozenset(Profile) - {Profile.APL}
"""R-004-5."""

ADMINISTRATORS: Final = frozenset({Profile.ASC, Profile.APL, Profile.ALS, Profile.ALP})
"""Each needs a smart card to reach the console (R-004-3)."""

CENSUS: Final = frozenset({Profile.ASC, Profile.APL})
"""A comune without one of each is not complete (R-004-1)."""


class Environment(Enum):
    """Where a user may work (R-004-29)."""

    PRODUCTION = "produzione"
    BEFORE_TAKEOVER = "presubentro"


class UserType(Enum):
    """`Tipo utente` (R-004-28)."""

    OPERATOR = "operatore"
    ADMINISTRATOR = "amministratore"
    SECURITY_OFFICER = "security-officer"
    """Keeps the operators' cards and a master password that activates each (R-001-7)."""


class UserState(Enum):
    """`stato utente` (R-004-33)."""

    ACTIVE = "attivo"
    BLOCKED = "bloccato"
    DELETED = "cancellato"


class UserEvent(Enum):
    """What moves a user from one state to another."""

    BLOCK = "blocca"
    UNBLOCK = "sblocca"
    DELETE = "cancella"


TRANSITIONS: Final = {
    (UserState.ACTIVE, UserEvent.BLOCK): UserState.BLOCKED,
    (UserState.BLOCKED, UserEvent.UNBLOCK): UserState.ACTIVE,
    (UserState.ACTIVE, UserEvent.DELETE): UserState.DELETED,
    (UserState.BLOCKED, UserEvent.DELETE): UserState.DELETED,
}
"""Everything that may happen; what is not here is forbidden."""


def advance(state: UserState, event: UserEvent) -> UserState | Problem:
    """The state after an event, or `user.forbidden` where it may not happen."""
    found = TRANSITIONS.get((state, event))
    return Problem("user.forbidden", rule="R-004-31") if found is None else found


_RIGHTS: Final = {
    Profile.ALS: {Right.USERS},
    Profile.ALP: {Right.STATIONS, Right.DEVICES},
    Profile.ASC: {Right.APPOINT, Right.STATIONS, Right.DEVICES},
    Profile.APL: {Right.APPOINT, Right.STATIONS, Right.DEVICES},
    Profile.PRIVILEGED: {Right.REGISTER, Right.MANAGE, Right.RESIDENCE, Right.FSE},
    Profile.SUPERVISOR: {Right.REGISTER, Right.MANAGE, Right.RESIDENCE, Right.FSE},
    Profile.ENROLMENT: {Right.REGISTER},
    Profile.IDENTITY_CARD: {Right.REGISTER},
    Profile.MUTATION: {Right.MANAGE, Right.RESIDENCE},
    Profile.CANCELLATION: {Right.MANAGE},
    Profile.ANNULMENT: {Right.MANAGE},
    Profile.UTILITIES: {Right.FSE},
    Profile.ADMINISTRATION: {Right.DEVICES},
}


def rights_of(profiles: Iterable[Profile]) -> frozenset[Right]:
    """What the profiles together may open (R-004-4, 5). A profile of ANPR alone opens nothing here."""
    return frozenset(right for profile in profiles for right in _RIGHTS.get(profile, ()))
