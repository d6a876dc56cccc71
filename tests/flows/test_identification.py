"""Confirming to be the holder of a document, in one of three ways."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from hw.paper import Certainty
from kiosk.flows import drafts, identifying
from kiosk.flows import events as ev
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen import identification, identity_check
from kiosk.flows.citizen.identity_check import HEALTH_CARD, IDENTIFY, PROVE
from kiosk.flows.document_check import DocumentReading, Finding, HealthCardProof
from kiosk.flows.effects import (
    AskPinTries,
    ForgetDocument,
    ForgetFingers,
    Print,
    PrintedDocument,
    ProveHealthCard,
    ReadCard,
    RecordAct,
    WatchCard,
)
from kiosk.flows.session import Overlay, Session, screen_name, step
from kiosk.flows.wording import wording
from sync.model import identification as model
from sync.model.identification import Identification, SeenKind, Way
from tests.flows.devices import (
    EQUIPPED,
    NEXT,
    RECORDED,
    TO_CONFIRM,
    TO_WAYS,
    at_identified,
    at_ways,
    kinds,
)
from tests.flows.documents import (
    EXPIRED,
    FORGED,
    MARIO,
    PIN,
    PROOF,
    SOUND,
    TO_INSERT,
    TO_READING,
    TRIES,
    UNPROVEN,
    at_file,
    reading,
    verdict,
)
from tests.flows.walking import (
    OFFICE,
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

VERDICT: Final = "identity-check.verdict"


def offered(read: DocumentReading) -> bool:
    session = after(fresh(EQUIPPED), *TO_READING, ev.DocumentRead(SESSION, read))
    found = choose(IDENTIFY) in [action.event for action in wording(session).actions]
    assert (screen_name(after(session, choose(IDENTIFY))) != VERDICT) == found
    return found


def recorded(*happened: ev.Event) -> Identification:
    """What `Continued` on the confirmation records."""
    (effect,) = effects_of(after(fresh(EQUIPPED), *happened), ev.Continued())
    assert isinstance(effect, RecordAct)
    assert (effect.session_id, effect.operation_id) == (SESSION, OPERATION)
    assert isinstance(effect.act, Identification)
    assert model.problems(effect.act, today=TODAY) == ()
    return effect.act


def test_only_a_document_against_which_nothing_speaks_identifies() -> None:
    assert offered(reading(judged=SOUND))
    assert offered(reading(judged=UNPROVEN))
    assert not offered(reading(judged=FORGED))
    assert not offered(reading(judged=EXPIRED))
    assert not offered(reading(replace(MARIO, codice_fiscale="")))
    assert not offered(reading(replace(MARIO, codice_fiscale="RSSMRA80A01H501X")))
    assert not offered(reading(replace(MARIO, birth_date="19803101")))
    assert not offered(reading(replace(MARIO, document_code="V")))


def test_an_office_that_takes_no_identifications_offers_none() -> None:
    session = after(fresh(OFFICE), *TO_READING, ev.DocumentRead(SESSION, reading()))
    assert choose(IDENTIFY) not in [action.event for action in wording(session).actions]
    assert after(session, choose(IDENTIFY)) == session


def test_the_data_file_of_a_health_card_alone_identifies_nobody() -> None:
    session = replace(at_file(), office=EQUIPPED)
    assert choose(IDENTIFY) not in [action.event for action in wording(session).actions]
    proven = after(
        session,
        choose(PROVE),
        ev.PinTriesTold(SESSION, TRIES),
        *write(PIN),
        ev.HealthCardProven(SESSION, PROOF),
        choose(IDENTIFY),
        ev.Continued(),
        choose("card-pin"),
    )
    assert isinstance(proven.activity, identification.Confirm)
    assert proven.activity.candidate.document.kind is SeenKind.HEALTH_CARD


def test_what_was_read_is_forgotten_when_it_is_not_needed_any_more() -> None:
    intro = after(fresh(EQUIPPED), *TO_WAYS[:-1])
    assert screen_name(intro) == "identification.intro"
    assert screen_name(after(intro, ev.Back())) == VERDICT
    ways, effects = step(intro, ev.Continued())
    assert effects == (ForgetDocument(),)
    assert isinstance(ways.activity, identification.ChooseWay)


def test_back_from_the_ways_asks_before_what_was_read_is_lost() -> None:
    assert after(at_ways(), ev.Back()).overlay is Overlay.STOP


def test_fingers_are_on_offer_where_there_is_a_sensor_and_the_operator_always() -> None:
    events = [action.event for action in wording(at_ways()).actions]
    assert events == [choose(way.value) for way in Way]
    bare = after(fresh(replace(EQUIPPED, takes_fingers=False)), *TO_WAYS)
    assert [a.event for a in wording(bare).actions] == [choose("card-pin"), choose("operator")]
    assert after(bare, choose("fingerprints")) == bare


@pytest.mark.rule("R-001-2")
def test_fingers_are_recorded_with_their_templates() -> None:
    act = recorded(*TO_CONFIRM)
    assert act.way is Way.FINGERPRINTS
    assert act.document.kind is SeenKind.IDENTITY_CARD
    assert [entry.hand.value for entry in act.fingers] == ["right", "left"]
    assert all(entry.template for entry in act.fingers)


@pytest.mark.rule("R-003-41")
def test_the_operators_eyes_need_nothing_more() -> None:
    act = recorded(*TO_WAYS, choose("operator"))
    assert act.way is Way.OPERATOR
    assert act.fingers == ()


def test_the_pin_of_the_holders_health_card_is_a_way() -> None:
    session = walk(
        at_ways(),
        FlowStep(choose("card-pin"), "identity-check.insert-health-card", (WatchCard(),)),
        FlowStep(ev.CardInserted(), "identity-check.reading-health-card", (ReadCard(SESSION),)),
        FlowStep(
            ev.CardRead(SESSION, ROSSI), "identity-check.asking-tries", (AskPinTries(SESSION),)
        ),
        FlowStep(ev.PinTriesTold(SESSION, TRIES), "identity-check.type-pin"),
        FlowStep([*write(PIN)], "identity-check.proving-pin", (ProveHealthCard,)),
        FlowStep(ev.HealthCardProven(SESSION, PROOF), "identification.confirm"),
    )
    (effect,) = effects_of(session, ev.Continued())
    assert isinstance(effect, RecordAct)
    assert isinstance(effect.act, Identification)
    assert model.problems(effect.act, today=TODAY) == ()
    assert effect.act.document.kind is SeenKind.HEALTH_CARD


def test_another_persons_health_card_gets_no_pin() -> None:
    other = replace(ROSSI, codice_fiscale="MRTMRA83T56A269B")
    session = after(at_ways(), choose("card-pin"), ev.CardInserted(), ev.CardRead(SESSION, other))
    assert isinstance(session.activity, identity_check.PinRefused)
    assert session.activity.code == "token.other-person"
    assert screen_name(after(session, ev.Continued())) == "identification.choose-way"


def test_a_proof_that_does_not_do_leads_to_the_other_ways() -> None:
    weak = replace(PROOF, verdict=verdict(not_cloned=Finding.NOT_PROVABLE))
    typed = (ev.PinTriesTold(SESSION, TRIES), *write(PIN), ev.HealthCardProven(SESSION, weak))
    session = after(
        at_ways(), choose("card-pin"), ev.CardInserted(), ev.CardRead(SESSION, ROSSI), *typed
    )
    assert isinstance(session.activity, identity_check.PinRefused)
    assert session.activity.code == "token.not-enough"


def test_a_card_of_no_known_issuer_does_not_take_the_place_of_a_sound_document() -> None:
    weak = replace(PROOF, verdict=verdict(genuine=Finding.NOT_PROVABLE))
    typed = (ev.PinTriesTold(SESSION, TRIES), *write(PIN), ev.HealthCardProven(SESSION, weak))
    session = after(
        at_ways(), choose("card-pin"), ev.CardInserted(), ev.CardRead(SESSION, ROSSI), *typed
    )
    assert isinstance(session.activity, identity_check.PinRefused)
    assert session.activity.code == "token.not-enough"
    ways = after(session, ev.Continued())
    assert isinstance(ways.activity, identification.ChooseWay)
    assert ways.activity.candidate.document.kind is SeenKind.IDENTITY_CARD


def test_a_card_of_no_known_issuer_is_for_the_operator_and_not_for_its_pin() -> None:
    weak = replace(PROOF, verdict=verdict(genuine=Finding.NOT_PROVABLE))
    session = after(at_health_card(weak), ev.Continued())
    assert isinstance(session.activity, identification.ChooseWay)
    events = [action.event for action in wording(session).actions]
    assert events == [choose("fingerprints"), choose("operator")]
    assert after(session, choose("card-pin")) == session


def at_health_card(proof: HealthCardProof, file: CardData = ROSSI) -> Session:
    """A health card was checked with its PIN; its holder goes on to be identified if she may."""
    return after(
        fresh(EQUIPPED),
        *TO_INSERT,
        ev.CardInserted(),
        ev.CardRead(SESSION, file),
        choose(PROVE),
        ev.PinTriesTold(SESSION, TRIES),
        *write(PIN),
        ev.HealthCardProven(SESSION, proof),
        choose(IDENTIFY),
    )


@pytest.mark.parametrize("born", ["01011999", "02011980", "01021980", "31121979"])
def test_a_birth_date_that_the_codice_fiscale_does_not_have_identifies_nobody(born: str) -> None:
    """Anybody can write the data file; the certificate has the codice fiscale alone."""
    assert screen_name(at_health_card(PROOF)) == "identification.intro"
    assert screen_name(at_health_card(PROOF, replace(ROSSI, birth_date=born))) == VERDICT


PIN_PAGES: Final = {
    "insert": (),
    "failed": (ev.CardInserted(), ev.CardReadFailed(SESSION, "card.removed")),
    "pin": (ev.CardInserted(), ev.CardRead(SESSION, ROSSI), ev.PinTriesTold(SESSION, TRIES)),
}


@pytest.mark.parametrize("page", PIN_PAGES)
def test_from_every_page_of_the_pin_another_way_can_be_taken(page: str) -> None:
    session = after(at_ways(), choose("card-pin"), *PIN_PAGES[page])
    assert ev.Refused() in [action.event for action in wording(session).actions]
    assert screen_name(after(session, ev.Refused())) == "identification.choose-way"
    assert screen_name(after(session, ev.Back())) == "identification.choose-way"


def test_the_record_has_one_receipt_and_no_template_outlives_it() -> None:
    confirmed = after(fresh(EQUIPPED), *TO_CONFIRM, ev.Continued())
    assert screen_name(confirmed) == "identification.recording"
    done, effects = step(confirmed, RECORDED)
    assert kinds(effects) == [ForgetFingers, Print]
    assert "minutiae" not in str(_everything(done))
    assert done.operation_id == NEXT
    assert after(done, RECORDED) == done


def _everything(value: object) -> object:
    from tests.flows.test_random_people import texts_in  # noqa: PLC0415 - a test of its own

    return texts_in(value)


def test_what_is_not_recorded_is_tried_again_with_the_same_id() -> None:
    confirmed = after(fresh(EQUIPPED), *TO_CONFIRM, ev.Continued())
    failed = after(confirmed, ev.ActNotRecorded(SESSION, OPERATION, "store.full"))
    assert screen_name(failed) == "identification.record-failed"
    (again,) = effects_of(failed, ev.Continued())
    assert isinstance(again, RecordAct)
    assert again.operation_id == OPERATION
    late, _effects = step(failed, RECORDED)
    assert screen_name(late) == "identification.done"


def test_no_other_act_follows_under_the_id_of_one_that_failed() -> None:
    """The store answers a repeated id with what it has, whatever is asked then."""
    confirmed, (first,) = step(after(fresh(EQUIPPED), *TO_CONFIRM), ev.Continued())
    failed = after(confirmed, ev.ActNotRecorded(SESSION, OPERATION, "store.failed"))
    assert after(failed, ev.Back()).overlay is Overlay.STOP
    assert after(failed, ev.Refused()) == failed
    back = after(failed, ev.Back(), ev.StopCancelled())
    assert back == failed
    (again,) = effects_of(back, ev.Continued())
    assert again == first
    (other,) = effects_of(after(failed, ev.Refused(), choose("operator")), ev.Continued())
    assert other == first
    left = after(failed, ev.Back(), ev.StopConfirmed())
    assert screen_name(left).startswith("ended")


def test_the_answer_to_another_operation_changes_nothing() -> None:
    confirmed = after(fresh(EQUIPPED), *TO_CONFIRM, ev.Continued())
    assert after(confirmed, replace(RECORDED, operation_id=NEXT)) == confirmed
    assert after(confirmed, replace(RECORDED, session_id=NEXT)) == confirmed


def test_the_slip_can_be_printed_again_without_recording_again() -> None:
    slip = PrintedDocument.IDENTIFICATION_SLIP
    done = at_identified()
    printed = after(
        done, ev.Printed(SESSION, slip, Certainty.TAKEN), ev.PaperConfirmed(slip, came=False)
    )
    (again,) = effects_of(printed, ev.PrintAsked(slip))
    assert isinstance(again, Print)
    assert again.again


def test_no_draft_is_kept_of_an_identification() -> None:
    for session in (at_ways(), after(fresh(EQUIPPED), *TO_CONFIRM), at_identified()):
        assert drafts.draft_of(session) is None


def test_a_residence_permit_is_told_from_an_identity_card() -> None:
    permit = reading(replace(MARIO, document_code="IR"))
    candidate = identifying.candidate_of(permit, TODAY)
    assert candidate is not None
    assert candidate.document.kind is SeenKind.RESIDENCE_PERMIT


def test_choosing_another_card_is_for_checks_only() -> None:
    session = after(fresh(EQUIPPED), *TO_WAYS[:2], choose(HEALTH_CARD))
    assert after(session, ev.Refused()) == session
