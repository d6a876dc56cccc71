"""A clerk at a counter's window: card and PIN, keyboard, hand scanner, at the pace of a person.

Nothing is touched: every page is worked by keys, as somebody does who serves people all day.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from pypdf import PdfReader

from tests.emulated.cards.virtual_reader import VirtualReader
from tests.emulated.services import wait_until
from tests.workbench.counter import ANNA, OPERATOR_PIN, Clerk
from tests.workbench.person import NotSeenError, Person

TYPING: Final = 5.0
"""Keys a second of a clerk who types a form from a document in front of them."""
HURRYING: Final = 14.0
"""Keys a second where the pace is nobody's question; a scanner is still told from it."""
_SECONDS: Final = 40.0
_SCANNER_AWAY: Final = 0.4
"""Nobody has a hand back on the keys at once; a key behind a scan is the scanner's own."""
_DOT: Final = "•"
_MOST_TRIES: Final = 3
_PIN: Final = re.compile(r"\bPIN\s+(\d{4})\s+(\d{4})")
_CODE: Final = re.compile(r"\b(?:[2-9A-HJKMNP-Z]{4}[-\s]){2}[2-9A-HJKMNP-Z]{4}\b")
_NUMBER: Final = re.compile(r"\bLettera numero ([0-9A-F]{4}-[0-9A-F]{4})\b")


@dataclass(frozen=True, slots=True)
class Applicant:
    """Somebody who does not exist, with a document in the hand.

    Attributes:
        codice_fiscale: on the bar code of the health card.
        province, comune: as the clerk looks them up, some letters are enough.
        issued_on: DDMMYYYY.
    """

    codice_fiscale: str = "RSSMRA80A01H501U"
    surname: str = "Rossi"
    name: str = "Mario"
    province: str = "to"
    comune: str = "torino"
    street: str = "Via Garibaldi"
    number: str = "12"
    cap: str = "10122"
    email: str = "mario.rossi@posta.example"
    mobile: str = "3331234567"
    document: str = "CA12345AA"
    issued_on: str = "15032022"
    issuer: str = "Comune di Torino"


