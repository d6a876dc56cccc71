"""Parts of a page that go with the session while the page stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kiosk.flows.state import Session
from kiosk.screens.widgets.layout import Align, Column, Part


class Follows(Column):
    """Parts that are made anew for each session that the page is told of; nothing else is.

    Args:
        session: the first.
        build: makes the parts.
        said: what of a session they depend on; where it stays, they stay.
        gap: between them, pixels.
    """

    def __init__(
        self,
        session: Session,
        build: Callable[[Session], Sequence[Part]],
        said: Callable[[Session], object],
        *,
        gap: int = 0,
    ) -> None:
        self._build = build
        self._said = said
        self._shown = said(session)
        super().__init__(build(session), gap=gap, along=Align.MIDDLE)

    def follow(self, session: Session) -> bool:
        """Show another session; whether anything changed. Takes effect when placed."""
        said = self._said(session)
        if said == self._shown:
            return False
        self._shown = said
        self.fill(self._build(session))
        return True


def within(part: Part) -> Iterator[Part]:
    """A part and everything in it."""
    yield part
    for inner in part.parts:
        yield from within(inner)
