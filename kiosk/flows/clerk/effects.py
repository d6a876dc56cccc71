"""What clerk flows ask the runtime to do; the answers are in `events`."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.wanted import Wanted
from kiosk.flows.console.effects import ConsoleEffect
from kiosk.flows.outbox.effects import OutboxEffect
from kiosk.flows.printed_document import PrintedDocument
from sync.model.searching import Filters


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sign the operator in with the card in the reader; `SignedIn` or `SignInFailed`.

    Card and PIN, then the roster, then the mirror is opened and kept in step with the hub
    (`MirrorTold`) until `SignOut`.

    Attributes:
        session_id: repeated by the answer.
        pin: ASCII digits; the runtime overwrites them when the card has them.
    """

    session_id: UUID
    pin: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignInByDay:
    """Sign the operator in by daily password (R-004-34); `SignedIn` or `SignInFailed`.

    Only the hub can check it. The key of the day is made in memory, and signs acts until midnight.

    Attributes:
        session_id: repeated by the answer.
        codice_fiscale: as it was typed.
        password: as it was typed, ASCII; the runtime overwrites it.
    """

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    password: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOut:
    """Let card and mirror go. Letters that wait to be printed stay until `EndSession`."""


@dataclass(frozen=True, slots=True)
class SearchRegistrations:
    """Search the mirror; `SearchFinished` or `SearchFailed`. A later one replaces it.

    Attributes:
        page: from 0.
    """

    session_id: UUID
    filters: Filters = field(repr=False)
    page: int = 0


@dataclass(frozen=True, slots=True)
class OpenRegistration:
    """Fetch one registration from the mirror; `RegistrationOpened` or `RegistrationNotOpened`.

    Exactly one of the two is given.

    Attributes:
        number: canonical registration number, any of those that lead to it.
        codice_fiscale: canonical.
    """

    session_id: UUID
    number: str | None = field(default=None, repr=False)
    codice_fiscale: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReadCase:
    """Read the text of a summary's case code; `RegistrationOpened` or `RegistrationNotOpened`.

    The mirror's registration is told where it has one at least as new; else the paper's own.
    """

    session_id: UUID
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpPerson:
    """Who is it, and may the person be registered; answered by `PersonLookedUp` (R-003-43 to 46).

    The mirror first, then the hub (standing, population registers). Without a network it is
    answered at once with what the mirror knows.

    Attributes:
        comune: Belfiore code of the comune of residence; empty for a resident abroad.
    """

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    comune: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AbandonLookUp:
    """Nobody waits any more for `LookUpPerson`, `SearchRegistrations`, `AskUsername`."""


@dataclass(frozen=True, slots=True)
class AskLease:
    """Somebody begins to edit; `LeaseTold`. The runtime prolongs a granted one by itself."""

    session_id: UUID
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReturnLease:
    """Editing has ended; not answered. Also implied by `SignOut`."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordCounterAct:
    """Make the act durable, signed by the operator's card too.

    Answered by `CounterActRecorded` or `CounterActNotRecorded`. Idempotent on `operation_id`. The
    runtime makes PIN and code where the act needs them, and holds the letters in memory until the
    next `RecordCounterAct` of another operation, or `EndSession`.

    Attributes:
        language: of the papers, `it` or `en`.
    """

    session_id: UUID
    operation_id: UUID
    wanted: Wanted = field(repr=False)
    language: str = "it"


@dataclass(frozen=True, slots=True)
class LookAtLetterPrinter:
    """Look whether the A4 printer would take letters with secrets; `LetterPrinterTold`."""


@dataclass(frozen=True, slots=True)
class PrintCounterPaper:
    """Print one paper of a counter; answered by `Printed` or `PrintFailed` with its document.

    Letters (`PIN_LETTER`, `ACTIVATION_LETTER`, `REVOCATION_LETTER`) are printed from what the
    runtime holds of `content.operation_id`; where it holds nothing any more: `letter.gone`.

    Attributes:
        content: what it says beside its secrets.
        again: as in `Print`.
    """

    session_id: UUID
    document: PrintedDocument
    content: CounterContent = field(repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class AskUsername:
    """Ask the hub for the whole username (R-003-62); `UsernameAnswered`."""

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListDisputes:
    """Tell the open disputes of the office; `DisputesListed`."""

    session_id: UUID


ClerkEffect = (
    SignIn
    | SignInByDay
    | SignOut
    | SearchRegistrations
    | OpenRegistration
    | ReadCase
    | LookUpPerson
    | AbandonLookUp
    | AskLease
    | ReturnLease
    | RecordCounterAct
    | LookAtLetterPrinter
    | PrintCounterPaper
    | AskUsername
    | ListDisputes
    | ConsoleEffect
    | OutboxEffect
)
"""Everything that only a counter station is asked for."""
