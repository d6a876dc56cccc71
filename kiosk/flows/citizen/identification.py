"""Identification, "Conferma che sei tu": after a good verdict the holder confirms to be the holder.

    (a verdict) -> Intro -> ChooseWay -> (fingers: `steps.fingerprint`) -> Confirm
                                      -> (the PIN of the health card: `identity_check`) -> Confirm
                                      -> Confirm (the operator at the counter looks)
    Confirm -> Recording -> RecordFailed | Done

No way is the only one (EN 301 549, 5.3): the operator's eyes are always on offer. Nothing of it is
kept in a draft: a crash is an identification to be begun again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen.identity_check import VerdictPage
from kiosk.flows.papers import Papers
from kiosk.flows.receipt import ActReceipt
from kiosk.flows.steps.fingerprint import Fingers
from sync.model.identification import Identification, Way


@dataclass(frozen=True, slots=True)
class Intro:
    """What is recorded, by whom and for how long; `Continued`, `Back` to the verdict."""

    page: VerdictPage
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class ChooseWay:
    """How: `OptionChosen` of a `Way`'s value.

    Attributes:
        candidate: who.
        fingers: excuses for both hands, where no finger could be taken of either: then fingers
            are not on offer any more.
    """

    candidate: Candidate
    fingers: Fingers = field(default_factory=Fingers)


@dataclass(frozen=True, slots=True)
class Confirm:
    """All that will be recorded, to be looked at: `Continued` records, `Refused` another way."""

    candidate: Candidate
    way: Way
    fingers: Fingers = field(default_factory=Fingers)


@dataclass(frozen=True, slots=True)
class Recording:
    """The identification is being made durable: under a second."""

    act: Identification


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """Not recorded as far as is known; `Continued` tries the same act again, `Back` asks to leave."""

    act: Identification
    code: str


@dataclass(frozen=True, slots=True)
class Done:
    """Durable on this station: what happens next, and the slip. `Continued` ends."""

    receipt: ActReceipt
    papers: Papers = ()


IdentificationState = Intro | ChooseWay | Confirm | Recording | RecordFailed | Done
