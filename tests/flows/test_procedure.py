"""What a person concludes with their codes: the pages, and what they ask of the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

import pytest

from kiosk.flows import events as ev
from kiosk.flows import procedure_wording
from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import FOR_ANOTHER, FOR_MYSELF, OWN_QUESTION, TYPE_ALL, Rule
from kiosk.flows.effects import EndSession, ReadCard, StopWatchingCard, WatchCard
from kiosk.flows.events import Event, Service
from kiosk.flows.home_effects import (
    AbandonCodes,
    Conclude,
    ForgetSecrets,
    KeepSecret,
    ProposeUsername,
    SecretField,
    ShowCodes,
)
from kiosk.flows.home_events import (
    CodesAccepted,
    CodesDenied,
    CodesUnchecked,
    Conclusive,
    OutcomeTold,
    RevealToggled,
    SecretKept,
    SecretTyped,
    UsernameDenied,
    UsernameFree,
    UsernameUnchecked,
)
from kiosk.flows.office import Network
from kiosk.flows.progress import progress
from kiosk.flows.session import Overlay, Session, screen_name
from kiosk.flows.speech import spoken
from kiosk.flows.wording import can_go_back, can_stop, wording
from kiosk.strings.catalogue import Catalogue
from sync.model.codes import make_code
from sync.model.credential import OperationKind
from sync.model.home import HomeStep
from sync.texts.acceptance import to_accept
from tests.flows.walking import (
    OPERATION,
    ROSSI,
    SESSION,
    TODAY,
    FlowStep,
    after,
    choose,
    effects_of,
    fresh,
    walk,
    write,
)
from tests.screens.procedure_sessions import VISIT, procedure_activities

P: Final = "procedure."
CF: Final = ROSSI.codice_fiscale
CODE: Final = make_code(lambda below: below // 2).decode()
PIN: Final = "48260713"
PASSWORD: Final = "nuvola trapano sedia fiume"
NEXT: Final = UUID(int=3)

STEPS: Final = {
    OperationKind.RISCONTRO_FORTE: (
        HomeStep.REGULATION,
        HomeStep.PRIVACY,
        HomeStep.SIGN,
        HomeStep.USERNAME,
        HomeStep.PASSWORD,
        HomeStep.SECRET_QUESTION,
    ),
    OperationKind.PROMOZIONE: (HomeStep.REGULATION, HomeStep.PRIVACY, HomeStep.SIGN),
    OperationKind.RESET: (
        HomeStep.REGULATION,
        HomeStep.PRIVACY,
        HomeStep.OLD_USER_ENDS,
        HomeStep.SIGN,
        HomeStep.USERNAME,
        HomeStep.PASSWORD,
        HomeStep.SECRET_QUESTION,
    ),
    OperationKind.RIGENERA_PIN: (HomeStep.CONDITIONS,),
    OperationKind.REVOCA: (HomeStep.CONDITIONS, HomeStep.SIGN),
}


def online() -> Session:
    return replace(fresh(), network=Network.ONLINE)


def secret(which: SecretField, text: str) -> tuple[Event, Event]:
    return SecretTyped(which, text), ev.TextDone()


def answer(text: str, *, in_password: bool = False) -> tuple[Event, ...]:
    kept = SecretKept(SESSION, SecretField.ANSWER, len(text), same=in_password)
    return SecretTyped(SecretField.ANSWER, text), kept, ev.TextDone()


def at_codes(service: Service = Service.ACTIVATION, whose: str = FOR_MYSELF) -> Session:
    """The page of the code."""
    return after(online(), ev.ServiceChosen(service), choose(whose), *write(CF))


def checking(service: Service = Service.ACTIVATION, whose: str = FOR_MYSELF) -> Session:
    """The hub looks at the codes."""
    page = after(at_codes(service, whose), *secret(SecretField.CODE, CODE))
    return after(page, *secret(SecretField.PIN, PIN)) if service is Service.ACTIVATION else page


def opened(kind: OperationKind, *, whose: str = FOR_MYSELF, old: str = "") -> Session:
    """The first page of what the codes opened."""
    service = Service.REVOCATION if kind is OperationKind.REVOCA else Service.ACTIVATION
    accepted = CodesAccepted(SESSION, kind, STEPS[kind], 1800, old)
    return after(checking(service, whose), accepted)


def at_username(kind: OperationKind = OperationKind.RISCONTRO_FORTE) -> Session:
    texts = STEPS[kind].index(HomeStep.USERNAME)
    return after(opened(kind), *[ev.Continued()] * texts)


def at_password() -> Session:
    return after(at_username(), *write("Mario.Rossi"), UsernameFree(SESSION, "mario.rossi"))


def at_question() -> Session:
    return after(
        at_password(),
        SecretTyped(SecretField.PASSWORD, PASSWORD),
        SecretKept(SESSION, SecretField.PASSWORD, len(PASSWORD), strength=4),
        ev.TextDone(),
        SecretTyped(SecretField.PASSWORD_AGAIN, PASSWORD),
        SecretKept(SESSION, SecretField.PASSWORD_AGAIN, len(PASSWORD), same=True),
        ev.TextDone(),
    )


def at_confirm() -> Session:
    return after(at_question(), choose("home.question.3"), *answer("Fido"))


def concluded(session: Session) -> Conclude:
    (effect,) = effects_of(session, ev.Continued())
    assert isinstance(effect, Conclude)
    return effect


# --- the codes


@pytest.mark.rule("R-003-19")
def test_an_activation_asks_for_codice_fiscale_code_and_pin() -> None:
    walk(
        online(),
        FlowStep(ev.ServiceChosen(Service.ACTIVATION), f"{P}intro"),
        FlowStep(choose(FOR_MYSELF), f"{P}ask-codice-fiscale", (WatchCard(),)),
        FlowStep(write(CF), f"{P}ask-code", (ForgetSecrets((SecretField.CODE,), ticket=False),)),
        FlowStep(
            secret(SecretField.CODE, f"{CODE[:4]}-{CODE[4:8]}-{CODE[8:]}".lower()),
            f"{P}ask-pin",
            (
                KeepSecret(SESSION, SecretField.CODE, CODE),
                ForgetSecrets((SecretField.PIN,), ticket=False),
            ),
        ),
        FlowStep(
            secret(SecretField.PIN, PIN),
            f"{P}checking-codes",
            (KeepSecret(SESSION, SecretField.PIN, PIN), ShowCodes(SESSION, CF, with_pin=True)),
        ),
    )


@pytest.mark.rule("R-003-19")
def test_a_revocation_asks_for_codice_fiscale_and_code_alone() -> None:
    walk(
        at_codes(Service.REVOCATION),
        FlowStep(
            secret(SecretField.CODE, CODE),
            f"{P}checking-codes",
            (KeepSecret(SESSION, SecretField.CODE, CODE), ShowCodes(SESSION, CF, with_pin=False)),
        ),
    )


def test_no_state_holds_a_secret() -> None:
    shown = [
        after(at_codes(), SecretTyped(SecretField.CODE, CODE)),
        after(at_codes(), *secret(SecretField.CODE, CODE), SecretTyped(SecretField.PIN, PIN)),
        checking(),
        at_question(),
        at_confirm(),
    ]
    for session in shown:
        held = str(_held(session.activity))
        assert not any(text in held for text in (CODE, PIN, PASSWORD, "Fido"))


def _held(value: object) -> object:
    """Every value below a state, as `repr` hides most of them."""
    names = getattr(type(value), "__slots__", ())
    if names:
        return [_held(getattr(value, name)) for name in names]
    return value


@pytest.mark.parametrize(
    ("which", "text", "problem"),
    [
        (SecretField.CODE, "", "code.empty"),
        (SecretField.CODE, CODE[:5], "code.length"),
        (SecretField.CODE, CODE[:-1] + ("2" if CODE[-1] != "2" else "3"), "code.check-letter"),
        (SecretField.PIN, "1234", "pin.length"),
    ],
)
def test_a_code_that_cannot_be_right_is_told_and_not_sent(
    which: SecretField, text: str, problem: str
) -> None:
    page = at_codes()
    if which is SecretField.PIN:
        page = after(page, *secret(SecretField.CODE, CODE))
    typing = after(page, SecretTyped(which, text))
    assert wording(typing).problem is None
    told = after(typing, ev.TextDone())
    said = wording(told).problem
    assert said is not None
    assert said.key == f"home.problem.{problem}"
    assert screen_name(told) == screen_name(page)
    assert wording(after(told, SecretTyped(which, "2"))).problem is None


def test_a_codice_fiscale_can_be_read_from_card_scanner_or_camera() -> None:
    asked = after(online(), ev.ServiceChosen(Service.ACTIVATION), choose(FOR_MYSELF))
    reading = walk(asked, FlowStep(ev.CardInserted(), f"{P}reading-card", (ReadCard(SESSION),)))
    filled = after(reading, ev.CardRead(SESSION, ROSSI))
    assert isinstance(filled.activity, states.AskCodiceFiscale)
    assert filled.activity.entry.text == CF
    assert screen_name(after(asked, ev.BarcodeTyped(f"*{CF}*"))) == f"{P}ask-code"
    equipped = replace(asked, office=replace(asked.office, scans_codes=True))
    scanning = after(equipped, choose("scan"))
    assert screen_name(scanning) == "scanning.codice-fiscale"
    purpose = scanning.activity.errand.purpose  # type: ignore[union-attr]
    assert screen_name(after(scanning, ev.BarcodeRead(SESSION, purpose, CF))) == f"{P}ask-code"
    assert screen_name(after(scanning, ev.Refused())) == f"{P}ask-codice-fiscale"


def test_a_card_that_cannot_be_read_says_why_and_leaves_the_field() -> None:
    asked = after(online(), ev.ServiceChosen(Service.ACTIVATION), choose(FOR_MYSELF))
    failed = after(asked, ev.CardInserted(), ev.CardReadFailed(SESSION, "card.removed"))
    said = wording(failed).problem
    assert said is not None
    assert said.key == "failure.card.removed.citizen"


def test_wrong_codes_are_typed_again_and_codes_that_are_over_are_not() -> None:
    wrong = after(checking(), CodesDenied(SESSION, "codes.wrong"))
    assert screen_name(wrong) == f"{P}codes-refused"
    assert screen_name(after(wrong, ev.Continued())) == f"{P}ask-pin"
    again = after(wrong, choose(TYPE_ALL))
    assert isinstance(again.activity, states.AskCodiceFiscale)
    assert again.activity.entry.text == CF
    over = after(checking(), CodesDenied(SESSION, "codes.expired"))
    assert [one.label.key for one in wording(over).actions] == [f"{P}codes-refused.leave"]
    assert screen_name(after(over, ev.Continued())) == "ended"


def test_a_wait_is_counted_down_and_nothing_is_tried_meanwhile() -> None:
    waiting = after(checking(), CodesDenied(SESSION, "codes.wait", 90))
    assert screen_name(after(waiting, ev.Continued())) == f"{P}codes-refused"
    assert wording(waiting).actions == ()
    assert ("n", 2) in wording(waiting).body[0].values
    passing: list[Event] = [ev.TimePassed(30, TODAY), ev.ScreenTouched()]
    later = after(waiting, *passing * 3)
    assert screen_name(after(later, ev.Continued())) == f"{P}ask-pin"


def test_without_an_answer_the_codes_are_kept_and_shown_again() -> None:
    unchecked = after(checking(), CodesUnchecked(SESSION, "link.no-answer"))
    assert screen_name(unchecked) == f"{P}codes-unchecked"
    assert effects_of(unchecked, ev.Continued()) == (ShowCodes(SESSION, CF, with_pin=True),)
    walk(
        unchecked,
        FlowStep(ev.Refused(), "ended", (StopWatchingCard(), EndSession(SESSION))),
    )
    assert AbandonCodes() in effects_of(checking(), ev.Back())


def test_without_a_network_the_first_page_says_what_works_later_and_where() -> None:
    office = replace(online().office, home_pages="credenziali.example.it")
    offline = after(
        replace(fresh(office), network=Network.OFFLINE), ev.ServiceChosen(Service.ACTIVATION)
    )
    said = wording(offline)
    assert [line.key for line in said.body] == [
        f"{P}intro.offline",
        f"{P}codes-stay",
        f"{P}at-home",
    ]
    assert screen_name(after(offline, ev.Refused())) == "ended"
    back = after(offline, ev.NetworkChanged(Network.ONLINE))
    assert len(wording(back).actions) == 2


def test_answers_for_another_session_mean_nothing() -> None:
    other = UUID(int=99)
    page = checking()
    kind = OperationKind.PROMOZIONE
    for answer in (
        CodesAccepted(other, kind, STEPS[kind], 60),
        CodesDenied(other, "codes.wrong"),
        CodesUnchecked(other, "link.no-answer"),
    ):
        assert after(page, answer) == page


# --- the steps of R-003-19


@pytest.mark.rule("R-003-19")
@pytest.mark.parametrize("kind", [OperationKind.PROMOZIONE, OperationKind.RIGENERA_PIN])
def test_what_keeps_username_and_password_ends_with_the_acceptance(kind: OperationKind) -> None:
    pages = len(STEPS[kind])
    last = after(opened(kind), *[ev.Continued()] * (pages - 1))
    effect = concluded(last)
    assert (effect.username, effect.question) == (None, "")
    assert effect.kind is kind
    assert effect.accepted == to_accept(kind)
    assert effect.operation_id == OPERATION


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-38")
def test_an_activation_accepts_signs_and_chooses_in_the_order_of_the_rule() -> None:
    done = walk(
        opened(OperationKind.RISCONTRO_FORTE),
        FlowStep((), f"{P}read-text.regulation"),
        FlowStep(ev.Continued(), f"{P}read-text.privacy"),
        FlowStep(ev.Continued(), f"{P}sign"),
        FlowStep(ev.Continued(), f"{P}choose-username"),
        FlowStep(
            write("Mario.Rossi"),
            f"{P}checking-username",
            (ProposeUsername(SESSION, "mario.rossi"),),
        ),
        FlowStep(UsernameFree(SESSION, "mario.rossi"), f"{P}choose-password", (ForgetSecrets,)),
    )
    assert isinstance(done.activity, states.ChoosePassword)
    effect = concluded(at_confirm())
    assert effect.username == "mario.rossi"
    assert effect.question == "home.question.3"
    assert effect.accepted == to_accept(OperationKind.RISCONTRO_FORTE)


@pytest.mark.rule("R-003-19")
def test_a_reset_confirms_that_the_old_user_ends_before_it_is_signed() -> None:
    page = after(opened(OperationKind.RESET, old="ma•••••si"), ev.Continued(), ev.Continued())
    assert screen_name(page) == f"{P}read-text.old_user"
    assert wording(page).body[0].values == (("username", "ma•••••si"),)
    signed = after(page, ev.Continued())
    assert screen_name(signed) == f"{P}sign"
    named = after(signed, ev.Continued())
    assert [line.key for line in wording(named).body][-1] == "home.username.rule.new"
    same = after(
        named, *write("mario.vecchio"), UsernameDenied(SESSION, "mario.vecchio", "username.old")
    )
    said = wording(same).problem
    assert said is not None
    assert said.key == "home.problem.username.old"


@pytest.mark.rule("R-003-19")
def test_a_revocation_is_confirmed_once_more_and_says_that_it_is_for_ever() -> None:
    page = after(opened(OperationKind.REVOCA), ev.Continued())
    assert screen_name(page) == f"{P}sign"
    assert wording(page).body[0].key == f"{P}sign.for-ever"
    assert concluded(page).accepted == to_accept(OperationKind.REVOCA)


@pytest.mark.rule("R-003-74")
@pytest.mark.parametrize("kind", list(STEPS))
def test_a_representative_concludes_on_behalf_of_the_represented(kind: OperationKind) -> None:
    page = opened(kind, whose=FOR_ANOTHER)
    titled = after(online(), ev.ServiceChosen(Service.ACTIVATION), choose(FOR_ANOTHER))
    assert wording(titled).title.key == f"{P}ask-codice-fiscale.another"
    if kind in {OperationKind.PROMOZIONE, OperationKind.REVOCA, OperationKind.RIGENERA_PIN}:
        last = after(page, *[ev.Continued()] * (len(STEPS[kind]) - 1))
        assert concluded(last).for_another
    else:
        sign = after(page, *[ev.Continued()] * STEPS[kind].index(HomeStep.SIGN))
        assert wording(sign).body[-1].key == "home.sign.another"


@pytest.mark.rule("R-003-47")
@pytest.mark.parametrize("language", ["it", "en"])
def test_the_texts_are_shown_and_read_aloud_before_anything_is_chosen(language: str) -> None:
    page = replace(opened(OperationKind.RISCONTRO_FORTE), language=language)
    privacy = after(page, ev.Continued())
    catalogue = Catalogue.load(language)
    for shown in (page, privacy):
        assert isinstance(shown.activity, states.ReadText)
        text = procedure_wording.legal_text(shown, shown.activity)
        heard = [catalogue.say(part) for part in spoken(shown)]
        assert text.sections[0].heading in heard
        assert text.language == language


def test_the_texts_name_who_releases_the_credentials() -> None:
    page = opened(OperationKind.RISCONTRO_FORTE)
    assert isinstance(page.activity, states.ReadText)
    named = replace(page, office=replace(page.office, authority="Regione Esempio"))
    for session, name in ((page, page.office.name), (named, "Regione Esempio")):
        text = procedure_wording.legal_text(session, page.activity)
        assert name in text.sections[0].blocks[0].paragraph


@pytest.mark.rule("R-003-38")
def test_who_does_not_accept_concludes_nothing() -> None:
    page = opened(OperationKind.RISCONTRO_FORTE)
    refused = after(page, ev.Refused())
    assert screen_name(refused) == f"{P}not-accepted"
    assert screen_name(after(refused, ev.Continued())) == f"{P}read-text.regulation"
    walk(refused, FlowStep(ev.Refused(), "ended", (StopWatchingCard(), EndSession(SESSION))))


def test_the_way_back_leads_step_by_step_and_out_only_after_a_question() -> None:
    page = after(at_password(), ev.Back())
    assert isinstance(page.activity, states.ChooseUsername)
    assert page.activity.entry.text == "mario.rossi"
    first = after(page, ev.Back(), ev.Back(), ev.Back())
    assert screen_name(first) == f"{P}read-text.regulation"
    asked = after(first, ev.Back())
    assert asked.overlay is Overlay.STOP


# --- username, password, question


def test_a_username_is_judged_here_before_the_hub_is_asked() -> None:
    for text, problem in (("", "empty"), ("ab", "length"), ("mario rossi", "characters")):
        page = after(at_username(), *write(text))
        said = wording(page).problem
        assert said is not None
        assert said.key == f"home.problem.username.{problem}"


def test_a_username_that_cannot_be_asked_for_waits_for_the_network() -> None:
    page = after(
        at_username(),
        *write("mario.rossi"),
        UsernameUnchecked(SESSION, "mario.rossi", "link.no-answer"),
    )
    assert screen_name(page) == f"{P}username-unchecked"
    assert effects_of(page, ev.Continued()) == (ProposeUsername(SESSION, "mario.rossi"),)


@pytest.mark.rule("R-003-51")
def test_the_rules_of_the_password_are_stated_before_typing_and_ticked_as_they_are_met() -> None:
    page = at_password()
    assert len(procedure_wording.rules()) == len(Rule)
    assert [part.key for part in spoken(page) if ".rule." in part.key] == [
        f"home.password.rule.{rule.value}" for rule in Rule
    ]
    assert isinstance(page.activity, states.ChoosePassword)
    assert page.activity.met == frozenset()
    typed = after(page, SecretTyped(SecretField.PASSWORD, PASSWORD))
    assert typed.activity.met == {Rule.LENGTH, Rule.OWN_DATA}  # type: ignore[union-attr]
    weighed = after(typed, SecretKept(SESSION, SecretField.PASSWORD, len(PASSWORD), strength=4))
    assert weighed.activity.met == frozenset(Rule)  # type: ignore[union-attr]
    (keep,) = effects_of(page, SecretTyped(SecretField.PASSWORD, PASSWORD))
    assert isinstance(keep, KeepSecret)
    assert keep.about == ("mario.rossi", CF)


@pytest.mark.rule("R-003-51")
@pytest.mark.parametrize(
    ("text", "strength", "breached", "problem"),
    [
        ("corta", 1, False, "too-short"),
        ("mario.rossi.2026!", 4, False, "holds-username"),
        (f"xx{CF}yy zz", 4, False, "holds-own-data"),
        ("passwordpassword", 1, False, "easily-guessed"),
        (PASSWORD, 4, True, "breached"),
    ],
)
def test_a_password_that_breaks_a_rule_is_not_taken(
    text: str,
    strength: int,
    breached: bool,  # noqa: FBT001  one column of the table
    problem: str,
) -> None:
    page = after(
        at_password(),
        SecretTyped(SecretField.PASSWORD, text),
        SecretKept(SESSION, SecretField.PASSWORD, len(text), strength=strength, breached=breached),
        ev.TextDone(),
    )
    said = wording(page).problem
    assert screen_name(page) == f"{P}choose-password"
    assert said is not None
    assert said.key == f"home.problem.password.{problem}"


def test_a_password_is_not_taken_before_it_was_weighed_nor_by_an_answer_for_another_text() -> None:
    typed = after(at_password(), SecretTyped(SecretField.PASSWORD, PASSWORD))
    assert screen_name(after(typed, ev.TextDone())) == f"{P}choose-password"
    stale = after(typed, SecretKept(SESSION, SecretField.PASSWORD, 3, strength=4), ev.TextDone())
    assert screen_name(stale) == f"{P}choose-password"


def test_the_password_is_typed_twice_and_may_be_looked_at() -> None:
    page = after(
        at_password(),
        SecretTyped(SecretField.PASSWORD, PASSWORD),
        SecretKept(SESSION, SecretField.PASSWORD, len(PASSWORD), strength=3),
        ev.TextDone(),
    )
    assert screen_name(page) == f"{P}repeat-password"
    other = after(
        page,
        SecretTyped(SecretField.PASSWORD_AGAIN, "altro"),
        SecretKept(SESSION, SecretField.PASSWORD_AGAIN, 5, same=False),
        ev.TextDone(),
    )
    said = wording(other).problem
    assert said is not None
    assert said.key == "home.problem.password.different"
    shown = after(page, RevealToggled())
    assert wording(shown).actions[0].label.key == f"{P}hide"
    assert screen_name(at_question()) == f"{P}choose-question"


@pytest.mark.rule("R-003-38")
def test_a_question_is_picked_or_written_and_its_answer_is_not_in_it() -> None:
    own = after(at_question(), choose(OWN_QUESTION))
    assert screen_name(own) == f"{P}write-question"
    asked = after(own, *write("Il nome del mio gatto Micio?"))
    silly = after(asked, *answer("micio"))
    said = wording(silly).problem
    assert said is not None
    assert said.key == "home.problem.answer.in-question"
    good = after(asked, *answer("Quello grigio"))
    assert screen_name(good) == f"{P}confirm"
    assert concluded(good).question == "Il nome del mio gatto Micio?"
    again = after(good, ev.Back())
    assert screen_name(again) == f"{P}choose-question"


@pytest.mark.rule("R-003-38")
def test_an_answer_gives_neither_username_nor_password_away() -> None:
    asked = after(at_question(), choose("home.question.3"))
    named = after(asked, *answer("MARIO rossi"))
    said = wording(named).problem
    assert said is not None
    assert said.key == "home.problem.answer.is-username"
    told = after(asked, *answer("Trapano", in_password=True))
    said = wording(told).problem
    assert said is not None
    assert said.key == "home.problem.answer.in-password"
    other = after(told, *answer("Fido"))
    assert screen_name(other) == f"{P}confirm"


def test_an_answer_is_not_taken_before_it_was_compared_with_the_password() -> None:
    asked = after(at_question(), choose("home.question.3"))
    typed = after(asked, *secret(SecretField.ANSWER, "Fido"))
    assert screen_name(typed) == f"{P}answer-question"
    of_another = SecretKept(SESSION, SecretField.PASSWORD_AGAIN, 4, same=False)
    assert screen_name(after(typed, of_another, ev.TextDone())) == f"{P}answer-question"
    kept = SecretKept(SESSION, SecretField.ANSWER, 4, same=False)
    assert screen_name(after(typed, kept, ev.TextDone())) == f"{P}confirm"


@pytest.mark.rule("R-003-51")
def test_a_password_that_holds_ones_name_is_refused_though_the_flow_knows_none() -> None:
    page = after(
        at_password(),
        SecretTyped(SecretField.PASSWORD, PASSWORD),
        SecretKept(SESSION, SecretField.PASSWORD, len(PASSWORD), strength=4, own_data=True),
        ev.TextDone(),
    )
    activity = page.activity
    assert isinstance(activity, states.ChoosePassword)
    assert activity.met == {states.Rule.LENGTH, states.Rule.GUESSABLE}
    said = wording(page).problem
    assert said is not None
    assert said.key == "home.problem.password.holds-own-data"


# --- the end


@pytest.mark.rule("R-003-28")
@pytest.mark.parametrize("kind", list(OperationKind))
def test_a_success_is_confirmed_on_the_screen_and_by_mail(kind: OperationKind) -> None:
    done = after(_concluding(kind), OutcomeTold(SESSION, OPERATION, Conclusive.ACCEPTED))
    said = wording(done)
    assert said.title.key == f"home.done.{kind.value}.title"
    assert "home.done.letter" in [line.key for line in said.body]
    walk(done, FlowStep(ev.Continued(), "ended", (StopWatchingCard(), EndSession(SESSION))))


def _concluding(kind: OperationKind) -> Session:
    if HomeStep.USERNAME not in STEPS[kind]:
        last = after(opened(kind), *[ev.Continued()] * len(STEPS[kind]))
    else:
        last = after(at_confirm(), ev.Continued())
        activity = last.activity
        assert isinstance(activity, states.Concluding)
        procedure = replace(activity.procedure, kind=kind)
        last = replace(last, activity=replace(activity, procedure=procedure))
    return after(last, ev.ActRecorded(SESSION, OPERATION, NEXT, None))  # type: ignore[arg-type]


def test_what_is_recorded_and_not_decided_is_not_called_active() -> None:
    recorded = _concluding(OperationKind.RISCONTRO_FORTE)
    assert recorded.operation_id == NEXT
    assert can_stop(recorded)
    waiting = after(recorded, OutcomeTold(SESSION, OPERATION, Conclusive.WAITING))
    keys = [line.key for line in wording(waiting).body]
    assert keys == [f"{P}done.waiting", f"{P}done.not-yet", f"{P}done.then"]
    decided = after(waiting, OutcomeTold(SESSION, OPERATION, Conclusive.ACCEPTED))
    assert wording(decided).title.key == "home.done.riscontro_forte.title"


def test_a_refusal_says_why_and_can_begin_again() -> None:
    told = OutcomeTold(SESSION, OPERATION, Conclusive.REFUSED, "texts.changed")
    refused = after(_concluding(OperationKind.PROMOZIONE), told)
    assert wording(refused).body[0].key == "home.denied.texts.changed"
    assert screen_name(after(refused, ev.Refused())) == f"{P}intro"


def test_what_cannot_be_recorded_is_tried_again_under_the_same_id() -> None:
    concluding = after(at_confirm(), ev.Continued())
    assert not can_stop(concluding)
    assert not can_go_back(concluding)
    failed = after(concluding, ev.ActNotRecorded(SESSION, OPERATION, "store.full"))
    assert screen_name(failed) == f"{P}conclude-failed"
    assert concluded(failed).operation_id == OPERATION


def test_the_ticket_ends_by_itself_and_nothing_is_concluded() -> None:
    kind = OperationKind.RISCONTRO_FORTE
    page = after(checking(), CodesAccepted(SESSION, kind, STEPS[kind], 50))
    over = walk(page, FlowStep(ev.TimePassed(50, TODAY), f"{P}time-over", (ForgetSecrets(),)))
    assert screen_name(after(over, ev.Continued())) == f"{P}intro"


def test_a_ticket_that_is_gone_is_time_that_is_over() -> None:
    asked = after(at_username(), *write("mario.rossi"))
    for answer in (
        UsernameDenied(SESSION, "mario.rossi", "ticket.expired"),
        UsernameUnchecked(SESSION, "mario.rossi", "ticket.gone"),
    ):
        assert screen_name(after(asked, answer)) == f"{P}time-over"
    concluding = after(at_confirm(), ev.Continued())
    gone = after(concluding, ev.ActNotRecorded(SESSION, OPERATION, "ticket.gone"))
    assert screen_name(gone) == f"{P}time-over"


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("network", [Network.ONLINE, Network.OFFLINE])
def test_every_page_has_its_words_in_both_languages(language: str, network: Network) -> None:
    catalogue = Catalogue.load(language)
    codes = ("conclusion.not-represented", "home.busy", "codes.spent", "never.heard-of")
    pages = procedure_activities() | {
        f"denied-{code}": states.CodesRefused(VISIT, code, 30) for code in codes
    }
    for name, activity in pages.items():
        page = replace(fresh(), activity=activity, language=language, network=network)
        for shown in (page, replace(page, help_open=True)):
            assert all(catalogue.say(part) for part in spoken(shown)), name


def test_the_steps_are_counted() -> None:
    counted = [progress(page.activity) for page in (checking(), at_username(), at_confirm())]
    assert [(one.step, one.of) for one in counted if one] == [(1, 4), (3, 4), (4, 4)]
    revocation = progress(opened(OperationKind.REVOCA).activity)
    assert revocation is not None
    assert (revocation.step, revocation.of) == (2, 3)
