"""The verbale of an installation as it is printed: all there, for the signatures of both (R-001-20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from kiosk.documents.installation import installation_report
from kiosk.flows import events as ev
from kiosk.flows.effects import Print, RecordAct
from kiosk.flows.installer.installation import StepList, Work
from kiosk.flows.office import StationRole
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.receipt import ActReceipt
from kiosk.strings.catalogue import Catalogue
from sync.model.installation import InstallationStep, StepOutcome, StepReport
from tests.flows.test_station import NEXT, OPERATION, SESSION, TESTED, done, fresh, run
from tests.unit.documents.acts import OPERATION_ID, report_of
from tests.unit.documents.pages import (
    catalog,
    elements,
    ink_in_margins,
    open_pdf,
    packed,
    picture,
    words,
)
from tests.unit.documents.samples import OFFICE, RECORDED_AT
from tests.unit.model.console_examples import INSTALLED

LANGUAGES = [Catalogue.load("it"), Catalogue.load("en")]
ITALIAN = LANGUAGES[0]
LEFT_OUT = replace(
    INSTALLED,
    steps=tuple(
        StepReport(step, StepOutcome.FAILED, "printer.unreachable")
        if step is InstallationStep.DEVICES
        else StepReport(step, StepOutcome.NOT_APPLICABLE)
        if step is InstallationStep.PROXY
        else StepReport(step, StepOutcome.DONE)
        for step in InstallationStep
    ),
)


def receipt_of(report: object = INSTALLED, *, language: str = "it") -> ActReceipt:
    return ActReceipt(
        OPERATION_ID,
        RECORDED_AT,
        OFFICE.station,
        OFFICE.name,
        language=language,
        act=report,  # type: ignore[arg-type]  # reports of both kinds
    )


def _longest(row: NDArray[np.uint8]) -> int:
    """The longest dark stretch of a row, in dots."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (row < 160).astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


@pytest.mark.rule("R-001-20")
@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_the_verbale_names_both_and_every_step(catalogue: Catalogue) -> None:
    page = installation_report(receipt_of(LEFT_OUT, language=catalogue.language), OFFICE, catalogue)
    seen = packed(words(page))
    text = catalogue.text
    expected = [
        *(INSTALLED.station, INSTALLED.software, OFFICE.name, str(OPERATION_ID)),
        *("Marta Bianchi", "Luca Neri", "printer.unreachable"),
        *(text(f"installation.step.{step.value}.title") for step in InstallationStep),
        *(text(f"installation.outcome.{outcome.value}") for outcome in StepOutcome),
        text("document.installation.made"),
        text("document.installation.signed"),
        text("document.installation.referente", name="Marta Bianchi"),
        text("document.installation.installer", name="Luca Neri"),
    ]
    assert len(InstallationStep) == 12
    for one in expected:
        assert packed(one) in seen, one


@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_no_text_of_it_is_missing(catalogue: Catalogue) -> None:
    missing: list[str] = []
    told = Catalogue.load(catalogue.language, on_missing=missing.append)
    installation_report(receipt_of(LEFT_OUT), OFFICE, told, again=True)
    assert missing == []


@pytest.mark.parametrize("catalogue", LANGUAGES, ids=["it", "en"])
def test_it_is_one_tagged_page_with_a_line_for_each_signature(catalogue: Catalogue) -> None:
    page = installation_report(receipt_of(LEFT_OUT), OFFICE, catalogue)
    reader = open_pdf(page)
    assert len(reader.pages) == 1
    assert catalog(reader)["/Lang"] == catalogue.language
    assert catalog(reader)["/MarkInfo"]["/Marked"]
    tags = [element.tag for element in elements(page)]
    assert tags.count("/H1") == 1
    assert "/TH" in tags
    assert ink_in_margins(page, millimetres=12) == 0
    # Rules of the tables run from margin to margin; those to sign on are shorter.
    rules = [wide for wide in map(_longest, picture(page, dpi=100)) if 300 < wide < 400]
    assert len(rules) == 2


def test_it_says_that_the_installation_is_recorded_and_marks_a_reprint() -> None:
    first = words(installation_report(receipt_of(), OFFICE, ITALIAN))
    assert "Installazione registrata" in first
    assert "Verifica registrata" not in first
    assert "Ristampa" not in first
    assert "Ristampa" in words(installation_report(receipt_of(), OFFICE, ITALIAN, again=True))


def test_it_is_made_of_an_installation_only() -> None:
    with pytest.raises(TypeError):
        installation_report(report_of(), OFFICE, ITALIAN)


@pytest.mark.rule("R-001-20")
def test_what_is_recorded_is_printed_and_is_that_page() -> None:
    session = replace(fresh(StationRole.INSTALLER), activity=StepList(Work(TESTED)))
    session = replace(session, office=replace(session.office, page_printer=True))
    session = done(session)
    session, _ = run(session, ev.Continued(), ev.TextChanged("Anna Bianchi"), ev.TextDone())
    session, _ = run(session, ev.TextChanged("Luca Verdi"), ev.TextDone())
    session, asked = run(session, ev.Continued())
    (record,) = asked
    assert isinstance(record, RecordAct)
    when = datetime(2026, 5, 4, 9, tzinfo=UTC)
    _, asked = run(session, ev.ActRecorded(SESSION, OPERATION, NEXT, when))
    (paper,) = asked
    assert isinstance(paper, Print)
    assert paper.document is PrintedDocument.INSTALLATION_REPORT
    content = paper.content
    assert isinstance(content, ActReceipt)
    assert content.act == record.act
    seen = words(installation_report(content, session.office, ITALIAN))
    assert "Anna Bianchi" in seen
    assert "Luca Verdi" in seen
