"""When what several pictures say counts: the same code in a row, and no other one in between.

Pictures of a card that is held still resemble one another, and so may their faults. Agreement
keeps out what flickers; that a text is right in itself is for its check characters to say, which
`accept` of a scan asks before a code gets here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from hw.pictures import BarcodeReading, Symbology

NEEDED: Final[Mapping[Symbology, int]] = {
    Symbology.CODE_39: 3,
    Symbology.QR: 2,
    Symbology.PDF_417: 2,
}
"""Pictures that must agree. QR and PDF417 mend and check themselves (Reed-Solomon), Code 39 has
nothing but bars that seldom resemble those of another character."""

WITHIN_SECONDS: Final = 3.0
"""From the first to the last of the pictures that agree."""


class Agreement:
    """Counts sightings of codes that mean something.

    Attributes:
        several_at: when different codes were last seen together or in turns; None: never.
    """

    def __init__(
        self, needed: Mapping[Symbology, int] = NEEDED, within: float = WITHIN_SECONDS
    ) -> None:
        self._needed = needed
        self._within = within
        self._code: tuple[Symbology, str] | None = None
        self._seen_at: list[float] = []
        self.several_at: float | None = None

    def add(self, codes: Collection[tuple[Symbology, str]], at: float) -> BarcodeReading | None:
        """A picture was looked at; an empty one changes nothing but the time.

        Args:
            codes: all that it shows and that means something.
            at: when, in monotonic seconds, never less than before.

        Returns:
            The reading, once enough pictures agree.
        """
        self._seen_at = [seen for seen in self._seen_at if at - seen <= self._within]
        if not self._seen_at:
            self._code = None
        if len(set(codes)) > 1:
            self._start(None, at)
            self.several_at = at
            return None
        for code in codes:
            if code != self._code:
                if self._code is not None:
                    self.several_at = at
                self._start(code, at)
            else:
                self._seen_at.append(at)
            symbology, text = code
            if len(self._seen_at) >= self._needed.get(symbology, max(self._needed.values())):
                return BarcodeReading(text, symbology, len(self._seen_at))
        return None

    def _start(self, code: tuple[Symbology, str] | None, at: float) -> None:
        self._code = code
        self._seen_at = [at]
