"""A counter's whole story at the real windows: by keys and scanner, card and PIN, paper and browser.

Broker, hub, links, pcscd, mail server, windows and browser are real processes; below them the
chips in the readers, the printers and the wire to the broker are emulated.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from sync.hub.store import registrations
from sync.hub.store.database import Store
from sync.model import transitions
from sync.model.credential import OperationKind, State
from sync.model.registration import Registration
from tests.emulated.cards.pcscd import why_not
from tests.emulated.printing.ipp_printer import Fate
from tests.emulated.services import wait_until
from tests.workbench.at_counter import HURRYING, TYPING, Applicant, AtCounter, Secrets, read_letters
from tests.workbench.browser import Visitor, chromium
from tests.workbench.counter import BRUNO
from tests.workbench.display import Display
from tests.workbench.letters import plain_text
from tests.workbench.population import Population
from tests.workbench.search import readable
from tests.workbench.second_counter import SecondCounter
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

SECONDS = 40.0
MOST_SECONDS = 90.0
"""Of a registration ex-novo, from the menu to the print page."""
REGISTERED = 40
MARIO = Applicant()
USERNAME, PASSWORD = "mario.rossi80", "torre-verde 48 lucciola"
BOOKED = OperationKind.RISCONTRO_FORTE


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The town hall with its first counter; the second one is set up by who needs it."""
    with (
        Display() as display,
        Stage(
            display, role="counter", idle_seconds=600, registered=REGISTERED, second=True
        ) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def desk(stage: Stage) -> AtCounter:
    """Anna, signed in, her copy of the registry up to date."""
    made = AtCounter(stage.person, stage.reader)
    made.to_menu()
    made.wait_for_mirror()
    return made


@pytest.fixture
def anna(stage: Stage, desk: AtCounter) -> Iterator[AtCounter]:
    """Anna before the menu with the network up; a test that stops midway hinders no other."""
    desk.to_menu()
    yield desk
    stage.network.restore()
    if stage.person.screen() != "clerk.menu":
        stage.reader.remove()
        stage.kiosk.kill()
        stage.kiosk.start()


@pytest.fixture(scope="module")
def citizen(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Whoever sits before a browser at home."""
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield Visitor(browser, stage.hub.web_url)


@dataclass
class Visit:
    """What a registration ex-novo looked like, and what is in the envelopes behind it."""

    seconds: float
    seen: set[str]
    gate: list[str] = field(default_factory=list)
    secrets: Secrets = field(default_factory=Secrets)


@pytest.fixture(scope="module")
def mario(stage: Stage, desk: AtCounter) -> Visit:
    """Mario is registered at a person's pace; the printer gives the letters up, and then it prints."""
    desk.to_menu()
    printer, person = stage.page_printer, stage.person
    before = len(printer.papers)
    printer.fate = Fate.ABORTED
    desk.pace = TYPING
    visit = Visit(desk.register(MARIO), desk.seen)
    desk.pace = HURRYING
    wait_until(
        lambda: {desk.papers()[one] for one in ("pin-letter", "case-summary")} == {"failed"},
        SECONDS,
        "the printer's trouble",
    )
    person.presses("F2", "Escape", "1")
    visit.gate = [person.screen(), *(one for one in ("continue", "back") if person.can_touch(one))]
    with desk.watched():
        printer.fate = Fate.PRINTED
    for paper in ("pin-letter", "case-summary"):
        person.touch(f"print.{paper}")
        desk.await_papers(paper)
    desk.print_code_letter()
    visit.secrets = read_letters(printer.papers[before:])
    with desk.watched():
        desk.finish()
    return visit


def held(stage: Stage, codice_fiscale: str) -> Registration:
    """The registration of a person in the hub's registry."""
    store = Store.open_reader(stage.site.hub_dir / "registry.db")
    try:
        found = registrations.of_person(store, codice_fiscale)
    finally:
        store.close()
    assert found is not None
    return found.registration


def bookable(place: int) -> Registration:
    """Somebody of the registry for whom strong credentials can be booked."""
    people = [
        one
        for one in Population(REGISTERED).registrations()
        if BOOKED in transitions.bookable(one.credential) and one.credential.running is None
    ]
    return people[place]


def book(at: AtCounter, somebody: Registration, papers: list[bytes]) -> Secrets:
    """Book strong credentials for somebody; what stands in the letters."""
    before = len(papers)
    at.open_scanned(somebody.person.codice_fiscale)
    at.book(BOOKED.value)
    at.await_papers("pin-letter", "case-summary")
    at.print_code_letter()
    secrets = read_letters(papers[before:])
    assert secrets.pin
    assert secrets.code
    at.finish()
    return secrets


def all_decided(stage: Stage) -> None:
    """Wait until the hub has decided on everything of both counters."""
    wait_until(
        lambda: all(
            one.state.value in {"accepted", "refused"}
            for station in stage.site.stations
            for one in stage.outbox(station)
        ),
        SECONDS,
        "the hub's decisions",
    )


@pytest.mark.rule("R-003-24")
@pytest.mark.rule("R-003-43")
@pytest.mark.rule("R-003-65")
@pytest.mark.rule("R-003-76")
def test_a_registration_ex_novo_takes_less_than_90_seconds(stage: Stage, mario: Visit) -> None:
    print(f"ex-novo from the menu to the print page at {TYPING:.0f} keys/s: {mario.seconds:.1f} s")
    assert mario.seconds < MOST_SECONDS
    assert mario.gate == ["clerk.letters"], "nothing opens before the papers are in the hand"
    assert len(mario.secrets.pin) == 8
    assert len(mario.secrets.code) == 14
    all_decided(stage)
    registered = held(stage, MARIO.codice_fiscale)
    assert (registered.credential.state, registered.credential.strong) == (State.RISCONTRATO, False)
    letters = [plain_text(one) for one in stage.mail.to(MARIO.email)]
    assert any(mario.secrets.code in letter for letter in letters)


@pytest.mark.rule("R-003-27")
def test_nothing_of_pin_and_code_is_on_screen_in_logs_or_files(stage: Stage, mario: Visit) -> None:
    all_decided(stage)
    spellings = mario.secrets.spellings
    assert len(spellings) == 6
    assert not [text for text in mario.seen if any(one in text for one in spellings)]
    site = stage.site
    for folder in (stage.station_dir, site.folder / "logs", stage.memory, site.hub_dir):
        assert readable(folder, spellings) == []


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-66")
@pytest.mark.rule("R-003-62")
def test_he_activates_at_home_and_a_clerk_tells_him_his_username(
    stage: Stage, mario: Visit, citizen: Visitor, anna: AtCounter
) -> None:
    all_decided(stage)
    citizen.show_letters(MARIO.codice_fiscale, mario.secrets.code, mario.secrets.pin)
    assert citizen.heading == "Leggi il Regolamento", citizen.text
    citizen.conclude_activation(USERNAME, PASSWORD)
    assert citizen.heading == "Le tue credenziali sono attive"
    credential = held(stage, MARIO.codice_fiscale).credential
    assert (credential.state, credential.strong) == (State.ATTIVATO, True)

    person = stage.person
    person.writes("2")
    person.wait_for("clerk.search")
    person.writes(MARIO.codice_fiscale[3:10].lower(), per_second=TYPING)
    time.sleep(0.3)
    person.presses("Return")
    wait_until(lambda: person.can_touch("rows"), SECONDS, "his row")
    wait_until(lambda: opened_again(anna, "attivato"), SECONDS, "the news from the hub")
    shown = person.sees()
    assert not any(USERNAME in text for text in shown)
    assert any("•" in text for text in shown), "the username stands masked"
    assert not any(one in text for one in mario.secrets.spellings for text in shown)
    person.presses("F9")
    person.wait_for("clerk.username-confirm")
    anna.tick_all()
    person.presses("F2")
    person.wait_for("clerk.username-shown", seconds=SECONDS)
    assert USERNAME in person.sees()
    person.presses("F2")
    person.wait_for("clerk.detail")
    assert not any(USERNAME in text for text in person.sees())
    person.presses("Escape")
    person.wait_for("clerk.search")
    person.presses("Escape")
    person.wait_for("clerk.menu")


def opened_again(anna: AtCounter, wanted: str) -> bool:
    """Whether the detail of the chosen row says so; it stays open where it does."""
    person = anna.person
    person.presses("Return")
    person.wait_for("clerk.detail")
    if wanted in person.sees():
        return True
    person.presses("Escape")
    person.wait_for("clerk.search")
    time.sleep(1.0)
    return False


@dataclass
class Outage:
    """What two counters did without network, and what stood in the letters."""

    seen: list[str]
    undecided: bool
    alone: Secrets
    first: Secrets
    later: Secrets


@pytest.fixture(scope="module")
def second(stage: Stage) -> Iterator[SecondCounter]:
    """The other counter of the office."""
    with SecondCounter(stage) as made:
        yield made


@pytest.fixture(scope="module")
def outage(stage: Stage, desk: AtCounter, second: SecondCounter) -> Outage:
    """The network fails; one person is booked at one counter, another one at both; it comes back."""
    desk.to_menu()
    bruno = AtCounter(second.person, second.reader, BRUNO)
    bruno.to_menu()
    bruno.wait_for_mirror()
    stage.network.cut()
    for each in (stage.person, second.person):
        wait_until(partial(each.can_touch, "network.offline"), SECONDS, "the header says offline")
    alone = book(desk, bookable(0), stage.page_printer.papers)
    desk.open_scanned(bookable(0).person.codice_fiscale)
    seen = stage.person.sees()
    stage.person.presses("Escape")
    stage.person.wait_for("clerk.menu")
    first = book(desk, bookable(1), stage.page_printer.papers)
    later = book(bruno, bookable(1), second.page_printer.papers)
    credential = held(stage, bookable(0).person.codice_fiscale).credential
    undecided = credential.running is None and stage.person.can_touch("mirror.waiting")
    stage.network.restore()
    all_decided(stage)
    return Outage(seen, undecided, alone, first, later)


@pytest.mark.rule("R-003-22")
def test_without_network_a_booking_stands_and_its_codes_work_later(
    stage: Stage, outage: Outage, citizen: Visitor
) -> None:
    somebody = bookable(0)
    assert outage.undecided
    assert "Riscontro forte" in " ".join(outage.seen)
    assert [one.state.value for one in stage.outbox()][-2] == "accepted"
    wait_until(lambda: not stage.person.can_touch("mirror.waiting"), SECONDS, "nothing waits")
    citizen.show_letters(somebody.person.codice_fiscale, outage.alone.code, outage.alone.pin)
    assert citizen.heading == "Leggi il Regolamento", citizen.text


@pytest.mark.rule("R-003-22")
@pytest.mark.rule("R-003-25")
def test_of_two_counters_without_network_one_set_of_letters_works(
    stage: Stage, outage: Outage, anna: AtCounter, citizen: Visitor
) -> None:
    somebody, person = bookable(1), anna.person
    assert outage.first.pin != outage.later.pin
    citizen.show_letters(somebody.person.codice_fiscale, outage.first.code, outage.first.pin)
    assert "Questi dati non vanno insieme" in citizen.text
    citizen.show_letters(somebody.person.codice_fiscale, outage.later.code, outage.later.pin)
    assert citizen.heading == "Leggi il Regolamento", citizen.text
    person.touch("menu.disputes")
    person.wait_for("clerk.disputes")
    wait_until(lambda: person.can_touch("rows"), SECONDS, "the dispute")
    person.presses("Return")
    person.wait_for("clerk.dispute")
    said = " ".join(person.sees())
    assert str(somebody.person.surname) in said
    person.presses("Escape")
    person.wait_for("clerk.disputes")
    person.presses("Escape")
    person.wait_for("clerk.menu")

    letters = [plain_text(one) for one in stage.mail.to(somebody.contacts.email)]
    assert any(outage.later.code in letter for letter in letters)
    void, good = next(one for one in letters if "Non valgono" in one).split("Valgono:")
    assert outage.first.number in void
    assert outage.later.number in good
