"""What reading a whole identity document costs: exchanges, bytes, and time on the host.

Exchanges and bytes of EF.DG1, EF.DG11, EF.SOD and EF.DG2 are counted at the emulated chip, and
compared with the fewest that its limits allow: every answer as full as secure messaging leaves room
for, and no command beside the reads. The host's time for a verified reading (opening, reading,
signatures, chip's proof, verdict, face) is what remains of the whole when the chip's own time is
taken away; its limit is the time that the same bytes take over the air at 424 kbit/s (ISO/IEC
14443-2), which no reader can go below.

`python -m tests.benchmarks.documents` prints `BENCH document-... ratio=... limit=... ok|short`.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from hw.cards.document_reader import AnySlotDocumentReader, DocumentTimes
from hw.cards.emrtd.trust_anchors import TrustAnchors
from hw.document_readings import DocumentReading, DocumentRequest
from tests.emulated.cards.direct import DirectSlot
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.identity_documents import (
    can_key,
    cie,
    ecdh_card,
    italian_pki,
)

LIMIT = 1.1
HOST_LIMIT = 1.0
BITS_A_SECOND = 424_000
ROUNDS = 9
TODAY = date(2026, 11, 22)
FILES = (0x101, 0x10B, 0x11D, 0x102)
"""EF.DG1, EF.DG11, EF.SOD, EF.DG2 (ICAO 9303-10 table 38)."""
_SHORT = 256
_EXTENDED = 65536


@dataclass
class Counting:
    """A chip that counts what its reads cost, and the time that it takes itself.

    Attributes:
        chip: the true one.
        exchanges: by file.
        sizes: bytes by file, both directions.
        whole: exchanges and bytes of everything.
        seconds: spent in the chip.
    """

    chip: EmrtdChip
    exchanges: Counter[int] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)
    whole: list[int] = field(default_factory=lambda: [0, 0])
    seconds: float = 0.0

    @property
    def atr(self) -> bytes:
        """As the chip's."""
        return self.chip.atr

    def reset(self) -> None:
        """As the chip's."""
        self.chip.reset()

    def answer(self, command: bytes) -> bytes:
        """As the chip's, counted."""
        began, before = time.perf_counter(), len(self.chip.reads)
        answer = self.chip.answer(command)
        self.seconds += time.perf_counter() - began
        size = len(command) + len(answer)
        self.whole[0] += 1
        self.whole[1] += size
        if len(self.chip.reads) > before:
            file = self.chip.reads[-1][0]
            self.exchanges[file] += 1
            self.sizes[file] += size
        return answer


@dataclass(frozen=True, slots=True)
class Kind:
    """A card and what it allows.

    Attributes:
        name: for the line.
        make: the card.
        block: bytes of a block of its secure messaging.
        manners: its limits.
    """

    name: str
    make: Callable[..., EmrtdChip]
    block: int
    manners: Manners


KINDS = (
    Kind("cie", cie, 8, Manners()),
    Kind("cie-2048", cie, 8, Manners(most_answer=2048)),
    Kind("cie-short", cie, 8, Manners(extended=False)),
    Kind("cie-223", cie, 8, Manners(extended=False, most_answer=223)),
    Kind("ecdh-short", ecdh_card, 16, Manners(extended=False)),
    Kind("ecdh-4096", ecdh_card, 16, Manners(most_answer=4096)),
)


def answer_size(plain: int, block: int) -> int:
    """Bytes of a protected answer: DO 87, DO 99, DO 8E, status word (ICAO 9303-11 clause 9.8.4)."""
    cipher = 1 + (plain // block + 1) * block
    length = 1 if cipher < 0x80 else 2 if cipher < 0x100 else 3
    return 1 + length + cipher + 4 + 10 + 2


def fewest(size: int, kind: Kind) -> tuple[int, int]:
    """Exchanges and bytes that a file of `size` bytes costs at the least."""
    extended = kind.manners.extended
    room = _EXTENDED if extended else _SHORT
    most = min(kind.manners.most_answer, size)
    while answer_size(most, kind.block) - 2 > room:
        most -= 1
    # Header, length, DO 97, DO 8E, expected length.
    command = 4 + (3 + 4 + 10 + 2 if extended else 1 + 3 + 10 + 1)
    exchanges, left, total = 0, size, 0
    while left > 0:
        part = min(most, left)
        exchanges, left = exchanges + 1, left - part
        total += command + answer_size(part, kind.block)
    return exchanges, total


def read(kind: Kind) -> tuple[Counting, float]:
    """One verified reading: the counts, and the host's seconds."""
    counting = Counting(kind.make(manners=kind.manners))
    reader = AnySlotDocumentReader(
        lambda: (DirectSlot("Contactless", counting),), DocumentTimes(wait=5.0, whole=30.0)
    )
    pki = italian_pki()
    reader.trust(
        TrustAnchors(certificates=pki.certificates, revocation_lists=(pki.revocation_list(),))
    )
    request = DocumentRequest(key=can_key(counting.chip), today=TODAY)
    began = time.perf_counter()
    outcome = reader.read(request, lambda _progress: None)
    seconds = time.perf_counter() - began - counting.seconds
    if not isinstance(outcome, DocumentReading) or not outcome.verdict.sound:
        raise SystemExit(f"{kind.name}: not read and proven: {outcome}")
    return counting, seconds


def line(name: str, ratio: float, limit: float, told: str) -> bool:
    """Print one line; whether the limit is held."""
    ok = ratio <= limit
    print(f"BENCH {name} ratio={ratio:.2f} limit={limit:g} {'ok' if ok else 'short'} {told}")
    return ok


def measure(kind: Kind) -> bool:
    """All figures of one card; whether every limit is held."""
    rounds = [read(kind) for _ in range(ROUNDS)]
    counting = rounds[0][0]
    sizes = counting.chip.document.files()
    least = [fewest(len(sizes[file]), kind) for file in FILES]
    exchanges, size = (sum(each) for each in zip(*least, strict=True))
    ours = sum(counting.exchanges[file] for file in FILES)
    bytes_ours = sum(counting.sizes[file] for file in FILES)
    air = counting.whole[1] * 8 / BITS_A_SECOND
    host = statistics.median(seconds for _, seconds in rounds)
    in_all = f"whole={counting.whole[0]} exchanges, {counting.whole[1]} bytes"
    held = [
        line(f"document-exchanges-{kind.name}", ours / exchanges, LIMIT, f"ours={ours} {in_all}"),
        line(f"document-bytes-{kind.name}", bytes_ours / size, LIMIT, f"ours={bytes_ours}"),
        line(
            f"document-host-{kind.name}",
            host / air,
            HOST_LIMIT,
            f"host_ms={1000 * host:.0f} air_ms={1000 * air:.0f}",
        ),
    ]
    return all(held)


def main() -> int:
    """Print all lines; 1 where one falls short."""
    return 0 if min([measure(kind) for kind in KINDS]) else 1


if __name__ == "__main__":
    sys.exit(main())
