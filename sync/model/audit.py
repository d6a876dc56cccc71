"""The audit trail: one line for each transition, and for each reading of a person's data.

A line says openly what happened, where and when; who it was about is sealed to the auditor's key,
so whoever looks after the machine cannot read it (R-000-18). Lines are chained by hash, and pages of
them are recorded in the journal like everything that counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MOST_LINES: Final = 200
"""Of one page."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A line.

    Attributes:
        number: 1 for the first of a station, one more for each after.
        at: milliseconds since 1970 by the station's clock.
        event: name of the catalogue of auditable events.
        actor: first 16 bytes of the thumbprint of the operator's certificate; empty for a citizen.
        words: what the event tells openly, names of states or codes; never a person's data.
        sealed: what it was about, sealed to the auditor's key; empty where it is about nobody.
        hash: SHA-256 over all that and the hash of the line before, 32 bytes.
    """

    number: int
    at: int
    event: str
    actor: bytes
    words: tuple[str, ...]
    sealed: bytes = field(repr=False)
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Lines of a station, in order, as an operation of its journal.

    Attributes:
        before: hash of the line before the first, 32 bytes.
    """

    before: bytes
    lines: tuple[AuditLine, ...]
