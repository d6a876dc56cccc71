"""Identity check, "Controlla la tua carta": was my document issued correctly (R-001-2)?

    Intro -> ChooseCard -> (identity card: `document_reading`) -> VerdictPage <-> ClerkPage
                        -> InsertHealthCard -> ReadingHealthCard -> HealthCardFailed | VerdictPage
    VerdictPage -> AskingTries -> TypePin -> ProvingPin -> VerdictPage | TypePin | PinRefused

Nothing is recorded, and no draft is kept in any of these states. The states of the health card and
its PIN also serve an identification (`identification`): `identifying` says whose, and then they lead
back to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.flows.candidate import Candidate
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen.document_reading import Checking, DocumentReadingState, Errand
from kiosk.flows.document_check import (
    DocumentReading,
    Headline,
    HealthCardProof,
    PinTries,
    Verdict,
)
from kiosk.flows.entries import TextEntry
from sync.model.errors import Problem

IDENTITY_CARD = "identity-card"
"""`OptionChosen` of the identity card (CIE), on `ChooseCard` and where the form asks for a card."""
HEALTH_CARD = "health-card"
"""`OptionChosen` of the health card (TS-CNS), on `ChooseCard`."""
CLERK = "clerk"
"""`OptionChosen` of the page for the clerk, on `VerdictPage`."""
REGISTER = "register"
"""`OptionChosen` of "use these data to sign up", on `VerdictPage`."""
PROVE = "prove"
"""`OptionChosen` of the proof with the PIN, on `VerdictPage` of a health card."""
IDENTIFY = "identify"
"""`OptionChosen` of "confirm that it is you", on `VerdictPage` of a document that proves itself."""

LONGEST_PIN = 8
SHORTEST_PIN = 5
"""Digits of the PIN of a TS-CNS."""


@dataclass(frozen=True, slots=True)
class Intro:
    """What the check does, and that nothing is kept; `Continued`."""


@dataclass(frozen=True, slots=True)
class ChooseCard:
    """Which card: `OptionChosen(IDENTITY_CARD | HEALTH_CARD)`."""


@dataclass(frozen=True, slots=True)
class InsertHealthCard:
    """The request to insert the health card; `failure` is the code of a reader that is away.

    `Refused` takes another way, where somebody is being identified.
    """

    failure: str | None = None
    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class ReadingHealthCard:
    """The health card is being read: a second or two."""

    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class HealthCardFailed:
    """The health card could not be read; `Continued` tries again, `Refused` takes another card."""

    code: str
    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class HealthCardFile:
    """The data file of a health card, which anybody can write, with a verdict that says so."""

    card: CardData
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ProvenHealthCard:
    """A health card whose chip has signed; `file` is what was read of it before."""

    file: HealthCardFile
    proof: HealthCardProof

    @property
    def verdict(self) -> Verdict:
        """The verdict of the proof."""
        return self.proof.verdict


Examined = DocumentReading | HealthCardFile | ProvenHealthCard
"""What a verdict is about; each has `.verdict`."""


@dataclass(frozen=True, slots=True)
class VerdictPage:
    """What is proven: headline, a line for each property, and what one can do now.

    `headline` and `verdicts.rows` say what to draw; `wording` has the buttons:
    `OptionChosen(CLERK)`, `OptionChosen(REGISTER)`, `OptionChosen(PROVE)`, `Continued` (finished).
    While a form waits for the document (`errand` is `Prefilling`), only a verdict that speaks
    against it is shown: `Continued` uses the data all the same where only holder or date differ,
    `Refused` goes on without them.

    Attributes:
        examined: what was read and judged.
        errand: on whose behalf.
    """

    examined: Examined
    errand: Errand = field(default_factory=Checking)

    @property
    def headline(self) -> Headline:
        """The verdict in one word.

        A health card that proves itself under another name than its data file has, has had its
        file changed: that is more than data that differ from what a person typed.
        """
        found = self.examined.verdict.headline
        if isinstance(self.examined, ProvenHealthCard) and found is Headline.OTHER_HOLDER:
            return Headline.WRONG
        return found


@dataclass(frozen=True, slots=True)
class ClerkPage:
    """The page for the clerk: face, holder, each reason's clerk text, protocol, facts; `Back`.

    `verdicts.clerk_view` says what to draw.
    """

    page: VerdictPage


@dataclass(frozen=True, slots=True)
class AskingTries:
    """The card is asked how many tries of its PIN are left: a second."""

    file: HealthCardFile
    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class TypePin:
    """The PIN, masked, on a keypad of digits: `TextChanged`, `TextDone`, `Back`.

    Attributes:
        file: what was read before.
        tries: what the card says, two or more; shown before the first digit.
        entry: what stands in the field; never shown, never read aloud.
        problem: what is wrong with it before it is sent.
        wrong: the card refused an earlier one.
        identifying: who is being identified; `Refused` then takes another way.
    """

    file: HealthCardFile
    tries: PinTries
    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None
    wrong: bool = False
    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class ProvingPin:
    """The card checks the PIN and signs: some seconds. The PIN is not here any more."""

    file: HealthCardFile
    identifying: Candidate | None = None


@dataclass(frozen=True, slots=True)
class PinRefused:
    """No proof: blocked, last try, tries untold, or another failure.

    `Continued` leads back to the verdict, or to the other ways to be identified. `Refused` tries
    again where that can help (`may_retry`).
    """

    file: HealthCardFile
    code: str
    may_retry: bool = False
    identifying: Candidate | None = None


IdentityCheckState = (
    Intro
    | ChooseCard
    | InsertHealthCard
    | ReadingHealthCard
    | HealthCardFailed
    | VerdictPage
    | ClerkPage
    | AskingTries
    | TypePin
    | ProvingPin
    | PinRefused
)


def errand_of(activity: DocumentReadingState | IdentityCheckState) -> Errand:
    """On whose behalf a document is read."""
    match activity:
        case VerdictPage(errand=errand) | ClerkPage(page=VerdictPage(errand=errand)):
            return errand
        case _ if isinstance(activity, DocumentReadingState):
            return activity.errand
        case _:
            return Checking()
