"""Sessions to draw: one for each state of the flows, and those that strain a screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from kiosk.flows import pages
from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.citizen.preregistration import Form, Origin
from kiosk.flows.citizen.procedure import Intro
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.entries import DateEntry, DatePart, DatePrecision, TextEntry
from kiosk.flows.events import Standing
from kiosk.flows.office import Network, OfficeInfo, StationRole
from kiosk.flows.papers import Paper, PrintState
from kiosk.flows.questions import QUESTIONS
from kiosk.flows.receipt import Receipt
from kiosk.flows.state import Activity, IdleState, Overlay, Session, begin
from kiosk.flows.station_facts import StationFacts, StorageFacts
from kiosk.flows.steps.scanning import ForForm, ScanningCode
from kiosk.flows.welcome import Ended, EndReason, Welcome
from sync.model import codice_fiscale, dates, registration_number
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community, DataSource, Preregistration
from tests.screens.check_sessions import check_activities
from tests.screens.device_sessions import device_activities
from tests.screens.procedure_sessions import VISIT, procedure_activities

NOW = datetime(2026, 5, 4, 7, 41, tzinfo=UTC)
"""In Italy it is 09:41."""

OFFICE = OfficeInfo(
    station="kiosk-0001",
    name="Comune di Esempio",
    comune="L219",
    community=Community.SISTEMA_PIEMONTE,
    counter_address="Piazza Palazzo di Città 1, piano terra",
    opening="da lunedì a venerdì, dalle 8.30 alle 12.30",
)

EQUIPPED = replace(OFFICE, identifies=True, takes_fingers=True, scans_codes=True)

AT_HOME = replace(OFFICE, home_pages="credenziali.comune.esempio.example")

_Q = QuestionId

_GIVEN = {
    _Q.CODICE_FISCALE: Answer("RSSMRA48C59L219O"),
    _Q.SURNAME: Answer("Rossi"),
    _Q.NAME: Answer("Maria"),
    _Q.BIRTH_DATE: Answer("1948-03-19"),
    _Q.SEX: Answer(code="F"),
    _Q.RESIDENCE_COUNTRY: Answer(code="italy"),
    _Q.RESIDENCE_COMUNE: Answer("Torino", "L219"),
    _Q.RESIDENCE_STREET: Answer("Via Giuseppe Garibaldi"),
    _Q.RESIDENCE_NUMBER: Answer("12/A int. 3"),
    _Q.RESIDENCE_CAP: Answer("10122"),
    _Q.DOMICILE: Answer(code="no"),
    _Q.EMAIL: Answer("maria.rossi.1948@posta.example"),
    _Q.MOBILE: Answer("+393331234567"),
    _Q.DOCUMENT_KIND: Answer(code="carta_identita"),
    _Q.DOCUMENT_NUMBER: Answer("CA12345AB"),
    _Q.DOCUMENT_ISSUED_ON: Answer("2021-11-30"),
    _Q.DOCUMENT_ISSUER: Answer("Ministero dell'Interno"),
    _Q.DELEGATION: Answer(code="in-person"),
}

_FROM_CARD = frozenset(
    {
        _Q.CODICE_FISCALE,
        _Q.SURNAME,
        _Q.NAME,
        _Q.BIRTH_DATE,
        _Q.SEX,
        _Q.RESIDENCE_COMUNE,
        _Q.RESIDENCE_STREET,
        _Q.RESIDENCE_NUMBER,
        _Q.RESIDENCE_CAP,
    }
)

FORM = Form(answers=Answers(tuple(_GIVEN.items())), from_card=_FROM_CARD, card_used=True)

DELEGATING = replace(
    FORM,
    answers=Answers(
        tuple(
            (
                _GIVEN
                | {
                    _Q.DELEGATION: Answer(code="modulo_delega"),
                    _Q.DELEGATE_CODICE_FISCALE: Answer("BNCLCU79L02L219X"),
                    _Q.DELEGATE_SURNAME: Answer("Bianchi"),
                    _Q.DELEGATE_NAME: Answer("Luca"),
                    _Q.DELEGATE_BIRTH_DATE: Answer("1979-07-02"),
                    _Q.DELEGATE_SEX: Answer(code="M"),
                    _Q.DELEGATE_DOCUMENT_KIND: Answer(code="passaporto"),
                    _Q.DELEGATE_DOCUMENT_NUMBER: Answer("YA1234567"),
                    _Q.DELEGATE_DOCUMENT_ISSUED_ON: Answer("2019-01-15"),
                    _Q.DELEGATE_DOCUMENT_ISSUER: Answer("Questura di Torino"),
                }
            ).items()
        )
    ),
)


def _problem(judged: object) -> Problem:
    if isinstance(judged, Problem):
        return judged
    raise TypeError(type(judged).__name__)


_REFUSED = replace(
    FORM,
    answers=FORM.answers.without(_Q.CODICE_FISCALE),
    refused=(
        (
            _Q.CODICE_FISCALE,
            Answer("RSSMRA48C59L219X"),
            _problem(codice_fiscale.parse("RSSMRA48C59L219X")),
        ),
    ),
)

PREREGISTRATION = Preregistration(
    registration_number="JK4B2M7QX",
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.HEALTH_CARD,
    person=Person("RSSMRA48C59L219O", "Rossi", "Maria", PartialDate(1948, 3, 19), Sex.FEMALE),
    residence=ItalianAddress("Via Giuseppe Garibaldi", "12/A int. 3", "L219", "10122"),
    domicile=None,
    contacts=Contacts("maria.rossi.1948@posta.example", None, "+393331234567"),
    document=IdentityDocument(
        DocumentKind.CARTA_IDENTITA, "CA12345AB", date(2021, 11, 30), "Ministero dell'Interno"
    ),
    delegation=None,
    note=None,
)

RECEIPT = Receipt(
    operation_id=UUID(int=2),
    registration_number="JK4B2M7QX",
    grouped="JK4-B2M-7QX",
    operation_hash="9f" * 32,
    recorded_at=NOW,
    station="kiosk-0001",
    office="Comune di Esempio",
    # As long as a real proof: 210 bytes of COSE in base 45.
    proof="SPT1:" + "6BF8D%EDO3E5%ED4VC2VC" * 15,
    language="it",
    preregistration=PREREGISTRATION,
)

_DELEGATE = Delegation(
    DelegationKind.MODULO_DELEGA,
    Person("BNCLCU79L02L219X", "Bianchi", "Luca", PartialDate(1979, 7, 2), Sex.MALE),
    IdentityDocument(DocumentKind.PASSAPORTO, "YA1234567", date(2019, 1, 15), "Questura di Torino"),
)

_PAPERS = (
    Paper(PrintedDocument.RECEIPT_SLIP, PrintState.PRINTED),
    Paper(PrintedDocument.SUMMARY),
)


def session(activity: Activity | None = None, *, language: str = "it") -> Session:
    """A session that does `activity`, as it begins."""
    begun = begin(session_id=UUID(int=1), operation_id=UUID(int=2), today=NOW.date(), office=OFFICE)
    return replace(begun, language=language, activity=activity or Welcome())


def asking(question: QuestionId, form: Form = FORM) -> form_states.Asking:
    """The page of `question`, as the flow opens it."""
    return pages.open_page(form, question, session().surroundings, Origin.IN_ORDER)


def typed(page: form_states.Asking, text: str) -> form_states.Asking:
    """The page after `text` was typed into its field."""
    return replace(page, entry=pages.typed(page, text, session().surroundings))


def _blank(question: QuestionId) -> form_states.Asking:
    return asking(question, Form(answers=FORM.answers.without(question)))


def _dates() -> dict[str, form_states.Asking]:
    birth = _blank(_Q.BIRTH_DATE)
    return {
        "birth-date-half": replace(birth, entry=DateEntry("19", "3", "", DatePart.MONTH)),
        "birth-date-year-only": replace(
            birth, entry=DateEntry("", "", "1948", DatePart.YEAR, DatePrecision.YEAR)
        ),
        "birth-date-problem": replace(
            birth,
            entry=DateEntry("31", "2", "1948", DatePart.DAY),
            problem=_problem(dates.parse_date("31", "2", "1948", today=NOW.date())),
        ),
    }


def activities() -> dict[str, Activity]:
    """One activity for each state, each question, each standing; by the picture's name."""
    found: dict[str, Activity] = {
        "welcome": Welcome(),
        "ended-finished": Ended(EndReason.FINISHED, card_left=True),
        "ended-stopped": Ended(EndReason.STOPPED),
        "ended-timed-out": Ended(EndReason.TIMED_OUT),
        "ask-membership": form_states.AskMembership(),
        "already-member": form_states.AlreadyMember(),
        "privacy": form_states.Privacy(),
        "insert-card": form_states.InsertCard(),
        "insert-card-no-reader": form_states.InsertCard(failure="reader.absent"),
        "reading-card": form_states.ReadingCard(),
        "card-failed": form_states.CardFailed(Form(), "card.not-health-card"),
        "review": form_states.Review(FORM),
        "review-refused": form_states.Review(_REFUSED),
        "check-email": form_states.CheckEmail(FORM),
        "summary": form_states.Summary(FORM),
        "summary-missing": form_states.Summary(
            replace(FORM, answers=FORM.answers.without(_Q.EMAIL, _Q.RESIDENCE_STREET))
        ),
        "summary-delegate": form_states.Summary(DELEGATING),
        "recording": form_states.Recording(FORM),
        "record-failed": form_states.RecordFailed(FORM, "store.full"),
        "done": form_states.Done(FORM, RECEIPT, _PAPERS),
        "done-delegate": form_states.Done(
            DELEGATING,
            replace(RECEIPT, preregistration=replace(PREREGISTRATION, delegation=_DELEGATE)),
            (
                Paper(PrintedDocument.RECEIPT_SLIP, PrintState.PRINTING),
                Paper(PrintedDocument.SUMMARY, PrintState.FAILED, "printer.unreachable"),
                Paper(PrintedDocument.DELEGATION_MODULE),
            ),
        ),
        "codice-fiscale-problem": replace(
            typed(_blank(_Q.CODICE_FISCALE), "RSSMRA48C59L2"),
            problem=_problem(codice_fiscale.parse("RSSMRA48C59L2")),
        ),
        "residence-comune-found": typed(_blank(_Q.RESIDENCE_COMUNE), "tor"),
        "email-typed": typed(_blank(_Q.EMAIL), "maria.rossi.1948@posta.example"),
        **_dates(),
        "ask-number": status_states.AskNumber(),
        "ask-number-problem": status_states.AskNumber(
            TextEntry("JK4B2M7QQ"), _problem(registration_number.parse("JK4B2M7QQ"))
        ),
        "looking-up": status_states.LookingUp("JK4B2M7QX"),
        "not-found": status_states.NotFound("JK4-B2M-7QX"),
        "look-up-failed": status_states.LookUpFailed("JK4B2M7QX", "store.damaged"),
        **check_activities(),
        **device_activities(),
        **procedure_activities(),
        "scan-card": ScanningCode(ForForm(FORM, _Q.CODICE_FISCALE, Origin.IN_ORDER)),
        "done-unseen": form_states.Done(
            FORM,
            RECEIPT,
            (
                Paper(PrintedDocument.RECEIPT_SLIP, PrintState.UNSEEN, None, 1),
                Paper(PrintedDocument.SUMMARY, PrintState.FAILED, "printer.paper-out", 1),
            ),
        ),
    }
    for standing in Standing:
        found[f"found-{standing.value}"] = status_states.Found("JK4-B2M-7QX", standing)
    for question in QUESTIONS:
        found[f"question-{question.id.value}"] = _blank(question.id)
    return found


