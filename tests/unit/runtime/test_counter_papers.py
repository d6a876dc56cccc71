"""Whose form a counter's paper is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import cast
from uuid import UUID

import pytest

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered
from kiosk.documents.applicant import Applicant
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import PrintCounterPaper
from kiosk.flows.clerk.wanted import WantedBooking
from kiosk.flows.printed_document import PrintedDocument
from kiosk.runtime.counter_papers import CounterPapers, Sender, applicant_of
from kiosk.runtime.issuing import Issuing
from kiosk.runtime.printing import Papers
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind, basis_of
from sync.wire import secret_digest
from sync.wire.sealing import UnsealingKey
from tests.flows.clerk.counter import OFFICE
from tests.unit.edge.mirror.material import registration
from tests.unit.model.examples import CARD, HOME, MARIO

TODAY = date(2026, 11, 23)


@pytest.mark.rule("R-003-46")
@pytest.mark.rule("R-003-83")
def test_who_is_in_no_registry_stands_on_the_request_by_codice_fiscale() -> None:
    content = CounterContent("it", TODAY, codice_fiscale=MARIO.codice_fiscale)
    assert applicant_of(content) == Applicant(codice_fiscale=MARIO.codice_fiscale)
    assert applicant_of(CounterContent("it", TODAY)) == Applicant()


@pytest.mark.rule("R-003-50")
def test_a_form_has_document_and_residence_before_there_is_a_registration() -> None:
    content = CounterContent("it", TODAY, person=MARIO, document=CARD, residence=HOME)
    found = applicant_of(content)
    assert (found.person, found.document, found.residence) == (MARIO, CARD, HOME)
    assert found.codice_fiscale == MARIO.codice_fiscale


class Printer(Papers):
    """Delivers everything."""

    def __init__(self) -> None:
        pass

    def print_secret_page(
        self, compose: Callable[[], bytes], wanted: Callable[[], bool] = lambda: True
    ) -> Delivered | DeviceTrouble:
        del compose, wanted
        return Delivered(1, Certainty.PRINTED)


@pytest.mark.parametrize("mailed", [True, False])
def test_letters_are_in_hand_with_the_last_that_needs_paper(
    monkeypatch: pytest.MonkeyPatch,
    mailed: bool,  # noqa: FBT001  a parameter of pytest
) -> None:
    monkeypatch.setattr(secret_digest, "digest", lambda secret: f"digest of {secret.decode()}")
    seen = registration()
    if not mailed:
        seen = replace(seen, contacts=replace(seen.contacts, email=""))
    kind, one = OperationKind.RISCONTRO_FORTE, UUID(int=1)
    issuing = Issuing(lambda: TODAY)
    wanted = WantedBooking(seen, kind, basis_of(seen.credential), None, identified=True)
    issuing.prepare(one, wanted, UnsealingKey.generate().sealing_key)
    in_hand: list[UUID] = []
    papers = CounterPapers(
        Printer(),
        issuing,
        Sender(OFFICE, {"it": cast("Catalogue", None)}, PaperSettings()),
        operator=lambda: "Anna",
        post=lambda _: None,
        now=lambda: datetime.now(UTC),
        in_hand=in_hand.append,
    )
    content = CounterContent("it", TODAY, registration=seen, operation_id=one)
    for document in (PrintedDocument.PIN_LETTER, PrintedDocument.ACTIVATION_LETTER):
        papers.print(PrintCounterPaper(UUID(int=2), document, content), lambda: True)
        assert bool(in_hand) is (mailed or document is PrintedDocument.ACTIVATION_LETTER)
    assert set(in_hand) == {one}
