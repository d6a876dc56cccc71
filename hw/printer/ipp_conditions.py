"""What a printer says of itself, made into our few conditions.

Source: printer-state-reasons of RFC 8011 5.4.12 and PWG 5100.9-2009 (Printer State Extensions)
with the keywords that CUPS and printers in the field add.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from hw.paper import PrinterCondition, PrinterStatus
from hw.printer.ipp_message import Attributes, integer, integers, text, texts

STOPPED: Final = 5
"""printer-state (RFC 8011 5.4.11)."""

PRINTER_ATTRIBUTES: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "printer-uuid",
    "printer-make-and-model",
    "printer-up-time",
    "operations-supported",
    "document-format-supported",
    "media-supported",
    "media-ready",
    "sides-supported",
    "print-scaling-supported",
    "device-uri",
    "printer-error-policy",
)
"""What is asked of a printer before and during a job."""

_CONDITIONS: Final[dict[str, PrinterCondition]] = {
    "media-empty": PrinterCondition.PAPER_OUT,
    "media-needed": PrinterCondition.PAPER_OUT,
    "input-tray-missing": PrinterCondition.PAPER_OUT,
    "input-media-supply-empty": PrinterCondition.PAPER_OUT,
    "media-low": PrinterCondition.PAPER_LOW,
    "input-media-supply-low": PrinterCondition.PAPER_LOW,
    "media-jam": PrinterCondition.PAPER_JAM,
    "media-path-media-jam": PrinterCondition.PAPER_JAM,
    "input-media-size-change": PrinterCondition.WRONG_PAPER,
    "input-media-type-change": PrinterCondition.WRONG_PAPER,
    "input-media-form-parts-change": PrinterCondition.WRONG_PAPER,
    "input-cannot-feed-size-selected": PrinterCondition.WRONG_PAPER,
    "cover-open": PrinterCondition.COVER_OPEN,
    "door-open": PrinterCondition.COVER_OPEN,
    "interlock-open": PrinterCondition.COVER_OPEN,
    "marker-supply-empty": PrinterCondition.INK_OUT,
    "marker-supply-missing": PrinterCondition.INK_OUT,
    "toner-empty": PrinterCondition.INK_OUT,
    "developer-empty": PrinterCondition.INK_OUT,
    "marker-supply-low": PrinterCondition.INK_LOW,
    "toner-low": PrinterCondition.INK_LOW,
    "developer-low": PrinterCondition.INK_LOW,
    "fuser-over-temp": PrinterCondition.OVERHEATED,
    "cutter-at-eol": PrinterCondition.CUTTER,
    "trimmer-failure": PrinterCondition.CUTTER,
    "paused": PrinterCondition.PAUSED,
    "moving-to-paused": PrinterCondition.PAUSED,
}
_UNHARMFUL: Final = frozenset(
    {
        "none",
        "connecting-to-device",
        "hold-new-jobs",
        "identify-printer-requested",
        "deactivated",
        "marker-supply-near-eol",
        "opc-near-eol",
        "marker-waste-almost-full",
        "output-area-almost-full",
        "media-path-media-almost-empty",
        "timed-out",
    }
)
_MILDER: Final = {
    PrinterCondition.PAPER_OUT: PrinterCondition.PAPER_LOW,
    PrinterCondition.INK_OUT: PrinterCondition.INK_LOW,
}
_LONGEST_TEXT: Final = 127
"""Of printer-make-and-model (RFC 8011 5.4.9)."""
_SUFFIX: Final = re.compile(r"-(error|warning|report)$")
_WORST_FIRST: Final = (
    PrinterCondition.PAPER_JAM,
    PrinterCondition.COVER_OPEN,
    PrinterCondition.PAPER_OUT,
    PrinterCondition.WRONG_PAPER,
    PrinterCondition.INK_OUT,
    PrinterCondition.OVERHEATED,
    PrinterCondition.CUTTER,
    PrinterCondition.OTHER,
    PrinterCondition.PAUSED,
    PrinterCondition.PAPER_LOW,
    PrinterCondition.INK_LOW,
)
"""A jam or an open cover explains all the others; a printer pauses for a reason."""
_SIZE: Final = re.compile(r"_(\d{1,6}(?:\.\d{1,6})?)x(\d{1,6}(?:\.\d{1,6})?)(mm|in)(?![0-9a-z])")


@dataclass(frozen=True, slots=True)
class PrinterReport:
    """How a printer answered, made from its attributes by `report`.

    Attributes:
        state: printer-state: 3 idle, 4 processing, 5 stopped; 0 where it does not say.
        conditions: what is the matter, the worst first.
        firm: those that stop a job, unless the printer itself says that they do not.
        blocked: the worst that certainly lets nothing be printed now: the printer stands still, or
            calls it an error. None where a job may be tried.
        suspected: what it only warns of, taken at its worst: explains a job that does not move.
        reasons: the keywords as told, for the log.
        accepting: whether it takes jobs.
        uuid: printer-uuid as told, empty where it tells none.
        model: maker and model.
        operations: numbers of the operations that it knows; empty where it does not say.
        formats: document formats that it takes; empty where it does not say.
        media: names of papers that it takes; empty where it does not say.
        ready: names of papers that lie in it now; empty where it does not say.
        sides: values of `sides` that it takes.
        scalings: values of `print-scaling` that it takes.
        device_uri: where a spooler hands its jobs on to; empty where it is no spooler.
        error_policy: what a spooler does with a job that it could not print.
        behind: how the device behind a spooler answered; None where it was not asked.
    """

    state: int
    conditions: tuple[PrinterCondition, ...] = ()
    firm: tuple[PrinterCondition, ...] = ()
    blocked: PrinterCondition | None = None
    suspected: tuple[PrinterCondition, ...] = ()
    reasons: tuple[str, ...] = ()
    accepting: bool = True
    uuid: str = ""
    model: str = ""
    operations: tuple[int, ...] = ()
    formats: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    scalings: tuple[str, ...] = ()
    device_uri: str = ""
    error_policy: str = ""
    behind: PrinterReport | None = None

    @property
    def identity(self) -> str:
        """A name that stays with the device: a hash of its UUID; empty where it has none."""
        return hashlib.sha256(self.uuid.encode()).hexdigest()[:16] if self.uuid else ""

    @property
    def status(self) -> PrinterStatus:
        """The same as the rest of the program takes it."""
        return PrinterStatus(self.conditions, self.identity, self.model)


def report(attributes: Attributes, media: str) -> PrinterReport:
    """Read a printer's attributes; `media` is the paper that jobs are for (PWG 5101.1 name)."""
    state = integer(attributes, "printer-state") or 0
    reasons = texts(attributes, "printer-state-reasons")
    ready = texts(attributes, "media-ready")
    firm, mild = _judged(reasons, misfit=bool(ready) and not holds(ready, media))
    if state == STOPPED and not any(each.stops for each in firm):
        # It stands still: what it calls a warning or a report is then the reason.
        said = {found for reason in reasons if (found := _severe(reason)) is not None}
        firm |= {each for each in said if each.stops} or {PrinterCondition.OTHER}
    stops = _sorted({each for each in firm if each.stops})
    certain = state == STOPPED or any(reason.endswith("-error") for reason in reasons)
    return PrinterReport(
        state=state,
        conditions=_sorted(firm | mild),
        firm=stops,
        blocked=stops[0] if stops and certain else None,
        suspected=_sorted({each for each in map(_worst, reasons) if each is not None}),
        reasons=reasons[:16],
        accepting=integer(attributes, "printer-is-accepting-jobs") != 0,
        uuid=text(attributes, "printer-uuid"),
        model=_printable(text(attributes, "printer-make-and-model")),
        operations=integers(attributes, "operations-supported"),
        formats=texts(attributes, "document-format-supported"),
        media=texts(attributes, "media-supported"),
        ready=ready,
        sides=texts(attributes, "sides-supported"),
        scalings=texts(attributes, "print-scaling-supported"),
        device_uri=text(attributes, "device-uri"),
        error_policy=_printable(text(attributes, "printer-error-policy")),
    )


