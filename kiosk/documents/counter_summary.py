"""The summary of an act at the counter, for the person to check (R-003-27, Allegato 3).

It never holds a secret. Its QR code lets any station of the office go on with the case, and its bar
code is for the archive. It asks for no signature: a release leaves no paper with the office
(R-003-85).
"""

from __future__ import annotations

from kiosk.documents import rows, wording
from kiosk.documents.archive import ArchivePaper, archive_bars, archive_code
from kiosk.documents.occasion import Occasion
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.qr import qr_png
from kiosk.documents.rows import Row, Section
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue
from sync.model import registration_number
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.letter_number import letter_number


def counter_summary(
    occasion: Occasion,
    office: OfficeInfo,
    catalogue: Catalogue,
    *,
    case: str = "",
    operator: str = "",
) -> bytes:
    """Return Allegato 3 as PDF/UA-1: what was done, and every datum of the registration.

    Args:
        occasion: the act; its registration as it is afterwards.
        office: where it was done.
        catalogue: language of the paper.
        case: text of the case's QR code (`sync.wire.case`); empty for none.
        operator: the clerk, as the page's header shows them; empty for none.
    """
    registration = occasion.registration
    archive = archive_bars(archive_code(registration.number, ArchivePaper.SUMMARY))
    pictures = {} if archive is None else {"archive": archive.png}
    if case:
        pictures["case"] = qr_png(case)
    values = {
        "office_name": office.name,
        "number": grouped(registration.number),
        "act": _act_rows(occasion, office, operator, catalogue),
        "columns": _columns(occasion, catalogue),
        "case": bool(case),
        "archive": archive,
    }
    sheet = Sheet("counter_summary.html", catalogue, values, pictures, occasion.again)
    return typeset([sheet], created=occasion.made_at)


def grouped(number: str) -> str:
    """A registration number in groups for the eye; one that is not ours as it is."""
    parsed = registration_number.parse(number)
    return number if isinstance(parsed, Problem) else parsed.grouped


def _act_rows(
    occasion: Occasion, office: OfficeInfo, operator: str, catalogue: Catalogue
) -> tuple[Row, ...]:
    text = catalogue.text
    operation = text(f"paper.operation.{occasion.operation.value}")
    if occasion.renewed:
        operation += wording.SEPARATOR + text("paper.counter-summary.renewed")
    service = text(f"document.community.{occasion.registration.community.value}")
    when = text(
        "paper.counter-summary.when-value",
        date=wording.local_day(occasion.made_at, catalogue),
        time=wording.local_time(occasion.made_at),
    )
    state = text(f"paper.counter-summary.state.{occasion.registration.credential.state.value}")
    lines = (
        Row(text("paper.counter-summary.operation"), operation),
        Row(text("paper.counter-summary.service"), service),
        Row(text("paper.counter-summary.when"), when),
        Row(text("paper.counter-summary.office"), f"{office.name} ({office.station})"),
        Row(text("paper.counter-summary.operator"), operator),
        Row(text("paper.counter-summary.state"), state),
        Row(text("paper.counter-summary.handed"), _handed(occasion, catalogue)),
        Row(text("paper.counter-summary.letters"), letter_number(occasion.operation_id)),
        Row(text("paper.counter-summary.valid"), wording.day(occasion.valid_until, catalogue)),
    )
    return tuple(row for row in lines if row.value)


def _handed(occasion: Occasion, catalogue: Catalogue) -> str:
    """What the person takes home (R-003-19 `counter_gives`), and where the code goes besides."""
    if occasion.operation is OperationKind.REVOCA:
        what = "revocation"
    else:
        what = "code" if occasion.renewed else "pin"
    if not occasion.mailed:
        return catalogue.text(f"paper.counter-summary.handed.{what}") + "."
    # Whether the code is printed too is the clerk's choice, after this paper (R-003-77).
    handed = catalogue.text(f"paper.counter-summary.handed.{what}-mailed")
    return " ".join((handed + ".", catalogue.text("paper.counter-summary.mailed")))


def _columns(
    occasion: Occasion, catalogue: Catalogue
) -> tuple[tuple[Section, ...], tuple[Section, ...]]:
    """The data in two columns: who it is and where they live; document, contacts, delegate.

    What clerks write for clerks is not among them.
    """
    it = occasion.registration
    left = rows.sections(
        catalogue,
        person=rows.person_rows(it.person, catalogue),
        residence=rows.address_rows(it.residence, catalogue) if it.residence else (),
        domicile=rows.address_rows(it.domicile, catalogue) if it.domicile else (),
        note=(Row(catalogue.text("document.field.note"), it.other_note),) if it.other_note else (),
    )
    right = rows.sections(
        catalogue,
        document=rows.document_rows(it.document, catalogue) if it.document else (),
        contacts=rows.contact_rows(it.contacts, catalogue),
        delegate=rows.delegation_rows(occasion.delegation, catalogue)
        if occasion.delegation
        else (),
    )
    return left, right
