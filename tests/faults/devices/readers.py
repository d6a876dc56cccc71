"""Card reader and contactless document are taken away on every page that reads a card.

The reader goes in two ways, by its cable and by the service that stands before it (pcscd killed and
started again), as the dice say.
"""

from __future__ import annotations

import random
import threading
import time
from typing import ClassVar, Final

from tests.emulated.cards.cns_chip import PIN
from tests.emulated.cards.identity_documents import cie
from tests.emulated.cards.virtual_reader import SOUND, Faults
from tests.faults.devices.page import Page
from tests.workbench import walks
from tests.workbench.person import NotSeenError
from tests.workbench.stage import Stage

_SLOW = Faults(seconds=0.03)
_READS_WITHIN: Final = 20.0
_FORM_FAILED = "preregistration.card-failed"
_CHECK_FAILED = "identity-check.health-card-failed"


class ReaderPage(Page):
    """A page that waits for a card in a reader."""

    def pull(self) -> None:
        """The cable, or the service."""
        self.take_away(self.dice.choice(("cable", "service")))

    def take_away(self, how: str) -> None:
        """The reader is gone."""
        if how == "cable":
            self.stage.reader.unplug()
        else:
            self.stage.pcscd.kill()

    def give_back(self) -> None:
        """Cable and service."""
        self.stage.reader.plug()
        self.stage.pcscd.start()


class SlotPage(ReaderPage):
    """A page that waits for the health card; the card is in when the reader is back."""

    asks: ClassVar[str] = "preregistration.insert-card"
    read: ClassVar[tuple[str, ...]] = ("preregistration.review",)
    failed: ClassVar[str] = _FORM_FAILED
    other_way: ClassVar[str] = "refuse"

    def arrive(self) -> None:
        """The form asks for the card."""
        walks.to_insert_card(self.person)

    def give_back(self) -> None:
        """The reader; the person puts the card in."""
        super().give_back()
        if not self.stage.reader.occupied:
            self.stage.reader.insert(walks.health_card())

    def troubled(self) -> bool:
        """The page says so and offers another way; or the failure of the reading."""
        told = self.on(self.asks) and str(self.person.ask("trouble")).startswith("reader.")
        return (told or self.on(self.failed)) and self.person.can_touch(self.other_way)

    def serves(self) -> bool:
        """The card was read."""
        self.tries_again(self.failed)
        return self.on(*self.read)

    def settle(self) -> None:
        """The card is taken; back to the request."""
        self.stage.reader.remove()
        self.go("back", self.asks)
        self.wait_until(lambda: self.person.ask("trouble") is None, "a reader that is ready")


class SlotPageReading(SlotPage):
    """The reader goes while it reads."""

    reading: ClassVar[str] = "preregistration.reading-card"

    def pull(self) -> None:
        """The card goes in; after a while, the reader goes."""
        self.stage.reader.insert(walks.health_card(), _SLOW)
        self.wait_until(lambda: self.on(self.reading, *self.read), "the reading")
        self.rest(0.8)
        super().pull()

    def troubled(self) -> bool:
        """As ever; or the card had been read to its end."""
        return super().troubled() or self.on(*self.read)


class FormAsksForCard(SlotPage):
    """The preregistration waits for the card."""

    name = "preregistration.insert-card"
    share = 3


class FormReadsCard(SlotPageReading):
    """The preregistration reads the card."""

    name = "preregistration.reading-card"
    share = 3


class CheckAsksForCard(SlotPage):
    """The identity check waits for the health card."""

    name = "identity-check.insert-health-card"
    share = 2
    asks = "identity-check.insert-health-card"
    read = ("identity-check.verdict",)
    failed = _CHECK_FAILED
    other_way = "back"

    def arrive(self) -> None:
        """The check asks for the card."""
        walks.to_choose_card(self.person)
        self.choose()

    def choose(self) -> None:
        """The health card."""
        self.go("option.health-card", self.asks)

    def settle(self) -> None:
        """The card is taken; the check begins again."""
        self.stage.reader.remove()
        self.go("back", "identity-check.choose-card")
        self.choose()


class CheckReadsCard(CheckAsksForCard, SlotPageReading):
    """The identity check reads the health card."""

    name = "identity-check.reading-health-card"
    reading = "identity-check.reading-health-card"
    share = 2


