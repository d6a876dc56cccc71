"""The manual for citizens, the fifth document of a service's page (R-003-84)."""

from __future__ import annotations

from datetime import datetime

from kiosk.documents.press import Sheet, typeset
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue
from sync.texts.reading import read_manual


def citizens_manual(
    office: OfficeInfo, catalogue: Catalogue, *, authority: str, made_at: datetime
) -> bytes:
    """Return what a citizen should know of their credentials, as one PDF/UA-1 file in A4.

    Args:
        office: named at the head; may have no name.
        catalogue: language of the manual.
        authority: who releases the credentials; the office where empty.
        made_at: aware time that stands in the file.
    """
    values = {
        "office_name": office.name,
        "manual": read_manual(catalogue.language, authority or office.name),
    }
    return typeset([Sheet("manual.html", catalogue, values)], created=made_at)
