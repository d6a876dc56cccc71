"""What went wrong at an IPP printer, as trouble: whether anything was sent is part of it."""

from __future__ import annotations

from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.printer.ipp_client import NOT_FOUND
from hw.printer.ipp_conditions import PrinterReport
from hw.printer.ipp_errand import keywords
from hw.printer.ipp_message import Answer
from hw.printer.ipp_transport import Loss, LossStage

_ABSENT: Final = frozenset({"printer.unreachable", "printer.untrusted", "printer.swapped"})
_OF_THE_DOCUMENT: Final = frozenset({0x0405, 0x0408, 0x0410, 0x0411, 0x0412}) | frozenset(
    range(0x0418, 0x041C)
)
"""Client errors that may come from within a document, behind pages that are printed already:
timeout, too large, compression, format, access (RFC 8011 B.1.4), and password, permission,
security, unprintable (PWG 5100.13)."""


def understood(answer: PrinterReport | Answer | Loss) -> PrinterReport | DeviceTrouble:
    """A printer's report, or as trouble why there is none; nothing was sent so far."""
    return answer if isinstance(answer, PrinterReport) else refusal(answer)


def turned_away(answer: Answer) -> bool:
    """Whether a printer that answered so to a document has printed nothing of it.

    Printers print while they receive: a server error (0x05xx; 0x0508 is a job cancelled at its
    panel) may stand behind the last page. Only a client error says that the request was refused.
    """
    return 0x0400 <= answer.status < 0x0500 and answer.status not in _OF_THE_DOCUMENT


def refusal(answer: Answer | Loss) -> DeviceTrouble:
    """Why nothing was sent."""
    if isinstance(answer, Answer):
        code = "printer.queue-unknown" if answer.status in NOT_FOUND else "printer.refused"
        return DeviceTrouble(TroubleKind.REFUSED, code, (status_of(answer),))
    if answer.stage is LossStage.UNTRUSTED:
        return DeviceTrouble(TroubleKind.ABSENT, "printer.untrusted")
    if answer.reason.startswith("HTTP"):
        return DeviceTrouble(TroubleKind.REFUSED, "printer.refused", (("reason", answer.reason),))
    return DeviceTrouble(TroubleKind.ABSENT, "printer.unreachable", (("reason", answer.reason),))


def status_of(answer: Answer) -> tuple[str, str]:
    """The status code of an answer, for the log."""
    return "status", f"{answer.status:#06x}"


def abandoned_before() -> DeviceTrouble:
    """Nobody wanted the job any more before anything of it was sent."""
    return DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned", (("sent", "no"),))


def unsent(found: DeviceTrouble) -> DeviceTrouble:
    """The same trouble, with the word that the printer got nothing."""
    return DeviceTrouble(found.kind, found.code, (*found.details, ("sent", "no")))


def not_for_secrets(reason: str | None) -> DeviceTrouble | None:
    """Trouble for a secret, where there is a reason against this way; None where there is none."""
    if reason is None:
        return None
    return DeviceTrouble(TroubleKind.REFUSED, "printer.not-for-secrets", (("reason", reason),))


def trouble(code: str, printer: PrinterReport | None, *details: tuple[str, str]) -> DeviceTrouble:
    """Trouble with what the printer said of itself, for the log."""
    told = keywords(printer.reasons) if printer is not None else ""
    kind = TroubleKind.ABSENT if code in _ABSENT else TroubleKind.REFUSED
    if code in {"printer.silent", "printer.interrupted", "printer.job-lost"}:
        kind = TroubleKind.REMOVED
    return DeviceTrouble(kind, code, (*details, ("printer", told)) if told else details)
