"""The receipt of a preregistration, as an A4 page and as a thermal slip.

It says that the request is safe, under which number, what happens next, where to go and what to
bring. Its QR code carries the proof of the registration, which can be checked without a network.
"""

from __future__ import annotations

from kiosk.documents import guidance, wording
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.qr import qr_png
from kiosk.documents.slip import Slip
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue
from sync.model import registration_number
from sync.model.errors import Problem


def receipt_page(
    receipt: Receipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return the receipt as one PDF/UA-1 file in A4, in the language of `catalogue`."""
    operation = receipt.preregistration
    values = {
        "number": receipt.grouped,
        "spelled": _spelled(receipt, catalogue),
        "person": wording.full_name(operation.person),
        "office_name": office.name,
        "recorded_date": wording.local_day(receipt.recorded_at, catalogue),
        "recorded_time": wording.local_time(receipt.recorded_at),
        "next_steps": guidance.next_steps(operation, catalogue),
        "who_goes": guidance.who_goes(operation, catalogue),
        "bring": (
            *guidance.things_to_bring(operation, catalogue),
            catalogue.text("document.bring.number"),
        ),
        "counter_address": office.counter_address,
        "counter_opening": office.opening,
        "station": receipt.station,
        "fingerprint": _in_groups(receipt.operation_hash),
        "proven": bool(receipt.proof),
    }
    pictures = {"proof": qr_png(receipt.proof)} if receipt.proof else {}
    sheet = Sheet("receipt.html", catalogue, values, pictures, again)
    return typeset([sheet], created=receipt.recorded_at)


def receipt_slip(
    receipt: Receipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return the receipt as ESC/POS for 80 mm paper, in the language of `catalogue`.

    A slip is easily lost, so it names nobody: initials tell two slips of one household apart.
    `again` marks a reprint: two of them are one registration.
    """
    text = catalogue.text
    operation = receipt.preregistration
    slip = Slip()
    if again:
        slip.reprint(text("document.reprint"))
    slip.name(office.name)
    slip.rule()
    slip.title(text("document.receipt.title"))
    slip.paragraph(text("document.receipt.number"))
    slip.big(receipt.grouped)
    slip.paragraph(text("document.receipt.telephone", spelled=_spelled(receipt, catalogue)))
    slip.feed()
    slip.paragraph(
        text(
            "document.receipt.recorded",
            date=wording.local_day(receipt.recorded_at, catalogue),
            time=wording.local_time(receipt.recorded_at),
        )
    )
    slip.paragraph(text("document.slip.initials", initials=wording.initials(operation.person)))
    slip.paragraph(text("document.slip.keep"))
    slip.rule()
    slip.heading(text("document.next.title"))
    for number, step in enumerate(guidance.short_steps(operation, catalogue), 1):
        slip.item(f"{number}.", step)
    slip.heading(text("document.where.title"))
    slip.paragraph(office.counter_address or text("document.where.unknown"))
    if office.opening:
        slip.heading(text("document.opening.title"))
        slip.paragraph(office.opening)
    slip.heading(text("document.bring.title"))
    slip.paragraph(guidance.who_goes_unnamed(operation, catalogue))
    for thing in guidance.things_to_bring(operation, catalogue):
        slip.item("-", thing)
    slip.item("-", text("document.slip.number"))
    slip.rule()
    if receipt.proof:
        slip.qr(receipt.proof)
        slip.paragraph(text("document.slip.qr"))
    return slip.cut()


def _spelled(receipt: Receipt, catalogue: Catalogue) -> str:
    """The number as one says it over the telephone, in its groups of three."""
    number = registration_number.parse(receipt.registration_number)
    if isinstance(number, Problem):  # not ours: shown as it is, never refused
        return receipt.grouped
    words = number.spelled(catalogue.language)
    return wording.SEPARATOR.join(" ".join(words[i : i + 3]) for i in range(0, len(words), 3))


def _in_groups(fingerprint: str) -> str:
    """A long hexadecimal value in groups of eight, which can be compared by eye."""
    return " ".join(fingerprint[i : i + 8] for i in range(0, len(fingerprint), 8))
