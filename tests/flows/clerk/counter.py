"""A clerk at a counter: what they touch, what the runtime would answer. Nobody real."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import MirrorStanding, Operator
from kiosk.flows.clerk.events import CaseAction, MenuEntry
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.flows.session import Session, begin, screen_name, step
from sync.model import registration_number
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, State
from sync.model.dates import PartialDate
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.inquiry import LeaseGranted, Standing, StandingKind
from sync.model.preregistration import Community
from sync.model.registration import Registration
from sync.model.rosters import Right

SESSION: Final = UUID(int=1)
TODAY: Final = date(2026, 11, 23)
OFFICE: Final = OfficeInfo(
    station="kiosk-0002",
    name="Comune di Esempio",
    comune="L219",
    community=Community.SISTEMA_PIEMONTE,
    role=StationRole.COUNTER,
    fse_address="https://fse.example.it",
)
NUMBER: Final = registration_number.issue(17, 1).text
CODE: Final = "RSSMRA80A01H501U"
DELEGATES_CODE: Final = "VRDLGU75C15F205O"
EVERY_RIGHT: Final = frozenset(Right)
CLERK: Final = Operator("Anna Esempio", "Comune di Esempio", EVERY_RIGHT, thumbprint=bytes(32))

PERSON: Final = Person(CODE, "Rossi", "Mario", PartialDate(1980, 1, 1), Sex.MALE)
HOME: Final = ItalianAddress("Via Garibaldi", "12/A", "L219", "10122")
DOCUMENT: Final = IdentityDocument(
    DocumentKind.CARTA_IDENTITA, "CA12345AA", date(2022, 3, 4), "Comune di Torino"
)
REGISTRATION: Final = Registration(
    number=NUMBER,
    community=Community.SISTEMA_PIEMONTE,
    language="it",
    registered_at=1_700_000_000_000,
    person=PERSON,
    residence=HOME,
    domicile=None,
    contacts=Contacts("mario@esempio.it"),
    document=DOCUMENT,
    credential=Credential(),
)
DELEGATION: Final = Delegation(
    DelegationKind.MODULO_DELEGA,
    Person(DELEGATES_CODE, "Verdi", "Luigi", PartialDate(1975, 3, 15), Sex.MALE),
    replace(DOCUMENT, number="CA54321BB"),
)


def booked(kind: OperationKind, delegation: Delegation | None = None) -> Booked:
    """An operation in progress."""
    return Booked(
        operation_id="0" * 31 + "1",
        kind=kind,
        status=OperationStatus.ACTIVE,
        booked_at=1_790_000_000_000,
        office="Comune di Esempio",
        station="kiosk-0002",
        valid_until=date(2027, 1, 20),
        delegation=delegation,
    )


def registered(
    state: State = State.REGISTRATO,
    last: Booked | None = None,
    *,
    strong: bool = False,
    **changes: Any,
) -> Registration:
    """The registration in a state."""
    credential = Credential(state, strong, last=last)
    return replace(REGISTRATION, credential=credential, **changes)


@dataclass
class Walk:
    """A session with everything that was asked for on the way."""

    session: Session
    effects: list[Effect] = field(default_factory=list)

    def __call__(self, *events: Event) -> Walk:
        """What happens, one after the other."""
        for event in events:
            self.session, effects = step(self.session, event)
            self.effects += effects
        return self

    @property
    def page(self) -> str:
        """Machine name of the page."""
        return screen_name(self.session)

    @property
    def activity(self) -> Any:
        """The page's state."""
        return self.session.activity

    def last(self, kind: type[Any]) -> Any:
        """The last effect of a kind."""
        return next(one for one in reversed(self.effects) if isinstance(one, kind))

    def asked_for(self, kind: type[Any]) -> list[Any]:
        """Every effect of a kind."""
        return [one for one in self.effects if isinstance(one, kind)]

    def types(self, texts: dict[FieldId, str]) -> Walk:
        """Types into fields, leaving each."""
        for one, text in texts.items():
            self(cl.FieldTyped(one, text), cl.FieldLeft(one))
        return self

    def checks(self) -> Walk:
        """Ticks every box of the page."""
        for check in self.activity.checks:
            self(cl.CheckToggled(check))
        return self

    def opens(self, registration: Registration, action: CaseAction = CaseAction.DETAIL) -> Walk:
        """From the menu to a registration, by its number."""
        self(cl.MenuChosen(MenuEntry.MANAGEMENT), ev.BarcodeTyped(registration.number))
        self(cl.RegistrationOpened(SESSION, CaseFile(registration)))
        if action is not CaseAction.DETAIL:
            self(cl.CaseActionChosen(action))
            if self.page == "clerk.asking-lease":
                self(cl.LeaseTold(SESSION, registration.number, LeaseGranted(1)))
        return self

    def records(self, registration: Registration | None) -> Walk:
        """The runtime records what was confirmed."""
        operation = self.last(asked.RecordCounterAct).operation_id
        following = UUID(int=operation.int + 1)
        at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        return self(cl.CounterActRecorded(SESSION, operation, following, at, registration))

    def prints(self, *, certainty: Certainty = Certainty.PRINTED) -> Walk:
        """Every paper that is being printed comes out."""
        for one in self.asked_for(asked.PrintCounterPaper):
            self(ev.Printed(SESSION, one.document, certainty))
        return self


