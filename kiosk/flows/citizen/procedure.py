"""What a person concludes with their codes: activation, promotion, reset, new PIN, revocation.

    Intro -> AskCodiceFiscale (-> ReadingCard) -> AskCode (-> AskPin) -> CheckingCodes
    CheckingCodes -> CodesRefused | CodesUnchecked | the steps that the hub names (R-003-19)
    steps: ReadText | Sign | ChooseUsername -> CheckingUsername | ChoosePassword
           -> RepeatPassword | ChooseQuestion (-> WriteQuestion) -> AnswerQuestion
    after the last one: (Confirm ->) Concluding -> Done | ConcludeFailed

Code, PIN, password and answer are in no state: a page knows how many signs stand in its field and
what is wrong with them. The hub's ticket ends after some minutes: `TimeOver`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from uuid import UUID

from kiosk.flows.entries import TextEntry
from kiosk.flows.home_effects import SecretField
from kiosk.flows.home_events import Conclusive
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.texts.acceptance import TextName, text_of

FOR_MYSELF: Final = "for-myself"
"""`OptionChosen` of the first page: the codes are the person's own."""
FOR_ANOTHER: Final = "for-another"
"""A representative acts for the represented person (R-003-74)."""
TYPE_ALL: Final = "type-all"
"""`OptionChosen` after a denial: begin with the codice fiscale again."""
OWN_QUESTION: Final = "own"
"""`OptionChosen` of the secret questions: the person writes one."""
OFFERED_QUESTIONS: Final = 6
"""Secret questions on offer."""
QUESTION_KEYS: Final = tuple(f"home.question.{n + 1}" for n in range(OFFERED_QUESTIONS))
"""Keys of their texts."""
SPENT: Final = frozenset(
    {"codes.expired", "codes.spent", "registration.gone", "credential.state-moved"}
)
"""Denials after which no other PIN helps: the counter does."""


class Purpose(Enum):
    """Which tile of the welcome page led here; which code is asked for."""

    ACTIVATION = "activation"
    REVOCATION = "revocation"

    @property
    def with_pin(self) -> bool:
        """Whether a PIN goes with the code (R-003-19)."""
        return self is Purpose.ACTIVATION


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came, and what for.

    Attributes:
        purpose: activation or revocation.
        for_another: a representative acts (R-003-74).
        codice_fiscale: of the person whose credentials they are, canonical; empty before it is
            known.
    """

    purpose: Purpose
    for_another: bool = False
    codice_fiscale: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Procedure:
    """What the codes opened, and what was accepted and chosen so far.

    Attributes:
        visit: who came.
        kind: what is concluded.
        steps: what the hub wants done, in order.
        seconds_left: until the ticket ends.
        old_username: shape of the username that ends (reset).
        accepted: names and versions of accepted texts.
        username: as checked by the hub; empty before.
        question: as typed, or key of one on offer (`home.question.3`); empty before.
    """

    visit: Visit
    kind: OperationKind
    steps: tuple[HomeStep, ...]
    seconds_left: int
    old_username: str = field(default="", repr=False)
    accepted: tuple[str, ...] = ()
    username: str = field(default="", repr=False)
    question: str = field(default="", repr=False)

    @property
    def chooses(self) -> bool:
        """Whether username, password and question are chosen anew."""
        return HomeStep.USERNAME in self.steps


@dataclass(frozen=True, slots=True)
class Typed:
    """What is known of a secret that stands in a field: never the secret.

    Attributes:
        length: signs in the field.
        fault: what is wrong with it; said only when the person goes on.
        problem: the same once it is said; a key takes it away.
    """

    length: int = 0
    fault: Problem | None = None
    problem: Problem | None = None


# --- who, and the codes


@dataclass(frozen=True, slots=True)
class Intro:
    """What is needed, and for whom it is; without a network, what to do instead."""

    purpose: Purpose


@dataclass(frozen=True, slots=True)
class AskCodiceFiscale:
    """Typed, scanned, or read from the health card; `failure` is a code of the card's reading."""

    visit: Visit
    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """The health card is being read for its codice fiscale."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class AskCode:
    """Activation or revocation code, twelve letters and digits in three groups."""

    visit: Visit
    typed: Typed = Typed(fault=Problem("code.empty"))


@dataclass(frozen=True, slots=True)
class AskPin:
    """The eight digits of the PIN."""

    visit: Visit
    typed: Typed = Typed(fault=Problem("pin.empty"))


@dataclass(frozen=True, slots=True)
class CheckingCodes:
    """The hub looks at the codes."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class CodesRefused:
    """Not this time; `Continued` types the last one again once the wait is over."""

    visit: Visit
    code: str
    wait_seconds: int = 0

    @property
    def spent(self) -> bool:
        """Whether nothing that is typed here can help."""
        return self.code in SPENT


@dataclass(frozen=True, slots=True)
class CodesUnchecked:
    """The hub cannot be asked; `Continued` asks again, `Refused` ends."""

    visit: Visit
    code: str


# --- the steps


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text to read and accept; `Refused` does not accept it."""

    procedure: Procedure
    step: HomeStep


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Without that text nothing is concluded; `Continued` reads it again, `Refused` ends."""

    procedure: Procedure
    step: HomeStep


@dataclass(frozen=True, slots=True)
class Sign:
    """The online signature below what was accepted."""

    procedure: Procedure