class ProvingByPin(ReaderPage):
    """The reader goes while the card checks the PIN and signs, or just before."""

    name = "identity-check.proving-pin"

    def arrive(self) -> None:
        """The PIN is asked for."""
        walks.to_choose_card(self.person)
        self.go("option.health-card", "identity-check.insert-health-card")
        self.stage.reader.insert(walks.health_card())
        self.person.wait_for("identity-check.verdict")
        self.go("option.prove", "identity-check.type-pin")

    def pull(self) -> None:
        """The PIN is typed and sent."""
        self.person.types(PIN)
        self.person.touch("continue")
        self.rest(1.0)
        super().pull()

    def troubled(self) -> bool:
        """No proof, and another way, or the card is asked for; or it was proven before."""
        return self.on(
            *("identity-check.pin-refused", "identity-check.verdict"),
            *("identity-check.insert-health-card", _CHECK_FAILED),
        )

    def serves(self) -> bool:
        """The PIN is asked for again, or there is the proof."""
        if self.on("identity-check.pin-refused"):
            again = self.person.can_touch("refuse")
            self.tries_again("identity-check.pin-refused", button="refuse" if again else "continue")
        elif self.on(_CHECK_FAILED):
            self.tries_again(_CHECK_FAILED)
        proven = self.person.can_touch("headline.sound")
        if self.on("identity-check.verdict") and not proven:
            self.tries_again("identity-check.verdict", button="option.prove")
        return proven or self.on("identity-check.type-pin")

    def settle(self) -> None:
        """The proof succeeds; then all begins again."""
        if self.on("identity-check.type-pin"):
            self.person.types(PIN)
            self.go("continue", "identity-check.verdict")
        self.stage.reader.remove()
        self.go("back", "identity-check.choose-card")
        self.go("back", "identity-check.intro")
        self.go("back", "welcome")
        self.arrive()

    def broken_promises(self) -> list[str]:
        """No try of the PIN was spent by a reader that went."""
        tries = walks.health_card().tries
        return [] if tries == 3 else [f"the PIN has {tries} tries left"]


class DocumentPage(ReaderPage):
    """The identity card is waited for or read without contact."""

    def arrive(self) -> None:
        """The card may be laid down."""
        walks.to_choose_card(self.person)
        walks.type_can(self.person)

    def give_back(self) -> None:
        """The reader, and the card on it."""
        super().give_back()
        if not self.stage.reader.occupied:
            self.stage.reader.insert(cie(), SOUND)

    def troubled(self) -> bool:
        """The page asks for the card, or says what failed; each offers another way."""
        pages = ("identity-document.lost", "identity-document.waiting", "identity-document.failed")
        seen = self.on(*pages) and self.person.can_touch("refuse")
        return seen or self.on("identity-check.verdict")

    def serves(self) -> bool:
        """The card was read and judged.

        Where the reader failed, and not the contact, the number was forgotten and is typed anew.
        """
        self.tries_again("identity-document.failed")
        if self.on("identity-document.type-can"):
            began = time.monotonic()
            walks.type_number(self.person)
            self.hand_seconds += time.monotonic() - began
        return self.on("identity-check.verdict")

    def settle(self) -> None:
        """The card is taken; another reading begins."""
        if not self.person.can_touch("headline.sound"):
            raise AssertionError(f"a true card is told {self.person.sees()}")
        self.stage.reader.remove()
        self.go("back", "identity-check.choose-card")
        walks.type_can(self.person)


class WaitingForDocument(DocumentPage):
    """The reader goes before the card is laid down."""

    name = "identity-document.waiting"
    share = 2


class DocumentLifted(DocumentPage):
    """The card is lifted at any command while it is read, and laid down again."""

    name = "identity-document.reading (card lifted)"
    share = 4

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice)
        self._commands = 0

    def arrive(self) -> None:
        """One reading to its end shows how many commands there are."""
        super().arrive()
        self.stage.reader.insert(cie())
        self.person.wait_for("identity-check.verdict")
        self._commands = len(self.stage.reader.commands)
        self.settle()

    def pull(self) -> None:
        """The card is laid down, and leaves at a command that the dice say."""
        at = self.dice.randrange(self._commands)
        self.stage.reader.insert(cie(), Faults(pulled_at=at))
        self.wait_until(lambda: not self.stage.reader.occupied, "the lifted card")


class DocumentReaderGone(DocumentLifted):
    """The reader goes at any command while it reads; the card stays on it."""

    name = "identity-document.reading (reader gone)"
    share = 3

    def pull(self) -> None:
        """The card is laid down; at a command that the dice say, the reader goes."""
        at, how = self.dice.randrange(self._commands), self.dice.choice(("cable", "service"))
        gone = threading.Event()

        def go(command: int) -> None:
            if command == at:
                self.take_away(how)
                gone.set()

        self.stage.reader.insert(cie(), Faults(at_command=go))
        if not gone.wait(_READS_WITHIN):
            raise NotSeenError(f"command {at} of the reading did not come")


READER_PAGES = (FormAsksForCard, FormReadsCard, CheckAsksForCard, CheckReadsCard, ProvingByPin)
DOCUMENT_PAGES = (WaitingForDocument, DocumentLifted, DocumentReaderGone)
