"""An administrator at the console's window: card and PIN, keys alone, at a person's pace."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.emulated.cards.virtual_reader import VirtualReader
from tests.emulated.services import wait_until
from tests.workbench.administrators import Administrator
from tests.workbench.counter import OPERATOR_PIN
from tests.workbench.person import NotSeenError, Person

_SECONDS: Final = 40.0
_PER_SECOND: Final = 10.0
_MOST_TRIES: Final = 3
_DOT: Final = "\N{BULLET}"
_PASSWORD: Final = re.compile(r"[2-9A-HJKMNP-Z]{4}")


@dataclass
class AtConsole:
    """An administrator before a counter's window.

    Attributes:
        person: hands and eyes.
        reader: where the card goes.
    """

    person: Person
    reader: VirtualReader

    def sign_in(self, who: Administrator) -> None:
        """Card and PIN, up to the menu."""
        person = self.person
        person.wait_for("clerk.sign-in", seconds=_SECONDS)
        self.reader.insert(who.chip())
        wait_until(lambda: person.can_touch("field.pin"), _SECONDS, "the field of the PIN")
        for _try in range(_MOST_TRIES):
            person.writes(OPERATOR_PIN, per_second=5)
            if self.sees_soon(_DOT * len(OPERATOR_PIN)):
                break
            person.presses(*["BackSpace"] * len(OPERATOR_PIN))  # a busy window lost a key
        person.presses("Return")
        person.wait_for("clerk.menu", seconds=_SECONDS)

    def sign_out(self) -> None:
        """The card goes, the sign-in comes; what was kept of a page is given up."""
        person = self.person
        before = person.screen()
        person.presses("F12")
        person.wait_until_left(before, seconds=_SECONDS)
        self.reader.remove()
        person.wait_for("clerk.sign-in", seconds=_SECONDS)

    def sign_in_by_day(self, codice_fiscale: str, password: str) -> None:
        """Codice fiscale and daily password, up to the menu."""
        person = self.person
        person.wait_for("clerk.sign-in", seconds=_SECONDS)
        person.touch("dailychosen")
        person.wait_for("clerk.day-sign-in")
        person.writes(codice_fiscale, per_second=_PER_SECOND)
        person.presses("Tab")
        person.writes(password, per_second=5)
        person.presses("F2")
        person.wait_for("clerk.menu", seconds=_SECONDS)

    def open(self, entry: str, page: str) -> None:
        """An entry of the menu, and the list behind it as the hub tells it."""
        self.person.touch(f"menu.{entry}")
        self.person.wait_for(page, seconds=_SECONDS)

    def goes(self, key: str, page: str) -> None:
        """Press a key until its page comes: while the window answers one, it takes no other."""
        before = self.person.screen()
        for _try in range(_MOST_TRIES):
            self.person.presses(key)
            try:
                self.person.wait_until_left(before, seconds=3.0)
            except NotSeenError:
                continue
            break
        self.person.wait_for(page, seconds=_SECONDS)

    def refresh_until(self, text: str) -> None:
        """Ask the hub again until a text stands on the page."""

        def there() -> bool:
            if self.sees(text):
                return True
            self.person.presses("F5")
            return self.sees_soon(text)

        wait_until(there, _SECONDS, text)

    def sees(self, text: str) -> bool:
        """Whether a text stands on the page, by itself or within another."""
        return any(text in one for one in self.person.sees())

    def sees_soon(self, text: str) -> bool:
        """Whether it comes within a moment."""
        try:
            wait_until(lambda: self.sees(text), 2.0, text)
        except TimeoutError:
            return False
        return True

    def confirm(self) -> None:
        """Tick what is to be stated, where something is; record; the hub accepts."""
        person = self.person
        before = person.screen()
        if not person.can_touch("continue"):
            person.presses("space")
            wait_until(lambda: person.can_touch("continue"), _SECONDS, "the way on")
        person.presses("F2")
        person.wait_until_left(before, seconds=_SECONDS)

    def accepted(self) -> None:
        """The page of an act says that the hub has accepted it; go on."""
        person = self.person
        person.wait_for("console.sent", seconds=_SECONDS)
        wait_until(lambda: person.can_touch("sent.accepted"), _SECONDS, "the hub's decision")
        person.presses("F2")
        person.wait_until_left("console.sent")

    def password(self) -> str:
        """The one-time code as it stands on the page."""
        groups = [text for text in self.person.sees() if _PASSWORD.fullmatch(text)]
        return "-".join(groups)
