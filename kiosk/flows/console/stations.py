"""Gestione Postazione: list, registration, detail, approval, code, download (R-004-8 to 19)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.console.fields import Form
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.views import StationsView
from sync.model.console_views import EnrolmentCodeTold, StationRecord


class StationTask(Enum):
    """What may be begun on a station; texts `console.station-task.<value>`."""

    APPROVE = "approve"
    """The device has asked: compare its check code."""
    CODE = "code"
    """Show the one-time code for the device (R-004-14)."""
    NEW_TOKEN = "new-token"  # noqa: S105  the name of an act
    BLOCK = "block"
    UNBLOCK = "unblock"
    CANCEL = "cancel"
    DOWNLOAD = "download"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class StationList:
    """Ricerca Postazione: `FieldTyped`, `Cleared`, `StationChosen`, `Asked` asks the hub again.

    `RegistrationChosen` opens Registra Postazione, `DownloadAllChosen` is "Scarica tutti",
    `SentChosen` shows the acts that were recorded, `Back` to the menu. The rows are
    `filtering.stations(state)`, those that expire soon `filtering.expiring(view, today)`.

    Attributes:
        filters: of `Form.STATION_FILTER`.
    """

    view: StationsView = field(default_factory=StationsView)
    filters: Sheet = field(default_factory=lambda: Sheet(Form.STATION_FILTER))


@dataclass(frozen=True, slots=True)
class RegisterStation:
    """Registra Postazione (R-004-13): `FieldTyped`, `Continued`, `Back`."""

    behind: StationList
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.REGISTER_STATION))


@dataclass(frozen=True, slots=True)
class RegisterConfirm:
    """What will be registered: `Continued` records, `Back` to the form."""

    form: RegisterStation


@dataclass(frozen=True, slots=True)
class StationPage:
    """One station: `StationTaskChosen` of `actions.of_station`, `Asked`, `Back` to the list.

    The check code of a request is shown large. Follows the list when it is told anew, and asks for
    it by itself while the device has not come.

    Attributes:
        quiet: seconds since it last asked by itself.
    """

    behind: StationList
    record: StationRecord
    quiet: int = 0


@dataclass(frozen=True, slots=True)
class ApproveConfirm:
    """The check code, large, to be compared with the device's screen.

    `CheckToggled(COMPARED)` states that they are the same, then `Continued` approves; `Back`.
    """

    page: StationPage
    compared: bool = False


@dataclass(frozen=True, slots=True)
class AskingCode:
    """The hub is asked for the one-time code; `Back`.

    Attributes:
        code: why there is none; then the page says so and stays until `Back`.
    """

    page: StationPage
    code: str | None = None


@dataclass(frozen=True, slots=True)
class CodeShown:
    """The one-time code: `told.token` as a QR, `told.password` large; `Back`, or time, hides it.

    `CodeSaveChosen` writes it to a stick, for a device without camera and network (R-004-14).

    Attributes:
        seconds_left: until it is hidden.
        saving: it is being written.
        file: its name on the stick; empty until it is there.
        code: why it could not be written (`download.no-medium`); None where it could.
    """

    page: StationPage
    told: EnrolmentCodeTold = field(repr=False)
    seconds_left: int
    saving: bool = False
    file: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class StationChange:
    """Blocca, Sblocca, Cancella, a new code: the reason. `FieldTyped`, `Continued`, `Back`.

    What needs no reason has no field. `Continued` records; Cancella first asks again
    (`CancelConfirm`).
    """

    page: StationPage
    task: StationTask
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.STATION_CHANGE))


@dataclass(frozen=True, slots=True)
class CancelConfirm:
    """The second step of Cancella: for ever. `CheckToggled(FOR_EVER)`, `Continued`, `Back`."""

    change: StationChange
    understood: bool = False


@dataclass(frozen=True, slots=True)
class NoteForm:
    """Where the certificate lives, in the Register (R-004-11): `FieldTyped`, `Continued`, `Back`."""

    page: StationPage
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.STATION_NOTE))


@dataclass(frozen=True, slots=True)
class Downloading:
    """Certificates are fetched and written to the folder for downloads; passes by itself, `Back`.

    Attributes:
        names: of the stations.
    """

    behind: StationList | StationPage
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Downloaded:
    """Written, or not: `Continued` and `Back` lead on.

    Attributes:
        file: its name in the folder; empty where nothing was written.
        count: how many certificates are in it.
        code: why not all of them are, or none (`download.no-medium`); None where all are.
    """

    behind: StationList | StationPage
    file: str
    count: int
    code: str | None = None


StationState = (
    StationList
    | RegisterStation
    | RegisterConfirm
    | StationPage
    | ApproveConfirm
    | AskingCode
    | CodeShown
    | StationChange
    | CancelConfirm
    | NoteForm
    | Downloading
    | Downloaded
)
