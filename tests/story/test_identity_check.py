"""Citizens have their cards checked at the real window, through a real pcscd, by touch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulated.cards.bad_documents import altered, cloned
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, PIN, CnsChip
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.identity_documents import CAN, cie
from tests.emulated.cards.pcscd import why_not
from tests.emulated.cards.virtual_reader import Faults
from tests.emulated.services import wait_until
from tests.workbench.citizen import MARIA, Citizen, fill_form
from tests.workbench.display import Display
from tests.workbench.person import Person
from tests.workbench.search import readable
from tests.workbench.stage import Stage

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

FORM = "preregistration."
CHECK = "identity-check."
DOCUMENT = "identity-document."
SECONDS = 30.0
MARIO = Citizen(
    holder=Holder(),
    texts={
        **MARIA.texts,
        "email": "ab@cd.example",
        "residence-street": "Via Roma",
        "residence-number": "1",
    },
    options=MARIA.options,
    dates=MARIA.dates,
    skipped=MARIA.skipped,
)
FALSE = {"altered": lambda: altered(cie(), 11), "cloned": cloned}


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Display() as display, Stage(display) as made:
        yield made


@pytest.fixture
def person(stage: Stage) -> Iterator[Person]:
    """Somebody before the welcome page; whoever came before has gone and taken the card."""
    someone = stage.person
    someone.wait_for("welcome")
    yield someone
    stage.reader.remove()
    if someone.screen() != "welcome":
        stage.kiosk.kill()
        stage.kiosk.start()


def choose(person: Person, card: str) -> None:
    """From the welcome page to the card that is to be checked."""
    person.touch("service.identity-check")
    person.wait_for(f"{CHECK}intro")
    person.touch("continue")
    person.wait_for(f"{CHECK}choose-card")
    person.touch(f"option.{card}")


def type_can(person: Person, digits: str = CAN) -> None:
    """Type the number on the card's front."""
    person.wait_for(f"{DOCUMENT}type-can")
    person.types(digits)
    person.touch("continue")


def check(stage: Stage, person: Person, chip: EmrtdChip, faults: Faults | None = None) -> str:
    """Have an identity card checked; everything that the verdict's page says."""
    choose(person, "identity-card")
    type_can(person)
    person.wait_for(f"{DOCUMENT}waiting")
    if faults is None:
        stage.reader.insert(chip)
    else:
        stage.reader.insert(chip, faults)
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    return " ".join(person.sees())


def finish(stage: Stage, person: Person) -> None:
    """Take the card and go."""
    stage.reader.remove()
    person.leaves(f"{CHECK}verdict", to="welcome")


@pytest.mark.rule("R-001-2")
def test_a_true_card_is_proven_and_nothing_of_it_stays(stage: Stage, person: Person) -> None:
    check(stage, person, cie())
    assert person.can_touch("headline.sound")
    person.touch("option.clerk")
    person.wait_for(f"{CHECK}clerk")
    clerk = " ".join(person.sees())
    assert "ROSSI" in clerk.upper()
    person.touch("back")
    person.wait_for(f"{CHECK}verdict")
    finish(stage, person)
    assert not readable(stage.station_dir, ("ROSSI", "RSSMRA80A01H501U", "CA00000AA"))
    assert not stage.outbox()


@pytest.mark.rule("R-001-2")
@pytest.mark.parametrize("how", FALSE)
def test_a_false_card_is_told_and_sent_to_the_counter(
    stage: Stage, person: Person, how: str
) -> None:
    said = check(stage, person, FALSE[how]())
    assert person.can_touch("headline.wrong"), said
    finish(stage, person)


def test_an_expired_card_is_genuine_all_the_same(stage: Stage, person: Person) -> None:
    said = check(stage, person, cie(issued="20150115", expires="20250101"))
    assert person.can_touch("headline.expired"), said
    finish(stage, person)


