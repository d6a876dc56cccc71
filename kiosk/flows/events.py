"""What happened: touches, cards, devices, the store, the network, time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from uuid import UUID

from hw.device_health import DeviceKind
from hw.paper import Certainty
from kiosk.flows.answers import QuestionId
from kiosk.flows.card_events import (
    CardInserted,
    CardRead,
    CardReadFailed,
    CardRemoved,
    DocumentProgress,
    DocumentRead,
    DocumentReadFailed,
    HealthCardProofFailed,
    HealthCardProven,
    PinTriesTold,
    ReaderFailed,
)
from kiosk.flows.clerk.events import (
    ClerkEvent,
    CounterActNotRecorded,
    CounterActRecorded,
    OperatorCardTold,
)
from kiosk.flows.device_events import (
    BarcodeRead,
    BarcodeTyped,
    DeviceTested,
    DeviceTold,
    FingerCompared,
    FingerFailed,
    FingerProgressed,
    FingerTaken,
    ScanFailed,
)
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.entries import DatePart, DatePrecision
from kiosk.flows.home_events import HomeEvent
from kiosk.flows.installer.events import InstallerEvent
from kiosk.flows.office import Network, OfficeTold
from kiosk.flows.out_of_service import StationStandingTold
from kiosk.flows.station_facts import StationFactsTold
from kiosk.flows.store_events import (
    ActNotRecorded,
    ActRecorded,
    Recorded,
    RecordFailed,
    Standing,
    StatusFailed,
    StatusFound,
    StatusUnknown,
)

__all__ = [
    "ActNotRecorded",
    "ActRecorded",
    "Back",
    "BarcodeRead",
    "BarcodeTyped",
    "CardInserted",
    "CardRead",
    "CardReadFailed",
    "CardRemoved",
    "Continued",
    "ContrastToggled",
    "CounterActNotRecorded",
    "CounterActRecorded",
    "DatePartFocused",
    "DatePrecisionChosen",
    "DeviceChosen",
    "DeviceTested",
    "DeviceTold",
    "DocumentProgress",
    "DocumentRead",
    "DocumentReadFailed",
    "DraftRestored",
    "EditAsked",
    "Event",
    "FingerCompared",
    "FingerFailed",
    "FingerProgressed",
    "FingerTaken",
    "HealthCardProofFailed",
    "HealthCardProven",
    "HelpClosed",
    "HelpOpened",
    "LanguageChosen",
    "NetworkChanged",
    "OfficeTold",
    "OperatorCardTold",
    "OptionChosen",
    "PaperConfirmed",
    "PinTriesTold",
    "PrintAsked",
    "PrintFailed",
    "Printed",
    "ReaderFailed",
    "RecordFailed",
    "Recorded",
    "Refused",
    "ResumeChosen",
    "ScanFailed",
    "ScreenTouched",
    "Service",
    "ServiceChosen",
    "SpeechAsked",
    "SpeechEnded",
    "SpeechFailed",
    "Standing",
    "Started",
    "StationFactsTold",
    "StationStandingTold",
    "StatusFailed",
    "StatusFound",
    "StatusUnknown",
    "StopAsked",
    "StopCancelled",
    "StopConfirmed",
    "TextChanged",
    "TextDone",
    "TextSizeToggled",
    "TimePassed",
]


class Service(Enum):
    """The services on the welcome page; only those that work are here."""

    PREREGISTRATION = "preregistration"
    ACTIVATION = "activation"
    """Activation, promotion, reset, new PIN: the codes say which."""
    REGISTRATION_STATUS = "registration-status"
    IDENTITY_CHECK = "identity-check"
    REVOCATION = "revocation"


# --- from the runtime: the session


@dataclass(frozen=True, slots=True)
class Started:
    """A fresh session may begin: at start, and after `EndSession` when all is wiped.

    Also accepted while the welcome page stands untouched, to keep ids and date fresh.
    """

    session_id: UUID
    operation_id: UUID
    today: date


@dataclass(frozen=True, slots=True)
class TimePassed:
    """So many seconds went by (by the monotonic clock); `today` by the wall clock."""

    seconds: int
    today: date


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """The link's state is another one."""

    network: Network


# --- touches that every screen has


@dataclass(frozen=True, slots=True)
class ScreenTouched:
    """A touch that meant nothing else, and "I am still here": the idle time starts again."""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """One of the office's languages, `it` or `en`."""

    language: str


@dataclass(frozen=True, slots=True)
class TextSizeToggled:
    """The button "Testo grande"."""


@dataclass(frozen=True, slots=True)
class ContrastToggled:
    """The button "Contrasto"."""


