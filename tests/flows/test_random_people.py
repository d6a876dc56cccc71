"""People who touch anything in any order, and devices that answer late, twice or for others.

Whatever happens: nothing raises, every screen has its texts in both languages, one can go back,
stop and ask for help, and nothing of a person is left when the session ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    Finger,
    FingerAdvice,
    FingerComparison,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    Hand,
)
from hw.paper import Certainty
from kiosk.flows import drafts
from kiosk.flows import events as ev
from kiosk.flows.answers import QuestionId
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen.document_reading import Checking, TypeCan, TypeMrz
from kiosk.flows.citizen.identification import Confirm
from kiosk.flows.citizen.identification import Done as Identified
from kiosk.flows.citizen.identity_check import (
    CLERK,
    HEALTH_CARD,
    IDENTIFY,
    IDENTITY_CARD,
    PROVE,
    REGISTER,
    ClerkPage,
    TypePin,
    VerdictPage,
)
from kiosk.flows.citizen.preregistration import Asking, Done, Review, Summary
from kiosk.flows.document_check import (
    Coaching,
    Finding,
    PinTries,
    Property,
    ReadingProgress,
    ReadingStage,
)
from kiosk.flows.effects import (
    AskPinTries,
    CompareFinger,
    Effect,
    EndSession,
    LookUpStatus,
    Print,
    PrintedDocument,
    ProveHealthCard,
    ReadCard,
    ReadDocument,
    Record,
    RecordAct,
    ScanBarcode,
    ScanPurpose,
    Speak,
    TakeFinger,
    TestDevice,
)
from kiosk.flows.entries import DateEntry, DatePart, DatePrecision
from kiosk.flows.events import Event
from kiosk.flows.identification_rows import rows as identification_rows
from kiosk.flows.installer.readiness import DeviceList, DevicePage, ReadinessState, ReportDone
from kiosk.flows.office import Network
from kiosk.flows.phrases import Phrase
from kiosk.flows.readiness_rows import device_rows, list_rows
from kiosk.flows.rows import review_rows, summary_sections
from kiosk.flows.session import Overlay, Session, begin, step
from kiosk.flows.speech import spoken
from kiosk.flows.steps.fingerprint import FingerprintState
from kiosk.flows.steps.scanning import ScanningState
from kiosk.flows.verdicts import clerk_view
from kiosk.flows.verdicts import rows as verdict_rows
from kiosk.flows.welcome import Ended, Welcome
from kiosk.flows.wording import can_go_back, can_stop, wording
from kiosk.strings.catalogue import Catalogue
from sync.model.identification import FingerEntry, Identification
from sync.wire import canonical
from tests.flows.devices import (
    EQUIPPED,
    RECORDED_AT,
    at_bench,
    at_identified,
    at_taking,
    at_ways,
    template,
)
from tests.flows.devices import (
    at_review as at_fingers,
)
from tests.flows.documents import (
    FACE,
    FORM_TO_CAN,
    MARIO,
    PROOF,
    TO_CAN,
    at_pin,
    at_verdict,
    reading,
    verdict,
)
from tests.flows.walking import (
    NUMBER,
    ROSSI,
    SESSION,
    TODAY,
    after,
    at_done,
    at_review,
    at_summary,
    fresh,
    receipt_for,
)

CATALOGUES: Final = {language: Catalogue.load(language) for language in ("it", "en")}
OTHERS: Final = UUID(int=0xBAD)
MARK: Final = "Zyxwv"
"""Stands in what is typed and read, so that it can be looked for afterwards."""

# What a person might type on a page, right and wrong.
TYPED: Final[dict[str, list[str]]] = {
    "codice-fiscale": ["RSSMRA80A01H501U", "MRTMRA83T56A269B", "RSSMRA80A01H501X", "12345678901"],
    "surname": ["Rossi", f"{MARK}i", "R0ssi"],
    "name": ["Mario", f"{MARK}a", ""],
    "comune": ["torino", "agliè", "san", "xyzq"],
    "nation": ["francia", "f", f"{MARK}onia"],
    "city": [f"{MARK}polis", "Lyon"],
    "street": ["Via Roma", f"Via {MARK}"],
    "number": ["3", "12/A", ""],
    "cap": ["10122", "1012", ""],
    "care-of": [f"{MARK} e figli", ""],
    "email": [f"{MARK}@example.it", "m@postacertificata.gov.it", "mario"],
    "mobile": ["3331234567", "333", ""],
    "landline": ["0115551234", ""],
    "phone": ["3331234567", ""],
    "issuer": [f"Comune di {MARK}", ""],
    "note": [f"Nota {MARK}", ""],
}
CARD_NUMBERS: Final = ["837162", "CA12345AA", "12345"]
NUMBERS: Final = ["CA12345AA", "YA1234567", "12345", "12"]
DATES: Final = [("1", "1", "1980"), ("16", "12", "1983"), ("1", "2", "2020"), ("31", "2", "2001")]
NASTY: Final = ["", "\x00\u202e", "😀" * 3, "ل" * 5, "X" * 10_000, "' OR 1=1 --", "{0.__class__}"]
CODES: Final = [
    "card.removed",
    "card.abandoned",
    "document.wrong-key",
    "document.zone-needed",
    "document.damaged",
    "token.pin-wrong",
    "token.pin-blocked",
    "token.absent",
    "reader.absent",
    "store.full",
    "printer.unreachable",
    "speaker.absent",
    "fingerprint.removed",
    "fingerprint.abandoned",
    "fingerprint.not-good-enough",
    "camera.removed",
    "barcode.none-found",
    "barcode.abandoned",
]

ids = st.sampled_from([SESSION, OTHERS])
papers = st.sampled_from(PrintedDocument)
codes = st.sampled_from(CODES)
cards = st.builds(
    CardData,
    codice_fiscale=st.sampled_from(["RSSMRA80A01H501U", "RSSMRA80A01H501X", "", MARK]),
    surname=st.sampled_from(["ROSSI", MARK, "", "R\x01"]),
    name=st.sampled_from(["MARIO", ""]),
    birth_date=st.sampled_from(["01011980", "00001980", "31021980", "", "x", MARK]),
    sex=st.sampled_from(["M", "F", "", "X"]),
    residence_comune=st.sampled_from(["L219", "A074", "A078", "ZZZZ", ""]),
    residence_address=st.sampled_from(["VIA ROMA 3", MARK, "", "\x00"]),
    expires_on=st.sampled_from(["01012030", "01012020", "", MARK]),
)
progresses = st.builds(
    ReadingProgress,
    stage=st.sampled_from(ReadingStage),
    done=st.sampled_from([0, 1, 500]),
    total=st.sampled_from([0, 100, 1000]),
    coaching=st.none() | st.sampled_from(Coaching),
    lost=st.booleans(),
)
tries = st.builds(
    PinTries, left=st.sampled_from([None, 0, 1, 2, 3]), last=st.booleans(), blocked=st.booleans()
)
verdicts = st.builds(
    lambda findings: verdict(**findings),
    st.dictionaries(
        st.sampled_from([what.name.lower() for what in Property]), st.sampled_from(Finding)
    ),
)
holders = st.builds(
    replace,
    st.just(MARIO),
    document_code=st.sampled_from(["C", "P", "", "V"]),
    surname=st.sampled_from(["ROSSI", MARK, "", "R\x01"]),
    names_cut=st.booleans(),
    names_transliterated=st.booleans(),
    codice_fiscale=st.sampled_from(["RSSMRA80A01H501U", "", MARK]),
    birth_date=st.sampled_from(["19800101", "19800000", "", MARK]),
    birth_province=st.sampled_from(["RM", ""]),
    address=st.sampled_from([("VIA ROMA 3", "TORINO", "TO"), (MARK,), (), ("\x00", MARK)]),
    issued_on=st.sampled_from([None, TODAY, TODAY + timedelta(days=999)]),
    expires_on=st.sampled_from([None, TODAY]),
)
documents = st.builds(reading, holders, verdicts, st.sampled_from([None, FACE]))
details = st.sampled_from(
    [(), (("wait-seconds", "3"),), (("milliseconds", "2500"), ("tries", "1"))]
)
positions = st.builds(FingerPosition, st.sampled_from(Hand), st.sampled_from(Finger))
takings = st.builds(
    FingerProgress,
    st.sampled_from(FingerPhase),
    st.integers(0, 3),
    st.just(3),
    st.none() | st.sampled_from(FingerAdvice),
)
templates = st.builds(
    lambda position, times: template(position, MARK.encode() * times),
    positions,
    st.sampled_from([1, 0, 5000]),
)
troubles = st.none() | st.builds(DeviceTrouble, st.sampled_from(TroubleKind), codes)
healths = st.builds(
    DeviceHealth,
    st.sampled_from(DeviceKind),
    st.sampled_from(DeviceState),
    model=st.sampled_from(["", "05ba:000a", "\x00ل" * 90]),
    trouble=troubles,
    last_trouble=troubles,
    last_trouble_at=st.none() | st.just(RECORDED_AT),
    faults=st.integers(0, 3),
    mended=st.integers(0, 3),
    seconds_to_service=st.sampled_from([None, 0.0, 2.5, 1e9]),
)
purposes = st.sampled_from(ScanPurpose)
scans = st.sampled_from(["RSSMRA80A01H501U", NUMBER.text])
anything: st.SearchStrategy[Event] = st.one_of(
    st.builds(ev.Started, session_id=st.just(OTHERS), operation_id=st.just(OTHERS), today=st.just(TODAY)),
    st.builds(ev.NetworkChanged, st.sampled_from(Network)),
    st.builds(ev.LanguageChosen, st.sampled_from(["it", "en", "xx"])),
    st.sampled_from(
        [
            ev.ScreenTouched(), ev.TextSizeToggled(), ev.ContrastToggled(), ev.HelpOpened(),
            ev.HelpClosed(), ev.SpeechAsked(), ev.StopAsked(), ev.StopConfirmed(),
            ev.StopCancelled(), ev.ResumeChosen(), ev.Back(), ev.Continued(), ev.Refused(),
            ev.TextDone(), ev.CardInserted(), ev.CardRemoved(),
        ]
    ),
    st.builds(ev.ServiceChosen, st.sampled_from(ev.Service)),
    st.builds(ev.TextChanged, st.sampled_from(NASTY)),
    st.builds(ev.DatePartFocused, st.sampled_from(DatePart)),
    st.builds(ev.DatePrecisionChosen, st.sampled_from(DatePrecision)),
    st.builds(ev.OptionChosen, st.sampled_from(["yes", "no", "none", "skip", "L219", "M", "?"])),
    st.builds(
        ev.OptionChosen,
        st.sampled_from([IDENTITY_CARD, HEALTH_CARD, CLERK, REGISTER, PROVE, IDENTIFY]),
    ),
    st.builds(
        ev.OptionChosen,
        st.sampled_from(["fingerprints", "card-pin", "operator", "index", "thumb", "missing"]),
    ),
    st.builds(
        ev.OptionChosen,
        st.sampled_from(["no-finger", "other-finger", "compare", "retake-left", "scan", "mend"]),
    ),
    st.builds(ev.FingerProgressed, ids, takings),
    st.builds(ev.FingerTaken, ids, templates),
    st.builds(ev.FingerFailed, ids, codes),
    st.builds(ev.FingerCompared, ids, st.builds(FingerComparison, st.booleans(), st.just(9.0))),
    st.builds(ev.BarcodeRead, ids, purposes, scans),
    st.builds(ev.ScanFailed, ids, codes),
    st.builds(ev.BarcodeTyped, st.sampled_from(["*RSSMRA80A01H501U*", NUMBER.text, *NASTY])),
    st.builds(ev.DeviceTold, healths),
    st.builds(ev.DeviceTested, ids, st.sampled_from(DeviceKind), st.none() | codes),
    st.builds(ev.DeviceChosen, st.sampled_from(DeviceKind)),
    st.builds(ev.ActRecorded, ids, st.just(OTHERS), st.just(OTHERS), st.just(RECORDED_AT)),
    st.builds(ev.ActNotRecorded, ids, st.just(OTHERS), codes),
    st.builds(ev.DocumentProgress, ids, progresses),
    st.builds(ev.DocumentRead, ids, documents),
    st.builds(ev.DocumentReadFailed, ids, codes, details),
    st.builds(ev.PinTriesTold, ids, tries),
    st.builds(ev.HealthCardProven, ids, st.just(PROOF)),
    st.builds(ev.HealthCardProofFailed, ids, codes, st.none() | tries),
    st.builds(ev.EditAsked, st.sampled_from(QuestionId)),
    st.builds(ev.PrintAsked, papers),
    st.builds(ev.CardRead, ids, cards),
    st.builds(ev.CardReadFailed, ids, codes),
    st.builds(ev.ReaderFailed, codes),
    st.builds(ev.Printed, ids, papers, st.sampled_from(Certainty)),
    st.builds(ev.PaperConfirmed, papers, st.booleans()),
    st.builds(ev.PrintFailed, ids, papers, codes),
    st.builds(ev.SpeechEnded, ids),
    st.builds(ev.SpeechFailed, ids, codes),
    st.builds(ev.RecordFailed, ids, codes),
    st.builds(ev.StatusFound, ids, st.just(NUMBER.text), st.sampled_from(ev.Standing)),
    st.builds(ev.StatusUnknown, ids, st.just(NUMBER.text)),
    st.builds(ev.StatusFailed, ids, st.just(NUMBER.text), codes),
    st.builds(ev.DraftRestored, st.just({"shape": 1, "screen": MARK})),
)  # fmt: skip


def texts_in(value: Any) -> str:
    """Everything that a session holds, hidden fields too."""
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(texts_in(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple | list | frozenset):
        return " ".join(texts_in(entry) for entry in value)
    return str(value)


def at_can() -> Session:
    """The number of the identity card is asked for, to check it."""
    return after(fresh(), *TO_CAN)


def at_form_can() -> Session:
    """The same, to fill a form."""
    return after(fresh(), *FORM_TO_CAN)


def form_of(session: Session) -> Any:
    """The form of a page, or that which waits behind it; "asked" may have grown by a question."""
    activity: Any = session.activity
    form = getattr(getattr(activity, "errand", activity), "form", None)
    form = getattr(getattr(activity, "page", None), "errand", None) if form is None else form
    form = getattr(form, "form", form)
    return None if form is None else replace(form, asked=())


def _entries(done: Identified) -> tuple[FingerEntry, ...]:
    act = done.receipt.act
    return act.fingers if isinstance(act, Identification) else ()


def at_equipped() -> Session:
    """Nobody is served yet at a station that has everything."""
    return fresh(EQUIPPED)


class Kiosk(RuleBasedStateMachine):
    """A kiosk whose runtime answers some of what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.session = fresh()
        self.open: list[Effect] = []

    def happen(self, event: Event) -> None:
        before = self.session
        self.session, effects = step(before, event)
        for effect in effects:
            if isinstance(effect, EndSession):
                assert effect.session_id == before.id
                assert isinstance(self.session.activity, Ended)
            if isinstance(effect, Speak):
                for part in effect.phrases:
                    self.said(part)
        self.open = [*self.open, *effects][-4:]

    def said(self, phrase: Phrase) -> str:
        return CATALOGUES[self.session.language].say(phrase)

    @initialize(
        begun=st.sampled_from(
            [
                *(fresh, at_review, at_summary, at_done, at_can, at_form_can, at_verdict, at_pin),
                *(at_equipped, at_ways, at_taking, at_fingers, at_identified, at_bench),
            ]
        )
    )
    def somebody_is_there(self, begun: Callable[[], Session]) -> None:
        self.session = begun()

    @rule(event=anything)
    def something_happens(self, event: Event) -> None:
        self.happen(event)

    @rule(data=st.data())
    def a_button_of_the_page_is_touched(self, data: st.DataObject) -> None:
        self.touch(data)

    @rule(data=st.data())
    def another_button_is_touched(self, data: st.DataObject) -> None:
        self.touch(data)

    def touch(self, data: st.DataObject) -> None:
        actions = [action.event for action in wording(self.session).actions]
        activity = self.session.activity
        if isinstance(activity, Asking) and not isinstance(activity.entry, DateEntry):
            actions += [ev.OptionChosen(option.value) for option in activity.entry.options]
        if isinstance(activity, Summary):
            actions += [ev.EditAsked(question) for question in QuestionId]
        if actions:
            self.happen(data.draw(st.sampled_from(actions)))

    @precondition(lambda self: isinstance(self.session.activity, Asking))
    @rule(data=st.data())
    def a_question_is_answered(self, data: st.DataObject) -> None:
        activity = self.session.activity
        if not isinstance(activity, Asking):
            return
        name = activity.question.value
        if isinstance(activity.entry, DateEntry):
            typed = zip(DatePart, data.draw(st.sampled_from(DATES)), strict=True)
            for part, text in typed:
                self.happen(ev.DatePartFocused(part))
                self.happen(ev.TextChanged(text))
        elif name.endswith("document-number"):
            self.happen(ev.TextChanged(data.draw(st.sampled_from(NUMBERS))))
        else:
            known = next((TYPED[end] for end in TYPED if name.endswith(end)), NASTY)
            self.happen(ev.TextChanged(data.draw(st.sampled_from(known))))
        self.happen(ev.TextDone())

    @precondition(lambda self: isinstance(self.session.activity, TypeCan | TypeMrz | TypePin))
    @rule(data=st.data())
    def a_number_of_a_card_is_typed(self, data: st.DataObject) -> None:
        activity = self.session.activity
        if isinstance(activity, TypeMrz) and isinstance(activity.entry, DateEntry):
            for part, text in zip(DatePart, data.draw(st.sampled_from(DATES)), strict=True):
                self.happen(ev.DatePartFocused(part))
                self.happen(ev.TextChanged(text))
        else:
            self.happen(ev.TextChanged(data.draw(st.sampled_from([*CARD_NUMBERS, *NASTY]))))
        self.happen(ev.TextDone())

    @precondition(lambda self: bool(self.open))
    @rule(data=st.data(), again=st.booleans())
    def the_runtime_answers(self, data: st.DataObject, again: bool) -> None:  # noqa: C901, FBT001, PLR0912  # one line for each effect
        match data.draw(st.sampled_from(self.open)):
            case ReadCard(session_id):
                self.happen(ev.CardRead(session_id, replace(ROSSI, surname=MARK)))
            case ReadDocument(session_id):
                self.happen(
                    data.draw(st.builds(ev.DocumentProgress, st.just(session_id), progresses))
                )
                self.happen(data.draw(st.builds(ev.DocumentRead, st.just(session_id), documents)))
            case AskPinTries(session_id):
                self.happen(ev.PinTriesTold(session_id, data.draw(tries)))
            case ProveHealthCard(session_id):
                self.happen(ev.HealthCardProven(session_id, replace(PROOF, surname=MARK)))
            case Record(operation_id, preregistration):
                receipt = receipt_for(preregistration, again=again)
                self.happen(ev.Recorded(replace(receipt, operation_id=operation_id)))
            case Print(session_id, document):
                self.happen(ev.Printed(session_id, document, data.draw(st.sampled_from(Certainty))))
            case TakeFinger(session_id, position):
                self.happen(ev.FingerProgressed(session_id, data.draw(takings)))
                self.happen(ev.FingerTaken(session_id, template(position, MARK.encode())))
            case CompareFinger(session_id):
                self.happen(
                    ev.FingerCompared(session_id, FingerComparison(again, milliseconds=9.0))
                )
            case ScanBarcode(session_id, purpose):
                self.happen(ev.BarcodeRead(session_id, purpose, data.draw(scans)))
            case TestDevice(session_id, kind):
                self.happen(ev.DeviceTested(session_id, kind, data.draw(st.none() | codes)))
            case RecordAct(session_id, operation_id):
                self.happen(ev.ActRecorded(session_id, operation_id, OTHERS, RECORDED_AT))
            case LookUpStatus(session_id, number):
                self.happen(ev.StatusFound(session_id, number, ev.Standing.WAITING_NETWORK))
            case Speak(session_id):
                self.happen(ev.SpeechEnded(session_id))
            case EndSession():
                self.happen(ev.Started(SESSION, self.session.operation_id, TODAY))
            case _:
                pass

    @rule(seconds=st.sampled_from([1] * 12 + [30, 69, 90, 1000]))
    def time_passes(self, seconds: int) -> None:
        self.happen(ev.TimePassed(seconds, TODAY + timedelta(days=seconds // 1000)))

    @rule(crashes=st.sampled_from([False] * 9 + [True]))
    def the_program_crashes(self, crashes: bool) -> None:  # noqa: FBT001
        if not crashes:
            return
        draft = drafts.draft_of(self.session)
        before = self.session
        self.session, self.open = fresh(before.office), []
        if draft is not None:
            self.happen(ev.DraftRestored(draft))
            assert self.session.overlay is Overlay.RESUMED
            assert form_of(self.session) == form_of(before)

    @invariant()
    def every_screen_has_its_texts(self) -> None:
        session = self.session
        page = wording(session)
        for part in (page.title, *page.body, *page.help, *spoken(session)):
            assert self.said(part)
        for action in page.actions:
            assert self.said(action.label)
        activity = session.activity
        for shown_page in (activity, getattr(activity, "page", None)):
            if isinstance(shown_page, VerdictPage):
                self.said_of(shown_page)
        if isinstance(activity, Review):
            rows = review_rows(activity.form, session.surroundings)
        elif isinstance(activity, Summary):
            sections = summary_sections(activity.form, session.surroundings)
            rows = tuple(row for section in sections for row in section.rows)
        else:
            rows = ()
        for row in rows:
            for shown in (row.label, row.button, row.value, row.problem):
                assert shown is None or self.said(shown)
        if isinstance(activity, Confirm):
            assert all(self.said(fact.value) for fact in identification_rows(activity))
        if isinstance(activity, DevicePage):
            assert all(self.said(fact.value) for fact in device_rows(activity))
        if isinstance(activity, DeviceList):
            assert all(self.said(row.said) for row in list_rows(activity.known))

    def said_of(self, page: VerdictPage) -> None:
        view = clerk_view(page.examined)
        for row in (*verdict_rows(page.examined.verdict), *view.verdict):
            assert self.said(row.title)
            assert all(self.said(why) for why in row.why)
        for fact in (*view.holder, *view.technical):
            assert self.said(fact.label)
            assert self.said(fact.value)

    @invariant()
    def a_check_is_never_kept(self) -> None:
        activity = self.session.activity
        page = activity.page if isinstance(activity, ClerkPage) else activity
        if isinstance(getattr(page, "errand", None), Checking) or isinstance(page, TypePin):
            assert drafts.draft_of(self.session) is None

    @invariant()
    def one_can_go_back_stop_and_ask_for_help(self) -> None:
        session = replace(self.session, overlay=Overlay.NONE, help_open=False)
        if not isinstance(session.activity, Ended):
            assert step(session, ev.HelpOpened())[0].help_open
        if can_stop(session):
            stopped, _effects = step(session, ev.StopAsked())
            assert stopped.overlay is Overlay.STOP or isinstance(
                session.activity, Done | VerdictPage | Identified | ReportDone
            )
        if can_go_back(session):
            back, _effects = step(session, ev.Back())
            assert (back.activity, back.overlay) != (session.activity, session.overlay)

    @invariant()
    def no_device_is_the_only_way(self) -> None:
        """From whatever a sensor or a camera is needed for, one touch leads on without it."""
        session = replace(self.session, overlay=Overlay.NONE, help_open=False)
        if not isinstance(session.activity, FingerprintState | ScanningState):
            return
        assert ev.Refused() in [action.event for action in wording(session).actions]
        on, _effects = step(session, ev.Refused())
        assert not isinstance(on.activity, FingerprintState | ScanningState)

    @invariant()
    def fingers_are_where_they_are_needed_and_nowhere_else(self) -> None:
        session = self.session
        if isinstance(session.activity, Identified):
            assert all(entry.template is None for entry in _entries(session.activity))
        if isinstance(session.activity, FingerprintState):
            assert drafts.draft_of(session) is None

    @invariant()
    def nobody_stays_for_ever(self) -> None:
        over, effects = step(self.session, ev.TimePassed(10_000, TODAY))
        if isinstance(over.activity, Welcome | DeviceList):
            assert over.idle.seconds == 0
        else:
            assert isinstance(over.activity, Ended)
            assert any(isinstance(effect, EndSession) for effect in effects) or isinstance(
                self.session.activity, Ended
            )

    @invariant()
    def nothing_is_left_of_who_has_gone(self) -> None:
        session = self.session
        assert MARK not in repr(session)
        if isinstance(session.activity, Ended | Welcome | ReadinessState):
            assert MARK not in texts_in(session)
            assert drafts.draft_of(session) is None
        if isinstance(session.activity, Ended):
            begun, _effects = step(session, ev.Started(OTHERS, OTHERS, TODAY))
            assert begun == begin(
                session_id=OTHERS,
                operation_id=OTHERS,
                today=TODAY,
                office=session.office,
                network=session.network,
            )

    @invariant()
    def a_draft_can_be_written_and_read(self) -> None:
        draft = drafts.draft_of(self.session)
        if draft is None:
            return
        plain = canonical.decode(canonical.encode(draft), limit=1 << 20)
        assert plain == draft
        restored = drafts.session_from_draft(draft, fresh(self.session.office))
        assert isinstance(restored, Session)
        assert form_of(restored) == form_of(self.session)


TestKiosk = Kiosk.TestCase
TestKiosk.settings = settings(
    max_examples=200,
    stateful_step_count=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