def over() -> dict[str, Session]:
    """Sessions with something over their screen."""
    privacy = session(form_states.Privacy())
    return {
        "idle": replace(privacy, idle=IdleState(75, 15)),
        "help": replace(privacy, help_open=True),
        "stop": replace(privacy, overlay=Overlay.STOP),
        "resumed": replace(session(form_states.Summary(FORM)), overlay=Overlay.RESUMED),
        "speaking": replace(privacy, speaking=True),
        "notice": replace(privacy, notice="speaker.absent"),
        "welcome-full": replace(
            session(), facts=StationFacts(storage=StorageFacts(refusal="store.full"))
        ),
        "online": replace(session(), network=Network.ONLINE),
        "connecting": replace(session(), network=Network.CONNECTING),
        "hub-away": replace(session(), network=Network.HUB_AWAY),
        "home-intro-offline": replace(session(Intro(VISIT.purpose)), office=AT_HOME),
        "scan-offered": replace(session(_blank(_Q.CODICE_FISCALE)), office=EQUIPPED),
        "scan-offered-status": replace(session(status_states.AskNumber()), office=EQUIPPED),
    }


def sessions(language: str = "it") -> dict[str, Session]:
    """Everything to draw, in one language, by the picture's name."""
    drawn = {name: session(activity) for name, activity in activities().items()} | over()
    for name in device_activities():
        role = StationRole.INSTALLER if name.startswith("ready-") else StationRole.CITIZEN
        drawn[name] = replace(drawn[name], office=replace(EQUIPPED, role=role))
    for name in procedure_activities():
        drawn[name] = replace(drawn[name], network=Network.ONLINE)
    return {name: replace(one, language=language) for name, one in drawn.items()}
