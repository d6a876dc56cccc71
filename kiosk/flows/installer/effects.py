"""What the pages of a new station and of an installation ask the runtime to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UseToken:
    """Begin the enrolment with the text of the QR code; told by `EnrolmentTold`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeepCode:
    """Keep what stands in the field for the one-time code; answered by `CodeKept`."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UseCode:
    """Begin the enrolment with the code that is kept, at the hub of that address.

    Attributes:
        address: of the hub's pages; empty for the one in the settings.
    """

    address: str = ""


@dataclass(frozen=True, slots=True)
class UseStick:
    """Read token or answer from the stick; told by `EnrolmentTold`."""


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """Write the request to the stick, for a device that does not reach the hub; likewise."""


@dataclass(frozen=True, slots=True)
class AskOn:
    """Ask the hub again now; likewise. The runtime asks by itself now and then."""


@dataclass(frozen=True, slots=True)
class StartStation:
    """The device is a station: end the program, which is started anew as that station."""


@dataclass(frozen=True, slots=True)
class TestEndpoints:
    """Try every address of the settings (R-001-11); `EndpointTested` each, `EndpointsTested`."""

    __test__ = False
    session_id: UUID


@dataclass(frozen=True, slots=True)
class AbandonEndpoints:
    """Nobody waits for the connectivity test any more; nothing more is told of it."""


@dataclass(frozen=True, slots=True)
class CarryByMedium:
    """Read answers from the removable medium and write to it what waits; `MediumCarried`."""

    session_id: UUID


InstallerEffect = (
    UseToken
    | KeepCode
    | UseCode
    | UseStick
    | WriteRequest
    | AskOn
    | StartStation
    | TestEndpoints
    | AbandonEndpoints
    | CarryByMedium
)
"""The union."""
