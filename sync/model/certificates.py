"""Stations' certificates: names, states, and what may become of them (R-004-8 to 19).

The states are those of the filter of ANPR's console (R-004-12). The key is made on the device, so a
certificate exists only after the device has asked: what was registered waits as `REQUESTED`, what
the administrator approved is `ISSUED` until the device has taken it (C-004-1).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from sync.model.errors import Problem

_NAME: Final = re.compile(r"([0-9]{6})-(PC-[0-9]{4}|CO-9999)")
_LABEL: Final = re.compile(r"[A-Za-z0-9À-ÖØ-öø-ÿ ]{0,40}")

MOST_STATIONS: Final = 9999
"""Of one comune: the name has four digits (R-004-8)."""


class CertificateKind(Enum):
    """What a certificate is for (R-004-9)."""

    STATION = "PC"
    SERVER = "CO"
    """For services that need batch processing, on servers; never on an operator's station."""


class CertificateState(Enum):
    """R-004-12, in the order of the filter."""

    REQUESTED = "richiesta in lavorazione"
    ISSUED = "emesso"
    ACTIVE = "attivo"
    BLOCKED = "bloccato"
    REVOKING = "revoca in lavorazione"
    REVOKED = "revocato"


class CertificateEvent(Enum):
    """What moves a certificate from one state to another."""

    GENERATE = "generate"
    """The generator has issued what an administrator approved (R-004-13)."""
    INSTALL = "install"
    """The device has proven that it holds certificate and key."""
    BLOCK = "blocca"
    UNBLOCK = "sblocca"
    CANCEL = "cancella"
    PUBLISH = "publish"
    """The revocation list that names it is published."""


TRANSITIONS: Final = {
    (CertificateState.REQUESTED, CertificateEvent.GENERATE): CertificateState.ISSUED,
    # Nothing was issued: there is nothing to publish.
    (CertificateState.REQUESTED, CertificateEvent.CANCEL): CertificateState.REVOKED,
    (CertificateState.ISSUED, CertificateEvent.INSTALL): CertificateState.ACTIVE,
    (CertificateState.ISSUED, CertificateEvent.CANCEL): CertificateState.REVOKING,
    (CertificateState.ACTIVE, CertificateEvent.BLOCK): CertificateState.BLOCKED,
    (CertificateState.ACTIVE, CertificateEvent.CANCEL): CertificateState.REVOKING,
    (CertificateState.BLOCKED, CertificateEvent.UNBLOCK): CertificateState.ACTIVE,
    (CertificateState.BLOCKED, CertificateEvent.CANCEL): CertificateState.REVOKING,
    (CertificateState.REVOKING, CertificateEvent.PUBLISH): CertificateState.REVOKED,
}
"""Everything that may happen; what is not here is forbidden."""


def advance(state: CertificateState, event: CertificateEvent) -> CertificateState | Problem:
    """The state after an event, or `certificate.forbidden` where it may not happen."""
    found = TRANSITIONS.get((state, event))
    return Problem("certificate.forbidden", rule="R-004-15") if found is None else found


def name_of(comune: str, kind: CertificateKind, number: int) -> str:
    """The name of a certificate (R-004-8), `058091-PC-0001`.

    Args:
        comune: ISTAT code, six digits.
        kind: a comune has one server certificate, which has no number of its own.
        number: from 1 to `MOST_STATIONS`.

    Raises:
        ValueError: out of range.
    """
    name = f"{comune}-CO-9999" if kind is CertificateKind.SERVER else f"{comune}-PC-{number:04}"
    if number < 1 or kind_of(name) is not kind:
        raise ValueError("not a certificate's name")
    return name


def kind_of(name: str) -> CertificateKind | None:
    """What a certificate of that name is for; None where it is no such name."""
    found = _NAME.fullmatch(name)
    return CertificateKind(found[2][:2]) if found else None


def comune_of(name: str) -> str:
    """ISTAT code in the name of a certificate; empty where it is no such name."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


def label_problem(label: str) -> Problem | None:
    """Whether a label may not be given (R-004-13): letters, digits and spaces, 40 at most."""
    if _LABEL.fullmatch(label) and label == label.strip():
        return None
    return Problem("station.label", field="label", rule="R-004-13")