@dataclass(frozen=True, slots=True)
class ChooseUsername:
    """The rules, and the field."""

    procedure: Procedure
    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class CheckingUsername:
    """The hub says whether nobody has it."""

    procedure: Procedure
    username: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsernameUnchecked:
    """The hub cannot be asked; `Continued` asks again."""

    procedure: Procedure
    username: str = field(repr=False)
    code: str


class Rule(Enum):
    """Rules of a password, stated before it is typed; texts `home.password.rule.<value>`."""

    LENGTH = "length"
    OWN_DATA = "own-data"
    GUESSABLE = "guessable"


@dataclass(frozen=True, slots=True)
class ChoosePassword:
    """The rules with a mark where the password meets them, and how strong it is.

    Attributes:
        typed: as of all secrets.
        met: rules that it meets.
        strength: 0 to 4; None before it was weighed.
        breached: it stands on the list of those that thieves know.
        revealed: the person wants to see it.
    """

    procedure: Procedure
    typed: Typed = Typed(fault=Problem("password.empty"))
    met: frozenset[Rule] = frozenset()
    strength: int | None = None
    breached: bool = False
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class RepeatPassword:
    """The password once more; `same` as the runtime says of what stands in the field."""

    procedure: Procedure
    typed: Typed = Typed(fault=Problem("password.different"))
    same: bool | None = None
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class ChooseQuestion:
    """The secret questions on offer, and one's own."""

    procedure: Procedure


@dataclass(frozen=True, slots=True)
class WriteQuestion:
    """The person's own question."""

    procedure: Procedure
    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """The answer; it is shown unless the person hides it: a wrong letter locks them out.

    Attributes:
        in_password: whether the password has it in itself; None before the runtime told.
    """

    procedure: Procedure
    typed: Typed = Typed(fault=Problem("answer.too-short"))
    in_password: bool | None = None
    revealed: bool = True


@dataclass(frozen=True, slots=True)
class Confirm:
    """All that was chosen, before it counts."""

    procedure: Procedure


# --- the end


@dataclass(frozen=True, slots=True)
class Concluding:
    """It is being recorded; once it is, the hub decides."""

    procedure: Procedure
    operation_id: UUID
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class ConcludeFailed:
    """It could not be recorded; `Continued` tries again under the same operation id."""

    procedure: Procedure
    operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Done:
    """What the hub has made of it, as far as it is known; `Refused` begins anew after a refusal.

    Attributes:
        visit: whose it was.
        kind: what was concluded.
        operation_id: whose outcome may still be told.
        outcome: how far it is.
        code: of a refusal.
    """

    visit: Visit
    kind: OperationKind
    operation_id: UUID
    outcome: Conclusive
    code: str = ""


@dataclass(frozen=True, slots=True)
class TimeOver:
    """The ticket has ended before the conclusion; `Continued` begins anew."""

    visit: Visit


SecretPage = AskCode | AskPin | ChoosePassword | RepeatPassword | AnswerQuestion
"""Pages whose field holds a secret."""

Opened = (
    ReadText
    | NotAccepted
    | Sign
    | ChooseUsername
    | CheckingUsername
    | UsernameUnchecked
    | ChoosePassword
    | RepeatPassword
    | ChooseQuestion
    | WriteQuestion
    | AnswerQuestion
    | Confirm
    | ConcludeFailed
)
"""Pages behind the codes: the ticket's time runs on them."""

ProcedureState = (
    Intro
    | AskCodiceFiscale
    | ReadingCard
    | AskCode
    | AskPin
    | CheckingCodes
    | CodesRefused
    | CodesUnchecked
    | Opened
    | Concluding
    | Done
    | TimeOver
)


def secret_of(page: SecretPage) -> SecretField:
    """Which secret is typed on a page."""
    match page:
        case AskCode():
            return SecretField.CODE
        case AskPin():
            return SecretField.PIN
        case ChoosePassword():
            return SecretField.PASSWORD
        case RepeatPassword():
            return SecretField.PASSWORD_AGAIN
        case AnswerQuestion():
            return SecretField.ANSWER


def text_shown(page: ReadText) -> TextName:
    """Which text a page shows; the Regolamento where the hub asks for a text that is none."""
    return text_of(page.procedure.kind, page.step) or TextName.REGULATION


NAMES: Final[dict[type, str]] = {
    Intro: "procedure.intro",
    AskCodiceFiscale: "procedure.ask-codice-fiscale",
    ReadingCard: "procedure.reading-card",
    AskCode: "procedure.ask-code",
    AskPin: "procedure.ask-pin",
    CheckingCodes: "procedure.checking-codes",
    CodesRefused: "procedure.codes-refused",
    CodesUnchecked: "procedure.codes-unchecked",
    NotAccepted: "procedure.not-accepted",
    Sign: "procedure.sign",
    ChooseUsername: "procedure.choose-username",
    CheckingUsername: "procedure.checking-username",
    UsernameUnchecked: "procedure.username-unchecked",
    ChoosePassword: "procedure.choose-password",
    RepeatPassword: "procedure.repeat-password",
    ChooseQuestion: "procedure.choose-question",
    WriteQuestion: "procedure.write-question",
    AnswerQuestion: "procedure.answer-question",
    Confirm: "procedure.confirm",
    Concluding: "procedure.concluding",
    ConcludeFailed: "procedure.conclude-failed",
    Done: "procedure.done",
    TimeOver: "procedure.time-over",
}
"""Machine names of the pages but `ReadText`, whose name has its text's."""
