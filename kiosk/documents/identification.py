"""The slip that tells who was identified here that it is recorded, and what comes next."""

from __future__ import annotations

from typing import Final

from kiosk.documents import wording
from kiosk.documents.slip import Slip
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt
from kiosk.strings.catalogue import Catalogue
from sync.model.identification import Identification, Way

_NUMBER_LETTERS: Final = 8
"""Of the operation's number: enough to find one among those of a day."""


def identification_slip(
    receipt: ActReceipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return the slip as ESC/POS for 80 mm paper, in the language of `catalogue`.

    A slip is easily lost, so it names nobody and holds no datum of the document.

    Raises:
        TypeError: the receipt is of another act.
    """
    act = receipt.act
    if not isinstance(act, Identification):
        raise TypeError("an identification slip is printed of an identification only")
    text = catalogue.text
    slip = Slip()
    if again:
        slip.reprint(text("document.reprint"))
    slip.name(office.name)
    slip.rule()
    confirmed = act.way is not Way.OPERATOR
    slip.title(text("document.identified.title" if confirmed else "document.identified.to-confirm"))
    slip.paragraph(
        text(
            "document.identified.when",
            date=wording.local_day(receipt.recorded_at, catalogue),
            time=wording.local_time(receipt.recorded_at),
        )
    )
    initials = " ".join(f"{part[0]}." for part in (act.name, act.surname) if part)
    slip.paragraph(text("document.identified.who", initials=initials))
    kind = text(f"document.identified.kind.{act.document.kind.value}")
    slip.paragraph(text("document.identified.seen", kind=kind))
    way = text(f"document.identified.way.{act.way.value}")
    if confirmed:
        slip.heading(text("document.identified.how"))
        slip.paragraph(way)
        if act.way is Way.FINGERPRINTS:
            slip.paragraph(text("document.identified.fingers"))
        slip.paragraph(text("document.identified.finished"))
    else:
        slip.heading(text("document.identified.to-do"))
        slip.paragraph(way)
        _where(slip, office, catalogue)
    slip.rule()
    slip.paragraph(text("document.identified.keep"))
    slip.big(_number(receipt))
    slip.paragraph(text("document.station", station=receipt.station))
    return slip.cut()


def _where(slip: Slip, office: OfficeInfo, catalogue: Catalogue) -> None:
    text = catalogue.text
    slip.heading(text("document.where.title"))
    slip.paragraph(office.counter_address or text("document.where.unknown"))
    if office.opening:
        slip.heading(text("document.opening.title"))
        slip.paragraph(office.opening)


def _number(receipt: ActReceipt) -> str:
    """The end of the operation's number, the part that differs, in two groups for the eye."""
    end = receipt.operation_id.hex[-_NUMBER_LETTERS:].upper()
    return f"{end[: _NUMBER_LETTERS // 2]}-{end[_NUMBER_LETTERS // 2 :]}"
