"""A bench for identity documents: a rig with short times and a trust list, over the real pcscd."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from hw.cards.document_reader import DocumentTimes
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import (
    DocumentKey,
    DocumentReading,
    DocumentRequest,
    Finding,
    HolderClaim,
    Property,
    ReadingProgress,
)
from hw.errors import DeviceTrouble
from hw.rig import RigSettings, open_rig
from tests.emulated.cards.bad_documents import revocation_list
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import can_key, italian_pki, zone_key
from tests.emulated.cards.virtual_reader import SOUND, Chip, Faults, VirtualReader

TODAY = date(2026, 11, 22)
MARIO = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101")
TIMES = DocumentTimes(wait=4.0, whole=20.0, silence=1.5)


def anchors() -> TrustAnchors:
    """A trust list with the Italian signers and their current revocation list."""
    return TrustAnchors(
        certificates=tuple(italian_pki().certificates),
        revocation_lists=(revocation_list(),),
        version=1,
        issued=date(2026, 11, 1),
    )


def key_of(chip: EmrtdChip) -> DocumentKey:
    """What a person would type in for this document."""
    return can_key(chip) if chip.document.can else zone_key(chip)


def request(key: DocumentKey, *, with_face: bool = True) -> DocumentRequest:
    return DocumentRequest(key, TODAY, MARIO, with_face=with_face)


def findings(reading: DocumentReading) -> dict[Property, Finding]:
    return {judgement.property: judgement.finding for judgement in reading.verdict.judgements}


def fact(reading: DocumentReading, name: str) -> int:
    """A counted fact."""
    return int(dict(reading.facts)[name])


@dataclass
class DocumentBench:
    """A rig, and what it told.

    Attributes:
        readers: the readers of the daemon.
        times: of the rig.
        told: every step that was told.
        hand: set when `stay` shall not lay the card down again.
        fetching: the thread that does.
    """

    readers: tuple[VirtualReader, ...]
    times: DocumentTimes = TIMES
    told: list[ReadingProgress] = field(default_factory=list)
    hand: threading.Event = field(default_factory=threading.Event)
    fetching: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.rig = open_rig(RigSettings(speech=False, document_times=self.times))
        self.rig.trust_documents(anchors())

    def read(self, key: DocumentKey, *, with_face: bool = True) -> DocumentReading | DeviceTrouble:
        return self.rig.read_document(request(key, with_face=with_face), self.told.append)

    def reading(self, key: DocumentKey, *, with_face: bool = True) -> DocumentReading:
        outcome = self.read(key, with_face=with_face)
        assert isinstance(outcome, DocumentReading), outcome
        return outcome

    def code(self, key: DocumentKey) -> str:
        outcome = self.read(key, with_face=False)
        assert isinstance(outcome, DeviceTrouble), "it was read"
        return outcome.code

    def stay(self, chip: Chip, faults: Faults = SOUND, then: Chip | None = None) -> None:
        """Lay a card on the first reader; when it has left by itself, lay `then` (or it) again."""
        reader = self.readers[0]
        reader.insert(chip, faults)
        self.hand = hand = threading.Event()

        def put_back() -> None:
            while reader.occupied and not hand.wait(0.01):
                pass
            if not hand.is_set():
                reader.insert(then or chip)

        self.fetching = threading.Thread(target=put_back, name="hand", daemon=True)
        self.fetching.start()

    def clear(self) -> None:
        """Take the card off the first reader, and lay none down again."""
        self.hand.set()
        if self.fetching is not None:
            self.fetching.join(10)
        self.readers[0].remove()


def later(seconds: float, act: Callable[[], None]) -> threading.Thread:
    """Do something in a while."""

    def wait_and_act() -> None:
        time.sleep(seconds)
        act()

    thread = threading.Thread(target=wait_and_act, daemon=True)
    thread.start()
    return thread
