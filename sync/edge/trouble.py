"""What can be wrong with a station's store, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FULL: Final = "store.full"
READ_ONLY: Final = "store.read-only"
NEWER: Final = "store.newer"
DAMAGED: Final = "store.damaged"
BUSY: Final = "store.busy"
UNAVAILABLE: Final = "store.unavailable"
FOREIGN: Final = "store.foreign"
NOT_DURABLE: Final = "store.not-durable"
DISK: Final = "store.disk"
BEHIND_HUB: Final = "store.behind-hub"
FORKED: Final = "store.forked"
NUMBERS_EXHAUSTED: Final = "store.numbers-exhausted"
SEALED: Final = "store.sealed"
REBUILT: Final = "store.rebuilt"


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """Why the store could not do what was asked. What was recorded before is untouched.

    Attributes:
        code: one of the codes of this module:

            - `store.full`: no space left, or less than what is kept free for acknowledgements;
            - `store.read-only`: the file or its disk cannot be written;
            - `store.newer`: written by a newer version of this program;
            - `store.damaged`: not a database, or its content contradicts itself;
            - `store.busy`: another program holds it for too long;
            - `store.unavailable`: it cannot be opened;
            - `store.foreign`: it belongs to another station, or to another program;
            - `store.not-durable`: SQLite did not take the settings that make commits durable;
            - `store.disk`: the disk failed;
            - `store.behind-hub`: the hub holds operations of this station that are not in this
              store, so it is an old copy: recording would issue their numbers again;
            - `store.forked`: the hub holds another operation at a place of this chain;
            - `store.numbers-exhausted`: every registration number of the station is issued;
            - `store.sealed`: its envelopes are sealed by another key store than this station's;
            - `store.rebuilt`: it was damaged and made anew, and the hub has not said yet where it
              holds the chain.
    """

    code: str
