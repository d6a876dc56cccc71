"""The printers are switched off on every page that prints, before a paper and in the midst of it.

A paper is sent only when somebody asks for it, so that it can be counted: one sheet for each paper
that the page calls printed, and no sheet more but for those of which the page itself said that
their fate is unknown.
"""

from __future__ import annotations

import random
from abc import abstractmethod
from typing import ClassVar

from tests.emulated.printing.ipp_printer import Fate
from tests.faults.devices.page import Page
from tests.workbench import walks
from tests.workbench.stage import Stage

_SLOWLY = 150.0
"""Millimetres a second, as thermal printers do: a slip then takes about a second."""


class PaperPage(Page):
    """A page with a paper on it."""

    document: ClassVar[str]

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice)
        self.printed = self.unsure = 0
        self._before = 0
        self._recorded = 0

    @abstractmethod
    def sheets(self) -> int:
        """How many came out whole."""

    def state(self) -> str:
        """Where the page says that the paper is."""
        return str(self.person.ask("papers").get(self.document, ""))

    def reach(self) -> None:
        """The page."""
        walks.to_registered(self.stage)

    def arrive(self) -> None:
        """The page, with its first paper printed."""
        self.reach()
        if self.state() in {"offered", "failed"}:
            self.ask()
        self.wait_until(lambda: self.state() == "printed", "the first paper")
        self._before = self.sheets()
        self.printed = self.unsure = 0
        self._recorded = len(self.stage.outbox())

    def ask(self) -> None:
        """Touch the paper."""
        self.person.touch(f"print.{self.document}")

    def troubled(self) -> bool:
        """The paper failed, or the person is asked to look; or it had come out before."""
        state = self.state()
        self.unsure += state == "unseen"
        return state in {"failed", "unseen", "printed"}

    def serves(self) -> bool:
        """The paper came out, asked for again where the page says that it did not come."""
        state = self.state()
        if state == "unseen":
            self.person.touch(f"paper.{self.document}.no", seconds=2)
            self.wait_until(lambda: self.state() != "unseen", "the answer")
        elif state == "failed":
            self.ask()
            self.wait_until(lambda: self.state() not in {"failed", ""}, "the touch")
        return state == "printed"

    def settle(self) -> None:
        """One more paper that the page calls printed."""
        self.printed += 1

    def broken_promises(self) -> list[str]:
        """No sheet too many or too few, nothing recorded twice."""
        found = []
        sheets = self.sheets() - self._before
        if not self.printed <= sheets <= self.printed + self.unsure:
            found.append(f"{sheets} sheets, {self.printed} printed, {self.unsure} unsure")
        if len(self.stage.outbox()) != self._recorded:
            found.append("another operation was recorded")
        return found


class SlipPage(PaperPage):
    """The receipt on the thermal printer."""

    document = "receipt-slip"

    def sheets(self) -> int:
        """Slips that were cut off."""
        return len(self.stage.slip_printer.slips)

    def pull(self) -> None:
        """Switched off; then the paper is asked for."""
        self.stage.slip_printer.switch_off()
        self.rest(0.4)
        self.ask()

    def give_back(self) -> None:
        """Switched on; the piece that hangs out is torn off."""
        self.stage.slip_printer.switch_on()


class ReceiptSlip(SlipPage):
    """Off before the receipt's slip is asked for."""

    name = "preregistration.done (slip, before)"
    share = 2


class ReceiptSlipTorn(SlipPage):
    """Off while the receipt's slip is printed."""

    name = "preregistration.done (slip, in the midst)"
    share = 3

    def pull(self) -> None:
        """The paper is asked for; at some line, no power."""
        self.stage.slip_printer.print_at(_SLOWLY)
        self.ask()
        self.rest(1.5)
        self.stage.slip_printer.switch_off()

    def give_back(self) -> None:
        """Switched on, and quick, as the time of the printing is not the kiosk's."""
        self.stage.slip_printer.print_at(0.0)
        super().give_back()


class IdentificationSlip(SlipPage):
    """Off before the slip of an identification is asked for."""

    name = "identification.done (slip, before)"
    document = "identification-slip"
    share = 2

    def reach(self) -> None:
        """Identified by the operator."""
        walks.to_identified(self.stage)


class IdentificationSlipTorn(ReceiptSlipTorn):
    """Off while the slip of an identification is printed."""

    name = "identification.done (slip, in the midst)"
    document = "identification-slip"
    share = 2

    def reach(self) -> None:
        """Identified by the operator."""
        walks.to_identified(self.stage)


class A4Page(PaperPage):
    """A paper on the page printer."""

    document = "receipt-page"

    def sheets(self) -> int:
        """Documents that came out."""
        return len(self.stage.page_printer.papers)

    def pull(self) -> None:
        """The cable; then the paper is asked for."""
        self.stage.page_printer.go_away()
        self.rest(0.4)
        self.ask()

    def give_back(self) -> None:
        """The cable."""
        self.stage.page_printer.come_back()


class ReceiptPage(A4Page):
    """Away before the receipt is asked for."""

    name = "preregistration.done (page, before)"
    share = 3


class SummaryPage(A4Page):
    """Away before the summary is asked for."""

    name = "preregistration.done (summary, before)"
    document = "summary"


class ReceiptPageUnderWay(A4Page):
    """Away while the printer has the receipt: only its cable, or its power and all its jobs."""

    name = "preregistration.done (page, in the midst)"
    share = 3
    patience = 20.0

    def pull(self) -> None:
        """The paper is asked for; at some moment, cable or power."""
        printer = self.stage.page_printer
        printer.fate = Fate.STAYS
        self.ask()
        self.rest(1.5)
        printer.go_away()
        if self.dice.random() < 0.5:
            printer.restart()

    def give_back(self) -> None:
        """It is back; what it still has, it prints."""
        printer = self.stage.page_printer
        printer.fate = Fate.PRINTED
        printer.finish()
        printer.come_back()

    def troubled(self) -> bool:
        """A job that is under way is waited for: the page says so."""
        return super().troubled() or self.state() == "printing"


SLIP_PAGES = (ReceiptSlip, ReceiptSlipTorn, IdentificationSlip, IdentificationSlipTorn)
A4_PAGES = (ReceiptPage, SummaryPage, ReceiptPageUnderWay)