def _printable(told: str) -> str:
    """A printer's own word, fit for a list on the screen and for the log."""
    return "".join(each for each in told[:_LONGEST_TEXT] if each.isprintable())


def _judged(
    reasons: tuple[str, ...], *, misfit: bool
) -> tuple[set[PrinterCondition], set[PrinterCondition]]:
    """Conditions that are errors, or of unsaid weight; and those that are only warned of."""
    firm: set[PrinterCondition] = set()
    mild: set[PrinterCondition] = set()
    for reason in reasons:
        found = _SUFFIX.search(reason)
        condition = _severe(reason)
        if condition is None:
            continue
        if condition is PrinterCondition.PAPER_OUT and reason.startswith("media-needed") and misfit:
            condition = PrinterCondition.WRONG_PAPER
        if not condition.stops:
            mild.add(condition)
        elif found is None or found[1] == "error" or condition is PrinterCondition.PAUSED:
            firm.add(condition)
        elif condition in _MILDER:
            # One of two trays is empty, one of four cartridges: it prints on.
            mild.add(_MILDER[condition])
    return firm, mild


def _severe(reason: str) -> PrinterCondition | None:
    """The condition behind a keyword whatever its weight; None where it does no harm."""
    keyword = _SUFFIX.sub("", reason)
    if keyword in _UNHARMFUL or keyword.startswith("cups-waiting-for-"):
        return None
    known = _CONDITIONS.get(keyword)
    if known is None and _SUFFIX.search(reason) and not reason.endswith("-error"):
        return None
    return known or PrinterCondition.OTHER


def _worst(reason: str) -> PrinterCondition | None:
    """What a keyword means where the job stands, whatever weight the printer gives it.

    ippeveprinter 2.4 calls an empty tray a warning while its engine waits for paper (measured).
    """
    condition = _CONDITIONS.get(_SUFFIX.sub("", reason))
    return condition if condition is not None and condition.stops else None


def _sorted(conditions: set[PrinterCondition]) -> tuple[PrinterCondition, ...]:
    return tuple(each for each in _WORST_FIRST if each in conditions)


def size_of(media: str) -> tuple[int, int] | None:
    """Width and length of a paper by its PWG name, in hundredths of a millimetre; None if unsaid.

    Raises nothing: names are what printers say (PWG 5101.1-2013 5.1: `class_name_WxHunit`).
    """
    found = _SIZE.search(media)
    if found is None:
        return None
    factor = 2540 if found[3] == "in" else 100
    return round(float(found[1]) * factor), round(float(found[2]) * factor)


def holds(names: tuple[str, ...], media: str) -> bool:
    """Whether one of these papers has the size of `media`, within a millimetre."""
    wanted = size_of(media)
    for name in names:
        size = size_of(name)
        if name == media:
            return True
        if wanted and size and max(abs(size[0] - wanted[0]), abs(size[1] - wanted[1])) <= 100:
            return True
    return False
