"""Reading a code with the camera, on behalf of a field that can be typed as well.

    (a field) -> ScanningCode -> (the field, filled) | CodeNotScanned -> ScanningCode | (the field)

The camera runs only while a code is looked for; no picture is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Form, Origin
from kiosk.flows.citizen.procedure import Visit
from kiosk.flows.effects import ScanPurpose

SCAN = "scan"
"""`OptionChosen` of "read it from the card" or "from the receipt", beside a field."""


@dataclass(frozen=True, slots=True)
class ForForm:
    """A codice fiscale for a question of the preregistration."""

    form: Form
    question: QuestionId
    origin: Origin

    @property
    def purpose(self) -> ScanPurpose:
        """What is looked for."""
        return ScanPurpose.CODICE_FISCALE


@dataclass(frozen=True, slots=True)
class ForStatus:
    """The number of a registration whose standing is asked for."""

    @property
    def purpose(self) -> ScanPurpose:
        """What is looked for."""
        return ScanPurpose.REGISTRATION_NUMBER


@dataclass(frozen=True, slots=True)
class ForProcedure:
    """The codice fiscale of the person whose codes are typed next."""

    visit: Visit

    @property
    def purpose(self) -> ScanPurpose:
        """What is looked for."""
        return ScanPurpose.CODICE_FISCALE


ScanErrand = ForForm | ForStatus | ForProcedure


@dataclass(frozen=True, slots=True)
class ScanningCode:
    """The camera looks for the code, its picture is on the page; `Refused` and `Back` type it."""

    errand: ScanErrand


@dataclass(frozen=True, slots=True)
class CodeNotScanned:
    """Nothing was read; `Continued` tries again, `Refused` and `Back` type it.

    Attributes:
        errand: on whose behalf.
        code: failure code.
        away: the camera was told to be away while this page stood; when it is back, it is looked
            for again by itself.
    """

    errand: ScanErrand
    code: str
    away: bool = False


ScanningState = ScanningCode | CodeNotScanned
