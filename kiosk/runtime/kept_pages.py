"""Pages that the centre keeps with an act: they travel apart from it, sealed to the hub.

The report of an installation is printed for two signatures (R-001-20); what was printed is kept as a
page, so that nobody has to make it anew from a program of another version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from kiosk import log_events
from kiosk.documents.installation import installation_report
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt
from kiosk.strings.catalogue import Catalogue
from sync.edge.clock import moment
from sync.model.installation import InstallationReport
from sync.model.operation import Act
from sync.wire.parts import MOST_PLAIN_BYTES, Part

INSTALLATION_PAGE: Final = "installation_page"
"""Kind of part: the report of an installation, PDF/UA-1."""


class KeptPages:
    """Composes them.

    Args:
        office: the office as it is now.
        catalogue: in whose language they are kept.
        now_ms: milliseconds since 1970, by the station's clock.
        compose: makes the page of an installation.
    """

    def __init__(
        self,
        office: Callable[[], OfficeInfo],
        catalogue: Catalogue,
        now_ms: Callable[[], int],
        compose: Callable[[ActReceipt, OfficeInfo, Catalogue], bytes] = installation_report,
    ) -> None:
        self._office = office
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._compose = compose

    def of(self, operation_id: UUID, act: Act) -> tuple[Part, ...]:
        """What travels with an act. Where a page cannot be made, the act goes without."""
        if not isinstance(act, InstallationReport):
            return ()
        office = self._office()
        receipt = ActReceipt(
            operation_id=operation_id,
            recorded_at=moment(self._now_ms()),
            station=office.station,
            office=office.name,
            language=self._catalogue.language,
            act=act,
        )
        try:
            page = self._compose(receipt, office, self._catalogue)
        except Exception as error:  # noqa: BLE001 - the act counts, and its page is a copy of it
            log_events.write(log_events.EFFECT_FAILED, code=type(error).__name__)
            return ()
        return (Part(INSTALLATION_PAGE, page),) if len(page) <= MOST_PLAIN_BYTES else ()
