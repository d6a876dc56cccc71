"""What can go wrong with a device, as a value with its failure code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TroubleKind(Enum):
    """Whose fault it is and what helps, in five words."""

    ABSENT = "absent"
    REMOVED = "removed"
    REFUSED = "refused"
    DAMAGED = "damaged"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class DeviceTrouble:
    """Expected trouble of a device.

    Attributes:
        kind: the family.
        code: stable failure code (`card.removed`, `card.record-truncated`); texts for the
            citizen, the clerk and the remedy are catalogue entries `failure.<code>.citizen`,
            `.clerk`, `.remedy`, and docs/failure-codes.md lists them all.
        details: technical facts for the log; never personal data.
    """

    kind: TroubleKind
    code: str
    details: tuple[tuple[str, str], ...] = ()
