"""A registration as a clerk opens it: what the registry holds, and what is not settled about it."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model.inquiry import Dispute
from sync.model.registration import Registration


@dataclass(frozen=True, slots=True, repr=False)
class CaseFile:
    """What the station knows of one registration.

    Attributes:
        registration: the mirror's, with this station's own acts applied that the hub has not
            decided; or that of a case whose code was scanned.
        aliases: other numbers that lead to it.
        waiting: kinds of this station's acts on it that the hub has not decided (`booking`).
        disputes: open ones about it.
        from_paper: it came from a scanned case code, and the mirror does not know of it yet.
    """

    registration: Registration
    aliases: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    from_paper: bool = False
