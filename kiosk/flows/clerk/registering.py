"""Pages of a registration ex-novo, up to its confirmation (R-003-42 to 47, 64, 65)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.clerk.events import Check
from kiosk.flows.clerk.sheet import Sheet
from kiosk.flows.clerk.wanted import WantedRegistration
from kiosk.flows.papers import Papers
from sync.model.errors import Problem
from sync.model.inquiry import RegisterName


@dataclass(frozen=True, slots=True)
class Notice:
    """The data-processing notice, before any datum (R-003-47): `Continued` agrees, `Refused` leaves."""


@dataclass(frozen=True, slots=True)
class Start:
    """Codice fiscale, Provincia, Comune (R-003-42): `FieldTyped`, `FieldLeft`, `Continued`, `Back`.

    `BarcodeTyped` and a health card (`CardRead`) fill the codice fiscale; a scanned case code opens
    its case instead.
    """

    sheet: Sheet
    code: str | None = None


@dataclass(frozen=True, slots=True)
class LookingUp:
    """Registry and registers are asked; `Refused` goes on without waiting, `Back` to the start."""

    sheet: Sheet


@dataclass(frozen=True, slots=True)
class AlreadyStrong:
    """Variante 1 (R-003-44): strong credentials exist; `Continued` opens the registration, `Back`."""

    sheet: Sheet
    number: str


@dataclass(frozen=True, slots=True)
class AlreadyWeak:
    """Variante 2 (R-003-45): registered weakly; `Continued` opens the registration, `Back`."""

    sheet: Sheet
    number: str


@dataclass(frozen=True, slots=True)
class OldCredentials:
    """Variante 3 (R-003-46): print the request, have it signed, archive it.

    `PrintAsked`, `PaperConfirmed`, `CheckToggled(REQUEST_ARCHIVED)`; `Continued` once it is ticked.
    """

    sheet: Sheet
    papers: Papers
    checked: frozenset[Check] = frozenset()


@dataclass(frozen=True, slots=True)
class ConfirmDeletion:
    """The old credentials end: `Continued` deletes, `Back`."""

    sheet: Sheet


@dataclass(frozen=True, slots=True)
class RegistrationForm:
    """The form (R-003-64): `FieldTyped`, `FieldLeft`, `Continued`, `Back` (asks first).

    `PrintAsked(DELEGATION_MODULE | SUBSTITUTIVE_DECLARATION)` prints blank or prefilled forms.

    Attributes:
        register: which population register prefilled it; None where none did.
        unsure: neither standing nor registers could be asked; the hub judges later.
        papers: forms that may be printed here.
        confirmed: `Continued` was touched with problems: the page shows all of them.
    """

    sheet: Sheet
    register: RegisterName | None = None
    unsure: bool = False
    papers: Papers = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RegistrationConfirm:
    """All data to read once more, and what the clerk states (R-003-39 to 41, 65, 70).

    `CheckToggled`, `Continued` once all of `checks` are ticked, `Back` to the form.

    Attributes:
        wanted: what will be recorded.
        checks: what must be stated, in order.
        doubts: what looks wrong and may be right.
    """

    form: RegistrationForm
    wanted: WantedRegistration
    checks: tuple[Check, ...]
    checked: frozenset[Check] = frozenset()
    doubts: tuple[Problem, ...] = ()


RegisteringState = (
    Notice
    | Start
    | LookingUp
    | AlreadyStrong
    | AlreadyWeak
    | OldCredentials
    | ConfirmDeletion
    | RegistrationForm
    | RegistrationConfirm
)