@dataclass(frozen=True, slots=True)
class HelpOpened:
    """The button "Chiedi aiuto"."""


@dataclass(frozen=True, slots=True)
class HelpClosed:
    """Back from the help."""


@dataclass(frozen=True, slots=True)
class SpeechAsked:
    """The button "Ascolta"; touched while it speaks, it silences."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The button "Esci"."""


@dataclass(frozen=True, slots=True)
class StopConfirmed:
    """Leave and wipe."""


@dataclass(frozen=True, slots=True)
class StopCancelled:
    """Stay."""


@dataclass(frozen=True, slots=True)
class DraftRestored:
    """After a crash of the program an unfinished form was found: what `drafts.draft_of` gave.

    Accepted on the welcome page only; a form that cannot be read changes nothing.
    """

    draft: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResumeChosen:
    """The person says: it is my form, go on."""


# --- touches of a service


@dataclass(frozen=True, slots=True)
class ServiceChosen:
    """A tile of the welcome page."""

    service: Service


@dataclass(frozen=True, slots=True)
class Back:
    """The button "Indietro"."""


@dataclass(frozen=True, slots=True)
class Continued:
    """The screen's main button."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The screen's "no": no privacy notice, no card, not my e-mail."""


@dataclass(frozen=True, slots=True)
class TextChanged:
    """The whole text that stands in the field that has the focus, after a key."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TextDone:
    """The keyboard's "Fatto"."""


@dataclass(frozen=True, slots=True)
class DatePartFocused:
    """A field of a date was touched."""

    part: DatePart


@dataclass(frozen=True, slots=True)
class DatePrecisionChosen:
    """How much of a date the person knows."""

    precision: DatePrecision


@dataclass(frozen=True, slots=True)
class OptionChosen:
    """A button of an entry; `value` as in its `Option`."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EditAsked:
    """The button "Correggi" or "Aggiungi" beside a row of a review or a summary."""

    question: QuestionId


@dataclass(frozen=True, slots=True)
class PrintAsked:
    """A paper was asked for, or asked for again."""

    document: PrintedDocument


@dataclass(frozen=True, slots=True)
class PaperConfirmed:
    """Whether the paper is in the person's hand, where the printer cannot tell."""

    document: PrintedDocument
    came: bool


@dataclass(frozen=True, slots=True)
class DeviceChosen:
    """A row of the list of devices was touched."""

    kind: DeviceKind


# --- devices


@dataclass(frozen=True, slots=True)
class Printed:
    """The printer took the paper's data to the end; `certainty` says who knows of the paper."""

    session_id: UUID
    document: PrintedDocument
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """The paper could not be printed; `code` is a failure code (`printer.unreachable`).

    `sent` is False where the printer got nothing of it: then nothing of it lies anywhere.
    """

    session_id: UUID
    document: PrintedDocument
    code: str
    sent: bool = True


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """All was said, or it was silenced."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class SpeechFailed:
    """Nothing can be heard; `code` is a failure code (`speaker.absent`)."""

    session_id: UUID
    code: str


Event = (
    Started
    | TimePassed
    | NetworkChanged
    | ScreenTouched
    | LanguageChosen
    | TextSizeToggled
    | ContrastToggled
    | HelpOpened
    | HelpClosed
    | SpeechAsked
    | StopAsked
    | StopConfirmed
    | StopCancelled
    | DraftRestored
    | ResumeChosen
    | ServiceChosen
    | Back
    | Continued
    | Refused
    | TextChanged
    | TextDone
    | DatePartFocused
    | DatePrecisionChosen
    | OptionChosen
    | EditAsked
    | PrintAsked
    | PaperConfirmed
    | DeviceChosen
    | CardInserted
    | CardRemoved
    | CardRead
    | CardReadFailed
    | ReaderFailed
    | DocumentProgress
    | DocumentRead
    | DocumentReadFailed
    | PinTriesTold
    | HealthCardProven
    | HealthCardProofFailed
    | FingerProgressed
    | FingerTaken
    | FingerFailed
    | FingerCompared
    | BarcodeRead
    | ScanFailed
    | BarcodeTyped
    | DeviceTold
    | DeviceTested
    | Printed
    | PrintFailed
    | SpeechEnded
    | SpeechFailed
    | StationStandingTold
    | StationFactsTold
    | OfficeTold
    | Recorded
    | RecordFailed
    | ActRecorded
    | ActNotRecorded
    | StatusFound
    | StatusUnknown
    | StatusFailed
    | HomeEvent
    | ClerkEvent
    | InstallerEvent
)
