"""Papers that try out a printer, and then the camera: a test page and a test slip.

Their codes are those that `kiosk.flows.scanned.scan_sheet_in` knows again; reading any one of them
shows that the camera works.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from kiosk.documents import wording
from kiosk.documents.barcodes import code_39_dots, code_39_png, pdf_417_png
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.qr import qr_png
from kiosk.documents.slip import COLUMNS, Slip
from kiosk.flows.office import OfficeInfo
from kiosk.flows.scanned import TEST_CODICE_FISCALE, TEST_TEXT
from kiosk.strings.catalogue import Catalogue

TEST_QR: Final = f"{TEST_TEXT} QR"
TEST_PDF_417: Final = f"{TEST_TEXT} PDF417"

_BAR_DOTS: Final = 120  # 15 mm


def printer_test_page(office: OfficeInfo, catalogue: Catalogue, now: datetime) -> bytes:
    """Return the test page as one PDF/UA-1 file in A4; `now` is an aware time."""
    values = {
        "office_name": office.name,
        "station": office.station,
        "printed_date": wording.local_day(now, catalogue),
        "printed_time": wording.local_time(now),
        "code_39": TEST_CODICE_FISCALE,
    }
    pictures = {
        "code-39": code_39_png(TEST_CODICE_FISCALE),
        "qr": qr_png(TEST_QR),
        "pdf-417": pdf_417_png(TEST_PDF_417),
    }
    return typeset([Sheet("test.html", catalogue, values, pictures)], created=now)


def printer_test_slip(office: OfficeInfo, catalogue: Catalogue, now: datetime) -> bytes:
    """Return the test slip as ESC/POS for 80 mm paper; `now` is an aware time."""
    text = catalogue.text
    slip = Slip()
    slip.name(office.name)
    slip.rule()
    slip.title(text("document.test.slip-title"))
    slip.paragraph(text("document.test.slip-lead"))
    slip.paragraph(text("document.station", station=office.station))
    slip.paragraph(
        text(
            "document.printed",
            date=wording.local_day(now, catalogue),
            time=wording.local_time(now),
        )
    )
    slip.heading(text("document.test.letters"))
    slip.paragraph(text("document.test.alphabet"))
    slip.heading(text("document.test.size"))
    slip.paragraph(text("document.test.columns"))
    slip.line("".join(str(column % 10) for column in range(1, COLUMNS + 1)))
    slip.heading(text("document.test.codes"))
    slip.paragraph(text("document.test.hold"))
    slip.feed()
    slip.paragraph(text("document.test.code-39"))
    slip.picture(code_39_dots(TEST_CODICE_FISCALE, across=slip.dots, tall=_BAR_DOTS))
    slip.feed()
    slip.paragraph(text("document.test.qr"))
    slip.qr(TEST_QR)
    slip.paragraph(text("document.test.nobody"))
    slip.rule()
    slip.paragraph(text("document.test.cut"))
    return slip.cut()
