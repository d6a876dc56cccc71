"""People who do not exist, as many as a province has: registrations for measuring and for stories."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sync.model import codice_fiscale, places, registration_number
from sync.model.addresses import ItalianAddress
from sync.model.contacts import Contacts
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, State
from sync.model.dates import PartialDate, partial_from_text
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.preregistration import Community
from sync.model.registration import Registration

CODE: Final = 29_100
"""Station code of their registration numbers."""

_SYLLABLES: Final = [
    "ba",
    "be",
    "bi",
    "bo",
    "bu",
    "ca",
    "ce",
    "ci",
    "co",
    "da",
    "de",
    "di",
    "do",
    "fa",
    "fe",
    "fi",
    "fo",
    "ga",
    "go",
    "la",
    "le",
    "li",
    "lo",
    "lu",
    "ma",
    "me",
    "mi",
    "mo",
    "mu",
    "na",
    "ne",
    "ni",
    "no",
    "pa",
    "pe",
    "pi",
    "po",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "si",
    "so",
    "ta",
    "te",
    "ti",
    "to",
    "va",
    "ve",
    "vi",
    "vo",
    "za",
    "zi",
    "zo",
]
_MALE: Final = [
    "Mario",
    "Luca",
    "Paolo",
    "Giovanni",
    "Andrea",
    "Matteo",
    "Niccolò",
    "Pietro",
    "Carlo",
    "Bruno",
    "Elio",
    "Dario",
]
_FEMALE: Final = [
    "Maria",
    "Lucia",
    "Paola",
    "Giovanna",
    "Anna",
    "Chiara",
    "Teresa",
    "Bruna",
    "Elena",
    "Daria",
    "Noemi",
    "Rita",
]
_STREETS: Final = ("Via Roma", "Via Po", "Corso Francia", "Piazza Statuto", "Via Nizza")
_STATES: Final = (
    (State.REGISTRATO, False),
    (State.RISCONTRATO, False),
    (State.ATTIVATO, False),
    (State.ATTIVATO, True),
    (State.ATTIVATO, True),
)
_BIRTHPLACES: Final = ("L219", "A479", "H501", "F205", "D969", "Z330")
_TODAY: Final = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Population:
    """`count` people, the same for the same `seed`.

    Attributes:
        province: sigla of the comuni in which they live.
    """

    count: int
    seed: int = 1
    province: str = "TO"

    def registrations(self) -> Iterator[Registration]:
        """Their registrations, in order of their numbers; no codice fiscale comes twice."""
        dice = random.Random(self.seed)
        comuni = [place.belfiore for place in places.comuni_of(self.province, _TODAY)]
        used: set[str] = set()
        counter = 0
        while counter < self.count:
            person = _person(dice)
            if person.codice_fiscale in used:
                continue
            used.add(person.codice_fiscale)
            counter += 1
            yield _registration(dice, person, counter, dice.choice(comuni))


def _person(dice: random.Random) -> Person:
    sex = dice.choice((Sex.MALE, Sex.FEMALE))
    surname = "".join(dice.choice(_SYLLABLES) for _ in range(dice.randint(2, 4))).capitalize()
    name = dice.choice(_MALE if sex is Sex.MALE else _FEMALE)
    if dice.random() < 0.3:
        name = f"{name} {dice.choice(_MALE if sex is Sex.MALE else _FEMALE)}"
    born = date(1930, 1, 1) + timedelta(days=dice.randrange(80 * 365))
    return Person(
        _code(surname, name, born, sex, dice.choice(_BIRTHPLACES)), surname, name, _day(born), sex
    )


def _day(day: date) -> PartialDate:
    known = partial_from_text(day.isoformat())
    if not isinstance(known, PartialDate):
        raise TypeError("a date that is none")
    return known


def _code(surname: str, name: str, born: date, sex: Sex, place: str) -> str:
    day = born.day + (40 if sex is Sex.FEMALE else 0)
    body = (
        codice_fiscale._encode_surname(surname)
        + codice_fiscale._encode_name(name)
        + f"{born.year % 100:02}{'ABCDEHLMPRST'[born.month - 1]}{day:02}{place}"
    )
    return body + codice_fiscale._check_character(body)


def _registration(dice: random.Random, person: Person, counter: int, comune: str) -> Registration:
    state, strong = dice.choice(_STATES)
    registered = datetime(2015, 1, 1, 8, tzinfo=UTC) + timedelta(minutes=dice.randrange(6_000_000))
    registered_at = int(registered.timestamp() * 1000)
    booked = registered_at + dice.randrange(10**9)
    last = None
    if state is not State.REGISTRATO:
        done = OperationStatus.SUCCEEDED if state is State.ATTIVATO else OperationStatus.ACTIVE
        last = Booked(
            operation_id=f"{counter:032x}",
            kind=OperationKind.RISCONTRO_FORTE,
            status=done,
            booked_at=booked,
            office="Comune di Esempio",
            station="",
            valid_until=_TODAY + timedelta(days=30),
            delegation=None,
        )
    local = f"{person.surname}.{counter}".lower()
    caps = places.caps(comune)
    return Registration(
        number=registration_number.issue(CODE, counter).text,
        community=Community.SISTEMA_PIEMONTE,
        language="it",
        registered_at=registered_at,
        person=person,
        residence=ItalianAddress(
            street=dice.choice(_STREETS),
            number=str(dice.randint(1, 200)),
            comune=comune,
            cap=caps[0] if caps else None,
        ),
        domicile=None,
        contacts=Contacts(email=f"{local}@example.org", mobile=f"+39333{counter:07}"),
        document=IdentityDocument(
            DocumentKind.CARTA_IDENTITA,
            f"CA{counter % 100_000:05}{'ABCDEFGHIJ'[counter // 100_000 % 10]}A",
            _TODAY - timedelta(days=dice.randrange(3000)),
            "Comune di Esempio",
        ),
        credential=Credential(
            state=state,
            strong=strong,
            has_pin=state is not State.REGISTRATO,
            checked_at=booked if state is not State.REGISTRATO else None,
            checked_by="Comune di Esempio" if state is not State.REGISTRATO else "",
            activated_at=booked if state is State.ATTIVATO else None,
            last=last,
        ),
        username="ma•••••i" if state is State.ATTIVATO else "",
        email_confirmed=True,
    )
