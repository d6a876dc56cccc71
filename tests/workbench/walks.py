"""How a person gets to the pages that use devices."""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import Image

from sync.model import registration_number
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, CnsChip
from tests.emulated.cards.identity_documents import CAN, cie
from tests.emulated.codes.drawing import code_39, qr
from tests.workbench.citizen import MARIA, fill_form
from tests.workbench.fingertips import LEFT, RIGHT, give_finger
from tests.workbench.person import Person
from tests.workbench.stage import Stage

NUMBER: Final = registration_number.issue(1, 999_999).text
"""A right number that no station issued."""
WALL: Final = Image.new("RGB", (1280, 720), (96, 96, 96))
"""What the camera sees where nothing is held to it."""
_SECONDS: Final = 30.0


@cache
def held_number() -> Image.Image:
    """A receipt's code, held to the camera."""
    return held(qr(NUMBER, module=10))


@cache
def held_card() -> Image.Image:
    """The bar code of a health card, held to the camera."""
    return held(code_39(MARIA.holder.codice_fiscale, narrow=2, tall=80))


@cache
def held_sheet() -> Image.Image:
    """The sheet of the test papers."""
    return held(qr("SPORTELLO TEST", module=10))


def held(code: Image.Image) -> Image.Image:
    """A code in the middle of a light card, before the camera."""
    picture = Image.new("RGB", WALL.size, (200, 200, 200))
    left, top = (WALL.width - code.width) // 2, (WALL.height - code.height) // 2
    picture.paste(code.convert("RGB"), (left, top))
    return picture


@cache
def health_card() -> CnsChip:
    """Maria's health card, of the region that the trust list names."""
    key = rsa_key(2048, 40)
    certificate = CnsIssuer.make().card_certificate(key.public_key(), MARIA.holder)
    return CnsChip(ATHENA_2021, key, certificate, MARIA.holder)


def to_choose_card(person: Person) -> None:
    """The identity check: which card."""
    person.touch("service.identity-check")
    person.wait_for("identity-check.intro")
    person.touch("continue")
    person.wait_for("identity-check.choose-card")


def type_can(person: Person) -> None:
    """From the choice of the card to the request to lay it down."""
    person.touch("option.identity-card")
    person.wait_for("identity-document.type-can")
    type_number(person)
    person.wait_for("identity-document.waiting")


def type_number(person: Person) -> None:
    """The six digits of the card's front."""
    person.types(CAN)
    person.touch("continue")


def to_ways(stage: Stage) -> None:
    """An identity card is proven; its holder chooses how to confirm who it is."""
    person = stage.person
    to_choose_card(person)
    type_can(person)
    stage.reader.insert(cie())
    person.wait_for("identity-check.verdict", seconds=_SECONDS)
    stage.reader.remove()
    from_verdict_to_ways(person)


def from_verdict_to_ways(person: Person) -> None:
    """From a good verdict to the ways of confirming."""
    person.touch("option.identify")
    person.wait_for("identification.intro")
    person.touch("continue")
    person.wait_for("identification.choose-way")


def to_choose_finger(stage: Stage) -> None:
    """Fingers, the right hand's first."""
    to_ways(stage)
    from_ways_to_finger(stage.person)


def from_ways_to_finger(person: Person) -> None:
    """From the ways of confirming to the choice of the right hand's finger."""
    person.touch("option.fingerprints")
    person.wait_for("fingerprint.notice")
    person.touch("continue")
    person.wait_for("fingerprint.choose-finger.right")


def to_place(person: Person) -> None:
    """From the choice of the finger to its being waited for."""
    person.touch("option.index")
    person.wait_for("fingerprint.taking.place")


def to_finger_review(stage: Stage) -> None:
    """Both fingers are taken."""
    if stage.sensor is None:
        raise ValueError("the stage has no sensor")
    to_choose_finger(stage)
    person = stage.person
    for hand, skin in (("right", RIGHT), ("left", LEFT)):
        person.wait_for(f"fingerprint.choose-finger.{hand}")
        to_place(person)
        give_finger(person, stage.sensor, skin)
    person.wait_for("fingerprint.review")


def to_identified(stage: Stage) -> None:
    """The operator's eyes are chosen, the identification is recorded."""
    to_ways(stage)
    person = stage.person
    person.touch("option.operator")
    person.wait_for("identification.confirm")
    person.touch("continue")
    person.wait_for("identification.done")


def to_insert_card(person: Person) -> None:
    """The preregistration asks for the card."""
    person.touch("service.preregistration")
    person.wait_for("preregistration.ask-membership")
    person.touch("option.no")
    person.wait_for("preregistration.privacy")
    person.touch("continue")
    person.wait_for("preregistration.insert-card")


def to_typed_code(person: Person) -> None:
    """The preregistration without a card asks for the codice fiscale."""
    to_insert_card(person)
    person.touch("refuse")
    person.wait_for("preregistration.asking.codice-fiscale")


def to_registered(stage: Stage) -> None:
    """The whole preregistration, up to its papers."""
    person = stage.person
    to_insert_card(person)
    stage.reader.insert(health_card())
    person.wait_for("preregistration.review", seconds=_SECONDS)
    fill_form(person, MARIA)
    stage.reader.remove()
    person.touch("continue")
    person.wait_for("preregistration.done", seconds=_SECONDS)


def to_number(person: Person) -> None:
    """Where the number of a registration is asked for."""
    person.touch("service.registration-status")
    person.wait_for("registration-status.ask-number")
