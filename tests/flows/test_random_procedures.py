"""People who touch anything in a procedure, and a hub that answers late, twice or for others.

Whatever happens: nothing raises, every page has its words, no state ever holds a secret, and nothing
is concluded that was not accepted, signed and chosen whole.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Final
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kiosk.flows import events as ev
from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import TYPE_ALL, ProcedureState
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.home_effects import (
    Conclude,
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
from kiosk.flows.session import Session, screen_name, step
from kiosk.flows.speech import spoken
from kiosk.flows.welcome import Ended, Welcome
from kiosk.flows.wording import can_go_back, can_stop, wording
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind
from sync.model.home import HomeStep
from sync.texts.acceptance import to_accept
from tests.flows.test_procedure import CODE, PIN, STEPS, at_codes, at_confirm, opened
from tests.flows.walking import OPERATION, SESSION, TODAY, after, fresh

CATALOGUES: Final = {language: Catalogue.load(language) for language in ("it", "en")}
OTHERS: Final = UUID(int=0xBAD)
SECRET: Final = "Zyxwv"
TEXTS: Final = ["", f"{SECRET} trapano sedia fiume", SECRET, "x" * 300, "\x00\u202e", CODE, PIN]
HARMLESS: Final = ["RSSMRA80A01H501U", "mario.rossi", "Come si chiama il gatto?", "", "x" * 300]

ids = st.sampled_from([SESSION, SESSION, OTHERS])
kinds = st.sampled_from(list(OperationKind))
fields_of_secrets = st.sampled_from(list(SecretField))
denials = st.sampled_from(["codes.wrong", "codes.wait", "codes.spent", "ticket.expired", "never"])
names = st.sampled_from(["mario.rossi", "altro.nome"])
anything: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(
        [
            *(ev.Back(), ev.Continued(), ev.Refused(), ev.TextDone(), ev.StopAsked()),
            *(ev.StopConfirmed(), ev.StopCancelled(), ev.HelpOpened(), ev.HelpClosed()),
            *(ev.SpeechAsked(), ev.CardInserted(), ev.CardRemoved(), RevealToggled()),
            ev.OptionChosen(TYPE_ALL),
        ]
    ),
    st.builds(ev.ServiceChosen, st.sampled_from(ev.Service)),
    st.builds(ev.LanguageChosen, st.sampled_from(["it", "en"])),
    st.builds(ev.NetworkChanged, st.sampled_from(Network)),
    st.builds(ev.TimePassed, st.sampled_from([1, 30, 600]), st.just(TODAY)),
    st.builds(ev.TextChanged, st.sampled_from(HARMLESS)),
    st.builds(SecretTyped, fields_of_secrets, st.sampled_from(TEXTS)),
    st.builds(
        SecretKept,
        ids,
        fields_of_secrets,
        st.sampled_from([len(text) for text in TEXTS]),
        strength=st.none() | st.integers(0, 4),
        breached=st.booleans(),
        own_data=st.booleans(),
        same=st.none() | st.booleans(),
    ),
    st.builds(lambda one, kind: CodesAccepted(one, kind, STEPS[kind], 900), ids, kinds),
    st.builds(CodesDenied, ids, denials, st.sampled_from([0, 5, 900])),
    st.builds(CodesUnchecked, ids, st.just("inquiry.no-answer")),
    st.builds(UsernameFree, ids, names),
    st.builds(UsernameDenied, ids, names, st.sampled_from(["username.taken", "ticket.expired"])),
    st.builds(UsernameUnchecked, ids, names, st.just("inquiry.no-answer")),
    st.builds(ev.ActNotRecorded, ids, st.just(OPERATION), st.just("store.full")),
    st.builds(OutcomeTold, ids, st.just(OPERATION), st.sampled_from(Conclusive), denials),
)


def texts_in(value: Any) -> str:
    """Everything that a session holds, hidden fields too."""
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(texts_in(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple | list | frozenset):
        return " ".join(texts_in(entry) for entry in value)
    return str(value)


class People(RuleBasedStateMachine):
    """A kiosk whose runtime answers some of what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.session: Session = fresh()
        self.asked: list[Effect] = []
        self.signed = False

    def happen(self, event: Event) -> None:
        before = self.session.activity
        if isinstance(before, states.Sign) and isinstance(event, ev.Continued):
            self.signed = True
        self.session, effects = step(self.session, event)
        if isinstance(self.session.activity, states.ReadText | Welcome):
            self.signed = False
        for effect in effects:
            if isinstance(effect, Conclude):
                self.concluded(effect)
            if not isinstance(effect, KeepSecret):
                assert SECRET not in texts_in(effect)
        self.asked = [*self.asked, *effects][-3:]

    def concluded(self, effect: Conclude) -> None:
        assert effect.accepted == to_accept(effect.kind)
        assert self.signed or HomeStep.SIGN not in STEPS[effect.kind]
        chooses = HomeStep.USERNAME in STEPS[effect.kind]
        assert (effect.username is not None) == chooses
        assert bool(effect.question) == chooses

    @initialize(kind=kinds, way=st.integers(0, 2))
    def somebody_is_there(self, kind: OperationKind, way: int) -> None:
        begun = (opened(kind), at_codes(), at_confirm())[way]
        self.session = replace(begun, network=Network.ONLINE)
        self.signed = way == 2

    @rule(event=anything)
    def something_happens(self, event: Event) -> None:
        self.happen(event)

    @rule(data=st.data())
    def a_button_of_the_page_is_touched(self, data: st.DataObject) -> None:
        actions = [action.event for action in wording(self.session).actions]
        if actions:
            self.happen(data.draw(st.sampled_from(actions)))

    @rule(good=st.booleans())
    def the_runtime_answers(self, *, good: bool) -> None:
        if not self.asked:
            return
        match self.asked[-1]:
            case KeepSecret(session_id, which, text):
                answer: Event = SecretKept(
                    session_id, which, len(text), 4 if good else 1, same=good
                )
            case ShowCodes(session_id, _cf, with_pin):
                kind = OperationKind.RESET if with_pin else OperationKind.REVOCA
                answer = CodesAccepted(session_id, kind, STEPS[kind], 900)
            case ProposeUsername(session_id, username):
                answer = UsernameFree(session_id, username)
            case Conclude(session_id, operation_id):
                outcome = Conclusive.ACCEPTED if good else Conclusive.REFUSED
                answer = OutcomeTold(session_id, operation_id, outcome)
            case _:
                return
        self.happen(answer)

    @invariant()
    def every_page_has_its_words_and_a_way_out(self) -> None:
        session = self.session
        assert screen_name(session)
        for catalogue in CATALOGUES.values():
            assert all(catalogue.say(part) for part in spoken(session))
        if isinstance(session.activity, ProcedureState):
            out = can_stop(session) or can_go_back(session) or wording(session).actions
            assert out or isinstance(session.activity, states.Concluding)

    @invariant()
    def no_state_holds_a_secret(self) -> None:
        held = texts_in(self.session)
        assert SECRET not in held
        assert CODE not in held
        assert PIN not in held

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        passing: list[Event] = [ev.TimePassed(600, TODAY)] * 3
        left = after(self.session, *passing).activity
        assert isinstance(left, Ended | Welcome)


TestPeople = People.TestCase
TestPeople.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