@dataclass
class AtCounter:
    """A clerk before a counter's window.

    Attributes:
        person: hands and eyes.
        reader: where the card goes.
        clerk: who it is.
        pace: keys a second.
        seen: every text that stood on a page while `watched`.
    """

    person: Person
    reader: VirtualReader
    clerk: Clerk = ANNA
    pace: float = HURRYING
    seen: set[str] = field(default_factory=set)

    # --- on duty

    def sign_in(self) -> None:
        """Card and PIN; looks at the dots, and types again where a busy window lost a key."""
        person = self.person
        person.wait_for("clerk.sign-in", "clerk.card-pulled")
        self.reader.insert(self.clerk.chip())
        wait_until(lambda: person.can_touch("field.pin"), _SECONDS, "the field of the PIN")
        for _try in range(_MOST_TRIES):
            person.writes(OPERATOR_PIN, per_second=TYPING)
            if self._dots(len(OPERATOR_PIN)):
                break
            person.presses(*["BackSpace"] * len(OPERATOR_PIN))
            self._dots(0)
        person.presses("Return")
        person.wait_until_left("clerk.sign-in", seconds=_SECONDS)

    def to_menu(self) -> None:
        """Signed in, before the menu, whatever page it was."""
        person = self.person
        if person.screen() in {"clerk.sign-in", "clerk.card-pulled"}:
            self.sign_in()
        person.wait_for("clerk.menu", seconds=_SECONDS)

    def wait_for_mirror(self, waiting: int = 0) -> None:
        """The station's copy of the registry is up to date, nothing of its own undecided."""
        wait_until(
            lambda: (
                self.person.can_touch("mirror.age")
                and self.person.can_touch("mirror.waiting") == bool(waiting)
            ),
            _SECONDS,
            "the mirror",
        )

    # --- registration ex-novo

    def register(
        self, applicant: Applicant, on_page: Callable[[str], None] = lambda _page: None
    ) -> float:
        """From the menu to the print page; the seconds that it took.

        Args:
            applicant: who is registered.
            on_page: told the name of a page that is filled, before it is left.
        """
        person = self.person
        began = time.monotonic()
        person.writes("1")
        person.wait_for("clerk.notice")
        person.presses("F2")
        person.wait_for("clerk.start")
        person.scans(applicant.codice_fiscale)
        self._until_seen(applicant.codice_fiscale)
        time.sleep(_SCANNER_AWAY)
        person.presses("Tab")
        self._fill(applicant.province, applicant.comune)
        person.presses("F2")
        person.wait_for("clerk.registration-form", seconds=_SECONDS)
        self._fill_form(applicant)
        on_page("2-form")
        person.presses("F2")
        person.wait_for("clerk.registration-confirm")
        on_page("3-confirm")
        self.confirm()
        return time.monotonic() - began

    def _fill_form(self, applicant: Applicant) -> None:
        """Every mandatory field that the bar code and the pages before have not filled."""
        one = applicant
        self._fill(one.surname, one.name)
        self.person.presses("Tab", "Tab", "Tab", "Tab")  # birth, sex, Provincia, Comune stand
        self._fill(one.street, one.number, one.cap)
        self.person.presses("Tab")  # no other address
        self._fill(one.email, one.mobile)
        self.person.presses("Tab", "Tab")  # no landline; an identity card
        self._fill(one.document, one.issued_on, one.issuer)

    def _fill(self, *texts: str) -> None:
        """One field after the other."""
        for text in texts:
            self.person.writes(text, per_second=self.pace)
            self.person.presses("Tab")

    def confirm(self) -> None:
        """Tick what is to be stated, and record; the print page comes."""
        self.tick_all()
        with self.watched():
            self.person.presses("F2")
            self.person.wait_for("clerk.letters", seconds=_SECONDS)

    def tick_all(self) -> None:
        """Tick one box after the other, until the page goes on."""
        person = self.person
        while not person.can_touch("continue"):
            person.presses("space")
            if not self._soon_can_touch("continue"):
                person.presses("Tab")

    # --- a registration that is there

    def open_scanned(self, code: str) -> None:
        """A health card or a receipt before the scanner, from the menu."""
        self.person.scans(code)
        self.person.wait_for("clerk.detail", seconds=_SECONDS)

    def book(self, kind: str) -> None:
        """From the detail to the print page of an operation, without a delegation."""
        person = self.person
        person.presses("F6")
        person.wait_for("clerk.choose-operation", seconds=_SECONDS)
        person.touch(f"operation.{kind}")
        person.wait_for("clerk.booking-delegation")
        person.presses("F2")
        person.wait_for("clerk.booking-confirm")
        self.confirm()

    # --- papers

    def await_papers(self, *documents: str) -> None:
        """Wait until these papers are out."""
        wait_until(
            lambda: all(self.papers().get(one) == "printed" for one in documents),
            _SECONDS,
            f"{', '.join(documents)}",
        )

    def papers(self) -> dict[str, str]:
        """State of each paper of the page."""
        told = self.person.ask("papers")
        return dict(told) if isinstance(told, dict) else {}

    def print_code_letter(self) -> None:
        """The code on paper, which goes by e-mail otherwise."""
        self.person.touch("print.activation-letter")
        self.await_papers("activation-letter")

    def finish(self) -> None:
        """Everything is handed over; back before the menu."""
        person = self.person
        wait_until(lambda: person.can_touch("continue"), _SECONDS, "the way on")
        person.presses("F2")
        person.wait_for("clerk.done")
        person.presses("F2")
        person.wait_until_left("clerk.done")
        while person.screen() != "clerk.menu":
            before = person.screen()
            person.presses("Escape")
            person.wait_until_left(before)

    # --- what is seen

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Remember the texts of the page at the begin and the end of the context."""
        self.seen.update(self.person.sees())
        yield
        self.seen.update(self.person.sees())

    def _dots(self, count: int) -> bool:
        """Whether so many dots stand in the field of the PIN within a moment."""
        wanted = _DOT * count
        return self._soon(lambda: (wanted in self.person.sees()) if count else self._no_dots())

    def _no_dots(self) -> bool:
        return not any(text and set(text) == {_DOT} for text in self.person.sees())

    def _until_seen(self, text: str) -> None:
        if not self._soon(lambda: text in self.person.sees(), _SECONDS):
            raise NotSeenError(f"{len(text)} characters do not come on {self.person.screen()}")

    def _soon_can_touch(self, name: str) -> bool:
        return self._soon(lambda: self.person.can_touch(name), 0.6)

    @staticmethod
    def _soon(condition: Callable[[], bool], seconds: float = 1.5) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.03)
        return True


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """What a citizen reads in the letters: PIN, code, and the number by which they are called."""

    pin: str = ""
    code: str = ""
    number: str = ""

    @property
    def spellings(self) -> tuple[str, ...]:
        """How they could stand somewhere."""
        found = []
        for secret in (self.pin, self.code):
            if secret:
                plain = re.sub(r"[-\s]", "", secret)
                groups = [plain[place : place + 4] for place in range(0, len(plain), 4)]
                found += [plain, "-".join(groups), " ".join(groups)]
        return tuple(found)


def read_letters(papers: Sequence[bytes]) -> Secrets:
    """PIN and activation code as they stand on the sheets that came out of the printer."""
    pin = code = number = ""
    for paper in papers:
        text = paper_text(paper)
        if named := _NUMBER.search(text):
            number = named.group(1)
        found = _PIN.search(text)
        pin = "".join(found.groups()) if found else pin
        if not found and (match := _CODE.search(text)):
            code = match.group()
    return Secrets(pin, code, number)


def paper_text(paper: bytes) -> str:
    """The text of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
