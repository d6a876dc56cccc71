"""The identity documents that a counter accepts (R-003-40)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum


class DocumentKind(Enum):
    """Accepted identity documents; "patente nautica" stands for "carta nautica" too (C-003-17)."""

    CARTA_IDENTITA = "carta_identita"
    PASSAPORTO = "passaporto"
    PATENTE_GUIDA = "patente_guida"
    PERMESSO_SOGGIORNO = "permesso_soggiorno"
    PATENTE_NAUTICA = "patente_nautica"


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """The extremes of an identity document; `issuer` is "Rilasciato da" (R-003-29)."""

    kind: DocumentKind
    number: str
    issued_on: date
    issuer: str