def counter(office: OfficeInfo = OFFICE) -> Walk:
    """The first page of a counter."""
    session = begin(session_id=SESSION, operation_id=UUID(int=2), today=TODAY, office=office)
    return Walk(session)(cl.OperatorCardTold(present=True))


def signed_in(operator: Operator = CLERK, office: OfficeInfo = OFFICE) -> Walk:
    """The menu of an operator."""
    walk = counter(office)(cl.SignInAsked(bytearray(b"12345678")))
    return walk(cl.SignedIn(SESSION, operator, MirrorStanding(age_seconds=5, registrations=3)))


def at_form(found: object = None, *, certain: bool = True) -> Walk:
    """The form of a registration ex-novo."""
    walk = signed_in()(cl.MenuChosen(MenuEntry.REGISTRATION), ev.Continued())
    walk(ev.BarcodeTyped(CODE))
    walk.types({FieldId.RESIDENCE_PROVINCE: "TO", FieldId.RESIDENCE_COMUNE: "L219"})
    walk(ev.Continued())
    standing = Standing(StandingKind.UNKNOWN) if certain else None
    return walk(cl.PersonLookedUp(SESSION, CODE, standing, found, certain))  # type: ignore[arg-type]  # as the test gives it


REST_OF_FORM: Final = {
    FieldId.SURNAME: "Rossi",
    FieldId.NAME: "Mario",
    FieldId.RESIDENCE_STREET: "Via Garibaldi",
    FieldId.RESIDENCE_NUMBER: "12/A",
    FieldId.RESIDENCE_CAP: "10122",
    FieldId.EMAIL: "mario@esempio.it",
    FieldId.DOCUMENT_NUMBER: "ca12345aa",
    FieldId.DOCUMENT_ISSUED_ON: "04032022",
    FieldId.DOCUMENT_ISSUER: "Comune di Torino",
}
"""What the clerk types where nothing is prefilled."""

DELEGATE_FIELDS: Final = {
    FieldId.DELEGATION: "yes",
    FieldId.DELEGATION_KIND: "modulo_delega",
    FieldId.DELEGATE_CODICE_FISCALE: DELEGATES_CODE,
    FieldId.DELEGATE_SURNAME: "Verdi",
    FieldId.DELEGATE_NAME: "Luigi",
    FieldId.DELEGATE_DOCUMENT_KIND: "carta_identita",
    FieldId.DELEGATE_DOCUMENT_NUMBER: "CA54321BB",
    FieldId.DELEGATE_DOCUMENT_ISSUED_ON: "4/3/2022",
    FieldId.DELEGATE_DOCUMENT_ISSUER: "Comune di Torino",
}
