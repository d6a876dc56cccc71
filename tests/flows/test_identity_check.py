"""The check "Controlla la tua carta": what a citizen sees of a document that was proven, and what is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from kiosk.flows import drafts, verdicts
from kiosk.flows import events as ev
from kiosk.flows.citizen.identity_check import (
    CLERK,
    IDENTITY_CARD,
    PROVE,
    REGISTER,
    ClerkPage,
    HealthCardFile,
    PinRefused,
    ProvenHealthCard,
    ProvingPin,
    TypePin,
    VerdictPage,
)
from kiosk.flows.citizen.preregistration import Review
from kiosk.flows.document_check import (
    DocumentReading,
    Finding,
    Headline,
    HolderClaim,
    PinTries,
    Property,
    Verdict,
)
from kiosk.flows.effects import (
    AbandonReading,
    AskPinTries,
    EndSession,
    ForgetDocument,
    ProveHealthCard,
    ReadCard,
    StopWatchingCard,
    WatchCard,
)
from kiosk.flows.session import Session, begin, step
from kiosk.flows.speech import spoken
from kiosk.flows.wording import wording
from kiosk.strings.catalogue import Catalogue
from sync.model.preregistration import DataSource
from tests.flows.documents import (
    CAN,
    CHECK,
    EXPIRED,
    FORGED,
    FORM_TO_READING,
    MARIO,
    OTHERS,
    PIN,
    PROOF,
    SOUND,
    TO_INSERT,
    TO_READING,
    TRIES,
    UNPROVEN,
    at_file,
    at_pin,
    at_proof,
    at_verdict,
    reading,
    verdict,
)
from tests.flows.walking import (
    OFFICE,
    OPERATION,
    REST,
    ROSSI,
    SESSION,
    TODAY,
    FlowStep,
    after,
    choose,
    effects_of,
    fresh,
    recorded_by,
    walk,
    write,
)

I = "identity-check."  # noqa: E741  # as P and D in the other walks
ITALIAN = Catalogue.load("it")
FILE = HealthCardFile(ROSSI, verdicts.of_a_file_alone(ROSSI, TODAY))
WIPED = (StopWatchingCard(), EndSession(SESSION))
UNTOLD = PinTries(None, last=False, blocked=False)


def heard(session: Session) -> str:
    return "\n".join(ITALIAN.say(part) for part in spoken(session))


def buttons(session: Session) -> list[str]:
    return [action.label.key for action in wording(session).actions]


# --- the way there


@pytest.mark.rule("R-001-2")
def test_a_citizen_has_a_document_checked() -> None:
    walk(
        fresh(),
        FlowStep(ev.ServiceChosen(ev.Service.IDENTITY_CHECK), f"{I}intro"),
        FlowStep(ev.Continued(), f"{I}choose-card"),
        FlowStep(choose(IDENTITY_CARD), "identity-document.type-can"),
    )
    sound = at_verdict()
    said = heard(sound)
    assert "La carta è in regola" in said
    assert "È autentica" in said
    assert "I dati del chip sono originali" in said
    assert "Furti e smarrimenti qui non si vedono" in said
    assert "Non è una copia" in said
    walk(sound, FlowStep(ev.Continued(), "ended", (ForgetDocument(), *WIPED)))


def test_back_leads_out_step_by_step() -> None:
    walk(
        after(fresh(), *CHECK),
        FlowStep(ev.Back(), f"{I}intro"),
        FlowStep(ev.Back(), "welcome"),
    )


def test_a_station_without_a_contactless_reader_offers_the_health_card_alone() -> None:
    office = replace(OFFICE, reads_documents=False)
    chooses = after(fresh(office), *CHECK)
    assert buttons(chooses) == ["identity-check.choose-card.health-card"]
    assert after(chooses, choose(IDENTITY_CARD)) == chooses
    inserts = after(fresh(office), *FORM_TO_READING[:3])
    assert "preregistration.insert-card.identity-card" not in buttons(inserts)
    assert after(inserts, choose(IDENTITY_CARD)) == inserts


# --- the verdict


@pytest.mark.parametrize(
    ("judged", "headline"),
    [
        (SOUND, Headline.SOUND),
        (verdict(holder=Finding.PROVEN), Headline.SOUND),
        (verdict(not_revoked=Finding.NOT_PROVABLE), Headline.SOUND),
        (UNPROVEN, Headline.UNPROVEN),
        (verdict(not_cloned=Finding.NOT_PROVABLE), Headline.UNPROVEN),
        (verdict(in_date=Finding.NOT_PROVABLE), Headline.UNPROVEN),
        (EXPIRED, Headline.EXPIRED),
        (OTHERS, Headline.OTHER_HOLDER),
        (verdict(holder=Finding.REFUTED, in_date=Finding.REFUTED), Headline.OTHER_HOLDER),
        (FORGED, Headline.WRONG),
        (verdict(not_cloned=Finding.REFUTED, in_date=Finding.REFUTED), Headline.WRONG),
        (verdict(genuine=Finding.REFUTED, holder=Finding.REFUTED), Headline.WRONG),
        (Verdict(), Headline.UNPROVEN),
    ],
)
def test_one_headline_for_each_verdict(judged: Verdict, headline: Headline) -> None:
    assert judged.headline is headline
    session = at_verdict(reading(judged=judged))
    assert wording(session).title.key == f"headline.{headline.value}.title"
    assert heard(session)


@pytest.mark.parametrize("found", list(Finding))
def test_a_line_for_each_property_says_what_was_found_and_why(found: Finding) -> None:
    names = {what.name.lower(): found for what in Property}
    rows = verdicts.rows(verdict(**names))
    assert [row.property for row in rows] == list(Property)
    for row in rows:
        assert row.finding is found
        assert ITALIAN.say(row.title)
        assert all(ITALIAN.say(why) for why in row.why)
        assert row.codes == ()


def test_the_page_of_a_forged_card_offers_no_data() -> None:
    session = at_verdict(reading(judged=FORGED))
    assert buttons(session) == [f"{I}verdict.continue", f"{I}verdict.clerk"]
    assert [action.main for action in wording(session).actions] == [False, True]
    assert after(session, choose(REGISTER), choose(PROVE)) == session


def test_the_clerks_page_leads_back() -> None:
    session = at_verdict()
    walk(session, FlowStep(choose(CLERK), f"{I}clerk"), FlowStep(ev.Back(), f"{I}verdict"))
    walk(session, FlowStep(choose(CLERK), f"{I}clerk"), FlowStep(ev.Continued(), f"{I}verdict"))


def test_what_the_clerks_page_shows() -> None:
    view = verdicts.clerk_view(reading(judged=FORGED))
    assert view.headline is Headline.WRONG
    assert view.face is not None
    shown = {ITALIAN.say(fact.label): ITALIAN.say(fact.value) for fact in view.holder}
    assert shown["Cognome"] == "ROSSI"
    assert shown["Luogo di nascita"] == "ROMA (RM)"
    assert shown["Data di nascita"] == "01/01/1980"
    assert shown["Scade il"] == "1 gennaio 2030"
    facts = [(ITALIAN.say(fact.label), ITALIAN.say(fact.value)) for fact in view.technical]
    assert facts == [
        ("Protocollo", "PACE DH-GM 3DES"),
        ("Contatti persi", "1"),
        ("pace", "DH-GM 3DES"),
        ("files", "7"),
    ]
    genuine = view.verdict[0]
    assert (genuine.finding, genuine.codes) == (Finding.REFUTED, ("genuine.signature-wrong",))
    assert "EF.SOD" in ITALIAN.say(genuine.why[0])
    assert "Cognome: ROSSI" in heard(after(at_verdict(), choose(CLERK)))


def test_the_clerk_is_told_of_cut_names_guessed_centuries_and_places_abroad() -> None:
    abroad = replace(MARIO, birth_place="PARIS", birth_province="", names_cut=True, expires_on=None)
    view = verdicts.clerk_view(reading(abroad))
    shown = {ITALIAN.say(fact.label): ITALIAN.say(fact.value) for fact in view.holder}
    assert shown["Luogo di nascita"] == "PARIS"
    assert "tagliati" in shown["Nomi"]
    assert "Scade il" not in shown
    assert "Secolo di nascita" not in shown
    old = replace(MARIO, birth_date="20230101", century_guessed=True)
    view = verdicts.clerk_view(reading(old))
    shown = {ITALIAN.say(fact.label): ITALIAN.say(fact.value) for fact in view.holder}
    assert "cent'anni prima" in shown["Secolo di nascita"]


def test_the_clerk_reads_what_the_services_number_says() -> None:
    read = replace(reading(), facts=(("nis", "nis.weak nis.challenge"), ("", "x"), ("y", "")))
    said = [ITALIAN.say(fact.value) for fact in verdicts.clerk_view(read).technical[2:]]
    assert len(said) == 2
    assert said[0].startswith("Controllo debole")


@pytest.mark.parametrize(
    "code", ["card.protocol", "card.record-empty", "reader.absent", "reader.failed"]
)
def test_a_check_never_offers_to_go_on_without_a_card(code: str) -> None:
    broken = after(fresh(), *TO_INSERT, ev.CardInserted(), ev.CardReadFailed(SESSION, code))
    away = after(fresh(), *TO_INSERT, ev.ReaderFailed(code))
    for session in (broken, away):
        assert "ontinua senza" not in heard(session)


def test_an_expired_health_card_is_renewed_where_it_came_from() -> None:
    session = after(
        fresh(),
        *TO_INSERT,
        ev.CardInserted(),
        ev.CardRead(SESSION, replace(ROSSI, expires_on="01012020")),
    )
    assert "Chiedine una nuova alla tua ASL." in heard(session)


def test_another_card_can_be_checked_at_once() -> None:
    walk(
        at_verdict(),
        FlowStep(ev.Back(), f"{I}choose-card", (ForgetDocument(),)),
    )


def test_a_card_that_stays_on_the_reader_is_mentioned() -> None:
    session = after(at_verdict(), ev.CardInserted())
    assert "identity-document.take" in [line.key for line in wording(session).body]
    assert "card.take" in [line.key for line in wording(after(session, ev.Continued())).body]


def test_leaving_a_verdict_needs_no_question() -> None:
    walk(at_verdict(), FlowStep(ev.StopAsked(), "ended", WIPED))
    walk(after(at_verdict(), choose(CLERK)), FlowStep(ev.StopAsked(), f"{I}clerk+stop"))


# --- the data go on into a registration


def test_the_data_begin_a_registration() -> None:
    began = walk(
        at_verdict(),
        FlowStep(choose(REGISTER), "preregistration.ask-membership", (ForgetDocument(),)),
        FlowStep(choose("no"), "preregistration.privacy"),
        FlowStep(ev.Continued(), "preregistration.review", (WatchCard(),)),
    )
    state = began.activity
    assert isinstance(state, Review)
    assert (state.form.document_used, state.form.read_before) == (True, False)
    walk(
        began,
        FlowStep(ev.Back(), "preregistration.insert-card"),
        FlowStep(ev.Back(), "preregistration.privacy"),
        FlowStep(ev.Continued(), "preregistration.insert-card", (WatchCard(),)),
    )


def test_what_the_chip_says_is_recorded_as_such() -> None:
    session = after(
        at_verdict(),
        *(choose(REGISTER), choose("no"), ev.Continued(), ev.Continued()),
        *REST[:8],
        choose("in-person"),
    )
    operation = recorded_by(session)
    assert operation.source is DataSource.IDENTITY_DOCUMENT
    assert operation.document.number == "CA12345AA"
    assert operation.document.issued_on == date(2020, 2, 1)


def test_the_data_file_of_a_health_card_begins_a_registration_too() -> None:
    for session in (at_file(), at_proof()):
        began = after(session, choose(REGISTER), choose("no"), ev.Continued())
        assert isinstance(began.activity, Review)
        assert not began.activity.form.document_used


# --- the verdict while a form waits


@pytest.mark.parametrize("judged", [SOUND, UNPROVEN, EXPIRED])
def test_a_form_is_filled_where_nothing_speaks_against_the_card(judged: Verdict) -> None:
    session = walk(
        after(fresh(), *FORM_TO_READING),
        FlowStep(
            ev.DocumentRead(SESSION, reading(judged=judged)),
            "preregistration.review",
            (ForgetDocument(), WatchCard()),
        ),
    )
    assert isinstance(session.activity, Review)
    assert session.activity.form.card_expired is (judged is EXPIRED)
    said = [line.key for line in wording(session).body]
    assert "preregistration.review.document-body" in said


def test_a_forged_card_fills_no_form() -> None:
    session = walk(
        after(fresh(), *FORM_TO_READING),
        FlowStep(ev.DocumentRead(SESSION, reading(judged=FORGED)), f"{I}verdict", (WatchCard(),)),
    )
    assert buttons(session) == [f"{I}verdict.without", f"{I}verdict.clerk"]
    assert after(session, ev.Continued()) == session
    walk(
        session,
        FlowStep(ev.Refused(), "preregistration.asking.codice-fiscale", (ForgetDocument(),)),
    )
    walk(
        session,
        FlowStep(ev.Back(), "preregistration.insert-card", (ForgetDocument(), WatchCard())),
    )


def test_data_of_somebody_else_are_shown_before_they_are_used() -> None:
    session = walk(
        after(fresh(), *FORM_TO_READING),
        FlowStep(ev.DocumentRead(SESSION, reading(judged=OTHERS)), f"{I}verdict", (WatchCard(),)),
    )
    walk(
        session,
        FlowStep(choose(CLERK), f"{I}clerk"),
        FlowStep(ev.Back(), f"{I}verdict"),
        FlowStep(ev.Continued(), "preregistration.review", (ForgetDocument(), WatchCard())),
    )
    assert drafts.draft_of(session) is None  # nothing was typed


# --- the health card


def test_a_data_file_alone_proves_nothing() -> None:
    session = walk(
        after(fresh(), *TO_INSERT),
        FlowStep(ev.CardInserted(), f"{I}reading-health-card", (ReadCard(SESSION),)),
        FlowStep(ev.CardRead(SESSION, ROSSI), f"{I}verdict"),
    )
    state = session.activity
    assert isinstance(state, VerdictPage)
    assert state.examined.verdict.headline is Headline.UNPROVEN
    assert all(
        judgement.finding is Finding.NOT_PROVABLE for judgement in state.examined.verdict.judgements
    )
    assert "Da soli non provano niente" in heard(session)
    assert f"{I}verdict.prove" in buttons(session)


def test_the_runtimes_own_verdict_of_a_data_file_is_taken() -> None:
    session = after(fresh(), *TO_INSERT, ev.CardInserted(), ev.CardRead(SESSION, ROSSI, UNPROVEN))
    assert isinstance(session.activity, VerdictPage)
    assert session.activity.examined == HealthCardFile(ROSSI, UNPROVEN)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("01012030", Finding.NOT_PROVABLE),
        ("01012020", Finding.REFUTED),
        ("", Finding.NOT_PROVABLE),
        ("99999999", Finding.NOT_PROVABLE),
    ],
)
def test_the_date_of_a_data_file(text: str, found: Finding) -> None:
    judged = verdicts.of_a_file_alone(replace(ROSSI, expires_on=text), TODAY)
    assert judged.finding(Property.IN_DATE) is found


def test_the_clerk_sees_what_the_health_card_says() -> None:
    shown = [
        ITALIAN.say(fact.value) for fact in verdicts.clerk_view(HealthCardFile(ROSSI, SOUND)).holder
    ]
    assert shown[0] == "ROSSI"
    assert "VIA GARIBALDI 12/A, Torino" in shown
    state = at_proof().activity
    assert isinstance(state, VerdictPage)
    proven = [ITALIAN.say(fact.value) for fact in verdicts.clerk_view(state.examined).holder]
    assert proven == ["ROSSI", "MARIO", "RSSMRA80A01H501U", "1 gennaio 2030"]


def test_a_reader_that_is_away_and_a_card_that_cannot_be_read() -> None:
    walk(
        after(fresh(), *TO_INSERT),
        FlowStep(ev.ReaderFailed("reader.absent"), f"{I}insert-health-card"),
        FlowStep(ev.Continued(), f"{I}insert-health-card", (WatchCard(),)),
        FlowStep(ev.CardRemoved(), f"{I}insert-health-card"),
        FlowStep(ev.CardInserted(), f"{I}reading-health-card", (ReadCard(SESSION),)),
        FlowStep(ev.CardReadFailed(SESSION, "card.removed"), f"{I}health-card-failed"),
        FlowStep(ev.CardInserted(), f"{I}reading-health-card", (ReadCard(SESSION),)),
        FlowStep(ev.ReaderFailed("reader.absent"), f"{I}health-card-failed", (AbandonReading(),)),
        FlowStep(ev.Continued(), f"{I}insert-health-card", (WatchCard(),)),
        FlowStep(ev.CardInserted(), f"{I}reading-health-card", (ReadCard(SESSION),)),
        FlowStep(ev.Back(), f"{I}insert-health-card", (AbandonReading(),)),
        FlowStep(ev.Back(), f"{I}choose-card"),
    )
    broken = after(
        fresh(), *TO_INSERT, ev.CardInserted(), ev.CardReadFailed(SESSION, "card.removed")
    )
    walk(broken, FlowStep(ev.Refused(), f"{I}choose-card"))


# --- the PIN


def test_the_pin_proves_the_health_card() -> None:
    claim = HolderClaim(codice_fiscale="RSSMRA80A01H501U")
    proven = walk(
        at_file(),
        FlowStep(choose(PROVE), f"{I}asking-tries", (AskPinTries(SESSION),)),
        FlowStep(ev.PinTriesTold(SESSION, TRIES), f"{I}type-pin"),
        FlowStep(write(PIN), f"{I}proving-pin", (ProveHealthCard(SESSION, PIN, claim),)),
        FlowStep(ev.HealthCardProven(SESSION, PROOF), f"{I}verdict"),
    )
    assert isinstance(proven.activity, VerdictPage)
    assert isinstance(proven.activity.examined, ProvenHealthCard)
    assert f"{I}verdict.prove" not in buttons(proven)
    assert proven.activity.examined.verdict.headline is Headline.SOUND


def test_a_card_that_proves_itself_under_another_name_has_a_changed_file() -> None:
    session = after(
        at_pin(), *write(PIN), ev.HealthCardProven(SESSION, replace(PROOF, verdict=OTHERS))
    )
    assert wording(session).title.key == "headline.wrong.title"
    assert "non sono quelli della sua firma" in heard(session)
    assert f"{I}verdict.register" not in buttons(session)


@pytest.mark.parametrize(
    ("person", "claim"),
    [
        ({"codice_fiscale": ""}, HolderClaim(surname="ROSSI", name="MARIO")),
        ({"codice_fiscale": "", "surname": "", "name": ""}, None),
    ],
)
def test_without_a_codice_fiscale_the_name_says_whose_card_it_is(
    person: dict[str, str], claim: HolderClaim | None
) -> None:
    file = replace(FILE, card=replace(FILE.card, **person))
    asked = replace(at_pin(), activity=TypePin(file, TRIES))
    _, (effect,) = step(after(asked, ev.TextChanged(PIN)), ev.TextDone())
    assert isinstance(effect, ProveHealthCard)
    assert effect.claim == claim


def test_a_card_of_another_person_is_not_asked_again() -> None:
    other = after(at_pin(), *write(PIN), ev.HealthCardProofFailed(SESSION, "token.other-person"))
    assert other.activity == PinRefused(FILE, "token.other-person")
    assert "non abbiamo provato il PIN" in heard(other)


def test_the_pin_is_gone_with_the_effect_that_carries_it() -> None:
    proving, effects = step(after(at_pin(), ev.TextChanged(PIN)), ev.TextDone())
    assert proving.activity == ProvingPin(FILE)
    assert PIN not in repr(effects)
    assert PIN not in repr(after(at_pin(), ev.TextChanged(PIN)))


def test_the_pin_is_never_read_aloud() -> None:
    said = heard(after(at_pin(), ev.TextChanged(PIN)))
    assert "Hai scritto 5 cifre." in said
    assert PIN not in said
    assert PIN not in said.replace(" ", "")


def test_the_tries_are_said_before_the_first_digit() -> None:
    assert "Hai ancora 3 tentativi." in heard(at_pin())


@pytest.mark.parametrize(
    ("tries", "code"),
    [
        (PinTries(1, last=True, blocked=False), "token.pin-last-try"),
        (PinTries(None, last=True, blocked=False), "token.pin-last-try"),
        (PinTries(1, last=False, blocked=False), "token.pin-last-try"),
        (PinTries(0, last=False, blocked=True), "token.pin-blocked"),
        (PinTries(0, last=False, blocked=False), "token.pin-blocked"),
    ],
)
def test_the_last_try_is_never_spent(tries: PinTries, code: str) -> None:
    asked = after(at_file(), choose(PROVE), ev.PinTriesTold(SESSION, tries))
    assert asked.activity == PinRefused(FILE, code)
    wrong = after(
        at_pin(), *write(PIN), ev.HealthCardProofFailed(SESSION, "token.pin-wrong", tries)
    )
    assert wrong.activity == asked.activity
    assert after(wrong, ev.Refused()) == wrong
    walk(wrong, FlowStep(ev.Continued(), f"{I}verdict"))


def test_a_wrong_pin_is_asked_for_again_while_tries_are_left() -> None:
    left = PinTries(2, last=False, blocked=False)
    again = after(at_pin(), *write(PIN), ev.HealthCardProofFailed(SESSION, "token.pin-wrong", left))
    assert isinstance(again.activity, TypePin)
    assert (again.activity.wrong, again.activity.entry.text) == (True, "")
    assert "Il PIN non è giusto." in heard(again)
    assert "Hai ancora 2 tentativi." in heard(again)


def test_a_card_that_does_not_tell_its_tries_is_not_asked_for_its_pin() -> None:
    """However often it is tried: the kiosk cannot know which try is the last."""
    session = at_file()
    for _ in range(3):
        session, effects = step(after(session, choose(PROVE)), ev.PinTriesTold(SESSION, UNTOLD))
        assert session.activity == PinRefused(FILE, "token.tries-untold")
        assert effects == ()
        assert "Per sicurezza qui ci fermiamo." in heard(session)
        assert after(session, *write(PIN)) == session
        session = after(session, ev.Continued())


@pytest.mark.parametrize("tries", [None, UNTOLD])
def test_where_the_card_tells_its_tries_no_more_one_pin_is_all(tries: PinTries | None) -> None:
    wrong = after(
        at_pin(), *write(PIN), ev.HealthCardProofFailed(SESSION, "token.pin-wrong", tries)
    )
    assert wrong.activity == PinRefused(FILE, "token.pin-wrong")
    assert not wrong.activity.may_retry


@pytest.mark.parametrize(
    ("code", "retry"),
    [
        ("token.absent", True),
        ("token.crashed", True),
        ("token.timeout", True),
        ("token.unsupported-card", False),
        ("token.module-absent", False),
        ("token.pin-blocked", False),
        ("token.not-genuine", False),
    ],
)
def test_what_can_help_is_offered_and_nothing_else(code: str, retry: bool) -> None:  # noqa: FBT001
    for session in (after(at_file(), choose(PROVE)), after(at_pin(), *write(PIN))):
        refused = after(session, ev.HealthCardProofFailed(SESSION, code))
        assert (f"{I}pin-refused.refuse" in buttons(refused)) is retry
        again = effects_of(refused, ev.Refused())
        assert again == ((AskPinTries(SESSION),) if retry else ())


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (write(""), "pin.empty"),
        (write("1234"), "pin.length"),
        ((ev.TextChanged("123456789"),), "pin.length"),
        ((ev.TextChanged("12x"),), "pin.characters"),
    ],
)
def test_what_can_be_no_pin_costs_no_try(typed: tuple[ev.Event, ...], code: str) -> None:
    state = after(at_pin(), *typed).activity
    assert isinstance(state, TypePin)
    assert state.problem is not None
    assert state.problem.code == code


def test_a_card_that_is_taken_out_ends_the_proof() -> None:
    asking = after(at_file(), choose(PROVE))
    walk(asking, FlowStep(ev.CardRemoved(), f"{I}insert-health-card", (AbandonReading(),)))
    walk(at_pin(), FlowStep(ev.CardRemoved(), f"{I}insert-health-card"))
    proving = after(at_pin(), *write(PIN))
    walk(proving, FlowStep(ev.CardRemoved(), f"{I}insert-health-card", (AbandonReading(),)))


def test_back_from_the_pin_leads_to_the_verdict() -> None:
    walk(at_pin(), FlowStep(ev.Back(), f"{I}verdict"))
    walk(after(at_file(), choose(PROVE)), FlowStep(ev.Back(), f"{I}verdict", (AbandonReading(),)))
    proving = after(at_pin(), *write(PIN))
    walk(proving, FlowStep(ev.Back(), f"{I}verdict", (AbandonReading(),)))
    assert after(proving, ev.HealthCardProofFailed(SESSION, "token.abandoned")) == proving


@pytest.mark.parametrize(
    "event",
    [
        ev.PinTriesTold(UUID(int=9), TRIES),
        ev.HealthCardProven(UUID(int=9), PROOF),
        ev.HealthCardProofFailed(UUID(int=9), "token.pin-wrong"),
    ],
)
def test_answers_for_somebody_else_change_nothing(event: ev.Event) -> None:
    for session in (after(at_file(), choose(PROVE)), after(at_pin(), *write(PIN))):
        assert after(session, event) == session


# --- nothing is left


@pytest.mark.parametrize("make", [at_verdict, at_file, at_pin, at_proof])
def test_no_draft_is_kept_and_no_repr_shows_a_person(make: object) -> None:
    session = {at_verdict: at_verdict, at_file: at_file, at_pin: at_pin, at_proof: at_proof}[make]()  # type: ignore[index]
    assert drafts.draft_of(session) is None
    for secret in ("ROSSI", "MARIO", "RSSMRA", "CA12345AA", "GARIBALDI", CAN, PIN):
        assert secret not in repr(session)
    for event in (ev.TimePassed(90, TODAY), ev.StopAsked()):
        over = after(session, event, ev.StopConfirmed())
        begun = after(over, ev.Started(UUID(int=7), UUID(int=8), TODAY))
        assert begun == begin(
            session_id=UUID(int=7), operation_id=UUID(int=8), today=TODAY, office=OFFICE
        )


def test_a_crash_during_a_check_leaves_nothing_to_come_back_to() -> None:
    for session in (at_verdict(), after(at_verdict(), choose(CLERK)), at_pin()):
        assert drafts.draft_of(session) is None


def test_what_was_read_is_kept_only_after_the_privacy_notice() -> None:
    began = after(at_verdict(), choose(REGISTER))
    for session in (began, after(began, choose("no"))):
        assert drafts.draft_of(session) is None
    assert drafts.draft_of(after(began, choose("no"), ev.Continued())) is not None


def test_face_and_holder_are_gone_when_the_verdict_is_left() -> None:
    for event in (ev.Back(), choose(REGISTER), ev.Continued()):
        left = after(at_verdict(), event)
        assert not isinstance(left.activity, VerdictPage | ClerkPage)
        assert not any(isinstance(part, DocumentReading) for part in _parts(left.activity))


def _parts(value: object) -> list[object]:
    names = getattr(type(value), "__slots__", ())
    inner = [getattr(value, name) for name in names] if not isinstance(value, str) else []
    return [value, *(part for each in inner for part in _parts(each))]


def test_an_operation_id_is_not_spent_by_a_check() -> None:
    assert at_verdict().operation_id == OPERATION
    assert effects_of(after(fresh(), *TO_READING), ev.TimePassed(1, TODAY)) == ()