def test_who_mistypes_the_number_is_asked_again(stage: Stage, person: Person) -> None:
    choose(person, "identity-card")
    type_can(person, "654321")
    person.wait_for(f"{DOCUMENT}waiting")
    stage.reader.insert(cie())
    person.wait_for(f"{DOCUMENT}wrong-key", seconds=SECONDS)
    person.touch("continue")
    type_can(person)
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    finish(stage, person)


def test_a_card_that_slips_is_read_on_without_the_number(stage: Stage, person: Person) -> None:
    chip = cie(manners=Manners(extended=False))
    choose(person, "identity-card")
    type_can(person)
    person.wait_for(f"{DOCUMENT}waiting")
    stage.reader.insert(chip, Faults(seconds=0.03, pulled_at=70))
    person.wait_for(f"{DOCUMENT}lost", seconds=SECONDS)
    assert not stage.reader.occupied
    stage.reader.insert(chip)
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    assert person.can_touch("headline.sound")
    finish(stage, person)


def test_who_stops_in_the_middle_leaves_nothing(stage: Stage, person: Person) -> None:
    choose(person, "identity-card")
    type_can(person)
    person.wait_for(f"{DOCUMENT}waiting")
    stage.reader.insert(cie(), Faults(seconds=0.4))
    person.wait_for(f"{DOCUMENT}opening", f"{DOCUMENT}reading", seconds=SECONDS)
    person.touch("stop")
    person.touch("stop.confirm")
    person.wait_for("welcome")
    stage.reader.remove()
    check(stage, person, cie())
    finish(stage, person)


def health_card(citizen: Citizen = MARIA) -> CnsChip:
    """A health card with a PIN, of the region that the trust list names."""
    key = rsa_key(2048, 40)
    certificate = CnsIssuer.make().card_certificate(key.public_key(), citizen.holder)
    return CnsChip(ATHENA_2021, key, certificate, citizen.holder)


def test_a_health_card_proves_itself_only_with_its_pin(stage: Stage, person: Person) -> None:
    choose(person, "health-card")
    person.wait_for(f"{CHECK}insert-health-card")
    stage.reader.insert(health_card())
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    assert person.can_touch("headline.unproven")
    person.touch("option.prove")
    person.wait_for(f"{CHECK}type-pin", seconds=SECONDS)
    person.types("00000")
    person.touch("continue")
    person.wait_until_left(f"{CHECK}type-pin")
    person.wait_for(f"{CHECK}type-pin", seconds=SECONDS)
    assert "2" in " ".join(person.sees())
    person.types(PIN)
    person.touch("continue")
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    assert person.can_touch("headline.sound"), person.sees()
    finish(stage, person)
    assert not readable(stage.station_dir, (MARIA.holder.codice_fiscale, PIN))


def test_the_last_try_of_a_pin_is_never_spent(stage: Stage, person: Person) -> None:
    chip = health_card()
    chip.tries = 1
    choose(person, "health-card")
    person.wait_for(f"{CHECK}insert-health-card")
    stage.reader.insert(chip)
    person.wait_for(f"{CHECK}verdict", seconds=SECONDS)
    person.touch("option.prove")
    person.wait_for(f"{CHECK}pin-refused", seconds=SECONDS)
    assert chip.tries == 1
    person.touch("continue")
    person.wait_for(f"{CHECK}verdict")
    finish(stage, person)


def test_the_form_fills_itself_from_a_proven_card(stage: Stage, person: Person) -> None:
    """Identity, birth and address come from the chip; the rest is asked as always."""
    check(stage, person, cie())
    person.touch("option.register")
    stage.reader.remove()
    person.wait_for(f"{FORM}ask-membership")
    person.touch("option.no")
    person.wait_for(f"{FORM}privacy")
    person.touch("continue")
    person.wait_until_left(f"{FORM}privacy")
    fill_form(person, MARIO)
    said = " ".join(person.sees())
    assert "RSSMRA80A01H501U" in said
    assert "01/01/1980" in said or "gennaio 1980" in said, said
    person.touch("continue")
    person.wait_for(f"{FORM}done")
    wait_until(lambda: stage.outbox_state() == "accepted", SECONDS, "the acknowledgement")
    person.leaves(f"{FORM}done", to="welcome")
