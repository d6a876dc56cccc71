"""What opening a chip costs the host: PACE of each kind, the chip's and the link's time left out.

The peer is who answers at the other end, as it computes as much as the terminal does: libeac
(OpenPACE, in C), of which the limit is ten times; where it lacks a mapping the emulated chip, in
Python like ourselves, of which the limit is three times.

`python -m tests.benchmarks.pace` prints `BENCH pace-... ratio=... limit=... ok|short` lines.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from hw.apdu.command import Command, Response
from hw.apdu.link import Link
from hw.cards.emrtd.pace import PaceSession, authenticate, choose
from hw.cards.emrtd.security_infos import parse
from hw.document_readings import CardAccessNumber
from hw.errors import DeviceTrouble
from tests.contract.cards.libeac_chip import LibeacChip
from tests.contract.cards.libeac_terminal import CAN, load
from tests.emulated.cards.emrtd_crypto import Suite
from tests.emulated.cards.emrtd_protocols import Mapping, PaceOffer
from tests.emulated.cards.identity_documents import cam_card, cie, ecdh_card
from tests.unit.hw.emrtd.scripted import ChipLink

LIBEAC_LIMIT = 10.0
CHIP_LIMIT = 3.0
RUNS = 15
DIGITS = "123456"


class Watch:
    """A link that measures what is behind it.

    Attributes:
        behind: seconds spent in the following link.
        exchanges: commands so far.
    """

    def __init__(self, following: Link) -> None:
        self.behind = 0.0
        self.exchanges = 0
        self._next = following

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        """Pass it on."""
        began = time.perf_counter()
        response = self._next.exchange(command)
        self.behind += time.perf_counter() - began
        self.exchanges += 1
        return response


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of opening a chip.

    Attributes:
        name: for the line.
        card_access: EF.CardAccess.
        chip: makes the emulated chip, where libeac cannot be it.
    """

    name: str
    card_access: bytes
    chip: Callable[[], Link] | None = None


def kinds() -> list[Kind]:
    """The CIE's way first, then the others."""
    found = []
    for name, offer in (
        ("cie-dh-gm-3des-2048-256", PaceOffer(Suite.TRIPLE_DES, 2)),
        ("dh-gm-aes-128-1024-160", PaceOffer(Suite.AES_128, 0)),
        ("ecdh-gm-aes-128-p256", PaceOffer(Suite.AES_128, 12)),
        ("ecdh-gm-aes-128-brainpoolp256r1", PaceOffer(Suite.AES_128, 13)),
        ("ecdh-gm-aes-192-brainpoolp320r1", PaceOffer(Suite.AES_192, 14)),
        ("ecdh-gm-aes-256-brainpoolp512r1", PaceOffer(Suite.AES_256, 17)),
        ("ecdh-gm-aes-256-p521", PaceOffer(Suite.AES_256, 18)),
    ):
        card = ecdh_card(offers=(offer,), chip_keys=())
        found.append(Kind(name, card.document.card_access or b""))
    for name, card in (
        ("ecdh-cam-aes-128-p256", cam_card(offers=(
            PaceOffer(Suite.AES_128, 12, Mapping.CHIP_AUTHENTICATION),))),
        ("ecdh-im-aes-128-brainpoolp256r1", ecdh_card(offers=(
            PaceOffer(Suite.AES_128, 13, Mapping.INTEGRATED),), chip_keys=())),
        ("dh-im-3des-2048-256", cie(offers=(
            PaceOffer(Suite.TRIPLE_DES, 2, Mapping.INTEGRATED),))),
    ):  # fmt: skip
        content = card.document.card_access or b""
        found.append(Kind(name, content, lambda card=card: ChipLink(card)))  # type: ignore[misc]
    return found


def measure(kind: Kind, library: object) -> tuple[float, float, int]:
    """Milliseconds here, milliseconds behind the link, exchanges: medians over the runs."""
    here, behind, exchanges = [], [], 0
    for _ in range(RUNS):
        link = (
            kind.chip()
            if kind.chip
            else LibeacChip(library, kind.card_access, DIGITS.encode(), CAN)
        )
        watch = Watch(link)
        began = time.perf_counter()
        infos = parse(kind.card_access)
        outcome = authenticate(watch, choose(infos)[0], CardAccessNumber(DIGITS), several=False)
        whole = time.perf_counter() - began
        if not isinstance(outcome, PaceSession):
            raise SystemExit(f"{kind.name}: {outcome}")
        here.append(1000 * (whole - watch.behind))
        behind.append(1000 * watch.behind)
        exchanges = watch.exchanges
    return statistics.median(here), statistics.median(behind), exchanges


def main() -> int:
    """Print a line for each kind; 1 where one takes longer than the limit."""
    library = load()
    short = False
    for kind in kinds():
        if library is None and kind.chip is None:
            print(f"pace-{kind.name}: skipped, no libeac here")
            continue
        here, behind, exchanges = measure(kind, library)
        peer, limit = ("chip", CHIP_LIMIT) if kind.chip else ("libeac", LIBEAC_LIMIT)
        ratio = here / behind
        short = short or ratio > limit
        print(
            f"BENCH pace-{kind.name} ratio={ratio:.2f} limit={limit:g}"
            f" {'short' if ratio > limit else 'ok'} host_ms={here:.1f} {peer}_ms={behind:.1f}"
            f" exchanges={exchanges}"
        )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
