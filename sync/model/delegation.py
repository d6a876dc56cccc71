"""Who may go to the counter in a citizen's place (R-003-35, 68, 69)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sync.model.documents import IdentityDocument
from sync.model.identity import Person


class DelegationKind(Enum):
    """The two values of "Tipo delega" (Allegato 7)."""

    MODULO_DELEGA = "modulo_delega"
    DICHIARAZIONE_SOSTITUTIVA = "dichiarazione_sostitutiva"


@dataclass(frozen=True, slots=True, repr=False)
class Delegation:
    """The delegate (type 1) or the representative of a protected adult (type 2)."""

    kind: DelegationKind
    delegate: Person
    document: IdentityDocument
    email: str | None = None
    phone: str | None = None
