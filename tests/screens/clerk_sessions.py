"""Sessions of a counter to draw: one for each page, and those that strain one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from kiosk.flows.clerk import managing, outcomes, registering, signing_in
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import Desk, MirrorStanding, Operator
from kiosk.flows.clerk.events import CaseAction, Check
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import FromMenu, LeaseStanding, Opened
from kiosk.flows.clerk.sheet import Form, Mark, Sheet
from kiosk.flows.clerk.signing_in import SigningInState
from kiosk.flows.clerk.states import ClerkState, FsePage, Menu
from kiosk.flows.clerk.wanted import WantedBooking, WantedRegistration
from kiosk.flows.office import Network, OfficeInfo, StationRole
from kiosk.flows.papers import Paper, PrintState
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.question import NO, YES
from kiosk.flows.state import Session, begin
from sync.model import registration_number
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.counter import PartChange
from sync.model.credential import (
    Booked,
    Credential,
    Function,
    OperationKind,
    OperationStatus,
    State,
    basis_of,
)
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person, Sex
from sync.model.inquiry import Dispute, LeaseHeld, RegisterName
from sync.model.preregistration import Community, DataSource
from sync.model.registration import Part, Registration
from sync.model.rosters import Right
from sync.model.searching import Found, Row
from tests.screens.outbox_sessions import COUNTS, outbox_sessions

_I = FieldId
_NOON = int(datetime(2026, 5, 4, 7, 41, tzinfo=UTC).timestamp() * 1000)
_DAY = 86_400_000

COUNTER = OfficeInfo(
    station="counter-0001",
    name="Comune di Esempio",
    comune="L219",
    community=Community.SISTEMA_PIEMONTE,
    role=StationRole.COUNTER,
    fse_address="https://fascicolo.esempio.example/operatore",
)

DESK = Desk(
    Operator(
        "Bianchi Giovanna",
        "Comune di Esempio, ufficio anagrafe",
        frozenset(Right),
        thumbprint=bytes(32),
    ),
    MirrorStanding(age_seconds=40, registrations=51_234, waiting=2, disputes=3),
    outbox=COUNTS,
)

PERSON = Person("RSSMRA48C59L219O", "Rossi", "Maria", PartialDate(1948, 3, 19), Sex.FEMALE)
_HOME = ItalianAddress("Via Giuseppe Garibaldi", "12/A int. 3", "L219", "10122")
_CONTACTS = Contacts(email="maria.rossi.1948@posta.example", mobile="+393331234567")
_CARD = IdentityDocument(
    DocumentKind.CARTA_IDENTITA, "CA12345AB", date(2021, 11, 30), "Ministero dell'Interno"
)
_DELEGATE = Delegation(
    DelegationKind.MODULO_DELEGA,
    Person("BNCLCU79L02L219X", "Bianchi", "Luca", PartialDate(1979, 7, 2), Sex.MALE),
    IdentityDocument(DocumentKind.PASSAPORTO, "YA1234567", date(2019, 1, 15), "Questura di Torino"),
    "luca.bianchi@posta.example",
    None,
)


def _number(count: int) -> str:
    return registration_number.issue(21, count).text


def _booked(kind: OperationKind, delegation: Delegation | None = None) -> Booked:
    return Booked(
        operation_id="ab" * 16,
        kind=kind,
        status=OperationStatus.ACTIVE,
        booked_at=_NOON - 3 * _DAY,
        office="Comune di Esempio, ufficio anagrafe",
        station="counter-0001",
        valid_until=date(2026, 6, 30),
        delegation=delegation,
    )


REGISTRATION = Registration(
    number=_number(4711),
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    registered_at=_NOON - 400 * _DAY,
    person=PERSON,
    residence=_HOME,
    domicile=None,
    contacts=_CONTACTS,
    document=_CARD,
    credential=Credential(
        State.ATTIVATO,
        strong=True,
        has_pin=True,
        checked_at=_NOON - 390 * _DAY,
        checked_by="Comune di Esempio",
        activated_at=_NOON - 380 * _DAY,
        last=_booked(OperationKind.RIGENERA_PIN, _DELEGATE),
    ),
    note="Preferisce essere chiamata al cellulare.",
    username="ma•••••i",
    email_confirmed=True,
)

DISPUTE = Dispute(
    operation_id="cd" * 16,
    registration_number=REGISTRATION.number,
    person="Rossi Maria",
    kind="booking",
    code="credential.overtaken",
    remedy="book-again",
    done_at=_NOON - _DAY,
    station="counter-0001",
    by_office="ASL Esempio 1",
)

CASE = CaseFile(REGISTRATION)
OPENED = Opened(CASE, FromMenu(), LeaseStanding.MINE)
WEAK = replace(
    REGISTRATION,
    credential=Credential(State.REGISTRATO),
    document=replace(_CARD, issuer=""),
    username="",
)


def _filled(form: Form, *texts: tuple[FieldId, str, Mark | None]) -> Sheet:
    sheet = Sheet(form)
    for one, text, mark in texts:
        sheet = sheet.with_text(one, text, mark)
    return sheet


_GIVEN = (
    (_I.COMMUNITY, "sistemapiemonte", None),
    (_I.CODICE_FISCALE, "RSSMRA48C59L219O", Mark.CARD),
    (_I.SURNAME, "Rossi", Mark.REGISTER),
    (_I.NAME, "Maria", Mark.REGISTER),
    (_I.BIRTH_DATE, "19/03/1948", Mark.REGISTER),
    (_I.SEX, "F", Mark.REGISTER),
    (_I.RESIDENCE_PROVINCE, "TO", None),
    (_I.RESIDENCE_COMUNE, "L219", None),
    (_I.RESIDENCE_STREET, "Via Giuseppe Garibaldi", Mark.REGISTER),
    (_I.RESIDENCE_NUMBER, "12/A int. 3", Mark.REGISTER),
    (_I.RESIDENCE_CAP, "10122", Mark.REGISTER),
    (_I.DELEGATION, NO, None),
)
PREFILLED = replace(_filled(Form.REGISTRATION, *_GIVEN), locked=frozenset({_I.CODICE_FISCALE}))
_EMAIL = (_I.EMAIL, "maria.rossi.1948@posta.example", None)
_DOCUMENT = (
    (_I.DOCUMENT_KIND, "carta_identita", None),
    (_I.DOCUMENT_NUMBER, "CA12345AB", None),
    (_I.DOCUMENT_ISSUED_ON, "30/11/2021", None),
    (_I.DOCUMENT_ISSUER, "Ministero dell'Interno", None),
)
EDITED = replace(
    _filled(Form.EDIT, *_GIVEN[:-1], _EMAIL, *_DOCUMENT),
    marks=tuple((one, Mark.REGISTRY) for one, _text, _mark in _GIVEN[:-1]),
    locked=frozenset({_I.COMMUNITY, _I.CODICE_FISCALE}),
)
_DELEGATING = (
    (_I.DELEGATION, YES, None),
    (_I.DELEGATION_KIND, "modulo_delega", None),
    (_I.DELEGATE_CODICE_FISCALE, "BNCLCU79L02L219X", None),
    (_I.DELEGATE_SURNAME, "Bianchi", None),
    (_I.DELEGATE_NAME, "Luca", None),
)


def _wrong() -> Sheet:
    """Everything open, and something wrong in each kind of field."""
    sheet = PREFILLED
    for one, text, _mark in (*_DELEGATING, (_I.DOMICILE, YES, None)):
        sheet = sheet.with_text(one, text)
    problems = (
        (_I.EMAIL, Problem("email.cec-pac", rule="R-003-31")),
        (_I.DOCUMENT_NUMBER, Problem("text.empty")),
        (_I.DOCUMENT_ISSUER, Problem("text.empty")),
    )
    return replace(sheet, problems=problems)


def rows(count: int) -> tuple[Row, ...]:
    """Rows of a search, all different."""
    surnames = ("Bianchi", "Castagneri di Valsusa", "De Angelis", "Esposito", "Rossi", "Ünal")
    names = ("Anna", "Giovanni Battista", "Luca", "Maria Giuseppina")
    kinds = (None, OperationKind.RESET, None, OperationKind.RISCONTRO_FORTE)
    states = (State.ATTIVATO, State.RISCONTRATO, State.REGISTRATO, State.RESPINTO)
    return tuple(
        Row(
            number=_number(100 + n),
            surname=surnames[n * 7 % 6],
            name=names[n * 5 % 4],
            codice_fiscale="RSSMRA48C59L219O",
            comune=("L219", "A182", "ESTERO", "F839")[n % 4],
            registered_at=_NOON - n * 11 * _DAY,
            community=tuple(Community)[n % 3],
            state=states[n % 4],
            strong=n % 2 == 0,
            running=kinds[n % 4],
            functions=tuple(Function) if n % 4 != 3 else (Function.RICERCA,),
            own_undecided=n % 9 == 0,
        )
        for n in range(count)
    )


_SEARCHED = _filled(Form.SEARCH, (_I.SURNAME, "ro", None), (_I.STRONG, "tutti", None))
SEARCH = managing.Search(_SEARCHED)
WANTED = WantedRegistration(
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    privacy_notice="2026-1",
    source=DataSource.TYPED,
    register="CIA",
    person=PERSON,
    residence=_HOME,
    domicile=None,
    contacts=_CONTACTS,
    document=_CARD,
    delegation=None,
    note=None,
    identified=True,
)
_FORM = registering.RegistrationForm(PREFILLED, RegisterName.CIA)
_BOOKING = managing.BookingDelegation(
    OPENED, OperationKind.RESET, _filled(Form.BOOKING_DELEGATION, (_I.DELEGATION, NO, None))
)
CHECKS = (Check.IDENTITY_SEEN, Check.RESIDENCE_PROVEN, Check.DELEGATE_IDENTIFIED)
_D = PrintedDocument
RECORDED = outcomes.Recorded(
    operation_id=UUID(int=7),
    recorded_at=datetime(2026, 5, 4, 9, 40, tzinfo=UTC),
    wanted=WANTED,
    registration=replace(
        REGISTRATION,
        credential=Credential(
            State.RISCONTRATO, has_pin=True, last=_booked(OperationKind.RISCONTRO_FORTE)
        ),
    ),
    behind=FromMenu(),
)
_LETTERS = (_D.PIN_LETTER, _D.ACTIVATION_LETTER, _D.CASE_SUMMARY)
_REQUIRED = frozenset({_D.PIN_LETTER, _D.CASE_SUMMARY})


def _letters(*states: PrintState, code: str | None = None) -> outcomes.Letters:
    papers = tuple(
        Paper(document, state, code if state is PrintState.FAILED else None)
        for document, state in zip(_LETTERS, states, strict=True)
    )
    return outcomes.Letters(RECORDED, (*papers, Paper(_D.REGULATION)), _REQUIRED)


_OFFERED, _DONE = PrintState.OFFERED, PrintState.PRINTED
WANTED_BOOKING = WantedBooking(
    REGISTRATION, OperationKind.RESET, basis_of(REGISTRATION.credential), None, identified=True
)


def _before_work() -> dict[str, ClerkState]:
    return {
        "sign-in": signing_in.SignIn(),
        "sign-in-no-card": signing_in.SignIn(),
        "sign-in-wrong": signing_in.SignIn("token.pin-wrong", tries_left=2),
        "signing-in": signing_in.SigningIn(),
        "card-pulled": signing_in.CardPulled(_FORM, DESK.operator),
        "signing-in-again": signing_in.SigningInAgain(_FORM, DESK.operator),
        "menu": Menu(),
        "fse": FsePage(),
    }


def _registering() -> dict[str, ClerkState]:
    start = _filled(Form.START, (_I.CODICE_FISCALE, "RSSMRA48C59L219O", Mark.CARD))
    wrong = replace(_FORM, sheet=_wrong(), confirmed=True)
    papers = (Paper(_D.REVOCATION_REQUEST),)
    confirm = registering.RegistrationConfirm(_FORM, WANTED, CHECKS)
    return {
        "notice": registering.Notice(),
        "start": registering.Start(Sheet(Form.START)),
        "start-scanned": registering.Start(start),
        "looking-up": registering.LookingUp(start),
        "already-strong": registering.AlreadyStrong(start, REGISTRATION.number),
        "already-weak": registering.AlreadyWeak(start, REGISTRATION.number),
        "old-credentials": registering.OldCredentials(start, papers),
        "confirm-deletion": registering.ConfirmDeletion(start),
        "form-empty": registering.RegistrationForm(Sheet(Form.REGISTRATION), unsure=True),
        "form": _FORM,
        "form-wrong": wrong,
        "confirm": confirm,
        "confirm-checked": replace(confirm, checked=frozenset(CHECKS)),
    }


def _managing() -> dict[str, ClerkState]:
    found = Found(rows(50), 213, False, 0)  # noqa: FBT003  a value of the model
    held = LeaseHeld("Verdi Paola", "ASL Esempio 1", _NOON + 600_000)
    change = PartChange(Part.RESIDENCE, b"", replace(_HOME, street="Corso Francia", number="8"))
    residence = managing.ResidenceForm(
        OPENED,
        _filled(Form.RESIDENCE, *(one for one in _GIVEN if one[0].value.startswith("residence"))),
    )
    delegation = managing.DelegationForm(
        OPENED,
        replace(
            _filled(Form.DELEGATION, *_DELEGATING[1:]),
            locked=frozenset({_I.DELEGATE_CODICE_FISCALE}),
        ),
    )
    edit = managing.EditForm(OPENED, EDITED)
    news = replace(CASE, waiting=("booking",), disputes=(DISPUTE,), from_paper=True)
    missing = (
        Problem("text.empty", field="document.issuer", rule="R-003-29"),
        Problem("text.empty", field="contacts.email", rule="R-003-30"),
    )
    code_checks = (Check.IDENTITY_SEEN, Check.DATA_CHECKED)
    return {
        "search-empty": managing.Search(Sheet(Form.SEARCH)),
        "search": replace(SEARCH, found=found),
        "search-next": replace(SEARCH, found=replace(found, page=1)),
        "search-none": replace(SEARCH, found=Found((), 0, False, 0)),  # noqa: FBT003  likewise
        "search-waiting": replace(SEARCH, waiting=True),
        "disputes": managing.DisputeList((DISPUTE, replace(DISPUTE, operation_id="ef" * 16))),
        "disputes-none": managing.DisputeList(()),
        "dispute": managing.DisputePage(managing.DisputeList((DISPUTE,)), DISPUTE),
        "settlement": managing.SettlementConfirm(
            managing.DisputePage(managing.DisputeList((DISPUTE,)), DISPUTE)
        ),
        "opening": managing.Opening(FromMenu()),
        "opening-failed": managing.Opening(FromMenu(), code="registration.not-here"),
        "detail": managing.CaseDetail(OPENED),
        "detail-news": managing.CaseDetail(replace(OPENED, case=news)),
        "asking-lease": managing.AskingLease(OPENED, CaseAction.EDIT),
        "held-elsewhere": managing.HeldElsewhere(OPENED, CaseAction.EDIT, held),
        "not-possible": managing.NotPossible(
            OPENED, CaseAction.RENEW_CODE, Problem("transition.nothing-running")
        ),
        "missing-data": managing.MissingData(OPENED, missing),
        "edit": edit,
        "leaving": managing.Leaving(edit),
        "edit-confirm": managing.EditConfirm(edit, (change,)),
        "choose-operation": managing.ChooseOperation(
            OPENED, (OperationKind.RIGENERA_PIN, OperationKind.RESET, OperationKind.REVOCA)
        ),
        "booking-delegation": _BOOKING,
        "booking-delegate": replace(_BOOKING, sheet=_filled(Form.BOOKING_DELEGATION, *_DELEGATING)),
        "booking-confirm": managing.BookingConfirm(_BOOKING, _DELEGATE, CHECKS),
        "code-confirm": managing.CodeConfirm(OPENED, code_checks),
        "delegation": delegation,
        "delegation-confirm": managing.DelegationConfirm(delegation, _DELEGATE),
        "residence-start": managing.ResidenceStart(Sheet(Form.RESIDENCE_START)),
        "residence-opening": managing.ResidenceOpening(Sheet(Form.RESIDENCE_START)),
        "residence": residence,
        "residence-confirm": managing.ResidenceConfirm(
            residence, replace(_HOME, street="Corso Francia", number="8", cap="10143")
        ),
        "username-confirm": managing.UsernameConfirm(OPENED, code_checks),
        "asking-username": managing.AskingUsername(OPENED),
        "username": managing.UsernameShown(OPENED, "maria.rossi48", 30),
        "username-not-told": managing.UsernameNotTold(OPENED, "operator.no-right"),
    }


def _outcomes() -> dict[str, ClerkState]:
    confirm = registering.RegistrationConfirm(_FORM, WANTED, CHECKS, frozenset(CHECKS))
    letters = _letters(_DONE, PrintState.PRINTING, _OFFERED)
    return {
        "recording": outcomes.RecordingAct(confirm, WANTED, UUID(int=7)),
        "not-recorded": outcomes.ActNotRecorded(confirm, WANTED, UUID(int=7), "store.full"),
        "letters": _letters(_OFFERED, _OFFERED, _OFFERED),
        "letters-printing": letters,
        "letters-unseen": _letters(_DONE, PrintState.UNSEEN, _OFFERED),
        "letters-failed": _letters(PrintState.FAILED, _OFFERED, _OFFERED, code="printer.paper-out"),
        "letters-there": _letters(_DONE, _DONE, _DONE),
        "letters-giving-up": replace(letters, giving_up=True),
        "done": outcomes.ActDone(RECORDED),
        "done-letters-missing": outcomes.ActDone(RECORDED, letters_missing=True),
    }


def clerk_activities() -> dict[str, ClerkState]:
    """An activity for each picture, by its name."""
    return {
        **_before_work(),
        **_registering(),
        **_managing(),
        **_outcomes(),
        **outbox_sessions(),
    }


def at_desk(activity: ClerkState, *, language: str = "it") -> Session:
    """A session of a counter."""
    begun = begin(
        session_id=UUID(int=1), operation_id=UUID(int=2), today=date(2026, 5, 4), office=COUNTER
    )
    away = isinstance(activity, SigningInState)
    return replace(
        begun,
        language=language,
        network=Network.ONLINE,
        operator_card=not isinstance(activity, signing_in.CardPulled),
        desk=None if away else DESK,
        activity=activity,
    )


def clerk_sessions(language: str = "it") -> dict[str, Session]:
    """A session for each picture, by its name."""
    drawn = {
        name: at_desk(activity, language=language) for name, activity in clerk_activities().items()
    }
    drawn["sign-in-no-card"] = replace(drawn["sign-in-no-card"], operator_card=False)
    offline = MirrorStanding(age_seconds=3 * 86_400, registrations=51_234, waiting=12)
    drawn["menu-offline"] = replace(
        drawn["menu"], network=Network.OFFLINE, desk=replace(DESK, mirror=offline)
    )
    return drawn
