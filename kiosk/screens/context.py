"""What every screen is drawn with: theme, texts, and the way back to the flow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hw.ports import Preview
from kiosk.flows.events import Event
from kiosk.flows.phrases import Phrase, Value, phrase
from kiosk.screens.theme import Colour, Font, LetterSize, Theme
from kiosk.screens.widgets.layout import Align
from kiosk.screens.widgets.text import Text
from kiosk.strings.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Previews:
    """What live sources see.

    Attributes:
        camera: the camera, while a code is looked for; None where the station has none.
        finger: the fingerprint sensor, while a finger is taken; None where there is none.
    """

    camera: Preview | None = None
    finger: Preview | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one screen.

    Attributes:
        theme: colours and sizes.
        catalogue: texts in the person's language.
        emit: takes what the person did; returns at once.
        previews: what live sources see.
    """

    theme: Theme
    catalogue: Catalogue
    emit: Callable[[Event], None]
    previews: Previews = Previews()

    def px(self, units: float) -> int:
        """Pixels of a length in units."""
        return self.theme.px(units)

    def words(self, key: str, **values: Value) -> str:
        """The catalogue's text."""
        return self.catalogue.say(phrase(key, **values))

    def say(self, said: Phrase) -> str:
        """The catalogue's text of a phrase that the flow composed."""
        return self.catalogue.say(said)

    def text(
        self,
        words: str,
        size: LetterSize,
        ink: Colour,
        font: Font = Font.TEXT,
        *,
        align: str = "left",
        down: Align = Align.MIDDLE,
    ) -> Text:
        """A text part."""
        return Text(words, font, self.theme.letters(size), ink, align=align, down=down)
