"""A citizen who preregisters: knows her answers, and finds her way by what the screen asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.emulated.cards.holder import Holder
from tests.workbench.person import NotSeenError, Person

_FORM = "preregistration."
_ASKING = "preregistration.asking."
_MOST_PAGES = 80


@dataclass(frozen=True, slots=True)
class Citizen:
    """What she will answer.

    Attributes:
        holder: whose health card she has.
        texts: what she types, by question.
        options: what she touches, by question; a search is typed first and then touched.
        dates: eight digits, DDMMYYYY, by question.
        skipped: optional questions that she leaves out.
    """

    holder: Holder
    texts: Mapping[str, str]
    options: Mapping[str, str]
    dates: Mapping[str, str] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()

    @property
    def email(self) -> str:
        """Where letters reach her."""
        return self.texts["email"]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be readable on the kiosk's disk."""
        holder = self.holder
        return (
            holder.surname,
            holder.codice_fiscale,
            *(text for question, text in self.texts.items() if len(text) > 4),
        )


MARIA = Citizen(
    holder=Holder(
        surname="MARTINI",
        name="MARIA",
        birth_date="16121983",
        sex="F",
        codice_fiscale="MRTMRA83T56A269B",
    ),
    texts={
        "residence-street": "Corso Francia",
        "residence-number": "24",
        "residence-cap": "10138",
        "email": "maria.martini@posta.example",
        "mobile": "3331234567",
        "document-number": "CA00000AA",
        "document-issuer": "Comune di Torino",
    },
    options={"domicile": "no", "delegation": "in-person", "document-kind": "carta_identita"},
    dates={"document-issued-on": "15032022"},
    skipped=frozenset({"note"}),
)


def fill_form(
    person: Person, citizen: Citizen, on_page: Callable[[str], None] = lambda _screen: None
) -> None:
    """Answer every page from the first question to the summary.

    Args:
        person: at the kiosk, past the card.
        citizen: her answers.
        on_page: told the name of each new page before it is answered.
    """
    for _page in range(_MOST_PAGES):
        screen = person.settled()
        on_page(screen)
        if screen == f"{_FORM}summary":
            return
        if screen.startswith(_ASKING):
            _answer(person, citizen, screen.removeprefix(_ASKING))
        elif screen in {f"{_FORM}review", f"{_FORM}check-email"}:
            person.touch("continue")
        else:
            raise NotSeenError(f"no way on from {screen}")
        person.wait_until_left(screen)
    raise NotSeenError("the form does not end")


def _answer(person: Person, citizen: Citizen, question: str) -> None:
    if question in citizen.options:
        person.touch(f"option.{citizen.options[question]}")
    elif question in citizen.dates:
        person.types_date(citizen.dates[question])
        person.touch("continue")
    elif question in citizen.texts:
        person.erases()
        person.types(citizen.texts[question])
        person.touch("continue")
    elif question in citizen.skipped or person.can_touch("option.skip"):
        person.touch("option.skip")
    else:
        raise NotSeenError(f"she has no answer to {question}")
