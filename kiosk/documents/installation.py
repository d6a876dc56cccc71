"""The report of an installation (verbale) as a page, for the signatures of both (R-001-20)."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.documents import wording
from kiosk.documents.press import Sheet, typeset
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt
from kiosk.strings.catalogue import Catalogue
from sync.model.installation import InstallationReport, StepReport


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as the table shows it; `detail` is the code of what failed."""

    name: str
    outcome: str
    detail: str


def installation_report(
    receipt: ActReceipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return the report as one PDF/UA-1 file in A4, in the language of `catalogue`.

    Raises:
        TypeError: the receipt is of another act.
    """
    report = receipt.act
    if not isinstance(report, InstallationReport):
        raise TypeError("a report of an installation is printed of one only")
    values = {
        "office_name": office.name,
        "station": report.station,
        "software": report.software,
        "operation": str(receipt.operation_id),
        "recorded": catalogue.text(
            "document.readiness.when",
            date=wording.local_day(receipt.recorded_at, catalogue),
            time=wording.local_time(receipt.recorded_at),
        ),
        "steps": tuple(_row(step, catalogue) for step in report.steps),
        "referente": report.referente,
        "installer": report.installer,
    }
    sheet = Sheet("installation.html", catalogue, values, again=again)
    return typeset([sheet], created=receipt.recorded_at)


def _row(step: StepReport, catalogue: Catalogue) -> StepRow:
    text = catalogue.text
    return StepRow(
        name=text(f"installation.step.{step.step.value}.title"),
        outcome=text(f"installation.outcome.{step.outcome.value}"),
        detail=step.detail,
    )
