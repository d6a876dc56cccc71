"""Papers of a counter: letters from what is held in memory, the others from what the flow tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from hw.errors import DeviceTrouble
from hw.paper import Delivered
from kiosk import log_events
from kiosk.documents import counter_forms, letters
from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_summary import counter_summary
from kiosk.documents.occasion import Occasion
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows import events
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import PrintCounterPaper
from kiosk.flows.clerk.events import LetterPrinterTold
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.flows.printed_document import PrintedDocument
from kiosk.runtime.issuing import Issuing, Letters
from kiosk.runtime.printing import Papers
from kiosk.strings.catalogue import Catalogue
from sync.model.registration import Registration
from sync.wire import case

GONE: Final = "letter.gone"
"""PIN and code of that act are wiped: only new ones help."""

_SECRET: Final = frozenset(
    {
        PrintedDocument.PIN_LETTER,
        PrintedDocument.ACTIVATION_LETTER,
        PrintedDocument.REVOCATION_LETTER,
    }
)
_Compose = Callable[[], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Sender:
    """Who hands the papers out.

    Attributes:
        office: named on every paper.
        catalogues: one per language.
        settings: envelopes and addresses.
        office_key: for the case's code on a summary; empty where the office has none.
    """

    office: OfficeInfo
    catalogues: Mapping[str, Catalogue]
    settings: PaperSettings
    office_key: bytes = b""


class CounterPapers:
    """Composes and prints what a clerk hands over.

    Args:
        papers: the printers.
        issuing: holds PIN and codes.
        sender: who hands them out.
        operator: how the clerk on duty is named; empty for nobody.
        post: takes the outcome.
        now: aware time.
        in_hand: told of an act whose letters are all out of the printer.
    """

    def __init__(
        self,
        papers: Papers,
        issuing: Issuing,
        sender: Sender,
        *,
        operator: Callable[[], str],
        post: Callable[[Event], None],
        now: Callable[[], datetime],
        in_hand: Callable[[UUID], None] = lambda _: None,
    ) -> None:
        self._in_hand = in_hand
        self._papers = papers
        self._issuing = issuing
        self._office = sender.office
        self._catalogues = sender.catalogues
        self._settings = sender.settings
        self._office_key = sender.office_key
        self._operator = operator
        self._post = post
        self._now = now

    def steer(self, office: OfficeInfo, settings: PaperSettings) -> None:
        """Name the office so, and keep to these settings, on every paper from now on."""
        self._office, self._settings = office, settings

    def print(self, effect: PrintCounterPaper, wanted: Callable[[], bool]) -> None:
        """Compose and deliver one paper; posts `Printed` or `PrintFailed`. Blocks."""
        document = effect.document
        compose = self._composer(effect)
        outcome: Delivered | DeviceTrouble
        if isinstance(compose, str):
            self._failed(effect, compose, sent=False)
            return
        if document in _SECRET:
            outcome = self._papers.print_secret_page(compose, wanted)
        else:
            outcome = self._papers.print_page(compose, wanted)
        if isinstance(outcome, DeviceTrouble):
            self._failed(effect, outcome.code, sent=("sent", "no") not in outcome.details)
            return
        log_events.write(
            log_events.PRINTED, document=document.value, certainty=outcome.certainty.value
        )
        if document in _SECRET:
            self._note_printed(effect)
        self._post(events.Printed(effect.session_id, document, outcome.certainty))

    def look(self) -> None:
        """Post whether the printer would take letters now. Blocks for it."""
        self._post(LetterPrinterTold(self._papers.why_no_secret()))

    def _note_printed(self, effect: PrintCounterPaper) -> None:
        operation_id = effect.content.operation_id
        held = None if operation_id is None else self._issuing.of(operation_id)
        if operation_id is None or held is None:
            return
        if effect.document is PrintedDocument.PIN_LETTER:
            held.pin_printed = True
        else:
            held.code_printed = True
        if held.in_hand:
            self._in_hand(operation_id)

    def _failed(self, effect: PrintCounterPaper, code: str, *, sent: bool) -> None:
        log_events.write(log_events.DEVICE_TROUBLE, code=code, document=effect.document.value)
        self._post(events.PrintFailed(effect.session_id, effect.document, code, sent))

    def _composer(self, effect: PrintCounterPaper) -> _Compose | str:
        """What makes the page, or the code of why it cannot be made."""
        content, document = effect.content, effect.document
        catalogue = self._catalogues[content.language]
        if document in _SECRET:
            return self._letter(effect, catalogue)
        if document is PrintedDocument.CASE_SUMMARY:
            return self._summary(effect, catalogue)
        return self._form(document, content, catalogue)

    def _letter(self, effect: PrintCounterPaper, catalogue: Catalogue) -> _Compose | str:
        held = None
        if effect.content.operation_id is not None:
            held = self._issuing.of(effect.content.operation_id)
        occasion = None if held is None else self._occasion(effect, held)
        if held is None or occasion is None:
            return GONE
        office, settings = self._office, self._settings
        if effect.document is PrintedDocument.PIN_LETTER:
            pin = held.pin
            if pin is None:
                return GONE
            return lambda: letters.pin_letter(occasion, pin, office, catalogue, settings)
        make = (
            letters.activation_code_letter
            if effect.document is PrintedDocument.ACTIVATION_LETTER
            else letters.revocation_code_letter
        )
        return lambda: make(occasion, held.code, office, catalogue, settings)

    def _summary(self, effect: PrintCounterPaper, catalogue: Catalogue) -> _Compose | str:
        content = effect.content
        held = self._issuing.of(content.operation_id) if content.operation_id is not None else None
        occasion = self._occasion(effect, held)
        if occasion is None:
            return GONE
        code = self._case(occasion.registration)
        operator = self._operator()
        return lambda: counter_summary(
            occasion, self._office, catalogue, case=code, operator=operator
        )

    def _occasion(self, effect: PrintCounterPaper, held: Letters | None) -> Occasion | None:
        """The act that the paper is about: as held, else the registration's last operation."""
        content = effect.content
        registration, last = content.registration, None
        if registration is None:
            return None
        last = registration.credential.last
        if held is not None and content.operation_id is not None:
            return Occasion(
                registration=registration,
                operation=held.operation,
                operation_id=content.operation_id.hex,
                made_at=held.made_at or self._now(),
                valid_until=held.issued.valid_until,
                delegation=held.delegation,
                mailed=held.issued.mailed_code is not None,
                renewed=held.renewed,
                again=effect.again,
            )
        if last is None or last.valid_until is None:
            return None
        return Occasion(
            registration=registration,
            operation=last.kind,
            operation_id=last.renewal or last.operation_id,
            made_at=datetime.fromtimestamp(
                (last.renewed_at or last.booked_at) / 1000, tz=self._now().tzinfo
            ),
            valid_until=last.valid_until,
            delegation=last.delegation,
            mailed=bool(registration.contacts.email),
            renewed=bool(last.renewal),
            again=effect.again,
        )

    def _case(self, registration: Registration) -> str:
        """Text of the case's code; empty where the office has no key, or it does not fit."""
        if not self._office_key:
            return ""
        made_at = round(self._now().timestamp() * 1000)
        made = case.make_case(
            registration,
            office_key=self._office_key,
            station=self._office.station,
            made_at=made_at,
        )
        return made or ""

    def _form(
        self, document: PrintedDocument, content: CounterContent, catalogue: Catalogue
    ) -> _Compose | str:
        applicant = applicant_of(content)
        office, settings, now = self._office, self._settings, self._now()
        delegation = content.delegation
        match document:
            case PrintedDocument.REGULATION:
                return lambda: counter_forms.regulation_form(
                    applicant, office, catalogue, made_at=now, papers=settings
                )
            case PrintedDocument.REVOCATION_REQUEST:
                return lambda: counter_forms.revocation_request(
                    applicant, office, catalogue, made_at=now, papers=settings
                )
            case PrintedDocument.DELEGATION_MODULE:
                return lambda: counter_forms.delegation_form(
                    applicant, delegation, office, catalogue, made_at=now
                )
            case PrintedDocument.SUBSTITUTIVE_DECLARATION:
                return lambda: counter_forms.declaration_form(
                    applicant, delegation, office, catalogue, made_at=now
                )
            case _:
                raise TypeError("this is no paper of a counter")


def applicant_of(content: CounterContent) -> Applicant:
    """Whose form it is: as registered, else as far as the clerk has typed it."""
    if content.registration is not None:
        return Applicant.of(content.registration)
    person = content.person
    return Applicant(
        codice_fiscale=(person.codice_fiscale if person else content.codice_fiscale) or None,
        person=person,
        document=content.document,
        residence=content.residence,
    )
