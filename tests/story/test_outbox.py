"""Refused, seen, decided: at a counter's real window, with the real link, broker and hub.

The registry refuses a registration that looks like somebody who is registered under another codice
fiscale. The clerk sees it, corrects the document, and sends it again; another one is closed with a
reason. Both stay to be seen, at the station and at the hub.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sync.edge.outbox import OutboxEntry
from sync.hub.store import closings, disputes, registrations
from sync.hub.store.closings import Closing
from sync.hub.store.database import Store
from sync.model import codice_fiscale
from sync.model.errors import Problem
from sync.wire.receipt import Accepted, Refused
from tests.emulated.cards.pcscd import why_not
from tests.emulated.services import wait_until
from tests.workbench.at_counter import Applicant, AtCounter
from tests.workbench.display import Display
from tests.workbench.person import NotSeenError
from tests.workbench.stage import STATION, Stage

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

SECONDS = 40.0
_TRIES = 3
PACE = 10.0
"""Keys a second: a window that draws beside much other work loses none."""
MARIO = Applicant()


def same_person(replaced: str) -> Applicant:
    """Mario again, under a codice fiscale with letters for some digits (omocodia)."""
    stem = MARIO.codice_fiscale[: 15 - len(replaced)] + replaced
    codes = (stem + letter for letter in string.ascii_uppercase)
    right = next(one for one in codes if not isinstance(codice_fiscale.parse(one), Problem))
    return replace(MARIO, codice_fiscale=right)


AGAIN, ONCE_MORE = same_person("M"), same_person("LM")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with (
        Display() as display,
        Stage(display, role="counter", idle_seconds=600, registered=3) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def anna(stage: Stage) -> AtCounter:
    """Signed in; Mario is registered, and then refused twice."""
    made = AtCounter(stage.person, stage.reader, pace=PACE)
    made.to_menu()
    made.wait_for_mirror()
    for applicant in (MARIO, AGAIN, ONCE_MORE):
        register(made, applicant)
        made.await_papers("pin-letter", "case-summary")
        made.print_code_letter()
        made.finish()
    wait_until(lambda: len(refused(stage)) == 2, SECONDS, "the hub's refusals")
    return made


def register(anna: AtCounter, applicant: Applicant) -> None:
    """Up to the print page; a form in which a busy window lost a key is left and begun again."""
    person = anna.person
    for _try in range(_TRIES - 1):
        try:
            anna.register(applicant)
        except NotSeenError:
            while person.screen() != "clerk.menu":
                before = person.screen()
                person.presses("F2" if before == "clerk.leaving" else "Escape")
                person.wait_until_left(before)
        else:
            return
    anna.register(applicant)


def refused(stage: Stage) -> list[OutboxEntry]:
    return [one for one in stage.outbox() if isinstance(one.outcome, Refused)]


def kept(stage: Stage) -> list[Closing]:
    """The decisions that the hub has."""
    store = Store.open_reader(stage.site.hub_dir / "registry.db")
    try:
        return list(closings.closings(store, STATION))
    finally:
        store.close()


def document_of(stage: Stage, applicant: Applicant) -> str:
    """Number of the document with which somebody is registered; empty where they are not."""
    store = Store.open_reader(stage.site.hub_dir / "registry.db")
    try:
        held = registrations.of_person(store, applicant.codice_fiscale)
    finally:
        store.close()
    document = None if held is None else held.registration.document
    return "" if document is None else document.number


def open_first(stage: Stage) -> None:
    """From the menu to the oldest entry that is to be decided."""
    person = stage.person
    person.touch("menu.outbox")
    person.wait_for("outbox.list", seconds=SECONDS)
    wait_until(lambda: person.can_touch("rows"), SECONDS, "the rows")
    person.touch("rows")
    person.presses("Home", "Return")
    person.wait_for("outbox.entry", seconds=SECONDS)


def test_a_refused_registration_is_seen_corrected_and_accepted(
    stage: Stage, anna: AtCounter
) -> None:
    person = stage.person
    wait_until(lambda: "2" in person.sees(), SECONDS, "how many are to be decided, in the menu")
    open_first(stage)
    said = " ".join(person.sees())
    assert "Rifiutata" in said
    assert "altro codice fiscale" in said
    assert not any(one in said for one in (MARIO.surname, AGAIN.codice_fiscale))
    person.presses("F2")
    person.wait_for("clerk.registration-form", seconds=SECONDS)
    assert AGAIN.surname.upper() in " ".join(person.sees()).upper()
    person.touch("field.document-number")
    person.presses("End", *["BackSpace"] * len(AGAIN.document))
    person.writes("CA98765ZZ")
    person.presses("Tab", "F2")
    person.wait_for("clerk.registration-confirm", seconds=SECONDS)
    anna.confirm()
    anna.await_papers("pin-letter", "case-summary")
    anna.print_code_letter()
    anna.finish()
    wait_until(lambda: len(kept(stage)) == 1, SECONDS, "the decision at the hub")
    (closing,) = kept(stage)
    first, _ = refused(stage)
    assert (closing.seq, closing.reason) == (first.seq, "done-again")
    new = next(one for one in stage.outbox() if one.operation_id.hex == closing.done_again)
    wait_until(lambda: document_of(stage, AGAIN) == "CA98765ZZ", SECONDS, "the registration")
    assert isinstance(new.outcome, Accepted)
    again = next(one for one in stage.outbox() if one.seq == first.seq)
    assert isinstance(again.outcome, Refused), "what was refused stays refused"
    assert again.closed is not None
    assert not again.is_open


def test_another_one_is_closed_with_a_reason_that_hub_and_office_see(
    stage: Stage, anna: AtCounter
) -> None:
    person = stage.person
    anna.to_menu()
    open_first(stage)
    person.presses("F3")
    person.wait_for("outbox.reason")
    person.touch("reason.mistake")
    wait_until(lambda: person.can_touch("continue"), SECONDS, "the way on")
    person.presses("F2")
    person.wait_for("outbox.entry", seconds=SECONDS)
    wait_until(lambda: "Decisa" in person.sees(), SECONDS, "the decision")
    assert anna.clerk.name in " ".join(person.sees())
    wait_until(lambda: len(kept(stage)) == 2, SECONDS, "the decision at the hub")
    _, closing = kept(stage)
    _, second = refused(stage)
    assert (closing.seq, closing.reason, closing.done_again) == (second.seq, "mistake", "")
    store = Store.open_reader(stage.site.hub_dir / "registry.db")
    try:
        told = disputes.of_acts(store, [closing.operation_id])
    finally:
        store.close()
    assert told[closing.operation_id].dispute.closed, "nothing is to be set right any more"
    assert document_of(stage, ONCE_MORE) == ""
    wait_until(lambda: "Il registro lo sa." in " ".join(person.sees()), SECONDS, "the hub's answer")
    person.presses("Escape")
    person.wait_for("outbox.list")
    wait_until(lambda: "Niente da decidere." in person.sees(), SECONDS, "nothing to decide")
    person.presses("Escape")
    person.wait_for("clerk.menu")
