"""A device becomes a station: one-time code, check code, certificate (R-004-13, 14; C-004-1).

    ChooseWay -> ScanningToken | TypeAddress -> TypeCode -> AtWork -> WaitForApproval -> AtWork -> Ready

Where the device stands is the runtime's to know, on the disk: after a power cut the first page that
is told of is the one of before. The one-time code passes through the flow and is in none of these
states.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kiosk.flows.entries import TextEntry
from kiosk.flows.installer.events import EnrolmentStage, EnrolmentTold

STICK: Final = "stick"
"""`OptionChosen` of "from a stick" and of "read the answer from the stick"."""
TYPE: Final = "type"
"""`OptionChosen` of "type the code"."""
WRITE: Final = "write"
"""`OptionChosen` of "write the request to the stick"."""


@dataclass(frozen=True, slots=True)
class ChooseWay:
    """How the one-time code comes here: camera, stick, keys. A hand scanner works at once.

    Attributes:
        code: why the last try did not succeed; empty for none.
        stick: whether a stick is there.
    """

    code: str = ""
    stick: bool = False


@dataclass(frozen=True, slots=True)
class ScanningToken:
    """The camera looks for the QR code; `Refused` and `Back` lead to the other ways."""


@dataclass(frozen=True, slots=True)
class TypeAddress:
    """The address of the hub's pages, as the console shows it beside the code."""

    entry: TextEntry = field(default_factory=TextEntry)
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class TypeCode:
    """The one-time code, which the console shows.

    Attributes:
        address: as typed before; empty where the settings have one.
        length: how many signs are typed.
        problem: code of what is wrong with them; empty for nothing.
    """

    address: str
    length: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AtWork:
    """Keys are made, the hub is asked, files are put in place; nothing is to be done."""

    told: EnrolmentTold


@dataclass(frozen=True, slots=True)
class WaitForApproval:
    """The check code, large, until an administrator has compared and approved it.

    `Continued` asks the hub now; with a stick `OptionChosen(WRITE | STICK)`.
    """

    told: EnrolmentTold


@dataclass(frozen=True, slots=True)
class EnrolmentFailed:
    """It does not go on by itself; `Continued` tries again, `Refused` begins with another code."""

    told: EnrolmentTold


@dataclass(frozen=True, slots=True)
class Ready:
    """The device is a station; `Continued` starts it as one."""

    told: EnrolmentTold


ProvisioningState = (
    ChooseWay
    | ScanningToken
    | TypeAddress
    | TypeCode
    | AtWork
    | WaitForApproval
    | EnrolmentFailed
    | Ready
)

NAMES: Final[dict[type, str]] = {
    ChooseWay: "provisioning.choose-way",
    ScanningToken: "provisioning.scanning",
    TypeAddress: "provisioning.type-address",
    TypeCode: "provisioning.type-code",
    WaitForApproval: "provisioning.wait",
    EnrolmentFailed: "provisioning.failed",
    Ready: "provisioning.ready",
}
"""Machine names of the pages; `AtWork` has one for each stage."""

WORKING: Final = (
    EnrolmentStage.MAKING_KEYS,
    EnrolmentStage.ASKING,
    EnrolmentStage.INSTALLING,
    EnrolmentStage.PROVING,
)
"""Stages in which nothing is to be done."""
