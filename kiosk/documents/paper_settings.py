"""What an office says of its papers: its envelopes, and the addresses that letters name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class WindowSide(Enum):
    """Where the window of the office's envelopes is, seen from the front."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """Settings of the papers of a counter.

    Attributes:
        window: of the envelopes; on the right is usual in Italy.
        home: address of the pages where a person concludes at home, as one types it; empty where
            only a kiosk is named.
        authority: who releases the credentials; empty for the office itself.
        revocation_address: where a request of revocation goes by registered letter, in lines
            (R-003-59); empty leaves it to be written by hand.
    """

    window: WindowSide = WindowSide.RIGHT
    home: str = ""
    authority: str = ""
    revocation_address: str = ""
