"""What happens while a device becomes a station, and while an installation is tested."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID


class EnrolmentStage(Enum):
    """How far a device has come; the runtime tells it, also after the power was away."""

    NEEDS_CODE = "needs-code"
    """Nothing is known yet: the one-time code is needed."""
    MAKING_KEYS = "making-keys"
    ASKING = "asking"
    """The hub is being asked; nothing is waited for yet."""
    WAITING = "waiting"
    """The request is with the hub, or on a stick: an administrator has to approve it."""
    INSTALLING = "installing"
    """Certificate, hub's keys and settings are being put in place."""
    PROVING = "proving"
    """All is in place; the hub has not heard yet that it is."""
    READY = "ready"


@dataclass(frozen=True, slots=True)
class EnrolmentTold:
    """From the runtime: how the enrolment stands now.

    Attributes:
        stage: how far it has come.
        station: the name that the device gets; empty while it is not known.
        check_code: to be compared with the console's, `ABCD-EFGH`; empty before there is a request.
        code: why it does not go on by itself, a failure code; empty where nothing is wrong.
        stick: whether a stick is there that can take the request or bring the answer.
    """

    stage: EnrolmentStage
    station: str = ""
    check_code: str = ""
    code: str = ""
    stick: bool = False


@dataclass(frozen=True, slots=True)
class CodeTyped:
    """The whole text in the field for the one-time code, after a key; kept in no state."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeKept:
    """From the runtime: what was typed is kept; `problem` is the code of what is wrong with it."""

    length: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class EndpointTested:
    """One address of the connectivity test (R-001-11).

    Attributes:
        session_id: as in the effect.
        name: host and port, as the settings have them.
        code: why it is not reached, a failure code; empty where it is.
        milliseconds: how long it took.
    """

    session_id: UUID
    name: str
    code: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class EndpointsTested:
    """All addresses have been tried."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class MediumCarried:
    """What a visit of a removable medium came to.

    Attributes:
        session_id: as in the effect.
        code: why not all was done, a failure code; empty where it was.
        on_medium: operations that are on it now.
        waiting: operations that the hub does not hold as far as is known.
        stored: operations that the hub holds, as the medium brought word.
        settled: operations that it has decided, likewise.
        lists: signed lists that were put in place.
    """

    session_id: UUID
    code: str = ""
    on_medium: int = 0
    waiting: int = 0
    stored: int = 0
    settled: int = 0
    lists: int = 0


InstallerEvent = (
    EnrolmentTold | CodeTyped | CodeKept | EndpointTested | EndpointsTested | MediumCarried
)
"""The union."""
