"""How a person can be reached (Tabella 2, "Contatti")."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contacts:
    """E-mail (mandatory for a new registration, C-003-8) and telephones (optional)."""

    email: str
    landline: str | None = None
    mobile: str | None = None
